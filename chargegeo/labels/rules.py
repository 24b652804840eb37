"""Rules in words: what a condition, a rung and a whole rule ask for, with every threshold.

In come the frozen classes of a rule (anything with the same fields will do), out comes text in either
language; nothing is decided here.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chargegeo import labels


class ConditionLike(Protocol):
    """One condition on one fact."""

    @property
    def fact(self) -> str: ...
    @property
    def one_of(self) -> tuple[str, ...]: ...
    @property
    def at_least(self) -> float | None: ...
    @property
    def at_most(self) -> float | None: ...
    @property
    def unknown_passes(self) -> bool: ...


class RungLike(Protocol):
    """One rung and its source."""

    @property
    def id(self) -> str: ...
    @property
    def conditions(self) -> Sequence[ConditionLike]: ...
    @property
    def source(self) -> Mapping[str, str]: ...
    @property
    def confirmed(self) -> bool: ...


class RuleLike(Protocol):
    """A ladder of rungs."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def headline(self) -> str: ...
    @property
    def rungs(self) -> Sequence[RungLike]: ...


def condition_text(condition: ConditionLike, lang: str = "zh") -> str:
    """What a condition asks for, with its threshold and unit."""
    parts = []
    if condition.one_of:
        words = (labels.word(condition.fact, word, lang) for word in condition.one_of)
        parts.append(labels.text("rules.or", lang).join(words))
    if condition.at_least is not None:
        parts.append(
            labels.text("rules.at_least", lang, number=_number(condition.fact, condition.at_least, lang))
        )
    if condition.at_most is not None:
        parts.append(
            labels.text("rules.at_most", lang, number=_number(condition.fact, condition.at_most, lang))
        )
    asked = labels.text("rules.and", lang).join(parts)
    text = labels.text(
        "rules.condition", lang, fact=labels.word("rules.fact", condition.fact, lang), asked=asked
    )
    return text + (labels.text("rules.unknown_passes", lang) if condition.unknown_passes else "")


def _number(fact: str, value: float, lang: str) -> str:
    """A threshold with its unit; shares are shown in percent."""
    shown = f"{value * 100 if fact == 'availability' else value:.10g}"
    unit = labels.word("rules.unit", fact, lang)
    return f"{shown} {unit}".rstrip()


def rung_text(rung: RungLike, lang: str = "zh") -> str:
    """All conditions that a rung adds to the rungs below."""
    return labels.text("rules.both", lang).join(condition_text(c, lang) for c in rung.conditions)


def rule_name(rule: RuleLike, lang: str = "zh") -> str:
    """Name and version of a rule."""
    name = labels.word("rules.name", rule.id, lang)
    return labels.text("rules.rule", lang, name=name, version=rule.version)


def rule_text(rule: RuleLike, lang: str = "zh") -> str:
    """A rule in one line: name, version, headline rung, and every rung with its thresholds."""
    rungs = (f"{rung.id} {rung_text(rung, lang)}" for rung in rule.rungs)
    return labels.text(
        "rules.text",
        lang,
        rule=rule_name(rule, lang),
        headline=rule.headline,
        rungs=labels.text("rules.next", lang).join(rungs),
    )
