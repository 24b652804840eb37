"""Candidate sites from planners' tables and layers."""

import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import clean, datum, errors, region, schema, sources
from chargegeo.sources import RawTable
from chargegeo.vocab import Outcome, Severity
from tests.clean.service_areas_help import sheet

HENAN = region.load("henan")
W = tomllib.loads(Path(__file__).with_name("candidates_words.toml").read_text("utf-8"))
FAULTS = [
    # id, name, longitude, latitude, bays, grid power, cost
    ["A1", W["lot"], 113.6651, 34.7571, 20, 630, 1.5],
    ["A2", W["lot"], None, 34.7572, 20, 630, 1.5],
    ["A3", W["lot"], 121.4731, 31.2304, 20, 630, 1.5],
    ["A4", W["lot"], 113.6653, 34.7573, -3, 630, 1.5],
    ["A5", W["lot"], 113.6654, 34.7574, 20, -1, 1.5],
    ["A1", W["lot"], 113.6655, 34.7575, 20, 630, 1.5],
    [None, W["other"], 113.7006, 34.7006, 20, 630, 0],
    ["A6", W["lot"], 113.6656, 34.7576, W["unlimited"], "500kVA", None],
    ["A7", W["lot"], 113.6657, 34.7577, W["nothing"], 630, 1.5],
    ["A8", W["lot"], 113.6658, 34.7578, 20, 630, -2],
    ["A9", W["lot"], 113.6659, 34.7579, W["unknown"], "0.4MW", 1.5],
    [None, W["other"], 113.7006, 34.7006, 5, 630, 0],
]


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [W["headers"], *FAULTS]:
        book.active.append(row)
    book.save(path)
    return path


def told(found: clean.Cleaned, severity: Severity) -> list[tuple[int | None, str | None, str]]:
    return [
        (item.fault.line, item.fault.column, item.fault.code)
        for item in found.findings
        if item.severity is severity
    ]


def table(**columns: list[str | None]) -> RawTable:
    n = len(next(iter(columns.values())))
    base: dict[str, list[str | None]] = {
        "lon": [f"113.{61234 + i}" for i in range(n)],
        "lat": ["34.51234"] * n,
    }
    whole = base | columns
    return sheet([dict(zip(whole, row, strict=True)) for row in zip(*whole.values(), strict=True)])


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_office_table_with_every_fault(tmp_path: Path, form: str) -> None:
    path = workbook(tmp_path / "sites.xlsx")
    if form == "csv":
        pd.DataFrame(FAULTS, columns=W["headers"], dtype=object).to_csv(
            tmp_path / "sites.csv", index=False, encoding="gb18030"
        )
        path = tmp_path / "sites.csv"
    found = clean.candidates(sources.read(path), HENAN, datum="gcj02")
    number, bays, power, cost, lon = (W["headers"][i] for i in (0, 4, 5, 6, 2))
    assert {
        (line, column, code)
        for line, column, code in told(found, Severity.QUARANTINE)
        if code != "outside_region"
    } == {
        (3, lon, "candidate_no_place"),
        (5, bays, "count_negative"),
        (6, power, "candidate_negative"),
        (7, number, "candidate_twice"),
        (10, bays, "candidate_ambiguous"),
        (11, cost, "candidate_negative"),
        (13, None, "candidate_same"),
    }
    assert found.quarantine["line"].tolist() == [3, 4, 5, 6, 7, 10, 11, 13]
    assert found.quarantine.set_index("line")["value"][[5, 6, 10]].tolist() == ["-3", "-1", W["nothing"]]
    assert found.quarantine.set_index("line")["problem"][4] == "outside_region"
    assert {item[::2] for item in told(found, Severity.REPAIR)} >= {
        (8, "candidate_id_made"),
        (12, "unit_text"),
        (12, "missing_word"),
    }
    assert {item[1:] for item in told(found, Severity.WARNING)} >= {
        (power, "candidate_kva"),
        (bays, "candidate_open"),
    }
    sites = found.table
    assert sites["site_id"].tolist()[0::2] == ["A1", "A6"] and sites["site_id"].iloc[3] == "A9"
    assert sites["bays"].astype("object").where(sites["bays"].notna(), None).tolist() == [20, 20, None, None]
    assert sites["grid_kw"].tolist() == [630, 630, 500, 400]
    assert sites["cost_per_pile"].fillna(-1).tolist() == [1.5, 0, -1, 1.5]
    assert set(sites["site_kind"]) == {"table"} and sites.crs == schema.STORAGE_CRS
    # a place that is shifted and shifted back is where it was
    back = datum.from_wgs84(sites.geometry.x, sites.geometry.y, "gcj02")
    assert np.allclose(back, [[113.6651, 113.7006, 113.6656, 113.6659], [34.7571, 34.7006, 34.7576, 34.7579]])
    assert abs(sites.geometry.x[0] - 113.6651) > 0.003
    assert found.rows == 12 == len(sites) + len(found.quarantine)
    assert found.outcome is Outcome.QUARANTINED
    schema.check(sites, "candidates")


