"""Scenarios from file to folder: commands, sweeps that are killed and resumed, a cluster, comparison."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from chargegeo import labels, schema, study
from chargegeo.errors import OutputFault, StudyFault
from chargegeo.study import scenario_outputs
from tests.conftest import ROOT
from tests.study import test_roads as roads_world
from tests.study import world
from tests.study.test_run import content
from tests.test_cli import CJK, command, flat

__all__ = ["command"]

PEOPLE = [1000, 500, 2000, 4000, 800, 300]
TABLES = {
    "sites", "site_piles", "site_units", "scenario_units", "scenario_areas", "scenario_limits", "closing_curve",
}  # fmt: skip
SIX = 'name = "six"\nstudy = "study.toml"\ntarget_piles = 6\nrung = "A2"\nkm = 6\n'
SWEEP = SIX + 'people_per_gun = 0\n[sweep]\ntarget_piles = [2, 3, 4]\nrung = ["A0", "A2"]\n'


def write(folder: Path, scenario: str = SIX, **more: str) -> Path:
    """The six townships of the study world with people, and a scenario."""
    world.write(folder, **more)
    towns = world.towns()
    towns["population"] = PEOPLE
    (folder / "towns.geojson").write_text(towns.to_json(drop_id=True), "utf-8")
    path = folder / "scenario.toml"
    path.write_text(scenario, "utf-8")
    return path


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found


# ---- one scenario


def test_a_scenario_from_file_to_folder(tmp_path: Path, command: Any) -> None:
    """The plan of the README's first command: a folder that is complete, equal in every run, and of no machine."""
    file, out = write(tmp_path / "in"), tmp_path / "out"
    code, said, _ = command("site", file, "--out", out, "--lang", "en")
    assert code == 0 and "6 at" in flat(said) and not CJK.search(said)
    assert {path.stem for path in (out / "tables").glob("*.parquet")} == TABLES
    assert {path.stem for path in (out / "tables").glob("*.csv")} == TABLES
    told = manifest(out)
    listed = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert set(told["outputs"]) == listed - {"manifest.json"}
    assert [item["file"] for item in told["inputs"]] == ["study.toml", "towns.geojson", "stations.csv"]
    assert (
        told["counts"]["n_piles"] == 6
        and told["scenario"]["name"] == "six"
        and "study" not in told["scenario"]
    )
    text = (out / "manifest.json").read_text("utf-8")
    assert str(tmp_path) not in text and str(ROOT) not in text
    book = openpyxl.load_workbook(out / "scenario.xlsx", read_only=True)
    assert len(book.sheetnames) >= len(TABLES)
    sheets = {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book.worksheets}
    names = {
        name: labels.text(f"report.sheet.{name}", "zh") for name in ("scenario_comparison", "site_piles")
    }
    assert list(sheets).index(names["scenario_comparison"]) == 1, "what is told first stands first"
    header, row = sheets[names["scenario_comparison"]][:2]
    told_first = dict(zip(header, row, strict=True))
    least = schema.contract("scenario_comparison")
    bound = next(item.label["zh"] for item in least if item.name == "cost_bound")
    assert row[0] == "six" and round(told_first[bound]) == round(told["counts"]["cost_bound"])
    kinds = {row[1] for row in sheets[names["site_piles"]][1:]}
    assert kinds <= {labels.word("siting.product", key, "zh") for key in told["counts"]["products"]}, (
        "no codes"
    )
    sites = pd.read_csv(out / "tables" / "sites.csv")
    assert sites["n_new"].sum() == 6
    again = tmp_path / "again"
    assert command("site", file, "--out", again)[0] == 0
    assert content(again) == content(out)


