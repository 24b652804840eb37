"""To networkx and back, and what osmnx makes of it."""

import copy
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely

from chargegeo import errors, roads
from tests.roads.world import RULES, built, line

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
