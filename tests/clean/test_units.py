"""Boundary files of a planner: what is accepted, repaired, set aside and refused."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from chargegeo import clean, datum, labels, region
from chargegeo.clean import topology
from chargegeo.errors import BoundaryFault, CrsFault, SchemaFault
from chargegeo.vocab import Outcome, Severity
from tests.clean.units_help import codes, table, texts

HENAN = region.load("henan")
SHENZHEN = region.load("shenzhen")
# three towns and a street of Zhongmu and Zhongyuan, and one cell for each
NAMES = {"code": ["410122101", "410122102", "410122103", "410102001"], "name": ["a", "b", "c", "d"]}
CELLS = [box(114.0, 34.6, 114.1, 34.7), box(114.1, 34.6, 114.2, 34.7), box(114.0, 34.7, 114.1, 34.8),
         box(114.1, 34.7, 114.2, 34.8)]  # fmt: skip
BOWTIE = Polygon([(114.0, 34.6), (114.1, 34.7), (114.1, 34.6), (114.0, 34.7), (114.0, 34.6)])


def read(shapes: list[Any], columns: dict[str, list[Any]] | None = None, **options: Any) -> clean.Cleaned:
    return clean.units(table(columns or NAMES, shapes), HENAN, **options)


def found(cleaned: clean.Cleaned) -> set[str]:
    return set(codes(cleaned.findings)) - {"unit_codes_unknown", "units_absent"}


def test_good_boundaries_pass_unchanged() -> None:
    cleaned = read(CELLS)
    assert cleaned.outcome is Outcome.ACCEPTED
    assert found(cleaned) == set()
    assert cleaned.table["unit_code"].tolist() == sorted(NAMES["code"])
    assert cleaned.table.set_index("unit_code").geometry["410122101"].equals(CELLS[0])
    assert set(cleaned.table["boundary"]) == {"given"}
    assert (cleaned.rows, len(cleaned.quarantine), len(cleaned.repairs)) == (4, 0, 0)


def test_area_is_that_of_the_ellipsoid() -> None:
    from pyproj import Geod

    dense = shapely.segmentize(CELLS[0], 0.001)
    exact = abs(Geod(ellps="GRS80").geometry_area_perimeter(dense)[0]) / 1e6
    cleaned = read(CELLS)
    area = cleaned.table.set_index("unit_code")["area_km2"]["410122101"]
    assert area == pytest.approx(exact, rel=1e-5)


def test_county_city_kind_and_villages_come_from_the_list() -> None:
    row = read(CELLS).table.set_index("unit_code").loc["410122101"]
    listed = region.townships(HENAN).set_index("code").loc["410122101"]
    assert row["county_code"] == "410122" and row["city_code"] == listed["city_code"]
    assert row["county_name"] == listed["county_name"] and row["town_kind"] == listed["kind"]
    assert row["n_villages"] == listed["n_villages"]


def test_a_unit_of_a_zone_is_reported_with_its_host_county() -> None:
    towns = region.townships(HENAN)
    code = towns.loc[towns["zone_code"].notna(), "code"].iloc[0]
    columns = {"code": [code, code[:6] + "999"], "name": ["x", "y"]}
    rows = read(CELLS[:2], columns).table
    assert rows["zone_code"].tolist() == [code[:6]] * 2
    assert rows["county_code"].tolist() == [HENAN.zones[code[:6]].host] * 2


@pytest.mark.parametrize("long", ["410122101", "410122101000"])
def test_a_code_written_long_is_the_same_code(long: str) -> None:
    cleaned = read(CELLS[:1], {"code": [long], "name": ["a"]})
    assert cleaned.table["unit_code"].tolist() == ["410122101"]
    assert cleaned.outcome is Outcome.ACCEPTED


def test_unknown_codes_are_one_warning() -> None:
    cleaned = read(CELLS[:2], {"code": ["410199101", "410199102"], "name": ["a", "b"]})
    assert codes(cleaned.findings) == ["unit_codes_unknown"]
    assert "2 of 2" in texts((cleaned.findings[0].fault,)) and "410199101" in texts(
        (cleaned.findings[0].fault,)
    )
    assert cleaned.table["county_code"].tolist() == ["410199"] * 2
    assert cleaned.table["county_name"].isna().all()
    assert cleaned.table["city_name"].notna().all()


def test_kind_of_an_unknown_unit_is_read_from_its_name() -> None:
    zhen, xiang, street = (
        "\u9752\u79be\u9547",
        "\u9752\u79be\u4e61",
        "\u9752\u79be\u8857\u9053\u529e\u4e8b\u5904",
    )
    columns = {"code": [f"41019910{i}" for i in range(4)], "name": [zhen, xiang, street, "x"]}
    assert read(CELLS, columns).table["town_kind"].tolist() == ["town", "township", "subdistrict", "other"]


def test_units_of_the_list_that_the_file_lacks_are_told() -> None:
    fault = next(item.fault for item in read(CELLS).findings if item.fault.code == "units_absent")
    assert fault.params["total"] == int(str(fault.params["n"])) + 4


def test_columns_by_mapping_and_without_a_name() -> None:
    columns = {"OBJECTID": ["1", "2"], "XYZ": ["410122101", "410122102"]}
    cleaned = clean.units(table(columns, CELLS[:2]), HENAN, mapping={"unit_code": "XYZ"})
    assert cleaned.table["name"].tolist() == ["410122101", "410122102"]


def test_without_codes_the_columns_found_are_listed() -> None:
    with pytest.raises(SchemaFault) as error:
        read(CELLS[:1], {"label": ["a"], "colour": ["b"]})
    assert "label, colour" in texts(error.value.faults)


def test_a_zone_may_be_known_by_its_name_alone() -> None:
    cell = box(114.0, 22.5, 114.1, 22.6)
    cleaned = clean.units(table({"name": ["a1"]}, [cell]), SHENZHEN, kind="zone")
    assert cleaned.table.loc[0, ["unit_code", "name", "kind"]].tolist() == ["a1", "a1", "zone"]


def test_codes_destroyed_by_a_spreadsheet_are_refused() -> None:
    error = _refused({"code": ["4.10122E+11"] * 2, "name": ["a", "b"]}, CELLS[:2])
    assert codes(error.faults) == ["unit_code_scientific"] and "4.10122E+11" in texts(error.faults)


def _refused(columns: dict[str, list[Any]], shapes: list[Any], **options: Any) -> Any:
    with pytest.raises((SchemaFault, CrsFault, BoundaryFault)) as error:
        read(shapes, columns, **options)
    return error.value


def test_codes_stored_as_numbers_are_repaired() -> None:
    cleaned = read(CELLS[:2], {"code": ["410122101.0", "410122102.0"], "name": ["a", "b"]})
    assert cleaned.table["unit_code"].tolist() == ["410122101", "410122102"]
    assert (cleaned.outcome, cleaned.repairs["n_rows"].tolist()) == (Outcome.REPAIRED, [2])


def test_a_record_without_code_is_set_aside() -> None:
    cleaned = read(CELLS, {**NAMES, "code": [*NAMES["code"][:3], None]})
    assert cleaned.quarantine["problem"].tolist() == ["unit_code_blank"]
    assert cleaned.quarantine["row"].tolist() == [3] and len(cleaned.table) == 3


def test_a_number_that_cannot_be_read_is_null_and_told() -> None:
    columns: dict[str, list[Any]] = {**NAMES, "population": ["12,345", "many", "-3", None]}
    cleaned = read(CELLS, columns)
    people = cleaned.table.set_index("unit_code")["population"]
    assert people["410122101"] == 12345 and people.notna().sum() == 1
    assert codes(cleaned.findings).count("unit_number") == 2


# -- coordinate reference, datum, place


def test_no_coordinate_reference_says_how_to_state_it() -> None:
    with pytest.raises(CrsFault) as error:
        clean.units(table(NAMES, CELLS, crs=None), HENAN)
    assert 'datum = "wgs84"' in texts(error.value.faults)


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:3857", "EPSG:32649", "EPSG:2382"])
def test_projected_boundaries_come_back(crs: str) -> None:
    import geopandas as gpd

    moved = gpd.GeoSeries(CELLS, crs=4326).to_crs(crs).tolist()
    cleaned = clean.units(table(NAMES, moved, crs=crs), HENAN)
    got = cleaned.table.set_index("unit_code").geometry[NAMES["code"]]
    assert np.abs(shapely.bounds(got.to_numpy()) - shapely.bounds(CELLS)).max() < 1e-8
    assert cleaned.table.crs == "EPSG:4490"
    # Xi'an 1980 has no public shift
    assert ("crs_old_datum" in codes(cleaned.findings)) == (crs == "EPSG:2382")


@pytest.mark.parametrize("crs", ["EPSG:4214", "EPSG:4610"])
def test_old_datums_warn_that_a_shift_remains(crs: str) -> None:
    cleaned = clean.units(table(NAMES, CELLS, crs=crs), HENAN)
    assert codes(cleaned.findings)[0] == "crs_old_datum"
    assert "100 m" in texts((cleaned.findings[0].fault,))


@pytest.mark.parametrize("crs", [None, "EPSG:4326"])
@pytest.mark.parametrize("word", ["gcj02", "bd09"])
def test_a_stated_datum_is_converted_and_reported(crs: str | None, word: str) -> None:
    shifted = [
        shapely.transform(cell, lambda x, y: datum.from_wgs84(x, y, word), interleaved=False)
        for cell in CELLS
    ]
    cleaned = clean.units(table(NAMES, shifted, crs=crs), HENAN, datum=word)
    got = cleaned.table.set_index("unit_code").geometry[NAMES["code"]]
    assert np.abs(shapely.bounds(got.to_numpy()) - shapely.bounds(CELLS)).max() < 1e-9
    assert cleaned.repairs[["problem", "old", "new", "n_rows"]].to_numpy().tolist() == [
        ["datum_converted", word, "cgcs2000", 4]
    ]


def test_a_stated_national_datum_stands_in_for_a_missing_reference() -> None:
    assert clean.units(table(NAMES, CELLS, crs=None), HENAN, datum="cgcs2000").outcome is Outcome.ACCEPTED


def test_a_shifted_datum_of_a_projection_is_refused() -> None:
    with pytest.raises(CrsFault) as error:
        clean.units(table(NAMES, CELLS, crs="EPSG:4547"), HENAN, datum="gcj02")
    assert codes(error.value.faults) == ["datum_projected"]


@pytest.mark.parametrize("crs", ["nonsense", 'LOCAL_CS["site"]'])
def test_an_unusable_reference_is_refused(crs: str) -> None:
    with pytest.raises(CrsFault) as error:
        clean.units(table(NAMES, CELLS, crs=crs), HENAN)
    assert codes(error.value.faults) == ["crs_unknown"]


def test_swapped_axes_look_swapped() -> None:
    swapped = [shapely.transform(cell, lambda x, y: (y, x), interleaved=False) for cell in CELLS]
    error = _refused(NAMES, swapped)
    assert isinstance(error, SchemaFault)
    assert "look swapped" in texts(error.faults)
    one = _refused(NAMES, [swapped[0], *CELLS[1:]])
    assert codes(one.faults) == ["boundary_swapped"] and one.faults[0].feature == "410122101"


def test_what_lies_elsewhere_is_named() -> None:
    shapes = [CELLS[0], box(-179.9, 34, 179.9, 34.2), box(121, 31, 121.1, 31.1), CELLS[3]]
    error = _refused(NAMES, shapes)
    assert isinstance(error, BoundaryFault)
    assert [(fault.code, fault.feature, fault.row) for fault in error.faults] == [
        ("boundary_antimeridian", "410122102", 1), ("boundary_outside", "410122103", 2),
    ]  # fmt: skip


def test_many_boundaries_elsewhere_are_counted() -> None:
    n = 30
    columns = {"code": [f"4101221{i:02d}" for i in range(n)]}
    error = _refused(columns, [box(121, 31, 121.1, 31.1)] * n)
    assert len(error.faults) == 21 and error.faults[-1].params == {"n": 10}


def test_a_coordinate_that_is_no_number_is_refused() -> None:
    with np.errstate(invalid="ignore"):
        broken = Polygon([(114, 34.6), (114.1, float("nan")), (114.1, 34.7), (114, 34.6)])
    error = _refused(NAMES, [broken, *CELLS[1:]])
    assert codes(error.faults) == ["boundary_not_finite"] and error.faults[0].feature == "410122101"


def test_heights_are_dropped_in_silence() -> None:
    cleaned = read([shapely.force_3d(cell, 99.0) for cell in CELLS])
    assert cleaned.outcome is Outcome.ACCEPTED and not cleaned.table.has_z.any()
    assert cleaned.table["area_km2"].tolist() == read(CELLS).table["area_km2"].tolist()


# -- shapes


def test_a_unit_without_boundary_stays_and_is_set_aside() -> None:
    cleaned = read([None, Polygon(), *CELLS[2:]])
    assert cleaned.outcome is Outcome.QUARANTINED
    assert cleaned.quarantine["unit_code"].tolist() == ["410122101", "410122102"]
    assert cleaned.quarantine["feature"].tolist() == ["410122101", "410122102"]
    state = cleaned.table.set_index("unit_code")["boundary"]
    assert state.to_dict() == {
        "410102001": "given", "410122101": "missing", "410122102": "missing", "410122103": "given",
    }  # fmt: skip
    assert cleaned.table["area_km2"].isna().sum() == 2


def test_no_polygon_at_all_is_refused() -> None:
    error = _refused(
        NAMES, [None, shapely.Point(114, 34), shapely.LineString([(114, 34), (114.1, 34)]), None]
    )
    assert isinstance(error, BoundaryFault) and "LineString, Point" in texts(error.faults)
    with pytest.raises(BoundaryFault):
        clean.units(table(NAMES), HENAN)


def test_a_bow_tie_is_repaired_and_reported() -> None:
    cleaned = read([BOWTIE, *CELLS[1:]])
    row = cleaned.table.set_index("unit_code").loc["410122101"]
    assert row["boundary"] == "repaired" and row["geometry"].is_valid
    assert row["geometry"].area == pytest.approx(CELLS[0].area / 2)
    repair = cleaned.repairs.iloc[0]
    assert (repair["problem"], repair["feature"], repair["row"]) == ("boundary_repaired", "410122101", 0)
    said = next(item.fault for item in cleaned.findings if item.severity is Severity.REPAIR)
    assert said.params["change"] == "0.00%" and "make_valid/structure" in texts((said,))


def loop(size: float) -> Polygon:
    """A square with a notch whose line makes a loop: the rings go twice round a place of this size."""
    ring = np.array([
        (0, 0), (10, 0), (10, 8), (6 - size, 8), (6 - size, 8 - size), (6, 8 - size), (6, 10), (0, 10), (0, 0)
    ])  # fmt: skip
    return Polygon(ring / 100 + (114.0, 34.6))


def test_a_small_loop_is_repaired_and_a_large_one_needs_consent() -> None:
    assert read([loop(0.5), *CELLS[1:]]).outcome is Outcome.REPAIRED
    error = _refused(NAMES, [loop(4), *CELLS[1:]])
    assert isinstance(error, BoundaryFault)
    assert codes(error.faults) == ["repair_needs_consent"] and error.faults[0].feature == "410122101"
    # drawn 92 - 16 by the even-odd rule, 92 once repaired, of 16 squares counted twice
    assert str(error.faults[0].params["change"]).startswith("17.") and "consent = true" in texts(error.faults)
    cleaned = read([loop(4), *CELLS[1:]], consent=True)
    assert cleaned.outcome is Outcome.REPAIRED
    assert cleaned.table.set_index("unit_code").geometry["410122101"].area == pytest.approx(0.0092)


def test_a_polygon_that_encloses_nothing_is_missing() -> None:
    flat = Polygon([(114.0, 34.6), (114.1, 34.6), (114.0, 34.6), (114.0, 34.6)])
    cleaned = read([flat, *CELLS[1:]])
    assert cleaned.quarantine["problem"].tolist() == ["boundary_collapsed"]
    assert cleaned.table.set_index("unit_code")["boundary"]["410122101"] == "missing"


def test_a_collection_keeps_its_polygons() -> None:
    mixed = shapely.GeometryCollection([CELLS[0], shapely.LineString([(114, 34), (114.2, 34)])])
    cleaned = read([mixed, *CELLS[1:]])
    assert cleaned.table.set_index("unit_code").geometry["410122101"].equals(CELLS[0])
    assert cleaned.repairs["problem"].tolist() == ["boundary_reduced"]


def test_records_of_one_code_are_parts_of_one_unit() -> None:
    columns = {"code": ["410122101", "410122102", "410122101"], "name": ["a", "b", "a"]}
    cleaned = read(CELLS[:3], columns)
    assert len(cleaned.table) == 2
    assert cleaned.table.geometry.iloc[0].equals(CELLS[0].union(CELLS[2]))
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "unit_parts")
    assert fault.params["rows"] == "0, 2"


def test_a_copy_is_set_aside() -> None:
    columns = {"code": ["410122101", "410122102", "410122101"], "name": ["a", "b", "a"]}
    cleaned = read([CELLS[0], CELLS[1], shapely.reverse(CELLS[0])], columns)
    assert cleaned.quarantine[["row", "problem"]].to_numpy().tolist() == [[2, "unit_duplicate"]]
    assert cleaned.table.geometry.iloc[0].equals(CELLS[0])


def test_a_missing_record_beside_a_good_one_leaves_the_boundary() -> None:
    columns = {"code": ["410122101", "410122101"], "name": ["a", "a"]}
    cleaned = read([None, CELLS[0]], columns)
    assert cleaned.table["boundary"].tolist() == ["given"] and len(cleaned.quarantine) == 1


# -- how boundaries fit together


def test_an_overlap_names_the_pair_and_its_area() -> None:
    wide = box(114.0, 34.6, 114.15, 34.7)
    cleaned = read([wide, *CELLS[1:]])
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "overlap")
    assert fault.feature == "410122101; 410122102"
    half = read(CELLS).table.set_index("unit_code")["area_km2"]["410122102"] / 2
    assert float(str(fault.params["area"])) == pytest.approx(half, rel=1e-4)
    assert cleaned.outcome is Outcome.ACCEPTED


def test_a_hole_is_told_with_its_place_and_neighbours() -> None:
    cells = [
        box(114 + i / 10, 34.5 + j / 10, 114.1 + i / 10, 34.6 + j / 10) for i in range(3) for j in range(3)
    ]
    ring = cells[:4] + cells[5:]
    cleaned = read(ring, {"code": [f"41012210{i}" for i in range(1, 9)]})
    fault = next(item.fault for item in cleaned.findings if item.fault.code == "hole")
    assert fault.params["bounds"] == "114.10000 34.60000 114.20000 34.70000"
    assert len(str(fault.params["codes"]).split(", ")) == 8


def test_an_exclave_in_a_neighbours_hole_is_neither() -> None:
    hole = box(114.12, 34.62, 114.14, 34.64)
    exclave = shapely.MultiPolygon([CELLS[0], hole])
    assert found(read([exclave, CELLS[1].difference(hole), *CELLS[2:]])) == set()


def test_an_edge_that_only_one_side_divides_is_no_overlap_and_no_hole() -> None:
    long = box(114.0, 34.5, 114.4, 34.6)
    above = [box(114.0 + i / 10, 34.6, 114.1 + i / 10, 34.7) for i in range(4)]
    assert found(read([long, *above], {"code": [f"41012210{i}" for i in range(1, 6)]})) == set()


squares = st.lists(st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(1, 4)] * 2), min_size=1, max_size=7)


@settings(deadline=None, max_examples=100)
@example([(0, 0, 1, 3), (0, 0, 2, 2), (0, 3, 2, 1), (2, 2, 1, 1)])  # enclosed by units that touch in points
@given(squares)
def test_overlaps_and_holes_equal_brute_force(corners: list[tuple[int, int, int, int]]) -> None:
    boxes = [box(113 + x / 10, 34 + y / 10, 113 + (x + w) / 10, 34 + (y + h) / 10) for x, y, w, h in corners]
    names = np.array([f"u{i}" for i in range(len(boxes))], dtype=object)
    findings = topology.check(np.array(boxes, dtype=object), names, HENAN, file="f")
    pairs = {
        f"u{i}; u{j}"
        for j in range(len(boxes))
        for i in range(j)
        if boxes[i].intersection(boxes[j]).area > 1e-9
    }
    assert {item.fault.feature for item in findings if item.fault.code == "overlap"} == pairs
    # holes by hand: cells of the grid that nothing covers and that are not joined to the outside
    grid = np.zeros((13, 13), dtype=bool)
    for x, y, w, h in corners:
        grid[x + 1 : x + w + 1, y + 1 : y + h + 1] = True
    outside, edge = {(0, 0)}, [(0, 0)]
    while edge:
        x, y = edge.pop()
        # corners join too: a hole that touches the outside in one point is still enclosed by lines
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            at = (x + dx, y + dy)
            if 0 <= at[0] < 13 and 0 <= at[1] < 13 and not grid[at] and at not in outside:
                outside.add(at)
                edge.append(at)
    enclosed = int((~grid).sum()) - len(outside)
    holes = [item for item in findings if item.fault.code == "hole"]
    area = sum(float(str(item.fault.params["area"])) for item in holes)
    assert round(area / 102) == enclosed


def test_order_of_records_changes_nothing() -> None:
    first = read(CELLS).table
    order = [2, 0, 3, 1]
    second = read(
        [CELLS[i] for i in order], {name: [column[i] for i in order] for name, column in NAMES.items()}
    )
    assert first.equals(second.table)


# -- counties


def test_own_counties_take_the_form_of_the_regions() -> None:
    columns = {"adcode": ["410122000000", "410102", "419001"], "name": ["x", "y", "z"]}
    got = clean.counties(table(columns, CELLS[:3], crs=None), HENAN, datum="cgcs2000")
    assert list(got.columns) == list(region.counties(HENAN).columns)
    assert got["county_code"].tolist() == ["410102", "410122", "419001"]
    assert got["city_code"].tolist() == ["4101", "4101", "419001"]
    assert got.crs == "EPSG:4490"


def test_a_county_without_polygon_is_refused() -> None:
    with pytest.raises(BoundaryFault) as error:
        clean.counties(table({"adcode": ["410122", "410102"]}, [CELLS[0], None]), HENAN)
    assert [fault.feature for fault in error.value.faults] == ["410102"]


def test_a_wrong_kind_lists_the_right_ones() -> None:
    with pytest.raises(SchemaFault) as error:
        read(CELLS, kind="parish")
    assert "township, county, zone" in texts(error.value.faults)


def test_every_fault_has_its_text_in_both_languages() -> None:
    import re
    import tomllib
    from pathlib import Path

    folder = Path(labels.__file__).parent
    zh, en = (
        tomllib.loads((folder / lang / "units.toml").read_text("utf-8"))["fault"] for lang in ("zh", "en")
    )
    assert zh.keys() == en.keys()
    for key in zh:
        assert set(re.findall(r"{(\w+)}", zh[key])) == set(re.findall(r"{(\w+)}", en[key])), key


def test_half_a_surrogate_pair_in_a_name_is_no_crash() -> None:
    cleaned = read(CELLS, NAMES | {"name": ["a\ud800b", "b", "c", "d"]})
    assert cleaned.table.set_index("unit_code")["name"]["410122101"] == "a\ufffdb"
