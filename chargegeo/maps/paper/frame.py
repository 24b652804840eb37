"""A window of a sheet onto the ground: metres of an equal-area projection become millimetres on the paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chargegeo.maps.packing import there
from chargegeo.maps.paper import looks

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from matplotlib.path import Path
    from numpy.typing import NDArray

    from chargegeo.maps.paper.looks import Look
    from chargegeo.maps.pen import Sheet

    Shapes = NDArray[np.object_]

FINE = 0.08  # mm; details smaller than this are not drawn
STEPS = "1 1.2 1.4 1.6 1.8 2 2.2 2.4 2.6 2.8 3 3.2 3.4 3.6 3.8 4 4.2 4.5 4.8 5 5.5 6 6.5 7 8 9 10"
ROUND = tuple(map(float, STEPS.split()))
EDGE = 0.03  # of the ground, left free around it


@dataclass(frozen=True)
class Rect:
    """A part of a sheet (mm), y negative below the upper edge."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Width (mm)."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height (mm)."""
        return self.top - self.bottom


@dataclass(frozen=True)
class Frame:
    """A window onto the ground.

    Parameters
    ----------
    rect
        Where it lies on the sheet.
    x, y
        Middle of the window on the ground (m).
    scale
        Metres on the ground for a metre on the paper.
    """

    rect: Rect
    x: float
    y: float
    scale: float

    def mm(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points on the ground (n, 2) as points on the sheet."""
        import numpy as np

        r = self.rect
        middle = np.array([(r.left + r.right) / 2, (r.bottom + r.top) / 2])
        found: NDArray[np.float64] = (np.asarray(metres, dtype=float) - (self.x, self.y)) * (
            1000 / self.scale
        )
        found += middle
        return found

    @cached_property
    def ground(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the window (m)."""
        half = self.rect.width * self.scale / 2000, self.rect.height * self.scale / 2000
        return self.x - half[0], self.y - half[1], self.x + half[0], self.y + half[1]

    def inside(self, mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of n points on the sheet lie in the window."""
        r = self.rect
        found: NDArray[np.bool_] = (
            (mm[:, 0] > r.left) & (mm[:, 0] < r.right) & (mm[:, 1] > r.bottom) & (mm[:, 1] < r.top)
        )
        return found

    @property
    def finest(self) -> float:
        """Smallest detail that can be seen (m)."""
        return FINE * self.scale / 1000


def fit(rect: Rect, bounds: NDArray[np.float64], *, whole: bool = True, margin: float = EDGE) -> Frame:
    """The window that shows west, south, east, north (m) as large as it can, at a round scale if ``whole``.

    ``margin`` is the share of the ground that stays free at each edge.
    """
    west, south, east, north = (float(value) for value in bounds)
    free = 1 + 2 * margin
    least = max((east - west) / rect.width, (north - south) / rect.height, 1e-3) * free * 1000
    if whole:
        power = 10.0 ** math.floor(math.log10(least))
        least = next(step * power for step in ROUND if step * power >= least * (1 - 1e-9))
    return Frame(rect, (west + east) / 2, (south + north) / 2, least)


def metres(geometry: gpd.GeoSeries, crs: str) -> Shapes:
    """Shapes in metres; null and empty ones become null."""
    import numpy as np

    shapes = np.full(len(geometry), None, dtype=object)
    drawn = there(geometry)
    if drawn.any():
        shapes[drawn] = geometry[drawn].to_crs(crs).to_numpy()
    return shapes


def simple(shapes: Shapes, finest: float) -> Shapes:
    """Areas with as few vertices as the paper shows, neighbours with one border; null stays null."""
    import numpy as np
    import shapely

    found = np.array(shapes, dtype=object)
    drawn = ~shapely.is_missing(found)
    if drawn.any():
        found[drawn] = shapely.coverage_simplify(found[drawn], finest)
    return found


def dissolved(shapes: Shapes, codes: NDArray[np.object_]) -> Shapes:
    """One area for each code, in the order of the codes, from areas that do not overlap."""
    import numpy as np
    import shapely

    held = ~shapely.is_missing(shapes)
    names = np.unique(codes[held].astype(str))
    return np.array(
        [shapely.union_all(shapes[held & (codes == name)], grid_size=1.0) for name in names], dtype=object
    )


def path(shapes: Shapes, frame: Frame) -> Path | None:
    """Areas or lines as one path; null where there is nothing."""
    import numpy as np
    import shapely
    from matplotlib.path import Path

    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not len(shapes):
        return None
    areas = shapely.get_dimensions(shapes) == 2
    # of the parts: a multipolygon has no rings of its own
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shapes[areas])))
    lines = shapely.get_parts(shapes[~areas])
    xy, at = shapely.get_coordinates(np.concatenate([rings, lines]), return_index=True)
    codes = np.full(len(at), Path.LINETO, dtype=np.uint8)
    first = np.flatnonzero(np.diff(at, prepend=-1))
    codes[first] = Path.MOVETO
    codes[np.append(first[1:], len(at))[: len(rings)] - 1] = Path.CLOSEPOLY
    return Path(frame.mm(xy), codes)


def fill(sheet: Sheet, frame: Frame, shapes: Shapes, look: Look, *, zorder: float = 1.0) -> None:
    """Areas in one look, without borders."""
    _draw(sheet, frame, shapes, zorder=zorder, linewidth=0, **look.patch)


def stroke(sheet: Sheet, frame: Frame, shapes: Shapes, *, zorder: float = 1.5, **look: Any) -> None:
    """Borders of areas, or lines, in matplotlib's words (``color``, ``linewidth``, ``linestyle``)."""
    look = {"edgecolor": look.pop("color", looks.INK), **look}
    _draw(sheet, frame, shapes, zorder=zorder, facecolor="none", **look)


def _draw(sheet: Sheet, frame: Frame, shapes: Shapes, **look: Any) -> None:
    from matplotlib.patches import PathPatch, Rectangle

    outline = path(shapes, frame)
    if outline is None:
        return
    r = frame.rect
    window = Rectangle((r.left, r.bottom), r.width, r.height, transform=sheet.axes.transData)
    patch = PathPatch(outline, joinstyle="round", capstyle="butt", **look)
    sheet.axes.add_artist(patch)
    patch.set_clip_path(window)


def middles(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each area the middle of the largest circle in it and the radius (m); NaN for null."""
    import numpy as np
    import shapely

    at, radius = np.full((len(shapes), 2), np.nan), np.zeros(len(shapes))
    drawn = np.flatnonzero(~shapely.is_missing(shapes))
    if len(drawn):
        large = [max(shapely.get_parts(shape), key=lambda part: part.area) for shape in shapes[drawn]]
        circles = shapely.maximum_inscribed_circle(large, tolerance=200.0)
        at[drawn] = shapely.get_coordinates(shapely.get_point(circles, 0))
        radius[drawn] = shapely.length(circles)
    return at, radius
