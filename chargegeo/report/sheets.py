"""The workbook: XLSX, text as text, the same bytes for the same tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels, schema, store
from chargegeo.errors import Fault, Finding, OutputFault
from chargegeo.labels import rules
from chargegeo.report.words import cell_text, headline, label, marks, moment, words
from chargegeo.vocab import CountUnit

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from chargegeo.schema import Caption, Column

RULE_ROW = tuple[str, str, str]
ROW_LIMIT = 1_048_576
_HEADER = 1  # row of the column labels, below the title line
_WIDEST = 48
_WIDTH_SAMPLE = 500  # rows that a column's width is taken from
_FORMATS = {
    "share": "0.0%",
    "km": "0.00",
    "km2": "#,##0.00",
    "kW": "0.0##",
    "degree": "0.000000",
    "person": "#,##0",
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "place": "0",
}


@dataclass(frozen=True)
class _Sheet:
    """One sheet: its key in the labels, columns with headers, and how many of them stay in view."""

    key: str
    columns: tuple[tuple[str, str | None, list[Any]], ...]  # header, name of the number format, values
    frozen: int = 0

    @property
    def n_rows(self) -> int:
        return len(self.columns[0][2]) if self.columns else 0


def definition_rows(rule: rules.RuleLike, lang: str = "zh") -> tuple[RULE_ROW, ...]:
    """A rule as rows of the definition sheet: rung, what it adds with its thresholds, where it comes from.

    The headline rung is marked, and so is a rung whose source nobody has confirmed.
    """
    return tuple(
        (
            rung.id + (labels.text("report.headline", lang) if rung.id == rule.headline else ""),
            rules.rung_text(rung, lang),
            rung.source[lang] + ("" if rung.confirmed else labels.text("report.unconfirmed", lang)),
        )
        for rung in rule.rungs
    )


def workbook(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    *,
    warnings: Iterable[Finding],
    caption: Caption,
    rule_rows: Sequence[RULE_ROW],
) -> None:
    """Write the workbook: definitions, roll-up, gaps, units, stations, repairs, rows set aside, warnings.

    Parameters
    ----------
    path
        The target, ``.xlsx``; written whole or not at all.
    tables
        ``units``, ``stations``, ``coverage``, ``rollup``, ``gaps``, ``repairs``, ``quarantine`` (others are left
        aside), each by its contract; shares are fractions and shown in percent beside numerator and denominator.
    warnings
        Findings to be listed as warnings.
    caption
        Title, marks and lines of every sheet; its language is that of the workbook, its date that of the
        file.
    rule_rows
        From :func:`definition_rows`.

    Raises
    ------
    OutputFault
        ``too_many_rows`` for a table longer than a sheet, ``cannot_write``.
    """
    lang = caption.lang
    units = _with_coverage(tables["units"], tables["coverage"])
    sheets = (
        _table_sheet("rollup", tables["rollup"], ("rollup",), lang, frozen=4),
        _table_sheet("gaps", tables["gaps"], ("gaps",), lang, frozen=3),
        _table_sheet("units", units, ("units", "coverage"), lang, frozen=2),
        _table_sheet("stations", tables["stations"], ("stations",), lang, frozen=2),
        _table_sheet("repairs", tables["repairs"], ("repairs",), lang),
        _table_sheet("quarantine", tables["quarantine"], ("quarantine",), lang),
        _warning_sheet(warnings, lang),
    )
    _check_rows(path, sheets, lang)
    with store.atomic(path) as part:
        book = _open(str(part), caption)
        _write_definition(book, caption, rule_rows)
        for sheet in sheets:
            _write_sheet(book, sheet, caption)
        close_book(book)


def _open(path: str, caption: Caption) -> Workbook:
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


def _check_rows(path: str | os.PathLike[str], sheets: Iterable[_Sheet], lang: str) -> None:
    limit = ROW_LIMIT - _HEADER - 1
    faults = [
        Fault(
            "too_many_rows",
            file=str(path),
            sheet=labels.text(f"report.sheet.{sheet.key}", lang),
            params={"n": sheet.n_rows, "limit": limit},
        )
        for sheet in sheets
        if sheet.n_rows > limit
    ]
    if faults:
        raise OutputFault(*faults)


def _with_coverage(units: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    return units.drop(columns="geometry").merge(coverage, on="unit_code", how="left", validate="1:1")


# ------------------------------------------------------------------ tables as columns of cells


def _table_sheet(
    key: str, frame: pd.DataFrame, tables: Sequence[str], lang: str, *, frozen: int = 0
) -> _Sheet:
    """A table's columns in order; points become longitude and latitude, polygons are left out."""
    columns: list[tuple[str, str | None, list[Any]]] = []
    seen: set[str] = set()
    for item in (item for table in tables for item in schema.contract(table)):
        if item.kind == "point":
            columns.extend(
                (labels.text(f"report.{name}", lang), "degree", _numbers(values))
                for name, values in (("lon", frame[item.name].x), ("lat", frame[item.name].y))
            )
        elif item.kind != "polygon" and item.name not in seen:
            columns.append((label(item, lang), _format(item), _cells(frame[item.name], item, lang)))
        seen.add(item.name)
    return _Sheet(key, tuple(columns), frozen)


