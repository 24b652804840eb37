"""Roads of OpenStreetMap files: what is kept, what is missing, what is refused."""

import bz2
import gzip
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargegeo import errors, sources
from chargegeo.sources import RawRoads
from chargegeo.sources.ways import osm
from tests.sources.ways import NODES, WAYS, all_forms, pbf, told, xml

PRIMARY = {"highway": "primary"}


def read(path: Path, text: str | bytes) -> RawRoads:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return sources.read_roads(path)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.gz", "a.osm.bz2", "a.osm.pbf"])
def test_the_roads_of_a_hand_made_file(tmp_path: Path, name: str) -> None:
    all_forms(tmp_path, NODES, WAYS)
    roads = sources.read_roads(tmp_path / name)
    one, two, three, four = (113.0, 34.0), (113.1, 34.0), (113.2, 34.0), (113.1, 34.1)
    assert told(roads) == [
        (10, [one, two, three], {"highway": "primary", "ref": "G107", "name": "A & B"}),
        (11, [two, four], {"highway": "service", "oneway": "yes"}),
        (13, [three, one], {"route": "ferry", "duration": "00:20"}),
    ]
    assert roads.node_id.tolist() == [1, 2, 3, 4]
    barrier, access = roads.node_tags["barrier"], roads.node_tags["access"]
    assert (barrier[0].tolist(), barrier[1]) == ([1, 3], ("gate", "bollard"))
    assert (access[0].tolist(), access[1]) == ([1], ("private",))
    assert (roads.kind, roads.datum) == ("pbf" if name.endswith("pbf") else "osm", "wgs84")
    assert (roads.nodes.dtype, roads.start.dtype, roads.node_id.dtype) == (np.int32, np.int64, np.int64)
    assert roads.metres is None and roads.findings == () and dict(roads.parts) == {}


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    for path in all_forms(tmp_path, NODES, WAYS):
        other = tmp_path / f"{path.name.replace('.', '')}.csv"
        other.write_bytes(path.read_bytes())
        assert len(sources.read_roads(other).way_id) == 3


def test_every_class_a_car_may_use_and_no_other(tmp_path: Path) -> None:
    classes = [
        *sorted(osm.ROADS),
        "path",
        "cycleway",
        "steps",
        "proposed",
        "pedestrian",
        "busway",
        "bridleway",
    ]
    ways = [(i + 1, [1, 2], {"highway": word}) for i, word in enumerate(classes)]
    roads = read(tmp_path / "a.osm", xml(NODES, ways))
    assert set(roads.tags["highway"].words) == osm.ROADS
    assert len(osm.ROADS) == 16 and len(roads.way_id) == 16


# ---- nodes that are not there


def test_a_node_that_is_not_in_the_file_is_named_with_its_way(tmp_path: Path) -> None:
    ways = [(7, [1, 99, 2, 98, 99], PRIMARY), (8, [1, 2], PRIMARY), (9, [97], PRIMARY)]
    for path in all_forms(tmp_path, NODES, ways):
        roads = sources.read_roads(path)
        assert roads.nodes.tolist() == [0, -1, 1, -1, -1, 0, 1, -1]
        found = [(each.fault.code, each.fault.feature, each.fault.value) for each in roads.findings]
        assert found == [
            ("way_node_missing", "way/7", "node/99, 98"),
            ("way_node_missing", "way/9", "node/97"),
        ]
        assert "3 nodes" in roads.findings[0].fault.text("en")


def test_nodes_after_ways_and_ids_of_an_editor_are_found(tmp_path: Path) -> None:
    nodes = [(-1, 113.0, 34.0, {}), (5, 113.1, 34.0, {}), (2, 113.2, 34.0, {})]
    head, *body, tail, end = xml(nodes, [(-3, [-1, 5, 2], PRIMARY), (4, [2, -1], PRIMARY)]).split("\n")
    turned = "\n".join([head, body[0], *reversed(body[1:]), tail, end])
    for text in ("\n".join([head, *body, tail, end]), turned):
        roads = read(tmp_path / "a.osm", text)
        places = {number: at for number, at, _ in told(roads)}
        assert places == {
            -3: [(113.0, 34.0), (113.1, 34.0), (113.2, 34.0)],
            4: [(113.2, 34.0), (113.0, 34.0)],
        }
        assert roads.node_id.tolist() == [-1, 2, 5] and roads.findings == ()


def test_ways_may_stand_before_their_nodes(tmp_path: Path) -> None:
    head, *body, tail, end = xml(NODES[:3], [(4, [3, 1, 2], PRIMARY)]).split("\n")
    roads = read(tmp_path / "a.osm", "\n".join([head, body[0], *reversed(body[1:]), tail, end]))
    assert told(roads)[0][1] == [(113.2, 34.0), (113.0, 34.0), (113.1, 34.0)]


