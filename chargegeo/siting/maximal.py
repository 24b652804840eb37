"""Maximal cover: a plan by greedy choice, exchange and annealing, a bound by prices, and HiGHS for what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import kernels, relation, saddle
from chargegeo.siting.highs import Effort, Program, solve
from chargegeo.siting.mending import SEARCHES, SHORT, Plan, mended
from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.relation import Relation

    Long = NDArray[np.int64]
    Float = NDArray[np.float64]
    Bool = NDArray[np.bool_]

CLIMBS = ((400, 0.4), (1600, 0.6))  # steps of the bound, and the part of the time left that they may take
PARTS = (0.03, 0.1, 0.3, 1.0)  # steps of the gap in which it is closed
EXACT_SITES, EXACT_PAIRS = 1500, 60_000  # what HiGHS is given to close


@dataclass(frozen=True)
class Question:
    """Choose ``p`` sites: a row adds ``weight`` when covered, ``more`` when covered twice."""

    relation: Relation
    weight: Float
    more: Float
    p: int

    @property
    def whole(self) -> bool:
        """Whether every plan is worth a whole number."""
        return bool(np.all(self.weight == np.rint(self.weight)) and np.all(self.more == np.rint(self.more)))

    def round_down(self, bound: float) -> float:
        """The bound, at the next whole number below where plans are whole; a rounding error above else."""
        return math.floor(bound * (1 + 1e-12) + 1e-6) if self.whole else bound * (1 + 1e-12)

    def part(self, forced: Bool, free: Bool) -> tuple[Question, float]:
        """What is left to choose among ``free`` when ``forced`` are chosen, and what those are worth."""
        whole = self.relation
        count = np.empty(whole.n_rows)
        kernels.gather(whole.start, whole.site, forced.astype(np.float64), count)
        worth = (self.weight, self.more)
        done = kernels.value(worth, count.astype(np.int32))
        weight = np.where(count == 0, self.weight, np.where(count == 1, self.more, 0.0))
        more = np.where(count == 0, self.more, 0.0)
        rest = whole.take(weight > 0, free)
        kept = weight > 0
        rows, (weight, more) = relation.merged(rest.start, rest.site, rest.n_sites, weight[kept], more[kept])
        return Question(rows, weight, more, self.p - int(forced.sum())), done


@dataclass(frozen=True)
class Found:
    """Chosen sites, their worth, and the bound."""

    chosen: Bool
    worth: float
    bound: float
    method: str


def search(question: Question, effort: Effort, start: Bool | None = None) -> Found:
    """The best plan that is found, without sites that add nothing, and a bound; ``start`` is a plan to begin with."""
    found = _searched(question, effort, start)
    plan = Plan(question).choose(np.flatnonzero(found.chosen))
    return replace(found, chosen=plan.without_idle().chosen)


def _searched(question: Question, effort: Effort, start: Bool | None) -> Found:
    until = perf_counter() + effort.time_limit
    if question.relation.n_rows == 0 or question.p == 0:
        chosen = np.zeros(question.relation.n_sites, dtype=np.bool_)
        return Found(chosen, 0.0, 0.0, "nothing left to choose")
    best = Plan(question).begin(np.empty(0, np.int64)).exchange(until)
    if start is not None:
        best = max(best, Plan(question).begin(np.flatnonzero(start)).exchange(until), key=Plan.worth)
    model = saddle.Maximal(question.weight, question.more, question.p)
    point = saddle.begin(model, question.relation, best.chosen.astype(np.float64))
    searches = SHORT if _small(question) else SEARCHES
    for turn, (steps, part) in enumerate(CLIMBS):
        late = perf_counter() + part * (until - perf_counter())
        point = saddle.climb(
            model, question.relation, point, saddle.Stop(steps, late, best.worth(), effort.gap)
        )
        bound = question.round_down(point.bound)
        ends = (bound / (1 + effort.gap), until)
        best = mended(question, best, point, ends, (searches, effort.seed + turn))
    found = Found(
        best.chosen, best.worth(), max(bound, best.worth()), "greedy, exchange, annealing; bound by prices"
    )
    return _closed(question, found, point, Effort(until - perf_counter(), effort.gap, effort.seed))


def _small(question: Question) -> bool:
    """Whether HiGHS may close it."""
    return question.relation.n_sites <= EXACT_SITES and len(question.relation.site) <= EXACT_PAIRS


def _closed(question: Question, found: Found, point: saddle.Point, effort: Effort) -> Found:
    """The rest closed by HiGHS, as far as the prices leave little enough open.

    Plans better than a value must be made of sites that the prices allow for it (reduced costs). The value falls in
    steps from near the bound: few sites are open at first, and what is found among them closes more later.
    """
    until = perf_counter() + effort.time_limit
    for step in PARTS:
        left = until - perf_counter()
        if found.bound - found.worth <= effort.gap * found.worth or left <= 0:
            return found
        least = found.worth + (0.9 if question.whole else 0.0)
        value = max(found.bound - step * (found.bound - found.worth), least)
        forced, free = _open(question, point, value)
        if free.sum() > EXACT_SITES:
            return found
        rest, done = question.part(forced, free)
        if not _small(rest):
            return found
        limit = left if step == PARTS[-1] else left / 3
        found = _solved(
            question, found, (rest, done, forced, free), (value, replace(effort, time_limit=limit))
        )
    return found


def _solved(
    question: Question, found: Found, opened: tuple[Question, float, Bool, Bool], asked: tuple[float, Effort]
) -> Found:
    """What HiGHS makes of the open part; outside of it no plan is better than ``value``."""
    (rest, done, forced, free), (value, effort) = opened, asked
    until = perf_counter() + effort.time_limit
    method = found.method if found.method.endswith("HiGHS") else f"{found.method}; rest by HiGHS"
    fits = np.array_equal(found.chosen & ~free, forced)
    answer = solve(program(rest), effort, _columns(rest, found.chosen[free]) if fits else None)
    bound, chosen, worth = found.bound, found.chosen, found.worth
    if answer.x is not None and done + answer.objective > worth:
        picked = forced.copy()
        picked[free] = answer.x[: int(free.sum())] > 0.5
        plan = Plan(question).begin(np.flatnonzero(picked)).exchange(until)
        chosen, worth = (plan.chosen, plan.worth()) if plan.worth() > worth else (chosen, worth)
    if math.isfinite(answer.bound) and answer.status is not SolveStatus.ERROR:
        bound = min(bound, max(worth, question.round_down(max(value, done + answer.bound))))
    return Found(chosen, worth, bound, method)


def _open(question: Question, point: saddle.Point, value: float) -> tuple[Bool, Bool]:
    """Sites that every plan above ``value`` has, and sites that such a plan may have or not (reduced costs)."""
    order = np.argsort(-point.earned, kind="stable")
    inside = np.zeros(len(order), dtype=np.bool_)
    inside[order[: question.p]] = True
    least_in, most_out = point.earned[order[question.p - 1]], np.max(point.earned[~inside], initial=0.0)
    slack = point.bound * (1 + 1e-12) - value
    forced = inside & (point.earned - most_out > slack)
    banned = ~inside & (least_in - point.earned > slack)
    return forced, ~forced & ~banned


def program(question: Question) -> Program:
    """The question as a mixed-integer program: sites, rows, and rows covered twice."""
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    rows = question.relation
    n, m, twice = rows.n_sites, rows.n_rows, np.flatnonzero(question.more > 0)
    covered = [rows.matrix(), -eye_array(m), -eye_array(m).tocsr()[:, twice]]
    number = csr_array((np.ones(n), np.arange(n), [0, n]), shape=(1, n + m + len(twice)))
    columns = n + m + len(twice)
    return Program(
        rows=vstack([hstack(covered), number]).tocsr(),
        low=np.append(np.zeros(m), -np.inf),
        high=np.append(np.full(m, np.inf), float(question.p)),
        cost=np.concatenate((np.zeros(n), question.weight, question.more[twice])),
        lower=np.zeros(columns),
        upper=np.ones(columns),
        whole=np.arange(columns) < n,
        maximise=True,
    )


def _columns(question: Question, chosen: Bool | None) -> Float | None:
    """Values of the program's columns of a plan."""
    if chosen is None:
        return None
    rows, count = question.relation, np.empty(question.relation.n_rows)
    x = chosen.astype(np.float64)
    kernels.gather(rows.start, rows.site, x, count)
    return np.concatenate((x, np.minimum(count, 1.0), np.clip(count[question.more > 0] - 1, 0.0, 1.0)))
