"""The file of a workbook: text stays text, every sheet has its title line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps.said import marks
from chargegeo.report.cells import FORMATS
from chargegeo.report.looks import colour
from chargegeo.report.words import cell_text, headline, moment

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from chargegeo.report.cells import Sheet
    from chargegeo.schema import Caption

HEADER = 1  # row of the column labels, below the title line
_WIDEST = 48
_WIDTH_SAMPLE = 500  # rows that a column's width is taken from
HEADER_HEIGHT = 32  # two lines of a header
_A4 = 9
_PAGE_WIDTH = 230  # characters across an A4 page that can still be read


def open_book(path: str, caption: Caption) -> Workbook:
    """A workbook that bears the caption's title, marks and date."""
    book = new_book(path)
    book.set_properties(
        {
            "title": cell_text(caption.title, caption.lang),
            "author": cell_text(caption.author, caption.lang),
            "comments": " ".join(cell_text(mark, caption.lang) for mark in marks(caption)),
            "created": moment(caption),
        }
    )
    return book


def new_book(path: str) -> Workbook:
    """A workbook in which text stays text: no formula, link or number is made of it."""
    from xlsxwriter import Workbook

    return Workbook(
        path,
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        },
    )


def close_book(book: Workbook) -> None:
    """Write the file; what the system refuses is an error of the system."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except FileCreateError as error:
        raise OSError(*getattr(error.args[0], "args", error.args)) from error


def add_sheet(book: Workbook, key: str, caption: Caption) -> Worksheet:
    """A sheet with the title line, set up for print: landscape, marks above, source and page number below."""
    page = book.add_worksheet(labels.text(f"report.sheet.{key}", caption.lang))
    page.write_string(0, 0, cell_text(headline(caption), caption.lang), bold_format(book))
    page.set_landscape()
    page.set_paper(_A4)
    page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    page.set_header(f"&L{_printed(caption.title, 50)}&R{_printed('  '.join(marks(caption)), 130)}")
    number = labels.text("report.print.page", caption.lang, page="&P", pages="&N")
    page.set_footer(f"&L{_printed(f'{caption.author} {caption.date}', 60)}&C{number}&R&A")
    return page


def _printed(text: str, limit: int) -> str:
    """Text of a header or footer: one short line, without the sign that starts a code there."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return (line if len(line) <= limit else line[: limit - 1] + "\u2026").replace("&", "\uff06")


def bold_format(book: Workbook) -> Format:
    """How title lines look."""
    return book.add_format({"bold": True, "font_size": 12})


def header_format(book: Workbook) -> Format:
    """How column labels look."""
    return book.add_format(
        {"bold": True, "bg_color": "#DDE6F0", "bottom": 1, "text_wrap": True, "valign": "top"}
    )


def write_sheet(book: Workbook, sheet: Sheet, caption: Caption) -> None:
    """Add a sheet with its columns, which can be filtered, their headers staying in view and on every page."""
    page = add_sheet(book, sheet.key, caption)
    header = header_format(book)
    styles = {name: book.add_format({"num_format": code}) for name, code in FORMATS.items()}
    last = max(HEADER + sheet.n_rows, HEADER + 1)
    total = 0.0
    for index, column in enumerate(sheet.columns):
        page.write_string(HEADER, index, column.title, header)
        # A format of the whole column: empty cells need not be written
        wide = width(column.title, column.style, column.values)
        page.set_column(index, index, wide, styles[column.style] if column.style else None)
        page.write_column(HEADER + 1, index, column.values)
        colour(book, page, index, column, rows=(HEADER + 1, last), lang=caption.lang)
        total += wide
    page.set_row(HEADER, HEADER_HEIGHT)
    page.autofilter(HEADER, 0, last, len(sheet.columns) - 1)
    page.freeze_panes(HEADER + 1, sheet.frozen)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    page.repeat_rows(0, HEADER)
    _fit(page, total, sheet.frozen)


def _fit(page: Worksheet, total: float, frozen: int) -> None:
    """Print as many pages side by side as stay readable; what stays in view is on each of them."""
    across = math.ceil(total / _PAGE_WIDTH)
    page.fit_to_pages(across, 0)
    if across > 1 and frozen:
        page.repeat_columns(0, frozen - 1)


def width(title: str, style: str | None, values: list[Any]) -> float:
    """Width of a column in characters; a Chinese character counts twice, headers of numbers take two lines."""
    if style:
        return min(max(_columns(title) / 2 + 2, 10) + 3, _WIDEST)
    longest = max((_columns(v) for v in values[:_WIDTH_SAMPLE] if isinstance(v, str)), default=0)
    return min(max(longest, _columns(title) + 2) + 1, _WIDEST)


def lines(text: str, wide: int) -> int:
    """How many lines a text takes in a column of so many characters."""
    return sum(max(1, math.ceil(_columns(part, len(part)) / (wide - 1))) for part in text.split("\n"))


def _columns(text: str, limit: int = _WIDEST + 1) -> int:
    first = text.partition("\n")[0][:limit]
    return len(first) + sum(char > "\u2e80" for char in first)
