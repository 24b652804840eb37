"""The hearing package: one folder with everything that is shown, handed out and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chargegeo import clean, labels, maps, report, store, targets
from chargegeo.errors import Fault, OutputFault, StudyFault
from chargegeo.siting import scenarios as files
from chargegeo.study import outputs, roadside, scenario_outputs, scenarios, side_by_side, siting_world, stored
from chargegeo.study.config import load
from chargegeo.study.slides import pictures_of
from chargegeo.study.solving import caption_of, silent, solve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from chargegeo.schema import Caption
    from chargegeo.siting.scenarios import Scenario
    from chargegeo.study.solving import Results, Step

Languages = Literal["zh", "en", "both"]
SPOKEN: dict[str, tuple[str, ...]] = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}


@dataclass(frozen=True)
class Asked:
    """What a package holds beside the study.

    Parameters
    ----------
    scenarios
        Scenario files, or folders that ``chargegeo site`` wrote; the first is drawn before and after.
    snapshots
        Folders that ``chargegeo run`` wrote of earlier dates, the oldest first.
    lang
        ``zh``, ``en``, or ``both``: a folder each; the study's own without it.
    public
        For everybody: refused without approval number and source and for synthetic data; phone numbers, identity
        numbers and names of persons are withheld.
    decimals
        Of a degree, of points in a public package.
    """

    scenarios: tuple[Path, ...] = ()
    snapshots: tuple[Path, ...] = ()
    lang: Languages | None = None
    public: bool = False
    decimals: int = 3


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario that is shown: its question and its tables."""

    asked: Scenario
    tables: Mapping[str, pd.DataFrame]
    counts: Mapping[str, Any]


def hearing(source: str | Path, out: str | Path, asked: Asked = Asked(), *, step: Step = silent) -> list[str]:
    """Write the package of a study file, or of a folder that ``chargegeo run`` wrote.

    Returns
    -------
    The files, relative to ``out``.

    Raises
    ------
    InputError, StudyFault, RegionFault
        If a file or the study cannot be used, or may not be published; nothing is written.
    OutputFault
        A folder that holds no results of ours; or ``out`` cannot be written or holds other people's files.
    """
    source, out = Path(source), Path(out).resolve()
    study = None if source.is_dir() else load(source)
    read = () if study is None else outputs.inputs(study)
    for path in (source, *read, *asked.scenarios, *asked.snapshots):
        if path.resolve().is_relative_to(out):
            raise StudyFault(Fault("input_in_output", file=str(path), params={"out": str(out)}))
    results = stored.results(source) if study is None else solve(study, step=step)
    _caption(results, asked)  # what may not be published is refused before the long work
    plans = _plans(asked.scenarios, results, step)
    tables, snapshots = _past(asked.snapshots, results)
    tables |= {} if "contradictions" in results.tables else _ledger(results)
    results = replace(results, tables={**results.tables, **tables})
    spoken = SPOKEN[asked.lang or results.caption.lang]
    with store.atomic_folder(out) as folder:
        for lang in spoken:
            own = folder if len(spoken) == 1 else folder / lang
            own.mkdir(exist_ok=True)
            _package(_spoken(results, lang), plans, snapshots, asked, own, step=step)
        if len(spoken) > 1:
            _front(folder, spoken, _caption(results, asked))
        store.write_checksums(folder)
        made = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        store.write_json(
            {"chargegeo": version("chargegeo"), "hearing": True, "outputs": made}, folder / "manifest.json"
        )
    return [*made, "manifest.json"]


def _spoken(results: Results, lang: str) -> Results:
    """The results with what stands on every output in a language."""
    if results.caption.lang == lang:
        return results
    study = results.study.model_copy(update={"study": results.study.study.model_copy(update={"lang": lang})})
    caption = caption_of(study, results.region, results.rule, results.tables["units"])
    return replace(results, study=study, caption=caption)


def _ledger(results: Results) -> dict[str, pd.DataFrame]:
    """Contradictions in what is published of the region, if anything is."""
    if not targets.has_ledger(results.region.id):
        return {}
    return {"contradictions": targets.contradictions(targets.ledger(results.region.id))}


# ---- what is shown beside the study


def _plans(paths: Sequence[Path], results: Results, step: Step) -> list[Plan]:
    return [
        stored_plan(path, results)
        if path.is_dir()
        else _solved_plan(path, results, first=path == paths[0], step=step)
        for path in paths
    ]


def stored_plan(folder: Path, results: Results) -> Plan:
    """A scenario that is solved already; it must be one of this study's units."""
    told = stored.manifest(folder, "scenario", "no_scenario_result")
    found = stored.tables(folder)
    if "sites" not in found:
        raise OutputFault(Fault("scenario_without_plan", file=str(folder)))
    known = set(results.tables["units"]["unit_code"])
    if not set(found["scenario_units"]["unit_code"]) <= known:
        raise StudyFault(Fault("scenarios_differ", file=str(folder)))
    return Plan(files.validated(told["scenario"], str(folder)), found, told["counts"])


