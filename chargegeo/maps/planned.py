"""Scenarios and the snapshots of earlier dates, as plain JSON values beside those of the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo.maps import packing, payload
from chargegeo.vocab import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from chargegeo.maps.content import Layers, Scenario

_SITE = (
    "rank", "site_id", "name", "site_kind", "station_id", "unit_name", "county_name", "city_name", "n_standing",
    "n_new", "new_guns", "new_bays", "new_kw", "cost", "n_decided", "n_closed", "closed", "people", "people_near",
    "n_stretches",
)  # fmt: skip
_UNIT = ("rung", "before", "after", "n_piles_before", "n_new", "people", "served_before", "served_after")
_SUMMED = ("site_id", "n_new", "new_kw", "cost")  # of sites without a position
_PLACE = {str(word): str(place) for place, word in enumerate(State)}


def build(units: gpd.GeoDataFrame, layers: Layers, lang: str) -> dict[str, Any]:
    """What is given of the two; ``units`` in the order of the page (see :class:`chargegeo.maps.Layers`)."""
    found: dict[str, Any] = {}
    if layers.scenarios:
        found["scenarios"] = [_scenario(one, units, lang) for one in layers.scenarios]
    if layers.snapshots:
        found["snapshots"] = _snapshots(layers.snapshots, units)
    return found


def _scenario(given: Scenario, units: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    sites = given.sites.sort_values(["rank", "site_id"], kind="stable")
    placed = sites[packing.there(sites.geometry)].reset_index(drop=True)
    left = sites[~packing.there(sites.geometry)]
    told = given.units.set_index("unit_code").reindex(units["unit_code"]).reset_index()
    return {
        "name": given.name,
        "money": given.money,
        "sites": {
            "columns": payload.columns(placed, "sites", _SITE, lang),
            "unit": payload.rows_of(placed["unit_code"], units),
            "x": packing.whole(placed.geometry.x),
            "y": packing.whole(placed.geometry.y),
            "piles": _piles(given, placed, lang),
            "served": None if given.served is None else _served(given.served, placed, units, lang),
        },
        "unplaced": [
            {"id": site, "n_new": int(n_new), "new_kw": float(kw), "cost": float(cost)}
            for site, n_new, kw, cost in zip(*(left[name] for name in _SUMMED), strict=True)
        ],
        "people": None if given.people is None else [round(n) for n in given.people],
        "units": payload.columns(told, "scenario_units", _UNIT, lang),
        "before": _figures(told["before"]),
        "after": _figures(told["after"]),
    }


def _piles(given: Scenario, sites: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    """Products of each site: number of rows of each site, and the rows one after the other."""
    rows = given.site_piles[given.site_piles["site_id"].isin(sites["site_id"])]
    rank = dict(zip(sites["site_id"], range(len(sites)), strict=True))
    rows = rows.assign(at=rows["site_id"].map(rank)).sort_values(["at", "kw", "product"], kind="stable")
    counts = rows["at"].value_counts().reindex(range(len(sites)), fill_value=0)
    words = rows["product"].map(lambda code: given.product_words.get(code, code))
    named = rows.assign(product=words)
    return {
        "n": counts.astype(int).tolist(),
        "columns": payload.columns(named, "site_piles", ("product", "n_new", "kw", "cost"), lang),
    }


def _served(
    served: pd.DataFrame, sites: gpd.GeoDataFrame, units: gpd.GeoDataFrame, lang: str
) -> dict[str, Any]:
    """Units of each site, the nearest first: number of units of each site, and the units one after the other."""
    rank, where = (
        {key: row for row, key in enumerate(keys)} for keys in (sites["site_id"], units["unit_code"])
    )
    rows = served.assign(at=served["site_id"].map(rank), unit=served["unit_code"].map(where))
    rows = rows.dropna(subset=["at", "unit"]).sort_values(["at", "minutes", "km", "unit_code"], kind="stable")
    far = "minutes" if rows["minutes"].notna().any() else "km"
    return {
        "n": rows["at"].value_counts().reindex(range(len(sites)), fill_value=0).astype(int).tolist(),
        "unit": rows["unit"].astype(int).tolist(),
        "columns": payload.columns(rows, "site_units", (far, "people"), lang),
    }


def _snapshots(given: Sequence[tuple[str, pd.DataFrame]], units: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Date and verdicts of each, and how many units have none."""
    found = []
    for date, coverage in given:
        told = coverage.set_index("unit_code")["state"].reindex(units["unit_code"])
        found.append({"date": str(date), "states": _figures(told), "lacking": int(told.isna().sum())})
    return found


def _figures(words: pd.Series[str]) -> str:
    """Verdicts as one figure each: its place in the closed list; what is not there is unknown."""
    return "".join(words.map(_PLACE).fillna(_PLACE[str(State.UNKNOWN)]))
