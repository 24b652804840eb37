"""Corridors: what belongs to a number in each direction, from which end, and how far."""

import numpy as np
import pytest

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
