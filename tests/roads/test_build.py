"""Contraction: what is kept, and that no length changes."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import datum, roads
from tests.oracles import uncontracted
from tests.roads.world import RULES, built, edges, line, raw

P: dict[str, str] = {"highway": "primary"}


def vertices(network: roads.RoadNetwork, i: int) -> list[float]:
    """Longitudes of a line, in hundredths of a degree east of 113."""
    x = network.line_xy[network.line_start[i] : network.line_start[i + 1], 0]
    return [round(float(v - 113) * 100, 6) for v in x]


def test_a_chain_of_three_ways_is_one_edge_a_direction() -> None:
    """Ways 1 and 3 are drawn eastward, way 2 westward."""
    ways = {1: ([1, 2, 3], P), 2: ([5, 4, 3], P), 3: ([5, 6], P)}
    found = built(line(6), ways)
    network = found.network
    assert edges(found) == [(1, 6), (6, 1)]
    assert vertices(network, 0) == [1, 2, 3, 4, 5, 6]
    assert network.forward.tolist() == [True, False] and network.line.tolist() == [0, 0]
    steps = sum(float(datum.metres_between(113 + i / 100, 34, 113 + (i + 1) / 100, 34)) for i in range(1, 6))
    assert network.metres == pytest.approx([steps, steps], rel=1e-12)
    assert network.way.tolist() == [1]


def test_speeds_may_change_along_a_chain() -> None:
    ways = {1: ([1, 2], P | {"maxspeed": "60"}), 2: ([2, 3], P)}
    network = built(line(3), ways).network
    step = float(datum.metres_between(113.01, 34, 113.02, 34))
    assert network.n_edges == 2
    assert network.minutes == pytest.approx([step * 0.06 / 60 + step * 0.06 / RULES.speed_kmh["primary"]] * 2)
    assert network.imputed_metres == pytest.approx([step, step])


@pytest.mark.parametrize(
    "other",
    [{"highway": "secondary"}, P | {"ref": "G107"}, P | {"oneway": "yes"}, P | {"oneway": "-1"}],
)
def test_a_change_keeps_the_node(other: dict[str, str]) -> None:
    network = built(line(3), {1: ([1, 2], P), 2: ([2, 3], other)}).network
    assert network.node_id.tolist() == [1, 2, 3]


def test_one_ways_go_on_and_head_on_they_do_not() -> None:
    one, back = P | {"oneway": "yes"}, P | {"oneway": "-1"}
    assert edges(built(line(3), {1: ([1, 2], one), 2: ([2, 3], one)})) == [(1, 3)]
    assert edges(built(line(3), {1: ([1, 2], one), 2: ([3, 2], back)})) == [(1, 3)]
    assert edges(built(line(3), {1: ([1, 2], one), 2: ([3, 2], one)})) == [(1, 2), (3, 2)]


def test_one_way_there_and_one_way_back_is_a_dead_end() -> None:
    """To turn is not to pass through; a one-way ring of three nodes is one."""
    there, back = ([1, 2], P | {"oneway": "yes"}), ([2, 1], P | {"oneway": "yes"})
    found = built(line(3), {1: there, 2: back, 3: ([3, 1], P)})
    assert edges(found) == [(1, 2), (1, 3), (2, 1), (3, 1)]
    bend = line(3) | {4: (113.02, 34.01)}
    loop = built(bend, {1: ([1, 2, 4, 1], P | {"oneway": "yes"}), 3: ([3, 1], P)})
    assert edges(loop) == [(1, 1), (1, 3), (3, 1)]


def test_a_ring_alone_begins_at_its_lowest_node() -> None:
    """Drawn as one closed way from node 3, and as two ways that both lead to node 1."""
    square = {1: (113.0, 34.0), 2: (113.01, 34.0), 3: (113.01, 34.01), 4: (113.0, 34.01)}
    for ways in ({1: ([3, 4, 1, 2, 3], P)}, {1: ([3, 2, 1], P), 2: ([3, 4, 1], P)}):
        found = built(square, ways)
        assert edges(found) == [(1, 1), (1, 1)]
        round_ = sum(
            float(datum.metres_between(*square[a], *square[b])) for a, b in [(1, 2), (2, 3), (3, 4), (4, 1)]
        )
        assert found.network.metres == pytest.approx([round_, round_])
        assert found.network.forward.tolist() == [True, False]
    one_way = built(square, {1: ([3, 4, 1, 2, 3], P | {"junction": "roundabout"})})
    assert edges(one_way) == [(1, 1)]


def test_a_loop_at_a_junction_stays_a_loop() -> None:
    places = line(2) | {3: (113.03, 34.01), 4: (113.04, 34.0)}
    found = built(places, {1: ([1, 2], P), 2: ([2, 3, 4, 2], P)})
    assert edges(found) == [(1, 2), (2, 1), (2, 2), (2, 2)]
    assert found.network.about["n_dead_ends"] == 1


def test_parallel_roads_stay_two() -> None:
    places = line(2) | {3: (113.015, 34.01)}
    ways = {1: ([1, 2], P), 2: ([1, 3, 2], P), 3: ([9, 1], P), 4: ([2, 10], P)}
    found = built(places | {9: (113.0, 34.0), 10: (113.03, 34.0)}, ways)
    assert edges(found).count((1, 2)) == 2
    assert found.network.minutes[edges(found).index((1, 2))] == min(found.network.minutes[2:4])


def test_lines_that_cross_without_a_node_do_not_meet() -> None:
    places = {1: (113.0, 34.0), 2: (113.02, 34.0), 3: (113.01, 33.99), 4: (113.01, 34.01)}
    network = built(places, {1: ([1, 2], P), 2: ([3, 4], P | {"bridge": "yes"})}).network
    assert network.component.tolist() == [0, 0, 1, 1]


def test_a_length_of_zero_takes_no_time() -> None:
    places = line(3) | {4: (113.03, 34.0)}
    ways = {1: ([1, 2, 3], P), 2: ([3, 4], {"highway": "secondary"})}
    network = built(places, ways).network
    zero = network.metres == 0
    assert zero.sum() == 2 and network.minutes[zero].tolist() == [0, 0]


def test_the_same_node_twice_in_a_row_changes_nothing() -> None:
    twice = built(line(3), {1: ([1, 2, 2, 3], P)}).network
    assert twice.metres.tolist() == built(line(3), {1: ([1, 2, 3], P)}).network.metres.tolist()


def test_stated_lengths_count_and_are_spread_as_drawn() -> None:
    given_ = raw(line(4), {1: ([1, 2, 3], P), 2: ([2, 4], P)}, metres=np.array([3000.0, np.nan]))
    network = roads.build(given_, RULES).network
    step = float(datum.metres_between(113.01, 34, 113.02, 34))
    assert sorted(set(network.metres.round(6))) == pytest.approx([1500, 2 * step], abs=1e-5)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[int, Any], dict[int, Any]]:
    """Up to twelve nodes on a small grid, some at one place, and ways over them, two nodes missing."""
    n = draw(st.integers(2, 12))
    spot = st.tuples(st.integers(0, 4), st.integers(0, 4))
    places = {i: (113 + x / 100, 34 + y / 100) for i, (x, y) in enumerate((draw(spot) for _ in range(n)), 1)}
    tags = st.builds(
        lambda highway, oneway: {"highway": highway} | ({"oneway": oneway} if oneway else {}),
        st.sampled_from(["primary", "primary", "secondary"]),
        st.sampled_from(["", "", "yes", "-1"]),
    )
    way = st.tuples(st.lists(st.integers(1, n + 2), min_size=2, max_size=7), tags)
    return places, dict(enumerate(draw(st.lists(way, min_size=1, max_size=6)), 1))


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_contracted_and_uncontracted_lengths_are_equal(world: tuple[dict[int, Any], dict[int, Any]]) -> None:
    places, ways = world
    plain = uncontracted.graph(places, ways)
    if not plain:
        return
    network = built(places, ways).network
    short = nx.MultiDiGraph()
    ids = network.node_id.tolist()
    short.add_nodes_from(ids)
    for tail, head, metres in zip(network.tail, network.head, network.metres.tolist(), strict=True):
        short.add_edge(ids[tail], ids[head], metres=metres)
    for node in ids:
        far = nx.single_source_dijkstra_path_length(plain, node, weight="metres")
        near = nx.single_source_dijkstra_path_length(short, node, weight="metres")
        assert set(near) == set(far) & set(ids)
        assert all(near[other] == pytest.approx(far[other], abs=1e-6) for other in near)
    total = sum(data["metres"] for _, _, data in plain.edges(data=True))
    assert network.metres.sum() == pytest.approx(total, abs=1e-6)
    assert_nothing_is_left_to_contract(plain, ids)


def assert_nothing_is_left_to_contract(plain: nx.MultiDiGraph, ids: list[int]) -> None:
    """Every node that is gone has two ends of one kind, and every ring has kept a node."""
    for node in plain:
        both = list(plain.in_edges(node, data="highway")) + list(plain.out_edges(node, data="highway"))
        simple = len(both) in (2, 4) and len({highway for *_, highway in both}) == 1
        assert node in ids or simple
    for part in nx.weakly_connected_components(plain):
        assert set(ids) & part


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_ways_changes_no_length(
    world: tuple[dict[int, Any], dict[int, Any]], rng: Any
) -> None:
    places, ways = world
    if not uncontracted.graph(places, ways):
        return
    shuffled = list(ways.items())
    rng.shuffle(shuffled)
    one, other = built(places, ways).network, built(places, dict(shuffled)).network
    assert one.node_id.tolist() == other.node_id.tolist()
    assert one.indptr.tolist() == other.indptr.tolist() and one.head.tolist() == other.head.tolist()
    assert one.minutes == pytest.approx(other.minutes)


def test_the_same_map_gives_the_same_network() -> None:
    ways = {1: ([1, 2, 3], P), 2: ([5, 4, 3], P), 3: ([3, 6], P)}
    one, other = built(line(6), ways).network, built(line(6), ways).network
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in roads.network.ARRAYS)
