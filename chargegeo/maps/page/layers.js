// The layers: units, counties, stations, gaps.
const units = { ...DATA.units, table: table(DATA.units.columns), answers: table(DATA.units.answers) };
const stations = { ...DATA.stations, table: table(DATA.stations.columns) };
const gaps = { ...DATA.gaps, table: table(DATA.gaps.columns) };
const counties = DATA.counties && { ...DATA.counties, table: table(DATA.counties.columns) };
const LIMIT = { gapsFar: 20, gaps: 60, names: 150 };
const NEAR = { county: 8.5, town: 10.5 };
// Cards open clear of the search box and the zoom buttons, where there is room
const CARD = {
  minWidth: 250, maxWidth: 360, maxHeight: 340, autoPanPaddingTopLeft: window.innerWidth > 700 ? [280, 10] : [10, DATA.roadside ? 105 : 60],
};
// As wide as the longest rank
const GAP_WIDTH = 16 + 8 * String(gaps.total).length;
let gapsTaken = null;

function unitTip(row, second) {
  const { of } = units.table;
  const box = el('div', 'cg-tip');
  const county = units.is_county ? of.city_name(row) : of.county_name(row);
  box.append(el('b', '', of.name(row)), el('span', '', county || ''), el('em', '', fillText(row, second)));
  return box;
}

function unitCard(row) {
  const pairs = [[WORDS.state, DATA.states[units.state[row]]], ...reachPairs(row), ...planPairs(row)];
  for (const part of [units.answers, units.table]) {
    for (const item of part.columns) if (item.name !== 'name') pairs.push([item.label, shown(item, row)]);
  }
  const card = rows('cg-unit', pairs, units.table.of.name(row));
  card.append(...planTable(row));
  return card;
}

function stationTip(row) {
  const { of } = stations.table;
  const box = el('div', 'cg-tip');
  box.append(el('b', '', of.name(row) || of.station_id(row)));
  return box;
}

function stationCard(row) {
  const { of, columns } = stations.table;
  const pairs = columns.map((item) => [item.label, shown(item, row)]);
  const card = rows('cg-station', pairs, of.name(row) || of.station_id(row));
  card.append(...servedPart({ kind: 'station' }, row));
  return card;
}

function gapTip(row) {
  const { of } = gaps.table;
  const box = el('div', 'cg-tip');
  box.append(el('b', '', `${of.rank(row)}. ${of.name(row)}`), el('span', '', of.county_name(row) || ''));
  return box;
}

function gapCard(row) {
  const { of, columns } = gaps.table;
  return rows('cg-gap', columns.map((item) => [item.label, named(item, shown(item, row))]), `${of.rank(row)}. ${of.name(row)}`);
}

// What is filtered out is a pale outline
function unitStyle(row, fill) {
  const look = unitShown(row) ? fill.classes[fill.of(row)].look : LOOK.hidden;
  return { look, color: look.line };
}

function unitLayer(map, renderer, second) {
  const group = L.featureGroup();
  const found = units.latlngs || shapes(units.shape);
  units.latlngs = found;
  const fill = fillOf(second);
  const layers = found.map((shape, row) => shape.length && L.polygon(shape, {
    renderer, row, ...unitStyle(row, fill), weight: 1,
    approximate: units.approximate[row], smoothFactor: 0.7,
  }));
  // Uncovered last: its border is not drawn over by a neighbour's
  for (const state of ORDER) {
    layers.forEach((layer, row) => { if (layer && units.state[row] === state) group.addLayer(layer); });
  }
  group.bindTooltip((layer) => unitTip(layer.options.row, second), { sticky: true, opacity: 1 });
  group.on('click', (event) => {
    const { row } = event.layer.options;
    L.popup({ ...CARD, chosen: { kind: 'unit', rows: [row] } }).setLatLng(event.latlng).setContent(unitCard(row)).openOn(map);
  });
  group.recolour = () => {
    const found_ = fillOf(second);
    // All at once: the canvas is drawn again as a whole
    layers.forEach((layer, row) => { if (layer) Object.assign(layer.options, unitStyle(row, found_)); });
    renderer._redraw();
  };
  if (!second) units.layers = layers;
  return group.addTo(map);
}

// On the canvas of the units, deaf: a second canvas would take the pointer from the first
function countyLayer(map, renderer) {
  counties.latlngs = counties.latlngs || shapes(counties.shape);
  const style = { renderer, fill: false, interactive: false, route: COUNTY };
  const layers = counties.latlngs.map((shape) => L.polygon(shape, style));
  counties.layers = counties.layers || layers;
  return L.featureGroup(layers).addTo(map);
}

function gapLayer(map) {
  map.createPane('cg-gaps').style.zIndex = 630;
  const group = L.featureGroup();
  const places = gaps.unit.map((row, i) => ({
    row: i, at: row === null ? null : point(units.x[row], units.y[row]), downs: [-16],
  }));
  const icon = (row) => L.divIcon({
    className: 'cg-gapmark', html: el('span', '', gaps.table.of.rank(row)), iconSize: [GAP_WIDTH, 22], iconAnchor: [GAP_WIDTH / 2, 27],
  });
  const isShown = (place) => gaps.unit[place.row] === null || unitShown(gaps.unit[place.row]);
  const draw = () => {
    gapsTaken = crowd([]);
    group.clearLayers();
    if (!map.hasLayer(group)) return;
    const limit = map.getZoom() < NEAR.county ? LIMIT.gapsFar : LIMIT.gaps;
    for (const place of fitting(map, places.filter(isShown), limit, () => [GAP_WIDTH + 4, 28], gapsTaken)) {
      const mark = new Flat(place.at, { icon: icon(place.row), row: place.row, pane: 'cg-gaps' });
      group.addLayer(mark);
      const { of } = gaps.table;
      mark.getElement().setAttribute('aria-label', say('gap_label', `${of.rank(place.row)} ${of.name(place.row)}`));
    }
  };
  group.bindTooltip((layer) => gapTip(layer.options.row), { direction: 'top', offset: [0, -26], opacity: 1 });
  group.on('click keypress', (event) => {
    if (event.type === 'keypress' && event.originalEvent.key !== 'Enter') return;
    // Not bound to its mark: marks come and go as the map moves, the card stays
    L.popup({ ...CARD, offset: [0, -18] }).setLatLng(event.layer.getLatLng())
      .setContent(gapCard(event.layer.options.row)).openOn(map);
  });
  group.addTo(map);
  // Registered before the names, which give way to the gaps
  map.on('moveend resize', draw);
  group.on('add remove', draw);
  draw();
  group.draw = draw;
  return group;
}
