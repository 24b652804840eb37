"""The command line as a planner meets it: help, exits, messages, JSON, and nothing left behind."""

import csv
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely

from chargegeo import cli, labels, study
from chargegeo.vocab import Outcome, Severity
from tests.conftest import ROOT
from tests.study import world
from tests.study.test_run import content

KEYS = ["status", "rows", "accepted", "repairs", "quarantine", "warnings", "error", "places"]
PLACE = ["line", "row", "column", "feature", "value", "problem", "severity", "text"]
CJK = re.compile("[\u4e00-\u9fff]")
# markup of rich, a colour, a title bar, a right-to-left override
HOSTILE = "[red]x[/red] \x1b[31mred \x1b]0;owned\x07 \u202egpj.exe"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
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
    monkeypatch.setenv("COLUMNS", "200")
    return run


@pytest.fixture
def six(tmp_path: Path) -> Path:
    """Folder of the six townships."""
    return world.write(tmp_path / "in").parent


def flat(text: str) -> str:
    """Text without the line breaks and frames of the terminal."""
    return re.sub(r"[\s\u2500-\u257f]+", " ", text)


# ---- help and language


def test_help_in_both_languages(command: Any) -> None:
    code, chinese, _ = command("--help")
    assert code == 0 and CJK.search(chinese)
    assert all(name in chinese for name in ("demo", "sample", "check", "run"))
    for arguments in (["--lang", "en", "--help"], ["--help", "--lang", "en"], ["--lang=en", "--help"]):
        code, english, _ = command(*arguments)
        assert code == 0 and not CJK.search(english)
        assert "find gaps" in english


def test_without_a_command_there_is_help(command: Any) -> None:
    assert command() == command("--help")


@pytest.mark.parametrize("name", ["demo", "sample", "check", "run"])
def test_every_command_explains_itself(command: Any, name: str) -> None:
    assert CJK.search(command(name, "--help")[1])
    code, english, _ = command(name, "--help", "--lang", "en")
    assert code == 0 and not CJK.search(english)


def test_the_language_may_stand_anywhere(command: Any, six: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["check", str(six / "stations.csv"), "--kind", "stations", "--datum", "wgs84"]
    said = [command(*words[:at], "--lang", "en", *words[at:])[1] for at in (0, 1, 2, 4, 6)]
    assert len(set(said)) == 1 and "9 rows = 7 accepted + 2 set aside" in flat(said[0])
    assert CJK.search(command(*words)[1])
    monkeypatch.setenv("CHARGEGEO_LANG", "en")
    assert command(*words)[1] == said[0]
    assert CJK.search(command(*words, "--lang", "zh")[1])


def test_the_installed_command_answers_quickly() -> None:
    """Processor time of a whole process, so that a busy machine does not matter."""
    code = (
        "import resource, runpy, sys; sys.argv[1:] = ['--help']\ntry: from chargegeo import cli; cli.main()\n"
    )
    code += "except SystemExit: pass\nused = resource.getrusage(resource.RUSAGE_SELF)\n"
    code += "sys.stderr.write(str(used.ru_utime + used.ru_stime))"
    done = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        for _ in range(3)
    ]
    assert min(float(item.stderr) for item in done) < 0.6


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "x.csv", "--kind", "bridges"], ["check", "x.csv"], ["check"], ["run", "study.toml"], ["fly"],
        ["--lang", "fr", "demo"], ["check", "x.csv", "--kind", "stations", "--seed", "1"],
    ],
)  # fmt: skip
def test_what_is_not_understood_is_exit_2(command: Any, arguments: list[str], tmp_path: Path) -> None:
    code, out, err = command(*arguments)
    assert code == 2 and out == "" and "Usage" in err
    assert list(tmp_path.iterdir()) == []


# ---- check


def test_json_is_one_object_and_nothing_else(command: Any, six: Path) -> None:
    code, out, err = command(
        "check", six / "stations.csv", "--kind", "stations", "--datum", "wgs84", "--json"
    )
    assert (code, err) == (0, "") and out.endswith("}\n") and out.count("\n") == 1
    told = json.loads(out)
    assert list(told) == KEYS
    assert (told["status"], told["rows"], told["accepted"], told["quarantine"]) == ("quarantined", 9, 7, 2)
    assert told["repairs"] == 0 and told["error"] is None and len(told["warnings"]) == 1
    assert all(list(place) == PLACE for place in told["places"])
    (again,) = (place for place in told["places"] if place["problem"] == "duplicate_id")
    assert (again["line"], again["row"], again["column"], again["value"]) == (9, 7, "station_id", "S1")


