"""What is told beside a plan, against plans solved anew: one pile more, one limit less, a curve by every choice.

Worlds are the six units in a row with other people and random limits, solved the whole way.
"""

from collections.abc import Callable
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargegeo.errors import StudyFault
from chargegeo.siting import asking, curves, worlds
from chargegeo.study import scenarios as solved
from chargegeo.study.scenarios import Planned
from chargegeo.vocab import SolveStatus, State
from tests.siting.small_world import CODES, asked, small

CITIES = "410100", "410200"
# what leads to a limit, the keys of the scenario that set it, and how it may be set there for so many piles
LIMITS: dict[str, tuple[tuple[str, ...], Callable[[np.random.Generator, int], Any]]] = {
    "county_quota": (("quotas",), lambda rng, n: {"county": {"410122": int(rng.integers(1, n))}, "exact": False}),
    "decided": (("decided",), lambda rng, n: [
        {"site": f"seat-{rng.choice(CODES)}", "product": "dc_120", "piles": 1}
    ]),
    "budget": (("budget",), lambda rng, n: float(rng.integers(5_000, 90_000)) * n),
    "product_least": (("products", "dc_120", "least"), lambda rng, n: int(rng.integers(1, n + 1))),
    "product_most": (("products", "ac_7", "most"), lambda rng, n: int(rng.integers(1, n))),
    "bays": (("candidates", "bays"), lambda rng, n: int(rng.integers(1, 6))),
    "grid": (("candidates", "grid_kw"), lambda rng, n: float(rng.integers(60, 400))),
    "sites": (("max_sites",), lambda rng, n: int(rng.integers(1, n))),
    "site_piles": (("max_piles_per_site",), lambda rng, n: int(rng.integers(1, n))),
    "distance": (("least_distance_m",), lambda rng, n: float(rng.choice([5_000, 12_000, 20_000]))),
}  # fmt: skip


@pytest.fixture(scope="module")
def six() -> worlds.World:
    return small()


def peopled(six: worlds.World, rng: np.random.Generator) -> worlds.World:
    units = six.register.units.assign(population=np.rint(rng.lognormal(6, 1, 6)))
    return replace(six, register=replace(six.register, units=units))


def question(rng: np.random.Generator) -> dict[str, Any]:
    """A scenario without limits: how far, how many, at which rung, people a gun."""
    return {
        "km": float(rng.choice([5, 10, 19])), "people_per_gun": float(rng.choice([0, 50, 150, 400])),
        "must_cover": str(rng.choice(["none", "as_many"])), "target_piles": int(rng.integers(3, 9)),
        "rung": str(rng.choice(["A0", "A2", "A4"])),
    }  # fmt: skip


def put(entries: dict[str, Any], keys: tuple[str, ...], value: Any) -> dict[str, Any]:
    found = deepcopy(entries)
    part = found
    for key in keys[:-1]:
        part = part.setdefault(key, {})
    part[keys[-1]] = value
    return found


