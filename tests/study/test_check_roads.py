"""A map of roads, checked: what the corpus says of each file, what the report holds, and what the command saves."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chargegeo import cli, roads, study
from chargegeo.vocab import Outcome

# what the manifest calls a warning is told among the warnings of a file that is accepted
STATUS = {
    "ACCEPT": {"accepted"}, "WARN": {"accepted"}, "REPAIR": {"repaired"}, "ERROR": {"refused"},
}  # fmt: skip


def test_every_map_of_the_corpus_gets_what_the_manifest_says(shared: Path) -> None:
    folder = shared / "badinputs"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["check_kind"] == "roads"]
    assert len(rows) >= 12
    for row in rows:
        found = study.check(folder / row["file"], kind="roads")
        assert found.status in STATUS[row["expected"]], row["file"]
        if row["expected"] == "WARN":
            assert found.as_json()["warnings"]
        if row["expected"] == "ERROR":
            assert found.error is not None and str(folder / row["file"]) in found.error.text("en")
    assert study.check(folder / "clean" / "roads.osm", kind="roads").status is Outcome.ACCEPTED


def test_odd_speeds_name_every_way_and_no_time_is_zero(shared: Path) -> None:
    found = study.check(shared / "badinputs" / "open" / "maxspeed_odd.osm", kind="roads")
    assert sorted(place["feature"] for place in found.as_json()["places"]) == [11, 12, 13, 14, 15]
    assert found.network is not None and 0 < found.as_json()["network"]["imputed_share"] < 1
    assert (found.network.minutes > 0).all()


OSM = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
<node id="1" lat="34.1" lon="113.1" version="1"/><node id="2" lat="34.1" lon="113.2" version="1"/>
<node id="3" lat="34.2" lon="113.2" version="1"/>
<way id="11" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="trunk"/><tag k="ref" v="G107"/>
<tag k="maxspeed" v="80"/></way>
<way id="12" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
</osm>"""


@pytest.fixture
def map_(tmp_path: Path) -> Path:
    path = tmp_path / "map.osm"
    path.write_text(OSM, "utf-8")
    return path


def run(*arguments: str, lang: str = "en"):
    return CliRunner().invoke(cli.app(lang), ["--lang", lang, *arguments])


def test_the_report_as_json(map_: Path) -> None:
    said = run("check", str(map_), "--kind", "roads", "--json")
    assert said.exit_code == 0
    report = json.loads(said.stdout)
    assert (report["status"], report["rows"], report["accepted"], report["quarantine"]) == (
        "accepted",
        2,
        2,
        0,
    )
    network = report["network"]
    assert (network["n_nodes"], network["n_edges"], network["n_components"]) == (3, 3, 1)
    # one-way out of the only crossing: nobody comes back from node 3
    assert network["no_way_out"] == {"n": 1, "node_ids": [3]} and network["no_way_in"]["n"] == 0
    by_ref = {(row["road_class"], row["ref"]): row for row in network["roads"]}
    assert by_ref[("national", "G107")]["km"] == pytest.approx(9.22, abs=0.02)
    assert by_ref[("residential", None)]["imputed_share"] == 1


def test_the_command_builds_saves_and_says_what_it_built(map_: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "roads.parquet"
    said = run("roads", str(map_), "--out", str(out))
    assert (
        said.exit_code == 0 and "national road" in said.stdout and "3 nodes, 3 directed edges" in said.stdout
    )
    assert roads.load(out).n_edges == 3
    assert run("roads", str(map_), "--out", str(out)).exit_code == 0, "its own earlier network is replaced"


@pytest.mark.parametrize("name", ["roads.csv", "map.osm"])
def test_no_other_file_is_replaced(map_: Path, tmp_path: Path, name: str) -> None:
    before = map_.read_bytes()
    said = run("roads", str(map_), "--out", str(tmp_path / name))
    assert said.exit_code == 1 and "Parquet" in said.stderr
    assert map_.read_bytes() == before and [path.name for path in tmp_path.iterdir()] == ["map.osm"]


def test_a_map_that_cannot_be_read_is_refused_with_one_message(tmp_path: Path) -> None:
    path = tmp_path / "cut.osm"
    path.write_text(OSM[:300], "utf-8")
    said = run("roads", str(path), "--out", str(tmp_path / "roads.parquet"), lang="zh")
    assert said.exit_code == 1 and str(path) in said.stderr and "Traceback" not in said.stderr
    assert not (tmp_path / "roads.parquet").exists()


def test_a_saved_network_is_no_map(map_: Path, tmp_path: Path) -> None:
    out = tmp_path / "roads.parquet"
    run("roads", str(map_), "--out", str(out))
    assert study.check(out, kind="roads").status is Outcome.REFUSED


@pytest.mark.parametrize(
    ("given", "idle"),
    [
        (["--kind", "roads", "--datum", "gcj02", "--units", "towns.geojson"], ["datum", "units"]),
        (["--kind", "units", "--units", "towns.geojson"], ["units"]),
        (["--kind", "target", "--sheet", "one"], ["sheet"]),
    ],
)
def test_options_that_a_kind_does_not_know_are_refused(map_: Path, given: list[str], idle: list[str]) -> None:
    said = run("check", str(map_), *given, "--json")
    assert said.exit_code == 1
    report = json.loads(said.stdout)
    told = [(item["problem"], item["value"]) for item in report["places"]]
    assert (report["status"], told) == ("refused", [("check_option", name) for name in idle])


def test_options_of_road_lines_are_refused_for_an_extract(map_: Path, tmp_path: Path) -> None:
    out = tmp_path / "roads.parquet"
    said = run("roads", str(map_), "--out", str(out), "--layer", "roads", "--crossings")
    assert said.exit_code == 1 and not out.exists()
    assert str(map_) in said.stderr and "'layer'" in said.stderr and "'crossings'" in said.stderr


def test_a_table_of_service_areas_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(
        "name,road_ref,direction,chainage,n_piles\nA,G4,forward,K12+300,8\nA,G4,backward,K12+300,-2\n",
        "utf-8",
    )
    said = run("check", str(path), "--kind", "service_areas", "--json")
    assert said.exit_code == 0
    report = json.loads(said.stdout)
    assert (report["status"], report["rows"], report["accepted"], report["quarantine"]) == (
        "quarantined",
        2,
        1,
        1,
    )
    (place,) = [item for item in report["places"] if item["severity"] == "quarantine"]
    assert (place["line"], place["column"], place["value"]) == (3, "n_piles", "-2")
