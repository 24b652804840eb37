"""Printed maps as drawings: what stands where, how large, and that nothing lies on anything else."""

import logging
import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import PathPatch, Rectangle
from pyproj import Geod, Transformer

from chargegeo import region
from chargegeo.maps import pen
from chargegeo.maps.paper import Paper, corridor, county, furniture, looks, scenario, tables, township
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import land as lands
from chargegeo.maps.paper.frame import Frame, Rect
from chargegeo.maps.paper.pages import Pages
from chargegeo.maps.paper.placing import Board, Wish, tail
from chargegeo.maps.paper.tables import Column, Row
from tests.maps import paper_world as world

STATES = world.coverage(u410102005="uncovered", u410201005="unknown")
GAPS = [("410102005", "uncovered", "site"), ("410201005", "unknown", "status")]
LONG = "A long name of sixty letters that no county on any map has 60"
HOSTILE = ["$\\frac{1}{2}$ $x_1$", "{{7*7}}{% raw %}", "<b>bold</b>", "line\nbreak", "A\U00020bb7B", LONG]


def drawn(name: str, **more: Any) -> Pages:
    paper = more.pop("paper", world.paper())
    units = more.pop("units", world.units())
    if name == "county":
        return county.draw(units, more.get("states", STATES), paper, headline_kinds=["town"])
    if name == "gap":
        return township.draw(
            units,
            more.get("states", STATES),
            more.get("gaps", world.gaps(GAPS, units)),
            paper,
            headline_kinds=["town"],
        )
    if name == "corridor":
        return corridor.draw(*more.get("tables", world.corridors()), paper)
    return scenario.draw(units, *more.get("tables", world.scenario()), paper)


def marked(page: pen.Sheet, shape: str) -> np.ndarray:
    """Places (mm) of all points of a shape."""
    found = [np.column_stack(line.get_data()) for line in page.axes.lines if line.get_marker() == shape]
    return np.concatenate(found) if found else np.empty((0, 2))


# ---- nothing on anything else


@pytest.fixture(scope="module")
def henan() -> Paper:
    """The 157 counties of the province."""
    place = region.load("henan")
    return Paper(region.counties(place), place.crs_measure, world.CAPTION)


@pytest.mark.parametrize("size", ["A3", "A4"])
def test_names_of_157_counties_do_not_collide(henan: Paper, size: str) -> None:
    counties = henan.counties
    units = gpd.GeoDataFrame(
        {
            "unit_code": counties["county_code"] + "001", "county_code": counties["county_code"],
            "town_kind": "town", "boundary": "given",
        },
        geometry=counties.geometry,
    )  # fmt: skip
    states = pd.DataFrame({"unit_code": units["unit_code"], "state": "covered"})
    pages = county.draw(units, states, replace(henan, size=size))
    said = set(world.texts(pages, 0))
    named = sum(name in said for name in counties["county_name"])
    numbered = sum(str(number) in said for number in range(1, 158))
    assert named > (90 if size == "A3" else 55) and named + numbered >= 150
    # at most one is left out on A3, and the sheet says so
    assert size == "A4" or not pages.remarks[0] or pages.remarks[0][0].startswith("1 counties have no label")
    assert sum(words == "1/1" for words in world.texts(pages)) >= 157  # each in the index
    for sheet in pages.sheets:
        assert world.overlaps(sheet) == [] and world.outside(sheet) == []


@pytest.mark.parametrize("size", ["A3", "A4"])
@pytest.mark.parametrize("name", ["county", "gap", "corridor", "scenario"])
def test_nothing_lies_on_anything_else(name: str, size: str) -> None:
    paper = world.paper(size, title=LONG * 6, definition=LONG * 12, approximate=True)
    for sheet in drawn(name, paper=paper).sheets:
        assert world.overlaps(sheet) == [] and world.outside(sheet) == []


AT = st.tuples(st.integers(0, 100), st.integers(0, 100))


