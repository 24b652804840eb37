"""Cover models against every choice, hand-worked cases, real optima, and what must hold for all of them."""

import json
import math
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack
from scipy.spatial.distance import cdist

from chargegeo import siting
from chargegeo.errors import ContractFault, StudyFault
from chargegeo.siting import cover_models, least, maximal, relation, saddle, verify
from chargegeo.siting.solution import Solution, gap_of
from chargegeo.vocab import SolveStatus
from tests.oracles import cover as oracle

SEEDS = st.integers(0, 2**32 - 1)


def table(rows: list[dict[int, float]], n: int) -> csr_array:
    start = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    site = np.array([s for row in rows for s in row], dtype=np.int64)
    return csr_array(
        ([v for row in rows for v in row.values()], site, start), shape=(len(rows), n), dtype=float
    )


def world(seed: int, least_sites: int = 0) -> tuple[list[dict[int, float]], int, np.random.Generator]:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 10)), int(rng.integers(1, 25))
    density = rng.uniform(0.1, 0.6)
    rows = []
    for _ in range(m):
        sites = set(np.flatnonzero(rng.random(n) < density).tolist())
        while len(sites) < min(least_sites, n):
            sites.add(int(rng.integers(n)))
        rows.append({site: float(rng.choice([0.25, 0.5, 1.0])) for site in sorted(sites)})
    return rows, n, rng


def dots(seed: int, n: int = 150, m: int = 1500, radius: float = 0.1) -> tuple[csr_array, np.ndarray]:
    rng = np.random.default_rng(seed)
    near = cdist(rng.random((m, 2)), rng.random((n, 2))) <= radius
    return csr_array(near.astype(float)), np.rint(rng.lognormal(5, 1, m))


# ---- worked by hand

# five villages; site 0 serves a b, site 1 serves b c, site 2 serves c d, site 3 serves e
LINE = [{0: 1.0}, {0: 1.0, 1: 1.0}, {1: 1.0, 2: 1.0}, {2: 1.0}, {3: 1.0}]


def test_two_stations_reach_the_most_people() -> None:
    found = siting.maximal_cover(table(LINE, 4), [5, 1, 1, 4, 3], p=2)
    assert found.sites.tolist() == [0, 2] and found.objective == 11
    assert found.bound == 11 and found.gap == 0 and found.status is SolveStatus.OPTIMAL


def test_an_existing_station_stays() -> None:
    found = siting.maximal_cover(table(LINE, 4), [5, 1, 1, 4, 3], p=2, fixed=[3])
    assert found.sites.tolist() == [0, 3] and found.objective == 9


def test_all_villages_need_three_stations() -> None:
    found = siting.set_cover(table(LINE, 4))
    assert found.sites.tolist() == [0, 2, 3] and found.objective == found.bound == 3


def test_a_dear_station_is_avoided() -> None:
    rows = [{0: 1.0, 1: 1.0}, {0: 1.0, 2: 1.0}]
    assert siting.set_cover(table(rows, 3), cost=[5, 2, 2]).sites.tolist() == [1, 2]
    assert siting.set_cover(table(rows, 3), cost=[3, 2, 2]).sites.tolist() == [0]


def test_a_village_with_one_station_in_reach_has_no_backup() -> None:
    found = siting.set_cover(table(LINE, 4), times=2)
    assert found.status is SolveStatus.INFEASIBLE and math.isnan(found.gap) and len(found.sites) == 0
    assert found.clash[0].value == [0, 3, 4]
    assert "0, 3, 4" in found.clash[0].text("en") and "3" in found.clash[0].text("zh")


def test_backup_counts_the_second_station() -> None:
    rows = [{0: 1.0, 1: 1.0}, {2: 1.0}]
    assert siting.maximal_cover(table(rows, 3), [10, 4], p=2).sites.tolist() == [0, 2]
    both = siting.maximal_cover(table(rows, 3), [10, 4], p=2, backup=[5, 0])
    assert both.sites.tolist() == [0, 1] and both.objective == 15


