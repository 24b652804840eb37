"""Where published figures contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.targets.triples import described, shares_of

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.targets.intervals import Interval
    from chargegeo.targets.publications import Figure, Ledger


def contradictions(ledger: Ledger) -> pd.DataFrame:
    """Published figures that do not agree. Nothing is averaged, repaired or left out.

    Parts are held against totals, figures of the same quantity against each other, percentages against the part
    and the denominator that they name, and percentages of the same denominator against each other.

    Returns
    -------
    Contract ``contradictions``: parts, sources, percentages and pairs of percentages, each in the order of the
    ledger. A sum that differs from its total by no more than rounding explains is listed and says so.
    """
    import pandas as pd

    rows = [*_parts(ledger), *_sources(ledger), *_percentages(ledger), *_pairs(ledger)]
    return schema.conform(pd.DataFrame(rows), "contradictions") if rows else schema.empty("contradictions")


def _row(kind: str, about: str, against: str, room: Interval, **more: Any) -> dict[str, Any]:
    """A row; ``room`` is where ``against`` must lie if ``about`` holds."""
    said = described(room)
    row = {"kind": kind, "about": about, "against": against, "low": said["low"], "high": said["high"],
           "round_numbers": said["round_numbers"], "verdict": "contradiction", **more}  # fmt: skip
    known = row["stated"] is not None and row["computed"] is not None
    return {**row, "difference": row["computed"] - row["stated"] if known else None}


def _parts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for table in ledger.tables:
        for row in table.rows:
            total = row.sum_interval()
            if sum(row.cells) == row.total:
                continue
            explained = not total.meet(row.total_interval()).is_empty
            yield _row(
                "parts", f"{table.id}.{row.id}", f"{table.id}.{row.id}.total", total, unit=table.unit,
                stated=float(row.total), computed=float(sum(row.cells)),
                verdict="within_rounding" if explained else "contradiction",
                source=table.source, source_against=table.source,
            )  # fmt: skip


def _sources(ledger: Ledger) -> Iterator[dict[str, Any]]:
    claims = [item for item in ledger.figures if item.quantity and item.value is not None]
    for one, other in combinations(claims, 2):
        if one.quantity == other.quantity and (
            one.unit != other.unit or one.interval().meet(other.interval()).is_empty
        ):
            yield _row(
                "sources", one.id, other.id, one.interval(), unit=one.unit,
                stated=_number(other), computed=_number(one),
                verdict="contradiction" if one.unit == other.unit else "other_unit",
                source=one.source, source_against=other.source,
            )  # fmt: skip


def _percentages(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for share, room in shares_of(ledger):
        part, whole = (_number(ledger.figure(name or "")) for name in (share.part, share.denominator))
        if whole and room.meet(ledger.figure(share.denominator or "").interval()).is_empty:
            yield _row(
                "percentage", share.id, str(share.denominator), room, unit=share.unit,
                stated=_number(share), computed=None if part is None else 100 * part / whole,
                source=share.source, source_against=ledger.figure(share.denominator or "").source,
            )  # fmt: skip


def _pairs(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for (one, room), (other, room_other) in combinations(shares_of(ledger), 2):
        if one.denominator == other.denominator and room.meet(room_other).is_empty:
            yield _row(
                "percentages", one.id, other.id, room, unit=ledger.figure(one.denominator or "").unit,
                stated=None, computed=None,
                source=one.source, source_against=other.source,
            )  # fmt: skip


def _number(item: Figure) -> float | None:
    return None if item.value is None else float(item.value)
