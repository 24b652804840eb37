// Search by name or code: counties first, then units, stations, sides, new sites; the list is set as text.
const MATCHES = 12;

function places() {
  const found = [];
  const add = (part, kind, codes, above, more) => part.x.forEach((x, row) => {
    const { of } = part.table;
    found.push({ kind, row, ...more, name: of.name(row) || '', code: codes(row) || '', above: above(row) || '' });
  });
  if (counties) add(counties, 'county', counties.table.of.county_code, counties.table.of.city_name);
  const { of } = units.table;
  add(units, 'unit', of.unit_code, (row) => (units.is_county ? of.city_name(row) : of.county_name(row)));
  add(stations, 'station', stations.table.of.station_id, (row) => {
    const unit = stations.unit[row];
    return unit < 0 ? '' : [of.county_name(unit), of.name(unit)].filter(Boolean).join(' ');
  });
  if (along) {
    const sides = areas.sides.table.of;
    areas.sides.x.forEach((_, row) => found.push({ kind: 'side', row, name: pairName(row), code: sides.side_id(row), above: sideName(row) }));
  }
  plans.forEach((one, plan) => {
    const sites = one.sites.table.of;
    add(one.sites, 'plan', sites.site_id, (row) => [sites.county_name(row), plans.length > 1 && one.name].filter(Boolean).join(' '), { plan });
  });
  return found.map((place) => ({ ...place, code: place.code === place.name ? '' : place.code, id: place.code }));
}

function countyCard(row) {
  const { of } = counties.table;
  const code = of.county_code(row);
  const counts = { covered: 0, uncovered: 0, unknown: 0 };
  units.state.forEach((state, i) => { if (units.table.of.county_code(i) === code) counts[state] += 1; });
  const pairs = counties.table.columns.filter((item) => item.name !== 'name')
    .map((item) => [WORDS[item.name], item.get(row) === null ? NONE : item.get(row)]);
  for (const state of ['covered', 'uncovered', 'unknown']) pairs.push([DATA.states[state], counts[state]]);
  return rows('cg-countycard', pairs, of.name(row));
}

// Shapes fill the map, points are drawn near to
const KINDS = {
  county: { part: () => counties, card: countyCard }, unit: { part: () => units, card: unitCard, points: 'unit' },
  station: { part: () => stations, card: stationCard, points: 'station' }, side: { part: () => areas.sides, card: pairCard },
  plan: { part: ({ plan }) => plans[plan].sites, card: (row, { plan }) => planCard(plan, row), points: 'site' },
};

function show(map, place) {
  const { part, card: cardOf, points } = KINDS[place.kind];
  const { x, y, layers } = part(place);
  const layer = layers && layers[place.row];
  const at = point(x[place.row], y[place.row]);
  if (layer) map.fitBounds(layer.getBounds(), { maxZoom: 12, padding: [30, 30], animate: false });
  else if (at) map.setView(at, layers ? 11 : 13, { animate: false });
  const card = cardOf(place.row, place);
  if (!at) card.append(el('p', 'cg-note', WORDS.no_place));
  const chosen = points && { kind: points, plan: place.plan, rows: [place.row] };
  L.popup({ ...CARD, chosen, maxWidth: place.kind === 'side' ? 440 : CARD.maxWidth }).setLatLng(at || map.getCenter())
    .setContent(card).openOn(map);
}

function matching(all, text) {
  const query = text.trim();
  if (!query) return [];
  const found = [[], [], []];
  for (const place of all) {
    if (place.name === query || place.id === query) found[0].push(place);
    else if (place.name.startsWith(query) || place.id.startsWith(query)) found[1].push(place);
    else if (place.name.includes(query)) found[2].push(place);
  }
  return found.flat();
}

function searchBox(map) {
  const all = places();
  const box = el('div', 'cg-search cg-box');
  const input = el('input');
  const list = el('ul');
  let found = [];
  let chosen = -1;
  input.type = 'search';
  input.placeholder = WORDS.search;
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-label', WORDS.search);
  input.setAttribute('aria-controls', 'cg-matches');
  input.setAttribute('aria-expanded', 'false');
  input.autocomplete = 'off';
  list.id = 'cg-matches';
  list.setAttribute('role', 'listbox');
  list.hidden = true;

  const mark = (n) => {
    chosen = n;
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === n)));
    if (n < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `cg-match-${n}`);
    list.children[n]?.scrollIntoView({ block: 'nearest' });
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    mark(-1);
  };
  const take = (n) => {
    const place = found[n];
    if (!place) return;
    input.value = place.name;
    input.dataset.last = place.name;
    close();
    show(map, place);
  };
  const item = (place, n) => {
    const row = el('li');
    row.id = `cg-match-${n}`;
    row.setAttribute('role', 'option');
    row.append(el('b', '', place.name), el('span', '', place.above), el('small', '', place.code));
    row.addEventListener('mousedown', (event) => { event.preventDefault(); take(n); });
    return row;
  };
  const update = () => {
    if (input.value === input.dataset.last) return;
    input.dataset.last = input.value;
    const matches = matching(all, input.value);
    found = matches.slice(0, MATCHES);
    list.replaceChildren(...found.map(item));
    if (matches.length > MATCHES) list.append(el('li', 'cg-more', say('search_more', matches.length - MATCHES)));
    if (!matches.length && input.value.trim()) list.append(el('li', 'cg-more', WORDS.search_none));
    list.hidden = !list.children.length;
    input.setAttribute('aria-expanded', String(!list.hidden));
    mark(found.length ? 0 : -1);
  };
  input.addEventListener('input', update);
  input.addEventListener('keyup', update);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) mark((chosen + step + found.length) % found.length);
    else if (event.key === 'Enter') take(chosen);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
  box.append(input, list);
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  const control = L.control({ position: 'topleft' });
  control.onAdd = () => box;
  control.addTo(map);
}
