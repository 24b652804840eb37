"""The ladder, by hand: what a unit passes, what fails the next rung, and what an unknown fact does."""

import numpy as np
import pandas as pd
import pytest

from chargegeo import coverage, schema
from tests.coverage.world import (
    CODES,
    COUNTY_RULE,
    HENAN,
    LADDER,
    row,
    set_aside,
    station,
    stations_tables,
    unit,
    units_table,
)

PUBLIC_AC = row("ac", 7.0)


def table(units, stations, rule=LADDER, region=HENAN):
    frame, piles, placed = stations_tables(stations)
    found = coverage.by_unit(
        units_table(units), frame, piles, region, rule, placed=placed, set_aside=set_aside(units)
    )
    return schema.check(found, "coverage")


def verdict(stations, *, home=None, rule=LADDER):
    """Rung, highest possible rung, next rung, its state and the missing fact of one unit."""
    found = table([home or unit()], stations, rule)
    columns = ["rung", "possible_rung", "next_rung", "next_state", "next_fact"]
    return tuple(None if pd.isna(v) else v for v in found.loc[0, columns])


UNCOVERED = [
    ("no station", [], (None, None, "A0", "uncovered", "site")),
    ("dedicated only", [station(access="dedicated")], (None, None, "A0", "uncovered", "access")),
    ("private only", [station(access="private")], (None, None, "A0", "uncovered", "access")),
    ("closed", [station(status="closed")], ("A0", "A0", "A1", "uncovered", "status")),
    ("being built", [station(status="construction")], ("A0", "A0", "A1", "uncovered", "status")),
    ("alternating current", [station(PUBLIC_AC)], ("A1", "A1", "A2", "uncovered", "current")),
    ("59.9 kW", [station(row(power_kw=59.9))], ("A2", "A2", "A3", "uncovered", "power_kw")),
    ("60 kW", [station(row(power_kw=60))], ("A3", "A3", "A4", "uncovered", "power_kw")),
    ("119.9 kW", [station(row(power_kw=119.9))], ("A3", "A3", "A4", "uncovered", "power_kw")),
    ("availability", [station(availability=0.98)], ("A3", "A3", "A4", "uncovered", "availability")),
    ("far", [station(point=(113.05, 34.10))], ("A4", "A4", "A5", "uncovered", "seat_km")),
]
PASSED = [
    ("all", [station()], ("A5", "A5", None, None, None)),
    ("both kinds of current", [station(row("acdc"))], ("A5", "A5", None, None, None)),
    ("exactly 99 %", [station(availability=0.99)], ("A5", "A5", None, None, None)),
    ("unknown availability", [station(availability=None)], ("A5", "A5", None, None, None)),
]
UNKNOWN = [
    ("access", [station(access=None)], (None, "A5", "A0", "unknown", "access")),
    ("status", [station(status=None)], ("A0", "A5", "A1", "unknown", "status")),
    ("current", [station(row(current=None))], ("A1", "A5", "A2", "unknown", "current")),
    ("power", [station(row(power_kw=None))], ("A2", "A5", "A3", "unknown", "power_kw")),
    ("position", [station(point=None)], ("A4", "A5", "A5", "unknown", "seat_km")),
    # access unknown, but closed for certain: A0 may be passed, A1 not
    ("cut short", [station(access=None, status="closed")], (None, "A0", "A0", "unknown", "access")),
    # an unknown fact beside a false one does not decide
    ("false wins", [station(access="dedicated", status=None)], (None, None, "A0", "uncovered", "access")),
    ("a false power", [station(row(None, 7))], ("A1", "A2", "A2", "unknown", "current")),
]


@pytest.mark.parametrize(
    ("stations", "expected"),
    [pytest.param(stations, expected, id=name) for name, stations, expected in UNCOVERED + PASSED + UNKNOWN],
)
def test_one_station(stations, expected):
    assert verdict(stations) == expected


def test_a_certain_pile_beside_an_unknown_one_is_covered():
    assert verdict([station(access=None, status=None), station()])[0] == "A5"


def test_certain_ac_beside_dc_of_unknown_status():
    stations = [station(PUBLIC_AC), station(status=None)]
    assert verdict(stations) == ("A1", "A5", "A2", "unknown", "status")


def test_the_reason_is_that_of_the_pile_that_comes_furthest():
    stations = [station(PUBLIC_AC), station(row(power_kw=30)), station(row(power_kw=400), status="closed")]
    assert verdict(stations) == ("A2", "A2", "A3", "uncovered", "power_kw")


def test_two_rows_of_one_station_do_not_lend_each_other_their_facts():
    """A slow DC pile and a strong AC pile make no strong DC pile."""
    assert verdict([station(row("dc", 30), row("ac", 120))]) == ("A2", "A2", "A3", "uncovered", "power_kw")


