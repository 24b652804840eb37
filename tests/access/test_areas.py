"""Areas within reach and territories: cut where time runs out, nested, apart, and only beside reached roads."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from chargegeo import region, schema
from chargegeo.access import nearest
from chargegeo.access.areas import isochrones, territories
from chargegeo.roads import from_edges

CRS = region.load("henan").crs_measure


def street(*, one_way=False):
    """One straight road to the east of 20 km and 20 minutes, and one without a way to it, 0.5 degrees north."""
    lon = 113 + 20 / (111.32 * np.cos(np.radians(34)))
    both = [] if one_way else [(1, 0)]
    tail, head = zip((0, 1), *both, (2, 3), (3, 2), strict=True)
    return from_edges([113, lon, 113, lon], [34, 34, 34.5, 34.5], tail, head)


def test_an_edge_is_cut_where_the_time_runs_out() -> None:
    """Site at the east end: 5 minutes are 5 km, so an area of about (5 + 0.5) x 1 km; 10 minutes twice the road."""
    table = isochrones(street(), nearest(street(), [1]), [10, 5], crs=CRS)
    schema.check(table, "isochrones")
    assert table["minutes"].tolist() == [5, 10]
    assert table["area_km2"].to_numpy() == pytest.approx([5 + np.pi / 4, 10 + np.pi / 4], rel=0.12)
    assert table.geometry[1].bounds[3] < 34.1
    plane = table.to_crs(CRS)
    small, large = plane.geometry
    assert shapely.difference(small, large).area < 1
    assert plane.area.to_numpy() / 1e6 == pytest.approx(table["area_km2"].to_numpy(), rel=1e-6)


def test_a_one_way_is_reached_in_its_direction_only() -> None:
    assert (
        isochrones(street(one_way=True), nearest(street(one_way=True), [1]), [5], crs=CRS)["area_km2"][0] > 5
    )
    only_its_end = isochrones(street(one_way=True), nearest(street(one_way=True), [0]), [5], crs=CRS)
    assert len(only_its_end) == 0 or only_its_end["area_km2"][0] < 1.5


def test_territories_part_where_both_ways_are_equal() -> None:
    network = street()
    table = territories(network, nearest(network, [1, 0]), crs=CRS)
    schema.check(table, "territories")
    assert table["site"].tolist() == [0, 1]
    east, west = table.geometry
    middle = np.mean(network.lon[:2])
    assert east.bounds[0] == pytest.approx(middle, abs=0.002) and west.bounds[2] == pytest.approx(
        middle, abs=0.002
    )
    plane = gpd.GeoSeries(table.geometry).to_crs(CRS)
    assert plane.iloc[0].intersection(plane.iloc[1]).area < 1e-3 and plane.is_valid.all()


def test_nothing_reached_is_an_empty_table() -> None:
    network = street()
    assert len(territories(network, nearest(network, []), crs=CRS)) == 0
    assert len(isochrones(network, nearest(network, []), [10], crs=CRS)) == 0
