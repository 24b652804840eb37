"""OpenStreetMap files: one pass of pyosmium into arrays, with locations looked up in its own code."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import osmium

from chargegeo import errors
from chargegeo.sources.raw import MAX_FAULTS, Source
from chargegeo.sources.ways import things
from chargegeo.sources.ways.raw import RawRoads, Words
from chargegeo.vocab import Datum, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from osmium.osm import Node, Way

    Array = np.ndarray[Any, np.dtype[Any]]

_LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
ROADS = frozenset(
    {*_LINKED, *(f"{name}_link" for name in _LINKED)}
    | {"unclassified", "residential", "living_street", "service", "track", "road"}
)
"""Values of ``highway`` of ways that a car could use."""
FERRY = ("route", "ferry")
# in the order of how often they are met: the search of a way ends when all its tags are found
KEYS = (
    "highway", "oneway", "name", "maxspeed", "ref", "service", "access", "bridge", "layer", "tunnel",
    "junction", "toll", "motor_vehicle", "vehicle", "motorcar", "route", "duration", "area",
)  # fmt: skip
NODE_KEYS = ("barrier", "access", "motor_vehicle", "motorcar", "vehicle")
_HEX_HEAD = 18
"""Hexadecimal digits before the coordinates of a line in WKB: byte order, type, number of points."""


@dataclass
class _Ways:
    """What grows while a file is read."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    refs: array[int] = field(default_factory=lambda: array("q"))
    places: bytearray = field(default_factory=bytearray)
    tags: list[tuple[str, dict[str, int], array[int], array[int]]] = field(
        default_factory=lambda: [(key, {}, array("q"), array("i")) for key in KEYS]
    )
    barriers: list[tuple[int, list[str | None]]] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)


def read(source: Source, place: Path, form: str, *, deletions: bool = False) -> RawRoads:
    """Roads of an OSM file whose bytes have been checked.

    Parameters
    ----------
    source
        The file, for messages.
    place
        Where it is.
    form
        Its form in the words of osmium: pbf, osm, osm.gz, osm.bz2.
    deletions
        Whether it says of some object that it is deleted, as files of a history do.

    Raises
    ------
    FormatFault
        If it is damaged, holds a place outside the degrees of the earth, or is a history: several versions of
        one object, of which some are deleted or the header says so.
    SchemaFault
        If it holds no road.
    """
    given = osmium.io.File(str(place), form)
    ways, other = _Ways(), things.Things()
    try:
        if is_history(given, deletions=deletions):
            raise source.refuse("osm_history")
        _collect(given, ways, other, deletions=deletions)
        if not ways.ids:
            raise errors.SchemaFault(source.fault("no_roads"))
        ways, again = _once(source, given, ways)
        found = _Vertices(ways)
        found.look_up(given)
        parts, notes = things.tables(source, given, other)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise refused(source, error) from None
    return _roads(source, form, ways, found, parts, [*_deleted(source, ways), *again, *notes])


def is_history(given: Any, *, deletions: bool) -> bool:
    """Whether the header says that objects have several versions, or one follows another in the file."""
    with osmium.io.Reader(given, osmium.osm.NOTHING) as reader:
        if reader.header().has_multiple_object_versions:
            return True
    if not deletions:
        return False
    last: tuple[Any, int] | None = None
    for each in osmium.FileProcessor(given):
        this = type(each), each.id
        if this == last:
            return True
        last = this
    return False


def _deleted(source: Source, ways: _Ways) -> Iterable[errors.Finding]:
    n = len(ways.deleted)
    if n:
        yield source.finding(
            Severity.WARNING, "way_deleted", n_rows=n, feature=f"way/{ways.deleted[0]}", params={"n": n}
        )


def _once(source: Source, given: Any, ways: _Ways) -> tuple[_Ways, list[errors.Finding]]:
    """The ways, of those with one id the newest and of several such the first, and a warning if there were any."""
    ids = np.array(ways.ids, dtype=np.int64)
    # a file in order, as nearly all are, is seen through at once
    if (ids[1:] > ids[:-1]).all():
        return ways, []
    distinct, count = np.unique(ids, return_counts=True)
    several = set(distinct[count > 1].tolist())
    if not several:
        return ways, []
    at = np.flatnonzero(np.isin(ids, list(several)))
    order = at[np.lexsort((at, -_versions(given, several), ids[at]))]
    again = order[1:][ids[order][1:] == ids[order][:-1]]
    keep = np.ones(len(ids), dtype=bool)
    keep[again] = False
    n, first = len(again), int(ids[again.min()])
    note = source.finding(Severity.WARNING, "way_repeated", n_rows=n, feature=f"way/{first}", params={"n": n})
    return _chosen(ways, keep), [note]


