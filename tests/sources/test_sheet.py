"""Workbooks."""

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest

from chargegeo import errors, sources
from tests.sources.files import HEADER, ROWS, W, xlsx, zipped
from tests.sources.test_text import codes, refused


def test_typed_cells_become_text_without_loss(tmp_path: Path) -> None:
    row = [
        "007",
        8,
        113.068239,
        True,
        datetime.date(2024, 1, 2),
        datetime.datetime(2024, 1, 2, 3, 4, 5),
        -2.5,
    ]
    with openpyxl_book(tmp_path / "a.xlsx") as sheet:
        sheet.append(list("abcdefg"))
        sheet.append(row)
    table = sources.read(tmp_path / "a.xlsx")
    assert table.frame.iloc[0].tolist() == [
        "007", "8", "113.068239", "true", "2024-01-02", "2024-01-02 03:04:05", "-2.5",
    ]  # fmt: skip
    assert (table.kind, table.sheet) == ("xlsx", "Sheet")


class openpyxl_book:
    """A workbook with one sheet, saved at the end."""

    def __init__(self, path: Path) -> None:
        self.path, self.book = path, openpyxl.Workbook()

    def __enter__(self) -> "openpyxl.worksheet.worksheet.Worksheet":
        return self.book.active

    def __exit__(self, *_: object) -> None:
        self.book.save(self.path)


def test_codes_kept_as_numbers_lose_no_digit_and_are_reported(tmp_path: Path) -> None:
    table = sources.read(xlsx(tmp_path / "a.xlsx", {W["register"]: [HEADER, *ROWS]}))
    assert table.frame[W["town_code"]].tolist() == ["410110100000", "410111100000", "410112100000"]
    assert [(f.fault.code, f.fault.column, f.n_rows) for f in table.findings] == [
        ("number_code", W["town_code"], 3)
    ]


def test_addresses_name_the_cell(tmp_path: Path) -> None:
    rows = [[W["register"]], [], ["", *HEADER], *(["", *row] for row in ROWS)]
    table = sources.read(xlsx(tmp_path / "a.xlsx", {W["register"]: rows}))
    assert table.address(0, W["station_id"]) == "B4"
    assert table.address(2, W["piles"]) == "G6"
    assert table.address(0, W["absent"]) is None
    assert "header_below" in codes(table)


def test_error_cells_keep_their_text(tmp_path: Path) -> None:
    with openpyxl_book(tmp_path / "a.xlsx") as sheet:
        sheet.append(["a", "b"])
        sheet.append([1, "#N/A"])
        sheet.append(["#DIV/0!", 2])
    table = sources.read(tmp_path / "a.xlsx")
    assert table.frame["b"].tolist() == ["#N/A", "2"] and table.frame["a"].tolist() == ["1", "#DIV/0!"]
    assert table.address(1, "a") == "A3"


def test_formulas_without_a_result_are_warned_of(tmp_path: Path) -> None:
    with openpyxl_book(tmp_path / "a.xlsx") as sheet:
        sheet.append(["a", "b"])
        sheet.append([1, "=A2*2"])
    table = sources.read(tmp_path / "a.xlsx")
    assert codes(table) == ["formula_without_result"] and table.frame["b"][0] is None


def test_two_row_header_under_merged_groups(tmp_path: Path) -> None:
    rows = [
        [W["title_two"]],
        [W["number"], W["dc"], "", W["ac"], "", W["place"], ""],
        ["", W["piles"], W["power"], W["piles"], W["power"], W["lon"], W["lat"]],
        ["A1", 1, 120, 2, 7, 113.5, 34.5],
        ["A2", 3, 60, 4, 7, 113.6, 34.6],
        [W["total"], 4, "", 6, "", "", ""],
    ]
    merges = ("A1:G1", "A2:A3", "B2:C2", "D2:E2", "F2:G2")
    table = sources.read(xlsx(tmp_path / "a.xlsx", {"S": rows}, merges))
    assert list(table.frame.columns) == [
        W["number"],
        W["dc_piles"],
        W["dc_power"],
        W["ac_piles"],
        W["ac_power"],
        W["lon"],
        W["lat"],
    ]
    assert table.frame[W["number"]].tolist() == ["A1", "A2"]
    assert table.address(0, W["ac_power"]) == "E4"
    assert [(f.fault.code, f.fault.line) for f in table.findings] == [("two_row_header", 3), ("total_row", 6)]


