"""What a caller asks, checked: all faults at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.access import kernels
from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chargegeo.roads.network import RoadNetwork


def seeds_of(network: RoadNetwork, sites: ArrayLike, leg: ArrayLike | None) -> NDArray[np.void]:
    """Sites as the kernels begin from them: by rising leg, and neighbours together."""
    node, cost = np.atleast_1d(np.asarray(sites)), legs_of(leg, np.size(sites))
    if faults := [*_nodes(node, network.n_nodes), *_legs(cost, len(node))]:
        raise StudyFault(*faults)
    seeds = np.empty(len(node), dtype=kernels.EDGE)
    seeds["cost"], seeds["head"], seeds["edge"] = cost, node, np.arange(len(node))
    return seeds[np.lexsort((seeds["edge"], seeds["head"], seeds["cost"]))]


def nodes_of(network: RoadNetwork, nodes: ArrayLike) -> NDArray[np.int64]:
    """Nodes, each of the network."""
    found = np.atleast_1d(np.asarray(nodes))
    if faults := _nodes(found, network.n_nodes):
        raise StudyFault(*faults)
    return found.astype(np.int64)


def legs_of(leg: ArrayLike | None, n: int) -> NDArray[np.float64]:
    """Legs of ``n`` sites: none is a leg of nothing. Not checked yet."""
    return np.zeros(n) if leg is None else np.atleast_1d(np.asarray(leg, dtype=np.float64))


def known_legs(leg: ArrayLike | None, n: int) -> NDArray[np.float64]:
    """Legs of at least ``n`` sites."""
    cost = legs_of(leg, n)
    if faults := _legs(cost, max(n, len(cost))):
        raise StudyFault(*faults)
    return cost


def limit_of(limit: float | None) -> float:
    """A limit above zero; none is infinite."""
    if limit is None:
        return np.inf
    if not limit > 0:
        raise StudyFault(Fault("limit_broken", value=limit))
    return float(limit)


def number_of(k: int) -> int:
    """How many are asked for: at least one."""
    if k != int(k) or k < 1:
        raise StudyFault(Fault("k_broken", value=k))
    return int(k)


def amounts(name: str, values: ArrayLike, n: int) -> list[Fault]:
    """Faults of ``n`` amounts: each finite and not below zero."""
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (n,):
        return [Fault("amounts_do_not_fit", column=name, value=found.shape, params={"n": n})]
    return _first("amount_broken", found, ~(np.isfinite(found) & (found >= 0)), column=name)


def _nodes(node: NDArray[Any], n: int) -> list[Fault]:
    if node.ndim != 1 or (len(node) and node.dtype.kind not in "iu"):
        return [Fault("nodes_not_numbers", value=node.dtype)]
    return _first("node_outside", node, (node < 0) | (node >= n), last=n - 1)


def _legs(leg: NDArray[np.float64], n: int) -> list[Fault]:
    if leg.shape != (n,):
        return [Fault("legs_do_not_fit", value=leg.shape, params={"n": n})]
    return _first("leg_broken", leg, ~(np.isfinite(leg) & (leg >= 0)))


def _first(
    code: str,
    values: NDArray[np.generic],
    wrong: NDArray[np.bool_],
    *,
    column: str | None = None,
    **params: object,
) -> list[Fault]:
    """One fault for all wrong values, with the first of them."""
    at = np.flatnonzero(wrong)
    if not len(at):
        return []
    params |= {"n_wrong": len(at), "position": int(at[0])}
    return [Fault(code, row=int(at[0]), column=column, value=values[at[0]], params=params)]
