"""Six townships of one county and a register of nine rows, with the answer worked out by hand.

The townships are squares of 0.05 degrees, three by two, in the county 410122; A to F below, from the west, the
southern one first. What stands where:

* A: public, in service, DC 180 kW: passes everything but the distance to the seat, which is
  not known
* B: public and in service, but AC alone: fails the kind of pile
* C: dedicated: fails the access, nothing above the ground
* D: nothing
* E: one row without coordinates, set aside: unknown because of it
* F: a station of unknown access: unknown
* one station beside all squares, in no unit; one id twice, counted once
"""

from pathlib import Path

import geopandas as gpd
import shapely

CODES = ["410122101", "410122102", "410122103", "410122104", "410122208", "410122001"]
A, B, C, D, E, F = CODES
SIDE = 0.05
CORNERS = [(113.9 + SIDE * (k // 2), 34.6 + SIDE * (k % 2)) for k in range(6)]
HEADER = "station_id,name,lon,lat,town_code,n_piles,current,power_kw,access,status"
# as the register has it: id, offset in its township or a place, township, piles, what kind
ROWS = [
    ("S1", A, 4, "dc,180,public,in_service"),
    ("S2", A, 2, "ac,7,public,in_service"),
    ("S3", B, 3, "ac,7,public,in_service"),
    ("S4", C, 5, "dc,120,dedicated,in_service"),
    ("S5", E, 6, "dc,120,public,in_service"),
    ("S6", F, 7, "dc,120,,in_service"),
    ("S7", None, 8, "dc,120,public,in_service"),
    ("S1", A, 4, "dc,180,public,in_service"),
    ("S8", A, 1, "dc,600,public,closed"),
]
# rung, state, next rung, its state, the fact, stations, piles, rows set aside
ANSWERS = {
    F: (None, "unknown", "A0", "unknown", "access", 1, 7, 0),
    A: ("A4", "covered", "A5", "unknown", "seat_km", 3, 7, 0),
    B: ("A1", "covered", "A2", "uncovered", "current", 1, 3, 0),
    C: (None, "uncovered", "A0", "uncovered", "access", 1, 5, 0),
    D: (None, "uncovered", "A0", "uncovered", "site", 0, 0, 0),
    E: (None, "unknown", "A0", "unknown", "set_aside", 0, 0, 1),
}


def squares() -> list[shapely.Polygon]:
    return [shapely.box(x, y, x + SIDE, y + SIDE) for x, y in CORNERS]


def towns() -> gpd.GeoDataFrame:
    names = [f"Town {letter}" for letter in "ABCDEF"]
    return gpd.GeoDataFrame({"code": CODES, "name": names}, geometry=squares(), crs="EPSG:4490")


def register() -> str:
    lines = [HEADER]
    for number, (name, town, piles, rest) in enumerate(ROWS):
        x, y = CORNERS[CODES.index(town)] if town else (113.7, 34.2)
        # the first row and the repeated one are the same
        step = 0.0031 * (0 if name == "S1" else number)
        place = "0,0" if name == "S5" else f"{x + 0.011237 + step:.6f},{y + 0.021313:.6f}"
        lines.append(f"{name},Station {name},{place},{town or ''},{piles},{rest}")
    return "\n".join(lines) + "\n"


STUDY = """\
[study]
title = "Six townships"
author = "Test office"
date = 2026-06-30
{about}
[units]
file = "towns.geojson"
{units}
[stations]
file = "stations.csv"
datum = "wgs84"
{more}
"""


def write(folder: Path, *, about: str = "", units: str = "", more: str = "") -> Path:
    """Write the three files and return the study file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "towns.geojson").write_text(towns().to_json(drop_id=True) + "\n", "utf-8")
    (folder / "stations.csv").write_text(register(), "utf-8")
    path = folder / "study.toml"
    path.write_text(STUDY.format(about=about, units=units, more=more), "utf-8")
    return path
