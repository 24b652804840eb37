"""The planning model: by hand, by trying every plan, and what holds of every plan."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from chargegeo import siting
from chargegeo.errors import StudyFault
from chargegeo.siting import checking, inputs
from chargegeo.vocab import SolveStatus
from tests.oracles import every_plan

SLOW = siting.Product("slow", kw=7, guns=1, bays=1, cost=1)
FAST = siting.Product("fast", kw=120, guns=2, bays=2, cost=10)
TWO = (SLOW, FAST)


def rows(*sites, n):
    """A relation from the sites of each row."""
    first = np.append(0, np.cumsum([len(some) for some in sites]))
    found = np.array([j for some in sites for j in some], dtype=np.int64)
    return csr_array((np.ones(len(found)), found, first), shape=(len(sites), n))


def small(**changed):
    """Three sites in two cities; a place at each of the first two, a larger one at the third; a township each."""
    given = {
        "candidates": siting.Candidates(np.array([0, 0, 1])),
        "demand": siting.Demand(rows([0], [1], [2], n=3), np.array([10.0, 20, 50]), rows([0], [1], [2], n=3)),
        "limits": siting.Limits(2),
    }
    return {**given, **changed}


def planned(question, products=TWO, **options):
    return siting.plan(
        question["candidates"], question["demand"], question["limits"], products=products, gap=0.0, **options
    )


# ---- by hand


def test_the_larger_places_come_first():
    found = planned(small())
    assert (found.sites.tolist(), found.objective, found.bound) == ([1, 2], 70, 70)
    assert found.amount.sum() == 2 and found.status == SolveStatus.OPTIMAL


def test_a_quota_draws_piles_to_its_city():
    found = planned(small(limits=siting.Limits(2, city_quota=np.array([2, 0]))))
    assert (found.sites.tolist(), found.objective) == ([0, 1], 30)
    least = planned(small(limits=siting.Limits(2, city_quota=np.array([1, 0]), exact=False)))
    assert least.objective == 70


def test_townships_come_before_people():
    """One pile: a site for two hamlets' townships, or one for a town of 50 in a single township."""
    demand = siting.Demand(rows([0], [1], n=2), np.array([3.0, 50]), rows([0], [0], [1], n=2))
    question = {
        "candidates": siting.Candidates(np.zeros(2, np.int64)), "demand": demand, "limits": siting.Limits(1)
    }  # fmt: skip
    assert planned(question).sites.tolist() == [0]
    without = replace(demand, townships=None)
    assert planned({**question, "demand": without}).sites.tolist() == [1]


def test_a_gun_serves_so_many():
    """50 people, 10 a gun: two slow piles serve 20, a fast and a slow one 30; bays allow no two fast ones."""
    demand = siting.Demand(rows([0], n=1), np.array([50.0]), people_per_gun=10)
    question = {"candidates": siting.Candidates(np.zeros(1, np.int64), bays=np.array([3.0])), "demand": demand,
                "limits": siting.Limits(2)}  # fmt: skip
    found = planned(question)
    assert (found.amount.tolist(), found.objective) == ([[1, 1]], 30)
    cheap = planned({**question, "limits": siting.Limits(2, budget=5)})
    assert (cheap.amount.tolist(), cheap.objective) == ([[2, 0]], 20)


def test_what_stands_serves_and_stays():
    standing = np.array([[0, 0], [0, 0], [1, 0]])
    candidates = siting.Candidates(np.array([0, 0, 1]), standing=standing)
    found = planned(small(candidates=candidates, limits=siting.Limits(1)))
    assert (found.sites.tolist(), found.objective) == ([1], 70)


def test_a_stretch_gets_its_pool_at_one_site():
    """240 kW at site 0 or 1: two fast piles at one of them, not one at each."""
    limits = siting.Limits(3, stretches=rows([0, 1], n=3), pool_kw=np.array([240.0]))
    found = planned(small(limits=limits))
    assert found.amount[:2, 1].max() == 2
    assert (found.objective, found.amount[2].sum()) == (70, 1)


