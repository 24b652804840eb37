"""Plans of several years, each on top of the one before."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import inputs, planning

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

    Each plan is the best for its year alone; no year gives way for a later one. For what is best at the end, plan
    the last year, and plan the years before among its sites.

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