def test_half_of_the_people_go_further() -> None:
    rows = [{0: 1.0, 1: 0.5}, {1: 0.5, 2: 1.0}]
    found = siting.gradual_cover(table(rows, 3), [10, 8], p=1)
    assert found.sites.tolist() == [0] and found.objective == 10
    assert siting.gradual_cover(table(rows, 3), [10, 12], p=1).objective == 12
    rows = [{0: 1.0, 1: 0.75}, {1: 0.75, 2: 1.0}]
    assert siting.gradual_cover(table(rows, 3), [10, 8], p=1).objective == 13.5


def test_a_full_station_sends_people_on() -> None:
    """Site 0 reaches both villages but holds 6; site 1 reaches the second and holds 3; site 2 the first and holds 2."""
    rows = [{0: 1.0, 2: 1.0}, {0: 1.0, 1: 1.0}]
    found = siting.capacitated_cover(table(rows, 3), [5, 4], [6, 3, 2], p=2)
    assert found.sites.tolist() == [0, 1] and found.objective == 9 == found.bound
    assert siting.capacitated_cover(table(rows, 3), [5, 4], [6, 3, 2], p=2, fixed=[2]).objective == 8
    late = siting.capacitated_cover(table(rows, 3), [5, 4], [6, 3, 2], p=2, time_limit=0)
    assert late.status in (SolveStatus.TIME_OUT, SolveStatus.FEASIBLE, SolveStatus.OPTIMAL)
    few = siting.capacitated_cover(table(rows, 3), [5, 4], [6, 3, 2], p=1, fixed=[0, 2])
    assert few.status is SolveStatus.INFEASIBLE


def test_more_fixed_than_allowed_is_infeasible() -> None:
    found = siting.maximal_cover(table(LINE, 4), np.ones(5), p=1, fixed=[0, 3])
    assert found.status is SolveStatus.INFEASIBLE and found.clash[0].code == "siting_fixed_above_p"


