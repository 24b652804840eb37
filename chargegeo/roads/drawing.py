"""The roads of a network as a table of lines: one row a class, number and kind of direction."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import schema
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    import geopandas as gpd

    from chargegeo.roads.network import Array, RoadNetwork


def lines(network: RoadNetwork, *, classes: Collection[RoadClass] | None = None) -> gpd.GeoDataFrame:
    """The roads as lines, each stretch once, joined where nothing else meets them.

    Parameters
    ----------
    network
        The roads.
    classes
        Which classes; all without it.

    Returns
    -------
    GeoDataFrame
        By the contract ``road_lines``, ordered by class as in :class:`~chargegeo.vocab.RoadClass`, number (roads
        without one last) and direction (two-way first). A line that may be driven one way only runs that way, so
        the two carriageways of an expressway are two lines of one row; a stretch of no length is counted and
        not drawn.
    """
    import pandas as pd

    wanted = list(RoadClass) if classes is None else [RoadClass(word) for word in classes]
    ranks = [place for place, word in enumerate(RoadClass) if word in wanted]
    first = _first_edges(network)
    drawn = np.flatnonzero(first >= 0)
    drawn = drawn[np.isin(network.road_class[first[drawn]], ranks)]
    edge, oneway = first[drawn], _driven_once(network)[drawn]
    names = sorted(set(network.refs))
    where = {name: place for place, name in enumerate(names)}
    # a road without a number has -1, which picks the last: after all numbers
    ref = np.array([*(where[name] for name in network.refs), len(names)], dtype=np.int64)[network.ref[edge]]
    keys = np.stack([network.road_class[edge].astype(np.int64), ref, oneway.astype(np.int64)], axis=1)
    rows, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.reshape(-1)
    strings = _line_strings(network, drawn, against=oneway & ~network.forward[edge])
    columns = {
        "road_class": np.array(RoadClass, dtype=object)[rows[:, 0]],
        "ref": np.array([*names, None], dtype=object)[rows[:, 1]],
        "oneway": rows[:, 2].astype(bool),
        "km": np.bincount(group, network.metres[edge], len(rows)) / 1000,
        "n_lines": np.bincount(group, minlength=len(rows)),
        "geometry": _joined(strings, group, directed=rows[:, 2].astype(bool)),
    }
    made: gpd.GeoDataFrame = schema.conform(pd.DataFrame(columns), "road_lines")
    return made


def _first_edges(network: RoadNetwork) -> Array:
    """For each line the first edge along it, forward if any runs so; -1 where none is left."""
    first = np.full(len(network.way), -1, dtype=np.int64)
    order = np.lexsort((-np.arange(network.n_edges), network.forward))
    first[network.line[order]] = order  # what is written last stays
    return first


def _driven_once(network: RoadNetwork) -> Array:
    """For each line whether its edges all run one way."""
    ways = np.zeros((len(network.way), 2), dtype=bool)
    ways[network.line, network.forward.astype(np.int64)] = True
    once: Array = ways.sum(axis=1) == 1
    return once


def _line_strings(network: RoadNetwork, drawn: Array, *, against: Array) -> Array:
    """The drawn lines as line strings, turned round where they are driven against the drawing."""
    import shapely

    n = np.diff(network.line_start)[drawn]
    owner = np.repeat(np.arange(len(drawn)), n)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(n) - n, n)
    first, step = network.line_start[drawn][owner], np.where(against[owner], -1, 1)
    at = first + np.where(against[owner], n[owner] - 1, 0) + step * within
    made: Array = shapely.linestrings(network.line_xy[at], indices=owner)
    return made


def _joined(strings: Array, group: Array, *, directed: Array) -> Array:
    """One shape a group, of strings joined end to end; a one-way string is never turned."""
    import shapely

    n = len(directed)
    drawn = shapely.length(strings) > 0
    order = np.argsort(group[drawn], kind="stable")
    parts = np.full(n, shapely.MultiLineString(), dtype=object)
    shapely.multilinestrings(strings[drawn][order], indices=group[drawn][order], out=parts)
    merged: Array = np.empty(n, dtype=object)
    for way in (False, True):
        merged[directed == way] = shapely.line_merge(parts[directed == way], directed=way)
    merged[shapely.is_empty(merged)] = shapely.MultiLineString()
    return merged