def _solved_plan(path: Path, results: Results, *, first: bool, step: Step) -> Plan:
    """A scenario solved now, on the study that is at hand; the first with what each limit costs."""
    given = files.scenario(path)
    if results.register is None:
        raise StudyFault(Fault("scenario_needs_study", file=str(path)))
    if given.sweep:
        raise StudyFault(Fault("hearing_sweep", file=str(path)))
    with step("world"):
        world, _ = siting_world.world(results, [given])
        by = scenarios.shares(results, given)
    with step("plan"):
        planned = scenarios.plan(world, given, by, results.caption.lang)
    if not planned.tables:
        faults = planned.solution.clash or (Fault("scenario_without_plan", file=str(path)),)
        raise StudyFault(*(replace(fault, file=str(path)) for fault in faults))
    more = scenarios.explain(world, planned, by, step=step) if first else {}
    return Plan(given, {**planned.tables, **more}, planned.counts)


def _past(
    folders: Sequence[Path], results: Results
) -> tuple[dict[str, pd.DataFrame], list[tuple[str, pd.DataFrame]]]:
    """What changed since the last snapshot, and the coverage of every date."""
    found = [(folder, stored.results(folder)) for folder in folders]
    if not found:
        return {}, []
    shown = [(item.caption.date, item.tables["coverage"]) for _, item in found]
    changes = clean.compare(
        _cleaned(found[-1][1]), _cleaned(results), results.region, units=results.tables["units"]
    )
    return dict(changes), [*shown, (results.caption.date, results.tables["coverage"])]


def _cleaned(results: Results) -> clean.Cleaned:
    """The register of results, as two of them are compared."""
    if results.register is not None:
        return results.register.stations
    tables = results.tables
    return clean.Cleaned(
        tables["stations"],
        tables["piles"],
        tables["repairs"],
        tables["quarantine"],
        (),
        len(tables["stations"]),
    )


# ---- one language


def _package(
    results: Results, plans: Sequence[Plan], snapshots: Sequence[tuple[str, pd.DataFrame]], asked: Asked,
    folder: Path, *, step: Step,
) -> None:  # fmt: skip
    """Everything in one language."""
    results, plans = _published(results, plans, asked)
    lang, tables = results.caption.lang, dict(results.tables)
    if plans:
        tables |= plans[0].tables
        tables["scenario_comparison"] = side_by_side.comparison(
            [(item.asked.name, "", item.counts) for item in plans]
        )
    shown = replace(results, tables=tables)
    drawn = [scenario_outputs.shown_on_map(item.asked.name, item.tables, lang) for item in plans]
    with step("map"):
        maps.write(folder / "map.html", outputs.page(results, scenarios=drawn, snapshots=snapshots))
    with step("paper"):
        pictures = _printed(shown, plans, folder)
    with step("slides"):
        pictures |= pictures_of(shown, folder / "slides")
    with step("briefing"):
        _briefing(shown, folder)
    with step("workbook"):
        outputs.book(shown, folder / "coverage.xlsx")
    with step("layers"):
        report.geopackage(
            folder / "coverage.gpkg", tables, counties=results.counties, caption=results.caption
        )
    report.index_page(
        folder / "index.html", list(_entries(folder, plans, pictures, lang)), results.caption,
        figures=report.headlines(tables["rollup"], lang, words=outputs.rung_words(results)),
    )  # fmt: skip


def _published(results: Results, plans: Sequence[Plan], asked: Asked) -> tuple[Results, Sequence[Plan]]:
    """Results and plans as they may be shown: for everybody, without what is private."""
    if not asked.public:
        return results, plans
    tables, caption = report.public(results.tables, results.caption, decimals=asked.decimals)
    shown = []
    for item in plans:
        # a name is masked as a title is
        found, about = report.public(
            item.tables, replace(results.caption, title=item.asked.name), decimals=asked.decimals
        )
        kept = {name: table for name, table in found.items() if name != "withheld"}
        shown.append(replace(item, asked=item.asked.model_copy(update={"name": about.title}), tables=kept))
    # warnings speak of rows of files as they were found
    return replace(results, tables=tables, caption=caption, findings=()), shown


def _caption(results: Results, asked: Asked) -> Caption:
    """What stands on every output; of a public package it must name the sources of the register and the boundaries."""
    if not asked.public:
        return results.caption
    named = all(section.source.strip() for section in (results.study.stations, results.study.units))
    # the name of a file is no source
    caption = results.caption if named else replace(results.caption, source="")
    return report.public({}, caption, decimals=asked.decimals)[1]


