"""Where the year will end, from the curve of the year before."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.targets.returns import STATES, months, settled, tidy, told

if TYPE_CHECKING:
    import pandas as pd

_FEWEST = 2  # curves that make a range


@dataclass(frozen=True)
class _Curve:
    """Share of last year's result that stood at the end of a month: of all units together, least and greatest."""

    pooled: Fraction
    least: Fraction
    greatest: Fraction
    n: int


def projections(
    counted: pd.DataFrame,
    names: dict[str, str],
    targets: dict[str, int],
    last_year: pd.DataFrame | None,
    periods: tuple[int, str],
) -> pd.DataFrame:
    """Counts at the end of the year, by unit and state.

    The projection divides the count by the share of last year's result that all units together had at the end of
    the same month. Its interval is the *range of the units' curves* of last year, not a bootstrap: if this year's curve
    is drawn as those n were, it lies inside with probability (n - 1) / (n + 1), which stands beside it. Where a unit
    had nothing by then last year, the interval is open above. The straight line from 1 January stands beside it and
    is no forecast: in 2024 it was wrong by half.

    Parameters
    ----------
    counted
        Returns that count.
    names, targets
        By unit code.
    last_year
        Returns of the year before, or none.
    periods
        Year of the returns, and how often they come.

    Returns
    -------
    Contract ``projections``: units with a return, by code, started before finished.
    """
    import pandas as pd

    curves = {} if last_year is None else _curves(last_year, periods)
    by_state = {state: told(counted, state) for state in STATES}
    rows = [
        {"unit_code": unit, "name": name, "state": state, "due": targets[unit], "reported_on": day,
         "count": count, "linear": float(12 * count / months(day)),
         **_projected(count, curves.get((state, day.month)))}
        for unit, name in names.items()
        for state in STATES
        for day, count in by_state[state].get(unit, [])[-1:]
    ]  # fmt: skip
    return schema.conform(pd.DataFrame(rows), "projections") if rows else schema.empty("projections")


def _projected(count: int, curve: _Curve | None) -> dict[str, Any]:
    """Nothing is projected from nothing."""
    if curve is None or not count or not curve.pooled:
        return {"projected": None, "n_curves": curve.n if curve else 0, "open_above": False}
    found: dict[str, Any] = {"projected": float(count / curve.pooled), "n_curves": curve.n}
    if curve.n < _FEWEST:
        return {**found, "open_above": False}
    return {
        **found, "low": float(count / curve.greatest),
        "high": float(count / curve.least) if curve.least else None, "open_above": not curve.least,
        "probability": (curve.n - 1) / (curve.n + 1),
    }  # fmt: skip


def _curves(last_year: pd.DataFrame, periods: tuple[int, str]) -> dict[tuple[str, int], _Curve]:
    """By state and month. A unit whose count fell, or without a result or a return for the month, has no curve."""
    year, every = periods
    counted, _ = settled(tidy(last_year, year - 1, every, None))
    found: dict[tuple[str, int], _Curve] = {}
    for state in STATES:
        pairs: dict[int, list[tuple[int, int]]] = {}
        for returns in told(counted, state).values():
            day, result = returns[-1]
            for then, count in returns:
                if day.month == 12 and 0 < result >= count:
                    pairs.setdefault(then.month, []).append((count, result))
        found |= {(state, month): _curve(counts) for month, counts in pairs.items()}
    return found


def _curve(counts: list[tuple[int, int]]) -> _Curve:
    """Curve of one month from counts then and at the end of the year."""
    shares = [Fraction(count, result) for count, result in counts]
    pooled = Fraction(sum(count for count, _ in counts), sum(result for _, result in counts))
    return _Curve(pooled, min(shares), max(shares), len(shares))
