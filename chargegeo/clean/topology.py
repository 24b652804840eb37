"""Do boundaries fit together: overlaps and holes, listed with area and codes, never mended.

In come valid polygons in EPSG:4490 with their codes, out come warnings with areas in the region's equal-area
projection. A hole in one unit that another unit fills (an exclave) is no overlap and no hole; nothing is laid
over one another in the projection, where a long edge and its two halves are no longer the same line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.clean.shapes import km2
from chargegeo.errors import Fault, Finding
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.region import Region

    Shapes = NDArray[Any]

# smaller ones come from rounding and generalising, not from a claim of two units on one place
OVERLAP_KM2 = 1e-4
HOLE_KM2 = 1e-3
# overlaps and holes that are listed one by one, the largest first
LISTED = 50

# a unit this near to a hole is beside it: about a metre
BESIDE_DEGREES = 1e-5

# slits narrower than a millimetre come from rounding and must not open a hole to the outside
GRID_DEGREES = 1e-8
# slivers: below about 0.1 m2 there is none; edges get a point about every 100 m before they are projected
SLIVER_DEGREES2 = 1e-11
SLIVER_STEP_DEGREES = 1e-3


def check(shapes: Shapes, codes: NDArray[Any], region: Region, *, file: str) -> list[Finding]:
    """Warnings about overlaps and holes.

    Parameters
    ----------
    shapes
        Valid polygons in EPSG:4490, one a unit.
    codes
        Their codes, unique.
    region
        Gives the projection in which areas are measured.
    file
        Name of the file, for the messages.

    Returns
    -------
    A warning an overlapping pair and a hole, the largest first, ties by code; above :data:`LISTED` the rest
    as a number.
    """
    import shapely

    order = np.argsort(codes)
    shapes, codes = shapes[order], codes[order]
    suspect = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes, gap_width=GRID_DEGREES))
    return [
        *_overlaps(shapes, codes, suspect, region, file),
        *_holes(shapes, codes, region, file, exact=not suspect.any()),
    ]


def _overlaps(
    shapes: Shapes, codes: NDArray[Any], suspect: NDArray[np.bool_], region: Region, file: str
) -> list[Finding]:
    import shapely

    # a pair overlaps only where at least one of the two has edges that match no neighbour's
    rows = np.flatnonzero(suspect)
    asked, other = shapely.STRtree(shapes).query(shapes[rows], predicate="intersects")
    pairs = np.unique(np.sort(np.column_stack([rows[asked], other]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    area = _km2(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]), region)
    keep = np.flatnonzero(area >= OVERLAP_KM2)
    keep = keep[np.argsort(-area[keep], kind="stable")]
    found = [
        _warning(
            "overlap",
            file,
            feature="; ".join(codes[pairs[k]]),
            value=f"{area[k]:.4f} km2",
            area=f"{area[k]:.4f}",
            first=codes[pairs[k, 0]],
            second=codes[pairs[k, 1]],
        )
        for k in keep[:LISTED]
    ]
    return found + _rest("more_overlaps", file, area[keep[LISTED:]])


def _holes(shapes: Shapes, codes: NDArray[Any], region: Region, file: str, *, exact: bool) -> list[Finding]:
    import shapely

    # a valid coverage can be joined by dropping shared edges, which is several times as fast
    whole = shapely.coverage_union_all(shapes) if exact else shapely.union_all(shapes, grid_size=GRID_DEGREES)
    # what is left of a frame around everything: all but the piece that reaches the frame is enclosed, also by units
    # that only touch each other in points
    west, south, east, north = shapely.total_bounds(whole) + np.array([-1, -1, 1, 1])
    left = shapely.get_parts(shapely.difference(shapely.box(west, south, east, north), whole))
    holes = left[shapely.bounds(left)[:, 0] > west]
    area = _km2(holes, region)
    holes, area = holes[area >= HOLE_KM2], area[area >= HOLE_KM2]
    box = shapely.bounds(holes).reshape(-1, 4)
    order = np.lexsort((box[:, 1], box[:, 0], -area))
    tree = shapely.STRtree(shapes)
    found = []
    for k in order[:LISTED]:
        near = codes[np.sort(tree.query(holes[k], predicate="dwithin", distance=BESIDE_DEGREES))]
        bounds = " ".join(f"{value:.5f}" for value in box[k])
        found.append(
            _warning(
                "hole",
                file,
                feature="; ".join(near[:10]),
                value=bounds,
                area=f"{area[k]:.4f}",
                bounds=bounds,
                codes=", ".join(near[:10]),
            )
        )
    return found + _rest("more_holes", file, area[order[LISTED:]])


def _km2(shapes: Shapes, region: Region) -> NDArray[np.float64]:
    """Areas; slivers that are a line in degrees stay nought, which a bent edge would not."""
    import shapely

    rough = shapely.area(shapes)
    rows = np.flatnonzero(rough > SLIVER_DEGREES2)
    area = np.zeros(len(shapes))
    area[rows] = km2(shapes[rows], region, step=SLIVER_STEP_DEGREES)
    return area


def _warning(code: str, file: str, *, feature: str, value: str, **params: str) -> Finding:
    return Finding(Severity.WARNING, Fault(code, file=file, feature=feature, value=value, params=params))


def _rest(code: str, file: str, area: NDArray[np.float64]) -> list[Finding]:
    if not len(area):
        return []
    fault = Fault(code, file=file, params={"n": len(area), "area": f"{area.sum():.4f}"})
    return [Finding(Severity.WARNING, fault, n_rows=len(area))]
