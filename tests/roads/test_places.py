"""Places as nodes of a network: nothing that was true before changes, and lengths along the road add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from chargegeo.datum import metres_between
from chargegeo.roads import from_edges
from chargegeo.roads.places import with_places


def put(*places):
    """Snaps, as far as they are asked for: edge and fraction; None is not snapped."""
    rows = [(pd.NA, np.nan) if place is None else place for place in places]
    edge = pd.array([edge for edge, _ in rows], dtype="Int64")
    return pd.DataFrame({"edge": edge, "fraction": [float(share) for _, share in rows]})


def distances(network, weight="metres"):
    """All shortest ways, parallel edges by the better one."""
    frame = pd.DataFrame({"a": network.tail, "b": network.head, "w": getattr(network, weight)})
    best = frame[frame["a"] != frame["b"]].groupby(["a", "b"])["w"].min().reset_index()
    n = network.n_nodes
    return shortest_path(coo_array((best["w"], (best["a"], best["b"])), shape=(n, n)).tocsr())


def edge_of(network, tail, head):
    return int(np.flatnonzero((network.tail == tail) & (network.head == head))[0])


def line_metres(network, line):
    xy = network.line_xy[network.line_start[line] : network.line_start[line + 1]]
    return metres_between(*xy[:-1].T, *xy[1:].T).sum()


def test_places_on_a_road_for_both_directions() -> None:
    """1000 m from a to b: one place a quarter of the way from a, another a quarter of the way from b."""
    network = from_edges([113, 113.01], [34, 34], [0, 1], [1, 0], metres=[1000, 1000], minutes=[2, 4])
    there, back = edge_of(network, 0, 1), edge_of(network, 1, 0)
    new, nodes = with_places(network, put((there, 0.25), (back, 0.25), None))
    assert nodes.tolist() == [2, 3, -1]
    assert new.n_nodes == 4 and new.n_edges == 6
    d, t = distances(new), distances(new, "minutes")
    assert d[0, 2] == 250 and d[2, 3] == 500 and d[3, 2] == 500 and d[3, 1] == 250 and d[0, 1] == 1000
    assert t[2, 3] == 1 and t[3, 2] == 2 and t[1, 2] == 3
    assert new.lon[2:].tolist() == pytest.approx([113.0025, 113.0075])
    assert (new.node_id[2:] < 0).all() and len(set(new.node_id)) == 4


def test_on_a_one_way_a_place_behind_goes_around() -> None:
    """A ring of three one-way roads of 1000 m: from 0.75 to 0.25 of one road it is 2500 m."""
    network = from_edges([113, 113.01, 113], [34, 34, 34.01], [0, 1, 2], [1, 2, 0], metres=[1000] * 3)
    new, (first, second) = with_places(network, put((0, 0.25), (0, 0.75)))
    d = distances(new)
    assert d[first, second] == 500 and d[second, first] == 2500


def test_a_dead_end_one_way_is_not_turned_round() -> None:
    network = from_edges([113, 113.01], [34, 34], [0], [1], metres=[1000])
    new, (place,) = with_places(network, put((0, 0.5)))
    d = distances(new)
    assert d[0, place] == 500 and np.isinf(d[place, 0]) and np.isinf(d[1, place])


def test_ends_and_equal_places_need_no_node() -> None:
    network = from_edges([113, 113.01], [34, 34], [0, 1], [1, 0], metres=[1000, 1000])
    back = edge_of(network, 1, 0)
    new, nodes = with_places(network, put((0, 0), (0, 1), (0, 0.000009), (0, 0.3), (back, 0.7), (back, 0)))
    assert nodes.tolist() == [0, 1, 0, 2, 2, 1]
    assert new.n_nodes == 3


def test_nothing_snapped_leaves_the_network() -> None:
    network = from_edges([113, 113.01], [34, 34], [0], [1])
    new, nodes = with_places(network, put(None, None))
    assert nodes.tolist() == [-1, -1] and new.n_edges == 1
    new, nodes = with_places(network, put())
    assert len(nodes) == 0


def test_the_input_is_not_changed_and_other_edges_keep_all_they_have() -> None:
    network = from_edges(
        [113, 113.01, 113.02], [34, 34, 34.01], [0, 1, 1, 2], [1, 0, 2, 1],
        road_class=["national", "national", "ramp", "ramp"], ref=["G107", "G107", "", ""],
    )  # fmt: skip
    before = {name: np.array(value) for name, value in vars(network).items() if isinstance(value, np.ndarray)}
    new, _ = with_places(network, put((0, 0.5)))
    assert all((getattr(network, name) == value).all() for name, value in before.items())
    kept = edge_of(new, 1, 2)
    assert new.metres[kept] == network.metres[edge_of(network, 1, 2)] and new.ref[kept] == -1
    assert {new.refs[code] for code in new.ref[new.head == 3]} == {"G107"}


COORDINATE = st.integers(0, 8).map(lambda k: k * 0.01)


@st.composite
def worlds(draw):
    """A small directed network, some roads both ways, and places anywhere on it."""
    n = draw(st.integers(2, 5))
    xy = draw(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=n, max_size=n, unique=True))
    ends = [pair for pair in ((a, b) for a in range(n) for b in range(n)) if pair[0] != pair[1]]
    pairs = draw(st.lists(st.sampled_from(ends), min_size=1, max_size=8))
    lon, lat = np.add(xy, (113.0, 34.0)).T
    network = from_edges(lon, lat, *np.array(pairs).T)
    share = st.sampled_from([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]) | st.floats(0, 1)
    places = draw(st.lists(st.tuples(st.integers(0, network.n_edges - 1), share), min_size=1, max_size=6))
    return network, places


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_old_ways_keep_their_length_and_new_ones_add_up(world) -> None:
    network, places = world
    new, nodes = with_places(network, put(*places))
    old, now = distances(network), distances(new)
    n = network.n_nodes
    np.testing.assert_allclose(now[:n, :n], old, rtol=1e-12, atol=1e-6)
    tail = network.tail
    for (edge, share), node in zip(places, nodes, strict=True):
        metres = network.metres[edge]
        # a place near the end takes the node there: 0.01 m
        assert now[node, network.head[edge]] <= (1 - share) * metres + 0.02
        assert now[tail[edge], node] <= share * metres + 0.02
        back = np.flatnonzero(
            (network.line == network.line[edge]) & (network.forward != network.forward[edge])
        )
        best = np.minimum.reduce(
            [(1 - share) * metres + old[network.head[edge]]]
            + [share * metres + old[network.head[other]] for other in back]
        )
        expected = old[node] if node < n else best
        np.testing.assert_allclose(now[node, :n], expected, rtol=1e-9, atol=0.03)
    np.testing.assert_allclose(new.metres.sum(), network.metres.sum(), rtol=1e-12)
    np.testing.assert_allclose(new.minutes.sum(), network.minutes.sum(), rtol=1e-12)


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_every_edge_runs_along_its_line(world) -> None:
    network, places = world
    new, _ = with_places(network, put(*places))
    start = np.where(new.forward, new.line_start[new.line], new.line_start[new.line + 1] - 1)
    end = np.where(new.forward, new.line_start[new.line + 1] - 1, new.line_start[new.line])
    np.testing.assert_allclose(new.line_xy[start], np.column_stack((new.lon, new.lat))[new.tail], atol=1e-12)
    np.testing.assert_allclose(new.line_xy[end], np.column_stack((new.lon, new.lat))[new.head], atol=1e-12)
    np.testing.assert_allclose([line_metres(new, line) for line in new.line], new.metres, rtol=1e-3)
    assert set(new.way) == set(network.way)


def test_a_bent_line_is_cut_between_its_vertices(bent) -> None:
    """Two legs of equal length: a cut at a quarter, at the bend and at seven eighths."""
    new, nodes = with_places(bent, put((0, 0.25), (0, 0.5), (0, 0.875)))
    assert np.diff(new.line_start).tolist() == [2, 2, 2, 2]
    d = distances(new)
    assert d[0, nodes].tolist() == pytest.approx(
        [0.25 * bent.metres[0], 0.5 * bent.metres[0], 0.875 * bent.metres[0]]
    )
    assert [new.lon[nodes[1]], new.lat[nodes[1]]] == pytest.approx([113.01, 34.01])
    whole, _ = with_places(bent, put((0, 0.25)))
    assert sorted(np.diff(whole.line_start).tolist()) == [2, 3]


@pytest.fixture
def bent():
    """North-east, then south-east as far again: one line with one bend."""
    from dataclasses import replace

    network = from_edges([113, 113.02], [34, 34], [0], [1])
    xy = np.array([[113.0, 34.0], [113.01, 34.01], [113.02, 34.0]])
    return replace(network, line_start=np.array([0, 3]), line_xy=xy)
