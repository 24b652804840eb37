"""What stands along the roads of the small world: an expressway both ways, a provincial road one way."""

import geopandas as gpd
import pandas as pd
import shapely

from chargegeo import maps, schema

WEST, EAST = (113.0, 34.25), (113.3, 34.25)


def corridors(n: int = 3) -> gpd.GeoDataFrame:
    """An expressway on one centre line in both directions (forward from the east), a provincial road in one."""
    made = pd.DataFrame(
        {
            "corridor_id": ["G30-forward-1", "G30-backward-1", "S1-forward-1"],
            "ref": ["G30", "G30", "S1"],
            "road_class": ["expressway", "expressway", "provincial"],
            "direction": ["forward", "backward", "forward"],
            "part": 1,
            "from_name": ["Eastham", "Westham", "Northam"],
            "to_name": ["Westham", "Eastham", None],
            "km": [27.6, 27.6, 20.0],
            "n_sites": [2, 1, 0],
            "n_unknown": [0, 1, 0],
            "n_piles": [9, 4, 0],
            "n_guns": [16, None, None],
            "n_ultra_fast": [1, 0, 0],
            "longest_gap_km": [13.6, 17.6, 20.0],
            "longest_gap_from": ["P", "Q", "Northam"],
            "longest_gap_to": ["Westham", "Eastham", None],
            "share_within": [0.8, 0.63, 0.0],
            "within_km": 50.0,
            "ultra_gap_km": [20.0, 27.6, 20.0],
            "shared_km": 0.0,
            "geometry": [
                shapely.LineString([EAST, (113.15, 34.25), WEST]),
                shapely.LineString([WEST, EAST]),
                shapely.LineString([(113.05, 34.2), (113.05, 34.02)]),
            ],
        }
    )
    return schema.conform(made.head(n), "corridors")


def corridor_sites() -> pd.DataFrame:
    """Two sides of an area and a station without piles forward, two sides backward, one of unknown piles."""
    made = pd.DataFrame(
        {
            "corridor_id": ["G30-forward-1"] * 3 + ["G30-backward-1"] * 2,
            "km": [7.6, 14.0, 20.0, 10.0, 18.0],
            "site_id": ["Q-f", "P-f", "S03", "Q-b", "U-b"],
            "name": ["Q", "P", None, "Q", "U"],
            "is_side": [True, True, False, True, True],
            "across": [False, True, False, False, False],
            "detour_km": [0.5, 1.0, 2.5, 0.5, 0.5],
            "n_piles": [4, 5, 0, 4, None],
            "n_guns": [8, 8, None, None, None],
            "n_bays": [8, None, None, 8, None],
            "n_car_bays": [80, None, None, 80, None],
            "n_ultra_fast": [1, 0, None, None, None],
            "max_kw": [480.0, 120.0, None, None, None],
            "total_kw": [840.0, 600.0, None, None, None],
            "n_power_known": [4, 5, 0, 0, 0],
        }
    )
    return schema.conform(made, "corridor_sites")


def corridor_gaps() -> gpd.GeoDataFrame:
    """Every stretch between the sites that have piles, and to the ends."""
    lon = {0.0: 113.3, 7.6: 113.3 - 0.3 * 7.6 / 27.6, 14.0: 113.3 - 0.3 * 14 / 27.6, 27.6: 113.0}
    forward = [(14.0, 27.6, "P-f", None), (0.0, 7.6, None, "Q-f"), (7.6, 14.0, "Q-f", "P-f")]
    rows = [
        {
            "rank": {0: 3, 1: 5, 2: 6}[i], "corridor_id": "G30-forward-1", "from_km": a, "to_km": b,
            "from_site": start, "to_site": end, "direction": "forward", "ref": "G30", "road_class": "expressway",
            "from_name": start, "to_name": end,
            "geometry": shapely.LineString([(lon[a], 34.25), (lon[b], 34.25)]),
        }
        for i, (a, b, start, end) in enumerate(forward)
    ]  # fmt: skip
    middle = (113 + 0.3 * 10 / 27.6, 34.25)
    back = {
        "corridor_id": "G30-backward-1",
        "direction": "backward",
        "ref": "G30",
        "road_class": "expressway",
    }
    rows.append({
        **back, "rank": 2, "from_km": 10.0, "to_km": 27.6, "from_site": "Q-b", "from_name": "Q", "to_name": "Eastham",
        "geometry": shapely.LineString([middle, EAST]),
    })  # fmt: skip
    rows.append({
        **back, "rank": 4, "from_km": 0.0, "to_km": 10.0, "to_site": "Q-b", "from_name": "Westham", "to_name": "Q",
        "geometry": shapely.LineString([WEST, middle]),
    })  # fmt: skip
    rows.append({
        "rank": 1, "corridor_id": "S1-forward-1", "from_km": 0.0, "to_km": 20.0, "direction": "forward", "ref": "S1",
        "road_class": "provincial", "geometry": shapely.LineString([(113.05, 34.2), (113.05, 34.02)]),
    })  # fmt: skip
    made = pd.DataFrame(rows)
    made["km"] = made["to_km"] - made["from_km"]
    # at 18 km of the way back stands a side of unknown piles
    made["n_unknown"] = (made["rank"] == 2).astype(int)
    return schema.conform(made, "corridor_gaps")


