"""Splits by shares between bounds, by search instead of by method."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise


def fair_parts(
    shares: Sequence[Fraction], total: int, low: Sequence[int], high: Sequence[int]
) -> list[Fraction]:
    """Parts ``min(high, max(low, x * share))`` that add up: every level at which a bound begins or ends is tried."""

    def parts(level: Fraction) -> list[Fraction]:
        return [
            min(Fraction(b), max(Fraction(a), level * s)) for s, a, b in zip(shares, low, high, strict=True)
        ]

    with_share = [i for i, share in enumerate(shares) if share]
    levels = sorted({Fraction(0), *(Fraction(end[i]) / shares[i] for end in (low, high) for i in with_share)})
    if not with_share or sum(parts(levels[0])) == total:
        return parts(Fraction(0))
    for below, above in pairwise(levels):
        least, most = sum(parts(below)), sum(parts(above))
        if least <= total <= most:
            if least == most:
                return parts(below)
            return parts(below + (above - below) * (total - least) / (most - least))
    raise AssertionError("no level fits")


def whole_splits(total: int, low: Sequence[int], high: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every split of a whole number between bounds."""
    if len(low) == 1:
        if low[0] <= total <= high[0]:
            yield (total,)
        return
    for first in range(low[0], min(high[0], total) + 1):
        for rest in whole_splits(total - first, low[1:], high[1:]):
            yield (first, *rest)
