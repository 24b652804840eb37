"""Service areas of the sample: published totals, each side on its own carriageway, planted faults as told."""

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import datum, region
from chargegeo.sample import office
from chargegeo.sample.roads import expressways
from chargegeo.vocab import Datum, Direction
from tests.sample import osm
from tests.sample.conftest import Written

HENAN = region.load("henan")
SAID = office.words()
ONE_SIDED, SHARED = "one_sided", "shared"


def plane(lon: Any, lat: Any) -> Any:
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4490).to_crs(HENAN.crs_measure).to_numpy()


@pytest.fixture(scope="module")
def lanes(written: Written, roads: osm.Map) -> list[int]:
    """Lane of each side, in the order of the truth."""
    nodes = sorted(
        {n for a, b, kind in roads.graph.edges(data=True) if kind["highway"] == "service" for n in (a, b)}
    )
    tree = shapely.STRtree(plane(*np.array([roads.place[node] for node in nodes]).T))
    found, metres = tree.query_nearest(
        plane(written.sides["lon"], written.sides["lat"]), return_distance=True, all_matches=False
    )
    assert metres.max() < 13
    return [nodes[index] for index in found[1]]


def records(written: Written) -> list[Any]:
    """Sides as named tuples."""
    return list(written.sides.itertuples())


def test_totals_are_the_published_ones(written: Written) -> None:
    sides = written.sides
    assert len(sides) == 2 * sides["pair_id"].nunique() == 366
    assert sides[["n_piles", "n_bays", "n_ultra", "swap"]].sum().tolist() == [3304, 3923, 368, 67]
    assert sides.loc[sides["n_ultra"] > 0, "pair_id"].nunique() == 47
    assert sides.groupby("pair_id")["n_piles"].sum().min() > 0, "all pairs have chargers"
    assert pd.to_numeric(sides["max_power_kw"]).max() == 600
    assert round(100 * sides["n_bays"].sum() / sides["car_bays"].sum()) == 15
    share = sides["n_bays"] / sides["car_bays"]
    best = sides[share >= 0.30]
    assert len(best) >= 10
    assert set(best["ref"]) == {"G4", "G30"}
    assert share.max() < 0.5
    assert (sides["car_bays"] >= sides["n_bays"]).all()
    assert written.totals["service_areas"]["coverage"] == {"none": 5, "own": 358, "shared": 3}


def test_the_truth_agrees_with_register_and_pile_list(written: Written) -> None:
    sides = written.sides[written.sides["coverage"] == "own"]
    register = written.register.drop_duplicates("station_id").set_index("station_id").loc[sides["station_id"]]
    for name in ("n_piles", "n_guns", "n_bays"):
        assert register[name].tolist() == sides[name].tolist()
    assert (register["town_code"].str[:9].to_numpy() == sides["unit_code"].str[:9].to_numpy()).all()
    listed = written.piles[written.piles["station_id"].isin(sides["station_id"])]
    assert (
        listed.groupby("station_id")["n_piles"].sum()[sides["station_id"]].tolist()
        == sides["n_piles"].tolist()
    )
    bare = written.sides[written.sides["coverage"] != "own"]
    assert (bare["station_id"] == "").all()
    assert (bare["n_piles"] == 0).all()


def test_the_register_stands_at_the_sides(written: Written) -> None:
    sides = written.sides[written.sides["coverage"] == "own"]
    register = written.register.drop_duplicates("station_id").set_index("station_id").loc[sides["station_id"]]
    read = datum.to_wgs84(register["lon"].to_numpy(float), register["lat"].to_numpy(float), Datum.GCJ02)
    metres = shapely.distance(plane(*read), plane(sides["lon"], sides["lat"]))
    slip = (sides["fault"] == "wrong_carriageway").to_numpy() & (sides["direction"] == "backward").to_numpy()
    assert slip.sum() == 1
    assert metres[~slip].max() < 1
    assert 400 < metres[slip][0] < 650


def test_a_slipped_row_stands_beside_the_wrong_carriageway(written: Written) -> None:
    pair = written.sides[written.sides["fault"] == "wrong_carriageway"].set_index("direction")
    row = written.register[written.register["station_id"] == pair.loc["backward", "station_id"]].iloc[0]
    read = plane(*([value] for value in datum.to_wgs84(row["lon"], row["lat"], Datum.GCJ02)))[0]
    forward, backward = plane(
        pair.loc[["forward", "backward"], "lon"], pair.loc[["forward", "backward"], "lat"]
    )
    # beyond the other side, seen from its own
    assert read.distance(forward) < read.distance(backward)
    across = np.array([forward.x - backward.x, forward.y - backward.y])
    assert np.dot([read.x - backward.x, read.y - backward.y], across) > np.dot(across, across)


