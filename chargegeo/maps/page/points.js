// Many points as one layer on the canvas that all share: drawn in one pass, moved with the canvas while dragged.
const CELL = 72;
const CLUSTERS_END = 13;
// Marks are smaller the more there are in view
const markScale = (zoom) => (zoom >= 9 ? 1 : zoom >= 8 ? 0.75 : zoom >= 7 ? 0.5 : 0.35);

const Points = L.Path.extend({
  // x, y: whole numbers or null; shown(row); paint(ctx, row, x, y, scale); radius(row): of what is painted
  initialize(data, options) {
    L.setOptions(this, options);
    this.setData(data);
  },

  // What was drawn before speaks of rows that are no more; refresh() draws anew
  setData(data) {
    this.data = data;
    this._marks = [];
    this.hit = null;
    const n = data.x.length;
    this._east = new Float64Array(n);
    this._south = new Float64Array(n);
    for (let row = 0; row < n; row += 1) {
      const p = L.CRS.EPSG3857.latLngToPoint(L.latLng(data.y[row] / SCALE, data.x[row] / SCALE), 0);
      this._east[row] = p.x;
      this._south[row] = p.y;
    }
  },

  // What is to be drawn at this zoom: points, or one mark for those of a cell
  _project() {
    const scale = 2 ** this._map.getZoom();
    const origin = this._map.getPixelOrigin();
    const { shown: isShown } = this.data;
    const clustered = this.options.clustered && this._map.getZoom() < CLUSTERS_END;
    const cells = new Map();
    this._marks = [];
    for (let row = 0; row < this._east.length; row += 1) {
      if (!isShown(row)) continue;
      const [x, y] = [this._east[row] * scale, this._south[row] * scale];
      if (!clustered) {
        this._marks.push({ row, n: 1, x: x - origin.x, y: y - origin.y });
        continue;
      }
      const key = Math.floor(x / CELL) * 1e7 + Math.floor(y / CELL);
      const mark = cells.get(key);
      if (mark) {
        mark.n += 1;
        mark.x += x - origin.x;
        mark.y += y - origin.y;
      } else cells.set(key, { row, n: 1, x: x - origin.x, y: y - origin.y });
    }
    for (const mark of cells.values()) this._marks.push({ ...mark, x: mark.x / mark.n, y: mark.y / mark.n });
  },

  _update() {
    if (!this._map) return;
    // All over the canvas
    this._pxBounds = this._renderer._bounds;
    this._updatePath();
  },

  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || !this._pxBounds) return;
    const [ctx, { min, max }, scale] = [renderer._ctx, this._pxBounds, markScale(this._map.getZoom())];
    for (const mark of this._marks) {
      if (mark.x < min.x - 20 || mark.x > max.x + 20 || mark.y < min.y - 20 || mark.y > max.y + 20) continue;
      if (mark.n > 1) paintCluster(ctx, mark);
      else this.data.paint(ctx, mark.row, mark.x, mark.y, scale);
    }
  },

  // The mark under a point of the canvas, kept for the card
  _containsPoint(p) {
    this.hit = null;
    for (let i = this._marks.length - 1; i >= 0 && !this.hit; i -= 1) {
      const mark = this._marks[i];
      const r = mark.n > 1 ? clusterRadius(mark.n) : this.data.radius(mark.row);
      if (Math.abs(mark.x - p.x) <= r && Math.abs(mark.y - p.y) <= r) this.hit = mark;
    }
    return Boolean(this.hit);
  },

  // Rows at the same place as the one that is met
  rowsThere() {
    if (!this._marks.includes(this.hit)) return [this.hit.row];
    return this._marks.filter((mark) => Math.hypot(mark.x - this.hit.x, mark.y - this.hit.y) < 2).map((mark) => mark.row);
  },

  refresh() {
    if (!this._map) return;
    this._project();
    this.redraw();
  },
});

function clusterRadius(n) {
  if (n < 20) return 13;
  return n < 200 ? 16 : 19;
}

function paintCluster(ctx, { x, y, n }) {
  const r = clusterRadius(n);
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fillStyle = 'rgba(11, 92, 173, .78)';
  ctx.fill();
  ctx.lineWidth = 2;
  ctx.strokeStyle = '#fff';
  ctx.stroke();
  ctx.font = 'bold 12px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = '#fff';
  ctx.fillText(String(n), x, y + 0.5);
}