def test_a_place_off_the_earth_is_refused_with_its_node(tmp_path: Path) -> None:
    nodes = [(1, 113.0, 95.0, {}), (2, 200.0, 34.0, {}), (3, 113.0, 34.0, {})]
    with pytest.raises(errors.FormatFault) as caught:
        read(tmp_path / "a.osm", xml(nodes, [(7, [1, 2, 3], PRIMARY)]))
    assert [(each.code, each.feature) for each in caught.value.faults] == [
        ("road_outside", "node/1"),
        ("road_outside", "node/2"),
    ]


# ---- histories, deleted and repeated ways


def versions(*ways: str) -> str:
    nodes = "".join(f'<node id="{i}" lon="113.{i}" lat="34"/>' for i in range(1, 4))
    return f'<osm version="0.6">{nodes}{"".join(ways)}</osm>'


def way(number: int, first: int, last: int, more: str = "", word: str = "primary") -> str:
    body = f'<nd ref="{first}"/><nd ref="{last}"/><tag k="highway" v="{word}"/>'
    return f'<way id="{number}" {more}>{body}</way>'


def test_a_way_that_is_there_again_counts_once_in_its_newest_version(tmp_path: Path) -> None:
    text = versions(
        way(5, 1, 2, 'version="1"', "trunk"),
        way(4, 1, 3, 'version="2"', "service"),
        way(5, 2, 3, 'version="3"'),
        way(7, 1, 2),
        way(7, 1, 3),
        way(5, 1, 3, 'version="2"', "track"),
    )
    found = read(tmp_path / "a.osm", text)
    assert told(found) == [
        (4, [(113.1, 34.0), (113.3, 34.0)], {"highway": "service"}),
        (5, [(113.2, 34.0), (113.3, 34.0)], {"highway": "primary"}),
        (7, [(113.1, 34.0), (113.2, 34.0)], {"highway": "primary"}),
    ]
    (note,) = found.findings
    assert (note.fault.code, note.n_rows, note.fault.feature) == ("way_repeated", 3, "way/5")


def test_deleted_ways_are_left_out_and_counted(tmp_path: Path) -> None:
    text = versions(way(1, 1, 2), way(2, 1, 2, 'visible="false"'), way(3, 2, 3, "visible='false'"))
    found = read(tmp_path / "a.osm", text)
    assert found.way_id.tolist() == [1]
    (note,) = found.findings
    assert (note.fault.code, note.n_rows, note.fault.feature) == ("way_deleted", 2, "way/2")
    with pytest.raises(errors.SchemaFault, match="no road"):
        read(tmp_path / "b.osm", versions(way(2, 1, 2, 'visible="false"')))


def test_a_history_is_refused(tmp_path: Path) -> None:
    gone = '<way id="1" version="2" visible="false"/>'
    with pytest.raises(errors.FormatFault, match="history"):
        read(tmp_path / "a.osm", versions(way(1, 1, 2, 'version="1"'), gone))
    packed = gzip.compress(versions(way(1, 1, 2, 'version="1"'), gone).encode())
    with pytest.raises(errors.FormatFault, match="history"):
        read(tmp_path / "a.osm.gz", packed)


