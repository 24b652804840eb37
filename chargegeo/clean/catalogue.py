"""Rules of quality: their catalogue, what a register breaks, and the share at fault of each operator."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

from chargegeo import schema
from chargegeo.errors import Fault, StudyFault
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from chargegeo.clean.result import Cleaned
    from chargegeo.errors import Finding
    from chargegeo.region import Region

_PLACE = ["file", "sheet", "row"]


@dataclass(frozen=True)
class QualityRule:
    """One rule of the catalogue ``quality.csv``.

    Parameters
    ----------
    id
        Letter of the group (``quality.group`` in the labels) and number; it never changes its meaning.
    code
        Code of the problem: ``problem.<code>`` in the labels is its meaning, ``fault.<code>`` what to do.
    about
        ``stations``, ``units``, ``service_areas``, ``candidates`` or ``any``.
    severity
        What becomes of a record at fault; ``error``: the file is refused.
    threshold
        A larger share of records at fault fails; at 1 nothing does.
    parameters
        Limits of the region and constants of this room that the rule uses.
    """

    id: str
    code: str
    about: str
    severity: Severity
    threshold: float
    parameters: tuple[str, ...]

    def values(self, region: Region) -> dict[str, object]:
        """Value of each parameter in a region."""
        return {name: _value(name, region) for name in self.parameters}


def _value(parameter: str, region: Region) -> object:
    where, _, name = parameter.rpartition(".")
    if where in {"", "limits"}:
        return getattr(region.limits if where else region, name)
    return getattr(import_module(f"{__package__}.{where}"), name)


@cache
def quality_rules() -> tuple[QualityRule, ...]:
    """Every rule of the catalogue, in its order: one for each problem that a file can have."""
    lines = files(__package__).joinpath("quality.csv").read_text("utf-8").splitlines()
    return tuple(
        QualityRule(
            row["rule"],
            row["code"],
            row["about"],
            Severity(row["severity"]),
            float(row["threshold"]),
            tuple(row["parameters"].split(";")) if row["parameters"] else (),
        )
        for row in csv.DictReader(lines)
    )


def quality_rows(cleaned: Cleaned, *, operators: pd.Series | None = None) -> pd.DataFrame:
    """What was found, a row each, with rule, operator and station.

    Parameters
    ----------
    cleaned
        A register or units as cleaned.
    operators
        Operator of each record (index: record from 0) instead of the register's own.

    Returns
    -------
    Contract table ``findings``, in the order found. A warning that stands for several records comes once for
    each of them.
    """
    import pandas as pd

    rule_of = {rule.code: rule.id for rule in quality_rules()}
    rows = [
        {
            "rule": rule_of[found.fault.code],
            "code": found.fault.code,
            "severity": found.severity.value,
            "file": found.fault.file or "",
            "sheet": found.fault.sheet,
            "line": found.fault.line,
            "row": row,
            "column": found.fault.column,
            "feature": None if found.fault.feature is None else str(found.fault.feature),
            "value": None if found.fault.value is None else _storable(found.fault.value),
            "n_rows": 1 if row is not None else found.n_rows,
        }
        for found in cleaned.findings
        for row in _rows(found)
    ]
    if not rows:
        return schema.empty("findings")
    table = pd.DataFrame(rows).astype({"sheet": "object", "row": "Int64"})
    return schema.conform(_with_records(table, _records(cleaned, operators)), "findings")


def _rows(found: Finding) -> tuple[int | None, ...]:
    """Records that a finding is about; several where one warning stands for all of them."""
    every = found.fault.params.get("all_rows")
    return every if isinstance(every, tuple) else (found.fault.row,)


def _storable(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def _records(cleaned: Cleaned, operators: pd.Series | None) -> pd.DataFrame | None:
    if cleaned.records is None or operators is None:
        return cleaned.records
    return cleaned.records.assign(operator=operators.reindex(cleaned.records.index))


def _with_records(table: pd.DataFrame, records: pd.DataFrame | None) -> pd.DataFrame:
    """The findings with operator and station of their record; a pile list has records of its own."""
    if records is None:
        return table
    place = records["file"].iloc[0], records["sheet"].iloc[0]
    own = table["file"].eq(place[0]) & (
        table["sheet"].isna() if place[1] is None else table["sheet"].eq(place[1])
    )
    row = table["row"].where(own)
    return table.assign(
        **{name: row.map(records[name]).astype("object") for name in ("operator", "station_id")}
    )


def quality(
    cleaned: Cleaned,
    *,
    operators: pd.Series | None = None,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Share of records at fault, by rule and operator.

    Parameters
    ----------
    cleaned
        A register or units as cleaned.
    operators
        Operator of each record (index: record from 0) instead of the register's own.
    thresholds
        Other thresholds than the catalogue's, by rule id or code.

    Returns
    -------
    Contract table ``quality``, by rule (order of the catalogue), whole file first, then operators by name.
    Every rule that a table of this kind can break has a row for the whole file; a rule that it does break has
    one for each operator too. A finding about no single record counts for the whole file only.

    Raises
    ------
    StudyFault
        If a threshold is for no rule of the catalogue.
    """
    import pandas as pd

    limits = _thresholds(thresholds or {})
    rows = quality_rows(cleaned, operators=operators)
    records = _records(cleaned, operators)
    single = rows[rows["row"].notna()].drop_duplicates(["code", *_PLACE])
    whole = rows[rows["row"].isna()].groupby("code")["n_rows"].sum()
    bad = single.groupby("code").size().add(whole, fill_value=0)
    about = {"any", "units" if records is None else "stations"}
    rules = [
        rule
        for rule in quality_rules()
        if rule.code in bad.index or (rule.about in about and rule.severity is not Severity.ERROR)
    ]
    parts = [_table(rules, bad, None, cleaned.rows, limits)]
    if records is not None:
        counted = records["operator"].value_counts().sort_index()
        theirs = {str(name): codes.value_counts() for name, codes in single.groupby("operator")["code"]}
        broken = [rule for rule in rules if rule.code in bad.index]
        for operator, n in counted.items():
            own = theirs.get(str(operator), bad.iloc[:0])
            parts.append(_table(broken, own, str(operator), int(n), limits))
    order = {rule.id: place for place, rule in enumerate(rules)}
    every = pd.concat(parts, ignore_index=True)
    every = every.sort_values("rule", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)
    return schema.check(schema.conform(every, "quality"), "quality")


def _thresholds(changed: Mapping[str, float]) -> dict[str, float]:
    rules = quality_rules()
    known = {rule.id for rule in rules} | {rule.code for rule in rules}
    if wrong := sorted(set(changed) - known):
        raise StudyFault(*(Fault("unknown_rule", value=name) for name in wrong))
    return {rule.id: changed.get(rule.id, changed.get(rule.code, rule.threshold)) for rule in rules}


def _table(
    rules: list[QualityRule], bad: pd.Series, operator: str | None, n_rows: int, limits: Mapping[str, float]
) -> pd.DataFrame:
    """Results of one operator. A finding about lines that are no records cannot exceed the records."""
    import pandas as pd

    ids = [rule.id for rule in rules]
    found = bad.reindex([rule.code for rule in rules]).fillna(0).clip(upper=n_rows).astype("int64").to_numpy()
    table = pd.DataFrame(
        {
            "rule": ids,
            "code": [rule.code for rule in rules],
            "severity": [rule.severity.value for rule in rules],
            "operator": operator,
            "n_rows": n_rows,
            "n_bad": found,
            "share": found / n_rows,
            "threshold": [limits[name] for name in ids],
        }
    )
    return table.assign(passed=table["share"] <= table["threshold"])
