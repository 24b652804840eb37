"""Shapes in degrees and their measures: arrays of polygons, None where there is none.

An edge is a straight line in degrees, as it is stored; areas are taken in the region's equal-area projection.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.schema import STORAGE_CRS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import Transformer

    from chargegeo.region import Region

    Shapes = NDArray[Any]

# distance of the points that an edge gets before its shape is projected: about a kilometre
STEP_DEGREES = 0.01

_M2 = 1e6
_POLYGON = 3


def to_plane(shapes: Shapes, region: Region) -> Shapes:
    """Shapes in EPSG:4490 as shapes in the region's equal-area projection."""
    return transformed(shapes, STORAGE_CRS, region.crs_measure)


def to_degrees(shapes: Shapes, region: Region) -> Shapes:
    """Shapes in the region's equal-area projection as shapes in EPSG:4490."""
    return transformed(shapes, region.crs_measure, STORAGE_CRS)


def km2(shapes: Shapes, region: Region, *, step: float = STEP_DEGREES) -> NDArray[np.float64]:
    """Areas of shapes in EPSG:4490, in the region's equal-area projection; null where there is no shape.

    Edges get a point every ``step`` degrees first: what is straight in degrees is bent in the projection, by
    14 mm in the middle of a kilometre and by 6 m in the middle of 20 km.
    """
    import shapely

    dense = shapely.segmentize(shapes, step)
    return np.asarray(shapely.area(to_plane(dense, region)), dtype="float64") / _M2


def only(shapes: Shapes, keep: NDArray[np.bool_]) -> Shapes:
    """A copy in which what is not to be kept is None."""
    kept = shapes.copy()
    kept[~keep] = None
    return kept


def polygons_of(shape: Any) -> Any:
    """The polygons in a shape as one shape, None if it has none."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(np.array([shape], dtype=object)))
    parts = shapely.get_parts(parts)
    parts = parts[(shapely.get_type_id(parts) == _POLYGON) & (shapely.area(parts) > 0)]
    if len(parts) < 2:
        return parts[0] if len(parts) else None
    return shapely.multipolygons(parts)


def transformed(shapes: Shapes, source: Any, target: Any) -> Shapes:
    """Shapes of one coordinate reference in another; longitude or easting first."""
    import shapely

    move = _transformer(source, target).transform
    return np.asarray(shapely.transform(shapes, move, interleaved=False), dtype=object)


@cache
def _transformer(source: Any, target: Any) -> Transformer:
    """Made once: it takes longer than to move a county."""
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)
