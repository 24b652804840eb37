"""The graph of a map segment by segment, written for reading and not for speed."""

from itertools import pairwise

import networkx as nx

from chargegeo import datum

Place = tuple[float, float]


def graph(places: dict[int, Place], ways: dict[int, tuple[list[int], dict[str, str]]]) -> nx.MultiDiGraph:
    """Every segment an edge with its ``metres``, both ways unless ``oneway`` is yes or -1."""
    found = nx.MultiDiGraph()
    for nodes, tags in ways.values():
        for a, b in pairwise(nodes):
            if a == b or a not in places or b not in places:
                continue
            metres = float(datum.metres_between(*places[a], *places[b]))
            if tags.get("oneway") != "-1":
                found.add_edge(a, b, metres=metres, highway=tags["highway"])
            if tags.get("oneway") != "yes":
                found.add_edge(b, a, metres=metres, highway=tags["highway"])
    return found
