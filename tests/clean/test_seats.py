"""Units from seats: cells cut county by county, and what becomes of seats that are missing or misplaced."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Point, Polygon, box

from chargegeo import clean, datum, region, sources
from chargegeo.clean import seats
from chargegeo.clean.shapes import km2, to_plane
from chargegeo.errors import BoundaryFault, CrsFault, SchemaFault
from chargegeo.vocab import Outcome
from tests.clean.units_help import codes, table, texts

HENAN = region.load("henan")
WEST, EAST = box(114.0, 34.6, 114.2, 34.8), box(114.2, 34.6, 114.4, 34.8)
COUNTIES = gpd.GeoDataFrame(
    {
        "county_code": ["410122", "410102"], "county_name": ["west", "east"], "city_code": ["4101", "4101"],
        "city_name": ["city", "city"],
    },
    geometry=[WEST, EAST], crs="EPSG:4490",
)  # fmt: skip
TOWNS = {
    "code": ["410122101000", "410122102", "410122103", "410102001"], "name": ["a", "b", "c", "d"],
    "lon": ["114.05", "114.15", "114.1", "114.3"], "lat": ["34.65", "34.65", "34.75", "34.7"],
}  # fmt: skip


def read(changes: dict[str, list[Any]] | None = None, **options: Any) -> clean.Cleaned:
    given_options = {"datum": "wgs84", "counties": COUNTIES, **options}
    return clean.units_from_seats(table({**TOWNS, **(changes or {})}), HENAN, **given_options)


def told(cleaned: clean.Cleaned) -> set[str]:
    return set(codes(cleaned.findings)) - {"unit_codes_unknown", "units_absent"}


def rows(cleaned: clean.Cleaned) -> Any:
    return cleaned.table.set_index("unit_code")


def test_cells_are_approximate_and_fill_their_county() -> None:
    cleaned = read()
    assert cleaned.outcome is Outcome.ACCEPTED and told(cleaned) == set()
    units = rows(cleaned)
    assert units.index.tolist() == ["410102001", "410122101", "410122102", "410122103"]
    assert set(units["boundary"]) == {"approximate"}
    assert units.geometry["410102001"].equals(EAST)
    west = units.geometry[units["county_code"] == "410122"]
    assert shapely.union_all(west.to_numpy()).symmetric_difference(WEST).area < 1e-12
    assert shapely.area(west.to_numpy()).sum() == pytest.approx(WEST.area, rel=1e-9)
    assert units.loc["410122101", ["seat_lon", "seat_lat"]].tolist() == [114.05, 34.65]


def test_codes_need_no_list() -> None:
    with pytest.raises(SchemaFault):
        clean.units_from_seats(table({"name": ["a"]}), HENAN, datum="wgs84", counties=COUNTIES)
    with pytest.raises(SchemaFault) as error:
        clean.units_from_seats(
            table({"code": ["410122101"], "lon": ["114"]}), HENAN, datum="wgs84", counties=COUNTIES
        )
    assert error.value.faults[0].column == "lat" and "code, lon" in texts(error.value.faults)


@pytest.mark.parametrize("word", ["gcj02", "bd09"])
def test_seats_are_converted_from_the_stated_datum(word: str) -> None:
    lon, lat = datum.from_wgs84([float(x) for x in TOWNS["lon"]], [float(y) for y in TOWNS["lat"]], word)
    cleaned = read({"lon": [repr(float(x)) for x in lon], "lat": [repr(float(y)) for y in lat]}, datum=word)
    assert cleaned.repairs["problem"].tolist() == ["datum_converted"]
    assert rows(cleaned)["seat_lon"].tolist() == pytest.approx([114.3, 114.05, 114.15, 114.1], abs=1e-9)


def test_the_datum_is_never_guessed() -> None:
    with pytest.raises(CrsFault):
        read(datum="unknown")


def test_a_unit_without_a_seat_stays_without_a_boundary() -> None:
    cleaned = read({"lon": ["114.05", None, "114.1", "114.3"]})
    assert cleaned.quarantine[["line", "problem", "unit_code"]].to_numpy().tolist() == [
        [3, "seat_missing", "410122102"]
    ]
    unit = rows(cleaned).loc["410122102"]
    assert unit["boundary"] == "missing" and unit["geometry"] is None and np.isnan(unit["seat_lon"])
    assert told(cleaned) == {"seat_missing", "cells_too_large"}
    assert cleaned.rows == 4 and len(cleaned.table) == 4


def test_a_seat_outside_the_region_is_set_aside() -> None:
    cleaned = read({"lon": ["114.05", "0", "114.1", "114.3"], "lat": ["34.65", "0", "34.75", "34.7"]})
    assert cleaned.quarantine[["problem", "value"]].to_numpy().tolist() == [["seat_outside", "0; 0"]]


def test_swapped_columns_look_swapped() -> None:
    with pytest.raises(SchemaFault) as error:
        read({"lon": TOWNS["lat"], "lat": TOWNS["lon"]})
    assert "look swapped in 4 of 4" in texts(error.value.faults)


def test_no_seat_at_all_is_refused() -> None:
    with pytest.raises(BoundaryFault) as error:
        read({"lon": [None] * 4})
    assert codes(error.value.faults) == ["no_usable_seat"]


def test_a_seat_beside_its_county_warns_with_the_distance() -> None:
    cleaned = read({"lon": ["114.05", "114.21", "114.1", "114.3"]})
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "seat_outside_county")
    metres = Point(114.21, 34.65).distance(WEST) * 111_320 * np.cos(np.radians(34.65))
    assert float(str(fault.params["km"])) == pytest.approx(metres / 1000, rel=0.01)
    assert (fault.line, fault.value) == (3, "410122102")
    assert rows(cleaned)["county_code"]["410122102"] == "410122"
    assert WEST.buffer(1e-9).contains(rows(cleaned).geometry["410122102"])


def test_a_seat_far_from_its_county_may_get_no_cell() -> None:
    cleaned = read({"lon": ["114.05", "116.0", "114.1", "114.3"]})
    assert {"seat_outside_county", "seat_cell_empty"} <= told(cleaned)
    assert rows(cleaned)["boundary"]["410122102"] == "missing"


def test_a_county_without_polygon_gives_way_to_the_one_around_the_seat() -> None:
    cleaned = read({"code": ["410122101", "410122102", "410122103", "419902001"]})
    assert "seat_county_taken" in told(cleaned) and "counties_without_seat" not in told(cleaned)
    unit = rows(cleaned).loc["419902001"]
    assert unit["county_code"] == "410102" and unit["county_name"] == "east" and unit["geometry"].equals(EAST)


def test_a_seat_in_no_county_gets_no_cell() -> None:
    cleaned = read({"code": ["410122101", "410122102", "410122103", "419902001"], "lon": ["114.05", "114.15",
                   "114.1", "115.0"]})  # fmt: skip
    assert {"seat_in_no_county", "counties_without_seat"} <= told(cleaned)
    assert rows(cleaned)["boundary"]["419902001"] == "missing"


def test_a_county_without_any_seat_is_told() -> None:
    cleaned = read({"code": ["410122101", "410122102", "410122103", "410122104"]})
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "counties_without_seat")
    assert fault.params == {"n": 1, "codes": "410102"}


def test_coincident_seats_leave_the_cell_to_the_lower_code() -> None:
    cleaned = read({"lon": ["114.05", "114.05", "114.1", "114.3"]})
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "seats_coincide")
    assert fault.params == {"n": 1, "codes": "410122102"}
    assert rows(cleaned)["boundary"].loc[["410122101", "410122102"]].tolist() == ["approximate", "missing"]


def test_a_code_that_comes_twice_is_set_aside() -> None:
    cleaned = read({"code": ["410122101", "410122102", "410122101", "410102001"]})
    assert len(cleaned.table) == 3 and cleaned.quarantine["problem"].tolist() == ["unit_duplicate"]


places = st.lists(st.tuples(st.integers(1, 199), st.integers(1, 199)), min_size=1, max_size=12, unique=True)


@settings(deadline=None, max_examples=40)
@given(places, st.randoms(use_true_random=False))
def test_every_place_belongs_to_the_nearest_seat_of_its_county(
    spots: list[tuple[int, int]], random: Any
) -> None:
    n = len(spots)
    columns = {
        "code": [f"4101221{i:02d}" for i in range(n)], "name": ["x"] * n,
        "lon": [f"{114 + x / 1000:.3f}" for x, _ in spots],
        "lat": [f"{34.6 + y / 1000:.3f}" for _, y in spots],
    }  # fmt: skip
    cleaned = clean.units_from_seats(table(columns), HENAN, datum="wgs84", counties=COUNTIES)
    assert len(cleaned.table) == n and (cleaned.table["boundary"] == "approximate").all()
    west = float(km2(np.array([WEST], dtype=object), HENAN)[0])
    assert cleaned.table["area_km2"].sum() == pytest.approx(west, rel=1e-6)
    points = np.random.default_rng(n).uniform((114.0, 34.6), (114.2, 34.8), (60, 2))
    move = Transformer.from_crs("EPSG:4490", HENAN.crs_measure, always_xy=True)
    here = np.column_stack(move.transform(*points.T))
    there = np.column_stack(move.transform(cleaned.table["seat_lon"], cleaned.table["seat_lat"]))
    away = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
    inside = shapely.intersects(cleaned.table.geometry.to_numpy()[None], shapely.points(points)[:, None])
    # lines are straight in degrees to within 2 cm a kilometre
    assert (np.where(inside, away, 0).max(axis=1) <= away.min(axis=1) + 0.1).all()
    assert inside.any(axis=1).all()
    order = random.sample(range(n), n)
    mixed = table({name: [column[i] for i in order] for name, column in columns.items()})
    again = clean.units_from_seats(mixed, HENAN, datum="wgs84", counties=COUNTIES.iloc[::-1])
    assert again.table.equals(cleaned.table)


def test_one_county_in_two_parts_is_filled() -> None:
    county = shapely.MultiPolygon([WEST, box(114.3, 34.6, 114.35, 34.65)])
    spots = to_plane(np.array([Point(114.05, 34.7), Point(114.1, 34.7)], dtype=object), HENAN)
    cells = seats.cut(spots, county, HENAN)
    assert shapely.union_all(cells).symmetric_difference(county).area < 1e-12
    assert isinstance(cells[0], Polygon)


@pytest.fixture(scope="module")
def real(shared: Path) -> sources.RawTable:
    return sources.read(shared / "data/henan_admin/towns_2016_gcj02.csv")


def test_the_townships_of_2016_in_the_counties_of_the_region(real: sources.RawTable) -> None:
    counties = region.counties(HENAN)
    cleaned = clean.units_from_seats(
        real, HENAN, datum="gcj02", counties=counties, mapping={"unit_code": "code", "name": "name"}
    )
    assert cleaned.table["boundary"].value_counts().to_dict() == {"approximate": 1952, "missing": 525}
    assert (cleaned.rows, len(cleaned.table), len(cleaned.quarantine)) == (2477, 2477, 525)
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "counties_without_seat")
    empty = str(fault.params["codes"]).split(", ")
    assert empty == ["411003", "419001"]
    filled = counties[~counties["county_code"].isin(empty)].geometry.to_numpy()
    assert cleaned.table["area_km2"].sum() == pytest.approx(km2(filled, HENAN).sum(), rel=1e-6)


def test_the_townships_of_2016_in_the_shifted_counties_of_2018(real: sources.RawTable, shared: Path) -> None:
    raw = sources.read(shared / "data/henan_admin/counties_2018_gcj02.parquet")
    with pytest.raises(CrsFault):
        clean.counties(raw, HENAN)
    counties = clean.counties(raw, HENAN, datum="gcj02")
    assert len(counties) == 157
    cleaned = clean.units_from_seats(
        real, HENAN, datum="gcj02", counties=counties, mapping={"unit_code": "code", "name": "name"}
    )
    # every seat lies in its own county once both are converted
    assert "seat_outside_county" not in told(cleaned)
    assert cleaned.table["boundary"].value_counts().to_dict() == {"approximate": 1952, "missing": 525}
