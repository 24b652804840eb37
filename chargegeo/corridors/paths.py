"""Road numbers as directed paths with chainage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.corridors import carriageways, rings
from chargegeo.corridors.rings import World
from chargegeo.vocab import Direction, RoadClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.roads import RoadNetwork

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

CLASSES = (RoadClass.EXPRESSWAY, RoadClass.NATIONAL, RoadClass.PROVINCIAL)
LEAST_KM = 5.0
FOLDED = 0.05  # ends nearer than this share of the way between them: it may be out and back again
TWIN_WEIGHT = 1e-3  # what a metre counts on the way back that was taken on the way out


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
        Number of the stretch, the same in both directions: 1 for the longest path of the number (both
        directions together); pieces beyond a gap of the map, then branches follow. A stretch that has one
        direction only has its number for itself.
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
        Paths shorter than this are left out.

    Returns
    -------
    Corridors by number, direction and part. A road that is one-way in the network has one direction only; a road
    with several numbers belongs to each of them.

    Notes
    -----
    Of each connected piece of a number the ring is taken, where it is one, else the longest of all shortest paths
    between its ends and the way back; then, of what is left, the next, until nothing of ``least_km`` remains.
    Paths without a way back are paired by their ends, as the carriageways of one stretch. A path counts forward
    if it leads, end to end and compared with its counterpart, along the axis of the whole number; a lone path
    beside edges that have a direction already, the other way. Chainage starts at the end of the network, not at
    the road's own kilometre posts, which no map gives.
    """
    tail, found = network.tail, []
    by_ref = _edges_by_ref(network, classes)
    numbered = np.unique(np.concatenate(list(by_ref.values()))) if by_ref else np.empty(0, dtype=np.int64)
    twins = _twins(network, tail, numbered, 1000 * least_km)
    world = World(network, tail, twins, 1000 * least_km, float(np.cos(np.radians(network.lat.mean()))))
    for ref, edges in sorted(by_ref.items()):
        parts = _parts(world, edges)
        for direction in Direction:
            found += [
                _corridor(network, tail, ref, direction, part, stretch[direction])
                for part, stretch in enumerate(parts, start=1)
                if direction in stretch
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
    edges = np.flatnonzero(wanted & (network.ref >= 0))
    order = edges[np.argsort(network.ref[edges], kind="stable")]
    found: dict[str, list[Ints]] = {}
    for part in np.split(order, np.flatnonzero(np.diff(network.ref[order])) + 1) if len(order) else ():
        for ref in dict.fromkeys(network.refs[network.ref[part[0]]].split(";")):
            found.setdefault(ref, []).append(part)
    return {ref: np.sort(np.concatenate(parts)) for ref, parts in found.items()}


def _twins(network: RoadNetwork, tail: Ints, edges: Ints, least: float) -> Ints:
    """The edge back along the same line, else between the same two nodes, the first with the first; -1 if none.

    Two one-way edges that enclose something round are a ring of two nodes, no carriageways of one road.
    """
    twin = np.full(network.n_edges, -1, dtype=np.int64)
    a, b = _matched(edges, [network.line[edges]], network.forward[edges])
    twin[a], twin[b] = b, a
    lone = edges[(twin[edges] < 0) & (tail[edges] != network.head[edges])]
    u, v = tail[lone], network.head[lone]
    order = np.lexsort((lone, network.metres[lone]))
    lone, u, v = lone[order], u[order], v[order]
    for a, b in zip(*_matched(lone, [np.minimum(u, v), np.maximum(u, v)], u < v), strict=True):
        both = np.array([a, b])
        if network.metres[both].sum() < least or not rings.is_round(rings.outline(network, both)):
            twin[a], twin[b] = b, a
    return twin


def _matched(edges: Ints, keys: list[Ints], sense: Bools) -> tuple[Ints, Ints]:
    """Edges of the same keys and opposite sense, the first of one with the first of the other."""
    import pandas as pd

    table = pd.DataFrame({"edge": edges, "sense": sense, **{str(i): key for i, key in enumerate(keys)}})
    names = [str(i) for i in range(len(keys))]
    table["rank"] = table.groupby([*names, "sense"]).cumcount()
    pairs = table[table["sense"]].merge(table[~table["sense"]], on=[*names, "rank"])
    return pairs["edge_x"].to_numpy(), pairs["edge_y"].to_numpy()


def _parts(world: World, edges: Ints) -> list[dict[Direction, Ints]]:
    """Stretches of one number, each in one direction or both: main paths before branches, the longest first."""
    toward = _axis(rings.local(world.network, world.nodes(edges)))
    stretches, left, level = [], _pieces(world, edges), 0
    while left:
        found = [paths for piece in left if (paths := _paths(world, piece, toward))]
        long = [paths for paths in found if max(map(world.length, paths)) >= world.least]
        stretches += [
            (level, [path for path in paths if world.length(path) >= world.least]) for paths in long
        ]
        taken = np.concatenate([edges[:0], *(path for paths in long for path in paths)])
        beside = [piece[~np.isin(piece, taken)] for piece in left if np.isin(piece, taken).any()]
        left, level = _pieces(world, np.concatenate([edges[:0], *beside])), level + 1
    return carriageways.directed(world, carriageways.paired(world, stretches), toward)


def _pieces(world: World, edges: Ints) -> list[Ints]:
    """The edges by connected piece; none whose edges together are too short for a path."""
    from scipy.sparse.csgraph import connected_components

    if not len(edges):
        return []
    graph, nodes = _graph(world, edges, world.network.metres[edges])
    _, label = connected_components(graph, directed=False)
    of_edge = label[np.searchsorted(nodes, world.tail[edges])]
    order = np.argsort(of_edge, kind="stable")
    pieces = np.split(edges[order], np.flatnonzero(np.diff(of_edge[order])) + 1)
    enough = np.bincount(of_edge, world.network.metres[edges]) >= (1 - 1e-9) * world.least
    return [piece for piece, long in zip(pieces, enough, strict=True) if long]


def _graph(world: World, edges: Ints, weight: Floats) -> tuple[Any, Ints]:
    """Matrix of weights over the nodes of some edges, and those nodes; of parallel edges the lightest."""
    from scipy.sparse import csr_array

    head = world.network.head[edges]
    nodes, ends = np.unique(np.concatenate([world.tail[edges], head]), return_inverse=True)
    a, b = ends.reshape(2, -1)
    order = np.lexsort((edges, weight, b, a))
    first = np.append(True, (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0))
    kept = order[first & (a[order] != b[order])]
    # a length of zero would be no edge
    return csr_array(
        (np.maximum(weight[kept], 1e-9), (a[kept], b[kept])), shape=(len(nodes), len(nodes))
    ), nodes


def _paths(world: World, piece: Ints, toward: Floats) -> list[Ints]:
    """The ring of a piece in one sense or both, else its longest path and the way back if there is one."""
    around = rings.rings(world, piece)
    path = None if around else _longest(world, piece, toward)
    if path is None:
        return around
    rest = piece[~np.isin(piece, path)]
    back = _way(world, rest, path)
    return [path] if back is None else [path, back]


def _longest(world: World, piece: Ints, toward: Floats) -> Ints | None:
    """Edges of the longest shortest path between two ends; None without any.

    Ends are dead ends and the outermost nodes along the axis; where there are none, or every path between them
    turns and comes back beside itself, the outermost nodes in eight directions as well.
    """
    graph, nodes = _graph(world, piece, world.network.metres[piece])
    xy = rings.local(world.network, nodes)
    dead, along, angles = _dead_ends(graph), xy @ toward, np.arange(8) * np.pi / 4
    few = np.unique([*dead, along.argmin(), along.argmax()])
    wide = (xy @ np.array([np.cos(angles), np.sin(angles)])).argmax(axis=0)
    many = np.unique([*few, *wide])
    for ends, folded in ((few[: len(few) * len(dead)], False), (many, False), (many, True)):
        path = _between(world, piece, (graph, nodes), ends, folded=folded)
        if path is not None:
            return path
    return None


def _between(world: World, piece: Ints, given: tuple[Any, Ints], ends: Ints, *, folded: bool) -> Ints | None:
    """The longest of the shortest paths between some ends; where one can return, the shorter way counts."""
    from scipy.sparse.csgraph import dijkstra

    graph, nodes = given
    if not len(ends):
        return None
    away, before = dijkstra(graph, indices=ends, return_predecessors=True)
    there = away[:, ends]
    gain = np.where(np.isfinite(there), np.minimum(there, there.T), 0.0)
    for pair in np.lexsort((-there.ravel(), -gain.ravel())):
        start, goal = np.unravel_index(int(pair), gain.shape)
        if gain[start, goal] <= 0:
            break
        path = _traced(world, piece, nodes, before[start], (int(ends[start]), int(ends[goal])))
        if folded or not _is_folded(world, path):
            return path
    return None


def _is_folded(world: World, path: Ints) -> bool:
    """Whether a path on one-way roads ends beside its beginning: out on one carriageway, back on the other."""
    a, b = world.ends(path)
    near = np.hypot(*(a - b)) * rings.METRES_A_DEGREE < FOLDED * world.length(path)
    one_way = (world.twin[path] < 0).any()
    return bool(near and one_way and not rings.is_round(rings.outline(world.network, path)))


def _way(world: World, edges: Ints, out: Ints) -> Ints | None:
    """The way back of a path, on the same road wherever it can be; None without any."""
    from scipy.sparse.csgraph import dijkstra

    start, goal = world.network.head[out[-1]], world.tail[out[0]]
    weight = world.network.metres[edges] * np.where(np.isin(edges, world.twin[out]), TWIN_WEIGHT, 1.0)
    if not len(edges) or not np.isin([start, goal], world.nodes(edges)).all():
        return None
    graph, nodes = _graph(world, edges, weight)
    ends = tuple(int(item) for item in np.searchsorted(nodes, [start, goal]))
    away, before = dijkstra(graph, indices=ends[0], return_predecessors=True)
    if not np.isfinite(away[ends[1]]):
        return None
    return _traced(world, edges, nodes, before, (ends[0], ends[1]), weight)


def _traced(
    world: World, edges: Ints, nodes: Ints, before: Ints, ends: tuple[int, int], weight: Floats | None = None
) -> Ints:
    """The edges of a path found by its predecessors, of parallel ones the lightest."""
    path = [ends[1]]
    while path[-1] != ends[0]:
        path.append(int(before[path[-1]]))
    passed, n = nodes[np.array(path[::-1])].astype(np.int64), world.network.n_nodes
    weight = world.network.metres[edges] if weight is None else weight
    key = world.tail[edges].astype(np.int64) * n + world.network.head[edges]
    order = np.lexsort((edges, weight, key))
    found: Ints = edges[order][np.searchsorted(key[order], passed[:-1] * n + passed[1:])]
    return found


def _axis(xy: Floats) -> Floats:
    """Forward along the road: from the north, or from the east where it runs more east to west."""
    width, height = np.ptp(xy, axis=0)
    return np.array([0.0, -1.0]) if height >= width else np.array([-1.0, 0.0])


def _dead_ends(graph: Any) -> Ints:
    """Nodes with no way in, no way out, or one neighbour only."""
    n, out = graph.shape[0], np.diff(graph.indptr)
    into = np.bincount(graph.indices, minlength=n)
    tail, head = np.repeat(np.arange(n), out), graph.indices.astype(np.int64)
    pairs = np.unique(np.minimum(tail, head) * n + np.maximum(tail, head))
    neighbours = np.bincount(np.concatenate(np.divmod(pairs, n)), minlength=n)
    return np.flatnonzero((out == 0) | (into == 0) | (neighbours == 1))
