"""Chains of segments joined to one stretch each, without a walk from node to node.

Segments that go on within a way are joined first, by runs; the pieces that remain are ordered within their chain
by pointer doubling (list ranking: Wyllie, The Complexity of Parallel Computations, 1979), in as many rounds as the
longest chain has binary digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from chargegeo.roads.driving import Ways
    from chargegeo.roads.segments import Segments

    Ints = NDArray[np.signedinteger[Any]]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Chains:
    """Segments in the order of their chains.

    Chain ``i`` runs through the segments ``order[start[i]:start[i + 1]]``, each from its ``a`` to its ``b`` or,
    where ``turned``, the other way round.
    """

    order: Ints
    turned: Bools
    start: Ints


def chains(segments: Segments, ways: Ways, n: int) -> Chains:
    """The longest chains whose inner nodes nothing else meets, a ring beginning at its lowest node.

    Parameters
    ----------
    n
        Number of nodes.
    """
    inner = _inner(segments, ways, n)
    first, pieces = _pieces(segments, inner)
    rings = _rings(pieces, inner)
    if rings.any():
        inner[_lowest(segments, first, rings)] = False
        first, pieces = _pieces(segments, inner)
    return _ordered(segments, first, *_ranked(_partners(pieces, inner)))


def _inner(segments: Segments, ways: Ways, n: int) -> Bools:
    """Nodes (n) where just two segments of one class, number and direction meet, one behind the other.

    Two one-way segments to and from the same node meet at a dead end: to turn there is not to pass through.
    """
    a, b = segments.a, segments.b
    key = ways.road_class.astype(np.int64) * (len(ways.refs) + 1) + ways.ref + 1
    kind = key[segments.way] * 2 + (segments.direction != 0)
    degree = np.bincount(a, minlength=n) + np.bincount(b, minlength=n)
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    for ends in (a, b):
        np.minimum.at(low, ends, kind)
        np.maximum.at(high, ends, kind)
    # of the one-way ends one must lead in and the other out
    into = np.bincount(b, segments.direction, minlength=n) - np.bincount(a, segments.direction, minlength=n)
    inner: Bools = (degree == 2) & (low == high) & (into == 0)
    one_way = segments.direction != 0
    near, far = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    for ends, others in ((a, b), (b, a)):
        np.minimum.at(near, ends[one_way], others[one_way])
        np.maximum.at(far, ends[one_way], others[one_way])
    inner &= near != far
    return inner


def _pieces(segments: Segments, inner: Bools) -> tuple[Ints, Ints]:
    """First segment of each run of a way without a break, and the nodes at its two ends, (2 p) in turn."""
    first = np.flatnonzero(~(segments.follows & inner[segments.a]))
    last = np.append(first[1:], len(segments.a)) - 1
    return first, np.stack((segments.a[first], segments.b[last]), axis=1).ravel()


def _partners(pieces: Ints, inner: Bools) -> Ints:
    """For each end of a piece the end that it meets at an inner node; -1 where the chain ends."""
    ends = np.flatnonzero(inner[pieces])
    ends = ends[np.argsort(pieces[ends], kind="stable")]
    partner = np.full(len(pieces), -1, dtype=np.int64)
    partner[ends[::2]], partner[ends[1::2]] = ends[1::2], ends[::2]
    return partner


def _rings(pieces: Ints, inner: Bools) -> Ints:
    """Number of the ring of each piece that is in one without any end, from 1; 0 for all others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    partner = _partners(pieces, inner)
    joined = np.flatnonzero(partner >= 0)
    size = len(pieces) // 2
    graph = coo_array(
        (np.ones(len(joined), np.int8), (joined // 2, partner[joined] // 2)), shape=(size, size)
    )
    _, label = connected_components(graph, directed=False)
    closed = np.ones(size, dtype=bool)
    closed[label[np.flatnonzero(partner < 0) // 2]] = False
    return np.where(closed[label], label + 1, 0)


def _lowest(segments: Segments, first: Ints, rings: Ints) -> Ints:
    """The lowest node of each ring."""
    piece = np.zeros(len(segments.a), dtype=np.int64)
    piece[first[1:]] = 1
    ring = rings[np.cumsum(piece)]
    within = np.flatnonzero(ring)
    # a node may be the second of both its segments
    lower = np.minimum(segments.a, segments.b)
    order = within[np.lexsort((lower[within], ring[within]))]
    lowest: Ints = lower[order[np.diff(ring[order], prepend=0) != 0]]
    return lowest


def _ranked(partner: Ints) -> tuple[Ints, Ints]:
    """Order of the pieces by chain, and where each chain begins in it.

    A state is a piece entered at one end: ``2 p`` as drawn, ``2 p + 1`` turned. Returns states in order; of the
    two directions of a chain the one with the lower first state is taken.
    """
    states = np.arange(len(partner))
    further = partner[states ^ 1]
    steps = (further >= 0).astype(np.int64)
    last = np.where(further >= 0, further, states)
    active = np.flatnonzero(further >= 0)
    while len(active):
        ahead = last[active]
        steps[active] += steps[ahead]
        last[active], moved = last[ahead], last[ahead] != ahead
        active = active[moved]
    begin = last[states ^ 1] ^ 1
    taken = np.flatnonzero(begin <= last ^ 1)
    order = taken[np.lexsort((steps[taken ^ 1], begin[taken]))]
    return order, np.flatnonzero(np.diff(begin[order], prepend=-1))


def _ordered(segments: Segments, first: Ints, states: Ints, begin: Ints) -> Chains:
    """Segments piece after piece, turned pieces backward."""
    count = np.diff(first, append=len(segments.a))[states // 2]
    turned = (states & 1).astype(bool)
    start = np.concatenate(([0], np.cumsum(count)))
    at = np.arange(len(segments.a)) - np.repeat(start[:-1], count)
    origin = first[states // 2] + np.where(turned, count - 1, 0)
    order = np.repeat(origin, count) + np.where(np.repeat(turned, count), -at, at)
    return Chains(order, np.repeat(turned, count), start[np.append(begin, len(states))])
