"""A map and a chart in a notebook: the page in a frame that reaches nothing around it, and pictures without scripts."""

import re
from base64 import b64decode
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chargegeo import maps
from chargegeo.maps.inline import Shown
from tests.maps.conftest import World, world

TITLE = '"><img src=x onerror=window.ran=1><script>window.ran=1</script>{page}'
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def shown() -> tuple[World, Shown]:
    made = world()
    made = replace(made, caption=replace(made.caption, title=TITLE, synthetic=True))
    paper = maps.Paper(made.counties, "EPSG:4546", made.caption)
    layers = maps.Layers(headline_kinds=("town", "township"))
    return made, maps.show(made.units, made.stations, made.coverage, made.gaps, paper, layers=layers)


def test_it_is_the_page_and_the_printed_map(shown: tuple[World, Shown]) -> None:
    made, found = shown
    assert found.html == made.html(rule_words={})
    bundle = found._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    page = re.search('srcdoc="([^"]*)"', bundle["text/html"])
    assert page is not None and unescape(page[1]) == found.html
    assert b64decode(bundle["image/png"]).startswith(PNG) and bundle["text/plain"] == TITLE
    assert found.html not in repr(found)


def test_it_runs_in_its_frame_and_nowhere_else(
    shown: tuple[World, Shown], browser: Browser, tmp_path: Path
) -> None:
    bundle = shown[1]._repr_mimebundle_()
    around = tmp_path / "notebook.html"
    around.write_text(f"<!doctype html><meta charset=utf-8><p>cell</p>{bundle['text/html']}", "utf-8")
    page = browser.new_context(offline=True, viewport={"width": 1000, "height": 800}).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.goto(around.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready][data-stations]").wait_for(state="attached")
    assert frame.locator(".cg-head h1").text_content() == TITLE
    assert page.evaluate("window.ran") is None and page.locator("iframe").get_attribute("title") == TITLE
    # an origin of its own: the page cannot touch what is around it
    assert (
        page.frames[1].evaluate(
            "(() => { try { return parent.document.title } catch (e) { return e.name } })()"
        )
        == "SecurityError"
    )
    assert [one for one in seen if not one.startswith(("data:", "about:"))] == [around.as_uri()]
    page.context.close()


def test_a_chart_is_a_picture() -> None:
    from tests.maps.test_charts import CAPTION, rollup

    assert maps.charts.rungs(rollup(), caption=CAPTION)._repr_png_().startswith(PNG)


def test_a_text_with_quotes_ends_nothing() -> None:
    bundle = Shown(TITLE, "<p title='x'>\"&amp;</p>", b"")._repr_mimebundle_()
    assert bundle["text/html"].count("<") == 2 and escape(TITLE) in bundle["text/html"]
