// Scenarios: new sites with what speaks for them. Their units before and after are fills.
const plans = (DATA.scenarios || []).map((given) => {
  const part = (packed) => packed && { ...packed, table: table(packed.columns), from: starts(packed.n) };
  const { sites } = given;
  return {
    ...given, table: table(given.units),
    sites: { ...sites, table: table(sites.columns), piles: part(sites.piles), served: part(sites.served) },
  };
});
const MONEY = new Set(['cost']);
// What a map may show: before, as each rung judges it, and what is after each plan
const views = [];
plans.forEach((one, plan) => {
  const alike = (view) => plans[view.plan].before === one.before && plans[view.plan].table.of.rung(0) === one.table.of.rung(0);
  if (!views.some(alike)) views.push({ plan, after: false });
});
const nBefore = views.length;
plans.forEach((_, plan) => views.push({ plan, after: true }));
// With several plans the first two stand beside each other
Object.assign(now, { one: nBefore, pair: plans.length > 1 ? [nBefore, nBefore + 1] : [0, 1] });

function viewOf(second) {
  return views[now.twin ? now.pair[second ? 1 : 0] : now.one];
}

function viewText({ plan, after }) {
  if (!after) return nBefore > 1 ? `${WORDS.before} ${rungText(plans[plan].table.of.rung(0))}` : WORDS.before;
  return plans.length > 1 ? tell('after_of', { text: plans[plan].name }) : WORDS.after;
}

// The plan whose sites a map shows; null for none
function planShown(second) {
  if (now.fill !== 'scenario') return null;
  const view = viewOf(second);
  return view.after ? view.plan : null;
}

// The plan that the map beside it shows, where that is another
function planBeside(second) {
  if (!now.twin) return null;
  const [own, other] = [planShown(second), planShown(!second)];
  return own === null || own === other ? null : other;
}

function siteTitle(plan, row) {
  const { of } = plans[plan].sites.table;
  return `${of.rank(row)}. ${of.name(row) || of.site_id(row)}`;
}

function costed(plan, item, row) {
  const text = shown(item, row);
  const { money } = plans[plan];
  return MONEY.has(item.name) && text !== NONE && money ? `${text} ${money}` : text;
}

function planTip(plan, row) {
  const { of } = plans[plan].sites.table;
  const box = el('div', 'cg-tip');
  box.append(
    el('b', '', siteTitle(plan, row)), el('span', '', of.unit_name(row) || ''), el('span', '', of.county_name(row) || ''),
    el('em', '', say('new_piles', of.n_new(row))),
  );
  return box;
}

// Why here: what the site closes, serves and mends; then what is built
function planCard(plan, row) {
  const { sites } = plans[plan];
  const { columns, of } = sites.table;
  const { piles } = sites;
  const told_ = columns.filter((item) => !['rank', 'name'].includes(item.name));
  const pairs = told_.map((item) => [item.label, costed(plan, item, row)]);
  if (plans.length > 1) pairs.unshift([WORDS.of_plan, plans[plan].name], ...elsewhere(plan, of.site_id(row)));
  const card = rows('cg-plan', pairs, siteTitle(plan, row));
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
    line.append(...piles.table.columns.map((item) => el('td', '', costed(plan, item, pile))));
    body.append(line);
  }
  card.append(body, ...servedPart({ kind: 'site', plan }, row));
  return card;
}

// One layer a map: the sites of the plan that it shows
function planLayer(renderer, second) {
  const size = (row) => Math.min(15 + 2 * Math.sqrt(layer.sites().table.of.n_new(row)), 32);
  const data = (plan) => ({
    ...plans[plan].sites,
    shown: (row) => siteShown(plans[plan].sites.unit[row]),
    radius: (row) => size(row) / 2,
    paint: (ctx, row, x, y, scale) => {
      const beside = planBeside(second);
      const both = beside !== null && amounts(beside).has(layer.sites().table.of.site_id(row));
      stamp(ctx, both ? 'both' : 'new', Math.round(size(row) * scale), x, y, both ? drawBoth : drawNew);
    },
  });
  const layer = tipsAndCards(
    new Points(data(0), { renderer, clustered: false, points: 'site', plan: 0 }),
    (row) => planTip(layer.options.plan, row), (row) => planCard(layer.options.plan, row),
  );
  layer.sites = () => plans[layer.options.plan].sites;
  layer.choose = () => {
    const plan = planShown(second);
    if (plan === null || plan === layer.options.plan) return;
    layer.options.plan = plan;
    layer.setData(data(plan));
  };
  return layer;
}

function siteShown(unit) {
  return unit === null ? !filtered() : unitShown(unit);
}

// What the plans say of a unit: lines among its others, or beside each other where there are several
function planPairs(row) {
  if (plans.length !== 1) return [];
  return [...plans[0].table.columns.map((item) => [`${WORDS.scenario}${item.label}`, shown(item, row)]), ...nearestSites(row)];
}

function planTable(row) {
  if (plans.length < 2) return [];
  const body = el('table', 'cg-both cg-plans');
  const line = (label, cells) => {
    const made = el('tr');
    made.append(el('th', '', label), ...cells.map((text) => el('td', '', text)));
    body.append(made);
  };
  line(WORDS.of_plan, plans.map((one) => one.name));
  plans[0].table.columns.forEach((item, i) => line(item.label, plans.map((one) => shown(one.table.columns[i], row))));
  const found = nearestSites(row);
  if (found.length) line(WORDS.nearest_site, found.map(([, text]) => text));
  return [body];
}

function legendScenario() {
  if (!plans.length) return [];
  const body = el('table', 'cg-new');
  const named = (one, text) => (plans.length > 1 ? `${one.name} · ${text}` : text);
  plans.forEach((one, plan) => {
    const lines = [legendRow(picture(drawNew, 20), named(one, WORDS.site_new), one.sites.x.length)];
    if (one.unplaced.length) lines.push(legendRow('', named(one, WORDS.site_unplaced), one.unplaced.length));
    for (const line of lines) line.dataset.plan = plan;
    body.append(...lines);
  });
  return [body];
}

// The sites as lists, for who has no pointer; made when they are opened
function siteList(map) {
  return plans.filter((one) => one.sites.x.length).map((one) => {
    const plan = plans.indexOf(one);
    const { of } = one.sites.table;
    return opening('cg-sitelist cg-panel', tell('site_list', { text: one.name, n: one.sites.x.length }), () => (
      one.sites.x.map((x, row) => button(
        'cg-row', `${siteTitle(plan, row)} ${say('new_piles', of.n_new(row))}`, () => show(map, { kind: 'plan', plan, row }),
      ))
    ));
  });
}

// A list that may be long, made once it is looked at
function opening(name, text, make) {
  const box = el('details', name);
  const list = el('ol');
  box.append(el('summary', '', text), list);
  box.addEventListener('toggle', () => {
    if (!box.open || list.children.length) return;
    list.append(...make().map((node) => {
      const line = el('li');
      line.append(node);
      return line;
    }));
  });
  return box;
}
