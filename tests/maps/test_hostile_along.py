"""Names, numbers and destinations along the roads are shown as they stand and never run."""

from pathlib import Path

import pandas as pd
import pytest
import shapely

from chargegeo import labels, maps, schema
from tests.maps.conftest import Opener, Seen
from tests.maps.test_hostile_text import hostile, without_policy


def hostile_roadside(texts: list[str]) -> maps.Roadside:
    """Corridors, sites, gaps, rules and service areas in which every text is an attack, one a row."""
    n = len(texts)
    y = [34.01 + i / 80 for i in range(n)]
    course = [shapely.LineString([(113.01, south), (113.69, south)]) for south in y]
    road = {"ref": texts, "road_class": "expressway", "direction": "forward", "corridor_id": texts}
    place = {"from_name": texts, "to_name": texts, "geometry": course}
    zero = {
        "n_sites": 1,
        "n_unknown": 0,
        "n_piles": 4,
        "n_ultra_fast": 0,
        "share_within": 1.0,
        "within_km": 50.0,
    }
    corridors = {
        **road, **place, **zero, "part": 1, "km": 60.0, "longest_gap_km": 30.0, "longest_gap_from": texts,
        "longest_gap_to": texts, "ultra_gap_km": 60.0, "shared_km": 0.0,
    }  # fmt: skip
    sites = {
        "corridor_id": texts, "km": 30.0, "site_id": texts, "name": texts, "is_side": True, "across": False,
        "detour_km": 0.1, "n_piles": 4, "n_power_known": 4,
    }  # fmt: skip
    gaps = {
        **road, **place, "rank": range(1, n + 1), "from_km": 0.0, "to_km": 60.0, "km": 60.0, "n_unknown": 1,
        "from_site": texts, "to_site": texts,
    }  # fmt: skip
    rules = {
        "rule": texts, "corridor_id": texts, "ref": texts, "direction": "forward", "from_km": 0.0, "to_km": 60.0,
        "verdict": "not_met", "fact": "spacing", "site_id": texts,
    }  # fmt: skip
    areas = {
        "side_id": texts, "pair_id": texts, "name": texts, "road_ref": texts, "towards": texts, "basis": texts,
        "direction": "forward", "n_piles": 4, "certainty": "certain", "source": texts,
        "geometry": [shapely.Point(113.35, south) for south in y],
    }  # fmt: skip
    pairs = {
        "pair_id": texts, "name": texts, "road_ref": texts, "city_code": texts, "city_name": texts, "n_sides": 1,
        "side_coverage": "one",
    }  # fmt: skip
    names = (
        "corridors",
        "corridor_sites",
        "corridor_gaps",
        "corridor_rules",
        "service_areas",
        "service_area_pairs",
    )
    made = (corridors, sites, gaps, rules, areas, pairs)
    return maps.Roadside(*(schema.conform(pd.DataFrame(v), k) for k, v in zip(names, made, strict=True)))


ALONG = """async () => {
  const found = { lane: [], gap: [], side: [] };
  map_chargegeo._fadeAnimated = false;
  map_chargegeo.setView([34.25, 113.35], 11, { animate: false });
  const layers = [];
  map_chargegeo.eachLayer((layer) => {
    for (const [kind, key] of [['lane', 'corridor'], ['gap', 'gap'], ['side', 'side']]) {
      if (layer.options[key] !== undefined) layers.push([kind, layer.options[key], layer]);
    }
  });
  for (const [kind, row, given] of layers) {
    let layer = given;
    if (kind === 'side') {
      // Marks are made anew as the map moves
      layer = null;
      map_chargegeo.setView([34.25, 113.35], 11, { animate: false });
      map_chargegeo.eachLayer((one) => { if (one.options.side === row) layer = one; });
      if (!layer) continue;
    }
    const latlng = L.latLng(34.25, 113.35);
    map_chargegeo.eachLayer((one) => { if (one instanceof L.Tooltip) one.remove(); });
    layer.fire('mouseover', { latlng }, true);
    const tip = [...document.querySelectorAll('.leaflet-tooltip .cg-tip > *')].map((one) => one.textContent);
    layer.fire('click', { latlng }, true);
    const card = document.querySelector('.leaflet-popup .cg-card');
    const cells = [...card.querySelectorAll('td')].map((td) => td.textContent);
    found[kind].push([row, tip, card.querySelector('h2').textContent, cells]);
    map_chargegeo.closePopup();
  }
  return found;
}"""


@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "without policy"])
def test_nothing_runs_along_the_roads(policy: bool, opened: Opener, tmp_path: Path) -> None:
    made, texts = hostile(tmp_path / "canary")
    given = hostile_roadside(texts)
    html = made.html(roadside=given)
    seen = opened(html if policy else without_policy(html))
    page = seen.page
    order = sorted(texts, key=lambda text: (text[:1], len(text), text))
    found = page.evaluate(ALONG)
    assert len(found["lane"]) == len(found["gap"]) == len(texts) and len(found["side"]) > 10
    forward = labels.text("map.along.forward")
    for row, tip, head, cells in found["lane"]:
        assert tip[0] == f"{order[row]} {forward}" and head.startswith(tip[0])
        assert cells.count(order[row]) == 4, "from, to, and the ends of the longest gap"
    for row, tip, head, _ in found["gap"]:
        assert tip[1] == f"{order[row]} {forward}" and head.startswith(tip[1])
        assert tip[3].startswith(order[row]) and tip[3].endswith(order[row])
    by_pair = sorted(texts)
    for row, tip, head, cells in found["side"]:
        assert tip[0] == head == f"{by_pair[row]} {by_pair[row]}" and tip[1].endswith(by_pair[row])
        assert cells.count(by_pair[row]) == 3, "city, basis, id"
    check_strips(seen, order)
    assert page.evaluate("window.ran") is None
    assert seen.dialogs == [] and seen.errors == [] and len(seen.requests) == 1
    assert not (tmp_path / "canary").exists()


def check_strips(seen: Seen, order: list[str]) -> None:
    """The strip chart of every road, and the rule that bears its name."""
    page = seen.page
    read = """(road) => {
      const chooser = document.querySelector('.cg-chooser select');
      chooser.value = road; chooser.dispatchEvent(new Event('change'));
      const heading = document.querySelector('.cg-striphead h2').textContent;
      const told = document.querySelector('.cg-told');
      const items = [...document.querySelectorAll('.cg-item')].map((one) => {
        one.dispatchEvent(new MouseEvent('mouseenter')); return told.textContent; });
      const ends = [...document.querySelectorAll('.cg-end')].map((one) => one.textContent);
      return { heading, items, ends };
    }"""
    for road, text in enumerate(order):
        found = page.evaluate(read, road)
        assert text in found["heading"]
        assert found["ends"] == [f"{text} \u2192 {text} {labels.text('map.along.forward')} "
                                 f"{labels.text('map.along.towards', text=text)}", text]  # fmt: skip
        assert any(told.startswith(f"{text} \u00b7") for told in found["items"])
        assert any(
            f"{labels.text('map.along.between', start=text, end=text)}" in told for told in found["items"]
        )
    rule = page.locator(".cg-striphead select option").all_text_contents()
    assert sorted(rule[1:]) == sorted(order)
