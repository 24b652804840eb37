"""The fewest added sites that mend routes.

The reach rule as a covering problem, after Capar, Kuby, Leon and Tsai, "An arc cover-path-cover formulation and
strategic analysis of alternative-fuel station locations", European Journal of Operational Research 227 (2013):
a route is passable if for every stretch between neighbouring places where a charger stands or may stand, an open
one lies upstream, not further from the stretch's end than a stop carries. Sets here hold places on the directed
route only; a site that serves both directions stands on both routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.corridors import reach
from chargegeo.errors import ContractFault, Fault

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from chargegeo.corridors.reach import Flags, Floats, Ints, Routes, Stretches
    from chargegeo.corridors.vehicle import Vehicle


class Outcome(StrEnum):
    """How a search for sites ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    TIME_LIMIT = "time_limit"


@dataclass(frozen=True, eq=False)
class Mended:
    """Sites that mend routes, and how sure it is that no fewer do.

    Parameters
    ----------
    outcome
        Optimal: no fewer do. Infeasible: not even all candidates do. Time limit: these do, perhaps fewer would.
    sites
        int64: the candidates to build, by their number, ascending. Where infeasible: none.
    stretches
        Where infeasible: what stays unserved with all candidates built.
    bound
        No fewer sites than this do.
    """

    outcome: Outcome
    sites: Ints
    stretches: Stretches
    bound: int

    @property
    def gap(self) -> float:
        """By which share of the sites found fewer might do."""
        return (len(self.sites) - self.bound) / len(self.sites) if len(self.sites) else 0.0


def anywhere(existing: Routes, vehicle: Vehicle) -> Routes:
    """The fewest chargers that mend each route by itself, wherever they are needed: at the last possible point.

    A charger is put where what came before carries no further; no other choice reaches further, so no fewer do.

    Returns
    -------
    The added chargers alone, numbered from 0 in order of route and position.
    """
    gaps = reach.unserved(existing, vehicle)
    number = np.ceil((gaps.length_km - reach.TOLERANCE_KM) / vehicle.usable_km).astype(np.int64)
    gap = np.repeat(np.arange(len(number)), number)
    step = np.arange(len(gap)) - np.repeat(np.cumsum(number) - number, number)
    return reach.routes(existing.length_km, gaps.km[gap, 0] + step * vehicle.usable_km, route=gaps.route[gap])


def on_line(existing: Routes, candidates: Routes, vehicle: Vehicle) -> Mended:
    """The fewest candidates that mend one route, each standing on it once.

    Always the furthest candidate that the vehicle reaches; exact, because no other choice reaches further.

    Raises
    ------
    ContractFault
        ``one_route_only``: on several routes, or twice on a round trip, a candidate may serve more than one
        stretch, see :func:`fewest`.
    """
    if existing.n_routes != 1 or len(np.unique(candidates.site)) < len(candidates.site):
        raise ContractFault(Fault("one_route_only", value=existing.n_routes))
    if len((left := reach.unserved(reach.joined(existing, candidates), vehicle)).route):
        return Mended(Outcome.INFEASIBLE, _NO_SITES, left, 0)
    chosen: list[int] = []
    while len(km := reach.unserved(_with(existing, candidates, chosen), vehicle).km):
        chosen.append(int(np.flatnonzero(candidates.position_km <= km[0, 0] + reach.TOLERANCE_KM)[-1]))
    return _answer(Outcome.OPTIMAL, np.sort(candidates.site[chosen]), len(chosen))


def fewest(
    existing: Routes, candidates: Routes, vehicle: Vehicle, *, time_limit_s: float | None = None
) -> Mended:
    """The fewest candidates that mend all routes together.

    Parameters
    ----------
    existing, candidates
        The same routes, with the chargers that stand and those that may be built. A candidate that serves both
        directions, or several roads, stands on each under the same number and counts once.
    time_limit_s
        Seconds for the solver; without, it runs to the end.

    Notes
    -----
    Solved by HiGHS within scipy, with no gap allowed. Of several optima it takes the same one for the same input,
    not always that with the lowest numbers.
    """
    sites, column = np.unique(candidates.site, return_inverse=True)
    cover = _cover(existing, candidates, vehicle, column)
    if (np.diff(cover.indptr) == 0).any():
        left = reach.unserved(reach.joined(existing, candidates), vehicle)
        return Mended(Outcome.INFEASIBLE, _NO_SITES, left, 0)
    if cover.shape[0] == 0:
        return _answer(Outcome.OPTIMAL, _NO_SITES, 0)
    outcome, open_, bound = _solve(cover, time_limit_s)
    return _answer(outcome, sites[open_], bound)


