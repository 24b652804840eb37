"""Service areas as pairs: which sides are served, and what the pairs of a road, a city, a province add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.vocab import Direction, SideCoverage

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from chargegeo.region import Region

_SUMS = ("n_car_bays", "n_bays", "n_piles", "n_guns", "n_ultra_fast", "n_power_known")
# figures of a profile that service areas can answer, and the column or share that answers them
FIGURES = {
    "expressway_pairs": "n_pairs", "expressway_piles": "n_piles", "expressway_bays": "n_bays",
    "expressway_swap_stations": "n_swap", "expressway_bay_share": "bay_share",
    "expressway_ultra_piles": "n_ultra_fast", "expressway_ultra_pairs": "n_pairs_ultra",
    "expressway_max_power": "max_kw",
}  # fmt: skip


def pairs(sides: gpd.GeoDataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """One row a pair.

    Parameters
    ----------
    sides
        Contract ``service_areas``.
    cities
        ``city_code`` and ``city_name`` of each side, indexed as ``sides``; null where it lies in none.

    Returns
    -------
    Contract ``service_area_pairs``, by id. A sum is null where a side is not known: nothing is left out in silence.
    """
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(sides.drop(columns="geometry")).join(cities).sort_values(["pair_id", "side_id"])
    groups = table.groupby("pair_id", sort=True)
    found = groups[["name", "road_ref", "city_code", "city_name"]].first()
    found["n_sides"] = groups.size()
    for column in _SUMS:
        known = groups[column].count() == found["n_sides"]
        found[column] = groups[column].sum().where(known)
    found["max_kw"] = groups["max_kw"].max()
    found["swap_station"] = groups["swap_station"].max()
    found["side_coverage"] = _side_coverage(table)
    found["bay_share"] = _share(found["n_bays"], found["n_car_bays"])
    found["ultra_fast_share"] = _share(found["n_ultra_fast"], found["n_power_known"])
    return schema.conform(found.reset_index().replace({np.inf: np.nan}), "service_area_pairs")


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """A share, null without a denominator."""
    return part.astype("Float64") / whole.astype("Float64").where(whole > 0)


def _side_coverage(table: pd.DataFrame) -> pd.Series:
    """How each pair is served: a side that is not known or not in the table leaves only what is certain.

    Both directions must be served: two sides of one direction are not both.
    """
    import numpy as np
    import pandas as pd

    groups, pair = table.groupby("pair_id", sort=True), table["pair_id"]
    full, silent = (table["n_piles"] > 0).fillna(value=False).astype(bool), table["n_piles"].isna()
    way = _ways(table)
    # a side of unknown direction may serve either
    stray = (way.isna() & (full | silent)).groupby(pair).any()
    served, empty = [], []
    for direction in Direction:
        own = way == direction
        served.append((own & full).groupby(pair).any())
        known = own.groupby(pair).any() & ~(own & silent).groupby(pair).any()
        empty.append(known & ~served[-1] & ~stray)
    linked, link_unknown = groups["linked"].max().fillna(value=False), groups["linked"].count() == 0
    words = np.select(
        [
            served[0] & served[1],
            full.groupby(pair).any() & linked.astype(bool),
            ((served[0] & empty[1]) | (empty[0] & served[1])) & ~link_unknown,
            empty[0] & empty[1],
        ],
        [SideCoverage.BOTH, SideCoverage.SHARED, SideCoverage.ONE, SideCoverage.NONE],
        default=SideCoverage.UNKNOWN,
    )
    return pd.Series(words, index=linked.index)


def _ways(table: pd.DataFrame) -> pd.Series:
    """Direction of each side; of a pair of two, a side without one has the direction that the other leaves."""
    pair, way = table["pair_id"], table["direction"].astype("object")
    fill = way.isna() & (pair.groupby(pair).transform("size") <= 2)
    has = {word: (way == word).groupby(pair).transform("any") for word in Direction}
    first = fill.astype("int64").groupby(pair).cumsum() == 1
    forward = fill & ~has[Direction.FORWARD] & (has[Direction.BACKWARD] | first)
    filled: pd.Series = way.mask(fill, str(Direction.BACKWARD)).mask(forward, str(Direction.FORWARD))
    return filled


def roll_up(sides: gpd.GeoDataFrame, pairs: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Sums of the province, of each road and of each city.

    Parameters
    ----------
    sides, pairs
        Contracts ``service_areas`` and ``service_area_pairs`` of the same areas.

    Returns
    -------
    Contract ``service_area_rollup``. Sums are of what is known; a share takes only sides that know both its parts.
    """
    import pandas as pd

    home = pairs.set_index("pair_id")[["road_ref", "city_code", "city_name"]]
    of_side = home.reindex(sides["pair_id"]).reset_index(drop=True)
    table = pd.DataFrame(sides.drop(columns=["geometry", "road_ref"])).reset_index(drop=True).join(of_side)
    parts = [
        _sums("province", pairs.assign(code=region.id, label=region.name), table.assign(code=region.id)),
        _sums("road", _coded(pairs, "road_ref", "road_ref"), _coded(table, "road_ref", "road_ref")),
        _sums("city", _coded(pairs, "city_code", "city_name"), _coded(table, "city_code", "city_name")),
    ]
    return schema.conform(pd.concat(parts, ignore_index=True), "service_area_rollup")


