"""Kilometres, components and dead ends of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import schema
from chargegeo.roads.assemble import strong_parts
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.roads.network import RoadNetwork

    Ints = NDArray[np.signedinteger[Any]]
    Bools = NDArray[np.bool_]

_EXAMPLES = 10


def summary(network: RoadNetwork) -> pd.DataFrame:
    """Kilometres by class, then by class and number.

    Returns
    -------
    pandas.DataFrame
        Contract ``road_summary``: one row a class (``ref`` null) in the order of
        :class:`chargegeo.vocab.RoadClass`, then one row a class and number, by class and number. A stretch that is
        driven both ways counts once in ``km`` and twice in ``directed_km``, each side of a dual carriageway once
        in both; a stretch with two numbers counts under each of them.
    """
    import pandas as pd

    edges = pd.DataFrame(
        {
            "road_class": network.road_class,
            "ref": network.ref,
            "km": np.where(_first_of_line(network), network.metres / 1000, 0.0),
            "directed_km": network.metres / 1000,
            "imputed": network.imputed_metres / 1000,
        }
    )
    classes = edges.drop(columns="ref").groupby("road_class", as_index=False).sum()
    numbered = edges.loc[edges["ref"] >= 0].groupby(["road_class", "ref"], as_index=False).sum()
    numbered["ref"] = [network.refs[position].split(";") for position in numbered["ref"]]
    numbered = numbered.explode("ref").groupby(["road_class", "ref"], as_index=False).sum()
    rows = pd.concat([classes.assign(ref=None), numbered], ignore_index=True)
    share = rows["imputed"] / rows["directed_km"]
    # sums of two orders may differ in the last digit
    rows["imputed_share"] = share.where(rows["directed_km"] > 0).clip(upper=1.0)
    words = np.array([word.value for word in RoadClass])
    rows["road_class"] = words[rows["road_class"].to_numpy(dtype="int64")]
    return schema.check(schema.conform(rows, "road_summary"), "road_summary")


def facts(network: RoadNetwork) -> dict[str, Any]:
    """Figures of a whole network, plain enough for JSON.

    ``n_dead_ends`` counts nodes where one line ends; ``no_way_out`` nodes that can be entered and never left, and
    ``no_way_in`` those that can be left and never entered; ``outside_core`` nodes of the largest component that
    cannot be reached from, or cannot reach, its largest strongly connected part: a dead end of one-ways or an error
    of the map. The latter three come with the ids of the first ten. ``component_sizes`` holds the ten largest.
    """
    n, first = network.n_nodes, _first_of_line(network)
    out, into = np.diff(network.indptr), np.bincount(network.head, minlength=n)
    sizes = np.bincount(network.component)
    metres = float(network.metres.sum())
    return {
        "n_nodes": n,
        "n_edges": network.n_edges,
        "n_lines": len(network.way),
        "km": float(network.metres[first].sum()) / 1000,
        "directed_km": metres / 1000,
        "imputed_share": float(network.imputed_metres.sum()) / metres if metres else None,
        "n_components": len(sizes),
        "component_sizes": sizes[:_EXAMPLES].tolist(),
        "n_dead_ends": int((line_ends(network) == 1).sum()),
        "no_way_out": _listed(network, (out == 0) & (into > 0)),
        "no_way_in": _listed(network, (into == 0) & (out > 0)),
        "outside_core": _listed(network, (strong_parts(network) > 0) & (network.component == 0)),
    }


def line_ends(network: RoadNetwork) -> Ints:
    """Ends of lines at each node (n): 1 at a dead end; a loop has two at its node."""
    first, n = _first_of_line(network), network.n_nodes
    ends: Ints = np.bincount(network.tail[first], minlength=n) + np.bincount(network.head[first], minlength=n)
    return ends


def _first_of_line(network: RoadNetwork) -> Bools:
    """The first (e) edge of each line, so that a stretch driven both ways counts once."""
    edge = np.zeros(network.n_edges, dtype=bool)
    first = np.full(len(network.way), network.n_edges)
    # written backward, so that the first edge of a line stays
    first[network.line[::-1]] = np.arange(network.n_edges - 1, -1, -1)
    edge[first[first < network.n_edges]] = True
    return edge


def _listed(network: RoadNetwork, nodes: Bools) -> dict[str, Any]:
    return {"n": int(nodes.sum()), "node_ids": network.node_id[np.flatnonzero(nodes)[:_EXAMPLES]].tolist()}
