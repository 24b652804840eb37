"""LOAD: other people's files into raw tables.

In comes the path of one file (CSV, XLSX, GeoJSON, GeoPackage, FlatGeobuf, zipped shapefile, Parquet, KML, an
exchange format of charging networks), told by its content; out goes a :class:`RawTable` of texts as found, with
shapes and coordinate reference where the file has them, and the line of each record. This room never changes a
value, never guesses a coordinate reference, and never opens another file or address than the one named.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chargegeo import errors
from chargegeo.sources.raw import MAX_BYTES, RawTable, Source, too_long
from chargegeo.vocab import Severity

__all__ = ["RawTable", "read"]


def read(path: str | Path, *, sheet: str | None = None, layer: str | None = None) -> RawTable:
    """One table of one file.

    Parameters
    ----------
    path
        The file, as the user wrote it.
    sheet
        Sheet of a workbook; needed where several have cells.
    layer
        Layer of a GeoPackage, or shapefile of an archive with several.

    Returns
    -------
    RawTable
        At least one record.

    Raises
    ------
    MissingFile
        If there is no such file.
    FormatFault
        If it is empty, cut off, damaged, unsafe, too large or of a format not read here; never another error,
        whatever the bytes are.
    CrsFault
        If a GeoJSON names a coordinate reference that nobody knows.
    """
    # a name that is no text (bytes of another encoding) is shown by its escapes
    source = Source(str(path).encode("utf-8", "backslashreplace").decode(), _bytes(path))
    try:
        return _read(source, sheet=sheet, layer=layer)
    except (errors.ChargegeoError, KeyboardInterrupt, SystemExit, GeneratorExit, ImportError):
        raise
    except MemoryError:
        raise source.refuse("too_large", params={"limit": MAX_BYTES // 1_000_000}) from None
    # a panic of a native reader derives from BaseException alone
    except BaseException as error:
        reason = errors.shorten(f"{type(error).__name__}: {error}")
        raise source.refuse("unreadable", params={"reason": reason}) from error


def _read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    from chargegeo.sources import exchange, sniff

    found = sniff.kind(source)
    table = _reader(found)(source, sheet=sheet, layer=layer)
    if found == "csv":
        table = exchange.adapt(source, table)
    faults = [fault for each in (table, *table.parts.values()) for fault in too_long(source, each)]
    if faults:
        raise errors.FormatFault(*faults)
    if sniff.other_name(source, found):
        note = source.finding(Severity.WARNING, "other_name", n_rows=len(table.frame), params={"kind": found})
        table = replace(table, findings=(note, *table.findings))
    return table


def _reader(kind: str) -> Callable[..., RawTable]:
    from chargegeo.sources import columns, features, kml, layers, sheet, text

    return {
        "csv": text.read,
        "xlsx": sheet.read,
        "geojson": features.read,
        "parquet": columns.read,
        "gpkg": layers.geopackage,
        "fgb": layers.flatgeobuf,
        "shp": layers.shapefile_zip,
        "kml": kml.read,
    }[kind]


def _bytes(path: str | Path) -> bytes:
    """Content of a regular file, its whole size checked before it is read."""
    file = str(path)
    try:
        place = Path(path)
        if place.is_dir():
            raise errors.FormatFault(errors.Fault("is_folder", file=file))
        if not place.exists():
            raise errors.MissingFile(errors.Fault("missing_file", file=file))
        if place.name.startswith("~$"):
            raise errors.FormatFault(errors.Fault("lock_file", file=file))
        # a pipe or a device never ends
        if not place.is_file():
            raise errors.FormatFault(
                errors.Fault("unreadable", file=file, params={"reason": "not a regular file"})
            )
        if place.stat().st_size > MAX_BYTES:
            limit = {"limit": MAX_BYTES // 1_000_000}
            raise errors.FormatFault(errors.Fault("too_large", file=file, params=limit))
        return place.read_bytes()
    except errors.ChargegeoError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise errors.FormatFault(errors.Fault("unreadable", file=file, params={"reason": reason})) from None
    except ValueError:
        # a name with a NUL names no file
        raise errors.MissingFile(errors.Fault("missing_file", file=file)) from None
