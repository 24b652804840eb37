"""GeoPackage, FlatGeobuf and shapefile through GDAL, which sees only what was recognised and checked before.

GDAL chooses a driver by content and some drivers open other files or the network, so each format is checked
here byte by byte first, and GDAL sees a copy in a private folder, with nothing beside it.
"""

import codecs
import re
import sqlite3
import struct
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from chargegeo import errors
from chargegeo.sources import archive, columns
from chargegeo.sources.raw import RawTable, Source
from chargegeo.sources.text import decode
from chargegeo.vocab import Severity

PARTS = (".shp", ".shx", ".dbf")
NAME_BYTES = 10
"""A field name of a shapefile has at most this many bytes; longer ones were cut."""
MAX_STEPS = 50_000_000
"""Steps of the database to count a layer, about a second: a view can be written that never ends."""
_UTF8 = {"utf8", "65001", "cp65001"}
_CHINESE = {"gbk", "gb2312", "gb18030", "936", "cp936", "hz"}
_WESTERN = {
    "",
    "iso88591",
    "iso885915",
    "latin1",
    "1252",
    "cp1252",
    "ansi",
    "88591",
    "885915",
    "windows1252",
    "system",
}


def geopackage(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """One layer of a GeoPackage: the one named, or the only one with shapes."""
    import pyogrio

    with closing(_database(source)) as base, _gdal({".gpkg": source.data}) as path:
        listed = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
        # tables without shapes (styles, lists) are layers too, but not what is asked for beside shapes
        names = [name for name, kind in listed if kind is not None] or [name for name, _ in listed]
        counts = {name: _count(base, name) for name, _ in listed}
        name = _choose(source, counts, names, layer)
        expected = counts[name]
        if isinstance(expected, str):
            raise source.refuse("broken_layer", sheet=name, params={"reason": expected})
        meta, arrow = pyogrio.read_arrow(path, layer=name)
    if arrow.num_rows != expected:
        raise source.refuse(
            "truncated_counts", sheet=name, params={"expected": expected, "found": arrow.num_rows}
        )
    return _arrow_table(source, meta, arrow, kind="gpkg", layer=name)


def _count(base: sqlite3.Connection, layer: str) -> int | str:
    """Rows of a layer, or why it has none that can be read."""
    quoted = layer.replace('"', '""')
    base.set_progress_handler(lambda: 1, MAX_STEPS)
    try:
        return int(base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
    except sqlite3.Error as error:
        return errors.shorten(error)


def _choose(source: Source, every: Mapping[str, int | str], default: list[str], layer: str | None) -> str:
    """The layer named, or the only one; `every` layer with its count or what is wrong with it."""
    if layer is not None:
        if layer not in every:
            raise source.refuse("no_such_layer", value=layer, params={"layers": ", ".join(every)})
        return layer
    if not default:
        raise source.refuse("no_rows")
    if len(default) > 1:
        raise errors.FormatFault(
            source.fault("several_layers", params={"layers": ", ".join(default)}),
            *(
                source.fault("broken_layer", sheet=name, params={"reason": every[name]})
                for name in default
                if isinstance(every[name], str)
            ),
        )
    return default[0]


@contextmanager
def _gdal(parts: Mapping[str, bytes]) -> Iterator[Path]:
    """Path of the first of `parts` (by suffix) in a private folder, so that GDAL finds nothing beside it."""
    with tempfile.TemporaryDirectory(prefix="chargegeo-") as folder, warnings.catch_warnings():
        # what GDAL warns of is checked here by counts
        warnings.simplefilter("ignore")
        for suffix, data in parts.items():
            Path(folder, "layer" + suffix).write_bytes(data)
        yield Path(folder, "layer" + next(iter(parts)))


def _database(source: Source) -> sqlite3.Connection:
    """The file as a database in memory, whole and sound."""
    data = source.data
    page = int.from_bytes(data[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(data[28:32], "big")
    # the count is kept only while both change counters agree
    if data[24:28] == data[92:96] and pages * page > len(data):
        raise source.refuse("truncated_counts", params={"expected": pages * page, "found": len(data)})
    # a database in memory cannot have a write-ahead log: 1 in these two bytes says that it has none
    base = sqlite3.connect(":memory:")
    try:
        base.deserialize(data[:18] + b"\x01\x01" + data[20:])
        (state,) = base.execute("PRAGMA quick_check(1)").fetchone()
        (known,) = base.execute("SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_contents'").fetchone()
    except sqlite3.Error:
        state, known = "", 1
    if state == "ok" and known:
        return base
    base.close()
    if known:
        raise source.refuse("damaged", params={"kind": "GeoPackage"})
    raise source.refuse("unknown_format", params={"kind": "SQLite"})


def _arrow_table(
    source: Source,
    meta: dict[str, Any],
    arrow: Any,
    *,
    kind: str,
    layer: str | None,
    findings: tuple[errors.Finding, ...] = (),
) -> RawTable:
    shapes = meta["geometry_name"] or "wkb_geometry"
    shapes = shapes if shapes in arrow.schema.names else None
    crs = columns.crs_name(meta["crs"]) if shapes else None
    return columns.table(source, arrow, kind=kind, shapes=shapes, crs=crs, layer=layer, findings=findings)


def flatgeobuf(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """A FlatGeobuf, once its records are all there."""
    import pyogrio

    expected, found = _flatgeobuf_counts(source.data)
    if found != expected:
        raise source.refuse("truncated_counts", params={"expected": expected, "found": found})
    # GDAL's own Arrow reader of this format loses its place at a record without a shape; its general one does not
    pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES"})
    with _gdal({".fgb": source.data}) as path:
        meta, arrow = pyogrio.read_arrow(path)
    if arrow.num_rows != expected:
        raise source.refuse("truncated_counts", params={"expected": expected, "found": arrow.num_rows})
    return _arrow_table(source, meta, arrow, kind="fgb", layer=None)


def _flatgeobuf_counts(data: bytes) -> tuple[int, int]:
    """Features declared in the header, and features whole in the file.

    Layout: flatgeobuf.org, header table fields 8 (features_count) and 9 (index_node_size), then a packed
    Hilbert R-tree of 40 bytes a node, then features, each behind its length.
    """
    (size,) = struct.unpack_from("<I", data, 8)
    at = 12 + struct.unpack_from("<I", data, 12)[0]
    count = _field(data, at, 8, "<Q", 0)
    node = _field(data, at, 9, "<H", 16)
    offset = 12 + size + (_index_bytes(count, node) if count and node else 0)
    found = 0
    while offset + 4 <= len(data):
        offset += 4 + struct.unpack_from("<I", data, offset)[0]
        found += offset <= len(data)
    whole = offset == len(data)
    # a stream is written with 0 for unknown; its end then shows whether it is whole
    return count or (found if whole else found + 1), found


def _field(data: bytes, table: int, number: int, kind: str, default: int) -> int:
    start = table - struct.unpack_from("<i", data, table)[0]
    if 4 + 2 * number >= struct.unpack_from("<H", data, start)[0]:
        return default
    (offset,) = struct.unpack_from("<H", data, start + 4 + 2 * number)
    return int(struct.unpack_from(kind, data, table + offset)[0]) if offset else default


def _index_bytes(count: int, node: int) -> int:
    nodes = level = count
    while level > 1:
        level = -(-level // max(2, node))
        nodes += level
    return nodes * 40


def shapefile_zip(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """A zipped shapefile; nothing of it is written but to a private folder under names of our own."""
    wanted = re.compile(r".*\.(?:shp|shx|dbf|prj|cpg)", re.I)
    parts = {name: data for name, data in archive.members(source, wanted).items() if "__MACOSX" not in name}
    stems = sorted(
        {
            str(PurePosixPath(name.replace("\\", "/")).with_suffix(""))
            for name in parts
            if name.lower().endswith(".shp")
        }
    )
    names = {PurePosixPath(stem).name: stem for stem in stems}
    if len(names) < len(stems):
        names = {stem: stem for stem in stems}
    name = _choose(source, dict.fromkeys(names, 0), list(names), layer)
    chosen = {
        PurePosixPath(part).suffix.lower(): data
        for part, data in parts.items()
        if str(PurePosixPath(part.replace("\\", "/")).with_suffix("")) == names[name]
    }
    return _shapefile(source, chosen, name)


def _shapefile(source: Source, parts: dict[str, bytes], name: str) -> RawTable:
    import pyogrio

    missing = [part for part in PARTS if part not in parts]
    if missing:
        raise errors.FormatFault(*(source.fault("missing_part", params={"part": part}) for part in missing))
    _check_counts(source, parts, name)
    encoding, findings = _dbf_encoding(source, parts)
    findings += _cut_names(source, parts[".dbf"], encoding)
    parts = {**parts, ".dbf": _mended(parts[".dbf"], encoding)}
    with _gdal({part: parts[part] for part in (*PARTS, ".prj") if part in parts}) as path:
        meta, arrow = pyogrio.read_arrow(path, encoding=encoding)
    return _arrow_table(source, meta, arrow, kind="shp", layer=name, findings=tuple(findings))


def _check_counts(source: Source, parts: dict[str, bytes], name: str) -> None:
    """Refuse parts that are cut off, or that count differently."""
    shp, shx, dbf = (parts[part] for part in PARTS)
    (rows,) = struct.unpack_from("<I", dbf, 4)
    head, width = struct.unpack_from("<HH", dbf, 8)
    present = max(0, len(dbf) - head) // max(1, width)
    indexed = (len(shx) - 100) // 8
    shapes = _shape_count(shp)
    for part, found in ((".shp", shapes), (".shx", indexed), (".dbf", min(present, rows))):
        if found != rows:
            raise source.refuse(
                "truncated_part", sheet=name, params={"part": part, "expected": rows, "found": found}
            )
    for part, data in ((".shp", shp), (".shx", shx)):
        words = int.from_bytes(data[24:28], "big")
        if words * 2 > len(data):
            raise source.refuse(
                "truncated_part",
                sheet=name,
                params={
                    "part": part,
                    "expected": words * 2,
                    "found": len(data),
                },
            )


def _shape_count(shp: bytes) -> int:
    """Records whole in a .shp: a header of 100 bytes, then records behind their length in 16-bit words."""
    offset, found = 100, 0
    while offset + 8 <= len(shp):
        offset += 8 + 2 * int.from_bytes(shp[offset + 4 : offset + 8], "big")
        found += offset <= len(shp)
    return found


def _dbf_encoding(source: Source, parts: dict[str, bytes]) -> tuple[str, list[errors.Finding]]:
    """Encoding of the table as its bytes show it; a finding where the .cpg does not say so."""
    stated = parts.get(".cpg", b"").decode("ascii", "replace").strip().lower()
    plain = re.sub(r"[^a-z0-9]", "", stated)
    if plain not in _CHINESE | _WESTERN | _UTF8:
        raise source.refuse("dbf_encoding", value=stated)
    names, records = _raw_names(parts[".dbf"]), _records(parts[".dbf"])
    encoding = _strict(source, records)
    if b"".join(records).isascii() and not _fits(names, encoding):
        encoding = "GB18030"
    if b"".join((*names, *records)).isascii() or plain in (_CHINESE if encoding == "GB18030" else _UTF8):
        return encoding, []
    return encoding, [
        source.finding(Severity.REPAIR, "encoding", n_rows=len(records), params={"encoding": encoding})
    ]


def _strict(source: Source, records: list[bytes]) -> str:
    """Encoding of all records; the records of another one are named."""
    try:
        return decode(Source(source.file, b"\n".join(records)))[1]
    except errors.FormatFault as error:
        raise errors.FormatFault(
            *(
                replace(fault, code="dbf_bytes", line=None, feature=fault.line - 1) if fault.line else fault
                for fault in error.faults
            )
        ) from None


def _fits(names: list[bytes], encoding: str) -> bool:
    try:
        return all(_name(name, encoding) is not None for name in names)
    except UnicodeDecodeError:
        return False


def _name(name: bytes, encoding: str) -> str:
    """A field name; a last character cut in two at 10 bytes is left out."""
    return codecs.getincrementaldecoder(encoding)().decode(name)


def _mended(dbf: bytes, encoding: str) -> bytes:
    """The table with field names that end in a whole character, which is all that GDAL takes."""
    mended = bytearray(dbf)
    for number, name in enumerate(_raw_names(dbf)):
        start = 32 + 32 * number
        mended[start : start + 11] = _name(name, encoding).encode(encoding).ljust(11, b"\0")
    return bytes(mended)


def _records(dbf: bytes) -> list[bytes]:
    """Records of a .dbf as bytes: behind a header of a stated length, each of one stated width."""
    (rows,) = struct.unpack_from("<I", dbf, 4)
    head, width = struct.unpack_from("<HH", dbf, 8)
    # a line end inside a value would look like the end of a record
    clean = dbf.replace(b"\n", b" ").replace(b"\r", b" ")
    return [clean[head + i * width : head + (i + 1) * width] for i in range(rows)]


def _raw_names(dbf: bytes) -> list[bytes]:
    """Field names of a .dbf: 32 bytes a field, the name in the first 11, until a carriage return."""
    head = int.from_bytes(dbf[8:10], "little")
    return [dbf[i : i + 11].split(b"\0")[0] for i in range(32, head - 1, 32) if dbf[i : i + 1] != b"\r"]


def _cut_names(source: Source, dbf: bytes, encoding: str) -> list[errors.Finding]:
    """A warning for field names cut to the same letters and numbered to tell them apart."""
    names = _raw_names(dbf)
    rows = int.from_bytes(dbf[4:8], "little")
    findings = []
    for name in names:
        numbered = re.fullmatch(rb"(.+)_\d{1,2}", name) if len(name) >= NAME_BYTES - 1 else None
        twins = [
            n for n in names if numbered and n != name and len(n) == NAME_BYTES and n.startswith(numbered[1])
        ]
        if twins:
            both = ", ".join(n.decode(encoding, "replace") for n in (*twins, name))
            findings.append(
                source.finding(Severity.WARNING, "cut_names", n_rows=rows, params={"columns": both})
            )
    return findings
