"""Small road files for the tests: OpenStreetMap in all its forms, written by ourselves."""

import bz2
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmium
from osmium.osm import mutable

from chargegeo.sources import RawRoads

Tags = Mapping[str, str]
Node = tuple[int, float, float, Tags]
Way = tuple[int, list[int], Tags]
Relation = tuple[int, list[tuple[str, int, str]], Tags]

NODES: list[Node] = [
    (1, 113.0, 34.0, {}),
    (2, 113.1, 34.0, {"barrier": "gate", "access": "private"}),
    (3, 113.2, 34.0, {}),
    (4, 113.1, 34.1, {"barrier": "bollard"}),
    (5, 113.3, 34.3, {"barrier": "gate"}),
]
WAYS: list[Way] = [
    (10, [1, 2, 3], {"highway": "primary", "ref": "G107", "name": "A & B", "surface": "asphalt"}),
    (11, [2, 4], {"highway": "service", "oneway": "yes"}),
    (12, [1, 4], {"highway": "footway"}),
    (13, [3, 1], {"route": "ferry", "duration": "00:20"}),
    (14, [1, 2, 4, 1], {"highway": "service", "area": "yes"}),
    (15, [1, 5], {"highway": "construction"}),
    (16, [1, 5], {"building": "yes"}),
]


def xml(nodes: Iterable[Node], ways: Iterable[Way], relations: Iterable[Relation] = ()) -> str:
    """An OSM file as text, a thing a line."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for number, lon, lat, tags in nodes:
        lines.append(f'<node id="{number}" lon="{lon}" lat="{lat}" version="1">{_tags(tags)}</node>')
    for number, refs, tags in ways:
        body = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{number}" version="1">{body}{_tags(tags)}</way>')
    for number, members, tags in relations:
        body = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        lines.append(f'<relation id="{number}" version="1">{body}{_tags(tags)}</relation>')
    return "\n".join([*lines, "</osm>", ""])


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(text)}/>" for key, text in tags.items())


def pbf(path: Path, nodes: Iterable[Node], ways: Iterable[Way]) -> Path:
    """The same as a PBF, written by osmium."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for number, lon, lat, tags in nodes:
            writer.add_node(mutable.Node(id=number, location=(lon, lat), tags=dict(tags), version=1))
        for number, refs, tags in ways:
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=dict(tags), version=1))
    return path


def all_forms(folder: Path, nodes: list[Node], ways: list[Way]) -> list[Path]:
    """The same roads as .osm, .osm.gz, .osm.bz2 and .osm.pbf."""
    text = xml(nodes, ways).encode()
    for name, data in (("a.osm", text), ("a.osm.gz", gzip.compress(text)), ("a.osm.bz2", bz2.compress(text))):
        (folder / name).write_bytes(data)
    pbf(folder / "a.osm.pbf", nodes, ways)
    return sorted(folder.glob("a.osm*"))


def told(roads: RawRoads) -> list[tuple[int, list[tuple[float, float] | None], dict[str, str]]]:
    """Ways as plain lists: id, places (None for a node that is not there), tags."""
    found = []
    for i, number in enumerate(roads.way_id.tolist()):
        at = roads.nodes[roads.start[i] : roads.start[i + 1]].tolist()
        places = [None if k < 0 else (float(roads.lon[k]), float(roads.lat[k])) for k in at]
        tags = {key: each.words[each.codes[i]] for key, each in roads.tags.items() if each.codes[i] >= 0}
        found.append((number, places, tags))
    return found
