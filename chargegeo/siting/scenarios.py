"""The file of a scenario: TOML, JSON, or YAML without anything that runs."""

from __future__ import annotations

import json
import math
import tomllib
from copy import deepcopy
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from chargegeo.errors import Fault, StudyFault
from chargegeo.siting import sensible
from chargegeo.siting.inputs import Product
from chargegeo.siting.inputs import products as built_in
from chargegeo.siting.yamlfile import read_yaml
from chargegeo.sources import settings
from chargegeo.sources.settings import Section
from chargegeo.vocab import Current, Datum, SiteKind

LARGEST = 1_000_000  # bytes of a scenario file
FAIR = "fair"
MOST_VARIANTS = 10_000  # scenarios of a sweep
MOST = 10**6  # of anything that is counted: 20,000 are a year of a province
# bays of a site of which nothing is said: ours; twice those of a side of a service area of Henan (3,923 on 183 pairs)
BAYS = 24
Count = Annotated[int, Field(ge=0, le=MOST)]
Money = Annotated[float, Field(ge=0)]


class CandidateFile(Section):
    """A file of candidate sites: a table, a layer, or a map whose places are taken."""

    file: Path
    kind: Literal[SiteKind.TABLE, SiteKind.VILLAGE, SiteKind.PLACE] = SiteKind.TABLE
    datum: Datum | None = None
    sheet: str | None = None
    layer: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    places: tuple[Literal["parking", "service", "scenic", "residential"], ...] = (
        "parking", "service", "scenic", "residential",
    )  # fmt: skip


class Sites(Section):
    """Where piles may be built; bays and power are those of a site that does not say its own."""

    kinds: tuple[Literal[SiteKind.SEAT, SiteKind.STATION, SiteKind.SERVICE_AREA, SiteKind.JUNCTION], ...] = (
        SiteKind.SEAT,
        SiteKind.STATION,
        SiteKind.SERVICE_AREA,
    )
    files: tuple[CandidateFile, ...] = ()
    bays: Count | None = None
    grid_kw: Money | None = None


class Offer(Section):
    """A product: a built-in one with other values, or a new one; and how many piles of it."""

    kw: float | None = Field(default=None, gt=0)
    guns: int | None = Field(default=None, ge=1)
    bays: Count | None = None
    cost: Money | None = None
    current: Literal[Current.AC, Current.DC] | None = None
    least: Count | None = None
    most: Count | None = None


class Quotas(Section):
    """Piles by city and by county: stated by code, from a programme of the year's target, or split by shares."""

    city: dict[str, Count] | None = None
    county: dict[str, Count] | None = None
    target: Path | None = None
    shares: dict[str, Annotated[float, Field(gt=0)]] | None = None
    exact: bool = True


class Decided(Section):
    """Piles that are built in any case."""

    site: str
    product: str
    piles: int = Field(ge=1)


class Year(Section):
    """What is other in a year than in the whole scenario."""

    year: int = Field(ge=2000, le=2200)
    target_piles: Count
    budget: Money | None = None


class Scenario(Section):
    """A question for a plan, as its file asks it.

    Parameters
    ----------
    name
        What results call it.
    study
        Study file: what stands, whom to reach, by which roads and rules.
    year, years
        Year of the target; or several, each on top of the one before.
    target_piles, max_sites, max_piles_per_site, budget, least_distance_m
        Limits of the plan.
    must_cover
        ``all_townships``: a plan without one is none; ``as_many``: as many as can be, before people are counted;
        ``none``.
    cover, unknown, rung
        Which units must be covered: ``all`` or those of the ``headline``; whether units of unknown verdict count as
        gaps to ``close`` or are left; at which rung of the study's rule, by default its headline.
    minutes, km
        How far a site serves: by road, or in a straight line where the study has no roads.
    weight
        What the people of a unit are counted by.
    people_per_gun
        So many people a gun serves; ``fair``: as many as there are for each gun once the plan is built; 0: one
        pile within reach serves all.
    candidates, products, quotas, corridors, decided
        See their classes; a site of which neither bays nor ``max_piles_per_site`` say how much it holds has ``BAYS``;
        ``corridors`` are rules of the roads that the plan must meet where sites allow it.
    time_limit, gap
        Seconds of a plan, and the proved gap at which its search ends.
    sweep
        Values by key (``target_piles``, ``budget``, ``products.dc_120.most``): a scenario for each combination.
    """

    name: str = Field(min_length=1, max_length=200, coerce_numbers_to_str=True)
    study: Path | None = None
    year: int | None = Field(default=None, ge=2000, le=2200)
    target_piles: Count
    max_sites: Count | None = None
    max_piles_per_site: Count | None = None
    must_cover: Literal["all_townships", "as_many", "none"] = "as_many"
    cover: Literal["all", "headline"] = "all"
    unknown: Literal["leave", "close"] = "leave"
    rung: str | None = None
    minutes: float = Field(default=15, gt=0, le=1440)
    km: float = Field(default=10, gt=0)
    weight: Literal["population", "villages", "equal"] = "population"
    people_per_gun: Money | Literal["fair"] = "fair"
    budget: Money | None = None
    least_distance_m: float = Field(default=0, ge=0)
    candidates: Sites = Sites()
    products: dict[str, Offer] = Field(default_factory=dict)
    quotas: Quotas | None = None
    corridors: tuple[str, ...] = ()
    decided: tuple[Decided, ...] = ()
    years: tuple[Year, ...] = ()
    time_limit: float = Field(default=120, gt=0)
    gap: float = Field(default=0.01, ge=0)
    sweep: dict[str, tuple[Any, ...]] = Field(default_factory=dict)

    @property
    def bays_assumed(self) -> bool:
        """Whether nothing is said of how much a site holds: a plan would heap piles where it is cheapest."""
        return self.candidates.bays is None and self.max_piles_per_site is None

    @property
    def bays(self) -> int | None:
        """Bays for new piles of a site that does not say its own; none where nothing limits them."""
        return BAYS if self.bays_assumed else self.candidates.bays

    @property
    def sold(self) -> tuple[Product, ...]:
        """Products, the built-in ones first, in their order; those that a scenario allows none of are left out."""
        found = {item.name: item for item in built_in()}
        for name, offer in self.products.items():
            changed = offer.model_dump(exclude_none=True, exclude={"least", "most"})
            base = found[name].__dict__ if name in found else {"name": name}
            found[name] = Product(**{**base, **changed, "confirmed": False, "note": ""} if changed else base)
        return tuple(
            item for name, item in found.items() if name not in self.products or self.products[name].most != 0
        )


