"""Bounds of cover models by a first-order method on their linear relaxation.

The relaxation is a saddle: shares ``x`` of sites against prices ``u`` of rows. The primal-dual hybrid gradient method
(Chambolle and Pock 2011) with diagonal steps (Pock and Chambolle 2011) and restarts from averages (Applegate et al.
2021) walks towards it. Any prices give a bound, so that no tolerance is trusted: the bound is counted from them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from chargegeo.siting import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.relation import Relation

    Float = NDArray[np.float64]

ENOUGH = 0.05  # part of the open gap that more steps could close, below which they are not made
EVERY = 20  # steps between two looks at the bound
PARALLEL, MOST_THREADS = 500_000, 4  # pairs above which rows are summed in several threads


class Model(Protocol):
    """A cover model as a saddle, to be maximised over ``x``; sums over rows and sites are given."""

    def prices(self, u: Float, covered: Float, step: Float) -> Float:
        """Prices after a step against ``covered`` (the shares that cover each row)."""

    def shares(self, x: Float, earned: Float, step: Float) -> Float:
        """Shares after a step along ``earned`` (the prices that each site earns)."""

    def reached(self, x: Float, covered: Float) -> float:
        """Value of the relaxation that these shares reach, or nearly: only to see when to stop."""

    def bound(self, u: Float, earned: Float) -> float:
        """No plan is above this."""

    def scales(self, relation: Relation) -> tuple[Float, Float]:
        """Steps of prices and of shares."""

    def first(self, covered: Float) -> Float:
        """Prices to begin with."""


@dataclass(frozen=True)
class Maximal:
    """At most ``p`` sites: as much weight as can be; see :mod:`chargegeo.siting.kernels`."""

    weight: Float
    more: Float
    p: int

    def prices(self, u: Float, covered: Float, step: Float) -> Float:
        """Step down; the slope of what is left over changes at ``more`` and ends at ``weight``."""
        v = u - step * covered
        above = np.minimum(v + step, self.weight)
        if not self.more.any():
            return np.maximum(above, 0.0)
        return np.maximum(np.where(above >= self.more, above, np.minimum(v + 2 * step, self.more)), 0.0)

    def shares(self, x: Float, earned: Float, step: Float) -> Float:
        """Step up, then back onto ``p`` sites, each at most once."""
        return onto(x + step * earned, step, self.p)

    def reached(self, x: Float, covered: Float) -> float:  # noqa: ARG002 - as the other model
        """Weight reached by shares."""
        first, second = np.minimum(covered, 1.0), np.clip(covered - 1.0, 0.0, 1.0)
        return float(self.weight @ first + self.more @ second)

    def bound(self, u: Float, earned: Float) -> float:
        """What the prices leave of the weights, and the earnings of the best sites."""
        left = np.maximum(self.weight - u, 0.0).sum() + np.maximum(self.more - u, 0.0).sum()
        return float(left + np.sort(earned)[::-1][: self.p].sum())

    def first(self, covered: Float) -> Float:
        """Of what a plan leaves out all of its weight, of what it covers once half of it."""
        return self.weight * np.clip(1.0 - covered / 2, 0.0, 1.0)

    def scales(self, relation: Relation) -> tuple[Float, Float]:
        """Rows count by weight."""
        earns = np.zeros(relation.n_sites)
        kernels.gather(relation.begin, relation.row, self.weight, earns)
        return self.weight / np.maximum(np.diff(relation.start), 1), 1 / np.maximum(
            earns, earns.max() * 1e-6 + 1e-300
        )


@dataclass(frozen=True)
class Least:
    """Every row ``need`` times at least cost: negated, so that it is maximised."""

    cost: Float
    need: Float

    def prices(self, u: Float, covered: Float, step: Float) -> Float:
        """Prices rise where a row is not covered."""
        return np.maximum(u + step * (self.need - covered), 0.0)

    def shares(self, x: Float, earned: Float, step: Float) -> Float:
        """Sites that earn more than their cost grow."""
        return np.clip(x + step * (earned - self.cost), 0.0, 1.0)

    def reached(self, x: Float, covered: Float) -> float:
        """Cost of the shares scaled up until every row is covered."""
        worst = float(np.min(covered / self.need, initial=1.0))
        return -float(self.cost @ x) / worst if worst > 0 else -np.inf

    def bound(self, u: Float, earned: Float) -> float:
        """The prices of the rows, less what sites earn above their cost."""
        return -float(self.need @ u - np.maximum(earned - self.cost, 0.0).sum())

    def first(self, covered: Float) -> Float:
        """None."""
        return np.zeros_like(covered)

    def scales(self, relation: Relation) -> tuple[Float, Float]:
        """Rows by their length, sites by theirs."""
        length, rows = np.diff(relation.start), np.diff(relation.begin)
        typical = float(self.cost.mean()) if len(self.cost) else 1.0
        return typical / np.maximum(length, 1), 1 / (typical * np.maximum(rows, 1))


def onto(z: Float, step: Float, p: int) -> Float:
    """The point nearest to ``z`` (in the metric of the steps) with entries from 0 to 1 that add up to ``p``."""
    if p >= len(z):
        return np.ones(len(z))
    found = np.empty(len(z))
    kernels.onto(z, step, p, found)
    return found


@dataclass(frozen=True)
class Point:
    """Shares and the value they reach; prices, what they earn each site, and the bound; weight of prices."""

    x: Float
    reached: float
    u: Float
    earned: Float
    bound: float
    omega: float = 1.0


class Sums:
    """Sums over rows and over sites of a relation, in several threads where it is large; the sums are the same."""

    def __init__(self, relation: Relation, pool: ThreadPoolExecutor) -> None:
        n = min(os.cpu_count() or 1, MOST_THREADS) if len(relation.site) > PARALLEL else 1
        self._pool = pool
        self._rows = [(a, relation.site) for a in _cut(relation.start, n)]
        self._sites = [(a, relation.row) for a in _cut(relation.begin, n)]

    def rows(self, x: Float) -> Float:
        """Sum of ``x`` over each row's sites."""
        return self._sums(self._rows, x)

    def sites(self, u: Float) -> Float:
        """Sum of ``u`` over each site's rows."""
        return self._sums(self._sites, u)

    def _sums(self, parts: list[tuple[NDArray[np.int64], NDArray[np.int32]]], values: Float) -> Float:
        found = [np.empty(len(start) - 1) for start, _ in parts]
        calls = [(*part, values, into) for part, into in zip(parts, found, strict=True)]
        others = [self._pool.submit(kernels.gather, *call) for call in calls[1:]]
        kernels.gather(*calls[0])
        for other in others:
            other.result()
        return found[0] if len(found) == 1 else np.concatenate(found)


