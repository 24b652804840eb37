"""Charging stations, service areas, places and boundaries that stand in the same file as the roads."""

from pathlib import Path

import pytest
import shapely

from chargegeo import clean, region, sources
from chargegeo.sources import RawRoads
from chargegeo.vocab import Severity
from tests.sources.ways import Node, Relation, Way, xml

HENAN = region.load("henan")
CORNERS = [(113.0, 34.0), (113.1, 34.0), (113.1, 34.1), (113.0, 34.1)]
NODES: list[Node] = [(i + 1, x, y, {}) for i, (x, y) in enumerate(CORNERS)]
ROAD: Way = (1, [1, 3], {"highway": "primary"})
RING = [1, 2, 3, 4, 1]


def read(path: Path, nodes: list[Node], ways: list[Way], relations: list[Relation] | None = None) -> RawRoads:
    place = path / "a.osm"
    place.write_text(xml([*NODES, *nodes], [ROAD, *ways], relations or []), "utf-8")
    return sources.read_roads(place)


def rows(roads: RawRoads, table: str) -> list[dict[str, str]]:
    frame = roads.parts[table].frame
    return [{key: text for key, text in row.items() if text is not None} for row in frame.to_dict("records")]


def test_stations_with_their_sockets_and_highest_power(tmp_path: Path) -> None:
    tags = {
        "amenity": "charging_station", "name": "N", "operator": "O", "brand": "B", "capacity": "8", "level": "-1",
        "socket:type2": "4", "socket:type2:output": "7 kW", "socket:gbt_dc": "6",
        "socket:gbt_dc:output": "60 kW;0.12 MW", "charging_station:output": "90000 W",
    }  # fmt: skip
    uncounted = {"man_made": "charge_point", "socket:type2": "yes", "charging_station:output": "fast"}
    roads = read(
        tmp_path,
        [(9, 113.05, 34.05, tags), (10, 113.06, 34.05, uncounted), (11, 113.06, 34.06, {"amenity": "fuel"})],
        [(20, RING, {"amenity": "charging_station"})],
    )
    first, second, third = rows(roads, "stations")
    assert first == {
        "station_id": "node/9", "amenity": "charging_station", "name": "N", "operator": "O", "brand": "B",
        "capacity": "8", "n_bays": "8", "n_guns": "10", "power_kw_max": "0.12 MW", "socket:type2": "4",
        "socket:type2:output": "7 kW", "socket:gbt_dc": "6", "socket:gbt_dc:output": "60 kW;0.12 MW",
    }  # fmt: skip
    assert second == {
        "station_id": "node/10", "man_made": "charge_point", "socket:type2": "yes", "power_kw_max": "fast",
    }  # fmt: skip
    assert third == {"station_id": "way/20", "amenity": "charging_station"}
    places = list(roads.parts["stations"].geometry)
    assert places[:2] == [shapely.Point(113.05, 34.05), shapely.Point(113.06, 34.05)]
    assert places[2].within(shapely.Polygon(CORNERS))
    assert roads.parts["stations"].datum == "wgs84" and roads.parts["stations"].crs == "EPSG:4326"
    assert list(roads.parts) == ["stations"]


def test_the_cleaner_takes_the_stations(tmp_path: Path) -> None:
    tags = {"amenity": "charging_station", "name": "N", "capacity": "8", "charging_station:output": "120 kW"}
    roads = read(tmp_path, [(9, 113.051234, 34.051234, tags), (10, 113.061234, 34.051234, tags)], [])
    cleaned = clean.stations(roads.parts["stations"], HENAN, datum="wgs84")
    assert cleaned.table["station_id"].tolist() == ["node/9", "node/10"]
    assert cleaned.table["n_bays"].tolist() == [8, 8]
    read_as = [each.new for each in cleaned.findings if each.fault.column == "power_kw_max" and each.new]
    assert [float(str(each)) for each in read_as] == [120.0, 120.0]
    assert cleaned.table.geometry.iloc[0].equals_exact(shapely.Point(113.051234, 34.051234), 1e-7)


