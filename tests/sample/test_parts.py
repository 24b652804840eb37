"""Small parts of the sample, for any chance."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo.sample import plan, register
from chargegeo.sample.roads import areas, lines, ordinary

SEEDS = st.integers(0, 2**32)


@given(n=st.integers(1, 60), least=st.integers(0, 5), more=st.integers(0, 500), seed=SEEDS)
def test_parts_add_up_to_the_published_total(n: int, least: int, more: int, seed: int) -> None:
    total = n * least + more
    parts = register._split(total, n, least, np.random.default_rng(seed))
    assert len(parts) == n
    assert parts.sum() == total
    assert parts.min() >= least


# the first call imports SciPy
@settings(deadline=None)
@given(n=st.integers(2, 60), seed=SEEDS)
def test_places_kept_are_apart(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    xy, spacing = rng.uniform(0, 1000, size=(n, 2)), rng.uniform(*plan.SPACING, size=n)
    kept = plan._apart(xy, spacing)
    assert kept[0], "the first place is never the later one"
    left, room = xy[kept], spacing[kept]
    distance = np.hypot(*(left[:, None] - left[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    assert (distance >= np.maximum(room[:, None], room[None])).all()


@given(seed=SEEDS, metres=st.floats(1, 500))
def test_two_sides_of_a_pair_lie_across_the_carriageway(seed: int, metres: float) -> None:
    rng = np.random.default_rng(seed)
    road = lines.lines_of([np.cumsum(rng.uniform(500, 900, size=(6, 2)), axis=0)])
    line, at = np.zeros(5, dtype=np.int64), rng.uniform(0, road.length[0], size=5)
    right, left = (lines.spot(road, line, at, side * metres) for side in (1, -1))
    np.testing.assert_allclose(np.hypot(*(right - left).T), 2 * metres)
    np.testing.assert_allclose((right + left) / 2, lines.along(road, line, at))


def test_right_is_south_of_a_road_to_the_east() -> None:
    road = lines.lines_of([np.array([[0.0, 0.0], [1000.0, 0.0]])])
    assert lines.spot(road, np.array([0]), np.array([400.0]), 20.0).tolist() == [[400.0, -20.0]]
    assert lines.beside(road, 15.0).xy.tolist() == [[0.0, -15.0], [1000.0, -15.0]]


def test_lines_cross_where_a_hand_finds_it() -> None:
    one = lines.lines_of([np.array([[0.0, 0.0], [100.0, 0.0], [200.0, 0.0]])])
    other = lines.lines_of(
        [np.array([[500.0, 500.0], [600.0, 600.0]]), np.array([[150.0, -30.0], [150.0, 70.0]])]
    )
    found = lines.crossings(one, other)
    assert [column.tolist() for column in found] == [[0], [150.0], [1], [30.0]]


def test_vertices_put_in_stand_in_their_order_and_once() -> None:
    one = lines.lines_of([np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([[0.0, 9.0], [0.0, 19.0]])])
    made = lines.with_more(one, np.array([1, 0, 0, 0]), np.array([4.0, 60.0, 20.0, 100.0]))
    assert made.line.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert made.xy.tolist() == [[0, 0], [20, 0], [60, 0], [100, 0], [0, 9], [0, 13], [0, 19]]
    assert made.put.tolist() == [5, 2, 1, 3]


@settings(deadline=None)
@given(n=st.integers(3, 40), seed=SEEDS)
def test_gabriel_is_what_its_definition_says(n: int, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(0, 1000, size=(n, 2))
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    expected = [
        [i, j]
        for i in range(n)
        for j in range(i + 1, n)
        if all(apart[i, k] + apart[j, k] >= apart[i, j] for k in range(n) if k not in (i, j))
    ]
    assert ordinary.gabriel(points).tolist() == expected


def test_places_spread_over_a_road() -> None:
    line, at, length = np.zeros(99, dtype=np.int64), np.arange(1.0, 100.0), np.array([100.0])
    # the middle first; then where the room to the middle is twice the room to the end
    assert at[areas._spread(3, line, at, np.arange(99), length)].tolist() == [17.0, 50.0, 83.0]
    # the township of the first holds no other
    assert at[areas._spread(2, line, at, np.repeat([0, 1], [60, 39]), length)].tolist() == [50.0, 83.0]
