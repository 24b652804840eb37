"""Rules along a road, held against every stretch and site in each direction."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chargegeo.vocab import RuleFact, Verdict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.corridors.paths import Corridor

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RoadRule:
    """A rule along a road.

    Parameters
    ----------
    kind
        ``"spacing"``: a site that meets the conditions at least every ``spacing_km``, in each direction.
        ``"site"``: every service area meets them.
    classes
        Classes of road that it is for.
    spacing_km, detour_km
        Longest stretch between two such sites, and how far from the road they may lie (km); null for site rules.
    total_kw, piles, pile_kw, guns, bay_share
        Conditions on a site, null where it has none: known power (kW), number of piles of at least ``pile_kw``,
        guns, charging bays by car bays.
    busy
        The conditions are asked only of sites of a higher utilisation than this share; null: of all.
    confirmed
        Whether a public source for the values was read.
    name, source
        By language.
    """

    id: str
    kind: str
    classes: tuple[str, ...]
    confirmed: bool
    name: Mapping[str, str]
    source: Mapping[str, str]
    spacing_km: float | None = None
    detour_km: float | None = None
    total_kw: float | None = None
    piles: int | None = None
    pile_kw: float | None = None
    guns: int | None = None
    bay_share: float | None = None
    busy: float | None = None


def rules() -> Mapping[str, RoadRule]:
    """The built-in rules by id, in the order of ``rules.toml``."""
    tree = tomllib.loads(files(__package__).joinpath("rules.toml").read_text("utf-8"))
    return MappingProxyType({key: _rule(key, entry) for key, entry in tree.items()})


def _rule(key: str, entry: dict[str, Any]) -> RoadRule:
    asked = dict(entry["conditions"])
    piles = asked.pop("piles", {})
    rest = {name: value for name, value in entry.items() if name not in ("conditions", "classes")}
    return RoadRule(
        key,
        classes=tuple(entry["classes"]),
        piles=piles.get("at_least"),
        pile_kw=piles.get("at_kw"),
        **asked,
        **rest,
    )


def judge(
    corridors: Sequence[Corridor], sites: pd.DataFrame, piles: pd.DataFrame, rules: Sequence[RoadRule]
) -> pd.DataFrame:
    """Hold rules against corridors.

    Parameters
    ----------
    sites
        Contract ``corridor_sites``.
    piles
        Groups of equal piles: ``site_id``, ``power_kw`` (NaN unknown), ``n_piles``.

    Returns
    -------
    Contract ``corridor_rules``: for a spacing rule a row for each stretch between sites that meet its conditions
    for certain, with what would mend it; for a site rule a row for each side of a service area.

    Notes
    -----
    A stretch that is too long is unknown, not failed, if a site whose piles, power or guns are not known would break
    it up. The stretches to the ends of a corridor count as they are; what lies beyond is not known here. A ring has no
    ends: without any site for certain it is not met however short it is (or unknown, if sites of unknown power
    would do all around it), and of ``have`` its length is said.
    """
    import pandas as pd

    from chargegeo import schema

    rows = []
    for rule in rules:
        grades = _grades(sites, piles, rule)
        by_corridor = {str(key): part for key, part in grades.groupby(sites["corridor_id"], sort=False)}
        for item in corridors:
            if item.road_class in rule.classes:
                at = by_corridor.get(item.id, grades.iloc[:0])
                told = _stretches(rule, item, at) if rule.kind == "spacing" else _sides(at)
                named = {
                    "rule": rule.id,
                    "corridor_id": item.id,
                    "ref": item.ref,
                    "direction": str(item.direction),
                }
                rows += [{**named, **row} for row in told]
    return schema.conform(pd.DataFrame(rows), "corridor_rules") if rows else schema.empty("corridor_rules")


def _grades(sites: pd.DataFrame, piles: pd.DataFrame, rule: RoadRule) -> pd.DataFrame:
    """Verdict of each site alone: position, whether a side, verdict, and the first condition that fails it."""
    import numpy as np

    facts = _facts(sites, piles, rule)
    n = len(sites)
    verdict = np.full(n, str(Verdict.MET), dtype=object)
    fact, have, need = np.full(n, None, dtype=object), np.full(n, np.nan), np.full(n, np.nan)
    # what is not known is looked at first, so that what fails for certain has the last word
    for wanted in (Verdict.UNKNOWN, Verdict.NOT_MET):
        for name, (least, most, asked) in reversed(facts.items()):
            fails = (least < asked) if wanted is Verdict.UNKNOWN else (most < asked)
            verdict[fails], fact[fails], have[fails], need[fails] = (
                str(wanted),
                str(name),
                least[fails],
                asked,
            )
    if rule.busy is not None:
        load = sites["utilisation"].to_numpy(dtype=float)
        calm, silent = load <= rule.busy, np.isnan(load) & (verdict != str(Verdict.MET))
        verdict[silent], fact[silent] = str(Verdict.UNKNOWN), str(RuleFact.UTILISATION)
        have[silent], need[silent] = np.nan, rule.busy
        verdict[calm], fact[calm], have[calm], need[calm] = str(Verdict.MET), None, np.nan, np.nan
    columns = ["km", "site_id", "is_side", "across"]
    table = sites[columns].assign(verdict=verdict, fact=fact, have=have, need=need)
    near = np.full(n, fill_value=True) if rule.detour_km is None else sites["detour_km"] <= 2 * rule.detour_km
    return table[np.asarray(near)]


def _facts(
    sites: pd.DataFrame, piles: pd.DataFrame, rule: RoadRule
) -> dict[RuleFact, tuple[Floats, Floats, float]]:
    """Of each condition what every site has for certain, what it may have at most, and what is asked."""
    import numpy as np

    def known(column: str) -> Floats:
        return sites[column].to_numpy(dtype=float, na_value=np.nan)

    all_piles, found = known("n_piles"), {}
    silent = np.isnan(all_piles)
    if rule.total_kw is not None:
        open_ = silent | (all_piles > known("n_power_known"))
        least = np.nan_to_num(known("total_kw"))
        found[RuleFact.TOTAL_KW] = (least, np.where(open_, np.inf, least), rule.total_kw)
    if rule.piles is not None and rule.pile_kw is not None:
        strong = _sum(sites, piles, (piles["power_kw"] >= rule.pile_kw).to_numpy())
        unsure = np.where(silent, np.inf, _sum(sites, piles, piles["power_kw"].isna().to_numpy()))
        largest = known("max_kw")
        least = np.maximum(strong, (largest >= rule.pile_kw) & (all_piles != 0))
        # beside no pile of known power, the largest one is what the side's own table says of all its piles; else it
        # is that of the known ones and says nothing of the others
        told = (known("n_power_known") == 0) & (largest < rule.pile_kw)
        found[RuleFact.PILES] = (
            least,
            np.where(told, least, np.maximum(strong + unsure, least)),
            float(rule.piles),
        )
    if rule.guns is not None:
        guns = known("n_guns")
        # a pile has at least one gun
        found[RuleFact.GUNS] = (
            np.where(np.isnan(guns), np.nan_to_num(all_piles), guns),
            np.where(np.isnan(guns) & (all_piles != 0), np.inf, np.nan_to_num(guns)),
            float(rule.guns),
        )
    if rule.bay_share is not None:
        share = known("n_bays") / known("n_car_bays")
        open_ = ~np.isfinite(share)
        found[RuleFact.BAY_SHARE] = (
            np.where(open_, 0.0, share),
            np.where(open_, np.inf, share),
            rule.bay_share,
        )
    return found


def _sum(sites: pd.DataFrame, piles: pd.DataFrame, chosen: NDArray[np.bool_]) -> Floats:
    """Number of the chosen piles at each site."""
    import numpy as np

    total = piles[chosen].groupby("site_id")["n_piles"].sum()
    return np.asarray(sites["site_id"].map(total).fillna(0), dtype=float)


def _sides(at: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each side of a service area on its own carriageway."""
    own = at[at["is_side"] & ~at["across"]]
    rows = own.assign(from_km=own["km"], to_km=own["km"]).drop(columns=["km", "is_side", "across"])
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


