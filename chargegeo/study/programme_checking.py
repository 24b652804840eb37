"""Check of a year's target or of a ledger: what can be used, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import targets
from chargegeo.errors import Fault, Finding
from chargegeo.study import programmes
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

_RETURNS = {
    "falling": "returns_falling", "finished_above_started": "returns_finished_above", "two_returns": "returns_two",
}  # fmt: skip
_FIGURES = {
    "parts": "figures_parts", "sources": "figures_sources", "percentage": "figures_percentage",
    "percentages": "figures_percentages",
}  # fmt: skip


def target(path: str | Path) -> tuple[int, tuple[Finding, ...]]:
    """Records of a programme and the files that it names, and what was found in them.

    Where the programme says no day of judgement, its returns are checked as of the last day that they name; where
    it names no units, they may be of any unit.

    Raises
    ------
    InputError, StudyFault
        If one of the files cannot be used.
    """
    path = Path(path)
    programme = targets.load(path)
    opened = programmes.Opened(path, programme)
    if "units" not in programme.tables():
        found = [opened.returns(name, None) for name in programme.tables()]
        findings = [finding for item in found for finding in item.findings]
        figures = figure_findings(programmes.figures(programme), _ledger(programme))
        return sum(opened.rows.values()), (*findings, *figures)
    day = programme.target.as_of
    if day is None and "reports" in programme.tables():
        frame = opened.returns("reports", None).frame
        days = [frame[name].max() for name in ("period_end", "received_on") if name in frame]
        day = max(item.date() for item in days if item == item)
    judged = programmes.judge(path, as_of=day)
    reports = programme.target.reports
    clashes = return_findings(judged.tables, "" if reports is None else reports.file.name)
    figures = figure_findings(judged.tables, _ledger(programme))
    return sum(judged.rows.values()), (*judged.findings, *clashes, *figures)


def ledger(path: str | Path) -> tuple[int, tuple[Finding, ...]]:
    """Figures and tables of a ledger, and where they contradict each other.

    Raises
    ------
    MissingFile, StudyFault
        If it cannot be used.
    """
    held = targets.ledger(Path(path))
    return len(held.figures) + len(held.tables), tuple(figure_findings(programmes.published(held), str(path)))


def _ledger(programme: targets.Programme) -> str:
    """Name of the ledger, built in or a file."""
    return Path(str(programme.target.ledger or "")).name


def return_findings(tables: Mapping[str, pd.DataFrame], file: str) -> Iterator[Finding]:
    """Warnings of returns that cannot all be right; a correction is none."""
    for row in _records(tables, "progress_contradictions"):
        code = _RETURNS.get(row["kind"])
        if code is not None:
            params = {
                "name": row["name"], "day": f"{row['period_end']:%Y-%m-%d}", "earlier": _number(row["earlier"]),
                "later": _number(row["later"]),
            }  # fmt: skip
            fault = Fault(
                code, file or None, column=row["state"], feature=row["unit_code"],
                value=params["later"], params=params,
            )  # fmt: skip
            yield Finding(Severity.WARNING, fault)


def figure_findings(tables: Mapping[str, pd.DataFrame], file: str) -> Iterator[Finding]:
    """Warnings of published figures that do not agree, and of the cells that would mend a table."""
    for row in _records(tables, "contradictions"):
        if row["verdict"] != "within_rounding":
            code = "figures_unit" if row["verdict"] == "other_unit" else _FIGURES[row["kind"]]
            numbers = {name: _number(row[name]) for name in ("stated", "computed", "low", "high")}
            params = {
                "about": row["about"], "against": row["against"], "round": row["round_numbers"] or "-", **numbers
            }  # fmt: skip
            fault = Fault(
                code, file or None, feature=row["about"], value=numbers["stated"] or None, params=params
            )
            yield Finding(Severity.WARNING, fault)
    for row in _records(tables, "implied"):
        if row["percentage"] is None and row["fits"] is False:
            yield Finding(Severity.WARNING, _together(row, tables, file))
    for row in _records(tables, "mendings"):
        yield Finding(Severity.WARNING, _mending(row, file))


def _records(tables: Mapping[str, pd.DataFrame], name: str) -> list[dict[str, Any]]:
    """Rows of a table that is there, null as none."""
    if name not in tables:
        return []
    frame = tables[name].astype(object)
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.where(frame.notna(), None).values]


def _together(row: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], file: str) -> Fault:
    """What all percentages of a denominator leave of it, and what their parts were if it is the round number."""
    parts = {
        item["part"]: f"{_number(item['part_least'])} - {_number(item['part_most'])}"
        for item in _records(tables, "implied")
        if item["denominator"] == row["denominator"] and item["part_least"] is not None
    }
    params = {
        "name": row["denominator"], "least": _number(row["least"]), "most": _number(row["most"]),
        "round": row["round_numbers"] or "-", "parts": "; ".join(f"{k} {v}" for k, v in parts.items()) or "-",
    }  # fmt: skip
    return Fault(
        "figures_together",
        file or None,
        feature=row["denominator"],
        value=_number(row["stated"]),
        params=params,
    )


def _mending(row: Mapping[str, Any], file: str) -> Fault:
    params = {
        "name": row["column_name"], "row": row["row"], "least": _number(row["least"]), "most": _number(row["most"]),
        "candidates": row["candidates"] or "-",
    }  # fmt: skip
    code = "figures_only_cell" if row["unique"] else "figures_cell"
    return Fault(
        code, file or None, column=row["column_code"],
        feature=f"{row['table']}.{row['row']}", value=_number(row["published"]), params=params,
    )  # fmt: skip


def _number(value: float | None) -> str:
    """A number as people write it: at most two decimals; nothing for null."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
