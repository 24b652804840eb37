"""A scenario about a world, as the arrays of the planning model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import coverage
from chargegeo.errors import Fault, StudyFault
from chargegeo.siting import windows, worlds
from chargegeo.siting.inputs import Candidates, Demand, Limits
from chargegeo.siting.reaching import within_reach
from chargegeo.siting.scenarios import FAIR, MOST
from chargegeo.vocab import Fact, SiteKind, State

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from chargegeo.region import Rule
    from chargegeo.siting.inputs import Product
    from chargegeo.siting.scenarios import Scenario
    from chargegeo.siting.worlds import World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of a world.

    Parameters
    ----------
    candidates, demand, limits, products
        Of the planning model.
    cities, counties
        Codes of the reporting units and counties, in the order of their numbers.
    rule
        The rule of the units, reported at the rung that is asked for.
    before
        Contract ``coverage`` of what stands, at that rung.
    lacking
        Rows of the units that lack their pile, in the order of the townships of ``demand``.
    judged
        Which units count, a flag each.
    stretches
        Stretches of road in the order of ``limits.stretches``: ``rule``, ``corridor_id``, ``from_km``, ``to_km``.
    unmended
        Stretches that no site can mend, the same columns.
    """

    candidates: Candidates
    demand: Demand
    limits: Limits
    products: tuple[Product, ...]
    cities: tuple[str, ...]
    counties: tuple[str, ...]
    rule: Rule
    before: pd.DataFrame
    lacking: Ints
    judged: Flags
    stretches: pd.DataFrame
    unmended: pd.DataFrame


def ask(world: World, scenario: Scenario, *, quotas: Quota | None = None) -> Question:
    """The planning model of a scenario.

    Raises
    ------
    StudyFault
        With every code, rung, rule, product or site of the scenario that the world does not know.
    """
    rule, products = rule_of(world, scenario), scenario.sold
    before = judge(world, rule)
    units = world.register.units
    cities, city = _numbers(units["city_code"])
    counties, county = _numbers(units["county_code"])
    judged = _judged(world, scenario)
    wanted = [State.UNCOVERED, State.UNKNOWN] if scenario.unknown == "close" else [State.UNCOVERED]
    lacking = np.flatnonzero(before["state"].isin(wanted).to_numpy(bool) & judged)
    if scenario.must_cover == "none":
        lacking = lacking[:0]
    row = world.sites["unit"].to_numpy()
    stretches, pools, unmended = windows.windows(world, scenario.corridors)
    candidates = Candidates(
        np.where(row >= 0, city[row], -1), county=np.where(row >= 0, county[row], -1),
        bays=_room(world, "bays", scenario.bays), grid_kw=_room(world, "grid_kw", scenario.candidates.grid_kw),
        standing=standing(world, products), standing_kw=world.sites["standing_kw"].to_numpy(),
        standing_guns=world.sites["standing_guns"].to_numpy(dtype=float),
        standing_piles=_powers(world), closed=closed(world, scenario),
        decided=_decided(world, scenario, products),
        position_m=worlds.positions(world.sites, world.register.region) if scenario.least_distance_m else None,
        area=_areas(world),
        pile_cost=world.sites["cost_per_pile"].fillna(0.0).to_numpy(dtype=float),
    )  # fmt: skip
    demand = Demand(
        _near(world, scenario), weights(world, scenario),
        townships=_closers(world, rule, lacking) if len(lacking) else None,
        closing=closing(rule, products) if len(lacking) else None,
    )  # fmt: skip
    demand = replace(demand, people_per_gun=_per_gun(scenario, candidates, demand))
    limits = _limits(scenario, products, quotas or Quota(), cities, counties)
    limits = replace(limits, stretches=pools.sites if len(stretches) else None, **pools.needs(len(stretches)))
    return Question(
        candidates, demand, limits, products, cities, counties, rule, before, lacking, judged, stretches, unmended
    )  # fmt: skip


@dataclass(frozen=True)
class Quota:
    """Piles by code of city and county."""

    city: dict[str, int] | None = None
    county: dict[str, int] | None = None


def rule_of(world: World, scenario: Scenario) -> Rule:
    """The rule that holds the rung that the scenario names, reported at it.

    Raises
    ------
    StudyFault
        If there is no such rung; those there are get listed.
    """
    rules = world.register.rules
    rung = scenario.rung or rules[0].headline
    for rule in rules:
        if rung in [item.id for item in rule.rungs]:
            return replace(rule, headline=rung)
    known = ", ".join(item.id for rule in rules for item in rule.rungs)
    raise StudyFault(Fault("entry_word", value=rung, params={"key": "rung", "known": known}))


def judge(world: World, rule: Rule) -> pd.DataFrame:
    """Contract ``coverage`` of what stands."""
    given = world.register
    return coverage.by_unit(
        given.units, given.stations, given.piles, given.region, rule, placed=given.placed,
        set_aside=given.set_aside, seat_minutes=given.seat_minutes,
    )  # fmt: skip


