// Corridors: each direction of a road a line of its own, on its side of travel; long gaps marked by direction.
const along = DATA.roadside && {
  ...DATA.roadside,
  corridors: { ...DATA.roadside.corridors, table: table(DATA.roadside.corridors.columns) },
  sites: { ...DATA.roadside.sites, table: table(DATA.roadside.sites.columns), from: starts(DATA.roadside.sites.n) },
  gaps: { ...DATA.roadside.gaps, table: table(DATA.roadside.gaps.columns), from: starts(DATA.roadside.gaps.n) },
  rules: DATA.roadside.rules.map((rule) => ({ ...rule, table: table(rule.columns) })),
};
// Beside the centre line by so many pixels, to the right where traffic keeps right
const LANES = {
  expressway: { weight: 2.6, color: '#43287a', beside: 3.4, arrow: 4.2, casing: true, from: 0 },
  other: { weight: 1.5, color: '#a5133f', beside: 2.3, arrow: 3.2, casing: true, from: 8.5 },
};
const GAP = { weight: 4.6, color: '#17212a', inlay: '#ffd400', beside: 3.4, from: 0 };
const ARROWS = 120;

// First row of each corridor in a table sorted by corridor, and one more for the end
function starts(counts) {
  const found = [0];
  counts.forEach((n) => found.push(found[found.length - 1] + n));
  return found;
}

function laneLook(roadClass) {
  return LANES[roadClass] || LANES.other;
}

// A run of screen points moved sideways; a sharp turn is cut off
function beside(part, by) {
  const points = part.filter((p, i) => i === 0 || !p.equals(part[i - 1]));
  if (points.length < 2) return part;
  const shifts = points.slice(1).map((p, i) => {
    const d = p.subtract(points[i]);
    return L.point(-d.y, d.x).multiplyBy(by / Math.hypot(d.x, d.y));
  });
  const found = [];
  points.forEach((p, i) => {
    const before = shifts[Math.max(i - 1, 0)];
    const after = shifts[Math.min(i, shifts.length - 1)];
    const turn = 1 + (before.x * after.x + before.y * after.y) / (by * by);
    if (turn < 0.5) found.push(p.add(before), p.add(after));
    else found.push(p.add(before.add(after).divideBy(turn)));
  });
  return found;
}

// Arrow heads along a run of screen points
function arrows(ctx, part, look, scale) {
  let left = ARROWS / 2;
  const size = look.arrow * scale;
  ctx.fillStyle = look.color;
  for (let i = 1; i < part.length; i += 1) {
    const d = part[i].subtract(part[i - 1]);
    const length = Math.hypot(d.x, d.y);
    for (; left < length; left += ARROWS) {
      const u = d.divideBy(length);
      const at = part[i - 1].add(u.multiplyBy(left));
      ctx.beginPath();
      ctx.moveTo(at.x + 1.5 * size * u.x, at.y + 1.5 * size * u.y);
      ctx.lineTo(at.x - size * (u.x + u.y), at.y - size * (u.y - u.x));
      ctx.lineTo(at.x - size * (u.x - u.y), at.y - size * (u.y + u.x));
      ctx.fill();
    }
    left -= length;
  }
}

const Lane = Road.extend({
  _simplifyPoints() {
    L.Polyline.prototype._simplifyPoints.call(this);
    const by = this.options.route.beside * (this._map.getZoom() >= 9 ? 1 : 0.65) * (along.left ? -1 : 1);
    this._parts = this._parts.map((part) => beside(part, by));
  },
  _updateBounds() {
    Road.prototype._updateBounds.call(this);
    if (!this._pxBounds) return;
    const room = L.point(12, 12);
    this._pxBounds = L.bounds(this._pxBounds.min.subtract(room), this._pxBounds.max.add(room));
  },
});

function laneName(row) {
  const { of } = along.corridors.table;
  const parts = [of.ref(row), WORDS[isForward(row) ? 'forward' : 'backward']];
  if (of.part(row) > 1) parts.push(tell('part', { n: of.part(row) }));
  return parts.join(' ');
}

function isForward(row) {
  return along.roads.some(([there]) => there === row);
}

function towards(row) {
  const name = along.corridors.table.of.to_name(row);
  return name ? tell('towards', { text: name }) : '';
}

