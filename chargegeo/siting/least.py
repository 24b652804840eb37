"""Set cover: what can be left out is left out; HiGHS closes what it can, a search and a bound serve the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import kernels, saddle, weighing
from chargegeo.siting.highs import Effort, Program, solve
from chargegeo.siting.maximal import Found

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.relation import Relation

    Long = NDArray[np.int64]
    Float = NDArray[np.float64]
    Bool = NDArray[np.bool_]

WORK = 4e9  # pairs that the search may look at: it ends by work, not by the clock
STEPS = 1000
BEFORE = 0.25  # part of the time after which no more is left out
SEARCH = (
    0.5  # part of the time after which no cheaper cover is sought: without time for it a bound says nothing
)
AFTER = 0.5  # part of the time that is kept for HiGHS when the bound is sought
PART = 0.8  # part of the time left that HiGHS may take; the search goes on where it did not close
# what HiGHS is given to close, after what can be left out has gone: so much if no more than a part is open, and so
# much in any case
EXACT_PAIRS, HOPE, EASY_PAIRS = 400_000, 0.05, 60_000


@dataclass(frozen=True)
class Question:
    """Cover every row ``need`` times at least ``cost``."""

    relation: Relation
    need: NDArray[np.int32]
    cost: Float

    def round_up(self, bound: float) -> float:
        """The bound, at the next multiple above where all costs are whole; a rounding error below else."""
        if np.all(self.cost == np.rint(self.cost)) and len(self.cost):
            unit = float(np.gcd.reduce(self.cost.astype(np.int64))) or 1.0
            return unit * math.ceil((bound * (1 - 1e-12) - 1e-6) / unit)
        return bound * (1 - 1e-12)


def search(question: Question, effort: Effort, start: Bool | None = None) -> Found:
    """The cheapest cover that is found, and a bound; every row must be coverable."""
    until = perf_counter() + effort.time_limit
    small, forced, free = reduced(question, perf_counter() + effort.time_limit * BEFORE)
    done = float(question.cost[forced].sum())
    chosen = forced.copy()
    if small.relation.n_rows == 0:
        return Found(chosen, done, done, "nothing left to choose")
    inner = _searched(
        small, Effort(until - perf_counter(), effort.gap, effort.seed), _inside(small, start, free)
    )
    chosen[free] = inner.chosen
    return Found(chosen, done + inner.worth, done + inner.bound, inner.method)


def _inside(question: Question, start: Bool | None, free: Bool) -> Bool:
    """What is left of a plan to begin with."""
    return np.zeros(question.relation.n_sites, dtype=np.bool_) if start is None else start[free]


def _searched(question: Question, effort: Effort, start: Bool) -> Found:
    until = perf_counter() + effort.time_limit
    nothing = np.zeros_like(start)
    covers = [cover(question, begun) for begun in ([nothing, start] if start.any() else [nothing])]
    best = min(covers, key=question.cost.dot)
    exact = len(question.relation.site) <= EXACT_PAIRS
    enough = until - effort.time_limit * (1 - SEARCH)
    best = _weighed(question, best, effort.seed, WORK / 20 if exact else WORK, enough)
    worth = float(question.cost @ best)
    model = saddle.Least(question.cost, question.need.astype(np.float64))
    kept = effort.time_limit * AFTER if exact else 0.0
    stop = saddle.Stop(STEPS, until - kept, -worth, effort.gap)
    begun = saddle.begin(model, question.relation, best.astype(np.float64))
    point = saddle.climb(model, question.relation, begun, stop)
    bound = min(question.round_up(-point.bound), worth)
    found = Found(best, worth, bound, "reduction, search by weights; bound by prices")
    if exact and _open(found, effort.gap) and _hopeful(question, found) and perf_counter() < until:
        # a plan that is better has no site that earns too little for its cost
        open_sites = question.cost - point.earned <= worth + point.bound * (1 - 1e-12)
        left = PART * (until - perf_counter())
        found = _closed(question, found, open_sites, Effort(left, effort.gap, effort.seed))
    if exact and _open(found, effort.gap):
        best = _weighed(question, found.chosen, effort.seed + 1, WORK, until)
        found = replace(found, chosen=best, worth=float(question.cost @ best))
    return found


def _open(found: Found, gap: float) -> bool:
    """Whether a better cover is still to be looked for."""
    return found.worth - found.bound > gap * found.worth


def _hopeful(question: Question, found: Found) -> bool:
    """Whether HiGHS may close it: it is small, or little is left open."""
    return len(question.relation.site) <= EASY_PAIRS or found.worth - found.bound <= HOPE * found.worth


def reduced(question: Question, until: float) -> tuple[Question, Bool, Bool]:
    """The question without needless rows and sites; the sites that every plan has, and those still open.

    Again and again, until nothing more goes, or the time is over.
    """
    n = question.relation.n_sites
    forced, free = np.zeros(n, dtype=np.bool_), np.ones(n, dtype=np.bool_)
    while True:
        rows, sites = question.relation, question.relation.n_sites
        short = np.diff(rows.start) <= question.need
        must = np.zeros(sites, dtype=np.bool_)
        must[rows.site[np.repeat(short, np.diff(rows.start))]] = True
        count = np.empty(rows.n_rows)
        kernels.gather(rows.start, rows.site, must.astype(np.float64), count)
        need = np.maximum(question.need - count, 0).astype(np.int32)
        kept = ~must
        smaller = rows.take(need > 0, kept)
        need, cost = need[need > 0], question.cost[kept]
        larger = weighing.needless(_pairs(smaller), need.astype(np.float64), True)
        smaller, need = smaller.take(~larger, np.ones(smaller.n_sites, dtype=np.bool_)), need[~larger]
        gone = np.diff(smaller.begin) == 0
        if np.all(need == 1):
            gone |= weighing.needless(_turned(smaller), cost, False)
        smaller = smaller.take(np.ones(smaller.n_rows, dtype=np.bool_), ~gone)
        forced[np.flatnonzero(free)[must]] = True
        kept[np.flatnonzero(kept)[gone]] = False
        free[np.flatnonzero(free)[~kept]] = False
        before, question = question, Question(smaller, need, cost[~gone])
        same = smaller.n_rows == before.relation.n_rows and smaller.n_sites == before.relation.n_sites
        if same or perf_counter() > until:
            return question, forced, free


def _pairs(rows: Relation) -> kernels.Pairs:
    return rows.start, rows.site, rows.begin, rows.row


def _turned(rows: Relation) -> kernels.Pairs:
    return rows.begin, rows.row, rows.start, rows.site


def _tally(question: Question, chosen: Bool) -> tuple[kernels.Worth, kernels.Tally]:
    """Every row weighs one, once for each time that it needs a site."""
    rows = question.relation
    weight, more = np.ones(rows.n_rows), (question.need > 1).astype(np.float64)
    zero, gain = np.zeros(rows.n_rows, np.int64), np.diff(rows.begin).astype(np.float64)
    tally = (zero.astype(np.int32), zero, zero.copy(), gain, np.zeros(rows.n_sites))
    for site in np.flatnonzero(chosen):
        kernels.change(_pairs(rows), (weight, more), tally, int(site), 1)
    return (weight, more), tally


def cover(question: Question, begun: Bool) -> Bool:
    """A cover by greedy choice from what is begun, without needless sites."""
    chosen, dearest = begun.copy(), np.argsort(-question.cost, kind="stable")
    weighing.complete(_pairs(question.relation), *_tally(question, chosen), chosen, question.cost, dearest)
    return chosen


def _weighed(question: Question, best: Bool, seed: int, work: float, until: float) -> Bool:
    """A cheaper cover by the search that weighs rows, in rounds."""
    rows = question.relation
    reach = len(rows.site) ** 2 / (rows.n_sites * rows.n_rows)
    steps = int(np.clip(work / 10 / (2 * reach + 500), 100, 20_000))
    for turn in range(10):
        if perf_counter() > until:
            break
        worth, tally = _tally(question, best)
        asked, lots = (question.need, question.cost), np.random.default_rng([seed, turn]).random(steps)
        best = weighing.weigh(_pairs(rows), worth, tally, best.copy(), asked, lots)
    return best


def _closed(question: Question, found: Found, free: Bool, effort: Effort) -> Found:
    """The cover proved or bettered by HiGHS, with the sites that a better one may have."""
    rows = question.relation.take(np.ones(question.relation.n_rows, dtype=np.bool_), free)
    method = f"{found.method}; rest by HiGHS"
    if np.any(np.diff(rows.start) < question.need):  # no other plan is better
        return Found(found.chosen, found.worth, found.worth, method)
    begun = found.chosen[free].astype(np.float64) if not np.any(found.chosen & ~free) else None
    answer = solve(program(Question(rows, question.need, question.cost[free])), effort, begun)
    best, worth, bound = found.chosen, found.worth, found.bound
    if answer.x is not None:
        picked = np.zeros_like(best)
        picked[free] = answer.x > 0.5
        other = cover(question, picked)
        best = other if question.cost @ other < worth else best
        worth = float(question.cost @ best)
    if math.isfinite(answer.bound):
        bound = max(bound, question.round_up(answer.bound))
    return Found(best, worth, min(bound, worth), method)


def program(question: Question) -> Program:
    """The question as an integer program."""
    n, m = question.relation.n_sites, question.relation.n_rows
    return Program(
        rows=question.relation.matrix(),
        low=question.need.astype(np.float64),
        high=np.full(m, np.inf),
        cost=question.cost,
        lower=np.zeros(n),
        upper=np.ones(n),
        whole=np.ones(n, dtype=np.bool_),
        maximise=False,
    )
