"""What every model of siting returns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.errors import Fault


@dataclass(frozen=True)
class Solution:
    """A plan, how good it is, and how far from the best possible it can be at most.

    Parameters
    ----------
    sites
        Chosen sites, sorted (s,), int64; empty without a plan.
    objective
        Value of the plan, counted anew from the plan itself; null without a plan.
    bound
        No plan can be better than this; null where nothing is proved.
    status
        ``optimal``: no plan is better by more than the gap asked for. ``feasible``: a plan, the gap is larger.
        ``infeasible``: there is no plan, see ``clash``. ``time_out``: no plan was found in time. ``error``.
    seconds
        Time that it took.
    method
        How the plan and the bound were found.
    clash
        What cannot hold together, for an infeasible question.
    amount
        Piles per site, or per site and product; only of models that place piles.
    cost, cost_bound
        Money for the piles, and what no plan costs less than that is as good; null where nothing is proved. Only of
        models that place piles.
    """

    sites: NDArray[np.int64]
    objective: float
    bound: float
    status: SolveStatus
    seconds: float
    method: str
    clash: tuple[Fault, ...] = ()
    amount: NDArray[np.int64] | None = field(default=None)
    cost: float = math.nan
    cost_bound: float = math.nan

    @property
    def cost_gap(self) -> float:
        """Distance of the cost and its bound, as a share of the cost; null without a bound."""
        return gap_of(self.cost, self.cost_bound)

    @property
    def gap(self) -> float:
        """Distance of bound and objective, as a share of the objective; null without a plan or a bound."""
        return gap_of(self.objective, self.bound)


ROUNDING = 1e-9  # sums of the same numbers in another order differ by less, as a share


def gap_of(objective: float, bound: float) -> float:
    """Distance of a bound from an objective, as a share of the objective; what is mere rounding is none."""
    distance = abs(bound - objective)
    if math.isnan(distance):
        return distance
    if distance <= ROUNDING * abs(objective):
        return 0.0
    return distance / abs(objective) if objective else math.inf


def judged(objective: float, bound: float, gap: float) -> SolveStatus:
    """Status of a plan with this objective: ``optimal`` if the gap asked for is proved."""
    return SolveStatus.OPTIMAL if gap_of(objective, bound) <= gap else SolveStatus.FEASIBLE


def no_plan(status: SolveStatus, seconds: float, method: str, *clash: Fault) -> Solution:
    """Solution without a plan."""
    return Solution(np.empty(0, np.int64), math.nan, math.nan, status, seconds, method, clash)
