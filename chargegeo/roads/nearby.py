"""The nearest stretch of road: a uniform grid over the straight segments of lines, compiled.

Distances are plane ones in metres about the place that asks, with the radii of curvature of GRS80 at its own
latitude: nothing is projected, so a network may be as large as a country.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chargegeo import datum
from chargegeo.roads.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.roads.network import RoadNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.signedinteger[Any]]
    Bools = NDArray[np.bool_]


class Segments(NamedTuple):
    """Straight stretches of lines: ends in degrees (s, 4), edge, first vertex in ``line_xy``."""

    ends: Floats
    edge: Ints
    vertex: Ints


class Grid(NamedTuple):
    """Cells of ``step`` degrees from ``origin``, row by row: the segments that pass through each."""

    origin: tuple[float, float]
    step: tuple[float, float]
    shape: tuple[int, int]
    start: Ints
    item: Ints


def segments(network: RoadNetwork, allowed: Bools) -> Segments:
    """The segments of every line that an allowed edge runs along, each with the lowest such edge."""
    edge = np.full(len(network.way), -1, dtype=np.int32)
    backwards = np.flatnonzero(allowed)[::-1]
    edge[network.line[backwards]] = backwards  # of several, the last one written stays
    edge = np.repeat(edge, np.diff(network.line_start))
    edge[network.line_start[1:] - 1] = -1  # no segment begins at the end of a line
    vertex = np.flatnonzero(edge >= 0)
    ends = np.hstack((network.line_xy[vertex], network.line_xy[vertex + 1]))
    return Segments(ends, edge[vertex], vertex)


def metres_per_degree(lat: Floats) -> tuple[Floats, Floats]:
    """Metres per degree of longitude and of latitude (Snyder, USGS PP 1395, eq. 4-18 and 4-20)."""
    a, e2 = 6378137.0, 0.00669438002290
    sin2 = np.sin(np.radians(lat)) ** 2
    prime = a / np.sqrt(1 - e2 * sin2)
    meridian = prime * (1 - e2) / (1 - e2 * sin2)
    return np.radians(prime * np.sqrt(1 - sin2)), np.radians(meridian)


def grid(ends: Floats, *, cell_m: float | None = None) -> Grid:
    """A grid over at least one segment; by default about one cell to a segment, of 50 m to 5 km."""
    low = np.minimum(ends[:, :2].min(axis=0), ends[:, 2:].min(axis=0))
    high = np.maximum(ends[:, :2].max(axis=0), ends[:, 2:].max(axis=0))
    scale = np.array(metres_per_degree((low[1:] + high[1:]) / 2))[:, 0]
    if cell_m is None:
        width, height = (high - low) * scale
        cell_m = float(np.clip(np.sqrt(width * height / len(ends)), 50, 5000))
    step = cell_m / scale
    shape = ((high - low) // step).astype(np.int64) + 1
    frame = (float(low[0]), float(low[1])), (float(step[0]), float(step[1])), (int(shape[0]), int(shape[1]))
    start = np.zeros(shape.prod() + 1, dtype=np.int64)
    _sort_in(ends, *frame, start, np.empty(0, dtype=np.int32))
    start = np.cumsum(start)
    item = np.empty(start[-1], dtype=np.int32)
    _sort_in(ends, *frame, start[:-1].copy(), item)
    return Grid(*frame, start, item)


@kernel
def _sort_in(
    ends: Floats,
    origin: tuple[float, float],
    step: tuple[float, float],
    shape: tuple[int, int],
    at: Ints,
    item: Ints,
) -> None:
    """Count the segments of each cell into ``at``, one place further, or, with room for them, write them."""
    slack = 1e-9  # of a cell: a segment along a border stands on both sides
    for s in range(len(ends)):
        x0, y0 = (ends[s, 0] - origin[0]) / step[0], (ends[s, 1] - origin[1]) / step[1]
        x1, y1 = (ends[s, 2] - origin[0]) / step[0], (ends[s, 3] - origin[1]) / step[1]
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        for row in range(max(int(y0 - slack), 0), min(int(y1 + slack), shape[1] - 1) + 1):
            xa, xb = x0, x1
            if y1 > y0:
                xa = x0 + (x1 - x0) * min(max((row - slack - y0) / (y1 - y0), 0.0), 1.0)
                xb = x0 + (x1 - x0) * min(max((row + 1 + slack - y0) / (y1 - y0), 0.0), 1.0)
            first = max(int(min(xa, xb) - slack), 0)
            for column in range(first, min(int(max(xa, xb) + slack), shape[0] - 1) + 1):
                cell = row * shape[0] + column
                if len(item):
                    item[at[cell]] = s
                    at[cell] += 1
                else:
                    at[cell + 1] += 1


@kernel
def foot_of(ax: float, ay: float, bx: float, by: float) -> tuple[float, float]:
    """Point of a segment nearest to the origin; its very ends where it is one of them."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    along = -(ax * dx + ay * dy)
    if along <= 0 or length2 == 0:
        return ax, ay
    if along >= length2:
        return bx, by
    t = along / length2
    return ax + t * dx, ay + t * dy


