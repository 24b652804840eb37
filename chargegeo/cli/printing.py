"""What the commands print: progress, tables, reports and errors."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.errors import ChargegeoError, shorten
from chargegeo.vocab import SideCoverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from chargegeo.errors import Finding
    from chargegeo.roads import RoadNetwork
    from chargegeo.study import Report, Results
    from chargegeo.study.scenarios import Planned

SHOWN = 40  # findings in the table of a check; --json has all
LONGEST = 2000  # characters of one message


def complain(error: ChargegeoError, lang: str) -> None:
    """Say what is wrong, a line a fault; control characters in names of files and columns become escapes."""
    lines = (shorten(line, LONGEST) for line in error.text(lang).split("\n"))
    sys.stderr.write("\n".join([labels.text("cli.refused", lang), *lines]) + "\n")


@contextmanager
def progress(lang: str, *, hidden: bool = False) -> "Iterator[Callable[[str], Any]]":
    """A spinner with the name of the step while it lasts, a line with its seconds when it is done (stderr)."""
    from time import perf_counter

    from rich.console import Console

    console = Console(stderr=True, quiet=hidden, markup=False, highlight=False)

    @contextmanager
    def step(name: str) -> "Iterator[None]":
        start, words = perf_counter(), labels.text(f"cli.step.{name}", lang)
        with console.status(words):
            yield
        console.print(f"{words} {perf_counter() - start:.1f} s")

    yield step


def print_results(results: "Results", out: Path, lang: str) -> None:
    """What a study found, in a table."""
    from chargegeo import maps, study
    from chargegeo.labels.rules import rule_name
    from chargegeo.study.solving import table_of

    def say(key: str, **values: object) -> str:
        return labels.text(f"cli.result.{key}", lang, **values)

    counts, caption = results.counts, results.caption
    open_ = counts["stations"]["pile_count_unknown"]
    names = {f"{rule.id} {rule.version}": rule_name(rule, lang) for rule in results.rules}
    kinds = results.tables["rollup"]
    # of the county rule every rung, of the others the one that is reported first
    shown = {
        rung.id
        for rule in results.rules
        for rung in rule.rungs
        if rung.id == rule.headline or table_of(rule, results.rules) == "county_coverage"
    }
    rows = [
        (say("rule"), caption.definition),
        (say("denominator"), caption.denominator),
        *(
            (
                say("covered", rule=names[row.rule], rung=row.rung,
                    group=labels.text(f"report.group.{row.group}", lang)),
                say("share", n=row.n_covered, of=row.n_units, percent=_percent(row.n_covered, row.n_units),
                    unknown=row.n_unknown, uncovered=row.n_uncovered),
            )
            for row in kinds[kinds["level"] == "province"].itertuples()
            if row.rung in shown
        ),
        (say("stations"), say("station_rows", **counts["stations"])),
        (say("piles"), say("pile_sums", **counts["piles"]) + (say("lower_bound", n=open_) if open_ else "")),
        (say("ultra"), say("ultra_share", **counts["ultra_fast"])),
        *_road_rows(results, lang),
        *([] if results.judged is None else study.summary(results.judged, lang, remarks=False)),
        (say("out"), str(out)),
    ]  # fmt: skip
    table((say("what"), say("value")), rows)
    if not maps.assets_available():
        sys.stderr.write(labels.text("cli.no_assets", lang) + "\n")


def _road_rows(results: "Results", lang: str) -> list[tuple[str, str]]:
    """What a road network adds to the summary: driving times, the longest gap of each class, sides of service areas."""

    def say(key: str, **values: object) -> str:
        return labels.text(f"cli.result.{key}", lang, **values)

    rows, tables = [], results.tables
    if "reach" in tables:
        minutes = tables["reach"]["minutes"].dropna()
        n = {"n": len(minutes), "of": len(tables["reach"])}
        told = (
            say("reach_minutes", **n, median=minutes.median(), most=minutes.max()) if len(minutes) else None
        )
        rows.append((say("reach"), told or say("reach_none", **n)))
    if "service_area_pairs" in tables:
        words = tables["service_area_pairs"]["side_coverage"].value_counts()
        told = labels.text("cli.result.and", lang).join(
            f"{labels.word('sidecoverage', word, lang)} {words[word]}"
            for word in SideCoverage
            if word in words
        )
        rows.append((say("pairs"), say("pair_sides", n=len(tables["service_area_pairs"]), told=told)))
    if "corridor_gaps" in tables:
        worst = tables["corridor_gaps"].drop_duplicates("road_class")
        rows += [
            (
                say("gap", road=labels.word("roadclass", row.road_class, lang)),
                say("gap_place", ref=row.ref, direction=labels.word("direction", row.direction, lang), km=row.km,
                    start=_named(row.from_name, lang), end=_named(row.to_name, lang))
                + (say("gap_open", n=row.n_unknown) if row.n_unknown else ""),
            )
            for row in worst.itertuples()
        ]  # fmt: skip
    return rows


def _named(place: object, lang: str) -> str:
    return shorten(place) if isinstance(place, str) else labels.text("cli.result.nowhere", lang)


def _percent(n: int, of: int) -> str:
    """A percentage that is 100.0 only when complete."""
    share = 100 * n / of
    return f"{share:.1f}" if n == of else f"{min(share, 99.9):.1f}"


def print_report(file: Path, report: "Report", lang: str) -> None:
    """What a check found, in a table and a line."""
    from chargegeo.report import joined
    from chargegeo.vocab import Severity

    def say(key: str, **values: object) -> str:
        return labels.text(f"cli.report.{key}", lang, **values)

    if report.error is not None:
        complain(report.error, lang)
        return
    found = joined(report.findings, lang)
    if found:
        header = tuple(say(key) for key in ("line", "column", "value", "problem", "done", "new"))
        table(header, [
            (
                _where(item, lang), shorten(item.fault.column, 40), shorten(item.fault.value, 40),
                item.fault.text(lang), labels.text(f"report.check.done.{item.severity}", lang),
                shorten(item.new, 40),
            )
            for item in found[:SHOWN]
        ])  # fmt: skip
    if len(found) > SHOWN:
        sys.stdout.write(say("more", shown=SHOWN, total=len(found)) + "\n")
    status = labels.word("outcome", report.status, lang)
    sys.stdout.write(
        say(
            "sum", file=shorten(file, 200), status=status, rows=report.rows, accepted=report.accepted,
            repairs=len(report.of(Severity.REPAIR)), aside=report.set_aside,
            warnings=len(report.of(Severity.WARNING)),
        ) + "\n"
    )  # fmt: skip
    if report.network is not None:
        _print_network(report.network, lang)


def _print_network(network: "RoadNetwork", lang: str) -> None:
    """Kilometres by class, and what is in the network as a whole."""
    from chargegeo import roads, schema

    kilometres = roads.summary(network)
    columns = [item for item in schema.contract("road_summary") if item.name != "ref"]
    table(tuple(item.label[lang] for item in columns), [
        (
            labels.word("roadclass", row.road_class, lang), f"{row.km:,.1f}", f"{row.directed_km:,.1f}",
            f"{row.imputed_share:.1%}",
        )
        for row in kilometres[kilometres["ref"].isna()].itertuples()
    ])  # fmt: skip
    about = network.about
    ends = about["no_way_out"]["n"] + about["no_way_in"]["n"]
    left = sum(about["ways_left_out"].values())
    sys.stdout.write(labels.text("cli.network.sum", lang, **about, one_way_ends=ends, left_out=left) + "\n")


def _where(item: "Finding", lang: str) -> str:
    """Line of a finding, else its feature, else how many rows it is about."""
    if item.fault.line is not None:
        return str(item.fault.line)
    if item.fault.feature is not None:
        return labels.text("place.feature", lang, value=shorten(item.fault.feature, 24))
    return labels.text("cli.report.whole", lang, n=item.n_rows)


def table(header: tuple[str, ...], rows: "Sequence[tuple[str, ...]]") -> None:
    """Print a table; text of the data is never read as markup, nor by the terminal."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    drawn = Table(*(Column(title, overflow="fold") for title in header))
    for row in rows:
        drawn.add_row(*(Text(shorten(text, LONGEST)) for text in row))
    Console(markup=False, highlight=False).print(drawn)


