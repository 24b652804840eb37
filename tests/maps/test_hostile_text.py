"""Text from data and studies is shown as it stands and never runs: not in Python, not in the browser."""

import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from chargegeo import labels, schema
from tests.maps.conftest import Opener, Seen, World, scenario, snapshots, world

RUN = "window.ran=(window.ran||0)+1"
TEMPLATES = [
    "{{ cycler.__init__.__globals__.os.mkdir('%s') }}",
    "{{ cycler.__init__.__globals__.os.popen('mkdir %s')|list }}",
    "{%% set x = cycler.__init__.__globals__.os.mkdir('%s') %%}",
    "{%% for x in ().__class__.__base__.__subclasses__() %%}{%% endfor %%}%s",
]
MARKUP = [
    "{{",
    "{%",
    "{# gone #}",
    "{{ 7*7 }}",
    "{% raw %}",
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</SCRIPT ><svg onload={RUN}>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f'"><img src=x onerror={RUN}>',
    f"'><svg/onload={RUN}>",
    f"`;{RUN};`",
    f"${{{RUN}}}",
    f"\\`;{RUN};//",
    f"';{RUN};'",
    f'";{RUN};//',
    "trailing \\",
    f"line\n{RUN}\nline",
    f"\u2028{RUN}\u2029",
    f"]]><script>{RUN}</script>",
    f"<!--<script>{RUN}",
    "-->",
    f"javascript:{RUN}",
    f"</title></style></textarea><script>{RUN}</script>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    "&amp;&#60;b&#62;",
    "<b>bold</b>",
    "a & b < c > d",
    "\ufeff\u202etext\u200b",
    "tab\tand\rreturn",
    "$& $1 \\g<0> {n} {0} %s",
]


