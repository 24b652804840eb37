"""The county map: counties by the share of their headline units that are covered, and the index of counties."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import payload, pen
from chargegeo.maps.lanes import records
from chargegeo.maps.paper import counting, furniture, looks, tables
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import land as lands
from chargegeo.maps.paper.frame import Rect
from chargegeo.maps.paper.furniture import SMALL, Entry
from chargegeo.maps.paper.land import Land
from chargegeo.maps.paper.lettering import Lettering, label
from chargegeo.maps.paper.pages import Pages
from chargegeo.maps.paper.placing import Board
from chargegeo.maps.paper.tables import Column, Row
from chargegeo.vocab import Boundary

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.paper.frame import Frame, Shapes
    from chargegeo.maps.paper.pages import Paper
    from chargegeo.maps.pen import Sheet

NAME = 6.5  # pt
LEADER = 20.0  # mm
# of the largest circle in a county: where in it a leader line may end
SPOTS = ((0.0, 0.0), (0.7, 0.0), (-0.7, 0.0), (0.0, 0.7), (0.0, -0.7))
BADGE: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": looks.INK, "linewidth": 0.5}


@dataclass(frozen=True)
class _Counted:
    """A row a county in the order of the land, with ``number, n_units, n_covered, n_unknown, approximate``."""

    land: Land
    rows: pd.DataFrame
    heads: tuple[str, ...]
    counts: dict[str, tuple[str, ...]]


def county_map(
    path: str | Path,
    units: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    paper: Paper,
    *,
    headline_kinds: Collection[str] = (),
    picture: Path | None = None,
) -> list[Path]:
    """Write the map of counties by the share of their units that are covered, and the index of counties.

    Parameters
    ----------
    path
        PDF, or SVG or PNG (then a file a page).
    units, coverage
        Contract tables. A unit without a row in ``coverage`` is unknown.
    paper
        Counties, projection, caption and size.
    headline_kinds
        Values of ``units.town_kind`` that make the denominator; all units count when none has such a kind.
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
        return draw(units, coverage, paper, headline_kinds=headline_kinds).write(path, picture=picture)


def draw(
    units: gpd.GeoDataFrame, coverage: pd.DataFrame, paper: Paper, *, headline_kinds: Collection[str] = ()
) -> Pages:
    """The pages of :func:`county_map`, drawn and not written."""
    pages = Pages(paper)
    counted = _counted(units, coverage, paper, headline_kinds)
    _map(pages, counted)
    _index(pages, counted)
    return pages


def _counted(
    units: gpd.GeoDataFrame, coverage: pd.DataFrame, paper: Paper, kinds: Collection[str]
) -> _Counted:
    land = lands.land(paper)
    state = counting.states(units, coverage)
    found = counting.by_area(units["county_code"], state, counting.headline(units, kinds))
    rows = found.reindex(land.table["county_code"]).fillna(0).astype(int).reset_index(drop=True)
    near = units.loc[(units["boundary"] == Boundary.APPROXIMATE).to_numpy(), "county_code"]
    rows["approximate"] = land.table["county_code"].isin(near).to_numpy()
    rows["number"] = range(1, len(rows) + 1)
    return _Counted(land, rows, *counting.told(units, state, kinds, paper.caption.lang))


def _map(pages: Pages, counted: _Counted) -> None:
    land, lang = counted.land, counted.land.lang
    sheet, body = pages.add(labels.text("paper.county.title", lang))
    place, panel = lands.halves(body, pages.paper.size)
    frame = frames.fit(place, land.bounds)
    drawn = land.drawn(frame)
    board = lands.furnish(sheet, frame, land, drawn[0])
    _shade(sheet, frame, counted, drawn)
    unnamed, missing = _names(sheet, frame, board, counted)
    if missing:
        pages.remark(labels.text("paper.county.left_out", lang, n=missing))
    y = furniture.legend(sheet, (panel.left, panel.top), panel.width, _legend(counted)) - 5
    zoom, rest = lands.inset(Rect(panel.left, panel.bottom, panel.right, y), frame, unnamed)
    if zoom is not None:
        lands.outlined(sheet, frame, zoom, lands.zoom_words(land, zoom))
        _close(sheet, zoom, counted)
    if min(rest.width, rest.height) >= lands.LEAST_INSET:
        _cities(sheet, rest, counted)


def _close(sheet: Sheet, zoom: Frame, counted: _Counted) -> None:
    """The inset, drawn as the map is."""
    furniture.lay(sheet, zoom, counted.land.crs, degrees=False)
    drawn = counted.land.drawn(zoom)
    _shade(sheet, zoom, counted, drawn)
    _names(sheet, zoom, Board(zoom.rect), counted)


def _cities(sheet: Sheet, rect: Rect, counted: _Counted) -> None:
    table = counted.rows.assign(code=counted.land.city_codes).groupby("code")[["n_covered", "n_units"]].sum()
    told = {str(code): f"{row.n_covered:,}/{row.n_units:,}" for code, row in table.iterrows()}
    words = labels.text("paper.county.cities", counted.land.lang)
    lands.city_inset(sheet, rect, counted.land, told, words)


