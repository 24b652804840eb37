"""Nearest, k nearest, pairs within a limit, one more site: by hand, against networkx, and properties."""

import math
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import access, errors, roads
from tests.oracles import ways

WHOLE = st.integers(0, 4).map(float)
DECIMAL = st.sampled_from([0.0, 0.1, 0.2, 0.30000000000000004, 0.7, 1 / 3, 1e-9, 5.0, 1234.5])


def network(n, tail, head, minutes, metres=None):
    lon, lat = 113 + np.arange(n) / 100, np.full(n, 34.0)
    return roads.from_edges(
        lon, lat, tail, head, minutes=minutes, metres=np.asarray(minutes) * 1000 if metres is None else metres
    )


@st.composite
def worlds(draw, cost=WHOLE):
    """A directed world with loops, parallel edges and islands, sites that share nodes, and their legs."""
    n = draw(st.integers(1, 9))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, cost), max_size=30))
    tail, head, minutes = (list(part) for part in zip(*edges, strict=True)) if edges else ([], [], [])
    sites = draw(st.lists(node, max_size=6))
    return n, tail, head, minutes, sites, [draw(cost) for _ in sites]


def service_area():
    """Motorway 0 to 1 to 2 to 3 northbound and 4 to 5 to 6 to 7 southbound; turning at 3 and at 7."""
    tail, head = [0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7, 0]
    return network(8, tail, head, [5.0, 5.0, 5.0, 1.0, 5.0, 5.0, 5.0, 1.0])


# ---- by hand


def test_a_station_across_the_motorway_is_reached_only_by_turning() -> None:
    """The pile stands southbound at 5; from 2, beside it northbound, the way goes over the turn at 3."""
    solved = access.nearest(service_area(), [5])
    assert solved.cost.tolist() == [21, 16, 11, 6, 5, 0, 27, 22]
    assert solved.site.tolist() == [0] * 8
    assert access.along(service_area(), solved).tolist() == (solved.cost * 1000).tolist()


def test_the_leg_of_a_site_counts() -> None:
    """From 0 the site at 1 is 5 away and its leg 12; the one at 3 is 15 away without a leg."""
    solved = access.nearest(service_area(), [1, 3], leg=[12.0, 0.0])
    assert (solved.site[0], solved.cost[0]) == (1, 15)
    assert (solved.site[1], solved.cost[1]) == (1, 10)
    assert (solved.site[7], solved.cost[7]) == (1, 16)


def test_kilometres_of_the_fastest_way_are_not_the_shortest() -> None:
    """By motorway 2 minutes for 4 km, by village 3 minutes for 1 km."""
    net = network(3, [0, 1, 0], [1, 2, 2], [1.0, 1.0, 3.0], metres=[2000.0, 2000.0, 1000.0])
    solved = access.nearest(net, [2])
    assert solved.cost[0] == 2
    assert access.along(net, solved, leg=[50.0]).tolist() == [4050, 2050, 50]
    shortest = access.nearest(net, [2], weight="metres")
    assert shortest.cost[0] == 1000
    assert access.along(net, shortest, other="minutes")[0] == 3


def test_an_island_reaches_nothing() -> None:
    solved = access.nearest(network(4, [0, 2], [1, 3], [1.0, 1.0]), [1])
    assert solved.site.tolist() == [0, 0, -1, -1]
    assert solved.cost[:2].tolist() == [1, 0] and np.isnan(solved.cost[2:]).all()
    assert access.along(network(4, [0, 2], [1, 3], [1.0, 1.0]), solved)[:2].tolist() == [1000, 0]


def test_parallel_edges_are_not_added_up_and_loops_change_nothing() -> None:
    net = network(2, [0, 0, 0, 1], [1, 1, 0, 1], [3.0, 4.0, 0.0, 0.0])
    assert access.nearest(net, [1]).cost.tolist() == [3, 0]
    assert access.within(net, [0], [1], limit=5).toarray().tolist() == [[3]]


def test_without_sites_nothing_is_reached() -> None:
    net = service_area()
    assert (access.nearest(net, []).site == -1).all()
    assert access.within(net, [0, 1], [], limit=5).shape == (2, 0)
    assert access.within(net, [], [0, 1], limit=5).shape == (0, 2)
    assert (access.k_nearest(net, [], 2)[0] == -1).all()


