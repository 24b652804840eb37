"""Every faulty register of the corpus gets the answer that its manifest states."""

import csv
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from chargegeo import datum, errors, sources
from chargegeo import region as regions
from chargegeo.clean import Cleaned
from chargegeo.clean.register import stations
from chargegeo.vocab import Datum, Outcome, Severity
from tests.clean.stations_help import H

ANSWERS = {Outcome.ACCEPTED: "ACCEPT", Outcome.REPAIRED: "REPAIR", Outcome.QUARANTINED: "QUARANTINE"}


@pytest.fixture(scope="module")
def towns(shared: Path) -> gpd.GeoDataFrame:
    """Townships of the clean reference set, as contract units."""
    found = gpd.read_file(shared / "badinputs" / "clean" / "townships.geojson").to_crs("EPSG:4490")
    short = found["code"].str[:9]
    return found.assign(unit_code=short, county_code=short.str[:6], kind="township")


def check(path: Path, towns: gpd.GeoDataFrame) -> Cleaned:
    """What ``check FILE --datum wgs84 --units FILE`` does."""
    return stations(sources.read(path), regions.load("henan"), datum=Datum.WGS84, units=towns)


def manifest(shared: Path) -> list[dict[str, str]]:
    lines = (shared / "badinputs" / "manifest.csv").read_text("utf-8").splitlines()
    return [row for row in csv.DictReader(lines) if row["check_kind"] == "stations"]


def answers(cleaned: Cleaned) -> set[str]:
    """Words of the manifest that describe an outcome."""
    found = {ANSWERS[cleaned.outcome]}
    warned = any(finding.severity is Severity.WARNING for finding in cleaned.findings)
    return found | {"WARN"} if warned and cleaned.outcome is not Outcome.QUARANTINED else found


def test_every_file_gets_its_answer(shared: Path, towns: gpd.GeoDataFrame) -> None:
    rows = manifest(shared)
    assert len(rows) > 40
    wrong = []
    for row in rows:
        wanted = {row["expected"], row["expected_alt"]} - {""}
        try:
            cleaned = check(shared / "badinputs" / row["file"], towns)
        except errors.InputError as error:
            got = {"ERROR"}
            assert all(error.text(lang) for lang in ("zh", "en"))
        else:
            got = answers(cleaned)
            assert len(cleaned.table) + len(cleaned.quarantine) == cleaned.rows == int(row["rows_total"])
            if "QUARANTINE" in wanted and "QUARANTINE" in got:
                assert len(cleaned.quarantine) == int(row["rows_bad"]), row["id"]
        if not got & wanted:
            wrong.append((row["id"], row["file"], wanted, got))
    assert wrong == []


@pytest.mark.parametrize("name", ["stations_cn.csv", "stations_en.csv"])
def test_the_clean_set_is_accepted_as_it_is(shared: Path, towns: gpd.GeoDataFrame, name: str) -> None:
    cleaned = check(shared / "badinputs" / "clean" / name, towns)
    assert cleaned.outcome is Outcome.ACCEPTED
    assert cleaned.findings == ()
    assert len(cleaned.table) == 20
    assert cleaned.piles is not None
    assert cleaned.piles_in == cleaned.piles["n_piles"].sum() == cleaned.table["n_piles"].sum()


@pytest.mark.parametrize(
    ("name", "lines", "columns"),
    [
        ("mojibake_latin1.csv", {4, 7}, {H["name"]}),
        ("fullwidth_power.csv", {3, 6}, {H["power_kw_max"]}),
        ("coord_zero.csv", {4, 13}, {H["lon"], H["lat"]}),
        ("coord_dms.csv", {2, 9}, {H["lon"], H["lat"]}),
        ("coord_out_of_province.csv", {8, 16}, {H["lon"], H["lat"]}),
        ("dup_id_exact.csv", {5, 11}, {H["station_id"]}),
        ("near_dup_same_point.csv", {7, 22}, {H["station_id"]}),
        ("power_negative.csv", {6, 10}, {H["power_kw_max"]}),
        ("power_in_watts.csv", {4, 8}, {H["power_kw_max"]}),
        ("missing_words_power.csv", {3, 5, 7, 9, 11}, {H["power_kw_max"]}),
        ("power_absurd_20MW.csv", {2}, {H["power_kw_max"]}),
        ("bays_lt_piles.csv", {5, 12}, {H["n_guns"], H["n_piles"]}),
        ("control_chars.csv", {4, 6}, {H["name"], H["station_id"]}),
        ("dates_impossible.csv", {2, 3, 4}, {H["opened"]}),
        ("code_unknown_short.csv", {7, 8}, {H["town_code"]}),
        ("coord_low_precision.csv", {3, 4}, {H["lon"], H["lat"]}),
    ],
)
def test_places_are_named(
    shared: Path, towns: gpd.GeoDataFrame, name: str, lines: set[int], columns: set[str]
) -> None:
    found = check(shared / "badinputs" / "open" / name, towns).findings
    assert lines <= {finding.fault.line for finding in found}
    assert columns <= {finding.fault.column for finding in found}


