"""The GeoPackage opens styled and gives back what was put in."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from chargegeo import errors, labels, report, schema
from chargegeo.vocab import RoadClass
from tests.report import world

PAYLOAD = "<script>alert(1)</script>{{7*7}}'\"&]]>"
QUIET = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(path: Path, **changes: Any) -> Path:
    tables: dict[str, Any] = {
        "units": world.units(), "stations": world.stations(["a", "b", None]), "coverage": world.coverage(),
        "gaps": world.gaps(), "counties": world.counties(), "caption": world.ZH,
    }  # fmt: skip
    given = {**tables, **changes}
    others = {name: given.pop(name) for name in ("counties", "caption")}
    report.geopackage(path, given, **others)
    return path


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(query).fetchall()


def test_layers_come_back(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gpkg")
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        "townships", "counties", "gaps", "stations", "layer_styles",
    ]  # fmt: skip
    towns = pyogrio.read_dataframe(path, layer="townships")
    assert towns.crs == schema.STORAGE_CRS and towns["unit_code"].tolist()[1] == "000000001"
    assert towns["state"].tolist() == world.STATES and towns["n_piles"].tolist() == [1234] * 3
    assert towns.geometry[0].equals(box(113, 34, 114, 35))
    stations = pyogrio.read_dataframe(path, layer="stations")
    assert stations["n_piles"].tolist()[:2] == [0, 1] and stations["n_piles"].isna()[2]
    assert stations["opened"].dt.date.astype(str).tolist() == ["2024-02-29"] * 3
    assert pyogrio.read_dataframe(path, layer="counties")["name"].tolist() == ["county"]


def test_a_gap_stands_at_its_seat_or_inside_its_unit(tmp_path: Path) -> None:
    gaps = pyogrio.read_dataframe(write(tmp_path / "g.gpkg"), layer="gaps")
    assert gaps["unit_code"].tolist() == ["000000001", "000000002"]
    assert box(114, 34, 115, 35).contains(gaps.geometry[0])
    assert gaps.geometry[1] == Point(115.25, 34.5)


def test_it_is_version_1_2_and_registered(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gpkg")
    assert ask(path, "PRAGMA user_version") == [(10200,)]
    assert ask(path, "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'") == [
        ("attributes",)
    ]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)] and ask(path, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_layer_has_a_default_style(tmp_path: Path, lang: str) -> None:
    path = write(tmp_path / "g.gpkg", caption=replace(world.CAPTION, lang=lang))
    columns = dict(ask(path, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    rows = ask(
        path,
        "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault, f_table_schema FROM layer_styles",
    )
    assert {row[0]: row[1] for row in rows} == columns
    for _, _, qml, default, schema_name in rows:
        assert default == 1 and schema_name == "" and ET.fromstring(qml).tag == "qgis"
    root = ET.fromstring(next(row[2] for row in rows if row[0] == "townships"))
    classes = {node.get("value"): node.get("label") for node in root.iter("category")}
    assert classes == {state: labels.text(f"state.{state}", lang) for state in world.STATES}
    patterns = [node.get("value") for node in root.iter("Option") if node.get("name") == "style"]
    assert len(set(patterns)) == 3, "told apart without colour"
    fields = ["fid", *pyogrio.read_info(path, layer="townships")["fields"]]
    aliases = list(root.iter("alias"))
    assert [fields[int(node.get("index", ""))] for node in aliases] == [node.get("field") for node in aliases]
    assert aliases[0].get("name") == schema.column_label("units", "unit_code", lang)


def test_text_from_data_never_gets_into_a_style(tmp_path: Path) -> None:
    units = world.units().assign(name=PAYLOAD)
    path = write(tmp_path / "g.gpkg", units=units, caption=replace(world.ZH, title=PAYLOAD, author=PAYLOAD))
    for (qml,) in ask(path, "SELECT styleQML FROM layer_styles"):
        assert "script" not in qml and "7*7" not in qml
    assert set(pyogrio.read_dataframe(path, layer="townships")["name"]) == {PAYLOAD}


def test_every_layer_says_what_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gpkg", caption=replace(world.ZH, synthetic=True))
    query = "SELECT description FROM gpkg_contents WHERE table_name <> 'layer_styles'"
    for (description,) in ask(path, query):
        for part in ("Coverage of 3 townships", "register.xlsx", "towns and townships", "2024-12-31"):
            assert part in description
        assert labels.text("report.draft") in description and labels.text("report.synthetic") in description


@QUIET
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "g.gpkg", stations=world.stations([text]))
    assert pyogrio.read_dataframe(path, layer="stations")["name"][0] == text.replace("\x00", "")


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "1.gpkg").read_bytes() == write(tmp_path / "2.gpkg").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_without_counties_gaps_and_places(tmp_path: Path) -> None:
    stations = world.stations(["a", "b"]).assign(geometry=None).set_geometry("geometry", crs="EPSG:4490")
    zones = world.units().assign(kind="zone")
    path = write(
        tmp_path / "g.gpkg", counties=None, gaps=schema.empty("gaps"), stations=stations, units=zones
    )
    assert [name for name, _ in pyogrio.list_layers(path)] == ["units", "gaps", "stations", "layer_styles"]
    assert len(pyogrio.read_dataframe(path, layer="stations")) == 2


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OutputFault, match="cannot be written"):
        write(tmp_path / "file" / "g.gpkg")


# ---- roads


def with_roads(path: Path, **changes: Any) -> Path:
    return write(path, **{"road_lines": world.road_lines(), "isochrones": world.isochrones(), **changes})


def test_roads_and_areas_are_layers_of_their_own(tmp_path: Path) -> None:
    path = with_roads(tmp_path / "g.gpkg")
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        "townships", "isochrones", "roads", "counties", "gaps", "stations", "layer_styles",
    ]  # fmt: skip
    roads = pyogrio.read_dataframe(path, layer="roads")
    assert roads["road_class"].tolist() == ["expressway", "national", "village"]
    assert roads["oneway"].tolist() == [True, False, False] and roads["km"].tolist() == [12.5] * 3
    assert roads.crs == schema.STORAGE_CRS and set(roads.geom_type) == {"MultiLineString"}
    assert list(roads.geometry[0].geoms[0].coords) == [(113, 34), (114, 34)], "drawn as it is driven"
    assert pyogrio.read_dataframe(path, layer="isochrones")["minutes"].tolist() == [15, 30]
    assert with_roads(tmp_path / "2.gpkg").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_roads_and_areas_are_styled(tmp_path: Path, lang: str) -> None:
    hostile = world.road_lines().assign(ref=PAYLOAD)
    path = with_roads(tmp_path / "g.gpkg", road_lines=hostile, caption=replace(world.CAPTION, lang=lang))
    styled = dict(ask(path, "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    root = ET.fromstring(styled["roads"])
    classes = {node.get("value"): node.get("label") for node in root.iter("category")}
    assert classes == {str(word): labels.word("roadclass", word, lang) for word in RoadClass}
    looks = {
        symbol.get("name"): tuple(
            node.get("value")
            for node in symbol.iter("Option")
            if node.get("name") in ("line_width", "line_style")
        )
        for symbol in root.iter("symbol")
    }
    great = [
        looks[str(list(RoadClass).index(word))] for word in ("expressway", "national", "provincial", "county")
    ]
    assert len(set(great)) == 4, "told apart without colour"
    areas = ET.fromstring(styled["isochrones"])
    assert [node.get("value") for node in areas.iter("category")] == ["15", "30"]
    assert [node.get("label") for node in areas.iter("category")] == [
        labels.text("report.within", lang, n=n) for n in (15, 30)
    ]
    assert all("script" not in qml and "7*7" not in qml for qml in styled.values())
    assert set(pyogrio.read_dataframe(path, layer="roads")["ref"]) == {PAYLOAD}
    fields = ["fid", *pyogrio.read_info(path, layer="roads")["fields"]]
    assert [fields[int(node.get("index", ""))] for node in root.iter("alias")] == [
        node.get("field") for node in root.iter("alias")
    ]


def test_roads_without_rows(tmp_path: Path) -> None:
    path = with_roads(
        tmp_path / "g.gpkg", road_lines=schema.empty("road_lines"), isochrones=schema.empty("isochrones")
    )
    assert len(pyogrio.read_dataframe(path, layer="roads")) == 0


# ---- along the roads

LAYERS = ("corridors", "corridor_gaps", "service_areas")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_corridors_gaps_and_sides_are_layers_with_styles(tmp_path: Path, lang: str) -> None:
    caption = replace(world.CAPTION, lang=lang)
    path = write(tmp_path / "g.gpkg", caption=caption, **world.along(PAYLOAD))
    layers = dict(pyogrio.list_layers(path))
    assert [layers.get(name) for name in LAYERS] == ["MultiLineString", "MultiLineString", "Point"]
    titles = dict(ask(path, "SELECT table_name, identifier FROM gpkg_contents"))
    assert all(titles[name] == labels.text(f"report.layer.{name}", lang) for name in LAYERS)
    styled = dict(ask(path, "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    for name in LAYERS:
        root = ET.fromstring(styled[name])
        fields = ["fid", *pyogrio.read_info(path, layer=name)["fields"]]
        aliases = [(node.get("index", ""), node.get("field")) for node in root.iter("alias")]
        assert [fields[int(index)] for index, _ in aliases] == [field for _, field in aliases]
        assert "script" not in styled[name] and "7*7" not in styled[name]
    assert (
        write(tmp_path / "2.gpkg", caption=caption, **world.along(PAYLOAD)).read_bytes() == path.read_bytes()
    )
    assert PAYLOAD in set(pyogrio.read_dataframe(path, layer="corridors")["ref"])


def test_direction_is_seen_in_the_style(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gpkg", **world.along())
    styled = dict(ask(path, "SELECT f_table_name, styleQML FROM layer_styles"))
    for name in LAYERS[:2]:
        root = ET.fromstring(styled[name])
        for symbol in root.findall("renderer-v2/symbols/symbol"):
            line, heads = symbol.findall("layer")
            offset = line.find("Option/Option[@name='offset']")
            assert line.get("class") == "SimpleLine" and offset is not None
            assert float(offset.get("value", "")) > 0, "to the right of travel"
            assert heads.get("class") == "MarkerLine"
            head = heads.find("symbol/layer/Option/Option[@name='name']")
            assert head is not None and head.get("value") == "filled_arrowhead"


def test_long_gaps_and_sides_are_told_apart_without_colour(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gpkg", caption=world.EN, **world.along())
    styled = dict(ask(path, "SELECT f_table_name, styleQML FROM layer_styles"))
    gaps = ET.fromstring(styled["corridor_gaps"])
    assert [(node.get("filter"), node.get("label")) for node in gaps.iter("rule")] == [
        ('"km" >= 60', labels.text("report.gap_long", "en", n=60)),
        ('"km" < 60', labels.text("report.gap_short", "en", n=60)),
    ]
    kinds = [node.get("value") for node in gaps.iter("Option") if node.get("name") == "line_style"]
    assert len(set(kinds)) == 2
    sides = ET.fromstring(styled["service_areas"])
    shapes = [node.get("value") for node in sides.iter("Option") if node.get("name") == "name"]
    assert len(set(shapes)) == len(list(sides.iter("rule"))) == 3