def test_json_of_a_refused_file(command: Any, six: Path) -> None:
    code, out, err = command("check", six / "stations.csv", "--kind", "stations", "--json", "--lang", "en")
    told = json.loads(out)
    assert (code, err) == (1, "") and list(told) == KEYS
    assert (told["status"], told["rows"], told["accepted"], told["quarantine"]) == ("refused", 9, 0, 0)
    assert "stations.csv" in told["error"] and "--datum" in told["error"]
    assert [place["problem"] for place in told["places"]] == ["datum_unstated"]
    nowhere = json.loads(command("check", six / "nowhere.csv", "--kind", "units", "--json")[1])
    assert (nowhere["status"], nowhere["rows"]) == ("refused", None)


def test_units_are_checked_and_so_are_stations_against_them(command: Any, six: Path) -> None:
    told = json.loads(command("check", six / "towns.geojson", "--kind", "units", "--json")[1])
    assert (told["status"], told["rows"], told["accepted"]) == ("accepted", 6, 6)
    own = world.towns().assign(code=[f"90000000{k}" for k in range(6)])
    own.to_file(six / "own.geojson")
    arguments = ["check", six / "stations.csv", "--kind", "stations", "--datum", "wgs84", "--json"]
    told = json.loads(command(*arguments, "--units", six / "own.geojson")[1])
    assert {place["problem"] for place in told["places"]} >= {"code_unknown"}
    told = json.loads(command(*arguments, "--units", six / "nowhere.geojson")[1])
    assert told["status"] == "refused" and "nowhere.geojson" in told["error"]


def test_seats_are_checked_as_units(command: Any, tmp_path: Path) -> None:
    (tmp_path / "seats.csv").write_text("code,name,lon,lat\n410122101,A,113.95,34.65\n", "utf-8")
    told = json.loads(
        command("check", tmp_path / "seats.csv", "--kind", "units", "--datum", "wgs84", "--json")[1]
    )
    assert (told["status"], told["rows"]) == ("accepted", 1)


def test_an_unknown_region_lists_the_known_ones(command: Any, six: Path) -> None:
    arguments = ["check", six / "stations.csv", "--kind", "stations", "--region", "henna", "--lang", "en"]
    code, _, err = command(*arguments)
    assert code == 1 and "There is no region 'henna'. Built in: henan, shenzhen" in err


def test_only_so_many_findings_are_shown_but_json_has_all(command: Any, six: Path) -> None:
    lines = ["station_id,lon,lat,n_piles,access"]
    lines += [f"S{n},{113.91 + n / 1000:.6f},{34.61 + n / 1777:.6f},\uff11,public" for n in range(60)]
    (six / "wide.csv").write_text("\n".join(lines) + "\n", "utf-8")
    arguments = ["check", six / "wide.csv", "--kind", "stations", "--datum", "wgs84"]
    code, out, _ = command(*arguments, "--lang", "en")
    assert code == 0 and "The first 40 of " in out and "60 repairs" in flat(out)
    assert json.loads(command(*arguments, "--json")[1])["repairs"] == 60


def test_the_table_of_a_check_can_be_acted_on(command: Any, six: Path) -> None:
    arguments = ["check", six / "stations.csv", "--kind", "stations", "--datum", "wgs84", "--lang", "en"]
    said = flat(command(*arguments)[1])
    assert "line column value problem what was done new value" in said
    # longitude and latitude of one row are one finding to a person
    assert said.count("coordinates are 0") == 1 and "lon, lat" in said and "row set aside" in said
    told = json.loads(command(*arguments, "--json")[1])
    assert [place["column"] for place in told["places"] if place["problem"] == "zero_coordinates"] == [
        "lon",
        "lat",
    ]


def test_a_report_of_a_check_is_written(command: Any, six: Path) -> None:
    arguments = ["check", six / "stations.csv", "--kind", "stations", "--datum", "wgs84", "--lang", "en"]
    out = six.parent / "reports" / "r.xlsx"
    code, said, _ = command(*arguments, "--out", out)
    assert code == 0 and f"Report: {out}" in said.replace("\n", "")
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Summary", "Findings", "Rows"]
    rows = list(book["Rows"].iter_rows(min_row=3, values_only=True))
    assert len(rows) == 9 and [row[0] for row in rows if row[1] and "set aside" in row[1]] == [6, 9]
    # an earlier report is replaced, and --json stays one object
    first = out.read_bytes()
    code, said, err = command(*arguments, "--json", "--out", out)
    assert (code, err) == (0, "") and list(json.loads(said)) == KEYS and out.read_bytes() == first


