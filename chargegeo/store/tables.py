"""Our tables as GeoParquet and CSV, JSON, and hashes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.errors import Fault, FormatFault, MissingFile, OutputFault
from chargegeo.store.whole import atomic

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

CHECKSUMS = "SHA256SUMS"
# What a spreadsheet takes for a formula, also in full width, also behind blanks or earlier apostrophes
_FORMULA = "[' ]*[=+\\-@\t\uff1d\uff0b\uff0d\uff20]"


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str], table: str) -> None:
    """Write a table of ours; the suffix says how.

    Parameters
    ----------
    frame
        Keeps its contract. The index and ``attrs`` are not written.
    path
        ``.parquet``: GeoParquet (zstd), nothing lost. ``.csv``: UTF-8 with a byte order mark, which makes
        Excel show Chinese; all text in quotes, so that null (nothing) differs from empty text; CR and LF in
        text become a blank; text that a spreadsheet would take for a formula gets a leading apostrophe;
        points become ``lon`` and ``lat`` in degrees, polygons are left out.
    table
        Name of the contract.

    Raises
    ------
    ContractFault
        If the table breaks its contract, with every cell that does.
    OutputFault
        ``table_suffix``, ``cannot_write``.
    """
    target = Path(path)
    _check_suffix(target)
    schema.check(frame, table)
    bare = frame.copy(deep=False)
    bare.attrs = {}
    with atomic(target) as part:
        if target.suffix == ".parquet":
            bare.to_parquet(part, index=False, compression="zstd")
        else:
            _write_csv(bare, part, table)


def _check_suffix(path: Path) -> None:
    if path.suffix not in (".parquet", ".csv"):
        raise OutputFault(Fault("table_suffix", file=str(path), value=path.suffix))


def _write_csv(frame: pd.DataFrame, path: Path, table: str) -> None:
    from pyarrow import csv

    cells = _to_arrow(frame, table)
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        csv.write_csv(cells, file, csv.WriteOptions(quoting_style="needed"))


def _to_arrow(frame: pd.DataFrame, table: str) -> pa.Table:
    """The columns of a CSV, text made safe."""
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    for item in schema.contract(table):
        values = frame[item.name]
        if item.kind == "point":
            columns["lon"] = pa.array(values.x, from_pandas=True)
            columns["lat"] = pa.array(values.y, from_pandas=True)
        elif item.kind == "text":
            columns[item.name] = _safe(pa.array(values, pa.string(), from_pandas=True))
        elif item.kind == "date":
            columns[item.name] = pa.array(values, from_pandas=True).cast(pa.date32())
        elif item.kind not in ("line", "polygon"):
            columns[item.name] = pa.array(values, from_pandas=True)
    return pa.table(columns)


def _safe(text: pa.Array) -> pa.Array:
    from pyarrow import compute

    flat = compute.replace_substring_regex(text, "[\r\n]", " ")
    return compute.replace_substring_regex(flat, f"^({_FORMULA})", r"'\1")


def _unsafe(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Undo the apostrophe of :func:`_safe`."""
    from pyarrow import compute

    return compute.replace_substring_regex(text, f"^'({_FORMULA})", r"\1")


def read_table(path: str | os.PathLike[str], table: str) -> pd.DataFrame:
    """Read a table that :func:`write_table` wrote.

    Parameters
    ----------
    path
        ``.parquet``: equal to what was written. ``.csv``: equal but for CR and LF in text, which are blanks,
        and polygons, which are null.
    table
        Name of the contract.

    Raises
    ------
    MissingFile, FormatFault
        ``no_table``, ``not_a_table`` (it cannot be read as this table), ``table_suffix``.
    ContractFault
        If the table breaks its contract.
    """
    source = Path(path)
    _check_suffix(source)
    if not source.is_file():
        raise MissingFile(Fault("no_table", file=str(path)))
    try:
        frame = _read_csv(source, table) if source.suffix == ".csv" else _read_parquet(source, table)
    except (OSError, ValueError, KeyError) as error:
        detail = str(error).partition("\n")[0]
        raise FormatFault(
            Fault("not_a_table", file=str(path), params={"table": table, "detail": detail})
        ) from error
    return schema.check(frame, table)


def _read_parquet(path: Path, table: str) -> pd.DataFrame:
    import geopandas as gpd
    import pandas as pd

    spatial = any(item.name == "geometry" for item in schema.contract(table))
    return gpd.read_parquet(path) if spatial else pd.read_parquet(path)


def _read_csv(path: Path, table: str) -> pd.DataFrame:
    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa
    from pyarrow import csv

    kinds = {
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }
    types = {item.name: kinds[item.kind] for item in schema.contract(table) if item.kind in kinds}
    options = csv.ConvertOptions(
        column_types={**types, "lon": pa.float64(), "lat": pa.float64()},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    cells = csv.read_csv(path, convert_options=options)
    columns: dict[str, Any] = {}
    for name in cells.column_names:
        column = _unsafe(cells[name]) if pa.types.is_string(cells[name].type) else cells[name]
        columns[name] = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if "lon" in columns:
        lon = columns.pop("lon")
        points = gpd.GeoSeries.from_xy(lon, columns.pop("lat"), crs=schema.STORAGE_CRS)
        columns["geometry"] = points.mask(lon.isna())
    return schema.conform(pd.DataFrame(columns), table)


def sha256(path: str | os.PathLike[str]) -> str:
    """Hash of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(obj: object, path: str | os.PathLike[str]) -> None:
    """Write JSON whole or not at all: keys sorted, Chinese as it is, a line break at the end.

    Raises
    ------
    ValueError
        For NaN or infinity, which JSON does not have.
    OutputFault
        ``cannot_write``.
    """
    text = json.dumps(obj, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    with atomic(path) as part:
        part.write_text(text + "\n", "utf-8", newline="\n")


def write_checksums(folder: str | os.PathLike[str]) -> Path:
    """Write ``SHA256SUMS`` of all files in a folder and below, as ``sha256sum -c`` reads it; sorted by name.

    Raises
    ------
    OutputFault
        ``cannot_write``.
    """
    root = Path(folder)
    target = root / CHECKSUMS
    names = sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path != target
    )
    with atomic(target) as part:
        # listed before the temporary file came
        part.write_bytes(os.fsencode("".join(_sum_line(root, name) for name in names)))
    return target


def _sum_line(root: Path, name: str) -> str:
    """Hash and name; a backslash before both where the name has signs that would break the line."""
    told = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if told == name else chr(92)}{sha256(root / name)}  {told}\n"
