"""Where a place enters the network, by purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from chargegeo import datum, schema
from chargegeo.roads import nearby, sides
from chargegeo.roads.assemble import POSITION, components, strong_parts
from chargegeo.vocab import Purpose, RoadClass, Snap

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chargegeo.region import Roads
    from chargegeo.roads.nearby import Bools, Floats, Ints, Segments
    from chargegeo.roads.network import RoadNetwork

DOUBT_M = 15.0  # a place so near to the middle of an expressway says nothing about its side
_COARSE_M = 10_000.0
_FAR_M = 100_000.0  # beyond it a distance says nothing
_SHUT = (RoadClass.EXPRESSWAY, RoadClass.RAMP, RoadClass.FERRY)
_INSIDE = (RoadClass.EXPRESSWAY, RoadClass.RAMP, RoadClass.SERVICE)


def snap(
    network: RoadNetwork,
    lon: ArrayLike,
    lat: ArrayLike,
    purpose: Purpose | str,
    rules: Roads,
    *,
    limit_m: float | None = None,
) -> pd.DataFrame:
    """Road that each place enters, and where.

    Seats and stations enter the nearest road that is no expressway, ramp or ferry, and of these first one of
    the largest part of the network in which every place can be reached from every other, if it lies within the
    limit (``main_part`` says which it is). A seat enters no service road that joins only expressways and ramps:
    that is the inside of a service area.

    A service area enters the nearest expressway, ramp, or service road joined to one, that can be reached in a
    straight line without crossing an expressway: a carriageway only from its outer side, which is the right one
    where ``rules.drive_side`` is right. Its side is in doubt, and it enters nothing, if it lies on the inner
    side of every carriageway within the limit, or nearer than 15 m to the middle between two opposite ones. An
    area between the carriageways, entered from their inner sides, is in doubt too.

    Of a road for both directions the edge of lower index is given; ties go to the lowest edge.

    Parameters
    ----------
    lon, lat
        Degrees, WGS-84 (p); NaN where a place has no position.
    purpose
        A word of :class:`chargegeo.vocab.Purpose`.
    rules
        How roads are driven in the region.
    limit_m
        Longest straight way to a road (m); by default that of ``rules`` for the purpose.

    Returns
    -------
    Contract ``snaps``, p rows in the order of the places. Distances are within 0.5 m of the geodesic up to
    3 km; beyond the limit they are null where no road lies within 100 km.
    """
    purpose = Purpose(purpose)
    limit = float(rules.snap_m[purpose] if limit_m is None else limit_m)
    points = np.column_stack(np.broadcast_arrays(np.ravel(lon), np.ravel(lat))).astype(np.float64)
    sought = np.flatnonzero((np.abs(points) <= (180, 90)).all(axis=1))
    status = np.full(len(points), Snap.NO_POSITION, dtype=object)
    status[sought] = Snap.NO_ROAD
    found = _Found(len(points))
    main = _main_edges(network)
    segs = nearby.segments(network, _allowed(network, purpose))
    if len(sought) and len(segs.edge):
        there = np.column_stack((points[sought], *nearby.metres_per_degree(points[sought, 1])))
        if purpose is Purpose.SERVICE_AREA:
            kind, turn = _kinds(network, segs, rules)
            part = _beside(there, segs, kind, turn, limit)
        else:
            part = _from_the_side(there, segs, main[segs.edge], limit)
        found.put(sought, part)
        status[sought] = Snap.SNAPPED
        status[sought[~(found.leg_m[sought] <= limit)]] = Snap.BEYOND_LIMIT
        status[found.doubtful] = Snap.DOUBTFUL_SIDE
    return _table(network, segs, found, status, main, rules)


class _Found:
    """What was found for each place: segment (-1: none), foot, way to it, side, doubt."""

    def __init__(self, n: int) -> None:
        self.segment = np.full(n, -1)
        self.foot = np.full((n, 2), np.nan)
        self.leg_m = np.full(n, np.nan)
        self.side_m = np.full(n, np.nan)
        self.doubtful = np.zeros(n, dtype=bool)

    def put(self, rows: Ints | Bools, part: _Found) -> None:
        """Take over what was found for some of the places."""
        for name, values in vars(part).items():
            getattr(self, name)[rows] = values


def _allowed(network: RoadNetwork, purpose: Purpose) -> Bools:
    """Edges that a place may enter."""
    tail = network.tail
    service = network.road_class == POSITION[RoadClass.SERVICE]
    if purpose is Purpose.SERVICE_AREA:
        inside = _of_class(network, _INSIDE)
        part = components(network.n_nodes, tail[inside], network.head[inside])
        joined = np.unique(part[tail[inside & ~service]])
        return np.asarray(inside & (~service | np.isin(part[tail], joined)))
    shut = _of_class(network, _SHUT)
    if purpose is Purpose.STATION or not service.any():
        return ~shut
    part = components(network.n_nodes, tail[~shut], network.head[~shut])
    roads = np.unique(part[tail[~shut & ~service]])
    gates = np.unique(part[np.concatenate((tail[shut], network.head[shut]))])
    fenced = service & np.isin(part[tail], np.setdiff1d(gates, roads))
    return np.asarray(~shut & ~fenced)


def _of_class(network: RoadNetwork, words: tuple[RoadClass, ...]) -> Bools:
    return np.isin(network.road_class, [POSITION[word] for word in words])


def _main_edges(network: RoadNetwork) -> Bools:
    """Edges of the largest strongly connected part; ties by the lowest node."""
    main = strong_parts(network) == 0
    return np.asarray(main[network.tail] & main[network.head])


def _from_the_side(there: Floats, segs: Segments, main: Bools, limit: float) -> _Found:
    """Nearest segment: of the main part within the limit, else any within it, else the nearest at all."""
    found, every = _Found(len(there)), np.ones(len(main), dtype=bool)
    cells = nearby.grid(segs.ends)
    for usable, reach in ((main, limit), (every, limit), (every, _FAR_M)):
        left = np.flatnonzero(found.segment < 0)
        if len(left):
            found.put(left, _nearest(there[left], segs, usable, cells, reach))
    return found


def _nearest(there: Floats, segs: Segments, usable: Bools, cells: nearby.Grid, limit: float) -> _Found:
    found = _Found(len(there))
    if limit >= _FAR_M:
        cells = nearby.grid(segs.ends, cell_m=_COARSE_M)
    found.segment, found.foot = nearby.nearest(there, segs, usable, cells, limit)
    found.leg_m = datum.metres_between(*there[:, :2].T, *found.foot.T)
    return found


def _kinds(network: RoadNetwork, segs: Segments, rules: Roads) -> tuple[Ints, Floats]:
    """Kind of each segment, and on which hand of it, as drawn, the outer side is (1: left)."""
    one_way = np.bincount(network.line, minlength=len(network.way))[network.line[segs.edge]] == 1
    express = network.road_class[segs.edge] == POSITION[RoadClass.EXPRESSWAY]
    kind = np.where(express, np.where(one_way, sides.CARRIAGEWAY, sides.TWO_WAY), sides.OTHER)
    left = network.forward[segs.edge] == (rules.drive_side == "left")
    return kind.astype(np.int8), np.where(left, 1.0, -1.0)


def _beside(there: Floats, segs: Segments, kind: Ints, turn: Floats, limit: float) -> _Found:
    """Nearest segment that is reached without crossing an expressway; doubts; else the nearest at all."""
    found = _Found(len(there))
    cells = nearby.grid(segs.ends)
    found.segment, found.foot, gap = sides.sided(there, segs, kind, turn, cells, limit)
    found.leg_m = datum.metres_between(*there[:, :2].T, *found.foot.T)
    own, inner, against = gap.T
    near = np.isfinite(own) | np.isfinite(inner)
    found.doubtful = near & (np.isinf(own) | ((own + against) / 2 < DOUBT_M))
    found.side_m = np.where(np.isfinite(own), own, np.where(near, -inner, np.nan))
    found.leg_m[found.doubtful] = np.abs(found.side_m[found.doubtful])
    left = np.flatnonzero((found.segment < 0) & ~found.doubtful)
    if len(left):
        found.put(left, _nearest(there[left], segs, np.ones(len(kind), dtype=bool), cells, _FAR_M))
    return found


def _table(
    network: RoadNetwork, segs: Segments, found: _Found, status: Ints, main: Bools, rules: Roads
) -> pd.DataFrame:
    """Contract ``snaps``: everything but the distance only where a place was snapped."""
    good = status == Snap.SNAPPED
    at = found.segment[good]
    edge = segs.edge[at]
    columns = {
        "status": status,
        "edge": edge,
        "fraction": _fraction(network, edge, segs.vertex[at], found.foot[good]),
        "leg_m": found.leg_m,
        "leg_minutes": found.leg_m[good] / rules.access_kmh * (60 / 1000),
        "side_m": found.side_m,
        "lon": found.foot[good, 0],
        "lat": found.foot[good, 1],
        "road_class": np.array(tuple(RoadClass), dtype=object)[network.road_class[edge]],
        "component": network.component[network.head[edge]],
        "main_part": main[edge],
    }
    frame = pd.DataFrame({name: columns[name] for name in ("status", "leg_m", "side_m")})
    rows = np.flatnonzero(good)
    for name, values in columns.items():
        if name not in frame:
            frame[name] = pd.Series(values, index=rows).reindex(frame.index)
    frame["main_part"] = frame["main_part"].eq(True)
    return schema.conform(frame, "snaps")


def _fraction(network: RoadNetwork, edge: Ints, vertex: Ints, foot: Floats) -> Floats:
    """Share of each edge's line that lies before a foot on the segment from ``vertex``, as driven."""
    start, end = network.line_start[network.line[edge]], network.line_start[network.line[edge] + 1] - 1
    along = nearby.along(network.line_xy, network.line_start)
    here = along[vertex] + datum.metres_between(*network.line_xy[vertex].T, *foot.T)
    length = along[end] - along[start]
    share = np.divide(here - along[start], length, out=np.zeros(len(edge)), where=length > 0).clip(0, 1)
    return np.asarray(np.where(network.forward[edge], share, 1 - share))
