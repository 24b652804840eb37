"""Corridors by direction, service areas and the strip chart, as a planner meets them."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chargegeo import labels, maps, schema
from tests.maps.along_world import roadside
from tests.maps.conftest import Opener, World, travel
from tests.maps.test_page import card
from tests.maps.test_travel import colours, hover

LANE, ROAD_RED, YELLOW = "67,40,122,255", "165,19,63,255", "255,212,0,255"
VIEW = "void map_chargegeo.setView([{lat}, {lng}], {zoom}, {{animate: false}})"
CENTRE = "[map_chargegeo.getCenter().lat, map_chargegeo.getCenter().lng]"


def words(key: str, lang: str = "zh", **values: object) -> str:
    """A word of this part of the page."""
    places = dict.fromkeys(("n", "km", "road", "start", "end", "have", "need", "text"), "")
    return labels.text(f"map.along.{key}", lang, **{**places, **values})


def look(page: Page, lat: float, lng: float, zoom: float) -> None:
    page.evaluate(VIEW.format(lat=lat, lng=lng, zoom=zoom))
    page.wait_for_timeout(150)


def choose(page: Page, road: int = 0) -> None:
    page.locator(".cg-chooser select").select_option(str(road))
    page.locator(".cg-strip svg").wait_for()


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_text_contents()


def test_without_them_there_is_no_word_of_them(small: World, opened: Opener) -> None:
    page = opened(small.html(**travel())).page
    assert page.locator(".cg-lanes, .cg-sides, .cg-sidemark, .cg-strip, .cg-chooser").count() == 0
    assert page.locator(".leaflet-control-layers label").count() == 7


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_opens_alone(lang: str, small: World, opened: Opener) -> None:
    seen = opened(small.html(roadside=roadside(), caption=replace(small.caption, lang=lang)))
    page = seen.page
    shown = [text.strip() for text in texts(page, ".leaflet-control-layers label")]
    assert shown[-2:] == [words("layer_corridors", lang), words("layer_sides", lang)]
    legend = texts(page, ".cg-lanes th") + texts(page, ".cg-sides th")
    assert words("gap_long", lang, km=60, n=10) in legend and words("side_linked", lang) in legend
    choose(page)
    assert seen.errors == [] and len(seen.requests) == 1


@pytest.mark.parametrize(("drive_side", "north", "south"), [("right", 1, 0), ("left", 0, 1)])
def test_each_direction_lies_on_its_side_of_one_centre_line(
    small: World, opened: Opener, drive_side: str, north: int, south: int
) -> None:
    # forward leads west: its right is the north
    page = opened(small.html(roadside=replace(roadside(), drive_side=drive_side))).page
    for zoom in (10, 13):
        look(page, 34.25, 113.18, zoom)
        told = page.evaluate(
            "[1, -1].map((side) => { let found = null; const p = map_chargegeo.latLngToLayerPoint([34.25, 113.18]);"
            "map_chargegeo.eachLayer((l) => { if (l.options.corridor !== undefined && l._parts.length"
            " && l._containsPoint(p.add([0, -3.4 * side]))) found = l.options.corridor; }); return found; })"
        )
        assert told == [[1, 0][north], [1, 0][south]], zoom


def test_the_tooltip_says_direction_gap_and_places(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    look(page, 34.1, 113.06, 11)
    tip = hover(page, 34.1, 113.05 - 2.3 / 2**11 * 360 / 256)  # southwards: the west of it
    assert tip == [
        f"S1 {words('forward')}", "", words("longest_gap", km="20"),
        words("between", start="Northam", end="\u2014"),
    ]  # fmt: skip


def test_a_gap_is_marked_by_direction(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    look(page, 34.25, 113.25, 12)
    assert YELLOW in colours(page, 34.25, 113.25, half=8)
    up = 3.4 / 2**12 * 360 / 256 * 0.83
    assert hover(page, 34.25 + up, 113.25) == [
        words("gap", km="7.6"), f"G30 {words('forward')}", words("towards", text="Westham"),
        words("between", start="\u2014", end="Q-f"),
    ]  # fmt: skip


def test_only_long_gaps_are_marked_once_there_are_many(
    small: World, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chargegeo.maps.along.MARKED", 0)
    page = opened(small.html(roadside=roadside())).page
    look(page, 34.25, 113.25, 12)
    assert YELLOW not in colours(page, 34.25, 113.25, half=8)
    assert LANE in colours(page, 34.25, 113.25, half=8)


def test_a_lane_leads_to_its_strip(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    page.evaluate(
        "map_chargegeo.eachLayer((l) => { if (l.options.corridor === 2)"
        " l.fire('click', {latlng: [34.1, 113.05]}, true); })"
    )
    shown = card(page)
    assert shown[schema.column_label("corridors", "longest_gap_km")].startswith("20")
    page.locator(".cg-open").click()
    expect(page.locator(".cg-strip h2")).to_contain_text("S1")
    assert words("no_course") in texts(page, ".cg-strip text")
    assert page.locator(".cg-chooser select").input_value() == "1"


# ------------------------------------------------------------------ service areas


def mark(page: Page, name: str) -> Any:
    return page.locator(f".cg-sidemark[aria-label='{name}']")


def test_sides_differ_by_what_serves_them(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    look(page, 34.25, 113.15, 11)
    west, east = (words("towards", text=name) for name in ("Westham", "Eastham"))
    looks = {("Q", west): "piles", ("Q", east): "piles", ("P", west): "piles", ("P", east): "linked",
             ("R", west): "piles", ("R", east): "none"}  # fmt: skip
    for (name, way), word in looks.items():
        assert mark(page, f"G30 {name} {way}").locator(f".cg-side-{word}").count() == 1
    assert page.locator(".cg-sidemark").count() == 6, "the one without a place is not drawn"
    look(page, 34.15, 113.15, 8)
    assert page.locator(".cg-sidemark").count() == 0


@pytest.mark.parametrize("zoom", [9, 11, 14])
def test_no_side_hides_the_other(small: World, opened: Opener, zoom: int) -> None:
    page = opened(small.html(roadside=roadside())).page
    look(page, 34.25, 113.22, zoom)
    boxes = [
        mark(page, f"G30 Q {words('towards', text=way)}").bounding_box() for way in ("Westham", "Eastham")
    ]
    assert boxes[1]["y"] - boxes[0]["y"] >= 21, "the northern one stays the northern one"
    assert abs(boxes[0]["x"] - boxes[1]["x"]) < 1


def test_a_card_holds_both_sides(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    look(page, 34.25, 113.15, 11)
    mark(page, f"G30 P {words('towards', text='Eastham')}").focus()
    page.keyboard.press("Enter")
    shown = card(page)
    assert shown[schema.column_label("service_area_pairs", "side_coverage")] == labels.word(
        "sidecoverage", "shared", "zh"
    )
    rows = page.locator(".cg-both tr").evaluate_all(
        "all => all.map(r => [...r.cells].map(c => c.textContent))"
    )
    told = {row[0]: row[1:] for row in rows}
    backward_first = told[words("side")][0] == words("towards", text="Eastham")
    order = -1 if backward_first else 1
    assert told[schema.column_label("service_areas", "n_piles")][::order] == ["5 \u53f0", "0 \u53f0"]
    assert told[words("bay_share")][::order] == ["10.0 % (10/100)", "0.0 % (0/100)"]


# ------------------------------------------------------------------ strip chart


def test_the_strip_shows_both_directions(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    choose(page)
    assert texts(page, ".cg-end") == [
        f"Eastham \u2190 G30 {words('backward')} {words('towards', text='Eastham')}", "Westham",
        f"Eastham \u2192 G30 {words('forward')} {words('towards', text='Westham')}", "Westham",
    ]  # fmt: skip
    assert sorted(texts(page, ".cg-gapkm")) == sorted(
        ["\u2264 17.6 km", "10 km", "7.6 km", "6.4 km", "13.6 km"]
    )
    assert page.locator("rect.cg-site").count() == 4 and page.locator("rect.cg-open").count() == 1
    assert page.locator("circle.cg-site.cg-empty").count() == 1
    # km 7.6 forward and km 10 and 18 backward (17.6 and 9.6 from the west end) in the same scale
    x = page.locator("rect.cg-site").evaluate_all(
        "all => all.map(n => n.getBBox()).map(b => b.x + b.width / 2)"
    )
    ends = page.locator("line.cg-course").first.evaluate(
        "n => ['x1', 'x2'].map(x => +n.getAttribute(x)).sort((a, b) => a - b)"
    )
    share = [(value - ends[0]) / (ends[1] - ends[0]) for value in x]
    assert share == pytest.approx([17.6 / 27.6, 9.6 / 27.6, 7.6 / 27.6, 14 / 27.6], abs=1e-3)


def test_the_map_gives_way_and_shows_the_road(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    before = page.evaluate("map_chargegeo.getSize().y")
    choose(page)
    size, box, inside = page.evaluate(
        "[map_chargegeo.getSize().y, map_chargegeo.getContainer().clientHeight,"
        " map_chargegeo.getBounds().contains([[34.25, 113], [34.25, 113.3]])]"
    )
    assert size == box < before and inside
    page.locator(".cg-close").click()
    assert page.evaluate("map_chargegeo.getSize().y") == before


def test_a_site_tells_and_moves_the_map(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    choose(page)
    page.locator("rect.cg-open").hover()
    told = page.locator(".cg-told").text_content() or ""
    assert told.startswith(f"U \u00b7 {words('at_km', km='18')} \u00b7 {words('piles_unknown')}")
    site = page.locator("rect.cg-site").nth(3)
    site.hover()
    told = page.locator(".cg-told").text_content() or ""
    assert told.startswith(f"P \u00b7 {words('at_km', km='14')} \u00b7 {words('piles', n=5)}")
    site.click()
    assert page.evaluate(CENTRE) == pytest.approx([34.2503, 113.15], abs=1e-3)
    page.locator("circle.cg-site").click()
    assert page.evaluate(CENTRE) == pytest.approx([34.05, 113.11], abs=1e-3), "the station of that id"
    page.locator("g.cg-stretch").nth(0).click(force=True, position={"x": 20, "y": 2})
    west, east = page.evaluate("[map_chargegeo.getBounds().getWest(), map_chargegeo.getBounds().getEast()]")
    assert west < 113 + 0.3 * 10 / 27.6 < east


def test_rules_are_chosen_and_read(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    choose(page)
    rule = page.locator(".cg-striphead select")
    unconfirmed_free = labels.text("report.unconfirmed")
    names = [text for text in rule.locator("option").all_text_contents() if text != words("no_rule")]
    assert len(names) == 3 and names[2] == "our own" and unconfirmed_free not in names[0]
    assert page.locator(".cg-verdict").count() == 3, "two that meet it and touch are one"
    page.locator(".cg-verdict.cg-not_met").hover()
    told = page.locator(".cg-told").text_content() or ""
    assert words("fact", text=labels.word("rulefact", "spacing", "zh"), have="13.6", need="10") in told
    assert words("mend", n=1, start="17.6", end="24") in told
    rule.select_option(label=names[1])
    assert page.locator(".cg-verdict rect").evaluate_all("all => all.map(n => +n.getAttribute('width'))") == [
        8,
        8,
    ]
    rule.select_option("-1")
    assert page.locator(".cg-verdict").count() == 0


def test_a_stretch_over_the_start_of_a_ring_is_in_two_pieces(small: World, opened: Opener) -> None:
    given = roadside()
    one = given.gaps["from_km"].eq(14.0)
    gaps = given.gaps[one].assign(to_km=14.0, km=27.6)
    rules = given.rules.iloc[[3]].assign(corridor_id="G30-forward-1", from_km=20.0, to_km=5.0)
    page = opened(small.html(roadside=replace(given, gaps=gaps, rules=rules))).page
    choose(page)
    course = page.locator("line.cg-course").last.evaluate("n => [n.x1.baseVal.value, n.x2.baseVal.value]")
    wide = course[1] - course[0]
    over = page.locator("line.cg-over").evaluate_all(
        "all => all.map(n => Math.abs(n.x1.baseVal.value - n.x2.baseVal.value))"
    )
    assert sorted(over) == pytest.approx([13.6 / 27.6 * wide, 14 / 27.6 * wide])
    bands = page.locator(".cg-verdict rect").evaluate_all("all => all.map(n => n.width.baseVal.value + 2)")
    assert bands == pytest.approx([7.6 / 27.6 * wide, 5 / 27.6 * wide])


def test_the_keyboard_is_enough(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    page.locator(".cg-chooser select").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".cg-strip svg").wait_for()
    assert page.locator(".cg-strip [tabindex='0']").count() == 1
    page.locator(".cg-strip [tabindex='0']").focus()
    rows = []
    for key in (
        "ArrowDown",
        "ArrowDown",
        "ArrowRight",
        "ArrowLeft",
        "ArrowLeft",
        "ArrowDown",
        "ArrowDown",
        "End",
    ):
        page.keyboard.press(key)
        rows.append(page.locator(".cg-told").text_content() or "")
    assert rows[0].startswith(words("gap", km="\u2264 17.6")) and rows[1].startswith(words("gap", km="7.6"))
    assert rows[0].endswith(words("gap_open", n=1))
    assert rows[2].startswith("Q \u00b7") and rows[3] == rows[4] == rows[1], "it stops at the end"
    assert rows[5] == rows[6] and rows[5].startswith(words("verdict_met"))
    assert rows[7].startswith(words("verdict_not_met"))
    page.keyboard.press("Enter")
    west = page.evaluate("map_chargegeo.getBounds().getWest()")
    assert west < 113
    page.keyboard.press("Escape")
    expect(page.locator(".cg-strip")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('.cg-chooser') !== null")


def test_narrow_screen(small: World, opened: Opener) -> None:
    seen = opened(small.html(roadside=roadside()), width=390, height=760)
    page = seen.page
    choose(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".cg-scroll").evaluate("n => n.scrollWidth > n.clientWidth")
    box = page.locator(".cg-strip").bounding_box()
    assert box is not None and box["y"] + box["height"] <= 761 and box["height"] <= 0.53 * 760
    assert seen.errors == []


def test_empty_tables(small: World, opened: Opener) -> None:
    names = (
        "corridors",
        "corridor_sites",
        "corridor_gaps",
        "corridor_rules",
        "service_areas",
        "service_area_pairs",
    )
    seen = opened(small.html(roadside=maps.Roadside(*(schema.empty(name) for name in names))))
    assert seen.errors == [] and seen.page.locator(".cg-chooser").count() == 0
