"""Printed maps as files: pages, size, fonts, words that can be taken out again, and what each page says of itself."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from chargegeo import maps
from chargegeo.errors import OutputFault
from chargegeo.maps.paper import Paper
from tests.conftest import ROOT
from tests.maps import paper_world as world

STATES = world.coverage(u410102005="uncovered", u410201005="unknown")
GAPS = world.gaps([("410102005", "uncovered", "site"), ("410201005", "unknown", "status")])
ZH = {
    "title": "\u6cb3\u5357\u7701\u8986\u76d6", "author": "\u7701\u5c40", "source": "\u767b\u8bb0\u8868", "lang": "zh",
}  # fmt: skip
Writer = Callable[[Path, Paper], list[Path]]
WRITERS: dict[str, Writer] = {
    "county": lambda path, paper: maps.county_map(
        path, world.units(), STATES, paper, headline_kinds=["town"]
    ),
    "gap": lambda path, paper: maps.gap_map(
        path, world.units(), STATES, GAPS, paper, headline_kinds=["town"]
    ),
    "corridor": lambda path, paper: maps.corridor_map(path, *world.corridors(), paper),
    "scenario": lambda path, paper: maps.scenario_map(path, world.units(), *world.scenario(), paper),
}
# the map and its index; a page a direction with its gaps beside it and a list of roads; the map, areas and sites
PAGES = {"county": 2, "gap": 2, "corridor": 4, "scenario": 3}
SIZES = {"A3": (1190.55, 841.89), "A4": (841.89, 595.276)}  # 420 x 297 and 297 x 210 mm in points


def told(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module", params=sorted(WRITERS))
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Each map in Chinese on A3."""
    path = tmp_path_factory.mktemp("printed") / f"{request.param}.pdf"
    assert WRITERS[request.param](path, world.paper(**ZH)) == [path]
    return request.param, path


def test_pages_and_size(printed: tuple[str, Path]) -> None:
    name, path = printed
    about = told("pdfinfo", "-f", "1", "-l", "99", path)
    sizes = re.findall(r"size:\s+([\d.]+) x ([\d.]+) pts", about)
    assert len(sizes) == PAGES[name] == int(re.search(r"Pages:\s+(\d+)", about)[1])  # type: ignore[index]
    assert {(float(w), float(h)) for w, h in sizes} == {SIZES["A3"]}
    assert "Title:           \u6cb3\u5357\u7701\u8986\u76d6" in about and "CreationDate" not in about


def test_fonts_are_embedded_and_no_other_is_used(printed: tuple[str, Path]) -> None:
    fonts = told("pdffonts", printed[1]).splitlines()[2:]
    assert fonts
    for line in fonts:
        assert re.search(r"NotoSansSC\S*\s+(CID )?TrueType", line), line
        assert line.split()[-5] == "yes" and line.split()[-3] == "yes", line  # embedded; maps to Unicode


def test_every_page_says_what_it_is(printed: tuple[str, Path]) -> None:
    for number in range(1, PAGES[printed[0]] + 1):
        words = re.sub(r"\s", "", told("pdftotext", "-f", str(number), "-l", str(number), printed[1], "-"))
        assert (
            "\u5185\u90e8\u8ba8\u8bba\u7a3f\uff0c\u672a\u7ecf\u5ba1\u56fe\uff0c\u4e0d\u5f97\u516c\u5f00"
            in words
        )
        assert "\u5408\u6210\u6570\u636e" in words  # synthetic data
        said = {
            **ZH,
            "date": "2025-12-31",
            "datum": "cgcs2000",
            "rule": "A0:apublicpile",
            "all": "townsofthelist",
        }
        del said["lang"]
        assert [key for key, value in said.items() if value not in words] == []


def test_the_same_tables_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    """Counties and units turned round, in another process with another seed of hashes."""
    code = (
        "from pathlib import Path; from tests.maps import paper_world as world, test_paper as t; import sys;"
        "real = world.counties; world.counties = lambda: real().iloc[::-1];"
        "[write(Path(sys.argv[1], f'{name}-2.pdf'), world.paper()) for name, write in t.WRITERS.items()]"
    )
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code, tmp_path],
        cwd=ROOT, check=True, env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    for name, write in WRITERS.items():
        write(tmp_path / f"{name}.pdf", world.paper())
        assert (tmp_path / f"{name}.pdf").read_bytes() == (tmp_path / f"{name}-2.pdf").read_bytes(), name


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_pictures_are_a_file_a_page(suffix: str, tmp_path: Path) -> None:
    found = WRITERS["county"](tmp_path / f"x{suffix}", world.paper("A4"))
    assert [path.name for path in found] == [f"x{suffix}", f"x-2{suffix}"]
    assert sorted(tmp_path.iterdir()) == sorted(found) and all(path.stat().st_size > 5000 for path in found)


def test_a4_is_exact(tmp_path: Path) -> None:
    WRITERS["gap"](tmp_path / "x.pdf", world.paper("A4"))
    size = re.search(r"size:\s+([\d.]+) x ([\d.]+) pts", told("pdfinfo", tmp_path / "x.pdf"))
    assert size and (float(size[1]), float(size[2])) == SIZES["A4"]


def test_an_unknown_size_or_suffix_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputFault, match="A3, A4"):
        WRITERS["county"](tmp_path / "x.pdf", world.paper("A0"))
    with pytest.raises(OutputFault, match="docx"):
        WRITERS["county"](tmp_path / "x.docx", world.paper())
    assert list(tmp_path.iterdir()) == []


def test_with_an_approval_number_the_draft_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    WRITERS["county"](path, world.paper(**ZH, approval_no="\u8c6bS(2026)001", synthetic=False))
    words = told("pdftotext", path, "-")
    assert words.count("\u8c6bS(2026)001") == 2
    assert "\u672a\u7ecf\u5ba1\u56fe" not in words and "\u5408\u6210" not in words
    blank = replace(world.CAPTION, approval_no="  ")
    WRITERS["county"](path, Paper(world.counties(), world.CRS, blank))
    assert "draft" in told("pdftotext", path, "-")


def test_the_tables_are_not_changed() -> None:
    units, states, counties = world.units(), STATES.copy(), world.counties()
    before: list[pd.DataFrame] = [units.copy(), states.copy(), counties.copy()]
    from chargegeo.maps.paper import county

    county.draw(units, states, Paper(counties, world.CRS, world.CAPTION))
    for old, new in zip(before, (units, states, counties), strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert isinstance(units, gpd.GeoDataFrame)


def test_colours_are_those_of_the_interactive_map() -> None:
    from chargegeo.maps.paper import looks

    script = (ROOT / "chargegeo" / "maps" / "page" / "symbols.js").read_text("utf-8")
    page = dict(
        re.findall(r"^  (covered|unknown|uncovered|gained): \{ color: '(#\w+)'", script, re.MULTILINE)
    )
    assert page == {state: look.face for state, look in {**looks.STATES, "gained": looks.GAINED}.items()}
    minutes = re.findall(
        r"color: '(#\w+)'", script[script.index("const MINUTES") : script.index("const ROADS")]
    )
    assert [look.face for _, look in looks.SHARES[1:]] == minutes[:4]
    for kind in ("expressway", "national", "provincial"):
        line = re.search(rf"\['{kind}'\].*?color: '(#\w+)'", script)
        assert line and line[1] == looks.ROADS[kind]["color"]


def test_importing_draws_nothing_in() -> None:
    code = "import sys, chargegeo.maps.paper; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = told(sys.executable, "-c", code).split()
    assert not {"matplotlib", "geopandas", "pandas", "shapely"} & set(loaded)
