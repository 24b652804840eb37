"""Returns of the units against the milestones of the year."""

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import schema, targets
from chargegeo.errors import StudyFault
from chargegeo.targets.returns import months

Row = tuple[object, ...]
HALF = targets.Milestone(id="half", state="started", share="0.5", by=dt.date(2024, 6, 30))
ALL = targets.Milestone(id="all", state="started", share=1, by=dt.date(2024, 10, 31))
DONE = targets.Milestone(id="done", state="finished", share="0.7", by=dt.date(2024, 12, 31))
MONTHLY, QUARTERLY = targets.Reporting(), targets.Reporting(every="quarter")
CONTRACTS = {
    "milestones": "progress",
    "periods": "progress_periods",
    "projections": "projections",
    "late": "late_returns",
    "contradictions": "progress_contradictions",
}


def returns(*rows: Row) -> pd.DataFrame:
    columns = ["unit_code", "period_end", "started", "finished", "received_on"]
    return pd.DataFrame([(*row, None)[:5] for row in rows], columns=columns)


def plan(**due: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"unit_code": list(due), "name": [f"city {c}" for c in due], "due": list(due.values())}
    )


def held(reports: pd.DataFrame, due: pd.DataFrame, as_of: str, **more: object) -> targets.Progress:
    """Progress whose tables keep their contracts."""
    options = {"milestones": (HALF, ALL, DONE), **more}
    found = targets.progress(reports, due, as_of=dt.date.fromisoformat(as_of), **options)
    for field, table in CONTRACTS.items():
        schema.check(getattr(found, field), table)
    return found


def lights(reports: pd.DataFrame, as_of: str, **more: object) -> dict[str, str]:
    """Status and light of one unit with 100 piles due, by milestone."""
    found = held(reports, plan(a=100), as_of, **more).milestones
    return {
        m: f"{s} {c}" for m, s, c in zip(found["milestone"], found["status"], found["light"], strict=True)
    }


def test_months_are_those_of_the_calendar() -> None:
    assert months(dt.date(2024, 3, 31)) == 3
    assert months(dt.date(2023, 2, 14)) == Fraction(3, 2)
    assert months(dt.date(2024, 12, 31)) == 12


def test_the_first_quarter_of_2024() -> None:
    """3,545 of 21,000: the line gives 14,180, the year ended at 29,194."""
    done = targets.Milestone(id="done", state="finished", share=1, by=dt.date(2024, 12, 31))
    # last year's three cities had 12 % of the year's result by March in sum, and 10 to 15 % each
    before = returns(
        ("x", "2023-03-31", None, 100), ("x", "2023-12-31", None, 1000),
        ("y", "2023-03-31", None, 150), ("y", "2023-12-31", None, 1000),
        ("z", "2023-03-31", None, 120), ("z", "2023-12-31", None, 1000),
        ("gone", "2023-03-31", None, 500),  # no result, no curve
        ("fell", "2023-03-31", None, 60), ("fell", "2023-12-31", None, 50),
    )  # fmt: skip
    found = held(
        returns(("41", "2024-03-31", None, 3545)), plan(**{"41": 21_000}), "2024-04-20",
        milestones=[done], reporting=QUARTERLY, last_year=before,
    )  # fmt: skip
    year = found.projections.iloc[0]
    assert year["linear"] == 14_180
    assert year["projected"] == pytest.approx(3545 / (370 / 3000))
    assert (year["low"], year["high"]) == (pytest.approx(3545 / 0.15), pytest.approx(35_450))
    assert (year["n_curves"], year["probability"]) == (3, 0.5)
    assert year["low"] < 29_194 < year["high"]
    row = found.milestones.iloc[0]
    assert round(row["needed_per_month"]) == 1_939
    assert row["per_month"] == pytest.approx(3545 / 3)


def test_nothing_is_projected_without_a_curve_or_a_count() -> None:
    reports = returns(("a", "2024-03-31", 10, 0))
    alone = held(reports, plan(a=100), "2024-04-20", reporting=QUARTERLY).projections
    assert alone["state"].tolist() == ["started", "finished"]
    assert alone["projected"].isna().all() and alone["low"].isna().all()
    assert alone["linear"].tolist() == [40, 0]
    before = returns(
        ("a", "2023-03-31", 0, 5), ("a", "2023-12-31", 50, 50), ("b", "2023-03-31", 25, 5), ("b", "2023-12-31", 50, 50)
    )  # fmt: skip
    found = held(reports, plan(a=100), "2024-04-20", reporting=QUARTERLY, last_year=before).projections
    # of the started, one city had none by March last year: no upper end; of the finished there is nothing yet
    assert found.loc[0, ["projected", "low", "open_above"]].tolist() == [40, 20, True]
    assert found["high"].isna().all() and found["projected"].isna().tolist() == [False, True]
    one = held(reports, plan(a=100), "2024-04-20", reporting=QUARTERLY, last_year=before[2:]).projections
    assert one.loc[0, "projected"] == 20 and pd.isna(one.loc[0, "low"]) and one.loc[0, "n_curves"] == 1


