// Sides of service areas: a square each, near enough in; a card shows both sides of the pair.
const areas = along && {
  sides: { ...along.areas.sides, table: table(along.areas.sides.columns) },
  pairs: { ...along.areas.pairs, table: table(along.areas.pairs.columns) },
};
const SIDE_LOOKS = ['piles', 'linked', 'none', 'unknown'];
const SIDES_FROM = 9;
const SIDE_SIZE = 22;

// What stands on it is drawn by the style sheet: a bolt, a bolt across, a bar, a question mark
function sideMark(look) {
  const mark = el('span', `cg-side cg-side-${look}`);
  mark.append(el('i'));
  return mark;
}

function sideName(row) {
  const { of } = areas.sides.table;
  return of.towards(row) ? tell('towards', { text: of.towards(row) }) : of.direction(row) || NONE;
}

function pairName(row) {
  const { of } = areas.pairs.table;
  const pair = areas.sides.pair[row];
  return [of.road_ref(pair), of.name(pair)].filter(Boolean).join(' ') || areas.sides.table.of.side_id(row);
}

function sideTip(row) {
  const box = el('div', 'cg-tip cg-along');
  const n = areas.sides.table.of.n_piles(row);
  box.append(
    el('b', '', pairName(row)), el('span', '', sideName(row)),
    el('em', '', n === null ? WORDS.side_unknown : tell('piles', { n })),
  );
  return box;
}

function bayShare(row) {
  const { of } = areas.sides.table;
  const [bays, cars] = [of.n_bays(row), of.n_car_bays(row)];
  return bays === null || !cars ? NONE : `${((100 * bays) / cars).toFixed(1)} % (${bays}/${cars})`;
}

// Both sides beside each other, under what is said of the pair
function pairCard(row) {
  const pair = areas.sides.pair[row];
  const { columns } = areas.pairs.table;
  const box = rows('cg-pair', columns.slice(2).map((item) => [item.label, shown(item, pair)]), pairName(row));
  const both = areas.sides.pair.map((other, i) => (other === pair ? i : -1)).filter((i) => i >= 0);
  const body = el('table', 'cg-both');
  const line = (label, cell) => {
    const made = el('tr');
    made.append(el('th', '', label), ...both.map((side) => el('td', side === row ? 'cg-this' : '', cell(side))));
    body.append(made);
  };
  line(WORDS.side, sideName);
  for (const item of areas.sides.table.columns) {
    if (item.name === 'towards') continue;
    line(item.label, (side) => shown(item, side));
    if (item.name === 'n_car_bays') line(WORDS.bay_share, bayShare);
  }
  box.append(body);
  return box;
}

// Sides of a pair that would hide each other stand apart, along the line between them
function sidePlaces(map) {
  const view = map.getBounds().pad(0.05);
  const found = [];
  areas.sides.x.forEach((x, row) => {
    const at = point(x, areas.sides.y[row]);
    if (at && view.contains(at)) found.push({ row, at, pair: areas.sides.pair[row], shift: [0, 0] });
  });
  for (let i = 1; i < found.length; i += 1) {
    const [one, two] = [found[i - 1], found[i]];
    if (one.pair !== two.pair) continue;
    const d = map.project(two.at).subtract(map.project(one.at));
    const length = Math.hypot(d.x, d.y);
    const more = (SIDE_SIZE - length) / 2;
    if (more <= 0) continue;
    const [x, y] = length ? [(d.x / length) * more, (d.y / length) * more] : [more, 0];
    one.shift = [one.shift[0] - x, one.shift[1] - y];
    two.shift = [x, y];
  }
  return found;
}

function sideLayer(map) {
  map.createPane('cg-sides').style.zIndex = 620;
  const group = L.featureGroup();
  const draw = () => {
    group.clearLayers();
    if (!map.hasLayer(group) || map.getZoom() < SIDES_FROM) return;
    for (const { row, at, shift } of sidePlaces(map)) {
      const half = SIDE_SIZE / 2;
      const icon = L.divIcon({
        className: 'cg-sidemark', html: sideMark(areas.sides.look[row]), iconSize: [SIDE_SIZE, SIDE_SIZE],
        iconAnchor: [half - shift[0], half - shift[1]],
      });
      const mark = new Flat(at, { icon, side: row, pane: 'cg-sides' });
      group.addLayer(mark);
      mark.getElement().setAttribute('aria-label', `${pairName(row)} ${sideName(row)}`);
    }
  };
  group.bindTooltip((layer) => sideTip(layer.options.side), { opacity: 1 });
  group.on('click keypress', (event) => {
    if (event.type === 'keypress' && event.originalEvent.key !== 'Enter') return;
    // Not bound to its mark: marks come and go as the map moves, the card stays
    L.popup({ ...CARD, maxWidth: 440 }).setLatLng(event.layer.getLatLng())
      .setContent(pairCard(event.layer.options.side)).openOn(map);
  });
  group.addTo(map);
  map.on('moveend resize', draw);
  group.on('add remove', draw);
  draw();
  return group;
}
