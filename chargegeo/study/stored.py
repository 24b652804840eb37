"""Results of a run, opened again from their folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chargegeo import region as regions
from chargegeo import schema, store
from chargegeo.errors import Fault, OutputFault
from chargegeo.study.config import Study, region_of, rules_of
from chargegeo.study.solving import Results

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


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
    tree = told["study"]
    sections = [tree[name] for name in Study.model_fields if isinstance(tree.get(name), dict)]
    for section in (*sections, tree["units"].get("counties")):
        if section is not None and "file" not in section:
            section["file"] = ""  # the files themselves are not needed any more
    for name in ("study", "corridors", "rules", "map"):
        tree.get(name, {}).pop("file", None)
    try:
        study = Study.model_validate(tree)
        caption = schema.Caption(**told["caption"])
    except (ValidationError, TypeError):
        raise OutputFault(Fault("no_study_result", file=str(folder))) from None
    region = region_of(study)
    tables = {path.stem: _table(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    counties = (
        regions.counties(region) if study.units.counties is None and region.county_variant
        else _joined(tables["units"])
    )  # fmt: skip
    return Results(study, region, rules_of(study, region), counties, tables, (), told["counts"], caption)


def _table(path: Path) -> pd.DataFrame:
    return store.read_table(path, "coverage" if path.stem.endswith("_coverage") else path.stem)


def _joined(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Counties as the units that they consist of."""
    columns = ["county_code", "county_name", "city_code", "city_name"]
    known = units[units["county_code"].notna() & units.geometry.notna()]
    if known.empty:
        return None
    return known[[*columns, "geometry"]].dissolve("county_code", as_index=False)


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Every table of a folder, by contract."""
    return {path.stem: _table(path) for path in sorted((folder / "tables").glob("*.parquet"))}
