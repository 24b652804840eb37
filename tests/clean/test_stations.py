"""The planner's register: what is repaired, what is set aside, what is refused."""

# the fullwidth signs and primes here are what offices write
# ruff: noqa: RUF001

import json
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import datum as datums
from chargegeo import errors, schema
from chargegeo import region as regions
from chargegeo.clean.register import stations
from chargegeo.sources import RawTable
from chargegeo.vocab import Outcome, Severity
from tests.clean.stations_help import (
    CODES,
    COLUMNS,
    HENAN,
    H,
    W,
    also,
    changed,
    clean,
    codes,
    frame,
    raw,
    units,
)

REPAIR, QUARANTINE, WARNING = Severity.REPAIR, Severity.QUARANTINE, Severity.WARNING


def test_a_faultless_register_is_accepted_untouched() -> None:
    cleaned = clean(frame())
    assert cleaned.outcome is Outcome.ACCEPTED
    assert cleaned.findings == ()
    first = cleaned.table.iloc[0]
    assert (first["station_id"], first["town_code"], first["n_piles"], first["line"]) == (
        "S000",
        CODES[0],
        2,
        2,
    )
    assert first["scene"] == "township"
    assert str(first["opened"].date()) == "2024-03-01"
    assert cleaned.table.crs == schema.STORAGE_CRS


