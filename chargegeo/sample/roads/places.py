"""Service areas beside their carriageways, ordinary roads, and the way from each station to its road."""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chargegeo.sample.roads.areas import HALF
from chargegeo.sample.roads.drawing import RAMPS, Carriageways, Ramps
from chargegeo.sample.roads.junctions import nearest_road
from chargegeo.sample.roads.lines import Flags, Floats, Ints, Lines, along, lines_of, spot, with_more
from chargegeo.sample.roads.ordinary import Ordinary
from chargegeo.sample.roads.sheet import Sheet, Tags

if TYPE_CHECKING:
    import pandas

# metres along the carriageway from the middle of a service area: bend of its ramps, gates, edge of the area
BEND, GATE, EDGE = 300.0, 150.0, 170.0
# metres from the centreline: bend of the ramps; from the carriageway: near edge and gates; beyond the chargers:
# far edge; and from the chargers to the lane that passes them
OUT, NEAR, GATES, DEEP, LANE = 32.0, 35.0, 45.0, 50.0, 12.0
DRIVE: Tags = {"highway": "service", "oneway": "yes"}
# metres: a longer way to a station is a village road; each ends so far before the station
DRIVEWAY, SHORT = 300.0, 12.0
HIGHWAY = ("primary", "secondary", "tertiary", "unclassified")
# speed limits that are signed, by rank of the road, and the share of roads that have the sign
SPEEDS, SIGNED = ("80", "70", "40", "30"), 0.4
# so many stretches of national roads have two carriageways, so far from their middle (metres)
DUAL, DUAL_HALF = 40, 9.0
DUAL_LENGTH = 1500.0


def service_areas(
    sheet: Sheet, ways: Carriageways, ramps: Ramps, sides: "tuple[pandas.DataFrame, pandas.DataFrame]"
) -> "list[pandas.DataFrame]":
    """Draw every side: its ground, ramps from and to its own carriageway, a lane past the chargers.

    Parameters
    ----------
    sides
        For each direction a row a pair: ``line``, ``at``, ``out`` (metres from the centreline to the chargers),
        ``name_on_map``, ``linked`` and ``n_bays`` (0 where there are no chargers).

    Returns
    -------
    The same tables with ``area_way`` and ``charger_node`` (0 for none).
    """
    lanes, done = [], []
    for side, table in enumerate(sides):
        lay = partial(ways.beside, side, (table["line"].to_numpy(), table["at"].to_numpy()))
        out = table["out"].to_numpy()
        leave, join = (ways.found(rows) for rows in ramps.areas[side])
        gate_in, gate_out = sheet.nodes(lay(-GATE, HALF + GATES)), sheet.nodes(lay(GATE, HALF + GATES))
        lane = sheet.nodes(lay(0.0, out - LANE))
        sheet.links([leave, sheet.nodes(lay(-BEND, OUT)), gate_in], RAMPS)
        sheet.links([gate_in, lane, gate_out], DRIVE)
        sheet.links([gate_out, sheet.nodes(lay(BEND, OUT)), join], RAMPS)
        corners = [sheet.nodes(lay(step, off)) for step, off in (
            (-EDGE, HALF + NEAR), (EDGE, HALF + NEAR), (EDGE, out + DEEP), (-EDGE, out + DEEP),
        )]  # fmt: skip
        grounds = [
            sheet.way(ring, {"highway": "services", "name": name})
            for ring, name in zip(np.stack([*corners, corners[0]], axis=1), table["name_on_map"], strict=True)
        ]
        done.append(table.assign(area_way=grounds, charger_node=_chargers(sheet, lay(0.0, out), table)))
        lanes.append(lane)
    linked = sides[0]["linked"].to_numpy()
    under = {"highway": "service", "tunnel": "yes", "layer": "-1"}
    sheet.links([lane[linked] for lane in lanes], under)
    return done


def _chargers(sheet: Sheet, xy: Floats, table: "pandas.DataFrame") -> Ints:
    has = table["n_bays"].to_numpy() > 0
    nodes = np.zeros(len(table), dtype=np.int64)
    nodes[has] = sheet.nodes(xy[has])
    for node, bays, name in zip(
        nodes[has].tolist(), table["n_bays"][has], table["name_on_map"][has], strict=True
    ):
        sheet.tag(node, {"amenity": "charging_station", "name": name, "capacity": str(bays)})
    return nodes


class Links(NamedTuple):
    """Ways from ordinary roads to places: road, metres along it, and the line to the place (two vertices each)."""

    edge: Ints
    at_edge: Floats
    lines: Lines


