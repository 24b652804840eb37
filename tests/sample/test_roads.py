"""The made-up roads: the real sequence of places, two carriageways, junctions with every movement, told faults."""

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from chargegeo import datum, errors, region
from chargegeo.sample.roads import expressways
from chargegeo.vocab import Datum
from tests.sample import osm
from tests.sample.conftest import Written

HENAN = region.load("henan")
PLAN = expressways.plan_of(HENAN)
ROUTES = {route["ref"]: route for route in PLAN["expressways"]}
MARK = "\uff08\u5408\u6210\uff09"


@cache
def counties() -> gpd.GeoDataFrame:
    return region.counties(HENAN).set_index("county_code")


def line(roads: osm.Map, nodes: list[int]) -> shapely.LineString:
    """Nodes as a line in metres."""
    return shapely.LineString([roads.xy[node] for node in nodes])


def plane(lon: Any, lat: Any) -> Any:
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4490).to_crs(HENAN.crs_measure).to_numpy()


def both_ways(roads: osm.Map, ref: str) -> tuple[shapely.LineString, shapely.LineString]:
    """The carriageway of the listed sequence of counties, and the other."""
    one, other = (line(roads, nodes) for nodes in roads.carriageways[ref])
    first = counties().geometry.loc[[ROUTES[ref]["counties"][0]]].to_crs(HENAN.crs_measure).iloc[0]
    ahead = first.distance(shapely.Point(one.coords[0])) < first.distance(shapely.Point(one.coords[-1]))
    return (one, other) if ahead else (other, one)


def test_the_file_says_that_it_is_synthetic_and_holds_no_time(written: Written, roads: osm.Map) -> None:
    import osmium

    header = osmium.io.Reader(str(written.paths["roads"])).header()
    assert "synthetic" in header.get("generator")
    assert not header.get("osmosis_replication_timestamp")
    assert all(tags["source"] == "synthetic" for _, tags in roads.ways.values())
    names = {tags["name"] for _, tags in roads.ways.values() if "name" in tags}
    names |= {tags["name"] for tags in roads.node_tags.values() if "name" in tags}
    assert all(name.endswith(MARK) for name in names)
    assert written.paths["roads"].stat().st_size < 6e6
    assert len(roads.place) == written.totals["roads"]["nodes"] < 600_000
    assert len(roads.ways) == written.totals["roads"]["ways"]


@pytest.mark.parametrize("ref", ROUTES)
def test_an_expressway_passes_its_counties_in_order(roads: osm.Map, ref: str) -> None:
    if ROUTES[ref].get("ring"):
        return
    forth, _ = both_ways(roads, ref)
    shapes = counties().geometry.to_crs(HENAN.crs_measure)
    last = 0.0
    for code in ROUTES[ref]["counties"]:
        inside = shapely.get_parts(shapely.intersection(forth, shapes[code]))
        ends = [shapely.line_locate_point(forth, shapely.Point(part.coords[-1])) for part in inside]
        assert ends, code
        # it is in this county at or after the place where it was in the one before
        assert max(ends) >= last, code
        starts = [shapely.line_locate_point(forth, shapely.Point(part.coords[0])) for part in inside]
        last = min(start for start, end in zip(starts, ends, strict=True) if end >= last)


@pytest.mark.parametrize("ref", ROUTES)
def test_carriageways_lie_apart_in_right_hand_traffic(roads: osm.Map, ref: str) -> None:
    one, other = (line(roads, nodes) for nodes in roads.carriageways[ref])
    for here, there in ((one, other), (other, one)):
        at = np.linspace(0.02, 0.98, 150) * here.length
        places = shapely.line_interpolate_point(here, at)
        nearest = shapely.line_interpolate_point(there, shapely.line_locate_point(there, places))
        step = shapely.get_coordinates(
            shapely.line_interpolate_point(here, at + 20)
        ) - shapely.get_coordinates(places)
        across = shapely.get_coordinates(nearest) - shapely.get_coordinates(places)
        metres = np.hypot(*across.T)
        assert metres.min() > 24
        assert metres.max() < 36
        # the other carriageway is on the left
        assert (step[:, 0] * across[:, 1] - step[:, 1] * across[:, 0] > 0).all()


