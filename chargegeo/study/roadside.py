"""From service areas and numbered roads to what a driver finds along them, in each direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import clean, corridors, schema
from chargegeo.clean.placing import holding
from chargegeo.errors import Fault, Finding, SchemaFault, StudyFault
from chargegeo.study import chargers
from chargegeo.vocab import Datum, RoadClass, Severity

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.access import Places
    from chargegeo.clean import Cleaned
    from chargegeo.corridors import Corridor, RoadRule, Vehicle
    from chargegeo.region import Region
    from chargegeo.roads import RoadNetwork
    from chargegeo.sources import RawTable
    from chargegeo.study.config import Corridors, ServiceAreas

    Names = Any

BESIDE_DEGREES = 0.05  # about 5 km
N_CHARTS = 10  # strip charts of a run that names no roads
_COUNTS = ("n_piles", "n_guns", "n_bays", "n_ultra_fast", "max_kw", "total_kw")


@dataclass(frozen=True)
class Sides:
    """Sides of service areas with what stands on them, and the stations that do."""

    table: gpd.GeoDataFrame
    matched: clean.MatchedAreas
    findings: tuple[Finding, ...]


def service_areas(raw: RawTable, section: ServiceAreas | None, region: Region) -> Cleaned:
    """Sides from a planner's table, or from outlines that are paired here; a map's own are in WGS-84."""
    if section is not None and section.mode == "table":
        return clean.service_areas(raw, region, datum=section.datum, mapping=section.columns or None)
    if section is None:
        return clean.pair_service_areas(raw, region, datum=Datum.WGS84)
    return clean.pair_service_areas(raw, region, datum=section.datum, mapping=section.columns or None)


def sides(
    areas: Cleaned | None, stations: Cleaned, network: RoadNetwork, along: Sequence[Corridor], region: Region
) -> Sides:
    """Put sides on their carriageways and the stations of the register on the sides.

    Counts are the register's where a station of it stands on the side (none of stations known to be out of
    service), else those of the sides' own table; where both say something else, the contradiction is listed.
    """
    given = schema.empty("service_areas") if areas is None else areas.table
    # names of stations speak of directions as the table does, which the network may turn round
    matched = clean.match_service_areas(stations.table, stations.piles, given, region)
    placed = corridors.sides(given, network, region, corridors=along)
    known = given["side_id"].isin(matched.matches["side_id"])
    counts = {
        column: matched.table[column].where(known, given[column]) for column in (*_COUNTS, "n_power_known")
    }
    table = schema.conform(placed.table.assign(**counts), "service_areas")
    found = () if areas is None else areas.findings
    return Sides(table, matched, (*found, *placed.findings, *_conflicts(matched, areas)))


def _conflicts(matched: clean.MatchedAreas, areas: Cleaned | None) -> list[Finding]:
    """Counts of the sides' own table that the register contradicts, and stations of service areas on no side."""
    if areas is None:
        return []
    file = None if areas.table.empty else str(areas.table["source"].iloc[0])
    told = [
        Fault(
            "side_count_conflict",
            file,
            feature=str(side),
            column=str(column),
            value=stated,
            params={"register": found},
        )
        for side, column, stated, found in matched.conflicts[
            ["side_id", "column", "stated", "register"]
        ].to_numpy()
    ] + [
        Fault("area_unmatched", file, feature=str(station), value=name)
        for station, name in matched.unmatched[["station_id", "name"]].to_numpy()
    ]
    return [Finding(Severity.WARNING, fault) for fault in told]


