"""A table of candidate sites, checked from the command line."""

import json
from pathlib import Path

import openpyxl
from typer.testing import CliRunner

from chargegeo import cli


def test_a_table_of_candidates_is_checked(tmp_path: Path) -> None:
    path, out = tmp_path / "sites.csv", tmp_path / "report.xlsx"
    path.write_text("site_id,lon,lat,bays\na,113.51234,34.51234,8\nb,113.61234,34.51234,-2\n", "utf-8")
    asked = ["check", str(path), "--kind", "candidates", "--datum", "wgs84", "--json", "--out", str(out)]
    said = CliRunner().invoke(cli.app("en"), ["--lang", "en", *asked])
    assert said.exit_code == 0
    report = json.loads(said.stdout)
    assert (report["status"], report["rows"], report["accepted"], report["quarantine"]) == (
        "quarantined", 2, 1, 1,
    )  # fmt: skip
    (place,) = [item for item in report["places"] if item["severity"] == "quarantine"]
    assert (place["line"], place["column"], place["value"]) == (3, "bays", "-2")
    assert len(openpyxl.load_workbook(out).sheetnames) > 1
    refused = CliRunner().invoke(cli.app("en"), ["--lang", "en", *asked[:4]])
    assert refused.exit_code == 1 and "datum" in refused.stderr
