"""A made-up partition of real counties into township-level cells.

Each county gets a cloud of points, denser where subdistricts are many; Lloyd's iteration gathers the points
into as many clusters as the county has units; the border between two clusters runs along the Voronoi edges
between their points, which makes it ragged. All borders are then noded once on one grid, so that neighbours
share them exactly.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import geopandas
    import pandas

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POINTS_PER_UNIT = 16
LLOYD_STEPS = 8
# a subdistrict takes about this share of the room that a town takes
SUBDISTRICT_AREA = 0.2
# degrees; 1 cm, far below any use, and far above the noise of floating point
GRID = 1e-7
# metres by which borders are looked for beyond a county before they are cut at its boundary
FRAME = 500_000.0


class Cloud(NamedTuple):
    """Points of one county in metres, the cluster of each, and the order of the clusters from the centre."""

    points: Floats
    cluster: Ints
    unit_of_cluster: Ints


def cells(
    units: "pandas.DataFrame",
    counties: "geopandas.GeoDataFrame",
    crs: str,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """One polygon for each unit, in the order of ``units``.

    Parameters
    ----------
    units
        ``county_code`` and ``kind`` of each unit.
    counties
        ``county_code`` and polygons (longitude, latitude) that form a valid coverage.
    crs
        Equal-area projection in metres.
    rng
        Source of chance.

    Returns
    -------
    Polygons (or multipolygons, where the county is in several parts) in degrees: a valid coverage on a grid
    of 1e-7 degrees.
    """
    import shapely

    plane = counties.geometry.to_crs(crs).to_numpy()
    rows_of = units.groupby("county_code").indices
    clouds, lines = [], []
    for code, shape in zip(counties["county_code"], plane, strict=True):
        rows = np.asarray(rows_of[code])
        cloud = _cloud(shape, rows, (units["kind"].to_numpy()[rows] == "subdistrict"), rng)
        clouds.append(cloud)
        lines.append(_borders(cloud))
    degrees = counties.geometry.to_numpy()
    inner = shapely.intersection(_to_degrees(np.array(lines), crs), degrees)
    net = shapely.unary_union(np.concatenate([shapely.boundary(degrees), inner]), grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    return _gather(faces, _owners(faces, degrees, clouds, crs), units["county_code"].to_numpy())


def _cloud(shape: Any, rows: Ints, subdistrict: NDArray[np.bool_], rng: np.random.Generator) -> Cloud:
    """Points of a county, clustered; the clusters nearest the centre are given to its subdistricts."""
    import shapely

    centre = shape.point_on_surface()
    share = subdistrict.mean()
    total = POINTS_PER_UNIT * len(rows)
    core_area = shape.area * SUBDISTRICT_AREA * share / (SUBDISTRICT_AREA * share + 1 - share)
    # where all are subdistricts there is no outskirt, and the core is the county
    core = shape if share == 1 else shape.intersection(centre.buffer(np.sqrt(core_area / np.pi)))
    n_core = round(total * share)
    points = np.concatenate([_scatter(core, n_core, rng), _scatter(shape, total - n_core, rng)])
    cluster, centres = _lloyd(points, len(rows), rng)
    near_first = np.argsort(np.hypot(*(centres - shapely.get_coordinates(centre)).T), kind="stable")
    unit_of_cluster = np.empty(len(rows), dtype=np.int64)
    unit_of_cluster[near_first] = rows[np.argsort(~subdistrict, kind="stable")]
    return Cloud(points, cluster, unit_of_cluster)


def _scatter(shape: Any, n: int, rng: np.random.Generator) -> Floats:
    """``n`` uniform points in a shape, by rejection."""
    import shapely

    shapely.prepare(shape)
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < n:
        tried = rng.uniform((west, south), (east, north), size=(4 * n + 16, 2))
        found = np.concatenate([found, tried[shapely.contains_xy(shape, tried)]])
    return found[:n]


def _lloyd(points: Floats, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Cluster of each point and the centres; no cluster is left empty."""
    from scipy.spatial.distance import cdist

    centres = points[rng.choice(len(points), size=k, replace=False)]
    for step in range(LLOYD_STEPS + 1):
        distance = cdist(points, centres)
        cluster = distance.argmin(axis=1)
        for empty in np.setdiff1d(np.arange(k), cluster):
            # an empty cluster takes the point that lies worst, from a cluster that can spare one
            spare = np.bincount(cluster, minlength=k)[cluster] > 1
            worst = np.where(spare, distance.min(axis=1), -1).argmax()
            cluster[worst] = empty
            distance[worst] = 0
        if step < LLOYD_STEPS:
            counts = np.bincount(cluster, minlength=k)[:, None]
            sums = [np.bincount(cluster, weights=axis, minlength=k) for axis in points.T]
            centres = np.stack(sums, axis=1) / counts
    return cluster.astype(np.int64), centres


