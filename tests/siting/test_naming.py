"""Names in what a planner reads: of cities, townships, sites and stretches, each with its code."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from chargegeo import labels, study
from chargegeo.errors import Fault
from chargegeo.siting import asking, clashing, curves, naming, worlds
from chargegeo.siting.asking import Quota
from chargegeo.study import scenarios as solved
from chargegeo.study import siting_world
from chargegeo.vocab import Limit
from tests.siting.small_world import A, D, asked, row_of, small
from tests.study.test_site import SIX, write

CITY, COUNTY = "city 410100 (410100)", "county 410122 (410122)"


@pytest.mark.parametrize(
    ("limit", "row", "said"),
    [
        (Limit.CITY_QUOTA, 0, CITY),
        (Limit.COUNTY_QUOTA, 0, COUNTY),
        (Limit.PRODUCT_LEAST, 1, "dc_60"),
        (Limit.BUDGET, 0, "None"),
        (Limit.TOWNSHIPS, 0, "county 410122 unit 410122102 (410122102)"),  # A has its pile
        (Limit.BAYS, 0, "county 410122 unit 410122101 (seat-410122101)"),  # a seat bears the name of its unit
    ],
)
def test_a_row_of_a_limit_by_name_and_code(limit: Limit, row: int, said: str) -> None:
    world = small()
    question = asking.ask(world, asked(), quotas=Quota({"410100": 4}, {"410122": 1}))
    assert str(naming.of_row(world, question, limit, row)) == said


def test_a_site_of_its_own_name_and_one_in_no_unit() -> None:
    world = small()
    question, row = asking.ask(world, asked()), row_of(world, f"station-{A}")
    called = world.sites["name"].astype("object").where(world.sites.index != row, "Depot")
    named = replace(world, sites=world.sites.assign(name=called))
    told = naming.of_row(named, question, Limit.GRID, row)
    assert str(told) == f"county 410122 unit {A} Depot (station-{A})"
    nowhere = replace(named, sites=named.sites.assign(unit=-1))
    assert str(naming.of_row(nowhere, question, Limit.GRID, row)) == f"Depot (station-{A})"


def test_what_has_no_name_is_told_by_its_code_and_a_long_name_never_hides_it() -> None:
    world = small()
    units = world.register.units.assign(city_name=None)
    bare = replace(world, register=replace(world.register, units=units))
    assert str(naming.area(bare, "city", "410100")) == "410100"
    long = str(naming.Named("410100", "x" * 200))
    assert len(long) <= 80 and long.endswith(" (410100)")


def test_a_stretch_is_told_by_road_ends_and_kilometres() -> None:
    along: Any = SimpleNamespace(roadside=SimpleNamespace(ends={"G4-forward-1": "North → South"}))
    table = pd.DataFrame(
        {"rule": ["r"], "corridor_id": ["G4-forward-1"], "from_km": [12.34], "to_km": [72.0]}
    )
    question: Any = SimpleNamespace(stretches=table)
    told = naming.of_row(along, question, Limit.STRETCH, 0)
    assert str(told) == "North → South (G4-forward-1 12.3-72.0 km)"
    along.roadside.ends.clear()
    assert str(naming.of_row(along, question, Limit.STRETCH, 0)) == "G4-forward-1 12.3-72.0 km"


def test_ends_of_corridors_are_known_or_not_told() -> None:
    table = pd.DataFrame({"corridor_id": ["a", "b"], "from_name": ["X", None], "to_name": ["Y", "Z"]})
    assert siting_world._ends(table) == {"a": "X → Y"}


def test_a_clash_says_names_and_keeps_the_code_apart() -> None:
    """Four piles for the first city, where there are two bays; the other two are in the second."""
    world = small(stations=[])
    seats = world.sites["site_id"].isin([f"seat-{A}", f"seat-{D}"])
    few = replace(world, sites=world.sites.assign(bays=[2.0 if x else 0.0 for x in seats]))
    plan = solved.plan(few, asked(target_piles=4, quotas={"city": {"410100": 4}}), None, "zh")
    quota = next(fault for fault in plan.solution.clash if fault.feature == "410100")
    assert quota.code == "siting_clash_city_quota" and quota.params["short"] == 2
    assert (quota.value, quota.feature, quota.row) == (CITY, "410100", None)
    assert all(CITY in quota.text(lang) for lang in labels.LANGUAGES)


def test_every_clash_of_a_row_is_told_with_name_and_code_in_both_languages() -> None:
    world = small()
    question = asking.ask(world, asked(), quotas=Quota({"410100": 4}, {"410122": 1}))
    of_all = (Limit.PILES, Limit.BUDGET, Limit.SITES)
    for limit, code in clashing.CODES.items():
        if limit == Limit.STRETCH:
            continue
        (told,) = naming.told([Fault(code, row=0, value=0, params={"short": 3})], world, question)
        for lang in labels.LANGUAGES:
            assert (str(told.value) in told.text(lang)) == (limit not in of_all), code
            assert "{" not in told.text(lang) and "None" not in told.text(lang)


def test_a_limit_is_called_by_its_word_in_each_language() -> None:
    fault = Fault("siting_clash_unmeasured", value="bays", params={"limit": labels.Word("limit", "bays")})
    for lang in labels.LANGUAGES:
        assert labels.word("limit", "bays", lang) in fault.text(lang)
    assert labels.word("limit", "bays", "zh") != "bays" and "bays" not in fault.text("zh")


def test_the_check_tells_names_as_json(tmp_path: Any) -> None:
    """Six piles on six seats of one bay, four of which must be dc_120: more than fit (see the study world)."""
    scenario = SIX + '[candidates]\nkinds = ["seat"]\nbays = 1\n[products.dc_120]\nleast = 9\n'
    file = write(tmp_path / "in", scenario.replace("target_piles = 6", "target_piles = 9"))
    told = study.check(file, kind="scenario").as_json("zh")
    bays = [item for item in told["places"] if item["problem"] == "siting_clash_bays"]
    assert told["status"] == "infeasible" and bays
    assert all(item["feature"].startswith("seat-") for item in bays)
    assert all(item["value"].endswith(f" ({item['feature']})") and "Town" in item["value"] for item in bays)


def test_what_limits_cost_is_told_by_name() -> None:
    world = small()
    scenario = asked(quotas={"city": {"410100": 4}})
    question = asking.ask(world, scenario, quotas=solved.quota(scenario, None, 4))
    table = curves.limits_table(world, question, time_limit=20)
    cities = table[(table["limit"] == "city_quota") & table["unit"].notna()]
    assert dict(zip(cities["unit"], cities["unit_name"], strict=True)) == {
        "410100": "city 410100", "410200": "city 410200",
    }  # fmt: skip


def test_units_that_nothing_serves_are_told_by_name() -> None:
    world = small()
    sites = world.sites.drop(index=[3]).reset_index(drop=True)
    reach = worlds.straight(world.register.units, sites, world.register.region, 5)
    lost = replace(world, sites=sites, reach=reach, limit=5.0)
    said = [item.fault.text(lang) for item in siting_world.out_of_reach(lost) for lang in labels.LANGUAGES]
    assert len(said) == 4 and all(f"county 410222 unit {D} ({D})" in one for one in said)
