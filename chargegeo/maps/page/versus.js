// Two maps beside each other: what stands on the left and on the right, and where the two differ.
const amountsOf = [];
const versus = { redraw: () => {} };

// New piles by site of a plan, those without position too
function amounts(plan) {
  if (!amountsOf[plan]) {
    const { sites, unplaced } = plans[plan];
    const { of } = sites.table;
    amountsOf[plan] = new Map([...sites.x.map((_, row) => [of.site_id(row), of.n_new(row)]), ...unplaced.map((one) => [one.id, one.n_new])]);
  }
  return amountsOf[plan];
}

// What the other plans build at a site
function elsewhere(plan, id) {
  return plans.flatMap((one, at) => (
    at === plan ? [] : [[one.name, amounts(at).has(id) ? say('new_piles', amounts(at).get(id)) : WORDS.not_there]]
  ));
}

// Sums over what the filter shows; sites without position and the people of plans by guns only where nothing is hidden
function sums(view) {
  const found = { n_sites: 0, n_new: 0, new_kw: 0, cost: 0 };
  const one = plans[view.plan];
  if (view.after) {
    const { of } = one.sites.table;
    const there = one.sites.x.map((_, row) => row).filter((row) => siteShown(one.sites.unit[row]));
    const add = (get, items) => items.reduce((sum, item) => sum + get(item), 0);
    const others = filtered() ? [] : one.unplaced;
    found.n_sites = there.length + others.length;
    for (const name of ['n_new', 'new_kw', 'cost']) found[name] = add(of[name], there) + add((item) => item[name], others);
  }
  const fill = planFill(view);
  return { ...found, groups: tally(fill), people: servedBefore(one, view.after) };
}

// People served and all people: of the units that are shown, or what the plan itself counts
function servedBefore(one, after) {
  const get = one.table.of[after ? 'served_after' : 'served_before'];
  const there = units.state.map((_, row) => row).filter(unitShown);
  if (there.every((row) => get(row) !== null)) {
    return [there.reduce((sum, row) => sum + get(row), 0), there.reduce((sum, row) => sum + (one.table.of.people(row) || 0), 0)];
  }
  return filtered() || !one.people ? null : [one.people[after ? 1 : 0], one.people[2]];
}

function versusTable() {
  const [left, right] = [views[now.pair[0]], views[now.pair[1]]];
  const [a, b] = [sums(left), sums(right)];
  const body = el('table', 'cg-versus');
  const line = (label, cells) => {
    const row = el('tr');
    row.append(el('th', '', label), ...cells.map((text) => el('td', '', text)));
    body.append(row);
  };
  const signed = (n) => (n > 0 ? `+${grouped(n)}` : grouped(n));
  line('', [WORDS.left, WORDS.right, WORDS.right_less_left]);
  const label = Object.fromEntries(plans[left.plan].sites.table.columns.map((item) => [item.name, item.label]));
  const measured_ = (text, measure) => (measure ? tell('in_measure', { text, n: measure }) : text);
  const counted = [
    [WORDS.sites_new, 'n_sites'], [measured_(label.n_new, DATA.measures.pile), 'n_new'], [label.new_kw, 'new_kw'],
    [measured_(label.cost, plans[left.plan].money), 'cost'],
  ];
  for (const [text, name] of counted) line(text, [grouped(a[name]), grouped(b[name]), signed(b[name] - a[name])]);
  DATA.headline.forEach((group, i) => {
    const [one, other] = [a.groups[i], b.groups[i]];
    line(`${DATA.states.covered} · ${group.label}`, [...[one, other].map(partText), signed(other.covered - one.covered)]);
  });
  if (a.people && b.people) {
    line(WORDS.people_served, [...[a.people, b.people].map(([n, of]) => partText({ covered: Math.round(n), total: Math.round(of) })),
      signed(Math.round(b.people[0]) - Math.round(a.people[0]))]);
  }
  return body;
}

// Thousands apart: sums of a province are long
function grouped(n) {
  const [whole, rest] = number(n).split('.');
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), rest].filter(Boolean).join('.');
}

function partText({ covered, total }) {
  return tell('part_of', { n: grouped(covered), of: grouped(total), share: share(covered, total) });
}

// Sites of two plans with other numbers of piles, the largest difference first
function differences(left, right) {
  const [a, b] = [amounts(left), amounts(right)];
  const found = [...new Set([...a.keys(), ...b.keys()])].map((id) => ({ id, left: a.get(id) || 0, right: b.get(id) || 0 }));
  const size = (one) => Math.abs(one.left - one.right);
  return found.filter(size).sort((one, other) => size(other) - size(one) || (one.id < other.id ? -1 : 1));
}

function differenceList(map, left, right) {
  const found = differences(left, right);
  const rowsOf = [left, right].map((plan) => new Map(plans[plan].sites.x.map((_, row) => [plans[plan].sites.table.of.site_id(row), row])));
  const make = () => found.map((one) => {
    const at = rowsOf[0].has(one.id) ? 0 : 1;
    const plan = [left, right][at];
    const row = rowsOf[at].get(one.id);
    const name = row === undefined ? one.id : plans[plan].sites.table.of.name(row) || one.id;
    const go = () => { if (row !== undefined) show(map, { kind: 'plan', plan, row }); };
    return button('cg-row', tell('piles_each', { text: name, have: one.left, need: one.right }), go);
  });
  return opening('cg-differing', say('sites_differ', found.length), make);
}

// Marks while two plans stand beside each other, with how many there are
function legendVersus() {
  const [left, right] = [planShown(false), planShown(true)];
  if (left === null || right === null || left === right) return [];
  const [a, b] = [amounts(left), amounts(right)];
  const both = [...a.keys()].filter((id) => b.has(id));
  const body = el('table', 'cg-versuslegend');
  body.append(
    legendRow(picture(drawNew, 20), WORDS.site_only, `${a.size - both.length} | ${b.size - both.length}`),
    legendRow(picture(drawBoth, 20), tell('site_both', { n: both.filter((id) => a.get(id) !== b.get(id)).length }), both.length),
  );
  return [body];
}

// What one map shows, or what the two do
function viewChoice(redo) {
  const single = el('div', 'cg-single');
  const place = (view, i) => `${view.after ? 'after' : 'before'}${view.plan || ''}`;
  single.append(...radios('cg-when', views.map((view, i) => [place(view, i), viewText(view)]), place(views[now.one]), (value) => {
    now.one = views.findIndex((view, i) => place(view, i) === value);
    redo();
  }));
  const pair = el('div', 'cg-pair');
  const told_ = el('div', 'cg-versusbox');
  ['left', 'right'].forEach((word, at) => {
    const select = choice(WORDS[word], views.map((view, i) => [i, viewText(view)]), now.pair[at]);
    select.name = word;
    select.addEventListener('change', () => { now.pair[at] = Number(select.value); redo(); });
    const label = el('label', '', WORDS[word]);
    label.append(select);
    pair.append(label);
  });
  pair.append(told_);
  versus.redraw = () => {
    [single.hidden, pair.hidden] = [now.twin, !now.twin];
    if (!now.twin || now.fill !== 'scenario') return;
    const [left, right] = [planShown(false), planShown(true)];
    const other = left !== null && right !== null && left !== right;
    told_.replaceChildren(versusTable(), ...(other ? [differenceList(map, left, right)] : []));
  };
  return [single, twinBox(redo), pair];
}
