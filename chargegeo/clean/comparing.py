"""Two registers of different dates: what was added, removed, moved, changed, or got another id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.clean import ids
from chargegeo.clean.placing import place
from chargegeo.vocab import Change

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from chargegeo.clean.result import Cleaned
    from chargegeo.region import Region

    Numbers = np.ndarray[Any, np.dtype[Any]]

_COMPARED = (
    "name", "operator", "access", "status", "scene", "county_code", "town_code", "unit_code", "n_piles",
    "n_guns", "n_bays", "availability", "opened", "piles",
)  # fmt: skip
# facts that tell a station with another id, and what each weighs when several stations would fit
_AGREE = {"name": 4, "operator": 2, "n_piles": 1}
# with more neighbours in its own register a station is one of many at one coordinate, not one site
_CROWD = 5


def compare(
    old: Cleaned, new: Cleaned, region: Region, *, units: gpd.GeoDataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Compare two cleaned registers, station by station and unit by unit.

    Stations belong together by their id, as the cleaner compares ids. Of the others, an old and a new one
    belong together when they lie within ``same_site_m`` metres and agree in name, or in operator and number of
    piles: the best pair first (facts that agree, then distance, then ids), each station once. An id that was
    made from a line says nothing by itself: such stations are found by place alone.

    Parameters
    ----------
    old, new
        Results of :func:`chargegeo.clean.stations`.
    region
        Limits, and the projection in which distances are taken.
    units
        Contract table ``units``: a station belongs to the unit that holds it. Without it a station belongs to
        its stated township, else to its stated county.

    Returns
    -------
    The contract tables ``changes`` (a row for each station that is not the same, by kind and id) and
    ``changes_by_unit`` (a row for each unit with a station in either register; in each, old + net = new).
    Neither depends on the order of rows.
    """
    before, after = _facts(old, region, units), _facts(new, region, units)
    limit_m = region.limits.same_site_m
    pairs = _pairs(before, after, limit_m)
    come, gone = _rest(after, pairs["new"]), _rest(before, pairs["old"])
    changes = [
        _one_sided(come, Change.ADDED, old, limit_m),
        _one_sided(gone, Change.REMOVED, new, limit_m),
        _two_sided(before, after, pairs, limit_m),
    ]
    return {
        "changes": _ordered(changes),
        "changes_by_unit": _by_unit(before, after, pairs),
    }


# ------------------------------------------------------------------ facts of one register