def _format(item: Column) -> str | None:
    """Which number format a column takes: by kind of value, then by unit."""
    if item.kind == "date":
        return "date"
    if item.kind == "int":
        return "place" if item.name in ("line", "row", "rank") else "count"
    return item.unit if item.kind == "float" and item.unit in _FORMATS else None


def _cells(values: pd.Series, item: Column, lang: str) -> list[Any]:
    if item.kind == "date":
        return _dates(values)
    if item.kind in ("int", "float"):
        return _numbers(values)
    read = words(values, item, lang).astype(object)
    texts: list[str | None] = read.where(read.notna(), None).tolist()
    if item.name == "problem":
        texts = [text and _problems(text, lang) for text in texts]
    return [optional(text, lang) for text in texts]


def _problems(codes: str, lang: str) -> str:
    """Codes joined by semicolons, each with its words where there are any."""
    return "; ".join(labels.word("problem", code.strip(), lang) for code in codes.split(";"))


def _numbers(values: pd.Series) -> list[Any]:
    """Numbers, with None for null and for what no cell can hold."""
    import numpy as np

    numbers = values.astype(object)
    finite = np.isfinite(values.astype("float64").to_numpy(na_value=np.nan))
    return numbers.where(finite, None).tolist()


def _dates(values: pd.Series) -> list[Any]:
    """Serial days as Excel counts them; days before its calendar is right stay ISO text."""
    import pandas as pd

    serial = (values.dt.normalize() - pd.Timestamp("1899-12-30")).dt.days
    days = [None if pd.isna(day) else int(day) for day in serial]
    return [
        day if day is None or day >= 61 else value.date().isoformat()
        for day, value in zip(days, values, strict=True)
    ]


def _warning_sheet(warnings: Iterable[Finding], lang: str) -> _Sheet:
    """Place, what is wrong and what to do, value and rows of every warning."""
    numbers = ("line", "n_rows")
    rows = [_warning(finding, lang) for finding in warnings]
    return _Sheet(
        "warnings",
        tuple(
            (
                labels.text(f"report.warning.{name}", lang),
                "place" if name in numbers else None,
                [row[name] if name in numbers else optional(row[name], lang) for row in rows],
            )
            for name in ("file", "sheet", "line", "column", "feature", "text", "value", "n_rows")
        ),
    )


def _warning(finding: Finding, lang: str) -> dict[str, Any]:
    return {**vars(finding.fault), "text": finding.fault.text(lang), "n_rows": finding.n_rows}


def optional(value: object, lang: str) -> str | None:
    """Text of a cell; null stays null."""
    return None if value is None else cell_text(str(value), lang)


# ------------------------------------------------------------------ writing