def weights(world: World, scenario: Scenario) -> Floats:
    """float64 (m): people of each unit, or what stands for them; 0 where it is not known."""
    units = world.register.units
    if scenario.weight == "equal":
        return np.ones(len(units))
    column = worlds.PEOPLE[scenario.weight]
    found: Floats = units[column].fillna(0).to_numpy(dtype=float)
    if not found.any():
        raise StudyFault(Fault("scenario_no_weight", value=scenario.weight, column=column))
    return found


def standing(world: World, products: tuple[Product, ...]) -> Ints:
    """int64 (n, k): piles that stand, each as the product of most power that it reaches, else the weakest."""
    kw = np.array([item.kw for item in products])
    order = np.argsort(kw, kind="stable")
    power = world.groups["power_kw"].fillna(0.0).to_numpy(dtype=float)
    kind = order[np.maximum(np.searchsorted(kw[order], power, side="right") - 1, 0)]
    found = np.zeros((len(world.sites), len(products)), dtype=np.int64)
    np.add.at(
        found, (world.groups["site"].to_numpy(), kind), world.groups["n_piles"].to_numpy(dtype=np.int64)
    )
    return found


def closing(rule: Rule, products: tuple[Product, ...]) -> Flags:
    """Bool (k): products a new public pile of which satisfies the rung, as far as kind and power say.

    Raises
    ------
    StudyFault
        If none does.
    """
    fits = fitting(rule, products)
    if not fits.any():
        raise StudyFault(Fault("scenario_closes_none", value=rule.headline))
    return fits


def fitting(rule: Rule, products: tuple[Product, ...]) -> Flags:
    """Bool (k): products whose kind and power satisfy the rung that a rule is reported at."""
    top = [item.id for item in rule.rungs].index(rule.headline)
    fits = np.ones(len(products), dtype=bool)
    for c in (c for i, c in rule.conditions() if i <= top):
        if c.fact == Fact.CURRENT:
            fits &= [item.current in c.one_of for item in products]
        elif c.fact == Fact.POWER_KW:
            fits &= [item.kw >= (c.at_least or 0.0) for item in products]
    return fits


def _judged(world: World, scenario: Scenario) -> Flags:
    kinds = world.register.units["town_kind"]
    headline = kinds.isin(world.register.region.headline_kinds).to_numpy(bool)
    every = np.ones(len(kinds), dtype=bool)
    return headline if scenario.cover == "headline" and headline.any() else every


def _numbers(codes: pd.Series) -> tuple[tuple[str, ...], Ints]:
    """Codes in order, and the number of each row's code; -1 for none."""
    known = sorted(codes.dropna().unique())
    number = {code: at for at, code in enumerate(known)}
    return tuple(known), codes.map(number).fillna(-1).to_numpy(dtype=np.int64)


def _room(world: World, name: str, common: float | None) -> Floats:
    """What new piles may take at each site: its own, else that of all."""
    own = world.sites[name].astype("float64")
    room: Floats = own.fillna(math.inf if common is None else float(common)).to_numpy()
    return room


def closed(world: World, scenario: Scenario) -> Flags:
    """Bool (n): sites of a kind that the scenario does not take, and sites in no unit, which are nobody's quota."""
    fixed = (SiteKind.SEAT, SiteKind.STATION, SiteKind.SERVICE_AREA, SiteKind.JUNCTION)
    other = world.sites["site_kind"].isin([kind for kind in fixed if kind not in scenario.candidates.kinds])
    found: Flags = (other | (world.sites["unit"] < 0)).to_numpy(bool)
    return found


def _powers(world: World) -> tuple[Ints, Floats, Ints]:
    """Piles that stand, by site and power; unknown power reaches nothing."""
    groups = world.groups
    return (
        groups["site"].to_numpy(), groups["power_kw"].fillna(0.0).to_numpy(dtype=float),
        groups["n_piles"].to_numpy(dtype=np.int64),
    )  # fmt: skip


def _decided(world: World, scenario: Scenario, products: tuple[Product, ...]) -> Ints | None:
    if not scenario.decided:
        return None
    site = {item: at for at, item in enumerate(world.sites["site_id"])}
    kind = {item.name: at for at, item in enumerate(products)}
    if unknown := [item.site for item in scenario.decided if item.site not in site]:
        raise StudyFault(*(Fault("scenario_site", column="decided", value=item) for item in unknown))
    found = np.zeros((len(site), len(kind)), dtype=np.int64)
    for item in scenario.decided:
        found[site[item.site], kind[item.product]] += item.piles
    return found


