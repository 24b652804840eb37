"""Whom a station and a new site serve: lines from the seats, and a list in the card that needs no pointer."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from chargegeo import labels, schema
from tests.maps.conftest import Opener, World, colours, reach, scenario, set_view
from tests.maps.test_page import card, search
from tests.maps.test_travel import grid

BLUE = "11,62,117,255"
# Between the seat of the first unit and S01 at 113.07; between the middle of the last that has a station and S01
NEAR_SEAT, FAR = (34.05, 113.025), (34.15, 113.06)


def words(key: str, **values: object) -> str:
    return labels.text(f"page.ui.{key}", "zh", **values)


def minutes(n: object) -> str:
    return labels.text("map.ui.minutes", "zh", n=n)


def seats(made: World) -> World:
    """The first unit has its seat in the west, the others none."""
    units = made.units.assign(seat_lon=None, seat_lat=None)
    units.loc[0, ["seat_lon", "seat_lat"]] = [113.01, 34.05]
    return World(
        schema.conform(units, "units"), made.stations, made.coverage, made.gaps, made.counties, made.caption
    )


@pytest.fixture
def served(small: World, opened: Opener) -> Page:
    return opened(seats(small).html(reach=reach(), scenario=scenario(small))).page


def layer(page: Page) -> None:
    page.locator(".leaflet-control-layers label", has_text=words("layer_catchments")).locator("input").click()


def test_a_line_leads_from_the_seat_to_the_nearest_station(served: Page) -> None:
    set_view(served, *NEAR_SEAT, 13)
    assert BLUE not in colours(served, *NEAR_SEAT)
    layer(served)
    assert BLUE in colours(served, *NEAR_SEAT), "from the seat, not from the middle of the unit"
    layer(served)
    assert BLUE not in colours(served, *NEAR_SEAT)


def test_the_legend_counts_the_lines(served: Page) -> None:
    rows = [row[1:] for row in grid(served, ".cg-spokes")]
    assert rows == [[words("spoke_station"), "7"], [words("spoke_site"), "9"]]


def test_a_station_lists_its_units_the_nearest_first_for_the_keyboard(served: Page) -> None:
    search(served, "S01")
    served.keyboard.press("Enter")
    told = words("served_station", n=7, of=10, text="\u2014")
    assert served.locator(".cg-served p").first.text_content() == told
    buttons = served.locator(".cg-served button")
    far = [text.split(" ", 1)[1] for text in buttons.all_text_contents()]
    assert far == [minutes(n) for n in ("4.3", "10", "10.5", "15", "20", "30", "30.5")]
    buttons.first.focus()
    served.keyboard.press("Enter")
    assert card(served)[schema.column_label("units", "unit_code")] == "410225100"


def test_an_open_card_shows_its_lines_alone(served: Page) -> None:
    search(served, "S01")
    served.keyboard.press("Enter")
    set_view(served, *NEAR_SEAT, 13)
    assert BLUE in colours(served, *NEAR_SEAT)
    served.keyboard.press("Escape")
    assert BLUE not in colours(served, *NEAR_SEAT)


def test_a_filter_takes_the_lines_of_what_it_hides(served: Page) -> None:
    layer(served)
    set_view(served, *NEAR_SEAT, 13)
    served.evaluate("document.querySelector('.cg-filter').open = true")
    served.locator(".cg-filter select[name=county]").select_option("410226")
    set_view(served, *NEAR_SEAT, 13)
    assert BLUE not in colours(served, *NEAR_SEAT)


def test_a_new_site_lists_its_units_and_their_people(served: Page) -> None:
    served.locator("input[value=scenario]").check()
    search(served, "site 1")
    served.keyboard.press("Enter")
    told = words("served_site", n=3, of=10, text=f"300 {labels.text('map.measure.person')}")
    assert served.locator(".cg-served p").text_content() == told
    assert served.locator(".cg-served button").all_text_contents() == [
        f"{name} {minutes(n)}" for name, n in (("\u57ce\u90ca\u4e61", 2), ("E", 8), ("H", 14))
    ]


def test_after_the_plan_the_lines_lead_to_its_sites(served: Page) -> None:
    """The first unit, seat at 113.01, is served by the site in its middle at 113.05."""
    served.locator("input[value=scenario]").check()
    layer(served)
    set_view(served, *NEAR_SEAT, 13)
    assert BLUE not in colours(served, *NEAR_SEAT) and "23,33,42,255" in colours(served, *NEAR_SEAT, 12)
    served.locator("input[value=before]").check()
    assert BLUE in colours(served, *NEAR_SEAT)


def test_a_unit_names_its_station_and_its_new_site(served: Page) -> None:
    search(served, "410225104")
    served.keyboard.press("Enter")
    shown = card(served)
    assert shown[words("scenario") + words("nearest_site")] == f"2. site 1 {minutes(8)}"
    assert shown[schema.column_label("reach", "nearest_station_id")] == "S01 station 1"


def test_without_the_table_a_site_does_not_say_whom_it_serves(small: World, opened: Opener) -> None:
    plan = replace(scenario(small), served=None)
    page = opened(small.html(scenario=plan)).page
    page.locator(".cg-sitelist summary").click()
    page.locator(".cg-sitelist button").first.click()
    assert page.locator(".cg-plan").count() == 1 and page.locator(".cg-served, .cg-spokes").count() == 0
