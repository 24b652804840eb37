"""Stations of a register onto the known sides of service areas, and what is left over on either hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chargegeo import datum, schema
from chargegeo.clean import roadside
from chargegeo.clean.pairing import alike
from chargegeo.errors import ContractFault, Fault
from chargegeo.vocab import Scene, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from chargegeo.region import Region

# a station so near to a side stands on it, if the other side is at least twice as far
ON_SIDE_M = 300.0
# sides so near to each other that no position tells them apart
SAME_POINT_M = 1.0
# a station of the area's name and direction may stand so far off
SAME_AREA_M = 3000.0
STATED = ("n_piles", "n_guns", "n_bays", "n_ultra_fast", "max_kw", "total_kw")


@dataclass(frozen=True)
class MatchedAreas:
    """A register set against service areas.

    Parameters
    ----------
    table
        Contract ``service_areas``: the sides, with the register's counts where stations were matched and null
        where none was; nothing is taken over from another table's counts. Counted are stations that are not known
        to be closed, under construction or in maintenance: a side that has only such ones has 0 piles.
    matches
        ``station_id, side_id, metres, n_piles, basis``: a row for each matched station, in service or not.
    unmatched
        ``station_id, name, n_piles, reason``: every other station on an expressway or of such a name.
    without
        ``side_id, pair_id, name, reason``: every side without a station.
    conflicts
        ``side_id, name, column, stated, register``: counts of the sides' own table that the register contradicts.
    """

    table: gpd.GeoDataFrame
    matches: pd.DataFrame
    unmatched: pd.DataFrame
    without: pd.DataFrame
    conflicts: pd.DataFrame

    @property
    def n_piles(self) -> tuple[int, int]:
        """Piles matched, and piles left over."""
        return int(self.matches["n_piles"].sum()), int(self.unmatched["n_piles"].sum())


class _Areas(NamedTuple):
    """Sides as they are compared: name proper, number and places of each, rows by name and by pair."""

    sides: list[dict[str, Any]]
    cores: list[str]
    by_core: Mapping[str, list[int]]
    lon: Any
    lat: Any
    right_hand: bool
    half_placed: frozenset[str]


class _Found(NamedTuple):
    """Row of the side, metres to it, and why; or no row and why not."""

    side: int | None
    metres: float
    why: str


def match_service_areas(
    stations: gpd.GeoDataFrame, piles: pd.DataFrame, areas: gpd.GeoDataFrame, region: Region
) -> MatchedAreas:
    """Match the stations of service areas to the sides they stand on.

    Looked at are stations whose place is an expressway (T/CEC 102 Construction 11) or whose name says service
    area or parking area. A station belongs to the area whose name its own name ends in before that word (one
    letter of three or more may differ, or two neighbours be changed about), and to the side that its name
    says; without a direction to the side within 300 m, if the other one has a position and is at least twice as
    far. A station of no known name is placed by distance alone, by the same rule. Nothing else is guessed.

    Parameters
    ----------
    stations, piles
        Contract tables of a register.
    areas
        Contract table ``service_areas``.
    region
        Threshold of ultra-fast charging, side of traffic.

    Returns
    -------
    Sums by side, and everything that was left over, each with a reason (``match.<reason>`` in the labels).
    Guns and bays are null where a station of the side does not say them; ``total_kw`` adds the piles of known
    power only. Stations out of service are matched and listed, and counted nowhere in ``table``; a station of
    unknown status counts.

    Raises
    ------
    ContractFault
        If piles were lost on the way.
    """
    looked = stations[_of_service_areas(stations)]
    known = _areas(areas, region)
    lon, lat = _degrees(looked)
    found = [
        _match(str(name) if name == name and name is not None else None, lon[at], lat[at], known)
        for at, name in enumerate(looked["name"].tolist())
    ]
    matches, unmatched = _lists(looked, piles, areas, found)
    summed = _sums(looked, piles, matches, region)
    table = _table(areas, summed)
    lost = int(piles.loc[piles["station_id"].isin(looked["station_id"]), "n_piles"].sum())
    made = MatchedAreas(table, matches, unmatched, _without(areas, matches), _conflicts(areas, summed))
    if sum(made.n_piles) != lost or len(matches) + len(unmatched) != len(looked):
        counts = {"rows": len(looked), "kept": len(matches), "aside": len(unmatched)}
        raise ContractFault(Fault("rows_lost", params=counts))
    return made


def _of_service_areas(stations: gpd.GeoDataFrame) -> Any:
    named = stations["name"].map(roadside.is_service_area, na_action="ignore").eq(True)
    return stations["scene"].eq(Scene.EXPRESSWAY.value).fillna(False).astype(bool) | named


def _areas(areas: gpd.GeoDataFrame, region: Region) -> _Areas:
    sides = areas[["side_id", "pair_id", "name", "road_ref", "direction", "towards"]].astype("object")
    sides = sides.where(sides.notna(), None).to_dict("records")
    cores = [roadside.core(side["name"]) or "" for side in sides]
    by_core: dict[str, list[int]] = {}
    for row, core in enumerate(cores):
        if core:
            by_core.setdefault(core, []).append(row)
    placed = areas.geometry.notna()
    half = frozenset(areas.loc[placed, "pair_id"]) & frozenset(areas.loc[~placed, "pair_id"])
    return _Areas(sides, cores, by_core, *_degrees(areas), region.roads.drive_side == "right", half)


def _degrees(table: gpd.GeoDataFrame) -> tuple[Any, Any]:
    import shapely

    shapes = table.geometry.to_numpy()
    return shapely.get_x(shapes), shapely.get_y(shapes)


def _match(name: str | None, lon: float, lat: float, areas: _Areas) -> _Found:
    """The side that a station stands on, or why none."""
    core = roadside.core(name) if roadside.is_service_area(name) else None
    metres = datum.metres_between(lon, lat, areas.lon, areas.lat)
    rows = _of_name(core, areas)
    if not rows:
        return _by_place(metres, core, areas)
    rows = _of_one_area(rows, metres, roadside.road(name), areas)
    if not rows:
        return _Found(None, np.nan, "name_repeats")
    nearest = float(np.nanmin(metres[rows])) if not np.isnan(metres[rows]).all() else np.nan
    if nearest > SAME_AREA_M:
        return _Found(None, nearest, "far_from_area")
    said = roadside.heading(name)
    chosen = [row for row in rows if _is_side(said, row, rows, areas)]
    named = "name" if core is not None and core.endswith(areas.cores[rows[0]]) else "misspelt"
    if len(chosen) == 1:
        return _Found(
            chosen[0], float(metres[chosen[0]]), f"{named};direction{_doubt(chosen[0], rows, metres)}"
        )
    return _by_distance(rows, metres, f"{named};position", areas)


def _doubt(chosen: int, rows: list[int], metres: Any) -> str:
    """What the position has against the side that a name says."""
    if any(metres[row] < metres[chosen] for row in rows):
        return ";against_position"
    return ";off_side" if metres[chosen] > ON_SIDE_M else ""


def _of_name(core: str | None, areas: _Areas) -> list[int]:
    """Sides whose name a station's name ends in, the longest; else those that differ by one letter."""
    if core is None:
        return []
    for start in range(len(core)):
        if rows := areas.by_core.get(core[start:]):
            return rows if len(core) - start >= 2 else []
    near = [known for known in areas.by_core if alike(core[-len(known) :], known)]
    longest = max(map(len, near), default=0)
    kept = [known for known in near if len(known) == longest]
    return areas.by_core[kept[0]] if len(kept) == 1 else []


