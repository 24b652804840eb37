"""GraphML as osmnx and networkx write it, read as a stream: no entity, and no text is ever evaluated as code."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import numpy as np

from chargegeo import errors
from chargegeo.sources.raw import MAX_FAULTS, Source
from chargegeo.sources.ways.edges import (
    MAX_GAP_METRES,
    Edges,
    bare,
    between,
    ids,
    metres_good,
    roads,
    true,
)
from chargegeo.sources.ways.placing import degrees

if TYPE_CHECKING:
    from pathlib import Path

    from chargegeo.sources.ways.raw import RawRoads

    Array = np.ndarray[Any, np.dtype[Any]]

KEYS = (
    "highway", "name", "maxspeed", "ref", "service", "access", "bridge", "layer", "tunnel", "junction", "toll",
    "motor_vehicle", "vehicle", "motorcar", "route", "duration",
)  # fmt: skip
NODE_KEYS = ("barrier", "access", "motor_vehicle", "motorcar", "vehicle")
_READ = {
    "node": {"x", "y", *NODE_KEYS},
    "edge": {*KEYS, "osmid", "length", "geometry", "oneway", "speed_kph"},
    "graph": {"crs"},
}
_MAX_TEXT = 1_000_000
"""Longest text of one value, in characters."""
# expat: no element found, unclosed token, unclosed CDATA section
_CUT = {3, 5, 20}


@dataclass
class _Item:
    """A graph, a node or an edge: what it is, its line, its own attributes and its values."""

    kind: str
    line: int
    own: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How a message calls it."""
        own = self.own
        ends = own.get("source") or "?", own.get("target") or "?"
        return f"{self.kind}/" + ("-".join(ends) if self.kind == "edge" else own.get("id", "?"))


class _Graph:
    """Handlers of expat that gather nodes and edges."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.keys: dict[str, tuple[str, str]] = {}
        self.nodes: list[_Item] = []
        self.edges: list[_Item] = []
        self.graph = _Item("graph", 0, {})
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
            item = _Item(tag, line, attributes)
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
        Edges of a directed graph are ways with ``oneway=yes``, but two opposite edges of one street (see
        :func:`chargegeo.sources.ways.edges.partners`) are one way with ``oneway=no``; all others run both ways.
        ``length`` is taken in metres, and ``speed_kph`` as speed where there is no ``maxspeed``. Values that are
        lists come joined by ";".

    Raises
    ------
    FormatFault
        If it is cut off or damaged, a node has no place, an edge no node, a value cannot be read, a length
        cannot be one (``graph_length``), or a geometry is no line (``graph_geometry``) or does not run from node
        to node (``graph_geometry_ends``).
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
        lost = [end or "?" for end in ends if end not in known or end in nowhere]
        if lost:
            faults.append(
                source.fault("graph_edge_node", line=item.line, feature=item.name, value=", ".join(lost))
            )
        if not _metres_good(item.values.get("length", "0")):
            faults.append(_fault("graph_length", source, item, "length"))
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
    return _finite(text) and metres_good(float(text))


def _fault(code: str, source: Source, item: _Item, column: str) -> errors.Fault:
    """The fault of one value of an edge."""
    return source.fault(code, line=item.line, column=column, feature=item.name, value=item.values[column])


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
    places, shapes = _places(source, graph)
    items = graph.edges
    ends = np.array([[known[item.own[end]] for end in ("source", "target")] for item in items])
    inner, gaps = between(shapes, places, ends)
    far = [
        replace(
            _fault("graph_geometry_ends", source, items[i], "geometry"), value=round(float(gaps[i]) / 1000, 1)
        )
        for i in np.flatnonzero(gaps > MAX_GAP_METRES)[:MAX_FAULTS]
    ]
    if far:
        raise errors.FormatFault(*far)
    tags = {key: [plain(source, item, key) for item in items] for key in (*KEYS, "speed_kph")}
    rated = zip(tags["maxspeed"], tags.pop("speed_kph"), strict=True)
    tags["maxspeed"] = [stated or computed for stated, computed in rated]
    osmids = [plain(source, item, "osmid") for item in items]
    edges = Edges(
        ends,
        shapes,
        np.array([float(item.values.get("length", "nan")) for item in items]),
        osmids,
        tags,
        np.array([_directed(graph, item) for item in items]),
        np.array([true(item.values.get("oneway")) for item in items]),
    )
    node_id = ids([item.own.get("id", "") for item in graph.nodes], unique=True)
    way_id = ids([each[0] if each else "" for each in osmids], unique=False)
    return roads(bare(source.file, node_id, places, _node_tags(source, graph)), edges, inner, way_id)


def _directed(graph: _Graph, item: _Item) -> bool:
    stated = item.own.get("directed")
    return stated == "true" if stated else graph.graph.own.get("edgedefault") == "directed"


def _places(source: Source, graph: _Graph) -> tuple[Array, Array]:
    """Degrees of the nodes, and shapes of the edges in degrees."""
    import shapely

    x, y = (np.array([float(item.values[axis]) for item in graph.nodes]) for axis in "xy")
    texts = np.array([item.values.get("geometry") or None for item in graph.edges], dtype=object)
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkt(texts, on_invalid="ignore")
    kinds = shapely.get_type_id(shapes)
    spots, owner = shapely.get_coordinates(shapes, return_index=True)
    lost = set(owner[~np.isfinite(spots).all(axis=1)].tolist())
    lines = kinds == shapely.GeometryType.LINESTRING
    bad = [i for i, text in enumerate(texts) if text and (i in lost or not lines[i])]
    if bad:
        raise errors.FormatFault(
            *(_fault("graph_geometry", source, graph.edges[i], "geometry") for i in bad[:MAX_FAULTS])
        )
    spots, owner = shapely.get_coordinates(shapes, return_index=True)
    crs = graph.graph.values.get("crs", "").strip()
    if not crs:
        raise errors.CrsFault(source.fault("graph_crs_missing", column="crs"))
    both = degrees(source, crs, np.r_[np.column_stack([x, y]), spots], column="crs")
    nodes, spots = both[: len(x)], both[len(x) :]
    if len(spots):
        at = np.flatnonzero(lines & ~shapely.is_empty(shapes))
        shapes[at] = shapely.linestrings(spots, indices=np.searchsorted(at, owner))
    return nodes, shapes


def _node_tags(source: Source, graph: _Graph) -> dict[str, tuple[Array, tuple[str, ...]]]:
    tags = {}
    for key in NODE_KEYS:
        stated = [
            (i, ";".join(plain(source, item, key)))
            for i, item in enumerate(graph.nodes)
            if item.values.get(key)
        ]
        if stated:
            spots, texts = zip(*stated, strict=True)
            tags[key] = np.array(spots, dtype=np.int32), texts
    return tags
