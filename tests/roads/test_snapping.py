"""Where places enter the roads: by purpose, direction and side, within a limit, and measured as the crow flies."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from chargegeo import region, roads, schema
from chargegeo.roads import from_edges, nearby
from chargegeo.roads.places import with_places
from chargegeo.roads.snapping import snap
from chargegeo.sources import read_roads
from tests.roads.test_places import distances

RULES = region.load("henan").roads
GEOD = Geod(ellps="GRS80")
LAT0, LON0 = 34.0, 113.0
KX, KY = (float(k) for k in nearby.metres_per_degree(np.array(LAT0)))


def deg(*xy):
    """Metres east and north of (113, 34) as arrays of longitude and latitude."""
    x, y = np.array(xy, dtype=float).T
    return LON0 + x / KX, LAT0 + y / KY


def world(nodes, *roads):
    """Nodes in metres; roads as (class, one-way, node, node, ...)."""
    tail, head, words = [], [], []
    for word, one_way, *chain in roads:
        for a, b in itertools.pairwise(chain):
            for pair in [(a, b)] if one_way else [(a, b), (b, a)]:
                tail.append(pair[0])
                head.append(pair[1])
                words.append(word)
    return from_edges(*deg(*nodes), tail, head, road_class=words)


def one(network, xy, purpose, rules=RULES, **more):
    return snap(network, *deg(xy), purpose, rules, **more).iloc[0]


# two carriageways 30 m apart, the northern one to the west: as one drives on the right
PAIR = [(-5000, -15), (5000, -15), (5000, 15), (-5000, 15)]


def pair(*roads, nodes=()):
    return world([*PAIR, *nodes], ("expressway", True, 0, 1), ("expressway", True, 2, 3), *roads)


def test_the_table_keeps_its_contract_row_by_row() -> None:
    network = world([(0, 0), (1000, 0)], ("county", False, 0, 1))
    table = snap(network, *deg((250, 60), (0, 5000), (np.nan, 0)), "seat", RULES)
    schema.check(table, "snaps")
    assert table["status"].tolist() == ["snapped", "beyond_limit", "no_position"]
    first, second = table.iloc[0], table.iloc[1]
    assert (first["edge"], first["road_class"], first["component"], first["main_part"]) == (
        0,
        "county",
        0,
        True,
    )
    assert first["fraction"] == pytest.approx(0.25, abs=1e-6)
    assert first["leg_m"] == pytest.approx(60, abs=0.01)
    assert first["leg_minutes"] == pytest.approx(60 / 1000 / 15 * 60, abs=1e-4)
    assert second["leg_m"] == pytest.approx(5000, abs=0.5)
    assert second.drop(["status", "leg_m", "main_part"]).isna().all() and not second["main_part"]
    assert len(snap(network, [], [], "seat", RULES)) == 0


def test_a_stated_limit_wins_and_far_places_have_no_distance() -> None:
    network = world([(0, 0), (1000, 0)], ("county", False, 0, 1))
    assert one(network, (500, 60), "seat", limit_m=59)["status"] == "beyond_limit"
    assert one(network, (500, 60), "seat", limit_m=61)["status"] == "snapped"
    far = one(network, (500, 3e5), "seat")
    assert far["status"] == "beyond_limit" and np.isnan(far["leg_m"])


@pytest.mark.parametrize("word", ["expressway", "ramp", "ferry"])
def test_a_village_never_enters_what_is_closed_to_the_side(word) -> None:
    nodes = [(0, 0), (1000, 0), (0, 800), (1000, 800)]
    network = world(nodes, (word, False, 0, 1), ("village", False, 2, 3), ("county", False, 0, 2))
    for purpose in ("seat", "station"):
        assert one(network, (500, 10), purpose)["road_class"] in {"village", "county"}
    alone = world(nodes, (word, False, 0, 1))
    assert one(alone, (500, 10), "seat")["status"] == "no_road"


def test_a_village_does_not_enter_the_inside_of_a_service_area() -> None:
    """A service road that joins ramps only is fenced in; one that joins a village road is not."""
    nodes = [(300, -100), (600, -100), (0, -600), (1000, -600), (600, -600)]
    inside = ("ramp", True, 0, 4), ("service", False, 4, 5), ("ramp", True, 5, 1), ("village", False, 6, 8, 7)
    network = pair(*inside, nodes=nodes)
    assert one(network, (450, -110), "seat")["road_class"] == "village"
    assert one(network, (450, -110), "station", limit_m=100)["road_class"] == "service"
    opened = pair(*inside, ("service", False, 5, 8), nodes=nodes)
    assert one(opened, (450, -110), "seat")["road_class"] == "service"


def test_an_island_is_left_aside_unless_it_is_all_there_is() -> None:
    nodes = [(0, 0), (1000, 0), (2000, 0), (0, 900), (1000, 900)]
    network = world(nodes, ("county", False, 0, 1, 2), ("village", False, 3, 4))
    near_island = one(network, (500, 800), "seat")
    assert (near_island["road_class"], near_island["main_part"], near_island["component"]) == (
        "county",
        True,
        0,
    )
    only = one(network, (500, 3500), "seat")
    assert (only["road_class"], only["main_part"], only["component"]) == ("village", False, 1)
    assert only["leg_m"] == pytest.approx(2600, abs=0.5)


def test_a_one_way_without_return_is_left_aside() -> None:
    network = world([(0, 0), (1000, 0), (500, 400)], ("county", False, 0, 1), ("village", True, 0, 2))
    assert one(network, (500, 350), "seat")["road_class"] == "county"


def test_two_sides_of_a_service_area_are_20_km_apart_by_road() -> None:
    """80 m apart; one drives 5 km to the end, turns, and comes back on the other side."""
    nodes = [*PAIR, (5100, 0), (-5100, 0)]
    ways = ("expressway", True, 0, 1), ("expressway", True, 2, 3)
    network = world(nodes, *ways, ("ramp", True, 1, 4, 2), ("ramp", True, 3, 5, 0))
    table = snap(network, *deg((0, -40), (0, 40)), "service_area", RULES)
    assert table["status"].tolist() == ["snapped"] * 2
    assert network.line_xy[
        network.line_start[network.line[table["edge"].to_numpy(int)]], 1
    ].tolist() == pytest.approx([34 - 15 / KY, 34 + 15 / KY])
    assert table["side_m"].tolist() == pytest.approx([25, 25], abs=0.01)
    assert table["fraction"].tolist() == pytest.approx([0.5, 0.5], abs=1e-5)
    new, (south, north) = with_places(network, table)
    d = distances(new)
    assert d[south, north] == pytest.approx(10_203, abs=5) and d[north, south] == pytest.approx(10_203, abs=5)
    assert d[south, north] + d[north, south] > 20_000


def test_on_the_left_the_other_carriageway_is_the_own_one() -> None:
    """The same lines where one drives on the left: the far carriageway has the place on its outer side, but
    the near one stands in the way, so its side is in doubt."""
    left = replace(RULES, drive_side="left")
    assert one(pair(), (0, -60), "service_area", left)["status"] == "doubtful_side"
    turned = world(PAIR, ("expressway", True, 1, 0), ("expressway", True, 3, 2))
    for y in (-60, 60):
        row = one(turned, (0, y), "service_area", left)
        assert row["status"] == "snapped" and row["side_m"] == pytest.approx(45, abs=0.01)
        assert np.sign(row["lat"] - LAT0) == np.sign(y)
        assert one(turned, (0, y), "service_area")["status"] == "doubtful_side"


def test_a_lone_carriageway_is_entered_from_its_right() -> None:
    network = world([(-5000, 0), (5000, 0)], ("expressway", True, 0, 1))
    right, wrong = (one(network, (0, y), "service_area") for y in (-100, 100))
    assert right["status"] == "snapped" and right["side_m"] == pytest.approx(100, abs=0.01)
    assert wrong["status"] == "doubtful_side" and wrong["side_m"] == pytest.approx(-100, abs=0.01)
    assert wrong["leg_m"] == pytest.approx(100, abs=0.01) and wrong[["edge", "lon", "fraction"]].isna().all()


def test_near_the_middle_the_side_is_in_doubt() -> None:
    """Carriageways 10 m apart: at 14 m from the middle one cannot say, at 16 m one can."""
    nodes = [(-5000, -5), (5000, -5), (5000, 5), (-5000, 5)]
    network = world(nodes, ("expressway", True, 0, 1), ("expressway", True, 2, 3))
    assert one(network, (0, 14), "service_area")["status"] == "doubtful_side"
    assert one(network, (0, 16), "service_area")["status"] == "snapped"
    assert one(pair(), (0, 0), "service_area")["status"] == "doubtful_side"


def test_a_service_road_is_entered_on_the_own_side_only() -> None:
    """The southern side has roads of its own; those of the northern side are nobody's way across."""
    nodes = [(-200, 15), (200, 15), (0, 60)]
    network = pair(("ramp", True, 2, 4), ("service", False, 4, 6, 5), nodes=nodes)
    north, south = one(network, (0, 70), "service_area"), one(network, (0, -300), "service_area")
    assert north["road_class"] == "service" and north["side_m"] == pytest.approx(55, abs=0.05)
    assert south["road_class"] == "expressway" and south["lat"] < LAT0


