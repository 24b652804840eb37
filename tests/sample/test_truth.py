"""The truth, laid down before the files, is what a plain reading finds: no code of ours but the datum."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import datum, region, sample
from chargegeo.sample import designs, office
from chargegeo.vocab import Datum
from tests.sample.conftest import Written, read

HENAN = region.load("henan")
SAID = office.words()
WIDE_BLANK = chr(0x3000)
PUBLIC, UNKNOWN = SAID["access"]["public"][0], (*SAID["status"]["unknown"], *SAID["access"]["unknown"])
RUNGS = {"A0": 1, "A1": 2, "A2": 3, "A3": 4, "A4": 6, "A5": 7}
FACTS = ("access", "status", "current", "power_kw", "power_kw", "availability", "seat_km")


def plain(value: Any) -> Any:
    """A cell without full-width forms and blanks; None if it says nothing."""
    if not isinstance(value, str):
        return None if pd.isna(value) else value
    text = unicodedata.normalize("NFKC", value).strip()
    return None if text in UNKNOWN else text


def verdicts(station: dict[str, Any], current: Any, power: Any, seat_km: float) -> list[bool | None]:
    """True, False or None (unknown) for each condition of the ladder, lowest first."""
    access, status, share = (plain(station[name]) for name in ("access", "status", "availability"))
    current = plain(current)
    kw = None if pd.isna(power) else float(power)
    return [
        None if access is None else access == PUBLIC,
        None if status is None else status == SAID["status"]["in_service"][0],
        None if current is None else current in (SAID["current"]["dc"], SAID["current"]["acdc"]),
        None if kw is None else kw >= 60,
        None if kw is None else kw >= 120,
        # an unknown availability passes
        share is None or share >= 0.99,
        seat_km <= 5,
    ]


def answer(piles: list[list[bool | None]], n_set_aside: int) -> tuple[str, str, str, str, str]:
    """Rung, state at A0, next rung, its state, and the fact that fails it."""
    rung, state = "", "covered"
    for name, n in RUNGS.items():
        if any(all(pile[:n]) for pile in piles):
            rung = name
            continue
        doubtful = [pile for pile in piles if False not in pile[:n]]
        verdict = "unknown" if doubtful or n_set_aside else "uncovered"
        if doubtful:
            fact = FACTS[max(pile[:n].index(None) for pile in doubtful)]
        elif n_set_aside:
            fact = "set_aside"
        else:
            # the pile that comes furthest fails at one condition
            fact = FACTS[max(pile.index(False) for pile in piles)] if piles else "site"
        return rung, state if rung else verdict, name, verdict, fact
    return rung, state, "", "", ""


def accepted(written: Written) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that a cleaner must keep, and those that it must set aside (repeated ids in neither)."""
    told = written.totals["dirt"]
    register = written.register.assign(station_id=written.register["station_id"].str.strip(" " + WIDE_BLANK))
    once = register.drop_duplicates("station_id")
    out = once["station_id"].isin([code for kind in designs.SET_ASIDE for code in told[kind]["station_ids"]])
    return once[~out], once[out]


def found(written: Written) -> Iterator[tuple[str, tuple[str, ...], int, int, int]]:
    """Answer, stations, piles and rows set aside of each township, by brute force."""
    kept, out = accepted(written)
    lon, lat = ([float(plain(value)) for value in kept[name]] for name in ("lon", "lat"))
    points = gpd.GeoSeries(
        gpd.points_from_xy(*datum.to_wgs84(np.array(lon), np.array(lat), Datum.GCJ02)), crs=4490
    )
    seats = gpd.GeoSeries(gpd.points_from_xy(written.units["lon"], written.units["lat"]), crs=4490)
    row, unit = shapely.STRtree(written.units.geometry.to_numpy()).query(
        points.to_numpy(), predicate="within"
    )
    assert sorted(row) == list(range(len(kept))), "each station lies in exactly one township"
    metres = seats.to_crs(HENAN.crs_measure).iloc[unit].distance(
        points.to_crs(HENAN.crs_measure).iloc[row], align=False
    ).to_numpy()  # fmt: skip
    groups = dict(iter(written.piles.groupby("station_id")))
    stations = kept.to_dict("records")
    held: dict[int, list[tuple[dict[str, Any], float]]] = {}
    for r, u, m in zip(row, unit, metres, strict=True):
        held.setdefault(u, []).append((stations[r], m / 1000))
    doubts = out["town_code"].astype(str).str[:9].value_counts()
    for u, code in enumerate(written.units["code"].str[:9]):
        here = held.get(u, [])
        assert all(str(station["town_code"])[:9] == code for station, _ in here), (
            "the stated code is the true one"
        )
        piles = [
            verdicts(station, group["current"], group["power_kw"], km)
            for station, km in here
            for group in groups[station["station_id"]].to_dict("records")
        ]
        n_piles = sum(int(plain(station["n_piles"])) for station, _ in here)
        aside = int(doubts.get(code, 0))
        yield code, answer(piles, aside), len(here), n_piles, aside


