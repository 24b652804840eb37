"""The register holds the published figures, the usual dirt, and nothing undeclared."""

import os
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chargegeo import errors, region, sample
from chargegeo.sample import office, world
from chargegeo.sample.designs import MENDED, SET_ASIDE
from tests.sample.conftest import Written

HENAN = region.load("henan")
SAID = office.words()
FIGURES = {item.id: item.value for item in HENAN.published}
WIDE_BLANK = chr(0x3000)


def of_scene(written: Written, name: str) -> pd.DataFrame:
    """Rows of a scene; those are free of dirt and of repetition but for whole rows sent twice."""
    rows = written.register[written.register["scene"] == SAID["scene"][name]]
    return pd.DataFrame(rows.drop_duplicates("station_id"))


def test_a_full_register_of_a_province(written: Written) -> None:
    register, totals = written.register, written.totals
    assert register["station_id"].nunique() >= 12_500
    assert len(register) == totals["rows"] == totals["stations_accepted"] + totals["rows_set_aside"]
    assert 40_000 < totals["piles_accepted"] < 90_000
    assert list(register.columns) == list(office.COLUMNS)
    assert len(written.piles) == totals["pile_list_rows"]
    assert register["name"].str.contains(SAID["mark"], regex=False).all()


def test_expressway_figures_are_the_published_ones(written: Written) -> None:
    areas = of_scene(written, "expressway")
    # a side without piles is in no register
    bare = written.sides["coverage"] != "own"
    assert len(areas) + bare.sum() == len(written.sides) == 2 * FIGURES["expressway_pairs"] == 366
    assert areas["n_piles"].min() > 0
    assert areas["n_piles"].sum() == FIGURES["expressway_piles"] == 3304
    assert areas["n_bays"].sum() == FIGURES["expressway_bays"] == 3923
    assert (areas["n_bays"] >= areas["n_piles"]).all()
    groups = written.piles[written.piles["station_id"].isin(areas["station_id"])]
    power = pd.to_numeric(groups["power_kw"])
    ultra = groups[power >= HENAN.ultra_kw]
    assert ultra["n_piles"].sum() == FIGURES["expressway_ultra_piles"] == 368
    assert power.max() == FIGURES["expressway_max_power"] == 600
    # both sides of a pair stand in one township, and no other pair does
    town = areas.set_index("station_id")["town_code"]
    assert town.nunique() == FIGURES["expressway_pairs"]
    assert (town.value_counts() == 2).sum() == FIGURES["expressway_pairs"] - bare.sum()
    assert town[ultra["station_id"]].nunique() == FIGURES["expressway_ultra_pairs"] == 47
    assert set(areas["access"]) == {SAID["access"]["public"][0]}
    assert set(areas["status"]) == {SAID["status"]["in_service"][0]}


def test_sides_of_a_pair_are_a_carriageway_apart(written: Written) -> None:
    areas = of_scene(written, "expressway").set_index("station_id")
    sides = written.sides[
        (written.sides["coverage"] == "own") & (written.sides["fault"] != "wrong_carriageway")
    ]
    both = sides[sides.duplicated("pair_id", keep=False)]
    lon, lat = (
        areas.loc[both["station_id"], name].to_numpy(dtype=float).reshape(-1, 2) for name in ("lon", "lat")
    )
    # the shift of GCJ-02 is the same on both sides, near enough
    metres = np.hypot(np.diff(lon) * np.cos(np.radians(lat[:, :1])), np.diff(lat)) * 111_195
    assert len(metres) == 183 - 8 - 1
    assert metres.min() > 2 * (15 + 70) - 2
    assert metres.max() < 2 * (15 + 110) + 2


def test_ordinary_roads_are_the_published_ones(written: Written) -> None:
    roads = of_scene(written, "ordinary_road")
    assert len(roads) == FIGURES["ordinary_facilities"] == 59
    assert roads["n_piles"].sum() == FIGURES["ordinary_piles"] == 232
    assert roads["n_bays"].sum() == FIGURES["ordinary_bays"] == 464


