"""T/CEC 102, OCPI, Open Charge Map and AFDC into stations, piles and guns; every count worked by hand."""

import copy
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from chargegeo import clean, errors, region, sources
from chargegeo.sources import RawTable
from chargegeo.sources.exchange import afdc, ocpi, tcec
from chargegeo.vocab import Severity
from tests.sources.test_exchange_data import LOCATION, POI, STATION, another

HENAN = region.load("henan")


def write(path: Path, found: object) -> Path:
    path.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    return path


def lines(path: Path, found: list[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in found), "utf-8")
    return path


def refused(path: Path) -> list[errors.Fault]:
    with pytest.raises(errors.FormatFault) as caught:
        sources.read(path)
    return list(caught.value.faults)


def rows(table: RawTable) -> list[list[str | None]]:
    return table.frame.values.tolist()


def cleaned(raw: RawTable, *, datum: str | None = None) -> clean.Cleaned:
    return clean.stations(raw, HENAN, datum=datum, pile_list=raw.parts.get("piles"))


def envelope(*stations: object, **top: object) -> dict[str, object]:
    return {"PageNo": 1, "PageCount": 1, "ItemSize": len(stations), **top, "StationInfos": list(stations)}


# ---- T/CEC 102


def test_a_station_three_piles_four_guns_six_bays(tmp_path: Path) -> None:
    raw = sources.read(write(tmp_path / "a.json", envelope(STATION)))
    station = raw.frame.iloc[0].to_dict()
    assert (raw.kind, raw.datum, len(raw.frame), raw.lines) == ("tcec", "gcj02", 1, None)
    assert (station["n_piles"], station["n_guns"], station["ParkNums"]) == ("3", "4", "6")
    assert (station["StationStatus"], station["Construction"]) == ("50", "11")
    assert not any("Tel" in name for name in station)
    assert rows(raw.parts["piles"]) == [
        ["S1", "P1", "1", "1", "120", "2"],
        ["S1", "P2", "1", "3", "60.5", "1"],
        ["S1", "P3", "1", "2", "7", "1"],
    ]
    assert [row[2:4] for row in rows(raw.parts["guns"])] == [
        ["G1", "4"], ["G2", "4"], ["G3", "4"], ["G4", "3"],
    ]  # fmt: skip


def test_the_cleaner_maps_the_codes_and_takes_the_datum_of_the_format(tmp_path: Path) -> None:
    found = cleaned(sources.read(write(tmp_path / "a.json", envelope(STATION))))
    (station,) = found.table.to_dict("records")
    counts = [station[name] for name in ("n_piles", "n_guns", "n_bays")]
    assert counts == [3, 4, 6]
    assert (station["access"], station["status"], station["scene"]) == ("public", "in_service", "expressway")
    assert (station["county_code"], station["town_code"]) == ("410105", "410105001")
    kinds = found.piles.sort_values("power_kw")[["current", "power_kw", "n_piles"]].values.tolist()
    assert kinds == [["ac", 7.0, 1], ["acdc", 60.5, 1], ["dc", 120.0, 1]]
    assert abs(station["geometry"].x - STATION["StationLng"]) > 0.004
    codes = [(f.severity, f.fault.code, f.fault.value) for f in found.findings if "datum" in f.fault.code]
    assert codes[0] == (Severity.WARNING, "datum_from_format", "gcj02")


def test_the_study_goes_before_the_format(tmp_path: Path) -> None:
    raw = sources.read(write(tmp_path / "a.json", envelope(STATION)))
    found = cleaned(raw, datum="wgs84")
    assert found.table.geometry.x[0] == STATION["StationLng"]
    (warning,) = [f for f in found.findings if f.fault.code == "datum_of_format"]
    assert "gcj02" in warning.fault.text("en") and "wgs84" in warning.fault.text("en")
    assert not [f for f in cleaned(raw, datum="gcj02").findings if f.fault.code.startswith("datum_of")]