@pytest.mark.parametrize(
    ("column", "text", "code", "new"),
    [
        ("power_kw_max", "\uff11\uff18\uff10", "number_text", 180.0),
        ("power_kw_max", "180kW", "unit_text", 180.0),
        ("power_kw_max", W["kilowatts"], "unit_text", 180.0),
        ("power_kw_max", "180000W", "unit_text", 180.0),
        ("power_kw_max", W["not_yet"], "missing_word", None),
        ("power_kw_max", "N/A", "missing_word", None),
        ("power_kw_max", "——", "missing_word", None),
        ("n_guns", W["eight"], "unit_text", 8.0),
        ("n_guns", "1,008", "thousands", 1008.0),
        ("opened", "45352", "date_serial", None),
        ("opened", W["month"], "date_month", None),
        ("station_id", "S\u200b999", "invisible", "S999"),
        ("name", "\u202e" + W["east"], "invisible", W["east"]),
        ("operator", W["grid_with_blanks"], "invisible", W["grid"]),
        ("lon", "113°02′30.5″E", "coordinate_dms", 113.041805556),
        ("lon", W["dms_in_words"], "coordinate_dms", 113.041805556),
        ("lon", "113 02 30", "coordinate_dms", 113.041666667),
        ("lon", "\uff11\uff11\uff13\uff0e\uff10\uff14\uff11\uff12\uff13\uff17", "number_text", 113.041237),
        ("town_code", CODES[3] + "000.0", "code_decimal", CODES[3]),
        ("town_code", "'" + CODES[3], "code_text", CODES[3]),
        ("town_code", CODES[3] + "207", "code_village", CODES[3]),
        ("scene", W["not_known"], "missing_word", None),
        ("station_id", None, "id_made", "line-5"),
    ],
)
def test_what_can_be_read_for_certain_is_repaired(column: str, text: str, code: str, new: object) -> None:
    cleaned = clean(changed({(3, column): text}))
    assert cleaned.outcome is Outcome.REPAIRED
    assert len(cleaned.table) == 12
    (repair,) = [f for f in cleaned.findings if f.severity is REPAIR]
    assert (repair.fault.code, repair.fault.column) == (code, COLUMNS[column])
    assert repair.fault.row == (None if code == "code_decimal" else 3)
    if column != "opened":
        assert repair.new == new
    assert cleaned.repairs["problem"].tolist() == [code]
    assert repair.fault.text("en") and repair.fault.text("zh")


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("power_kw_max", "-120", "power_not_positive"),
        ("power_kw_max", "0", "power_not_positive"),
        ("power_kw_max", "180000", "power_absurd"),
        ("power_kw_max", "0.12", "power_absurd"),
        ("power_kw_max", "2×60", "power_product"),
        ("power_kw_max", "2 x 60kW", "power_product"),
        ("power_kw_max", "60/120", "not_a_number"),
        ("power_kw_max", "#DIV/0!", "error_value"),
        ("power_kw_max", "Infinity", "not_a_number"),
        ("n_piles", "-3", "count_negative"),
        ("n_piles", "2.5", "count_fraction"),
        ("n_piles", "600000", "count_absurd"),
        ("n_piles", W["three"], "not_a_number"),
        ("n_guns", "1", "guns_lt_piles"),
        ("opened", "2023-02-29", "date_impossible"),
        ("opened", "2024/13/01", "date_impossible"),
        ("opened", "0000-00-00", "date_impossible"),
        ("opened", "1924-01-01", "date_range"),
        ("opened", "2152-01-01", "date_range"),
        ("opened", "soon", "not_a_date"),
        ("lon", "113.02.30", "coordinate_ambiguous"),
        ("lon", "113,041237", "coordinate_ambiguous"),
        ("lon", "113°72′30″", "coordinate_ambiguous"),
        ("lon", "113.04N", "coordinate_side"),
        ("lon", "38412345.6", "coordinate_range"),
        ("lon", "0", "zero_coordinates"),
        ("lon", None, "no_coordinates"),
        ("lat", "NaN", "no_coordinates"),
        ("lat", W["not_yet"], "no_coordinates"),
        ("lat", "30.600123", "outside_region_far"),
        ("town_code", "999999999999", "code_unknown"),
        ("town_code", CODES[0] + "00", "code_length"),
        ("town_code", "4.1011E+11", "code_scientific"),
        ("name", W["charging"].encode().decode("latin-1"), "mojibake"),
        ("name", W["charging_place"].encode("gbk").decode("latin-1"), "mojibake"),
        ("name", W["charging_place"].encode().decode("gbk"), "mojibake"),
        ("operator", "????", "mojibake"),
        ("station_id", "s 000", "duplicate_id"),
    ],
)
def test_what_cannot_be_trusted_is_set_aside_whole(column: str, text: str | None, code: str) -> None:
    table = changed({(4, column): text})
    cleaned = clean(table)
    assert cleaned.outcome is Outcome.QUARANTINED
    assert len(cleaned.table) == 11
    (row,) = cleaned.quarantine.to_dict("records")
    assert (row["line"], row["row"], row["problem"]) == (6, 4, code)
    assert COLUMNS[column] in row["column"].split(";")
    found = json.loads(row["record"])
    assert found == dict(table.iloc[4].items())
    assert cleaned.piles is not None
    assert cleaned.piles_in == cleaned.piles["n_piles"].sum() + cleaned.quarantine["n_piles"].sum()
    assert row["n_piles"] == 6 or column == "n_piles"
    assert row["unit_code"] == CODES[4] or column == "town_code"
    (aside,) = {f.fault.code for f in cleaned.findings if f.severity is QUARANTINE}
    assert aside == code
    assert all(f.fault.text(lang) for f in cleaned.findings for lang in ("zh", "en"))


def test_several_problems_of_one_record_are_one_row() -> None:
    cleaned = clean(changed({(4, "lon"): "0", (4, "n_piles"): "-1", (4, "opened"): "2024-02-31"}))
    (row,) = cleaned.quarantine.to_dict("records")
    assert set(row["problem"].split(";")) == {"zero_coordinates", "count_negative", "date_impossible"}
    assert pd.isna(row["n_piles"])


@pytest.mark.parametrize(
    "text", ["NA", "null", "None", "1e5", "007", "=1+1", "<b>x</b>", "{{ 7*7 }}", W["east_in_brackets"]]
)
@pytest.mark.parametrize("column", ["station_id", "name", "operator"])
def test_text_stays_text(column: str, text: str) -> None:
    cleaned = clean(changed({(3, column): text}))
    assert cleaned.outcome is Outcome.ACCEPTED
    assert cleaned.table[column][3] == text


def test_a_blank_power_is_unknown_without_a_word() -> None:
    cleaned = clean(changed({(3, "power_kw_max"): None}))
    assert cleaned.outcome is Outcome.ACCEPTED
    assert cleaned.piles is not None
    assert cleaned.piles.query("station_id == 'S003'")["power_kw"].isna().all()


