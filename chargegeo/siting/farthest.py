"""The p-centre: the sites from which nobody is far."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault
from chargegeo.siting import distances, questions, verify
from chargegeo.siting.highs import Effort
from chargegeo.siting.solution import Solution, judged, no_plan
from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

METHOD = "set covers of halved distances"


def p_center(
    distance: csr_array, *, p: int, fixed: ArrayLike | None = None, time_limit: float = 60.0, gap: float = 1e-4,
) -> Solution:  # fmt: skip
    """The ``p`` sites from which the farthest place of demand is least far.

    The answer is one of the stored distances. Halving finds the least at which a set cover needs no more than
    ``p`` sites; it is the best if the cover at the next lower distance is proved to need more.

    Parameters
    ----------
    distance
        Way from site to demand (demand, site), stored only where a site is within reach; a stored 0 counts,
        and of a pair stored twice the shorter way.
    p
        Number of sites, the fixed ones among them.
    fixed
        Sites that are open in any case.
    time_limit
        Seconds.
    gap
        Distance from the bound that still counts as the best, as a share.

    Raises
    ------
    StudyFault
        Numbers that fit nowhere; all of them at once.

    Notes
    -----
    Infeasible where a place has no site in reach at all, with ``siting_out_of_reach`` for each, or with
    ``siting_too_few_sites`` where ``p`` sites cannot reach all.
    """
    began, distance = time.perf_counter(), questions.relation("distance", distance)
    distances.accept(distance, np.ones(distance.shape[0]), p, fixed, Effort(time_limit, gap))
    locked = questions.mask(questions.known(fixed), distance.shape[1])
    p = min(int(p), len(locked))
    if clash := distances.clash(distance, locked, p, all_served=True):
        return no_plan(SolveStatus.INFEASIBLE, time.perf_counter() - began, METHOD, *clash)
    found = _halved(distance, locked, p, began + time_limit)
    seconds = time.perf_counter() - began
    if found.opened is None and found.needed > p:
        fault = Fault("siting_too_few_sites", value=p, params={"needed": found.needed})
        return no_plan(SolveStatus.INFEASIBLE, seconds, METHOD, fault)
    if found.opened is None:
        return no_plan(SolveStatus.TIME_OUT, seconds, METHOD)
    sites = np.flatnonzero(found.opened)
    farthest = farthest_of(distance, sites)
    bound = min(found.bound, farthest)
    solution = Solution(sites, farthest, bound, judged(farthest, bound, gap), seconds, METHOD)
    again = verify.recheck(solution, farthest, n_sites=len(locked), p=p, fixed=np.flatnonzero(locked))
    return verify.confirmed(solution, again)


def farthest_of(distance: csr_array, sites: Ints) -> float:
    """How far the farthest place is from its nearest of some sites; null if one has none in reach."""
    reached = distance.tocsc()[:, sites].tocsr()
    if (np.diff(reached.indptr) == 0).any():
        return math.nan
    return (
        float(np.minimum.reduceat(reached.data, reached.indptr[:-1]).max(initial=0.0)) if reached.nnz else 0.0
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """The best choice, below which no distance is enough, and how many sites all stored distances need."""

    opened: Flags | None
    bound: float
    needed: int


def _halved(distance: csr_array, locked: Flags, p: int, until: float) -> _Found:
    """Halve the stored distances between one that is too short and one that is enough."""
    nearest = np.minimum.reduceat(distance.data, distance.indptr[:-1]) if distance.nnz else np.zeros(1)
    values = np.unique(np.append(nearest.max(), distance.data[distance.data >= nearest.max()]))
    opened, needed = distances.cover(distance, values[-1], locked, until)
    if int(opened.sum()) > p:
        return _Found(None, float(values[0]), needed)
    found = _Found(opened, float(values[0]), needed)
    low, high, proved = 0, len(values) - 1, True
    while low < high and time.perf_counter() < until:
        middle = (low + high) // 2
        opened, needed = distances.cover(distance, values[middle], locked, until)
        if int(opened.sum()) <= p:
            high, found = middle, replace(found, opened=opened)
            continue
        low, proved = middle + 1, proved and needed > p
        if proved:
            found = replace(found, bound=float(values[low]))
    return replace(found, opened=_filled(found.opened, p))


def _filled(opened: Flags | None, p: int) -> Flags | None:
    """The same with the lowest sites besides, up to ``p``."""
    if opened is None or int(opened.sum()) >= p:
        return opened
    more = opened.copy()
    more[np.flatnonzero(~opened)[: p - int(opened.sum())]] = True
    return more
