"""Roads, driving times and areas as the page holds them, seen without a browser."""

import json
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import labels, maps, schema
from chargegeo.maps import packing, payload, travel
from chargegeo.vocab import RoadClass
from tests.maps import conftest
from tests.maps.conftest import World
from tests.maps.test_payload import data, decoded


def built(small: World, **given: Any) -> dict[str, Any]:
    return json.loads(payload.dumps(travel.build(small.units, maps.Layers(**given), "en")))  # type: ignore[no-any-return]


def drawn(packed: dict[str, list[int]]) -> list[shapely.MultiLineString]:
    """The oracle of the page's reader: the same numbers, read the slow way."""
    c, n = iter(packed["c"]), iter(packed["n"])
    x = y = 0
    rows = []
    for n_parts in packed["s"]:
        parts = []
        for _ in range(n_parts):
            part = []
            for _ in range(next(n)):
                x, y = x + next(c), y + next(c)
                part.append((x / packing.SCALE, y / packing.SCALE))
            parts.append(part)
        rows.append(shapely.MultiLineString(parts))
    assert next(c, None) is next(n, None) is None
    return rows


def wavy(n: int, south: float = 34.0) -> shapely.LineString:
    """A line of n vertices, a kilometre apart, none of which can be spared within 15 m."""
    return shapely.LineString([(112 + i / 100, south + (i % 2) / 200) for i in range(n)])


def road_rows(**classes: int) -> gpd.GeoDataFrame:
    """A wavy road of so many vertices of each class."""
    frame = pd.DataFrame(
        {
            "road_class": list(classes), "ref": None, "oneway": False, "km": 1.0, "n_lines": 1,
            "geometry": [wavy(n, 33 + k / 10) for k, n in enumerate(classes.values())],
        }
    )  # fmt: skip
    return schema.conform(frame, "road_lines")


def test_the_page_without_them_holds_nothing_of_them(small: World) -> None:
    assert built(small) == {}
    assert {"roads", "reach", "isochrones"}.isdisjoint(data(small.html()))


def test_same_bytes_in_any_order_and_nothing_is_changed(small: World) -> None:
    first = small.html(**conftest.travel())
    turned = {name: frame.iloc[::-1] for name, frame in conftest.travel().items()}
    assert small.html(**turned) == first
    given_frames = conftest.travel()
    small.html(**given_frames)
    for name, before in conftest.travel().items():
        pd.testing.assert_frame_equal(pd.DataFrame(given_frames[name]), pd.DataFrame(before))


@given(
    st.lists(
        st.lists(
            st.lists(st.tuples(st.integers(7000000, 13500000), st.integers(1800000, 5400000)), min_size=2),
            min_size=1,
            max_size=3,
        ),
        max_size=4,
    )
)
def test_lines_come_back(rows: list[list[list[tuple[int, int]]]]) -> None:
    scaled = [[[(x / packing.SCALE, y / packing.SCALE) for x, y in part] for part in row] for row in rows]
    given_lines = np.array([shapely.MultiLineString(row) for row in scaled], dtype=object)
    assert drawn(packing.lines(given_lines)) == list(given_lines)


def test_every_class_has_a_place_and_the_page_a_look_for_it() -> None:
    assert sorted(travel.CLASSES) == sorted(RoadClass)
    page = (packing.__file__).replace("packing.py", "page/symbols.js")
    with open(page, encoding="utf-8") as file:
        looks = file.read().partition("const ROADS")[2].partition("];")[0]
    assert all(looks.count(f"'{word}'") == 1 for word in RoadClass)


def test_roads_keep_their_class_number_and_direction(small: World) -> None:
    found = built(small, roads=conftest.roads())["roads"]
    assert found["class"] == ["expressway", "national", "residential"]
    columns = {item["name"]: item["values"] for item in found["columns"]}
    assert columns["ref"] == ["G30;G36", "G310", None]
    assert columns["oneway"] == [labels.text(f"map.bool.{word}", "en") for word in ("true", "false", "false")]
    lines = drawn(found["lines"])
    assert [list(part.coords) for part in lines[0].geoms] == [
        [(113, 34.25), (113.3, 34.25)], [(113.3, 34.2503), (113, 34.2503)],
    ]  # fmt: skip
    assert found["left_out"] == []


