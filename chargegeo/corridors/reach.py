"""The reach rule on routes: a point is served by a charger upstream, or by the start charge.

A route is a directed path; positions are km from its start along the direction travelled. A vehicle that
charges wherever it can arrives at a point ``x`` with the larger of what is left of the start charge and, of
the last charger passed at ``p``, ``charge_to * range - (x - p)``. The point is served if that is at least the
reserve. Chargers ahead serve nothing, however near. A round trip is one route, out and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import ContractFault, Fault

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chargegeo.corridors.vehicle import Vehicle

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

TOLERANCE_KM = 1e-6  # a gap below a millimetre is rounding, not a gap


@dataclass(frozen=True, eq=False)
class Routes:
    """Routes and what stands along them; made by :func:`routes` and :func:`round_trips`.

    Parameters
    ----------
    length_km
        float64 (m): length of each route.
    first
        int64 (m + 1): the chargers of route ``i`` are ``first[i]`` to ``first[i + 1]``.
    position_km
        float64 (k): where each stands, ascending within a route.
    site
        int64 (k): which site stands there. The same site may stand on several routes, or twice on a round
        trip: then both directions can use it. -1 for a charger that is no site of ours (at a destination).
    """

    length_km: Floats
    first: Ints
    position_km: Floats
    site: Ints

    @property
    def n_routes(self) -> int:
        """Number of routes."""
        return len(self.length_km)

    @property
    def route(self) -> Ints:
        """int64 (k): route that each charger stands on."""
        return np.repeat(np.arange(self.n_routes), np.diff(self.first))


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of routes.

    Parameters
    ----------
    route
        int64 (n): route of each stretch, ascending.
    km
        float64 (n, 2): where it begins and ends, ascending within a route.
    """

    route: Ints
    km: Floats

    @property
    def length_km(self) -> Floats:
        """float64 (n): length of each."""
        return self.km[:, 1] - self.km[:, 0]


def routes(
    length_km: ArrayLike,
    position_km: ArrayLike,
    *,
    route: ArrayLike | None = None,
    site: ArrayLike | None = None,
) -> Routes:
    """Routes from chargers in any order.

    Parameters
    ----------
    length_km
        Length of each route; a single number for one route.
    position_km
        Where each charger stands, km from the start of its route in the direction travelled.
    route
        Which route it stands on, from 0; all on the first if not given.
    site
        Which site it is; each its own, in the order given, if not given.

    Raises
    ------
    ContractFault
        ``route_position``, for each charger that stands nowhere on its route.
    """
    length = np.atleast_1d(np.asarray(length_km, dtype=np.float64))
    position = np.atleast_1d(np.asarray(position_km, dtype=np.float64))
    n = len(position)
    on = np.zeros(n, np.int64) if route is None else np.asarray(route, dtype=np.int64)
    which = np.arange(n) if site is None else np.asarray(site, dtype=np.int64)
    known = (on >= 0) & (on < len(length))
    end = np.append(length, np.nan)[np.where(known, on, len(length))]
    inside = (position >= -TOLERANCE_KM) & (position <= end + TOLERANCE_KM)
    if not inside.all():
        raise ContractFault(
            *(Fault("route_position", row=int(i), value=float(position[i])) for i in np.flatnonzero(~inside))
        )
    order = np.lexsort((which, position, on))
    first = np.append(0, np.cumsum(np.bincount(on, minlength=len(length))))
    return Routes(length, first, np.clip(position, 0.0, end)[order], which[order])


def joined(one: Routes, other: Routes) -> Routes:
    """The same routes with the chargers of both."""
    return routes(
        one.length_km,
        np.append(one.position_km, other.position_km),
        route=np.append(one.route, other.route),
        site=np.append(one.site, other.site),
    )


def round_trips(out: Routes, back: Routes, *, charging_at_end: bool | ArrayLike = False) -> Routes:
    """Out and back as one route each.

    Parameters
    ----------
    out, back
        The same number of routes: back ``i`` begins where out ``i`` ends. A site serves the direction of the
        side it stands on; one that both can use stands on both, under the same number.
    charging_at_end
        Whether one can charge at the destination; for all, or one answer a route.
    """
    ends = np.broadcast_to(np.asarray(charging_at_end, dtype=bool), (out.n_routes,))
    at_end = np.flatnonzero(ends)
    return routes(
        out.length_km + back.length_km,
        np.concatenate(
            [out.position_km, out.length_km[at_end], out.length_km[back.route] + back.position_km]
        ),
        route=np.concatenate([out.route, at_end, back.route]),
        site=np.concatenate([out.site, np.full(len(at_end), -1), back.site]),
    )


def unserved(along: Routes, vehicle: Vehicle) -> Stretches:
    """The stretches that no charger upstream and no start charge serves.

    Beyond such a stretch the road counts as served again from the next charger on: each stretch stands for
    itself, whether or not a vehicle could get that far.
    """
    route, begin, end = _legs(along)
    begin = np.maximum(begin + vehicle.usable_km, vehicle.start_km)
    failing = end - begin > TOLERANCE_KM
    return Stretches(route[failing], np.stack([begin, end], axis=1)[failing])


def unserved_km(along: Routes, vehicle: Vehicle) -> Floats:
    """Unserved length of each route (km)."""
    found = unserved(along, vehicle)
    return np.bincount(found.route, found.length_km, along.n_routes).astype(np.float64, copy=False)


def passable(along: Routes, vehicle: Vehicle) -> Flags:
    """Which routes can be driven from start to end."""
    through = np.ones(along.n_routes, dtype=bool)
    through[unserved(along, vehicle).route] = False
    return through


def arrival(along: Routes, vehicle: Vehicle) -> Floats:
    """Charge at the end of each route, share of the full battery; NaN where one does not get there.

    It is the most that is possible: the vehicle charges wherever it can.
    """
    last = _last(along)
    left = np.maximum(
        vehicle.start * vehicle.range_km - along.length_km,
        vehicle.charge_to * vehicle.range_km - (along.length_km - last),
    )
    return np.where(passable(along, vehicle), left / vehicle.range_km, np.nan)


def _last(along: Routes) -> Floats:
    """Position of the last charger of each route, minus infinity without one."""
    found = np.append(along.position_km, -np.inf)[along.first[1:] - 1]
    return np.where(np.diff(along.first) > 0, found, -np.inf)


def _legs(along: Routes) -> tuple[Ints, Floats, Floats]:
    """Every stretch from a charger, or before the first, to the next or to the end: route, begin, end.

    A leg before the first charger begins at minus infinity: nothing but the start charge serves it.
    """
    m, k = along.n_routes, len(along.position_km)
    before = along.first[:-1] + np.arange(m)  # where the leg before the first charger of a route stands
    after = along.first[1:] + np.arange(m)  # and that behind its last
    begin, end = np.full(k + m, -np.inf), np.full(k + m, np.nan)
    behind, ahead = np.ones(k + m, dtype=bool), np.ones(k + m, dtype=bool)
    behind[before] = False
    ahead[after] = False
    begin[behind] = along.position_km
    end[ahead] = along.position_km
    end[after] = along.length_km
    return np.repeat(np.arange(m), np.diff(along.first) + 1), begin, end
