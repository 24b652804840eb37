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

function legendStates() {
  const body = legendHead('cg-states');
  for (const state of ['covered', 'uncovered', 'unknown']) {
    body.append(legendRow(swatch(LOOK[state], state), DATA.states[state], ...DATA.headline.map((g) => g.counts[state])));
  }
  body.append(legendRow('', WORDS.denominator, ...DATA.headline.map((g) => g.total)));
  return body;
}

function legendSymbols() {
  const body = el('table', 'cg-symbols');
  const approximate = units.approximate.filter(Boolean).length;
  if (approximate) body.append(legendRow(swatch(LOOK.covered, 'approximate', true), WORDS.boundary_approximate, approximate));
  const counting = stations.counting.filter(Boolean).length;
  body.append(
    legendRow(symbol('cg-counting'), WORDS.station_counting, counting),
    legendRow(symbol('cg-other'), WORDS.station_other, stations.counting.length - counting),
    legendRow(symbol('cg-cluster cg-small', 'n'), WORDS.station_cluster, ''),
    legendRow(symbol('cg-gapmark', '1'), WORDS.gap_mark, gaps.total),
  );
  if (stations.unplaced) body.append(legendRow('', WORDS.station_unplaced, stations.unplaced));
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
  const list = el('dl');
  for (const [label, value] of DATA.caption.lines) list.append(el('dt', '', label), el('dd', '', value));
  return list;
}

function legend(map, redraw) {
  const control = L.control({ position: 'bottomright' });
  control.onAdd = () => {
    const box = el('details', 'cg-legend cg-box');
    box.open = map.getContainer().clientWidth > 700;
    box.append(
      el('summary', '', WORDS.legend), ...(reach ? fillSwitch(legendStates(), redraw) : [legendStates()]),
      legendSymbols(), ...legendRoads(), ...legendIsochrones(), ...legendAlong(), ...legendMissing(), legendLines(),
      el('p', 'cg-note', WORDS.gap_note),
    );
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    window.addEventListener('beforeprint', () => { box.open = true; });
    return box;
  };
  control.addTo(map);
}

function layerControl(map, layers) {
  // The names are our own words: Leaflet reads them as markup
  const named = {};
  for (const [word, layer] of layers) if (layer) named[WORDS[word]] = layer;
  const collapsed = map.getContainer().clientWidth <= 700;
  const control = L.control.layers(null, named, { collapsed, position: 'topright' }).addTo(map);
  // The legend below it leaves it free
  const leave = () => {
    const room = map.getContainer().clientHeight - control.getContainer().offsetHeight - 56;
    map.getContainer().style.setProperty('--cg-room', `${Math.max(room, 120)}px`);
  };
  map.on('resize', leave);
  leave();
}
