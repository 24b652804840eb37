"""The corridor map: a page a direction of travel, with long gaps, sides of service areas, and lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import pen
from chargegeo.maps.along import LONG_GAP_KM
from chargegeo.maps.lanes import at_most, null, records
from chargegeo.maps.paper import charted, furniture, looks, tables
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import land as lands
from chargegeo.maps.paper.frame import Rect
from chargegeo.maps.paper.furniture import Entry
from chargegeo.maps.paper.lettering import Lettering, label
from chargegeo.maps.paper.pages import Pages
from chargegeo.maps.paper.tables import Column, Row
from chargegeo.vocab import Direction

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.paper.charted import Strips
    from chargegeo.maps.paper.frame import Frame, Shapes
    from chargegeo.maps.paper.land import Land
    from chargegeo.maps.paper.pages import Paper
    from chargegeo.maps.paper.placing import Board
    from chargegeo.maps.pen import Sheet

NUMBER, REF, NAME = 6.5, 5.6, 8.0  # pt
REACH, ASIDE = 22.0, 1.3  # of a label from its gap, of a side from its carriageway (mm)
AHEAD = 0.05  # km; far enough to tell the way the road runs
SPOTS = (0.5, 0.3, 0.7, 0.15, 0.85)  # where along a course its label is tried
GAP_BADGE: dict[str, Any] = {"facecolor": "#fff6e5", "edgecolor": looks.GAP, "linewidth": 0.6}
ROAD_BADGE: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": looks.GREY, "linewidth": 0.3}
OWN: dict[str, Any] = {"color": looks.SITE, "markersize": 3.4, "markeredgewidth": 0.5}
ACROSS: dict[str, Any] = {**OWN, "markerfacecolor": "#ffffff", "markersize": 3.8, "markeredgewidth": 0.9}
OPEN: dict[str, Any] = {**OWN, "markerfacecolor": "#ffffff", "markeredgewidth": 0.7}
STATION: dict[str, Any] = {"color": "#1d7a5f", "markersize": 2.0, "markeredgewidth": 0.3}
ARROW_MM, ARROWS_MM = 1.0, 14.0  # length of an arrow head, and how far apart they stand
ARROW: dict[str, Any] = {"color": looks.ROADS["expressway"]["color"], "linewidth": 0.9}
DASHED: dict[str, Any] = {"color": looks.INK, "linewidth": 1.6, "linestyle": (0, (2.2, 1.2))}
GAPS = (("rank", 9.0), ("ref", 14.0), ("ends", 59.0), ("span", 25.0), ("km", 14.0))
ROADS = (
    ("ref", 14.0),
    ("ends", 56.0),
    ("km", 15.0),
    ("n_sites", 14.0),
    ("n_piles", 14.0),
    ("longest_gap_km", 16.0),
)
# as wide as without the page of the strip chart, so that three lists stand beside each other on A3
CHARTED = (*((name, 46.0 if name == "ends" else width) for name, width in ROADS), ("page", 11.0))


@dataclass(frozen=True)
class _Way:
    """One direction of travel: its corridors, long gaps and sites, with the courses in metres."""

    name: str
    corridors: pd.DataFrame
    courses: Shapes
    gaps: pd.DataFrame
    gap_courses: Shapes
    sites: pd.DataFrame
    limit: float


def corridor_map(
    path: str | Path,
    corridors: gpd.GeoDataFrame,
    corridor_gaps: gpd.GeoDataFrame,
    corridor_sites: pd.DataFrame,
    paper: Paper,
    *,
    limit_km: float = LONG_GAP_KM,
    strips: Strips | None = None,
    picture: Path | None = None,
) -> list[Path]:
    """Write the map of corridors, a page a direction, strip charts, and the lists of long gaps and of corridors.

    Parameters
    ----------
    path
        PDF, or SVG or PNG (then a file a page).
    corridors, corridor_gaps, corridor_sites
        Contract tables. Gaps keep their rank as number. Sides of service areas stand to the right of their
        carriageway, those used across a bridge or underpass to the left.
    paper
        Counties, projection, caption and size.
    limit_km
        Gaps from this length on are drawn bold, numbered and listed.
    strips
        Roads that get a strip chart; the list of corridors names its page.
    picture
        A PNG of the first page, beside.

    Returns
    -------
    list of Path
        The files, in the order of the pages. The same input gives the same bytes.

    Raises
    ------
    OutputFault
        ``strips_size``, ``chart_no_road``, ``paper_size``, ``chart_suffix``, ``cannot_write``.
    """
    with pen.settings():
        pages = draw(corridors, corridor_gaps, corridor_sites, paper, limit_km=limit_km, strips=strips)
        return pages.write(path, picture=picture)


def draw(
    corridors: gpd.GeoDataFrame,
    corridor_gaps: gpd.GeoDataFrame,
    corridor_sites: pd.DataFrame,
    paper: Paper,
    *,
    limit_km: float = LONG_GAP_KM,
    strips: Strips | None = None,
) -> Pages:
    """The pages of :func:`corridor_map`, drawn and not written."""
    pages, land = Pages(paper), lands.land(paper)
    ways = [
        _way(str(direction), corridors, corridor_gaps, corridor_sites, (paper.crs, limit_km))
        for direction in Direction
    ]
    for way in ways:
        _gap_list(pages, way, _map(pages, land, way))
    found = {} if strips is None else charted.draw(pages, corridors, corridor_sites, corridor_gaps, strips)
    for way in ways:
        _road_list(pages, way, found)
    return pages


def _way(
    name: str,
    corridors: gpd.GeoDataFrame,
    gaps: gpd.GeoDataFrame,
    sites: pd.DataFrame,
    settings: tuple[str, float],
) -> _Way:
    crs, limit = settings
    own = corridors[corridors["direction"] == name].sort_values("corridor_id", kind="stable")
    long = gaps[(gaps["direction"] == name) & (gaps["km"] >= limit)].sort_values("rank", kind="stable")
    beside = sites[sites["corridor_id"].isin(own["corridor_id"])]
    beside = beside.sort_values(["corridor_id", "km", "site_id"], kind="stable")
    return _Way(
        name,
        own.drop(columns="geometry").reset_index(drop=True),
        frames.metres(own.geometry, crs),
        long.drop(columns="geometry").reset_index(drop=True),
        frames.metres(long.geometry, crs),
        beside.reset_index(drop=True),
        limit,
    )


def _map(pages: Pages, land: Land, way: _Way) -> tuple[Sheet, Rect]:
    """The page of a direction; what is free on it."""
    lang = land.lang
    title = labels.text("paper.corridor.title", lang, direction=labels.word("direction", way.name, lang))
    sheet, body = pages.add(title)
    place, panel = lands.halves(body, pages.paper.size)
    frame = frames.fit(place, land.bounds)
    drawn = land.drawn(frame)
    board = lands.furnish(sheet, frame, land, drawn[0])
    frames.fill(sheet, frame, drawn[1], looks.GROUND)
    frames.stroke(sheet, frame, drawn[0], zorder=1.4, linewidth=0.2, color=looks.PALE)
    frames.stroke(sheet, frame, drawn[1], zorder=1.5, linewidth=0.8, color="#9a9aa2")
    _roads(sheet, frame, way)
    sides = _sites(sheet, frame, way)
    missing = _gap_labels(sheet, frame, board, way)
    board.take(*sides)
    _refs(sheet, frame, board, way)
    lands.city_names(sheet, frame, board, land, NAME)
    y = furniture.legend(sheet, (panel.left, panel.top), panel.width, _legend(way, lang)) - 4
    if missing:
        pages.remark(labels.text("paper.corridor.left_out", lang, n=missing, of=len(way.gaps)))
    return sheet, Rect(panel.left, panel.bottom, panel.right, y)


def _roads(sheet: Sheet, frame: Frame, way: _Way) -> None:
    """Roads by class, the most important on top, long gaps below and on them."""
    import numpy as np
    import shapely

    kinds = _kinds(way)
    courses = np.asarray(shapely.simplify(way.courses, frame.finest), dtype=object)
    for order, (kind, look) in enumerate(reversed(looks.ROADS.items())):
        frames.stroke(sheet, frame, courses[kinds == kind], zorder=2.2 + order / 100, **look)
    long = np.asarray(shapely.simplify(way.gap_courses, frame.finest), dtype=object)
    frames.stroke(sheet, frame, long, zorder=2.3, **looks.LONG_GAP)
    frames.stroke(sheet, frame, long, zorder=2.31, **DASHED)
    frames.stroke(sheet, frame, _arrows(frame, way.courses[kinds == "expressway"]), zorder=2.4, **ARROW)


def _arrows(frame: Frame, courses: Shapes) -> Shapes:
    """Arrow heads along courses in the way they run."""
    import numpy as np
    import shapely

    made = [np.empty((0, 3, 2))]
    size, apart = ARROW_MM * frame.scale / 1000, ARROWS_MM * frame.scale / 1000
    for course in courses:
        at = np.arange(apart / 2, shapely.length(course) - size, apart)
        tips = shapely.get_coordinates(shapely.line_interpolate_point(course, at + size))
        along = tips - shapely.get_coordinates(shapely.line_interpolate_point(course, at))
        aside = np.column_stack([-along[:, 1], along[:, 0]]) * 0.7
        made.append(np.stack([tips - along + aside, tips, tips - along - aside], axis=1))
    return np.asarray(shapely.linestrings(np.concatenate(made)), dtype=object)


def _kinds(way: _Way) -> NDArray[np.object_]:
    kinds = way.corridors["road_class"]
    found: NDArray[np.object_] = kinds.where(kinds.isin(list(looks.ROADS)), "other").to_numpy(dtype=object)
    return found


def _sites(sheet: Sheet, frame: Frame, way: _Way) -> list[tuple[float, float, float, float]]:
    """Sides of service areas beside their carriageway and stations on the road; the boxes of the sides."""
    import numpy as np

    side = way.sites["is_side"].to_numpy(dtype=bool)
    expressway = dict(zip(way.corridors["corridor_id"], _kinds(way) == "expressway", strict=True))
    near = way.sites["corridor_id"].map(expressway).to_numpy(dtype=bool)
    at, right = _beside(frame, way)
    shift = np.where(side, np.where(way.sites["across"].to_numpy(dtype=bool), -ASIDE, ASIDE), 0.0)[:, None]
    at = at + right * shift
    drawn = frame.inside(at)
    for name, shape, look, mask in reversed(_marks(way)):
        chosen = at[drawn & mask & (near | (name != "station"))]
        if len(chosen):
            sheet.line(chosen[:, 0], chosen[:, 1], linestyle="none", marker=shape, zorder=3.0, **look)
    told = side & np.logical_or.reduce([mask for *_, mask in _marks(way)])
    return [(x - 0.6, y - 0.6, x + 0.6, y + 0.6) for x, y in at[drawn & told].tolist()]


def _marks(way: _Way) -> list[tuple[str, str, dict[str, Any], NDArray[np.bool_]]]:
    """Kinds of sites that are drawn: name, shape, look and which; sites without piles are not."""
    from chargegeo import corridors

    side, across = way.sites["is_side"].to_numpy(dtype=bool), way.sites["across"].to_numpy(dtype=bool)
    certain, unknown = corridors.charging(way.sites)
    return [
        ("side", "s", OWN, side & ~across & certain),
        ("across", "D", ACROSS, side & across & certain),
        ("open", "s", OPEN, side & ~across & unknown),
        ("station", "o", STATION, ~side & certain),
    ]


def _beside(frame: Frame, way: _Way) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each site its place on its corridor (mm) and a step of 1 mm to the right of the way it runs."""
    import numpy as np
    import shapely

    order = dict(zip(way.corridors["corridor_id"], range(len(way.corridors)), strict=True))
    rows = way.sites["corridor_id"].map(order).to_numpy(dtype=int)
    length = np.maximum(way.corridors["km"].to_numpy(dtype=float)[rows], 1e-9)
    km = np.clip(way.sites["km"].to_numpy(dtype=float), 0.0, length)
    lines = way.courses[rows]

    def place(where: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.clip(where / length, 0.0, 1.0)
        found: NDArray[np.float64] = frame.mm(
            np.column_stack([
                shapely.get_x(shapely.line_interpolate_point(lines, share, normalized=True)),
                shapely.get_y(shapely.line_interpolate_point(lines, share, normalized=True)),
            ])
        )  # fmt: skip
        return found

    step = place(km + AHEAD) - place(km - AHEAD)
    size = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-12)[:, None]
    return place(km), np.column_stack([step[:, 1], -step[:, 0]]) / size


