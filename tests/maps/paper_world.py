"""A made-up province to print: 2 x 2 counties of 3 x 3 townships each, two cities, one road in both directions."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg

from chargegeo import schema
from chargegeo.maps import pen
from chargegeo.maps.paper import Paper
from chargegeo.maps.paper.pages import Pages

CRS = "+proj=laea +lat_0=34 +lon_0=113.5 +ellps=GRS80 +units=m"
STORED = "EPSG:4490"
CAPTION = schema.Caption(
    title="Study of towns",
    author="Bureau",
    date="2025-12-31",
    source="register.xlsx",
    datum="cgcs2000",
    definition="A0: a public pile",
    denominator="towns of the list",
    synthetic=True,
    lang="en",
)
WEST, SOUTH, STEP = 113.0, 33.5, 0.2  # degrees
COUNTIES = (
    ("410101", "North-West"),
    ("410102", "North-East"),
    ("410201", "South-West"),
    ("410202", "South-East"),
)
MISSING, SEATED, NEAR = "410101001", "410101002", "410202009"  # no place at all; seat only; approximate


def counties() -> gpd.GeoDataFrame:
    """Squares of 0.6 degrees."""
    side = 3 * STEP
    rows = [
        {"county_code": code, "county_name": name, "city_code": code[:4], "city_name": f"City {code[3]}",
         "geometry": shapely.box(*(corner := (WEST + (i % 2) * side, SOUTH + (1 - i // 2) * side)),
                                 corner[0] + side, corner[1] + side)}
        for i, (code, name) in enumerate(COUNTIES)
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=STORED)


def units(names: dict[str, str] | None = None) -> gpd.GeoDataFrame:
    """Nine townships a county, numbered from its lower left corner; the first has no shape, the second a seat."""
    rows: list[dict[str, Any]] = []
    for county in counties().to_dict("records"):
        west, south, _, _ = county["geometry"].bounds
        for i in range(9):
            code = f"{county['county_code']}{i + 1:03d}"
            x, y = west + (i % 3) * STEP, south + (i // 3) * STEP
            rows.append(
                {"unit_code": code, "name": (names or {}).get(code, f"Town {code[3:]}"), "kind": "township",
                 "town_kind": "town" if i < 8 else "subdistrict", **{k: county[k] for k in
                 ("county_code", "county_name", "city_code", "city_name")}, "population": 1000.0 * (i + 1),
                 "seat_lon": x + STEP / 2, "seat_lat": y + STEP / 2, "boundary": "given",
                 "geometry": shapely.box(x, y, x + STEP, y + STEP)}
            )  # fmt: skip
    table = gpd.GeoDataFrame(rows, crs=STORED)
    lost = table["unit_code"].isin([MISSING, SEATED])
    table.loc[lost, "geometry"] = None
    table.loc[lost, "boundary"] = "missing"
    table.loc[table["unit_code"] == MISSING, ["seat_lon", "seat_lat"]] = np.nan
    table.loc[table["unit_code"] == NEAR, "boundary"] = "approximate"
    return table


def coverage(**states: str) -> pd.DataFrame:
    """Covered, but as said by unit (``u410101003="uncovered"``)."""
    codes = units()["unit_code"]
    return pd.DataFrame({"unit_code": codes, "state": [states.get(f"u{code}", "covered") for code in codes]})


def gaps(rows: list[tuple[str, str, str]], table: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Gaps from code, state and fact, ranked in this order."""
    known = (units() if table is None else table).set_index("unit_code")
    return pd.DataFrame([
        {"rank": rank, "unit_code": code, **known.loc[code, ["name", "county_name", "city_name"]], "state": state,
         "fact": fact, "population": 12345.0, "nearest_km": 7.25, "road_minutes": None if rank == 1 else 18.4}
        for rank, (code, state, fact) in enumerate(rows, 1)
    ])  # fmt: skip


