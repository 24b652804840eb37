"""Stations of different ids that may be one: scores against a count by hand and all pairs."""

import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import clean, labels, schema, sources
from chargegeo.clean.same_site_pairs import APART, DENSE, likeness
from tests.clean.stations_help import HENAN, W

GRID, PARK = W["grid"], W["charging"]
LON, LAT = 113.5, 34.0


def world(rows: list[tuple[object, ...]]) -> gpd.GeoDataFrame:
    """Stations by id, name, operator, piles and metres east and north of a place."""
    frame = pd.DataFrame(rows, columns=["station_id", "name", "operator", "n_piles", "east", "north"])
    plane = gpd.points_from_xy(
        frame["east"].astype(float), frame["north"].astype(float), crs=HENAN.crs_measure
    )
    points = gpd.GeoSeries(plane).to_crs(schema.STORAGE_CRS)
    return gpd.GeoDataFrame(
        schema.conform(frame.assign(geometry=points, file="f"), "stations"), crs=schema.STORAGE_CRS
    )


def dice(one: str | None, other: str | None) -> float | None:
    if not one or not other:
        return None
    a, b = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (f"<{one}>", f"<{other}>"))
    return 2 * len(a & b) / (len(a) + len(b))


def test_parts_by_hand() -> None:
    pairs = clean.same_site(world([("A", "abcd", GRID, 10, 0, 0), ("B", "abce", GRID, 8, 30, 40)]), HENAN)
    (pair,) = pairs.to_dict("records")
    # <a ab bc cd d> and <a ab bc ce e>: three of five in common
    assert pair["name_score"] == 0.6
    assert (pair["operator_score"], pair["count_score"]) == (1.0, 0.92)
    assert pair["metres"] == pytest.approx(50, abs=0.05)
    assert pair["score"] == pytest.approx(math.exp(-0.25) * 0.6 * 0.92, abs=2e-4)
    assert pair["reason"] == "near;similar_name;same_operator;other_count"
    assert (pair["a"], pair["b"], pair["n_left_out"]) == ("A", "B", 0)


def test_what_is_unknown_is_null_and_neutral() -> None:
    pairs = clean.same_site(world([("A", None, None, None, 0, 0), ("B", "abce", GRID, 8, 0, 0)]), HENAN)
    (pair,) = pairs.to_dict("records")
    assert pair["score"] == 0.4
    assert math.isnan(pair["name_score"]) and math.isnan(pair["operator_score"])
    assert pair["reason"] == "same_place;name_unknown;operator_unknown;count_unknown"


def test_twins_score_half_of_repeats() -> None:
    name = "abcdef"
    rows = [
        ("A", f"{name}1", GRID, 4, 0, 0),
        ("B", f"{name}2", GRID, 4, 0, 0),
        ("C", f"{name}1", GRID, 4, 0, 0),
    ]
    pairs = clean.same_site(world(rows), HENAN).set_index(["a", "b"])
    assert pairs.loc[("A", "C"), "score"] == 1
    assert pairs.loc[("A", "B"), "reason"] == "same_place;numbered_apart;same_operator;same_count"
    assert pairs.loc[("A", "B"), "score"] < APART
    assert pairs.index[0] == ("A", "C")


def test_words_that_all_names_have_do_not_make_them_alike() -> None:
    rows = [("A", f"abc{PARK}", GRID, 4, 0, 0), ("B", f"xyz{PARK}", GRID, 4, 0, 0)]
    assert len(clean.same_site(world(rows), HENAN)) == 0
    same = [("A", f"abc{PARK}", GRID, 4, 0, 0), ("B", "ABC", GRID, 4, 0, 0)]
    assert clean.same_site(world(same), HENAN)["score"].tolist() == [1.0]


LETTERS = st.text("abcd", min_size=0, max_size=6)
STATION = st.tuples(
    LETTERS | st.none(),
    LETTERS | st.none(),
    st.integers(0, 9) | st.none(),
    st.integers(0, 300),
    st.integers(0, 60),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(STATION, min_size=2, max_size=14),
    st.sampled_from([20.0, 100.0, 250.0]),
    st.sampled_from([0.0, 0.1, 0.25, 0.7]),
    st.randoms(use_true_random=False),
)
def test_all_pairs_one_by_one(
    stations: list[tuple[object, ...]], within: float, least: float, random: object
) -> None:
    rows = [(f"S{i:02d}", *station) for i, station in enumerate(stations)]
    table = world(rows)
    found = clean.same_site(table, HENAN, within_m=within, at_least=least)
    wanted = {}
    for i, a in enumerate(rows):
        for b in rows[i + 1 :]:
            metres = math.hypot(a[4] - b[4], a[5] - b[5])  # type: ignore[operator]
            name, operator = dice(a[1], b[1]), dice(a[2], b[2])  # type: ignore[arg-type]
            if name is not None and a[1] != b[1] and len(str(a[1])) == len(str(b[1])) == 1:
                name *= APART  # a single letter is a mark
            count = None
            if a[3] is not None and b[3] is not None:
                count = 1 - 0.4 * abs(a[3] - b[3]) / (max(a[3], b[3]) or 1)  # type: ignore[operator, call-overload]
            score = math.exp(-((metres / 100) ** 2)) * (0.5 if name is None else name)
            score *= 0.8 if operator is None else max(operator, 0.3)
            score *= 1 if count is None else count
            wanted[a[0], b[0]] = metres, score
    got = {(a, b): score for a, b, score in found[["a", "b", "score"]].itertuples(index=False)}
    # what lies at a limit to within the rounding of positions may go either way
    for pair, (metres, score) in wanted.items():
        if metres < within - 0.01 and score > least + 1e-4:
            assert got[pair] == pytest.approx(score, abs=2e-4)
        if metres > within + 0.01 or score < least - 1e-4:
            assert pair not in got
    shuffled = table.sample(frac=1, random_state=random.randrange(99))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(clean.same_site(shuffled, HENAN, within_m=within, at_least=least), found)


