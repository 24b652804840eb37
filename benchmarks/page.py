"""The interactive map at the size of a province: ``python page.py RESULTS [--out FILE]``.

RESULTS is the folder that ``chargegeo demo`` or ``chargegeo run`` wrote. The page holds everything at once: roads,
corridors, driving times, a made-up scenario and three snapshots, and 30,000 stations (those of the register repeated
with a jitter). Measured in headless Chromium, which draws by software: size, time until the first paint and until all
is there, and the time between frames while the map is dragged for five seconds at zoom 9, clusters off.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright

from chargegeo import maps, region, schema, store

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests import get_tools

STATIONS = 30_000
SITES = 400
SECONDS = 5
TABLES = (
    "units", "stations", "coverage", "gaps", "road_lines", "reach", "isochrones", "corridors", "corridor_sites",
    "corridor_gaps", "corridor_rules", "service_areas", "service_area_pairs",
)  # fmt: skip
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Dragging by real pointer events; frames are counted by the page itself
FRAMES = """() => {
  window.frames_ = [];
  let last = null;
  const tick = (t) => {
    if (last !== null) window.frames_.push(t - last);
    last = t;
    window.ticking = requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


def repeated(stations: gpd.GeoDataFrame, n: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """So many stations: those given, then again within some kilometres."""
    there = stations[stations.geometry.notna()].reset_index(drop=True)
    rows = there.iloc[np.arange(n) % len(there)].reset_index(drop=True)
    shift = np.where(np.arange(n)[:, None] < len(there), 0.0, rng.normal(0, 0.03, (n, 2)))
    geometry = gpd.points_from_xy(rows.geometry.x + shift[:, 0], rows.geometry.y + shift[:, 1])
    return rows.assign(
        station_id=[f"S{i:06d}" for i in range(n)], geometry=gpd.GeoSeries(geometry, crs=rows.crs)
    )


def scenario(units: gpd.GeoDataFrame, coverage: pd.DataFrame, rng: np.random.Generator) -> maps.Scenario:
    """A made-up plan: a site in each of the first units that are not covered, then anywhere."""
    state = coverage.set_index("unit_code")["state"].reindex(units["unit_code"]).to_numpy()
    drawn = units.geometry.notna().to_numpy()
    first = np.flatnonzero((state != "covered") & drawn)[:SITES]
    rest = np.setdiff1d(np.flatnonzero(drawn), first)
    at = np.append(first, rng.choice(rest, min(max(SITES - len(first), 0), len(rest)), replace=False))
    rows = units.iloc[at].reset_index(drop=True)
    closes = (state[at] != "covered").astype(int)
    n_new = rng.integers(1, 30, len(at))
    sites = pd.DataFrame({
        "rank": range(1, len(at) + 1), "site_id": [f"N{i:04d}" for i in range(len(at))], "site_kind": "seat",
        "name": rows["name"], "unit_code": rows["unit_code"], "unit_name": rows["name"],
        "county_code": rows["county_code"], "county_name": rows["county_name"], "city_code": rows["city_code"],
        "city_name": rows["city_name"], "n_standing": 0, "n_new": n_new, "new_guns": n_new, "new_bays": n_new,
        "new_kw": 60.0 * n_new, "cost": 45_000.0 * n_new, "n_decided": 0, "n_closed": closes,
        "closed": rows["name"].where(closes == 1), "people": np.round(rng.uniform(0, 9000, len(at))),
        "n_stretches": 0,
        "geometry": gpd.GeoSeries(rows.geometry.representative_point(), crs=schema.STORAGE_CRS),
    })  # fmt: skip
    piles = sites[["site_id", "n_new", "cost"]].assign(product="dc_60", kw=60.0)
    after = np.where(np.isin(np.arange(len(units)), at), "covered", state)
    told = units[
        ["unit_code", "name", "town_kind", "county_code", "county_name", "city_code", "city_name"]
    ].assign(
        rung="A0", before=state, after=after, n_piles_before=0, n_new=0, people=1.0, served_before=0.0, served_after=1.0
    )  # fmt: skip
    return maps.Scenario(
        "500", schema.conform(sites, "sites"), schema.conform(piles, "site_piles"),
        schema.conform(pd.DataFrame(told), "scenario_units"),
    )  # fmt: skip


def snapshots(coverage: pd.DataFrame, rng: np.random.Generator) -> list[tuple[str, pd.DataFrame]]:
    """Less and less covered the further back."""
    found = []
    for date, lost in (("2024-12-31", 0.3), ("2025-12-31", 0.15), ("2026-06-30", 0.0)):
        gone = (rng.random(len(coverage)) < lost) & (coverage["state"] == "covered")
        found.append((date, coverage.assign(state=coverage["state"].mask(gone, "uncovered"))))
    return found


def page(folder: Path, n: int = STATIONS) -> str:
    """Everything on one page."""
    tables: dict[str, Any] = {
        name: store.read_table(folder / "tables" / f"{name}.parquet", name) for name in TABLES
    }
    rng = np.random.default_rng(1)
    units, coverage = tables["units"], tables["coverage"]
    henan = region.load("henan")
    caption = schema.Caption(
        title="benchmark", author="-", date="2026-06-30", source="-", datum="-", definition="A0", denominator="-",
        synthetic=True,
    )  # fmt: skip
    roadside = maps.Roadside(
        *(tables[name] for name in ("corridors", "corridor_sites", "corridor_gaps", "corridor_rules", "service_areas",
                                    "service_area_pairs"))
    )  # fmt: skip
    return maps.interactive(
        units, repeated(tables["stations"], n, rng), coverage, tables["gaps"], caption=caption,
        layers=maps.Layers(
            counties=region.counties(henan), headline_kinds=henan.headline_kinds,
            rule_words={f"A{i}": f"rung {i}" for i in range(6)}, roads=tables["road_lines"],
            reach=tables["reach"], isochrones=tables["isochrones"], roadside=roadside,
            scenarios=[scenario(units, coverage, rng)], snapshots=snapshots(coverage, rng),
        ),
    )  # fmt: skip


def dragged(shown: Page, seconds: float) -> list[float]:
    """Milliseconds between frames while the map is dragged to and fro by the pointer."""
    box = shown.locator(".folium-map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.evaluate(FRAMES)
    start = time.perf_counter()
    while (t := time.perf_counter() - start) < seconds:
        shown.mouse.move(x + 250 * np.sin(2.2 * t), y + 150 * np.sin(1.4 * t))
    found = shown.evaluate("() => { cancelAnimationFrame(window.ticking); return window.frames_; }")
    shown.mouse.up()
    return [float(ms) for ms in found]


def measured(file: Path, chromium: str | None) -> dict[str, Any]:
    """What a browser takes to show the page and to drag it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        shown = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}).new_page()
        shown.goto(file.as_uri())
        shown.wait_for_selector("html[data-stations]", state="attached")
        ready = shown.evaluate("Number(document.documentElement.dataset.ready)")
        paint = shown.evaluate(
            "performance.getEntriesByType('paint').find(e => e.name === 'first-contentful-paint').startTime"
        )
        # the last box among those of the layers joins near stations
        shown.evaluate("document.querySelector('.cg-layers > label > input').click()")
        shown.evaluate("void map_chargegeo.setView([34.2, 113.7], 9, {animate: false})")
        shown.wait_for_timeout(1500)
        frames = np.array(dragged(shown, SECONDS))
        version = browser.version
        browser.close()
    return {
        "chromium": version, "first_paint_ms": round(paint), "ready_ms": ready, "frames": len(frames),
        **{f"frame_p{q}_ms": round(float(np.percentile(frames, q)), 1) for q in (50, 95, 99, 100)},
    }  # fmt: skip


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--stations", type=int, default=STATIONS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = (given.out or Path(folder) / "map.html").resolve()
        start = time.perf_counter()
        html = page(given.results, given.stations)
        made = time.perf_counter() - start
        maps.write(file, html)
        size = {"build_s": round(made, 1), "megabytes": round(file.stat().st_size / 1e6, 2)}
        print(json.dumps({"stations": given.stations, **size, **measured(file, get_tools.browser())}))


if __name__ == "__main__":
    main()
