"""Real and faulty maps through the reader, and osmnx beside."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chargegeo import roads
from chargegeo.roads import classing
from chargegeo.sources import read_roads
from tests.roads.world import RULES, codes


def of_corpus(shared: Path, name: str) -> roads.Built:
    return roads.build(read_roads(shared / "badinputs" / "open" / f"{name}.osm"), RULES)


def test_odd_speeds_are_named_by_way(shared: Path) -> None:
    """B131."""
    found = of_corpus(shared, "maxspeed_odd")
    listed = pd.read_csv(shared / "badinputs" / "manifest.csv").set_index("id").loc["B131", "expected"]
    assert listed == "REPAIR"
    assert {item.fault.feature for item in found.findings} == {11, 12, 13, 14, 15}
    network = found.network
    assert np.isfinite(network.minutes).all() and (network.minutes[network.metres > 0] > 0).all()
    assert 0 < network.about["imputed_share"] < 1


def test_an_island_is_a_component_of_its_own(shared: Path) -> None:
    """B129."""
    assert of_corpus(shared, "disconnected_island").network.component.max() == 1


def test_an_edge_of_zero_length_changes_no_distance(shared: Path) -> None:
    """B130: node 7 lies on node 2, and the way over it is as long as way 15 without it."""
    network = of_corpus(shared, "zero_length_edge").network
    direct, over = (network.metres[network.way[network.line] == way] for way in (15, 16))
    assert len(direct) == len(over) == 2
    assert direct.tolist() == over.tolist()


def test_missing_nodes_are_not_bridged(shared: Path) -> None:
    """B128: way 16 has nothing left of it."""
    assert 16 not in of_corpus(shared, "way_missing_nodes").network.way


def test_the_ferry_is_left_out_and_said(shared: Path) -> None:
    """B134."""
    found = of_corpus(shared, "ferry")
    assert codes(found) == ["roads_ferries_out"]
    assert 8 not in found.network.node_id


# "service" stands once in the file, and a word that says nothing closes nothing
KEPT = {"yes", "permissive", "designated", "destination", "customers", "official", "service"}


def whole_ways(file: Path, xml: Path) -> None:
    """The roads of an extract without those that it cuts, which osmnx cannot read; it takes any way for a road."""
    import osmium

    nodes = set()
    with osmium.SimpleWriter(str(xml)) as writer:
        for item in osmium.FileProcessor(str(file)):
            if item.is_node():
                nodes.add(item.id)
                writer.add(item)
            elif "highway" in item.tags and item.tags.get("area") != "yes" and item.is_way():
                whole = nodes.issuperset(node.ref for node in item.nodes)
                if whole:
                    writer.add(item)


def osmnx_km(xml: Path) -> pd.Series:
    """Kilometres by tag as osmnx measures them (great circle), of ways that a car may use."""
    import osmnx as ox

    keys = ["highway", "oneway", "junction", "access", "vehicle", "motor_vehicle", "motorcar"]
    before = ox.settings.useful_tags_way
    ox.settings.useful_tags_way = keys
    try:
        graph = ox.graph_from_xml(xml, simplify=False, retain_all=True)
    finally:
        ox.settings.useful_tags_way = before
    edges = pd.DataFrame([data for *_, data in graph.edges(data=True)])
    edges = edges[~edges["reversed"].astype(bool)]
    said = pd.Series(None, index=edges.index, dtype="object")
    for key in ("motorcar", "motor_vehicle", "vehicle", "access"):
        said = said.where(said.notna(), edges[key]) if key in edges else said
    edges = edges[said.isna() | said.isin(KEPT)]
    return edges.groupby("highway")["length"].sum() / 1000


def test_kilometres_by_class_are_those_of_osmnx(shared: Path, tmp_path: Path) -> None:
    """Helsinki: osmnx measures on a sphere, which makes up to 0.4 % there; numbers there decide no class."""
    file = tmp_path / "map.osm"
    whole_ways(shared / "data" / "osm" / "helsinki.osm.pbf", file)
    table = roads.summary(roads.build(read_roads(file), RULES).network)
    ours = table[table["ref"].isna()].set_index("road_class")["km"]
    theirs = osmnx_km(file)
    classes = {tag: classing.class_of_tag(tag) for tag in theirs.index}
    by_class = theirs[[tag for tag, found in classes.items() if found]].groupby(classes).sum()
    assert set(ours.index) == set(by_class.index)
    assert ours.to_dict() == pytest.approx(by_class.to_dict(), rel=0.005)
