"""Which single cell of a table would mend it."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.targets.intervals import Interval
from chargegeo.targets.triples import listed

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.targets.publications import Ledger, Row, Table


def mendings(ledger: Ledger, *, decimals: int = 2) -> pd.DataFrame:
    """Cells of which a change of one alone would mend a table of two rows. Nothing is applied.

    A changed cell mends if the sums of both rows fit their stated totals as these are rounded, and the ratio of the two
    rows in its column lies in the range of the other columns. Only tables with a row that rounding does not explain
    are looked at.

    Parameters
    ----------
    ledger
        Its tables of two rows; others have no ratio to go by.
    decimals
        Places that the range of the other columns is given in: 0.70 to 0.72. A ratio of 0.7215 is 0.72.

    Returns
    -------
    Contract ``mendings``: a row a cell, by table, row and column. ``unique`` says that no other cell does;
    ``candidates`` are the values that fit and differ from the published one by a digit deleted, inserted or
    swapped with its neighbour: places to look, of which none is chosen.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for table in ledger.tables:
        found = _cells(table, decimals) if len(table.rows) == 2 and _broken(table) else []
        rows += [{**row, "unique": len(found) == 1} for row in found]
    return schema.conform(pd.DataFrame(rows), "mendings") if rows else schema.empty("mendings")


def _fits(row: Row) -> bool:
    return not row.sum_interval().meet(row.total_interval()).is_empty


def _broken(table: Table) -> bool:
    return not all(map(_fits, table.rows))


def _cells(table: Table, decimals: int) -> list[dict[str, Any]]:
    """Cells that mend a table alone: of the one row that is broken."""
    found = []
    for i, row in enumerate(table.rows):
        if _fits(row) or not _fits(table.rows[1 - i]):
            continue
        for j, column in enumerate(table.columns):
            ratio = _ratio_range(table, j, decimals)
            room = _by_total(row, j).meet(_by_ratio(table, i, j, ratio)) if ratio else None
            least, most = room.whole() if room else (None, None)
            if ratio and least is not None and most is not None and max(least, 0) <= most:
                found.append({
                    "table": table.id, "row": row.id, "column_code": column.code, "column_name": column.name,
                    "published": row.cells[j], "least": max(least, 0), "most": most,
                    "ratio_low": float(ratio[0]), "ratio_high": float(ratio[1]),
                    "candidates": listed([n for n in near(row.cells[j]) if max(least, 0) <= n <= most]),
                })  # fmt: skip
    return found


def _by_total(row: Row, j: int) -> Interval:
    """What a cell can be for the row to add up, the others as they are."""
    total, others = row.total_interval(), row.sum_interval()
    cell = row.cells[j]
    low = None if total.low is None or others.high is None else total.low - others.high + cell
    high = None if total.high is None or others.low is None else total.high - others.low + cell
    return Interval(low, high)


def _ratio_range(table: Table, j: int, decimals: int) -> tuple[Fraction, Fraction] | None:
    """Least and greatest ratio of second to first row in the other columns, rounded; none without a ratio."""
    pairs = list(zip(table.rows[0].cells, table.rows[1].cells, strict=True))
    ratios = [Fraction(b, a) for k, (a, b) in enumerate(pairs) if k != j and a]
    scale = 10**decimals
    ends = [Fraction(floor(ratio * scale + Fraction(1, 2)), scale) for ratio in ratios]
    return (min(ends), max(ends)) if ends else None


def _by_ratio(table: Table, i: int, j: int, ratio: tuple[Fraction, Fraction]) -> Interval:
    """What a cell can be for the ratio of its column to be one of the range."""
    other = table.rows[1 - i].cells[j]
    if i == 1:
        return Interval(Fraction(ceil(other * ratio[0])), Fraction(floor(other * ratio[1])))
    low = other / ratio[1] if ratio[1] else None
    return Interval(low if other else Fraction(0), other / ratio[0] if ratio[0] else None)


def near(value: int) -> list[int]:
    """Numbers one slip away, sorted: a digit deleted, inserted, or swapped with its neighbour."""
    text = str(value)
    deleted = {text[:i] + text[i + 1 :] for i in range(len(text))}
    inserted = {text[:i] + digit + text[i:] for i in range(len(text) + 1) for digit in "0123456789"}
    swapped = {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1)}
    numbers = {int(item) for item in deleted | inserted | swapped if item and (item[0] != "0" or item == "0")}
    return sorted(numbers - {value})
