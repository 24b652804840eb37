"""Fuzz the text readers: any bytes in, nothing but an ``InputError`` out. ``make fuzz`` runs each for a minute.

Fed are the readers below the catch-all of ``sources.read``, which would turn a slip into a refusal without a
reason. An input that raises anything else is kept by the place it raised at, and the search goes on; one that
takes longer than ten seconds or 2 GB ends the run of its reader. Needs atheris (extra ``fuzz``).
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CHARGEGEO_SHARED", ROOT.parent / "shared"))
READERS = {"sniff": "a", "csv": "a.csv", "json": "a.geojson"}
ENDINGS = {"sniff": ("*",), "csv": ("*.csv", "*.xls"), "json": ("*.geojson", "*.json")}
LARGEST = 8192
_POINT = {"type": "Point", "coordinates": [113.1, 34.2]}
_FEATURE = {"type": "Feature", "properties": {"id": "1", "n": 2, "deep": [1]}, "geometry": _POINT}
_NAMES = "\u7ad9\u540d"
SEEDS = [
    f"id,{_NAMES},lon,lat\n1,\u7532,113.1,34.2\n2,\u4e59,113.3,34.4\n".encode(),
    f"id;{_NAMES}\r\n1;\u7532\r\n".encode("gb18030"),
    b'title,,\n\nid,"a ""b""",c\n1,"x\ny",3\ntotal,,3\n',
    b"\xef\xbb\xbfid\tlon\n1\t2\n",
    json.dumps({"type": "FeatureCollection", "features": [_FEATURE, _FEATURE]}).encode(),
    json.dumps(_FEATURE).encode() + b"\n" + json.dumps(_FEATURE).encode(),
    b'{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:4490"}},"features":[]}',
    b'{"data":[{"id":"1","coordinates":{"latitude":"34.1","longitude":"113.1"},"evses":[]}]}',
    b'{"Data":{"StationInfos":[{"StationID":"1","StationLng":113.1,"StationLat":34.1}]}}',
]
WORDS = [
    '"', '""', ",", ";", "\\x09", "\\x0d\\x0a", "\\xef\\xbb\\xbf", "\\xff\\xfe", "{", "}", "[", "]", "null", "NaN",
    "1e999", "\\\\ud800", '"features"', '"Feature"', '"geometry"', '"coordinates"', '"properties"', '"type"',
    '"MultiPolygon"', '"GeometryCollection"', '"geometries"', '"crs"', '"StationInfos"', '"evses"', "PK\\x03\\x04",
    "SQLite format 3\\x00", "<!DOCTYPE", "<html", "\\x81\\x30\\x81\\x30", "\\x1e",
]  # fmt: skip


def _target(reader: str) -> Callable[[bytes], object]:
    from chargegeo.sources import features, sniff, text
    from chargegeo.sources.raw import Source

    read: dict[str, Callable[[Source], object]] = {
        "sniff": lambda source: sniff.kind(source),
        "csv": lambda source: text.read(source, sheet=None, layer=None),
        "json": lambda source: features.read(source, sheet=None, layer=None),
    }
    return lambda data: read[reader](Source(READERS[reader], data))


def _place(error: BaseException) -> str:
    """Type of an error and the last line of ours it passed."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "chargegeo" in f.filename]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"


def fuzz(reader: str, folder: Path, seconds: int) -> None:
    """Fuzz one reader in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["chargegeo"]):
        target = _target(reader)
        from chargegeo import errors

    def once(data: bytes) -> None:
        try:
            target(data)
        except errors.InputError:
            return
        except MemoryError:
            raise
        except BaseException as error:
            kept = folder / f"{reader}-{_place(error)}"
            if not kept.exists():
                kept.write_bytes(data)
                print(f"{kept}: {traceback.format_exc()}", file=sys.stderr)

    (folder / "words").write_text(
        "".join('"{}"\n'.format(word.replace('"', '\\"')) for word in WORDS), "utf-8"
    )
    options = {
        "max_total_time": seconds, "max_len": LARGEST, "timeout": 10, "rss_limit_mb": 2048,
        "dict": folder / "words", "artifact_prefix": f"{folder}/{reader}-stopped-", "print_final_stats": 1,
    }  # fmt: skip
    atheris.Setup(
        [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(folder / "seeds")], once
    )
    atheris.Fuzz()


def _seed(reader: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    small = [
        path.read_bytes()
        for ending in ENDINGS[reader]
        for path in sorted((SHARED / "badinputs").rglob(ending))
        if path.is_file() and path.stat().st_size <= LARGEST
    ]
    for number, data in enumerate(SEEDS + small):
        (folder / str(number)).write_bytes(data)


def main(seconds: int, readers: list[str], out: Path) -> int:
    """Fuzz the readers one after another; the number of different failures."""
    failures = 0
    for reader in readers:
        folder = out / reader
        _seed(reader, folder / "seeds")
        command = [
            sys.executable,
            __file__,
            "--child",
            reader,
            "--seconds",
            str(seconds),
            "--out",
            str(folder),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        executed = re.search(r"number_of_executed_units:\s*(\d+)", ended.stderr)
        found = sorted(folder.glob(f"{reader}-*"))
        told = f"{int(executed[1]):,} executions" if executed else f"ended early:\n{ended.stderr[-2000:]}"
        print(f"{reader}: {told} in {seconds} s, {len(found)} failures", flush=True)
        for path in found:
            print(f"  {path}")
        failures += len(found) + (not executed)
    return failures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--readers", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--out", type=Path, help="folder that keeps inputs that fail; a new one if not named")
    parser.add_argument("--child", choices=READERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        fuzz(asked.child, asked.out, asked.seconds)
    else:
        made = asked.out or Path(tempfile.mkdtemp(prefix="chargegeo-fuzz-"))
        sys.exit(1 if main(asked.seconds, asked.readers, made) else 0)
