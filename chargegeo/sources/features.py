"""GeoJSON, also one feature a line; other JSON goes to the exchange formats, if it is one of them."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chargegeo import errors
from chargegeo.sources import exchange, jsontext
from chargegeo.sources.columns import WGS84, crs_name, series
from chargegeo.sources.jsontext import Doubled, walk
from chargegeo.sources.raw import MAX_FAULTS, RawTable, Source, text_frame
from chargegeo.sources.text import decode
from chargegeo.vocab import Severity

GEOMETRIES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """Features in file order; properties become columns, a nested one JSON text."""
    text, encoding = decode(source)
    with jsontext.many_objects():
        documents = jsontext.parse(source, text)
        stations = exchange.read(source, documents)
    if stations is not None:
        notes = jsontext.encoding_finding(source, encoding, len(stations.frame))
        return replace(stations, findings=(*notes, *stations.findings))
    top, features = _features(source, documents.values)
    _check(source, features)
    _check_numbers(source, features)
    crs = _crs(source, top)
    geometry = _shapes(source, [feature.get("geometry") for feature in features], crs)
    columns = _columns(features)
    findings = [*_doubled(source, features), *_mixed(source, columns)]
    findings[:0] = jsontext.encoding_finding(source, encoding, len(features))
    frame = text_frame(
        columns, ([jsontext.text(value) for value in column] for column in columns.values()), len(features)
    )
    return RawTable(frame, geometry, crs, source.file, None, "geojson", None, tuple(findings))


def _features(source: Source, documents: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """The object at the top and the features; a file of one feature a line has no such object."""
    if not documents:
        raise source.refuse("no_rows")
    if len(documents) > 1 and isinstance(documents[0], dict) and documents[0].get("type") == "Feature":
        return {}, documents
    top = documents[0]
    stated = top.get("type") if isinstance(top, dict) else None
    kind = stated if isinstance(stated, str) else None
    if kind == "FeatureCollection" and isinstance(top.get("features"), list):
        return top, top["features"]
    if kind == "Feature":
        return top, [top]
    raise source.refuse("only_geometry" if kind in GEOMETRIES else "not_geojson", value=kind)


def _check(source: Source, features: list[Any]) -> None:
    """Refuse what is no feature, and a file without any."""
    if not features:
        raise source.refuse("no_rows")
    faults = [
        source.fault("bad_feature", feature=i) for i, each in enumerate(features) if not _is_feature(each)
    ]
    if faults:
        raise errors.FormatFault(*faults[:MAX_FAULTS])


def _is_feature(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and each.get("type") == "Feature"
        and isinstance(each.get("properties") or {}, dict)
        and (each.get("geometry") is None or isinstance(each["geometry"], dict))
    )


def _check_numbers(source: Source, features: list[Any]) -> None:
    """Refuse NaN and Infinity, also as a number too large to hold."""
    # json.dumps knows the same in C, so the slow walk is only for files that have one
    try:
        json.dumps(features, allow_nan=False)
    except ValueError:
        faults = [
            source.fault("json_nan", feature=i, value=next(bad))
            for i, feature in enumerate(features)
            for bad in [(v for v in walk(feature) if isinstance(v, float) and not math.isfinite(v))]
            if any(isinstance(v, float) and not math.isfinite(v) for v in walk(feature))
        ]
        raise errors.FormatFault(*faults[:MAX_FAULTS]) from None


def _crs(source: Source, top: dict[str, Any]) -> str | None:
    """Reference by the ``crs`` member of 2008, still often written; WGS 84 without one (RFC 7946)."""
    from pyproj.exceptions import CRSError

    if "crs" not in top:
        return WGS84
    stated = top["crs"]
    if stated is None:
        return None
    properties = stated.get("properties") if isinstance(stated, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    try:
        if not isinstance(name, str):
            raise CRSError("no name")
        return crs_name(name)
    except (CRSError, UnicodeEncodeError):  # the second for half a surrogate pair
        raise errors.CrsFault(source.fault("unknown_crs", value=name or json.dumps(stated))) from None


def _shapes(source: Source, geometries: list[Any], crs: str | None) -> Any:
    import numpy as np
    import shapely

    texts = np.array([None if each is None else json.dumps(each) for each in geometries], dtype=object)
    try:
        shapes = shapely.from_geojson(texts)
    except shapely.errors.GEOSException:
        faults = [
            source.fault("bad_geometry", feature=i) for i, text in enumerate(texts) if not _readable(text)
        ]
        raise errors.FormatFault(*faults[:MAX_FAULTS]) from None
    return series(shapes, crs)


def _readable(text: str | None) -> bool:
    import shapely

    try:
        shapely.from_geojson(text)
    except shapely.errors.GEOSException:
        return False
    return True


def _columns(features: list[Any]) -> dict[str, list[Any]]:
    """Values of each property, in the order in which they first stand in the file."""
    properties = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys(name for each in properties for name in each)
    return {name: [each.get(name) for each in properties] for name in names}


def _doubled(source: Source, features: list[Any]) -> list[errors.Finding]:
    """A warning for each key that stands twice in one object: the last value counts."""
    return [
        source.finding(Severity.WARNING, "duplicate_key", feature=i, value=each.key, n_rows=1)
        for i, feature in enumerate(features)
        for each in _objects(feature)
        if isinstance(each, Doubled)
    ]


def _objects(feature: dict[str, Any]) -> Iterator[Any]:
    """The objects of a feature, without walking through its coordinates."""
    yield feature
    yield feature.get("geometry")
    yield from walk(feature.get("properties"))


def _mixed(source: Source, columns: dict[str, list[Any]]) -> list[errors.Finding]:
    """A finding for each property that is a number here and a text there: all became text."""
    findings = []
    for name, values in columns.items():
        numbers = sum(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
        texts = sum(isinstance(v, str) and bool(v.strip()) for v in values)
        if numbers and texts:
            findings.append(
                source.finding(
                    Severity.REPAIR,
                    "mixed_types",
                    column=name,
                    n_rows=numbers,
                    params={"numbers": numbers, "texts": texts},
                )
            )
    return findings
