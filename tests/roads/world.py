"""Raw roads written down by hand, as a reader would give them back."""

from dataclasses import replace
from typing import Any

import numpy as np

from chargegeo import region
from chargegeo.roads.building import Built, build
from chargegeo.sources.ways.raw import RawRoads, Words

RULES = region.load("henan").roads
DEGREE = 111_000.0  # about, in metres
Tags = dict[str, str]


def raw(
    places: dict[int, tuple[float, float]],
    ways: dict[int, tuple[list[int], Tags]],
    barriers: dict[int, Tags] | None = None,
    **more: Any,
) -> RawRoads:
    """Nodes by id, ways by id over node ids (an id that is in no node is missing), tags of nodes by id."""
    ids = sorted(places)
    at = {node: position for position, node in enumerate(ids)}
    keys = sorted({key for _, tags in ways.values() for key in tags})
    spot = sorted(barriers or {}, key=at.__getitem__)
    node_tags = {}
    for key in sorted({key for tags in (barriers or {}).values() for key in tags}):
        having = [node for node in spot if key in (barriers or {})[node]]
        texts = tuple((barriers or {})[node][key] for node in having)
        node_tags[key] = (np.array([at[node] for node in having], dtype=np.int32), texts)
    return RawRoads(
        file="map.osm",
        kind="osm",
        node_id=np.array(ids, dtype=np.int64),
        lon=np.array([places[node][0] for node in ids]),
        lat=np.array([places[node][1] for node in ids]),
        way_id=np.array(list(ways), dtype=np.int64),
        start=np.cumsum([0, *(len(nodes) for nodes, _ in ways.values())]),
        nodes=np.array([at.get(node, -1) for nodes, _ in ways.values() for node in nodes], dtype=np.int32),
        tags={key: words([tags.get(key) for _, tags in ways.values()]) for key in keys},
        node_tags=node_tags,
        datum="wgs84",
        **more,
    )


def words(texts: list[str | None]) -> Words:
    distinct = tuple(dict.fromkeys(text for text in texts if text is not None))
    return Words(np.array([-1 if t is None else distinct.index(t) for t in texts], dtype=np.int32), distinct)


def line(n: int) -> dict[int, tuple[float, float]]:
    """Nodes 1 to n eastward along 34 N, a hundredth of a degree apart."""
    return {i: (113 + i / 100, 34.0) for i in range(1, n + 1)}


def built(
    places: dict[int, tuple[float, float]],
    ways: dict[int, tuple[list[int], Tags]],
    barriers: dict[int, Tags] | None = None,
    **rules: Any,
) -> Built:
    return build(raw(places, ways, barriers), replace(RULES, **rules))


def edges(found: Built) -> list[tuple[int, int]]:
    """Ids of tail and head of all edges."""
    network = found.network
    return list(
        zip(network.node_id[network.tail].tolist(), network.node_id[network.head].tolist(), strict=True)
    )


def codes(found: Built) -> list[str]:
    return [item.fault.code for item in found.findings]
