"""The study file."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from chargegeo import region as regions
from chargegeo.errors import Fault, StudyFault
from chargegeo.sources.settings import Section, read
from chargegeo.vocab import Access, BaseMap, Current, Datum, Status, UnitKind

if TYPE_CHECKING:
    from chargegeo.region import Region, Rule


class _Features(Section):
    """A file and how to read it; ``columns`` is the saved mapping from our column to the file's header."""

    file: Path
    layer: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)


class _File(_Features):
    """A file that may be a workbook."""

    sheet: str | None = None


class About(Section):
    """What the outputs say of the study."""

    title: str
    author: str = ""
    date: dt.date
    region: str = "henan"
    lang: Literal["zh", "en"] = "zh"
    approval_no: str | None = None
    synthetic: bool = False


class Counties(_File):
    """County polygons of the user's own; without them those of the region are taken."""

    datum: Datum | None = None


class Units(_File):
    """Boundaries, or seats to make approximate ones from."""

    mode: Literal["polygons", "seats"] = "polygons"
    kind: UnitKind = UnitKind.TOWNSHIP
    datum: Datum | None = None
    consent: bool = False
    source: str = ""
    counties: Counties | None = None


class Defaults(Section):
    """What is true of every row that does not say otherwise; listed in the repairs."""

    access: Access | None = None
    status: Status | None = None
    current: Current | None = None


class Stations(_File):
    """The register."""

    datum: Datum | None = None
    placing: Literal["geometry", "code"] = "geometry"
    source: str = ""
    defaults: Defaults = Defaults()


class Roads(_Features):
    """Roads as a map holds them, or a network that ``chargegeo roads`` has saved.

    ``layer``, ``columns`` and ``crossings`` (which joins road lines where they cross without a common end point)
    speak of road lines, and are refused for any other file; ``minutes`` are the limits of the areas on the map, the
    longest of them that of what counts as within reach.
    """

    crossings: bool = False
    minutes: tuple[Annotated[float, Field(gt=0, le=1440)], ...] = Field(default=(15, 30), min_length=1)
    source: str = ""


class ServiceAreas(_File):
    """Service areas of expressways: a table with a row a side, or outlines to be paired."""

    mode: Literal["table", "outlines"] = "table"
    datum: Datum | None = None
    source: str = ""


class Traffic(_File):
    """Vehicles a day between cities or counties: ``from_code``, ``to_code``, ``flow``."""


class Vehicle(Section):
    """A vehicle of the study's own, by range or by battery; shares are of the full battery."""

    range_km: float | None = Field(default=None, gt=0)
    kwh: float | None = Field(default=None, gt=0)
    kwh_per_km: float | None = Field(default=None, gt=0)
    start: float = 1.0
    reserve: float = 0.1
    charge_to: float = 1.0


class Corridors(Section):
    """What is asked along the roads; without ``vehicles`` and ``rules`` the built-in ones are taken.

    ``between`` says between which places vehicles must get through; ``charts`` are the numbers of the roads that get
    a strip chart, by default the ten expressways with the longest gaps.
    """

    between: Literal["cities", "counties"] = "cities"
    detour_km: float = Field(default=3.0, gt=0)
    within_km: float = Field(default=50.0, gt=0)
    least_km: float = Field(default=5.0, gt=0)
    rules: tuple[str, ...] | None = None
    charts: tuple[str, ...] | None = None
    vehicles: dict[str, Vehicle] = Field(default_factory=dict)


class Targets(Section):
    """The year's target: the file of :func:`chargegeo.targets.load`."""

    file: Path


class Rules(Section):
    """Which rules, and thresholds that differ from the profile: ``"A3.power_kw" = 80``."""

    unit: str | None = None
    county: str | None = "county_station"
    headline: str | None = None
    thresholds: dict[str, float] = Field(default_factory=dict)
    ultra_kw: float | None = Field(default=None, gt=0)


class Map(Section):
    """The interactive map: which base map may be switched on. No key stands here or in any output."""

    base: BaseMap = BaseMap.NONE


class Study(Section):
    """A study: what is asked, of which files, under which rules."""

    study: About
    units: Units
    stations: Stations
    piles: _File | None = None
    roads: Roads | None = None
    service_areas: ServiceAreas | None = None
    traffic: Traffic | None = None
    corridors: Corridors = Corridors()
    targets: Targets | None = None
    rules: Rules = Rules()
    map: Map = Map()

    def files(self) -> list[Path]:
        """Every file the study reads, in the order of the study file."""
        sections = (
            self.units, self.units.counties, self.stations, self.piles, self.roads, self.service_areas,
            self.traffic, self.targets,
        )  # fmt: skip
        return [section.file for section in sections if section is not None]

    def shown(self, path: Path) -> str:
        """Name of an input in the results: without the folder of this machine that all inputs share."""
        paths = [_plain(item) for item in self.files()]
        if len({item.drive for item in paths}) > 1:
            return path.name
        shared = os.path.commonpath([item.parent for item in paths])
        return _plain(path).relative_to(shared).as_posix()


