"""Which unit a station lies in: exactly one, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


def place(
    stations: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, by: Literal["geometry", "code"] = "geometry"
) -> pd.Series:
    """Unit of each station.

    A station lies in the unit whose polygon holds it, the boundary included. Where several do, it lies in the
    unit of its own stated code if that is one of them, else in that of the lowest code. A station without
    coordinates, or in no polygon, belongs to the unit of its stated code only if there is nothing to
    contradict it: it has no position, or that unit has no boundary.

    Parameters
    ----------
    stations
        Contract ``stations``, n rows.
    units
        Contract ``units``, m rows, in the same coordinate reference.
    by
        ``"code"`` believes a stated code that is one of ``units`` before the position, as provincial platforms
        do; :func:`chargegeo.clean.cross_check` lists where the two disagree.

    Returns
    -------
    n unit codes, null for a station in no unit, indexed as ``stations``: a categorical whose categories are
    the codes of ``units`` in their order.
    """
    import numpy as np
    import pandas as pd
    import shapely

    codes = units["unit_code"].to_numpy(dtype=object)
    shapes = units.geometry.to_numpy()
    points = stations.geometry.to_numpy()
    held, point = holding(shapes, points)
    unit_of = np.full(len(stations), -1, dtype=np.intp)
    unit_of[point] = held
    disputed = np.bincount(point, minlength=len(stations))[point] > 1
    if disputed.any():
        _settle(unit_of, point[disputed], held[disputed], stations, codes)
    # by geometry a stated code is asked only where no polygon holds the station
    loose = np.arange(len(stations)) if by == "code" else np.flatnonzero(unit_of < 0)
    if len(loose):
        own = pd.Index(codes).get_indexer(_stated(stations.iloc[loose]))
        undrawn = np.append(shapely.is_missing(shapes), False)[own]  # the last one is that of own == -1
        trusted = (own >= 0) & (shapely.is_missing(points[loose]) | undrawn | (by == "code"))
        unit_of[loose[trusted]] = own[trusted]
    found = pd.Categorical.from_codes(unit_of, categories=pd.Index(units["unit_code"]))
    return pd.Series(found, index=stations.index, name="unit_code")


def holding(
    shapes: NDArray[np.object_], points: NDArray[np.object_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of polygons and of points that meet, a pair each; null shapes meet nothing.

    Boxes first, by a tree over the points, then bare coordinates against prepared polygons: less than half the
    time of the tree's own predicate, which must read a point object for every pair.
    """
    import shapely

    held, point = shapely.STRtree(points).query(shapes)
    shapely.prepare(shapes)
    meets = shapely.intersects_xy(shapes[held], shapely.get_x(points)[point], shapely.get_y(points)[point])
    return held[meets], point[meets]


def _settle(
    unit_of: NDArray[np.intp],
    point: NDArray[np.intp],
    held: NDArray[np.intp],
    stations: gpd.GeoDataFrame,
    codes: NDArray[np.object_],
) -> None:
    """Choose one unit for each point that several hold: its own code first, then the lowest code."""
    import numpy as np

    foreign = codes[held] != _stated(stations.iloc[point])
    order = np.lexsort((codes[held].astype(str), foreign, point))
    first = np.ones(len(order), dtype=bool)
    first[1:] = point[order][1:] != point[order][:-1]
    unit_of[point[order][first]] = held[order][first]


def _stated(stations: gpd.GeoDataFrame) -> NDArray[np.object_]:
    codes: NDArray[np.object_] = stations["town_code"].to_numpy(dtype=object)
    return codes
