"""Road files of the corpus and of the shared data, counted by loops of their own; nothing else is opened."""

import csv
import gzip
import json
import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pytest

from chargegeo import datum, errors, sources
from chargegeo.vocab import Severity
from tests.sources.ways import NODES, WAYS, all_forms, xml

ROOT = Path(__file__).parents[2]
# what reading says of each file that the manifest expects to be refused or warned of
SAID = {
    "B128": ("way_node_missing", "way/16", "node/999"),
    "B133": ("dtd", None, None),
    "B135": ("truncated_line", None, None),
    "B144": ("dtd", None, None),
    "B145": ("graph_node_place", "node/3", None),
    "B146": ("graph_value", "edge/1-2", '[__import__("os").getpid()]'),
    "B147": ("not_degrees", None, "463351, 3.84138e+06"),
}


def manifest(shared: Path) -> list[dict[str, str]]:
    with (shared / "badinputs" / "manifest.csv").open(encoding="utf-8") as opened:
        return [row for row in csv.DictReader(opened) if row["kind"] in ("osm", "graphml")]


def test_the_corpus_says_what_the_manifest_expects(shared: Path) -> None:
    rows = manifest(shared)
    assert {row["id"] for row in rows} >= SAID.keys() and len(rows) == 12
    for row in rows:
        place = shared / "badinputs" / row["file"]
        if row["expected"] == "ERROR":
            with pytest.raises(errors.InputError) as caught:
                sources.read_roads(place)
            faults = caught.value.faults
        else:
            found = sources.read_roads(place).findings
            assert all(each.severity is Severity.WARNING for each in found)
            faults = tuple(each.fault for each in found)
        said = [(each.code, each.feature, each.value) for each in faults]
        assert said[:1] == [SAID[row["id"]]] if row["id"] in SAID else said == [], row["id"]
        assert all(each.file == str(place) for each in faults)


def test_the_clean_roads(shared: Path) -> None:
    roads = sources.read_roads(shared / "badinputs" / "clean" / "roads.osm")
    assert roads.way_id.tolist() == [11, 12, 13, 14, 15] and len(roads.node_id) == 6
    assert roads.nodes.tolist() == [0, 1, 2, 3, 4, 5, 0, 3, 2, 5, 1, 4] and roads.findings == ()


# ---- real extracts, counted anew


def counted(place: Path) -> tuple[dict[str, int], int, int, float]:
    """Ways by class, vertices, nodes, and degrees of length, by a plain loop."""
    classes: dict[str, int] = {}
    nodes: set[int] = set()
    n_vertices, length = 0, 0.0
    usable = {"motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
              "living_street", "service", "track", "road"}  # fmt: skip
    for way in osmium.FileProcessor(str(place)).with_locations():
        if not way.is_way():
            continue
        word = way.tags.get("highway", "").removesuffix("_link")
        if (word in usable or way.tags.get("route") == "ferry") and way.tags.get("area") != "yes":
            classes[way.tags.get("highway", "ferry")] = classes.get(way.tags.get("highway", "ferry"), 0) + 1
            spots = [(ref.ref, ref.lon, ref.lat) for ref in way.nodes if ref.location.valid()]
            nodes.update(number for number, _, _ in spots)
            n_vertices += len(way.nodes)
            length += sum(math.dist(a[1:], b[1:]) for a, b in pairwise(spots))
    return classes, n_vertices, len(nodes), length


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("porto_portugal.osm.pbf", {"seats", "service_areas"}),
        ("helsinki.osm.pbf", {"seats", "stations", "boundaries"}),
        ("shanghai_center.osm.gz", set()),
    ],
)
def test_real_extracts(shared: Path, name: str, parts: set[str]) -> None:
    place = shared / "data" / "osm" / name
    roads = sources.read_roads(place)
    classes, n_vertices, n_nodes, length = counted(place)
    words, codes = roads.tags["highway"].words, roads.tags["highway"].codes
    found = {word: int((codes == code).sum()) for code, word in enumerate(words)}
    if (codes < 0).any():
        found["ferry"] = int((codes < 0).sum())
    assert found == classes
    assert (len(roads.nodes), len(roads.node_id)) == (n_vertices, n_nodes)
    held = roads.nodes >= 0
    owner = np.repeat(np.arange(len(roads.way_id)), np.diff(roads.start))[held]
    x, y = roads.lon[roads.nodes[held]], roads.lat[roads.nodes[held]]
    steps = np.hypot(np.diff(x), np.diff(y))[np.diff(owner) == 0]
    assert math.isclose(steps.sum(), length, rel_tol=1e-12)
    assert (np.diff(roads.node_id) > 0).all() and set(roads.parts) == parts
    assert (not held.all()) == any(each.fault.code == "way_node_missing" for each in roads.findings)


