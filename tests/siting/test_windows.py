"""Rules of the roads as stretches that want a pool: by hand, and against the rule itself for every choice of sites."""

from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import corridors, schema
from chargegeo.corridors.judging import RoadRule
from chargegeo.errors import StudyFault
from chargegeo.siting import windows, worlds
from chargegeo.vocab import Direction, RoadClass, SiteKind, Verdict

FAST = 150.0
EVERY = RoadRule("every", "spacing", ("expressway",), True, {}, {}, 60, 3, None, 1, FAST)
EIGHT = RoadRule("eight", "site", ("expressway",), True, {}, {}, guns=8)


def road(length: float, *, ring: bool = False) -> Any:
    """A road of one edge, which begins where it ends if it is a ring."""
    nodes = np.array([0, 0 if ring else 1], dtype=np.int32)
    return corridors.Corridor(
        "G4",
        str(RoadClass.EXPRESSWAY),
        Direction.FORWARD,
        1,
        np.zeros(1, np.int32),
        nodes,
        np.array([0.0, length]),
    )


def along(length: float, sites: dict[float, int], *, ring: bool = False, **more: Any) -> Any:
    """A world of one road with a side at each position, so many fast piles (of two guns) at each."""
    rows = [
        {"corridor_id": "G4-forward-1", "km": km, "site_id": f"s{at}", "name": f"s{at}", "is_side": True,
         "across": False, "detour_km": 0.3, "n_piles": n, "n_power_known": n, "total_kw": n * FAST,
         "max_kw": FAST if n else np.nan, "n_guns": 2 * n, **{key: value[at] for key, value in more.items()}}
        for at, (km, n) in enumerate(sites.items())
    ]  # fmt: skip
    table = schema.conform(pd.DataFrame(rows), "corridor_sites") if rows else schema.empty("corridor_sites")
    ids = table["site_id"].astype("object").tolist()
    piles = pd.DataFrame({"site_id": ids, "power_kw": FAST, "n_piles": list(sites.values())})
    sides, rules = schema.empty("service_areas"), {"every": EVERY, "eight": EIGHT}
    built = worlds.Roadside((road(length, ring=ring),), table, piles[piles["n_piles"] > 0], sides, {}, rules)
    stands = pd.DataFrame(
        {"site_kind": str(SiteKind.SERVICE_AREA), "station_id": ids, "unit": 0}, index=range(len(ids))
    )
    return SimpleNamespace(roadside=built, sites=stands)


def asked(world: Any, rule: str = "every") -> list[tuple[float, float, list[int]]]:
    """Stretches with the sites of each."""
    table, pools, _ = windows.windows(world, [rule])
    if pools.sites is None:
        return []
    parts = np.split(pools.sites.indices, pools.sites.indptr[1:-1])
    ends = zip(table["from_km"], table["to_km"], parts, strict=True)
    return [(start, end, part.tolist()) for start, end, part in ends]


# ---- by hand


def test_a_stretch_of_100_km_wants_one_pool_in_the_middle() -> None:
    """From the pool at 0 to that at 100: one within 60 km of each, at 40 to 60; beyond 40 the end is near enough."""
    world = along(100, {0: 1, 20: 0, 50: 0, 70: 0, 100: 1})
    assert asked(world) == [(0, 60, [1, 2]), (20, 80, [2, 3])]


def test_a_stretch_that_is_short_enough_wants_nothing() -> None:
    assert asked(along(60, {30: 0})) == []
    assert asked(along(120, {60: 1, 30: 0})) == []
    assert asked(along(61, {30: 0})) == [(0, 60, [0])]


def test_a_pool_that_the_rule_already_has_ends_a_stretch() -> None:
    """From 0 to the pool at 50 is near enough; from there to 130 is not."""
    world = along(130, {25: 0, 50: 1, 90: 0})
    assert asked(world) == [(50, 110, [2])]


def test_what_no_site_can_mend_is_told() -> None:
    table, pools, left = windows.windows(along(200, {50: 0, 80: 0}), ["every"])
    assert left[["from_km", "to_km"]].to_numpy().tolist() == [[80, 140]]
    assert table[["from_km", "to_km"]].to_numpy().tolist() == [[0, 60], [50, 110]]
    assert pools.sites is not None and pools.sites.shape == (2, 2)
    assert (pools.piles.tolist(), pools.at_kw.tolist(), pools.kw.tolist()) == ([1, 1], [FAST, FAST], [0, 0])


def test_a_side_across_far_away_or_in_no_unit_mends_nothing() -> None:
    """The detour is there and back, so twice the 3 km of the rule are near enough."""
    near = along(100, {40: 0, 50: 0, 55: 0}, across=[True, False, False], detour_km=[0.3, 6.1, 6.0])
    assert asked(near) == [(0, 60, [2])]
    beyond = along(100, {40: 0, 50: 0})
    beyond.sites["unit"] = [0, -1]
    assert asked(beyond) == [(0, 60, [0])]


