"""Where stations are: degrees from cells or points, in one datum, inside the region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import datum as datums
from chargegeo.clean import lexicon
from chargegeo.clean.cells import NUMBER, Column, Reading, bad, numbers, texts, words
from chargegeo.clean.result import fault, issue_findings
from chargegeo.errors import CrsFault, Finding, SchemaFault
from chargegeo.schema import STORAGE_CRS
from chargegeo.vocab import Datum, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from pyproj import CRS

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Flags = np.ndarray[Any, np.dtype[np.bool_]]

_SIDES = ("east", "west", "north", "south")
_MARK = r"[\s\u00b0\u00ba'\u2032\u2019\u2018\u00b4`\"\u2033\u201d\u201c\u5ea6\u5206\u79d2]*"
_DMS = re.compile(
    rf"([+-]?[0-9]{{1,3}})(?:[\u00b0\u00ba\u5ea6]\s*|\s+)([0-9]{{1,2}}(?:\.[0-9]+)?)"
    rf"(?:['\u2032\u2019\u00b4\u5206]\s*|\s+|$)(?:([0-9]{{1,2}}(?:\.[0-9]+)?){_MARK})?"
)
_DEGREES = re.compile(rf"({NUMBER})\s*[\u00b0\u00ba\u5ea6]?")
# semi-major axis of WGS 84 and CGCS2000
_AXIS_M = 6378137.0
# a file with fewer rows outside is judged row by row
_MANY = 5


@dataclass(frozen=True)
class Positions:
    """Longitude and latitude in CGCS2000 degrees, NaN where none can be used, and what was found."""

    lon: Floats
    lat: Floats
    findings: tuple[Finding, ...]


def read(raw: RawTable, columns: Mapping[str, str], region: Region, datum: Datum | None) -> Positions:
    """Positions of all records.

    Raises
    ------
    CrsFault
        If the coordinate reference or the datum is not stated.
    SchemaFault
        If longitude and latitude look swapped, or most positions lie outside the region.
    """
    import numpy as np

    datum, noted = _of_format(raw, datum)
    if raw.geometry is not None:
        lon, lat, findings = _from_points(raw, raw.geometry)
        # a file's own reference is a statement; the option can still say that its numbers are shifted ones
        stated: Datum | None = datum or Datum.CGCS2000
    else:
        lon, lat, findings = _from_cells(raw, columns)
        stated = datum
    _refuse_swapped(raw, columns, region, lon, lat)
    zero = (lon == 0) | (lat == 0)
    for row in np.flatnonzero(zero):
        findings += at(raw, columns, "zero_coordinates", Severity.QUARANTINE, int(row), lon, lat)
    lon, lat = np.where(zero, np.nan, lon), np.where(zero, np.nan, lat)
    findings += _imprecise(raw, columns, region, lon, lat)
    lon, lat, converted = _one_datum(raw, columns, lon, lat, stated)
    return Positions(lon, lat, tuple(noted + findings + converted))


def _of_format(raw: RawTable, datum: Datum | None) -> tuple[Datum | None, list[Finding]]:
    """The datum stated, else the one that the format prescribes, and a warning that says so."""
    if raw.datum is None or datum == raw.datum:
        return datum, []
    if datum is None:
        taken = fault(raw, "datum_from_format", value=raw.datum)
        return datums.parse(raw.datum), [Finding(Severity.WARNING, taken, n_rows=len(raw.frame))]
    same = {Datum.WGS84, Datum.CGCS2000}
    if datum in same and raw.datum in same:
        return datum, []
    other = fault(raw, "datum_of_format", value=raw.datum, stated=datum.value)
    return datum, [Finding(Severity.WARNING, other, n_rows=len(raw.frame))]


def _from_points(raw: RawTable, found: gpd.GeoSeries) -> tuple[Floats, Floats, list[Finding]]:
    import geopandas as gpd
    import numpy as np
    import shapely

    if raw.crs is None:
        raise CrsFault(fault(raw, "crs_unstated"))
    shapes = _single(found.to_numpy())
    points = np.isin(shapely.get_type_id(shapes), [0]) & ~shapely.is_empty(shapes)
    none = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    findings = _points(raw, "not_a_point", ~points & ~none)
    crs = _crs(raw)
    geometry = gpd.GeoSeries(np.where(points, shapes, None), index=found.index, crs=found.crs)
    if not crs.is_geographic:
        geometry = geometry.set_crs(crs, allow_override=True).to_crs(STORAGE_CRS)
        moved = fault(raw, "crs_transformed", value=crs.name)
        findings.append(Finding(Severity.REPAIR, moved, STORAGE_CRS, int(points.sum())))
    if crs.ellipsoid is None or crs.ellipsoid.semi_major_metre != _AXIS_M:
        # PROJ has no published shift from Beijing 1954 or Xi'an 1980: degrees stay as they are
        findings.append(Finding(Severity.WARNING, fault(raw, "crs_old_points", value=crs.name)))
    xy = geometry.to_numpy()
    lon, lat = shapely.get_x(xy), shapely.get_y(xy)
    broken = ~(np.isfinite(lon) & np.isfinite(lat))
    findings += _points(raw, "no_coordinates", broken & (points | none))
    return np.where(broken, np.nan, lon), np.where(broken, np.nan, lat), findings


def _single(shapes: Any) -> Any:
    """Collections of one point as that point: many programs save points so."""
    import numpy as np
    import shapely

    alone = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    return np.where(alone, shapely.get_geometry(shapes, 0), shapes)


def _crs(raw: RawTable) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(raw.crs)
    except CRSError:
        raise CrsFault(fault(raw, "crs_unknown", value=raw.crs)) from None
    if not (crs.is_geographic or crs.is_projected):
        raise CrsFault(fault(raw, "crs_unknown", value=crs.name))
    return crs


def _from_cells(raw: RawTable, columns: Mapping[str, str]) -> tuple[Floats, Floats, list[Finding]]:
    import numpy as np

    sheet = raw.positions is not None
    read = {axis: degrees(texts(raw.frame[columns[axis]]), axis, worksheet=sheet) for axis in ("lon", "lat")}
    findings: list[Finding] = []
    for axis, column in read.items():
        kept = tuple(issue for issue in column.issues if issue.code != "missing_word")
        findings += issue_findings(raw, columns[axis], kept)
    refused = [f.fault.row for f in findings if f.severity is Severity.QUARANTINE and f.fault.row is not None]
    lon, lat = (read[axis].values.to_numpy(dtype="float64") for axis in ("lon", "lat"))
    for axis, values in (("lon", lon), ("lat", lat)):
        none = np.isnan(values) & ~np.isin(np.arange(len(values)), refused)
        found = raw.frame[columns[axis]]
        findings += [
            Finding(
                Severity.QUARANTINE, fault(raw, "no_coordinates", int(row), columns[axis], found.iloc[row])
            )
            for row in np.flatnonzero(none)
        ]
    broken = np.isnan(lon) | np.isnan(lat)
    return np.where(broken, np.nan, lon), np.where(broken, np.nan, lat), findings


def degrees(found: pd.Series, axis: str, *, worksheet: bool = False) -> Column:
    """A column of degrees: decimal, or degrees, minutes and seconds in any usual writing.

    ``113.20.11`` and ``113,0682`` can be read in two ways and set the record aside.
    """

    def check(value: float) -> Reading:
        return Reading(value) if -180 <= value <= 180 else bad("coordinate_range")

    return numbers(
        found, worksheet=worksheet, check=check, odd=lambda text: _degrees(text, axis), low=-180, high=180
    )


def _degrees(text: str, axis: str) -> Reading | None:
    side, bare = _side(text)
    if side is not None and (side in {"east", "west"}) != (axis == "lon"):
        return bad("coordinate_side")
    sign = -1.0 if side in {"west", "south"} else 1.0
    if match := _DEGREES.fullmatch(bare):
        value = float(match[1]) * sign
        return Reading(value, "coordinate_text") if abs(value) <= 180 else bad("coordinate_range")
    match = _DMS.fullmatch(bare)
    if match is None:
        return bad("coordinate_ambiguous") if re.search("[0-9]", bare) else None
    whole, minutes, seconds = float(match[1]), float(match[2]), float(match[3] or 0)
    if minutes >= 60 or seconds >= 60 or (match[3] and minutes != int(minutes)) or abs(whole) > 180:
        return bad("coordinate_ambiguous")
    size = abs(whole) + minutes / 60 + seconds / 3600
    return Reading(round(-size if match[1].startswith("-") else size * sign, 9), "coordinate_dms")


def _side(text: str) -> tuple[str | None, str]:
    """East, west, north or south, as a letter or word at either end, and the rest of the text."""
    plain = text.casefold().strip()
    for side in _SIDES:
        for word in lexicon.words(side):
            for bare in (plain.removesuffix(word), plain.removeprefix(word)):
                if bare != plain:
                    return side, bare.strip(" :")
    return None, plain


def _refuse_swapped(
    raw: RawTable, columns: Mapping[str, str], region: Region, lon: Floats, lat: Floats
) -> None:
    placed = int(((lon == lon) & (lon != 0)).sum())
    swapped = is_swapped(region, lon, lat)
    if placed and swapped.sum() * 2 > placed and (swapped.sum() >= _MANY or swapped.sum() == placed):
        names = {axis: columns.get(axis, axis) for axis in ("lon", "lat")}
        raise SchemaFault(
            fault(raw, "looks_swapped", None, ", ".join(names.values()), n=int(swapped.sum()), **names)
        )


def is_swapped(region: Region, lon: Floats, lat: Floats) -> Flags:
    """Positions that lie outside the region as they are and inside it the other way round."""
    return inside(region, lat, lon) & ~inside(region, lon, lat)


def inside(region: Region, lon: Floats, lat: Floats) -> Flags:
    """Positions within the bounds of the region; NaN is not."""
    west, south, east, north = region.bounds
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def at(
    raw: RawTable,
    columns: Mapping[str, str],
    code: str,
    severity: Severity,
    row: int,
    lon: Floats,
    lat: Floats,
    **params: object,
) -> list[Finding]:
    """Findings about the position of one record: one for each of its two columns, or one for a point."""
    value = f"{lon[row]:.10g}, {lat[row]:.10g}"
    names = [columns[axis] for axis in ("lon", "lat")] if raw.geometry is None else [None]
    return [Finding(severity, fault(raw, code, row, name, value, **params)) for name in names]


def _points(raw: RawTable, code: str, flags: Flags) -> list[Finding]:
    """Findings that set aside records whose shape is no usable point."""
    import numpy as np

    return [Finding(Severity.QUARANTINE, fault(raw, code, int(row))) for row in np.flatnonzero(flags)]


def _imprecise(
    raw: RawTable, columns: Mapping[str, str], region: Region, lon: Floats, lat: Floats
) -> list[Finding]:
    """Warnings for coordinates with too few decimals.

    One coordinate in ten ends in a zero that a spreadsheet drops, so a row is named when both have too few,
    or one has two fewer than the least.
    """
    import numpy as np

    least = region.limits.coordinate_decimals_min

    def few(values: Floats, decimals: int) -> Flags:
        return np.asarray(np.abs(values - np.round(values, decimals)) < 1e-9)

    both = few(lon, least - 1) & few(lat, least - 1)
    flags = both | few(lon, least - 2) | few(lat, least - 2)
    return [
        finding
        for row in np.flatnonzero(flags)
        for finding in at(raw, columns, "low_precision", Severity.WARNING, int(row), lon, lat, least=least)
    ]


def _one_datum(
    raw: RawTable, columns: Mapping[str, str], lon: Floats, lat: Floats, stated: Datum | None
) -> tuple[Floats, Floats, list[Finding]]:
    import numpy as np
    import pandas as pd

    findings: list[Finding] = []
    declared = pd.Series(None, index=raw.frame.index, dtype="object")
    if "datum" in columns:
        header = columns["datum"]
        column = words(texts(raw.frame[header]), "datum", worksheet=raw.positions is not None)
        declared = column.values
        unknown = [
            issue._replace(code="datum_unknown", severity=Severity.QUARANTINE)
            for issue in column.issues
            if issue.severity is Severity.WARNING
        ]
        findings += issue_findings(raw, header, tuple(unknown))
        declared = declared.where(~declared.index.isin([issue.row for issue in unknown]), "")
    if stated is None and declared.isna().any():
        raise CrsFault(fault(raw, "datum_unstated", known=", ".join(Datum)))
    each = declared.fillna(stated).to_numpy(dtype="object") if stated else declared.to_numpy(dtype="object")
    for datum in (Datum.GCJ02, Datum.BD09):
        rows = (each == datum) & ~np.isnan(lon)
        if rows.any():
            lon, lat = lon.copy(), lat.copy()
            lon[rows], lat[rows] = datums.to_wgs84(lon[rows], lat[rows], datum)
            found = fault(raw, "datum_converted", None, columns.get("datum"), datum.value)
            findings.append(Finding(Severity.REPAIR, found, Datum.CGCS2000.value, int(rows.sum())))
    return lon, lat, findings
