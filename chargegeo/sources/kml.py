"""KML: a record for each Placemark, always in WGS 84; no link is followed and no entity expanded."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from chargegeo import errors
from chargegeo.sources import archive, jsontext
from chargegeo.sources.columns import WGS84, series
from chargegeo.sources.raw import MAX_FAULTS, RawTable, Source, cell_text, text_frame
from chargegeo.sources.text import decode
from chargegeo.vocab import Severity

SHAPES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}
OTHER_SHAPES = {"Model", "Track", "MultiTrack"}
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_TUPLE = re.compile(rf"({_NUMBER}),({_NUMBER})(?:,{_NUMBER})?")
_COMMA = re.compile(r"\s*,\s*")
# expat: no element found, unclosed token, unclosed CDATA section
_CUT = {3, 5, 20}
_RING = 4
"""Positions of the smallest ring, the first one repeated at the end."""


def read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """Placemarks in file order: name, description and ExtendedData as columns; heights are left out."""
    text, encoding = decode(source)
    # what the declaration says of the encoding does not count, so nothing hides from the search
    archive.refuse_dtd(source, text.encode())
    root = _parse(source, text)
    places = [each for each in root.iter() if _tag(each) == "Placemark"]
    if not places:
        raise source.refuse("no_rows")
    cells, doubled = _cells(source, places)
    geometry = _geometry(source, places)
    findings = (
        *jsontext.encoding_finding(source, encoding, len(places)),
        *_links(source, root),
        *doubled,
        *_not_read(source, places),
    )
    names = dict.fromkeys(name for each in cells for name in each)
    frame = text_frame(names, ([cell_text(each.get(name)) for each in cells] for name in names), len(places))
    return RawTable(frame, geometry, WGS84, source.file, None, "kml", None, findings)


def _parse(source: Source, text: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        line = error.position[0]
        if error.code in _CUT:
            raise source.refuse("truncated_line", line=line) from None
        raise source.refuse("damaged", line=line, params={"kind": "XML"}) from None


def _tag(element: ElementTree.Element) -> str:
    """Name without its namespace: KML is written with four of them, and without."""
    return str(element.tag).rpartition("}")[2]


def _cells(source: Source, places: list[ElementTree.Element]) -> tuple[list[dict[str, str]], list[Any]]:
    """Named texts of each Placemark, and a warning for each name that stands twice in one."""
    pairs = [list(_extended(place)) for place in places]
    data = [dict(each) for each in pairs]
    taken = {name for each in data for name in each}
    found = []
    for place, extended in zip(places, data, strict=True):
        own = {
            (tag if tag not in taken else f"Placemark.{tag}"): child.text or ""
            for tag, child in ((_tag(child), child) for child in place)
            if tag in {"name", "description"}
        }
        found.append(own | extended)
    doubled = [
        source.finding(Severity.WARNING, "duplicate_key", feature=i, value=name, n_rows=1)
        for i, each in enumerate(pairs)
        if len(each) > len(data[i])
        for name in dict.fromkeys(name for name, _ in each)
        if sum(name == other for other, _ in each) > 1
    ]
    return found, doubled


def _extended(place: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Name and text of each Data and SimpleData; one without a name is not data."""
    for child in place:
        if _tag(child) != "ExtendedData":
            continue
        for each in child.iter():
            name = (each.get("name") or "").strip()
            if name and _tag(each) == "SimpleData":
                yield name, each.text or ""
            elif name and _tag(each) == "Data":
                yield name, next((inner.text or "" for inner in each if _tag(inner) == "value"), "")


def _geometry(source: Source, places: list[ElementTree.Element]) -> Any:
    shapes, faults = [], []
    for i, place in enumerate(places):
        try:
            found = [_shape(child) for child in place if _tag(child) in SHAPES]
        except ValueError as error:
            faults.append(source.fault("bad_coordinates", feature=i, value=str(error)))
            continue
        if len(found) > 1:
            faults.append(source.fault("bad_geometry", feature=i))
        shapes.append(found[0] if found else None)
    if faults:
        raise errors.FormatFault(*faults[:MAX_FAULTS])
    return series(shapes, WGS84)


def _shape(element: ElementTree.Element) -> Any:
    """A shape; ValueError with the text that is no list of coordinates."""
    import shapely

    tag = _tag(element)
    if tag == "MultiGeometry":
        return _collected([_shape(child) for child in element if _tag(child) in SHAPES])
    if tag == "Polygon":
        outer, inner = (_rings(element, side) for side in ("outerBoundaryIs", "innerBoundaryIs"))
        if len(outer) > 1 or (inner and not outer):
            raise ValueError("outerBoundaryIs")
        return shapely.Polygon(outer[0], inner) if outer else shapely.Polygon()
    points = _coordinates(element)
    if tag == "Point":
        if len(points) > 1:
            raise ValueError(str(points))
        return shapely.Point(points[0]) if points else shapely.Point()
    if len(points) == 1:
        raise ValueError(str(points))
    return shapely.LineString(points)


def _collected(shapes: list[Any]) -> Any:
    """Shapes of one kind as their Multi kind, others as a collection."""
    import shapely

    kinds = {shape.geom_type for shape in shapes}
    made = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    kind = kinds.pop() if len(kinds) == 1 else ""
    return made.get(kind, shapely.GeometryCollection)([shape for shape in shapes if not shape.is_empty])


def _rings(polygon: ElementTree.Element, side: str) -> list[list[tuple[float, float]]]:
    rings = [
        _coordinates(ring)
        for child in polygon
        if _tag(child) == side
        for ring in child
        if _tag(ring) == "LinearRing"
    ]
    for ring in rings:
        if len(ring) < _RING or ring[0] != ring[-1]:
            raise ValueError(str(ring))
    return rings


def _coordinates(element: ElementTree.Element) -> list[tuple[float, float]]:
    text = next((child.text or "" for child in element if _tag(child) == "coordinates"), "")
    points = []
    for each in _COMMA.sub(",", text.strip()).split():
        match = _TUPLE.fullmatch(each)
        if match is None:
            raise ValueError(each)
        points.append((float(match[1]), float(match[2])))
    return points


def _links(source: Source, root: ElementTree.Element) -> list[errors.Finding]:
    """A warning for each NetworkLink: what it leads to was not read."""
    links = [each for each in root.iter() if _tag(each) == "NetworkLink"]
    return [
        source.finding(
            Severity.WARNING,
            "network_link",
            n_rows=1,
            value=next((each.text for each in link.iter() if _tag(each) == "href"), None),
        )
        for link in links[:MAX_FAULTS]
    ]


def _not_read(source: Source, places: list[ElementTree.Element]) -> list[errors.Finding]:
    """A warning for each Placemark whose shape is a track or a model."""
    return [
        source.finding(Severity.WARNING, "kml_shape", feature=i, value=_tag(child), n_rows=1)
        for i, place in enumerate(places)
        for child in place
        if _tag(child) in OTHER_SHAPES
    ]