def _cut(start: NDArray[np.int64], n: int) -> list[NDArray[np.int64]]:
    """Rows in ``n`` runs of nearly as many pairs."""
    cuts = np.searchsorted(start, np.linspace(0, start[-1], n + 1)[1:-1])
    ends = np.concatenate(([0], cuts, [len(start) - 1]))
    return [start[a : b + 1] for a, b in pairwise(ends)]


@dataclass(frozen=True)
class Stop:
    """When to stop: steps, the clock, a bound as good as wanted (``known`` and ``gap``)."""

    steps: int
    until: float
    known: float
    gap: float

    def good(self, best: Point) -> bool:
        """Whether more steps can hardly mend the bound, or it is good enough."""
        open_part = best.bound - self.known
        return open_part <= self.gap * abs(self.known) or best.bound - best.reached <= ENOUGH * open_part


@dataclass(frozen=True)
class State:
    """Shares and prices with their sums over rows and sites, which are linear and go with them."""

    x: Float
    u: Float
    covered: Float
    earned: Float

    def towards(self, other: State, part: float) -> State:
        """The point a part of the way to another."""
        mine, theirs = vars(self).values(), vars(other).values()
        return State(*(a + part * (b - a) for a, b in zip(mine, theirs, strict=True)))


def begin(model: Model, relation: Relation, x: Float) -> Point:
    """Shares to begin with, and the first prices."""
    covered, earned = np.empty(relation.n_rows), np.empty(relation.n_sites)
    kernels.gather(relation.start, relation.site, x, covered)
    u = model.first(covered)
    kernels.gather(relation.begin, relation.row, u, earned)
    return Point(x, model.reached(x, covered), u, earned, model.bound(u, earned))


