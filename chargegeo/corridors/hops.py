"""Ways between chargers: bounded searches that stop behind the next charger.

A vehicle that passes a charger may as well charge there, so that of all ways between chargers only those that pass
no other matter: longer ones are made of them. A search from a charger therefore ends as soon as all that is left
in its queue lies behind another charger, which keeps it small where chargers are dense and stand at nodes that one
drives through. Behind a charger on a spur beside the road nothing ends: such searches run to the limit, which is
why they run on a graph without the nodes that no one asks about (:func:`reduced`).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Longs = NDArray[np.int64]
    Ints = NDArray[np.int32]
    Flags = NDArray[np.bool_]
    Edges = tuple[Longs, Longs, Floats]  # tail, head, km

MOST_NEIGHBOURS = 3  # of a node that is taken out: no more edges come in than go
ENOUGH = 200  # no further round for fewer than one node in so many
WAITING = -2  # of a node that is not settled; a source is settled from -1


@dataclass(frozen=True, eq=False)
class Graph:
    """Directed edges in compressed sparse rows, with their km.

    Parameters
    ----------
    indptr
        int64 (n + 1).
    head
        int32 (e).
    km
        float64 (e), not negative; parallel edges and edges of no length are fine.
    """

    indptr: Longs
    head: Ints
    km: Floats

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1

    def turned(self) -> Graph:
        """The same edges the other way round."""
        tail = np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.indptr))
        return edges(self.n, self.head, tail, self.km)


def edges(n: int, tail: Ints | Longs, head: Ints | Longs, km: Floats) -> Graph:
    """A graph from its edges, by tail, then head, then km."""
    key = tail.astype(np.int64) * n + head
    # what is given is nearly in order, and only parallel edges need their km looked at
    order = np.argsort(key, kind="stable")
    if (np.diff(key[order]) == 0).any():
        order = np.lexsort((km, key))
    indptr = np.append(0, np.cumsum(np.bincount(tail, minlength=n)))
    return Graph(
        indptr.astype(np.int64),
        np.ascontiguousarray(head[order], dtype=np.int32),
        np.ascontiguousarray(km[order]),
    )


def reduced(graph: Graph, kept: Flags) -> tuple[Graph, Longs]:
    """A smaller graph with the same km between the nodes that are kept.

    Dead ends go, then nodes along a road, then forks: the ways over a node of up to three neighbours are replaced
    by edges between these, many nodes at a time of which no two are neighbours.

    Parameters
    ----------
    kept
        bool (n): nodes that must stay.

    Returns
    -------
    The graph, and the nodes of the given one that its nodes are, ascending.
    """
    tail = np.repeat(np.arange(graph.n, dtype=np.int64), np.diff(graph.indptr))
    ways = _least(tail, graph.head.astype(np.int64), graph.km)
    out = np.zeros(graph.n, dtype=bool)
    while True:
        chosen = _apart(ways, kept | out)
        if ENOUGH * int(chosen.sum()) <= graph.n - int(out.sum()):
            break
        out |= chosen
        ways = _bridged(ways, chosen)
    nodes = np.flatnonzero(~out)
    tail, head, km = ways
    return edges(len(nodes), np.searchsorted(nodes, tail), np.searchsorted(nodes, head), km), nodes


def _least(tail: Longs, head: Longs, km: Floats) -> Edges:
    """Edges by tail and head, of parallel ones the shortest; none from a node to itself."""
    order = np.lexsort((km, head, tail))
    order = order[tail[order] != head[order]]
    tail, head, km = tail[order], head[order], km[order]
    first = np.append(True, (np.diff(tail) != 0) | (np.diff(head) != 0))[: len(tail)]
    return tail[first], head[first], km[first]


def _apart(ways: Edges, stays: Flags) -> Flags:
    """Nodes of few neighbours, no two of them neighbours; those of fewest first, then mixed up."""
    n = len(stays)
    one, other = np.minimum(*ways[:2]), np.maximum(*ways[:2])
    one, other = np.divmod(np.unique(one * n + other), n)
    neighbours = np.bincount(one, minlength=n) + np.bincount(other, minlength=n)
    chosen = ~stays & (neighbours <= MOST_NEIGHBOURS)
    mixed = np.arange(n) * 2_654_435_761 % 2**32  # neighbours are often numbered one after the other
    place = neighbours * 2**32 + mixed
    both = chosen[one] & chosen[other]
    one, other = one[both], other[both]
    chosen[np.where(place[one] > place[other], one, other)] = False
    return chosen


def _bridged(ways: Edges, gone: Flags) -> Edges:
    """The edges without some nodes, no two of them neighbours, and with the ways over each as edges."""
    tail, head, km = ways
    stays = ~gone[tail] & ~gone[head]
    into, onward = np.flatnonzero(gone[head]), np.flatnonzero(gone[tail])  # the latter by tail
    low = np.searchsorted(tail[onward], head[into])
    count = np.searchsorted(tail[onward], head[into], side="right") - low
    before = np.repeat(into, count)
    after = onward[
        np.arange(len(before)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    ]
    return _least(
        np.append(tail[stays], tail[before]),
        np.append(head[stays], head[after]),
        np.append(km[stays], km[before] + km[after]),
    )


@kernel
def _search(
    graph: tuple[Longs, Ints, Floats],
    source: int,
    limit: float,
    stop: Flags,
    room: tuple[Floats, Ints, Ints, Ints],
) -> int:
    """Shortest ways from a node within a limit; how many nodes were settled.

    Parameters
    ----------
    stop
        Nodes behind which nothing is of interest; the source stops nothing.
    room
        To be filled, of each node: km (infinite at first), node before (-2 at first), whether it lies behind a
        stop; and the nodes settled, by rising km. Of equal ways one behind a stop wins, then that from the lowest
        node.
    """
    indptr, head, weight = graph
    km, before, behind, settled = room
    count, in_front = 0, np.int64(1)
    km[source] = 0.0
    heap = [(0.0, np.int64(1), np.int64(source), np.int64(-1))]
    while in_front > 0:
        cost, front, node, via = heappop(heap)
        in_front -= front
        if before[node] != WAITING:
            continue
        before[node] = via
        behind[node] = 1 - front
        settled[count] = node
        count += 1
        if stop[node] and node != source:
            front = np.int64(0)
        for j in range(indptr[node], indptr[node + 1]):
            other, new = np.int64(head[j]), cost + weight[j]
            if before[other] != WAITING or new > limit:
                continue
            if new < km[other] or (new == km[other] and front == 0):
                km[other] = new
                heappush(heap, (new, front, other, node))
                in_front += front
    for _, _, node, _ in heap:
        if before[node] == WAITING:
            km[node] = np.inf
    return count


@kernel
def _near(
    graph: tuple[Longs, Ints, Floats],
    sources: Longs,
    limit: float,
    masks: tuple[Flags, Flags],
    room: tuple[Floats, Ints, Ints, Ints],
) -> tuple[Longs, Ints, Floats]:
    """For each source: how many targets lie near and in front, their nodes, their km."""
    target, stop = masks
    km, before, behind, settled = room
    counts = np.zeros(len(sources), dtype=np.int64)
    node_found, km_found = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float64)
    n = 0
    for i in range(len(sources)):
        count = _search(graph, sources[i], limit, stop, room)
        if n + count > len(node_found):
            more = max(n + count, 2 * len(node_found))
            nodes, costs = np.empty(more, dtype=np.int32), np.empty(more, dtype=np.float64)
            nodes[:n], costs[:n] = node_found[:n], km_found[:n]
            node_found, km_found = nodes, costs
        for node in settled[:count]:
            if target[node] and behind[node] == 0:
                node_found[n], km_found[n] = node, km[node]
                counts[i] += 1
                n += 1
            km[node], before[node] = np.inf, WAITING
    return counts, node_found[:n].copy(), km_found[:n].copy()


def near(graph: Graph, sources: Longs, targets: Longs, limit_km: float, *, stopping: bool) -> csr_array:
    """Km from each source to each target within a limit, in the direction of travel.

    Parameters
    ----------
    sources, targets
        Nodes; targets are distinct.
    stopping
        Leave out targets that one comes to through another target.

    Returns
    -------
    Sparse matrix (sources, targets); a target at the source itself is stored with 0 km.
    """
    from scipy.sparse import csr_array, vstack

    position = np.full(graph.n, -1, dtype=np.int64)
    position[targets] = np.arange(len(targets))
    masks = (position >= 0, (position >= 0) & stopping)

    def part(some: Longs) -> csr_array:
        counts, nodes, km = _near(_arrays(graph), some, limit_km, masks, _room(graph.n))
        first = np.append(0, np.cumsum(counts))
        return csr_array((km, position[nodes], first), shape=(len(some), len(targets)))

    threads = os.cpu_count() or 1
    chunks = np.array_split(
        np.asarray(sources, dtype=np.int64), 4 * threads if len(sources) > 8 * threads else 1
    )
    with ThreadPoolExecutor(threads) as pool:
        return vstack(list(pool.map(part, chunks)), format="csr")


def trees(graph: Graph, sources: Longs) -> tuple[Floats, Ints]:
    """Km from each source to all nodes (infinite: no way) and the node before each on the way (below 0: none)."""
    nowhere = np.zeros(graph.n, dtype=np.bool_)

    def one(source: int) -> tuple[Floats, Ints]:
        room = _room(graph.n)
        _search(_arrays(graph), source, np.inf, nowhere, room)
        return room[0], room[1]

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = list(pool.map(one, sources.tolist()))
    if not found:
        return np.empty((0, graph.n)), np.empty((0, graph.n), dtype=np.int32)
    return np.stack([km for km, _ in found]), np.stack([before for _, before in found])


def leading(graph: Graph, goals: Longs) -> Flags:
    """Whether one comes to each goal (row) from each node (column), however far."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, dijkstra

    shape = (graph.n, graph.n)
    every = csr_array((np.ones(len(graph.head), dtype=np.int8), graph.head, graph.indptr), shape=shape)
    n, part = connected_components(every, directed=True, connection="strong")
    part = part.astype(np.int64)
    tail = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    row, column = np.divmod(np.unique(part[graph.head] * n + part[tail]), n)
    turned = csr_array((np.ones(len(row)), (row, column)), shape=(n, n))
    found = np.isfinite(dijkstra(turned, indices=part[goals], unweighted=True))
    return np.asarray(found.reshape(len(goals), n)[:, part])


def _arrays(graph: Graph) -> tuple[Longs, Ints, Floats]:
    return graph.indptr, graph.head, graph.km


def _room(n: int) -> tuple[Floats, Ints, Ints, Ints]:
    return (
        np.full(n, np.inf),
        np.full(n, WAITING, dtype=np.int32),
        np.zeros(n, dtype=np.int32),
        np.empty(n, dtype=np.int32),
    )