def test_new_sites_stand_apart():
    position = np.array([[0.0, 0], [500, 0], [500, 800]])
    candidates = siting.Candidates(np.array([0, 0, 1]), position_m=position)
    found = planned(small(candidates=candidates, limits=siting.Limits(3, least_distance_m=900)))
    assert (found.sites.tolist(), found.objective) == ([0, 2], 60)
    touching = planned(small(candidates=candidates, limits=siting.Limits(3, least_distance_m=800)))
    assert touching.objective == 70


def test_the_two_sides_of_a_service_area_may_stand_near_each_other():
    """Sites 0 and 1 are 400 m apart; all three piles within 900 m of each other only where two are one area's."""
    position = np.array([[0.0, 0], [400, 0], [5000, 0]])
    limits, quota = siting.Limits(3, least_distance_m=900), np.array([2, 1])
    limits = replace(limits, city_quota=quota, max_site_piles=1)
    candidates = siting.Candidates(np.array([0, 0, 1]), position_m=position)
    assert planned(small(candidates=candidates, limits=limits)).status == SolveStatus.INFEASIBLE
    across = replace(candidates, area=np.array([4, 4, -1]))
    assert planned(small(candidates=across, limits=limits)).sites.tolist() == [0, 1, 2]
    others = replace(candidates, area=np.array([4, 5, -1]))
    assert planned(small(candidates=others, limits=limits)).status == SolveStatus.INFEASIBLE
    none = replace(candidates, area=np.array([-1, -1, -1]))
    assert planned(small(candidates=none, limits=limits)).status == SolveStatus.INFEASIBLE
    # a third site between them is too near to both, and all three lie in one square
    between = replace(across, position_m=np.array([[0.0, 0], [400, 0], [200, 100]]))
    two = replace(limits, piles=2, city_quota=None)
    assert planned(small(candidates=between, limits=two)).sites.tolist() == [0, 1]


def test_decided_piles_are_built():
    candidates = siting.Candidates(np.array([0, 0, 1]), decided=np.array([[0, 1], [0, 0], [0, 0]]))
    found = planned(small(candidates=candidates))
    assert (found.amount[0].tolist(), found.objective) == ([0, 1], 60)
    too_many = planned(small(candidates=replace(candidates, bays=np.array([1.0, 9, 9]))))
    assert {fault.code for fault in too_many.clash} == {"siting_clash_decided", "siting_clash_bays"}


def test_years_build_on_each_other():
    """One pile a year: the largest place, then the next; a bay that is taken stays taken."""
    question = small(candidates=siting.Candidates(np.array([0, 0, 1]), bays=np.array([2.0, 1, 1])))
    one, two = siting.Limits(1), siting.Limits(2)
    found = siting.plan_years(question["candidates"], question["demand"], [one, one, two, one], products=TWO)
    assert [year.objective for year in found[:3]] == [50, 70, 80]
    assert [year.sites.tolist() for year in found[:3]] == [[2], [1], [0]]
    assert found[3].status == SolveStatus.INFEASIBLE and len(found) == 4


@pytest.mark.parametrize(
    ("limits", "candidates", "codes"),
    [
        ({"piles": 2, "city_quota": np.array([2, 1])}, {}, {"siting_clash_piles": 1, "siting_clash_city_quota": 1}),
        ({"piles": 9}, {"bays": np.array([2.0, 2, 2])}, {"siting_clash_piles": 3, "siting_clash_bays": 3}),
        ({"piles": 2, "budget": 1}, {}, {"siting_clash_budget": 1, "siting_clash_piles": 1}),
        ({"piles": 2, "product_least": np.array([0, 2]), "budget": 12}, {},
         {"siting_clash_budget": 8, "siting_clash_product_least": 1}),
        ({"piles": 2, "stretches": rows([0], n=3), "pool_kw": np.array([100.0])}, {"grid_kw": np.full(3, 60.0)},
         {"siting_clash_stretch": 1, "siting_clash_grid": 60}),
    ],
)  # fmt: skip
def test_limits_that_clash_are_named(limits, candidates, codes):
    question = small(limits=siting.Limits(**limits))
    question["candidates"] = replace(question["candidates"], **candidates)
    found = planned(question)
    assert found.status == SolveStatus.INFEASIBLE and found.amount is None
    said = {}
    for fault in found.clash:
        said[fault.code] = said.get(fault.code, 0) + fault.params["short"]
        assert fault.text("en") and fault.text("zh")
    assert said == codes


