"""GeoJSON, also one feature a line, by a strict reading of JSON: no NaN, no key twice, nothing cut off."""

import json
import math
from collections.abc import Iterator
from typing import Any

from chargegeo import errors
from chargegeo.sources.columns import WGS84, crs_name, series
from chargegeo.sources.raw import MAX_FAULTS, RawTable, Source, cell_text, text_frame
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


class _Doubled(dict[str, Any]):
    """A JSON object in which `key` stands twice."""

    key = ""


class _NotANumber(float):
    """A NaN or Infinity literal, which JSON does not have."""


def read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """Features in file order; properties become columns, a nested one JSON text."""
    text, encoding = decode(source)
    top, features = _parse(source, text)
    _check(source, features)
    _check_numbers(source, features)
    crs = _crs(source, top)
    geometry = _shapes(source, [feature.get("geometry") for feature in features], crs)
    columns = _columns(features)
    findings = [*_doubled(source, features), *_mixed(source, columns)]
    if encoding != "UTF-8":
        findings.insert(
            0,
            source.finding(Severity.REPAIR, "encoding", n_rows=len(features), params={"encoding": encoding}),
        )
    frame = text_frame(
        columns, ([_text(value) for value in column] for column in columns.values()), len(features)
    )
    return RawTable(frame, geometry, crs, source.file, None, "geojson", None, tuple(findings))


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object, parse_constant=_NotANumber)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = _Doubled(made)
    names = [name for name, _ in pairs]
    doubled.key = next(name for name in names if names.count(name) > 1)
    return doubled


def _parse(source: Source, text: str) -> tuple[dict[str, Any], list[Any]]:
    """The object at the top and the features; a file of one feature a line has no such object."""
    try:
        top = _loads(text)
    except json.JSONDecodeError as error:
        features = _sequence(source, text)
        if features is None:
            raise _broken(source, text, error) from None
        return {}, features
    kind = top.get("type") if isinstance(top, dict) else None
    if kind == "FeatureCollection" and isinstance(top.get("features"), list):
        return top, top["features"]
    if kind == "Feature":
        return top, [top]
    raise source.refuse("only_geometry" if kind in GEOMETRIES else "not_geojson", value=kind)


def _broken(source: Source, text: str, error: json.JSONDecodeError) -> errors.FormatFault:
    cut = (
        error.pos >= len(text.rstrip()) or text.rstrip()[-1:] not in ("}", "]") or "Unterminated" in error.msg
    )
    return source.refuse("truncated_line" if cut else "bad_json", line=error.lineno)


def _sequence(source: Source, text: str) -> list[Any] | None:
    """Features of a file with one a line; None if its first line is no feature of its own."""
    lines = [(n, line.strip("\x1e \t\r")) for n, line in enumerate(text.split("\n"), start=1)]
    lines = [(n, line) for n, line in lines if line]
    features = []
    for n, line in lines:
        try:
            features.append(_loads(line))
        except json.JSONDecodeError as error:
            if not features:
                return None
            raise _broken(source, line, error).__class__(
                source.fault("truncated_line" if n == lines[-1][0] else "bad_json", line=n)
            ) from None
        if not isinstance(features[0], dict) or features[0].get("type") != "Feature":
            return None
    return features


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


def _walk(value: Any) -> Iterator[Any]:
    """A value and all that is inside it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _walk(each)


def _check_numbers(source: Source, features: list[Any]) -> None:
    """Refuse NaN and Infinity, also as a number too large to hold."""
    # json.dumps knows the same in C, so the slow walk is only for files that have one
    try:
        json.dumps(features, allow_nan=False)
    except ValueError:
        faults = [
            source.fault("json_nan", feature=i, value=next(bad))
            for i, feature in enumerate(features)
            for bad in [(v for v in _walk(feature) if isinstance(v, float) and not math.isfinite(v))]
            if any(isinstance(v, float) and not math.isfinite(v) for v in _walk(feature))
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
    name = stated.get("properties", {}).get("name") if isinstance(stated, dict) else None
    try:
        if not isinstance(name, str):
            raise CRSError("no name")
        return crs_name(name)
    except CRSError:
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


def _text(value: Any) -> str | None:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return cell_text(value)


def _doubled(source: Source, features: list[Any]) -> list[errors.Finding]:
    """A warning for each key that stands twice in one object: the last value counts."""
    return [
        source.finding(Severity.WARNING, "duplicate_key", feature=i, value=each.key, n_rows=1)
        for i, feature in enumerate(features)
        for each in _objects(feature)
        if isinstance(each, _Doubled)
    ]


def _objects(feature: dict[str, Any]) -> Iterator[Any]:
    """The objects of a feature, without walking through its coordinates."""
    yield feature
    yield feature.get("geometry")
    yield from _walk(feature.get("properties"))


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