def test_options_of_lines_are_refused_for_other_files(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    path.write_text(versions(way(1, 1, 2)))
    with pytest.raises(errors.SchemaFault) as caught:
        sources.read_roads(path, layer="roads", columns={"ref": "number"}, crossings=True)
    named = [(each.code, each.value) for each in caught.value.faults]
    assert named == [("road_option", "layer"), ("road_option", "columns"), ("road_option", "crossings")]
    assert "OpenStreetMap" in str(caught.value)


# ---- random worlds against plain lists

NUMBERS = st.integers(1, 2**40)
DEGREES = st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))
TAGS = st.fixed_dictionaries(
    {"highway": st.sampled_from(["primary", "service", "footway", "track"])},
    optional={
        key: st.sampled_from(["1", "yes", "a;b", "\u00e9"]) for key in ("ref", "oneway", "lanes", "layer")
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.dictionaries(NUMBERS, DEGREES, min_size=2, max_size=8),
    data=st.data(),
    ways=st.lists(TAGS, min_size=1, max_size=6),
)
def test_any_small_world_comes_back(
    tmp_path: Path, places: dict[int, tuple[int, int]], data: st.DataObject, ways: list[dict[str, str]]
) -> None:
    refs = st.lists(st.sampled_from([*places, 2**41]), min_size=1, max_size=5)
    nodes = [(number, x / 1e7, y / 1e7, {}) for number, (x, y) in sorted(places.items())]
    world = [(i + 1, data.draw(refs), tags) for i, tags in enumerate(ways)]
    roads_in = [way for way in world if way[2]["highway"] != "footway"]
    if not roads_in:
        return
    at = {number: (x / 1e7, y / 1e7) for number, (x, y) in places.items()}
    expected = [
        (number, [at.get(ref) for ref in refs], {key: text for key, text in tags.items() if key != "lanes"})
        for number, refs, tags in roads_in
    ]
    used = sorted({ref for _, refs, _ in roads_in for ref in refs} & set(places))
    roads = sources.read_roads(pbf(tmp_path / "a.osm.pbf", nodes, world))
    assert told(roads) == expected
    assert roads.node_id.tolist() == used


# ---- what is refused


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (xml(NODES, []).encode(), "no_roads"),
        (xml(NODES, [(1, [1, 2], {"highway": "path"})]).encode(), "no_roads"),
        (b"<?xml version='1.0'?><!DOCTYPE osm [<!ENTITY a 'b'>]><osm></osm>", "dtd"),
        (b"<?xml version='1.0'?><!DOCTYPE osm SYSTEM 'http://localhost/x'><osm></osm>", "dtd"),
        ("<osm></osm>".encode("utf-16"), "utf16"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><osm></osm>", "damaged"),
        (xml(NODES, WAYS).replace("A &amp; B", "A & B").encode(), "damaged"),
        (b"\n\n" + xml(NODES, WAYS).replace("G107", "\u9ad8").encode("gbk"), "encoding_line"),
        (gzip.compress(b"a,b\n1,2\n"), "packed"),
        (bz2.compress(b"<gpx></gpx>"), "packed"),
        (b"<osmChange version='0.6'></osmChange>", "unknown_format"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader", "truncated"),
        (b"\x00\x00\x00\x11\x0a\x09OSMHeader\x18\xff\xff\xff\xff\x0f", "damaged"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "roads.osm"
    path.write_bytes(data)
    with pytest.raises(errors.InputError) as caught:
        sources.read_roads(path)
    assert {each.code for each in caught.value.faults} == {code}
    assert all(each.file == str(path) for each in caught.value.faults)
    assert caught.value.text("zh") and caught.value.text("en")


def test_the_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    text = xml(NODES, WAYS).replace("G107", "\u9ad8")
    with pytest.raises(errors.FormatFault) as caught:
        read(tmp_path / "a.osm", text.encode("gbk"))
    assert caught.value.faults[0].line == 1 + next(
        i for i, line in enumerate(text.split("\n")) if "\u9ad8" in line
    )


def test_no_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(errors.MissingFile):
        sources.read_roads(tmp_path / "no.osm.pbf")
    with pytest.raises(errors.FormatFault, match="folder"):
        sources.read_roads(tmp_path)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.gz", "a.osm.bz2", "a.osm.pbf"])
def test_a_file_cut_anywhere_is_never_read_in_part(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(3)
    nodes = [
        (i + 1, float(x), float(y), {}) for i, (x, y) in enumerate(rng.uniform(30, 40, (2000, 2)).round(7))
    ]
    ways = [(i + 1, [i + 1, i + 2], {"highway": "primary", "name": str(i * 7919)}) for i in range(1500)]
    all_forms(tmp_path, nodes, ways)
    data = (tmp_path / name).read_bytes()
    cut = tmp_path / f"cut{name[1:]}"
    for share in range(1, 100):
        cut.write_bytes(data[: len(data) * share // 100])
        with pytest.raises(errors.FormatFault) as caught:
            sources.read_roads(cut)
        assert {each.code for each in caught.value.faults} <= {"truncated", "truncated_line"}, share


def test_a_damaged_block_is_refused(tmp_path: Path) -> None:
    data = bytearray(pbf(tmp_path / "a.osm.pbf", NODES, WAYS).read_bytes())
    data[-20:-10] = bytes(10)
    with pytest.raises(errors.FormatFault):
        read(tmp_path / "b.osm.pbf", bytes(data))


@pytest.mark.parametrize(
    ("name", "pack", "filling", "code"),
    [
        ("a.osm.gz", gzip.compress, b"\n", "damaged"),
        ("a.osm.bz2", bz2.compress, b"\n", "damaged"),
        ("a.osm.gz", gzip.compress, b'<node id="1" lat="34" lon="113"/>', "bomb"),
        ("a.osm.bz2", bz2.compress, b'<node id="1" lat="34" lon="113"/>', "bomb"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, name: str, pack: object, filling: bytes, code: str
) -> None:
    assert callable(pack)
    path = tmp_path / name
    path.write_bytes(pack(b"<osm>" + filling * (60_000_000 // len(filling)) + b"</osm>"))
    start = time.process_time()
    with pytest.raises(errors.FormatFault) as caught:
        sources.read_roads(path)
    assert {each.code for each in caught.value.faults} == {code}
    assert time.process_time() - start < 2


def test_a_dense_chain_of_blocks_is_refused(tmp_path: Path) -> None:
    import zlib

    def block(kind: bytes, raw: bytes) -> bytes:
        packed = zlib.compress(raw, 9)
        blob = b"\x10" + varint(len(raw)) + b"\x1a" + varint(len(packed)) + packed
        header = b"\x0a" + varint(len(kind)) + kind + b"\x18" + varint(len(blob))
        return len(header).to_bytes(4, "big") + header + blob

    path = tmp_path / "a.osm.pbf"
    path.write_bytes(block(b"OSMHeader", b"") + block(b"OSMData", bytes(30_000_000)) * 20)
    with pytest.raises(errors.FormatFault) as caught:
        sources.read_roads(path)
    assert caught.value.faults[0].code == "bomb"


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])