// A symbol drawn once and copied for each point
const sprites = {};
function sprite(name, size, drawn) {
  const key = `${name} ${size}`;
  if (!sprites[key]) {
    const ratio = 2;
    const made = document.createElement('canvas');
    made.width = size * ratio;
    made.height = size * ratio;
    const ctx = made.getContext('2d');
    ctx.scale(ratio, ratio);
    ctx.translate(size / 2, size / 2);
    drawn(ctx, size / 2);
    sprites[key] = made;
  }
  return sprites[key];
}

function drawCounting(ctx, r) {
  for (const [radius, color] of [[r - 0.5, '#0b3e75'], [r - 2, '#fff'], [r - 4, '#0b5cad']]) {
    ctx.beginPath();
    ctx.arc(0, 0, Math.max(radius, 1), 0, 2 * Math.PI);
    ctx.fillStyle = color;
    ctx.fill();
  }
}

function drawOther(ctx, r) {
  ctx.fillStyle = '#4a4f57';
  ctx.fillRect(-r + 1, -r + 1, 2 * r - 2, 2 * r - 2);
  ctx.fillStyle = '#fff';
  ctx.fillRect(-r + 4, -r + 4, 2 * r - 8, 2 * r - 8);
}

// A star of eight points: new, and unlike every other mark
function drawNew(ctx, r) {
  ctx.beginPath();
  for (let i = 0; i < 16; i += 1) {
    const [long, angle] = [i % 2 ? r * 0.62 : r - 0.5, (i * Math.PI) / 8];
    ctx.lineTo(long * Math.sin(angle), -long * Math.cos(angle));
  }
  ctx.closePath();
  ctx.fillStyle = '#ffd400';
  ctx.fill();
  ctx.lineWidth = 1.8;
  ctx.strokeStyle = '#17212a';
  ctx.stroke();
}

// The same star, pale, with the sign of equality: it stands in both plans
function drawBoth(ctx, r) {
  drawNew(ctx, r);
  ctx.beginPath();
  ctx.arc(0, 0, r * 0.5, 0, 2 * Math.PI);
  ctx.fillStyle = '#fff';
  ctx.fill();
  ctx.fillStyle = '#17212a';
  for (const y of [-0.26, 0.08]) ctx.fillRect(-r * 0.3, y * r, r * 0.6, r * 0.17);
}

function stamp(ctx, name, size, x, y, drawn) {
  ctx.globalAlpha = 1;
  ctx.drawImage(sprite(name, size, drawn), x - size / 2, y - size / 2, size, size);
}

// Tooltip and card of what is met; a mark of several is opened by drawing nearer
function tipsAndCards(layer, tip, card) {
  layer.bindTooltip(() => (layer.hit.n > 1 ? clusterTip(layer.hit.n) : tip(layer.hit.row)), { sticky: true, opacity: 1 });
  let last = null;
  layer.on('mousemove', () => {
    if (layer.hit !== last) layer.getTooltip().update();
    last = layer.hit;
  });
  layer.on('click', (event) => {
    const { _map: map, hit } = layer;
    if (hit.n > 1) {
      map.setView(event.latlng, Math.min(map.getZoom() + 2, 18));
      return;
    }
    const there = layer.rowsThere();
    const box = el('div');
    box.append(...there.slice(0, 10).map(card));
    if (there.length > 10) box.append(el('p', 'cg-note', say('more_there', there.length - 10)));
    L.popup({ ...CARD, chosen: { kind: layer.options.points, plan: layer.options.plan, rows: there } }).setLatLng(point(layer.data.x[hit.row], layer.data.y[hit.row])).setContent(box).openOn(map);
  });
  return layer;
}

function clusterTip(n) {
  const box = el('div', 'cg-tip');
  box.append(el('em', '', say('cluster_tip', n)));
  return box;
}

function stationLayer(renderer) {
  const names = ['other', 'counting'];
  const drawn = [drawOther, drawCounting];
  return tipsAndCards(new Points({
    ...stations, shown: stationShown, radius: () => 8,
    paint: (ctx, row, x, y, scale) => {
      const kind = stations.counting[row];
      stamp(ctx, names[kind], 14 * scale, x, y, drawn[kind]);
    },
  }, { renderer, clustered: true, points: 'station' }), stationTip, stationCard);
}
