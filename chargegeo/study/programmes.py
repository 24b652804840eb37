"""A year's target as a whole: from its file to quotas, progress and contradictions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import targets
from chargegeo.errors import Fault, Finding, StudyFault
from chargegeo.study import programme_tables as given_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from chargegeo.study.programme_tables import Given
    from chargegeo.targets import Ledger, Programme

# Columns by city that a study has, where the programme names no table of units
CITY_SHARES = ("population", "n_villages", "n_townships", "n_uncovered")


@dataclass(frozen=True)
class Judged:
    """What became of a year's target.

    ``tables`` keep their contracts (``quotas``, ``quota_parts``; with returns ``progress``, ``progress_periods``,
    ``projections``, ``late_returns``, ``progress_contradictions`` and, with weights, ``ranking``; with a ledger
    ``contradictions``, ``implied``, ``mendings``), ``rows`` are the records of each file.
    """

    programme: Programme
    tables: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...]
    rows: Mapping[str, int]


def judge(path: str | Path, *, units: pd.DataFrame | None = None, as_of: dt.date | None = None) -> Judged:
    """Split the target of a programme file, follow it, and check the figures that it names.

    Parameters
    ----------
    path
        The programme file.
    units
        Cities of a study (:func:`cities`) to split over, where the programme names no table of its own.
    as_of
        Day of the judgement, instead of the one of the file.

    Raises
    ------
    InputError, StudyFault
        With every fault of the first file that cannot be used.
    """
    programme = targets.load(path)
    opened = Opened(Path(path), programme)
    day = as_of or programme.target.as_of
    if "reports" in programme.tables():
        _check_day(day, programme, str(path))
    split, findings = _split(opened, units)
    tables = dict(split)
    if day is not None and "reports" in programme.tables():
        followed, more = _followed(opened, tables["quotas"], day)
        tables, findings = {**tables, **followed}, [*findings, *more]
    tables |= figures(programme)
    return Judged(_dated(programme, day), tables, tuple(findings), dict(opened.rows))


def _dated(programme: Programme, day: dt.date | None) -> Programme:
    return programme.model_copy(update={"target": programme.target.model_copy(update={"as_of": day})})


def _check_day(day: dt.date | None, programme: Programme, file: str) -> None:
    if day is None:
        raise StudyFault(Fault("target_no_as_of", file=file))
    if day.year < programme.target.year:
        raise StudyFault(Fault("target_as_of", file=file, value=day, params={"year": programme.target.year}))


class Opened:
    """The files of a programme, under the names that results may state, and how many records each has."""

    def __init__(self, path: Path, programme: Programme) -> None:
        self.path, self.programme = path, programme
        self.rows: dict[str, int] = {}

    def units(self) -> Given:
        """The units, with what they share by."""
        raw, columns = self._raw("units")
        return given_tables.units(raw, self.programme, columns)

    def returns(self, name: str, known: set[str] | None) -> Given:
        """Returns of this year, or of the year before."""
        raw, columns = self._raw(name)
        return given_tables.returned(
            raw, columns, year=self.programme.target.year - (name == "last_year"),
            every=self.programme.reporting.every, known=known,
        )  # fmt: skip

    def _raw(self, name: str) -> tuple[Any, Mapping[str, str]]:
        file = self.programme.tables()[name]
        inside = file.file.is_relative_to(self.path.parent)
        shown = file.file.relative_to(self.path.parent).as_posix() if inside else file.file.name
        raw = given_tables.opened(file, shown)
        self.rows[name] = len(raw.frame)
        return raw, file.columns


def _split(opened: Opened, units: pd.DataFrame | None) -> tuple[dict[str, pd.DataFrame], Iterable[Finding]]:
    """Quotas with the reasons, and what was repaired in the table of units."""
    programme = opened.programme
    if "units" in programme.tables():
        given = opened.units()
        try:
            return _quotas(programme, given.frame), given.findings
        except StudyFault as error:
            raise _in_file(given_tables.located(error, given), opened.path) from None
    if units is None:
        raise StudyFault(Fault("target_no_units", file=str(opened.path)))
    try:
        return _quotas(programme, units), ()
    except StudyFault as error:
        raise _in_file(error, opened.path) from None


def _in_file(error: StudyFault, path: Path) -> StudyFault:
    """What no table is to blame for stands in the programme file."""
    return StudyFault(*(item if item.file else replace(item, file=str(path)) for item in error.faults))


def _quotas(programme: Programme, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    about, levels = programme.target, programme.target.levels
    bounds = {"floors": programme.floors, "caps": programme.caps}
    if levels == ("unit_code",):
        quotas = targets.quotas(units, about.total, programme.shares, carry=programme.carry, **bounds)
        return {"quotas": quotas, "quota_parts": targets.quota_parts(units, about.total, programme.shares)}
    quotas = targets.breakdown(units, about.total, programme.shares, levels=levels, **bounds)
    top = quotas[quotas["parent_code"].isna()]
    sums = units.groupby(levels[0])[list(programme.shares)].sum()
    highest = sums.reindex(top["unit_code"]).rename_axis("unit_code").reset_index()
    highest["name"] = top["name"].to_numpy()
    return {"quotas": quotas, "quota_parts": targets.quota_parts(highest, about.total, programme.shares)}


def _followed(
    opened: Opened, quotas: pd.DataFrame, day: dt.date
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Returns against the units of the highest level."""
    programme = opened.programme
    plan = quotas[quotas["parent_code"].isna()]
    reports = opened.returns("reports", set(plan["unit_code"]))
    before = opened.returns("last_year", None) if "last_year" in programme.tables() else None
    found = targets.progress(
        reports.frame, plan, milestones=programme.milestones, as_of=day, reporting=programme.reporting,
        last_year=None if before is None else before.frame,
    )  # fmt: skip
    tables = {
        "progress": found.milestones, "progress_periods": found.periods, "projections": found.projections,
        "late_returns": found.late, "progress_contradictions": found.contradictions,
    }  # fmt: skip
    if programme.ranking:
        tables["ranking"] = _ranking(found, plan, programme, opened.path)
    return tables, [*reports.findings, *(() if before is None else before.findings)]


