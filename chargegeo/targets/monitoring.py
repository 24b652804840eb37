"""Progress of the units towards the milestones of the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.errors import Fault, StudyFault
from chargegeo.targets.planfile import Milestone, Reporting, milestone_faults
from chargegeo.targets.projecting import projections
from chargegeo.targets.returns import (
    STATES,
    Told,
    disagreements,
    late,
    months,
    period_ends,
    settled,
    tidy,
    told,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Progress:
    """How far the units are; started and finished are told apart everywhere.

    ``milestones`` (contract ``progress``) has a row a unit and milestone, ``periods`` (``progress_periods``) what each
    return adds, ``projections`` the end of the year, ``late`` (``late_returns``) returns that were late or are
    missing, ``contradictions`` (``progress_contradictions``) returns that cannot all be right.
    """

    milestones: pd.DataFrame
    periods: pd.DataFrame
    projections: pd.DataFrame
    late: pd.DataFrame
    contradictions: pd.DataFrame


def progress(
    reports: pd.DataFrame,
    plan: pd.DataFrame,
    *,
    milestones: Sequence[Milestone],
    as_of: dt.date,
    last_year: pd.DataFrame | None = None,
    reporting: Reporting | None = None,
) -> Progress:
    """Hold the returns of the units against the plan.

    Parameters
    ----------
    reports
        Returns of the year that ``reporting`` names, else that of ``as_of``, a row a unit and period:
        ``unit_code``, ``period_end`` (last day of a month or quarter), ``started`` and ``finished`` (cumulative
        since 1 January; null where not reported), and ``received_on`` where it is known. Of several returns for a
        period the one received last counts; where that cannot be said, none does. Returns for days or received
        after ``as_of`` are left out.
    plan
        ``unit_code``, ``name`` and ``due``, the piles of the year: contract ``quotas``, or a table of one's own.
    milestones
        What must be in which state by when, in the same year.
    as_of
        The day of the judgement.
    last_year
        Returns of the whole year before, as ``reports``; without them nothing but the line is projected.
    reporting
        How often units report, and when they are green or amber.

    Notes
    -----
    The path of a unit runs in straight lines from 0 on 1 January through the milestones of a state. A unit is
    judged by its last return, at the day of that return: ``green`` at or above its path, ``amber`` at or above the
    stated share of it, else ``red``; ``green`` once a milestone is reached, ``red`` once it is missed, ``grey`` while
    the return that is due by now has not come.

    Raises
    ------
    StudyFault
        With every column, unit, day or count that cannot be used.
    """
    import pandas as pd

    rules = reporting or Reporting()
    year = rules.year_at(as_of)
    _check(plan, milestones, year)
    targets = {str(code): int(due) for code, due in zip(plan["unit_code"], plan["due"], strict=True)}
    names = {str(code): str(name) for code, name in zip(plan["unit_code"], plan["name"], strict=True)}
    names = dict(sorted(names.items()))
    frame = tidy(reports, year, rules.every, set(names))
    frame = frame[~(frame[["period_end", "received_on"]] > pd.Timestamp(as_of)).any(axis=1)]
    counted, said = settled(frame)
    return Progress(
        milestones=_judged(counted, names, targets, milestones, (as_of, rules)),
        periods=_periods(counted, names),
        projections=projections(counted, names, targets, last_year, (year, rules.every)),
        late=late(frame, names, rules, as_of),
        contradictions=disagreements(counted, said, names),
    )


def _check(plan: pd.DataFrame, milestones: Sequence[Milestone], year: int) -> None:
    faults = list(milestone_faults(milestones, year))
    lacking = [name for name in ("unit_code", "name", "due") if name not in plan]
    columns = ", ".join(map(str, plan.columns))
    faults += [Fault("target_column", column=name, params={"known": columns}) for name in lacking]
    if not lacking:
        faults += _plan_faults(plan)
    if faults:
        raise StudyFault(*faults)


def _plan_faults(plan: pd.DataFrame) -> list[Fault]:
    import pandas as pd

    due = pd.to_numeric(plan["due"], errors="coerce").astype("float64")
    twice = plan.loc[plan["unit_code"].duplicated(), "unit_code"]
    wrong = due.isna() | (due < 0) | (due % 1 > 0)
    return [
        *(Fault("target_code_twice", column="unit_code", feature=str(code)) for code in sorted(set(twice))),
        *(
            Fault("target_due", column="due", feature=str(code), value=value)
            for code, value in plan.loc[wrong, ["unit_code", "due"]].itertuples(index=False)
        ),
    ]


def _periods(counted: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Contract ``progress_periods``: what each return adds to the one before, by state."""
    long = counted.melt(
        id_vars=["unit_code", "period_end"],
        value_vars=list(STATES),
        var_name="state",
        value_name="cumulative",
    ).dropna(subset="cumulative")
    long = long.sort_values(["unit_code", "state", "period_end"], ascending=[True, False, True])
    group = long.groupby(["unit_code", "state"])
    since = group["period_end"].shift()
    increment = long["cumulative"] - group["cumulative"].shift().fillna(0)
    long = long.assign(name=long["unit_code"].map(names), since=since, increment=increment)
    return schema.conform(long.reset_index(drop=True), "progress_periods")


