// Measuring and drawing: points with a note, lines with their length, areas with their size. Nothing of it is kept.
const GRS80 = { a: 6378137, e2: 0.00669438002290 };
const RADIANS = Math.PI / 180;
const TOOLS = ['point', 'line', 'area'];
const tool = { kind: null, points: [], made: [], layer: null };

// Metres between two places that are near: radii of curvature in their middle
function metres(one, other) {
  const middle = ((one.lat + other.lat) / 2) * RADIANS;
  const w = 1 - GRS80.e2 * Math.sin(middle) ** 2;
  const meridian = (GRS80.a * (1 - GRS80.e2)) / w ** 1.5;
  const across = (GRS80.a / Math.sqrt(w)) * Math.cos(middle);
  return Math.hypot(meridian * (one.lat - other.lat) * RADIANS, across * (one.lng - other.lng) * RADIANS);
}

function length(points) {
  return points.slice(1).reduce((sum, p, i) => sum + metres(points[i], p), 0);
}

// Square metres of a ring as it is drawn: trapezia between the parallels of a sphere as large as the ellipsoid, many to
// an edge, for an edge that is straight on the map is not straight on that sphere
const PIECES = 32;
function area(corners) {
  const points = corners.flatMap((p, i) => {
    const next = corners[(i + 1) % corners.length];
    const at = (share) => ({ lat: p.lat + share * (next.lat - p.lat), lng: p.lng + share * (next.lng - p.lng) });
    return Array.from({ length: PIECES }, (_, k) => at(k / PIECES));
  });
  const e = Math.sqrt(GRS80.e2);
  const q = (sin) => (1 - GRS80.e2) * (sin / (1 - GRS80.e2 * sin * sin) + Math.atanh(e * sin) / e);
  const pole = q(1);
  const height = (p) => q(Math.sin(p.lat * RADIANS)) / pole;
  const radius2 = (GRS80.a ** 2 * pole) / 2;
  return Math.abs(points.reduce((sum, p, i) => {
    const next = points[(i + 1) % points.length];
    return sum + (next.lng - p.lng) * RADIANS * ((height(p) + height(next)) / 2);
  }, 0) * radius2);
}

function lengthText(points) {
  const m = length(points);
  return m < 1000 ? say('metres', Math.round(m)) : say('kilometres', (m / 1000).toFixed(m < 1e5 ? 2 : 1));
}

function areaText(points) {
  const m2 = area(points);
  return m2 < 1e5 ? say('square_metres', Math.round(m2)) : say('square_kilometres', (m2 / 1e6).toFixed(m2 < 1e8 ? 3 : 1));
}

function measured(kind, points) {
  if (kind === 'line' && points.length > 1) return lengthText(points);
  if (kind === 'area' && points.length > 2) return areaText(points);
  return '';
}

function sketch(kind, points, text) {
  const style = { pane: 'cg-drawn', renderer: tool.renderer, interactive: false, color: '#0a2a5e', weight: 3 };
  const parts = [];
  if (kind === 'line') parts.push(L.polyline(points, style));
  if (kind === 'area') parts.push(L.polygon(points, { ...style, dashArray: '8 5', fillColor: '#0a2a5e', fillOpacity: 0.12 }));
  if (kind !== 'area' || points.length < 3) {
    for (const p of points) parts.push(L.circleMarker(p, { ...style, radius: 4, fillColor: '#fff', fillOpacity: 1, weight: 2 }));
  }
  if (text) {
    const icon = L.divIcon({ className: 'cg-sketch', html: el('span', '', text), iconSize: [0, 0] });
    const at = kind === 'area' ? L.latLngBounds(points).getCenter() : points[points.length - 1];
    parts.push(L.marker(at, { icon, pane: 'cg-drawn', interactive: false, keyboard: false }));
  }
  return parts;
}

function drawSketches() {
  tool.layer.clearLayers();
  for (const one of tool.made) sketch(one.kind, one.points, one.text).forEach((part) => tool.layer.addLayer(part));
  if (!tool.points.length) return;
  const text = measured(tool.kind, tool.points);
  sketch(tool.kind, tool.points, text).forEach((part) => tool.layer.addLayer(part));
  tool.told.textContent = text;
}

