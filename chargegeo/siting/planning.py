"""The planning model solved: townships first, then people, with a bound."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import building, checking, clashing, highs, inputs, questions
from chargegeo.siting.blocks import LIMITS
from chargegeo.siting.inputs import Limits
from chargegeo.siting.solution import Solution, judged, no_plan
from chargegeo.vocab import Limit, SolveStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.errors import Fault
    from chargegeo.siting.blocks import Model
    from chargegeo.siting.inputs import Candidates, Demand, Product, Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

WINDOWS = (0, 1, 4)  # how far piles may move from the linear program, before all may
SHARES = {0: 0.6, 1: 0.4, 4: 0.4, None: 1.0}  # of the time that is left, by window; without one for all
METHOD = "linear program, rounded by HiGHS"
FULL = "HiGHS on the whole program"
SLACK = 1e-9  # of the people, that a cheaper plan may serve less by rounding
SEARCHED, PRICED = (
    0.75,
    0.9,
)  # parts of the time after which townships and people, then the cost, are left alone
TWICE = 2.0  # so many times the time of the first linear program one of the cost takes, as a rule
COST_GAP = 0.02  # of the cost, at which the search for cheaper products ends


def plan(
    candidates: Candidates, demand: Demand, limits: Limits, *, products: tuple[Product, ...] | None = None,
    time_limit: float = 120.0, gap: float = 0.01,
) -> Solution:  # fmt: skip
    """Where the new piles go, so many of each product at each site.

    First as many townships as can be get their pile, then as many people as can be are served. The linear program
    gives the bound; HiGHS then searches whole piles near it, and everywhere if that is not enough. Last, with as many
    piles at each site and no one served less, the products that cost least are taken. What plans that serve as many can
    cost at least is proved by a linear program, where there is time for it.

    Parameters
    ----------
    candidates, demand, limits
        The question.
    products
        Kinds of piles; those of :func:`products` if not given.
    time_limit
        Seconds of one clock for all this, and as many again to say what clashes. A step of HiGHS that is under way
        is not cut off.
    gap
        Proved distance from the most people at which the search ends, as a share.

    Returns
    -------
    ``amount`` (site, product) holds new piles, ``sites`` where there are any; the objective is what is served, the
    bound no plan with as many townships can pass. ``optimal`` also means that no plan gives more townships a pile.
    No plan with as many townships that serves as many costs less than ``cost_bound``.
    Infeasible: ``clash`` names the limits that cannot hold together, each by the unit that lacks.

    Raises
    ------
    StudyFault
        With everything that is wrong with the question.
    """
    began = time.perf_counter()
    asked = inputs.task(candidates, demand, limits, products)
    questions.accept(questions.work(highs.Effort(time_limit, gap)))
    crowd, unit = asked.demand, highs.large(asked.demand.weight, below=highs.SMALL)
    if crowd.people_per_gun is not None and unit > 1:  # shares of all people, which HiGHS takes for nothing
        crowd = replace(crowd, weight=crowd.weight * unit, people_per_gun=crowd.people_per_gun * unit)
        found = plan(candidates, crowd, limits, products=products, time_limit=time_limit, gap=gap)
        return replace(found, objective=found.objective / unit, bound=found.bound / unit)
    model = building.build(asked)
    run = _Run(asked, model, began, time_limit, gap)
    model, answer = relaxed(model, run.effort())
    if answer.status != SolveStatus.OPTIMAL:
        return _without(run, answer.status)
    first = _Found(answer.x, answer.status, model, answer.objective, answer.bound)
    best = _rounded(replace(run, model=model, lp_seconds=time.perf_counter() - began), first)
    if best.x is None:
        return _without(run, best.status)
    return _solution(run, _thrifty(run, best))


def clashes(
    candidates: Candidates, demand: Demand, limits: Limits, *, products: tuple[Product, ...] | None = None,
    time_limit: float = 120.0,
) -> tuple[Fault, ...]:  # fmt: skip
    """What cannot hold together, as far as parts of piles show it; nothing where they can hold.

    It takes ``time_limit`` seconds to see that something does, and as many again to say what.
    """
    asked = inputs.task(candidates, demand, limits, products)
    _, answer = relaxed(building.build(asked), highs.Effort(time_limit))
    if answer.status != SolveStatus.INFEASIBLE:
        return ()
    return clashing.clash(building.build(asked, tight=False), time.perf_counter() + time_limit)


def served(
    candidates: Candidates,
    demand: Demand,
    *,
    products: tuple[Product, ...] | None = None,
    time_limit: float = 60.0,
) -> float:
    """What the piles that stand serve; null if that cannot be had in time."""
    asked = inputs.task(
        replace(candidates, decided=None), replace(demand, townships=None, closing=None), Limits(0), products
    )
    model = building.build(asked)
    answer = highs.solve(model.program(model.people, relaxed=True), highs.Effort(time_limit))
    return math.nan if answer.x is None else answer.objective + model.base


@dataclass(frozen=True, eq=False)
class _Run:
    """A question, its model, when it began and how long it may take, and the gap that is good enough."""

    asked: Task
    model: Model
    began: float
    seconds: float
    gap: float
    lp_seconds: float = 0.0

    def effort(self, share: float = 1.0, *, part: float = SEARCHED) -> highs.Effort:
        """A share of the time that is left of a part of all time."""
        return replace(highs.left(self.began + part * self.seconds, share=share), gap=self.gap / 2)

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.began


@dataclass(frozen=True)
class _Floor:
    """What plans cost at least: so much where so many people are served, and ``each`` more for one more person."""

    money: float
    people: float
    each: float

    def at(self, people: float) -> float:
        """The least cost of a plan that serves so many: least costs rise ever steeper, so a tangent lies below."""
        return self.money + self.each * (people - self.people)


@dataclass(frozen=True, eq=False)
class _Found:
    """Columns with their people and the bound; whether no plan has more townships."""

    x: Floats | None
    status: SolveStatus
    model: Model
    people: float = math.nan
    bound: float = math.nan
    townships_proved: bool = True
    method: str = METHOD
    floor: _Floor | None = None


def relaxed(model: Model, effort: highs.Effort) -> tuple[Model, highs.Answer]:
    """The linear program with as many townships as it can have, and the model with that as a limit."""
    until, block = time.perf_counter() + effort.time_limit, model.blocks["township"]
    must = model.bounded("township", block.upper, block.upper)  # every one that has a site at all
    answer = highs.solve(must.program(model.people, relaxed=True), effort)
    if answer.status != SolveStatus.INFEASIBLE or not block.n:
        return must, answer
    most = highs.solve(model.program(model.townships, relaxed=True), highs.left(until))
    if most.x is None:
        return model, most
    model = model.at_least(model.townships, math.floor(most.objective + 1e-6))
    return model, highs.solve(model.program(model.people, relaxed=True), highs.left(until))


def _rounded(run: _Run, first: _Found) -> _Found:
    """Whole piles near the linear program, then further from it, then anywhere."""
    first = _cheapest(run, first)
    best = replace(first, x=None, people=-math.inf)
    settled = _settled(run, first)
    for width in (*WINDOWS, None) if settled.x is not None else (None,):
        near = run.model if width is None else _near(settled.model, settled, width)
        answer = highs.solve(near.program(near.people, relaxed=False), run.effort(SHARES[width]))
        if width is None:
            best = _everywhere(best, answer)
        elif answer.x is not None and answer.objective > best.people:
            best = replace(best, x=answer.x, people=answer.objective, status=SolveStatus.FEASIBLE)
        if best.x is not None and best.bound - best.people <= run.gap * abs(best.people):
            return best
    return best if best.x is not None else _fewer_townships(run, best)


def _cheapest(run: _Run, first: _Found) -> _Found:
    """Of the linear programs that serve as many, one that costs least: it has fewer parts of piles to round."""
    if run.effort(0.5).time_limit < TWICE * run.lp_seconds:
        return first  # a search cut short would leave nothing
    answer, floor = _least_cost(run, run.model, first.people, run.effort(0.5))
    return first if answer.x is None else replace(first, x=answer.x, floor=floor)


def _least_cost(
    run: _Run, model: Model, people: float, effort: highs.Effort
) -> tuple[highs.Answer, _Floor | None]:
    """The linear program that costs least of those that serve so many, and what that proves."""
    least = people - SLACK * abs(people)
    answer = highs.solve(
        model.at_least(model.people, least).program(_price(run, model), relaxed=True), effort
    )
    if answer.duals is None:
        return answer, None
    return answer, _Floor(-answer.objective, least, -float(answer.duals[-1]))


def _price(run: _Run, model: Model) -> Floats:
    """Of each column, what it costs, below zero: programs seek the most."""
    cost = np.zeros(model.n)
    cost[model.blocks["pile"].columns] = -run.asked.cost.ravel()
    return cost


def _settled(run: _Run, first: _Found) -> _Found:
    """The linear program with sites that are too near to each other closed, those with fewest piles first."""
    model, block = run.model, run.model.blocks["new"]
    if not block.n:
        return first
    piles = np.asarray(first.x)[model.blocks["site"].first + model.new]
    open_ = _apart(model, np.argsort(-piles, kind="stable")).astype(np.float64)
    model = model.bounded("new", open_, open_)
    answer = highs.solve(model.program(model.people, relaxed=True), run.effort(0.4))
    return _Found(answer.x, answer.status, model)


def _apart(model: Model, order: Ints) -> Flags:
    """New sites of which no two are too near to each other, no more than may be, taken in an order."""
    rows = model.matrix[np.flatnonzero(model.limit == LIMITS.index(Limit.DISTANCE))]
    sets = rows.tocsc()[:, model.blocks["new"].columns]
    most = model.high[model.limit == LIMITS.index(Limit.SITES)].min(initial=math.inf)
    taken, full = np.zeros(len(order), dtype=bool), np.zeros(sets.shape[0], dtype=bool)
    n = 0
    for j in order:
        own = sets.indices[sets.indptr[j] : sets.indptr[j + 1]]
        if n < most and not full[own].any():
            taken[j] = True
            full[own] = True
            n += 1
    return taken


def _near(model: Model, first: _Found, width: int) -> Model:
    """The model with piles within a width of what the linear program has."""
    block = model.blocks["pile"]
    piles = np.asarray(first.x)[block.columns]
    lower, upper = np.floor(piles + 1e-6) - width, np.ceil(piles - 1e-6) + width
    return model.bounded("pile", np.maximum(lower, block.lower), np.minimum(upper, block.upper))


def _everywhere(best: _Found, answer: highs.Answer) -> _Found:
    """The best with what the whole program says: a plan, a bound, or that there is none."""
    bound = best.bound if math.isnan(answer.bound) else min(best.bound, answer.bound)
    if answer.x is not None and answer.objective > best.people:
        return replace(
            best, x=answer.x, people=answer.objective, bound=bound, method=FULL, status=SolveStatus.FEASIBLE
        )
    return replace(best, bound=bound, status=answer.status if best.x is None else best.status)


def _thrifty(run: _Run, found: _Found) -> _Found:
    """The plan with the products that cost least, for as many piles at each site and as many people."""
    model, cost, x = found.model, _price(run, found.model), np.asarray(found.x)
    if len(set(run.asked.of("cost"))) > 1:
        piles = np.rint(x[model.blocks["site"].columns])
        kept = model.at_least(model.people, found.people * (1 - SLACK)).bounded("site", piles, piles)
        cheap = highs.solve(kept.program(cost, relaxed=True), run.effort(0.5, part=PRICED))
        if cheap.x is not None:
            near = _near(kept, replace(found, x=cheap.x), 0)
            effort = replace(run.effort(0.5, part=PRICED), gap=COST_GAP)
            answer = highs.solve(near.program(cost, relaxed=False), effort)
            if answer.x is not None and answer.objective > float(cost @ x):
                found = replace(found, x=answer.x, people=float(model.people @ answer.x))
    if found.floor is None:
        _, floor = _least_cost(run, model, found.people, run.effort(part=PRICED))
        found = replace(found, floor=floor)
    return found


def _fewer_townships(run: _Run, best: _Found) -> _Found:
    """Where whole piles cannot serve as many townships as parts of piles do: as many as they can."""
    free = building.build(run.asked)
    if not free.blocks["township"].n or best.status != SolveStatus.INFEASIBLE:
        return best
    most = highs.solve(free.program(free.townships, relaxed=False), replace(run.effort(0.5), gap=0.0))
    if most.x is None:
        return replace(best, status=most.status)
    proved = most.status == SolveStatus.OPTIMAL
    least = float(np.rint(most.objective))
    model = free.at_least(free.townships, least)
    answer = highs.solve(model.program(model.people, relaxed=False), run.effort())
    found = replace(best, people=-math.inf, bound=math.inf, townships_proved=proved, model=model, floor=None)
    if answer.x is None:  # out of time: the plan with the townships alone
        return replace(found, x=most.x, people=float(free.people @ most.x), method=FULL)
    return _everywhere(found, answer)


def _solution(run: _Run, found: _Found) -> Solution:
    """The plan counted anew, after every limit was checked."""
    asked, blocks, x = run.asked, found.model.blocks, np.asarray(found.x)
    amount = np.rint(x[blocks["pile"].columns]).astype(np.int64).reshape(asked.shape)
    if faults := checking.broken(asked, amount):
        return no_plan(SolveStatus.ERROR, run.spent, found.method, *faults)
    flow = None
    if asked.demand.people_per_gun is not None:
        flow = checking.Flow(found.model.place, found.model.site, _flow(run, found))
    people = checking.people(asked, amount, flow)
    bound = max(found.bound + found.model.base, people)
    if bound - people <= 2 * SLACK * max(abs(people), 1.0):
        bound = people
    status = judged(people, bound, run.gap) if found.townships_proved else SolveStatus.FEASIBLE
    sites, cost = np.flatnonzero(amount.any(axis=1)), math.fsum((amount * asked.cost).ravel())
    least = math.nan if found.floor is None else found.floor.at(people - found.model.base)
    return Solution(
        sites, people, bound if math.isfinite(bound) else math.nan, status, run.spent, found.method, amount=amount,
        cost=cost, cost_bound=min(max(least, 0.0), cost) if found.floor else math.nan,
    )  # fmt: skip


def _flow(run: _Run, found: _Found) -> Floats:
    """Who is served where: as many as the piles of a plan can, also where the search was stopped on the way."""
    block, x = found.model.blocks["served"], np.asarray(found.x)
    if found.bound - found.people > run.gap * abs(found.people):
        piles = np.rint(x[found.model.blocks["pile"].columns])
        fixed = found.model.bounded("pile", piles, piles)
        answer = highs.solve(fixed.program(fixed.people, relaxed=True), run.effort(part=1.0))
        x = x if answer.x is None else np.asarray(answer.x)
    served: Floats = x[block.columns]
    return served


def _without(run: _Run, status: SolveStatus) -> Solution:
    """No plan: what clashes, out of time, or an error."""
    clash: tuple[Fault, ...] = ()
    if status == SolveStatus.INFEASIBLE:
        clash = clashing.clash(building.build(run.asked, tight=False), time.perf_counter() + run.seconds)
    return no_plan(status, run.spent, METHOD, *clash)
