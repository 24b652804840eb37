"""A year's target as a planner meets it: command, check, study, and messages for files that cannot be used."""

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from chargegeo import cli, labels, store, study, targets
from chargegeo.clean import lexicon
from chargegeo.errors import StudyFault
from chargegeo.study.programmes import cities as cities_of
from tests.study import world
from tests.study.conftest import Sampled
from tests.study.test_run import content

Run = Callable[..., tuple[int, str, str]]
STARTED = next(row for row in targets.ledger("henan").tables[0].rows if row.id == "started")
COLUMNS = targets.ledger("henan").tables[0].columns
HENAN = """\
[target]
year = 2026
total = 20000
units = "units.csv"
ledger = "henan"
[shares]
started = 1
"""
# a is due 60 of 100 piles, b 40
SMALL = """\
[target]
year = 2026
total = 100
as_of = 2026-07-20
units = "units.csv"
reports = "reports.csv"
last_year = "last.csv"
[shares]
population = 1
[reporting]
every = "quarter"
[ranking]
finished = 1
[[milestones]]
id = "half"
state = "started"
share = 0.5
by = 2026-06-30
[[milestones]]
id = "done"
state = "finished"
share = 0.7
by = 2026-12-31
"""
UNITS = "unit_code,name,population\na,Unit a,600\nb,Unit b,400\n"
REPORTS = """\
unit_code,period_end,started,finished,received_on
a,2026-03-31,20,5,2026-04-05
a,2026-06-30,30,12,2026-07-09
b,2026-03-31,10,4,2026-04-15
"""
LAST = "unit_code,period_end,started,finished\na,2025-06-30,10,10\na,2025-12-31,40,50\n"
LONE = {"quotas", "quota_parts", "repairs"}
FOLLOWED = {
    "progress",
    "progress_periods",
    "projections",
    "late_returns",
    "progress_contradictions",
    "ranking",
}
LEDGER = {"contradictions", "implied", "mendings"}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run ``chargegeo`` in this process: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chargegeo", *map(str, arguments)])
        capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    monkeypatch.delenv("CHARGEGEO_LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "250")
    return run


def small(folder: Path, **files: str) -> Path:
    """The programme of two units, with files of one's own instead of some of its."""
    folder.mkdir(parents=True, exist_ok=True)
    held = {"target": SMALL, "units": UNITS, "reports": REPORTS, "last": LAST, **files}
    for name, text in held.items():
        (folder / f"{name}.{'toml' if name == 'target' else 'csv'}").write_text(text, "utf-8")
    return folder / "target.toml"


def tables(out: Path) -> dict[str, pd.DataFrame]:
    """Every table of a folder, from both of its files, which hold the same."""
    found = {}
    for path in sorted((out / "tables").glob("*.parquet")):
        found[path.stem] = store.read_table(path, path.stem)
        again = store.read_table(path.with_suffix(".csv"), path.stem)
        pd.testing.assert_frame_equal(found[path.stem], again)
    return found


# ---- the published figures of Henan


@pytest.fixture
def henan(tmp_path: Path, command: Run) -> tuple[dict[str, pd.DataFrame], str]:
    """Tables and screen of the 18 units shared by the row of a published breakdown."""
    lines = [f"{c.code},{c.name},{n}" for c, n in zip(COLUMNS, STARTED.cells, strict=True)]
    (tmp_path / "units.csv").write_text("\n".join(["unit_code,name,started", *lines]) + "\n", "gb18030")
    (tmp_path / "t.toml").write_text(HENAN, "utf-8")
    code, out, _ = command("targets", tmp_path / "t.toml", "--out", tmp_path / "out", "--lang", "en")
    assert code == 0
    return tables(tmp_path / "out"), " ".join(out.split())


def test_the_target_was_21000_and_the_result_29194_or_29195(
    henan: tuple[dict[str, pd.DataFrame], str],
) -> None:
    found, said = henan
    implied = found["implied"]
    both = implied[implied["percentage"].isna()].iloc[0]
    assert (both["denominator"], both["round_numbers"], both["stated"]) == ("target_2024", "21000", 20_000)
    year = implied.set_index("percentage").loc["result_2024_share"]
    assert (year["part_least"], year["part_most"]) == (29_194, 29_195)
    assert "published as 20,000" in said and "roundest: 21000" in said and "29,194 - 29,195" in said


def test_the_cell_that_would_mend_the_breakdown_is_named_and_left_alone(
    henan: tuple[dict[str, pd.DataFrame], str],
) -> None:
    found, said = henan
    (cell,) = found["mendings"].to_dict("records")
    assert (cell["row"], cell["column_code"], cell["least"], cell["most"]) == (
        "started",
        "4108",
        3_056,
        3_127,
    )
    assert cell["candidates"] == "3111, 3113" and cell["published"] == 31_113
    assert "none was applied" in said and "3111, 3113" in said


def test_two_documents_contradict_each_other_and_neither_is_repaired(
    henan: tuple[dict[str, pd.DataFrame], str],
) -> None:
    found, said = henan
    row = found["contradictions"].set_index("about").loc["communities_share"]
    assert (row["stated"], row["computed"]) == (124.21, pytest.approx(127.16))
    assert "124.21 %" in said and "127.16 %" in said and "412,435" in said and "384,400" in said


def test_20000_by_largest_remainder_and_19999_by_rounding(henan: tuple[dict[str, pd.DataFrame], str]) -> None:
    found, said = henan
    assert (found["quotas"]["quota"].sum(), found["quotas"]["rounded"].sum()) == (20_000, 19_999)
    assert "20,000 = 20,000 over 18 units (each rounded by itself: 19,999)" in said
    assert set(found) == LONE | LEDGER


def test_the_first_quarter_at_the_command(tmp_path: Path, command: Run) -> None:
    """3,545 of 21,000 by March: the line gives 14,180, last year's curve (12 to 12.3 %) what came."""
    target = SMALL.replace("total = 100", "total = 21000").replace("as_of = 2026-07-20\n", "")
    path = small(
        tmp_path, target=target, units="unit_code,name,population\na,Henan,1\n",
        reports="unit_code,period_end,started,finished\na,2026-03-31,,3545\n",
        last="unit_code,period_end,started,finished\na,2025-03-31,,120\na,2025-12-31,,1000\nb,2025-03-31,,123\nb,2025-12-31,,1000\n",
    )  # fmt: skip
    assert command("targets", path, "--out", tmp_path / "out", "--as-of", "2026-04-20")[0] == 0
    row = tables(tmp_path / "out")["projections"].iloc[0]
    assert row["linear"] == 14_180
    assert (row["low"], row["high"]) == (pytest.approx(3545 / 0.123), pytest.approx(3545 / 0.12))
    assert row["low"] < 29_194 < row["high"]


# ---- a programme of one's own


def test_all_tables_of_two_units(tmp_path: Path, command: Run) -> None:
    code, out, _ = command("targets", small(tmp_path / "in"), "--out", tmp_path / "out")
    assert code == 0 and "100 = 2 " in out
    found = tables(tmp_path / "out")
    assert set(found) == LONE | FOLLOWED
    assert found["quotas"]["quota"].tolist() == [60, 40]
    stands = found["progress"].set_index(["unit_code", "milestone"])
    # 30 of 60 started by June; 12 finished of the 21 that the way to 42 in December asks for
    assert stands.loc[("a", "half"), ["status", "light"]].tolist() == ["reached", "green"]
    assert stands.loc[("a", "done"), ["asked", "status", "light"]].tolist() == [21, "behind", "red"]
    assert stands.loc[("b", "half"), ["status", "light"]].tolist() == ["no_return", "grey"]
    late = found["late_returns"].set_index("unit_code")
    assert late["kind"].tolist() == ["late", "missing"] and late["days_late"].tolist() == [5, 10]
    assert found["ranking"]["n_finished"].tolist() == [12, 4]
    assert found["ranking"]["finished"].tolist() == [0.2, 0.1]
    # a tenth of last year's 50 was finished by June
    own = found["projections"].query("unit_code == 'a' and state == 'finished'")
    assert own["projected"].tolist() == [60]


def test_without_returns_and_ledger_it_does_what_it_can(tmp_path: Path, command: Run) -> None:
    target = "[target]\nyear = 2026\ntotal = 10\nunits = 'units.csv'\n[shares]\npopulation = 1\n"
    assert command("targets", small(tmp_path / "in", target=target), "--out", tmp_path / "out")[0] == 0
    assert set(tables(tmp_path / "out")) == LONE


def test_today_is_never_taken(tmp_path: Path, command: Run) -> None:
    path = small(tmp_path / "in", target=SMALL.replace("as_of = 2026-07-20\n", ""))
    code, _, err = command("targets", path, "--out", tmp_path / "out", "--lang", "en")
    assert code == 1 and "today is never taken" in err and not (tmp_path / "out").exists()
    assert command("targets", path, "--out", tmp_path / "out", "--as-of", "2025-12-31")[0] == 1
    assert command("targets", path, "--out", tmp_path / "out", "--as-of", "soon")[0] == 2
    assert command("targets", path, "--out", tmp_path / "out", "--as-of", "2026-04-10")[0] == 0
    # what came on the 15th was not known yet
    found = tables(tmp_path / "out")
    assert found["progress_periods"]["unit_code"].unique().tolist() == ["a"]
    assert found["progress_periods"]["cumulative"].tolist() == [20, 5]


def test_december_is_judged_in_january(tmp_path: Path) -> None:
    more = "a,2026-12-31,60,42,2027-01-08\nb,2026-12-31,40,10,2027-01-09\n"
    judged = study.judge(small(tmp_path, reports=REPORTS + more), as_of=dt.date(2027, 1, 15))
    stands = judged.tables["progress"].query("milestone == 'done'")
    assert stands["status"].tolist() == ["reached", "missed"] and stands["count"].tolist() == [42, 10]
    # September of both and June of b never came
    assert judged.tables["late_returns"].query("kind == 'missing'")["unit_code"].tolist() == ["a", "b", "b"]


def test_several_levels_add_up_and_the_highest_reports(tmp_path: Path) -> None:
    target = SMALL.replace('units = "units.csv"', 'units = "units.csv"\nlevels = ["city_code", "unit_code"]')
    units = "city_code,city_name,unit_code,name,population\na,A,a1,A1,350\na,A,a2,A2,250\nb,B,b1,B1,400\n"
    judged = study.judge(small(tmp_path, target=target, units=units))
    assert judged.tables["quotas"]["quota"].tolist() == [60, 40, 35, 25, 40]
    assert judged.tables["quota_parts"]["name"].tolist() == ["A", "B"]
    assert judged.tables["progress"]["name"].unique().tolist() == ["A", "B"]


def test_excel_with_chinese_headers_is_read_as_the_csv(tmp_path: Path) -> None:
    """Months alone, thousands separators, day cells, codes that Excel made numbers."""
    plain = study.judge(small(tmp_path))
    said = {name: lexicon.label(name, "returns", ["\u4e00"]) for name in
            ("unit_code", "period_end", "started", "finished", "received_on")}  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(said.values()))
    for line in REPORTS.splitlines()[1:]:
        unit, end, started, finished, received = line.split(",")
        month = f"{end[:4]}\u5e74{int(end[5:7])}\u6708"
        sheet.append([unit, month, int(started), finished, dt.datetime.fromisoformat(received)])
    book.create_sheet("empty")
    book.save(tmp_path / "reports.xlsx")
    path = tmp_path / "target.toml"
    path.write_text(SMALL.replace("reports.csv", "reports.xlsx"), "utf-8")
    again = study.judge(path)
    for name in FOLLOWED:
        pd.testing.assert_frame_equal(again.tables[name], plain.tables[name])