def _versions(given: Any, ids: set[int]) -> Array:
    """Version of each road with one of these ids, in the order of the file."""
    scratch, objects = _Ways(), cast("Iterable[Way]", osmium.FileProcessor(given, osmium.osm.WAY))
    found = [each.version for each in objects if each.id in ids and not each.deleted and _road(each, scratch)]
    return np.array(found, dtype=np.int64)


def _chosen(ways: _Ways, keep: Array) -> _Ways:
    """Some of the ways."""
    new, sizes = np.cumsum(keep) - 1, np.array(ways.sizes, dtype=np.int64)
    vertices = np.repeat(keep, sizes)
    tags = []
    for key, book, at, codes in ways.tags:
        way = np.array(at, dtype=np.int64)
        held = keep[way]
        kept = np.array(codes, dtype=np.int32)[held]
        tags.append((key, book, array("q", new[way[held]].tobytes()), array("i", kept.tobytes())))
    xy = np.frombuffer(ways.places, dtype=np.float64).reshape(-1, 2)[vertices]
    return replace(
        ways,
        ids=array("q", np.array(ways.ids, dtype=np.int64)[keep].tobytes()),
        sizes=array("q", sizes[keep].tobytes()),
        refs=array("q", np.array(ways.refs, dtype=np.int64)[vertices].tobytes()),
        places=bytearray(xy.tobytes()),
        tags=tags,
    )


def refused(source: Source, error: Exception) -> errors.FormatFault:
    """The error for what osmium says of a file."""
    text = str(error)
    line = re.search(r"at line (\d+)", text)
    at = int(line[1]) if line else None
    if "entities are not supported" in text:
        return source.refuse("dtd")
    if re.search(r"EOF|unclosed|no element found|read close failed|read failed: Input|end of file", text):
        return source.refuse("truncated_line", line=at) if at else source.refuse("truncated")
    return source.refuse("damaged", line=at, params={"kind": f"OSM ({errors.shorten(text)})"})


def _collect(given: Any, ways: _Ways, other: things.Things, *, deletions: bool) -> None:
    """One pass over the file."""
    roads = [("highway", word) for word in sorted(ROADS)]
    filters = (
        (osmium.osm.NODE, osmium.filter.KeyFilter("barrier", *things.NODE_KEYS)),
        (osmium.osm.WAY, osmium.filter.TagFilter(FERRY, *roads, *things.TAGS)),
        (osmium.osm.RELATION, osmium.filter.TagFilter(*things.TAGS)),
    )
    bits = osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION
    objects: Any = osmium.FileProcessor(given, bits).with_locations()
    for kinds, chosen in filters:
        chosen.enable_for(kinds)
        objects.with_filter(chosen)
    line = osmium.geom.WKBFactory().create_linestring
    every = osmium.geom.use_nodes.ALL
    for each in objects:
        kind = type(each)
        if deletions and each.deleted:
            if kind is osmium.osm.Way and each.tags.get("highway") in ROADS:
                ways.deleted.append(each.id)
        elif kind is osmium.osm.Way:
            if not _road(each, ways):
                other.way(each)
                continue
            try:
                ways.places += bytes.fromhex(line(each, every)[_HEX_HEAD:])
            except (RuntimeError, osmium.InvalidLocationError):
                ways.places += _slowly(each)
        elif kind is osmium.osm.Node:
            _barrier(each, ways)
            other.node(each)
        else:
            other.relation(each)


def _road(way: Way, ways: _Ways) -> bool:
    """Take down id, nodes and tags of a way; False if it is no road."""
    tags = way.tags
    get = tags.get
    if get("highway") not in ROADS and get("route") != "ferry":
        return False
    # a square that cars may cross is no line to follow
    if get("area") == "yes":
        return False
    number, left = len(ways.ids), len(tags)
    for key, book, at, codes in ways.tags:
        value = get(key)
        if value is not None:
            at.append(number)
            codes.append(book.setdefault(value, len(book)))
            left -= 1
            if not left:
                break
    nodes = way.nodes
    size = len(nodes)
    ways.ids.append(way.id)
    ways.sizes.append(size)
    ways.refs.extend([nodes[i].ref for i in range(size)])
    return True


def _slowly(way: Way) -> bytes:
    """Coordinates of a way that WKB cannot hold: NaN where a place is unknown, one or no vertex at all."""
    spots = [ref.location for ref in way.nodes]
    known = ((spot.x / 1e7, spot.y / 1e7) if _stated(spot) else (np.nan, np.nan) for spot in spots)
    return np.array(list(known), dtype=np.float64).tobytes()


def _stated(spot: Any) -> bool:
    """Whether a location was read at all, be it outside the degrees of the earth."""
    return bool(spot.valid() or spot.x != 2**31 - 1 or spot.y != 2**31 - 1)


def _barrier(node: Node, ways: _Ways) -> None:
    get = node.tags.get
    if get("barrier") is not None:
        ways.barriers.append((node.id, [get(key) for key in NODE_KEYS]))


