"""The report of a check: its own rows, the cells at fault marked, and text that stays text."""

import os
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from chargegeo import errors, labels, report
from chargegeo.errors import Fault, Finding
from chargegeo.report import marked
from chargegeo.sources import RawTable
from chargegeo.vocab import Outcome, Severity

FORMULAS = ["=1+41", "{=1}", "@SUM(A1)", '=HYPERLINK("http://x")', "http://example.org", "0012", "1e5"]
HEADER = 2  # line of the headers in the sheets of findings and rows


def raw(n: int = 3, **cells: str) -> RawTable:
    """A register of n rows; cells of the second row as given."""
    frame = pd.DataFrame(
        {"id": [f"S{k}" for k in range(n)], "lon": "113.1", "lat": "34.1", "piles": "4"}, dtype=object
    )
    frame.loc[1, list(cells)] = list(cells.values())
    return RawTable(frame, None, None, "register.csv", None, "csv", np.arange(2, n + 2))


def found(
    severity: Severity, code: str = "no_piles", row: int | None = 1, column: str | None = "piles", **more: Any
) -> Finding:
    line = None if row is None else row + 2
    new = more.pop("new", None)
    return Finding(severity, Fault(code, "register.csv", line=line, row=row, column=column, **more), new)


BOTH = [
    found(Severity.QUARANTINE, "outside_region", 1, axis, value="113.1, 34.1", params={"region": "X"})
    for axis in ("lon", "lat")
]


def write(path: Path, findings: list[Finding], *, lang: str = "en", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "file": "register.csv",
        "status": Outcome.QUARANTINED,
        "rows": 3,
        "accepted": 2,
        "raw": raw(),
    }
    report.check_workbook(path, findings=findings, lang=lang, **{**given, **changes})
    return openpyxl.load_workbook(path)


def texts(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def fill(cell: Any) -> str:
    return str(cell.fill.fgColor.rgb)[2:] if cell.fill.fill_type else ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_three_sheets_that_say_what_to_do(tmp_path: Path, lang: str) -> None:
    book = write(tmp_path / "r.xlsx", BOTH, lang=lang)
    assert book.sheetnames == [
        labels.text(f"report.check.page.{key}", lang) for key in ("summary", "findings", "rows")
    ]
    said = dict(row[:2] for row in texts(book.worksheets[0]))

    def word(key: str, **values: object) -> str:
        return labels.text(f"report.check.{key}", lang, **values)

    assert said[word("file")] == "register.csv"
    assert said[word("status")] == labels.text("outcome.quarantined", lang)
    assert said[word("rows")] == word("sums", rows=3, accepted=2, aside=1)
    assert said[word("what_to_do")] == word("todo.quarantined")
    # every colour is explained in words
    legend = [cell for row in book.worksheets[0] for cell in row if fill(cell)]
    assert [cell.value for cell in legend] == [word(f"done.{severity}") for severity in marked._ORDER]
    assert len({fill(cell) for cell in legend}) == 4


def test_one_row_for_longitude_and_latitude_but_two_marks(tmp_path: Path) -> None:
    book = write(tmp_path / "r.xlsx", BOTH)
    note, header, *rows = texts(book.worksheets[1])
    assert note[0].startswith("1 findings") and len(rows) == 1
    told = dict(zip(header, rows[0], strict=True))
    assert (told["Line"], told["Record (from 0)"], told["Column"]) == (3, 1, "lon, lat")
    assert (told["Value as found"], told["What was done"]) == ("113.1, 34.1", "row set aside")
    assert told["Problem"] == "position 113.1, 34.1 lies outside X: set aside. Check the coordinates."
    sheet = book.worksheets[2]
    marks = {cell.coordinate for row in sheet for cell in row if fill(cell) == "F8CBAD"}
    assert marks == {"E4", "F4"}
    for place in marks:
        assert sheet[place].comment.text.startswith("row set aside: position 113.1")
    assert [sheet.cell(4, k).value for k in (1, 2)] == [3, "row set aside"]
    assert sheet["C4"].value == told["Problem"] and sheet["C3"].value is None


def test_the_strongest_finding_colours_the_cell_and_all_are_told(tmp_path: Path) -> None:
    book = write(tmp_path / "r.xlsx", [
        found(Severity.WARNING), found(Severity.REPAIR, "number_text", value="\uff14", new="4"),
        found(Severity.WARNING, "no_station_id", None, "id"), found(Severity.WARNING, row=2, column=None),
    ])  # fmt: skip
    sheet = book.worksheets[2]
    assert fill(sheet["G4"]) == "BDD7EE" and sheet["G4"].value == "4"
    assert sheet["B4"].value == "repaired\nkept, please check"
    assert sheet["G4"].comment.text.count("\n") == 1
    assert fill(sheet["D2"]) == "FFE699" and sheet["D2"].value == "id", "a whole column marks its header"
    assert fill(sheet["A5"]) == "FFE699" and sheet["A5"].value == 4, "a whole row marks its line"
    done = [row[7] for row in texts(book.worksheets[1])[2:]]
    assert done == ["repaired", *["kept, please check"] * 3], "what must be acted on stands first"


def test_findings_of_other_files_mark_nothing(tmp_path: Path) -> None:
    other = Finding(Severity.WARNING, Fault("no_piles", "units.gpkg", row=1, column="piles"))
    sheet = write(tmp_path / "r.xlsx", [other]).worksheets[2]
    assert not [cell for row in sheet.iter_rows(min_row=3) for cell in row if fill(cell)]


def test_a_refused_file_says_why(tmp_path: Path) -> None:
    refused = {"status": Outcome.REFUSED, "accepted": 0}
    fault = [found(Severity.ERROR, "datum_unstated", None, None, params={"known": "wgs84"})]
    book = write(tmp_path / "r.xlsx", fault, **refused)
    summary = "\n".join(str(row[1]) for row in texts(book.worksheets[0]))
    assert "3 read, none used" in summary and "Give --datum" in summary and "Nothing of the file" in summary
    assert len(texts(book.worksheets[2])) == HEADER + 3
    book = write(tmp_path / "r.xlsx", fault, rows=None, raw=None, **refused)
    assert len(book.worksheets) == 2 and "could not be read" in str(texts(book.worksheets[0]))


def test_of_a_long_file_only_the_rows_with_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "ALL_ROWS", 5)
    monkeypatch.setattr(marked, "LISTED", 1)
    monkeypatch.setattr(marked, "COMMENTS", 1)
    findings = [found(Severity.WARNING, row=row) for row in (4, 2)]
    book = write(tmp_path / "r.xlsx", findings, raw=raw(6), rows=6)
    note, _, *rows = texts(book.worksheets[2])
    assert note[0].startswith("Only the 2 rows with findings, of 6") and [row[0] for row in rows] == [4, 6]
    assert (
        texts(book.worksheets[1])[0][0].startswith("The first 1 of 2") and len(texts(book.worksheets[1])) == 3
    )
    assert [bool(book.worksheets[2][place].comment) for place in ("G3", "G4")] == [True, False]
    assert fill(book.worksheets[2]["G4"]) == "FFE699"


