"""The faulty boundary files: each gets what the manifest says, and names what it must name."""

import csv
from pathlib import Path

import pytest

from chargegeo import clean, region, sources
from chargegeo.errors import InputError
from chargegeo.vocab import Outcome, Severity

HENAN = region.load("henan")
OUTCOMES = {
    "ACCEPT": Outcome.ACCEPTED, "WARN": Outcome.ACCEPTED, "REPAIR": Outcome.REPAIRED,
    "QUARANTINE": Outcome.QUARANTINED, "ERROR": Outcome.REFUSED,
}  # fmt: skip
# every made-up code of the corpus is unknown to the region, which is one warning
ALWAYS = "unit_codes_unknown"


def outcome(path: Path) -> tuple[Outcome, clean.Cleaned | InputError]:
    try:
        cleaned = clean.units(sources.read(path), HENAN)
    except InputError as error:
        return Outcome.REFUSED, error
    return cleaned.outcome, cleaned


def cleaned(shared: Path, name: str) -> clean.Cleaned:
    result = outcome(shared / "badinputs" / name)[1]
    assert isinstance(result, clean.Cleaned)
    return result


def test_every_boundary_file_gets_what_the_manifest_says(shared: Path) -> None:
    with (shared / "badinputs/manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["check_kind"] == "units"]
    assert len(rows) >= 20
    for row in rows:
        allowed = {OUTCOMES[word] for word in (row["expected"], row["expected_alt"]) if word}
        got, result = outcome(shared / "badinputs" / row["file"])
        assert got in allowed, (row["id"], got)
        if isinstance(result, clean.Cleaned):
            assert result.rows == int(row["rows_total"]) or row["id"] == "B079"
            told = {item.fault.code for item in result.findings if item.severity is Severity.WARNING} - {
                ALWAYS
            }
            if row["expected"] in {"ACCEPT", "WARN"}:
                assert bool(told) == (row["expected"] == "WARN"), (row["id"], told)


@pytest.mark.parametrize(
    ("name", "code", "feature"),
    [
        ("open/town_bowtie.geojson", "boundary_repaired", "410113100"),
        ("open/town_overlap_big.geojson", "overlap", "410110101; 410111101"),
    ],
)
def test_the_feature_is_named(shared: Path, name: str, code: str, feature: str) -> None:
    result = cleaned(shared, name)
    assert [item.fault.feature for item in result.findings if item.fault.code == code] == [feature]


def test_the_hole_is_named_by_its_place(shared: Path) -> None:
    result = cleaned(shared, "open/town_missing_hole.geojson")
    fault = next(item.fault for item in result.findings if item.fault.code == "hole")
    assert fault.value == "113.40000 34.40000 113.60000 34.60000"


def test_both_units_without_boundary_are_named_and_kept(shared: Path) -> None:
    result = cleaned(shared, "open/null_empty_geometry.geojson")
    assert result.quarantine["unit_code"].tolist() == ["410114100", "410110101"]
    assert set(result.quarantine["unit_code"]) <= set(result.table["unit_code"])


def test_controls_equal_the_clean_file(shared: Path) -> None:
    good = cleaned(shared, "clean/townships.geojson").table
    heights = cleaned(shared, "open/control_z_all.geojson").table
    assert heights["area_km2"].tolist() == pytest.approx(good["area_km2"].tolist(), rel=1e-9)
    exclave = cleaned(shared, "open/control_exclave_multipart.geojson").table
    assert exclave["area_km2"].sum() == pytest.approx(good["area_km2"].sum(), rel=1e-9)


def test_messy_counties_are_repaired_without_changing_an_area(shared: Path) -> None:
    raw = sources.read(shared / "data/henan_counties_messy/henan_counties_echarts_gcj02.parquet")
    result = clean.units(raw, HENAN, kind="county", datum="gcj02", mapping={"unit_code": "name"})
    # 8 of 158 are valid as they come
    assert (result.table["boundary"] == "repaired").sum() >= 140 and result.table.geometry.is_valid.all()
    assert not (result.table["boundary"] == "missing").any()


def test_the_zones_of_shenzhen(shared: Path) -> None:
    raw = sources.read(shared / "data/shenzhen_zones/shenzhen_zones.gpkg")
    result = clean.units(raw, region.load("shenzhen"), kind="zone")
    assert len(result.table) == 491 and result.outcome is Outcome.ACCEPTED
    assert result.table["area_km2"].sum() == pytest.approx(1951, abs=1)
