"""What could be done, what cannot be right, and how to read it all: scenarios, contradictions, method, definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.labels import rules as rule_words
from chargegeo.maps import charts
from chargegeo.maps.lanes import records
from chargegeo.report.definition import definition_rows
from chargegeo.report.paper.content import Paragraph
from chargegeo.report.paper.standing import AREAS, headline_rows
from chargegeo.report.paper.telling import Told, known, share
from chargegeo.vocab import CountUnit, Index, Measure, SolveStatus

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.report.paper.content import Block
    from chargegeo.targets.publications import Figure
    from chargegeo.targets.publications import Table as PublishedTable

SITES, PLANS, CLASHES, CLASHES_LEAST = 5, 6, 12, 3
SENTENCES = 3  # on scenarios
GRAIN = ",.10g"


def points(told: Told) -> Iterator[str]:
    """The findings in a few sentences."""
    for rule, asks, row in headline_rows(told):
        yield told.say(
            "point.covered", rule=rule, rung=row["rung"], asks=asks, share=share(row["n_covered"], row["n_units"]),
            uncovered=f"{row['n_uncovered']:,}", unknown=f"{row['n_unknown']:,}",
        )  # fmt: skip
    if told.has("inequality"):
        row = records(told.tables["inequality"].head(1))[0]
        if known(row["value"]) and row["index"] == Index.GINI:
            yield told.say(
                "point.even",
                gini=f"{row['value']:.3f}",
                counted=labels.word("amount", row["counted"], told.lang),
            )
    if told.has("corridor_gaps"):
        row = records(told.tables["corridor_gaps"].sort_values("rank").head(1))[0]
        ends = {key: row[key] if known(row[key]) else told.say("null") for key in ("from_name", "to_name")}
        direction = labels.word("direction", row["direction"], told.lang)
        yield told.say("point.gap", km=f"{row['km']:,.1f}", ref=row["ref"], direction=direction, **ends) + (
            told.say("point.gap_open", n=row["n_unknown"]) if row["n_unknown"] else ""
        )
    yield from _planned(told)
    clashes = _clashes(told)
    if clashes:
        yield told.say("point.clashes", n=len(clashes))


def _planned(told: Told) -> Iterator[str]:
    """One sentence a scenario that has a plan, of the first ones."""
    found = records(told.tables["scenario_comparison"]) if told.has("scenario_comparison") else []
    planned = [
        row
        for row in found
        if row["status"] in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE) and known(row["covered_after"])
    ]
    for row in planned[:SENTENCES]:
        before, after = (share(row[name], row["n_units"]) for name in ("covered_before", "covered_after"))
        yield told.say(
            "point.plan", scenario=row["scenario"], rung=row["rung"] if known(row["rung"]) else told.say("null"),
            piles=told.number(row["n_piles"], ",d"), before=before, after=after,
        )  # fmt: skip
    if (left := len(planned) - SENTENCES) > 0:
        yield told.say("point.plans", n=left)


def scenarios(told: Told) -> Iterator[Block]:
    """Scenarios side by side, what new piles bring, the first sites of the plan."""
    if not (told.has("scenario_comparison") or told.has("closing_curve") or told.has("sites")):
        return
    tables, caption = told.tables, told.caption
    asked = {rung.id: rule_words.rung_text(rung, told.lang) for rule in told.rules for rung in rule.rungs}
    yield told.heading("scenarios")
    if told.has("scenario_comparison"):
        shown, more = told.some(tables["scenario_comparison"], PLANS, "scenario_comparison")
        yield told.picture(charts.scenarios(shown, caption=caption), "scenarios")
        yield from more
    if told.has("closing_curve"):
        curve = tables["closing_curve"]
        lines = _headlines(told, curve)
        yield told.picture(charts.closing(lines, caption=caption, asked=asked), "closing")
        if len(lines) < len(curve):
            yield told.note("scenarios.curve")
    if told.has("sites"):
        top = tables["sites"].sort_values("rank").head(SITES)
        yield told.plain("scenarios.sites", shown=len(top), n=f"{len(tables['sites']):,}")
        widths = {"rank": 1.0, "name": 3.3, "county_name": 1.7, "city_name": 1.7, "site_kind": 2.2, "n_new": 1.2,
                  "new_kw": 1.6, "n_closed": 1.6, "people_near": 1.7}  # fmt: skip
        yield told.table(top, "sites", widths)
    if told.has("scenario_areas"):
        yield from _areas(told)


def _headlines(told: Told, curve: pd.DataFrame) -> pd.DataFrame:
    """The curve of headline rungs and of people; of all rungs if none of them is a headline."""
    rung = curve["measure"] == Measure.RUNG
    headline = curve["name"].isin([rule.headline for rule in told.rules])
    return curve[~rung | headline] if (rung & headline).any() else curve


def _areas(told: Told) -> Iterator[Block]:
    """New piles by city, with units covered before and after."""
    areas = told.tables["scenario_areas"]
    cities = areas[areas["level"] == "city"].sort_values("code", kind="stable")
    chosen, more = told.some(cities, AREAS, "scenario_areas")
    if len(chosen):
        yield told.plain("scenarios.areas")
        cells = [
            (row["name"], f"{row['covered_before']:,} \u2192 {row['covered_after']:,} / {row['n_units']:,}",
             f"{row['n_new']:,}", told.number(row["quota"], ",d"))
            for row in records(chosen)
        ]  # fmt: skip
        yield told.halves("areas", cells, (2.0, 2.6, 1.1, 1.1))
        yield from more


def _clashes(told: Told) -> list[dict[str, Any]]:
    """Published figures that rounding does not explain."""
    table = told.tables.get("contradictions")
    return [] if table is None else records(table[table["verdict"] != "within_rounding"])


def contradictions(told: Told) -> Iterator[Block]:
    """Published figures that cannot all be right; none is repaired."""
    if "contradictions" not in told.tables:
        return
    yield told.heading("contradictions")
    if told.has("published"):
        table = told.tables["published"]
        asked, agree = int(table["agrees"].notna().sum()), int((table["agrees"] == True).sum())  # noqa: E712
        yield told.plain("contradictions.published", share=f"{agree}/{asked}", n=len(table))
    rows = _clashes(told)
    if not rows:
        yield told.plain("contradictions.none")
        return
    yield told.plain("contradictions.read", n=len(rows))
    cells = [_clash(told, row) for row in rows]
    listed = told.texts("contradictions", cells, (3.4, 3.4, 1.5, 1.5, 2.2, 1.9))
    yield replace(listed, sheet="contradictions", least=CLASHES_LEAST).first(CLASHES)
    yield told.note("contradictions.note")


def _clash(told: Told, row: dict[str, Any]) -> tuple[str, ...]:
    unit = " %" if row["kind"] == "percentage" else ""
    stated, computed = (told.number(row[name], GRAIN) + unit for name in ("stated", "computed"))
    verdict = labels.word("clashverdict", row["verdict"], told.lang)
    return (
        _figure(told, row["about"]),
        _figure(told, row["against"]),
        stated,
        computed,
        _room(told, row),
        verdict,
    )


def _figure(told: Told, id_: str) -> str:
    """What a figure is, with its value as published; of a row of a table, the table's words."""
    book = told.ledger
    for item in book.figures if book else ():
        if item.id == id_:
            value = told.say("unpublished") if item.value is None else f"{item.value:,f}"
            unit = labels.word("briefing.counted", item.unit, told.lang)
            return told.say("figure", what=_what(told, item, id_), value=value, unit=unit)
    for table in book.tables if book else ():
        head, _, rest = id_.partition(".")
        if table.id == head:
            row, _, total = rest.partition(".")
            words = labels.word("buildstate", row, told.lang)
            key = "figure_total" if total else "figure_parts"
            return told.say(key, what=_what(told, table, head), row=words)
    return id_


