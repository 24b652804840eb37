"""One sample for all tests of the room."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from chargegeo import sample
from chargegeo.sample import office
from tests.sample import osm


@dataclass(frozen=True)
class Written:
    """The files of one sample, read without our own readers; columns by their inner names."""

    paths: dict[str, Path]
    units: gpd.GeoDataFrame
    register: pd.DataFrame
    piles: pd.DataFrame
    truth: pd.DataFrame
    totals: dict[str, Any]
    sides: pd.DataFrame
    planners: pd.DataFrame


def read(paths: dict[str, Path]) -> Written:
    """Read the files of a sample."""
    said = office.words()
    units = gpd.read_file(paths["townships"]).rename(
        columns={word: name for name, word in said["units"].items()}
    )
    register = pd.read_excel(paths["stations"], engine="calamine", dtype=object)
    piles = pd.read_csv(paths["piles"], encoding="gbk")
    planners = pd.read_excel(paths["service_areas"], engine="calamine")
    return Written(
        paths,
        units,
        register.rename(columns={word: name for name, word in said["stations"].items()}),
        piles.rename(columns={word: name for name, word in said["piles"].items()}),
        pd.read_csv(paths["truth"], dtype={"unit_code": str}, keep_default_na=False),
        json.loads(paths["totals"].read_text("utf-8")),
        pd.read_csv(paths["sides"], dtype={"unit_code": str}, keep_default_na=False),
        planners.rename(columns={word: name for name, word in said["service_areas"]["columns"].items()}),
    )


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The sample of the default seed."""
    return read(dict(sample.write(tmp_path_factory.mktemp("sample"))))


@pytest.fixture(scope="session")
def roads(written: Written) -> osm.Map:
    """Its roads."""
    return osm.read(written.paths["roads"])
