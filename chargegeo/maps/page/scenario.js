// A scenario: new sites with what speaks for them. Its units before and after are fills.
const scenario = DATA.scenario && {
  ...DATA.scenario,
  table: table(DATA.scenario.units),
  sites: {
    ...DATA.scenario.sites, table: table(DATA.scenario.sites.columns),
    piles: { table: table(DATA.scenario.sites.piles.columns), from: starts(DATA.scenario.sites.piles.n) },
    served: DATA.scenario.sites.served && {
      ...DATA.scenario.sites.served, table: table(DATA.scenario.sites.served.columns), from: starts(DATA.scenario.sites.served.n),
    },
  },
};
const MONEY = new Set(['cost']);

function siteTitle(row) {
  const { of } = scenario.sites.table;
  return `${of.rank(row)}. ${of.name(row) || of.site_id(row)}`;
}

function costed(item, row) {
  const text = shown(item, row);
  return MONEY.has(item.name) && text !== NONE && scenario.money ? `${text} ${scenario.money}` : text;
}

function planTip(row) {
  const { of } = scenario.sites.table;
  const box = el('div', 'cg-tip');
  box.append(
    el('b', '', siteTitle(row)), el('span', '', of.unit_name(row) || ''), el('span', '', of.county_name(row) || ''),
    el('em', '', say('new_piles', of.n_new(row))),
  );
  return box;
}

// Why here: what the site closes, serves and mends; then what is built
function planCard(row) {
  const { columns, of } = scenario.sites.table;
  const { piles } = scenario.sites;
  const pairs = columns.filter((item) => !['rank', 'name'].includes(item.name)).map((item) => [item.label, costed(item, row)]);
  const card = rows('cg-plan', pairs, siteTitle(row));
  const why = [];
  if (of.n_closed(row)) why.push(tell('why_closed', { n: of.n_closed(row), text: told(of.closed(row)) }));
  if (of.people(row)) why.push(say('why_people', number(of.people(row))));
  if (of.people_near(row)) why.push(say('why_near', number(of.people_near(row))));
  if (of.n_stretches(row)) why.push(say('why_stretches', of.n_stretches(row)));
  if (of.n_decided(row)) why.push(say('why_decided', of.n_decided(row)));
  const list = el('ul', 'cg-why');
  list.append(...why.map((text) => el('li', '', text)));
  card.querySelector('h2').after(list);
  const body = el('table', 'cg-both');
  const top = el('tr');
  top.append(...piles.table.columns.map((item) => el('th', '', item.label)));
  body.append(top);
  for (const pile of range(piles, row)) {
    const line = el('tr');
    line.append(...piles.table.columns.map((item) => el('td', '', costed(item, pile))));
    body.append(line);
  }
  card.append(body, ...servedPart('site', row));
  return card;
}

// Whether a map shows what is after the plan
function planShown(second) {
  return now.fill === 'scenario' && (second || (now.after && !now.twin));
}

function planLayer(renderer) {
  const size = (row) => Math.min(15 + 2 * Math.sqrt(scenario.sites.table.of.n_new(row)), 32);
  return tipsAndCards(new Points({
    ...scenario.sites,
    shown: (row) => scenario.sites.unit[row] === null ? !filtered() : unitShown(scenario.sites.unit[row]),
    radius: (row) => size(row) / 2,
    paint: (ctx, row, x, y, scale) => stamp(ctx, 'new', Math.round(size(row) * scale), x, y, drawNew),
  }, { renderer, clustered: false, points: 'site' }), planTip, planCard);
}

// What the scenario says of a unit
function planPairs(row) {
  if (!scenario) return [];
  return scenario.table.columns.map((item) => [`${WORDS.scenario}${item.label}`, shown(item, row)]);
}

function legendScenario() {
  if (!scenario) return [];
  const body = el('table', 'cg-new');
  body.append(legendRow(picture(drawNew, 20), WORDS.site_new, scenario.sites.x.length));
  if (scenario.unplaced) body.append(legendRow('', WORDS.site_unplaced, scenario.unplaced));
  return [body];
}

// The sites as a list, for who has no pointer
function siteList(map) {
  if (!scenario || !scenario.sites.x.length) return [];
  const box = el('details', 'cg-sitelist cg-panel');
  box.append(el('summary', '', tell('site_list', { text: scenario.name, n: scenario.sites.x.length })));
  const list = el('ol');
  scenario.sites.x.forEach((x, row) => {
    const line = el('li');
    const text = `${siteTitle(row)} ${say('new_piles', scenario.sites.table.of.n_new(row))}`;
    line.append(button('cg-row', text, () => show(map, { kind: 'plan', row })));
    list.append(line);
  });
  box.append(list);
  return [box];
}
