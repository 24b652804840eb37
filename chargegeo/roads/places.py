"""Places put into a network as nodes of their own."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chargegeo.roads import nearby
from chargegeo.roads.assemble import Edges, Lines, Nodes, assemble, pointers

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.roads.nearby import Floats, Ints
    from chargegeo.roads.network import RoadNetwork

_SAME_SHARE = 1e-9
_SAME_M = 0.01


class _Cuts(NamedTuple):
    """New nodes by line, then share of its length as drawn; how many a line has (``n``), where they begin."""

    line: Ints
    share: Floats
    n: Ints
    start: Ints


def with_places(network: RoadNetwork, snaps: pd.DataFrame) -> tuple[RoadNetwork, NDArray[np.int32]]:
    """A network in which every snapped place is a node, and the node of each place.

    The edges of a line, in both directions, are cut where places lie, and share out length and time by the
    share of the line. A place at the end of an edge takes the node there, places at one point share a node
    (within 0.01 m or 1e-9 of the length). Nodes keep their index and shortest ways between them their length;
    new nodes follow with new, negative ids. A line keeps its index for its first piece; further pieces follow.

    Parameters
    ----------
    snaps
        Contract ``snaps`` of this network (p).

    Returns
    -------
    The new network, and int32 (p): -1 where a place was not snapped.
    """
    edge = snaps["edge"].fillna(-1).to_numpy(dtype=np.int64)
    share = snaps["fraction"].to_numpy(dtype=np.float64)
    node = _at_ends(network, edge, share)
    inner = np.flatnonzero((edge >= 0) & (node < 0))
    if not len(inner):
        return network, node
    edge, share = edge[inner], share[inner]
    drawn = np.where(network.forward[edge], share, 1 - share)
    cuts, which = _cuts(network, edge, drawn)
    node[inner] = network.n_nodes + which
    lines, xy = _cut_lines(network, cuts)
    ids = min(int(network.node_id.min()), 0) - 1 - np.arange(len(cuts.line))
    nodes = Nodes(
        np.concatenate((network.node_id, ids)),
        np.concatenate((network.lon, xy[:, 0])),
        np.concatenate((network.lat, xy[:, 1])),
    )
    edges = _cut_edges(network, cuts)
    return assemble(nodes, edges, lines, refs=network.refs, about=network.about), node


def _at_ends(network: RoadNetwork, edge: Ints, share: Floats) -> NDArray[np.int32]:
    """Node of each place that lies at an end of its edge; -1 for the others."""
    node = np.full(len(edge), -1, dtype=np.int32)
    rows = np.flatnonzero(edge >= 0)
    at, f, metres = edge[rows], share[rows], network.metres[edge[rows]]
    slack = np.maximum(_SAME_SHARE * metres, _SAME_M)
    ending = ((1 - f) * metres < slack) | (1 - f <= _SAME_SHARE)
    node[rows[ending]] = network.head[at[ending]]
    beginning = (f * metres < slack) | (f <= _SAME_SHARE)
    node[rows[beginning]] = np.searchsorted(network.indptr, at[beginning], side="right") - 1
    return node


def _cuts(network: RoadNetwork, edge: Ints, share: Floats) -> tuple[_Cuts, Ints]:
    """The cuts, and which one each place is."""
    line = network.line[edge]
    order = np.lexsort((share, line))
    gap = np.maximum(_SAME_SHARE, _SAME_M / network.metres[edge[order[1:]]])
    new = np.append(True, (np.diff(line[order]) != 0) | (np.diff(share[order]) > gap))
    which = np.empty(len(order), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    line, share = line[order[new]], share[order[new]]
    start = pointers(line, len(network.way))
    return _Cuts(line, share, np.diff(start), start[:-1]), which


def _cut_edges(network: RoadNetwork, cuts: _Cuts) -> Edges:
    """All edges, those of cut lines in pieces; in the order of the network but for the pieces."""
    n, m = network.n_nodes, len(network.way)
    old = Edges(**{item.name: getattr(network, item.name) for item in fields(Edges)})
    count = cuts.n[network.line]
    cut = np.flatnonzero(count)
    piece = np.repeat(cut, count[cut] + 1)
    line, forward = network.line[piece], network.forward[piece]
    driven = _ragged(np.zeros(len(cut), dtype=np.int64), count[cut] + 1)
    last = count[piece]
    drawn = np.where(forward, driven, last - driven)
    # the cuts where a piece begins and ends, as drawn
    begin, end = cuts.start[line] + drawn - 1, cuts.start[line] + drawn
    share = np.append(cuts.share, 1.0)
    width = np.where(drawn == last, 1.0, share[end]) - np.where(drawn == 0, 0.0, share[begin])
    tail = np.where(driven == 0, old.tail[piece], n + np.where(forward, begin, end))
    head = np.where(driven == last, old.head[piece], n + np.where(forward, end, begin))
    pieces = old.take(piece)
    new = Edges(
        tail,
        head,
        pieces.metres * width,
        pieces.minutes * width,
        pieces.imputed_metres * width,
        pieces.road_class,
        pieces.ref,
        np.where(drawn == 0, line, m + begin),
        forward,
    )
    kept = old.take(count == 0)
    names = [item.name for item in fields(Edges)]
    return Edges(*(np.concatenate((getattr(kept, name), getattr(new, name))) for name in names))


def _cut_lines(network: RoadNetwork, cuts: _Cuts) -> tuple[Lines, Floats]:
    """Lines in pieces, the first in the place of the whole, and the degrees of the cuts."""
    m = len(network.way)
    cut_lines = np.flatnonzero(cuts.n)
    row, at, xy = _merged(network, cuts, cut_lines)
    # a cut stands twice: as the end of one piece and the beginning of the next
    record = np.repeat(np.arange(len(at)), np.where(at < 0, 1, 2))
    again = np.append(False, record[1:] == record[:-1])
    first = np.flatnonzero(again | np.append(True, np.diff(row[record]) != 0))
    line = np.where(again[first], m + at[record[first]], cut_lines[row[record[first]]])
    begin = np.append(network.line_start[:-1], cuts.line)
    size = np.append(np.diff(network.line_start), cuts.line)
    begin[line] = len(network.line_xy) + first
    size[line] = np.diff(np.append(first, len(record)))
    source = np.concatenate((network.line_xy, xy[record]))[_ragged(begin, size)]
    way = np.concatenate((network.way, network.way[cuts.line]))
    return Lines(np.append(0, np.cumsum(size)), source, way), xy[at >= 0]


def _merged(network: RoadNetwork, cuts: _Cuts, cut_lines: Ints) -> tuple[Ints, Ints, Floats]:
    """Vertices and cuts of the lines that are cut, in order along each: line, cut (-1: a vertex), degrees."""
    size = np.diff(network.line_start)[cut_lines]
    xy = network.line_xy[_ragged(network.line_start[cut_lines], size)]
    row = np.append(np.repeat(np.arange(len(size)), size), np.searchsorted(cut_lines, cuts.line))
    share = np.append(_shares(xy, np.append(0, np.cumsum(size))), cuts.share)
    at = np.append(np.full(len(xy), -1), np.arange(len(cuts.line)))
    order = np.lexsort((at, share, row))
    row, share, at = row[order], share[order], at[order]
    xy = np.concatenate((xy, np.zeros((len(cuts.line), 2))))[order]
    is_cut, here = at >= 0, np.arange(len(at))
    before = np.maximum.accumulate(np.where(is_cut, 0, here))[is_cut]
    after = np.minimum.accumulate(np.where(is_cut, len(at), here)[::-1])[::-1][is_cut]
    part = (share[is_cut] - share[before]) / (share[after] - share[before])
    xy[is_cut] = xy[before] + part[:, None] * (xy[after] - xy[before])
    # a vertex where a cut lies gives way to it
    close = (np.diff(row) == 0) & (np.diff(share) <= _SAME_SHARE)
    doubled = np.append(close & is_cut[1:], False) | np.append(False, close & is_cut[:-1])
    kept = is_cut | ~doubled | (share == 0) | (share == 1)
    return row[kept], at[kept], xy[kept]


def _shares(xy: Floats, start: Ints) -> Floats:
    """Share of the length of its line that lies before each vertex; 1 at the last one, however short."""
    metres = nearby.along(xy, start)
    total = np.repeat(metres[start[1:] - 1], np.diff(start))
    share = np.divide(metres, total, out=np.zeros(len(xy)), where=total > 0)
    share[start[1:] - 1] = 1
    return share


def _ragged(begin: Ints, size: Ints) -> Ints:
    """Positions of runs that begin somewhere and have a size, one after another."""
    end = np.cumsum(size)
    found: Ints = np.arange(end[-1]) + np.repeat(begin - (end - size), size)
    return found
