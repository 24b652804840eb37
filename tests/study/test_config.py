"""The study file: every fault at once, each with its key; thresholds and headline of the study's own."""

from pathlib import Path

import pytest

from chargegeo import errors, region, study
from chargegeo.study import config
from chargegeo.vocab import Access, BaseMap, Datum, Fact
from tests.study import world

HENAN = region.load("henan")


def faults(path: Path) -> list[tuple[str, object]]:
    with pytest.raises(errors.StudyFault) as caught:
        study.load(path)
    for lang in ("zh", "en"):
        assert str(path) in caught.value.text(lang)
    return [(fault.code, fault.params.get("key")) for fault in caught.value.faults]


def rules(tmp_path: Path, more: str) -> tuple[region.Rule, ...]:
    read = study.load(world.write(tmp_path, more=f"[rules]\n{more}"))
    return config.rules_of(read, config.region_of(read))


def number(rule: region.Rule, rung: str, fact: str) -> float | None:
    (found,) = (c for r in rule.rungs if r.id == rung for c in r.conditions if c.fact == fact)
    return found.at_most if found.at_least is None else found.at_least


def test_paths_are_taken_from_the_folder_of_the_study_file(tmp_path: Path) -> None:
    read = study.load(world.write(tmp_path / "a"))
    assert read.files() == [tmp_path / "a" / "towns.geojson", tmp_path / "a" / "stations.csv"]
    assert read.stations.datum is Datum.WGS84
    assert [read.shown(path) for path in read.files()] == ["towns.geojson", "stations.csv"]


def test_inputs_in_several_folders_are_told_apart(tmp_path: Path) -> None:
    path = world.write(tmp_path, more='[piles]\nfile = "../lists/./stations.csv"')
    read = study.load(path)
    here = tmp_path.name
    assert [read.shown(item) for item in read.files()] == [
        f"{here}/towns.geojson", f"{here}/stations.csv", "lists/stations.csv",
    ]  # fmt: skip


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = world.write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert study.load(path).study.title == "Six townships"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\ndate = 2026-06-30\nlang = "fr"\n[units]\nfile = "u.gpkg"\nmode = "lines"\nname = "x"\n'
        '[stations]\nfile = "s.csv"\ndatum = "mars"\n[rules]\nultra_kw = -1\n[extra]\n',
        "utf-8",
    )
    assert sorted(faults(path)) == [
        ("entry_above", "rules.ultra_kw"),
        ("entry_missing", "study.title"),
        ("entry_unknown", "extra"),
        ("entry_unknown", "units.name"),
        ("entry_word", "stations.datum"),
        ("entry_word", "study.lang"),
        ("entry_word", "units.mode"),
    ]


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('[study]\ntitle = "x"\ndate = 2026-06-30\n', "utf-8")
    assert faults(path) == [("entry_missing", "units"), ("entry_missing", "stations")]


def test_a_wrong_value_says_which_are_right(tmp_path: Path) -> None:
    path = world.write(tmp_path)
    path.write_text(path.read_text("utf-8").replace('"wgs84"', '"WGS 84"'), "utf-8")
    with pytest.raises(errors.StudyFault, match=r"stations\.datum .* 'WGS 84'.*gcj02"):
        study.load(path)


def test_a_base_map_is_chosen_by_its_name_and_never_with_a_key(tmp_path: Path) -> None:
    assert study.load(world.write(tmp_path)).map.base is BaseMap.NONE
    read = study.load(world.write(tmp_path, more='[map]\nbase = "tianditu"'))
    assert read.map.base is BaseMap.TIANDITU
    assert faults(world.write(tmp_path, more='[map]\nbase = "google"')) == [("entry_word", "map.base")]
    assert faults(world.write(tmp_path, more='[map]\nkey = "0123"')) == [("entry_unknown", "map.key")]


