"""Any file at all: what is refused, and that nothing else ever happens."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargegeo import errors, labels, sources
from tests.sources.files import HEADER, ROWS, TEXT, W, feature, frame, geojson, shapefile, xlsx
from tests.sources.test_text import refused

VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="t"><SrcDataSource>CSV:{}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for name in ("no.csv", "no\0.csv", "x" * 300):
        with pytest.raises((errors.MissingFile, errors.FormatFault)):
            sources.read(str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match=r"no\.csv: There is no such file"):
        sources.read(tmp_path / "no.csv")
    with pytest.raises(errors.FormatFault, match="This is a folder"):
        sources.read(tmp_path)


def test_pipes_and_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert refused(tmp_path / "a.csv").code == "unreadable"
    (tmp_path / "b.csv").write_text(TEXT, "utf-8")

    def deny(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)
    assert "Permission denied" in refused(tmp_path / "b.csv").text("en")


@pytest.mark.parametrize("name", ["a.csv", "a.pkl", "a.parquet", "a.xlsx"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_is_never_opened(tmp_path: Path, name: str, protocol: int) -> None:
    canary = tmp_path / "ran"
    (tmp_path / name).write_bytes(pickle.dumps(Canary(str(canary)), protocol))
    refused(tmp_path / name)
    assert not canary.exists()


class Canary:
    """Makes a folder when unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize(
    "name", ["a.geojson", "a.gpkg", "a.fgb", "a.csv", "a.xlsx", "a.parquet", "a.zip", "a.kml"]
)
def test_a_vrt_opens_no_other_file(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    path = tmp_path / name
    path.write_text(VRT.format(secret))
    code = (
        "import sys\n"
        "from chargegeo import errors, sources\n"
        "import chargegeo.sources.layers, chargegeo.sources.features, geopandas, pyogrio\n"
        "import encodings.unicode_escape\n"
        "seen = []\n"
        "sys.addaudithook(lambda e, a: seen.append(str(a[0])) if e in ('open', 'socket.connect') else None)\n"
        "try: sources.read(sys.argv[1])\n"
        "except errors.InputError as error: print(error)\n"
        "print([s for s in seen if not s.endswith(('.py', '.pyc', '.toml', sys.argv[1]))])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "VRT" in done.stdout and done.stdout.strip().endswith("[]"), done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\x1f\x8b\x08\0\0\0", "gzip"),
        (b"7z\xbc\xaf\x27\x1c....", "7z"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x00\x00\x27\x0a" + bytes(96), "Put .shp, .shx, .dbf and .prj into one ZIP"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "HTML"),
        (b"<!DOCTYPE html>\n<html><body></body></html>", "HTML"),
        (b'<?xml version="1.0"?><kml xmlns="x"><Document/></kml>', "No data rows"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><kml/>', "DTD refused"),
        (b'<?xml version="1.0"?><!-- x --><Workbook/>', "Excel XML 2003"),
        (bytes(range(256)) * 8, "no format read here"),
        (b"PK\x03\x04" + bytes(60), "cut off"),
        (b"PAR1" + bytes(60), "cut off"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, data: bytes, word: str) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    assert word in refused(tmp_path / "a.csv").text("en")


def test_the_name_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(xlsx(tmp_path / "b.xlsx", {"S": [HEADER, *ROWS]}).read_bytes())
    table = sources.read(tmp_path / "a.csv")
    assert table.kind == "xlsx" and "other_name" in {finding.fault.code for finding in table.findings}
    (tmp_path / "a.gpkg").write_text(TEXT, "utf-8")
    assert refused(tmp_path / "a.gpkg").code == "not_what_it_says"


def test_both_languages_say_the_same_things() -> None:
    values = {"value": "v"}
    for key in labels.keys("zh") | labels.keys("en"):
        if key.startswith("place."):
            assert labels.text(key, "zh", **values) != labels.text(key, "en", **values)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One sound file of each format."""
    place = tmp_path_factory.mktemp("whole")
    (place / "a.csv").write_text(TEXT, "utf-8")
    (place / "gbk.csv").write_text(TEXT, "gbk")
    xlsx(place / "a.xlsx", {"S": [HEADER, *ROWS]})
    geojson(place / "a.geojson", [feature(i, n=i, name=W["town"]) for i in range(3)])
    pyogrio.write_dataframe(frame(), place / "a.gpkg")
    pyogrio.write_dataframe(frame(), place / "a.fgb")
    shapefile(place / "a.zip")
    frame().to_parquet(place / "a.parquet")
    return {path.name: path.read_bytes() for path in sorted(place.iterdir()) if path.is_file()}


NAMES = ["a.csv", "gbk.csv", "a.xlsx", "a.geojson", "a.gpkg", "a.fgb", "a.zip", "a.parquet"]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused_and_never_raise_anything_else(
    name: str, data: st.DataObject, whole: dict[str, bytes], tmp_path: Path
) -> None:
    content = bytearray(whole[name])
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    keep = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    path = tmp_path / name
    path.write_bytes(content[:keep])
    try:
        assert len(sources.read(path).frame)
    except errors.InputError as error:
        assert name in str(error) and error.text("zh")


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.zip", "a.parquet", "a.xlsx"])
def test_no_cut_goes_unseen(name: str, whole: dict[str, bytes], tmp_path: Path) -> None:
    content = whole[name]
    for share in range(0, 100, 7):
        (tmp_path / name).write_bytes(content[: len(content) * share // 100])
        refused(tmp_path / name)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_at_all(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    try:
        sources.read(tmp_path / "x")
    except errors.InputError as error:
        assert str(error)