@kernel
def nearest(
    points: Floats, segs: Segments, usable: Bools, cells: Grid, limit_m: float
) -> tuple[Ints, Floats]:
    """Nearest usable segment of each place, and the degrees of its foot.

    Parameters
    ----------
    points
        Degrees, and metres per degree of longitude and latitude there (p, 4).
    usable
        Whether each segment counts. Ties go to the lowest edge, then segment.
    limit_m
        No segment further off is looked for.

    Returns
    -------
    int64 (p), -1 where there is none; float64 (p, 2).
    """
    found = np.full(len(points), -1)
    foot = np.full((len(points), 2), np.nan)
    columns, rows = cells.shape
    for p in range(len(points)):
        x = (points[p, 0] - cells.origin[0]) / cells.step[0]
        y = (points[p, 1] - cells.origin[1]) / cells.step[1]
        column, row = int(np.floor(x)), int(np.floor(y))
        wide, high = cells.step[0] * points[p, 2], cells.step[1] * points[p, 3]
        inside = min(min(x - column, column + 1 - x) * wide, min(y - row, row + 1 - y) * high)
        ring = max(0, -column, column - columns + 1, -row, row - rows + 1)
        last = max(column, columns - 1 - column, row, rows - 1 - row)
        best = limit_m * limit_m
        # what is neither in this ring nor in an earlier one is at least so far off
        while ring <= last and (ring == 0 or inside + (ring - 1) * min(wide, high) <= np.sqrt(best)):
            for j in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                # a whole row of cells, or the two at its ends
                stride = 1 if abs(j - row) == ring else 2 * ring
                i = column - ring
                if i < 0:
                    i = 0 if stride == 1 else i + stride
                while i <= min(column + ring, columns - 1):
                    cell = j * columns + i
                    for k in range(cells.start[cell], cells.start[cell + 1]):
                        s = cells.item[k]
                        if usable[s]:
                            best = _better(points[p], segs, s, best, p, found, foot)
                    i += stride
            ring += 1
    return found, foot


@kernel
def _better(point: Floats, segs: Segments, s: int, best: float, p: int, found: Ints, foot: Floats) -> float:
    """Take a segment as the one of place ``p``, if it is nearer; the squared distance that now holds."""
    lon, lat, kx, ky = point
    ends = segs.ends[s]
    x, y = foot_of((ends[0] - lon) * kx, (ends[1] - lat) * ky, (ends[2] - lon) * kx, (ends[3] - lat) * ky)
    d = x * x + y * y
    if d > best:
        return best
    held = found[p]
    if d == best and held >= 0 and (segs.edge[s], s) >= (segs.edge[held], held):
        return best
    found[p] = s
    foot[p, 0], foot[p, 1] = lon + x / kx, lat + y / ky
    return d


def along(xy: Floats, start: Ints) -> Floats:
    """Metres from the first vertex of its line to each vertex; lines lie one after another (m + 1 starts)."""
    step = np.zeros(len(xy))
    step[1:] = datum.metres_between(*xy[:-1].T, *xy[1:].T)
    step[start[:-1]] = 0
    total = np.cumsum(step)
    return total - np.repeat(total[start[:-1]], np.diff(start))