def test_two_stations_do_not_lend_each_other_their_facts():
    stations = [station(status="closed"), station(access="dedicated")]
    assert verdict(stations) == ("A0", "A0", "A1", "uncovered", "status")


def test_a_seat_that_is_not_known_leaves_only_the_last_rung_open():
    assert verdict([station()], home=unit(seat=None)) == ("A4", "A5", "A5", "unknown", "seat_km")


def test_a_row_set_aside_makes_unknown_and_never_covered():
    home = unit(set_aside=1)
    assert verdict([], home=home) == (None, "A5", "A0", "unknown", "set_aside")
    assert verdict([station(status="closed")], home=home) == ("A0", "A5", "A1", "unknown", "set_aside")
    assert verdict([station()], home=home) == ("A5", "A5", None, None, None)
    assert table([home], []).loc[0, "n_set_aside"] == 1


def test_an_unknown_fact_of_a_pile_is_named_before_a_row_set_aside():
    found = verdict([station(status=None)], home=unit(set_aside=2))
    assert found == ("A0", "A5", "A1", "unknown", "status")


def test_a_unit_without_boundary_is_unknown_unless_a_pile_proves_it():
    home = unit(missing=True)
    assert verdict([], home=home) == (None, "A5", "A0", "unknown", "boundary")
    assert verdict([station(access="dedicated")], home=home) == (None, "A5", "A0", "unknown", "boundary")
    assert verdict([station()], home=home) == ("A5", "A5", None, None, None)
    both = unit(missing=True, set_aside=1)
    assert verdict([], home=both) == (None, "A5", "A0", "unknown", "set_aside")


def test_set_aside_rows_without_or_with_a_foreign_code_count_nowhere():
    frame, piles, placed = stations_tables([])
    given = pd.Series([None, "999999999", CODES[0]], dtype="str")
    found = coverage.by_unit(
        units_table([unit()]), frame, piles, HENAN, LADDER, placed=placed, set_aside=given
    )
    assert found["n_set_aside"].tolist() == [1]
    found = coverage.by_unit(units_table([unit()]), frame, piles, HENAN, LADDER, placed=placed)
    assert found["n_set_aside"].tolist() == [0]


def test_state_is_that_of_the_headline_rung():
    rule = type(LADDER)(LADDER.id, LADDER.version, LADDER.unit, "A2", LADDER.rungs)
    units = [unit(code) for code in CODES[:3]]
    stations = [station(at=CODES[0]), station(PUBLIC_AC, at=CODES[1]), station(row(None), at=CODES[2])]
    assert table(units, stations, rule)["state"].tolist() == ["covered", "uncovered", "unknown"]
    assert table(units, stations)["state"].tolist() == ["covered"] * 3


def test_a_moved_threshold_moves_the_answer():
    stations = [station(row(power_kw=150))]
    assert verdict(stations)[0] == "A5"
    assert verdict(stations, rule=LADDER.with_threshold("A4", "power_kw", 180))[0] == "A3"


COUNTY = [
    ("three, one DC", [station(row("ac", n_piles=2), row("dc"))], ("C2", "C2", None, None, None)),
    ("both kinds in one", [station(row("acdc", n_piles=3))], ("C2", "C2", None, None, None)),
    ("two", [station(row("ac"), row("dc"))], ("C1", "C1", "C2", "uncovered", "station_piles")),
    ("no DC", [station(row("ac", n_piles=3))], ("C1", "C1", "C2", "uncovered", "station_dc_piles")),
    # never added over stations: two and two are not three
    ("two and two", [station(row(n_piles=2)), station(row(n_piles=2))],
     ("C1", "C1", "C2", "uncovered", "station_piles")),
    ("DC elsewhere", [station(row("ac", n_piles=3)), station(row("dc"))],
     ("C1", "C1", "C2", "uncovered", "station_dc_piles")),
    ("number unknown", [station(count_known=False)], ("C1", "C2", "C2", "unknown", "station_piles")),
    ("number and kind unknown", [station(row(None), count_known=False)],
     ("C1", "C2", "C2", "unknown", "station_piles")),
    ("number unknown, no DC", [station(row("ac"), count_known=False)],
     ("C1", "C1", "C2", "uncovered", "station_dc_piles")),
    ("kind unknown", [station(row(None, n_piles=3))], ("C1", "C2", "C2", "unknown", "station_dc_piles")),
    ("one kind unknown, DC known", [station(row(None, n_piles=2), row("dc"))], ("C2", "C2", None, None, None)),
    ("in maintenance", [station(row(n_piles=3), status="maintenance")],
     ("C0", "C0", "C1", "uncovered", "status")),
]  # fmt: skip


@pytest.mark.parametrize(("stations", "expected"), [pytest.param(s, e, id=name) for name, s, e in COUNTY])
def test_county_rule(stations, expected):
    assert verdict(stations, rule=COUNTY_RULE) == expected


