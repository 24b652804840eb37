// A second map beside the first, of the same data, always in step: what was on the left, what came of it on the right.
let second = null;
// While the two are given their sizes neither leads
let arranging = false;

function makeTwin() {
  const box = el('div', 'cg-map2');
  document.querySelector('.cg-maps').append(box);
  box.setAttribute('aria-label', WORDS.map_second);
  const other = L.map(box, { maxZoom: 18, zoomSnap: 0.25, zoomControl: false, zoomAnimation: false, center: map.getCenter(), zoom: map.getZoom() });
  other.attributionControl.setPrefix(false);
  const renderer = new Patterned({ padding: 0.3 });
  const unitGroup = unitLayer(other, renderer, true);
  const countyGroup = counties && countyLayer(other, renderer);
  const planGroup = plans.length ? planLayer(renderer, true) : null;
  const spokeGroup = spokeLayer(renderer, true);
  if (spokeGroup) chosenSpokes(other, renderer, true);
  watermark(other);
  const drawNames = nameLayer(other, { unitGroup, countyGroup, taken: () => [], second: true });
  inStep(map, other);
  const title = el('strong', 'cg-when cg-box');
  box.append(title);
  return { box, map: other, unitGroup, planGroup, spokeGroup, drawNames, title };
}

// Whatever moves one moves the other
function inStep(one, other) {
  let led = false;
  const lead = (from, to, ending) => () => {
    if (led || arranging || !now.twin) return;
    led = true;
    if (from.getZoom() !== to.getZoom()) to.setView(from.getCenter(), from.getZoom(), { animate: false });
    else {
      const by = to.project(from.getCenter()).subtract(to.project(to.getCenter())).round();
      if (by.x || by.y) {
        to._rawPanBy(by);
        to.fire('move');
      }
    }
    // What is drawn only at rest is drawn only then
    if (ending) to.fire('moveend');
    led = false;
  };
  for (const [from, to] of [[one, other], [other, one]]) {
    from.on('move', lead(from, to, false));
    from.on('moveend', lead(from, to, true));
  }
}

// Half as wide, the map shows the same; what it loses in zoom it gets back
let lost = 0;
function twin(on) {
  const { container } = twin;
  const was = Boolean(second && !second.box.hidden);
  if (on === was) return;
  arranging = true;
  const [center, zoom, whole] = [map.getCenter(), map.getZoom(), L.latLngBounds(WHOLE)];
  const bounds = map.getBounds().contains(whole) ? whole : map.getBounds();
  if (on && !second) second = makeTwin();
  second.box.hidden = !on;
  container.classList.toggle('cg-two', on);
  // The animation of a zoom would leave the other behind
  map._zoomAnimated = map.options.zoomAnimation && !on && L.Browser.any3d;
  map.invalidateSize({ animate: false, pan: false });
  if (on) map.setView(center, Math.min(map.getBoundsZoom(bounds), zoom), { animate: false });
  else map.setView(center, zoom + lost, { animate: false });
  lost = on ? zoom - map.getZoom() : 0;
  if (on) {
    second.map.invalidateSize({ animate: false, pan: false });
    second.map.setView(map.getCenter(), map.getZoom(), { animate: false });
  }
  arranging = false;
}

// The twin shows units, counties and new sites: what it does not show is off on the first map too, until it is closed
let laid = [];
function layAside(groups) {
  if (now.twin && !laid.length) laid = groups.filter((group) => map.hasLayer(group));
  for (const group of laid) {
    if (now.twin) group.remove();
    else group.addTo(map);
  }
  if (!now.twin) laid = [];
}

// Over each map what it shows, where that is another time than that of the data
function titles(first) {
  first.hidden = !now.twin && !['scenario', 'dates'].includes(now.fill);
  first.textContent = fillOf(false).title;
  if (now.twin) second.title.textContent = fillOf(true).title;
}