def _borders(cloud: Cloud) -> Any:
    """Voronoi edges between points of different clusters (multi-line, metres)."""
    import shapely
    from scipy.spatial import Voronoi

    centre = cloud.points.mean(axis=0)
    # four far points make every edge near the county a finite one
    frame = centre + FRAME * np.array([[-4, -3], [4, -3], [3, 4], [-3, 4]])
    mesh = Voronoi(np.concatenate([cloud.points, frame]))
    label = np.concatenate([cloud.cluster, np.full(len(frame), -1)])
    sides = label[mesh.ridge_points]
    ends = np.asarray(mesh.ridge_vertices)
    kept = (sides[:, 0] != sides[:, 1]) & (sides >= 0).all(axis=1) & (ends >= 0).all(axis=1)
    # SciPy lists the edges in an order of its own; sorted, the result does not hang on it
    ends = np.sort(ends[kept], axis=1)
    ends = ends[np.lexsort(ends.T)]
    return shapely.multilinestrings(shapely.linestrings(mesh.vertices[ends]))


def _to_degrees(shapes: NDArray[Any], crs: str) -> NDArray[Any]:
    import geopandas

    return np.asarray(geopandas.GeoSeries(shapes, crs=crs).to_crs("EPSG:4490").to_numpy())


def _owners(faces: NDArray[Any], counties: NDArray[Any], clouds: list[Cloud], crs: str) -> Ints:
    """Find the unit that each face belongs to, -1 for a hole in the province."""
    import geopandas
    import shapely
    from scipy.spatial import cKDTree

    inside = shapely.point_on_surface(faces)
    face, county = shapely.STRtree(counties).query(inside, predicate="within")
    plane = shapely.get_coordinates(geopandas.GeoSeries(inside, crs="EPSG:4490").to_crs(crs).to_numpy())
    owner = np.full(len(faces), -1, dtype=np.int64)
    for index, cloud in enumerate(clouds):
        mine = face[county == index]
        nearest = cKDTree(cloud.points).query(plane[mine])[1]
        owner[mine] = cloud.unit_of_cluster[cloud.cluster[nearest]]
    return owner


def _gather(faces: NDArray[Any], owner: Ints, county: NDArray[Any]) -> NDArray[Any]:
    """Union of the faces of each unit, its stray pieces given to neighbours in the same county.

    A cluster on both sides of a bend of the county boundary comes out in pieces: the largest is the unit, the
    others go to the unit (its largest piece) with which they share the longest border. A piece without such a
    neighbour is an exclave and stays.
    """
    import geopandas
    import shapely

    whole = _dissolve(faces, owner)
    pieces = geopandas.GeoSeries(whole, index=range(len(whole))).explode()
    unit = pieces.index.to_numpy()
    parts = pieces.to_numpy()
    order = np.lexsort((-shapely.area(parts), unit))
    unit, parts = unit[order], parts[order]
    main = np.r_[True, unit[1:] != unit[:-1]]
    tree = shapely.STRtree(parts[main])
    stray, host = tree.query(parts[~main], predicate="touches")
    same = county[unit[~main][stray]] == county[unit[main][host]]
    stray, host = stray[same], host[same]
    shared = shapely.length(shapely.intersection(parts[~main][stray], parts[main][host]))
    best = np.lexsort((unit[main][host], -shared, stray))
    stray, host = stray[best][shared[best] > 0], host[best][shared[best] > 0]
    stray, first = np.unique(stray, return_index=True)
    unit[np.flatnonzero(~main)[stray]] = unit[main][host[first]]
    return _dissolve(parts, unit)


def _dissolve(parts: NDArray[Any], unit: Ints) -> NDArray[Any]:
    """Union of the parts of each unit, in the order of units; parts of unit -1 are left out."""
    import geopandas

    held = geopandas.GeoDataFrame({"unit": unit}, geometry=parts)
    whole = held[held["unit"] >= 0].dissolve("unit", method="coverage").geometry
    return np.asarray(whole.normalize().to_numpy())
