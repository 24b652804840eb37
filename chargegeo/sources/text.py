"""CSV, TSV and other separated text; strict about encoding, quotes and the number of fields."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from chargegeo import errors
from chargegeo.sources import grid
from chargegeo.sources.raw import MAX_CELL, MAX_FAULTS, RawTable, Source
from chargegeo.vocab import Severity

BOM = b"\xef\xbb\xbf"
SEPARATORS = {",": ",", ";": ";", "\t": "Tab", "|": "|"}
MAX_COLUMNS = 16_384
"""Widest table: Excel's own limit."""
_CJK = re.compile("[\u3400-\u9fff]")
_SURE = 4
"""Chinese characters in one line after which reading it as UTF-8 is no accident of other bytes."""
_ALIKE = 4
"""Values of one length after which a shorter one is no accident."""
_FREQUENT = {"gb2312": (0xB0, 0xD7), "big5": (0xA4, 0xC6)}
"""First bytes of the frequent letters of each charset; text read in the wrong one has rare letters."""


def decode(source: Source) -> tuple[str, str]:
    """Text and encoding: strict UTF-8, else strict GB18030 of the whole; nothing else, nothing dropped.

    Raises
    ------
    FormatFault
        Naming the lines that are in another encoding than the rest.
    """
    data = source.data.removeprefix(BOM)
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and not data[: error.start].isascii()
        if cut and error.end == len(data):
            raise source.refuse("truncated_line", line=len(data.splitlines())) from None
    good, sure, bad = _sort_lines(data)
    if source.data.startswith(BOM) or len(good) > len(bad) or sure:
        minority = bad if len(good) >= len(bad) or not sure else sure
        raise _other_encoding(source, minority, "UTF-8" if minority is bad else "GB18030")
    try:
        text = data.decode("gb18030")
        _refuse_big5(source, data, text)
        return text, "GB18030"
    except UnicodeDecodeError as error:
        if error.reason.startswith("incomplete") and error.end == len(data):
            raise source.refuse("truncated_line", line=len(data.splitlines())) from None
        lines = [n for n, line in enumerate(data.splitlines(), start=1) if not _is(line, "gb18030")]
        raise _other_encoding(source, lines or bad, "GB18030") from None


def _refuse_big5(source: Source, data: bytes, text: str) -> None:
    """Refuse Big5, whose bytes are valid GB18030 and then mean rare letters."""
    try:
        other = data.decode("big5")
    except UnicodeDecodeError:
        return
    if _frequent(text, "gb2312") < 0.5 and _frequent(other, "big5") > 0.8:
        raise source.refuse("big5")


def _frequent(text: str, charset: str) -> float:
    """Share of the letters beyond ASCII that are frequent ones of a charset."""
    first, last = _FREQUENT[charset]
    every = Counter(letter for letter in text if letter > "\x7f")
    frequent = sum(
        n for letter, n in every.items() if first <= letter.encode(charset, "ignore")[:1].ljust(1)[0] <= last
    )
    return frequent / max(1, every.total())


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _sort_lines(data: bytes) -> tuple[list[int], list[int], list[int]]:
    """Lines beyond ASCII: valid UTF-8, of those surely UTF-8, and not UTF-8; numbers from 1."""
    good, sure, bad = [], [], []
    for number, line in enumerate(data.splitlines(), start=1):
        if line.isascii():
            continue
        if not _is(line, "utf-8"):
            bad.append(number)
            continue
        good.append(number)
        if len(_CJK.findall(line.decode())) >= _SURE:
            sure.append(number)
    return good, sure, bad


def _other_encoding(source: Source, lines: list[int], encoding: str) -> errors.FormatFault:
    return errors.FormatFault(
        *(
            source.fault("encoding_line", line=line, params={"encoding": encoding})
            for line in lines[:MAX_FAULTS]
        )
    )


