"""On which side of an expressway a place lies, and what it can reach there without crossing it, compiled.

A place is tried against every segment within the limit. It lies on the outer side of a carriageway if, in the
direction of travel, the segment passes on its other hand; the straight way to a road must not cross, or end on
the inner side of, any carriageway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel
from chargegeo.roads.nearby import foot_of

if TYPE_CHECKING:
    from chargegeo.roads.nearby import Floats, Grid, Ints, Segments

OTHER, TWO_WAY, CARRIAGEWAY = 0, 1, 2  # kinds of segment: no expressway, one for both directions, for one
_TOUCH_M = 0.01


@kernel
def sided(
    points: Floats, segs: Segments, kind: Ints, turn: Floats, cells: Grid, limit_m: float
) -> tuple[Ints, Floats, Floats]:
    """Nearest segment that each place reaches without crossing an expressway.

    Parameters
    ----------
    points
        Degrees, and metres per degree of longitude and latitude there (p, 4).
    kind
        Kind of each segment.
    turn
        1 where the outer side is on the left of the segment as drawn, -1 where it is on the right.
    limit_m
        How far to look.

    Returns
    -------
    int64 (p): the segment, -1 where there is none; float64 (p, 2): the degrees of its foot; float64 (p, 3):
    metres to the nearest carriageway that the place lies on the outer side of, to the nearest one that it
    does not, and to the nearest one of these that runs against the first. Infinite where there is none.
    """
    chosen = np.full(len(points), -1)
    foot = np.full((len(points), 2), np.nan)
    gap = np.full((len(points), 3), np.inf)
    seen = np.full(len(segs.edge), -1)
    around = np.empty(len(segs.edge), dtype=np.int64)
    for p in range(len(points)):
        n = _within(points[p], p, limit_m, cells, seen, around)
        near = around[:n]
        local = _local(points[p], segs, kind, turn, near)
        near, local = near[local[:, 7] <= limit_m], local[local[:, 7] <= limit_m]
        edge = segs.edge[near]
        best, own = -1, -1
        for k in range(len(near)):
            outer = kind[near[k]] != CARRIAGEWAY or local[k, 6] > 0
            if not outer:
                gap[p, 1] = min(gap[p, 1], local[k, 7])
            if not outer or _blocked(k, local):
                continue
            if best < 0 or _before(k, best, local, edge, near):
                best = k
            if kind[near[k]] == CARRIAGEWAY and (own < 0 or _before(k, own, local, edge, near)):
                own = k
        if best >= 0:
            chosen[p] = near[best]
            foot[p, 0] = points[p, 0] + local[best, 4] / points[p, 2]
            foot[p, 1] = points[p, 1] + local[best, 5] / points[p, 3]
        if own >= 0:
            gap[p, 0] = local[own, 7]
            gap[p, 2] = _against(own, local)
    return chosen, foot, gap


@kernel
def _within(point: Floats, p: int, limit_m: float, cells: Grid, seen: Ints, around: Ints) -> int:
    """Put the segments of all cells that touch a square about a place into ``around``; how many there are."""
    lon, lat, kx, ky = point
    columns, rows = cells.shape
    west = int(np.floor((lon - limit_m / kx - cells.origin[0]) / cells.step[0]))
    east = int(np.floor((lon + limit_m / kx - cells.origin[0]) / cells.step[0]))
    south = int(np.floor((lat - limit_m / ky - cells.origin[1]) / cells.step[1]))
    north = int(np.floor((lat + limit_m / ky - cells.origin[1]) / cells.step[1]))
    n = 0
    for j in range(max(south, 0), min(north, rows - 1) + 1):
        for cell in range(j * columns + max(west, 0), j * columns + min(east, columns - 1) + 1):
            for k in range(cells.start[cell], cells.start[cell + 1]):
                s = cells.item[k]
                if seen[s] != p:
                    seen[s] = p
                    around[n] = s
                    n += 1
    return n


@kernel
def _local(point: Floats, segs: Segments, kind: Ints, turn: Floats, near: Ints) -> Floats:
    """Segments in metres about a place: ends, foot, side (positive: outer), distance, kind, direction of travel."""
    lon, lat, kx, ky = point
    local = np.empty((len(near), 11))
    for k in range(len(near)):
        s = near[k]
        ax, ay = (segs.ends[s, 0] - lon) * kx, (segs.ends[s, 1] - lat) * ky
        bx, by = (segs.ends[s, 2] - lon) * kx, (segs.ends[s, 3] - lat) * ky
        x, y = foot_of(ax, ay, bx, by)
        # the place is the origin: positive where it lies on the left
        left = ax * by - ay * bx
        local[k, 0], local[k, 1], local[k, 2], local[k, 3], local[k, 4], local[k, 5] = ax, ay, bx, by, x, y
        local[k, 6], local[k, 7], local[k, 8] = left * turn[s], np.hypot(x, y), kind[s]
        local[k, 9], local[k, 10] = (bx - ax) * turn[s], (by - ay) * turn[s]
    return local


@kernel
def _before(k: int, other: int, local: Floats, edge: Ints, near: Ints) -> bool:
    """Whether a segment is nearer than another; ties by the lowest edge, then segment."""
    return (local[k, 7], edge[k], near[k]) < (local[other, 7], edge[other], near[other])


@kernel
def _blocked(k: int, local: Floats) -> bool:
    """Whether the way to the foot of a segment crosses an expressway, or ends on one's inner side."""
    x, y = local[k, 4], local[k, 5]
    for q in range(len(local)):
        if local[q, 8] == OTHER or q == k:
            continue
        ax, ay, bx, by = local[q, 0], local[q, 1], local[q, 2], local[q, 3]
        dx, dy = foot_of(ax - x, ay - y, bx - x, by - y)
        if dx * dx + dy * dy <= _TOUCH_M * _TOUCH_M:
            if local[q, 8] == CARRIAGEWAY and local[q, 6] <= 0:
                return True
            continue
        from_a, from_b = x * ay - y * ax, x * by - y * bx
        from_here = ax * by - ay * bx
        from_foot = (ax - x) * (by - y) - (ay - y) * (bx - x)
        if from_a * from_b <= 0 and from_here * from_foot <= 0 and (from_a != from_b):
            return True
    return False


@kernel
def _against(own: int, local: Floats) -> float:
    """Distance of the nearest carriageway that runs against another and has the place on its inner side."""
    best = np.inf
    for q in range(len(local)):
        facing = local[q, 9] * local[own, 9] + local[q, 10] * local[own, 10]
        if local[q, 8] == CARRIAGEWAY and local[q, 6] <= 0 and facing < 0:
            best = min(best, local[q, 7])
    return best