def test_no_time_is_kept_for_a_solver_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 seconds half are kept for HiGHS where it may close the rest, and none where that is too large.

    The search for a cover ends after half of them, so that there is time for a bound.
    """
    cover, ends, climb, weighed = dots(3)[0], [], saddle.climb, least._weighed
    searched = []
    cover = cover[np.diff(cover.indptr) > 0]

    def seen(*given: Any) -> Any:
        ends.append(given[-1].until)
        return climb(*given)

    monkeypatch.setattr(saddle, "climb", seen)
    monkeypatch.setattr(least, "_weighed", lambda *given: searched.append(given[-1]) or weighed(*given))
    for pairs, part in ((least.EXACT_PAIRS, 50), (0, 100)):
        monkeypatch.setattr(least, "EXACT_PAIRS", pairs)
        begun = perf_counter()
        siting.set_cover(cover, time_limit=100)
        assert ends.pop() - begun == pytest.approx(part, abs=5)
        assert searched.pop() - begun == pytest.approx(50, abs=5)


def test_nothing_to_choose() -> None:
    assert siting.maximal_cover(table(LINE, 4), np.ones(5), p=0).objective == 0
    assert siting.maximal_cover(table(LINE, 4), np.zeros(5), p=2).sites.tolist() == []
    assert siting.maximal_cover(table(LINE, 4), np.ones(5), p=9).objective == 5
    assert siting.set_cover(table([], 3)).sites.tolist() == []
    assert siting.set_cover(table(LINE, 4), fixed=[1, 3]).sites.tolist() == [0, 1, 2, 3]


def test_the_gap_of_nothing_is_infinite() -> None:
    assert gap_of(0.0, 0.0) == 0 and gap_of(0.0, 2.0) == math.inf and math.isnan(gap_of(math.nan, 1.0))
    assert gap_of(100.0, 101.0) == 0.01


# ---- every choice


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_maximal_cover_is_the_best_of_all_choices(seed: int) -> None:
    rows, n, rng = world(seed)
    weight = rng.integers(0, 9, len(rows)) * rng.choice([1.0, 0.7])
    backup = weight * rng.choice([0.0, 0.5, 1.0])
    p, fixed = int(rng.integers(0, n + 1)), rng.choice(n, int(rng.integers(0, 3)), replace=False)
    found = siting.maximal_cover(table(rows, n), weight, p=p, fixed=fixed, backup=backup, gap=0.0)
    if len(fixed) > p:
        assert found.status is SolveStatus.INFEASIBLE
        return
    best = oracle.most(rows, weight.tolist(), backup.tolist(), p, fixed.tolist())
    assert found.objective == pytest.approx(best) and found.bound == pytest.approx(best)
    assert set(fixed.tolist()) <= set(found.sites.tolist()) and len(found.sites) <= p


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_gradual_cover_is_the_best_of_all_choices(seed: int) -> None:
    rows, n, rng = world(seed)
    weight, p = rng.integers(0, 9, len(rows)).astype(float), int(rng.integers(1, n + 1))
    found = siting.gradual_cover(table(rows, n), weight, p=p, gap=0.0)
    best = oracle.most_by_share(rows, weight.tolist(), p, [])
    assert found.objective == pytest.approx(best) and found.bound == pytest.approx(best)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_capacitated_cover_is_the_best_of_all_choices(seed: int) -> None:
    rows, _, rng = world(seed)
    rows = [{site: share for site, share in row.items() if site < 6} for row in rows]
    weight, capacity = rng.integers(0, 9, len(rows)).astype(float), rng.integers(0, 20, 6).astype(float)
    p, fixed = int(rng.integers(1, 5)), rng.choice(6, int(rng.integers(0, 2)), replace=False)
    found = siting.capacitated_cover(table(rows, 6), weight, capacity, p=p, fixed=fixed, gap=0.0)
    best = oracle.most_within_capacity(rows, weight.tolist(), capacity.tolist(), p, fixed.tolist())
    assert found.objective == pytest.approx(best) and found.bound == pytest.approx(best)
    assert set(fixed.tolist()) <= set(found.sites.tolist()) and len(found.sites) <= p


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_set_cover_is_the_cheapest_of_all_choices(seed: int) -> None:
    rows, n, rng = world(seed, least_sites=int(seed % 3))
    times = int(rng.integers(1, 3))
    cost = rng.choice([1.0, 2.0, 3.5], n) if seed % 2 else np.ones(n)
    fixed = rng.choice(n, int(rng.integers(0, 2)), replace=False)
    found = siting.set_cover(table(rows, n), cost=cost, times=times, fixed=fixed, gap=0.0)
    best = oracle.cheapest(rows, cost.tolist(), times, fixed.tolist())
    if best is None:
        assert found.status is SolveStatus.INFEASIBLE
        assert found.clash[0].value == [i for i, row in enumerate(rows) if len(row) < times]
    else:
        assert found.objective == pytest.approx(best) and found.bound == pytest.approx(best)


@pytest.mark.parametrize("seed", range(3))
def test_twelve_sites(seed: int) -> None:
    rng = np.random.default_rng([12, seed])
    rows = [
        {int(site): float(rng.choice([0.25, 0.5, 1.0])) for site in np.flatnonzero(rng.random(12) < 0.25)}
        for _ in range(30)
    ]
    weight = rng.integers(0, 20, 30).astype(float)
    backup, cover = np.floor(weight / 2), table(rows, 12)
    found = siting.maximal_cover(cover, weight, p=4, fixed=[7], backup=backup, gap=0.0)
    assert found.objective == found.bound == oracle.most(rows, weight.tolist(), backup.tolist(), 4, [7])
    found = siting.maximal_cover(cover, weight, p=5, gap=0.0)
    assert found.objective == found.bound == oracle.most(rows, weight.tolist(), [0.0] * 30, 5, [])
    found = siting.gradual_cover(cover, weight, p=3, gap=0.0)
    assert found.objective == pytest.approx(oracle.most_by_share(rows, weight.tolist(), 3, []))
    twice = [row for row in rows if len(row) > 1]
    fewest = siting.set_cover(table(twice, 12), times=2, gap=0.0)
    assert fewest.objective == fewest.bound == oracle.cheapest(twice, [1.0] * 12, 2, [])


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_what_is_left_out_was_needless(seed: int) -> None:
    """The reductions alone, without HiGHS: the best of what is left and what is forced is the best of all."""
    rows, n, rng = world(seed, least_sites=1)
    cost = rng.choice([1.0, 2.0], n)
    distinct, _ = relation.merged(*raw(table(rows, n)))
    question = least.Question(distinct, np.ones(distinct.n_rows, np.int32), cost)
    small, forced, free = least.reduced(question, np.inf)
    left = [
        dict.fromkeys(row.tolist(), 1.0) for row in np.split(small.relation.site, small.relation.start[1:-1])
    ]
    rest = oracle.cheapest([row for row in left if row], small.cost.tolist(), 1, [])
    assert rest is not None and cost[forced].sum() + rest == oracle.cheapest(rows, cost.tolist(), 1, [])
    assert not np.any(forced & free)


def raw(cover: csr_array) -> tuple[np.ndarray, np.ndarray, int]:
    return cover.indptr.astype(np.int64), cover.indices.astype(np.int32), cover.shape[1]


# ---- what must hold


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_one_more_site_never_lowers_cover_and_a_lock_never_raises_it(seed: int) -> None:
    cover, weight = dots(seed, n=30, m=120, radius=0.2)
    asked = {"gap": 0.0}
    values = [siting.maximal_cover(cover, weight, p=p, **asked).objective for p in range(1, 6)]
    assert values == sorted(values)
    assert siting.maximal_cover(cover, weight, p=3, fixed=[seed % 30], **asked).objective <= values[2]
    coverable = cover[np.diff(cover.indptr) > 0]
    free = siting.set_cover(coverable, **asked).objective
    assert siting.set_cover(coverable, fixed=[seed % 30], **asked).objective in (free, free + 1)


def test_the_order_of_rows_does_not_matter() -> None:
    cover, weight = dots(3)
    weight = weight * 0.1
    order = np.random.default_rng(0).permutation(len(weight))
    a = siting.maximal_cover(cover, weight, p=12, time_limit=0)
    b = siting.maximal_cover(cover[order], weight[order], p=12, time_limit=0)
    assert np.array_equal(a.sites, b.sites) and (a.objective, a.bound) == (b.objective, b.bound)
    full = np.diff(cover.indptr) > 0
    c, d = siting.set_cover(cover[full]), siting.set_cover(cover[order][full[order]])
    assert np.array_equal(c.sites, d.sites)


def test_nothing_that_was_given_changes() -> None:
    cover, weight = dots(4)
    cover.indices[cover.indptr[0] : cover.indptr[1]] = cover.indices[cover.indptr[0] : cover.indptr[1]][::-1]
    before = cover.data.copy(), cover.indices.copy(), cover.indptr.copy(), weight.copy()
    siting.maximal_cover(cover, weight, p=5)
    siting.gradual_cover(cover, weight, p=5, time_limit=0)
    for old, new in zip(before, (cover.data, cover.indices, cover.indptr, weight), strict=True):
        assert np.array_equal(old, new)


def test_stored_zeros_and_double_entries_count_once_or_not() -> None:
    twice = csr_array(([1.0, 1.0, 0.0], [0, 0, 1], [0, 2, 3]), shape=(2, 2))
    found = siting.maximal_cover(twice, [3, 8], p=2, backup=[2, 0])
    assert found.objective == 3 and found.sites.tolist() == [0]
    assert siting.set_cover(twice).clash[0].value == [1]


# ---- larger, and limits of time


def test_without_time_there_is_a_plan_and_an_honest_gap() -> None:
    cover, weight = dots(1)
    quick = siting.maximal_cover(cover, weight, p=12, time_limit=0, gap=0.0)
    best = siting.maximal_cover(cover, weight, p=12, gap=0.0)
    assert quick.status is SolveStatus.FEASIBLE and quick.gap > 0
    assert best.status is SolveStatus.OPTIMAL and best.gap == 0
    assert quick.objective <= best.objective <= quick.bound


def test_a_wide_gap_is_called_optimal_only_if_asked() -> None:
    cover, weight = dots(1)
    assert siting.maximal_cover(cover, weight, p=12, time_limit=0, gap=0.5).status is SolveStatus.OPTIMAL


def test_set_cover_too_large_for_highs_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    cover, _ = dots(2)
    cover = cover[np.diff(cover.indptr) > 0]
    best = siting.set_cover(cover)
    assert best.status is SolveStatus.OPTIMAL
    monkeypatch.setattr(least, "EXACT_PAIRS", 0)
    monkeypatch.setattr(least, "WORK", 1e7)
    rough = siting.set_cover(cover)
    assert rough.bound <= best.objective <= rough.objective <= 1.1 * best.objective
    assert rough.bound >= 0.8 * best.objective


def test_set_cover_without_hope_for_highs_is_searched_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS is not asked where much is open; a longer search is made from where the short one ended."""
    cover, works, weighed = dots(7)[0], [], least._weighed
    cover = cover[np.diff(cover.indptr) > 0]

    def seen(*given: Any) -> Any:
        works.append(given[3])
        return weighed(*given)

    monkeypatch.setattr(least, "_weighed", seen)
    monkeypatch.setattr(least, "WORK", 1e7)
    best = siting.set_cover(cover)
    assert best.status is SolveStatus.OPTIMAL and "HiGHS" in best.method and works == [5e5]
    monkeypatch.setattr(least, "EASY_PAIRS", 0)
    monkeypatch.setattr(least, "HOPE", 0.0)
    rough = siting.set_cover(cover)
    assert "HiGHS" not in rough.method and works == [5e5, 5e5, 1e7]
    assert rough.bound <= best.objective <= rough.objective <= best.objective + 2


