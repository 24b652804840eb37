// What stands beside the map: head, marks, watermark, legend, layer control.
function headline(group) {
  const line = el('p', 'cg-number');
  line.append(
    el('b', '', `${DATA.states.covered} ${group.counts.covered}`),
    document.createTextNode(` / ${WORDS.denominator} ${group.total}`),
    el('b', 'cg-share', ` (${group.share === null ? NONE : group.share})`),
    el('span', '', `${DATA.states.unknown} ${group.counts.unknown}`),
    el('small', '', group.label),
  );
  return line;
}

function marks() {
  const box = el('div', 'cg-marks');
  const { approval_no: approval, synthetic, approximate } = DATA.caption;
  if (synthetic) box.append(el('strong', 'cg-mark cg-synthetic', WORDS.synthetic));
  if (approval === null) box.append(el('strong', 'cg-mark cg-draft', WORDS.draft));
  else box.append(el('strong', 'cg-mark cg-approved', `${WORDS.approval} ${approval}`));
  if (approximate) box.append(el('strong', 'cg-mark cg-approximate', WORDS.approximate));
  return box;
}

function head() {
  document.title = DATA.caption.title;
  const box = el('header', 'cg-head');
  const left = el('div', 'cg-title');
  left.append(el('h1', '', DATA.caption.title));
  DATA.headline.forEach((group) => left.append(headline(group)));
  box.append(left, marks());
  document.body.prepend(box);
}

function watermark(map) {
  if (!DATA.caption.synthetic) return;
  const box = el('div', 'cg-water');
  for (let i = 0; i < 9; i += 1) box.append(el('span', '', WORDS.synthetic));
  map.getContainer().append(box);
}

function legendRow(mark, text, ...numbers) {
  const row = el('tr');
  const cell = el('td');
  cell.append(mark);
  row.append(cell, el('th', '', text), ...numbers.map((n) => el('td', 'cg-n', n)));
  return row;
}

function legendHead(name) {
  const body = el('table', name);
  const top = el('tr');
  top.append(el('td'), el('td'), ...DATA.headline.map((group) => el('th', 'cg-n', group.label)));
  body.append(top);
  return body;
}

function legendSymbols() {
  const body = el('table', 'cg-symbols');
  const approximate = units.approximate.filter(Boolean).length;
  if (approximate) body.append(legendRow(swatch(LOOK.covered, 'approximate', true), WORDS.boundary_approximate, approximate));
  const counting = stations.counting.filter(Boolean).length;
  body.append(
    ...ofLayer('stations', [
      legendRow(picture(drawCounting, 14), WORDS.station_counting, counting),
      legendRow(picture(drawOther, 14), WORDS.station_other, stations.counting.length - counting),
      legendRow(symbol('cg-cluster cg-small', 'n'), WORDS.station_cluster, ''),
    ]),
    ...ofLayer('gaps', [legendRow(symbol('cg-gapmark', '1'), WORDS.gap_mark, gaps.total)]),
  );
  if (stations.unplaced) body.append(...ofLayer('stations', [legendRow('', WORDS.station_unplaced, stations.unplaced)]));
  return body;
}

function legendMissing() {
  const missing = units.missing.map((flag, row) => (flag ? row : -1)).filter((row) => row >= 0);
  if (!missing.length) return [];
  const box = el('details', 'cg-missing');
  box.append(el('summary', '', say('boundary_missing', missing.length)));
  const list = el('ul');
  const { of } = units.table;
  for (const row of missing) list.append(el('li', '', `${of.unit_code(row)} ${of.name(row)}`));
  box.append(list);
  return [box];
}

function legendLines() {
  const list = el('dl', 'cg-source cg-panel');
  for (const [label, value] of DATA.caption.lines) list.append(el('dt', '', label), el('dd', '', value));
  if (DATA.base && DATA.base.shifted) list.append(el('dt', '', WORDS.shown_copy), el('dd', '', DATA.base.note));
  return list;
}

// What explains a layer; on paper only the layers that are on the map are explained
function ofLayer(name, nodes) {
  for (const node of nodes) node.dataset.layer = name;
  return nodes;
}

