"""A rule held against units, in three-valued logic.

Every condition is true, false or unknown for a pile. A pile satisfies a rung if all conditions up to it are
true, and is ruled out if one is false. A unit passes a rung if one pile satisfies it, fails it if every pile
is ruled out, and is unknown otherwise (Kleene's strong logic: an unknown counts only where it alone decides).
Because rungs only add conditions, two numbers say all about a pile: how many conditions from the bottom up
are *true* (``sure``) and how many are *not false* (``possible``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.vocab import Access, Boundary, Current, Fact, State

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.region import Condition, Region, Rule

    _Values = pd.Series | NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]

TRUE, FALSE, UNKNOWN = 1, 0, -1


@dataclass(frozen=True)
class _World:
    """Piles with the row of their station, and the unit row of every station and pile (-1: none).

    ``seat_minutes`` is the driving time of each station from the seat of its unit, where there is a network.
    """

    piles: pd.DataFrame
    stations: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    station: NDArray[np.intp]
    unit_of_station: NDArray[np.intp]
    unit: NDArray[np.intp]
    seat_minutes: NDArray[np.float64] | None = None


def by_unit(
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    piles: pd.DataFrame,
    region: Region,
    rule: Rule,
    *,
    placed: pd.Series,
    set_aside: pd.Series | None = None,
    seat_minutes: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Counts of every unit, the highest rung it passes, and the single fact that fails the next.

    Parameters
    ----------
    units, stations, piles
        Contract tables; every station has at least one row of ``piles``.
    region
        ``ultra_kw`` (kW) is the threshold of the ultra-fast share.
    rule
        The ladder.
    placed
        Unit code of each station, indexed as ``stations`` (:func:`chargegeo.coverage.place`).
    set_aside
        Unit codes of register rows that were set aside, a value for each row. Nothing is known of such a row
        but its unit, so it can make an answer unknown, never covered.
    seat_minutes
        Driving time in minutes to each station from the seat of its unit: NaN where it is unknown, infinite where
        it is more than was searched. Without it a condition on it is unknown.

    Returns
    -------
    Contract ``coverage``, one row a unit in the order of ``units``.

    Notes
    -----
    Where the next rung is uncovered, the fact is the condition that rules out the pile that comes furthest;
    where it is unknown, the first unknown fact of the pile that is surest among those not ruled out. A unit
    without boundary is unknown where no pile placed by code proves it covered.
    """
    import numpy as np
    import pandas as pd

    world = replace(_world(units, stations, piles, placed), seat_minutes=seat_minutes)
    conditions = [condition for _, condition in rule.conditions()]
    sure, possible = _depths(world, conditions)
    doubt = _doubt(units, set_aside)
    table = _verdicts(world, rule, sure, possible, doubt)
    table["unit_code"] = units["unit_code"].to_numpy()
    table["rule"] = f"{rule.id} {rule.version}"
    table["n_set_aside"] = doubt
    return schema.conform(
        pd.DataFrame({**table, **_counts(world, region.ultra_kw)}, index=np.arange(len(units))), "coverage"
    )


def counting_stations(
    stations: gpd.GeoDataFrame, piles: pd.DataFrame, rule: Rule, *, rung: str
) -> NDArray[np.bool_]:
    """Which stations have a pile that satisfies a rung for certain, distance and time to a seat left out.

    Returns
    -------
    A flag for each row of ``stations``.
    """
    import numpy as np
    import pandas as pd

    top = [item.id for item in rule.rungs].index(rung)
    conditions = [c for i, c in rule.conditions() if i <= top and c.fact not in _FROM_SEAT]
    nowhere = pd.Series(pd.Categorical([None] * len(stations)), index=stations.index)
    world = _world(stations.iloc[:0].assign(unit_code=""), stations, piles, nowhere)
    sure, _ = _depths(world, conditions)
    counting = np.zeros(len(stations), dtype=bool)
    counting[world.station[sure == len(conditions)]] = True
    return counting


def _world(
    units: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, piles: pd.DataFrame, placed: pd.Series
) -> _World:
    import numpy as np
    import pandas as pd

    named = placed.astype("category").cat
    row = np.append(pd.Index(units["unit_code"]).get_indexer(named.categories), -1)
    unit_of_station = row[named.codes.to_numpy()]
    ids, owners = stations["station_id"], piles["station_id"]
    same = len(ids) == len(owners) and ids.array.equals(owners.array)
    station = np.arange(len(ids)) if same else pd.Index(ids).get_indexer(owners)
    return _World(piles, stations, units, station, unit_of_station, unit_of_station[station])


