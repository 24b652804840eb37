"""Made-up streets of any size as OpenStreetMap files: ``python streets.py FOLDER --name extract``.

A jittered brick wall: long rows of streets, cut into ways of several blocks, with a cross street between two rows
at every other junction, so that three blocks meet everywhere and no junction is contracted away; shape points
along each block; classes, numbers, speeds and one-ways in about the mix of a European city. One seed.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

CLASSES = {
    "residential": 0.42, "service": 0.24, "unclassified": 0.08, "tertiary": 0.1, "secondary": 0.06,
    "primary": 0.04, "living_street": 0.03, "track": 0.03,
}  # fmt: skip
NUMBERED = {"primary": "N", "secondary": "R", "tertiary": "M"}
SPACING = 0.0012  # degrees between junctions


class Size(NamedTuple):
    """Junctions a side, blocks a way of the rows, shape points a block."""

    side: int
    blocks: float
    shape: float


# 200,000 ways over 680,000 nodes, and 15 times the roads of Porto
SIZES = {"extract": Size(480, 2.7, 1.3), "province": Size(1060, 7.5, 2.0)}


@dataclass(frozen=True, eq=False)
class Streets:
    """Nodes (junctions first), and ways over positions of nodes: ``nodes[start[i]:start[i + 1]]``."""

    xy: Array
    start: Array
    nodes: Array


def junctions(side: int, rng: np.random.Generator) -> Array:
    """Degrees of the junctions (side * side, 2), row by row."""
    row, column = np.divmod(np.arange(side * side), side)
    return (
        np.column_stack((column, row)) * SPACING + rng.uniform(-0.3, 0.3, (side**2, 2)) * SPACING + (111, 33)
    )


def blocks(side: int) -> tuple[Array, Array, int]:
    """First and last junction of each block: those of the rows in order, then (from the third on) cross streets."""
    node = np.arange(side * side).reshape(side, side)
    row, column = np.divmod(node[:-1].ravel(), side)
    across = node[:-1].ravel()[(row + column) % 2 == 0]
    first, last = node[:, :-1].ravel(), node[:, 1:].ravel()
    return np.append(first, across), np.append(last, across + side), len(first)


def streets(size: Size, seed: int) -> Streets:
    """The streets of one size."""
    rng = np.random.default_rng(seed)
    xy = junctions(size.side, rng)
    first, last, along = blocks(size.side)
    n_shape = rng.poisson(size.shape, len(first))
    owner = np.repeat(np.arange(len(first)), n_shape)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(n_shape) - n_shape, n_shape)
    share = ((rank + 1) / (n_shape[owner] + 1))[:, None]
    bend = rng.uniform(-0.04, 0.04, (len(owner), 2)) * SPACING
    shape = xy[first[owner]] * (1 - share) + xy[last[owner]] * share + bend
    # each block begins with its junction; the last block of a way is followed by one more
    opens = rng.random(len(first)) < 1 / size.blocks
    opens[along:] = True
    opens[: along + 1 : size.side - 1] = True
    closing = np.append(np.flatnonzero(opens)[1:], len(first)) - 1
    at = np.concatenate((np.arange(len(first)), owner, closing))
    step = np.concatenate((np.zeros(len(first)), 1 + rank, np.full(len(closing), np.inf)))
    order = np.lexsort((step, at))
    nodes = np.concatenate((first, len(xy) + np.arange(len(shape)), last[closing]))[order]
    ends = np.flatnonzero(np.isinf(step[order])) + 1
    return Streets(np.concatenate((xy, shape)), np.append(0, ends), nodes)


def tags(rng: np.random.Generator, n: int) -> list[dict[str, str]]:
    """Tags of ways."""
    words = rng.choice(list(CLASSES), n, p=np.array([*CLASSES.values()])).tolist()
    number, speed = rng.integers(1, 900, n).tolist(), rng.choice([20, 30, 50, 50, 70, 90], n).tolist()
    named, stated, numbered, oneway = (rng.random((4, n)) < np.array([[0.6], [0.25], [0.5], [0.12]])).tolist()
    made = []
    for i, word in enumerate(words):
        own = {"highway": word}
        if named[i]:
            own["name"] = f"Street {number[i]}"
        if stated[i]:
            own["maxspeed"] = str(speed[i])
        if numbered[i] and word in NUMBERED:
            own["ref"] = f"{NUMBERED[word]} {number[i]}"
        if oneway[i]:
            own["oneway"] = "yes"
        made.append(own)
    return made


def write(size: Size, seed: int, paths: list[Path]) -> dict[str, int]:
    """The streets as one file or several, by suffix; how many nodes and ways they hold."""
    import osmium

    made, rng = streets(size, seed), np.random.default_rng(seed + 1)
    ids = np.cumsum(rng.integers(1, 100, len(made.xy)))
    spots, numbers = zip(made.xy.tolist(), ids.tolist(), strict=True), ids[made.nodes].tolist()
    ways = list(
        zip(made.start[:-1].tolist(), made.start[1:].tolist(), tags(rng, len(made.start) - 1), strict=True)
    )
    writers = [osmium.SimpleWriter(str(path)) for path in paths]
    for spot, number in spots:
        node = osmium.osm.mutable.Node(id=number, location=spot, version=1)
        for writer in writers:
            writer.add_node(node)
    for i, (begin, end, own) in enumerate(ways):
        way = osmium.osm.mutable.Way(id=i + 1, nodes=numbers[begin:end], tags=own, version=1)
        for writer in writers:
            writer.add_way(way)
    for writer in writers:
        writer.close()
    return {"nodes": len(made.xy), "ways": len(ways)}


def roads_only(source: Path, folder: Path) -> None:
    """A real extract as it is and, as XML, its roads for cars with their nodes."""
    import osmium

    from chargegeo.sources.ways.osm import ROADS

    chosen = osmium.filter.TagFilter(*(("highway", word) for word in sorted(ROADS)))
    name = source.name.removesuffix(".osm.pbf")
    shutil.copyfile(source, folder / f"{name}.osm.pbf")
    with osmium.BackReferenceWriter(str(folder / f"{name}.osm"), ref_src=str(source)) as writer:
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(chosen):
            writer.add_way(way)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", choices=SIZES, default="extract")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--xml", action="store_true", help="also as .osm")
    parser.add_argument("--of", type=Path, help="a real extract instead")
    asked = parser.parse_args()
    if asked.of:
        roads_only(asked.of, asked.folder)
        raise SystemExit
    suffixes = (".osm.pbf", ".osm") if asked.xml else (".osm.pbf",)
    files = [asked.folder / f"{asked.name}{suffix}" for suffix in suffixes]
    print(json.dumps({"world": asked.name, **write(SIZES[asked.name], asked.seed, files)}))