def print_planned(planned: "Sequence[Planned]", out: Path, lang: str) -> None:
    """What became of scenarios: one as a list of figures, several as a row each."""

    def say(key: str, **values: object) -> str:
        return labels.text(f"cli.plan.{key}", lang, **values)

    if len(planned) > 1:
        header = tuple(say(key) for key in ("name", "status", "piles", "townships", "people", "cost"))
        table(header, [_in_short(item, lang) for item in planned])
        sys.stdout.write(say("written", out=shorten(out, 200)) + "\n")
        return
    (one,), counts = planned, planned[0].counts
    rows = [(say("name"), one.scenario.name), (say("status"), labels.word("solvestatus", one.status, lang))]
    rows += [(say("clash"), fault.text(lang)) for fault in one.solution.clash]
    if one.findings:
        rows.append((say("candidates"), say("findings", n=len(one.findings))))
    if one.tables:
        products = labels.text("cli.result.and", lang).join(
            f"{labels.word('siting.product', key, lang)} {n:,}" for key, n in counts["products"].items()
        )
        rows += [
            (
                say("piles"),
                say(
                    "piles_at",
                    n=counts["n_piles"],
                    sites=counts["n_sites"],
                    most=counts["most_at_site"],
                    products=products,
                ),
            ),
            (say("cost"), f"{counts['cost']:,.0f}"),
            (say("townships"), _townships(counts, lang)),
            (say(f"people_{one.scenario.weight}"), _people(counts, lang)),
        ]
        if counts["bound"] is not None:
            proof = say("gap", gap=_share(counts["gap"]), bound=f"{counts['bound']:,.0f}")
            rows.append((say("proof"), proof))
        if counts["n_closed_bound"] is not None:
            told = say("years_townships", most=counts["n_closed_bound"], closed=counts["n_lacking_closed"])
            rows.append((say("years_proof"), told))
        rows.append(
            (say("cost_proof"), say("cost_years") if one.scenario.years else _least_cost(counts, lang))
        )
        if counts["stretches_asked"] or counts["stretches_unmended"]:
            rows.append((say("stretches"), say("stretches_met", met=counts["n_stretches"], **counts)))
    table((labels.text("cli.result.what", lang), labels.text("cli.result.value", lang)),
          [*rows, (labels.text("cli.result.out", lang), str(out))])  # fmt: skip


