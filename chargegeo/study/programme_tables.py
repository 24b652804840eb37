"""Tables of a year's target as offices send them: units with what they share by, and returns."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chargegeo import sources
from chargegeo.clean import cells, lexicon, result
from chargegeo.errors import Fault, Finding, StudyFault
from chargegeo.targets.returns import STATES, tidy
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from chargegeo.clean.cells import Issue
    from chargegeo.sources import RawTable
    from chargegeo.targets import Programme, TableFile

UNITS, RETURNS = "reporting_units", "returns"  # tables of the lexicon


@dataclass(frozen=True)
class Given:
    """A table under our names, with the place of each of its cells.

    ``headers`` holds the header of each column of ours, ``raw`` the table as found.
    """

    frame: pd.DataFrame
    raw: RawTable
    headers: Mapping[str, str]
    findings: tuple[Finding, ...]


def opened(file: TableFile, shown: str) -> RawTable:
    """The table as found, under the name that results may state."""
    raw = sources.read(file.file, sheet=file.sheet)
    findings = tuple(replace(item, fault=replace(item.fault, file=shown)) for item in raw.findings)
    return replace(raw, file=shown, findings=findings)


def units(raw: RawTable, programme: Programme, columns: Mapping[str, str]) -> Given:
    """Units with their codes, names and shares.

    Shares are columns that the lexicon knows (population, vehicles, uncovered townships) or headers as they
    stand in the file.

    Raises
    ------
    SchemaFault, StudyFault
        With every column that is missing and every cell that cannot be used.
    """
    own = {name: name for name in programme.shares if name in raw.frame}
    known = lexicon.headers(UNITS).values()
    mapping = {name: header for name, header in columns.items() if name in known}
    headers = _headers(raw, UNITS, mapping) | own | dict(columns)
    levels = programme.target.levels
    _require(raw, headers, [*levels, *programme.shares], UNITS)
    frame, findings, faults = _texts(raw, headers, levels)
    for name in programme.shares:
        header = headers[name]
        read = cells.numbers(raw.frame[header], worksheet=_worksheet(raw), check=_not_below_zero, low=0)
        frame[name] = read.values
        findings += _repairs(raw, header, read.issues)
        broken = _broken(raw, header, read.issues, "target_share_negative")
        faults += broken
        told = {item.row for item in broken}
        faults += [
            result.fault(raw, "target_share_null", row, header)
            for row in read.values.isna().to_numpy().nonzero()[0].tolist()
            if row not in told
        ]
    _raise(faults)
    return Given(frame, raw, headers, (*raw.findings, *findings))


def returned(
    raw: RawTable, columns: Mapping[str, str], *, year: int, every: str, known: set[str] | None
) -> Given:
    """Returns of one year, checked cell by cell.

    Parameters
    ----------
    raw, columns
        The table and the saved mapping from our column to its header.
    year, every
        What periods there are. A month alone stands for its last day.
    known
        Codes of the reporting units; none for any.

    Raises
    ------
    SchemaFault, StudyFault
        With every column that is missing and every cell that cannot be used.
    """
    headers = _headers(raw, RETURNS, columns)
    _require(raw, headers, ["unit_code", "period_end", *STATES], RETURNS)
    frame, findings, faults = _texts(raw, headers, ["unit_code"])
    for name in ("period_end", "received_on"):
        if name in headers:
            frame[name], issues = _days(raw, headers[name], year, ends=name == "period_end")
            findings += _repairs(raw, headers[name], issues)
            faults += _broken(raw, headers[name], issues, "report_day")
    for name in STATES:
        # no number is right without a look: it must be whole
        read = cells.numbers(raw.frame[headers[name]], worksheet=_worksheet(raw), check=_count, low=1, high=0)
        frame[name] = read.values
        findings += _repairs(raw, headers[name], read.issues)
        faults += _broken(raw, headers[name], read.issues, "report_count")
    _raise(faults)
    found = Given(frame, raw, headers, (*raw.findings, *findings))
    try:
        tidy(frame, year, every, known)
    except StudyFault as error:
        raise located(error, found) from None
    return found


def located(error: StudyFault, given: Given) -> StudyFault:
    """The same faults with file, line and header of the cells that they are about."""
    return StudyFault(*(_located(item, given) for item in error.faults))


def _located(item: Fault, given: Given) -> Fault:
    if item.column not in given.headers:
        return item
    row, header = item.row, given.headers[item.column or ""]
    if row is None and item.feature is not None:
        own = given.frame["unit_code" if "unit_code" in given.frame else item.column or ""]
        rows = (own == str(item.feature)).to_numpy().nonzero()[0]
        row = int(rows[-1]) if len(rows) else None
    value = item.value if row is None else given.raw.frame[header].iloc[row]
    placed = result.fault(given.raw, item.code, row, header, value)
    return replace(placed, feature=item.feature, params={**placed.params, **item.params})


def _headers(raw: RawTable, table: str, columns: Mapping[str, str]) -> dict[str, str]:
    found = [str(name) for name in raw.frame.columns]
    return lexicon.columns(found, table, mapping=columns or None, file=raw.file, sheet=raw.sheet)


def _require(raw: RawTable, headers: Mapping[str, str], names: Iterable[str], table: str) -> None:
    found, known = [str(name) for name in raw.frame.columns], set(lexicon.headers(table).values())
    faults = [
        result.fault(
            raw, "target_column", None, lexicon.label(name, table, found) if name in known else name,
            known=", ".join(found),
        )
        for name in names if headers.get(name) not in raw.frame
    ]  # fmt: skip
    _raise(faults)


def _texts(
    raw: RawTable, headers: Mapping[str, str], codes: Iterable[str]
) -> tuple[pd.DataFrame, list[Finding], list[Fault]]:
    """Codes and names as text, and every code that is missing."""
    import pandas as pd

    faults = [
        result.fault(raw, "target_code_null", row, headers[name])
        for name in codes
        for row in raw.frame[headers[name]].isna().to_numpy().nonzero()[0].tolist()
    ]
    words = {name: _plain(raw.frame[header]) for name, header in headers.items() if _is_text(name)}
    return pd.DataFrame(words, index=raw.frame.index), [], faults


def _is_text(name: str) -> bool:
    return name == "name" or name.endswith(("_code", "_name"))


def _plain(column: pd.Series) -> pd.Series:
    return column.map(lambda text: unicodedata.normalize("NFKC", text).strip(), na_action="ignore")


def _days(raw: RawTable, header: str, year: int, *, ends: bool) -> tuple[pd.Series, tuple[Issue, ...]]:
    """Days of a column; with ``ends`` a month alone is its last day, which needs no repair."""
    import pandas as pd

    read = cells.dates(
        raw.frame[header],
        earliest=dt.date(2000, 1, 1),
        today=dt.date(year, 12, 31),
        worksheet=_worksheet(raw),
    )
    if not ends:
        return read.values, read.issues
    months = [issue.row for issue in read.issues if issue.code == "date_month"]
    days = read.values.copy()
    days.iloc[months] = days.iloc[months] + pd.offsets.MonthEnd(0)
    return days, tuple(issue for issue in read.issues if issue.code != "date_month")


def _worksheet(raw: RawTable) -> bool:
    return raw.kind == "xlsx"


def _not_below_zero(value: float) -> cells.Reading:
    return cells.Reading(value) if value >= 0 else cells.bad("below_zero")


def _count(value: float) -> cells.Reading:
    return cells.Reading(value) if value >= 0 and value % 1 == 0 else cells.bad("no_count")


def _repairs(raw: RawTable, header: str, issues: Iterable[Issue]) -> list[Finding]:
    return result.issue_findings(raw, header, (item for item in issues if item.severity is Severity.REPAIR))


def _broken(raw: RawTable, header: str, issues: Iterable[Issue], code: str) -> list[Fault]:
    return [
        result.fault(raw, code, item.row, header, item.old)
        for item in issues
        if item.severity is Severity.QUARANTINE
    ]


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise StudyFault(*faults)
