"""Rows of text into a table: finds the header below titles, joins two header rows, leaves totals out."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from chargegeo import errors
from chargegeo.sources.raw import RawTable, Source, letters, text_frame
from chargegeo.vocab import Severity

Rows = Sequence[Sequence[str | None]]
LOOK = 50
"""Rows looked at for the header."""
FILLED = 0.6
"""Share of a table's width that a header fills at least; titles and notes above it fill less."""


@dataclass(frozen=True)
class Header:
    """Column names, the rows (from 0) of the first and last header row, and whether text stands above."""

    names: tuple[str, ...]
    top: int
    bottom: int
    above: bool


def _filled(row: Sequence[str | None]) -> list[int]:
    return [i for i, text in enumerate(row) if text and not text.isspace()]


def header_row(rows: Rows) -> int | None:
    """Row of the header: the first that is filled over most of the width, else the fullest; None without."""
    filled = [_filled(row) for row in rows[:LOOK]]
    width = max((cells[-1] + 1 for cells in filled if cells), default=0)
    if width < 2:
        return None
    need = max(2, math.ceil(FILLED * width))
    full = [i for i, cells in enumerate(filled) if len(cells) >= need]
    return full[0] if full else max(range(len(filled)), key=lambda i: (len(filled[i]), -i))


def find_header(rows: Rows, merges: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()) -> Header | None:
    """Header of a grid.

    Parameters
    ----------
    rows
        Cells, (n_rows, any width).
    merges
        Merged ranges ((row, column), (row, column)), both ends included: only they tell a group heading from
        a first record, so two header rows are seen in sheets alone.
    """
    at = header_row(rows)
    if at is None:
        return None
    wide = [m for m in merges if m[1][1] > m[0][1] and m[0][0] == m[1][0]]
    groups = {m[0][0] for m in wide if len(_filled(rows[m[0][0]])) > 1} if wide else set()
    if at in groups and at + 1 < len(rows):
        top, bottom = at, at + 1
    elif at - 1 in groups:
        top, bottom = at - 1, at
    else:
        top = bottom = at
    above = any(_filled(row) for row in rows[:top])
    if top == bottom:
        return Header(tuple((text or "").strip() for text in rows[at]), at, at, above)
    return Header(_joined(rows[top], rows[bottom], [m for m in wide if m[0][0] == top]), top, bottom, above)


def _joined(
    upper: Sequence[str | None],
    lower: Sequence[str | None],
    merges: list[tuple[tuple[int, int], tuple[int, int]]],
) -> tuple[str, ...]:
    """Names under group headings: the lower name, with its group in front where it would repeat."""
    groups = [(text or "").strip() for text in upper]
    for (_, first), (_, last) in merges:
        groups[first : last + 1] = [groups[first]] * (last + 1 - first)
    names = [(text or "").strip() for text in lower]
    names += [""] * (len(groups) - len(names))
    groups += [""] * (len(names) - len(groups))
    repeated = {name for name in names if name and names.count(name) > 1}
    return tuple(
        _join(group, name) if name in repeated else name or group
        for group, name in zip(groups, names, strict=True)
    )


def _join(group: str, name: str) -> str:
    return f"{group} {name}".strip() if group.isascii() or name.isascii() else group + name


@cache
def _total_words() -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """Endings, whole words, and the last characters of all of them."""
    words = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))["total"]
    ends, whole = tuple(words["ends"]), frozenset(words["is"])
    last = {word[-1] for word in (*ends, *whole)}
    return ends, whole, frozenset(last | {letter.upper() for letter in last} | set(" \u3000:\uff1a"))


def _is_total(text: str) -> bool:
    ends, whole, _ = _total_words()
    word = "".join(text.split()).rstrip(":\uff1a").lower()
    return word.endswith(ends) or word in whole