def test_features_have_numbers_instead_of_lines(tmp_path: Path) -> None:
    table = RawTable(raw().frame, None, None, "register.csv", None, "geojson", None)
    sheet = write(tmp_path / "r.xlsx", [], raw=table).worksheets[2]
    assert [sheet.cell(row, 1).value for row in (2, 3, 5)] == ["Feature", 0, 2]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.xlsx"
    table = raw(id=text)
    table = RawTable(
        table.frame.rename(columns={"lat": text}), None, None, "register.csv", None, "csv", table.lines
    )
    findings = [
        found(Severity.REPAIR, "number_text", 1, "id", value=text, new=text),
        found(Severity.WARNING, column=text),
    ]
    book = write(path, findings, raw=table, file=text)
    assert book.worksheets[2]["D4"].value == text and book.worksheets[2]["F2"].value == text
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            content = parts.read(name).decode()
            assert not re.search(r"<f[ >/]", content) and "<hyperlink" not in content, name


def test_what_no_cell_can_hold(tmp_path: Path) -> None:
    hostile = "a\x00\x1b\ud800\r\n" + "x" * 40_000
    book = write(
        tmp_path / "r.xlsx",
        [found(Severity.REPAIR, "number_text", 1, "id", value=hostile)],
        raw=raw(id=hostile),
    )
    assert book.worksheets[2]["D4"].value.startswith("a\nxxx")


def test_the_same_check_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write(tmp_path / name, BOTH)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_report_takes_the_place_of_nothing_but_a_report(tmp_path: Path) -> None:
    def code(path: Path, *inputs: Path) -> str:
        with pytest.raises(errors.OutputFault) as caught:
            report.check_target(path, inputs)
        assert str(path) in str(caught.value)
        return caught.value.faults[0].code

    mine, theirs = tmp_path / "report.xlsx", tmp_path / "register.xlsx"
    openpyxl.Workbook().save(theirs)
    report.check_target(mine, [theirs, tmp_path / "nowhere.csv"])
    write(mine, BOTH)
    report.check_target(mine, [theirs])
    os.link(theirs, tmp_path / "same.xlsx")
    (tmp_path / "text.xlsx").write_text("no archive")
    assert code(theirs, theirs) == code(tmp_path / "same.xlsx", theirs) == "report_is_input"
    assert code(mine, mine) == "report_is_input"
    assert code(theirs) == code(tmp_path / "text.xlsx") == "not_a_report"
    assert code(tmp_path / "report.csv") == "report_suffix"


def test_joined_keeps_apart_what_differs() -> None:
    one = [
        found(Severity.REPAIR, "number_text", 1, name, value="\uff14", new="4") for name in ("piles", "id")
    ]
    other = [
        found(Severity.REPAIR, "number_text", 1, "lon", value="\uff15", new="5"),
        found(Severity.REPAIR, "number_text", 2, "id", value="\uff14", new="4"),
    ]
    whole = [found(Severity.WARNING, "no_station_id", None, name) for name in ("id", "lon")]
    columns = [item.fault.column for item in report.joined([*whole, *one, *other], "en")]
    assert columns == ["piles, id", "lon", "id", "id", "lon"]
    blank = [
        found(Severity.QUARANTINE, "no_coordinates", 1, name, value=value)
        for name, value in (("lon", "?"), ("lat", None))
    ]
    (item,) = report.joined(blank, "en")
    assert (item.fault.column, item.fault.value) == ("lon, lat", "?")
