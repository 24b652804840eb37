"""Directions, access, barriers, ferries and speeds."""

import pytest

from chargegeo import errors, roads
from chargegeo.vocab import Severity
from tests.roads.world import RULES, built, codes, edges, line, raw


def directions(tags: dict[str, str]) -> list[tuple[int, int]]:
    return edges(built(line(2), {1: ([1, 2], {"highway": "primary"} | tags)}))


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({}, [(1, 2), (2, 1)]),
        ({"oneway": "yes"}, [(1, 2)]),
        ({"oneway": "true"}, [(1, 2)]),
        ({"oneway": "1"}, [(1, 2)]),
        ({"oneway": "-1"}, [(2, 1)]),
        ({"oneway": "reverse"}, [(2, 1)]),
        ({"oneway": "no"}, [(1, 2), (2, 1)]),
        ({"oneway": "sometimes"}, [(1, 2), (2, 1)]),
        ({"junction": "roundabout"}, [(1, 2)]),
        ({"junction": "circular"}, [(1, 2)]),
        ({"highway": "motorway"}, [(1, 2)]),
        ({"highway": "motorway", "oneway": "no"}, [(1, 2), (2, 1)]),
        ({"highway": "motorway", "oneway": "-1"}, [(2, 1)]),
        ({"highway": "motorway_link"}, [(1, 2), (2, 1)]),
    ],
)
def test_directions(tags: dict[str, str], found: list[tuple[int, int]]) -> None:
    assert directions(tags) == found


def test_reversible_roads_are_left_out_and_counted() -> None:
    ways = {
        7: ([1, 2], {"highway": "primary"}),
        8: ([2, 3], {"highway": "primary", "oneway": "reversible"}),
        9: ([2, 4], {"highway": "primary", "oneway": "reversible"}),
    }
    found = built(line(4), ways)
    assert found.network.way.tolist() == [7]
    (finding,) = found.findings
    assert (finding.fault.code, finding.fault.feature, finding.n_rows) == ("roads_reversible", 8, 2)


@pytest.mark.parametrize(
    ("tags", "is_open"),
    [
        ({"access": "no"}, False),
        ({"access": "private"}, False),
        ({"access": "no", "motor_vehicle": "yes"}, True),
        ({"access": "yes", "motor_vehicle": "no"}, False),
        ({"motor_vehicle": "no", "motorcar": "yes"}, True),
        ({"vehicle": "no", "access": "yes"}, False),
        ({"access": "customers"}, True),
        ({"access": "destination"}, True),
        ({"access": "permissive"}, True),
        ({"access": "no", "motor_vehicle": "what is this"}, False),
        ({"motor_vehicle": "agricultural;forestry"}, False),
        ({"motor_vehicle": "agricultural;destination"}, True),
    ],
)
def test_the_closest_key_decides_on_access(tags: dict[str, str], is_open: bool) -> None:
    ways = {1: ([1, 2], {"highway": "service"} | tags), 2: ([2, 3], {"highway": "primary"})}
    assert (1 in built(line(3), ways).network.way) == is_open


def test_all_closed_is_an_error_that_says_so() -> None:
    with pytest.raises(errors.SchemaFault, match="None of the 1 ways"):
        built(line(2), {1: ([1, 2], {"highway": "primary", "access": "private"})})


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "block", "access": "yes"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ({"barrier": "gate"}, True),
        ({"barrier": "lift_gate", "access": "private"}, False),
        ({"barrier": "gate", "access": "private", "motorcar": "yes"}, True),
        ({"barrier": "toll_booth"}, True),
        ({"barrier": "kerb"}, True),
        ({"access": "private"}, True),
    ],
)
def test_barriers(tags: dict[str, str], passes: bool) -> None:
    ways = {1: ([1, 2, 3], {"highway": "service"}), 2: ([2, 4], {"highway": "service"})}
    found = built(line(4), ways, {2: tags})
    network = found.network
    if passes:
        assert edges(found) == [(1, 2), (2, 1), (2, 3), (2, 4), (3, 2), (4, 2)]
        assert codes(found) == []
    else:
        # three dead ends at the one place, none of them joined to another
        assert edges(found) == [(1, -1), (3, -2), (4, -3), (-1, 1), (-2, 3), (-3, 4)]
        assert [network.lon[network.node_id < 0].tolist(), network.about["barriers"]] == [[113.02] * 3, 1]
        assert network.component.max() == 2
        assert codes(found) == ["roads_barriers"]


FERRY = {
    1: ([1, 2], {"highway": "primary"}),
    2: ([2, 3, 4], {"route": "ferry"}),
    3: ([4, 5], {"highway": "primary"}),
    4: ([3, 6], {"highway": "primary"}),
}


def test_ferries_are_left_out_and_counted() -> None:
    found = built(line(6), FERRY)
    assert 2 not in found.network.way
    assert codes(found) == ["roads_ferries_out"]
    assert found.network.component.max() == 2