def test_service_areas_as_points_outlines_and_relations(tmp_path: Path) -> None:
    inner: list[Node] = [
        (5, 113.02, 34.02, {}), (6, 113.04, 34.02, {}), (7, 113.04, 34.04, {}),
        (9, 113.05, 34.05, {"highway": "rest_area", "name": "P"}),
    ]  # fmt: skip
    relation: Relation = (
        30,
        [("way", 22, "outer"), ("way", 23, "outer"), ("way", 24, "inner")],
        {"type": "multipolygon", "highway": "services", "name": "R", "ref": "G4", "operator": "O"},
    )
    broken: Relation = (31, [("way", 99, "outer")], {"type": "multipolygon", "highway": "services"})
    roads = read(
        tmp_path,
        inner,
        [
            (21, RING, {"highway": "services", "name": "W"}),
            (22, [1, 2, 3], {}),
            (23, [3, 4, 1], {}),
            (24, [5, 6, 7, 5], {}),
        ],
        [relation, broken],
    )
    found = rows(roads, "service_areas")
    assert [each["id"] for each in found] == ["node/9", "way/21", "relation/30", "relation/31"]
    assert found[2] == {"id": "relation/30", "highway": "services", "name": "R", "ref": "G4", "operator": "O"}
    square = shapely.Polygon(CORNERS)
    hole = shapely.Polygon([(113.02, 34.02), (113.04, 34.02), (113.04, 34.04)])
    point, way, drawn, lost = roads.parts["service_areas"].geometry
    assert point == shapely.Point(113.05, 34.05) and lost is None
    assert way.equals(square)
    assert drawn.equals(square - hole)
    notes = [(each.severity, each.fault.code, each.fault.feature) for each in roads.findings]
    assert notes == [(Severity.WARNING, "outline_missing", "relation/31")]
    assert roads.way_id.tolist() == [1]


def test_places_that_may_be_seats(tmp_path: Path) -> None:
    words = ["town", "village", "township", "hamlet", "locality", "city"]
    nodes: list[Node] = [(10 + i, 113.0, 34.0, {"place": word, "name": word}) for i, word in enumerate(words)]
    nodes.append((20, 113.0, 34.0, {"place:CN": "town", "place": "locality", "population": "5"}))
    found = rows(read(tmp_path, nodes, []), "seats")
    assert [each["osm_id"] for each in found] == ["node/10", "node/11", "node/12", "node/15", "node/20"]
    assert found[-1] == {"osm_id": "node/20", "place:CN": "town", "place": "locality", "population": "5"}


def test_boundaries_of_four_levels_each_once(tmp_path: Path) -> None:
    tags = {"boundary": "administrative", "name": "B", "type": "boundary"}
    members = [("way", 22, "outer"), ("way", 23, "outer")]
    relations: list[Relation] = [
        (30 + i, members, tags | {"admin_level": level, "ref": level}) for i, level in enumerate("24568")
    ]
    ways: list[Way] = [
        (22, [1, 2, 3], {}),
        (23, [3, 4, 1], {"boundary": "administrative", "admin_level": "6", "name": "part"}),
        (24, RING, {"boundary": "administrative", "admin_level": "8", "name": "alone"}),
    ]
    roads = read(tmp_path, [], ways, relations)
    found = rows(roads, "boundaries")
    assert [each["osm_id"] for each in found] == [
        "way/24", "relation/31", "relation/32", "relation/33", "relation/34",
    ]  # fmt: skip
    assert [each["admin_level"] for each in found] == ["8", "4", "5", "6", "8"]
    assert all(shape.equals(shapely.Polygon(CORNERS)) for shape in roads.parts["boundaries"].geometry)


def test_a_ring_that_draws_a_relation_is_no_second_boundary(tmp_path: Path) -> None:
    tags = {"boundary": "administrative", "name": "B", "type": "boundary", "admin_level": "6"}
    roads = read(tmp_path, [], [(24, RING, tags)], [(30, [("way", 24, "outer")], tags)])
    assert [each["osm_id"] for each in rows(roads, "boundaries")] == ["relation/30"]


def test_tables_are_a_mapping(tmp_path: Path) -> None:
    parts = read(tmp_path, [(9, 113.0, 34.0, {"place": "town"})], []).parts
    assert parts["seats"] is parts["seats"] and len(parts) == 1 and "stations" not in parts
    with pytest.raises(KeyError):
        parts["stations"]
