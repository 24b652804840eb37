"""The graph without the nodes that no one asks about: the same km, and the same driving with chargers on spurs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from chargegeo.corridors import hops
from tests.corridors import cases, driven


def graph(edges, n):
    tail, head, km = (np.array(part) for part in zip(*edges, strict=True)) if edges else np.empty((3, 0), int)
    return hops.edges(n, tail.astype(np.int64), head.astype(np.int64), km.astype(float))


def both(*stretches):
    return [edge for a, b, km in stretches for edge in ((a, b, km), (b, a, km))]


def reduced(edges, n, *kept):
    mask = np.zeros(n, dtype=bool)
    mask[list(kept)] = True
    small, nodes = hops.reduced(graph(edges, n), mask)
    tail = np.repeat(np.arange(small.n), np.diff(small.indptr))
    return nodes.tolist(), sorted(
        zip(nodes[tail].tolist(), nodes[small.head].tolist(), small.km.tolist(), strict=True)
    )


# ---- by hand


def test_a_dead_end_goes_with_all_behind_it():
    nodes, ways = reduced(both((0, 1, 5), (1, 2, 1), (2, 3, 1), (1, 4, 7)), 5, 0, 4)
    assert nodes == [0, 4] and ways == [(0, 4, 12), (4, 0, 12)]


def test_a_charger_on_a_spur_stays_with_its_way_in_and_out():
    nodes, ways = reduced([*both((0, 1, 5), (1, 4, 7)), (1, 2, 2), (2, 3, 1), (3, 1, 4)], 5, 0, 2, 4)
    assert nodes == [0, 2, 4]
    assert ways == [(0, 2, 7), (0, 4, 12), (2, 0, 10), (2, 4, 12), (4, 0, 12), (4, 2, 9)]


def test_of_parallel_ways_the_shorter_stays_and_one_way_stays_one_way():
    assert reduced([(0, 1, 3), (1, 2, 4), (0, 2, 9), (0, 3, 1), (3, 2, 5)], 4, 0, 2)[1] == [(0, 2, 6)]


def test_a_crossing_of_four_stays_and_nothing_asked_leaves_nothing():
    star = both(*((0, i, i) for i in range(1, 5)))
    assert reduced(star, 5, 1, 2, 3, 4)[0] == [0, 1, 2, 3, 4]
    assert reduced(star, 5) == ([], []) and reduced([], 3, 1) == ([1], [])


# ---- as before


def distances(some):
    tail = np.repeat(np.arange(some.n), np.diff(some.indptr))
    matrix = np.full((some.n, some.n), np.inf)
    np.minimum.at(matrix, (tail, some.head), some.km)
    row, column = np.nonzero(np.isfinite(matrix))
    return dijkstra(csr_array((matrix[row, column], (row, column)), shape=matrix.shape))


@given(st.integers(0, 10**6), st.sampled_from(["tree", "network"]))
def test_the_km_between_kept_nodes_stay(seed, kind):
    rng = np.random.default_rng(seed)
    n, ways = getattr(cases, kind)(rng, most=25)
    whole = graph([(tail, head, km) for tail, heads in ways.items() for head, km in heads], n)
    kept = rng.random(n) < 0.4
    small, nodes = hops.reduced(whole, kept)
    assert set(np.flatnonzero(kept)) <= set(nodes) and (np.diff(nodes) > 0).all()
    asked = np.flatnonzero(kept)
    at = np.searchsorted(nodes, asked)
    assert distances(small)[np.ix_(at, at)] == pytest.approx(distances(whole)[np.ix_(asked, asked)])
    if kind == "tree":
        assert len(small.head) <= len(whole.head)


def spurs(rng):
    """A network of which half of the nodes hang on others, and chargers on these."""
    n, ways = cases.network(rng, most=7)
    for i in range(int(rng.integers(2, 6))):
        above, out, back = int(rng.integers(0, n + i)), int(rng.integers(1, 3)), int(rng.integers(1, 3))
        ways.setdefault(above, []).append((n + i, out))
        ways[n + i] = [(above, back)]
    return len(ways), ways


def test_chargers_on_spurs_as_driven():
    answers = []
    for rng in cases.batches(13, 30):
        for what, ours, theirs in driven.pairs(rng, *spurs(rng)):
            assert ours == theirs, what
            answers += [theirs] if what == "passable" else []
    assert len(answers) > 1000 and 0.2 < np.mean(answers) < 0.95
