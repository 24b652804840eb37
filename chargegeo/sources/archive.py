"""ZIP containers, checked before anything is unpacked, and unpacked only into memory."""

import io
import re
import stat
import zipfile
import zlib

from chargegeo import errors
from chargegeo.sources.raw import Source

MAX_EXPANDED = 200_000_000
"""Bytes that all members of an archive may expand to."""
MAX_RATIO = 200
"""Largest expansion of a member over :data:`RATIO_FROM`; office files stay below 50."""
RATIO_FROM = 10_000_000
MAX_MEMBERS = 10_000


def members(source: Source, wanted: "re.Pattern[str] | None" = None) -> dict[str, bytes]:
    """Name and bytes of the members of an archive.

    Parameters
    ----------
    wanted
        Only members whose whole name matches are unpacked; all are checked.

    Raises
    ------
    FormatFault
        If the archive is cut off or damaged, too large when unpacked, encrypted, or has a member that
        points out of its folder.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            check(source, archive.infolist())
            # a ZipExtFile stops at the declared size and compares the sum: a false declaration ends here
            return {
                info.filename: archive.read(info)
                for info in archive.infolist()
                if not info.is_dir() and (wanted is None or wanted.fullmatch(info.filename))
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        if isinstance(error, errors.ChargegeoError):
            raise
        if b"PK\x05\x06" not in source.data[-70_000:]:
            raise source.refuse("truncated") from None
        raise source.refuse("damaged", params={"kind": "ZIP"}) from None


def check(source: Source, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse unsafe names, links, encryption and bombs by what the archive declares."""
    faults = [
        source.fault("unsafe_archive", value=info.filename, params={"member": info.filename})
        for info in infos
        if unsafe(info.filename) or unsafe(info.orig_filename) or stat.S_ISLNK(info.external_attr >> 16)
    ]
    if faults:
        raise errors.FormatFault(*faults[:50])
    expanded = sum(info.file_size for info in infos)
    dense = any(
        info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size)
        for info in infos
    )
    if expanded > MAX_EXPANDED or dense or len(infos) > MAX_MEMBERS:
        raise source.refuse(
            "bomb",
            params={
                "megabytes": expanded // 1_000_000,
                "limit": MAX_EXPANDED // 1_000_000,
                "ratio": MAX_RATIO,
            },
        )
    if any(info.flag_bits & 0x1 for info in infos):
        raise source.refuse("encrypted")


def unsafe(name: str) -> bool:
    """Whether a member's name leads out of the folder it is unpacked in."""
    parts = re.split(r"[/\\]", name)
    return ".." in parts or parts[0] == "" or bool(re.match(r"[A-Za-z]:", name)) or "\0" in name


def refuse_dtd(source: Source, data: bytes) -> None:
    """Refuse XML with a document type: entities can expand without limit and open other files."""
    for word in ("<!DOCTYPE", "<!ENTITY"):
        if any(word.encode(encoding) in data for encoding in ("ascii", "utf-16-le", "utf-16-be")):
            raise source.refuse("dtd")


def pack(parts: dict[str, bytes]) -> bytes:
    """The same members, unpacked and safe, as an archive without compression for a native reader."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()
