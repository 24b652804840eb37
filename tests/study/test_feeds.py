"""An operator's feed and the advice on its datum, end to end."""

import json
from pathlib import Path

import numpy as np

from chargegeo import datum, study
from tests.study import world

STATIONS = [  # id, township, guns of each pile with kW
    ("T1", world.A, {"P1": (120.0, 2), "P2": (60.0, 1)}),
    ("T2", world.B, {"P3": (180.0, 1)}),
]


def feed() -> dict[str, object]:
    """A T/CEC 102 answer: coordinates in GCJ-02, a pile an EquipmentInfo, a gun a ConnectorInfo."""
    infos = []
    for name, town, piles in STATIONS:
        x, y = world.CORNERS[world.CODES.index(town)]
        lon, lat = datum.from_wgs84(np.array([x + 0.021]), np.array([y + 0.022]), "gcj02")
        equipment = [
            {
                "EquipmentID": pile, "EquipmentType": 1, "Power": kw,
                "ConnectorInfos": [{"ConnectorID": f"{pile}-{k}", "ConnectorType": 4} for k in range(guns)],
            }
            for pile, (kw, guns) in piles.items()
        ]  # fmt: skip
        infos.append({
            "StationID": name, "OperatorID": "123456789", "StationName": f"Station {name}", "StationType": 1,
            "StationStatus": 50, "ParkNums": 7, "StationLng": round(float(lon[0]), 6),
            "StationLat": round(float(lat[0]), 6), "AreaCodeCountryside": town + "000", "EquipmentInfos": equipment,
        })  # fmt: skip
    return {"PageNo": 1, "PageCount": 1, "ItemSize": len(infos), "StationInfos": infos}


def test_a_feed_of_an_operator_goes_the_whole_way(tmp_path: Path) -> None:
    path = world.write(tmp_path)
    (tmp_path / "feed.json").write_text(json.dumps(feed()), "utf-8")
    text = path.read_text("utf-8").replace("stations.csv", "feed.json").replace('datum = "wgs84"\n', "")
    path.write_text(text, "utf-8")
    tables = study.solve(study.load(path)).tables
    stations, coverage = tables["stations"], tables["coverage"].set_index("unit_code")
    assert stations["station_id"].tolist() == ["T1", "T2"]
    assert stations["n_piles"].tolist() == [2, 1]
    assert stations["n_guns"].tolist() == [3, 1]
    assert stations["n_bays"].tolist() == [7, 7]
    assert sorted(tables["piles"]["power_kw"]) == [60, 120, 180]
    # the datum is the format's own, converted: both stations lie in the township they state
    assert coverage.loc[[world.A, world.B], "n_stations"].tolist() == [1, 1]
    assert coverage.loc[[world.A, world.B], "rung"].tolist() == ["A4", "A4"]
    assert set(tables["quality"]["code"]) >= {"datum_converted"}


def test_a_check_of_a_feed_counts_stations_not_piles(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text(json.dumps(feed()), "utf-8")
    report = study.check(tmp_path / "feed.json", kind="stations")
    assert (report.status, report.rows, report.accepted) == ("repaired", 2, 2)


def test_a_wrong_datum_is_told_but_not_corrected(tmp_path: Path) -> None:
    """900 stations just inside the western border of their township: as GCJ-02 they would all lie outside."""
    world.write(tmp_path)
    generator = np.random.default_rng(3)
    west, south = world.CORNERS[0]
    lon = west + generator.uniform(0.0002, 0.004, 900)
    lat = south + generator.uniform(0.003, 0.047, 900)
    lines = [f"S{k},{x:.6f},{y:.6f},{world.A},1" for k, (x, y) in enumerate(zip(lon, lat, strict=True))]
    register = tmp_path / "many.csv"
    register.write_text("station_id,lon,lat,town_code,n_piles\n" + "\n".join(lines) + "\n", "utf-8")
    told = {}
    for stated in ("wgs84", "gcj02"):
        report = study.check(register, kind="stations", datum=stated, units=tmp_path / "towns.geojson")
        told[stated] = [item.fault.value for item in report.findings if item.fault.code == "datum_doubt"]
        assert report.accepted == 900
    assert told == {"wgs84": [], "gcj02": ["wgs84"]}