def test_likeness_is_one_for_equals_and_the_same_both_ways() -> None:
    texts = pd.Series(["abc", "abd", "", None, "a", "abc"])
    a, b = np.triu_indices(6)
    found = dict(zip(zip(a.tolist(), b.tolist(), strict=True), likeness(texts, a, b), strict=True))
    assert found[0, 5] == found[0, 0] == found[4, 4] == 1
    assert found[0, 1] == 0.5
    assert math.isnan(found[2, 2]) and math.isnan(found[0, 3])
    np.testing.assert_array_equal(likeness(texts, a, b), likeness(texts, b, a))


def test_a_dense_place_is_told_and_costs_little() -> None:
    rows = [(f"S{i:05d}", "abc", GRID, 1, 10, 10) for i in range(3000)] + [("T", "abc", GRID, 1, 5000, 5000)]
    pairs = clean.same_site(world(rows), HENAN)
    assert len(pairs) == DENSE * (DENSE - 1) // 2 + 1
    told = pairs.iloc[-1]
    assert (told["a"], told["reason"], told["n_left_out"]) == ("S00000", "dense_place", 3000 - DENSE)
    assert pd.isna(told["b"]) and pd.isna(told["score"])


@pytest.mark.parametrize("rows", [[], [("A", "a", "b", 1, 0, 0)]])
def test_nothing_to_compare(rows: list[tuple[object, ...]]) -> None:
    table = world(rows) if rows else schema.empty("stations")
    assert len(clean.same_site(table, HENAN)) == 0  # type: ignore[arg-type]
    unplaced = world([("A", "a", "b", 1, 0, 0), ("B", "a", "b", 1, 0, 0)])
    unplaced["geometry"] = gpd.GeoSeries([None, None], crs=schema.STORAGE_CRS)
    assert len(clean.same_site(unplaced, HENAN)) == 0


def test_every_reason_has_words() -> None:
    rows = [("A", "abc", "op", 1, 0, 0), ("B", "abc", "qr", 1, 0, 0), ("C", None, None, None, 20, 0)]
    rows += [(f"D{i:02d}", "abd", "opp", 3, 40, 0) for i in range(DENSE + 1)]
    pairs = clean.same_site(world(rows), HENAN, at_least=0.01)
    words = {word for reason in pairs["reason"] for word in reason.split(";")}
    assert len(words) >= 10
    for lang in labels.LANGUAGES:
        assert {f"quality.reason.{word}" for word in words} <= labels.keys(lang)


def test_truck_stations_repeats_above_twins(shared: Path) -> None:
    raw = sources.read(shared / "data" / "henan_truck_stations" / "henan_heavy_truck_stations.csv")
    ids = raw.frame["id"]
    unlike = replace(raw, frame=raw.frame.assign(id=ids + "-" + ids.groupby(ids).cumcount().astype(str)))
    table = clean.stations(unlike, HENAN, datum="gcj02").table
    assert len(table) == 207
    pairs = clean.same_site(table, HENAN)
    same = pairs[pairs["a"].str[:-2] == pairs["b"].str[:-2]]
    assert len(same) == 13
    # no operator is known: nothing can score higher
    assert (same["score"] == 0.8).all() and set(same["reason"]) == {
        "same_place;same_name;operator_unknown;count_unknown"
    }
    assert (pairs["score"].iloc[:13] == 0.8).all()
    others = pairs.drop(same.index)
    assert len(others) > 0
    assert others[others["reason"].str.contains("numbered_apart")]["score"].max() < 0.41


def test_open_charge_map(shared: Path) -> None:
    """Real points of Britain, some of which came from two sources."""
    place = shared / "data" / "registers" / "ocm_2020_us_gb_ca.jsonl.gz"
    records = []
    with gzip.open(place, "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            where = item["AddressInfo"]
            if 49 < where["Latitude"] < 60 and -9 < where["Longitude"] < 2:
                records.append(
                    (
                        str(item["ID"]),
                        where["Title"],
                        where["Longitude"],
                        where["Latitude"],
                        item.get("NumberOfPoints"),
                    )
                )
    frame = pd.DataFrame(records, columns=["station_id", "name", "lon", "lat", "n_piles"]).drop_duplicates(
        "station_id"
    )
    assert len(frame) > 500
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    table = schema.conform(frame.assign(geometry=points, file="f"), "stations")
    britain = replace(HENAN, crs_measure="+proj=laea +lat_0=54 +lon_0=-2 +units=m")
    pairs = clean.same_site(gpd.GeoDataFrame(table, crs=schema.STORAGE_CRS), britain)
    listed = pairs[pairs["b"].notna()]
    assert len(listed) > 15 and listed["score"].between(0.25, 0.8).all()
    assert listed["score"].is_monotonic_decreasing and (listed["a"] < listed["b"]).all()
