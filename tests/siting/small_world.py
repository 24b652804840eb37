"""Six units in a row, two counties of two cities, a few stations: small enough to plan by hand.

Squares of 0.1 degrees from 113 E, 34 N; a seat, or the point inside, is in the middle, so that neighbours are
9.2 km apart. A has four DC piles of 180 kW and two AC, B three AC, E one DC pile of unknown status; C, D and F
nothing. F is a subdistrict, and the people of E are not known. A, B and D have a seat.
"""

from typing import Any

import numpy as np
import pandas as pd

from chargegeo.siting import scenarios, worlds
from chargegeo.study.chargers import working
from tests.coverage.world import HENAN, LADDER, row, set_aside, station, stations_tables, unit, units_table

A, B, C, D, E, F = CODES = ["410122101", "410122102", "410122103", "410222101", "410222102", "410222001"]
PEOPLE = [1000, 500, 2000, 4000, None, 300]
SEATS = {A, B, D}
STATIONS = [
    station(row("dc", 180, 4), row("ac", 7, 2), at=A, point=(113.05, 34.06)),
    station(row("ac", 7, 3), at=B, point=(113.15, 34.06)),
    station(row("dc", 120, 1), at=E, status=None, point=(113.45, 34.06)),
]


def units() -> Any:
    return units_table([
        unit(
            code, seat=(113.05 + at / 10, 34.05) if code in SEATS else None, population=PEOPLE[at],
            town_kind="subdistrict" if code == F else "town", county_code=code[:6], county_name=f"county {code[:6]}",
            city_code=f"{code[:4]}00", city_name=f"city {code[:4]}00", n_villages=at,
        )
        for at, code in enumerate(CODES)
    ])  # fmt: skip


def small(*, stations: list[Any] = STATIONS, limit: float = 30) -> worlds.World:
    """The world, with a seat of each unit and the working stations of each as sites."""
    table, piles, placed = stations_tables(stations)
    register = worlds.Register(
        units(), table, piles, placed, set_aside([]), None, working(table), HENAN, (LADDER,)
    )
    seats, _ = worlds.seats(register.units)
    stand, groups = worlds.existing(register, None)
    sites = pd.concat([seats, stand], ignore_index=True) if len(stand) else seats
    sites = sites.assign(unit=worlds.unit_rows(sites, register.units))
    groups = groups.assign(site=pd.Index(sites["site_id"]).get_indexer(groups["site_id"]))
    reach = worlds.straight(register.units, sites, HENAN, limit)
    return worlds.World(register, sites, groups, reach, limit, by_road=False, roadside=None)


def asked(**entries: Any) -> scenarios.Scenario:
    """A scenario at rung A2, where one pile within 10 km serves all, proved to the last."""
    plain = {
        "name": "x",
        "target_piles": 4,
        "rung": "A2",
        "km": 10,
        "people_per_gun": 0,
        "gap": 0,
        "time_limit": 20,
    }
    return scenarios.validated({**plain, **entries}, "x.toml")


def row_of(world: worlds.World, site: str) -> int:
    return int(np.flatnonzero(world.sites["site_id"] == site)[0])
