"""Road lines of tables of features: headers, words, where lines meet, coordinate references."""

import tomllib
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import errors, sources
from chargegeo.sources import RawRoads, RawTable
from chargegeo.sources.raw import text_frame
from chargegeo.sources.ways import lines
from chargegeo.vocab import Severity
from tests.sources.ways import told

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("ways_words.toml").read_text("utf-8"))
TEE = ["LINESTRING (113 34, 113.1 34, 113.2 34)", "LINESTRING (113.1 34, 113.1 34.1)"]
CROSS = ["LINESTRING (113 34, 113.2 34)", "LINESTRING (113.1 33.9, 113.1 34.1)"]


def raw(shapes: list[str | None], crs: str | None = "EPSG:4326", **columns: list[str | None]) -> RawTable:
    made = [None if each is None else shapely.from_wkt(each) for each in shapes]
    frame = text_frame(columns, columns.values(), len(shapes))
    return RawTable(frame, gpd.GeoSeries(made), crs, "roads.gpkg", None, "gpkg", None)


def roads(shapes: list[str | None], *, crossings: bool = False, **columns: list[str | None]) -> RawRoads:
    return lines.roads(raw(shapes, **columns), columns={}, crossings=crossings)


# ---- headers and words


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.geojson", "a.parquet", "a.zip"])
def test_every_format_of_features(tmp_path: Path, name: str) -> None:
    table = gpd.GeoDataFrame(
        {"fclass": ["primary", "service"], "ref": ["G107", None], "maxspeed": [60, 0]},
        geometry=[shapely.from_wkt(each) for each in TEE],
        crs="EPSG:4326",
    )
    path = tmp_path / name
    if name.endswith("zip"):
        table.to_file(tmp_path / "st.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(tmp_path.glob("st.*")):
                archive.write(part, part.name)
    elif name.endswith("parquet"):
        table.to_parquet(path)
    else:
        table.to_file(path)
    found = sources.read_roads(path)
    one, two, three, four = (113.0, 34.0), (113.1, 34.0), (113.2, 34.0), (113.1, 34.1)
    order = sorted(told(found), key=lambda way: way[2]["highway"])
    assert order[0][1:] == ([one, two, three], {"highway": "primary", "ref": "G107", "maxspeed": "60"})
    assert order[1][1:] == ([two, four], {"highway": "service", "maxspeed": "0"})
    assert len(found.node_id) == 4 and found.kind == "lines" and found.metres is None


def test_chinese_headers_and_words() -> None:
    table = {header: [cell] for header, cell in WORDS["row"].items()}
    (way,) = told(roads([TEE[0]], **table))
    assert way[2] == WORDS["means"]


def test_a_stated_header_goes_before_the_lexicon() -> None:
    table = raw(TEE, type=["x", "x"], kind=["primary", "trunk"], label=["A", None])
    found = lines.roads(table, columns={"highway": "kind", "name": "label"}, crossings=False)
    assert [tags for _, _, tags in told(found)] == [{"highway": "primary", "name": "A"}, {"highway": "trunk"}]


@pytest.mark.parametrize("columns", [{"highway": "no"}, {"colour": "type"}])
def test_a_header_that_is_not_there_is_refused(columns: dict[str, str]) -> None:
    with pytest.raises(errors.SchemaFault) as caught:
        lines.roads(raw(TEE, type=["a", "b"]), columns=columns, crossings=False)
    assert caught.value.faults[0].code == "road_column"
    assert "type" in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["F", "T", "B", None], ["yes", "-1", "no", None]),
        (["T", "F", "1", "0"], ["yes", "no", "yes", "no"]),
        (["yes", "-1", "reversible", "True"], ["yes", "-1", "reversible", "yes"]),
        (["f", "t ", " b", ""], ["yes", "-1", "no", None]),
        (["FT", "TF", "B", "ft"], ["yes", "-1", "no", "yes"]),
        (["1", "2", "3", "0"], ["no", "yes", "-1", "no"]),
        (["1", "0", None, "1"], ["yes", "no", None, "yes"]),
        (["1", "2", "4", None], ["no", "yes", "4", None]),
    ],
)
def test_words_of_direction(cells: list[str | None], expected: list[str | None]) -> None:
    found = roads([TEE[0]] * 4, oneway=cells)
    assert [tags.get("oneway") for _, _, tags in told(found)] == expected


def test_words_of_direction_and_speed_of_an_office() -> None:
    for key, part in (("oneway", "directions"), ("maxspeed", "speeds")):
        pairs = [(word, meant) for meant, some in WORDS[part].items() for word in some]
        found = roads([TEE[0]] * len(pairs), **{key: [word for word, _ in pairs]})
        assert [tags[key] for _, _, tags in told(found)] == [meant for _, meant in pairs]
        assert found.findings == ()
    assert [tags for _, _, tags in told(roads(TEE, maxspeed=["60 mph", "none"]))] == [
        {"maxspeed": "60 mph"},
        {"maxspeed": "none"},
    ]