def test_unknown_words_warn_and_are_null() -> None:
    cleaned = clean(changed({(3, "scene"): W["moon"]}))
    assert cleaned.outcome is Outcome.ACCEPTED
    assert codes(cleaned, WARNING) == [("unknown_word", 3, "scene")]
    assert pd.isna(cleaned.table["scene"][3])


def test_error_cells_of_a_sheet_are_named_by_address() -> None:
    cleaned = clean(changed({(1, "power_kw_max"): "#N/A"}), kind="xlsx")
    (fault,) = [f.fault for f in cleaned.findings]
    assert (fault.code, fault.params["cell"]) == ("error_cell", "I3")
    assert "I3" in fault.text("zh")


def test_swapped_columns_refuse_the_file() -> None:
    table = frame().rename(columns={H["lon"]: H["lat"], H["lat"]: H["lon"]})
    with pytest.raises(errors.SchemaFault, match=f"look swapped: column '{H['lon']}' holds latitudes"):
        clean(table)


def test_single_swapped_rows_are_set_aside() -> None:
    table = frame()
    table.loc[2, [H["lon"], H["lat"]]] = table.loc[2, [H["lat"], H["lon"]]].to_numpy()
    assert clean(table).quarantine["problem"].tolist() == ["swapped"]


def test_another_place_refuses_the_file() -> None:
    table = frame()
    table[H["lon"]] = [f"{float(text) + 8:.6f}" for text in table[H["lon"]]]
    with pytest.raises(errors.SchemaFault, match="12 of 12 positions lie outside"):
        clean(table)


def test_outside_says_how_far_from_the_coded_unit() -> None:
    cleaned = clean(changed({(0, "lon"): "113.100123", (0, "lat"): "30.000123"}))
    fault = cleaned.findings[0].fault
    # four degrees of latitude below the southern edge of the square
    assert float(str(fault.params["km"])) == pytest.approx(4 * 110.9, rel=0.003)
    assert CODES[0] in fault.text("en")


def test_codes_in_scientific_notation_refuse_the_file() -> None:
    table = frame().pipe(also, town_code="4.1011E+11")
    with pytest.raises(errors.SchemaFault, match="cannot be restored") as caught:
        clean(table)
    assert caught.value.faults[0].column == H["town_code"]


@pytest.mark.parametrize("axes", [[H["lon"]], [H["lat"]], [H["lon"], H["lat"]]])
def test_missing_coordinates_are_all_named(axes: list[str]) -> None:
    with pytest.raises(errors.SchemaFault) as caught:
        clean(frame().drop(columns=axes))
    assert [fault.column for fault in caught.value.faults] == axes
    assert f"columns found: {H['station_id']}" in str(caught.value)


def test_two_headers_for_one_column_are_named_and_a_mapping_decides() -> None:
    table = frame().rename(columns={H["n_guns"]: H["pile_quantity"]})
    with pytest.raises(errors.SchemaFault, match=f"{H['n_piles']}, {H['pile_quantity']}"):
        clean(table)
    cleaned = clean(table, mapping={"n_piles": H["pile_quantity"]})
    assert cleaned.table["n_piles"].tolist() == [int(text) for text in table[H["pile_quantity"]]]


def test_a_mapping_names_what_is_there() -> None:
    with pytest.raises(errors.SchemaFault, match="takes n_piles from column 'nowhere'"):
        clean(frame(), mapping={"n_piles": "nowhere"})
    with pytest.raises(errors.SchemaFault, match="no column we know"):
        clean(frame(), mapping={"colour": H["name"]})


def test_an_unstated_datum_is_never_guessed() -> None:
    with pytest.raises(errors.CrsFault, match="datum of the coordinates is not stated"):
        clean(frame(), datum=None)
    assert clean(frame().pipe(also, datum="WGS84"), datum=None).outcome is Outcome.ACCEPTED
    with pytest.raises(errors.CrsFault, match="nad27"):
        clean(frame(), datum="nad27")