function gapPlaces(from, to) {
  return tell('between', { start: from || NONE, end: to || NONE });
}

function laneTip(row) {
  const { of } = along.corridors.table;
  const box = el('div', 'cg-tip cg-along');
  box.append(
    el('b', '', laneName(row)), el('span', '', towards(row)),
    el('em', '', tell('longest_gap', { km: number(of.longest_gap_km(row)) })),
    el('span', 'cg-places', gapPlaces(of.longest_gap_from(row), of.longest_gap_to(row))),
  );
  return box;
}

function corridorOf(part, row) {
  return part.from.findIndex((first, i) => first <= row && row < part.from[i + 1]);
}

function gapLaneTip(row) {
  const { of } = along.gaps.table;
  const corridor = corridorOf(along.gaps, row);
  const box = el('div', 'cg-tip cg-along');
  box.append(
    el('b', '', tell('gap', { km: number(of.km(row)) })), el('span', '', laneName(corridor)), el('span', '', towards(corridor)),
    el('em', 'cg-places', gapPlaces(of.from_name(row), of.to_name(row))),
  );
  return box;
}

function stripButton(corridor) {
  const button = el('button', 'cg-open', WORDS.open_strip);
  button.type = 'button';
  button.addEventListener('click', () => openStrip(along.roads.findIndex((road) => road.includes(corridor))));
  return button;
}

function laneCard(layer) {
  const { corridor, gap } = layer.options;
  const { columns } = along.corridors.table;
  const gaps = along.gaps.table;
  const pairs = corridor === undefined
    ? gaps.columns.map((item) => [item.label, shown(item, gap)])
    : columns.filter((item) => item.name !== 'ref').map((item) => [item.label, shown(item, corridor)]);
  const row = corridor === undefined ? corridorOf(along.gaps, gap) : corridor;
  const heading = `${laneName(row)} ${corridor === undefined ? tell('gap', { km: atMost(gap) }) : towards(row)}`;
  const card = rows('cg-lane', pairs, heading);
  card.append(stripButton(row));
  return card;
}

function corridorLayer(map, renderer) {
  const group = L.featureGroup();
  along.corridors.drawn = lines(along.corridors.lines).map((line, corridor) => new Lane(line, {
    renderer, corridor, route: laneLook(along.corridors.class[corridor]), smoothFactor: 1.2,
  }));
  // The most important last, so that it lies on top; then the gaps
  [...along.corridors.drawn].reverse().forEach((line) => group.addLayer(line));
  lines(along.gaps.lines).forEach((line, i) => group.addLayer(new Lane(line, {
    renderer, gap: along.gaps.marked[i], route: GAP, smoothFactor: 1.2,
  })));
  group.bindTooltip((layer) => (layer.options.gap === undefined ? laneTip(layer.options.corridor) : gapLaneTip(layer.options.gap)), {
    sticky: true, opacity: 1,
  });
  group.bindPopup(laneCard, CARD);
  return group.addTo(map);
}

function laneSwatch(look, name) {
  const made = lineSwatch(look, name);
  if (look.arrow) arrows(made.getContext('2d'), [L.point(-43, 6), L.point(34, 6)], look, 1);
  return made;
}

function legendAlong() {
  if (!along) return [];
  const lanes = el('table', 'cg-lanes');
  for (const [name, look] of Object.entries(LANES)) {
    const classes = Object.keys(along.corridors.names).filter((word) => laneLook(word) === look);
    const text = classes.map((word) => along.corridors.names[word]).join(WORDS.list_gap);
    if (classes.length) lanes.append(legendRow(laneSwatch(look, `lane-${name}`), tell('lanes', { text })));
  }
  if (along.gaps.marked.length) {
    lanes.append(legendRow(lineSwatch(GAP, 'lane-gap'), tell('gap_long', { km: along.gaps.long_km, n: along.gaps.most })));
  }
  const sides = el('table', 'cg-sides');
  for (const look of SIDE_LOOKS) sides.append(legendRow(sideMark(look), WORDS[`side_${look}`]));
  const near = el('p', 'cg-note', WORDS.sides_near);
  return [...ofLayer('corridors', [lanes]), ...ofLayer('sides', along.areas.sides.look.length ? [sides, near] : [])];
}
