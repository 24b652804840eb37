"""Outlines and points into pairs and sides; the real outlines of eight cities of Anhui."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import clean, errors, labels, schema, sources
from chargegeo.clean import opposite
from chargegeo.vocab import Severity
from tests.clean.service_areas_help import HENAN, W, box, codes, outlines

# a road to the north-west (towards Luoyang, away from Nanjing), its outlines along it, 200 m apart
ROAD = {"roads": [W["g36"]] * 2, "osm_id": ["way/1", "way/2"]}
EAST, WEST = (5000 + 70.0, 70.0), (5000 - 70.0, -70.0)


def pair(
    name: list[str | None], poi: list[str | None], address: list[str | None], **more: object
) -> clean.Cleaned:
    frame = {"name": name, "amap_poi": poi, "address": address, **ROAD}
    shapes = [box(*at, 60, 60) for at in (EAST, WEST)]
    return clean.pair_service_areas(outlines(shapes, frame), more.get("region", HENAN))  # type: ignore[arg-type]


def test_texts_and_position_agree() -> None:
    """The north-eastern side lies on the right of cars that go north-west, to Luoyang: forward."""
    found = pair([W["traditional"]] * 2, [W["poi_luo"], W["poi_nan"]], [W["address_luo"], W["address_nan"]])
    table = found.table
    assert table["direction"].tolist() == ["forward", "backward"]
    assert table["towards"].tolist() == [W["luoyang"], W["nanjing"]]
    assert table["certainty"].tolist() == ["certain", "certain"]
    assert table["name"].tolist() == [W["simple"]] * 2
    assert table["pair_id"].tolist() == ["way/1+way/2"] * 2
    assert table["basis"].iloc[0] == "mutual_position;address;nearby;side_of_travel;chainage_convention"
    assert "under_construction" in table["basis"].iloc[1]
    assert found.repairs["problem"].tolist() == ["name_simplified"] * 2
    schema.check(table, "service_areas")


def test_a_place_near_by_may_be_of_the_other_side() -> None:
    found = pair([None] * 2, [W["poi_nan"]] * 2, [W["address_luo"], W["address_nan"]])
    assert found.table["direction"].tolist() == ["forward", "backward"]
    assert found.table["certainty"].tolist() == ["certain", "certain"]
    assert "against_nearby" in found.table["basis"].iloc[0]
    assert codes(found) == [("direction_disagrees", 0)]
    assert found.table["name"].tolist() == [W["three"]] * 2


def test_texts_against_position() -> None:
    """All texts of both sides say what the position denies: the sides are left open."""
    found = pair([W["three"]] * 2, [W["poi_nan"], W["poi_luo"]], [W["address_nan"], W["address_luo"]])
    assert found.table["direction"].isna().all() and found.table["certainty"].eq("unknown").all()
    assert codes(found) == [("position_disagrees", 0)]


def test_where_traffic_keeps_left_the_sides_are_the_other_way_round() -> None:
    left = replace(HENAN, roads=replace(HENAN.roads, drive_side="left"))
    found = pair([W["three"]] * 2, [None] * 2, [None] * 2, region=left)
    assert found.table["direction"].tolist() == ["backward", "forward"]
    assert found.table["certainty"].tolist() == ["probable", "probable"]


def test_without_words_and_without_a_known_road_nothing_is_said() -> None:
    shapes = [box(*at, 60, 60) for at in (EAST, WEST)]
    found = clean.pair_service_areas(outlines(shapes, {"name": [W["area"]] * 2}), HENAN)
    assert found.table["direction"].isna().all() and found.table["name"].isna().all()
    assert found.table["pair_id"].drop_duplicates().size == 1
    assert codes(found) == [("area_unnamed", 0), ("area_unnamed", 1)]


def test_both_say_the_same() -> None:
    found = clean.pair_service_areas(
        outlines(
            # one behind the other along the road: position does not tell
            [box(5000, 0, 30, 30), box(5000 - 150, 150, 30, 30)],
            {"name": [W["poi_luo"]] * 2, "roads": [W["g36"]] * 2},
        ),
        HENAN,
    )
    assert found.table["certainty"].tolist() == ["unknown", "unknown"]
    assert codes(found) == [("sides_say_the_same", 0)]


def test_the_address_outweighs_a_place_near_by() -> None:
    """Position is silent and the other side says nothing: 2 for Luoyang, 1 for Nanjing."""
    frame = {
        "name": [W["three"]] * 2,
        "amap_poi": [W["poi_nan"], None],
        "address": [W["address_luo"], None],
        "roads": [W["g36"]] * 2,
    }
    shapes = [box(5000, 0, 30, 30), box(5000 - 150, 150, 30, 30)]
    table = clean.pair_service_areas(outlines(shapes, frame), HENAN).table
    assert table["direction"].tolist() == ["forward", "backward"]
    assert table["certainty"].tolist() == ["probable", "probable"]


@pytest.mark.parametrize(
    ("names", "metres", "paired"),
    [
        (("three", "three"), 200, True),
        (("three", "three"), 700, True),
        (("three", "three"), 1600, False),
        (("three", "other_area"), 200, False),
        (("three", "area"), 200, True),
        (("three", "area"), 700, False),
        (("three", "three"), 20, False),
    ],
)
def test_what_is_a_pair(names: tuple[str, str], metres: float, paired: bool) -> None:
    shapes = [box(0, 0, 10, 10), box(metres, 0, 10, 10)]
    found = clean.pair_service_areas(outlines(shapes, {"name": [W[name] for name in names]}), HENAN)
    assert found.table["pair_id"].drop_duplicates().size == (1 if paired else 2)
    assert (("sides_far_apart", 0) in codes(found)) == (paired and metres > 600)
    assert [code for code, _ in codes(found)].count("one_sided") == (0 if paired else 2)


def test_a_record_without_a_shape_is_set_aside() -> None:
    found = clean.pair_service_areas(outlines([box(0, 0, 9, 9), None], {"name": [W["three"]] * 2}), HENAN)
    assert len(found.table) == 1 and found.quarantine["problem"].tolist() == ["area_no_place"]
    nothing = replace(outlines([None], {"name": ["x"]}), geometry=None)
    with pytest.raises(errors.SchemaFault):
        clean.pair_service_areas(nothing, HENAN)
    with pytest.raises(errors.CrsFault):
        clean.pair_service_areas(replace(outlines([box(0, 0, 9, 9)], {"name": ["x"]}), crs=None), HENAN)


def test_hostile_text_stays_text() -> None:
    texts: list[str | None] = ["=cmd()", "<script>", "{0}", "\u202e"]
    shapes = [box(i * 200, 0, 20, 20) for i in range(4)]
    frame = {"name": texts, "amap_poi": texts, "address": texts, "roads": texts, "osm_id": texts}
    found = clean.pair_service_areas(outlines(shapes, frame), HENAN)
    assert len(found.table) == 4
    for item in found.findings:
        assert item.fault.text("zh") and item.fault.text("en")


PLACES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 2)), min_size=0, max_size=12, unique=True
)


@settings(max_examples=60, deadline=None)
@given(PLACES)
def test_pairs_are_each_others_nearest(places: list[tuple[int, int, int]]) -> None:
    """Against every pair tried one by one; places on a grid of 97 m, of three names."""
    middle = np.array([place[:2] for place in places], dtype=np.float64).reshape(-1, 2) * 97.0
    name = np.array([place[2] for place in places])

    def kin(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.where(name[a] == name[b], 2, np.where((name[a] == 0) | (name[b] == 0), 1, 0))

    def rank(i: int, j: int) -> tuple[int, float, int] | None:
        like = int(kin(np.array([i]), np.array([j]))[0])
        metres = float(np.hypot(*(middle[i] - middle[j])))
        near = 40 <= metres <= (1500 if like == 2 else 600)
        return (-like, metres, j) if like and near and i != j else None

    best = {}
    for i in range(len(places)):
        ranks = [one for one in (rank(i, j) for j in range(len(places))) if one is not None]
        best[i] = min(ranks)[2] if ranks else None
    expected = [(i, j) for i, j in best.items() if j is not None and i < j and best[j] == i]
    assert opposite.facing(middle, kin) == expected


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 360), st.floats(-40, 40), st.sampled_from([0.0, 0.5]))
def test_the_side_of_travel_turns_with_the_world(turn: float, slip: float, long: float) -> None:
    """The right-hand side is forward whichever way the road runs, with outlines a little off the square."""
    angle = np.radians(turn)
    ahead = np.array([np.cos(angle), np.sin(angle)])
    right = np.array([ahead[1], -ahead[0]])
    middle = np.array([100 * right + slip * ahead, -100 * right])
    made = opposite.Outlines(middle, np.full(2, angle), np.full(2, long))
    found = opposite.serves(made, (0, 1), (ahead[0], ahead[1]), right_hand=True)
    assert 0.9 < found <= 1 + 1e-9
    assert opposite.serves(made, (1, 0), (ahead[0], ahead[1]), right_hand=True) == pytest.approx(-found)
    assert opposite.serves(made, (0, 1), (ahead[0], ahead[1]), right_hand=False) == pytest.approx(-found)
    assert opposite.serves(made, (0, 1), (-ahead[0], -ahead[1]), right_hand=True) == pytest.approx(-found)
    assert opposite.serves(made, (0, 1), (right[0], right[1]), right_hand=True) == 0
    assert opposite.serves(made, (0, 1), None, right_hand=True) == 0


# ---- the real outlines


@pytest.fixture(scope="module")
def anhui(shared: Path) -> clean.Cleaned:
    path = shared / "data" / "service_areas_anhui_north" / "services_north.geojson"
    return clean.pair_service_areas(sources.read(path), HENAN, datum="gcj02")


def test_anhui_is_paired(anhui: clean.Cleaned) -> None:
    """96 records: 44 pairs, of which 40 certain and 4 unknown, and 8 sides alone (5 probable, 3 unknown)."""
    table = anhui.table
    size = table.groupby("pair_id")["side_id"].transform("size")
    assert len(table) == 96 and size.isin([1, 2]).all()
    assert table[size == 2]["certainty"].value_counts().to_dict() == {"certain": 80, "unknown": 8}
    assert table[size == 1]["certainty"].value_counts().to_dict() == {"probable": 5, "unknown": 3}
    assert table["name"].notna().all() and not table["name"].eq(W["area"]).any()
    pairs = table[size == 2].dropna(subset="direction").groupby("pair_id")["direction"]
    assert pairs.nunique().eq(2).all()
    assert [code for code, _ in codes(anhui)].count("one_sided") == 8
    assert "position_disagrees" not in {f.fault.code for f in anhui.findings}


def test_every_piece_of_evidence_has_a_label(anhui: clean.Cleaned) -> None:
    found = {code for basis in anhui.table["basis"] for code in basis.split(";")}
    for lang in labels.LANGUAGES:
        assert {f"basis.{code}" for code in found} <= labels.keys(lang)


def test_anhui_by_hand(anhui: clean.Cleaned) -> None:
    towards = anhui.table.set_index("side_id")["towards"]
    assert towards.reindex(list(W["anhui"])).to_dict() == W["anhui"]


def test_anhui_in_any_order(anhui: clean.Cleaned, shared: Path) -> None:
    raw = sources.read(shared / "data" / "service_areas_anhui_north" / "services_north.geojson")
    order = np.random.default_rng(1).permutation(len(raw.frame))
    assert raw.geometry is not None
    turned = replace(
        raw,
        frame=raw.frame.iloc[order].reset_index(drop=True),
        geometry=raw.geometry.iloc[order].reset_index(drop=True),
    )
    again = clean.pair_service_areas(turned, HENAN, datum="gcj02").table
    columns = ["side_id", "pair_id", "name", "road_ref", "direction", "towards", "certainty", "basis"]
    left, right = (t[columns].sort_values("side_id", ignore_index=True) for t in (anhui.table, again))
    pd.testing.assert_frame_equal(left, right)
    moved = [f for f in anhui.findings if f.fault.code == "datum_converted"]
    assert [f.severity for f in moved] == [Severity.REPAIR]
