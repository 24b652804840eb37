"""The six townships of :mod:`tests.study.world` with a road, people, a county of their own and texts of our choice."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from chargegeo.maps.paper import pages
from tests.study import test_roads, world

SCENARIO = """\
name = {name}
year = 2027
target_piles = 20
rung = "A1"
weight = "population"
study = "study.toml"
[candidates]
bays = 10
"""
COUNTY = '[units.counties]\nfile = "county.geojson"'
PEOPLE = [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]


def write(
    folder: Path, *, about: str = "synthetic = true", units: str = "", names: list[str] | None = None,
    stations: str | None = None, scenario: str = "Twenty piles",
) -> Path:  # fmt: skip
    """Write study, scenario and their files; return the study file.

    ``names`` are those of the six townships, ``stations`` is the register.
    """
    path = test_roads.write(folder)
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("date = 2026-06-30", f"date = 2026-06-30\n{about}").replace(
            'file = "towns.geojson"', f'file = "towns.geojson"\n{units}\n{COUNTY}'
        ),
        "utf-8",
    )
    towns = gpd.read_file(folder / "towns.geojson")
    towns["population"] = PEOPLE
    if names is not None:
        towns["name"] = names
    (folder / "towns.geojson").write_text(towns.to_json(drop_id=True), "utf-8")
    county = gpd.GeoDataFrame(
        {"code": ["410122"], "name": ["County"]}, geometry=[shapely.box(113.9, 34.6, 114.05, 34.7)],
        crs="EPSG:4490",
    )  # fmt: skip
    (folder / "county.geojson").write_text(county.to_json(drop_id=True), "utf-8")
    if stations is not None:
        (folder / "stations.csv").write_text(stations, "utf-8")
    (folder / "scenario.toml").write_text(SCENARIO.format(name=json.dumps(scenario)), "utf-8")
    return path


def earlier(folder: Path) -> Path:
    """The same study half a year before: the first station of township A and that of F are not there yet."""
    path = write(folder)
    path.write_text(path.read_text("utf-8").replace("2026-06-30", "2025-12-31"), "utf-8")
    lines = world.register().splitlines(keepends=True)
    register = "".join(line for line in lines if not line.startswith(("S1,", "S6,")))
    (folder / "stations.csv").write_text(register, "utf-8")
    return path


@contextmanager
def coarse_pictures() -> Iterator[None]:
    """Slides of a few hundred pixels: most of the time of a small package goes into drawing them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PICTURE_DPI", 30)
        yield


def copied(folder: Path, to: Path) -> Path:
    """A copy of a folder."""
    shutil.copytree(folder, to)
    return to