def test_a_side_lies_on_the_right_of_its_own_carriageway(
    written: Written, roads: osm.Map, lanes: list[int]
) -> None:
    linked = written.sides["linked"].to_numpy()
    inner = {"motorway_link", "service"}
    local = nx.DiGraph([(a, b) for a, b, kind in roads.graph.edges(data=True) if kind["highway"] in inner])
    ref_of = {
        a: (kind["ref"], b) for a, b, kind in roads.graph.edges(data=True) if kind["highway"] == "motorway"
    }
    used: dict[str, list[tuple[int, ...]]] = {}
    for side, node, both in zip(records(written), lanes, linked, strict=True):
        enters = sorted(nx.ancestors(local, node) & set(ref_of))
        leaves = sorted(nx.descendants(local, node) & set(ref_of))
        if both:
            assert len(enters) == len(leaves) == 2, "by the way under the road from either carriageway"
            continue
        assert len(enters) == len(leaves) == 1, "from its own carriageway alone"
        ref, after = ref_of[enters[0]]
        assert ref == side.ref
        a, b = plane(*zip(roads.place[enters[0]], roads.place[after], strict=True))
        area = plane([side.lon], [side.lat])[0]
        step, out = np.array([b.x - a.x, b.y - a.y]), np.array([area.x - a.x, area.y - a.y])
        assert step[0] * out[1] - step[1] * out[0] < 0, "on the right"
        assert np.dot(step, out) > 0, "the ramp leaves before it"
        used.setdefault(side.pair_id, []).append((enters[0], leaves[0]))
    assert all(len({node for way in ways for node in way}) == 4 for ways in used.values())


def test_a_driver_of_one_carriageway_needs_a_junction_to_reach_the_other_side(
    written: Written, roads: osm.Map, lanes: list[int]
) -> None:
    row = int(np.flatnonzero((written.sides["ref"] == "G4") & ~written.sides["linked"])[10]) // 2 * 2
    metres = nx.DiGraph()
    for a, b in roads.graph.edges:
        if a in roads.place and b in roads.place:
            (x, y), (u, v) = roads.place[a], roads.place[b]
            metres.add_edge(a, b, m=111_195 * np.hypot((u - x) * np.cos(np.radians(y)), v - y))
    far = nx.dijkstra_path_length(metres, lanes[row], lanes[row + 1], weight="m")
    assert far > 4000


def test_the_ground_of_a_side_is_a_closed_way_around_its_chargers(written: Written, roads: osm.Map) -> None:
    towards = {route["ref"]: route for route in expressways.plan_of(HENAN)["expressways"]}
    for side in records(written):
        nodes, tags = roads.ways[side.area_way]
        assert nodes[0] == nodes[-1]
        assert tags["highway"] == "services"
        assert (
            tags["name"]
            == f"{side.name}\uff08{towards[side.ref][side.direction]}\u65b9\u5411\uff09{SAID['mark']}"
        )
        assert shapely.Polygon([roads.place[node] for node in nodes]).contains(
            shapely.Point(side.lon, side.lat)
        )
        if side.coverage == "own":
            assert roads.node_tags[side.charger_node]["amenity"] == "charging_station"
            assert int(roads.node_tags[side.charger_node]["capacity"]) == side.n_bays
        else:
            assert side.charger_node == 0
    assert sum(tags.get("amenity") == "charging_station" for tags in roads.node_tags.values()) == 358


def test_areas_keep_off_the_carriageway_and_60_to_120_m_are_between(written: Written, roads: osm.Map) -> None:
    motorways = [
        gpd.GeoSeries.from_xy(*np.array([roads.place[n] for n in nodes]).T, crs=4490)
        for nodes, tags in roads.ways.values()
        if tags.get("highway") == "motorway"
    ]
    sizes = [len(points) for points in motorways]
    xy = shapely.get_coordinates(pd.concat(motorways).to_crs(HENAN.crs_measure).to_numpy())
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(sizes)), sizes))
    tree = shapely.STRtree(lines)
    chargers = plane(written.sides["lon"], written.sides["lat"])
    metres = tree.query_nearest(chargers, return_distance=True, all_matches=False)[1]
    assert metres.min() > 60
    assert metres.max() < 120
    corners = [roads.place[node] for way in written.sides["area_way"] for node in roads.ways[way][0]]
    apart = tree.query_nearest(plane(*np.array(corners).T), return_distance=True, all_matches=False)[1]
    assert apart.min() > 20


def test_spacing_is_plausible_and_in_the_order_of_the_chainage(written: Written) -> None:
    km = written.totals["roads"]["expressway_km"]
    gaps: list[float] = []
    for ref, group in written.sides[written.sides["direction"] == "forward"].groupby("ref"):
        at = group["chainage_km"].to_numpy()
        assert (np.diff(at) > 0).all()
        assert 0 < at[0] <= at[-1] < km[ref]
        gaps.extend(np.diff(at))
    assert 25 < np.median(gaps) < 45
    assert min(gaps) > 10
    assert np.mean(np.array(gaps) < 60) > 0.85


