"""The one structure that every network question is asked of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chargegeo.errors import ContractFault, Fault
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

# the length of each array (nodes, edges, lines, and one more for pointers) and its type
_SHAPES = {
    "node_id": ("n", "int64"),
    "lon": ("n", "float64"),
    "lat": ("n", "float64"),
    "component": ("n", "int32"),
    "indptr": ("n + 1", "int64"),
    "head": ("e", "int32"),
    "metres": ("e", "float64"),
    "minutes": ("e", "float64"),
    "imputed_metres": ("e", "float64"),
    "road_class": ("e", "int8"),
    "ref": ("e", "int32"),
    "line": ("e", "int32"),
    "forward": ("e", "bool"),
    "line_start": ("m + 1", "int64"),
    "line_xy": ("v", "float64"),
    "way": ("m", "int64"),
}
ARRAYS = tuple(_SHAPES)


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """A directed road network in compressed sparse rows, contracted, with its geometry.

    Nodes are junctions, dead ends and places put in; an edge is a stretch between two of them that may be
    driven from tail to head. Edges stand sorted by tail, then head, then minutes, then line; parallel ones are
    kept (a shortest path takes the better, no one adds them up). The two directions of one stretch share a
    *line*: its geometry as drawn.

    Parameters
    ----------
    node_id
        int64 (n): id of the node in the source; negative for nodes made here.
    lon, lat
        float64 (n): degrees, WGS-84.
    component
        int32 (n): weakly connected component, 0 for the one with the most nodes, ties by the lowest node.
    indptr
        int64 (n + 1): the edges of node ``i`` are ``indptr[i]`` to ``indptr[i + 1]``.
    head
        int32 (e): node that an edge leads to.
    metres, minutes
        float64 (e): length, and time to drive it freely.
    imputed_metres
        float64 (e): of that length, what took its speed from the table of defaults.
    road_class
        int8 (e): position in ``tuple(RoadClass)``.
    ref
        int32 (e): position in ``refs``; -1 where the road has no number.
    line
        int32 (e): line that an edge runs along.
    forward
        bool (e): whether it runs along the line as drawn.
    line_start
        int64 (m + 1): the vertices of line ``i`` are ``line_xy[line_start[i]:line_start[i + 1]]``.
    line_xy
        float64 (v, 2): longitude and latitude of each vertex.
    way
        int64 (m): id of the way that a line comes from; of several, the one it begins with.
    refs
        Road numbers; several of one road are joined by ";" in the order of the source.
    about
        What it rests on: source, speeds, counts, kilometres (see :func:`chargegeo.roads.summary`).

    Raises
    ------
    ContractFault
        ``network_broken``, if the arrays do not fit together.
    """

    node_id: Array
    lon: Array
    lat: Array
    component: Array
    indptr: Array
    head: Array
    metres: Array
    minutes: Array
    imputed_metres: Array
    road_class: Array
    ref: Array
    line: Array
    forward: Array
    line_start: Array
    line_xy: Array
    way: Array
    refs: tuple[str, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = list(_wrong_shapes(self)) or list(_wrong_values(self))
        if faults:
            raise ContractFault(
                *(Fault("network_broken", column=name, params={"detail": detail}) for name, detail in faults)
            )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_id)

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return len(self.head)

    @property
    def tail(self) -> Array:
        """int32 (e): node that each edge leaves."""
        import numpy as np

        return np.repeat(np.arange(self.n_nodes, dtype=np.int32), np.diff(self.indptr))


def _wrong_shapes(network: RoadNetwork) -> Iterator[tuple[str, str]]:
    """Fields of another type or length than the contract, with what is wrong."""
    n, e, m = len(network.node_id), len(network.head), len(network.way)
    lengths = {"n": n, "n + 1": n + 1, "e": e, "m": m, "m + 1": m + 1}
    for name, (length, dtype) in _SHAPES.items():
        array = getattr(network, name)
        shape = (lengths[length],) if length in lengths else (len(array), 2)
        if array.shape != shape or array.dtype != dtype:
            yield name, f"{array.dtype} {array.shape}, not {dtype} {shape}"


def _wrong_values(network: RoadNetwork) -> Iterator[tuple[str, str]]:
    """Fields whose values point nowhere, or cannot be, with what is wrong."""
    yield from _wrong_pointers(network)
    last = {
        "head": network.n_nodes,
        "line": len(network.way),
        "component": max(network.n_nodes, 1),
        "road_class": len(RoadClass),
        "ref": len(network.refs),
    }
    for name, end in last.items():
        array, begin = getattr(network, name), -1 if name == "ref" else 0
        if len(array) and not begin <= int(array.min()) <= int(array.max()) < end:
            yield name, f"{array.min()} to {array.max()}, not {begin} to {end - 1}"
    yield from _wrong_measures(network)


def _wrong_pointers(network: RoadNetwork) -> Iterator[tuple[str, str]]:
    import numpy as np

    ends = {"indptr": (network.n_edges, 0), "line_start": (len(network.line_xy), 2)}
    for name, (total, least) in ends.items():
        array = getattr(network, name)
        steps = np.diff(array)
        if array[0] != 0 or array[-1] != total or (len(steps) and steps.min() < least):
            yield name, f"steps of at least {least} from 0 to {total} are due"
            return
    order = np.diff(network.head) < 0
    between = network.indptr[(network.indptr > 0) & (network.indptr < network.n_edges)] - 1
    order[between] = False
    if order.any():
        yield "head", "not sorted within the edges of a node"


def _wrong_measures(network: RoadNetwork) -> Iterator[tuple[str, str]]:
    import numpy as np

    xy = network.line_xy
    degrees = (("lon", network.lon, 180), ("lat", network.lat, 90))
    for name, array, most in (*degrees, ("line_xy", xy[:, 0], 180), ("line_xy", xy[:, 1], 90)):
        # a comparison with NaN is false
        if len(array) and not -most <= array.min() <= array.max() <= most:
            yield name, f"not all within {most} degrees"
    for name in ("metres", "minutes", "imputed_metres"):
        array = getattr(network, name)
        if len(array) and not 0 <= array.min() <= array.max() < np.inf:
            yield name, "not all finite and 0 or more"
    if bool((network.imputed_metres > network.metres * (1 + 1e-9)).any()):
        yield "imputed_metres", "more than the length"
    if bool(((network.metres > 0) & (network.minutes <= 0)).any()):
        yield "minutes", "no time on a positive length"