def test_a_village_yard_is_no_service_area() -> None:
    nodes = [(-100, -90), (100, -90), (0, -200)]
    network = pair(("service", False, 4, 5), ("village", False, 4, 6), nodes=nodes)
    assert one(network, (0, -80), "service_area")["road_class"] == "expressway"
    assert one(network, (0, -2000), "service_area")["status"] == "beyond_limit"


def test_equal_roads_go_to_the_lowest_edge() -> None:
    network = world([(0, 0), (1000, 0), (0, 200), (1000, 200)], ("county", False, 0, 1), ("county", False, 2, 3),
                    ("county", False, 0, 2))  # fmt: skip
    assert one(network, (500, 100), "seat")["edge"] == 0


def test_the_village_of_the_corpus_takes_its_track(shared: Path) -> None:
    """An expressway 222 m away; its own track is way 31, beside ways 21 and 22."""
    file = shared / "badinputs" / "open" / "expressway_next_to_village.osm"
    network = roads.build(read_roads(file), RULES).network
    for purpose in ("seat", "station"):
        row = snap(network, [113.2], [34.148], purpose, RULES).iloc[0]
        assert row["status"] == "snapped" and network.way[network.line[row["edge"]]] == 31
        near_road = snap(network, [113.2], [34.1495], purpose, RULES).iloc[0]
        assert network.way[network.line[near_road["edge"]]] == 31


