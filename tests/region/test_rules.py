"""The ladders: what they ask for, and that a threshold can be moved."""

from dataclasses import FrozenInstanceError

import pytest

from chargegeo import errors, region
from chargegeo.region import Condition
from chargegeo.vocab import Fact

# written by hand after the table of definitions, not read from the profile
TOWNSHIP = [
    ("A0", Condition("access", one_of=("public",))),
    ("A1", Condition("status", one_of=("in_service",))),
    ("A2", Condition("current", one_of=("dc", "acdc"))),
    ("A3", Condition("power_kw", at_least=60)),
    ("A4", Condition("power_kw", at_least=120)),
    ("A4", Condition("availability", at_least=0.99, unknown_passes=True)),
    ("A5", Condition("seat_km", at_most=5)),
]
BY_ROAD = [*TOWNSHIP[:-1], ("A5n", Condition("seat_minutes", at_most=15))]
COUNTY = [
    ("C0", Condition("access", one_of=("public",))),
    ("C1", Condition("status", one_of=("in_service",))),
    ("C2", Condition("station_piles", at_least=3)),
    ("C2", Condition("station_dc_piles", at_least=1)),
]


def flat(rule):
    return [(rule.rungs[i].id, condition) for i, condition in rule.conditions()]


def test_township_ladder_is_the_one_of_the_definitions():
    rule = region.load("henan").rules["township_ladder"]
    assert flat(rule) == TOWNSHIP
    assert (rule.id, rule.version, rule.unit, rule.headline) == ("township_ladder", "1", "township", "A0")


def test_the_rung_by_road_branches_off_below_the_straight_line():
    rule = region.load("henan").rules["township_road"]
    assert flat(rule) == BY_ROAD
    assert (rule.unit, rule.headline, rule.upon) == ("township", "A5n", "township_ladder")


def test_county_rule_is_the_one_of_the_definitions():
    rule = region.load("henan").rules["county_station"]
    assert flat(rule) == COUNTY
    assert (rule.unit, rule.headline) == ("county", "C2")


def test_values_from_memory_are_marked_and_every_rung_has_a_source():
    rules = region.load("henan").rules
    rungs = {rung.id: rung for rule in rules.values() for rung in rule.rungs}
    assert all(rung.source for rung in rungs.values())
    assert {name for name, rung in rungs.items() if not rung.confirmed} == {"A5", "A5n", "C2"}


def test_facts_of_the_rules_are_words_of_the_vocabulary():
    for name in region.names():
        for rule in region.load(name).rules.values():
            assert {condition.fact for _, condition in rule.conditions()} <= set(Fact)


def test_shenzhen_borrows_the_ladder_for_its_zones():
    rules = region.load("shenzhen").rules
    assert list(rules) == ["zone_ladder"]
    rule = rules["zone_ladder"]
    assert flat(rule) == TOWNSHIP
    assert (rule.id, rule.unit, rule.headline) == ("zone_ladder", "zone", "A0")


def test_a_moved_threshold_is_a_new_rule():
    rule = region.load("henan").rules["township_ladder"]
    moved = rule.with_threshold("A4", "power_kw", 180)
    assert flat(rule) == TOWNSHIP
    changed = [pair for pair in flat(moved) if pair not in TOWNSHIP]
    assert changed == [("A4", Condition("power_kw", at_least=180.0))]
    nearer = rule.with_threshold("A5", "seat_km", 3)
    assert flat(nearer)[-1] == ("A5", Condition("seat_km", at_most=3.0))


@pytest.mark.parametrize(("rung", "fact"), [("A9", "power_kw"), ("A4", "seat_km"), ("A0", "access")])
def test_a_threshold_that_is_not_there_lists_those_that_are(rung, fact):
    rule = region.load("henan").rules["township_ladder"]
    with pytest.raises(errors.RegionFault) as caught:
        rule.with_threshold(rung, fact, 1)
    (fault,) = caught.value.faults
    assert fault.value == f"{rung}.{fact}"
    assert "A3.power_kw, A4.power_kw, A4.availability, A5.seat_km" in str(fault.params["detail"])


def test_rules_are_frozen():
    rule = region.load("henan").rules["township_ladder"]
    with pytest.raises(FrozenInstanceError):
        rule.headline = "A5"
