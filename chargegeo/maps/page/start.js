// Puts the parts together on the map that the skeleton made.
const map = window.map_chargegeo;
head();
document.documentElement.classList.add('cg');
const main = el('main', 'cg-main');
const mapsBox = el('div', 'cg-maps');
const firstTitle = el('strong', 'cg-when cg-box');
firstTitle.hidden = true;
twin.container = mapsBox;
document.querySelector('.cg-head').after(main);
mapsBox.append(map.getContainer());
main.append(mapsBox);
map.getContainer().append(firstTitle);
map.getContainer().setAttribute('aria-label', WORDS.map_label);
map.getContainer().setAttribute('role', 'application');
watermark(map);
searchBox(map);
if (along) stripChooser(map);
L.control.zoom({ zoomInTitle: WORDS.zoom_in, zoomOutTitle: WORDS.zoom_out }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
map.attributionControl.setPrefix(false);
const side = aside(map);
main.append(side);
map.invalidateSize({ animate: false });
map.fitBounds(WHOLE, { animate: false, padding: [8, 8] });
const renderer = new Patterned({ padding: 0.3 });
const unitGroup = unitLayer(map, renderer, false);
const isochroneGroup = isochrones && isochroneLayer(renderer);
const roadGroup = roads && roadLayer(map, renderer);
const corridorGroup = along && corridorLayer(map, renderer);
const countyGroup = counties && countyLayer(map, renderer);
const spokeGroup = spokeLayer(renderer, false);
const chosenGroup = spokeGroup && chosenSpokes(map, renderer, false);
const stationGroup = stationLayer(renderer).addTo(map);
const planGroup = plans.length ? planLayer(renderer, false) : null;
keepOrder(map, [unitGroup, isochroneGroup, roadGroup, corridorGroup, countyGroup, spokeGroup, chosenGroup, stationGroup, planGroup].filter(Boolean));
const gapGroup = gapLayer(map);
const sideGroup = along && sideLayer(map);
const drawNames = nameLayer(map, { unitGroup, countyGroup, gapGroup, taken: () => gapsTaken.boxes, second: false });
// New sites stand on the map that shows what is after them
function placeSites() {
  const place = (group, on, map_) => (on ? group.addTo(map_) : group.remove());
  const sites = (group, second_, map_) => {
    if (!group) return;
    group.choose();
    place(group, planShown(second_) !== null, map_);
  };
  sites(planGroup, false, map);
  if (!second) return;
  sites(second.planGroup, true, second.map);
  if (spokeGroup) place(second.spokeGroup, map.hasLayer(spokeGroup), second.map);
}
if (spokeGroup) spokeGroup.on('add remove', placeSites);
const refresh = () => {
  unitGroup.recolour();
  for (const layer of [stationGroup, planGroup, spokeGroup, chosenGroup]) if (layer) layer.refresh();
  gapGroup.draw();
  drawNames();
  if (now.twin) {
    second.unitGroup.recolour();
    second.map.eachLayer((layer) => { if (layer instanceof Points || layer instanceof Spokes) layer.refresh(); });
    second.drawNames();
  }
  titles(firstTitle);
  key.redraw();
  versus.redraw();
  counted.tell();
};
const shownLayers = [
  ['layer_units', unitGroup], ['layer_counties', countyGroup], ['layer_gaps', gapGroup], ['layer_stations', stationGroup],
  ['layer_roads', roadGroup], ['layer_isochrones', isochroneGroup], ['layer_catchments', spokeGroup],
  ['layer_corridors', corridorGroup], ['layer_sides', sideGroup], ['layer_sites', planGroup],
];
const counted = filterBox(refresh);
const key = legendBox(map);
side.append(
  ...fillBox(refresh, () => {
    layAside([isochroneGroup, roadGroup, corridorGroup, stationGroup, gapGroup, sideGroup].filter(Boolean));
    placeSites();
  }),
  layerBox(map, shownLayers, (on) => {
    stationGroup.options.clustered = on;
    stationGroup.refresh();
  }),
  counted.box, key.box, legendLines(), ...siteList(map), toolBox(map), ...groundBox(map),
);
counted.tell();
printing(map, side, shownLayers);
// The frame of the map shows who goes by keys where they are; a click needs none
document.addEventListener('pointerdown', () => document.documentElement.classList.remove('cg-keys'), true);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Tab') document.documentElement.classList.add('cg-keys');
  if (event.key !== 'Escape') return;
  for (const one of [map, second && second.map].filter(Boolean)) one.closePopup();
});
document.documentElement.dataset.stations = String(stations.x.length);
document.documentElement.dataset.ready = String(Math.round(performance.now()));
