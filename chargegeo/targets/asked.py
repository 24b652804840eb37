"""What is asked of a split: the shares of the units and their bounds, checked at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral
from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 20  # units named in one text
MOST = 10**9  # piles: far above any, far below what tables of whole numbers hold


@dataclass(frozen=True)
class Node:
    """A unit that takes a part: its code, name, amount by share, and the bounds of its part."""

    code: str
    name: str
    amounts: tuple[Fraction, ...]
    low: int = 0
    high: int | None = None
    floor: int | None = None
    cap: int | None = None

    @property
    def most(self) -> int | None:
        """The most it can take: a unit without any share takes its floor."""
        return self.high if any(self.amounts) else self.low


def exact(value: Any) -> Fraction:
    """A number as it was written: 0.1 is one tenth."""
    return Fraction(int(value)) if isinstance(value, Integral) else Fraction(str(value))


def checked(
    units: pd.DataFrame, total: int, shares: Mapping[str, float], codes: Sequence[str],
    bounds: Mapping[str, Mapping[str, int] | None],
) -> None:  # fmt: skip
    """Refuse what cannot be split.

    Parameters
    ----------
    units, total, shares
        As given.
    codes
        Columns of codes, the last of which names each row once.
    bounds
        Whole numbers by code, by what they are (floors, caps, carry).

    Raises
    ------
    StudyFault
        With every fault.
    """
    lacking = [name for name in (*codes, *shares) if name not in units]
    faults = [
        Fault("target_column", column=name, params={"known": ", ".join(map(str, units.columns))})
        for name in lacking
    ]
    if not _whole(total) or not 0 <= total <= MOST:
        faults.append(Fault("target_total", value=total))
    if not shares:
        faults.append(Fault("target_no_share"))
    faults += [
        Fault("target_weight", column=name, value=weight)
        for name, weight in shares.items()
        if not (math.isfinite(weight) and weight > 0)
    ]
    if not lacking:
        faults += [*_codes(units, codes), *_amounts(units, shares, codes[-1]), *_bounds(units, codes, bounds)]
    if faults:
        raise StudyFault(*faults)


def _whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _codes(units: pd.DataFrame, codes: Sequence[str]) -> Iterable[Fault]:
    for name in codes:
        for row, unknown in enumerate(units[name].isna()):
            if unknown:
                yield Fault("target_code_null", column=name, row=row)
    leaf = units[codes[-1]]
    for code in sorted(leaf[leaf.duplicated() & leaf.notna()].unique()):
        yield Fault("target_code_twice", column=codes[-1], feature=str(code))


def _amounts(units: pd.DataFrame, shares: Mapping[str, float], code: str) -> Iterable[Fault]:
    import pandas as pd

    for name in shares:
        numbers = pd.to_numeric(units[name], errors="coerce").astype("float64")
        for unit in units.loc[numbers.isna(), code]:
            yield Fault("target_share_null", column=name, feature=str(unit))
        wrong = (numbers < 0) | numbers.isin([math.inf])
        for unit, value in zip(units.loc[wrong, code], numbers[wrong], strict=True):
            yield Fault("target_share_negative", column=name, feature=str(unit), value=value)
        if len(units) and not numbers.isna().any() and not wrong.any() and not (numbers > 0).any():
            yield Fault("target_share_empty", column=name)
    if not len(units):
        yield Fault("target_no_unit")


def _bounds(
    units: pd.DataFrame, codes: Sequence[str], bounds: Mapping[str, Mapping[str, int] | None]
) -> Iterable[Fault]:
    known = {str(code) for name in codes for code in units[name].dropna()}
    for what, given in bounds.items():
        for code, value in (given or {}).items():
            if code not in known:
                yield Fault("target_bound_unknown", column=what, feature=code, value=value)
            elif not _whole(value) or (value < 0 and what != "carry") or abs(value) > MOST:
                yield Fault("target_bound_value", column=what, feature=code, value=value)


def clashes(nodes: Sequence[Node], low: int, high: int | None, parent: str) -> list[Fault]:
    """Why units cannot take together at least ``low`` and at most ``high``; nothing if they can."""
    faults = [
        Fault("target_floor_above_cap", feature=node.code,
              params={"name": node.name, "floor": node.floor, "cap": node.cap, "by": node.floor - node.cap})
        for node in nodes if node.floor is not None and node.cap is not None and node.floor > node.cap
    ]  # fmt: skip
    floors, caps = sum(node.low for node in nodes), [node.most for node in nodes]
    if high is not None and floors > high:
        named = {f"{node.name} ({node.code})": node.low for node in nodes if node.low}
        faults.append(
            Fault("target_floors_exceed", feature=parent or None,
                  params={"sum": floors, "by": floors - high, "total": high, **_named(named)})
        )  # fmt: skip
    if None not in caps and (most := sum(cap for cap in caps if cap is not None)) < low:
        named = {f"{node.name} ({node.code})": node.most or 0 for node in nodes}
        faults.append(
            Fault("target_caps_short", feature=parent or None,
                  params={"sum": most, "by": low - most, "total": low, **_named(named)})
        )  # fmt: skip
    return faults


def _named(units: Mapping[str, int]) -> dict[str, object]:
    """Units with their numbers, the largest first, as values of a text."""
    order = sorted(units.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name} {number}" for name, number in order[:_SHOWN])
    return {"n": len(order), "units": shown + (", \u2026" if len(order) > _SHOWN else "")}
