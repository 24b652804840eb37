"""GraphML as osmnx and networkx write it, read as a stream: no entity, and no text is ever evaluated as code."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import numpy as np

from chargegeo import errors
from chargegeo.sources.raw import MAX_FAULTS, Source
from chargegeo.sources.ways.placing import degrees, words
from chargegeo.sources.ways.raw import RawRoads
from chargegeo.vocab import Datum

if TYPE_CHECKING:
    from pathlib import Path

    Array = np.ndarray[Any, np.dtype[Any]]

KEYS = (
    "highway", "name", "maxspeed", "ref", "service", "access", "bridge", "layer", "tunnel", "junction", "toll",
    "motor_vehicle", "vehicle", "motorcar", "route", "duration",
)  # fmt: skip
NODE_KEYS = ("barrier", "access", "motor_vehicle", "motorcar", "vehicle")
_READ = {
    "node": {"x", "y", *NODE_KEYS},
    "edge": {*KEYS, "osmid", "length", "geometry"},
    "graph": {"crs"},
}
_MAX_TEXT = 1_000_000
"""Longest text of one value, in characters."""
# expat: no element found, unclosed token, unclosed CDATA section
_CUT = {3, 5, 20}
_SAME_DEGREES = 1e-7


@dataclass
class _Item:
    """A node or an edge: its line, its own attributes and its values."""

    line: int
    own: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How a message calls it."""
        own = self.own
        return f"node/{own.get('id')}" if "source" not in own else f"edge/{own['source']}-{own.get('target')}"