def _judged(
    counted: pd.DataFrame, names: dict[str, str], targets: dict[str, int],
    milestones: Sequence[Milestone], at: tuple[dt.date, Reporting],
) -> pd.DataFrame:  # fmt: skip
    """Contract ``progress``."""
    import pandas as pd

    by_state = {state: told(counted, state) for state in STATES}
    rows = [
        {"unit_code": unit, "name": name,
         **_row(by_state[item.state].get(unit, []), targets[unit], item, milestones, at)}
        for unit, name in names.items()
        for item in sorted(milestones, key=lambda item: (item.by, item.id))
    ]  # fmt: skip
    return schema.conform(pd.DataFrame(rows), "progress") if rows else schema.empty("progress")


def _row(
    returns: Told, target: int, item: Milestone, milestones: Sequence[Milestone],
    at: tuple[dt.date, Reporting],
) -> dict[str, Any]:  # fmt: skip
    needed = ceil(Fraction(item.share) * target)
    row: dict[str, Any] = {
        "milestone": item.id, "state": item.state, "by": item.by, "share": float(item.share), "due": target,
        "needed": needed, "status": "no_return", "light": "grey",
    }  # fmt: skip
    if not returns:
        return row
    day, count = returns[-1]
    asked = target * _path(day, item.state, milestones)
    row |= {
        "reported_on": day, "count": count, "share_of_due": count / target if target else None,
        "per_month": float(count / months(day)), "asked": float(asked),
        "needed_per_month": _needed(count, needed, day, item.by),
    }  # fmt: skip
    return {**row, **_light(returns, needed, asked, item.by, at)}


def _needed(count: int, needed: int, day: dt.date, by: dt.date) -> float | None:
    """Piles a month from the last return to the milestone; null once its day is over."""
    if count >= needed:
        return 0.0
    left = months(by) - months(day)
    return float((needed - count) / left) if left > 0 else None


def _path(day: dt.date, state: str, milestones: Sequence[Milestone]) -> Fraction:
    """Share that the milestones of a state ask for by a day: straight lines from 0 on 1 January."""
    points = sorted((months(item.by), Fraction(item.share)) for item in milestones if item.state == state)
    at, share = Fraction(0), Fraction(0)
    for later, asked in points:
        if months(day) <= later:
            return share + (asked - share) * (months(day) - at) / (later - at)
        at, share = later, asked
    return share


def _light(
    returns: Told, needed: int, asked: Fraction, by: dt.date, at: tuple[dt.date, Reporting]
) -> dict[str, str]:
    as_of, rules = at
    day, count = returns[-1]
    in_time = [value for when, value in returns if when <= by]
    if in_time and in_time[-1] >= needed:
        return {"status": "reached", "light": "green"}
    if day >= by and (count < needed or any(when == by for when, _ in returns)):
        return {"status": "reached_late" if count >= needed else "missed", "light": "red"}
    if day < _last_due(by, as_of, rules) or max(day, as_of) > by:
        return {"status": "no_return", "light": "grey"}
    if count >= asked:
        return {"status": "on_path", "light": "green"}
    near = count >= Fraction(rules.amber) * asked
    return {"status": "behind", "light": "amber" if near else "red"}


def _last_due(by: dt.date, as_of: dt.date, rules: Reporting) -> dt.date:
    """End of the last period up to a milestone whose return is due by now; 1 January if there is none."""
    grace = dt.timedelta(days=rules.grace_days)
    ends = [end for end in period_ends(by.year, rules.every) if end <= by and end + grace < as_of]
    return max(ends, default=dt.date(by.year, 1, 1))