def test_several_sheets_are_listed_and_one_can_be_named(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        {W["zhengzhou"]: [HEADER, ROWS[0]], W["luoyang"]: [HEADER, ROWS[1]], W["empty"]: []},
    )
    fault = refused(path)
    assert fault.code == "several_sheets" and f"{W['zhengzhou']}, {W['luoyang']}" in fault.text("zh")
    assert sources.read(path, sheet=W["luoyang"]).frame[W["station_id"]].tolist() == ["H00001"]
    with pytest.raises(
        errors.FormatFault,
        match=f"no sheet '{W['kaifeng']}'. The workbook has: {W['zhengzhou']}, {W['luoyang']}, {W['empty']}",
    ):
        sources.read(path, sheet=W["kaifeng"])


def test_empty_sheets_are_passed_over_and_hidden_ones_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.title = W["empty"]
    for name in (W["register"], W["lists"]):
        for row in [HEADER, *ROWS]:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    book[W["lists"]].sheet_state = "hidden"
    book.save(path)
    table = sources.read(path)
    assert table.sheet == W["register"]
    assert next((f.fault.code, f.fault.sheet) for f in table.findings) == ("hidden_sheet", W["lists"])


@pytest.mark.parametrize("rows", [[], [HEADER]])
def test_no_records(tmp_path: Path, rows: list[list[object]]) -> None:
    assert refused(xlsx(tmp_path / "a.xlsx", {"S": rows})).code == "no_rows"


def test_encrypted_and_old_workbooks_are_told_apart(tmp_path: Path) -> None:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    for name, more, code in (("a.xlsx", "EncryptedPackage", "encrypted"), ("a.xls", "Workbook", "old_excel")):
        (tmp_path / name).write_bytes(start + more.encode("utf-16-le"))
        assert refused(tmp_path / name).code == code


def test_lock_files(tmp_path: Path) -> None:
    (tmp_path / "~$a.xlsx").write_bytes(b"\x05chargegeo")
    assert refused(tmp_path / "~$a.xlsx").code == "lock_file"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_cell_far_out_takes_no_memory(tmp_path: Path) -> None:
    members = parts(xlsx(tmp_path / "a.xlsx", {"S": [HEADER, *ROWS]}))
    sheet = members["xl/worksheets/sheet1.xml"]
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", far)
    (tmp_path / "b.xlsx").write_bytes(zipped(members))
    fault = refused(tmp_path / "b.xlsx")
    assert fault.code == "sheet_too_large" and "XFD1048576" in fault.text("en")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(tmp_path: Path, encoding: str) -> None:
    members = parts(xlsx(tmp_path / "a.xlsx", {"S": [HEADER, *ROWS]}))
    text = members["xl/sharedStrings.xml"].decode().replace("<sst", '<!DOCTYPE l [<!ENTITY a "x">]><sst')
    members["xl/sharedStrings.xml"] = text.encode(encoding)
    (tmp_path / "b.xlsx").write_bytes(zipped(members))
    assert refused(tmp_path / "b.xlsx").code == "dtd"


def test_a_bomb_is_refused_by_what_it_declares_and_by_what_it_holds(tmp_path: Path) -> None:
    members = parts(xlsx(tmp_path / "a.xlsx", {"S": [HEADER, *ROWS]}))
    honest = zipped({**members, "xl/worksheets/sheet1.xml": b" " * 20_000_000})
    (tmp_path / "b.xlsx").write_bytes(honest)
    assert refused(tmp_path / "b.xlsx").code == "bomb"
    size = (20_000_000).to_bytes(4, "little")
    assert honest.count(size) == 2
    (tmp_path / "c.xlsx").write_bytes(honest.replace(size, (1000).to_bytes(4, "little")))
    assert refused(tmp_path / "c.xlsx").code == "damaged"


def test_a_cut_workbook_says_so(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"S": [HEADER, *ROWS]})
    path.write_bytes(path.read_bytes()[:-200])
    assert refused(path).code == "truncated"


def test_other_archives_are_named_by_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(zipped({"word/document.xml": b"<a/>"}))
    assert "word/document.xml" in refused(tmp_path / "a.xlsx").text("en")


def test_one_long_text_behind_very_many_cells(tmp_path: Path) -> None:
    text = "x" * 30_000
    xlsx(tmp_path / "a.xlsx", {"S": [["a", "b"], *([text, text] for _ in range(10_000))]})
    assert refused(tmp_path / "a.xlsx").code == "bomb_size"
    xlsx(
        tmp_path / "b.xlsx",
        {"S": [["a", "b"], *([text, i] for i in range(100)), *([1, 2] for _ in range(9_000))]},
    )
    assert len(sources.read(tmp_path / "b.xlsx").frame) == 9_100