def tables(
    places: Places,
    sides: Sides,
    stations: Cleaned,
    units: gpd.GeoDataFrame,
    region: Region,
    section: Corridors,
    *,
    flow: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Everything that is asked along the roads; only service areas where the map has no numbered road.

    Parameters
    ----------
    flow
        Vehicles a day between the places of the journeys: ``from_code``, ``to_code``, ``flow``.
    """
    found = _of_areas(sides, units, region)
    along = corridors.build(places.network, least_km=section.least_km)
    if not along:
        return found
    called = names(units)
    sites_of = chargers.charging_places(places, sides, stations, region)
    sites = corridors.sites(places.network, along, sites_of, detour_km=section.detour_km)
    gaps = corridors.gaps(places.network, along, sites, names=called)
    journeys = corridors.Journeys(
        _stops(sites, sites_of, along), seats(units, places, section.between), vehicles(section),
        flow=flow,
    )  # fmt: skip
    pairs = corridors.cities(places.network, journeys)
    summary = corridors.summary(places.network, along, sites, gaps, names=called, within_km=section.within_km)
    return found | {
        "corridors": summary,
        "corridor_rollup": corridors.by_road(summary),
        "corridor_breaks": corridors.breaks(places.network, along, names=called),
        "corridor_towns": corridors.towns(places.network, along, seats(units, places, "counties")),
        "corridor_sites": sites,
        "corridor_gaps": gaps,
        "corridor_rules": corridors.judge(
            along, sites, chargers.piles_of(sites, stations, sides), rules(section)
        ),
        "corridor_travel": corridors.travel(along, sites, journeys.vehicles),
        "corridor_pairs": pairs,
        "shared_gaps": corridors.shared_gaps(places.network, along, gaps, pairs, journeys),
    }


def _stops(sites: pd.DataFrame, places: pd.DataFrame, along: Sequence[Corridor]) -> NDArray[np.int64]:
    """Nodes where one charges for certain between cities: along expressways, on a map without any along all roads."""
    fast = [item.id for item in along if item.road_class == RoadClass.EXPRESSWAY]
    chosen = corridors.charging(sites)[0] & (sites["corridor_id"].isin(fast) if fast else True)
    nodes: NDArray[np.int64] = places["node"][places["site_id"].isin(sites["site_id"][chosen])].to_numpy()
    return nodes


def _of_areas(sides: Sides, units: gpd.GeoDataFrame, region: Region) -> dict[str, pd.DataFrame]:
    """Sides, pairs, their sums, and the published figures beside them."""
    import numpy as np

    if sides.table.empty:
        return {}
    unit, point = holding(units.geometry.to_numpy(), sides.table.geometry.to_numpy())
    row = np.full(len(sides.table), -1)
    row[point[::-1]] = unit[::-1]
    cities = units[["city_code", "city_name"]].reset_index(drop=True).reindex(row).set_axis(sides.table.index)
    pairs = corridors.pairs(sides.table, cities)
    rollup = corridors.roll_up(sides.table, pairs, region)
    return {
        "service_areas": sides.table, "service_area_pairs": pairs, "service_area_rollup": rollup,
        "published": corridors.published(rollup, region),
    }  # fmt: skip


def names(units: gpd.GeoDataFrame) -> Names:
    """A function that names places: county and unit that hold them, just outside all units the nearest one."""
    import numpy as np
    from shapely import STRtree

    shapes = units.geometry.to_numpy()
    tree = STRtree(shapes)
    pairs = zip(units["county_name"].fillna(""), units["name"], strict=True)
    words = np.array([unit if unit.startswith(county) else county + unit for county, unit in pairs], object)

    def name(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.object_]:
        import shapely

        unit, point = holding(shapes, shapely.points(lon, lat))
        found = np.full(len(lon), None, dtype=object)
        # of units that share a border the lower code
        found[point[::-1]] = words[unit[::-1]]
        # a road ends on the border itself, and its carriageways on either side of it
        lost = np.array([word is None for word in found], dtype=bool)
        at, near = tree.query_nearest(
            shapely.points(lon, lat)[lost], max_distance=BESIDE_DEGREES, all_matches=False
        )
        found[np.flatnonzero(lost)[at]] = words[near]
        return found

    return name


def seats(units: gpd.GeoDataFrame, places: Places, between: str) -> pd.DataFrame:
    """Cities or counties as places to travel between: where the first of their units by code has its seat.

    Codes begin with the units around the seat of a county, so this is the seat of the county, and of a city that of
    its first county.
    """
    level = "city" if between == "cities" else "county"
    table = units[["unit_code", f"{level}_code", f"{level}_name"]].assign(node=places.seat_node)
    table = table[(table["node"] >= 0) & table[f"{level}_code"].notna()].sort_values("unit_code")
    first: pd.DataFrame = table.drop_duplicates(f"{level}_code").reset_index(drop=True)
    return first.set_axis(["unit_code", "code", "name", "node"], axis=1)[["code", "name", "node"]]


def traffic(raw: RawTable, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Vehicles a day between places, a row a pair and direction.

    Raises
    ------
    SchemaFault
        Columns that are not there (all of them), or flows that are no numbers of vehicles (every one with its line).
    """
    import pandas as pd

    headers = {name: mapping.get(name, name) for name in ("from_code", "to_code", "flow")}
    absent = [header for header in headers.values() if header not in raw.frame]
    if absent:
        found = ", ".join(map(str, raw.frame.columns))
        raise SchemaFault(
            *(Fault("traffic_column", raw.file, column=header, params={"found": found}) for header in absent)
        )
    table = pd.DataFrame({name: raw.frame[header] for name, header in headers.items()})
    flow = pd.to_numeric(table["flow"], errors="coerce").astype(float)
    wrong = ~(flow >= 0) | (flow == float("inf")) | table[["from_code", "to_code"]].isna().any(axis=1)
    if wrong.any():
        lines = raw.lines if raw.lines is not None else range(len(table))
        raise SchemaFault(
            *(
                Fault(
                    "traffic_value",
                    raw.file,
                    line=int(lines[row]),
                    column=headers["flow"],
                    value=table["flow"].iloc[row],
                )
                for row in wrong.to_numpy().nonzero()[0]
            )
        )
    return table.assign(flow=flow).astype({"from_code": "str", "to_code": "str"})


def unused_traffic(flow: pd.DataFrame, places: pd.DataFrame, file: str) -> list[Finding]:
    """A warning for traffic between places that are none of the journeys'."""
    known = flow["from_code"].isin(places["code"]) & flow["to_code"].isin(places["code"])
    if known.all():
        return []
    n, lost = int((~known).sum()), f"{flow['flow'][~known].sum():g}"
    fault = Fault("traffic_nowhere", file, params={"n": n, "of": len(flow), "flow": lost})
    return [Finding(Severity.WARNING, fault, n_rows=n)]


def vehicles(section: Corridors) -> dict[str, Vehicle]:
    """Vehicles of the study, else the built-in ones.

    Raises
    ------
    StudyFault
        If one has neither a range nor a battery and its consumption, or cannot be.
    """
    if not section.vehicles:
        return dict(corridors.vehicles())
    found = {}
    for name, given in section.vehicles.items():
        by_battery = None if given.kwh is None or given.kwh_per_km is None else given.kwh / given.kwh_per_km
        range_km = given.range_km or by_battery
        if range_km is None:
            raise StudyFault(Fault("vehicle_without_range", value=name))
        found[name] = corridors.Vehicle(range_km, given.start, given.reserve, given.charge_to)
    return found


def rules(section: Corridors) -> list[RoadRule]:
    """Rules that the study names, else all.

    Raises
    ------
    StudyFault
        If there is no such rule; those there are get listed.
    """
    known = corridors.rules()
    wanted = section.rules if section.rules is not None else tuple(known)
    if wrong := [name for name in wanted if name not in known]:
        raise StudyFault(
            *(
                Fault("entry_word", value=name, params={"key": "corridors.rules", "known": ", ".join(known)})
                for name in wrong
            )
        )
    return [known[name] for name in wanted]


def charted(found: pd.DataFrame, section: Corridors) -> list[str]:
    """Numbers of the roads that get a strip chart, by number.

    Parameters
    ----------
    found
        Contract ``corridors``.

    Raises
    ------
    StudyFault
        If a road that the study names is no corridor; those that are get listed.
    """
    known = set(found["ref"])
    if section.charts is None:
        fast = found[found["road_class"] == RoadClass.EXPRESSWAY].sort_values(
            "longest_gap_km", ascending=False
        )
        return sorted(fast["ref"].drop_duplicates().head(N_CHARTS))
    if wrong := [name for name in section.charts if name not in known]:
        said = {"key": "corridors.charts", "known": ", ".join(sorted(known))}
        raise StudyFault(*(Fault("entry_word", value=name, params=said) for name in wrong))
    return sorted(set(section.charts))