def test_declared_rows_alone_are_converted() -> None:
    table = frame().pipe(also, datum=[W["surveying_office"], "WGS84", None] * 4)
    cleaned = clean(table, datum="cgcs2000")
    assert [(f.fault.code, f.n_rows) for f in cleaned.findings if f.severity is REPAIR] == [
        ("datum_converted", 4)
    ]
    lon, lat = datums.to_wgs84(
        table[H["lon"]][0::3].astype(float), table[H["lat"]][0::3].astype(float), "gcj02"
    )
    assert np.allclose(cleaned.table.geometry.x[0::3], lon, atol=1e-9)
    assert np.allclose(cleaned.table.geometry.y[0::3], lat, atol=1e-9)
    assert np.allclose(cleaned.table.geometry.y[1::3], table[H["lat"]][1::3].astype(float), atol=1e-12)
    again = clean(table.pipe(also, datum=[W["fire"], "Mars", None] * 4), datum="cgcs2000")
    assert set(again.quarantine["problem"]) == {"datum_unknown"}


def test_repeated_ids_name_both_lines_and_count_piles_once() -> None:
    table = frame()
    table.loc[7] = table.loc[2]
    cleaned = clean(table)
    assert codes(cleaned, QUARANTINE) == [("duplicate_id", 7, "station_id")]
    assert codes(cleaned, WARNING)[0] == ("id_repeated", 2, "station_id")
    fault = next(f.fault for f in cleaned.findings if f.fault.code == "duplicate_id")
    assert fault.params["first"] == 4
    assert "line 4" in fault.text("en")
    assert cleaned.table["station_id"].is_unique


def test_twins_of_other_ids_are_kept_and_both_named() -> None:
    table = frame()
    table.loc[7, [H["lon"], H["lat"], H["town_code"]]] = table.loc[2, [H["lon"], H["lat"], H["town_code"]]]
    cleaned = clean(table)
    assert cleaned.outcome is Outcome.ACCEPTED
    assert codes(cleaned, WARNING) == [
        ("near_duplicate", 2, "station_id"),
        ("near_duplicate", 7, "station_id"),
    ]


def test_one_place_for_all_is_said_once() -> None:
    table = frame(40)
    table[[H["lon"], H["lat"], H["town_code"]]] = table.loc[0, [H["lon"], H["lat"], H["town_code"]]].to_list()
    assert codes(clean(table), WARNING) == [("many_at_one_place", None, "station_id")]


def test_coarse_coordinates_warn() -> None:
    cleaned = clean(changed({(0, "lon"): "113.03", (0, "lat"): "34.05"}))
    assert cleaned.outcome is Outcome.ACCEPTED
    assert {code for code, *_ in codes(cleaned, WARNING)} == {"low_precision"}


def test_a_station_in_another_unit_than_stated_warns() -> None:
    cleaned = clean(changed({(0, "town_code"): CODES[5]}))
    summary, place = [f for f in cleaned.findings if f.severity is WARNING]
    assert (summary.fault.code, summary.n_rows) == ("codes_places_differ", 1)
    assert (place.fault.code, place.fault.row, place.fault.params["unit"]) == (
        "code_place_mismatch",
        0,
        CODES[0],
    )


def test_codes_are_checked_against_the_list_of_the_region_without_units() -> None:
    towns = regions.townships(HENAN)["code"]
    table = frame().pipe(also, town_code=[*towns[:11], "410110100"])
    cleaned = stations(raw(table), HENAN, datum="wgs84")
    assert cleaned.quarantine["problem"].tolist() == ["code_unknown"]
    assert cleaned.table["town_code"].tolist() == towns[:11].tolist()


def test_a_column_of_either_code_goes_by_length() -> None:
    table = frame().rename(columns={H["town_code"]: H["either_code"]})
    table.loc[0, H["either_code"]] = CODES[0][:6]
    cleaned = clean(table)
    assert cleaned.outcome is Outcome.ACCEPTED
    assert cleaned.table["county_code"][0] == CODES[0][:6]
    assert cleaned.table["town_code"][1] == CODES[1]
    assert pd.isna(cleaned.table["town_code"][0])


