"""How evenly what there is falls on people: Lorenz curve, Gini index, Theil index with its split.

Every unit is weighted by its people. A unit whose people are not known, or are none, says nothing of shares a
head: it is left out and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.vocab import Access, Amount, Grouping, Index, Status, TownKind

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_COLUMNS = {Grouping.CITY: "city_code", Grouping.COUNTY: "county_code"}


def supply(
    units: pd.DataFrame,
    stations: gpd.GeoDataFrame,
    piles: pd.DataFrame,
    *,
    placed: pd.Series,
    counted: Amount = Amount.PILE,
) -> pd.DataFrame:
    """What stands in each unit and is public and in service for certain.

    Parameters
    ----------
    units, stations, piles
        Contract tables.
    placed
        Unit code of each station, indexed as ``stations`` (:func:`chargegeo.coverage.place`).
    counted
        Piles, guns, or rated power (kW).

    Returns
    -------
    Contract ``supply``, one row a unit in the order of ``units``.
    """
    import pandas as pd

    each = _each_station(stations, piles, counted)
    asked = {"access": Access.PUBLIC, "status": Status.IN_SERVICE}
    counts = pd.Series(data=True, index=stations.index)
    possible = counts
    for name, word in asked.items():
        counts = counts & (stations[name] == word)
        possible = possible & (stations[name].isna() | (stations[name] == word))
    rows = each.assign(
        unit_code=placed.astype("str"), counts=counts, unsure=possible & ~(counts & each["full"])
    )
    rows = rows[placed.notna()]
    groups = rows[rows["counts"]].groupby("unit_code")["amount"]
    # a unit where nothing counts for certain has none; one whose piles say nothing of the amount is not known
    table = pd.DataFrame({"unit_code": units["unit_code"].to_numpy(), "counted": str(counted)})
    sums = groups.sum(min_count=1)
    table["amount"] = table["unit_code"].map(sums).where(table["unit_code"].isin(sums.index), 0.0)
    unsure = rows.groupby("unit_code")["unsure"].sum()
    table["n_unknown"] = table["unit_code"].map(unsure).fillna(0)
    return schema.conform(table, "supply")


def _each_station(stations: gpd.GeoDataFrame, piles: pd.DataFrame, counted: Amount) -> pd.DataFrame:
    """Amount of each station where known, and whether it is known in full."""
    import pandas as pd

    ids = stations["station_id"]
    if counted is Amount.GUN:
        guns = stations["n_guns"].astype("float64")
        return pd.DataFrame({"amount": guns, "full": guns.notna()})
    each, owner = piles["n_piles"].astype("float64"), piles["station_id"]
    full = stations["n_piles"].notna()
    if counted is Amount.KW:
        each = each * piles["power_kw"]
        full = full & ~ids.isin(owner[each.isna()])
    return pd.DataFrame({"amount": ids.map(each.groupby(owner).sum(min_count=1)), "full": full})


def lorenz(units: pd.DataFrame, supply: pd.DataFrame) -> pd.DataFrame:
    """The Lorenz curve: share of the amount over share of the people, from the unit with the least a head.

    Parameters
    ----------
    units
        Contract ``units``.
    supply
        Contract ``supply`` of the same units in the same order.

    Returns
    -------
    Contract ``lorenz``: the origin, then a row a unit that takes part; empty when there is nothing to share.

    Notes
    -----
    M. O. Lorenz, Methods of measuring the concentration of wealth, 1905. Units of the same amount a head
    stand by code; their order does not change the curve.
    """
    import numpy as np
    import pandas as pd

    table, _ = _taking_part(units, supply)
    if not table["amount"].sum() > 0:
        return schema.empty("lorenz")
    table = table.assign(per_10k=table["amount"] / table["population"] * 1e4)
    table = table.sort_values(["per_10k", "unit_code"], kind="stable", ignore_index=True)
    origin = pd.DataFrame({"unit_code": [None], "population": [0.0], "amount": [0.0], "per_10k": [np.nan]})
    table = pd.concat([origin, table], ignore_index=True)
    for name, column in (("people_share", "population"), ("amount_share", "amount")):
        so_far = table[column].cumsum()
        table[name] = so_far / so_far.iloc[-1]
    table["rank"] = np.arange(len(table))
    return schema.conform(table.assign(counted=supply["counted"].iloc[0]), "lorenz")


def inequality(units: pd.DataFrame, supply: pd.DataFrame) -> pd.DataFrame:
    r"""Gini index, and Theil index T with its parts within and between groups.

    Parameters
    ----------
    units
        Contract ``units``: groups are their cities, their counties, and town (subdistricts and other) against
        country (towns and townships). Units that name no group make one together.
    supply
        Contract ``supply`` of the same units in the same order.

    Returns
    -------
    Contract ``inequality``: the Gini index, then the Theil index by each grouping.

    Notes
    -----
    With people :math:`p_i` and amounts :math:`a_i` as shares of their sums, and :math:`r_i = a_i / p_i`:
    the Gini index is half the mean absolute difference, :math:`\frac12 \sum_i \sum_j p_i p_j |r_i - r_j|`
    (C. Gini, 1912), computed as one minus twice the area under the Lorenz curve; the Theil index is
    :math:`T = \sum_i a_i \ln r_i` with :math:`0 \ln 0 = 0` (H. Theil, Economics and Information Theory, 1967,
    chapter 4). With the shares :math:`P_g, A_g` of a group and the index :math:`T_g` inside it, the part between
    is :math:`\sum_g A_g \ln (A_g / P_g)` and the part within is :math:`\sum_g A_g T_g`; they add up to T
    (A. F. Shorrocks, The class of additively decomposable inequality measures, 1980).
    """
    import pandas as pd

    table, left_out = _taking_part(units, supply)
    people, amount = (table[name].to_numpy(dtype="float64") for name in ("population", "amount"))
    about = {
        "counted": supply["counted"].iloc[0] if len(supply) else str(Amount.PILE), "n": len(table),
        "n_left_out": left_out, "population": people.sum(), "amount": amount.sum(),
        "n_unknown": table["n_unknown"].sum(),
    }  # fmt: skip
    rows: list[dict[str, Any]] = [{"index": Index.GINI, "value": _gini(people, amount)}]
    for grouping in Grouping:
        group = pd.factorize(_groups(table, grouping), use_na_sentinel=False)[0]
        rows.append({"index": Index.THEIL, "grouping": grouping, **_theil(people, amount, group)})
    return schema.conform(pd.DataFrame(rows).assign(**about), "inequality")


def _taking_part(units: pd.DataFrame, supply: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Units with people and a known amount, and how many are left out."""
    columns = ["unit_code", "population", "town_kind", *_COLUMNS.values()]
    table = units[columns].reset_index(drop=True)
    table = table.assign(amount=supply["amount"].to_numpy(), n_unknown=supply["n_unknown"].to_numpy())
    kept = (table["population"] > 0) & table["amount"].notna()
    return table[kept].reset_index(drop=True), int((~kept).sum())


