"""The report of a check: what was found in a file, and its own rows with the cells at fault marked."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import labels, store
from chargegeo.errors import Fault, Finding, OutputFault
from chargegeo.report.book import close_book, new_book, width
from chargegeo.report.cells import optional
from chargegeo.report.words import cell_text
from chargegeo.vocab import Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from chargegeo.sources import RawTable

ALL_ROWS = 50_000
"""Rows of a file that are all shown; of a longer one only those with findings."""
LISTED = 100_000
"""Findings listed."""
COMMENTS = 2_000
"""Cells with a comment: more of them make a sheet slow to open, and every message stands in the row too."""
_COLUMNS = 16_000  # of the file; a sheet holds 16,384
_COMMENT = 2_000  # characters of a comment
# what has to be acted on first stands first, and wins where a cell has several findings
_ORDER = (Severity.ERROR, Severity.QUARANTINE, Severity.REPAIR, Severity.WARNING)
_FILLS = {
    Severity.ERROR: "#F4B183",
    Severity.QUARANTINE: "#F8CBAD",
    Severity.REPAIR: "#BDD7EE",
    Severity.WARNING: "#FFE699",
}
_MADE_BY = "chargegeo check"
_LIST = ("line", "row", "feature", "cell", "column", "value", "problem", "done", "new", "n_rows")
_TOP = 2  # rows above the table of a sheet: what it shows, and the header
_FIRST = 3  # columns before those of the file: place, what was done, problem


def check_target(path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]]) -> None:
    """Refuse a report that would take the place of somebody's file.

    Raises
    ------
    OutputFault
        ``report_suffix`` for another suffix than ``.xlsx``; ``report_is_input`` for one of the files that are
        read; ``not_a_report`` for a file that is there and is no earlier report of a check.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise OutputFault(Fault("report_suffix", file=str(path), value=target.suffix))
    if not target.exists():
        return
    if any(Path(item).exists() and target.samefile(item) for item in inputs):
        raise OutputFault(Fault("report_is_input", file=str(path)))
    if not _is_report(target):
        raise OutputFault(Fault("not_a_report", file=str(path)))


def _is_report(path: Path) -> bool:
    """Whether a file is a report of ours, by its properties."""
    try:
        with zipfile.ZipFile(path) as parts, parts.open("docProps/core.xml") as core:
            return f"<cp:category>{_MADE_BY}</cp:category>".encode() in core.read(100_000)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False


def joined(findings: Iterable[Finding], lang: str) -> list[Finding]:
    """Findings as a person reads them: what must be acted on first, then by row, each fault of a row once.

    Findings that name several columns of a record with the same words, such as longitude and latitude, become
    one.
    """
    groups: dict[tuple[Any, ...], list[Finding]] = {}
    for place, item in enumerate(findings):
        fault = item.fault
        # a finding of a whole column or file stands alone
        words = (fault.file, fault.sheet, fault.row, fault.text(lang), str(item.new))
        own = place if fault.row is None else words
        groups.setdefault((item.severity, fault.code, own), []).append(item)
    ranked = sorted(groups.values(), key=lambda group: (_ORDER.index(group[0].severity), _row(group[0])))
    return [group[0] if len(group) == 1 else _one(group) for group in ranked]


def _row(item: Finding) -> int:
    """Record of a finding; one of the whole file comes before all."""
    return -1 if item.fault.row is None else item.fault.row


def _one(group: Sequence[Finding]) -> Finding:
    """One finding for those that differ in their column alone."""

    def all_of(values: Iterable[object]) -> str | None:
        return ", ".join(dict.fromkeys(str(value) for value in values if value is not None)) or None

    faults = [item.fault for item in group]
    params = {**faults[0].params, "cell": all_of(fault.params.get("cell") for fault in faults)}
    column, value = all_of(fault.column for fault in faults), all_of(fault.value for fault in faults)
    return replace(group[0], fault=replace(faults[0], column=column, value=value, params=params))


def check_workbook(
    path: str | os.PathLike[str],
    *,
    file: str,
    status: Outcome,
    rows: int | None,
    accepted: int,
    findings: Sequence[Finding],
    raw: RawTable | None,
    lang: str = "zh",
) -> None:
    """Write the report of a check: a summary, the list of findings, and the rows as found with marks.

    Parameters
    ----------
    path
        The target, ``.xlsx``; written whole or not at all.
    file
        The file that was checked, as the user wrote it.
    status, rows, accepted
        Answer of the check; ``rows`` is null where the file could not be read.
    findings
        Everything found; what made the file unusable has the severity ``error``.
    raw
        The table as found: all rows of up to :data:`ALL_ROWS`, of a longer one those with findings. Null where
        it could not be read.

    Raises
    ------
    OutputFault
        ``cannot_write``.
    """
    listed = joined(findings, lang)
    with store.atomic(path) as part:
        book = new_book(str(part))
        # no time of its own: the same check gives the same bytes
        book.set_properties({"category": _MADE_BY, "created": datetime(1980, 1, 1)})
        _write_summary(book, _summary(file, status, rows, accepted, findings, listed, raw, lang), lang)
        _write_findings(book, listed, lang)
        if raw is not None:
            _write_rows(book, raw, findings, lang)
        close_book(book)


