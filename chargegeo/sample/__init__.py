"""A MADE-UP PROVINCE: the raw files that an office would hand over, messy on purpose, and the truth of them.

In come a region and a seed; out come synthetic townships inside the real counties, roads over the real
sequence of places, a register, a pile list and a table of service areas with the usual dirt, a year's target
with returns, a study file that runs them, and what a correct reading must find. This room never
reads a user's file and never names a real station (every name carries a mark). The truth is laid down before
a file is written, never found by running our own cleaning or coverage.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargegeo.region import Region

__all__ = ["write"]

NAMES = {
    "townships": "townships.gpkg", "stations": "stations.xlsx", "piles": "piles.csv", "study": "study.toml",
    "truth": "truth.csv", "totals": "truth.json", "roads": "roads.osm.pbf",
    "service_areas": "service_areas.xlsx", "sides": "truth_sides.csv",
    "target": "target.toml", "target_units": "target_units.csv", "returns": "returns_2026.csv",
    "last_returns": "returns_2025.csv", "scenario": "scenario.toml",
}  # fmt: skip


def write(folder: str | Path, *, seed: int = 2026, region: "Region | None" = None) -> Mapping[str, Path]:
    """Write the sample.

    Parameters
    ----------
    folder
        Where; made if it is not there. Files of the same names are replaced, each whole or not at all.
    seed
        The same seed gives the same bytes.
    region
        A region with divisions, counties and the published figures of its roads; Henan if not given.

    Returns
    -------
    Paths of ``townships``, ``stations``, ``piles``, ``study``, ``roads``, ``service_areas``, ``target``,
    ``target_units``, ``returns``, ``last_returns``, ``scenario``, and of what is true: ``truth`` (a row a township),
    ``sides`` (a row a side of a service area) and ``totals``.

    Raises
    ------
    chargegeo.errors.RegionFault
        The region has no list of divisions, no county polygons, lacks a published figure, or there is no
        sequence of places for its roads.
    chargegeo.errors.OutputFault
        A file cannot be written.
    """
    from chargegeo import region as regions
    from chargegeo.sample import files, office, returns, world

    place = regions.load("henan") if region is None else region
    made = world.build(place, seed)
    said = office.words()
    paths = {key: Path(folder) / name for key, name in NAMES.items()}
    files.townships(paths["townships"], made, said)
    files.stations(paths["stations"], made, said)
    files.piles(paths["piles"], made, said)
    files.service_areas(paths["service_areas"], made, said)
    files.sides(paths["sides"], made)
    drawn = made.network.sheet.write(paths["roads"], place.crs_measure)
    told = returns.write(paths, made, said, seed=seed)
    files.truth(paths["truth"], paths["totals"], made, {"roads": drawn, "target": told}, seed=seed)
    files.study(paths["study"], place, names=NAMES)
    files.scenario(paths["scenario"], names=NAMES)
    return paths
