"""A plan of a maximal cover while it is made: chosen, exchanged site by site, annealed."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import annealing, kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.maximal import Question
    from chargegeo.siting.saddle import Point

    Long = NDArray[np.int64]
    Float = NDArray[np.float64]
    Bool = NDArray[np.bool_]
    Searches = tuple[tuple[int, int, float], ...]

LOOK = 1e7  # pairs and chosen sites looked at between two looks at the clock: some hundredths of a second
LOOKS = 40  # so often in one search by exchange: it ends by work, not by the clock
ANNEAL = 1e8  # the same for annealing
COOLINGS = 40  # so many steps, at least, in which the heat falls
COLD = 0.2  # heat in the end, as a part of the heat in the beginning
# sites for each to be chosen that a search is kept to, sites drawn in it, and its heat as a part of what a site adds
SEARCHES = ((5, 300_000, 0.03), (16, 500_000, 0.04), (40, 600_000, 0.02))
SHORT = ((5, 50_000, 0.03),)  # the same where HiGHS may close the rest
SHARE = 1e-3  # part of a site in the relaxation that counts


class Plan:
    """A plan while it is made, with the tally of its rows."""

    def __init__(self, question: Question) -> None:
        rows = question.relation
        self.question = question
        self.pairs = (rows.start, rows.site, rows.begin, rows.row)
        self.of = (question.weight, question.more)
        zero = np.zeros(rows.n_rows, np.int64)
        gain = np.empty(rows.n_sites)
        kernels.gather(rows.begin, rows.row, question.weight, gain)
        self.tally = (zero.astype(np.int32), zero, zero.copy(), gain, np.zeros(rows.n_sites))
        self.chosen = np.zeros(rows.n_sites, dtype=np.bool_)
        self.least = 1e-9 * float(question.weight.sum())

    def choose(self, sites: Long) -> Plan:
        """Choose these."""
        for site in sites[: self.question.p]:
            self.chosen[site] = True
            kernels.change(self.pairs, self.of, self.tally, site, 1)
        return self

    def without_idle(self) -> Plan:
        """Let sites go that add nothing, the last first."""
        for site in np.flatnonzero(self.chosen)[::-1]:
            if self.tally[4][site] <= self.least * 1e-3:
                self.chosen[site] = False
                kernels.change(self.pairs, self.of, self.tally, site, -1)
        return self

    def begin(self, sites: Long) -> Plan:
        """Choose these, then what adds most."""
        self.choose(sites)
        kernels.fill(self.pairs, self.of, self.tally, self.chosen, self.question.p)
        return self

    def exchange(self, until: float) -> Plan:
        """Exchange single sites while that gains, within the work and the time allowed."""
        rows = self.question.relation
        each = max(int(LOOK / (len(rows.site) / rows.n_sites + self.question.p)), 1)
        order, at, n_done = np.argsort(-self.tally[3], kind="stable"), 0, 0
        for _ in range(LOOKS):
            asked = (order[at : at + each], self.least)
            n_done += kernels.exchange(self.pairs, self.of, self.tally, self.chosen, asked)
            at += each
            if perf_counter() > until or (at >= len(order) and n_done == 0):
                break
            if at >= len(order):
                order, at, n_done = np.argsort(-self.tally[3], kind="stable"), 0, 0
        return self

    def annealed(self, ends: tuple[float, float], asked: tuple[int, float], seed: int) -> Plan:
        """The best plan found by exchanges that may lose, until good enough; ``asked`` are their number and heat."""
        (enough, until), (steps, heat) = ends, asked
        rows, n_pairs = self.question.relation, len(self.question.relation.site)
        looked = 4 * (n_pairs / rows.n_sites + self.question.p)
        each = ANNEAL / (looked + n_pairs**2 / (5 * rows.n_sites * max(rows.n_rows, 1)))
        turns = max(round(steps / each), COOLINGS)
        best, value = self.chosen.copy(), np.full(2, self.worth())
        heat *= float(np.mean(self.tally[4], where=self.chosen)) if self.chosen.any() else 0.0
        for turn in range(turns):
            if value[0] >= enough or perf_counter() > until:
                break
            chance, now = np.random.default_rng([seed, turn]), (heat * COLD ** (turn / turns), self.least)
            lots = chance.random(steps // turns), chance.standard_exponential(steps // turns)
            annealing.anneal(self.pairs, self.of, self.tally, self.chosen, (best, value), now, lots)
        return Plan(self.question).choose(np.flatnonzero(best)).exchange(until)

    def worth(self) -> float:
        """What the plan is worth."""
        return float(kernels.value(self.of, self.tally[0]))


def mended(
    question: Question, best: Plan, point: Point, ends: tuple[float, float], asked: tuple[Searches, int]
) -> Plan:
    """The plan bettered among the sites that the relaxation likes, more of them each time.

    Few sites make few distinct rows, so that a search among them takes a small part of the time; in the end all
    sites may come in again. ``ends`` are what is good enough and the clock, ``asked`` the searches and the seed.
    """
    (enough, until), (searches, seed) = ends, asked
    for size, steps, heat in searches:
        if best.worth() >= enough or perf_counter() > until:
            break
        core = _core(point, best.chosen, size * question.p)
        small, _ = question.part(np.zeros_like(core), core)
        plan = Plan(small).begin(np.flatnonzero(best.chosen[core])).annealed(ends, (steps, heat), seed)
        back = Plan(question).begin(np.flatnonzero(core)[plan.chosen]).exchange(until)
        best = max(best, back, key=Plan.worth)
        if core.all():
            break
    return best


def _core(point: Point, chosen: Bool, size: int) -> Bool:
    """The sites of a plan, those with the largest shares in the relaxation, then those that earn most."""
    score = np.where(chosen, np.inf, np.where(point.x > SHARE, 1.0 + point.x, 0.0))
    core = np.zeros(len(chosen), dtype=np.bool_)
    core[np.lexsort((-point.earned, -score))[: max(size, int(chosen.sum()))]] = True
    return core
