"""Nearest sites of every node, in the direction of travel to the site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.access import graph, kernels
from chargegeo.access.asked import known_legs, limit_of, number_of, seeds_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chargegeo.access.graph import Weight
    from chargegeo.roads.network import RoadNetwork


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest site of every node. ``site`` by itself is the catchment areas: each site's own nodes.

    Parameters
    ----------
    site
        int32 (n): position of the site; -1 where none can be reached, or none within the limit.
    cost
        float64 (n): in the unit of ``weight``, the leg of the site included; null where there is no site.
    edge
        int32 (n): edge of the network that the way to the site begins with; -1 at the site's own node and
        where there is no site.
    weight
        Measure that was least: ``minutes`` or ``metres``.
    limit
        Cost beyond which no site counts; infinite for none.
    """

    site: NDArray[np.int32]
    cost: NDArray[np.float64]
    edge: NDArray[np.int32]
    weight: Weight
    limit: float


def nearest(
    network: RoadNetwork,
    sites: ArrayLike,
    *,
    weight: Weight = "minutes",
    leg: ArrayLike | None = None,
    limit: float | None = None,
) -> Nearest:
    """For every node the site that is reached first.

    Parameters
    ----------
    network
        Roads.
    sites
        Nodes of the sites; several may share one.
    weight
        What is to be least.
    leg
        float64 a site: way from its node to the site, in the unit of ``weight``; by default none.
    limit
        Highest cost that counts; by default any.

    Returns
    -------
    Site and cost of every node; of equal costs the lower site.

    Raises
    ------
    StudyFault
        ``unknown_measure``, ``nodes_not_numbers``, ``node_outside``, ``legs_do_not_fit``, ``leg_broken``,
        ``limit_broken``.
    """
    seeds, most = seeds_of(network, sites, leg), limit_of(limit)
    turned = graph.of(network, weight)
    labels = graph.blank(network.n_nodes)
    touched = np.empty(network.n_nodes, dtype=np.int32)
    kernels.spread(turned.indptr, turned.edges, seeds, labels, turned.bounds(most), touched)
    return Nearest(labels["site"].copy(), _or_null(labels["cost"]), labels["edge"].copy(), weight, most)


def along(
    network: RoadNetwork, solved: Nearest, *, other: Weight = "metres", leg: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Another measure of the ways found: kilometres of the fastest, or minutes of the shortest.

    Parameters
    ----------
    network
        Roads, those of ``solved``.
    solved
        Answer of :func:`nearest`.
    other
        Measure wanted.
    leg
        float64 a site, as for :func:`nearest`, in the unit of ``other``.

    Returns
    -------
    float64 (n): null where no site is reached.

    Raises
    ------
    StudyFault
        ``unknown_measure``, ``legs_do_not_fit``, ``leg_broken``.
    """
    cost = graph.measure(network, other)
    total = np.full(network.n_nodes, np.nan)
    ends = (solved.site >= 0) & (solved.edge < 0)
    legs = known_legs(leg, int(solved.site.max(initial=-1)) + 1)
    total[ends] = legs[solved.site[ends]]
    kernels.retrace(solved.edge, graph.plain(network.head, np.int32), cost, total)
    return total


def k_nearest(
    network: RoadNetwork,
    sites: ArrayLike,
    k: int,
    *,
    weight: Weight = "minutes",
    leg: ArrayLike | None = None,
    limit: float | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """For every node the ``k`` sites that are reached first, as :func:`nearest` finds one.

    Returns
    -------
    Site, int32 (n, k), and cost, float64 (n, k), by cost, then site; -1 and null where there are fewer.

    Raises
    ------
    StudyFault
        As :func:`nearest`; ``k_broken``.
    """
    seeds, most = seeds_of(network, sites, leg), limit_of(limit)
    turned = graph.of(network, weight)
    labels = graph.blank(network.n_nodes, number_of(k))
    kernels.spread_k(turned.indptr, turned.edges, seeds, labels, turned.bounds(most))
    return labels["site"].copy(), _or_null(labels["cost"])


def gain(
    network: RoadNetwork, solved: Nearest, node: int, *, leg: float = 0.0
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Nodes that one more site would serve better than those of ``solved``, searched only as far as it does.

    Parameters
    ----------
    network
        Roads, those of ``solved``.
    solved
        Answer of :func:`nearest`; its measure and limit hold.
    node
        Node of the site.
    leg
        Way from there to the site.

    Returns
    -------
    Nodes, int32 by number, and their new costs, float64.

    Raises
    ------
    StudyFault
        ``nodes_not_numbers``, ``node_outside``, ``leg_broken``.
    """
    seeds = seeds_of(network, [node], [leg])
    turned = graph.of(network, solved.weight)
    labels, touched = turned.borrow()
    n = kernels.spread(
        turned.indptr, turned.edges, seeds, labels, turned.bounds(solved.limit, solved.cost), touched
    )
    nodes = np.sort(touched[:n])
    cost = labels["cost"][nodes]
    turned.give_back(labels, touched, n)
    return nodes, cost


def _or_null(cost: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isinf(cost), np.nan, cost)
