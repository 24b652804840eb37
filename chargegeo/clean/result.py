"""What every cleaner hands back, and the two tables made from its findings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.clean import lexicon
from chargegeo.errors import Fault, Finding, SchemaFault
from chargegeo.vocab import Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from chargegeo.clean.cells import Issue
    from chargegeo.sources import RawTable


@dataclass(frozen=True)
class Cleaned:
    """A table by contract and everything that was done on the way.

    Parameters
    ----------
    table
        Contract ``stations`` or ``units``.
    piles
        Contract ``piles``; empty for units.
    repairs, quarantine
        Contract tables made from the findings.
    findings
        Everything found, warnings included.
    rows
        Records in the file: accepted and set aside.
    piles_in
        Piles of all records, accepted and set aside, as far as readable.
    records
        File, sheet, ``station_id`` and ``operator`` of every record of a register, set aside or not; none for
        units.
    """

    table: gpd.GeoDataFrame
    piles: pd.DataFrame
    repairs: pd.DataFrame
    quarantine: pd.DataFrame
    findings: tuple[Finding, ...]
    rows: int
    piles_in: int = 0
    records: pd.DataFrame | None = None

    @property
    def outcome(self) -> Outcome:
        """Quarantined if any record was set aside, else repaired if anything was, else accepted."""
        severities = {finding.severity for finding in self.findings}
        if Severity.QUARANTINE in severities:
            return Outcome.QUARANTINED
        return Outcome.REPAIRED if Severity.REPAIR in severities else Outcome.ACCEPTED


def fault(
    raw: RawTable,
    code: str,
    row: int | None = None,
    column: str | None = None,
    value: object = None,
    **params: object,
) -> Fault:
    """A fault with its place in a raw table.

    Parameters
    ----------
    row
        Data record from 0; none for a fault of the whole file or column.
    column
        Column as named in the file.
    params
        More values for the text; ``cell`` (``I4``) is added for worksheets.
    """
    line = int(raw.lines[row]) if row is not None and raw.lines is not None else None
    feature = row if row is not None and raw.lines is None else None
    cell = raw.address(row, column) if row is not None and column is not None else None
    if cell is not None:
        params["cell"] = cell
    return Fault(code, raw.file, raw.sheet, line, row, column, feature, value, params)


def missing_columns(raw: RawTable, names: Iterable[str], table: str, headers: Sequence[str]) -> SchemaFault:
    """The error for columns of a table that no header of the file stands for."""
    listed = ", ".join(headers)
    return SchemaFault(
        *(
            fault(
                raw, "missing_column", None, lexicon.label(name, table, headers), columns=listed, target=name
            )
            for name in names
        )
    )


def issue_findings(raw: RawTable, column: str, issues: Iterable[Issue]) -> list[Finding]:
    """Findings of one column's issues, with their places."""
    return [
        Finding(issue.severity, fault(raw, issue.code, issue.row, column, issue.old), issue.new)
        for issue in issues
    ]


def repairs(findings: Iterable[Finding]) -> pd.DataFrame:
    """Contract table ``repairs``: a row for each repair among the findings, in their order."""
    import pandas as pd

    chosen = [finding for finding in findings if finding.severity is Severity.REPAIR]
    rows = [
        {
            **_place(item.fault),
            "column": item.fault.column,
            "problem": item.fault.code,
            "old": _text(item.fault.value),
            "new": _text(item.new),
            "n_rows": item.n_rows,
        }
        for item in chosen
    ]
    return schema.conform(pd.DataFrame(rows), "repairs") if rows else schema.empty("repairs")


def quarantine(
    raw: RawTable,
    findings: Iterable[Finding],
    known: Mapping[str, Sequence[Any]] | None = None,
) -> pd.DataFrame:
    """Contract table ``quarantine``: one row for each record of ``raw`` that a finding sets aside, by record.

    Parameters
    ----------
    raw
        The table as found.
    findings
        Findings about ``raw``; several about one record are joined by semicolons.
    known
        ``station_id``, ``unit_code``, ``n_piles``: what could be read, a value for each record of ``raw``.
    """
    import pandas as pd

    by_row: dict[int, list[Fault]] = {}
    for finding in findings:
        if finding.severity is Severity.QUARANTINE and finding.fault.row is not None:
            by_row.setdefault(finding.fault.row, []).append(finding.fault)
    if not by_row:
        return schema.empty("quarantine")
    order = sorted(by_row)
    records = raw.frame.iloc[order].to_dict("records")
    rows = [
        {
            **_place(by_row[row][0]),
            "column": _joined(item.column for item in by_row[row]),
            "problem": _joined(item.code for item in by_row[row]),
            "value": _joined(item.value for item in by_row[row]),
            **{name: values[row] for name, values in (known or {}).items()},
            "record": _record(raw, row, record),
        }
        for row, record in zip(order, records, strict=True)
    ]
    return schema.conform(pd.DataFrame(rows), "quarantine")


def _place(item: Fault) -> dict[str, object]:
    return {
        "file": item.file or "",
        "sheet": item.sheet,
        "line": item.line,
        "row": item.row,
        "feature": _text(item.feature),
    }


def _text(value: object) -> str | None:
    """Text that can be stored: half a surrogate pair, which JSON can hold, becomes its escape."""
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode()


def _joined(values: Iterable[object]) -> str | None:
    """Distinct values in the order found; null when there is none."""
    return _text(";".join(dict.fromkeys(str(value) for value in values if value is not None)) or None)


def _record(raw: RawTable, row: int, record: Mapping[Any, Any]) -> str:
    """The whole record as JSON: cells as found, and the geometry as WKT for spatial formats."""
    cells = {
        str(name): None if value is None or value != value else _text(value) for name, value in record.items()
    }
    if raw.geometry is not None:
        shape = raw.geometry.iloc[row]
        cells["geometry"] = None if shape is None else shape.wkt
    return json.dumps(cells, ensure_ascii=False)
