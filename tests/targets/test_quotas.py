"""A headline number over units: it adds up, keeps its bounds and says why."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chargegeo import schema, targets
from chargegeo.errors import StudyFault
from chargegeo.targets.apportioning import apportion
from tests.oracles.water_level import fair_parts, whole_splits


def units(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame(
        {"unit_code": [f"41{i:02d}" for i in range(n)], "name": [f"city {i}" for i in range(n)], **columns}
    )


def breakdown_row() -> pd.DataFrame:
    """The 18 cities with the first row of the published breakdown."""
    table = targets.ledger("henan").tables[0]
    return pd.DataFrame(
        {
            "unit_code": [item.code for item in table.columns],
            "name": [item.name for item in table.columns],
            "started": table.rows[0].cells,
        }
    )


def test_the_largest_remainders_get_what_is_left() -> None:
    # 10 over 5 : 3 : 1 is 5.56, 3.33, 1.11; one is left and goes to .56
    found = targets.quotas(units(cars=[5, 3, 1]), 10, {"cars": 1})
    schema.check(found, "quotas")
    assert found["quota"].tolist() == [6, 3, 1]
    assert found["extra"].tolist() == [True, False, False]
    assert found["remainder"].round(2).tolist() == [0.56, 0.33, 0.11]


def test_equal_remainders_go_to_the_lower_code() -> None:
    found = targets.quotas(units(cars=[1, 1, 1]).iloc[::-1], 2, {"cars": 1})
    assert found["unit_code"].tolist() == ["4100", "4101", "4102"]
    assert found["quota"].tolist() == [1, 1, 0]


def test_plain_rounding_of_20000_is_one_short_and_ours_is_not() -> None:
    found = targets.quotas(breakdown_row(), 20_000, {"started": 1})
    assert found["rounded"].sum() == 19_999
    assert found["quota"].sum() == 20_000


def test_several_shares_mix_by_weight_and_each_part_is_shown() -> None:
    # 100 piles: 60 by cars (1:3), 40 by people (3:1)
    table = units(cars=[10, 30], people=[300, 100])
    found = targets.quotas(table, 100, {"cars": 3, "people": 2})
    assert found["quota"].tolist() == [45, 55]
    assert found["parts"].tolist() == ["cars 15.00 + people 30.00", "cars 45.00 + people 10.00"]
    parts = schema.check(targets.quota_parts(table, 100, {"cars": 3, "people": 2}), "quota_parts")
    assert parts["part"].tolist() == [15, 30, 45, 10]
    assert parts["weight"].tolist() == [0.6, 0.4, 0.6, 0.4]


def test_a_tenth_is_a_tenth() -> None:
    """Weights and amounts are taken as written: 0.1 and 0.2 are 0.3 together."""
    found = targets.quotas(units(cars=[0.1, 0.2, 0.3]), 6, {"cars": 0.1})
    assert found["quota"].tolist() == [1, 2, 3]
    assert not found["extra"].any()


def test_what_a_floor_takes_the_others_give_by_share() -> None:
    # 100 over 50 : 30 : 20, the last at least 40: 60 over 50 : 30
    found = targets.quotas(units(cars=[50, 30, 20]), 100, {"cars": 1}, floors={"4102": 40})
    assert found["fair"].tolist() == [37.5, 22.5, 40]
    assert found["quota"].tolist() == [38, 22, 40]
    assert found["bound"].fillna("").tolist() == ["", "", "floor"]
    assert found["raw"].tolist() == [50, 30, 20]


def test_what_a_cap_leaves_the_others_take_by_share_until_they_are_full() -> None:
    # 100 over 50 : 30 : 20, caps 20 and 40: 80 over 30 : 20 is 48 and 32, so 40 and 40
    found = targets.quotas(units(cars=[50, 30, 20]), 100, {"cars": 1}, caps={"4100": 20, "4101": 40})
    assert found["quota"].tolist() == [20, 40, 40]
    assert found["bound"].fillna("").tolist() == ["cap", "cap", ""]


def test_what_was_carried_over_comes_on_top() -> None:
    carry = {"4100": 7, "4101": -5, "4102": -80}
    found = targets.quotas(units(cars=[50, 30, 20]), 100, {"cars": 1}, carry=carry)
    assert found["quota"].tolist() == [50, 30, 20]
    assert found["due"].tolist() == [57, 25, 0]
    assert found["carry_left"].tolist() == [0, 0, -60]
    assert (found["due"] + found["carry_left"]).sum() == 100 + sum(carry.values())


def test_a_unit_without_a_share_gets_its_floor_only() -> None:
    found = targets.quotas(units(cars=[1, 0, 0]), 10, {"cars": 1}, floors={"4101": 2})
    assert found["quota"].tolist() == [8, 2, 0]


def codes(error: pytest.ExceptionInfo[StudyFault]) -> list[tuple[str, object]]:
    return [(fault.code, fault.feature) for fault in error.value.faults]


def test_an_unknown_share_is_an_error_and_never_zero() -> None:
    with pytest.raises(StudyFault) as error:
        targets.quotas(units(cars=[1, None, 2], people=[1, -1, None]), 10, {"cars": 1, "people": 1})
    assert codes(error) == [
        ("target_share_null", "4101"),
        ("target_share_null", "4102"),
        ("target_share_negative", "4101"),
    ]
    assert "4101" in str(error.value) and "not taken for zero" in str(error.value)


@pytest.mark.parametrize(
    "more", [{"total": 10**30}, {"caps": {"4101": 10**30}}, {"carry": {"4101": -(10**30)}}]
)
def test_numbers_beyond_any_table_are_refused(more: dict) -> None:
    units = pd.DataFrame({"unit_code": ["4101"], "name": ["a"], "vehicles": [1]})
    with pytest.raises(StudyFault):
        targets.quotas(units, **{"total": 5, "shares": {"vehicles": 1}, **more})


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(StudyFault) as error:
        targets.quotas(units(cars=[1, 2]), -1, {"cars": 0}, floors={"x": 1}, caps={"4100": -2})
    assert [code for code, _ in codes(error)] == [
        "target_total", "target_weight", "target_bound_unknown", "target_bound_value",
    ]  # fmt: skip
    with pytest.raises(StudyFault) as error:
        targets.quotas(pd.concat([units(cars=[1])] * 2), 1, {"lorries": 1})
    assert [code for code, _ in codes(error)] == ["target_column"]
    with pytest.raises(StudyFault) as error:
        targets.quotas(pd.concat([units(cars=[0])] * 2), 1, {"cars": 1})
    assert [code for code, _ in codes(error)] == ["target_code_twice", "target_share_empty"]


def test_floors_that_clash_name_the_units_and_by_how_much() -> None:
    with pytest.raises(StudyFault) as error:
        targets.quotas(units(cars=[1, 2, 3]), 100, {"cars": 1}, floors={"4100": 70, "4102": 35})
    (fault,) = error.value.faults
    assert fault.params["by"] == 5 and fault.params["n"] == 2
    assert fault.params["units"] == "city 0 (4100) 70, city 2 (4102) 35"


def test_caps_that_clash_name_the_units_and_by_how_much() -> None:
    with pytest.raises(StudyFault) as error:
        targets.quotas(units(cars=[1, 2, 0]), 100, {"cars": 1}, caps={"4100": 50, "4101": 40})
    (fault,) = error.value.faults
    assert (fault.code, fault.params["by"]) == ("target_caps_short", 10)
    assert "city 2 (4102) 0" in str(fault.params["units"])  # without a share it can take nothing
    with pytest.raises(StudyFault) as error:
        targets.quotas(units(cars=[1, 2]), 9, {"cars": 1}, floors={"4100": 5}, caps={"4100": 3})
    assert [(f.code, f.params["by"]) for f in error.value.faults] == [("target_floor_above_cap", 2)]


# ---- worlds


@st.composite
def worlds(draw: st.DrawFn, most: int = 6, big: int = 40) -> tuple[list[Fraction], int, list[int], list[int]]:
    n = draw(st.integers(1, most))
    amounts = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n).filter(any))
    low = draw(st.lists(st.integers(0, big // 4), min_size=n, max_size=n))
    high = [a + draw(st.integers(0, big // 2)) if s else a for a, s in zip(low, amounts, strict=True)]
    total = draw(st.integers(sum(low), sum(high)))
    return [Fraction(s, sum(amounts)) for s in amounts], total, low, high


@given(worlds())
@settings(deadline=None)
def test_parts_before_rounding_are_those_of_the_one_level(world: tuple) -> None:
    shares, total, low, high = world
    assert apportion(*world).fair == fair_parts(shares, total, low, high)


@given(worlds(most=4, big=12))
@settings(max_examples=60, deadline=None)
def test_no_whole_split_is_nearer(world: tuple) -> None:
    _, total, low, high = world
    done = apportion(*world)

    def far(split: tuple[int, ...]) -> Fraction:
        return sum((abs(a - b) for a, b in zip(split, done.fair, strict=True)), Fraction(0))

    assert far(tuple(done.part)) == min(map(far, whole_splits(total, low, high)))


@given(worlds(most=12, big=400))
@settings(deadline=None)
def test_parts_add_up_between_their_bounds(world: tuple) -> None:
    _, total, low, high = world
    done = apportion(*world)
    assert sum(done.part) == total
    assert all(a <= part <= b for a, part, b in zip(low, done.part, high, strict=True))
    assert all(abs(part - fair) < 1 for part, fair in zip(done.part, done.fair, strict=True))


@given(worlds())
@settings(deadline=None)
def test_a_larger_total_gives_nobody_less_before_rounding(world: tuple) -> None:
    shares, total, low, high = world
    assume(total < sum(high))
    more = apportion(shares, total + 1, low, high).fair
    assert all(a <= b for a, b in zip(apportion(*world).fair, more, strict=True))


def test_a_larger_total_can_give_somebody_one_less_after_rounding() -> None:
    """The Alabama paradox belongs to largest remainders; the docstring says so."""
    shares = [Fraction(n, 14) for n in (6, 6, 2)]
    assert apportion(shares, 10, [0] * 3, [99] * 3).part == [4, 4, 2]
    assert apportion(shares, 11, [0] * 3, [99] * 3).part == [5, 5, 1]


@given(st.permutations(range(6)), st.integers(0, 500))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_rows_changes_nothing(order: list[int], total: int) -> None:
    table = units(cars=[0.1, 7.3, 2.2, 7.3, 1e6, 3], people=[5, 5, 5, 0, 1, 2])
    shares, floors = {"cars": 0.7, "people": 0.3}, {"4100": 0, "4103": min(total, 4)}
    straight = targets.quotas(table, total, shares, floors=floors)
    pd.testing.assert_frame_equal(targets.quotas(table.iloc[order], total, shares, floors=floors), straight)


# ---- levels


def province() -> pd.DataFrame:
    """Two cities, three counties, six townships."""
    return pd.DataFrame(
        {
            "city_code": ["1", "1", "1", "1", "2", "2"],
            "city_name": ["One", "One", "One", "One", "Two", "Two"],
            "county_code": ["11", "11", "12", "12", "21", "21"],
            "unit_code": ["111", "112", "121", "122", "211", "212"],
            "name": list("abcdef"),
            "cars": [4, 0, 3, 3, 9, 1],
            "open": [0, 1, 0, 0, 0, 1],
        }
    )


LEVELS = ("city_code", "county_code", "unit_code")


def adds_up(found: pd.DataFrame, total: int) -> None:
    quota = found.groupby("level").apply(lambda g: dict(zip(g["unit_code"], g["quota"], strict=True)))
    assert all(sum(group.values()) == total for group in quota)
    below = found[found["parent_code"].notna()]
    for (level, parent), group in below.groupby(["level", "parent_code"]):
        above = "city" if level == "county" else "county"
        assert group["quota"].sum() == quota[above][parent], (level, parent)


def test_a_number_splits_down_to_the_townships_and_adds_up_at_each_level() -> None:
    found = schema.check(targets.breakdown(province(), 101, {"cars": 1}, levels=LEVELS), "quotas")
    adds_up(found, 101)
    assert found["level"].unique().tolist() == ["city", "county", "unit"]
    assert found["quota"].tolist() == [51, 50, 20, 31, 50, 20, 0, 16, 15, 45, 5]
    assert found["name"].tolist()[:3] == ["One", "Two", "11"]


def test_a_floor_below_is_a_floor_above() -> None:
    found = targets.breakdown(province(), 20, {"cars": 1}, levels=LEVELS, floors={"212": 8, "211": 7})
    adds_up(found, 20)
    quota = dict(zip(found["unit_code"], found["quota"], strict=True))
    assert (quota["211"], quota["212"], quota["2"]) == (7, 8, 15)


def test_no_room_below_is_a_cap_above() -> None:
    found = targets.breakdown(province(), 20, {"cars": 1}, levels=LEVELS, caps={"211": 3, "212": 1})
    adds_up(found, 20)
    assert found.set_index("unit_code").loc["2", "quota"] == 4


def test_a_share_that_nobody_below_has_leaves_it_to_the_others() -> None:
    found = targets.breakdown(province(), 100, {"cars": 1, "open": 1}, levels=LEVELS)
    adds_up(found, 100)
    # county 12 has no open township: its two townships share by cars alone
    half = found[found["parent_code"] == "12"]["share"].tolist()
    assert half == [0.5, 0.5]


def test_bounds_that_clash_between_levels_are_named() -> None:
    with pytest.raises(StudyFault) as error:
        targets.breakdown(
            province(), 20, {"cars": 1}, levels=LEVELS,
            floors={"111": 4, "121": 3, "21": 6}, caps={"1": 5, "211": 2, "212": 2},
        )  # fmt: skip
    assert sorted((f.code, f.feature or "", f.params["by"]) for f in error.value.faults) == [
        ("target_caps_short", "", 11),
        ("target_caps_short", "21", 2),
        ("target_floors_exceed", "1", 2),
    ]  # fmt: skip


def test_a_county_lies_in_one_city() -> None:
    table = province()
    table.loc[0, "city_code"] = "2"
    with pytest.raises(StudyFault) as error:
        targets.breakdown(table, 20, {"cars": 1}, levels=LEVELS)
    assert codes(error) == [("target_two_parents", "11")]


@given(
    st.lists(st.integers(0, 50), min_size=6, max_size=6).filter(lambda cars: any(cars)),
    st.dictionaries(st.sampled_from(["1", "2", "11", "12", "21", "112", "211"]), st.integers(0, 30)),
    st.dictionaries(st.sampled_from(["1", "11", "21", "111", "211"]), st.integers(0, 90)),
    st.integers(0, 200),
)
@settings(max_examples=60, deadline=None)
def test_every_level_adds_up_and_keeps_its_bounds(
    cars: list[int], floors: dict[str, int], caps: dict[str, int], total: int
) -> None:
    try:
        found = targets.breakdown(
            province().assign(cars=cars), total, {"cars": 1}, levels=LEVELS, floors=floors, caps=caps
        )
    except StudyFault as error:
        assert all(int(str(fault.params["by"])) > 0 for fault in error.faults)
        return
    adds_up(found, total)
    quota = dict(zip(found["unit_code"], found["quota"], strict=True))
    assert all(quota[code] >= floor for code, floor in floors.items())
    assert all(quota[code] <= cap for code, cap in caps.items())
