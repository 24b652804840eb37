"""Base maps: none by default, on demand only, a key that is never kept, a host that stands in for the real one."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from chargegeo import datum, labels, maps
from chargegeo.maps import ground
from chargegeo.vocab import BaseMap
from tests.maps.conftest import World
from tests.maps.test_before_after import words
from tests.maps.test_payload import data

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def tiles() -> Iterator[tuple[str, list[str]]]:
    """A server of pictures on this machine, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PICTURE)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shown(browser: Browser, tmp_path: object) -> Iterator[object]:
    """Open a page that may use the network of this machine."""
    contexts = []

    def show(html: str) -> tuple[Page, list[str]]:
        file = f"{tmp_path}/map.html"
        maps.write(file, html)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        page, errors = context.new_page(), []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"file://{file}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page, errors

    yield show
    for context in contexts:
        context.close()


def chosen(page: Page) -> None:
    page.locator(".cg-ground summary").click()
    page.locator("input[name=cg-base][value=on]").check()


def test_tianditu_asks_for_the_key_and_forgets_it(small: World, tiles, shown) -> None:  # type: ignore[no-untyped-def]
    host, asked = tiles
    html = small.html(base=BaseMap.TIANDITU, tile_host=host)
    page, errors = shown(html)
    page.wait_for_timeout(300)
    assert asked == [], "nothing is asked before it is chosen"
    chosen(page)
    page.wait_for_timeout(300)
    assert asked == [], "nor before there is a key"
    page.locator(".cg-ground input[type=text]").fill(" a&b/1 ")
    page.keyboard.press("Enter")
    page.wait_for_timeout(800)
    queries = [parse_qs(urlsplit(path).query) for path in asked]
    assert {query["tk"][0] for query in queries} == {"a&b/1"}
    assert {query["T"][0] for query in queries} == {"vec_w", "cva_w"}
    assert page.locator(".leaflet-tile-pane img").count() > 4
    assert page.locator(".cg-sourceline").text_content() == labels.text("page.base.tianditu.source")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0 and "tk=" not in page.url
    n = len(asked)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_timeout(300)
    assert len(asked) == n and page.locator(".cg-ground input[type=text]").input_value() == ""
    assert errors == []


def test_switched_off_it_is_gone(small: World, tiles, shown) -> None:  # type: ignore[no-untyped-def]
    host, asked = tiles
    page, _ = shown(small.html(base=BaseMap.OSM, tile_host=host))
    chosen(page)
    page.wait_for_timeout(500)
    assert asked and page.locator(".cg-warn").text_content() == labels.text("page.base.osm.note")
    source = labels.text("page.base.osm.source") + labels.text("page.base.osm.note")
    assert page.locator(".cg-source dd").last.text_content() == source, "what is printed says it too"
    page.locator("input[name=cg-base][value=none]").check()
    assert page.locator(".leaflet-tile-pane img").count() == 0
    assert source not in page.locator(".cg-source dd").all_text_contents()


def test_a_host_that_is_away_is_said(small: World, shown) -> None:  # type: ignore[no-untyped-def]
    page, _ = shown(small.html(base=BaseMap.OSM, tile_host="http://127.0.0.1:9"))
    chosen(page)
    page.wait_for_timeout(800)
    assert page.locator(".cg-ground [role=status]").text_content() == words("base_failed")


@pytest.mark.parametrize("base", list(BaseMap))
def test_the_policy_is_only_as_wide_as_the_base_map(base: BaseMap, small: World) -> None:
    html = small.html(base=base)
    policy = html.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    allowed = next(rule for rule in policy.split("; ") if rule.startswith("img-src")).split()[2:]
    assert len(allowed) == {BaseMap.NONE: 0, BaseMap.TIANDITU: 8, BaseMap.AMAP: 4, BaseMap.OSM: 1}[base]
    assert "http" not in policy.replace(" ".join(allowed), "")
    assert (ground.PICTURES.get(base) is None) == (base is BaseMap.NONE)


def test_amap_shows_a_shifted_copy_and_says_so(small: World, shown) -> None:  # type: ignore[no-untyped-def]
    before = small.units.geometry.copy()
    found = data(small.html(base=BaseMap.AMAP))
    plain = data(small.html())
    n = len(found["stations"]["x"])
    x, y = (np.array(plain["stations"][axis]) / 1e5 for axis in "xy")
    lon, lat = datum.from_wgs84(x, y, "gcj02")
    assert n == 11 and np.abs(np.array(found["stations"]["x"]) / 1e5 - lon).max() < 2e-5
    assert np.abs(np.array(found["stations"]["y"]) / 1e5 - lat).max() < 2e-5
    metres = datum.metres_between(
        x, y, np.array(found["stations"]["x"]) / 1e5, np.array(found["stations"]["y"]) / 1e5
    )
    assert metres.min() > 400
    assert found["counties"]["shape"] != plain["counties"]["shape"] and found["extent"] != plain["extent"]
    assert gpd.GeoSeries(before).geom_equals(small.units.geometry)[:9].all(), "the tables stay as they are"
    page, _ = shown(small.html(base=BaseMap.AMAP))
    note = labels.text("page.base.amap.note")
    assert (
        page.locator(".cg-warn").text_content() == page.locator(".cg-source dd").last.text_content() == note
    )
