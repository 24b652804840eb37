"""Scenarios side by side: what they come to, and where they differ from the first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import labels, schema, store
from chargegeo.errors import Fault, StudyFault
from chargegeo.study import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd


def compared(folders: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Scenarios side by side, each held against the first.

    Returns
    -------
    Contracts ``scenario_comparison``, ``scenario_differences`` (by area) and ``scenario_changes`` (by site).

    Raises
    ------
    OutputFault
        A folder that holds no scenario.
    StudyFault
        Scenarios that rest on different data.
    """
    told = [stored.manifest(folder, "scenario", "no_scenario_result") for folder in folders]
    data = [{item["file"]: item["sha256"] for item in one["inputs"]} for one in told]
    # the study file names its own files; a file that only one of two scenarios rests on is part of its question
    if other := [
        folder for folder, files, one in zip(folders, data, told, strict=True)
        if one["inputs"][:1] != told[0]["inputs"][:1] or any(files[x] != data[0].get(x, files[x]) for x in files)
    ]:  # fmt: skip
        raise StudyFault(*(Fault("scenarios_differ", file=str(folder)) for folder in other))
    rows = [
        (one["scenario"]["name"], folder.name, one["counts"])
        for folder, one in zip(folders, told, strict=True)
    ]
    areas, sites = ([_table(folder, name) for folder in folders] for name in ("scenario_areas", "sites"))
    names = [name for name, _, _ in rows]
    return {
        "scenario_comparison": comparison(rows),
        "scenario_differences": _each(_differences, areas, names, "scenario_differences"),
        "scenario_changes": _each(_changes, sites, names, "scenario_changes"),
    }


def _each(
    held: Callable[[pd.DataFrame, pd.DataFrame, str], pd.DataFrame], found: Sequence[pd.DataFrame | None],
    names: Sequence[str], table: str,
) -> pd.DataFrame:  # fmt: skip
    """Each scenario that has a plan held against the first, if that has one."""
    import pandas as pd

    first = found[0]
    if first is None:
        return schema.empty(table)
    frames = [
        held(first, other, name)
        for other, name in zip(found[1:], names[1:], strict=True)
        if other is not None
    ]
    return schema.conform(pd.concat(frames, ignore_index=True), table) if frames else schema.empty(table)


def _table(folder: Path, name: str) -> pd.DataFrame | None:
    """A table of a scenario; none without a plan, which is not a plan of no piles."""
    return stored.tables(folder, only=name).get(name)


def _differences(first: pd.DataFrame, other: pd.DataFrame, name: str) -> pd.DataFrame:
    """Areas of a scenario beside those of the first; which units count may differ."""
    columns = ["level", "code", "name", "n_units", "n_new", "covered_after", "cost"]
    both = first[columns].merge(other[columns], on=["level", "code"], how="inner", suffixes=("_first", ""))
    return both.assign(
        scenario=name, difference=both["n_new"] - both["n_new_first"], covered_first=both["covered_after_first"],
        covered=both["covered_after"],
    )  # fmt: skip


def comparison(rows: Sequence[tuple[str, str, Mapping[str, Any]]]) -> pd.DataFrame:
    """Contract ``scenario_comparison`` from name, folder and counts of each scenario."""
    import pandas as pd

    told = [{"scenario": name, "folder": folder, **counts} for name, folder, counts in rows]
    return schema.conform(pd.DataFrame(told), "scenario_comparison")


def _changes(first: pd.DataFrame, other: pd.DataFrame, name: str) -> pd.DataFrame:
    import pandas as pd

    columns = ["site_id", "name", "city_name", "county_name", "n_new"]
    first, other = (pd.DataFrame(sites)[columns] for sites in (first, other))
    both = first.merge(other, on="site_id", how="outer", suffixes=("_first", "_other"), sort=True)
    for column in ("name", "city_name", "county_name"):
        both[column] = both[f"{column}_first"].fillna(both[f"{column}_other"])
    n_first, n_other = (both[f"n_new_{which}"].fillna(0).astype(int) for which in ("first", "other"))
    table = both.assign(scenario=name, n_first=n_first, n_other=n_other, difference=n_other - n_first)
    changed = table[table["difference"] != 0]
    order = changed["difference"].abs().sort_values(ascending=False, kind="stable").index
    return changed.loc[order].reset_index(drop=True)


def write(tables: Mapping[str, pd.DataFrame], folder: Path, shown: schema.Caption) -> None:
    """Tables and workbook of a comparison."""
    from chargegeo import report

    write_tables(tables, folder)
    title = f"{shown.title} \u00b7 {labels.text('scenario.compared', shown.lang)}"
    report.tables_workbook(folder / "comparison.xlsx", tables, caption=replace(shown, title=title))


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Tables of scenarios as GeoParquet and CSV."""
    for name, table in tables.items():
        for suffix in (".parquet", ".csv"):
            store.write_table(table, folder / "tables" / f"{name}{suffix}", name)
