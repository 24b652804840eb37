"""Two scenarios on one page: what stands on the left and on the right, and where the two differ."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chargegeo import labels, maps, schema
from tests.maps.conftest import Opener, World, scenario
from tests.maps.test_hostile_text import MARKUP, hostile
from tests.maps.test_page import card, search
from tests.maps.test_panels import poppler
from tests.maps.test_travel import grid


def words(key: str, **values: object) -> str:
    return labels.text(f"page.ui.{key}", "zh", **values)


def part(n: str, of: str, share: str) -> str:
    return words("part_of", n=n, of=of, share=share)


def plans(small: World) -> list[maps.Scenario]:
    """A builds 3, 2 and 1 piles at site 0, 1 and 2 in the first three units; B 2 and 1 at site 0 and at another."""
    return [replace(scenario(small), name="A"), replace(scenario(small, ["site 0", "other"]), name="B")]


@pytest.fixture
def beside(small: World, opened: Opener) -> Page:
    seen = opened(small.html(scenarios=plans(small)))
    seen.page.locator("input[value=scenario]").check()
    seen.page.get_by_label(words("twin")).check()
    assert seen.errors == [] and len(seen.requests) == 1
    return seen.page


def test_each_side_shows_its_own_plan_with_totals_and_difference(beside: Page) -> None:
    assert beside.locator(".cg-when").all_text_contents() == [words("after_of", text=name) for name in "AB"]
    covered = labels.word("state", "covered")
    rows = grid(beside, ".cg-versus")
    assert [row[1:] for row in rows] == [
        [words("left"), words("right"), words("right_less_left")], ["3", "2", "-1"], ["6", "3", "-3"],
        ["360", "240", "-120"], ["270,000", "180,000", "-90,000"],
        [part("5", "9", "55.6 %"), part("4", "9", "44.4 %"), "-1"],
        [part("5", "10", "50.0 %"), part("4", "10", "40.0 %"), "-1"],
        [part("500", "1,000", "50.0 %"), part("500", "1,000", "50.0 %"), "0"],
    ]  # fmt: skip
    assert rows[5][0].startswith(covered) and rows[1][0] == words("sites_new")


def test_sites_of_one_plan_alone_are_counted_and_listed(beside: Page) -> None:
    assert [row[1:] for row in grid(beside, ".cg-versuslegend")] == [
        [words("site_only"), "2 | 1"],
        [words("site_both", n=1), "1"],
    ]
    beside.locator(".cg-differing summary").click()
    beside.wait_for_selector(".cg-differing button")
    told = [("site 1", 2, 0), ("other", 0, 1), ("site 0", 3, 2), ("site 2", 1, 0)]
    assert beside.locator(".cg-differing button").all_text_contents() == [
        words("piles_each", text=name, have=a, need=b) for name, a, b in told
    ]
    beside.locator(".cg-differing button").first.focus()
    beside.keyboard.press("Enter")
    shown = card(beside)
    assert shown[words("of_plan")] == "A" and shown["B"] == words("not_there")


def test_the_viewer_chooses_what_stands_where(beside: Page) -> None:
    offered = beside.locator(".cg-pair select[name=left] option").all_text_contents()
    assert offered == [words("before"), words("after_of", text="A"), words("after_of", text="B")]
    beside.locator(".cg-pair select[name=left]").select_option("0")
    assert beside.locator(".cg-when").all_text_contents() == [words("before"), words("after_of", text="B")]
    assert grid(beside, ".cg-versus")[1][1:] == ["0", "2", "+2"]
    assert beside.locator(".cg-differing, .cg-versuslegend").count() == 0, "what was before has no sites"
    beside.get_by_label(words("twin")).uncheck()
    radios = beside.locator(".cg-single input")
    assert radios.evaluate_all("all => all.map(one => one.value)") == ["before", "after", "after1"]
    radios.nth(2).check()
    assert beside.locator(".cg-fills .cg-sub").first.text_content() == words("after_of", text="B")


def test_a_filter_counts_both_sides_again(beside: Page) -> None:
    beside.evaluate("document.querySelector('.cg-filter').open = true")
    beside.locator(".cg-filter select[name=county]").select_option("410226")
    rows = grid(beside, ".cg-versus")
    assert [row[1:] for row in rows[1:3]] == [["0", "0", "0"], ["0", "0", "0"]], "no site lies in that county"
    assert [row[1:] for row in rows[5:7]] == [
        [part("1", "2", "50.0 %")] * 2 + ["0"], [part("1", "3", "33.3 %")] * 2 + ["0"],
    ]  # fmt: skip


def test_before_is_told_apart_where_the_plans_ask_for_other_rungs(small: World, opened: Opener) -> None:
    first, other = plans(small)
    other = replace(other, units=other.units.assign(rung="A9"))
    page = opened(small.html(scenarios=[first, other])).page
    page.locator("input[value=scenario]").check()
    told = page.locator(".cg-single label").all_text_contents()
    assert told[:2] == [f"{words('before')} A0 a public pile", f"{words('before')} A9"] and len(told) == 4


def test_search_and_units_name_the_plan(beside: Page) -> None:
    found = search(beside, "site 0")
    assert [text.endswith(name) for text, name in zip(found, "AB", strict=True)] == [True, True]
    beside.keyboard.press("ArrowDown")
    beside.keyboard.press("Enter")
    assert card(beside)[words("of_plan")] == "B"
    search(beside, "410225101")
    beside.keyboard.press("Enter")
    rows = {row[0]: row[1:] for row in grid(beside, ".cg-plans")}
    assert rows[words("of_plan")] == ["A", "B"]
    assert rows[schema.column_label("scenario_units", "after")] == [labels.word("state", "covered")] * 2
    assert [text.split(" ")[1] for text in rows[words("nearest_site")]] == ["site", "other"]


def test_sites_without_position_are_in_the_totals_and_differences(small: World, opened: Opener) -> None:
    first, other = plans(small)
    sites = first.sites.copy()
    sites.loc[0, "geometry"] = None
    page = opened(small.html(scenarios=[replace(first, sites=sites), other])).page
    page.locator("input[value=scenario]").check()
    page.get_by_label(words("twin")).check()
    assert [row[1:] for row in grid(page, ".cg-versus")[1:3]] == [["3", "2", "-1"], ["6", "3", "-3"]]
    page.locator(".cg-differing summary").click()
    page.wait_for_selector(".cg-differing button")
    assert (
        words("piles_each", text="site 0", have=3, need=2)
        in page.locator(".cg-differing button").all_text_contents()
    )


def test_two_plans_print_on_one_sheet_with_what_is_drawn_alone(beside: Page, tmp_path: Path) -> None:
    sheet = str(tmp_path / "sheet.pdf")
    beside.pdf(path=sheet, prefer_css_page_size=True, print_background=True)
    assert "Pages:           1\n" in poppler("pdfinfo", sheet)
    text = "".join(poppler("pdftotext", sheet, "-").split())
    for said in (words("site_only"), words("site_both", n=1), words("after_of", text="B")):
        assert "".join(said.split()) in text, said
    assert "".join(labels.text("map.ui.station_counting").split()) not in text, (
        "stations are not on these maps"
    )
    assert words("filter_clear") not in text


def test_names_of_plans_and_sites_are_text(opened: Opener, tmp_path: Path) -> None:
    made, texts = hostile(tmp_path / "canary")
    every = "\n".join(MARKUP)
    both = [
        replace(scenario(made, texts), name=every),
        replace(scenario(made, texts[::-1]), name=every[::-1]),
    ]
    seen = opened(made.html(scenarios=both))
    page = seen.page
    page.evaluate("document.querySelector('input[value=scenario]').click()")
    page.evaluate("document.querySelector('.cg-part-scenario input[type=checkbox]').click()")
    told = [words("after_of", text="{text}").replace("{text}", one.name) for one in both]
    assert page.locator(".cg-when").all_text_contents() == told
    assert page.locator(".cg-pair select[name=left] option").evaluate_all(
        "all => all.map(one => one.firstChild.data)"
    ) == [words("before"), *told]
    assert page.locator(".cg-single label").all_text_contents() == [words("before"), *told]
    page.evaluate("document.querySelector('.cg-differing').open = true")
    page.wait_for_selector(".cg-differing button", state="attached")
    named = page.locator(".cg-differing button").all_text_contents()
    assert len(named) == len(texts) - len(texts) % 2
    assert all(any(text in name for name in named) for text in texts[: len(texts) // 2])
    assert page.evaluate("window.ran") is None and seen.dialogs == [] and seen.errors == []
    assert len(seen.requests) == 1
