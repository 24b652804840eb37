"""No loader opens another file, starts a process or makes a connection; no small file takes much memory."""

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import xlsxwriter

from tests.sources.files import HEADER, ROWS, TEXT, feature, frame, geojson, shapefile, xlsx

ROOT = Path(__file__).parents[2]
MEGABYTES = 450
"""Extra memory that a bomb may take here; the benchmark shows that it is below 300."""


def told(paths: list[Path]) -> list[dict[str, Any]]:
    """What reading each file opened, took and gave, all in one process of its own."""
    lines = "".join(json.dumps([str(path), {}]) + "\n" for path in paths)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.sources.audited"], input=lines, capture_output=True, text=True, cwd=ROOT,
        timeout=300, env={**os.environ, "PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def sound(place: Path) -> list[Path]:
    """One sound file of each format, the first a small CSV."""
    (place / "a.csv").write_text(TEXT, "utf-8")
    (place / "gbk.csv").write_text(TEXT, "gb18030")
    xlsx(place / "a.xlsx", {"S": [HEADER, *ROWS]})
    geojson(place / "a.geojson", [feature(i, n=i) for i in range(3)])
    pyogrio.write_dataframe(frame(), place / "a.gpkg")
    pyogrio.write_dataframe(frame(), place / "a.fgb")
    shapefile(place / "a.zip")
    frame().to_parquet(place / "a.parquet")
    return sorted(path for path in place.iterdir() if path.is_file())


def test_what_is_sound_is_read_from_its_own_file_alone(tmp_path: Path) -> None:
    paths = sound(tmp_path)
    found = told(paths)
    assert [(path.name, each["rows"], each["seen"]) for path, each in zip(paths, found, strict=True)] == [
        (path.name, 3, []) for path in paths
    ]


def test_no_file_of_the_corpus_makes_us_open_another(shared: Path) -> None:
    paths = sorted(path for path in (shared / "badinputs").rglob("*") if path.is_file())
    found = told(paths)
    assert len(found) == len(paths) > 80
    assert [(path.name, each["seen"]) for path, each in zip(paths, found, strict=True) if each["seen"]] == []


def test_the_watch_sees_what_it_must(tmp_path: Path) -> None:
    code = (
        "import os, socket, subprocess, sys; from pathlib import Path; from tests.sources import audited\n"
        "watch = audited.Watch(); sys.addaudithook(watch.hook); watch.file = '/given'\n"
        "Path('/etc/hosts').read_bytes(); subprocess.run([sys.executable, '-c', '']); socket.socket().close()\n"
        "watch.file = None; print(watch.seen)"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    for word in ("open /etc/hosts", "subprocess.Popen", "socket."):
        assert word in seen


# ------------------------------------------------------------------ bombs


def nested_json(path: Path) -> None:
    path.write_text("[" * 1_000_000)


def nested_shapes(path: Path) -> None:
    shape = '{"type":"Point","coordinates":[113,34]}'
    for _ in range(800):
        shape = f'{{"type":"GeometryCollection","geometries":[{shape}]}}'
    path.write_text(
        f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{shape}}}]}}'
    )


def wide_text(path: Path) -> None:
    path.write_text(",".join(f"c{i}" for i in range(1_000_000)) + "\n" + ",".join("1" * 1_000_000) + "\n")


def open_quote(path: Path) -> None:
    path.write_text('a,b\n"' + "x" * 5_000_000)


def one_text_for_all(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for i in range(20_000):
            sheet.write_string(i, 0, "y" * 32_000)


def nested_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook>" + "<a>" * 3_000_000)
        archive.writestr("xl/_rels/workbook.xml.rels", "<r/>")


def dense_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(150_000_000))


def many_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(20_000):
            archive.writestr(f"{i}.shp", b"")


def run_lengths(path: Path) -> None:
    repeated = pa.table({"a": pa.array([7] * 1_000_000, pa.int64())})
    with pq.ParquetWriter(path, repeated.schema) as writer:
        for _ in range(8):
            writer.write_table(repeated)


def endless_view(path: Path) -> None:
    pyogrio.write_dataframe(frame(), path, layer="t")
    base = sqlite3.connect(path)
    base.executescript(
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
        " SELECT x AS fid, (SELECT geom FROM t LIMIT 1) AS geom FROM c;"
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 4326);"
        "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POLYGON', 4326, 0, 0);"
    )
    base.close()


BOMBS = {
    "deep.geojson": nested_json, "shapes.geojson": nested_shapes, "wide.csv": wide_text, "quote.csv": open_quote,
    "texts.xlsx": one_text_for_all, "nested.xlsx": nested_workbook, "dense.zip": dense_archive,
    "members.zip": many_members, "lengths.parquet": run_lengths, "view.gpkg": endless_view,
}  # fmt: skip


def blown(bombs: list[Path], place: Path) -> None:
    """Assert that bombs are refused, and small, once all modules are loaded.

    The peak of memory knows no way down, so it is that of all of them in one process.
    """
    answers = told([*sound(place), *bombs])[-len(bombs) :]
    assert [(path.name, each["rows"], each["seen"]) for path, each in zip(bombs, answers, strict=True)] == [
        (path.name, None, []) for path in bombs
    ]
    assert sum(each["megabytes"] for each in answers) < MEGABYTES


def test_bombs_of_our_own_are_refused(tmp_path: Path) -> None:
    for name, make in BOMBS.items():
        make(tmp_path / name)
    (tmp_path / "sound").mkdir()
    blown([tmp_path / name for name in BOMBS], tmp_path / "sound")


def test_bombs_of_the_corpus_are_refused(shared: Path, tmp_path: Path) -> None:
    names = ("sheet_bomb.xlsx", "bomb_300MB.zip", "entity_bomb.kml", "entity_bomb.osm", "huge_field_2MB.csv")
    blown([shared / "badinputs" / "open" / name for name in names], tmp_path)
