"""XLSX workbooks: one sheet as text, with the address of each cell; checked before a native reader starts."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from chargegeo import errors
from chargegeo.sources import archive, grid
from chargegeo.sources.raw import MAX_BYTES, RawTable, Source, cell_text, letters
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    import python_calamine

MAX_CELLS = 10_000_000
"""Cells between A1 and the last filled one; a native reader takes memory for all of them."""
CODE_DIGITS = (6, 9, 12)
"""Lengths of division codes: a column of such numbers held codes that Excel turned into numbers."""
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/[^/]*\.rels|xl/(?!media/|embeddings/).*\.(?:xml|rels)", re.I
)
_ADDRESS = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")
_ERROR = re.compile(rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)(?<!/)>(.*?)</(?:\w+:)?c>""", re.S)
_SHARED = re.compile(rb"<(?:\w+:)?si(?=[\s>])")
_POINTER = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d{1,9})""")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


def read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    """One sheet: the one named, or the only one with cells."""
    import python_calamine

    parts = archive.members(source, _PARTS)
    for name, data in parts.items():
        archive.refuse_dtd(source, data)
        if name.lower().startswith("xl/worksheets/"):
            _check_extent(source, data)
    _check_texts(source, parts)
    # repacked, so that what was checked is what is read
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(archive.pack(parts)))
    taken, findings = _choose(source, book, sheet)
    part = parts.get(_part_of(parts, taken.name), b"")
    cells: list[list[object]] = [list(row) for row in taken.to_python(skip_empty_area=False)]
    _set_errors(cells, part)
    findings += _formulas(source, part, taken.name)
    table = _table(source, taken, cells, findings)
    return replace(table, findings=(*table.findings, *_codes(source, table, cells)))


def _check_extent(source: Source, data: bytes) -> None:
    """Refuse a sheet whose last cell lies far out."""
    columns, rows = set(), set()
    for column, row in set(_ADDRESS.findall(data)):
        columns.add(column)
        rows.add(row)
    width = max((_position(column) for column in columns), default=0) + 1
    height = max(map(int, rows), default=0)
    if width * height > MAX_CELLS:
        raise source.refuse(
            "sheet_too_large",
            params={
                "cell": f"{letters(width - 1)}{height}",
                "limit": MAX_CELLS,
            },
        )


def _check_texts(source: Source, parts: dict[str, bytes]) -> None:
    """Refuse long shared texts that very many cells point to: each cell takes a copy."""
    import numpy as np

    shared = next((data for name, data in parts.items() if name.lower().endswith("/sharedstrings.xml")), b"")
    sizes = np.array([len(text) for text in _SHARED.split(shared)[1:]], dtype=np.int64)
    sheets = [data for name, data in parts.items() if name.lower().startswith("xl/worksheets/")]
    n_cells = sum(data.count(b"</") for data in sheets)
    if not sizes.size or sizes.max() * n_cells <= MAX_BYTES:
        return
    used = np.concatenate([np.array(_POINTER.findall(data), dtype=np.int64) for data in sheets])
    total = int(sizes[used[used < sizes.size]].sum())
    if total > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise source.refuse("bomb_size", params={"megabytes": total // 1_000_000, "limit": limit})


def _position(column: bytes) -> int:
    position = 0
    for letter in column.upper():
        position = position * 26 + letter - ord("A") + 1
    return position - 1


def _choose(
    source: Source, book: "python_calamine.CalamineWorkbook", name: str | None
) -> tuple["python_calamine.CalamineSheet", list[errors.Finding]]:
    """The sheet to read, and a warning for hidden ones with cells that are not read."""
    import python_calamine as calamine

    names = [meta.name for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
    if name is not None:
        if name not in names:
            raise source.refuse("no_such_sheet", value=name, params={"sheets": ", ".join(names)})
        return book.get_sheet_by_name(name), []
    visible = {
        meta.name for meta in book.sheets_metadata if meta.visible == calamine.SheetVisibleEnum.Visible
    }
    sheets = {each: book.get_sheet_by_name(each) for each in names}
    filled = [each for each in names if sheets[each].height]
    shown = [each for each in filled if each in visible] or filled
    if not shown:
        raise source.refuse("no_rows")
    if len(shown) > 1:
        raise source.refuse("several_sheets", params={"sheets": ", ".join(shown)})
    hidden = [each for each in filled if each not in shown]
    return sheets[shown[0]], [
        source.finding(Severity.WARNING, "hidden_sheet", sheet=each, n_rows=0) for each in hidden
    ]


def _part_of(parts: dict[str, bytes], name: str) -> str:
    """Name of the archive member that holds a sheet."""
    book = ElementTree.fromstring(parts["xl/workbook.xml"])
    links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iterfind("{*}sheets/{*}sheet"):
        if entry.get("name") == name:
            link = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
            target = targets.get(link, "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _set_errors(cells: list[list[object]], part: bytes) -> None:
    """Put the text of error cells (``#N/A``) where the native reader leaves a blank."""
    for attributes, content in _ERROR.findall(part):
        address, value = _ADDRESS.search(b" " + attributes), _VALUE.search(content)
        if address and value:
            row, column = int(address[2]) - 1, _position(address[1])
            if 0 <= row < len(cells) and 0 <= column < len(cells[row]):
                cells[row][column] = value[1].decode("utf-8", "replace")


def _formulas(source: Source, part: bytes, sheet: str) -> list[errors.Finding]:
    """A warning for formulas saved without their result, which read as blank."""
    # a result that is an empty text is marked as text; one that was never computed has no mark
    n = sum(b't="str"' not in attributes for attributes in _FORMULA.findall(part))
    return [source.finding(Severity.WARNING, "formula_without_result", sheet=sheet, n_rows=n)] if n else []


def _table(
    source: Source,
    sheet: "python_calamine.CalamineSheet",
    cells: list[list[object]],
    findings: list[errors.Finding],
) -> RawTable:
    rows = [
        [value if type(value) is str and value.strip() else cell_text(value) for value in row]
        for row in cells
    ]
    header = grid.find_header(rows, _merges(sheet))
    if header is None:
        raise source.refuse("no_header", sheet=sheet.name)
    first = header.bottom + 1
    filled = [(number, row) for number, row in enumerate(rows[first:], start=first + 1) if any(row)]
    return grid.build(
        source,
        [row for _, row in filled],
        [number for number, _ in filled],
        header,
        kind="xlsx",
        sheet=sheet.name,
        findings=findings,
    )


def _merges(sheet: "python_calamine.CalamineSheet") -> Sequence[tuple[tuple[int, int], tuple[int, int]]]:
    return sheet.merged_cell_ranges or []


def _codes(source: Source, table: RawTable, cells: list[list[object]]) -> list[errors.Finding]:
    """A finding a column whose numbers are all as long as division codes."""
    assert table.lines is not None and table.positions is not None
    findings = []
    for name, position in zip(table.frame.columns, table.positions, strict=True):
        values = [cells[line - 1][position] for line in table.lines]
        numbers = [value for value in values if type(value) in (int, float)]
        lengths = {len(cell_text(value) or "") if value == value // 1 else 0 for value in numbers}
        if len(lengths) == 1 and lengths <= set(CODE_DIGITS):
            findings.append(
                source.finding(
                    Severity.REPAIR, "number_code", sheet=table.sheet, column=name, n_rows=len(numbers)
                )
            )
    return findings
