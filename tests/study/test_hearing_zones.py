"""The hearing package of two zones in a region without counties: its maps stand on the outline of the zones."""

from pathlib import Path

import geopandas as gpd
import pypdf
import pytest
import shapely

from chargegeo import labels, study
from tests.study import hearing_world

STUDY = """\
[study]
title = "Two zones"
date = 2026-06-30
region = "shenzhen"
[units]
file = "zones.geojson"
kind = "zone"
columns = { unit_code = "zone_id" }
[stations]
file = "stations.csv"
datum = "wgs84"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("zones")
    boxes = [shapely.box(114 + 0.1 * k, 22.6, 114.1 + 0.1 * k, 22.7) for k in range(2)]
    gpd.GeoDataFrame({"zone_id": ["01", "02"]}, geometry=boxes, crs=4490).to_file(at / "zones.geojson")
    (at / "stations.csv").write_text(
        "station_id,lon,lat,n_piles,current,access,status\nS1,114.05,22.65,2,dc,public,in_service\n", "utf-8"
    )
    (at / "study.toml").write_text(STUDY, "utf-8")
    study.run(at / "study.toml", at / "results")
    return at / "results"


def test_gaps_are_drawn_on_the_outline_of_the_zones(results: Path, tmp_path: Path) -> None:
    with hearing_world.coarse_pictures():
        made = study.hearing(results, tmp_path / "out", study.Asked(lang="zh"))
    assert "gaps.pdf" in made and "slides/gaps.png" in made
    assert not {"county.pdf", "corridors.pdf", "scenario.pdf"} & set(made)
    pages = pypdf.PdfReader(tmp_path / "out" / "gaps.pdf").pages
    words = pages[0].extract_text()
    assert len(pages) == 2 and labels.text("paper.gap.zone.title") in words
    assert labels.text("paper.extent") in words and labels.text("paper.county_border") not in words
    assert "gaps.pdf" in (tmp_path / "out" / "index.html").read_text("utf-8")
