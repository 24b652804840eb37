"""The planning model in arrays: columns, rows, and which limit each row comes from.

Columns: new piles of each product at each site; new piles of each site; whether a township has its pile; what is
served; whether a site has new piles, where that matters; which site is the pool of a stretch. Townships and demand
need no whole columns: a whole pile serves them in whole.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import relation, rows
from chargegeo.siting.blocks import LIMITS, Block, Model, Rows, Served

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.inputs import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def build(asked: Task, *, tight: bool = True) -> Model:
    """The model of a question.

    Parameters
    ----------
    tight
        Whether bays, power and distances limit the columns too, which is faster. Else only rows say what they
        allow, so that each can be given up.
    """
    stands = asked.standing.sum(axis=1) > 0
    barred, pairs = _conflicts(asked, stands)
    most = _most(asked, barred) if tight else np.full(asked.shape, float(asked.limits.piles))
    most[asked.closed] = 0.0
    open_ = stands | most.any(axis=1)
    served = _arcs(asked, open_) if asked.demand.people_per_gun is not None else _places(asked, stands)
    pools = _pool_pairs(asked, most)
    new = np.arange(asked.candidates.n) if _few_sites(asked) else np.unique(pairs)
    blocks = _blocks(asked, most, served, (len(new), len(pools[1])), tight=tight)
    parts = [
        rows.totals(asked, blocks),
        *rows.quotas(asked, blocks),
        *rows.decided(asked, blocks),
        *rows.products(asked, blocks),
        *rows.site_limits(asked, blocks),
        *rows.barred(blocks, barred),
        *rows.openings(asked, blocks, new),
        *rows.distances(asked, blocks, new, pairs),
        *rows.pools(asked, blocks, pools),
        *rows.townships(asked, blocks, stands),
        *(
            rows.flows(asked, blocks, served)
            if asked.demand.people_per_gun is not None
            else rows.covers(blocks, served)
        ),
    ]
    return _model(blocks, parts, served, new)


def _most(asked: Task, barred: Flags) -> Floats:
    """Most piles of each product at each site (n, k)."""
    bays, kw = np.maximum(asked.of("bays"), 1e-9), np.maximum(asked.of("kw"), 1e-9)
    room = np.minimum(asked.bays[:, None] / bays, asked.grid_kw[:, None] / kw)
    most = np.floor(np.minimum(room + 1e-9, _site_piles(asked)))
    most[barred] = 0.0
    return most


def _most_in_all(asked: Task, most: Floats) -> Floats:
    """Most piles of all products at each site (n,)."""
    bays, kw = max(asked.of("bays").min(), 1e-9), max(asked.of("kw").min(), 1e-9)
    room = np.minimum(asked.bays / bays, asked.grid_kw / kw)
    return np.where(most.any(axis=1), np.floor(np.minimum(room + 1e-9, _site_piles(asked))), 0.0)


def _few_sites(asked: Task) -> bool:
    """Whether the most sites can stand in the way."""
    most = asked.limits.max_sites
    return most is not None and most < min(asked.candidates.n, asked.limits.piles)


def _site_piles(asked: Task) -> int:
    """Most new piles of a site that any limit on their number allows."""
    most = asked.limits.max_site_piles
    return asked.limits.piles if most is None else min(most, asked.limits.piles)


def _reachable(asked: Task, most: Floats) -> Floats:
    """1 for each township with a site where piles stand or may be built, else 0."""
    towns = asked.demand.townships
    if towns is None:
        return np.zeros(0)
    town = np.repeat(np.arange(towns.shape[0]), np.diff(towns.indptr))
    closing = asked.demand.closing
    possible = np.asarray(most[:, slice(None) if closing is None else closing].any(axis=1))
    if closing is None:
        possible |= asked.standing.sum(axis=1) > 0
    return (np.bincount(town, possible[towns.indices], minlength=towns.shape[0]) > 0).astype(float)


def _conflicts(asked: Task, stands: Flags) -> tuple[Flags, Ints]:
    """Sites too near to one where piles stand, and pairs of other new sites too near to each other."""
    from scipy.spatial import cKDTree

    least, n = asked.limits.least_distance_m, asked.candidates.n
    barred = np.zeros(n, dtype=bool)
    if not least > 0 or asked.candidates.position_m is None:
        return barred, np.empty((0, 2), np.int64)
    at = np.asarray(asked.candidates.position_m, dtype=np.float64)
    pairs = cKDTree(at).query_pairs(least, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    pairs = pairs[np.hypot(*(at[pairs[:, 0]] - at[pairs[:, 1]]).T) < least]
    if asked.candidates.area is not None:
        area = np.asarray(asked.candidates.area)[pairs]
        pairs = pairs[(area[:, 0] < 0) | (area[:, 0] != area[:, 1])]
    old = np.asarray(stands)[pairs]
    barred[pairs[old[:, 0] & ~old[:, 1], 1]] = True
    barred[pairs[old[:, 1] & ~old[:, 0], 0]] = True
    pairs = pairs[~(barred | stands)[pairs].any(axis=1)]
    return barred, pairs[np.lexsort(pairs.T[::-1])]


def _places(asked: Task, stands: Flags) -> Served:
    """One pile within reach serves all: a column for each set of sites within reach."""
    reach = asked.demand.reach
    start, site = reach.indptr.astype(np.int64), reach.indices.astype(np.int32)
    sets, (weight,) = relation.merged(start, site, asked.candidates.n, np.asarray(asked.demand.weight, float))
    place = np.repeat(np.arange(sets.n_rows), np.diff(sets.start))
    done = np.bincount(place, stands[sets.site], minlength=sets.n_rows) > 0
    number = np.cumsum(~done) - 1
    kept = ~done[place]
    return Served(
        weight[~done], np.ones(int((~done).sum())), number[place[kept]], sets.site[kept].astype(np.int64),
        math.fsum(weight[done]),
    )  # fmt: skip


def _arcs(asked: Task, open_: Flags) -> Served:
    """A gun serves so many: a column for each place and site within reach."""
    reach = asked.demand.reach
    weight = np.asarray(asked.demand.weight, dtype=np.float64)
    place = np.repeat(np.arange(len(weight)), np.diff(reach.indptr))
    site = reach.indices.astype(np.int64)
    kept = (weight[place] > 0) & open_[site]
    place, site = place[kept], site[kept]
    return Served(np.ones(len(place)), weight[place], place, site, 0.0)


def _pool_pairs(asked: Task, most: Floats) -> tuple[Ints, Ints, Ints]:
    """Stretches whose pool is lacking; stretch and site of each that might be one."""
    stretches = asked.limits.stretches
    if stretches is None:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    stretch = np.repeat(np.arange(stretches.shape[0]), np.diff(stretches.indptr))
    site = stretches.indices.astype(np.int64)
    stands = np.all([item.stands >= item.need for item in asked.pools(stretch, site)], axis=0)
    done = np.bincount(stretch, stands, minlength=stretches.shape[0]) > 0
    kept = ~done[stretch] & (most[site] > 0).any(axis=1)
    return np.flatnonzero(~done), stretch[kept], site[kept]


def _blocks(
    asked: Task, most: Floats, served: Served, counts: tuple[int, int], *, tight: bool
) -> dict[str, Block]:
    """Columns of all kinds one after the other; ``counts`` are those of new sites and of pools."""
    upper = {
        "pile": (most.ravel(), True),
        "site": (_most_in_all(asked, most) if tight else most.max(axis=1), False),
        "township": (_reachable(asked, most), False),
        "served": (served.upper, False),
        "new": (np.ones(counts[0]), True),
        "pool": (np.ones(counts[1]), True),
    }
    blocks, first = {}, 0
    for kind, (most_of, whole) in upper.items():
        blocks[kind] = Block(first, np.zeros(len(most_of)), most_of, whole)
        first += len(most_of)
    return blocks


def _model(blocks: dict[str, Block], parts: list[Rows], served: Served, new: Ints) -> Model:
    from scipy.sparse import csr_array

    n = sum(block.n for block in blocks.values())
    first = np.cumsum([0] + [len(part.low) for part in parts])
    matrix = csr_array(
        (
            np.concatenate([part.value for part in parts]),
            (
                np.concatenate([part.row + at for part, at in zip(parts, first, strict=False)]),
                np.concatenate([part.column for part in parts]),
            ),
        ),
        shape=(int(first[-1]), n),
    )
    people = np.zeros(n)
    people[blocks["served"].columns] = served.people
    return Model(
        blocks, matrix,
        np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts]),
        np.concatenate([np.full(len(part.low), LIMITS.index(part.limit)) for part in parts]),
        np.concatenate([part.unit for part in parts]), people, served.base,
        served.place, served.site, new,
    )  # fmt: skip
