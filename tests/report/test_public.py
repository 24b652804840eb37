"""What is private does not reach the public, what is not stays, and everything withheld is listed."""

import tomllib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from chargegeo import errors, labels, report, schema
from chargegeo.report import private
from chargegeo.vocab import Private
from tests.report import world

WORDS = tomllib.loads((Path(__file__).parent / "public_words.toml").read_text("utf-8"))
APPROVED = replace(world.ZH, approval_no="S(2026)012")
PHONE, PERSON = WORDS["masked_phone"], WORDS["masked_person"]
# the worked example of GB 11643 (check digit X), and the same number with another digit
IDENTITY, NOT_IDENTITY = "11010519491231002X", "110105194912310021"


def stations(**columns: list[object]) -> gpd.GeoDataFrame:
    n = len(next(iter(columns.values())))
    return world.stations(["a"] * n).assign(**columns)


def public(**columns: list[object]) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables, _ = report.public({"stations": stations(**columns)}, APPROVED)
    return tables["stations"], tables["withheld"]


# ---- refusals


def test_all_reasons_are_said_at_once() -> None:
    caption = replace(world.ZH, source=" ", synthetic=True)
    with pytest.raises(errors.StudyFault) as caught:
        report.public({}, caption, decimals=9)
    assert [fault.code for fault in caught.value.faults] == [
        "public_approval", "public_source", "public_synthetic", "public_decimals",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [None, "", "  ", "none", "S", "2026", "S(2026)"])
def test_what_is_no_approval_number_is_refused(number: str | None) -> None:
    with pytest.raises(errors.StudyFault, match="approval number"):
        report.public({}, replace(world.ZH, approval_no=number))


@pytest.mark.parametrize(
    "number", ["GS(2024)0650", "S\uff082026\u5e74\uff09012\u53f7", "\u8c6bS[2025\u5e74]018\u53f7"]
)
def test_approval_numbers(number: str) -> None:
    report.public({}, replace(world.ZH, approval_no=number))


def test_units_that_say_they_are_synthetic_are_refused() -> None:
    with pytest.raises(errors.StudyFault, match=r"[Ss]ynthetic"):
        report.public({"units": world.units().assign(synthetic=[False, True, False])}, APPROVED)


# ---- cells


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("mobile_in_name", WORDS["mobile_in_name"].replace("13912345678", PHONE)),
        ("fullwidth", WORDS["fullwidth"][:4] + PHONE),
        ("landline", WORDS["landline"].replace("0371-12345678", PHONE)),
        ("brackets", PHONE),
        ("hotline", WORDS["hotline"]),
        ("contact", WORDS["contact"].replace("\u5f20\u4f1f", PERSON)),
        ("contact_place", WORDS["contact_place"]),
        ("private_owner", WORDS["private_owner"]),
        ("station", WORDS["station"]),
    ],
)
def test_a_cell_keeps_all_but_what_is_private(key: str, shown: str) -> None:
    table, listed = _named(WORDS[key])
    assert table["name"].tolist() == ["x", shown]
    cells = listed[listed["done"] == "masked"]
    assert cells["row"].tolist() == ([] if shown == WORDS[key] else [1])
    assert cells["key"].tolist() == ([] if shown == WORDS[key] else ["00001"])


