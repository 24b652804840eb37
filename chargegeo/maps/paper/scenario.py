"""The scenario map: units before and after side by side, the new sites, and lists of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import payload, pen
from chargegeo.maps.lanes import records
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import furniture, looks, tables, township
from chargegeo.maps.paper import land as lands
from chargegeo.maps.paper.frame import Rect
from chargegeo.maps.paper.furniture import Entry
from chargegeo.maps.paper.lettering import Lettering, label
from chargegeo.maps.paper.pages import Pages
from chargegeo.maps.paper.tables import Column, Row
from chargegeo.vocab import State

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.paper.frame import Frame
    from chargegeo.maps.paper.pages import Paper
    from chargegeo.maps.paper.placing import Board
    from chargegeo.maps.paper.township import Areas
    from chargegeo.maps.pen import Sheet

LISTED = 500  # sites; the workbook has the others
NUMBERED = 120  # sites; the numbers of more would hide the map
GAINED, UNJUDGED = "gained", "unjudged"  # beside the words of State
LOOKS: dict[str, looks.Look] = {**looks.STATES, GAINED: looks.GAINED, UNJUDGED: looks.UNJUDGED}
BETWEEN, HEADING = 9.0, 6.0  # mm
NUMBER, HEAD, REACH = 5.6, 11.0, 6.0  # pt, pt, mm
SITE: dict[str, Any] = {"color": "#ffffff", "markerfacecolor": looks.SITE, "markeredgewidth": 0.4}
ENLARGED: dict[str, Any] = {"color": looks.SITE, "markerfacecolor": "#ffffff", "markeredgewidth": 0.9}
SIZES = ((1, 2.6), (5, 3.4), (20, 4.6), (100, 6.0))  # least new piles, size of the mark (pt)
BADGE: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": looks.SITE, "linewidth": 0.4}
AREAS = (
    ("name", 27.0), ("area_before", 21.0), ("area_after", 21.0), ("unknown", 12.0), ("piles", 15.0), ("new", 14.0),
    ("cost", 19.0), ("served", 31.0),
)  # fmt: skip
SITES = (
    ("rank", 9.0), ("site", 38.0), ("kind", 24.0), ("unit", 27.0), ("n_new", 12.0), ("new_kw", 15.0),
    ("cost", 17.0), ("people_near", 16.0), ("closed", 40.0),
)  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """A scenario on the ground: states before and after, the new sites and where they lie (m)."""

    areas: Areas
    before: NDArray[np.object_]
    after: NDArray[np.object_]
    sites: pd.DataFrame
    at: NDArray[np.float64]


def scenario_map(
    path: str | Path,
    units: gpd.GeoDataFrame,
    scenario_units: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    scenario_areas: pd.DataFrame,
    paper: Paper,
    *,
    picture: Path | None = None,
) -> list[Path]:
    """Write the map of a scenario, before and after side by side, and the lists of areas and new sites.

    Parameters
    ----------
    path
        PDF, or SVG or PNG (then a file a page).
    units, scenario_units, sites, scenario_areas
        Contract tables. A unit without a row in ``scenario_units`` takes no part and is drawn as such. Sites
        keep their rank as number.
    paper
        Counties, projection, caption and size.
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
        return draw(units, scenario_units, sites, scenario_areas, paper).write(path, picture=picture)


def draw(
    units: gpd.GeoDataFrame,
    scenario_units: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    scenario_areas: pd.DataFrame,
    paper: Paper,
) -> Pages:
    """The pages of :func:`scenario_map`, drawn and not written."""
    pages, plan = Pages(paper), _plan(payload.ordered(units), scenario_units, sites, paper)
    _map(pages, plan, scenario_areas)
    _area_list(pages, scenario_areas)
    _site_list(pages, plan)
    return pages


def _plan(
    units: gpd.GeoDataFrame, scenario_units: pd.DataFrame, sites: gpd.GeoDataFrame, paper: Paper
) -> _Plan:
    import numpy as np
    import shapely

    rows = scenario_units.drop_duplicates("unit_code").set_index("unit_code").reindex(units["unit_code"])
    before, after = (
        rows[name].astype(object).where(rows[name].notna(), UNJUDGED).to_numpy(dtype=object)
        for name in ("before", "after")
    )
    # only a change by the new piles; what was unknown before stays to be seen in the left map
    gained = np.where((after == State.COVERED) & (before != State.COVERED), GAINED, after)
    sites = sites.sort_values("rank", kind="stable").reset_index(drop=True)
    points = frames.metres(sites.geometry, paper.crs)
    at = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    areas = township.areas_of(units, before, paper)
    return _Plan(areas, before, gained.astype(object), sites.drop(columns="geometry"), at)


