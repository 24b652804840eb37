"""Where along a corridor one can charge, in the direction travelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chargegeo import access, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chargegeo.corridors.paths import Corridor
    from chargegeo.roads import RoadNetwork

    Ints = NDArray[np.signedinteger[Any]]

DETOUR_KM = 3.0


def sites(
    network: RoadNetwork, corridors: Sequence[Corridor], places: pd.DataFrame, *, detour_km: float = DETOUR_KM
) -> pd.DataFrame:
    """Charging sites of every corridor, in the order in which a driver meets them.

    Parameters
    ----------
    places
        One row a site: ``node`` (of ``network``; -1: not on it), ``leg_m`` (metres from the road), ``pair_id``,
        ``ref``, ``direction`` (of the side of a service area, null for anything else), ``linked``, and the columns
        of contract ``corridor_sites`` from ``site_id`` on.
    detour_km
        Longest way from the corridor to the site, and longest way back, each with the way from the road (km).

    Returns
    -------
    Contract ``corridor_sites``, by corridor and position. A site is met where the shortest way to it leaves the
    corridor; a side of known road and direction serves that carriageway only, under every number that it has, unless
    the sides are linked: then it also serves the other, at the place of the side across (``across``). What has to
    be driven twice, because one comes back upstream, counts as detour.
    """
    ways = _ways(network, corridors, places, 1000 * detour_km)
    ways = pd.concat([ways, _across(ways, places)], ignore_index=True)
    found = places.drop(columns=["node", "leg_m", "pair_id", "ref", "direction", "linked"])
    table = found.iloc[ways["place"]].reset_index(drop=True)
    table["corridor_id"] = np.array([item.id for item in corridors], dtype=object)[ways["corridor"]]
    for name in ("km", "detour_km", "across"):
        table[name] = ways[name].to_numpy()
    order = np.lexsort((table["site_id"], table["km"], ways["corridor"]))
    return schema.conform(table.iloc[order].reset_index(drop=True), "corridor_sites")


def charging(sites: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Sites that charge for certain, and those of which it is not known.

    Parameters
    ----------
    sites
        Contract ``corridor_sites``; where the number of piles is not known, guns or power tell that there are some.
    """
    piles = sites["n_piles"].to_numpy(dtype=float, na_value=np.nan)
    told = (sites[["n_guns", "n_ultra_fast", "max_kw", "total_kw"]] > 0).fillna(value=False)
    silent = np.isnan(piles)
    some = told.to_numpy(dtype=bool).any(axis=1)
    return np.where(silent, some, piles > 0), silent & ~some


def _ways(
    network: RoadNetwork, corridors: Sequence[Corridor], places: pd.DataFrame, limit: float
) -> pd.DataFrame:
    """Corridor, place, km where it is left and detour in km, of every place that may serve."""
    stops = _stops(corridors)
    nodes = np.unique(stops["node"])
    on = np.flatnonzero(places["node"] >= 0)
    at = places["node"].to_numpy()[on]
    there = _pairs(access.within(network, nodes, at, limit=limit, weight="metres"), nodes, on)
    back = _pairs(access.within(network, at, nodes, limit=limit, weight="metres").T.tocsr(), nodes, on)
    leg = places["leg_m"].to_numpy(dtype=float)
    there, back = (item[item["metres"] + leg[item["place"]] <= limit] for item in (there, back))
    ways = stops.merge(there, on="node").merge(
        stops.merge(back, on="node"), on=["corridor", "place"], suffixes=("", "_back")
    )
    again = _driven_again(ways, corridors)
    ways["detour_km"] = (ways["metres"] + ways["metres_back"] + 2 * leg[ways["place"]]) / 1000 + again
    ways = ways.sort_values(["corridor", "place", "detour_km", "km", "km_back"], kind="stable")
    ways = ways.drop_duplicates(["corridor", "place"])[["corridor", "place", "node", "km", "detour_km"]]
    return ways[_serves(ways, corridors, places)].assign(across=False)


