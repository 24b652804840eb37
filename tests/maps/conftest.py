"""A browser without network, and a small made-up county of nine units."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser, BrowserContext, Page

from chargegeo import maps, schema


@dataclass
class Seen:
    """What a page did while it was open."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


Opener = Callable[..., Seen]

# Colours of the shared canvas round a place
AROUND = """([lat, lng, half]) => {
  const c = document.querySelector('.leaflet-overlay-pane canvas');
  const box = c.getBoundingClientRect(), at = map_chargegeo.latLngToContainerPoint([lat, lng]);
  const r = map_chargegeo.getContainer().getBoundingClientRect();
  const s = c.width / box.width;
  const x = (at.x + r.left - box.left) * s - half, y = (at.y + r.top - box.top) * s - half;
  const d = c.getContext('2d').getImageData(x, y, 2 * half, 2 * half).data;
  const seen = [];
  for (let i = 0; i < d.length; i += 4) seen.push([d[i], d[i + 1], d[i + 2], d[i + 3]].join());
  return seen;
}"""
# The layer of points of a kind: station, or site of a scenario
POINTS = """(kind) => {
  let found = null;
  map_chargegeo.eachLayer((layer) => { if (layer.options.points === kind) found = layer; });
  return found;
}"""


def colours(page: Page, lat: float, lng: float, half: int = 4) -> set[str]:
    """Colours (red,green,blue,alpha) on the canvas about a place."""
    page.wait_for_timeout(150)  # a frame to draw in
    return set(page.evaluate(AROUND, [lat, lng, half]))


def at_place(page: Page, lat: float, lng: float) -> tuple[float, float]:
    """Where a place lies on the screen."""
    x, y = page.evaluate(
        "([lat, lng]) => { const p = map_chargegeo.latLngToContainerPoint([lat, lng]);"
        "const r = map_chargegeo.getContainer().getBoundingClientRect(); return [p.x + r.left, p.y + r.top]; }",
        [lat, lng],
    )
    return x, y