def test_platform_codes_are_read() -> None:
    table = frame(6).assign(
        StationType=["1", "50", "100", "255", W["public"], None],
        StationStatus=["50", "1", "5", "6", "0", W["in_service"]],
        EquipmentType=["1", "2", "3", "4", "5", W["dc"]],
    )
    cleaned = clean(table)
    got = cleaned.table
    assert got["access"].fillna("").tolist() == ["public", "private", "dedicated", "", "public", ""]
    assert got["status"].fillna("").tolist() == [
        "in_service",
        "construction",
        "closed",
        "maintenance",
        "",
        "in_service",
    ]
    assert codes(cleaned, WARNING) == [("unknown_word", 3, "StationType")]


def test_defaults_fill_what_the_register_leaves_open() -> None:
    cleaned = clean(
        frame().pipe(also, status=[W["in_service"], None] * 6),
        defaults={"access": "public", "status": "in_service"},
    )
    assert [(f.fault.column, f.new, f.n_rows) for f in cleaned.findings if f.severity is REPAIR] == [
        ("access", "public", 12),
        ("status", "in_service", 6),
    ]
    assert (cleaned.table["access"] == "public").all()
    with pytest.raises(errors.SchemaFault, match="'open' cannot be the default of access"):
        clean(frame(), defaults={"access": "open"})


def test_availability_is_a_share() -> None:
    table = frame(6).pipe(also, availability=["99.2%", "98\uff05", "97.5%", "96%", "0.5", "99"])
    assert clean(table).table["availability"].tolist() == [0.992, 0.98, 0.975, 0.96, 0.5, 0.99]
    table = frame(6).pipe(also, availability=["0.992", "0.98", "1", "0", "0.5", "99"])
    assert clean(table).quarantine["problem"].tolist() == ["share_range"]


def test_the_header_says_watts() -> None:
    table = frame().rename(columns={H["power_kw_max"]: H["power_watts"]}).pipe(also, power_watts="120000")
    cleaned = clean(table)
    assert codes(cleaned, REPAIR) == [("unit_of_header", None, H["power_watts"])]
    assert cleaned.piles is not None and cleaned.piles["power_kw"].max() == 120


def test_ids_are_made_from_lines_where_there_are_none() -> None:
    cleaned = clean(frame().drop(columns=H["station_id"]))
    assert cleaned.outcome is Outcome.ACCEPTED
    assert codes(cleaned, WARNING) == [("no_station_id", None, None)]
    assert cleaned.table["station_id"][0] == "line-2"


def test_nothing_usable_is_an_error_that_lists_first_faults() -> None:
    with pytest.raises(errors.SchemaFault, match="none of 3 records can be used") as caught:
        clean(frame(3).pipe(also, n_piles="-1"))
    assert [fault.code for fault in caught.value.faults] == ["nothing_usable", *["count_negative"] * 3]
    with pytest.raises(errors.SchemaFault, match="none of 0 records"):
        clean(frame(3).iloc[:0])


def points(shapes: list[object], crs: str | None) -> RawTable:
    """A spatial file of stations."""
    table = pd.DataFrame({"name": [f"P{i}" for i in range(len(shapes))], H["n_piles"]: "3"}, dtype=object)
    return RawTable(table, gpd.GeoSeries(shapes, crs=None), crs, "p.geojson", None, "geojson", None)


def test_points_need_a_stated_reference_and_are_transformed() -> None:
    place = shapely.Point(113.041237, 34.052313)
    with pytest.raises(errors.CrsFault, match="state the crs"):
        stations(points([place], None), HENAN, datum="wgs84")
    assert stations(points([place], "EPSG:4326"), HENAN, datum=None).outcome is Outcome.ACCEPTED
    for crs in ("EPSG:3857", "EPSG:4547"):
        there = gpd.GeoSeries([place], crs=4490).to_crs(crs)
        cleaned = stations(points(list(there), crs), HENAN, datum="wgs84")
        assert [f.fault.code for f in cleaned.findings if f.severity is REPAIR] == ["crs_transformed"]
        assert cleaned.table.geometry[0].distance(place) < 1e-8
    shifted = stations(points([place], "EPSG:4326"), HENAN, datum="gcj02").table.geometry[0]
    assert 0.004 < shifted.distance(place) < 0.008


