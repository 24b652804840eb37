"""The ground that every map shows: counties, cities, names; the page with its windows onto it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.maps import pen
from chargegeo.maps.packing import there
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import furniture, lettering, looks
from chargegeo.maps.paper.frame import Frame, Rect
from chargegeo.maps.paper.furniture import SMALL, Entry
from chargegeo.maps.paper.lettering import Lettering
from chargegeo.maps.paper.placing import Board

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.paper.frame import Shapes
    from chargegeo.maps.paper.pages import Paper
    from chargegeo.maps.pen import Sheet

PANEL = {"A3": 122.0, "A4": 88.0}  # mm; what stands beside the map
DEGREES = 4.5  # room for the degrees at the edges (mm)
ZOOM = 3.0  # how much larger the inset shows the most crowded place
MOST = 0.2  # of the land that numbers may hide
LEAST_INSET = 38.0  # mm
GRID, CLOSE = 1e-5, 5e-4  # degrees, about 1 m and 50 m
STEP = SMALL * pen.MM_PER_POINT * pen.LINE


@dataclass(frozen=True)
class Land:
    """Counties in metres, sorted by city and county, and the names that belong to them."""

    table: pd.DataFrame
    shapes: Shapes
    crs: str
    lang: str

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, south, east, north (m)."""
        import shapely

        found: NDArray[np.float64] = shapely.total_bounds(self.shapes)
        return found

    @cached_property
    def middles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where each county is widest (m), and the radius there (m)."""
        return frames.middles(self.shapes)

    @cached_property
    def city_codes(self) -> NDArray[np.object_]:
        """City of each county."""
        return self.table["city_code"].to_numpy(dtype=object)

    @cached_property
    def cities(self) -> pd.DataFrame:
        """``city_code, city_name`` in the order of the dissolved shapes."""
        table = self.table.drop_duplicates("city_code").sort_values("city_code", kind="stable")
        return table[["city_code", "city_name"]].reset_index(drop=True)

    @property
    def named(self) -> bool:
        """Whether any county has a name; else the land is no more than the outline of the units."""
        return bool((self.table["county_name"] != "").any())

    def drawn(self, frame: Frame) -> tuple[Shapes, Shapes]:
        """Counties and cities as fine as a window shows them."""
        counties = frames.simple(self.shapes, frame.finest)
        return counties, frames.dissolved(counties, self.city_codes)


def outlines(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Counties as far as the units tell them, where a region has no outlines of its own.

    Parameters
    ----------
    units
        Contract ``units``; those without a county make one area without a name.

    Returns
    -------
    What :class:`Paper` takes as counties, sorted by code; null where no unit has a shape.
    """
    import geopandas as gpd
    import shapely

    keys = ["county_code", "county_name", "city_code", "city_name"]
    drawn = units[there(units.geometry)]
    if drawn.empty:
        return None
    table = drawn[keys].astype(object).where(drawn[keys].notna(), "")
    groups = list(table.groupby("county_code", sort=True).indices.items())
    shapes = drawn.geometry.to_numpy()
    joined = [shapely.union_all(shapely.make_valid(shapes[rows]), grid_size=GRID) for _, rows in groups]
    # units that were drawn one by one leave slivers between them
    closed = [shape.buffer(CLOSE, join_style="mitre").buffer(-CLOSE, join_style="mitre") for shape in joined]
    firsts = table.iloc[[rows[0] for _, rows in groups]].reset_index(drop=True)
    return gpd.GeoDataFrame(firsts, geometry=closed, crs=units.crs)


def land(paper: Paper) -> Land:
    """The ground of a paper."""
    counties = paper.counties.sort_values(["city_code", "county_code"], kind="stable").reset_index(drop=True)
    shapes = frames.metres(counties.geometry, paper.crs)
    return Land(counties.drop(columns="geometry"), shapes, paper.crs, paper.caption.lang)


def halves(body: Rect, size: str) -> tuple[Rect, Rect]:
    """Where map and panel stand on a page."""
    split = body.right - PANEL[size]
    return Rect(body.left + DEGREES, body.bottom + DEGREES, split - 5, body.top), Rect(
        split, body.bottom, body.right, body.top
    )


def borders(sheet: Sheet, frame: Frame, drawn: tuple[Shapes, Shapes]) -> None:
    """Borders of counties and, bold, of cities."""
    frames.stroke(sheet, frame, drawn[0], zorder=2.0, **looks.COUNTY)
    frames.stroke(sheet, frame, drawn[1], zorder=2.1, **looks.CITY)


