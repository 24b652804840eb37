"""Cells of one column into values: numbers, counts, powers, shares, dates, words.

Every reader takes the column as found and returns the values and, for the cells that were not plainly right,
what was wrong. Plain cells are read by vectorised operations; only distinct texts that failed them are read
one by one.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from chargegeo.clean import lexicon
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from chargegeo.region import Limits

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_PLAIN = re.compile(NUMBER)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_WITH_UNIT = re.compile(rf"({NUMBER})([^0-9.,+\-].*)")
# control characters, soft hyphen, zero-width and bidirectional marks, byte order mark, tags
INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
STRIP = re.compile(f"[{INVISIBLE}]")
# a time behind a date, with morning or afternoon and a time zone: only the date is kept
_TIME = (
    r"(?:[T ]\s*(?:\u4e0a\u5348|\u4e0b\u5348)?\s*(?:[01]?[0-9]|2[0-4])"
    r"(?:[:\u65f6][0-5]?[0-9]){0,2}[\u65f6\u5206\u79d2]?"
    r"(?:\.[0-9]+)?\s*(?:[AaPp][Mm])?\s*(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DATE = re.compile(rf"([0-9]{{4}})[-/.\u5e74]([0-9]{{1,2}})[-/.\u6708]([0-9]{{1,2}})\u65e5?{_TIME}")
_COMPACT = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})[-/.\u5e74]([0-9]{1,2})\u6708?")
_YEAR = re.compile(r"([12][0-9]{3})\u5e74?")
_SERIAL = re.compile(r"([2-6][0-9]{4})(?:\.[0-9]*)?")
POWER_UNITS = {
    "kw": 1.0,
    "\u5343\u74e6": 1.0,
    "w": 0.001,
    "\u74e6": 0.001,
    "mw": 1000.0,
    "\u5146\u74e6": 1000.0,
}
# day 1 of the spreadsheet calendar is 1900-01-01, and it counts a 29 February 1900 that never was
_SERIAL_ZERO = dt.date(1899, 12, 30)
# nobody plans a commissioning further ahead: two years
_FUTURE_DAYS = 731
# more piles, guns or bays at one place than any station has: a misplaced figure
COUNT_MAX = 10_000


class Reading(NamedTuple):
    """One text as read: the value, and what was wrong with the text, if anything."""

    value: Any = None
    code: str | None = None
    severity: Severity = Severity.REPAIR


class Issue(NamedTuple):
    """What was wrong with one cell: ``row`` from 0, ``old`` as found, ``new`` after a repair."""

    row: int
    code: str
    severity: Severity
    old: str | None
    new: object = None


@dataclass(frozen=True)
class Column:
    """Values of a column (null where there is none) and the cells that were not plainly right."""

    values: pd.Series
    issues: tuple[Issue, ...] = ()


def texts(found: pd.Series) -> pd.Series:
    """Cells as pandas' own text type, whose operations are vectorised; half a surrogate pair is U+FFFD."""
    try:
        return found.astype("str")
    except UnicodeEncodeError:
        return found.str.replace("[\ud800-\udfff]", "\ufffd", regex=True).astype("str")


def bad(code: str) -> Reading:
    """A text that cannot be read: the record is set aside."""
    return Reading(None, code, Severity.QUARANTINE)


def each(column: pd.Series, rest: pd.Series, values: pd.Series, read: Callable[[str], Reading]) -> Column:
    """Fill ``values`` where ``rest`` holds, reading every distinct text once.

    Parameters
    ----------
    column
        Cells as found; blank cells null.
    rest
        Which cells are still to be read.
    values
        Values of the others; not changed.
    read
        Reader of one text.
    """
    import numpy as np

    rows = np.flatnonzero(rest.to_numpy(dtype=bool))
    if not len(rows):
        return Column(values)
    found = column.iloc[rows].tolist()
    known = {text: read(text) for text in dict.fromkeys(found)}
    readings = [known[text] for text in found]
    filled = values.astype("object").to_numpy(copy=True)
    filled[rows] = [reading.value for reading in readings]
    issues = tuple(
        Issue(int(row), reading.code, reading.severity, text, reading.value)
        for row, text, reading in zip(rows, found, readings, strict=True)
        if reading.code is not None
    )
    return Column(_like(filled, values), issues)


def _like(filled: np.ndarray[Any, Any], values: pd.Series) -> pd.Series:
    import pandas as pd

    if pd.api.types.is_float_dtype(values.dtype):
        return pd.Series(
            pd.to_numeric(pd.Series(filled, dtype="object")), index=values.index, dtype="float64"
        )
    return pd.Series(filled, index=values.index, dtype=values.dtype)