def test_expressways_of_henan_are_in_metres(shared: Path) -> None:
    roads = sources.read_roads(shared / "data" / "expressways_henan" / "henan.graphml")
    assert (len(roads.way_id), len(roads.node_id)) == (515, 510)
    assert roads.metres is not None and round(roads.metres.sum() / 1000) == 3352
    tail, head = roads.nodes[roads.start[:-1]], roads.nodes[roads.start[1:] - 1]
    straight = datum.metres_between(roads.lon[tail], roads.lat[tail], roads.lon[head], roads.lat[head])
    assert np.abs(roads.metres / straight - 1).max() < 0.01
    assert set(roads.tags["oneway"].words) == {"no"} and "G4" in roads.tags["ref"].words


# ---- nothing else is opened, nothing takes much memory

WATCHED = """
import json, os, resource, sys
from chargegeo import errors, sources
from tests.sources import audited
import numpy, osmium, pyproj, shapely, geopandas
watch = audited.Watch()
sys.addaudithook(watch.hook)
for path in json.loads(sys.stdin.read()):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watch.file, watch.seen = os.path.realpath(path), []
    try:
        roads = sources.read_roads(path)
        ways = len(roads.way_id)
        [roads.parts[name] for name in roads.parts]
    except errors.InputError:
        ways = None
    finally:
        watch.file = None
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"ways": ways, "seen": watch.seen, "megabytes": grown}), flush=True)
"""


def watched(paths: list[Path]) -> list[dict[str, object]]:
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED], input=json.dumps([str(path) for path in paths]), capture_output=True,
        text=True, cwd=ROOT, timeout=300, env={**os.environ, "PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_only_the_given_file_is_opened(tmp_path: Path) -> None:
    paths = all_forms(tmp_path, NODES, WAYS)
    graph = tmp_path / "a.graphml"
    graph.write_text(
        '<graphml><key id="x" for="node" attr.name="x"/><key id="y" for="node" attr.name="y"/>'
        '<key id="c" for="graph" attr.name="crs"/><graph edgedefault="directed"><data key="c">epsg:4326</data>'
        '<node id="1"><data key="x">113</data><data key="y">34</data></node>'
        '<node id="2"><data key="x">113</data><data key="y">35</data></node>'
        '<edge source="1" target="2"/></graph></graphml>',
        "utf-8",
    )
    lines = tmp_path / "a.geojson"
    shape = {"type": "LineString", "coordinates": [[113, 34], [114, 34]]}
    feature = {"type": "Feature", "properties": {"highway": "primary"}, "geometry": shape}
    lines.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    found = watched([*paths, graph, lines])
    assert [(each["ways"], each["seen"]) for each in found] == [(3, [])] * 4 + [(1, [])] * 2


def test_no_road_file_of_the_corpus_makes_us_open_another(shared: Path) -> None:
    found = watched([shared / "badinputs" / row["file"] for row in manifest(shared)])
    assert len(found) == 12 and all(each["seen"] == [] for each in found)


def test_bombs_take_little_memory(tmp_path: Path) -> None:
    text = xml(NODES, WAYS)
    blank, long = tmp_path / "a.osm.gz", tmp_path / "b.osm.gz"
    blank.write_bytes(gzip.compress(text.replace("</osm>", "<node/>" * 8_000_000 + "</osm>").encode()))
    long.write_bytes(gzip.compress(text.replace("A &amp; B", "x" * 60_000_000).encode()))
    found = watched([blank, long])
    assert [each["ways"] for each in found] == [None, None]
    assert max(float(str(each["megabytes"])) for each in found) < 300
