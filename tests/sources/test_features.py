"""GeoJSON, GeoPackage, FlatGeobuf, shapefile, Parquet."""

import json
import sqlite3
import zipfile
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely

from chargegeo import errors, sources
from chargegeo.vocab import Severity
from tests.sources.files import W, feature, frame, geojson, shapefile, zipped
from tests.sources.test_text import codes, refused


def test_properties_become_text_and_shapes_stay(tmp_path: Path) -> None:
    one = feature(0, code="0410", n=8, x=113.068239, ok=True, when=None, tags={W["kind"]: [1, 2]})
    table = sources.read(geojson(tmp_path / "a.geojson", [one, feature(1, n=8.0)]))
    assert table.frame.iloc[0].tolist() == [
        "0410",
        "8",
        "113.068239",
        "true",
        None,
        f'{{"{W["kind"]}": [1, 2]}}',
    ]
    assert table.frame.iloc[1].tolist() == [None, "8", None, None, None, None]
    assert table.geometry is not None and table.geometry[1].equals(shapely.Point(113.1, 34.5))
    assert (table.kind, table.crs, table.lines) == ("geojson", "EPSG:4326", None)


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
        ("EPSG:4547", "EPSG:4547"),
    ],
)
def test_the_reference_named_in_the_file_holds(tmp_path: Path, name: str, crs: str) -> None:
    path = geojson(
        tmp_path / "a.geojson", [feature(0, a=1)], crs={"type": "name", "properties": {"name": name}}
    )
    table = sources.read(path)
    assert table.crs == crs and table.geometry is not None and table.geometry.crs == crs


def test_null_and_unknown_references(tmp_path: Path) -> None:
    assert sources.read(geojson(tmp_path / "a.geojson", [feature(0, a=1)], crs=None)).crs is None
    with pytest.raises(errors.CrsFault, match="reference 'EPSG:1' is not known"):
        sources.read(
            geojson(tmp_path / "a.geojson", [feature(0, a=1)], crs={"properties": {"name": "EPSG:1"}})
        )


@pytest.mark.parametrize("word", ["NaN", "-Infinity", "1e999"])
def test_what_is_no_number_names_the_feature(tmp_path: Path, word: str) -> None:
    path = geojson(tmp_path / "a.geojson", [feature(0, n=1), feature(1, n=271828)])
    path.write_text(path.read_text("utf-8").replace("271828", word), "utf-8")
    fault = refused(path)
    assert (fault.code, fault.feature) == ("json_nan", 1)


def test_keys_that_stand_twice_are_warned_of(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", [feature(0, n=1), feature(1, n=2)])
    path.write_text(path.read_text("utf-8").replace('"n": 2', '"n": 3, "n": 2'), "utf-8")
    table = sources.read(path)
    assert table.frame["n"].tolist() == ["1", "2"]
    finding = table.findings[0]
    assert (finding.fault.code, finding.fault.feature, finding.fault.value) == ("duplicate_key", 1, "n")
    assert finding.severity is Severity.WARNING


def test_a_property_that_is_number_and_text_is_named(tmp_path: Path) -> None:
    table = sources.read(
        geojson(tmp_path / "a.geojson", [feature(0, n=1), feature(1, n="2"), feature(2, n=None)])
    )
    assert table.frame["n"].tolist() == ["1", "2", None]
    assert [(f.fault.code, f.fault.column) for f in table.findings] == [("mixed_types", "n")]


def test_one_feature_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.geojsonl"
    path.write_text("\x1e" + "\n".join(json.dumps(feature(i, n=i)) for i in range(3)) + "\n", "utf-8")
    assert sources.read(path).frame["n"].tolist() == ["0", "1", "2"]
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    fault = refused(path)
    assert (fault.code, fault.line) == ("truncated_line", 3)


def test_cut_and_broken_json_are_told_apart(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", [feature(i, n=i) for i in range(9)])
    text = path.read_text("utf-8")
    for share in (0.3, 0.7, 0.99):
        path.write_text(text[: int(len(text) * share)], "utf-8")
        assert refused(path).code == "truncated_line"
    path.write_text(text.replace('"n": 3', '"n" 3'), "utf-8")
    assert refused(path).code == "bad_json"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type": "FeatureCollection", "features": []}', "no_rows"),
        ('{"type": "Point", "coordinates": [1, 2]}', "only_geometry"),
        ('{"type": "Topology", "objects": {}}', "not_geojson"),
        ("[1, 2]", "not_geojson"),
        ('{"type": "FeatureCollection", "features": [1]}', "bad_feature"),
        ("[" * 100_000, "unreadable"),
        ('{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}',
         "bad_geometry"),
    ],
)  # fmt: skip
def test_json_without_usable_features(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "a.geojson").write_text(text, "utf-8")
    assert refused(tmp_path / "a.geojson").code == code