def test_several_limits_that_clash_are_named_together():
    """Neither more bays nor fewer piles alone are enough: both cities lack what a limit of their own asks."""
    limits = siting.Limits(
        2, city_quota=np.array([1, 1]), product_least=np.array([3, 0]), stretches=rows([0], n=3),
        pool_kw=np.array([400.0]),
    )  # fmt: skip
    found = planned(small(limits=limits))
    assert found.status == SolveStatus.INFEASIBLE
    assert found.clash[0].code == "siting_clash_of_several"
    assert len(found.clash) > 1


def test_everything_wrong_with_a_question_is_said_at_once():
    candidates = siting.Candidates(np.array([0, 0, 1]), bays=np.array([1.0, -1, 2]), grid_kw=np.zeros(2))
    limits = siting.Limits(2, county_quota=np.array([1]), least_distance_m=5, city_quota=np.array([1]))
    with pytest.raises(StudyFault) as error:
        siting.plan(candidates, small()["demand"], limits, products=TWO)
    assert sorted(fault.code for fault in error.value.faults) == [
        "siting_lacking", "siting_lacking", "siting_lacking", "siting_shape", "siting_value"
    ]  # fmt: skip
    assert len(error.value.text("en").splitlines()) == 5


def test_the_products_of_the_package_say_that_their_costs_are_unconfirmed():
    found = siting.products()
    assert [(item.kw, item.guns) for item in found] == [(7, 1), (60, 1), (120, 2), (480, 2)]
    assert not any(item.confirmed for item in found) and all(item.note for item in found)


def test_no_time_is_no_plan_and_no_claim():
    found = planned(world(3, n=60, piles=30), time_limit=0.0)
    assert found.status == SolveStatus.TIME_OUT and found.amount is None


# ---- by trying every plan


def random_relation(rng, m, n, share):
    dense = rng.random((m, n)) < share
    return csr_array(dense.astype(float))


def world(seed, n=6, piles=3):
    """A question with some limits of each kind; many have no plan."""
    rng = np.random.default_rng(seed)
    cities, stretches = 2, 2
    city = rng.integers(0, cities, n)
    standing = (rng.random((n, 2)) < 0.1).astype(np.int64)
    candidates = siting.Candidates(
        city, county=rng.integers(0, 3, n), bays=rng.integers(0, 6, n).astype(float),
        grid_kw=rng.choice([7.0, 60, 130, 400], n), standing=standing,
        decided=(rng.random((n, 2)) < 0.05).astype(np.int64) if seed % 5 == 0 else None,
        position_m=rng.integers(0, 100, (n, 2)).astype(float),
        area=np.arange(n) // 2 * np.where(rng.random(n) < 0.7, 1, -9) if seed % 4 == 0 else None,
    )  # fmt: skip
    m = int(rng.integers(1, 2 * n))
    demand = siting.Demand(
        random_relation(rng, m, n, 0.3), rng.integers(0, 30, m).astype(float),
        random_relation(rng, int(rng.integers(1, n)), n, 0.2) if seed % 3 else None,
        people_per_gun=[None, 5.0][seed % 2],
    )  # fmt: skip
    some = rng.random(6) < 0.35
    quota = rng.multinomial(piles, [0.5, 0.5])
    limits = siting.Limits(
        piles,
        city_quota=quota if some[0] else None,
        county_quota=rng.multinomial(piles - 1, [0.4, 0.3, 0.3]) if some[1] else None,
        exact=not some[1],
        product_least=np.array([0, 1]) if some[2] else None,
        product_most=np.array([piles, 1]) if some[3] else None,
        budget=float(rng.integers(1, 10 * piles)) if some[2] else np.inf,
        least_distance_m=float(rng.integers(5, 40)) if some[4] else 0.0,
        stretches=random_relation(rng, stretches, n, 0.4) if some[5] else None,
        pool_kw=rng.choice([7.0, 120, 240], stretches) if some[5] else np.empty(0),
    )
    return {"candidates": candidates, "demand": demand, "limits": limits}


