"""Exchange formats of charging networks into the raw tables ``stations``, ``piles`` and ``guns``.

In come documents of a feed (T/CEC 102, OCPI 2.2.1, Open Charge Map) or the table of an AFDC download, told by
their keys; out goes the table of stations with piles and guns as its parts, codes as the feed has them. It
never follows a link to a further page, and never translates a code: the cleaner does.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chargegeo import errors
from chargegeo.sources.exchange import afdc, ocm, ocpi, tcec
from chargegeo.sources.exchange.tables import Format, Tables, faults
from chargegeo.sources.jsontext import Documents, Doubled, NotANumber, walk
from chargegeo.sources.raw import MAX_FAULTS, RawTable, Source, text_frame
from chargegeo.vocab import Severity

FORMATS = (tcec.FORMAT, ocpi.FORMAT, ocm.FORMAT)
_LOOK = 20
"""Documents looked at for the keys of a format."""


def read(source: Source, documents: Documents) -> RawTable | None:
    """Stations of a feed with piles and guns as parts; None if it is no feed known here.

    Raises
    ------
    FormatFault
        If a record is not built as the format says, naming record and key; if a feed is encrypted or empty.
    """
    values, lines = documents.values, documents.lines
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if any(tcec.encrypted(page) for page in values[:_LOOK]):
        raise source.refuse("exchange_encrypted")
    form = next((each for each in FORMATS if any(map(each.knows, values[:_LOOK]))), None)
    if form is None:
        return None
    pairs = [(number, record) for number, page in enumerate(values) for record in form.records(page)]
    records = [record for _, record in pairs]
    if not records:
        raise source.refuse("no_rows")
    at = None if lines is None else [lines[number] for number, _ in pairs]
    found = list(faults(source, form, records, at))
    if documents.odd:
        found += _not_numbers(source, records)
    if found:
        raise errors.FormatFault(*found[:MAX_FAULTS])
    notes = [*_incomplete(source, form, values, len(records)), *_doubled(source, records, documents)]
    return _raw(source, form.name, form.tables(records), at, form.datum, notes)


def adapt(source: Source, table: RawTable) -> RawTable:
    """A table of text as stations, if its headers are AFDC's; else the table itself."""
    if not afdc.knows(table.frame.columns):
        return table
    assert table.lines is not None
    cells = {str(name): column.tolist() for name, column in table.frame.items()}
    keep = afdc.electric(cells)
    left_out = len(keep) - sum(keep)
    cells = {
        name: [cell for cell, kept in zip(column, keep, strict=True) if kept]
        for name, column in cells.items()
    }
    if not any(keep):
        raise source.refuse("no_rows")
    at = [int(line) for line, kept in zip(table.lines, keep, strict=True) if kept]
    notes = list(table.findings)
    if left_out:
        notes.append(source.finding(Severity.REPAIR, "other_fuel", n_rows=left_out, column=afdc.FUEL))
    return _raw(source, "afdc", afdc.tables(cells), at, "wgs84", notes)


def _raw(
    source: Source,
    kind: str,
    tables: Tables,
    lines: list[int] | None,
    datum: str,
    notes: list[errors.Finding],
) -> RawTable:
    """Raw tables; a column of stations that no record fills is left out, like any that is not in the file."""
    import numpy as np

    stations = {
        name: column
        for name, column in tables.stations.items()
        if name in tables.always or any(cell is not None for cell in column)
    }
    about = [
        source.finding(Severity.WARNING, note.code, n_rows=note.n_rows, column=note.column)
        for note in tables.notes
    ]
    at = None if lines is None else np.asarray(lines, dtype=np.int64)
    main = _table(source, kind, stations, None, datum)
    parts = {
        name: _table(source, kind, columns, name, datum)
        for name, columns in (("piles", tables.piles), ("guns", tables.guns))
        if any(columns.values())
    }
    return replace(main, lines=at, findings=(*notes, *about), parts=parts)


def _table(
    source: Source, kind: str, columns: dict[str, list[str | None]], sheet: str | None, datum: str
) -> RawTable:
    n_rows = len(next(iter(columns.values())))
    frame = text_frame(columns, columns.values(), n_rows)
    return RawTable(frame, None, None, source.file, sheet, kind, None, datum=datum)


def _incomplete(source: Source, form: Format, pages: list[Any], n_records: int) -> Iterator[errors.Finding]:
    """A warning where a feed declares more pages or stations than the file holds."""
    for expected, present in form.declared(pages, n_records):
        if present < expected:
            params: dict[str, object] = {"expected": expected, "present": present}
            yield source.finding(Severity.WARNING, "feed_incomplete", n_rows=n_records, params=params)


def _not_numbers(source: Source, records: list[Any]) -> list[errors.Fault]:
    return [
        source.fault("json_nan", feature=i, value=each)
        for i, record in enumerate(records)
        for each in walk(record)
        if isinstance(each, NotANumber)
    ]


def _doubled(source: Source, records: list[Any], documents: Documents) -> list[errors.Finding]:
    return [
        source.finding(Severity.WARNING, "duplicate_key", feature=i, value=each.key, n_rows=1)
        for i, record in enumerate(records if documents.odd else ())
        for each in walk(record)
        if isinstance(each, Doubled)
    ]
