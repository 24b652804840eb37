"""The made-up townships fill the real counties exactly."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import region
from chargegeo.sample import partition
from tests.sample.conftest import Written

HENAN = region.load("henan")


def test_each_unit_of_the_division_list_has_one_cell(written: Written) -> None:
    listed = region.townships(HENAN)
    assert len(written.units) == HENAN.expected["townships"]
    assert written.units["code"].tolist() == (listed["code"] + "000").tolist()
    assert not written.units.geometry.is_empty.any()


def test_names_and_file_say_that_they_are_synthetic(written: Written) -> None:
    listed = region.townships(HENAN)["name"]
    marks = [name.removeprefix(real) for name, real in zip(written.units["name"], listed, strict=True)]
    assert set(marks) == {"\uff08\u5408\u6210\uff09"}
    assert "synthetic = true" in written.paths["study"].read_text("utf-8")
    assert written.totals["synthetic"] is True


def test_cells_are_a_valid_coverage_on_a_fine_grid(written: Written) -> None:
    shapes = written.units.geometry.to_numpy()
    assert written.units.crs.to_epsg() == 4490
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    corners = shapely.get_coordinates(shapes)
    assert np.abs(corners - np.round(corners, 7)).max() < 1e-12
    assert shapely.get_num_coordinates(shapes).mean() < 60


def test_cells_of_a_county_fill_it(written: Written) -> None:
    counties = region.counties(HENAN)
    of_county = region.townships(HENAN)["county_code"].to_numpy()
    # areas in square degrees: an edge that is straight in degrees bends in any projection
    cells = pd.Series(shapely.area(written.units.geometry.to_numpy())).groupby(of_county).sum()
    whole = pd.Series(shapely.area(counties.geometry.to_numpy()), index=counties["county_code"])
    assert (cells / whole - 1).abs().max() < 1e-6
    inside = written.units.dissolve(of_county, method="coverage").geometry
    off = shapely.area(shapely.symmetric_difference(inside.to_numpy(), counties.geometry.to_numpy()))
    assert (off / whole.to_numpy()).max() < 2e-6


def test_cells_look_like_townships(written: Written) -> None:
    kind = region.townships(HENAN)["kind"].to_numpy()
    km2 = written.units.to_crs(HENAN.crs_measure).area / 1e6
    median = km2.groupby(kind).median()
    assert median["subdistrict"] < 0.5 * median["town"]
    assert km2.min() > 0.2
    assert (shapely.get_num_geometries(written.units.geometry.to_numpy()) > 1).sum() <= 5


def test_seats_lie_in_their_cells_and_people_add_up(written: Written) -> None:
    seats = gpd.points_from_xy(written.units["lon"], written.units["lat"])
    assert shapely.contains(written.units.geometry.to_numpy(), np.asarray(seats)).all()
    assert written.units["population"].sum() == pytest.approx(98e6, rel=1e-4)
    assert written.units["population"].min() > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_bent_county_in_two_parts_is_filled(seed: int) -> None:
    bent = shapely.from_wkt(
        "POLYGON((113 34,113.6 34,113.6 34.6,113.5 34.6,113.5 34.1,113.1 34.1,113.1 34.6,113 34.6,113 34))"
    )
    apart = shapely.MultiPolygon([shapely.box(113.6, 34, 114, 34.4), shapely.box(114.2, 34, 114.3, 34.1)])
    counties = gpd.GeoDataFrame({"county_code": ["a", "b"]}, geometry=[bent, apart], crs="EPSG:4490")
    # the second has a corner of the first on its edge
    counties.loc[1, "geometry"] = shapely.union_all(
        [apart, shapely.Polygon([(113.6, 34), (113.6, 34.4), (113.65, 34)])]
    )
    units = pd.DataFrame(
        {"county_code": ["a"] * 7 + ["b"] * 4, "kind": ["subdistrict", "town"] * 5 + ["other"]}
    )
    cells = partition.cells(units, counties, HENAN.crs_measure, np.random.default_rng(seed))
    assert len(cells) == len(units)
    assert shapely.coverage_is_valid(cells)
    area = pd.Series(shapely.area(cells)).groupby(units["county_code"]).sum().to_numpy()
    np.testing.assert_allclose(area, shapely.area(counties.geometry.to_numpy()), rtol=1e-6)


def test_lloyd_leaves_no_cluster_empty() -> None:
    points = np.repeat([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]], 4, axis=0)
    cluster, centres = partition._lloyd(points, 9, np.random.default_rng(1))
    assert len(centres) == 9
    assert set(cluster) == set(range(9))
