"""Stations of a register onto the sides of service areas."""

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import clean, labels, schema
from tests.clean.service_areas_help import HENAN, W, areas, degrees

# a road to the south: the western side is forward, 200 m from the eastern one
SIDES = [
    {
        "side_id": "f",
        "pair_id": "p",
        "name": W["xu"],
        "road_ref": "G4",
        "direction": "forward",
        "at": (-100, 0),
    },
    {
        "side_id": "b",
        "pair_id": "p",
        "name": W["xu"],
        "road_ref": "G4",
        "direction": "backward",
        "at": (100, 0),
    },
    {
        "side_id": "t",
        "pair_id": "q",
        "name": W["three"],
        "road_ref": "G36",
        "direction": "forward",
        "at": (9000, 0),
    },
]
SIDES[1] |= {"towards": W["beijing"]}
SIDES[0] |= {"n_piles": 6, "n_guns": 9}


def register(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows)
    frame["station_id"] = [f"s{i}" for i in range(len(frame))]
    points = [None if at is None else shapely.Point(degrees(*at)) for at in frame["at"]]
    return schema.conform(frame.assign(geometry=gpd.GeoSeries(points, crs="EPSG:4490")), "stations")


def piles(rows: list[tuple[str, int, float | None]]) -> pd.DataFrame:
    return schema.conform(pd.DataFrame(rows, columns=["station_id", "n_piles", "power_kw"]), "piles")


def matched(
    rows: list[dict[str, Any]], counted: list[tuple[str, int, float | None]] | None = None
) -> clean.MatchedAreas:
    each = counted if counted is not None else [(f"s{i}", 1, 120.0) for i in range(len(rows))]
    return clean.match_service_areas(register(rows), piles(each), areas(SIDES), HENAN)


@pytest.mark.parametrize(
    ("name", "at", "side", "why"),
    [
        ("station_up", (-90, 0), "b", "name;direction;against_position"),
        ("station_up", None, "b", "name;direction"),
        ("station_down", (-120, 400), "f", "name;direction;off_side"),
        ("station_down", (90, 900), "f", "name;direction;against_position"),
        ("station_north", None, "b", "name;direction"),
        ("station_west", None, "f", "name;direction"),
        ("station_plain", (-90, 20), "f", "name;position"),
        ("station_plain", (10, 20), None, "side_ambiguous"),
        ("station_plain", None, None, "side_not_said"),
        ("station_plain", (0, 9000), None, "far_from_area"),
        ("station_typo", (9000, 30), "t", "misspelt;direction"),
        ("station_else", (-90, 0), None, "other_name"),
        ("station_else", (0, 5000), None, "unknown_name"),
        ("station_bare", (-90, 0), "f", "position"),
        ("station_bare", (5, 0), None, "side_ambiguous"),
        ("station_bare", (0, 5000), None, "no_area_near"),
        ("station_bare", None, None, "no_position"),
    ],
)
def test_which_side(name: str, at: tuple[float, float] | None, side: str | None, why: str) -> None:
    found = matched([{"name": W[name], "scene": "expressway", "at": at}])
    assert {f"match.{code}" for code in why.split(";")} <= labels.keys("zh") & labels.keys("en")
    if side is None:
        assert found.matches.empty and found.unmatched["reason"].tolist() == [why]
    else:
        assert found.unmatched.empty and found.matches[["side_id", "basis"]].to_numpy().tolist() == [
            [side, why]
        ]


def test_only_expressways_and_names_of_service_areas_are_looked_at() -> None:
    rows = [
        {"name": W["town_station"], "scene": "residential", "at": (-100, 0)},
        {"name": W["station_plain"], "scene": None, "at": (-100, 0)},
        {"name": None, "scene": "expressway", "at": (101, 0)},
    ]
    found = matched(rows)
    assert found.matches["station_id"].tolist() == ["s1", "s2"]
    assert found.matches["side_id"].tolist() == ["f", "b"]
    assert found.n_piles == (2, 0)


def test_sums_conflicts_and_what_is_left() -> None:
    """Two stations on one side: 3 of 120 kW, 2 of 480 kW and 1 of unknown power are 6 piles and 1,320 kW."""
    rows = [
        {"name": W["station_down"], "scene": "expressway", "at": (-100, 0), "n_guns": 6, "n_bays": 6},
        {"name": W["station_down"], "scene": "expressway", "at": (-100, 9), "n_guns": 4, "n_bays": None},
        {"name": W["station_else"], "scene": "expressway", "at": (0, 7000), "n_guns": 2, "n_bays": 2},
    ]
    counted = [("s0", 3, 120.0), ("s1", 2, 480.0), ("s1", 1, None), ("s2", 5, 60.0), ("other", 9, 60.0)]
    found = matched(rows, counted)
    one = found.table.set_index("side_id").loc["f"]
    assert one[["n_piles", "n_guns", "n_ultra_fast", "n_power_known"]].tolist() == [6, 10, 2, 5]
    assert (one["max_kw"], one["total_kw"]) == (480, 1320)
    assert pd.isna(one["n_bays"]) and one["basis"] == "register"
    assert found.table.set_index("side_id").loc["b", "n_piles"] is pd.NA
    # the table said 6 piles, which is right, and 9 guns, which is listed and not averaged
    assert found.conflicts[["side_id", "column", "stated", "register"]].to_numpy().tolist() == [
        ["f", "n_guns", 9.0, 10.0]
    ]
    assert found.without[["side_id", "reason"]].to_numpy().tolist() == [
        ["b", "other_side_only"],
        ["t", "no_station"],
    ]
    assert found.n_piles == (6, 5)
    schema.check(found.table, "service_areas")


