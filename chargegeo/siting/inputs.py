"""What the planning model is asked: products, candidates, demand, limits."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import receiving
from chargegeo.vocab import Current

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Product:
    """A kind of pile.

    Parameters
    ----------
    name
        Its key.
    kw
        Power that a pile takes from the grid.
    guns, bays
        Guns of a pile, and parking bays that it takes.
    cost
        Money for a pile, in any unit that the budget has too.
    confirmed
        Whether a public source gives these values.
    current
        What it gives.
    note
        What they rest on.
    """

    name: str
    kw: float
    guns: int = 1
    bays: int = 1
    cost: float = 0.0
    current: Current = Current.DC
    confirmed: bool = False
    note: str = ""


def products() -> tuple[Product, ...]:
    """The four products that come with the package. Their costs are ours and say so."""
    tree = tomllib.loads(files(__package__).joinpath("products.toml").read_text("utf-8"))
    return tuple(
        Product(name, **{**entry, "current": Current(entry["current"])}) for name, entry in tree.items()
    )


@dataclass(frozen=True, eq=False)
class Candidates:
    """Sites where piles may be built or stand already; n sites, k products.

    Parameters
    ----------
    city
        int64 (n): reporting unit of each, from 0; below 0 for none.
    county
        int64 (n): county of each, the same way; only for quotas by county.
    bays, grid_kw
        float64 (n): bays and grid power that new piles may take; infinite where nothing limits them.
    standing
        int64 (n, k): piles that stand there and stay. They take nothing of ``bays`` and ``grid_kw``.
    standing_kw, standing_guns
        float64 (n): their power and guns in all, where these differ from those of the products.
    standing_piles
        Sites (int64), kW of a pile (float64) and piles (int64) of what stands, where the power of a pile differs
        from those of the products; any number of entries of a site.
    closed
        bool (n): nothing may be built there, whatever is given up.
    pile_cost
        float64 (n): money for a pile there beside its price.
    decided
        int64 (n, k): new piles that are decided: a plan has at least these.
    position_m
        float64 (n, 2): place in the equal-area projection (m); only for a least distance.
    area
        int64 (n): service area of each side, below 0 for none. Sides of one area lie across the road from each other:
        no least distance holds between them.
    """

    city: Ints
    county: Ints | None = None
    bays: Floats | None = None
    grid_kw: Floats | None = None
    standing: Ints | None = None
    decided: Ints | None = None
    position_m: Floats | None = None
    area: Ints | None = None
    standing_kw: Floats | None = None
    standing_guns: Floats | None = None
    standing_piles: tuple[Ints, Floats, Ints] | None = None
    closed: Flags | None = None
    pile_cost: Floats | None = None

    @property
    def n(self) -> int:
        """Number of sites."""
        return len(self.city)


@dataclass(frozen=True, eq=False)
class Demand:
    """Who is served from where; m places of demand, t townships, n sites.

    Parameters
    ----------
    reach
        Sparse (m, n): a stored entry says that the site is within reach of the place; its value means nothing.
    weight
        float64 (m): people, or whatever counts, not negative.
    townships
        Sparse (t, n): a stored entry says that a pile at the site gives the township its pile.
    closing
        bool (k): products that give a township its pile, if not all do. Then no pile that stands does.
    people_per_gun
        So many people a gun serves; without, one pile within reach serves all.
    """

    reach: csr_array
    weight: Floats
    townships: csr_array | None = None
    people_per_gun: float | None = None
    closing: Flags | None = None


@dataclass(frozen=True, eq=False)
class Limits:
    """What a plan must keep; only new piles count, but for the pools of ``stretches``.

    Parameters
    ----------
    piles
        Number of new piles, exactly.
    city_quota, county_quota
        int64: piles of each city or county.
    exact
        Whether quotas are met exactly; else they are the least.
    product_least, product_most
        int64 (k): piles of each product at least, at most.
    budget
        Money for all new piles.
    least_distance_m
        New sites are at least so far from each other and from sites where piles stand.
    max_sites, max_site_piles
        Sites with new piles at most, and new piles of a site at most.
    all_townships
        Whether every township must have its pile; else as many as can be.
    stretches, pool_kw
        Sparse (s, n), float64 (s): each stretch of road needs at one of its sites, stored in its row, piles of so
        many kW together, standing and new.
    pool_guns
        float64 (s): and so many guns there.
    pool_piles, pool_at_kw
        float64 (s): and so many piles of products of at least so many kW.
    """

    piles: int
    city_quota: Ints | None = None
    county_quota: Ints | None = None
    exact: bool = True
    product_least: Ints | None = None
    product_most: Ints | None = None
    budget: float = math.inf
    least_distance_m: float = 0.0
    stretches: csr_array | None = None
    pool_kw: Floats = field(default_factory=lambda: np.empty(0))
    pool_guns: Floats | None = None
    pool_piles: Floats | None = None
    pool_at_kw: Floats | None = None
    max_sites: int | None = None
    max_site_piles: int | None = None
    all_townships: bool = False


@dataclass(frozen=True, eq=False)
class Pool:
    """One thing that a pool must have; u pairs of stretch and site, k products.

    Parameters
    ----------
    name
        ``kw``, ``guns`` or ``piles``.
    need, stands
        float64 (u): how much of it, and how much stands there.
    each
        float64 (u, k): how much a pile of each product adds.
    """

    name: str
    need: Floats
    each: Floats
    stands: Floats


@dataclass(frozen=True, eq=False)
class Task:
    """All that is asked, checked, with arrays in full."""

    candidates: Candidates
    demand: Demand
    limits: Limits
    products: tuple[Product, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Sites and products."""
        return self.candidates.n, len(self.products)

    def of(self, name: str) -> Floats:
        """float64 (k): a number of each product."""
        return np.array([getattr(item, name) for item in self.products], dtype=np.float64)

    @property
    def standing(self) -> Ints:
        """int64 (n, k): piles that stand."""
        given = self.candidates.standing
        return np.zeros(self.shape, np.int64) if given is None else np.asarray(given, np.int64)

    @property
    def standing_kw(self) -> Floats:
        """float64 (n): power that stands."""
        given = self.candidates.standing_kw
        return self.standing @ self.of("kw") if given is None else np.asarray(given, np.float64)

    @property
    def standing_guns(self) -> Floats:
        """float64 (n): guns that stand."""
        given = self.candidates.standing_guns
        return self.standing @ self.of("guns") if given is None else np.asarray(given, np.float64)

    def pools(self, stretch: Ints, site: Ints) -> list[Pool]:
        """What sites must have to be the pool of a stretch, for pairs (u) of stretch and site."""
        lim, shape = self.limits, (len(stretch), len(self.products))
        kw, found = self.of("kw"), []
        found.append(Pool("kw", lim.pool_kw[stretch], np.broadcast_to(kw, shape), self.standing_kw[site]))
        if lim.pool_guns is not None:
            guns = np.broadcast_to(self.of("guns"), shape)
            found.append(Pool("guns", lim.pool_guns[stretch], guns, self.standing_guns[site]))
        if lim.pool_piles is not None:
            least = np.zeros(len(lim.pool_kw)) if lim.pool_at_kw is None else lim.pool_at_kw
            fast = (kw >= least[stretch][:, None]).astype(np.float64)
            found.append(Pool("piles", lim.pool_piles[stretch], fast, self._fast(least[stretch], site)))
        return found

    def _fast(self, least: Floats, site: Ints) -> Floats:
        """float64 (u): piles of so many kW at least that stand at sites."""
        given = self.candidates.standing_piles
        if given is None:
            of_products: Floats = (self.standing[site] * (self.of("kw") >= least[:, None])).sum(axis=1)
            return of_products.astype(np.float64)
        at, power, n = given
        found = np.zeros(len(site))
        for kw in np.unique(least):
            of_site = np.bincount(at, n * (power >= kw), minlength=self.candidates.n)
            found = np.where(least == kw, of_site[site], found)
        return found

    @property
    def closed(self) -> Flags:
        """Bool (n): nothing may be built there."""
        given = self.candidates.closed
        return np.zeros(self.candidates.n, dtype=bool) if given is None else np.asarray(given, dtype=bool)

    @property
    def cost(self) -> Floats:
        """float64 (n, k): money for a pile."""
        given = self.candidates.pile_cost
        beside = np.zeros(self.shape[0]) if given is None else np.asarray(given, np.float64)
        return beside[:, None] + self.of("cost")

    @property
    def bays(self) -> Floats:
        """float64 (n): bays for new piles."""
        return _full(self.candidates.bays, self.candidates.n)

    @property
    def grid_kw(self) -> Floats:
        """float64 (n): grid power for new piles."""
        return _full(self.candidates.grid_kw, self.candidates.n)


def _full(given: Floats | None, n: int) -> Floats:
    return np.full(n, math.inf) if given is None else np.asarray(given, np.float64)


def task(candidates: Candidates, demand: Demand, limits: Limits, sold: tuple[Product, ...] | None) -> Task:
    """The question as it stands.

    Raises
    ------
    StudyFault
        Everything that fits nowhere, see :mod:`chargegeo.siting.receiving`.
    """
    asked = Task(
        receiving.in_arrays(candidates), receiving.in_arrays(demand), receiving.in_arrays(limits),
        products() if sold is None else tuple(sold),
    )  # fmt: skip
    receiving.accept(asked)
    return asked
