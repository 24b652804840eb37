"""To and from the graphs of networkx, as osmnx keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.errors import CrsFault, Fault, SchemaFault
from chargegeo.roads.building import Built, build
from chargegeo.roads.summing import line_ends
from chargegeo.sources.ways.raw import RawRoads, Words
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from chargegeo import region
    from chargegeo.roads.network import RoadNetwork

    Edge = tuple[Any, Any, dict[str, Any]]

_TAGS = ("highway", "ref", "maxspeed", "junction", "access", "route")
_DEGREES = {"epsg:4326", "epsg:4490", "ogc:crs84"}


def to_networkx(network: RoadNetwork) -> nx.MultiDiGraph:
    """A graph that the functions of osmnx run on.

    Nodes bear the ids of the network, ``x``, ``y`` and ``street_count``; edges ``osmid``, ``highway`` (our class),
    ``ref`` where there is one, ``length`` (m), ``speed_kph``, ``travel_time`` (s), ``oneway``, ``reversed`` and
    ``geometry`` in the direction of travel.
    """
    import networkx as nx

    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True, created_with="chargegeo")
    ids = network.node_id.tolist()
    places = zip(ids, network.lon.tolist(), network.lat.tolist(), line_ends(network).tolist(), strict=True)
    graph.add_nodes_from((node, {"x": x, "y": y, "street_count": n}) for node, x, y, n in places)
    tails, heads = network.node_id[network.tail].tolist(), network.node_id[network.head].tolist()
    graph.add_edges_from(zip(tails, heads, _attributes(network), strict=True))
    return graph


def _attributes(network: RoadNetwork) -> Iterator[dict[str, Any]]:
    """What each edge bears, in the order of the network."""
    with np.errstate(divide="ignore", invalid="ignore"):
        kph = np.where(network.minutes > 0, network.metres / network.minutes * 0.06, 0.0)
    both = np.bincount(network.line, minlength=len(network.way))[network.line] > 1
    words = np.array([word.value for word in RoadClass])[network.road_class]
    columns = {
        "osmid": network.way[network.line],
        "highway": words,
        "oneway": ~both,
        "reversed": ~network.forward,
        "length": network.metres,
        "speed_kph": kph,
        "travel_time": network.minutes * 60,
        "geometry": _shapes(network),
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    for row, ref in zip(rows, network.ref.tolist(), strict=True):
        bare = dict(zip(columns, row, strict=True))
        yield bare if ref < 0 else {**bare, "ref": network.refs[ref]}


def _shapes(network: RoadNetwork) -> NDArray[Any]:
    """Line of each edge in the direction of travel."""
    import shapely

    line = np.repeat(np.arange(len(network.way)), np.diff(network.line_start))
    drawn = shapely.linestrings(network.line_xy, indices=line)[network.line]
    shapes: NDArray[Any] = np.where(network.forward, drawn, shapely.reverse(drawn))
    return shapes


def from_networkx(graph: nx.MultiDiGraph, rules: region.Roads) -> Built:
    """The network of a graph as osmnx makes it, simplified or not; parallel edges stay parallel.

    Two edges in opposite directions that bear the same ``osmid`` and length are one road driven both ways. Speeds
    are those of ``maxspeed``, else ``speed_kph``, else the defaults; lengths those of ``length``.

    Raises
    ------
    CrsFault
        ``graph_crs``, if the graph is projected or does not say in what degrees it is.
    SchemaFault
        ``graph_node`` for each node without usable ``x`` and ``y`` (the first ten), ``no_open_road``.
    """
    crs = str(graph.graph.get("crs", "")).lower()
    if crs not in _DEGREES:
        raise CrsFault(Fault("graph_crs", value=crs))
    labels = list(graph.nodes)
    lon, lat = _places(graph)
    ids = _ids(labels)
    roads = list(_roads(graph))
    order = np.argsort(ids, kind="stable")
    at = dict(zip(labels, np.argsort(order, kind="stable").tolist(), strict=True))
    inner = [_inner(data) for _, _, data in roads]
    vertices, start, more = _vertices([(at[u], at[v]) for u, v, _ in roads], inner, len(labels))
    # ids of vertices that are no nodes follow the highest
    made = max(int(ids.max(initial=0)), 0) + 1 + np.arange(len(more))
    raw = RawRoads(
        file=str(graph.graph.get("name") or "graph"),
        kind="graphml",
        node_id=np.append(ids[order], made),
        lon=np.append(lon[order], more[:, 0]),
        lat=np.append(lat[order], more[:, 1]),
        way_id=np.array([_way_id(data.get("osmid")) for _, _, data in roads], dtype=np.int64),
        start=start,
        nodes=vertices,
        tags=_tags(data for _, _, data in roads),
        metres=np.array([_number(data.get("length")) for _, _, data in roads]),
        datum="wgs84",
    )
    return build(raw, rules)


def _places(graph: nx.MultiDiGraph) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = (np.array([_number(value) for _, value in graph.nodes(data=key)]) for key in ("x", "y"))
    wrong = np.flatnonzero(~((np.abs(x) <= 180) & (np.abs(y) <= 90)))
    if len(wrong):
        labels = list(graph.nodes)
        raise SchemaFault(
            *(Fault("graph_node", feature=str(labels[i]), params={"n": len(wrong)}) for i in wrong[:10])
        )
    return x, y


def _ids(labels: list[Any]) -> NDArray[np.int64]:
    """The labels where all are whole numbers, else the positions."""
    if all(isinstance(label, int) for label in labels):
        return np.array(labels, dtype=np.int64)
    return np.arange(len(labels), dtype=np.int64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def _way_id(osmid: Any) -> int:
    """The id of the way, the first of several; 0 where it is no number."""
    first = osmid[0] if isinstance(osmid, list | tuple) and osmid else osmid
    return int(first) if isinstance(first, int | float | str) and str(first).lstrip("-").isdecimal() else 0


def _roads(graph: nx.MultiDiGraph) -> Iterator[Edge]:
    """Each edge, and each pair of edges in opposite directions once, with what it bears and ``oneway``."""
    waiting: dict[Any, list[int]] = {}
    found: list[tuple[Any, Any, dict[str, Any]]] = []
    for tail, head, data in graph.edges(data=True):
        bare = frozenset(map(str, _each(data.get("osmid")))), round(_number(data.get("length", 0)), 3)
        key = (tail, head, *bare)
        if waiting.get(key) and not _true(data.get("oneway")):
            other = waiting[key].pop(0)
            found[other] = (*found[other][:2], {**found[other][2], "oneway": "no"})
            continue
        waiting.setdefault((head, tail, *bare), []).append(len(found))
        found.append((tail, head, {**data, "oneway": "yes"}))
    yield from found


def _true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "yes", "1")


def _each(value: Any) -> Iterable[Any]:
    if isinstance(value, list | tuple):
        return value
    # NaN is what a table makes of nothing
    return () if value is None or value != value else (value,)


def _inner(data: dict[str, Any]) -> NDArray[np.float64]:
    """Vertices between the ends of an edge."""
    shape = data.get("geometry")
    return np.empty((0, 2)) if shape is None else np.asarray(shape.coords, dtype=np.float64)[1:-1, :2]


def _vertices(
    ends: list[tuple[int, int]], inner: list[NDArray[np.float64]], n: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Nodes of all ways, where each way begins, and the degrees of the vertices that are no nodes."""
    count = np.array([len(item) for item in inner], dtype=np.int64)
    start = np.concatenate(([0], np.cumsum(count + 2)))
    nodes = np.empty(start[-1], dtype=np.int32)
    edge = np.ones(len(nodes), dtype=bool)
    of_ends = np.array(ends, dtype=np.int32).reshape(-1, 2)
    for at, which in ((start[:-1], 0), (start[1:] - 1, 1)):
        nodes[at] = of_ends[:, which]
        edge[at] = False
    nodes[edge] = n + np.arange(int(count.sum()))
    return nodes, start, np.concatenate([np.empty((0, 2)), *inner])


def _tags(attributes: Iterable[dict[str, Any]]) -> dict[str, Words]:
    """Tags as texts; several values of one edge are joined by ";"."""
    rows = [{**data, "maxspeed": data.get("maxspeed", data.get("speed_kph"))} for data in attributes]
    found = {}
    for key in (*_TAGS, "oneway"):
        texts = [";".join(map(str, _each(row.get(key)))) for row in rows]
        words = tuple(sorted(set(texts) - {""}))
        at = {"": -1} | {word: position for position, word in enumerate(words)}
        found[key] = Words(np.array([at[text] for text in texts], dtype=np.int32), words)
    return found
