"""Polygons of a file: one coordinate reference, inside the region, valid; every change of a shape listed.

In come the shapes of a raw table, out come as many shapes in EPSG:4490, with what was repaired and what is
missing. It never moves a boundary to fit its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import datum as datums
from chargegeo.clean import mending
from chargegeo.clean.shapes import only, transformed
from chargegeo.errors import BoundaryFault, CrsFault, Fault, Finding, SchemaFault
from chargegeo.schema import STORAGE_CRS
from chargegeo.vocab import Datum, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

    Shapes = NDArray[Any]

# how far a boundary may reach beyond the bounds of the region: the bounds themselves are generalised
MARGIN_DEGREES = 0.5
# faults of one kind that are listed one by one
LISTED = 20

_COLLECTION = 7
_POLYGONAL = (3, 6)
_OWN_ELLIPSOID_M = 6378137.0


@dataclass(frozen=True)
class Outlines:
    """Shapes of the records of a file, in the file's order.

    Parameters
    ----------
    shapes
        Polygons in EPSG:4490; None where there is none.
    repaired
        True where the shape was changed.
    problem
        Fault code of a record without a usable shape, else empty.
    findings
        Repairs, rows set aside, warnings.
    """

    shapes: Shapes
    repaired: NDArray[np.bool_]
    problem: Shapes
    findings: tuple[Finding, ...]


def read(
    raw: RawTable,
    region: Region,
    names: Sequence[str],
    *,
    datum: Datum | str | None = None,
    consent: bool = False,
) -> Outlines:
    """Usable polygons of a raw table.

    Parameters
    ----------
    raw
        Table with shapes.
    region
        Gives the bounds and the equal-area projection.
    names
        What to call each record in a message: its code.
    datum
        Stated datum of longitudes and latitudes; it stands in for a missing coordinate reference.
    consent
        Whether a repair may change an enclosed area by more than
        :data:`chargegeo.clean.mending.CONSENT_SHARE`.

    Raises
    ------
    CrsFault
        If nothing says what the coordinates are.
    SchemaFault
        If longitude and latitude look swapped.
    BoundaryFault
        If there is no usable polygon, a coordinate is not finite or outside the region, or a repair needs
        consent.

    Notes
    -----
    Invalid shapes are repaired with GEOS ``make_valid``, method ``structure`` (rings are made valid, shells
    merged, holes cut out). What a repair changes is measured against the area that the rings enclose by the
    even-odd rule (method ``linework``), not against the signed area of the broken ring: that is zero for a
    bow-tie, which the repair nevertheless keeps as drawn. Loops that wind twice, overlapping parts and holes
    outside their shell do differ between the two, and ask for consent above 1 %.
    """
    import shapely

    given = np.asarray(
        raw.geometry if raw.geometry is not None else np.full(len(raw.frame), None), dtype=object
    )
    given = shapely.force_2d(given)
    problem = _unusable(given, raw)
    _finite(given, raw, names)
    located, findings = _located(given, raw, datum)
    _inside(only(located, problem == ""), raw, region, names)
    plain, reduced = mending.reduced(located, problem, raw, names)
    shapes, repairs = mending.repaired(plain, raw, region, names, consent=consent)
    changed = np.array([finding.fault.row for finding in (*reduced, *repairs)], dtype=int)
    repaired = np.isin(np.arange(len(shapes)), changed)
    problem = np.where((problem == "") & shapely.is_missing(shapes), "boundary_collapsed", problem)
    aside = tuple(
        Finding(Severity.QUARANTINE, Fault(str(problem[i]), file=raw.file, row=int(i), feature=names[int(i)]))
        for i in np.flatnonzero(problem != "")
    )
    return Outlines(shapes, repaired, problem, (*findings, *reduced, *repairs, *aside))


def _finite(shapes: Shapes, raw: RawTable, names: Sequence[str]) -> None:
    import shapely

    points, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.unique(owner[~np.isfinite(points).all(axis=1)])
    if len(bad):
        raise BoundaryFault(*_listed("boundary_not_finite", bad, raw, names))


def _listed(code: str, rows: NDArray[Any], raw: RawTable, names: Sequence[str], **params: Any) -> list[Fault]:
    """A fault a record, the rest as a number."""
    faults = [
        Fault(
            code,
            file=raw.file,
            row=int(i),
            feature=names[int(i)],
            params={name: value[i] for name, value in params.items()},
        )
        for i in rows[:LISTED]
    ]
    if len(rows) > LISTED:
        faults.append(Fault("more_boundaries", file=raw.file, params={"n": len(rows) - LISTED}))
    return faults


def _located(shapes: Shapes, raw: RawTable, datum: Datum | str | None) -> tuple[Shapes, list[Finding]]:
    """Shapes as longitude and latitude in EPSG:4490."""
    import shapely

    crs = _crs(raw)
    stated = datums.parse(datum) if datum is not None else None
    if stated is not None and (crs is None or crs.is_geographic):
        moved = shapely.transform(shapes, lambda x, y: datums.to_wgs84(x, y, stated), interleaved=False)
        return np.asarray(moved, dtype=object), _converted(stated, raw)
    if crs is None:
        raise CrsFault(Fault("crs_missing", file=raw.file))
    if stated in {Datum.GCJ02, Datum.BD09}:
        raise CrsFault(Fault("datum_projected", file=raw.file, value=stated, params={"crs": crs.name}))
    findings = []
    if crs.ellipsoid is None or crs.ellipsoid.semi_major_metre != _OWN_ELLIPSOID_M:
        # PROJ has no published shift from Beijing 1954 or Xi'an 1980: degrees stay as they are
        findings.append(Finding(Severity.WARNING, Fault("crs_old_datum", file=raw.file, value=crs.name)))
    return (shapes if crs.is_geographic else transformed(shapes, crs, STORAGE_CRS)), findings


def _converted(stated: Datum, raw: RawTable) -> list[Finding]:
    if stated not in {Datum.GCJ02, Datum.BD09}:
        return []
    fault = Fault("datum_converted", file=raw.file, value=stated)
    return [Finding(Severity.REPAIR, fault, new=Datum.CGCS2000, n_rows=len(raw.frame))]


def _crs(raw: RawTable) -> CRS | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if raw.crs is None:
        return None
    try:
        crs = CRS.from_user_input(raw.crs)
    except CRSError:
        raise CrsFault(Fault("crs_unknown", file=raw.file, value=raw.crs)) from None
    if not (crs.is_geographic or crs.is_projected):
        raise CrsFault(Fault("crs_unknown", file=raw.file, value=crs.name))
    return crs


def _unusable(shapes: Shapes, raw: RawTable) -> Shapes:
    """Fault code of each record without a polygon, else empty."""
    import shapely

    kinds = shapely.get_type_id(shapes)
    void = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    polygonal = np.isin(kinds, (*_POLYGONAL, _COLLECTION))
    problem = np.where(void, "boundary_missing", np.where(polygonal, "", "boundary_not_polygon")).astype(
        object
    )
    if (problem != "").all():
        found = sorted({shape.geom_type for shape in shapes if shape is not None})
        raise BoundaryFault(
            Fault(
                "no_usable_polygon",
                file=raw.file,
                params={"n": len(shapes), "found": ", ".join(found) or "-"},
            )
        )
    return problem


def _inside(shapes: Shapes, raw: RawTable, region: Region, names: Sequence[str]) -> None:
    """Refuse what cannot lie in the region; say so when the axes look swapped."""
    import shapely

    box = shapely.bounds(shapes)
    there = ~np.isnan(box[:, 0])
    outside = there & ~_within(box, region)
    swapped = outside & _within(box[:, [1, 0, 3, 2]], region)
    if swapped.any() and (swapped == there).all():
        raise SchemaFault(Fault("boundaries_swapped", file=raw.file, params={"n": int(swapped.sum())}))
    crossing = outside & ((np.abs(box[:, [0, 2]]) > 180).any(axis=1) | (box[:, 2] - box[:, 0] > 180))
    where = np.array([" ".join(f"{value:.4f}" for value in row) for row in box])
    expected = np.full(len(box), " ".join(f"{value:.2f}" for value in region.bounds))
    faults = [
        fault
        for code, chosen in (
            ("boundary_swapped", swapped),
            ("boundary_antimeridian", crossing),
            ("boundary_outside", outside & ~crossing & ~swapped),
        )
        for fault in _listed(code, np.flatnonzero(chosen), raw, names, bounds=where, expected=expected)
    ]
    if faults:
        raise (SchemaFault if swapped.any() else BoundaryFault)(*faults)


def _within(box: NDArray[np.float64], region: Region) -> NDArray[np.bool_]:
    """Boxes within the bounds and the margin, their middle within the bounds: the next zone lies 3 degrees off."""
    west, south, east, north = region.bounds
    low, high = np.array([west, south]), np.array([east, north])
    middle = (box[:, :2] + box[:, 2:]) / 2
    inside = (box[:, :2] >= low - MARGIN_DEGREES) & (box[:, 2:] <= high + MARGIN_DEGREES)
    return np.asarray((inside & (middle >= low) & (middle <= high)).all(axis=1))
