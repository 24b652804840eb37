"""Scenarios side by side in a folder: tables, a workbook, and a page with the two of them beside each other."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import maps, schema, store
from chargegeo.errors import Fault, StudyFault
from chargegeo.study import outputs, packages, scenario_outputs, side_by_side, stored
from chargegeo.study.config import load
from chargegeo.study.solving import silent, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from chargegeo.study.solving import Results, Step


def compare(
    folders: Sequence[str | Path], out: str | Path, *, study: str | Path | None = None, step: Step = silent
) -> dict[str, pd.DataFrame]:
    """Scenarios side by side, into a folder.

    Parameters
    ----------
    folders
        That ``chargegeo site`` wrote.
    study
        Study file, or a folder that ``chargegeo run`` wrote: its boundaries and stations make the page; without
        it tables and workbook are written alone.

    Raises
    ------
    OutputFault, StudyFault, InputError, RegionFault
        See :func:`chargegeo.study.side_by_side.compared`; the study cannot be used, or has other units; or the
        folder cannot be written.
    """
    paths, out = [Path(folder) for folder in folders], Path(out).resolve()
    for path in (*paths, *_read(study)):
        if path.resolve().is_relative_to(out):
            raise StudyFault(Fault("input_in_output", file=str(path), params={"out": str(out)}))
    found = side_by_side.compared(paths)
    shown = schema.Caption(**stored.manifest(paths[0], "scenario", "no_scenario_result")["caption"])
    page = None if study is None else _page(paths, _results(Path(study), step))
    with store.atomic_folder(out) as folder:
        side_by_side.write(found, folder, shown)
        if page is not None:
            maps.write(folder / "map.html", page)
        made = sorted(item for item in folder.rglob("*") if item.is_file())
        hashes = {item.relative_to(folder).as_posix(): store.sha256(item) for item in made}
        told = {
            "chargegeo": version("chargegeo"),
            "scenarios": found["scenario_comparison"]["scenario"].tolist(),
        }
        store.write_json({**told, "outputs": hashes}, folder / "manifest.json")
    return found


def _read(study: str | Path | None) -> list[Path]:
    """What a study is read from."""
    if study is None:
        return []
    return [Path(study), *(() if Path(study).is_dir() else outputs.inputs(load(study)))]


def _results(study: Path, step: Step) -> Results:
    return stored.results(study) if study.is_dir() else solve(load(study), step=step)


def _page(folders: Sequence[Path], results: Results) -> str:
    plans = [packages.stored_plan(folder, results) for folder in folders]
    lang = results.caption.lang
    drawn = [scenario_outputs.shown_on_map(item.asked.name, item.tables, lang) for item in plans]
    return outputs.page(results, scenarios=drawn)
