"""A small made-up world for the report tests."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point, box

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


def road_lines(n: int = 3) -> gpd.GeoDataFrame:
    words = ["expressway", "national", "village"]
    raw = pd.DataFrame(
        {
            "road_class": [words[i % 3] for i in range(n)], "ref": [f"G{i}" for i in range(n)],
            "oneway": [i % 3 == 0 for i in range(n)], "km": 12.5, "n_lines": 2,
            "geometry": [LineString([(113, 34 + i / 10), (114, 34 + i / 10)]) for i in range(n)],
        }
    )  # fmt: skip
    return schema.conform(raw, "road_lines")


def isochrones() -> gpd.GeoDataFrame:
    raw = {"minutes": [15.0, 30.0], "area_km2": [10.0, 20.0], "geometry": [box(113, 34, 114, 35)] * 2}
    return schema.conform(pd.DataFrame(raw), "isochrones")


def reach(n: int = 3) -> pd.DataFrame:
    raw = {
        "unit_code": [f"0{i:08d}" for i in range(n)], "snap": ["snapped", "snapped", "beyond_limit"][:n],
        "leg_m": [100.0, 50.0, None][:n], "minutes": [12.25, None, None][:n], "km": [9.5, None, None][:n],
        "nearest_station_id": ["00000", None, None][:n], "n_within": [2, 0, None][:n], "guns_per_10k": 0.375,
    }  # fmt: skip
    return schema.conform(pd.DataFrame(raw), "reach")


def road_summary() -> pd.DataFrame:
    raw = {"road_class": ["expressway", "expressway"], "ref": ["=1+41", None], "km": [12.5, 30.0]}
    more = {"directed_km": [12.5, 30.0], "imputed_share": [0.25, None]}
    return schema.conform(pd.DataFrame({**raw, **more}), "road_summary")


def along(text: str = "=1+41") -> dict[str, pd.DataFrame]:
    """Tables of what stands along the roads, two rows each, with a text of one's own."""
    line = LineString([(113, 34.5), (114, 34.5)])
    road = {"ref": [text, "G4"], "corridor_id": [text, "G4-forward-1"], "direction": ["backward", "forward"]}
    zero = {
        "n_sites": 0,
        "n_unknown": 0,
        "n_piles": 4,
        "n_ultra_fast": 0,
        "within_km": 50.0,
        "ultra_gap_km": 9.0,
        "shared_km": 0.0,
    }
    raw = {
        "corridors": {
            **road, **zero, "road_class": "expressway", "part": 1, "from_name": text, "km": 100.5,
            "longest_gap_km": 61.25, "share_within": [0.5, None], "geometry": [line, None],
        },
        "corridor_gaps": {
            **road, "rank": [1, 2], "road_class": "expressway", "n_unknown": 0, "from_km": 0.0, "to_km": 61.25,
            "km": [61.25, 12.0], "to_name": text, "geometry": line,
        },
        "corridor_rules": {
            **road, "rule": ["afir_comprehensive_2030", text], "from_km": 0.0, "to_km": 9.0, "site_id": text,
            "verdict": ["not_met", "met"], "fact": ["spacing", None], "have": [61.25, None], "need": [60.0, None],
        },
        "service_areas": {
            "side_id": ["a", "b"], "pair_id": "P", "name": text, "towards": text, "direction": "forward",
            "linked": [True, None], "n_piles": [4, None], "certainty": "probable", "source": "x",
            "geometry": [Point(113.5, 34.5), None],
        },
        "service_area_pairs": {
            "pair_id": ["P", "R"], "name": text, "n_sides": 2, "side_coverage": ["shared", "none"],
            "bay_share": [0.15, None],
        },
        "service_area_rollup": {
            "level": ["province", "road"], "code": ["41", text], "name": ["Henan", text], "n_pairs": 183,
            **dict.fromkeys(
                ("n_both", "n_shared", "n_one", "n_none", "n_unknown", "n_piles", "n_guns", "n_bays", "n_car_bays",
                 "n_ultra_fast", "n_pairs_ultra", "n_power_known", "n_swap"), 1),
        },
        "published": {
            "figure": ["expressway_pairs", text], "unit": ["pair", "percent"], "published": [183.0, 15.0],
            "qualifier": ["exact", "rounded"], "found": [183.0, None], "difference": [0.0, None],
            "agrees": [True, None], "source": text,
        },
    }  # fmt: skip
    return {name: schema.conform(pd.DataFrame(values), name) for name, values in raw.items()}
