"""What a plan changes and what changed since: fills, new sites, a slider of dates, two maps in step."""

import pytest
from playwright.sync_api import Page

from chargegeo import labels, schema
from tests.maps.conftest import Opener, World, at_place, colours, scenario, set_view, snapshots
from tests.maps.test_page import card, search
from tests.maps.test_travel import grid

COVERED, GAINED, UNCOVERED = "195,227,210,255", "111,168,220,255", "246,178,107,255"
DATES = ["2024-12-31", "2025-12-31", "2026-06-30"]
SECOND = ".cg-map2"
# Where each name stands on each map
VIEW = """() => [...document.querySelectorAll('.folium-map, .cg-map2')].map((box) => {
  const own = box.getBoundingClientRect();
  const names = {};
  for (const one of box.querySelectorAll('.cg-name span')) {
    const r = one.getBoundingClientRect();
    names[one.textContent] = [Math.round(r.x - own.x), Math.round(r.y - own.y)];
  }
  return names;
})"""


def words(key: str, **values: object) -> str:
    return labels.text(f"page.ui.{key}", "zh", **values)


def state(name: str) -> str:
    return labels.word("state", name)


@pytest.fixture
def planned(small: World, opened: Opener) -> Page:
    page: Page = opened(small.html(scenario=scenario(small))).page
    return page


def test_before_and_after_fill_the_units_and_count_them(planned: Page) -> None:
    # the sites stand in the first three units: covered, uncovered, unknown before
    planned.locator("input[value=scenario]").check()
    set_view(planned, 34.05, 113.15, 12)
    assert GAINED in colours(planned, 34.08, 113.15, 8)
    rows = [row[1:] for row in grid(planned, ".cg-classes")[1:]]
    assert rows == [
        [state("covered"), "3", "3"], [words("gained"), "2", "2"], [state("uncovered"), "2", "2"],
        [state("unknown"), "2", "3"], [labels.text("map.ui.denominator"), "9", "10"],
    ]  # fmt: skip
    told = {"state": state("covered"), "of": 9}
    assert planned.locator(".cg-sum").text_content() == words("covered_of", n=5, share="55.6 %", **told)
    planned.locator("input[value=before]").check()
    assert UNCOVERED in colours(planned, 34.08, 113.15, 8)
    assert planned.locator(".cg-sum").text_content() == words("covered_of", n=3, share="33.3 %", **told)


def test_a_new_site_says_why_it_is_there_and_what_is_built(planned: Page) -> None:
    planned.locator("input[value=scenario]").check()
    set_view(planned, 34.05, 113.05, 14)
    planned.mouse.click(*at_place(planned, 34.05, 113.05))
    assert planned.locator(".cg-plan h2").text_content() == "1. site 0"
    assert planned.locator(".cg-why li").all_text_contents() == [
        words("why_closed", n=2, text="site 0"), words("why_people", n="1234.5"), words("why_stretches", n=3),
        words("why_decided", n=1),
    ]  # fmt: skip
    rows = dict(row[:2] for row in grid(planned, ".cg-plan > table:not(.cg-both)"))
    assert rows[schema.column_label("sites", "cost")] == "90000 site 0"
    assert rows[schema.column_label("sites", "n_new")] == f"3 {labels.text('map.measure.pile')}"
    assert grid(planned, ".cg-plan .cg-both")[1] == [
        "site 0",
        f"2 {labels.text('map.measure.pile')}",
        "60",
        "90000 site 0",
    ]


def test_new_sites_are_met_without_a_pointer(planned: Page) -> None:
    planned.locator(".cg-sitelist summary").focus()
    planned.keyboard.press("Enter")
    planned.wait_for_selector(".cg-sitelist button")  # made when the list is opened
    planned.keyboard.press("Tab")
    planned.keyboard.press("Enter")
    assert planned.locator(".cg-plan h2").text_content() == "1. site 0"
    planned.keyboard.press("Escape")
    planned.wait_for_timeout(300)
    assert planned.locator(".leaflet-popup").count() == 0