def set_view(page: Page, lat: float, lng: float, zoom: float) -> None:
    """Look at a place."""
    page.evaluate("([at, z]) => void map_chargegeo.setView(at, z, {animate: false})", [[lat, lng], zoom])


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Open a page from a file, without network, and wait until it is ready."""
    contexts: list[BrowserContext] = []

    def opener(html: str, width: int = 1280, height: int = 800) -> Seen:
        maps.write(tmp_path / "map.html", html)
        context = browser.new_context(offline=True, viewport={"width": width, "height": height})
        contexts.append(context)
        seen = Seen(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on(
            "console", lambda message: seen.errors.append(message.text) if message.type == "error" else None
        )
        seen.page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
        seen.page.goto((tmp_path / "map.html").as_uri())
        seen.page.wait_for_selector("html[data-ready][data-stations]", state="attached")
        return seen

    yield opener
    for context in contexts:
        context.close()


@dataclass(frozen=True)
class World:
    """Input of a map."""

    units: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    coverage: pd.DataFrame
    gaps: pd.DataFrame
    counties: gpd.GeoDataFrame
    caption: schema.Caption

    def html(self, **options: object) -> str:
        """The page of this world."""
        given = {
            "counties": self.counties,
            "headline_kinds": ("town", "township"),
            "rule_words": {"A0": "a public pile"},
            **options,
        }
        caption = given.pop("caption", self.caption)
        if "scenario" in given:
            given["scenarios"] = [given.pop("scenario")]
        return maps.interactive(
            self.units,
            self.stations,
            self.coverage,
            self.gaps,
            caption=caption,
            layers=maps.Layers(**given),  # type: ignore[arg-type]
        )


STATES = ["covered", "uncovered", "unknown"] * 3
NAMES = [
    "\u57ce\u5173\u9547",
    "\u57ce\u90ca\u4e61",
    "\u5357\u5f70\u9547",
    "\u57ce\u5173\u9547",
    "E",
    "F",
    "G",
    "H",
    "I",
]


def world() -> World:
    """Three by three units of a tenth of a degree in two counties, one more without a shape."""
    cells = [
        shapely.box(113 + i % 3 / 10, 34 + i // 3 / 10, 113.1 + i % 3 / 10, 34.1 + i // 3 / 10)
        for i in range(9)
    ]
    codes = [f"41022510{i}" for i in range(9)]
    county = ["410225"] * 6 + ["410226"] * 3
    county_name = ["\u5170\u8003\u53bf"] * 6 + ["\u6749\u6811\u53bf"] * 3
    units = pd.DataFrame(
        {
            "unit_code": [*codes, "410225199"],
            "name": [*NAMES, "\u65e0\u754c\u4e61"],
            "kind": "township",
            "town_kind": ["town"] * 8 + ["subdistrict", "township"],
            "county_code": [*county, "410225"],
            "county_name": [*county_name, "\u5170\u8003\u53bf"],
            "city_code": "4102",
            "city_name": "\u5f00\u5c01\u5e02",
            "n_villages": range(10),
            "boundary": ["given"] * 7 + ["approximate"] * 2 + ["missing"],
            "synthetic": False,
            "geometry": gpd.GeoSeries([*cells, None], crs=schema.STORAGE_CRS),
        }
    )
    coverage = pd.DataFrame(
        {
            "unit_code": units["unit_code"],
            "rule": "towns/1",
            "rung": ["A0", None, None] * 3 + [None],
            "next_rung": ["A1", "A0", "A0"] * 3 + ["A0"],
            "next_state": ["uncovered", "uncovered", "unknown"] * 3 + ["unknown"],
            "next_fact": ["status", "site", "access"] * 3 + ["boundary"],
            "state": [*STATES, "unknown"],
            "n_stations": 2,
            "n_piles": range(10),
            "n_guns": [None, *range(9)],
            "n_public_piles": 1,
            "n_set_aside": 0,
            "n_power_known": 4,
            "n_power_unknown": 1,
            "n_ultra_fast": 1,
            "ultra_fast_share": 0.25,
        }
    )
    stations = pd.DataFrame(
        {
            "station_id": [f"S{i:02d}" for i in range(12)],
            "name": [f"station {i}" for i in range(12)],
            "operator": ["X", "Y"] * 6,
            "access": ["public"] * 9 + ["private", None, "public"],
            "status": ["in_service"] * 9 + ["in_service", None, "in_service"],
            "n_piles": range(12),
            "n_guns": 2,
            "file": "a.csv",
            "geometry": gpd.GeoSeries(
                [*gpd.points_from_xy([113.05 + i / 50 for i in range(11)], [34.05] * 11), None]
            ),
        }
    )
    left = [1, 4, 7]
    gaps = pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "unit_code": [codes[i] for i in left],
            "name": [NAMES[i] for i in left],
            "county_name": [county_name[i] for i in left],
            "city_name": "\u5f00\u5c01\u5e02",
            "town_kind": "town",
            "rung": "A0",
            "state": "uncovered",
            "fact": "site",
            "n_villages": left,
            "nearest_station_id": "S01",
            "nearest_km": [1.25, 2, 3.5],
            "from_seat": False,
        }
    )
    counties = gpd.GeoDataFrame(
        {
            "county_code": ["410225", "410226"],
            "county_name": ["\u5170\u8003\u53bf", "\u6749\u6811\u53bf"],
            "city_code": "4102",
            "city_name": "\u5f00\u5c01\u5e02",
            "geometry": [shapely.box(113, 34, 113.3, 34.2), shapely.box(113, 34.2, 113.3, 34.3)],
        },
        crs=schema.STORAGE_CRS,
    )
    caption = schema.Caption(
        title="Gap map",
        author="office",
        date="2026-10-31",
        source="register",
        datum="wgs84",
        definition="A0",
        denominator="towns and townships",
    )
    return World(
        units=schema.conform(units, "units"),
        stations=schema.conform(stations, "stations"),
        coverage=schema.conform(coverage, "coverage"),
        gaps=schema.conform(gaps, "gaps"),
        counties=counties,
        caption=caption,
    )


def roads() -> gpd.GeoDataFrame:
    """An expressway of two carriageways, a national road, and a lane in the south-west."""
    made = pd.DataFrame(
        {
            "road_class": ["residential", "national", "expressway"],
            "ref": [None, "G310", "G30;G36"],
            "oneway": [False, False, True],
            "km": [1.0, 27.5, 55.0],
            "n_lines": [1, 1, 2],
            "geometry": [
                shapely.LineString([(113.04, 34.06), (113.05, 34.065)]),
                shapely.LineString([(113, 34.12), (113.15, 34.125), (113.3, 34.12)]),
                shapely.MultiLineString(
                    [[(113, 34.25), (113.3, 34.25)], [(113.3, 34.2503), (113, 34.2503)]],
                ),
            ],
        }
    )
    return schema.conform(made, "road_lines")


def reach() -> pd.DataFrame:
    """Minutes at and beyond every limit; then unreachable, not put on a road; none for the last unit."""
    minutes = [4.25, 10.0, 10.5, 15.0, 20.0, 30.0, 30.5, None, None]
    made = pd.DataFrame(
        {
            "unit_code": [f"41022510{i}" for i in range(9)],
            "snap": ["snapped"] * 8 + ["beyond_limit"],
            "leg_m": [120.0] * 8 + [None],
            "nearest_station_id": ["S01"] * 7 + [None] * 2,
            "minutes": minutes,
            "km": [None if n is None else n / 2 for n in minutes],
            "n_within": [3] * 7 + [0, None],
            "guns_per_10k": [0.375] * 8 + [None],
        }
    )
    return schema.conform(made, "reach")


def isochrones() -> gpd.GeoDataFrame:
    """Fifteen minutes inside thirty."""
    areas = [shapely.box(112.95, 33.95, 113.25, 34.25), shapely.box(113, 34, 113.1, 34.1)]
    made = pd.DataFrame({"minutes": [30.0, 15.0], "area_km2": [900.0, 100.0], "geometry": areas})
    return schema.conform(made, "isochrones")


def travel() -> dict[str, pd.DataFrame]:
    """All that a page may hold of roads."""
    return {"roads": roads(), "reach": reach(), "isochrones": isochrones()}


def scenario(made: World, texts: list[str] | None = None) -> maps.Scenario:
    """A site in each of the first units, in their order, by new piles: all that was not covered gets covered.

    The sites serve the units in turn, each two minutes farther than the one before.
    """
    units = made.units[made.units.geometry.notna()]
    texts = texts or [f"site {i}" for i in range(3)]
    n = len(texts)
    first = units.iloc[:n].reset_index(drop=True)
    sites = pd.DataFrame(
        {
            "rank": range(1, n + 1), "site_id": texts, "site_kind": "seat", "name": texts, "station_id": texts,
            "unit_code": first["unit_code"], "unit_name": texts, "county_name": texts, "city_name": texts,
            "n_standing": 0, "n_new": range(n, 0, -1), "new_guns": 2, "new_bays": 2, "new_kw": 120.0, "cost": 90000.0,
            "n_decided": 1, "n_closed": 2, "closed": texts, "people": 1234.5, "n_stretches": 3,
            "geometry": first.geometry.representative_point(),
        }
    )  # fmt: skip
    piles = pd.DataFrame({"site_id": texts, "product": texts, "n_new": 2, "kw": 60.0, "cost": 90000.0})
    before = made.coverage.set_index("unit_code")["state"].reindex(made.units["unit_code"]).to_numpy()
    chosen = made.units["unit_code"].isin(first["unit_code"]).to_numpy()
    told = made.units[["unit_code", "name"]].assign(
        rung="A0", before=before, after=np.where(chosen, "covered", before), n_piles_before=0, n_new=0, people=100.0,
        served_before=0.0, served_after=50.0,
    )  # fmt: skip
    served = pd.DataFrame({
        "unit_code": units["unit_code"], "name": units["name"], "site_id": [texts[i % n] for i in range(len(units))],
        "minutes": [2.0 * i for i in range(len(units))], "people": 100.0,
    })  # fmt: skip
    return maps.Scenario(
        texts[0], schema.conform(sites, "sites"), schema.conform(piles, "site_piles"),
        schema.conform(pd.DataFrame(told), "scenario_units"), money=texts[0],
        served=schema.conform(served, "site_units"),
    )  # fmt: skip


def snapshots(made: World, dates: list[str]) -> list[tuple[str, pd.DataFrame]]:
    """Nothing covered at first, all that is covered at last; the last unit has no verdict before the last date."""
    last = made.coverage
    gone = last.assign(state=last["state"].mask(last["state"] == "covered", "uncovered")).iloc[:-1]
    return [*((date, gone) for date in dates[:-1]), (dates[-1], last)]


@pytest.fixture
def small() -> World:
    """The small world."""
    return world()
