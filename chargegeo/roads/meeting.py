"""Where roads of two numbers meet."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import datum, schema
from chargegeo.roads.classing import class_of_number
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    import geopandas as gpd

    from chargegeo.roads.network import Array, RoadNetwork

MERGED_M = 300.0
"""The nodes where two dual carriageways cross lie no further apart."""
# no radius of curvature of the earth is smaller
_LEAST_RADIUS_M = 6_330_000.0
# degrees to about ten metres: no two places lie so near
_ID_DECIMALS = 4


def junctions(
    network: RoadNetwork, classes: Collection[RoadClass] = (RoadClass.NATIONAL, RoadClass.PROVINCIAL)
) -> gpd.GeoDataFrame:
    """Places where roads of at least two numbers meet, one point a place.

    Parameters
    ----------
    network
        The roads.
    classes
        Classes of the roads; expressways, which are entered at their interchanges only, never count.

    Returns
    -------
    GeoDataFrame
        ``site_id`` (numbers and degrees), ``name`` (the numbers joined by a multiplication sign) and ``geometry`` (a
        node of the network, EPSG:4490), by ``site_id``.

    Notes
    -----
    Roads meet at a node where one edge bears a number that another lacks, and the other one that the first lacks:
    along a stretch that two roads share they do not meet, at its ends they do. Roads that cross on a bridge share no
    node and do not meet, ramps or not. Nodes linked by steps of at most :data:`MERGED_M` are one place; of them the
    one nearest to their middle stands for it, of equally near ones that with the lowest id.
    """
    import geopandas as gpd
    import pandas as pd

    wanted = frozenset(classes) - {RoadClass.EXPRESSWAY}
    around = _at_nodes(network, wanted, _numbers(network, wanted))
    meeting = {node: found for node, sets in around.items() if (found := _meet(sets))}
    nodes = np.array(sorted(meeting), dtype=np.int64)
    rows = []
    for members in _places(network, nodes):
        at = _middle(network, members)
        together = sorted(set().union(*(meeting[node] for node in members.tolist())))
        lon, lat = float(network.lon[at]), float(network.lat[at])
        where = f"{lon:.{_ID_DECIMALS}f}-{lat:.{_ID_DECIMALS}f}"
        rows.append(("-".join([*together, where]), " \u00d7 ".join(together), lon, lat))
    table = pd.DataFrame(sorted(rows), columns=["site_id", "name", "lon", "lat"])
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table[["site_id", "name"]], geometry=points, crs=schema.STORAGE_CRS)


def _numbers(network: RoadNetwork, classes: Collection[RoadClass]) -> list[frozenset[str]]:
    """Of each text of ``refs`` the numbers of these classes; a number of another system is of its road's class."""
    return [
        frozenset(number for number in ref.split(";") if class_of_number(number) in {None, *classes})
        for ref in network.refs
    ]


def _at_nodes(
    network: RoadNetwork, classes: Collection[RoadClass], numbers: list[frozenset[str]]
) -> dict[int, list[frozenset[str]]]:
    """For each node where edges of these classes differ in number the sets of numbers that they bear."""
    ranks = [rank for rank, word in enumerate(RoadClass) if word in classes]
    numbered = np.array([*map(bool, numbers), False])[network.ref]
    edges = np.flatnonzero(numbered & np.isin(network.road_class, ranks))
    ends = np.concatenate((network.tail[edges], network.head[edges])).astype(np.int64)
    pairs = np.unique(np.column_stack((ends, np.tile(network.ref[edges], 2))), axis=0)
    several = np.bincount(pairs[:, 0], minlength=network.n_nodes)[pairs[:, 0]] > 1
    found: dict[int, list[frozenset[str]]] = {}
    for node, ref in pairs[several].tolist():
        found.setdefault(node, []).append(numbers[ref])
    return found


def _meet(sets: Collection[frozenset[str]]) -> frozenset[str]:
    """The numbers of roads that meet in one node, empty where none do."""
    met = [one | other for one, other in combinations(sets, 2) if one - other and other - one]
    return frozenset().union(*met)


def _places(network: RoadNetwork, nodes: Array) -> list[Array]:
    """Nodes by place, each with all that steps of at most :data:`MERGED_M` lead to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    if not len(nodes):
        return []
    lon, lat = network.lon[nodes], network.lat[nodes]
    around, up = np.radians(lon), np.radians(lat)
    ball = np.column_stack((np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)))
    # a ball a little too large finds too many; the ellipsoid decides
    near = KDTree(ball).query_pairs(MERGED_M / _LEAST_RADIUS_M, output_type="ndarray")
    one, other = near[:, 0], near[:, 1]
    near = near[datum.metres_between(lon[one], lat[one], lon[other], lat[other]) <= MERGED_M]
    links = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(nodes), len(nodes)))
    _, place = connected_components(links, directed=False)
    order = np.argsort(place, kind="stable")
    return np.split(nodes[order], np.flatnonzero(np.diff(place[order])) + 1)


def _middle(network: RoadNetwork, members: Array) -> int:
    """The node nearest to the middle of some, to a millimetre; of equally near ones that with the lowest id."""
    lon, lat = network.lon[members], network.lat[members]
    metres = datum.metres_between(lon, lat, lon.mean(), lat.mean()).round(3)
    return int(members[np.lexsort((network.node_id[members], metres))[0]])