def test_a_refused_file_has_a_report_too(command: Any, six: Path) -> None:
    for name, sheets in (("stations.csv", 3), ("nowhere.csv", 2)):
        out = six.parent / f"{name}.xlsx"
        code, said, err = command("check", six / name, "--kind", "stations", "--out", out, "--lang", "en")
        assert code == 1 and "Not done:" in err and f"Report: {out}" in said.replace("\n", "")
        assert len(openpyxl.load_workbook(out).sheetnames) == sheets


def test_a_report_never_replaces_an_input(command: Any, six: Path) -> None:
    openpyxl.Workbook().save(six / "register.xlsx")
    before = content(six)
    for arguments, said in (
        ([six / "register.xlsx", "--out", six / "register.xlsx"], "one of the files to be checked"),
        ([six / "stations.csv", "--out", six / "stations.csv"], "Change the suffix"),
        ([six / "stations.csv", "--out", six / "register.xlsx"], "no earlier report"),
        (
            [six / "stations.csv", "--units", six / "register.xlsx", "--out", six / "register.xlsx"],
            "to be checked",
        ),
    ):
        code, out, err = command(
            "check", *arguments, "--kind", "stations", "--datum", "wgs84", "--lang", "en"
        )
        assert code == 1 and out == "" and said in flat(err)
    assert content(six) == before


# ---- bad input, through check and through run


def no_crs(folder: Path) -> None:
    gpd.GeoDataFrame({"code": world.CODES}, geometry=world.squares()).to_parquet(folder / "towns.parquet")


def points(folder: Path) -> None:
    lines = gpd.GeoSeries([shapely.LineString([(113.9, 34.6), (114, 34.7)])] * 6, crs=4490)
    world.towns().set_geometry(lines).to_file(folder / "lines.geojson")


def unreadable(folder: Path) -> None:
    (folder / "cut.gpkg").write_bytes(b"SQLite format 3\x00" + b"\x00" * 50)


BARE = "station_id,name,lon\nS1,a,113.9\n"
BAD: dict[str, tuple[str, str, Any, str]] = {
    # kind, file, how it is made, what the message says beside the name of the file
    "missing file": ("stations", "nowhere.csv", None, "There is no such file. Check the path"),
    "missing boundaries": ("units", "nowhere.gpkg", None, "There is no such file. Check the path"),
    "unreadable": ("units", "cut.gpkg", unreadable, "The file is damaged"),
    "missing column": ("stations", "bare.csv", BARE, "'lat' (columns found: station_id, name, lon). Add it"),
    "unstated datum": ("stations", "stations.csv", None, "is not stated, and we do not guess. Give --datum"),
    "no crs": ("units", "towns.parquet", no_crs, "does not say in which coordinate reference"),
    "empty register": ("stations", "none.csv", world.HEADER + "\n", "No data rows"),
    "empty file": ("stations", "void.csv", "", "The file is empty"),
    "no polygon": ("units", "lines.geojson", points, "none of the 6 records has a usable polygon"),
}  # fmt: skip


@pytest.fixture(params=BAD)
def bad(request: pytest.FixtureRequest, six: Path) -> Iterator[tuple[str, Path, str, str]]:
    """Kind, file, what must be said, and the datum to state (none where that is what lacks)."""
    kind, name, made, said = BAD[request.param]
    if callable(made):
        made(six)
    elif made is not None:
        (six / name).write_text(made, "utf-8")
    yield kind, six / name, said, "" if request.param in {"unstated datum", "no crs"} else "wgs84"


def test_bad_input_through_check(command: Any, bad: tuple[str, Path, str, str]) -> None:
    kind, path, said, datum = bad
    before = content(path.parent)
    stated = ["--datum", datum] if datum and kind == "stations" else []
    code, out, err = command("check", path, "--kind", kind, *stated, "--lang", "en")
    assert code == 1 and out == ""
    assert path.name in err and said in flat(err)
    chinese = command("check", path, "--kind", kind, *stated)[2]
    assert path.name in chinese and CJK.search(chinese)
    assert content(path.parent) == before


