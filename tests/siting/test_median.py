"""The p-median: by hand, by trying every choice, on published graphs with their optima."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from chargegeo import siting
from chargegeo.errors import StudyFault
from chargegeo.siting import highs, lagrange, median
from chargegeo.vocab import SolveStatus
from tests.siting import distance_worlds as worlds

LINE = np.abs(np.subtract.outer(np.array([0.0, 1, 2, 10, 11]), np.array([0.0, 1, 2, 10, 11])))


# ---- by hand


def test_two_groups_on_a_line_get_a_site_each():
    """Places at km 0, 1, 2 and 10, 11: one site at 1 (cost 2), one at 10 or 11 (cost 1)."""
    found = siting.p_median(worlds.sparse(LINE), np.ones(5), p=2)
    assert (found.sites.tolist(), found.objective, found.bound) in [([1, 3], 3, 3), ([1, 4], 3, 3)]
    assert found.status == SolveStatus.OPTIMAL


def test_a_heavy_place_draws_the_site():
    """At weight 5 the place at km 0 has the site itself: cost 1 + 2 there instead of 5 + 1."""
    found = siting.p_median(worlds.sparse(LINE), [5, 1, 1, 1, 1], p=2)
    assert found.objective == 0 + 1 + 2 + 1
    assert 0 in found.sites


def test_fixed_sites_stay_and_count():
    found = siting.p_median(worlds.sparse(LINE), np.ones(5), p=2, fixed=[0])
    assert found.objective == 0 + 1 + 2 + 1
    assert found.sites[0] == 0 and len(found.sites) == 2


def test_more_fixed_sites_than_sites_is_impossible():
    found = siting.p_median(worlds.sparse(LINE), np.ones(5), p=1, fixed=[0, 1])
    assert (found.status, found.clash[0].code) == (SolveStatus.INFEASIBLE, "siting_fixed_above_p")


def test_who_has_no_site_in_reach_is_named():
    dense = LINE.copy()
    dense[[1, 4]] = np.nan
    found = siting.p_median(worlds.sparse(dense), np.ones(5), p=2)
    assert found.status == SolveStatus.INFEASIBLE
    assert [(fault.code, fault.row) for fault in found.clash] == [
        ("siting_out_of_reach", 1),
        ("siting_out_of_reach", 4),
    ]
    assert "1" in found.clash[0].text("en")


def test_too_few_sites_to_reach_all_is_proved():
    """Within 2 km it takes two sites."""
    near = np.where(LINE <= 2, LINE, np.nan)
    found = siting.p_median(worlds.sparse(near), np.ones(5), p=1)
    assert found.status == SolveStatus.INFEASIBLE
    assert found.clash[0].code == "siting_too_few_sites"
    assert found.clash[0].params["needed"] == 2


def test_who_is_not_served_can_have_a_price():
    """One site within 2 km: at km 1 it serves three at 2, the others count 5 each."""
    near = np.where(LINE <= 2, LINE, np.nan)
    found = siting.p_median(worlds.sparse(near), np.ones(5), p=1, unserved=5)
    assert (found.sites.tolist(), found.objective) == ([1], 2 + 2 * 5)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"p": 0}, ["siting_count_broken"]),
        ({"fixed": [-1, 9]}, ["siting_site_outside"]),
        ({"weight": [1, 1, -1, 1, 1]}, ["siting_number_broken"]),
        ({"weight": [1, 1], "p": 0}, ["siting_does_not_fit", "siting_count_broken"]),
        ({"unserved": np.nan}, ["siting_number_broken"]),
        ({"gap": -1.0, "time_limit": np.nan}, ["siting_number_broken"] * 2),
    ],
)
def test_impossible_questions_are_refused_with_all_their_faults(change, codes):
    asked = {"weight": np.ones(5), "p": 2, **change}
    with pytest.raises(StudyFault) as error:
        siting.p_median(worlds.sparse(LINE), asked.pop("weight"), **asked)
    assert [fault.code for fault in error.value.faults] == codes


# ---- by trying every choice


@pytest.mark.parametrize("seed", range(60))
def test_no_choice_is_better(seed):
    rng = np.random.default_rng(seed)
    dense = worlds.random_distances(rng)
    n = dense.shape[1]
    p = int(rng.integers(1, n + 1))
    fixed = rng.choice(n, int(rng.integers(0, p + 1)), replace=False) if seed % 2 else []
    weight = rng.integers(0, 5, size=len(dense)).astype(float)
    unserved = [None, 7.0][seed % 3 == 0]
    found = siting.p_median(worlds.sparse(dense), weight, p=p, fixed=fixed, unserved=unserved, gap=0.0)
    best = worlds.least_cost(dense, weight, p, fixed, unserved)
    if best is None:
        assert found.status == SolveStatus.INFEASIBLE and found.clash
        return
    assert found.status == SolveStatus.OPTIMAL
    assert found.objective == best == worlds.cost_of(dense, weight, found.sites, unserved)
    assert len(found.sites) == p and set(fixed) <= set(found.sites.tolist())


@pytest.mark.parametrize("seed", range(5))
def test_a_site_more_never_costs_more_and_a_fixed_one_never_less(seed):
    rng = np.random.default_rng(seed)
    dense = rng.random((40, 15))
    weight = rng.random(40)
    costs = [siting.p_median(worlds.sparse(dense), weight, p=p, gap=0.0).objective for p in range(1, 8)]
    assert costs == sorted(costs, reverse=True)
    held = siting.p_median(worlds.sparse(dense), weight, p=5, fixed=[3, 4], gap=0.0)
    assert held.objective >= costs[4] - 1e-12


def test_the_same_question_has_the_same_answer():
    rng = np.random.default_rng(1)
    distance, weight = worlds.sparse(rng.integers(1, 30, (60, 30)).astype(float)), rng.integers(1, 9, 60)
    first, second = (siting.p_median(distance, weight, p=6) for _ in range(2))
    assert first.sites.tolist() == second.sites.tolist()
    assert (first.objective, first.bound) == (second.objective, second.bound)


def test_without_time_a_choice_and_a_bound_are_still_told():
    rng = np.random.default_rng(2)
    distance = worlds.sparse(rng.integers(1, 1000, (40, 20)).astype(float))
    found = siting.p_median(distance, np.ones(40), p=7, time_limit=0.0, gap=0.0)
    assert len(found.sites) == 7
    assert found.bound <= siting.p_median(distance, np.ones(40), p=7, gap=0.0).objective <= found.objective


@pytest.mark.parametrize("seed", range(20))
def test_the_best_is_among_what_the_bound_leaves(seed):
    """Begun with a poor choice, exact search finds the best all the same."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(0, 60, (20, 10)).astype(float)
    world = median._world(worlds.sparse(dense), np.ones(20), np.zeros(10, dtype=bool), 3, None)
    poor = np.arange(10) < 3
    found = median._Found(poor, worlds.cost_of(dense, np.ones(20), [0, 1, 2]), -np.inf, np.zeros(20))
    bound, price, _, _ = lagrange.climb(
        world.rows, dense.min(axis=1), world.far, world.locked, (3, found.cost, 30, 1.5)
    )
    exact = median._exact(world, replace(found, bound=bound, price=price), highs.Effort(gap=0.0))
    assert exact.cost == exact.bound == worlds.least_cost(dense, np.ones(20), 3)


