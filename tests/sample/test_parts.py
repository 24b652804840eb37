"""Small parts of the sample, for any chance."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chargegeo.sample import plan, register

SEEDS = st.integers(0, 2**32)


@given(n=st.integers(1, 60), least=st.integers(0, 5), more=st.integers(0, 500), seed=SEEDS)
def test_parts_add_up_to_the_published_total(n: int, least: int, more: int, seed: int) -> None:
    total = n * least + more
    parts = register._split(total, n, least, np.random.default_rng(seed))
    assert len(parts) == n
    assert parts.sum() == total
    assert parts.min() >= least


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


@given(n=st.integers(0, 40), seed=SEEDS)
def test_two_sides_of_a_pair_lie_across_the_carriageway(n: int, seed: int) -> None:
    middle = np.zeros((n, 2))
    sides = register._sides(middle, np.random.default_rng(seed)).reshape(n, 2, 2)
    metres = np.hypot(*(sides[:, 0] - sides[:, 1]).T)
    assert ((metres >= register.ACROSS[0] - 1e-6) & (metres <= register.ACROSS[1] + 1e-6)).all()
    np.testing.assert_allclose(sides.sum(axis=1), 0, atol=1e-9)
