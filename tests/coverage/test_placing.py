"""Which unit a station lies in: exactly one, or none."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from chargegeo import coverage
from tests.coverage.world import CODES, station, stations_tables, unit, units_table
from tests.oracles import nearest

LOW, HIGH = CODES[0], CODES[1]


def placed(shapes, where):
    """Code of each station: ``shapes`` by code (null: no boundary), ``where`` a list of (point, stated code)."""
    units = [unit(code, shape=shape, missing=shape is None) for code, shape in shapes.items()]
    frame, _, _ = stations_tables([station(point=point, town_code=code) for point, code in where])
    found = coverage.place(frame, units_table(units))
    assert found.index.equals(frame.index)
    assert found.name == "unit_code"
    return [None if pd.isna(code) else code for code in found]


def test_inside_and_outside():
    shapes = {LOW: box(0, 0, 1, 1), HIGH: box(1, 0, 2, 1)}
    assert placed(shapes, [((0.5, 0.5), None), ((1.5, 0.5), None), ((3.0, 0.5), None)]) == [LOW, HIGH, None]


def test_a_point_on_a_shared_border_lies_in_exactly_one():
    shapes = {HIGH: box(1, 0, 2, 1), LOW: box(0, 0, 1, 1)}
    border = (1.0, 0.5)
    assert placed(shapes, [(border, None), (border, HIGH), (border, LOW), (border, CODES[5])]) == [
        LOW, HIGH, LOW, LOW,
    ]  # fmt: skip


def test_the_outer_border_and_corners_belong_to_the_unit():
    assert placed({LOW: box(0, 0, 1, 1)}, [((0.0, 0.5), None), ((1.0, 1.0), None)]) == [LOW, LOW]


def test_overlap_own_code_else_lowest():
    shapes = {CODES[2]: box(0, 0, 2, 2), HIGH: box(0, 0, 2, 1), LOW: box(1, 0, 2, 2)}
    in_all, in_two = (1.5, 0.5), (0.5, 0.5)
    where = [(in_all, CODES[2]), (in_all, None), (in_two, LOW), (in_two, CODES[2]), (in_two, HIGH)]
    assert placed(shapes, where) == [CODES[2], LOW, HIGH, CODES[2], HIGH]


def test_a_hole_belongs_to_nobody_whatever_the_register_says():
    ring = Polygon(box(0, 0, 3, 3).exterior, [box(1, 1, 2, 2).exterior])
    assert placed({LOW: ring}, [((1.5, 1.5), None), ((1.5, 1.5), LOW), ((1.0, 1.5), None)]) == [
        None,
        None,
        LOW,
    ]


def test_without_coordinates_by_code():
    shapes = {LOW: box(0, 0, 1, 1), HIGH: None}
    assert placed(shapes, [(None, LOW), (None, HIGH), (None, CODES[7]), (None, None)]) == [
        LOW,
        HIGH,
        None,
        None,
    ]


def test_a_unit_without_boundary_holds_what_names_it_and_lies_nowhere_else():
    shapes = {LOW: box(0, 0, 1, 1), HIGH: None}
    assert placed(shapes, [((5.0, 5.0), HIGH), ((0.5, 0.5), HIGH), ((5.0, 5.0), None)]) == [HIGH, LOW, None]


def test_nothing_at_all():
    assert placed({LOW: box(0, 0, 1, 1)}, []) == []
    assert placed({}, [((0.5, 0.5), LOW), (None, LOW)]) == [None, None]
    assert placed({LOW: None}, [(None, LOW), ((0.5, 0.5), None)]) == [LOW, None]


# a coarse grid, so that borders, corners and overlaps are hit all the time
_boxes = st.tuples(*[st.integers(0, 3)] * 2, *[st.integers(1, 3)] * 2).map(
    lambda t: box(t[0], t[1], t[0] + t[2], t[1] + t[3])
)
_holed = st.just(Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 3, 3).exterior]))
_shapes = st.lists(st.one_of(_boxes, _boxes, _holed, st.none()), min_size=1, max_size=5)
_half = st.integers(0, 13).map(lambda n: n / 2)
_where = st.tuples(
    st.one_of(st.tuples(_half, _half), st.tuples(_half, _half), st.none()),
    st.sampled_from([*CODES[:6], None]),
)


@given(shapes=_shapes, where=st.lists(_where, max_size=12), random=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_against_loops_in_any_order(shapes, where, random):
    units = list(zip(CODES, shapes, strict=False))
    expected = [nearest.placed(point and Point(point), code, units) for point, code in where]
    assert placed(dict(units), where) == expected
    random.shuffle(units)
    turned = random.sample(range(len(where)), len(where))
    assert placed(dict(units), [where[i] for i in turned]) == [expected[i] for i in turned]


def test_by_code_a_stated_code_goes_before_the_position():
    units = units_table([unit(CODES[0]), unit(CODES[1])])
    inside_first = units.geometry.iloc[0].centroid
    rows = [
        station(point=(inside_first.x, inside_first.y), town_code=CODES[1]),
        station(point=(inside_first.x, inside_first.y), town_code=None),
        station(point=(inside_first.x, inside_first.y), town_code="999999999"),
    ]
    frame, _, _ = stations_tables(rows)
    assert coverage.place(frame, units).tolist() == [CODES[0]] * 3
    assert coverage.place(frame, units, by="code").tolist() == [CODES[1], CODES[0], CODES[0]]
