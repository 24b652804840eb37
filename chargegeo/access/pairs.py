"""All pairs within a limit, as a sparse table."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from chargegeo.access import graph, kernels
from chargegeo.access.asked import limit_of, nodes_of, seeds_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chargegeo.access.graph import Weight
    from chargegeo.roads.network import RoadNetwork

SEEDS_A_TURN = 64
HAIR = 1e-9  # relative; sums in another order differ by less


def within(
    network: RoadNetwork,
    origins: ArrayLike,
    sites: ArrayLike,
    *,
    limit: float,
    weight: Weight = "minutes",
    leg: ArrayLike | None = None,
) -> csr_array:
    """Costs from every origin to every site that it reaches within a limit.

    Each site is searched from by itself, against the direction of travel and no further than the limit, so that
    costs add up from the site outwards as in :func:`chargegeo.access.nearest`, whatever the numbers of origins
    and sites; where origins are fewer, one search onward from all of them first leaves out the sites that none
    reaches.

    Parameters
    ----------
    network
        Roads.
    origins
        Nodes; several may be the same.
    sites
        Nodes of the sites; several may share one.
    limit
        Highest cost that counts, in the unit of ``weight``.
    weight
        What is to be least.
    leg
        float64 a site: way from its node to the site; by default none.

    Returns
    -------
    float64 (origins, sites): costs by rising site; a cost of zero is an entry, what is not reached is none.

    Raises
    ------
    StudyFault
        ``unknown_measure``, ``nodes_not_numbers``, ``node_outside``, ``legs_do_not_fit``, ``leg_broken``,
        ``limit_broken``.
    """
    most, begin = limit_of(limit), nodes_of(network, origins)
    seeds = seeds_of(network, sites, leg)
    turned = graph.of(network, weight)
    shape = (len(begin), len(seeds))
    nodes, of_node = np.unique(begin, return_inverse=True)
    if len(nodes) < len(seeds):
        seeds = seeds[_in_reach(network, nodes, weight, most)[seeds["head"]]]
    new = np.append(True, (np.diff(seeds["cost"]) > 0) | (np.diff(seeds["head"]) != 0))[: len(seeds)]
    place = np.full(network.n_nodes, -1, dtype=np.int32)
    place[nodes] = np.arange(len(nodes))
    found = _search(turned, seeds[new], place, most)
    return _table(found, (of_node, np.cumsum(new) - 1, seeds["edge"]), (len(nodes), *shape))


def _in_reach(
    network: RoadNetwork, nodes: NDArray[np.int64], weight: Weight, limit: float
) -> NDArray[np.bool_]:
    """Nodes that can be driven to from any of these within a limit, and a hair beyond."""
    onward = graph.of(network, weight, forwards=True)
    labels, touched = onward.borrow()
    bounds = onward.bounds(limit * (1 + HAIR))
    n = kernels.spread(onward.indptr, onward.edges, seeds_of(network, nodes, None), labels, bounds, touched)
    reached = np.zeros(network.n_nodes, dtype=bool)
    reached[touched[:n]] = True
    onward.give_back(labels, touched, n)
    return reached


Found = tuple["NDArray[np.int64]", "NDArray[np.int32]", "NDArray[np.float64]"]


def _search(turned: graph.Graph, seeds: NDArray[np.void], place: NDArray[np.int32], limit: float) -> Found:
    """Number of places that each seed reaches, place and cost of each; on all cores."""
    bounds = turned.bounds(limit)

    def turn(begin: int) -> Found:
        labels, touched = turned.borrow()
        part = seeds[begin : begin + SEEDS_A_TURN]
        found = kernels.spread_each(turned.indptr, turned.edges, part, labels, bounds, (touched, place))
        turned.give_back(labels, touched, 0)
        return found

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(turn, range(0, len(seeds), SEEDS_A_TURN)))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0)
    count, places, cost = (np.concatenate(part) for part in zip(*parts, strict=True))
    return count, places, cost


def _table(found: Found, copies: tuple[NDArray[np.int64], ...], shape: tuple[int, int, int]) -> csr_array:
    """What each lone seed found, as a table of all origins and all sites."""
    count, places, cost = found
    of_node, of_seed, site = copies
    n_nodes, n_origins, n_sites = shape
    ends = np.concatenate(([0], np.cumsum(count)))
    by_seed = csr_array((cost, places, ends), shape=(len(count), n_nodes))
    # every site its row: those left out have none
    row = np.full(n_sites, len(count))
    row[site] = of_seed
    by_seed.resize(len(count) + 1, n_nodes)
    table = csr_array(by_seed[row].T)
    return table if np.array_equal(of_node, np.arange(n_origins)) else table[of_node]
