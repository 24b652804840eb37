"""Cells of names and ids: text stays text; invisible characters go, and text decoded wrongly is found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chargegeo.clean import lexicon
from chargegeo.clean.cells import INVISIBLE, STRIP, Column, Reading, bad, each
from chargegeo.clean.result import fault
from chargegeo.errors import Finding
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from chargegeo.sources import RawTable

_UNCLEAN = f"[{INVISIBLE}\ufffd]|^[\\s\u3000]|[\\s\u3000]$"
# a joiner between two pictures makes them one (a family): it belongs to the text
_PICTURE = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_STRIP = re.compile(f"(?!(?<={_PICTURE})\u200d{_PICTURE}){STRIP.pattern}")


def read(column: pd.Series, *, worksheet: bool = False) -> Column:
    """A column of text, as it stands; only invisible characters and outer blanks go, and that is a repair.

    Text that was decoded wrongly before it came to us (mojibake) sets the record aside: it cannot be restored
    with certainty.
    """
    values = column.astype("object").where(column.notna(), None)
    unclean = column.str.contains(_UNCLEAN).fillna(False).astype(bool) | _suspect(column)

    def one(found: str) -> Reading:
        plain = _STRIP.sub("", found).strip()
        if is_mojibake(found):
            return bad("mojibake")
        if worksheet and plain.upper() in lexicon.error_cells():
            return bad("error_cell")
        return Reading(plain or None, "invisible" if plain != found else None)

    return each(column, unclean, values, one)


def _suspect(column: pd.Series) -> pd.Series:
    """Cells worth a look for mojibake or error values: Latin-1 letters, ``?``, ``#``, odd Han letters."""
    return (
        column.str.contains(f"[\x80-\xff?#]|[{''.join(lexicon.words('mojibake_han'))}]")
        .fillna(False)
        .astype(bool)
    )


def is_mojibake(text: str) -> bool:
    """Whether Chinese text was decoded with the wrong encoding: another one gives Chinese."""
    if "\ufffd" in text or "\u951f\u65a4\u62f7" in text or re.fullmatch(r"\?{2,}", text.strip()):
        return True
    high = sum(ord(char) > 0x7F for char in text)
    if high < 2 or high * 2 < len(text):
        return False
    return any(_is_chinese(_again(text, *confusion)) for confusion in _CONFUSIONS)


# read as, but was; some letters are lost on the way where the wrong encoding has no letter for a byte
_CONFUSIONS = (
    ("latin-1", "utf-8", "ignore"),
    ("cp1252", "utf-8", "ignore"),
    ("latin-1", "gb18030", "strict"),
    ("gb18030", "utf-8", "strict"),
)


def _again(text: str, wrong: str, right: str, errors: str) -> str:
    try:
        return text.encode(wrong, errors).decode(right, errors)
    except UnicodeError:
        return ""


def _is_chinese(text: str) -> bool:
    """Whether at least two letters and half of the text are Han."""
    han = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return han >= 2 and han * 2 >= len(text)


def odd_names(
    raw: RawTable, header: str | None, names: pd.Series, good: np.ndarray[Any, np.dtype[np.bool_]]
) -> list[Finding]:
    """Warnings for accepted stations without a name, and for names of tests: all of them stay."""
    if header is None:
        return []
    kept = names[good]
    blank = kept.isna()
    return [
        Finding(Severity.WARNING, fault(raw, "empty_name", int(row), header)) for row in kept.index[blank]
    ] + [
        Finding(Severity.WARNING, fault(raw, "test_station", int(row), header, kept[row]))
        for row in kept.index[~blank & is_test(kept)]
    ]


def is_test(names: pd.Series) -> pd.Series:
    """Whether a name says that it is for testing; places where cars are tested are none."""
    plain = names.astype("str").str.normalize("NFKC").str.casefold()
    real = "|".join(map(re.escape, lexicon.words("tests_of_cars")))
    chinese = "|".join(map(re.escape, lexicon.words("test_names")))
    latin = "|".join(map(re.escape, lexicon.words("test_names_latin")))
    pattern = f"{chinese}|(?<![a-z])(?:{latin})(?![a-z])"
    found = plain.str.replace(real, "", regex=True).str.contains(pattern, regex=True)
    return found.fillna(False).astype(bool)