def read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """Separated text; the separator is the one that gives the most even table."""
    text, encoding = decode(source)
    separator = _separator(text)
    if separator is None:
        raise source.refuse("no_separator")
    rows, starts = _records(source, text, separator)
    at = grid.header_row(rows)
    if at is not None and len(rows[at]) > MAX_COLUMNS:
        raise source.refuse(
            "too_wide", line=starts[at], params={"columns": len(rows[at]), "limit": MAX_COLUMNS}
        )
    header = None if at is None else grid.find_header(rows)
    if header is None:
        raise source.refuse("no_separator")
    records, lines = _even(source, text, rows, starts, header.bottom)
    findings = _open_end(source, text, records, lines)
    if encoding != "UTF-8":
        findings.append(
            source.finding(Severity.REPAIR, "encoding", n_rows=len(records), params={"encoding": encoding})
        )
    if separator != "," and not (
        separator == "\t" and source.file.lower().endswith((".tsv", ".tab", ".txt"))
    ):
        findings.append(
            source.finding(
                Severity.REPAIR, "separator", n_rows=len(records), params={"separator": SEPARATORS[separator]}
            )
        )
    return grid.build(source, records, lines, header, kind="csv", findings=findings)


def _separator(text: str) -> str | None:
    """Separator whose first records are wide and of one width."""
    best: tuple[float, int] = (0.0, 1)
    found = None
    for separator in SEPARATORS:
        widths = Counter(len(row) for row in _head(text, separator))
        width, n = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        wide = {w: k for w, k in widths.items() if w > 1}
        if wide and width < 2:
            width, n = max(wide.items(), key=lambda item: (item[1], item[0]))
        score = (n / max(1, widths.total()), width)
        if width > 1 and score > best:
            best, found = score, separator
    return found


def _head(text: str, separator: str, n: int = 20) -> Iterator[list[str]]:
    """Up to `n` records that are not blank, as far as they can be read."""
    reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(row):
                yield row
                n -= 1
            if not n:
                return
    except csv.Error:
        return


def _records(source: Source, text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """Records and the line in which each starts; a quoted field may hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    starts: list[int] = []
    done = 0
    try:
        for row in reader:
            rows.append(row)
            starts.append(done + 1)
            done = reader.line_num
    except csv.Error as error:
        place: dict[str, Any] = {"line": done + 1, "row": max(0, len(rows) - 1)}
        if "field limit" in str(error):
            raise source.refuse("cell_too_long", params={"limit": MAX_CELL}, **place) from None
        if "end of data" in str(error):
            raise source.refuse("truncated_line", line=done + 1) from None
        raise source.refuse("bad_quotes", **place) from None
    return rows, starts


def _even(
    source: Source, text: str, rows: list[list[str]], starts: list[int], header: int
) -> tuple[list[list[str]], list[int]]:
    """Records below the header without blank ones; all must be as wide as the header."""
    width = len(rows[header])
    records: list[list[str]] = []
    lines: list[int] = []
    faults: list[errors.Fault] = []
    for row, start in zip(rows[header + 1 :], starts[header + 1 :], strict=True):
        if not "".join(row).strip():
            continue
        if len(row) != width:
            faults.append(
                source.fault(
                    "ragged_row",
                    line=start,
                    row=len(records) + len(faults),
                    params={"found": len(row), "expected": width},
                )
            )
        else:
            records.append(row)
            lines.append(start)
    last = faults[-1] if faults else None
    if last and last.line == starts[-1] and len(rows[-1]) < width and not text.endswith(("\n", "\r")):
        faults[-1] = source.fault("truncated_line", line=last.line, row=last.row)
    if faults:
        raise errors.FormatFault(*faults[:MAX_FAULTS])
    return records, lines


def _open_end(source: Source, text: str, records: list[list[str]], lines: list[int]) -> list[errors.Finding]:
    """A warning for a last line without an end: its last value may be cut, and that shows in none but this.

    Raises
    ------
    FormatFault
        If all other values of that column are of one length, and the last one is shorter.
    """
    if not records or text.endswith(("\n", "\r", '"')) or not records[-1][-1].strip():
        return []
    sizes = {len(record[-1]) for record in records[:-1]}
    if len(records) > _ALIKE and len(sizes) == 1:
        if len(records[-1][-1]) < max(sizes):
            raise source.refuse("truncated_line", line=lines[-1], row=len(records) - 1)
        return []
    return [source.finding(Severity.WARNING, "open_end", line=lines[-1], value=records[-1][-1], n_rows=1)]
