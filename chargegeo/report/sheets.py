"""The workbook: XLSX, text as text, the same bytes for the same tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chargegeo import labels, schema, store
from chargegeo.errors import Fault, Finding, OutputFault
from chargegeo.report.book import HEADER, close_book, open_book, write_sheet
from chargegeo.report.cells import Cells, Sheet, columns_of, optional, table_sheet
from chargegeo.report.charts import write_charts
from chargegeo.report.definition import (
    NOTE,
    RULE_ROW,
    about,
    headline_rung,
    meanings,
    rules_asked,
    write_definition,
)

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.schema import Caption

ROW_LIMIT = 1_048_576
_PLACE = ("unit_code", "name", "county_name", "city_name")  # of a unit, beside its driving time
# Further tables in the order of their sheets, and how many of their columns stay in view
_FURTHER = {
    "corridor_rollup": 2, "corridors": 4, "corridor_gaps": 2, "corridor_breaks": 2, "corridor_rules": 2,
    "corridor_travel": 5, "corridor_pairs": 5, "shared_gaps": 2, "service_areas": 3, "service_area_pairs": 2,
    "service_area_rollup": 3, "published": 1,
    "scenario_comparison": 1,
    "sites": 4, "site_piles": 2, "site_units": 2, "scenario_units": 2, "scenario_areas": 3, "scenario_limits": 2,
    "closing_curve": 3, "scenario_differences": 4,
    "scenario_changes": 2, "inequality": 3, "lorenz": 3, "changes": 3, "changes_by_unit": 2,
    "withheld": 2,
}  # fmt: skip
# Tables of a year's target, and how many of their columns stay in view
_TARGETS = {
    "quotas": 4, "quota_parts": 2, "progress": 3, "progress_periods": 2, "projections": 2, "ranking": 3,
    "late_returns": 2, "progress_contradictions": 2, "contradictions": 3, "implied": 2, "mendings": 4,
}  # fmt: skip
# Tables whose columns the definition sheet explains, in its order
_DEFINED = (
    "rollup", "gaps", "units", "coverage", "stations", "reach", "road_summary", *_FURTHER, *_TARGETS, "repairs",
    "quarantine",
)  # fmt: skip


def workbook(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    *,
    warnings: Iterable[Finding],
    caption: Caption,
    rule_rows: Sequence[RULE_ROW],
    target_rows: Sequence[NOTE] = (),
) -> None:
    """Write the workbook: definitions, charts, then a sheet a table, then warnings.

    Parameters
    ----------
    path
        The target, ``.xlsx``; written whole or not at all.
    tables
        ``units``, ``stations``, ``coverage``, ``rollup``, ``gaps``, ``repairs``, ``quarantine``, and where they
        are there ``reach``, ``road_summary``, the tables of what stands along the roads, of a scenario, of
        evenness and of a year's target (others are left aside), each by its contract; shares are fractions and
        shown in percent beside numerator and denominator.
    warnings
        Findings to be listed as warnings.
    caption
        Title, marks and lines of every sheet; its language is that of the workbook, its date that of the
        file.
    rule_rows
        From :func:`definition_rows`.
    target_rows
        Lines of the definition sheet on a year's target: what, and how it is done.

    Raises
    ------
    OutputFault
        ``too_many_rows`` for a table longer than a sheet, ``cannot_write``.
    """
    lang = caption.lang
    units = _with_coverage(tables["units"], tables["coverage"])
    sheets = (
        table_sheet("rollup", tables["rollup"], columns_of("rollup"), lang, frozen=4),
        table_sheet("gaps", tables["gaps"], columns_of("gaps"), lang, frozen=3),
        table_sheet("units", units, columns_of("units", "coverage"), lang, frozen=2),
        table_sheet("stations", tables["stations"], columns_of("stations"), lang, frozen=2),
        *_road_sheets(tables, lang),
        *(
            table_sheet(name, tables[name], columns_of(name), lang, frozen=frozen)
            for name, frozen in {**_FURTHER, **_TARGETS}.items()
            if name in tables
        ),
        table_sheet("repairs", tables["repairs"], columns_of("repairs"), lang),
        table_sheet("quarantine", tables["quarantine"], columns_of("quarantine"), lang),
        _warning_sheet(warnings, lang),
    )
    _check_rows(path, sheets, lang)
    with store.atomic(path) as part:
        book = open_book(str(part), caption)
        defined = [name for name in _DEFINED if name in tables]
        asked = [*rules_asked(rule_rows, defined, lang), *([("targets", target_rows)] if target_rows else [])]
        write_definition(book, caption, [*about(caption, sheets), *asked, *meanings(defined, lang)])
        write_charts(book, tables, caption, headline=headline_rung(rule_rows, lang))
        for sheet in sheets:
            write_sheet(book, sheet, caption)
        close_book(book)


def tables_workbook(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    *,
    caption: Caption,
    target_rows: Sequence[NOTE] = (),
) -> None:
    """Write the workbook of a year's target or of scenarios alone: definitions, then a sheet a table.

    Parameters
    ----------
    path
        The target, ``.xlsx``; written whole or not at all.
    tables
        Tables of a target, of scenarios, and ``repairs``, as for :func:`workbook`.
    caption, target_rows
        As for :func:`workbook`.

    Raises
    ------
    OutputFault
        ``too_many_rows`` for a table longer than a sheet, ``cannot_write``.
    """
    lang, shown = caption.lang, {**_TARGETS, **_FURTHER, "repairs": 0}
    named = [name for name in shown if name in tables]
    sheets = [
        table_sheet(name, tables[name], columns_of(name), lang, frozen=shown[name]) for name in named
    ]  # fmt: skip
    _check_rows(path, sheets, lang)
    with store.atomic(path) as part:
        book = open_book(str(part), caption)
        sections = [
            *about(caption, sheets), *([("targets", target_rows)] if target_rows else []),
            *meanings(named, lang, counts=False),
        ]  # fmt: skip
        write_definition(book, caption, sections)
        for sheet in sheets:
            write_sheet(book, sheet, caption)
        close_book(book)


def _check_rows(path: str | os.PathLike[str], sheets: Iterable[Sheet], lang: str) -> None:
    limit = ROW_LIMIT - HEADER - 1
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


def _road_sheets(tables: Mapping[str, pd.DataFrame], lang: str) -> Iterable[Sheet]:
    """Driving times of units with their names, and the roads that they rest on, where there are any."""
    if "reach" in tables:
        places = [item for item in schema.contract("units") if item.name in _PLACE]
        named = tables["units"][[item.name for item in places]]
        frame = tables["reach"].merge(named, on="unit_code", how="left", validate="1:1")
        items = places + [item for item in schema.contract("reach") if item.name != "unit_code"]
        yield table_sheet("reach", frame, items, lang, frozen=2)
    if "road_summary" in tables:
        yield table_sheet("road_summary", tables["road_summary"], columns_of("road_summary"), lang)


def _warning_sheet(warnings: Iterable[Finding], lang: str) -> Sheet:
    """Place, what is wrong and what to do, value and rows of every warning."""
    numbers = ("line", "n_rows")
    rows = [_warning(finding, lang) for finding in warnings]
    return Sheet(
        "warnings",
        tuple(
            Cells(
                labels.text(f"report.warning.{name}", lang),
                "place" if name in numbers else None,
                [row[name] if name in numbers else optional(row[name], lang) for row in rows],
            )
            for name in ("file", "sheet", "line", "column", "feature", "text", "value", "n_rows")
        ),
    )


def _warning(finding: Finding, lang: str) -> dict[str, Any]:
    return {**vars(finding.fault), "text": finding.fault.text(lang), "n_rows": finding.n_rows}
