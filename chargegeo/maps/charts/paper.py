"""The sheet of a chart: title and marks above, what it means, source and date below, bars and scales between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps import pen, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from chargegeo.maps.pen import Sheet
    from chargegeo.schema import Caption

    Draw = Callable[[Sheet, float], None]
    Look = dict[str, Any]

WIDTH, MARGIN = 170.0, 3.0
TITLE, MARK, TEXT, FOOT = 10.5, 6.5, 7.0, 6.0  # sizes (pt)
HEAD, KEY, FOOT_GAP = 12.5, 5.2, 1.8  # heights (mm)
EDGE, GRID, ALERT = "#08306b", "#d4d4d4", "#b3400e"
# Looks that stay apart in grey: each has a pattern or a shade of its own
SOLID: Look = {"facecolor": "#2f6fa8", "edgecolor": EDGE, "hatch": None}
STRIPED: Look = {"facecolor": "#dbe9f5", "edgecolor": EDGE, "hatch": "//////"}
UNKNOWN: Look = {"facecolor": "#ffffff", "edgecolor": "#777777", "hatch": "||||||"}
EMPTY: Look = {"facecolor": "#ffffff", "edgecolor": EDGE, "hatch": None}


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` on a stretch of the sheet from ``start`` to ``end`` (mm)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value stands (mm)."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values, at most ``most`` steps of 1, 2 or 5 times a power of ten."""
        room = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(room))
        step = next(power * k for k in (1, 2, 5, 10) if power * k >= room * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [k * step for k in range(first, last + 1)]


def sheet(title: str, note: Sequence[str], caption: Caption, height: float, draw: Draw) -> Sheet:
    """A chart of a title, what it means, and ``height`` mm in which ``draw`` draws, from the y it is given down."""
    with pen.settings():
        ruler = pen.Sheet(WIDTH, HEAD)
        room = WIDTH - 2 * MARGIN
        foot = [
            line for text in (*note, _about(caption)) for line in ruler.wrapped(text, FOOT, room, lines=4)
        ]
        tail = len(foot) * line_height(FOOT) + FOOT_GAP + 1
        made = pen.Sheet(WIDTH, HEAD + height + tail)
        _head(made, title, caption)
        draw(made, -HEAD)
        made.lines(MARGIN, -HEAD - height - FOOT_GAP, foot, size=FOOT, color="#444444")
        if made.lacking | ruler.lacking:
            codes = pen.named(made.lacking | ruler.lacking)
            words = made.fitted(labels.text("strips.lacking", caption.lang, codes=codes), FOOT, room / 2)
            made.say(WIDTH - MARGIN, -MARGIN - 6.4, words, size=FOOT, color=ALERT, ha="right")
    return made


def _about(caption: Caption) -> str:
    """Source, date and author in one line."""
    lang = caption.lang
    return labels.text("strips.gap", lang).join(
        labels.text(
            "strips.caption", lang, name=labels.text(f"map.caption.{key}", lang), value=getattr(caption, key)
        )
        for key in ("source", "date", "author")
    )


def _head(made: Sheet, title: str, caption: Caption) -> None:
    made.say(MARGIN, -MARGIN - 1.5, made.fitted(title, TITLE, WIDTH - 2 * MARGIN), size=TITLE)
    x = MARGIN + 0.8
    for words in said.marks(caption):
        made.say(x, -MARGIN - 6.4, words, size=MARK, color=ALERT, bbox=said.GROUND)
        x += made.room(words, MARK) + 4.5


def line_height(size: float) -> float:
    """Height of a line of text (mm) of a size (pt)."""
    return size * pen.MM_PER_POINT * pen.LINE


def key(made: Sheet, entries: Iterable[tuple[Look, str]], x: float, y: float) -> None:
    """A line that explains looks: a little box each, then its words."""
    for look, words in entries:
        made.box((x, y - 1.3), (5.0, 2.6), **look)
        made.say(x + 6.2, y, words, size=TEXT)
        x += 11.0 + made.room(words, TEXT)


def across(
    made: Sheet, scale: Scale, top: float, bottom: float, words: str, *, percent: bool = False
) -> None:
    """Upright lines at round values with their numbers below them, then what they are in words."""
    for value in scale.ticks():
        x = scale.at(value)
        made.line((x, x), (top, bottom), color=GRID, zorder=0)
        made.say(x, bottom - 2.2, number(value, percent=percent), size=FOOT, ha="center")
    made.say((scale.start + scale.end) / 2, bottom - 5.4, words, size=TEXT, ha="center")


def upward(
    made: Sheet, scale: Scale, left: float, right: float, words: str, *, percent: bool = False
) -> None:
    """Level lines at round values with their numbers at the left, what they are above them."""
    for value in scale.ticks():
        y = scale.at(value)
        made.line((left, right), (y, y), color=GRID, zorder=0)
        made.say(left - 1.2, y, number(value, percent=percent), size=FOOT, ha="right")
    made.say(left - 8, scale.end + 3.2, words, size=TEXT)


def number(value: float, *, percent: bool = False) -> str:
    """A number of an axis or a count, with commas at the thousands."""
    return f"{value * 100:.3g}%" if percent else f"{value:,.10g}"


def share(part: float, whole: float) -> str:
    """Numerator, denominator and percentage; of nothing there is no percentage."""
    counts = f"{part:,.0f}/{whole:,.0f}"
    return f"{counts} = {part / whole:.1%}" if whole else counts


def known(value: float | None) -> bool:
    """Whether a cell holds a number."""
    return value is not None and value == value


def count(value: float | None, lang: str) -> str:
    """A count with commas, or that it is not known."""
    return f"{value:,.0f}" if value is not None and known(value) else labels.text("chart.unknown", lang)


def some(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table itself, if there is anything to draw.

    Raises
    ------
    OutputFault
        ``chart_empty``.
    """
    if table.empty:
        raise OutputFault(Fault("chart_empty", value=name))
    return table


def write(path: str | Path, chart: Sheet) -> None:
    """Write a chart as SVG, PNG or PDF by suffix, whole or not at all. Same chart, same bytes.

    Raises
    ------
    OutputFault
        ``chart_suffix`` for another suffix, ``cannot_write``.
    """
    with pen.settings():
        pen.save(path, chart.figure)


def rendered(chart: Sheet, suffix: str) -> bytes:
    """The bytes that :func:`write` would write for ``".svg"``, ``".png"`` or ``".pdf"``."""
    made = BytesIO()
    with pen.settings():
        pen.print_to(made, chart.figure, suffix)
    return made.getvalue()
