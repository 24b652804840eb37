// What the units are coloured by: classes with a look and a label each, and the class of each unit.
const STATES = ['covered', 'uncovered', 'unknown'];
const snapshots = DATA.snapshots || [];
const now = { fill: 'state', rung: DATA.rungs.length - 1, date: snapshots.length - 1, twin: false };
const CLASSES = Object.fromEntries([...STATES, 'gained'].map((name) => (
  [name, { name, look: LOOK[name], label: name === 'gained' ? WORDS.gained : DATA.states[name] }]
)));
const THREE = STATES.map((name) => CLASSES[name]);
const FOUR = [CLASSES.covered, CLASSES.gained, CLASSES.uncovered, CLASSES.unknown];

// Covered from the rung that is passed down, not covered above the rung that is possible, unknown between
function rungState(row) {
  const { of } = units.answers;
  if (of.rule(row) === null) return 2;
  if (DATA.rungs.indexOf(of.rung(row)) >= now.rung) return 0;
  return DATA.rungs.indexOf(of.possible_rung(row)) >= now.rung ? 2 : 1;
}

// Before, after and gained by the plan
function planned(plan, row) {
  const [before, after] = [Number(plans[plan].before[row]), Number(plans[plan].after[row])];
  if (after !== 0) return after + 1;
  return before === 0 ? 0 : 1;
}

function planFill(view) {
  const title = viewText(view);
  if (!view.after) return { classes: THREE, of: (row) => Number(plans[view.plan].before[row]), title };
  return { classes: FOUR, of: (row) => planned(view.plan, row), title };
}

// Of the map itself, or of its twin beside it, which shows what came later
const FILLS = {
  state: () => ({ classes: THREE, of: (row) => STATES.indexOf(units.state[row]), title: WORDS.fill_state }),
  rung: () => ({ classes: THREE, of: rungState, title: rungText(DATA.rungs[now.rung]) }),
  minutes: () => ({
    classes: reach.labels.map((label, place) => ({ name: `minutes${place}`, look: MINUTES[place], label })),
    of: (row) => reach.class[row], text: minutesText, title: WORDS.fill_minutes,
  }),
  scenario: (second) => planFill(viewOf(second)),
  dates: (second) => {
    const one = snapshots[second || !now.twin ? now.date : 0];
    return { classes: THREE, of: (row) => Number(one.states[row]), title: one.date, lacking: one.lacking };
  },
};

function fillOf(second) {
  return FILLS[now.fill](second);
}

function fillText(row, second) {
  const fill = fillOf(second);
  return fill.text ? fill.text(row) : fill.classes[fill.of(row)].label;
}

function rungText(rung) {
  return DATA.rules[rung] ? `${rung} ${DATA.rules[rung]}` : String(rung);
}

// A share in per cent; 100.0 only if nothing is missing, nothing without a denominator
function share(part, whole) {
  if (!whole) return NONE;
  return `${Math.min((100 * part) / whole, part === whole ? 100 : 99.9).toFixed(1)} %`;
}

// Units that are shown, by class, in each group that makes a denominator
function tally(fill) {
  return units.groups.map((members) => {
    const counts = fill.classes.map(() => 0);
    members.forEach((member, row) => { if (member && unitShown(row)) counts[fill.of(row)] += 1; });
    const total = counts.reduce((a, b) => a + b, 0);
    const covered = counts.reduce((sum, n, i) => (['covered', 'gained'].includes(fill.classes[i].name) ? sum + n : sum), 0);
    return { counts, total, covered };
  });
}

function coveredText({ covered, total }) {
  return tell('covered_of', { n: covered, of: total, share: share(covered, total), state: DATA.states.covered });
}

