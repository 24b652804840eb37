"""Places where roads of two numbers meet."""

import geopandas as gpd
import numpy as np
import pytest

from chargegeo import datum, roads, schema
from chargegeo.vocab import RoadClass
from tests.roads.world import Tags, built

# metres of a thousandth of a degree at 34 N are 111 northward, 92 eastward
PLACES = {
    1: (113.00, 34.0),
    2: (113.10, 34.0),
    3: (113.20, 34.0),
    4: (113.30, 34.0),
    5: (113.10, 34.1),
    6: (113.20, 34.1),
    7: (113.30, 34.1),
    8: (113.30, 33.9),
}
N107, S219, S220 = (
    {"highway": "primary", "ref": "G107"},
    {"highway": "secondary", "ref": "S219"},
    {"highway": "secondary", "ref": "S220"},
)


def found(
    ways: dict[int, tuple[list[int], Tags]],
    places: dict[int, tuple[float, float]] | None = None,
    classes: tuple[RoadClass, ...] = (RoadClass.NATIONAL, RoadClass.PROVINCIAL),
) -> gpd.GeoDataFrame:
    return roads.junctions(built(places or PLACES, ways).network, classes)


def names(table: gpd.GeoDataFrame) -> list[str]:
    return [name.replace(" \u00d7 ", "x") for name in table["name"]]


def test_roads_of_two_numbers_meet_and_others_do_not() -> None:
    table = found(
        {
            10: ([1, 2, 3, 4], N107),
            11: ([2, 5], S219),
            12: ([3, 6], {"highway": "tertiary", "ref": "X005"}),
            13: ([4, 7], {"highway": "motorway", "ref": "G4"}),
            14: ([4, 8], {"highway": "primary"}),
        }
    )
    assert table["site_id"].tolist() == ["G107-S219-113.1000-34.0000"]
    assert table["name"].tolist() == ["G107 \u00d7 S219"]
    assert (table.geometry.x[0], table.geometry.y[0]) == PLACES[2]
    assert table.crs == schema.STORAGE_CRS and list(table) == ["site_id", "name", "geometry"]


def test_a_shared_stretch_has_junctions_at_its_ends_only() -> None:
    shared = {"highway": "primary", "ref": "G107;S219"}
    ways = {
        10: ([1, 2], N107),
        11: ([5, 2], S219),
        12: ([2, 3, 4], shared),
        13: ([3, 6], S220),
        14: ([4, 7], N107),
        15: ([4, 8], S219),
    }
    table = found(ways)
    assert names(table) == ["G107xS219", "G107xS219", "G107xS219xS220"]
    assert table["site_id"].is_unique
    # a side road without a number in the middle makes none; nor does a number that merely ends
    assert names(found({12: ([2, 3, 4], shared), 13: ([3, 6], {"highway": "primary"})})) == []
    assert names(found({10: ([1, 2], N107), 12: ([2, 3], shared)})) == []


def test_the_nodes_of_two_dual_carriageways_are_one_place() -> None:
    # carriageways 111 and 92 m apart; a second crossing 1 km on is another place
    at = {
        1: (113.000, 34.000), 2: (113.010, 34.000), 3: (113.011, 34.000), 4: (113.030, 34.000),
        5: (113.000, 34.001), 6: (113.010, 34.001), 7: (113.011, 34.001), 8: (113.030, 34.001),
        21: (113.010, 33.99), 22: (113.011, 33.99), 23: (113.010, 34.01), 24: (113.011, 34.01),
        31: (113.022, 34.000), 32: (113.022, 34.001), 33: (113.022, 34.01),
    }  # fmt: skip
    one = {"oneway": "yes"}
    table = found(
        {
            10: ([1, 2, 3, 31, 4], N107 | one),
            11: ([8, 32, 7, 6, 5], N107 | one),
            12: ([21, 2, 6, 23], S219 | one),
            13: ([24, 7, 3, 22], S219 | one),
            14: ([33, 32, 31], S219),
        },
        at,
    )
    assert names(table) == ["G107xS219", "G107xS219"]
    # four corners are equally near to the middle: the lowest id
    assert [(x, y) for x, y in zip(table.geometry.x, table.geometry.y, strict=True)] == [at[2], at[31]]


@pytest.mark.parametrize(("metres", "n"), [(299.0, 1), (301.0, 2)])
def test_three_hundred_metres_are_one_place(metres: float, n: int) -> None:
    degree = float(datum.metres_between(113.1, 34.0, 113.2, 34.0)) / 0.1
    at = PLACES | {9: (113.1 + metres / degree, 34.0), 10: (113.1 + metres / degree, 34.1)}
    table = found({10: ([1, 2, 9, 3], N107), 11: ([2, 5], S219), 12: ([9, 10], S220)}, at)
    assert len(table) == n
    assert names(table) == (["G107xS219xS220"] if n == 1 else ["G107xS219", "G107xS220"])


def test_expressways_never_count_and_classes_are_chosen() -> None:
    ways = {
        10: ([1, 2, 3], {"highway": "motorway", "ref": "G4"}),
        11: ([2, 5], {"highway": "motorway", "ref": "S26"}),
        12: ([4, 3], N107),
        13: ([3, 6], S219),
    }
    assert names(found(ways, classes=tuple(RoadClass))) == ["G107xS219"]
    assert names(found(ways, classes=(RoadClass.NATIONAL,))) == []
    assert len(found({12: ([4, 3], N107)})) == 0


def test_every_junction_against_brute_force() -> None:
    """A lattice with numbers drawn at random, far enough apart that no two nodes are one place."""
    rng = np.random.default_rng(7)
    at = {10 * i + j: (113 + i / 50, 34 + j / 50) for i in range(8) for j in range(8)}
    refs = ["G107", "S219", "S220", "G107;S219", "G4", "X1", ""]
    ways: dict[int, tuple[list[int], Tags]] = {}
    for node in at:
        for other in (node + 10, node + 1):
            if other in at:
                ref = refs[rng.integers(len(refs))]
                ways[len(ways)] = [node, other], {"highway": "primary"} | ({"ref": ref} if ref else {})
    due = []
    for node, place in at.items():
        sets = [
            set(tags["ref"].split(";")) for nodes, tags in ways.values() if node in nodes and "ref" in tags
        ]
        sets = [each for each in sets if not each & {"G4", "X1"}]
        meeting = [a | b for a in sets for b in sets if a - b and b - a]
        if meeting:
            due.append((place, " \u00d7 ".join(sorted(set().union(*meeting)))))
    table = found(ways, at)
    got = zip(zip(table.geometry.x, table.geometry.y, strict=True), table["name"], strict=True)
    assert sorted(got) == sorted(due) and len(due) > 10
