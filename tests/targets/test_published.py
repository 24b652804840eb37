"""Published figures held against each other: the cases of the bulletins, worked by hand."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import region, schema, targets
from chargegeo.errors import MissingFile, StudyFault
from chargegeo.targets.mending import near


def ends(interval: targets.Interval) -> tuple[int, int]:
    """Both ends to the nearest whole number, as the bulletins' readers state them."""
    assert interval.low is not None and interval.high is not None
    return round(interval.low), round(interval.high)


@pytest.fixture(scope="module")
def henan() -> targets.Ledger:
    return targets.ledger("henan")


# ---- implied targets


def test_two_percentages_imply_21000_and_not_20000() -> None:
    year = targets.implied(29_200, "139.02", step=100)
    quarter = targets.implied(3_545, "16.88")
    assert ends(year) == (20_967, 21_040)
    assert ends(quarter) == (20_995, 21_007)
    assert 20_000 not in year and 20_000 not in quarter
    assert targets.roundest(year.meet(quarter)) == (21_000,)
    # the end 20,967.45 is no target itself: 29,150 / 20,967 is 139.03 %
    assert year.whole() == (20_968, 21_040) and 20_967 not in year


def test_the_exact_result_is_one_of_two_numbers() -> None:
    assert targets.reached(21_000, "139.02").whole() == (29_194, 29_195)


@pytest.mark.parametrize(
    ("value", "percent", "step", "target"),
    [
        (5_426, "108.52", 1, 5_000),
        (3_631_400, "181.57", 100, 2_000_000),
        (8_367, "114.62", 1, 7_300),
        (317_900, "124.21", 100, 255_900),
    ],
)
def test_other_lines_of_the_bulletins(value: int, percent: str, step: int, target: int) -> None:
    assert targets.roundest(targets.implied(value, percent, step=step)) == (target,)


def test_fifteen_per_cent_is_a_wide_range() -> None:
    assert targets.implied(3_923, "15").whole() == (25_310, 27_055)


def test_a_zero_at_the_end_is_a_digit_that_was_read() -> None:
    coarse, fine = targets.implied(1_392, "139.2"), targets.implied(1_392, "139.20")
    assert coarse.low < fine.low and fine.high < coarse.high
    assert targets.implied(1_392, "139.2", percent_step="0.01") == fine


def test_half_a_digit_rounds_up() -> None:
    # 21 of 200 is 10.5 %, which is published as 11
    assert 200 not in targets.implied(21, "10") and 200 in targets.implied(21, "11")
    assert 201 in targets.implied(21, "10")


def test_what_cannot_be_is_refused() -> None:
    for value, percent in ((1, 0), (-1, 5), ("many", 5), (1, "nan")):
        with pytest.raises(StudyFault):
            targets.implied(value, percent)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 2), st.sampled_from([1, 10, 100]))