def test_a_pair_at_the_limit_is_a_pair_and_a_cost_of_zero_is_an_entry() -> None:
    found = access.within(service_area(), [4, 5, 6], [5], limit=5)
    assert (found.indices.tolist(), found.data.tolist(), found.indptr.tolist()) == (
        [0, 0],
        [5, 0],
        [0, 1, 2, 2],
    )


def test_one_more_site() -> None:
    """With a pile at 5 alone, one at 2 serves 7, 0, 1 and 2 sooner, and 6: 16 minutes for 27."""
    net = service_area()
    nodes, cost = access.gain(net, access.nearest(net, [5]), 2)
    assert nodes.tolist() == [0, 1, 2, 6, 7]
    assert cost.tolist() == [10, 5, 0, 16, 11]
    nodes, cost = access.gain(net, access.nearest(net, [5], limit=12), 2)
    assert (nodes.tolist(), cost.tolist()) == ([0, 1, 2, 7], [10, 5, 0, 11])
    assert access.gain(net, access.nearest(net, [5]), 5)[0].tolist() == []


@pytest.mark.parametrize("tiny", [0.0, 1e-6, 1e-3, 0.01])
def test_dense_streets_among_long_roads_take_no_more_time(tiny) -> None:
    """A town of 40 by 40 corners with very short streets beside long roads; a wide bucket must not thrash."""
    side = 40
    node = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.c_[node[:, :-1].ravel(), node[:, 1:].ravel()], np.c_[node[:-1].ravel(), node[1:].ravel()]]
    )
    rng = np.random.default_rng(3)
    tail, head = np.concatenate([pairs, pairs[:, ::-1]]).T
    far = np.arange(side * side, 3 * side * side)
    minutes = np.concatenate([rng.uniform(0.5, 1, len(tail)) * tiny, np.full(len(far), 1.0)])
    net = network(3 * side * side, np.r_[tail, far], np.r_[head, far - 1], minutes)
    solved = access.nearest(net, [0, 5])
    exact = ways.costs(
        net.n_nodes, net.tail.tolist(), net.head.tolist(), net.minutes.tolist(), [0, 5], [0.0, 0.0]
    )
    assert solved.cost.tolist() == [min(found[node] for found in exact) for node in range(net.n_nodes)]


# ---- against networkx


@settings(max_examples=150)
@given(worlds(), st.sampled_from([None, 1.0, 3.0, 6.0]), st.integers(1, 4))
def test_equal_to_networkx(world, limit, k) -> None:
    n, tail, head, minutes, sites, leg = world
    net = network(n, tail, head, minutes)
    ranked = ways.ranked(n, ways.costs(n, tail, head, minutes, sites, leg), limit or math.inf)
    solved = access.nearest(net, sites, leg=leg, limit=limit)
    first = [row[0] if row else (math.nan, -1) for row in ranked]
    np.testing.assert_array_equal(solved.cost, [cost for cost, _ in first])
    assert solved.site.tolist() == [site for _, site in first]
    site, cost = access.k_nearest(net, sites, k, leg=leg, limit=limit)
    padded = [(row + [(math.nan, -1)] * k)[:k] for row in ranked]
    np.testing.assert_array_equal(cost, [[c for c, _ in row] for row in padded])
    assert site.tolist() == [[s for _, s in row] for row in padded]
    origins = [*range(n), 0]
    pairs = access.within(net, origins, sites, limit=limit or math.inf, leg=leg)
    assert pairs.has_sorted_indices and pairs.shape == (n + 1, len(sites))
    for row, node in enumerate(origins):
        part = slice(pairs.indptr[row], pairs.indptr[row + 1])
        found = list(zip(pairs.data[part], pairs.indices[part], strict=True))
        assert sorted(found) == ranked[node] and sorted(pairs.indices[part]) == list(pairs.indices[part])


@settings(max_examples=100)
@given(worlds(DECIMAL))
def test_sums_are_those_of_networkx_to_the_last_digit(world) -> None:
    n, tail, head, minutes, sites, leg = world
    net = network(n, tail, head, minutes)
    found = ways.costs(n, tail, head, minutes, sites, leg)
    ranked = ways.ranked(n, found)
    solved = access.nearest(net, sites, leg=leg)
    np.testing.assert_array_equal(solved.cost, [row[0][0] if row else math.nan for row in ranked])
    for node in np.flatnonzero(solved.site >= 0):
        assert found[solved.site[node]][node] == pytest.approx(solved.cost[node])
    pairs = access.within(net, range(n), sites, limit=math.inf, leg=leg)
    few = access.within(net, [0], sites, limit=math.inf, leg=leg)
    for node in range(n):
        part = slice(pairs.indptr[node], pairs.indptr[node + 1])
        assert dict(zip(pairs.indices[part], pairs.data[part], strict=True)) == {
            s: c for c, s in ranked[node]
        }
    assert (few.data.tolist(), few.indices.tolist()) == (
        pairs.data[: pairs.indptr[1]].tolist(), pairs.indices[: pairs.indptr[1]].tolist(),
    )  # fmt: skip