def _of_one_area(rows: list[int], metres: Any, road: roadside.Road, areas: _Areas) -> list[int]:
    """Of the sides of one name those of one pair: by road, then by distance; none where it stays open."""
    if road.ref is not None:
        rows = [row for row in rows if areas.sides[row]["road_ref"] in (road.ref, None)] or rows
    pairs = {areas.sides[row]["pair_id"] for row in rows}
    if len(pairs) == 1:
        return rows
    placed = [row for row in rows if metres[row] <= SAME_AREA_M]
    if not placed:
        return []
    best = areas.sides[min(placed, key=lambda row: (metres[row], row))]["pair_id"]
    return [row for row in rows if areas.sides[row]["pair_id"] == best]


def _is_side(said: roadside.Heading, row: int, rows: list[int], areas: _Areas) -> bool:
    """Whether a side is the one that a station's name says."""
    side = areas.sides[row]
    if said.direction is not None:
        return bool(side["direction"] == said.direction.value)
    if said.towards is not None:
        if side["towards"] is not None:
            return bool(alike(said.towards, side["towards"]))
        return False
    return _lies(said, row, rows, areas)


def _lies(said: roadside.Heading, row: int, rows: list[int], areas: _Areas) -> bool:
    """Whether a side lies on the compass side of the others that a name says, or serves the way it says."""
    lies = said.lies or roadside.beside(said.goes, right_hand=areas.right_hand)
    others = [other for other in rows if other != row]
    if lies is None or len(others) != 1:
        return False
    axis = areas.lon if lies in {"east", "west"} else areas.lat
    ahead = axis[row] - axis[others[0]]
    return bool(ahead > 0) if lies in {"east", "north"} else bool(ahead < 0)


