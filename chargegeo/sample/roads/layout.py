"""The whole network: first where the roads run, then, when all stations are placed, every node and way."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chargegeo import region as regions
from chargegeo.region.model import Region
from chargegeo.sample.roads import drawing, expressways, faults, junctions, ordinary, places
from chargegeo.sample.roads.lines import Floats, along, crossings
from chargegeo.sample.roads.sheet import Sheet

if TYPE_CHECKING:
    import pandas

PLACES = {"subdistrict": "suburb", "town": "town", "township": "village", "other": "hamlet"}


class Layout(NamedTuple):
    """Where the roads run, before anything is drawn; ``plan`` is what ``henan.toml`` says, with the mark."""

    roads: expressways.Expressways
    ordinary: ordinary.Ordinary
    met: junctions.Meets
    out: junctions.Exits
    plan: dict[str, Any]


def lay_out(
    region: Region, units: "pandas.DataFrame", seat: Floats, mark: str, rng: np.random.Generator
) -> Layout:
    """Run expressways and ordinary roads over the province; every name gets the mark of the sample.

    Raises
    ------
    RegionFault
        ``sample_no_roads``.
    """
    plan = {**expressways.plan_of(region), "mark": mark}
    plan["expressways"] = [{**route, "name": route["name"] + mark} for route in plan["expressways"]]
    roads = expressways.centrelines(plan, regions.counties(region), region.crs_measure, rng)
    net = ordinary.network(units, seat, plan["ordinary"], rng)
    met = junctions.meets(roads)
    return Layout(roads, net, met, junctions.exits(roads, net, met), plan)


class Network(NamedTuple):
    """Nodes and ways, the table of sides with their ids, and what was planted."""

    sheet: Sheet
    sides: "pandas.DataFrame"
    told: dict[str, Any]


def draw(
    layout: Layout,
    units: "pandas.DataFrame",
    seat: Floats,
    sides: "pandas.DataFrame",
    stations: "pandas.DataFrame",
    rng: np.random.Generator,
) -> Network:
    """Draw everything.

    Parameters
    ----------
    units
        ``county_code``, ``kind`` and ``name`` of each town.
    sides
        Of :func:`chargegeo.sample.service.sides`, with the counts.
    stations
        Stations that ordinary roads lead to: ``unit``, ``x``, ``y`` (metres).
    """
    import pandas as pd

    roads, net, sheet = layout.roads, layout.ordinary, Sheet()
    once = stations.drop_duplicates(["x", "y"])
    found = places.links(net, once[["x", "y"]].to_numpy())
    both = tuple(sides[sides["side"] == side].reset_index(drop=True) for side in (0, 1))
    lonely = faults.village(roads, net, found, _busy(layout, both[0]))
    ways = drawing.Carriageways(roads)
    ramps = drawing.ask(ways, layout.met, layout.out, (both[0], both[1]))
    ways.draw(sheet, _bridges(layout, found, lonely), rng)
    edge = np.concatenate([found.edge, lonely.link.edge, layout.out.edge])
    at_edge = np.concatenate([found.at_edge, lonely.link.at_edge, layout.out.at_edge])
    drawn = places.ordinary_roads(sheet, net, edge, at_edge, rng)
    joins = np.split(drawn.put, [len(found.edge), len(found.edge) + 1])
    county = units["county_code"]
    places.driveways(sheet, found, joins[0], county.iloc[once["unit"]])
    drawing.junctions(sheet, ways, layout.met, ramps)
    drawing.toll_stations(sheet, ways, layout.out, ramps, joins[2])
    drawn_sides = places.service_areas(sheet, ways, ramps, (both[0], both[1]))
    mark = layout.plan["mark"]
    said = [
        {"place": PLACES[kind], "name": name + mark}
        for kind, name in zip(units["kind"], units["name"], strict=True)
    ]
    places.streets(sheet, drawn.town, seat, said)
    told = faults.plant(sheet, net, drawn, county.to_numpy(), layout.plan, edge)
    told["village"] = _village(sheet, lonely, int(joins[1][0]), mark)
    table = pd.concat(drawn_sides).sort_values(["pair", "side"], ignore_index=True)
    return Network(sheet, table, told)


def _busy(layout: Layout, pairs: "pandas.DataFrame") -> Floats:
    """Places on expressways where ramps are."""
    met, out = layout.met, layout.out
    line = np.concatenate([met.a, met.b, out.line, pairs["line"]])
    at = np.concatenate([met.at_a, met.at_b, out.at, pairs["at"]])
    return along(layout.roads.lines, line, at)


def _bridges(layout: Layout, found: places.Links, lonely: faults.Village) -> tuple[Any, ...]:
    """Where expressways cross over other roads (layer 1) and over later expressways (layer 2)."""
    lines = layout.roads.lines
    under = [crossings(lines, other) for other in (layout.ordinary.lines, found.lines, lonely.link.lines)]
    own = crossings(lines, lines)
    over = own.a < own.b
    return (
        (np.concatenate([item.a for item in under]), np.concatenate([item.at_a for item in under])),
        (own.a[over], own.at_a[over]),
    )


def _village(sheet: Sheet, lonely: faults.Village, join: int, mark: str) -> dict[str, int]:
    tip = sheet.nodes(lonely.link.lines.xy[1:2])
    place = sheet.nodes(lonely.xy, {"place": "hamlet", "name": f"village{mark}"})
    return {"place": int(place[0]), "way": sheet.way([join, int(tip[0])], {"highway": "residential"})}


def kilometres(layout: Layout) -> dict[str, float]:
    """Length of each expressway along its middle."""
    length = np.round(layout.roads.lines.length / 1000, 3)
    return {route["ref"]: float(km) for route, km in zip(layout.roads.routes, length, strict=True)}
