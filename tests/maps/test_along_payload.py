"""Corridors, rules and service areas as the page holds them, seen without a browser."""

import json
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import labels, maps, schema
from chargegeo.corridors import judging
from chargegeo.maps import along, payload
from tests.maps import along_world
from tests.maps.along_world import roadside
from tests.maps.conftest import World
from tests.maps.test_payload import data
from tests.maps.test_travel_payload import drawn


def built(**given: Any) -> dict[str, Any]:
    return json.loads(payload.dumps(along.build(replace(roadside(), **given), "en")))  # type: ignore[no-any-return]


def values(part: dict[str, Any], name: str) -> list[Any]:
    found = {item["name"]: item["values"] for item in part["columns"]}[name]
    return found if isinstance(found, list) else [None if i < 0 else found["words"][i] for i in found["at"]]


def frames(given: maps.Roadside) -> dict[str, pd.DataFrame]:
    return {item.name: getattr(given, item.name) for item in fields(given) if item.name != "drive_side"}


def test_the_page_without_them_holds_nothing_of_them(small: World) -> None:
    assert "roadside" not in data(small.html())


def test_same_bytes_in_any_order_and_nothing_is_changed(small: World) -> None:
    first = small.html(roadside=roadside())
    turned = {name: frame.iloc[::-1] for name, frame in frames(roadside()).items()}
    assert small.html(roadside=maps.Roadside(**turned)) == first
    given_frames = roadside()
    small.html(roadside=given_frames)
    for name, before in frames(roadside()).items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(given_frames, name)), pd.DataFrame(before))


def test_roads_of_four_come_before_those_of_thirty() -> None:
    refs = ["G30", "S2", "G4", "S11"]
    rows = pd.concat([along_world.corridors(1).assign(ref=ref, corridor_id=ref) for ref in refs])
    found = built(corridors=rows)
    assert values(found["corridors"], "ref") == ["G4", "G30", "S2", "S11"]


def test_directions_of_one_course_belong_together() -> None:
    assert built()["roads"] == [[0, 1], [2, None]]
    one_way = along_world.corridors().iloc[1:]
    assert built(corridors=one_way)["roads"] == [[None, 0], [1, None]]


def test_parts_are_matched_by_their_ends_not_by_their_numbers() -> None:
    def course(way: str, part: int, *ends: tuple[float, float]) -> pd.DataFrame:
        line = shapely.LineString(ends)
        return along_world.corridors(1).assign(
            corridor_id=f"G1-{way}-{part}", ref="G1", direction=way, part=part, geometry=[line]
        )

    north, south, far = (113.0, 35.0), (113.0, 34.0), (114.0, 34.5)
    rows = pd.concat([
        course("forward", 1, north, south), course("forward", 2, far, south), course("backward", 1, south, far),
        course("backward", 2, south, north),
    ])  # fmt: skip
    # in the page: forward 1, backward 1, forward 2, backward 2
    assert built(corridors=rows)["roads"] == [[0, 3], [2, 1]]
    alone = pd.concat([course("forward", 1, north, south), course("backward", 1, far, (115.0, 34.5))])
    assert built(corridors=alone)["roads"] == [[0, None], [None, 1]], "these are two roads"


def test_lines_lead_in_the_direction_of_travel() -> None:
    forward, backward, _ = drawn(built()["corridors"]["lines"])
    assert list(forward.geoms[0].coords) == [(113.3, 34.25), (113, 34.25)]
    assert list(backward.geoms[0].coords) == [(113, 34.25), (113.3, 34.25)]


def test_a_corridor_without_a_line_keeps_its_place() -> None:
    rows = along_world.corridors()
    rows.loc[0, "geometry"] = None
    assert [len(line.geoms) for line in drawn(built(corridors=rows)["corridors"]["lines"])] == [0, 1, 1]


def test_rows_of_unknown_corridors_are_not_mixed_in() -> None:
    sites = along_world.corridor_sites()
    other = sites.assign(corridor_id="X")
    assert built(sites=pd.concat([sites, other])) == built(sites=sites)
    assert built()["sites"]["n"] == [3, 2, 0]


def test_gaps_of_expressways_are_marked_when_long_or_among_the_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(along, "MARKED", 1)
    # G30 forward 7.6, 6.4, 13.6; backward 10, 17.6 (the longest); S1 20
    assert built()["gaps"]["marked"] == [4] and built()["gaps"]["open"] == {"4": 1}
    monkeypatch.setattr(along, "LONG_GAP_KM", 13.6)
    assert built()["gaps"]["marked"] == [2, 4]
    plain = along_world.corridor_gaps().assign(road_class="provincial")
    assert built(gaps=plain)["gaps"]["marked"] == [2, 4, 5], "without expressways all count"


def test_rules_by_name_with_what_touches_as_one() -> None:
    named = maps.rule_names("en")
    found = built()["rules"]
    assert [rule["name"] for rule in found] == [named["afir_core_2025"], named["henan_2022"], "our own"]
    assert values(found[0], "from_km") == [0, 14, 0] and values(found[0], "to_km") == [14, 27.6, 27.6]
    assert found[0]["verdict"] == [0, 1, 2] and found[0]["at"] == [0, 0, 1]
    assert values(found[1], "from_km") == values(found[1], "to_km") == [7.6, 14], "sites stay apart"


def stretches(*ends: tuple[float, float], rule: str = "afir_core_2025") -> dict[str, Any]:
    rows = pd.DataFrame(ends, columns=["from_km", "to_km"]).assign(
        rule=rule, corridor_id="G30-forward-1", ref="G30", direction="forward", verdict="met"
    )
    return built(rules=schema.conform(rows, "corridor_rules"))["rules"][0]  # type: ignore[no-any-return]


