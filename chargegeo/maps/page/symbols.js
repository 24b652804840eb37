// How states look: a light, a medium and a pale tone, and a pattern each, so that grey print tells them apart too.
const LOOK = {
  covered: { color: '#c3e3d2', line: '#4d8068', mark: null },
  unknown: { color: '#f7f7fa', line: '#55555f', mark: 'dots' },
  uncovered: { color: '#f6b26b', line: '#7a2e00', mark: 'lines' },
  gained: { color: '#6fa8dc', line: '#123f6d', mark: 'upright' },
  hidden: { color: '#ffffff', line: '#c6ced4', mark: null },
};
const ORDER = ['covered', 'unknown', 'uncovered'];
// Minutes: darker and more densely drawn the longer it takes; then not reachable, then not put on a road
const MINUTES = [
  { color: '#fffbe6', line: '#8a7440', mark: null },
  { color: '#fee9ae', line: '#8a6a1c', mark: 'upright' },
  { color: '#fcc35f', line: '#7a5200', mark: 'flat' },
  { color: '#e88a3a', line: '#6b2f00', mark: 'lines' },
  { color: '#b4531c', line: '#4a1a00', mark: 'bars' },
  { color: '#c9bcd6', line: '#3d2d4a', mark: 'cross' },
  { color: '#e2e2e8', line: '#55555f', mark: 'dots' },
];
// Roads: looks from the most important; those with a zoom appear from there on
const ROADS = [
  { classes: ['expressway'], weight: 4.4, color: '#43287a', core: 1.7, from: 0 },
  { classes: ['national'], weight: 2.6, color: '#a5133f', casing: true, from: 0 },
  { classes: ['provincial'], weight: 2.2, color: '#a5133f', dash: [7, 3], casing: true, from: 0 },
  { classes: ['trunk', 'primary'], weight: 1.9, color: '#626d77', casing: true, from: 9.5 },
  { classes: ['ramp'], weight: 1.4, color: '#43287a', from: 11 },
  { classes: ['county', 'secondary'], weight: 1.4, color: '#626d77', from: 10 },
  { classes: ['township', 'tertiary'], weight: 1.2, color: '#626d77', dash: [5, 2], from: 11 },
  { classes: ['village', 'unclassified', 'residential'], weight: 0.8, color: '#626d77', from: 12.5 },
  { classes: ['service', 'track'], weight: 0.8, color: '#626d77', dash: [3, 3], from: 13.5 },
  { classes: ['ferry'], weight: 1.8, color: '#0b5cad', dash: [1.5, 4], from: 9.5 },
];
const COUNTY = { weight: 1.6, color: '#26323d', from: 0 };
const REACHED = [null, [9, 4], [4, 3], [10, 3, 2, 3], [1.5, 3]].map((dash) => (
  { weight: 2.4, color: '#00545c', dash, casing: true, inner: 'rgba(0, 84, 92, .28)', from: 0 }
));
const TILE = 7;
const tiles = {};
const STROKES = {
  upright: [[3.5, -1, 3.5, 8]],
  flat: [[-1, 3.5, 8, 3.5]],
  lines: [[-8, 8, 1, -1], [-1, 8, 8, -1], [6, 8, 15, -1]],
  bars: [[-8, 8, 1, -1], [-1, 8, 8, -1], [6, 8, 15, -1]],
  cross: [[-1, -1, 8, 8], [-1, 8, 8, -1]],
  band: [[-8, -1, 1, 8], [-1, -1, 8, 8], [6, -1, 15, 8]],
};
const INK = {
  upright: ['#a07c2a', 0.9], flat: ['#7a5200', 1.1], lines: ['#5a1f00', 1.6], bars: ['#2e0f00', 2.8],
  cross: ['#3d2d4a', 1.3], band: ['#333333', 2.2], dots: ['#33333b', 0],
};

function tile(mark) {
  if (tiles[mark]) return tiles[mark];
  const made = document.createElement('canvas');
  made.width = TILE;
  made.height = TILE;
  const ctx = made.getContext('2d');
  [ctx.strokeStyle, ctx.lineWidth] = INK[mark];
  ctx.fillStyle = ctx.strokeStyle;
  ctx.beginPath();
  if (mark === 'dots') ctx.arc(TILE / 2, TILE / 2, 1.3, 0, 2 * Math.PI);
  for (const [x, y, toX, toY] of STROKES[mark] || []) {
    ctx.moveTo(x, y);
    ctx.lineTo(toX, toY);
  }
  if (mark === 'dots') ctx.fill();
  else ctx.stroke();
  tiles[mark] = made;
  return made;
}

