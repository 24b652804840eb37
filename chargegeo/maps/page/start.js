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
L.control.zoom({ zoomInTitle: WORDS.zoom_in, zoomOutTitle: WORDS.zoom_out }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
const unitGroup = unitLayer(map);
const countyGroup = counties && countyLayer(map);
const gapGroup = gapLayer(map);
nameLayer(map, unitGroup, countyGroup, gapGroup);
const stationGroup = stationLayer(map, () => {
  document.documentElement.dataset.stations = String(stations.x.length);
});
layerControl(map, [
  ['layer_units', unitGroup], ['layer_counties', countyGroup], ['layer_gaps', gapGroup], ['layer_stations', stationGroup],
]);
legend(map);
document.documentElement.dataset.ready = String(Math.round(performance.now()));
