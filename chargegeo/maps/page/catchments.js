// Whom a place serves: straight lines from the seats to their nearest station, or to the nearest new site of a plan.
const SPOKES = {
  station: { weight: 2, color: '#0b3e75', casing: true },
  site: { weight: 2, color: '#17212a', dash: [6, 3], casing: true },
};
const served = { station: [reach && stationServed()], site: plans.map((one) => one.sites.served && siteServed(one.sites)) };

// What serves: the stations, or the new sites of a plan
function servedBy({ kind, plan }) {
  return served[kind][plan || 0];
}

// Each holds the units of a point, the nearest first; the point of a unit; how far it is; and its people
function stationServed() {
  const of = new Map();
  const at = new Map();
  const { nearest_station_id: nearest, minutes } = reach.table.of;
  units.state.forEach((_, unit) => {
    const row = stationRows().get(String(nearest(unit)));
    if (row === undefined) return;
    at.set(unit, row);
    if (of.has(row)) of.get(row).push(unit);
    else of.set(row, [unit]);
  });
  for (const there of of.values()) there.sort((a, b) => minutes(a) - minutes(b));
  return { points: stations, of, at, far: minutesText, people: units.table.of.population };
}

function siteServed(sites) {
  const { served: given } = sites;
  const of = new Map();
  const at = new Map();
  const place = new Map();
  sites.x.forEach((_, row) => of.set(row, range(given, row).map((i) => {
    at.set(given.unit[i], row);
    place.set(given.unit[i], i);
    return given.unit[i];
  })));
  const [far, people] = given.table.columns;
  const told_ = (i) => (far.name === 'minutes' ? say('minutes', number(far.get(i))) : shown(far, i));
  return {
    points: sites, of, at, far: (unit) => told_(place.get(unit)), people: (unit) => people.get(place.get(unit)),
  };
}

function seat(unit) {
  return (reach && point(reach.x[unit], reach.y[unit])) || point(units.x[unit], units.y[unit]);
}

// Which lines a map shows: of the plan where it shows what is after it
function spokesOf(second) {
  const plan = planShown(second);
  return plan !== null && served.site[plan] ? { kind: 'site', plan } : { kind: 'station' };
}

// Pairs of unit and point of what serves, or of those that are chosen
function pairsOf(what, chosen) {
  if (!servedBy(what)) return [];
  const { at, of } = servedBy(what);
  let there = [...at.keys()];
  if (chosen) there = chosen.kind === 'unit' ? chosen.rows : chosen.rows.flatMap((row) => of.get(row) || []);
  return there.filter((unit) => at.has(unit) && unitShown(unit)).map((unit) => [unit, at.get(unit)]);
}

const Spokes = L.Path.extend({
  // pairs(): what serves, and pairs of unit and point
  initialize(pairs, options) {
    L.setOptions(this, { interactive: false, ...options });
    this._pairs = pairs;
    this._lines = [];
  },
  _project() {
    const { what, pairs } = this._pairs();
    const look = SPOKES[what.kind];
    this._look = { ...look, weight: look.weight * (this.options.bold ? 2 : 1) };
    const { x, y } = (servedBy(what) || { points: {} }).points;
    const ends = pairs.map(([unit, row]) => [seat(unit), point(x[row], y[row])]);
    this._lines = ends.filter(([from, to]) => from && to).map((pair) => pair.map((p) => this._map.latLngToLayerPoint(p)));
  },
  _update() {
    if (!this._map) return;
    this._pxBounds = this._renderer._bounds;
    this._updatePath();
  },
  _updatePath() {
    const { _ctx: ctx, _drawing: drawing } = this._renderer;
    if (!drawing || !this._pxBounds || !this._lines.length) return;
    ctx.globalAlpha = 1;
    ctx.beginPath();
    for (const [from, to] of this._lines) {
      ctx.moveTo(from.x, from.y);
      ctx.lineTo(to.x, to.y);
    }
    const near = this._map.getZoom() >= NEAR.county;
    draw(ctx, this._look, near ? 1 : 0.65);
    if (!near) return;
    // A square at the seat: which end is served
    ctx.fillStyle = this._look.color;
    for (const [{ x, y }] of this._lines) ctx.fillRect(x - 2, y - 2, 4, 4);
  },
  refresh() {
    if (!this._map) return;
    this._project();
    this.redraw();
  },
});

function spokeLayer(renderer, second) {
  if (![...served.station, ...served.site].some(Boolean)) return null;
  return new Spokes(() => {
    const what = spokesOf(second);
    return { what, pairs: pairsOf(what) };
  }, { renderer });
}

// The lines of what the open card speaks of, whether all are shown or not
function chosenSpokes(map, renderer, second) {
  let chosen = { kind: 'unit', rows: [] };
  const layer = new Spokes(() => {
    const what = chosen.kind === 'unit' ? spokesOf(second) : chosen;
    return { what, pairs: pairsOf(what, chosen) };
  }, { renderer, bold: true }).addTo(map);
  const choose = (found) => {
    chosen = found || { kind: 'unit', rows: [] };
    layer.refresh();
  };
  map.on('popupopen', ({ popup }) => choose(popup.options.chosen));
  map.on('popupclose', () => choose(null));
  return layer;
}

// In the card of a station or site: its units as buttons, for who has no pointer
function servedPart(what, row) {
  const by = servedBy(what);
  if (!by) return [];
  const there = by.of.get(row) || [];
  const known = there.map(by.people).filter((n) => n !== null);
  const people = known.length ? `${number(known.reduce((a, b) => a + b, 0))} ${DATA.measures.person}` : NONE;
  const box = el('div', 'cg-served');
  box.append(el('p', 'cg-sub', tell(`served_${what.kind}`, { n: there.length, of: units.state.length, text: people })));
  if (known.length < there.length) box.append(el('p', 'cg-note', say('served_unknown', there.length - known.length)));
  const list = el('ol');
  for (const unit of there) {
    const line = el('li');
    const text = `${units.table.of.name(unit)} ${by.far(unit)}`;
    line.append(button('cg-row', text, () => show(map, { kind: 'unit', row: unit })));
    list.append(line);
  }
  if (there.length) box.append(list);
  return [box];
}

// In the card of a unit: the new site of each plan that is nearest to it
function nearestSites(unit) {
  if (!served.site.some(Boolean)) return [];
  return served.site.map((by, plan) => {
    const row = by ? by.at.get(unit) : undefined;
    return [`${WORDS.scenario}${WORDS.nearest_site}`, row === undefined ? NONE : `${siteTitle(plan, row)} ${by.far(unit)}`];
  });
}

function legendCatchments() {
  const body = el('table', 'cg-spokes');
  for (const kind of Object.keys(SPOKES)) {
    served[kind].forEach((by, plan) => {
      if (!by) return;
      const name = kind === 'site' && plans.length > 1 ? `${plans[plan].name} · ` : '';
      body.append(legendRow(lineSwatch(SPOKES[kind], kind), `${name}${WORDS[`spoke_${kind}`]}`, by.at.size));
    });
  }
  if (!body.rows.length) return [];
  return [body, el('p', 'cg-note', WORDS.spoke_note)];
}