function paint(ctx, look) {
  ctx.globalAlpha = ground.on ? 0.5 : 1;
  ctx.fillStyle = look.color;
  ctx.fill('evenodd');
  ctx.globalAlpha = 1;
  if (look.mark) {
    ctx.fillStyle = ctx.createPattern(tile(look.mark), 'repeat');
    ctx.fill('evenodd');
  }
}

// An approximate border is a hatched band
function border(ctx, { color, weight, approximate }, scale) {
  if (approximate) {
    ctx.lineWidth = 5 * scale + 1;
    ctx.strokeStyle = ctx.createPattern(tile('band'), 'repeat');
  } else {
    ctx.lineWidth = weight * scale;
    ctx.strokeStyle = color;
  }
  ctx.stroke();
}

// A line with a pale edge, or with a pale middle, or with a band along the inner side of an area
function draw(ctx, look, scale) {
  const stroke = (color, width, dash) => {
    ctx.setLineDash(dash || []);
    ctx.lineWidth = width;
    ctx.strokeStyle = color;
    ctx.stroke();
  };
  ctx.lineJoin = 'round';
  ctx.lineCap = 'butt';
  if (look.inner) {
    ctx.save();
    ctx.clip('evenodd');
    stroke(look.inner, 14 * scale);
    ctx.restore();
  }
  if (look.casing) stroke('rgba(255, 255, 255, .8)', look.weight * scale + 1.6);
  stroke(look.color, look.weight * scale, look.dash && look.dash.map((n) => n * Math.max(scale, 0.7)));
  if (look.core && scale === 1) stroke('#fff', look.core);
  if (look.inlay) stroke(look.inlay, look.weight * scale * 0.56, [6, 6]);
  ctx.setLineDash([]);
}

// Leaflet's canvas knows no patterns and no double lines; all is thinner while the whole province is in view
const Patterned = L.Canvas.extend({
  // Dragged beyond what is drawn around the view, it is drawn anew on the way, not only at the end
  getEvents() {
    return { ...L.Canvas.prototype.getEvents.call(this), move: this._widen };
  },
  _widen() {
    if (!this._bounds || this._map._animatingZoom || this._map.getZoom() !== this._zoom) return;
    const { x, y } = this._map.getSize();
    const view = L.bounds([[0, 0], [x, y]].map((p) => this._map.containerPointToLayerPoint(p)));
    if (!this._bounds.contains(view)) this._update();
  },
  _fillStroke(ctx, layer) {
    const style = layer.options;
    const near = this._map.getZoom() >= 9;
    ctx.globalAlpha = 1;
    if (style.route) {
      draw(ctx, style.route, near ? 1 : 0.65);
      if (style.route.arrow) layer._parts.forEach((part) => arrows(ctx, part, style.route, near ? 1 : 0.7));
      return;
    }
    if (style.look) paint(ctx, style.look);
    ctx.setLineDash([]);
    border(ctx, style, near ? 1 : 0.5);
  },
});

// A road is only there from its zoom on, and easier to meet than it is wide
const Road = L.Polyline.extend({
  _clipPoints() {
    if (this._map.getZoom() >= this.options.route.from) L.Polyline.prototype._clipPoints.call(this);
    else this._parts = [];
  },
  _clickTolerance() {
    return this.options.route.weight / 2 + 2;
  },
});

// The same paint for the legend
function swatch(look, name, approximate) {
  const made = el('canvas', 'cg-swatch');
  made.width = 34;
  made.height = 20;
  made.dataset.state = name;
  const ctx = made.getContext('2d');
  ctx.rect(1, 1, 32, 18);
  if (!approximate) paint(ctx, look);
  border(ctx, { color: look.line, weight: 1.5, approximate }, 1);
  return made;
}

function lineSwatch(look, name) {
  const made = el('canvas', 'cg-swatch');
  made.width = 34;
  made.height = 12;
  made.dataset.line = name;
  const ctx = made.getContext('2d');
  ctx.moveTo(0, 6);
  ctx.lineTo(34, 6);
  draw(ctx, look, 1);
  return made;
}

function symbol(name, text) {
  return el('span', name, text);
}

// A mark of the canvas for the legend
function picture(drawn, size) {
  const made = el('canvas', 'cg-swatch');
  made.width = size;
  made.height = size;
  const ctx = made.getContext('2d');
  ctx.translate(size / 2, size / 2);
  drawn(ctx, size / 2);
  return made;
}