def check_against_every_plan(question):
    c, d, lim = question["candidates"], question["demand"], question["limits"]
    found, best = planned(question), every_plan.best(c, d, lim, TWO)
    if best is None:
        assert found.status == SolveStatus.INFEASIBLE and found.clash
        return
    assert found.status == SolveStatus.OPTIMAL
    assert every_plan.holds(c, lim, TWO, found.amount)
    towns = every_plan.townships(d, c.standing, found.amount)
    assert (towns, pytest.approx(found.objective)) == best[:2]
    assert found.cost == pytest.approx(every_plan.cost(c, TWO, found.amount))
    assert 0 <= found.cost_bound <= best[2] * (1 + 1e-9) and best[2] <= found.cost * (1 + 1e-9)
    served = every_plan.people(d, TWO, c.standing, found.amount, c.standing_guns)
    assert served == pytest.approx(found.objective)
    assert found.bound == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", range(70))
def test_no_plan_is_better(seed):
    check_against_every_plan(world(seed))


def stricter(seed):
    """A question with few sites, few piles a site, pools of guns and fast piles, and townships that want fast ones."""
    rng, question = np.random.default_rng(10_000 + seed), world(seed)
    c, some = question["candidates"], rng.random(6) < 0.5
    standing_guns = (c.standing @ np.array([1, 2]) * rng.integers(1, 3, c.n)).astype(float)
    stretches = random_relation(rng, 2, c.n, 0.5)
    return {
        "candidates": replace(
            c, standing_kw=rng.choice([0.0, 30, 300], c.n) if some[0] else None,
            standing_guns=standing_guns if some[1] else None,
            pile_cost=rng.integers(0, 4, c.n).astype(float) if some[5] else None,
        ),
        "demand": replace(
            question["demand"], closing=np.array([False, True]) if some[2] else None,
            townships=random_relation(rng, 2, c.n, 0.5),
        ),
        "limits": replace(
            question["limits"], max_sites=int(rng.integers(1, 4)), max_site_piles=int(rng.integers(1, 4)),
            all_townships=bool(some[3]), stretches=stretches if some[4] else None,
            pool_kw=np.array([7.0, 240]) if some[4] else np.empty(0),
            pool_guns=np.array([2.0, 1]) if some[4] else None,
            pool_piles=np.array([0.0, 1]) if some[4] else None,
            pool_at_kw=np.array([0.0, 100]) if some[4] else None,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_is_better_under_stricter_limits(seed):
    check_against_every_plan(stricter(seed))


def test_the_stricter_questions_have_plans_and_have_none():
    found = [planned(stricter(seed)).status for seed in range(60)]
    assert min(found.count(SolveStatus.OPTIMAL), found.count(SolveStatus.INFEASIBLE)) >= 10


def test_townships_may_ask_for_a_kind_of_pile():
    """One pile, townships that only a fast one closes: the larger place with a slow pile comes after it."""
    demand = replace(small()["demand"], townships=rows([0], n=3), closing=np.array([False, True]))
    found = planned(small(demand=demand, limits=siting.Limits(1)))
    assert (found.amount.tolist(), found.objective) == ([[0, 1], [0, 0], [0, 0]], 10)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"piles": 9, "max_sites": 2, "max_site_piles": 4}, "siting_clash_sites"),
        ({"piles": 9, "max_site_piles": 2}, "siting_clash_site_piles"),
        ({"piles": 2, "all_townships": True}, "siting_clash_townships"),
    ],
)
def test_a_limit_of_sites_that_clashes_is_named(limits, code):
    found = planned(small(limits=siting.Limits(**limits)))
    assert found.status == SolveStatus.INFEASIBLE
    assert code in {fault.code for fault in found.clash}