# ---- published


def published(shared, number):
    """Distances and p of a graph of the OR-Library, and its optimum. A repeated edge takes its last cost."""
    with zipfile.ZipFile(shared / "data" / "siting_benchmarks" / "pmed1_20.zip") as archive:
        values = np.array(archive.read(f"pmed{number}.txt").split(), dtype=np.int64)
        optima = dict(
            line.split() for line in archive.read("pmedopt.txt").decode().splitlines() if "pmed" in line
        )
    n, _, p = values[:3]
    cost = np.zeros((n, n))
    for i, j, c in values[3:].reshape(-1, 3):
        cost[i - 1, j - 1] = cost[j - 1, i - 1] = c
    return worlds.sparse(dijkstra(csr_array(cost))), int(p), float(optima[f"pmed{number}"])


@pytest.mark.parametrize("number", range(1, 21))
def test_published_optima_are_reached(shared, number):
    distance, p, optimum = published(shared, number)
    found = siting.p_median(distance, np.ones(distance.shape[0]), p=p, time_limit=2)
    assert found.objective == optimum
    assert optimum * 0.99 <= found.bound <= optimum


def test_a_bound_is_told_where_the_best_is_not_reached(shared):
    found, optima = [], []
    for number in (6, 11, 13, 18, 19):
        distance, p, optimum = published(shared, number)
        found.append(siting.p_median(distance, np.ones(distance.shape[0]), p=p, gap=0.2))
        optima.append(optimum)
    assert all(one.bound <= optimum <= one.objective for one, optimum in zip(found, optima, strict=True))
    assert any(one.objective > optimum for one, optimum in zip(found, optima, strict=True))


@pytest.mark.parametrize("number", [1, 2, 7, 12, 15])
def test_some_are_proved(shared, number):
    distance, p, optimum = published(shared, number)
    found = siting.p_median(distance, np.ones(distance.shape[0]), p=p, gap=0.0)
    assert found.bound == found.objective == optimum