def table_of(written: Written) -> pd.DataFrame:
    rows = [(code, *said, *counts) for code, said, *counts in found(written)]
    return pd.DataFrame(
        rows, columns=["unit_code", *designs.Answer._fields, "n_stations", "n_piles", "n_set_aside"]
    )


def test_a_plain_reading_finds_the_truth(written: Written) -> None:
    pd.testing.assert_frame_equal(
        table_of(written), written.truth.drop(columns=["name", "kind"]), check_dtype=False
    )


def test_totals_are_the_sums_of_the_truth(written: Written) -> None:
    truth, totals = written.truth, written.totals
    assert truth["n_stations"].sum() == totals["stations_accepted"]
    assert truth["n_piles"].sum() == totals["piles_accepted"]
    assert (
        truth["n_set_aside"].sum() + len(totals["dirt"]["duplicate_id"]["station_ids"])
        == totals["rows_set_aside"]
    )
    assert totals["states"] == truth["state"].value_counts().to_dict()
    headline = truth[truth["kind"].isin(["town", "township"])]
    assert len(headline) == totals["headline_units"] == HENAN.expected["headline"]
    assert totals["headline_states"] == headline["state"].value_counts().to_dict()
    assert 0.10 < headline["state"].eq("uncovered").mean() < 0.14


def test_every_reason_occurs(written: Written) -> None:
    answers = set(map(tuple, written.truth[list(designs.Answer._fields)].to_numpy().tolist()))
    assert answers == set(designs.ANSWERS.values())


def test_stations_keep_clear_of_borders_and_of_the_five_kilometres(written: Written) -> None:
    kept, _ = accepted(written)
    lon, lat = ([float(plain(value)) for value in kept[name]] for name in ("lon", "lat"))
    points = gpd.GeoSeries(
        gpd.points_from_xy(*datum.to_wgs84(np.array(lon), np.array(lat), Datum.GCJ02)), crs=4490
    )
    plane = points.to_crs(HENAN.crs_measure).to_numpy()
    cells = written.units.to_crs(HENAN.crs_measure)
    row, unit = shapely.STRtree(cells.geometry.to_numpy()).query(plane, predicate="within")
    margin = shapely.distance(shapely.boundary(cells.geometry.to_numpy())[unit], plane[row])
    assert margin.min() > 30
    seats = gpd.GeoSeries(gpd.points_from_xy(written.units["lon"], written.units["lat"]), crs=4490)
    metres = shapely.distance(plane[row], seats.to_crs(HENAN.crs_measure).to_numpy()[unit])
    # of those that reach A4: is one near enough to the line to be in doubt?
    nearest = pd.Series(metres).groupby(unit).min()
    top = written.truth["rung"].to_numpy()[nearest.index] == "A5"
    assert nearest[top].max() < 4800


def test_another_seed_is_another_province_and_true_too(written: Written, tmp_path: Any) -> None:
    other = read(dict(sample.write(tmp_path, seed=7)))
    assert other.register["station_id"].nunique() >= 12_500
    assert not other.units.geometry.iloc[0].equals(written.units.geometry.iloc[0])
    pd.testing.assert_frame_equal(
        table_of(other), other.truth.drop(columns=["name", "kind"]), check_dtype=False
    )


@pytest.mark.parametrize("design", designs.FILLERS)
def test_fillers_and_makes_are_declared(design: str) -> None:
    assert set(designs.FILLERS[design]) <= set(designs.POWERS)
    assert design in designs.ANSWERS
