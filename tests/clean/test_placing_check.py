"""Stations that lie elsewhere than they state: two counties of four townships, one of them in a zone."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import clean, coverage, labels, region
from chargegeo.clean import placing_check

EAST, WEST, ZONE = "410122", "410102", "410172"  # the zone is hosted by WEST


@pytest.fixture(scope="module")
def henan():
    return region.load("henan")


@pytest.fixture(scope="module")
def units():
    """Squares of 0.1 degree (9.2 by 11.1 km) in a row: two of WEST, the zone's, two of EAST."""
    codes = ["410102001", "410102002", "410172001", "410122001", "410122002"]
    return gpd.GeoDataFrame(
        {
            "unit_code": codes,
            "name": list("ABZCD"),
            "kind": "township",
            "county_code": [WEST, WEST, WEST, EAST, EAST],
            "county_name": ["West", "West", "West", "East", "East"],
            "zone_code": [None, None, ZONE, None, None],
        },
        geometry=[shapely.box(113 + i / 10, 34, 113.1 + i / 10, 34.1) for i in range(5)],
        crs="EPSG:4490",
    )


def stations(*rows: tuple[float | None, str | None, str | None]) -> gpd.GeoDataFrame:
    """Longitude (all at 34.05), stated township, stated county."""
    lon, town, county = zip(*rows, strict=True)
    points = [None if x is None else shapely.Point(x, 34.05) for x in lon]
    frame = {"station_id": [f"s{i}" for i in range(len(rows))], "town_code": town, "county_code": county}
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490").astype(
        {"town_code": "str", "county_code": "str"}
    )


def checked(found, units, henan):
    return clean.cross_check(found, units, coverage.place(found, units), region=henan)


def test_who_states_where_it_lies_is_not_listed(units, henan):
    table = checked(
        stations((113.05, "410102001", WEST), (113.35, None, EAST), (113.15, None, None)), units, henan
    )
    assert table.empty and list(table.columns) == list(placing_check.COLUMNS)


def test_another_township_with_both_distances(units, henan):
    table = checked(stations((113.05, None, WEST), (113.104, "410102001", WEST)), units, henan)
    assert list(table.index) == [1]
    row = table.iloc[0]
    assert tuple(row[:7]) == ("s1", "township", "410102001", "A", "410102002", "B", WEST)
    # 0.004 degrees at 34.05 N are 0.369 km, to the near boundary of both
    assert row["km_to_stated"] == pytest.approx(0.369, abs=0.001) == row["km_inside"]
    assert row["near_boundary"]


def test_another_county_is_as_far_as_its_nearest_township(units, henan):
    row = checked(stations((113.15, None, EAST)), units, henan).iloc[0]
    assert tuple(row[:7]) == ("s0", "county", EAST, "East", "410102002", "B", WEST)
    assert row["km_to_stated"] == pytest.approx(0.15 * 92.35, rel=0.002)  # from 113.15 to 113.30
    assert row["km_inside"] == pytest.approx(0.05 * 92.35, rel=0.002) and not row["near_boundary"]


def test_zones_count_with_their_host(units, henan):
    agree = [(113.25, None, WEST), (113.25, None, ZONE), (113.05, None, ZONE), (113.25, "410172001", WEST)]
    assert checked(stations(*agree, (113.25, "410172001", ZONE)), units, henan).empty
    table = checked(stations((113.25, None, EAST), (113.35, None, ZONE)), units, henan)
    assert list(table["stated_code"]) == [EAST, WEST] and list(table["county_code"]) == [WEST, EAST]
    # the zone's unit is the nearest part of its host
    assert table["km_to_stated"].iloc[1] == pytest.approx(0.05 * 92.35, rel=0.002)


def test_township_first_then_county(units, henan):
    both = checked(stations((113.05, "410122001", EAST)), units, henan)
    assert list(both["how"]) == ["township"]
    torn = checked(stations((113.05, "410102001", EAST)), units, henan)
    assert list(torn["how"]) == ["county"]
    by_code = checked(
        stations((113.05, "410122999000", None)), units, henan
    )  # no such township, but its county
    assert (list(by_code["how"]), list(by_code["stated_code"])) == (["county"], [EAST])


def test_no_unit_no_position_no_boundary(units, henan):
    table = checked(
        stations((114.0, "410122002", None), (114.0, None, WEST), (114.0, None, None), (None, None, EAST)),
        units,
        henan,
    )
    assert list(table["station_id"]) == ["s0", "s1"] and table["unit_code"].isna().all()
    assert table["km_inside"].isna().all() and table["km_to_stated"].notna().all()
    undrawn = units.assign(boundary="missing")
    undrawn.loc[4, "geometry"] = None
    found = stations((None, "410122002", EAST), (113.05, "410122002", EAST))
    table = checked(found, undrawn, henan)
    assert list(table["station_id"]) == ["s1"] and table["km_to_stated"].isna().all()
    assert not table["near_boundary"].any()