def test_results_are_replaced_as_a_whole_and_others_are_left_alone(tmp_path: Path, command: Any) -> None:
    file, out = write(tmp_path / "in"), tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine", "utf-8")
    code, _, error = command("site", file, "--out", out, "--lang", "en")
    assert code == 1 and "letter.txt" in flat(error) and (out / "letter.txt").read_text() == "mine"
    code, _, error = command("site", file, "--out", tmp_path / "in", "--lang", "en")
    assert code == 1 and file.exists()


@pytest.mark.parametrize(("lang", "word"), [("zh", "410122"), ("en", "410122")])
def test_a_plan_that_cannot_be_says_what_clashes(tmp_path: Path, command: Any, lang: str, word: str) -> None:
    """Six piles, but one bay at each of the six seats and nothing else: with dc_120 at least four do not fit."""
    scenario = SIX + '[candidates]\nkinds = ["seat"]\nbays = 1\n[products.dc_120]\nleast = 4\n'
    file, out = write(tmp_path / "in", scenario), tmp_path / "out"
    code, said, error = command("site", file, "--out", out, "--lang", lang)
    assert code == 1 and error is not None and word in flat(said)
    assert re.search(r"\S+ Town \w+ \(seat-410122", flat(said)), "the county, the town, and the code"
    assert bool(CJK.search(re.sub(r"\S+ Town", "", flat(said)))) == (lang == "zh"), "names are of the data"
    told = manifest(out)
    assert told["counts"] == {"status": "infeasible"} and told["clash"] and told["outputs"] == {}
    report = study.check(file, kind="scenario")
    assert report.status == "infeasible" and report.error is not None
    assert {fault.file for fault in report.error.faults} == {str(file)}


def test_limits_against_each_other_are_refused_before_any_work(tmp_path: Path, command: Any) -> None:
    file = write(tmp_path / "in", SIX + "max_sites = 1\nmax_piles_per_site = 5\n")
    (tmp_path / "in" / "stations.csv").unlink()
    code, _, error = command("site", file, "--out", tmp_path / "out", "--lang", "en")
    assert code == 1 and "1 sites of at most 5 piles hold 5, fewer than the 6" in flat(error)
    assert not (tmp_path / "out").exists()
    code, said, _ = command("check", file, "--kind", "scenario", "--json")
    answer = json.loads(said)
    assert code == 1 and answer["status"] == "infeasible"
    assert answer["places"][0]["column"] == "target_piles, max_sites, max_piles_per_site"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("[quotas]\nshares = { vehicles = 1.0 }", "vehicles"),
        ('[quotas]\ntarget = "target.toml"', "target.toml"),
        ("[quotas]\ncity = { 419999 = 6 }", "419999"),
        ('[[candidates.files]]\nfile = "sites.csv"', "sites.csv"),
        ("rung = 'A9'", "A9"),
        ("corridors = ['henan_2022']", "roads"),
    ],
)
def test_what_the_study_does_not_have_is_one_clear_error(
    tmp_path: Path, command: Any, entries: str, said: str
) -> None:
    given = SIX.replace('rung = "A2"\n', "") if entries.startswith("rung") else SIX
    file = write(tmp_path / "in", given + entries + "\n")
    for arguments in (("site", file, "--out", tmp_path / "out"), ("check", file, "--kind", "scenario")):
        code, _, error = command(*arguments, "--lang", "en")
        assert code == 1 and said in flat(error), flat(error)
    assert not (tmp_path / "out").exists()


def test_a_study_without_people(tmp_path: Path, command: Any) -> None:
    file = write(tmp_path / "in")
    world.write(tmp_path / "in")
    code, _, error = command("site", file, "--out", tmp_path / "out", "--lang", "en")
    assert code == 1 and "no population" in flat(error) and "set weight to equal" in flat(error)
    file.write_text(SIX + 'weight = "equal"\n', "utf-8")
    assert command("site", file, "--out", tmp_path / "out")[0] == 0
    assert manifest(tmp_path / "out")["counts"]["people"] == 6


