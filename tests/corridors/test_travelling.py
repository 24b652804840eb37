"""Travel along corridors, by hand and by trying every case."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import schema
from chargegeo.corridors import Vehicle, reach
from chargegeo.corridors.paths import Corridor
from chargegeo.corridors.travelling import fewest_of, travel, waiting
from chargegeo.errors import ContractFault
from chargegeo.vocab import Direction
from tests.corridors import cases

PLAIN = {"car": Vehicle(100, reserve=0)}


def road(length, direction=Direction.FORWARD, part=1):
    return Corridor(
        "G4", "expressway", direction, part, np.array([0]), np.array([0, 1]), np.array([0.0, length])
    )


def stands(corridor, km, site, n_piles=2, **more):
    base = {"is_side": True, "across": False, "detour_km": 0.0, "n_power_known": 0, "n_guns": None}
    return {**base, "corridor_id": corridor.id, "km": km, "site_id": site, "n_piles": n_piles, **more}


def found(corridors, *sites, vehicles=PLAIN, **options):
    table = (
        schema.conform(pd.DataFrame(list(sites)), "corridor_sites")
        if sites
        else schema.empty("corridor_sites")
    )
    return schema.check(travel(corridors, table, vehicles, **options), "corridor_travel")


# ---- by hand


def test_a_road_that_fails_says_where_and_what_mends_it():
    """300 km, charging at 90 and 180: the last 20 km fail; a side without piles at 250 would do."""
    south = road(300.0)
    row = found([south], stands(south, 90, "A"), stands(south, 180, "B"), stands(south, 250, "C", 0)).iloc[0]
    assert (row.passable, row.unserved_km, row.fail_from_km, row.fail_to_km) == (False, 20, 280, 300)
    assert (row.n_sites, row.n_added, row.n_added_sides) == (2, 1, 1)
    # without B nothing serves 190 to 280 any more; without A 100 to 180
    assert (row.passable_after_loss, row.worst_site_id, row.worst_added_km) == (False, "B", 90)


def test_sides_that_cannot_mend_leave_the_answer_open():
    south = road(300.0)
    row = found([south], stands(south, 90, "A"), stands(south, 120, "B", 0)).iloc[0]
    assert row.n_added == 2 and pd.isna(row.n_added_sides)


def test_a_station_without_piles_is_no_side_to_equip():
    """280 km, charging at 90: piles at 180 would do."""
    south = road(280.0)
    for is_side, n_added in ((True, 1), (False, None)):
        row = found([south], stands(south, 90, "A"), stands(south, 180, "B", 0, is_side=is_side)).iloc[0]
        assert row.n_added_sides == n_added if n_added else pd.isna(row.n_added_sides)


def test_a_road_that_can_be_driven_needs_nothing():
    south = road(180.0)
    row = found([south], stands(south, 90, "A"), stands(south, 95, "B")).iloc[0]
    assert row.passable and row.passable_after_loss and (row.n_added, row.n_added_sides) == (0, 0)
    assert pd.isna(row.fail_from_km) and pd.isna(row.worst_site_id) and row.worst_added_km == 0


def test_what_lies_ahead_or_in_the_other_direction_serves_nothing():
    """One site 30 km from the north end of 130 km: southwards it comes early enough, northwards at km 100."""
    south, north = road(140.0), road(140.0, Direction.BACKWARD)
    table = found([south, north], stands(south, 30, "A"))
    assert table["unserved_km"].tolist() == [10, 40]


def test_a_linked_site_is_one_site_in_both_directions():
    south, north = road(180.0), road(180.0, Direction.BACKWARD)
    table = found([south, north], stands(south, 90, "A"), stands(north, 90, "A", across=True))
    assert table["passable"].tolist() == [True, True]
    assert table["worst_site_id"].tolist() == ["A", "A"] and table["worst_added_km"].tolist() == [80, 80]


@pytest.mark.parametrize(("guns", "works"), [(2, 1 - 0.1**2), (None, 1 - 0.1**3), (0, 0.0)])
def test_guns_that_fail(guns, works):
    """180 km with one site of three piles in the middle: without it the last 80 km fail."""
    south = road(180.0)
    row = found([south], stands(south, 90, "A", 3, n_guns=guns), availability=(0.9, 1.0)).iloc[0]
    assert row.p_passable_a == pytest.approx(works)
    assert row.expected_unserved_km_a == pytest.approx(80 * (1 - works))
    assert (row.availability_a, row.availability_b) == (0.9, 1.0)
    assert row.p_passable_b == (guns != 0)


def test_a_holiday_by_hand():
    """Two guns at half their time: one erlang, and one driver in three waits. At all of it the site is lost."""
    south = road(180.0)
    busy = found([south], stands(south, 90, "A"), utilisation=0.25, holiday=2).iloc[0]
    assert busy.n_saturated == 0 and busy.p_passable_holiday == pytest.approx(2 / 3)
    full = found([south], stands(south, 90, "A"), utilisation=0.25, holiday=4).iloc[0]
    assert full.n_saturated == 1 and full.p_passable_holiday == 0 and full.passable
    near = road(90.0)
    assert found([near], stands(near, 50, "A"), utilisation=1).iloc[0].p_passable_holiday == 1


def test_erlang_by_hand():
    assert waiting([1, 2, 1, 2, 0], [0.5, 1, 1, 3, 0]).tolist() == pytest.approx([1 / 2, 1 / 3, 1, 1, 1])
    assert waiting(3, 0) == 0


@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_erlang_as_summed(guns, share):
    """C from its definition as a sum, and fewer wait with one gun more."""
    a = share * guns
    terms = np.cumprod(np.append(1.0, a / np.arange(1, guns + 1)))
    last = terms[-1] / (1 - share)
    assert waiting(guns, a) == pytest.approx(last / (terms[:-1].sum() + last))
    assert waiting(guns + 1, a) <= waiting(guns, a)


def test_demand_below_nothing_is_refused():
    with pytest.raises(ContractFault, match="-1"):
        found([road(10.0)], utilisation=-1)


def test_nothing_in_nothing_out():
    assert found([]).empty and found([road(10.0)], vehicles={}).empty
    row = found([road(250.0)]).iloc[0]
    assert (row.n_sites, row.unserved_km, row.n_added, row.p_passable_a) == (0, 150, 2, 0)


def test_rows_by_corridor_and_vehicle():
    south, north = road(100.0), road(90.0, Direction.BACKWARD)
    table = found([south, north], vehicles={"b": PLAIN["car"], "a": Vehicle(95, reserve=0)})
    assert list(zip(table["corridor_id"], table["vehicle"], table["passable"], strict=True)) == [
        (south.id, "b", True), (south.id, "a", False), (north.id, "b", True), (north.id, "a", True),
    ]  # fmt: skip


# ---- by trying every case


def world(rng):
    """Roads of whole km with sites, some without piles, some on several roads."""
    roads = [road(float(cases.line(rng)[0]), part=i + 1) for i in range(int(rng.integers(1, 4)))]
    sites = []
    for number in range(int(rng.integers(0, 7))):
        n_piles, guns = int(rng.integers(0, 3)), int(rng.integers(1, 3))
        for item in rng.permutation(np.array(roads, dtype=object))[: int(rng.integers(1, 3))]:
            km = float(rng.integers(0, int(item.length) + 1))
            sites.append(stands(item, km, f"s{number}", n_piles, n_guns=guns if n_piles else 0))
    return roads, sites


def through(length, at, vehicle):
    """Whether one gets to the end, and the km that fail."""
    one = reach.routes(length, sorted(at))
    return bool(reach.passable(one, vehicle)[0]), float(reach.unserved_km(one, vehicle)[0])


def test_every_case_tried():
    seen = set()
    for rng in cases.batches(5, 80):
        roads, sites = world(rng)
        vehicle, _ = cases.vehicle(rng)
        table = found(roads, *sites, vehicles={"v": vehicle}, availability=(0.7, 0.4)).set_index(
            "corridor_id"
        )
        for item in roads:
            row = table.loc[item.id]
            mine = [site for site in sites if site["corridor_id"] == item.id]
            full = [site for site in mine if site["n_piles"] > 0]
            able, km = through(item.length, [site["km"] for site in full], vehicle)
            assert (row.passable, row.unserved_km) == (able, pytest.approx(km, abs=1e-5))
            _losses(row, item, full, vehicle, able, km)
            _added(row, item, mine, full, vehicle)
            _chances(row, item, full, vehicle)
            seen.add((able, bool(row.passable_after_loss), pd.isna(row.n_added_sides), row.n_added > 1))
    assert len(seen) >= 5


def _losses(row, item, full, vehicle, able, km):
    after = {
        lost["site_id"]: through(item.length, [s["km"] for s in full if s is not lost], vehicle)
        for lost in full
    }
    assert row.passable_after_loss == (able and all(ok for ok, _ in after.values()))
    added = {site: round(left - km, 4) for site, (_, left) in after.items()}
    most = max(added.values(), default=0)
    assert row.worst_added_km == pytest.approx(most, abs=1e-3)
    if most > 0:
        assert row.worst_site_id == min(site for site, value in added.items() if value == most)


def _added(row, item, mine, full, vehicle):
    open_ = [site["km"] for site in mine if site["n_piles"] == 0]
    stand = [site["km"] for site in full]
    enough = [
        n
        for n in range(len(open_) + 1)
        for some in combinations(open_, n)
        if through(item.length, [*stand, *some], vehicle)[0]
    ]
    assert (row.n_added_sides if enough else pd.isna(row.n_added_sides)) == (min(enough) if enough else True)


def _chances(row, item, full, vehicle):
    for gun, p, km in ((0.7, row.p_passable_a, row.expected_unserved_km_a), (0.4, row.p_passable_b, None)):
        wanted_p = wanted_km = 0.0
        for works in product((False, True), repeat=len(full)):
            up = [1 - (1 - gun) ** site["n_guns"] for site in full]
            weight = np.prod([u if w else 1 - u for u, w in zip(up, works, strict=True)])
            at = [site["km"] for site, w in zip(full, works, strict=True) if w]
            ok, left = through(item.length, at, vehicle)
            wanted_p += weight * ok
            wanted_km += weight * left
        assert p == pytest.approx(wanted_p, abs=1e-9)
        assert km is None or km == pytest.approx(wanted_km, abs=1e-4)


def test_the_greedy_choice_adds_anywhere_no_more_than_at_sides():
    for rng in cases.batches(6, 50):
        length, at = cases.line(rng)
        vehicle, _ = cases.vehicle(rng)
        every = reach.routes(length, np.arange(0, length + 1))
        row = found([road(float(length))], *(stands(road(float(length)), km, f"{km:02}") for km in at),
                    vehicles={"v": vehicle}).iloc[0]  # fmt: skip
        on_whole_km = fewest_of(reach.routes(length, at), every, vehicle)[0]
        assert np.isnan(on_whole_km) or row.n_added <= on_whole_km