@pytest.mark.parametrize("form", ["one", "answer", "pages", "bare", "lines", "station_lines"])
def test_envelopes_pages_and_lines_give_the_same(tmp_path: Path, form: str) -> None:
    first, second = STATION, another(STATION, StationID="S2")
    pages = [envelope(first, PageCount=2, ItemSize=2), envelope(second, PageNo=2, PageCount=2, ItemSize=2)]
    path = tmp_path / "a.txt"
    made = {
        "one": lambda: write(path, envelope(first, second)),
        "answer": lambda: write(path, {"Ret": 0, "Msg": "", "Data": envelope(first, second), "Sig": "x"}),
        "pages": lambda: write(path, pages),
        "bare": lambda: write(path, [first, second]),
        "lines": lambda: lines(path, pages),
        "station_lines": lambda: lines(path, [first, second]),
    }
    raw = sources.read(made[form]())
    assert (raw.kind, raw.frame["StationID"].tolist()) == ("tcec", ["S1", "S2"])
    assert [len(raw.parts[name].frame) for name in ("piles", "guns")] == [6, 8]
    assert (None if raw.lines is None else raw.lines.tolist()) == ([1, 2] if "lines" in form else None)
    assert [f.fault.code for f in raw.findings] == ["other_name"]


@pytest.mark.parametrize("top", [{"PageCount": 3}, {"ItemSize": 9}])
def test_pages_that_are_not_there_are_told(tmp_path: Path, top: dict[str, int]) -> None:
    (finding,) = sources.read(write(tmp_path / "a.json", envelope(STATION, **top))).findings
    assert (finding.severity, finding.fault.code) == (Severity.WARNING, "feed_incomplete")
    assert finding.fault.params == {"expected": next(iter(top.values())), "present": 1}


def test_a_repeated_station_is_set_aside_with_its_piles_once(tmp_path: Path) -> None:
    again = another(STATION, StationID="s1 ", EquipmentInfos=STATION["EquipmentInfos"][:2])
    raw = sources.read(write(tmp_path / "a.json", envelope(STATION, again)))
    assert len(raw.parts["piles"].frame) == 3
    found = cleaned(raw)
    assert (len(found.table), found.piles["n_piles"].sum(), found.piles_in) == (1, 3, 5)
    assert found.quarantine["problem"].tolist() == ["duplicate_id"]


def test_what_is_not_said_is_null(tmp_path: Path) -> None:
    bare = {"StationID": 7, "StationLng": 113.612345, "StationLat": 34.712345}
    piles = {**bare, "StationID": "8", "EquipmentInfos": [{"EquipmentID": "P"}], "StationLng": 113.5123}
    none = {**bare, "StationID": "9", "EquipmentInfos": [], "StationLng": 113.4123}
    raw = sources.read(write(tmp_path / "a.json", envelope(bare, piles, none)))
    assert raw.frame["n_piles"].tolist() == [None, "1", "0"] and "n_guns" not in raw.frame.columns
    assert rows(raw.parts["piles"]) == [["8", "P", "1", None, None, None]] and "guns" not in raw.parts
    found = cleaned(raw)
    assert found.table["n_piles"].astype("object").where(lambda s: s.notna(), None).tolist() == [None, 1, 0]
    assert found.piles["power_kw"].isna().all()


def test_an_encrypted_answer_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", {"Ret": 0, "Msg": "", "Data": "il7B0BSEjFdzpyKzfOFpvg==", "Sig": "x"})
    assert refused(path)[0].code == "exchange_encrypted"


# ---- OCPI


def test_a_location_two_evses_three_connectors(tmp_path: Path) -> None:
    for found in ([LOCATION], {"data": [LOCATION], "status_code": 1000}, LOCATION):
        raw = sources.read(write(tmp_path / "a.json", found))
        assert (raw.kind, raw.datum, len(raw.frame)) == ("ocpi", "wgs84", 1)
        assert raw.frame[["n_piles", "n_guns"]].values.tolist() == [["2", "3"]]
        # 230 V x 32 A x 3 phases; 150,000 W before 500 V x 400 A
        assert rows(raw.parts["piles"]) == [
            ["L1", "E1", "1", "AC", "22.08", "1"],
            ["L1", "E2", "1", "DC", "150", "2"],
        ]
        assert [(f.fault.code, f.n_rows) for f in raw.findings] == [("evse_not_there", 1)]
    cleaned_up = cleaned(raw)
    assert cleaned_up.table["status"].tolist() == ["in_service"]
    assert cleaned_up.table["operator"].tolist() == ["Grid"]
    assert cleaned_up.table.geometry.x.tolist() == [113.612345]
    assert cleaned_up.piles["n_piles"].sum() == 2