def _by_place(metres: Any, core: str | None, areas: _Areas) -> _Found:
    """A station of no known name, by distance alone."""
    near = [int(row) for row in np.flatnonzero(metres <= 2 * ON_SIDE_M)]
    if not near or np.nanmin(metres) > ON_SIDE_M:
        nothing = "no_position" if np.isnan(metres).all() else "no_area_near"
        return _Found(None, np.nan, "unknown_name" if core is not None else nothing)
    if core is not None:
        return _Found(None, float(np.nanmin(metres)), "other_name")
    return _by_distance(near, metres, "position", areas)


def _by_distance(rows: list[int], metres: Any, why: str, areas: _Areas) -> _Found:
    """The side that a station stands on, if it is plainly nearer than the other."""
    order = sorted((float(metres[row]), row) for row in rows if metres[row] == metres[row])
    if not order:
        return _Found(None, np.nan, "side_not_said")
    first = order[0]
    plain = len(order) == 1 or order[1][0] >= 2 * max(first[0], SAME_POINT_M)
    half = areas.sides[first[1]]["pair_id"] in areas.half_placed
    if first[0] <= ON_SIDE_M and plain and not half:
        return _Found(first[1], first[0], why)
    return _Found(None, first[0], "side_ambiguous" if first[0] <= SAME_AREA_M else "far_from_area")