function legendBox(map) {
  const box = el('details', 'cg-legend cg-panel');
  const classes = el('div', 'cg-fills');
  box.open = map.getContainer().clientWidth > 700;
  box.append(
    el('summary', '', WORDS.legend), classes, legendSymbols(), ...ofLayer('sites', legendScenario()),
    ...ofLayer('roads', legendRoads()), ...ofLayer('isochrones', legendIsochrones()), ...ofLayer('catchments', legendCatchments()),
    ...legendAlong(), ...(reach ? [el('p', 'cg-note', WORDS.counting_note)] : []), el('p', 'cg-note', WORDS.null_note), ...legendMissing(),
    ...ofLayer('gaps', [el('p', 'cg-note', WORDS.gap_note)]),
  );
  const redraw = () => {
    const fills = now.twin ? [fillOf(false), fillOf(true)] : [fillOf(false)];
    classes.replaceChildren(...fills.flatMap(classTable), ...legendVersus());
  };
  redraw();
  return { box, redraw };
}

// Leaflet's own control, set among the panels; the names are our own words: Leaflet reads them as markup
function layerBox(map, layers, clustered) {
  const named = {};
  for (const [word, layer] of layers) if (layer) named[WORDS[word]] = layer;
  const control = L.control.layers(null, named, { collapsed: false }).addTo(map);
  const box = el('details', 'cg-layers cg-panel');
  box.open = map.getContainer().clientWidth > 700;
  box.append(el('summary', '', WORDS.layers), control.getContainer(), checkbox(WORDS.clustered, true, clustered));
  return box;
}

// The panels beside the map; a button gives the map all the room
function aside(map) {
  const box = el('aside', 'cg-aside');
  const wide = map.getContainer().clientWidth > 700;
  box.setAttribute('aria-label', WORDS.panels);
  box.id = 'cg-aside';
  const control = L.control({ position: 'topright' });
  const toggle = button('cg-toggle cg-box', WORDS.panels, () => {
    box.hidden = !box.hidden;
    toggle.setAttribute('aria-expanded', String(!box.hidden));
    map.invalidateSize({ animate: false, pan: false });
    if (second && now.twin) second.map.invalidateSize({ animate: false, pan: false });
  });
  toggle.setAttribute('aria-controls', box.id);
  toggle.setAttribute('aria-expanded', String(wide));
  box.hidden = !wide;
  L.DomEvent.disableClickPropagation(toggle);
  control.onAdd = () => toggle;
  control.addTo(map);
  return box;
}

// A sheet of A4 on its side: the map takes its size before it is printed and its own again after
const SHEET = { width: 740, height: 560 };
function printing(map, box, layers) {
  let held = null;
  window.addEventListener('beforeprint', () => {
    const maps = [map, ...(now.twin ? [second.map] : [])];
    held = { bounds: map.getBounds(), hidden: box.hidden, open: [...box.querySelectorAll('details')].map((one) => one.open) };
    box.hidden = false;
    box.querySelector('.cg-legend').open = true;
    document.documentElement.classList.add('cg-printing');
    for (const [word, group] of layers) {
      const off = !group || !(map.hasLayer(group) || (now.twin && word === 'layer_sites'));
      box.querySelectorAll(`[data-layer="${word.slice(6)}"]`).forEach((one) => one.classList.toggle('cg-unprinted', off));
    }
    for (const one of maps) {
      const { style } = one.getContainer();
      style.setProperty('flex', 'none');
      style.setProperty('width', `${(SHEET.width - 3 * (maps.length - 1)) / maps.length}px`, 'important');
      style.setProperty('height', `${SHEET.height}px`, 'important');
      one.invalidateSize({ animate: false, pan: false });
    }
    // Of several plans those that are shown; beside each other they have a legend of their own
    const plansShown = box.querySelector('.cg-versuslegend') ? [] : [planShown(false), planShown(true)];
    box.querySelectorAll('.cg-new [data-plan]').forEach((row) => {
      row.classList.toggle('cg-unprinted', !plansShown.includes(Number(row.dataset.plan)));
    });
    box.scrollTop = 0;
    map.fitBounds(held.bounds, { animate: false });
  });
  window.addEventListener('afterprint', () => {
    if (!held) return;
    document.documentElement.classList.remove('cg-printing');
    box.hidden = held.hidden;
    box.querySelectorAll('details').forEach((one, i) => { one.open = held.open[i]; });
    for (const one of [map, second && second.map].filter(Boolean)) {
      one.getContainer().style.cssText = '';
      one.invalidateSize({ animate: false, pan: false });
    }
    map.fitBounds(held.bounds, { animate: false });
    held = null;
  });
}
