"""Flow refuelling: by hand, by trying every choice, on published networks; each choice judged by the reach rule."""

import csv
from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from chargegeo import siting
from chargegeo.corridors import Vehicle, reach
from chargegeo.errors import StudyFault
from chargegeo.vocab import SolveStatus
from tests.oracles.state_of_charge import gets_there, line

FULL = Vehicle(100, reserve=0)  # 100 km from the start, 100 km from each stop


def best_by_trying(flows, vehicle, p, fixed=()):
    """Most traffic over every choice, by the reach rule."""
    return max(
        flows.volume[siting.refuelled(flows, choice, vehicle)].sum()
        for choice in combinations(range(flows.n_sites), p)
        if set(fixed) <= set(choice)
    )


# ---- by hand


def test_a_charger_behind_the_vehicle_serves_and_one_ahead_does_not():
    """250 km with sites at 50, 90, 140, 180: 90 carries to 190, then 180 to 280. A site at 250 would be ahead."""
    flows = siting.Flows(reach.routes(250, [50, 90, 140, 180]), np.array([7.0]))
    found = siting.refuelling(flows, FULL, p=2)
    assert (found.sites.tolist(), found.objective, found.bound) == ([1, 3], 7, 7)
    assert siting.refuelling(flows, FULL, p=1).objective == 0


def test_the_rule_of_the_peer_is_not_ours():
    """500 km and one charger near one end: the peer calls it covered; nobody gets through."""
    flows = siting.Flows(reach.routes(500, [10]), np.array([1.0]))
    found = siting.refuelling(flows, FULL, p=1)
    assert (found.objective, found.bound) == (0, 0)


def test_the_busier_road_comes_first():
    flows = siting.Flows(reach.routes([150, 150], [80, 80], route=[0, 1]), np.array([2.0, 3.0]))
    found = siting.refuelling(flows, FULL, p=1)
    assert (found.sites.tolist(), found.objective) == ([1], 3)
    held = siting.refuelling(flows, FULL, p=1, fixed=[0])
    assert (held.sites.tolist(), held.objective) == ([0], 2)


def test_a_round_trip_needs_both_directions():
    """60 km out and back on one charge of 100 km: a site at the far end serves; so does one at 20 km, on the way back
    at km 100."""
    out, back = reach.routes(60, [20, 60]), reach.routes(60, [0, 40], site=[1, 0])
    flows = siting.Flows(reach.round_trips(out, back), np.array([1.0]))
    assert siting.refuelled(flows, [1], FULL).tolist() == [True]
    assert siting.refuelled(flows, [0], FULL).tolist() == [True]
    assert siting.refuelled(flows, [], FULL).tolist() == [False]
    longer = reach.round_trips(reach.routes(90, [20]), reach.routes(90, [25], site=[1]))
    both = siting.Flows(longer, np.array([1.0]))  # site 0 carries to km 120, site 1 at km 115 to the end
    assert siting.refuelled(both, [0], FULL).tolist() == [False]
    assert siting.refuelled(both, [0, 1], FULL).tolist() == [True]


def test_a_trip_that_is_repeated_starts_with_what_is_left():
    """40 km out and back: one charge carries it once; again and again only with a charger."""
    trip = reach.round_trips(reach.routes(40, [40]), reach.routes(40, []))
    once, again = (siting.Flows(trip, np.array([1.0]), repeated=repeated) for repeated in (False, True))
    assert siting.refuelled(once, [], FULL).tolist() == [True]
    assert siting.refuelled(again, [], FULL).tolist() == [False]
    assert siting.refuelling(again, FULL, p=1).objective == 1


def test_impossible_questions_are_refused():
    flows = siting.Flows(reach.routes(50, [20]), np.array([-1.0]))
    with pytest.raises(StudyFault) as error:
        siting.refuelling(flows, FULL, p=-1, fixed=[4])
    assert len(error.value.faults) == 3


# ---- by trying every choice


def random_flows(rng, repeated):
    m, n = int(rng.integers(1, 6)), int(rng.integers(1, 9))
    length = rng.integers(20, 200, size=m)
    k = int(rng.integers(1, 20))
    route = rng.integers(0, m, size=k)
    site = np.where(rng.random(k) < 0.05, -1, rng.integers(0, n, size=k))
    site[0] = n - 1
    along = reach.routes(length, rng.integers(0, length[route] + 1), route=route, site=site)
    return siting.Flows(along, rng.integers(0, 20, size=m).astype(float), repeated=repeated)


@pytest.mark.parametrize("seed", range(80))
def test_no_choice_lets_more_through(seed):
    rng = np.random.default_rng(seed)
    flows = random_flows(rng, repeated=seed % 3 == 0)
    vehicle = Vehicle(float(rng.integers(30, 120)), start=[1.0, 0.5][seed % 2], reserve=0.1, charge_to=0.9)
    p = int(rng.integers(1, flows.n_sites + 1))
    fixed = rng.choice(flows.n_sites, int(rng.integers(0, p + 1)), replace=False) if seed % 4 == 1 else []
    found = siting.refuelling(flows, vehicle, p=p, fixed=fixed, gap=0.0)
    assert found.status == SolveStatus.OPTIMAL
    assert found.objective == best_by_trying(flows, vehicle, p, fixed) == pytest.approx(found.bound)
    assert len(found.sites) <= p and set(fixed) <= set(found.sites.tolist())
    assert found.objective == flows.volume[siting.refuelled(flows, found.sites, vehicle)].sum()