def _groups(table: pd.DataFrame, grouping: Grouping) -> pd.Series:
    """Name of the group of each unit; null where it names none."""
    if grouping is not Grouping.SETTLEMENT:
        return table[_COLUMNS[grouping]]
    country = dict.fromkeys((TownKind.TOWN, TownKind.TOWNSHIP), "country")
    return table["town_kind"].map({**dict.fromkeys(TownKind, "town"), **country})


def _gini(people: Floats, amount: Floats) -> float | None:
    import numpy as np

    if not amount.sum() > 0:
        return None
    order = np.argsort(amount / people, kind="stable")
    p, a = people[order] / people.sum(), amount[order] / amount.sum()
    so_far = np.cumsum(a)
    # the area between the diagonal and the curve, twice: trapezia of width p; rounding may pass below zero
    return max(0.0, float(1 - np.sum(p * (2 * so_far - a))))


def _theil(people: Floats, amount: Floats, group: NDArray[np.intp]) -> dict[str, Any]:
    import numpy as np

    n_groups = int(group.max()) + 1 if len(group) else 0
    if not amount.sum() > 0:
        return {"value": None, "within": None, "between": None, "n_groups": n_groups}
    p, a = people / people.sum(), amount / amount.sum()
    of_group, people_of_group = (np.bincount(group, values).astype("float64") for values in (a, p))
    between = _entropy(of_group, people_of_group)
    # the group's own index; weighted by what the group has it is a ln((a / A) / (p / P)) summed
    within = _entropy(a, p * (of_group / people_of_group)[group])
    within, between = max(0.0, within), max(0.0, between)
    return {"value": within + between, "within": within, "between": between, "n_groups": n_groups}


def _entropy(a: Floats, p: Floats) -> float:
    """Sum of a ln(a / p), a term without anything being 0."""
    import numpy as np

    some = a > 0
    return float(np.sum(a[some] * np.log(a[some] / p[some])))