# ------------------------------------------------------------------ summary


def _summary(
    file: str,
    status: Outcome,
    rows: int | None,
    accepted: int,
    findings: Sequence[Finding],
    listed: Sequence[Finding],
    raw: RawTable | None,
    lang: str,
) -> list[tuple[str, str]]:
    """Lines of the first sheet: name and text."""

    def say(key: str, **values: object) -> str:
        return labels.text(f"report.check.{key}", lang, **values)

    counts = {severity: sum(item.severity is severity for item in findings) for severity in Severity}
    refused = status is Outcome.REFUSED
    aside = 0 if rows is None or refused else rows - accepted
    return [
        (say("file"), file),
        *([(say("sheet"), raw.sheet)] if raw is not None and raw.sheet else []),
        (say("status"), labels.word("outcome", status, lang)),
        (
            say("rows"),
            say("unread") if rows is None
            else say("not_used", rows=rows) if refused
            else say("sums", rows=rows, accepted=accepted, aside=aside),
        ),
        (say("repairs"), str(counts[Severity.REPAIR])),
        (say("warnings"), str(counts[Severity.WARNING])),
        *((say("error"), f"{item.fault.place(lang)}: {item.fault.text(lang)}") for item in listed
          if item.severity is Severity.ERROR),
        (say("what_to_do"), say(f"todo.{status}")),
    ]  # fmt: skip


def _write_summary(book: Workbook, lines: Sequence[tuple[str, str]], lang: str) -> None:
    page = _page(book, "summary", lang)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 100)
    for row, (name, text) in enumerate(lines):
        page.write_string(row, 0, name, bold)
        page.write_string(row, 1, cell_text(text, lang), wrap)
    start = len(lines) + 1
    page.write_string(start, 0, labels.text("report.check.marks", lang), bold)
    for place, severity in enumerate(_ORDER):
        page.write_string(start + place, 1, _done(severity, lang), _fill(book, severity))


# ------------------------------------------------------------------ list


def _write_findings(book: Workbook, listed: Sequence[Finding], lang: str) -> None:
    shown = listed[:LISTED]
    cells = [_cells(item, lang) for item in shown]
    page = _page(book, "findings", lang)
    _note(page, "list" if len(shown) == len(listed) else "list_cut", len(shown), len(listed), lang)
    header, wrap = _header(book), book.add_format({"text_wrap": True, "valign": "top"})
    for index, name in enumerate(_LIST):
        title, long = labels.text(f"report.check.column.{name}", lang), name == "problem"
        values = [row[name] for row in cells]
        page.write_string(1, index, title, header)
        page.set_column(index, index, 70 if long else width(title, None, values))
        page.write_column(_TOP, index, values, wrap if long else None)
    done = _LIST.index("done")
    fills = {severity: _fill(book, severity) for severity in _ORDER}
    for row, item in enumerate(shown, _TOP):
        page.write_string(row, done, _done(item.severity, lang), fills[item.severity])
    _finish(page, len(shown), len(_LIST), 1)


def _cells(item: Finding, lang: str) -> dict[str, Any]:
    """One finding as a row of the list: numbers as numbers, all else as text."""
    fault = item.fault
    texts = {
        "feature": fault.feature,
        "cell": fault.params.get("cell"),
        "column": fault.column,
        "value": fault.value,
        "problem": fault.text(lang),
        "done": _done(item.severity, lang),
        "new": item.new,
    }
    numbers = {"line": fault.line, "row": fault.row, "n_rows": item.n_rows}
    return numbers | {name: optional(value, lang) for name, value in texts.items()}


def _done(severity: Severity, lang: str) -> str:
    return labels.text(f"report.check.done.{severity}", lang)


# ------------------------------------------------------------------ rows


def _write_rows(book: Workbook, raw: RawTable, findings: Sequence[Finding], lang: str) -> None:
    """The rows as found: where, what was done and the problem in words, then the columns of the file."""
    own = sorted(
        (item for item in findings if item.fault.file == raw.file and item.fault.sheet in (raw.sheet, None)),
        key=lambda item: _ORDER.index(item.severity),
    )
    by_row: dict[int, list[Finding]] = {}
    for item in own:
        if item.fault.row is not None:
            by_row.setdefault(item.fault.row, []).append(item)
    total = len(raw.frame)
    chosen = list(range(total)) if total <= ALL_ROWS else sorted(by_row)[:ALL_ROWS]
    page = _page(book, "rows", lang)
    _note(page, "all_rows" if len(chosen) == total else "some_rows", len(chosen), total, lang)
    columns, header = _columns(raw, chosen, by_row, lang), _header(book)
    for index, (title, values) in enumerate(columns):
        page.write_string(1, index, title, header)
        page.set_column(index, index, 60 if index == _FIRST - 1 else width(title, None, values))
        page.write_column(_TOP, index, values)
    _mark(book, page, columns, _marks(raw, own, chosen), lang)
    _finish(page, len(chosen), len(columns), _FIRST)


