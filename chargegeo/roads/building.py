"""Raw roads made a network."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.errors import Fault, Finding, SchemaFault
from chargegeo.roads import driving
from chargegeo.roads.assemble import Edges, Lines, Nodes, assemble
from chargegeo.roads.contraction import Chains, chains
from chargegeo.roads.network import RoadNetwork
from chargegeo.roads.segments import Segments, cut
from chargegeo.roads.summing import facts
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo import region
    from chargegeo.roads.driving import Ways
    from chargegeo.sources.ways.raw import RawRoads

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Built:
    """A network, and what was repaired or left out on the way to it."""

    network: RoadNetwork
    findings: tuple[Finding, ...]


def build(raw: RawRoads, rules: region.Roads) -> Built:
    """The directed, contracted network of a map.

    Ways are classed by number and tag; those that no car may drive, that change direction by the hour, and (unless
    the rules give a speed and a wait) ferries are left out and counted. A barrier that stops a car cuts the road
    at its node, a node that the file lacks cuts its way. Lines that cross without a common node do not meet.

    Parameters
    ----------
    raw
        Its degrees count as WGS-84 where it states no datum.

    Returns
    -------
    Built
        ``network.about`` says what was left out and holds the figures of :func:`chargegeo.roads.facts`; the
        findings are those made here, not those of reading.

    Raises
    ------
    SchemaFault
        ``no_open_road``, if no way is left.
    """
    ways, findings, left_out = driving.judge(raw, rules)
    segments, nodes, n_cut = cut(raw, ways, driving.blocked_nodes(raw))
    if not len(segments.a):
        raise SchemaFault(Fault("no_open_road", file=raw.file, params={"n": len(raw.way_id)}))
    if n_cut:
        cuts = Fault("roads_barriers", file=raw.file, params={"n": n_cut})
        findings.append(Finding(Severity.WARNING, cuts, n_rows=n_cut))
    found = chains(segments, ways, len(nodes.node_id))
    kept, edges, lines = _stretches(segments, ways, nodes, found, raw.way_id)
    about = {
        "source": raw.file,
        "speed_kmh": dict(rules.speed_kmh),
        "ferry_kmh": rules.ferry_kmh,
        "ferry_wait_minutes": rules.ferry_wait_minutes,
        "drive_side": rules.drive_side,
        "ways_left_out": left_out,
        "barriers": n_cut,
    }
    network = assemble(kept, edges, lines, refs=ways.refs, about={})
    # a network is frozen once it is built, and its own figures are part of it
    object.__setattr__(network, "about", {**about, **facts(network)})
    return Built(network, tuple(findings))


def _stretches(
    segments: Segments, ways: Ways, nodes: Nodes, found: Chains, way_id: Ints
) -> tuple[Nodes, Edges, Lines]:
    """Nodes that are kept, an edge for each direction of each chain, and the geometry."""
    order, start = found.order, found.start[:-1]
    tail = np.where(found.turned, segments.b[order], segments.a[order])
    head = np.where(found.turned, segments.a[order], segments.b[order])
    begin, end = tail[start], head[found.start[1:] - 1]
    kept = np.zeros(len(nodes.node_id), dtype=bool)
    kept[begin] = kept[end] = True
    new = np.cumsum(kept, dtype=np.int32) - 1
    direction = segments.direction[order[start]] * np.where(found.turned[start], -1, 1)
    way = segments.way[order[start]]
    measures = segments.metres, segments.minutes, segments.imputed_metres
    metres, minutes, imputed = (np.add.reduceat(item[order], start) for item in measures)
    line = np.arange(len(start))
    road_class, ref = ways.road_class[way], ways.ref[way]
    along = Edges(new[begin], new[end], metres, minutes, imputed, road_class, ref, line, line >= 0)
    edges = _both(along, direction)
    vertices = _vertices(nodes, tail, end, found.start)
    lines = Lines(found.start + np.arange(len(found.start)), vertices, way_id[way])
    return Nodes(nodes.node_id[kept], nodes.lon[kept], nodes.lat[kept]), edges, lines


def _both(along: Edges, direction: Ints) -> Edges:
    """The edges that may be driven along the lines, then those against them."""
    against = replace(along, tail=along.head, head=along.tail, forward=~along.forward)
    there, back = along.take(direction >= 0), against.take(direction <= 0)
    return Edges(*(np.concatenate((getattr(there, f.name), getattr(back, f.name))) for f in fields(Edges)))


def _vertices(nodes: Nodes, tail: Ints, end: Ints, start: Ints) -> Floats:
    """Vertices of all lines: the tail of each segment, and the end of each line."""
    at = np.insert(tail, start[1:], end)
    return np.stack((nodes.lon[at], nodes.lat[at]), axis=1)