def _areas(world: World) -> Ints | None:
    """Number of the service area of each side, -1 for other sites."""
    import pandas as pd

    if world.roadside is None:
        return None
    sides = world.roadside.sides.set_index("side_id")["pair_id"]
    at_side = world.sites["site_kind"] == SiteKind.SERVICE_AREA
    pair = world.sites["station_id"].where(at_side).map(sides)
    return np.asarray(pd.factorize(pair)[0], dtype=np.int64)


def _near(world: World, scenario: Scenario) -> csr_array:
    """The reach of a world within the limit of a scenario; a site at the seat itself is near."""
    return within_reach(world.reach, limit=scenario.minutes if world.by_road else scenario.km)


def _closers(world: World, rule: Rule, lacking: Ints) -> csr_array:
    """Sparse (t, n): sites in each lacking unit, as near to its seat as the rung asks."""
    from scipy.sparse import csr_array

    town = np.full(len(world.register.units), -1)
    town[lacking] = np.arange(len(lacking))
    unit = world.sites["unit"].to_numpy()
    site = np.flatnonzero((unit >= 0) & (town[unit] >= 0) & _close_enough(world, rule))
    order = site[np.argsort(town[unit[site]], kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(town[unit[order]], minlength=len(lacking)))])
    return csr_array((np.ones(len(order)), order, first), shape=(len(lacking), len(unit)))


def _close_enough(world: World, rule: Rule) -> Flags:
    """Bool (n): whether a site is as near to the seat of its own unit as the rung asks."""
    top = [item.id for item in rule.rungs].index(rule.headline)
    limits = {c.fact: c.at_most for i, c in rule.conditions() if i <= top and c.at_most is not None}
    unit = world.sites["unit"].to_numpy()
    found = np.ones(len(unit), dtype=bool)
    if Fact.SEAT_KM in limits:
        found &= seat_km(world) <= limits[Fact.SEAT_KM]
    if Fact.SEAT_MINUTES in limits:
        found &= own_reach(world) <= limits[Fact.SEAT_MINUTES]
    return found


def seat_km(world: World) -> Floats:
    """float64 (n): straight distance from the seat of the unit of each site; infinite without one."""
    import geopandas as gpd

    units, unit = world.register.units, world.sites["unit"].to_numpy()
    seat = gpd.GeoSeries(gpd.points_from_xy(units["seat_lon"], units["seat_lat"]), crs=units.crs)
    crs = world.register.region.crs_measure
    ends = seat.to_crs(crs).to_numpy()[unit]
    far = gpd.GeoSeries(world.sites.geometry.to_crs(crs).to_numpy()).distance(gpd.GeoSeries(ends)) / 1000
    return np.where((unit >= 0) & far.notna(), far.fillna(math.inf), math.inf)


def own_reach(world: World) -> Floats:
    """float64 (n): how far each site is from the seat of its own unit; infinite beyond the limit of the world."""
    unit, reach = world.sites["unit"].to_numpy(), world.reach
    row = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    own = row == unit[reach.indices]
    found = np.full(len(unit), math.inf)
    found[reach.indices[own]] = reach.data[own]
    return found


def _per_gun(scenario: Scenario, candidates: Candidates, demand: Demand) -> float | None:
    """People a gun; the fair share counts each new pile as a gun."""
    if scenario.people_per_gun == FAIR:
        guns = float(np.asarray(candidates.standing_guns).sum()) + scenario.target_piles
        return float(np.asarray(demand.weight).sum()) / guns if guns else None
    return float(scenario.people_per_gun) or None


def _limits(
    scenario: Scenario, products: tuple[Product, ...], quotas: Quota, cities: tuple[str, ...],
    counties: tuple[str, ...],
) -> Limits:  # fmt: skip
    offers = [scenario.products.get(item.name) for item in products]
    least = np.array([0 if item is None or item.least is None else item.least for item in offers])
    most = np.array([MOST if item is None or item.most is None else item.most for item in offers])
    return Limits(
        scenario.target_piles,
        city_quota=by_code("city", quotas.city, cities),
        county_quota=by_code("county", quotas.county, counties),
        exact=scenario.quotas is None or scenario.quotas.exact,
        product_least=least if least.any() else None,
        product_most=most if (most < MOST).any() else None,
        budget=math.inf if scenario.budget is None else scenario.budget,
        least_distance_m=scenario.least_distance_m,
        max_sites=scenario.max_sites, max_site_piles=scenario.max_piles_per_site,
        all_townships=scenario.must_cover == "all_townships",
    )  # fmt: skip


def by_code(level: str, given: dict[str, int] | None, codes: tuple[str, ...]) -> Ints | None:
    """Numbers by code as an array in the order of the codes; a code that is not named gets none.

    Raises
    ------
    StudyFault
        With every code that is none of the study's.
    """
    if given is None:
        return None
    if unknown := [code for code in given if code not in codes]:
        raise StudyFault(*(Fault("scenario_code", column=f"quotas.{level}", value=code) for code in unknown))
    return np.array([given.get(code, 0) for code in codes], dtype=np.int64)
