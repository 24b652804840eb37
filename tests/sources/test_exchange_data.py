"""One record of each exchange format, made up, and the real files whole."""

import copy
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chargegeo import clean, region, sources

STATION: dict[str, Any] = {
    "StationID": "S1", "OperatorID": "MA0000001", "StationName": "One", "CountryCode": "CN",
    "AreaCode": "410105", "AreaCodeCountryside": "410105001000", "StationTel": "0371-1", "ServiceTel": "95598",
    "StationType": 1, "StationStatus": 50, "ParkNums": 6, "StationLng": 113.612345, "StationLat": 34.712345,
    "Construction": 11, "RatedPower": 187.5,
    "EquipmentInfos": [
        {"EquipmentID": "P1", "EquipmentType": 1, "Power": 120, "ConnectorInfos": [
            {"ConnectorID": "G1", "ConnectorType": 4, "Power": 120.0},
            {"ConnectorID": "G2", "ConnectorType": 4, "Power": 120.0}]},
        {"EquipmentID": "P2", "EquipmentType": 3, "Power": 60.5, "ConnectorInfos": [
            {"ConnectorID": "G3", "ConnectorType": 4}]},
        {"EquipmentID": "P3", "EquipmentType": 2, "ConnectorInfos": [
            {"ConnectorID": "G4", "ConnectorType": 3, "Power": 7}]},
    ],
}  # fmt: skip
LOCATION: dict[str, Any] = {
    "country_code": "CN", "party_id": "ABC", "id": "L1", "publish": True, "name": "One",
    "coordinates": {"latitude": "34.712345", "longitude": "113.612345"}, "operator": {"name": "Grid"},
    "evses": [
        {"uid": "E1", "status": "CHARGING", "connectors": [
            {"id": "1", "standard": "GBT_AC", "power_type": "AC_3_PHASE", "max_voltage": 230, "max_amperage": 32}]},
        {"uid": "E2", "status": "OUTOFORDER", "connectors": [
            {"id": "1", "standard": "GBT_DC", "power_type": "DC", "max_voltage": 500, "max_amperage": 200},
            {"id": "2", "standard": "CHAOJI", "power_type": "DC", "max_voltage": 500, "max_amperage": 400,
             "max_electric_power": 150000}]},
        {"uid": "E3", "status": "REMOVED", "connectors": []},
    ],
}  # fmt: skip
POI: dict[str, Any] = {
    "ID": 1, "UUID": "u", "UsageTypeID": 4, "StatusTypeID": 50, "NumberOfPoints": None,
    "OperatorInfo": {"Title": "Grid"},
    "AddressInfo": {"Title": "One", "Latitude": 34.712345, "Longitude": 113.612345},
    "Connections": [
        {"ID": 11, "ConnectionTypeID": 33, "CurrentTypeID": 30, "PowerKW": 120.0, "Quantity": 4},
        {"ID": 12, "ConnectionTypeID": 25, "CurrentTypeID": 20, "PowerKW": 22, "Quantity": 1},
    ],
}  # fmt: skip
WORLD = """id = "world"
name = { zh = "world", en = "world" }
bounds = [-180, -90, 180, 90]
denominators = { headline_kinds = [], expected = {} }
[crs]
storage = "EPSG:4490"
measure = "+proj=laea +lat_0=47 +lon_0=-120 +ellps=GRS80 +units=m"
official = "EPSG:4547"
[limits]
power_kw_min = 0.1
power_kw_max = 2000
coordinate_decimals_min = 2
date_min = 1990-01-01
same_site_m = 0.001
[ultra_fast]
kw = 480
high_power_kw = 250
note = "none"
[rules.ladder]
like = "henan.township_ladder"
"""


def another(record: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A copy with other values."""
    return {**copy.deepcopy(record), **changes}


def whole(path: Path, tmp_path: Path) -> tuple[sources.RawTable, clean.Cleaned]:
    (tmp_path / "world.toml").write_text(WORLD, "utf-8")
    raw = sources.read(path)
    place = region.load(str(tmp_path / "world.toml"))
    return raw, clean.stations(raw, place, datum=None, pile_list=raw.parts["piles"])


def reconcile(raw: sources.RawTable, found: clean.Cleaned, n_rows: int) -> None:
    aside = found.quarantine["sheet"].isna()
    assert len(raw.frame) == found.rows == n_rows == len(found.table) + aside.sum()
    set_aside = found.quarantine["n_piles"].fillna(0).sum()
    assert found.piles_in == found.piles["n_piles"].sum() + set_aside


def test_all_rows_of_a_state(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "registers" / "us_afdc_wa_2024.csv"
    raw, found = whole(path, tmp_path)
    reconcile(raw, found, 2252)
    cells = pd.read_csv(path, dtype=str)
    expected = {
        "dc": cells["EV DC Fast Count"].astype(float).sum(),
        "ac": cells[["EV Level1 EVSE Num", "EV Level2 EVSE Num"]].astype(float).sum().sum(),
    }
    assert found.piles.groupby("current")["n_piles"].sum().to_dict() == expected
    assert found.table["access"].value_counts().to_dict() == {"public": 2098, "private": 154}
    assert found.table["status"].eq("in_service").all()


def test_all_points_of_three_countries(shared: Path, tmp_path: Path) -> None:
    packed = shared / "data" / "registers" / "ocm_2020_us_gb_ca.jsonl.gz"
    path = tmp_path / "ocm.jsonl"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    raw, found = whole(path, tmp_path)
    assert raw.lines is not None and np.array_equal(raw.lines, np.arange(1, 4297))
    assert len(raw.parts["piles"].frame) == 6391
    reconcile(raw, found, 4296)
