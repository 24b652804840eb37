"""Cover models: as few sites as cover everything, or as much covered as so many sites can."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault
from chargegeo.siting import least, maximal, questions, relation, verify
from chargegeo.siting.highs import Effort
from chargegeo.siting.solution import Solution, judged, no_plan
from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    Float = NDArray[np.float64]
    Bool = NDArray[np.bool_]
    Long = NDArray[np.int64]


def maximal_cover(
    cover: csr_array,
    weight: ArrayLike,
    *,
    p: int,
    fixed: ArrayLike | None = None,
    backup: ArrayLike | None = None,
    start: ArrayLike | None = None,
    time_limit: float = 60.0,
    gap: float = 1e-4,
    seed: int = 0,
) -> Solution:
    """At most ``p`` sites that cover as much weight as can be (maximal covering location problem).

    Equal rows are merged. The plan comes from greedy choice, rounding, exchange and search; the bound from prices of
    rows (see :mod:`chargegeo.siting.saddle`), or from HiGHS where little enough is left open. Ends by amount of
    work, so that the same question gives the same plan, unless ``time_limit`` ends it before.

    Parameters
    ----------
    cover
        Rows are demand (m), columns sites (n); any entry but zero says that the site serves the demand.
    weight
        Weight of each demand row (m,), not below 0: people, vehicles.
    p
        Number of sites, the fixed ones included. Sites that would add nothing are left out.
    fixed
        Sites that stand already or are decided.
    backup
        Weight (m,) that a row adds when a second site covers it too, not above ``weight``; none by default (Hogan
        and ReVelle 1986).
    start
        Sites of a plan to begin with; it is never made worse.
    time_limit
        Seconds after which the best plan so far is returned with its bound.
    gap
        Share of the objective by which a plan may at most be bettered to be called optimal.
    seed
        Seed of the search.

    Raises
    ------
    StudyFault
        Numbers that fit nowhere; all of them at once.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the RSA 32, 101-118.
    """
    begun, effort = perf_counter(), Effort(time_limit, gap, seed)
    rows = accept_plan("cover", cover, (fixed, start), effort)
    m = rows.shape[0]
    second = np.zeros(m) if backup is None else np.asarray(backup, dtype=np.float64)
    questions.accept(
        questions.numbers("weight", weight, m),
        questions.numbers("backup", second, m),
        questions.count("p", p, 0),
    )
    first = np.asarray(weight, dtype=np.float64)
    questions.accept(questions.below("backup", second, first))
    parts = (
        rows.indptr.astype(np.int64), rows.indices.astype(np.int32, copy=False), rows.shape[1], first, second,
    )  # fmt: skip
    return _most(
        parts, p, (fixed, start), effort, begun, lambda s: verify.weight_covered(rows, first, s, second)
    )


def gradual_cover(
    share: csr_array,
    weight: ArrayLike,
    *,
    p: int,
    fixed: ArrayLike | None = None,
    start: ArrayLike | None = None,
    time_limit: float = 60.0,
    gap: float = 1e-4,
    seed: int = 0,
) -> Solution:
    """At most ``p`` sites; each row counts by the largest share that a chosen site serves (gradual cover).

    Solved as a maximal cover with a row for each distinct share of each row, which is exact; so a few steps (all
    within 15 minutes, half within 30) take less time than a smooth curve. For the options see
    :func:`maximal_cover`.

    Parameters
    ----------
    share
        Rows are demand (m), columns sites (n); entries from 0 to 1.
    weight
        Weight of each demand row (m,), not below 0.

    References
    ----------
    Berman, O., Krass, D. and Drezner, Z. (2003). The gradual covering decay location problem on a network. European
    Journal of Operational Research 151, 474-480.
    """
    begun, effort = perf_counter(), Effort(time_limit, gap, seed)
    rows = accept_plan("share", share, (fixed, start), effort)
    questions.accept(
        questions.numbers("weight", weight, rows.shape[0]),
        questions.count("p", p, 0),
        questions.numbers("share", rows.data, rows.nnz),
        questions.below("share", rows.data, np.ones(rows.nnz)),
    )
    first = np.asarray(weight, dtype=np.float64)
    parts = _by_level(rows, first)
    return _most(parts, p, (fixed, start), effort, begun, lambda s: verify.share_covered(rows, first, s))


def set_cover(
    cover: csr_array,
    *,
    fixed: ArrayLike | None = None,
    cost: ArrayLike | None = None,
    times: int = 1,
    start: ArrayLike | None = None,
    time_limit: float = 60.0,
    gap: float = 1e-4,
    seed: int = 0,
) -> Solution:
    """The fewest or cheapest sites that cover every row (location set covering problem).

    Rows and sites that others make needless are left out; HiGHS closes what remains if it is small enough, else a
    search by weights gives the plan and prices of rows the bound. For the options see :func:`maximal_cover`.

    Parameters
    ----------
    cover
        Rows are demand (m), columns sites (n); any entry but zero says that the site serves the demand.
    fixed
        Sites that stand already or are decided; they are part of the plan and of its cost.
    cost
        Cost of each site (n,), above 0; one each by default.
    times
        By how many sites each row must be covered: 1, or 2 for a backup (Hogan and ReVelle 1986).

    Returns
    -------
    Solution
        ``infeasible`` where rows have too few sites: the clash holds these rows.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service facilities.
    Operations Research 19, 1363-1373.
    """
    begun, effort = perf_counter(), Effort(time_limit, gap, seed)
    rows = accept_plan("cover", cover, (fixed, start), effort)
    n, locked = rows.shape[1], questions.known(fixed)
    questions.accept(
        questions.numbers("cost", np.ones(n) if cost is None else cost, n, above_zero=True),
        questions.count("times", times, 1, most=2),
    )
    prices = np.ones(n) if cost is None else np.asarray(cost, dtype=np.float64)
    if len(short := np.flatnonzero(np.diff(rows.indptr) < times)):
        clash = Fault("siting_uncoverable", value=short.tolist(), params={"n": len(short), "times": times})
        return no_plan(SolveStatus.INFEASIBLE, perf_counter() - begun, "rows counted", clash)
    distinct, _ = relation.merged(rows.indptr.astype(np.int64), rows.indices.astype(np.int32, copy=False), n)
    held, free = questions.mask(locked, n), ~questions.mask(locked, n)
    need = np.maximum(times - distinct.matrix() @ held, 0).astype(np.int32)
    rest = least.Question(distinct.take(need > 0, free), need[need > 0], prices[free])
    found = least.search(rest, _left(effort, begun), _begin(start, n, free))
    sites = np.union1d(locked, np.flatnonzero(free)[found.chosen])
    value = verify.cost_of(cost, sites)
    bound = min(value, found.bound + verify.cost_of(cost, locked))
    status, seconds = judged(value, bound, gap), perf_counter() - begun
    solution = Solution(
        sites, found.worth + verify.cost_of(cost, locked), bound, status, seconds, found.method
    )
    bare = np.flatnonzero(verify.times_covered(rows, sites) < times)
    faults = verify.recheck(solution, value, n_sites=n, fixed=locked, uncovered=bare)
    return verify.confirmed(solution, faults, value)


def accept_plan(
    name: str, given: csr_array, plans: tuple[ArrayLike | None, ArrayLike | None], effort: Effort
) -> csr_array:
    """The relation in plain rows; refused is what is none, no list of its sites (fixed, start), or no effort."""
    rows = relation.plain(questions.relation(name, given))
    questions.accept(
        questions.finite(name, rows.data),
        questions.sites("fixed", plans[0], rows.shape[1]),
        questions.sites("start", plans[1], rows.shape[1]),
        questions.work(effort),
    )
    return rows


def _left(effort: Effort, begun: float) -> Effort:
    return Effort(max(effort.time_limit - (perf_counter() - begun), 0.0), effort.gap, effort.seed)


def _begin(start: ArrayLike | None, n: int, free: Bool) -> Bool | None:
    return None if start is None else questions.mask(questions.known(start), n)[free]


def _most(
    parts: tuple[Long, NDArray[np.int32], int, Float, Float],
    p: int,
    plans: tuple[ArrayLike | None, ArrayLike | None],
    effort: Effort,
    begun: float,
    count: Callable[[Long], float],
) -> Solution:
    """Maximal cover of rows in parts; ``plans`` are fixed and begun sites, ``count`` counts a plan anew."""
    n, locked = parts[2], questions.known(plans[0])
    if len(locked) > p:
        clash = Fault("siting_fixed_above_p", value=locked.tolist(), params={"n": len(locked), "p": p})
        return no_plan(SolveStatus.INFEASIBLE, perf_counter() - begun, "sites counted", clash)
    distinct, (first, second) = relation.merged(*parts)
    held = questions.mask(locked, n)
    whole = maximal.Question(distinct, first, second, min(int(p), n))
    rest, done = whole.part(held, ~held)
    found = maximal.search(rest, _left(effort, begun), _begin(plans[1], n, ~held))
    sites = np.union1d(locked, np.flatnonzero(~held)[found.chosen])
    value = count(sites)
    bound = max(value, done + found.bound) if found.bound > found.worth else value
    status, seconds = judged(value, bound, effort.gap), perf_counter() - begun
    solution = Solution(sites, done + found.worth, bound, status, seconds, found.method)
    faults = verify.recheck(solution, value, n_sites=n, p=p, fixed=locked)
    return verify.confirmed(solution, faults, value)


def _by_level(share: csr_array, weight: Float) -> tuple[Long, NDArray[np.int32], int, Float, Float]:
    """A row for each distinct share of each row: the sites that serve so much, and the weight of the step."""
    row = np.repeat(np.arange(share.shape[0]), np.diff(share.indptr))
    order = np.lexsort((share.indices, -share.data, row))
    row, value, site = row[order], share.data[order], share.indices[order].astype(np.int32)
    last = np.ones(len(row), dtype=np.bool_)
    last[:-1] = (row[1:] != row[:-1]) | (value[1:] != value[:-1])
    end = np.flatnonzero(last)
    begin = share.indptr.astype(np.int64)[row[end]]
    lower = np.zeros(len(end))
    same = row[end][1:] == row[end][:-1]
    lower[:-1][same] = value[end][1:][same]
    start = np.concatenate(([0], np.cumsum(end + 1 - begin)))
    within = np.arange(start[-1]) - np.repeat(start[:-1], np.diff(start))
    taken = site[np.repeat(begin, np.diff(start)) + within]
    number = np.repeat(np.arange(len(end)), np.diff(start))
    taken = taken[np.lexsort((taken, number))]
    step = weight[row[end]] * (value[end] - lower)
    return start, taken, share.shape[1], step, np.zeros(len(end))