def _shade(sheet: Sheet, frame: Frame, counted: _Counted, drawn: tuple[Shapes, Shapes]) -> None:
    rows, shapes = counted.rows, drawn[0]
    place = _classes(rows)
    for number, look in enumerate([*(look for _, look in looks.SHARES), looks.NO_UNITS]):
        frames.fill(sheet, frame, shapes[place == number], look)
    frames.fill(sheet, frame, shapes[(rows["n_unknown"] > 0).to_numpy()], looks.SOME_UNKNOWN, zorder=1.1)
    frames.fill(sheet, frame, shapes[rows["approximate"].to_numpy()], looks.APPROXIMATE, zorder=1.2)
    lands.borders(sheet, frame, drawn)


def _classes(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Class of each county: its place in ``looks.SHARES``, the one behind the last without a denominator."""
    import numpy as np

    units, covered = rows["n_units"].to_numpy(), rows["n_covered"].to_numpy()
    # whole numbers, so that no share falls into a class by rounding
    conditions = [units == 0, *(covered * 100 >= units * round(100 * least) for least, _ in looks.SHARES)]
    found: NDArray[np.int64] = np.select(conditions, [len(looks.SHARES), *range(len(looks.SHARES))])
    return found


def _names(sheet: Sheet, frame: Frame, board: Board, counted: _Counted) -> tuple[NDArray[np.float64], int]:
    """Names with counts where they fit into their county, else numbers of the index.

    Returns the middles (m) of the counties without a name and how many found no place at all.
    """
    import numpy as np

    land, rows = counted.land, counted.rows
    at, radius = land.middles
    places, wide = frame.mm(at), radius * 1000 / frame.scale
    left = []
    for one in sorted(map(int, frame.inside(places).nonzero()[0]), key=lambda i: (-wide[i], i)):
        name = sheet.fitted(str(land.table["county_name"].iloc[one]), NAME, 30)
        count = f"{rows['n_covered'].iloc[one]}/{rows['n_units'].iloc[one]}"
        fits = wide[one] * 2.4 >= sheet.room(name, NAME)
        if not (fits and label(sheet, board, places[one], [name, count], Lettering(NAME, wide[one] * 0.7))):
            left.append(one)
    left.reverse()  # the narrowest first: it has the fewest places to choose from
    style = Lettering(SMALL, LEADER, badge=BADGE)
    placed = [
        any(label(sheet, board, places[one] + wide[one] * np.array(spot), [number], style) for spot in SPOTS)
        for one, number in zip(left, map(str, rows["number"].iloc[left]), strict=True)
    ]
    return at[left], placed.count(False)


def _legend(counted: _Counted) -> list[Entry]:
    lang, rows = counted.land.lang, counted.rows
    place = _classes(rows)
    classes = [
        Entry(look, labels.text(f"paper.county.share.{number}", lang), (f"{int((place == number).sum())}",))
        for number, look in enumerate([*(look for _, look in looks.SHARES), looks.NO_UNITS])
    ]
    marked = [
        Entry(look, labels.text(f"paper.county.{name}", lang), (f"{int(mask.sum())}",))
        for name, look, mask in (
            ("unknown", looks.SOME_UNKNOWN, rows["n_unknown"] > 0),
            ("approximate", looks.APPROXIMATE, rows["approximate"]),
        )
        if mask.any()
    ]
    return [
        *furniture.counts(counted.heads, counted.counts, lang, looks=False),
        Entry(None, labels.text("paper.county.shares", lang), (labels.text("paper.county.number", lang),)),
        *classes,
        *marked,
        *lands.border_entries(counted.land),
        Entry(None, labels.text("paper.county.labels", lang), note=True),
    ]


def _index(pages: Pages, counted: _Counted) -> None:
    lang, land, rows = counted.land.lang, counted.land, counted.rows
    heads = [
        labels.text(f"paper.county.column.{name}", lang)
        for name in ("number", "name", "share", "percent", "unknown")
    ]
    widths = (10.0, 32.0, 22.0, 17.0, 13.0)
    columns = [
        Column(head, width, number=n != 1) for n, (head, width) in enumerate(zip(heads, widths, strict=True))
    ]
    names = land.cities.set_index("city_code")["city_name"].to_dict()
    table = rows.assign(city=land.city_codes, name=land.table["county_name"])
    lines = []
    for code, members in table.groupby("city", sort=True):
        total = furniture.share(int(members["n_covered"].sum()), int(members["n_units"].sum()))
        lines.append(Row(head=f"{names[code]}  {total}"))
        for row in records(members):
            share = f"{row['n_covered']}/{row['n_units']}"
            percent = payload.share(row["n_covered"], row["n_units"]) or "\u2013"
            lines.append(Row((f"{row['number']}", str(row["name"]), share, percent, f"{row['n_unknown']}")))
    tables.write(pages, labels.text("paper.county.index", lang), columns, lines)
