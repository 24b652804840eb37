"""Units from seats: what a planner gets who has only the points where the township governments sit.

In come a raw table with longitude and latitude, their stated datum and county polygons; out come units by
contract whose boundaries are Voronoi cells of the seats, cut county by county and marked approximate. It
never guesses a datum, and a unit without a seat stays in the table without a boundary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.clean import attributes, lexicon
from chargegeo.clean.polygons import in_bounds, tabulated
from chargegeo.clean.result import Cleaned, fault, quarantine, repairs
from chargegeo.clean.shapes import polygons_of, to_degrees, to_plane
from chargegeo.errors import BoundaryFault, CrsFault, Fault, Finding, SchemaFault
from chargegeo.schema import STORAGE_CRS
from chargegeo.vocab import Boundary, Datum, Severity, UnitKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

    Shapes = NDArray[Any]

# codes and places that one message lists
LISTED = 50
# seats nearer than this are one point: no line can be drawn between them
SAME_POINT_M = 0.01
# a line this long is straight in degrees and in metres to within 2 cm
STRAIGHT_M = 1000.0


def units_from_seats(
    raw: RawTable,
    region: Region,
    *,
    datum: Datum | str | None,
    counties: gpd.GeoDataFrame,
    kind: UnitKind | str = "township",
    mapping: Mapping[str, str] | None = None,
) -> Cleaned:
    """Units from the points of their seats.

    Parameters
    ----------
    raw
        One record a unit: code, name, longitude, latitude.
    region
        Gives bounds, projection and the list of divisions.
    datum
        Stated datum of the seats.
    counties
        ``county_code``, ``county_name``, ``city_code``, ``city_name``, ``geometry`` (EPSG:4490), as from
        :func:`chargegeo.region.counties` or :func:`chargegeo.clean.counties`.
    kind
        What a unit is.
    mapping
        Column to header, before the lexicon.

    Returns
    -------
    ``table`` keeps contract ``units``. The cells of a county's seats partition its polygon: every place
    belongs to the nearest seat of its own county, in the region's equal-area projection. A record without a
    usable coordinate is set aside and its unit has the boundary ``missing``, as in
    :func:`chargegeo.clean.units`.

    Raises
    ------
    SchemaFault
        If there is no code, longitude or latitude, or the two look swapped.
    CrsFault
        If the datum is not one of the four words.
    BoundaryFault
        If no record has a usable seat.
    """
    if datum is None:
        raise CrsFault(Fault("datum_unstated", raw.file, raw.sheet, params={"known": ", ".join(Datum)}))
    kind, datum = attributes.unit_kind(kind), datums.parse(datum)
    records = attributes.read(raw, region, table="seats", kind=kind, mapping=mapping)
    placed, aside = _placed(records, raw, region, datum)
    single, copies = _single(placed, raw)
    full, codes = attributes.complete(single, region, kind=kind, file=raw.file)
    polygons = counties.to_crs(STORAGE_CRS).sort_values("county_code", ignore_index=True)
    assigned, moved = _assigned(full, polygons, region, raw)
    celled, cells = _cells(assigned, polygons, region, raw)
    findings = (*raw.findings, *records.findings, *aside, *copies, *codes, *moved, *cells)
    return Cleaned(
        table=tabulated(celled, region, kind=kind, synthetic=False),
        piles=schema.empty("piles"),
        repairs=repairs(findings),
        quarantine=quarantine(raw, findings, {"unit_code": records.frame["unit_code"].tolist()}),
        findings=findings,
        rows=len(raw.frame),
    )


def _placed(
    records: attributes.Attributes, raw: RawTable, region: Region, datum: Datum
) -> tuple[pd.DataFrame, list[Finding]]:
    """Records with ``seat_lon`` and ``seat_lat`` in CGCS2000; what has no usable place is set aside."""
    found = list(raw.frame.columns)
    if lacking := [name for name in ("lon", "lat") if name not in records.headers]:
        wanted = ", ".join(lexicon.label(name, "seats", found) for name in lacking)
        raise SchemaFault(
            Fault(
                "seat_columns",
                raw.file,
                raw.sheet,
                column=wanted,
                params={"columns": ", ".join(found) or "-"},
            )
        )
    frame, headers = records.frame, (records.headers["lon"], records.headers["lat"])
    lon, lat = datums.to_wgs84(frame["lon"], frame["lat"], datum)
    blank = np.isnan(lon) | np.isnan(lat)
    right = in_bounds(lon, lat, region)
    _not_swapped(lon, lat, blank | right, region, raw, headers)
    if not right.any():
        raise BoundaryFault(Fault("no_usable_seat", raw.file, raw.sheet, params={"n": len(frame)}))
    column = "; ".join(headers)
    findings = [
        Finding(
            Severity.QUARANTINE,
            fault(
                raw,
                "seat_missing" if blank[i] else "seat_outside",
                int(i),
                column,
                "; ".join(str(raw.frame[header].iloc[i] or "") for header in headers).strip("; ") or None,
                unit=frame["unit_code"].iloc[i],
            ),
        )
        for i in np.flatnonzero(~right & frame["unit_code"].notna().to_numpy())
    ]
    if datum in {Datum.GCJ02, Datum.BD09}:
        place = Fault("datum_converted", raw.file, raw.sheet, column=column, value=datum)
        findings.append(Finding(Severity.REPAIR, place, Datum.CGCS2000, int((~blank).sum())))
    return frame.assign(
        seat_lon=np.where(right, lon, np.nan), seat_lat=np.where(right, lat, np.nan)
    ), findings


def _not_swapped(
    lon: Any, lat: Any, settled: Any, region: Region, raw: RawTable, headers: tuple[str, str]
) -> None:
    swapped = in_bounds(lat, lon, region) & ~settled
    if swapped.any():
        params = {"n": int(swapped.sum()), "total": len(lon)}
        row = int(np.flatnonzero(swapped)[0])
        raise SchemaFault(
            fault(raw, "seats_swapped", row, "; ".join(headers), f"{lon[row]}, {lat[row]}", **params)
        )


def _single(frame: pd.DataFrame, raw: RawTable) -> tuple[pd.DataFrame, list[Finding]]:
    """One row a code: the first with a seat; further records of the code are set aside."""
    rows = frame[frame["unit_code"].notna()].assign(row=np.flatnonzero(frame["unit_code"].notna()))
    rows = rows.assign(lacks=rows["seat_lon"].isna()).sort_values(
        ["unit_code", "lacks", "seat_lon", "seat_lat", "name", "row"], kind="stable"
    )
    again = rows.duplicated("unit_code")
    first = rows.drop_duplicates("unit_code").set_index("unit_code")["row"]
    findings = [
        Finding(
            Severity.QUARANTINE,
            fault(raw, "unit_duplicate", int(row), None, code, first=int(first[code])),
        )
        for row, code, lacks in zip(rows["row"], rows["unit_code"], rows["lacks"], strict=True)
        if row != first[code] and not lacks
    ]
    return rows[~again].reset_index(drop=True), findings


def _assigned(
    units: pd.DataFrame, polygons: gpd.GeoDataFrame, region: Region, raw: RawTable
) -> tuple[pd.DataFrame, list[Finding]]:
    """Units with ``host``, position of the county polygon to cut their cell from, and ``seat`` in metres."""
    import pandas as pd
    import shapely

    there = units["seat_lon"].notna().to_numpy()
    degrees = np.full(len(units), None, dtype=object)
    degrees[there] = shapely.points(units.loc[there, ["seat_lon", "seat_lat"]].to_numpy())
    seats = to_plane(degrees, region)
    plane = to_plane(polygons.geometry.to_numpy(), region)
    own = pd.Index(polygons["county_code"]).get_indexer(units["county_code"])
    around = _around(seats, plane)
    host = np.where(there, np.where(own >= 0, own, around), -1)
    away = np.where((own >= 0) & there, shapely.distance(seats, plane[own]), 0.0)
    findings = [
        *_outside(units, away, raw),
        *_unassigned(units, polygons, there & (own < 0), around, raw),
    ]
    lost = (own < 0) & (host >= 0)
    taken = polygons.loc[np.maximum(host, 0), list(attributes.AREAS)].set_axis(units.index)
    named = {name: taken[name].where(lost, units[name]) for name in attributes.AREAS}
    known = polygons.loc[np.maximum(own, 0), list(attributes.AREAS)].set_axis(units.index)
    named = {name: col.where(col.notna() | (own < 0), known[name]) for name, col in named.items()}
    return units.assign(
        **named, host=host, seat=pd.Series(list(seats), index=units.index, dtype="object")
    ), findings


def _around(seats: Shapes, plane: Shapes) -> NDArray[np.intp]:
    """Position of the polygon around each seat, the first on a shared border, -1 if none."""
    import shapely

    found = np.full(len(seats), -1, dtype=np.intp)
    at, polygon = shapely.STRtree(plane).query(seats, predicate="intersects")
    order = np.lexsort((-polygon, at))
    found[at[order]] = polygon[order]
    return found


def _outside(units: pd.DataFrame, away: NDArray[np.float64], raw: RawTable) -> list[Finding]:
    rows = np.flatnonzero(away > 0)
    listed = [
        Finding(
            Severity.WARNING,
            fault(
                raw,
                "seat_outside_county",
                int(units["row"].iloc[i]),
                None,
                units["unit_code"].iloc[i],
                km=f"{away[i] / 1000:.3f}",
                county=units["county_code"].iloc[i],
                name=units["name"].iloc[i],
            ),
        )
        for i in rows[:LISTED]
    ]
    if len(rows) > LISTED:
        place = Fault("more_seats_outside_county", raw.file, raw.sheet, params={"n": len(rows) - LISTED})
        listed.append(Finding(Severity.WARNING, place, n_rows=len(rows) - LISTED))
    return listed


def _unassigned(
    units: pd.DataFrame,
    polygons: gpd.GeoDataFrame,
    lost: NDArray[np.bool_],
    around: NDArray[np.intp],
    raw: RawTable,
) -> list[Finding]:
    """Units whose county has no polygon: cut from the county around the seat, or without a boundary."""
    findings = []
    codes, hosts = units["unit_code"], polygons["county_code"]
    for code, rows in (
        ("seat_county_taken", lost & (around >= 0)),
        ("seat_in_no_county", lost & (around < 0)),
    ):
        listed = [
            codes.iloc[i] + (f" ({hosts[around[i]]})" if around[i] >= 0 else "")
            for i in np.flatnonzero(rows)[:LISTED]
        ]
        if listed:
            n = int(rows.sum())
            place = Fault(code, raw.file, raw.sheet, params={"n": n, "codes": ", ".join(listed)})
            findings.append(Finding(Severity.WARNING, place, n_rows=n))
    return findings


def _cells(
    units: pd.DataFrame, polygons: gpd.GeoDataFrame, region: Region, raw: RawTable
) -> tuple[pd.DataFrame, list[Finding]]:
    """Units with their cells as ``geometry``, and warnings about what is not covered."""
    import pandas as pd
    import shapely

    borders = polygons.geometry.to_numpy()
    ordered = units.sort_values("unit_code", kind="stable")
    hosted = ordered[ordered["host"] >= 0]
    places = np.round(shapely.get_coordinates(hosted["seat"].to_numpy()) / SAME_POINT_M)
    same = pd.DataFrame({"host": hosted["host"], "x": places[:, 0], "y": places[:, 1]}).duplicated()
    shapes = np.full(len(units), None, dtype=object)
    # counties are at most some hundred; within one all cells are made and cut at once
    for host in np.unique(hosted["host"]):
        group = hosted[~same & (hosted["host"] == host)]
        shapes[units.index.get_indexer(group.index)] = cut(
            group["seat"].to_numpy(dtype=object), borders[host], region
        )
    there = ~shapely.is_missing(shapes)
    state = np.where(there, Boundary.APPROXIMATE, Boundary.MISSING)
    void = hosted.loc[~same & ~there[units.index.get_indexer(hosted.index)], "unit_code"]
    findings = [
        *_summary("seats_coincide", hosted.loc[same, "unit_code"], raw),
        *_summary("seat_cell_empty", void, raw),
        *_summary("counties_without_seat", polygons["county_code"].drop(hosted["host"].unique()), raw),
        *_summary("cells_too_large", _short(units, there), raw),
    ]
    return units.assign(geometry=pd.Series(shapes, index=units.index), boundary=state), findings


def _short(units: pd.DataFrame, there: NDArray[np.bool_]) -> pd.Series:
    """Counties in which some unit has no cell, so that its neighbours' cells hold its land too."""
    lacking, having = units.loc[~there, "county_code"].dropna(), units.loc[there, "county_code"]
    return lacking[lacking.isin(having)].drop_duplicates().sort_values()


