"""From files to tables."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import clean, coverage, gaps, labels, schema
from chargegeo import region as regions
from chargegeo.clean.result import repairs
from chargegeo.errors import ContractFault, Fault
from chargegeo.labels import rules as rule_words
from chargegeo.study import programmes, travel
from chargegeo.study.config import region_of, rules_of
from chargegeo.study.reading import read
from chargegeo.vocab import Boundary, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.clean import Cleaned
    from chargegeo.errors import Finding
    from chargegeo.region import Region, Rule
    from chargegeo.study.config import Study
    from chargegeo.study.programmes import Judged

    Step = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Register:
    """Stations as cleaned, the unit of each, and the units that rows set aside name."""

    stations: Cleaned
    placed: pd.Series
    set_aside: pd.Series


@dataclass(frozen=True)
class Results:
    """Everything a study found. Tables keep their contracts; ``counts`` are the sums that must agree.

    The first of ``rules`` is the one that is reported first; ``judged`` is the year's target, whose tables are among
    the ``tables``; ``register`` and ``by_road`` are what scenarios start from, null in
    results opened from a folder.
    """

    study: Study
    region: Region
    rules: tuple[Rule, ...]
    counties: gpd.GeoDataFrame | None
    tables: Mapping[str, Any]
    findings: tuple[Finding, ...]
    counts: Mapping[str, Any]
    caption: schema.Caption
    register: Register | None = None
    by_road: travel.ByRoad | None = None
    judged: Judged | None = None

    @property
    def rule(self) -> Rule:
        """The rule that is reported first."""
        return self.rules[0]


def silent(_name: str) -> AbstractContextManager[object]:
    """A step that is told to nobody."""
    return nullcontext()


def solve(study: Study, *, step: Step = silent) -> Results:
    """Read, clean, place, judge and rank; nothing is written.

    Parameters
    ----------
    study
        As read by :func:`chargegeo.study.load`.
    step
        Called with the name of each step, opened as a context around it (progress, timing).

    Raises
    ------
    InputError, StudyFault, RegionFault
        If a file or the study cannot be used.
    """
    region = region_of(study)
    rules = rules_of(study, region)
    rule = rules[0]
    with step("units"):
        counties = _counties(study, region)
        units = _units(study, region, counties)
    with step("stations"):
        stations, placed = _stations(study, region, units.table)
    findings = [*units.findings, *stations.findings]
    by_road = (
        None
        if study.roads is None
        else travel.by_road(study, region, rules, units.table, stations, placed, step)
    )
    if by_road is not None:
        findings += by_road.findings
    with step("coverage"):
        minutes = None if by_road is None else by_road.seat_minutes
        verdicts, rollup = _verdicts(units.table, stations, region, rules, placed, minutes)
    with step("gaps"):
        reach = None if by_road is None else by_road.tables["reach"]
        ranked = gaps.rank(
            units.table, verdicts["coverage"], stations.table, stations.piles, region, rule, reach=reach
        )
    judged = _judged(study, units.table, verdicts["coverage"], region, step)
    if judged is not None:
        findings += judged.findings
    tables = {
        "units": units.table,
        "stations": stations.table,
        "piles": stations.piles,
        **verdicts,
        "gaps": ranked,
        "rollup": rollup,
        **({} if by_road is None else by_road.tables),
        **({} if judged is None else judged.tables),
        "repairs": _stacked([units.repairs, stations.repairs, *_repairs(judged)], "repairs"),
        "quarantine": _stacked([units.quarantine, stations.quarantine], "quarantine"),
        "quality": clean.quality(stations),
        "same_site": clean.same_site(stations.table, region),
        "disagreements": _disagreements(stations, units.table, region),
        **_equity(units.table, stations, placed),
    }
    counts = _counts(units, stations, placed, verdicts["coverage"], region)
    if by_road is not None:
        counts["roads"] = dict(by_road.about)
    return Results(
        study,
        region,
        rules,
        counties,
        tables,
        tuple(findings),
        counts,
        caption_of(study, region, rule, units.table),
        Register(stations, placed, _doubt(stations.quarantine)),
        by_road,
        judged,
    )


def _judged(
    study: Study, units: gpd.GeoDataFrame, verdict: pd.DataFrame, region: Region, step: Step
) -> Judged | None:
    """The year's target; the cities of the study stand in for units that its file does not name."""
    if study.targets is None:
        return None
    with step("targets"):
        cities = programmes.cities(units, verdict, region.headline_kinds)
        return programmes.judge(study.targets.file, units=cities)


def _repairs(judged: Judged | None) -> list[pd.DataFrame]:
    return [] if judged is None else [repairs(judged.findings)]


