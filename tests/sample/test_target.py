"""The year's target of the sample: what the returns say, counted without code of ours."""

import tomllib

import pandas as pd
import pytest

from chargegeo.sample import office
from tests.sample.conftest import Written

WORDS = office.words()["target"]


def table(written: Written, key: str) -> pd.DataFrame:
    found = pd.read_csv(written.paths[key], encoding="gb18030", dtype={WORDS["unit_code"]: str})
    return found.rename(columns={word: name for name, word in WORDS.items()})


def test_the_file_asks_what_the_province_asks(written: Written) -> None:
    told = tomllib.loads(written.paths["target"].read_text("utf-8"))
    assert told["target"]["total"] == 20_000 and told["target"]["synthetic"] is True
    assert [(item["state"], item["share"], str(item["by"])) for item in told["milestones"]] == [
        ("started", 0.5, "2026-06-30"), ("started", 1, "2026-10-31"), ("finished", 0.7, "2026-12-31"),
    ]  # fmt: skip
    for name in ("units", "reports", "last_year"):
        assert (written.paths["target"].parent / told["target"][name]).is_file()
    study = tomllib.loads(written.paths["study"].read_text("utf-8"))
    assert study["targets"] == {"file": written.paths["target"].name}


def test_eighteen_units_add_up_to_their_townships(written: Written) -> None:
    units = table(written, "target_units")
    assert len(units) == 18 and units["name"].str.endswith(office.words()["mark"]).all()
    assert units["population"].sum() == written.units["population"].sum()
    town = written.truth["kind"].isin(["town", "township"])
    assert units["n_uncovered"].sum() == (town & (written.truth["state"] == "uncovered")).sum()
    assert written.totals["headline_states"]["uncovered"] == units["n_uncovered"].sum()


def test_a_first_quarter_of_twelve_per_cent(written: Written) -> None:
    last = table(written, "last_returns")
    by_month = last.groupby("period_end")["finished"].sum()
    assert len(last) == 18 * 12
    assert by_month["2025-03-31"] / by_month["2025-12-31"] == pytest.approx(0.12, abs=0.01)
    # no straight line: a quarter of the year has an eighth of the result
    assert (by_month.diff().iloc[1:] > 0).all()


def test_counts_rise_and_no_more_is_finished_than_started(written: Written) -> None:
    for key in ("returns", "last_returns"):
        found = table(written, key)
        assert (found["finished"] <= found["started"]).all()
        for state in ("started", "finished"):
            assert (found.groupby("unit_code")[state].diff().dropna() >= 0).all()


def test_one_return_is_late_and_one_is_missing(written: Written) -> None:
    found, told = table(written, "returns"), written.totals["target"]
    assert len(found) == 18 * 6 - 1
    days = pd.to_datetime(found["received_on"]) - pd.to_datetime(found["period_end"])
    late = found[days.dt.days > 10]
    assert late[["unit_code", "period_end"]].to_dict("records") == [told["late"]]
    there = set(zip(found["unit_code"], found["period_end"], strict=True))
    assert (told["missing"]["unit_code"], told["missing"]["period_end"]) not in there
    june = found[found["period_end"] == "2026-06-30"]
    assert june["finished"].sum() == told["finished_in_june"] and len(june) == 18