@given(st.lists(st.tuples(AT, st.integers(1, 30), st.integers(1, 8), st.booleans()), max_size=40))
def test_placed_labels_never_overlap(wishes: list[tuple[tuple[int, int], int, int, bool]]) -> None:
    """Against a look at every pair; a leader line crosses no label but its own."""
    board = Board(Rect(0, 0, 100, 100))
    found: list[tuple[shapely.Geometry, shapely.Geometry | None]] = []
    for (x, y), width, height, leader in wishes:
        wish = Wish(x, y, width, height, reach=9.0, leader=leader)
        at = board.place(wish)
        if at is not None:
            box = shapely.box(at[0] - width / 2, at[1] - height / 2, at[0] + width / 2, at[1] + height / 2)
            start = tail(wish, *at) if leader else None
            found.append((box, shapely.LineString([start, (x, y)]) if start else None))
            assert math.dist(at, (x, y)) <= 9.0 + 1e-9 and box.within(shapely.box(0, 0, 100, 100))
    for i, (box, line) in enumerate(found):
        for j, (other, _) in enumerate(found):
            assert i == j or (not box.overlaps(other) and not box.contains(other))
            assert i == j or line is None or line.intersection(other).length < 0.6


def test_who_is_asked_first_keeps_the_place_and_a_full_map_takes_no_more() -> None:
    board = Board(Rect(0, 0, 20, 20), most=9.0)
    badge = Wish(10, 10, 4, 2, leader=True)
    assert board.place(badge) == (10, 10)
    assert board.place(badge) is None  # taken, and no reach
    assert board.place(replace(badge, x=4.0)) is None  # 8 + 8 mm2 are more than 9
    assert board.place(Wish(4, 10, 4, 2)) == (4, 10)  # names without a leader do not count
    assert board.place(Wish(19, 10, 4, 2)) is None  # over the edge
    assert tail(Wish(10, 3, 4, 2), 10, 10) == (10, 9)


# ---- true to scale


def test_the_scale_bar_is_as_long_as_the_ground_under_it() -> None:
    """50 km at 1:2 000 000 are 25 mm, where a metre along the parallel is a metre on the map."""
    sheet = pen.Sheet(420, 297)
    frame = Frame(Rect(0, -200, 200, 0), 0.0, 0.0, 2e6)
    assert furniture.scale_bar(sheet, frame, (10, -100), 1.0) == 50
    parts = [item for item in sheet.axes.patches if str(item.get_gid()).startswith("bar-")]
    assert len(parts) == 4 and sum(part.get_width() for part in parts) == pytest.approx(25.0)
    furniture.scale_bar(wide := pen.Sheet(420, 297), frame, (10, -100), 1.25)
    # a km is 0.625 mm there and 50 km would be 31 mm: 20 km
    assert sum(part.get_width() for part in wide.axes.patches) == pytest.approx(12.5)
    assert [item.get_text() for item in wide.axes.texts] == ["0", "10", "20 km"]


@pytest.mark.parametrize("crs", [world.CRS, "EPSG:3857", "EPSG:4547"])
def test_the_bar_agrees_with_the_ellipsoid(crs: str) -> None:
    """In a projection that stretches too: 20 km measured on the ellipsoid are as long on the paper as the bar says."""
    paper = replace(world.paper(), crs=crs)
    land = lands.land(paper)
    frame = frames.fit(Rect(10, -200, 210, -10), land.bounds)
    sheet = pen.Sheet(420, 297)
    furniture.measure(sheet, frame, Rect(10, -200, 60, -180), crs, "en")
    parts = [item for item in sheet.axes.patches if str(item.get_gid()).startswith("bar-")]
    km = float(
        next(t.get_text() for t in sheet.axes.texts if t.get_text().endswith("km")).removesuffix(" km")
    )
    middle = Transformer.from_crs(crs, world.STORED, always_xy=True).transform(frame.x, frame.y)
    lon, lat, _ = Geod(ellps="GRS80").fwd(*middle, 90, km * 1000)
    ends = Transformer.from_crs(world.STORED, crs, always_xy=True).transform(
        [middle[0], lon], [middle[1], lat]
    )
    mm = frame.mm(np.column_stack(ends))
    assert sum(part.get_width() for part in parts) == pytest.approx(math.dist(*mm), rel=2e-3)


