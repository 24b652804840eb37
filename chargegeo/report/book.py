"""The file of a workbook: text stays text, every sheet has its title line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.report.cells import FORMATS
from chargegeo.report.words import cell_text, headline, marks, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from chargegeo.report.cells import Sheet
    from chargegeo.schema import Caption

HEADER = 1  # row of the column labels, below the title line
_WIDEST = 48
_WIDTH_SAMPLE = 500  # rows that a column's width is taken from


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
    """A sheet with the title line."""
    sheet = book.add_worksheet(labels.text(f"report.sheet.{key}", caption.lang))
    sheet.write_string(0, 0, cell_text(headline(caption), caption.lang), bold_format(book))
    return sheet


def bold_format(book: Workbook) -> Format:
    """How title lines look."""
    return book.add_format({"bold": True, "font_size": 12})


def write_sheet(book: Workbook, sheet: Sheet, caption: Caption) -> None:
    """Add a sheet with its columns, which can be filtered, their headers staying in view."""
    page = add_sheet(book, sheet.key, caption)
    header = book.add_format(
        {"bold": True, "bg_color": "#DDE6F0", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    styles = {name: book.add_format({"num_format": code}) for name, code in FORMATS.items()}
    for index, (title, style, values) in enumerate(sheet.columns):
        page.write_string(HEADER, index, title, header)
        # A format of the whole column: empty cells need not be written
        page.set_column(index, index, width(title, style, values), styles[style] if style else None)
        page.write_column(HEADER + 1, index, values)
    last = max(HEADER + sheet.n_rows, HEADER + 1)
    page.autofilter(HEADER, 0, last, len(sheet.columns) - 1)
    page.freeze_panes(HEADER + 1, sheet.frozen)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    page.repeat_rows(0, HEADER)
    page.set_landscape()


def write_definition(
    book: Workbook, caption: Caption, sections: Iterable[tuple[str, Sequence[Sequence[str]]]]
) -> None:
    """The definition sheet: sections by key, each with its lines of cells."""
    page = add_sheet(book, "definition", caption)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = bold_format(book)
    for index, wide in enumerate((22, 60, 40, 60)):
        page.set_column(index, index, wide)
    row = 2
    for title, lines in sections:
        page.write_string(row, 0, labels.text(f"report.section.{title}", caption.lang), bold)
        for line in lines:
            row += 1
            for index, value in enumerate(line):
                page.write_string(row, index, cell_text(value, caption.lang), wrap)
        row += 2
    page.freeze_panes(1, 0)


def width(title: str, style: str | None, values: list[Any]) -> float:
    """Width of a column in characters; a Chinese character counts twice."""
    if style:
        return min(max(_columns(title), 10) + 3, _WIDEST)
    longest = max((_columns(v) for v in values[:_WIDTH_SAMPLE] if isinstance(v, str)), default=0)
    return min(max(longest, _columns(title) + 2) + 1, _WIDEST)


def _columns(text: str) -> int:
    first = text.partition("\n")[0][: _WIDEST + 1]
    return len(first) + sum(char > "\u2e80" for char in first)