def _plain(path: Path) -> Path:
    """The absolute path without dots; links keep the name that the user gave them."""
    return Path(os.path.normpath(path.absolute()))


def load(path: str | Path) -> Study:
    """Read a study file; paths in it are relative to its folder.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        With every entry that is missing, unknown or of the wrong kind, and every section that nothing would read.
    """
    path = Path(path)
    study = read(path, Study)
    if study.roads is None and (idle := [key for key in _ALONG_ROADS if key in study.model_fields_set]):
        raise StudyFault(*(Fault("study_without_roads", file=str(path), value=f"[{key}]") for key in idle))
    return _beside(study, path.parent)


_ALONG_ROADS = ("service_areas", "traffic", "corridors")  # sections that say nothing without a road network
_FILES = ("units", "stations", "piles", "roads", "service_areas", "traffic", "targets")


def _beside(study: Study, folder: Path) -> Study:
    """The study with every path taken from the study file's folder."""

    def moved(section: Any) -> Any:
        if section is None:
            return None
        more = {"counties": moved(section.counties)} if isinstance(section, Units) else {}
        return section.model_copy(update={"file": folder / section.file, **more})

    return study.model_copy(update={name: moved(getattr(study, name)) for name in _FILES})


def region_of(study: Study) -> Region:
    """Region of a study, with the study's ultra-fast threshold."""
    from dataclasses import replace

    found = regions.load(study.study.region)
    kw = study.rules.ultra_kw
    return found if kw is None else replace(found, ultra_kw=kw)


def rules_of(study: Study, region: Region) -> tuple[Rule, ...]:
    """The rule of the units, then its branch by road where the study has roads, then the rule of the counties.

    All with the study's thresholds; the study's headline is that of the first.

    Raises
    ------
    StudyFault
        If a rule, a rung or a threshold is unknown, or a rule is for units of another kind; those that fit are listed.
    """
    from dataclasses import replace

    rule = _unit_rule(study, region)
    if study.rules.headline:
        rungs = [rung.id for rung in rule.rungs]
        if study.rules.headline not in rungs:
            raise _unknown("rules.headline", study.rules.headline, rungs)
        rule = replace(rule, headline=study.rules.headline)
    branches = [item for item in region.rules.values() if item.upon == rule.id and study.roads is not None]
    rules = (rule, *branches, *_county_rule(study, region))
    known = list(dict.fromkeys(name for item in rules for name in _thresholds(item)))
    for key, value in study.rules.thresholds.items():
        rung, _, fact = key.partition(".")
        if key not in known:
            raise _unknown("rules.thresholds", key, known)
        rules = tuple(
            item.with_threshold(rung, fact, value) if key in _thresholds(item) else item for item in rules
        )
    return rules


def _unit_rule(study: Study, region: Region) -> Rule:
    """Rule that the study names, else the region's first for units of this kind."""
    kind = study.units.kind
    fitting = [name for name, rule in region.rules.items() if rule.unit == kind and rule.upon is None]
    if not fitting:
        raise _unknown("units.kind", kind, sorted({rule.unit for rule in region.rules.values()}))
    name = study.rules.unit or fitting[0]
    if name not in fitting:
        raise _unknown("rules.unit", name, fitting)
    return region.rules[name]


def _county_rule(study: Study, region: Region) -> tuple[Rule, ...]:
    """Rule of the counties beside that of the units; a region may have none, but a name of one's own must exist."""
    if study.units.kind == UnitKind.COUNTY:
        return ()
    fitting = [name for name, rule in region.rules.items() if rule.unit == UnitKind.COUNTY]
    name = study.rules.county
    # results say every entry, those that nobody wrote too
    if name and name not in fitting and name != Rules().county:
        raise _unknown("rules.county", name, fitting)
    return (region.rules[name],) if name in fitting else ()


def _thresholds(rule: Rule) -> list[str]:
    return [f"{rung.id}.{item.fact}" for rung in rule.rungs for item in rung.conditions if not item.one_of]


def _unknown(key: str, value: str, known: list[str]) -> StudyFault:
    return StudyFault(Fault("entry_word", value=value, params={"key": key, "known": ", ".join(known)}))
