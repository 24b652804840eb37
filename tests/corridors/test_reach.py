"""The reach rule on routes, by hand and against driving km by km."""

from importlib.metadata import version
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import labels
from chargegeo.corridors import Vehicle, mending, reach, through, vehicles
from chargegeo.errors import ContractFault, StudyFault
from tests.corridors import cases, driven
from tests.oracles import spopt_rule, state_of_charge

PLAIN = Vehicle(100, reserve=0)


# ---- by hand


def test_a_charger_serves_what_lies_behind_it_and_nothing_before_it():
    """A road of 300 km with a charger at km 150: the start charge carries to 100, the charger to 250."""
    road = reach.routes(300, [150])
    assert reach.unserved(road, PLAIN).km.tolist() == [[100, 150], [250, 300]]
    assert reach.unserved_km(road, PLAIN).tolist() == [100]
    assert not reach.passable(road, PLAIN)[0]


def test_reserve_start_and_charge_to_count():
    """Range 200, start 90 %, reserve 10 %, stops to 80 %: 160 km from the start, 140 km from each stop."""
    vehicle = Vehicle(200, start=0.9, reserve=0.1, charge_to=0.8)
    assert reach.unserved(reach.routes(500, [160, 310]), vehicle).km.tolist() == [[300, 310], [450, 500]]
    assert reach.arrival(reach.routes(440, [160, 300]), vehicle).tolist() == [pytest.approx(0.1)]
    assert reach.arrival(reach.routes(400, [160, 300]), vehicle).tolist() == [pytest.approx(0.3)]
    assert np.isnan(reach.arrival(reach.routes(441, [160, 300]), vehicle)).all()


def test_a_full_start_carries_past_a_stop_that_would_charge_less():
    """Start 100 km, stops to 50 km: the charger at km 10 adds nothing before km 60, and nothing at all."""
    vehicle = Vehicle(100, reserve=0, charge_to=0.5)
    assert reach.unserved(reach.routes(120, [10]), vehicle).km.tolist() == [[100, 120]]
    assert reach.arrival(reach.routes(80, [10]), vehicle).tolist() == [pytest.approx(0.2)]


def test_exactly_the_range_is_within_range_whatever_the_rounding():
    vehicle = Vehicle(300, start=0.9, reserve=0.1, charge_to=0.8)
    assert (0.8 - 0.1) * 300 != 210
    assert reach.passable(reach.routes(660, [240, 450]), vehicle).all()
    assert not reach.passable(reach.routes(660.01, [240, 450]), vehicle).any()


def test_each_direction_has_its_own_sides():
    """240 km, a site on the out side at 80 and one on the way back at km 80 of the way back."""
    road = {"out": reach.routes(160, [80]), "back": reach.routes(160, [80])}
    trip = reach.round_trips(road["out"], road["back"])
    assert reach.passable(trip, Vehicle(160, reserve=0)).all()
    assert reach.unserved(trip, PLAIN).km.tolist() == [[180, 240]]
    assert reach.passable(reach.round_trips(road["out"], road["back"], charging_at_end=True), PLAIN).all()
    one_sided = reach.round_trips(road["out"], reach.routes(160, []), charging_at_end=True)
    assert reach.unserved(one_sided, PLAIN).km.tolist() == [[260, 320]]


def test_several_routes_at_once_are_each_on_their_own():
    roads = reach.routes([50, 300, 300, 100], [250, 90, 20, 180], route=[1, 2, 2, 2])
    assert reach.passable(roads, PLAIN).tolist() == [True, False, False, True]
    found = reach.unserved(roads, PLAIN)
    assert found.route.tolist() == [1, 2]
    assert found.km.tolist() == [[100, 250], [280, 300]]
    assert reach.arrival(roads, PLAIN)[[0, 3]].tolist() == [0.5, 0.0]


def test_a_charger_off_its_route_is_refused_with_all_others():
    with pytest.raises(ContractFault) as caught:
        reach.routes([100, 50], [-1, 60, 60, 3], route=[0, 0, 1, 2])
    assert [fault.row for fault in caught.value.faults] == [0, 2, 3]
    with pytest.raises(ContractFault):
        reach.routes(100, [np.nan])


def test_a_vehicle_that_cannot_be_is_refused():
    with pytest.raises(StudyFault) as caught:
        Vehicle(0, start=0.1, reserve=0.2, charge_to=0.2)
    assert [fault.column for fault in caught.value.faults] == ["range_km", "start", "charge_to"]
    with pytest.raises(StudyFault):
        Vehicle.of_battery(60, 0)