def test_no_study_and_a_study_that_is_not_there(tmp_path: Path, command: Any) -> None:
    file = write(tmp_path / "in", 'name = "x"\ntarget_piles = 6\n')
    assert "names no study" in flat(command("site", file, "--out", tmp_path / "o", "--lang", "en")[2])
    assert command("check", file, "--kind", "scenario")[0] == 0, "a scenario alone can be checked"
    file.write_text(SIX.replace("study.toml", "absent.toml"), "utf-8")
    code, _, error = command("site", file, "--out", tmp_path / "o", "--lang", "en")
    assert code == 1 and "absent.toml" in flat(error)


def test_candidates_of_files_and_what_takes_no_part(tmp_path: Path, command: Any) -> None:
    """One of two planner's sites lies in no unit: it is left out and said; ids count once over all files."""
    sites = '[[candidates.files]]\nfile = "sites.csv"\ndatum = "wgs84"\n'
    file = write(tmp_path / "in", SIX + '[[decided]]\nsite = "p1"\nproduct = "dc_120"\npiles = 2\n' + sites)
    (tmp_path / "in" / "sites.csv").write_text(
        "site_id,name,lon,lat\np1,Depot,113.92,34.62\np2,Sea,113.2,34.1\n", "utf-8"
    )
    code, said, _ = command("site", file, "--out", tmp_path / "out", "--lang", "en")
    assert code == 0 and "remarks (sites repaired" in flat(said)
    table = pd.read_csv(tmp_path / "out" / "tables" / "sites.csv").set_index("site_id")
    assert table.loc["p1", ["n_decided", "site_kind", "name"]].tolist() == [2, "table", "Depot"]
    told = manifest(tmp_path / "out")
    assert [item["file"] for item in told["inputs"]][-1] == "sites.csv" and any(
        "p2 lies in no unit" in one for one in told["findings"]
    )
    report = study.check(file, kind="scenario")
    nowhere = [item.fault.feature for item in report.findings if item.fault.code == "candidate_nowhere"]
    assert report.status == "accepted" and nowhere == ["p2"]
    twice = tmp_path / "in" / "more.csv"
    shutil.copy(tmp_path / "in" / "sites.csv", twice)
    file.write_text(SIX + sites + sites.replace("sites.csv", "more.csv"), "utf-8")
    code, _, error = command("site", file, "--out", tmp_path / "o2", "--lang", "en")
    assert code == 1 and "p1 of a candidate site stands more than once" in flat(error)


def test_quotas_by_shares_and_by_a_target(tmp_path: Path) -> None:
    """All six townships are in one city, so the whole target is its quota, by whatever share."""
    for at, quotas in enumerate(
        ("shares = { population = 0.5, n_uncovered = 0.5 }", 'target = "target.toml"')
    ):
        folder = tmp_path / str(at)
        file = write(folder, f"{SIX}[quotas]\n{quotas}\n")
        (folder / "target.toml").write_text(
            "[target]\nyear = 2026\ntotal = 20\n[shares]\npopulation = 1\n", "utf-8"
        )
        (found,) = study.site(file, folder / "out")
        areas = found.tables["scenario_areas"]
        city = areas[areas["level"] == "city"].iloc[0]
        assert (city["code"], city["quota"], city["n_new"]) == ("4101", 6, 6)
        names = [item["file"] for item in manifest(folder / "out")["inputs"]]
        assert ("target.toml" in names) == bool(at)