def _driven_again(ways: pd.DataFrame, corridors: Sequence[Corridor]) -> NDArray[np.float64]:
    """Km of the corridor that are driven twice, where one comes back upstream of where it was left."""
    length = np.array([item.length if item.ring else np.inf for item in corridors])[ways["corridor"]]
    behind = (ways["km"] - ways["km_back"]).to_numpy()
    # around a ring the shorter way decides what is upstream
    behind = np.where(np.abs(behind) > length / 2, behind - np.sign(behind) * np.minimum(length, 1e9), behind)
    return np.asarray(np.maximum(behind, 0.0))


def _stops(corridors: Sequence[Corridor]) -> pd.DataFrame:
    """Corridor, node and km of every node of every corridor; where a ring closes, its start."""
    return pd.DataFrame({
        "corridor": np.repeat(np.arange(len(corridors)), [len(item.nodes) - item.ring for item in corridors]),
        "node": np.concatenate([item.nodes[: len(item.nodes) - item.ring] for item in corridors]),
        "km": np.concatenate([item.km[: len(item.nodes) - item.ring] for item in corridors]),
    })  # fmt: skip


def _pairs(costs: Any, nodes: Ints, on: Ints) -> pd.DataFrame:
    """Node, place and metres of the stored entries of a matrix nodes x places."""
    found = costs.tocoo()
    return pd.DataFrame({"node": nodes[found.row], "place": on[found.col], "metres": found.data})


def _serves(ways: pd.DataFrame, corridors: Sequence[Corridor], places: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a place may serve a corridor.

    A side of known road and direction serves that road in that direction, and every other number of the same
    carriageway where it is left.
    """
    side = places.iloc[ways["place"]]
    ref = np.array([item.ref for item in corridors], dtype=object)[ways["corridor"]]
    direction = np.array([str(item.direction) for item in corridors], dtype=object)[ways["corridor"]]
    own_road = (side["ref"].isna() | (side["ref"] == ref)).to_numpy()
    own = own_road & (side["direction"].isna() | (side["direction"] == direction)).to_numpy()
    return np.asarray(own | _on_one_carriageway(ways, own, corridors))


def _on_one_carriageway(
    ways: pd.DataFrame, own: NDArray[np.bool_], corridors: Sequence[Corridor]
) -> NDArray[np.bool_]:
    """Rows whose corridor shares the edge beside which a corridor that the place serves is left."""
    size = [len(item.edges) for item in corridors]
    edges = pd.DataFrame({
        "corridor": np.repeat(np.arange(len(corridors)), size),
        "edge": np.concatenate([item.edges for item in corridors]),
        "tail": np.concatenate([item.nodes[:-1] for item in corridors]),
        "head": np.concatenate([item.nodes[1:] for item in corridors]),
    })  # fmt: skip
    known = ways[own]
    beside = pd.concat([
        known.merge(edges, left_on=["corridor", "node"], right_on=["corridor", end])[["place", "edge"]]
        for end in ("tail", "head")
    ])  # fmt: skip
    shared = beside.merge(edges[["corridor", "edge"]], on="edge")[["corridor", "place"]]
    return np.asarray(
        pd.MultiIndex.from_frame(ways[["corridor", "place"]]).isin(pd.MultiIndex.from_frame(shared))
    )


def _across(ways: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The other sides of linked pairs, at the place where a driver meets the near side."""
    met = ways.assign(pair=places["pair_id"].to_numpy(dtype=object)[ways["place"]])
    met = met[met["pair"].notna()]
    linked = places["linked"].fillna(value=False).to_numpy(dtype=bool)
    far = pd.DataFrame({"pair": places["pair_id"], "other": np.arange(len(places))})[
        linked & places["pair_id"].notna()
    ]
    found = met.merge(far, on="pair")
    found = found[found["other"] != found["place"]]
    known = pd.MultiIndex.from_frame(ways[["corridor", "place"]])
    found = found[~pd.MultiIndex.from_frame(found[["corridor", "other"]]).isin(known)]
    found = found.assign(place=found["other"], across=True)[[*ways.columns]]
    return found.sort_values("detour_km", kind="stable").drop_duplicates(["corridor", "place"])
