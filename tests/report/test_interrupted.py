"""A full disk or a killed process never costs an earlier result."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyogrio
import pytest
from python_calamine import CalamineWorkbook

from chargegeo import labels

WRITE = """
import resource, sys
from chargegeo import errors
from tests.report import test_geopackage, test_workbook, world
target, limit, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
write = test_geopackage.write if target.endswith("gpkg") else test_workbook.write
stations = world.stations([f"{i * 7919 % 1000003}" for i in range(n)])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print("ready", flush=True)
try:
    while True:
        write(target, stations=stations)
        if limit or n < 1000:
            break
except errors.OutputFault as error:
    sys.exit(7 if error.faults[0].code == "cannot_write" else 8)
"""


def n_stations(path: Path) -> int:
    if path.suffix == ".gpkg":
        return int(pyogrio.read_info(path, layer="stations", force_feature_count=True)["features"])
    name = labels.text("report.sheet.stations")
    return len(CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()) - 2


TARGETS = pytest.mark.parametrize("name", ["t.xlsx", "t.gpkg"])


def command(target: Path, limit: int, n: int) -> list[str]:
    return [sys.executable, "-c", WRITE, str(target), str(limit), str(n)]


@TARGETS
def test_a_full_disk_keeps_the_old_file(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    assert subprocess.run(command(target, 0, 10), check=False).returncode == 0, (
        "an undisturbed run must succeed"
    )
    before = target.read_bytes()
    assert subprocess.run(command(target, 20_000, 5000), check=False).returncode == 7
    assert target.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [name]


@TARGETS
def test_a_killed_writer_keeps_the_old_file(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    subprocess.run(command(target, 0, 10), check=True)
    before = target.read_bytes()
    for moment in (0.05, 0.13):
        with subprocess.Popen(command(target, 0, 20_000), stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(moment)
            os.kill(writer.pid, signal.SIGKILL)
        assert target.read_bytes() == before or n_stations(target) == 20_000
    subprocess.run(command(target, 0, 10), check=True)
    assert [p.name for p in tmp_path.iterdir()] == [name], "leftovers must be swept"