def test_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame("EPSG:4490"), path, layer=W["towns"])
    before = sorted(tmp_path.iterdir()), path.read_bytes()
    table = sources.read(path)
    assert table.frame["code"].tolist() == ["410110100000", "410111100000", None]
    assert table.frame["n"].tolist() == ["1", "2", "3"]
    assert (table.kind, table.crs, table.sheet) == ("gpkg", "EPSG:4490", W["towns"])
    assert table.geometry is not None and table.geometry[2].equals(shapely.box(115, 34, 116, 35))
    assert (sorted(tmp_path.iterdir()), path.read_bytes()) == before


def test_layers_are_listed_and_styles_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(), path, layer=W["new"])
    pyogrio.write_dataframe(pd.DataFrame({"style": ["x"]}), path, layer="layer_styles")
    assert sources.read(path).sheet == W["new"]
    assert sources.read(path, layer="layer_styles").frame["style"].tolist() == ["x"]
    pyogrio.write_dataframe(frame(), path, layer=W["old"])
    fault = refused(path)
    assert fault.code == "several_layers" and f"{W['new']}, {W['old']}" in fault.text("en")
    with pytest.raises(
        errors.FormatFault, match=f"no layer 'x'. The file has: {W['new']}, {W['old']}, layer_styles"
    ):
        sources.read(path, layer="x")


