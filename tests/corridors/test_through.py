"""Through-travel on networks, by hand and against driving every state of charge."""

import csv

import numpy as np
import pytest

from chargegeo import roads
from chargegeo.corridors import Vehicle, through
from chargegeo.errors import StudyFault
from tests.corridors import cases, driven
from tests.oracles import state_of_charge

PLAIN = {"car": Vehicle(100, reserve=0)}


def both_ways(*stretches):
    """Edges of stretches (one end, other end, km), in both directions."""
    edges = {}
    for one, other, km in stretches:
        edges.setdefault(one, []).append((other, km))
        edges.setdefault(other, []).append((one, km))
    return edges


def one(edges, n, chargers, origin, destination, vehicles=PLAIN, **options):
    """The row of one pair."""
    table = through.between(
        driven.as_network(n, edges), chargers, [origin], [destination], vehicles=vehicles, **options
    )
    return table.iloc[0]


# ---- by hand


def test_a_charger_within_range_of_both_ends_gets_one_through():
    """180 km with a charger in the middle: 90 km each way, and no charge left to come back without another stop."""
    found = one(both_ways((0, 1, 90), (1, 2, 90)), 3, [1], 0, 2)
    assert (found.passable, found.km, found.stops, found.shortest_km) == (True, 180, 1, 180)
    assert found.failure is None or found.failure != found.failure
    assert not found.round_trip  # arrives with 10 km
    assert one(both_ways((0, 1, 90), (1, 2, 90)), 3, [1], 0, 2, charging_at_end=True).round_trip


def test_a_charger_on_the_other_carriageway_serves_nothing():
    """A divided road of 180 km; the charger stands beside the carriageway that comes back."""
    edges = {0: [(1, 90)], 1: [(2, 90)], 2: [(3, 90)], 3: [(0, 90)]}
    assert one(edges, 4, [1], 0, 2).passable
    assert one(edges, 4, [3], 0, 2).failure == "no_charger_from_origin"
    assert one(edges, 4, [3], 2, 0).passable
    assert one(edges, 4, [1, 3], 0, 2, charging_at_end=True).round_trip


def test_the_road_to_a_charger_counts():
    """The charger lies 30 km off the road: 20 + 30 there, 30 + 70 on to the end, 150 instead of 90 km."""
    edges = both_ways((0, 1, 20), (1, 2, 70), (1, 3, 30))
    found = one(edges, 4, [3], 0, 2, {"car": Vehicle(100, start=0.5, reserve=0)})
    assert (found.passable, found.km, found.stops, found.shortest_km) == (True, 150, 1, 90)


def test_each_reason_is_told():
    line = both_ways((0, 1, 90), (1, 2, 150), (2, 3, 90), (3, 4, 300))
    assert one(line, 5, [1, 2], 0, 3).failure == "gap"
    assert one(line, 5, [1, 2], 4, 0).failure == "no_charger_from_origin"
    assert one(line, 5, [1, 2], 0, 4).failure == "no_charger_to_destination"
    assert one(line, 5, [], 0, 3).failure == "no_charger_from_origin"
    assert one({0: [(1, 5)]}, 2, [0, 1], 1, 0).failure == "no_road"


def test_several_vehicles_are_answered_from_one_search():
    line = both_ways((0, 1, 60), (1, 2, 60), (2, 3, 60), (3, 4, 60))
    vehicles = {"far": Vehicle(200), "near": Vehicle(70), "short": Vehicle(50)}
    table = through.between(driven.as_network(5, line), [1, 2, 3], [0, 4], [4, 0], vehicles=vehicles)
    assert list(table.columns) == [
        "vehicle", "origin", "destination", "shortest_km", "passable", "km", "stops", "failure", "round_trip",
    ]  # fmt: skip
    assert table["vehicle"].tolist() == ["far"] * 4 + ["near"] * 4 + ["short"] * 4
    assert table["passable"].tolist() == [True] * 4 + [True] * 4 + [False, True, True, False]
    assert table["stops"].tolist()[:8] == [1, 0, 0, 1, 3, 0, 0, 3]
    assert table["stops"].isna().tolist()[8:] == [True, False, False, True]
    assert table["km"].tolist()[:4] == [240, 0, 0, 240]


