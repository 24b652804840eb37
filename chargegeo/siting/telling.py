"""What a plan changes, in tables: sites with their reason, units and areas before and after.

The verdict after is not taken from the model: new piles become stations of a register, and the rule of the study
judges it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import coverage, schema
from chargegeo.siting import asking
from chargegeo.vocab import Access, Level, State, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.siting.asking import Question
    from chargegeo.siting.worlds import World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

NAMED = 20  # units named in the reason of a site


@dataclass(frozen=True, eq=False)
class Served:
    """People served before and after: in all, and by unit (m) where that is one number."""

    before: float
    after: float
    bound: float
    of_unit: tuple[Floats, Floats] | None


def tables(
    world: World, asked: Question, amounts: Mapping[int | None, Ints], served: Served, *, comma: str
) -> dict[str, pd.DataFrame]:
    """Contracts ``sites``, ``site_piles``, ``scenario_units`` and ``scenario_areas`` of a plan.

    Parameters
    ----------
    amounts
        int64 (n, k): new piles of each year.
    comma
        What stands between the names of units.
    """
    amount = np.sum(list(amounts.values()), axis=0)
    after = judged_after(world, asked, amount)
    units = _units(world, asked, amount, after, served)
    closed = (units["before"] != State.COVERED) & (units["after"] == State.COVERED)
    sites = _sites(world, asked, amount, np.flatnonzero(closed.to_numpy(bool)), served, comma)
    return {
        "sites": sites,
        "site_piles": _piles(world, asked, amounts),
        "scenario_units": units,
        "scenario_areas": _areas(world, asked, units, sites, served),
    }


def judged_after(world: World, asked: Question, amount: Ints) -> pd.DataFrame:
    """Contract ``coverage`` at the rung of the scenario, with the new piles in the register."""
    import pandas as pd

    given = world.register
    stations, piles, placed, minutes = _register(world, asked, amount)
    seat_minutes = None
    if given.seat_minutes is not None:
        seat_minutes = np.append(given.seat_minutes, minutes)
    return coverage.by_unit(
        given.units, pd.concat([given.stations, stations], ignore_index=True),
        pd.concat([given.piles, piles], ignore_index=True), given.region, asked.rule,
        placed=pd.concat([given.placed.astype("object"), placed], ignore_index=True),
        set_aside=given.set_aside, seat_minutes=seat_minutes,
    )  # fmt: skip


def _register(
    world: World, asked: Question, amount: Ints
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.Series, Floats]:
    """New piles as a register: a public station in service at each site."""
    import pandas as pd

    built = np.flatnonzero(amount.any(axis=1))
    sites = world.sites.iloc[built]
    ids = "new-" + sites["site_id"]
    n_piles = amount[built].sum(axis=1)
    stations = schema.conform(
        sites.assign(
            station_id=ids, access=str(Access.PUBLIC), status=str(Status.IN_SERVICE), file="scenario",
            n_piles=n_piles, n_guns=(amount[built] @ np.array([item.guns for item in asked.products])),
        ),
        "stations",
    )  # fmt: skip
    site, kind = np.nonzero(amount[built])
    piles = schema.conform(
        pd.DataFrame({
            "station_id": ids.to_numpy()[site], "n_piles": amount[built][site, kind],
            "current": [str(asked.products[k].current) for k in kind],
            "power_kw": [asked.products[k].kw for k in kind],
        }),
        "piles",
    )  # fmt: skip
    unit = sites["unit"].to_numpy()
    codes = world.register.units["unit_code"].to_numpy(dtype=object)
    placed = pd.Series([codes[u] if u >= 0 else None for u in unit], dtype="object")
    minutes = asking.own_reach(world)[built] if world.by_road else np.full(len(built), np.nan)
    return stations, piles, placed, minutes


def _units(world: World, asked: Question, amount: Ints, after: pd.DataFrame, served: Served) -> pd.DataFrame:
    units, unit = world.register.units, world.sites["unit"].to_numpy()
    inside = unit >= 0
    new = np.bincount(unit[inside], amount.sum(axis=1)[inside], minlength=len(units)).astype(np.int64)
    before_served, after_served = served.of_unit or (np.nan, np.nan)
    table = units[["unit_code", "name", "town_kind", "county_code", "county_name", "city_code", "city_name"]]
    told = table.assign(
        rung=asked.rule.headline, before=asked.before["state"].to_numpy(), after=after["state"].to_numpy(),
        n_piles_before=asked.before["n_piles"].to_numpy(), n_new=new, people=asked.demand.weight,
        served_before=before_served, served_after=after_served,
    )  # fmt: skip
    return schema.conform(told.reset_index(drop=True), "scenario_units")


def _sites(
    world: World, asked: Question, amount: Ints, closed: Ints, served: Served, comma: str
) -> gpd.GeoDataFrame:
    import pandas as pd

    units, built = world.register.units, np.flatnonzero(amount.any(axis=1))
    sites, new = world.sites.iloc[built].reset_index(drop=True), amount[built]
    unit = sites["unit"].to_numpy()
    of = {name: np.array([getattr(item, name) for item in asked.products]) for name in ("kw", "guns", "bays")}
    about = units[["unit_code", "name", "county_code", "county_name", "city_code", "city_name"]]
    place = about.rename(columns={"name": "unit_name"}).reset_index(drop=True).reindex(unit)
    n_closed, names = _closed(world, asked, amount, closed, comma)
    decided = asked.candidates.decided
    table = sites[["site_id", "site_kind", "name", "station_id", "n_standing", "geometry"]].assign(
        **{name: place[name].to_numpy() for name in place},
        n_new=new.sum(axis=1), new_guns=new @ of["guns"], new_bays=new @ of["bays"], new_kw=new @ of["kw"],
        cost=(new * costs(asked)[built]).sum(axis=1),
        n_decided=0 if decided is None else np.minimum(decided[built], new).sum(axis=1),
        n_closed=n_closed[built], closed=names[built], people=_gained(asked, amount, served)[built],
        people_near=_near(asked)[built],
        n_stretches=_mended(asked, amount)[built],
    )  # fmt: skip
    table = table.sort_values(
        ["n_closed", "n_stretches", "n_new", "site_id"],
        ascending=[False, False, False, True],
        ignore_index=True,
    )
    return schema.conform(pd.DataFrame(table.assign(rank=np.arange(1, len(table) + 1))), "sites")


def costs(asked: Question) -> Floats:
    """float64 (n, k): money for a pile at each site."""
    beside = (
        np.zeros(asked.candidates.n) if asked.candidates.pile_cost is None else asked.candidates.pile_cost
    )
    found: Floats = np.asarray(beside)[:, None] + np.array([item.cost for item in asked.products])
    return found


def _closed(
    world: World, asked: Question, amount: Ints, closed: Ints, comma: str
) -> tuple[Ints, NDArray[np.object_]]:
    """How many units each site closes, and their names; a unit that several sites close is named by each."""
    n = len(world.sites)
    count, names = np.zeros(n, dtype=np.int64), np.full(n, None, dtype=object)
    towns = asked.demand.townships
    if towns is None:
        return count, names
    new = amount if asked.demand.closing is None else amount[:, asked.demand.closing]
    row = np.repeat(np.arange(towns.shape[0]), np.diff(towns.indptr))
    hit = new.sum(axis=1)[towns.indices] > 0
    hit &= np.isin(asked.lacking[row], closed)
    called = world.register.units["name"].to_numpy(dtype=object)
    for town, site in zip(asked.lacking[row[hit]], towns.indices[hit], strict=True):
        count[site] += 1
        if count[site] <= NAMED:
            names[site] = called[town] if names[site] is None else names[site] + comma + called[town]
    return count, names


def _gained(asked: Question, amount: Ints, served: Served) -> Floats:
    """People newly served by site: shared evenly by the new sites within reach; where guns count, nobody's own."""
    n = asked.candidates.n
    if served.of_unit is None:
        return np.full(n, np.nan)
    reach, weight = asked.demand.reach, np.asarray(asked.demand.weight)
    new = amount.sum(axis=1) > 0
    row = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    hit = new[reach.indices] & ((served.of_unit[1] > served.of_unit[0])[row])
    shared = np.bincount(row[hit], minlength=reach.shape[0])
    part = (weight / np.maximum(shared, 1))[row[hit]]
    return np.bincount(reach.indices[hit], part, minlength=n).astype(np.float64)


