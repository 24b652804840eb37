"""The township gap map: who is covered, who is not, who is unknown, and the list of gaps of each county."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import payload, pen
from chargegeo.maps.lanes import null, records
from chargegeo.maps.paper import counting, furniture, looks, tables
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import land as lands
from chargegeo.maps.paper.frame import Rect
from chargegeo.maps.paper.furniture import Entry
from chargegeo.maps.paper.land import Land
from chargegeo.maps.paper.lettering import Lettering, label
from chargegeo.maps.paper.pages import Pages
from chargegeo.maps.paper.placing import Board
from chargegeo.maps.paper.tables import Column, Row
from chargegeo.vocab import Boundary, State, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.paper.frame import Frame, Shapes
    from chargegeo.maps.paper.pages import Paper
    from chargegeo.maps.pen import Sheet

NUMBER, NAME, CITY_NAME = 5.6, 5.6, 9.0  # pt
REACH = 6.5  # of a number from its gap (mm)
BADGE: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": looks.GAP, "linewidth": 0.5}
COLUMNS = (
    ("rank", 9.0), ("name", 33.0), ("fact", 35.0), ("population", 15.0), ("nearest_km", 18.0), ("road_minutes", 18.0),
)  # fmt: skip
STATE_MARKS = {State.COVERED: "o", State.UNKNOWN: "D", State.UNCOVERED: "X"}


@dataclass(frozen=True)
class Areas:
    """Units in metres with their states, in the order of the units."""

    land: Land
    units: pd.DataFrame
    shapes: Shapes
    seats: NDArray[np.float64]
    state: NDArray[np.object_]

    def seated(self) -> NDArray[np.bool_]:
        """Units without a shape whose seat is known."""
        import numpy as np
        import shapely

        found: NDArray[np.bool_] = shapely.is_missing(self.shapes) & ~np.isnan(self.seats[:, 0])
        return found

    @property
    def kind(self) -> str:
        """What the units are."""
        return str(self.units["kind"].iloc[0]) if len(self.units) else str(UnitKind.TOWNSHIP)

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A point in each unit (m), the seat where there is no shape, NaN where neither is known; its width (m)."""
        import numpy as np
        import shapely

        at, width = np.array(self.seats), np.zeros(len(self.seats))
        drawn = ~shapely.is_missing(self.shapes)
        at[drawn] = shapely.get_coordinates(shapely.point_on_surface(self.shapes[drawn]))
        width[drawn] = np.sqrt(shapely.area(self.shapes[drawn]))
        return at, width


def gap_map(
    path: str | Path,
    units: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    gaps: pd.DataFrame,
    paper: Paper,
    *,
    headline_kinds: Collection[str] = (),
    picture: Path | None = None,
) -> list[Path]:
    """Write the map of units by state with numbered gaps, and the list of gaps by county.

    Parameters
    ----------
    path
        PDF, or SVG or PNG (then a file a page).
    units, coverage, gaps
        Contract tables. A unit without a row in ``coverage`` is unknown; one without a shape is a mark at its
        seat, or counted where that is not known either. Gaps keep their rank as number.
    paper
        Counties, projection, caption and size.
    headline_kinds
        Values of ``units.town_kind`` that make the headline denominator.
    picture
        A PNG of the first page, beside.

    Returns
    -------
    list of Path
        The files, in the order of the pages. The same input gives the same bytes.

    Raises
    ------
    OutputFault
        ``paper_size``, ``chart_suffix``, ``cannot_write``.
    """
    with pen.settings():
        return draw(units, coverage, gaps, paper, headline_kinds=headline_kinds).write(path, picture=picture)


def draw(
    units: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    gaps: pd.DataFrame,
    paper: Paper,
    *,
    headline_kinds: Collection[str] = (),
) -> Pages:
    """The pages of :func:`gap_map`, drawn and not written."""
    pages, units = Pages(paper), payload.ordered(units)
    areas = areas_of(units, counting.states(units, coverage), paper)
    gaps = gaps.sort_values("rank", kind="stable").reset_index(drop=True)
    _map(pages, areas, gaps, counting.told(units, areas.state, headline_kinds, paper.caption.lang))
    _index(pages, units, gaps)
    return pages


