"""The command line: each command parses, calls one function and prints one table.

Messages come from the labels, Chinese by default, English with ``--lang en`` or ``CHARGEGEO_LANG=en``. Exit 0
when the result can be used, 1 when something was refused, 2 when the command was not understood.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from chargegeo import labels
from chargegeo.cli import printing
from chargegeo.errors import ChargegeoError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Say = Callable[[str], str]

    from chargegeo.study import Report


def main() -> None:
    """Entry point of ``chargegeo``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    lang, arguments = _language(sys.argv[1:])
    if arguments[:1] == ["hearing"] and any(word.startswith("--lang") for word in sys.argv[1:]):
        # a package speaks a language or both; what is said about it is in one
        arguments += ["--languages", lang]
        lang = "zh" if lang == "both" else lang
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

    @made.callback()
    def every(lang: Annotated[Literal["zh", "en"], typer.Option(help=say("lang"))] = "zh") -> None:
        """Option of every command; :func:`main` puts it first, wherever it stood."""

    _add_studies(made, lang, say)
    _add_plans(made, lang, say)
    return made


def _add_studies(made: typer.Typer, lang: str, say: "Say") -> None:
    """Commands that read files of an office and judge them."""
    out = typer.Option("--out", help=say("out"))

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
            Literal[
                "stations", "units", "service_areas", "roads", "candidates", "target", "ledger", "scenario"
            ],
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

    @made.command(help=say("run"))
    def run(
        study_file: Annotated[Path, typer.Argument(metavar="STUDY.toml", help=say("study_file"))],
        out: Annotated[Path, out],
    ) -> None:
        _guarded(lang, lambda: _run(study_file, out, lang))


def _add_plans(made: typer.Typer, lang: str, say: "Say") -> None:
    """Commands about what comes next, and what is shown of it."""
    out = typer.Option("--out", help=say("out"))

    @made.command(help=say("targets"))
    def targets(
        target_file: Annotated[Path, typer.Argument(metavar="PROGRAMME.toml", help=say("target_file"))],
        out: Annotated[Path, out],
        as_of: Annotated[
            datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=say("as_of"))
        ] = None,
    ) -> None:
        _guarded(lang, lambda: _targets(target_file, out, as_of, lang))

    @made.command(help=say("site"))
    def site(
        scenario_file: Annotated[Path, typer.Argument(metavar="SCENARIO.toml", help=say("scenario_file"))],
        out: Annotated[Path, out],
        scheduler: Annotated[str | None, typer.Option("--scheduler", help=say("scheduler"))] = None,
    ) -> None:
        raise typer.Exit(_site(scenario_file, out, scheduler, lang))

    @made.command(help=say("compare"))
    def compare(
        folders: Annotated[list[Path], typer.Argument(metavar="DIR DIR ...", help=say("folders"))],
        out: Annotated[Path, out],
        study: Annotated[
            Path | None,
            typer.Option("--study", metavar="STUDY.toml|RESULT_DIR", help=say("compare_study")),
        ] = None,
    ) -> None:
        _guarded(lang, lambda: _compare(folders, out, study, lang))

    @made.command(help=say("hearing"))
    def hearing(
        source: Annotated[Path, typer.Argument(metavar="STUDY.toml|RESULT_DIR", help=say("hearing_source"))],
        out: Annotated[Path, out],
        scenario: Annotated[
            list[Path] | None, typer.Option("--scenario", help=say("hearing_scenario"))
        ] = None,
        snapshot: Annotated[
            list[Path] | None, typer.Option("--snapshot", help=say("hearing_snapshot"))
        ] = None,
        public: Annotated[bool, typer.Option("--public", help=say("public"))] = False,
        decimals: Annotated[int, typer.Option("--decimals", min=0, max=5, help=say("decimals"))] = 3,
        languages: Annotated[Literal["zh", "en", "both"] | None, typer.Option(help=say("languages"))] = None,
    ) -> None:
        asked = {
            "scenarios": tuple(scenario or ()), "snapshots": tuple(snapshot or ()), "lang": languages,
            "public": public, "decimals": decimals,
        }  # fmt: skip
        _guarded(lang, lambda: _hearing(source, out, asked, lang))


