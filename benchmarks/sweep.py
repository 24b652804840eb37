"""A sweep of scenarios killed and resumed, against one clean run: the same bytes, and both cores used.

The province of the sample, the first townships of it, in a straight line or by road. Each run is a process of its
own. Prints one JSON line; ends with an error if the bytes differ or a scenario that was done was solved again.
"""

import argparse
import hashlib
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RUN = """
import json, resource, sys, time
from contextlib import contextmanager
from chargegeo import study

taken = {}

@contextmanager
def step(name):
    begun = time.perf_counter()
    yield
    taken[name] = round(time.perf_counter() - begun, 1)

found = study.site(sys.argv[1], sys.argv[2], step=step)
of_workers = resource.getrusage(resource.RUSAGE_CHILDREN)
cores = round((of_workers.ru_utime + of_workers.ru_stime) / taken["sweep"], 2)
planned = sum(bool(one.tables) for one in found)
print(json.dumps({"steps": taken, "cores_in_sweep": cores, "planned": planned, "of": len(found)}))
"""


def question(folder: Path, *, scenarios: int, units: int, by_road: bool) -> Path:
    """A sample, its first townships, and a sweep over them."""
    import geopandas as gpd

    from chargegeo import sample

    files = sample.write(folder / "sample")
    towns = gpd.read_file(files["townships"])
    towns.head(units).to_file(files["townships"], driver="GPKG")
    text = files["study"].read_text("utf-8")
    start, end = text.index("[roads]"), text.index("[targets]")
    files["study"].write_text(text[: end if by_road else start], "utf-8")
    piles = [units + 20 * n for n in range(scenarios // 4)]
    path = files["study"].with_name("sweep.toml")
    path.write_text(
        f'name = "sweep"\nstudy = "study.toml"\ntarget_piles = {units}\npeople_per_gun = 0\n'
        f'[candidates]\nbays = 24\n[sweep]\ntarget_piles = {piles}\nrung = ["A0", "A2", "A3", "A4"]\n',
        "utf-8",
    )
    return path


def hashes(folder: Path) -> dict[str, str]:
    """Hash of every file of a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def finished(work: Path) -> dict[str, int]:
    """When each scenario that is done was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in work.glob("*/manifest.json")}


def timed(question: Path, out: Path) -> dict[str, Any]:
    """One run to its end: seconds, cores used (CPU time by wall time; of the workers in the sweep), largest process."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    call = [sys.executable, "-c", RUN, str(question), str(out)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        **json.loads(done.stdout.splitlines()[-1]), "seconds": round(wall, 1), "cpu_seconds": round(cpu, 1),
        "cores": round(cpu / wall, 2), "peak_mb": round(after.ru_maxrss / 1024),
    }  # fmt: skip


def killed(question: Path, out: Path, enough: int) -> dict[str, int]:
    """Begin a run, kill it once so many scenarios are done, and return those."""
    work = out.with_name(f".{out.name}.chargegeo_sweep")
    call = [sys.executable, "-c", RUN, str(question), str(out)]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while len(finished(work)) < enough and run.poll() is None:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    time.sleep(2)  # its workers end by themselves
    return finished(work)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=100)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--roads", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = question(folder, scenarios=given.scenarios, units=given.units, by_road=given.roads)
        clean = timed(asked, folder / "clean")
        kept = killed(asked, folder / "resumed", given.scenarios // 3)
        resumed = timed(asked, folder / "resumed")
        equal = hashes(folder / "clean") == hashes(folder / "resumed")
    told = {"row": f"sweep_{given.scenarios}", "units": given.units, "clean": clean, "kept_after_kill": len(kept),
            "resumed": resumed, "equal_bytes": equal}  # fmt: skip
    print(json.dumps(told))
    if not equal or len(kept) >= given.scenarios:
        sys.exit(1)


if __name__ == "__main__":
    main()
