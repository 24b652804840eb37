"""Value, percentage and target: what published percentages say of what they were taken of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.targets.intervals import Interval, divided, multiplied, roundest

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.targets.publications import Figure, Ledger


def shares_of(ledger: Ledger) -> Iterator[tuple[Figure, Interval]]:
    """Every percentage that names its part, with the interval of its denominator."""
    for item in ledger.figures:
        if item.part is not None:
            yield item, divided(ledger.figure(item.part).interval(), item.interval())


def implications(ledger: Ledger) -> pd.DataFrame:
    """What the percentages of a ledger imply of their denominators, each by itself and together.

    Returns
    -------
    Contract ``implied``: a row a percentage in the order of the ledger, then, for each denominator that several name, a
    row without a percentage for what fits them all. ``part_least`` and ``part_most`` are what the part can have been
    if the denominator is the one round number of the row of all of them.
    """
    import pandas as pd

    by_denominator: dict[str, list[tuple[Figure, Interval]]] = {}
    for item, interval in shares_of(ledger):
        by_denominator.setdefault(item.denominator or "", []).append((item, interval))
    together = {name: _meet([interval for _, interval in found]) for name, found in by_denominator.items()}
    rows = [
        {"percentage": item.id, "part": item.part, "denominator": item.denominator,
         **described(interval), **_exact_part(item, ledger, together[item.denominator or ""])}
        for item, interval in shares_of(ledger)
    ]  # fmt: skip
    rows += [
        {"denominator": name, **described(together[name])}
        for name, found in by_denominator.items()
        if len(found) > 1
    ]
    for row in rows:
        row |= _against(ledger.figure(row["denominator"]), row.pop("_"))
    return schema.conform(pd.DataFrame(rows), "implied") if rows else schema.empty("implied")


def _against(stated: Figure, room: Interval) -> dict[str, Any]:
    """What was published of the denominator and whether it fits; null where nothing was."""
    if stated.value is None:
        return {"stated": None, "fits": None}
    return {"stated": float(stated.value), "fits": not stated.interval().meet(room).is_empty}


def _meet(intervals: Sequence[Interval]) -> Interval:
    found = Interval(None, None)
    for interval in intervals:
        found = found.meet(interval)
    return found


def described(interval: Interval) -> dict[str, Any]:
    """Ends, whole numbers inside, and the roundest of them."""
    least, most = interval.whole()
    return {
        "_": interval,
        "low": None if interval.low is None else float(interval.low),
        "high": None if interval.high is None else float(interval.high),
        "least": least,
        "most": most,
        "round_numbers": listed(roundest(interval)),
    }


def listed(numbers: Sequence[int]) -> str | None:
    """Numbers as text, null for none."""
    return ", ".join(map(str, numbers)) or None


def _exact_part(item: Figure, ledger: Ledger, denominator: Interval) -> dict[str, int | None]:
    """What the part was before rounding, if only one round denominator fits."""
    numbers = roundest(denominator)
    if len(numbers) != 1 or item.part is None:
        return {"part_least": None, "part_most": None}
    taken = Interval(denominator.low, denominator.high).meet(_point(numbers[0]))
    part = multiplied(taken, item.interval()).meet(ledger.figure(item.part).interval())
    least, most = part.whole()
    if least is None or most is None or least > most:  # no whole number: a part in millions, say
        return {"part_least": None, "part_most": None}
    return {"part_least": least, "part_most": most}


def _point(value: int) -> Interval:
    return Interval(Fraction(value), Fraction(value))
