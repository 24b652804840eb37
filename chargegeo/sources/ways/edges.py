"""Edges of a graph made ways: two opposite edges of one street are one way, and shapes run from node to node."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import datum
from chargegeo.sources.ways.placing import words
from chargegeo.sources.ways.raw import RawRoads
from chargegeo.vocab import Datum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Array = np.ndarray[Any, np.dtype[Any]]
    NodeTags = Mapping[str, tuple[Array, tuple[str, ...]]]

MAX_METRES = 40_100_000.0
"""No edge is longer than the earth is round."""
MAX_GAP_METRES = 1000.0
"""A shape begins and ends no further than this from the nodes of its edge."""
_SAME_DEGREES = 1e-7
_SAME_METRES = 1e-3


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges (e) of a graph in its order.

    ``ends`` (e, 2) are positions of nodes, ``shapes`` lines in degrees or None, ``metres`` stated lengths or NaN,
    ``osmids`` and ``tags`` texts of each, ``directed`` whether an edge is driven from its first node only, and
    ``alone`` whether it says itself that it is a one-way street.
    """

    ends: Array
    shapes: Array
    metres: Array
    osmids: Sequence[Sequence[str]]
    tags: Mapping[str, Sequence[Sequence[str]]]
    directed: Array
    alone: Array


def metres_good(metres: float) -> bool:
    """Whether a stated length can be one."""
    return 0 <= metres <= MAX_METRES


def true(text: object) -> bool:
    """Whether an attribute says yes."""
    return str(text).strip().lower() in ("true", "yes", "1")


def between(shapes: Array, nodes: Array, ends: Array) -> tuple[list[Array], Array]:
    """Vertices of each shape between its two nodes, in the direction of its edge, and the larger gap at an end.

    Parameters
    ----------
    shapes
        (e) lines in degrees, or None.
    nodes, ends
        Degrees (n, 2) of the nodes, and the two nodes (e, 2) of each edge.

    Returns
    -------
    (e) arrays (k, 2) in degrees, and (e) metres from the ends of the shape to its nodes, 0 where there is none.
    """
    import shapely

    gaps = np.zeros(len(shapes))
    drawn = np.flatnonzero(shapely.get_num_coordinates(shapes) > 1)
    if not len(drawn):
        return [np.empty((0, 2))] * len(shapes), gaps
    first, last = (shapely.get_coordinates(shapely.get_point(shapes[drawn], at)) for at in (0, -1))
    tail, head = nodes[ends[drawn, 0]], nodes[ends[drawn, 1]]
    turned = _apart(first, head) + _apart(last, tail) < _apart(first, tail) + _apart(last, head)
    lines = shapes.copy()
    lines[drawn[turned]] = shapely.reverse(shapes[drawn[turned]])
    first, last = np.where(turned[:, None], last, first), np.where(turned[:, None], first, last)
    gaps[drawn] = np.maximum(_metres(first, tail), _metres(last, head))
    spots, owner = shapely.get_coordinates(lines, return_index=True)
    tails, heads = nodes[ends[owner, 0]], nodes[ends[owner, 1]]
    opens, closes = np.r_[True, np.diff(owner) > 0], np.r_[np.diff(owner) > 0, True]
    # an end that lies on its node is that node
    keep = ~(opens & (_apart(spots, tails) < _SAME_DEGREES) | closes & (_apart(spots, heads) < _SAME_DEGREES))
    count = np.bincount(owner[keep], minlength=len(shapes))
    return np.split(spots[keep], np.cumsum(count)[:-1]), gaps


def _apart(one: Array, other: Array) -> Array:
    found: Array = np.abs(one - other).max(axis=1, initial=0.0)
    return found


def _metres(one: Array, other: Array) -> Array:
    return datum.metres_between(one[:, 0], one[:, 1], other[:, 0], other[:, 1])


def partners(edges: Edges, inner: Sequence[Array]) -> Array:
    """For each edge (e) the later one that is the same street driven the other way, -1 where there is none.

    Two directed edges are one street if they join the same nodes in opposite directions, neither says that it is a
    one-way street, and ``osmid``, ``highway``, ``ref``, length and the vertices between agree.
    """
    found = np.full(len(edges.ends), -1, dtype=np.int64)
    waiting: dict[Any, list[int]] = {}
    marks = zip(edges.osmids, edges.tags["highway"], edges.tags["ref"], strict=True)
    rows = zip(edges.ends.tolist(), marks, (edges.directed & ~edges.alone).tolist(), strict=True)
    for i, ((tail, head), mark, may) in enumerate(rows):
        if not may:
            continue
        bare = tuple(map(frozenset, mark))
        mates = waiting.get((head, tail, bare), [])
        mate = next((j for j in mates if _alike(edges.metres, inner, i, j)), None)
        if mate is None:
            waiting.setdefault((tail, head, bare), []).append(i)
        else:
            mates.remove(mate)
            found[mate] = i
    return found


