"""Real registers and boundaries, end to end; the expected figures are those that their sources state."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from chargegeo import datum, study

HENAN = """
[study]
title = "Heavy-truck stations by township, seats of 2016"
date = "2026-08-31"
[units]
file = "{shared}/data/henan_admin/towns_2016_gcj02.csv"
mode = "seats"
datum = "gcj02"
columns = {{ unit_code = "code", name = "name" }}
[units.counties]
file = "{shared}/data/henan_admin/counties_2018_gcj02.parquet"
datum = "gcj02"
[stations]
file = "{shared}/data/henan_truck_stations/henan_heavy_truck_stations.csv"
datum = "wgs84"
columns = {{ station_id = "id" }}
defaults = {{ access = "public", status = "in_service" }}
"""

SHENZHEN = """
[study]
title = "Charging by traffic zone"
date = "2023-06-30"
region = "shenzhen"
[units]
file = "{shared}/data/shenzhen_zones/shenzhen_zones.gpkg"
kind = "zone"
[stations]
file = "{shared}/data/registers/shenzhen_stations_stevcdp.csv"
datum = "{datum}"
defaults = {{ access = "public", status = "in_service" }}
"""


def solved(text: str, folder: Path, **values: object) -> study.Results:
    (folder / "study.toml").write_text(text.format(**values), "utf-8")
    return study.solve(study.load(folder / "study.toml"))


def test_truck_stations_are_wgs84(shared):
    """The coordinates, shifted to GCJ-02, fall on the grid of six decimals that the map service hands out."""
    path = shared / "data/henan_truck_stations/henan_heavy_truck_stations.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    given = np.array([[float(row["longitude"]), float(row["latitude"])] for row in rows])

    def off_grid(degrees):
        return np.abs(degrees * 1e6 - np.round(degrees * 1e6))

    shifted = np.stack(datum.from_wgs84(given[:, 0], given[:, 1], "gcj02"), axis=1)
    back = np.stack(datum.to_wgs84(given[:, 0], given[:, 1], "gcj02"), axis=1)
    assert np.percentile(off_grid(shifted), 95) < 0.02
    for other in (given, back):  # by chance the median would be 0.25
        assert np.median(off_grid(other)) > 0.2


def test_henan_from_seats(shared, tmp_path):
    found = solved(HENAN, tmp_path, shared=shared)
    units, coverage = found.tables["units"], found.tables["coverage"]
    counts = found.counts
    assert len(units) == 2477 and (units["boundary"] == "approximate").sum() == 1952
    assert found.caption.approximate
    # 13 rows repeat an id, as the source says
    assert (counts["stations"]["rows"], counts["stations"]["accepted"]) == (207, 194)
    assert set(found.tables["quarantine"].query("file.str.contains('truck')")["problem"]) == {"duplicate_id"}
    assert counts["stations"]["in_units"] + counts["stations"]["in_no_unit"] == 194
    assert counts["stations"]["pile_count_unknown"] == 194
    held = set(coverage.loc[coverage["n_stations"] > 0, "unit_code"])
    assert held == set(coverage.loc[coverage["state"] == "covered", "unit_code"])
    # power and kind are not in the register, so no unit can be said to fail A2 where a station stands
    assert set(coverage.loc[coverage["state"] == "covered", "next_state"]) == {"unknown"}


@pytest.mark.parametrize(("stated", "share"), [("gcj02", 0.998), ("wgs84", 0.96)])
def test_shenzhen_zones_tell_the_datum(shared, tmp_path, stated, share):
    found = solved(SHENZHEN, tmp_path, shared=shared, datum=stated)
    stations, piles = found.counts["stations"], found.counts["piles"]
    assert (stations["rows"], stations["accepted"], piles["read"]) == (1706, 1706, 22872)
    inside = stations["in_units"] / 1706
    assert (inside > share) if stated == "gcj02" else (inside == pytest.approx(share, abs=0.01))
    by_kind = found.tables["piles"].groupby("current")["n_piles"].sum()
    assert by_kind.to_dict() == {"ac": 20179, "dc": 2693}


def test_a_register_of_another_country_is_refused(shared, tmp_path):
    with gzip.open(shared / "data/registers/ocm_2020_us_gb_ca.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line)["AddressInfo"] for _, line in zip(range(200), lines, strict=False)]
    path = tmp_path / "ocm.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "lon", "lat"])
        writer.writerows([[r["ID"], r["Longitude"], r["Latitude"]] for r in records])
    report = study.check(path, kind="stations", datum="wgs84")
    assert report.status == "refused" and report.rows == 200
    assert report.error.faults[0].code == "mostly_outside"
