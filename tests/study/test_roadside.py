"""Along the roads of the sample: what was planted is found, on its own side, and nothing else is made up."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from chargegeo import errors, sources, study
from chargegeo.study import chargers, roadside
from tests.study import world
from tests.study.conftest import Sampled


def codes(sampled: Sampled, code: str) -> list[errors.Fault]:
    return [item.fault for item in sampled.results.findings if item.fault.code == code]


def test_every_side_is_on_its_own_carriageway(sampled: Sampled) -> None:
    found = sampled.results.tables["service_areas"].set_index("side_id")
    truth = sampled.sides.set_index("side_id")
    assert found["road_ref"].to_dict() == truth["ref"].to_dict()
    # the chainage of G5512 runs against the convention in the table, which is said once for the whole road
    said = {fault.value for fault in codes(sampled, "chainage_reversed")}
    plain = ~truth["ref"].isin({str(item) for item in said})
    assert plain.sum() > 350
    assert found.loc[plain.index[plain], "direction"].to_dict() == truth.loc[plain, "direction"].to_dict()


def test_sides_are_served_as_planted(sampled: Sampled) -> None:
    pairs = sampled.results.tables["service_area_pairs"].set_index("pair_id")["side_coverage"]
    faults = sampled.totals["service_areas"]["faults"]
    assert sorted(pairs.index[pairs == "one"]) == sorted(faults["one_sided"])
    assert sorted(pairs.index[pairs == "shared"]) == sorted(faults["shared"])
    assert (pairs == "both").sum() == 183 - len(faults["one_sided"]) - len(faults["shared"])


def test_the_published_figures_are_recomputed(sampled: Sampled) -> None:
    table = sampled.results.tables["published"]
    assert len(table) == 8 and table["agrees"].all()


def test_contradictions_between_table_and_register_are_listed(sampled: Sampled) -> None:
    sides = {fault.feature for fault in codes(sampled, "side_count_conflict")}
    assert sides == {f"{pair}-1" for pair in sampled.totals["service_areas"]["faults"]["contradiction"]}
    assert codes(sampled, "area_unmatched") == []


def test_each_side_with_piles_is_a_site_of_its_direction_near_its_chainage(sampled: Sampled) -> None:
    sites = sampled.results.tables["corridor_sites"]
    corridors = sampled.results.tables["corridors"].set_index("corridor_id")
    near = sites[sites["is_side"] & ~sites["across"]].join(
        corridors[["ref", "direction", "km"]].add_prefix("of_"), on="corridor_id"
    )
    truth = sampled.sides.set_index("side_id")
    full = truth.index[(truth["n_piles"] > 0)]
    assert set(full) <= set(near["site_id"])
    own = truth.loc[near["site_id"]]
    assert (own["ref"].to_numpy() == near["of_ref"].to_numpy()).all()
    # a ring and a road whose chainage is reversed are counted from elsewhere
    told = near[~near["of_ref"].isin(["G3001", "G5512"]) & near["corridor_id"].str.endswith("-1")]
    from_start = np.where(told["of_direction"] == "forward", told["km"], told["of_km"] - told["km"])
    off = np.abs(from_start - truth.loc[told["site_id"], "chainage_km"].to_numpy())
    assert len(told) > 300 and np.median(off) < 1.0 and (off < 3.0).mean() > 0.97


def test_a_shared_side_serves_the_other_direction_and_a_lone_one_does_not(sampled: Sampled) -> None:
    sites = sampled.results.tables["corridor_sites"]
    faults = sampled.totals["service_areas"]["faults"]
    across = set(sites["site_id"][sites["across"] & (sites["n_piles"] > 0)].str.rpartition("-")[0])
    assert across == set(faults["shared"]) | set(faults["linked"])
    assert not across & set(faults["one_sided"])


def test_gaps_of_a_corridor_add_up_to_its_length(sampled: Sampled) -> None:
    gaps = sampled.results.tables["corridor_gaps"].groupby("corridor_id")["km"].sum()
    corridors = sampled.results.tables["corridors"].set_index("corridor_id")
    pd.testing.assert_series_equal(gaps.sort_index(), corridors["km"].sort_index(), check_names=False)
    longest = sampled.results.tables["corridor_gaps"].groupby("corridor_id")["km"].max()
    pd.testing.assert_series_equal(
        longest.sort_index(), corridors["longest_gap_km"].sort_index(), check_names=False
    )


def test_expressways_have_both_directions_of_about_one_length(sampled: Sampled) -> None:
    table = sampled.results.tables["corridors"]
    roads = table[(table["road_class"] == "expressway") & (table["part"] == 1)].pivot_table(
        index="ref", columns="direction", values="km"
    )
    planned = sampled.totals["roads"]["expressway_km"]
    assert set(roads.index) == set(planned) and roads.notna().all(axis=None)
    assert (roads["forward"] / roads["backward"] - 1).abs().max() < 0.02
    share = roads["forward"] / pd.Series(planned)
    assert share.between(0.9, 1.02).mean() > 0.9, "the main path of a number is its road"


def test_a_site_rule_asks_every_side_once(sampled: Sampled) -> None:
    rules = sampled.results.tables["corridor_rules"]
    eight = rules[rules["rule"] == "henan_2022"]
    assert eight["site_id"].is_unique and len(eight) == 366
    piles = sampled.sides.set_index("side_id")["n_guns"]
    met = eight.set_index("site_id")["verdict"] == "met"
    assert (met == (piles.reindex(met.index) >= 8)).all()


def test_vehicles_and_rules_of_the_study(tmp_path: object) -> None:
    from chargegeo.study.config import Corridors

    own = Corridors(vehicles={"van": {"kwh": 60, "kwh_per_km": 0.2, "reserve": 0.2}}, rules=("nevi",))
    (van,) = roadside.vehicles(own).values()
    assert van.range_km == pytest.approx(300) and van.reserve == 0.2
    assert [rule.id for rule in roadside.rules(own)] == ["nevi"]
    with pytest.raises(errors.StudyFault, match="neither range_km nor kwh"):
        roadside.vehicles(Corridors(vehicles={"van": {"kwh": 60}}))
    with pytest.raises(errors.StudyFault, match=r"corridors\.rules.*afir_core_2025"):
        roadside.rules(Corridors(rules=("afir",)))


def test_a_study_without_service_areas_takes_those_of_the_map(sampled: Sampled, tmp_path) -> None:
    """The map of the sample holds an outline for every side; their pairs are found by position and name."""
    from chargegeo import sample

    paths = sample.write(tmp_path)
    text = paths["study"].read_text("utf-8")
    paths["study"].write_text(text[: text.index("[service_areas]")], "utf-8")
    found = study.solve(study.load(paths["study"])).tables["service_area_pairs"]
    assert (found["n_sides"] == 2).sum() >= 180


def test_roads_without_numbers_have_no_corridors(tmp_path) -> None:
    from tests.study.test_roads import write

    path = write(tmp_path)
    text = (tmp_path / "roads.geojson").read_text("utf-8").replace('"G207"', "null")
    (tmp_path / "roads.geojson").write_text(text, "utf-8")
    tables = study.solve(study.load(path)).tables
    assert "reach" in tables and not [name for name in tables if name.startswith("corridor")]
    assert world.A in set(tables["reach"]["unit_code"])


@pytest.mark.parametrize("ref", ["../../etc/x", "A 1/2", "a\\b", "", chr(0x56FD)])
def test_a_road_number_of_the_map_is_no_path(ref: str) -> None:
    from chargegeo.study.outputs import _file_name

    assert set(_file_name(ref)) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")
    assert _file_name("G4") == "G4" and _file_name(ref) != _file_name(ref + "?")


def flows(text: str) -> pd.DataFrame:
    frame = pd.DataFrame([line.split(",") for line in text.split()[1:]], columns=text.split()[0].split(","))
    raw = sources.RawTable(frame, None, None, "flow.csv", None, "csv", np.arange(2, 2 + len(frame)))
    return roadside.traffic(raw, {})


def test_traffic_is_read_as_numbers_of_vehicles() -> None:
    found = flows("from_code,to_code,flow 410100,410200,12000 410200,410100,0")
    assert found["flow"].tolist() == [12000, 0] and found["from_code"].tolist() == ["410100", "410200"]


def test_traffic_that_cannot_be_is_refused_with_every_line() -> None:
    with pytest.raises(errors.SchemaFault) as caught:
        flows("from_code,to_code,flow 410100,410200,many 410200,410100,-1 410100,410300,5")
    assert [(fault.line, fault.value) for fault in caught.value.faults] == [(2, "many"), (3, "-1")]
    with pytest.raises(errors.SchemaFault, match="lacks the column 'flow'"):
        flows("from_code,to_code,vehicles 410100,410200,1")


def test_traffic_between_other_places_is_said() -> None:
    flow = flows("from_code,to_code,flow 4101,4102,12000 410200,410100,5")
    places = pd.DataFrame({"code": ["410100", "410200"]})
    (told,) = roadside.unused_traffic(flow, places, "flow.csv")
    assert told.n_rows == 1 and "12000 vehicles a day" in told.fault.text("en")
    assert roadside.unused_traffic(flow[1:], places, "flow.csv") == []


def test_piles_of_a_side_that_serves_two_corridors_are_counted_once() -> None:
    """Four piles by the side's own table, reached from both carriageways: one group of four, not two."""
    from types import SimpleNamespace

    from chargegeo import schema

    rows = [{"site_id": "a", "is_side": True, "n_piles": 4}] * 2 + [
        {"site_id": "b", "is_side": True, "n_piles": 1}
    ]
    register = SimpleNamespace(table=schema.empty("stations"), piles=schema.empty("piles"))
    matches = pd.DataFrame({"station_id": [], "side_id": []}, dtype="object")
    known = SimpleNamespace(matched=SimpleNamespace(matches=matches))
    found = chargers.piles_of(pd.DataFrame(rows), register, known)  # type: ignore[arg-type]
    assert found[["site_id", "n_piles"]].to_numpy().tolist() == [["a", 4], ["b", 1]]
    assert found["power_kw"].isna().all()


