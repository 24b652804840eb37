"""Where expressways meet each other and where ordinary roads lead onto them."""

from typing import NamedTuple

import numpy as np

from chargegeo.sample.roads.expressways import Expressways
from chargegeo.sample.roads.lines import Floats, Ints, crossings, heading, right_of, spot
from chargegeo.sample.roads.ordinary import Ordinary

# metres: ramps leave and join so far from the middle of a junction, at most
REACH = 700.0
# metres: two junctions of one road nearer than this to each other, or to its end, are one too many
ROOM = 1500.0
# metres along the expressway: from one toll station to the next, and from a toll station to a junction or end
APART = (14_000.0, 25_000.0)
CLEAR = 3500.0
# metres from the crossing to where the toll station joins the ordinary road, and from there to the town
JOIN, TOWN = 550.0, 150.0
# sine of the least angle at which a road with a toll station crosses
STEEP = 0.35


class Meets(NamedTuple):
    """Junctions of two expressways: lines, metres along each, and how far off the ramps begin."""

    a: Ints
    at_a: Floats
    b: Ints
    at_b: Floats
    reach: Floats


class Exits(NamedTuple):
    """Toll stations: expressway and metres along it, ordinary road and metres along it to where it joins.

    ``end`` is 0 for a crossing with ramps of all four movements, 1 where the expressway begins there, 2 where it
    ends there.
    """

    line: Ints
    at: Floats
    edge: Ints
    at_edge: Floats
    end: Ints


def meets(roads: Expressways) -> Meets:
    """Junctions of expressways; a crossing too near to another on the same road stays without ramps."""
    found = crossings(roads.lines, roads.lines)
    once = found.a < found.b
    a, at_a, b, at_b = found.a[once], found.at_a[once], found.b[once], found.at_b[once]
    length = roads.lines.length
    kept: list[int] = []
    taken: dict[int, list[float]] = {}
    for row in range(len(a)):
        sides = ((int(a[row]), float(at_a[row])), (int(b[row]), float(at_b[row])))
        if all(
            ROOM < at < length[line] - ROOM and all(abs(at - other) > ROOM for other in taken.get(line, ()))
            for line, at in sides
        ):
            kept.append(row)
            for line, at in sides:
                taken.setdefault(line, []).append(at)
    rows = np.array(kept, dtype=np.int64)
    gaps = [
        min((abs(at - other) for other in taken[line] if other != at), default=np.inf)
        for line, at in [*zip(a[rows], at_a[rows], strict=True), *zip(b[rows], at_b[rows], strict=True)]
    ]
    reach = np.minimum(REACH, 0.4 * np.reshape(gaps, (2, -1)).min(axis=0))
    return Meets(a[rows], at_a[rows], b[rows], at_b[rows], reach)


def exits(roads: Expressways, ordinary: Ordinary, met: Meets) -> Exits:
    """Toll stations every 14 to 25 km on the best road that crosses there, and where a road ends inside."""
    found = crossings(roads.lines, ordinary.lines)
    ways = heading(roads.lines, found.a, found.at_a), heading(ordinary.lines, found.b, found.at_b)
    steep = np.abs((right_of(ways[0]) * ways[1]).sum(axis=1)) > STEEP
    size = ordinary.lines.length[found.b]
    ahead = found.at_b + JOIN < size - TOWN
    room = ahead | (found.at_b - JOIN > TOWN)
    length = roads.lines.length[found.a]
    clear = (found.at_a > CLEAR) & (found.at_a < length - CLEAR)
    for line, at in [*zip(met.a, met.at_a, strict=True), *zip(met.b, met.at_b, strict=True)]:
        clear &= (found.a != line) | (np.abs(found.at_a - at) > CLEAR)
    able = np.flatnonzero(steep & room & clear)
    rank = ordinary.rank[found.b]
    rows = np.array(
        [
            row
            for line in range(len(roads.routes))
            for row in _spaced(able[found.a[able] == line], found.at_a, rank)
        ],
        dtype=np.int64,
    )
    join = found.at_b[rows] + np.where(ahead[rows], JOIN, -JOIN)
    inner = _inner_ends(roads, ordinary)
    return Exits(
        np.concatenate([found.a[rows], inner.line]),
        np.concatenate([found.at_a[rows], inner.at]),
        np.concatenate([found.b[rows], inner.edge]),
        np.concatenate([join, inner.at_edge]),
        np.concatenate([np.zeros(len(rows), dtype=np.int64), inner.end]),
    )


def _spaced(rows: Ints, at: Floats, rank: Ints) -> list[int]:
    """Of crossings in the order of the road: in each stretch the one with the best road, then the first."""
    chosen: list[int] = []
    last = -APART[0] / 2
    while True:
        ahead = rows[at[rows] > last + APART[0]]
        if not len(ahead):
            return chosen
        window = ahead[at[ahead] < last + APART[1]]
        best = window[np.argmin(rank[window])] if len(window) else ahead[0]
        chosen.append(int(best))
        last = float(at[best])


def _inner_ends(roads: Expressways, ordinary: Ordinary) -> Exits:
    """Ends of expressways inside the province, each joined to the nearest ordinary road."""
    ends = [
        (line, float(at), which)
        for line, route in enumerate(roads.routes)
        if not route.get("ring", False)
        for which, key, at in ((1, "start", 0.0), (2, "end", roads.lines.length[line]))
        if key not in route
    ]
    line, at, which = (np.array(column) for column in zip(*ends, strict=True))
    place = spot(roads.lines, line, at, 0.0)
    edge, at_edge = nearest_road(ordinary, place)
    return Exits(line.astype(np.int64), at, edge, at_edge, which.astype(np.int64))


def nearest_road(ordinary: Ordinary, places: Floats) -> tuple[Ints, Floats]:
    """Nearest ordinary road of each place, and how far along it; at least 10 m from the town at either end."""
    import shapely

    lines = shapely.linestrings(ordinary.lines.xy, indices=ordinary.lines.of)
    tree = shapely.STRtree(lines)
    points = shapely.points(places)
    edge = tree.nearest(points)
    at = shapely.line_locate_point(lines[edge], points)
    return edge.astype(np.int64), np.clip(at, 10.0, ordinary.lines.length[edge] - 10.0)