def _named(text: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables, _ = report.public({"stations": world.stations(["x", text])}, APPROVED)
    return tables["stations"], tables["withheld"]


@pytest.mark.parametrize(
    "text",
    [
        "13912345678",
        "139-1234-5678",
        "+86 139 1234 5678",
        "\uff08tel13912345678\uff09",
        "037112345678",
        "(0371) 2345678",
    ],
)
def test_phones_are_found_however_they_are_written(text: str) -> None:
    assert [kind for _, _, kind in private.spans(text)] == [Private.PHONE]


@pytest.mark.parametrize(
    "text",
    ["410105001000", "41010500100", "4001234567", "400-820-1234", "139123456789", "0.13912345678", "12912345678",
     "2024-02-29", "113.123456,34.123456", "000000001", "20240229123456", "1391234567", "G4-forward-1", "8.0371",
     NOT_IDENTITY, "12345"],
)  # fmt: skip
def test_what_only_looks_like_a_number_of_somebody_stays(text: str) -> None:
    assert list(private.spans(text)) == []


def test_an_identity_number_needs_its_check_digit_its_date_and_its_province() -> None:
    assert private.is_identity(IDENTITY) and private.is_identity(IDENTITY.lower())
    assert not private.is_identity(NOT_IDENTITY)
    assert not private.is_identity("11010519491331002X") and not private.is_identity("00010519491231002X")
    table, _ = _named(f"x{chr(0xFF1A)}{IDENTITY}")
    assert table["name"].iloc[1] == f"x{chr(0xFF1A)}{WORDS['masked_identity']}"


@given(st.integers(0, 10**17 - 1))
def test_one_check_digit_of_eleven_is_right(body: int) -> None:
    texts = [f"{body:017d}{last}" for last in "0123456789X"]
    assert sum(map(private.is_identity, texts)) <= 1


def test_names_of_private_stations_and_operators() -> None:
    made = world.stations([WORDS["private_owner_long"], WORDS["private_owner"], WORDS["brand"]])
    made = made.assign(
        access=["private", "public", "private"], operator=["\u5f20\u4f1f", WORDS["brand"], "operator"]
    )
    tables, _ = report.public({"stations": made}, APPROVED)
    names = [
        WORDS["private_owner_long"].replace("\u5f20\u4f1f", PERSON),
        WORDS["private_owner"],
        WORDS["brand"],
    ]
    assert tables["stations"]["name"].tolist() == names
    assert tables["stations"]["operator"].tolist() == [PERSON, WORDS["brand"], "operator"]


def test_an_id_that_is_a_phone_stays_the_same_id_in_all_tables() -> None:
    made = world.stations(["a", "b"]).assign(station_id=["13912345678", "410105194912310021"])
    gaps = world.gaps().assign(nearest_station_id=["13912345678", None])
    tables, _ = report.public({"stations": made, "gaps": gaps}, APPROVED)
    ids = tables["stations"]["station_id"].tolist()
    assert (
        ids == [f"{PHONE}1", "410105194912310021"] and tables["gaps"]["nearest_station_id"].iloc[0] == ids[0]
    )
    schema.check(tables["stations"], "stations")


# ---- columns


def test_columns_of_private_things_are_dropped_and_listed() -> None:
    columns: dict[str, list[object]] = {
        "StationTel": ["x"],
        "\u8054\u7cfb\u4eba\u624b\u673a2": [None], "\u8d1f\u8d23\u4eba(\u76d6\u7ae0)": ["\u5f20\u4f1f"],
        "remark": [13912345678], "found": [float("nan")], "who": ["\u6b27\u9633\u5a1c\u5a1c"], "id no": [IDENTITY],
    }  # fmt: skip
    stay: dict[str, list[object]] = {
        "hotel": ["x"],
        "\u5ba2\u670d\u7535\u8bdd": ["400-820-1234"], "\u8d1f\u8d23\u4eba\u6570": [2], "brand": [WORDS["brand"]],
        "code": ["410105001000"], "piles": [13900000000 // 10**7],
    }  # fmt: skip
    table, listed = public(**columns, **stay)
    dropped = listed[listed["done"] == "dropped"].set_index("column")["what"].astype(str).to_dict()
    assert dropped == {
        "StationTel": "phone", "\u8054\u7cfb\u4eba\u624b\u673a2": "phone", "\u8d1f\u8d23\u4eba(\u76d6\u7ae0)": "person",
        "remark": "phone", "who": "person", "id no": "identity",
    }  # fmt: skip
    assert set(table.columns) == {*world.stations(["a"]).columns, *stay, "found"}


def test_rows_as_found_do_not_reach_the_public() -> None:
    quarantine = world.quarantine().assign(record='{"tel": "13912345678"}', value="113.1234567; 500123.45")
    repairs = world.repairs().assign(old="113\u00b045\u203212.3\u2033", new="113.7534167")
    tables, _ = report.public({"quarantine": quarantine, "repairs": repairs}, APPROVED)
    mask = labels.text("public.mask.position")
    assert tables["quarantine"]["record"].tolist() == ["{}"]
    assert tables["quarantine"]["value"].tolist() == [f"113.123; {mask}"]
    assert tables["repairs"][["old", "new"]].iloc[0].tolist() == [mask, "113.753"]
    for name in ("quarantine", "repairs", "withheld"):
        schema.check(tables[name], name)


# ---- positions


@pytest.mark.parametrize(("decimals", "lon"), [(0, 113.0), (3, 113.123), (5, 113.12346)])
def test_points_are_rounded_as_set_and_it_is_said(decimals: int, lon: float) -> None:
    made = world.stations(["a", "b"]).assign(lat_raw=[34.1234567, None])
    made = made.set_geometry(gpd.GeoSeries([Point(113.1234567, 34.7654321), None], crs=made.crs))
    units = world.units().assign(seat_lon=113.1234567)
    tables, caption = report.public({"stations": made, "units": units}, APPROVED, decimals=decimals)
    assert tables["stations"].geometry.iloc[0].x == lon and tables["stations"].geometry.iloc[1] is None
    assert tables["stations"]["lat_raw"].iloc[0] == round(34.1234567, decimals)
    assert tables["units"]["seat_lon"].tolist() == [lon] * 3
    assert tables["units"].geometry.geom_equals(units.geometry).all(), "boundaries stay"
    rounded = tables["withheld"].query("done == 'rounded'")
    assert set(rounded["column"]) >= {"geometry", "lat_raw", "seat_lon"}
    assert labels.text("public.rounded", n=decimals, metres=f"{111_000 / 10**decimals:,.0f}") in caption.datum


def test_nothing_that_was_given_is_changed() -> None:
    tables = {"stations": world.stations([WORDS["mobile_in_name"]]), "quarantine": world.quarantine()}
    before = {name: table.copy() for name, table in tables.items()}
    report.public(tables, APPROVED)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(before[name]))


def test_the_caption_is_masked_too() -> None:
    _, caption = report.public({}, replace(APPROVED, author="office 13912345678"))
    assert caption.author == f"office {PHONE}"


def test_public_tables_make_a_workbook(tmp_path: Path) -> None:
    given_tables = {
        "units": world.units(), "stations": world.stations([WORDS["mobile_in_name"]]), "coverage": world.coverage(),
        "rollup": world.rollup(), "gaps": world.gaps(), "repairs": world.repairs(), "quarantine": world.quarantine(),
    }  # fmt: skip
    tables, caption = report.public(given_tables, APPROVED)
    report.workbook(tmp_path / "w.xlsx", tables, caption=caption, rule_rows=[], warnings=[])
    assert b"13912345678" not in (tmp_path / "w.xlsx").read_bytes()
