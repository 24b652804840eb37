"""The ladder against brute force over all possible worlds, and what must hold in every world."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from chargegeo import coverage, schema
from chargegeo.coverage import ladder
from tests.coverage.world import (
    CODES,
    COUNTY_RULE,
    HENAN,
    LADDER,
    set_aside,
    station,
    stations_tables,
    unit,
    units_table,
    worlds,
)
from tests.oracles import possible_worlds

RULES = [LADDER, COUNTY_RULE, COUNTY_RULE.with_threshold("C2", "station_dc_piles", 2)]
FEW = settings(max_examples=60, deadline=None)


def by_unit(units, stations, rule):
    frame, piles, placed = stations_tables(stations)
    return coverage.by_unit(
        units_table(units), frame, piles, HENAN, rule, placed=placed, set_aside=set_aside(units)
    )


def inside(home, stations):
    return [s for s in stations if s["at"] == home["code"]]


def null_free(value):
    return None if pd.isna(value) else value


@pytest.mark.parametrize("rule", RULES, ids=["township", "county", "county, two DC piles"])
@given(world=worlds())
@FEW
def test_states_at_every_rung_and_the_missing_fact(rule, world):
    units, stations = world
    found = by_unit(units, stations, rule)
    ids = [rung.id for rung in rule.rungs]
    for i, home in enumerate(units):
        states = possible_worlds.states(home, inside(home, stations), rule)
        line = found.loc[i]
        covered = [name for name, word in zip(ids, states, strict=True) if word == "covered"]
        possible = [name for name, word in zip(ids, states, strict=True) if word != "uncovered"]
        assert null_free(line["rung"]) == (covered[-1] if covered else None)
        assert null_free(line["possible_rung"]) == (possible[-1] if possible else None)
        assert line["state"] == states[ids.index(rule.headline)]
        expected = possible_worlds.fact(home, inside(home, stations), rule)
        assert tuple(map(null_free, line[["next_rung", "next_state", "next_fact"]])) == expected


@given(world=worlds())
@FEW
def test_counts(world):
    units, stations = world
    found = schema.check(by_unit(units, stations, LADDER), "coverage")
    for i, home in enumerate(units):
        for column, number in possible_worlds.counts(inside(home, stations), HENAN.ultra_kw).items():
            assert null_free(found.loc[i, column]) == (number if number is None else pytest.approx(number)), (
                column
            )
        assert found.loc[i, "n_set_aside"] == home["set_aside"]


@given(world=worlds())
@FEW
def test_totals_add_up(world):
    units, stations = world
    frame, piles, placed = stations_tables(stations)
    found = by_unit(units, stations, LADDER)
    nowhere = frame.loc[placed.isna(), "station_id"]
    outside = piles.loc[piles["station_id"].isin(nowhere), "n_piles"].sum()
    assert found["n_piles"].sum() + outside == piles["n_piles"].sum()
    assert found["n_stations"].sum() + len(nowhere) == len(frame)
    assert (found["n_power_known"] + found["n_power_unknown"] == found["n_piles"]).all()


@given(world=worlds(), more=worlds())
@FEW
def test_a_further_station_never_takes_a_rung_away(world, more):
    units, stations = world
    added = [s for s in more[1] if s["at"] in {u["code"] for u in units}]
    order = [None, *(rung.id for rung in LADDER.rungs)]
    before, after = by_unit(units, stations, LADDER), by_unit(units, stations + added, LADDER)
    for column in ("rung", "possible_rung"):
        low, high = ([order.index(null_free(v)) for v in table[column]] for table in (before, after))
        assert all(a <= b for a, b in zip(low, high, strict=True)), column


@given(world=worlds(), random=st.randoms(use_true_random=False))
@FEW
def test_order_of_rows_changes_nothing(world, random):
    units, stations = world
    frame, piles, placed = stations_tables(stations)
    table = units_table(units)

    def shuffled(n):
        return random.sample(range(n), n)

    kept = shuffled(len(frame))
    others = shuffled(len(table))
    same = coverage.by_unit(
        table.iloc[others], frame.iloc[kept], piles.iloc[shuffled(len(piles))], HENAN, LADDER,
        placed=placed.iloc[kept], set_aside=set_aside(units)[::-1],
    )  # fmt: skip
    pd.testing.assert_frame_equal(
        same.sort_values("unit_code", ignore_index=True),
        by_unit(units, stations, LADDER).sort_values("unit_code", ignore_index=True),
    )


@given(
    seat=st.tuples(st.floats(73, 135), st.floats(18, 53)),
    away=st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
)
@settings(max_examples=60, deadline=None)
def test_distance_to_the_seat_is_that_of_the_geodesic(seat, away):
    """Within 1e-5 up to 50 km, anywhere in China."""
    lat = seat[1] + away[1] / 111 / np.sqrt(2)
    lon = seat[0] + away[0] / 111 / np.sqrt(2) / np.cos(np.radians(seat[1]))
    frame, piles, placed = stations_tables([station(point=(lon, lat))])
    km = ladder._seat_km(ladder._world(units_table([unit(seat=seat)]), frame, piles, placed))[0]
    exact = Geod(ellps="GRS80").inv(*seat, lon, lat)[2] / 1000
    assert km == pytest.approx(exact, rel=1e-5, abs=1e-6)


def test_every_station_is_measured_from_the_seat_of_its_own_unit():
    units = units_table([unit(CODES[0], seat=(113.0, 34.0)), unit(CODES[1], seat=(114.0, 35.0))])
    frame, piles, placed = stations_tables(
        [station(at=CODES[1], point=(114.0, 35.01)), station(at=CODES[0], point=(113.0, 34.02))]
    )
    km = ladder._seat_km(ladder._world(units, frame, piles, placed))
    assert km == pytest.approx([1.11, 2.22], abs=0.01)
