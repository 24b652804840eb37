"""Strip charts behind the corridor map: whole, in order, and where the list says that they are."""

import re
import subprocess
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from chargegeo import labels, maps
from chargegeo.errors import OutputFault
from chargegeo.maps import pen
from chargegeo.maps.paper import Strips, charted, corridor
from chargegeo.maps.paper.pages import Pages
from tests.maps import paper_world as world

LONG = "A road whose number is longer than any that stands on a sign 99"
WORDS = "A long name of sixty letters that no county on any map has 60"
Tables = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame]


def roads(*refs: str) -> Tables:
    """The road of the paper world under several numbers, with a site of one's own each."""
    made = [
        table.assign(
            corridor_id=ref + table["corridor_id"],
            **({"ref": ref} if "ref" in table else {"max_kw": 120.0, "name": f"Area of {ref}"}),
        )
        for ref in refs
        for table in world.corridors()
    ]
    found: Any = [pd.concat(made[place::3], ignore_index=True) for place in range(3)]
    found[0] = found[0].assign(n_ultra_fast=1, within_km=50.0)
    return found[0], found[1], found[2]


def rules(*refs: str) -> pd.DataFrame:
    """One stretch of each direction, met in one."""
    return pd.DataFrame([
        {"rule": "afir_core_2025", "corridor_id": f"{ref}G4-{way}-1", "from_km": 0.0, "to_km": 97.0,
         "verdict": verdict, "site_id": None}
        for ref in refs for way, verdict in (("forward", "met"), ("backward", "not_met"))
    ])  # fmt: skip


def drawn(*refs: str, **said: Any) -> Pages:
    with pen.settings():
        return corridor.draw(*roads(*refs), world.paper(**said), strips=Strips(refs, rules(*refs)))


def test_two_stand_beside_each_other_and_the_list_names_their_pages() -> None:
    pages = drawn("G1", "G2", "G3")
    # a map a direction, then two roads and one, then a list a direction
    assert len(pages.sheets) == 6
    for number, refs in ((2, {"G1", "G2"}), (3, {"G3"})):
        words = world.texts(pages, number)
        assert {f"Area of {ref}" for ref in refs} == {one for one in words if one.startswith("Area of")}
        assert words.count("1/1") == words.count("0/1") == len(refs)
    for number in (4, 5):
        words = world.texts(pages, number)
        at = {ref: words.index(ref) for ref in ("G1", "G2", "G3")}
        rows = [words[at["G1"] : at["G2"]], words[at["G2"] : at["G3"]], words[at["G3"] :]]
        # the longest gap stands last but one, the page last
        assert [row[row.index("70.0") + 1] for row in rows] == ["3", "3", "4"]


def test_nothing_lies_on_anything_else_or_leaves_its_half() -> None:
    for sheet in drawn("G1", LONG, title=WORDS * 6, definition=WORDS * 12, approximate=True).sheets[2:3]:
        # names of sites slant, and their boxes are larger than they
        pairs = [pair for pair in world.overlaps(sheet) if not any(one.startswith("Area") for one in pair)]
        assert pairs == [] and world.outside(sheet) == []


def test_a_road_in_parts_takes_a_place_for_each() -> None:
    table, cuts, sites = roads("G1")
    more = table.assign(part=2, corridor_id=table["corridor_id"].str.replace("-1", "-2"))
    with pen.settings():
        pages = Pages(world.paper())
        both = pd.concat([table, more], ignore_index=True)
        assert charted.draw(pages, both, sites, cuts, Strips(("G1",), rules("G1"))) == {"G1": 1}
    assert len(pages.sheets) == 1 and labels.text("strips.part", "en", part=2) in world.texts(pages)


def test_without_charts_no_page_is_named() -> None:
    with pen.settings():
        pages = corridor.draw(*world.corridors(), world.paper())
        none = corridor.draw(*world.corridors(), world.paper(), strips=Strips((), rules()))
    assert len(pages.sheets) == len(none.sheets) == 4
    assert not any("Strip" in words for words in world.texts(pages) + world.texts(none))


def test_only_a3_and_only_roads_that_are_there(tmp_path: Path) -> None:
    for size, ref, code in (("A4", "G1", "strips_size"), ("A3", "G9", "chart_no_road")):
        with pytest.raises(OutputFault) as caught:
            maps.corridor_map(
                tmp_path / "x.pdf", *roads("G1"), world.paper(size), strips=Strips((ref,), rules("G1"))
            )
        assert caught.value.faults[0].code == code and caught.value.faults[0].text("zh")
    assert list(tmp_path.iterdir()) == []


def test_the_pages_are_lines_and_letters_not_pictures(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    maps.corridor_map(path, *roads("G1"), world.paper(), strips=Strips(("G1",), rules("G1")))
    images = subprocess.run(["pdfimages", "-list", path], capture_output=True, text=True, check=True).stdout
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    words = subprocess.run(
        ["pdftotext", "-f", "3", "-l", "3", path, "-"], capture_output=True, text=True, check=True
    )
    assert len(images.splitlines()) == 2 and re.search(r"NotoSansSC.* yes +yes +yes", fonts)
    assert "G1" in words.stdout and "1/1" in words.stdout and "draft" in words.stdout