def common(text: str, *, worksheet: bool) -> tuple[str, Reading | None]:
    """The text after NFKC and without invisible characters, and its reading if it means "no value".

    In a worksheet ``#N/A`` is a formula that failed and can be looked at; in a text file it is a word for
    missing.
    """
    plain = STRIP.sub("", unicodedata.normalize("NFKC", text)).strip()
    if plain.upper() in lexicon.error_cells() and (worksheet or plain.casefold() not in lexicon.missing()):
        return plain, bad("error_cell" if worksheet else "error_value")
    if not plain or plain.casefold() in lexicon.missing():
        return plain, Reading(None, "missing_word") if text.strip() else Reading()
    return plain, None


def numbers(
    column: pd.Series,
    *,
    worksheet: bool = False,
    check: Callable[[float], Reading] = Reading,
    odd: Callable[[str], Reading | None] = lambda _: None,
    low: float = -float("inf"),
    high: float = float("inf"),
) -> Column:
    """A column of numbers.

    Parameters
    ----------
    worksheet
        Whether the cells come from a worksheet (see :func:`common`).
    check
        Reading of a number outside ``low`` to ``high``.
    odd
        Reading of a text that is no number, or none to call it ``not_a_number``.
    low, high
        Numbers between (both included) are right without a further look.
    """
    import numpy as np
    import pandas as pd

    stripped = column.str.strip()
    plain = stripped.str.fullmatch(NUMBER).fillna(False).astype(bool)
    values = pd.Series(np.nan, index=column.index)
    values[plain] = stripped[plain].astype("float64")
    right = plain & (values >= low) & (values <= high)
    return each(
        column,
        column.notna() & ~right,
        values.where(right),
        lambda text: _number(text, worksheet, check, odd),
    )


def _number(
    text: str, worksheet: bool, check: Callable[[float], Reading], odd: Callable[[str], Reading | None]
) -> Reading:
    plain, reading = common(text, worksheet=worksheet)
    if reading is not None:
        return reading
    # NFKC would make a superscript or a circled figure one more digit
    if any(unicodedata.category(letter) == "No" for letter in text):
        return bad("not_a_number")
    if _PLAIN.fullmatch(plain):
        result = _finite(float(plain), check)
        return result if result.code or plain == text.strip() else result._replace(code="number_text")
    if _THOUSANDS.fullmatch(plain):
        result = _finite(float(plain.replace(",", "")), check)
        return result if result.code else result._replace(code="thousands")
    return odd(plain) or bad("not_a_number")


def _finite(value: float, check: Callable[[float], Reading]) -> Reading:
    return check(value) if abs(value) != float("inf") else bad("not_a_number")


def counts(column: pd.Series, *, worksheet: bool = False) -> Column:
    """A column of counts: whole numbers from 0; ``8.0`` is 8, ``8`` with a counting word is repaired."""

    def check(value: float) -> Reading:
        if value < 0:
            return bad("count_negative")
        if value != int(value):
            return bad("count_fraction")
        return bad("count_absurd") if value > COUNT_MAX else Reading(value)

    def odd(text: str) -> Reading | None:
        match = _WITH_UNIT.fullmatch(text)
        if not match or lexicon.normal(match[2]) not in lexicon.words("counting"):
            return None
        result = check(float(match[1]))
        return result if result.code else result._replace(code="unit_text")

    read = numbers(column, worksheet=worksheet, check=check, odd=odd, low=0, high=COUNT_MAX)
    broken = read.values.notna() & (read.values % 1 != 0)
    again = each(column, broken, read.values, lambda _: bad("count_fraction"))
    return Column(again.values, read.issues + again.issues)


def powers(
    column: pd.Series,
    *,
    limits: Limits,
    factor: float = 1.0,
    worksheet: bool = False,
) -> Column:
    """A column of powers in kW.

    A number beyond the limits (watts, most likely), zero or less, and ``2x60`` set the record aside; a stated
    unit (``120kW``, ``600000 W``) is converted.

    Parameters
    ----------
    limits
        ``power_kw_min`` and ``power_kw_max`` of the region: no pile is smaller or larger.
    factor
        kW for one of the header's unit.
    """
    low, high = limits.power_kw_min, limits.power_kw_max

    def check(value: float) -> Reading:
        if value <= 0:
            return bad("power_not_positive")
        value = round(value * factor, 9)
        return Reading(value) if low <= value <= high else bad("power_absurd")

    # with another unit in the header no number is right as it stands: all go through the check
    return numbers(
        column,
        worksheet=worksheet,
        check=check,
        odd=lambda text: with_power_unit(text, check, factor=factor),
        low=low if factor == 1 else high + 1,
        high=high,
    )


