// Names and numbers that do not touch each other: a grid of cells remembers what is taken.
const GRID = 64;

function crowd(given) {
  const cells = new Map();
  const boxes = [];
  const over = ([left, top, right, bottom]) => {
    const found = [];
    for (let x = Math.floor(left / GRID); x <= Math.floor(right / GRID); x += 1) {
      for (let y = Math.floor(top / GRID); y <= Math.floor(bottom / GRID); y += 1) found.push(`${x} ${y}`);
    }
    return found;
  };
  const meets = (box, o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1];
  const take = (box) => {
    boxes.push(box);
    over(box).forEach((key) => cells.set(key, [...(cells.get(key) || []), box]));
  };
  given.forEach(take);
  return { boxes, take, free: (box) => !over(box).some((key) => (cells.get(key) || []).some((o) => meets(box, o))) };
}

// A mark without a layer of its own in the browser: hundreds of those would make dragging slow
const Flat = L.Marker.extend({
  _setPos(pos) {
    const { style } = this._icon;
    this._icon._leaflet_pos = pos;
    [style.left, style.top] = [`${pos.x}px`, `${pos.y}px`];
    this._zIndex = pos.y + this.options.zIndexOffset;
    this._resetZIndex();
  },
});

// As many of the places in view as fit without touching each other or what is taken, in the order given; a place that
// does not fit where it belongs is tried a little lower and higher
function fitting(map, places, limit, size, taken) {
  const view = map.getBounds().pad(0.05);
  const found = [];
  for (const place of places) {
    if (found.length >= limit) break;
    if (!place.at || !view.contains(place.at)) continue;
    const at = map.latLngToContainerPoint(place.at);
    const [w, h] = size(place);
    const box = (down) => [at.x - w / 2, at.y + down - h / 2, at.x + w / 2, at.y + down + h / 2];
    const down = place.downs.find((n) => taken.free(box(n)));
    if (down === undefined) continue;
    taken.take(box(down));
    found.push({ ...place, down });
  }
  return found;
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

// About what a browser needs: a Chinese character is as wide as it is high
function nameSize(place) {
  const em = { 'cg-name cg-city': 17, 'cg-name cg-county': 14 }[place.name] || 13;
  return [[...(place.text || '')].reduce((sum, c) => sum + (c > '\u2e80' ? em : 0.62 * em), 8), em + 6];
}

// Names by zoom: cities, then counties, then units; each belongs to the layer it names and gives way to what is taken
function nameLayer(map, { unitGroup, countyGroup, gapGroup, taken, second }) {
  map.createPane('cg-names').style.zIndex = 610;
  const group = L.layerGroup().addTo(map);
  const named = (part, name, downs) => part.x.map((x, row) => ({
    row, text: part.table.of.name(row), at: point(x, part.y[row]), name: `cg-name ${name}`, downs,
  }));
  const far = counties ? cities() : [];
  const middle = counties ? named(counties, 'cg-county', [0, 14, -40]) : [];
  const near = named(units, 'cg-town', [14]);
  const timed = (place) => (now.fill === 'minutes' ? { ...place, text: `${place.text || ''} ${fillText(place.row, second)}` } : place);
  const draw = () => {
    const zoom = map.getZoom();
    let places = [];
    if (countyGroup && map.hasLayer(countyGroup)) places = zoom < NEAR.county ? far : middle;
    if (zoom >= NEAR.town && map.hasLayer(unitGroup)) {
      places = places.concat(near.filter((place) => unitShown(place.row)).map(timed));
    }
    group.clearLayers();
    for (const place of fitting(map, places, LIMIT.names, nameSize, crowd(taken()))) {
      const text = el('span', '', place.text);
      text.style.top = `${place.down}px`;
      const icon = L.divIcon({ className: place.name, html: text, iconSize: [0, 0] });
      group.addLayer(new Flat(place.at, { icon, pane: 'cg-names', interactive: false, keyboard: false }));
    }
  };
  map.on('moveend resize layeradd layerremove', (event) => {
    if (!event.layer || [unitGroup, countyGroup, gapGroup].includes(event.layer)) draw();
  });
  draw();
  return draw;
}
