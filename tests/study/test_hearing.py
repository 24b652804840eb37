"""The hearing package of six townships: whole, the same from files and from results, and refused with a reason."""

import json
import re
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Browser

from chargegeo import errors, labels, store, study
from tests.conftest import Convert
from tests.study import hearing_world

FILES = {
    "SHA256SUMS", "briefing.docx", "briefing.pdf", "corridors.pdf", "county.pdf", "coverage.gpkg", "coverage.xlsx",
    "gaps.pdf", "index.html", "manifest.json", "map.html", "scenario.pdf",
    *(f"slides/{name}.png" for name in (
        "closing", "corridors", "county", "gaps", "lorenz", "power", "rungs", "scenario", "scenarios"
    )),
}  # fmt: skip
PLACES = ["county_name", "city_name"]
PRINTED = ["briefing.pdf", "corridors.pdf", "county.pdf", "gaps.pdf", "scenario.pdf"]


@dataclass(frozen=True)
class Made:
    """Everything that a study, its results and its scenario give."""

    study: Path
    scenario: Path
    results: Path
    earlier: Path
    plan: Path
    both: Path
    again: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Packages in two languages from files, and in one from what was written of the same study."""
    at = tmp_path_factory.mktemp("hearing")
    path = hearing_world.write(at / "in")
    scenario = at / "in" / "scenario.toml"
    study.run(path, at / "results")
    study.run(hearing_world.earlier(at / "then"), at / "earlier")
    study.site(scenario, at / "plan")
    asked = study.Asked(scenarios=(scenario,), snapshots=(at / "earlier",), lang="both")
    with hearing_world.coarse_pictures():
        study.hearing(path, at / "both", asked)
    asked = study.Asked(scenarios=(at / "plan",), snapshots=(at / "earlier",))
    (at / "again").mkdir()  # an earlier package, which is replaced as a whole
    (at / "again" / "old.html").write_text("old", "utf-8")
    (at / "again" / "manifest.json").write_text('{"chargegeo": "0", "outputs": ["old.html"]}', "utf-8")
    with hearing_world.coarse_pictures():
        study.hearing(at / "results", at / "again", asked)
    return Made(path, scenario, at / "results", at / "earlier", at / "plan", at / "both", at / "again")


def listed(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def told(*command: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


# ---- what is in it


def test_it_is_whole_and_nothing_of_an_earlier_one_stays(made: Made) -> None:
    assert listed(made.again) == FILES
    both = {f"{lang}/{name}" for lang in ("zh", "en") for name in FILES - {"SHA256SUMS", "manifest.json"}}
    assert listed(made.both) == both | {"SHA256SUMS", "manifest.json", "index.html"}


def test_results_give_the_package_of_their_files(made: Made) -> None:
    """Warnings of the reading stand in the workbook of the files alone, and the first page names the workbook's hash.

    Two processes of drawing, too: the same input gives the same bytes.
    """
    differing = {
        name
        for name in FILES - {"SHA256SUMS", "manifest.json"}
        if (made.again / name).read_bytes() != (made.both / "zh" / name).read_bytes()
    }
    assert differing == {"coverage.xlsx", "index.html"}
    books = [openpyxl.load_workbook(folder / "coverage.xlsx") for folder in (made.again, made.both / "zh")]
    sheets = [
        {sheet.title: [[cell.value for cell in row] for row in sheet.rows] for sheet in book}
        for book in books
    ]
    warnings, contents = labels.text("report.sheet.warnings"), books[0].sheetnames[0]
    assert sheets[0].keys() ^ sheets[1].keys() <= {warnings}
    for name in sheets[0].keys() & sheets[1].keys() - {warnings, contents}:
        assert sheets[0][name] == sheets[1][name], name


@pytest.mark.parametrize("folder", ["both", "again"])
def test_checksums_hold_for_the_program_that_everybody_has(made: Made, folder: str) -> None:
    at = getattr(made, folder)
    done = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=at, capture_output=True, text=True, check=True
    )
    checked = {line.rpartition(":")[0] for line in done.stdout.splitlines()}
    assert checked == listed(at) - {"SHA256SUMS", "manifest.json"}


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def test_every_link_leads_somewhere(made: Made) -> None:
    reached = set()
    pages = [made.both / name for name in ("index.html", "zh/index.html", "en/index.html")]
    for page in pages:
        links = Links()
        links.feed(page.read_text("utf-8"))
        for link in links.found:
            if not link.startswith("data:image/png;base64,"):
                assert link.startswith("./"), link
                target = (page.parent / unquote(link)).resolve()
                assert target.is_file() and target.is_relative_to(made.both)
                reached.add(target.relative_to(made.both).as_posix())
    assert reached == listed(made.both) - {"SHA256SUMS", "manifest.json", "index.html"}


def test_the_front_page_offers_both_languages(made: Made) -> None:
    text = (made.both / "index.html").read_text("utf-8")
    assert all(labels.text("hearing.in_language", lang) in text for lang in ("zh", "en"))


# ---- in a browser


@pytest.mark.parametrize(
    "name", ["index.html", "zh/index.html", "en/index.html", "zh/map.html", "en/map.html"]
)
def test_a_page_asks_for_nothing_and_complains_of_nothing(made: Made, browser: Browser, name: str) -> None:
    page = browser.new_context(offline=True, viewport={"width": 1280, "height": 800}).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.goto((made.both / name).as_uri())
    if name.endswith("map.html"):
        page.wait_for_selector("html[data-ready][data-stations]", state="attached")
        dates = page.locator(".cg-dates input")
        assert dates.get_attribute("max") == "1"  # two dates to slide over
        first = page.locator(".cg-date").text_content()
        dates.evaluate("input => { input.value = 0; input.dispatchEvent(new Event('input')); }")
        assert {first, page.locator(".cg-date").text_content()} == {"2025-12-31", "2026-06-30"}
        assert "Twenty piles" in (page.locator(".cg-part-scenario").text_content() or "")
    assert [one for one in seen if not one.startswith("data:")] == [(made.both / name).as_uri()]
    page.context.close()


# ---- on paper


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_printed_has_its_pages_fonts_and_words(made: Made, lang: str) -> None:
    names = "".join(store.read_table(made.results / "tables" / "units.parquet", "units").iloc[0][PLACES])
    for name in PRINTED:
        path = made.both / lang / name
        pages = pypdf.PdfReader(path).pages
        a3 = {(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages}
        assert a3 == {(595, 842) if name == "briefing.pdf" else (1191, 842)}
        assert 2 <= len(pages) <= 6, name
        fonts = told("pdffonts", path).splitlines()[2:]
        assert fonts and all(re.search(r" yes (yes|no) +(yes|no) +\d+ +\d+$", line) for line in fonts), name
        text = re.sub(r"\s", "", told("pdftotext", "-enc", "UTF-8", path, "-"))
        assert "Sixtownships" in text
        chinese = set(re.findall("[\u4e00-\u9fff]", text))
        # in English nothing but the names of the county and its city
        assert len(chinese) > 40 if lang == "zh" else chinese <= set(names), name


def test_the_briefing_says_what_changed_since_the_snapshot(made: Made) -> None:
    """S1 in township A and S6 in F are new; B, C and the station in no township are as they were."""
    text = re.sub(r"\s+", " ", told("pdftotext", "-enc", "UTF-8", made.both / "en" / "briefing.pdf", "-"))
    assert labels.text("briefing.changed.units", "en", n=5, more=2, less=0, same=3) in text


def test_office_opens_what_is_to_be_edited(made: Made, convert: Convert) -> None:
    printed = told("pdftotext", "-enc", "UTF-8", convert(made.both / "zh" / "briefing.docx", "pdf"), "-")
    assert "Six townships" in printed and labels.text("briefing.heading.covered") in printed
    book = openpyxl.load_workbook(convert(made.both / "zh" / "coverage.xlsx", "xlsx"))
    kept = openpyxl.load_workbook(made.both / "zh" / "coverage.xlsx")
    assert book.sheetnames == kept.sheetnames
    changes = kept[labels.text("report.sheet.changes")]
    assert any("S6" in map(str, row) for row in changes.iter_rows(values_only=True))


# ---- what is refused


def refused(source: Path, out: Path, *codes: str, **asked: object) -> list[errors.Fault]:
    """The faults of a package that cannot be; nothing of it is left behind."""
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(errors.ChargegeoError) as caught:
        study.hearing(source, out, study.Asked(**asked))  # type: ignore[arg-type]
    assert [fault.code for fault in caught.value.faults] == list(codes)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert out.exists() == bool(before)
    for fault in caught.value.faults:
        assert fault.text("zh") and fault.text("en")
    return list(caught.value.faults)


def test_somebody_elses_folder_is_left_alone(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    refused(made.results, out, "not_ours")


def test_nothing_that_is_read_may_lie_where_is_written(made: Made, tmp_path: Path) -> None:
    home = hearing_world.copied(made.study.parent, tmp_path / "in")
    path = home / "study.toml"
    for out in (home, tmp_path):
        before = listed(tmp_path)
        with pytest.raises(errors.StudyFault) as caught:
            study.hearing(path, out)
        assert [fault.code for fault in caught.value.faults] == ["input_in_output"]
        assert listed(tmp_path) == before
    # a file that the study reads from elsewhere
    (tmp_path / "more").mkdir()
    (home / "stations.csv").rename(tmp_path / "more" / "stations.csv")
    path.write_text(path.read_text("utf-8").replace('"stations.csv"', '"../more/stations.csv"'), "utf-8")
    with pytest.raises(errors.StudyFault, match=r"stations\.csv"):
        study.hearing(path, tmp_path / "more")


def test_a_folder_of_something_else_is_no_result(made: Made, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", made.again, made.plan):
        refused(folder, tmp_path / "out", "no_study_result")
        refused(made.results, tmp_path / "out", "no_study_result", snapshots=(folder,))
    for folder in (tmp_path / "empty", made.again, made.results):
        refused(made.results, tmp_path / "out", "no_scenario_result", scenarios=(folder,))


@pytest.mark.parametrize("how", ["no caption", "no units", "other study", "list", "table gone", "column gone",
                                 "table unknown", "layers gone"])  # fmt: skip
def test_results_of_an_older_version_are_named_as_such(made: Made, tmp_path: Path, how: str) -> None:
    folder = hearing_world.copied(made.results, tmp_path / "results")
    told_by = json.loads((folder / "manifest.json").read_text("utf-8"))
    if how == "no caption":
        del told_by["caption"]
    elif how == "no units":
        del told_by["study"]["units"]
    elif how == "other study":
        told_by["study"]["rules"] = {"gone": 1}
    elif how == "list":
        told_by["study"] = []
    elif how == "table gone":
        (folder / "tables" / "gaps.parquet").unlink()
    elif how == "column gone":
        import pandas as pd

        table = pd.read_parquet(folder / "tables" / "gaps.parquet").drop(columns="fact")
        table.to_parquet(folder / "tables" / "gaps.parquet")
    elif how == "table unknown":
        (folder / "tables" / "gaps.parquet").rename(folder / "tables" / "holes.parquet")
    else:
        (folder / "coverage.gpkg").unlink()
    (folder / "manifest.json").write_text(json.dumps(told_by), "utf-8")
    refused(folder, tmp_path / "out", "no_study_result")


def test_a_scenario_file_needs_the_files_of_the_study(made: Made, tmp_path: Path) -> None:
    (fault,) = refused(made.results, tmp_path / "out", "scenario_needs_study", scenarios=(made.scenario,))
    assert "scenario.toml" in fault.text("en") and "chargegeo site" in fault.text("en")


def test_a_sweep_or_a_scenario_without_a_plan_cannot_be_shown(made: Made, tmp_path: Path) -> None:
    text = made.scenario.read_text("utf-8")
    many = tmp_path / "many.toml"
    many.write_text(text + "[sweep]\ntarget_piles = [10, 20]\n", "utf-8")
    refused(made.study, tmp_path / "out", "hearing_sweep", scenarios=(many,))
    never = tmp_path / "never.toml"
    never.write_text(text.replace("target_piles = 20", "target_piles = 20\nbudget = 1"), "utf-8")
    with pytest.raises(errors.StudyFault):
        study.hearing(made.study, tmp_path / "out", study.Asked(scenarios=(never,)))
    assert not (tmp_path / "out").exists()


def test_a_scenario_of_other_units_is_refused(made: Made, tmp_path: Path) -> None:
    import pandas as pd

    folder = hearing_world.copied(made.plan, tmp_path / "plan")
    table = folder / "tables" / "scenario_units.parquet"
    units = pd.read_parquet(table)
    units.assign(unit_code=units["unit_code"].str.replace("4101", "4403")).to_parquet(table)
    refused(made.results, tmp_path / "out", "scenarios_differ", scenarios=(folder,))
