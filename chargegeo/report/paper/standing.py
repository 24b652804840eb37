"""How things stand: what is covered, how evenly, what changed, who is left out, the roads, the year's target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.labels import rules as rule_words
from chargegeo.maps import charts, rule_names
from chargegeo.maps.lanes import records
from chargegeo.maps.straight import Along
from chargegeo.report.paper.telling import Told, share
from chargegeo.vocab import Index, State, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.report.paper.content import Block

WORST, LONGEST = 10, 6
AREAS, UNITS = 24, 18  # cities in a table, units in the chart of progress
# Facts that are a reason by themselves; of others it must be said what is wrong with them
REASONS = ("site", "set_aside", "boundary")


def headline_rows(told: Told) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Headline rung of each rule in words, its rung, and its row for the whole province."""
    rollup = told.tables["rollup"]
    chosen = rollup[(rollup["level"] == "province") & (rollup["group"] == "headline")]
    for rule in told.rules:
        rung = next(item for item in rule.rungs if item.id == rule.headline)
        for row in records(chosen[chosen["rung"] == rung.id]):
            yield rule_words.rule_name(rule, told.lang), rule_words.rung_text(rung, told.lang), row


def covered(told: Told) -> Iterator[Block]:
    """What is covered under which definition, with numerators and denominators."""
    asked = {rung.id: rule_words.rung_text(rung, told.lang) for rule in told.rules for rung in rule.rungs}
    tables, caption = told.tables, told.caption
    yield told.heading("covered")
    yield told.plain("covered.read")
    chart = charts.rungs(tables["rollup"], caption=caption, asked=asked)
    yield told.picture(chart, "rungs", rungs=_rungs(told))
    yield from _cities(told)
    yield told.picture(charts.power(tables["stations"], tables["piles"], caption=caption), "power")
    if told.has("lorenz", "inequality"):
        yield from _even(told)


def _rungs(told: Told) -> str:
    rollup = told.tables["rollup"]
    chosen = rollup[(rollup["level"] == "province") & (rollup["group"] == "headline")]
    return "; ".join(f"{row['rung']} {share(row['n_covered'], row['n_units'])}" for row in records(chosen))


def _cities(told: Told) -> Iterator[Block]:
    """Cities at the headline rung, the lowest share first."""
    rollup, rule = told.tables["rollup"], told.rules[0]
    chosen = rollup[
        (rollup["level"] == "city") & (rollup["group"] == "headline") & (rollup["rung"] == rule.headline)
    ]
    if not len(chosen):
        return
    chosen, more = told.some(chosen.sort_values(["share", "code"], kind="stable"), AREAS, "rollup")
    yield told.plain("covered.cities", rung=rule.headline)
    cells = [
        (row["name"], share(row["n_covered"], row["n_units"]), f"{row['n_unknown']:,}")
        for row in records(chosen)
    ]
    yield told.halves("cities", cells, (2.0, 2.6, 1.2))
    yield from more


def _even(told: Told) -> Iterator[Block]:
    """Gini and Theil in sentences, with the curve."""
    curve, table = told.tables["lorenz"], told.tables["inequality"]
    gini = table[table["index"] == Index.GINI].iloc[0]
    yield told.plain(
        "covered.even", counted=labels.word("amount", gini["counted"], told.lang), gini=f"{gini['value']:.3f}",
        per_10k=f"{gini['amount'] / gini['population'] * 1e4:.2f}", amount=f"{gini['amount']:,.0f}",
        people=f"{gini['population']:,.0f}",
    )  # fmt: skip
    yield told.picture(
        charts.lorenz(curve, table, caption=told.caption), "lorenz", gini=f"{gini['value']:.3f}"
    )


def changed(told: Told) -> Iterator[Block]:
    """What changed since the register before."""
    if not told.has("changes_by_unit"):
        return
    table = told.tables["changes_by_unit"]
    steps = ("old", "added", "removed", "in", "out", "net", "new")
    rows = {unit: [int(table[f"n_{unit}_{step}"].sum()) for step in steps] for unit in ("stations", "piles")}
    net = table["n_piles_net"]
    yield told.heading("changed")
    yield told.plain(
        "changed.units", more=f"{(net > 0).sum():,}", less=f"{(net < 0).sum():,}", same=f"{(net == 0).sum():,}",
        n=f"{len(net):,}",
    )  # fmt: skip
    yield told.counts("changed", steps, rows)
    yield told.note(
        "changed.note", old=f"{table['n_unknown_old'].sum():,}", new=f"{table['n_unknown_new'].sum():,}"
    )
    if told.has("changes"):
        kinds = told.tables["changes"]["change"].value_counts()
        said = [f"{labels.word('change', kind, told.lang)} {n:,}" for kind, n in sorted(kinds.items())]
        yield told.plain("changed.kinds", kinds=told.say("comma").join(said))