def test_presets_say_that_they_are_ours():
    presets = vehicles()
    assert list(presets) == ["car", "coach", "truck"]
    assert presets["car"].range_km == pytest.approx(60 / 0.18)
    assert not any(vehicle.confirmed or not vehicle.note for vehicle in presets.values())


def test_every_word_of_an_answer_has_a_label():
    for lang in labels.LANGUAGES:
        for group, words in (
            ("vehicle", vehicles()),
            ("failure", through.Failure),
            ("outcome", mending.Outcome),
        ):
            assert all(f"reach.{group}.{word}" in labels.keys(lang) for word in words)


# ---- against driving


@pytest.mark.parametrize("check", [driven.line, driven.tour])
def test_routes_as_driven(check):
    found = []
    for rng in cases.batches(1, 1500):
        for what, ours, theirs in check(rng):
            assert ours == theirs, what
            found += [theirs] if what == "passable" else []
    assert 0.2 < np.mean(found) < 0.8


# ---- properties


@given(st.lists(st.floats(0, 500), max_size=8), st.floats(1, 600), st.floats(0, 500))
def test_one_more_charger_leaves_no_more_unserved(positions, range_km, another):
    vehicle = Vehicle(range_km)
    road, more = reach.routes(500, positions), reach.routes(500, [*positions, another])
    assert reach.unserved_km(more, vehicle)[0] <= reach.unserved_km(road, vehicle)[0] + 1e-5


@given(st.lists(st.floats(0, 500), max_size=8), st.floats(1, 600), st.randoms())
def test_order_changes_nothing(positions, range_km, random):
    shuffled = random.sample(positions, len(positions))
    found = [
        reach.unserved(reach.routes(500, given), Vehicle(range_km)).km for given in (positions, shuffled)
    ]
    assert np.array_equal(*found)


# ---- the published rule


def test_the_published_rule_accepts_a_road_that_no_one_can_drive():
    """One stretch of 500 km, range 100 km, one station at its start."""
    road = {0: [(1, 500)], 1: [(0, 500)]}
    assert spopt_rule.accepts(road, [0, 1], {0}, 100)
    assert not state_of_charge.gets_there(state_of_charge.line(500), {0}, (100, 0, 100), 0, 500)
    assert reach.unserved(reach.routes(500, [0]), PLAIN).km.tolist() == [[100, 500]]
    if version("spopt") >= "0.8":  # its own class came with 0.8.0, which needs Python 3.12
        assert_spopt_says_so()


def assert_spopt_says_so():
    """The site covers the stretch in the sets of the model, which its own check of the path denies."""
    from scipy.sparse import csr_matrix
    from spopt.locate import FRLM

    network = csr_matrix(np.array([[0.0, 500.0], [500.0, 0.0]]))
    model = FRLM.from_flow_dataframe(network, {(0, 1): 1}, vehicle_range=100, p_facilities=1)
    assert model.k == {(1, 1): [0, 1]}
    assert not model.check_path_refueling_feasibility([0, 1], [0])


def test_the_published_rule_is_stated_as_published():
    """A site near either end of an arc covers it, from ahead too; one beyond half the range does not."""
    road = {"a": [("b", 80)], "b": [("a", 80), ("c", 20)], "c": [("b", 20)]}
    assert spopt_rule.accepts(road, ["a", "b"], {"c"}, 40)
    assert not spopt_rule.accepts(road, ["a", "b"], {"c"}, 39)
    assert not spopt_rule.accepts(road, ["a", "b", "c"], {"a"}, 100)


def test_the_published_rule_never_refuses_what_can_be_driven_out_and_back():
    """Its faults are all on one side: start half full, half the range kept for the way back to a site."""
    wrong = 0
    for rng in cases.batches(9, 200):
        length, chargers = cases.line(rng)
        full = 2 * int(rng.integers(1, 10))
        vertices = sorted({0, length, *chargers})
        road = {}
        for tail, head in pairwise(vertices):
            road.setdefault(tail, []).append((head, head - tail))
            road.setdefault(head, []).append((tail, head - tail))
        out = reach.routes(length, chargers, site=chargers)
        back = reach.routes(length, [length - km for km in chargers], site=chargers)
        there = reach.passable(reach.round_trips(out, back), Vehicle(full, start=0.5, reserve=0))[0]
        said = spopt_rule.accepts(road, vertices, set(chargers), full)
        assert said or not there or full // 2 >= 2 * length  # no site is needed at all
        wrong += said and not there
    assert wrong > 20