@dataclass(frozen=True, eq=False)
class _Told:
    """Sites of a corridor: where, whether unknown, of which condition, and which."""

    km: Floats
    unknown: NDArray[np.bool_]
    fact: NDArray[np.object_]
    site_id: NDArray[np.object_]


def _stretches(rule: RoadRule, corridor: Corridor, at: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each stretch between sites that meet the conditions, and to the ends."""
    limit = rule.spacing_km
    assert limit is not None  # noqa: S101 - a spacing rule has one
    km, verdict = at["km"].to_numpy(dtype=float), at["verdict"].to_numpy(dtype=object)
    met = km[verdict == Verdict.MET]
    told = _Told(km, verdict == Verdict.UNKNOWN, at["fact"].to_numpy(), at["site_id"].to_numpy())
    if corridor.ring and not len(met):
        return [_bare_ring(limit, corridor.length, told)]
    return [_stretch(limit, corridor, told, a, b) for a, b in pairwise(_bounds(met, corridor)) if b > a]


def _bounds(km: Floats, corridor: Corridor) -> Floats:
    """Where stretches begin and end; around a ring from its first site to that site again."""
    import numpy as np

    if corridor.ring:
        return np.append(km, km[0] + corridor.length)
    return np.concatenate([[0.0], km, [corridor.length]])


def _bare_ring(limit: float, length: float, at: _Told) -> dict[str, Any]:
    """The row of a ring none of whose sites meets the conditions for certain: the first new one may lie anywhere."""
    row: dict[str, Any] = {"from_km": 0.0, "to_km": length, "have": length, "need": limit}
    unsure = at.unknown.nonzero()[0]
    around = sorted(at.km[unsure])
    if len(around) and _longest([*around, around[0] + length]) <= limit:
        first = unsure[at.km[unsure].argmin()]
        told = {"verdict": str(Verdict.UNKNOWN), "fact": at.fact[first], "site_id": at.site_id[first]}
        return row | told
    row |= {"verdict": str(Verdict.NOT_MET), "fact": str(RuleFact.SPACING)}
    row |= {"n_new": math.ceil(length / limit - 1e-9), "mend_from_km": 0.0, "mend_to_km": length}
    if len(at.km) and length <= limit:
        row["site_id"] = at.site_id[at.km.argmin()]
    return row


def _stretch(limit: float, corridor: Corridor, at: _Told, start: float, end: float) -> dict[str, Any]:
    def on(km: float) -> float:
        return km if km <= corridor.length else km - corridor.length

    row: dict[str, Any] = {"from_km": start, "to_km": on(end), "verdict": str(Verdict.MET)}
    if end - start <= limit:
        return row
    row |= {
        "verdict": str(Verdict.NOT_MET),
        "fact": str(RuleFact.SPACING),
        "have": end - start,
        "need": limit,
    }
    place = at.km + corridor.length * ((at.km < start) & (end > corridor.length))
    inside = (place > start) & (place < end)
    unsure = (inside & at.unknown).nonzero()[0]
    if _longest([start, *sorted(place[unsure]), end]) <= limit:
        first = unsure[place[unsure].argmin()]
        return row | {"verdict": str(Verdict.UNKNOWN), "fact": at.fact[first], "site_id": at.site_id[first]}
    n_new = math.ceil((end - start) / limit - 1e-9) - 1
    row |= {"n_new": n_new, "mend_from_km": on(end - n_new * limit), "mend_to_km": on(start + limit)}
    able = (inside & (place - start <= limit) & (end - place <= limit)).nonzero()[0]
    if len(able):
        row["site_id"] = at.site_id[able[0]]
    return row


def _longest(km: Sequence[float]) -> float:
    """Longest step between neighbours."""
    return max(b - a for a, b in pairwise(km))