def _map(pages: Pages, plan: _Plan, scenario_areas: pd.DataFrame) -> None:
    land, lang = plan.areas.land, plan.areas.land.lang
    sheet, body = pages.add(labels.text("paper.scenario.title", lang))
    columns = [_state_entries(plan, lang), _site_entries(plan, lang), _other_entries(plan, lang)]
    wide = (body.width - 4 * BETWEEN) / 3
    band = max(-furniture.legend(pages.ruler, (0.0, 0.0), wide, entries) for entries in columns) + 2
    top, bottom = body.top - HEADING, body.bottom + band
    width = (body.width - BETWEEN - 2 * lands.DEGREES) / 2
    missing = 0
    for order, (name, state) in enumerate((("before", plan.before), ("after", plan.after))):
        left = body.left + lands.DEGREES + order * (width + BETWEEN)
        rect = Rect(left, bottom + lands.DEGREES, left + width, top)
        words = labels.text(f"paper.scenario.{name}", lang, share=_share(scenario_areas, name))
        sheet.lines(left, body.top, [sheet.fitted(words, HEAD, width)], size=HEAD)
        frame = frames.fit(rect, land.bounds)
        board = lands.furnish(sheet, frame, land, land.shapes)
        township.paint(sheet, frame, replace(plan.areas, state=state), LOOKS)
        if name == "after":
            missing = _sites(sheet, frame, board, plan)
        lands.city_names(sheet, frame, board, land, 7.5)
    for place, entries in enumerate(columns):
        furniture.legend(sheet, (body.left + place * (wide + 2 * BETWEEN), bottom - 1), wide, entries)
    if missing:
        pages.remark(labels.text("paper.scenario.left_out", lang, n=missing, of=len(plan.sites)))


def _share(areas: pd.DataFrame, name: str) -> str:
    """Covered over all units of the whole province; nothing where the table has no such row."""
    rows = areas[areas["level"] == "province"]
    return (
        furniture.share(int(rows[f"covered_{name}"].iloc[0]), int(rows["n_units"].iloc[0]))
        if len(rows)
        else ""
    )


def _size(n_new: int) -> float:
    return next(size for least, size in reversed(SIZES) if n_new >= least or least == SIZES[0][0])


def _sites(sheet: Sheet, frame: Frame, board: Board, plan: _Plan) -> int:
    """Marks of the new sites, larger with more piles, and their numbers; how many have no number."""
    import numpy as np

    places = frame.mm(plan.at)
    enlarged = plan.sites["station_id"].notna().to_numpy()
    sizes = np.array([_size(int(n)) for n in plan.sites["n_new"]])
    seen = frame.inside(places)
    for size in sorted(set(sizes.tolist()), reverse=True):
        for mask, shape, look in ((~enlarged, "^", SITE), (enlarged, "s", ENLARGED)):
            chosen = places[seen & mask & (sizes == size)]
            if len(chosen):
                sheet.line(
                    chosen[:, 0],
                    chosen[:, 1],
                    linestyle="none",
                    marker=shape,
                    markersize=size,
                    zorder=3.0,
                    **look,
                )
    placed = 0
    for one in np.flatnonzero(seen)[:NUMBERED]:
        number = f"{plan.sites['rank'].iloc[one]}"
        placed += label(sheet, board, places[one], [number], Lettering(NUMBER, REACH, 2.4, BADGE))
    return len(plan.sites) - placed


def _state_entries(plan: _Plan, lang: str) -> list[Entry]:
    heads = tuple(labels.text(f"paper.scenario.column.{name}", lang) for name in ("before", "after"))
    found = [Entry(None, labels.text("paper.counts", lang), heads)]
    for state, look in LOOKS.items():
        counts = tuple(f"{int((states == state).sum()):,}" for states in (plan.before, plan.after))
        if state in looks.STATES or counts != ("0", "0"):
            words = (
                labels.word("state", state, lang)
                if state in looks.STATES
                else labels.text(f"paper.scenario.{state}", lang)
            )
            shown = ("\u2013", counts[1]) if state == GAINED else counts
            found.append(Entry(look, words, shown))
    return found


def _site_entries(plan: _Plan, lang: str) -> list[Entry]:
    enlarged = plan.sites["station_id"].notna()
    heads = tuple(labels.text(f"paper.scenario.column.{name}", lang) for name in ("places", "n_new"))
    found = [Entry(None, labels.text("paper.scenario.sites", lang), heads)]
    for name, shape, look, mask in (("new", "^", SITE, ~enlarged), ("enlarged", "s", ENLARGED, enlarged)):
        piles = int(plan.sites["n_new"][mask].sum())
        mark = furniture.mark(shape, **{**look, "markersize": 4.6})
        found.append(
            Entry(mark, labels.text(f"paper.scenario.{name}", lang), (f"{int(mask.sum()):,}", f"{piles:,}"))
        )
    sizes = labels.text("paper.scenario.sizes", lang, sizes=" / ".join(f"{least}" for least, _ in SIZES))
    found.append(Entry(_size_sample, sizes))
    return [*found, Entry(furniture.badge(BADGE, "1"), labels.text("paper.scenario.number", lang))]


