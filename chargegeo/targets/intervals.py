"""What a rounded figure can have been: intervals in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from chargegeo.errors import Fault, StudyFault


@dataclass(frozen=True)
class Interval:
    """Numbers from ``low`` to ``high``; an end that is none is open for good, an open end is not itself a member."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: Fraction | int) -> bool:
        return not self.meet(Interval(Fraction(value), Fraction(value))).is_empty

    def meet(self, other: Interval) -> Interval:
        """Numbers in both."""
        lows = [(one.low, one.low_open) for one in (self, other) if one.low is not None]
        highs = [(one.high, not one.high_open) for one in (self, other) if one.high is not None]
        low, low_open = max(lows, default=(None, False))
        high, high_closed = min(highs, default=(None, True))
        return Interval(low, high, low_open, not high_closed)

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def whole(self, step: int = 1) -> tuple[int | None, int | None]:
        """Least and greatest multiple of ``step`` inside; if there is none, the first is above the second."""
        least = None if self.low is None else ceil(self.low / step) * step
        most = None if self.high is None else floor(self.high / step) * step
        if least is not None and self.low_open and least == self.low:
            least += step
        if most is not None and self.high_open and most == self.high:
            most -= step
        return least, most

    def of_whole(self) -> Interval:
        """The same for what can only be a whole number: ends that are members."""
        least, most = self.whole()
        return Interval(None if least is None else Fraction(least), None if most is None else Fraction(most))


def figure_step(value: Decimal, *, trailing_zeros: bool) -> Decimal:
    """Place that a figure is rounded to: its last decimal, or with ``trailing_zeros`` its last digit that is not 0."""
    exponent = value.normalize().as_tuple().exponent if trailing_zeros else value.as_tuple().exponent
    return Decimal(1).scaleb(int(exponent)) if value else Decimal(1)


def rounded(value: Decimal, step: Decimal) -> Interval:
    """What rounds half up to ``value`` on a grid of ``step``."""
    half = Fraction(step) / 2
    return Interval(Fraction(value) - half, Fraction(value) + half, high_open=True)


def implied(
    value: int | str | Decimal,
    percent: int | str | Decimal,
    *,
    step: int = 1,
    percent_step: str | Decimal | None = None,
) -> Interval:
    """What a whole number was taken of, from the number and its published percentage.

    Parameters
    ----------
    value
        The number as published.
    percent
        The percentage as published, best as text: "139.20" and "139.2" are not rounded alike.
    step
        What ``value`` is rounded to: 100 for "29,200" that stands for 29,150 to 29,249.
    percent_step
        What the percentage is rounded to; its last decimal if absent.

    Returns
    -------
    Every denominator that gives this percentage, ends exact: 29,200 (to the hundred) at 139.02 % gives 20,967.4 to
    21,040.2. Rounding is taken to be half up.

    Raises
    ------
    StudyFault
        If the numbers cannot be: below zero, no percentage above zero.
    """
    shown, part = _decimal(percent), _decimal(value)
    if shown <= 0 or part < 0 or step < 1:
        raise StudyFault(Fault("implied_broken", value=f"{value} / {percent} % / {step}"))
    count = Interval(Fraction(part), Fraction(part)) if step == 1 else rounded(part, Decimal(step)).of_whole()
    return divided(count, _percentage(shown, percent_step))


def reached(
    target: int | str | Decimal, percent: int | str | Decimal, *, percent_step: str | Decimal | None = None
) -> Interval:
    """What was reached, from the target and the published percentage of it: 21,000 at 139.02 % gives 29,194 or 29,195.

    Parameters
    ----------
    target
        The target, exact.
    percent, percent_step
        As for :func:`implied`.

    Raises
    ------
    StudyFault
        If the numbers cannot be.
    """
    shown, whole = _decimal(percent), _decimal(target)
    if shown < 0 or whole < 0:
        raise StudyFault(Fault("implied_broken", value=f"{target} / {percent} %"))
    exact = Interval(Fraction(whole), Fraction(whole))
    return multiplied(exact, _percentage(shown, percent_step))


def _decimal(value: float | str | Decimal) -> Decimal:
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        found = Decimal("nan")
    if not found.is_finite():
        raise StudyFault(Fault("implied_broken", value=value))
    return found


def _percentage(shown: Decimal, step: str | Decimal | None) -> Interval:
    return rounded(shown, figure_step(shown, trailing_zeros=False) if step is None else Decimal(step))


def divided(part: Interval, percent: Interval) -> Interval:
    """Denominators for which a part of zero or more is the percentage."""
    low = high = None
    if part.low is not None and percent.high is not None:
        low = 100 * part.low / percent.high
    if part.high is not None and percent.low is not None and percent.low > 0:
        high = 100 * part.high / percent.low
    return Interval(low, high, part.low_open or percent.high_open, part.high_open or percent.low_open)


def multiplied(whole: Interval, percent: Interval) -> Interval:
    """Parts of zero or more that are the percentage of a denominator."""
    low = high = None
    if whole.low is not None and percent.low is not None:
        low = max(whole.low * percent.low, Fraction(0)) / 100
    if whole.high is not None and percent.high is not None:
        high = whole.high * percent.high / 100
    return Interval(low, high, whole.low_open or percent.low_open, whole.high_open or percent.high_open)


def roundest(interval: Interval) -> tuple[int, ...]:
    """The roundest whole numbers inside: multiples of the largest power of ten that has any there, at most nine.

    20,995 to 21,007 gives 21,000. Nothing for an interval without a whole number or without an end, and 0 where it
    is inside.
    """
    least, most = interval.whole()
    if least is None or most is None or least > most:
        return ()
    if least <= 0 <= most:
        return (0,)
    step = 10 ** len(str(max(abs(least), abs(most))))
    while True:
        first, last = interval.whole(step)
        if first is not None and last is not None and first <= last:
            return tuple(range(first, last + 1, step))
        step //= 10