def _gap_labels(sheet: Sheet, frame: Frame, board: Board, way: _Way) -> int:
    """Number, road and km of each long gap beside its middle; how many found no place."""
    import shapely

    placed = 0
    for course, gap in zip(way.gap_courses, records(way.gaps), strict=True):
        spots = shapely.line_interpolate_point(course, SPOTS, normalized=True)
        words = [f"{gap['rank']}  {sheet.fitted(str(gap['ref']), NUMBER, 16)}  {at_most(gap)} km"]
        style = Lettering(NUMBER, REACH, 3.0, GAP_BADGE)
        placed += any(
            label(sheet, board, at, words, style) for at in frame.mm(shapely.get_coordinates(spots))
        )
    return len(way.gaps) - placed


def _refs(sheet: Sheet, frame: Frame, board: Board, way: _Way) -> None:
    """Numbers of the roads on the roads, expressways and long ones first, where there is room."""
    import shapely

    rank = {kind: order for order, kind in enumerate(looks.ROADS)}
    kinds, lengths = _kinds(way), way.corridors["km"]
    for one in sorted(range(len(kinds)), key=lambda i: (rank[str(kinds[i])], -lengths.iloc[i], i)):
        points = shapely.line_interpolate_point(way.courses[one], SPOTS, normalized=True)
        words = [sheet.fitted(str(way.corridors["ref"].iloc[one]), REF, 14)]
        for at in frame.mm(shapely.get_coordinates(points)):
            if label(sheet, board, at, words, Lettering(REF, 0.0, badge=ROAD_BADGE)):
                break


