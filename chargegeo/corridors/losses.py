"""What the loss of a site or a gun does to routes (N-1, availability)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.corridors import reach
from chargegeo.errors import ContractFault, Fault

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chargegeo.corridors.reach import Floats, Ints, Routes, Stretches
    from chargegeo.corridors.vehicle import Vehicle

MOST_SHARED = 12  # sites standing twice on a route, each of which doubles the work


@dataclass(frozen=True, eq=False)
class SiteLosses:
    """What each single site's loss does, all others working.

    Parameters
    ----------
    site
        int64 (n): the sites that stand on any route, ascending.
    added_km
        float64 (n): km that become unserved, over all routes.
    routes_cut
        int64 (n): routes that were passable and no longer are.
    stretches
        What is unserved then and was not before, ascending by site, route and km; by ``lost``.
    lost
        int64: position in ``site`` of the lost site, for each of ``stretches``.
    worst
        The site whose loss leaves most km unserved; of several the lowest. None where no loss does.
    """

    site: Ints
    added_km: Floats
    routes_cut: Ints
    stretches: Stretches
    lost: Ints
    worst: int | None


def worst_loss(along: Routes, vehicle: Vehicle) -> SiteLosses:
    """Lose each site in turn.

    A site that stands on several routes, or twice on a round trip, is lost everywhere at once. Chargers that are
    no site (-1) are not lost.
    """
    sites = np.unique(along.site[along.site >= 0])
    begin, end = _only_theirs(along, vehicle)
    theirs = (end - begin > reach.TOLERANCE_KM) & (along.site >= 0)
    lost, route = np.searchsorted(sites, along.site[theirs]), along.route[theirs]
    lost, route, km = _merged(lost, route, np.stack([begin, end], axis=1)[theirs])
    stretches = reach.Stretches(route, km)
    added = np.bincount(lost, stretches.length_km, len(sites)).astype(np.float64, copy=False)
    pairs = np.unique(np.stack([lost, route]), axis=1)
    cut = pairs[0, reach.passable(along, vehicle)[pairs[1]]]
    worst = int(sites[np.flatnonzero(added >= added.max() - reach.TOLERANCE_KM)[0]]) if len(km) else None
    counted = np.bincount(cut, minlength=len(sites))
    return SiteLosses(sites, added, counted, stretches, lost, worst)


def _only_theirs(along: Routes, vehicle: Vehicle) -> tuple[Floats, Floats]:
    """Begin and end of what each charger serves and no other site does; empty where the end is not beyond."""
    here, route, k = along.position_km, along.route, len(along.site)
    index = np.arange(k)
    other = np.ones(k, dtype=bool)  # than the site before it on the route
    other[1:] = (along.site[1:] != along.site[:-1]) | (route[1:] != route[:-1])
    before = np.maximum.accumulate(np.where(other, index, 0)) - 1
    exists = (before >= 0) & (route[before] == route)
    carried = np.where(exists, here[before] + vehicle.usable_km, -np.inf)
    last = np.append(route[1:] != route[:-1], True)[:k]
    following = np.where(last, along.length_km[route], np.append(here[1:], 0.0)[:k])
    own = np.maximum(here + vehicle.usable_km, vehicle.start_km)
    return np.maximum(here, np.maximum(carried, vehicle.start_km)), np.minimum(following, own)


def _merged(lost: Ints, route: Ints, km: Floats) -> tuple[Ints, Ints, Floats]:
    """Stretches by lost site, route and km, touching ones as one."""
    order = np.lexsort((km[:, 0], route, lost))
    lost, route, km = lost[order], route[order], km[order]
    if not len(km):
        return lost, route, km
    apart = (np.diff(lost) != 0) | (np.diff(route) != 0) | (km[1:, 0] - km[:-1, 1] > reach.TOLERANCE_KM)
    first = np.append(0, np.flatnonzero(apart) + 1)
    last = np.append(first[1:], len(km)) - 1
    return lost[first], route[first], np.stack([km[first, 0], km[last, 1]], axis=1)


def working(guns: ArrayLike, availability: float) -> Floats:
    """Probability that of the guns of a site at least one works: 1 - (1 - a)^g, guns failing independently.

    Raises
    ------
    ContractFault
        ``availability_impossible``, if the availability is no share or a number of guns is negative.
    """
    count = np.asarray(guns, dtype=np.float64)
    if not 0 <= availability <= 1 or not (count >= 0).all():
        raise ContractFault(Fault("availability_impossible", value=availability))
    return 1.0 - (1.0 - availability) ** count


def availability(along: Routes, vehicle: Vehicle, works: ArrayLike) -> tuple[Floats, Floats]:
    """Probability that each route is passable, and its expected unserved km.

    Assumed is that sites fail independently of each other (:func:`working` assumes it of guns), and that no one
    waits for a repair. Chargers that are no site (-1) always work.

    Parameters
    ----------
    works
        Probability that a site works, by its number (``along.site``).

    Returns
    -------
    Two float64 (m).

    Raises
    ------
    ContractFault
        ``site_too_often``, if more than 12 sites with a probability between 0 and 1 stand twice or more on one
        route: the exact answer takes twice as long for each.

    Notes
    -----
    Exact. The state is the last working charger: what follows depends on nothing else. Sites that stand twice
    on a route are first taken as working or failed, in all combinations, weighted by their probability.
    """
    chance = np.append(np.asarray(works, dtype=np.float64), 1.0)
    found = [_one(along, vehicle, i, chance) for i in range(along.n_routes)]
    return np.array([p for p, _ in found], np.float64), np.array([km for _, km in found], np.float64)


def _one(along: Routes, vehicle: Vehicle, i: int, chance: Floats) -> tuple[float, float]:
    """Passable with which probability, and expected unserved km, of one route."""
    part = slice(along.first[i], along.first[i + 1])
    position, site = along.position_km[part], along.site[part]
    sites, times = np.unique(site[site >= 0], return_counts=True)
    shared = sites[(times > 1) & (chance[sites] > 0) & (chance[sites] < 1)]
    if len(shared) > MOST_SHARED:
        raise ContractFault(Fault("site_too_often", row=i, value=len(shared), params={"most": MOST_SHARED}))
    passable = km = 0.0
    for states in product((0.0, 1.0), repeat=len(shared)):
        given = chance.copy()
        given[shared] = states
        weight = float(np.prod(np.where(np.array(states) > 0, chance[shared], 1 - chance[shared])))
        p, expected = _chain(position, given[site], float(along.length_km[i]), vehicle)
        passable += weight * p
        km += weight * expected
    return passable, km


def _chain(position: Floats, works: Floats, length: float, vehicle: Vehicle) -> tuple[float, float]:
    """The same, each charger working or not independently of the others."""
    at = np.concatenate([[-np.inf], position, [length]])
    works = np.concatenate([[1.0], works, [1.0]])
    last, whole = np.zeros(len(at)), np.zeros(len(at))  # works as the last one so far; and no gap before it
    last[0] = whole[0] = 1.0
    km = 0.0
    for j in range(1, len(at)):
        gap = np.maximum(at[j] - np.maximum(at[:j] + vehicle.usable_km, vehicle.start_km), 0.0)
        km += works[j] * float(last[:j] @ gap)
        reached = works[j] * float(whole[:j] @ (gap <= reach.TOLERANCE_KM))
        last[j], whole[j] = works[j] * float(last[:j].sum()), reached
        last[:j] *= 1 - works[j]
        whole[:j] *= 1 - works[j]
    return float(whole[-1]), km