def test_a_settable_number_of_dc_piles_leaves_unknown_kinds_open():
    """One DC pile and two of unknown kind: two DC piles are possible, four are not."""
    stations = [station(row("dc"), row(None, n_piles=2))]
    two = COUNTY_RULE.with_threshold("C2", "station_dc_piles", 2)
    four = COUNTY_RULE.with_threshold("C2", "station_dc_piles", 4)
    assert verdict(stations, rule=two) == ("C1", "C2", "C2", "unknown", "station_dc_piles")
    assert verdict(stations, rule=four) == ("C1", "C1", "C2", "uncovered", "station_dc_piles")


def test_counts_by_hand():
    units = [unit(CODES[0]), unit(CODES[1])]
    stations = [
        station(row(power_kw=480, n_piles=3), row("ac", 7, 4), row(None, None, 2), n_guns=12),
        station(row(power_kw=479.9), access="dedicated", n_guns=None),
        station(row(n_piles=5), at=None),
    ]
    found = table(units, stations)
    first = found.loc[0]
    assert first["unit_code"] == CODES[0]
    assert first["rule"] == "township_ladder 1"
    assert (first["n_stations"], first["n_piles"], first["n_public_piles"]) == (2, 10, 9)
    assert first["n_guns"] == 12
    assert (first["n_ultra_fast"], first["n_power_known"], first["n_power_unknown"]) == (3, 8, 2)
    assert first["ultra_fast_share"] == pytest.approx(3 / 8)
    second = found.loc[1]
    assert (second["n_stations"], second["n_piles"], second["n_power_known"]) == (0, 0, 0)
    assert second[["n_guns", "n_bays", "n_sides", "ultra_fast_share"]].isna().all()


def test_nothing_at_all():
    assert len(table([], [])) == 0
    frame, piles, placed = stations_tables([station(at=None)])
    assert len(coverage.by_unit(units_table([]), frame, piles, HENAN, LADDER, placed=placed)) == 0


def test_inputs_stay_as_they_are():
    units = units_table([unit()])
    frame, piles, placed = stations_tables([station(), station(row(None), access=None)])
    before = [item.copy(deep=True) for item in (units, frame, piles, placed)]
    coverage.by_unit(units, frame, piles, HENAN, LADDER, placed=placed)
    coverage.place(frame, units)
    for old, new in zip(before, (units, frame, piles, placed), strict=True):
        (pd.testing.assert_series_equal if isinstance(old, pd.Series) else pd.testing.assert_frame_equal)(
            old, new
        )


def test_counting_stations():
    stations = [
        station(), station(access=None), station(status=None), station(PUBLIC_AC), station(point=None),
        station(row("ac"), row("dc")),
    ]  # fmt: skip
    frame, piles, _ = stations_tables(stations)

    def counting(rung):
        return coverage.counting_stations(frame, piles, LADDER, rung=rung).tolist()

    assert counting("A0") == [True, False, True, True, True, True]
    assert counting("A1") == [True, False, False, True, True, True]
    assert counting("A4") == [True, False, False, False, True, True]
    assert counting("A5") == counting("A4"), "the distance to a seat is no property of a station"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (14.9, ("A5n", "A5n", None, None, None)),
        (15.0, ("A5n", "A5n", None, None, None)),
        (15.1, ("A4", "A4", "A5n", "uncovered", "seat_minutes")),
        (np.inf, ("A4", "A4", "A5n", "uncovered", "seat_minutes")),
        (np.nan, ("A4", "A5n", "A5n", "unknown", "seat_minutes")),
        (None, ("A4", "A5n", "A5n", "unknown", "seat_minutes")),
    ],
)
def test_the_rung_by_road_asks_for_minutes_and_not_for_the_straight_line(minutes, expected):
    units = units_table([unit(seat=(113.9, 34.9))])  # far away in a straight line
    frame, piles, placed = stations_tables([station()])
    rule = HENAN.rules["township_road"]
    given = None if minutes is None else np.array([minutes])
    found = coverage.by_unit(units, frame, piles, HENAN, rule, placed=placed, seat_minutes=given).iloc[0]
    names = ("rung", "possible_rung", "next_rung", "next_state", "next_fact")
    assert tuple(None if pd.isna(found[name]) else found[name] for name in names) == expected


def test_any_station_of_the_unit_may_be_the_near_one():
    """The weak station is near, the strong one far: they lend each other nothing."""
    units, rule = units_table([unit()]), HENAN.rules["township_road"]
    frame, piles, placed = stations_tables([station(row("dc", 60)), station()])
    minutes = np.array([5.0, 40.0])
    found = coverage.by_unit(units, frame, piles, HENAN, rule, placed=placed, seat_minutes=minutes)
    assert found["rung"].tolist() == ["A4"] and found["next_fact"].tolist() == ["seat_minutes"]