def test_an_area_of_the_same_name_on_another_road() -> None:
    other = [
        side | {"side_id": f"{side['side_id']}2", "pair_id": "r", "road_ref": "G30"} for side in SIDES[:2]
    ]
    for side in other:
        side["at"] = (side["at"][0], 50_000)
    many = areas(SIDES + other)
    for at, name, side in (
        ((0, 50_100), W["station_down"], "f2"),
        (None, "G30" + W["station_down"], "f2"),
        (None, W["station_down"], None),
    ):
        one = register([{"name": name, "scene": "expressway", "at": at}])
        found = clean.match_service_areas(one, piles([("s0", 4, 60.0)]), many, HENAN)
        assert found.matches["side_id"].tolist() == ([side] if side else [])
        assert found.unmatched["reason"].tolist() == ([] if side else ["name_repeats"])


def test_inputs_are_not_changed_and_nothing_need_be_there() -> None:
    stations, table = register([{"name": W["station_down"], "scene": None, "at": None}]), areas(SIDES)
    before = table.copy()
    found = clean.match_service_areas(stations, piles([("s0", 1, None)]), table, HENAN)
    pd.testing.assert_frame_equal(table, before)
    assert found.table.set_index("side_id").loc["f", "n_ultra_fast"] == 0
    empty = clean.match_service_areas(stations.iloc[:0], piles([]), table, HENAN)
    assert len(empty.without) == 3 and empty.n_piles == (0, 0)


NAMES = [
    W[n] for n in ("station_up", "station_plain", "station_bare", "station_else", "town_station", "area")
]
ROWS = st.tuples(
    st.sampled_from([*NAMES, None, "=1", "<b>"]),
    st.sampled_from(["expressway", "residential", None]),
    st.one_of(st.none(), st.tuples(st.integers(-500, 500), st.integers(-500, 500))),
    st.integers(0, 9),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=8))
def test_piles_are_conserved(rows: list[tuple[Any, ...]]) -> None:
    frame = [dict(zip(("name", "scene", "at"), row[:3], strict=True)) for row in rows]
    counted = [(f"s{i}", row[3], 60.0) for i, row in enumerate(rows) if row[3]]
    found = matched(frame, counted)  # type: ignore[arg-type]
    looked = [r for r in rows if r[1] == "expressway" or W["area"] in (r[0] or "")]
    assert sum(found.n_piles) == sum(r[3] for r in looked)
    assert len(found.matches) + len(found.unmatched) == len(looked)
    assert found.table["n_piles"].sum() == found.n_piles[0]
    assert len(found.without) == 3 - found.matches["side_id"].nunique()


def placed(sides: list[dict[str, Any]], name: str, at: tuple[float, float] | None) -> list[str]:
    """Side and basis, or the reason why none, of one station."""
    one = register([{"name": W[name], "scene": "expressway", "at": at}])
    found = clean.match_service_areas(one, piles([("s0", 1, 60.0)]), areas(sides), HENAN)
    return [*found.matches[["side_id", "basis"]].to_numpy().ravel(), *found.unmatched["reason"]]


@pytest.mark.parametrize("apart", [0.0, 0.5])
@pytest.mark.parametrize("name", ["station_plain", "station_bare"])
def test_of_two_sides_at_one_point_none_is_nearer(apart: float, name: str) -> None:
    sides = [SIDES[0] | {"at": (0, 0)}, SIDES[1] | {"at": (apart, 0)}]
    assert placed(sides, name, (0, 0)) == ["side_ambiguous"]
    assert placed(sides, "station_down", (0, 0))[0] == "f"


@pytest.mark.parametrize("name", ["station_plain", "station_bare"])
def test_beside_a_side_without_a_position_none_is_nearer(name: str) -> None:
    sides = [SIDES[0] | {"at": None}, SIDES[1] | {"at": (0, 0)}]
    assert placed(sides, name, (5, 0)) == ["side_ambiguous"]
    assert placed(sides, "station_up", (5, 0)) == ["b", "name;direction"]
    assert placed([SIDES[1] | {"at": (0, 0)}, SIDES[2]], name, (5, 0))[0] == "b"


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("closed", [2, 0, 1320]),
        ("construction", [2, 0, 1320]),
        ("maintenance", [2, 0, 1320]),
        ("in_service", [6, 4, 1560]),
        (None, [6, 4, 1560]),
    ],
)
def test_stations_known_to_be_out_of_service_are_matched_and_not_counted(
    status: str | None, counts: list[int]
) -> None:
    """On the one side 4 piles of 60 kW, then 2 of 660 kW in service; on the other the 4 piles alone."""
    rows = [
        {"name": W["station_down"], "at": (-100, 0), "status": status, "n_guns": 4},
        {"name": W["station_down"], "at": (-100, 5), "status": "in_service", "n_guns": 0},
        {"name": W["station_up"], "at": (100, 0), "status": status, "n_guns": 4},
    ]
    found = matched(rows, [("s0", 4, 60.0), ("s1", 2, 660.0), ("s2", 4, 60.0)])
    table = found.table.set_index("side_id")
    assert table.loc["f", ["n_piles", "n_guns", "total_kw"]].tolist() == counts
    alone = [4, 4, 240, 60] if counts[0] == 6 else [0, 0, 0, None]
    told = table.loc["b", ["n_piles", "n_guns", "total_kw", "max_kw"]]
    assert [None if pd.isna(value) else value for value in told] == alone
    assert found.n_piles == (10, 0) and found.without["side_id"].tolist() == ["t"]
