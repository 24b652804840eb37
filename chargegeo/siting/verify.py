"""Plans counted anew: plain sums over the table of who is served from where, with nothing of the search in them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import ContractFault, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from chargegeo.siting.solution import Solution

CLOSE = 1e-9  # objective and bound may differ by rounding, as a share


def times_covered(cover: csr_array, sites: ArrayLike) -> NDArray[np.int64]:
    """By how many of the sites each row is covered (m,); stored zeros do not cover."""
    chosen = np.zeros(cover.shape[1], dtype=np.bool_)
    chosen[np.asarray(sites, dtype=np.int64)] = True
    serves = np.flatnonzero(chosen[cover.indices] & (cover.data != 0))
    row = np.searchsorted(cover.indptr, serves, side="right") - 1
    pairs = np.unique(row * np.int64(cover.shape[1]) + cover.indices[serves])  # stored twice, counted once
    return np.bincount(pairs // max(cover.shape[1], 1), minlength=cover.shape[0])


def weight_covered(
    cover: csr_array, weight: ArrayLike, sites: ArrayLike, backup: ArrayLike | None = None
) -> float:
    """Weight of the rows that are covered, and ``backup`` of those covered twice, added without rounding."""
    count = times_covered(cover, sites)
    second = [] if backup is None else np.asarray(backup, dtype=np.float64)[count > 1].tolist()
    return math.fsum(np.asarray(weight, dtype=np.float64)[count > 0].tolist() + second)


def share_covered(share: csr_array, weight: ArrayLike, sites: ArrayLike) -> float:
    """Weight of each row times the largest share that one of the sites serves, added without rounding."""
    best = np.zeros(share.shape[0])
    chosen = np.isin(share.indices, np.asarray(sites, dtype=np.int64))
    row = np.repeat(np.arange(share.shape[0]), np.diff(share.indptr))
    np.maximum.at(best, row[chosen], share.data[chosen])
    return math.fsum((np.asarray(weight, dtype=np.float64) * best).tolist())


def cost_of(cost: ArrayLike | None, sites: ArrayLike) -> float:
    """Cost of the sites; one each without a cost."""
    chosen = np.asarray(sites, dtype=np.int64)
    return (
        float(len(chosen)) if cost is None else math.fsum(np.asarray(cost, dtype=np.float64)[chosen].tolist())
    )


def recheck(
    solution: Solution,
    objective: float,
    *,
    n_sites: int,
    p: int | None = None,
    fixed: ArrayLike = (),
    uncovered: ArrayLike = (),
    close: float = CLOSE,
) -> tuple[Fault, ...]:
    """What is wrong with a solution, nothing if it is right.

    Parameters
    ----------
    solution
        A solution with a plan.
    objective
        Its objective counted anew, from :func:`weight_covered`, :func:`share_covered` or :func:`cost_of`.
    n_sites
        Number of sites there are.
    p
        Number of sites that may be chosen at most.
    fixed
        Sites that must be chosen.
    uncovered
        Rows that must be covered and are not.
    close
        Share by which the objectives may differ from rounding.
    """
    faults = list(_wrong(solution, n_sites, p, np.asarray(fixed), np.asarray(uncovered)))
    if not math.isclose(objective, solution.objective, rel_tol=close, abs_tol=close):
        faults.append(Fault("plan_objective_differs", value=solution.objective, params={"found": objective}))
    return tuple(faults)


def _wrong(
    solution: Solution, n_sites: int, p: int | None, fixed: NDArray[np.int64], uncovered: NDArray[np.int64]
) -> Iterator[Fault]:
    sites = solution.sites
    if np.any(np.diff(sites) <= 0) or np.any(sites < 0) or np.any(sites >= n_sites):
        yield Fault("plan_sites_broken", value=sites.tolist())
    if p is not None and len(sites) > p:
        yield Fault("plan_above_p", value=len(sites), params={"p": p})
    if not np.all(np.isin(fixed, sites)):
        yield Fault("plan_without_fixed", value=fixed[~np.isin(fixed, sites)].tolist())
    if len(uncovered):
        yield Fault("plan_leaves_uncovered", value=uncovered.tolist(), params={"n": len(uncovered)})


def confirmed(solution: Solution, faults: tuple[Fault, ...], objective: float | None = None) -> Solution:
    """The solution, with its objective as counted anew if given, where nothing is wrong with it."""
    if faults:
        raise ContractFault(*faults)
    return solution if objective is None else replace(solution, objective=objective)


def weight_served(cover: csr_array, weight: ArrayLike, capacity: ArrayLike, sites: ArrayLike) -> float:
    """The most weight that the sites can serve together within their capacities, rows in part or by several.

    A linear program of its own, by scipy: pairs of rows and chosen sites, limits of rows and of sites.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array as rows_of
    from scipy.sparse import vstack

    chosen = np.isin(cover.indices, np.asarray(sites, dtype=np.int64)) & (cover.data != 0)
    row = np.repeat(np.arange(cover.shape[0]), np.diff(cover.indptr))[chosen]
    if not len(row):
        return 0.0
    ones, each = np.ones(len(row)), np.arange(len(row))
    by_row = rows_of((ones, (row, each)), shape=(cover.shape[0], len(row)))
    by_site = rows_of((ones, (cover.indices[chosen], each)), shape=(cover.shape[1], len(row)))
    most = np.concatenate((np.asarray(weight, dtype=np.float64), np.asarray(capacity, dtype=np.float64)))
    found = linprog(-ones, A_ub=vstack([by_row, by_site]), b_ub=most, bounds=(0, None), method="highs")
    return math.fsum(found.x.tolist())