def scenario(path: str | Path) -> Scenario:
    """Read a scenario; paths in it are relative to its folder.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        With every entry that is missing, unknown or of the wrong kind.
    """
    path = Path(path)
    return beside(validated(_tree(path), str(path)), path.parent)


def validated(tree: Any, file: str) -> Scenario:
    """A scenario from what a file holds.

    Raises
    ------
    StudyFault
        With every entry that is missing, unknown or of the wrong kind.
    """
    if not isinstance(tree, dict):
        raise StudyFault(Fault("scenario_no_table", file=file))
    found = settings.validated(tree, Scenario, file)
    if wrong := [replace(fault, file=file) for fault in sensible.faults(found)]:
        raise StudyFault(*wrong)
    return found


def beside(given: Scenario, folder: Path) -> Scenario:
    """The scenario with every path taken from a folder."""

    def moved(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    sites = given.candidates
    files = tuple(item.model_copy(update={"file": moved(item.file)}) for item in sites.files)
    quotas = given.quotas
    if quotas is not None:
        quotas = quotas.model_copy(update={"target": moved(quotas.target)})
    return given.model_copy(update={
        "study": moved(given.study), "candidates": sites.model_copy(update={"files": files}), "quotas": quotas,
    })  # fmt: skip


def variants(given: Scenario) -> tuple[Scenario, ...]:
    """The scenarios of a sweep, one for each combination of its values; the scenario itself without a sweep.

    Raises
    ------
    StudyFault
        With every key that is none, and every value that cannot be.
    """
    if not given.sweep:
        return (given,)
    if (n := math.prod(map(len, given.sweep.values()))) > MOST_VARIANTS:
        raise StudyFault(
            Fault("scenario_sweep_large", column="sweep", params={"n": n, "most": MOST_VARIANTS})
        )
    base = given.model_dump(exclude={"sweep"}, exclude_unset=True)
    found = []
    for values in product(*given.sweep.values()):
        tree, chosen = deepcopy(base), dict(zip(given.sweep, values, strict=True))
        for key, value in chosen.items():
            _set(tree, key, value)
        tree["name"] = f"{given.name} {', '.join(f'{key} = {value}' for key, value in chosen.items())}"
        found.append(validated(tree, tree["name"]))
    if wrong := sorted({key for key in given.sweep if key.partition(".")[0] in ("name", "study", "sweep")}):
        raise StudyFault(*(_no_sweep(key) for key in wrong))
    if any(_paths(item) != _paths(given) for item in found):
        raise StudyFault(_no_sweep("candidates.files, quotas.target"))
    return tuple(found)


def _set(tree: dict[str, Any], key: str, value: Any) -> None:
    *above, last = key.split(".")
    for part in above:
        if tree.get(part) is None:
            tree[part] = {}
        tree = tree[part]
        if not isinstance(tree, dict):
            raise StudyFault(_no_sweep(key))
    tree[last] = value


def _no_sweep(key: str) -> Fault:
    return Fault("scenario_sweep_key", column=f"sweep.{key}", value=key)


def _paths(given: Scenario) -> tuple[object, ...]:
    """Files of a scenario, which all of a sweep have in common."""
    return given.candidates.files, None if given.quotas is None else given.quotas.target


def _tree(path: Path) -> Any:
    with settings.reading(path):
        if path.stat().st_size > LARGEST:
            raise StudyFault(Fault("scenario_large", file=str(path), params={"most": LARGEST}))
        text = path.read_bytes().decode("utf-8-sig")
        match path.suffix.lower():
            case ".toml":
                return tomllib.loads(text)
            case ".json":
                return json.loads(text, object_pairs_hook=_once(path), parse_constant=_no_constant)
            case ".yaml" | ".yml":
                return read_yaml(text, str(path))
    raise StudyFault(Fault("scenario_format", file=str(path), value=path.suffix))


def _once(path: Path) -> Any:
    """A JSON object, each key of which stands once."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise StudyFault(*(Fault("scenario_key_twice", file=str(path), value=key) for key in twice))
        return dict(items)

    return pairs


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number")
