"""Roads, driving times and areas within reach, as a planner meets them."""

from dataclasses import replace
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from chargegeo import labels, schema
from tests.maps.conftest import Opener, World, at_place, colours, roads, travel
from tests.maps.test_page import card, search, words

LAYERS = ["layer_units", "layer_counties", "layer_gaps", "layer_stations", "layer_roads", "layer_isochrones"]
SERVED = "layer_catchments"
NEAR = "void map_chargegeo.setView([34.06, 113.05], {zoom}, {{animate: false}})"


def grid(page: Page, selector: str) -> list[list[str]]:
    return page.locator(f"{selector} tr").evaluate_all(  # type: ignore[no-any-return]
        "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )


def hover(page: Page, lat: float, lng: float) -> list[str]:
    """Move the pointer to a place and read the tooltip."""
    x, y = at_place(page, lat, lng)
    page.mouse.move(x - 40, y - 40)
    page.wait_for_timeout(60)
    page.mouse.move(x, y)
    page.wait_for_timeout(60)
    page.mouse.move(x + 0.4, y)
    page.wait_for_timeout(300)  # the one before fades
    tip = page.locator(".leaflet-tooltip .cg-tip > *")
    tip.first.wait_for()
    return tip.all_text_contents()


def test_without_roads_there_is_no_word_of_them(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert page.locator(".leaflet-control-layers label").count() == 4
    assert page.locator(".cg-fill, .cg-roads, .cg-isochrones, .cg-roadnote").count() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_opens_alone_with_all_of_it(lang: str, small: World, opened: Opener) -> None:
    seen = opened(small.html(**travel(), caption=replace(small.caption, lang=lang)))
    assert seen.errors == [] and len(seen.requests) == 1
    shown = [text.strip() for text in seen.page.locator(".leaflet-control-layers label").all_text_contents()]
    named = [labels.text(f"map.ui.{word}", lang) for word in LAYERS]
    assert shown == [*named, labels.text(f"page.ui.{SERVED}", lang)]


def test_roads_lie_on_the_units_and_can_be_switched_off(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel())).page
    dark, road = "67,40,122,255", (34.25, 113.05)
    boxes = page.locator(".leaflet-control-layers label")
    assert dark in colours(page, *road)
    boxes.nth(LAYERS.index("layer_roads")).locator("input").uncheck()
    assert dark not in colours(page, *road)
    boxes.nth(LAYERS.index("layer_roads")).locator("input").check()
    assert dark in colours(page, *road)
    for _ in range(2):
        boxes.nth(LAYERS.index("layer_units")).locator("input").click()
    assert dark in colours(page, *road), "still above the units that were switched on again"


def test_a_road_says_its_number_and_class(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel())).page
    page.evaluate("void map_chargegeo.setView([34.23, 113.08], 12, {animate: false})")
    assert hover(page, 34.25, 113.08) == ["G30;G36", labels.word("roadclass", "expressway", "zh")]
    assert hover(page, 34.23, 113.08)[0] == "G", "beside it the unit answers"
    page.evaluate("void map_chargegeo.setView([34.25, 113.08], 12, {animate: false})")
    page.mouse.click(*at_place(page, 34.25, 113.08))
    shown = card(page)
    assert shown[schema.column_label("road_lines", "ref")] == "G30;G36"
    assert shown[schema.column_label("road_lines", "oneway")] == labels.text("map.bool.true")


def test_a_small_road_is_there_only_near(small: World, opened: Opener) -> None:
    page = opened(small.html(roads=roads())).page
    middle = (34.0625, 113.045)
    page.evaluate(NEAR.format(zoom=11))
    assert len(colours(page, *middle, half=12)) == 1, "the plain fill of a covered unit"
    assert hover(page, *middle)[0] == small.units["name"][0]
    page.evaluate(NEAR.format(zoom=15))
    assert len(colours(page, *middle, half=12)) > 1
    assert hover(page, *middle) == [labels.word("roadclass", "residential", "zh")]