def test_started_and_finished_are_never_one_number() -> None:
    found = held(returns(("a", "2024-06-30", 60, 1)), plan(a=100), "2024-07-20")
    rows = found.milestones.set_index("milestone")
    assert rows["state"].tolist() == ["started", "started", "finished"]
    assert rows["count"].tolist() == [60, 60, 1]
    assert rows["needed"].tolist() == [50, 100, 70]
    assert rows.loc["half", "status"] == "reached"
    # 40 to start in four months, 69 to finish in six
    assert rows["needed_per_month"].tolist() == [0, 10, 11.5]
    assert rows["per_month"].tolist() == [10, 10, pytest.approx(1 / 6)]


def test_lights_follow_the_path_through_the_milestones() -> None:
    # by April the path to half in June asks for 33.3 of 100; eight tenths of that are 26.7
    def april(count: int) -> str:
        return lights(returns(("a", "2024-04-30", count, 0)), "2024-05-20")["half"]

    assert april(50) == "reached green"
    assert april(34) == "on_path green"
    assert april(33) == "behind amber" and april(27) == "behind amber"
    assert april(26) == "behind red"
    # by August the path from half in June to all in October asks for 75
    assert lights(returns(("a", "2024-08-31", 75, 0)), "2024-09-20")["all"] == "on_path green"
    assert lights(returns(("a", "2024-08-31", 74, 0)), "2024-09-20")["all"] == "behind amber"


def test_a_milestone_once_over_is_reached_missed_or_unknown() -> None:
    def june(*rows: Row, as_of: str = "2024-09-01") -> str:
        return lights(returns(*rows), as_of)["half"]

    assert june(("a", "2024-06-30", 50, 0)) == "reached green"
    assert june(("a", "2024-05-31", 50, 0)) == "reached green"
    assert june(("a", "2024-06-30", 49, 0)) == "missed red"
    assert june(("a", "2024-06-30", 49, 0), ("a", "2024-07-31", 80, 0)) == "reached_late red"
    assert june(("a", "2024-05-31", 20, 0), ("a", "2024-07-31", 49, 0)) == "missed red"
    # June itself was never reported: it may have been reached in time
    assert june(("a", "2024-05-31", 20, 0), ("a", "2024-07-31", 80, 0)) == "no_return grey"
    assert june(("a", "2024-05-31", 49, 0)) == "no_return grey"
    assert june() == "no_return grey"


def test_a_unit_that_stops_reporting_is_grey_and_not_green() -> None:
    ahead = returns(("a", "2024-02-29", 45, 0))
    assert lights(ahead, "2024-03-20")["half"] == "on_path green"
    # March is due on 10 April
    assert lights(ahead, "2024-04-10")["half"] == "on_path green"
    assert lights(ahead, "2024-04-11")["half"] == "no_return grey"


def test_late_and_missing_returns_are_listed() -> None:
    found = held(
        returns(
            ("a", "2024-01-31", 1, 0, "2024-02-10"), ("a", "2024-02-29", 2, 0, "2024-03-12"),
            ("b", "2024-02-29", 2, 0), ("b", "2024-03-31", 3, 0, "2024-05-01"),
        ),
        plan(b=10, a=10), "2024-04-15",
    ).late  # fmt: skip
    said = found[["unit_code", "period_end", "kind", "days_late"]].astype("str").to_numpy().tolist()
    assert said == [
        ["a", "2024-02-29", "late", "2"],
        ["a", "2024-03-31", "missing", "5"],
        ["b", "2024-01-31", "missing", "65"],
        ["b", "2024-03-31", "missing", "5"],  # what came in May was not there in April
    ]


def test_what_each_return_adds() -> None:
    found = held(
        returns(("a", "2024-01-31", 5, None), ("a", "2024-03-31", 12, 4), ("a", "2024-02-29", 9, 1)),
        plan(a=10), "2024-04-01",
    ).periods  # fmt: skip
    started = found[found["state"] == "started"]
    assert started["cumulative"].tolist() == [5, 9, 12] and started["increment"].tolist() == [5, 4, 3]
    assert found[found["state"] == "finished"]["increment"].tolist() == [1, 3]


