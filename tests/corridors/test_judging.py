"""Rules along a road, by hand: what is met, what fails, what is not known, and what would mend it."""

import numpy as np
import pandas as pd
import pytest

from chargegeo import roads, schema
from chargegeo.corridors import judging as rules
from chargegeo.corridors import paths
from chargegeo.vocab import RoadClass

ALL = rules.rules()
AFIR, BAYS, EIGHT = ALL["afir_core_2025"], ALL["china_2022_bays"], ALL["henan_2022"]


def road(length, *, ring=False):
    """A corridor of a length; a ring of four equal sides where asked."""
    if not ring:
        lat = [35.0, 35.0 - length / 111]
        net = roads.from_edges(
            [113, 113], lat, [0], [1], metres=[length * 1000], ref=["G4"], road_class="expressway"
        )
        return paths.build(net)
    net = roads.from_edges(
        [113.5, 114, 113.5, 113], [35, 34.6, 34.2, 34.6], [0, 1, 2, 3], [1, 2, 3, 0],
        metres=[250 * length] * 4, ref=["G4"] * 4, road_class="expressway",
    )  # fmt: skip
    return paths.build(net)


def world(*sites):
    """Sites (km, groups of (kW, piles)) with settable columns after them."""
    rows, piles = [], []
    for number, (km, groups, more) in enumerate(sites):
        name = f"s{number}"
        known = [(kw, n) for kw, n in groups if kw is not None]
        rows.append({
            "corridor_id": "G4-forward-1", "km": km, "site_id": name, "name": name, "is_side": True, "across": False,
            "detour_km": 0.3, "n_piles": sum(n for _, n in groups), "n_power_known": sum(n for _, n in known),
            "total_kw": sum(kw * n for kw, n in known) if known else np.nan,
            "max_kw": max((kw for kw, _ in known), default=np.nan), **more,
        })  # fmt: skip
        piles += [{"site_id": name, "power_kw": kw, "n_piles": n} for kw, n in groups]
    table = schema.conform(pd.DataFrame(rows), "corridor_sites") if rows else schema.empty("corridor_sites")
    return table, pd.DataFrame(piles, columns=["site_id", "power_kw", "n_piles"]).astype({"power_kw": float})


def judged(corridors, rule, *sites):
    table = rules.judge(corridors, *world(*sites), [rule])
    return [
        (row.from_km, row.to_km, row.verdict, None if pd.isna(row.fact) else row.fact)
        for row in table.itertuples()
    ], table


GOOD, WEAK, OPEN = [(160, 3)], [(60, 3)], [(None, 4)]


def test_a_road_with_pools_near_enough_meets_the_rule():
    found, _ = judged(road(150), AFIR, (50, GOOD, {}), (110, GOOD, {}))
    assert found == [(0, 50, "met", None), (50, 110, "met", None), (110, 150, "met", None)]


def test_a_stretch_that_is_too_long_says_where_the_new_site_must_lie():
    found, table = judged(road(200), AFIR, (50, GOOD, {}), (150, GOOD, {}))
    assert found[1] == (50, 150, "not_met", "spacing")
    row = table.iloc[1]
    # one site at 90 to 110: not later than 50 + 60, not earlier than 150 - 60
    assert (row["have"], row["need"], row["n_new"], row["mend_from_km"], row["mend_to_km"]) == (
        100,
        60,
        1,
        90,
        110,
    )


def test_a_road_without_any_pool_needs_several():
    found, table = judged(road(250), AFIR)
    assert found == [(0, 250, "not_met", "spacing")]
    assert table["n_new"].tolist() == [4] and table["mend_to_km"].tolist() == [60]


def test_a_weak_site_in_the_stretch_mends_it_when_upgraded():
    found, table = judged(road(150), AFIR, (50, GOOD, {}), (90, WEAK, {}), (140, GOOD, {}))
    assert found[1][2:] == ("not_met", "spacing") and table["site_id"].tolist()[1] == "s1"


def test_a_weak_site_too_near_to_one_end_does_not():
    _, table = judged(road(150), AFIR, (50, GOOD, {}), (60, WEAK, {}), (140, GOOD, {}))
    assert table["site_id"].isna().tolist()[1]


def test_a_site_of_unknown_power_leaves_the_stretch_unknown():
    found, table = judged(road(150), AFIR, (50, GOOD, {}), (90, OPEN, {}), (140, GOOD, {}))
    assert found[1] == (50, 140, "unknown", "total_kw") and table["site_id"].tolist()[1] == "s1"


def test_a_site_of_unknown_power_that_would_not_help_changes_nothing():
    found, _ = judged(road(150), AFIR, (50, GOOD, {}), (55, OPEN, {}), (140, GOOD, {}))
    assert found[1][2:] == ("not_met", "spacing")