def test_bad_input_through_run(command: Any, bad: tuple[str, Path, str, str]) -> None:
    kind, path, said, datum = bad
    study_file = path.with_name("study.toml")
    text = study_file.read_text("utf-8").replace(
        "towns.geojson" if kind == "units" else "stations.csv", path.name
    )
    study_file.write_text(text if datum or kind == "units" else text.replace('datum = "wgs84"', ""), "utf-8")
    before = content(path.parent.parent)
    code, out, err = command("run", study_file, "--out", path.parent.parent / "out", "--lang", "en")
    assert code == 1 and out == ""
    assert path.name in err and said in flat(err)
    assert content(path.parent.parent) == before
    assert [item.name for item in path.parent.parent.iterdir()] == ["in"]


def test_a_broken_study_file_is_one_message(command: Any, six: Path) -> None:
    study_file = six / "study.toml"
    study_file.write_text(study_file.read_text("utf-8").replace("[units]", "[unit]"), "utf-8")
    code, out, err = command("run", study_file, "--out", six.parent / "out", "--lang", "en")
    assert code == 1 and out == ""
    assert "units is missing" in err and "no entry unit." in err and err.count("study.toml") == 2


# ---- run and sample


def test_run_prints_the_sums_and_the_definition(command: Any, six: Path) -> None:
    code, out, err = command("run", six / "study.toml", "--out", six.parent / "out", "--lang", "en")
    assert code == 0
    said = flat(out)
    assert "9 read = 7 accepted + 2 set aside" in said and "22 in units" in said and "8 in no unit" in said
    # C0, C1 and C2 of the county; of the six, the five towns and townships are the headline
    assert "covered 2 / 5 (40.0 %), unknown 1, uncovered 2" in said and "covered 2 / 6 (33.3 %)" in said
    assert "write the manifest" in err and (six.parent / "out" / "manifest.json").is_file()


def test_a_folder_of_other_files_is_refused_by_name(command: Any, six: Path) -> None:
    (six.parent / "out").mkdir()
    (six.parent / "out" / "thesis.docx").write_text("x", "utf-8")
    code, _, err = command("run", six / "study.toml", "--out", six.parent / "out", "--lang", "en")
    assert code == 1 and "thesis.docx" in err and "Choose an empty or a new folder" in err


def test_inputs_inside_the_results_are_refused(command: Any, six: Path) -> None:
    code, _, err = command("run", six / "study.toml", "--out", six, "--lang", "en")
    assert code == 1 and "Choose another --out" in err


def test_the_sample_is_written_and_its_files_are_named(command: Any, tmp_path: Path) -> None:
    code, out, _ = command("sample", tmp_path / "new" / "sample")
    assert code == 0
    assert sorted(Path(line).name for line in out.split()) == sorted(content(tmp_path / "new" / "sample"))
    totals = json.loads((tmp_path / "new/sample/truth.json").read_text("utf-8"))
    assert totals["units"] == 2586


# ---- hostile text


def harmless(text: str) -> None:
    """Nothing of it may drive a terminal: one printable line after another."""
    assert not [c for c in text if not (c.isprintable() or c in "\n\u3000")]


def test_hostile_text_is_shown_and_does_nothing(command: Any, six: Path) -> None:
    head, first, *_ = world.register().splitlines()
    cells = first.split(",")
    rows = [
        ",".join([f"{n}{HOSTILE}", *cells[1:-2], value, cells[-1]])
        for n, value in enumerate([HOSTILE, "public"])
    ]
    (six / "h.csv").write_text(
        "\n".join([head.replace("access", f"access {HOSTILE}"), *rows]) + "\n", "utf-8"
    )
    (six / "h.csv").write_text(
        (six / "h.csv").read_text("utf-8").replace(f"access {HOSTILE}", "access"), "utf-8"
    )
    arguments = ["check", six / "h.csv", "--kind", "stations", "--datum", "wgs84"]
    code, out, err = command(*arguments)
    assert code == 0
    harmless(out + err)
    assert "[red]x[/red]" in flat(out).replace(" ", "")
    assert command(*arguments, "--json")[0] == 0


def test_hostile_names_of_columns_and_files(command: Any, six: Path) -> None:
    path = six / f"a{HOSTILE[:20]}.csv".replace("/", "")
    path.write_text(f"station_id,{HOSTILE},lon\nS1,a,113.9\n", "utf-8")
    for lang in ("zh", "en"):
        code, out, err = command("check", path, "--kind", "stations", "--datum", "wgs84", "--lang", lang)
        assert code == 1 and "[red]" in err
        harmless(out + err)


