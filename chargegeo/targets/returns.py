"""The returns of the units: checked, late, missing, corrected, in contradiction."""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.errors import Fault, StudyFault
from chargegeo.targets.asked import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from chargegeo.targets.planfile import Reporting

STATES = ("started", "finished")
KEY = ["unit_code", "period_end"]


def months(day: dt.date) -> Fraction:
    """Months of the year that are over at the end of a day: 3 on 31 March, one and a half on 14 February."""
    return day.month - 1 + Fraction(day.day, calendar.monthrange(day.year, day.month)[1])


def period_ends(year: int, every: str) -> list[dt.date]:
    """Last days of the periods of a year."""
    step = 3 if every == "quarter" else 1
    return [dt.date(year, m, calendar.monthrange(year, m)[1]) for m in range(step, 13, step)]


def tidy(reports: pd.DataFrame, year: int, every: str, known: set[str] | None) -> pd.DataFrame:
    """Returns with their dates as dates, sorted by unit and period; those received last come last.

    Parameters
    ----------
    reports
        ``unit_code``, ``period_end``, ``started`` and ``finished`` (cumulative since 1 January, null where not
        reported), and ``received_on`` where it is known.
    year, every
        What periods there are.
    known
        Codes of the plan; none for any.

    Raises
    ------
    StudyFault
        With every column that is missing, unit outside the plan, day that ends no period and count that is none.
    """
    import pandas as pd

    if lacking := [name for name in (*KEY, *STATES) if name not in reports]:
        columns = ", ".join(map(str, reports.columns))
        raise StudyFault(
            *(Fault("target_column", column=name, params={"known": columns}) for name in lacking)
        )
    frame = reports.reset_index(drop=True).reindex(columns=[*KEY, *STATES, "received_on"])
    frame["unit_code"] = frame["unit_code"].astype("str")
    ends = pd.to_datetime(period_ends(year, every))
    for name in ("period_end", "received_on"):
        frame[name] = pd.to_datetime(frame[name], errors="coerce").astype("datetime64[us]")
    numbers = frame[list(STATES)].apply(pd.to_numeric, errors="coerce")
    outside = ~frame["unit_code"].isin(frame["unit_code"] if known is None else known)
    no_end = ~frame["period_end"].isin(ends)
    faults = [
        *(Fault("report_unit_unknown", row=int(i), column="unit_code", value=frame["unit_code"][i])
          for i in frame.index[outside]),
        *(Fault("report_period", row=int(i), column="period_end", value=reports["period_end"].iloc[i],
                params={"year": year})
          for i in frame.index[no_end]),
        *_counts(frame, numbers),
    ]  # fmt: skip
    if faults:
        raise StudyFault(*faults)
    frame[list(STATES)] = numbers.astype("Int64")
    return frame.sort_values([*KEY, "received_on", *STATES], na_position="first", kind="stable")


def _counts(frame: pd.DataFrame, numbers: pd.DataFrame) -> Iterator[Fault]:
    for name in STATES:
        wrong = (numbers[name].isna() & frame[name].notna()) | (numbers[name] % 1 > 0)
        wrong |= (numbers[name] < 0) | (numbers[name] > MOST)
        for i in frame.index[wrong]:
            yield Fault("report_count", row=int(i), column=name, feature=frame["unit_code"][i],
                        value=frame[name][i])  # fmt: skip


def settled(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """One return a unit and period: the one received last; where that cannot be said, none counts.

    Returns
    -------
    The returns that count, and what was said twice in two ways.
    """
    several = frame.duplicated(KEY, keep=False)
    kept, said = list(frame.index[~several]), []
    for _, group in frame[several].groupby(KEY, sort=True):
        last = group.iloc[-1]
        rivals = group[group["received_on"].eq(last["received_on"])]
        told_apart = bool(group["received_on"].notna().all()) and _agree(rivals)
        counts = _agree(group) or told_apart
        kept += [last.name] if counts else []
        kind = "corrected" if counts else "two_returns"
        said += [
            {**last[KEY], "state": state, "kind": kind, "earlier": group[state].iloc[0], "later": last[state]}
            for state in STATES
            if not _agree(group, [state])
        ]
    return frame.loc[kept].sort_values(KEY, kind="stable"), said


def _agree(group: pd.DataFrame, states: Sequence[str] = STATES) -> bool:
    return len(group[list(states)].drop_duplicates()) == 1


Told = list[tuple[dt.date, int]]


def told(counted: pd.DataFrame, state: str) -> dict[str, Told]:
    """Days and counts of the returns of a state by unit, in the order of days."""
    found: dict[str, Told] = {}
    some = counted[counted[state].notna()]
    for unit, end, value in zip(some["unit_code"], some["period_end"], some[state], strict=True):
        found.setdefault(str(unit), []).append((end.date(), int(value)))
    return found


def disagreements(
    counted: pd.DataFrame, said: Iterable[dict[str, Any]], names: dict[str, str]
) -> pd.DataFrame:
    """Contract ``progress_contradictions``: counts that fall, more finished than started, returns said twice."""
    import pandas as pd

    rows = list(said)
    for state in STATES:
        some = counted[counted[state].notna()]
        before = some.groupby("unit_code")[state].shift()
        for i in some.index[(some[state] < before).fillna(value=False)]:
            rows.append({**_place(some, i, state, "falling"), "earlier": before[i], "later": some[state][i]})
    above = (counted["finished"] > counted["started"]).fillna(value=False)
    for i in counted.index[above]:
        rows.append({**_place(counted, i, "finished", "finished_above_started"),
                     "earlier": counted["started"][i], "later": counted["finished"][i]})  # fmt: skip
    if not rows:
        return schema.empty("progress_contradictions")
    frame = pd.DataFrame(rows).sort_values(["unit_code", "period_end", "kind", "state"], kind="stable")
    frame["name"] = frame["unit_code"].map(names)
    return schema.conform(frame.reset_index(drop=True), "progress_contradictions")


def _place(frame: pd.DataFrame, i: Any, state: str, kind: str) -> dict[str, Any]:
    found = frame.loc[i]
    return {"unit_code": found["unit_code"], "period_end": found["period_end"], "state": state, "kind": kind}


def late(frame: pd.DataFrame, names: dict[str, str], reporting: Reporting, as_of: dt.date) -> pd.DataFrame:
    """Contract ``late_returns``: every return that came after its day or, by ``as_of``, not at all.

    A return without a day of receipt is taken to be there, and not said to be late.
    """
    import pandas as pd

    came_first = frame.sort_values("received_on", kind="stable").drop_duplicates(KEY)
    first = {
        (str(unit), end.date()): day
        for unit, end, day in zip(*(came_first[name] for name in (*KEY, "received_on")), strict=True)
    }
    rows: list[dict[str, Any]] = []
    for unit, name in names.items():
        for end in period_ends(reporting.year_at(as_of), reporting.every):
            due = end + dt.timedelta(days=reporting.grace_days)
            came = first.get((unit, end), pd.NaT)
            row = {"unit_code": unit, "name": name, "period_end": end, "due_on": due}
            if (unit, end) not in first:
                if due < as_of:
                    rows.append({**row, "kind": "missing", "days_late": (as_of - due).days})
            elif not pd.isna(came) and came.date() > due:
                rows.append(
                    {**row, "kind": "late", "received_on": came, "days_late": (came.date() - due).days}
                )
    if not rows:
        return schema.empty("late_returns")
    return schema.conform(pd.DataFrame(rows), "late_returns")
