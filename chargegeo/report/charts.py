"""The sheet of charts: each beside the numbers that it is drawn from, or naming the sheet that holds them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from chargegeo import labels, schema
from chargegeo.maps.said import marks
from chargegeo.report.book import HEADER_HEIGHT, add_sheet, bold_format, header_format
from chargegeo.report.cells import FORMATS, SHAPES
from chargegeo.report.words import cell_text
from chargegeo.vocab import Measure, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from xlsxwriter.chart import Chart
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from chargegeo.schema import Caption

_COUNTS = {State.COVERED: "n_covered", State.UNKNOWN: "n_unknown", State.UNCOVERED: "n_uncovered"}
# Told apart without colour too: full, dotted, hatched
_FILLS: dict[State, dict[str, Any]] = {
    State.COVERED: {"fill": {"color": "#8CC6A8"}},
    State.UNKNOWN: {"pattern": {"pattern": "percent_20", "fg_color": "#55555F", "bg_color": "#F1F1F4"}},
    State.UNCOVERED: {
        "pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#7A2E00", "bg_color": "#F6B26B"}
    },
}
_LINES = ("solid", "dash", "round_dot", "long_dash", "dash_dot", "square_dot")
_COLOURS = ("#0B5CAD", "#B4531C", "#43287A", "#1F7A4D", "#A5133F", "#55606A")
_BESIDE = 8  # column that charts start in, right of the numbers
_ROW_PIXELS = 20
_WIDTHS = ((0, 0, 16), (1, 5, 12), (6, 6, 24), (7, 7, 3))  # first column, last column, characters
_SCALE = 50  # percent: numbers and charts side by side on A4, two panels a page


class _Run(NamedTuple):
    """Rows of a sheet that make one line: the first and last of them."""

    first: int
    last: int


def write_charts(
    book: Workbook, tables: Mapping[str, pd.DataFrame], caption: Caption, *, headline: str | None
) -> None:
    """Add the sheet: rungs of the province, cities at the headline rung, and curves where they are given.

    Parameters
    ----------
    tables
        ``rollup``, and where they are there ``closing_curve`` and ``lorenz``, whose sheets hold the numbers.
    headline
        Rung that the cities are shown at; no such chart without it.
    """
    rollup = tables["rollup"]
    main = rollup[(rollup["group"] == "headline") & (rollup["n_units"] > 0)]
    province = main[main["level"] == "province"]
    cities = main[(main["level"] == "city") & (main["rung"] == headline)]
    curves = [name for name in ("closing_curve", "lorenz") if len(tables.get(name, ()))]
    if province.empty and cities.empty and not curves:
        return
    page = add_sheet(book, "charts", caption)
    for first, last, wide in _WIDTHS:
        page.set_column(first, last, wide)
    page.set_print_scale(_SCALE)
    drawing = _Drawing(book, page, caption)
    if not province.empty:
        drawing.states("rungs", province, province["rung"], "column")
    if not cities.empty:
        ordered = cities.sort_values(["share", "code"], ascending=[False, True], kind="stable")
        drawing.states("cities", ordered, ordered["name"], "bar", rung=headline)
    if "closing_curve" in curves:
        drawing.closing(tables["closing_curve"])
    if "lorenz" in curves:
        drawing.lorenz(tables["lorenz"])
    page.set_h_pagebreaks(drawing.tops[2::2])


class _Drawing:
    """The sheet while it is filled, from above."""

    def __init__(self, book: Workbook, page: Worksheet, caption: Caption) -> None:
        self._book, self._page, self._caption = book, page, caption
        self._row = 2
        self.tops: list[int] = []

    def _say(self, key: str, **values: object) -> str:
        return labels.text(f"book.chart.{key}", self._caption.lang, **values)

    def states(self, key: str, rows: pd.DataFrame, names: pd.Series, kind: str, **values: object) -> None:
        """Covered, unknown and uncovered units in parts of all, with the numbers beside."""
        lang, page = self._caption.lang, self._page
        sheet, top = page.get_name(), self._row + 1
        columns = [*_COUNTS.values(), "n_units", "share"]
        titles = [self._say(f"name_{key}"), *(schema.column_label("rollup", name, lang) for name in columns)]
        page.write_string(self._row, 0, self._say(key, **values), bold_format(self._book))
        for index, title in enumerate([*titles, self._say("label")]):
            page.write_string(top, index, title, header_format(self._book))
        page.set_row(top, HEADER_HEIGHT)
        texts = [cell_text(str(name), lang) for name in names]
        page.write_column(top + 1, 0, texts)
        for index, name in enumerate(columns, 1):
            style = self._book.add_format({"num_format": FORMATS["share" if name == "share" else "count"]})
            page.write_column(top + 1, index, rows[name].tolist(), style)
        shown = zip(texts, rows["n_covered"], rows["n_units"], strict=True)
        page.write_column(top + 1, len(titles), [f"{text} {part:,}/{of:,}" for text, part, of in shown])
        last = top + len(rows)
        chart = self._chart({"type": kind, "subtype": "percent_stacked"}, self._say(key, **values))
        for index, state in enumerate(_COUNTS, 1):
            chart.add_series(
                {
                    "name": labels.word("state", state, lang),
                    "categories": [sheet, top + 1, len(titles), last, len(titles)],
                    "values": [sheet, top + 1, index, last, index], "gap": 40,
                    "border": {"color": "#55606A", "width": 0.5}, **_FILLS[state],
                }
            )  # fmt: skip
        share = {"name": self._say("share"), "num_format": "0%", "major_gridlines": _GRID}
        if kind == "bar":  # the first row stands above, the scale below
            chart.set_x_axis({**share, "label_position": "high"})
            chart.set_y_axis({"reverse": True})
        else:
            chart.set_y_axis(share)
        self._insert(chart, len(rows) + 3, 420 if kind == "column" else 160 + 22 * len(rows))

    def closing(self, curve: pd.DataFrame) -> None:
        """What so many piles more bring: units by rung, people by limit or scenario."""
        units = [
            run
            for run in _runs(curve, ["measure", "name"])
            if curve["measure"].iloc[run.first] == Measure.RUNG
        ]
        people = [
            run
            for run in _runs(curve, ["measure", "name"])
            if curve["measure"].iloc[run.first] != Measure.RUNG
        ]
        for key, runs, y, of in (
            ("units", units, "n_units", "of_units"),
            ("people", people, "people", "of_people"),
        ):
            known = [run for run in runs if curve[y].iloc[run.first : run.last + 1].notna().any()]
            if known:
                every = curve[of].iloc[[run.first for run in known]].max()
                axes = (self._say("piles"), self._say(f"y_{key}", of=f"{every:,.0f}"))
                chart = self._lines(f"closing_{key}", "closing_curve", known, ("name", "n_piles", y), axes)
                self._from_sheet(chart, f"closing_{key}", "closing_curve")

    def lorenz(self, curve: pd.DataFrame) -> None:
        """Share of what there is by share of the people, from those with the least."""
        axes = (self._say("people_share"), self._say("amount_share"))
        columns = ("counted", "people_share", "amount_share")
        chart = self._lines("lorenz", "lorenz", _runs(curve, ["counted"]), columns, axes)
        for set_axis, name in ((chart.set_x_axis, axes[0]), (chart.set_y_axis, axes[1])):
            set_axis({"name": name, "min": 0, "max": 1, "num_format": "0%", "major_gridlines": _GRID})
        name, sheet, at = self._say("even"), self._page.get_name(), self._row + 2
        for step in (0, 1):
            self._page.write_row(at + step, 0, [name, step, step])
        even = {"name": name, "categories": [sheet, at, 1, at + 1, 1], "values": [sheet, at, 2, at + 1, 2]}
        chart.add_series({**even, "line": {"color": "#55606A", "dash_type": "dash", "width": 1}})
        self._from_sheet(chart, "lorenz", "lorenz")

    def _lines(
        self, key: str, table: str, runs: Sequence[_Run], columns: tuple[str, str, str], axes: tuple[str, str]
    ) -> Chart:
        """Lines through rows of another sheet: columns of the name, of x and of y."""
        sheet = labels.text(f"report.sheet.{table}", self._caption.lang)
        at = [item.name for item in schema.contract(table) if item.kind not in SHAPES]
        name, x, y = (at.index(column) for column in columns)
        chart = self._chart({"type": "scatter", "subtype": "straight"}, self._say(key))
        for index, run in enumerate(runs):
            first, last = run.first + _TOP, run.last + _TOP
            look = {
                "color": _COLOURS[index % len(_COLOURS)],
                "dash_type": _LINES[index % len(_LINES)],
                "width": 2,
            }
            chart.add_series(
                {
                    # A name from data is a cell that is pointed at: as text it could be read as a formula
                    "name": [sheet, first, name], "categories": [sheet, first, x, last, x],
                    "values": [sheet, first, y, last, y], "line": look,
                }
            )  # fmt: skip
        chart.set_x_axis({"name": axes[0], "num_format": "#,##0", "major_gridlines": _GRID})
        chart.set_y_axis({"name": axes[1], "num_format": "#,##0", "major_gridlines": _GRID})
        return chart

    def _from_sheet(self, chart: Chart, key: str, table: str) -> None:
        sheet = labels.text(f"report.sheet.{table}", self._caption.lang)
        self._page.write_string(self._row, 0, self._say(key), bold_format(self._book))
        self._page.write_string(self._row + 1, 0, self._say("numbers", sheet=sheet))
        self._insert(chart, 0, 420)

    def _chart(self, kind: dict[str, str], title: str) -> Chart:
        chart: Chart = self._book.add_chart(kind)
        chart.set_title(
            {
                "name": f"{title}\n{' '.join(marks(self._caption))}",
                "name_font": {"size": 11},
                "overlay": False,
            }
        )
        chart.set_legend({"position": "bottom"})
        return chart

    def _insert(self, chart: Chart, rows: int, height: int) -> None:
        chart.set_size({"width": 780, "height": height})
        options = {"description": self._say("alt"), "object_position": 2, "y_offset": 8}
        self._page.insert_chart(self._row, _BESIDE, chart, options)
        self.tops.append(self._row)
        self._row += max(rows, -(-height // _ROW_PIXELS)) + 2


_GRID = {"visible": True, "line": {"color": "#C6CED4", "width": 0.5}}
_TOP = 2  # rows above the values of a sheet: title line and header


def _runs(frame: pd.DataFrame, keys: Sequence[str]) -> list[_Run]:
    """Rows that follow each other with the same keys."""
    found: list[_Run] = []
    values: Iterable[tuple[Any, ...]] = frame[list(keys)].itertuples(index=False, name=None)
    for _, group in groupby(enumerate(values), key=lambda pair: pair[1]):
        places = [place for place, _ in group]
        found.append(_Run(places[0], places[-1]))
    return found
