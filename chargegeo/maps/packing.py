"""Shapes as runs of whole numbers, simplified to what a screen can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import shapely

# Degrees are kept to five decimals (about a metre) as whole numbers
SCALE = 100_000
# Simplification in metres: never coarser than this, and finer where units are small
TOLERANCE_M = 200.0
TOLERANCE_OF_WIDTH = 1 / 40
# Share of the extent below which a hole or an island is no more than a dot
SPECK = 1e-5
# Metres: beyond that a line shows nothing any more
COARSEST_M = 5_000.0


def points(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """A point in each shape to hang its label on; without a shape its seat, else null."""
    import numpy as np
    import shapely

    points = frame.geometry.representative_point().to_numpy()
    x, y = shapely.get_x(points), shapely.get_y(points)
    if "seat_lon" in frame:
        seat = ~there(frame.geometry) & np.isfinite(frame["seat_lon"] + frame["seat_lat"])
        x, y = np.where(seat, frame["seat_lon"], x), np.where(seat, frame["seat_lat"], y)
    return {"x": whole(x), "y": whole(y)}


def there(geometry: gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    """Which shapes are neither null nor empty."""
    import shapely

    shapes = geometry.to_numpy()
    there: npt.NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return there


def whole(degrees: npt.ArrayLike) -> list[int | None]:
    """Degrees as whole numbers; null where they are not finite."""
    import numpy as np

    scaled = np.asarray(degrees, dtype="float64") * SCALE
    return [round(value) if np.isfinite(value) else None for value in scaled.tolist()]


def shapes(geometry: gpd.GeoSeries) -> dict[str, list[int]]:
    """Polygons as one run of whole numbers.

    ``c`` holds x and y of every vertex as the difference to the vertex before it in its ring (the first of a
    ring as it is; the closing vertex is left out), ``r`` the vertices of each ring, ``p`` the rings of each
    polygon and ``s`` the polygons of each shape (0: no shape).
    """
    return _polygons(_coverage(geometry))


def areas(geometry: gpd.GeoSeries, *, limit: int) -> dict[str, list[int]]:
    """Polygons that may lie over each other, as :func:`shapes`, of at most ``limit`` vertices if that can be.

    Holes and islands of less than a hundred-thousandth of the extent are left out: no page shows them.
    """
    west, south, east, north = geometry.total_bounds
    least = (east - west) * (north - south) * SPECK
    large = geometry.map(lambda shape: _without_specks(shape, least))
    return _polygons(_multi(thinned(large, limit=limit, tolerance=TOLERANCE_M)[0]))


def _without_specks(shape: shapely.Geometry, least: float) -> shapely.Geometry:
    """An area without the holes and parts that are smaller."""
    import shapely

    return shapely.MultiPolygon([
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area >= least])
        for part in shapely.get_parts(shape)
        if part.area >= least
    ])  # fmt: skip


def _polygons(simple: npt.NDArray[np.object_]) -> dict[str, list[int]]:
    import numpy as np
    import shapely

    if not len(simple):
        return {"c": [], "r": [], "p": [], "s": []}
    _, xy, (rings, polygons, shapes) = shapely.to_ragged_array(simple)
    whole = np.rint(xy * SCALE).astype(np.int64)
    deltas = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    deltas[rings[:-1]] = whole[rings[:-1]]
    deltas = np.delete(deltas, rings[1:] - 1, axis=0)
    return {
        "c": deltas.ravel().tolist(),
        "r": (np.diff(rings) - 1).tolist(),
        "p": np.diff(polygons).tolist(),
        "s": np.diff(shapes).tolist(),
    }


def lines(strings: npt.NDArray[np.object_]) -> dict[str, list[int]]:
    """Lines as one run of whole numbers.

    ``c`` holds x and y of every vertex as the difference to the vertex before it, across lines too; ``n`` the
    vertices of each part and ``s`` the parts of each line.
    """
    import numpy as np
    import shapely

    if not len(strings):
        return {"c": [], "n": [], "s": []}
    made = np.array([shapely.multilinestrings(shapely.get_parts(shape)) for shape in strings], dtype=object)
    _, xy, (parts, rows) = shapely.to_ragged_array(made)
    deltas = np.diff(np.rint(xy * SCALE).astype(np.int64), axis=0, prepend=np.zeros((1, 2), np.int64))
    return {"c": deltas.ravel().tolist(), "n": np.diff(parts).tolist(), "s": np.diff(rows).tolist()}


def thinned(
    geometry: gpd.GeoSeries, *, limit: int, tolerance: float
) -> tuple[npt.NDArray[np.object_], float]:
    """Shapes with as few vertices as a tolerance in metres leaves, and that tolerance.

    It is doubled until ``limit`` vertices are enough, up to :data:`COARSEST_M`.
    """
    import geopandas as gpd
    import shapely

    if not there(geometry).any():
        return geometry.to_numpy(), tolerance
    local = _local(geometry)
    metres = geometry.to_crs(local).to_numpy()
    simple = _simple(metres, tolerance)
    while shapely.get_num_coordinates(simple).sum() > limit and tolerance < COARSEST_M:
        tolerance *= 2
        simple = _simple(metres, tolerance)
    return gpd.GeoSeries(simple, crs=local).to_crs(geometry.crs).to_numpy(), tolerance


def _simple(metres: npt.NDArray[np.object_], tolerance: float) -> npt.NDArray[np.object_]:
    """Each shape simplified by itself; areas as coverages of one, which is several times faster."""
    import numpy as np
    import shapely

    if (shapely.get_dimensions(metres) < 2).any():
        return np.asarray(shapely.simplify(metres, tolerance), dtype=object)
    return np.array([shapely.coverage_simplify([shape], tolerance)[0] for shape in metres], dtype=object)


def _local(geometry: gpd.GeoSeries) -> str:
    """A projection in metres about the middle of the shapes."""
    west, south, east, north = geometry[there(geometry)].total_bounds
    return f"+proj=laea +lat_0={(south + north) / 2:.1f} +lon_0={(west + east) / 2:.1f} +ellps=GRS80"


def _coverage(geometry: gpd.GeoSeries) -> npt.NDArray[np.object_]:
    """Shapes simplified as a coverage, so that neighbours keep one border, as multipolygons in degrees."""
    import geopandas as gpd
    import numpy as np
    import shapely

    shapes = np.array([shapely.MultiPolygon()] * len(geometry), dtype=object)
    drawn = there(geometry)
    if drawn.any():
        local = _local(geometry)
        metres = geometry[drawn].to_crs(local)
        tolerance = min(TOLERANCE_M, TOLERANCE_OF_WIDTH * float(metres.area.median()) ** 0.5)
        simple = shapely.coverage_simplify(metres.to_numpy(), tolerance)
        shapes[drawn] = gpd.GeoSeries(simple, crs=local).to_crs(geometry.crs).to_numpy()
    return _multi(shapes)


def _multi(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """All as multipolygons: a lone polygon and a multipolygon must be held alike."""
    import numpy as np
    import shapely

    return np.array([shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes], dtype=object)
