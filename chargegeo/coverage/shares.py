"""Shares of counties, cities and the province, each with numerator and denominator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo import schema
from chargegeo.vocab import Boundary, TownKind, UnitKind

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.region import Region, Rule


def county_units(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Counties as units: one row for each county that ``units`` belong to; people and villages add up.

    A functional zone is no county: its units belong to their host county. Boundaries are not dissolved (a
    station's county is that of the unit it lies in), so the geometry is that of no unit and stays null.

    Returns
    -------
    Contract ``units`` of kind county, ordered by code.
    """
    import pandas as pd

    known = units[units["county_code"].notna()]
    groups = known.groupby("county_code", sort=True)
    table = groups[["county_name", "city_code", "city_name"]].first()
    for column in ("n_villages", "population", "area_km2"):
        table[column] = groups[column].sum(min_count=1)
    # a station may stand in the one unit that nobody has drawn, so a county with such a unit is never ruled out
    missing = groups["boundary"].agg(lambda values: (values == Boundary.MISSING).any())
    table["boundary"] = missing.map({True: Boundary.MISSING, False: Boundary.GIVEN})
    table["synthetic"] = groups["synthetic"].any()
    table = table.reset_index()
    table["unit_code"] = table["county_code"]
    table["name"] = table["county_name"].fillna(table["county_code"])
    table["kind"] = UnitKind.COUNTY
    return schema.conform(pd.DataFrame(table), "units")


def roll_up(units: gpd.GeoDataFrame, coverage: pd.DataFrame, region: Region, rule: Rule) -> pd.DataFrame:
    """Units covered at every rung, by area and by group of units.

    Parameters
    ----------
    units, coverage
        Contract tables of the same units in the same order.
    region
        ``headline_kinds`` are the kinds of the headline denominator.
    rule
        The ladder that ``coverage`` was held against.

    Returns
    -------
    Contract ``rollup``: levels province, city, county; groups headline, all, rural (towns and townships),
    urban (subdistricts), other, zone (units inside functional zones); groups without units are left out.
    """
    import numpy as np
    import pandas as pd

    rungs = [rung.id for rung in rule.rungs]
    position = pd.Index(rungs)
    passed, possible = (position.get_indexer(pd.Index(coverage[name])) for name in ("rung", "possible_rung"))
    steps = np.arange(len(rungs))
    state = (passed[:, None] >= steps) * 1 + (possible[:, None] >= steps)  # 2 covered, 1 unknown, 0 not
    parts: list[pd.DataFrame] = []
    for level, code, name in _areas(units, region):
        number, areas = pd.factorize(code, sort=True)
        names = pd.Series(name).groupby(number).first()
        for group, member in _groups(units, region).items():
            chosen = member & (number >= 0)
            counts = _tally(number[chosen], state[chosen], len(areas))
            parts.append(_rows(level, areas, names, group, counts, rungs))
    table = pd.concat(parts, ignore_index=True)
    table["rule"] = f"{rule.id} {rule.version}"
    return schema.conform(table, "rollup")


def _areas(
    units: gpd.GeoDataFrame, region: Region
) -> list[tuple[str, NDArray[np.object_], NDArray[np.object_]]]:
    """Level, area code and area name of each unit."""
    import numpy as np

    def column(name: str) -> NDArray[np.object_]:
        values: NDArray[np.object_] = units[name].to_numpy(dtype=object)
        return values

    n = len(units)
    levels = [
        ("province", np.full(n, region.id, dtype=object), np.full(n, region.name, dtype=object)),
        ("city", column("city_code"), column("city_name")),
    ]
    if not (units["kind"] == UnitKind.COUNTY).all():
        levels.append(("county", column("county_code"), column("county_name")))
    return levels


def _groups(units: gpd.GeoDataFrame, region: Region) -> dict[str, NDArray[np.bool_]]:
    """Which units each group holds; units without a kind (counties, zones) are all headline."""
    import numpy as np

    kind = units["town_kind"]
    everything = np.ones(len(units), dtype=bool)
    if kind.isna().all():
        return {"headline": everything}
    return {
        "headline": kind.isin(region.headline_kinds).to_numpy(),
        "all": everything,
        "rural": kind.isin([TownKind.TOWN, TownKind.TOWNSHIP]).to_numpy(),
        "urban": (kind == TownKind.SUBDISTRICT).to_numpy(),
        "other": (kind == TownKind.OTHER).to_numpy(),
        "zone": units["zone_code"].notna().to_numpy(),
    }


def _tally(number: NDArray[np.intp], state: NDArray[np.int64], n_areas: int) -> NDArray[np.int64]:
    """Units by area, rung and state; shape (areas, rungs, 3)."""
    import numpy as np

    n_rungs = state.shape[1]
    cell = (number[:, None] * n_rungs + np.arange(n_rungs)) * 3 + state
    return np.bincount(cell.ravel(), minlength=n_areas * n_rungs * 3).reshape(n_areas, n_rungs, 3)


def _rows(
    level: str,
    areas: NDArray[np.object_],
    names: pd.Series,
    group: str,
    counts: NDArray[np.int64],
    rungs: list[str],
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    total = counts.sum(axis=2)
    area, rung = np.nonzero(total)
    table = pd.DataFrame(
        {
            "level": level,
            "code": areas[area],
            "name": names.reindex(area).fillna("").to_numpy(),
            "group": group,
            "rung": np.array(rungs, dtype=object)[rung],
            "n_units": total[area, rung],
            "n_covered": counts[area, rung, 2],
            "n_unknown": counts[area, rung, 1],
            "n_uncovered": counts[area, rung, 0],
        }
    )
    return table.assign(share=table["n_covered"] / table["n_units"])
