"""What a file is, by its bytes and never by its name alone."""

import io
import re
import zipfile
from pathlib import PurePath

from chargegeo.sources import archive
from chargegeo.sources.raw import Source

_HEAD = 4096
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OTHER = {
    b"%PDF": "PDF",
    b"\x93NUMPY": "NumPy",
    b"\x89HDF": "HDF5",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"{\\rtf": "RTF",
    b"ARROW1": "Arrow",
    b"GIF8": "GIF",
}
_TAGS = {
    "html": "HTML",
    "table": "HTML",
    "meta": "HTML",
    "head": "HTML",
    "body": "HTML",
    "div": "HTML",
    "style": "HTML",
    "kml": "KML",
    "ogrvrtdatasource": "OGR VRT",
    "vrtdataset": "GDAL VRT",
    "gpx": "GPX",
    "osm": "OSM XML",
    "workbook": "Excel XML 2003",
    "featurecollection": "GML",
    "graphml": "GraphML",
    "svg": "SVG",
}
_TEXT_NAMES = {"", ".csv", ".tsv", ".txt", ".tab", ".dat", ".xls", ".xlsx", ".xlsm"}
_NAMES = {
    "csv": _TEXT_NAMES - {".xls", ".xlsx", ".xlsm"},
    "xlsx": {".xlsx", ".xlsm"},
    "gpkg": {".gpkg"},
    "fgb": {".fgb"},
    "geojson": {".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson", ".jsonl", ".geojsonseq"},
    "shp": {".zip"},
    "parquet": {".parquet", ".geoparquet", ".pq"},
    "kml": {".kml", ".xml"},
}


def kind(source: Source) -> str:
    """Kind of the content: csv, xlsx, geojson (any JSON), gpkg, fgb, shp, parquet or kml.

    Raises
    ------
    FormatFault
        For everything else, saying what it is as far as that shows.
    """
    data = source.data
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise source.refuse("empty_file")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(source)
    if data.startswith(b"SQLite format 3\0"):
        return "gpkg"
    if data.startswith(b"fgb\x03"):
        return "fgb"
    if data.startswith(b"PAR1"):
        return "parquet"
    _refuse_binary(source, data)
    return _text(source, data)


def _zip(source: Source) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as opened:
            infos = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise source.refuse("truncated") from None
    archive.check(source, infos)
    names = {info.filename.lower() for info in infos}
    if "xl/workbook.xml" in names:
        return "xlsx"
    if any(name.endswith(".shp") for name in names):
        return "shp"
    if "xl/workbook.bin" in names:
        raise source.refuse("old_excel", params={"kind": "XLSB"})
    if any(name.endswith(".kml") for name in names):
        raise source.refuse("kmz")
    raise source.refuse("other_archive", params={"members": ", ".join(sorted(names)[:5])})


def _refuse_binary(source: Source, data: bytes) -> None:
    """Refuse, by name where it is known, everything that is not text."""
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise source.refuse("encrypted")
        raise source.refuse("old_excel", params={"kind": "Excel 97-2003"})
    if data.startswith(b"\x00\x00\x27\x0a"):
        raise source.refuse("bare_shp")
    for magic, name in _PACKED.items():
        if data.startswith(magic):
            raise source.refuse("packed", params={"kind": name})
    for magic, name in _OTHER.items():
        if data.startswith(magic):
            raise source.refuse("unknown_format", params={"kind": name})
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise source.refuse("unknown_format", params={"kind": "pickle"})
    _refuse_controls(source, data[:_HEAD])


def _refuse_controls(source: Source, head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        raise source.refuse("utf16")
    # Chinese text in UTF-16 has NULs only in its digits and separators, all at odd or all at even places
    nuls = (head[::2].count(0), head[1::2].count(0))
    if sum(nuls) > len(head) / 20 and min(nuls) * 10 <= max(nuls):
        raise source.refuse("utf16")
    controls = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1b\x1e" for byte in head)
    if controls > len(head) / 20:
        raise source.refuse("unknown_format", params={"kind": "?"})


def _text(source: Source, data: bytes) -> str:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = PurePath(source.file).suffix.lower()
    if re.match(rb"<[!?A-Za-z]", start):
        return _markup(source, start)
    if start[:1] in (b"{", b"[", b"\x1e"):
        return "geojson"
    if suffix not in _TEXT_NAMES:
        raise _other(source, "text")
    return "csv"


def _promised() -> set[str]:
    """Endings that promise a format."""
    return _TEXT_NAMES.union(*_NAMES.values()) - {""}


def _other(source: Source, name: str) -> Exception:
    """The error for content of a kind not read here; a name that says otherwise is named too."""
    suffix = PurePath(source.file).suffix.lower()
    if suffix in _promised():
        return source.refuse("not_what_it_says", params={"kind": name, "suffix": suffix})
    return source.refuse("unknown_format", params={"kind": name})


def _markup(source: Source, start: bytes) -> str:
    """``kml``; all other markup is refused by name."""
    head = start[:_HEAD].decode("utf-8", "replace").lower()
    tags = re.findall(
        r"<(?:!doctype\s+|[a-z]+:)?([a-z]+)", re.sub(r"<\?.*?\?>|<!--.*?-->", "", head, flags=re.S)
    )
    name = _TAGS.get(tags[0] if tags else "", "XML")
    if name != "HTML":
        archive.refuse_dtd(source, start)
    if name == "KML":
        return "kml"
    raise _other(source, name)


def other_name(source: Source, found: str) -> bool:
    """Whether the name says another format than the content; a name without a known ending says nothing."""
    suffix = PurePath(source.file).suffix.lower()
    return suffix not in _NAMES[found] and suffix in _promised()
