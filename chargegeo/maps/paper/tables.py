"""Index tables that run over columns and pages: group heads, rows whose cells wrap, nothing cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import pen
from chargegeo.maps.lanes import null
from chargegeo.maps.paper import looks
from chargegeo.maps.paper.frame import Rect

if TYPE_CHECKING:
    from chargegeo.maps.paper.pages import Pages
    from chargegeo.maps.pen import Sheet

SIZE, HEAD_SIZE = 7.0, 8.0  # pt
PAD, ROOM_BETWEEN = 1.0, 6.0  # mm
LEAST = 60.0  # height below which a part of a page is not begun (mm)
MOST_LINES = 12  # of a cell; longer text is cut with a mark
STEP, HEAD_STEP = (size * pen.MM_PER_POINT * pen.LINE for size in (SIZE, HEAD_SIZE))


@dataclass(frozen=True)
class Column:
    """A column of an index: head, width (mm), whether numbers stand in it."""

    head: str
    width: float
    number: bool = False


@dataclass(frozen=True)
class Row:
    """Cells of a row, or the words of a group head."""

    cells: tuple[str, ...] = ()
    head: str = ""


@dataclass(frozen=True)
class _Laid:
    """A row with its lines, its height and the characters that the font lacks."""

    row: Row
    lines: tuple[list[str], ...]
    height: float
    lacking: frozenset[str]


def write(
    pages: Pages,
    title: str,
    columns: list[Column],
    rows: list[Row],
    *,
    first: tuple[Sheet, Rect] | None = None,
) -> None:
    """Append pages with an index; group heads come again where a group goes on.

    It begins in ``first``, a part of a page that stands already, if it is wide and high enough.
    """
    if not rows:
        return
    lang, width = pages.paper.caption.lang, sum(column.width for column in columns)
    ruler = pages.ruler
    rest = [_laid(ruler, columns, row) for row in rows]
    heads = _laid(ruler, columns, Row(tuple(column.head for column in columns)))
    if first is not None and first[1].width >= width and first[1].height >= LEAST:
        rest = _block(first[0], first[1], columns, (heads, rest), lang)
    while rest:
        sheet, body = pages.add(title)
        beside = max(int((body.width + ROOM_BETWEEN) // (width + ROOM_BETWEEN)), 1)
        for place in range(beside):
            left = body.left + place * (width + ROOM_BETWEEN)
            rect = Rect(left, body.bottom, left + width, body.top)
            rest = _block(sheet, rect, columns, (heads, rest), lang) if rest else rest


def _block(
    sheet: Sheet, rect: Rect, columns: list[Column], rows: tuple[_Laid, list[_Laid]], lang: str
) -> list[_Laid]:
    """Fill a rectangle with heads and rows; the rows left."""
    heads, rest = rows
    taken, rest = _filled(sheet, rest, rect.height - heads.height, lang, columns)
    right = rect.left + sum(column.width for column in columns)
    _draw(sheet, Rect(rect.left, rect.bottom, right, rect.top), columns, [heads, *taken])
    return rest


def words(value: object) -> str:
    """A text as a cell; nothing where there is none."""
    return "" if null(value) else str(value)


def number(value: Any, digits: int = 0) -> str:
    """A number as a cell; a dash where it is not known."""
    return "\u2013" if null(value) else f"{value:,.{digits}f}"


def _laid(ruler: Sheet, columns: list[Column], row: Row) -> _Laid:
    # what a line break was is no character that the font lacks
    lacking = frozenset(ruler.lacks("".join("".join((row.head, *row.cells)).split())))
    if row.head:
        room = sum(column.width for column in columns) - 2 * PAD
        lines = ruler.wrapped(row.head, HEAD_SIZE, room, lines=MOST_LINES)
        return _Laid(row, (lines,), len(lines) * HEAD_STEP + 2 * PAD, lacking)
    cells = tuple(
        ruler.wrapped(words, SIZE, column.width - 2 * PAD, lines=MOST_LINES)
        for column, words in zip(columns, row.cells, strict=True)
    )
    return _Laid(row, cells, max(len(lines) for lines in cells) * STEP + PAD, lacking)


def _filled(
    ruler: Sheet, rows: list[_Laid], room: float, lang: str, columns: list[Column]
) -> tuple[list[_Laid], list[_Laid]]:
    """The rows that fill a column of ``room`` mm, and those left, led by the head of a group that goes on."""
    head: Row | None = None
    used, count = 0.0, 0
    for row in rows:
        # a head never stands last in a column
        needed = row.height + (rows[count + 1].height if row.row.head and count + 1 < len(rows) else 0.0)
        if count and used + needed > room:
            break
        used, count = used + row.height, count + 1
        head = row.row if row.row.head else head
    rest = rows[count:]
    if rest and head is not None and not rest[0].row.head:
        again = labels.text("paper.continued", lang)
        words = head.head if head.head.endswith(again) else head.head + again
        rest = [_laid(ruler, columns, Row(head=words)), *rest]
    return rows[:count], rest


def _draw(sheet: Sheet, rect: Rect, columns: list[Column], rows: list[_Laid]) -> None:
    """Rows from the top of a rectangle downward; the first are the heads of the columns."""
    y, rules = rect.top, []
    for row in rows:
        ground = {"edgecolor": "none", "facecolor": "#3b4252" if row is rows[0] else "#e6e9ef"}
        if row is rows[0] or row.row.head:
            sheet.box((rect.left, y - row.height), (rect.width, row.height), **ground)
        if row.row.head:
            sheet.lines(rect.left + PAD, y - PAD, row.lines[0], size=HEAD_SIZE)
        else:
            color = "#ffffff" if row is rows[0] else looks.INK
            _line(sheet, rect.left, y - PAD / 2, columns, list(row.lines), color=color)
        sheet.lacking |= row.lacking
        y -= row.height
        rules.append(y)
    gap = float("nan")
    ends = [value for rule in rules for value in (rule, rule, gap)]
    sheet.line([rect.left, rect.right, gap] * len(rules), ends, linewidth=0.25, color=looks.PALE)


def _line(
    sheet: Sheet, left: float, y: float, columns: list[Column], cells: list[list[str]], **look: str
) -> None:
    for column, lines in zip(columns, cells, strict=True):
        at = left + column.width - PAD if column.number else left + PAD
        sheet.lines(at, y, lines, size=SIZE, ha="right" if column.number else "left", **look)
        left += column.width