def _coded(table: pd.DataFrame, code: str, label: str) -> pd.DataFrame:
    return table.assign(code=table[code].fillna(""), label=table[label].fillna(""))


def _sums(level: str, pairs: pd.DataFrame, sides: pd.DataFrame) -> pd.DataFrame:
    by_pair, by_side = pairs.groupby("code", sort=True), sides.groupby("code", sort=True)
    table = by_pair[["label"]].first().rename(columns={"label": "name"})
    table["n_pairs"] = by_pair.size()
    for word in SideCoverage:
        table[f"n_{word}"] = (pairs["side_coverage"] == word).groupby(pairs["code"]).sum()
    for column in _SUMS:
        table[column] = by_side[column].sum()
    both = sides[sides["n_bays"].notna() & sides["n_car_bays"].notna()].groupby("code")
    table["bay_share"] = _share(both["n_bays"].sum(), both["n_car_bays"].sum())
    table["n_pairs_ultra"] = (
        (sides["n_ultra_fast"] > 0)
        .fillna(value=False)
        .groupby([sides["code"], sides["pair_id"]])
        .any()
        .groupby("code")
        .sum()
    )
    table["ultra_fast_share"] = _share(table["n_ultra_fast"], table["n_power_known"])
    table["n_swap"] = sides["swap_station"].fillna(value=False).astype(bool).groupby(sides["code"]).sum()
    table["max_kw"] = by_side["max_kw"].max()
    return table.reset_index().assign(level=level)


def published(rollup: pd.DataFrame, region: Region) -> pd.DataFrame:
    """The published figures that service areas can answer, beside what was found.

    Parameters
    ----------
    rollup
        Contract ``service_area_rollup``.

    Returns
    -------
    Contract ``published``, in the order of the profile. ``agrees`` holds the qualifier against the value: a rounded
    one agrees within half of its last digit.
    """
    import pandas as pd

    whole = rollup[rollup["level"] == "province"]
    rows = [
        _compared(item, None if whole.empty else whole[FIGURES[item.id]].iloc[0])
        for item in region.published
        if item.id in FIGURES
    ]
    return schema.conform(pd.DataFrame(rows), "published") if rows else schema.empty("published")


def _compared(item: Any, found: Any) -> dict[str, Any]:
    import pandas as pd

    value = None if found is None or pd.isna(found) else float(found) * (100 if item.unit == "percent" else 1)
    row = {
        "figure": item.id, "unit": item.unit, "published": item.value, "qualifier": item.qualifier, "found": value,
        "date": item.date, "source": item.source,
    }  # fmt: skip
    if value is None:
        return row
    agrees = {
        "exact": value == item.value, "rounded": abs(value - item.value) <= _half_digit(item.value),
        "at_least": value >= item.value, "more_than": value > item.value,
    }[item.qualifier]  # fmt: skip
    return {**row, "difference": value - item.value, "agrees": agrees}


def _half_digit(value: float) -> float:
    """Half a unit of the last digit of a value that is not 0: 15 is 0.5, 29200 is 50."""
    text = f"{value:.10g}"
    if "." in text:
        return float(0.5 * 10.0 ** -len(text.partition(".")[2]))
    return float(0.5 * 10.0 ** (len(text) - len(text.rstrip("0"))))