function addPoint(latlng) {
  const last = tool.points[tool.points.length - 1];
  if (last && map.latLngToLayerPoint(last).distanceTo(map.latLngToLayerPoint(latlng)) < 4) return;
  tool.points.push(latlng);
  if (tool.kind === 'point') finishSketch();
  else drawSketches();
}

// What is too short for its kind is given up
function finishSketch() {
  const { kind, points } = tool;
  const least = { point: 1, line: 2, area: 3 }[kind];
  if (kind && points.length >= least) {
    const text = kind === 'point' ? tool.note.value.trim() : measured(kind, points);
    tool.made.push({ kind, points, text });
    tool.told.textContent = text || say('points_made', tool.made.length);
  }
  tool.points = [];
  drawSketches();
}

function takeTool(kind) {
  finishSketch();
  tool.kind = tool.kind === kind ? null : kind;
  for (const [name, node] of Object.entries(tool.buttons)) node.setAttribute('aria-pressed', String(name === tool.kind));
  map.getContainer().classList.toggle('cg-drawing', Boolean(tool.kind));
  map.doubleClickZoom[tool.kind ? 'disable' : 'enable']();
  tool.told.textContent = tool.kind ? WORDS[`tool_${tool.kind}_how`] : '';
}

function undo() {
  if (tool.points.length) tool.points.pop();
  else tool.made.pop();
  tool.told.textContent = '';
  drawSketches();
}

// Before the layers see it: a click sets a point, two end the line
function listen(map) {
  const box = map.getContainer();
  const onMap = (event) => tool.kind && !event.target.closest('.leaflet-control');
  box.addEventListener('click', (event) => {
    if (!onMap(event)) return;
    event.stopPropagation();
    if (!map.dragging.moved()) addPoint(map.mouseEventToLatLng(event));
  }, true);
  box.addEventListener('dblclick', (event) => {
    if (!onMap(event)) return;
    event.stopPropagation();
    finishSketch();
  }, true);
  box.addEventListener('keydown', (event) => {
    if (event.target !== box || !tool.kind) return;
    const go = {
      Enter: () => addPoint(map.getCenter()), ' ': () => addPoint(map.getCenter()), Backspace: undo,
      Escape: () => (tool.points.length ? finishSketch() : takeTool(tool.kind)),
    }[event.key];
    if (!go) return;
    go();
    event.preventDefault();
    event.stopPropagation();
  }, true);
}

function toolBox(map) {
  map.createPane('cg-drawn').style.zIndex = 635;
  tool.renderer = L.svg({ pane: 'cg-drawn', padding: 0.5 });
  tool.layer = L.layerGroup().addTo(map);
  const box = el('details', 'cg-tools cg-panel');
  tool.told = el('output', 'cg-measure');
  tool.note = el('input');
  tool.note.type = 'text';
  tool.note.maxLength = 60;
  const note = el('label', '', WORDS.tool_note);
  note.append(tool.note);
  tool.buttons = Object.fromEntries(TOOLS.map((kind) => {
    const one = button('cg-button', WORDS[`tool_${kind}`], () => takeTool(kind));
    one.setAttribute('aria-pressed', 'false');
    return [kind, one];
  }));
  const row = el('div', 'cg-row');
  row.append(...Object.values(tool.buttons));
  const more = el('div', 'cg-row');
  more.append(
    button('cg-button', WORDS.tool_undo, undo), button('cg-button', WORDS.tool_finish, finishSketch),
    button('cg-button', WORDS.tool_clear, () => { tool.made = []; tool.points = []; tool.told.textContent = ''; drawSketches(); }),
  );
  box.append(el('summary', '', WORDS.tools), row, note, more, tool.told, el('p', 'cg-note', WORDS.tool_keys));
  map.getContainer().append(el('div', 'cg-cross'));
  listen(map);
  return box;
}
