"""The road network drawn: carriageways, junctions, ordinary roads and service areas as nodes and ways."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chargegeo.sample.roads.areas import HALF
from chargegeo.sample.roads.expressways import Expressways
from chargegeo.sample.roads.junctions import Exits, Meets
from chargegeo.sample.roads.lines import Floats, Ints, beside, gap, right_of, runs, spot, with_more
from chargegeo.sample.roads.sheet import Sheet, Tags

if TYPE_CHECKING:
    import pandas

# metres: a bridge reaches so far to either side of what it crosses
BRIDGE = 60.0
# metres of expressway between changes of lanes and speed, and what is signed ("" for nothing)
STRETCH = 24_000.0
SPEEDS, SPEED_SHARES = ("120", "100", ""), (0.55, 0.2, 0.25)
LANES, LANE_SHARES = ("2", "3", "4"), (0.6, 0.3, 0.1)
# metres: how far ramps of toll stations reach along the expressway; from a toll booth to the line to its road
EXIT_REACH, BOOTH = 600.0, 60.0
# metres along the carriageway from the middle of a service area to where its ramps leave and join
RAMP = 450.0
MOTORWAY: Tags = {"highway": "motorway", "oneway": "yes"}
RAMPS: Tags = {"highway": "motorway_link", "oneway": "yes"}


class Wanted(NamedTuple):
    """Vertices wanted on carriageways: carriageway (0 with rising chainage, 1 against), line, metres along it."""

    side: Ints
    line: Ints
    at: Floats


def _wanted(side: int, line: Ints, at: Floats) -> Wanted:
    return Wanted(np.full(len(line), side), line, at)


class Carriageways:
    """Nodes of all carriageways; those of ramps are asked for before they are drawn.

    Right-hand traffic: each carriageway lies to the right of the centreline in its direction of travel.
    """

    def __init__(self, roads: Expressways) -> None:
        self.roads = roads
        self._asked: list[Wanted] = []
        self._n = 0
        self._ids: Ints = np.empty(0, dtype=np.int64)

    def ask(self, side: int, line: Ints, at: Floats) -> slice:
        """Ask for a vertex at each place; the slice finds its nodes after drawing."""
        self._asked.append(_wanted(side, line, at))
        self._n += len(line)
        return slice(self._n - len(line), self._n)

    def beside(
        self, side: int, place: tuple[Ints, Floats], step: Floats | float, out: Floats | float
    ) -> Floats:
        """Places ``step`` metres further in the direction of travel and ``out`` metres to its right.

        ``place`` is the line and how far along it; ``out`` counts from the centreline.
        """
        forth = 1 if side == 0 else -1
        return spot(self.roads.lines, place[0], place[1] + forth * step, forth * np.asarray(out))

    def found(self, rows: slice) -> Ints:
        """Nodes of what was asked for."""
        return self._ids[rows]

    def leave_and_join(self, side: int, line: Ints, at: Floats, reach: Floats | float) -> tuple[slice, slice]:
        """Ask for the nodes where ramps leave before a place and join after it, in the direction of travel."""
        step = reach if side == 0 else -np.asarray(reach)
        return self.ask(side, line, at - step), self.ask(side, line, at + step)

    def draw(self, sheet: Sheet, over: tuple[tuple[Ints, Floats], ...], chance: np.random.Generator) -> None:
        """Draw both carriageways of every road, with bridges over what ``over`` lists (lines, metres), by layer."""
        lines, n = self.roads.lines, len(self.roads.routes)
        ends = [np.concatenate([at - BRIDGE, at + BRIDGE]) for _, at in over]
        for side in (0, 1):
            for (line, _), at in zip(over, ends, strict=True):
                self.ask(side, np.tile(line, 2), at)
        asked = [np.concatenate(column) for column in zip(*self._asked, strict=True)]
        self._ids = np.empty(self._n, dtype=np.int64)
        stretches = int(lines.length.max() // STRETCH) + 1
        speed = chance.choice(SPEEDS, size=(n, stretches), p=SPEED_SHARES)
        lanes = chance.choice(LANES, size=(n, stretches), p=LANE_SHARES)
        for side in (0, 1):
            mine = np.flatnonzero(asked[0] == side)
            shifted = beside(lines, (HALF if side == 0 else -HALF))
            made = with_more(shifted, asked[1][mine], asked[2][mine])
            ids = sheet.nodes(made.xy)
            self._close_rings(ids, made.line)
            self._ids[mine] = ids[made.put]
            inner = np.flatnonzero(made.line[1:] == made.line[:-1])
            line, at_vertex = made.line[inner], made.at
            middle = (at_vertex[inner] + at_vertex[inner + 1]) / 2
            layer = np.zeros(len(inner), dtype=np.int64)
            for number, (of, at) in enumerate(over, start=1):
                layer[gap(line, middle, of, at) < BRIDGE - 0.01] = number
            stretch = (middle // STRETCH).astype(np.int64)
            first, last = runs(np.stack([line, layer, stretch], axis=1))
            for a, b in zip(first, last, strict=True):
                nodes = ids[inner[a] : inner[b] + 2]
                route = self.roads.routes[line[a]]
                tags = _motorway(route, speed[line[a], stretch[a]], lanes[line[a], stretch[a]], int(layer[a]))
                sheet.way(nodes if side == 0 else nodes[::-1], tags)

    def _close_rings(self, ids: Ints, line: Ints) -> None:
        for number, route in enumerate(self.roads.routes):
            if route.get("ring", False):
                rows = np.flatnonzero(line == number)
                ids[rows[-1]] = ids[rows[0]]


def _motorway(route: dict[str, Any], speed: str, lanes: str, layer: int) -> Tags:
    tags = {**MOTORWAY, "ref": route["ref"], "name": route["name"], "lanes": lanes}
    if speed:
        tags["maxspeed"] = speed
    if layer:
        tags.update(bridge="yes", layer=str(layer))
    return tags


class Ramps(NamedTuple):
    """Nodes asked for, before the carriageways are drawn: for each side where ramps leave and where they join."""

    meets_a: tuple[tuple[slice, slice], ...]
    meets_b: tuple[tuple[slice, slice], ...]
    exits: tuple[tuple[slice, slice], ...]
    areas: tuple[tuple[slice, slice], ...]


def ask(
    ways: Carriageways, met: Meets, out: Exits, sides: "tuple[pandas.DataFrame, pandas.DataFrame]"
) -> Ramps:
    """Ask for every node that a ramp needs."""
    lines = ways.roads.lines
    # where a road begins or ends inside the province, both ramps are at its very end
    at = np.where(out.end == 1, 0.0, np.where(out.end == 2, lines.length[out.line], out.at))
    reach = np.where(out.end == 0, EXIT_REACH, 0.0)
    return Ramps(
        tuple(ways.leave_and_join(side, met.a, met.at_a, met.reach) for side in (0, 1)),
        tuple(ways.leave_and_join(side, met.b, met.at_b, met.reach) for side in (0, 1)),
        tuple(ways.leave_and_join(side, out.line, at, reach) for side in (0, 1)),
        tuple(
            ways.leave_and_join(side, areas["line"].to_numpy(), areas["at"].to_numpy(), RAMP)
            for side, areas in enumerate(sides)
        ),
    )


def junctions(sheet: Sheet, ways: Carriageways, met: Meets, ramps: Ramps) -> None:
    """Eight ramps at each junction of two expressways: from either carriageway of each to either of the other."""
    first, second = (met.a, met.at_a), (met.b, met.at_b)
    near = 0.4 * met.reach
    for own, other, at_own, at_other in (
        (ramps.meets_a, ramps.meets_b, first, second),
        (ramps.meets_b, ramps.meets_a, second, first),
    ):
        for side, (leave, _) in enumerate(own):
            start = ways.found(leave)
            for node in start.tolist():
                sheet.tag(node, {"highway": "motorway_junction"})
            for target, (_, join) in enumerate(other):
                # ramps to the far carriageway swing further out
                out = 4 * HALF + 20.0 * target
                bends = [
                    sheet.nodes(ways.beside(way, at, step, out))
                    for way, at, step in ((side, at_own, -near), (target, at_other, near))
                ]
                sheet.links([start, *bends, ways.found(join)], RAMPS)


def toll_stations(sheet: Sheet, ways: Carriageways, out: Exits, ramps: Ramps, joins: Ints) -> None:
    """Ramps of the four movements through a toll booth out and another in.

    Parameters
    ----------
    joins
        Node of the ordinary road at which each toll station joins it.
    """
    place = (out.line, out.at)
    middle = spot(ways.roads.lines, *place, 0.0)
    road = sheet.places(joins)
    toward = (road - middle) / np.hypot(*(road - middle).T)[:, None]
    across = right_of(toward)
    booth = middle + 0.75 * (road - middle)
    toll: Tags = {"barrier": "toll_booth"}
    # in right-hand traffic one leaves on the right
    leaving = sheet.nodes(booth + BOOTH * across, toll)
    entering = sheet.nodes(booth - BOOTH * across, toll)
    sheet.links([leaving, joins], RAMPS)
    sheet.links([joins, entering], RAMPS)
    for side, (leave, join) in enumerate(ramps.exits):
        # a carriageway that begins at an end of the road is only joined there, one that ends is only left
        may_leave = (out.end == 0) | (out.end == 2 - side)
        may_join = (out.end == 0) | (out.end == 1 + side)
        first, last = ways.found(leave), ways.found(join)
        step = np.where(out.end == 0, 0.6 * EXIT_REACH, 0.0)
        bends = [sheet.nodes(ways.beside(side, place, turn * step, HALF + 25.0)) for turn in (-1, 1)]
        sheet.links([column[may_leave] for column in (first, bends[0], leaving)], RAMPS)
        sheet.links([column[may_join] for column in (entering, bends[1], last)], RAMPS)
        for node in first[may_leave].tolist():
            sheet.tag(node, {"highway": "motorway_junction"})