def test_a_site_rule_wants_its_own_side() -> None:
    """Three piles of two guns at the first, four at the second: eight guns lack at the first."""
    table, pools, left = windows.windows(along(50, {10: 3, 20: 4}), ["eight"])
    assert pools.sites is not None and pools.sites.indices.tolist() == [0]
    assert (pools.guns.tolist(), pools.kw.tolist(), len(table), len(left)) == ([8], [0], 1, 0)


def test_a_ring_without_a_pool_wants_one_wherever_it_is_short() -> None:
    """A rule of spacing is not met on a ring without any, however short it is."""
    assert asked(along(50, {10: 0, 30: 0}, ring=True)) == [(0, 50, [0, 1])]
    assert asked(along(50, {0: 0}, ring=True)) == [(0, 50, [0])]


def test_a_long_ring_without_a_pool_wants_the_next_after_each() -> None:
    """100 km around: from 10 on to 70, from 50 on to 110, which is 10 again, from 80 on to 140, which is 40."""
    found = asked(along(100, {10: 0, 50: 0, 80: 0}, ring=True))
    assert found == [(10, 70, [1]), (50, 10, [0, 2]), (80, 40, [0])]


def test_around_a_ring_from_its_only_pool() -> None:
    """From 80 around to 80: 100 km; sites at 10 (110) and 50 (150) lie 30 and 70 km behind it."""
    assert asked(along(100, {10: 0, 50: 0, 80: 1}, ring=True)) == [(80, 40, [0]), (10, 70, [1])]


def test_a_ring_without_any_side_is_told() -> None:
    _, _, left = windows.windows(along(100, {}, ring=True), ["every"])
    assert len(left) == 1


def test_rules_that_piles_cannot_mend_and_roads_that_are_not_there() -> None:
    world = along(50, {})
    with pytest.raises(StudyFault, match="corridors cannot be 'bays'"):
        windows.windows(world, ["bays"])
    nowhere: Any = SimpleNamespace(roadside=None, sites=world.sites)
    with pytest.raises(StudyFault, match="no roads"):
        windows.windows(nowhere, ["henan_2022"])
    with pytest.raises(StudyFault, match=r"china_2022_bays'.*afir_core_2025.*henan_2022"):
        windows.windows(nowhere, ["china_2022_bays"])
    table, pools, left = windows.windows(nowhere, [])
    assert (len(table), pools.sites, len(left), pools.needs(0)) == (0, None, 0, {})


# ---- against the rule itself


@settings(max_examples=60)
@given(
    length=st.integers(1, 260),
    sites=st.dictionaries(st.integers(0, 260), st.booleans(), max_size=6),
    ring=st.booleans(),
)
def test_pools_meet_every_window_if_and_only_if_the_rule_is_met(
    length: int, sites: dict[int, bool], ring: bool
) -> None:
    stands = {float(km): int(has) for km, has in sorted(sites.items()) if km < length}
    world = along(length, stands, ring=ring)
    _, pools, left = windows.windows(world, ["every"])
    wanted = [] if pools.sites is None else np.split(pools.sites.indices, pools.sites.indptr[1:-1])
    for n in range(len(stands) + 1):
        for chosen in combinations(range(len(stands)), n):
            built = {km: has or int(at in chosen) for at, (km, has) in enumerate(stands.items())}
            after = along(length, built, ring=ring).roadside
            verdict = corridors.judge(after.corridors, after.sites, after.piles, [EVERY])["verdict"]
            met = len(left) == 0 and all(set(part.tolist()) & set(chosen) for part in wanted)
            assert met == (verdict == Verdict.MET).all()


def test_a_side_of_unknown_piles_makes_no_need_and_is_said() -> None:
    """Of 100 km the side at 50 km may be the pool that is asked every 60 km: unknown, so nothing is asked of a plan."""
    from chargegeo.study import siting_world

    world = along(100, {50: 0}, n_piles=[None], total_kw=[None], n_guns=[None])
    assert asked(world) == [] and asked(along(100, {50: 0})) == [(0.0, 60.0, [0])]
    told = list(siting_world._not_known(world.roadside, {"every", "none such"}))
    assert [(item.fault.code, item.fault.value, item.n_rows) for item in told] == [
        ("scenario_stretches_unknown", "every", 1)
    ]
    assert "of 1 of 1 stretches" in told[0].fault.text("en")
    assert not list(siting_world._not_known(along(100, {50: 0}).roadside, {"every"}))
