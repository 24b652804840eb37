// Puts the parts together on the map that the skeleton made.
const map = window.map_chargegeo;
head();
document.documentElement.classList.add('cg');
map.invalidateSize({ animate: false });
map.attributionControl.setPrefix(false);
const [west, south, east, north] = DATA.extent;
// On a wide screen the legend stands open and must not hide the east
const legendWidth = map.getContainer().clientWidth > 1000 ? 392 : 8;
map.fitBounds([[south, west], [north, east]], {
  animate: false, paddingTopLeft: [8, 8], paddingBottomRight: [legendWidth, 8],
});
watermark(map);
searchBox(map);
if (along) stripChooser(map);
L.control.zoom({ zoomInTitle: WORDS.zoom_in, zoomOutTitle: WORDS.zoom_out }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
const renderer = new Patterned({ padding: 0.3 });
const unitGroup = unitLayer(map, renderer);
const isochroneGroup = isochrones && isochroneLayer(renderer);
const roadGroup = roads && roadLayer(map, renderer);
const corridorGroup = along && corridorLayer(map, renderer);
keepOrder(map, [unitGroup, isochroneGroup, roadGroup, corridorGroup].filter(Boolean));
const countyGroup = counties && countyLayer(map);
const gapGroup = gapLayer(map);
const sideGroup = along && sideLayer(map);
const drawNames = nameLayer(map, unitGroup, countyGroup, gapGroup);
const stationGroup = stationLayer(map, () => {
  document.documentElement.dataset.stations = String(stations.x.length);
});
layerControl(map, [
  ['layer_units', unitGroup], ['layer_counties', countyGroup], ['layer_gaps', gapGroup], ['layer_stations', stationGroup],
  ['layer_roads', roadGroup], ['layer_isochrones', isochroneGroup], ['layer_corridors', corridorGroup],
  ['layer_sides', sideGroup],
]);
legend(map, () => {
  units.layers.forEach((layer, row) => { if (layer) layer.setStyle(unitStyle(row)); });
  drawNames();
});
document.documentElement.dataset.ready = String(Math.round(performance.now()));
