"""The road file of the sample, read with osmium and nothing of ours."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
from pyproj import Transformer

from chargegeo import region


@dataclass(frozen=True)
class Map:
    """Nodes (longitude, latitude; metres), their tags, ways with their tags, and the directed graph of all roads.

    ``carriageways`` are the nodes of each carriageway of an expressway, in the direction of travel.
    """

    place: dict[int, tuple[float, float]]
    node_tags: dict[int, dict[str, str]]
    ways: dict[int, tuple[list[int], dict[str, str]]]
    graph: "nx.DiGraph[int]"
    xy: dict[int, tuple[float, float]]
    carriageways: dict[str, list[list[int]]]


def read(path: Path) -> Map:
    """Read the file; an edge holds the ``highway`` and ``ref`` of its way."""
    place, node_tags, ways = {}, {}, {}
    for item in osmium.FileProcessor(str(path)):
        tags = dict(item.tags)
        if isinstance(item, osmium.osm.Node):
            place[item.id] = (item.location.lon, item.location.lat)
            if tags:
                node_tags[item.id] = tags
        elif isinstance(item, osmium.osm.Way):
            ways[item.id] = ([node.ref for node in item.nodes], tags)
    graph: nx.DiGraph[int] = nx.DiGraph()
    for nodes, tags in ways.values():
        kind = tags.get("highway", "services")
        if kind == "services":
            continue
        for tail, head in pairwise(nodes):
            graph.add_edge(tail, head, highway=kind, ref=tags.get("ref", ""))
            if tags.get("oneway") != "yes":
                graph.add_edge(head, tail, highway=kind, ref=tags.get("ref", ""))
    metres = Transformer.from_crs(4490, region.load("henan").crs_measure, always_xy=True)
    x, y = metres.transform(*np.array(list(place.values())).T)
    xy = dict(zip(place, zip(x.tolist(), y.tolist(), strict=True), strict=True))
    return Map(place, node_tags, ways, graph, xy, _carriageways(graph))


def _carriageways(graph: "nx.DiGraph[int]") -> dict[str, list[list[int]]]:
    edges: dict[str, list[tuple[int, int]]] = {}
    for tail, head, kind in graph.edges(data=True):
        if kind["highway"] == "motorway":
            edges.setdefault(kind["ref"], []).append((tail, head))
    found: dict[str, list[list[int]]] = {}
    for ref, pairs in edges.items():
        after = dict(pairs)
        assert len(after) == len(pairs) == len({head for _, head in pairs}), "a carriageway has no fork"
        starts = sorted(set(after) - set(after.values()))
        left = set(after)
        while left:
            path = [starts.pop(0) if starts else min(left)]
            while (node := after.get(path[-1])) is not None and node != path[0]:
                path.append(node)
            left -= set(path)
            found.setdefault(ref, []).append(path)
    return found
