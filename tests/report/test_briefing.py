"""The briefing: the numbers of its tables, marks on every page, Chinese that can be found, files that open."""

import datetime as dt
import hashlib
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import docx
import pandas as pd
import pytest

from chargegeo import errors, labels, region, report, schema, study, targets
from chargegeo.report.paper import content, page
from chargegeo.schema import Caption
from tests import get_tools
from tests.study import world

HENAN = region.load("henan")
RULES = [HENAN.rules["township_ladder"], HENAN.rules["county_station"]]
# faults.md of the field: what runs in maps and documents where a text is taken for more than a text
HOSTILE = [
    "{{ 7*7 }}", "{% raw %}", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "${alert(1)}",
    "\\` + alert(1) + \\`", "'\"><svg onload=alert(1)>", "=1+41", "&lt;b&gt;", "trailing\\",
]  # fmt: skip
CAPTION = Caption(
    title="\u5145\u7535\u8bbe\u65bd\u8986\u76d6", author="Office", date="2026-06-30", source="register.csv",
    datum="wgs84", definition="A0", denominator="6 towns", synthetic=True, approximate=True,
)  # fmt: skip


def made(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return schema.check(schema.conform(pd.DataFrame(rows), table), table)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Tables of the six townships of the study tests."""
    results = study.solve(study.load(world.write(tmp_path_factory.mktemp("six"))))
    return dict(results.tables)


def more(text: str = "P1") -> dict[str, pd.DataFrame]:
    """Tables of all other parts, with a text of one's own."""
    returns = pd.DataFrame(
        [("a", "2026-03-31", 30, 10, None), ("a", "2026-05-31", 80, 25, None)],
        columns=["unit_code", "period_end", "started", "finished", "received_on"],
    )
    half = targets.Milestone(id="half", state="started", share="0.5", by=dt.date(2026, 6, 30))
    held = targets.progress(
        returns, pd.DataFrame({"unit_code": ["a"], "name": [text], "due": [200]}), milestones=(half,),
        as_of=dt.date(2026, 6, 5),
    )  # fmt: skip
    change = {name: 0 for item in schema.contract("changes_by_unit") if (name := item.name) != "unit_code"}
    change |= {
        "n_piles_old": 20,
        "n_piles_added": 7,
        "n_piles_removed": 2,
        "n_piles_net": 5,
        "n_piles_new": 25,
    }
    road = {"ref": text, "direction": "forward", "corridor_id": "c", "from_km": 0}
    plan = {"scenario": text, "folder": "a", "status": "optimal", "n_piles": 1200, "covered_before": 1,
            "covered_after": 4, "n_units": 6, "served_before": 50, "served_after": 80, "people": 100}  # fmt: skip
    site = {"rank": 1, "site_id": "s", "site_kind": "seat", "name": text, "n_standing": 0, "n_new": 1200,
            "new_guns": 1, "new_bays": 1, "new_kw": 60, "cost": 1, "n_decided": 0, "n_closed": 3, "people": 30,
            "n_stretches": 0}  # fmt: skip
    area = {"level": "city", "code": "4101", "name": text, "n_units": 6, "covered_before": 1, "covered_after": 4,
            "n_unknown": 0, "n_piles_before": 9, "n_new": 1200, "quota": 1300, "cost": 1}  # fmt: skip
    return {
        "progress": held.milestones, "progress_periods": held.periods, "projections": held.projections,
        "changes_by_unit": made("changes_by_unit", [{"unit_code": "a", **change}]),
        "changes": made("changes", [{"station_id": "s", "change": "added"}]),
        "corridor_gaps": made("corridor_gaps", [
            {**road, "rank": 1, "road_class": "expressway", "to_km": 61.3, "km": 61.3, "n_unknown": 2,
             "from_name": text}]),
        "corridor_rules": made("corridor_rules", [
            {**road, "rule": rule, "to_km": 1, "verdict": verdict}
            for rule, verdict in (("nevi", "met"), ("nevi", "not_met"), (text, "unknown"))]),
        "scenario_comparison": made("scenario_comparison", [plan]),
        "closing_curve": made("closing_curve", [
            {"measure": "plan", "name": text, "n_piles": n, "people": 50 + n, "of_people": 100} for n in (0, 30)]),
        "sites": made("sites", [site]), "scenario_areas": made("scenario_areas", [area]),
        "contradictions": targets.contradictions(targets.ledger("henan")),
    }  # fmt: skip


def write(path: Path, tables: dict[str, pd.DataFrame], **changes: Any) -> Path:
    options = {"caption": CAPTION, "rules": RULES, "ledger": targets.ledger("henan"), **changes}
    report.briefing(path, tables, **options)
    return path


def run(*command: str | Path) -> str:
    return subprocess.run(
        list(map(str, command)), check=True, capture_output=True, text=True, timeout=120
    ).stdout


def pages(path: Path) -> list[str]:
    """Text of each page, without line breaks and spaces."""
    return [re.sub(r"\s", "", text) for text in run("pdftotext", "-enc", "UTF-8", path, "-").split("\f")[:-1]]


def opened(path: Path) -> Path:
    """The PDF that LibreOffice makes of a DOCX."""
    office = get_tools.office("sw")
    assert office is not None
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    run(office, profile, "--headless", "--convert-to", "pdf", "--outdir", path.parent / "made", path)
    return path.parent / "made" / path.with_suffix(".pdf").name


def paper_text(path: Path) -> str:
    """All text of a DOCX: paragraphs and cells."""
    book = docx.Document(str(path))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in book.paragraphs), *cells])


