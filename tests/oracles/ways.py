"""Shortest ways with networkx, one site at a time."""

import math

import networkx as nx


def against_travel(n, tail, head, cost):
    """The graph from the site outwards; of parallel edges the better."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    for a, b, c in zip(tail, head, cost, strict=True):
        if not graph.has_edge(b, a) or c < graph[b][a]["cost"]:
            graph.add_edge(b, a, cost=c)
    return graph


def costs(n, tail, head, cost, sites, leg):
    """For each site the cost from every node that reaches it: a list of dicts."""
    graph = against_travel(n, tail, head, cost)
    graph.add_node("site")
    found = []
    for site, start in zip(sites, leg, strict=True):
        graph.add_edge("site", site, cost=start)
        ways = nx.single_source_dijkstra_path_length(graph, "site", weight="cost")
        graph.remove_edge("site", site)
        found.append({node: ways[node] for node in ways if node != "site"})
    return found


def ranked(n, found, limit=math.inf):
    """For each node the sites it reaches within the limit, as (cost, site) by cost, then site."""
    return [
        sorted((cost[node], site) for site, cost in enumerate(found) if node in cost and cost[node] <= limit)
        for node in range(n)
    ]


def floating(pairs, supply, demand, weight):
    """Supply per head by two steps in plain Python; ``pairs`` maps (origin, site) to cost."""
    heads = [
        sum(demand[o] * weight(c) for (o, s), c in pairs.items() if s == site) for site in range(len(supply))
    ]
    result = []
    for origin in range(len(demand)):
        reached = [(s, weight(c)) for (o, s), c in pairs.items() if o == origin and weight(c) > 0]
        shared = [supply[s] / heads[s] * w for s, w in reached if heads[s] > 0]
        result.append(math.nan if reached and not shared else sum(shared))
    return result
