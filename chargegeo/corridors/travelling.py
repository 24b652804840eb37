"""Whether each vehicle gets along each corridor, what would mend it, and what a loss, a fault or a holiday does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chargegeo import schema
from chargegeo.corridors import losses, mending, reach
from chargegeo.corridors.serving import charging
from chargegeo.errors import ContractFault, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from chargegeo.corridors.paths import Corridor
    from chargegeo.corridors.reach import Floats, Ints, Routes
    from chargegeo.corridors.vehicle import Vehicle

# ours, unconfirmed: share of the time that a gun is busy on an ordinary day, and how much more on a holiday
UTILISATION = 0.15
HOLIDAY = 3.0
AVAILABILITY = (0.99, 0.98)


def travel(
    corridors: Sequence[Corridor],
    sites: pd.DataFrame,
    vehicles: Mapping[str, Vehicle],
    *,
    availability: tuple[float, float] = AVAILABILITY,
    utilisation: float = UTILISATION,
    holiday: float = HOLIDAY,
) -> pd.DataFrame:
    """Whether each vehicle gets from the start of each corridor to its end, charging on the way.

    Parameters
    ----------
    sites
        Contract ``corridor_sites``; one charges at those that have piles for certain. The far side of a linked pair
        (``across``) serves like a near one.
    vehicles
        By name.
    availability
        Two probabilities that a gun works; guns fail independently of each other.
    utilisation
        Share of the time that a gun is busy on an ordinary day.
    holiday
        How many times the demand of an ordinary day there is on a holiday.

    Returns
    -------
    Contract ``corridor_travel``, in the order of ``corridors``, then ``vehicles``.

    Raises
    ------
    ContractFault
        ``availability_impossible``; ``demand_impossible``, if a utilisation or multiplier is below 0.

    Notes
    -----
    A ring is driven once from its start. The way to a site and back (``detour_km``) is not taken off the range:
    the reserve has to cover it. Guns that are not known count as one a pile. On a holiday each site is taken as a
    queue M/M/c of ``utilisation * guns * holiday`` erlangs with all guns working (:func:`waiting`): it is lost
    where the load reaches the guns, else it serves a newcomer at once with the probability that no one waits.
    """
    if not (utilisation >= 0 and holiday >= 0):
        raise ContractFault(Fault("demand_impossible", value=utilisation, params={"times": holiday}))
    if not corridors or not vehicles:
        return schema.empty("corridor_travel")
    ids, number = np.unique(sites["site_id"].to_numpy(dtype=object), return_inverse=True)
    full, _ = charging(sites)
    along = _routes(corridors, sites, number, full)
    empty = _routes(corridors, sites, number, ~full & sites["is_side"].to_numpy(dtype=bool))
    guns = _guns(sites[full], number[full], len(ids))
    load = utilisation * holiday * guns
    common = _named(corridors).assign(
        n_sites=np.diff(along.first),
        availability_a=availability[0],
        availability_b=availability[1],
        utilisation=utilisation,
        holiday=holiday,
        n_saturated=np.bincount(along.route, (load >= guns)[along.site], along.n_routes),
    )
    chances = {
        "a": losses.working(guns, availability[0]),
        "b": losses.working(guns, availability[1]),
        "holiday": np.where(load >= guns, 0.0, 1.0 - waiting(guns, load)),
    }
    found = [
        common.assign(vehicle=name, **_answers(along, empty, vehicle, ids), **_risks(along, vehicle, chances))
        for name, vehicle in vehicles.items()
    ]
    table = pd.concat(found).sort_index(kind="stable").reset_index(drop=True)
    return schema.conform(table, "corridor_travel")


def _named(corridors: Sequence[Corridor]) -> pd.DataFrame:
    names = [(c.id, c.ref, c.road_class, str(c.direction), c.length) for c in corridors]
    return pd.DataFrame(names, columns=["corridor_id", "ref", "road_class", "direction", "km"])


def _routes(corridors: Sequence[Corridor], sites: pd.DataFrame, number: Ints, chosen: reach.Flags) -> Routes:
    """Corridors as routes, with some of the sites."""
    route = pd.Index([item.id for item in corridors]).get_indexer(pd.Index(sites["corridor_id"]))
    chosen = chosen & (route >= 0)
    return reach.routes(
        [item.length for item in corridors],
        sites["km"].to_numpy(dtype=float)[chosen],
        route=route[chosen],
        site=number[chosen],
    )


def _guns(sites: pd.DataFrame, number: Ints, n: int) -> Floats:
    """Guns of each site by its number; as many as piles where they are not known, and one where these are not."""
    guns = np.zeros(n)
    guns[number] = sites["n_guns"].fillna(sites["n_piles"]).fillna(1).to_numpy(dtype=float)
    return guns


def _answers(along: Routes, empty: Routes, vehicle: Vehicle, ids: Any) -> dict[str, Any]:
    """What holds for certain, and after the loss of each site."""
    gaps = reach.unserved(along, vehicle)
    through = np.ones(along.n_routes, dtype=bool)
    through[gaps.route] = False
    fails = np.full((along.n_routes, 2), np.nan)
    first, at = np.unique(gaps.route, return_index=True)
    fails[first] = gaps.km[at]
    worst, added = _worst(along, vehicle)
    return {
        "passable": through,
        "unserved_km": np.bincount(gaps.route, gaps.length_km, along.n_routes),
        "fail_from_km": fails[:, 0],
        "fail_to_km": fails[:, 1],
        "n_added": np.bincount(mending.anywhere(along, vehicle).route, minlength=along.n_routes),
        "n_added_sides": fewest_of(along, empty, vehicle),
        "passable_after_loss": through & (worst < 0),
        "worst_site_id": np.append(ids, np.array([None], dtype=object))[worst],
        "worst_added_km": added,
    }


def _worst(along: Routes, vehicle: Vehicle) -> tuple[Ints, Floats]:
    """Number of the site whose loss leaves most of each route unserved (-1: none does), and the km it adds."""
    found = losses.worst_loss(along, vehicle)
    route, site = found.stretches.route, found.site[found.lost]
    table = pd.DataFrame({"route": route, "site": site, "km": found.stretches.length_km})
    table = table.groupby(["route", "site"])["km"].sum().reset_index()
    most = table.groupby("route")["km"].transform("max")
    table = table[table["km"] >= most - reach.TOLERANCE_KM].drop_duplicates("route")
    worst, added = np.full(along.n_routes, -1), np.zeros(along.n_routes)
    worst[table["route"]], added[table["route"]] = table["site"], table["km"]
    return worst, added


def fewest_of(existing: Routes, candidates: Routes, vehicle: Vehicle) -> Floats:
    """Fewest candidates that mend each route by itself; NaN where not all of them do.

    The greedy choice of :func:`chargegeo.corridors.mending.on_line` on all routes at once: always the furthest
    candidate that the vehicle reaches.

    Parameters
    ----------
    existing, candidates
        The same routes; a candidate stands on a route at most once.
    """
    able = reach.passable(reach.joined(existing, candidates), vehicle)
    span = float(existing.length_km.max(initial=0.0)) + 1.0  # routes laid one behind the other
    place = candidates.route * span + candidates.position_km
    count, built = np.zeros(existing.n_routes), existing
    for _ in range(int(np.diff(candidates.first).max(initial=0))):
        gaps = reach.unserved(built, vehicle)
        route, first = np.unique(gaps.route, return_index=True)
        begin = gaps.km[first[able[route]], 0]
        route = route[able[route]]
        if not len(route):
            break
        last = np.searchsorted(place, route * span + begin + reach.TOLERANCE_KM, side="right") - 1
        built = reach.joined(built, reach.routes(built.length_km, candidates.position_km[last], route=route))
        count[route] += 1
    return np.where(able, count, np.nan)


def _risks(along: Routes, vehicle: Vehicle, chances: dict[str, Floats]) -> dict[str, Floats]:
    """Probability to get through and expected unserved km, by what each site does with which probability."""
    found: dict[str, Floats] = {}
    for name, works in chances.items():
        p, km = losses.availability(along, vehicle, works)
        found |= {f"p_passable_{name}": np.clip(p, 0.0, 1.0), f"expected_unserved_km_{name}": km}
    return found


def waiting(guns: ArrayLike, load: ArrayLike) -> Floats:
    """Probability that one who comes to a queue M/M/c has to wait (Erlang C).

    Parameters
    ----------
    guns
        How many can be served at once.
    load
        Offered load (erlangs): arrivals an hour times hours of a charge.

    Returns
    -------
    float64, 1 where the load reaches the guns.

    Notes
    -----
    A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges", Elektrotekniker 13 (1917): with the probability of loss B(0) = 1, B(c) = a B(c-1) / (c + a B(c-1)),
    C = c B / (c - a (1 - B)). Arrivals are assumed to come independently and times of charge to be exponential.
    """
    c, a = np.broadcast_arrays(np.asarray(guns, dtype=np.float64), np.asarray(load, dtype=np.float64))
    lost = np.ones(c.shape)
    for k in range(1, int(c.max(initial=0)) + 1):
        lost = np.where(k <= c, a * lost / (k + a * lost), lost)
    steady = a < c
    spare = np.where(steady, c - a * (1 - lost), 1.0)
    return np.where(steady, c * lost / spare, 1.0)
