"""Arrays of nodes, edges and lines put together as one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import datum
from chargegeo.roads.network import RoadNetwork
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

POSITION = {word: position for position, word in enumerate(RoadClass)}
MINUTES_A_METRE = 60 / 60_000  # at 60 km/h


@dataclass(frozen=True, eq=False)
class Nodes:
    """Id and degrees of each node."""

    node_id: Ints
    lon: Floats
    lat: Floats


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed edges in any order, as in :class:`RoadNetwork`, each with its tail."""

    tail: Ints
    head: Ints
    metres: Floats
    minutes: Floats
    imputed_metres: Floats
    road_class: Ints
    ref: Ints
    line: Ints
    forward: Bools

    def take(self, order: Ints | Bools) -> Edges:
        """The edges of an order or a mask."""
        return Edges(*(getattr(self, item.name)[order] for item in fields(self)))


@dataclass(frozen=True, eq=False)
class Lines:
    """Geometry: vertices of line ``i`` are ``xy[start[i]:start[i + 1]]``; the way that it comes from."""

    start: Ints
    xy: Floats
    way: Ints


def assemble(
    nodes: Nodes, edges: Edges, lines: Lines, *, refs: tuple[str, ...], about: Mapping[str, Any]
) -> RoadNetwork:
    """The network of these arrays: edges sorted, components found, everything checked.

    Raises
    ------
    ContractFault
        ``network_broken``, if the arrays do not fit together.
    """
    n = len(nodes.node_id)
    edges = edges.take(_order(edges, n))
    return RoadNetwork(
        node_id=nodes.node_id.astype(np.int64, copy=False),
        lon=nodes.lon.astype(np.float64, copy=False),
        lat=nodes.lat.astype(np.float64, copy=False),
        component=components(n, edges.tail, edges.head),
        indptr=pointers(edges.tail, n),
        head=edges.head.astype(np.int32, copy=False),
        metres=edges.metres,
        minutes=edges.minutes,
        imputed_metres=edges.imputed_metres,
        road_class=edges.road_class.astype(np.int8, copy=False),
        ref=edges.ref.astype(np.int32, copy=False),
        line=edges.line.astype(np.int32, copy=False),
        forward=edges.forward,
        line_start=lines.start.astype(np.int64, copy=False),
        line_xy=lines.xy,
        way=lines.way.astype(np.int64, copy=False),
        refs=refs,
        about=about,
    )


def pointers(groups: Ints, n: int) -> NDArray[np.int64]:
    """int64 (n + 1): where the members of each of ``n`` groups begin, once sorted by group."""
    found = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(groups, minlength=n), out=found[1:])
    return found


def components(n: int, tail: Ints, head: Ints) -> NDArray[np.int32]:
    """int32 (n): weakly connected component of each node; most nodes first, ties by the lowest node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return by_size(label)


def strong_parts(network: RoadNetwork) -> NDArray[np.int32]:
    """int32 (n): part of each node within which every node can be driven to from every other; 0 is the largest."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ones, shape = np.ones(network.n_edges, dtype=np.int8), (network.n_nodes, network.n_nodes)
    graph = csr_array((ones, network.head, network.indptr.astype(np.int32)), shape=shape)
    return by_size(connected_components(graph, connection="strong")[1])


def by_size(label: Ints) -> NDArray[np.int32]:
    """The labels numbered anew: the most members first, ties by the lowest member."""
    if not len(label):
        return np.zeros(0, dtype=np.int32)
    _, first, inverse, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), dtype=np.int32)
    rank[np.lexsort((first, -size))] = np.arange(len(size), dtype=np.int32)
    return rank[inverse]


def _order(edges: Edges, n: int) -> NDArray[np.int64]:
    """Order by tail, head, minutes, line, direction; only parallel edges need more than the first sort."""
    key = edges.tail.astype(np.int64) * n + edges.head
    order = np.argsort(key, kind="stable")
    key = key[order]
    same = key[1:] == key[:-1]
    parallel = np.zeros(len(key), dtype=bool)
    parallel[1:] |= same
    parallel[:-1] |= same
    tied = order[parallel]
    order[parallel] = tied[
        np.lexsort((~edges.forward[tied], edges.line[tied], edges.minutes[tied], key[parallel]))
    ]
    return order


