"""KML: places with their columns, shapes in WGS 84, and what a file may not do."""

import time
from pathlib import Path

import pytest

from chargegeo import clean, errors, region, sources
from chargegeo.vocab import Severity
from tests.sources.files import W, zipped

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
TAIL = "</Document></kml>"
RING = "113,34 114,34 114,35 113,35 113,34"
HOLE = "113.2,34.2 113.4,34.2 113.4,34.4 113.2,34.4 113.2,34.2"


def point(name: str, where: str, data: str = "") -> str:
    return (
        f"<Placemark><name>{name}</name>{data}<Point><coordinates>{where}</coordinates></Point></Placemark>"
    )


def ring(where: str, side: str = "outer") -> str:
    return f"<{side}BoundaryIs><LinearRing><coordinates>{where}</coordinates></LinearRing></{side}BoundaryIs>"


def write(path: Path, body: str, encoding: str = "utf-8") -> Path:
    path.write_bytes((HEAD + body + TAIL).encode(encoding))
    return path


def refused(path: Path) -> list[errors.Fault]:
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(path)
    return list(caught.value.faults)


def test_names_data_and_points(tmp_path: Path) -> None:
    simple = (
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="code">0410</SimpleData></SchemaData>'
        '<Data name="n"><displayName>x</displayName><value>8</value></Data></ExtendedData>'
    )
    body = f"<Folder>{point(W['qinghe'], '113.068239,34.115618,0', simple)}</Folder>"
    table = sources.read(write(tmp_path / "a.kml", body + point("b", " 113.2, 34.5 ")))
    assert list(table.frame.columns) == ["name", "code", "n"]
    assert table.frame.values.tolist() == [[W["qinghe"], "0410", "8"], ["b", None, None]]
    assert table.geometry is not None
    assert [(p.x, p.y) for p in table.geometry] == [(113.068239, 34.115618), (113.2, 34.5)]
    assert (table.kind, table.crs, table.lines, table.datum, table.findings) == (
        "kml", "EPSG:4326", None, None, (),
    )  # fmt: skip


def test_polygons_holes_and_collections(tmp_path: Path) -> None:
    one = f"<Polygon>{ring(RING)}{ring(HOLE, 'inner')}</Polygon>"
    bodies = [
        f"<Placemark>{one}</Placemark>",
        f"<Placemark><MultiGeometry>{one}<MultiGeometry/></MultiGeometry></Placemark>",
        f"<Placemark><MultiGeometry>{one}{one}</MultiGeometry></Placemark>",
        "<Placemark><LineString><coordinates>113,34 114,35</coordinates></LineString></Placemark>",
        "<Placemark><name>none</name></Placemark>",
    ]
    table = sources.read(write(tmp_path / "a.kml", "".join(bodies)))
    assert table.geometry is not None
    assert table.geometry[0].area == pytest.approx(1 - 0.04)
    assert [None if g is None else g.geom_type for g in table.geometry] == [
        "Polygon", "GeometryCollection", "MultiPolygon", "LineString", None,
    ]  # fmt: skip


def test_a_name_in_the_data_does_not_hide_the_placemarks_own(tmp_path: Path) -> None:
    data = '<ExtendedData><Data name="name"><value>a</value></Data></ExtendedData>'
    table = sources.read(write(tmp_path / "a.kml", point("b", "113,34", data)))
    assert table.frame.to_dict("records") == [{"Placemark.name": "b", "name": "a"}]


def test_any_namespace_and_gbk(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="GB2312"?><k:kml xmlns:k="x"><k:Placemark><k:name>{W["liuhe"]}</k:name></k:Placemark></k:kml>'  # noqa: E501
    (tmp_path / "a.kml").write_bytes(text.encode("gbk"))
    table = sources.read(tmp_path / "a.kml")
    assert table.frame["name"][0] == W["liuhe"]
    assert [finding.fault.code for finding in table.findings] == ["encoding"]


def test_a_link_is_told_and_not_followed(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>https://example.org/b.kml</href></Link></NetworkLink>"
    table = sources.read(write(tmp_path / "a.kml", link + point("a", "113,34")))
    (finding,) = table.findings
    assert (finding.severity, finding.fault.code, finding.fault.value) == (
        Severity.WARNING, "network_link", "https://example.org/b.kml",
    )  # fmt: skip
    assert [f.code for f in refused(write(tmp_path / "b.kml", link))] == ["no_rows"]


@pytest.mark.parametrize("where", ["113", "113,abc", "nan,34", "113,34 114,35", "1e9999,3", "113;34", "113,"])
def test_a_bad_point_is_named(tmp_path: Path, where: str) -> None:
    found = refused(write(tmp_path / "a.kml", point("a", "113,34") + point("b", where)))
    assert [(f.code, f.feature) for f in found] == [("bad_coordinates", 1)]


@pytest.mark.parametrize("where", ["113,34 114,34 114,35 113,35", "113,34 114,34 113,34"])
def test_an_open_ring_is_named(tmp_path: Path, where: str) -> None:
    body = f"<Placemark><Polygon>{ring(where)}</Polygon></Placemark>"
    assert [(f.code, f.feature) for f in refused(write(tmp_path / "a.kml", body))] == [("bad_coordinates", 0)]


def test_cut_off_broken_and_endless(tmp_path: Path) -> None:
    whole = HEAD + "\n" + point("a", "113,34") + TAIL
    path = tmp_path / "a.kml"
    for size in range(len(HEAD), len(whole) - 1):
        path.write_text(whole[:size])
        assert refused(path)[0].code in {"truncated_line", "damaged"}, whole[:size]
    path.write_text(whole.replace("</name>", "</nome>"))
    assert [(f.code, f.line) for f in refused(path)] == [("damaged", 3)]
    deep = "<MultiGeometry>" * 50_000 + "</MultiGeometry>" * 50_000
    assert refused(write(path, f"<Placemark>{deep}</Placemark>"))[0].code == "unreadable"


@pytest.mark.parametrize("encoding", ["utf-8", "cp037"])
def test_a_document_type_is_refused_before_anything_is_read(tmp_path: Path, encoding: str) -> None:
    bomb = "<!DOCTYPE kml [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><kml>&b;</kml>".encode(encoding)
    path = tmp_path / "a.kml"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>\n<kml/>'.encode()[:-6] + bomb)
    start = time.process_time()
    assert refused(path)[0].code in {"dtd", "encoding_line", "not_what_it_says", "unknown_format"}
    assert time.process_time() - start < 2


def test_kmz_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.kmz").write_bytes(zipped({"doc.kml": (HEAD + TAIL).encode()}))
    (found,) = refused(tmp_path / "a.kmz")
    assert found.code == "kmz" and "KMZ" in found.text("en")


def test_points_of_a_kml_are_cleaned_without_a_datum(tmp_path: Path) -> None:
    body = "".join(point(f"s{i}", f"113.{i}12345,34.{i}54321") for i in range(1, 4))
    found = clean.stations(sources.read(write(tmp_path / "a.kml", body)), region.load("henan"), datum=None)
    assert found.table["name"].tolist() == ["s1", "s2", "s3"]
    assert found.table.geometry.x.tolist() == [113.112345, 113.212345, 113.312345]


def test_the_corpus_of_faulty_files(shared: Path) -> None:
    files = sorted((shared / "badinputs").rglob("*.kml"))
    assert files
    for path in files:
        assert refused(path)[0].code == "dtd"
