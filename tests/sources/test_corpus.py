"""The corpus of faulty files, as far as reading decides, and real files."""

import time
from pathlib import Path

import pytest

from chargegeo import errors, sources
from tests.sources.files import W

REFUSED = {
    "enc_mixed_one_row_gbk.csv": ["line 8"],
    "dup_header.csv": [W["lon"], "4, 12"],
    "ragged_row.csv": ["line 7"],
    "huge_field_2MB.csv": ["line 5", "32767"],
    "empty.csv": ["empty"],
    "truncated_midrow.csv": ["line 14", "cut off"],
    "two_sheets.xlsx": [f"{W['zhengzhou']}, {W['luoyang']}"],
    "html_table.xls": ["HTML"],
    "sheet_bomb.xlsx": ["400 MB"],
    "nan_coordinate.geojson": ["feature 0"],
    "truncated.geojson": ["cut off"],
    "vrt_local_file.geojson": ["VRT"],
    "no_shx.zip": [".shx"],
    "truncated_shp.zip": [".shp", "20 expected, 8 present"],
    "zip_slip.zip": ["../../../../tmp/chargegeo_pwned/st.shp"],
    "bomb_300MB.zip": ["300 MB"],
    "truncated.gpkg": ["1454080 declared, 872448 present"],
    "three_layers.gpkg": [f"{W['old_version']}_2019, townships, tmp"],
    "broken_view_layer.gpkg": ["layer vv", "main.gone"],
    "truncated_20pct.fgb": ["2000 declared, 0 present"],
    "no_geo_metadata.parquet": ["column geometry", "crs"],
    "graph_cache.pkl": ["pickle"],
    "entity_bomb.kml": ["DTD refused"],
}
READ = {
    "enc_gbk.csv": ["encoding"],
    "enc_utf8_bom.csv": [],
    "semicolon.csv": ["separator"],
    "control_chars.csv": [],
    "control_na_words.csv": [],
    "merged_two_row_header.xlsx": ["two_row_header"],
    "error_cells_text_numbers.xlsx": [],
    "codes_as_floats.xlsx": ["number_code"],
    "duplicate_keys.geojson": ["duplicate_key"],
    "mixed_property_types.geojson": ["mixed_types"],
    "null_empty_geometry.geojson": [],
    "control_z_all.geojson": [],
    "no_prj.zip": [],
    "gbk_no_cpg.zip": ["encoding"],
    "colliding_field_names.zip": ["cut_names"],
    "undefined_srs.gpkg": [],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name_and_place(shared: Path, name: str) -> None:
    start = time.process_time()
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(shared / "badinputs" / "open" / name)
    assert time.process_time() - start < 2
    for word in [name, *REFUSED[name]]:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", READ)
def test_read_with_all_twenty_records(shared: Path, name: str) -> None:
    table = sources.read(shared / "badinputs" / "open" / name)
    assert len(table.frame) == 20
    assert [finding.fault.code for finding in table.findings] == READ[name]


def test_values_equal_the_clean_file(shared: Path) -> None:
    clean = sources.read(shared / "badinputs" / "clean" / "stations_cn.csv").frame
    for name in ("enc_gbk.csv", "semicolon.csv", "merged_two_row_header.xlsx", "codes_as_floats.xlsx"):
        assert sources.read(shared / "badinputs" / "open" / name).frame.equals(clean), name


def test_error_cells_and_references(shared: Path) -> None:
    place = shared / "badinputs" / "open"
    table = sources.read(place / "error_cells_text_numbers.xlsx")
    where = {
        table.address(r, c): v for c in table.frame for r, v in enumerate(table.frame[c]) if "#" in (v or "")
    }
    assert where == {"I4": "#N/A", "D5": "#DIV/0!"}
    assert sources.read(place / "no_prj.zip").crs is None
    assert sources.read(place / "undefined_srs.gpkg").crs is None
    assert sources.read(place / "three_layers.gpkg", layer="townships").crs == "EPSG:4326"
    assert len(sources.read(place / "broken_view_layer.gpkg", layer="t").frame) == 20


@pytest.mark.parametrize(
    ("name", "rows", "crs"),
    [
        ("registers/shenzhen_stations_stevcdp.csv", 1706, None),
        ("registers/us_afdc_wa_2024.csv", 2252, None),
        ("henan_truck_stations/henan_heavy_truck_stations.csv", 207, None),
        ("henan_admin/counties_2018_gcj02.parquet", 157, None),
        ("henan_population_wgs84/henan_counties_pop_wgs84.parquet", 158, "EPSG:4326"),
        ("shenzhen_zones/shenzhen_zones.gpkg", 491, "EPSG:3857"),
        ("service_areas_anhui_north/services_north.geojson", 96, "EPSG:4326"),
    ],
)
def test_real_files(shared: Path, name: str, rows: int, crs: str | None) -> None:
    table = sources.read(shared / "data" / name)
    assert (len(table.frame), table.crs, table.findings) == (rows, crs, ())