def densest(at: NDArray[np.float64], rect: Rect, scale: float) -> Frame | None:
    """A window at a larger scale onto the place where most of n points (m) lie; null if it has no room."""
    import numpy as np

    at = at[np.flatnonzero(~np.isnan(at[:, 0]))]
    if not len(at) or min(rect.width, rect.height) < LEAST_INSET:
        return None
    half = np.array([rect.width, rect.height]) * scale / ZOOM / 2000
    apart = np.abs(at[:, None, :] - at[None, :, :])
    near = (apart[:, :, 0] <= half[0]) & (apart[:, :, 1] <= half[1])
    own = at[near[near.sum(axis=1).argmax()]]
    middle = (own.min(axis=0) + own.max(axis=0)) / 2
    return frames.fit(rect, np.concatenate([middle - half, middle + half]), margin=0.0)


def inset(rect: Rect, frame: Frame, crowd: NDArray[np.float64]) -> tuple[Frame | None, Rect]:
    """In the upper part of a rectangle a window onto where most of n points (m) lie; what is left of it."""
    height = min(rect.width * 0.72, rect.height * 0.55)
    upper = Rect(rect.left, rect.top - height, rect.right, rect.top)
    zoom = densest(crowd, upper, frame.scale)
    return zoom, rect if zoom is None else Rect(rect.left, rect.bottom, rect.right, upper.bottom - 6)


def outlined(sheet: Sheet, frame: Frame, zoom: Frame, words: str) -> None:
    """The place of an inset on the main map, and its heading above the inset."""
    import numpy as np

    west, south, east, north = zoom.ground
    corners = frame.mm(np.array([[west, south], [east, north]]))
    (left, bottom), (right, top) = corners.tolist()
    sheet.box(
        (left, bottom), (right - left, top - bottom),
        facecolor="none", edgecolor=looks.INK, linewidth=0.9, linestyle=(0, (3, 1.5)), zorder=3.5,
    )  # fmt: skip
    sheet.lines(
        zoom.rect.left, zoom.rect.top + STEP + 0.6, [sheet.fitted(words, SMALL, zoom.rect.width)], size=SMALL
    )


def zoom_words(land: Land, zoom: Frame) -> str:
    """Heading of an inset with its scale."""
    return labels.text("paper.zoom", land.lang, scale=furniture.scale_words(zoom, land.lang))


def city_inset(sheet: Sheet, rect: Rect, land: Land, told: dict[str, str], words: str) -> None:
    """A small map of the cities with their names and a line of counts under each, headed by ``words``."""
    sheet.lines(rect.left, rect.top, [sheet.fitted(words, SMALL, rect.width)], size=SMALL)
    rect = Rect(rect.left, rect.bottom, rect.right, rect.top - STEP - 0.6)
    frame = frames.fit(rect, land.bounds, whole=False)
    _, cities = land.drawn(frame)
    frames.fill(sheet, frame, cities, looks.Look("#eef1f5"))
    frames.stroke(sheet, frame, cities, zorder=2.0, linewidth=0.5, color=looks.CITY["color"])
    board = Board(rect)
    at, radius = frames.middles(cities)
    places = frame.mm(at)
    for one in sorted(range(len(cities)), key=lambda i: (-radius[i], i)):
        code, name = land.cities.iloc[one]
        lines = [sheet.fitted(str(name), SMALL, 24), told[code]]
        lettering.label(sheet, board, places[one], lines, Lettering(SMALL - 0.5, reach=6.0))


def city_names(sheet: Sheet, frame: Frame, board: Board, land: Land, size: float) -> None:
    """Names of the cities as far as there is room."""
    at, radius = frames.middles(land.drawn(frame)[1])
    lettering.names(sheet, board, land.cities["city_name"], frame.mm(at), radius * 1000 / frame.scale, size)


def county_names(sheet: Sheet, frame: Frame, board: Board, land: Land, size: float) -> None:
    """Names of the counties as far as there is room in them."""
    at, radius = land.middles
    places = frame.mm(at)
    seen = frame.inside(places)
    names, wide = land.table["county_name"][seen], radius[seen] * 1000 / frame.scale
    lettering.names(sheet, board, names, places[seen], wide, size)


def border_entries(land: Land, kind: str = "") -> list[Entry]:
    """Legend of the borders, of units of a ``kind`` too."""
    lang = land.lang
    lines = (
        [(looks.CITY, "city_border"), (looks.COUNTY, "county_border")]
        if land.named
        else [(looks.CITY, "extent")]
    )
    lines += [(looks.TOWNSHIP, f"{kind}_border")] if kind else []
    return [Entry(furniture.sample(**look), labels.text(f"paper.{name}", lang)) for look, name in lines]


def furnish(sheet: Sheet, frame: Frame, land: Land, counties: Shapes) -> Board:
    """Graticule, scale bar and north arrow of a map; the board on which its names find their places."""
    import shapely

    furniture.lay(sheet, frame, land.crs)
    rect = furniture.corner(frame, counties)
    furniture.measure(sheet, frame, rect, land.crs, land.lang)
    size = float(shapely.area(counties[~shapely.is_missing(counties)]).sum()) * (1000 / frame.scale) ** 2
    board = Board(frame.rect, most=MOST * size)
    board.take((rect.left, rect.bottom, rect.right, rect.top))
    return board