def test_error_cells_are_named_by_address(shared: Path, towns: gpd.GeoDataFrame) -> None:
    cleaned = check(shared / "badinputs" / "open" / "error_cells_text_numbers.xlsx", towns)
    cells = {f.fault.params["cell"] for f in cleaned.findings if f.fault.code == "error_cell"}
    assert cells == {"D5", "I4"}
    assert any("D5" in finding.fault.text("en") for finding in cleaned.findings)


def test_declared_rows_alone_are_converted(shared: Path, towns: gpd.GeoDataFrame) -> None:
    plain = check(shared / "badinputs" / "clean" / "stations_cn.csv", towns).table
    cleaned = check(shared / "badinputs" / "open" / "gcj02_declared_column.csv", towns)
    (converted,) = [f for f in cleaned.findings if f.fault.code == "datum_converted"]
    assert converted.n_rows == 10
    raw = sources.read(shared / "badinputs" / "open" / "gcj02_declared_column.csv").frame
    shifted = (raw[H["datum"]] == "GCJ-02").to_numpy()
    points = cleaned.table.geometry
    assert points[~shifted].equals(plain.geometry[~shifted])
    # the file's shift is one constant, so the true places cannot come back: ours are exact for what it states
    lon, lat = datum.from_wgs84(points.x[shifted], points.y[shifted], Datum.GCJ02)
    assert (
        np.hypot(lon - raw[H["lon"]][shifted].astype(float), lat - raw[H["lat"]][shifted].astype(float)).max()
        < 1e-8
    )
    assert points[shifted].to_crs(32649).distance(plain.geometry[shifted].to_crs(32649)).max() < 60


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("swap_lonlat_all.csv", ["look swapped", H["lon"], H["lat"]]),
        ("no_lat_column.csv", [H["lat"], f"{H['station_id']}, {H['name']}, {H['operator']}, {H['lon']}"]),
        ("code_sci_notation.csv", [H["town_code"], r"4\.1011E\+11", "lost"]),
        ("no_prj.zip", ["state the crs"]),
    ],
)
def test_whole_files_are_refused_with_a_reason(
    shared: Path, towns: gpd.GeoDataFrame, name: str, words: list[str]
) -> None:
    with pytest.raises(errors.InputError) as caught:
        check(shared / "badinputs" / "open" / name, towns)
    for word in words:
        assert re.search(word, str(caught.value)), word


def test_shenzhen_register_keeps_every_pile(shared: Path) -> None:
    raw = sources.read(shared / "data" / "registers" / "shenzhen_stations_stevcdp.csv")
    cleaned = stations(raw, regions.load("shenzhen"), datum="gcj02")
    assert cleaned.piles is not None
    assert cleaned.rows == len(cleaned.table) + len(cleaned.quarantine) == 1706
    assert cleaned.piles_in == 22_872
    assert len(cleaned.quarantine) == 0
    by_current = cleaned.piles.groupby("current")["n_piles"].sum()
    assert by_current.to_dict() == {"ac": 20_179, "dc": 2_693}


def test_truck_stations_of_unknown_count_are_kept(shared: Path) -> None:
    raw = sources.read(shared / "data" / "henan_truck_stations" / "henan_heavy_truck_stations.csv")
    cleaned = stations(raw, regions.load("henan"), datum="gcj02")
    assert cleaned.rows == 207
    assert len(cleaned.quarantine) == 13
    assert set(cleaned.quarantine["problem"]) == {"duplicate_id"}
    assert cleaned.table["n_piles"].isna().all()
    assert cleaned.piles is not None and cleaned.piles["n_piles"].sum() == 194