def _alike(metres: Array, inner: Sequence[Array], i: int, j: int) -> bool:
    """Whether two edges are as long, and drawn alike in opposite directions."""
    one, other = float(metres[i]), float(metres[j])
    if math.isnan(one) != math.isnan(other) or abs(one - other) > _SAME_METRES:
        return False
    there, back = inner[i], inner[j][::-1]
    if not len(there):
        return not len(back)
    return len(there) == len(back) and bool(np.abs(there - back).max() < _SAME_DEGREES)


def ids(texts: Sequence[str], *, unique: bool) -> Array:
    """The texts as numbers; numbered from 1 where one is no whole number below 1e18, or not unique."""
    whole = all(text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 19 for text in texts)
    numbers = np.arange(1, len(texts) + 1, dtype=np.int64)
    found = np.array(texts, dtype=np.int64) if whole else numbers
    return numbers if unique and len(np.unique(found)) < len(found) else found


def roads(bare: RawRoads, edges: Edges, inner: Sequence[Array], way_id: Array) -> RawRoads:
    """The ways of all edges, a street of two opposite edges once.

    Parameters
    ----------
    bare
        Nodes in any order, with their tags by position, and nothing else.
    inner
        Vertices between the ends, as :func:`between` gives them.
    way_id
        int64 (e): id of the way of each edge.

    Returns
    -------
    RawRoads
        Vertices that are no nodes have ids above those of the nodes.
    """
    partner = partners(edges, inner)
    kept = np.ones(len(partner), dtype=bool)
    kept[partner[partner >= 0]] = False
    at = np.flatnonzero(kept)
    used = [each for each, keep in zip(inner, kept, strict=True) if keep]
    order = np.argsort(bare.node_id, kind="stable")
    position = np.empty(len(order), dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    start, nodes = _vertices(position[edges.ends[at]], np.array([len(each) for each in used]), len(order))
    more = np.concatenate([np.empty((0, 2)), *used])
    made = int(bare.node_id.max(initial=0)) + 1 + np.arange(len(more))
    return replace(
        bare,
        node_id=np.append(bare.node_id[order], made),
        lon=np.append(bare.lon[order], more[:, 0]),
        lat=np.append(bare.lat[order], more[:, 1]),
        way_id=way_id[at],
        start=start,
        nodes=nodes,
        tags=_tags(edges, partner, at),
        node_tags=_sorted(bare.node_tags, position),
        metres=edges.metres[at],
    )


def bare(file: str, node_id: Array, places: Array, node_tags: NodeTags) -> RawRoads:
    """Nodes without ways: ids (n), degrees (n, 2) and tags by position."""
    none = np.empty(0, dtype=np.int64)
    return RawRoads(
        file, "graphml", node_id, places[:, 0], places[:, 1], none, none, none, {}, node_tags, datum=Datum.WGS84
    )  # fmt: skip


def _vertices(ends: Array, count: Array, n: int) -> tuple[Array, Array]:
    """Where each way begins, and the nodes of all ways: those between the ends follow the ``n`` nodes."""
    start = np.concatenate([[0], np.cumsum(count + 2)]).astype(np.int64)
    nodes = np.empty(start[-1], dtype=np.int32)
    inner = np.ones(len(nodes), dtype=bool)
    for at, which in ((start[:-1], 0), (start[1:] - 1, 1)):
        nodes[at] = ends[:, which]
        inner[at] = False
    nodes[inner] = n + np.arange(int(count.sum()))
    return start, nodes


def _tags(edges: Edges, partner: Array, at: Array) -> dict[str, Any]:
    """Tags of the ways; where the speeds of two opposite edges differ, the way has both."""
    columns = {key: [";".join(texts[i]) or None for i in at] for key, texts in edges.tags.items()}
    speeds = edges.tags["maxspeed"]
    for row, i in enumerate(at):
        j = partner[i]
        if j >= 0 and set(map(_rounded, speeds[i])) != set(map(_rounded, speeds[j])):
            columns["maxspeed"][row] = ";".join(dict.fromkeys([*speeds[i], *speeds[j]]))
    oneway = edges.directed & (partner < 0)
    columns["oneway"] = ["yes" if oneway[i] else "no" for i in at]
    return words(columns)


def _rounded(text: str) -> str:
    """A speed without the noise of its last digits."""
    try:
        return f"{float(text):.3f}"
    except ValueError:
        return text


def _sorted(node_tags: NodeTags, position: Array) -> dict[str, tuple[Array, tuple[str, ...]]]:
    found = {}
    for key, (at, texts) in node_tags.items():
        order = np.argsort(position[at], kind="stable")
        found[key] = position[at][order], tuple(texts[i] for i in order)
    return found