def test_counts_that_cannot_all_be_right_are_listed_and_stay() -> None:
    found = held(
        returns(("a", "2024-01-31", 9, 2), ("a", "2024-02-29", 7, 8)), plan(a=10), "2024-03-01"
    )  # fmt: skip
    said = found.contradictions[["kind", "state", "earlier", "later"]].to_numpy().tolist()
    assert said == [["falling", "started", 9, 7], ["finished_above_started", "finished", 7, 8]]
    assert found.periods["cumulative"].tolist() == [9, 7, 2, 8]


def test_all_started_may_be_finished() -> None:
    assert held(returns(("a", "2024-01-31", 9, 9)), plan(a=10), "2024-03-01").contradictions.empty


def test_of_two_returns_the_later_counts_and_without_days_none() -> None:
    dated = held(
        returns(("a", "2024-01-31", 9, 2, "2024-02-08"), ("a", "2024-01-31", 7, 2, "2024-02-05")),
        plan(a=10), "2024-03-01",
    )  # fmt: skip
    assert dated.periods["cumulative"].tolist() == [9, 2]
    assert dated.contradictions[["kind", "state", "earlier", "later"]].to_numpy().tolist() == [
        ["corrected", "started", 7, 9]
    ]
    undated = held(
        returns(("a", "2024-01-31", 9, 2, "2024-02-08"), ("a", "2024-01-31", 7, 2)), plan(a=10), "2024-03-01"
    )
    assert undated.periods.empty
    assert undated.contradictions["kind"].tolist() == ["two_returns"]
    twice = held(returns(*[("a", "2024-01-31", 9, 2)] * 2), plan(a=10), "2024-03-01")
    assert twice.periods["cumulative"].tolist() == [9, 2] and twice.contradictions.empty


def test_all_returns_that_cannot_be_used_are_named() -> None:
    wrong = returns(
        ("x", "2024-01-31", 1, 0), ("a", "2024-01-30", 1, 0),
        ("a", "2024-02-29", "many", -1), ("a", "2023-01-31", 1.5, 0),
    )  # fmt: skip
    with pytest.raises(StudyFault) as error:
        held(wrong, plan(a=10), "2024-03-01")
    assert [(fault.code, fault.row) for fault in error.value.faults] == [
        ("report_unit_unknown", 0), ("report_period", 1), ("report_period", 3),
        ("report_count", 2), ("report_count", 3), ("report_count", 2),
    ]  # fmt: skip
    with pytest.raises(StudyFault) as error:
        held(returns(), plan(a=10).assign(due=[None]), "2025-03-01")
    assert [fault.code for fault in error.value.faults] == [*["milestone_year"] * 3, "target_due"]
    with pytest.raises(StudyFault, match="no column 'finished'"):
        held(returns().drop(columns="finished"), plan(a=10), "2024-03-01")


def test_counts_beyond_any_are_named() -> None:
    with pytest.raises(StudyFault) as error:
        held(returns(("a", "2024-01-31", 10**20, 0)), plan(a=10), "2024-03-01")
    assert [fault.code for fault in error.value.faults] == ["report_count"]


def test_milestones_of_one_name_or_that_fall_are_named() -> None:
    later = targets.Milestone(id="half", state="started", share="0.4", by=dt.date(2024, 10, 31))
    other = targets.Milestone(id="done", state="finished", share="0.3", by=dt.date(2024, 10, 31))
    with pytest.raises(StudyFault) as error:
        held(returns(), plan(a=10), "2024-03-01", milestones=(HALF, later, other))
    assert [(fault.code, fault.value) for fault in error.value.faults] == [
        ("milestone_twice", "half"), ("milestone_falls", "half"),
    ]  # fmt: skip


