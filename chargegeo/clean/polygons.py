"""Units and counties from polygons: what a planner's boundary file becomes.

In come a raw table with shapes, a region and what the study states of the file; out come units by contract
with the state of each boundary, or county polygons to clip cells with. Overlaps and holes are told, never
mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.clean import attributes, outlines, topology
from chargegeo.clean.result import Cleaned, quarantine, repairs
from chargegeo.clean.shapes import km2, polygons_of
from chargegeo.errors import BoundaryFault, Fault, Finding
from chargegeo.vocab import Boundary, Datum, Severity, UnitKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable


def units(
    raw: RawTable,
    region: Region,
    *,
    kind: UnitKind | str = "township",
    mapping: Mapping[str, str] | None = None,
    consent: bool = False,
    synthetic: bool = False,
    datum: Datum | str | None = None,
) -> Cleaned:
    """Units from polygons.

    Parameters
    ----------
    raw
        Table with shapes. Several records of one code are parts of one unit (an exclave).
    region
        Gives bounds, projection and the list of divisions.
    kind
        What a unit is.
    mapping
        Column to header, before the lexicon.
    consent
        Whether a repair may change an enclosed area by more than 1 %.
    synthetic
        Whether the boundaries are made up.
    datum
        Stated datum, for a file without a coordinate reference or one whose degrees are GCJ-02 or BD-09.

    Returns
    -------
    ``table`` keeps contract ``units``, sorted by code. A record whose shape is null, empty, collapsed or no
    polygon is set aside, but its unit stays in the table with the boundary ``missing``, since it must still
    be counted: ``rows - len(quarantine)`` records gave the shapes of the table, and every code of the file is
    in it.

    Raises
    ------
    SchemaFault, CrsFault, BoundaryFault
        See :func:`chargegeo.clean.attributes.read` and :func:`chargegeo.clean.outlines.read`.
    """
    kind = attributes.unit_kind(kind)
    records = attributes.read(raw, region, table="units", kind=kind, mapping=mapping)
    shapes = outlines.read(raw, region, records.names(), datum=datum, consent=consent)
    joined, parts = _joined(records.frame, shapes, raw)
    seated, seats = _seats(joined, records, region, raw, datum)
    full, codes = attributes.complete(seated, region, kind=kind, file=raw.file)
    outlined, unit_codes = (full[name].to_numpy(dtype=object) for name in ("geometry", "unit_code"))
    there = full["geometry"].notna().to_numpy()
    misfits = topology.check(outlined[there], unit_codes[there], region, file=raw.file)
    findings = (*raw.findings, *records.findings, *shapes.findings, *parts, *seats, *codes, *misfits)
    return Cleaned(
        table=tabulated(full, region, kind=kind, synthetic=synthetic),
        piles=schema.empty("piles"),
        repairs=repairs(findings),
        quarantine=quarantine(raw, findings, {"unit_code": records.frame["unit_code"].tolist()}),
        findings=findings,
        rows=len(raw.frame),
    )


def counties(
    raw: RawTable,
    region: Region,
    *,
    datum: Datum | str | None = None,
    mapping: Mapping[str, str] | None = None,
    consent: bool = False,
) -> gpd.GeoDataFrame:
    """A planner's own county polygons, in the form of :func:`chargegeo.region.counties`.

    Parameters
    ----------
    raw
        Table with shapes and county codes.
    region
        Gives bounds, projection and names.
    datum
        Stated datum: stands in for a missing coordinate reference; GCJ-02 and BD-09 are converted.
    mapping
        Column to header, before the lexicon.
    consent
        Whether a repair may change an enclosed area by more than 1 %.

    Returns
    -------
    ``county_code``, ``county_name``, ``city_code``, ``city_name``, ``geometry`` (EPSG:4490), sorted by code.

    Raises
    ------
    SchemaFault, CrsFault, BoundaryFault
        As :func:`units`, and if any county has no polygon.
    """
    table = units(raw, region, kind=UnitKind.COUNTY, datum=datum, mapping=mapping, consent=consent).table
    void = table[table["boundary"] == Boundary.MISSING]
    if len(void):
        raise BoundaryFault(
            *(Fault("county_missing", file=raw.file, feature=code) for code in void["unit_code"])
        )
    named = table.assign(
        county_code=table["unit_code"],
        county_name=table["county_name"].where(table["county_name"].notna(), table["name"]),
    )
    return named[[*attributes.AREAS, "geometry"]]


def tabulated(full: pd.DataFrame, region: Region, *, kind: UnitKind, synthetic: bool) -> gpd.GeoDataFrame:
    """Contract ``units`` of completed units with ``geometry`` and ``boundary``, sorted by code."""
    area = km2(full["geometry"].to_numpy(dtype=object), region)
    table = full.assign(kind=str(kind), synthetic=synthetic, area_km2=area)
    table = table.sort_values("unit_code", ignore_index=True)
    return schema.check(schema.conform(table, "units"), "units")


def _joined(
    frame: pd.DataFrame, shapes: outlines.Outlines, raw: RawTable
) -> tuple[pd.DataFrame, list[Finding]]:
    """One row a code. Attributes are those of the largest part, ties in the order of the file."""
    import pandas as pd
    import shapely

    records = frame.assign(
        row=np.arange(len(frame)),
        geometry=pd.Series(list(shapes.shapes), index=frame.index, dtype="object"),
        repaired=shapes.repaired,
        usable=~shapely.is_missing(shapes.shapes),
        area=shapely.area(shapes.shapes),
    )
    records = records[records["unit_code"].notna()].sort_values(
        ["unit_code", "usable", "area", "row"], ascending=[True, False, False, True], kind="stable"
    )
    joined = records.drop_duplicates("unit_code").set_index("unit_code", drop=False)
    findings: list[Finding] = []
    usable = records[records["usable"]]
    several = usable[usable.duplicated("unit_code", keep=False)]
    for code, group in several.groupby("unit_code", sort=True):
        parts, found = _distinct(str(code), group.sort_values("row"), raw)
        findings += found
        joined.loc[code, "geometry"] = polygons_of(shapely.union_all(parts["geometry"].to_numpy()))
        joined.loc[code, "repaired"] = bool(parts["repaired"].any())
    state = np.where(joined["repaired"], Boundary.REPAIRED, Boundary.GIVEN)
    joined["boundary"] = np.where(joined["usable"], state, Boundary.MISSING)
    return joined.reset_index(drop=True), findings


def _distinct(code: str, group: pd.DataFrame, raw: RawTable) -> tuple[pd.DataFrame, list[Finding]]:
    """Records of one code that are not the same shape again; copies are set aside, parts are told."""
    import shapely

    form = [shape.wkb for shape in shapely.normalize(group["geometry"].to_numpy())]
    copy = group.assign(form=form).duplicated("form")
    parts = group[~copy]
    first = int(parts["row"].iloc[0])
    findings = [
        Finding(
            Severity.QUARANTINE,
            Fault("unit_duplicate", raw.file, row=int(row), feature=code, params={"first": first}),
        )
        for row in group.loc[copy, "row"]
    ]
    if len(parts) > 1:
        rows, names = (", ".join(dict.fromkeys(parts[name].astype("str"))) for name in ("row", "name"))
        place = Fault("unit_parts", raw.file, feature=code, value=rows, params={"rows": rows, "names": names})
        findings.append(Finding(Severity.WARNING, place, n_rows=len(parts)))
    return parts, findings


def _seats(
    joined: pd.DataFrame,
    records: attributes.Attributes,
    region: Region,
    raw: RawTable,
    datum: Datum | str | None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Seats in the datum of the boundaries; those outside the region become null, with one warning."""
    lon, lat = datums.to_wgs84(joined["seat_lon"], joined["seat_lat"], datum or Datum.CGCS2000)
    given = ~np.isnan(lon) & ~np.isnan(lat)
    right = given & in_bounds(lon, lat, region)
    findings = []
    if wrong := int((given & ~right).sum()):
        columns = ", ".join(records.headers[name] for name in ("seat_lon", "seat_lat"))
        place = Fault("seats_outside", raw.file, raw.sheet, column=columns, params={"n": wrong})
        findings.append(Finding(Severity.WARNING, place, n_rows=wrong))
    return joined.assign(
        seat_lon=np.where(right, lon, np.nan), seat_lat=np.where(right, lat, np.nan)
    ), findings


def in_bounds(lon: Any, lat: Any, region: Region) -> Any:
    """Whether points lie in the bounds of the region, the margin of boundaries included."""
    west, south, east, north = region.bounds
    margin = outlines.MARGIN_DEGREES
    return (lon >= west - margin) & (lon <= east + margin) & (lat >= south - margin) & (lat <= north + margin)
