"""Maps of a region without outlines of counties: what the units themselves tell."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from chargegeo.maps import outlines
from chargegeo.maps.paper import scenario, township
from tests.maps import paper_world as world

KEYS = ["county_code", "county_name", "city_code", "city_name"]


def unnamed() -> gpd.GeoDataFrame:
    return world.units().assign(kind="zone", **dict.fromkeys(KEYS))


def squares(*lefts: float, **columns: list[str | None]) -> gpd.GeoDataFrame:
    """Squares of a tenth of a degree side by side."""
    shapes = [shapely.box(x, 34.0, x + 0.1, 34.1) for x in lefts]
    table = pd.DataFrame({key: columns.get(key, [None] * len(lefts)) for key in KEYS})
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4490")


def test_units_with_a_county_make_counties_and_the_others_one_area() -> None:
    found = outlines(squares(113.0, 113.1, 113.3, county_code=["02", "02", None], county_name=["B", "B", None],
                             city_code=["1", "1", None], city_name=["C", "C", None]))  # fmt: skip
    assert found is not None and found[KEYS].to_numpy().tolist() == [[""] * 4, ["02", "B", "1", "C"]]
    assert shapely.area(found.geometry.to_numpy()).tolist() == pytest.approx([0.01, 0.02])


@pytest.mark.parametrize(("apart", "holes"), [(0.0005, 0), (0.01, 1)])
def test_slivers_between_units_are_closed_and_holes_are_not(apart: float, holes: int) -> None:
    """A frame of four with an upright gap in it, of about 50 m or 1 km."""
    x = 113.0 + apart
    shapes = [shapely.box(112.9, 34.0, 113.0, 34.1), shapely.box(x, 34.0, x + 0.1, 34.1),
              shapely.box(112.9, 33.9, x + 0.1, 34.0), shapely.box(112.9, 34.1, x + 0.1, 34.2)]  # fmt: skip
    units = squares(1, 2, 3, 4).set_geometry(shapes, crs="EPSG:4490")
    found = outlines(units)
    assert found is not None and len(found) == 1
    assert len(found.geometry.iloc[0].interiors) == holes


def test_without_shapes_there_is_no_ground() -> None:
    assert outlines(squares(113.0).set_geometry([None], crs="EPSG:4490")) is None


def test_the_map_of_zones_speaks_of_zones_and_of_no_county() -> None:
    units = unnamed()
    gaps = world.gaps([("410102005", "uncovered", "site"), ("410201005", "unknown", "status")], units)
    ground = outlines(units)
    assert ground is not None
    paper = world.Paper(ground, world.CRS, world.CAPTION)
    pages = township.draw(units, world.coverage(u410102005="uncovered", u410201005="unknown"), gaps, paper)
    words = world.texts(pages)
    assert "Gaps by zone" in words and "extent of the study (outline of its units)" in words
    assert "Zone" in words and "1 uncovered, 1 unknown" in words
    assert not [one for one in words if "county" in one or "counties" in one or "township" in one]
    for sheet in pages.sheets:
        assert world.overlaps(sheet) == [] and world.outside(sheet) == []
    assert len(scenario.draw(units, *world.scenario(), paper).sheets) == 3
