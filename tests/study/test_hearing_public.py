"""A package for everybody: refused with every reason at once, else nothing private in any byte of any file."""

import io
import re
import subprocess
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest

from chargegeo import errors, labels, study
from chargegeo.study import outputs
from tests.study import hearing_world, world

PHONE, LANDLINE, IDENTITY = "13912345678", "0371-62345678", "11010519491231002X"
PERSON = "\u5f20\u4f1f"
PLACE = "\u57ce\u5173\u9547"
APPROVED = 'approval_no = "\u8c6bS(2026)012"'


def register() -> str:
    """The register with numbers and names of people wherever a text may stand, and as its operator."""
    lines = world.register().splitlines()
    texts = [f"{PLACE}{PHONE}", f"\u8054\u7cfb\u4eba\uff1a{PERSON}", f"x {IDENTITY}", f"tel {LANDLINE}"]
    made = [f"{lines[0]},operator,phone"]
    for number, line in enumerate(lines[1:]):
        cells = line.split(",")
        cells[1] = texts[number % len(texts)]
        made.append(",".join([*cells, PERSON, PHONE]))
    return "\n".join(made) + "\n"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A study with private texts everywhere, and its public package in both languages."""
    at = tmp_path_factory.mktemp("public")
    path = hearing_world.write(
        at / "in", about=APPROVED, units=f'source = "survey, {LANDLINE}"', stations=register(),
        scenario=f"Piles, ask {PHONE}",
        names=[f"{PLACE}{letter} {PHONE}" for letter in "ABCDEF"],
    )  # fmt: skip
    text = path.read_text("utf-8").replace('title = "Six townships"', f'title = "Six townships {PHONE}"')
    text = text.replace('author = "Test office"', f'author = "Test office {LANDLINE}"')
    path.write_text(
        text.replace('datum = "wgs84"', f'datum = "wgs84"\nsource = "register, {PHONE}"'), "utf-8"
    )
    asked = study.Asked(scenarios=(at / "in" / "scenario.toml",), lang="both", public=True, decimals=2)
    with hearing_world.coarse_pictures():
        study.hearing(path, at / "out", asked)
    return path, at / "out"


def texts_of(path: Path) -> str:
    """Every text of a file: of its parts, its pages, its layers."""
    if path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(path) as parts:
            return "\n".join(
                parts.read(name).decode("utf-8", "replace") if not name.endswith(".xlsx") else
                "\n".join(_inner(parts.read(name))) for name in parts.namelist()
            )  # fmt: skip
    if path.suffix == ".pdf":
        command = ["pdftotext", "-enc", "UTF-8", str(path), "-"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    return path.read_bytes().decode("utf-8", "replace")


def _inner(data: bytes) -> list[str]:
    """Texts of a workbook inside a paper, behind its charts."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return [parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]


def test_nothing_private_stands_in_any_file(packed: tuple[Path, Path]) -> None:
    files = [path for path in packed[1].rglob("*") if path.is_file() and path.suffix != ".png"]
    assert len(files) > 20
    for path in files:
        text = re.sub(r"\s", "", texts_of(path))
        for private in (PHONE, LANDLINE, IDENTITY, PERSON, "\\u5f20\\u4f1f"):
            assert private not in text, (path.name, private)


def test_what_is_not_private_stays_and_what_is_withheld_is_listed(packed: tuple[Path, Path]) -> None:
    text = texts_of(packed[1] / "zh" / "map.html")
    assert f"{PLACE}A" in text and labels.text("public.mask.phone") in text
    assert f"{PLACE}A" in texts_of(packed[1] / "zh" / "briefing.pdf")
    book = texts_of(packed[1] / "zh" / "coverage.xlsx")
    assert labels.text("report.sheet.withheld") in book
    assert "\u8c6bS(2026)012" in texts_of(packed[1] / "zh" / "county.pdf")
    assert labels.text("report.draft") not in texts_of(packed[1] / "zh" / "county.pdf")


def test_points_are_as_coarse_as_asked(packed: tuple[Path, Path]) -> None:
    stations = gpd.read_file(packed[1] / "zh" / "coverage.gpkg", layer="stations")
    known = stations[~stations.geometry.isna() & ~stations.geometry.is_empty].geometry
    assert len(known) >= 6
    assert (known.x.round(2) == known.x).all() and (known.y.round(2) == known.y).all()
    assert not (known.x.round(1) == known.x).all()


def test_the_same_study_not_for_everybody_says_it_all(packed: tuple[Path, Path]) -> None:
    """The test above looks for what is there."""
    text = outputs.page(study.solve(study.load(packed[0])))
    assert PHONE in text and PERSON in text and IDENTITY in text and LANDLINE in text


def test_every_reason_is_said_at_once_and_nothing_written(tmp_path: Path) -> None:
    path = hearing_world.write(tmp_path / "in", about="synthetic = true")
    with pytest.raises(errors.StudyFault) as caught:
        study.hearing(path, tmp_path / "out", study.Asked(public=True, lang="both"))
    assert [fault.code for fault in caught.value.faults] == [
        "public_approval", "public_source", "public_synthetic",
    ]  # fmt: skip
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("named", ["stations", "units"])
def test_the_name_of_a_file_is_no_source(tmp_path: Path, named: str) -> None:
    """Both the register and the boundaries must say where they come from, from files and from results."""
    path = hearing_world.write(tmp_path / "in", about=APPROVED)
    text = path.read_text("utf-8").replace(f"[{named}]", f'[{named}]\nsource = "survey of 2026"')
    path.write_text(text, "utf-8")
    given = path
    if named == "units":
        given = tmp_path / "results"
        study.run(path, given)
    with pytest.raises(errors.StudyFault) as caught:
        study.hearing(given, tmp_path / "out", study.Asked(public=True))
    assert [fault.code for fault in caught.value.faults] == ["public_source"]
    assert not (tmp_path / "out").exists()