def _printed(results: Results, plans: Sequence[Plan], folder: Path) -> dict[str, Path]:
    """The printed maps on the counties of the region, or as far as the units tell them, with pictures."""
    units = results.tables["units"]
    ground = maps.outlines(units) if results.counties is None else results.counties
    if ground is None:
        return {}
    pictures = folder / "slides"
    pictures.mkdir(exist_ok=True)
    found = {}
    paper = maps.Paper(ground, results.region.crs_measure, results.caption)
    if (ground["county_name"] != "").any():
        found["county.pdf"] = pictures / "county.png"
        maps.county_map(
            folder / "county.pdf", units, results.tables["coverage"], paper,
            headline_kinds=results.region.headline_kinds, picture=found["county.pdf"],
        )  # fmt: skip
    found |= _paper(results, paper, folder)
    for number, item in enumerate(plans, 1):
        found |= _before_after(results, item, ground, folder, _numbered(number))
    return found


def _paper(results: Results, paper: maps.Paper, folder: Path) -> dict[str, Path]:
    """The maps of gaps and of corridors."""
    tables, pictures = results.tables, folder / "slides"
    found = {"gaps.pdf": pictures / "gaps.png"}
    kinds, units, coverage = results.region.headline_kinds, tables["units"], tables["coverage"]
    maps.gap_map(
        folder / "gaps.pdf", units, coverage, tables["gaps"], paper, headline_kinds=kinds,
        picture=found["gaps.pdf"],
    )  # fmt: skip
    if "corridors" in tables:
        found["corridors.pdf"] = pictures / "corridors.png"
        refs = tuple(roadside.charted(tables["corridors"], results.study.corridors))
        maps.corridor_map(
            folder / "corridors.pdf", tables["corridors"], tables["corridor_gaps"], tables["corridor_sites"], paper,
            strips=maps.Strips(refs, tables["corridor_rules"], tables["corridor_towns"]),
            picture=found["corridors.pdf"],
        )  # fmt: skip
    return found


def _before_after(
    results: Results, plan: Plan, ground: gpd.GeoDataFrame, folder: Path, name: str
) -> dict[str, Path]:
    """The printed map of a scenario, under the scenario's own definition."""
    caption = scenario_outputs.caption(results, plan.asked, plan.counts)
    paper = maps.Paper(ground, results.region.crs_measure, caption)
    picture = folder / "slides" / f"{name}.png"
    maps.scenario_map(
        folder / f"{name}.pdf", results.tables["units"], plan.tables["scenario_units"], plan.tables["sites"],
        plan.tables["scenario_areas"], paper, picture=picture,
    )  # fmt: skip
    return {f"{name}.pdf": picture}


def _briefing(results: Results, folder: Path) -> None:
    region = results.region.id
    ledger = targets.ledger(region) if targets.has_ledger(region) else None
    report.briefing(
        [folder / "briefing.pdf", folder / "briefing.docx"],
        results.tables,
        caption=results.caption,
        rules=results.rules,
        ledger=ledger,
    )


ORDER = (
    "map.html", "briefing.pdf", "briefing.docx", "coverage.xlsx", "coverage.gpkg", "county.pdf", "gaps.pdf",
    "corridors.pdf", "scenario*.pdf",
)  # fmt: skip


def _entries(
    folder: Path, plans: Sequence[Plan], pictures: Mapping[str, Path], lang: str
) -> Iterator[report.Entry]:
    """The outputs in the order in which they are shown, slides last; those of scenarios name theirs."""
    of_plan = {_numbered(number): plan.asked.name for number, plan in enumerate(plans, 1)}

    def named(stem: str, title: str) -> str:
        return f"{title} \u00b7 {of_plan[stem]}" if stem in of_plan else title

    for path in (path for name in ORDER for path in sorted(folder.glob(name))):
        key = f"{'scenario' if path.stem in of_plan else path.stem}_{path.suffix[1:]}"
        title = labels.text(f"hearing.{key}.title", lang)
        yield report.Entry(
            path.name,
            named(path.stem, title),
            labels.text(f"hearing.{key}.about", lang),
            pictures.get(path.name),
        )
    for path in sorted((folder / "slides").glob("*.png")):
        # the chart of all scenarios is no map of one
        key = "scenario" if path.stem in of_plan else path.stem
        title = labels.text(f"hearing.slide.{key}", lang)
        yield report.Entry(f"slides/{path.name}", named(path.stem, title), "", path)


def _numbered(number: int) -> str:
    """Name of the map of a scenario, without its suffix."""
    return "scenario" if number == 1 else f"scenario_{number}"


def _front(folder: Path, spoken: Sequence[str], caption: Caption) -> None:
    """The first page of a package in two languages."""
    entries = [
        report.Entry(f"{lang}/index.html", labels.text("hearing.in_language", lang)) for lang in spoken
    ]
    report.index_page(folder / "index.html", entries, caption)
