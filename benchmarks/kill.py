"""Writers ended by ``kill -9`` at random moments: never a broken output, never a leftover after the next run.

Each try is a process of its own that writes two versions of a file in turn until it is killed. What stands under
the file's name must then be one of the two, byte for byte, and the next writer must leave nothing beside it.
Needs ``os.fork``. Ends with an error if anything was broken or left.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import world

from chargegeo import coverage, region, report, schema, store

FORMATS = ("t.gpkg", "t.xlsx", "t.parquet", "t.csv")
UNITS, STATIONS = 200, 4000


def tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """Two versions of everything that is written."""
    with tempfile.TemporaryDirectory() as folder:
        units, henan = world.units(folder, 30)
    units = units.head(UNITS)
    rule = henan.rules["township_ladder"]
    stations, piles = world.register(units, STATIONS)
    table = coverage.by_unit(units, stations, piles, henan, rule, placed=coverage.place(stations, units))
    caption = schema.Caption(
        title="-", author="-", date="2026-01-01", source="-", datum="-", definition="-", denominator="-"
    )
    whole = {
        "units": units, "stations": stations, "coverage": table, "gaps": schema.empty("gaps"),
        "counties": region.counties(henan), "rollup": coverage.roll_up(units, table, henan, rule),
        "repairs": schema.empty("repairs"), "quarantine": schema.empty("quarantine"), "caption": caption,
    }  # fmt: skip
    return whole, {**whole, "stations": stations.head(STATIONS // 2)}


def write(path: Path, made: dict[str, Any]) -> None:
    """Write one version by the format's own writer."""
    if path.suffix == ".gpkg":
        given = {
            name: made[name] for name in ("units", "stations", "coverage", "gaps", "counties", "caption")
        }
        report.geopackage(path, **given)
    elif path.suffix == ".xlsx":
        given = {name: table for name, table in made.items() if name != "counties"}
        report.workbook(path, **given, warnings=[], rule_rows=[])
    else:
        store.write_table(made["stations"], path, "stations")


def n_read(path: Path) -> int:
    """Stations in a file as another program reads them."""
    import pandas as pd
    import pyarrow.parquet as pq

    if path.suffix == ".gpkg":
        return len(gpd.read_file(path, layer="stations"))
    if path.suffix == ".xlsx":
        return max(
            len(sheet) for sheet in pd.read_excel(path, sheet_name=None, header=1, engine="calamine").values()
        )
    return len(pd.read_csv(path)) if path.suffix == ".csv" else pq.read_metadata(path).num_rows


def child(work: Callable[[int], None]) -> tuple[int, int]:
    """Process that does some work and ends, and the end of a pipe whose other end the work is given."""
    heard, told = os.pipe()
    pid = os.fork()
    if pid:
        os.close(told)  # else the end of a writer would not be heard
        return pid, heard
    try:
        work(told)
    except BaseException as error:
        print(error, file=sys.stderr)
        os._exit(1)
    os._exit(0)


def whole(path: Path, made: dict[str, Any]) -> str:
    """Hash of an undisturbed file, written in a process of its own."""
    pid, heard = child(lambda _: write(path, made))
    _, status = os.waitpid(pid, 0)
    os.close(heard)
    if status:
        sys.exit(f"{path.name}: an undisturbed run fails")
    return store.sha256(path)


def forever(path: Path, versions: tuple[dict[str, Any], dict[str, Any]], ready: int) -> None:
    """Write the versions in turn; say so after the first."""
    write(path, versions[0])
    os.write(ready, b"1")
    while True:
        write(path, versions[1])
        write(path, versions[0])


def contest(name: str, versions: tuple[dict[str, Any], dict[str, Any]], tries: int) -> tuple[int, int, int]:
    """Broken files, leftovers, and kills that fell into a write, of so many tries."""
    broken = left = within = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        good = {whole(path, made) for made in reversed(versions)}
        assert len(good) == 2 and n_read(path) >= STATIONS
        start = time.perf_counter()
        whole(path, versions[0])
        period = 2 * (time.perf_counter() - start)
        for _ in range(tries):
            pid, heard = child(lambda ready: forever(path, versions, ready))
            if not os.read(heard, 1):
                sys.exit(f"{name}: a writer ended by itself")
            time.sleep(random.uniform(0, period))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(heard)
            within += len(list(Path(folder).iterdir())) > 1
            broken += not path.exists() or store.sha256(path) not in good
            whole(path, versions[0])
            left += len(list(Path(folder).iterdir())) > 1
    return broken, left, within


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200, help="of each format")
    asked = parser.parse_args()
    both = tables()
    failed = 0
    for each in FORMATS:
        broken, left, within = contest(each, both, asked.tries)
        print(
            f"{each}: {asked.tries} kills, {within} within a write: {broken} broken, {left} leftovers",
            flush=True,
        )
        failed += broken + left
    sys.exit(1 if failed else 0)
