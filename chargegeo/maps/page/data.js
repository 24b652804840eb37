// Reads the data block. Text from data reaches the page through el() and textContent only: never as markup.
const DATA = JSON.parse(document.getElementById('chargegeo-data').textContent);
const WORDS = { ...DATA.words, ...(DATA.roadside ? DATA.roadside.words : {}) };
const SCALE = 1e5;
const WHOLE = [[DATA.extent[1], DATA.extent[0]], [DATA.extent[3], DATA.extent[2]]];
const NONE = '\u2014';

// Numerator and denominator of each share
const SHARES = {
  ultra_fast_share: ['n_ultra_fast', 'n_power_known'],
  bay_share: ['n_bays', 'n_car_bays'],
  share_within: [(of, row) => of.share_within(row) * of.km(row), 'km'],
};

function el(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function say(word, n) {
  return WORDS[word].split('{n}').join(String(n));
}

// A sentence with several values: set in at one go, so that no value is read as a place
function tell(word, values) {
  return WORDS[word].replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

// A column is a list of values, or a list of words and the number of the word of each row (-1: null)
function column(values) {
  if (Array.isArray(values)) return (row) => values[row];
  return (row) => (values.at[row] < 0 ? null : values.words[values.at[row]]);
}

function table(columns) {
  const found = { columns: columns.map((item) => ({ ...item, get: column(item.values) })), of: {} };
  for (const item of found.columns) found.of[item.name] = item.get;
  for (const item of found.columns) item.parts = SHARES[item.name] && partsOf(SHARES[item.name], found.of);
  return found;
}

// Every share with its numerator and denominator, as far as its table holds them
function partsOf([part, whole], of) {
  if (!of[whole] || (typeof part === 'string' && !of[part])) return null;
  const said = (value) => (value === null ? NONE : number(value));
  return (row) => ` (${said(typeof part === 'string' ? of[part](row) : part(of, row))}/${said(of[whole](row))})`;
}

function shown(item, row) {
  const value = item.get(row);
  if (value === null || value === undefined) return NONE;
  if (item.measure === 'share') return `${(100 * value).toFixed(1)} %${item.parts ? item.parts(row) : ''}`;
  if (['rung', 'next_rung', 'possible_rung'].includes(item.name)) return rungText(value);
  if (item.kind === 'float') return unit(number(value), item);
  return unit(String(value), item);
}

// One decimal, two below one
function number(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 1 ? 2 : 1);
}

function unit(text, item) {
  const word = item.kind === 'text' ? null : DATA.measures[item.measure];
  return word ? `${text} ${word}` : text;
}

function point(x, y) {
  return x === null || y === null ? null : L.latLng(y / SCALE, x / SCALE);
}

// Shapes: a run of differences (c), vertices of each ring (r), rings of each polygon (p), polygons of each shape (s)
function shapes(packed) {
  const found = [];
  let c = 0;
  let r = 0;
  let p = 0;
  for (const nPolygons of packed.s) {
    const polygons = [];
    for (let i = 0; i < nPolygons; i += 1, p += 1) {
      const rings = [];
      for (let j = 0; j < packed.p[p]; j += 1, r += 1) {
        const ring = new Array(packed.r[r]);
        let x = 0;
        let y = 0;
        for (let k = 0; k < packed.r[r]; k += 1, c += 2) {
          x += packed.c[c];
          y += packed.c[c + 1];
          ring[k] = new L.LatLng(y / SCALE, x / SCALE);
        }
        rings.push(ring);
      }
      polygons.push(rings);
    }
    found.push(polygons);
  }
  return found;
}

// Lines: a run of differences (c), vertices of each part (n), parts of each line (s)
function lines(packed) {
  const found = [];
  let c = 0;
  let n = 0;
  let x = 0;
  let y = 0;
  for (const nParts of packed.s) {
    const parts = [];
    for (let i = 0; i < nParts; i += 1, n += 1) {
      const part = new Array(packed.n[n]);
      for (let k = 0; k < packed.n[n]; k += 1, c += 2) {
        x += packed.c[c];
        y += packed.c[c + 1];
        part[k] = new L.LatLng(y / SCALE, x / SCALE);
      }
      parts.push(part);
    }
    found.push(parts);
  }
  return found;
}

// A table of label and value, one row each
function rows(name, pairs, heading) {
  const box = el('div', `cg-card ${name}`);
  box.append(el('h2', '', heading));
  const body = el('table');
  for (const [label, value] of pairs) {
    const row = el('tr');
    row.append(el('th', '', label), el('td', '', value));
    body.append(row);
  }
  box.append(body);
  return box;
}

function button(name, text, go) {
  const made = el('button', name, text);
  made.type = 'button';
  made.addEventListener('click', go);
  return made;
}