def _columns(
    raw: RawTable, chosen: Sequence[int], by_row: dict[int, list[Finding]], lang: str
) -> list[tuple[str, list[Any]]]:
    """Columns of the sheet of rows, each with its header: place, what was done, problem, then the file's own."""

    def told(row: int, words: Callable[[Finding], str]) -> str | None:
        return cell_text("\n".join(dict.fromkeys(map(words, by_row[row]))), lang) if row in by_row else None

    where = "feature" if raw.lines is None else "line"
    places = chosen if raw.lines is None else raw.lines[list(chosen)].tolist()
    columns: list[tuple[str, list[Any]]] = [
        (labels.text(f"report.check.column.{where}", lang), list(places)),
        (labels.text("report.check.column.done", lang),
         [told(row, lambda item: _done(item.severity, lang)) for row in chosen]),
        (labels.text("report.check.column.problem", lang),
         [told(row, lambda item: item.fault.text(lang)) for row in chosen]),
    ]  # fmt: skip
    for place, name in enumerate(raw.frame.columns[:_COLUMNS]):
        cells = raw.frame.iloc[list(chosen), place]
        columns.append((cell_text(str(name), lang), [optional(cell, lang) for cell in cells]))
    return columns


def _marks(
    raw: RawTable, own: Sequence[Finding], chosen: Sequence[int]
) -> dict[tuple[int, int], list[Finding]]:
    """Findings by the cell that they mark.

    A fault of a whole column marks its header, one of a whole record the cell that says its place.
    """
    # of several columns of one name the first is meant
    headers = reversed([*enumerate(raw.frame.columns[:_COLUMNS], _FIRST)])
    names = {str(name): place for place, name in headers}
    line_of = {row: line for line, row in enumerate(chosen, _TOP)}
    marks: dict[tuple[int, int], list[Finding]] = {}
    for item in own:
        row, column = item.fault.row, names.get(item.fault.column or "")
        if row is None and column is not None:
            marks.setdefault((_TOP - 1, column), []).append(item)
        elif row in line_of:
            marks.setdefault((line_of[row], column or 0), []).append(item)
    return dict(sorted(marks.items()))


def _mark(
    book: Workbook,
    page: Worksheet,
    columns: Sequence[tuple[str, list[Any]]],
    marks: dict[tuple[int, int], list[Finding]],
    lang: str,
) -> None:
    """Fill the cells at fault, and say in a comment what was found in them."""
    fills = {severity: _fill(book, severity) for severity in _ORDER}
    headers = {
        severity: _fill(book, severity, bold=True, text_wrap=True, valign="top") for severity in _ORDER
    }
    for count, ((row, column), items) in enumerate(marks.items()):
        title, values = columns[column]
        head = row < _TOP
        page.write(
            row,
            column,
            title if head else values[row - _TOP],
            (headers if head else fills)[items[0].severity],
        )
        if count < COMMENTS:
            said = "\n".join(
                dict.fromkeys(f"{_done(item.severity, lang)}: {item.fault.text(lang)}" for item in items)
            )
            page.write_comment(
                row, column, cell_text(said[:_COMMENT], lang), {"x_scale": 2.5, "y_scale": 1.5}
            )


# ------------------------------------------------------------------ formats


def _page(book: Workbook, key: str, lang: str) -> Worksheet:
    return book.add_worksheet(labels.text(f"report.check.page.{key}", lang))


def _note(page: Worksheet, key: str, shown: int, total: int, lang: str) -> None:
    """First line of a sheet: how much of the whole it shows."""
    page.write_string(0, 0, labels.text(f"report.check.{key}", lang, shown=shown, total=total))


def _header(book: Workbook) -> Format:
    return book.add_format(
        {"bold": True, "bg_color": "#DDE6F0", "bottom": 1, "text_wrap": True, "valign": "top"}
    )


def _fill(book: Workbook, severity: Severity, **more: object) -> Format:
    return book.add_format({"bg_color": _FILLS[severity], "border": 1, **more})


def _finish(page: Worksheet, n_rows: int, n_columns: int, frozen: int) -> None:
    """Filter, header in view, and no green corners at numbers that are meant as text."""
    last = max(_TOP + n_rows - 1, _TOP)
    page.autofilter(_TOP - 1, 0, last, n_columns - 1)
    page.freeze_panes(_TOP, frozen)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