def test_years(tmp_path: Path) -> None:
    years = (
        "years = [{ year = 2027, target_piles = 2 }, { year = 2028, target_piles = 4, budget = 400000 }]\n"
    )
    (found,) = study.site(write(tmp_path / "in", SIX + years), tmp_path / "out")
    piles = found.tables["site_piles"]
    assert piles.groupby("year")["n_new"].sum().to_dict() == {2027: 2, 2028: 4}
    assert piles.loc[piles["year"] == 2028, "cost"].sum() <= 400_000


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    """S7 of the register stands beside all squares; the people of D are not known."""
    file = write(tmp_path / "in")
    towns = world.towns()
    towns["population"] = [1000, 500, 2000, None, 800, 300]
    (tmp_path / "in" / "towns.geojson").write_text(towns.to_json(drop_id=True), "utf-8")
    said = {item.fault.code: item.fault.value for item in study.check(file, kind="scenario").findings}
    left_out = {"scenario_people_unknown": 1, "scenario_stations_nowhere": 1}
    assert said == {"scenario_bays_assumed": 24, **left_out}
    (found,) = study.site(file, tmp_path / "out")
    assert [item.fault.code for item in found.findings] == list(said)
    assert len(manifest(tmp_path / "out")["findings"]) == 3 and found.counts["people"] == 4600


# ---- sweeps


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that was never disturbed."""
    folder = tmp_path_factory.mktemp("swept")
    found = study.site(write(folder / "in", SWEEP), folder / "out")
    assert [(item.scenario.target_piles, item.scenario.rung) for item in found] == [
        (n, rung) for n in (2, 3, 4) for rung in ("A0", "A2")
    ]
    assert all(item.tables and item.status == "optimal" for item in found)
    return folder / "out"


def test_a_sweep_leaves_each_scenario_and_all_side_by_side(swept: Path) -> None:
    assert [item.name for item in sorted((swept / "scenarios").iterdir())] == [f"{n:04d}" for n in range(6)]
    table = pd.read_csv(swept / "tables" / "scenario_comparison.csv")
    assert table["n_piles"].tolist() == [2, 2, 3, 3, 4, 4] and table["folder"].tolist() == list(range(6))
    changes = pd.read_csv(swept / "tables" / "scenario_changes.csv")
    moved = changes.groupby("scenario")["difference"].sum()
    assert moved.drop(table["scenario"][1], errors="ignore").tolist() == [1, 1, 2, 2]
    assert (swept / "comparison.xlsx").exists() and len(manifest(swept)["sweep"]) == 6
    assert not list(swept.parent.glob(".*chargegeo*")), "nothing is left beside"
    text = "".join(path.read_text("utf-8") for path in swept.rglob("manifest.json"))
    assert str(swept.parent) not in text


def _finished(work: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in sorted(work.glob("*/manifest.json"))}


def test_a_sweep_that_was_killed_is_taken_up(
    tmp_path: Path, swept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed once a scenario is done: it is kept as it is, the others are solved, and the bytes are the same."""
    file, out = write(tmp_path / "in", SWEEP), tmp_path / "out"
    work = tmp_path / ".out.chargegeo_sweep"
    code = "import sys; from chargegeo import study; study.site(sys.argv[1], sys.argv[2])"
    with subprocess.Popen([sys.executable, "-c", code, str(file), str(out)], cwd=ROOT) as run:
        while not _finished(work):
            assert run.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        run.send_signal(signal.SIGKILL)
    done = _finished(work)
    assert not out.exists() and done and len(done) < 6
    until = time.monotonic() + 20
    while _living(work) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _living(work), "workers end with the run that began them"
    done = _finished(work)
    solved: list[str] = []
    one = scenario_outputs._solved

    def counted(start: Any, jobs: list[Any], scheduler: str | None) -> Any:
        solved.extend(Path(job[4]).name for job in jobs)
        assert _finished(work) == done
        yield from one(start, jobs, scheduler)
        assert {name: at for name, at in _finished(work).items() if name in done} == done

    monkeypatch.setattr(scenario_outputs, "_solved", counted)
    study.site(file, out)
    assert sorted([*solved, *done]) == [f"{n:04d}" for n in range(6)]
    assert content(out) == content(swept)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def _living(work: Path) -> bool:
    """Whether a process still holds a lock."""
    from chargegeo.store import whole

    return any(whole._alive(path.read_text()) for path in work.glob(".*chargegeo_lock") if path.exists())


