"""Pairs and their sums, by hand, and the figures that were published."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from chargegeo import region, schema
from chargegeo.corridors import areas

HENAN = region.load("henan")


def sides(*rows):
    """Sides (pair, piles, linked) with settable columns after them, in Zhengzhou (410100) unless said."""
    table = pd.DataFrame([
        {
            "side_id": f"{pair}{number}", "pair_id": pair, "name": pair, "road_ref": "G4", "n_piles": piles,
            "linked": linked, "certainty": "certain", "geometry": Point(113, 34), **more,
        }
        for number, (pair, piles, linked, more) in enumerate(rows)
    ])  # fmt: skip
    table = schema.conform(gpd.GeoDataFrame(table, crs="EPSG:4490"), "service_areas")
    return table, pd.DataFrame({"city_code": "410100", "city_name": "Z"}, index=table.index)


@pytest.mark.parametrize(
    ("first", "second", "linked", "word"),
    [
        (4, 4, None, "both"),
        (4, 0, False, "one"),
        (4, 0, True, "shared"),
        (4, 0, None, "unknown"),  # a link that nobody has stated may be there
        (0, 0, False, "none"),
        (None, 0, False, "unknown"),
        (None, 4, True, "shared"),  # the side that is known serves both
        (None, 4, False, "unknown"),
    ],
)
def test_how_a_pair_is_served(first, second, linked, word):
    found = areas.pairs(*sides(("P", first, linked, {}), ("P", second, linked, {})))
    assert found["side_coverage"].tolist() == [word]


def test_a_pair_of_which_one_side_is_not_in_the_table_is_not_called_one_sided():
    found = areas.pairs(*sides(("P", 4, False, {})))
    assert (found["n_sides"].tolist(), found["side_coverage"].tolist()) == ([1], ["unknown"])


def test_sums_of_a_pair_are_null_where_a_side_is_not_known():
    known = {"n_bays": 10, "n_car_bays": 50, "n_ultra_fast": 1, "n_power_known": 4, "max_kw": 480}
    found = areas.pairs(*sides(("P", 4, False, known), ("P", 6, False, {**known, "n_bays": None}))).iloc[0]
    assert found["n_piles"] == 10 and found["n_car_bays"] == 100 and pd.isna(found["n_bays"])
    assert pd.isna(found["bay_share"]) and found["ultra_fast_share"] == 2 / 8 and found["max_kw"] == 480


def test_roll_up_adds_what_is_known_and_takes_shares_of_sides_that_know_both():
    table, cities = sides(
        (
            "P",
            4,
            False,
            {"n_bays": 10, "n_car_bays": 50, "n_ultra_fast": 2, "n_power_known": 4, "swap_station": True},
        ),
        ("P", 6, False, {"n_bays": 99, "n_car_bays": None, "n_power_known": 6}),
        ("Q", 5, False, {"n_bays": 5, "n_car_bays": 50, "road_ref": "G30"}),
        ("Q", 0, False, {"n_bays": 0, "n_car_bays": 50, "road_ref": "G30"}),
    )
    found = areas.roll_up(table, areas.pairs(table, cities), HENAN).set_index(["level", "code"])
    whole = found.loc[("province", "henan")]
    assert (whole["n_pairs"], whole["n_both"], whole["n_one"], whole["n_piles"], whole["n_bays"]) == (
        2,
        1,
        1,
        15,
        114,
    )
    assert whole["bay_share"] == 15 / 150 and whole["ultra_fast_share"] == 2 / 10
    assert (whole["n_pairs_ultra"], whole["n_swap"]) == (1, 1)
    assert found.loc["road", "n_piles"].to_dict() == {"G30": 5, "G4": 10}
    assert found.loc[("city", "410100"), "n_piles"] == 15


def test_published_figures_are_held_against_their_qualifier():
    rollup = schema.conform(
        pd.DataFrame([{
            "level": "province", "code": "henan", "name": "", "n_pairs": 183, "n_both": 0, "n_shared": 0, "n_one": 0,
            "n_none": 0, "n_unknown": 183, "n_piles": 3300, "n_guns": 0, "n_bays": 3923, "n_car_bays": 26000,
            "bay_share": 0.1546, "n_ultra_fast": 368, "n_pairs_ultra": 47, "n_power_known": 3300,
            "ultra_fast_share": 0.1, "n_swap": 67, "max_kw": None,
        }]), "service_area_rollup",
    )  # fmt: skip
    found = areas.published(rollup, HENAN).set_index("figure")
    assert found.loc["expressway_pairs", "agrees"] and not found.loc["expressway_piles", "agrees"]
    assert found.loc["expressway_piles", "difference"] == -4
    # 15 per cent is rounded to a whole per cent: 15.46 agrees, 15.51 would not
    assert found.loc["expressway_bay_share", "agrees"] and found.loc[
        "expressway_bay_share", "found"
    ] == pytest.approx(15.46)
    assert pd.isna(found.loc["expressway_max_power", "agrees"])


@pytest.mark.parametrize(
    ("value", "half"), [(15, 0.5), (29200, 50), (139.02, 0.005), (3304, 0.5), (20000, 5000)]
)
def test_half_of_the_last_digit(value, half):
    assert areas._half_digit(value) == pytest.approx(half)


@pytest.mark.parametrize(
    ("told", "linked", "word"),
    [
        # direction and piles of each side
        ([("forward", 4), ("forward", 4), ("backward", 0)], False, "one"),
        ([("forward", 4), ("forward", 4), ("backward", 0)], True, "shared"),
        ([("forward", 4), ("forward", 0), ("backward", 3)], False, "both"),
        ([("forward", 4), ("forward", 4), ("backward", None)], False, "unknown"),
        ([("forward", 4), (None, 4), ("backward", 0)], False, "unknown"),  # it may be either
        ([("forward", 4), (None, 0), ("backward", 0)], False, "one"),
        ([("forward", 0), (None, 0), ("backward", 0)], False, "none"),
        ([("forward", 4), ("forward", 4)], False, "unknown"),  # the other direction is not in the table
        ([("forward", 4), (None, 4)], False, "both"),  # of two sides the other
        ([(None, 4), ("forward", 0)], False, "one"),
    ],
)
def test_both_means_both_directions(told, linked, word):
    rows = [("P", piles, linked, {"direction": way}) for way, piles in told]
    found = areas.pairs(*sides(("A", 0, False, {}), ("A", 0, False, {}), *rows))
    assert found["side_coverage"].tolist() == ["none", word]
