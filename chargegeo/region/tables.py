"""Tables of the divisions of a region."""

from typing import TYPE_CHECKING

from chargegeo.errors import Fault, RegionFault
from chargegeo.region.model import Region

if TYPE_CHECKING:
    import pandas as pd

TEXT = ("code", "name", "level", "parent", "kind")
TOWNSHIPS = (
    "code", "name", "kind", "county_code", "county_name", "zone_code", "city_code", "city_name", "n_villages",
)  # fmt: skip


def divisions(region: Region) -> "pd.DataFrame":
    """See :func:`chargegeo.region.divisions`."""
    import pandas as pd

    if region.divisions_file is None:
        detail = f"region {region.id} has no list of divisions"
        raise RegionFault(Fault("region_broken", value="divisions.file", params={"detail": detail}))
    types = {**dict.fromkeys(TEXT, "str"), "n_villages": "Int64"}
    # "NA" and the like are names, not nulls: only an empty field is null
    table = pd.read_csv(region.divisions_file, dtype=types, keep_default_na=False, na_values=[""])
    return table.sort_values("code", ignore_index=True)


def counties(region: Region) -> "pd.DataFrame":
    """Counties with their city, sorted by code: county_code, county_name, city_code, city_name.

    A county directly under the province is its own city, because it reports for itself.
    """
    table = divisions(region)
    cities = table[table["level"] == "city"].set_index("code")["name"]
    found = table[table["level"] == "county"]
    under_city = found["parent"].isin(cities.index)
    return found.assign(
        county_code=found["code"],
        county_name=found["name"],
        city_code=found["parent"].where(under_city, found["code"]),
        city_name=found["parent"].map(cities).where(under_city, found["name"]),
    )[["county_code", "county_name", "city_code", "city_name"]].reset_index(drop=True)


def townships(region: Region) -> "pd.DataFrame":
    """See :func:`chargegeo.region.townships`."""
    table = divisions(region)
    units = table[table["level"] == "township"]
    in_zone = units["parent"].isin(list(region.zones))
    hosts = units["parent"].map({code: zone.host for code, zone in region.zones.items()})
    units = units.assign(
        county_code=hosts.where(in_zone, units["parent"]).astype("str"),
        zone_code=units["parent"].where(in_zone),
    )
    # many to one, from the left: order and number of units stay as they are
    units = units.merge(counties(region), on="county_code", how="left", validate="many_to_one")
    return units[list(TOWNSHIPS)]