def test_legend_names_the_classes_and_what_is_left_out(
    small: World, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = {name: labels.word("roadclass", name, "zh") for name in ("expressway", "national", "residential")}
    page = opened(small.html(roads=roads())).page
    assert [row[1] for row in grid(page, ".cg-roads")] == list(word.values())
    assert page.locator(".cg-roadnote").all_text_contents() == [words("roads_near")]
    monkeypatch.setattr("chargegeo.maps.travel.ROAD_VERTICES", 5)
    page = opened(small.html(roads=roads())).page
    assert [row[1] for row in grid(page, ".cg-roads")] == [word["expressway"], word["national"]]
    assert page.locator(".cg-roadnote").all_text_contents() == [
        words("roads_left_out", n=word["residential"])
    ]


INK = """(canvas) => {
  const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const grey = [];
  for (let x = 0; x < canvas.width; x += 1) {
    let ink = 0;
    for (let y = 0; y < canvas.height; y += 1) {
      const i = 4 * (y * canvas.width + x);
      const g = 0.299 * d[i] + 0.587 * d[i + 1] + 0.114 * d[i + 2];
      ink += (d[i + 3] / 255) * (1 - g / 255);
    }
    grey.push(ink.toFixed(1));
  }
  return grey.join();
}"""


def test_road_classes_differ_without_colour(small: World, opened: Opener) -> None:
    every = [f"{name}" for name in ("expressway", "national", "provincial", "county", "township", "village")]
    many = roads().iloc[[1] * len(every)].assign(road_class=every)
    page = opened(small.html(roads=many)).page
    ink = page.locator(".cg-roads .cg-swatch").evaluate_all(f"all => all.map({INK})")
    assert len(set(ink)) == len(every), "width or dash tells them apart in grey"
    mean = [sum(map(float, one.split(","))) for one in ink]
    assert mean[0] > mean[1] > mean[2] > mean[3] > max(mean[4:]) > 0, "the more important, the heavier"


def test_minutes_can_be_chosen_with_the_keyboard(small: World, opened: Opener) -> None:
    seen = opened(small.html(**travel()))
    page = seen.page
    assert page.locator(".cg-classes").get_attribute("data-fill") == "state"
    at_first = colours(page, 34.05, 113.03)
    page.locator("input[value=state]").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("input[value=minutes]").is_checked()
    expect(page.locator(".cg-classes")).to_have_attribute("data-fill", "minutes")
    assert colours(page, 34.05, 113.03) != at_first
    assert hover(page, 34.03, 113.03)[-1] == words("minutes", n=4.3)
    page.locator("input[value=minutes]").focus()
    page.keyboard.press("ArrowUp")
    assert page.locator("input[value=state]").is_checked()
    assert colours(page, 34.05, 113.03) == at_first
    assert seen.errors == []


def test_minutes_are_counted_by_class(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel(), caption=replace(small.caption, lang="en"))).page
    page.locator("input[value=minutes]").check()
    rows = grid(page, ".cg-classes")[1:]
    # of the units of the headline, and of all: one subdistrict is not put on a road, one town has no row
    assert [row[1:] for row in rows] == [
        ["up to 10 min", "2", "2"], ["10 to 15 min", "2", "2"], ["15 to 20 min", "1", "1"],
        ["20 to 30 min", "1", "1"], ["over 30 min", "1", "1"], ["not reachable by road", "1", "1"],
        ["start not on a road", "1", "2"], [labels.text("map.ui.denominator", "en"), "9", "10"],
    ]  # fmt: skip


def test_minute_classes_differ_without_colour(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel())).page
    page.locator("input[value=minutes]").check()
    swatches = page.locator(".cg-classes .cg-swatch")
    spread = swatches.evaluate_all(
        """all => all.map((canvas) => {
          const d = canvas.getContext('2d').getImageData(3, 3, 28, 14).data;
          const grey = [];
          for (let i = 0; i < d.length; i += 4) grey.push(0.299 * d[i] + 0.587 * d[i + 1] + 0.114 * d[i + 2]);
          return [grey.reduce((a, b) => a + b, 0) / grey.length, Math.max(...grey) - Math.min(...grey)];
        })"""
    )
    means = [mean for mean, _ in spread]
    assert all(a > b + 12 for a, b in pairwise(means[:5])), "darker the longer it takes"
    assert spread[0][1] < 2, "the best is plain"
    assert all(contrast > 40 for _, contrast in spread[1:]), "every other carries a pattern"


def test_the_card_of_a_unit_says_how_far_it_is(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel())).page
    label = {item.name: item.label["zh"] for item in schema.contract("reach")}
    search(page, "410225101")
    page.keyboard.press("Enter")
    shown = card(page)
    assert shown[label["minutes"]] == "10" and shown[label["km"]] == "5"
    assert shown[label["nearest_station_id"]] == "S01 station 1"
    assert shown[label["guns_per_10k"]] == "0.38"
    assert shown[label["n_within"]] == f"3 {labels.text('map.measure.station')}"
    assert shown[label["snap"]] == labels.word("snap", "snapped", "zh")
    for code, said in (("410225107", "unreachable"), ("410225108", "unplaced"), ("410225199", "unplaced")):
        search(page, code)
        page.keyboard.press("Enter")
        assert card(page)[label["minutes"]] == labels.text(f"map.minutes.{said}"), code
        assert card(page)[label["km"]] == card(page)[label["nearest_station_id"]] == "\u2014"


def test_areas_within_reach_are_outlined_and_named(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel())).page
    assert [row[1] for row in grid(page, ".cg-isochrones")] == [
        labels.text("map.minutes.upto", n=n) for n in (15, 30)
    ]
    assert page.locator(".cg-legend .cg-sub").text_content() == words("isochrones")
    edge, outline = (34.02, 113.1), "0,84,92,255"
    assert outline not in colours(page, *edge)
    page.locator(".leaflet-control-layers label").nth(LAYERS.index("layer_isochrones")).locator(
        "input"
    ).check()
    assert outline in colours(page, *edge)
    ink = page.locator(".cg-isochrones .cg-swatch").evaluate_all(f"all => all.map({INK})")
    assert len(set(ink)) == 2, "told apart without colour"
    assert hover(page, 34.05, 113.03)[0] == small.units["name"][0], "an area does not hide the units"


def test_narrow_screen_with_everything(small: World, opened: Opener) -> None:
    seen = opened(small.html(**travel()), width=390, height=760)
    page = seen.page
    page.locator(".cg-toggle").click()
    page.locator("input[value=minutes]").check()
    page.locator(".cg-legend summary").first.click()
    assert page.locator(".cg-classes").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".cg-legend").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert seen.errors == []


def test_empty_tables(small: World, opened: Opener) -> None:
    none = {"roads": "road_lines", "reach": "reach", "isochrones": "isochrones"}
    seen = opened(small.html(**{name: schema.empty(table) for name, table in none.items()}))
    assert seen.errors == []
    seen.page.locator("input[value=minutes]").check()
    assert seen.page.locator(".cg-classes tr").nth(7).locator("td").all_text_contents()[1:] == ["9", "10"]