def test_windows_are_round_scales_and_hold_the_ground() -> None:
    """400 km on 200 mm, with 3 % free at each edge: 1:2 120 000 becomes 1:2 200 000."""
    frame = frames.fit(Rect(10, -210, 210, -10), np.array([-2e5, -1e5, 2e5, 1e5]))
    assert frame.scale == 2.2e6
    assert frame.mm(np.array([[0.0, 0.0], [2.2e4, -2.2e4]])).tolist() == [[110, -110], [120, -120]]


def test_degrees_stand_where_their_lines_are() -> None:
    """34 degrees north lie at the upper edge of the southern counties, 113.6 east in the middle."""
    pages = drawn("county")
    degrees = {
        item.get_text(): item.get_position()
        for item in pages.sheets[0].axes.texts
        if "\u00b0" in item.get_text()
    }
    assert {"113\u00b0E", "114\u00b0E", "34\u00b0N"} <= set(degrees)
    frame = frames.fit(lands.halves(_body(pages), "A3")[0], lands.land(world.paper()).bounds)
    at = Transformer.from_crs(world.STORED, world.CRS, always_xy=True).transform(113.0, 33.2)
    assert degrees["113\u00b0E"][0] == pytest.approx(frame.mm(np.array([at]))[0][0], abs=0.6)


def _body(pages: Pages) -> Rect:
    return Pages(pages.paper).add("x")[1]


# ---- text is text


@pytest.mark.parametrize("name", ["county", "gap", "corridor", "scenario"])
def test_hostile_names_are_drawn_as_they_are(name: str, caplog: pytest.LogCaptureFixture) -> None:
    codes = [f"4101020{i:02d}" for i in (3, 4, 5, 6, 7, 8)]
    units = world.units(dict(zip(codes, HOSTILE, strict=True)))
    if name == "corridor":
        roads, cuts, sites = world.corridors()
        roads["from_name"], cuts["from_name"] = HOSTILE[:2], HOSTILE[2:]
        roads["ref"] = cuts["ref"] = "$G_4$"
        roads["to_name"] = HOSTILE[4:]
        more: dict[str, Any] = {"tables": (roads, cuts, sites)}
    elif name == "scenario":
        told, sites, areas = world.scenario()
        sites = pd.concat(
            [
                sites.assign(rank=i + 1, site_id=f"N{i}", name=text, closed=text)
                for i, text in enumerate(HOSTILE)
            ]
        )
        more = {"tables": (told, sites, areas.assign(name=[HOSTILE[0], HOSTILE[2], HOSTILE[4]]))}
    else:
        more = {"units": units, "gaps": world.gaps([(code, "uncovered", "site") for code in codes], units)}
        if name == "county":
            counties = world.counties()
            counties["county_name"], counties["city_name"] = (
                [*HOSTILE[:3], LONG],
                ["{{x}}", "{{x}}", "$y$", "$y$"],
            )
            more["paper"] = Paper(counties, world.CRS, world.CAPTION)
    with caplog.at_level(logging.WARNING):
        pages = drawn(name, **more)
        pages._finish()
    said = "".join("".join(world.texts(pages)).split())
    # three counties; the second gap each way is too short to be listed
    expected = {"county": HOSTILE[:3], "corridor": HOSTILE[:3] + HOSTILE[4:]}.get(name, HOSTILE)
    for text in expected:
        assert "".join(text.replace("\U00020bb7", "[U+20BB7]").split()) in said, text
    for sheet in pages.sheets:
        assert not any(item.get_parse_math() or item.get_usetex() for item in sheet.axes.texts)
        assert world.overlaps(sheet) == [] and world.outside(sheet) == []
    if name != "county":
        assert "Charactersthatthefontlacks,drawnastheirnumbers:U+20BB7" in said
        assert ("U+20BB7",) in [record.args for record in caplog.records]


def test_the_caption_is_data_too() -> None:
    pages = drawn("county", paper=world.paper(title="$t$ <b>{x}</b>", source="{{s}}", author="$a$"))
    assert "$t$ <b>{x}</b>" in world.texts(pages)
    assert any("{{s}}" in words for words in world.texts(pages)) and any(
        "$a$" in words for words in world.texts(pages)
    )


# ---- what is shown