def with_power_unit(text: str, check: Callable[[float], Reading], *, factor: float) -> Reading | None:
    """A power and its unit, in the header's unit, through ``check``; none where there is no unit of power."""
    match = _WITH_UNIT.fullmatch(text)
    if not match:
        return None
    unit = lexicon.normal(match[2])
    if unit in POWER_UNITS:
        result = check(float(match[1]) * POWER_UNITS[unit] / factor)
        return result if result.code else result._replace(code="unit_text")
    rest = match[2].strip().casefold()
    return bad("power_product") if rest.startswith(lexicon.words("times")) else None


def header_factor(header: str) -> float:
    """How many kW one of a header's unit is: 0.001 for ``power (W)``, else 1."""
    plain = unicodedata.normalize("NFKC", header).strip().casefold()
    unit = re.search(r"[(\[_/ ]\s*(w|mw|\u74e6|\u5146\u74e6)\s*[)\]]?$", plain)
    return POWER_UNITS[unit[1]] if unit else 1.0


def shares(column: pd.Series, *, header: str, worksheet: bool = False) -> Column:
    """A column of shares from 0 to 1.

    ``99.2%`` is 0.992; a bare 99.2 is a percentage only if the header or most of the column says so.
    """
    signs = column.str.contains("[%\uff05]").sum()
    percent = "%" in unicodedata.normalize("NFKC", header) or signs * 2 > column.count()

    def check(value: float) -> Reading:
        if value < 0 or value > 100 or (value > 1 and not percent):
            return bad("share_range")
        return Reading(round(value / 100, 12) if percent and value > 1 else value)

    def odd(text: str) -> Reading | None:
        match = re.fullmatch(rf"({NUMBER})\s*%", text)
        if not match:
            return None
        value = float(match[1])
        return Reading(round(value / 100, 12)) if 0 <= value <= 100 else bad("share_range")

    return numbers(column, worksheet=worksheet, check=check, odd=odd, low=0, high=1)


def dates(column: pd.Series, *, earliest: dt.date, today: dt.date, worksheet: bool = False) -> Column:
    """A column of dates (``datetime64``): ISO, ``2024/3/1``, Chinese units, compact, spreadsheet serials.

    Impossible dates, dates before ``earliest`` and more than two years after ``today`` set the record aside;
    a month or a year alone becomes its first day, which is a repair.
    """
    import pandas as pd

    latest = today + dt.timedelta(days=_FUTURE_DAYS)
    stripped = column.str.strip()
    plain = stripped.str.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]00:00:00)?").fillna(False).astype(bool)
    parsed = pd.to_datetime(stripped.where(plain).str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    values = parsed.astype("datetime64[us]")
    right = (values >= pd.Timestamp(earliest)) & (values <= pd.Timestamp(latest))
    return each(
        column,
        column.notna() & ~right,
        values.where(right),
        lambda text: _date(text, earliest, latest, worksheet),
    )


def _date(text: str, earliest: dt.date, latest: dt.date, worksheet: bool) -> Reading:
    plain, reading = common(text, worksheet=worksheet)
    if reading is not None:
        return reading
    found = _date_parts(plain)
    if found is None:
        return bad("not_a_date")
    (year, month, day), code = found
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return bad("date_impossible")
    date = dt.date(year, month, day)
    if not earliest <= date <= latest:
        return bad("date_range")
    return Reading(dt.datetime(year, month, day), code)


def _date_parts(text: str) -> tuple[tuple[int, int, int], str | None] | None:
    """Year, month, day of a text and the code of the repair, if it is one."""
    if match := _DATE.fullmatch(text) or _COMPACT.fullmatch(text):
        return (int(match[1]), int(match[2]), int(match[3])), None
    if match := _SERIAL.fullmatch(text):
        day = _SERIAL_ZERO + dt.timedelta(days=int(match[1]))
        return (day.year, day.month, day.day), "date_serial"
    if match := _MONTH.fullmatch(text):
        return (int(match[1]), int(match[2]), 1), "date_month"
    if match := _YEAR.fullmatch(text):
        return (int(match[1]), 1, 1), "date_year"
    return None


def words(column: pd.Series, group: str, *, worksheet: bool = False) -> Column:
    """A column of words of a closed list; a word the lexicon does not know becomes null, with a warning."""
    import pandas as pd

    known = lexicon.values(group)

    def read(text: str) -> Reading:
        plain = lexicon.normal(STRIP.sub("", text))
        if plain in known:
            return Reading(known[plain])
        _, reading = common(text, worksheet=worksheet)
        return reading or Reading(None, "unknown_word", Severity.WARNING)

    return each(column, column.notna(), pd.Series(None, index=column.index, dtype="object"), read)
