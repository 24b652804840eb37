"""Annealing: a plan is worth what is said, it never ends worse, and traps that single swaps cannot leave are left."""

import itertools
import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from chargegeo.siting import kernels, maximal, mending, relation

NONE = np.empty(0, np.int64)


def question(cover: list[list[int]], weight: list[float], p: int, n: int) -> maximal.Question:
    start = np.concatenate(([0], np.cumsum([len(row) for row in cover]))).astype(np.int64)
    site = np.array([j for row in cover for j in row], np.int32)
    rows, (first, more) = relation.merged(start, site, n, np.array(weight, float), np.zeros(len(weight)))
    return maximal.Question(rows, first, more, p)


def random_question(seed: int, p: int = 6) -> maximal.Question:
    rng = np.random.default_rng(seed)
    cover = csr_array(rng.random((80, 24)) < 0.12)
    rows = [cover.indices[a:b].tolist() for a, b in itertools.pairwise(cover.indptr)]
    return question(rows, rng.integers(1, 50, 80).tolist(), p, 24)


def test_annealing_leaves_a_trap_that_swaps_cannot() -> None:
    # sites 0 and 1 split what 2 and 3 cover with more: any one swap loses, both gain (10 + 10 against 12 + 12)
    cover = [[0, 2], [0, 3], [1, 2], [1, 3], [2], [3]]
    asked = question(cover, [5, 5, 5, 5, 2, 2], 2, 4)
    trapped = mending.Plan(asked).choose(np.array([0, 1])).exchange(math.inf)
    assert (trapped.worth(), np.flatnonzero(trapped.chosen).tolist()) == (20, [0, 1])
    free = mending.Plan(asked).choose(np.array([0, 1])).annealed((math.inf, math.inf), (2000, 1.0), 0)
    assert (free.worth(), np.flatnonzero(free.chosen).tolist()) == (24, [2, 3])


@pytest.mark.parametrize("seed", range(6))
def test_the_best_plan_kept_is_worth_what_is_said(seed: int) -> None:
    asked = random_question(seed)
    begun = mending.Plan(asked).begin(NONE)
    best, value = begun.chosen.copy(), np.full(2, begun.worth())
    chance = np.random.default_rng(seed)
    lots = chance.random(500), chance.standard_exponential(500)
    asked_for = (5.0, begun.least)
    mending.annealing.anneal(begun.pairs, begun.of, begun.tally, begun.chosen, (best, value), asked_for, lots)
    assert begun.chosen.sum() == best.sum() == asked.p
    assert value[1] == pytest.approx(kernels.value(begun.of, begun.tally[0]))
    assert value[0] == pytest.approx(mending.Plan(asked).choose(np.flatnonzero(best)).worth())
    assert value[0] >= mending.Plan(asked).begin(NONE).worth()


@pytest.mark.parametrize("seed", range(3))
def test_small_worlds_end_at_the_best_of_all_plans(seed: int) -> None:
    asked = random_question(seed, p=3)
    plans = (mending.Plan(asked).choose(np.array(sites)) for sites in itertools.combinations(range(24), 3))
    best = max(plan.worth() for plan in plans)
    found = mending.Plan(asked).begin(NONE).annealed((math.inf, math.inf), (4000, 0.3), 0)
    assert found.worth() == best


@pytest.mark.parametrize("p", [0, 24])
def test_where_nothing_can_be_swapped_the_plan_stays(p: int) -> None:
    asked = random_question(0, p)
    begun = mending.Plan(asked).begin(NONE)
    worth = begun.worth()
    assert begun.annealed((math.inf, math.inf), (100, 0.1), 0).worth() == worth


def test_without_time_the_plan_stays() -> None:
    begun = mending.Plan(random_question(0)).begin(NONE).exchange(math.inf)
    assert begun.annealed((math.inf, 0.0), (10_000, 0.3), 0).chosen.tolist() == begun.chosen.tolist()
