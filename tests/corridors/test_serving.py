"""Sites along corridors, by hand: who may use which side, where a driver leaves, and how far the detour is."""

import numpy as np
import pandas as pd
import pytest

from chargegeo import roads
from chargegeo.corridors import measures, paths, serving

# Two carriageways 10 km long in three stretches, ways out from the first node of each, sides beside their own
# nodes: 0 1 2 3 southwards (forward), 4 5 6 7 northwards (backward); 8 and 9 are the sides, 10 a station in town
PLACES = [
    (113, 35.00), (113, 34.97), (113, 34.94), (113, 34.91), (113.001, 34.91), (113.001, 34.94), (113.001, 34.97),
    (113.001, 35.00), (112.999, 34.97), (113.002, 34.97), (113.02, 34.94),
]  # fmt: skip
MAIN = [(0, 1, 3), (1, 2, 3), (2, 3, 4), (4, 5, 4), (5, 6, 3), (6, 7, 3)]
RAMPS = [(1, 8, 0.2), (8, 2, 2.9), (5, 9, 2.9), (9, 6, 0.2)]
TOWN = [(2, 10, 1.5), (10, 2, 1.5), (5, 10, 1.4), (10, 6, 4.0)]


@pytest.fixture(scope="module")
def network():
    edges = [*MAIN, *RAMPS, *TOWN]
    tail, head, km = zip(*edges, strict=True)
    lon, lat = np.array(PLACES).T
    kinds = ["expressway"] * len(MAIN) + ["ramp"] * (len(RAMPS) + len(TOWN))
    refs = ["G4"] * len(MAIN) + [""] * (len(RAMPS) + len(TOWN))
    return roads.from_edges(lon, lat, tail, head, metres=np.array(km) * 1000, road_class=kinds, ref=refs)


def places(*rows):
    base = {
        "leg_m": 0.0, "pair_id": None, "ref": None, "direction": None, "linked": None, "name": "", "is_side": True,
        "n_piles": 4, "n_power_known": 4, "total_kw": 480.0, "max_kw": 120.0,
    }  # fmt: skip
    return pd.DataFrame([{**base, **row} for row in rows]).astype({"linked": "boolean"})


SOUTH = {"site_id": "S", "node": 8, "pair_id": "P", "ref": "G4", "direction": "forward"}
NORTH = {"site_id": "N", "node": 9, "pair_id": "P", "ref": "G4", "direction": "backward"}
STATION = {"site_id": "T", "node": 10, "is_side": False}


def found(network, *rows, detour_km=3.0):
    table = serving.sites(network, paths.build(network), places(*rows), detour_km=detour_km)
    return [
        (row.corridor_id, row.site_id, round(row.km, 3), round(row.detour_km, 3), row.across)
        for row in table.itertuples()
    ]


FORWARD, BACKWARD = "G4-forward-1", "G4-backward-1"


def test_a_side_serves_its_own_carriageway_alone(network):
    # out 0.2 km at km 3 and back by 2.9 km; northwards the way out is at km 4 and the way in 0.2 km
    assert found(network, SOUTH, NORTH) == [
        (FORWARD, "S", 3, 3.1, False), (BACKWARD, "N", 4, 3.1, False),
    ]  # fmt: skip


def test_linked_sides_serve_both_directions(network):
    rows = found(network, {**SOUTH, "linked": True}, {**NORTH, "linked": True})
    assert rows == [
        (FORWARD, "N", 3, 3.1, True), (FORWARD, "S", 3, 3.1, False),
        (BACKWARD, "N", 4, 3.1, False), (BACKWARD, "S", 4, 3.1, True),
    ]  # fmt: skip


def test_a_side_said_to_serve_the_other_direction_is_no_site_of_this_one(network):
    assert found(network, {**SOUTH, "direction": "backward"}) == []
    assert found(network, {**SOUTH, "ref": "G30"}) == []


def test_a_station_in_town_serves_where_the_road_can_be_left_and_met_again_near_enough(network):
    # southwards out and back at km 7 of the network's node 2; northwards back takes 4 km: beyond the limit
    assert found(network, STATION) == [(FORWARD, "T", 6, 3.0, False)]
    assert found(network, STATION, detour_km=4.0) == [
        (FORWARD, "T", 6, 3.0, False), (BACKWARD, "T", 4, 5.4, False),
    ]  # fmt: skip
    assert found(network, STATION, detour_km=1.0) == []


def test_the_way_to_the_road_is_walked_twice(network):
    assert found(network, {**STATION, "leg_m": 100.0}) == [(FORWARD, "T", 6, 3.2, False)]


def test_the_way_from_the_road_counts_towards_the_limit(network):
    assert found(network, {**STATION, "leg_m": 1600.0}) == [], "1.5 km and 1.6 km are more than 3 km"