def hostile(canary: Path) -> tuple[World, list[str]]:
    """A world in which every text is an attack, one a row, and the caption is all of them."""
    texts = [template % canary for template in TEMPLATES] + MARKUP
    n = len(texts)
    cells = [
        shapely.box(113 + i % 7 / 10, 34 + i // 7 / 10, 113.1 + i % 7 / 10, 34.1 + i // 7 / 10)
        for i in range(n)
    ]
    free = dict.fromkeys(("county_code", "county_name", "city_code", "city_name", "zone_code"), texts)
    units = pd.DataFrame(
        {
            "unit_code": texts,
            "name": texts,
            "kind": "township",
            "boundary": "given",
            "synthetic": False,
            **free,
            "geometry": gpd.GeoSeries(cells, crs=schema.STORAGE_CRS),
        }
    )
    numbers = dict.fromkeys(
        (
            "n_stations",
            "n_piles",
            "n_public_piles",
            "n_set_aside",
            "n_power_known",
            "n_power_unknown",
            "n_ultra_fast",
        ),
        0,
    )
    coverage = pd.DataFrame(
        {
            "unit_code": texts,
            "rule": texts,
            "rung": texts,
            "next_rung": texts,
            "state": "uncovered",
            **numbers,
        }
    )
    stations = pd.DataFrame(
        {
            "station_id": texts,
            "name": texts,
            "operator": texts,
            "county_code": texts,
            "town_code": texts,
            "file": texts,
            "geometry": gpd.GeoSeries([cell.centroid for cell in cells], crs=schema.STORAGE_CRS),
        }
    )
    gaps = pd.DataFrame(
        {
            "rank": range(1, n + 1),
            "unit_code": texts,
            "name": texts,
            "county_name": texts,
            "city_name": texts,
            "rung": texts,
            "state": "uncovered",
            "nearest_station_id": texts,
            "from_seat": False,
        }
    )
    counties = units.rename(columns={"name": "x"})[
        ["county_code", "county_name", "city_code", "city_name", "geometry"]
    ]
    every = "\n".join(texts)
    caption = schema.Caption(
        title=every,
        author=every,
        date=every,
        source=every,
        datum=every,
        definition=every,
        denominator=every,
        approval_no=every,
        synthetic=True,
        approximate=True,
    )
    made = World(
        schema.conform(units, "units"),
        schema.conform(stations, "stations"),
        schema.conform(coverage, "coverage"),
        schema.conform(gaps, "gaps"),
        gpd.GeoDataFrame(counties),
        caption,
    )
    return made, texts


def hostile_travel(texts: list[str]) -> dict[str, pd.DataFrame]:
    """Roads whose numbers are attacks, and driving times to stations whose names are."""
    n = len(texts)
    west = [113 + i % 7 / 10 for i in range(n)]
    south = [34.03 + i // 7 / 10 for i in range(n)]
    roads = pd.DataFrame(
        {
            "road_class": "national",
            "ref": texts,
            "oneway": False,
            "km": 1.0,
            "n_lines": 1,
            "geometry": [
                shapely.LineString([(x + 0.02, y), (x + 0.08, y)]) for x, y in zip(west, south, strict=True)
            ],
        }
    )
    reach = pd.DataFrame(
        {"unit_code": texts, "snap": "snapped", "nearest_station_id": texts, "minutes": 7.0, "km": 3.0}
    )
    return {"roads": schema.conform(roads, "road_lines"), "reach": schema.conform(reach, "reach")}


SHOWN = """async () => {
  const found = { unit: [], station: [], gap: [], road: [], site: [] };
  const layers = [];
  // New sites stand on the map of what is after them
  document.querySelector('input[value=scenario]').click();
  // A closed popup would stay in the page while it fades
  map_chargegeo._fadeAnimated = false;
  map_chargegeo.eachLayer((layer) => {
    if (layer.options.points) layer.data.x.forEach((_, row) => layers.push([layer.options.points, layer, row]));
    else if (layer instanceof L.Polygon && layer.options.row !== undefined) layers.push(['unit', layer]);
    else if (layer.options.road !== undefined) layers.push(['road', layer]);
    else if (layer.options.pane === 'cg-gaps') layers.push(['gap', layer]);
  });
  for (const [kind, given, point] of layers) {
    let layer = given;
    if (point !== undefined) layer.hit = { row: point, n: 1 };
    if (kind === 'gap') {
      // Marks are made anew as the map moves
      layer = null;
      map_chargegeo.eachLayer((one) => {
        if (one.options.pane === 'cg-gaps' && one.options.row === given.options.row) layer = one;
      });
      if (!layer) continue;
    }
    const mid = layer.getBounds ? layer.getBounds().getCenter() : map_chargegeo.getCenter();
    const latlng = layer.getLatLng ? layer.getLatLng() : mid;
    map_chargegeo.eachLayer((one) => { if (one instanceof L.Tooltip) one.remove(); });
    layer.fire('mouseover', { latlng }, true);
    const tip = [...document.querySelectorAll('.leaflet-tooltip .cg-tip > *')].map((one) => one.textContent);
    layer.fire('click', { latlng }, true);
    const card = document.querySelector('.leaflet-popup .cg-card');
    if (!card) { found.lost = `${kind} ${layer.options.row}`; continue; }
    found[kind].push({
      row: point ?? layer.options.row ?? layer.options.road, tip, head: card.querySelector('h2').textContent,
      cells: [...card.querySelector('table').rows].map((tr) => [...tr.cells].map((td) => td.textContent)),
      served: [...card.querySelectorAll('.cg-served button')].map((one) => one.textContent),
    });
    map_chargegeo.closePopup();
  }
  document.querySelector('input[value=state]').click();
  await new Promise((done) => setTimeout(done, 300));
  return found;
}"""


def without_policy(html: str) -> str:
    bare, n = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert n == 1
    return bare


def check_cards(seen: Seen, made: World, texts: list[str]) -> None:
    """Every card and tooltip against the tables."""
    found = seen.page.evaluate(SHOWN)
    assert "lost" not in found, found["lost"]
    order = {
        "unit": sorted(texts),
        "station": sorted(texts),
        "gap": texts,
        "road": sorted(texts),
        "site": texts,
    }
    free = {
        "unit": ["rule", "county_code", "county_name", "city_name"],
        "station": ["station_id", "name", "operator"],
        "gap": ["unit_code", "name", "county_name", "city_name"],
        "road": ["ref"],
        "site": ["site_id", "station_id", "unit_name", "county_name", "city_name", "closed"],
    }
    table = {
        "unit": ("coverage", "units"), "station": ("stations",), "gap": ("gaps",), "road": ("road_lines",),
        "site": ("sites",),
    }  # fmt: skip
    assert {len(found[kind]) for kind in ("unit", "station", "road", "site")} == {len(texts)}
    nearest = schema.column_label("reach", "nearest_station_id")
    assert all(dict(card["cells"])[nearest] == f"{card['head']} {card['head']}" for card in found["unit"])
    assert len(found["gap"]) > 3
    for kind, cards in found.items():
        label = {item.name: item.label["zh"] for name in table[kind] for item in schema.contract(name)}
        for card in cards:
            text = order[kind][card["row"]]
            cells = dict(card["cells"])
            assert card["head"] == (f"{card['row'] + 1}. {text}" if kind in ("gap", "site") else text)
            assert card["tip"][0] == card["head"]
            if kind == "gap":
                assert cells[label["nearest_station_id"]] == f"{text} {text}", "its id and its name"
            if kind in ("station", "site"):
                far = 7 if kind == "station" else 2 * card["row"]
                assert card["served"] == [f"{text} {labels.text('map.ui.minutes', 'zh', n=far)}"]
            assert {name: cells[label[name]] for name in free[kind]} == dict.fromkeys(free[kind], text)


@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "without policy"])
def test_nothing_runs_and_every_text_is_exact(policy: bool, opened: Opener, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    made, texts = hostile(canary)
    html = made.html(
        rule_words={text: text for text in texts}, scenario=scenario(made, texts), snapshots=snapshots(made, texts),
        **hostile_travel(texts),
    )  # fmt: skip
    assert not canary.exists(), "a template ran in Python"
    seen = opened(html if policy else without_policy(html))
    page = seen.page
    check_cards(seen, made, texts)
    every = made.caption.title
    assert page.locator(".cg-head h1").text_content() == every
    assert page.locator(".cg-approved").text_content().endswith(every)
    assert page.locator(".cg-source dd").all_text_contents() == [every] * 6
    page.evaluate("void map_chargegeo.setView([34.25, 113.35], 11, {animate: false})")
    page.wait_for_timeout(300)
    assert set(page.locator(".cg-name span").all_text_contents()) <= set(texts)
    # By script: the long title hides them. Without the counties, whose names come first
    page.evaluate("document.querySelector('input[value=minutes]').click()")
    page.evaluate("document.querySelectorAll('.leaflet-control-layers input')[1].click()")
    timed = {f"{text} {labels.text('map.ui.minutes', 'zh', n=7)}" for text in texts}
    named = page.locator(".cg-name span").all_text_contents()
    assert len(named) > 3 and set(named) <= timed
    for text in texts[:12]:
        check_search(seen, text)
    check_panels(seen, texts)
    assert page.evaluate("window.ran") is None
    assert seen.dialogs == [] and seen.errors == []
    assert len(seen.requests) == 1
    assert not canary.exists()


def check_panels(seen: Seen, texts: list[str]) -> None:
    """The scenario's name and sites, products, dates, rungs and what is chosen among, letter by letter."""
    page = seen.page
    assert page.locator(".cg-part-scenario p").text_content() == texts[0]
    page.evaluate("document.querySelector('.cg-sitelist').open = true")
    page.wait_for_selector(".cg-sitelist button", state="attached")
    named = page.locator(".cg-sitelist button").all_text_contents()
    assert named == [
        f"{i + 1}. {text} {labels.text('page.ui.new_piles', n=len(texts) - i)}"
        for i, text in enumerate(texts)
    ]
    page.evaluate("document.querySelector('.cg-sitelist button').click()")
    cells = page.locator(".cg-plan .cg-both td").all_text_contents()
    assert cells[0] == texts[0] and cells[-1] == f"90000 {texts[0]}"
    why = labels.text("page.ui.why_closed", n="2", text="{text}").replace("{text}", texts[0])
    assert page.locator(".cg-why li").first.text_content() == why
    assert page.locator(".cg-part-rung option").all_text_contents() == [f"{text} {text}" for text in texts]
    chosen = page.locator(".cg-filter select[name=county] option").all_text_contents()
    assert set(chosen[1:]) == {f"{text} {text}" for text in texts}
    for at, text in enumerate(texts):
        page.evaluate(SLIDE, at)
        assert page.locator(".cg-date").text_content() == text
        assert page.locator(".cg-dates input").get_attribute("aria-valuetext") == text
    page.evaluate("document.querySelector('input[value=dates]').click()")
    page.evaluate("document.querySelector('.cg-part-dates input[type=checkbox]').click()")
    assert page.locator(".cg-when").all_text_contents() == [texts[0], texts[-1]]


SLIDE = """(at) => {
  const input = document.querySelector('.cg-dates input');
  input.value = at;
  input.dispatchEvent(new Event('input'));
}"""


def check_search(seen: Seen, text: str) -> None:
    box = seen.page.locator(".cg-search input")
    box.fill(text)
    box.dispatch_event("keyup")
    names = seen.page.locator("#cg-matches li b").all_text_contents()
    assert names.count(text) == 4, "the county, the unit, the station and the new site of that name"


def test_lone_surrogates_and_control_characters_in_a_study(small: World, opened: Opener) -> None:
    title = "a\ud800b\x00c\x0b\r\nd\udfff"
    made = replace(small, caption=replace(small.caption, title=title))
    seen = opened(made.html())
    units = seen.page.locator(".cg-head h1").evaluate(
        "node => Array.from({length: node.textContent.length}, (_, i) => node.textContent.charCodeAt(i))"
    )
    raw = title.encode("utf-16-le", "surrogatepass")
    assert units == [int.from_bytes(raw[i : i + 2], "little") for i in range(0, len(raw), 2)]
    assert seen.errors == []


def test_the_policy_alone_stops_a_script_that_got_in(small: World, opened: Opener) -> None:
    html = small.html().replace("</body>", f"<script>{RUN}</script><img src=x onerror='{RUN}'></body>", 1)
    seen = opened(html)
    assert seen.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in seen.errors)


def test_the_canaries_would_sing(opened: Opener, tmp_path: Path) -> None:
    """Without our care the same payloads run: the tests above see something."""
    import folium
    from branca.element import Element

    canary = tmp_path / "canary"
    made = folium.Map(tiles=None)
    made.get_root().html.add_child(Element(TEMPLATES[0] % canary))
    made.get_root().render()
    assert canary.is_dir()
    html = without_policy(world().html()).replace("</body>", f"<img src=x onerror='{RUN}'></body>", 1)
    seen = opened(html)
    seen.page.wait_for_function("window.ran === 1")