def test_forward_is_the_way_of_rising_chainage(written: Written) -> None:
    ring = {route["ref"] for route in expressways.plan_of(HENAN)["expressways"] if route.get("ring")}
    for ref, group in written.sides.groupby("ref"):
        both = dict(iter(group.groupby("direction")))
        assert set(both) == {word.value for word in Direction}
        if len(both["forward"]) < 3 or ref in ring:
            continue
        forth, back = (
            shapely.get_coordinates(plane(both[word]["lon"], both[word]["lat"])) for word in Direction
        )
        # looking along the rising chainage, the other side is on the left
        ahead, left = np.gradient(forth, axis=0), back - forth
        assert (ahead[:, 0] * left[:, 1] - ahead[:, 1] * left[:, 0] > 0).mean() > 0.7, ref


def test_the_planners_table_is_the_truth_but_for_the_contradictions(written: Written) -> None:
    told, table = written.sides, written.planners
    words = SAID["directions"]
    assert table["direction"].tolist() == told["direction"].map(words).tolist()
    for name in (
        "side_id",
        "pair_id",
        "name",
        "ref",
        "chainage_km",
        "car_bays",
        "n_bays",
        "n_guns",
        "n_ultra",
    ):
        assert table[name].tolist() == told[name].tolist(), name
    off = table["n_piles"] - told["n_piles"]
    assert off[off != 0].tolist() == [2, -2]
    assert set(told.loc[off != 0, "fault"]) == {"contradiction"}
    assert table["n_piles"].sum() == 3304
    lon, lat = datum.to_wgs84(table["lon"].to_numpy(), table["lat"].to_numpy(), Datum.GCJ02)
    assert shapely.distance(plane(lon, lat), plane(told["lon"], told["lat"])).max() < 1
    for name in ("swap", "linked"):
        assert (table[name] == SAID["service_areas"][name]["yes"]).tolist() == told[name].tolist()
    assert table["max_power_kw"].isna().tolist() == (told["n_piles"] == 0).tolist()


def test_one_sided_and_shared_pairs_are_as_told(written: Written) -> None:
    told = written.totals["service_areas"]["faults"]
    assert {kind: len(pairs) for kind, pairs in told.items()} == {
        "contradiction": 2, "linked": 3, "misspelt": 2, "one_sided": 5, "shared": 3, "wrong_carriageway": 1,
    }  # fmt: skip
    bare = written.sides[written.sides["n_piles"] == 0].set_index("pair_id")
    assert sorted(bare.index) == sorted(told[ONE_SIDED] + told[SHARED])
    assert bare.loc[told[ONE_SIDED], "coverage"].eq("none").all()
    assert bare.loc[told[SHARED], "coverage"].eq("shared").all()
    linked = written.sides.loc[written.sides["linked"], "pair_id"]
    assert sorted(set(linked)) == sorted(told[SHARED] + told["linked"])


def test_names_are_one_of_a_kind_and_two_are_misspelt_in_the_register(written: Written) -> None:
    sides = written.sides
    names = sides.groupby("pair_id")["name"].unique().map(list)
    assert names.map(len).eq(1).all()
    assert names.map(lambda found: found[0]).is_unique
    own = sides[sides["coverage"] == "own"]
    register = (
        written.register.drop_duplicates("station_id").set_index("station_id").loc[own["station_id"], "name"]
    )
    agree = [spelt.startswith(name) for spelt, name in zip(register, own["name"], strict=True)]
    assert set(own.loc[~np.array(agree), "pair_id"]) == set(
        written.totals["service_areas"]["faults"]["misspelt"]
    )
    for spelt, name in zip(register[~np.array(agree)], own.loc[~np.array(agree), "name"], strict=True):
        assert sorted(spelt[: len(name)]) == sorted(name)


def test_facilities_stand_beside_ordinary_main_roads(written: Written, roads: osm.Map) -> None:
    rows = written.register[written.register["scene"] == SAID["scene"]["ordinary_road"]].drop_duplicates(
        "station_id"
    )
    place = datum.to_wgs84(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float), Datum.GCJ02)
    main = [
        nodes for nodes, tags in roads.ways.values()
        if tags.get("highway") in ("primary", "secondary", "trunk") and tags["ref"][0] in "GS"
    ]  # fmt: skip
    xy = shapely.get_coordinates(plane(*np.array([roads.place[node] for nodes in main for node in nodes]).T))
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(main)), [len(nodes) for nodes in main]))
    metres = shapely.STRtree(lines).query_nearest(plane(*place), return_distance=True, all_matches=False)[1]
    assert len(metres) == 59
    assert metres.min() > 15
    assert metres.max() < 300
