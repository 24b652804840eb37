"""The frozen classes of a region. Plain data: no files, no tables."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from chargegeo.errors import Fault, RegionFault


@dataclass(frozen=True)
class Condition:
    """One condition on one fact: a word out of ``one_of``, or a number ``at_least`` or ``at_most``.

    An unknown fact gives the answer unknown, unless ``unknown_passes``.
    """

    fact: str
    one_of: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    unknown_passes: bool = False


@dataclass(frozen=True)
class Rung:
    """One rung of a ladder: its conditions hold beside those of every rung below.

    ``source`` says by language where the values come from; ``confirmed`` is false where no public source for
    them was read.
    """

    id: str
    conditions: tuple[Condition, ...]
    source: Mapping[str, str]
    confirmed: bool = True


@dataclass(frozen=True)
class Rule:
    """A ladder of rungs, from the weakest to the strongest, and the rung that is reported first.

    ``upon`` names the rule that a branch stands upon: it shares the rungs of that rule up to one of them and adds
    its own, which are no rungs of the other.
    """

    id: str
    version: str
    unit: str
    headline: str
    rungs: tuple[Rung, ...]
    upon: str | None = None

    def conditions(self) -> tuple[tuple[int, Condition], ...]:
        """Every condition with the index of its rung, from the bottom up."""
        return tuple((i, condition) for i, rung in enumerate(self.rungs) for condition in rung.conditions)

    def with_threshold(self, rung_id: str, fact: str, value: float) -> "Rule":
        """A new rule in which one number of one rung is another.

        Raises
        ------
        chargegeo.errors.RegionFault
            No such rung, or no number for this fact in it; the thresholds there are get listed.
        """
        numbers = [f"{rung.id}.{c.fact}" for rung in self.rungs for c in rung.conditions if not c.one_of]
        if f"{rung_id}.{fact}" not in numbers:
            detail = f"no such threshold in {self.id}; known: {', '.join(numbers)}"
            raise RegionFault(Fault("region_broken", value=f"{rung_id}.{fact}", params={"detail": detail}))
        rungs = tuple(_with_threshold(r, fact, value) if r.id == rung_id else r for r in self.rungs)
        return replace(self, rungs=rungs)


def _with_threshold(rung: Rung, fact: str, value: float) -> Rung:
    def change(condition: Condition) -> Condition:
        if condition.fact != fact or condition.one_of:
            return condition
        if condition.at_least is None:
            return replace(condition, at_most=float(value))
        return replace(condition, at_least=float(value))

    return replace(rung, conditions=tuple(map(change, rung.conditions)))


@dataclass(frozen=True)
class Zone:
    """A functional zone: the county it is reported with, and how sure that is."""

    host: str
    confirmed: bool
    note: str


@dataclass(frozen=True)
class CountyChange:
    """A county that has another code since ``year``: renamed, made a city or a district, or merged."""

    code: str
    name: str
    new_code: str
    new_name: str
    year: int
    source: str


@dataclass(frozen=True)
class Published:
    """A published figure, as published.

    ``qualifier`` is exact, rounded, at_least or more_than; ``date`` is the day it is for, null where none is
    stated.
    """

    id: str
    value: float
    unit: str
    scope: str
    date: dt.date | None
    qualifier: str
    source: str


@dataclass(frozen=True)
class Limits:
    """Values beyond which a record is wrong: kW, decimals of a degree, a day, metres."""

    power_kw_min: float
    power_kw_max: float
    coordinate_decimals_min: int
    date_min: dt.date
    same_site_m: float


@dataclass(frozen=True)
class Roads:
    """How roads are driven here.

    ``speed_kmh`` by road class holds where the map gives none (km/h); ``speed_range_kmh`` bounds what a map may
    give; ``access_kmh`` is the speed on the way from a place to the nearest road; ``snap_m`` is the longest such
    way by purpose (m); ferries are left out unless ``ferry_kmh`` and ``ferry_wait_minutes`` are given;
    ``drive_side`` is right or left.
    """

    speed_kmh: Mapping[str, float]
    speed_range_kmh: tuple[float, float]
    access_kmh: float
    snap_m: Mapping[str, float]
    ferry_kmh: float | None
    ferry_wait_minutes: float | None
    drive_side: str
    note: str


@dataclass(frozen=True)
class Region:
    """A place and everything that is particular to it.

    ``bounds`` is west, south, east, north in degrees; ``expected`` holds the counts of a complete list
    (``headline``, ``townships``, ``counties``, ``zones``); powers are in kW; ``county_credit`` is the
    line that stands on maps, by language; ``source`` and ``county_source``
    say where divisions and county polygons come from and what to mind.
    """

    id: str
    name: str
    name_en: str
    bounds: tuple[float, float, float, float]
    crs_storage: str
    crs_measure: str
    crs_official: str
    headline_kinds: tuple[str, ...]
    expected: Mapping[str, int]
    limits: Limits
    ultra_kw: float
    high_power_kw: float
    ultra_note: str
    zones: Mapping[str, Zone]
    county_changes: tuple[CountyChange, ...]
    rules: Mapping[str, Rule]
    roads: Roads
    published: tuple[Published, ...]
    source: str
    county_credit: Mapping[str, str]
    county_source: str
    divisions_file: Path | None
    county_variant: str | None
