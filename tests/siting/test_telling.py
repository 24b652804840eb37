"""What a plan changes: sums that add up, verdicts judged anew, and curves worked out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import coverage
from chargegeo.siting import asking, curves, worlds
from chargegeo.study import scenarios as solved
from chargegeo.study.scenarios import Planned
from chargegeo.vocab import SolveStatus
from tests.coverage.world import HENAN, LADDER, row, set_aside, station, stations_tables
from tests.siting.small_world import STATIONS, A, B, C, D, E, F, asked, small

MIDDLE = {B: (113.15, 34.05), C: (113.25, 34.05), D: (113.35, 34.05), E: (113.45, 34.05), F: (113.55, 34.05)}


def planned(world: worlds.World, **entries: Any) -> Planned:
    return solved.plan(world, asked(**entries), None, "en")


@pytest.fixture(scope="module")
def world() -> worlds.World:
    return small()


@pytest.fixture(scope="module")
def four(world: worlds.World) -> Planned:
    """Four piles for the four units that lack direct current."""
    return planned(world)


def test_each_unit_that_lacks_gets_the_cheapest_pile_that_will_do(four: Planned) -> None:
    assert four.status == SolveStatus.OPTIMAL and four.counts["gap"] == 0
    piles = four.tables["site_piles"]
    assert piles["product"].tolist() == ["dc_60"] * 4 and piles["n_new"].tolist() == [1] * 4
    assert four.counts["cost"] == 4 * 45_000 and four.counts["products"] == {"dc_60": 4}
    units = four.tables["scenario_units"].set_index("unit_code")
    assert units["before"].to_dict() == {A: "covered", B: "uncovered", C: "uncovered", D: "uncovered", E: "unknown",
                                         F: "uncovered"}  # fmt: skip
    assert (units["after"] == "covered").sum() == 5 and units.loc[E, "after"] == "unknown"
    assert units["n_new"].to_dict() == {A: 0, B: 1, C: 1, D: 1, E: 0, F: 1}
    assert units["n_piles_before"].to_dict() == {A: 6, B: 3, C: 0, D: 0, E: 1, F: 0}


def test_people_served_are_those_near_a_pile(four: Planned) -> None:
    """Before: A, B and, 9.3 km from the station of B, C. The piles at D and F bring 4,000 and 300 more."""
    units = four.tables["scenario_units"].set_index("unit_code")
    assert units["served_before"].to_dict() == {A: 1000, B: 500, C: 2000, D: 0, E: 0, F: 0}
    assert units["served_after"].to_dict() == {A: 1000, B: 500, C: 2000, D: 4000, E: 0, F: 300}
    assert (four.counts["served_before"], four.counts["served_after"], four.counts["people"]) == (
        3500,
        7800,
        7800,
    )


def test_the_sites_say_why(four: Planned) -> None:
    """D is newly near the sites of C, D and, through E, none other; people of several sites are shared out."""
    sites = four.tables["sites"].set_index("unit_code")
    assert sites["n_closed"].to_dict() == {B: 1, C: 1, D: 1, F: 1}
    assert sites["closed"].to_dict() == {code: f"unit {code}" for code in (B, C, D, F)}
    assert sites["people"].to_dict() == {B: 0, C: 2000, D: 2000, F: 300}
    assert sites["people"].sum() == 7800 - 3500
    assert sorted(sites["rank"]) == [1, 2, 3, 4] and (sites["new_kw"] == 60).all()
    assert (sites["unit_name"] == sites["closed"]).all() and sites.loc[D, "city_name"] == "city 410200"


def test_areas_add_up(four: Planned) -> None:
    areas, sites = four.tables["scenario_areas"], four.tables["sites"]
    by_level = dict(list(areas.groupby("level")))
    added = [
        "n_units", "covered_before", "covered_after", "n_unknown", "n_piles_before", "n_new", "cost", "people",
        "served_before", "served_after",
    ]  # fmt: skip
    for name in added:
        of_city = by_level["county"].groupby("parent_code")[name].sum()
        assert of_city.to_dict() == by_level["city"].set_index("code")[name].to_dict(), name
        assert by_level["city"][name].sum() == by_level["province"][name].iloc[0], name
    whole = by_level["province"].iloc[0]
    assert (whole["n_units"], whole["covered_before"], whole["covered_after"], whole["n_unknown"]) == (
        6,
        1,
        5,
        1,
    )
    assert whole["n_new"] == sites["n_new"].sum() == four.tables["site_piles"]["n_new"].sum() == 4
    assert whole["cost"] == sites["cost"].sum() == four.tables["site_piles"]["cost"].sum()
    assert (whole["n_piles_before"], whole["quota"]) == (10, 4)


def test_the_verdict_after_is_that_of_the_ladder(four: Planned) -> None:
    """The new piles as stations of a register, judged by the rule itself."""
    sites = four.tables["sites"]
    new = [station(row("dc", 60, 1), at=code, point=MIDDLE[str(code)]) for code in sites["unit_code"]]
    table, piles, placed = stations_tables([*STATIONS, *new])
    units = small().register.units
    rule = replace(LADDER, headline="A2")
    anew = coverage.by_unit(units, table, piles, HENAN, rule, placed=placed, set_aside=set_aside([]))
    assert four.tables["scenario_units"]["after"].tolist() == anew["state"].tolist()


def test_units_that_do_not_count_are_told_and_not_counted(world: worlds.World) -> None:
    """F is a subdistrict: with towns alone it counts nowhere, whether a pile is decided there or not."""
    there = [{"site": f"seat-{F}", "product": "dc_60", "piles": 1}]
    found = planned(world, cover="headline", decided=there)
    units = found.tables["scenario_units"].set_index("unit_code")
    assert len(units) == 6 and units.loc[F, ["before", "after", "n_new"]].tolist() == [
        "uncovered",
        "covered",
        1,
    ]
    plain = planned(world, cover="headline")
    for one in (found, plain):
        whole = one.tables["scenario_areas"].iloc[-1]
        assert (whole["n_units"], whole["covered_before"], whole["covered_after"]) == (5, 1, 4)
        assert (whole["n_new"], whole["people"], one.counts["n_closed"]) == (4, 7800, 3)
    sites = found.tables["sites"].set_index("unit_code")
    assert sites["n_closed"].to_dict() == {B: 1, C: 1, D: 1, F: 0}
    assert sites.loc[F, "n_decided"] == 1 and sites.loc[D, "closed"] == f"unit {D}"


def test_guns_are_counted_and_nobody_twice(world: worlds.World) -> None:
    """A gun serves 100: nine standing ones 900; four piles of two guns, all where people are left, 800 more."""
    found = planned(world, people_per_gun=100, must_cover="none", products={"ac_7": {"most": 0}})
    assert found.counts["served_before"] == 900 and found.counts["served_after"] == pytest.approx(1700)
    assert found.tables["sites"]["people"].isna().all(), "nobody is one site's own"
    units = found.tables["scenario_units"]
    assert units["served_before"].isna().all()
    whole = found.tables["scenario_areas"].iloc[-1]
    assert (
        whole["served_after"] == pytest.approx(1700)
        and found.tables["scenario_areas"]["served_after"].isna().sum() == 4
    )


def test_years_stand_on_each_other(world: worlds.World) -> None:
    """Two piles in the first year serve all people, C or D and F; two in the second close the other units."""
    years = [{"year": 2027, "target_piles": 2}, {"year": 2028, "target_piles": 2}]
    found = planned(world, years=years)
    assert found.counts["n_piles"] == 4 and found.counts["covered_after"] == 5
    piles = found.tables["site_piles"]
    assert piles.groupby("year")["n_new"].sum().to_dict() == {2027: 2, 2028: 2}
    first = set(piles.loc[piles["year"] == 2027, "site_id"])
    units = found.tables["sites"].set_index("site_id")["unit_code"]
    assert F in set(units[list(first)]) and {C, D} & set(units[list(first)]), (
        "both parts that have no pile near"
    )


def test_a_year_that_cannot_be_says_which_unit_lacks(world: worlds.World) -> None:
    """One pile in each of two years, and every unit must have one: of four two are left."""
    years = [{"year": 2027, "target_piles": 1}, {"year": 2028, "target_piles": 1}]
    found = planned(world, target_piles=2, years=years, must_cover="all_townships")
    assert found.status == SolveStatus.INFEASIBLE and not found.tables
    first = planned(world, target_piles=1).tables["sites"]["unit_code"].iloc[0]
    named = {fault.feature for fault in found.solution.clash if fault.code == "siting_clash_townships"}
    assert named and str(first) not in named and named < {B, C, D, F}


# ---- curves


def test_the_closing_curve_by_hand(world: worlds.World) -> None:
    """At A2 D comes first with 4,000 people, then C, B, F; within 10 km one pile at E serves D and F."""
    scenario = asked()
    curve = curves.closing_curve(world, asking.ask(world, scenario), scenario)
    a2 = curve[curve["name"] == "A2"]
    assert a2["n_piles"].tolist() == [0, 1, 2, 3, 4]
    assert a2["people"].tolist() == [1000, 5000, 7000, 7500, 7800]
    assert (
        a2["n_units"].tolist() == [1, 2, 3, 4, 5]
        and set(a2["n_unknown"]) == {1}
        and set(a2["of_units"]) == {6}
    )
    assert a2["cost"].tolist() == [n * 45_000 for n in range(5)]
    a4 = curve[curve["name"] == "A4"]
    assert a4["cost"].max() == 4 * 80_000
    near = curve[curve["measure"] == "minutes"]
    assert near["name"].unique().tolist() == ["10 km"]
    assert near[["n_piles", "people"]].to_numpy().tolist() == [[0, 3500], [1, 7800]]
    assert (near["bound"] >= near["people"]).all()


def test_a_curve_where_all_are_served(world: worlds.World) -> None:
    everywhere = [
        station(row("dc", 180, 1), at=code, point=at) for code, at in {A: (113.05, 34.05), **MIDDLE}.items()
    ]
    full, scenario = small(stations=everywhere), asked()
    question = asking.ask(full, scenario)
    assert question.demand.townships is None
    curve = curves.closing_curve(full, question, scenario)
    assert (curve["n_piles"] == 0).all() or set(curve.loc[curve["n_piles"] > 0, "name"]) <= {"A5"}
    assert planned(full).counts["served_after"] == 7800


def test_what_limits_cost(world: worlds.World) -> None:
    """All four piles in the first city leave D and F without: given up, the quota lets two townships more close.

    With it a pile at C serves D too, 9.2 km away, but nobody F with its 300.
    """
    scenario = asked(quotas={"city": {"410100": 4}})
    quota = solved.quota(scenario, None, 4)
    table = curves.limits_table(world, asking.ask(world, scenario, quotas=quota), time_limit=20)
    whole = table[(table["limit"] == "city_quota") & table["unit"].isna()].iloc[0]
    assert whole["townships_without"] == 4 and whole["objective_without"] == pytest.approx(7800)
    assert whole["townships_with"] == 2 and whole["objective_with"] == pytest.approx(7500)
    cities = table[(table["limit"] == "city_quota") & table["unit"].notna()].set_index("unit")
    assert cities["allowed"].to_dict() == {"410100": 4, "410200": 0}


# ---- what holds of every plan


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_more_piles_never_serve_fewer_and_what_is_decided_never_helps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = small()
    units = world.register.units.assign(population=np.rint(rng.lognormal(6, 1, 6)))
    world = replace(world, register=replace(world.register, units=units))
    options: dict[str, Any] = {"must_cover": "none", "people_per_gun": int(rng.integers(0, 300)), "km": 10}
    served = [planned(world, target_piles=n, **options).counts["served_after"] for n in (1, 2, 4)]
    assert served == sorted(served)
    site = world.sites["site_id"].iloc[int(rng.integers(len(world.sites)))]
    decided = [{"site": site, "product": "dc_60", "piles": 2}]
    locked = planned(world, target_piles=4, decided=decided, **options)
    assert locked.counts["served_after"] <= served[-1] * (1 + 1e-9)
    sites = locked.tables["sites"]
    assert sites.set_index("site_id").loc[site, "n_decided"] == 2 and sites["n_new"].sum() == 4
    assert isinstance(locked.tables["scenario_areas"], pd.DataFrame)


def test_each_unit_belongs_to_the_nearest_new_site(world: worlds.World, four: Planned) -> None:
    """New piles at B, C, D and F. A has B 9.2 km off, E lies between D and F and takes the one that stands first."""
    site = four.tables["sites"].set_index("site_id")["unit_code"]
    table = four.tables["site_units"].set_index("unit_code")
    assert table["site_id"].map(site).to_dict() == {A: B, B: B, C: C, D: D, E: D, F: F}
    assert table["km"].round(1).to_dict() == {A: 9.2, B: 0.0, C: 0.0, D: 0.0, E: 9.2, F: 0.0}
    assert table["minutes"].isna().all()
    assert table["people"].tolist() == [1000, 500, 2000, 4000, 0, 300]


def test_a_unit_without_a_new_site_in_reach_belongs_to_none(world: worlds.World) -> None:
    near = planned(world, km=5).tables["site_units"]
    assert sorted(near["unit_code"]) == sorted([B, C, D, F]) and (near["km"] < 0.01).all()