@pytest.mark.parametrize("content", [b"[study\n", b"\xff\xfe[study]", b"title = \x00", b"a = 1\na = 2\n"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    assert faults(path) == [("settings_unreadable", None)]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.MissingFile, match=r"nowhere\.toml: There is no such file"):
        study.load(tmp_path / "nowhere.toml")
    assert faults(tmp_path) == [("settings_unreadable", None)]


def test_rules_stand_as_in_the_profile_unless_the_study_says_otherwise(tmp_path: Path) -> None:
    rule, county = rules(tmp_path, "")
    assert rule == HENAN.rules["township_ladder"] and county == HENAN.rules["county_station"]


def test_thresholds_and_headline_of_the_study(tmp_path: Path) -> None:
    more = 'headline = "A3"\nthresholds = { "A3.power_kw" = 80, "A5.seat_km" = 3, "C2.station_piles" = 4 }'
    rule, county = rules(tmp_path, more)
    assert rule.headline == "A3"
    assert number(rule, "A3", Fact.POWER_KW) == 80 and number(rule, "A4", Fact.POWER_KW) == 120
    assert number(rule, "A5", Fact.SEAT_KM) == 3 and number(county, "C2", Fact.STATION_PILES) == 4
    assert number(HENAN.rules["township_ladder"], "A3", Fact.POWER_KW) == 60


def test_the_ultra_fast_threshold_of_the_study(tmp_path: Path) -> None:
    assert config.region_of(study.load(world.write(tmp_path, more="[rules]\nultra_kw = 360"))).ultra_kw == 360


def test_roads_bring_the_branch_by_road_with_the_same_thresholds(tmp_path: Path) -> None:
    more = 'thresholds = { "A3.power_kw" = 80, "A5n.seat_minutes" = 20 }\n[roads]\nfile = "map.osm"'
    rule, branch, county = rules(tmp_path, more)
    assert (branch.id, branch.headline, county.id) == ("township_road", "A5n", "county_station")
    assert number(rule, "A3", Fact.POWER_KW) == number(branch, "A3", Fact.POWER_KW) == 80
    assert number(branch, "A5n", Fact.SEAT_MINUTES) == 20


def test_without_roads_there_is_no_rung_by_road(tmp_path: Path) -> None:
    with pytest.raises(errors.StudyFault, match=r"rules\.thresholds cannot be 'A5n\.seat_minutes'"):
        rules(tmp_path, 'thresholds = { "A5n.seat_minutes" = 20 }')


@pytest.mark.parametrize("minutes", ["[]", "[0]", "[15, -1]", "[inf]", "[nan]", "[1e300]"])
def test_limits_of_time_are_positive(tmp_path: Path, minutes: str) -> None:
    more = f'[roads]\nfile = "map.osm"\nminutes = {minutes}'
    assert faults(world.write(tmp_path, more=more))[0][1] in (
        "roads.minutes",
        "roads.minutes.0",
        "roads.minutes.1",
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('headline = "A9"', r"rules\.headline cannot be 'A9'\. Known: A0, A1, A2, A3, A4, A5\."),
        ('thresholds = { "A9.power_kw" = 1 }', r"rules\.thresholds cannot be 'A9\.power_kw'.*A3\.power_kw"),
        ('thresholds = { "A0.access" = 1 }', r"rules\.thresholds cannot be 'A0\.access'.*C2\.station_piles"),
        ('unit = "ladder"', r"rules\.unit cannot be 'ladder'\. Known: township_ladder\."),
        ('unit = "county_station"', r"rules\.unit cannot be 'county_station'\. Known: township_ladder\."),
        ('county = "station"', r"rules\.county cannot be 'station'\. Known: county_station\."),
    ],
)
def test_an_unknown_rule_rung_or_threshold_lists_the_known_ones(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(errors.StudyFault, match=said):
        rules(tmp_path, more)


def test_a_region_without_a_rule_for_the_units_says_so(tmp_path: Path) -> None:
    read = study.load(world.write(tmp_path, units='kind = "zone"'))
    with pytest.raises(errors.StudyFault, match=r"units\.kind cannot be 'zone'\. Known: county, township\."):
        config.rules_of(read, HENAN)


def test_no_county_rule_beside_counties_or_when_there_is_none(tmp_path: Path) -> None:
    read = study.load(world.write(tmp_path, units='kind = "county"'))
    assert config.rules_of(read, HENAN) == (HENAN.rules["county_station"],)
    assert rules(tmp_path, 'county = ""') == (HENAN.rules["township_ladder"],)


def test_defaults_are_words_of_the_lists(tmp_path: Path) -> None:
    path = world.write(tmp_path, more='[stations.defaults]\naccess = "public"')
    assert study.load(path).stations.defaults.access is Access.PUBLIC
    path.write_text(path.read_text("utf-8").replace('access = "public"', 'access = "open"'), "utf-8")
    assert faults(path) == [("entry_word", "stations.defaults.access")]
