"""What the parts of a briefing share: tables at hand, words, cells, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels, schema
from chargegeo.maps import charts
from chargegeo.maps.charts.paper import count, known, share
from chargegeo.report.paper.content import Heading, Paragraph, Picture, Table
from chargegeo.report.words import label, words

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.labels.rules import RuleLike
    from chargegeo.maps.pen import Sheet
    from chargegeo.schema import Caption, Column
    from chargegeo.targets import Ledger

__all__ = ["Told", "count", "known", "share"]
# Pictures that may be left out, those of the lowest number first, and the sheets that hold their numbers
SPARE = {
    "strip": (1, ""), "power": (2, "stations"), "closing": (3, "closing_curve"), "lorenz": (4, "lorenz"),
    "progress": (5, "progress"),
}  # fmt: skip
# How the numbers of a unit of measure are written; others as they are, with commas
FORMATS = {"km": ",.1f", "minute": ",.0f", "person": ",.0f", "kW": ",.0f", "share": ".1%", "": ",.10g"}


@dataclass(frozen=True)
class Told:
    """Everything that the parts tell from.

    Parameters
    ----------
    tables
        Contract tables by name.
    caption
        What the paper says of itself.
    rules
        Rules of units, the one that is reported first in front.
    ledger
        Published figures, for what contradictions are about.
    """

    tables: Mapping[str, pd.DataFrame]
    caption: Caption
    rules: Sequence[RuleLike]
    ledger: Ledger | None = None

    @property
    def lang(self) -> str:
        """Language of the paper."""
        return self.caption.lang

    def has(self, *names: str) -> bool:
        """Whether all these tables are there and have rows."""
        return all(name in self.tables and len(self.tables[name]) for name in names)

    def say(self, key: str, **values: object) -> str:
        """Text of the briefing."""
        return labels.text(f"briefing.{key}", self.lang, **values)

    def plain(self, key: str, **values: object) -> Paragraph:
        """A paragraph."""
        return Paragraph(self.say(key, **values))

    def note(self, key: str, **values: object) -> Paragraph:
        """A small line below a table."""
        return Paragraph(self.say(key, **values), "note")

    def heading(self, key: str, *, new_page: bool = False) -> Heading:
        """A heading; its number is set later."""
        return Heading(self.say(f"heading.{key}"), new_page=new_page)

    def picture(self, chart: Sheet, key: str, **values: object) -> Picture:
        """A chart with its alternative text, and what may give way to what else."""
        spare, sheet = SPARE.get(key, (0, ""))
        png, ratio = charts.rendered(chart, ".png"), chart.height / chart.width
        return Picture(png, self.say(f"alt.{key}", **values), ratio, spare, sheet)

    def table(
        self, frame: pd.DataFrame, contract: str, widths: Mapping[str, float],
        made: Mapping[str, Sequence[str]] | None = None,
    ) -> Table:  # fmt: skip
        """Columns of a contract table as people read them; ``made`` holds columns of texts of our own."""
        items = {item.name: item for item in schema.contract(contract)}
        header, columns, numbers = [], [], []
        for name in widths:
            own = made is not None and name in made
            header.append(self.say(f"column.{name}") if own else label(items[name], self.lang))
            columns.append(
                list(made[name]) if made is not None and own else self.cells(frame[name], items[name])
            )
            numbers.append(not own and items[name].kind in ("int", "float"))
        return Table(tuple(header), tuple(zip(*columns, strict=True)), tuple(widths.values()), tuple(numbers))

    def cells(self, values: pd.Series, item: Column) -> list[str]:
        """Cells as text: numbers by their unit, words of closed lists, a dash for what is not there."""
        if item.kind in ("int", "float"):
            style = FORMATS.get(item.unit, FORMATS[""]) if item.kind == "float" else ",d"
            return [self.number(value, style) for value in values]
        read = words(values, item, self.lang)
        return [str(value) if known(value) else self.say("null") for value in read.astype(object)]

    def number(self, value: Any, style: str) -> str:
        """A number in a style of :func:`format`, or a dash."""
        if not known(value):
            return self.say("null")
        return format(int(value) if style == ",d" else float(value), style)

    def some(
        self, frame: pd.DataFrame, most: int, sheet: str, *, key: str = "fit.rows"
    ) -> tuple[pd.DataFrame, list[Paragraph]]:
        """The first rows of a table, and where there are more, a line that says where all of them stand."""
        left = len(frame) - most
        if left <= 0:
            return frame, []
        name = labels.text(f"report.sheet.{sheet}", self.lang)
        return frame.head(most), [self.note(key, shown=most, n=f"{left:,}", sheet=name)]

    def texts(
        self, key: str, rows: Sequence[Sequence[str]], widths: Sequence[float], *, numbers: int = 0
    ) -> Table:
        """A table of texts of our own; the last ``numbers`` columns hold numbers."""
        header = tuple(self.say(f"table.{key}.{place}") for place in range(len(widths)))
        kinds = tuple(place >= len(widths) - numbers for place in range(len(widths)))
        return Table(header, tuple(map(tuple, rows)), tuple(widths), kinds)

    def halves(self, key: str, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> Table:
        """A long table of few columns in two halves side by side; all columns but the names hold numbers."""
        half = (len(rows) + 1) // 2
        blank = ("",) * len(widths)
        right = [*rows[half:], *([blank] if len(rows) % 2 else [])]
        one = self.texts(key, rows[:half], widths, numbers=len(widths) - 1)
        both = tuple((*left, *more) for left, more in zip(one.rows, map(tuple, right), strict=True))
        return Table(one.header * 2, both, one.widths * 2, one.numbers * 2)

    def counts(self, key: str, columns: Sequence[str], rows: Mapping[str, Sequence[int]]) -> Table:
        """Counts by row and column, both named in the words of the briefing."""
        header = ("", *(self.say(f"table.{key}.{name}") for name in columns))
        told = (
            (self.say(f"table.{key}.{name}"), *(f"{value:,}" for value in cells))
            for name, cells in rows.items()
        )
        widths, numbers = (2.0, *(1.0 for _ in columns)), (False, *(True for _ in columns))
        return Table(header, tuple(told), widths, numbers)
