"""Places of an OSM file where people leave their cars: car parks, filling stations, sights, residential areas."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import osmium

from chargegeo import errors
from chargegeo.sources.raw import RawTable, Source, text_frame
from chargegeo.sources.ways import osm, things
from chargegeo.vocab import Datum, PlaceKind, Severity

if TYPE_CHECKING:
    from pathlib import Path

_TAGS = {
    PlaceKind.PARKING: {"amenity": {"parking"}},
    PlaceKind.SERVICE: {"amenity": {"fuel"}, "highway": {"services", "rest_area"}},
    PlaceKind.SCENIC: {"tourism": {"attraction", "theme_park", "museum", "viewpoint"}, "leisure": {"park"}},
    PlaceKind.RESIDENTIAL: {"landuse": {"residential"}},
}
"""For each kind the values of each key."""
SHUT = ("private", "no", "residents", "permit", "employees", "military")
"""Values of ``access`` of a car park that the public may not enter."""
COLUMNS = ("id", "name", "kind", "capacity")
Row = dict[str, str | None]
Tags = Callable[[str], str | None]


class _Places:
    """What grows while a file is read."""

    def __init__(self, kinds: Collection[PlaceKind]) -> None:
        # in the order of the closed list, so that the order asked for decides nothing
        self.kinds = [kind for kind in PlaceKind if kind in kinds]
        self.rows: list[Row] = []
        self.spots: list[Any] = []
        self.members: set[tuple[str, str]] = set()
        self.shut = 0

    def take(self, each: Any) -> None:
        """Take down an object, if it is one of the places."""
        get = each.tags.get
        kind = next((kind for kind in self.kinds if _is(kind, get)), None)
        if kind is None:
            return
        if kind is PlaceKind.PARKING and get("access") in SHUT:
            self.shut += 1
            return
        name = f"{each.type_str()}/{each.id}"
        self.rows.append(
            {
                "id": _LONG[name[0]] + name[1:],
                "name": get("name"),
                "kind": kind.value,
                "capacity": get("capacity"),
            }
        )
        self.spots.append(self._spot(each, kind))

    def _spot(self, each: Any, kind: PlaceKind) -> Any:
        """Place of a node, line of a way, number of a relation."""
        if each.is_node():
            return (each.location.x / 1e7, each.location.y / 1e7)
        if each.is_way():
            return things.spots(each)
        self.members |= {(kind, f"way/{member.ref}") for member in each.members if member.type == "w"}
        return each.id


_LONG = {"n": "node", "w": "way", "r": "relation"}


def _is(kind: PlaceKind, get: Tags) -> bool:
    """Whether tags make an object a place of a kind; a residential area has a name."""
    tagged = any(get(key) in values for key, values in _TAGS[kind].items())
    return tagged and (kind is not PlaceKind.RESIDENTIAL or get("name") is not None)


def read(
    source: Source, place: Path, form: str, kinds: Collection[PlaceKind | str], *, deletions: bool
) -> RawTable:
    """Places of an OSM file whose bytes have been checked; see :func:`chargegeo.sources.read_places`."""
    wrong = [word for word in kinds if word not in set(PlaceKind)]
    if wrong:
        known: dict[str, object] = {"known": ", ".join(PlaceKind)}
        raise errors.SchemaFault(*(source.fault("place_kind", value=word, params=known) for word in wrong))
    given, found = osmium.io.File(str(place), form), _Places([PlaceKind(word) for word in kinds])
    try:
        if osm.is_history(given, deletions=deletions):
            raise source.refuse("osm_history")
        _collect(given, found)
        numbers = {spot for spot in found.spots if isinstance(spot, int)}
        areas = things.areas(given, numbers) if numbers else {}
    except (RuntimeError, UnicodeDecodeError) as error:
        raise osm.refused(source, error) from None
    return _table(source, found, areas)


def _collect(given: Any, found: _Places) -> None:
    """One pass over the file."""
    tags = [
        (key, value)
        for kind in found.kinds
        for key, values in _TAGS[kind].items()
        for value in sorted(values)
    ]
    chosen = osmium.filter.TagFilter(*tags)
    objects: Any = osmium.FileProcessor(given).with_locations().with_filter(chosen)
    for each in objects:
        if not each.deleted:
            found.take(each)


def _table(source: Source, found: _Places, areas: dict[int, Any]) -> RawTable:
    from chargegeo.sources.columns import WGS84, series

    # the ring that draws a relation of the same kind is no second place
    kept = [i for i, row in enumerate(found.rows) if (row["kind"], row["id"]) not in found.members]
    if not kept:
        asked: dict[str, object] = {"kinds": ", ".join(found.kinds)}
        raise errors.SchemaFault(source.fault("no_places", params=asked))
    shapes = [
        things.shape(areas.get(spot) if isinstance(spot, int) else spot, inside=True)
        for spot in (found.spots[i] for i in kept)
    ]
    frame = text_frame(COLUMNS, ([found.rows[i][name] for i in kept] for name in COLUMNS), len(kept))
    notes = [
        source.finding(Severity.WARNING, "outline_missing", n_rows=1, row=at, feature=frame["id"].iloc[at])
        for at, shape in enumerate(shapes)
        if shape is None
    ]
    if found.shut:
        counted: dict[str, object] = {"n": found.shut, "words": ", ".join(SHUT)}
        notes.append(source.finding(Severity.WARNING, "places_private", n_rows=found.shut, params=counted))
    return RawTable(
        frame,
        series(shapes, WGS84),
        WGS84,
        source.file,
        "places",
        "osm",
        None,
        tuple(notes),
        datum=Datum.WGS84,
    )