def _legend(way: _Way, lang: str) -> list[Entry]:
    kinds, km = _kinds(way), way.corridors["km"]
    roads = [
        Entry(
            furniture.sample(**look),
            _class_name(kind, lang),
            (f"{(kinds == kind).sum()}", f"{km[kinds == kind].sum():,.0f}"),
        )
        for kind, look in looks.ROADS.items()
        if (kinds == kind).any()
    ]
    marks = [item for item in _marks(way) if item[0] != "open" or item[3].any()]
    return [
        Entry(None, labels.text("paper.corridor.roads", lang), (labels.text("paper.corridor.number", lang), "km")),
        *roads,
        Entry(None, labels.text("paper.corridor.gaps", lang), (labels.text("paper.corridor.number", lang), "km")),
        Entry(
            _gap_sample, labels.text("paper.corridor.long", lang, km=f"{way.limit:g}"),
            (f"{len(way.gaps)}", f"{way.gaps['km'].sum():,.0f}"),
        ),
        Entry(furniture.badge(GAP_BADGE, "1"), labels.text("paper.corridor.label", lang)),
        Entry(None, labels.text("paper.corridor.sites", lang), (labels.text("paper.corridor.number", lang),)),
        *(
            Entry(
                furniture.mark(shape, **look), labels.text(f"paper.corridor.{name}", lang),
                () if name == "station" else (f"{int(mask.sum()):,}",),
            )
            for name, shape, look, mask in marks
        ),
        Entry(furniture.sample(color="#9a9aa2", linewidth=0.8), labels.text("paper.city_border", lang)),
        Entry(furniture.sample(color=looks.PALE, linewidth=0.4), labels.text("paper.county_border", lang)),
        Entry(None, labels.text("paper.corridor.note", lang), note=True),
    ]  # fmt: skip