def _guarded(lang: str, work: "Callable[[], None]") -> None:
    """Do the work; an error of ours becomes one message and exit 1."""
    try:
        work()
    except ChargegeoError as error:
        printing.complain(error, lang)
        raise typer.Exit(1) from None


def _demo(out: Path, seed: int, lang: str) -> None:
    from chargegeo import sample, store, study

    with printing.progress(lang) as step, store.atomic_folder(out) as folder:
        with step("sample"):
            written = sample.write(folder / "sample", seed=seed)
        results = study.execute(written["study"], folder, step=step)
    printing.print_results(results, out, lang)


def _sample(folder: Path, seed: int, lang: str) -> None:
    from chargegeo import sample

    with printing.progress(lang) as step, step("sample"):
        written = sample.write(folder, seed=seed)
    for path in written.values():
        sys.stdout.write(f"{path}\n")


def _check(file: Path, asked: dict[str, Any], out: Path | None, lang: str, *, as_json: bool) -> int:
    """Check a file, print or write what was found, and return the exit code."""
    from chargegeo import study

    inputs = [item for item in (file, asked["units"], Path(asked["region"])) if item is not None]
    _guarded(lang, lambda: _check_target(out, inputs))
    with printing.progress(lang, hidden=as_json) as step:
        with step("check"):
            report = study.check(file, **asked)
        if out is not None:
            with step("report"):
                _guarded(lang, lambda: _write_report(out, file, report, lang))
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(lang), ensure_ascii=False) + "\n")
    else:
        printing.print_report(file, report, lang)
        if out is not None:
            sys.stdout.write(labels.text("cli.report.written", lang, file=shorten(out, 200)) + "\n")
    return 1 if report.error is not None else 0


def _roads(file: Path, asked: dict[str, Any], out: Path, lang: str) -> int:
    """Build the network of a map, say what was found, save it, and return the exit code."""
    from chargegeo import roads, study

    _guarded(lang, lambda: roads.check_target(out))
    with printing.progress(lang) as step:
        with step("roads"):
            report = study.check(file, **asked)
        if report.network is not None:
            network = report.network
            with step("save"):
                _guarded(lang, lambda: roads.save(network, out))
    printing.print_report(file, report, lang)
    if report.error is None:
        sys.stdout.write(labels.text("cli.network.written", lang, file=shorten(out, 200)) + "\n")
    return 1 if report.error is not None else 0


def _run(study_file: Path, out: Path, lang: str) -> None:
    from chargegeo import study

    with printing.progress(lang) as step:
        results = study.run(study_file, out, step=step)
    printing.print_results(results, out, lang)


def _targets(target_file: Path, out: Path, as_of: datetime | None, lang: str) -> None:
    from chargegeo import study

    with printing.progress(lang) as step, step("targets"):
        judged = study.run_targets(target_file, out, as_of=None if as_of is None else as_of.date())
    header = tuple(labels.text(f"cli.result.{key}", lang) for key in ("what", "value"))
    printing.table(
        header, [*study.summary(judged, lang, remarks=True), (labels.text("cli.result.out", lang), str(out))]
    )


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


def _site(scenario_file: Path, out: Path, scheduler: str | None, lang: str) -> int:
    """Solve a scenario or a sweep; exit code 1 where one has no plan."""
    from chargegeo import study

    planned: list[Any] = []
    with printing.progress(lang) as step:
        _guarded(lang, lambda: planned.extend(study.site(scenario_file, out, step=step, scheduler=scheduler)))
    printing.print_planned(planned, out, lang)
    return 0 if all(item.tables for item in planned) else 1


def _compare(folders: "Sequence[Path]", out: Path, source: Path | None, lang: str) -> None:
    from chargegeo import study

    with printing.progress(lang) as step:
        found = study.compare(folders, out, study=source, step=step)
    printing.print_comparison(found["scenario_comparison"], lang)
    sys.stdout.write(labels.text("cli.plan.written", lang, out=shorten(out, 200)) + "\n")


def _hearing(source: Path, out: Path, asked: dict[str, Any], lang: str) -> None:
    from chargegeo import study

    with printing.progress(lang) as step:
        made = study.hearing(source, out, study.Asked(**asked), step=step)
    for name in made:
        sys.stdout.write(f"{out / name}\n")