def test_kinds_of_null_are_told_apart() -> None:
    pages = drawn("gap")
    said = world.texts(pages, 0)
    assert "No boundary, shown at its seat: covered" in said or any("at its seat" in words for words in said)
    assert any(words.startswith("Neither boundary nor seat") for words in said)
    patches = [item for item in pages.sheets[0].axes.artists if isinstance(item, PathPatch)] or [
        item for item in pages.sheets[0].axes.patches if isinstance(item, PathPatch)
    ]
    hatches = {item.get_hatch() for item in patches}
    assert {
        looks.STATES["uncovered"].hatch,
        looks.STATES["unknown"].hatch,
        looks.APPROXIMATE.hatch,
        looks.NO_UNITS.hatch,
    } <= hatches
    assert len({(look.face, look.hatch) for look in looks.STATES.values()}) == 3
    assert (
        len(
            {look.hatch for look in [*looks.STATES.values(), looks.GAINED, looks.NO_UNITS, looks.APPROXIMATE]}
        )
        == 6
    )
    # the seat of the one without a shape, on the map
    assert len(marked(pages.sheets[0], "o")) >= 1


def test_counts_by_hand() -> None:
    """32 of the 36 units are towns: one uncovered, one unknown, so 30/32, 93.8 %."""
    said = world.texts(drawn("gap"), 0)
    assert {"30", "34", "32", "36", "93.8 %", "94.4 %"} <= set(said)
    rows = world.texts(drawn("county"), 1)
    for words in ("City 1 15/16 (93.8 %)", "7/8", "8/8", "87.5 %", "100.0 %", "City 2 15/16 (93.8 %)"):
        assert words in [" ".join(row.split()) for row in rows], words


@pytest.mark.parametrize(
    ("covered", "place"), [(100, 0), (99, 1), (90, 1), (89, 2), (75, 2), (74, 3), (50, 3), (49, 4)]
)
def test_classes_of_shares(covered: int, place: int) -> None:
    rows = pd.DataFrame({"n_units": [100, 0], "n_covered": [covered, 0]})
    assert county._classes(rows).tolist() == [place, len(looks.SHARES)]


def test_the_list_of_gaps_is_by_county_with_rank_reason_and_distances() -> None:
    said = world.texts(drawn("gap"), 1)
    heads = ["City 1 North-East: 1 uncovered, 0 unknown", "City 2 South-West: 0 uncovered, 1 unknown"]
    assert [words for words in said if words in heads] == heads
    row = said[said.index(heads[0]) + 1 :][:6]
    assert row[0] == "1" and row[1] == "Town 102005" and row[3:] == ["12,345", "7.2", "\u2013"]
    assert "18" in said and any(words.startswith("Unknown: ") for words in said)


def test_a_gap_without_a_place_is_counted_and_listed() -> None:
    pages = drawn("gap", gaps=world.gaps([(world.MISSING, "unknown", "boundary"), *GAPS]))
    assert pages.remarks[0] == [
        "1 of 3 gaps have no number on the map for lack of room or of a place; see the list."
    ]
    assert "Town 101001" in world.texts(pages, 1)


def test_sides_stand_right_of_their_carriageway() -> None:
    """East-bound the right is the south (lower on the sheet), west-bound the north; across the road the other way."""
    pages = drawn("corridor")
    frame = frames.fit(lands.halves(_body(pages), "A3")[0], lands.land(world.paper()).bounds)
    axis = frame.mm(
        np.array([Transformer.from_crs(world.STORED, world.CRS, always_xy=True).transform(113.6, 34.0)])
    )[0, 1]
    for number, sign in ((0, -1), (2, 1)):
        own = marked(pages.sheets[number], "s")
        own = own[own[:, 0] < frame.rect.right]
        across = marked(pages.sheets[number], "D")
        across = across[across[:, 0] < frame.rect.right]
        assert own[:, 1] - axis == pytest.approx(sign * corridor.ASIDE, abs=0.5)
        assert across[:, 1] - axis == pytest.approx(-sign * corridor.ASIDE, abs=0.5)
    # 20 of 97 km from the western end
    west, east = (
        Transformer.from_crs(world.STORED, world.CRS, always_xy=True).transform(x, 34.0)
        for x in (113.05, 114.1)
    )
    ends = frame.mm(np.array([west, east]))[:, 0]
    own = marked(pages.sheets[0], "s")
    own = own[own[:, 0] < frame.rect.right, 0]
    # the one at 10 km of unknown piles stands too, that at 15 km without any does not
    assert sorted(own) == pytest.approx([ends[0] + km / 97 * (ends[1] - ends[0]) for km in (10, 20)], abs=0.3)
    assert any("piles not known" in words for words in world.texts(pages, 0))