def _summary(code: str, codes: pd.Series, raw: RawTable) -> list[Finding]:
    """One warning for all codes, of which some are listed."""
    if codes.empty:
        return []
    listed = ", ".join(sorted(codes)[:LISTED]) + (" \u2026" if len(codes) > LISTED else "")
    place = Fault(code, raw.file, raw.sheet, params={"n": len(codes), "codes": listed})
    return [Finding(Severity.WARNING, place, n_rows=len(codes))]


def cut(seats: Shapes, county: Any, region: Region) -> Shapes:
    """Voronoi cells of seats, cut to one county.

    The cells are made in the region's projection, where distances are right, and cut in degrees, where the
    county's border is straight: so neighbouring counties still meet.

    Parameters
    ----------
    seats
        Distinct points in metres.
    county
        Valid polygon in EPSG:4490.

    Returns
    -------
    A polygon in EPSG:4490 a seat, in order, None where nothing of the county is nearest to it; together they
    are the county.
    """
    import shapely

    if len(seats) == 1:
        cells = np.array([county], dtype=object)
    else:
        west, south, east, north = shapely.bounds(to_plane(np.array([county], dtype=object), region)[0])
        frame = shapely.box(west - STRAIGHT_M, south - STRAIGHT_M, east + STRAIGHT_M, north + STRAIGHT_M)
        whole = shapely.voronoi_polygons(shapely.multipoints(seats), extend_to=frame, ordered=True)
        # outer cells reach far beyond the county: framed first, or their lines would get thousands of points
        framed = shapely.intersection(shapely.get_parts(whole), frame)
        lined = to_degrees(shapely.segmentize(framed, STRAIGHT_M), region)
        cells = shapely.intersection(lined, county)
    shapes = np.empty(len(cells), dtype=object)
    shapes[:] = [polygons_of(cell) for cell in cells]
    return shapes
