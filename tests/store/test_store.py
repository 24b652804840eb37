"""What is written is whole, equal to what was given, and never at the cost of what was there."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import Point

from chargegeo import errors, schema, store

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PART = "chargegeo_part_"


def stations(names: list[str | None]) -> pd.DataFrame:
    n = len(names)
    raw = pd.DataFrame(
        {
            "station_id": [f"{i:03d}" for i in range(n)],
            "name": names,
            "file": "register.xlsx",
            "n_piles": [None if i % 3 == 2 else i for i in range(n)],
            "access": "public",
            "availability": [0.1 + i / 1000 for i in range(n)],
            "opened": pd.Timestamp("2024-02-29"),
            "geometry": [None if i % 5 == 4 else Point(113 + i / 7, 34.123456789) for i in range(n)],
        }
    )
    return schema.conform(raw, "stations")


def rollup(text: str) -> pd.DataFrame:
    words = {"rule": "r 1", "level": "city", "code": "4101", "name": text, "group": "all", "rung": "A0"}
    counts = {"n_units": 0, "n_covered": 0, "n_unknown": 0, "n_uncovered": 0}
    return schema.conform(pd.DataFrame({**words, **counts}, index=[0]), "rollup")


def started(code: str, *args: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, args)], stderr=subprocess.PIPE)


def code_of(code: str, *args: object) -> int:
    return subprocess.run([sys.executable, "-c", code, *map(str, args)], check=False).returncode


# ------------------------------------------------------------------ one file


def test_a_file_appears_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    with store.atomic(tmp_path / "new" / "map.html") as part:
        part.write_text("<html>")
        assert part.suffix == ".html" and part.parent == tmp_path / "new"
        assert part.stem.isidentifier(), "the stem must do as a layer name"
        assert not (tmp_path / "new" / "map.html").exists()
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["map.html"]


def test_an_error_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), store.atomic(target) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_an_error_of_the_system_names_the_target(tmp_path: Path) -> None:
    with pytest.raises(errors.OutputFault) as caught, store.atomic(tmp_path / "a.csv"):
        raise OSError(28, "No space left on device")
    assert caught.value.faults[0].file == str(tmp_path / "a.csv")
    assert "No space left on device" in caught.value.faults[0].text("en")
    assert "No space left on device" in caught.value.faults[0].text("zh")


def test_our_own_errors_pass_through(tmp_path: Path) -> None:
    with pytest.raises(errors.MissingFile), store.atomic(tmp_path / "a.csv"):
        raise errors.MissingFile(errors.Fault("no_table", file="x"))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OutputFault) as caught, store.atomic(tmp_path / "file" / "a.csv"):
        pass
    assert caught.value.faults[0].code == "cannot_write"


def test_leftovers_of_dead_processes_are_swept(tmp_path: Path) -> None:
    died = started("")
    died.communicate()
    with store.atomic(tmp_path / "a.gpkg") as part:
        mine = part.name.split("_")[2]
        part.write_text("x")
        dead = tmp_path / f"{PART}{mine}_{died.pid}_0.gpkg"
        for name in (dead.name, f"{dead.name}-journal"):
            (tmp_path / name).write_text("")
        (tmp_path / f"{PART}{mine}_{died.pid}_1").mkdir()
        elsewhere = tmp_path / f"{PART}00000000_{died.pid}_0.gpkg"
        elsewhere.write_text("another machine's")
    with store.atomic(tmp_path / "b.gpkg") as part:
        part.write_text("x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg", elsewhere.name]


WRITE = """
import resource, sys
from chargegeo import errors, store
limit, path, n = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
import pandas as pd
from chargegeo import schema
raw = pd.DataFrame({"station_id": [f"{i:06d}" for i in range(n)], "file": "f", "name": "x" * 50})
raw["name"] = [str(hash((i, "salt"))) * 5 for i in range(n)]
frame = schema.conform(raw, "stations")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print("ready", file=sys.stderr, flush=True)
try:
    while True:
        store.write_table(frame, path, "stations")
        if limit or n < 1000:
            break
except errors.OutputFault as error:
    sys.exit(7 if error.faults[0].code == "cannot_write" else 8)