# ---- properties


@settings(max_examples=100)
@given(worlds(), st.data(), st.sampled_from([None, 2.0, 5.0]))
def test_a_gain_is_what_solving_anew_finds(world, data, limit) -> None:
    n, tail, head, minutes, sites, leg = world
    node, own = data.draw(st.integers(0, n - 1)), data.draw(WHOLE)
    net = network(n, tail, head, minutes)
    before = access.nearest(net, sites, leg=leg, limit=limit)
    after = access.nearest(net, [*sites, node], leg=[*leg, own], limit=limit)
    for _ in range(2):  # the room it works in is left as found
        nodes, cost = access.gain(net, before, node, leg=own)
        assert nodes.tolist() == np.flatnonzero(after.site == len(sites)).tolist()
        assert cost.tolist() == after.cost[nodes].tolist()


@settings(max_examples=100)
@given(worlds())
def test_the_way_adds_up_to_its_cost(world) -> None:
    n, tail, head, minutes, sites, leg = world
    net = network(n, tail, head, minutes)
    solved = access.nearest(net, sites, leg=leg)
    np.testing.assert_array_equal(access.along(net, solved, other="minutes", leg=leg), solved.cost)
    for node in np.flatnonzero(solved.edge >= 0):
        assert net.tail[solved.edge[node]] == node
        assert solved.site[net.head[solved.edge[node]]] == solved.site[node]


def test_the_same_on_any_number_of_threads_and_from_several_at_once(monkeypatch) -> None:
    rng = np.random.default_rng(1)
    net = network(600, rng.integers(0, 600, 1800), rng.integers(0, 600, 1800), rng.uniform(0, 3, 1800))
    sites, leg = rng.integers(0, 600, 400), rng.uniform(0, 1, 400)
    found = []

    def search() -> None:
        table = access.within(net, range(600), sites, limit=4, leg=leg)
        found.append((table.indptr.tobytes(), table.indices.tobytes(), table.data.tobytes()))

    for cores in (1, 2, 7):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        search()
    threads = [Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 7 and len(set(found)) == 1


def test_arrays_that_may_not_be_written_serve_as_well() -> None:
    net = service_area()
    for name in ("indptr", "head", "minutes"):
        getattr(net, name).setflags(write=False)
    assert access.nearest(net, [5]).cost[0] == 21
    assert access.within(net, [0], [5, 5], limit=30).toarray().tolist() == [[21, 21]]


# ---- what is refused


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"sites": [8]}, "node_outside"),
        ({"sites": [-1]}, "node_outside"),
        ({"sites": [1.5]}, "nodes_not_numbers"),
        ({"sites": [1], "leg": [-1.0]}, "leg_broken"),
        ({"sites": [1], "leg": [math.nan]}, "leg_broken"),
        ({"sites": [1], "leg": [1.0, 2.0]}, "legs_do_not_fit"),
        ({"sites": [1], "weight": "hours"}, "unknown_measure"),
        ({"sites": [1], "limit": 0}, "limit_broken"),
        ({"sites": [1], "limit": math.nan}, "limit_broken"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked, code) -> None:
    sites = asked.pop("sites")
    with pytest.raises(errors.StudyFault) as refused:
        access.nearest(service_area(), sites, **asked)
    assert [fault.code for fault in refused.value.faults] == [code]
    assert refused.value.text("zh") and refused.value.text("en")


def test_a_wrong_word_names_the_right_ones_and_all_faults_come_at_once() -> None:
    with pytest.raises(errors.StudyFault, match="minutes, metres"):
        access.nearest(service_area(), [1], weight="time")
    with pytest.raises(errors.StudyFault) as refused:
        access.within(service_area(), [0], [9, 3], limit=3, leg=[1.0, -2.0])
    assert {fault.code for fault in refused.value.faults} == {"node_outside", "leg_broken"}
    with pytest.raises(errors.StudyFault, match="nearest cannot"):
        access.k_nearest(service_area(), [1], 0)