def test_what_a_month_adds_is_not_taken_for_the_cumulative_count(tmp_path: Path) -> None:
    head = REPORTS.replace("started,finished", "\u672c\u6708\u65b0\u5f00\u5de5,finished")
    with pytest.raises(StudyFault) as error:
        study.judge(small(tmp_path, reports=head))
    assert [item.code for item in error.value.faults] == ["target_column"]


def test_a_mapping_names_the_column_of_a_file(tmp_path: Path) -> None:
    target = SMALL.replace('"units.csv"', '{ file = "units.csv", columns = { unit_code = "key" } }')
    judged = study.judge(small(tmp_path, target=target, units=UNITS.replace("unit_code", "key")))
    assert judged.tables["quotas"]["quota"].tolist() == [60, 40]


# ---- what is written


def test_the_manifest_and_the_bytes(tmp_path: Path, command: Run) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        assert command("targets", small(folder / "in"), "--out", folder / "out")[0] == 0
    one = content(tmp_path / "one" / "out")
    assert one == content(tmp_path / "two" / "out")
    told = json.loads((tmp_path / "one/out/manifest.json").read_text("utf-8"))
    assert told["outputs"] == {name: value for name, value in one.items() if name != "manifest.json"}
    assert [item["file"] for item in told["inputs"]] == [
        "target.toml",
        "units.csv",
        "reports.csv",
        "last.csv",
    ]
    assert told["inputs"][1]["sha256"] == content(tmp_path / "one" / "in")["units.csv"]
    assert told["programme"]["target"]["as_of"] == "2026-07-20"
    for path in (tmp_path / "one" / "out").rglob("*.[cj]s*"):
        assert str(tmp_path).encode() not in path.read_bytes()


