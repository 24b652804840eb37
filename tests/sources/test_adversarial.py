"""Faults that a tester found: each was accepted in silence, or refused though legal."""

import os
from pathlib import Path

import pyogrio
import pytest
import shapely

from chargegeo import errors, sources
from chargegeo.vocab import Severity
from tests.sources.files import frame

HEADER = "station_id,name,lon,lat,opened\n"
ROWS = [f"H{i},{{}},113.0{i}1234,34.0{i}4321,2024-01-0{i}" for i in range(1, 8)]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_big5_is_refused_and_not_read_as_rare_letters(tmp_path: Path) -> None:
    name = "\u81fa\u5317\u7e23\u9f8d\u6f6d\u9109\u5145\u96fb\u7ad9"
    text = HEADER + "\n".join(row.format(name) for row in ROWS) + "\n"
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(write(tmp_path / "a.csv", text.encode("big5")))
    assert caught.value.faults[0].code == "big5"
    # the same letters in GBK, and simplified ones, are read
    assert sources.read(write(tmp_path / "b.csv", text.encode("gbk"))).frame["name"][0] == name


def test_a_shorter_last_value_without_line_end_is_a_cut(tmp_path: Path) -> None:
    text = HEADER + "\n".join(row.format("a") for row in ROWS)
    assert sources.read(write(tmp_path / "a.csv", text.encode())).findings == ()
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(write(tmp_path / "b.csv", text[:-3].encode()))
    assert [(fault.code, fault.line) for fault in caught.value.faults] == [("truncated_line", 8)]


def test_a_last_value_that_may_be_cut_is_a_warning(tmp_path: Path) -> None:
    text = "id,lon,lat,kw\n1,113.1,34.1,60\n2,113.2,34.2,480\n3,113.3,34.3,48"
    (finding,) = sources.read(write(tmp_path / "a.csv", text.encode())).findings
    assert (finding.severity, finding.fault.code, finding.fault.line) == (Severity.WARNING, "open_end", 4)
    assert sources.read(write(tmp_path / "b.csv", f"{text}\n".encode())).findings == ()


def test_a_flatgeobuf_with_a_record_without_shape_is_read_whole(tmp_path: Path) -> None:
    shapes = frame()
    shapes.loc[1, "geometry"] = None
    pyogrio.write_dataframe(shapes, tmp_path / "a.fgb", SPATIAL_INDEX="NO")
    found = sources.read(tmp_path / "a.fgb")
    assert shapely.is_missing(found.geometry.to_numpy()).tolist() == [False, True, False]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_file_name_that_is_no_text_is_shown_by_its_escapes(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv")
    found = sources.read(write(Path(path), b"a,b\n1,2\n"))
    assert found.file.endswith("\\udcff.csv")


@pytest.mark.parametrize("stated", ['{"properties": {"name": "EPSG\\ud800"}}', '{"properties": [1]}', "7"])
def test_a_reference_that_cannot_be_one_is_named(tmp_path: Path, stated: str) -> None:
    feature = (
        '{"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [113, 34]}}'
    )
    path = tmp_path / "f.geojson"
    path.write_text(f'{{"type": "FeatureCollection", "crs": {stated}, "features": [{feature}]}}', "utf-8")
    with pytest.raises(errors.CrsFault) as refused:
        sources.read(path)
    assert [fault.code for fault in refused.value.faults] == ["unknown_crs"]
