"""What a road network adds to a study: driving times, corridors, and what could not be put on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chargegeo import access, corridors, coverage, roads, sources
from chargegeo.errors import Fault, Finding, StudyFault
from chargegeo.study import reading, roadside
from chargegeo.vocab import Fact, Severity, Snap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.clean import Cleaned
    from chargegeo.region import Region, Rule
    from chargegeo.roads import RoadNetwork
    from chargegeo.sources import RawTable
    from chargegeo.study.config import Roads, Study, _File
    from chargegeo.study.solving import Step


_OFF = {
    Snap.BEYOND_LIMIT: "off_road", Snap.DOUBTFUL_SIDE: "doubtful_side", Snap.NO_ROAD: "no_road_for_it",
}  # fmt: skip
CELL_M = 400.0  # of areas within reach: what a map of a province shows, in a few seconds


@dataclass(frozen=True)
class Map:
    """A network, what was found in building it, and the service areas of the same map where it has any."""

    network: RoadNetwork
    findings: tuple[Finding, ...]
    service_areas: RawTable | None


def read_map(section: Roads, name: str, region: Region) -> Map:
    """The network of a study: a saved one, or built from a map.

    Parameters
    ----------
    name
        What results call the file.

    Raises
    ------
    StudyFault
        ``network_option``, with every option that a network which was built before can no longer obey.
    """
    if roads.is_saved(section.file):
        if idle := [key for key in ("layer", "columns", "crossings") if getattr(section, key)]:
            raise StudyFault(*(Fault("network_option", file=name, value=key) for key in idle))
        network = roads.load(section.file)
        return Map(network, tuple(_other_rules(network, name, region)), None)
    raw = sources.read_roads(
        section.file, layer=section.layer, columns=section.columns or None, crossings=section.crossings
    )
    built = roads.build(replace(raw, file=name), region.roads)
    found = (*raw.findings, *built.findings)
    named = tuple(replace(item, fault=replace(item.fault, file=name)) for item in found)
    return Map(built.network, named, raw.parts.get("service_areas"))


def _other_rules(network: RoadNetwork, name: str, region: Region) -> Iterator[Finding]:
    """A warning where a saved network was built under other driving rules than the region's."""
    names = ("speed_kmh", "ferry_kmh", "ferry_wait_minutes", "drive_side")
    other = [key for key in names if network.about.get(key) != getattr(region.roads, key)]
    if other:
        yield Finding(Severity.WARNING, Fault("other_speeds", file=name, params={"what": ", ".join(other)}))


def off_road(
    places: access.Places,
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    sides: gpd.GeoDataFrame,
    name: str,
) -> list[Finding]:
    """A warning for each place that is not on the network for another reason than a missing position."""
    parts = (
        (units["unit_code"], places.seats), (stations["station_id"], places.stations), (sides["side_id"], places.sides),
    )  # fmt: skip
    found = [
        Finding(
            Severity.WARNING,
            Fault(code, file=name, feature=ids.iloc[row], value=_far(snaps["leg_m"].iloc[row])),
        )
        for status, code in _OFF.items()
        for ids, snaps in parts
        for row in (snaps["status"] == status).to_numpy().nonzero()[0]
    ]
    seated = (places.seats["status"] != Snap.NO_POSITION).any()
    if seated and (places.seat_node < 0).all():
        found.insert(0, Finding(Severity.WARNING, Fault("no_seat_on_road", file=name), n_rows=len(units)))
    return found


def _far(leg: float) -> str | None:
    """A distance in metres as text; beyond what is searched none is known."""
    return f"{leg:.0f}" if leg == leg else None


@dataclass(frozen=True)
class ByRoad:
    """What a road network adds: tables, minutes from the own seat by station, findings, and what it rests on.

    ``places`` and ``sides`` are what was put on the network.
    """

    tables: dict[str, pd.DataFrame]
    seat_minutes: NDArray[np.float64]
    findings: list[Finding]
    about: Mapping[str, Any]
    places: access.Places
    sides: roadside.Sides


def by_road(
    study: Study,
    region: Region,
    rules: tuple[Rule, ...],
    units: gpd.GeoDataFrame,
    stations: Cleaned,
    placed: pd.Series,
    step: Step,
) -> ByRoad:
    """Everything that rests on the road network of a study that has one.

    Parameters
    ----------
    rules
        Of the study; the first one says which stations count.
    placed
        Unit of each station.
    step
        See :func:`chargegeo.study.solve`.
    """
    section = study.roads
    assert section is not None  # noqa: S101 - the caller asked
    name = study.shown(section.file)
    # what a study asks that cannot be is said before the long work
    roadside.vehicles(study.corridors)
    roadside.rules(study.corridors)
    with step("roads"):
        map_ = read_map(section, name, region)
        sides = _sides(study, region, map_, stations)
        places = access.place(map_.network, units, stations.table, region, sides=sides.table)
    with step("access"):
        counting = coverage.counting_stations(
            stations.table, stations.piles, rules[0], rung=rules[0].headline
        )
        solved = access.to_stations(places, stations.table, counting)
        asked = [c.at_most for r in rules for _, c in r.conditions() if c.fact == Fact.SEAT_MINUTES]
        minutes = access.from_own_seat(places, units, placed, max([item or 0 for item in asked], default=1))
        tables = {
            "reach": access.reach(places, units, stations.table, solved, max(section.minutes)),
            "isochrones": access.isochrones(
                places.network, solved.nearest, section.minutes, crs=region.crs_measure, cell_m=CELL_M
            ),
            "road_lines": roads.lines(map_.network),
            "road_summary": roads.summary(map_.network),
        }
    with step("corridors"):
        flow = None if study.traffic is None else _flow(study.traffic, study)
        tables |= roadside.tables(places, sides, stations, units, region, study.corridors, flow=flow)
    if "corridors" in tables:
        roadside.charted(tables["corridors"], study.corridors)
    findings = [*map_.findings, *sides.findings, *off_road(places, units, stations.table, sides.table, name)]
    if "corridors" in tables and not tables["corridors"]["n_sites"].any():
        findings.insert(0, Finding(Severity.WARNING, Fault("no_site_along", file=name)))
    if study.traffic is not None and flow is not None:
        ends = roadside.seats(units, places, study.corridors.between)
        findings += roadside.unused_traffic(flow, ends, study.shown(study.traffic.file))
    return ByRoad(tables, minutes, findings, map_.network.about, places, sides)


def _flow(section: _File, study: Study) -> pd.DataFrame:
    return roadside.traffic(reading.read(section, study), section.columns)


def _sides(study: Study, region: Region, map_: Map, stations: Cleaned) -> roadside.Sides:
    """Sides of service areas of the study's own table, else of the map, on their carriageways."""
    section = study.service_areas
    raw = map_.service_areas if section is None else reading.read(section, study)
    areas = None if raw is None or raw.frame.empty else roadside.service_areas(raw, section, region)
    along = corridors.build(map_.network, least_km=study.corridors.least_km)
    return roadside.sides(areas, stations, map_.network, along, region)