def test_unknown_codes_are_faults_of_their_own(units, henan):
    assert checked(stations((113.05, "440304001", "440304"), (113.05, None, "999999")), units, henan).empty


def test_counties_as_units(henan):
    counties = region.counties(henan).assign(kind="county")
    counties = counties.assign(unit_code=counties["county_code"], name=counties["county_name"])
    found = gpd.GeoDataFrame(
        {"station_id": ["a", "b"], "town_code": None, "county_code": ["410725", "419001"]},
        geometry=gpd.points_from_xy([113.95, 113.95], [35.05, 35.05]),
        crs="EPSG:4490",
    )
    table = checked(found, counties, henan)
    assert list(table["station_id"]) == ["b"] and table["county_code"].iloc[0] == "410725"
    names = counties.set_index("county_code")["name"]
    assert (table["stated_name"].iloc[0], table["unit_name"].iloc[0]) == (names["419001"], names["410725"])
    assert table["km_to_stated"].iloc[0] > 50


def test_inputs_stay_and_order_changes_nothing(units, henan):
    rng = np.random.default_rng(0)
    towns = [*units["unit_code"], None]
    found = stations(
        *(
            (x, towns[i], WEST)
            for x, i in zip(rng.uniform(113, 113.6, 300), rng.integers(6, size=300), strict=True)
        )
    )
    before = found.copy(), units.copy()
    table = checked(found, units, henan)
    shuffled = checked(found.sample(frac=1, random_state=1), units, henan)
    pd.testing.assert_frame_equal(table, shuffled.sort_index())
    for now, then in zip((found, units), before, strict=True):
        pd.testing.assert_frame_equal(now, then)


def test_distances_against_brute_force(units, henan):
    rng = np.random.default_rng(0)
    counties = rng.choice([EAST, WEST], 200)
    found = stations(*((x, None, c) for x, c in zip(rng.uniform(112.9, 113.6, 200), counties, strict=True)))
    table = checked(found, units, henan)
    flat = units.to_crs(henan.crs_measure)
    whole = flat.dissolve("county_code").geometry
    point = found.geometry.to_crs(henan.crs_measure)
    assert len(table) > 50
    for i, row in table.iterrows():
        assert row["km_to_stated"] == pytest.approx(point[i].distance(whole[row["stated_code"]]) / 1000)
        holds = flat[flat["unit_code"] == row["unit_code"]].geometry
        inside = point[i].distance(holds.iloc[0].exterior) / 1000 if len(holds) else np.nan
        assert row["km_inside"] == pytest.approx(inside, nan_ok=True)


def test_every_column_has_a_label():
    for lang in labels.LANGUAGES:
        assert all(labels.text(f"crosscheck.column.{name}", lang) for name in placing_check.COLUMNS)


def test_200_000_stations_take_less_than_two_seconds(henan):
    """2,500 units; one station in ten states another township, one another county."""
    rng = np.random.default_rng(0)
    lon, lat = (grid.ravel() for grid in np.meshgrid(np.arange(50) * 0.1 + 111, np.arange(50) * 0.08 + 32))
    names = [f"{410100 + i // 25}{i % 25:03}" for i in range(2500)]
    shapes = shapely.segmentize(shapely.box(lon, lat, lon + 0.1, lat + 0.08), 0.002)
    frame = {"unit_code": names, "name": names, "kind": "township", "county_code": [c[:6] for c in names]}
    units = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490").assign(county_name=names)
    n = 200_000
    points = gpd.points_from_xy(rng.uniform(111, 116, n), rng.uniform(32, 36, n), crs="EPSG:4490")
    found = gpd.GeoDataFrame({"station_id": np.arange(n).astype(str), "town_code": None}, geometry=points)
    placed = coverage.place(found, units)
    wrong = pd.Series(rng.choice(names, n), dtype="str").where(rng.random(n) < 0.2, placed.astype("str"))
    by_county = rng.random(n) < 0.5
    found = found.assign(town_code=wrong.mask(by_county), county_code=wrong.str[:6].where(by_county))
    start = time.process_time()
    table = clean.cross_check(found, units, placed, region=henan)
    assert time.process_time() - start < 2
    assert len(table) == pytest.approx(0.2 * n, rel=0.05)