def _size_sample(sheet: Sheet, x: float, y: float) -> None:
    for place, (_, size) in enumerate(SIZES):
        sheet.marks((x + 0.8 + place * 2.2,), y, "^", **{**SITE, "markersize": size})


def _other_entries(plan: _Plan, lang: str) -> list[Entry]:
    return [
        *township.shape_entries(plan.areas),
        *lands.border_entries(plan.areas.land, plan.areas.kind),
        Entry(None, labels.text("paper.scenario.note", lang), note=True),
    ]


def _area_list(pages: Pages, areas: pd.DataFrame) -> None:
    """The whole, cities and the counties of each city."""
    lang = pages.paper.caption.lang
    order = areas.sort_values("code", kind="stable", na_position="first")
    # people are served across borders, so that most plans tell them of the whole alone
    parts = order[order["level"] != "province"]
    widths = AREAS if parts["served_before"].notna().any() else AREAS[:-1]
    rows = []
    for row in records(order[order["level"] == "province"]):
        rows.append(Row(head=labels.text("paper.scenario.whole", lang, served=_served(row))))
        rows.append(_area({**row, "name": labels.text("paper.scenario.all", lang)}, len(widths)))
    for city in records(order[order["level"] == "city"]):
        rows.append(Row(head=str(city["name"])))
        rows.append(_area({**city, "name": labels.text("paper.scenario.total", lang)}, len(widths)))
        counties = order[(order["level"] == "county") & (order["parent_code"] == city["code"])]
        rows += [_area(row, len(widths)) for row in records(counties)]
    title = labels.text("paper.scenario.area_list", lang)
    tables.write(pages, title, _columns(widths, ("name",), lang), rows)


def _served(row: dict[str, Any]) -> str:
    return f"{tables.number(row['served_before'])} \u2192 {tables.number(row['served_after'])}"


def _area(row: dict[str, Any], n: int) -> Row:
    """The first ``n`` cells of an area."""
    cells = (
        tables.words(row["name"]),
        f"{row['covered_before']:,}/{row['n_units']:,}",
        f"{row['covered_after']:,}/{row['n_units']:,}",
        tables.number(row["n_unknown"]),
        tables.number(row["n_piles_before"]),
        tables.number(row["n_new"]),
        tables.number(row["cost"]),
        _served(row),
    )
    return Row(cells[:n])


def _site_list(pages: Pages, plan: _Plan) -> None:
    """The sites of each county, counties by code, sites by rank; of very many the first, with the sums of all."""
    lang = pages.paper.caption.lang
    table = plan.sites.sort_values(["county_code", "rank"], kind="stable", na_position="last")
    rows: list[Row] = []
    for _, members in table.groupby(table["county_code"].fillna(""), sort=False):
        first = members.iloc[0]
        head = labels.text(
            "paper.scenario.group", lang, n=len(members), piles=f"{int(members['n_new'].sum()):,}",
            city=tables.words(first["city_name"]), county=tables.words(first["county_name"]),
        )  # fmt: skip
        rows.append(Row(head=head))
        rows += [_site(row, lang) for row in records(members[members.index < LISTED])]
    title = labels.text("paper.scenario.site_list", lang)
    tables.write(pages, title, _columns(SITES, ("site", "kind", "unit", "closed"), lang), rows)
    if (left := len(plan.sites) - LISTED) > 0:
        pages.remark(labels.text("paper.scenario.unlisted", lang, n=left, of=len(plan.sites)))


def _site(row: dict[str, Any], lang: str) -> Row:
    name = tables.words(row["name"] if tables.words(row["name"]) else row["site_id"])
    kind = labels.word("sitekind", row["site_kind"], lang)
    numbers = [tables.number(row[key]) for key in ("n_new", "new_kw", "cost", "people_near")]
    return Row(
        (f"{row['rank']}", name, kind, tables.words(row["unit_name"]), *numbers, tables.words(row["closed"]))
    )


def _columns(widths: tuple[tuple[str, float], ...], words: tuple[str, ...], lang: str) -> list[Column]:
    money = labels.text("scenario.money", lang)
    return [
        Column(
            labels.text(f"paper.scenario.column.{name}", lang, money=money), width, number=name not in words
        )
        for name, width in widths
    ]
