"""A network as the kernels read it, made once for each network and measure, and kept while the network lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from chargegeo.access import kernels
from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chargegeo.roads.network import RoadNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Records = NDArray[np.void]

Weight = Literal["minutes", "metres"]
WEIGHTS: tuple[Weight, ...] = ("minutes", "metres")

# a bucket spans so many of the short edges: wide ones keep neighbours together, too wide ones thrash
SPAN, SHORT, SAMPLE = 10, 0.1, 100_000
BUCKETS = 1 << 10  # at most, for the longest edge: empty ones cost time too
NOTHING_TO_BEAT = np.empty(0)
BLANK = {"cost": np.inf, "site": -1, "edge": -1}


@dataclass(frozen=True, eq=False)
class Graph:
    """Edges of a network by the node that they lead to, with one measure as cost.

    Parameters
    ----------
    indptr
        int64 (n + 1): edges into node ``i`` are ``indptr[i]`` to ``indptr[i + 1]``.
    edges
        (e) cost, tail (under ``head``, where a search goes on) and position in the network.
    width
        Cost that a bucket spans.
    longest
        Highest cost of an edge.
    """

    indptr: NDArray[np.int64]
    edges: Records
    width: float
    longest: float
    _idle: list[tuple[Records, Ints]] = field(default_factory=list)

    def bounds(self, limit: float, beat: Floats = NOTHING_TO_BEAT) -> tuple[float, int, float, Floats]:
        """What :func:`kernels.spread` wants to know: buckets for the edges that a limit leaves."""
        span = min(self.longest, limit) / self.width
        return 1 / self.width, 1 << int(np.ceil(np.log2(span + 3))), limit, beat

    def borrow(self) -> tuple[Records, Ints]:
        """Blank labels and a list of nodes (n), for one search at a time."""
        try:
            return self._idle.pop()
        except IndexError:
            n = len(self.indptr) - 1
            return blank(n), np.empty(n, dtype=np.int32)

    def give_back(self, labels: Records, touched: Ints, n: int) -> None:
        """Take them back, and blank the labels of the first ``n`` nodes of the list."""
        for name, value in BLANK.items():
            labels[name][touched[:n]] = value
        self._idle.append((labels, touched))


def blank(*shape: int) -> Records:
    """Labels that nothing has reached."""
    labels = np.empty(shape, dtype=kernels.LABEL)
    for name, value in BLANK.items():
        labels[name] = value
    return labels


_kept: WeakKeyDictionary[RoadNetwork, dict[tuple[str, bool], Graph]] = WeakKeyDictionary()
_lock = Lock()


def of(network: RoadNetwork, weight: Weight, *, forwards: bool = False) -> Graph:
    """The graph of a network, backwards: a search goes from the site against the direction of travel.

    Raises
    ------
    StudyFault
        ``unknown_measure``.
    """
    cost = measure(network, weight)
    with _lock:
        kept = _kept.setdefault(network, {})
        if (weight, forwards) not in kept:
            kept[weight, forwards] = _onward(network, cost) if forwards else _turned(network, cost)
        return kept[weight, forwards]


def measure(network: RoadNetwork, weight: Weight) -> Floats:
    """float64 (e): minutes or metres of the edges."""
    if weight not in WEIGHTS:
        raise StudyFault(Fault("unknown_measure", value=weight, params={"known": ", ".join(WEIGHTS)}))
    return plain(getattr(network, weight), np.float64)


def plain(values: ArrayLike, kind: type[np.generic]) -> NDArray[Any]:
    """An array as the kernels are compiled for; a copy only where it has to be."""
    return np.require(values, dtype=kind, requirements=["C", "A", "W"])


def _turned(network: RoadNetwork, cost: Floats) -> Graph:
    indptr = np.zeros(network.n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(network.head, minlength=network.n_nodes), out=indptr[1:])
    edges = np.empty(network.n_edges, dtype=kernels.EDGE)
    kernels.turn(
        plain(network.indptr, np.int64), plain(network.head, np.int32), cost, indptr[:-1].copy(), edges
    )
    return Graph(indptr, edges, *_widths(cost))


def _onward(network: RoadNetwork, cost: Floats) -> Graph:
    edges = np.empty(network.n_edges, dtype=kernels.EDGE)
    edges["cost"], edges["head"], edges["edge"] = cost, network.head, np.arange(network.n_edges)
    return Graph(plain(network.indptr, np.int64), edges, *_widths(cost))


def _widths(cost: Floats) -> tuple[float, float]:
    """Width of a bucket, and the highest cost."""
    longest = float(cost.max(initial=0))
    if longest == 0:
        return 1.0, 0.0
    some = cost[:: 1 + len(cost) // SAMPLE]
    some = some[some > 0]
    short = float(np.quantile(some, SHORT)) if len(some) else longest
    return max(SPAN * short, longest / BUCKETS), longest