def test_stretches_of_a_ring_and_those_that_do_not_touch() -> None:
    around = stretches((10, 60), (60, 200), (200, 10))
    assert values(around, "from_km") == [10, 200] and values(around, "to_km") == [200, 10]
    assert [around["sites"], stretches((7, 7))["sites"]] == [0, 0], "one site on a ring: all the way round"
    assert [stretches((7, 7), rule=key)["sites"] for key in ("henan_2022", "our own")] == [1, 1]
    apart = stretches((0, 5), (6, 20))
    assert values(apart, "from_km") == [0, 6] and values(apart, "to_km") == [5, 20]


def test_a_rule_that_nobody_confirmed_says_so() -> None:
    for lang in labels.LANGUAGES:
        mark = labels.text("report.unconfirmed", lang)
        for key, name in maps.rule_names(lang).items():
            assert name.endswith(mark) != judging.rules()[key].confirmed


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from(["met", "not_met", "unknown"]), st.integers(1, 9)), min_size=1, max_size=9
    )
)
def test_joined_stretches_cover_the_same_road(stretches: list[tuple[str, int]]) -> None:
    ends = np.cumsum([0, *(km for _, km in stretches)])
    rows = pd.DataFrame({
        "rule": "afir_core_2025", "corridor_id": "G30-forward-1", "ref": "G30", "direction": "forward",
        "from_km": ends[:-1], "to_km": ends[1:], "verdict": [word for word, _ in stretches],
    })  # fmt: skip
    placed = along._along(schema.conform(rows, "corridor_rules"), {"G30-forward-1": 0}, ["from_km"])
    (rule,) = along._rules(placed, "en")
    found = list(zip(values(rule, "from_km"), values(rule, "to_km"), rule["verdict"], strict=True))
    words = ["met", "not_met", "unknown"]
    km = {k: word for (a, b), (word, _) in zip(pairwise(ends), stretches, strict=True)
          for k in range(a, b)}  # fmt: skip
    assert {k: words[v] for a, b, v in found for k in range(a, b)} == km
    assert all(not (x[2] == y[2] == 0) for x, y in pairwise(found))


def test_looks_of_sides() -> None:
    found = built()["areas"]["sides"]
    told = dict(zip(values(found, "side_id"), found["look"], strict=True))
    assert told == {
        "Q-f": "piles", "Q-b": "piles", "P-f": "piles", "P-b": "linked", "R-f": "piles", "R-b": "none",
        "T-f": "unknown",
    }  # fmt: skip
    open_ = along_world.service_areas()
    open_["linked"] = open_["linked"].astype("boolean")
    open_.loc[open_["pair_id"] == "R", "linked"] = pd.NA
    found = built(service_areas=open_)["areas"]["sides"]
    assert dict(zip(values(found, "side_id"), found["look"], strict=True))["R-b"] == "unknown"


def test_a_side_without_a_pair_is_there_all_the_same() -> None:
    found = built()["areas"]
    assert values(found["pairs"], "name") == ["P", "Q", "R", None]
    side = values(found["sides"], "side_id").index("T-f")
    assert found["sides"]["pair"][side] == 3 and found["sides"]["x"][side] is None


def test_budget_of_a_province() -> None:
    """A hundred corridors, eight hundred sites and nine rules add at most 0.6 MB."""
    rng = np.random.default_rng(3)
    n, per, long = 100, 8, 200.0
    steps = rng.normal(0, 0.004, (n, 400, 2)).cumsum(axis=1) + rng.uniform([111, 32], [116, 36], (n, 1, 2))
    ids = [f"G{i}-forward-1" for i in range(n)]
    corridors = pd.concat([along_world.corridors(1)] * n, ignore_index=True).assign(
        corridor_id=ids, ref=[f"G{i}" for i in range(n)], geometry=shapely.linestrings(steps), km=long
    )
    of = np.repeat(ids, per)
    km = np.sort(rng.uniform(0, long, (n, per))).ravel()
    sites = pd.concat([along_world.corridor_sites().head(1)] * (n * per), ignore_index=True).assign(
        corridor_id=of,
        km=km,
        site_id=[f"side-{i:04d}" for i in range(n * per)],
        total_kw=rng.uniform(0, 3e3, n * per),
    )
    gaps = pd.concat([along_world.corridor_gaps().head(1)] * (n * per), ignore_index=True).assign(
        corridor_id=of, from_km=km, to_km=km + 20.123, km=20.123, rank=range(1, n * per + 1)
    )
    stretch = pd.concat([along_world.corridor_rules().iloc[2:3]] * (n * per), ignore_index=True).assign(
        corridor_id=of, from_km=km, to_km=km + 20.123, have=km, site_id=sites["site_id"]
    )
    rules = pd.concat([stretch.assign(rule=key) for key in judging.rules()], ignore_index=True)
    areas = pd.concat([along_world.service_areas().head(1)] * 366, ignore_index=True).assign(
        side_id=sites["site_id"][:366], pair_id=[f"pair-{i // 2:04d}" for i in range(366)]
    )
    pairs = pd.concat([along_world.pairs().head(1)] * 183, ignore_index=True).assign(
        pair_id=[f"pair-{i:04d}" for i in range(183)]
    )
    found = along.build(maps.Roadside(corridors, sites, gaps, rules, areas, pairs), "zh")
    assert 10_000 < sum(found["corridors"]["lines"]["n"]) <= along.VERTICES
    assert len(payload.dumps(found).encode()) < 600_000, {k: len(payload.dumps(v)) for k, v in found.items()}
