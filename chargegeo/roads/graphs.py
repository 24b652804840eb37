"""To and from the graphs of networkx, as osmnx keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.errors import CrsFault, Fault, SchemaFault
from chargegeo.roads.building import Built, build
from chargegeo.roads.summing import line_ends
from chargegeo.sources.ways.edges import MAX_GAP_METRES, Edges, bare, between, ids, metres_good, true
from chargegeo.sources.ways.edges import roads as streets
from chargegeo.sources.ways.graphml import KEYS, NODE_KEYS
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from chargegeo import region
    from chargegeo.roads.network import RoadNetwork

    Edge = tuple[Any, Any, dict[str, Any]]

_DEGREES = {"epsg:4326", "epsg:4490", "ogc:crs84"}
_EXAMPLES = 10
_WHOLE = re.compile("-?[0-9]{1,18}")


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


def from_networkx(graph: nx.Graph, rules: region.Roads) -> Built:
    """The network of a graph as osmnx makes it, simplified or not; parallel edges stay parallel.

    Two opposite edges of one street (see :func:`chargegeo.sources.ways.edges.partners`) are one road driven both
    ways, and so is each edge of an undirected graph. Speeds are those of ``maxspeed``, else ``speed_kph``, else the
    defaults; lengths those of ``length``. A ``geometry``, a LineString or its text, is turned to run from the first
    node of its edge. Where a node is no whole number below 1e18 all are numbered from 1.

    Raises
    ------
    CrsFault
        ``graph_crs``, if the graph is projected or does not say in what degrees it is.
    SchemaFault
        ``graph_node`` for each node without usable ``x`` and ``y``; ``graph_length``, ``graph_geometry`` and
        ``graph_geometry_ends`` for each edge that has a wrong one (the first ten each); ``no_open_road``.
    """
    crs = str(graph.graph.get("crs", "")).lower()
    if crs not in _DEGREES:
        raise CrsFault(Fault("graph_crs", value=crs))
    places = _places(graph)
    rows = list(graph.edges(data=True))
    edges = _edges(graph, rows)
    inner, gaps = between(edges.shapes, places, edges.ends)
    _refuse(
        Fault(
            "graph_geometry_ends",
            column="geometry",
            feature=_name(rows[i]),
            value=round(float(gaps[i]) / 1000, 1),
        )
        for i in np.flatnonzero(gaps > MAX_GAP_METRES)
    )
    node_id = ids(list(map(str, graph.nodes)), unique=True)
    raw = bare(str(graph.graph.get("name") or "graph"), node_id, places, _node_tags(graph))
    return build(streets(raw, edges, inner, _way_ids(edges.osmids)), rules)


def _refuse(faults: Iterable[Fault]) -> None:
    """Raise the first faults, if there is any."""
    found = list(islice(faults, _EXAMPLES))
    if found:
        raise SchemaFault(*found)


def _name(row: Edge) -> str:
    return f"edge/{row[0]}-{row[1]}"


def _places(graph: nx.Graph) -> NDArray[np.float64]:
    """Degrees (n, 2) of the nodes."""
    places = np.array([[_number(data.get(key)) for key in "xy"] for _, data in graph.nodes(data=True)])
    places = places.reshape(-1, 2)
    labels = list(graph.nodes)
    wrong = np.flatnonzero(~_in_degrees(places))
    _refuse(Fault("graph_node", feature=str(labels[i]), params={"n": len(wrong)}) for i in wrong)
    return places


def _in_degrees(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the places (n, 2) are on the earth."""
    return (np.abs(places[:, 0]) <= 180) & (np.abs(places[:, 1]) <= 90)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _way_ids(osmids: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """The id of the way of each edge, the first of several; 0 where it is no whole number below 1e18."""
    firsts = [each[0] if each else "0" for each in osmids]
    return np.array([int(first) if _WHOLE.fullmatch(first) else 0 for first in firsts], dtype=np.int64)


def _edges(graph: nx.Graph, rows: list[Edge]) -> Edges:
    """The edges with their texts, lengths and shapes.

    Raises
    ------
    SchemaFault
        ``graph_length``, ``graph_geometry``.
    """
    at = {label: position for position, label in enumerate(graph.nodes)}
    metres = np.array([_number(data.get("length")) for *_, data in rows])
    _refuse(
        Fault("graph_length", column="length", feature=_name(row), value=row[2]["length"])
        for row, length in zip(rows, metres.tolist(), strict=True)
        if _said(row[2].get("length")) and not metres_good(length)
    )
    tags = {key: [_texts(data.get(key)) for *_, data in rows] for key in KEYS}
    rated = zip(tags["maxspeed"], rows, strict=True)
    tags["maxspeed"] = [stated or _texts(data.get("speed_kph")) for stated, (*_, data) in rated]
    return Edges(
        np.array([(at[u], at[v]) for u, v, _ in rows], dtype=np.int64).reshape(-1, 2),
        _drawn(rows),
        metres,
        [_texts(data.get("osmid")) for *_, data in rows],
        tags,
        np.full(len(rows), graph.is_directed()),
        np.array([true(data.get("oneway")) for *_, data in rows], dtype=bool),
    )


def _said(value: Any) -> bool:
    """Whether an attribute is there; NaN is what a table makes of nothing."""
    return value is not None and not (isinstance(value, float) and value != value)


def _texts(value: Any) -> list[str]:
    """An attribute, or its members, as texts."""
    if value is None:
        return []
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    # a set has no order of its own
    members = sorted(value, key=str) if isinstance(value, set | frozenset) else value
    each = members if isinstance(members, list | tuple) else [members]
    return [text for text in (str(item).strip() for item in each if _said(item)) if text]


def _drawn(rows: list[Edge]) -> NDArray[Any]:
    """The line of each edge, None where it has none.

    Raises
    ------
    SchemaFault
        ``graph_geometry``.
    """
    import shapely

    given = [data.get("geometry") for *_, data in rows]
    shapes = np.array([_shape(each) for each in given], dtype=object)
    kinds = shapely.get_type_id(shapes)
    spots, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.array([_said(each) for each in given], dtype=bool) & (kinds != shapely.GeometryType.LINESTRING)
    bad[owner[~_in_degrees(spots)]] = True
    _refuse(
        Fault("graph_geometry", column="geometry", feature=_name(rows[i]), value=str(given[i]))
        for i in np.flatnonzero(bad)
    )
    return shapes


def _shape(value: Any) -> Any:
    """A shape, also of its text; None of anything else."""
    import shapely

    if isinstance(value, str):
        # a vertex without a number is refused with those that are nowhere on the earth
        with np.errstate(invalid="ignore"):
            return shapely.from_wkt(value, on_invalid="ignore")
    return value if isinstance(value, shapely.Geometry) else None


def _node_tags(graph: nx.Graph) -> dict[str, tuple[NDArray[np.int32], tuple[str, ...]]]:
    """Texts of the nodes that may stop a car, by key."""
    found = {}
    for key in NODE_KEYS:
        texts = {i: _texts(value) for i, (_, value) in enumerate(graph.nodes(data=key))}
        stated = {i: ";".join(each) for i, each in texts.items() if each}
        if stated:
            found[key] = np.array(list(stated), dtype=np.int32), tuple(stated.values())
    return found
