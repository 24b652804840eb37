"""Sides of service areas beside their carriageways: right side, wrong side, and a datum stated wrongly."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import datum, roads, schema
from chargegeo.corridors import beside
from chargegeo.roads import RoadNetwork
from chargegeo.vocab import RoadClass
from tests.clean.service_areas_help import HENAN, degrees

# carriageways of a divided road stand 15 m off its middle
HALF = 15.0


def divided(points: list[tuple[float, float]], ref: str = "G4", *, left: bool = False) -> list[Any]:
    """Two carriageways along points in metres: that along the points on their right, that back on their left."""
    line = shapely.LineString(points)
    along, back = line.parallel_offset(HALF, "right"), line.parallel_offset(HALF, "left")
    there, again = (list(shapely.get_coordinates(one)) for one in (along, back))
    for run in (there, again):
        if np.hypot(*(run[0] - points[0])) > np.hypot(*(run[-1] - points[0])):
            run.reverse()
    if left:
        there, again = again, there
    return [(there, ref, False), (again[::-1], ref, False)]


def network(ways: list[Any], road_class: str = "expressway") -> RoadNetwork:
    """Ways as (points in metres, ref, both directions) as a network of straight edges."""
    places: list[tuple[float, float]] = []
    tail, head, refs = [], [], []
    for points, ref, both in ways:
        first = len(places)
        places += [degrees(*point) for point in points]
        for i in range(first, len(places) - 1):
            for a, b in ((i, i + 1), (i + 1, i))[: 2 if both else 1]:
                tail.append(a)
                head.append(b)
                refs.append(ref)
    lon, lat = np.array(places).T
    return roads.from_edges(lon, lat, tail, head, road_class=RoadClass(road_class), ref=refs)


# 60 km to the south: forward runs south, on the western carriageway
SOUTH = [(0.0, 30_000.0), (0.0, 0.0), (0.0, -30_000.0)]


def areas(rows: list[dict[str, Any]], *, shifted: str | None = None, back: bool = False) -> gpd.GeoDataFrame:
    """Contract table; ``at`` in metres; positions shifted into another datum as if they were in it."""
    frame = pd.DataFrame(rows)
    at = [(np.nan, np.nan) if place is None else degrees(*place) for place in frame["at"]]
    lon, lat = np.array(at, dtype=np.float64).T
    if shifted:
        move = datum.to_wgs84 if back else datum.from_wgs84
        lon, lat = move(lon, lat, shifted)
    points = [None if np.isnan(x) else shapely.Point(x, y) for x, y in zip(lon, lat, strict=True)]
    frame = frame.assign(geometry=gpd.GeoSeries(points, crs="EPSG:4490"), source="a.csv", certainty="unknown")
    frame["side_id"] = frame.get("side_id", pd.Series([f"s{i}" for i in range(len(frame))]))
    return schema.check(schema.conform(frame, "service_areas"), "service_areas")


def pairs(n: int, *, off: float = 120.0, road_ref: str | None = "G4") -> list[dict[str, Any]]:
    """Pairs every 7 km down the road, the western side first."""
    return [
        {"at": (x, 25_000.0 - 7000 * i), "pair_id": f"p{i}", "road_ref": road_ref}
        for i in range(n)
        for x in (-off, off)
    ]


def codes(found: beside.Sides) -> list[str]:
    return [item.fault.code for item in found.findings]


def test_each_side_serves_the_carriageway_that_it_lies_beside() -> None:
    found = beside.sides(areas(pairs(3, road_ref=None)), network(divided(SOUTH)), HENAN)
    assert found.table["direction"].tolist() == ["forward", "backward"] * 3
    assert found.table["road_ref"].tolist() == ["G4"] * 6
    assert found.table["certainty"].eq("certain").all() and found.table["basis"].eq("carriageway").all()
    assert found.placed["metres"].tolist() == pytest.approx([120 - HALF] * 6, abs=0.2)
    assert found.findings == () and found.placed["reason"].isna().all()


def test_where_traffic_keeps_left() -> None:
    left = replace(HENAN, roads=replace(HENAN.roads, drive_side="left"))
    found = beside.sides(areas(pairs(1)), network(divided(SOUTH, left=True)), left)
    assert found.table["direction"].tolist() == ["backward", "forward"] and found.findings == ()
    # the same world, taken for one that keeps right: both lie on the inner side
    found = beside.sides(areas(pairs(1)), network(divided(SOUTH, left=True)), HENAN)
    assert codes(found) == ["wrong_side", "wrong_side"]


def test_an_undivided_road_is_entered_in_the_direction_of_its_own_side() -> None:
    found = beside.sides(
        areas(pairs(1, road_ref="G107")), network([(SOUTH, "G107", True)], "national"), HENAN
    )
    assert found.table["direction"].tolist() == ["forward", "backward"] and found.findings == ()
    # no expressway: a side of no stated road has none
    found = beside.sides(areas(pairs(1, road_ref=None)), network([(SOUTH, "G107", True)], "national"), HENAN)
    assert codes(found) == ["no_carriageway"] * 2 and (found.placed["edge"] == -1).all()


def test_between_the_carriageways_is_a_wrong_side() -> None:
    rows = [{"at": (-5.0, 100.0), "pair_id": "p", "direction": "forward", "road_ref": "G4"}]
    found = beside.sides(areas(rows), network(divided(SOUTH)), HENAN)
    assert codes(found) == ["wrong_side"]
    assert found.table[["direction", "certainty"]].to_numpy().tolist() == [["forward", "unknown"]]


def test_a_pair_beside_one_carriageway() -> None:
    rows = [{"at": (x, 100.0), "pair_id": "p", "road_ref": "G4"} for x in (90.0, 200.0)]
    assert codes(beside.sides(areas(rows), network(divided(SOUTH)), HENAN)) == ["same_carriageway"] * 2


def test_the_stated_direction_is_wrong_on_one_side_or_turned_on_a_whole_road() -> None:
    rows = pairs(3)
    for i, row in enumerate(rows):
        row["direction"] = "forward" if i % 2 == 0 else "backward"
    rows[4]["direction"] = "backward"
    found = beside.sides(areas(rows), network(divided(SOUTH)), HENAN)
    assert found.placed["reason"].fillna("").tolist() == [""] * 4 + ["stated_direction", ""]
    assert found.table["direction"].iloc[4] == "backward" and found.table["certainty"].iloc[4] == "unknown"
    # chainage that begins in the south: one warning, and the network's own direction
    for row in rows:
        row["direction"] = "backward" if row["at"][0] < 0 else "forward"
    found = beside.sides(areas(rows), network(divided(SOUTH)), HENAN)
    assert codes(found) == ["chainage_reversed"]
    assert found.table["direction"].tolist() == ["forward", "backward"] * 3


def test_the_stated_road_goes_before_a_nearer_one() -> None:
    """G30 crosses the same place 60 m from the side; a road number that is not there gives the nearest."""
    both = network(divided(SOUTH) + divided([(-180.0, -9000.0), (-180.0, 9000.0)], "G30"))
    rows = [{"at": (-100.0, 0.0), "pair_id": "p", "road_ref": ref} for ref in ("G4", "G99")]
    found = beside.sides(areas(rows), both, HENAN)
    names = [both.refs[both.ref[edge]] for edge in found.placed["edge"]]
    assert names == ["G4", "G30"]
    assert codes(found) == ["road_differs"] and found.findings[0].fault.params["found"] == "G30"


@pytest.mark.parametrize(
    "road", [SOUTH, [(30_000.0, 0.0), (-30_000.0, 0.0)], [(20_000.0, 20_000.0), (-20_000.0, -20_000.0)]]
)
def test_gcj02_taken_for_wgs84_is_named_and_wgs84_is_not(road: list[tuple[float, float]]) -> None:
    ahead = np.subtract(road[-1], road[0]) / np.hypot(*np.subtract(road[-1], road[0]))
    right = np.array([ahead[1], -ahead[0]])
    rows = [
        {"at": tuple(np.array(road[0]) + 6000 * (i + 1) * ahead + 130 * side * right), "pair_id": f"p{i}"}
        for i in range(6)
        for side in (1, -1)
    ]
    world = network(divided(road))
    true = beside.sides(areas(rows), world, HENAN)
    assert true.findings == () and true.table["certainty"].eq("certain").all()
    shifted = beside.sides(areas(rows, shifted="gcj02"), world, HENAN)
    said = shifted.findings[0].fault
    assert said.code == "datum_shift_likely"
    assert (said.params["datum"], said.params["then"], said.params["total"]) == ("gcj02", 12, 12)
    assert len(shifted.findings) == 1 and shifted.table["certainty"].eq("unknown").all()
    assert shifted.table["direction"].isna().all()
    twice = beside.sides(areas(rows, shifted="gcj02", back=True), world, HENAN)
    assert twice.findings[0].fault.code == "datum_twice_likely"
    for item in (*shifted.findings, *twice.findings):
        assert item.fault.text("zh") and item.fault.text("en")


def test_bd09_is_told_from_gcj02() -> None:
    found = beside.sides(areas(pairs(6), shifted="bd09"), network(divided(SOUTH)), HENAN)
    assert (found.findings[0].fault.code, found.findings[0].fault.params["datum"]) == (
        "datum_shift_likely",
        "bd09",
    )


def test_a_few_wrong_sides_are_no_datum() -> None:
    rows = pairs(6)
    rows[0]["at"] = (150.0, 25_000.0)
    assert codes(beside.sides(areas(rows), network(divided(SOUTH)), HENAN)) == ["same_carriageway"] * 2


def test_without_positions_or_roads() -> None:
    world = network(divided(SOUTH))
    found = beside.sides(areas([{"at": None, "pair_id": "p", "direction": "forward"}]), world, HENAN)
    assert codes(found) == ["no_carriageway"] and found.table["direction"].tolist() == ["forward"]
    bare = network([(SOUTH, "", True)], "county")
    assert codes(beside.sides(areas(pairs(1)), bare, HENAN)) == ["no_carriageway"] * 2
    nothing = areas(pairs(1)).iloc[:0]
    assert beside.sides(nothing, world, HENAN).findings == ()


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 360), st.floats(40, 280), st.randoms(use_true_random=False))
def test_any_heading_and_any_order(turn: float, off: float, random: Any) -> None:
    """The side on the right of a carriageway is served by it, whichever way the road runs."""
    ahead = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
    right = np.array([ahead[1], -ahead[0]])
    world = network(divided([tuple(-20_000 * ahead), (0.0, 0.0), tuple(20_000 * ahead)]))
    rows = [
        {"at": tuple(3000 * i * ahead + off * side * right), "pair_id": f"p{i}", "side_id": f"{i}{side}"}
        for i in range(-2, 3)
        for side in (1, -1)
    ]
    given_areas = areas(rows)
    before = given_areas.copy()
    found = beside.sides(given_areas, world, HENAN)
    pd.testing.assert_frame_equal(given_areas, before)
    assert found.findings == ()
    tail, head = world.tail[found.placed["edge"]], world.head[found.placed["edge"]]
    lon, lat = world.lon[head] - world.lon[tail], world.lat[head] - world.lat[tail]
    way = lon * np.cos(np.radians(34)) * ahead[0] + lat * ahead[1]
    assert np.sign(way).tolist() == [1, -1] * 5
    random.shuffle(rows)
    again = beside.sides(areas(rows), world, HENAN).table
    columns = ["side_id", "direction", "certainty"]
    left, other = (t[columns].sort_values("side_id", ignore_index=True) for t in (found.table, again))
    pd.testing.assert_frame_equal(left, other)
