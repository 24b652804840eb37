"""How cells look: colours beside the words of closed lists, bars in shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.vocab import SideCoverage, SolveStatus, State, Verdict

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from chargegeo.report.cells import Cells

# As on the map: light for what is there, strong for what is lacking, grey for what nobody knows. The word itself
# stands in the cell, and bold or italic tells them apart in grey print
GOOD = {"bg_color": "#CDE7DA", "font_color": "#1F4D38"}
BAD = {"bg_color": "#F6B26B", "font_color": "#5A2200", "bold": True}
UNKNOWN = {"bg_color": "#E9E9EE", "font_color": "#3A3A44", "italic": True}
PART = {"bg_color": "#FDEBC8", "font_color": "#5A4100"}
_BARS = {
    "type": "data_bar", "bar_color": "#9CC3E6", "bar_solid": True, "min_type": "num", "min_value": 0,
    "max_type": "num", "max_value": 1,
}  # fmt: skip
_LOOKS: dict[str, dict[Any, dict[str, Any]]] = {
    "State": {State.COVERED: GOOD, State.UNCOVERED: BAD, State.UNKNOWN: UNKNOWN},
    "Verdict": {Verdict.MET: GOOD, Verdict.NOT_MET: BAD, Verdict.UNKNOWN: UNKNOWN},
    "SideCoverage": {
        SideCoverage.BOTH: GOOD,
        SideCoverage.SHARED: PART,
        SideCoverage.ONE: PART,
        SideCoverage.NONE: BAD,
        SideCoverage.UNKNOWN: UNKNOWN,
    },
    "SolveStatus": {
        SolveStatus.OPTIMAL: GOOD,
        SolveStatus.FEASIBLE: PART,
        SolveStatus.INFEASIBLE: BAD,
        SolveStatus.TIME_OUT: BAD,
        SolveStatus.ERROR: BAD,
    },
}


def colour(
    book: Workbook, page: Worksheet, index: int, column: Cells, *, rows: tuple[int, int], lang: str
) -> None:
    """Set the colours of a column's words, or the bars of its shares; the values stay as they are."""
    first, last = rows
    for word, look in _LOOKS.get(column.vocabulary, {}).items():
        said = labels.word(column.vocabulary.lower(), word, lang)
        rule = {"type": "cell", "criteria": "==", "value": f'"{said}"', "format": book.add_format(look)}
        page.conditional_format(first, index, last, index, rule)
    if column.style == "share":
        page.conditional_format(first, index, last, index, _BARS)