def test_the_workbook_says_rules_weights_and_that_it_is_made_up(tmp_path: Path, command: Run) -> None:
    target = SMALL.replace(
        "year = 2026", 'year = 2026\nlang = "en"\nsynthetic = true\ntitle = "Piles of 2026"'
    )
    units = UNITS.replace("Unit a", "=1+1")
    assert (
        command("targets", small(tmp_path / "in", target=target, units=units), "--out", tmp_path / "out")[0]
        == 0
    )
    book = openpyxl.load_workbook(tmp_path / "out" / "targets.xlsx")
    assert book.sheetnames == [
        labels.text(f"report.sheet.{name}", "en")
        for name in ("definition", "quotas", "quota_parts", "progress", "progress_periods", "projections", "ranking",
                     "late_returns", "progress_contradictions", "repairs")
    ]  # fmt: skip
    for sheet in book:
        # no map, so nothing to be approved
        said = str(sheet["A1"].value)
        assert "Piles of 2026" in said and labels.text("report.synthetic", "en") in said
        assert labels.text("report.draft", "en") not in said
    said = " ".join(str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value)
    assert "people 1/1" in said and "50 % of the piles due must be started" in said and "finished 1/1" in said
    cell = next(c for row in book["Quotas"].iter_rows() for c in row if c.value == "=1+1")
    assert cell.data_type == "s"
    lights = [row[-1].value for row in book["Progress"].iter_rows(min_row=3)]
    assert set(lights) <= {"green", "amber", "red", "grey"}