def test_half_a_surrogate_is_no_crash(command: Any, six: Path) -> None:
    text = world.towns().to_json(drop_id=True).replace("Town A", "Town \\ud800")
    # two records of one code are parts of one unit, and the warning names both
    (six / "s.geojson").write_text(text.replace(world.A, world.B), "utf-8")
    for more in ([], ["--json"]):
        code, out, err = command("check", six / "s.geojson", "--kind", "units", *more)
        assert code == 0
        harmless(out + err)
    json.loads(out)


# ---- the corpus of faulty files

WANTED = {
    "ACCEPT": {Outcome.ACCEPTED}, "WARN": {Outcome.ACCEPTED, Outcome.REPAIRED}, "REPAIR": {Outcome.REPAIRED},
    "QUARANTINE": {Outcome.QUARANTINED}, "ERROR": {Outcome.REFUSED},
}  # fmt: skip


def lines_of(text: str) -> set[int]:
    """Lines that a must_name states: ``line 8`` as such, ``row 3`` and ``rows [2, 5]`` count records from 0."""
    lines = {int(n) for n in re.findall(r"line (\d+)", text)}
    rows = re.search(r"rows? \[?(\d[\d, ]*)", text)
    return lines | ({int(n) + 2 for n in rows[1].split(",")} if rows else set())


def must_name(wanted: str, told: dict[str, Any]) -> bool:
    """Whether rows, columns and features that must be named are named."""
    places, said = told["places"], json.dumps(told, ensure_ascii=False)
    lines = {place["line"] for place in places}
    named = lines_of(wanted) <= lines
    if wanted.startswith(("rows+", "row+")):
        # a fault of a whole column has no row
        named &= told["status"] == "refused" or any(line is not None for line in lines)
        named &= any(place["column"] for place in places)
    if wanted.startswith("col "):
        named &= wanted.split()[1] in said
    if wanted.startswith("feature"):
        named &= any(place["feature"] is not None for place in places)
    return bool(named)


@pytest.mark.shared
def test_the_corpus_of_faulty_files(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared / "badinputs"
    monkeypatch.chdir(folder)
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["check_kind"] in {"stations", "units"}]
    assert len(rows) > 60
    wrong = []
    for row in rows:
        words = shlex.split(row["check_args"])
        options = {
            name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)
        }
        report = study.check(row["file"], kind=row["check_kind"], **options)
        told = report.as_json("en")
        assert list(told) == KEYS
        listed = report.of(Severity.REPAIR) + report.of(Severity.QUARANTINE)
        assert {f"problem.{item.fault.code}" for item in listed} <= labels.keys(), (
            "short name for the workbook"
        )
        assert told["error"] is None or Path(row["file"]).name in told["error"], row["id"]
        outcomes = set().union(*(WANTED[word] for word in (row["expected"], row["expected_alt"]) if word))
        warned = {item.fault.code for item in report.of(Severity.WARNING)} - {"unit_codes_unknown"}
        if report.status not in outcomes or (row["expected"] == "WARN" and not warned):
            wrong.append((row["id"], row["file"], row["expected"], str(report.status), sorted(warned)))
        elif not must_name(row["must_name"], told):
            wrong.append((row["id"], row["file"], row["must_name"], told["places"][:4]))
    assert wrong == []


@pytest.mark.parametrize("where", [("--lang", "both"), ("--lang=both",)])
def test_a_package_may_speak_both_languages(command: Any, tmp_path: Path, where: tuple[str, ...]) -> None:
    """Only a package: what is said about it stays in one."""
    code, _, error = command("hearing", tmp_path / "none.toml", "--out", tmp_path / "out", *where)
    assert code == 1 and CJK.search(error)
    code, _, error = command("run", tmp_path / "none.toml", "--out", tmp_path / "out", *where)
    assert code == 2 and "both" in error


def test_a_package_in_both_languages_from_the_command_line(command: Any, tmp_path: Path) -> None:
    study_file, out = world.write(tmp_path / "in"), tmp_path / "out"
    code, said, error = command("hearing", study_file, "--out", out, "--lang", "both")
    assert code == 0, error
    made = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {str(out / name) for name in made} == set(said.split("\n")) - {""}
    assert {"index.html", "zh/index.html", "en/index.html", "zh/briefing.docx", "en/briefing.docx"} <= made
