"""A year's target into a folder that is complete or not there."""

from __future__ import annotations

import datetime as dt
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import report, store
from chargegeo.clean import result
from chargegeo.errors import Fault, StudyFault
from chargegeo.study import programme_words
from chargegeo.study.programmes import judge

if TYPE_CHECKING:
    from chargegeo.study.programmes import Judged

_PACKAGES = ("chargegeo", "numpy", "pandas", "pandera", "pyarrow", "pydantic", "xlsxwriter")


def run_targets(path: str | Path, out: str | Path, *, as_of: dt.date | None = None) -> Judged:
    """Split, follow and check a year's target, and put the results into a folder.

    Parameters
    ----------
    path
        The programme file.
    out
        Folder; earlier results of ours in it are replaced as a whole.
    as_of
        Day of the judgement, instead of the one of the file.

    Raises
    ------
    InputError, StudyFault
        If a file cannot be used; nothing is written.
    OutputFault
        If the folder cannot be written or holds other people's files; what was there stays.
    """
    path, out = Path(path), Path(out).resolve()
    judged = judge(path, as_of=as_of)
    for file in (path, *judged.programme.files()):
        if file.resolve().is_relative_to(out):
            raise StudyFault(Fault("input_in_output", file=str(file), params={"out": str(out)}))
    with store.atomic_folder(out) as folder:
        tables = {**judged.tables, "repairs": result.repairs(judged.findings)}
        for name, table in tables.items():
            for suffix in (".parquet", ".csv"):
                store.write_table(table, folder / "tables" / f"{name}{suffix}", name)
        caption = programme_words.caption(judged, path)
        rows = programme_words.notes(judged, caption.lang)
        report.tables_workbook(folder / "targets.xlsx", tables, caption=caption, target_rows=rows)
        store.write_json(_manifest(judged, path, folder), folder / "manifest.json")
    return judged


def about(judged: Judged) -> dict[str, Any]:
    """What was asked, without the names of files."""
    told = judged.programme.model_dump(mode="json")
    for name in judged.programme.tables():
        del told["target"][name]["file"]
    if isinstance(judged.programme.target.ledger, Path):
        del told["target"]["ledger"]
    return told


def _manifest(judged: Judged, path: Path, folder: Path) -> dict[str, Any]:
    """What the results rest on. No time of day and no path of this machine: the same input, the same bytes."""
    files = sorted(item for item in folder.rglob("*") if item.is_file())
    return {
        "chargegeo": version("chargegeo"),
        "programme": about(judged),
        "inputs": [
            {"file": item.name, "sha256": store.sha256(item), "bytes": item.stat().st_size}
            for item in (path, *judged.programme.files())
        ],
        "rows": dict(judged.rows),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "outputs": {item.relative_to(folder).as_posix(): store.sha256(item) for item in files},
    }