def test_expressways_end_at_the_border_and_keep_to_the_province(roads: osm.Map) -> None:
    province = shapely.coverage_union_all(counties().geometry.to_crs(HENAN.crs_measure).to_numpy())
    wide = province.buffer(200, quad_segs=2)
    total = 0.0
    for ref, route in ROUTES.items():
        if route.get("ring"):
            continue
        forth, _ = both_ways(roads, ref)
        total += forth.length
        for key, place in (("start", forth.coords[0]), ("end", forth.coords[-1])):
            off = province.boundary.distance(shapely.Point(place))
            # the border may run slanting to the road: the carriageway ends 15 m beside the middle
            assert off < 200 if key in route else off > 200, (ref, key)
        assert forth.difference(wide).length < 0.06 * forth.length, ref
    assert 5e6 < total < 9e6


def test_lengths_told_are_those_of_the_file(written: Written, roads: osm.Map) -> None:
    told = written.totals["roads"]["expressway_km"]
    assert list(told) == list(ROUTES)
    for ref in ("G4", "G30", "S60"):
        forth, back = both_ways(roads, ref)
        assert (forth.length + back.length) / 2000 == pytest.approx(told[ref], rel=1e-3)
    assert sum(told.values()) == pytest.approx(written.totals["roads"]["expressway_km_all"])


def test_every_number_of_the_plan_is_on_the_map(roads: osm.Map) -> None:
    held = {ref for _, tags in roads.ways.values() for ref in tags.get("ref", "").split(";")}
    assert set(ROUTES) | set(PLAN["ordinary"]) <= held
    kinds = Counter(ref[0] for ref in held if ref)
    assert kinds.keys() == {"G", "S", "X", "Y", "C"}
    assert any(";" in tags.get("ref", "") for _, tags in roads.ways.values())
    motorways = [tags for _, tags in roads.ways.values() if tags.get("highway") == "motorway"]
    assert {tags.get("maxspeed") for tags in motorways} == {"120", "100", None}
    assert all(tags["oneway"] == "yes" and tags["lanes"] for tags in motorways)


def test_a_national_road_leads_from_county_seat_to_county_seat(roads: osm.Map) -> None:
    for ref, codes in PLAN["ordinary"].items():
        ways = [nodes for nodes, tags in roads.ways.values() if ref in tags.get("ref", "").split(";")]
        road = nx.Graph(edge for nodes in ways for edge in pairwise(nodes))
        assert nx.is_connected(road), ref
        points = shapely.MultiPoint([roads.place[node] for node in road])
        for code in codes:
            assert counties().geometry[code].intersects(points), (ref, code)


def test_every_seat_is_a_place_and_reaches_every_other(written: Written, roads: osm.Map) -> None:
    seats = {tags["name"]: roads.place[node] for node, tags in roads.node_tags.items() if tags.get("place")}
    assert set(written.units["name"]) <= set(seats)
    core = max(nx.strongly_connected_components(roads.graph), key=len)
    ends = [
        nodes[-1]
        for nodes, tags in roads.ways.values()
        if tags.get("highway") == "residential" and "ref" not in tags
    ]
    tips = shapely.points([roads.place[node] for node in ends if node in core])
    near = shapely.STRtree(plane(*shapely.get_coordinates(tips).T)).query_nearest(
        plane(written.units["lon"], written.units["lat"]), return_distance=True, all_matches=False
    )[1]
    assert near.max() < 13


def test_an_ordinary_station_is_near_a_road_that_it_may_enter(written: Written, roads: osm.Map) -> None:
    scenes = written.register["scene"] == "\u9ad8\u901f\u670d\u52a1\u533a"
    rows = written.register[
        ~scenes & written.register["lon"].map(lambda value: isinstance(value, float) and value > 100)
    ]
    place = datum.to_wgs84(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float), Datum.GCJ02)
    barred = {"motorway", "motorway_link", "track", "services"}
    open_to = [
        nodes for nodes, tags in roads.ways.values()
        if tags.get("highway", "services") not in barred and tags.get("oneway") != "yes"
    ]  # fmt: skip
    nodes = sorted({node for nodes in open_to for node in nodes})
    tree = shapely.STRtree(plane(*np.array([roads.place[node] for node in nodes]).T))
    metres = tree.query_nearest(plane(*place), return_distance=True, all_matches=False)[1]
    assert metres.max() < 20