def _lists(
    looked: gpd.GeoDataFrame, piles: pd.DataFrame, areas: gpd.GeoDataFrame, found: list[_Found]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    ids = areas["side_id"].tolist()
    counted = piles.groupby("station_id")["n_piles"].sum()
    frame = pd.DataFrame(
        {
            "station_id": looked["station_id"].to_numpy(dtype=object),
            "name": looked["name"].to_numpy(dtype=object),
            "side_id": [None if one.side is None else ids[one.side] for one in found],
            "metres": [round(one.metres, 1) for one in found],
            "n_piles": looked["station_id"].map(counted).fillna(0).astype("int64").to_numpy(),
            "why": [one.why for one in found],
        }
    ).astype({"side_id": "object", "metres": "float64"})
    there = frame["side_id"].notna()
    matches = frame[there].rename(columns={"why": "basis"})
    left = frame[~there].rename(columns={"why": "reason"})
    return (
        matches[["station_id", "side_id", "metres", "n_piles", "basis"]].reset_index(drop=True),
        left[["station_id", "name", "n_piles", "reason"]].reset_index(drop=True),
    )


def _sums(
    looked: gpd.GeoDataFrame, piles: pd.DataFrame, matches: pd.DataFrame, region: Region
) -> pd.DataFrame:
    """The register's counts of each side that has a station, of those not known to be out of service."""
    side = matches.set_index("station_id")["side_id"]
    shut = looked["status"].notna() & looked["status"].ne(Status.IN_SERVICE.value)
    counting = set(looked["station_id"][~shut.fillna(value=False).astype(bool)])
    mine = piles[piles["station_id"].isin(side.index) & piles["station_id"].isin(counting)].copy()
    mine["side_id"] = mine["station_id"].map(side)
    power, n = mine["power_kw"].astype("float64"), mine["n_piles"].astype("int64")
    mine = mine.assign(
        n_ultra_fast=n.where(power >= region.ultra_kw, 0),
        n_power_known=n.where(power.notna(), 0),
        total_kw=power * n,
        max_kw=power,
    )
    by_side = mine.groupby("side_id")
    summed = by_side[["n_piles", "n_ultra_fast", "n_power_known"]].sum()
    summed["total_kw"] = by_side["total_kw"].sum(min_count=1)
    summed["max_kw"] = by_side["max_kw"].max()
    places = looked[looked["station_id"].isin(side.index) & looked["station_id"].isin(counting)]
    of = places["station_id"].map(side)
    for name in ("n_guns", "n_bays"):
        values = places[name].astype("float64").groupby(of).agg(lambda v: v.sum(skipna=False))
        summed = summed.join(values.rename(name), how="outer")
    # a station without piles has none, and stations out of service have none of anything
    counted = ["n_piles", "n_ultra_fast", "n_power_known"]
    summed = summed.assign(**summed[counted].fillna(0)).reindex(sorted(set(side)))
    summed.loc[~summed.index.isin(of), summed.columns != "max_kw"] = 0
    return summed


def _table(areas: gpd.GeoDataFrame, summed: pd.DataFrame) -> Any:
    of = summed.reindex(areas["side_id"])
    columns = {name: of[name].to_numpy() for name in summed.columns}
    register = np.where(areas["side_id"].isin(summed.index), ";register", "")
    basis = (areas["basis"].fillna("").astype("object") + register).str.removeprefix(";")
    table = areas.assign(**columns, basis=basis.replace("", None))
    return schema.check(schema.conform(table, "service_areas"), "service_areas")


def _without(areas: gpd.GeoDataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """Sides without a station; those whose pair has one say so."""
    left = areas.loc[~areas["side_id"].isin(matches["side_id"]), ["side_id", "pair_id", "name"]]
    pairs = areas.loc[areas["side_id"].isin(matches["side_id"]), "pair_id"]
    reason = np.where(left["pair_id"].isin(pairs), "other_side_only", "no_station")
    named: pd.DataFrame = left.assign(reason=reason).reset_index(drop=True)
    return named


def _conflicts(areas: gpd.GeoDataFrame, summed: pd.DataFrame) -> pd.DataFrame:
    """Counts that both tables give and that differ."""
    import pandas as pd

    there = areas[areas["side_id"].isin(summed.index)].set_index("side_id")
    parts = []
    for name in STATED:
        stated, register = there[name].astype("float64"), summed[name].reindex(there.index).astype("float64")
        differ = stated.notna() & register.notna() & ((stated - register).abs() > 1e-6)
        parts.append(
            pd.DataFrame(
                {
                    "side_id": there.index[differ],
                    "name": there.loc[differ, "name"].to_numpy(dtype=object),
                    "column": name,
                    "stated": stated[differ].to_numpy(),
                    "register": register[differ].to_numpy(),
                }
            )
        )
    every: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return every
