"""Files and folders that are whole or not there: temporary names, locks, swaps."""

import json
import os
import platform
import re
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from chargegeo.errors import ChargegeoError, Fault, OutputFault

MANIFEST = "manifest.json"
# Letters, digits and underscores only: some writers take the stem as a layer name
_PART = "chargegeo_part_"
_PART_NAME = re.compile(rf"{_PART}([0-9a-f]{{8}}_\d+)_\d+")
_SERIAL = count()


def _owner() -> str:
    """Name of this machine and process: two office machines may write to one shared folder."""
    return f"{zlib.crc32(platform.node().encode()):08x}_{os.getpid()}"


def _alive(owner: str) -> bool:
    """Whether the process still runs; one of another machine counts as running."""
    machine, _, pid = owner.partition("_")
    if machine != _owner().partition("_")[0]:
        return True
    return _pid_alive(int(pid))


def _pid_alive(pid: int) -> bool:
    if sys.platform == "win32":
        # os.kill(pid, 0) would end the process there
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x1000, False, pid)
        if handle:
            kernel.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _cannot_write(path: Path, error: OSError) -> OutputFault:
    return OutputFault(Fault("cannot_write", file=str(path), params={"detail": error.strerror or str(error)}))


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turns what the system says into one of our errors that names the target."""
    try:
        yield
    except ChargegeoError:
        raise
    except OSError as error:
        raise _cannot_write(path, error) from error


def _flush(path: Path) -> None:
    """Bring a file or folder to the disk itself, so that a power cut finds it whole."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Remove a file, its journals, or a folder; no error if it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    for beside in (path, *(path.with_name(path.name + tail) for tail in ("-journal", "-wal", "-shm"))):
        with suppress(OSError):
            beside.unlink()


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed left behind in a folder."""
    for entry in folder.iterdir():
        match = _PART_NAME.match(entry.name)
        if match and not _alive(match[1]):
            _remove(entry)


def _beside(target: Path) -> Path:
    """A temporary name of the same suffix in the target's folder, which is made or swept."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    return target.with_name(f"{_PART}{_owner()}_{next(_SERIAL)}{target.suffix}")


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file whole or not at all.

    Parameters
    ----------
    path
        The target; its folder is made if it is not there.

    Yields
    ------
    Path
        A temporary name beside the target with the same suffix, to be written by the caller. It takes the
        place of the target when the block ends well and is removed when it does not. What killed processes
        left in the folder is swept.

    Raises
    ------
    OutputFault
        ``cannot_write``, for a full disk, missing permission or any other error of the system inside the
        block.
    """
    target = Path(os.path.realpath(path))
    with _writing(Path(path)):
        part = _beside(target)
        try:
            yield part
            _flush(part)
            part.replace(target)
            _flush(target.parent)
        finally:
            _remove(part)


@contextmanager
def atomic_folder(out: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a folder of results whole or not at all.

    Parameters
    ----------
    out
        The target. It may be absent, empty, or hold earlier results of ours: a ``manifest.json`` with a key
        ``chargegeo``, and nothing but the files named in its ``outputs`` (a list, or a mapping by name), if
        it has them.

    Yields
    ------
    Path
        A temporary folder beside the target. It takes the place of the target as a whole when the block ends
        well; otherwise the earlier results stay as they were. A process killed between the two renames leaves
        the earlier results beside, and the next run puts them back first.

    Raises
    ------
    OutputFault
        ``not_ours`` for a folder with other files, ``in_use`` while another process writes to it,
        ``cannot_write``.
    """
    target = Path(os.path.realpath(out))
    with _lock(target):
        with _writing(target):
            _recover(target)
            _refuse_foreign(target)
            part = _beside(target)
            part.mkdir()
        try:
            yield part
            with _writing(target):
                _flush_tree(part)
                _refuse_foreign(target)
                _swap(part, target)
        finally:
            _remove(part)


def _flush_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        _flush(path)
    _flush(folder)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.chargegeo_old")


def _swap(part: Path, target: Path) -> None:
    if target.exists():
        target.rename(_old(target))
    try:
        part.rename(target)
    except OSError:
        _recover(target)
        raise
    _flush(target.parent)
    _remove(_old(target))


def _recover(target: Path) -> None:
    """Finish or undo a swap that was interrupted."""
    old = _old(target)
    if old.exists() and not target.exists():
        old.rename(target)
    _remove(old)


def _refuse_foreign(target: Path) -> None:
    """Refuse what is not an earlier result of ours: replacing it would delete somebody's files."""
    foreign = _foreign(target)
    if foreign:
        shown = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        raise OutputFault(Fault("not_ours", file=str(target), value=shown, params={"n": len(foreign)}))


def _foreign(target: Path) -> list[str]:
    """Names of the files in a folder that are not ours; the folder itself if it is a file."""
    if target.is_file():
        return [target.name]
    names = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    try:
        manifest = json.loads((target / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return sorted(names)
    if not isinstance(manifest, dict) or "chargegeo" not in manifest:
        return sorted(names)
    outputs = manifest.get("outputs", list(names))
    return sorted(names - {MANIFEST} - set(outputs) if isinstance(outputs, list | dict) else names)


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Hold the right to write to a folder; a lock left by a process that died is taken over."""
    lock = target.with_name(f".{target.name}.chargegeo_lock")
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _take(lock):
            holder = _holder(lock)
            if _alive(holder):
                raise _in_use(target, lock, holder)
            _drop_stale(lock, holder)
            if not _take(lock):
                raise _in_use(target, lock, _holder(lock))
    try:
        yield
    finally:
        _remove(lock)


def _in_use(target: Path, lock: Path, holder: str) -> OutputFault:
    pid = holder.partition("_")[2]
    return OutputFault(Fault("in_use", file=str(target), params={"pid": pid, "lock": str(lock)}))


def _take(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    os.write(handle, _owner().encode())
    os.close(handle)
    return True


def _holder(lock: Path) -> str:
    """Owner that a lock names; one that is just being written counts as ours: alive."""
    try:
        text = lock.read_text("ascii")
    except (OSError, ValueError):
        text = ""
    return text if re.fullmatch(r"[0-9a-f]{8}_\d+", text) else _owner()


def _drop_stale(lock: Path, holder: str) -> None:
    """Remove a dead process's lock, but not one that another process has taken over in the meantime."""
    mine = lock.with_name(f"{lock.name}_{_owner()}")
    with suppress(FileNotFoundError):
        lock.rename(mine)
        if _holder(mine) != holder:
            mine.rename(lock)
        _remove(mine)
