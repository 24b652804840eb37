// Which units and stations are shown: by county, by kind, by scene; what is left is counted again.
const filter = { county: '', kind: '', scene: '' };

// A value that is null stands among the choices as what it is
function told(value) {
  return value === null || value === undefined ? NONE : String(value);
}

function unitShown(row) {
  const { of } = units.table;
  return (!filter.county || told(of.county_code(row)) === filter.county) && (!filter.kind || told(of.town_kind(row)) === filter.kind);
}

function stationShown(row) {
  if (filter.scene && told(stations.table.of.scene(row)) !== filter.scene) return false;
  if (!filter.county && !filter.kind) return true;
  return stations.unit[row] >= 0 && unitShown(stations.unit[row]);
}

function filtered() {
  return Boolean(filter.county || filter.kind || filter.scene);
}

// Values of a column in their order, each once, with what stands for it
function values(rows, get, text) {
  const found = new Map();
  rows.forEach((_, row) => { if (!found.has(told(get(row)))) found.set(told(get(row)), text(row)); });
  return [...found].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function filterText() {
  const fill = fillOf(true);
  const [group] = tally(fill);
  const n = units.state.filter((_, row) => unitShown(row)).length;
  const shownStations = stations.x.filter((_, row) => stationShown(row)).length;
  const parts = [tell('shown_units', { n, of: units.state.length })];
  if (fill.classes.includes(CLASSES.covered)) parts.push(`${DATA.headline[0].label} ${coveredText(group)}`);
  parts.push(tell('shown_stations', { n: shownStations, of: stations.x.length }));
  return parts.join('\n');
}

function filterBox(refresh) {
  const box = el('details', 'cg-filter cg-panel');
  const status = el('p', 'cg-count');
  status.setAttribute('role', 'status');
  const { of } = units.table;
  const offered = {
    county: values(units.state, of.county_code, (row) => `${told(of.county_name(row))} ${told(of.county_code(row))}`),
    kind: values(units.state, of.town_kind, (row) => told(of.town_kind(row))),
    scene: values(stations.x, stations.table.of.scene, (row) => told(stations.table.of.scene(row))),
  };
  box.append(el('summary', '', WORDS.filter));
  const selects = Object.entries(offered).map(([name, options]) => {
    const select = choice(WORDS[`filter_${name}`], [['', WORDS.filter_all], ...options], '');
    select.name = name;
    select.addEventListener('change', () => {
      filter[name] = select.value;
      refresh();
      if (name === 'county' && select.value) toCounty(select.value);
    });
    const label = el('label', '', WORDS[`filter_${name}`]);
    label.append(select);
    box.append(label);
    return select;
  });
  const clear = button('cg-clear', WORDS.filter_clear, () => {
    for (const select of selects) {
      select.value = '';
      filter[select.name] = '';
    }
    refresh();
  });
  box.append(clear, status);
  return { box, tell: () => { status.textContent = filterText(); } };
}

// The units of a county fill the map
function toCounty(code) {
  const there = units.layers.filter((layer, row) => layer && told(units.table.of.county_code(row)) === code);
  if (there.length) map.fitBounds(L.featureGroup(there).getBounds(), { padding: [30, 30], animate: false });
}
