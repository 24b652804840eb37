"""Shares of areas and groups of units, with numerator and denominator."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import coverage, schema
from tests.coverage.world import (
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

AREAS = {
    "410101": {"county_code": "410101", "county_name": "A", "city_code": "410100", "city_name": "Z"},
    "410102": {"county_code": "410102", "county_name": "B", "city_code": "410100", "city_name": "Z"},
    "419001": {"county_code": "419001", "county_name": "J", "city_code": "419001", "city_name": "J"},
}


def town(number, county, kind, **more):
    area = AREAS[county] if county else {}
    return unit(f"{county or '499999'}{number:03d}", town_kind=kind, **area, **more)


# covered, uncovered, unknown at A0 by hand; c: covered, o: AC only, u: access unknown, -: nothing
UNITS = [
    (town(1, "410101", "town", n_villages=10, population=100.0), "c"),
    (town(2, "410101", "township", n_villages=20), "-"),
    (town(3, "410101", "subdistrict", zone_code="410171"), "c"),
    (town(1, "410102", "town", n_villages=5, population=50.0, zone_code="410171"), "u"),
    (town(2, "410102", "other"), "o"),
    (town(1, "419001", "subdistrict", missing=True), "-"),
]
STATIONS = {
    "c": [station(row(n_piles=3))], "o": [station(row("ac", 7, 2))], "u": [station(access=None)], "-": [],
}  # fmt: skip


def register(units):
    return [{**s, "at": u["code"]} for u, what in units for s in STATIONS[what]]


def rolled(units, rule=LADDER, region=HENAN):
    homes = [u for u, _ in units]
    table = units_table(homes)
    frame, piles, placed = stations_tables(register(units))
    verdict = coverage.by_unit(table, frame, piles, region, rule, placed=placed, set_aside=set_aside(homes))
    return schema.check(coverage.roll_up(table, verdict, region, rule), "rollup")


def numbers(table, level, code, group, rung):
    """Denominator, covered, unknown, uncovered."""
    chosen = table[
        (table["level"] == level)
        & (table["code"] == code)
        & (table["group"] == group)
        & (table["rung"] == rung)
    ]
    if chosen.empty:
        return None
    (line,) = chosen.to_dict("records")
    assert line["share"] == pytest.approx(line["n_covered"] / line["n_units"])
    return line["n_units"], line["n_covered"], line["n_unknown"], line["n_uncovered"]


BY_HAND = [
    ("province", "henan", "headline", "A0", (3, 1, 1, 1)),
    ("province", "henan", "all", "A0", (6, 3, 2, 1)),
    ("province", "henan", "rural", "A0", (3, 1, 1, 1)),
    ("province", "henan", "urban", "A0", (2, 1, 1, 0)),
    ("province", "henan", "other", "A0", (1, 1, 0, 0)),
    ("province", "henan", "zone", "A0", (2, 1, 1, 0)),
    ("province", "henan", "all", "A2", (6, 2, 2, 2)),
    ("province", "henan", "other", "A2", (1, 0, 0, 1)),
    ("city", "410100", "all", "A0", (5, 3, 1, 1)),
    ("city", "410100", "headline", "A0", (3, 1, 1, 1)),
    ("city", "419001", "all", "A0", (1, 0, 1, 0)),
    ("city", "419001", "headline", "A0", None),
    ("county", "410101", "headline", "A0", (2, 1, 0, 1)),
    ("county", "410101", "all", "A1", (3, 2, 0, 1)),
    ("county", "410102", "headline", "A5", (1, 0, 1, 0)),
    ("county", "410102", "zone", "A0", (1, 0, 1, 0)),
    ("county", "419001", "urban", "A0", (1, 0, 1, 0)),
    ("county", "419001", "zone", "A0", None),
]


@pytest.mark.parametrize(("level", "code", "group", "rung", "expected"), BY_HAND)
def test_by_hand(level, code, group, rung, expected):
    assert numbers(rolled(UNITS), level, code, group, rung) == expected


def test_names_and_rule_stand_in_every_row():
    table = rolled(UNITS)
    assert set(table["rule"]) == {"township_ladder 1"}
    assert dict(zip(table["code"], table["name"], strict=True)) == {
        "henan": HENAN.name, "410100": "Z", "419001": "J", "410101": "A", "410102": "B",
    }  # fmt: skip
    assert not table.duplicated(["level", "code", "group", "rung"]).any()


def test_headline_kinds_are_those_of_the_region():
    streets = replace(HENAN, headline_kinds=("subdistrict",))
    assert numbers(rolled(UNITS, region=streets), "province", "henan", "headline", "A0") == (2, 1, 1, 0)


def test_units_without_county_stand_in_the_province_only():
    table = rolled([*UNITS, (town(9, None, "town"), "c")])
    assert numbers(table, "province", "henan", "all", "A0") == (7, 4, 2, 1)
    assert table.loc[table["level"] == "city", "n_units"].max() == 5
    alone = rolled([(town(9, None, "town"), "c")])
    assert set(alone["level"]) == {"province"}


def test_units_without_a_kind_are_all_headline():
    table = rolled([({**u, "more": {**u["more"], "town_kind": None}}, what) for u, what in UNITS])
    assert set(table["group"]) == {"headline"}
    assert numbers(table, "province", "henan", "headline", "A0") == (6, 3, 2, 1)


_some = st.lists(
    st.tuples(
        st.sampled_from([*AREAS, None]),
        st.sampled_from(["town", "township", "subdistrict", "other", None]),
        st.sampled_from(list(STATIONS)),
        st.booleans(),
    ),
    min_size=1, max_size=12,
)  # fmt: skip
IN_GROUP = {
    "headline": ("town", "township"), "rural": ("town", "township"), "urban": ("subdistrict",), "other": ("other",),
}  # fmt: skip


@given(rows=_some, random=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_against_loops_in_any_order(rows, random):
    units = [
        (town(i, county, kind, zone_code="410171" if zone else None), what)
        for i, (county, kind, what, zone) in enumerate(rows)
    ]
    table = rolled(units)
    keys = ["level", "code", "group", "rung"]
    assert (table["n_units"] > 0).all()
    assert (table["n_covered"] + table["n_unknown"] + table["n_uncovered"] == table["n_units"]).all()
    no_kinds = all(u["more"]["town_kind"] is None for u, _ in units)
    levels = {"province": None, "city": "city_code", "county": "county_code"}
    seen = 0
    for level, column in levels.items():
        for code in {"henan"} if column is None else {u["more"].get(column) for u, _ in units} - {None}:
            here = [(u, w) for u, w in units if column is None or u["more"].get(column) == code]
            for group in ["headline"] if no_kinds else ["all", "zone", *IN_GROUP]:
                chosen = [
                    w
                    for u, w in here
                    if no_kinds
                    or group == "all"
                    or (
                        u["more"]["zone_code"]
                        if group == "zone"
                        else u["more"]["town_kind"] in IN_GROUP[group]
                    )
                ]
                at = {
                    "A0": (chosen.count("c") + chosen.count("o"), chosen.count("u"), chosen.count("-")),
                    "A2": (chosen.count("c"), chosen.count("u"), chosen.count("o") + chosen.count("-")),
                }
                for rung, expected in at.items():
                    assert numbers(table, level, code, group, rung) == (
                        (len(chosen), *expected) if chosen else None
                    )
                seen += len(LADDER.rungs) * bool(chosen)
    assert len(table) == seen
    random.shuffle(units)
    pd.testing.assert_frame_equal(
        table.sort_values(keys, ignore_index=True), rolled(units).sort_values(keys, ignore_index=True)
    )


def test_counties_as_units():
    homes = [u for u, _ in UNITS]
    found = schema.check(coverage.county_units(units_table([*homes, town(9, None, "town")])), "units")
    assert found["unit_code"].tolist() == ["410101", "410102", "419001"]
    assert found["name"].tolist() == ["A", "B", "J"]
    assert set(found["kind"]) == {"county"}
    assert found["n_villages"].tolist()[:2] == [30, 5]
    assert found["population"].tolist()[:2] == [100, 50]
    assert pd.isna(found.loc[2, "n_villages"])
    assert found["boundary"].tolist() == ["given", "given", "missing"]
    assert found["zone_code"].isna().all()


def test_a_county_is_not_ruled_out_while_one_of_its_units_has_no_boundary():
    """A pile may stand in the unit that nobody has drawn."""
    table = units_table([town(1, "410101", "town"), town(2, "410101", "town", missing=True)])
    counties = coverage.county_units(table)
    frame, piles, placed = stations_tables([])
    (line,) = coverage.by_unit(counties, frame, piles, HENAN, COUNTY_RULE, placed=placed).to_dict("records")
    assert (line["state"], line["next_fact"]) == ("unknown", "boundary")


def test_county_rule_over_the_units_of_a_county():
    homes = [u for u, _ in UNITS]
    table = units_table(homes)
    frame, piles, placed = stations_tables(register(UNITS))
    counties = coverage.county_units(table)
    inside = placed.map(table.set_index("unit_code")["county_code"].to_dict())
    verdict = schema.check(
        coverage.by_unit(counties, frame, piles, HENAN, COUNTY_RULE, placed=inside), "coverage"
    )
    # the first county has a station of three DC piles; the second a small one, and one of unknown access
    # with one pile; the third has only a unit without boundary
    assert verdict["state"].tolist() == ["covered", "uncovered", "unknown"]
    assert verdict["n_piles"].tolist() == [6, 3, 0]
    total = schema.check(coverage.roll_up(counties, verdict, HENAN, COUNTY_RULE), "rollup")
    assert set(total["level"]) == {"province", "city"}
    assert set(total["group"]) == {"headline"}
    assert numbers(total, "province", "henan", "headline", "C2") == (3, 1, 1, 1)
    assert numbers(total, "province", "henan", "headline", "C0") == (3, 2, 1, 0)
    assert numbers(total, "city", "410100", "headline", "C2") == (2, 1, 0, 1)


def test_no_county_at_all():
    assert len(coverage.county_units(units_table([town(1, None, "town")]))) == 0