def _what(told: Told, named: Figure | PublishedTable, id_: str) -> str:
    """Words of a ledger in the language of the paper; the id where it has none."""
    return (named.what if told.lang == "zh" else named.what_en) or id_


def _room(told: Told, row: dict[str, Any]) -> str:
    """Where the second figure, a whole number except between sources, must lie if the first one holds."""
    low, high = row["low"], row["high"]
    if row["kind"] != "sources":
        low, high = (ceil(low) if known(low) else low), (floor(high) if known(high) else high)
    ends = [told.number(value, GRAIN) for value in (low, high)]
    return ends[0] if ends[0] == ends[1] else told.say("range", low=ends[0], high=ends[1])


def method(told: Told) -> Iterator[Block]:
    """How it was done and what it does not say."""
    caption = told.caption
    yield told.heading("method")
    keys = ["unknown", "distance", "nulls"]
    if told.has("corridor_gaps"):
        keys.append("roads")
    if told.has("scenario_comparison"):
        keys.append("plans")
    if caption.approximate:
        keys.append("approximate")
    if caption.synthetic:
        keys.append("synthetic")
    for key in keys:
        yield _point(told, key)
    if "repairs" in told.tables and "quarantine" in told.tables:
        repaired = int(told.tables["repairs"]["n_rows"].sum())
        yield _point(told, "dirt", repaired=f"{repaired:,}", aside=f"{len(told.tables['quarantine']):,}")
    yield _point(told, "source", text=caption.source)
    yield _point(told, "datum", text=caption.datum)


def _point(told: Told, key: str, **values: object) -> Block:
    return Paragraph(told.say(f"method.{key}", **values), "point")


def definitions(told: Told) -> Iterator[Block]:
    """The definition sheet: on a page of its own, to be handed out alone."""
    caption = told.caption
    yield told.heading("definitions", new_page=True)
    yield told.plain("definitions.denominator", text=caption.denominator)
    rows, seen = [], set()
    for rule in told.rules:
        for rung, row in zip(rule.rungs, definition_rows(rule, told.lang), strict=True):
            # a branch of a rule repeats the rungs that it stands upon
            if (rung.id, *row[1:]) not in seen:
                rows.append((rule_words.rule_name(rule, told.lang), *row))
            seen.add((rung.id, *row[1:]))
    yield told.texts("definitions", rows, (2.6, 1.5, 5.0, 5.0))
    yield told.plain("definitions.counts")
    counts = [
        (labels.word("countunit", unit, told.lang), labels.text(f"report.count.{unit}", told.lang))
        for unit in CountUnit
    ]
    yield told.texts("counts", counts, (1.2, 9.0))
