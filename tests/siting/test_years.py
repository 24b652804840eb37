"""Several years, one after the other, against all of them at once: by hand and by trying every plan."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chargegeo import siting
from chargegeo.siting import Limits, years
from chargegeo.study import scenarios as solved
from chargegeo.vocab import SolveStatus
from tests.oracles import every_plan
from tests.siting.small_world import asked, small
from tests.siting.test_plan import TWO, rows, stricter, world


def test_the_best_of_each_year_is_not_the_best_at_the_end() -> None:
    """Site 0 serves 6, sites 1 and 2 serve 5 each: one a year takes 0 first and ends at 8, both at once serve 10."""
    demand = siting.Demand(rows([0, 1], [0, 2], [1], [2], n=3), np.array([3.0, 3, 2, 2]))
    here, each = siting.Candidates(np.zeros(3, np.int64)), [Limits(1), Limits(1)]
    found = siting.plan_years(here, demand, each, products=TWO, gap=0.0)
    end = years.at_the_end(here, demand, each, closed=0, products=TWO)
    assert found[-1].objective == 8 and end == years.End(0, pytest.approx(10))


def test_townships_that_early_years_pass_by_are_told() -> None:
    """The first year may build in the second city only, where there is no township."""
    demand = siting.Demand(rows([2], n=3), np.array([5.0]), rows([0], [1], n=3))
    here = siting.Candidates(np.array([0, 0, 1]))
    each = [Limits(1, city_quota=np.array([0, 1])), Limits(1, city_quota=np.array([1, 0]))]
    end = years.at_the_end(here, demand, each, closed=1, products=TWO)
    assert end == years.End(1, pytest.approx(5))


def _sums(question: dict[str, Any], found: Any) -> Any:
    return np.sum([one.amount for one in found], axis=0)


@pytest.mark.parametrize("seed", [*range(24), *range(100, 112)])
def test_no_plan_of_all_years_passes_the_bound(seed: int) -> None:
    """Two years, of one pile and of two: whatever may be built at once lies below, so do the plans year by year."""
    question = (world if seed < 100 else stricter)(seed)
    c, d, lim = question["candidates"], question["demand"], question["limits"]
    free = {"city_quota": None, "county_quota": None, "product_least": None, "all_townships": False}
    no_pools = {
        "stretches": None,
        "pool_kw": np.empty(0),
        "pool_guns": None,
        "pool_piles": None,
        "pool_at_kw": None,
    }
    one = replace(lim, piles=1, **free, **no_pools)
    each = [one, replace(one, piles=2)]
    found = siting.plan_years(c, d, each, products=TWO, gap=0.0)
    if found[-1].amount is None:
        return
    built = _sums(question, found)
    closed = every_plan.townships(d, c.standing, built)
    end = years.at_the_end(c, d, each, closed=closed, products=TWO)
    assert end is not None and end.townships >= closed and end.people >= found[-1].objective - 1e-6
    whole = years._together(each)
    for amount in every_plan.every_amount(c.n, 2, 3):
        towns = every_plan.townships(d, c.standing, amount)
        if every_plan.holds(c, whole, TWO, amount):
            assert towns <= end.townships
            if towns >= closed:
                assert every_plan.people(d, TWO, c.standing, amount, c.standing_guns) <= end.people + 1e-6


def test_no_time_is_no_bound() -> None:
    question = world(3, n=60, piles=30)
    end = years.at_the_end(
        question["candidates"], question["demand"], [Limits(10), Limits(20)], closed=0, products=TWO, time_limit=0.0
    )  # fmt: skip
    assert end is None


def test_a_scenario_of_years_is_judged_as_a_whole() -> None:
    """Four piles in two years close B, C, D and F and serve all 7,800: nothing of all years could do more."""
    each = [{"year": 2027, "target_piles": 2}, {"year": 2028, "target_piles": 2}]
    plan = solved.plan(small(), asked(years=each), None, "en")
    assert (plan.counts["n_lacking_closed"], plan.counts["n_closed_bound"]) == (4, 4)
    assert (
        plan.status == SolveStatus.OPTIMAL and plan.counts["gap"] == 0 and plan.counts["cost_bound"] is None
    )
    assert plan.solution.cost == plan.counts["cost"]
    assert solved.plan(small(), asked(), None, "en").counts["n_closed_bound"] is None


def test_a_year_without_a_plan_is_told_as_such() -> None:
    """One pile a year, and all units must have theirs at the end: four lack it, so 2028 has no plan."""
    each = [{"year": 2027, "target_piles": 1}, {"year": 2028, "target_piles": 1}]
    scenario = asked(target_piles=2, years=each, must_cover="all_townships")
    first = solved.plan(small(), scenario, None, "zh").solution.clash[0]
    assert (first.code, first.value) == ("scenario_year_clash", 2028)
    assert all("2028" in first.text(lang) for lang in ("zh", "en"))