@pytest.mark.parametrize("share", [0.4, 0.8, 0.99])
def test_a_cut_geopackage(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(), path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert refused(path).code == "truncated_counts"


def test_a_database_that_is_no_geopackage(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.gpkg") as base:
        base.execute("CREATE TABLE t (a)")
    base.close()
    assert "SQLite" in refused(tmp_path / "a.gpkg").text("en")


@pytest.mark.parametrize("index", ["YES", "NO"])
def test_flatgeobuf_is_whole_or_refused(tmp_path: Path, index: str) -> None:
    path = tmp_path / "a.fgb"
    pyogrio.write_dataframe(frame(), path, SPATIAL_INDEX=index)
    table = sources.read(path)
    assert sorted(table.frame["name"]) == sorted([W["qinghe"], W["shiqiao"], W["liuhe"]])
    assert (table.kind, table.crs) == ("fgb", "EPSG:4326")
    data = path.read_bytes()
    for cut in (1, 100, 300):
        path.write_bytes(data[:-cut])
        assert refused(path).code == "truncated_counts"


@pytest.mark.parametrize(("encoding", "found"), [("UTF-8", []), ("GBK", [])])
@pytest.mark.parametrize("folder", ["", f"{W['data']}/"])
def test_zipped_shapefile(tmp_path: Path, encoding: str, found: list[str], folder: str) -> None:
    table = sources.read(shapefile(tmp_path / "a.zip", encoding=encoding, folder=folder))
    assert table.frame["name"].tolist() == [W["qinghe"], W["shiqiao"], W["liuhe"]]
    assert table.frame["code"].tolist() == ["410110100000", "410111100000", None]
    assert (table.kind, table.crs, table.sheet, codes(table)) == ("shp", "EPSG:4490", "st", found)


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_shapefile_without_cpg_is_read_strictly(tmp_path: Path, encoding: str) -> None:
    table = sources.read(shapefile(tmp_path / "a.zip", encoding=encoding, leave=(".cpg",)))
    assert table.frame["name"].tolist() == [W["qinghe"], W["shiqiao"], W["liuhe"]]
    assert codes(table) == ["encoding"]


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_missing_and_cut_parts_are_named(tmp_path: Path, part: str) -> None:
    path = shapefile(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "st" + part
    (tmp_path / "cut.zip").write_bytes(zipped({**members, name: members[name][:-30]}))
    fault = refused(tmp_path / "cut.zip")
    assert fault.code == "truncated_part" and part in fault.text("en") and "3 expected" in fault.text("en")
    if part != ".shp":
        (tmp_path / "less.zip").write_bytes(zipped({k: v for k, v in members.items() if k != name}))
        assert refused(tmp_path / "less.zip").params["part"] == part


def test_no_prj_is_no_reference(tmp_path: Path) -> None:
    assert sources.read(shapefile(tmp_path / "a.zip", leave=(".prj",))).crs is None


@pytest.mark.parametrize("name", ["../st.shp", "/st.shp", "a/../../st.shp", "C:\\st.shp", "..\\st.shp"])
def test_members_that_lead_out_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({name: b"", "st.dbf": b""}))
    fault = refused(tmp_path / "a.zip")
    assert fault.code == "unsafe_archive" and name in fault.text("en")


def test_cut_field_names_are_warned_of(tmp_path: Path) -> None:
    data = geopandas.GeoDataFrame(
        {"max_power_dc": [1], "max_power_ac": [2]}, geometry=[shapely.Point(1, 2)], crs=4326
    )
    place = tmp_path / "p"
    place.mkdir()
    with pytest.warns(RuntimeWarning):
        pyogrio.write_dataframe(data, place / "st.shp")
    (tmp_path / "a.zip").write_bytes(zipped({part.name: part.read_bytes() for part in place.iterdir()}))
    table = sources.read(tmp_path / "a.zip")
    assert codes(table) == ["cut_names"]
    assert all(name in table.findings[0].fault.text("en") for name in table.frame.columns)


def test_parquet_with_and_without_shapes(tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "a.parquet")
    table = sources.read(tmp_path / "a.parquet")
    assert table.frame.columns.tolist() == ["code", "name", "n"] and table.crs == "EPSG:4326"
    frame(None).to_parquet(tmp_path / "b.parquet")
    assert sources.read(tmp_path / "b.parquet").crs is None
    plain = pd.DataFrame({"a": [1.0, None], "b": [True, False], "c": pd.to_datetime(["2024-01-02", None])})
    plain.to_parquet(tmp_path / "c.parquet")
    table = sources.read(tmp_path / "c.parquet")
    assert table.frame.values.tolist() == [["1", "true", "2024-01-02"], [None, "false", None]]
    assert (table.geometry, table.crs, table.kind) == (None, None, "parquet")


def test_shapes_that_the_file_does_not_declare(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1], W["shape"]: [shapely.Point(1, 2).wkb]}).to_parquet(tmp_path / "a.parquet")
    fault = refused(tmp_path / "a.parquet")
    assert (fault.code, fault.column) == ("no_geo_metadata", W["shape"])


def test_a_cut_parquet(tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-100])
    assert refused(tmp_path / "a.parquet").code == "truncated"


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_field_names_cut_inside_a_character(tmp_path: Path, encoding: str) -> None:
    name = W["qinghe_station"]
    data = geopandas.GeoDataFrame({name: [W["town"]]}, geometry=[shapely.Point(1, 2)], crs=4326)
    (tmp_path / "p").mkdir()
    with pytest.warns(RuntimeWarning):
        pyogrio.write_dataframe(data, tmp_path / "p" / "st.shp", encoding=encoding)
    parts = {part.name: part.read_bytes() for part in (tmp_path / "p").iterdir()}
    (tmp_path / "a.zip").write_bytes(zipped(parts))
    table = sources.read(tmp_path / "a.zip")
    assert table.frame.columns.tolist() == [name[: 3 if encoding == "UTF-8" else 5]]
    assert table.frame.iloc[0, 0] == W["town"]


def test_a_table_in_two_encodings_names_the_record(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    town = W["shiqiao"]
    bad = members["st.dbf"].replace(town.encode(), town.encode("gbk").ljust(len(town.encode())))
    (tmp_path / "b.zip").write_bytes(zipped({**members, "st.dbf": bad}))
    fault = refused(tmp_path / "b.zip")
    assert (fault.code, fault.feature, fault.line) == ("dbf_bytes", 1, None)