def test_pile_list_agrees_with_the_register(written: Written) -> None:
    listed = written.piles.groupby("station_id")[["n_piles", "n_guns"]].sum()
    plain = written.register.drop_duplicates("station_id")
    plain = plain[
        plain["n_piles"].map(lambda value: isinstance(value, int)) & plain["station_id"].isin(listed.index)
    ].set_index("station_id")
    assert len(plain) > 12_000
    found = listed.loc[plain.index]
    assert (found["n_piles"] == plain["n_piles"]).all()
    assert (found["n_guns"] == plain["n_guns"]).all()
    assert set(written.piles["current"].dropna()) == {SAID["current"][name] for name in ("dc", "ac", "acdc")}
    # offices send GBK: as UTF-8 it cannot be read
    with pytest.raises(UnicodeDecodeError):
        written.paths["piles"].read_text("utf-8")


@pytest.mark.parametrize("kind", [*SET_ASIDE, *MENDED, "duplicate_id", "twin"])
def test_dirt_is_where_the_truth_says(written: Written, kind: str) -> None:
    told = written.totals["dirt"][kind]["station_ids"]
    register = written.register.assign(station_id=written.register["station_id"].str.strip(" " + WIDE_BLANK))
    rows = register[register["station_id"].isin(told)]
    assert len(told) == written.totals["dirt"][kind]["n"] > 0
    assert sorted(rows["station_id"].unique()) == sorted(told)
    checks: dict[str, Callable[[], pd.Series[bool]]] = {
        "zero_coordinates": lambda: (rows["lon"] == 0) & (rows["lat"] == 0),
        "blank_coordinates": lambda: rows["lon"].isna() & rows["lat"].isna(),
        "swapped_coordinates": lambda: (rows["lat"] > 100) & (rows["lon"] < 40),
        "negative_count": lambda: rows["n_piles"] < 0,
        "fullwidth_digits": lambda: rows["n_piles"].map(
            lambda text: text != unicodedata.normalize("NFKC", text)
        ),
        "blanks_around": lambda: rows["name"].str.strip() != rows["name"],
        "text_date": lambda: rows["opened"].map(lambda value: isinstance(value, str)),
        "number_code": lambda: ~rows["town_code"].map(lambda value: isinstance(value, str)),
        "missing_word": lambda: rows["opened"].isin(SAID["missing"]["words"]) | rows["opened"].isna(),
        "duplicate_id": lambda: rows.astype(str).duplicated(keep=False),
        "twin": lambda: rows.duplicated(["lon", "lat"], keep=False),
    }
    assert checks[kind]().all()


def test_nobody_else_is_a_twin_or_set_aside(written: Written) -> None:
    told = {kind: set(found["station_ids"]) for kind, found in written.totals["dirt"].items()}
    register = written.register.drop_duplicates("station_id")
    placed = register[pd.to_numeric(register["lon"], errors="coerce") > 100]
    assert set(placed.loc[placed.duplicated(["lon", "lat"], keep=False), "station_id"]) == told["twin"]
    west, south, east, north = HENAN.bounds
    number = register[["lon", "lat"]].apply(pd.to_numeric, errors="coerce")
    outside = ~(number["lon"].between(west, east) & number["lat"].between(south, north))
    odd = (
        told["zero_coordinates"]
        | told["blank_coordinates"]
        | told["swapped_coordinates"]
        | told["fullwidth_digits"]
    )
    assert set(register.loc[outside, "station_id"]) == odd


HASHES = """
import sys
from hashlib import sha256
from chargegeo import sample
for key, path in sample.write(sys.argv[1]).items():
    print(key, sha256(path.read_bytes()).hexdigest())
"""


def test_same_seed_gives_the_same_bytes(written: Written, tmp_path: Path) -> None:
    here = {key: sha256(path.read_bytes()).hexdigest() for key, path in written.paths.items()}
    env = {
        **os.environ,
        "PYTHONHASHSEED": "77",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TZ": "Asia/Shanghai",
    }
    out = subprocess.run(
        [sys.executable, "-c", HASHES, str(tmp_path)], env=env, capture_output=True, text=True, check=True
    ).stdout
    assert dict(line.split() for line in out.splitlines()) == here


def test_register_has_a_fixed_date_and_no_formula(written: Written) -> None:
    with zipfile.ZipFile(written.paths["stations"]) as book:
        assert b"2026-06-30T00:00:00Z" in book.read("docProps/core.xml")
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_region_without_the_figures_is_refused() -> None:
    with pytest.raises(
        errors.RegionFault, match=r"holds no published figure \"expressway_pairs\".*\[\[published\]\]"
    ):
        world.published(region.load("shenzhen"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    with pytest.raises(errors.OutputFault, match="taken"):
        sample.write(tmp_path / "taken")
