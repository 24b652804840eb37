"""The p-median: the sites from which all demand has the least way in all."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault
from chargegeo.siting import distances, highs, interchange, lagrange, questions, verify
from chargegeo.siting.solution import Solution, gap_of, judged, no_plan
from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Sparse = tuple[Ints, Ints, Floats]

BATCHES = 60  # at most so many times the bound is raised and its sites are swapped
ROUNDS = 50  # steps of a batch
FIRST = 0.5  # length of the first step; a long one throws the prices away with which it begins
KICKS = 60  # so many times a few sites are thrown out at random where no proof was found
MOST_ARCS = 400_000  # beyond this exact search does not end in minutes
METHOD = "greedy, interchange, Lagrangian bound"


@dataclass(frozen=True, eq=False)
class _World:
    """Weighted costs by row and by column, each sorted; what must be open, and how many."""

    rows: Sparse
    columns: Sparse
    far: Floats  # price of a place that is not served
    locked: Flags
    p: int
    whole: bool  # all costs are whole numbers, and so is the best

    @property
    def pairs(self) -> int:
        return len(self.rows[1])


@dataclass(frozen=True, eq=False)
class _Found:
    """The best choice so far and the best bound, with the prices that prove it."""

    opened: Flags
    cost: float
    bound: float
    price: Floats

    def gap(self) -> float:
        return gap_of(self.cost, self.bound)


def p_median(
    distance: csr_array, weight: ArrayLike, *, p: int, fixed: ArrayLike | None = None,
    unserved: float | None = None, time_limit: float = 60.0, gap: float = 1e-4, seed: int = 0,
) -> Solution:  # fmt: skip
    """The ``p`` sites from which the weighted distance to all demand is least.

    Greedy opening and swaps, then a Lagrangian bound whose sites are swapped in turn; what the bound cannot rule
    out is searched exactly where that is small enough. Everything is counted in rounds, so that the same input
    gives the same sites unless the time runs out.

    Parameters
    ----------
    distance
        Way from site to demand (demand, site), stored only where a site is within reach; a stored 0 counts,
        and of a pair stored twice the shorter way.
    weight
        Weight of each place of demand (demand,), not negative.
    p
        Number of sites, the fixed ones among them.
    fixed
        Sites that are open in any case.
    unserved
        Distance that a place without an open site in reach counts with; without it every place must be served.
    time_limit
        Seconds.
    gap
        Share of the objective by which a choice may at most be bettered to be called optimal.
    seed
        Seed of the search.

    Raises
    ------
    StudyFault
        Numbers that fit nowhere; all of them at once.

    Notes
    -----
    Infeasible where a place has no site in reach at all, with ``siting_out_of_reach`` for each, or where ``p``
    sites cannot reach all.
    """
    began, effort = time.perf_counter(), highs.Effort(time_limit, gap, seed)
    distance = questions.relation("distance", distance)
    distances.accept(distance, weight, p, fixed, effort)
    questions.accept(questions.numbers("unserved", [0.0 if unserved is None else unserved], 1))
    weights, locked = (
        np.asarray(weight, dtype=np.float64),
        questions.mask(questions.known(fixed), distance.shape[1]),
    )
    if clash := distances.clash(distance, locked, p, all_served=unserved is None):
        return no_plan(SolveStatus.INFEASIBLE, time.perf_counter() - began, METHOD, *clash)
    world = _world(distance, weights, locked, p, unserved)
    start = _begun(world, locked)
    if unserved is None and not _all_served(distance, start):
        reaching = _reaching(distance, locked, world.p, began + time_limit)
        if isinstance(reaching, Fault):
            return no_plan(SolveStatus.INFEASIBLE, time.perf_counter() - began, METHOD, reaching)
        start = _begun(world, reaching)
    found, method = _search(world, start, began + time_limit, effort)
    sites = np.flatnonzero(found.opened)
    cost = recounted(distance, weights, sites, unserved)
    if math.isnan(cost):
        return no_plan(SolveStatus.TIME_OUT, time.perf_counter() - began, method)
    bound = min(found.bound, cost)
    solution = Solution(sites, cost, bound, judged(cost, bound, gap), time.perf_counter() - began, method)
    again = verify.recheck(solution, cost, n_sites=len(locked), p=p, fixed=np.flatnonzero(locked))
    return verify.confirmed(solution, again)


def recounted(distance: csr_array, weight: Floats, sites: Ints, unserved: float | None) -> float:
    """Cost of some open sites, counted from the distances alone; null if someone is not served."""
    reached = distance.tocsc()[:, sites].tocsr()
    counts = np.diff(reached.indptr)
    nearest = np.full(len(counts), math.nan if unserved is None else unserved)
    filled = np.flatnonzero(counts)
    nearest[filled] = np.minimum.reduceat(reached.data, reached.indptr[filled]) if len(filled) else 0.0
    if unserved is not None:
        nearest = np.minimum(nearest, unserved)
    return math.fsum(np.where(weight > 0, nearest * weight, 0.0 * nearest))


def _all_served(distance: csr_array, opened: Flags) -> bool:
    """Whether each place has an open site in reach."""
    place = np.repeat(np.arange(distance.shape[0]), np.diff(distance.indptr))
    return bool((np.bincount(place, opened[distance.indices], minlength=distance.shape[0]) > 0).all())


def _begun(world: _World, opened: Flags) -> Flags:
    """A choice that holds these sites, by greedy opening."""
    more = opened.copy()
    interchange.greedy(world.rows, world.columns, more, world.far, world.p)
    return more


def _reaching(distance: csr_array, locked: Flags, p: int, until: float) -> Flags | Fault:
    """Sites that reach everyone, or the proof that ``p`` cannot; the locked ones alone if neither was found."""
    opened, needed = distances.cover(distance, math.inf, locked, until)
    if needed > p:
        return Fault("siting_too_few_sites", value=p, params={"needed": needed})
    return opened if int(opened.sum()) <= p else locked


def _world(distance: csr_array, weight: Floats, locked: Flags, p: int, unserved: float | None) -> _World:
    from scipy.sparse import csr_array

    place = np.repeat(np.arange(distance.shape[0]), np.diff(distance.indptr))
    cost, site = distance.data * weight[place], distance.indices.astype(np.int64)
    far = np.full(len(weight), cost.max(initial=0.0) * len(weight) + 1.0)  # dearer than anything else
    if unserved is not None:
        far = weight * unserved
        near = cost < far[place]
        place, cost, site = place[near], cost[near], site[near]
    indptr = np.append(0, np.cumsum(np.bincount(place, minlength=len(weight))))
    turned = csr_array((cost, site, indptr), shape=distance.shape).tocsc()
    again = turned.tocsr()  # with sites ascending in each row
    indptr = again.indptr.astype(np.int64)
    whole = bool((cost == np.rint(cost)).all() and (far == np.rint(far)).all())
    return _World(
        (indptr, *interchange.by_cost(indptr, again.indices.astype(np.int64), again.data)),
        (turned.indptr.astype(np.int64), turned.indices.astype(np.int64), turned.data),
        far, locked, min(int(p), len(locked)), whole,
    )  # fmt: skip


def _search(world: _World, start: Flags, until: float, effort: highs.Effort) -> tuple[_Found, str]:
    """Swaps, bound, exact search and kicks, until the gap is proved or the time is over."""
    opened = start.copy()
    cost = interchange.interchange(world.rows, world.columns, opened, world.locked, world.far)
    found = _raised(world, _Found(opened, cost, -math.inf, np.zeros(0)), until, effort.gap)
    if found.gap() > effort.gap and time.perf_counter() < until:
        found = _kicked(world, found, until, effort.seed)
        exact = _exact(world, found, replace(effort, time_limit=until - time.perf_counter()))
        if exact is not None:
            return exact, f"{METHOD}, HiGHS on what the bound leaves"
    return found, METHOD


def _better(world: _World, found: _Found, opened: Flags) -> _Found:
    """The better of the best choice and this one after swaps."""
    opened = opened.copy()
    cost = interchange.interchange(world.rows, world.columns, opened, world.locked, world.far)
    return replace(found, opened=opened, cost=cost) if cost < found.cost * (1 - 1e-12) else found


def _raised(world: _World, found: _Found, until: float, gap: float) -> _Found:
    """Raise the bound in batches; the sites that it takes are swapped after each."""
    served = interchange.nearest(world.rows, found.opened, world.far)
    price, length = (served[1] + served[3]) / 2, FIRST
    price = np.where(served[2] < 0, served[1], price)
    for _ in range(BATCHES):
        goal = (world.p, found.cost, ROUNDS, length)
        bound, price, taken, length = lagrange.climb(world.rows, price, world.far, world.locked, goal)
        if bound > found.bound:
            found = replace(found, bound=_lifted(world, bound), price=price)
        found = _better(world, found, taken)
        if found.gap() <= gap or length < 1e-3 or time.perf_counter() > until:
            break
    return found


def _lifted(world: _World, bound: float) -> float:
    """A bound of whole costs is a whole number."""
    return math.ceil(bound - 1e-6) if world.whole and abs(bound) < 1e9 else bound


def _kicked(world: _World, found: _Found, until: float, seed: int) -> _Found:
    """Throw out a few sites at random, put others in, swap again."""
    rng = np.random.default_rng(seed)
    for _ in range(KICKS):
        if time.perf_counter() > until:
            break
        opened = found.opened.copy()
        free = np.flatnonzero(opened & ~world.locked)
        closed = np.flatnonzero(~opened)
        k = min(2 + int(rng.integers(0, 1 + len(free) // 5)), len(free), len(closed))
        opened[rng.choice(free, k, replace=False)] = False
        opened[rng.choice(closed, k, replace=False)] = True
        found = _better(world, found, opened)
    return found


def _exact(world: _World, found: _Found, effort: highs.Effort) -> _Found | None:
    """The best choice among what the bound does not rule out; null if that is too much, or nothing comes of it."""
    program = _left_over(world, found)
    if program is None or effort.time_limit <= 0:
        return None
    answer = highs.solve(program, effort)
    n = len(world.locked)
    if answer.status == SolveStatus.INFEASIBLE:  # nothing that is left beats what we have
        return replace(found, bound=found.cost)
    bound = (
        max(found.bound, min(_lifted(world, answer.bound), found.cost))
        if answer.bound == answer.bound
        else found.bound
    )
    if answer.x is None:
        return replace(found, bound=bound)
    opened = answer.x[:n] > 0.5
    return replace(_better(world, found, opened), bound=bound)


def _left_over(world: _World, found: _Found) -> highs.Program | None:
    """The program of the sites and pairs that a better choice may hold.

    A pair is ruled out where the bound with this pair in it is above the best cost; a site likewise, or it must
    be open because the bound without it is.
    """
    value = lagrange.worth(world.rows, found.price, len(world.locked))
    taken = lagrange.chosen(value, world.locked, world.p)
    bound = found.price.sum() + value[taken].sum()
    room = found.cost - bound + 1e-9 * abs(found.cost)
    worst, best = value[taken].max(), value[~taken].min(initial=0.0)
    into = np.where(taken, 0.0, value - worst)
    out = np.where(taken & ~world.locked, best - value, math.inf if taken.all() else 0.0)
    indptr, site, cost = world.rows
    place = np.repeat(np.arange(len(world.far)), np.diff(indptr))
    over = np.maximum(cost - found.price[place], 0.0)
    kept = np.flatnonzero(over + into[site] <= room)
    if len(kept) > MOST_ARCS:
        return None
    lower = (world.locked | (taken & (out > room))).astype(float)
    upper = (into <= room).astype(float)
    limits = np.stack([lower, np.maximum(lower, upper)])
    return _program(world, place[kept], site[kept], cost[kept], limits)


def _program(world: _World, place: Ints, site: Ints, cost: Floats, limits: Floats) -> highs.Program:
    """The p-median by radii: Elloumi, Labbe and Pochet, INFORMS Journal on Computing 16 (2004).

    Columns: sites; for each distinct cost of a place, whether no open site serves it at that cost or less, priced
    at the step to its next cost; a constant, with the places that no pair serves. Rows: a step is open if the one
    before is and no site closes it.
    """
    from scipy.sparse import csr_array

    n, a = len(world.locked), len(place)
    new = np.append(True, (np.diff(place) != 0) | (np.diff(cost) > 0))[:a]
    head = np.append(True, np.diff(place) != 0)[:a][new]  # the first step of a place
    step, steps = np.cumsum(new) - 1, int(new.sum())
    onward = np.append(cost[new][1:], 0.0)
    last = np.append(head[1:], True)[:steps]
    onward[last] = world.far[place[new][last]]
    own = np.arange(steps)
    left_out = np.delete(world.far, place).sum()
    rows = np.concatenate([own, own[~head], step, np.full(n, steps)])
    columns = np.concatenate([n + own, n + own[~head] - 1, site, np.arange(n)])
    values = np.concatenate([np.ones(steps), -np.ones(int((~head).sum())), np.ones(a), np.ones(n)])
    size = n + steps + 1
    return highs.Program(
        csr_array((values, (rows, columns)), shape=(steps + 1, size)),
        low=np.append(np.where(head, 1.0, 0.0), world.p),
        high=np.append(np.full(steps, math.inf), world.p),
        cost=np.concatenate([np.zeros(n), onward - cost[new], [cost[new][head].sum() + left_out]]),
        lower=np.concatenate([limits[0], np.zeros(steps), [1.0]]),
        upper=np.concatenate([limits[1], np.ones(steps + 1)]),
        whole=np.arange(size) < n,
        maximise=False,
    )