function classTable(fill) {
  const body = legendHead('cg-classes');
  body.dataset.fill = now.fill;
  const groups = tally(fill);
  fill.classes.forEach((item, place) => {
    body.append(legendRow(swatch(item.look, item.name), item.label, ...groups.map((group) => group.counts[place])));
  });
  body.append(legendRow('', WORDS.denominator, ...groups.map((group) => group.total)));
  const found = [];
  if (now.twin || now.fill !== 'state') found.push(el('p', 'cg-sub', fill.title));
  found.push(body);
  if (fill.classes.includes(CLASSES.covered)) found.push(el('p', 'cg-sum', coveredText(groups[0])));
  if (fill.lacking) found.push(el('p', 'cg-note', say('date_lacking', fill.lacking)));
  return found;
}

// Buttons of which one is pressed: the keyboard moves between them by the arrows
function radios(name, options, chosen, change) {
  return options.map(([value, text]) => {
    const label = el('label');
    const input = el('input');
    input.type = 'radio';
    input.name = name;
    input.value = value;
    input.checked = value === chosen;
    input.addEventListener('change', () => change(value));
    label.append(input, el('span', '', text));
    return label;
  });
}

function checkbox(text, checked, change) {
  const label = el('label');
  const input = el('input');
  input.type = 'checkbox';
  input.checked = checked;
  input.addEventListener('change', () => change(input.checked));
  label.append(input, el('span', '', text));
  return label;
}

// A slider over the dates of the snapshots, with the date in words
function dateSlider(refresh) {
  const box = el('div', 'cg-dates');
  const input = el('input');
  const told = el('output', 'cg-date');
  input.type = 'range';
  [input.min, input.max, input.step, input.value] = [0, snapshots.length - 1, 1, now.date];
  input.setAttribute('aria-label', WORDS.fill_dates);
  const say_ = () => {
    told.textContent = snapshots[now.date].date;
    input.setAttribute('aria-valuetext', snapshots[now.date].date);
  };
  input.addEventListener('input', () => {
    now.date = Number(input.value);
    say_();
    refresh();
  });
  say_();
  box.append(input, told);
  return box;
}

// What belongs to one fill only
const FILL_PARTS = {
  rung: (refresh) => {
    const select = choice(WORDS.fill_rung, DATA.rungs.map((rung, i) => [i, rungText(rung)]), now.rung);
    select.addEventListener('change', () => { now.rung = Number(select.value); refresh(); });
    return [select];
  },
  scenario: (refresh, redo) => viewChoice(redo),
  dates: (refresh, redo) => [dateSlider(refresh), ...(snapshots.length > 1 ? [twinBox(redo)] : [])],
};

function twinBox(redo) {
  return checkbox(WORDS.twin, now.twin, (checked) => { now.twin = checked; redo(); });
}

// laid: what comes and goes with the fill
function fillBox(refresh, laid) {
  const offered = ['state', DATA.rungs.length > 1 && 'rung', reach && 'minutes', plans.length && 'scenario', snapshots.length && 'dates'];
  const fills = offered.filter(Boolean);
  const box = el('fieldset', 'cg-fill');
  const redo = () => {
    twin(now.twin);
    laid();
    refresh();
  };
  const parts = {};
  const show = (value) => {
    now.fill = value;
    for (const [name, part] of Object.entries(parts)) part.hidden = name !== value;
    const pair = parts[value] && parts[value].querySelector('input[type=checkbox]');
    now.twin = Boolean(pair && pair.checked);
    redo();
  };
  box.append(el('legend', '', WORDS.fill));
  for (const label of radios('cg-fill', fills.map((name) => [name, WORDS[`fill_${name}`]]), now.fill, show)) {
    const { value } = label.firstChild;
    box.append(label);
    if (!FILL_PARTS[value]) continue;
    parts[value] = el('div', `cg-part cg-part-${value}`);
    if (value === 'scenario' && plans.length === 1) parts[value].append(el('p', 'cg-sub', plans[0].name));
    parts[value].append(...FILL_PARTS[value](refresh, redo));
    parts[value].hidden = true;
    box.append(parts[value]);
  }
  return fills.length > 1 ? [box] : [];
}