def test_a_start_is_never_made_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    cover, weight = dots(5)
    best = siting.maximal_cover(cover, weight, p=12)
    again = siting.maximal_cover(cover, weight, p=12, start=best.sites, time_limit=0)
    assert again.objective >= best.objective
    full = cover[np.diff(cover.indptr) > 0]
    least_sites = siting.set_cover(full)
    monkeypatch.setattr(least, "EXACT_PAIRS", 0)
    assert siting.set_cover(full, start=least_sites.sites, time_limit=0).objective <= least_sites.objective


def test_threads_do_not_change_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    cover, weight = dots(6)
    one = siting.maximal_cover(cover, weight, p=12, gap=0.0)
    monkeypatch.setattr("chargegeo.siting.saddle.PARALLEL", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    three = siting.maximal_cover(cover, weight, p=12, gap=0.0)
    assert np.array_equal(one.sites, three.sites) and one.bound == three.bound


def test_the_price_bound_holds_without_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    cover, weight = dots(7)
    best = siting.maximal_cover(cover, weight, p=10, gap=0.0)
    monkeypatch.setattr(maximal, "EXACT_SITES", -1)
    rough = siting.maximal_cover(cover, weight, p=10, gap=0.0)
    assert rough.objective <= best.objective <= rough.bound <= 1.02 * best.objective


@pytest.mark.parametrize("seed", range(4))
def test_what_prices_rule_out_holds_no_better_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a poor plan to begin with, HiGHS on what the prices leave open finds the best of the whole program."""
    monkeypatch.setattr(maximal, "mended", lambda _, plan, *__: plan)
    monkeypatch.setattr(maximal.Plan, "exchange", lambda plan, _: plan)
    monkeypatch.setattr(least, "_weighed", lambda question, best, *_: best)
    cover, weight = dots(10 + seed, n=80, m=500, radius=0.13)
    found = siting.maximal_cover(cover, weight, p=9, gap=0.0)
    assert found.objective == found.bound == whole(cover, weight, 9)
    full = cover[np.diff(cover.indptr) > 0]
    fewest = siting.set_cover(full, gap=0.0)
    assert fewest.objective == fewest.bound == whole(full, None, 0)


def whole(cover: csr_array, weight: np.ndarray | None, p: int) -> float:
    """The optimum by HiGHS as it comes with scipy, of all rows and sites as they are."""
    m, n = cover.shape
    if weight is None:
        rules = [LinearConstraint(cover, 1, np.inf)]
        return round(milp(np.ones(n), integrality=np.ones(n), bounds=Bounds(0, 1), constraints=rules).fun)
    sites = np.concatenate((np.ones(n), np.zeros(m)))
    rules = [
        LinearConstraint(hstack([cover, -eye_array(m)]).tocsr(), 0, np.inf),
        LinearConstraint(sites, 0, p),
    ]
    cost = np.concatenate((np.zeros(n), -weight))
    exact = {"mip_rel_gap": 0.0}
    return -round(milp(cost, integrality=sites, bounds=Bounds(0, 1), constraints=rules, options=exact).fun)


# ---- counted anew


def test_a_wrong_plan_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    def lies(question: least.Question, *_: object) -> maximal.Found:
        return maximal.Found(np.zeros(question.relation.n_sites, dtype=bool), 0.0, 0.0, "lies")

    monkeypatch.setattr(least, "search", lies)
    with pytest.raises(ContractFault, match="leaves 5 rows uncovered"):
        siting.set_cover(table(LINE, 4))


def test_every_fault_of_a_plan_is_found() -> None:
    plan = Solution(np.array([2, 1, 9]), 5.0, 5.0, SolveStatus.OPTIMAL, 0.0, "by hand")
    faults = siting.recheck(plan, 4.0, n_sites=4, p=2, fixed=[3], uncovered=[7])
    assert [fault.code for fault in faults] == [
        "plan_sites_broken", "plan_above_p", "plan_without_fixed", "plan_leaves_uncovered", "plan_objective_differs",
    ]  # fmt: skip
    assert all(fault.text("zh") and fault.text("en") for fault in faults)


def test_weights_add_up_without_rounding() -> None:
    cover = csr_array(np.ones((3, 1)))
    assert verify.weight_covered(cover, [1e16, 1.0, 1.0], [0]) == 1e16 + 2


# ---- what is refused


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"weight": [1, 2]}, "siting_does_not_fit"),
        ({"weight": [1, 2, 3, 4, -5]}, "siting_number_broken"),
        ({"weight": [1, 2, 3, 4, math.nan]}, "siting_number_broken"),
        ({"p": -1}, "siting_count_broken"),
        ({"p": 1.5}, "siting_count_broken"),
        ({"fixed": [4]}, "siting_site_outside"),
        ({"fixed": [0.5]}, "siting_sites_not_numbers"),
        ({"start": [-1]}, "siting_site_outside"),
        ({"backup": [2, 2, 2, 2, 2]}, "siting_above_limit"),
        ({"time_limit": math.nan}, "siting_number_broken"),
        ({"gap": -1.0}, "siting_number_broken"),
    ],
)
def test_numbers_that_fit_nowhere_are_refused(asked: dict[str, object], code: str) -> None:
    with pytest.raises(StudyFault) as refused:
        siting.maximal_cover(table(LINE, 4), **({"weight": np.ones(5), "p": 2} | asked))
    assert [fault.code for fault in refused.value.faults] == [code]
    assert refused.value.text("zh") and refused.value.text("en")


def test_costs_must_be_above_zero() -> None:
    with pytest.raises(StudyFault, match="above zero"):
        siting.set_cover(table(LINE, 4), cost=[1, 1, 1, 0])
    with pytest.raises(StudyFault, match="1 <= times <= 2"):
        siting.set_cover(table(LINE, 4), times=3)


# ---- real optima


@pytest.mark.parametrize("name", ["SJC324.txt", "SJC402.txt", "SJC500.txt", "SJC708.txt", "SJC818.txt"])
def test_the_proved_optima_are_reached(shared: Path, name: str) -> None:
    folder = shared / "data" / "siting_benchmarks" / "mclp"
    known = [
        entry for entry in json.loads((folder / "verified_optima.json").read_text()) if entry["file"] == name
    ]
    x, y, weight = np.loadtxt(folder / name, skiprows=1, usecols=(0, 1, 2)).T
    points = np.column_stack((x, y))
    for entry in known[::2]:  # all hold; the others take their time
        cover = csr_array((cdist(points, points) <= entry["radius"]).astype(float))
        found = siting.maximal_cover(cover, weight, p=entry["p"], gap=0.0)
        assert found.objective == entry["covered"] and found.status is SolveStatus.OPTIMAL, entry


def test_names_of_the_room() -> None:
    assert set(dir(siting)) >= {"Solution", "gradual_cover", "maximal_cover", "recheck", "set_cover"}
    assert siting.set_cover is cover_models.set_cover
    with pytest.raises(AttributeError, match="cellar"):
        siting.cellar  # noqa: B018
