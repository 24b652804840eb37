"""Roads of GraphML, as osmnx and networkx write it; values are never evaluated."""

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely

from chargegeo import errors, sources
from chargegeo.sources import RawRoads
from tests.sources.ways import NODES, WAYS, told, xml

ROWS = {"x": {1: 113.0, 2: 113.1, 3: 113.2}, "y": {1: 34.0, 2: 34.0, 3: 34.1}}


def graph(kind: type[nx.Graph] = nx.MultiDiGraph, crs: str | None = "epsg:4326") -> nx.Graph:
    """Three nodes, three edges."""
    made = kind(**({"crs": crs} if crs else {}))
    for node in (1, 2, 3):
        made.add_node(node, x=ROWS["x"][node], y=ROWS["y"][node])
    made.add_edge(1, 2, length=9200.5, highway="primary", ref="G107", osmid=7)
    made.add_edge(2, 3, length=14000.0, highway="['primary', 'secondary']", osmid="[8, 9]", oneway="True")
    made.add_edge(3, 2, length=14000.0, maxspeed="60", osmid=8)
    return made


def read(path: Path, made: nx.Graph | str) -> RawRoads:
    place = path / "a.graphml"
    if isinstance(made, str):
        place.write_text(made, "utf-8")
    else:
        nx.write_graphml(made, place)
    return sources.read_roads(place)


def test_edges_of_a_directed_graph_are_one_ways(tmp_path: Path) -> None:
    roads = read(tmp_path, graph())
    one, two, three = (113.0, 34.0), (113.1, 34.0), (113.2, 34.1)
    assert told(roads) == [
        (7, [one, two], {"highway": "primary", "ref": "G107", "oneway": "yes"}),
        (8, [two, three], {"highway": "primary;secondary", "oneway": "yes"}),
        (8, [three, two], {"maxspeed": "60", "oneway": "yes"}),
    ]
    assert roads.metres is not None and roads.metres.tolist() == [9200.5, 14000.0, 14000.0]
    assert (roads.kind, roads.datum, roads.node_id.tolist()) == ("graphml", "wgs84", [1, 2, 3])


def test_edges_of_an_undirected_graph_run_both_ways(tmp_path: Path) -> None:
    roads = read(tmp_path, graph(nx.MultiGraph))
    assert set(roads.tags["oneway"].words) == {"no"} and len(roads.way_id) == 3


def test_an_edge_may_say_itself_whether_it_is_directed(tmp_path: Path) -> None:
    place = tmp_path / "a.graphml"
    nx.write_graphml(graph(), place)
    text = place.read_text("utf-8").replace('target="2"', 'target="2" directed="false"', 1)
    roads = read(tmp_path, text)
    assert [tags["oneway"] for _, _, tags in told(roads)] == ["no", "yes", "yes"]


def test_names_as_ids_are_numbered_in_the_order_of_the_file(tmp_path: Path) -> None:
    made = nx.relabel_nodes(graph(), {1: "b", 2: "a", 3: "c"})
    for edge in made.edges(data=True):
        del edge[2]["osmid"]
    roads = read(tmp_path, made)
    assert roads.node_id.tolist() == [1, 2, 3] and roads.way_id.tolist() == [1, 2, 3]
    assert roads.lon.tolist() == [113.0, 113.1, 113.2]


def test_vertices_between_nodes_follow_the_direction_of_the_edge(tmp_path: Path) -> None:
    made = graph(nx.MultiGraph)
    bend, tail, head = (113.05, 34.01), (113.0, 34.0), (113.1, 34.0)
    for key, line in enumerate([[tail, bend, head], [head, bend, tail], [(113.001, 34.0), bend, head]]):
        made.add_edge(1, 2, key=10 + key, geometry=shapely.LineString(line).wkt)
    found = [places for _, places, _ in told(read(tmp_path, made))]
    assert found.count([tail, bend, head]) == 2
    assert found.count([tail, (113.001, 34.0), bend, head]) == 1


def test_a_projected_graph_comes_back_in_degrees(tmp_path: Path) -> None:
    place = tmp_path / "roads.osm"
    place.write_text(
        xml(NODES, [way for way in WAYS if way[2].get("highway") in ("primary", "service")]), "utf-8"
    )
    streets = osmnx.graph_from_xml(place, retain_all=True)
    osmnx.save_graphml(osmnx.project_graph(streets, to_crs="EPSG:4547"), tmp_path / "b.graphml")
    osmnx.save_graphml(streets, tmp_path / "a.graphml")
    one, two = (sources.read_roads(tmp_path / name) for name in ("a.graphml", "b.graphml"))
    for each in (one, two):
        assert np.isclose(np.sort(each.lon), np.sort(one.lon), rtol=0, atol=1e-9).all()
    lengths = sorted(data["length"] for _, _, data in streets.edges(data=True))
    # each of the two-way streets stands for two edges
    for each in (one, two):
        assert each.metres is not None
        both = np.append(each.metres, each.metres[oneway(each) == "no"])
        assert np.allclose(np.sort(both), lengths)