_NO_SITES: Ints = np.empty(0, np.int64)


def _answer(outcome: Outcome, sites: Ints, bound: int) -> Mended:
    return Mended(outcome, sites, reach.Stretches(np.empty(0, np.int64), np.empty((0, 2))), bound)


def _with(existing: Routes, candidates: Routes, chosen: list[int]) -> Routes:
    """One route with some of its candidates built."""
    return reach.joined(existing, reach.routes(candidates.length_km, candidates.position_km[chosen]))


def _cover(existing: Routes, candidates: Routes, vehicle: Vehicle, column: Ints) -> csr_array:
    """A row for each stretch between neighbouring places that nothing serves yet, with the sites that would."""
    from scipy.sparse import csr_array

    route, end = _open_ends(existing, candidates, vehicle)
    span = float(existing.length_km.max(initial=0.0)) + 1.0  # routes laid one behind the other
    place = candidates.route * span + candidates.position_km
    nearest = np.maximum(end - vehicle.usable_km - reach.TOLERANCE_KM, -0.5)
    low = np.searchsorted(place, route * span + nearest)
    high = np.maximum(np.searchsorted(place, route * span + end - reach.TOLERANCE_KM), low)
    first = np.append(0, np.cumsum(high - low))
    entry = np.arange(first[-1]) + np.repeat(low - first[:-1], high - low)
    shape = (len(end), int(column.max(initial=-1)) + 1)
    rows = csr_array((np.ones(len(entry)), column[entry], first), shape=shape)
    rows.sum_duplicates()
    rows.data[:] = 1.0
    return rows


def _open_ends(existing: Routes, candidates: Routes, vehicle: Vehicle) -> tuple[Ints, Floats]:
    """Route and position of every place, or end of a route, to which nothing that stands carries."""
    route = np.concatenate([existing.route, candidates.route, np.arange(existing.n_routes)])
    end = np.concatenate([existing.position_km, candidates.position_km, existing.length_km])
    span = float(existing.length_km.max(initial=0.0)) + 1.0
    stands = existing.route * span + existing.position_km
    before = np.searchsorted(stands, route * span + end - reach.TOLERANCE_KM) - 1
    exists = before >= existing.first[route]
    carried = np.where(exists, np.append(existing.position_km, 0.0)[before] + vehicle.usable_km, -np.inf)
    open_ = end - np.maximum(carried, vehicle.start_km) > reach.TOLERANCE_KM
    return route[open_], end[open_]


def _solve(cover: csr_array, time_limit_s: float | None) -> tuple[Outcome, Flags, int]:
    """Outcome, which columns to take, and the least number there can be."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    n = cover.shape[1]
    options: dict[str, Any] = {"mip_rel_gap": 0.0}
    if time_limit_s is not None:
        options["time_limit"] = time_limit_s
    found = milp(
        np.ones(n), integrality=np.ones(n), bounds=Bounds(0, 1), options=options,
        constraints=LinearConstraint(cover, lb=1),
    )  # fmt: skip
    if found.status == 0:
        open_ = found.x > 0.5
        return Outcome.OPTIMAL, open_, int(open_.sum())
    if found.status != 1:  # cannot be: every row has a column, so that all of them together are an answer
        raise RuntimeError(found.message)
    open_ = _thinned(cover) if found.x is None else found.x > 0.5
    bound = found.mip_dual_bound if found.mip_dual_bound is not None else 0.0
    return Outcome.TIME_LIMIT, open_, max(1, int(np.ceil(bound - 1e-6)) if np.isfinite(bound) else 1)


def _thinned(cover: csr_array) -> Flags:
    """Columns that cover every row and of which none can be left out."""
    columns = cover.tocsc()
    taken = np.ones(cover.shape[1], dtype=bool)
    times = np.diff(cover.indptr)
    for j in np.argsort(np.diff(columns.indptr), kind="stable"):
        rows = columns.indices[columns.indptr[j] : columns.indptr[j + 1]]
        if (times[rows] > 1).all():
            times[rows] -= 1
            taken[j] = False
    return taken