def areas_of(units: gpd.GeoDataFrame, state: NDArray[np.object_], paper: Paper) -> Areas:
    """Units on the ground of a paper."""
    import numpy as np
    from pyproj import Transformer

    seats = units[["seat_lon", "seat_lat"]].to_numpy(dtype=float, na_value=np.nan)
    there = Transformer.from_crs("EPSG:4490", paper.crs, always_xy=True)
    at = np.column_stack(there.transform(seats[:, 0], seats[:, 1]))
    at[~np.isfinite(at).all(axis=1)] = np.nan
    shapes = frames.metres(units.geometry, paper.crs)
    return Areas(lands.land(paper), units.drop(columns="geometry"), shapes, at, state)


def paint(sheet: Sheet, frame: Frame, areas: Areas, looked: dict[str, looks.Look]) -> None:
    """Units in the look of their state, approximate ones hatched, marks for those without a shape, borders."""
    import shapely

    shapes, ground = frames.simple(areas.shapes, frame.finest), areas.land.drawn(frame)
    if shapely.is_missing(shapes).any():
        frames.fill(sheet, frame, ground[1], looks.NO_UNITS, zorder=0.9)  # seen where no unit lies over it
    for state, look in looked.items():
        frames.fill(sheet, frame, shapes[areas.state == state], look)
    near = (areas.units["boundary"] == Boundary.APPROXIMATE).to_numpy()
    frames.fill(sheet, frame, shapes[near], looks.APPROXIMATE, zorder=1.2)
    frames.stroke(sheet, frame, shapes[~near], **looks.TOWNSHIP)
    frames.stroke(sheet, frame, shapes[near], linestyle=(0, (3, 2)), **looks.TOWNSHIP)
    lands.borders(sheet, frame, ground)
    at = frame.mm(areas.seats)
    seated = areas.seated()
    seated[seated] = frame.inside(at[seated])
    for state, shape in STATE_MARKS.items():
        for x, y in at[seated & (areas.state == state)]:
            sheet.marks((x,), y, shape, zorder=2.5, **seat_look(looked[state]))


def seat_look(look: looks.Look) -> dict[str, Any]:
    """The mark of a unit without a boundary."""
    return {"markersize": 5, "markerfacecolor": look.face, "color": looks.INK, "markeredgewidth": 0.8}


def _map(
    pages: Pages, areas: Areas, gaps: pd.DataFrame, told: tuple[tuple[str, ...], dict[str, tuple[str, ...]]]
) -> None:
    land, lang = areas.land, areas.land.lang
    sheet, body = pages.add(labels.text(f"paper.gap.{areas.kind}.title", lang))
    place, panel = lands.halves(body, pages.paper.size)
    frame = frames.fit(place, land.bounds)
    board = lands.furnish(sheet, frame, land, land.shapes)
    paint(sheet, frame, areas, looks.STATES)
    missing, at = _numbers(sheet, frame, board, areas, gaps)
    lands.city_names(sheet, frame, board, land, CITY_NAME)
    lands.county_names(sheet, frame, board, land, NAME)
    entries = [*furniture.counts(*told, lang), *shape_entries(areas), *_notes(areas)]
    y = furniture.legend(sheet, (panel.left, panel.top), panel.width, entries) - 5
    zoom, rest = lands.inset(Rect(panel.left, panel.bottom, panel.right, y), frame, at)
    if zoom is not None:
        lands.outlined(sheet, frame, zoom, lands.zoom_words(land, zoom))
        furniture.lay(sheet, zoom, land.crs, degrees=False)
        paint(sheet, zoom, areas, looks.STATES)
        inner = Board(zoom.rect)
        _numbers(sheet, zoom, inner, areas, gaps)
        lands.county_names(sheet, zoom, inner, land, NAME)
    if land.named and min(rest.width, rest.height) >= lands.LEAST_INSET:
        lands.city_inset(
            sheet,
            rect=rest,
            land=land,
            told=_by_city(land, gaps),
            words=labels.text("paper.gap.cities", lang),
        )
    if missing:
        pages.remark(labels.text("paper.gap.left_out", lang, n=missing, of=len(gaps)))


def _by_city(land: Land, gaps: pd.DataFrame) -> dict[str, str]:
    counts = gaps.groupby("city_name").size()
    return {
        code: f"{int(counts.get(name, 0)):,}"
        for code, name in zip(land.cities["city_code"], land.cities["city_name"], strict=True)
    }


