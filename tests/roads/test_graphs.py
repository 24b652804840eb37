"""To networkx and back, and what osmnx makes of it."""

import copy
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargegeo import errors, roads, sources
from tests.roads.world import RULES, built, edges, line

PLACES = line(4) | {5: (113.02, 34.01), 6: (113.025, 34.01)}
WAYS = {
    1: ([1, 2, 3, 4], {"highway": "primary", "ref": "G107"}),
    2: ([2, 5, 6, 3], {"highway": "secondary", "oneway": "yes", "maxspeed": "50"}),
    3: ([4, 6], {"highway": "secondary"}),
}


def network() -> roads.RoadNetwork:
    return built(PLACES, WAYS).network


def test_osmnx_runs_on_the_graph(tmp_path: Path) -> None:
    import osmnx as ox

    graph = roads.to_networkx(network())
    assert ox.routing.shortest_path(graph, 1, 6, weight="travel_time") == [1, 2, 6]
    plane = ox.projection.project_graph(graph)
    x, y = (plane.nodes[4][key] + 10 for key in "xy")
    assert ox.distance.nearest_nodes(plane, x, y) == 4
    stats = ox.stats.basic_stats(graph)
    assert (stats["n"], stats["m"]) == (graph.number_of_nodes(), graph.number_of_edges())
    assert stats["edge_length_total"] == pytest.approx(network().metres.sum())
    _, edges = ox.convert.graph_to_gdfs(graph)
    assert edges.geometry.geom_type.eq("LineString").all() and edges.crs == "epsg:4326"
    ox.io.save_graphml(graph, tmp_path / "roads.graphml")
    again = ox.io.load_graphml(tmp_path / "roads.graphml")
    assert nx.get_edge_attributes(again, "length") == nx.get_edge_attributes(graph, "length")


def test_what_an_edge_bears() -> None:
    graph = roads.to_networkx(network())
    (there,), (back,) = graph[1][2].values(), graph[2][1].values()
    assert (there["osmid"], there["highway"], there["ref"]) == (1, "national", "G107")
    assert (there["oneway"], there["reversed"], back["reversed"]) == (False, False, True)
    assert there["speed_kph"] == pytest.approx(RULES.speed_kmh["national"])
    assert there["travel_time"] == pytest.approx(there["length"] / there["speed_kph"] * 3.6)
    assert list(back["geometry"].coords) == list(there["geometry"].coords)[::-1]
    (turned,) = graph[2][6].values()
    assert (turned["oneway"], len(turned["geometry"].coords)) == (True, 3)
    assert "ref" not in turned
    for tail, head, data in graph.edges(data=True):
        ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (tail, head)]
        assert [data["geometry"].coords[0], data["geometry"].coords[-1]] == ends


def test_there_and_back_is_the_same_network() -> None:
    one = network()
    other = roads.from_networkx(roads.to_networkx(one), RULES).network
    assert other.node_id.tolist() == one.node_id.tolist()
    assert (other.indptr.tolist(), other.head.tolist()) == (one.indptr.tolist(), one.head.tolist())
    assert other.metres == pytest.approx(one.metres) and other.minutes == pytest.approx(one.minutes)
    assert other.road_class.tolist() == one.road_class.tolist()
    assert len(other.way) == len(one.way) and other.refs == one.refs