def test_inputs_are_never_replaced(tmp_path: Path, command: Run) -> None:
    path = small(tmp_path / "in")
    before = content(tmp_path)
    assert command("targets", path, "--out", tmp_path / "in")[0] == 1
    assert content(tmp_path) == before


# ---- files that cannot be used


BAD: dict[str, tuple[dict[str, str], str, list[object]]] = {
    "wrong key": ({"target": SMALL.replace("total", "totl")}, "entry_missing", ["target.total"]),
    "missing table": ({"target": SMALL.replace("units.csv", "none.csv")}, "missing_file", ["none.csv"]),
    "no code": ({"units": UNITS.replace("\na,", "\n,")}, "target_code_null", ["units.csv", 2, "unit_code"]),
    "code twice": ({"units": UNITS.replace("\nb,", "\na,")}, "target_code_twice", ["units.csv", 3, "unit_code"]),
    "no share": ({"units": UNITS.replace("400", "")}, "target_share_null", ["units.csv", 3, "population"]),
    "share below zero": (
        {"units": UNITS.replace("400", "-4")}, "target_share_negative", ["units.csv", 3, "population", "-4"]
    ),
    "share no number": (
        {"units": UNITS.replace("400", "many")}, "target_share_negative", ["units.csv", 3, "population", "many"]
    ),
    "no share column": ({"units": UNITS.replace("population", "folk")}, "target_column", ["units.csv", "population"]),
    "unknown unit": (
        {"reports": REPORTS.replace("\nb,", "\nx,")}, "report_unit_unknown", ["reports.csv", 4, "unit_code", "x"]
    ),
    "below zero": (
        {"reports": REPORTS.replace("10,4", "-10,4")}, "report_count", ["reports.csv", 4, "started", "-10"]
    ),
    "half a pile": (
        {"reports": REPORTS.replace("30,12", "30,1.5")}, "report_count", ["reports.csv", 3, "finished", "1.5"]
    ),
    "no day": (
        {"reports": REPORTS.replace("2026-06-30", "June")}, "report_day", ["reports.csv", 3, "period_end", "June"]
    ),
    "no such day": (
        {"reports": REPORTS.replace("2026-06-30", "2026-06-31")}, "report_day", ["reports.csv", 3, "2026-06-31"]
    ),
    "no end of a quarter": (
        {"reports": REPORTS.replace("2026-06-30", "2026-05-31")}, "report_period", ["reports.csv", 3, "2026-05-31"]
    ),
    "another year": ({"last": LAST.replace("2025", "2024")}, "report_period", ["last.csv", 2, "2024-06-30"]),
    "no column": ({"reports": REPORTS.replace("finished", "done")}, "target_column", ["reports.csv", "finished"]),
    "floor of nobody": ({"target": SMALL + "[floors]\nz = 5\n"}, "target_bound_unknown", ["target.toml", "z", 5]),
    "no measure": (
        {"target": SMALL.replace("[ranking]\nfinished", "[ranking]\nspeed")}, "ranking_measure",
        ["target.toml", "speed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_is_named_with_its_place(case: str, tmp_path: Path, command: Run) -> None:
    files, code, places = BAD[case]
    path = small(tmp_path / "in", **files)
    for lang in labels.LANGUAGES:
        done, _, err = command("targets", path, "--out", tmp_path / "out", "--lang", lang)
        assert done == 1 and not (tmp_path / "out").exists()
        assert any(all(str(place) in line for place in places) for line in err.splitlines()), err
    done, out, _ = command("check", path, "--kind", "target", "--json")
    told = json.loads(out)
    assert (done, told["status"]) == (1, "refused") and code in {item["problem"] for item in told["places"]}


def test_every_fault_of_a_table_is_said_at_once(tmp_path: Path) -> None:
    reports = REPORTS.replace("20,5", "-1,x").replace("10,4", "1.5,4")
    with pytest.raises(StudyFault) as error:
        study.judge(small(tmp_path, reports=reports))
    assert [(item.line, item.column, item.value) for item in error.value.faults] == [
        (2, "started", "-1"), (4, "started", "1.5"), (2, "finished", "x"),
    ]  # fmt: skip


# ---- check


def checked(command: Run, *arguments: object) -> dict[str, Any]:
    code, out, _ = command("check", *arguments, "--json", "--lang", "en")
    told: dict[str, Any] = json.loads(out)
    assert code == (told["status"] == "refused")
    return told


def test_contradictions_are_warnings_of_a_check(tmp_path: Path, command: Run) -> None:
    reports = REPORTS.replace("30,12", "15,18")
    path = small(tmp_path, reports=reports, target=SMALL.replace("[shares]", 'ledger = "henan"\n[shares]'))
    told = checked(command, path, "--kind", "target")
    assert (told["status"], told["rows"], told["accepted"], told["error"]) == ("accepted", 7, 7, None)
    problems = [item["problem"] for item in told["places"]]
    assert problems[:2] == ["returns_falling", "returns_finished_above"]
    assert problems.count("figures_percentage") == 3 and problems[-1] == "figures_only_cell"
    assert {item["severity"] for item in told["places"]} == {"warning"} and len(told["warnings"]) == 8


def test_a_check_needs_neither_a_day_nor_units(tmp_path: Path, command: Run) -> None:
    path = small(tmp_path, target=SMALL.replace("as_of = 2026-07-20\n", ""))
    assert checked(command, path, "--kind", "target")["status"] == "accepted"
    path.write_text(path.read_text("utf-8").replace('units = "units.csv"\n', ""), "utf-8")
    told = checked(command, path, "--kind", "target")
    assert (told["status"], told["rows"]) == ("accepted", 5)


def test_a_ledger_is_checked_alone(tmp_path: Path, command: Run) -> None:
    path = tmp_path / "ledger.toml"
    path.write_text(
        "".join(f'[[figures]]\nid = "{name}"\nvalue = {n}\nunit = "pile"\nquantity = "q"\nsource = "{name}"\n'
                for name, n in (("one", 5), ("two", 6))), "utf-8",
    )  # fmt: skip
    told = checked(command, path, "--kind", "ledger")
    assert (told["status"], told["rows"]) == ("accepted", 2)
    assert [item["problem"] for item in told["places"]] == ["figures_sources"]
    path.write_text(path.read_text("utf-8").replace("value = 6", "value = -6"), "utf-8")
    told = checked(command, path, "--kind", "ledger")
    assert told["status"] == "refused" and "figures.1.value" in told["error"]
    code, out, _ = command("check", tmp_path / "none.toml", "--kind", "ledger", "--json")
    assert code == 1 and json.loads(out)["places"][0]["problem"] == "missing_file"


# ---- in a study


def test_a_study_gives_its_cities_to_the_target(tmp_path: Path) -> None:
    """Of the six townships five are towns or townships, of which two are uncovered for certain."""
    path = world.write(tmp_path / "in", more='[targets]\nfile = "target.toml"\n')
    (tmp_path / "in" / "target.toml").write_text(
        '[target]\nyear = 2026\ntotal = 10\nledger = "henan"\n[shares]\nn_townships = 1\nn_uncovered = 3\n',
        "utf-8",
    )
    found = study.run(path, tmp_path / "out")
    parts = found.tables["quota_parts"]
    assert parts["share"].tolist() == ["n_townships", "n_uncovered"] and parts["amount"].tolist() == [5, 2]
    assert parts["part"].tolist() == [2.5, 7.5]
    assert {"quotas", "implied", "mendings"} <= {
        item.stem for item in (tmp_path / "out" / "tables").iterdir()
    }
    book = openpyxl.load_workbook(tmp_path / "out" / "coverage.xlsx", read_only=True)
    assert labels.text("report.sheet.quotas") in book.sheetnames
    told = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert [item["file"] for item in told["inputs"]][-1] == "target.toml"
    assert told["programme"]["target"]["total"] == 10


def test_an_unknown_sum_of_a_study_is_no_zero(tmp_path: Path) -> None:
    """The townships state no population."""
    path = world.write(tmp_path, more='[targets]\nfile = "target.toml"\n')
    (tmp_path / "target.toml").write_text(
        "[target]\nyear = 2026\ntotal = 10\n[shares]\npopulation = 1\n", "utf-8"
    )
    with pytest.raises(StudyFault) as error:
        study.solve(study.load(path))
    assert [item.code for item in error.value.faults] == ["target_share_null"]


def test_without_a_study_the_file_names_its_units(tmp_path: Path, command: Run) -> None:
    path = small(tmp_path, target=SMALL.replace('units = "units.csv"\n', ""))
    code, _, err = command("targets", path, "--out", tmp_path / "out", "--lang", "en")
    assert code == 1 and "names no units" in err


def test_the_sample_is_split_and_followed(sampled: Sampled) -> None:
    """The study counts the uncovered townships of each city as the sample's own table has them."""
    tables, told = sampled.results.tables, sampled.totals["target"]
    assert tables["quotas"]["quota"].sum() == told["total"] and len(tables["quotas"]) == told["units"]
    late = tables["late_returns"]
    found = {
        row["kind"]: (row["unit_code"], f"{row['period_end']:%Y-%m-%d}") for row in late.to_dict("records")
    }
    assert len(late) == 2
    assert found == {kind: tuple(told[kind].values()) for kind in ("late", "missing")}
    done = tables["progress"].query("milestone == 'most_finished'")
    assert done["count"].sum() == told["finished_in_june"]
    assert tables["projections"]["projected"].notna().all() and tables["progress_contradictions"].empty
    units = tables["quota_parts"].query("share == 'n_uncovered'")
    cities = cities_of(tables["units"], tables["coverage"], sampled.results.region.headline_kinds)
    assert units["amount"].tolist() == cities["n_uncovered"].tolist()
    people = tables["quota_parts"].query("share == 'population'")["amount"]
    assert people.tolist() == cities["population"].tolist()
