// How states look: a light, a medium and a pale tone, and a pattern each, so that grey print tells them apart too.
const LOOK = {
  covered: { color: '#cde7da', line: '#4d8068', mark: null },
  unknown: { color: '#f1f1f4', line: '#55555f', mark: 'dots' },
  uncovered: { color: '#f6b26b', line: '#7a2e00', mark: 'lines' },
};
const ORDER = ['covered', 'unknown', 'uncovered'];
const TILE = 7;
const tiles = {};

function tile(mark) {
  if (tiles[mark]) return tiles[mark];
  const made = document.createElement('canvas');
  made.width = TILE;
  made.height = TILE;
  const ctx = made.getContext('2d');
  if (mark === 'lines') {
    ctx.strokeStyle = '#5a1f00';
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    for (const shift of [-TILE, 0, TILE]) {
      ctx.moveTo(shift - 1, TILE + 1);
      ctx.lineTo(shift + TILE + 1, -1);
    }
    ctx.stroke();
  } else {
    ctx.fillStyle = '#33333b';
    ctx.beginPath();
    ctx.arc(TILE / 2, TILE / 2, 1.3, 0, 2 * Math.PI);
    ctx.fill();
  }
  tiles[mark] = made;
  return made;
}

function paint(ctx, look) {
  ctx.fillStyle = look.color;
  ctx.fill('evenodd');
  if (look.mark) {
    ctx.fillStyle = ctx.createPattern(tile(look.mark), 'repeat');
    ctx.fill('evenodd');
  }
}

// Leaflet's canvas knows no patterns; borders are thin while the whole province is in view
const Patterned = L.Canvas.extend({
  _fillStroke(ctx, layer) {
    const style = layer.options;
    ctx.globalAlpha = 1;
    if (style.look) paint(ctx, style.look);
    const near = this._map.getZoom() >= 9;
    ctx.setLineDash(style.approximate ? (near ? [5, 4] : [2, 2]) : []);
    ctx.lineWidth = style.weight * (near ? 1 : 0.5);
    ctx.strokeStyle = style.color;
    ctx.stroke();
    ctx.setLineDash([]);
  },
});

// The same paint for the legend
function swatch(state, approximate) {
  const made = el('canvas', 'cg-swatch');
  const look = LOOK[state];
  made.width = 34;
  made.height = 20;
  made.dataset.state = approximate ? 'approximate' : state;
  const ctx = made.getContext('2d');
  ctx.rect(1, 1, 32, 18);
  if (approximate) {
    ctx.fillStyle = '#ffffff';
    ctx.fill();
    ctx.setLineDash([5, 4]);
  } else {
    paint(ctx, look);
  }
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = approximate ? '#333333' : look.line;
  ctx.stroke();
  return made;
}

function symbol(name, text) {
  return el('span', name, text);
}
