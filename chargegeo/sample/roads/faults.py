"""Faults of real maps, planted and told.

An island, a ferry, odd speeds, a bollard, a missing node, and a village beside an expressway that it cannot enter.
"""

from typing import Any, NamedTuple

import numpy as np

from chargegeo.sample.roads.areas import HALF, every
from chargegeo.sample.roads.expressways import Expressways
from chargegeo.sample.roads.junctions import nearest_road
from chargegeo.sample.roads.lines import Floats, Ints, along, crossings, spot
from chargegeo.sample.roads.ordinary import Ordinary
from chargegeo.sample.roads.places import Drawn, Links, links
from chargegeo.sample.roads.sheet import Sheet

# metres: from the carriageway to the village, from the village to the end of its own road, and how far away the
# nearest other road may be
VILLAGE, ITS_ROAD = 80.0, 350.0
LONELY = (900.0, 3000.0)
# metres from an island to the nearest other road, and its size
ISLAND, ISLE = 600.0, 150.0
ODD_SPEEDS = ("walk", "400", "60;40")
NOWHERE = 999_999_999


class Village(NamedTuple):
    """A village beside an expressway (metres), and the way to it from the ordinary road it belongs to."""

    xy: Floats
    link: Links


def village(roads: Expressways, ordinary: Ordinary, others: Links, busy: Floats) -> Village:
    """The first place by an expressway, with no other road near, whose own road crosses no expressway.

    Parameters
    ----------
    others
        Ways to stations: none of them may pass near.
    busy
        Places on expressways where there are ramps (metres).
    """
    from scipy.spatial import cKDTree

    line, at = every(roads.lines, 1000.0)
    xy = spot(roads.lines, line, at, HALF + VILLAGE)
    edge, at_edge = nearest_road(ordinary, xy)
    away = np.hypot(*(along(ordinary.lines, edge, at_edge) - xy).T)
    near = np.concatenate([others.lines.xy, others.lines.xy.reshape(-1, 2, 2).mean(axis=1), busy])
    alone = cKDTree(near).query(xy)[0] > LONELY[0]
    able = np.flatnonzero((away > LONELY[0]) & (away < LONELY[1]) & alone)
    own = links(ordinary, xy[able], ITS_ROAD)
    over = {int(row) for row in crossings(roads.lines, own.lines).b}
    first = next(row for row in range(len(able)) if row not in over)
    return Village(xy[able[[first]]], links(ordinary, xy[able[[first]]], ITS_ROAD))


def plant(
    sheet: Sheet, ordinary: Ordinary, drawn: Drawn, county: Any, plan: dict[str, Any], taken: Ints
) -> dict[str, Any]:
    """Plant the rest and tell it.

    Parameters
    ----------
    county
        County code of each town.
    taken
        Roads on which something hangs: the bollard stands on none of them.

    Returns
    -------
    Of each fault its ways or nodes.
    """
    free = np.setdiff1d(np.flatnonzero((ordinary.rank == 3) & (drawn.way > 0)), taken)
    same = free[county[ordinary.ends[free, 0]] == county[ordinary.ends[free, 1]]]
    bollard, *odd = same[ordinary.lines.at[ordinary.lines.start[same + 1] - 1] > 4000][: 1 + len(ODD_SPEEDS)]
    for road, speed in zip(odd, ODD_SPEEDS, strict=True):
        sheet.ways[drawn.way[road] - 1][1]["maxspeed"] = speed
    nodes = sheet.ways[drawn.way[bollard] - 1][0]
    post = int(nodes[len(nodes) // 2])
    sheet.tag(post, {"barrier": "bollard"})
    corner = int(drawn.town[-1])
    end = sheet.nodes(sheet.places(np.array([corner])) + 90.0)
    return {
        "island": _island(sheet, ordinary, plan["mark"]),
        "ferry": _ferry(sheet, ordinary, drawn, county, plan),
        "odd_maxspeed": [int(drawn.way[road]) for road in odd],
        "bollard": {"node": post, "way": int(drawn.way[bollard])},
        "missing_node": {
            "way": sheet.way([corner, int(end[0]), NOWHERE], {"highway": "track"}), "node": NOWHERE,
        },
    }  # fmt: skip


def _island(sheet: Sheet, ordinary: Ordinary, mark: str) -> dict[str, Any]:
    """Two roads on an island: a place far from every road, half way between towns that no road joins."""
    middle = ordinary.town[ordinary.ends].mean(axis=1)
    tries = middle[:-1] / 2 + middle[1:] / 2
    edge, at = nearest_road(ordinary, tries)
    away = np.hypot(*(along(ordinary.lines, edge, at) - tries).T)
    centre = tries[np.flatnonzero((away > ISLAND) & (away < 3 * ISLAND))[:1]]
    nodes = sheet.nodes(centre + ISLE * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.2]]))
    place = sheet.nodes(centre + 20.0, {"place": "hamlet", "name": f"island{mark}"})
    tags = {"highway": "unclassified", "name": f"island{mark}"}
    return {
        "ways": [sheet.way(nodes[:3], tags), sheet.way(nodes[2:], tags)], "place": int(place[0]),
    }  # fmt: skip


def _ferry(sheet: Sheet, ordinary: Ordinary, drawn: Drawn, county: Any, plan: dict[str, Any]) -> int:
    """A ferry between the two nearest towns on either bank."""
    north, south = (np.flatnonzero(county == code) for code in plan["ferry"])
    apart = np.hypot(*(ordinary.town[north][:, None] - ordinary.town[south][None]).transpose(2, 0, 1))
    i, j = np.unravel_index(np.argmin(apart), apart.shape)
    a, b = drawn.town[north[i]], drawn.town[south[j]]
    tags = {"route": "ferry", "motor_vehicle": "yes", "name": f"ferry{plan['mark']}"}
    return sheet.way([int(a), *sheet.nodes(sheet.places(np.array([a, b])).mean(axis=0)[None]), int(b)], tags)