def test_power_alone_is_not_enough_without_a_strong_pile():
    """Seven piles of 60 kW are 420 kW, and none has 150."""
    found, _ = judged(road(100), AFIR, (50, [(60, 7)], {}))
    assert found == [(0, 100, "not_met", "spacing")]


def test_a_pool_beyond_the_detour_does_not_count():
    found, _ = judged(road(100), AFIR, (50, GOOD, {"detour_km": 6.1}))
    assert found == [(0, 100, "not_met", "spacing")]
    assert judged(road(100), AFIR, (50, GOOD, {"detour_km": 6.0}))[0][0][2] == "met"


def test_around_a_ring_the_last_stretch_closes_over_the_start():
    found, _ = judged(road(100, ring=True), AFIR, (10, GOOD, {}), (55, GOOD, {}))
    assert found == [(10, 55, "met", None), (55, 10, "met", None)]
    found, table = judged(road(100, ring=True), AFIR, (90, GOOD, {}), (95, WEAK, {}), (10, WEAK, {}))
    assert found == [(90, 90, "not_met", "spacing")] and table["have"].tolist() == [100]
    assert table["n_new"].tolist() == [1] and (table["mend_from_km"] - table["mend_to_km"]).tolist() == [-20]


@pytest.mark.parametrize(
    ("bays", "cars", "verdict", "have"),
    [
        (10, 100, "met", None),
        (9, 100, "not_met", 0.09),
        (None, 100, "unknown", 0.0),
        (9, None, "unknown", 0.0),
    ],
)
def test_share_of_bays_of_each_side(bays, cars, verdict, have):
    found, table = judged(road(100), BAYS, (50, GOOD, {"n_bays": bays, "n_car_bays": cars}))
    assert found == [(50, 50, verdict, None if verdict == "met" else "bay_share")]
    assert table["have"].fillna(-1).tolist() == [-1 if have is None else have]


@pytest.mark.parametrize(
    ("piles", "guns", "verdict"),
    [(4, 8, "met"), (4, 7, "not_met"), (8, None, "met"), (4, None, "unknown"), (0, None, "not_met")],
)
def test_eight_vehicles_at_once(piles, guns, verdict):
    groups = [(120, piles)] if piles else []
    assert judged(road(100), EIGHT, (50, groups, {"n_guns": guns}))[0][0][2] == verdict


def test_a_station_and_the_far_side_of_a_link_are_no_sides_of_their_own():
    found, _ = judged(road(100), BAYS, (40, GOOD, {"is_side": False}), (50, GOOD, {"across": True}))
    assert found == []


def test_rules_are_for_their_classes_of_road():
    net = roads.from_edges([113, 113], [35, 34], [0], [1], ref=["G107"], road_class=RoadClass.NATIONAL)
    assert rules.judge(paths.build(net), *world(), [AFIR]).empty


def test_every_rule_says_what_it_is_and_where_it_is_from():
    for rule in ALL.values():
        assert rule.name.keys() == rule.source.keys() == {"zh", "en"}
        assert (rule.kind == "spacing") == (rule.spacing_km is not None) == (rule.detour_km is not None)
    assert [name for name, rule in ALL.items() if not rule.confirmed] == ["afir_comprehensive_2030"]
    # by hand after the definitions: 50 miles and 1 mile
    assert ALL["nevi"].spacing_km == pytest.approx(50 * 1.609344) and ALL["nevi"].detour_km == 1.609344


@pytest.mark.parametrize(
    ("utilisation", "kw", "verdict", "fact"),
    [
        (0.4, 120, "met", None),  # not above 40 %
        (0.41, 120, "not_met", "piles"),
        (0.41, 250, "met", None),
        (0.41, None, "unknown", "piles"),
        (None, 120, "unknown", "utilisation"),
        (None, 250, "met", None),  # whatever the utilisation is
    ],
)
def test_a_busy_side_needs_high_power(utilisation, kw, verdict, fact):
    found, _ = judged(road(100), ALL["china_2025_busy"], (50, [(kw, 4)], {"utilisation": utilisation}))
    assert found == [(50, 50, verdict, fact)]


def mended(corridors, *sites):
    """Verdict, how many new sites, and between which kilometres the first, of the only row."""
    (row,) = judged(corridors, AFIR, *sites)[1].itertuples()
    return row.verdict, None if pd.isna(row.n_new) else row.n_new, row.mend_from_km, row.mend_to_km


@pytest.mark.parametrize(("length", "needed"), [(50, 1), (60, 1), (100, 2), (120, 2), (121, 3)])
def test_a_ring_without_a_site_is_never_met(length, needed):
    """However short: a driver goes round and round. The first new site may lie anywhere."""
    assert mended(road(length, ring=True)) == ("not_met", needed, 0, length)


