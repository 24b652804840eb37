"""Maximal cover where a site serves only so much."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault
from chargegeo.siting import questions, relation, verify
from chargegeo.siting.cover_models import accept_plan
from chargegeo.siting.highs import Effort, Program, large, solve
from chargegeo.siting.solution import Solution, judged, no_plan
from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    Float = NDArray[np.float64]

CLOSE = 1e-5  # HiGHS takes numbers within a millionth of a whole one for whole


def capacitated_cover(
    cover: csr_array,
    weight: ArrayLike,
    capacity: ArrayLike,
    *,
    p: int,
    fixed: ArrayLike | None = None,
    time_limit: float = 60.0,
    gap: float = 1e-4,
    seed: int = 0,
) -> Solution:
    """At most ``p`` sites that serve as much weight as can be, each no more than its capacity.

    A row may be served in part and by several sites. Solved by HiGHS alone, with a column for each pair: up to about
    100,000 pairs; for more the gap says what is not proved. For the options see
    :func:`chargegeo.siting.maximal_cover`.

    Parameters
    ----------
    cover
        Rows are demand (m), columns sites (n); any entry but zero says that the site can serve the demand.
    weight
        Weight of each demand row (m,), not below 0, in the unit of the capacity.
    capacity
        What each site serves at most (n,), not below 0.

    References
    ----------
    Current, J. R. and Storbeck, J. E. (1988). Capacitated covering models. Environment and Planning B 15, 153-163.
    """
    begun, effort = perf_counter(), Effort(time_limit, gap, seed)
    rows = accept_plan("cover", cover, (fixed, None), effort)
    m, n = rows.shape
    questions.accept(
        questions.numbers("weight", weight, m),
        questions.numbers("capacity", capacity, n),
        questions.count("p", p, 0),
    )
    locked, method = questions.known(fixed), "HiGHS on pairs"
    if len(locked) > p:
        clash = Fault("siting_fixed_above_p", value=locked.tolist(), params={"n": len(locked), "p": p})
        return no_plan(SolveStatus.INFEASIBLE, perf_counter() - begun, "sites counted", clash)
    unit = large(np.asarray(weight, dtype=np.float64), below=1000.0)
    people, room = np.asarray(weight, np.float64) * unit, np.asarray(capacity, np.float64) * unit
    start, site = rows.indptr.astype(np.int64), rows.indices.astype(np.int32, copy=False)
    distinct, (amount,) = relation.merged(start, site, n, people)
    asked = program(distinct, amount, room, min(int(p), n))
    asked.lower[locked] = 1.0
    answer = solve(asked, replace(effort, time_limit=max(time_limit - (perf_counter() - begun), 0.0)))
    if answer.x is None:
        return no_plan(answer.status, perf_counter() - begun, method)
    sites = np.flatnonzero(answer.x[:n] > 0.5)
    value = verify.weight_served(rows, people, room, sites)
    bound = max(value, answer.bound) if math.isfinite(answer.bound) else float(amount.sum())
    seconds = perf_counter() - begun
    status = judged(value, bound, gap)
    solution = Solution(sites, answer.objective / unit, bound / unit, status, seconds, method)
    faults = verify.recheck(solution, value / unit, n_sites=n, p=p, fixed=locked, close=CLOSE)
    return verify.confirmed(solution, faults, value / unit)


def program(rows: relation.Relation, amount: Float, room: Float, p: int) -> Program:
    """Sites, then what each pair serves: no more than the row has, than the site holds, and of an open site."""
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    n, m, pairs = rows.n_sites, rows.n_rows, len(rows.site)
    row, each = np.repeat(np.arange(m), np.diff(rows.start)), np.arange(pairs)
    most = np.minimum(amount[row], room[rows.site])
    ones = np.ones(pairs)
    by_row = csr_array((ones, (row, each)), shape=(m, pairs))
    by_site = csr_array((ones, (rows.site, each)), shape=(n, pairs))
    of_open = csr_array((-most, (each, rows.site)), shape=(pairs, n))
    number = csr_array((np.ones(n), np.arange(n), [0, n]), shape=(1, n + pairs))
    limits = [
        hstack([csr_array((m, n)), by_row]),
        hstack([-room[:, None] * eye_array(n), by_site]),
        hstack([of_open, eye_array(pairs)]),
        number,
    ]
    high = np.concatenate((amount, np.zeros(n + pairs), [float(p)]))
    return Program(
        rows=vstack(limits).tocsr(),
        low=np.full(len(high), -np.inf),
        high=high,
        cost=np.concatenate((np.zeros(n), ones)),
        lower=np.zeros(n + pairs),
        upper=np.concatenate((np.ones(n), most)),
        whole=np.arange(n + pairs) < n,
        maximise=True,
    )