"""


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_full_disk_keeps_the_old_file(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"stations{suffix}"
    assert code_of(WRITE, 0, target, 10) == 0, "an undisturbed run must succeed"
    before = target.read_bytes()
    assert code_of(WRITE, 4000, target, 5000) == 7
    assert target.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_killed_writer_never_leaves_a_broken_file(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"stations{suffix}"
    store.write_table(stations(["a"]), target, "stations")
    for moment in (0.0, 0.011, 0.023, 0.037, 0.052):
        writer = started(WRITE, 0, target, 3000)
        assert writer.stderr is not None
        writer.stderr.readline()
        time.sleep(moment)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        assert len(store.read_table(target, "stations")) in (1, 3000)
    store.write_table(stations(["a"]), target, "stations")
    assert [p.name for p in tmp_path.iterdir()] == [target.name], "leftovers must be swept"


# ------------------------------------------------------------------ a folder


def write_results(out: Path, files: dict[str, str]) -> None:
    with store.atomic_folder(out) as part:
        for name, text in files.items():
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_text(text)
        store.write_json({"chargegeo": "1", "outputs": sorted(files)}, part / "manifest.json")


def test_results_replace_earlier_results_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_results(out, {"a.txt": "1", "tables/b.txt": "1"})
    write_results(out, {"a.txt": "2"})
    assert sorted(p.name for p in out.rglob("*")) == ["a.txt", "manifest.json"]
    assert (out / "a.txt").read_text() == "2"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failed_run_keeps_earlier_results(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_results(out, {"a.txt": "1"})
    with pytest.raises(ZeroDivisionError), store.atomic_folder(out) as part:
        (part / "a.txt").write_text("half")
        raise ZeroDivisionError
    assert (out / "a.txt").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"thesis.docx": "mine"}, "thesis.docx"),
        ({"thesis.docx": "mine", "manifest.json": "{}"}, "thesis.docx"),
        ({"manifest.json": "not json"}, "manifest.json"),
        ({"a.txt": "", "b.docx": "", "manifest.json": '{"chargegeo": 1, "outputs": ["a.txt"]}'}, "b.docx"),
        ({"manifest.json": '{"chargegeo": "1", "outputs": 3}'}, "manifest.json"),
    ],
)
def test_a_folder_with_other_files_is_refused(tmp_path: Path, files: dict[str, str], named: str) -> None:
    for name, text in files.items():
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_text(text)
    with pytest.raises(errors.OutputFault) as caught:
        write_results(tmp_path / "out", {"a.txt": "1"})
    fault = caught.value.faults[0]
    assert fault.code == "not_ours" and named in str(fault.value)
    assert named in fault.text("zh") and named in fault.text("en")
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == files
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_file_put_there_during_the_run_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_results(out, {"a.txt": "1"})
    with pytest.raises(errors.OutputFault, match="notes"), store.atomic_folder(out):
        (out / "notes.docx").write_text("mine")
    assert (out / "notes.docx").read_text() == "mine" and (out / "a.txt").read_text() == "1"


def test_a_file_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(errors.OutputFault) as caught:
        write_results(tmp_path / "out", {"a.txt": "1"})
    assert caught.value.faults[0].code == "not_ours" and (tmp_path / "out").read_text() == "mine"


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with store.atomic_folder(tmp_path / "out") as part:
        (part / "a.txt").write_text("1")
        with pytest.raises(errors.OutputFault, match=str(os.getpid())) as caught:
            write_results(tmp_path / "out", {"a.txt": "2"})
        assert caught.value.faults[0].code == "in_use"
    assert (tmp_path / "out" / "a.txt").read_text() == "1"


DIE = """
import os, signal, sys
from chargegeo import store
with store.atomic_folder(sys.argv[1]) as part:
    (part / "a.txt").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_blocks_nobody(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_results(out, {"a.txt": "1"})
    assert code_of(DIE, out) == -signal.SIGKILL
    assert (out / "a.txt").read_text() == "1" and len(list(tmp_path.iterdir())) == 3
    write_results(out, {"a.txt": "2"})
    assert (out / "a.txt").read_text() == "2" and [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_swap_that_was_interrupted_is_undone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_results(out, {"a.txt": "1"})
    out.rename(tmp_path / ".out.chargegeo_old")
    with pytest.raises(ZeroDivisionError), store.atomic_folder(out):
        raise ZeroDivisionError
    assert (out / "a.txt").read_text() == "1" and [p.name for p in tmp_path.iterdir()] == ["out"]


# ------------------------------------------------------------------ tables


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("table", schema.tables())
def test_empty_tables(tmp_path: Path, table: str, suffix: str) -> None:
    path = tmp_path / f"{table}{suffix}"
    store.write_table(schema.empty(table), path, table)
    assert_frame_equal(store.read_table(path, table), schema.empty(table))


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_stations_come_back_equal_and_in_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    frame = stations(["a", None, "", "=1+1", "'-x", "0", "NA", "null", "c", "d"])
    given_frame = frame.copy()
    for name in ("1", "2"):
        store.write_table(frame, tmp_path / f"{name}{suffix}", "stations")
    back = store.read_table(tmp_path / f"1{suffix}", "stations")
    assert_frame_equal(back, frame)
    assert isinstance(back, gpd.GeoDataFrame)
    assert back.geometry.geom_equals_exact(frame.geometry, 0).sum() == 8, "two have no place"
    assert store.sha256(tmp_path / f"1{suffix}") == store.sha256(tmp_path / f"2{suffix}")
    assert_frame_equal(frame, given_frame)


@QUIET
@given(text=TEXT | st.text("'=+-@\t \uff1d,\"\\\x00", max_size=6))
def test_any_text_comes_back(tmp_path: Path, text: str) -> None:
    frame = rollup(text)
    for suffix in (".parquet", ".csv"):
        store.write_table(frame, tmp_path / f"t{suffix}", "rollup")
        flat = text if suffix == ".parquet" else text.replace("\r", " ").replace("\n", " ")
        assert store.read_table(tmp_path / f"t{suffix}", "rollup")["name"][0] == flat


@pytest.mark.parametrize(
    "text", ["=1+41", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r\n=1", "\uff1d1", "''=1"]
)
def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    store.write_table(rollup(text), tmp_path / "t.csv", "rollup")
    lines = (tmp_path / "t.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].split('","')[3].startswith("'")


def test_a_csv_that_excel_opens(tmp_path: Path) -> None:
    store.write_table(stations(["x", None]), tmp_path / "t.csv", "stations")
    raw = (tmp_path / "t.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, first, second = raw.decode("utf-8-sig").splitlines()
    assert header.endswith('"file","line","lon","lat"')
    assert first == '"000","x",,"public",,,,,0,,,0.1,2024-02-29,"register.xlsx",,113,34.123456789'
    assert second.startswith('"001",,,"public"')


def test_a_broken_contract_is_refused_and_nothing_written(tmp_path: Path) -> None:
    frame = stations(["a"])
    frame["access"] = "everyone"
    with pytest.raises(errors.ContractFault):
        store.write_table(frame, tmp_path / "t.csv", "stations")
    assert not list(tmp_path.iterdir())


def test_what_is_not_a_table_of_ours(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1\n")
    (tmp_path / "t.parquet").write_text("PAR1")
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(errors.FormatFault, match="cannot be read as our table stations"):
            store.read_table(tmp_path / name, "stations")
    with pytest.raises(errors.MissingFile, match="is not there"):
        store.read_table(tmp_path / "none.csv", "stations")
    with pytest.raises(errors.OutputFault, match=r"not \.xls"):
        store.write_table(stations(["a"]), tmp_path / "t.xls", "stations")


def test_json(tmp_path: Path) -> None:
    store.write_json({"b": "\u4e61", "a": [1.5]}, tmp_path / "m.json")
    text = (tmp_path / "m.json").read_bytes().decode()
    assert text == '{\n  "a": [\n    1.5\n  ],\n  "b": "\u4e61"\n}\n' and json.loads(text)
    with pytest.raises(ValueError, match="JSON compliant"):
        store.write_json({"a": float("nan")}, tmp_path / "m.json")
    assert (tmp_path / "m.json").read_bytes().decode() == text