def _depths(world: _World, conditions: list[Condition]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row of piles: leading conditions that are true, and leading conditions that are not false."""
    import numpy as np

    n = len(world.piles)
    sure, possible = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    all_true, none_false = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    for condition in conditions:
        fact = Fact(condition.fact)
        if fact in _OF_PILE:
            answer = _answer(_OF_PILE[fact](world), condition)
        else:
            answer = _answer(_OF_STATION[fact](world), condition)[world.station]
        all_true &= answer == TRUE
        none_false &= answer != FALSE
        sure += all_true
        possible += none_false
    return sure, possible


def _answer(values: _Values, condition: Condition) -> NDArray[np.int8]:
    """TRUE, FALSE or UNKNOWN for each value; null is unknown, and so is an interval that holds the threshold."""
    import numpy as np
    import pandas as pd

    if condition.one_of:
        words = pd.Series(values)
        answer = words.isin(condition.one_of).to_numpy().astype(np.int8)
        answer[words.isna().to_numpy()] = UNKNOWN
    else:
        least, most = values if isinstance(values, tuple) else (values, values)
        lowest, highest = np.asarray(least, dtype=np.float64), np.asarray(most, dtype=np.float64)
        low = -np.inf if condition.at_least is None else condition.at_least
        high = np.inf if condition.at_most is None else condition.at_most
        # no comparison with NaN is true, so null falls through to UNKNOWN
        answer = np.full(len(lowest), UNKNOWN, dtype=np.int8)
        answer[(lowest >= low) & (highest <= high)] = TRUE
        answer[(highest < low) | (lowest > high)] = FALSE
    if condition.unknown_passes:
        answer[answer == UNKNOWN] = TRUE
    return answer


def _station_sum(world: _World, chosen: NDArray[np.bool_] | None = None) -> NDArray[Any]:
    import numpy as np

    weight = world.piles["n_piles"].to_numpy(dtype=np.float64)
    if chosen is not None:
        weight = weight * chosen
    return np.bincount(world.station, weight, minlength=len(world.stations))


def _station_piles(world: _World) -> tuple[NDArray[Any], NDArray[Any]]:
    """Piles of each station, at least and at most; open above where the register does not say how many."""
    import numpy as np

    total = _station_sum(world)
    return total, np.where(world.stations["n_piles"].isna(), np.inf, total)


def _station_dc_piles(world: _World) -> tuple[NDArray[Any], NDArray[Any]]:
    """Direct-current piles of each station: those known, and those not known to be anything else."""
    import numpy as np

    current = world.piles["current"]
    known = _station_sum(world, current.isin([Current.DC, Current.ACDC]).to_numpy())
    unsure = _station_sum(world, current.isna().to_numpy())
    most = known + unsure
    # of a station of unknown count one row stands for all piles, so none of them can be of another kind
    return known, np.where(world.stations["n_piles"].isna() & (most > 0), np.inf, most)


def _seat_km(world: _World) -> NDArray[Any]:
    """Straight line in km from the seat of the unit to the station."""
    import numpy as np
    import shapely

    from chargegeo import datum

    points = world.stations.geometry.to_numpy()
    unit = np.maximum(world.unit_of_station, 0)
    seat_lon = np.append(world.units["seat_lon"].to_numpy(dtype=np.float64), np.nan)[unit]
    seat_lat = np.append(world.units["seat_lat"].to_numpy(dtype=np.float64), np.nan)[unit]
    return datum.metres_between(shapely.get_x(points), shapely.get_y(points), seat_lon, seat_lat) / 1000


def _seat_minutes(world: _World) -> NDArray[Any]:
    import numpy as np

    return np.full(len(world.stations), np.nan) if world.seat_minutes is None else world.seat_minutes


_FROM_SEAT = (Fact.SEAT_KM, Fact.SEAT_MINUTES)
_OF_PILE: dict[Fact, Callable[[_World], pd.Series]] = {
    Fact.CURRENT: lambda world: world.piles["current"],
    Fact.POWER_KW: lambda world: world.piles["power_kw"],
}
_OF_STATION: dict[Fact, Callable[[_World], _Values]] = {
    Fact.ACCESS: lambda world: world.stations["access"],
    Fact.STATUS: lambda world: world.stations["status"],
    Fact.AVAILABILITY: lambda world: world.stations["availability"],
    Fact.SEAT_KM: _seat_km,
    Fact.SEAT_MINUTES: _seat_minutes,
    Fact.STATION_PILES: _station_piles,
    Fact.STATION_DC_PILES: _station_dc_piles,
}


def _doubt(units: gpd.GeoDataFrame, set_aside: pd.Series | None) -> NDArray[np.int64]:
    """Register rows set aside that name each unit."""
    import numpy as np
    import pandas as pd

    if set_aside is None:
        return np.zeros(len(units), dtype=np.int64)
    found = pd.Index(units["unit_code"]).get_indexer(set_aside.dropna())
    return np.bincount(found[found >= 0], minlength=len(units))


def _verdicts(
    world: _World,
    rule: Rule,
    sure: NDArray[np.int64],
    possible: NDArray[np.int64],
    doubt: NDArray[np.int64],
) -> dict[str, object]:
    """The columns of the verdict, from a count of piles by unit, sure depth and possible depth."""
    import numpy as np

    n_units, size = len(world.units), len(rule.conditions()) + 1
    inside = world.unit >= 0
    cell = (world.unit[inside] * size + sure[inside]) * size + possible[inside]
    found = np.bincount(cell, minlength=n_units * size * size).reshape(n_units, size, size) > 0
    depth = np.arange(size)
    best_sure = np.where(found.any(axis=2), depth, -1).max(axis=1)
    furthest = np.where(found.any(axis=1), depth, -1).max(axis=1)
    no_boundary = (world.units["boundary"] == Boundary.MISSING).to_numpy()
    best_possible = np.where((doubt > 0) | no_boundary, size - 1, furthest)

    ends = np.cumsum([len(rung.conditions) for rung in rule.rungs])
    passed = (best_sure[:, None] >= ends).sum(axis=1)
    may_pass = (best_possible[:, None] >= ends).sum(axis=1)
    headline = ends[[rung.id for rung in rule.rungs].index(rule.headline)]

    facts = np.array([*(c.fact for _, c in rule.conditions()), None], dtype=object)
    no_pile = np.where(doubt > 0, Fact.SET_ASIDE, Fact.BOUNDARY).astype(object)

    def answer(need: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """State of each unit at a depth, and the single fact that fails it (null where covered)."""
        known = [best_sure >= need, best_possible >= need]
        state = np.select(known, [State.COVERED, State.UNKNOWN], State.UNCOVERED).astype(object)
        not_ruled_out = found & (depth[None, None, :] >= need[:, None, None])
        surest = np.where(not_ruled_out.any(axis=2), depth, -1).max(axis=1)
        fact = np.where(furthest < 0, Fact.SITE, facts[np.maximum(furthest, 0)])
        fact = np.where(state == State.UNKNOWN, np.where(surest < 0, no_pile, facts[surest]), fact)
        fact[state == State.COVERED] = None
        return state, fact

    next_state, next_fact = answer(np.append(ends, size - 1)[passed])
    next_state[passed == len(ends)] = None
    state, fact = answer(np.full(n_units, headline))
    ids = np.array([*(rung.id for rung in rule.rungs), None], dtype=object)
    return {
        "rung": ids[passed - 1],
        "possible_rung": ids[may_pass - 1],
        "next_rung": ids[passed],
        "next_state": next_state,
        "next_fact": next_fact,
        "state": state,
        "fact": fact,
    }


def _counts(world: _World, ultra_kw: float) -> dict[str, NDArray[Any]]:
    """The count columns: stations, piles, guns and bays are never added to each other."""
    import numpy as np

    n = len(world.units)
    at, pile_at = world.unit_of_station, world.unit
    inside, pile_inside = at >= 0, pile_at >= 0

    def piles_where(chosen: NDArray[np.bool_] | bool) -> NDArray[Any]:
        weight = np.where(chosen, world.piles["n_piles"].to_numpy(dtype=np.float64), 0.0)
        return np.bincount(pile_at[pile_inside], weight[pile_inside], minlength=n)

    def known_sum(column: str) -> NDArray[np.float64]:
        values = world.stations[column].to_numpy(dtype=np.float64, na_value=np.nan)
        known = inside & ~np.isnan(values)
        total = np.bincount(at[known], values[known], minlength=n).astype(np.float64)
        total[np.bincount(at[known], minlength=n) == 0] = np.nan
        return total

    power = world.piles["power_kw"].to_numpy(dtype=np.float64)
    public = (world.stations["access"] == Access.PUBLIC).to_numpy()[world.station]
    no_availability = world.stations["availability"].isna().to_numpy()[world.station]
    power_known, ultra = piles_where(~np.isnan(power)), piles_where(power >= ultra_kw)
    share = np.full(n, np.nan)
    np.divide(ultra, power_known, out=share, where=power_known > 0)
    return {
        "n_stations": np.bincount(at[inside], minlength=n),
        "n_piles": piles_where(chosen=True),
        "n_guns": known_sum("n_guns"),
        "n_bays": known_sum("n_bays"),
        "n_public_piles": piles_where(public),
        "n_power_known": power_known,
        "n_power_unknown": piles_where(np.isnan(power)),
        "n_availability_unknown": piles_where(no_availability),
        "n_ultra_fast": ultra,
        "ultra_fast_share": share,
    }