def _class_name(kind: str, lang: str) -> str:
    return (
        labels.text("paper.corridor.other", lang) if kind == "other" else labels.word("roadclass", kind, lang)
    )


def _gap_sample(sheet: Sheet, x: float, y: float) -> None:
    for look in (looks.LONG_GAP, DASHED):
        sheet.line((x, x + furniture.SWATCH), (y, y), **look)


def _gap_list(pages: Pages, way: _Way, free: tuple[Sheet, Rect]) -> None:
    lang = pages.paper.caption.lang
    rows = [
        Row((
            f"{gap['rank']}", str(gap["ref"]), _ends(gap["from_name"], gap["to_name"], lang),
            f"{gap['from_km']:,.1f}\u2013{gap['to_km']:,.1f}", at_most(gap),
        ))
        for gap in records(way.gaps)
    ]  # fmt: skip
    words = labels.text("paper.corridor.long", lang, km=f"{way.limit:g}")
    tables.write(*_table(pages, way, "gap_list", GAPS), [Row(head=words), *rows] if rows else [], first=free)


def _road_list(pages: Pages, way: _Way, charts: dict[str, int]) -> None:
    lang = pages.paper.caption.lang
    rows: list[Row] = []
    kinds = _kinds(way)
    for kind in looks.ROADS:
        members = way.corridors[kinds == kind]
        rows += [Row(head=_class_name(kind, lang))] if len(members) else []
        for road in records(members):
            part = labels.text("paper.corridor.part", lang, ref=road["ref"], part=road["part"])
            cells = [str(road["ref"]) if road["part"] == 1 else part]
            cells += [_ends(road["from_name"], road["to_name"], lang), tables.number(road["km"], 1)]
            cells += [
                tables.number(road["n_sites"]),
                tables.number(road["n_piles"]),
                tables.number(road["longest_gap_km"], 1),
            ]
            cells += [f"{charts[road['ref']]}" if road["ref"] in charts else ""] if charts else []
            rows.append(Row(tuple(cells)))
    tables.write(*_table(pages, way, "road_list", CHARTED if charts else ROADS), rows)


def _ends(start: object, end: object, lang: str) -> str:
    unnamed = labels.text("strips.unnamed", lang)
    names = {
        key: unnamed if null(name) else str(name) for key, name in (("from_name", start), ("to_name", end))
    }
    return labels.text("strips.heading", lang, **names)


def _table(
    pages: Pages, way: _Way, name: str, widths: tuple[tuple[str, float], ...]
) -> tuple[Pages, str, list[Column]]:
    """Pages, title and columns of a list."""
    lang = pages.paper.caption.lang
    columns = [
        Column(labels.text(f"paper.corridor.column.{key}", lang), width, number=key not in ("ref", "ends"))
        for key, width in widths
    ]
    title = labels.text(f"paper.corridor.{name}", lang, direction=labels.word("direction", way.name, lang))
    return pages, title, columns