def oneway(roads: RawRoads) -> np.ndarray[Any, np.dtype[Any]]:
    return np.array(roads.tags["oneway"].words)[roads.tags["oneway"].codes]


@pytest.mark.parametrize("simplify", [False, True])
def test_what_osmnx_saves(tmp_path: Path, simplify: bool) -> None:
    place = tmp_path / "roads.osm"
    place.write_text(xml(NODES[:4], WAYS[:2]), "utf-8")
    osmnx.save_graphml(
        osmnx.graph_from_xml(place, simplify=simplify, retain_all=True), tmp_path / "a.graphml"
    )
    ways = [(places, tags) for _, places, tags in told(sources.read_roads(tmp_path / "a.graphml"))]
    one, two, three, four = (113.0, 34.0), (113.1, 34.0), (113.2, 34.0), (113.1, 34.1)
    expected = [[one, two], [two, three], [two, four]]
    assert sorted(places for places, _ in ways) == sorted(expected)
    assert {tags["ref"] for places, tags in ways if four not in places} == {"G107"}
    assert all(tags["oneway"] == ("yes" if four in places else "no") for places, tags in ways)


# ---- what is refused


def edge(**values: str) -> nx.Graph:
    made = graph()
    made.add_edge(1, 3, **values)
    return made


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"osmid": '[__import__("os").getpid()]'}, "osmid"),
        ({"name": "[print(1)]"}, "name"),
        ({"ref": "[[1, 2]]"}, "ref"),
        ({"maxspeed": "[" * 5000 + "]" * 5000}, "maxspeed"),
        ({"length": "far"}, "length"),
        ({"length": "-1"}, "length"),
        ({"length": "nan"}, "length"),
        ({"length": "inf"}, "length"),
        ({"length": "40100001"}, "length"),
        ({"geometry": "LINESTRING (1 2"}, "geometry"),
        ({"geometry": "POINT (1 2)"}, "geometry"),
        ({"geometry": "LINESTRING (113 34, NaN 34, 113.2 34.1)"}, "geometry"),
        ({"geometry": "MULTILINESTRING ((1 2, 3 4))"}, "geometry"),
    ],
)
def test_a_value_that_cannot_be_read_names_edge_and_column(
    tmp_path: Path, values: dict[str, str], column: str
) -> None:
    with pytest.raises(errors.FormatFault) as caught:
        read(tmp_path, edge(**values))
    fault = caught.value.faults[0]
    own = {"length": "graph_length", "geometry": "graph_geometry"}
    assert (fault.code, fault.column, fault.feature) == (own.get(column, "graph_value"), column, "edge/1-3")
    assert fault.value == values[column]
    assert fault.line is not None and fault.line > 10


def test_a_shape_must_lead_from_node_to_node(tmp_path: Path) -> None:
    """A hundredth of a degree of latitude is 1.1 km."""
    near, far = ("LINESTRING (113 34.008, 113.2 34.1)", "LINESTRING (113.2 34.11, 113.1 34, 113 34)")
    assert len(read(tmp_path, edge(geometry=near)).way_id) == 4
    with pytest.raises(errors.FormatFault) as caught:
        read(tmp_path, edge(geometry=far))
    (fault,) = caught.value.faults
    assert (fault.code, fault.feature, fault.value) == ("graph_geometry_ends", "edge/1-3", 1.1)
    assert "1.1" in fault.text("en") and "1.1" in fault.text("zh")


def test_an_edge_that_leads_from_nowhere_is_named(tmp_path: Path) -> None:
    nx.write_graphml(graph(), tmp_path / "a.graphml")
    text = (
        (tmp_path / "a.graphml").read_text("utf-8").replace('<edge source="1" target="2"', '<edge target="2"')
    )
    with pytest.raises(errors.FormatFault) as caught:
        read(tmp_path, text)
    (fault,) = caught.value.faults
    assert (fault.code, fault.feature, fault.value) == ("graph_edge_node", "edge/?-2", "?")


# ---- opposite edges


