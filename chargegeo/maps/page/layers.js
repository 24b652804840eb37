// The layers: units, counties with names, stations, gaps.
const units = { ...DATA.units, table: table(DATA.units.columns), answers: table(DATA.units.answers) };
const stations = { ...DATA.stations, table: table(DATA.stations.columns) };
const gaps = { ...DATA.gaps, table: table(DATA.gaps.columns) };
const counties = DATA.counties && { ...DATA.counties, table: table(DATA.counties.columns) };
const LIMIT = { gapsFar: 20, gaps: 60, names: 150 };
const NEAR = { county: 8.5, town: 10.5 };
// Cards open clear of the search box and the zoom buttons, where there is room
const CARD = {
  minWidth: 250, maxWidth: 360, maxHeight: 340, autoPanPaddingTopLeft: window.innerWidth > 700 ? [280, 10] : [10, 60],
};
let gapBoxes = [];

function unitTip(row) {
  const { of } = units.table;
  const box = el('div', 'cg-tip');
  const county = units.is_county ? of.city_name(row) : of.county_name(row);
  box.append(el('b', '', of.name(row)), el('span', '', county || ''), el('em', '', fillText(row)));
  return box;
}

function unitCard(row) {
  const pairs = [[WORDS.state, DATA.states[units.state[row]]], ...reachPairs(row)];
  for (const part of [units.answers, units.table]) {
    for (const item of part.columns) if (item.name !== 'name') pairs.push([item.label, shown(item, row)]);
  }
  return rows('cg-unit', pairs, units.table.of.name(row));
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
  return rows('cg-station', pairs, of.name(row) || of.station_id(row));
}

function gapTip(row) {
  const { of } = gaps.table;
  const box = el('div', 'cg-tip');
  box.append(el('b', '', `${of.rank(row)}. ${of.name(row)}`), el('span', '', of.county_name(row) || ''));
  return box;
}

function gapCard(row) {
  const { of, columns } = gaps.table;
  return rows('cg-gap', columns.map((item) => [item.label, shown(item, row)]), `${of.rank(row)}. ${of.name(row)}`);
}

function unitStyle(row) {
  const look = unitLook(row);
  return { look, color: look.line };
}

function unitLayer(map, renderer) {
  const group = L.featureGroup();
  const found = shapes(units.shape);
  const layers = found.map((shape, row) => shape.length && L.polygon(shape, {
    renderer, row, ...unitStyle(row), weight: 1,
    approximate: units.approximate[row], smoothFactor: 0.7,
  }));
  // Uncovered last: its border is not drawn over by a neighbour's
  for (const state of ORDER) {
    layers.forEach((layer, row) => { if (layer && units.state[row] === state) group.addLayer(layer); });
  }
  group.bindTooltip((layer) => unitTip(layer.options.row), { sticky: true, opacity: 1 });
  group.bindPopup((layer) => unitCard(layer.options.row), CARD);
  units.layers = layers;
  return group.addTo(map);
}

function countyLayer(map) {
  // Drawn above the units but deaf: a second canvas would take the pointer from the first
  map.createPane('cg-counties').style.zIndex = 420;
  const renderer = L.canvas({ pane: 'cg-counties', padding: 0.3 });
  const style = { renderer, pane: 'cg-counties', fill: false, color: '#26323d', weight: 1.4, interactive: false };
  counties.layers = shapes(counties.shape).map((shape) => L.polygon(shape, style));
  return L.layerGroup(counties.layers).addTo(map);
}

function stationLayer(map, done) {
  const icons = ['cg-other', 'cg-counting'].map((name) => L.divIcon({ className: name, html: false, iconSize: [13, 13] }));
  const group = L.markerClusterGroup({
    chunkedLoading: true, chunkInterval: 60, chunkDelay: 10,
    maxClusterRadius: (zoom) => (zoom < NEAR.county ? 90 : 56), showCoverageOnHover: false,
    chunkProgress: (n, total) => { if (n === total) done(); },
    iconCreateFunction: (cluster) => {
      const n = cluster.getChildCount();
      const size = n < 20 ? 26 : n < 200 ? 32 : 38;
      return L.divIcon({ className: 'cg-cluster', html: el('span', '', n), iconSize: [size, size] });
    },
  });
  const markers = stations.x.map((x, row) => L.marker(point(x, stations.y[row]), {
    icon: icons[stations.counting[row]], row,
  }));
  group.bindTooltip((layer) => stationTip(layer.options.row), { opacity: 1 });
  group.bindPopup((layer) => stationCard(layer.options.row), CARD);
  group.addLayers(markers);
  if (!markers.length) done();
  stations.layers = markers;
  return group.addTo(map);
}