@pytest.fixture(scope="module")
def papers(solved: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The whole briefing as PDF and DOCX."""
    folder = tmp_path_factory.mktemp("papers")
    tables = {**solved, **more()}
    return write(folder / "b.pdf", tables), write(folder / "b.docx", tables)


def test_the_numbers_are_those_of_the_tables(
    papers: tuple[Path, Path], solved: dict[str, pd.DataFrame]
) -> None:
    rollup = solved["rollup"]
    row = rollup[
        (rollup["level"] == "province") & (rollup["group"] == "headline") & (rollup["rung"] == "A0")
    ].iloc[0]
    # worked by hand in the world: A and B pass, of the five towns and townships
    assert (row["n_covered"], row["n_units"]) == (2, 5)
    for whole in ("".join(pages(papers[0])), re.sub(r"\s", "", paper_text(papers[1]))):
        assert "2/5=40.0%" in whole  # the headline
        assert "1/6=16.7%" in whole and "4/6=66.7%" in whole  # before and after the scenario
        assert (
            "61.3" in whole and "1/2=50.0%" in whole
        )  # the longest gap; one of two stretches meets the rule
        assert "412,435" in whole and "384,400" in whole  # parts and total as published
        assert len(solved["gaps"]) == 4 and all(
            name.replace(" ", "") in whole for name in solved["gaps"]["name"]
        )


def test_pages_fonts_marks_and_chinese(papers: tuple[Path, Path]) -> None:
    for path in (papers[0], opened(papers[1])):
        texts = pages(path)
        assert 2 <= len(texts) <= 6
        for name in ("draft", "synthetic", "approximate"):
            mark = re.sub(r"\s", "", labels.text(f"report.{name}"))
            assert all(mark in text for text in texts), name
        assert CAPTION.title in texts[0]
        for key in ("covered", "gaps", "along", "scenarios", "contradictions", "method", "definitions"):
            assert labels.text(f"briefing.heading.{key}") in "".join(texts), key
        assert [text[-3:] for text in texts] == [
            f"{n}/{len(texts)}" for n in range(1, len(texts) + 1)
        ] or all(f"{n}/{len(texts)}" in text for n, text in enumerate(texts, 1))
        fonts = run("pdffonts", path).splitlines()[2:]
        assert fonts and all(re.search(r" yes (yes|no) +(yes|no) +\d+ +\d+$", line) for line in fonts), fonts


def test_word_finds_styles_heads_and_alternative_texts(papers: tuple[Path, Path]) -> None:
    book = docx.Document(str(papers[1]))
    headings = [p.text for p in book.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert len(headings) == 10 and labels.text("briefing.heading.covered") in headings[1]
    assert len(book.inline_shapes) == 5
    for table in book.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml and "w:tblHeader" not in table.rows[-1]._tr.xml
    with zipfile.ZipFile(papers[1]) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        body, foot = (parts.read(f"word/{name}.xml").decode() for name in ("document", "footer1"))
        styles = parts.read("word/styles.xml").decode()
    assert body.count(' descr="') == 5 and "NUMPAGES" in foot
    assert 'w:eastAsia="Microsoft YaHei"' in styles and 'w:eastAsia="zh-CN"' in styles
    assert book.core_properties.created == dt.datetime(2026, 6, 30, tzinfo=dt.UTC)


def test_an_approval_number_takes_the_place_of_the_draft_mark(
    solved: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    path = write(tmp_path / "b.pdf", solved, caption=replace(CAPTION, approval_no="GS(2026)1"))
    texts = pages(path)
    assert 2 <= len(texts) <= 6
    assert all("GS(2026)1" in text for text in texts)
    assert not any(re.sub(r"\s", "", labels.text("report.draft")) in text for text in texts)


def hostile(solved: dict[str, pd.DataFrame], text: str) -> dict[str, pd.DataFrame]:
    tables = {**solved, **more(text)}
    return {**tables, "gaps": tables["gaps"].assign(name=text, county_name=text, city_name=text)}


def test_text_from_data_is_text_in_the_page(solved: dict[str, pd.DataFrame]) -> None:
    """Every payload stands in the HTML with no tag, attribute or address of its own."""
    from chargegeo.report import paper

    text = " ".join(HOSTILE)
    about = replace(CAPTION, title=text, author=text)
    told = paper._paper(hostile(solved, text), about, RULES, targets.ledger("henan"))
    html = page.document(told)
    assert text in set(told.texts()) and text in told.byline
    tags = {tag.strip("/") for tag in re.findall(r"<([^ >]+)", html)}
    assert tags <= {
        "!doctype", "html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "p", "img", "table",
        "colgroup", "col", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert set(re.findall(r'src="([^"]*)"', html)) == {f"chargegeo:{n}" for n in range(5)}


def test_text_from_data_is_text_in_both_files(solved: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    text = " ".join(HOSTILE) + "\x00\x1b"
    tables, title = hostile(solved, text), text + "\ud800"
    wanted = re.sub(r"\s", "", " ".join(HOSTILE))
    path = write(tmp_path / "h.docx", tables, caption=replace(CAPTION, title=title))
    assert wanted in re.sub(r"\s", "", paper_text(path))
    assert wanted in "".join(pages(write(tmp_path / "h.pdf", tables, caption=replace(CAPTION, title=title))))


def test_nothing_but_our_own_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("x", "utf-8")
    fetch = page._fetcher({"chargegeo:0": (b"data", "image/png")})
    assert fetch.fetch("chargegeo:0").read() == b"data"
    for address in (secret.as_uri(), "http://127.0.0.1:9/x", "data:text/css,x", "chargegeo:1"):
        with pytest.raises(KeyError):
            fetch.fetch(address)


def test_the_same_tables_have_the_same_bytes(
    papers: tuple[Path, Path], solved: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    for path in papers:
        again = write(tmp_path / path.name, {**solved, **more()})
        assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest(), (
            path.suffix
        )


def test_tables_that_are_not_there_leave_their_part_out(solved: dict[str, pd.DataFrame]) -> None:
    from chargegeo.report import paper

    told = paper._paper(solved, replace(CAPTION, lang="en"), RULES, None)
    headings = [block.text for block in told.blocks if isinstance(block, content.Heading)]
    assert headings == [
        "In short",
        "1. What is covered",
        "2. The worst gaps",
        "3. Definition sheet",
        "4. Method and limits",
    ]


def test_a_reason_says_what_is_wrong_with_the_fact(solved: dict[str, pd.DataFrame]) -> None:
    from chargegeo.report import paper

    told = paper._paper(solved, replace(CAPTION, lang="en"), RULES, None)
    table = next(b for b in told.blocks if isinstance(b, content.Table) and "Reason" in b.header)
    at = table.header.index("Reason")
    reasons = {row[1]: row[at] for row in table.rows}
    # C has a dedicated pile alone, D nothing, E a row set aside, F piles of unknown access
    words = {
        name: labels.word("fact", fact, "en")
        for name, fact in (("C", "access"), ("D", "site"), ("E", "set_aside"), ("F", "access"))
    }
    assert reasons == {
        "Town C": f"there are piles, but {words['C']} fails", "Town D": words["D"], "Town E": words["E"],
        "Town F": f"{words['F']} not known",
    }  # fmt: skip


def english(tables: dict[str, pd.DataFrame]) -> tuple[str, list[tuple[str, ...]]]:
    """Sentences of an English briefing, and the rows of its tables."""
    from chargegeo.report import paper

    blocks = paper._paper(tables, replace(CAPTION, lang="en"), RULES, None).blocks
    rows = [row for block in blocks if isinstance(block, content.Table) for row in block.rows]
    return " ".join(block.text for block in blocks if isinstance(block, content.Paragraph)), rows


def test_gaps_and_changes_are_counted(solved: dict[str, pd.DataFrame]) -> None:
    # C and D are uncovered, E is unknown
    said, _ = english({**solved, "gaps": solved["gaps"].head(3)})
    assert (
        "At rung A0 3 of all 6 units (those outside the headline too) are not covered for certain: "
        "2 uncovered, 1 unknown." in said
    )
    change = more()["changes_by_unit"]
    other = change.assign(unit_code="b", n_piles_added=0, n_piles_net=-2, n_piles_new=18)
    said, rows = english(
        {**solved, "changes_by_unit": pd.concat([change, other, other.assign(unit_code=None)])}
    )
    assert "Of 3 units 1 have more piles, 2 fewer, 0 as many" in said
    assert ("Piles", "60", "7", "6", "0", "0", "1", "61") in rows


def test_the_room_of_a_whole_number_is_whole(solved: dict[str, pd.DataFrame]) -> None:
    row = {"kind": "percentage", "about": "a", "against": "b", "unit": "percent", "stated": 139.02, "computed": 146,
           "low": 20967.45, "high": 21040.18, "verdict": "contradiction", "source": "s",
           "source_against": "s"}  # fmt: skip
    said, rows = english(
        {**solved, "contradictions": made("contradictions", [row, {**row, "verdict": "within_rounding"}])}
    )
    assert (
        "a",
        "b",
        "139.02 %",
        "146 %",
        "20,968 to 21,040",
        labels.word("clashverdict", "contradiction", "en"),
    ) in rows
    assert labels.text("briefing.contradictions.read", "en", n=1) in said


def test_published_figures_are_named_in_both_languages(solved: dict[str, pd.DataFrame]) -> None:
    """Every figure and table of the built-in ledger has a name; the id stands only where there is none."""
    from chargegeo.report import paper

    book = targets.ledger("henan")
    assert all(one.what and one.what_en and one.what_en.isascii() for one in (*book.figures, *book.tables))
    tables = {**solved, "contradictions": targets.contradictions(book)}
    for lang in ("zh", "en"):
        texts = set(paper._paper(tables, replace(CAPTION, lang=lang), RULES, book).texts())
        ids = {one.id for one in (*book.figures, *book.tables)}
        assert not [
            text for text in texts if any(re.search(rf"\b{one}\b", text) for one in ids if "_" in one)
        ]
    blank = book.model_copy(
        update={"figures": tuple(one.model_copy(update={"what_en": ""}) for one in book.figures)}
    )
    texts = set(paper._paper(tables, replace(CAPTION, lang="en"), RULES, blank).texts())
    assert any(text.startswith("result_2024_share: 139.02") for text in texts)


def test_the_curve_is_of_headline_rungs_and_people(solved: dict[str, pd.DataFrame]) -> None:
    people = more()["closing_curve"]
    rung = {"measure": "rung", "n_units": 1, "of_units": 6, "n_unknown": 2, "n_piles": 0}
    for rungs, told in ((["A0", "A3"], True), (["A0"], False), (["A3"], False)):
        rows = made("closing_curve", [{**rung, "name": name} for name in rungs])
        said, _ = english({**solved, "closing_curve": pd.concat([rows, people])})
        assert (labels.text("briefing.scenarios.curve", "en") in said) is told


def test_without_pango_it_is_said_what_to_do(
    tmp_path: Path, solved: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lacking(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise OSError("cannot load library 'libgobject-2.0-0'")

    monkeypatch.setitem(sys.modules, "weasyprint", Lacking("weasyprint"))
    with pytest.raises(errors.OutputFault) as error:
        write(tmp_path / "b.pdf", solved)
    assert error.value.faults[0].code == "no_pango" and "libgobject" in str(error.value)
    assert write(tmp_path / "b.docx", solved).exists() and not (tmp_path / "b.pdf").exists()


def test_another_suffix_is_refused(tmp_path: Path, solved: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(errors.OutputFault) as error:
        write(tmp_path / "b.odt", solved)
    assert error.value.faults[0].code == "briefing_suffix"
    assert not list(tmp_path.iterdir())
