"""A plan counted anew, from the question and the piles alone: nothing here knows the model that made it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from chargegeo.siting.inputs import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Flow:
    """Who is served where: so many people of a place at a site; entries in any order."""

    place: Ints
    site: Ints
    people: Floats


def broken(asked: Task, amount: Ints) -> list[Fault]:
    """Every limit that a plan breaks: none for a plan that may be returned."""
    return [
        *_broken_sites(asked, amount), *_broken_sums(asked, amount), *_broken_roads(asked, amount),
        *_broken_townships(asked, amount),
    ]  # fmt: skip


def townships(asked: Task, amount: Ints) -> Flags:
    """Which townships have their pile."""
    given, closing = asked.demand.townships, asked.demand.closing
    if given is None:
        return np.empty(0, dtype=bool)
    piles = asked.standing + amount if closing is None else amount[:, closing]
    return _touched(given, piles.sum(axis=1) > 0)


def reached(asked: Task, amount: Ints) -> Flags:
    """Which places have a pile within reach."""
    return _touched(asked.demand.reach, (asked.standing + amount).sum(axis=1) > 0)


def people(asked: Task, amount: Ints, flow: Flow | None) -> float:
    """What is served; where guns are counted, by this flow, which is refused if anyone is counted twice.

    Raises
    ------
    RuntimeError
        A flow that is none: a bug, please report it.
    """
    weight = np.asarray(asked.demand.weight, dtype=np.float64)
    if flow is None:
        return math.fsum(weight[reached(asked, amount)])
    of_place = np.bincount(flow.place, flow.people, minlength=len(weight))
    of_site = np.bincount(flow.site, flow.people, minlength=asked.candidates.n)
    guns = asked.standing_guns + amount @ asked.of("guns")
    room = float(asked.demand.people_per_gun or 0.0) * guns
    if (
        (of_place > weight + _slack(weight)).any()
        or (of_site > room + _slack(room)).any()
        or not _within(asked, flow)
    ):
        raise RuntimeError("someone is counted twice, or out of reach")
    return math.fsum(flow.people)


def _within(asked: Task, flow: Flow) -> bool:
    """Whether nobody is served by less than nothing, or where it is out of reach."""
    reach, n = asked.demand.reach, asked.candidates.n
    stored = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr)) * n + reach.indices
    used = flow.people > 0
    return bool((flow.people >= -1e-6).all() and np.isin((flow.place * n + flow.site)[used], stored).all())


def _slack(of: Floats) -> Floats:
    return 1e-6 * np.maximum(1.0, np.abs(of))


def _touched(relation: csr_array, sites: Flags) -> Flags:
    """Rows with a stored entry at one of some sites."""
    row = np.repeat(np.arange(relation.shape[0]), np.diff(relation.indptr))
    return np.bincount(row, sites[relation.indices], minlength=relation.shape[0]) > 0


def _missed(code: str, unit: int | None, value: float, allowed: float) -> Fault:
    return Fault(code, row=unit, value=value, params={"allowed": allowed})


def _broken_sites(asked: Task, amount: Ints) -> Iterator[Fault]:
    if amount.shape != asked.shape or not np.issubdtype(amount.dtype, np.integer) or (amount < 0).any():
        yield Fault("siting_broken_amount", value=str(amount.shape))
        return
    for j in np.flatnonzero(asked.closed & amount.any(axis=1)):
        yield _missed("siting_broken_closed", int(j), int(amount[j].sum()), 0)
    if asked.candidates.decided is not None:
        for j, k in np.argwhere(amount < asked.candidates.decided):
            least = int(asked.candidates.decided[j, k])
            yield _missed("siting_broken_decided", int(j), int(amount[j, k]), least)
    for code, used, room in (
        ("siting_broken_bays", amount @ asked.of("bays"), asked.bays),
        ("siting_broken_grid", amount @ asked.of("kw"), asked.grid_kw),
    ):
        for j in np.flatnonzero(used > room + _slack(used)):
            yield _missed(code, int(j), float(used[j]), float(room[j]))
    most, of_site = asked.limits.max_site_piles, amount.sum(axis=1)
    if most is not None:
        for j in np.flatnonzero(of_site > most):
            yield _missed("siting_broken_site_piles", int(j), int(of_site[j]), most)
    if asked.limits.max_sites is not None and (n := int((of_site > 0).sum())) > asked.limits.max_sites:
        yield _missed("siting_broken_sites", None, n, asked.limits.max_sites)


def _broken_sums(asked: Task, amount: Ints) -> Iterator[Fault]:
    limits, of_site, of_product = asked.limits, amount.sum(axis=1), amount.sum(axis=0)
    if of_site.sum() != limits.piles:
        yield _missed("siting_broken_piles", None, int(of_site.sum()), limits.piles)
    for code, group, quota in (
        ("siting_broken_city_quota", asked.candidates.city, limits.city_quota),
        ("siting_broken_county_quota", asked.candidates.county, limits.county_quota),
    ):
        if group is None or quota is None:
            continue
        for unit, least in enumerate(np.asarray(quota).tolist()):
            found = int(of_site[np.asarray(group) == unit].sum())
            if found < least or (limits.exact and found > least):
                yield _missed(code, unit, found, least)
    for k, found in enumerate(of_product.tolist()):
        if limits.product_least is not None and found < limits.product_least[k]:
            yield _missed("siting_broken_product_least", k, found, int(limits.product_least[k]))
        if limits.product_most is not None and found > limits.product_most[k]:
            yield _missed("siting_broken_product_most", k, found, int(limits.product_most[k]))
    spent = math.fsum((amount * asked.cost).ravel())
    if spent > limits.budget * (1 + 1e-9):
        yield _missed("siting_broken_budget", None, spent, limits.budget)


def _broken_townships(asked: Task, amount: Ints) -> Iterator[Fault]:
    if asked.limits.all_townships:
        for t in np.flatnonzero(~townships(asked, amount)):
            yield _missed("siting_broken_township", int(t), 0, 1)


def _broken_roads(asked: Task, amount: Ints) -> Iterator[Fault]:
    """Sites too near to each other, and stretches without a pool."""
    from scipy.spatial import cKDTree

    limits, stands = asked.limits, asked.standing.sum(axis=1) > 0
    if limits.least_distance_m > 0 and asked.candidates.position_m is not None:
        used = np.flatnonzero(stands | (amount.sum(axis=1) > 0))
        at = np.asarray(asked.candidates.position_m, dtype=np.float64)[used]
        area = None if asked.candidates.area is None else np.asarray(asked.candidates.area)[used]
        for a, b in sorted(cKDTree(at).query_pairs(limits.least_distance_m)):
            apart = math.dist(at[a], at[b])
            if area is not None and area[a] == area[b] >= 0:
                continue
            if apart < limits.least_distance_m * (1 - 1e-12) and not stands[used[[a, b]]].all():
                yield _missed("siting_broken_distance", int(used[a]), apart, limits.least_distance_m)
    if limits.stretches is None:
        return
    for s in range(limits.stretches.shape[0]):
        sites = limits.stretches.indices[limits.stretches.indptr[s] : limits.stretches.indptr[s + 1]]
        has = [
            (item.need, item.stands + (amount[sites] * item.each).sum(axis=1))
            for item in asked.pools(np.full(len(sites), s), sites)
        ]
        if not np.all([found >= need - 1e-6 for need, found in has], axis=0).any():
            best = float(has[0][1].max(initial=0.0))
            yield _missed("siting_broken_stretch", s, best, float(limits.pool_kw[s]))
