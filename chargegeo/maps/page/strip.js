// The strip chart: a road straightened, both directions, drawn as SVG by createElementNS; text by textContent only.
const SVG = 'http://www.w3.org/2000/svg';
// Heights of the rows from the top: the direction that leads left, the axis, the direction that leads right
const ROW = { left: { text: 14, rule: 34, lane: 62, label: 92 }, axis: 122, right: { label: 150, lane: 172, rule: 200, text: 226 } };
const STRIP = { height: 238, margin: 26, least: 900 };
const VERDICTS = ['met', 'not_met', 'unknown'];
let strip = null;

function svg(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function roadName(road) {
  const row = road[0] === null ? road[1] : road[0];
  const { of } = along.corridors.table;
  const part = of.part(row) > 1 ? ` ${tell('part', { n: of.part(row) })}` : '';
  return `${of.ref(row)}${part}`;
}

function chooserText(road) {
  const row = road[0] === null ? road[1] : road[0];
  const { of } = along.corridors.table;
  return `${roadName(road)} ${gapPlaces(of.from_name(row), of.to_name(row))}`;
}

// The course of a corridor between two kilometres, by its share of the length
function stretch(corridor, from, to) {
  const line = along.corridors.drawn[corridor].getLatLngs().flat();
  if (!line.length) return [];
  const sums = [0];
  line.slice(1).forEach((p, i) => sums.push(sums[i] + p.distanceTo(line[i])));
  const scale = sums[sums.length - 1] / (along.corridors.table.of.km(corridor) || 1);
  const at = (km) => {
    const i = Math.min(Math.max(sums.findIndex((sum) => sum >= km * scale), 1), line.length - 1);
    const share = (km * scale - sums[i - 1]) / (sums[i] - sums[i - 1] || 1);
    const [a, b] = [line[i - 1], line[i]];
    return L.latLng(a.lat + share * (b.lat - a.lat), a.lng + share * (b.lng - a.lng));
  };
  return [at(from), ...line.filter((_, i) => sums[i] > from * scale && sums[i] < to * scale), at(to)];
}

let sitePoints = null;
function sitePoint(id) {
  if (!sitePoints) {
    sitePoints = new Map(stations.x.map((x, row) => [stations.table.of.station_id(row), point(x, stations.y[row])]));
    const { x, y } = areas.sides;
    x.forEach((_, row) => { if (x[row] !== null) sitePoints.set(areas.sides.table.of.side_id(row), point(x[row], y[row])); });
  }
  return sitePoints.get(id);
}

function range(part, corridor) {
  const found = [];
  for (let row = part.from[corridor]; row < part.from[corridor + 1]; row += 1) found.push(row);
  return found;
}

// Pieces on the chart of a stretch; one that ends where it begins or before runs over the start of a ring
function pieces(from, to, length) {
  return to > from ? [[from, to]] : [[from, length], [0, to]];
}

const stationRow = new Map(stations.x.map((_, row) => [stations.table.of.station_id(row), row]));

function siteName(row) {
  const { of } = along.sites.table;
  const at = stationRow.get(of.site_id(row));
  return of.name(row) || (at === undefined ? null : stations.table.of.name(at)) || of.site_id(row);
}

function siteText(row) {
  const { of, columns } = along.sites.table;
  const more = columns.filter((item) => !['name', 'km', 'n_piles', 'site_id'].includes(item.name) && item.get(row) !== null)
    .map((item) => `${item.label} ${shown(item, row)}`);
  const n = of.n_piles(row);
  const piles = n === null ? WORDS.piles_unknown : tell('piles', { n });
  return [siteName(row), tell('at_km', { km: number(of.km(row)) }), piles, ...more].join(' \u00b7 ');
}

// A gap is at most so long where sites in it may have piles
function atMost(row) {
  return `${along.gaps.open[row] ? '\u2264 ' : ''}${number(along.gaps.table.of.km(row))}`;
}

function gapText(row) {
  const { of } = along.gaps.table;
  const at = tell('at_km', { km: `${number(of.from_km(row))}\u2013${number(of.to_km(row))}` });
  const n = along.gaps.open[row];
  const open = n ? [tell('gap_open', { n })] : [];
  return [tell('gap', { km: atMost(row) }), gapPlaces(of.from_name(row), of.to_name(row)), at, ...open].join(' \u00b7 ');
}

function ruleText(rule, row) {
  const { of } = rule.table;
  const [from, to] = [of.from_km(row), of.to_km(row)];
  const parts = [WORDS[`verdict_${VERDICTS[rule.verdict[row]]}`]];
  parts.push(tell('at_km', { km: from === to ? number(from) : `${number(from)}\u2013${number(to)}` }));
  const said = (value) => (value === null ? NONE : number(value));
  if (of.fact(row)) parts.push(tell('fact', { text: of.fact(row), have: said(of.have(row)), need: said(of.need(row)) }));
  if (of.n_new(row)) {
    parts.push(tell('mend', { n: of.n_new(row), start: said(of.mend_from_km(row)), end: said(of.mend_to_km(row)) }));
  }
  return parts.join(' \u00b7 ');
}

// A mark that tells its text when met and does something when taken
function item(node, text, go, x) {
  node.classList.add('cg-item');
  node.setAttribute('role', 'button');
  node.setAttribute('tabindex', '-1');
  node.setAttribute('aria-label', text);
  for (const event of ['mouseenter', 'focus']) node.addEventListener(event, () => { strip.told.textContent = text; });
  node.addEventListener('click', go);
  return { node, go, x };
}

function goTo(map, latlngs) {
  if (latlngs.length > 1) map.fitBounds(L.latLngBounds(latlngs), { padding: [40, 40], maxZoom: 13, animate: false });
  else if (latlngs.length) map.setView(latlngs[0], Math.max(map.getZoom(), 13), { animate: false });
}

function siteNode(row, x, y) {
  const { of } = along.sites.table;
  const n = of.n_piles(row);
  const r = n ? Math.min(4 + Math.sqrt(n), 12) : 4;
  const name = ['cg-site', n ? '' : 'cg-empty', n === null ? 'cg-open' : '', of.n_ultra_fast(row) ? 'cg-ultra' : ''].filter(Boolean).join(' ');
  if (along.sites.side[row]) return svg('rect', { class: name, x: x - r, y: y - r, width: 2 * r, height: 2 * r });
  return svg('circle', { class: name, cx: x, cy: y, r });
}

// Gaps and sites of one direction; what comes back is met from left to right by the arrow keys
function lane(map, picture, corridor, place, row) {
  const { of } = along.corridors.table;
  const length = of.km(corridor);
  const found = [];
  picture.append(svg('line', { class: 'cg-course', x1: place(0), x2: place(length), y1: row.lane, y2: row.lane }));
  for (const gap of range(along.gaps, corridor)) {
    const told = along.gaps.table.of;
    const [from, to] = [told.from_km(gap), told.to_km(gap)];
    if (!told.km(gap)) continue;
    const box = svg('g', { class: told.km(gap) >= along.gaps.long_km ? 'cg-stretch cg-long' : 'cg-stretch' });
    for (const [a, b] of pieces(from, to, length)) {
      const ends = { x1: place(a), x2: place(b), y1: row.lane, y2: row.lane };
      box.append(svg('line', { class: 'cg-under', ...ends }), svg('line', { class: 'cg-over', ...ends }));
    }
    picture.append(box);
    const go = () => goTo(map, pieces(from, to, length).flatMap(([a, b]) => stretch(corridor, a, b)));
    // After the site that stands where it begins
    found.push(item(box, gapText(gap), go, Math.min(place(from), place(to)) + 0.5));
    gapLabel(picture, gap, place, row);
  }
  for (const site of range(along.sites, corridor)) {
    const { km, site_id: id } = along.sites.table.of;
    const node = siteNode(site, place(km(site)), row.lane);
    picture.append(node);
    const go = () => goTo(map, [sitePoint(id(site)) || stretch(corridor, km(site), km(site))[0]].filter(Boolean));
    found.push(item(node, siteText(site), go, place(km(site))));
  }
  return found.sort((a, b) => a.x - b.x);
}

// Length and ends of a gap, as far as there is room for them
function gapLabel(picture, gap, place, row) {
  const { of } = along.gaps.table;
  const [from, to] = [place(of.from_km(gap)), place(of.to_km(gap))];
  const room = of.to_km(gap) > of.from_km(gap) ? Math.abs(to - from) : 0;
  const middle = (from + to) / 2;
  const km = `${atMost(gap)} km`;
  if (room > 44) picture.append(svg('text', { class: 'cg-gapkm', x: middle, y: row.lane - 8 }, km));
  const names = gapPlaces(of.from_name(gap), of.to_name(gap));
  const wide = [...names].reduce((sum, c) => sum + (c > '\u2e80' ? 12 : 6.5), 8);
  if (of.km(gap) >= along.gaps.long_km && room > wide) picture.append(svg('text', { class: 'cg-gapname', x: middle, y: row.label }, names));
}

function ruleRow(map, picture, corridor, place, row) {
  const rule = along.rules[strip.rule];
  if (!rule) return [];
  const { of } = rule.table;
  const length = along.corridors.table.of.km(corridor);
  const found = [];
  rule.at.forEach((at, i) => {
    if (at !== corridor) return;
    const [from, to] = [of.from_km(i), of.to_km(i)];
    const box = svg('g', { class: `cg-verdict cg-${VERDICTS[rule.verdict[i]]}` });
    const parts = rule.sites ? [[from, to]] : pieces(from, to, length);
    for (const [a, b] of parts) box.append(verdictNode(VERDICTS[rule.verdict[i]], place(a), place(b), row.rule));
    picture.append(box);
    const go = () => goTo(map, parts.flatMap(([a, b]) => stretch(corridor, a, b).slice(0, rule.sites ? 1 : undefined)));
    found.push(item(box, ruleText(rule, i), go, Math.min(place(from), place(to))));
  });
  return found.sort((a, b) => a.x - b.x);
}

// Not by colour alone: met is thin, not met thick, unknown hollow
function verdictNode(verdict, a, b, y) {
  const half = { met: 2, not_met: 6, unknown: 4 }[verdict];
  const [x, wide] = [Math.min(a, b), Math.abs(b - a)];
  if (wide < 2) return svg('rect', { x: x - 4, y: y - half, width: 8, height: 2 * half });
  return svg('rect', { x: x + 1, y: y - half, width: Math.max(wide - 2, 1), height: 2 * half });
}

function axis(picture, length, place) {
  const step = [5, 10, 20, 50, 100, 200].find((n) => (n / length) * (place(length) - place(0)) > 48) || 500;
  picture.append(svg('line', { class: 'cg-axis', x1: place(0), x2: place(length), y1: ROW.axis, y2: ROW.axis }));
  for (let km = 0; km <= length; km += step) {
    picture.append(
      svg('line', { class: 'cg-axis', x1: place(km), x2: place(km), y1: ROW.axis - 3, y2: ROW.axis + 3 }),
      svg('text', { class: 'cg-tick', x: place(km), y: ROW.axis + 14 }, km),
    );
  }
  picture.append(svg('text', { class: 'cg-tick', x: place(length) + 14, y: ROW.axis + 4 }, 'km'));
}

function ends(picture, corridor, place, row) {
  const { of } = along.corridors.table;
  const leads = place(1) > place(0);
  const [left, right] = leads ? [of.from_name(corridor), of.to_name(corridor)] : [of.to_name(corridor), of.from_name(corridor)];
  const way = `${laneName(corridor)} ${towards(corridor)}`;
  // The direction stands at the left, where a narrow screen begins
  picture.append(
    svg('text', { class: 'cg-end', x: STRIP.margin, y: row.text }, `${left || ''} ${leads ? '\u2192' : '\u2190'} ${way}`),
    svg('text', { class: 'cg-end cg-right', x: STRIP.width - STRIP.margin, y: row.text }, right || ''),
  );
}

function drawStrip(map) {
  const road = along.roads[strip.road];
  const km = (row) => (row === null ? 0 : along.corridors.table.of.km(row));
  const longest = Math.max(km(road[0]), km(road[1]));
  strip.drawnFor = strip.scroll.clientWidth;
  STRIP.width = Math.max(strip.drawnFor, STRIP.least);
  const scale = (STRIP.width - 2 * STRIP.margin) / longest;
  const picture = svg('svg', { width: STRIP.width, height: STRIP.height, role: 'group', 'aria-label': tell('strip', { road: roadName(road) }) });
  const ahead = (x) => STRIP.margin + x * scale;
  const back = (x) => STRIP.margin + (km(road[1]) - x) * scale;
  // Who keeps right sees the direction that leads right below the other
  const [upper, lower] = along.left ? [[road[0], ahead], [road[1], back]] : [[road[1], back], [road[0], ahead]];
  axis(picture, longest, ahead);
  strip.rows = [];
  for (const [[corridor, place], row] of [[upper, ROW.left], [lower, ROW.right]]) {
    if (corridor === null) {
      picture.append(svg('text', { class: 'cg-way', x: STRIP.width / 2, y: row.lane }, WORDS.no_course));
      continue;
    }
    ends(picture, corridor, place, row);
    const made = [ruleRow(map, picture, corridor, place, row), lane(map, picture, corridor, place, row)];
    strip.rows.push(...(row === ROW.left ? made : made.reverse()));
  }
  strip.rows = strip.rows.filter((row) => row.length);
  strip.at = [0, 0];
  if (strip.rows.length) strip.rows[0][0].node.setAttribute('tabindex', '0');
  strip.scroll.replaceChildren(picture);
  strip.told.textContent = '';
}

// One stop for the tabulator; arrows lead along a row and to the nearest mark of the next
function moveTo(row, column) {
  const [oldRow, oldColumn] = strip.at;
  const to = Math.min(Math.max(row, 0), strip.rows.length - 1);
  let place = Math.min(Math.max(column, 0), strip.rows[to].length - 1);
  if (to !== oldRow) {
    const { x } = strip.rows[oldRow][oldColumn];
    place = strip.rows[to].reduce((best, one, i) => (Math.abs(one.x - x) < Math.abs(strip.rows[to][best].x - x) ? i : best), 0);
  }
  strip.rows[oldRow][oldColumn].node.setAttribute('tabindex', '-1');
  strip.at = [to, place];
  const { node } = strip.rows[to][place];
  node.setAttribute('tabindex', '0');
  node.focus();
  node.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function onKey(event) {
  if (event.key === 'Escape') {
    closeStrip();
    event.preventDefault();
    return;
  }
  if (!strip.scroll.contains(event.target) || !strip.rows.length) return;
  const [row, column] = strip.at;
  const go = {
    ArrowRight: () => moveTo(row, column + 1), ArrowLeft: () => moveTo(row, column - 1),
    ArrowUp: () => moveTo(row - 1, column), ArrowDown: () => moveTo(row + 1, column),
    Home: () => moveTo(row, 0), End: () => moveTo(row, Infinity),
    Enter: () => strip.rows[row][column].go(), ' ': () => strip.rows[row][column].go(),
  }[event.key];
  if (!go) return;
  go();
  event.preventDefault();
}

function choice(label, options, chosen) {
  const select = el('select');
  select.setAttribute('aria-label', label);
  options.forEach(([value, text]) => {
    const option = el('option', '', text);
    option.value = value;
    select.append(option);
  });
  select.value = chosen;
  return select;
}

function stripPanel(map) {
  const box = el('section', 'cg-strip');
  const top = el('div', 'cg-striphead');
  const name = el('h2');
  const rule = choice(WORDS.rule, [[-1, WORDS.no_rule], ...along.rules.map((one, i) => [i, one.name])], along.rules.length ? 0 : -1);
  const close = el('button', 'cg-close', '\u00d7');
  const told = el('output', 'cg-told');
  const scroll = el('div', 'cg-scroll');
  close.type = 'button';
  close.title = WORDS.close;
  close.setAttribute('aria-label', WORDS.close);
  close.addEventListener('click', closeStrip);
  rule.addEventListener('change', () => {
    strip.rule = Number(rule.value);
    drawStrip(map);
  });
  top.append(name, rule, close);
  box.append(top, scroll, told, el('p', 'cg-note', WORDS.strip_note));
  box.addEventListener('keydown', onKey);
  box.hidden = true;
  document.body.append(box);
  map.on('resize', () => { if (!box.hidden && scroll.clientWidth !== strip.drawnFor) drawStrip(map); });
  return { box, name, scroll, told, rule: Number(rule.value), road: 0, rows: [], at: [0, 0] };
}

function openStrip(road) {
  if (!along.roads[road]) return;
  strip.road = road;
  strip.name.textContent = tell('strip', { road: chooserText(along.roads[road]) });
  strip.chooser.value = road;
  strip.box.hidden = false;
  drawStrip(map);
  // The map gives way
  map.invalidateSize({ animate: false, pan: false });
}

function closeStrip() {
  strip.box.hidden = true;
  strip.chooser.value = -1;
  map.invalidateSize({ animate: false, pan: false });
  strip.chooser.focus();
}

function stripChooser(map) {
  strip = stripPanel(map);
  strip.chooser = choice(WORDS.choose, [[-1, WORDS.choose], ...along.roads.map((road, i) => [i, chooserText(road)])], -1);
  strip.chooser.addEventListener('change', () => {
    if (Number(strip.chooser.value) < 0) closeStrip();
    else {
      openStrip(Number(strip.chooser.value));
      goTo(map, along.roads[strip.road].flatMap((row) => (row === null ? [] : along.corridors.drawn[row].getLatLngs().flat())));
    }
  });
  const box = el('div', 'cg-chooser cg-box');
  box.append(strip.chooser);
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  const control = L.control({ position: 'topleft' });
  control.onAdd = () => box;
  if (along.roads.length) control.addTo(map);
}
