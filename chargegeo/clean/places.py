"""Stated codes against places, positions outside the region, and stations at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo.clean.positions import Positions, at, inside, is_swapped
from chargegeo.clean.result import fault
from chargegeo.errors import Finding, SchemaFault
from chargegeo.schema import STORAGE_CRS
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

    Rows = np.ndarray[Any, np.dtype[np.int64]]

# a file with fewer rows outside is judged row by row
_MANY = 5
# no datum is this far from another, but the next projection zone is
_FAR_KM = 50
# places listed one by one; the summary counts all
_LISTED = 50
# more pairs than this many a station are not stations but one point given to many: listed by their first only
_PAIRS = 5


def outside(
    raw: RawTable,
    columns: Mapping[str, str],
    region: Region,
    found: Positions,
    codes: pd.Series,
    units: gpd.GeoDataFrame | None,
) -> list[Finding]:
    """Findings that set aside positions outside the region, with the distance to the coded unit where known.

    Raises
    ------
    SchemaFault
        If most positions lie outside: another region, or another reference than stated.
    """
    import numpy as np

    placed = ~np.isnan(found.lon)
    out = placed & ~inside(region, found.lon, found.lat)
    if out.sum() >= _MANY and out.sum() * 2 > placed.sum():
        west, south, east, north = (
            float(f(v[placed]))
            for f, v in ((np.min, found.lon), (np.min, found.lat), (np.max, found.lon), (np.max, found.lat))
        )
        spread = f"{west:.4f}, {south:.4f}, {east:.4f}, {north:.4f}"
        raise SchemaFault(
            fault(
                raw,
                "mostly_outside",
                None,
                columns.get("lon"),
                spread,
                n=int(out.sum()),
                total=int(placed.sum()),
                region=region.name,
                bounds=", ".join(f"{value:g}" for value in region.bounds),
            )
        )
    rows = np.flatnonzero(out)
    km = distances_km(region, found, codes, units, rows)
    swapped = is_swapped(region, found.lon, found.lat)
    coded = np.where(np.isnan(km), "outside_region", "outside_region_far")
    return [
        finding
        for row, code, distance in zip(rows, coded, km, strict=True)
        for finding in at(
            raw,
            columns,
            "swapped" if swapped[row] else str(code),
            Severity.QUARANTINE,
            int(row),
            found.lon,
            found.lat,
            region=region.name,
            stated=codes.iloc[row],
            km=f"{distance:.1f}",
        )
    ]


def distances_km(
    region: Region, found: Positions, codes: pd.Series, units: gpd.GeoDataFrame | None, rows: Rows
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Distance in km from positions to the unit of their stated code; NaN where the unit is not known."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    if units is None or not len(rows):
        return np.full(len(rows), np.nan)
    of = _index(units).get_indexer(pd.Index(codes.iloc[rows], dtype="object"))
    shapes = units.geometry.iloc[np.where(of >= 0, of, 0)].to_crs(region.crs_measure).to_numpy()
    points = gpd.GeoSeries.from_xy(found.lon[rows], found.lat[rows], crs=STORAGE_CRS).to_crs(
        region.crs_measure
    )
    # a latitude beyond the pole has no place on the plane
    plane = np.where(shapely.is_valid(points), points, None)
    return np.where(of >= 0, shapely.distance(plane, shapes) / 1000, np.nan)


def _index(units: gpd.GeoDataFrame) -> pd.Index[Any]:
    import pandas as pd

    index: pd.Index[Any] = pd.Index(units["unit_code"], dtype="object")
    return index


def mismatches(
    raw: RawTable, header: str, region: Region, found: Positions, codes: pd.Series, units: gpd.GeoDataFrame
) -> list[Finding]:
    """Warnings for stations that lie in another unit than the one of their stated code, or in none.

    Raises
    ------
    SchemaFault
        If most lie far from it: another projection zone than stated, or the codes of other stations.
    """
    import numpy as np
    import pandas as pd
    import shapely

    of = _index(units).get_indexer(pd.Index(codes, dtype="object"))
    rows = np.flatnonzero((of >= 0) & ~np.isnan(found.lon))
    if not len(rows):
        return []
    shapes = units.geometry.to_numpy()
    tree = shapely.STRtree(shapely.points(found.lon[rows], found.lat[rows]))
    unit, point = tree.query(shapes, predicate="intersects")
    right = np.zeros(len(rows), dtype=bool)
    right[point[of[rows[point]] == unit]] = True
    lies = np.full(len(rows), "", dtype="object")
    lies[point[::-1]] = units["unit_code"].to_numpy(dtype="object")[unit[::-1]]
    wrong = np.flatnonzero(~right & ~shapely.is_missing(shapes[of[rows]]))
    if not len(wrong):
        return []
    if len(rows) >= _MANY and len(wrong) * 2 > len(rows):
        _refuse_far(raw, header, distances_km(region, found, codes, units, rows[wrong]), len(rows))
    chosen = wrong[:_LISTED]
    km = distances_km(region, found, codes, units, rows[chosen])
    every = tuple(int(row) for row in rows[wrong])
    differ = fault(raw, "codes_places_differ", None, header, all_rows=every)
    summary = Finding(Severity.WARNING, differ, n_rows=len(wrong))
    return [summary] + [
        Finding(
            Severity.WARNING,
            fault(
                raw,
                "code_place_mismatch",
                int(rows[at_row]),
                header,
                codes.iloc[rows[at_row]],
                unit=lies[at_row],
                km=f"{distance:.1f}",
            ),
        )
        for at_row, distance in zip(chosen, km, strict=True)
    ]


def _refuse_far(raw: RawTable, header: str, km: np.ndarray[Any, np.dtype[np.float64]], total: int) -> None:
    n = int((km > _FAR_KM).sum())
    if n * 2 > total:
        raise SchemaFault(fault(raw, "codes_places_far", None, header, n=n, total=total, km=_FAR_KM))


def near_duplicates(
    raw: RawTable, header: str | None, region: Region, found: Positions, ids: pd.Series, rows: Rows
) -> list[Finding]:
    """Warnings for stations of other ids within ``same_site_m`` metres: both rows of a pair are named."""
    import numpy as np
    import pyproj
    from scipy.spatial import KDTree

    if len(rows) < 2:
        return []
    to_metres = pyproj.Transformer.from_crs(STORAGE_CRS, region.crs_measure, always_xy=True)
    tree = KDTree(np.column_stack(to_metres.transform(found.lon[rows], found.lat[rows])))
    radius, most = region.limits.same_site_m, (2 * _PAIRS + 1) * len(rows)
    # thousands at one point would keep the tree busy for long: those are counted first
    _, alike = np.unique(found.lon[rows] + 1j * found.lat[rows], return_counts=True)
    if (alike.astype(float) ** 2).sum() > most or tree.count_neighbors(tree, radius) > most:
        return [
            Finding(
                Severity.WARNING,
                fault(raw, "many_at_one_place", None, header, metres=radius),
                n_rows=len(rows),
            )
        ]
    pairs = np.sort(tree.query_pairs(radius, output_type="ndarray"), axis=1)
    pairs = rows[pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]]
    return [
        Finding(
            Severity.WARNING,
            fault(
                raw,
                "near_duplicate",
                int(row),
                header,
                ids.iloc[row],
                other=ids.iloc[twin],
                other_line=int(raw.lines[twin]) if raw.lines is not None else int(twin),
                metres=radius,
            ),
        )
        for pair in pairs
        for row, twin in (pair, pair[::-1])
    ]