def _numbers(
    sheet: Sheet, frame: Frame, board: Board, areas: Areas, gaps: pd.DataFrame
) -> tuple[int, NDArray[np.float64]]:
    """Numbers of the gaps, the worst first; how many in the window found no place, and where the gaps lie (m)."""
    import numpy as np

    where = dict(zip(areas.units["unit_code"], range(len(areas.units)), strict=True))
    rows = np.array([where.get(code, -1) for code in gaps["unit_code"]], dtype=int)
    metres, width = areas.places()
    metres, width = metres[rows], width[rows] * 1000 / frame.scale
    metres[rows < 0] = np.nan
    places = frame.mm(metres)
    seen = np.flatnonzero(frame.inside(places))
    placed = []
    for one, rank in zip(seen, gaps["rank"].iloc[seen], strict=True):
        # beside a gap that the number would hide
        least = 0.0 if width[one] > 2.2 * sheet.room(f"{rank}", NUMBER) else width[one] / 2 + 1.5
        style = Lettering(NUMBER, least + REACH, least, BADGE)
        placed.append(label(sheet, board, places[one], [f"{rank}"], style))
    return len(rows) - placed.count(True), metres


def shape_entries(areas: Areas) -> list[Entry]:
    """Legend of boundaries: approximate, and missing with and without a seat."""
    import shapely

    lang = areas.land.lang
    near = int((areas.units["boundary"] == Boundary.APPROXIMATE).sum())
    seated, lacking = int(areas.seated().sum()), int(shapely.is_missing(areas.shapes).sum())
    found = (
        [Entry(looks.APPROXIMATE, labels.text("map.ui.boundary_approximate", lang), (f"{near:,}",))]
        if near
        else []
    )
    if seated:
        for state, shape in STATE_MARKS.items():
            words = labels.text("paper.seat", lang, state=labels.word("state", state, lang))
            count = f"{int((areas.seated() & (areas.state == state)).sum()):,}"
            found.append(Entry(furniture.mark(shape, **seat_look(looks.STATES[state])), words, (count,)))
    if lacking:
        found.append(Entry(looks.NO_UNITS, labels.text("paper.no_shape", lang)))
    if lacking > seated:
        words = labels.text("paper.nowhere", lang)
        found.append(Entry(furniture.nothing, words, (f"{lacking - seated:,}",)))
    return found


def _notes(areas: Areas) -> list[Entry]:
    lang = areas.land.lang
    return [
        Entry(furniture.badge(BADGE, "1"), labels.text("paper.gap.number", lang)),
        *lands.border_entries(areas.land, areas.kind),
        Entry(None, labels.text("paper.gap.note", lang), note=True),
    ]


def _index(pages: Pages, units: gpd.GeoDataFrame, gaps: pd.DataFrame) -> None:
    """The gaps of each county, counties by code, gaps by rank."""
    lang = pages.paper.caption.lang
    codes = units.drop_duplicates("unit_code").set_index("unit_code")["county_code"]
    table = gaps.assign(county_code=gaps["unit_code"].map(codes))
    table = table.sort_values(["county_code", "rank"], kind="stable")
    kind = str(units["kind"].iloc[0]) if len(units) else str(UnitKind.TOWNSHIP)
    heads = [(f"{kind}.name" if name == "name" else f"column.{name}") for name, _ in COLUMNS]
    columns = [
        Column(labels.text(f"paper.gap.{head}", lang), width, number=name not in ("name", "fact"))
        for head, (name, width) in zip(heads, COLUMNS, strict=True)
    ]
    rows = []
    for (city, county), members in table.groupby(
        [table["city_name"].fillna(""), table["county_name"].fillna("")], sort=False
    ):
        unknown = int((members["state"] == State.UNKNOWN).sum())
        counts = {"n": len(members) - unknown, "unknown": unknown}
        where = {"city": city, "county": county}
        found = ("group", {**where, **counts}) if city or county else ("all", counts)
        rows.append(Row(head=labels.text(f"paper.gap.{found[0]}", lang, **found[1])))
        for gap in records(members):
            fact = labels.word("fact", None if null(gap["fact"]) else gap["fact"], lang)
            if gap["state"] == State.UNKNOWN:
                fact = labels.text("paper.gap.unknown", lang, fact=fact)
            cells = [f"{gap['rank']}", str(gap["name"]), fact]
            cells += [
                tables.number(gap["population"]),
                tables.number(gap["nearest_km"], 1),
                tables.number(gap["road_minutes"]),
            ]
            rows.append(Row(tuple(cells)))
    tables.write(pages, labels.text(f"paper.gap.{kind}.index", lang), columns, rows)
