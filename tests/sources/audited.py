"""Read files one after another and say what each run opened, started or connected to: run in a process of its own.

In come lines of JSON ``[path, options]``; out goes a line for each: what was opened outside the allowed places,
processor seconds, and growth of memory.
"""

import json
import os
import resource
import sys
import sysconfig
import tempfile
import time
import zoneinfo
from pathlib import Path

import chargegeo
from chargegeo import errors, sources

STARTED = ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
           "pty.spawn", "subprocess.Popen", "_winapi.CreateProcess")  # fmt: skip
ALLOWED = tuple(
    os.path.realpath(folder) + os.sep
    for folder in {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        sys.prefix,
        sys.base_prefix,
        os.path.dirname(chargegeo.__file__),
        # time zones of the system, which Python's own module reads
        *zoneinfo.TZPATH,
    }
)
PRIVATE = os.path.join(os.path.realpath(tempfile.gettempdir()), "chargegeo-")


class Watch:
    """What the interpreter does while one file is read."""

    def __init__(self) -> None:
        self.file: str | None = None
        self.seen: list[str] = []

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        """Keep what is forbidden; a hook cannot be taken away again."""
        if self.file is None:
            return
        if event.startswith(STARTED) or event.startswith(("socket.", "http.", "urllib.", "ftplib.")):
            self.seen.append(f"{event} {args[:2]}")
        elif event in (
            "open",
            "os.listdir",
            "os.scandir",
            "sqlite3.connect",
            "ctypes.dlopen",
            "pickle.find_class",
        ):
            self.file_event(event, args[0])

    def file_event(self, event: str, name: object) -> None:
        """Keep an access to a file that is neither the given one, nor of Python, nor private to us."""
        if isinstance(name, int) or name in (None, ":memory:", b":memory:"):
            return
        place = (
            os.path.realpath(os.fsdecode(name)) if isinstance(name, (str, bytes, os.PathLike)) else str(name)
        )
        private = place.startswith(PRIVATE)
        if place != self.file and not private and not (place + os.sep).startswith(ALLOWED):
            self.seen.append(f"{event} {place}")


def main() -> None:
    """Answer line by line."""
    watch = Watch()
    sys.addaudithook(watch.hook)
    for line in sys.stdin:
        path, options = json.loads(line)
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        watch.file, watch.seen = os.path.realpath(path), []
        try:
            rows: int | None = len(sources.read(Path(path), **options).frame)
        except errors.InputError:
            rows = None
        finally:
            watch.file = None
        told = {
            "rows": rows,
            "seen": watch.seen,
            "seconds": time.process_time() - start,
            "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