def graph_of_osmnx() -> nx.MultiDiGraph:
    """Two parallel two-way roads, one with a list of speeds, and two one-ways."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, (x, y) in PLACES.items():
        graph.add_node(node, x=x, y=y)
    bow = shapely.LineString([PLACES[1], (113.015, 34.005), PLACES[2]])
    both = {"oneway": False, "highway": ["residential", "tertiary"], "osmid": [7, 8]}
    graph.add_edge(1, 2, **both, length=950.0, maxspeed=["50", "30"], reversed=False)
    graph.add_edge(2, 1, **both, length=950.0, maxspeed=["50", "30"], reversed=True)
    graph.add_edge(1, 2, **both, length=1500.0, geometry=bow, reversed=False)
    graph.add_edge(2, 1, **both, length=1500.0, geometry=bow.reverse(), reversed=True)
    graph.add_edge(1, 5, osmid=10, oneway=True, highway="primary", length=800.0, reversed=False)
    graph.add_edge(
        2,
        3,
        osmid=9,
        oneway=True,
        highway="primary",
        maxspeed=float("nan"),
        ref=None,
        length=900.0,
        reversed=False,
    )
    return graph


def test_parallel_edges_of_a_graph_stay_two_and_directions_one_line() -> None:
    graph = graph_of_osmnx()
    before = copy.deepcopy(graph)
    found = roads.from_networkx(graph, RULES)
    assert nx.utils.graphs_equal(graph, before)
    net = found.network
    assert net.node_id.tolist() == [1, 2, 3, 5]
    assert net.tail.tolist() == [0, 0, 0, 1, 1, 1] and net.head.tolist() == [1, 1, 3, 0, 0, 2]
    assert sorted(net.metres) == pytest.approx([800, 900, 950, 950, 1500, 1500])
    assert sorted(net.way) == [7, 7, 9, 10]
    assert sorted(np.bincount(net.line)) == [1, 1, 2, 2]
    (finding,) = found.findings
    assert (finding.fault.value, finding.new) == ("50;30", 30)


def test_graphs_that_cannot_be_used() -> None:
    graph = graph_of_osmnx()
    graph.graph["crs"] = "epsg:32649"
    with pytest.raises(errors.CrsFault, match="epsg:32649"):
        roads.from_networkx(graph, RULES)
    graph.graph["crs"] = "epsg:4326"
    graph.add_node("lost")
    graph.nodes[3]["x"] = 500000.0
    with pytest.raises(errors.SchemaFault) as caught:
        roads.from_networkx(graph, RULES)
    assert [fault.feature for fault in caught.value.faults] == ["3", "lost"]


def small(kind: type[nx.Graph] = nx.MultiDiGraph) -> nx.Graph:
    """Two streets one behind the other, a dead end at each end, and a third that meets them."""
    graph = kind(crs="epsg:4326")
    for node, (x, y) in line(3).items():
        graph.add_node(node, x=x, y=y)
    graph.add_node(4, x=113.02, y=34.01)
    for number, (tail, head) in enumerate([(1, 2), (2, 3), (2, 4)], 5):
        both = [(tail, head), (head, tail)] if graph.is_directed() else [(tail, head)]
        for one, other in both:
            graph.add_edge(one, other, osmid=number, highway="primary", length=900.0, oneway=False)
    return graph


def first(graph: nx.Graph) -> dict[str, Any]:
    """Attributes of the edge from 1 to 2, to be changed."""
    return next(data for tail, head, data in graph.edges(data=True) if (tail, head) == (1, 2))


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph, nx.DiGraph, nx.MultiDiGraph])
def test_undirected_edges_run_both_ways(kind: type[nx.Graph]) -> None:
    found = roads.from_networkx(small(kind), RULES)
    assert edges(found) == [(1, 2), (2, 1), (2, 3), (2, 4), (3, 2), (4, 2)]
    assert found.network.about["km"] == pytest.approx(2.7) and found.network.about["n_dead_ends"] == 3


@pytest.mark.parametrize("kind", [nx.MultiGraph, nx.MultiDiGraph])
def test_a_shape_drawn_against_its_edge_is_turned(kind: type[nx.Graph]) -> None:
    bend = [(113.01, 34.0), (113.012, 34.003), (113.015, 34.001), (113.02, 34.0)]
    for shape in (shapely.LineString(bend[::-1]), shapely.LineString(bend), shapely.LineString(bend).wkt):
        graph = small(kind)
        for tail, head, data in graph.edges(data=True):
            if {tail, head} == {1, 2}:
                data["geometry"] = shape
        net = roads.from_networkx(graph, RULES).network
        assert net.line_xy[: net.line_start[1]].tolist() == [list(place) for place in bend]
        assert len(net.way) == 3


@pytest.mark.parametrize("label", [2**63 - 1, 2**70, -(2**63) - 1, "a", True, 1.5, ("x", 1)])
def test_nodes_of_any_name_are_numbered(label: Any) -> None:
    graph = nx.relabel_nodes(small(), {1: ("old",)})
    graph = nx.relabel_nodes(graph, {("old",): label})
    net = roads.from_networkx(graph, RULES).network
    assert sorted(net.node_id.tolist()) == [1, 2, 3, 4] and net.n_edges == 6
    kept = nx.relabel_nodes(small(), {1: np.int64(70), 2: -8})
    assert roads.from_networkx(kept, RULES).network.node_id.tolist() == [-8, 3, 4, 70]


@pytest.mark.parametrize(
    ("osmid", "number"),
    [
        (10**25, 0),
        ("--5", 0),
        ("\u00b2", 0),
        (float("nan"), 0),
        (None, 0),
        ("17", 17),
        ([17, 18], 17),
        ({18, 17}, 17),
        (np.array([17, 18]), 17),
        (np.int64(17), 17),
        ([], 0),
    ],
)
def test_osmids_of_any_form(osmid: Any, number: int) -> None:
    graph = small()
    for data in (graph[1][2][0], graph[2][1][0]):
        data["osmid"], data["highway"] = osmid, np.array(["primary"])
    net = roads.from_networkx(graph, RULES).network
    assert sorted(net.way.tolist()) == sorted([number, 6, 7]) and net.n_edges == 6


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("length", -5, "graph_length"),
        ("length", float("inf"), "graph_length"),
        ("length", 40_100_001, "graph_length"),
        ("length", "far", "graph_length"),
        ("geometry", shapely.Point(1, 1), "graph_geometry"),
        ("geometry", shapely.MultiLineString([[(1, 1), (2, 2)]]), "graph_geometry"),
        ("geometry", "LINESTRING (1 1", "graph_geometry"),
        ("geometry", [(113, 34), (113.1, 34)], "graph_geometry"),
        ("geometry", shapely.LineString([(113.01, 34), (500, 34), (113.02, 34)]), "graph_geometry"),
        ("geometry", "LINESTRING (113.01 34, NaN 34, 113.02 34)", "graph_geometry"),
        ("geometry", shapely.LineString([(113.01, 34.01), (113.02, 34)]), "graph_geometry_ends"),
    ],
)
def test_values_that_no_edge_can_have_are_named(key: str, value: Any, code: str) -> None:
    graph = small()
    first(graph)[key] = value
    with pytest.raises(errors.SchemaFault) as caught:
        roads.from_networkx(graph, RULES)
    (fault,) = caught.value.faults
    assert (fault.code, fault.column, fault.feature) == (code, key, "edge/1-2")


def test_nothing_is_no_wrong_value() -> None:
    graph = small()
    for value in (None, float("nan")):
        for _, _, data in graph.edges(data=True):
            data["length"] = data["geometry"] = value
        assert roads.from_networkx(graph, RULES).network.n_edges == 6


# ---- a graph and its file


@st.composite
def towns(draw: st.DrawFn) -> nx.MultiDiGraph:
    """Up to seven nodes, streets and one-ways between them, as osmnx makes them, simplified or not."""
    n = draw(st.integers(2, 7))
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for number in range(1, n + 1):
        x, y = (draw(st.integers(0, 9)) / 100 for _ in range(2))
        graph.add_node(number, x=113 + x + number / 1e4, y=34 + y)
    node = st.integers(1, n)
    ways = draw(st.lists(st.tuples(node, node, st.booleans(), st.integers(1, 40)), min_size=1, max_size=9))
    for number, (tail, head, oneway, length) in enumerate(ways, 1):
        bare = {"osmid": number, "highway": "primary", "oneway": oneway, "length": length * 100.0}
        if tail != head:
            graph.add_edge(tail, head, **bare, reversed=False)
            if not oneway:
                graph.add_edge(head, tail, **bare, reversed=True)
    return osmnx.simplify_graph(graph) if draw(st.booleans()) else graph


def assert_the_file_is_the_graph(graph: nx.MultiDiGraph, place: Path) -> None:
    """Nodes, edges, kilometres and shortest paths, the last against the graph itself."""
    osmnx.save_graphml(graph, place)
    one, two = roads.from_networkx(graph, RULES), roads.build(sources.read_roads(place), RULES)
    net = one.network
    for name in ("node_id", "indptr", "head", "line", "forward", "line_start"):
        assert getattr(net, name).tolist() == getattr(two.network, name).tolist(), name
    for name in ("metres", "minutes", "line_xy"):
        assert getattr(net, name) == pytest.approx(getattr(two.network, name), abs=1e-9), name
    assert net.about["km"] == pytest.approx(two.network.about["km"])
    assert net.metres.sum() == pytest.approx(sum(data["length"] for *_, data in graph.edges(data=True)))
    short = nx.MultiDiGraph()
    short.add_nodes_from(net.node_id.tolist())
    for (tail, head), metres in zip(edges(one), net.metres.tolist(), strict=True):
        short.add_edge(tail, head, length=metres)
    own = set(graph) & set(short)
    for node in own:
        far = nx.single_source_dijkstra_path_length(graph, node, weight="length")
        near = nx.single_source_dijkstra_path_length(short, node, weight="length")
        assert {other for other in near if other in own} == own & set(far)
        assert all(near[other] == pytest.approx(far[other]) for other in own & set(far))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(towns())
def test_a_graph_and_its_file_are_one_network(tmp_path: Path, graph: nx.MultiDiGraph) -> None:
    if graph.number_of_edges():
        assert_the_file_is_the_graph(graph, tmp_path / "a.graphml")


def test_a_dead_end_stays_in_a_file(tmp_path: Path) -> None:
    for graph in (small(), osmnx.simplify_graph(small()), roads.to_networkx(network())):
        assert_the_file_is_the_graph(graph, tmp_path / "a.graphml")
    osmnx.save_graphml(small(), tmp_path / "a.graphml")
    net = roads.build(sources.read_roads(tmp_path / "a.graphml"), RULES).network
    assert (net.n_nodes, net.n_edges, net.about["n_dead_ends"]) == (4, 6, 3)
    assert net.about["km"] == pytest.approx(2.7)


def test_expressways_of_a_file_count_once(shared: Path) -> None:
    """The graph is undirected: each of its edges is a road driven both ways."""
    place = shared / "data" / "expressways_henan" / "henan.graphml"
    own = sum(data["length"] for _, _, data in nx.read_graphml(place).edges(data=True)) / 1000
    about = roads.build(sources.read_roads(place), RULES).network.about
    assert about["km"] == pytest.approx(own) and about["directed_km"] == pytest.approx(2 * own)