class _Vertices:
    """Nodes of the ways, each once, and the place of each vertex among them."""

    def __init__(self, ways: _Ways) -> None:
        refs = np.frombuffer(ways.refs, dtype=np.int64)
        self.way_sizes = np.frombuffer(ways.sizes, dtype=np.int64)
        self.ids, first, self.at = np.unique(refs, return_index=True, return_inverse=True)
        xy = np.frombuffer(ways.places, dtype=np.float64).reshape(-1, 2)
        self.lon, self.lat = xy[first, 0].copy(), xy[first, 1].copy()

    def look_up(self, given: Any) -> None:
        """Places of nodes that stand in the file after the ways, or have negative ids (an editor's own)."""
        missing = np.isnan(self.lon)
        if not missing.any():
            return
        wanted = {int(each): i for each, i in zip(self.ids[missing], np.flatnonzero(missing), strict=True)}
        nodes: Any = osmium.FileProcessor(given, osmium.osm.NODE)
        # in a file that stands in order with positive ids the first pass has met all there are
        if nodes.header.get("sorting") == "Type_then_ID" and min(wanted) > 0:
            return
        for node in nodes:
            i = wanted.get(node.id)
            if i is not None and _stated(node.location):
                self.lon[i], self.lat[i] = node.location.x / 1e7, node.location.y / 1e7

    def outside(self) -> Array:
        """Positions of nodes that are nowhere on the earth."""
        found: Array = np.flatnonzero((np.abs(self.lon) > 180) | (np.abs(self.lat) > 90))
        return found


def _roads(
    source: Source,
    form: str,
    ways: _Ways,
    found: _Vertices,
    parts: things.Tables,
    notes: list[errors.Finding],
) -> RawRoads:
    outside = found.outside()
    if len(outside):
        faults = (
            source.fault(
                "road_outside",
                feature=f"node/{found.ids[i]}",
                value=f"{found.lon[i]:.7f}, {found.lat[i]:.7f}",
            )
            for i in outside[:MAX_FAULTS]
        )
        raise errors.FormatFault(*faults)
    held = ~np.isnan(found.lon)
    position = np.where(held, np.cumsum(held) - 1, -1).astype(np.int32)
    start = np.concatenate([[0], np.cumsum(found.way_sizes)])
    nodes = position[found.at]
    way_id = np.array(ways.ids, dtype=np.int64)
    lost = list(_lost(source, way_id, start, nodes, found.ids[found.at]))
    node_id = found.ids[held]
    return RawRoads(
        source.file,
        "pbf" if form == "pbf" else "osm",
        node_id,
        found.lon[held],
        found.lat[held],
        way_id,
        start,
        nodes,
        _words(ways),
        _node_tags(ways.barriers, node_id),
        datum=Datum.WGS84,
        parts=parts,
        findings=(*lost, *notes),
    )


def _lost(source: Source, way_id: Array, start: Array, nodes: Array, refs: Array) -> Iterable[errors.Finding]:
    """A warning for each way over nodes that the file does not hold."""
    gone = np.flatnonzero(nodes < 0)
    owner = np.searchsorted(start, gone, side="right") - 1
    cuts = np.flatnonzero(np.diff(owner)) + 1
    for at, way in zip(np.split(gone, cuts), owner[np.r_[0, cuts]] if len(gone) else (), strict=False):
        listed = ", ".join(map(str, dict.fromkeys(refs[at[:5]].tolist())))
        yield source.finding(
            Severity.WARNING,
            "way_node_missing",
            n_rows=1,
            feature=f"way/{way_id[way]}",
            value=f"node/{listed}",
            params={"count": len(at)},
        )


def _words(ways: _Ways) -> dict[str, Words]:
    tags = {}
    for key, book, at, codes in ways.tags:
        if book:
            dense = np.full(len(ways.ids), -1, dtype=np.int32)
            dense[np.frombuffer(at, dtype=np.int64)] = np.frombuffer(codes, dtype=np.int32)
            tags[key] = Words(dense, tuple(book))
    return tags


def _node_tags(
    barriers: list[tuple[int, list[str | None]]], node_id: Array
) -> dict[str, tuple[Array, tuple[str, ...]]]:
    """Tags of barriers that stand on a road."""
    ids = np.array([each for each, _ in barriers], dtype=np.int64)
    at = np.minimum(np.searchsorted(node_id, ids), len(node_id) - 1)
    on_road = np.flatnonzero(node_id[at] == ids)
    tags = {}
    for k, key in enumerate(NODE_KEYS):
        stated = [(int(at[i]), text) for i in on_road if (text := barriers[i][1][k]) is not None]
        if stated:
            spots, texts = zip(*sorted(stated), strict=True)
            tags[key] = np.array(spots, dtype=np.int32), texts
    return tags