def brute(network, lon, lat, allowed):
    """Geodesic distance to the nearest of many points along every allowed line."""
    share = np.linspace(0, 1, 2001)[:, None]
    best = np.inf
    for line in np.unique(network.line[allowed]):
        a, b = network.line_xy[network.line_start[line] : network.line_start[line + 1]]
        points = a + share * (b - a)
        best = min(best, GEOD.inv([lon] * len(points), [lat] * len(points), *points.T)[2].min())
    return best


@st.composite
def far_worlds(draw):
    """Roads of up to 2 km anywhere in a square of 600 km, and places near them."""
    corner = draw(st.tuples(st.floats(110.5, 116.5), st.floats(31.4, 36.4)))
    other = draw(st.tuples(st.floats(110.5, 116.5), st.floats(31.4, 36.4)))
    offset = st.floats(-0.01, 0.01)
    n = draw(st.integers(2, 6))
    xy = [(corner[0] + draw(offset), corner[1] + draw(offset)) for _ in range(n)] + [
        other,
        (other[0] + 0.01, other[1]),
    ]
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=6))
    words = draw(
        st.lists(st.sampled_from(["county", "expressway", "ramp"]), min_size=len(pairs), max_size=len(pairs))
    )
    tail, head = np.array([*pairs, (n, n + 1), (n + 1, n)]).T
    network = from_edges(*np.array(xy).T, tail, head, road_class=[*words, "village", "village"])
    return network, corner[0] + draw(offset), corner[1] + draw(offset)


@given(far_worlds())
@settings(max_examples=60, deadline=None)
def test_distances_are_those_of_the_ellipsoid(drawn) -> None:
    network, lon, lat = drawn
    allowed = ~np.isin(network.road_class, [0, 1])
    row = snap(network, [lon], [lat], "seat", RULES, limit_m=3000).iloc[0]
    true = brute(network, lon, lat, allowed)
    if not row["main_part"] and true < 2999:
        assert row["status"] == "snapped"
        # between the points of the oracle lie at most 2 m
        assert row["leg_m"] == pytest.approx(true, abs=0.5)
    elif row["status"] == "snapped":
        assert true - 0.5 <= row["leg_m"] <= 3000
    else:
        assert true > 2998


@given(st.lists(st.tuples(*[st.integers(-2000, 2000)] * 4), min_size=1, max_size=12), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_grid_finds_what_a_look_at_every_segment_finds(drawn, seed) -> None:
    """Long and short segments in cells of every size, places in and around them."""
    rng = np.random.default_rng(seed)
    ends = np.array(drawn, dtype=float) * 1e-4
    points = rng.uniform(-0.5, 0.5, (20, 2))
    segs = nearby.Segments(ends, np.arange(len(ends), dtype=np.int32), np.arange(len(ends)))
    there = np.column_stack((points, *(np.full(20, 1.0) for _ in range(2))))
    for cell in (0.003, 0.05, 1.0):
        cells = nearby.grid(ends, cell_m=cell * 111_000)
        found, foot = nearby.nearest(there, segs, np.ones(len(ends), dtype=bool), cells, 10.0)
        lines = shapely.linestrings(ends.reshape(-1, 2, 2))
        true = shapely.distance(shapely.points(points)[:, None], lines)
        np.testing.assert_allclose(true[np.arange(20), found], true.min(axis=1), atol=1e-12)
        np.testing.assert_allclose(np.hypot(*(foot - points).T), true.min(axis=1), atol=1e-12)