@pytest.mark.parametrize(
    ("connector", "power"),
    [
        ({"max_voltage": 230, "max_amperage": 16, "power_type": "AC_1_PHASE"}, "3.68"),
        ({"max_voltage": 230, "max_amperage": 16, "power_type": "AC_3_PHASE"}, "11.04"),
        ({"max_voltage": 400, "max_amperage": 125, "power_type": "DC"}, "50"),
        ({"max_voltage": 400, "max_amperage": 125, "max_electric_power": 40000}, "40"),
        ({"max_voltage": 400}, None),
        ({}, None),
        ({"max_electric_power": "much"}, "much"),
        ({"max_voltage": [1], "max_amperage": 2}, "[1]"),
    ],
)
def test_power_of_a_connector(connector: dict[str, Any], power: str | None) -> None:
    assert ocpi._power(connector) == power


# ---- Open Charge Map


def test_quantities_of_a_poi(tmp_path: Path) -> None:
    for path in (write(tmp_path / "a.json", [POI]), lines(tmp_path / "b.jsonl", [POI, another(POI, ID=2)])):
        raw = sources.read(path)
        assert (raw.kind, raw.datum) == ("ocm", "wgs84")
        assert raw.frame["n_piles"][0] == "5" and "n_guns" not in raw.frame.columns
        assert rows(raw.parts["piles"])[:2] == [
            ["1", "11", "4", "CurrentTypeID 30", "120", None],
            ["1", "12", "1", "CurrentTypeID 20", "22", None],
        ]
    found = cleaned(sources.read(tmp_path / "a.json"))
    assert found.table[["access", "status", "n_piles"]].values.tolist() == [["public", "in_service", 5]]
    assert found.piles.sort_values("power_kw")["current"].tolist() == ["ac", "dc"]


def test_points_where_there_are_no_connections_and_unknown_quantities(tmp_path: Path) -> None:
    points = another(POI, ID=2, Connections=[], NumberOfPoints=3)
    unknown = another(POI, ID=3, Connections=[{"ID": 1, "Quantity": None}, {"ID": 2, "Quantity": 2}])
    raw = sources.read(write(tmp_path / "a.json", [points, unknown]))
    assert raw.frame["n_piles"].tolist() == ["3", None]
    assert raw.parts["piles"].frame["n_piles"].tolist() == [None, "2"]


# ---- AFDC


def afdc_file(path: Path, *records: dict[str, str]) -> Path:
    names = [afdc.FUEL, *afdc.STATION, afdc.LEVEL_1, afdc.LEVEL_2, "Groups With Access Code", "Station Phone"]
    base = {afdc.FUEL: "ELEC", "Longitude": "113.612345", "Latitude": "34.712345", afdc.STATUS: "E"}
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, names, restval="")
        writer.writeheader()
        writer.writerows({**base, "ID": str(i), **record} for i, record in enumerate(records))
    return path


def test_kinds_of_an_afdc_row(tmp_path: Path) -> None:
    path = afdc_file(
        tmp_path / "a.csv",
        {afdc.DC: "4", afdc.LEVEL_2: "2", afdc.LEVEL_1: "1", ACCESS: "Public - Call ahead"},
        {afdc.FUEL: "LPG"},
        {afdc.LEVEL_2: "3", ACCESS: "Private - Government only", "Longitude": "113.5123"},
        {"Longitude": "113.4123", afdc.STATUS: "T", ACCESS: "TEMPORARILY UNAVAILABLE (Public)"},
        {"Longitude": "113.3123", afdc.LEVEL_2: "two", "Station Phone": "555"},
    )
    raw = sources.read(path)
    assert (raw.kind, raw.datum) == ("afdc", "wgs84")
    assert raw.lines is not None and raw.lines.tolist() == [2, 4, 5, 6]
    assert [(f.severity, f.fault.code, f.n_rows) for f in raw.findings] == [
        (Severity.REPAIR, "other_fuel", 1)
    ]
    assert [row[:4] for row in rows(raw.parts["piles"])] == [
        ["0", None, "4", "DC"], ["0", None, "3", "AC"], ["2", None, "3", "AC"], ["4", None, "two", "AC"],
    ]  # fmt: skip
    found = cleaned(raw)
    assert found.table["access"].tolist() == ["public", "private", "public"]
    assert found.table["status"].tolist() == ["in_service", "in_service", "maintenance"]
    # the third states no number: one pile at least
    assert found.piles[["station_id", "n_piles", "current"]].sort_values(["station_id", "n_piles"])[
        "n_piles"
    ].tolist() == [3, 4, 3, 1]
    # set aside as a station and as a pile
    assert found.quarantine["station_id"].tolist() == ["4", "4"]
    assert "555" not in "".join(found.quarantine["record"])


