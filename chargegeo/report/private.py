"""What must not be read by everybody: phone numbers, identity numbers, names of persons, exact positions in text.

Everything here looks at texts alone. A number is found by how it is written, an identity number (GB 11643) only when
its check digit, its date of birth and its province are right; a name is found by a surname of the lexicon and by
where it stands. Hotlines (400, 800, 95 and the like) are public and stay.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chargegeo.vocab import Private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DASH = r"[- \u2010-\u2015\uff0d]?"
_PLACE_DASH = r"[-\u2010-\u2015\uff0d]"
_MOBILE = rf"(?:\+?86{_DASH})?1[3-9][0-9]{_DASH}[0-9]{{4}}{_DASH}[0-9]{{4}}"
# 12 digits that begin with the zero of an area code, or with a sign after it; codes of places never begin with 0
_AREA = r"(?:010|02[0-9]|0[3-9][0-9]{2})"
_LANDLINE = rf"[(\uff08]{_AREA}[)\uff09]\s?[0-9]{{7,8}}|{_AREA}{_DASH}[1-9][0-9]{{6,7}}"
_END = rf"(?:{_PLACE_DASH}[0-9]{{1,5}})?(?![0-9])"
_PHONE = re.compile(rf"(?<![0-9.])(?:{_MOBILE}(?![0-9.])|(?:{_LANDLINE}){_END})")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_HOTLINE = re.compile(r"[48]00[- ]?(?:[0-9]{3}[- ]?[0-9]{4}|[0-9]{4}[- ]?[0-9]{3})|9[56][0-9]{3,4}|1[0-9]{4}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# By their tens: 11 to 15, 21 to 23 and so on
_PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_HAN = "\u4e00-\u9fff"
# Every digit of full width in the place of a plain one: positions in the text stay
_NARROW = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "x"}
_DEGREES = re.compile(
    r"[0-9]{1,3}\s*[\u00b0\u5ea6]\s*[0-9]{1,2}(?:\.[0-9]+)?\s*['\u2032\u5206]?"
    r"(?:\s*[0-9]{1,2}(?:\.[0-9]+)?\s*[\"\u2033\u79d2])?"
)
_METRES = re.compile(r"(?<![0-9.])[0-9]{6,8}\.[0-9]+(?![0-9])")
_DECIMAL = re.compile(r"(?<![0-9.])[0-9]{1,3}\.[0-9]+(?![0-9.])")


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("privacy.toml").read_text("utf-8"))


def by_header(header: str) -> Private | None:
    """What a column holds by its header: phones, identity numbers, names of persons, or none of these."""
    plain = re.sub(r"\([^()]*\)", "", unicodedata.normalize("NFKC", header)).strip()
    chinese = re.sub(r"[\s_0-9]+$", "", plain)
    latin = re.findall("[a-z]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", plain).casefold())
    pairs = {*latin, *map("".join, pairwise(latin))}
    for kind, words in _lexicon()["headers"].items():
        if any(word in pairs if word.isascii() else chinese.endswith(word) for word in words):
            return Private(kind)
    return None


def is_identity(text: str) -> bool:
    """Whether 18 characters are an identity number by GB 11643: province, date of birth and check digit are right."""
    if not _IDENTITY.fullmatch(text) or not _PROVINCES.match(text):
        return False
    try:
        born = dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return 1880 <= born.year <= 2100 and _CHECK[total % 11] == text[17].upper()


def is_hotline(text: str) -> bool:
    """Whether a text is the number of a public hotline."""
    return _HOTLINE.fullmatch(text.translate(_NARROW).strip()) is not None


def is_person(text: str) -> bool:
    """Whether a text is nothing but what looks like the name of a person: two to four characters."""
    return _person().fullmatch(text.strip()) is not None and _plausible(text.strip())


def _plausible(name: str) -> bool:
    names = _lexicon()["names"]
    return name not in names["not_names"] and name[-1] not in names["not_endings"]


@cache
def _person() -> re.Pattern[str]:
    names = _lexicon()["names"]
    return re.compile(f"(?:{'|'.join(names['double'])})[{_HAN}]{{1,2}}|[{names['surnames']}][{_HAN}]{{1,2}}")


@cache
def _named() -> re.Pattern[str]:
    """A name behind a word such as "contact": up to what is no Chinese character."""
    cues = "|".join(_lexicon()["names"]["cues"])
    return re.compile(f"(?:{cues})\\s*[:\uff1a\\s]\\s*(?P<name>{_person().pattern})(?![{_HAN}])")


@cache
def _owned() -> re.Pattern[str]:
    """A name at the start of what belongs to a person."""
    home = "|".join(_lexicon()["names"]["home"])
    return re.compile(f"(?P<name>[{_lexicon()['names']['surnames']}][{_HAN}]{{1,2}}?)(?:{home})")


def spans(text: str, *, owner: bool = False) -> Iterator[tuple[int, int, Private]]:
    """Where something private stands in a text; with ``owner`` a name that is all of it or starts it counts too."""
    plain = text.translate(_NARROW)
    taken = [
        (*match.span(), Private.IDENTITY) for match in _IDENTITY.finditer(plain) if is_identity(match[0])
    ]
    yield from taken
    for match in _PHONE.finditer(plain):
        if not any(start < match.end() and match.start() < end for start, end, _ in taken):
            yield (*match.span(), Private.PHONE)
    for match in _named().finditer(plain):
        if _plausible(match["name"]):
            yield (*match.span("name"), Private.PERSON)
    if owner:
        if is_person(plain):
            yield 0, len(text), Private.PERSON
        elif owned := _owned().match(plain):
            yield (*owned.span("name"), Private.PERSON)


def masked(
    text: str, masks: dict[Private, Callable[[str], str]], *, owner: bool = False
) -> tuple[str, list[Private]]:
    """The text with everything private replaced, and what kinds there were."""
    found = sorted(set(spans(text, owner=owner)))
    for start, end, kind in reversed(found):
        text = text[:start] + masks[kind](text[start:end]) + text[end:]
    return text, [kind for _, _, kind in found]


def coarse(text: str, decimals: int, mask: str) -> str:
    """The text without exact positions: degrees are rounded, degrees with minutes and metres of a grid masked."""

    def rounded(match: re.Match[str]) -> str:
        exact = len(match[0].partition(".")[2]) > decimals
        return f"{float(match[0]):.{decimals}f}" if exact and float(match[0]) <= 180 else match[0]

    return _DECIMAL.sub(rounded, _METRES.sub(mask, _DEGREES.sub(mask, text)))
