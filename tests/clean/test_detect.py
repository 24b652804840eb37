"""Which datum raw coordinates are in: made-up stations in the real counties of Henan, and real registers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import clean, datum, errors, labels, region
from chargegeo.clean import detect

DATUMS = ["wgs84", "gcj02", "bd09"]


@pytest.fixture(scope="module")
def henan():
    return region.load("henan")


@pytest.fixture(scope="module")
def squares(henan):
    """Townships of 7 by 9 km around Zhengzhou, numbered within one county."""
    lon, lat = np.meshgrid(np.arange(112.5, 114.5, 0.08), np.arange(34.0, 35.5, 0.08))
    shapes = shapely.box(lon, lat, lon + 0.08, lat + 0.08).ravel()
    codes = [f"410102{n:03}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({"unit_code": codes, "county_code": "410102"}, geometry=shapes, crs="EPSG:4490")


def stations(n: int, stated: str, units: gpd.GeoDataFrame, column: str = "town_code", seed: int = 0):
    """Stations that lie in the unit they state, as text of six decimals in a datum."""
    rng = np.random.default_rng(seed)
    west, south, east, north = units.total_bounds
    points = gpd.points_from_xy(rng.uniform(west, east, n), rng.uniform(south, north, n), crs="EPSG:4490")
    code = "unit_code" if column == "town_code" else "county_code"
    held = gpd.GeoDataFrame(geometry=points).sjoin(units[[code, "geometry"]], predicate="within")
    lon, lat = datum.from_wgs84(held.geometry.x, held.geometry.y, stated)
    text = {"lon": [f"{x:.6f}" for x in lon], "lat": [f"{y:.6f}" for y in lat]}
    return pd.DataFrame({**text, column: held[code].to_numpy(), "operator": f"op {stated}"})


def verdict(table: pd.DataFrame, group: str | None = None) -> tuple[str | None, str, str]:
    """Best datum, confidence and reason of a group."""
    rows = table[table["group"].isna() if group is None else table["group"] == group]
    assert len(rows) == 3 and list(rows["datum"]) == DATUMS
    best = rows.loc[rows["best"], "datum"]
    return (best.iloc[0] if len(best) else None), rows["confidence"].iloc[0], rows["reason"].iloc[0]


@pytest.mark.parametrize("stated", DATUMS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counties_tell_each_datum(henan, stated, seed):
    given = stations(3000, stated, region.counties(henan), "county_code", seed)
    before = given.copy()
    table = clean.detect_datum(given, henan)
    assert verdict(table) == (stated, "certain", "stated")
    best = table[table["best"]].iloc[0]
    assert best["share_in_stated"] > 0.999 and best["n_for"] > 30 and best["n_against"] == 0
    assert best["n"] == best["n_places"] == len(given) and best["score"] > 0.999
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize("stated", DATUMS)
def test_townships_tell_with_fewer_stations_and_wrong_codes(henan, squares, stated):
    given = stations(600, stated, squares)
    rng = np.random.default_rng(5)
    wrong = rng.random(len(given)) < 0.1
    given.loc[wrong, "town_code"] = rng.choice(squares["unit_code"], wrong.sum())
    table = clean.detect_datum(given, henan, units=squares)
    assert verdict(table) == (stated, "certain", "stated") and not table["mixed"].any()
    assert table.loc[table["best"], "share_in_stated"].iloc[0] == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("pair", [("wgs84", "gcj02"), ("gcj02", "bd09"), ("bd09", "wgs84")])
def test_two_operators_two_datums(henan, squares, pair):
    given = pd.concat([stations(800, stated, squares, seed=i) for i, stated in enumerate(pair)])
    table = clean.detect_datum(given, henan, units=squares, by="operator")
    for stated in pair:
        assert verdict(table, f"op {stated}") == (stated, "certain", "stated")
    best, confidence, reason = verdict(table)
    assert best in pair and (confidence, reason) == ("unknown", "mixed")
    assert set(table.loc[table["mixed"], "datum"]) == set(pair)
    assert table.loc[table["mixed"], "group"].isna().all()


def test_a_few_rows_of_another_datum_are_found(henan, squares):
    given = pd.concat([stations(3000, "gcj02", squares), stations(400, "wgs84", squares, seed=1)])
    table = clean.detect_datum(given, henan, units=squares)
    assert verdict(table) == ("gcj02", "unknown", "mixed")
    assert list(table["mixed"]) == [True, True, False]


@pytest.mark.parametrize("seed", range(12))
def test_rough_boundaries_are_no_mixture(henan, squares, seed):
    """Positions up to 200 m off fail their unit by the side they are on, not by a shift."""
    given = stations(2000, "gcj02", squares, seed=seed)
    rng = np.random.default_rng(seed)
    for axis in ("lon", "lat"):
        given[axis] = given[axis].astype(float) + rng.normal(0, 0.001, len(given))
    table = clean.detect_datum(given, henan, units=squares)
    best, confidence, _ = verdict(table)
    assert best == "gcj02" and confidence in {"certain", "probable"} and not table["mixed"].any()


def test_thin_evidence_is_unknown_and_says_how_thin(henan, squares):
    table = clean.detect_datum(stations(12, "gcj02", squares), henan, units=squares)
    assert verdict(table)[1:] == ("unknown", "few")
    assert table["n_for"].max() < 7


def test_one_place_written_a_thousand_times_is_one_witness(henan, squares):
    few = stations(12, "gcj02", squares)
    table = clean.detect_datum(pd.concat([few] * 1000), henan, units=squares)
    assert verdict(table)[1:] == ("unknown", "few")
    assert (table["n"] == 1000 * len(few)).all() and (table["n_places"] == len(few)).all()


def test_far_from_every_border_nothing_tells(henan, squares):
    middle = squares.bounds.to_numpy().reshape(-1, 2, 2).mean(axis=1)
    given = pd.DataFrame(middle, columns=["lon", "lat"]).assign(town_code=squares["unit_code"])
    table = clean.detect_datum(given, henan, units=squares)
    assert verdict(table) == (None, "unknown", "few")
    assert set(table["n_for"]) == set(table["n_against"]) == {0}


@pytest.mark.parametrize("origin", ["gcj02", "bd09"])
def test_the_grid_of_the_map_service_shows_what_was_converted(origin):
    given = np.round(np.random.default_rng(0).uniform([113.8, 22.5], [114.6, 22.8], (40, 2)), 6)
    lon, lat = datum.to_wgs84(given[:, 0], given[:, 1], origin)
    table = clean.detect_datum(pd.DataFrame({"lon": lon, "lat": lat}), region.load("shenzhen"))
    assert verdict(table) == ("wgs84", "certain", "grid")
    assert table["on_grid"].iloc[0] > 0.8 and table["share_in_any"].isna().all()
    raw = clean.detect_datum(pd.DataFrame(given, columns=["lon", "lat"]), region.load("shenzhen"))
    assert verdict(raw) == (None, "unknown", "nothing") and raw["score"].isna().all()


def test_the_popular_inverse_of_one_step_is_known():
    given = np.round(np.random.default_rng(0).uniform([113.8, 22.5], [114.6, 22.8], (40, 2)), 6).T
    forward = np.stack(datum.from_wgs84(*given, "gcj02"))
    back = 2 * given - forward
    table = clean.detect_datum(pd.DataFrame({"lon": back[0], "lat": back[1]}), region.load("shenzhen"))
    assert verdict(table) == ("wgs84", "certain", "grid")


def test_half_converted_by_the_grid_is_a_mixture(henan, squares):
    raw, other = stations(1500, "gcj02", squares), stations(300, "gcj02", squares, seed=1)
    other["lon"], other["lat"] = datum.to_wgs84(
        other["lon"].astype(float), other["lat"].astype(float), "gcj02"
    )
    table = clean.detect_datum(pd.concat([raw, other]), henan, units=squares)
    assert verdict(table)[1:] == ("unknown", "mixed") and list(table["mixed"]) == [True, True, False]


def test_codes_read_off_the_unconverted_positions_do_not_mislead(henan, squares):
    """A narrow city on a coast; who had no township by its position got the nearest."""
    rng = np.random.default_rng(0)
    squares = squares.cx[:112.6, :]
    west, south, east, north = squares.total_bounds
    lon, lat = rng.uniform(west, east, 3000), rng.uniform(south, north, 3000)
    x, y = datum.from_wgs84(lon, lat, "gcj02")
    near = squares.sindex.nearest(shapely.points(x, y), return_all=False)[1]
    given = pd.DataFrame({"lon": x, "lat": y, "town_code": squares["unit_code"].to_numpy()[near]}).round(6)
    table = clean.detect_datum(given, henan, units=squares)
    assert verdict(table) == ("gcj02", "probable", "codes_follow_positions")
    assert table["share_in_stated"].idxmax() == 0 and table["share_in_any"].idxmax() == 1


def test_stated_codes_as_they_come(henan, squares):
    """Long codes, zones for their host, rows without a position; a point layer instead of columns."""
    given = stations(600, "gcj02", squares)
    long = given.assign(town_code=given["town_code"] + "000")
    empty = pd.DataFrame({"lon": [None, "x"], "lat": ["34", "34"]})
    table = clean.detect_datum(pd.concat([long, empty]), henan, units=squares)
    pd.testing.assert_frame_equal(table, clean.detect_datum(given, henan, units=squares))
    xy = [given[axis].astype(float) for axis in ("lon", "lat")]
    layer = gpd.GeoDataFrame(given[["town_code"]], geometry=gpd.points_from_xy(*xy))
    pd.testing.assert_frame_equal(table, clean.detect_datum(layer, henan, units=squares))
    zones = given[["lon", "lat"]].assign(county_code="410172")  # its host is 410102
    assert clean.detect_datum(zones, henan, units=squares)["share_in_stated"].max() > 0.99


def test_row_order_changes_nothing(henan, squares):
    given = pd.concat([stations(400, each, squares) for each in DATUMS])
    shuffled = given.sample(frac=1, random_state=1)
    tables = [clean.detect_datum(each, henan, units=squares, by="operator") for each in (given, shuffled)]
    pd.testing.assert_frame_equal(*tables)
    assert list(tables[0].columns) == list(detect.COLUMNS)


def test_faults_and_empty_tables(henan):
    with pytest.raises(errors.SchemaFault) as caught:
        clean.detect_datum(pd.DataFrame({"lon": ["113"]}), henan, by="operator")
    assert [fault.column for fault in caught.value.faults] == ["lat", "operator"]
    table = clean.detect_datum(pd.DataFrame({"lon": [], "lat": []}), henan)
    assert verdict(table) == (None, "unknown", "nothing") and (table["n"] == 0).all()


def test_every_column_and_reason_has_a_label():
    reasons = ["grid", "stated", "inside", "codes_follow_positions", "mixed", "few", "nothing"]
    for lang in labels.LANGUAGES:
        assert all(labels.text(f"detect.column.{name}", lang) for name in detect.COLUMNS)
        assert all(labels.text(f"detect.reason.{name}", lang) for name in reasons)
        assert all(
            labels.text(f"detect.confidence.{name}", lang) for name in ("certain", "probable", "unknown")
        )


# ---- real registers


@pytest.fixture(scope="module")
def zones(shared):
    found = gpd.read_file(shared / "data/shenzhen_zones/shenzhen_zones.gpkg").to_crs("EPSG:4490")
    codes = found["TAZID"].astype(int).astype(str)
    return found.assign(unit_code=codes).set_geometry(found.geometry.make_valid())


def register(path) -> pd.DataFrame:
    found = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    return found.rename(columns={"longitude": "lon", "latitude": "lat", "TAZID": "town_code"})


def test_shenzhen_is_gcj02(shared, zones):
    given = register(shared / "data/registers/shenzhen_stations_stevcdp.csv")
    table = clean.detect_datum(given, region.load("shenzhen"), units=zones)
    assert verdict(table) == ("gcj02", "certain", "inside")
    assert list(table["share_in_any"].round(3)) == [0.962, 0.999, 0.963]
    assert (table["n_for"].iloc[1], table["n_against"].iloc[1]) == (59, 2)


def test_urbanev_is_gcj02_though_its_zones_were_joined_without_converting(shared, zones):
    given = register(shared / "data/registers/shenzhen_stations_urbanev_raw.csv")
    table = clean.detect_datum(given, region.load("shenzhen"), units=zones)
    assert verdict(table) == ("gcj02", "probable", "codes_follow_positions")
    assert list(table["share_in_stated"].round(2)) == [0.96, 0.47, 0.17]
    assert table["share_in_any"].iloc[1] > 0.998
    alone = clean.detect_datum(given.drop(columns="town_code"), region.load("shenzhen"), units=zones)
    assert verdict(alone) == ("gcj02", "certain", "inside")


def test_truck_stations_are_wgs84_by_the_grid(shared, henan):
    given = register(shared / "data/henan_truck_stations/henan_heavy_truck_stations.csv")
    table = clean.detect_datum(given, henan)
    assert verdict(table) == ("wgs84", "certain", "grid")
    assert list(table["on_grid"].round(2)) == [0.95, 0, 0]


def test_towns_of_2016_are_gcj02(shared, henan):
    given = register(shared / "data/henan_admin/towns_2016_gcj02.csv").drop(columns="county")
    given = given.rename(columns={"code": "town_code"})
    table = clean.detect_datum(given, henan)
    assert verdict(table)[0] == "gcj02"
