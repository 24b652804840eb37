"""What stands beside the roads of an OSM file: charging stations, service areas, places, boundaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chargegeo.sources.raw import RawTable, text_frame
from chargegeo.vocab import Datum, Severity

if TYPE_CHECKING:
    from osmium.osm import Node, Relation, Way

    from chargegeo import errors
    from chargegeo.sources.raw import Source

NODE_KEYS = ("amenity", "man_made", "highway", "place", "place:CN")
"""Keys of nodes that may be one of these things."""
TAGS = (
    ("amenity", "charging_station"),
    ("man_made", "charge_point"),
    ("highway", "services"),
    ("highway", "rest_area"),
    ("boundary", "administrative"),
)
"""Tags of ways and relations that are."""
PLACES = frozenset(
    {"city", "municipality", "borough", "suburb", "subdistrict", "town", "township", "village"}
)
LEVELS = frozenset({"4", "5", "6", "8"})
"""Provinces, prefectures, counties and townships in China."""
_RING = 4
_POWER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKmM]?)[wW]")
_WATTS = {"": 1.0, "k": 1e3, "m": 1e6}
Row = dict[str, str | None]


@dataclass
class Things:
    """What grows while a file is read: by table, the columns and the place of each thing."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    places: dict[str, list[Any]] = field(default_factory=dict)
    relations: dict[int, tuple[str, Row]] = field(default_factory=dict)
    members: set[int] = field(default_factory=set)

    def node(self, node: Node) -> None:
        """Take down a node, if it is one of them."""
        get = node.tags.get
        table = _table(get)
        if table is None and (get("place") in PLACES or get("place:CN") is not None):
            table = "seats"
        if table not in (None, "boundaries"):
            place = (node.location.x / 1e7, node.location.y / 1e7)
            self._add(table, _row(table, f"node/{node.id}", dict(node.tags)), place)

    def way(self, way: Way) -> None:
        """Take down a way that is one of them."""
        get = way.tags.get
        table = _table(get)
        # a stretch of a boundary is part of a relation; a ring of its own has a name
        if table is None or (table == "boundaries" and not (get("name") and way.is_closed())):
            return
        self._add(table, _row(table, f"way/{way.id}", dict(way.tags)), spots(way))

    def relation(self, relation: Relation) -> None:
        """Take down a relation; its outline is sought in a pass of its own."""
        table = _table(relation.tags.get)
        if table is not None:
            row = _row(table, f"relation/{relation.id}", dict(relation.tags))
            self.relations[relation.id] = table, row
            self.members.update(each.ref for each in relation.members if each.type == "w")

    def _add(self, table: str, row: Row, place: Any) -> None:
        self.rows.setdefault(table, []).append(row)
        self.places.setdefault(table, []).append(place)


def _table(get: Callable[[str], str | None]) -> str | None:
    """Table that tags belong to; None if to none."""
    if get("amenity") == "charging_station" or get("man_made") == "charge_point":
        return "stations"
    if get("highway") in ("services", "rest_area"):
        return "service_areas"
    if get("boundary") == "administrative" and get("admin_level") in LEVELS:
        return "boundaries"
    return None


# ---- columns


def _row(table: str, name: str, tags: Mapping[str, str]) -> Row:
    """Columns by names that the cleaner knows, where it knows one; all other tags that tell under their keys."""
    kept = {key: text for key, text in tags.items() if key in _KEPT[table] or key.startswith("ref:")}
    row: Row = {_ID[table]: name, **kept}
    if table == "stations":
        row |= _station(tags)
    return row


_ID = {"stations": "station_id", "service_areas": "id", "seats": "osm_id", "boundaries": "osm_id"}
_KEPT = {
    "stations": {"amenity", "man_made", "name", "operator", "brand", "network", "access", "capacity", "ref"},
    "service_areas": {"highway", "name", "ref", "operator", "brand", "access"},
    "seats": {"name", "place", "place:CN", "population", "ref", "code"},
    "boundaries": {"name", "admin_level", "type", "population", "ref", "code"},
}


def _station(tags: Mapping[str, str]) -> Row:
    """Bays, guns and highest power of a station as its tags state them."""
    counts = [text for key, text in tags.items() if re.fullmatch(r"socket:[^:]+", key)]
    outputs = [text for key, text in tags.items() if key.endswith(":output")]
    whole = counts and all(text.isascii() and text.isdigit() for text in counts)
    sockets = {key: text for key, text in tags.items() if key.startswith("socket:")}
    return {
        "n_bays": tags.get("capacity"),
        "n_guns": str(sum(map(int, counts))) if whole else None,
        "power_kw_max": _strongest(outputs),
        **sockets,
    }


