"""Rows of the planning model, limit by limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting.blocks import Rows
from chargegeo.vocab import Limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.blocks import Block, Served
    from chargegeo.siting.inputs import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def _rows(limit: Limit, entries: tuple[Ints, Ints, Floats], low: Floats, high: Floats, unit: Ints) -> Rows:
    return Rows(limit, *entries, low, high, unit)


def _sums(limit: Limit, blocks: dict[str, Block], group: Ints, least: Ints, exact: bool) -> Rows:
    """New piles of the sites of each group: so many, or at least so many."""
    site = blocks["site"]
    inside = np.flatnonzero((group >= 0) & (group < len(least)))
    goal = np.asarray(least, dtype=np.float64)
    entries = (np.asarray(group, np.int64)[inside], site.first + inside, np.ones(len(inside)))
    high = goal if exact else np.full(len(goal), math.inf)
    return _rows(limit, entries, goal, high, np.arange(len(goal)))


def totals(asked: Task, blocks: dict[str, Block]) -> Rows:
    """The number of new piles."""
    return _sums(
        Limit.PILES, blocks, np.zeros(asked.candidates.n, np.int64), np.array([asked.limits.piles]), True
    )


def quotas(asked: Task, blocks: dict[str, Block]) -> list[Rows]:
    """The quotas of cities and counties."""
    given = (
        (Limit.CITY_QUOTA, asked.candidates.city, asked.limits.city_quota),
        (Limit.COUNTY_QUOTA, asked.candidates.county, asked.limits.county_quota),
    )
    return [
        _sums(limit, blocks, np.asarray(group), quota, asked.limits.exact)
        for limit, group, quota in given
        if group is not None and quota is not None
    ]


def decided(asked: Task, blocks: dict[str, Block]) -> list[Rows]:
    """Piles that are decided are built; a row speaks of a site."""
    if asked.candidates.decided is None:
        return []
    least = np.asarray(asked.candidates.decided, dtype=np.float64).ravel()
    pile = np.flatnonzero(least > 0)
    entries = (np.arange(len(pile)), blocks["pile"].first + pile, np.ones(len(pile)))
    site = pile // len(asked.products)
    return [_rows(Limit.DECIDED, entries, least[pile], np.full(len(pile), math.inf), site)]


def products(asked: Task, blocks: dict[str, Block]) -> list[Rows]:
    """Piles of each product, and the money for all."""
    (n, k), limits = asked.shape, asked.limits
    column, product = blocks["pile"].columns, np.tile(np.arange(k), n)
    free, found = np.full(k, math.inf), []
    each = (product, column, np.ones(n * k))
    if limits.product_least is not None:
        found.append(
            _rows(Limit.PRODUCT_LEAST, each, np.asarray(limits.product_least, float), free, np.arange(k))
        )
    if limits.product_most is not None:
        found.append(
            _rows(Limit.PRODUCT_MOST, each, -free, np.asarray(limits.product_most, float), np.arange(k))
        )
    if math.isfinite(limits.budget):
        entries = (np.zeros(n * k, np.int64), column, asked.cost.ravel())
        found.append(
            _rows(
                Limit.BUDGET, entries, np.array([-math.inf]), np.array([limits.budget]), np.zeros(1, np.int64)
            )
        )
    return found


def site_limits(asked: Task, blocks: dict[str, Block]) -> list[Rows]:
    """Piles of a site add up; their bays and their power stay within what it has."""
    n, k = asked.shape
    row, zero, site = np.repeat(np.arange(n), k), np.zeros(n), np.arange(n)
    both = (
        np.append(row, site),
        np.append(blocks["pile"].columns, blocks["site"].columns),
        np.append(np.ones(n * k), -np.ones(n)),
    )
    found = [_rows(Limit.OF_ITSELF, both, zero, zero, site)]
    most = asked.limits.max_site_piles
    for limit, of_product, room in (
        (Limit.BAYS, asked.of("bays"), asked.bays),
        (Limit.GRID, asked.of("kw"), asked.grid_kw),
        (Limit.SITE_PILES, np.ones(k), np.full(n, math.inf if most is None else float(most))),
    ):
        if np.isfinite(room).any():
            entries = (row, blocks["pile"].columns, np.tile(of_product, n))
            found.append(_rows(limit, entries, np.full(n, -math.inf), room, site))
    return found


def barred(blocks: dict[str, Block], barred: Flags) -> list[Rows]:
    """Nothing is built too near to a site where piles stand."""
    sites = np.flatnonzero(barred)
    entries = (np.arange(len(sites)), blocks["site"].first + sites, np.ones(len(sites)))
    return [_rows(Limit.DISTANCE, entries, np.full(len(sites), -math.inf), np.zeros(len(sites)), sites)]


def openings(asked: Task, blocks: dict[str, Block], new: Ints) -> list[Rows]:
    """A site with new piles is open, and so many are at most."""
    if not len(new):
        return []
    m, column, most = len(new), blocks["new"], asked.limits.max_sites
    own = np.arange(m)
    entries = (
        np.append(own, own),
        np.append(blocks["site"].first + new, column.columns),
        np.append(np.ones(m), -blocks["site"].upper[new]),
    )
    found = [_rows(Limit.OF_ITSELF, entries, np.full(m, -math.inf), np.zeros(m), new)]
    if most is not None and m == asked.candidates.n:
        all_ = (np.zeros(m, np.int64), column.columns, np.ones(m))
        found.append(
            _rows(Limit.SITES, all_, np.array([-math.inf]), np.array([float(most)]), np.zeros(1, np.int64))
        )
    return found


def distances(asked: Task, blocks: dict[str, Block], new: Ints, pairs: Ints) -> list[Rows]:
    """Of sites in one square, or of a pair, one at most is open."""
    if not len(pairs):
        return []
    near = np.unique(pairs)
    group, member = _cliques(asked, near, pairs)
    count = int(group.max(initial=-1)) + 1
    apart = (group, blocks["new"].first + np.searchsorted(new, member), np.ones(len(group)))
    first_of = np.searchsorted(group, np.arange(count))
    return [_rows(Limit.DISTANCE, apart, np.full(count, -math.inf), np.ones(count), member[first_of])]


def _cliques(asked: Task, new: Ints, pairs: Ints) -> tuple[Ints, Ints]:
    """Sets of sites that are all too near to each other, and hold every such pair: number of the set, site.

    Sites in a square whose diagonal is shorter than the least distance, for four positions of the squares, and
    pairs that share no square. Sides of service areas are told in pairs: one is free to be near its other side.
    """
    one = np.full(asked.candidates.n, True) if asked.candidates.area is None else asked.candidates.area < 0
    side = asked.limits.least_distance_m / math.sqrt(2.0) * (1 - 1e-9)
    at = np.asarray(asked.candidates.position_m, dtype=np.float64)
    left, groups, sites, n_groups = np.ones(len(pairs), dtype=bool), [], [], 0
    for dx, dy in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)):
        cell = np.floor(at / side + (dx, dy)).astype(np.int64)
        same = (cell[pairs[:, 0]] == cell[pairs[:, 1]]).all(axis=1) & one[pairs].all(axis=1)
        if not (same & left).any():
            continue
        alone = new[one[new]]
        _, number, size = np.unique(cell[alone], axis=0, return_inverse=True, return_counts=True)
        shared = size[number.ravel()] > 1
        _, number = np.unique(number.ravel()[shared], return_inverse=True)
        groups.append(n_groups + number)
        sites.append(alone[shared])
        n_groups += int(number.max()) + 1
        left &= ~same
    groups.append(n_groups + np.repeat(np.arange(int(left.sum())), 2))
    sites.append(pairs[left].ravel())
    group, site = np.concatenate(groups), np.concatenate(sites)
    order = np.lexsort((site, group))
    return group[order], site[order]


def pools(asked: Task, blocks: dict[str, Block], pools: tuple[Ints, Ints, Ints]) -> list[Rows]:
    """Each stretch has a pool, and a pool has its kW, guns and fast piles."""
    lacking, stretch, site = pools
    if not len(lacking):
        return []
    k, u = len(asked.products), len(stretch)
    own, columns, free = np.arange(u), blocks["pool"].columns, math.inf
    piles = (site[:, None] * k + np.arange(k)).ravel()
    found = [
        _rows(
            Limit.OF_ITSELF,
            (
                np.append(np.repeat(own, k), own),
                np.append(piles, columns),
                np.append(item.each.ravel(), -np.maximum(item.need - item.stands, 0.0)),
            ),
            np.zeros(u), np.full(u, free), site,
        )
        for item in asked.pools(stretch, site)
    ]  # fmt: skip
    some = (np.searchsorted(lacking, stretch), columns, np.ones(u))
    return [*found, _rows(Limit.STRETCH, some, np.ones(len(lacking)), np.full(len(lacking), free), lacking)]


def townships(asked: Task, blocks: dict[str, Block], stands: Flags) -> list[Rows]:
    """A township has its pile if one stands or is built at one of its sites."""
    towns = asked.demand.townships
    if towns is None:
        return []
    town = np.repeat(np.arange(towns.shape[0]), np.diff(towns.indptr))
    entry = np.stack([town, towns.indices.astype(np.int64)])
    closing = asked.demand.closing
    done = np.zeros(towns.shape[0], dtype=bool)
    if closing is None:
        done = np.bincount(entry[0], stands[entry[1]], minlength=towns.shape[0]) > 0
    town, site = entry[:, ~done[entry[0]]]
    lacking = np.flatnonzero(~done)
    m = len(lacking)
    row, piles = np.searchsorted(lacking, town), blocks["site"].first + site
    if closing is not None:
        kinds = np.flatnonzero(closing)
        piles = (blocks["pile"].first + site[:, None] * len(asked.products) + kinds).ravel()
        row = np.repeat(row, len(kinds))
    entries = (
        np.append(row, np.arange(m)),
        np.append(piles, blocks["township"].first + lacking),
        np.append(-np.ones(len(piles)), np.ones(m)),
    )
    found = [_rows(Limit.OF_ITSELF, entries, np.full(m, -math.inf), np.zeros(m), lacking)]
    if asked.limits.all_townships:
        each = (np.arange(m), blocks["township"].first + lacking, np.ones(m))
        found.append(_rows(Limit.TOWNSHIPS, each, np.ones(m), np.full(m, math.inf), lacking))
    return found


def covers(blocks: dict[str, Block], served: Served) -> list[Rows]:
    """A place is served if a pile is built within its reach."""
    m = len(served.people)
    entries = (
        np.append(served.place, np.arange(m)),
        np.append(blocks["site"].first + served.site, blocks["served"].columns),
        np.append(-np.ones(len(served.site)), np.ones(m)),
    )
    return [_rows(Limit.OF_ITSELF, entries, np.full(m, -math.inf), np.zeros(m), np.arange(m))]


def flows(asked: Task, blocks: dict[str, Block], served: Served) -> list[Rows]:
    """No place is served beyond its weight, and no site serves more than its guns can."""
    (n, k), m = asked.shape, len(asked.demand.weight)
    each = float(asked.demand.people_per_gun or 0.0) * asked.of("guns")
    columns, ones = blocks["served"].columns, np.ones(len(served.site))
    guns = (
        np.append(served.site, np.repeat(np.arange(n), k)),
        np.append(columns, blocks["pile"].columns),
        np.append(ones, np.tile(-each, n)),
    )
    weight = np.asarray(asked.demand.weight, dtype=np.float64)
    return [
        _rows(Limit.OF_ITSELF, (served.place, columns, ones), np.full(m, -math.inf), weight, np.arange(m)),
        _rows(
            Limit.OF_ITSELF,
            guns,
            np.full(n, -math.inf),
            float(asked.demand.people_per_gun or 0.0) * asked.standing_guns,
            np.arange(n),
        ),
    ]