def climb(model: Model, relation: Relation, best: Point, stop: Stop) -> Point:
    """The best shares and the best bound found on from ``best``."""
    if stop.good(best):
        return best
    with ThreadPoolExecutor(MOST_THREADS) as pool:
        return _climbed(model, relation, Sums(relation, pool), best, stop)


def _climbed(model: Model, relation: Relation, sums: Sums, best: Point, stop: Stop) -> Point:
    (sigma, tau), omega = model.scales(relation), best.omega
    anchor = at = State(best.x, best.u, sums.rows(best.x), best.earned)
    k, first, last = 0, np.inf, np.inf
    for step in range(1, stop.steps + 1):
        to = _step(model, sums, at, (sigma * omega, tau / omega))
        k += 1
        moved = _distance(at, to, omega, sigma, tau) if k == 1 or step % EVERY == 0 else last
        first = moved if k == 1 else first
        late = perf_counter() > stop.until
        if step % EVERY == 0 or late:
            best = _better(best, _point(model, to, omega))
            if late or stop.good(best):
                break
            if moved <= 0.2 * first or last < moved <= 0.8 * first or k >= max(0.36 * step, 2 * EVERY):
                omega = _balance(omega, anchor, to, sigma, tau)
                anchor, at, k, last = to, to, 0, np.inf
                continue
            last = moved
        # Halpern: reflect, then a little back to where the round began
        at = at.towards(to, 2.0).towards(anchor, 1 / (k + 1))
    return best


def _step(model: Model, sums: Sums, at: State, steps: tuple[Float, Float]) -> State:
    """One step of the primal-dual method."""
    sigma, tau = steps
    x = model.shares(at.x, at.earned, tau)
    covered = sums.rows(x)
    u = model.prices(at.u, 2 * covered - at.covered, sigma)
    return State(x, u, covered, sums.sites(u))


def _point(model: Model, at: State, omega: float) -> Point:
    reached, bound = model.reached(at.x, at.covered), model.bound(at.u, at.earned)
    return Point(at.x, reached, at.u, at.earned, bound, omega)


def _better(a: Point, b: Point) -> Point:
    """The shares that reach more and the prices that bound more tightly."""
    x, reached = (b.x, b.reached) if b.reached > a.reached else (a.x, a.reached)
    u, earned, bound = (b.u, b.earned, b.bound) if b.bound < a.bound else (a.u, a.earned, a.bound)
    return Point(x, reached, u, earned, bound, b.omega)


def _moved(a: State, b: State, sigma: Float, tau: Float) -> tuple[float, float]:
    """How far prices and shares lie apart, in the metric of the steps."""
    apart_u = float(np.sqrt(np.sum((a.u - b.u) ** 2 / np.maximum(sigma, 1e-300))))
    return apart_u, float(np.sqrt(np.sum((a.x - b.x) ** 2 / np.maximum(tau, 1e-300))))


def _distance(a: State, b: State, omega: float, sigma: Float, tau: Float) -> float:
    apart_u, apart_x = _moved(a, b, sigma, tau)
    return float(np.hypot(apart_u / np.sqrt(omega), apart_x * np.sqrt(omega)))


def _balance(omega: float, since: State, to: State, sigma: Float, tau: Float) -> float:
    """Weight of prices against shares, from how far both moved since the last restart."""
    moved_u, moved_x = _moved(since, to, sigma, tau)
    if moved_u <= 1e-10 or moved_x <= 1e-10:
        return omega
    return float(np.exp(0.5 * np.log(moved_u / moved_x) + 0.5 * np.log(omega)))