def links(ordinary: Ordinary, places: Floats, short: Floats | float = SHORT) -> Links:
    """The shortest way from each place to an ordinary road, which ends ``short`` metres before the place."""
    edge, at = nearest_road(ordinary, places)
    foot = along(ordinary.lines, edge, at)
    metres = np.hypot(*(places - foot).T)
    share = np.maximum(metres - short, metres / 2) / metres
    tip = foot + share[:, None] * (places - foot)
    return Links(edge, at, lines_of(list(np.stack([foot, tip], axis=1))))


class Drawn(NamedTuple):
    """Ordinary roads as drawn: node of each town, way of each road (0 where there are two), nodes asked for."""

    town: Ints
    way: Ints
    put: Ints


def ordinary_roads(
    sheet: Sheet, ordinary: Ordinary, edge: Ints, at_edge: Floats, chance: np.random.Generator
) -> Drawn:
    """Draw the roads between the towns, with nodes ``at_edge`` metres along the roads ``edge``."""
    town = sheet.nodes(ordinary.town)
    made = with_more(ordinary.lines, edge, at_edge)
    ids = sheet.nodes(made.xy)
    first = np.searchsorted(made.line, np.arange(len(ordinary.ends)))
    last = np.append(first[1:], len(made.line)) - 1
    ids[first], ids[last] = town[ordinary.ends[:, 0]], town[ordinary.ends[:, 1]]
    signed = chance.random(len(ordinary.ends)) < SIGNED
    free = np.ones(len(ordinary.ends), dtype=bool)
    free[edge] = False
    dual = np.flatnonzero(free & (ordinary.rank == 0) & (ordinary.lines.length > DUAL_LENGTH))[:DUAL]
    ways = np.zeros(len(ordinary.ends), dtype=np.int64)
    for road in range(len(ordinary.ends)):
        nodes, tags = ids[first[road] : last[road] + 1], _tags(ordinary, road, signed)
        if road in dual:
            _two_carriageways(sheet, ordinary, road, nodes, {**tags, "highway": "trunk", "oneway": "yes"})
        else:
            ways[road] = sheet.way(nodes, tags)
    return Drawn(town, ways, ids[made.put])


def _tags(ordinary: Ordinary, road: int, signed: Flags) -> Tags:
    rank = int(ordinary.rank[road])
    tags = {"highway": HIGHWAY[rank], "ref": str(ordinary.ref[road])}
    return {**tags, "maxspeed": SPEEDS[rank]} if signed[road] else tags


def _two_carriageways(sheet: Sheet, ordinary: Ordinary, road: int, nodes: Ints, tags: Tags) -> None:
    start, at_vertex = ordinary.lines.start, ordinary.lines.at
    at = at_vertex[start[road] + 1 : start[road + 1] - 1]
    line = np.full(len(at), road)
    there = sheet.nodes(spot(ordinary.lines, line, at, DUAL_HALF))
    back = sheet.nodes(spot(ordinary.lines, line, at, -DUAL_HALF))
    sheet.way([nodes[0], *there, nodes[-1]], tags)
    sheet.way([nodes[-1], *back[::-1], nodes[0]], tags)


def driveways(sheet: Sheet, found: Links, joins: Ints, county: "pandas.Series[str]") -> Ints:
    """Draw the way to each place: a service road, or a village road with a number of its county if it is long."""
    tips = sheet.nodes(found.lines.xy[1::2])
    serial: dict[str, int] = {}
    for join, tip, metres, code in zip(
        joins.tolist(), tips.tolist(), found.lines.length, county, strict=True
    ):
        if metres <= DRIVEWAY:
            sheet.way([join, tip], {"highway": "service"})
            continue
        number = serial[code] = serial.get(code, 0) + 1
        sheet.way([join, tip], {"highway": "residential", "ref": f"C{number:03d}{code}"})
    return tips


def streets(sheet: Sheet, town: Ints, seat: Floats, tags: list[Tags]) -> Ints:
    """A street from the crossroads of each town towards its seat, and the seat as a place."""
    start = sheet.places(town)
    metres = np.hypot(*(seat - start).T)[:, None]
    tips = sheet.nodes(start + (seat - start) * (1 - SHORT / metres))
    sheet.links([town, tips], {"highway": "residential"})
    seats = sheet.nodes(seat)
    for node, said in zip(seats.tolist(), tags, strict=True):
        sheet.tag(node, said)
    return seats
