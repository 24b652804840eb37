"""Attacks in every name go through the whole package: shown letter by letter or not at all, and nothing runs."""

import csv
import io
import json
import re
import subprocess
import zipfile
from pathlib import Path

import docx
import pypdf
import pypdf.annotations
import pytest
from playwright.sync_api import Browser

from chargegeo import store, study
from tests.maps.test_hostile_text import MARKUP, TEMPLATES, without_policy
from tests.study import hearing_world, world

ACTIONS = {"/JavaScript", "/JS", "/OpenAction", "/Launch", "/AA", "/URI", "/EmbeddedFile"}
PRINTED = ["briefing.pdf", "corridors.pdf", "county.pdf", "gaps.pdf", "scenario.pdf"]


def register(texts: list[str]) -> str:
    """Three stations of each attack and of none, dedicated ones, so that gaps stay; name and operator are attacks."""
    made = io.StringIO()
    lines = csv.writer(made)
    lines.writerow([*world.HEADER.split(","), "operator"])
    for number, text in enumerate(texts):
        x, y = world.CORNERS[number % 6]
        place = (f"{x + 0.002 + 0.001 * number:.6f}", f"{y + 0.021:.6f}")
        row = [
            f"H{number}",
            text,
            *place,
            "",
            5,
            "dc",
            120,
            "public" if number % 2 else "dedicated",
            "in_service",
        ]
        lines.writerow([*row, text])
    return made.getvalue()


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    """A package of attacks, a folder that none of them may make, and the names of townships as cleaned."""
    at = tmp_path_factory.mktemp("hostile")
    canary = at / "canary"
    texts = [template % canary for template in TEMPLATES] + MARKUP
    names = [" ".join(texts[number::6]) for number in range(6)]
    # a scenario's name has an end; the longest attacks come last, so that it holds many
    name = " ".join(sorted(texts, key=len))[:200]
    path = hearing_world.write(at / "in", names=names, stations=register(texts), scenario=name)
    every = json.dumps(" ".join(texts))
    told = path.read_text("utf-8").replace('title = "Six townships"', f"title = {every}")
    path.write_text(told.replace('author = "Test office"', f"author = {every}"), "utf-8")
    study.run(path, at / "results")
    with hearing_world.coarse_pictures():
        study.hearing(path, at / "out", study.Asked(scenarios=(at / "in" / "scenario.toml",)))
    units = store.read_table(at / "results" / "tables" / "units.parquet", "units")
    return at / "out", canary, units["name"].tolist()


def plain(text: str) -> str:
    """A text without blanks and signs that cannot be seen: cells of paper have other ends of lines."""
    return re.sub(r"[\s\u200b\u202e\ufeff]", "", text)


def pdf_names(path: Path) -> set[str]:
    """Each name of a PDF's objects, as key or as value. Its bytes are no evidence: streams are compressed, and
    `/AA` occurs in them by chance.
    """
    found: set[str] = set()
    seen: set[int] = set()
    left: list[object] = [pypdf.PdfReader(path).trailer]
    while left:
        one = left.pop()
        if isinstance(one, pypdf.generic.IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, pypdf.generic.NameObject):
            found.add(str(one))
        elif isinstance(one, dict):
            found.update(map(str, dict.keys(one)))
            left += dict.values(one)
        elif isinstance(one, list):
            left += list.__iter__(one)
    return found


def test_actions_of_a_pdf_are_found(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    made = pypdf.generic.DictionaryObject()
    made[pypdf.generic.NameObject("/S")] = pypdf.generic.NameObject("/JavaScript")
    writer.root_object[pypdf.generic.NameObject("/OpenAction")] = made
    writer.add_annotation(0, pypdf.annotations.Link(rect=(0, 0, 9, 9), url="https://example.org"))
    writer.write(tmp_path / "a.pdf")
    assert {"/JavaScript", "/OpenAction", "/URI"} <= pdf_names(tmp_path / "a.pdf")


def test_no_template_ran(packed: tuple[Path, Path, list[str]]) -> None:
    assert not packed[1].exists()


@pytest.mark.parametrize("name", ["index.html", "map.html"])
@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "without policy"])
def test_nothing_runs_in_a_page(
    packed: tuple[Path, Path, list[str]], browser: Browser, tmp_path: Path, name: str, policy: bool
) -> None:
    html = (packed[0] / name).read_bytes().decode("utf-8")
    (tmp_path / name).write_bytes((html if policy else without_policy(html)).encode("utf-8"))
    page = browser.new_context(offline=True).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.goto((tmp_path / name).as_uri())
    if name == "map.html":
        page.wait_for_selector("html[data-ready][data-stations]", state="attached")
    title = page.locator("h1").first.text_content() or ""
    assert "{{ 7*7 }}" in title and "<script>window.ran" in title
    assert page.evaluate("window.ran") is None
    assert [one for one in seen if not one.startswith("data:")] == [(tmp_path / name).as_uri()]
    page.context.close()


def test_word_shows_names_letter_by_letter(packed: tuple[Path, Path, list[str]]) -> None:
    book = docx.Document(str(packed[0] / "briefing.docx"))
    cells = {plain(cell.text) for table in book.tables for row in table.rows for cell in row.cells}
    # names too long for a cell end with an ellipsis
    begun = {cell.rstrip("\u2026") for cell in cells if len(cell) > 12}
    shown = [name for name in packed[2] if any(plain(name).startswith(cell) for cell in begun)]
    assert len(shown) >= 4, "the names of the gaps"
    with zipfile.ZipFile(packed[0] / "briefing.docx") as parts:
        assert not [name for name in parts.namelist() if "vba" in name.lower()]
        assert b"w:fldSimple" not in parts.read("word/document.xml")


@pytest.mark.parametrize("name", PRINTED)
def test_paper_runs_nothing_and_computes_nothing(packed: tuple[Path, Path, list[str]], name: str) -> None:
    path = packed[0] / name
    assert not pdf_names(path) & ACTIONS
    command = ["pdftotext", "-enc", "UTF-8", str(path), "-"]
    text = plain(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)
    for literal, computed in (("{{7*7}}", "{{49}}"), ("&lt;script&gt;", None)):
        assert literal in text or literal[:6] not in text, literal
        assert computed is None or computed not in text
