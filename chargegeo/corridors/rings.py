"""The directed world of one road number, outlines of paths, and rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.roads import RoadNetwork

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]

ROUNDNESS = 0.05  # area of a ring over that of a circle of the same length, at least
METRES_A_DEGREE = 111_195.0  # of latitude
RING_SHARE = 0.5  # of a piece that is a ring with spurs, the ring is at least this share


@dataclass(frozen=True, eq=False)
class World:
    """The network, the tail of each edge, the edge the other way on the same road (-1 if none), least metres.

    ``narrow`` is a degree of longitude by one of latitude, in the middle of the network.
    """

    network: RoadNetwork
    tail: Ints
    twin: Ints
    least: float
    narrow: float

    def length(self, path: Ints) -> float:
        """Metres of a path."""
        return float(self.network.metres[path].sum())

    def nodes(self, edges: Ints) -> Ints:
        """Nodes that edges join, ascending."""
        return np.unique(np.concatenate([self.tail[edges], self.network.head[edges]]))

    def ends(self, path: Ints) -> Floats:
        """East and north of first and last node."""
        return local(self.network, np.array([self.tail[path[0]], self.network.head[path[-1]]]))

    def closed(self, path: Ints) -> bool:
        """Whether a path ends where it began."""
        return bool(self.tail[path[0]] == self.network.head[path[-1]])


def local(network: RoadNetwork, nodes: Ints) -> Floats:
    """East and north of nodes, in degrees of latitude."""
    lat = network.lat[nodes]
    return np.column_stack([network.lon[nodes] * np.cos(np.radians(lat.mean())), lat])


def vertices(network: RoadNetwork, path: Ints) -> Floats:
    """Longitude and latitude of the vertices of a path in order of travel."""
    lines = network.line[path]
    first, last = network.line_start[lines], network.line_start[lines + 1]
    edge = np.repeat(np.arange(len(lines)), last - first)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    along = network.forward[path][edge]
    xy: Floats = network.line_xy[np.where(along, first[edge] + step, last[edge] - 1 - step)]
    return xy


def outline(network: RoadNetwork, path: Ints) -> Floats:
    """East and north of the vertices of a path, in degrees of latitude."""
    xy = vertices(network, path)
    return np.column_stack([xy[:, 0] * np.cos(np.radians(xy[:, 1].mean())), xy[:, 1]])


def area(xy: Floats) -> float:
    """Area of a closed outline, negative if clockwise."""
    (x, y), (u, v) = (xy - xy[0]).T, np.roll(xy - xy[0], -1, axis=0).T
    return float(np.sum(x * v - u * y)) / 2


def is_round(xy: Floats) -> bool:
    """Whether an outline, once closed, encloses much; two carriageways side by side enclose next to nothing."""
    length = np.hypot(*(np.roll(xy, -1, axis=0) - xy).T).sum()
    return bool(length > 0 and 4 * np.pi * abs(area(xy)) >= ROUNDNESS * length**2)


def rings(world: World, piece: Ints) -> list[Ints]:
    """The ring that a piece is, but for spurs, from its northernmost node, in each sense that can be driven."""
    twin = np.where(np.isin(world.twin[piece], piece), world.twin[piece], -1)
    links = piece[(twin < 0) | (piece < twin)]
    if len(links) != len(world.nodes(piece)):  # of a connected piece: not exactly one ring
        return []
    ring = _without_spurs(world, links)
    if world.length(ring) < max(world.least, RING_SHARE * world.length(links)):
        return []
    there, back = _around(world, ring, dict(zip(piece.tolist(), twin.tolist(), strict=True)))
    paths = [path for path in (there, back[::-1]) if (path >= 0).all()]
    if not paths or not is_round(outline(world.network, paths[0])):
        return []
    return [np.roll(path, -_northernmost(world, path)) for path in paths]


def _northernmost(world: World, ring: Ints) -> int:
    xy = local(world.network, world.tail[ring])
    return int(np.lexsort((xy[:, 0], -xy[:, 1]))[0])


def _without_spurs(world: World, links: Ints) -> Ints:
    """Links of the ring in a piece that has one."""
    nodes = world.nodes(links)
    ends = np.searchsorted(nodes, [world.tail[links], world.network.head[links]])
    kept = np.ones(len(links), dtype=bool)
    while True:
        alone = np.bincount(ends[:, kept].ravel(), minlength=len(nodes)) == 1
        spur = kept & alone[ends].any(axis=0)
        if not spur.any():
            return links[kept]
        kept = kept & ~spur


def _around(world: World, ring: Ints, twin: dict[int, int]) -> tuple[Ints, Ints]:
    """Edges of a ring in order of one sense, and those back beside each; -1 where there is none."""
    at: dict[int, list[int]] = {}
    for link in ring.tolist():
        for node in (world.tail[link], world.network.head[link]):
            at.setdefault(int(node), []).append(link)
    order: list[tuple[int, int]] = []
    link, here = int(ring[0]), int(world.tail[ring[0]])
    while len(order) < len(ring):
        along = int(world.tail[link]) == here
        order.append((link, twin[link]) if along else (twin[link], link))
        here = int(world.network.head[link] if along else world.tail[link])
        link = next((other for other in at[here] if other != link), link)
    there, back = np.array(order).T
    return there, back
