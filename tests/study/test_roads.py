"""A study with roads, by hand: minutes from seat to station, the rung by road, and what is off the road."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from chargegeo import roads, sources, study
from chargegeo.errors import StudyFault
from tests.study import world

# Township A (113.9, 34.6): its seat at the west end of a road of 60 km/h, two stations along it; B above it has its
# seat on a road of its own that joins nothing. Kilometres on this latitude: 0.01 degrees of longitude are 0.918 km.
SEAT_A, SEAT_B = (113.90, 34.6167), (113.95, 34.675)
HIGHWAY = [(113.90, 34.6167), (113.95, 34.6167), (114.05, 34.6167)]
ALONE = [(113.95, 34.675), (113.96, 34.675)]


def write(folder: Path, *, more: str = "", extra: str = "") -> Path:
    path = world.write(folder, more=f'[roads]\nfile = "roads.geojson"\n{more}\n{extra}')
    lines = gpd.GeoDataFrame(
        {"highway": ["secondary", "residential"], "maxspeed": ["60", "60"], "ref": ["G207", None]},
        geometry=[shapely.LineString(HIGHWAY), shapely.LineString(ALONE)], crs="EPSG:4326",
    )  # fmt: skip
    (folder / "roads.geojson").write_text(lines.to_json(drop_id=True), "utf-8")
    towns = world.towns()
    towns["seat_lon"], towns["seat_lat"] = None, None
    for row, (lon, lat) in enumerate([SEAT_A, SEAT_B]):
        towns.loc[row, ["seat_lon", "seat_lat"]] = lon, lat
    (folder / "towns.geojson").write_text(towns.to_json(drop_id=True), "utf-8")
    return path


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> study.Results:
    return study.solve(study.load(write(tmp_path_factory.mktemp("roads"))))


def test_minutes_are_those_of_the_road_and_of_the_ways_to_it(results: study.Results) -> None:
    reach = results.tables["reach"].set_index("unit_code")
    stations = results.tables["stations"].set_index("station_id")
    first = reach.loc[world.A]
    assert first["snap"] == "snapped" and first["leg_m"] == pytest.approx(0, abs=1)
    nearest = stations.loc[first["nearest_station_id"]].geometry
    # by hand: along the parallel to below the station, then straight up to it at 15 km/h
    along = (nearest.x - SEAT_A[0]) * 91.8
    leg = abs(nearest.y - SEAT_A[1]) * 110.9
    assert first["minutes"] == pytest.approx(along + leg * 4, rel=0.01)
    assert first["km"] == pytest.approx(along + leg, rel=0.01)


def test_a_road_that_joins_nothing_reaches_no_station(results: study.Results) -> None:
    second = results.tables["reach"].set_index("unit_code").loc[world.B]
    assert second["snap"] == "snapped" or second["leg_m"] > 0
    missing = results.tables["reach"].set_index("unit_code").loc[[world.C, world.D]]
    assert (missing["snap"] == "no_position").all() and missing["minutes"].isna().all()
    assert missing["nearest_station_id"].isna().all() and missing["n_within"].isna().all()


def test_the_rung_by_road_stands_in_a_table_and_in_rows_of_its_own(results: study.Results) -> None:
    assert [rule.id for rule in results.rules] == ["township_ladder", "township_road", "county_station"]
    by_road = results.tables["road_coverage"].set_index("unit_code")
    straight = results.tables["coverage"].set_index("unit_code")
    assert straight.loc[world.A, "rung"] == "A5" and by_road.loc[world.A, "rung"] == "A5n"
    rollup = results.tables["rollup"]
    rungs = rollup[rollup["rule"] == "township_road 1"]["rung"].unique().tolist()
    assert rungs == ["A5n"], "the rungs below are those of the ladder and stand there once"
    # B has no direct-current pile, so the road decides nothing there
    assert by_road.loc[world.B, "rung"] == straight.loc[world.B, "rung"] == "A1"


def test_gaps_say_the_time_by_road_beside_the_straight_line(results: study.Results) -> None:
    gaps = results.tables["gaps"]
    reach = results.tables["reach"].set_index("unit_code")
    same = reach["minutes"].reindex(gaps["unit_code"]).to_numpy()
    pd.testing.assert_series_equal(gaps["road_minutes"], pd.Series(same), check_names=False)


def test_tables_of_roads_are_among_the_results(results: study.Results, tmp_path: Path) -> None:
    summary = results.tables["road_summary"].set_index(["road_class", "ref"])
    assert summary.index.get_level_values(0).unique().tolist() == ["national", "residential"]
    assert results.tables["isochrones"]["minutes"].tolist() == [15, 30]
    assert set(results.tables["road_lines"]["road_class"]) == {"national", "residential"}
    out = tmp_path / "out"
    found = study.run(write(tmp_path / "in"), out)
    assert found.counts["roads"]["n_components"] == 2
    for name in ("reach", "isochrones", "road_lines", "road_summary", "road_coverage"):
        assert (out / "tables" / f"{name}.parquet").exists() and (out / "tables" / f"{name}.csv").exists()
    assert "roads.geojson" in (out / "manifest.json").read_text("utf-8")


def test_a_saved_network_gives_the_same_answers(results: study.Results, tmp_path: Path) -> None:
    path = write(tmp_path)
    built = roads.build(sources.read_roads(tmp_path / "roads.geojson"), results.region.roads)
    roads.save(built.network, tmp_path / "roads.parquet")
    path.write_text(path.read_text("utf-8").replace("roads.geojson", "roads.parquet"), "utf-8")
    found = study.solve(study.load(path))
    pd.testing.assert_frame_equal(found.tables["reach"], results.tables["reach"])


def test_options_that_a_saved_network_cannot_obey_are_refused(results: study.Results, tmp_path: Path) -> None:
    path = write(tmp_path, more='layer = "roads"\ncrossings = true\n[roads.columns]\nref = "number"')
    built = roads.build(sources.read_roads(tmp_path / "roads.geojson"), results.region.roads)
    roads.save(built.network, tmp_path / "roads.parquet")
    path.write_text(path.read_text("utf-8").replace("roads.geojson", "roads.parquet"), "utf-8")
    with pytest.raises(StudyFault) as caught:
        study.solve(study.load(path))
    told = [(fault.code, fault.file, fault.value) for fault in caught.value.faults]
    assert told == [("network_option", "roads.parquet", name) for name in ("layer", "columns", "crossings")]
    assert "'crossings' under [roads]" in caught.value.faults[2].text("en")


def test_a_map_has_no_sheet(tmp_path: Path) -> None:
    with pytest.raises(StudyFault) as caught:
        study.load(write(tmp_path, more='sheet = "roads"'))
    assert [fault.code for fault in caught.value.faults] == ["entry_unknown"]
    assert "roads.sheet" in caught.value.faults[0].text("en")


def test_sections_along_roads_need_roads(tmp_path: Path) -> None:
    more = '[traffic]\nfile = "flow.csv"\n[corridors]\nwithin_km = 60\n[service_areas]\nfile = "areas.csv"'
    with pytest.raises(StudyFault) as caught:
        study.load(world.write(tmp_path, more=more))
    told = [(fault.code, fault.value) for fault in caught.value.faults]
    assert told == [
        ("study_without_roads", f"[{name}]") for name in ("service_areas", "traffic", "corridors")
    ]


def test_places_too_far_from_any_road_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path)
    text = (tmp_path / "towns.geojson").read_text("utf-8")
    (tmp_path / "towns.geojson").write_text(text.replace("34.675", "34.75"), "utf-8")
    found = study.solve(study.load(path))
    off = [item.fault for item in found.findings if item.fault.code == "off_road"]
    assert world.B in [fault.feature for fault in off]
    assert all(fault.file == "roads.geojson" and float(str(fault.value)) > 0 for fault in off)
    assert found.tables["reach"].set_index("unit_code").loc[world.B, "snap"] == "beyond_limit"


def test_without_roads_nothing_of_this_is_there(tmp_path: Path) -> None:
    found = study.solve(study.load(world.write(tmp_path)))
    assert not {"reach", "road_coverage", "isochrones"} & set(found.tables) and "roads" not in found.counts
    assert found.tables["gaps"]["road_minutes"].isna().all()


def test_a_map_of_another_place_is_said_and_every_seat_listed(tmp_path: Path) -> None:
    path = write(tmp_path)
    lines = gpd.read_file(tmp_path / "roads.geojson")
    moved = lines.set_geometry(lines.translate(-30.0, 0.0))
    (tmp_path / "roads.geojson").write_text(moved.to_json(drop_id=True), "utf-8")
    found = study.solve(study.load(path))
    told = [item.fault.code for item in found.findings]
    assert "no_seat_on_road" in told
    off = {item.fault.feature for item in found.findings if item.fault.code == "off_road"}
    assert {world.A, world.B} <= off, "also beyond what is searched"


def test_corridors_without_any_site_are_said(results: study.Results, tmp_path: Path) -> None:
    """The same road an expressway that no station may enter: its gap is its length, which says more of the map."""
    path = write(tmp_path)
    text = (tmp_path / "roads.geojson").read_text("utf-8").replace('"secondary"', '"motorway"')
    (tmp_path / "roads.geojson").write_text(text.replace("G207", "G4"), "utf-8")
    found = study.solve(study.load(path))
    assert found.tables["corridors"]["n_sites"].tolist() == [0] * len(found.tables["corridors"])
    assert "no_site_along" in [item.fault.code for item in found.findings]
    assert results.tables["corridors"]["n_sites"].any()
    assert "no_site_along" not in [item.fault.code for item in results.findings]


def test_a_saved_network_of_other_speeds_is_said(results: study.Results, tmp_path: Path) -> None:
    path = write(tmp_path)
    slow = replace(results.region.roads, speed_kmh=results.region.roads.speed_kmh | {"residential": 10.0})
    roads.save(
        roads.build(sources.read_roads(tmp_path / "roads.geojson"), slow).network, tmp_path / "r.parquet"
    )
    path.write_text(path.read_text("utf-8").replace("roads.geojson", "r.parquet"), "utf-8")
    (told,) = [
        item.fault for item in study.solve(study.load(path)).findings if item.fault.code == "other_speeds"
    ]
    assert "speed_kmh" in told.text("en")