def _add(book: Workbook, key: str, caption: Caption) -> Worksheet:
    """A sheet with the title line."""
    sheet = book.add_worksheet(labels.text(f"report.sheet.{key}", caption.lang))
    sheet.write_string(0, 0, cell_text(headline(caption), caption.lang), _bold(book))
    return sheet


def _bold(book: Workbook) -> Format:
    return book.add_format({"bold": True, "font_size": 12})


def _write_sheet(book: Workbook, sheet: _Sheet, caption: Caption) -> None:
    page = _add(book, sheet.key, caption)
    header = book.add_format(
        {"bold": True, "bg_color": "#DDE6F0", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    styles = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}
    for index, (title, style, values) in enumerate(sheet.columns):
        page.write_string(_HEADER, index, title, header)
        # A format of the whole column: empty cells need not be written
        page.set_column(index, index, width(title, style, values), styles[style] if style else None)
        page.write_column(_HEADER + 1, index, values)
    last = max(_HEADER + sheet.n_rows, _HEADER + 1)
    page.autofilter(_HEADER, 0, last, len(sheet.columns) - 1)
    page.freeze_panes(_HEADER + 1, sheet.frozen)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    page.repeat_rows(0, _HEADER)
    page.set_landscape()


def width(title: str, style: str | None, values: list[Any]) -> float:
    """Width of a column in characters; a Chinese character counts twice."""
    if style:
        return min(max(_columns(title), 10) + 3, _WIDEST)
    longest = max((_columns(v) for v in values[:_WIDTH_SAMPLE] if isinstance(v, str)), default=0)
    return min(max(longest, _columns(title) + 2) + 1, _WIDEST)


def _columns(text: str) -> int:
    first = text.partition("\n")[0][: _WIDEST + 1]
    return len(first) + sum(char > "\u2e80" for char in first)


def _write_definition(book: Workbook, caption: Caption, rule_rows: Sequence[RULE_ROW]) -> None:
    """The definition sheet: what every figure of the other sheets means."""
    page = _add(book, "definition", caption)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = _bold(book)
    for index, width in enumerate((22, 60, 40, 60)):
        page.set_column(index, index, width)
    row = 2
    for title, lines in _definition(caption, rule_rows):
        page.write_string(row, 0, labels.text(f"report.section.{title}", caption.lang), bold)
        for line in lines:
            row += 1
            for index, value in enumerate(line):
                page.write_string(row, index, cell_text(value, caption.lang), wrap)
        row += 2
    page.freeze_panes(1, 0)


def _definition(
    caption: Caption, rule_rows: Sequence[RULE_ROW]
) -> Iterable[tuple[str, Sequence[Sequence[str]]]]:
    lang = caption.lang
    about = ("title", "definition", "denominator", "source", "date", "datum", "author")
    lines = [(labels.text(f"report.about.{name}", lang), str(getattr(caption, name))) for name in about]
    lines.extend((labels.text("report.about.mark", lang), mark) for mark in marks(caption))
    yield "about", lines
    yield (
        "rule",
        [tuple(labels.text(f"report.rule.{name}", lang) for name in ("rung", "asks", "source")), *rule_rows],
    )
    yield (
        "counts",
        [
            (labels.word("countunit", unit, lang), labels.text(f"report.count.{unit}", lang))
            for unit in CountUnit
        ],
    )
    yield (
        "columns",
        [
            tuple(
                labels.text(f"report.column.{name}", lang) for name in ("sheet", "meaning", "label", "name")
            ),
            *_column_lines(lang),
        ],
    )


def _column_lines(lang: str) -> Iterable[tuple[str, str, str, str]]:
    """Meaning of every column of every sheet, from the contracts."""
    homes = {"coverage": "units"}
    for table in ("rollup", "gaps", "units", "coverage", "stations", "repairs", "quarantine"):
        sheet = labels.text(f"report.sheet.{homes.get(table, table)}", lang)
        for item in schema.contract(table):
            if item.kind not in ("point", "polygon"):
                yield sheet, item.meaning[lang], label(item, lang), item.name
