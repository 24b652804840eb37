"""A scenario about a world as the arrays of the planning model: worked out by hand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chargegeo import labels
from chargegeo.errors import StudyFault
from chargegeo.schema import Caption
from chargegeo.siting import asking, scenarios, worlds
from chargegeo.siting.asking import Quota
from chargegeo.siting.scenarios import BAYS
from chargegeo.study import scenario_outputs
from chargegeo.study import scenarios as solved
from tests.siting.small_world import A, B, C, D, E, F, asked, row_of, small

SITES = [*(f"seat-{code}" for code in (A, B, C, D, E, F)), f"station-{A}", f"station-{B}"]


@pytest.fixture(scope="module")
def world() -> worlds.World:
    return small()


def test_sites_are_seats_and_what_stands(world: worlds.World) -> None:
    """The station of E is not known to work: nobody counts on it."""
    assert world.sites["site_id"].tolist() == SITES
    assert world.sites["unit"].tolist() == [0, 1, 2, 3, 4, 5, 0, 1]
    assert world.sites["n_standing"].tolist() == [0, 0, 0, 0, 0, 0, 6, 3]
    assert world.sites["standing_kw"].tolist() == [0, 0, 0, 0, 0, 0, 4 * 180 + 2 * 7, 21]


def test_places_are_as_far_apart_as_the_map_says(world: worlds.World) -> None:
    """0.1 degrees of longitude at 34.05 N are 9.23 km, 0.01 of latitude 1.11 km."""
    reach = world.reach.toarray()
    assert reach[0, 1] == pytest.approx(9.23, abs=0.02) and reach[0, 6] == pytest.approx(1.11, abs=0.01)
    assert reach[2, 7] == pytest.approx(np.hypot(9.23, 1.11), abs=0.02)
    assert (world.reach.data <= 30).all() and reach[0, 4] == 0, "36.9 km are beyond the limit"


@pytest.mark.parametrize(
    ("entries", "units"),
    [
        ({}, [B, C, D, F]),
        ({"rung": "A0"}, [C, D, F]),
        ({"unknown": "close"}, [B, C, D, E, F]),
        ({"cover": "headline"}, [B, C, D]),
        ({"must_cover": "none"}, []),
    ],
)
def test_units_that_lack_their_pile(world: worlds.World, entries: dict[str, Any], units: list[str]) -> None:
    question = asking.ask(world, asked(**entries))
    assert [str(question.before["unit_code"].iloc[at]) for at in question.lacking] == units
    assert (question.demand.townships is None) == (not units)


@pytest.mark.parametrize(
    ("rung", "closes"),
    [
        ("A0", [True, True, True, True]), ("A1", [True, True, True, True]), ("A2", [False, True, True, True]),
        ("A3", [False, True, True, True]), ("A4", [False, False, True, True]), ("A5", [False, False, True, True]),
    ],
)  # fmt: skip
def test_products_that_satisfy_a_rung(world: worlds.World, rung: str, closes: list[bool]) -> None:
    closing = asking.ask(world, asked(rung=rung)).demand.closing
    assert closing is not None and closing.tolist() == closes


def test_a_unit_is_closed_at_its_own_sites(world: worlds.World) -> None:
    towns = asking.ask(world, asked()).demand.townships
    assert towns is not None
    of_unit = [[SITES[j] for j in part] for part in np.split(towns.indices, towns.indptr[1:-1])]
    assert of_unit == [[f"seat-{B}", f"station-{B}"], [f"seat-{C}"], [f"seat-{D}"], [f"seat-{F}"]]


def test_a_rung_near_the_seat_needs_a_seat(world: worlds.World) -> None:
    """A5: within 5 km of the seat; C and F have none, so no site is known to be near enough."""
    question = asking.ask(world, asked(rung="A5"))
    towns = question.demand.townships
    assert towns is not None
    n_sites = dict(
        zip(question.before["unit_code"].iloc[question.lacking], np.diff(towns.indptr), strict=True)
    )
    assert n_sites == {B: 2, D: 1, C: 0, F: 0}


def test_piles_that_stand_count_as_the_most_that_they_reach(world: worlds.World) -> None:
    question = asking.ask(world, asked())
    standing = question.candidates.standing
    assert (
        standing is not None
        and standing[6:].tolist() == [[2, 0, 4, 0], [3, 0, 0, 0]]
        and not standing[:6].any()
    )
    weaker = asking.ask(world, asked(products={"ac_7": {"most": 0}})).candidates.standing
    assert weaker is not None and weaker[6:].tolist() == [[2, 4, 0], [3, 0, 0]], (
        "less than any is the weakest"
    )


def test_people_are_counted_once_known(world: worlds.World) -> None:
    assert asking.weights(world, asked()).tolist() == [1000, 500, 2000, 4000, 0, 300]
    assert asking.weights(world, asked(weight="villages")).tolist() == [0, 1, 2, 3, 4, 5]
    assert asking.weights(world, asked(weight="equal")).tolist() == [1] * 6
    empty = world.register.units.assign(population=float("nan"))
    nobody = replace(world, register=replace(world.register, units=empty))
    with pytest.raises(StudyFault, match=r"no population.*weight to equal"):
        asking.ask(nobody, asked())


def test_who_is_near_is_who_the_scenario_says(world: worlds.World) -> None:
    near = asking.ask(world, asked(km=5)).demand.reach
    assert near.nnz == 8, "each site in its own unit"
    assert asking.ask(world, asked(km=10)).demand.reach.nnz == 8 + 2 * 5 + 3, "and its neighbours"


def test_the_fair_share_is_of_all_guns(world: worlds.World) -> None:
    """7,800 people; nine guns stand, as many as piles where they are not stated, and eleven are built."""
    assert asking.ask(world, asked(target_piles=11, people_per_gun="fair")).demand.people_per_gun == 7800 / 20
    assert asking.ask(world, asked(people_per_gun=150)).demand.people_per_gun == 150
    assert asking.ask(world, asked()).demand.people_per_gun is None


def test_quotas_go_by_code(world: worlds.World) -> None:
    question = asking.ask(world, asked(), quotas=Quota({"410200": 3}, {"410122": 1}))
    assert (question.cities, question.counties) == (("410100", "410200"), ("410122", "410222"))
    city, county = question.limits.city_quota, question.limits.county_quota
    assert city is not None and city.tolist() == [0, 3] and county is not None and county.tolist() == [1, 0]
    assert question.candidates.city.tolist() == [0, 0, 0, 1, 1, 1, 0, 0]
    with pytest.raises(StudyFault) as caught:
        asking.ask(world, asked(), quotas=Quota({"410200": 1, "4102": 1, "x": 1}))
    assert [(fault.code, fault.value) for fault in caught.value.faults] == [
        ("scenario_code", "4102"), ("scenario_code", "x")
    ]  # fmt: skip


def test_what_is_decided(world: worlds.World) -> None:
    pile = {"site": f"seat-{C}", "product": "dc_120", "piles": 2}
    decided = asking.ask(world, asked(decided=[pile, pile])).candidates.decided
    assert decided is not None and decided.sum() == decided[row_of(world, f"seat-{C}"), 2] == 4
    with pytest.raises(StudyFault, match="no candidate site seat-0"):
        asking.ask(world, asked(decided=[{**pile, "site": "seat-0"}]))


def test_where_nothing_may_be_built(world: worlds.World) -> None:
    seats = asking.ask(world, asked(candidates={"kinds": ["seat"], "bays": 7})).candidates
    assert seats.bays is not None and seats.bays.tolist() == [7] * 8
    assert seats.closed is not None and seats.closed.tolist() == [False] * 6 + [True] * 2
    sites = world.sites.assign(bays=[3, *[None] * 7], unit=[0, 1, 2, 3, 4, -1, 0, 1])
    own = asking.ask(replace(world, sites=sites), asked()).candidates
    assert own.bays is not None and own.bays.tolist() == [3, *[BAYS] * 7]
    assert own.closed is not None and np.flatnonzero(own.closed).tolist() == [5]
    assert own.city.tolist() == [0, 0, 0, 1, 1, -1, 0, 0]


def test_a_word_that_the_study_does_not_know(world: worlds.World) -> None:
    with pytest.raises(StudyFault, match=r"rung cannot be 'A9'.*A0, A1, A2"):
        asking.ask(world, asked(rung="A9"))
    with pytest.raises(StudyFault, match="No product satisfies rung A4"):
        asking.ask(world, asked(rung="A4", products={"dc_120": {"most": 0}, "ultra_480": {"most": 0}}))
    with pytest.raises(StudyFault, match="no roads"):
        asking.ask(world, asked(corridors=["henan_2022"]))


def test_limits_of_products(world: worlds.World) -> None:
    limits = asking.ask(world, asked(products={"dc_60": {"least": 2}, "ac_7": {"most": 1}})).limits
    assert limits.product_least is not None and limits.product_least.tolist() == [0, 2, 0, 0]
    assert limits.product_most is not None and limits.product_most.tolist() == [1, *[scenarios.MOST] * 3]
    plain = asking.ask(world, asked()).limits
    assert plain.product_least is None and plain.product_most is None and plain.piles == 4


# ---- heaps


def test_piles_are_not_heaped_where_nothing_is_said_of_a_site() -> None:
    """100 piles where people are few: no site takes more than the 24 bays that are assumed, here of one bay a pile."""
    world, slow = small(), {"dc_120": {"most": 0}, "ultra_480": {"most": 0}}
    plan = solved.plan(world, asked(target_piles=100, products=slow, time_limit=20), None, "en")
    assert plan.tables["sites"]["new_bays"].max() == 24 == BAYS and plan.counts["n_piles"] == 100


@pytest.mark.parametrize(
    ("entries", "bays"),
    [
        ({}, BAYS),
        ({"candidates": {"kinds": ["seat"]}}, BAYS),
        ({"candidates": {"bays": 3}}, 3),
        ({"max_piles_per_site": 12}, np.inf),
        ({"max_piles_per_site": 12, "candidates": {"bays": 7}}, 7),
    ],
)
def test_what_is_said_of_sites_goes_before_what_is_assumed(entries: dict[str, Any], bays: float) -> None:
    world, scenario = small(), asked(**entries)
    assert set(asking.ask(world, scenario).candidates.bays) == {bays}  # type: ignore[arg-type]
    own = replace(world, sites=world.sites.assign(bays=60.0))
    assert set(asking.ask(own, scenario).candidates.bays) == {60.0}, "a site's own bays go first"  # type: ignore[arg-type]
    assert scenario.bays_assumed == (bays == BAYS)


@pytest.mark.parametrize(
    ("lang", "word"), [("zh", "24 "), ("en", "has 24 (a default of this tool, unconfirmed)")]
)
def test_what_is_assumed_stands_in_the_definition(lang: str, word: str) -> None:
    results: Any = SimpleNamespace(tables={}, caption=Caption("t", "a", "d", "s", "d", "x", "n", lang=lang))
    said = str(scenario_outputs.caption(results, asked(), {}).definition)
    assert word in said.rpartition(labels.text("scenario.more", lang, said="", more=""))[2]
    assert word not in str(scenario_outputs.caption(results, asked(max_piles_per_site=9), {}).definition)
