"""The roads of a network as lines."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import schema
from chargegeo.datum import metres_between
from chargegeo.roads import from_edges, lines
from chargegeo.vocab import RoadClass

# West to east, a tenth of a degree apart; 4 and 5 north of 1 and 2
LON, LAT = [113.0, 113.1, 113.2, 113.3, 113.1, 113.2], [34.0, 34.0, 34.0, 34.0, 34.1, 34.1]


def both(*pairs: tuple[int, int]) -> list[tuple[int, int]]:
    return [*pairs, *((b, a) for a, b in pairs)]


def world(edges: list[tuple[int, int]], road_class: list[str] | str, ref: list[str] | None = None):  # type: ignore[no-untyped-def]
    tail, head = zip(*edges, strict=True)
    return from_edges(LON, LAT, tail, head, road_class=road_class, ref=ref)


def test_a_stretch_stands_once_and_stretches_are_joined() -> None:
    found = schema.check(lines(world(both((0, 1), (1, 2), (2, 3)), "national", ["G310"] * 6)), "road_lines")
    (row,) = found.to_dict("records")
    assert (row["road_class"], row["ref"], row["oneway"], row["n_lines"]) == ("national", "G310", False, 3)
    assert row["geometry"].equals_exact(shapely.LineString(list(zip(LON[:4], LAT[:4], strict=True)))) or row[
        "geometry"
    ].equals_exact(shapely.LineString(list(zip(LON[3::-1], LAT[3::-1], strict=True))))
    assert row["km"] == np.float64(metres_between(LON[:3], LAT[:3], LON[1:4], LAT[1:4]).sum() / 1000)


def test_carriageways_run_as_they_are_driven() -> None:
    # eastbound 0-1-2-3 in the south; westbound 5-4 in the north
    edges = [(0, 1), (1, 2), (2, 3), (5, 4)]
    found = lines(world(edges, "expressway", ["G30"] * 4))
    assert found["oneway"].tolist() == [True] and found["n_lines"].tolist() == [4]
    parts = sorted([list(part.coords) for part in shapely.get_parts(found.geometry[0])])
    assert parts == [
        [(113.0, 34.0), (113.1, 34.0), (113.2, 34.0), (113.3, 34.0)],
        [(113.2, 34.1), (113.1, 34.1)],
    ]


def test_a_one_way_road_is_never_joined_against_its_direction() -> None:
    found = lines(world([(0, 1), (2, 1)], "expressway"))
    assert sorted(list(part.coords) for part in shapely.get_parts(found.geometry[0])) == [
        [(113.0, 34.0), (113.1, 34.0)], [(113.2, 34.0), (113.1, 34.0)],
    ]  # fmt: skip


def test_rows_by_class_number_and_direction() -> None:
    edges = [*both((0, 1)), (1, 2), *both((2, 3)), *both((1, 4)), *both((4, 5))]
    words = ["county"] * 2 + ["county"] + ["national"] * 2 + ["county"] * 2 + ["county"] * 2
    refs = ["X2", "X2", "X2", "G310", "G310", "X10", "X10", "", ""]
    found = lines(world(edges, words, refs))
    rows = list(zip(found["road_class"], found["ref"].fillna("-"), found["oneway"], strict=True))
    assert rows == [
        ("national", "G310", False), ("county", "X10", False), ("county", "X2", False), ("county", "X2", True),
        ("county", "-", False),
    ]  # fmt: skip
    assert found["ref"].isna().tolist() == [False] * 4 + [True]
    assert found.crs == schema.STORAGE_CRS


def test_only_the_classes_asked_for() -> None:
    network = world([*both((0, 1)), *both((1, 2))], ["national"] * 2 + ["track"] * 2)
    assert lines(network, classes=[RoadClass.TRACK])["road_class"].tolist() == ["track"]
    nothing = lines(network, classes=[RoadClass.FERRY])
    assert schema.check(nothing, "road_lines").empty


def test_a_stretch_without_length_is_counted_and_not_drawn() -> None:
    network = from_edges([113, 113, 113.1], [34, 34, 34], [0, 1, 1, 2], [1, 0, 2, 1], road_class="county")
    found = lines(network)
    assert found["n_lines"].tolist() == [2]
    assert shapely.get_num_coordinates(found.geometry[0]) == 2


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda e: e[0] != e[1]), min_size=1),
       st.randoms(use_true_random=False))  # fmt: skip
def test_length_is_that_of_the_stretches(edges: set[tuple[int, int]], random: object) -> None:
    """Against a loop over pairs of nodes: each pair once, one-way where only one direction is there."""
    ordered = sorted(edges)
    random.shuffle(ordered)  # type: ignore[attr-defined]
    found = lines(world(ordered, "county"))
    expected = {False: 0.0, True: 0.0}
    for a, b in {(min(e), max(e)) for e in edges}:
        once = ((a, b) in edges) != ((b, a) in edges)
        expected[once] += float(metres_between(LON[a], LAT[a], LON[b], LAT[b])) / 1000
    assert dict(zip(found["oneway"], found["km"].round(9), strict=True)) == {
        once: round(km, 9) for once, km in expected.items() if km
    }
    driven = {(a, b) for a, b in edges if (b, a) not in edges}
    row = found[found["oneway"]].geometry
    steps = [
        tuple(zip(part.coords[:-1], part.coords[1:], strict=True))
        for part in shapely.get_parts(row.to_numpy())
    ]
    place = {xy: i for i, xy in enumerate(zip(LON, LAT, strict=True))}
    assert {(place[a], place[b]) for part in steps for a, b in part} == driven