def test_the_card_of_a_unit_tells_before_and_after(planned: Page) -> None:
    search(planned, "410225101")
    planned.keyboard.press("Enter")
    shown = card(planned)
    assert shown[words("scenario") + schema.column_label("scenario_units", "before")] == state("uncovered")
    assert shown[words("scenario") + schema.column_label("scenario_units", "after")] == state("covered")


def test_two_maps_stay_in_step(planned: Page) -> None:
    planned.locator("input[value=scenario]").check()
    assert planned.locator(SECOND).count() == 0
    planned.get_by_label(words("twin")).check()
    assert planned.locator(".cg-when").all_text_contents() == [words("before"), words("after")]
    set_view(planned, 34.15, 113.15, 11)
    for box, (x, y) in (
        (".folium-map", (-70, 40)), (SECOND, (90, -30)), (".folium-map", (13, -57)), (SECOND, (-31, 17))
    ):  # fmt: skip
        there = planned.locator(box).bounding_box()
        assert there is not None
        middle = there["x"] + there["width"] / 2, there["y"] + there["height"] / 2
        planned.mouse.move(*middle)
        planned.mouse.down()
        planned.mouse.move(middle[0] + x / 2, middle[1] + y / 2, steps=3)
        planned.mouse.move(middle[0] + x, middle[1] + y, steps=3)
        planned.wait_for_timeout(150)  # no swing when let go
        planned.mouse.up()
        planned.mouse.wheel(0, -120 if x > 0 else 120)
        planned.wait_for_timeout(500)
        one, two = planned.evaluate(VIEW)
        both = set(one) & set(two)
        assert len(both) >= 2
        assert all(abs(one[name][i] - two[name][i]) <= 1 for name in both for i in (0, 1)), (box, one, two)


def test_closing_the_second_map_gives_the_first_its_layers_back(planned: Page) -> None:
    boxes = planned.locator(".leaflet-control-layers input")
    before = boxes.evaluate_all("all => all.map(one => one.checked)")
    planned.locator("input[value=scenario]").check()
    zoom = planned.evaluate("map_chargegeo.getZoom()")
    planned.get_by_label(words("twin")).check()
    assert sum(boxes.evaluate_all("all => all.map(one => one.checked)")) == 2, "units and counties"
    planned.get_by_label(words("twin")).uncheck()
    planned.locator("input[value=state]").check()
    assert boxes.evaluate_all("all => all.map(one => one.checked)") == before
    assert planned.evaluate("map_chargegeo.getZoom()") == zoom
    assert not planned.locator(SECOND).is_visible()


def test_dates_slide_by_the_keyboard(small: World, opened: Opener) -> None:
    page = opened(small.html(snapshots=snapshots(small, DATES))).page
    page.locator("input[value=dates]").check()
    slider = page.locator(".cg-dates input")
    set_view(page, 34.05, 113.05, 13)
    found = []
    slider.focus()
    for key in ("End", "ArrowLeft", "Home"):
        page.keyboard.press(key)
        told = page.locator(".cg-date").text_content()
        assert slider.get_attribute("aria-valuetext") == told
        found.append((told, grid(page, ".cg-classes")[1][2], COVERED in colours(page, 34.08, 113.05, 8)))
    assert found == [(DATES[2], "3", True), (DATES[1], "0", False), (DATES[0], "0", False)]
    assert page.locator(".cg-fills .cg-note").text_content() == words("date_lacking", n=1)
    page.get_by_label(words("twin")).check()
    page.locator(".cg-dates input").press("End")
    assert page.locator(".cg-when").all_text_contents() == [DATES[0], DATES[2]]


def test_without_a_plan_and_dates_there_is_no_word_of_them(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert page.locator(".cg-fill, .cg-new, .cg-sitelist, .cg-dates, .cg-map2").count() == 0