def test_a_ring_of_sites_of_unknown_power_is_unknown_only_where_they_would_do_all_around_it():
    # one site at 50 of 100 km leaves 100 km from itself to itself
    assert mended(road(100, ring=True), (50, OPEN, {})) == ("not_met", 2, 0, 100)
    found, table = judged(road(50, ring=True), AFIR, (20, OPEN, {}))
    assert found == [(0, 50, "unknown", "total_kw")] and table["site_id"].tolist() == ["s0"]
    # from 10 to 70 and from 70 over the start to 10: 60 and 40 km; from 10 to 71 it is 61
    assert judged(road(100, ring=True), AFIR, (10, OPEN, {}), (70, OPEN, {}))[0][0][2] == "unknown"
    assert judged(road(100, ring=True), AFIR, (10, OPEN, {}), (71, OPEN, {}))[0][0][2] == "not_met"


def test_one_weak_site_upgraded_mends_a_short_ring_and_no_long_one():
    for length, mends in ((60, ["s0"]), (61, [None])):
        table = judged(road(length, ring=True), AFIR, (20, WEAK, {}))[1]
        assert [None if pd.isna(name) else name for name in table["site_id"]] == mends


def test_on_a_ring_the_place_of_a_new_site_is_a_kilometre_of_the_ring():
    # from 50 round to 50: not before 50 + 100 - 60 = 90, not after 50 + 60 = 110, which is km 10
    assert mended(road(100, ring=True), (50, GOOD, {})) == ("not_met", 1, 90, 10)
    rows = judged(road(200, ring=True), AFIR, (130, GOOD, {}), (190, GOOD, {}))[1]
    # from 190 over the start to 130 are 140 km: two more, the first between 330 - 120 = 210 and 250
    assert rows.iloc[1][["from_km", "to_km", "n_new", "mend_from_km", "mend_to_km"]].tolist() == [
        190, 130, 2, 10, 50,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kw", "piles", "verdict"),
    [(120, 2, "met"), (60, 2, "met"), (30, 2, "not_met"), (None, 2, "unknown"), (120, 0, "not_met")],
)
def test_the_largest_power_of_a_sides_own_table_says_whether_one_pile_is_strong_enough(kw, piles, verdict):
    """One pile of 60 kW is asked; the table says how many piles, and the power of the largest alone."""
    groups = [(None, piles)] if piles else []
    found, _ = judged(road(100), ALL["china_2025_power"], (50, groups, {"max_kw": kw}))
    assert found == [(50, 50, verdict, None if verdict == "met" else "piles")]


def test_the_largest_power_of_known_piles_says_nothing_of_the_others():
    found, _ = judged(road(100), ALL["china_2025_power"], (50, [(30, 1), (None, 1)], {}))
    assert found == [(50, 50, "unknown", "piles")]


SILENT = {"n_piles": None, "n_power_known": 0}


@pytest.mark.parametrize(
    ("rule", "more", "verdict", "fact"),
    [
        ("china_2025_power", {}, "unknown", "piles"),
        ("china_2025_power", {"max_kw": 120.0}, "met", None),
        ("china_2025_power", {"max_kw": 30.0}, "not_met", "piles"),
        ("henan_2022", {}, "unknown", "guns"),
        ("henan_2022", {"n_guns": 8}, "met", None),
        ("henan_2022", {"n_guns": 7}, "not_met", "guns"),
        ("henan_2022", {"n_piles": 0}, "not_met", "guns"),
        ("china_2022_bays", {"n_bays": 5, "n_car_bays": 100}, "not_met", "bay_share"),
    ],
)
def test_a_side_of_unknown_piles_is_judged_by_what_else_is_known(rule, more, verdict, fact):
    found, _ = judged(road(100), ALL[rule], (50, [], {**SILENT, **more}))
    assert found == [(50, 50, verdict, fact)]


def test_a_stretch_that_a_side_of_unknown_piles_may_break_up_is_unknown():
    """Pools at 10 and 110 km; a side of unknown piles at 60 km may be the pool that makes 50 + 50 of the 100 km."""
    ends = (10, GOOD, {}), (110, GOOD, {})
    found, table = judged(road(120), AFIR, ends[0], (60, [], SILENT), ends[1])
    assert found[1] == (10, 110, "unknown", "total_kw")
    assert table["site_id"][1] == "s1" and pd.isna(table["n_new"][1]) and pd.isna(table["mend_from_km"][1])
    # at 80 km it leaves 70 km even as a pool, so the rule fails for certain
    found, table = judged(road(120), AFIR, ends[0], (80, [], SILENT), ends[1])
    assert found[1] == (10, 110, "not_met", "spacing") and table["n_new"][1] == 1
    # and a side known to be empty leaves no doubt either
    found, _ = judged(road(120), AFIR, ends[0], (60, [], {"n_piles": 0}), ends[1])
    assert found[1] == (10, 110, "not_met", "spacing")