@pytest.mark.parametrize("seed", range(60))
def test_repeated_trips_by_driving_them(seed):
    """Ten rounds driven km by km, begun at the first charger with what a stop gives: possible if it is for ever."""
    rng = np.random.default_rng(seed)
    length, vehicle, rounds = int(rng.integers(5, 30)), Vehicle(20, reserve=0, charge_to=0.9), 10
    stands = np.unique(rng.integers(0, length, size=int(rng.integers(1, 4))))
    flows = siting.Flows(reach.routes(length, stands), np.ones(1), repeated=True)
    chargers = {int(x) + turn * length for x in stands for turn in range(rounds + 1)}
    begin = int(stands[0])
    driven = gets_there(line((rounds + 1) * length), chargers, (18, 0, 18), begin, begin + rounds * length)
    assert siting.refuelled(flows, np.arange(len(stands)), vehicle).tolist() == [driven]


# ---- published networks


def trips(edges, flow, vehicle_repeated):
    """Round trips along shortest paths, a site at each node; for each pair of nodes once."""
    n = int(edges[:, :2].max()) + 1
    matrix = np.full((n, n), np.inf)
    matrix[edges[:, 0].astype(int), edges[:, 1].astype(int)] = edges[:, 2]
    graph = csr_array(np.where(np.isfinite(matrix), matrix, 0.0))
    km, before = dijkstra(graph, return_predecessors=True)
    length, route, site, place, volume = [], [], [], [], []
    for i in range(n):
        for j in range(i + 1, n):
            if flow[i, j] > 0:
                there, back = path(before, i, j), path(before, j, i)
                r = len(length)
                length.append(km[i, j] + km[j, i])
                volume.append(flow[i, j])
                route += [r] * (len(there) + len(back))
                site += there + back
                place += [km[i, x] for x in there] + [km[i, j] + km[j, x] for x in back]
    along = reach.routes(length, place, route=route, site=site)
    return siting.Flows(along, np.array(volume), repeated=vehicle_repeated)


def path(before, i, j):
    nodes = [j]
    while nodes[-1] != i:
        nodes.append(int(before[i, nodes[-1]]))
    return nodes[::-1]


def table(path_):
    with path_.open(encoding="utf-8-sig") as file:
        return np.array([[float(x) for x in row] for row in list(csv.reader(file))[1:]])


@pytest.fixture(scope="module")
def network_of_25(shared):
    folder = shared / "data" / "siting_benchmarks" / "frlm25"
    edges = table(folder / "25-Node_Network_Edges.csv")
    edges[:, :2] -= 1
    return trips(edges, table(folder / "25-Node_Network_Traffic_Flow.csv")[:, 1:], True)


@pytest.fixture(scope="module")
def sioux_falls(shared):
    folder = shared / "data" / "siting_benchmarks" / "siouxfalls"
    edges = table(folder / "SiouxFalls_net.csv")[:, [1, 2, 3]]
    edges[:, :2] -= 1
    flow = np.zeros((24, 24))
    for o, d, ton in table(folder / "SiouxFalls_od.csv"):
        flow[int(o) - 1, int(d) - 1] = ton
    return trips(edges, flow, True)


@pytest.mark.parametrize(("range_km", "p"), [(4, 1), (8, 1), (8, 2), (12, 2)])
def test_the_network_of_25_nodes(network_of_25, range_km, p):
    vehicle = Vehicle(range_km, reserve=0)
    found = siting.refuelling(network_of_25, vehicle, p=p, gap=0.0)
    assert found.objective == pytest.approx(best_by_trying(network_of_25, vehicle, p))
    assert found.status == SolveStatus.OPTIMAL


@pytest.mark.parametrize(("range_km", "p"), [(6, 2), (10, 1), (10, 2)])
def test_sioux_falls(sioux_falls, range_km, p):
    vehicle = Vehicle(range_km, reserve=0)
    found = siting.refuelling(sioux_falls, vehicle, p=p, gap=0.0)
    assert found.objective == pytest.approx(best_by_trying(sioux_falls, vehicle, p))
    assert found.status == SolveStatus.OPTIMAL


def test_more_sites_never_let_less_through(network_of_25):
    vehicle = Vehicle(8, reserve=0)
    found = [siting.refuelling(network_of_25, vehicle, p=p) for p in (1, 4, 8, 16, 25)]
    through = [solution.objective for solution in found]
    assert through == sorted(through)
    assert (
        found[-1].objective == network_of_25.volume[siting.refuelled(network_of_25, range(25), vehicle)].sum()
    )