def test_the_ranking_states_its_weights() -> None:
    due = plan(c=100, b=100, a=200, d=50)
    found = held(
        returns(
            ("a", "2024-01-31", 100, 20, "2024-02-05"), ("b", "2024-01-31", 50, 10, "2024-02-05"),
            ("c", "2024-01-31", 80, 0, "2024-02-20"),
        ),
        due, "2024-03-01",
    )  # fmt: skip
    order = schema.check(targets.ranking(found, due, weights={"started": 3, "in_time": 1}), "ranking")
    # c: 0.75 * 0.8 + 0.25 * 0.9; a and b: 0.75 * 0.5 + 0.25; d sent nothing and has no score
    assert order["unit_code"].tolist() == ["c", "a", "b", "d"]
    assert order["score"].tolist()[:3] == [pytest.approx(0.825), 0.625, 0.625]
    assert order["rank"].tolist()[:3] == [1, 2, 2] and pd.isna(order["rank"].iloc[3])
    assert order["weights"].unique().tolist() == ["started 3, in_time 1"]
    corrected = held(
        returns(("a", "2024-01-31", 1, 0, "2024-02-05"), ("a", "2024-01-31", 2, 0, "2024-02-06"),
                ("b", "2024-01-31", 1, 2, "2024-02-05")),
        plan(a=10, b=10), "2024-03-01",
    )  # fmt: skip
    order = targets.ranking(corrected, plan(a=10, b=10), weights={"consistent": 1})
    assert order["score"].tolist() == [1, 0.9]
    for weights in ({"beauty": 1.0}, {"started": -1.0}, {"started": 0.0}, {}):
        with pytest.raises(StudyFault):
            targets.ranking(found, due, weights=weights)


def curve_rows(curves: Iterable[list[int]], year: int) -> pd.DataFrame:
    ends = [dt.date(year, 3, 31), dt.date(year, 6, 30), dt.date(year, 9, 30), dt.date(year, 12, 31)]
    return returns(
        *(
            (f"u{i}", str(end), count, count)
            for i, curve in enumerate(curves)
            for end, count in zip(ends, curve, strict=True)
        )
    )


@given(
    st.lists(st.lists(st.integers(0, 90), min_size=4, max_size=4).map(sorted), min_size=2, max_size=5),
    st.integers(1, 200),
    st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_projections_lie_in_their_range_whatever_the_order(
    curves: list[list[int]], count: int, rng: object
) -> None:
    before = curve_rows(curves, 2023)
    due, now = plan(u0=100), returns(("u0", "2024-03-31", count, count))
    options = {"reporting": QUARTERLY, "last_year": before}
    found = held(now, due, "2024-04-20", **options).projections
    used = [curve for curve in curves if curve[-1]]
    row = found.iloc[0]
    assert row["n_curves"] == len(used)
    if len(used) >= 2 and sum(curve[0] for curve in used):
        whole = [count * curve[-1] / curve[0] for curve in used if curve[0]]
        assert row["low"] == pytest.approx(min(whole))
        assert row["open_above"] == any(not curve[0] for curve in used)
        if not row["open_above"]:
            assert row["high"] == pytest.approx(max(whole)) and row["low"] <= row["projected"] <= row["high"]
    shuffled = {**options, "last_year": before.sample(frac=1, random_state=rng.randrange(99))}
    pd.testing.assert_frame_equal(held(now, due, "2024-04-20", **shuffled).projections, found)


# ---- the file of the year's target

FILE = """
[target]
year = 2024
total = 20000
units = "units.csv"
ledger = "ledger.toml"
levels = ["city_code", "unit_code"]

[shares]
vehicles = 0.7
last_year = 0.3

[floors]
"4101" = 100

[[milestones]]
id = "half"
state = "started"
share = 0.5
by = 2024-06-30

[reporting]
every = "quarter"

[ranking]
finished = 2
"""


def test_a_year_s_target_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text(FILE, "utf-8")
    found = targets.load(path)
    assert found.target.units == targets.TableFile(file=tmp_path / "units.csv")
    assert found.target.ledger == tmp_path / "ledger.toml"
    assert found.files() == [tmp_path / "units.csv", tmp_path / "ledger.toml"]
    assert found.target.reports is None
    assert found.milestones == (HALF,) and found.floors == {"4101": 100}
    assert found.shares == {"vehicles": 0.7, "last_year": 0.3}
    assert (found.reporting.every, found.reporting.grace_days) == ("quarter", 10)


def test_all_faults_of_the_file_are_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text(
        FILE.replace("year = 2024", "yaer = 2024").replace("0.5", "1.5").replace('"started"', '"begun"')
    )
    with pytest.raises(StudyFault) as error:
        targets.load(path)
    assert sorted((fault.code, fault.params["key"]) for fault in error.value.faults) == [
        ("entry_at_most", "milestones.0.share"), ("entry_missing", "target.year"),
        ("entry_misspelt", "target.yaer"), ("entry_word", "milestones.0.state"),
    ]  # fmt: skip
    path.write_text(FILE.replace("year = 2024", "year = 2025") + '[caps]\n"4101" = 5\n[carry]\n"4101" = 5\n')
    with pytest.raises(StudyFault) as error:
        targets.load(path)
    assert [item.code for item in error.value.faults] == [
        "milestone_year",
        "target_floor_above_cap",
        "target_carry",
    ]