def test_another_question_does_not_take_what_is_left_of_an_earlier_one(tmp_path: Path, swept: Path) -> None:
    file, out = write(tmp_path / "in", SWEEP), tmp_path / "out"
    shutil.copytree(swept / "scenarios", tmp_path / ".out.chargegeo_sweep")
    file.write_text(SWEEP.replace("people_per_gun = 0", "people_per_gun = 0\nminutes = 20"), "utf-8")
    study.site(file, out)
    assert {item["minutes"] for item in manifest(out)["sweep"]} == {20}
    assert {manifest(folder)["scenario"]["minutes"] for folder in (out / "scenarios").iterdir()} == {20}


def test_a_sweep_on_a_cluster_is_the_same(tmp_path: Path, swept: Path) -> None:
    from distributed import LocalCluster

    file = write(tmp_path / "in", SWEEP)
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        study.site(file, tmp_path / "out", scheduler=cluster.scheduler_address)
    assert content(tmp_path / "out") == content(swept)


def test_a_cluster_that_does_not_answer(
    tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario_outputs, "ANSWERS", 1)
    file = write(tmp_path / "in", SWEEP)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        code, _, error = command(
            "site", file, "--out", tmp_path / "out", "--scheduler", address, "--lang", "en"
        )
        assert code == 1 and f"cluster {address} cannot be used" in flat(error)
    assert not (tmp_path / "out").exists()


def test_one_scenario_needs_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(StudyFault, match="no sweep"):
        study.site(write(tmp_path / "in"), tmp_path / "out", scheduler="tcp://127.0.0.1:9")


def die(*_given: object) -> None:
    """What a worker does that is ended for want of memory."""
    os._exit(1)


def test_a_cluster_that_is_lost_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask
    from distributed import LocalCluster

    monkeypatch.setattr("chargegeo.study.scenarios.plan", die)
    file = write(tmp_path / "in", SWEEP)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0, "logging.distributed": "critical"}),
        LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        pytest.raises(StudyFault, match="cannot be used"),
    ):
        study.site(file, tmp_path / "out", scheduler=cluster.scheduler_address)
    assert not (tmp_path / "out").exists()


def test_a_worker_that_is_lost_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(ProcessPoolExecutor):
        def map(self, *_given: object, **_more: object) -> Any:
            raise BrokenProcessPool("a process ended abruptly")

    monkeypatch.setattr(scenario_outputs, "ProcessPoolExecutor", Broken)
    with pytest.raises(OutputFault, match=r"a process ended abruptly.*run the same command again"):
        study.site(write(tmp_path / "in", SWEEP), tmp_path / "out")


def test_by_road(tmp_path: Path) -> None:
    """A has its seat on a road with its stations; only A and B are on a road, and nobody else is within minutes."""
    path = roads_world.write(tmp_path / "in")
    towns = gpd.read_file(tmp_path / "in" / "towns.geojson")
    towns["population"] = PEOPLE
    (tmp_path / "in" / "towns.geojson").write_text(towns.to_json(drop_id=True), "utf-8")
    (tmp_path / "in" / "scenario.toml").write_text(
        f'name = "road"\nstudy = "{path.name}"\ntarget_piles = 4\nrung = "A5n"\npeople_per_gun = 0\n', "utf-8"
    )
    (found,) = study.site(tmp_path / "in" / "scenario.toml", tmp_path / "out")
    units = found.tables["scenario_units"].set_index("unit_code")
    assert units.loc[world.A, "before"] == "covered" and set(units["rung"]) == {"A5n"}
    # B has AC alone: a pile at its seat, which is on a road, closes it, within no minutes
    assert units.loc[world.B, ["before", "after", "served_before", "served_after"]].tolist() == [
        "uncovered", "covered", 0, 500
    ]  # fmt: skip
    assert units.loc[[world.C, world.D], "served_after"].tolist() == [0, 0], "no seat, so no minutes"
    codes = {item.fault.code for item in found.findings}
    assert "units_no_reach" in codes


