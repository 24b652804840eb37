"""A small made-up world for the report tests."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
from shapely import Point, box

from chargegeo import schema
from chargegeo.errors import Fault, Finding
from chargegeo.schema import Caption
from chargegeo.vocab import Severity

CAPTION = Caption(
    title="Coverage of 3 townships", author="Bureau", date="2024-12-31", source="register.xlsx",
    datum="gcj02",
    definition="A0", denominator="towns and townships",
)  # fmt: skip
ZH = replace(CAPTION, lang="zh")
EN = replace(CAPTION, lang="en")
STATES = ["covered", "uncovered", "unknown"]


def units(n: int = 3) -> gpd.GeoDataFrame:
    raw = pd.DataFrame(
        {
            "unit_code": [f"0{i:08d}" for i in range(n)], "name": [f"unit {i}" for i in range(n)],
            "kind": "township", "town_kind": "town", "boundary": "given", "synthetic": False, "n_villages": 7,
            "seat_lon": [None if i % 2 else 113.25 + i for i in range(n)], "seat_lat": 34.5,
            "geometry": [box(113 + i, 34, 114 + i, 35) for i in range(n)],
        }
    )  # fmt: skip
    return schema.conform(raw, "units")


def stations(names: list[str | None]) -> gpd.GeoDataFrame:
    n = len(names)
    raw = pd.DataFrame(
        {
            "station_id": [f"{i:05d}" for i in range(n)], "name": names, "file": "register.xlsx",
            "access": "public",
            "n_piles": [None if i % 3 == 2 else i for i in range(n)], "status": "in_service",
            "line": range(2, n + 2), "availability": 0.995, "opened": pd.Timestamp("2024-02-29"),
            "county_code": "410105", "scene": "roadside", "operator": "operator",
            "geometry": [None if i % 5 == 4 else Point(113 + i / 7, 34.5) for i in range(n)],
        }
    )  # fmt: skip
    return schema.conform(raw, "stations")


def coverage(n: int = 3) -> pd.DataFrame:
    zero = dict.fromkeys(
        ("n_public_piles", "n_set_aside", "n_power_known", "n_power_unknown", "n_ultra_fast"), 0
    )
    raw = pd.DataFrame(
        {
            "unit_code": [f"0{i:08d}" for i in range(n)], "rule": "township_ladder 1", "next_fact": "site",
            "state": [STATES[i % 3] for i in range(n)], "n_stations": range(n), "n_piles": 1234, **zero,
        }
    )  # fmt: skip
    return schema.conform(raw, "coverage")


def gaps() -> pd.DataFrame:
    raw = {
        "rank": [1, 2],
        "unit_code": ["000000001", "000000002"],
        "name": ["unit 1", "unit 2"],
        "rung": "A0",
    }
    more = {"state": ["uncovered", "unknown"], "from_seat": [False, True], "nearest_km": [12.345, None]}
    return schema.conform(pd.DataFrame({**raw, **more}), "gaps")


def rollup() -> pd.DataFrame:
    raw = {"rule": "township_ladder 1", "level": "province", "code": "41", "name": "Henan"}
    raw |= {"group": ["headline", "all"], "rung": "A0"}
    more = {"n_units": [3, 0], "n_covered": [1, 0], "n_unknown": 0, "n_uncovered": 0, "share": [1 / 3, None]}
    return schema.conform(pd.DataFrame({**raw, **more}), "rollup")


def repairs() -> pd.DataFrame:
    raw = {
        "file": "register.xlsx",
        "line": [3],
        "problem": "no_such_code",
        "old": "8 ",
        "new": "8",
        "n_rows": 1,
    }
    return schema.conform(pd.DataFrame(raw), "repairs")


def quarantine() -> pd.DataFrame:
    raw = {"file": "register.xlsx", "problem": "a;b", "record": ['{"name": "x"}']}
    return schema.conform(pd.DataFrame(raw), "quarantine")


def counties() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"county_code": ["410105"], "name": ["county"], "city_code": ["410100"], "city_name": ["city"]},
        geometry=[box(113, 34, 116, 35)], crs="EPSG:4490",
    )  # fmt: skip


def warning(value: object = "=x") -> Finding:
    fault = Fault("not_ours", file="units.gpkg", line=4, column="name", value=value, params={"n": 1})
    return Finding(Severity.WARNING, fault)
