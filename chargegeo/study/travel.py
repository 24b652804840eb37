"""The road network of a study, and what could not be put on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chargegeo import access, roads, sources
from chargegeo.errors import Fault, Finding
from chargegeo.vocab import Severity, Snap

if TYPE_CHECKING:
    import geopandas as gpd

    from chargegeo.region import Region
    from chargegeo.roads import RoadNetwork
    from chargegeo.sources import RawTable
    from chargegeo.study.config import Roads


@dataclass(frozen=True)
class Map:
    """A network, what was found in building it, and the service areas of the same map where it has any."""

    network: RoadNetwork
    findings: tuple[Finding, ...]
    service_areas: RawTable | None


def read(section: Roads, name: str, region: Region) -> Map:
    """The network of a study: a saved one, or built from a map.

    Parameters
    ----------
    name
        What results call the file.
    """
    if roads.is_saved(section.file):
        return Map(roads.load(section.file), (), None)
    raw = sources.read_roads(
        section.file, layer=section.layer, columns=section.columns or None, crossings=section.crossings
    )
    built = roads.build(replace(raw, file=name), region.roads)
    found = (*raw.findings, *built.findings)
    named = tuple(replace(item, fault=replace(item.fault, file=name)) for item in found)
    return Map(built.network, named, raw.parts.get("service_areas"))


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
    return [
        Finding(
            Severity.WARNING,
            Fault(code, file=name, feature=ids.iloc[row], value=round(snaps["leg_m"].iloc[row])),
        )
        for status, code in ((Snap.BEYOND_LIMIT, "off_road"), (Snap.DOUBTFUL_SIDE, "doubtful_side"))
        for ids, snaps in parts
        for row in ((snaps["status"] == status) & snaps["leg_m"].notna()).to_numpy().nonzero()[0]
    ]