def _facts(cleaned: Cleaned, region: Region, units: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Everything that is compared, a row a station in the order of ids; where it is; whether its id was made."""
    import pyproj

    table = cleaned.table
    facts: pd.DataFrame = table.drop(columns=["geometry", "file", "line"]).astype("object")
    facts = facts.where(facts.notna(), None)
    facts["opened"] = (
        table["opened"].dt.strftime("%Y-%m-%d").astype("object").where(table["opened"].notna(), None)
    )
    facts["piles"] = _piles(cleaned.piles).reindex(table["station_id"]).set_axis(table.index)
    facts["unit_code"] = _units(table, units)
    facts["lon"], facts["lat"] = table.geometry.x, table.geometry.y
    to_metres = pyproj.Transformer.from_crs(schema.STORAGE_CRS, region.crs_measure, always_xy=True)
    facts["x"], facts["y"] = to_metres.transform(facts["lon"].to_numpy(), facts["lat"].to_numpy())
    facts["key"], facts["made"] = ids.keys(facts["station_id"]), _made(cleaned)
    facts = facts.sort_values(["key", "station_id"], ignore_index=True)
    # ids that differ in their writing alone are compared in their order
    facts["nth"] = facts.groupby("key").cumcount()
    return facts


def _piles(piles: pd.DataFrame) -> pd.Series:
    """Piles of each station by kind and power as one text, such as ``2 ac 7 kW; 4 dc 120 kW``."""
    equal = piles.groupby(["station_id", "current", "power_kw"], dropna=False)["n_piles"].sum().reset_index()
    power = equal["power_kw"].map("{:g} kW".format).where(equal["power_kw"].notna(), "?").astype("object")
    text = equal["n_piles"].astype(str).astype("object")
    text = text + " " + equal["current"].fillna("?").astype("object") + " " + power
    joined: pd.Series = text.groupby(equal["station_id"]).agg("; ".join).astype("object")
    return joined


def _made(cleaned: Cleaned) -> pd.Series:
    """Whether the id of a station is one of ours, made from its line."""
    codes = {finding.fault.code for finding in cleaned.findings}
    made = {finding.new for finding in cleaned.findings if finding.fault.code == "id_made"}
    flags: pd.Series = cleaned.table["station_id"].isin(made) | ("no_station_id" in codes)
    return flags


def _units(stations: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None) -> pd.Series:
    """Unit that each station lies in; without units the one that it states."""
    stated: pd.Series = stations["town_code"].astype("object")
    if units is None:
        code = stated.fillna(stations["county_code"].astype("object"))
        return code.where(code.notna(), None)
    placed = place(stations, units).astype("object")
    return placed.where(placed.notna(), None)


# ------------------------------------------------------------------ who belongs to whom


def _pairs(before: pd.DataFrame, after: pd.DataFrame, limit_m: float) -> pd.DataFrame:
    """Rows of both registers that are one station (``old``, ``new``), why where not by id, and the distance."""
    import pandas as pd

    same = before.reset_index().merge(after.reset_index(), on=["key", "nth"], suffixes=("_old", "_new"))
    pairs = pd.DataFrame({"old": same["index_old"], "new": same["index_new"], "reason": None}, dtype="object")
    pairs = _measured(pairs.astype({"old": "int64", "new": "int64"}), before, after)
    made = before["made"].to_numpy()[pairs["old"]], after["made"].to_numpy()[pairs["new"]]
    # the same line of two files is one station only if it is also in one place
    near = (pairs["moved_m"] <= limit_m) | pairs["moved_m"].isna()
    pairs = pairs[(~made[0] & ~made[1]) | (made[0] & made[1] & near)]
    found = _renamed(_rest(before, pairs["old"]), _rest(after, pairs["new"]), limit_m)
    if len(found):
        pairs = pd.concat([pairs, _measured(found, before, after)])
    flat: pd.DataFrame = pairs.reset_index(drop=True)
    return flat


def _rest(facts: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """The rows that are none of those."""
    return facts[~facts.index.isin(rows)]


def _measured(pairs: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The pairs with the distance in metres; NaN where one has no position."""
    import numpy as np

    a, b = (side[["x", "y"]].to_numpy(dtype="float64") for side in (before, after))
    delta = a[pairs["old"]] - b[pairs["new"]]
    with np.errstate(invalid="ignore"):
        metres = np.sqrt((delta**2).sum(axis=1))
    return pairs.assign(moved_m=np.where(np.isfinite(metres), metres, np.nan))


def _renamed(before: pd.DataFrame, after: pd.DataFrame, limit_m: float) -> pd.DataFrame:
    """Pairs among the stations that no id brings together, the best first, each station once."""
    import numpy as np
    import pandas as pd

    near = _near(before[~_crowded(before, limit_m)], after[~_crowded(after, limit_m)], limit_m)
    agree = pd.DataFrame(index=near.index)
    for fact in _AGREE:
        a, b = _comparable(before, fact).loc[near["old"]], _comparable(after, fact).loc[near["new"]]
        agree[fact] = (a.to_numpy() == b.to_numpy()) & a.notna().to_numpy()
    good = agree["name"] | (agree["operator"] & agree["n_piles"])
    near, flags = near[good], agree[good].to_numpy(dtype=bool)
    reason = [";".join(agree.columns[row]) for row in flags]
    ranked = near.assign(score=flags @ -np.array([*_AGREE.values()]), reason=reason)
    # rows stand in the order of ids, so positions break the ties
    left = ranked.sort_values(["score", "metres", "old", "new"])
    taken = [left.iloc[:0]]
    while len(left):
        best = left[~left.duplicated("old") & ~left.duplicated("new")]
        taken.append(best)
        left = left[~left["old"].isin(best["old"]) & ~left["new"].isin(best["new"])]
    return pd.concat(taken)[["old", "new", "reason"]]


def _comparable(facts: pd.DataFrame, fact: str) -> pd.Series:
    """A column as it is compared: texts as ids are, numbers as they stand."""
    return facts[fact] if fact == "n_piles" else ids.keys(facts[fact])


def _crowded(facts: pd.DataFrame, limit_m: float) -> Numbers:
    """Stations without a position, and those of a place that too many share: their pairs would mean nothing."""
    import numpy as np
    from scipy.spatial import KDTree

    xy = facts[["x", "y"]].to_numpy(dtype="float64")
    shared = facts.groupby(["x", "y"])["key"].transform("size").to_numpy()
    crowded: Numbers = ~np.isfinite(xy).all(axis=1) | (shared > _CROWD + 1)
    rest = np.flatnonzero(~crowded)
    if len(rest) > _CROWD + 1:
        # the nearest of a station is the station itself
        metres, _ = KDTree(xy[rest]).query(
            xy[rest], k=_CROWD + 2, distance_upper_bound=np.nextafter(limit_m, np.inf)
        )
        crowded[rest] = np.isfinite(metres[:, -1])
    return crowded


def _near(before: pd.DataFrame, after: pd.DataFrame, limit_m: float) -> pd.DataFrame:
    """Pairs of labels within the limit, with the distance in metres."""
    import pandas as pd
    from scipy.spatial import KDTree

    if before.empty or after.empty:
        return pd.DataFrame({"old": [], "new": [], "metres": []}).astype({"old": "int64", "new": "int64"})
    trees = [KDTree(side[["x", "y"]].to_numpy(dtype="float64")) for side in (before, after)]
    found = trees[0].sparse_distance_matrix(trees[1], limit_m, output_type="ndarray")
    return pd.DataFrame(
        {
            "old": before.index.to_numpy()[found["i"]],
            "new": after.index.to_numpy()[found["j"]],
            "metres": found["v"],
        }
    )


# ------------------------------------------------------------------ tables


def _one_sided(facts: pd.DataFrame, change: Change, other: Cleaned, limit_m: float) -> pd.DataFrame:
    """Rows of stations that only one register has, and why they may be in the other all the same."""
    import pandas as pd

    side, id_ = ("new", "station_id") if change is Change.ADDED else ("old", "old_station_id")
    aside = facts["key"].isin(set(ids.keys(other.quarantine["station_id"].dropna()))) & ~facts["made"]
    crowded = _crowded(facts, limit_m) & facts["lon"].notna()
    reason = (
        pd.Series(None, index=facts.index, dtype="object").mask(crowded, "crowded").mask(aside, "set_aside")
    )
    return (
        facts[["unit_code", "n_piles", "station_id"]]
        .rename(columns={"unit_code": f"unit_code_{side}", "n_piles": f"n_piles_{side}", "station_id": id_})
        .assign(change=change.value, reason=reason)
    )


def _two_sided(
    before: pd.DataFrame, after: pd.DataFrame, pairs: pd.DataFrame, limit_m: float
) -> pd.DataFrame:
    """Rows of stations in both registers that are not the same in both."""
    import numpy as np

    a, b = before.loc[pairs["old"]].reset_index(drop=True), after.loc[pairs["new"]].reset_index(drop=True)
    differ = (a[list(_COMPARED)] != b[list(_COMPARED)]) & ~(
        a[list(_COMPARED)].isna() & b[list(_COMPARED)].isna()
    )
    moved = pairs["moved_m"] > limit_m
    differ["geometry"] = moved | (a["lon"].isna() != b["lon"].isna())
    # an id that was made is not an id that changed
    renamed = (a["key"] != b["key"]) & ~(a["made"] & b["made"])
    change = np.select([renamed, moved], [Change.RENAMED.value, Change.MOVED.value], Change.CHANGED.value)
    rows = pairs[["reason", "moved_m"]].assign(
        station_id=b["station_id"], old_station_id=a["station_id"], change=change, unit_code_old=a["unit_code"],
        unit_code_new=b["unit_code"], n_piles_old=a["n_piles"], n_piles_new=b["n_piles"],
    )[differ.any(axis=1) | renamed]  # fmt: skip
    flags = differ.loc[rows.index]
    rows["columns"] = [";".join(flags.columns[row]) or None for row in flags.to_numpy()]
    rows["old"], rows["new"] = (_values(side.loc[rows.index], flags) for side in (a, b))
    return rows


def _values(facts: pd.DataFrame, flags: pd.DataFrame) -> list[str | None]:
    """The values of the flagged columns of each row as one JSON object; null where none is flagged."""
    names = list(_COMPARED)
    records = zip(facts[names].to_numpy(), facts["lon"], facts["lat"], flags.to_numpy(), strict=True)
    texts = []
    for values, lon, lat, flagged in records:
        place = None if lon != lon else [round(lon, 7), round(lat, 7)]
        cells = zip([*names, "geometry"], [*values, place], flagged, strict=True)
        shown = {name: None if value != value else value for name, value, flag in cells if flag}
        texts.append(json.dumps(shown, ensure_ascii=False) if shown else None)
    return texts


def _ordered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of all changes, by kind, then by id."""
    import pandas as pd

    rows = pd.concat([schema.conform(part, "changes") for part in parts], ignore_index=True)
    named = rows["station_id"].fillna(rows["old_station_id"])
    order = rows["change"].map({change.value: place for place, change in enumerate(Change)})
    ranked = pd.DataFrame(
        {"order": order, "key": ids.keys(named), "id": named, "old": rows["old_station_id"]}
    )
    rows = rows.loc[ranked.sort_values(["order", "key", "id", "old"]).index].reset_index(drop=True)
    return schema.check(rows, "changes")


def _by_unit(before: pd.DataFrame, after: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Stations and piles of each unit before and after, and what lies between, from station to station."""
    import pandas as pd

    a, b = (_counted(side) for side in (before, after))
    gone, come = _rest(a, pairs["old"]), _rest(b, pairs["new"])
    p, q = a.loc[pairs["old"]].reset_index(drop=True), b.loc[pairs["new"]].reset_index(drop=True)
    crossed = p["unit"] != q["unit"]
    growth = q["piles"] - p["piles"]
    sums = {
        "stations_old": _per(a["unit"]), "stations_added": _per(come["unit"]),
        "stations_removed": _per(gone["unit"]), "stations_in": _per(q["unit"][crossed]),
        "stations_out": _per(p["unit"][crossed]), "stations_new": _per(b["unit"]),
        "piles_old": _per(a["unit"], a["piles"]),
        # a station that grew or shrank does so where it is now
        "piles_added": _per(pd.concat([come["unit"], q["unit"]]), pd.concat([come["piles"], growth.clip(lower=0)])),
        "piles_removed": _per(
            pd.concat([gone["unit"], q["unit"]]), pd.concat([gone["piles"], (-growth).clip(lower=0)])
        ),
        "piles_in": _per(q["unit"][crossed], p["piles"][crossed]),
        "piles_out": _per(p["unit"][crossed], p["piles"][crossed]), "piles_new": _per(b["unit"], b["piles"]),
        "unknown_old": _per(a["unit"], a["unknown"]), "unknown_new": _per(b["unit"], b["unknown"]),
    }  # fmt: skip
    table = pd.DataFrame(sums).fillna(0).astype("int64").add_prefix("n_")
    for what in ("stations", "piles"):
        added, removed, come_in, gone_out = (
            table[f"n_{what}_{way}"] for way in ("added", "removed", "in", "out")
        )
        table[f"n_{what}_net"] = added - removed + come_in - gone_out
    # the stations in no unit, whose code is blank, stand last
    blank = table.index.to_numpy() == ""
    table = pd.concat([table[~blank].sort_index(), table[blank]])
    code = pd.Series(table.index, index=table.index, dtype="object")
    rows = table.assign(unit_code=code.where(code != "", None)).reset_index(drop=True)
    return schema.check(schema.conform(rows, "changes_by_unit"), "changes_by_unit")


def _counted(facts: pd.DataFrame) -> pd.DataFrame:
    """Unit, piles and whether they are unknown; a station of unknown count stands for one pile."""
    import pandas as pd

    piles = facts["n_piles"].astype("Int64")
    return pd.DataFrame(
        {
            "unit": facts["unit_code"].fillna(""),
            "piles": piles.fillna(1).astype("int64"),
            "unknown": piles.isna().astype("int64"),
        }
    )


def _per(units: pd.Series, values: pd.Series | int = 1) -> pd.Series:
    """Sums of values, or the number of stations, by unit."""
    import pandas as pd

    return pd.DataFrame({"unit": units, "value": values}).groupby("unit")["value"].sum()
