"""Ways cut into segments: two vertices, a length and a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import datum
from chargegeo.roads.assemble import Nodes

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from chargegeo.roads.driving import Ways
    from chargegeo.sources.ways.raw import RawRoads

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Segments:
    """Segments in the order of the ways: from node ``a`` to node ``b`` of way ``way``.

    ``direction`` is 1 (only from a to b), -1 (only from b to a) or 0; ``follows`` holds where a segment goes on
    from the one before it, in the same way and at the same node.
    """

    a: Ints
    b: Ints
    way: Ints
    metres: Floats
    minutes: Floats
    imputed_metres: Floats
    direction: Ints
    follows: Bools


def cut(raw: RawRoads, ways: Ways, blocked: Bools) -> tuple[Segments, Nodes, int]:
    """The segments of all ways that are driven, their nodes, and how many nodes with a barrier cut them.

    A segment that lacks a node of the file is left out, and so is one from a node to itself. Each end of a
    segment at a blocked node becomes a node of its own, with a negative id.
    """
    driven = ways.road_class >= 0
    way = np.repeat(np.arange(len(driven), dtype=np.int32), np.diff(raw.start))[:-1]
    there = driven[way]
    # the last vertex of a way begins no segment
    last = raw.start[1:][np.diff(raw.start) > 0] - 1
    there[last[last < len(there)]] = False
    a, b = raw.nodes[:-1], raw.nodes[1:]
    there &= (a >= 0) & (b >= 0) & (a != b)
    at = np.flatnonzero(there)
    a, b, way = a[at], b[at], way[at]
    follows = np.zeros(len(at), dtype=bool)
    follows[1:] = (at[1:] == at[:-1] + 1) & (way[1:] == way[:-1])
    lon, lat = datum.to_wgs84(raw.lon, raw.lat, raw.datum or "wgs84")
    metres = _metres(raw, way, datum.metres_between(lon[a], lat[a], lon[b], lat[b]))
    minutes = metres / ways.kmh[way] * 0.06 + _waiting(ways, way, metres)
    imputed = np.where(ways.imputed[way], metres, 0.0)
    nodes, a, b, n_cut = _at_barriers(Nodes(raw.node_id, lon, lat), a, b, blocked)
    return Segments(a, b, way, metres, minutes, imputed, ways.direction[way], follows), nodes, n_cut


def _metres(raw: RawRoads, way: Ints, drawn: Floats) -> Floats:
    """Length of each segment: as drawn, or the stated length of its way in the proportions drawn."""
    if raw.metres is None:
        return drawn
    total = np.bincount(way, drawn, minlength=len(raw.way_id))
    count = np.bincount(way, minlength=len(raw.way_id))
    # a way that lacks a vertex is shorter than the file says
    usable = (raw.metres >= 0) & (raw.metres < np.inf) & (count == np.diff(raw.start) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(total[way] > 0, drawn / total[way], 1 / count[way])
    return np.where(usable[way], raw.metres[way] * spread, drawn)


def _waiting(ways: Ways, way: Ints, metres: Floats) -> Floats:
    """Minutes of waiting of each segment: those of its way, once, in proportion to its length."""
    if not ways.wait[way].any():
        return np.zeros(len(way))
    total = np.bincount(way, metres, minlength=len(ways.wait))
    count = np.bincount(way, minlength=len(ways.wait))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total[way] > 0, metres / total[way], 1 / count[way])
    return ways.wait[way] * share


def _at_barriers(nodes: Nodes, a: Ints, b: Ints, blocked: Bools) -> tuple[Nodes, Ints, Ints, int]:
    """Nodes and ends with a node of its own for each end at a barrier."""
    ends = np.stack((a, b), axis=1).ravel()
    at = np.flatnonzero(blocked[ends])
    n, old = len(nodes.node_id), ends[at]
    ends[at] = n + np.arange(len(at), dtype=ends.dtype)
    lowest = min(int(nodes.node_id.min(initial=0)), 0)
    more = Nodes(
        np.append(nodes.node_id, lowest - 1 - np.arange(len(at))),
        np.append(nodes.lon, nodes.lon[old]),
        np.append(nodes.lat, nodes.lat[old]),
    )
    return more, ends[::2], ends[1::2], len(np.unique(old))
