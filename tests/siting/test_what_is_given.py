"""What callers hand over: other sparse formats, kinds of numbers, nothing at all, and what is refused."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csc_array, csc_matrix, csr_array, csr_matrix, lil_array

from chargegeo import siting
from chargegeo.corridors import reach
from chargegeo.corridors.vehicle import Vehicle
from chargegeo.errors import StudyFault
from chargegeo.vocab import SolveStatus

# four villages, four sites, and nobody is where its number is: turned, the relation is another one
COVER = csr_array(np.array([[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0.0]]))
WEIGHT = [1.0, 2.0, 3.0, 4.0]
MODELS = {
    "maximal_cover": lambda given, **more: siting.maximal_cover(given, **{"weight": WEIGHT, "p": 1, **more}),
    "gradual_cover": lambda given, **more: siting.gradual_cover(given, **{"weight": WEIGHT, "p": 1, **more}),
    "capacitated_cover": lambda given, **more: siting.capacitated_cover(
        given, **{"weight": WEIGHT, "capacity": [3.0] * 4, "p": 1, **more}
    ),
    "set_cover": lambda given, **more: siting.set_cover(given, **more),
    "p_median": lambda given, **more: siting.p_median(
        given, **{"weight": WEIGHT, "p": 1, "unserved": 9.0, **more}
    ),
    "p_center": lambda given, **more: siting.p_center(given, **{"p": 2, **more}),
}
WORTH = {
    "maximal_cover": 7, "gradual_cover": 7, "capacitated_cover": 3, "set_cover": 2, "p_median": 34, "p_center": 1,
}  # fmt: skip
KINDS = {
    "coo": coo_array, "csc": csc_array, "csc_matrix": csc_matrix, "csr_matrix": csr_matrix, "lil": lil_array,
    "bool": lambda given: given.astype(bool), "int32": lambda given: given.astype(np.int32),
    "uint8": lambda given: given.astype(np.uint8), "float32": lambda given: given.astype(np.float32),
    "long": lambda given: csr_array(
        (given.data, given.indices.astype(np.int64), given.indptr.astype(np.int64)), shape=given.shape
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
def test_every_sparse_matrix_gives_the_same_plan(model: str, kind: str) -> None:
    found = MODELS[model](KINDS[kind](COVER))
    assert (found.objective, found.status) == (WORTH[model], SolveStatus.OPTIMAL)


@pytest.mark.parametrize("given", [COVER.toarray(), COVER.toarray().tolist(), None, COVER.astype(complex)])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_no_relation_is_refused(model: str, given: object) -> None:
    with pytest.raises(StudyFault) as refused:
        MODELS[model](given)
    (fault,) = refused.value.faults
    assert fault.code == "siting_no_relation" and "csr_array" in fault.text("zh")


@pytest.mark.parametrize(
    ("model", "name", "value", "code"),
    [
        (model, name, value, code)
        for model, name, values, code in [
            (model, name, values, code)
            for model in MODELS
            for name, values, code in [
                ("weight", (["a"] * 4, [[1], [2, 3]], {0: 1}), "siting_not_numbers"),
                ("p", ("2", None, [2], 1.5, float("nan"), -1), "siting_count_broken"),
                ("time_limit", (None, "a", float("nan"), -1), "siting_number_broken"),
                ("gap", (None, -0.1), "siting_number_broken"),
                ("seed", (None, 1.5, -1), "siting_count_broken"),
                ("fixed", ([True, False, False, False], ["a"]), "siting_sites_not_numbers"),
            ]
            if not (
                (model in ("set_cover", "p_center") and name == "weight")
                or (model == "set_cover" and name == "p")
                or (model == "p_center" and name == "seed")
            )
        ]
        for value in values
    ],
)
def test_what_is_no_number_is_refused(model: str, name: str, value: object, code: str) -> None:
    with pytest.raises(StudyFault) as refused:
        MODELS[model](COVER, **{name: value})
    (fault,) = refused.value.faults
    assert (fault.code, fault.column) == (code, name) and fault.text("en")


@pytest.mark.parametrize("p", [2, 2.0, np.int64(2), 10**400])
@pytest.mark.parametrize("model", sorted(set(MODELS) - {"set_cover"}))
def test_a_number_of_sites_may_be_of_any_kind(model: str, p: float) -> None:
    assert MODELS[model](COVER, p=p).status is SolveStatus.OPTIMAL


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (3, 3)])
def test_nobody_and_nothing(shape: tuple[int, int]) -> None:
    """Of nobody all are served; where no site reaches anybody nobody is, and everybody cannot be."""
    empty, weight = csr_array(shape), np.ones(shape[0])
    for found in (
        siting.maximal_cover(empty, weight, p=1),
        siting.gradual_cover(empty, weight, p=1),
        siting.capacitated_cover(empty, weight, np.ones(shape[1]), p=1),
    ):
        assert (found.status, found.objective, found.bound) == (SolveStatus.OPTIMAL, 0, 0)
    all_served = SolveStatus.INFEASIBLE if shape[0] else SolveStatus.OPTIMAL
    for found in (siting.set_cover(empty), siting.p_median(empty, weight, p=1), siting.p_center(empty, p=1)):
        assert found.status is all_served and bool(found.clash) == bool(shape[0])


def test_entries_stored_twice_are_one_as_in_the_matrix() -> None:
    """Half and half of the same site is the whole, as scipy reads it; of two ways the shorter counts."""
    twice = csr_array((np.array([0.5, 0.5, 0.75]), np.array([0, 0, 1]), np.array([0, 3])), shape=(1, 2))
    found = siting.gradual_cover(twice, [8.0], p=1)
    assert (found.sites.tolist(), found.objective) == ([0], 8)
    ways = csr_array((np.array([5.0, 2.0, 3.0]), np.array([0, 0, 1]), np.array([0, 3])), shape=(1, 2))
    assert siting.p_median(ways, [1.0], p=1).objective == siting.p_center(ways, p=1).objective == 2


@pytest.mark.parametrize("model", ["maximal_cover", "gradual_cover", "set_cover", "p_median"])
def test_a_plan_proved_but_for_rounding_is_optimal_at_gap_0(model: str) -> None:
    """Weights that add up differently in another order: still the best of all, and called so."""
    rng = np.random.default_rng(4)
    given = csr_array((rng.random((30, 8)) < 0.4).astype(float))
    given = given[np.diff(given.indptr) > 0]
    more = {} if model == "set_cover" else {"weight": rng.random(given.shape[0]) * 0.1, "p": 3}
    found = MODELS[model](given, gap=0.0, **more)
    assert found.status is SolveStatus.OPTIMAL and found.gap == 0


def test_shares_of_a_whole_are_served_as_people_are() -> None:
    """3 and 2 at the site of room 6, 5 and 4 at that of room 9; tenths of millionths HiGHS takes for nothing."""
    people, room = np.array([3.0, 5.0, 2.0, 4.0]), np.array([6.0, 4.0, 9.0, 1.0])
    whole = siting.capacitated_cover(COVER, people, room, p=2)
    shares = siting.capacitated_cover(COVER, people * 1e-7, room * 1e-7, p=2)
    assert whole.objective == 14 and shares.sites.tolist() == whole.sites.tolist() == [0, 2]
    assert shares.objective == pytest.approx(14e-7, rel=1e-9) and shares.status is SolveStatus.OPTIMAL


def test_who_is_out_of_reach_in_any_case_is_in_the_proof() -> None:
    """Villages whose every site the bound rules out: the exact search at the end has to count them too."""
    rng = np.random.default_rng(1479)
    for _ in range(40):
        near = np.where(rng.random((14, 10)) < 0.45, rng.random((14, 10)), 0.0)
        weight = rng.integers(0, 5, 14).astype(float)
        found = siting.p_median(csr_array(near), weight, p=2, unserved=5000.0, gap=0.0)
        assert found.status is SolveStatus.OPTIMAL


# ---- the planning model

PILES = (siting.Product("ac", 7.0, cost=1.0), siting.Product("dc", 60.0, guns=2, cost=3.0))


def planned(**changed: object) -> siting.Solution:
    """Two piles at three sites, the third in a city of its own."""
    given = {
        "city": np.array([0, 0, 1]),
        "reach": COVER[:3, :3],
        "weight": np.array([10.0, 20.0, 30.0]),
        "piles": 2,
    }
    given.update(changed)
    parts = [
        kind(**{name: given[name] for name in kind.__dataclass_fields__ if name in given})  # type: ignore[arg-type]
        for kind in (siting.Candidates, siting.Demand, siting.Limits)
    ]
    more = {name: given[name] for name in ("products", "time_limit", "gap") if name in given}
    return siting.plan(*parts, **{"products": PILES, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("guns", [None, 10.0])
def test_a_plan_changes_nothing_that_was_given(guns: float | None) -> None:
    """Ways whose sites do not rise in their rows stay with their sites, wherever the relation is used."""
    ways = csr_array(
        (np.array([5.0, 1, 2, 3, 4, 6]), np.array([2, 0, 2, 1, 1, 0]), np.array([0, 2, 4, 6])), shape=(3, 3)
    )
    dense = ways.toarray()
    planned(reach=ways, townships=ways, stretches=ways, pool_kw=np.zeros(3), people_per_gun=guns)
    assert (ways.toarray() == dense).all() and ways.indices.tolist() == [2, 0, 2, 1, 1, 0]


@pytest.mark.parametrize("name", ["reach", "townships", "stretches"])
@pytest.mark.parametrize("guns", [None, 10.0])
def test_every_relation_of_a_plan_may_be_any_sparse_matrix(name: str, guns: float | None) -> None:
    square = COVER[:3, :3]
    rows = csr_array((np.ones(7), np.array([2, 0, 0, 2, 1, 1, 0]), np.array([0, 3, 5, 7])), shape=(3, 3))
    more = {"pool_kw": np.array([60.0, 0, 0])} if name == "stretches" else {}
    best = planned(**{name: square, "people_per_gun": guns, **more})
    for given in (*(KINDS[kind](square) for kind in ("coo", "csc", "bool", "long")), rows):
        found = planned(**{name: given, "people_per_gun": guns, **more})
        assert (found.objective, found.status) == (best.objective, SolveStatus.OPTIMAL)


def test_a_plan_for_shares_of_the_people_is_that_for_the_people() -> None:
    """10 of a gun: two piles of two guns each serve 40 people, whatever they are counted in."""
    whole = planned(people_per_gun=10.0)
    shares = planned(people_per_gun=10.0 * 1e-8, weight=np.array([10.0, 20.0, 30.0]) * 1e-8)
    assert whole.objective == 40 and shares.objective == pytest.approx(40e-8, rel=1e-9)
    assert shares.bound == pytest.approx(40e-8, rel=1e-9) and shares.status is SolveStatus.OPTIMAL


@pytest.mark.parametrize(
    "lists",
    [
        {"city": [0, 0, 1], "city_quota": [1, 1]},
        {"standing": [[1, 0], [0, 0], [0, 0]]}, {"closed": [True, False, False]},
        {"decided": [[1, 0], [0, 0], [0, 0]]}, {"position_m": [[0, 0], [0, 1], [5, 5]], "least_distance_m": 2.0},
        {"townships": COVER[:3, :3], "closing": [True, False]}, {"weight": [10, 20, 30]},
    ],
)  # fmt: skip
def test_lists_do_for_arrays(lists: dict[str, object]) -> None:
    arrays = {name: np.array(value) if isinstance(value, list) else value for name, value in lists.items()}
    (a, b) = planned(**lists), planned(**arrays)
    assert a.status is SolveStatus.OPTIMAL and a.amount is not None and (a.amount == b.amount).all()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("city", [0, float("nan"), 1], "siting_value"), ("city", [[0], [0], [1]], "siting_shape"),
        ("city", ["a", "b", "c"], "siting_not_numbers"), ("city", None, "siting_shape"),
        ("reach", None, "siting_no_relation"), ("reach", np.ones((3, 3)), "siting_no_relation"),
        ("weight", [1, 2, float("inf")], "siting_value"), ("weight", None, "siting_shape"),
        ("piles", 1.5, "siting_value"), ("piles", "2", "siting_not_numbers"), ("piles", None, "siting_not_numbers"),
        ("piles", float("nan"), "siting_value"), ("standing", np.full((3, 2), 0.5), "siting_value"),
        ("city_quota", [1.5, 0.5], "siting_value"), ("people_per_gun", float("inf"), "siting_value"),
        ("max_sites", 1.5, "siting_value"), ("products", (), "scenario_product_none"),
        ("products", (siting.Product("a", float("nan")),), "siting_value"),
        ("products", (siting.Product("a", 7.0, cost=-5.0),), "siting_value"),
        ("position_m", [[0, 0], [0, float("nan")], [5, 5]], "siting_value"),
        ("standing_piles", (np.array([9]), np.array([60.0]), np.array([1])), "siting_site_outside"),
        ("time_limit", float("nan"), "siting_number_broken"), ("gap", -1.0, "siting_number_broken"),
    ],
)  # fmt: skip
def test_what_no_plan_can_be_made_of_is_refused(name: str, value: object, code: str) -> None:
    with pytest.raises(StudyFault) as refused:
        planned(**{name: value})
    assert [fault.code for fault in refused.value.faults] == [code]


def test_traffic_may_be_a_list() -> None:
    both = reach.routes([100.0, 100.0], [50.0, 50.0], route=[0, 1], site=[0, 1])
    found = siting.refuelling(siting.Flows(both, [2, 3]), Vehicle(60.0, reserve=0.0), p=1)  # type: ignore[arg-type]
    assert (found.sites.tolist(), found.objective) == ([1], 3)


def test_a_little_traffic_is_traffic() -> None:
    """Tenths of millionths of vehicles: the same sites do best as for vehicles."""
    rng = np.random.default_rng(3)
    car = Vehicle(60.0, reserve=0.0)
    for _ in range(30):
        site = np.tile(np.arange(6), 8)
        along = reach.routes(
            np.full(8, 150.0), rng.integers(0, 151, 48), route=np.repeat(np.arange(8), 6), site=site
        )
        volume = rng.random(8)
        best = siting.refuelling(siting.Flows(along, volume), car, p=3, gap=0.0)
        few = siting.refuelling(siting.Flows(along, volume * 1e-7), car, p=3, gap=0.0)
        assert few.objective == pytest.approx(best.objective * 1e-7, rel=1e-9)
        assert few.status is best.status is SolveStatus.OPTIMAL