def test_the_warning_of_no_limit_counts_only_what_nobody_said() -> None:
    found = clean.candidates(
        table(bays=["3", None, W["unlimited"], W["unknown"]], grid_kw=["0", "1", "2", "3"]),
        HENAN,
        datum="wgs84",
    )
    (warned,) = [item for item in found.findings if item.fault.code == "candidate_open"]
    assert (warned.fault.column, warned.n_rows) == ("bays", 2)
    assert found.table["grid_kw"].tolist() == [0, 1, 2, 3]
    assert found.table["name"].isna().all()


def test_made_ids_hold_when_rows_are_sorted_or_added() -> None:
    names: list[str | None] = ["P", "Q", "R"]
    raw = table(name=names)
    first = clean.candidates(raw, HENAN, datum="wgs84").table.set_index("name")["site_id"]
    turned = RawTable(
        raw.frame.iloc[::-1].reset_index(drop=True), None, None, "b.csv", None, "csv", np.arange(2, 5)
    )
    again = clean.candidates(turned, HENAN, datum="wgs84").table.set_index("name")["site_id"]
    assert first.is_unique and first.to_dict() == again.to_dict()
    other = clean.candidates(table(name=["P", "Q", "Z"]), HENAN, datum="wgs84").table["site_id"]
    assert first.to_list()[:2] == other.to_list()[:2] and first["R"] != other[2]


def test_apparent_power_in_the_header_is_said() -> None:
    for header, power in ((W["kva_header"], 2.0), (W["mva_header"], 2000.0)):
        found = clean.candidates(table(**{header: ["2"]}), HENAN, datum="wgs84")
        assert found.table["grid_kw"].tolist() == [power]
        assert [item.fault.code for item in found.findings if item.fault.column == header] == [
            "candidate_kva"
        ]


def layer(shapes: list[object], crs: str | None = "EPSG:4326") -> RawTable:
    frame = pd.DataFrame({"name": [f"s{i}" for i in range(len(shapes))]}, dtype=object)
    series = gpd.GeoSeries(np.array(shapes, dtype=object), crs=crs)
    return RawTable(frame, series, crs, "sites.gpkg", "sites", "gpkg", None)