def from_edges(
    lon: ArrayLike,
    lat: ArrayLike,
    tail: ArrayLike,
    head: ArrayLike,
    *,
    metres: ArrayLike | None = None,
    minutes: ArrayLike | None = None,
    road_class: Sequence[str] | str | Ints = RoadClass.UNCLASSIFIED,
    ref: Sequence[str] | None = None,
    node_id: ArrayLike | None = None,
) -> RoadNetwork:
    """A network of straight directed edges, for worlds that no map holds.

    Parameters
    ----------
    lon, lat
        Degrees of the nodes (n), WGS-84.
    tail, head
        Positions of nodes (e); an edge may be driven from tail to head only. An edge and one in the other
        direction share a line, the first with the first.
    metres
        Lengths (e); by default those of the straight lines.
    minutes
        Times (e); by default at 60 km/h, and then all metres count as imputed.
    road_class
        Words of :class:`chargegeo.vocab.RoadClass` or their positions (e), or one for all.
    ref
        Road numbers (e), "" where there is none.
    node_id
        Ids of the nodes (n); by default from 0.

    Raises
    ------
    ContractFault
        ``network_broken``, if the arrays do not fit together.
    """
    nodes = Nodes(
        np.arange(np.size(lon)) if node_id is None else np.asarray(node_id),
        np.array(lon, dtype=np.float64),
        np.array(lat, dtype=np.float64),
    )
    ends = np.asarray(tail, dtype=np.int64).ravel(), np.asarray(head, dtype=np.int64).ravel()
    numbers, refs = _refs(ref, len(ends[0]))
    bare = _plain_edges(nodes, ends, metres, minutes)
    line, forward, lines = _straight(nodes, *ends)
    edges = replace(
        bare, road_class=_positions(road_class, len(ends[0])), ref=numbers, line=line, forward=forward
    )
    return assemble(nodes, edges, lines, refs=refs, about={"source": "edges"})


def _plain_edges(
    nodes: Nodes, ends: tuple[Ints, Ints], metres: ArrayLike | None, minutes: ArrayLike | None
) -> Edges:
    """Edges with length and time; class, number and line are still to come."""
    tail, head = ends
    if metres is None:
        metres = datum.metres_between(nodes.lon[tail], nodes.lat[tail], nodes.lon[head], nodes.lat[head])
    length = np.array(metres, dtype=np.float64)
    time = length * MINUTES_A_METRE if minutes is None else np.array(minutes, dtype=np.float64)
    imputed = length.copy() if minutes is None else np.zeros(len(length))
    none = np.zeros(len(tail), dtype=np.int32)
    return Edges(tail, head, length, time, imputed, none, none, none, none.astype(bool))


def _positions(road_class: Sequence[str] | str | Ints, n: int) -> Ints:
    if isinstance(road_class, str):
        return np.full(n, POSITION[RoadClass(road_class)], dtype=np.int8)
    if isinstance(road_class, np.ndarray) and road_class.dtype.kind in "iu":
        return road_class.astype(np.int8)
    return np.array([POSITION[RoadClass(word)] for word in road_class], dtype=np.int8)


def _refs(ref: Sequence[str] | None, n: int) -> tuple[Ints, tuple[str, ...]]:
    if ref is None:
        return np.full(n, -1, dtype=np.int32), ()
    refs = tuple(sorted(set(ref) - {""}))
    at = {"": -1} | {word: position for position, word in enumerate(refs)}
    return np.array([at[word] for word in ref], dtype=np.int32), refs


def _straight(nodes: Nodes, tail: Ints, head: Ints) -> tuple[Ints, Bools, Lines]:
    """Line and direction of each edge, and the lines: the k-th from a to b is that of the k-th from b to a."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    forward = tail == low
    key = (low * len(nodes.lon) + high) * 2 + forward
    order = np.argsort(key, kind="stable")
    rank = np.arange(len(key)) - np.searchsorted(key[order], key[order])
    pair = np.empty((len(key), 2), dtype=np.int64)
    pair[order] = np.column_stack((key[order] // 2, rank))
    of_pair = np.lexsort(pair.T[::-1])
    new = np.append(True, (pair[of_pair][1:] != pair[of_pair][:-1]).any(axis=1))[: len(key)]
    line = np.empty(len(key), dtype=np.int32)
    line[of_pair] = np.cumsum(new) - 1
    first = of_pair[new]
    ends = np.column_stack((low[first], high[first])).ravel()
    xy = np.column_stack((nodes.lon[ends], nodes.lat[ends]))
    return line, forward, Lines(np.arange(len(first) + 1) * 2, xy, np.arange(len(first)))
