"""Flow refuelling: the sites that let most traffic through.

Which routes a choice lets through is said by the reach rule of :mod:`chargegeo.corridors`: a stretch is served by a
charger that lies upstream on the route, or by the start charge. As a program after Capar, Kuby, Leon and Tsai,
European Journal of Operational Research 227 (2013): a route gets through if for every stretch between neighbouring
places where a charger may stand an open one lies upstream, not further from its end than a stop carries.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.corridors import reach
from chargegeo.errors import Fault
from chargegeo.siting import highs, questions, verify
from chargegeo.siting.solution import Solution, judged, no_plan
from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from chargegeo.corridors.reach import Routes
    from chargegeo.corridors.vehicle import Vehicle

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

METHOD = "greedy, HiGHS"


@dataclass(frozen=True, eq=False)
class Flows:
    """Traffic on routes.

    Parameters
    ----------
    along
        Directed routes with every place where a site may stand; -1 is a charger that stands in any case. A round
        trip is one route, see :func:`chargegeo.corridors.reach.round_trips`.
    volume
        float64 (m): traffic of each route, not negative.
    repeated
        Whether each route leads back to its start and is driven again and again: what is left at its end is what
        the next round begins with, and the start charge of the vehicle says nothing.
    """

    along: Routes
    volume: Floats
    repeated: bool = False

    @property
    def n_sites(self) -> int:
        """One more than the highest number of a site."""
        return int(self.along.site.max(initial=-1)) + 1


def refuelling(
    flows: Flows, vehicle: Vehicle, *, p: int, fixed: ArrayLike | None = None, time_limit: float = 60.0,
    gap: float = 1e-4,
) -> Solution:  # fmt: skip
    """The ``p`` sites that let most traffic through.

    Parameters
    ----------
    flows
        Routes and their traffic.
    vehicle
        What carries it how far.
    p
        Number of sites, the fixed ones among them.
    fixed
        Sites that are open in any case.
    time_limit
        Seconds.
    gap
        Proved distance from the most traffic at which the search ends, as a share.

    Returns
    -------
    The objective is the traffic that gets through, by the reach rule with the chosen sites alone.

    Raises
    ------
    StudyFault
        Numbers that fit nowhere; all of them at once.
    """
    began = time.perf_counter()
    n = flows.n_sites
    questions.accept(
        questions.numbers("volume", flows.volume, flows.along.n_routes),
        questions.sites("fixed", fixed, n),
        questions.count("p", p, 0),
        questions.work(highs.Effort(time_limit, gap)),
    )
    flows = replace(flows, volume=np.asarray(flows.volume, dtype=np.float64))
    held, p = questions.known(fixed), int(p)
    if len(held) > p:
        clash = Fault("siting_fixed_above_p", value=held.tolist(), params={"n": len(held), "p": p})
        return no_plan(SolveStatus.INFEASIBLE, time.perf_counter() - began, METHOD, clash)
    locked = questions.mask(held, n)
    if p >= n:
        sites = np.arange(flows.n_sites)
        through = _volume(flows, sites, vehicle)
        return Solution(
            sites, through, through, SolveStatus.OPTIMAL, time.perf_counter() - began, "all sites"
        )
    effort = highs.Effort(max(time_limit - (time.perf_counter() - began), 0.0), gap)
    sites, bound = _searched(flows, vehicle, locked, p, effort)
    through = _volume(flows, sites, vehicle)
    bound = max(through, bound)
    status, seconds = judged(through, bound, gap), time.perf_counter() - began
    solution = Solution(sites, through, bound, status, seconds, METHOD)
    return verify.confirmed(solution, verify.recheck(solution, through, n_sites=n, p=p, fixed=held))


def refuelled(flows: Flows, sites: ArrayLike, vehicle: Vehicle) -> Flags:
    """Which routes get through with some sites open, by the reach rule alone."""
    open_ = np.isin(flows.along.site, np.append(np.asarray(sites, dtype=np.int64), -1))
    along = flows.along
    kept = reach.routes(
        along.length_km, along.position_km[open_], route=along.route[open_], site=along.site[open_]
    )
    if not flows.repeated:
        return reach.passable(kept, vehicle)
    failing = reach.unserved(_laps(kept), _without_start(vehicle))
    through = np.ones(along.n_routes, dtype=bool)
    second = failing.km[:, 1] > along.length_km[failing.route] + reach.TOLERANCE_KM
    through[failing.route[second]] = False
    return through


def needs(flows: Flows, locked: Flags, vehicle: Vehicle) -> tuple[Ints, csr_array]:
    """What each route needs: a row for each stretch that nothing serves yet, with the sites that would.

    Returns
    -------
    The route of each row, ascending, and the rows (stretch, site), ones. A row without a site is a stretch that
    nothing can serve.
    """
    from scipy.sparse import csr_array

    along = _laps(flows.along) if flows.repeated else flows.along
    carried = 0.0 if flows.repeated else vehicle.start_km
    route = np.append(along.route, np.arange(along.n_routes))
    end = np.append(along.position_km, along.length_km)
    begin = flows.along.length_km[route] if flows.repeated else np.zeros(len(route))
    asked = (end > np.maximum(begin, carried) + reach.TOLERANCE_KM) & (flows.volume[route] > 0)
    order = np.flatnonzero(asked)[np.lexsort((end[asked], route[asked]))]
    low, high = _upstream(along, route[order], end[order], vehicle.usable_km)
    standing = np.append(0, np.cumsum(_stands(along.site, locked)))
    open_ = standing[high] == standing[low]
    route, low, high = route[order][open_], low[open_], high[open_]
    first = np.append(0, np.cumsum(high - low))
    entry = np.arange(first[-1]) + np.repeat(low - first[:-1], high - low)
    rows = csr_array((np.ones(len(entry)), along.site[entry], first), shape=(len(route), flows.n_sites))
    rows.sum_duplicates()
    rows.data[:] = 1.0
    return route, rows


def _searched(
    flows: Flows, vehicle: Vehicle, locked: Flags, p: int, effort: highs.Effort
) -> tuple[Ints, float]:
    """The better of the greedy choice and that of HiGHS, and what none can pass."""
    route, rows = needs(flows, locked, vehicle)
    start = _greedy(flows.volume, route, rows, locked, p)
    program = _program(flows.volume, route, rows, locked, p)
    answer = highs.solve(program, effort, _columns(flows.volume, route, rows, start))
    choices = [np.flatnonzero(start)]
    if answer.x is not None:
        choices.insert(0, np.flatnonzero(answer.x[: flows.n_sites] > 0.5))
    best = max(choices, key=lambda sites: _volume(flows, sites, vehicle))
    return best, float(flows.volume.sum()) if math.isnan(answer.bound) else answer.bound


def _stands(site: Ints, locked: Flags) -> Flags:
    return np.asarray((site < 0) | np.append(locked, True)[site])


def _laps(along: Routes) -> Routes:
    """Each route driven twice."""
    return reach.routes(
        2.0 * along.length_km,
        np.append(along.position_km, along.position_km + along.length_km[along.route]),
        route=np.append(along.route, along.route),
        site=np.append(along.site, along.site),
    )


def _without_start(vehicle: Vehicle) -> Vehicle:
    return replace(vehicle, start=max(vehicle.reserve, 0.0))


def _upstream(along: Routes, route: Ints, end: Floats, usable_km: float) -> tuple[Ints, Ints]:
    """First place upstream from each end that a stop carries from, and that behind the last."""
    span = float(along.length_km.max(initial=0.0)) + 1.0  # routes laid one behind the other
    place = along.route * span + along.position_km
    nearest = np.maximum(end - usable_km - reach.TOLERANCE_KM, -0.5)
    low = np.searchsorted(place, route * span + nearest)
    return low, np.maximum(np.searchsorted(place, route * span + end - reach.TOLERANCE_KM), low)


def _volume(flows: Flows, sites: Ints, vehicle: Vehicle) -> float:
    return math.fsum(flows.volume[refuelled(flows, sites, vehicle)])


def _greedy(volume: Floats, route: Ints, rows: csr_array, locked: Flags, p: int) -> Flags:
    """Site by site, that which serves most stretches of routes that lack little; ties by the lowest."""
    open_, served = locked.copy(), rows @ locked.astype(float) > 0
    columns = rows.T.tocsr()
    possible = np.ones(len(volume), dtype=bool)
    possible[route[np.diff(rows.indptr) == 0]] = False
    for _ in range(p - int(locked.sum())):
        lacking = np.bincount(route, ~served, minlength=len(volume))
        value = np.where(possible, volume, 0.0) / np.maximum(lacking, 1.0) ** 2
        worth = columns @ np.where(served, 0.0, value[route])
        worth[open_] = -1.0
        best = int(np.argmax(worth))
        open_[best] = True
        served[columns.indices[columns.indptr[best] : columns.indptr[best + 1]]] = True
    return open_


def _program(volume: Floats, route: Ints, rows: csr_array, locked: Flags, p: int) -> highs.Program:
    """Columns: sites, routes. Rows: a route gets through if each stretch is served; ``p`` sites."""
    from scipy.sparse import csr_array, hstack, vstack

    n, m, r = len(locked), len(volume), len(route)
    through = csr_array((np.ones(r), (np.arange(r), route)), shape=(r, m))
    sites = csr_array(np.append(np.ones(n), np.zeros(m))[None, :])
    size = n + m
    return highs.Program(
        csr_array(vstack([hstack([rows, -through]), sites], format="csr")),
        low=np.append(np.zeros(r), -math.inf),
        high=np.append(np.full(r, math.inf), p),
        cost=np.append(np.zeros(n), volume),
        lower=np.append(locked.astype(float), np.zeros(m)),
        upper=np.ones(size),
        whole=np.arange(size) < n,
        maximise=True,
    )


def _columns(volume: Floats, route: Ints, rows: csr_array, open_: Flags) -> Floats:
    """Values of all columns for a choice of sites."""
    failing = np.bincount(route, rows @ open_.astype(float) < 0.5, minlength=len(volume))
    return np.append(open_.astype(float), failing == 0)