@settings(deadline=None)
def test_the_true_target_is_always_inside(target: int, value: int, places: int, step: int) -> None:
    """Whatever is published of a number and its share, rounded half up, implies the target it was taken of."""
    scale = 10**places
    percent = Fraction(100 * value * scale, target) + Fraction(1, 2)
    shown = Decimal(percent.numerator // percent.denominator).scaleb(-places)
    published = (2 * value + step) // (2 * step) * step
    if shown > 0:
        assert target in targets.implied(published, shown, step=step)
        assert value in targets.reached(target, shown)


@given(st.integers(0, 3000), st.integers(1, 900))
@settings(deadline=None)
def test_the_roundest_number_ends_in_the_most_zeros(low: int, width: int) -> None:
    found = targets.roundest(targets.Interval(Fraction(low), Fraction(low + width)))

    def zeros(number: int) -> int:
        text = str(number)
        return 99 if number == 0 else len(text) - len(text.rstrip("0"))

    numbers = range(low, low + width + 1)
    most = max(map(zeros, numbers))
    assert list(found) == [n for n in numbers if zeros(n) == most]


# ---- the built-in ledger


def test_every_contradiction_of_the_bulletins_is_found(henan: targets.Ledger) -> None:
    found = schema.check(targets.contradictions(henan), "contradictions")
    said = found.set_index("about")
    assert list(said.index) == [
        "breakdown.started", "breakdown.finished", "result_2024_share", "quarter_2024_share", "communities_share",
    ]  # fmt: skip
    assert said.loc["breakdown.started", ["stated", "computed"]].tolist() == [384_400, 412_435]
    assert said.loc["breakdown.finished", ["stated", "computed"]].tolist() == [270_000, 270_400]
    # 27 is rounded to ten thousands, which explains 400; nothing explains 28,035
    assert said["verdict"].tolist() == ["contradiction", "within_rounding", *["contradiction"] * 3]
    assert said.loc["result_2024_share", "round_numbers"] == "21000"
    assert said.loc["quarter_2024_share", "round_numbers"] == "21000"
    assert said.loc["communities_share", ["stated", "round_numbers"]].tolist() == [124.21, "255900"]
    assert said.loc["communities_share", "computed"] == pytest.approx(127.16)


def test_both_percentages_together_leave_one_round_target(henan: targets.Ledger) -> None:
    found = schema.check(targets.implications(henan), "implied")
    together = found[found["percentage"].isna()].iloc[0]
    assert together["denominator"] == "target_2024"
    assert (together["least"], together["most"], together["round_numbers"]) == (20_995, 21_007, "21000")
    assert together["stated"] == 20_000 and not together["fits"]
    year = found[found["percentage"] == "result_2024_share"].iloc[0]
    assert (year["part_least"], year["part_most"]) == (29_194, 29_195)
    open_ = found[found["denominator"] == "expressway_car_bays"].iloc[0]
    assert pd.isna(open_["stated"]) and pd.isna(open_["fits"])


def test_one_cell_would_mend_the_breakdown_and_none_is_mended(henan: targets.Ledger) -> None:
    before = henan.model_copy(deep=True)
    found = schema.check(targets.mendings(henan), "mendings")
    (cell,) = found.to_dict("records")
    assert (cell["row"], cell["column_code"], cell["published"], cell["unique"]) == (
        "started",
        "4108",
        31_113,
        True,
    )
    assert (cell["least"], cell["most"]) == (3_056, 3_127)
    assert (cell["ratio_low"], cell["ratio_high"]) == (0.70, 0.72)
    assert cell["candidates"] == "3111, 3113"
    assert henan == before


def test_the_ledger_and_the_profile_publish_the_same(henan: targets.Ledger) -> None:
    profile = {item.id: item for item in region.load("henan").published}
    shared = [item for item in henan.figures if item.id in profile]
    assert len(shared) >= 8
    for item in shared:
        other = profile[item.id]
        assert float(item.value or 0) == other.value and item.unit == other.unit and item.date == other.date
        assert item.qualifier == other.qualifier


# ---- small ledgers


def figure(figure_id: str, value: object, unit: str = "pile", **more: object) -> dict[str, object]:
    return {"id": figure_id, "value": value, "unit": unit, "source": "a bulletin", **more}


def ledger_of(*figures: dict[str, object], tables: list[dict[str, object]] | None = None) -> targets.Ledger:
    return targets.Ledger.model_validate({"figures": figures, "tables": tables or []})


def test_two_sources_agree_within_what_they_round_to() -> None:
    def found(first: int, second: int, **more: object) -> list[str]:
        one = figure("a", first, qualifier="rounded", quantity="piles")
        other = figure("b", second, quantity="piles", **more)
        return targets.contradictions(ledger_of(one, other))["verdict"].tolist()

    assert found(29_000, 29_200) == []
    assert found(29_000, 29_499) == [] and found(29_000, 29_500) == ["contradiction"]
    assert found(29_200, 20_000, qualifier="more_than") == []
    assert found(29_200, 29_250, qualifier="at_least") == ["contradiction"]
    assert found(29_200, 29_249, qualifier="more_than") == ["contradiction"]
    assert found(29_200, 29_200, unit="gun") == ["other_unit"]


def test_percentages_of_one_target_that_cannot_both_hold() -> None:
    found = targets.contradictions(
        ledger_of(
            figure("target", None),
            figure("march", 500), figure("march_share", "25.0", "percent", part="march", denominator="target"),
            figure("june", 900), figure("june_share", "50.0", "percent", part="june", denominator="target"),
        )
    )  # fmt: skip
    assert found["kind"].tolist() == ["percentages"]
    assert found["round_numbers"].tolist() == ["2000"] and found["computed"].isna().all()


def test_percentages_of_one_target_are_taken_together() -> None:
    found = targets.implications(
        ledger_of(
            figure("target", None),
            figure("march", 50), figure("march_share", "25", "percent", part="march", denominator="target"),
            figure("june", 61), figure("june_share", "30", "percent", part="june", denominator="target"),
        )
    )  # fmt: skip
    assert found["least"].tolist() == [197, 201, 201] and found["most"].tolist() == [204, 206, 204]


def table_of(rows: list[tuple[list[int], int]], **more: object) -> targets.Ledger:
    n = len(rows[0][0])
    row = [{"id": f"r{i}", "cells": cells, "total": total, **more} for i, (cells, total) in enumerate(rows)]
    columns = [{"code": f"c{j}", "name": f"city {j}"} for j in range(n)]
    table = {"id": "t", "unit": "pile", "source": "a bulletin", "columns": columns, "rows": row}
    return ledger_of(tables=[table])


def test_naive_rounding_of_20000_is_listed_as_one_short(henan: targets.Ledger) -> None:
    """The split of 20,000 by the first row, each part rounded by itself: 19,999, as rounding explains."""
    started = henan.tables[0].rows[0].cells
    naive = [(20_000 * cell * 2 + sum(started)) // (2 * sum(started)) for cell in started]
    exact = targets.contradictions(table_of([(naive, 20_000)]))
    assert exact[["stated", "computed", "verdict"]].to_numpy().tolist() == [[20_000, 19_999, "contradiction"]]
    said = targets.contradictions(table_of([(naive, 20_000)], cells_qualifier="rounded"))
    assert said["verdict"].tolist() == ["within_rounding"]
    assert targets.contradictions(table_of([(started, sum(started))])).empty


def brute(first: list[int], total: int, second: list[int]) -> list[tuple[int, int, int]]:
    """Column, least and most of every cell of the first row that mends it, by trying every value."""
    found = []
    for j in range(len(first)):
        ratios = [
            round(b / a + 1e-12, 2) for k, (a, b) in enumerate(zip(first, second, strict=True)) if k != j
        ]
        fits = [
            value
            for value in range(1, total + 1)
            if sum(first) - first[j] + value == total
            and Fraction(str(min(ratios))) <= Fraction(second[j], value) <= Fraction(str(max(ratios)))
        ]
        if fits:
            found.append((j, fits[0], fits[-1]))
    return found


@given(st.lists(st.integers(20, 60), min_size=3, max_size=5), st.integers(0, 2), st.integers(1, 200))
@settings(max_examples=40, deadline=None)
def test_cells_that_mend_are_those_found_by_trying(first: list[int], at: int, wrong: int) -> None:
    second = [cell // 2 for cell in first]
    total = sum(first)
    broken = [wrong if j == at else cell for j, cell in enumerate(first)]
    found = targets.mendings(table_of([(broken, total), (second, sum(second))]))
    expected = brute(broken, total, second) if sum(broken) != total else []
    assert [
        (int(c[1:]), a, b)
        for c, a, b in zip(found["column_code"], found["least"], found["most"], strict=True)
    ] == expected
    assert found["unique"].tolist() == [len(expected) == 1] * len(expected)


def test_two_cells_that_would_mend_are_both_named_and_neither_is_unique() -> None:
    # one too many: 9 for either 10 keeps the ratio among 5/12 to 5/8; 11 for 12 and 7 for 8 leave the others' range
    found = targets.mendings(table_of([([10, 10, 12, 8], 39), ([5, 5, 5, 5], 20)]))
    assert found["column_code"].tolist() == ["c0", "c1"] and found["least"].tolist() == [9, 9]
    assert not found["unique"].any()


def test_one_slip_away() -> None:
    assert near(31) == [1, 3, 13, *sorted({301, 310, *(int(f"{d}31") for d in range(1, 10)),
                        *(int(f"3{d}1") for d in range(10)), *(int(f"31{d}") for d in range(10))})]  # fmt: skip
    assert 3_113 in near(31_113) and 3_111 in near(31_113) and 13_113 in near(31_113)


def test_a_part_in_millions_has_no_whole_number(tmp_path: Path) -> None:
    """363.14 of 181.57 % imply 200, and no whole number rounds to 363.14."""
    path = tmp_path / "ledger.toml"
    path.write_text(
        """figures = [
    {id = "train", value = 363.14, unit = "10k", source = "b", qualifier = "rounded", step = 0.01},
    {id = "plan", unit = "10k", source = "b"},
    {id = "share", value = 181.57, unit = "percent", part = "train", denominator = "plan", source = "b"}]"""
    )
    (row,) = targets.implications(targets.ledger(path)).to_dict("records")
    assert row["round_numbers"] == "200" and pd.isna(row["part_least"]) and pd.isna(row["part_most"])


def test_a_ledger_that_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.toml"
    path.write_text(
        """
[[figures]]
id = "a"
value = "many"
unit = "pile"
source = "x"
[[figures]]
id = "b"
valu = 3
unit = "pile"
source = "x"
[[tables]]
id = "t"
unit = "pile"
columns = []
rows = []
""",
        "utf-8",
    )
    with pytest.raises(StudyFault) as error:
        targets.ledger(path)
    assert sorted(fault.code for fault in error.value.faults) == [
        "entry_missing", "entry_misspelt", "entry_number",
    ]  # fmt: skip
    path.write_text(
        '[[figures]]\nid = "p"\nvalue = 5\nunit = "percent"\nsource = "x"\npart = "a"\ndenominator = "b"\n'
    )
    with pytest.raises(StudyFault, match="The figure p names a, which is no count"):
        targets.ledger(path)
    with pytest.raises(MissingFile):
        targets.ledger(tmp_path / "none.toml")
    path.write_text("[[")
    with pytest.raises(StudyFault, match="cannot be read"):
        targets.ledger(str(path))
