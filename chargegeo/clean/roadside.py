"""What texts say of a service area: its name, its road and the direction that it serves.

The words stand in ``roadside.toml``. A direction along a road follows the practice that chainage begins at the
place that the road's name says first (and, of a national road without known ends, in the north or east, by an
odd or even number); whoever uses it says so.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from chargegeo.clean.cells import STRIP
from chargegeo.vocab import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HAN = "\u4e00-\u9fff"
_REF = re.compile(r"(?<![A-Za-z0-9])([GSXYgsxy][0-9]{1,4})(?![0-9])")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_LONGEST_PLACE = 8
_LETTERS_BEFORE = 4
_COMPASS = {"north": (0.0, 1.0), "south": (0.0, -1.0), "east": (1.0, 0.0), "west": (-1.0, 0.0)}


class Heading(NamedTuple):
    """What a text says of a direction.

    ``towards`` is a place; ``direction`` is said outright, or by the left and right of the chainage
    (``by_side``); ``lies`` is the compass side of the road, ``goes`` the compass direction of travel; ``letter``
    tells the sides apart and no more; ``both`` where one record stands for both sides.
    """

    towards: str | None = None
    direction: Direction | None = None
    by_side: bool = False
    lies: str | None = None
    goes: str | None = None
    letter: str | None = None
    both: bool = False

    @property
    def known(self) -> bool:
        """Whether anything is said."""
        return self != Heading()


class Road(NamedTuple):
    """Number and names of the road that a text says first; ``named`` where the number follows from the name."""

    ref: str | None
    names: tuple[str, ...]
    named: bool = False


@cache
def _data() -> dict[str, Any]:
    found = tomllib.loads(files(__package__).joinpath("roadside.toml").read_text("utf-8"))
    letters = {ord(pair[0]): pair[1] for pair in found["simplified"]["pairs"].split()}
    return {**found, "simplified": letters}


def _words(key: str) -> list[str]:
    """A list of words, the longest first, so that none hides another."""
    return sorted(_data()["words"][key], key=len, reverse=True)


@cache
def _either(key: str) -> str:
    return "|".join(map(re.escape, _words(key)))


@cache
def _tokens() -> dict[str, Heading]:
    """Plain words that are a direction or a side by themselves."""
    words = _data()["words"]
    found = {word: Heading(both=True) for word in words["both"]}
    for direction in Direction:
        for word in words[direction.value]:
            found[word] = Heading(direction=direction, by_side=word in words["by_side"])
    for letter in words["letters"]:
        found[letter] = Heading(letter=letter.upper())
    for side, names in _data()["lies"].items():
        found |= {name: Heading(lies=side) for name in names}
    for way, names in _data()["goes"].items():
        found |= {name: Heading(goes=way) for name in names}
    return found


def plain(text: str | None) -> str:
    """NFKC, simplified letters, without blanks and invisible characters."""
    bare = STRIP.sub("", unicodedata.normalize("NFKC", text or ""))
    return re.sub(r"\s+", "", bare.translate(_data()["simplified"]))


def is_traditional(text: str | None) -> bool:
    """Whether a text has a letter that is written in its traditional form."""
    return bool(text) and any(ord(letter) in _data()["simplified"] for letter in str(text))


def core(text: str | None) -> str | None:
    """The name proper: before the word for its kind, without road, brackets and direction; none if nothing is.

    "G36 X expressway service area (Y direction)" and "X" are one name; a word for the kind alone is none.
    """
    bare = _BRACKETED.sub("", plain(text)).split("(")[0]
    name = re.split(_either("kinds"), bare, maxsplit=1, flags=re.IGNORECASE)[0]
    name = re.split(_either("road"), name)[-1]
    name = _REF.sub("", name).strip("-_/.,;:#")
    return name or None


def shown(text: str | None, other: str | None = None) -> str | None:
    """The name as it is shown: the name proper and its kind, of this text, else of the other; else the text itself."""
    name = core(text)
    if name is None or text is None:
        return None
    kind = re.search(_either("kept"), plain(text)) or re.search(_either("kept"), plain(other))
    return name + kind[0] if kind else text.strip()


def is_service_area(text: str | None) -> bool:
    """Whether a name says service area or parking area."""
    return bool(re.search(_either("kept"), plain(text)))


def under_construction(text: str | None) -> bool:
    """Whether a text says that the place is not open yet."""
    return bool(re.search(_either("under_construction"), plain(text)))


def heading(text: str | None, *, cell: bool = False) -> Heading:
    """Direction that a text says: the last one, in brackets or behind the word for the kind.

    Parameters
    ----------
    cell
        Whether the text is a cell of a column of directions, and so may be a bare place.
    """
    whole = plain(text)
    if not whole:
        return Heading()
    outside = [whole] if cell else re.split(_either("kinds"), whole)[1:]
    pieces = [*outside, *_BRACKETED.findall(whole)]
    if found := [one for one in map(_piece, pieces) if one.known]:
        return _merged(found)
    place = _stripped(whole)
    return Heading(towards=place) if cell and _is_place(place) else Heading()


def _merged(found: list[Heading]) -> Heading:
    """All that several pieces say; of two that say the same thing differently, the later."""
    merged = Heading()
    for one in found:
        merged = merged._replace(**{name: new for name, new in one._asdict().items() if new})
    return merged


def _piece(text: str) -> Heading:
    """Direction of one piece of a text."""
    bare = _BRACKETED.sub("", text).strip("()-_/.,;:")
    if token := _token(bare):
        return token
    toward = _data()["words"]["toward"]
    # only what was certainly an arrow; the single letters for "to" stand in names too
    arrow = re.split("|".join(re.escape(w) for w in _words("arrows") if len(w) > 1 or not w.isalnum()), text)
    if len(arrow) > 1:
        place = _stripped(re.split(toward, arrow[-1])[0])
        return _token(place) or (Heading(towards=place) if _is_place(place) else Heading())
    before, found, _ = text.rpartition(toward)
    if not found:
        return Heading()
    run = re.search(f"[{_HAN}A-Za-z]+$", before)
    said = re.split(f"{_either('road')}|{_either('kinds')}", run[0] if run else "")[-1]
    place = _stripped(said)
    return _token(said) or _token(place) or (Heading(towards=place) if _is_place(place) else Heading())


def _token(word: str) -> Heading | None:
    """A word that is a direction or side by itself, with or without the ending for a side."""
    tokens = _tokens()
    ending = next((end for end in _words("side_endings") if word.endswith(end) and word != end), "")
    for candidate in (word, word.casefold(), word.removesuffix(ending)):
        if candidate in tokens:
            return tokens[candidate]
    goes = [tokens[end] for end in (word[-2:],) if len(word) > 2 and end in tokens and tokens[end].goes]
    return goes[0] if goes else None


def _stripped(word: str) -> str:
    """A place without the words for "towards" around it; of "from X to Y" the second."""
    toward = _data()["words"]["toward"]
    word = word.removesuffix(toward)
    for prefix in _words("prefixes"):
        head, found, tail = word.partition(prefix)
        if found and len(tail) >= 2 and (not head or len(head) >= 2):
            word = tail
    return word


def _is_place(word: str) -> bool:
    return bool(re.fullmatch(f"[{_HAN}]{{2,{_LONGEST_PLACE}}}|[A-Za-z]{{2,24}}", word))


def road(*texts: str | None) -> Road:
    """Number and names of the expressway that texts say, the first one that has either.

    A list like "G36 A expressway; 004 county road" gives G36; a number alone, or a name alone whose number is
    known, will do. Names are the letters before the word for expressway.
    """
    names: list[str] = []
    ref: str | None = None
    for text in texts:
        for part in re.split("[;,/\u3001\uff1b]", plain(text)):
            run = re.search(f"([{_HAN}]{{2,}}?)(?:{_either('road')})", part)
            name = _road_name(run[1]) if run else part if part in _data()["roads"] else None
            number = _REF.search(part)
            # beside an expressway the other roads of a list are not the one it stands on
            if ref is None and number and (name or not names):
                ref = number[1].upper()
            if name and name not in names:
                names.append(name)
    known = next((_data()["roads"][name][0] for name in names if name in _data()["roads"]), "")
    return Road(ref or known or None, tuple(names), named=ref is None and bool(known))


def _road_name(run: str) -> str:
    """The name of a road at the end of a run of letters."""
    ends = [run[-n:] for n in range(min(_LETTERS_BEFORE, len(run)), 1, -1)]
    listed = next((end for end in ends if end in _data()["roads"]), None)
    return listed or (run if len(run) <= _LETTERS_BEFORE else run[-2:])


def side_of(towards: str | None, names: Iterable[str]) -> int:
    """1 if a place is the second end of a road of these names, -1 if the first, 0 if neither can be said."""
    if not towards:
        return 0
    for name in names:
        first, last = (_is_end(towards, name, at) for at in (0, -1))
        if first != last:
            return 1 if last else -1
    return 0


def _is_end(towards: str, name: str, at: int) -> bool:
    listed = _data()["roads"].get(name)
    if listed:
        end = listed[1 if at == 0 else 2]
        return bool(towards == end or towards in end or end in towards)
    letter = name[at]
    return letter == towards[0] or _data()["letters"].get(letter, "-") == towards


def ends(names: Iterable[str], seen: Iterable[str]) -> tuple[str | None, str | None]:
    """The two ends of a road: as listed, else of the places that were said, else by the letters of its name.

    Parameters
    ----------
    names
        Names of the road, the most trusted first.
    seen
        Places that texts on this road lead to.
    """
    names, seen = tuple(names), sorted(set(seen))
    found: list[str | None] = [None, None]
    for place, side in ((place, side_of(place, names)) for place in seen):
        if side:
            found[side > 0] = found[side > 0] or place
    for name in names:
        listed = _data()["roads"].get(name)
        for at, letter in enumerate((name[0], name[-1])):
            known = listed[at + 1] if listed else _by_letter(letter)
            found[at] = found[at] or known
    return found[0], found[1]


def _by_letter(letter: str) -> str | None:
    """The place that a letter means: by the list, else the only known place that begins with it."""
    given = _data()["letters"].get(letter)
    places = [place for place in _data()["places"] if place.startswith(letter)]
    return given or (places[0] if len(places) == 1 else None)


def runs(
    at: Sequence[float], between: tuple[str | None, str | None], ref: str | None
) -> tuple[float, float] | None:
    """Rough direction in which chainage increases at a place (longitude, latitude): east and north, of length 1.

    From the bearings of both ends of the road, of one, else by the number: a national road of two figures runs
    south if odd and west if even. None where nothing is known.
    """
    places, (lon, lat) = _data()["places"], at
    east = north = 0.0
    for sign, end in zip((-1.0, 1.0), between, strict=True):
        if end in places:
            dx = (places[end][0] - lon) * math.cos(math.radians(lat))
            dy = places[end][1] - lat
            size = math.hypot(dx, dy) or 1.0
            east, north = east + sign * dx / size, north + sign * dy / size
    size = math.hypot(east, north)
    if size > 0.2:  # else the ends lie the same way
        return east / size, north / size
    if ref and re.fullmatch("G[1-9][0-9]", ref):
        return _COMPASS["south" if int(ref[1:]) % 2 else "west"]
    return None


def compass(said: Heading, towards: tuple[float, float] | None, *, right_hand: bool) -> int:
    """1 or -1 (forward, backward) by the compass side or way that a text says; 0 where it cannot be said.

    Where traffic keeps right, the east side of a road serves cars that go north.
    """
    if towards is None or not (said.lies or said.goes):
        return 0
    if said.goes:
        east, north = _COMPASS[said.goes]
    else:
        x, y = _COMPASS[str(said.lies)]
        east, north = (-y, x) if right_hand else (y, -x)
    along = east * towards[0] + north * towards[1]
    return 0 if abs(along) < math.sin(math.radians(20)) else (1 if along > 0 else -1)


def beside(goes: str | None, *, right_hand: bool) -> str | None:
    """Compass side of a road that serves cars which go that way."""
    turned = {"north": "east", "east": "south", "south": "west", "west": "north"}
    opposite = {"north": "south", "south": "north", "east": "west", "west": "east"}
    if goes is None:
        return None
    return turned[goes] if right_hand else opposite[turned[goes]]