@pytest.mark.parametrize(
    ("header", "cells", "code", "expected"),
    [
        ("fclass", ["F", "T", None], "road_oneway_drawn", ["yes", "-1", None]),
        ("fclass", ["F", "F", "F"], "road_oneway_drawn", ["yes", "yes", "yes"]),
        ("class", ["F", "T", None], "road_oneway_true", ["no", "yes", None]),
        ("class", ["1", "2", None], "road_oneway_codes", ["no", "yes", None]),
    ],
)
def test_a_guess_about_directions_is_said(
    header: str, cells: list[str | None], code: str, expected: list[str | None]
) -> None:
    table: dict[str, list[str | None]] = {header: ["primary"] * 3, "oneway": cells}
    found = roads([TEE[0]] * 3, **table)
    assert [tags.get("oneway") for _, _, tags in told(found)] == expected
    (note,) = found.findings
    stated = sum(cell is not None for cell in cells)
    assert (note.severity, note.fault.code, note.n_rows) == (Severity.WARNING, code, stated)
    assert str(stated) in note.fault.text("en") and str(stated) in note.fault.text("zh")


def test_ways_that_no_car_may_use_are_left_out_and_unknown_words_named() -> None:
    cells = [
        "footway",
        "Busway",
        "wide road",
        None,
        "lane",
        "wide road",
        "residential;primary",
        "living_street",
    ]
    found = roads([TEE[0]] * 8, highway=cells)
    assert [(number, tags) for number, _, tags in told(found)] == [
        (3, {}),
        (4, {}),
        (5, {}),
        (6, {}),
        (7, {"highway": "residential;primary"}),
        (8, {"highway": "living_street"}),
    ]
    (note,) = found.findings
    assert (note.severity, note.fault.code, note.n_rows) == (Severity.WARNING, "road_class_unknown", 3)
    assert (note.fault.feature, note.fault.value) == (3, "wide road, lane")


def test_the_column_of_classes_whose_words_are_known() -> None:
    shapes = [TEE[0]] * 3
    assert [tags["highway"] for _, _, tags in told(roads(shapes, **WORDS["both"]))] == [
        "national",
        "national",
        "county",
    ]
    found = roads(shapes, type=["up", "down", "x"], kind=["primary", "trunk", None])
    assert [tags.get("highway") for _, _, tags in told(found)] == ["primary", "trunk", None]
    built = roads([TEE[0]] * 7, **WORDS["built"])
    assert [tags["highway"] for _, _, tags in told(built)] == [
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "unclassified",
    ]


# ---- where lines meet


def test_lines_meet_at_shared_ends_alone() -> None:
    inner = ["LINESTRING (113 34, 113.1 34.1, 113.2 34.2)", "LINESTRING (113 34.2, 113.1 34.1, 113.2 34)"]
    near = ["LINESTRING (113 34, 113.1 34)", "LINESTRING (113.10000004 34, 113.2 34)"]
    apart = ["LINESTRING (113 34, 113.1 34)", "LINESTRING (113.1000003 34, 113.2 34)"]
    for shapes, n_nodes in ((TEE, 4), (inner, 6), (near, 3), (apart, 4), (CROSS, 4)):
        assert len(roads(list(shapes)).node_id) == n_nodes, shapes


def test_parts_of_one_feature_are_ways_of_one_id() -> None:
    found = roads(["MULTILINESTRING ((113 34, 113.1 34), (113.1 34, 113.2 34))", TEE[1]])
    assert found.way_id.tolist() == [1, 1, 2] and found.start.tolist() == [0, 2, 4, 6]


def test_lines_that_cross_meet_where_asked() -> None:
    found = roads([*CROSS], crossings=True)
    middle = (113.1, 34.0)
    assert [places for _, places, _ in told(found)] == [
        [(113.0, 34.0), middle, (113.2, 34.0)],
        [(113.1, 33.9), middle, (113.1, 34.1)],
    ]
    assert len(found.node_id) == 5


