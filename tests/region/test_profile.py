"""Profiles: what is built in, what is published, and how a broken one is refused."""

import datetime as dt
from pathlib import Path

import pytest

from chargegeo import errors, region

PROFILES = Path(region.__file__).parent / "profiles"


@pytest.fixture
def broken(tmp_path):
    """Load a changed copy of the profile of Henan; the faults it is refused for, by key."""

    def load(*changes: tuple[str, str]) -> dict[object, errors.Fault]:
        text = (PROFILES / "henan.toml").read_text("utf-8")
        for old, new in changes:
            assert text.count(old) >= 1
            text = text.replace(old, new, 1)
        path = tmp_path / "own.toml"
        path.write_text(text, "utf-8")
        (tmp_path / "henan_divisions.csv").write_bytes((PROFILES / "henan_divisions.csv").read_bytes())
        with pytest.raises(errors.RegionFault) as caught:
            region.load(path)
        assert {(fault.code, fault.file) for fault in caught.value.faults} == {("region_broken", str(path))}
        return {fault.value: fault for fault in caught.value.faults}

    return load


def test_built_in_regions():
    assert region.names() == ["henan", "shenzhen"]
    for name in region.names():
        assert region.load(name).id == name


def test_henan_states_its_reference_systems_and_limits():
    henan = region.load("henan")
    assert henan.crs_storage == "EPSG:4490"
    assert henan.crs_measure == "+proj=laea +lat_0=34 +lon_0=113.5 +ellps=GRS80 +units=m"
    assert henan.crs_official == "EPSG:4547"
    assert (henan.ultra_kw, henan.high_power_kw) == (480, 250)
    assert henan.limits == region.Limits(1, 1000, 4, dt.date(2009, 1, 1), 10)
    assert henan.county_variant == "tianditu" and "Tianditu" in henan.county_source
    assert "2023-06-30" in henan.source


def test_published_figures_keep_their_contradiction():
    figures = {figure.id: figure for figure in region.load("henan").published}
    expected = {
        "expressway_pairs": (183, "pair"),
        "expressway_piles": (3304, "pile"),
        "expressway_bays": (3923, "bay"),
        "expressway_ultra_piles": (368, "pile"),
        "expressway_ultra_pairs": (47, "pair"),
        "ordinary_piles": (232, "pile"),
        "ordinary_bays": (464, "bay"),
        "target_2024": (20000, "pile"),
        "result_2024": (29200, "pile"),
        "result_2024_share": (139.02, "percent"),
        "quarter_2024": (3545, "pile"),
    }
    assert {name: (figures[name].value, figures[name].unit) for name in expected} == expected
    implied = figures["result_2024"].value / figures["result_2024_share"].value * 100
    assert implied == pytest.approx(21004, abs=1)
    assert implied != pytest.approx(figures["target_2024"].value, rel=0.01)
    assert all(figure.source and figure.scope for figure in figures.values())


def test_unknown_region_lists_the_known_ones():
    for wrong in ("henna", "own.toml", Path("nowhere.toml"), "../henan"):
        with pytest.raises(errors.RegionFault) as caught:
            region.load(wrong)
        (fault,) = caught.value.faults
        assert (fault.code, fault.value) == ("unknown_region", str(wrong))
        assert fault.params["known"] == "henan, shenzhen"


def test_a_profile_of_ones_own_is_a_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text((PROFILES / "shenzhen.toml").read_text("utf-8").replace('"shenzhen"', '"own"'), "utf-8")
    own = region.load(str(path))
    assert own.id == "own"
    assert own.divisions_file is None and own.published == ()


def test_all_faults_are_reported_at_once_by_key(broken):
    faults = broken(
        ("power_kw_max = 1000", "power_kw_max = -1"),
        ("same_site_m", "same_sight_m"),
        ('fact = "status"', 'fact = "state"'),
        ('unit = "pair"', 'unit = "dozen"'),
    )
    assert set(faults) == {
        "limits.power_kw_max", "limits.same_site_m", "limits.same_sight_m",
        "rules.township_ladder.rungs.1.conditions.0.fact",
        "rules.township_road.rungs.1.conditions.0.fact", "published.0.unit",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('headline = "A0"', 'headline = "B0"', "rules.township_ladder"),
        ("at_least = 60", "at_least = 60, at_most = 90", "rules.township_ladder.rungs.3.conditions.0"),
        ('one_of = ["public"]', 'one_of = ["publik"]', "rules.township_ladder.rungs.0.conditions.0"),
        ('measure = "+proj=laea', 'measure = "EPSG:3857 +proj=laea', "crs"),
        ("bounds = [110.2", "bounds = [119.2", "toml"),
        ('host = "410104"', 'host = "410173"', "zones.410171.host"),
        ("[zones.410171]", "[zones.410179]", "zones.410171"),
        ('file = "henan_divisions.csv"', 'file = "elsewhere.csv"', "divisions.file"),
        ("[limits]", "[limits", "toml"),
    ],
)
def test_a_broken_profile_names_its_key(broken, old, new, key):
    assert key in broken((old, new))


def test_a_borrowed_rule_must_exist(tmp_path):
    path = tmp_path / "own.toml"
    text = (PROFILES / "shenzhen.toml").read_text("utf-8")
    for wrong in ("henan.no_such_rule", "nowhere.township_ladder", "shenzhen.zone_ladder"):
        path.write_text(text.replace("henan.township_ladder", wrong), "utf-8")
        with pytest.raises(errors.RegionFault) as caught:
            region.load(path)
        assert caught.value.faults[0].value == "rules.zone_ladder.like"


def test_speeds_are_those_of_the_definitions():
    roads = region.load("henan").roads
    by_hand = {
        "expressway": 100, "ramp": 40, "national": 70, "provincial": 60, "county": 50, "township": 40,
        "village": 30, "trunk": 60, "primary": 50, "secondary": 40, "tertiary": 35, "residential": 25,
        "service": 15, "track": 15, "unclassified": 30,
    }  # fmt: skip
    assert roads.speed_kmh == by_hand
    assert roads.ferry_kmh is None and roads.drive_side == "right"


def test_a_region_that_says_nothing_of_roads_takes_those_of_henan():
    assert region.load("shenzhen").roads == region.load("henan").roads


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        (("residential = 25\n", ""), "roads", "not given: residential"),
        (("ramp = 40", "ramp = 140"), "roads", "speeds must lie within speed_range_kmh"),
        (('drive_side = "right"', 'drive_side = "up"'), "roads.drive_side", "left"),
        (("access_kmh = 15", "access_kmh = 0"), "roads.access_kmh", "greater than 0"),
        (("access_kmh = 15", "access_kmh = 15\nferry_kmh = 12"), "roads", "a ferry needs both"),
        (("seat = 3000\n", ""), "roads", "not given: seat"),
        (
            ('upon = "township_ladder.A4"', 'upon = "township_ladder.A9"'),
            "rules.township_road.upon",
            "township_ladder.A9 is no rung of a rule",
        ),
    ],
)
def test_broken_roads(broken, change, key, said):
    found = broken(change)
    assert set(found) == {key} and said in found[key].text("en")
