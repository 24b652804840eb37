"""Which outlines face each other across a road, and which of two serves which direction, by position alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Shapes = NDArray[Any]

# two sides of one service area lie within this of each other; of one name, within the second
ACROSS_M = 600.0
ACROSS_SAME_NAME_M = 1500.0
# nearer middles than this are two outlines of one side
SAME_SIDE_M = 40.0
# an outline that is longer than wide by this share lies along its road
_LONG = 0.2
# beyond these a road runs, and two sides lie, too nearly the other way to tell them apart: cosine, metres
_ALONG = 0.35
_BESIDE_M = 10.0


class Outlines(NamedTuple):
    """Middles in metres (n, 2), the angle of the long side from east (radians), and by what share it is longer."""

    middle: Floats
    angle: Floats
    longer: Floats


def measured(shapes: Shapes) -> Outlines:
    """Middle and lie of shapes in a metric projection; a point has no lie."""
    import shapely

    middle = shapely.get_coordinates(shapely.centroid(shapes))
    boxes = shapely.minimum_rotated_rectangle(shapes)
    flat = shapely.get_type_id(boxes) == shapely.GeometryType.POLYGON
    corners = np.zeros((len(shapes), 3, 2))
    for row in np.flatnonzero(flat):
        corners[row] = shapely.get_coordinates(boxes[row])[:3]
    sides = np.diff(corners, axis=1)
    sizes = np.hypot(sides[..., 0], sides[..., 1])
    long = sizes.argmax(axis=1)
    chosen = sides[np.arange(len(shapes)), long]
    most = np.where(flat, sizes.max(axis=1), 1.0)
    return Outlines(
        middle, np.arctan2(chosen[:, 1], chosen[:, 0]), np.where(flat, 1 - sizes.min(axis=1) / most, 0.0)
    )


def facing(middle: Floats, kin: Any) -> list[tuple[int, int]]:
    """Pairs of outlines that are each other's nearest.

    Parameters
    ----------
    middle
        Metres (n, 2).
    kin
        Function of two arrays of rows: 2 where names say that the two belong together, 1 where nothing speaks
        against it, 0 where names or roads differ.

    Returns
    -------
    Rows ``(a, b)`` with ``a < b``, by ``a``. Of the same name up to :data:`ACROSS_SAME_NAME_M`, else up to
    :data:`ACROSS_M`; one of the same name goes before a nearer one. Ties go to the lower row.
    """
    from scipy.spatial import KDTree

    if len(middle) < 2:
        return []
    near = KDTree(middle).query_pairs(ACROSS_SAME_NAME_M, output_type="ndarray").astype(np.int64)
    metres = np.hypot(*(middle[near[:, 0]] - middle[near[:, 1]]).T)
    like = kin(near[:, 0], near[:, 1])
    right = (like > 0) & (metres >= SAME_SIDE_M) & ((metres <= ACROSS_M) | (like == 2))
    near, metres, like = near[right], metres[right], like[right]
    every = np.vstack([near, near[:, ::-1]])
    order = np.lexsort((every[:, 1], np.tile(metres, 2), -np.tile(like, 2), every[:, 0]))
    rows, first = np.unique(every[order, 0], return_index=True)
    best = np.full(len(middle), -1, dtype=np.int64)
    best[rows] = every[order[first], 1]
    mutual = [int(a) for a in rows if best[best[a]] == a and a < best[a]]
    return [(a, int(best[a])) for a in mutual]


def serves(
    outlines: Outlines, pair: Sequence[int], forward: tuple[float, float] | None, *, right_hand: bool
) -> float:
    """How plainly the first of two outlines serves the forward direction (1), or the backward one (-1).

    Where traffic keeps right a side lies on the right of the direction that it serves. The road is taken to run
    along the outlines where both are long and agree, else square to the line between them.

    Parameters
    ----------
    forward
        Rough direction in which chainage increases, of length 1; none if not known: then the answer is 0.

    Returns
    -------
    The cosine between the road and ``forward`` with the sign of the answer; 0 where either lies too nearly
    the other way to tell.
    """
    if forward is None:
        return 0.0
    a, b = pair
    off = outlines.middle[a] - outlines.middle[b]
    road = _road(outlines, pair, off)
    along = float(road @ forward)
    if along < 0:
        road, along = -road, -along
    # positive where the first lies on the left of the forward direction
    left = float(road[0] * off[1] - road[1] * off[0])
    if along < _ALONG or abs(left) < _BESIDE_M:
        return 0.0
    return along if (left < 0) == right_hand else -along


def _road(outlines: Outlines, pair: Sequence[int], off: Floats) -> Floats:
    """Unit vector along the road between two outlines, either way."""
    rows = list(pair)
    weight = outlines.longer[rows] * (outlines.longer[rows] >= _LONG)
    # a line has no head: angles are doubled before they are added
    sums = float(weight @ np.cos(2 * outlines.angle[rows])), float(weight @ np.sin(2 * outlines.angle[rows]))
    size = float(np.hypot(*sums))
    if size > 0 and size >= 0.8 * weight.sum():
        angle = np.arctan2(sums[1], sums[0]) / 2
        road = np.array([np.cos(angle), np.sin(angle)])
        across = abs(road[0] * off[1] - road[1] * off[0])
        if across >= 0.25 * np.hypot(*off):
            return road
    across_it: Floats = np.array([-off[1], off[0]]) / np.hypot(*off)
    return across_it