def street(**other: Any) -> nx.MultiDiGraph:
    """From 1 over a bend to 2 and back; the way back as told."""
    bend = [(113.0, 34.0), (113.05, 34.01), (113.1, 34.0)]
    there = {"osmid": "[7, 8]", "highway": "primary", "length": 9500.0, "oneway": "False"}
    made = graph()
    made.remove_edges_from(list(made.edges(keys=True)))
    made.add_edge(1, 2, **there, geometry=shapely.LineString(bend).wkt)
    back = {**there, "osmid": "[8, 7]", "geometry": shapely.LineString(bend[::-1]).wkt} | other
    made.add_edge(2, 1, **{key: value for key, value in back.items() if value is not None})
    return made


@pytest.mark.parametrize("back", [{}, {"length": 9500.0004}, {"oneway": None}, {"ref": ""}])
def test_two_opposite_edges_of_a_street_are_one_way(tmp_path: Path, back: dict[str, Any]) -> None:
    roads = read(tmp_path, street(**back))
    assert told(roads) == [
        (7, [(113.0, 34.0), (113.05, 34.01), (113.1, 34.0)], {"highway": "primary", "oneway": "no"})
    ]
    assert roads.metres is not None and roads.metres.tolist() == [9500.0]
    assert roads.node_id.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "back",
    [
        {"length": 9501.0},
        {"length": None},
        {"oneway": "True"},
        {"osmid": "9"},
        {"osmid": None},
        {"highway": "secondary"},
        {"geometry": None},
        {"geometry": "LINESTRING (113.1 34, 113.05 33.99, 113 34)"},
    ],
)
def test_two_opposite_edges_of_two_roads_stay_two(tmp_path: Path, back: dict[str, Any]) -> None:
    assert [tags["oneway"] for _, _, tags in told(read(tmp_path, street(**back)))] == ["yes", "yes"]


def test_a_street_keeps_both_its_speeds_for_the_judge(tmp_path: Path) -> None:
    made = street(maxspeed="80")
    made[1][2][0]["maxspeed"] = "60"
    ((_, _, tags),) = told(read(tmp_path, made))
    assert tags["maxspeed"] == "60;80"


def test_nodes_without_a_place_are_named_with_their_edges(tmp_path: Path) -> None:
    made = graph()
    del made.nodes[3]["y"]
    made.nodes[1]["x"] = "inf"
    with pytest.raises(errors.FormatFault) as caught:
        read(tmp_path, made)
    assert [(each.code, each.feature) for each in caught.value.faults] == [
        ("graph_node_place", "node/1"),
        ("graph_node_place", "node/3"),
        ("graph_edge_node", "edge/1-2"),
        ("graph_edge_node", "edge/2-3"),
        ("graph_edge_node", "edge/3-2"),
    ]


@pytest.mark.parametrize(
    ("crs", "code"), [(None, "graph_crs_missing"), ("EPSG:1", "unknown_crs"), ("EPSG:5773", "unknown_crs")]
)
def test_a_graph_must_say_its_reference(tmp_path: Path, crs: str | None, code: str) -> None:
    with pytest.raises(errors.CrsFault) as caught:
        read(tmp_path, graph(crs=crs))
    assert (caught.value.faults[0].code, caught.value.faults[0].column) == (code, "crs")
    assert "datum =" not in str(caught.value), "a graph has no such option"


def test_metres_that_are_called_degrees_are_refused(tmp_path: Path) -> None:
    made = graph()
    made.nodes[2]["x"] = 463351.0
    with pytest.raises(errors.CrsFault) as caught:
        read(tmp_path, made)
    assert caught.value.faults[0].code == "not_degrees"
    assert caught.value.faults[0].params["count"] == 1


def test_cut_off_empty_and_unsafe_graphs(tmp_path: Path) -> None:
    nx.write_graphml(graph(), tmp_path / "a.graphml")
    text = (tmp_path / "a.graphml").read_text("utf-8")
    for share in range(20, 100, 5):
        with pytest.raises(errors.FormatFault):
            read(tmp_path, text[: len(text.rstrip()) * share // 100])
    with pytest.raises(errors.FormatFault, match="document type"):
        read(tmp_path, text.replace("<graphml", '<!DOCTYPE l [<!ENTITY a "b">]><graphml', 1))
    with pytest.raises(errors.SchemaFault, match="no road"):
        read(tmp_path, nx.create_empty_copy(graph()))
    with pytest.raises(errors.FormatFault, match="characters"):
        read(tmp_path, edge(name="x" * 1_000_001))
