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
from chargegeo.corridors import areas, judging
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
    keys = [
        "definition",
        "charts",
        "rollup",
        "gaps",
        "units",
        "stations",
        "repairs",
        "quarantine",
        "warnings",
    ]
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


# ---- roads


def with_roads(path: Path, **changes: Any) -> Path:
    return write(path, **{"reach": world.reach(), "road_summary": world.road_summary(), **changes})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sheets_of_roads_are_there_only_with_roads(tmp_path: Path, lang: str) -> None:
    caption = replace(world.CAPTION, lang=lang)
    names = [labels.text(f"report.sheet.{key}", lang) for key in ("reach", "road_summary")]
    without = openpyxl.load_workbook(write(tmp_path / "1.xlsx", caption=caption))
    book = openpyxl.load_workbook(with_roads(tmp_path / "2.xlsx", caption=caption))
    assert not set(names) & set(without.sheetnames)
    assert book.sheetnames[6:8] == names and len(book.sheetnames) == len(without.sheetnames) + 2
    meanings = {row[1] for row in cells(tmp_path / "2.xlsx", "definition", lang)}
    assert {item.meaning[lang] for item in schema.contract("reach")} <= meanings
    assert schema.contract("reach")[4].meaning[lang] not in {
        row[1] for row in cells(tmp_path / "1.xlsx", "definition", lang)
    }


def test_a_driving_time_stands_with_the_name_of_its_unit(tmp_path: Path) -> None:
    units = world.units().assign(county_name="county", city_name="city").iloc[::-1]
    path = with_roads(tmp_path / "w.xlsx", units=units)
    rows = cells(path, "reach")
    assert [row[:4] for row in rows[2:]] == [[f"0{i:08d}", f"unit {i}", "county", "city"] for i in range(3)]
    assert column(path, "reach", "minutes", "reach") == [12.25, "", ""], "unreachable is no number"
    assert column(path, "reach", "n_within", "reach") == [2, 0, ""]
    assert column(path, "reach", "snap", "reach")[2] == labels.word("snap", "beyond_limit", "zh")
    page = openpyxl.load_workbook(path)[labels.text("report.sheet.reach")]
    at = rows[1].index(schema.column_label("reach", "minutes")) + 1
    assert page.cell(3, at).number_format == "0.0" and page.freeze_panes == "C3"


def test_road_numbers_stay_text(tmp_path: Path) -> None:
    path = with_roads(tmp_path / "w.xlsx")
    assert column(path, "road_summary", "ref", "road_summary") == ["=1+41", ""]
    assert column(path, "road_summary", "road_class", "road_summary")[0] == labels.word(
        "roadclass", "expressway", "zh"
    )
    assert with_roads(tmp_path / "2.xlsx").read_bytes() == path.read_bytes()


# ---- along the roads

ALONG = list(world.along())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sheet_for_each_table_along_the_roads(tmp_path: Path, lang: str) -> None:
    caption = replace(world.CAPTION, lang=lang)
    without = openpyxl.load_workbook(write(tmp_path / "1.xlsx", caption=caption)).sheetnames
    path = write(tmp_path / "2.xlsx", caption=caption, **world.along())
    names = openpyxl.load_workbook(path).sheetnames
    assert [name for name in names if name not in without] == [
        labels.text(f"report.sheet.{key}", lang) for key in ALONG
    ]
    assert all(len(name) <= 31 for name in names)
    meanings = {row[1] for row in cells(path, "definition", lang)}
    for name in ALONG:
        contract = [item for item in schema.contract(name) if item.kind not in ("line", "point")]
        assert {item.meaning[lang] for item in contract} <= meanings
        header = cells(path, name, lang)[1]
        assert header[0].startswith(contract[0].label[lang]) and len(header) - len(contract) in (0, 2)
    some = write(tmp_path / "3.xlsx", caption=caption, published=world.along()["published"])
    assert len(openpyxl.load_workbook(some).sheetnames) == len(without) + 1


def test_text_along_the_roads_is_text(tmp_path: Path) -> None:
    for text in FORMULAS:
        path = write(tmp_path / "w.xlsx", **world.along(text))
        for key, name in (("corridors", "ref"), ("service_areas", "towards"), ("published", "figure"),
                          ("corridor_rules", "rule"), ("service_area_rollup", "code")):  # fmt: skip
            assert text in column(path, key, name, key), name
        with zipfile.ZipFile(path) as parts:
            raw = "".join(parts.read(name).decode() for name in parts.namelist())
            assert not re.search(r"<f[ >/]", raw) and "<hyperlink" not in raw


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rules_figures_and_levels_are_read_by_name(tmp_path: Path, lang: str) -> None:
    path = write(tmp_path / "w.xlsx", caption=replace(world.CAPTION, lang=lang), **world.along("own"))
    rule = judging.rules()["afir_comprehensive_2030"]
    named = rule.name[lang] + labels.text("report.unconfirmed", lang)
    assert column(path, "corridor_rules", "rule", "corridor_rules", lang) == [named, "own"]
    assert column(path, "corridor_rules", "fact", "corridor_rules", lang) == [
        labels.word("rulefact", "spacing", lang), "",
    ]  # fmt: skip
    definition = cells(path, "definition", lang)
    assert [named, rule.source[lang]] in [row[:2] for row in definition]
    assert column(path, "service_area_rollup", "level", "service_area_rollup", lang) == [
        labels.text(f"report.level.{word}", lang) for word in ("province", "road")
    ]
    assert column(path, "published", "figure", "published", lang) == [
        labels.text("report.figure.expressway_pairs", lang), "own",
    ]  # fmt: skip
    assert column(path, "published", "unit", "published", lang)[1] == "%"
    assert column(path, "published", "agrees", "published", lang) == [labels.text("report.yes", lang), ""]


def test_every_figure_that_is_compared_has_a_name() -> None:
    profile = region.load("henan")
    for lang in labels.LANGUAGES:
        assert {f"report.figure.{name}" for name in areas.FIGURES} <= labels.keys(lang)
        used = {item.qualifier for item in profile.published}
        assert {f"report.qualifier.{word}" for word in used} <= labels.keys(lang)


def test_a_share_of_bays_is_shown_in_percent(tmp_path: Path) -> None:
    path = write(tmp_path / "w.xlsx", **world.along())
    page = openpyxl.load_workbook(path)[labels.text("report.sheet.service_area_pairs")]
    header = [cell.value for cell in page[2]]
    cell = page.cell(3, header.index(schema.column_label("service_area_pairs", "bay_share")) + 1)
    assert cell.value == 0.15 and cell.number_format == "0.0%"
    assert write(tmp_path / "2.xlsx", **world.along()).read_bytes() == path.read_bytes()
