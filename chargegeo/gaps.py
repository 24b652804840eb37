"""WHO IS LEFT OUT: ranks the units that are not covered.

In come units with their coverage and the stations; out comes one row for every unit that does not pass the
headline rung for certain, with the single fact that is missing and the nearest station that would count. This
room never decides what covered means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo import schema
from chargegeo.coverage import counting_stations
from chargegeo.vocab import State

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.region import Region, Rule


def rank(
    units: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    stations: gpd.GeoDataFrame,
    piles: pd.DataFrame,
    region: Region,
    rule: Rule,
    *,
    reach: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Units not covered at the headline rung, the worst first.

    Uncovered units come before unknown ones; then by people, villages and distance to the nearest station that
    satisfies the rung (most and farthest first, null last); the unit code settles ties, so the order never
    depends on the order of the input.

    Parameters
    ----------
    units, coverage
        Contract tables of the same units in the same order.
    stations, piles
        Contract tables.
    region
        Distances in km are taken in ``crs_measure``, from the seat, else from a point inside the unit.
    rule
        The ladder that ``coverage`` was held against.
    reach
        Contract ``reach`` of the same units, where there is a road network: the time and the way by road to the
        nearest counting station go beside the straight line, which alone decides the order.

    Returns
    -------
    Contract ``gaps``.
    """
    import numpy as np
    import pandas as pd

    open_ = (coverage["state"] != State.COVERED).to_numpy()
    left = units.loc[open_].reset_index(drop=True)
    verdict = coverage.loc[open_].reset_index(drop=True)
    start, from_seat = _starts(left, region)
    station, km = _nearest(
        start, stations, counting_stations(stations, piles, rule, rung=rule.headline), region
    )
    table = pd.DataFrame(left.drop(columns="geometry")).assign(
        rung=rule.headline, state=verdict["state"], fact=verdict["fact"],
        nearest_station_id=station, nearest_km=km, from_seat=from_seat, rank=0,
    )  # fmt: skip
    for column, name in (("road_minutes", "minutes"), ("road_km", "km")):
        by_road = None if reach is None else reach.set_index("unit_code")[name]
        table[column] = np.nan if by_road is None else table["unit_code"].map(by_road)
    table["_later"] = (table["state"] == State.UNKNOWN).to_numpy()
    table = table.sort_values(
        ["_later", "population", "n_villages", "nearest_km", "unit_code"],
        ascending=[True, False, False, False, True], na_position="last", kind="stable",
    )  # fmt: skip
    table["rank"] = np.arange(1, len(table) + 1)
    return schema.conform(table.reset_index(drop=True), "gaps")


def _starts(units: gpd.GeoDataFrame, region: Region) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where distances start, shape (n, 2) in metres, and whether that is the seat; NaN where nothing is known."""
    import geopandas as gpd
    import numpy as np

    seats = gpd.points_from_xy(units["seat_lon"], units["seat_lat"], crs=schema.STORAGE_CRS)
    from_seat = units["seat_lon"].notna().to_numpy()
    points = gpd.GeoSeries(np.where(from_seat, seats, units.representative_point()), crs=schema.STORAGE_CRS)
    return _metres(points, region), from_seat


def _metres(points: gpd.GeoSeries, region: Region) -> NDArray[np.float64]:
    import numpy as np
    import shapely

    projected = points.to_crs(region.crs_measure).to_numpy()
    return np.column_stack([shapely.get_x(projected), shapely.get_y(projected)])


def _nearest(
    start: NDArray[np.float64], stations: gpd.GeoDataFrame, counting: NDArray[np.bool_], region: Region
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Id and distance in km of the nearest counting station; null where there is none or no start."""
    import numpy as np
    from scipy.spatial import KDTree

    ids, km = np.full(len(start), None, dtype=object), np.full(len(start), np.nan)
    # by id, so that of two stations at one place the lower id is named, whatever the order of the register
    there = stations[counting & stations.geometry.notna().to_numpy()].sort_values("station_id")
    known = ~np.isnan(start).any(axis=1)
    if there.empty or not known.any():
        return ids, km
    metres, first = np.unique(_metres(there.geometry, region), axis=0, return_index=True)
    distance, found = KDTree(metres).query(start[known])
    ids[known] = there["station_id"].to_numpy(dtype=object)[first[found]]
    km[known] = distance / 1000
    return ids, km