def left_out(told: Told) -> Iterator[Block]:
    """The ten worst gaps with their reasons."""
    gaps = told.tables["gaps"]
    yield told.heading("gaps")
    if not len(gaps):
        yield told.plain("gaps.none", rung=told.rules[0].headline)
        return
    unknown = int((gaps["state"] == State.UNKNOWN).sum())
    yield told.plain(
        "gaps.read", n=f"{len(gaps):,}", uncovered=f"{len(gaps) - unknown:,}", unknown=f"{unknown:,}",
        of=_of(told), rung=told.rules[0].headline, shown=min(WORST, len(gaps)),
    )  # fmt: skip
    top = gaps.sort_values("rank").head(WORST)
    widths = {"rank": 1.0, "name": 3.2, "county_name": 1.7, "city_name": 1.6, "reason": 3.2, "population": 1.9,
              "nearest_km": 1.9}  # fmt: skip
    widths["road_minutes"] = 2.1
    for name in ("county_name", "city_name", "population", "road_minutes"):
        if top[name].isna().all():
            del widths[name]
    yield told.table(top, "gaps", widths, {"reason": [_reason(told, row) for row in records(top)]})
    yield told.note("gaps.note")


def _of(told: Told) -> str:
    """Which units gaps are listed of: all, those outside the headline too where there are such."""
    rollup = told.tables["rollup"]
    rows = rollup[(rollup["level"] == "province") & (rollup["rung"] == told.rules[0].headline)]
    counts = rows.groupby("group")["n_units"].sum()
    key = "of_all" if counts.min() < counts.max() else "of_headline"
    return told.say(f"gaps.{key}", n=told.number(counts.max(), ",d"))


def _reason(told: Told, row: dict[str, Any]) -> str:
    """Why a unit is not covered: a fact of its own, or what is wrong with a fact."""
    fact = labels.word("fact", row["fact"], told.lang)
    if row["fact"] in REASONS or not fact:
        return fact or told.say("null")
    return told.say(f"reason.{row['state']}", fact=fact)


def along(told: Told) -> Iterator[Block]:
    """Corridors by direction: the longest gaps, the rules not met, the service areas."""
    if not told.has("corridor_gaps"):
        return
    yield told.heading("along")
    if told.has("service_area_rollup"):
        yield from _areas(told)
    top = told.tables["corridor_gaps"].sort_values("rank").head(LONGEST)
    yield told.plain("along.longest", shown=len(top))
    widths = {"rank": 1.0, "ref": 1.3, "direction": 4.3, "from_name": 3.7, "to_name": 3.7, "km": 2.0}
    if top["n_unknown"].any():
        widths["n_unknown"] = 2.0
    yield told.table(top, "corridor_gaps", widths)
    if told.has("corridors", "corridor_sites"):
        yield _worst(told, str(top["ref"].iloc[0]))
    if told.has("corridor_rules"):
        yield told.plain("along.rules")
        yield _verdicts(told, told.tables["corridor_rules"])
        yield told.note("along.note")


def _worst(told: Told, ref: str) -> Block:
    """The strip chart of the road with the longest gap."""
    tables = told.tables
    along = Along(
        tables["corridors"], tables["corridor_sites"], tables["corridor_gaps"], tables["corridor_rules"],
        tables.get("corridor_towns"),
    )  # fmt: skip
    return told.picture(charts.strip(along, ref=ref, caption=told.caption), "strip", ref=ref)


def _areas(told: Told) -> Iterator[Block]:
    rollup = told.tables["service_area_rollup"]
    for row in records(rollup[rollup["level"] == "province"]):
        yield told.plain(
            "along.areas", n=f"{row['n_pairs']:,}", both=share(row["n_both"], row["n_pairs"]),
            shared=row["n_shared"], one=row["n_one"], none=row["n_none"], unknown=row["n_unknown"],
            ultra=share(row["n_ultra_fast"], row["n_power_known"]),
        )  # fmt: skip


def _verdicts(told: Told, rules: pd.DataFrame) -> Block:
    """Rules with what meets them of all that was judged, in the order of the rules."""
    import pandas as pd

    names = rule_names(told.lang)
    counts = pd.crosstab(rules["rule"], rules["verdict"]).reindex(columns=list(Verdict), fill_value=0)
    known = [rule for rule in names if rule in counts.index]
    rows = []
    for rule in (*known, *sorted(set(counts.index) - set(known))):
        met, failed, unknown = counts.loc[rule].tolist()
        cells = share(met, met + failed + unknown), f"{failed:,}", f"{unknown:,}"
        rows.append((names.get(str(rule), str(rule)), *cells))
    return told.texts("rules", rows, (5.0, 2.6, 1.3, 1.3), numbers=3)


def on_target(told: Told) -> Iterator[Block]:
    """The year's target, started and finished apart."""
    if told.has("progress"):
        tables = told.tables
        shown, more = told.some(_behind(tables["progress"]), UNITS, "progress", key="fit.slowest")
        rows = tables["progress"][tables["progress"]["unit_code"].isin(shown.index)]
        chart = charts.progress(rows, tables["progress_periods"], tables["projections"], caption=told.caption)
        yield told.heading("progress")
        yield told.picture(chart, "progress")
        yield from more


def _behind(progress: pd.DataFrame) -> pd.DataFrame:
    """Units, the one that has done least of what is due first."""
    found = progress.groupby("unit_code")[["share_of_due"]].min()
    return found.sort_values("share_of_due", kind="stable", na_position="first")