def without(entries: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    found = deepcopy(entries)
    part = found
    for key in keys[:-1]:
        part = part[key]
    del part[keys[-1]]
    return found


def planned(world: worlds.World, entries: dict[str, Any]) -> Planned | None:
    """The best plan, or none."""
    try:
        found = solved.plan(world, asked(**entries), None, "en")
    except StudyFault:
        return None
    return found if found.status is SolveStatus.OPTIMAL else None


def limits(world: worlds.World, entries: dict[str, Any]) -> pd.DataFrame:
    scenario = asked(**entries)
    quotas = solved.quota(scenario, None, scenario.target_piles)
    return curves.limits_table(world, asking.ask(world, scenario, quotas=quotas), time_limit=20)


def closed(plan: Planned) -> int:
    """Units that were not covered and are."""
    units = plan.tables["scenario_units"]
    return int(((units["before"] == State.UNCOVERED) & (units["after"] == State.COVERED)).sum())


def served(plan: Planned) -> float:
    return float(plan.counts["served_after"])


# ---- without a limit


def limited(world: worlds.World, rng: np.random.Generator) -> tuple[dict[str, Any], list[str]]:
    """A scenario with some limits that has a plan, and which limits."""
    while True:
        entries = question(rng)
        chosen = [str(name) for name in rng.choice(list(LIMITS), 3, replace=False)]
        for name in chosen:
            keys, value = LIMITS[name]
            entries = put(entries, keys, value(rng, entries["target_piles"]))
        if planned(world, entries) is not None:
            return entries, chosen


@pytest.mark.parametrize("seed", range(8))
def test_what_could_be_had_without_a_limit_is_had_without_it(six: worlds.World, seed: int) -> None:
    """No plan without the limit closes more units than told, nor with as many serves more people.

    What is told is of the linear program, so a plan of whole piles may have less.
    """
    rng = np.random.default_rng(seed)
    world = peopled(six, rng)
    entries, chosen = limited(world, rng)
    plan = planned(world, entries)
    assert plan is not None
    table = limits(world, entries)
    told = table[table["unit"].isna() & table["objective_without"].notna()].set_index("limit")
    for name in chosen:
        anew = planned(world, without(entries, LIMITS[name][0]))
        assert anew is not None, "a plan within a limit is one without it too"
        for found, which in ((plan, "with"), (anew, "without")):
            most, towns = told.loc[name, [f"objective_{which}", f"townships_{which}"]]
            assert pd.isna(towns) or closed(found) <= towns
            if pd.isna(towns) or closed(found) == towns:
                assert served(found) <= most * (1 + 1e-9)


# ---- one pile more


def test_one_pile_more_by_hand(six: worlds.World) -> None:
    """A pile serves 100, a seat takes two. A lacks 400, B 200, C 2,000, D 4,000, F 300; in E nobody is counted.

    In the first city four piles of six are asked for, so one more brings 100; in the second D and F are full.
    """
    one_gun = {name: {"most": 0} for name in ("ac_7", "dc_120", "ultra_480")}
    entries = {
        "target_piles": 8, "quotas": {"city": dict(zip(CITIES, (4, 4), strict=True))}, "must_cover": "none", "km": 5,
        "people_per_gun": 100, "candidates": {"kinds": ["seat"], "bays": 2}, "products": one_gun,
    }  # fmt: skip
    plan = planned(six, entries)
    assert plan is not None and served(plan) == 600 + 300 + 800
    told = solved.explain(six, plan, None, step=lambda _: nullcontext())["scenario_areas"]
    worth = told.set_index("code")["marginal"].dropna()
    assert worth.to_dict() == pytest.approx({CITIES[0]: 100, CITIES[1]: 0})
    for city, brings in ((CITIES[0], 100), (CITIES[1], 0)):
        anew = planned(six, with_piles(entries, city, 1))
        assert anew is not None and served(anew) - served(plan) == pytest.approx(brings)


def with_piles(entries: dict[str, Any], city: str, more: int) -> dict[str, Any]:
    """A scenario with so many piles more, all of them in a city."""
    found = deepcopy(entries)
    found["quotas"]["city"][city] += more
    return {**found, "target_piles": entries["target_piles"] + more}


@pytest.mark.parametrize("seed", range(10))
def test_the_worth_of_a_pile_lies_between_one_more_and_one_less(six: worlds.World, seed: int) -> None:
    """Each pile brings no more than the one before, so what is told is at least the next and at most the last.

    That is of plans that close the same units, and where no other limit keeps whole piles below parts of piles.
    """
    rng = np.random.default_rng(seed)
    world, entries = peopled(six, rng), question(rng)
    n = entries["target_piles"]
    first = int(rng.integers(1, n))
    entries["quotas"] = {"city": dict(zip(CITIES, (first, n - first), strict=True))}
    plan = planned(world, entries)
    assert plan is not None
    duals = limits(world, entries)
    duals = duals[(duals["limit"] == "city_quota") & duals["unit"].notna()].set_index("unit")["dual"]
    assert set(duals.index) == set(CITIES)
    for city, worth in duals.items():
        slack = 1e-6 * max(worth, 1.0)
        more, less = (planned(world, with_piles(entries, str(city), step)) for step in (1, -1))
        if more is not None and closed(more) == closed(plan):
            assert served(more) - served(plan) <= worth + slack
        if less is not None and closed(less) == closed(plan):
            assert served(plan) - served(less) >= worth - slack


# ---- the curve of people


def by_every_choice(world: worlds.World, entries: dict[str, Any]) -> list[list[float]]:
    """Piles and the most people that so many new sites bring within reach of any: every choice is tried."""
    scenario = asked(**entries)
    demand = asking.ask(world, scenario).demand
    near, weight = demand.reach.toarray() != 0, np.asarray(demand.weight)
    stands = world.sites["n_standing"].to_numpy() > 0
    new = np.flatnonzero(world.sites["site_kind"].isin(entries["candidates"]["kinds"]).to_numpy() & ~stands)
    most = [
        max(
            float(weight[near[:, [*np.flatnonzero(stands), *choice]].any(axis=1)].sum())
            for choice in combinations(new, n)
        )
        for n in range(len(new) + 1)
    ]
    return [[n, most[n]] for n in curves.steps(most.index(max(most)))]


@pytest.mark.parametrize("seed", range(12))
def test_the_curve_of_people_by_every_choice(six: worlds.World, seed: int) -> None:
    """From what stands to everybody who can be reached, with the fewest sites at every step."""
    rng = np.random.default_rng(seed)
    kinds = [["seat"], ["seat", "station"], ["station"]][seed % 3]
    world, entries = peopled(six, rng), {**question(rng), "candidates": {"kinds": kinds}}
    scenario = asked(**entries)
    curve = curves.closing_curve(world, asking.ask(world, scenario), scenario)
    people = curve[curve["measure"] == "minutes"]
    assert people[["n_piles", "people"]].to_numpy().tolist() == by_every_choice(world, entries)
    assert (people["bound"] >= people["people"]).all()
    assert people["bound"].iloc[-1] == people["people"].iloc[-1]
