"""Class of a road by its number and its tag: over the distinct texts, never a way at a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.assemble import POSITION
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.sources.ways.raw import RawRoads

    Codes = NDArray[np.int32]

# G and S with one, two or four digits are expressways, with three ordinary national and provincial roads; the
# digits of X, Y and C may begin with the code of their county
_EXPRESSWAY = re.compile(r"[GS]([0-9]{1,2}|[0-9]{4})[WENS]?")
_NUMBERED = (
    (re.compile(r"G[0-9]{3}"), RoadClass.NATIONAL),
    (re.compile(r"S[0-9]{3}"), RoadClass.PROVINCIAL),
    (re.compile(r"X[0-9]+"), RoadClass.COUNTY),
    (re.compile(r"Y[0-9]+"), RoadClass.TOWNSHIP),
    (re.compile(r"C[0-9]+"), RoadClass.VILLAGE),
)
RAMP, FERRY = POSITION[RoadClass.RAMP], POSITION[RoadClass.FERRY]
_OF_TAG = {
    "motorway": RoadClass.EXPRESSWAY,
    "living_street": RoadClass.RESIDENTIAL,
    "road": RoadClass.UNCLASSIFIED,
    **{f"{tag}_link": RoadClass.RAMP for tag in ("motorway", "trunk", "primary", "secondary", "tertiary")},
    # our own words, which layers and graphs of ours hold
    **{word.value: word for word in RoadClass},
}


# Formats in which a road need not say that it is one
UNTAGGED = frozenset({"graphml", "lines"})


def of_words(raw: RawRoads, key: str, meaning: Callable[[str], int], *, none: int) -> Codes:
    """What a tag means at each way: asked once for each distinct text; ``none`` where a way lacks the tag."""
    if key not in raw.tags:
        return np.full(len(raw.way_id), none, dtype=np.int32)
    tag = raw.tags[key]
    return np.array([*map(meaning, tag.words), none], dtype=np.int32)[tag.codes]


def normal_ref(ref: str) -> tuple[str, ...]:
    """The numbers of a road: split at ";", half width, capitals, no blanks, each once."""
    parts = unicodedata.normalize("NFKC", ref).upper().split(";")
    return tuple(dict.fromkeys(part for part in ("".join(part.split()) for part in parts) if part))


def class_of_number(number: str) -> RoadClass | None:
    """Class that one number in normal form gives a road; None for a number of another system (N14, A1)."""
    if _EXPRESSWAY.fullmatch(number):
        return RoadClass.EXPRESSWAY
    return next((found for form, found in _NUMBERED if form.fullmatch(number)), None)


def class_of_tag(highway: str) -> RoadClass | None:
    """Class that a tag gives a road without a number; None where no car drives (footway, steps, construction)."""
    return _highest(_OF_TAG.get(part.strip().lower()) for part in highway.split(";"))


def _highest(found: Iterator[RoadClass | None]) -> RoadClass | None:
    return min((item for item in found if item is not None), key=POSITION.__getitem__, default=None)


def classify(raw: RawRoads) -> tuple[NDArray[np.int8], Codes, tuple[str, ...]]:
    """Class and number of each way.

    Returns
    -------
    The position in ``tuple(RoadClass)`` (-1 where no car drives), the position of the number in the third (-1
    for none), and the numbers in normal form, several of one road joined by ";". A link is a ramp whatever its
    number; the highest class of several numbers decides; a tag that names no road is none, whatever its number.
    An edge of a graph or a line without any tag is classed by its number, else unclassified.
    """
    tag = of_words(raw, "highway", lambda word: _position(class_of_tag(word)), none=-1)
    numbers, refs = _numbers(raw)
    of_ref = [_position(_highest(map(class_of_number, ref.split(";")))) for ref in refs]
    by_number = np.array([*of_ref, -1])[numbers]
    tag[untagged(raw)] = POSITION[RoadClass.UNCLASSIFIED]
    decided = (tag >= 0) & (tag != RAMP) & (by_number >= 0)
    road_class = np.where(decided, by_number, tag)
    ferry = of_words(raw, "route", lambda word: int(word.strip().lower() == "ferry"), none=0)
    road_class[ferry == 1] = FERRY
    return road_class.astype(np.int8), numbers, refs


def untagged(raw: RawRoads) -> NDArray[np.bool_]:
    """Which ways of a graph or of lines say nothing of what they are; in OpenStreetMap such a way is no road."""
    silent: NDArray[np.bool_] = of_words(raw, "highway", lambda _: 1, none=0) == 0
    return silent if raw.kind in UNTAGGED else np.zeros_like(silent)


def _position(found: RoadClass | None) -> int:
    return -1 if found is None else POSITION[found]


def _numbers(raw: RawRoads) -> tuple[Codes, tuple[str, ...]]:
    """Number of each way as a position in the list of all, ascending; -1 for none."""
    words = raw.tags["ref"].words if "ref" in raw.tags else ()
    refs = tuple(sorted({";".join(normal_ref(word)) for word in words} - {""}))
    at = {"": -1} | {ref: position for position, ref in enumerate(refs)}
    return of_words(raw, "ref", lambda word: at[";".join(normal_ref(word))], none=-1), refs