def test_a_side_serves_every_number_of_its_carriageway():
    edges = [(0, 1, 3, "G4;G30"), (1, 2, 3, "G4;G30"), (2, 3, 20, "G4")]
    tail, head, km, ref = zip(*edges, strict=True)
    lon, lat = np.array([(113, 35.0), (113, 34.97), (113, 34.94), (113, 34.76)]).T
    both = roads.from_edges(
        lon, lat, tail, head, metres=np.array(km) * 1000, road_class="expressway", ref=ref
    )
    side = {"site_id": "S", "node": 1, "pair_id": "P", "ref": "G30", "direction": "forward"}
    assert [row[:2] for row in found(both, side)] == [("G30-forward-1", "S"), ("G4-forward-1", "S")]


def test_coming_back_upstream_is_driven_again():
    """A hairpin: the station is left at km 40 and the only way back meets the road at km 10."""
    edges = [(0, 1, 10, "G4"), (1, 2, 30, "G4"), (2, 3, 10, "G4"), (2, 4, 0.5, ""), (4, 1, 0.5, "")]
    tail, head, km, ref = zip(*edges, strict=True)
    lon, lat = np.array([(113, 35.0), (113, 34.9), (113, 34.6), (113, 34.5), (113.01, 34.8)]).T
    kinds = ["expressway"] * 3 + ["ramp"] * 2
    hairpin = roads.from_edges(lon, lat, tail, head, metres=np.array(km) * 1000, road_class=kinds, ref=ref)
    (row,) = found(hairpin, {"site_id": "T", "node": 4, "is_side": False})
    assert row[2:4] == (40, 31.0), "1 km of ramps and 30 km again"


def test_three_sides_of_a_linked_pair_stand_once_on_a_corridor(network):
    linked = {"linked": True}
    third = {**NORTH, "site_id": "N2"}
    rows = found(network, {**SOUTH, **linked}, {**NORTH, **linked}, {**third, **linked})
    assert len(rows) == len({row[:2] for row in rows})


def test_a_place_that_is_not_on_the_network_serves_nobody(network):
    assert found(network, {**STATION, "node": -1}) == []


def names(lon, lat):
    return np.array([f"{y:.2f}" for y in lat], dtype=object)


def test_gaps_and_sums_by_hand(network):
    corridors = paths.build(network)
    sites = serving.sites(network, corridors, places(SOUTH, NORTH, {**STATION, "n_piles": 0}))
    gaps = measures.gaps(network, corridors, sites, names=names)
    told = [
        (row.corridor_id, row.from_km, row.to_km, row.from_site, row.to_site) for row in gaps.itertuples()
    ]
    assert [(*item[:3], *(None if pd.isna(x) else x for x in item[3:])) for item in told] == [
        (FORWARD, 3, 10, "S", None), (BACKWARD, 4, 10, "N", None),
        (BACKWARD, 0, 4, None, "N"), (FORWARD, 0, 3, None, "S"),
    ]  # fmt: skip
    assert gaps["from_name"].tolist() == ["34.97", "34.94", "34.91", "35.00"]
    table = measures.summary(network, corridors, sites, gaps, names=names, within_km=5).set_index(
        "corridor_id"
    )
    south = table.loc[FORWARD]
    assert (south["km"], south["n_sites"], south["n_piles"], south["longest_gap_km"]) == (10, 1, 4, 7)
    assert south["share_within"] == 0.5 and south["kw_per_100km"] == 4800 and pd.isna(south["n_guns"])
    assert (south["from_name"], south["to_name"], south["ultra_gap_km"]) == ("35.00", "34.91", 10)


def test_a_side_of_unknown_piles_ends_no_gap_and_is_counted_in_it(network):
    """South side with 4 piles at 3 km; the station at 6 km says nothing, or guns alone."""
    corridors = paths.build(network)
    silent = {**STATION, "n_piles": None, "n_power_known": 0, "total_kw": None, "max_kw": None}
    sites = serving.sites(network, corridors, places(SOUTH, {**silent, "node": 2}))
    gaps = measures.gaps(network, corridors, sites, names=names)
    south = gaps[gaps["corridor_id"] == FORWARD]
    assert south[["from_km", "to_km", "n_unknown"]].to_numpy().tolist() == [[3, 10, 1], [0, 3, 0]]
    table = measures.summary(network, corridors, sites, gaps, names=names).set_index("corridor_id")
    told = ["n_sites", "n_unknown", "n_piles", "total_kw", "longest_gap_km"]
    assert table.loc[FORWARD, told].tolist() == [1, 1, 4, 480, 7]
    assert measures.by_road(table.reset_index()).iloc[1][["n_sites", "n_unknown"]].tolist() == [1, 1]
    certain = serving.sites(network, corridors, places(SOUTH, {**silent, "node": 2, "n_guns": 2}))
    gaps = measures.gaps(network, corridors, certain, names=names)
    south = gaps[gaps["corridor_id"] == FORWARD].sort_values("from_km")
    assert south[["from_km", "to_km", "n_unknown"]].to_numpy().tolist() == [[0, 3, 0], [3, 6, 0], [6, 10, 0]]


def test_on_a_ring_a_site_of_unknown_piles_lies_in_the_gap_over_the_start():
    start, end = np.array([20.0, 70.0]), np.array([70.0, 120.0])
    assert measures._within(start, end, np.array([5.0, 30.0, 90.0]), 100.0).tolist() == [1, 2]
    assert measures._within(start, end, np.array([20.0]), 100.0).tolist() == [0, 0]
    assert measures._within(start, end, np.array([]), 100.0).tolist() == [0, 0]


