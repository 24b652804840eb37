"""Kilometres by class and number, dead ends and one-way traps, by hand."""

import pandas as pd
import pytest

from chargegeo import datum, roads, schema
from tests.roads.world import built, line

STEP = float(datum.metres_between(113.01, 34, 113.02, 34)) / 1000


def test_kilometres() -> None:
    """A two-way road counts once, each side of a dual carriageway by itself, two numbers under each."""
    places = line(3) | {4: (113.01, 34.01), 5: (113.02, 34.01)}
    ways = {
        1: ([1, 2], {"highway": "primary", "ref": "G107;S103", "maxspeed": "60"}),
        2: ([4, 5], {"highway": "motorway", "ref": "G4"}),
        3: ([2, 1], {"highway": "motorway", "ref": "G4"}),
        4: ([2, 3], {"highway": "primary", "ref": "G107"}),
    }
    table = roads.summary(built(places, ways).network)
    schema.check(table, "road_summary")
    rows = {
        (row.road_class, None if pd.isna(row.ref) else row.ref): (row.km, row.directed_km, row.imputed_share)
        for row in table.itertuples()
    }
    upper = float(datum.metres_between(113.01, 34.01, 113.02, 34.01)) / 1000
    expected = {
        ("expressway", None): (STEP + upper, STEP + upper, 1.0),
        ("national", None): (2 * STEP, 4 * STEP, 0.5),
        ("expressway", "G4"): (STEP + upper, STEP + upper, 1.0),
        ("national", "G107"): (2 * STEP, 4 * STEP, 0.5),
        ("national", "S103"): (STEP, 2 * STEP, 0.0),
    }
    assert list(rows) == list(expected)
    for key, values in expected.items():
        assert rows[key] == pytest.approx(values, rel=1e-6), key


def test_figures_of_a_network() -> None:
    """1 - 2 - 3 both ways with a stub 3 -> 4 (no way out) and 5 -> 3 (no way in); 6 - 7 apart."""
    places = line(3) | {4: (113.04, 34.01), 5: (113.04, 33.99), 6: (114.0, 34.0), 7: (114.01, 34.0)}
    one = {"highway": "primary", "oneway": "yes"}
    ways = {
        1: ([1, 2, 3], {"highway": "primary"}),
        2: ([3, 4], one),
        3: ([5, 3], one),
        4: ([6, 7], one),
    }
    about = built(places, ways).network.about
    assert (about["n_nodes"], about["n_edges"], about["n_lines"]) == (6, 5, 4)
    assert (about["n_components"], about["component_sizes"]) == (2, [4, 2])
    assert about["n_dead_ends"] == 5
    assert about["no_way_out"] == {"n": 2, "node_ids": [4, 7]}
    assert about["no_way_in"] == {"n": 2, "node_ids": [5, 6]}
    assert about["outside_core"] == {"n": 2, "node_ids": [4, 5]}
    assert about["imputed_share"] == 1.0
