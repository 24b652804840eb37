"""What goes into the page, seen without a browser."""

import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import errors, labels, maps, schema
from chargegeo.maps import assets, packing, payload, skeleton
from tests.maps.conftest import World, world


def data(html: str) -> dict:  # type: ignore[type-arg]
    found = re.search(r'<script type="application/json" id="chargegeo-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def decoded(packed: dict[str, list[int]]) -> list[shapely.MultiPolygon]:
    """The oracle of the page's reader: the same numbers, read the slow way."""
    c, r, p = iter(packed["c"]), iter(packed["r"]), iter(packed["p"])
    shapes = []
    for n_polygons in packed["s"]:
        polygons = []
        for _ in range(n_polygons):
            rings = []
            for _ in range(next(p)):
                xy = np.cumsum([(next(c), next(c)) for _ in range(next(r))], axis=0) / packing.SCALE
                rings.append(xy)
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
        shapes.append(shapely.MultiPolygon(polygons))
    assert next(c, None) is next(r, None) is next(p, None) is None
    return shapes


def test_same_input_same_bytes_in_any_order(small: World) -> None:
    first = small.html()
    turned = replace(
        small,
        units=small.units.iloc[::-1],
        stations=small.stations.sample(frac=1, random_state=3),
        coverage=small.coverage.iloc[::-1],
        gaps=small.gaps.iloc[::-1],
        counties=small.counties.iloc[::-1],
    )
    assert small.html() == first
    assert turned.html() == first


def test_inputs_are_left_alone(small: World) -> None:
    before = world()
    small.html()
    for name in ("units", "stations", "coverage", "gaps", "counties"):
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(small, name)), pd.DataFrame(getattr(before, name)))


def test_shapes_come_back(small: World) -> None:
    ring = shapely.box(113, 34, 113.5, 34.5).difference(shapely.box(113.1, 34.1, 113.3, 34.3))
    two = shapely.MultiPolygon([shapely.box(114, 34, 114.1, 34.1), shapely.box(115, 34, 115.1, 34.1)])
    given_shapes = gpd.GeoSeries([ring, None, two, shapely.Polygon()], crs=schema.STORAGE_CRS)
    back = decoded(packing.shapes(given_shapes))
    assert [shape.is_empty for shape in back] == [False, True, False, True]
    assert back[0].symmetric_difference(ring).area < 1e-6
    assert back[2].symmetric_difference(two).area < 1e-6


def test_neighbours_keep_one_border_when_simplified() -> None:
    line = [(113.1 + 0.002 * np.sin(i * 7), 34 + i / 500) for i in range(101)]
    left = shapely.Polygon([(113, 34), *line, (113, 34.2)])
    right = shapely.Polygon([*line, (113.2, 34.2), (113.2, 34)])
    packed = packing.shapes(gpd.GeoSeries([left, right], crs=schema.STORAGE_CRS))
    a, b = decoded(packed)
    assert len(packed["c"]) < 2 * 2 * 101
    assert shapely.coverage_is_valid([a, b])


def test_overlapping_units_are_still_drawn() -> None:
    shapes = gpd.GeoSeries(
        [shapely.box(113, 34, 113.2, 34.2), shapely.box(113.1, 34, 113.3, 34.2)], crs=schema.STORAGE_CRS
    )
    back = decoded(packing.shapes(shapes))
    assert [round(shape.area, 4) for shape in back] == [0.04, 0.04]


def test_no_number_that_is_not_finite_reaches_the_page(small: World) -> None:
    coverage = small.coverage.assign(ultra_fast_share=[np.nan, np.inf, -np.inf, *[0.5] * 7])
    units = small.units.assign(population=[np.inf, np.nan, *range(8)], seat_lon=np.inf, seat_lat=1.0)
    html = replace(small, coverage=coverage, units=units).html()
    found = data(html)
    share = next(item for item in found["units"]["answers"] if item["name"] == "ultra_fast_share")
    assert share["values"] == [None, None, None, *[0.5] * 7]
    assert "NaN" not in json.dumps(found) and "Infinity" not in json.dumps(found)