def ramps(roads: osm.Map) -> "nx.DiGraph[int]":
    """Ramps alone, without the nodes where they join an ordinary road."""
    edges = roads.graph.edges(data=True)
    ordinary = {
        node
        for a, b, kind in edges
        if kind["highway"] not in ("motorway", "motorway_link")
        for node in (a, b)
    }
    links = [(a, b) for a, b, kind in edges if kind["highway"] == "motorway_link"]
    return nx.DiGraph(edge for edge in links if not ordinary & set(edge))


def movements(roads: osm.Map) -> tuple[set[tuple[str, int, str, int]], int]:
    """Which carriageway of which expressway leads onto which by ramps alone, and how many ramps do."""
    side = {
        node: (ref, index)
        for ref in ROUTES
        for index, nodes in enumerate(roads.carriageways[ref])
        for node in nodes
    }
    links = ramps(roads)
    found, count = set(), 0
    for node in links:
        if node in side and links.out_degree(node):
            ends = [
                end for end in nx.descendants(links, node) if end in side and side[end][0] != side[node][0]
            ]
            found |= {(*side[node], *side[end]) for end in ends}
            count += len(ends)
    return found, count


def test_where_expressways_meet_every_movement_is_possible(roads: osm.Map) -> None:
    found, count = movements(roads)
    pairs = {frozenset((a, b)) for a, _, b, _ in found}
    assert len(pairs) > 60
    assert count % 8 == 0
    for a, b in map(sorted, pairs):
        wanted = {(a, i, b, j) for i in (0, 1) for j in (0, 1)} | {
            (b, i, a, j) for i in (0, 1) for j in (0, 1)
        }
        assert wanted <= found, (a, b)


def test_toll_stations_give_all_four_movements(roads: osm.Map) -> None:
    booths = [node for node, tags in roads.node_tags.items() if tags.get("barrier") == "toll_booth"]
    assert len(booths) > 500
    at_motorway = {
        node
        for a, b, kind in roads.graph.edges(data=True)
        if kind["highway"] == "motorway"
        for node in (a, b)
    }
    links = ramps(roads)
    kinds = Counter(
        (len(nx.ancestors(links, node) & at_motorway), len(nx.descendants(links, node) & at_motorway))
        for node in booths
    )
    # out: from two carriageways; in: onto two; one each where the expressway ends there
    assert set(kinds) == {(2, 0), (0, 2), (1, 0), (0, 1)}
    assert kinds[2, 0] == kinds[0, 2] > 200
    ends = sum(
        key not in route for route in ROUTES.values() if not route.get("ring") for key in ("start", "end")
    )
    assert kinds[1, 0] == kinds[0, 1] == ends


def test_one_cannot_turn_round_on_an_expressway(roads: osm.Map) -> None:
    forth, back = roads.carriageways["G4"]
    links = ramps(roads)
    reached = set().union(*(nx.descendants(links, node) for node in forth if node in links))
    assert not reached & set(back)


def test_expressways_cross_other_roads_on_bridges(roads: osm.Map) -> None:
    motorways = [(nodes, tags) for nodes, tags in roads.ways.values() if tags.get("highway") == "motorway"]
    of = {node: tags["ref"] for nodes, tags in motorways for node in nodes}
    ordinary = {
        node for nodes, tags in roads.ways.values()
        if tags.get("highway") in ("primary", "secondary", "tertiary", "unclassified", "residential", "trunk")
        for node in nodes
    }  # fmt: skip
    assert not ordinary & set(of), "no ordinary road has a node in common with an expressway"
    lines = {
        kind: [
            shapely.LineString([roads.place[n] for n in nodes])
            for nodes, tags in motorways
            if ("bridge" in tags) == kind
        ]
        for kind in (True, False)
    }
    others = [
        shapely.LineString([roads.place[n] for n in nodes]) for nodes, tags in roads.ways.values()
        if tags.get("highway") in ("primary", "secondary", "tertiary", "unclassified")
    ]  # fmt: skip
    hits = {kind: len(shapely.STRtree(others).query(lines[kind], "crosses")[0]) for kind in lines}
    # a road at a flat angle may leave the bridge before it is under the other carriageway
    assert hits[False] < 0.03 * hits[True]