def _near(asked: Question) -> Floats:
    """People within reach by site."""
    reach, weight = asked.demand.reach, np.asarray(asked.demand.weight, dtype=np.float64)
    each = np.repeat(weight, np.diff(reach.indptr))
    return np.bincount(reach.indices, each, minlength=asked.candidates.n).astype(np.float64)


def _mended(asked: Question, amount: Ints) -> Ints:
    """Stretches of which each site is the pool with its new piles."""
    stretches = asked.limits.stretches
    n = asked.candidates.n
    if stretches is None:
        return np.zeros(n, dtype=np.int64)
    from chargegeo.siting import inputs

    task = inputs.Task(asked.candidates, asked.demand, asked.limits, asked.products)
    stretch = np.repeat(np.arange(stretches.shape[0]), np.diff(stretches.indptr))
    site = stretches.indices
    has = np.all(
        [
            item.stands + (amount[site] * item.each).sum(axis=1) >= item.need - 1e-6
            for item in task.pools(stretch, site)
        ],
        axis=0,
    )
    mends = has & (amount[site].sum(axis=1) > 0)
    found: Ints = np.bincount(site[mends], minlength=n).astype(np.int64)
    return found


def _piles(world: World, asked: Question, amounts: Mapping[int | None, Ints]) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for year, amount in amounts.items():
        site, kind = np.nonzero(amount)
        parts.append(pd.DataFrame({
            "site_id": world.sites["site_id"].to_numpy()[site], "year": year,
            "product": [asked.products[k].name for k in kind], "n_new": amount[site, kind],
            "kw": [asked.products[k].kw for k in kind], "cost": (amount * costs(asked))[site, kind],
        }))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    return schema.conform(table.sort_values(["site_id", "product", "year"], ignore_index=True), "site_piles")