def test_a_full_start_passes_a_stop_that_would_charge_less():
    """Start 100 km, stops to 40 km: the charger at km 50 cannot help to km 95, the start charge does."""
    line = both_ways((0, 1, 50), (1, 2, 45), (2, 3, 35))
    found = one(line, 4, [1, 2], 0, 3, {"car": Vehicle(100, reserve=0, charge_to=0.4)})
    assert (found.passable, found.stops) == (True, 1)
    assert one(line, 4, [1], 0, 2, {"car": Vehicle(100, reserve=0, charge_to=0.4)}).stops == 0


def test_unknown_nodes_are_refused():
    with pytest.raises(StudyFault, match="7"):
        one({0: [(1, 5)]}, 2, [7], 0, 1)


# ---- against driving


@pytest.mark.parametrize("check", [driven.tree, driven.network])
def test_networks_as_driven(check):
    found = []
    for rng in cases.batches(7, 40):
        for what, ours, theirs in check(rng):
            assert ours == theirs, what
            found += [theirs] if what == "passable" else []
    assert len(found) > 1000
    assert 0.2 < np.mean(found) < 0.9


def test_stops_are_the_fewest_on_the_shortest_way():
    """Lengths without ties, so that there is one shortest way."""
    rng = np.random.default_rng(3)
    for _ in range(25):
        n = 10
        edges = both_ways(*((i, i + 1, int(rng.integers(1, 9))) for i in range(n - 1)))
        vehicle, battery = cases.vehicle(rng, most=20)
        chargers = set(rng.choice(n, size=6, replace=False).tolist())
        for row in through.between(
            driven.as_network(n, edges), sorted(chargers), range(n), range(n), vehicles={"v": vehicle}
        ).itertuples():
            best = state_of_charge.shortest(edges, chargers, battery, row.origin, row.destination)
            assert (row.passable, row.stops if row.passable else None) == (best is not None, best and best[1])


# ---- networks of the literature


@pytest.fixture(scope="module")
def frlm25(shared):
    """Number of nodes and edges of the 25-node network, nodes from 0."""
    path = shared / "data/siting_benchmarks/frlm25/25-Node_Network_Edges.csv"
    return 25, _edges(csv.reader(path.read_text("utf-8-sig").splitlines()), 0, 1, 2)


@pytest.fixture(scope="module")
def siouxfalls(shared):
    """The same of Sioux Falls, with free-flow minutes for km."""
    path = shared / "data/siting_benchmarks/siouxfalls/SiouxFalls_net.csv"
    return 24, _edges(csv.reader(path.read_text("utf-8-sig").splitlines()), 1, 2, 3)


def _edges(rows, tail, head, km):
    edges = {}
    for row in list(rows)[1:]:
        edges.setdefault(int(row[tail]) - 1, []).append((int(row[head]) - 1, int(row[km])))
    return edges


@pytest.mark.parametrize("name", ["frlm25", "siouxfalls"])
def test_networks_of_the_literature_as_driven(name, request):
    n, edges = request.getfixturevalue(name)
    for rng in cases.batches(11, 2):
        for what, ours, theirs in driven.pairs(rng, n, edges):
            assert ours == theirs, what


@pytest.mark.parametrize("chargers", [[], [1]])
@pytest.mark.parametrize("places", [[], [0], [0, 2]])
def test_nobody_going_nowhere_is_no_error(chargers: list[int], places: list[int]) -> None:
    road = roads.from_edges([113, 113.5, 114], [34, 34, 34], [0, 1, 1, 2], [1, 0, 2, 1])
    car = {"car": Vehicle(60, 1.0, 0.0)}
    found = through.between(road, chargers, places, places, vehicles=car)
    assert len(found) == len(places) ** 2
    if len(places) == 2:
        away = found[found["origin"] != found["destination"]]
        assert away["passable"].tolist() == [bool(chargers)] * 2, "92 km with 60 km of range"
