"""Results of a run, opened again from their folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chargegeo import region as regions
from chargegeo import schema, store
from chargegeo.errors import ContractFault, Fault, InputError, OutputFault
from chargegeo.study.config import Study, region_of, rules_of
from chargegeo.study.solving import Results

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    import pandas as pd

_NEEDED = (
    "units", "stations", "piles", "coverage", "gaps", "rollup", "repairs", "quarantine",
)  # fmt: skip


def manifest(folder: Path, key: str, fault: str) -> dict[str, Any]:
    """The manifest of a folder of ours that holds an entry.

    Raises
    ------
    OutputFault
        ``fault`` for a folder without such a manifest.
    """
    try:
        found = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or key not in found or "caption" not in found:
        raise OutputFault(Fault(fault, file=str(folder)))
    return found


def results(folder: Path) -> Results:
    """The results of ``chargegeo run``: its tables, rules and caption. Its warnings stand in its workbook only.

    Raises
    ------
    OutputFault
        ``no_study_result`` for a folder without them.
    """
    told = manifest(folder, "study", "no_study_result")
    try:
        study = Study.model_validate(told["study"])
        caption, counts = schema.Caption(**told["caption"]), told["counts"]
    except (ValidationError, TypeError, KeyError) as error:
        raise OutputFault(Fault("no_study_result", file=str(folder))) from error
    region = region_of(study)
    found = _found(folder, "no_study_result", _NEEDED)
    counties = (
        regions.counties(region) if study.units.counties is None and region.county_variant
        else _own_counties(folder)
    )  # fmt: skip
    return Results(study, region, rules_of(study, region), counties, found, (), counts, caption)


def _found(folder: Path, fault: str, needed: Collection[str], only: str = "*") -> dict[str, pd.DataFrame]:
    """Tables of a folder by contract; ``fault`` where one of the needed is not there, or is another's."""
    paths = {path.stem: path for path in sorted((folder / "tables").glob(f"{only}.parquet"))}
    if not set(needed) <= set(paths):
        raise OutputFault(Fault(fault, file=str(folder)))
    try:
        return {
            name: store.read_table(path, "coverage" if name.endswith("_coverage") else name)
            for name, path in paths.items()
        }
    except (ContractFault, InputError) as error:
        raise OutputFault(Fault(fault, file=str(folder))) from error


def _own_counties(folder: Path) -> gpd.GeoDataFrame | None:
    """County polygons of the study's own, from its layers; none where it had none."""
    import geopandas as gpd
    import pyogrio.errors

    path = folder / "coverage.gpkg"
    try:
        if "counties" not in set(gpd.list_layers(path)["name"]):
            return None
        return gpd.read_file(path, layer="counties")
    except pyogrio.errors.DataSourceError as error:  # gone, or not what it was
        raise OutputFault(Fault("no_study_result", file=str(folder))) from error


def tables(folder: Path, *, only: str = "*") -> dict[str, pd.DataFrame]:
    """Every table of a scenario, or those of a name, by contract; none for a scenario without a plan.

    Raises
    ------
    OutputFault
        ``no_scenario_result`` for tables that are not as we write them.
    """
    return _found(folder, "no_scenario_result", (), only)
