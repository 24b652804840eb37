"""CSV and its relatives."""

from pathlib import Path

import pytest

from chargegeo import errors, sources
from chargegeo.vocab import Severity
from tests.sources.files import TEXT, W


def write(path: Path, data: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


def codes(table: sources.RawTable) -> list[str]:
    return [finding.fault.code for finding in table.findings]


def refused(path: Path) -> errors.Fault:
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(path)
    assert str(path) in str(caught.value)
    return caught.value.faults[0]


def test_cells_stand_as_found_and_lines_count_the_header(tmp_path: Path) -> None:
    table = sources.read(write(tmp_path / "a.csv", TEXT + f",,,,,\n\nH3, {W['name']} ,NA,null,007,\n"))
    assert list(table.frame.columns) == [
        W["station_id"],
        W["station_name"],
        W["lon"],
        W["lat"],
        W["town_code"],
        W["piles"],
    ]
    assert table.frame.iloc[3].tolist() == ["H3", f" {W['name']} ", "NA", "null", "007", None]
    assert table.lines is not None and table.lines.tolist() == [2, 3, 4, 7]
    assert (table.kind, table.crs, table.geometry, table.sheet, table.findings) == (
        "csv",
        None,
        None,
        None,
        (),
    )
    assert table.address(0, W["lon"]) is None


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_gbk_is_read_and_reported(tmp_path: Path, encoding: str) -> None:
    table = sources.read(write(tmp_path / "a.csv", TEXT, encoding))
    assert table.frame[W["station_name"]][0] == W["qinghe_station"]
    assert codes(table) == ["encoding"]
    assert table.findings[0].severity is Severity.REPAIR and table.findings[0].n_rows == 3
    assert "GB18030" in table.findings[0].fault.text("en")


def test_bom_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert sources.read(write(tmp_path / "a.csv", TEXT, "utf-8-sig")).frame.columns[0] == W["station_id"]


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_one_gbk_line_in_utf8_is_named(tmp_path: Path, bad: int) -> None:
    lines = TEXT.splitlines()
    data = b"\n".join(line.encode("gbk" if i == bad else "utf-8") for i, line in enumerate(lines))
    fault = refused(write(tmp_path / "a.csv", data))
    assert (fault.code, fault.line) == ("encoding_line", bad + 1)


def test_one_utf8_line_in_gbk_is_named(tmp_path: Path) -> None:
    data = b"\n".join(line.encode("utf-8" if i == 2 else "gbk") for i, line in enumerate(TEXT.splitlines()))
    fault = refused(write(tmp_path / "a.csv", data))
    assert (fault.code, fault.line) == ("encoding_line", 3)


def test_neither_utf8_nor_gb18030_is_never_latin1(tmp_path: Path) -> None:
    assert (
        refused(write(tmp_path / "a.csv", f"{W['name']},b\ncaf\xe9,1\n".encode("latin-1", "replace"))).line
        == 2
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    fault = refused(write(tmp_path / "a.csv", TEXT, encoding))
    assert fault.code == "utf16" and "CSV UTF-8" in fault.text("en")


@pytest.mark.parametrize(("separator", "shown"), [(";", ";"), ("\t", "Tab"), ("|", "|")])
def test_other_separators_are_recognised_and_reported(tmp_path: Path, separator: str, shown: str) -> None:
    table = sources.read(write(tmp_path / "a.csv", TEXT.replace(",", separator)))
    assert table.frame.shape == (3, 6)
    assert codes(table) == ["separator"] and f"'{shown}'" in table.findings[0].fault.text("en")


def test_tabs_in_a_tsv_are_nothing_to_report(tmp_path: Path) -> None:
    assert sources.read(write(tmp_path / "a.tsv", TEXT.replace(",", "\t"))).findings == ()


def test_text_saved_as_xls_is_read_with_a_warning(tmp_path: Path) -> None:
    table = sources.read(write(tmp_path / "a.xls", TEXT))
    assert codes(table) == ["other_name"] and table.findings[0].severity is Severity.WARNING


def test_line_ends_inside_quotes_keep_the_line_numbers_right(tmp_path: Path) -> None:
    table = sources.read(write(tmp_path / "a.csv", 'a,b\n1,"x\ny\r\nz"\n2,"say ""hi"", twice"\n'))
    assert table.frame["b"].tolist() == ["x\ny\r\nz", 'say "hi", twice']
    assert table.lines is not None and table.lines.tolist() == [2, 5]


def test_nul_and_escape_characters_reach_the_cleaner(tmp_path: Path) -> None:
    table = sources.read(write(tmp_path / "a.csv", TEXT.replace(W["qing_he"], f"{W['qing']}\0{W['he']}\x1b")))
    assert table.frame[W["station_name"]][0] == f"{W['qing']}\0{W['he']}\x1b{W['station_end']}"


def test_all_ragged_rows_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\n1,"x\ny"\n1,2,3\n1\n4,5\n')
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(path)
    assert [(fault.code, fault.line, fault.row) for fault in caught.value.faults] == [
        ("ragged_row", 4, 1), ("ragged_row", 5, 2),
    ]  # fmt: skip
    assert "has 3 fields, the header 2" in str(caught.value)


def test_a_short_last_row_without_line_end_is_a_cut(tmp_path: Path) -> None:
    fault = refused(write(tmp_path / "a.csv", TEXT + f"H00003,{W['name']},113.1"))
    assert (fault.code, fault.line) == ("truncated_line", 5)


def test_cut_inside_quotes_or_inside_a_character(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a.csv", 'a,b\n1,2\n3,"x')).code == "truncated_line"
    fault = refused(write(tmp_path / "b.csv", (TEXT + f"H3,{W['station']}").encode()[:-1]))
    assert (fault.code, fault.line) == ("truncated_line", 5)


def test_bad_quotes_are_named(tmp_path: Path) -> None:
    fault = refused(write(tmp_path / "a.csv", 'a,b\n1,2\n"x"y,3\n'))
    assert (fault.code, fault.line) == ("bad_quotes", 3)


def test_repeated_column_names_are_all_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b, a,b,c\n1,2,3,4,5\n")
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(path)
    assert [fault.column for fault in caught.value.faults] == ["a", "b"]
    assert "positions 1, 3 (columns A, C)" in str(caught.value)


@pytest.mark.parametrize("n", [40_000, 400_000])
def test_long_cells_are_refused_with_the_limit(tmp_path: Path, n: int) -> None:
    fault = refused(write(tmp_path / "a.csv", f"a,b\n1,2\n3,{'x' * n}\n"))
    assert (fault.code, fault.line, fault.row) == ("cell_too_long", 3, 1)
    assert "32767" in fault.text("en")


def test_the_longest_legal_cell_passes(tmp_path: Path) -> None:
    assert len(sources.read(write(tmp_path / "a.csv", f"a,b\n1,{'x' * 32767}\n")).frame["b"][0]) == 32767


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n  \n"])
def test_empty_files(tmp_path: Path, text: str) -> None:
    assert refused(write(tmp_path / "a.csv", text)).code == "empty_file"


@pytest.mark.parametrize("text", ["a,b,c\n", "a,b,c\n,,\n", f"a,b\n{W['total']},\n"])
def test_a_table_without_records_is_an_error(tmp_path: Path, text: str) -> None:
    assert refused(write(tmp_path / "a.csv", text)).code == "no_rows"


def test_text_without_columns_is_no_table(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a.csv", "name\nx\ny\n")).code == "no_separator"


def test_titles_above_and_totals_below_are_no_records(tmp_path: Path) -> None:
    text = (
        f"{W['title']},,,\n,,,\n{W['number']},{W['station_name']},{W['piles']},{W['note']}\n"
        f"1,{W['first']},3,\n2,{W['second']},4,\n,{W['subtotal']},7,\n"
        f"{W['total_start']} {W['total_end']},,7,\n"
    )
    table = sources.read(write(tmp_path / "a.csv", text))
    assert table.frame[W["piles"]].tolist() == ["3", "4"]
    assert table.lines is not None and table.lines.tolist() == [4, 5]
    assert [(f.fault.code, f.fault.line) for f in table.findings] == [
        ("header_below", 3), ("total_row", 6), ("total_row", 7),
    ]  # fmt: skip


def test_a_station_called_total_is_a_record(tmp_path: Path) -> None:
    assert (
        len(sources.read(write(tmp_path / "a.csv", f"id,name,n\n1,Total,\n2,{W['no_total']},3\n")).frame) == 2
    )


def test_columns_without_a_name(tmp_path: Path) -> None:
    table = sources.read(write(tmp_path / "a.csv", "a,,b,\n1,x,2,\n"))
    assert list(table.frame.columns) == ["a", "#2", "b"]
