"""Road numbers as directed paths with chainage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.vocab import Direction, RoadClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.roads import RoadNetwork

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

CLASSES = (RoadClass.EXPRESSWAY, RoadClass.NATIONAL, RoadClass.PROVINCIAL)
LEAST_KM = 5.0
ROUNDNESS = 0.05  # area of a ring over that of a circle of the same length, at least


@dataclass(frozen=True, eq=False)
class Corridor:
    """One road number in one direction of travel, as far as it is connected.

    Parameters
    ----------
    ref
        Number of the road.
    road_class
        Class of most of its length.
    direction
        Forward from the north end (or the east end, where the road runs more east to west); of a ring clockwise.
    part
        1 for the longest path of the number in this direction; branches and pieces beyond a gap of the map follow.
    edges, nodes
        int32 (k) and (k + 1): edges of the network in order of travel, and the nodes they join.
    km
        float64 (k + 1): distance travelled at each node, from 0.
    """

    ref: str
    road_class: str
    direction: Direction
    part: int
    edges: Ints
    nodes: Ints
    km: Floats

    @property
    def id(self) -> str:
        """Number, direction and part, such as ``G4-forward-1``."""
        return f"{self.ref}-{self.direction}-{self.part}"

    @property
    def length(self) -> float:
        """Kilometres."""
        return float(self.km[-1])

    @property
    def ring(self) -> bool:
        """Whether it ends where it begins."""
        return bool(self.nodes[0] == self.nodes[-1])


def build(
    network: RoadNetwork, *, classes: tuple[RoadClass, ...] = CLASSES, least_km: float = LEAST_KM
) -> tuple[Corridor, ...]:
    """Every numbered road of some classes, in both directions.

    Parameters
    ----------
    classes
        Classes that corridors are made of.
    least_km
        Pieces shorter than this are left out.

    Returns
    -------
    Corridors by number, direction and part. A road that is one-way in the network has one direction only; a road
    with several numbers belongs to each of them.

    Notes
    -----
    Of each connected piece of a number the longest of all shortest paths between its ends is taken, then, of what
    is left, the next, until nothing of ``least_km`` remains. Chainage starts at the end of the network, not at
    the road's own kilometre posts, which no map gives.
    """
    tail, found = network.tail, []
    for ref, edges in sorted(_edges_by_ref(network, classes).items()):
        for direction in Direction:
            paths = _paths(network, tail, edges, direction, 1000 * least_km)
            found += [
                _corridor(network, tail, ref, direction, part, path)
                for part, path in enumerate(paths, start=1)
            ]
    return tuple(found)


def _corridor(
    network: RoadNetwork, tail: Ints, ref: str, direction: Direction, part: int, path: Ints
) -> Corridor:
    metres = network.metres[path]
    share = np.bincount(network.road_class[path], metres, minlength=len(RoadClass))
    nodes = np.append(tail[path], network.head[path[-1]]).astype(np.int32)
    km = np.concatenate([[0.0], np.cumsum(metres)]) / 1000
    return Corridor(
        ref, tuple(RoadClass)[int(share.argmax())], direction, part, path.astype(np.int32), nodes, km
    )


def _edges_by_ref(network: RoadNetwork, classes: tuple[RoadClass, ...]) -> dict[str, Ints]:
    """Edges of each road number, ascending; a road with several numbers stands under each."""
    wanted = np.isin(network.road_class, [tuple(RoadClass).index(item) for item in classes])
    edges = np.flatnonzero(wanted & (network.ref >= 0) & (network.tail != network.head))
    order = edges[np.argsort(network.ref[edges], kind="stable")]
    found: dict[str, list[Ints]] = {}
    for part in np.split(order, np.flatnonzero(np.diff(network.ref[order])) + 1) if len(order) else ():
        for ref in dict.fromkeys(network.refs[network.ref[part[0]]].split(";")):
            found.setdefault(ref, []).append(part)
    return {ref: np.sort(np.concatenate(parts)) for ref, parts in found.items()}


def _paths(
    network: RoadNetwork, tail: Ints, edges: Ints, direction: Direction, least: float
) -> Iterator[Ints]:
    """Paths of one number in one direction: the longest of each piece, longest first, then what is left beside."""
    forward = _axis(_local(network, np.unique(np.concatenate([tail[edges], network.head[edges]]))))
    toward = forward if direction is Direction.FORWARD else -forward
    left = edges
    while len(left):
        found = [_longest(network, tail, piece, toward, direction) for piece in _pieces(network, tail, left)]
        paths = [path for path in found if path is not None and network.metres[path].sum() >= least]
        paths.sort(key=lambda path: (-network.metres[path].sum(), path[0]))
        yield from paths
        left = left[~np.isin(left, np.concatenate(paths))] if paths else left[:0]


def _pieces(network: RoadNetwork, tail: Ints, edges: Ints) -> list[Ints]:
    """The edges by connected piece."""
    graph, _ = _graph(network, tail, edges)
    from scipy.sparse.csgraph import connected_components

    nodes = np.unique(np.concatenate([tail[edges], network.head[edges]]))
    _, label = connected_components(graph, directed=False)
    of_edge = label[np.searchsorted(nodes, tail[edges])]
    order = np.argsort(of_edge, kind="stable")
    return np.split(edges[order], np.flatnonzero(np.diff(of_edge[order])) + 1)


def _graph(network: RoadNetwork, tail: Ints, edges: Ints) -> tuple[Any, Ints]:
    """Matrix of metres over the nodes of some edges, and those nodes; of parallel edges the shortest."""
    from scipy.sparse import csr_array

    nodes, ends = np.unique(np.concatenate([tail[edges], network.head[edges]]), return_inverse=True)
    a, b = ends.reshape(2, -1)
    order = np.lexsort((edges, network.metres[edges], b, a))
    first = np.append(True, (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0))
    kept = order[first]
    # a length of zero would be no edge
    metres = np.maximum(network.metres[edges[kept]], 1e-9)
    return csr_array((metres, (a[kept], b[kept])), shape=(len(nodes), len(nodes))), nodes


def _longest(
    network: RoadNetwork, tail: Ints, piece: Ints, toward: Floats, direction: Direction
) -> Ints | None:
    """Edges of the longest shortest path that leads in a direction, or of the ring; None where there is none."""
    from scipy.sparse.csgraph import dijkstra

    graph, nodes = _graph(network, tail, piece)
    xy = _local(network, nodes)
    if _is_ring(graph, xy):
        ring = _around(graph, xy, direction)
        return None if ring is None else _as_edges(network, tail, piece, nodes[ring])
    ends = _ends(graph, xy @ toward)
    away, before = dijkstra(graph, indices=ends, return_predecessors=True)
    along = xy[ends] @ toward
    gain = np.where(np.isfinite(away[:, ends]) & (along[None, :] > along[:, None]), away[:, ends], -1.0)
    start, goal = np.unravel_index(int(gain.argmax()), gain.shape)
    if gain[start, goal] <= 0:
        return None
    path = [int(ends[goal])]
    while path[-1] != ends[start]:
        path.append(int(before[start, path[-1]]))
    return _as_edges(network, tail, piece, nodes[np.array(path[::-1])])


def _local(network: RoadNetwork, nodes: Ints) -> Floats:
    """East and north of nodes, in degrees of latitude."""
    lat = network.lat[nodes]
    return np.column_stack([network.lon[nodes] * np.cos(np.radians(lat.mean())), lat])


def _axis(xy: Floats) -> Floats:
    """Forward along the road: from the north, or from the east where it runs more east to west."""
    width, height = np.ptp(xy, axis=0)
    return np.array([0.0, -1.0]) if height >= width else np.array([-1.0, 0.0])


def _ends(graph: Any, along: Floats) -> Ints:
    """Nodes where a path may begin or end: no way in, no way out, one neighbour only, and the outermost two."""
    both = graph + graph.T
    neighbours = np.diff(both.indptr)
    out, into = np.diff(graph.indptr), np.bincount(graph.indices, minlength=graph.shape[0])
    outermost = [along.argmin(), along.argmax()]
    return np.unique([*np.flatnonzero((out == 0) | (into == 0) | (neighbours == 1)), *outermost])


def _is_ring(graph: Any, xy: Floats) -> bool:
    """Whether every node has two neighbours and what they enclose is round.

    Two carriageways that close on each other at both ends are no ring: they enclose next to nothing.
    """
    both = graph + graph.T
    if graph.shape[0] < 3 or (np.diff(both.indptr) != 2).any():
        return False
    x, y = xy[_walk(both)].T
    length = np.hypot(np.diff(x), np.diff(y)).sum()
    return bool(4 * np.pi * abs(_area(x, y)) >= ROUNDNESS * length**2)


def _walk(both: Any) -> Ints:
    """Nodes around a ring, from node 0 to node 0, along edges of either direction."""
    order = [0, int(both.indices[both.indptr[0]])]
    while order[-1] != 0:
        here = order[-1]
        first, second = both.indices[both.indptr[here] : both.indptr[here + 1]]
        order.append(int(second if first == order[-2] else first))
    return np.array(order)


def _area(x: Floats, y: Floats) -> float:
    """Area enclosed, negative if clockwise."""
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def _around(graph: Any, xy: Floats, direction: Direction) -> Ints | None:
    """Nodes of a ring clockwise (forward) or not, the northernmost first and last; None if it is one-way."""
    order = _walk(graph + graph.T)
    if (_area(*xy[order].T) < 0) != (direction is Direction.FORWARD):
        order = order[::-1]
    edges = graph.tocoo()
    if set(pairwise(order)) - set(zip(edges.row, edges.col, strict=True)):
        return None
    start = int(np.lexsort((xy[order[:-1], 0], -xy[order[:-1], 1]))[0])
    return np.append(np.roll(order[:-1], -start), order[start])


def _as_edges(network: RoadNetwork, tail: Ints, piece: Ints, nodes: Ints) -> Ints:
    """The edges of a path of nodes, of parallel ones the shortest."""
    order = np.lexsort((piece, network.metres[piece], network.head[piece], tail[piece]))
    ranked = piece[order]
    key = tail[ranked].astype(np.int64) * network.n_nodes + network.head[ranked]
    wanted = nodes[:-1].astype(np.int64) * network.n_nodes + nodes[1:]
    return ranked[np.searchsorted(key, wanted)]
