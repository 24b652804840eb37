"""Registers as they come: ours beside what an analyst would write, each run in a process of its own.

``make bench`` prints three tables: a messy CSV read, cleaned and placed in 2,586 units (pandas and geopandas
only read and join, and clean nothing); an XLSX read; and the faulty CSVs of the shared corpus, where it is
there: how many each validator flags, with the same schema for frictionless and pandera. Seconds are of the
whole process, start and imports included.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ENCODING = "gb18030"
SHARED = Path(os.environ.get("CHARGEGEO_SHARED", ROOT.parent / "shared"))


def csv_ours(folder: Path) -> object:
    from chargegeo import clean, coverage, region, sources, store

    units = store.read_table(folder / "units.parquet", "units")
    raw = sources.read(folder / "register.csv")
    found = clean.stations(raw, region.load("henan"), datum="gcj02", units=units)
    placed = coverage.place(found.table, units)
    return {"placed": int(placed.notna().sum()), "set aside": len(found.quarantine), "rows": found.rows}


def csv_pandas_sjoin(folder: Path) -> object:
    import geopandas as gpd
    import pandas as pd

    units = gpd.read_parquet(folder / "units.parquet")
    table = pd.read_csv(folder / "register.csv", encoding=ENCODING, low_memory=False)
    lon, lat = (pd.to_numeric(table.iloc[:, column], errors="coerce") for column in (6, 7))
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=units.crs)
    joined = gpd.sjoin(points, units[["unit_code", "geometry"]], predicate="within")
    return {"placed": len(joined), "rows": len(table)}


def xlsx_ours(folder: Path) -> object:
    from chargegeo import sources

    return {"rows": len(sources.read(folder / "register.xlsx").frame)}


def xlsx_pandas_calamine(folder: Path) -> object:
    import pandas as pd

    return {"rows": len(pd.read_excel(folder / "register.xlsx", engine="calamine"))}


def xlsx_openpyxl(folder: Path) -> object:
    import openpyxl

    book = openpyxl.load_workbook(folder / "register.xlsx", read_only=True, data_only=True)
    return {"rows": sum(1 for _ in book.worksheets[0].iter_rows(values_only=True)) - 1}


def _corpus() -> list[tuple[Path, bool]]:
    """The CSV files of the corpus, and whether each is faulty."""
    lines = (SHARED / "badinputs" / "manifest.csv").read_text("utf-8").splitlines()
    rows = [row for row in csv.DictReader(lines) if row["kind"] == "csv"]
    return [(SHARED / "badinputs" / row["file"], row["expected"] != "ACCEPT") for row in rows]


def _tally(flags: Callable[[Path], bool]) -> object:
    answers = [(path.name, faulty, flags(path)) for path, faulty in _corpus()]
    return {
        "flagged": sum(flagged for _, faulty, flagged in answers if faulty),
        "faulty": sum(faulty for _, faulty, _ in answers),
        "sound but flagged": [name for name, faulty, flagged in answers if flagged and not faulty],
        "missed": [name for name, faulty, flagged in answers if faulty and not flagged],
    }


def _fields(path: Path) -> list[dict[str, Any]]:
    """What a careful analyst would write down for a file of the corpus, by position of the column."""
    clean = SHARED / "badinputs" / "clean"
    english = b"station_id" in path.read_bytes()[:2000]
    names = next(
        csv.reader((clean / f"stations_{'en' if english else 'cn'}.csv").read_text("utf-8").splitlines()[:1])
    )
    towns = json.loads((clean / "townships.geojson").read_text("utf-8"))["features"]
    rules: list[dict[str, Any]] = [
        {"type": "string", "required": True, "unique": True},
        {"type": "string", "required": True},
        {"type": "string"},
        {"type": "number", "required": True, "minimum": 110.3, "maximum": 116.7},
        {"type": "number", "required": True, "minimum": 31.3, "maximum": 36.4},
        {"type": "string", "required": True, "enum": sorted(town["properties"]["code"] for town in towns)},
        {"type": "integer", "minimum": 0},
        {"type": "integer", "minimum": 0},
        {"type": "number", "minimum": 1, "maximum": 1500},
        {"type": "string"},
        {"type": "date"},
    ]
    return [{"name": name, **rule} for name, rule in zip(names, rules, strict=True)]


def corpus_ours(_: Path) -> object:
    from chargegeo import clean, errors, region, sources

    henan = region.load("henan")
    towns = clean.units(sources.read(SHARED / "badinputs" / "clean" / "townships.geojson"), henan).table

    def flags(path: Path) -> bool:
        try:
            return bool(clean.stations(sources.read(path), henan, datum="wgs84", units=towns).findings)
        except errors.InputError:
            return True

    return _tally(flags)


def corpus_frictionless(_: Path) -> object:
    from frictionless import Resource, Schema, system

    def flags(path: Path) -> bool:
        fields = [
            {
                "name": field.pop("name"),
                "type": field.pop("type"),
                "constraints": field,
            }
            for field in _fields(path)
        ]
        resource = Resource(path=str(path), schema=Schema.from_descriptor({"fields": fields}))
        return not resource.validate().valid

    with system.use_context(trusted=True):
        return _tally(flags)


def corpus_pandera(_: Path) -> object:
    import pandas as pd
    import pandera.pandas as pa

    kinds = {"string": str, "number": float, "integer": int, "date": "datetime64[ns]"}

    def flags(path: Path) -> bool:
        columns, texts = {}, {}
        for field in _fields(path):
            checks = []
            if "minimum" in field:
                checks.append(pa.Check.ge(field["minimum"]))
            if "maximum" in field:
                checks.append(pa.Check.le(field["maximum"]))
            if "enum" in field:
                checks.append(pa.Check.isin(field["enum"]))
            empty = not field.get("required", False)
            columns[field["name"]] = pa.Column(
                kinds[field["type"]], checks, nullable=empty, unique=field.get("unique", False)
            )
            if field["type"] == "string":
                texts[field["name"]] = str
        try:
            pa.DataFrameSchema(columns, strict=True, coerce=True).validate(
                pd.read_csv(path, dtype=texts), lazy=True
            )
        except Exception:  # whatever it stumbles over counts for it
            return True
        return False

    return _tally(flags)


CONTESTS: dict[str, list[Callable[[Path], object]]] = {
    "CSV, {rows:,} rows, read + cleaned + placed (geopandas: read + joined)": [csv_ours, csv_pandas_sjoin],
    "XLSX, {sheet:,} rows, read": [xlsx_ours, xlsx_pandas_calamine, xlsx_openpyxl],
    "faulty CSVs of the corpus": [corpus_ours, corpus_frictionless, corpus_pandera],
}


def run(contender: str, folder: Path) -> tuple[float, float, float, str]:
    """Wall seconds, CPU seconds, peak memory in MB and answer of one contender."""
    start = time.perf_counter()
    command = [sys.executable, __file__, "--contender", contender, "--folder", str(folder)]
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        out.seek(0)
        answer = out.read().decode().strip()
    if status:
        answer = f"failed with status {os.waitstatus_to_exitcode(status)}"
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, answer


def contest(contenders: list[Callable[[Path], object]], folder: Path, runs: int) -> None:
    """Every contender in turn, run by run; medians."""
    found: dict[str, list[tuple[float, float, float, str]]] = {each.__name__: [] for each in contenders}
    for _ in range(runs):
        for name, each in found.items():
            each.append(run(name, folder))
    for name, each in found.items():
        wall, cpu, peak = (
            statistics.median(column) for column in zip(*(one[:3] for one in each), strict=True)
        )
        print(f"  {name:22} {wall:6.2f} s wall {cpu:6.2f} s CPU {peak:5.0f} MB  {each[-1][3]}")


def main(rows: int, sheet: int, runs: int) -> None:
    """Make the files once, and run all contests."""
    with tempfile.TemporaryDirectory() as name:
        # not in this process: a child's peak memory starts from that of its parent
        make = [
            sys.executable,
            str(ROOT / "benchmarks" / "messy.py"),
            name,
            "--rows",
            str(rows),
            "--sheet",
            str(sheet),
        ]
        subprocess.run(make, check=True)
        for title, contenders in CONTESTS.items():
            if contenders[0] is corpus_ours and not SHARED.is_dir():
                print("faulty CSVs of the corpus: shared folder absent")
                continue
            print(f"{title.format(rows=rows, sheet=sheet)} (median of {runs})", flush=True)
            contest(contenders, Path(name), runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--sheet", type=int, default=30_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--contender")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.contender:
        print(json.dumps(globals()[asked.contender](asked.folder)))
    else:
        main(asked.rows, asked.sheet, asked.runs)
