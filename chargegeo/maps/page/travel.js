// Roads, driving times and the areas within reach: only where the data holds them.
const roads = DATA.roads && { ...DATA.roads, table: table(DATA.roads.columns) };
const reach = DATA.reach && { ...DATA.reach, table: table(DATA.reach.columns) };
const isochrones = DATA.isochrones;

function minutesText(row) {
  const minutes = reach.table.of.minutes(row);
  return minutes === null ? reach.labels[reach.class[row]] : say('minutes', number(minutes));
}

function reachPairs(row) {
  if (!reach) return [];
  return reach.table.columns.map((item) => {
    const value = shown(item, row);
    if (item.name === 'minutes' && item.get(row) === null) return [item.label, minutesText(row)];
    return [item.label, named(item, value)];
  });
}

// A station by id and name
function named(item, value) {
  const name = item.name === 'nearest_station_id' && stations.table.of.name(stationRows().get(value));
  return name ? `${value} ${name}` : value;
}

let rowsById = null;
function stationRows() {
  const { of } = stations.table;
  rowsById = rowsById || new Map(stations.x.map((_, row) => [String(of.station_id(row)), row]));
  return rowsById;
}

function roadLook(roadClass) {
  return ROADS.find((look) => look.classes.includes(roadClass));
}

function roadTip(row) {
  const { of } = roads.table;
  const box = el('div', 'cg-tip');
  if (of.ref(row)) box.append(el('b', '', of.ref(row)));
  box.append(el('em', '', of.road_class(row)));
  return box;
}

function roadCard(row) {
  const { of, columns } = roads.table;
  return rows('cg-road', columns.map((item) => [item.label, shown(item, row)]), of.ref(row) || of.road_class(row));
}

// On the canvas of the units: a second one would take the pointer from the first
function roadLayer(map, renderer) {
  const group = L.featureGroup();
  const found = lines(roads.lines).map((line, road) => new Road(line, {
    renderer, road, route: roadLook(roads.class[road]), smoothFactor: 0.8,
  }));
  // The most important last, so that it lies on top
  found.reverse().forEach((line) => group.addLayer(line));
  group.bindTooltip((layer) => roadTip(layer.options.road), { sticky: true, opacity: 1 });
  group.bindPopup((layer) => roadCard(layer.options.road), CARD);
  return group.addTo(map);
}

function reachedLook(place) {
  return REACHED[Math.min(place, REACHED.length - 1)];
}

// The widest first: the outline of a smaller area is not drawn over
function isochroneLayer(renderer) {
  const group = L.featureGroup();
  shapes(isochrones.shape).map((shape, place) => L.polygon(shape, {
    renderer, route: reachedLook(place), fill: false, interactive: false, smoothFactor: 0.7,
  })).reverse().forEach((area) => group.addLayer(area));
  return group;
}

// A layer that is switched on again is drawn last: what belongs above it is raised
function keepOrder(map, groups) {
  groups.forEach((group, place) => group.on('add', () => {
    for (const above of groups.slice(place + 1)) if (map.hasLayer(above)) above.bringToFront();
  }));
}

function legendRoads() {
  if (!roads) return [];
  const body = el('table', 'cg-roads');
  const there = new Set(roads.class);
  const together = (classes) => classes.map((word) => roads.names[word]).join(WORDS.list_gap);
  for (const look of ROADS) {
    const classes = look.classes.filter((word) => there.has(word));
    if (classes.length) body.append(legendRow(lineSwatch(look, classes[0]), together(classes)));
  }
  const notes = [];
  if ([...there].some((word) => roadLook(word).from > 0)) notes.push(WORDS.roads_near);
  if (roads.left_out.length) notes.push(say('roads_left_out', together(roads.left_out)));
  return [body, ...notes.map((text) => el('p', 'cg-note cg-roadnote', text))];
}

function legendIsochrones() {
  if (!isochrones || !isochrones.labels.length) return [];
  const body = el('table', 'cg-isochrones');
  isochrones.labels.forEach((label, place) => body.append(legendRow(lineSwatch(reachedLook(place), label), label)));
  return [el('p', 'cg-sub', WORDS.isochrones), body];
}