def test_minor_classes_are_left_out_beyond_the_limit_in_their_order(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travel, "ROAD_VERTICES", 100)
    # 40 + 30 vertices always; 30 of county roads just fit; nothing after the first class that does not
    rows = road_rows(track=2, tertiary=10, county=30, expressway=40, provincial=30)
    found = built(small, roads=rows)["roads"]
    assert found["class"] == ["expressway", "provincial", "county"]
    assert found["left_out"] == ["tertiary", "track"]


def test_the_great_roads_are_always_there_but_coarser(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel, "ROAD_VERTICES", 30)
    found = built(small, roads=road_rows(national=200, county=5))["roads"]
    line, _ = drawn(found["lines"])
    assert found["class"] == ["national", "county"], "made coarser until both have room"
    assert 2 <= shapely.get_num_coordinates(line) <= 30
    assert line.bounds[::2] == (112.0, 113.99), "from end to end"


def test_a_road_without_a_line_is_no_road(small: World) -> None:
    rows = conftest.roads()
    rows.loc[0, "geometry"] = None
    rows.loc[1, "geometry"] = shapely.LineString()
    assert built(small, roads=rows)["roads"]["class"] == ["expressway"]


def test_budget_of_a_province(small: World) -> None:
    """Lines of the vertices allowed, as wild as roads are, stay below six hundred kilobytes."""
    rng = np.random.default_rng(5)
    steps = rng.normal(0, 0.005, (400, 300, 2)).cumsum(axis=1) + rng.uniform(
        [111, 32], [116, 36], (400, 1, 2)
    )
    frame = pd.DataFrame(
        {"road_class": "national", "ref": [f"G{i}" for i in range(400)], "oneway": False, "km": 1.0,
         "n_lines": 1, "geometry": shapely.linestrings(steps)}
    )  # fmt: skip
    found = travel.build(small.units, maps.Layers(roads=schema.conform(frame, "road_lines")), "zh")
    assert travel.ROAD_VERTICES / 2 < sum(found["roads"]["lines"]["n"]) <= travel.ROAD_VERTICES
    assert len(payload.dumps(found)) < 600_000


def test_minutes_fall_into_their_classes(small: World) -> None:
    found = built(small, reach=conftest.reach())["reach"]
    # 4.25, 10 | 10.5, 15 | 20 | 30 | 30.5 | unreachable | beyond the limit, no row
    assert found["class"] == [0, 0, 1, 1, 2, 3, 4, 5, 6, 6]
    assert found["labels"][:2] == ["up to 10 min", "10 to 15 min"]
    columns = {item["name"]: item["values"] for item in found["columns"]}
    assert columns["minutes"] == [4.25, 10, 10.5, 15, 20, 30, 30.5, None, None, None]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=40))
def test_the_longer_the_later_the_class(minutes: list[float | None]) -> None:
    codes = [f"{i:09d}" for i in range(len(minutes))]
    units = schema.conform(pd.DataFrame({"unit_code": codes, "name": codes}), "units")
    reach = schema.conform(pd.DataFrame({"unit_code": codes, "minutes": minutes, "snap": "snapped"}), "reach")
    found = travel._reach(reach, units, "en")
    assert len(found["class"]) == len(minutes) and max(found["class"]) < len(found["labels"])
    ranks = [(m, c) for m, c in zip(minutes, found["class"], strict=True) if m is not None]
    assert all(a[1] <= b[1] for a, b in pairwise(sorted(ranks)))
    assert all((m is None) == (c == 5) for m, c in zip(minutes, found["class"], strict=True))


def test_no_number_that_is_not_finite_reaches_the_page(small: World) -> None:
    reach = conftest.reach().assign(km=np.inf, guns_per_10k=np.nan)
    text = json.dumps(built(small, reach=reach))
    assert "Infinity" not in text and "NaN" not in text


def test_areas_come_back_from_the_smallest(small: World) -> None:
    found = built(small, isochrones=conftest.isochrones())["isochrones"]
    assert found["labels"] == ["up to 15 min", "up to 30 min"]
    small_one, large_one = decoded(found["shape"])
    assert small_one.symmetric_difference(shapely.box(113, 34, 113.1, 34.1)).area < 1e-6
    assert large_one.symmetric_difference(shapely.box(112.95, 33.95, 113.25, 34.25)).area < 1e-6
