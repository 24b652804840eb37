"""Corridors: what belongs to a number in each direction, from which end, and how far."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import roads
from chargegeo.corridors import paths
from chargegeo.vocab import Direction, RoadClass

KM = 1000.0
EXPRESSWAY = RoadClass.EXPRESSWAY


def network(places, edges, *, road_class=EXPRESSWAY):
    """Places by name (lon, lat); edges (from, to, ref, km)."""
    names = list(places)
    lon, lat = np.array([places[name] for name in names]).T
    tail, head, ref, km = zip(*edges, strict=True)
    return names, roads.from_edges(
        lon, lat, [names.index(a) for a in tail], [names.index(b) for b in head],
        metres=np.array(km) * KM, ref=list(ref), road_class=road_class,
    )  # fmt: skip


def told(names, found):
    """Each corridor as text: its id and the places it passes."""
    return {item.id: "".join(names[node] for node in item.nodes) for item in found}


# two carriageways side by side from north (a, A) to south (c, C), with an interchange of another class between them
TWO = {"a": (113.0, 35.0), "b": (113.0, 34.5), "c": (113.0, 34.0), "A": (113.001, 35.0), "B": (113.001, 34.5),
       "C": (113.001, 34.0)}  # fmt: skip
SOUTH, NORTH = [("a", "b", "G4", 55), ("b", "c", "G4", 56)], [("C", "B", "G4", 57), ("B", "A", "G4", 58)]


def test_each_carriageway_is_the_corridor_of_its_direction():
    names, world = network(TWO, SOUTH + NORTH)
    found = paths.build(world)
    assert told(names, found) == {"G4-forward-1": "abc", "G4-backward-1": "CBA"}
    assert [item.length for item in found] == [111, 115]
    assert found[0].km.tolist() == [0, 55, 111] and found[1].km.tolist() == [0, 57, 115]
    assert found[0].direction is Direction.FORWARD and found[0].road_class == EXPRESSWAY


def test_a_two_way_road_is_both_directions_of_itself():
    names, world = network(TWO, [*SOUTH, ("c", "b", "G4", 56), ("b", "a", "G4", 55)])
    assert told(names, paths.build(world)) == {"G4-forward-1": "abc", "G4-backward-1": "cba"}


def test_a_road_that_runs_more_east_to_west_begins_in_the_east():
    places = {"a": (112.0, 34.2), "b": (113.0, 34.0), "c": (114.0, 34.5)}
    names, world = network(places, [("a", "b", "G30", 90), ("b", "c", "G30", 90)])
    assert told(names, paths.build(world)) == {"G30-backward-1": "abc"}, "one-way, towards the east"


def test_carriageways_that_meet_at_their_ends_are_told_apart():
    """Where a divided road begins and ends, both carriageways share a node."""
    joined = [("a", "b", "G4", 55), ("b", "c", "G4", 56), ("c", "B", "G4", 57), ("B", "a", "G4", 58)]
    names, world = network({**TWO}, joined)
    assert told(names, paths.build(world)) == {"G4-forward-1": "abc", "G4-backward-1": "cBa"}


def test_a_gap_of_the_map_makes_two_parts_the_longer_one_first():
    places = {"a": (113, 35.0), "b": (113, 34.8), "c": (113, 34.7), "d": (113, 34.0)}
    names, world = network(places, [("a", "b", "G4", 22), ("c", "d", "G4", 78)])
    found = paths.build(world)
    assert told(names, found) == {"G4-forward-1": "cd", "G4-forward-2": "ab"}


def test_a_branch_is_a_part_of_its_own_and_a_stub_is_left_out():
    places = {**TWO, "x": (113.4, 34.4), "y": (113.02, 34.49)}
    names, world = network(places, [*SOUTH, ("b", "x", "G4", 40), ("b", "y", "G4", 2)])
    assert told(names, paths.build(world)) == {"G4-forward-1": "abc", "G4-forward-2": "bx"}


def test_a_road_with_two_numbers_belongs_to_both():
    names, world = network(TWO, [("a", "b", "G4;G30", 55), ("b", "c", "G4", 56)])
    assert told(names, paths.build(world)) == {"G30-forward-1": "ab", "G4-forward-1": "abc"}


SQUARE = {"n": (113.5, 35.0), "e": (114.0, 34.6), "s": (113.5, 34.2), "w": (113.0, 34.6)}


@pytest.mark.parametrize(("order", "name"), [("nesw", "G3001-forward-1"), ("nwse", "G3001-backward-1")])
def test_a_ring_goes_round_once_from_its_northernmost_node(order, name):
    edges = [(a, b, "G3001", 50) for a, b in zip(order, order[1:] + order[0], strict=True)]
    names, world = network(SQUARE, edges)
    found = paths.build(world)
    assert told(names, found) == {name: order + "n"}
    assert found[0].ring and found[0].length == 200


def test_a_two_way_ring_has_both_directions():
    order = "nesw"
    edges = [(a, b, "G3001", 50) for a, b in zip(order, order[1:] + order[0], strict=True)]
    names, world = network(SQUARE, edges + [(b, a, ref, km) for a, b, ref, km in edges])
    assert told(names, paths.build(world)) == {"G3001-forward-1": "neswn", "G3001-backward-1": "nwsen"}


def test_minor_classes_and_roads_without_number_are_no_corridors():
    _, world = network(TWO, SOUTH, road_class=RoadClass.COUNTY)
    assert paths.build(world) == ()
    _, world = network(TWO, [("a", "b", "", 55)])
    assert paths.build(world) == ()


def test_of_two_ways_between_the_ends_the_shorter_one_is_the_path():
    """A loop beside the road is no detour of the corridor."""
    places = {**TWO, "x": (113.2, 34.4)}
    names, world = network(places, [*SOUTH, ("b", "x", "G4", 60), ("x", "c", "G4", 60)])
    found = told(names, paths.build(world))
    assert found["G4-forward-1"] == "abc" and found["G4-forward-2"] == "bxc"


def two_way(edges):
    return edges + [(b, a, ref, km) for a, b, ref, km in edges]


HOOK = {"a": (113, 35), "b": (113, 34.5), "m": (113.0, 34.0), "s": (113.3, 34.2),
        "A": (113.01, 35), "B": (113.01, 34.5), "M": (113.01, 33.99), "S": (113.31, 34.2)}  # fmt: skip
DOWN = [("a", "b", "G4", 55), ("b", "m", "G4", 55), ("m", "s", "G4", 35)]


@pytest.mark.parametrize(
    ("edges", "forward", "backward"),
    [
        ([*DOWN, ("S", "M", "G4", 35), ("M", "B", "G4", 56), ("B", "A", "G4", 55)], "abms", "SMBA"),
        ([*DOWN, ("s", "M", "G4", 35), ("M", "B", "G4", 56), ("B", "a", "G4", 55)], "abms", "sMBa"),
        (two_way(DOWN), "abms", "smba"),
    ],
    ids=["apart", "joined at the ends", "two-way"],
)
def test_a_road_that_turns_back_has_the_direction_of_its_ends(edges, forward, backward):
    names, world = network(HOOK, edges)
    assert told(names, paths.build(world)) == {"G4-forward-1": forward, "G4-backward-1": backward}


def test_carriageways_whose_ends_tell_no_direction_are_opposite():
    """A road like the letter U: each carriageway ends at the latitude where it begins, give or take."""
    places = {"a": (113, 35.0), "b": (113.0, 34.0), "c": (113.5, 34.0), "d": (113.5, 34.9999),
              "D": (113.501, 35.0001), "C": (113.501, 33.99), "B": (112.99, 33.99),
              "A": (112.99, 35.00005)}  # fmt: skip
    down = [("a", "b", "G4", 111), ("b", "c", "G4", 50), ("c", "d", "G4", 111)]
    names, world = network(
        places, [*down, ("D", "C", "G4", 111), ("C", "B", "G4", 50), ("B", "A", "G4", 111)]
    )
    assert told(names, paths.build(world)) == {"G4-forward-1": "abcd", "G4-backward-1": "DCBA"}


def test_carriageways_joined_at_one_end_do_not_become_one_path_out_and_back():
    names, world = network(TWO, [*SOUTH, ("c", "B", "G4", 57), ("B", "A", "G4", 58)])
    assert told(names, paths.build(world)) == {"G4-forward-1": "abc", "G4-backward-1": "cBA"}


def test_a_branch_of_a_two_way_road_has_both_directions():
    places = {"a": (113, 35), "b": (113, 34.5), "c": (112.8, 34), "d": (113.3, 34.1)}
    edges = [("a", "b", "G4", 55), ("b", "c", "G4", 60), ("b", "d", "G4", 50)]
    names, world = network(places, two_way(edges))
    assert told(names, paths.build(world)) == {
        "G4-forward-1": "abc", "G4-forward-2": "bd", "G4-backward-1": "cba", "G4-backward-2": "db",
    }  # fmt: skip


def test_a_part_is_the_same_stretch_in_both_directions():
    """North and south piece: of the first the way north is the longer, of the second the way south."""
    places = {"a": (113, 36), "b": (113, 35.55), "c": (113, 34.5), "d": (113, 34.05),
              "A": (113.01, 36), "B": (113.01, 35.55), "C": (113.01, 34.5), "D": (113.01, 34.05)}  # fmt: skip
    edges = [("a", "b", "G4", 50), ("c", "d", "G4", 50.3), ("B", "A", "G4", 50.4), ("D", "C", "G4", 50.0)]
    names, world = network(places, edges)
    assert told(names, paths.build(world)) == {
        "G4-forward-1": "ab", "G4-forward-2": "cd", "G4-backward-1": "BA", "G4-backward-2": "DC",
    }  # fmt: skip


def test_a_piece_without_counterpart_keeps_its_number_for_itself():
    places = {"a": (113, 36), "b": (113, 35.0), "c": (113, 34.5), "d": (113, 34.0)}
    edges = [("a", "b", "G4", 111), *two_way([("c", "d", "G4", 60)])]
    names, world = network(places, edges)
    assert told(names, paths.build(world)) == {
        "G4-forward-1": "cd", "G4-forward-2": "ab", "G4-backward-1": "dc",
    }  # fmt: skip


# straight south (0 to 9) and, 28 m beside, back (-9 to -0)
LONG = {f"{n}": (113.0, 35.0 - n / 10) for n in range(10)} | {
    f"-{n}": (113.0003, 35.0 - n / 10) for n in range(10)
}


def test_a_carriageway_that_a_gap_breaks_is_paired_with_the_stretch_that_it_lies_along():
    """90 km southwards in one piece; of the way back the map lacks the stretch from place 4 to place 3."""
    south = [(f"{n}", f"{n + 1}", "G4", 10) for n in range(9)]
    north = [(f"-{n + 1}", f"-{n}", "G4", 10) for n in range(9) if n != 3]
    _, world = network(LONG, south + north)
    found = {item.id: item.length for item in paths.build(world)}
    assert found == {"G4-forward-1": 90, "G4-backward-1": 50, "G4-backward-2": 30}


def test_a_piece_leads_the_other_way_of_the_carriageway_that_it_lies_along():
    """A road south and, 46 km further east, north again; its way back is broken at the turn.

    The axis alone would call both of these pieces wrong in one half: one leads north and one south.
    """
    turn = [(113.0, 35.0 - n / 10) for n in range(9)] + [(113.5, 34.2 + n / 10) for n in range(7)]
    beside = [(lon + 0.0003, lat) for lon, lat in turn]
    places = {f"{n}": at for n, at in enumerate(turn)} | {f"-{n}": at for n, at in enumerate(beside)}
    km = [46 if n == 8 else 11.1 for n in range(15)]
    there = [(f"{n}", f"{n + 1}", "G4", km[n]) for n in range(15)]
    back = [(f"-{n + 1}", f"-{n}", "G4", km[n]) for n in range(15) if n != 8]
    _, world = network(places, there + back)
    ways = {(item.direction, int(item.nodes[0]) >= 16) for item in paths.build(world)}
    assert ways == {(Direction.FORWARD, False), (Direction.BACKWARD, True)}
    assert [item.id for item in paths.build(world)] == ["G4-forward-1", "G4-backward-1", "G4-backward-2"]


def test_a_roundabout_in_a_road_is_passed_on_both_sides_and_is_no_ring():
    places = {"a": (113, 35), "n": (113, 34.501), "e": (113.001, 34.5), "s": (113, 34.499), "w": (112.999, 34.5),
              "z": (113, 34)}  # fmt: skip
    about = [(x, y, "G312", 0.1) for x, y in ("nw", "ws", "se", "en")]
    names, world = network(places, two_way([("a", "n", "G312", 55), ("s", "z", "G312", 55)]) + about)
    assert told(names, paths.build(world)) == {"G312-forward-1": "anwsz", "G312-backward-1": "zsena"}


def test_a_road_partly_divided_is_followed_in_both_directions():
    places = {"a": (113, 35), "b": (113, 34.6), "c": (113, 34.4), "d": (113, 34), "A": (113.01, 35),
              "D": (113.01, 34)}  # fmt: skip
    edges = [("a", "b", "G4", 44), *two_way([("b", "c", "G4", 22)]), ("c", "d", "G4", 44)]
    names, world = network(places, [*edges, ("D", "c", "G4", 44), ("b", "A", "G4", 44)])
    assert told(names, paths.build(world)) == {"G4-forward-1": "abcd", "G4-backward-1": "DcbA"}


@pytest.mark.parametrize("order", ["abcx", "cxba"])
def test_the_way_back_is_the_same_road_even_beside_a_shorter_one(order):
    places = {"a": (113, 35), "b": (113, 34.5), "c": (113, 34), "x": (113.01, 34.2)}
    edges = [*two_way(SOUTH), ("c", "x", "G4", 22), ("x", "b", "G4", 33)]
    names, world = network({name: places[name] for name in order}, edges)
    assert told(names, paths.build(world)) == {
        "G4-forward-1": "abc", "G4-backward-1": "cba", "G4-backward-2": "cxb",
    }  # fmt: skip


def test_spurs_of_a_ring_are_further_parts():
    ring = [(a, b, "G4", 60) for a, b in ("ne", "es", "sw", "wn")]
    spur = two_way([("s", "x", "G4", 40)])
    names, world = network({**SQUARE, "x": (113.5, 33.8)}, two_way(ring) + spur)
    both = {"G4-forward-1": "neswn", "G4-forward-2": "sx", "G4-backward-1": "nwsen", "G4-backward-2": "xs"}
    assert told(names, paths.build(world)) == both
    names, world = network({**SQUARE, "x": (113.5, 33.8)}, ring + spur)
    del both["G4-backward-1"]
    assert told(names, paths.build(world)) == both


def drawn(world, *lines, **more):
    """The network with other lines."""
    start = np.cumsum([0, *map(len, lines)])
    return replace(world, line_start=start, line_xy=np.concatenate(lines), **more)


def arc(start, end):
    """Points of a circle with the top at (113, 35), by degrees clockwise from the top."""
    angle = np.radians(np.linspace(start, end, 60))
    return np.column_stack([113 + 0.4 * np.sin(angle) / 0.82, 34.6 + 0.4 * np.cos(angle)])


@pytest.mark.parametrize(("turn", "name"), [(360, "G3001-forward-1"), (-360, "G3001-backward-1")])
def test_a_ring_of_one_node(turn, name):
    _, world = network({"a": (113, 35), "b": (113, 36)}, [("a", "a", "G3001", 280)])
    (ring,) = paths.build(drawn(world, arc(0, turn)))
    assert ring.id == name and ring.ring and ring.length == 280 and ring.nodes.tolist() == [0, 0]


def test_a_ring_of_two_nodes():
    places = {"a": (113, 35), "b": (113, 34.2)}
    names, world = network(places, [("a", "b", "G3001", 140), ("b", "a", "G3001", 141)])
    one_way = drawn(world, arc(0, 180), arc(180, 360), line=np.array([0, 1], dtype=np.int32),
                    forward=np.array([True, True]), way=np.array([0, 1]))  # fmt: skip
    assert told(names, paths.build(one_way)) == {"G3001-forward-1": "aba"}
    names, world = network(places, two_way([("a", "b", "G3001", 140), ("a", "b", "G3001", 141)]))
    both = paths.build(drawn(world, arc(0, 180), arc(360, 180)))
    assert told(names, both) == {"G3001-forward-1": "aba", "G3001-backward-1": "aba"}
    assert [item.length for item in both] == [281, 281]
    east = both[0].edges[0], both[1].edges[1]
    assert world.line[east[0]] == world.line[east[1]] == 0


@st.composite
def two_way_roads(draw):
    """Trees and rings with trees at them, of stretches of 6 km and more; as places and links."""
    size = draw(st.integers(2, 14))
    ring = draw(st.one_of(st.just(0), st.integers(3, 8)))
    spots = draw(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=size, max_size=size, unique=True)
    )
    angle = np.linspace(0, 2 * np.pi, ring, endpoint=False)
    places = [(113.0 + np.sin(a), 34.0 + np.cos(a)) for a in angle] + [
        (110 + x / 10, 32 + y / 10) for x, y in spots
    ]
    links = [(i, (i + 1) % ring, 150.0) for i in range(ring)]
    for node in range(max(ring, 1), len(places)):
        links.append((node, draw(st.integers(0, node - 1)), float(draw(st.integers(6, 30)))))
    return dict(enumerate(places)), [links[i] for i in draw(st.permutations(range(len(links))))]


@settings(max_examples=60, deadline=None)
@given(two_way_roads())
def test_each_stretch_of_a_two_way_road_is_passed_once_in_each_direction(given_roads):
    places, links = given_roads
    edges = [(a, b, "G4", km) for a, b, km in links]
    found = []
    for given_edges in (two_way(edges), two_way(edges)[::-1]):
        _, world = network(places, given_edges)
        found.append(paths.build(world))
    one, other = found
    assert [(item.id, item.nodes.tolist()) for item in one] == [
        (item.id, item.nodes.tolist()) for item in other
    ]
    for direction in Direction:
        passed = np.concatenate([item.edges for item in one if item.direction is direction])
        assert Counter(world.line[passed].tolist()) == Counter(range(len(links)))
    assert len({edge for item in one for edge in item.edges.tolist()}) == 2 * len(links)
    nodes = {item.id: item.nodes.tolist() for item in one}
    for item in one:
        back = nodes[f"{item.ref}-backward-{item.part}"]
        assert nodes[f"{item.ref}-forward-{item.part}"] == back[::-1]


@st.composite
def any_roads(draw):
    """Places and one-way edges of any kind: parallel, back and forth, loops."""
    size = draw(st.integers(2, 8))
    spot = st.tuples(st.integers(0, 12), st.integers(0, 12))
    spots = draw(st.lists(spot, min_size=size, max_size=size, unique=True))
    node = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(node, node, st.just("G4"), st.integers(2, 60)), min_size=1, max_size=20))
    return {i: (110 + x / 10, 32 + y / 10) for i, (x, y) in enumerate(spots)}, edges


@settings(max_examples=150, deadline=None)
@given(any_roads())
def test_no_edge_is_passed_twice_nor_both_ways_of_a_road_in_one_direction(given_roads):
    places, edges = given_roads
    _, world = network(places, edges)
    found = paths.build(world)
    for direction in Direction:
        passed = [edge for item in found if item.direction is direction for edge in item.edges.tolist()]
        assert len(passed) == len(set(passed))
        assert max(Counter(world.line[passed].tolist()).values(), default=1) == 1
    for item in found:
        assert item.length >= paths.LEAST_KM
        assert (world.tail[item.edges] == item.nodes[:-1]).all()
        assert (world.head[item.edges] == item.nodes[1:]).all()
    order = [(item.ref, tuple(Direction).index(item.direction), item.part) for item in found]
    assert order == sorted(order)
    assert {item.part for item in found} == set(range(1, len({item.part for item in found}) + 1))