def test_a_nan_left_over_would_raise() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        payload.dumps({"x": float("nan")})


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_goes_through_json_and_ends_no_block(text: str) -> None:
    made = payload.dumps([text])
    assert json.loads(made) == [text]
    assert not set(made) & set("<>&\u2028\u2029")
    made.encode("utf-8")


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=30))
def test_columns_of_text_come_back(values: list[str | None]) -> None:
    made = payload.encode(pd.Series(values, dtype="object"))
    if isinstance(made, dict):
        made = [None if i < 0 else made["words"][i] for i in made["at"]]
    assert made == values


def test_share_is_whole_only_if_nothing_is_missing() -> None:
    assert payload.share(1772, 1772) == "100.0 %"
    assert payload.share(99999, 100000) == "99.9 %"
    assert payload.share(0, 0) is None


def test_headline_counts_all_units_where_no_kind_is_given(small: World) -> None:
    assert [group["total"] for group in data(small.html(headline_kinds=()))["headline"]] == [10]
    assert [group["total"] for group in data(small.html())["headline"]] == [9, 10]


def test_a_unit_without_an_answer_is_unknown(small: World) -> None:
    found = data(replace(small, coverage=small.coverage.iloc[1:]).html())
    assert found["units"]["state"][0] == "unknown"
    assert found["headline"][1]["counts"] == {"covered": 2, "uncovered": 3, "unknown": 5}


def test_labels_are_alike_in_both_languages() -> None:
    ours = {lang: {key for key in labels.keys(lang) if key.startswith("map.")} for lang in labels.LANGUAGES}
    assert ours["zh"] == ours["en"]


def test_an_address_we_do_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for page in (
        '<html><head><script src="https://example.org/x.js"></script></head><body></body></html>',
        '<html><head><link rel="stylesheet" href="https://example.org/x.css"/></head><body></body></html>',
        "<html><head></head><body><img src='//example.org/x.png'></body></html>",
        "<html><head><script>fetch('http://example.org')</script></head><body></body></html>",
    ):
        monkeypatch.setattr(skeleton, "_folium", lambda bounds, page=page: page)
        with pytest.raises(errors.OutputFault, match=r"address we do not know, '(https?:)?//example.org"):
            skeleton.render([0, 0, 1, 1], "{}", lang="zh")


def test_without_front_end_files_the_page_says_so(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "available", lambda: False)
    html = small.html()
    assert labels.text("map.page.network") in html
    addresses = set(re.findall(r'(?:src|href)="(https?:[^"]*)"', html))
    assert addresses == {item.address for item in (assets.LEAFLET_JS, assets.LEAFLET_CSS)}
    assert all(re.search(rf'"{re.escape(url)}" integrity="sha256-', html) for url in addresses)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy and set(re.findall(r"https?://\S+?(?=[; ]|$)", policy[1])) == {assets.CDN}


def test_front_end_files_are_there_and_known() -> None:
    assert maps.assets_available(), (
        "run npm ci in chargegeo/maps/assets, then python -m chargegeo.maps.assets"
    )
    assert all(assets.read(asset) for asset in assets.ALL)


def test_a_changed_or_missing_front_end_file_is_refused(tmp_path: Path) -> None:
    for asset in assets.ALL:
        path = tmp_path / "node_modules" / asset.package / asset.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(assets.read(asset))
    assets.collect(tmp_path)
    assert sorted(item.name for item in (tmp_path / "vendor").iterdir()) == sorted(
        asset.name for asset in assets.ALL
    )
    (tmp_path / "node_modules/leaflet/dist/leaflet.js").write_text("alert(1)")
    (tmp_path / "node_modules/leaflet/LICENSE").unlink()
    with pytest.raises(errors.OutputFault) as caught:
        assets.collect(tmp_path)
    assert [fault.code for fault in caught.value.faults] == ["map_asset_changed", "map_asset_missing"]


def test_lock_file_pins_by_hash_and_holds_no_address() -> None:
    lock = json.loads(Path(assets.__file__).with_name("package-lock.json").read_text("utf-8"))
    packages = {name: item for name, item in lock["packages"].items() if name}
    assert {name.removeprefix("node_modules/"): item["version"] for name, item in packages.items()} == {
        asset.package: asset.version for asset in assets.ALL
    }
    assert all(
        item["integrity"].startswith("sha512-") and "resolved" not in item for item in packages.values()
    )