ACCESS = "Groups With Access Code"


# ---- hostile records


def broken(path: str, value: object) -> dict[str, Any]:
    """The station with another value at a path like ``EquipmentInfos.0.Power``."""
    made: Any = copy.deepcopy(STATION)
    *way, last = path.split(".")
    inner = made
    for key in way:
        inner = inner[int(key) if key.isdigit() else key]
    inner[int(last) if last.isdigit() else last] = value
    return dict(made)


@pytest.mark.parametrize(
    ("record", "code", "column"),
    [
        (None, "exchange_object", None),
        ([STATION], "exchange_object", None),
        ("S1", "exchange_object", None),
        (broken("StationID", None), "exchange_id", "StationID"),
        (broken("StationID", "  "), "exchange_id", "StationID"),
        (broken("StationID", {"a": 1}), "exchange_id", "StationID"),
        (broken("StationID", True), "exchange_id", "StationID"),
        (broken("EquipmentInfos", {}), "exchange_array", "EquipmentInfos"),
        (broken("EquipmentInfos", "x"), "exchange_array", "EquipmentInfos"),
        (broken("EquipmentInfos.1", []), "exchange_object", "EquipmentInfos[1]"),
        (broken("EquipmentInfos.1.ConnectorInfos", 3), "exchange_array", "EquipmentInfos[1].ConnectorInfos"),
        (
            broken("EquipmentInfos.0.ConnectorInfos.1", 3),
            "exchange_object",
            "EquipmentInfos[0].ConnectorInfos[1]",
        ),
    ],
)
def test_a_broken_record_is_named_by_number_and_key(
    tmp_path: Path, record: object, code: str, column: str | None
) -> None:
    found = refused(write(tmp_path / "a.json", envelope(STATION, record)))
    assert [(f.code, f.feature, f.column) for f in found] == [(code, 1, column)]
    assert found[0].text("zh") and found[0].text("en")
    at = refused(lines(tmp_path / "b.json", [envelope(STATION), envelope(record)]))
    assert [(f.code, f.line) for f in at] == [(code, 2)]


HOSTILE = [None, True, -1, 1e300, "", " ", "x", "nan", "1e5", [], {}, [1], {"a": None}, "\ud800", "9" * 40]


@pytest.mark.parametrize("record", [STATION, LOCATION, POI])
def test_no_value_anywhere_makes_more_than_a_fault(tmp_path: Path, record: dict[str, Any]) -> None:
    """Each value of a record replaced by hostile ones: read and cleaned, or refused by name."""
    path = tmp_path / "a.json"
    for number, key in enumerate(paths(record)):
        # two for each place, in turn: each value comes at several places
        for value in (HOSTILE * 2)[number % len(HOSTILE) :][:8:4]:
            made = copy.deepcopy(record)
            inner: Any = made
            for step in key[:-1]:
                inner = inner[step]
            inner[key[-1]] = value
            path.write_text(json.dumps([record, made]), "utf-8")
            try:
                found = cleaned(sources.read(path))
            except errors.InputError as error:
                assert error.faults and path.name in str(error), (key, value)
            else:
                aside = (found.quarantine["sheet"].isna()).sum()
                assert len(found.table) + aside == 2, (key, value)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, each in inner for p in ((*before, key), *paths(each, (*before, key)))]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"StationInfos": []}', "no_rows"),
        ('{"StationInfos": [{"StationID": "a", "StationLng": NaN}]}', "json_nan"),
        ('{"StationInfos": [{"StationID": "a"}', "truncated_line"),
        ('{"StationInfos": null}', "exchange_object"),
        ('{"data": [], "status_code": 1000}', "not_geojson"),
        ('{"hello": 1}', "not_geojson"),
        ("[null, null]", "not_geojson"),
    ],
)
def test_feeds_that_hold_nothing_usable(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert refused(tmp_path / "a.json")[0].code == code


def test_a_key_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"StationID": "a", "StationID": "b", "StationLng": 1}]')
    raw = sources.read(tmp_path / "a.json")
    assert [(f.fault.code, f.fault.value) for f in raw.findings] == [("duplicate_key", "StationID")]


def test_adapters_are_pure() -> None:
    before = copy.deepcopy([STATION])
    assert tcec.tables([STATION]) == tcec.tables(before) and before == [STATION]