def test_what_is_not_known_to_stand_on_a_side_is_not_known_to_be_nothing() -> None:
    """Of six sides: two piles work, five may (their status is not known), some are closed, the table says null, 3, 0.

    Two stations beside them work: one of three piles, one that says it has none.
    """
    from types import SimpleNamespace

    from chargegeo import region, schema

    stations = schema.conform(
        pd.DataFrame({
            "station_id": ["s1", "s2", "s3", "s4", "s5"], "access": "public",
            "status": ["in_service", None, "closed", "in_service", "in_service"], "n_piles": [2, 5, 4, 3, 0],
        }), "stations",
    )  # fmt: skip
    piles = schema.conform(
        pd.DataFrame({"station_id": ["s1", "s2", "s3", "s4"], "n_piles": [2, 5, 4, 3], "power_kw": 120.0}),
        "piles",
    )
    areas = schema.conform(
        pd.DataFrame({"side_id": list("abcdef"), "n_piles": [9, 9, 9, None, 3, 0], "linked": None}),
        "service_areas",
    )
    matches = pd.DataFrame({"station_id": ["s1", "s2", "s3"], "side_id": ["a", "b", "c"]}, dtype="object")
    sides = SimpleNamespace(table=areas, matched=SimpleNamespace(matches=matches))
    places = SimpleNamespace(
        station_node=np.arange(5), stations=pd.DataFrame({"leg_m": [0.0] * 5}), side_node=np.arange(6),
        sides=pd.DataFrame({"leg_m": [0.0] * 6}),
    )  # fmt: skip
    register = SimpleNamespace(table=stations, piles=piles)
    found = chargers.charging_places(places, sides, register, region.load("henan"))  # type: ignore[arg-type]
    known = dict(
        zip(
            found["site_id"],
            found["n_piles"].astype(object).where(found["n_piles"].notna(), None),
            strict=True,
        )
    )
    assert known == {"a": 2, "b": None, "c": 0, "d": None, "e": 3, "f": 0, "s4": 3, "s5": 0}
    groups = chargers.piles_of(found, register, sides)  # type: ignore[arg-type]
    assert groups.groupby("site_id")["n_piles"].sum().to_dict() == {"a": 2, "e": 3, "s4": 3}


def test_a_place_is_named_by_county_and_unit_without_saying_the_county_twice() -> None:
    squares = [box(0, 0, 1, 1), box(2, 0, 3, 1), box(4, 0, 5, 1)]
    names = {"county_name": ["Wen", "Wen", None], "name": ["Wen Town", "Old Town", "Far Town"]}
    called = roadside.names(gpd.GeoDataFrame(names, geometry=squares, crs=4490))
    found = called(np.array([0.5, 2.5, 4.5]), np.array([0.5, 0.5, 0.5]))
    assert found.tolist() == ["Wen Town", "WenOld Town", "Far Town"]