def test_without_any_site_the_whole_corridor_is_the_gap(network):
    corridors = paths.build(network)
    none = serving.sites(network, corridors, places(STATION), detour_km=0.5)
    gaps = measures.gaps(network, corridors, none, names=names)
    assert gaps["km"].tolist() == [10, 10] and gaps["from_site"].isna().all()
    table = measures.summary(network, corridors, none, gaps, names=names)
    assert table["n_sites"].tolist() == [0, 0] and table["total_kw"].tolist() == [0, 0]
    assert table["km_per_gun"].isna().all() and table["share_within"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("km", "ring", "served", "gap"),
    [
        ([], False, 0, 100),
        ([20], False, 30, 80),
        ([20, 30], False, 40, 70),
        ([90], True, 30, 100),
        ([10, 40], True, 60, 70),
    ],
)
def test_downstream_and_longest(km, ring, served, gap):
    at = np.array(km, dtype=float)
    assert measures.downstream(at, 30, 100, ring=ring) == served
    assert measures.longest(at, 100, ring=ring) == gap


def test_sums_by_class_and_road(network):
    corridors = paths.build(network)
    sites = serving.sites(network, corridors, places(SOUTH, NORTH))
    gaps = measures.gaps(network, corridors, sites, names=names)
    table = measures.by_road(measures.summary(network, corridors, sites, gaps, names=names, within_km=5))
    assert table[["level", "code"]].to_numpy().tolist() == [["class", "expressway"], ["road", "G4"]]
    road = table.iloc[1]
    assert (road["n_corridors"], road["km"], road["n_sites"], road["n_piles"]) == (2, 20, 2, 8)
    assert (road["kw_per_100km"], road["longest_gap_km"], road["longest_gap_corridor"]) == (4800, 7, FORWARD)
    # 5 km downstream of each of two sites, of 20 km
    assert road["share_within"] == 0.5 and pd.isna(road["km_per_gun"])


BROKEN = [(113, 35.0), (113, 34.8), (113, 34.7), (113, 34.2), (113.3, 34.4), (113.5, 34.3)]


def test_where_the_map_breaks_off_is_named_and_a_branch_is_no_break():
    edges = [(0, 1, 22), (2, 3, 55), (2, 4, 40)]  # a gap between 1 and 2; 4 branches off at 2
    tail, head, km = zip(*edges, strict=True)
    lon, lat = np.array(BROKEN).T
    broken = roads.from_edges(
        lon, lat, tail, head, metres=np.array(km) * 1000, road_class="expressway", ref=["G4"] * 3
    )
    corridors = paths.build(broken)
    assert [item.id for item in corridors] == ["G4-forward-1", "G4-forward-2", "G4-forward-3"]
    found = measures.breaks(broken, corridors, names=names)
    assert found[["from_corridor", "to_corridor", "from_name", "to_name"]].to_numpy().tolist() == [
        ["G4-forward-2", "G4-forward-1", "34.80", "34.70"]
    ]
    assert found["km"].tolist() == pytest.approx([11.09], abs=0.01)


def test_a_road_in_one_piece_has_no_breaks(network):
    assert measures.breaks(network, paths.build(network), names=names).empty


def test_towns_are_named_where_the_corridor_passes_nearest(network):
    # node 10 lies 1.8 km east of node 2 at km 6; nodes 8 and 9 beside node 1 and 6
    towns = pd.DataFrame({"name": ["T", "S"], "node": [10, 8]})
    found = measures.towns(network, paths.build(network), towns, within_km=1.0)
    assert found[["corridor_id", "name", "km"]].to_numpy().tolist() == [[FORWARD, "S", 3], [BACKWARD, "S", 7]]
    far = measures.towns(network, paths.build(network), towns, within_km=3.0)
    assert far[far["corridor_id"] == FORWARD]["name"].tolist() == ["S", "T"]
    assert far["off_km"].max() == pytest.approx(1.83, abs=0.1)


@pytest.mark.parametrize(("east", "names"), [(0.05, ["M"]), (0.12, ["M"]), (0.2, [])])
def test_a_town_beside_a_long_straight_stretch_is_measured_to_the_road_and_not_to_its_ends(east, names):
    """30 km without a vertex: a town at a third of it, 0.05 degrees east (5 km), is passed at km 10."""
    far = [(113, 35.0), (113, 34.73), (113 + east, 34.91)]
    lon, lat = np.array(far).T
    line = roads.from_edges(lon, lat, [0], [1], metres=[30_000.0], road_class="expressway", ref=["G4"])
    found = measures.towns(line, paths.build(line), pd.DataFrame({"name": ["M"], "node": [2]}))
    assert found["name"].tolist() == names
    # a degree of longitude is 111.3 km x cos 34.91 = 91.3 km here
    assert found["off_km"].tolist() == pytest.approx([east * 91.3] * len(names), rel=0.01)
    assert found["km"].tolist() == pytest.approx([10] * len(names), abs=0.05)
