"""The command line: each command parses, calls one function and prints one table.

Messages come from the labels, Chinese by default, English with ``--lang en`` or ``CHARGEGEO_LANG=en``. Exit 0
when the result can be used, 1 when something was refused, 2 when the command was not understood.
"""

import json
import os
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from chargegeo import labels
from chargegeo.errors import ChargegeoError, shorten
from chargegeo.vocab import SideCoverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chargegeo.errors import Finding
    from chargegeo.roads import RoadNetwork
    from chargegeo.study import Report, Results

SHOWN = 40  # findings in the table of a check; --json has all
LONGEST = 2000  # characters of one message


def main() -> None:
    """Entry point of ``chargegeo``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    lang, arguments = _language(sys.argv[1:])
    # without a command there is only help to give
    app(lang if lang in labels.LANGUAGES else "zh")(["--lang", lang, *(arguments or ["--help"])])


def _language(arguments: list[str]) -> tuple[str, list[str]]:
    """Language of help and messages, needed before anything is parsed, and the other arguments."""
    for at, word in enumerate(arguments):
        if word.startswith("--lang="):
            return word.removeprefix("--lang="), arguments[:at] + arguments[at + 1 :]
        if word == "--lang" and at + 1 < len(arguments):
            return arguments[at + 1], arguments[:at] + arguments[at + 2 :]
    return os.environ.get("CHARGEGEO_LANG", "zh"), arguments


def app(lang: str) -> typer.Typer:
    """The commands, with their help in one language."""

    def say(key: str) -> str:
        return labels.text(f"cli.{key}", lang)

    made = typer.Typer(
        help=say("about"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )  # fmt: skip
    out = typer.Option("--out", help=say("out"))

    @made.callback()
    def every(lang: Annotated[Literal["zh", "en"], typer.Option(help=say("lang"))] = "zh") -> None:
        """Option of every command; :func:`main` puts it first, wherever it stood."""

    @made.command(help=say("demo"))
    def demo(
        out: Annotated[Path, out] = Path("maps/demo"),
        seed: Annotated[int, typer.Option(help=say("seed"))] = 2026,
    ) -> None:
        _guarded(lang, lambda: _demo(out, seed, lang))

    @made.command(help=say("sample"))
    def sample(
        folder: Annotated[Path, typer.Argument(help=say("folder"))],
        seed: Annotated[int, typer.Option(help=say("seed"))] = 2026,
    ) -> None:
        _guarded(lang, lambda: _sample(folder, seed, lang))

    @made.command(help=say("check"))
    def check(
        file: Annotated[Path, typer.Argument(help=say("file"))],
        kind: Annotated[
            Literal["stations", "units", "service_areas", "roads", "candidates", "target", "ledger"],
            typer.Option(help=say("kind")),
        ],
        datum: Annotated[str | None, typer.Option(help=say("datum"))] = None,
        region: Annotated[str, typer.Option(help=say("region"))] = "henan",
        units: Annotated[Path | None, typer.Option(help=say("units"))] = None,
        sheet: Annotated[str | None, typer.Option(help=say("sheet"))] = None,
        as_json: Annotated[bool, typer.Option("--json", help=say("json"))] = False,
        out: Annotated[Path | None, typer.Option("--out", help=say("report_out"))] = None,
    ) -> None:
        asked = {"kind": kind, "datum": datum, "region": region, "units": units, "sheet": sheet}
        raise typer.Exit(_check(file, asked, out, lang, as_json=as_json))

    @made.command(help=say("roads"))
    def roads(
        file: Annotated[Path, typer.Argument(help=say("road_file"))],
        out: Annotated[Path, typer.Option("--out", help=say("network_out"))],
        region: Annotated[str, typer.Option(help=say("region"))] = "henan",
        sheet: Annotated[str | None, typer.Option("--layer", help=say("layer"))] = None,
        crossings: Annotated[bool, typer.Option("--crossings", help=say("crossings"))] = False,
    ) -> None:
        asked = {"kind": "roads", "region": region, "sheet": sheet, "crossings": crossings}
        raise typer.Exit(_roads(file, asked, out, lang))

    @made.command(help=say("targets"))
    def targets(
        target_file: Annotated[Path, typer.Argument(metavar="PROGRAMME.toml", help=say("target_file"))],
        out: Annotated[Path, out],
        as_of: Annotated[
            datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=say("as_of"))
        ] = None,
    ) -> None:
        _guarded(lang, lambda: _targets(target_file, out, as_of, lang))

    @made.command(help=say("run"))
    def run(
        study_file: Annotated[Path, typer.Argument(metavar="STUDY.toml", help=say("study_file"))],
        out: Annotated[Path, out],
    ) -> None:
        _guarded(lang, lambda: _run(study_file, out, lang))

    return made


def _guarded(lang: str, work: "Callable[[], None]") -> None:
    """Do the work; an error of ours becomes one message and exit 1."""
    try:
        work()
    except ChargegeoError as error:
        _complain(error, lang)
        raise typer.Exit(1) from None


def _complain(error: ChargegeoError, lang: str) -> None:
    """Say what is wrong, a line a fault; control characters in names of files and columns become escapes."""
    lines = (shorten(line, LONGEST) for line in error.text(lang).split("\n"))
    sys.stderr.write("\n".join([labels.text("cli.refused", lang), *lines]) + "\n")


def _demo(out: Path, seed: int, lang: str) -> None:
    from chargegeo import sample, store, study

    with _progress(lang) as step, store.atomic_folder(out) as folder:
        with step("sample"):
            written = sample.write(folder / "sample", seed=seed)
        results = study.execute(written["study"], folder, step=step)
    _print_results(results, out, lang)


def _sample(folder: Path, seed: int, lang: str) -> None:
    from chargegeo import sample

    with _progress(lang) as step, step("sample"):
        written = sample.write(folder, seed=seed)
    for path in written.values():
        sys.stdout.write(f"{path}\n")


def _check(file: Path, asked: dict[str, Any], out: Path | None, lang: str, *, as_json: bool) -> int:
    """Check a file, print or write what was found, and return the exit code."""
    from chargegeo import study

    inputs = [item for item in (file, asked["units"], Path(asked["region"])) if item is not None]
    _guarded(lang, lambda: _check_target(out, inputs))
    with _progress(lang, hidden=as_json) as step:
        with step("check"):
            report = study.check(file, **asked)
        if out is not None:
            with step("report"):
                _guarded(lang, lambda: _write_report(out, file, report, lang))
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(lang), ensure_ascii=False) + "\n")
    else:
        _print_report(file, report, lang)
        if out is not None:
            sys.stdout.write(labels.text("cli.report.written", lang, file=shorten(out, 200)) + "\n")
    return 1 if report.error is not None else 0


def _roads(file: Path, asked: dict[str, Any], out: Path, lang: str) -> int:
    """Build the network of a map, say what was found, save it, and return the exit code."""
    from chargegeo import roads, study

    _guarded(lang, lambda: roads.check_target(out))
    with _progress(lang) as step:
        with step("roads"):
            report = study.check(file, **asked)
        if report.network is not None:
            network = report.network
            with step("save"):
                _guarded(lang, lambda: roads.save(network, out))
    _print_report(file, report, lang)
    if report.error is None:
        sys.stdout.write(labels.text("cli.network.written", lang, file=shorten(out, 200)) + "\n")
    return 1 if report.error is not None else 0


def _run(study_file: Path, out: Path, lang: str) -> None:
    from chargegeo import study

    with _progress(lang) as step:
        results = study.run(study_file, out, step=step)
    _print_results(results, out, lang)


def _targets(target_file: Path, out: Path, as_of: datetime | None, lang: str) -> None:
    from chargegeo import study

    with _progress(lang) as step, step("targets"):
        judged = study.run_targets(target_file, out, as_of=None if as_of is None else as_of.date())
    header = tuple(labels.text(f"cli.result.{key}", lang) for key in ("what", "value"))
    _table(
        header, [*study.summary(judged, lang, remarks=True), (labels.text("cli.result.out", lang), str(out))]
    )


@contextmanager
def _progress(lang: str, *, hidden: bool = False) -> "Iterator[Callable[[str], Any]]":
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


def _print_results(results: "Results", out: Path, lang: str) -> None:
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
    _table((say("what"), say("value")), rows)
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
                    start=_named(row.from_name, lang), end=_named(row.to_name, lang)),
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


def _check_target(out: Path | None, inputs: "Sequence[Path]") -> None:
    """Refuse, before any work, a report that would take the place of another file."""
    if out is not None:
        from chargegeo import report

        report.check_target(out, inputs)


def _write_report(out: Path, file: Path, found: "Report", lang: str) -> None:
    from chargegeo import report

    report.check_workbook(
        out, file=str(file), status=found.status, rows=found.rows, accepted=found.accepted, findings=found.told,
        raw=found.raw, lang=lang,
    )  # fmt: skip


def _print_report(file: Path, report: "Report", lang: str) -> None:
    from chargegeo.report import joined
    from chargegeo.vocab import Severity

    def say(key: str, **values: object) -> str:
        return labels.text(f"cli.report.{key}", lang, **values)

    if report.error is not None:
        _complain(report.error, lang)
        return
    found = joined(report.findings, lang)
    if found:
        header = tuple(say(key) for key in ("line", "column", "value", "problem", "done", "new"))
        _table(header, [
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

    table = roads.summary(network)
    columns = [item for item in schema.contract("road_summary") if item.name != "ref"]
    _table(tuple(item.label[lang] for item in columns), [
        (
            labels.word("roadclass", row.road_class, lang), f"{row.km:,.1f}", f"{row.directed_km:,.1f}",
            f"{row.imputed_share:.1%}",
        )
        for row in table[table["ref"].isna()].itertuples()
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


def _table(header: tuple[str, ...], rows: "Sequence[tuple[str, ...]]") -> None:
    """Print a table; text of the data is never read as markup, nor by the terminal."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(*(Column(title, overflow="fold") for title in header))
    for row in rows:
        table.add_row(*(Text(shorten(cell, LONGEST)) for cell in row))
    Console(markup=False, highlight=False).print(table)