def test_ferries_by_rule_wait_once_a_way() -> None:
    network = built(line(6), FERRY, ferry_kmh=12.0, ferry_wait_minutes=20.0).network
    ferry = network.road_class == 15
    assert ferry.sum() == 4 and network.component.max() == 0
    metres = network.metres[ferry & network.forward].sum()
    assert network.minutes[ferry & network.forward].sum() == pytest.approx(metres / 200 + 20)
    assert network.imputed_metres[ferry].tolist() == network.metres[ferry].tolist()


@pytest.mark.parametrize(
    ("text", "kmh", "code"),
    [
        ("60", 60, None),
        (" 60 km/h", 60, None),
        ("60kmh", 60, None),
        ("60 mph", 96.56064, "road_speed_unit"),
        ("80;120", 80, "road_speed_several"),
        ("120; 80", 80, "road_speed_several"),
        ("none", 40, "road_speed_unusable"),
        ("walk", 40, "road_speed_unusable"),
        ("signals", 40, "road_speed_unusable"),
        ("0", 40, "road_speed_unusable"),
        ("-60", 40, "road_speed_unusable"),
        ("1e9", 40, "road_speed_unusable"),
        ("inf", 40, "road_speed_unusable"),
        ("600", 40, "road_speed_unusable"),
        ("CN:motorway", 40, "road_speed_unusable"),
        ("80;none", 40, "road_speed_unusable"),
        ("", 40, None),
    ],
)
def test_speeds(text: str, kmh: float, code: str | None) -> None:
    ways = {5: ([1, 2], {"highway": "secondary", "maxspeed": text})}
    found = built(line(2), ways)
    network = found.network
    assert network.minutes == pytest.approx(network.metres * 0.06 / kmh)
    assert (network.imputed_metres > 0).all() == (kmh == 40)
    assert codes(found) == ([] if code is None else [code])
    for finding in found.findings:
        assert (finding.severity, finding.fault.value, finding.fault.feature) == (Severity.REPAIR, text, 5)
        assert finding.new == pytest.approx(kmh, abs=1e-3)


def test_one_finding_for_each_wrong_speed() -> None:
    ways = {
        i: ([i, i + 1], {"highway": "secondary", "maxspeed": text})
        for i, text in enumerate(["walk", "0", "walk", "60", "walk"], 1)
    }
    found = built(line(6), ways)
    listed = [(item.fault.value, item.fault.feature, item.n_rows) for item in found.findings]
    assert sorted(listed) == [("0", 2, 1), ("walk", 1, 3)]
    for lang in ("zh", "en"):
        assert all(len(item.fault.text(lang)) > 20 for item in found.findings)


def test_speed_of_a_way_that_is_left_out_is_no_finding() -> None:
    ways = {
        1: ([1, 2], {"highway": "primary"}),
        2: ([2, 3], {"highway": "primary", "maxspeed": "walk", "access": "no"}),
    }
    assert codes(built(line(3), ways)) == []


def test_missing_nodes_cut_a_way_and_are_never_bridged() -> None:
    ways = {1: ([1, 2, 99, 3, 4], {"highway": "primary"}), 2: ([98, 4], {"highway": "primary"})}
    found = built(line(4), ways)
    assert edges(found) == [(1, 2), (2, 1), (3, 4), (4, 3)]
    assert roads.build(raw(line(4), ways), RULES).network.component.tolist() == [0, 0, 1, 1]


def test_an_unknown_direction_is_told_once_for_each_text() -> None:
    texts = ["east", " YES ", "sometimes", "east", "", "east"]
    ways = {i: ([i, i + 1], {"highway": "primary", "oneway": text}) for i, text in enumerate(texts, 1)}
    ways[6][1]["access"] = "no"
    found = built(line(7), ways)
    assert [
        (item.fault.code, item.fault.value, item.fault.feature, item.n_rows) for item in found.findings
    ] == [
        ("road_oneway_unknown", "east", 1, 2),
        ("road_oneway_unknown", "sometimes", 3, 1),
    ]
    assert edges(found) == [(1, 2), (2, 1), (2, 3), (3, 6), (6, 3)]


def test_pieces_that_are_too_long_are_counted() -> None:
    # a degree of latitude has about 111 km
    places = {1: (113.0, 34.0), 2: (113.0, 35.7), 3: (113.0, 37.6), 4: (113.0, 34.1), 5: (116.0, 34.1)}
    ways = {
        6: ([1, 2], {"highway": "primary"}),
        7: ([4, 1], {"highway": "primary"}),
        8: ([2, 99, 1], {"highway": "primary"}),
        9: ([1, 2, 3], {"highway": "primary"}),
        10: ([4, 5], {"highway": "primary"}),
        11: ([4, 5], {"highway": "footway"}),
        12: ([1, 3], {"route": "ferry"}),
    }
    found = built(places, ways, ferry_kmh=12.0, ferry_wait_minutes=20.0)
    (item,) = [item for item in found.findings if item.fault.code == "roads_long"]
    assert (item.fault.feature, item.n_rows, item.severity) == (9, 2, Severity.WARNING)
    assert item.fault.params["longest"] == pytest.approx(276, abs=2)
