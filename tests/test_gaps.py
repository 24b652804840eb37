"""Who is left out: order, reasons, and the nearest station that would count."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from chargegeo import coverage, gaps, schema
from tests.coverage.world import (
    CODES,
    HENAN,
    LADDER,
    row,
    set_aside,
    station,
    stations_tables,
    unit,
    units_table,
)
from tests.oracles import nearest

FAR = (113.05, 34.5)


def ranked(units, stations, rule=LADDER):
    table = units_table(units)
    frame, piles, placed = stations_tables(stations)
    verdict = coverage.by_unit(table, frame, piles, HENAN, rule, placed=placed, set_aside=set_aside(units))
    return schema.check(gaps.rank(table, verdict, frame, piles, HENAN, rule), "gaps")


def test_covered_units_are_not_listed():
    found = ranked([unit(CODES[0]), unit(CODES[1])], [station(at=CODES[0])])
    assert found["unit_code"].tolist() == [CODES[1]]
    assert len(ranked([unit(CODES[0])], [station(at=CODES[0])])) == 0


def test_order_by_hand():
    seat = (113.05, 34.05)
    units = [
        unit(CODES[0], seat=seat, population=9e6, n_villages=99, set_aside=1),  # unknown: after all uncovered
        unit(CODES[1], seat=seat, population=500.0, n_villages=3),
        unit(CODES[2], seat=seat, population=900.0, n_villages=1),
        unit(CODES[3], seat=seat, population=None, n_villages=80),
        unit(CODES[4], seat=seat, population=500.0, n_villages=7),
        unit(CODES[5], seat=(113.05, 34.0), population=500.0, n_villages=3),  # farther than the second
        unit(CODES[6], seat=seat, population=500.0, n_villages=None),
        unit(CODES[7], seat=seat, population=500.0, n_villages=3),  # equal to the second but for its code
    ]
    expected = [CODES[i] for i in (2, 4, 5, 1, 7, 6, 3, 0)]
    for order in (units, units[::-1]):
        found = ranked(order, [station(at=None, point=FAR)])
        assert found["unit_code"].tolist() == expected
        assert found["rank"].tolist() == list(range(1, 9))
    assert found["state"].tolist() == ["uncovered"] * 7 + ["unknown"]
    assert found["fact"].tolist() == ["site"] * 7 + ["set_aside"]
    assert set(found["rung"]) == {"A0"}


def test_only_a_station_that_counts_for_certain_is_near():
    near = (113.05, 34.06)
    stations = [
        station(at=None, point=near, access="dedicated"),
        station(at=None, point=near, access=None),
        station(at=None, point=None),
        station(at=None, point=FAR),
    ]
    (line,) = ranked([unit()], stations).to_dict("records")
    assert line["nearest_station_id"] == "S03"
    assert line["nearest_km"] == pytest.approx(nearest.nearest_km(113.05, 34.05, [FAR]), rel=1e-3)
    assert line["from_seat"]


def test_what_counts_depends_on_the_headline_rung():
    rule = replace(LADDER, headline="A2")
    stations = [station(row("ac", 7.0), at=None, point=(113.05, 34.06)), station(at=None, point=FAR)]
    assert ranked([unit()], stations)["nearest_station_id"].tolist() == ["S00"]
    assert ranked([unit()], stations, rule)["nearest_station_id"].tolist() == ["S01"]
    assert ranked([unit()], stations, rule)["rung"].tolist() == ["A2"]


def test_a_unit_whose_pile_is_too_far_from_the_seat_still_gets_its_distance():
    rule = replace(LADDER, headline="A5")
    (line,) = ranked([unit()], [station(point=(113.05, 34.10))], rule).to_dict("records")
    assert (line["state"], line["fact"], line["nearest_station_id"]) == ("uncovered", "seat_km", "S00")
    assert line["nearest_km"] == pytest.approx(5.55, abs=0.01)


@pytest.mark.parametrize("stations", [[], [station(at=None, access=None)], [station(at=None, point=None)]])
def test_no_station_that_counts(stations):
    found = ranked([unit(CODES[0]), unit(CODES[1], seat=None)], stations)
    assert found["unit_code"].tolist() == CODES[:2]
    assert found[["nearest_station_id", "nearest_km"]].isna().all(axis=None)


def test_without_seat_from_inside_and_without_boundary_from_nowhere():
    units = [
        unit(CODES[0], seat=None, shape=box(113.0, 34.0, 113.002, 34.002)),
        unit(CODES[1], seat=None, missing=True),
        unit(CODES[2], missing=True),
    ]
    found = ranked(units, [station(at=None, point=FAR)]).set_index("unit_code")
    assert found.loc[CODES[:3], "from_seat"].tolist() == [False, False, True]
    assert found.loc[CODES[0], "nearest_km"] == pytest.approx(
        nearest.nearest_km(113.001, 34.001, [FAR]), rel=0.005
    )
    assert pd.isna(found.loc[CODES[1], "nearest_km"])
    assert pd.isna(found.loc[CODES[1], "nearest_station_id"])
    assert found.loc[CODES[2], "nearest_km"] == pytest.approx(
        nearest.nearest_km(113.05, 34.05, [FAR]), rel=1e-3
    )


def test_two_stations_at_one_place_the_lower_id_is_named():
    units = units_table([unit()])
    frame, piles, placed = stations_tables([station(at=None, point=FAR), station(at=None, point=FAR)])
    for order in ([0, 1], [1, 0]):
        turned = frame.iloc[order]
        verdict = coverage.by_unit(units, turned, piles, HENAN, LADDER, placed=placed.iloc[order])
        found = gaps.rank(units, verdict, turned, piles, HENAN, LADDER)
        assert found["nearest_station_id"].tolist() == ["S00"]


# anywhere in Henan, on a grid of about 100 m
_in_henan = st.tuples(
    st.integers(110_400, 116_600).map(lambda n: n / 1000), st.integers(31_400, 36_300).map(lambda n: n / 1000)
)
_units = st.lists(
    st.tuples(_in_henan, st.sampled_from([None, 100.0, 200.0]), st.sampled_from([None, 4, 8]), st.integers(0, 1)),
    min_size=1, max_size=6,
)  # fmt: skip


@given(
    rows=_units,
    where=st.lists(st.tuples(_in_henan, st.sampled_from(["public", "dedicated", None])), max_size=8),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_against_geodesics_in_any_order(rows, where, random):
    units = [
        unit(code, seat=seat, population=people, n_villages=villages, set_aside=doubt)
        for code, (seat, people, villages, doubt) in zip(CODES, rows, strict=False)
    ]
    stations = [station(at=None, point=point, access=access) for point, access in where]
    found = ranked(units, stations)
    counting = [point for point, access in where if access == "public"]
    for line in found.to_dict("records"):
        seat = next(u["seat"] for u in units if u["code"] == line["unit_code"])
        if not counting:
            assert pd.isna(line["nearest_km"])
            continue
        km = nearest.nearest_km(*seat, counting)
        assert line["nearest_km"] == pytest.approx(km, rel=1e-3, abs=1e-6)
        named = where[int(line["nearest_station_id"][1:])]
        assert named[1] == "public"
        assert nearest.nearest_km(*seat, [named[0]]) == pytest.approx(km, rel=1e-3, abs=1e-6)

    def key(line):
        down = [line["population"], line["n_villages"], line["nearest_km"]]
        return (
            line["state"] == "unknown",
            *((pd.isna(v), 0 if pd.isna(v) else -v) for v in down),
            line["unit_code"],
        )

    keys = [key(line) for line in found.to_dict("records")]
    assert keys == sorted(keys)
    assert len(found) == len(units)
    random.shuffle(units)
    pd.testing.assert_frame_equal(ranked(units, stations), found)


def test_the_reason_is_that_of_the_rung_which_is_reported():
    # nobody knows whether the pile is in service (A1), but it is AC for certain, which alone rules out A2
    stations = [station(row("ac"), at=CODES[0], status=None)]
    found = ranked([unit(CODES[0])], stations, replace(LADDER, headline="A2"))
    assert found[["rung", "state", "fact"]].iloc[0].tolist() == ["A2", "uncovered", "current"]
