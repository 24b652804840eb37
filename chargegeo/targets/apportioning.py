"""Largest remainders between floors and caps, in whole numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm


@dataclass(frozen=True)
class Apportioned:
    """Parts of n units in their order.

    ``fair`` is the part before rounding, ``bound`` says whether the floor or the cap decided (else none),
    ``remainder`` is what ``fair`` has beyond a whole number, ``extra`` whether it was rounded up, and ``part`` the
    whole number.
    """

    fair: list[Fraction]
    bound: list[str | None]
    remainder: list[Fraction]
    extra: list[bool]
    part: list[int]


def apportion(shares: Sequence[Fraction], total: int, low: Sequence[int], high: Sequence[int]) -> Apportioned:
    """Split a whole number by shares.

    The part of a unit before rounding is ``min(high, max(low, x * share))`` with the one ``x`` for which the parts
    add up (found exactly as in Bitran and Hax, 1981, Management Science 27(4), 431-441: whichever of floors and caps
    is violated by more in sum is settled, and the rest is shared anew). Units that neither bound decides get
    their whole part, and what is then left goes one each to the largest remainders, ties to the earlier unit. Bounds
    are whole, so that rounding keeps them.

    Parameters
    ----------
    shares
        n shares, zero or more. A unit without a share must have ``high`` equal to ``low``.
    total
        What is split; ``sum(low) <= total <= sum(high)``.
    low, high
        n bounds, ``0 <= low <= high``.
    """
    scale = lcm(*(share.denominator for share in shares))
    weights = [int(share * scale) for share in shares]
    settled, left, pool = _settle(weights, total, low, high)
    whole = [left * weight // pool for weight in weights]
    over = [left * weight % pool for weight in weights]
    free = [i for i in range(len(weights)) if i not in settled]
    n_extra = left - sum(whole[i] for i in free)
    lucky = set(sorted(free, key=lambda i: (-over[i], i))[:n_extra])
    bounds = [settled.get(i) for i in range(len(weights))]
    fixed = {"floor": low, "cap": high}
    part = [fixed[bound][i] if bound else whole[i] + (i in lucky) for i, bound in enumerate(bounds)]
    return Apportioned(
        fair=[Fraction(part[i]) if bounds[i] else Fraction(left * w, pool) for i, w in enumerate(weights)],
        bound=bounds,
        remainder=[Fraction(0) if bounds[i] else Fraction(over[i], pool) for i in range(len(weights))],
        extra=[i in lucky for i in range(len(weights))],
        part=part,
    )


def _settle(
    weights: Sequence[int], total: int, low: Sequence[int], high: Sequence[int]
) -> tuple[dict[int, str], int, int]:
    """Units that a bound decides, what is left for the others, and the sum of their weights (at least 1)."""
    settled: dict[int, str] = {}
    while True:
        free = [i for i in range(len(weights)) if i not in settled]
        left = total - sum((low if bound == "floor" else high)[i] for i, bound in settled.items())
        pool = sum(weights[i] for i in free) or 1
        # everything times the pool, so that whole numbers are compared
        lacking = {i: low[i] * pool - left * weights[i] for i in free if left * weights[i] < low[i] * pool}
        surplus = {i: left * weights[i] - high[i] * pool for i in free if left * weights[i] > high[i] * pool}
        if not lacking and not surplus:
            return settled, left, pool
        if sum(lacking.values()) >= sum(surplus.values()):
            settled |= dict.fromkeys(lacking, "floor")
        if sum(surplus.values()) >= sum(lacking.values()):
            settled |= dict.fromkeys(surplus, "cap")