def _least_cost(counts: "Mapping[str, Any]", lang: str) -> str:
    """What plans as good cost at least; said to be unproved where it is."""
    least, cost = counts["cost_bound"], counts["cost"]
    if least is None:
        return labels.text("cli.plan.cost_unproved", lang)
    gap = f"{(cost - least) / cost:.2%}" if cost else f"{0:.2%}"
    return labels.text("cli.plan.cost_proved", lang, bound=f"{least:,.0f}", gap=gap)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4%}"


def _in_short(item: "Planned", lang: str) -> tuple[str, ...]:
    status, counts = labels.word("solvestatus", item.status, lang), item.counts
    if "n_piles" not in counts:
        return (item.scenario.name, status, "", "", "", "")
    return (
        item.scenario.name, status, f"{counts['n_piles']:,}", _townships(counts, lang), _people(counts, lang),
        f"{counts['cost']:,.0f}",
    )  # fmt: skip


def _townships(counts: "Mapping[str, Any]", lang: str) -> str:
    return labels.text("cli.plan.before_after", lang, before=counts["covered_before"], after=counts["covered_after"],
                       of=counts["n_units"], unknown=counts["n_unknown"], rung=counts["rung"])  # fmt: skip


def _people(counts: "Mapping[str, Any]", lang: str) -> str:
    shown = {
        key: labels.text("cli.plan.not_known", lang) if counts[name] is None else f"{counts[name]:,.0f}"
        for key, name in (("before", "served_before"), ("after", "served_after"), ("of", "people"))
    }
    return labels.text("cli.plan.served", lang, **shown)


def print_comparison(found: "pd.DataFrame", lang: str) -> None:
    """Scenarios side by side, a row each; what is judged differently says so."""

    def say(key: str, **values: object) -> str:
        return labels.text(f"cli.plan.{key}", lang, **values)

    def number(value: float) -> str:
        return "" if value != value else f"{value:,.0f}"

    def of(part: float, whole: float) -> str:
        return "" if part != part else say("of", part=number(part), whole=number(whole))

    def word(value: object) -> str:
        return value if isinstance(value, str) else ""

    table(tuple(say(key) for key in ("name", "status", "piles", "covered", "served_after", "cost")), [
        (
            row["scenario"], labels.word("solvestatus", row["status"], lang), number(row["n_piles"]),
            f"{word(row['rung'])} {of(row['covered_after'], row['n_units'])}",
            of(row["served_after"], row["people"]), number(row["cost"]),
        )
        for row in found.astype("object").where(found.notna(), float("nan")).to_dict("records")
    ])  # fmt: skip
    if len(found[["rung", "people_per_gun"]].dropna(how="all").drop_duplicates()) > 1:
        sys.stdout.write(say("other_measure") + "\n")