def test_polygons_give_a_point_inside_and_lines_none() -> None:
    # the middle of this angle lies outside it
    angle = shapely.Polygon([(113, 34), (114, 34), (114, 34.1), (113.1, 34.1), (113.1, 35), (113, 35)])
    bow = shapely.Polygon([(113, 34), (114, 35), (114, 34), (113, 35)])
    line = shapely.LineString([(113, 34), (114, 34)])
    given_shapes = [angle, shapely.MultiPolygon([angle]), bow, shapely.Point(113.51234, 34.51234), line, None]
    found = clean.candidates(layer(given_shapes), HENAN, kind="village")
    assert not angle.contains(angle.centroid)
    assert found.table.geometry.iloc[0].within(angle) and found.table.geometry.iloc[1].within(angle)
    assert shapely.make_valid(bow).contains(found.table.geometry.iloc[2])
    assert found.table.geometry.iloc[3] == given_shapes[3]
    assert [(item.fault.row, item.fault.code) for item in found.findings if item.fault.row in (4, 5)] == [
        (4, "candidate_shape"),
        (5, "candidate_no_place"),
    ]
    assert found.repairs[["problem", "n_rows"]].to_numpy().tolist() == [["candidate_polygon", 3]]
    assert set(found.table["site_kind"]) == {"village"}
    assert "LINESTRING" in found.quarantine["record"].iloc[0]


def test_a_file_without_places_or_datum_is_refused() -> None:
    with pytest.raises(errors.SchemaFault, match="lat") as lacking:
        clean.candidates(sheet([{"name": "P", "lon": "113.51234"}]), HENAN, datum="wgs84")
    assert [fault.code for fault in lacking.value.faults] == ["missing_column"]
    with pytest.raises(errors.CrsFault):
        clean.candidates(table(name=["P"]), HENAN)
    with pytest.raises(errors.CrsFault):
        clean.candidates(layer([shapely.Point(113.5, 34.5)], None), HENAN)
    with pytest.raises(errors.SchemaFault) as none:
        clean.candidates(table(bays=["-1"]), HENAN, datum="wgs84")
    assert none.value.faults[0].code == "nothing_usable"
    with pytest.raises(errors.SchemaFault) as swapped:
        clean.candidates(sheet([{"lon": "34.51234", "lat": "113.51234"}]), HENAN, datum="wgs84")
    assert swapped.value.faults[0].code == "looks_swapped"


def test_a_mapping_names_a_column_that_the_lexicon_does_not_know() -> None:
    found = clean.candidates(
        table(capacity=["40"], code=["k"]),
        HENAN,
        datum="wgs84",
        mapping={"bays": "capacity", "site_id": "code"},
    )
    assert found.table[["site_id", "bays"]].to_numpy().tolist() == [["k", 40]]


CELL = st.none() | st.sampled_from(
    ["1", "-1", "0.5", "x", " 7 ", W["nothing"], W["unlimited"], "3kVA", "1e999"]
)
ROW = st.fixed_dictionaries(
    {
        "site_id": st.none() | st.sampled_from(["a", "A", "b", " b", "\ufffd"]),
        "name": st.none() | st.sampled_from(["n", "m"]),
        "lon": st.sampled_from(["113.51234", "113.61234", "34.51234", "", "0", "x"]),
        "lat": st.sampled_from(["34.51234", "33.51234", "99"]),
        "bays": CELL,
        "grid_kw": CELL,
        "cost_per_pile": CELL,
    }
)


@settings(max_examples=60)
@given(st.lists(ROW, min_size=1, max_size=8))
def test_rows_in_are_rows_accepted_and_rows_set_aside(rows: list[dict[str, str | None]]) -> None:
    good: dict[str, str | None] = {"site_id": "good", "lon": "114.01234", "lat": "34.01234"}
    raw = sheet([good, *rows])
    try:
        found = clean.candidates(raw, HENAN, datum="wgs84")
    except errors.SchemaFault as refused:
        assert refused.faults[0].code in {"mostly_outside", "looks_swapped"}
        return
    assert len(found.table) + len(found.quarantine) == len(rows) + 1
    assert found.table["site_id"].is_unique and "good" in set(found.table["site_id"])
    aside = set(found.quarantine["row"])
    assert len(aside) == len(found.quarantine)
    # every accepted number is one of the file's, and none is negative
    for name in ("bays", "grid_kw", "cost_per_pile"):
        assert (found.table[name].dropna() >= 0).all()
    for item in found.findings:
        assert item.fault.text("zh") and item.fault.text("en")