def test_a_sweep_over_quotas_asks_each_its_own(tmp_path: Path) -> None:
    """Quotas that stand in the sweep alone are asked too."""
    sweep = SIX + '[sweep]\n"quotas.shares.population" = [1]\ntarget_piles = [2, 3]\n'
    found = study.site(write(tmp_path / "in", sweep), tmp_path / "out")
    quotas = [item.tables["scenario_areas"].set_index("level").loc["city", "quota"] for item in found]
    assert quotas == [2, 3]


def test_a_sweep_with_a_scenario_that_cannot_be(tmp_path: Path, command: Any) -> None:
    sweep = SIX + '[candidates]\nkinds = ["seat"]\n[sweep]\n"candidates.bays" = [0, 9]\n'
    code, said, _ = command("site", write(tmp_path / "in", sweep), "--out", tmp_path / "out", "--lang", "en")
    assert code == 1 and "candidates.bays = 9" in flat(said)
    table = pd.read_csv(tmp_path / "out" / "tables" / "scenario_comparison.csv")
    assert table["status"].tolist() == ["infeasible", "optimal"] and table["n_piles"].isna().tolist() == [
        True,
        False,
    ]


# ---- side by side


def test_two_scenarios_side_by_side(tmp_path: Path, command: Any) -> None:
    file = write(tmp_path / "in")
    study.site(file, tmp_path / "a")
    file.write_text(SIX.replace("= 6\nrung", "= 8\nrung").replace('"six"', '"eight"'), "utf-8")
    study.site(file, tmp_path / "b")
    code, said, _ = command(
        "compare", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c", "--lang", "en"
    )
    assert code == 0 and "eight" in flat(said)
    changes = pd.read_csv(tmp_path / "c" / "tables" / "scenario_changes.csv")
    assert (
        changes["difference"].sum() == 2
        and (changes["n_other"] - changes["n_first"] == changes["difference"]).all()
    )
    before = content(tmp_path / "c")
    study.compare([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert (
        content(tmp_path / "c") == before
        and str(tmp_path) not in (tmp_path / "c" / "manifest.json").read_text()
    )
    study.compare([tmp_path / "a", tmp_path / "b"], tmp_path / "c", study=tmp_path / "in" / "study.toml")
    page = (tmp_path / "c" / "map.html").read_text("utf-8")
    assert [page.count(f'"name":"{name}","people":') for name in ("six", "eight")] == [1, 1]
    with pytest.raises(StudyFault):
        study.compare([tmp_path / "a", tmp_path / "b"], tmp_path / "a")
    with pytest.raises(StudyFault):
        study.compare([tmp_path / "a"], tmp_path / "in", study=tmp_path / "in" / "study.toml")
    assert (tmp_path / "a" / "tables").exists(), "a result is not replaced by its comparison"


def test_a_foreign_folder_and_other_data_are_refused(tmp_path: Path, command: Any) -> None:
    file = write(tmp_path / "in")
    study.site(file, tmp_path / "a")
    for foreign in ("in", "absent"):
        code, _, error = command(
            "compare", tmp_path / "a", tmp_path / foreign, "--out", tmp_path / "c", "--lang", "en"
        )
        assert code == 1 and "is no result of a scenario" in flat(error)
    with (tmp_path / "in" / "stations.csv").open("a") as register:
        register.write("S99,Station S99,113.92,34.62,410122101,1,dc,120,public,in_service\n")
    study.site(file, tmp_path / "b")
    code, _, error = command(
        "compare", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c", "--lang", "en"
    )
    assert code == 1 and "rests on other data" in flat(error) and not (tmp_path / "c").exists()
    with pytest.raises(OutputFault):
        study.compare([tmp_path / "nowhere"], tmp_path / "c")
