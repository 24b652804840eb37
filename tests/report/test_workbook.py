"""The workbook says what its figures mean, and its text stays text."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from chargegeo import errors, labels, region, report, schema
from tests.report import world

FORMULAS = [
    "=1+41",
    "+1",
    "-1",
    "@SUM(A1)",
    "{=1}",
    '=HYPERLINK("http://x")',
    "http://example.org",
    "0",
    "1e5",
]
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(path: Path, **changes: Any) -> Path:
    tables: dict[str, Any] = {
        "units": world.units(), "stations": world.stations(["a", "b", None]), "coverage": world.coverage(),
        "rollup": world.rollup(), "gaps": world.gaps(), "repairs": world.repairs(),
        "quarantine": world.quarantine(), "warnings": [world.warning()], "caption": world.ZH,
        "rule_rows": [("A0", "a public pile", "plan")],
    }  # fmt: skip
    given = {**tables, **changes}
    others = {name: given.pop(name) for name in ("warnings", "caption", "rule_rows")}
    report.workbook(path, given, **others)
    return path


def cells(path: Path, key: str, lang: str = "zh") -> list[list[Any]]:
    return (
        CalamineWorkbook.from_path(path)
        .get_sheet_by_name(labels.text(f"report.sheet.{key}", lang))
        .to_python()
    )


def column(path: Path, key: str, name: str, table: str, lang: str = "zh") -> list[Any]:
    rows = cells(path, key, lang)
    index = rows[1].index(schema.column_label(table, name, lang))
    return [row[index] for row in rows[2:]]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sheet_is_there_and_says_that_it_is_a_draft(tmp_path: Path, lang: str) -> None:
    path = write(
        tmp_path / "w.xlsx", caption=replace(world.CAPTION, lang=lang, synthetic=True, approximate=True)
    )
    book = openpyxl.load_workbook(path)
    keys = ["definition", "rollup", "gaps", "units", "stations", "repairs", "quarantine", "warnings"]
    assert book.sheetnames == [labels.text(f"report.sheet.{key}", lang) for key in keys]
    for sheet in book:
        first = sheet["A1"].value
        assert first.startswith("Coverage of 3 townships")
        for mark in ("draft", "synthetic", "approximate"):
            assert labels.text(f"report.{mark}", lang) in first


def test_an_approval_number_takes_the_place_of_the_draft_mark(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", caption=replace(world.ZH, approval_no="GS(2024)0650"))
    first = cells(path, "rollup")[0][0]
    assert "GS(2024)0650" in first and labels.text("report.draft") not in first


def test_the_definition_stands_with_every_threshold(tmp_path: Path) -> None:
    rule = region.load("henan").rules["township_ladder"]
    rows = cells(write(tmp_path / "w.xlsx", rule_rows=report.definition_rows(rule, "en")), "definition")
    text = "\n".join(str(cell) for row in rows for cell in row)
    for part in (
        "60 kW",
        "120 kW",
        "99 %",
        "5 km",
        "A0",
        "A5",
        "2024-12-31",
        "register.xlsx",
        "gcj02",
        "Bureau",
    ):
        assert part in text
    for unit in ("station", "pile", "gun", "bay", "side"):
        assert labels.text(f"report.count.{unit}") in text
    for item in schema.contract("coverage"):
        assert item.meaning["zh"] in text


def test_a_share_stands_beside_its_numerator_and_denominator(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx")
    page = openpyxl.load_workbook(path)[labels.text("report.sheet.rollup")]
    header = [cell.value for cell in page[2]]
    names = [schema.column_label("rollup", name) for name in ("n_units", "n_covered", "share")]
    numbers = [page.cell(3, header.index(name) + 1) for name in names]
    assert [cell.value for cell in numbers] == [3, 1, pytest.approx(1 / 3)]
    assert numbers[2].number_format == "0.0%"
    assert page.cell(4, header.index(names[2]) + 1).value is None, "no share of nothing"
    assert page.freeze_panes == "E3" and page.auto_filter.ref == "A2:K4"


@pytest.mark.parametrize("text", [*FORMULAS, "_x0041_", "  blanks  ", "<f>1</f>", "]]>", "a\tb\nc"])
def test_text_is_text(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "w.xlsx", stations=world.stations([text]), warnings=[world.warning(text)])
    assert column(path, "stations", "name", "stations") == [text]
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            raw = parts.read(name).decode()
            assert not re.search(r"<f[ >/]", raw) and "<hyperlink" not in raw, name


@QUIET
@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
    )
)
def test_any_text_comes_back(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "w.xlsx", stations=world.stations([text]))
    assert column(path, "stations", "name", "stations") == [text]


def test_what_xml_cannot_hold_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", stations=world.stations(["a\x00\x1b\ufffeb\r\nc\rd"]))
    assert column(path, "stations", "name", "stations") == ["ab\nc\nd"]


@pytest.mark.parametrize("char", ["x", "\U00020000"])
def test_a_text_longer_than_a_cell_is_cut_with_a_mark(tmp_path: Path, char: str) -> None:
    fits = char * (32_767 // (len(char.encode("utf-16-le")) // 2))
    path = write(tmp_path / "w.xlsx", stations=world.stations([fits, fits + "yy"]))
    first, second = column(path, "stations", "name", "stations")
    assert first == fits
    assert second.endswith(labels.text("report.cut")) and len(second.encode("utf-16-le")) <= 2 * 32_767


def test_codes_stay_text_and_counts_stay_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx")
    assert column(path, "units", "unit_code", "units") == ["000000000", "000000001", "000000002"]
    assert column(path, "units", "n_piles", "coverage") == [1234] * 3
    assert column(path, "stations", "n_piles", "stations") == [0, 1, ""]
    assert str(column(path, "stations", "opened", "stations")[0]) == "2024-02-29"


def test_words_are_read_in_the_language(tmp_path: Path) -> None:
    for lang in labels.LANGUAGES:
        path = write(tmp_path / "w.xlsx", caption=replace(world.CAPTION, lang=lang))
        states = column(path, "units", "state", "coverage", lang)
        assert states == [labels.text(f"state.{state}", lang) for state in world.STATES]
        assert column(path, "units", "synthetic", "units", lang)[0] == labels.text("report.no", lang)


def test_stations_stand_with_longitude_and_latitude(tmp_path: Path) -> None:
    rows = cells(write(tmp_path / "w.xlsx", stations=world.stations(["a"] * 5)), "stations")
    assert rows[1][-2:] == [labels.text("report.lon"), labels.text("report.lat")]
    assert rows[2][-2:] == [113, 34.5] and rows[6][-2:] == ["", ""]


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "1.xlsx").read_bytes() == write(tmp_path / "2.xlsx").read_bytes()


def test_a_date_that_is_no_day_is_shown_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", caption=replace(world.ZH, date="2016"))
    assert [labels.text("report.about.date"), "2016"] in [row[:2] for row in cells(path, "definition")]


def test_empty_tables(tmp_path: Path) -> None:
    names = ("units", "stations", "coverage", "rollup", "gaps", "repairs", "quarantine")
    path = write(tmp_path / "w.xlsx", warnings=[], **{name: schema.empty(name) for name in names})
    assert len(cells(path, "stations")) == 2


def test_more_rows_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargegeo.report.sheets.ROW_LIMIT", 4)
    with pytest.raises(errors.OutputFault) as caught:
        write(tmp_path / "w.xlsx")
    assert {fault.code for fault in caught.value.faults} == {"too_many_rows"} and len(
        caught.value.faults
    ) == 2
    assert "3" in caught.value.faults[0].text("zh") and not list(tmp_path.iterdir())


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OutputFault):
        write(tmp_path / "file" / "w.xlsx")
