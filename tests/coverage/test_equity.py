"""How evenly what there is falls on people: by hand, against brute force, and what must always hold."""

from math import log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import coverage, schema
from chargegeo.vocab import Amount, Grouping
from tests.coverage.world import CODES, row, station, stations_tables, unit, units_table


def world(rows):
    """Units and supply from rows of people, amount, city, county, kind."""
    names = ["population", "amount", "city_code", "county_code", "town_kind"]
    table = pd.DataFrame([(*r, *["x", "y", "town"][len(r) - 2 :]) for r in rows], columns=names)
    codes = [f"{i:09d}" for i in range(len(rows))]
    units = schema.conform(table.assign(unit_code=codes, name="u", kind="township", boundary="given",
                                        synthetic=False), "units")  # fmt: skip
    supply = schema.conform(table.assign(unit_code=codes, counted="pile", n_unknown=0), "supply")
    return units, supply


def index(rows, grouping=None):
    """The row of the Gini index, or of the Theil index by a grouping."""
    table = schema.check(coverage.inequality(*world(rows)), "inequality")
    chosen = table["grouping"].isna() if grouping is None else table["grouping"] == grouping
    return table[chosen].iloc[0]


# two townships of 100 people in one county, one subdistrict of 200 in another: 0, 1 and 3 piles
HAND = [(100, 0, "c1", "a", "town"), (100, 1, "c1", "a", "township"), (200, 3, "c1", "b", "subdistrict")]


def test_gini_by_hand() -> None:
    # a head: 0, 0.01, 0.015; half the mean difference over the mean 0.01:
    # pairs (1/4)(1/4)|0-1| + (1/4)(1/2)|0-1.5| + (1/4)(1/2)|1-1.5| = 0.0625 + 0.1875 + 0.0625
    assert index(HAND)["value"] == pytest.approx(0.3125)


def test_theil_by_hand() -> None:
    # shares of piles 0, 1/4, 3/4 and of people 1/4, 1/4, 1/2: 0 + 1/4 ln 1 + 3/4 ln 1.5
    total = 0.75 * log(1.5)
    # county a has 1/4 of the piles and 1/2 of the people, b 3/4 and 1/2
    between = 0.25 * log(0.5) + 0.75 * log(1.5)
    for grouping in (Grouping.COUNTY, Grouping.SETTLEMENT):
        found = index(HAND, grouping)
        assert found["value"] == pytest.approx(total)
        assert found["between"] == pytest.approx(between)
        # inside county a: one half of the people has all, ln 2, weighted by a quarter of the piles
        assert found["within"] == pytest.approx(0.25 * log(2))
        assert found["n_groups"] == 2
    one = index(HAND, Grouping.CITY)
    assert (one["between"], one["n_groups"]) == (0, 1)


def test_the_curve_by_hand() -> None:
    curve = schema.check(coverage.lorenz(*world(HAND)), "lorenz")
    assert curve["people_share"].tolist() == [0, 0.25, 0.5, 1]
    assert curve["amount_share"].tolist() == [0, 0, 0.25, 1]
    assert curve["per_10k"].tolist()[1:] == [0, 100, 150]


def test_units_of_unknown_people_are_left_out_and_counted() -> None:
    found = index([*HAND, (None, 50), (0, 7), (10, None)])
    assert found["value"] == pytest.approx(0.3125)
    assert (found["n"], found["n_left_out"], found["population"], found["amount"]) == (3, 3, 400, 4)


def test_nothing_to_share_has_no_index() -> None:
    for rows in ([(100, 0), (50, 0)], [(None, 3)], []):
        table = schema.check(coverage.inequality(*world(rows)), "inequality")
        assert len(table) == 4 and table[["value", "within", "between"]].isna().all(axis=None)
        assert coverage.lorenz(*world(rows)).empty


def test_units_without_a_group_make_one_together() -> None:
    found = index([*HAND, (100, 1, None, None, None)], Grouping.COUNTY)
    assert found["n_groups"] == 3 and found["within"] + found["between"] == pytest.approx(found["value"])