@pytest.mark.parametrize("seed", range(100, 112))
def test_no_plan_of_twelve_sites_is_better(seed):
    check_against_every_plan(world(2 * (seed // 2), n=12))


# ---- what holds of every plan


@pytest.mark.parametrize("seed", range(12))
def test_quotas_are_met_and_sums_are_exact(seed):
    question = larger(seed)
    found = planned(question, siting.products())
    c, lim = question["candidates"], question["limits"]
    assert found.status == SolveStatus.OPTIMAL
    assert np.issubdtype(found.amount.dtype, np.integer) and (found.amount >= 0).all()
    assert found.amount.sum() == lim.piles
    assert np.bincount(c.city, found.amount.sum(axis=1)).tolist() == lim.city_quota.tolist()
    assert found.sites.tolist() == np.flatnonzero(found.amount.any(axis=1)).tolist()
    assert every_plan.holds(c, lim, siting.products(), found.amount)


def larger(seed, n=40, piles=60):
    rng = np.random.default_rng(seed)
    city = np.arange(n) % 3
    candidates = siting.Candidates(
        city, bays=rng.integers(4, 20, n).astype(float), standing=np.zeros((n, 4), np.int64),
        position_m=rng.random((n, 2)) * 100,
    )  # fmt: skip
    demand = siting.Demand(
        random_relation(rng, 50, n, 0.1), rng.integers(1, 99, 50).astype(float), random_relation(rng, 20, n, 0.1),
        people_per_gun=[None, 10.0][seed % 2],
    )  # fmt: skip
    quota = np.array([piles // 2, piles // 3, piles - piles // 2 - piles // 3])
    limits = siting.Limits(
        piles, city_quota=quota, product_least=np.array([0, 5, 5, 1]), least_distance_m=4.0
    )
    return {"candidates": candidates, "demand": demand, "limits": limits}


def test_a_wide_gap_ends_early_and_tells_a_true_bound():
    wide, best = [], []
    for seed in range(0, 10, 2):
        question = larger(seed, piles=14)
        question["limits"] = replace(question["limits"], product_least=None, least_distance_m=15.0)
        wide.append(siting.plan(*question.values(), gap=1.0))
        best.append(planned(question, siting.products()))
    assert all(one.bound >= two.objective - 1e-6 for one, two in zip(wide, best, strict=True))
    assert any(one.objective < two.objective for one, two in zip(wide, best, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_a_limit_more_never_serves_more(seed):
    question = larger(seed)
    loose = planned(question, siting.products())
    tight = {
        **question,
        "limits": replace(question["limits"], budget=5e6, product_least=np.array([0, 9, 9, 2])),
    }
    assert planned(tight, siting.products()).objective <= loose.objective + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_a_lock_never_serves_more(seed):
    question = larger(seed)
    decided = np.zeros((40, 4), dtype=np.int64)
    decided[np.random.default_rng(seed).integers(0, 40, 5), 0] = 1
    question["limits"] = replace(question["limits"], least_distance_m=0.0)  # locks may stand side by side
    locked = {**question, "candidates": replace(question["candidates"], decided=decided)}
    held, free = planned(locked, siting.products()), planned(question, siting.products())
    assert (held.amount >= decided).all()
    assert held.objective <= free.bound + 1e-6


def test_the_same_question_has_the_same_plan():
    first, second = (planned(larger(1), siting.products()) for _ in range(2))
    assert (first.amount == second.amount).all()
    assert (first.objective, first.bound) == (second.objective, second.bound)


def test_nothing_that_is_given_is_changed():
    question = larger(2)
    before = question["demand"].reach.copy(), question["candidates"].bays.copy()
    planned(question, siting.products())
    assert (before[0] != question["demand"].reach).nnz == 0 and (
        before[1] == question["candidates"].bays
    ).all()


# ---- the check of a plan


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ([[1, 0], [0, 0], [0, 0]], "siting_broken_piles"),
        ([[2, 0], [0, 0], [0, 0]], "siting_broken_bays"),
        ([[0, 0], [0, 0], [0, 1]], "siting_broken_grid"),
        ([[0, 0], [0, 0], [2, 0]], "siting_broken_city_quota"),
        ([[1, 0], [1, 0], [0, 0]], "siting_broken_distance"),
        ([[1, 0], [0, 0], [1, 0]], "siting_broken_product_least"),
        ([[0, 0], [0, 2], [0, 0]], "siting_broken_product_most"),
        ([[0, 0], [0, 2], [0, 0]], "siting_broken_budget"),
        ([[1, 0], [0, 0], [1, 0]], "siting_broken_stretch"),
        ([[0, 0], [0, 2], [0, 0]], "siting_broken_decided"),
        ([[-1, 3], [0, 0], [0, 0]], "siting_broken_amount"),
    ],
)
def test_every_broken_limit_is_found(amount, code):
    candidates = siting.Candidates(
        np.array([0, 0, 1]), bays=np.array([1.0, 4, 4]), grid_kw=np.array([500.0, 500, 60]),
        position_m=np.array([[0.0, 0], [3, 4], [90, 90]]), decided=np.array([[0, 0], [0, 0], [1, 0]]),
    )  # fmt: skip
    limits = siting.Limits(
        2, city_quota=np.array([1, 1]), product_least=np.array([0, 1]), product_most=np.array([2, 1]), budget=12,
        least_distance_m=6, stretches=rows([1], n=3), pool_kw=np.array([100.0]),
    )  # fmt: skip
    asked = inputs.task(candidates, small()["demand"], limits, TWO)
    found = checking.broken(asked, np.array(amount))
    assert code in {fault.code for fault in found}
    assert all(fault.text("en") and fault.text("zh") for fault in found)
    assert checking.broken(asked, np.array([[0, 0], [0, 1], [1, 0]])) == []


def test_a_flow_that_counts_someone_twice_is_refused():
    demand = siting.Demand(rows([0, 1], n=3), np.array([10.0]), people_per_gun=10)
    asked = inputs.task(siting.Candidates(np.zeros(3, np.int64)), demand, siting.Limits(2), TWO)
    amount = np.array([[1, 0], [1, 0], [0, 0]])
    place = np.zeros(2, np.int64)
    fine = checking.Flow(place, np.array([0, 1]), np.array([4.0, 6.0]))
    assert checking.people(asked, amount, fine) == 10
    for site, served in (([0, 1], [5.0, 6.0]), ([0, 2], [5.0, 5.0]), ([0, 0], [5.0, 5.5])):
        with pytest.raises(RuntimeError):
            checking.people(asked, amount, checking.Flow(place, np.array(site), np.array(served)))


# ---- what a pile more is worth


def test_a_pile_more_is_worth_the_next_place():
    """City 0 has piles for one of its places (20 of 10 and 20), city 1 for its only one: 10 more, nothing more."""
    question = small(limits=siting.Limits(2, city_quota=np.array([1, 1])))
    found = siting.marginal_values(question["candidates"], replace(question["demand"], townships=None),
                                   question["limits"], products=TWO)  # fmt: skip
    city = found[found["limit"] == "city_quota"].set_index("unit")["value"]
    assert city.to_dict() == {0: 10.0, 1: 0.0}


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_the_worth_of_a_pile_bounds_what_it_brings(seed):
    """The linear program is concave: a pile more in a city never brings more than its value."""
    question = larger(seed, piles=24)
    lim = question["limits"] = replace(question["limits"], product_least=None)
    values = siting.marginal_values(question["candidates"], question["demand"], lim, products=TWO_OF_FOUR)
    now = planned(question, TWO_OF_FOUR).bound
    city = values[values["limit"] == "city_quota"].set_index("unit")["value"]
    assert set(city.index) == {0, 1, 2}
    for unit, value in city.items():
        more = replace(lim, piles=lim.piles + 1, city_quota=lim.city_quota + (np.arange(3) == unit))
        assert planned({**question, "limits": more}, TWO_OF_FOUR).objective <= now + value + 1e-6


TWO_OF_FOUR = (*TWO, replace(SLOW, name="third"), replace(FAST, name="fourth"))
