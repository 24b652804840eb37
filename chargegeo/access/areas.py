"""Areas within reach, and the territory of each site, as polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from chargegeo import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chargegeo.access.solve import Nearest
    from chargegeo.roads.network import RoadNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Shapes = NDArray[np.object_]


def isochrones(
    network: RoadNetwork,
    solved: Nearest,
    minutes: Sequence[float],
    *,
    crs: str,
    beside_m: float = 500.0,
    cell_m: float = 100.0,
) -> gpd.GeoDataFrame:
    """Area from which a site is reached within each time: the reached parts of roads and what lies beside them.

    Roads are taken as points at most ``cell_m`` apart, each with its own time to a site in the direction of
    travel, so that an edge is cut where the time runs out. The area is made of square cells of ``cell_m``: those
    nearer than ``beside_m`` to the cell of a reached point. An area holds those of shorter times.

    Parameters
    ----------
    network
        Roads, those of ``solved``.
    solved
        Answer of :func:`chargegeo.access.nearest` in minutes.
    minutes
        Longest times.
    crs
        Equal-area projection in metres, as of a region.
    beside_m
        Distance to either side of a road (m).
    cell_m
        Side of a cell (m): memory grows with the extent of what is reached over its square.

    Returns
    -------
    Contract ``isochrones``, by rising time; times in which no road is reached are left out.
    """
    times = sorted({float(time) for time in minutes})
    to_plane, to_degrees = _ways(crs)
    xy, cost, _ = _points(network, solved, cell_m, to_plane)
    times = [time for time in times if (cost <= time).any()]
    shapes: Shapes = np.empty(len(times), dtype=object)
    for i, time in enumerate(times):
        near = xy[cost <= time]
        shapes[i] = _areas(near, np.zeros(len(near), dtype=np.int64), beside_m, cell_m)[1][0]
    return _table("isochrones", {"minutes": np.array(times)}, shapes, to_degrees)


def territories(
    network: RoadNetwork, solved: Nearest, *, crs: str, beside_m: float = 500.0, cell_m: float = 100.0
) -> gpd.GeoDataFrame:
    """Territory of each site: the roads from which it is the nearest, and what lies beside them.

    Roads are taken as points at most ``cell_m`` apart, each with the site that a driver there reaches first.
    A square cell of ``cell_m`` belongs to the site of the nearest point, if that is not farther than
    ``beside_m``; so territories do not overlap.

    Parameters
    ----------
    network
        Roads, those of ``solved``.
    solved
        Answer of :func:`chargegeo.access.nearest`.
    crs, beside_m, cell_m
        As for :func:`isochrones`.

    Returns
    -------
    Contract ``territories``, by site; sites that are nearest from nowhere are left out.
    """
    to_plane, to_degrees = _ways(crs)
    xy, _, site = _points(network, solved, cell_m, to_plane)
    owners, shapes = _areas(xy, site, beside_m, cell_m)
    return _table("territories", {"site": owners}, shapes, to_degrees)


def _areas(
    xy: Floats, owner: NDArray[np.int64], beside_m: float, cell_m: float
) -> tuple[NDArray[np.int64], Shapes]:
    """Owners, and the cells of each as one shape; of owners in one cell the lowest holds it."""
    from scipy.ndimage import distance_transform_edt

    if not len(xy):
        return owner, np.empty(0, dtype=object)
    # cells stand on whole multiples of their side, so that areas of one network nest
    at = np.floor(xy / cell_m).astype(np.int64)
    origin = at.min(axis=0) - int(np.ceil(beside_m / cell_m)) - 1
    at -= origin
    shape = at.max(axis=0) + int(np.ceil(beside_m / cell_m)) + 2
    held = np.full(shape[::-1], -1, dtype=np.int64)
    order = np.argsort(-owner, kind="stable")  # the last one written stays
    held[at[order, 1], at[order, 0]] = owner[order]
    gap, nearest_cell = distance_transform_edt(held < 0, return_indices=True)
    held = np.where(gap * cell_m <= beside_m, held[tuple(nearest_cell)], -1)
    return _outlined(held, origin, cell_m)


def _outlined(
    held: NDArray[np.int64], origin: NDArray[np.int64], cell_m: float
) -> tuple[NDArray[np.int64], Shapes]:
    """Cells of each owner as one shape: the straight stretches where cells of two owners meet, closed to rings."""
    flat, upright = held[:-1] != held[1:], held[:, :-1] != held[:, 1:]
    parts = []
    for axis, (met, across) in enumerate(((flat, upright), (upright.T, flat.T))):
        cells = held.T if axis else held
        # a stretch ends where another boundary comes in or one of the two owners changes
        pair = np.stack([cells[:-1], cells[1:]])
        goes_on = met[:, 1:] & met[:, :-1] & (pair[:, :, 1:] == pair[:, :, :-1]).all(axis=0)
        goes_on &= ~(across[:-1] | across[1:])
        row, first = np.nonzero(met & ~np.pad(goes_on, ((0, 0), (1, 0))))
        _, last = np.nonzero(met & ~np.pad(goes_on, ((0, 0), (0, 1))))
        ends = np.stack([np.column_stack((first, row + 1)), np.column_stack((last + 1, row + 1))], axis=1)
        ends = ends[:, :, ::-1] if axis else ends
        parts += [(pair[side, row, first], ends) for side in (0, 1)]
    owner = np.concatenate([item for item, _ in parts])
    lines = shapely.linestrings((np.concatenate([item for _, item in parts]) + origin) * cell_m)[owner >= 0]
    order = np.argsort(owner[owner >= 0], kind="stable")
    owners, begin = np.unique(owner[owner >= 0][order], return_index=True)
    groups = [shapely.multilinestrings(group) for group in np.split(lines[order], begin[1:])]
    return owners, np.asarray(shapely.build_area(groups), dtype=object)


def _ways(crs: str) -> tuple[pyproj.Transformer, pyproj.Transformer]:
    """Degrees to metres and back."""
    there = pyproj.Transformer.from_crs(schema.STORAGE_CRS, crs, always_xy=True)
    return there, pyproj.Transformer.from_crs(crs, schema.STORAGE_CRS, always_xy=True)


def _lines(network: RoadNetwork, line: Ints, to_plane: pyproj.Transformer) -> Shapes:
    """Lines of the network in metres."""
    size = np.diff(network.line_start)[line]
    end = np.cumsum(size)
    vertex = np.arange(size.sum()) + np.repeat(network.line_start[line] - (end - size), size)
    if not len(vertex):
        return np.empty(0, dtype=object)
    xy = np.column_stack(to_plane.transform(*network.line_xy[vertex].T))
    return np.asarray(shapely.linestrings(xy, indices=np.repeat(np.arange(len(line)), size)))


def _points(
    network: RoadNetwork, solved: Nearest, every_m: float, to_plane: pyproj.Transformer
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Short stretches of reached roads: middle (m), cost from there, and site."""
    cost = solved.cost
    weight = getattr(network, solved.weight)
    reached = np.flatnonzero(solved.site[network.head] >= 0)
    line = np.unique(network.line[reached])
    shapes = _lines(network, line, to_plane)
    n = np.maximum(np.ceil(shapely.length(shapes) / every_m).astype(np.int64), 1)
    row = np.repeat(np.arange(len(line)), n)
    k = np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
    share = (k + 0.5) / n[row]
    best, site = np.full(len(row), np.inf), np.full(len(row), -1, dtype=np.int64)
    for forward in (True, False):
        # of edges in one direction along one line the first
        along = reached[network.forward[reached] == forward]
        edge = np.full(len(network.way), -1)
        edge[network.line[along][::-1]] = along[::-1]
        e = edge[line][row]
        left = 1 - share if forward else share
        new = np.where(e >= 0, cost[network.head[e]] + left * weight[e], np.inf)
        by = solved.site[network.head[e]]
        better = (new < best) | ((new == best) & (by < site))
        best[better], site[better] = new[better], by[better]
    inside = best <= solved.limit
    middles = shapely.line_interpolate_point(shapes[row[inside]], share[inside], normalized=True)
    return shapely.get_coordinates(middles), best[inside], site[inside]


def _table(
    table: str, columns: dict[str, NDArray[np.generic]], shapes: Shapes, to_degrees: pyproj.Transformer
) -> gpd.GeoDataFrame:
    """A contract table of shapes in metres: areas measured there, polygons turned to degrees."""
    shapes = np.asarray(shapes, dtype=object)
    degrees = shapely.transform(shapes, lambda x, y: to_degrees.transform(x, y), interleaved=False)
    frame = pd.DataFrame({**columns, "area_km2": shapely.area(shapes) / 1e6})
    frame["geometry"] = gpd.GeoSeries(degrees, index=frame.index, crs=schema.STORAGE_CRS)
    return schema.conform(frame, table)
