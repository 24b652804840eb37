"""Stated codes against the unit a station was placed in, with the distances that tell a slip from a mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo.clean.ground import canonical

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from chargegeo.region import Region

    Ints = np.ndarray[Any, np.dtype[Any]]

COLUMNS = (
    "station_id", "how", "stated_code", "stated_name", "unit_code", "unit_name", "county_code", "km_to_stated",
    "km_inside", "near_boundary",
)  # fmt: skip
# the most by which GCJ-02 moves a position in Henan is 631 m: nearer cases can be a shift, a rounding, a line
_NEAR_KM = 0.65


@dataclass(frozen=True)
class _Pairs:
    """Rows that disagree; township and county as stated and the unit each lies in, as positions, -1 for none."""

    rows: Ints
    by_town: np.ndarray[Any, np.dtype[np.bool_]]
    town: Ints
    county: Ints
    lies: Ints


def cross_check(
    stations: gpd.GeoDataFrame, units: gpd.GeoDataFrame, placed: pd.Series, *, region: Region
) -> pd.DataFrame:
    """Stations that state another township or county than the one they were placed in.

    The township is compared where its code is one of ``units``, then the county. A zone counts as the county
    that hosts it, in what is stated and in where it lies. Codes that no unit has are not compared: they are
    faults of their own.

    Parameters
    ----------
    stations
        Contract ``stations``, n rows.
    units
        Contract ``units``.
    placed
        Unit code or null, n rows in the order of ``stations`` (``coverage.place``).
    region
        Its zones and the projection of its distances.

    Returns
    -------
    One row a disagreement, in the order and with the index of ``stations``: ``station_id``; ``how``
    (township, county); ``stated_code`` and ``stated_name``; ``unit_code``, ``unit_name`` and ``county_code``
    of where it lies, null for no unit; ``km_to_stated``, to the boundary of what is stated, and
    ``km_inside``, to the boundary of the unit it lies in, null where there is no boundary or position;
    ``near_boundary``, no farther from what is stated than an unnoticed shift of datum.
    """
    import numpy as np
    import pandas as pd

    unit = pd.Index(units["unit_code"], dtype="object")
    of_county, counties = pd.factorize(_counties(units, region))
    of_county = np.append(of_county, -1)  # the last one is that of no unit, -1
    stated = canonical(stations, region)
    lies = unit.get_indexer(pd.Index(placed.astype("object")))
    town = unit.get_indexer(pd.Index(stated["town"], dtype="object"))
    county = pd.Index(counties, dtype="object").get_indexer(pd.Index(stated["county"], dtype="object"))
    # a county read from the code of a township says no more than the township did
    county[(town >= 0) & stations["county_code"].isna().to_numpy()] = -1
    unsaid = ((lies >= 0) & (of_county[lies] < 0)) | ((lies < 0) & stations.geometry.isna().to_numpy())
    by_town = (town >= 0) & (town != lies)
    by_county = (county >= 0) & (county != of_county[lies]) & ~by_town & ~unsaid
    rows = np.flatnonzero(by_town | by_county)
    pairs = _Pairs(rows, by_town[rows], town[rows], county[rows], lies[rows])
    return _table(stations, units, pairs, of_county, counties).assign(
        **_distances(stations, units, pairs, of_county[:-1], region)
    )[list(COLUMNS)]


def _counties(units: gpd.GeoDataFrame, region: Region) -> pd.Series:
    """County that each unit is reported with; a county is its own."""
    from chargegeo.vocab import UnitKind

    hosts = {code: zone.host for code, zone in region.zones.items()}
    own = units["unit_code"].where(units["kind"].astype("str") == UnitKind.COUNTY)
    found: pd.Series = units["county_code"].astype("object").fillna(own.astype("object")).replace(hosts)
    return found


def _table(
    stations: gpd.GeoDataFrame, units: gpd.GeoDataFrame, pairs: _Pairs, of_county: Ints, counties: Any
) -> pd.DataFrame:
    """The columns of words."""
    import numpy as np
    import pandas as pd

    codes, names = units["unit_code"], units["name"]
    own = names.where(units["county_code"].isna() | (units["county_code"] == codes), units["county_name"])
    county_names = own.groupby(of_county[:-1]).first().reindex(range(len(counties)))
    found = {
        "how": np.where(pairs.by_town, "township", "county"),
        "stated_code": np.where(pairs.by_town, _take(codes, pairs.town), _take(counties, pairs.county)),
        "stated_name": np.where(pairs.by_town, _take(names, pairs.town), _take(county_names, pairs.county)),
        "unit_code": _take(codes, pairs.lies),
        "unit_name": _take(names, pairs.lies),
        "county_code": _take(counties, of_county[pairs.lies]),
    }
    index = stations.index[pairs.rows]
    ids = stations["station_id"].iloc[pairs.rows]
    return pd.DataFrame({"station_id": ids, **found}, index=index).astype(dict.fromkeys(found, "str"))


def _take(values: Any, at: Ints) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Values at positions, null for -1."""
    import numpy as np

    padded = np.full(len(values) + 1, None, dtype="object")
    padded[:-1] = values
    return padded[at]


def _distances(
    stations: gpd.GeoDataFrame, units: gpd.GeoDataFrame, pairs: _Pairs, of_county: Ints, region: Region
) -> dict[str, Any]:
    """Kilometres to what is stated, and to the boundary of the unit that holds the station."""
    import numpy as np
    import shapely

    points = stations.geometry.iloc[pairs.rows].to_crs(region.crs_measure).to_numpy()
    counties = np.unique(pairs.county[~pairs.by_town])
    needed = np.isin(of_county, counties)
    needed[pairs.town[pairs.by_town]] = needed[pairs.lies[pairs.lies >= 0]] = True
    shapes = np.full(len(units) + 1, None, dtype="object")  # the last one is that of no unit, -1
    shapes[:-1][needed] = units.geometry[needed].to_crs(region.crs_measure).to_numpy()
    to_stated = shapely.distance(points, shapes[pairs.town])
    for county in counties:
        rows = np.flatnonzero(~pairs.by_town & (pairs.county == county))
        to_stated[rows] = _to_nearest(points[rows], shapes[:-1][of_county == county])
    inside = shapely.distance(points, shapely.boundary(shapes)[pairs.lies])
    km = to_stated / 1000
    return {"km_to_stated": km, "km_inside": inside / 1000, "near_boundary": km <= _NEAR_KM}


def _to_nearest(points: Any, shapes: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Metres to the nearest of the shapes: that is to their union, without having to form it."""
    import numpy as np
    import shapely

    (found, _), metres = shapely.STRtree(shapes).query_nearest(
        points, return_distance=True, all_matches=False
    )
    nearest = np.full(len(points), np.nan)
    nearest[found] = metres
    return nearest