def _areas(
    world: World, asked: Question, units: pd.DataFrame, sites: pd.DataFrame, served: Served
) -> pd.DataFrame:
    import pandas as pd

    quota = {
        Level.CITY: _quota(asked.cities, asked.limits.city_quota),
        Level.COUNTY: _quota(asked.counties, asked.limits.county_quota),
    }
    rows, judged = [], pd.Series(asked.judged, index=units.index)
    for level, key, above in (
        (Level.COUNTY, "county", "city_code"), (Level.CITY, "city", None),
    ):  # fmt: skip
        code = f"{key}_code"
        cost = sites.groupby(code)["cost"].sum()
        for value, part in units.groupby(code, sort=True):
            row = {
                **_sums(part, judged), "level": str(level), "code": value, "name": part[f"{key}_name"].iloc[0],
                "parent_code": world.register.region.id if above is None else part[above].iloc[0],
                "quota": quota[level].get(str(value)), "cost": cost.get(value, 0.0),
            }  # fmt: skip
            rows.append(row)
    whole = {
        **_sums(units, judged), "level": str(Level.PROVINCE), "cost": float(sites["cost"].sum()),
        "n_new": int(sites["n_new"].sum()),
        "quota": asked.limits.piles, "served_before": served.before, "served_after": served.after,
    }  # fmt: skip
    return schema.conform(pd.DataFrame([*rows, whole]), "scenario_areas")


def _sums(units: pd.DataFrame, judged: pd.Series) -> Mapping[str, Any]:
    """Units are counted where they are judged; piles and people everywhere."""
    counted = units[judged.loc[units.index]]
    return {
        "n_units": len(counted),
        "covered_before": int((counted["before"] == State.COVERED).sum()),
        "covered_after": int((counted["after"] == State.COVERED).sum()),
        "n_unknown": int((counted["after"] == State.UNKNOWN).sum()),
        "n_piles_before": int(units["n_piles_before"].sum()),
        "n_new": int(units["n_new"].sum()),
        "people": float(units["people"].sum()),
        "served_before": units["served_before"].sum(min_count=len(units)),
        "served_after": units["served_after"].sum(min_count=len(units)),
    }


def _quota(codes: tuple[str, ...], given: Ints | None) -> dict[str, int]:
    return {} if given is None else dict(zip(codes, given.tolist(), strict=True))