PEOPLE = st.one_of(st.integers(1, 10_000), st.none())
ROWS = st.lists(
    st.tuples(PEOPLE, st.integers(0, 50), st.sampled_from(["c1", "c2", None]),
              st.sampled_from(["a", "b", "c", None]),
              st.sampled_from(["town", "township", "subdistrict", "other", None])),
    min_size=1, max_size=12,
)  # fmt: skip
QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(ROWS)
def test_against_brute_force(rows) -> None:
    kept = [(p, a) for p, a, *_ in rows if p]
    found = coverage.inequality(*world(rows))
    total = sum(a for _, a in kept)
    if not total:
        assert found["value"].isna().all()
        return
    people = sum(p for p, _ in kept)
    mean = total / people
    spread = sum(p * q * abs(a / p - b / q) for p, a in kept for q, b in kept) / people**2
    assert found["value"].iloc[0] == pytest.approx(spread / (2 * mean), abs=1e-12)
    theil = sum(a / total * log((a / total) / (p / people)) for p, a in kept if a)
    assert found["value"].iloc[1:].to_numpy() == pytest.approx(theil, abs=1e-12)


@QUICK
@given(ROWS)
def test_the_parts_add_up_and_none_is_negative(rows) -> None:
    found = coverage.inequality(*world(rows)).iloc[1:]
    known = found[found["value"].notna()]
    assert (known["within"] + known["between"] == known["value"]).all()
    assert (known[["within", "between"]] >= 0).all(axis=None)


@QUICK
@given(ROWS, st.integers(2, 9), st.integers(2, 9))
def test_only_shares_matter(rows, times, people) -> None:
    more = [(p and p * people, a * times, *rest) for p, a, *rest in rows]
    columns = ["value", "within", "between"]
    one, other = (coverage.inequality(*world(given))[columns].to_numpy() for given in (rows, more))
    np.testing.assert_allclose(one, other, atol=1e-12)


@QUICK
@given(ROWS, st.randoms())
def test_the_order_of_the_units_does_not_matter(rows, random) -> None:
    units, supply = world(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(
        coverage.lorenz(units, supply), coverage.lorenz(units.iloc[order], supply.iloc[order])
    )


@QUICK
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8), st.integers(1, 9))
def test_equal_shares_are_equal(people, each) -> None:
    found = coverage.inequality(*world([(p, p * each, "c1", f"{p % 3}") for p in people]))
    assert found["value"].to_numpy() == pytest.approx(0, abs=1e-12)


@QUICK
@given(ROWS)
def test_the_curve_lies_below_the_diagonal(rows) -> None:
    curve = coverage.lorenz(*world(rows))
    assert (curve["amount_share"] <= curve["people_share"] + 1e-12).all()
    assert len(curve) == 0 or curve[["people_share", "amount_share"]].iloc[-1].tolist() == [1, 1]


# ---- what counts


STATIONS = [
    station(row(n_piles=2, power_kw=120.0), row(n_piles=1, power_kw=7.0), n_guns=4),
    station(row(n_piles=5), access="dedicated"),
    station(row(n_piles=7), status=None, n_guns=9),  # perhaps
    station(row(n_piles=9), status="closed", access=None),  # never
    station(row(n_piles=3, power_kw=None), at=CODES[1]),
    station(at=None),
]


@pytest.mark.parametrize(
    ("counted", "amount", "unknown"),
    [
        (Amount.PILE, [3, 3, 0], [1, 0, 0]),
        (Amount.GUN, [4, None, 0], [1, 1, 0]),
        (Amount.KW, [247, None, 0], [1, 1, 0]),
    ],
)
def test_what_is_public_and_in_service_counts(counted, amount, unknown) -> None:
    units = units_table([unit(code) for code in CODES[:3]])
    stations, piles, placed = stations_tables(STATIONS)
    found = schema.check(coverage.supply(units, stations, piles, placed=placed, counted=counted), "supply")
    assert [None if pd.isna(value) else value for value in found["amount"]] == amount
    assert found["n_unknown"].tolist() == unknown


def test_a_station_of_unknown_count_stands_for_one_and_is_said() -> None:
    units = units_table([unit()])
    stations, piles, placed = stations_tables([station(count_known=False)])
    found = coverage.supply(units, stations, piles, placed=placed)
    assert (found["amount"].tolist(), found["n_unknown"].tolist()) == ([1], [1])
