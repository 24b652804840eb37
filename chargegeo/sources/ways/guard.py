"""What a file of roads is, by its bytes, and whether it is whole and safe, before anything reads it."""

from __future__ import annotations

import bz2
import codecs
import gzip
import re
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from chargegeo.sources import archive

if TYPE_CHECKING:
    from pathlib import Path

    from chargegeo.sources.raw import Source

OSM_FORMS = ("pbf", "osm", "osm.gz", "osm.bz2")
MAX_EXPANDED = 20_000_000_000
"""Bytes that a packed OSM file may expand to."""
_HEAD = 65_536
_CHUNK = 1 << 20
_DELETED = (b'visible="false"', b"visible='false'")
_PBF_HEAD = b"\x0a\x09OSMHeader"
_MAX_BLOB_HEADER, _MAX_BLOB = 64 * 1024, 32 * 1024 * 1024
_OVERLAP = 32
"""Bytes of a chunk looked at again with the next one: longer than any word sought."""


def form(source: Source, place: Path) -> str:
    """pbf, osm, osm.gz, osm.bz2, graphml, or lines for all else; the first four in the words of osmium.

    Raises
    ------
    FormatFault
        If the file is empty, or packed and no OSM XML, or cut off before it says what it is.
    """
    with place.open("rb") as opened:
        head = opened.read(_HEAD)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise source.refuse("empty_file")
    if head[4:15] == _PBF_HEAD:
        return "pbf"
    if place.suffix.lower() == ".pbf" and _PBF_HEAD.startswith(head[4:15]):
        raise source.refuse("truncated")
    packing = {b"\x1f\x8b": "gz", b"BZ": "bz2"}.get(head[:2], "")
    if packing:
        with place.open("rb") as opened:
            head = _read(source, _unpacked(opened, packing), _HEAD)
        root = _root(head)
        if root != "osm":
            raise source.refuse("packed", params={"kind": {"gz": "gzip", "bz2": "bzip2"}[packing]})
        return f"osm.{packing}"
    return {"osm": "osm", "graphml": "graphml"}.get(_root(head), "lines")


def _root(head: bytes) -> str:
    """Name of the first element of markup, without its namespace; '' if there is none."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        return ""
    text = re.sub(rb"<\?.*?\?>|<!--.*?-->", b"", head, flags=re.S)
    found = re.search(rb"<(?:\w+:)?([A-Za-z]\w*)", text)
    return found[1].decode("ascii", "replace") if found else ""


def check(source: Source, place: Path, form: str) -> bool:
    """Refuse an OSM file or a GraphML that is cut off, unsafe, or expands beyond measure.

    Returns
    -------
    Whether it is markup that says of some object that it is deleted.

    Raises
    ------
    FormatFault
        With what is wrong.
    """
    if form == "pbf":
        _check_blocks(source, place)
        return False
    return _check_markup(source, place, form.removeprefix("osm").removeprefix(".").removeprefix("graphml"))


# ---- PBF: a chain of blocks, each with its length before it


def _check_blocks(source: Source, place: Path) -> None:
    """Walk along the lengths; no block is unpacked. A file cut exactly between two blocks is a whole one."""
    size, at, expanded = place.stat().st_size, 0, 0
    with place.open("rb") as opened:
        while at < size:
            opened.seek(at)
            length = int.from_bytes(opened.read(4), "big")
            if at + 4 + length > size:
                raise source.refuse("truncated")
            if not 0 < length <= _MAX_BLOB_HEADER:
                raise source.refuse("damaged", params={"kind": "OSM PBF"})
            declared = _varint(opened.read(length), 3)
            if not 0 < declared <= _MAX_BLOB:
                raise source.refuse("damaged", params={"kind": "OSM PBF"})
            expanded += max(declared, _varint(opened.read(16), 2))
            at += 4 + length + declared
            if at > size:
                raise source.refuse("truncated")
    _refuse_bomb(source, expanded, size)


def _varint(message: bytes, wanted: int) -> int:
    """Number that a field of a protobuf message holds, 0 if it is not met."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _number(message, at)
            if key >> 3 == wanted:
                return value
        elif kind == 2:
            skipped, at = _number(message, at)
            at += skipped
        else:
            return 0
    return 0


def _number(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for byte in message[at : at + 10]:
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, at


def _refuse_bomb(source: Source, expanded: int, size: int) -> None:
    dense = expanded > archive.RATIO_FROM and expanded > archive.MAX_RATIO * max(1, size)
    if dense or expanded > MAX_EXPANDED:
        params: dict[str, object] = {
            "megabytes": expanded // 1_000_000,
            "limit": MAX_EXPANDED // 1_000_000,
            "ratio": archive.MAX_RATIO,
        }
        raise source.refuse("bomb", params=params)


# ---- XML, packed or not: one walk in pieces, nothing kept


def _unpacked(raw: BinaryIO, packing: str) -> BinaryIO:
    """What an open file unpacks to."""
    if packing == "gz":
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    return cast("BinaryIO", bz2.BZ2File(raw)) if packing == "bz2" else raw


def _read(source: Source, opened: BinaryIO, size: int) -> bytes:
    """The next piece; refused if it cannot be unpacked."""
    try:
        return opened.read(size)
    except EOFError:
        raise source.refuse("truncated") from None
    except (OSError, zlib.error, ValueError):
        raise source.refuse("damaged", params={"kind": "gzip / bzip2"}) from None


def _check_markup(source: Source, place: Path, packing: str) -> bool:
    """Look through the whole file; whether some object in it is marked as deleted."""
    deletions = False
    decoder = codecs.getincrementaldecoder("utf-8")()
    with place.open("rb") as raw:
        stream = _unpacked(raw, packing)
        expanded, lines, last = 0, 1, b""
        while piece := _read(source, stream, _CHUNK):
            expanded += len(piece)
            if packing:
                _refuse_bomb(source, expanded, raw.tell())
            deletions = deletions or any(mark in last + piece for mark in _DELETED)
            _check_piece(source, last + piece, first=expanded == len(piece))
            _decode(source, decoder, piece, lines)
            lines += piece.count(b"\n")
            last = piece[-_OVERLAP:]
    return deletions


def _check_piece(source: Source, piece: bytes, *, first: bool) -> None:
    if first and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:64]):
        raise source.refuse("utf16")
    archive.refuse_dtd(source, piece)
    declared = re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", piece) if first else None
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise source.refuse("damaged", line=1, params={"kind": "XML (UTF-8)"})
    # a parser keeps a tag whole, however long it is
    if len(piece) > _CHUNK and b">" not in piece:
        raise source.refuse("damaged", params={"kind": "XML"})


def _decode(source: Source, decoder: codecs.IncrementalDecoder, piece: bytes, lines: int) -> None:
    try:
        decoder.decode(piece)
    except UnicodeDecodeError as error:
        line = lines + error.object[: error.start].count(b"\n")
        raise source.refuse("encoding_line", line=line, params={"encoding": "UTF-8"}) from None
