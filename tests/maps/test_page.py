"""The page as a planner meets it, in a real browser without network."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from chargegeo import labels, schema
from tests.maps.conftest import Opener, World, at_place, colours, set_view

# The headline and the kinds of units in it
HEADLINE = f"{labels.text('map.group.headline')}\uff08\u9547\u3001\u4e61\uff09"


def words(key: str, **values: object) -> str:
    return labels.text(f"map.ui.{key}", "zh", **values)


def search(page: Page, text: str) -> list[str]:
    """Type into the search box (Chinese input sends no key events: one is sent) and read the matches."""
    box = page.locator(".cg-search input")
    box.fill(text)
    box.dispatch_event("keyup")
    return page.locator("#cg-matches li").all_text_contents()


def card(page: Page) -> dict[str, str]:
    """Label and value of each line of the open popup."""
    rows = page.locator(".leaflet-popup .cg-card tr")
    cells = rows.evaluate_all("rows => rows.map(row => [row.cells[0].textContent, row.cells[1].textContent])")
    return dict(cells)


def test_page_asks_for_nothing_and_reports_no_error(small: World, opened: Opener) -> None:
    seen = opened(small.html())
    assert [url for url in seen.requests if not url.startswith("file:")] == []
    assert len(seen.requests) == 1
    assert seen.errors == []
    assert (
        seen.page.evaluate("document.querySelectorAll('script[src], link[href], img[src^=http]').length") == 0
    )


def test_layers_can_be_switched_off_and_on(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    marks = {
        "layer_gaps": ".leaflet-marker-icon.cg-gapmark",
        "layer_counties": ".cg-city, .cg-county",
    }
    for word, selector in marks.items():
        box = page.locator(".leaflet-control-layers label", has_text=words(word)).locator("input")
        expect(page.locator(selector), word).not_to_have_count(0)
        box.uncheck()
        expect(page.locator(selector), word).to_have_count(0)
        box.check()
        expect(page.locator(selector), word).not_to_have_count(0)


def test_what_is_drawn_can_be_switched_off_and_on(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    blue, green = "11,92,173,255", "195,227,210,255"
    for word, colour, place in (
        ("layer_units", green, (34.08, 113.05)),
        ("layer_stations", blue, (34.05, 113.21)),
    ):
        box = page.locator(".leaflet-control-layers label", has_text=words(word)).locator("input")
        set_view(page, *place, 14)
        assert colour in colours(page, *place)
        box.uncheck()
        assert colour not in colours(page, *place)
        box.check()
        assert colour in colours(page, *place)


def test_search_finds_a_county_by_name_and_shows_its_counts(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    found = search(page, "\u5170\u8003")
    assert found == ["\u5170\u8003\u53bf\u5f00\u5c01\u5e02410225"]
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup h2").text_content() == "\u5170\u8003\u53bf"
    shown = card(page)
    assert [shown[labels.word("state", state)] for state in ("covered", "uncovered", "unknown")] == [
        "2",
        "2",
        "3",
    ]


def test_search_keeps_townships_of_one_name_apart(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert search(page, "\u57ce\u5173") == [
        "\u57ce\u5173\u9547\u5170\u8003\u53bf410225100",
        "\u57ce\u5173\u9547\u5170\u8003\u53bf410225103",
    ]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert card(page)[schema.column_label("units", "unit_code")] == "410225103"


def test_search_by_code_and_without_a_match(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert len(search(page, "410225")) == 11
    assert search(page, "zzz") == [words("search_none")]


def test_a_unit_without_boundary_is_found_counted_and_listed(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert page.locator(".cg-missing summary").text_content() == words("boundary_missing", n=1)
    assert page.locator(".cg-missing li").all_text_contents() == ["410225199 \u65e0\u754c\u4e61"]
    search(page, "410225199")
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup .cg-note").text_content() == words("no_place")


def test_popup_of_a_unit_says_what_the_table_says(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    search(page, "410225101")
    page.keyboard.press("Enter")
    shown = card(page)
    label = {item.name: item.label["zh"] for item in schema.contract("coverage")}
    measure = {name: labels.text(f"map.measure.{name}") for name in ("pile", "gun", "station")}
    assert shown[label["rule"]] == "towns/1"
    assert shown[label["rung"]] == "\u2014"
    assert shown[label["next_rung"]] == "A0 a public pile"
    assert shown[label["state"]] == labels.word("state", "uncovered")
    assert shown[label["next_fact"]] == labels.word("fact", "site")
    assert shown[label["n_stations"]] == f"2 {measure['station']}"
    assert shown[label["n_piles"]] == f"1 {measure['pile']}"
    assert shown[label["n_guns"]] == f"0 {measure['gun']}"
    assert shown[label["n_bays"]] == "\u2014"
    assert shown[label["ultra_fast_share"]] == "25.0 % (1/4)"
    assert set(label.values()) <= set(shown)


def test_tooltip_of_a_unit(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    point = at_place(page, 34.27, 113.27)
    page.mouse.move(*point)
    page.mouse.move(point[0] + 2, point[1] + 2)
    tip = page.locator(".leaflet-tooltip .cg-tip > *")
    tip.first.wait_for()
    assert tip.all_text_contents() == ["I", "\u6749\u6811\u53bf", labels.word("state", "unknown")]
    page.mouse.move(40, 780)
    page.wait_for_timeout(100)  # Leaflet drops a move that follows another within 32 ms
    page.mouse.move(42, 780)
    expect(tip).to_have_count(0)


def test_a_station_shows_its_counts_with_their_units(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    set_view(page, 34.05, 113.21, 16)
    page.mouse.click(*at_place(page, 34.05, 113.21))
    shown = card(page)
    label = {item.name: item.label["zh"] for item in schema.contract("stations")}
    assert shown[label["station_id"]] == "S08"
    assert shown[label["access"]] == labels.word("access", "public")
    assert shown[label["n_piles"]] == f"8 {labels.text('map.measure.pile')}"
    assert shown[label["n_guns"]] == f"2 {labels.text('map.measure.gun')}"
    assert shown[label["scene"]] == "\u2014"


def test_a_gap_is_numbered_by_rank_and_opens_its_row(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    marks = page.locator(".leaflet-marker-icon.cg-gapmark")
    assert sorted(marks.all_text_contents()) == ["1", "2", "3"]
    marks.filter(has_text="3").click()
    shown = card(page)
    assert shown[schema.column_label("gaps", "nearest_km")] == "3.5"
    assert shown[schema.column_label("gaps", "from_seat")] == labels.text("map.bool.false")


def test_legend_states_counts_definition_denominator_date_source_datum_author(
    small: World, opened: Opener
) -> None:
    page = opened(small.html()).page
    lines = dict(
        zip(
            page.locator(".cg-source dt").all_text_contents(),
            page.locator(".cg-source dd").all_text_contents(),
            strict=True,
        )
    )
    for name in ("definition", "denominator", "date", "source", "datum", "author"):
        assert lines[labels.text(f"map.caption.{name}")] == getattr(small.caption, name)
    rows = page.locator(".cg-classes tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    assert rows[1][1:] == [labels.word("state", "covered"), "3", "3"]
    assert rows[2][1:] == [labels.word("state", "uncovered"), "3", "3"]
    assert rows[3][1:] == [labels.word("state", "unknown"), "3", "4"]
    assert rows[4][1:] == [words("denominator"), "9", "10"]
    symbols = page.locator(".cg-symbols tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    assert ["", words("boundary_approximate"), "2"] in symbols
    assert ["", words("station_counting"), "9"] in symbols
    assert ["", words("station_other"), "2"] in symbols
    assert ["", words("station_unplaced"), "1"] in symbols


def test_headline_states_numerator_denominator_and_unknown(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    first = page.locator(".cg-number").first
    assert first.text_content() == (
        f"{labels.word('state', 'covered')} 3 / {words('denominator')} 9 (33.3 %)"
        f"{labels.word('state', 'unknown')} 3{HEADLINE}"
    )


GREY = """
(canvas) => {
  const c = canvas.getContext('2d');
  const d = c.getImageData(4, 4, canvas.width - 8, canvas.height - 8).data;
  const grey = [];
  for (let i = 0; i < d.length; i += 4) grey.push(0.299 * d[i] + 0.587 * d[i + 1] + 0.114 * d[i + 2]);
  const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
  const dark = grey.filter((g) => g < 100).length / grey.length;
  return [mean, Math.max(...grey) - Math.min(...grey), dark];
}
"""


def test_states_differ_without_colour(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    found = {
        state: page.locator(f".cg-swatch[data-state={state}]").evaluate(GREY)
        for state in ("covered", "uncovered", "unknown")
    }
    assert found["covered"][1] < 2, "covered is plain"
    assert found["uncovered"][1] > 80 and found["unknown"][1] > 80, "the others carry a pattern"
    assert found["uncovered"][2] > 2 * found["unknown"][2] > 0, "lines hold far more ink than dots"
    assert found["covered"][0] > found["uncovered"][0] + 40


def test_the_map_itself_carries_the_patterns(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    spread = """([lat, lng]) => {
      const c = document.querySelector('.leaflet-overlay-pane canvas');
      const box = c.getBoundingClientRect(), at = map_chargegeo.latLngToContainerPoint([lat, lng]);
      const r = map_chargegeo.getContainer().getBoundingClientRect();
      const s = c.width / box.width;
      const x = (at.x + r.left - box.left) * s - 10, y = (at.y + r.top - box.top) * s - 10;
      const d = c.getContext('2d').getImageData(x, y, 20, 20).data;
      const g = [];
      for (let i = 0; i < d.length; i += 4) g.push(0.299 * d[i] + 0.587 * d[i + 1] + 0.114 * d[i + 2]);
      return Math.max(...g) - Math.min(...g);
    }"""
    covered, uncovered, unknown = (page.evaluate(spread, [34.08, lng]) for lng in (113.05, 113.15, 113.25))
    assert covered < 2 < 80 < min(uncovered, unknown)


def test_draft_mark_until_there_is_an_approval_number(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert page.locator(".cg-draft").text_content() == words("draft")
    assert page.locator(".cg-draft").is_visible()
    approved = opened(small.html(caption=replace(small.caption, approval_no="GS(2026)0001"))).page
    assert approved.locator(".cg-draft").count() == 0
    assert approved.locator(".cg-approved").text_content() == f"{words('approval')} GS(2026)0001"


@pytest.mark.parametrize("blank", ["", "  ", "\u3000"])
def test_a_blank_approval_number_is_none(blank: str, small: World) -> None:
    assert '"approval_no":null' in small.html(caption=replace(small.caption, approval_no=blank))


def test_synthetic_and_approximate_are_marked(small: World, opened: Opener) -> None:
    page = opened(small.html(caption=replace(small.caption, synthetic=True, approximate=True))).page
    assert page.locator(".cg-synthetic").text_content() == words("synthetic")
    assert set(page.locator(".cg-water span").all_text_contents()) == {words("synthetic")}
    assert page.locator(".cg-water").is_visible()
    assert page.locator(".cg-approximate").text_content() == words("approximate")
    plain = opened(small.html()).page
    assert plain.locator(".cg-water, .cg-synthetic, .cg-approximate").count() == 0


def test_narrow_screen(small: World, opened: Opener) -> None:
    seen = opened(small.html(), width=390, height=760)
    page = seen.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    legend = page.locator(".cg-legend")
    assert not legend.is_visible() and legend.get_attribute("open") is None
    page.locator(".cg-toggle").click()
    legend.locator("summary").first.click()
    assert page.locator(".cg-classes").is_visible()
    box = legend.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.locator(".cg-draft").is_visible()
    assert seen.errors == []


def test_print_hides_controls_and_keeps_marks(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    page.emulate_media(media="print")
    assert not page.locator(".cg-search").is_visible()
    assert not page.locator(".leaflet-control-layers").is_visible()
    assert page.locator(".cg-draft").is_visible() and page.locator(".cg-legend").is_visible()


def test_english(small: World, opened: Opener) -> None:
    page = opened(small.html(caption=replace(small.caption, lang="en"))).page
    assert page.locator(".cg-draft").text_content() == labels.text("map.ui.draft", "en")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_no_counties_no_stations_no_gaps(small: World, opened: Opener) -> None:
    bare = replace(small, stations=schema.empty("stations"), gaps=schema.empty("gaps"))
    seen = opened(bare.html(counties=None))
    assert seen.errors == []
    assert seen.page.locator(".leaflet-control-layers label").count() == 3
    nothing = replace(bare, units=schema.empty("units"), coverage=schema.empty("coverage"))
    assert opened(nothing.html(counties=None)).errors == []


def test_a_rule_is_called_by_its_name_and_a_gap_names_its_station(small: World, opened: Opener) -> None:
    made = replace(small, coverage=small.coverage.assign(rule="township_ladder 1"))
    page = opened(made.html()).page
    search(page, "410225101")
    page.keyboard.press("Enter")
    name = labels.word("rules.name", "township_ladder")
    assert card(page)[schema.column_label("coverage", "rule")] == labels.text(
        "rules.rule", name=name, version="1"
    )
    page.locator(".leaflet-marker-icon.cg-gapmark").first.press("Enter")
    page.locator(".cg-gap").wait_for()
    assert card(page)[schema.column_label("gaps", "nearest_station_id")] == "S01 station 1"
