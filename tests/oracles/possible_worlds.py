"""A rule held against one unit by going through every possible world.

Every unknown fact takes every value it may have, one after the other. What holds in all worlds is covered, what
holds in none is uncovered, all else is unknown. No three-valued logic is used for the states.
"""

from itertools import product

from pyproj import Geod

GEOD = Geod(ellps="GRS80")
NEAR, FAR = 0.0, 1000.0
POWERS = (1.0, 80.0, 500.0)
COUNTS = (1, 2, 7)
PERFECT = {
    "access": "public", "status": "in_service", "availability": 1.0, "current": "dc", "power_kw": 1000.0,
    "seat_km": 0.0, "station_piles": 1000, "station_dc_piles": 1000,
}  # fmt: skip


def holds(condition, facts):
    """Whether a condition holds in a world."""
    value = facts[condition.fact]
    if value is None:
        return condition.unknown_passes
    if condition.one_of:
        return value in condition.one_of
    if condition.at_least is not None:
        return value >= condition.at_least
    return value <= condition.at_most


def worlds_of_station(station, unit):
    """Every complete description of a station: for each, the facts of its rows of piles."""
    accesses = [station["access"]] if station["access"] else ["public", "dedicated"]
    states = [station["status"]] if station["status"] else ["in_service", "closed"]
    if station["point"] is None or unit["seat"] is None:
        distances = [NEAR, FAR]
    else:
        distances = [GEOD.inv(*station["point"], *unit["seat"])[2] / 1000]
    currents = [[row["current"]] if row["current"] else ["dc", "ac"] for row in station["rows"]]
    powers = [[row["power_kw"]] if row["power_kw"] is not None else POWERS for row in station["rows"]]
    numbers = [[row["n_piles"] for row in station["rows"]]]
    if station["n_piles"] is None:  # one row stands for all piles, however many
        numbers = [[n] for n in COUNTS]
    for access, status, km, number in product(accesses, states, distances, numbers):
        for kinds, kws in product(product(*currents), product(*powers)):
            yield [
                {
                    "access": access, "status": status, "availability": station["availability"],
                    "current": kind, "power_kw": kw, "seat_km": km, "station_piles": sum(number),
                    "station_dc_piles": sum(n for n, k in zip(number, kinds, strict=True) if k in ("dc", "acdc")),
                }
                for kind, kw in zip(kinds, kws, strict=True)
            ]  # fmt: skip


def n_worlds(unit, stations):
    """How many worlds there are."""
    number = 1 + (unit["set_aside"] > 0 or unit["missing"])
    for station in stations:
        number *= sum(1 for _ in worlds_of_station(station, unit))
    return number


def state(unit, stations, conditions):
    """Covered, uncovered or unknown: the unit has, for certain or perhaps, a pile that meets all conditions."""
    alternatives = [list(worlds_of_station(station, unit)) for station in stations]
    if unit["set_aside"] or unit["missing"]:
        alternatives.append([[], [PERFECT]])
    answers = {
        any(all(holds(condition, pile) for condition in conditions) for piles in world for pile in piles)
        for world in product(*alternatives)
    }
    if answers == {True}:
        return "covered"
    return "unknown" if True in answers else "uncovered"


def states(unit, stations, rule):
    """The state at every rung."""
    return [
        state(unit, stations, [c for i, c in rule.conditions() if i <= rung])
        for rung in range(len(rule.rungs))
    ]


def fact(unit, stations, rule):
    """Next rung, its state, and the one fact that fails it (null, null, null if all rungs are passed)."""
    found = states(unit, stations, rule)
    open_ = [rung for rung, word in enumerate(found) if word != "covered"]
    if not open_:
        return None, None, None
    rung, answer = open_[0], found[open_[0]]
    conditions = [c for i, c in rule.conditions() if i <= rung]
    piles = []  # for each pile, what every condition comes to: the set of answers over the worlds
    for station in stations:
        worlds = list(worlds_of_station(station, unit))
        for row in range(len(station["rows"])):
            piles.append([{holds(c, world[row]) for world in worlds} for c in conditions])
    if answer == "uncovered":
        ruled_out = [answers.index({False}) for answers in piles]
        return rule.rungs[rung].id, answer, conditions[max(ruled_out)].fact if ruled_out else "site"
    unsure = [next(i for i, a in enumerate(p) if a != {True}) for p in piles if {False} not in p]
    if unsure:
        return rule.rungs[rung].id, answer, conditions[max(unsure)].fact
    return rule.rungs[rung].id, answer, "set_aside" if unit["set_aside"] else "boundary"


def counts(stations, ultra_kw):
    """The count columns of one unit."""
    rows = [(station, row) for station in stations for row in station["rows"]]
    known = sum(row["n_piles"] for _, row in rows if row["power_kw"] is not None)
    ultra = sum(
        row["n_piles"] for _, row in rows if row["power_kw"] is not None and row["power_kw"] >= ultra_kw
    )
    guns = [station["n_guns"] for station in stations if station["n_guns"] is not None]
    return {
        "n_stations": len(stations),
        "n_piles": sum(row["n_piles"] for _, row in rows),
        "n_public_piles": sum(row["n_piles"] for station, row in rows if station["access"] == "public"),
        "n_guns": sum(guns) if guns else None,
        "n_bays": None,
        "n_sides": None,
        "n_power_known": known,
        "n_power_unknown": sum(row["n_piles"] for _, row in rows if row["power_kw"] is None),
        "n_ultra_fast": ultra,
        "ultra_fast_share": ultra / known if known else None,
    }
