"""A scenario from question to tables."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import labels, siting, targets
from chargegeo.errors import Fault, Finding
from chargegeo.siting import asking, checking, curves, inputs, naming, planning, serving, telling, years
from chargegeo.siting.asking import Quota
from chargegeo.study import programmes
from chargegeo.vocab import Level, Limit, Severity, SolveStatus, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.siting import Solution
    from chargegeo.siting.asking import Question
    from chargegeo.siting.scenarios import Scenario, Year
    from chargegeo.siting.worlds import World
    from chargegeo.study.solving import Results, Step

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Planned:
    """What became of a scenario.

    Parameters
    ----------
    solution
        Of the last year, its bound and status those of all years as one; or of the year that has no plan.
    tables
        By contract; empty without a plan.
    counts
        The figures that are told first.
    findings
        What became of candidates that were repaired or take no part.
    """

    scenario: Scenario
    solution: Solution
    tables: Mapping[str, pd.DataFrame]
    counts: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> SolveStatus:
        """What became of the question."""
        return self.solution.status


def shares(results: Results, scenario: Scenario) -> pd.DataFrame | None:
    """What the quotas of the cities are split by: ``unit_code``, ``name`` and the columns that the scenario names.

    Raises
    ------
    InputError, StudyFault
        A programme file that cannot be used.
    """
    quotas = scenario.quotas
    if quotas is None or (quotas.target is None and quotas.shares is None):
        return None
    cities = programmes.cities(
        results.tables["units"], results.tables["coverage"], results.region.headline_kinds
    )
    if quotas.target is None:
        return cities
    split = programmes.judge(quotas.target, units=cities).tables["quotas"]
    top = split[split["level"] == split["level"].iloc[0]]
    found: pd.DataFrame = top[["unit_code", "name", "quota"]].reset_index(drop=True)
    return found


def quota(scenario: Scenario, by: pd.DataFrame | None, piles: int) -> Quota:
    """Piles by city and county of a scenario, or of one of its years."""
    given = scenario.quotas
    if given is None:
        return Quota()
    if by is None:
        return Quota(given.city, given.county)
    weights = {"quota": 1.0} if given.target is not None else dict(given.shares or {})
    split = targets.quotas(by, piles, weights)
    return Quota(
        dict(zip(split["unit_code"], split["quota"].astype(int).tolist(), strict=True)), given.county
    )


def plan(world: World, scenario: Scenario, by: pd.DataFrame | None, lang: str) -> Planned:
    """A scenario solved, and what it changes.

    Parameters
    ----------
    by
        See :func:`shares`.

    Raises
    ------
    StudyFault
        A scenario that the world cannot answer.
    """
    asked = asking.ask(world, scenario, quotas=quota(scenario, by, scenario.target_piles))
    named, found = _solved(scenario, asked, by)
    last = found[-1]
    if last.amount is None:
        at_last = replace(asked, lacking=_still_lacking(asked, found[:-1]))
        clash = tuple(naming.told(last.clash, world, at_last))
        if clash and scenario.years:  # what earlier years built is not given up for it
            clash = (Fault("scenario_year_clash", value=named[-1]), *clash)
        return Planned(scenario, replace(last, clash=clash), {}, {"status": str(last.status)})
    amounts = {year: one.amount for year, one in zip(named, found, strict=True) if one.amount is not None}
    total = np.sum(list(amounts.values()), axis=0)
    mended: tuple[int, int | None] = (0, None)
    if scenario.years:
        last, mended = _in_all(scenario, asked, by, found, total)
    served = _served(asked, total, last, scenario.time_limit)
    tables = telling.tables(world, asked, amounts, served, comma=labels.text("study.and", lang))
    limit = scenario.minutes if world.by_road else scenario.km
    tables["site_units"] = serving.site_units(world, total, np.asarray(asked.demand.weight), limit=limit)
    counts = {
        **_counts(asked, tables, last, served),
        "n_lacking_closed": mended[0],
        "n_closed_bound": mended[1],
    }
    return Planned(scenario, last, tables, counts)


def _in_all(
    scenario: Scenario, asked: Question, by: pd.DataFrame | None, found: Sequence[Solution], total: Ints
) -> tuple[Solution, tuple[int, int | None]]:
    """Plans of several years as one: people against those of any plan of all years, townships closed and at most."""
    task = inputs.task(asked.candidates, asked.demand, asked.limits, asked.products)
    closed, n = int(checking.townships(task, total).sum()), len(scenario.years)
    end = years.at_the_end(
        asked.candidates, asked.demand, [_of_year(scenario, asked, by, item) for item in scenario.years],
        closed=closed, products=asked.products, time_limit=scenario.time_limit / (n + 1),
    )  # fmt: skip
    last = found[-1]
    bound = math.nan if end is None else max(end.people, last.objective)
    whole = replace(
        last, bound=bound, status=SolveStatus.FEASIBLE, cost_bound=math.nan, cost=sum(one.cost for one in found),
        seconds=sum(one.seconds for one in found),
    )  # fmt: skip
    if end is not None and end.townships == closed and whole.gap <= scenario.gap:
        whole = replace(whole, status=SolveStatus.OPTIMAL)
    return whole, (closed, None if end is None else end.townships)


def _solved(
    scenario: Scenario, asked: Question, by: pd.DataFrame | None
) -> tuple[list[int | None], tuple[Solution, ...]]:
    """Years and their plans; one of them without years."""
    if not scenario.years:
        only = siting.plan(
            asked.candidates, asked.demand, asked.limits, products=asked.products,
            time_limit=scenario.time_limit, gap=scenario.gap,
        )  # fmt: skip
        return [scenario.year], (only,)
    n = len(scenario.years)  # and a share of the time for what all years could come to
    found = siting.plan_years(
        asked.candidates, asked.demand, [_of_year(scenario, asked, by, item) for item in scenario.years],
        products=asked.products, time_limit=scenario.time_limit * n / (n + 1), gap=scenario.gap,
    )  # fmt: skip
    named: list[int | None] = [item.year for item in scenario.years]
    return named[: len(found)], found


def _of_year(scenario: Scenario, asked: Question, by: pd.DataFrame | None, year: Year) -> siting.Limits:
    """Limits of a year; what must hold in the end is asked of the last one."""
    mine = quota(scenario, by, year.target_piles)
    limits = replace(
        asked.limits, piles=year.target_piles, budget=math.inf if year.budget is None else year.budget,
        city_quota=asking.by_code("city", mine.city, asked.cities),
        county_quota=asking.by_code("county", mine.county, asked.counties),
    )  # fmt: skip
    if year is scenario.years[-1]:
        return limits
    return replace(
        limits, all_townships=False, stretches=None, pool_kw=np.empty(0), pool_guns=None, pool_piles=None,
        pool_at_kw=None,
    )  # fmt: skip


def _still_lacking(asked: Question, earlier: Sequence[Solution]) -> Ints:
    """Rows of the units that lack their pile after plans of earlier years: they are no more in the question."""
    lacking = asked.lacking
    if asked.demand.townships is not None:
        task = inputs.task(asked.candidates, asked.demand, asked.limits, asked.products)
        for one in earlier:
            if one.amount is not None:
                closed = checking.townships(task, one.amount)
                lacking = np.setdiff1d(lacking, asked.lacking[closed])
    return lacking


def _served(asked: Question, total: Ints, last: Solution, time_limit: float) -> telling.Served:
    """People served before and after; what stands now is counted within so many seconds."""
    task = inputs.task(asked.candidates, asked.demand, asked.limits, asked.products)
    if asked.demand.people_per_gun is None:
        weight = np.asarray(asked.demand.weight)
        none, all_ = (checking.reached(task, amount) for amount in (np.zeros_like(total), total))
        before, after = weight * none, weight * all_
        return telling.Served(math.fsum(before), math.fsum(after), last.bound, (before, after))
    standing = planning.served(asked.candidates, asked.demand, products=asked.products, time_limit=time_limit)
    return telling.Served(standing, last.objective, last.bound, None)


def _counts(
    asked: Question, tables: Mapping[str, pd.DataFrame], solution: Solution, served: telling.Served
) -> dict[str, Any]:
    """The figures that are told first."""
    areas, units = tables["scenario_areas"], tables["scenario_units"]
    whole = areas[areas["level"] == Level.PROVINCE].iloc[0]
    sites = tables["sites"]
    opened = (units["before"] != State.COVERED) & (units["after"] == State.COVERED) & asked.judged
    return {
        "status": str(solution.status), "gap": _plain(solution.gap), "bound": _plain(solution.bound),
        "n_piles": int(sites["n_new"].sum()), "n_sites": len(sites),
        "most_at_site": int(sites["n_new"].max() if len(sites) else 0),
        "cost": float(sites["cost"].sum()), "cost_bound": _plain(solution.cost_bound),
        "new_guns": int(sites["new_guns"].sum()), "new_kw": float(sites["new_kw"].sum()),
        "rung": asked.rule.headline, "n_units": int(whole["n_units"]),
        "covered_before": int(whole["covered_before"]), "covered_after": int(whole["covered_after"]),
        "n_unknown": int(whole["n_unknown"]), "n_closed": int(opened.sum()),
        "people": float(np.asarray(asked.demand.weight).sum()), "people_per_gun": asked.demand.people_per_gun,
        "served_before": _plain(served.before), "served_after": _plain(served.after),
        "stretches_asked": len(asked.stretches), "stretches_unmended": len(asked.unmended),
        "n_stretches": 0 if asked.limits.stretches is None else len(asked.stretches),
        "products": {
            name: int(part["n_new"].sum()) for name, part in tables["site_piles"].groupby("product", sort=True)
        },
    }  # fmt: skip


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def explain(
    world: World, planned: Planned, by: pd.DataFrame | None, *, step: Step
) -> dict[str, pd.DataFrame]:
    """What more piles would bring, and what each limit costs: contracts ``closing_curve`` and ``scenario_limits``.

    ``scenario_areas`` gets the worth of one pile more in each city. Both together take ``time_limit`` seconds at most;
    several years count as one. See :func:`unexplained`.
    """
    scenario = planned.scenario
    until = time.perf_counter() + scenario.time_limit
    asked = asking.ask(world, scenario, quotas=quota(scenario, by, scenario.target_piles))
    with step("curve"):
        curve = curves.closing_curve(world, asked, scenario, time_limit=scenario.time_limit / 2)
    with step("limits"):
        limits = curves.limits_table(world, asked, time_limit=max(until - time.perf_counter(), 0.0))
    cities = limits[limits["limit"] == Limit.CITY_QUOTA].set_index("unit")["dual"]
    areas = planned.tables["scenario_areas"]
    marginal = areas["code"].map(cities.dropna()).where(areas["level"] == Level.CITY)
    return {
        "closing_curve": curve, "scenario_limits": limits, "scenario_areas": areas.assign(marginal=marginal)
    }  # fmt: skip


def unexplained(limits: pd.DataFrame) -> list[Finding]:
    """A warning for each limit of which time was too short to say what could be had without it."""
    told = [(name, {"limit": labels.Word("limit", name)}) for name in curves.late(limits)]
    return [
        Finding(Severity.WARNING, Fault("scenario_limit_late", value=name, params=word))
        for name, word in told
    ]


def contradictions(*asked: Scenario) -> list[Fault]:
    """What cannot hold whatever the sites are: limits of scenarios against each other, each told once."""
    return once([
        fault for one in asked
        for found in (_site_clash, _product_clashes, _quota_clashes, _decided_clash) for fault in found(one)
    ])  # fmt: skip


def once(faults: Sequence[Fault]) -> list[Fault]:
    """Faults without those that stand earlier."""
    return [fault for at, fault in enumerate(faults) if fault not in faults[:at]]


def _told_of(scenario: Scenario, **params: object) -> dict[str, object]:
    return {"piles": scenario.target_piles, **params}


def _site_clash(scenario: Scenario) -> Iterator[Fault]:
    sites, each = (
        scenario.target_piles if most is None else most
        for most in (scenario.max_sites, scenario.max_piles_per_site)
    )
    if sites * each < scenario.target_piles:
        keys = "target_piles, max_sites, max_piles_per_site"
        yield Fault(
            "scenario_clash_sites",
            column=keys,
            params=_told_of(scenario, sites=sites, each=each, most=sites * each),
        )


def _product_clashes(scenario: Scenario) -> Iterator[Fault]:
    offers = [scenario.products.get(item.name) for item in scenario.sold]
    least = sum(item.least or 0 for item in offers if item is not None)
    for name, item in scenario.products.items():
        if item.least is not None and item.most is not None and item.least > item.most:
            numbers = {"name": name, "least": item.least, "most": item.most}
            yield Fault("scenario_clash_product", column=f"products.{name}", params=numbers)
    most = [None if item is None else item.most for item in offers]
    if least > scenario.target_piles:
        yield Fault(
            "scenario_clash_least", column="products, target_piles", params=_told_of(scenario, least=least)
        )
    if None not in most and (total := sum(item or 0 for item in most)) < scenario.target_piles:
        yield Fault(
            "scenario_clash_most", column="products, target_piles", params=_told_of(scenario, most=total)
        )
    needed = _cheapest(scenario)
    if scenario.budget is not None and needed > scenario.budget:
        yield Fault(
            "scenario_clash_budget",
            column="budget, target_piles",
            params=_told_of(scenario, budget=scenario.budget, needed=needed),
        )


def _cheapest(scenario: Scenario) -> float:
    """Money for the cheapest piles that keep the numbers of each product."""
    left, cost = scenario.target_piles, 0.0
    offers = [(item, scenario.products.get(item.name)) for item in scenario.sold]
    for item, offer in offers:
        least = 0 if offer is None or offer.least is None else offer.least
        cost, left = cost + least * item.cost, left - least
    for item, offer in sorted(offers, key=lambda pair: pair[0].cost):
        least = 0 if offer is None or offer.least is None else offer.least
        room = left if offer is None or offer.most is None else min(left, offer.most - least)
        cost, left = cost + max(room, 0) * item.cost, left - max(room, 0)
    return cost


def _quota_clashes(scenario: Scenario) -> Iterator[Fault]:
    quotas = scenario.quotas
    for level in ("city", "county"):
        given = None if quotas is None else getattr(quotas, level)
        if quotas is None or given is None:
            continue
        total = sum(given.values())
        whole = quotas.exact and level == "city"
        if total > scenario.target_piles or (whole and total != scenario.target_piles):
            yield Fault(
                "scenario_clash_quotas",
                column=f"quotas.{level}, target_piles",
                params=_told_of(scenario, sum=total),
            )


def _decided_clash(scenario: Scenario) -> Iterator[Fault]:
    decided = sum(item.piles for item in scenario.decided)
    if decided > scenario.target_piles:
        yield Fault(
            "scenario_clash_decided",
            column="decided, target_piles",
            params=_told_of(scenario, decided=decided),
        )