def test_shapes_that_are_no_points_are_set_aside() -> None:
    shapes = [
        shapely.Point(113.041237, 34.052313),
        None,
        shapely.Point(),
        shapely.box(113, 34, 113.1, 34.1),
        shapely.Point(float("nan"), 34),
    ]
    cleaned = stations(points(shapes, "EPSG:4490"), HENAN, datum=None)
    assert cleaned.quarantine["problem"].tolist() == [
        "no_coordinates",
        "no_coordinates",
        "not_a_point",
        "no_coordinates",
    ]
    assert cleaned.quarantine["feature"].tolist() == ["1", "2", "3", "4"]
    assert "POLYGON" in json.loads(cleaned.quarantine["record"][2])["geometry"]
    assert cleaned.table["station_id"].tolist() == ["feature-0"]


def test_names_cut_by_a_shapefile_are_left_unread() -> None:
    table = pd.DataFrame({"max_power_": ["410110100000"], "max_powe_1": ["120"]}, dtype=object)
    shape = gpd.GeoSeries([shapely.Point(113.041237, 34.052313)])
    cleaned = stations(RawTable(table, shape, "EPSG:4490", "p.zip", None, "shp", None), HENAN, datum=None)
    assert cleaned.piles is not None and cleaned.piles["power_kw"].isna().all()


def test_half_a_surrogate_pair_is_no_crash() -> None:
    cleaned = clean(changed({(3, "name"): "a\ud800b"}))
    assert cleaned.quarantine["problem"].tolist() == ["mojibake"]
    cleaned.quarantine["record"][0].encode("utf-8")


def test_input_is_not_changed() -> None:
    table = raw(changed({(3, "lon"): "113°02′30.5″E", (4, "power_kw_max"): W["not_yet"]}))
    before = table.frame.copy(deep=True)
    stations(table, HENAN, datum="bd09", units=units(), defaults={"access": "public"})
    pd.testing.assert_frame_equal(table.frame, before)


CELLS = st.sampled_from(
    [
        None,
        "",
        " ",
        "0",
        "-1",
        "8",
        "8.0",
        "2.5",
        "\uff11\uff12",
        "120kW",
        "2×60",
        W["not_yet"],
        "#N/A",
        "NaN",
        "1e400",
        "1,200",
        "2024-02-30",
        "2024-03-01",
        "45352",
        "113.041237",
        "34.05",
        "113°02′30″E",
        "4.1011E+11",
        CODES[0],
        "S001",
        "\u202e",
        "\x00",
        "å\x85\x85ç\x94µ",
        W["east"],
        "a\ud800",
        "9" * 400,
    ]
) | st.text(max_size=8)
PLACES = st.tuples(st.integers(0, 5), st.sampled_from(sorted(COLUMNS)))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(PLACES, CELLS, max_size=8), st.sampled_from(["csv", "xlsx"]))
def test_nothing_is_lost_whatever_the_cells_hold(cells: dict[tuple[int, str], str | None], kind: str) -> None:
    try:
        cleaned = clean(changed(cells, 6), kind=kind)
    except errors.InputError as error:
        assert error.text("zh") and str(error)
        return
    assert len(cleaned.table) + len(cleaned.quarantine) == 6
    assert cleaned.piles is not None
    assert cleaned.piles_in == cleaned.piles["n_piles"].sum() + cleaned.quarantine["n_piles"].fillna(0).sum()
    assert cleaned.table["n_piles"].fillna(1).sum() == cleaned.piles["n_piles"].sum()
    for finding, lang in product(cleaned.findings, ("zh", "en")):
        assert finding.fault.text(lang)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    table = changed({(1, "lon"): "0", (2, "power_kw_max"): "-1", (5, "n_piles"): W["three_piles"]}, 8)
    cleaned = clean(table)
    shuffled = clean(table.iloc[order].reset_index(drop=True))
    drop = ["line"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(cleaned.table.drop(columns=drop)),
        pd.DataFrame(shuffled.table.drop(columns=drop).sort_values("station_id", ignore_index=True)),
    )
    assert sorted(cleaned.quarantine["problem"]) == sorted(shuffled.quarantine["problem"])