def total_rows(columns: Sequence[Sequence[str | None]]) -> list[int]:
    """Rows whose first filled cell says that they are a sum of others; such rows leave other cells blank."""
    *_, last = _total_words()
    found = set()
    # a total is announced at the left; further cells are texts of records
    for position, column in enumerate(columns[:4]):
        words = {
            text for text in set(column) if text and text[-1] in last and len(text) <= 24 and _is_total(text)
        }
        for row in [row for row, text in enumerate(column) if text in words] if words else ():
            if not any(each[row] for each in columns[:position]):
                found.add(row)
    return sorted(row for row in found if any(not column[row] for column in columns))


def _blanked(column: Sequence[str | None]) -> list[str | None]:
    """Blank cells as None."""
    blanks = {text for text in set(column) if text is not None and not text.strip()}
    return [None if text in blanks else text for text in column] if blanks else list(column)


def build(
    source: Source,
    rows: Rows,
    lines: Sequence[int],
    header: Header,
    *,
    kind: str,
    sheet: str | None = None,
    findings: Sequence[errors.Finding] = (),
) -> RawTable:
    """Table from the rows of a grid.

    Parameters
    ----------
    rows
        Cells of the records below the header, all as long as the header; blank rows left out.
    lines
        Line of each record.

    Raises
    ------
    FormatFault
        If a column name stands twice, or no record follows the header.
    """
    import numpy as np

    width = len(header.names)
    columns = [_blanked(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
    taken = [i for i in range(width) if header.names[i] or any(columns[i])]
    names = [header.names[i] or f"#{i + 1}" for i in taken]
    _check_names(source, names, taken, header, sheet)
    columns = [columns[i] for i in taken]
    findings = [*findings, *_about_header(source, header, sheet)]
    columns, kept, totals = _without_totals(columns, lines)
    findings += [source.finding(Severity.REPAIR, "total_row", n_rows=1, sheet=sheet, line=n) for n in totals]
    if not kept:
        raise source.refuse("no_rows", sheet=sheet)
    return RawTable(
        frame=text_frame(names, columns, len(kept)),
        geometry=None,
        crs=None,
        file=source.file,
        sheet=sheet,
        kind=kind,
        lines=np.asarray(kept, dtype=np.int64),
        findings=tuple(findings),
        positions=tuple(taken) if kind == "xlsx" else None,
    )


def _without_totals(
    columns: list[list[str | None]], lines: Sequence[int]
) -> tuple[list[list[str | None]], list[int], list[int]]:
    """Columns and lines of the records alone, and the lines of the totals."""
    totals = set(total_rows(columns))
    if not totals:
        return columns, list(lines), []
    keep = [row for row in range(len(lines)) if row not in totals]
    left_out = [lines[row] for row in sorted(totals)]
    return [[column[row] for row in keep] for column in columns], [lines[row] for row in keep], left_out


def _about_header(source: Source, header: Header, sheet: str | None) -> list[errors.Finding]:
    """A header that is not the first row, or is two rows, is worth a word."""
    line = header.bottom + 1
    if header.top < header.bottom:
        params: dict[str, object] = {"first": header.top + 1}
        return [
            source.finding(Severity.REPAIR, "two_row_header", n_rows=2, sheet=sheet, line=line, params=params)
        ]
    if header.above:
        return [source.finding(Severity.REPAIR, "header_below", n_rows=1, sheet=sheet, line=line)]
    return []


def _check_names(
    source: Source, names: list[str], taken: list[int], header: Header, sheet: str | None
) -> None:
    places: dict[str, list[int]] = {}
    for name, position in zip(names, taken, strict=True):
        places.setdefault(name, []).append(position + 1)
    faults = [
        source.fault(
            "duplicate_header", sheet=sheet, line=None, column=name, params=_positions(where, header)
        )
        for name, where in places.items()
        if len(where) > 1
    ]
    if faults:
        raise errors.FormatFault(*faults)


def _positions(where: list[int], header: Header) -> dict[str, Any]:
    return {
        "positions": ", ".join(map(str, where)),
        "letters": ", ".join(letters(position - 1) for position in where),
        "header": header.bottom + 1,
    }