// As many of the places in view as fit without touching each other or what is taken, in the order given; a place that
// does not fit where it belongs is tried a little lower and higher
function fitting(map, places, limit, size, taken) {
  const view = map.getBounds().pad(0.05);
  const found = [];
  const free = (box) => !taken.some((o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1]);
  for (const place of places) {
    if (found.length >= limit) break;
    if (!place.at || !view.contains(place.at)) continue;
    const at = map.latLngToContainerPoint(place.at);
    const [w, h] = size(place);
    const box = (down) => [at.x - w / 2, at.y + down - h / 2, at.x + w / 2, at.y + down + h / 2];
    const down = place.downs.find((n) => free(box(n)));
    if (down === undefined) continue;
    taken.push(box(down));
    found.push({ ...place, down });
  }
  return found;
}

function gapLayer(map) {
  map.createPane('cg-gaps').style.zIndex = 630;
  const group = L.featureGroup();
  const places = gaps.unit.map((row, i) => ({
    row: i, at: row === null ? null : point(units.x[row], units.y[row]), downs: [-16],
  }));
  const icon = (row) => L.divIcon({
    className: 'cg-gapmark', html: el('span', '', gaps.table.of.rank(row)), iconSize: [30, 22], iconAnchor: [15, 27],
  });
  const draw = () => {
    gapBoxes = [];
    group.clearLayers();
    if (!map.hasLayer(group)) return;
    const limit = map.getZoom() < NEAR.county ? LIMIT.gapsFar : LIMIT.gaps;
    for (const place of fitting(map, places, limit, () => [34, 28], gapBoxes)) {
      group.addLayer(L.marker(place.at, { icon: icon(place.row), row: place.row, pane: 'cg-gaps' }));
    }
  };
  group.bindTooltip((layer) => gapTip(layer.options.row), { direction: 'top', offset: [0, -26], opacity: 1 });
  group.on('click', (event) => {
    // Not bound to its mark: marks come and go as the map moves, the card stays
    L.popup({ ...CARD, offset: [0, -18] }).setLatLng(event.layer.getLatLng())
      .setContent(gapCard(event.layer.options.row)).openOn(map);
  });
  group.addTo(map);
  // Registered before the names, which give way to the gaps
  map.on('moveend resize', draw);
  group.on('add remove', draw);
  draw();
  return group;
}

function cities() {
  const { of } = counties.table;
  const found = new Map();
  counties.x.forEach((x, row) => {
    if (x === null) return;
    const code = of.city_code(row);
    const sum = found.get(code) || { text: of.city_name(row), x: 0, y: 0, n: 0, name: 'cg-name cg-city' };
    found.set(code, { ...sum, x: sum.x + x, y: sum.y + counties.y[row], n: sum.n + 1 });
  });
  return [...found.values()].map((sum) => ({ ...sum, at: point(sum.x / sum.n, sum.y / sum.n), downs: [0, 14, -40, 34] }));
}

// Names by zoom: cities, then counties, then units; each belongs to the layer it names
function nameLayer(map, unitGroup, countyGroup, gapGroup) {
  map.createPane('cg-names').style.zIndex = 610;
  const group = L.layerGroup().addTo(map);
  const named = (part, name, downs) => part.x.map((x, row) => ({
    text: part.table.of.name(row), at: point(x, part.y[row]), name: `cg-name ${name}`, downs,
  }));
  const far = counties ? cities() : [];
  const middle = counties ? named(counties, 'cg-county', [0, 14, -40]) : [];
  const near = named(units, 'cg-town', [14]);
  const timed = () => near.map((place, row) => ({ ...place, text: `${place.text || ''} ${minutesText(row)}` }));
  const draw = () => {
    const zoom = map.getZoom();
    let places = [];
    if (countyGroup && map.hasLayer(countyGroup)) places = zoom < NEAR.county ? far : middle;
    if (zoom >= NEAR.town && map.hasLayer(unitGroup)) {
      places = places.concat(fill === 'minutes' ? timed() : near);
    }
    group.clearLayers();
    for (const place of fitting(map, places, LIMIT.names, (p) => [15 * (p.text || '').length + 8, 22], [...gapBoxes])) {
      const text = el('span', '', place.text);
      text.style.top = `${place.down}px`;
      const icon = L.divIcon({ className: place.name, html: text, iconSize: [0, 0] });
      group.addLayer(L.marker(place.at, { icon, pane: 'cg-names', interactive: false, keyboard: false }));
    }
  };
  map.on('moveend resize layeradd layerremove', (event) => {
    if (!event.layer || [unitGroup, countyGroup, gapGroup].includes(event.layer)) draw();
  });
  draw();
  return draw;
}
