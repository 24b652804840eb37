"""Typed columns (Arrow) into text, and Parquet files."""

import io
import json
from typing import TYPE_CHECKING, Any

from chargegeo import errors
from chargegeo.sources.raw import RawTable, Source, cell_text, text_frame
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    import geopandas
    import pyarrow

MAX_ROWS = 5_000_000
MAX_EXPANDED = 1_000_000_000
"""Bytes that all column chunks of a Parquet file may expand to."""
WGS84 = "EPSG:4326"


def read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """Parquet, with shapes if the file is GeoParquet; a binary column without that metadata is refused."""
    import pyarrow.parquet as pq

    if not source.data.endswith(b"PAR1"):
        raise source.refuse("truncated")
    file = pq.ParquetFile(io.BytesIO(source.data))
    meta = file.metadata
    expanded = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    if meta.num_rows > MAX_ROWS or expanded > MAX_EXPANDED:
        raise source.refuse(
            "bomb_size",
            params={
                "megabytes": expanded // 1_000_000,
                "limit": MAX_EXPANDED // 1_000_000,
            },
        )
    if not meta.num_rows:
        raise source.refuse("no_rows")
    geo = (meta.metadata or {}).get(b"geo")
    if geo is None:
        _refuse_binary(source, file.schema_arrow)
        return table(source, file.read(), kind="parquet")
    column, crs = _geo(source, json.loads(geo))
    return table(source, file.read(), kind="parquet", shapes=column, crs=crs)


def _refuse_binary(source: Source, schema: "pyarrow.Schema") -> None:
    faults = [source.fault("no_geo_metadata", column=field.name) for field in schema if is_binary(field.type)]
    if faults:
        raise errors.FormatFault(*faults)


def is_binary(kind: "pyarrow.DataType") -> bool:
    """Whether a column holds bytes."""
    import pyarrow.types as types

    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or getattr(types, "is_binary_view", lambda _: False)(kind)
    )


def _geo(source: Source, geo: dict[str, Any]) -> tuple[str, str | None]:
    """Shape column and coordinate reference of GeoParquet metadata; without a word WGS 84."""
    name = geo["primary_column"]
    about = geo["columns"][name]
    if about.get("encoding") != "WKB":
        raise source.refuse("geo_encoding", column=name, value=about.get("encoding"))
    return name, crs_name(about.get("crs", WGS84))


def crs_name(stated: object) -> str | None:
    """``EPSG:n`` where the reference has such a name, else its WKT; None for none or an undefined one."""
    from pyproj import CRS

    if stated is None:
        return None
    crs = CRS.from_user_input(stated)
    if crs.name.lower().startswith(("undefined", "unknown")) or crs.is_engineering:
        return None
    authority = crs.to_authority(min_confidence=100) or crs.to_authority()
    if authority is None:
        return crs.to_wkt()
    # longitude comes first in every table here, so CRS84 and EPSG:4326 say the same
    return WGS84 if authority == ("OGC", "CRS84") else ":".join(authority)


def table(
    source: Source,
    arrow: "pyarrow.Table",
    *,
    kind: str,
    shapes: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    findings: tuple[errors.Finding, ...] = (),
) -> RawTable:
    """Raw table from an Arrow table whose column `shapes` holds WKB."""
    names = [
        field.name
        for field in arrow.schema
        if field.name != shapes and not is_binary(field.type) and not field.name.startswith("__index_level_")
    ]
    dropped = [field.name for field in arrow.schema if field.name != shapes and is_binary(field.type)]
    findings = (
        *findings,
        *(
            source.finding(Severity.WARNING, "binary_column", column=name, n_rows=arrow.num_rows)
            for name in dropped
        ),
    )
    if not arrow.num_rows:
        raise source.refuse("no_rows", sheet=layer)
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise errors.FormatFault(*(source.fault("duplicate_column", column=name) for name in repeated))
    frame = text_frame(
        [name.strip() for name in names], (_texts(arrow.column(name)) for name in names), arrow.num_rows
    )
    geometry = None if shapes is None else from_wkb(source, arrow.column(shapes), crs)
    return RawTable(frame, geometry, crs, source.file, layer, kind, None, findings)


def _texts(column: "pyarrow.ChunkedArray") -> list[str | None]:
    import pyarrow.types as types

    values = column.to_pylist()
    if types.is_nested(column.type):
        return [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in values
        ]
    return [cell_text(value) for value in values]


def from_wkb(source: Source, column: "pyarrow.ChunkedArray", crs: str | None) -> "geopandas.GeoSeries":
    """Shapes from WKB; what cannot be read is named by its index."""
    import numpy as np
    import shapely

    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    try:
        shapes = shapely.from_wkb(values)
    except shapely.errors.GEOSException:
        faults = [
            source.fault("bad_geometry", feature=i) for i, wkb in enumerate(values) if not _readable(wkb)
        ]
        raise errors.FormatFault(*faults[:50]) from None
    return series(shapes, crs)


def _readable(wkb: bytes | None) -> bool:
    import shapely

    try:
        shapely.from_wkb(wkb)
    except shapely.errors.GEOSException:
        return False
    return True


def series(shapes: object, crs: str | None) -> "geopandas.GeoSeries":
    """Shapes as a series with the reference stated in the file."""
    import geopandas

    return geopandas.GeoSeries(shapes, crs=crs)
