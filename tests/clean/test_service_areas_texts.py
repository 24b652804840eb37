"""What texts say of a service area."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargegeo.clean import roadside
from chargegeo.vocab import Direction
from tests.clean.service_areas_help import W

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "{0.__class__}",
    "%s%n",
    "a\x00b",
    "\u202eabc",
    "(" * 200,
]


@pytest.mark.parametrize(("text", "name"), W["names"]["pairs"])
def test_name_proper(text: str, name: str) -> None:
    assert roadside.core(text) == name


@pytest.mark.parametrize("text", W["names"]["kinds"])
def test_a_word_for_the_kind_alone_is_no_name(text: str) -> None:
    assert roadside.core(text) is None


@pytest.mark.parametrize(("text", "towards", "direction", "lies", "goes", "letter"), W["names"]["cells"])
def test_cells_of_directions(
    text: str, towards: str, direction: str, lies: str, goes: str, letter: str
) -> None:
    said = roadside.heading(text, cell=True)
    # a bare word of a direction column may be a place
    if any((towards, direction, lies, goes, letter)):
        found = (
            said.towards or "",
            str(said.direction or ""),
            said.lies or "",
            said.goes or "",
            said.letter or "",
        )
        assert found == (towards, direction, lies, goes, letter)
    else:
        assert said.direction is None and said.lies is None


@pytest.mark.parametrize(("text", "ref", "name"), W["names"]["roads"])
def test_roads(text: str, ref: str, name: str) -> None:
    found = roadside.road(text)
    assert (found.ref or "", "".join(found.names[:1])) == (ref, name)


def test_the_road_beside_is_not_the_road() -> None:
    road = roadside.road(W["g36"])
    assert (road.ref, road.named) == ("G36", False)
    assert roadside.side_of(W["luoyang"], road.names) == 1
    assert roadside.side_of(W["nanjing"], road.names) == -1
    assert roadside.side_of(W["beijing"], road.names) == 0
    assert roadside.ends(road.names, ()) == (W["nanjing"], W["luoyang"])


def test_which_way_a_road_runs() -> None:
    """From Nanjing to Luoyang, at 115.7 E 33.2 N: to the north-west."""
    east, north = roadside.runs((115.7, 33.2), (W["nanjing"], W["luoyang"]), None) or (0, 0)
    assert east < -0.7 and 0.2 < north < 0.7
    assert roadside.runs((113.5, 34), (None, None), "G45") == (0, -1)  # odd: from north to south
    assert roadside.runs((113.5, 34), (None, None), "G30") == (-1, 0)  # even: from east to west
    assert roadside.runs((113.5, 34), (None, None), "S12") is None
    assert roadside.runs((113.5, 34), (None, None), "G0321") is None


@pytest.mark.parametrize(
    ("word", "right", "left"),
    # chainage runs south: the west side serves cars that go south, where traffic keeps right
    [("west_zone", 1, -1), ("east_zone", -1, 1), ("south_zone", 0, 0), ("north_zone", 0, 0)],
)
def test_compass_side(word: str, right: int, left: int) -> None:
    said = roadside.heading(W[word], cell=True)
    assert roadside.compass(said, (0.0, -1.0), right_hand=True) == right
    assert roadside.compass(said, (0.0, -1.0), right_hand=False) == left


def test_what_lies_beside_what_goes() -> None:
    assert [roadside.beside(way, right_hand=True) for way in ("north", "east", None)] == [
        "east",
        "south",
        None,
    ]
    assert [roadside.beside(way, right_hand=False) for way in ("north", "east")] == ["west", "north"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    roadside.heading(text, cell=True), roadside.heading(text), roadside.road(text), roadside.shown(text)
    assert not isinstance(roadside.heading(text).direction, Direction)


@given(st.text(max_size=40), st.booleans())
def test_any_text_is_read_without_an_error(text: str, cell: bool) -> None:
    said = roadside.heading(text, cell=cell)
    assert said.towards is None or len(said.towards) >= 2
    assert roadside.core(text) != ""
    assert roadside.road(text).ref is None or roadside.road(text).ref[0] in "GSXY"


@given(st.text(string.ascii_uppercase, min_size=3, max_size=6), st.data())
def test_names_alike(name: str, data: st.DataObject) -> None:
    """One letter changed, left out or put in is alike; two letters changed are not."""
    from chargegeo.clean.pairing import alike

    at = data.draw(st.integers(0, len(name) - 1))
    assert alike(name, name)
    assert alike(name, name[:at] + "1" + name[at + 1 :]) and alike(name[:at] + "1" + name[at:], name)
    assert alike(name[:at] + name[at + 1 :], name)
    assert not alike(name, "12" + name[2:])
    assert not alike(name[:2], "1" + name[1])
    assert alike(name[:2], name[1::-1]) and alike("12" + name, "21" + name)
