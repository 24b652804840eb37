"""Classes by number and tag."""

from dataclasses import replace

import pytest

from chargegeo import errors, roads
from chargegeo.vocab import RoadClass
from tests.roads.world import RULES, built, line, raw


def road(highway: str, ref: str | None = None) -> tuple[str, str | None]:
    tags = {"highway": highway} | ({} if ref is None else {"ref": ref})
    network = built(line(2), {1: ([1, 2], tags)}).network
    number = network.ref[0]
    return tuple(RoadClass)[network.road_class[0]].value, None if number < 0 else network.refs[number]


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("G4", "expressway"),
        ("G30", "expressway"),
        ("G1512", "expressway"),
        ("S1", "expressway"),
        ("S88", "expressway"),
        ("S8311", "expressway"),
        ("G4W", "expressway"),
        ("G4002N", "expressway"),
        ("G107", "national"),
        ("G343", "national"),
        ("G515", "national"),
        ("S103", "provincial"),
        ("S312", "provincial"),
        ("X023", "county"),
        ("X105320125", "county"),
        ("Y001", "township"),
        ("C123410122", "village"),
    ],
)
def test_the_number_decides(ref: str, found: str) -> None:
    assert road("secondary", ref) == (found, ref)
    assert road("trunk", ref) == (found, ref)


@pytest.mark.parametrize(
    "ref", ["N14", "A1", "G", "G12345", "G107A", "GS12", "4", "X", "M-30", "G4X", "SS12"]
)
def test_a_number_of_another_system_leaves_it_to_the_tag(ref: str) -> None:
    assert road("secondary", ref) == ("secondary", ref)


@pytest.mark.parametrize(
    ("highway", "found"),
    [
        ("motorway", "expressway"),
        ("trunk", "trunk"),
        ("primary", "primary"),
        ("secondary", "secondary"),
        ("tertiary", "tertiary"),
        ("unclassified", "unclassified"),
        ("road", "unclassified"),
        ("residential", "residential"),
        ("living_street", "residential"),
        ("service", "service"),
        ("track", "track"),
        ("motorway_link", "ramp"),
        ("trunk_link", "ramp"),
        ("tertiary_link", "ramp"),
        ("residential;primary", "primary"),
    ],
)
def test_without_a_number_the_tag_decides(highway: str, found: str) -> None:
    assert road(highway) == (found, None)


def test_a_link_is_a_ramp_whatever_its_number() -> None:
    assert road("motorway_link", "G4") == ("ramp", "G4")


@pytest.mark.parametrize(
    ("ref", "found", "kept"),
    [
        ("G107;G4", "expressway", "G107;G4"),
        ("S103;G107", "national", "S103;G107"),
        ("N14;S103", "provincial", "N14;S103"),
        ("g4", "expressway", "G4"),
        (" G 4 ; g107 ;", "expressway", "G4;G107"),
        ("G107;G107", "national", "G107"),
        (b"\xef\xbc\xa7\xef\xbc\x94\xef\xbc\x9b\xef\xbc\xb3\xef\xbc\x91".decode(), "expressway", "G4;S1"),
    ],
)
def test_several_numbers_and_spellings(ref: str, found: str, kept: str) -> None:
    assert road("primary", ref) == (found, kept)


def test_what_is_no_road_stays_none_with_any_number() -> None:
    ways = {
        1: ([1, 2], {"highway": "primary"}),
        2: ([2, 3], {"highway": "construction", "ref": "G4"}),
        3: ([2, 4], {"highway": "footway"}),
    }
    network = built(line(4), ways).network
    assert network.way.tolist() == [1]
    assert network.about["ways_left_out"]["no_road"] == 2


def test_a_line_without_any_tag_is_classed_by_its_number_else_unclassified() -> None:
    ways = {1: ([1, 2], {"ref": "G4"}), 2: ([2, 3], {}), 3: ([3, 4], {"highway": "footway"})}
    for kind, expected in (
        ("lines", ["expressway", "unclassified"]),
        ("graphml", ["expressway", "unclassified"]),
    ):
        found = roads.build(replace(raw(line(4), ways), kind=kind), RULES)
        assert roads.summary(found.network).query("ref.isna()")["road_class"].tolist() == expected
        (told,) = [item for item in found.findings if item.fault.code == "roads_without_class"]
        assert told.n_rows == 1 and told.fault.feature == 2
    with pytest.raises(errors.SchemaFault, match="None of the 3 ways"):
        roads.build(replace(raw(line(4), ways), kind="osm"), RULES)
