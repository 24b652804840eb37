"""How the workbook looks and prints, that its charts draw its numbers, and that LibreOffice opens it."""

import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pytest

from chargegeo import labels, schema
from tests.conftest import Convert
from tests.report import world
from tests.report.test_workbook import FORMULAS, cells, write

SCENARIO = (
    "sites", "site_piles", "site_units", "scenario_units", "scenario_areas", "scenario_limits", "closing_curve",
    "scenario_comparison", "scenario_changes",
)  # fmt: skip
HEADLINE = [("A0" + labels.text("report.headline"), "a public pile", "plan")]
DRAW = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}


def filled(table: str, text: str, n: int = 2) -> pd.DataFrame:
    """A table with every column set: texts to this one, numbers to what the contract allows."""
    kinds: dict[str, Any] = {
        "text": text,
        "int": 3,
        "float": 0.5,
        "bool": True,
        "date": pd.Timestamp("2024-02-29"),
    }
    values = {
        item.name: item.values[0] if item.values else kinds.get(item.kind) for item in schema.contract(table)
    }
    return schema.conform(pd.DataFrame([values] * n), table)


def cities() -> pd.DataFrame:
    """Province and three cities: the middle one by code is the best, the last is empty."""
    rows = [("province", "41", "Henan", 20, 14, 1), ("city", "4101", "East", 10, 4, 1),
            ("city", "4102", "=1+41", 10, 10, 0), ("city", "4103", "Empty", 0, 0, 0)]  # fmt: skip
    made = pd.DataFrame(rows, columns=["level", "code", "name", "n_units", "n_covered", "n_unknown"])
    made["n_uncovered"] = made["n_units"] - made["n_covered"] - made["n_unknown"]
    made["share"] = (made["n_covered"] / made["n_units"]).where(made["n_units"] > 0)
    return schema.conform(made.assign(rule="township_ladder 1", group="headline", rung="A0"), "rollup")


def curve(name: str = "A0") -> pd.DataFrame:
    rung = {"measure": "rung", "name": name, "n_piles": [0, 10, 20], "n_units": [5, 8, 9], "of_units": 10}
    plan = {"measure": "plan", "name": "x", "n_piles": [0, 10], "people": [100.0, 250.0], "of_people": 400.0}
    return schema.conform(
        pd.concat([pd.DataFrame(rung), pd.DataFrame(plan)], ignore_index=True), "closing_curve"
    )


def charts(path: Path) -> list[ET.Element]:
    with zipfile.ZipFile(path) as parts:
        names = sorted(name for name in parts.namelist() if name.startswith("xl/charts/chart"))
        return [ET.fromstring(parts.read(name)) for name in names]


def pointed_at(path: Path, chart: ET.Element, what: str) -> list[list[Any]]:
    """Values of the cells that each series of a chart points at."""
    book, found = openpyxl.load_workbook(path), []
    for formula in chart.findall(f".//c:ser/c:{what}//c:f", DRAW):
        sheet, _, area = str(formula.text).rpartition("!")
        block = book[sheet.strip("'")][area.replace("$", "")]
        rows = block if isinstance(block, tuple) else ((block,),)
        found.append([cell.value for row in rows for cell in row])
    return found


# ---- charts