def _verdicts(
    units: gpd.GeoDataFrame,
    stations: Cleaned,
    region: Region,
    rules: tuple[Rule, ...],
    placed: pd.Series,
    seat_minutes: NDArray[np.float64] | None,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The verdict of each rule by name of its table, and the shares of all; a branch adds its own rungs only."""
    doubt = _doubt(stations.quarantine)
    verdicts: dict[str, pd.DataFrame] = {}
    shares = []
    for rule in rules:
        name = table_of(rule, rules)
        if name == "county_coverage":
            if units["county_code"].notna().any():
                verdicts[name], share = _by_county(units, stations, region, rule, placed, doubt)
                shares.append(share)
            continue
        verdicts[name] = coverage.by_unit(
            units, stations.table, stations.piles, region, rule, placed=placed, set_aside=doubt,
            seat_minutes=seat_minutes,
        )  # fmt: skip
        share = coverage.roll_up(units, verdicts[name], region, rule)
        known = {rung.id for rung in rules[0].rungs} if rule.upon else set()
        shares.append(share[~share["rung"].isin(known)])
    return verdicts, _stacked(shares, "rollup")


def table_of(rule: Rule, rules: tuple[Rule, ...]) -> str:
    """Name of the table that holds the verdict of a rule of a study."""
    if rule == rules[0]:
        return "coverage"
    return "road_coverage" if rule.upon else "county_coverage"


def _counties(study: Study, region: Region) -> gpd.GeoDataFrame | None:
    own = study.units.counties
    if own is not None:
        return clean.counties(read(own, study), region, datum=own.datum, mapping=own.columns or None)
    return regions.counties(region) if region.county_variant else None


def _units(study: Study, region: Region, counties: gpd.GeoDataFrame | None) -> Cleaned:
    section = study.units
    raw, mapping = read(section, study), section.columns or None
    if section.mode == "polygons":
        return clean.units(
            raw, region, kind=section.kind, mapping=mapping, consent=section.consent,
            synthetic=study.study.synthetic, datum=section.datum,
        )  # fmt: skip
    cut_from = regions.counties(region) if counties is None else counties
    return clean.units_from_seats(
        raw, region, datum=section.datum, counties=cut_from, kind=section.kind, mapping=mapping
    )


def _stations(study: Study, region: Region, units: gpd.GeoDataFrame) -> tuple[Cleaned, pd.Series]:
    section = study.stations
    defaults = {name: str(word) for name, word in section.defaults.model_dump().items() if word is not None}
    raw = read(section, study)
    found = clean.stations(
        raw, region, datum=section.datum, units=units, mapping=section.columns or None,
        defaults=defaults or None,
        pile_list=raw.parts.get("piles") if study.piles is None else read(study.piles, study),
    )  # fmt: skip
    return found, coverage.place(found.table, units, by=section.placing)


def _disagreements(stations: Cleaned, units: gpd.GeoDataFrame, region: Region) -> pd.DataFrame:
    """Stations that state another unit than the one they lie in, whichever of the two the study believes."""
    lies = coverage.place(stations.table, units)
    return schema.conform(clean.cross_check(stations.table, units, lies, region=region), "disagreements")


def _equity(units: gpd.GeoDataFrame, stations: Cleaned, placed: pd.Series) -> dict[str, pd.DataFrame]:
    """How evenly public piles in service fall on people; nothing where nobody's number is known."""
    if not (units["population"] > 0).any():
        return {}
    supply = coverage.supply(units, stations.table, stations.piles, placed=placed)
    return {"lorenz": coverage.lorenz(units, supply), "inequality": coverage.inequality(units, supply)}


def _doubt(quarantine: pd.DataFrame) -> pd.Series:
    """Units that rows set aside name; a repeated id stands for a station that is already counted."""
    return quarantine.loc[~_repeated(quarantine), "unit_code"]


def _repeated(quarantine: pd.DataFrame) -> pd.Series:
    """Whether a row was set aside because its id stands in an earlier row."""
    return quarantine["problem"].str.contains(r"(?:^|;)duplicate_id(?:;|$)", regex=True).astype(bool)


def _by_county(
    units: gpd.GeoDataFrame,
    stations: Cleaned,
    region: Region,
    rule: Rule,
    placed: pd.Series,
    doubt: pd.Series,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The county rule: a station counts in the county of the unit it lies in."""
    county = units.set_index("unit_code")["county_code"].to_dict()
    county |= {code: zone.host for code, zone in region.zones.items()}
    counties = coverage.county_units(units)
    verdict = coverage.by_unit(
        counties, stations.table, stations.piles, region, rule,
        placed=placed.astype("str").map(county), set_aside=doubt.map(lambda code: county.get(code, code)),
    )  # fmt: skip
    return verdict, coverage.roll_up(counties, verdict, region, rule)


def _stacked(frames: list[pd.DataFrame], table: str) -> pd.DataFrame:
    import pandas as pd

    filled = [frame for frame in frames if len(frame)]
    return schema.conform(pd.concat(filled, ignore_index=True), table) if filled else schema.empty(table)


def _counts(
    units: Cleaned, stations: Cleaned, placed: pd.Series, verdict: pd.DataFrame, region: Region
) -> dict[str, Any]:
    """Sums of the run; piles must reconcile (rows did in the cleaner).

    Raises
    ------
    ContractFault
        If a pile was lost on the way: a bug of ours.
    """
    table, piles, aside = stations.table, stations.piles, stations.quarantine
    owner = dict(zip(table["station_id"], placed.notna(), strict=True))
    inside = piles["station_id"].map(owner).astype(bool)
    repeated = _repeated(aside)
    found = {
        "read": stations.piles_in,
        "in_units": int(verdict["n_piles"].sum()),
        "in_no_unit": int(piles.loc[~inside, "n_piles"].sum()),
        "set_aside": int(aside.loc[~repeated, "n_piles"].sum()),
        "in_repeated_rows": int(aside.loc[repeated, "n_piles"].sum()),
    }
    if found["read"] != sum(found.values()) - found["read"]:
        raise ContractFault(Fault("piles_lost", params=found))
    return {
        "units": {"rows": units.rows, "units": len(units.table), "set_aside": len(units.quarantine)},
        "stations": {
            "rows": stations.rows, "accepted": len(table), "set_aside": stations.rows - len(table),
            "in_units": int(placed.notna().sum()), "in_no_unit": int(placed.isna().sum()),
            "pile_count_unknown": int(table["n_piles"].isna().sum()),
        },
        "piles": found,
        "states": {str(state): int(n) for state, n in verdict["state"].value_counts().sort_index().items()},
        "ultra_fast": _ultra_fast(piles, region),
        "published": _published(table, piles, region),
    }  # fmt: skip


def _ultra_fast(piles: pd.DataFrame, region: Region) -> dict[str, Any]:
    """Ultra-fast and high-power piles, numerator and denominator, with the piles of unknown power beside."""
    n, power = piles["n_piles"], piles["power_kw"]
    return {
        "threshold_kw": region.ultra_kw,
        "high_power_kw": region.high_power_kw,
        "n_ultra_fast": int(n[power >= region.ultra_kw].sum()),
        "n_high_power": int(n[power >= region.high_power_kw].sum()),
        "n_power_known": int(n[power.notna()].sum()),
        "n_power_unknown": int(n[power.isna()].sum()),
    }


def _published(stations: gpd.GeoDataFrame, piles: pd.DataFrame, region: Region) -> list[dict[str, Any]]:
    """Published figures that a register can answer, beside what this register says."""
    scene = dict(zip(stations["station_id"], stations["scene"], strict=True))
    at = piles["station_id"].map(scene)
    fast = piles["power_kw"] >= region.ultra_kw

    def bays(word: Scene) -> int:
        return int(stations.loc[stations["scene"] == word, "n_bays"].sum())

    road, trunk = Scene.EXPRESSWAY, Scene.ORDINARY_ROAD
    found = {
        "expressway_piles": int(piles.loc[at == road, "n_piles"].sum()),
        "expressway_bays": bays(road),
        "expressway_ultra_piles": int(piles.loc[(at == road) & fast, "n_piles"].sum()),
        "ordinary_facilities": int((stations["scene"] == trunk).sum()),
        "ordinary_piles": int(piles.loc[at == trunk, "n_piles"].sum()),
        "ordinary_bays": bays(trunk),
    }
    return [
        {"id": item.id, "counts": item.unit, "published": item.value, "register": found[item.id],
         "date": None if item.date is None else item.date.isoformat(), "source": item.source}
        for item in region.published if item.id in found
    ]  # fmt: skip


def caption_of(study: Study, region: Region, rule: Rule, units: gpd.GeoDataFrame) -> schema.Caption:
    """What stands on every output of a study."""
    about, lang = study.study, study.study.lang
    headline = units["town_kind"].isin(region.headline_kinds)
    if not headline.any():
        headline = units["unit_code"].notna()
    in_zones = int(units["zone_code"].notna().sum())
    credit = region.county_credit.get(lang, "") if study.units.counties is None else ""
    places = [study.stations.source or study.stations.file.name, study.units.source or study.units.file.name]
    stated = study.stations.datum
    return schema.Caption(
        title=about.title,
        author=about.author,
        date=about.date.isoformat(),
        source=labels.text(
            "study.source", lang, stations=places[0], units=places[1], counties=credit
        ),
        datum=labels.text(
            "study.datum" if stated else "study.datum_by_row", lang, datum=labels.word("datum", stated, lang)
        ),
        definition=rule_words.rule_text(rule, lang),
        denominator=labels.text(
            "study.denominator" if in_zones else "study.denominator_plain", lang, headline=int(headline.sum()),
            kinds=labels.text("study.and", lang).join(
                labels.word("townkind", kind, lang) for kind in region.headline_kinds
            ) if units["town_kind"].notna().any() else labels.word("unitkind", study.units.kind, lang),
            total=len(units), zones=in_zones,
        ),
        approval_no=about.approval_no,
        synthetic=about.synthetic,
        approximate=bool((units["boundary"] == Boundary.APPROXIMATE).any()),
        lang=lang,
    )  # fmt: skip
