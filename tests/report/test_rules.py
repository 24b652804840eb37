"""A rule in words names every threshold."""

import pytest

from chargegeo import labels, region
from chargegeo.labels import rules
from chargegeo.region import Condition


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("power_kw", at_least=60.0), "rated power of the pile at least 60 kW"),
        (Condition("seat_km", at_most=2.5), "straight-line distance to the seat at most 2.5 km"),
        (
            Condition("availability", at_least=0.99, unknown_passes=True),
            "availability at least 99 % (unknown passes and is counted beside it)",
        ),
        (Condition("station_piles", at_least=3.0), "piles of one station at least 3"),
        (
            Condition("power_kw", at_least=7.0, at_most=60.0),
            "rated power of the pile at least 7 kW and at most 60 kW",
        ),
    ],
)
def test_a_condition_in_words(condition: Condition, text: str) -> None:
    assert rules.condition_text(condition, "en") == text


def test_words_of_closed_lists_are_translated() -> None:
    condition = Condition("current", one_of=("dc", "acdc"))
    for lang in labels.LANGUAGES:
        text = rules.condition_text(condition, lang)
        assert labels.text("current.dc", lang) in text and labels.text("current.acdc", lang) in text


@pytest.mark.parametrize("lang", labels.LANGUAGES)
@pytest.mark.parametrize("name", ["township_ladder", "county_station"])
def test_a_rule_names_all_its_rungs(lang: str, name: str) -> None:
    rule = region.load("henan").rules[name]
    text = rules.rule_text(rule, lang)
    assert rules.rule_name(rule, lang) in text and name not in text
    for rung in rule.rungs:
        assert f"{rung.id} {rules.rung_text(rung, lang)}" in text


def test_both_languages_have_the_same_words() -> None:
    for room in ("rules.", "report.", "fault.cannot_write", "fault.too_many_rows"):
        chinese, english = ({k for k in labels.keys(lang) if k.startswith(room)} for lang in labels.LANGUAGES)
        assert chinese == english and chinese