class _Graph:
    """Handlers of expat that gather nodes and edges."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.keys: dict[str, tuple[str, str]] = {}
        self.nodes: list[_Item] = []
        self.edges: list[_Item] = []
        self.graph = _Item(0, {})
        self.open: list[_Item] = []
        self.key: str | None = None
        self.text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = tag.rpartition(":")[2]
        line = self.parser.CurrentLineNumber
        if tag == "key":
            self.keys[attributes.get("id", "")] = attributes.get("for", ""), attributes.get("attr.name", "")
        elif tag == "data":
            self.key, self.text = attributes.get("key", ""), []
        elif tag in ("graph", "node", "edge"):
            item = _Item(line, attributes)
            self.open.append(item)
            if tag == "graph":
                self.graph = item
            else:
                (self.nodes if tag == "node" else self.edges).append(item)

    def end(self, tag: str) -> None:
        """Close an element."""
        tag = tag.rpartition(":")[2]
        if tag == "data" and self.key is not None and self.open:
            owner, name = self.keys.get(self.key, ("", ""))
            if name in _READ.get(owner, ()) or (owner == "all" and name in chain(*_READ.values())):
                self.open[-1].values[name] = "".join(self.text)
            self.key = None
        elif tag in ("graph", "node", "edge"):
            self.open.pop()

    def characters(self, text: str) -> None:
        """Text of a value."""
        if self.key is not None:
            self.text.append(text)
            if sum(map(len, self.text)) > _MAX_TEXT:
                line = self.parser.CurrentLineNumber
                raise self.source.refuse("cell_too_long", line=line, params={"limit": _MAX_TEXT})


def read(source: Source, place: Path) -> RawRoads:
    """Nodes and edges of a graph whose bytes have been checked: an edge is a way.

    Parameters
    ----------
    source
        The file, for messages.
    place
        Where it is.

    Returns
    -------
    RawRoads
        Edges of a directed graph are ways with ``oneway=yes``, all others run both ways. ``length`` is taken
        in metres. Values that are lists come joined by ";".

    Raises
    ------
    FormatFault
        If it is cut off or damaged, a node has no place, an edge no node, or a value cannot be read.
    SchemaFault
        If it has no edge.
    CrsFault
        If the coordinate reference is not stated, unknown, or contradicted by the numbers.
    """
    graph = _Graph(source)
    _parse(source, graph, place)
    if not graph.edges:
        raise errors.SchemaFault(source.fault("no_roads"))
    known = {item.own.get("id", ""): i for i, item in enumerate(graph.nodes)}
    _check(source, graph, known)
    return _roads(source, graph, known)


def _parse(source: Source, graph: _Graph, place: Path) -> None:
    try:
        with place.open("rb") as opened:
            graph.parser.ParseFile(opened)
    except expat.ExpatError as error:
        if error.code in _CUT:
            raise source.refuse("truncated_line", line=error.lineno) from None
        raise source.refuse("damaged", line=error.lineno, params={"kind": "GraphML"}) from None


def _check(source: Source, graph: _Graph, known: dict[str, int]) -> None:
    """Refuse nodes without a place and edges without a node, and say where each stands."""
    nowhere = {item.own.get("id", ""): item for item in graph.nodes if not _placed(item)}
    faults = [
        source.fault("graph_node_place", line=item.line, feature=item.name) for item in nowhere.values()
    ]
    for item in graph.edges:
        ends = [item.own.get(end, "") for end in ("source", "target")]
        lost = [end for end in ends if end not in known or end in nowhere]
        if lost:
            faults.append(
                source.fault("graph_edge_node", line=item.line, feature=item.name, value=", ".join(lost))
            )
        if not item.values.get("length", "0").strip() or not _metres_good(item.values.get("length", "0")):
            faults.append(
                source.fault(
                    "graph_value",
                    line=item.line,
                    column="length",
                    feature=item.name,
                    value=item.values["length"],
                )
            )
    if faults:
        raise errors.FormatFault(*faults[:MAX_FAULTS])


def _placed(item: _Item) -> bool:
    return _finite(item.values.get("x")) and _finite(item.values.get("y"))


def _finite(text: str | None) -> bool:
    try:
        return text is not None and math.isfinite(float(text))
    except ValueError:
        return False


def _metres_good(text: str) -> bool:
    return _finite(text) and float(text) >= 0


def plain(source: Source, item: _Item, key: str) -> list[str]:
    """Texts of one value: itself, or the members of a list of plain literals, never evaluated.

    Raises
    ------
    FormatFault
        If it begins and ends like a list and is none of plain literals.
    """
    text = item.values.get(key, "").strip()
    if not (text.startswith("[") and text.endswith("]")):
        return [text] if text else []
    try:
        found = ast.literal_eval(text)
        if all(isinstance(each, (str, int, float, bool)) for each in found):
            return [str(each) for each in found]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    raise source.refuse("graph_value", line=item.line, column=key, feature=item.name, value=text)


# ---- arrays


def _roads(source: Source, graph: _Graph, known: dict[str, int]) -> RawRoads:
    lon, lat, geometry = _places(source, graph)
    ends = np.array([[known[item.own[end]] for end in ("source", "target")] for item in graph.edges])
    extra, sizes = _between(geometry, np.column_stack([lon, lat]), ends)
    n_nodes = len(graph.nodes)
    start = np.concatenate([[0], np.cumsum(sizes + 2)])
    vertices = np.empty(start[-1], dtype=np.int64)
    vertices[start[:-1]], vertices[start[1:] - 1] = ends[:, 0], ends[:, 1]
    inner = np.ones(len(vertices), dtype=bool)
    inner[start[:-1]] = inner[start[1:] - 1] = False
    vertices[inner] = n_nodes + np.arange(len(extra))
    ids = _ids([[item.own.get("id", "")] for item in graph.nodes], above=0)
    all_ids = np.concatenate([ids, -1 - np.arange(len(extra))])
    order = np.argsort(all_ids, kind="stable")
    position = np.empty(len(order), dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    columns = {key: [";".join(plain(source, item, key)) or None for item in graph.edges] for key in KEYS}
    columns["oneway"] = ["yes" if _directed(graph, item) else "no" for item in graph.edges]
    osmids = [plain(source, item, "osmid") for item in graph.edges]
    return RawRoads(
        source.file,
        "graphml",
        all_ids[order],
        np.concatenate([lon, extra[:, 0]])[order],
        np.concatenate([lat, extra[:, 1]])[order],
        _ids(osmids, above=None),
        start,
        position[vertices],
        words(columns),
        _node_tags(source, graph, position),
        metres=np.array([float(item.values.get("length", "nan")) for item in graph.edges]),
        datum=Datum.WGS84,
    )


def _ids(texts: list[list[str]], *, above: int | None) -> Array:
    """The first id of each as a number; numbered from 1 where one is no whole number, or not unique above."""
    firsts = [each[0] if each else "" for each in texts]
    whole = all(text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 19 for text in firsts)
    found = np.array(firsts if whole else range(1, len(firsts) + 1), dtype=np.int64)
    if above is not None and (found.min(initial=1) <= above or len(np.unique(found)) < len(found)):
        return np.arange(1, len(firsts) + 1, dtype=np.int64)
    return found


def _directed(graph: _Graph, item: _Item) -> bool:
    stated = item.own.get("directed")
    return stated == "true" if stated else graph.graph.own.get("edgedefault") == "directed"


def _places(source: Source, graph: _Graph) -> tuple[Array, Array, Array]:
    """Degrees of the nodes, and shapes of the edges in degrees."""
    import shapely

    x, y = (np.array([float(item.values[axis]) for item in graph.nodes]) for axis in "xy")
    texts = np.array([item.values.get("geometry") or None for item in graph.edges], dtype=object)
    shapes = shapely.from_wkt(texts, on_invalid="ignore")
    kinds = shapely.get_type_id(shapes)
    bad = [i for i, text in enumerate(texts) if text and kinds[i] != shapely.GeometryType.LINESTRING]
    if bad:
        raise errors.FormatFault(
            *(
                source.fault(
                    "graph_value",
                    line=graph.edges[i].line,
                    column="geometry",
                    feature=graph.edges[i].name,
                    value=texts[i],
                )
                for i in bad[:MAX_FAULTS]
            )
        )
    spots, owner = shapely.get_coordinates(shapes, return_index=True)
    both = degrees(source, graph.graph.values.get("crs"), np.r_[np.column_stack([x, y]), spots], column="crs")
    nodes, spots = both[: len(x)], both[len(x) :]
    if len(spots):
        at = np.flatnonzero(kinds == shapely.GeometryType.LINESTRING)
        at = at[~shapely.is_empty(shapes[at])]
        shapes[at] = shapely.linestrings(spots, indices=np.searchsorted(at, owner))
    return nodes[:, 0], nodes[:, 1], shapes


def _between(shapes: Array, nodes: Array, ends: Array) -> tuple[Array, Array]:
    """Vertices of the shapes between the two nodes of each edge, in the direction of the edge, and how many."""
    import shapely

    drawn = np.flatnonzero(shapely.get_num_coordinates(shapes) > 1)
    first, last = (shapely.get_coordinates(shapely.get_point(shapes[drawn], at)) for at in (0, -1))
    tail, head = nodes[ends[drawn, 0]], nodes[ends[drawn, 1]]
    turned = _apart(first, head) + _apart(last, tail) < _apart(first, tail) + _apart(last, head)
    lines = shapes.copy()
    lines[drawn[turned]] = shapely.reverse(shapes[drawn[turned]])
    spots, owner = shapely.get_coordinates(lines, return_index=True)
    tails, heads = nodes[ends[owner, 0]], nodes[ends[owner, 1]]
    opens, closes = np.r_[True, np.diff(owner) > 0], np.r_[np.diff(owner) > 0, True]
    if not len(owner):
        return np.empty((0, 2)), np.zeros(len(shapes), dtype=np.int64)
    # an end that lies on its node is that node
    keep = ~(opens & (_apart(spots, tails) < _SAME_DEGREES) | closes & (_apart(spots, heads) < _SAME_DEGREES))
    return spots[keep], np.bincount(owner[keep], minlength=len(shapes))


def _apart(one: Array, other: Array) -> Array:
    found: Array = np.abs(one - other).max(axis=1, initial=0.0)
    return found


def _node_tags(source: Source, graph: _Graph, position: Array) -> dict[str, tuple[Array, tuple[str, ...]]]:
    tags = {}
    for key in NODE_KEYS:
        stated = sorted(
            (int(position[i]), ";".join(plain(source, item, key)))
            for i, item in enumerate(graph.nodes)
            if item.values.get(key)
        )
        if stated:
            spots, texts = zip(*stated, strict=True)
            tags[key] = np.array(spots, dtype=np.int32), texts
    return tags
