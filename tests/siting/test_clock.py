"""How long a plan may take: a clock for it, and one for what is told beside it. HiGHS is as slow as it may be."""

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargegeo import labels, siting
from chargegeo.cli import printing
from chargegeo.siting import highs, planning
from chargegeo.study import scenarios as solved
from chargegeo.study.solving import silent
from chargegeo.vocab import SolveStatus
from tests.siting import small_world as town
from tests.siting.test_plan import TWO, planned, small, world
from tests.test_cli import flat


class Clock:
    """A clock that stands still but for HiGHS, which takes some part of what it may."""

    def __init__(self, takes: float, *, finds: bool = True) -> None:
        self.now, self.takes, self.finds, self.asked = 100.0, takes, finds, 0.0

    def __call__(self) -> float:
        return self.now

    def solve(self, program: highs.Program, effort: highs.Effort, start: Any = None) -> highs.Answer:
        assert math.isfinite(effort.time_limit) and effort.time_limit >= 0
        self.now += effort.time_limit * self.takes
        self.asked = max(self.asked, effort.time_limit)
        if not self.finds:
            return highs.Answer(None, math.nan, math.nan, SolveStatus.TIME_OUT)
        return self.real(program, highs.Effort(60, effort.gap))

    real = staticmethod(highs.solve)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Any:
    def begun(takes: float, **options: Any) -> Clock:
        clock = Clock(takes, **options)
        monkeypatch.setattr(time, "perf_counter", clock)
        monkeypatch.setattr(highs, "solve", clock.solve)
        return clock

    return begun


@pytest.mark.parametrize("takes", [0.1, 0.4, 1.0])
def test_a_plan_keeps_its_time_however_slow_each_step_is(slow: Any, takes: float) -> None:
    clock = slow(takes)
    found = planned(world(3, n=60, piles=30), time_limit=5.0)
    assert found.amount is not None and clock.now - 100 <= 5.0
    assert found.seconds == pytest.approx(clock.now - 100)


def test_a_search_that_finds_nothing_ends_in_time(slow: Any) -> None:
    clock = slow(1.0, finds=False)
    found = planned(world(3, n=60, piles=30), time_limit=5.0)
    assert found.status == SolveStatus.TIME_OUT and clock.now - 100 <= 5.0


def test_what_clashes_is_sought_as_long_again(slow: Any) -> None:
    clock = slow(0.9)
    found = planned(small(limits=siting.Limits(2, budget=1)), time_limit=5.0)
    assert found.status == SolveStatus.INFEASIBLE and found.clash and clock.now - 100 <= 10.0


def test_where_time_ends_nothing_is_claimed_of_what_clashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said is that there is no plan, not that several limits do it together."""
    clock, late = Clock(1.0), Clock(1.0, finds=False)
    clock.real = lambda program, effort: (  # type: ignore[method-assign]
        highs_solve(program, effort) if clock.now - 100 < 5.0 else late.solve(program, effort)
    )
    highs_solve = Clock.real
    monkeypatch.setattr(time, "perf_counter", clock)
    monkeypatch.setattr(highs, "solve", clock.solve)
    found = planned(small(limits=siting.Limits(2, budget=1)), time_limit=5.0)
    assert [fault.code for fault in found.clash] == ["siting_clash_late"]
    assert all("time_limit" in found.clash[0].text(lang) for lang in ("zh", "en"))


def test_years_share_one_clock(slow: Any) -> None:
    clock = slow(1.0)
    question = small()
    found = siting.plan_years(
        question["candidates"], question["demand"], [siting.Limits(1)] * 3, products=TWO, time_limit=6.0
    )
    assert len(found) == 3 and clock.now - 100 <= 6.0


def test_the_cheapest_products_are_sought_even_where_the_search_takes_all_it_may(slow: Any) -> None:
    """Two slow piles for 2 do what two fast ones for 20 do."""
    slow(1.0)
    found = planned(small(), time_limit=5.0)
    assert (found.objective, found.cost) == (70, 2)


# ---- what a plan costs at least


def test_the_least_cost_is_proved() -> None:
    """Two piles that serve 70 cost 2 at least; with a fast one, which must be built, 11."""
    found = planned(small())
    assert (found.cost, found.cost_bound, found.cost_gap) == (2, 2, 0)
    found = planned(small(limits=siting.Limits(2, product_least=np.array([0, 1]))))
    assert (found.cost, found.cost_bound) == (11, 11)


def test_a_tangent_lies_below_every_least_cost() -> None:
    """10 people a gun, 50 at a site of three bays: 10 people cost 1, 20 cost 2, 30 of two piles 11, as bays allow."""
    floor = planning._Floor(money=11.0, people=30.0, each=0.9)
    assert [round(floor.at(n), 9) for n in (30.0, 20.0, 10.0)] == [11.0, 2.0, -7.0]


def test_without_time_for_it_nothing_is_claimed_of_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    least = planning._least_cost
    monkeypatch.setattr(planning, "_least_cost", lambda *given: (least(*given)[0], None))
    found = planned(small())
    assert found.cost == 2 and math.isnan(found.cost_bound) and math.isnan(found.cost_gap)


# ---- what is told beside a plan


@pytest.mark.parametrize("takes", [0.3, 1.0])
def test_curve_and_limits_share_a_clock_of_their_own(slow: Any, takes: float) -> None:
    world_, scenario = town.small(), town.asked(quotas={"city": {"410100": 4}}, time_limit=5)
    plan = solved.plan(world_, scenario, None, "zh")
    clock = slow(takes)
    told = solved.explain(world_, plan, None, step=silent)
    assert clock.now - 100 <= 5.0 and len(told["closing_curve"]) and len(told["scenario_limits"])


def test_a_limit_that_time_did_not_price_is_said_and_not_left_out(slow: Any) -> None:
    world_, scenario = town.small(), town.asked(quotas={"city": {"410100": 4}}, max_sites=2, time_limit=5)
    plan = solved.plan(world_, scenario, None, "zh")
    slow(1.0, finds=False)
    limits = solved.explain(world_, plan, None, step=silent)["scenario_limits"]
    assert (
        limits["limit"].tolist() == ["city_quota", "bays", "sites"]
        and limits["objective_without"].isna().all()
    )
    said = [item.fault.text("zh") for item in solved.unexplained(limits)]
    assert len(said) == 3 and labels.word("limit", "sites", "zh") in said[2]


def test_in_time_every_limit_is_priced() -> None:
    world_, scenario = town.small(), town.asked(quotas={"city": {"410100": 4}}, max_sites=2)
    plan = solved.plan(world_, scenario, None, "zh")
    limits = solved.explain(world_, plan, None, step=silent)["scenario_limits"]
    assert {"city_quota", "sites"} <= set(limits["limit"]) and not solved.unexplained(limits)


def test_what_a_plan_costs_at_least_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = solved.plan(town.small(), town.asked(), None, "en")
    printing.print_planned([plan], tmp_path, "en")
    unproved = {**plan.counts, "cost_bound": None}
    printing.print_planned([replace(plan, counts=unproved)], tmp_path, "en")
    first, second = (flat(part) for part in capsys.readouterr().out.split("not proved"))
    assert "no plan that serves as many costs less than" in first and "None" not in first + second
    assert plan.counts["cost_bound"] <= plan.counts["cost"]