def test_charts_draw_the_numbers_of_the_roll_up(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", rollup=cities(), rule_rows=HEADLINE)
    province, towns = charts(path)
    assert pointed_at(path, province, "val") == [[14], [1], [5]]
    assert pointed_at(path, province, "cat") == [["A0 14/20"]] * 3
    # best first, nothing of a city without units, the name of a city is text
    assert pointed_at(path, towns, "val") == [[10, 4], [0, 1], [0, 5]]
    assert pointed_at(path, towns, "cat")[0] == ["=1+41 10/10", "East 4/10"]
    with zipfile.ZipFile(path) as parts:
        assert not re.search(r"<f[ >/]", parts.read("xl/worksheets/sheet2.xml").decode())


def test_charts_say_that_they_are_a_draft_and_synthetic(tmp_path: Path) -> None:
    caption = replace(world.ZH, synthetic=True)
    path = write(
        tmp_path / "w.xlsx", rollup=cities(), rule_rows=HEADLINE, caption=caption, closing_curve=curve()
    )
    assert len(charts(path)) == 4
    for chart in charts(path):
        title = "".join(chart.find("c:chart/c:title", DRAW).itertext())  # type: ignore[union-attr]
        for mark in ("draft", "synthetic"):
            assert labels.text(f"report.{mark}") in title


def test_a_closing_curve_is_one_line_a_rung(tmp_path: Path) -> None:
    path = write(
        tmp_path / "w.xlsx", closing_curve=pd.concat([curve("=1+41"), curve("A3")], ignore_index=True)
    )
    units, people = charts(path)[1:]
    assert pointed_at(path, units, "tx") == [["=1+41"], ["A3"]]
    assert (
        pointed_at(path, units, "xVal") == [[0, 10, 20]] * 2
        and pointed_at(path, units, "yVal") == [[5, 8, 9]] * 2
    )
    assert pointed_at(path, people, "yVal") == [[100, 250]] * 2
    assert "10" in "".join(units.find(".//c:valAx[2]/c:title", DRAW).itertext())  # type: ignore[union-attr]


def test_no_sheet_of_charts_without_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", rollup=schema.empty("rollup"))
    assert labels.text("report.sheet.charts") not in openpyxl.load_workbook(path).sheetnames


# ---- sheets of a scenario


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sheet_for_each_table_of_a_scenario(tmp_path: Path, lang: str) -> None:
    for text in (FORMULAS[0], FORMULAS[5]):
        tables = {name: filled(name, text) for name in SCENARIO}
        path = write(tmp_path / "w.xlsx", caption=replace(world.CAPTION, lang=lang), **tables)
        names = openpyxl.load_workbook(path).sheetnames
        definition = cells(path, "definition", lang)
        for name in SCENARIO:
            title = labels.text(f"report.sheet.{name}", lang)
            assert title in names and len(title) <= 31
            assert [title, labels.text(f"book.sheet.{name}", lang)] in [row[:2] for row in definition]
            assert any(text in row for row in cells(path, name, lang)[2:]), name
        with zipfile.ZipFile(path) as parts:
            pages = "".join(parts.read(name).decode() for name in parts.namelist() if "sheets/" in name)
            assert not re.search(r"<f[ >/]", pages) and "<hyperlink" not in pages


def test_every_sheet_is_explained(tmp_path: Path) -> None:
    """Names in both languages, and how many rows a sheet has."""
    rows = cells(write(tmp_path / "w.xlsx", **world.along()), "definition")
    start = [row[0] for row in rows].index(labels.text("report.section.sheets"))
    said = {
        row[0]: row[1:3]
        for row in rows[start : start + 30]
        if row[2].endswith(labels.text("book.rows", n=""))
    }
    names = openpyxl.load_workbook(tmp_path / "w.xlsx").sheetnames
    for name in set(names) - {labels.text("report.sheet.definition"), labels.text("report.sheet.charts")}:
        assert said[name][0], name
    assert said[labels.text("report.sheet.units")][1] == labels.text("book.rows", n="3")


# ---- looks


def test_states_are_coloured_beside_their_word(tmp_path: Path) -> None:
    page = openpyxl.load_workbook(write(tmp_path / "w.xlsx"))[labels.text("report.sheet.units")]
    header = [cell.value for cell in page[2]]
    at = page.cell(3, header.index(schema.column_label("coverage", "state")) + 1)
    rules = {rule.formula[0]: rule for area in page.conditional_formatting if at.coordinate in area.cells
             for rule in area.rules}  # fmt: skip
    words = {state: labels.text(f"state.{state}") for state in world.STATES}
    assert {f'"{word}"' for word in words.values()} <= set(rules)
    assert at.value == words["covered"]
    looks = [(rule.dxf.fill.bgColor.rgb, rule.dxf.font.b, rule.dxf.font.i) for rule in rules.values()]
    assert len(set(looks)) == len(looks), "no two states look the same"


def test_bars_of_shares_start_at_nothing_and_end_at_all(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx")
    with zipfile.ZipFile(path) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if "sheets/" in name)
    assert '<cfvo type="num" val="0"/><cfvo type="num" val="1"/>' in text and 'minLength="0"' in text


@pytest.mark.parametrize(
    "title", ["A&G", '&P &[Picture] &"Arial"', "2024", "x" * 400, "a\nb\x00c", "\U0001f50c" * 90]
)
def test_every_sheet_prints_with_marks_header_and_page_number(tmp_path: Path, title: str) -> None:
    caption = replace(world.ZH, title=title, synthetic=True, approximate=True)
    book = openpyxl.load_workbook(
        write(tmp_path / "w.xlsx", caption=caption, rollup=cities(), rule_rows=HEADLINE)
    )
    for page in book:
        assert page.page_setup.orientation == "landscape"
        assert page.oddHeader.right.text.startswith(labels.text("report.draft"))
        assert labels.text("report.synthetic") in page.oddHeader.right.text
        assert "&" not in (page.oddHeader.left.text or "")
        assert "&P" in page.oddFooter.center.text and "&N" in page.oddFooter.center.text
        size = len(f"&L{page.oddHeader.left.text}&R{page.oddHeader.right.text}".encode("utf-16-le")) // 2
        assert size <= 255
    page = book[labels.text("report.sheet.units")]
    assert (
        page.print_title_rows == "$1:$2"
        and page.print_title_cols == "$A:$B"
        and page.page_setup.fitToHeight == 0
    )


def test_columns_are_wide_enough_for_chinese(tmp_path: Path) -> None:
    name = "\u90d1\u5dde\u5e02\u91d1\u6c34\u533a\u82b1\u56ed\u8def\u5145\u7535\u7ad9"
    page = openpyxl.load_workbook(write(tmp_path / "w.xlsx", stations=world.stations([name])))[
        labels.text("report.sheet.stations")
    ]
    assert page.column_dimensions["B"].width >= 2 * len(name)


# ---- LibreOffice


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with every sheet and texts that look like something else."""
    names = [*FORMULAS, "_x0041_", "  blanks  ", "<f>1</f>", "\u5357\u5f70\u9547", None]
    tables = {name: filled(name, "=1+41") for name in SCENARIO if name != "closing_curve"}
    return write(
        tmp_path_factory.mktemp("book") / "w.xlsx", stations=world.stations(names), rollup=cities(),
        rule_rows=HEADLINE, closing_curve=curve("=1+41"), caption=replace(world.ZH, synthetic=True), **tables,
        **world.along(),
    )  # fmt: skip


def test_libreoffice_keeps_every_cell_and_chart(everything: Path, convert: Convert) -> None:
    ours, theirs = openpyxl.load_workbook(everything), openpyxl.load_workbook(convert(everything, "xlsx"))
    assert theirs.sheetnames == ours.sheetnames
    for page in ours:
        other = theirs[page.title]
        # without a window it keeps no frozen panes: those are tested in our own file
        assert other.auto_filter.ref == page.auto_filter.ref
        assert other.print_title_rows == page.print_title_rows
        for row in page.iter_rows():
            for cell in row:
                if cell.value is not None:
                    close = (
                        pytest.approx(cell.value, rel=1e-14) if isinstance(cell.value, float) else cell.value
                    )
                    assert other[cell.coordinate].value == close, (page.title, cell.coordinate)
                    assert other[cell.coordinate].data_type == cell.data_type
    drawn = labels.text("report.sheet.charts")
    assert len(theirs[drawn]._charts) == len(ours[drawn]._charts) == 4


def test_libreoffice_prints_it(everything: Path, convert: Convert) -> None:
    made = convert(everything, "pdf")
    text = subprocess.run(
        ["pdftotext", "-layout", made, "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) > 10
    for number, page in enumerate(pages, 1):
        assert labels.text("report.draft") in page, number
        assert labels.text("report.print.page", page=number, pages=len(pages)).replace(
            " ", ""
        ) in page.replace(" ", "")


def test_the_same_tables_give_the_same_bytes_with_charts(tmp_path: Path) -> None:
    twice = [
        write(tmp_path / f"{i}.xlsx", rollup=cities(), rule_rows=HEADLINE, closing_curve=curve())
        for i in (1, 2)
    ]
    assert twice[0].read_bytes() == twice[1].read_bytes()
