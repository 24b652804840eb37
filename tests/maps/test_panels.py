"""What stands beside the map: filters, rungs, tools, names, colours, sheets of paper and small screens."""

import io
import itertools
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import matplotlib.image as image
import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Page
from pyproj import Geod

from chargegeo import labels, schema
from tests.maps.along_world import roadside
from tests.maps.conftest import POINTS, Opener, World, at_place, scenario, set_view, snapshots, travel
from tests.maps.test_before_after import DATES, state, words
from tests.maps.test_page import HEADLINE, card, search
from tests.maps.test_travel import grid

# ---- filters


def test_what_is_filtered_is_counted_again(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    page.locator(".cg-filter summary").click()
    count = page.locator(".cg-count")

    def told(units: int, covered: int, of: int, share: str, stations: int) -> str:
        sums = words("covered_of", state=state("covered"), n=covered, of=of, share=share)
        return "\n".join((
            words("shown_units", n=units, of=10), f"{HEADLINE} {sums}",
            words("shown_stations", n=stations, of=11),
        ))  # fmt: skip

    assert count.text_content() == told(10, 3, 9, "33.3 %", 11)
    page.locator("select[name=county]").select_option("410226")
    # two towns and a subdistrict; no station stands there
    assert count.text_content() == told(3, 1, 2, "50.0 %", 0)
    page.locator("select[name=kind]").select_option(labels.word("townkind", "subdistrict"))
    assert count.text_content() == told(1, 0, 0, "\u2014", 0)
    page.locator(".cg-clear").click()
    assert count.text_content() == told(10, 3, 9, "33.3 %", 11)
    page.locator("select[name=scene]").select_option("\u2014")
    assert count.text_content() == told(10, 3, 9, "33.3 %", 11), "no station tells its scene"
    assert count.get_attribute("role") == "status"


def test_a_county_that_is_chosen_fills_the_map_and_gaps_of_others_go(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    page.locator(".cg-filter summary").click()
    page.locator("select[name=county]").select_option("410226")
    assert page.evaluate("map_chargegeo.getBounds().getSouth()") > 34.1
    assert page.locator(".leaflet-marker-icon.cg-gapmark").all_text_contents() == ["3"]
    assert page.locator(".leaflet-marker-icon.cg-gapmark").get_attribute("aria-label") == words(
        "gap_label", n="3 H"
    )


def test_the_rung_that_fills_the_map_can_be_chosen(small: World, opened: Opener) -> None:
    rungs = {"A0": "a pile", "A1": "in service", "A2": "direct current"}
    coverage = small.coverage.assign(
        rung=["A2", "A0", None, "A1", None, None, None, None, None, None],
        possible_rung=["A2", "A1", "A2", "A1", None, "A0", None, None, None, None],
    )
    made = replace(small, coverage=coverage)
    page = opened(made.html(rule_words=rungs)).page
    page.locator("input[value=rung]").check()
    found = {}
    for i, rung in enumerate(rungs):
        page.locator(".cg-part-rung select").select_option(str(i))
        found[rung] = [row[3] for row in grid(page, ".cg-classes")[1:4]]
        assert page.locator(".cg-fills .cg-sub").text_content() == f"{rung} {rungs[rung]}"
    # covered, not covered, unknown of all ten: what may still be passed is unknown, what may not is not covered
    assert found == {"A0": ["3", "5", "2"], "A1": ["2", "6", "2"], "A2": ["1", "8", "1"]}


def test_search_finds_stations_and_new_sites(small: World, opened: Opener) -> None:
    page = opened(small.html(scenario=scenario(small))).page
    assert search(page, "station 3") == ["station 3\u5170\u8003\u53bf " + small.units["name"][1] + "S03"]
    page.keyboard.press("Enter")
    assert card(page)[schema.column_label("stations", "station_id")] == "S03"
    search(page, "site 2")
    page.keyboard.press("Enter")
    assert page.locator(".cg-plan h2").text_content() == "3. site 2"


def test_search_finds_a_service_area(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside())).page
    pair = roadside().pairs.iloc[0]
    both = search(page, str(pair["name"]))
    assert len(both) >= 2 and all(str(pair["name"]) in one for one in both), "each side"
    page.keyboard.press("Enter")
    assert str(pair["name"]) in (page.locator(".leaflet-popup .cg-pair h2").text_content() or "")


def test_every_share_states_its_numerator_and_denominator(small: World, opened: Opener) -> None:
    page = opened(small.html(roadside=roadside(), scenario=scenario(small), **travel())).page
    page.evaluate(OPEN_ALL)
    texts = page.evaluate("window.told_")
    shares = [text for text in texts if "%" in text]
    assert len(shares) > 5
    bare = [
        text
        for text in shares
        if not re.search(
            r"\d %\s*[(\uff08][\d.\u2014]+/[\d.\u2014]+[)\uff09]|/ .*[(\uff08].* %[)\uff09]", text
        )
    ]
    assert bare == []


# The text of every cell of every card, and of every line beside the map
OPEN_ALL = """() => {
  window.told_ = [];
  map_chargegeo._fadeAnimated = false;
  const keep = () => document.querySelectorAll('.leaflet-popup td, .cg-number, .cg-sum, .cg-count').forEach((one) => {
    window.told_.push(one.textContent);
  });
  map_chargegeo.eachLayer((layer) => {
    const { row, corridor, side, road } = layer.options;
    if ([row, corridor, side, road].every((one) => one === undefined)) return;
    layer.fire('click', { latlng: map_chargegeo.getCenter() }, true);
    keep();
    map_chargegeo.closePopup();
  });
}"""


def test_there_is_no_flag_and_no_foreign_word_in_the_corner(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    assert page.locator(".leaflet-control-attribution").text_content() == ""
    assert page.locator(".leaflet-attribution-flag").count() == 0


# ---- tools


def pressed(page: Page, kind: str) -> None:
    page.locator(".cg-tools button", has_text=words(f"tool_{kind}")).click()


def clicked(page: Page, places: list[tuple[float, float]]) -> None:
    for lon, lat in places:
        page.mouse.click(*at_place(page, lat, lon))
        page.wait_for_timeout(30)


def test_lengths_and_areas_are_those_of_the_ellipsoid(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    set_view(page, 34.15, 113.15, 10)
    page.locator(".cg-tools summary").click()
    geod = Geod(ellps="GRS80")
    ring = [(113.0, 34.0), (113.3, 34.02), (113.28, 34.25), (113.02, 34.22)]
    pressed(page, "line")
    clicked(page, ring)
    km = geod.line_length(*zip(*ring, strict=True)) / 1000
    pressed(page, "finish")
    told = page.locator(".cg-sketch span").text_content() or ""
    assert float(told.split()[0]) == pytest.approx(km, rel=0.004), "to the pixel of the clicks"
    pressed(page, "area")
    clicked(page, ring)
    pressed(page, "finish")
    km2 = abs(geod.polygon_area_perimeter(*zip(*ring, strict=True))[0]) / 1e6
    told = page.locator(".cg-sketch span").nth(1).text_content() or ""
    assert float(told.split()[0]) == pytest.approx(km2, rel=0.006)
    assert page.locator(".leaflet-popup").count() == 0, "no card opens while drawing"
    pressed(page, "clear")
    assert page.locator(".cg-sketch").count() == 0


def test_the_formulae_themselves_are_exact(small: World, opened: Opener) -> None:
    """By the keyboard the corners are where the map's middle is, not where a pixel ends."""
    page = opened(small.html()).page
    page.locator(".cg-tools summary").click()
    geod = Geod(ellps="GRS80")
    ring = [(113.05, 34.02), (113.25, 34.04), (113.2, 34.22)]
    for kind in ("line", "area"):
        pressed(page, kind)
        page.locator(".folium-map").focus()
        for lon, lat in ring:
            set_view(page, lat, lon, 17)
            page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    length, area = (
        float((text or "").split()[0]) for text in page.locator(".cg-sketch span").all_text_contents()
    )
    assert length == pytest.approx(geod.line_length(*zip(*ring, strict=True)) / 1000, abs=0.02)
    # as drawn: straight between the corners in degrees, not the shortest way
    edges = [np.linspace(one, two, 100, endpoint=False) for one, two in itertools.pairwise([*ring, ring[0]])]
    drawn = abs(geod.polygon_area_perimeter(*np.concatenate(edges).T)[0]) / 1e6
    assert area == pytest.approx(drawn, abs=0.06), "to the decimal that is shown"


def test_a_note_is_text_and_can_be_taken_back(small: World, opened: Opener) -> None:
    seen = opened(small.html())
    page = seen.page
    page.locator(".cg-tools summary").click()
    page.locator(".cg-tools input").fill("<img src=x onerror=window.ran=1>")
    pressed(page, "point")
    clicked(page, [(113.15, 34.15)])
    assert page.locator(".cg-sketch span").all_text_contents() == ["<img src=x onerror=window.ran=1>"]
    pressed(page, "undo")
    assert page.locator(".cg-sketch").count() == 0
    assert page.evaluate("window.ran") is None and seen.errors == []


# ---- state


def test_no_state_is_kept_anywhere(small: World, opened: Opener) -> None:
    seen = opened(small.html(scenario=scenario(small)))
    page, address = seen.page, seen.page.url
    page.locator("input[value=scenario]").check()
    set_view(page, 34.2, 113.2, 12)
    search(page, "410225101")
    page.keyboard.press("Enter")
    assert page.url == address
    assert (
        page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length + history.length")
        == 2
    )
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.locator("input[value=state]").is_checked()


def test_the_keyboard_reaches_everything_in_order(small: World, opened: Opener) -> None:
    page = opened(small.html(scenario=scenario(small), snapshots=snapshots(small, DATES), **travel())).page
    found = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found.append(page.evaluate(
            "(() => { const a = document.activeElement; const s = getComputedStyle(a);"
            "return [a.tagName, a.closest('[class^=cg-], .folium-map')?.className.split(' ')[0] ?? '',"
            "a.getAttribute('aria-label') || a.textContent || a.labels?.[0]?.textContent || a.title || '',"
            "s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 1]; })()"
        ))  # fmt: skip
    met = [item for item in found if item[0] != "BODY"]
    assert all(visible for *_, visible in met), [item for item in met if not item[3]]
    assert all(name.strip() for _, _, name, _ in met), [item for item in met if not item[2].strip()]
    rooms = [name for name, _ in itertools.groupby(room for _, room, *_ in met)]
    wanted = [
        "folium-map",
        "cg-search",
        "cg-toggle",
        "cg-fill",
        "cg-layers",
        "cg-filter",
        "cg-legend",
        "cg-sitelist",
        "cg-tools",
    ]
    places = [next((i for i, name in enumerate(rooms) if name == one), -1) for one in wanted]
    assert -1 not in places, (wanted, rooms)
    assert places[3:] == sorted(places[3:])


# ---- how it looks

BOXES = """() => [...document.querySelectorAll('.folium-map .cg-name span')].map((one) => {
  const r = one.getBoundingClientRect();
  return [r.left, r.top, r.right, r.bottom];
})"""


def test_names_never_lie_on_each_other(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    counts = []
    for zoom in (7, 9, 10.5, 11.5, 13):
        set_view(page, 34.15, 113.15, zoom)
        page.wait_for_timeout(100)
        boxes = page.evaluate(BOXES)
        counts.append(len(boxes))
        for a, b in itertools.combinations(boxes, 2):
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3], (zoom, a, b)
    assert counts[0] < counts[3], "more of them the nearer"


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
SIGHT = {
    "usual": np.eye(3),
    "protan": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ]),
    "deutan": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
    "tritan": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip


def lab(rgb: npt.NDArray[np.float64], sight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CIELab (D65) of sRGB from 0 to 255 as such eyes see it."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(sight @ linear, 0, 1)
    xyz = (
        np.array(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041],
            ]
        )
        @ seen
    )
    t = xyz / np.array([0.95047, 1.0, 1.08883])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# The most frequent colour of a swatch, and how much of it is another
PLAIN = """(canvas) => {
  const d = canvas.getContext('2d').getImageData(3, 3, canvas.width - 6, canvas.height - 6).data;
  const n = {};
  for (let i = 0; i < d.length; i += 4) {
    const key = [d[i], d[i + 1], d[i + 2]].join();
    n[key] = (n[key] || 0) + 1;
  }
  const [key, most] = Object.entries(n).sort((a, b) => b[1] - a[1])[0];
  const all = Object.values(n).reduce((a, b) => a + b, 0);
  return [canvas.dataset.state, key.split(',').map(Number), 1 - most / all];
}"""


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("fill", ["scenario", "minutes"])
def test_classes_stay_apart_for_every_kind_of_sight(
    fill: str, sight: str, small: World, opened: Opener
) -> None:
    page = opened(small.html(scenario=scenario(small), **travel())).page
    page.locator(f"input[value={fill}]").check()
    found = page.locator(".cg-classes .cg-swatch").evaluate_all(f"all => all.map({PLAIN})")
    seen = {name: (lab(np.array(rgb, dtype=float), SIGHT[sight]), ink) for name, rgb, ink in found}
    assert len(seen) == {"scenario": 4, "minutes": 7}[fill]
    for (one, (a, ink)), (two, (b, other)) in itertools.combinations(seen.items(), 2):
        apart = float(np.linalg.norm(a - b))
        assert apart > 8, (one, two, apart)
        # where the colours come near, the pattern tells: one of them is plain or far less inked
        assert apart > 16 or abs(ink - other) > 0.04, (one, two, apart, ink, other)


# ---- paper and small screens


def poppler(program: str, *arguments: str) -> str:
    """What a program of poppler says; none is a failure, not a skip."""
    return subprocess.run([program, *arguments], check=True, capture_output=True, encoding="utf-8").stdout


def test_it_prints_on_one_sheet_with_legend_and_sources(small: World, opened: Opener, tmp_path: Path) -> None:
    page = opened(small.html(**travel())).page
    view = page.evaluate("map_chargegeo.getBounds().toBBoxString()")
    sheet = str(tmp_path / "sheet.pdf")
    page.pdf(path=sheet, prefer_css_page_size=True, print_background=True)
    about = poppler("pdfinfo", sheet)
    assert "Pages:           1\n" in about
    width, height = (float(n) for n in about.split("Page size:")[1].split("pts")[0].split("x"))
    assert (width, height) == pytest.approx((842, 595), abs=1), "A4 on its side"
    text = "".join(poppler("pdftotext", sheet, "-").split())
    caption = small.caption
    marks = (labels.text("map.ui.draft"), labels.text("map.ui.legend"))
    for said in (caption.title, *marks, caption.source, caption.date, caption.datum):
        assert "".join(said.split()) in text, said
    assert words("tools") not in text and words("filter") not in text
    poppler("pdftoppm", "-r", "50", "-png", "-singlefile", sheet, str(tmp_path / "sheet"))
    drawn = image.imread(tmp_path / "sheet.png")[120:330, 40:400, :3]
    green = np.array([195, 227, 210]) / 255
    assert (np.abs(drawn - green).max(axis=2) < 0.05).mean() > 0.1, "the map is on it"
    assert page.evaluate("map_chargegeo.getBounds().toBBoxString()") == view, "as it was before"


def test_a_phone_shows_the_map_and_opens_the_panels_over_it(small: World, opened: Opener) -> None:
    seen = opened(
        small.html(scenario=scenario(small), snapshots=snapshots(small, DATES), **travel()),
        width=390,
        height=800,
    )
    page = seen.page
    box = page.locator(".folium-map").bounding_box()
    assert box is not None and box["width"] == 390 and box["height"] > 450
    toggle = page.locator(".cg-toggle")
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.click()
    assert toggle.get_attribute("aria-expanded") == "true"
    page.locator("input[value=scenario]").check()
    page.locator(".cg-part-scenario input[type=checkbox]").check()
    toggle.click()
    boxes = [page.locator(one).bounding_box() for one in (".folium-map", ".cg-map2")]
    assert all(one is not None and one["width"] == 390 for one in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert seen.errors == []


def test_the_same_page_looks_the_same_twice(small: World, opened: Opener) -> None:
    """Pixel by pixel in one browser; fonts differ between machines, so no picture is kept."""
    html = small.html(scenario=scenario(small), **travel())
    shots = []
    for _ in range(2):
        page = opened(html).page
        page.wait_for_timeout(300)
        shots.append(page.screenshot())
    one, two = (image.imread(io.BytesIO(shot)) for shot in shots)
    assert one.shape == two.shape
    assert float((np.abs(one - two).max(axis=2) > 0.06).mean()) < 0.002
    # it is not an empty page: the colours of the three states, the stations and the head are there
    assert len(np.unique((one[..., :3] * 15).round().reshape(-1, 3), axis=0)) > 60


def test_clusters_can_be_switched_off(small: World, opened: Opener) -> None:
    page = opened(small.html()).page
    set_view(page, 34.05, 113.15, 9)
    marks = f"({POINTS})('station')._marks.length"
    assert page.evaluate(marks) < 11
    page.get_by_label(words("clustered")).uncheck()
    assert page.evaluate(marks) == 11


def test_a_long_drag_shows_no_blank_edge_on_the_way(small: World, opened: Opener) -> None:
    """Over half of the view without letting go: what comes in from the side is drawn."""
    page = opened(small.html()).page
    set_view(page, 34.15, 113.15, 12)
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 20, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.55 * box["width"], y, steps=12)
    page.wait_for_timeout(150)
    edge = page.evaluate(
        """() => {
          const c = document.querySelector('.leaflet-overlay-pane canvas').getBoundingClientRect();
          return c.left - map_chargegeo.getContainer().getBoundingClientRect().left;
        }"""
    )
    page.mouse.up()
    assert edge <= 0, "the canvas begins left of the view"