def corridors() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """A road straight east at 34 degrees, and back: a long gap, sides of unknown, no and six piles, and one across."""
    line = shapely.LineString([(113.05, 34.0), (114.1, 34.0)])
    rows, cuts, sites = [], [], []
    for order, (direction, way) in enumerate((("forward", line), ("backward", line.reverse()))):
        name = f"G4-{direction}-1"
        rows.append(
            {"corridor_id": name, "ref": "G4", "road_class": "expressway", "direction": direction, "part": 1,
             "from_name": "West End", "to_name": "East End", "km": 97.0, "n_sites": 2, "n_unknown": 1, "n_piles": 12,
             "longest_gap_km": 70.0, "geometry": way}
        )  # fmt: skip
        for rank, (start, end) in enumerate(((20.0, 90.0), (0.0, 20.0)), 1):
            cut = shapely.ops.substring(way, start / 97, end / 97, normalized=True)
            cuts.append(
                {"rank": 10 * (order + 1) + rank, "corridor_id": name, "ref": "G4", "direction": direction,
                 "road_class": "expressway", "from_km": start, "to_km": end, "km": end - start,
                 "n_unknown": rank - 1, "from_name": "Gate", "to_name": None, "geometry": cut}
            )  # fmt: skip
        sites += [
            {"corridor_id": name, "km": km, "site_id": f"{name} {km}", "name": "Area", "is_side": True,
             "across": across, "n_piles": piles, "n_guns": None, "n_ultra_fast": None, "max_kw": None, "total_kw": None}
            for km, across, piles in ((10.0, False, None), (15.0, False, 0), (20.0, False, 6), (90.0, True, 6))
        ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=STORED), gpd.GeoDataFrame(cuts, crs=STORED), pd.DataFrame(sites)


def scenario() -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """Two gaps, one closed by a new site; one unit takes no part."""
    table = units()
    keys = ["unit_code", "name", "town_kind", "county_code", "county_name", "city_code", "city_name"]
    told = pd.DataFrame(table.loc[table["unit_code"] != "410202009", keys])
    told["before"] = [
        "uncovered" if code in ("410102005", "410201005") else "covered" for code in told["unit_code"]
    ]
    told["after"] = ["uncovered" if code == "410201005" else "covered" for code in told["unit_code"]]
    site = {
        "rank": 1, "site_id": "N1", "site_kind": "seat", "name": "New Place", "station_id": None,
        "unit_code": "410102005", "unit_name": "Town 102005", "county_code": "410102", "county_name": "North-East",
        "city_code": "4101", "city_name": "City 1", "n_new": 6, "new_kw": 360.0, "cost": 42.0, "people": 5000.0,
        "people_near": 5000.0, "closed": "Town 102005", "geometry": shapely.Point(113.9, 34.4),
    }  # fmt: skip
    sites = gpd.GeoDataFrame([site], crs=STORED)
    area = {
        "n_units": 35, "covered_before": 33, "covered_after": 34, "n_unknown": 0, "n_piles_before": 50, "n_new": 6,
        "cost": 42.0, "served_before": 100.0, "served_after": 105.0,
    }  # fmt: skip
    areas = pd.DataFrame([
        {"level": "province", "code": None, "name": "Province", "parent_code": None, **area},
        {"level": "city", "code": "4101", "name": "City 1", "parent_code": None, **area},
        {"level": "county", "code": "410102", "name": "North-East", "parent_code": "4101", **area},
    ])  # fmt: skip
    return told, sites, areas


def paper(size: str = "A3", **said: Any) -> Paper:
    return Paper(counties(), CRS, replace(CAPTION, **said), size)


def texts(pages: Pages, number: int | None = None) -> list[str]:
    """What is written on the pages, or on one."""
    chosen = pages.sheets if number is None else [pages.sheets[number]]
    return [item.get_text() for sheet in chosen for item in sheet.axes.texts]


def boxes(sheet: pen.Sheet) -> tuple[list[str], np.ndarray]:
    """Every text of a sheet and the box that its letters fill (mm from the lower left corner)."""
    renderer = FigureCanvasAgg(sheet.figure).get_renderer()  # type: ignore[no-untyped-call]
    shown = [item for item in sheet.axes.texts if item.get_text()]
    found = [item.get_window_extent(renderer).extents * 25.4 / sheet.figure.dpi for item in shown]
    return [item.get_text() for item in shown], np.array(found)


def overlaps(sheet: pen.Sheet) -> list[tuple[str, str]]:
    """Pairs of texts that lie on each other."""
    words, found = boxes(sheet)
    low, high = found[:, :2], found[:, 2:]
    shared = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    pairs = np.argwhere(np.triu((shared > 0.05).all(axis=2), 1))
    return [(words[a], words[b]) for a, b in pairs]


def outside(sheet: pen.Sheet) -> list[str]:
    """Texts that leave the sheet."""
    words, found = boxes(sheet)
    gone = (found[:, :2] < 0).any(axis=1) | (found[:, 2] > sheet.width) | (found[:, 3] > sheet.height)
    return [words[i] for i in np.flatnonzero(gone)]