def test_planted_faults_are_where_the_truth_says(written: Written, roads: osm.Map) -> None:
    told = written.totals["roads"]["faults"]
    ways = roads.ways
    parts = sorted(nx.weakly_connected_components(roads.graph), key=len)
    assert [len(part) < 10 for part in parts] == [True, False]
    assert parts[0] == {node for way in told["island"]["ways"] for node in ways[way][0]}
    assert ways[told["ferry"]][1]["route"] == "ferry"
    assert [ways[way][1]["maxspeed"] for way in told["odd_maxspeed"]] == ["walk", "400", "60;40"]
    assert roads.node_tags[told["bollard"]["node"]] == {"barrier": "bollard"}
    assert told["bollard"]["node"] in ways[told["bollard"]["way"]][0][1:-1]
    missing = [(way, node) for way, (nodes, _) in ways.items() for node in nodes if node not in roads.place]
    assert missing == [(told["missing_node"]["way"], told["missing_node"]["node"])]


def test_the_ferry_joins_the_banks_of_the_river(written: Written, roads: osm.Map) -> None:
    nodes, _ = roads.ways[written.totals["roads"]["faults"]["ferry"]]
    points = [shapely.Point(roads.place[node]) for node in (nodes[0], nodes[-1])]
    assert [
        counties().geometry[code].contains(point) for code, point in zip(PLAN["ferry"], points, strict=True)
    ] == [
        True,
        True,
    ]


def test_a_village_lies_beside_an_expressway_and_its_road_further_off(
    written: Written, roads: osm.Map
) -> None:
    told = written.totals["roads"]["faults"]["village"]
    here = plane(*([value] for value in roads.place[told["place"]]))[0]
    near: dict[bool, float] = {}
    for motorway in (True, False):
        kinds = (
            {"motorway"}
            if motorway
            else {"primary", "secondary", "tertiary", "unclassified", "residential", "service"}
        )
        lines = [line(roads, nodes) for nodes, tags in roads.ways.values()
                 if tags.get("highway") in kinds and close(roads, nodes, told["place"])]  # fmt: skip
        near[motorway] = min(here.distance(item) for item in lines)
    assert 75 < near[True] < 85
    assert 340 < near[False] < 351


def close(roads: osm.Map, nodes: list[int], place: int) -> bool:
    lon, lat = roads.place[place]
    return any(
        abs(roads.place[node][0] - lon) + abs(roads.place[node][1] - lat) < 0.06
        for node in nodes
        if node in roads.place
    )


def test_a_region_without_a_plan_is_refused() -> None:
    with pytest.raises(errors.RegionFault, match="no sequence of places for the roads of region shenzhen"):
        expressways.plan_of(region.load("shenzhen"))


def test_the_plan_names_counties_that_there_are() -> None:
    codes = {code for route in PLAN["expressways"] for code in route["counties"]}
    codes |= {code for row in PLAN["ordinary"].values() for code in row} | set(PLAN["ferry"])
    assert codes <= set(counties().index)
    refs = [route["ref"] for route in PLAN["expressways"]]
    assert len(refs) == len(set(refs))


def test_the_sequence_agrees_with_the_real_one(shared: Any) -> None:
    found = pd.read_csv(shared / "data" / "expressways_henan" / "henan_waypoints.csv.gz")
    points = gpd.GeoDataFrame(found, geometry=gpd.points_from_xy(found["lon"], found["lat"]), crs=4490)
    real = points.sjoin(
        counties().reset_index()[["county_code", "geometry"]], predicate="within"
    ).sort_values(["root", "seq"])
    for ref in ("G4", "G36", "G40", "G45", "G55", "G59"):
        order = list(dict.fromkeys(real.loc[real["route"] == ref, "county_code"]))
        ours = [code for code in ROUTES[ref]["counties"] if code in order]
        rank = [order.index(code) for code in ours]
        assert len(ours) >= 0.75 * len(ROUTES[ref]["counties"]), ref
        # a road that bends comes back to a county: neighbours may change places
        assert np.corrcoef(rank, range(len(rank)))[0, 1] > 0.97, ref
