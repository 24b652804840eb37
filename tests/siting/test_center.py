"""The p-centre: by hand, by trying every choice."""

import numpy as np
import pytest

from chargegeo import siting
from chargegeo.vocab import SolveStatus
from tests.siting import distance_worlds as worlds
from tests.siting.test_median import LINE, published


def test_two_groups_on_a_line():
    """One site in the middle of the three, one at either of the two: nobody is farther than 1."""
    found = siting.p_center(worlds.sparse(LINE), p=2)
    assert (found.objective, found.bound, found.status) == (1, 1, SolveStatus.OPTIMAL)


def test_one_site_leaves_the_far_group_far():
    found = siting.p_center(worlds.sparse(LINE), p=1)
    assert (found.sites.tolist(), found.objective) == ([2], 9)
    held = siting.p_center(worlds.sparse(LINE), p=1, fixed=[0])
    assert (held.sites.tolist(), held.objective) == ([0], 11)


def test_as_many_sites_as_asked_are_named():
    assert len(siting.p_center(worlds.sparse(LINE), p=4).sites) == 4


@pytest.mark.parametrize("seed", range(40))
def test_no_choice_is_better(seed):
    rng = np.random.default_rng(seed)
    dense = worlds.random_distances(rng)
    n = dense.shape[1]
    p = int(rng.integers(1, n + 1))
    fixed = rng.choice(n, int(rng.integers(0, p + 1)), replace=False) if seed % 2 else []
    found = siting.p_center(worlds.sparse(dense), p=p, fixed=fixed)
    best = worlds.least_farthest(dense, p, fixed)
    if best is None:
        assert found.status == SolveStatus.INFEASIBLE and found.clash
        return
    assert (found.objective, found.bound, found.status) == (best, best, SolveStatus.OPTIMAL)
    assert len(found.sites) == p and set(fixed) <= set(found.sites.tolist())


def test_a_published_graph(shared):
    """pmed1 as a p-centre: 127, from the literature on the OR-Library graphs."""
    distance, p, _ = published(shared, 1)
    found = siting.p_center(distance, p=p)
    assert (found.objective, found.bound) == (127, 127)
