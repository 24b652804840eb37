"""Plans of several years, each on top of the one before."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.siting import building, checking, highs, inputs, planning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chargegeo.siting.inputs import Candidates, Demand, Limits, Product
    from chargegeo.siting.solution import Solution

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def plan_years(
    candidates: Candidates, demand: Demand, years: Sequence[Limits], *, products: tuple[Product, ...] | None = None,
    time_limit: float = 120.0, gap: float = 0.01,
) -> tuple[Solution, ...]:  # fmt: skip
    """A plan for each year: what one builds stands in the next, and has taken its bays and power.

    Each plan is the best for its year alone; no year gives way for a later one: :func:`at_the_end` says how far that
    is from the best possible at the end.

    Parameters
    ----------
    years
        Limits of each year, for the piles that are new in it.
    time_limit
        Seconds for all years.

    Returns
    -------
    The solutions, up to and with the first year that has no plan.
    """
    until = time.perf_counter() + time_limit
    found: list[Solution] = []
    for at, limits in enumerate(years):
        left = max(until - time.perf_counter(), 0.0) / (len(years) - at)
        found.append(planning.plan(candidates, demand, limits, products=products, time_limit=left, gap=gap))
        if found[-1].amount is None:
            break
        candidates = built(candidates, found[-1].amount, inputs.products() if products is None else products)
        demand = still_lacking(demand, found[-1].amount)
    return tuple(found)


@dataclass(frozen=True)
class End:
    """What no plan of all years can pass at their end.

    ``townships`` have their pile at most; of plans with as many townships as asked, ``people`` are served at most.
    """

    townships: int
    people: float


def at_the_end(
    candidates: Candidates, demand: Demand, years: Sequence[Limits], *, closed: int,
    products: tuple[Product, ...] | None = None, time_limit: float = 120.0,
) -> End | None:  # fmt: skip
    """Bounds on what plans of several years come to, from a linear program of all their piles at once.

    Whatever keeps the limits of each year keeps their sums, so nothing that can be built year by year is left out.

    Parameters
    ----------
    closed
        Townships that a plan gave their pile, those that had one among them: the people are those of plans with as
        many.
    time_limit
        Seconds.

    Returns
    -------
    None, or unknown people, where time was too short.
    """
    until = time.perf_counter() + time_limit
    asked = inputs.task(candidates, demand, _together(years), products)
    done = int(checking.townships(asked, np.zeros(asked.shape, np.int64)).sum())
    model = building.build(asked)
    must, answer = planning.relaxed(model, highs.left(until, share=0.6))
    if answer.x is None:
        return None
    most = math.floor(float(must.townships @ answer.x) + 1e-6)
    if closed - done < most:
        fewer = model.at_least(model.townships, closed - done)
        answer = highs.solve(fewer.program(model.people, relaxed=True), highs.left(until))
    return End(most + done, answer.objective + model.base)


def _together(years: Sequence[Limits]) -> Limits:
    """Limits that every plan keeps in sum that keeps those of each year; what only some years limit is free."""

    def total(name: str) -> Any:
        given = [getattr(item, name) for item in years]
        return None if any(value is None for value in given) else sum(given)

    names = ("city_quota", "county_quota", "product_least", "product_most", "max_sites", "max_site_piles")
    return replace(
        years[-1], piles=sum(item.piles for item in years), budget=sum(item.budget for item in years),
        exact=all(item.exact for item in years), least_distance_m=min(item.least_distance_m for item in years),
        **{name: total(name) for name in names},
    )  # fmt: skip


def still_lacking(demand: Demand, amount: NDArray[np.int64]) -> Demand:
    """The demand after a plan: without the townships that its piles gave theirs, where only some products do."""
    towns, closing = demand.townships, demand.closing
    if towns is None or closing is None:
        return demand
    row = np.repeat(np.arange(towns.shape[0]), np.diff(towns.indptr))
    open_ = ((amount * closing).sum(axis=1) > 0)[towns.indices]
    closed = np.bincount(row, open_, minlength=towns.shape[0]) > 0
    return replace(demand, townships=towns[np.flatnonzero(~closed)])


def built(candidates: Candidates, amount: NDArray[np.int64], products: tuple[Product, ...]) -> Candidates:
    """The candidates after a plan: its piles stand, their bays and power are gone, what was decided is done."""
    bays, kw, guns = (
        np.array([getattr(item, name) for item in products], float) for name in ("bays", "kw", "guns")
    )
    return replace(
        candidates,
        standing=amount if candidates.standing is None else candidates.standing + amount,
        standing_kw=None if candidates.standing_kw is None else candidates.standing_kw + amount @ kw,
        standing_guns=None if candidates.standing_guns is None else candidates.standing_guns + amount @ guns,
        standing_piles=_more(candidates.standing_piles, amount, kw),
        bays=None if candidates.bays is None else candidates.bays - amount @ bays,
        grid_kw=None if candidates.grid_kw is None else candidates.grid_kw - amount @ kw,
        decided=None if candidates.decided is None else np.maximum(candidates.decided - amount, 0),
    )


def _more(
    piles: tuple[Ints, Floats, Ints] | None, amount: Ints, kw: Floats
) -> tuple[Ints, Floats, Ints] | None:
    """Piles that stand, with those of a plan."""
    if piles is None:
        return None
    site, kind = np.nonzero(amount)
    new = (site, kw[kind], amount[site, kind])
    before, power, n = (np.concatenate(both) for both in zip(piles, new, strict=True))
    return before, power, n