def corridor_rules() -> pd.DataFrame:
    """A spacing rule met, met, not met forward and unknown backward; a site rule; a rule of somebody's own."""
    rows = [
        ("afir_core_2025", "forward", 0.0, 7.6, "met", None, None, None, None),
        ("afir_core_2025", "forward", 7.6, 14.0, "met", None, None, None, None),
        ("afir_core_2025", "forward", 14.0, 27.6, "not_met", "spacing", 13.6, 10.0, 1),
        ("afir_core_2025", "backward", 0.0, 27.6, "unknown", "total_kw", None, 400.0, None),
        ("henan_2022", "forward", 7.6, 7.6, "met", None, None, None, None),
        ("henan_2022", "forward", 14.0, 14.0, "not_met", "guns", 6.0, 8.0, None),
        ("our own", "forward", 0.0, 27.6, "met", None, None, None, None),
    ]
    names = ["rule", "direction", "from_km", "to_km", "verdict", "fact", "have", "need", "n_new"]
    made = pd.DataFrame(rows, columns=names)
    made["ref"] = "G30"
    made["corridor_id"] = "G30-" + made["direction"] + "-1"
    made["mend_from_km"] = made["n_new"] * 17.6
    made["mend_to_km"] = made["n_new"] * 24.0
    return schema.conform(made, "corridor_rules")


def service_areas() -> gpd.GeoDataFrame:
    """Q: piles on both sides. P: on one, linked. R: on one, not linked. T: the one side there is, unknown."""
    sides = ["Q-f", "Q-b", "P-f", "P-b", "R-f", "R-b", "T-f"]
    lon = [113.22, 113.22, 113.15, 113.15, 113.08, 113.08, None]
    made = pd.DataFrame(
        {
            "side_id": sides,
            "pair_id": [side[0] for side in sides],
            "name": [side[0] for side in sides],
            "road_ref": "G30",
            "direction": ["forward", "backward"] * 3 + [None],
            "towards": ["Westham", "Eastham"] * 3 + [None],
            "linked": [False, False, True, True, False, False, None],
            "n_piles": [4, 4, 5, 0, 3, 0, None],
            "n_guns": [8, None, 8, 0, 6, 0, None],
            "n_bays": [8, 8, 10, 0, 6, 0, None],
            "n_car_bays": [80, 80, 100, 100, 60, 60, None],
            "max_kw": [480.0, None, 120.0, None, 60.0, None, None],
            "certainty": ["certain"] * 6 + ["unknown"],
            "source": "areas.xlsx",
            "geometry": [
                None if x is None else shapely.Point(x, 34.2503 if side[-1] == "f" else 34.2497)
                for side, x in zip(sides, lon, strict=True)
            ],
        }
    )
    return schema.conform(made, "service_areas")


def pairs() -> pd.DataFrame:
    """What the pairs add up to; nothing is said of T."""
    made = pd.DataFrame(
        {
            "pair_id": ["Q", "P", "R"],
            "name": ["Q", "P", "R"],
            "road_ref": "G30",
            "city_name": "\u5f00\u5c01\u5e02",
            "n_sides": 2,
            "side_coverage": ["both", "shared", "one"],
            "n_piles": [8, 5, 3],
            "n_bays": [16, 10, 6],
            "bay_share": [0.1, 0.05, 0.05],
        }
    )
    return schema.conform(made, "service_area_pairs")


def roadside() -> maps.Roadside:
    """All that stands along the roads."""
    return maps.Roadside(
        corridors(), corridor_sites(), corridor_gaps(), corridor_rules(), service_areas(), pairs()
    )