def _strongest(outputs: Iterable[str]) -> str | None:
    """The output with the highest power, as written; one that has no unit of power only if none has."""
    texts = [part.strip() for text in outputs for part in text.split(";") if part.strip()]
    if not texts:
        return None
    return max(texts, key=_watts)


def _watts(text: str) -> float:
    found = _POWER.fullmatch(text)
    return float(found[1]) * _WATTS[found[2].lower()] if found else -1.0


# ---- places


class Tables(Mapping[str, RawTable]):
    """Raw tables by name, each made when it is first asked for: roads alone need no data frames."""

    def __init__(self, source: Source, rows: dict[str, list[Row]], shapes: dict[str, list[Any]]) -> None:
        self._source, self._rows, self._shapes = source, rows, shapes
        self._made: dict[str, RawTable] = {}

    def __getitem__(self, name: str) -> RawTable:
        if name not in self._made:
            self._made[name] = _raw(self._source, name, self._rows[name], self._shapes[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def tables(source: Source, given: Any, found: Things) -> tuple[Tables, list[errors.Finding]]:
    """Raw tables by name, and a warning for each outline that cannot be closed.

    Parameters
    ----------
    source
        The file, for messages.
    given
        The file in the words of osmium; read again only if there are relations to be drawn.
    found
        What one pass has taken down.
    """
    areas_of = areas(given, found.relations) if found.relations else {}
    for number, (table, row) in found.relations.items():
        found._add(table, row, areas_of.get(number))
    rows: dict[str, list[Row]] = {}
    shapes: dict[str, list[Any]] = {}
    notes = []
    for table, own in _ID.items():
        # a ring that a relation is drawn with is no second boundary
        inner = {f"way/{each}" for each in found.members} if table == "boundaries" else set()
        for row, place in zip(found.rows.get(table, []), found.places.get(table, []), strict=True):
            if row[own] in inner:
                continue
            drawn = shape(place, inside=table == "stations")
            rows.setdefault(table, []).append(row)
            shapes.setdefault(table, []).append(drawn)
            if drawn is None:
                notes.append(source.finding(Severity.WARNING, "outline_missing", n_rows=1, feature=row[own]))
    return Tables(source, rows, shapes), notes


def _raw(source: Source, table: str, rows: list[Row], shapes: list[Any]) -> RawTable:
    from chargegeo.sources.columns import WGS84, series

    names = dict.fromkeys(name for row in rows for name, text in row.items() if text is not None)
    frame = text_frame(names, ([row.get(name) for row in rows] for name in names), len(rows))
    return RawTable(frame, series(shapes, WGS84), WGS84, source.file, table, "osm", None, datum=Datum.WGS84)


def spots(way: Way) -> list[tuple[float, float]]:
    """Degrees of the nodes of a way; none at all if one of them is unknown."""
    found = [ref.location for ref in way.nodes]
    return [(spot.lon, spot.lat) for spot in found] if all(spot.valid() for spot in found) else []


def shape(place: Any, *, inside: bool) -> Any:
    """Point of a node, outline of a ring, a point on a line; None if a place in it is unknown."""
    import shapely

    if isinstance(place, tuple):
        return shapely.Point(place)
    if isinstance(place, list):
        closed = len(place) >= _RING and place[0] == place[-1]
        line = shapely.LineString(place) if len(place) > 1 else None
        place = shapely.Polygon(place) if closed else line and line.interpolate(0.5, normalized=True)
    if place is None or place.is_empty:
        return None
    return place.representative_point() if inside else place


def areas(given: Any, relations: Collection[int]) -> dict[int, Any]:
    """Outlines of relations by id, put together by osmium in a second pass over them and their ways."""
    import osmium
    import shapely

    draw = osmium.geom.WKBFactory().create_multipolygon
    seen = osmium.filter.EntityFilter(osmium.osm.AREA)
    chosen = osmium.filter.IdFilter(relations)
    chosen.enable_for(osmium.osm.RELATION)
    drawn: Any = osmium.FileProcessor(given).with_areas(chosen).with_filter(seen)
    found = {}
    for area in drawn:
        if not area.from_way() and area.orig_id() in relations:
            found[area.orig_id()] = shapely.from_wkb(draw(area))
    return found