@pytest.mark.parametrize(
    ("columns", "meet"),
    [
        ({"bridge": ["yes", "no"]}, False),
        ({"bridge": ["T", "F"], "layer": ["0", "0"]}, False),
        ({"tunnel": [None, "1"]}, False),
        ({"layer": ["1", None]}, False),
        ({"layer": ["1", "1"], "bridge": ["yes", "no"]}, True),
        ({"bridge": ["yes", "yes"]}, True),
        ({"layer": ["high", None]}, True),
    ],
)
def test_lines_on_different_levels_do_not_meet(columns: dict[str, list[str | None]], meet: bool) -> None:
    cross = ["LINESTRING (113 34, 113.1 34, 113.2 34)", "LINESTRING (113.1 33.9, 113.1 34, 113.1 34.1)"]
    for shapes, apart in ((CROSS, 4), (cross, 6)):
        assert len(roads(list(shapes), crossings=True, **columns).node_id) == (5 if meet else apart)


def test_a_bridge_meets_others_at_its_ends_and_a_road_below_goes_through() -> None:
    shapes = [
        "LINESTRING (0 0, 4 0)",  # the bridge
        "LINESTRING (2 -1, 2 1)",  # below
        "LINESTRING (4 -1, 4 1)",  # where it ends
        "LINESTRING (1 1, 3 -1)",  # below, and meets the other one there
    ]
    found = roads(shapes, crossings=True, bridge=["yes", None, None, None])
    assert [len(places) for _, places, _ in told(found)] == [2, 3, 3, 3]
    # eight ends, of which none is shared, and the place where the two roads below meet
    assert len(found.node_id) == 9


def test_a_shared_stretch_and_a_touch_on_a_stretch_become_nodes() -> None:
    shared = roads(
        ["LINESTRING (0 0, 4 0)", "LINESTRING (1 0, 3 0)", "LINESTRING (2 0, 2 1)"], crossings=True
    )
    assert [places for _, places, _ in told(shared)] == [
        [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)],
        [(1, 0), (2, 0), (3, 0)],
        [(2, 0), (2, 1)],
    ]
    assert len(shared.node_id) == 6


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_any_lines_against_pairs_one_by_one(ways: list[list[tuple[int, int]]]) -> None:
    """Lines keep their shape, and two of them share a node exactly where they meet."""
    drawn = [shapely.LineString(way) for way in ways]
    usable = [line for line in drawn if line.length > 0 and line.is_simple and not line.is_ring]
    if not usable:
        return
    found = roads([line.wkt for line in usable], crossings=True)
    for i, line in enumerate(usable):
        nodes = found.nodes[found.start[i] : found.start[i + 1]]
        made = shapely.LineString(np.column_stack([found.lon[nodes], found.lat[nodes]]))
        assert made.hausdorff_distance(line) < 1e-7 and np.isclose(made.length, line.length, atol=1e-6)
        for j in range(i):
            other = set(found.nodes[found.start[j] : found.start[j + 1]].tolist())
            met = [shapely.Point(xy) for xy in shapely.get_coordinates(line.intersection(usable[j]))]
            shared = [shapely.Point(found.lon[k], found.lat[k]) for k in set(nodes.tolist()) & other]
            assert all(min(point.distance(each) for each in shared) < 1e-6 for point in met)
            assert all(point.distance(line.intersection(usable[j])) < 1e-6 for point in shared)


# ---- shapes and references


def test_what_is_no_line_is_left_out_with_a_warning() -> None:
    found = roads(["POINT (113 34)", TEE[0], None, "LINESTRING EMPTY"])
    assert found.way_id.tolist() == [2]
    (note,) = found.findings
    assert (note.severity, note.fault.code, note.n_rows, note.fault.feature) == (
        Severity.WARNING,
        "not_a_line",
        3,
        0,
    )


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.SchemaFault, match="no road"):
        roads(["POINT (113 34)"])
    with pytest.raises(errors.SchemaFault, match="no road"):
        roads([TEE[0]], highway=["steps"])
    table = tmp_path / "a.csv"
    table.write_text("name,ref\na,G4\nb,G5\n", "utf-8")
    with pytest.raises(errors.SchemaFault, match="no road"):
        sources.read_roads(table)


def test_references_are_transformed_or_refused() -> None:
    plane = gpd.GeoSeries.from_wkt(TEE, crs="EPSG:4326").to_crs("EPSG:4547")
    found = lines.roads(raw([each.wkt for each in plane], "EPSG:4547"), columns={}, crossings=False)
    expected = roads(list(TEE))
    assert np.allclose(found.lon, expected.lon, rtol=0, atol=1e-9) and np.array_equal(
        found.nodes, expected.nodes
    )
    with pytest.raises(errors.CrsFault) as caught:
        lines.roads(raw(list(TEE), None), columns={}, crossings=False)
    assert caught.value.faults[0].code == "road_crs_missing"
    assert "datum" not in str(caught.value)
    with pytest.raises(errors.CrsFault) as caught:
        lines.roads(raw(["LINESTRING (463351 3841384, 472551 3841384)"]), columns={}, crossings=False)
    assert caught.value.faults[0].code == "not_degrees"
