"""What every reader of this room takes in and gives back, and the limits they share."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chargegeo import errors
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    import geopandas
    import numpy
    import pandas

MAX_BYTES = 500_000_000
"""Largest file read."""
MAX_CELL = 32_767
"""Longest text of one cell, in characters: Excel's own limit."""
MAX_FAULTS = 50
"""Faults of one kind listed in one error; the first ones are enough to see the pattern."""


@dataclass(frozen=True)
class RawTable:
    """One table as found in one file.

    Parameters
    ----------
    frame
        Cells as found: text, or None where the cell is blank. The index counts data records from 0; columns
        are named as in the file, without outer blanks; a column without a name is ``#`` and its position.
    geometry
        Shapes of a spatial format, a record each, None elsewhere.
    crs
        Coordinate reference as the file states it (``"EPSG:4326"`` or WKT), None where it states none.
    file
        The file as the user wrote it.
    sheet
        Sheet or layer taken, None where the format has none.
    kind
        Format by content: csv, xlsx, geojson, gpkg, fgb, shp, parquet, kml; of stations tcec, ocpi, ocm, afdc.
    lines
        Line of the file or sheet in which each record starts, from 1, the header included; None for features.
    findings
        What was recognised or repaired on the way, and warnings.
    positions
        Position in the sheet of each column of `frame`, from 0; None elsewhere.
    datum
        Datum that the format itself prescribes (a word of :class:`chargegeo.vocab.Datum`), None where it
        prescribes none. Advice: what the study states goes before it.
    parts
        Further tables of the same file by name: ``piles`` and ``guns`` of an exchange format.
    """

    frame: "pandas.DataFrame"
    geometry: "geopandas.GeoSeries | None"
    crs: str | None
    file: str
    sheet: str | None
    kind: str
    lines: "numpy.ndarray[Any, Any] | None"
    findings: tuple[errors.Finding, ...] = ()
    positions: tuple[int, ...] | None = None
    datum: str | None = None
    parts: "Mapping[str, RawTable]" = field(default_factory=dict)

    def address(self, row: int, column: str) -> str | None:
        """Cell address like ``I4`` of a record (from 0) and a column; None if the file has no cells."""
        if self.positions is None or self.lines is None or column not in self.frame.columns:
            return None
        return f"{letters(self.positions[list(self.frame.columns).index(column)])}{self.lines[row]}"


@dataclass(frozen=True)
class Source:
    """The bytes of one file, and its name for messages."""

    file: str
    data: bytes

    def fault(self, code: str, *, params: dict[str, object] | None = None, **place: Any) -> errors.Fault:
        """A fault in this file."""
        return errors.Fault(code, file=self.file, params=params or {}, **place)

    def refuse(
        self, code: str, *, params: dict[str, object] | None = None, **place: Any
    ) -> errors.FormatFault:
        """The error for one fault that makes this file unusable."""
        return errors.FormatFault(self.fault(code, params=params, **place))

    def finding(
        self,
        severity: Severity,
        code: str,
        *,
        n_rows: int,
        params: dict[str, object] | None = None,
        **place: Any,
    ) -> errors.Finding:
        """A finding in this file."""
        return errors.Finding(severity, self.fault(code, params=params, **place), n_rows=n_rows)


def letters(position: int) -> str:
    """Column letters of a sheet position from 0: 0 is A, 26 is AA."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def cell_text(value: object) -> str | None:
    """Text of one typed value without loss: no ``.0``, booleans true/false, dates in ISO; blank is None."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return str(value)


def _float_text(value: float) -> str | None:
    if value != value:
        return None
    # above 1e15 not every integer is a float, and repr says so by its exponent
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def text_frame(names: Iterable[str], columns: Iterable[list[str | None]], n_rows: int) -> "pandas.DataFrame":
    """A frame of texts and None, whatever pandas would rather infer."""
    import numpy as np
    import pandas as pd

    cells = {}
    for position, column in enumerate(columns):
        cells[position] = np.empty(n_rows, dtype=object)
        cells[position][:] = column
    frame = pd.DataFrame(cells, index=pd.RangeIndex(n_rows), dtype=object)
    frame.columns = pd.Index(list(names), dtype=object)
    return frame


def too_long(source: Source, table: RawTable) -> list[errors.Fault]:
    """Faults for cells longer than :data:`MAX_CELL`."""
    faults = []
    for name, column in table.frame.items():
        if max(map(len, filter(None, set(column))), default=0) > MAX_CELL:
            for row in [i for i, text in enumerate(column) if text and len(text) > MAX_CELL][:MAX_FAULTS]:
                line = None if table.lines is None else int(table.lines[row])
                feature = row if table.lines is None else None
                faults.append(
                    source.fault(
                        "cell_too_long",
                        sheet=table.sheet,
                        line=line,
                        row=row,
                        column=str(name),
                        feature=feature,
                        params={"limit": MAX_CELL},
                    )
                )
    return faults
