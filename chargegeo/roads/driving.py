"""What a car makes of each way: whether, in which direction and how fast it may be driven."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import datum
from chargegeo.errors import Fault, Finding
from chargegeo.roads.classing import FERRY, classify, of_words, untagged
from chargegeo.vocab import RoadClass, Severity

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from chargegeo import region
    from chargegeo.sources.ways.raw import RawRoads

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

KMH_A_MPH = 1.609344
# the key that names the car most closely decides, and a word in neither list says nothing
_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_OPEN = {"yes", "permissive", "designated", "official", "public", "destination", "customers", "toll"}
_CLOSED = {
    "no", "private", "agricultural", "forestry", "agricultural;forestry", "military", "emergency", "bus", "psv",
    "delivery", "residents", "permit", "restricted", "discouraged", "foot", "bicycle", "none",
}  # fmt: skip
# what stops a car by its build; all other barriers (gates, booths, kerbs, unknown words) pass unless closed by tag
_STOPS = {
    "bollard", "block", "jersey_barrier", "debris", "chain", "log", "stile", "turnstile", "kissing_gate",
    "cycle_barrier", "motorcycle_barrier", "full-height_turnstile", "horse_stile", "bus_trap", "planter", "wall",
    "fence", "hedge", "ditch", "guard_rail", "tank_trap", "rope", "retaining_wall", "city_wall", "bar",
}  # fmt: skip
_ONE_WAY = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1, "no": 0, "false": 0, "0": 0}
_CHANGING = {"reversible", "alternating"}
_UNSAID, _REVERSIBLE, _UNKNOWN = 2, 3, 4
LONGEST_KM = 200
"""A piece between two vertices that is longer is no road; the longest bridge on earth has 165 km, with bends."""
_SPEED = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(km/h|kmh|kph|mph)?")


@dataclass(frozen=True, eq=False)
class Ways:
    """Per way (w): class (-1 where it is left out), number, direction as drawn, speed, and waiting time.

    ``direction`` is 1 or -1 where only one may be driven, 0 for both; ``kmh`` the speed, ``imputed`` where it
    comes from the table of defaults; ``wait`` minutes once a way.
    """

    road_class: Ints
    ref: Ints
    direction: Ints
    kmh: Floats
    imputed: Bools
    wait: Floats
    refs: tuple[str, ...]


def judge(raw: RawRoads, rules: region.Roads) -> tuple[Ways, list[Finding], dict[str, int]]:
    """All ways as a car sees them, what was repaired or left out, and how many ways were left out and why."""
    road_class, ref, refs = classify(raw)
    oneway, odd_words = _oneway(raw)
    out = _left_out(raw, road_class, oneway, rules)
    ferry = road_class == FERRY
    bare = untagged(raw) & (ref < 0)
    findings = [
        *_ferries(raw, ferry, out), *_counted(raw, "roads_reversible", out["reversible"]),
        *_counted(raw, "roads_without_class", bare),
    ]  # fmt: skip
    for left in out.values():
        road_class = np.where(left, -1, road_class).astype(np.int8)
    kmh, imputed, odd = _speeds(raw, road_class, rules)
    driven = (road_class >= 0) & (road_class != FERRY)
    findings += [*_unknown_directions(raw, odd_words & driven), *_long(raw, driven)]
    wait = np.where(ferry, rules.ferry_wait_minutes or 0.0, 0.0)
    ways = Ways(road_class, ref, oneway, kmh, imputed, wait, refs)
    return ways, [*findings, *odd], {name: int(left.sum()) for name, left in out.items()}


def _left_out(
    raw: RawRoads, road_class: Ints, oneway: Ints, rules: region.Roads
) -> dict[str, NDArray[np.bool_]]:
    """Ways that are not driven, by reason; each under the first that fits."""
    ferry = road_class == FERRY
    reasons = {
        "no_road": road_class < 0,
        "area": of_words(raw, "area", lambda word: int(word == "yes"), none=0) == 1,
        "ferry": ferry if rules.ferry_kmh is None or rules.ferry_wait_minutes is None else ferry & False,
        "closed": _access(raw) == 0,
        "reversible": oneway == _REVERSIBLE,
    }
    taken = np.zeros(len(road_class), dtype=bool)
    for name, left in reasons.items():
        reasons[name] = left & ~taken
        taken |= left
    return reasons


def _oneway(raw: RawRoads) -> tuple[NDArray[np.int8], Bools]:
    """Direction of each way: stated, or implied by a roundabout or a motorway; and where the text is unknown."""
    stated = of_words(raw, "oneway", _oneway_word, none=_UNSAID)
    round_ = of_words(raw, "junction", lambda word: int(word in ("roundabout", "circular")), none=0)
    motorway = of_words(raw, "highway", lambda word: int(word == "motorway"), none=0)
    unknown = stated == _UNKNOWN
    implied = unknown | (stated == _UNSAID)
    return np.where(implied, (round_ | motorway) == 1, stated).astype(np.int8), unknown


def _oneway_word(word: str) -> int:
    word = word.strip().casefold()
    return _REVERSIBLE if word in _CHANGING else _ONE_WAY.get(word, _UNKNOWN if word else _UNSAID)


def _unknown_directions(raw: RawRoads, ways: Bools) -> Iterator[Finding]:
    """A warning for each text of a direction that means nothing here."""
    if "oneway" not in raw.tags:
        return
    tag, at = raw.tags["oneway"], np.flatnonzero(ways)
    _, first, count = np.unique(tag.codes[at], return_index=True, return_counts=True)
    for way, n in zip(at[first], count.tolist(), strict=True):
        fault = Fault(
            "road_oneway_unknown", file=raw.file, column="oneway", feature=int(raw.way_id[way]),
            value=tag.words[tag.codes[way]], params={"n": n},
        )  # fmt: skip
        yield Finding(Severity.WARNING, fault, n_rows=n)


def _long(raw: RawRoads, ways: Bools) -> Iterator[Finding]:
    """A warning if vertices that follow each other in these ways lie too far apart to be of one road."""
    a, b = raw.nodes[:-1], raw.nodes[1:]
    # two places less than a degree apart on both axes are nearer than 160 km
    far = (np.abs(raw.lon[a] - raw.lon[b]) > 1) | (np.abs(raw.lat[a] - raw.lat[b]) > 1)
    at = np.flatnonzero(far & (a >= 0) & (b >= 0))
    way = np.searchsorted(raw.start, at, side="right") - 1
    within = (at + 1 < raw.start[way + 1]) & ways[way]
    a, b, way = a[at[within]], b[at[within]], way[within]
    metres = datum.metres_between(raw.lon[a], raw.lat[a], raw.lon[b], raw.lat[b])
    found = metres > LONGEST_KM * 1000
    n = int(found.sum())
    if n:
        first = int(raw.way_id[way[found][0]])
        params = {"n": n, "km": LONGEST_KM, "longest": round(float(metres.max()) / 1000)}
        yield Finding(
            Severity.WARNING, Fault("roads_long", file=raw.file, feature=first, params=params), n_rows=n
        )


def _access_word(word: str) -> int:
    """1 open, 0 closed, -1 says nothing; of several words one that opens is enough."""
    parts = {part.strip() for part in word.lower().split(";")}
    return 1 if parts & _OPEN else 0 if parts & _CLOSED else -1


def _access(raw: RawRoads) -> Ints:
    """1 open, 0 closed, -1 nothing said: by the closest key that says something."""
    found = np.full(len(raw.way_id), -1, dtype=np.int32)
    for key in _KEYS:
        found = np.where(found < 0, of_words(raw, key, _access_word, none=-1), found)
    return found


def blocked_nodes(raw: RawRoads) -> Bools:
    """Nodes (n) with a barrier that stops a car.

    One that stops by its build passes only if a key of vehicles opens it (``access=yes`` of a bollard speaks of
    people); any other stops only if the closest key closes it.
    """
    blocked = np.zeros(len(raw.node_id), dtype=bool)
    if "barrier" not in raw.node_tags:
        return blocked
    at, words = raw.node_tags["barrier"]
    solid = np.zeros(len(blocked), dtype=bool)
    solid[at] = np.array([word.strip().lower() in _STOPS for word in words], dtype=bool)
    by_vehicle, by_any = _node_access(raw, _KEYS[:-1]), _node_access(raw, _KEYS)
    blocked[at] = True
    blocked &= np.where(solid, by_vehicle != 1, by_any == 0)
    return blocked


def _node_access(raw: RawRoads, keys: tuple[str, ...]) -> NDArray[np.int8]:
    found = np.full(len(raw.node_id), -1, dtype=np.int8)
    for key in reversed(keys):
        if key in raw.node_tags:
            at, words = raw.node_tags[key]
            said = np.array([_access_word(word) for word in words], dtype=np.int8)
            found[at[said >= 0]] = said[said >= 0]
    return found


def _ferries(raw: RawRoads, ferry: Bools, out: dict[str, Bools]) -> Iterator[Finding]:
    yield from _counted(raw, "roads_ferries_out", out["ferry"])
    yield from _counted(raw, "roads_ferries_in", ferry & ~np.logical_or.reduce(list(out.values())))


def _counted(raw: RawRoads, code: str, ways: Bools) -> Iterator[Finding]:
    """One warning for all these ways, naming the first."""
    n = int(ways.sum())
    if n:
        first = int(raw.way_id[int(np.argmax(ways))])
        yield Finding(Severity.WARNING, Fault(code, file=raw.file, feature=first, params={"n": n}), n_rows=n)


def _speeds(raw: RawRoads, road_class: Ints, rules: region.Roads) -> tuple[Floats, Bools, list[Finding]]:
    """Speed of each way, whether it is the default of its class, and a repair for each odd text."""
    table = {**rules.speed_kmh, RoadClass.FERRY: rules.ferry_kmh or np.nan}
    default = np.array([*(table[word] for word in RoadClass), np.nan])[road_class]
    if "maxspeed" not in raw.tags:
        return default, np.ones(len(default), dtype=bool), []
    tag = raw.tags["maxspeed"]
    parsed = [speed(word, rules.speed_range_kmh) for word in tag.words]
    given = np.array([*(kmh for kmh, _ in parsed), np.nan])[tag.codes]
    given[road_class == FERRY] = np.nan
    kmh = np.where(np.isnan(given), default, given)
    odd = np.array([*(code is not None for _, code in parsed), False])[tag.codes]
    ways = np.flatnonzero(odd & (road_class >= 0) & (road_class != FERRY))
    _, first, count = np.unique(tag.codes[ways], return_index=True, return_counts=True)
    findings = []
    for way, n in zip(ways[first], count, strict=True):
        word = tag.codes[way]
        code, new = parsed[word][1] or "", round(float(kmh[way]), 3)
        fault = Fault(
            code, file=raw.file, column="maxspeed", feature=int(raw.way_id[way]), value=tag.words[word],
            params={"new": new, "n": int(n)},
        )  # fmt: skip
        findings.append(Finding(Severity.REPAIR, fault, new, int(n)))
    return kmh, np.isnan(given), findings


def speed(word: str, bounds: tuple[float, float]) -> tuple[float, str | None]:
    """Speed of a text in km/h (NaN: none that can be used), and the code of the repair (None: nothing odd)."""
    text = unicodedata.normalize("NFKC", word).strip().lower()
    if not text:
        return np.nan, None
    found = [_SPEED.fullmatch(part.strip()) for part in text.split(";")]
    kmh = min((float(hit[1]) * (KMH_A_MPH if hit[2] == "mph" else 1) for hit in found if hit), default=np.nan)
    if None in found or not bounds[0] <= kmh <= bounds[1]:
        return np.nan, "road_speed_unusable"
    if len(found) > 1:
        return kmh, "road_speed_several"
    return kmh, "road_speed_unit" if text.endswith("mph") else None