def _ranking(found: targets.Progress, plan: pd.DataFrame, programme: Programme, path: Path) -> pd.DataFrame:
    try:
        return targets.ranking(found, plan, weights=programme.ranking)
    except StudyFault as error:
        raise _in_file(error, path) from None


def figures(programme: Programme) -> dict[str, pd.DataFrame]:
    """What the ledger of a programme says against itself; nothing without one."""
    ledger = programme.target.ledger
    return {} if ledger is None else published(targets.ledger(ledger))


def published(ledger: Ledger) -> dict[str, pd.DataFrame]:
    """Contradictions of a ledger, what its percentages imply, and cells that would mend its tables."""
    return {
        "contradictions": targets.contradictions(ledger),
        "implied": targets.implications(ledger),
        "mendings": targets.mendings(ledger),
    }


def cities(units: pd.DataFrame, coverage: pd.DataFrame, kinds: Iterable[str]) -> pd.DataFrame:
    """Cities of a study with what a target can be shared by.

    Parameters
    ----------
    units, coverage
        Contracts ``units`` and ``coverage``, whose ``state`` is that of the headline rung.
    kinds
        Kinds of townships that the headline counts; all units where none is of such a kind.

    Returns
    -------
    ``unit_code``, ``name``, ``population`` (of all units), ``n_villages`` (of all units), ``n_townships`` (of the
    headline kinds) and ``n_uncovered`` (of these, not covered at the headline rung for certain). A sum of which
    one part is unknown is unknown.
    """
    import pandas as pd

    frame = pd.DataFrame(units.drop(columns="geometry")).merge(
        coverage[["unit_code", "state"]], on="unit_code", how="left", validate="1:1"
    )
    counted = frame["town_kind"].isin(list(kinds))
    counted = counted if counted.any() else frame["unit_code"].notna()
    frame = frame.assign(n_townships=counted, n_uncovered=counted & (frame["state"] == "uncovered"))
    groups = frame.dropna(subset="city_code").groupby("city_code")
    sums = {
        name: groups[name].agg(lambda part: part.astype("float64").sum(skipna=False)) for name in CITY_SHARES
    }
    found = pd.DataFrame({"name": groups["city_name"].first(), **sums})
    return found.rename_axis("unit_code").reset_index()