def test_only_long_gaps_are_numbered_and_listed_with_their_ends() -> None:
    pages = drawn("corridor")
    said = world.texts(pages, 0)
    assert "11  G4  70.0 km" in said and not any("12  G4" in words for words in said)
    assert "20.0\u201390.0" in said and any("Gate to" in words for words in said)
    assert not any(words == "0.0\u201320.0" for words in world.texts(pages))


def test_before_and_after() -> None:
    """One of two gaps is closed: 33/35 becomes 34/35; the site is marked on the right map only."""
    pages = drawn("scenario")
    said = world.texts(pages, 0)
    assert "Before: covered 33/35 (94.3 %)" in said and "After: covered 34/35 (97.1 %)" in said
    hatched = [item for item in pages.sheets[0].axes.patches if isinstance(item, PathPatch)]
    hatched += [item for item in pages.sheets[0].axes.artists if isinstance(item, PathPatch)]
    gained = {id(item) for item in hatched if item.get_hatch() == looks.GAINED.hatch}
    assert len(gained) == 1
    triangles = marked(pages.sheets[0], "^")
    assert (triangles[:, 0] > 210).any()
    assert {"33/35", "34/35", "New Place", "Town 102005"} <= set(world.texts(pages))


# ---- tables


def test_a_table_runs_on_and_says_so() -> None:
    pages = Pages(world.paper("A4"))
    rows = [Row(head="Group"), *(Row((f"{n}", LONG)) for n in range(200))]
    tables.write(pages, "List", [Column("No.", 10, number=True), Column("Name", 60)], rows)
    said = world.texts(pages)
    assert [words for words in said if words in {str(n) for n in range(200)}] == [str(n) for n in range(200)]
    assert said.count("Group") == 1 and said.count("Group (continued)") > 5
    for sheet in pages.sheets:
        assert world.overlaps(sheet) == [] and world.outside(sheet) == []
        heads = [item for item in sheet.axes.patches if isinstance(item, Rectangle)]
        assert heads


def test_a_table_without_rows_makes_no_page() -> None:
    pages = Pages(world.paper())
    tables.write(pages, "List", [Column("No.", 10)], [])
    assert pages.sheets == []


# ---- poor input


@pytest.mark.parametrize("name", ["county", "gap"])
def test_no_coverage_no_shapes_no_gaps(name: str) -> None:
    units = world.units()
    units["geometry"] = gpd.GeoSeries([None] * len(units), crs=world.STORED)
    nothing = STATES.iloc[:0]
    pages = drawn(name, units=units, states=nothing, gaps=world.gaps(GAPS).iloc[:0])
    assert any("0.0 %" in words for words in world.texts(pages, 0))  # all unknown, none covered


def test_a_corridor_table_of_one_direction_or_none() -> None:
    roads, cuts, sites = world.corridors()
    pages = corridor.draw(roads.iloc[:0], cuts.iloc[:0], sites.iloc[:0], world.paper())
    assert len(pages.sheets) == 2


def test_people_stand_above_the_areas_where_no_part_knows_them() -> None:
    told, sites, areas = world.scenario()
    words = world.texts(drawn("scenario", tables=(told, sites, areas)))
    assert (
        any(one.startswith("People served") for one in words) and "Cost (CNY)" in words and "34/35" in words
    )
    areas.loc[areas["level"] != "province", ["served_before", "served_after"]] = np.nan
    words = world.texts(drawn("scenario", tables=(told, sites, areas)))
    assert not any(one.startswith("People served") or "\u2013 \u2192" in one for one in words)
    assert "The whole; people served, before and after: 100 \u2192 105" in words and "All units" in words
