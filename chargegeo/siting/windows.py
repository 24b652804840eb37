"""Rules of the roads as something that piles can mend: stretches, each of which wants a pool at one of some sites.

A rule of spacing holds between two pools if every window of its length holds a pool; windows that begin where a
site lies, or where the stretch begins, are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import corridors
from chargegeo.errors import Fault, StudyFault
from chargegeo.vocab import RuleFact, SiteKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from chargegeo.corridors import RoadRule
    from chargegeo.siting.worlds import Roadside, World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COLUMNS = ("rule", "corridor_id", "from_km", "to_km")
FACTS = (RuleFact.SPACING, RuleFact.TOTAL_KW, RuleFact.PILES, RuleFact.GUNS)  # what piles can mend


@dataclass(frozen=True, eq=False)
class Pools:
    """Sites of each stretch (s, n), and what the pool of each needs: kW, guns, piles of so many kW (s)."""

    sites: csr_array | None
    kw: Floats
    guns: Floats
    piles: Floats
    at_kw: Floats

    def needs(self, n: int) -> dict[str, Any]:
        """The same as entries of :class:`chargegeo.siting.Limits`; none where nothing is asked."""
        if not n:
            return {}
        return {
            "pool_kw": self.kw, "pool_guns": self.guns, "pool_piles": self.piles, "pool_at_kw": self.at_kw,
        }  # fmt: skip


def windows(world: World, rules: Sequence[str]) -> tuple[pd.DataFrame, Pools, pd.DataFrame]:
    """Stretches that piles at service areas can mend, their pools, and the stretches that none can.

    Raises
    ------
    StudyFault
        Rules that there are not, that ask what piles do not give, or roads that the study does not have.
    """
    import pandas as pd
    from scipy.sparse import csr_array

    roadside, site_of = world.roadside, _sides(world)
    found: list[tuple[dict[str, Any], RoadRule, list[int]]] = []
    for rule in _asked(roadside, rules):
        assert roadside is not None  # noqa: S101 - asked for
        failed = _failed(roadside, rule)
        rows: list[Any] = failed.to_dict("records")
        found += [
            (told, rule, sites) for row in rows for told, sites in _of_row(roadside, rule, row, site_of)
        ]
    table = pd.DataFrame([told for told, _, _ in found], columns=list(COLUMNS))
    able = np.array([bool(sites) for _, _, sites in found], dtype=bool)
    kept = [(rule, sites) for _, rule, sites in found if sites]
    first = np.cumsum([0, *(len(sites) for _, sites in kept)])
    flat = np.array([j for _, sites in kept for j in sites], dtype=np.int64)
    pools = Pools(
        csr_array((np.ones(len(flat)), flat, first), shape=(len(kept), len(world.sites))) if kept else None,
        *(np.array([float(getattr(rule, name) or 0.0) for rule, _ in kept])
          for name in ("total_kw", "guns", "piles", "pile_kw")),
    )  # fmt: skip
    return table[able].reset_index(drop=True), pools, table[~able].reset_index(drop=True)


def _asked(roadside: Roadside | None, rules: Sequence[str]) -> list[RoadRule]:
    known = corridors.rules() if roadside is None else roadside.rules
    able = [key for key, rule in known.items() if rule.bay_share is None and rule.busy is None]
    if wrong := [name for name in rules if name not in able]:
        said = {"key": "corridors", "known": ", ".join(able)}
        raise StudyFault(*(Fault("entry_word", value=name, params=said) for name in wrong))
    if rules and roadside is None:
        raise StudyFault(Fault("scenario_no_corridors", value=", ".join(rules)))
    return [known[name] for name in rules]


def _failed(roadside: Roadside, rule: RoadRule) -> pd.DataFrame:
    verdicts = corridors.judge(roadside.corridors, roadside.sites, roadside.piles, [rule])
    failed = (verdicts["verdict"] == Verdict.NOT_MET) & verdicts["fact"].isin(FACTS)
    return verdicts[failed].reset_index(drop=True)


def _sides(world: World) -> dict[str, int]:
    """Row of the site of each side; where a side lies in no unit, no plan may build."""
    sides = (world.sites["site_kind"] == SiteKind.SERVICE_AREA) & (world.sites["unit"] >= 0)
    return dict(zip(world.sites.loc[sides, "station_id"], np.flatnonzero(sides), strict=True))


def _of_row(
    roadside: Roadside, rule: RoadRule, row: dict[str, Any], site_of: dict[str, int]
) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """Stretches with their sites, of a verdict that is not met."""
    told = {"rule": rule.id, "corridor_id": row["corridor_id"]}
    if rule.kind == "site":
        at = {**told, "from_km": row["from_km"], "to_km": row["to_km"]}
        yield at, [site_of[row["site_id"]]] if row["site_id"] in site_of else []
        return
    km, site = _places(roadside, rule, row["corridor_id"], site_of)
    length = next(item.length for item in roadside.corridors if item.id == row["corridor_id"])
    for start, end, inside in _spans(row, km, length, float(rule.spacing_km or 0.0)):
        ends = end if end <= length else end - length
        yield {**told, "from_km": start, "to_km": ends}, sorted(set(site[inside].tolist()))


def _places(
    roadside: Roadside, rule: RoadRule, corridor_id: str, site_of: dict[str, int]
) -> tuple[Floats, Ints]:
    """Kilometres and rows of the sides of a corridor, in order."""
    at = roadside.sites[roadside.sites["corridor_id"] == corridor_id]
    # the detour is there and back, as the rule is judged
    near = at["detour_km"] <= 2 * float(rule.detour_km or 0.0)
    at = at[at["is_side"] & ~at["across"] & near & at["site_id"].isin(site_of)].sort_values(["km", "site_id"])
    km: Floats = np.asarray(at["km"], dtype=np.float64)
    site: Ints = np.asarray(at["site_id"].map(site_of), dtype=np.int64)
    return km, site


def _spans(
    row: dict[str, Any], km: Floats, length: float, limit: float
) -> Iterator[tuple[float, float, NDArray[np.bool_]]]:
    """Windows of a stretch: from, to (around a ring beyond its length), and which sides lie inside."""
    begin, end = row["from_km"], row["from_km"] + row["have"]
    if begin == 0.0 and row["mend_to_km"] == length:
        # a ring without a pool: the first may stand anywhere, then each needs the next
        if length <= limit or not len(km):
            yield 0.0, length, np.ones(len(km), dtype=bool)
            return
        for start in km.tolist():
            after = (km - start) % length
            yield start, start + limit, (after > 0) & (after <= limit)
        return
    place = np.where((km <= begin) & (end > length), km + length, km)
    between = (place > begin) & (place < end)
    for start in [begin, *np.sort(place[between]).tolist()]:
        if end - start > limit:
            yield start % length, start + limit, between & (place > start) & (place <= start + limit)
