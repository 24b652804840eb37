"""Plans held against what they promise: examples by hand of questions that once got a wrong number."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array

from chargegeo import siting
from chargegeo.cli import printing
from chargegeo.schema import Caption
from chargegeo.siting import asking, building, checking, clashing, curves, highs, inputs, planning
from chargegeo.siting.inputs import Candidates, Demand, Limits, Product
from chargegeo.study import scenario_outputs
from chargegeo.study import scenarios as solved
from chargegeo.vocab import Limit, SolveStatus
from tests.siting.small_world import asked, small

AC, DC = Product("ac", 7.0, cost=1.0), Product("dc", 120.0, guns=2, bays=2, cost=9.0)
ULTRA = Product("ultra", 480.0, guns=2, bays=2, cost=40.0)


def ones(*rows: list[int]) -> csr_array:
    return csr_array(np.array(rows, dtype=float))


# ---- several years


def test_guns_of_the_first_year_serve_in_the_second() -> None:
    """One gun stands for 10 people; two more in the first year, three more in the second: 30, then 60 of 100."""
    pile = (Product("pile", 60.0, cost=1.0),)
    here = Candidates(
        np.zeros(2, dtype=np.int64), standing=np.array([[1], [0]]), standing_guns=np.array([1.0, 0.0]),
        standing_kw=np.array([60.0, 0.0]),
    )  # fmt: skip
    crowd = Demand(ones([1, 1]), np.array([100.0]), people_per_gun=10.0)
    found = siting.plan_years(here, crowd, [Limits(2), Limits(3)], products=pile)
    assert [item.objective for item in found] == [30, 60]


def test_piles_of_the_first_year_are_of_the_pool_in_the_second() -> None:
    """200 kW with two piles of 100 kW: one pile of 120 kW in each of two years, though 7 kW would do for the rest."""
    here = Candidates(
        np.zeros(1, dtype=np.int64), standing=np.array([[1, 0]]), standing_kw=np.array([7.0]),
        standing_guns=np.array([1.0]), standing_piles=(np.array([0]), np.array([7.0]), np.array([1])),
    )  # fmt: skip
    nobody = Demand(ones([1]), np.array([0.0]))
    pool = Limits(
        1, stretches=ones([1]), pool_kw=np.array([200.0]), pool_guns=np.array([5.0]), pool_piles=np.array([2.0]),
        pool_at_kw=np.array([100.0]),
    )  # fmt: skip
    first = Limits(1, product_least=np.array([0, 1]))
    found = siting.plan_years(here, nobody, [first, pool], products=(AC, DC))
    assert [item.amount.tolist() for item in found if item.amount is not None] == [[[0, 1]], [[0, 1]]]
    assert siting.plan(here, nobody, pool, products=(AC, DC)).status == SolveStatus.INFEASIBLE


# ---- power of what stands


@pytest.mark.parametrize(
    ("power", "sold", "new"),
    [(60.0, (ULTRA,), 1), (160.0, (DC, ULTRA), 0), (150.0, (ULTRA,), 0), (149.0, (DC, ULTRA), 1)],
)
def test_a_fast_pile_is_one_by_its_own_power(power: float, sold: tuple[Product, ...], new: int) -> None:
    """Whatever is sold: 400 kW with a pile of 150 kW. A pile of 60 kW is none, one of 160 kW is."""
    k = len(sold)
    standing = np.zeros((2, k), dtype=np.int64)
    standing[0, 0] = 9
    here = Candidates(
        np.zeros(2, dtype=np.int64), standing=standing, standing_kw=np.array([9 * power, 0.0]),
        standing_piles=(np.array([0]), np.array([power]), np.array([9])),
    )  # fmt: skip
    pool = Limits(
        1,
        stretches=ones([1, 0]),
        pool_kw=np.array([400.0]),
        pool_piles=np.array([1.0]),
        pool_at_kw=np.array([150.0]),
    )
    crowd = Demand(ones([0, 1]), np.array([5.0]))
    found = siting.plan(here, crowd, pool, products=sold)
    assert found.amount is not None and found.amount[0].sum() == new


def test_a_world_tells_the_power_of_each_pile() -> None:
    """A has four piles of 180 kW and two of 7, B three of 7; sold is only what is stronger than most of them."""
    sold = {name: {"most": 0} for name in ("ac_7", "dc_60", "dc_120")}
    given = asking.ask(small(), asked(products=sold)).candidates.standing_piles
    assert given is not None
    told = sorted(zip(*(part.tolist() for part in given), strict=True))
    assert told == [(6, 7.0, 2), (6, 180.0, 4), (7, 7.0, 3)]


# ---- where nothing may be built


def test_closed_sites_are_no_limit_that_can_be_given_up() -> None:
    """No bays are stated: what a plan would serve without them is no question, and stations stay closed."""
    world, scenario = small(), asked(candidates={"kinds": ["seat"]}, max_piles_per_site=50)
    question = asking.ask(world, scenario)
    table = curves.limits_table(world, question, time_limit=20)
    assert not set(table["limit"]) & {"bays", "grid"}
    plan = solved.plan(world, asked(candidates={"kinds": ["seat"]}, target_piles=9), None, "en")
    assert set(plan.tables["sites"]["site_kind"]) == {"seat"}
    task = inputs.task(question.candidates, question.demand, question.limits, question.products)
    amount = np.zeros(task.shape, dtype=np.int64)
    amount[7, 1] = 4
    assert [fault.code for fault in checking.broken(task, amount)] == ["siting_broken_closed"]
    assert not building.build(task, tight=False).blocks["pile"].upper.reshape(task.shape)[6:].any()


def test_what_is_decided_at_a_closed_site_is_named() -> None:
    decided = [{"site": "station-410122101", "product": "dc_120", "piles": 2}]
    plan = solved.plan(small(), asked(candidates={"kinds": ["seat"]}, decided=decided), None, "en")
    assert plan.status == SolveStatus.INFEASIBLE
    assert [(f.code, f.feature) for f in plan.solution.clash] == [
        ("siting_clash_decided", "station-410122101")
    ]


def test_the_curve_of_people_counts_on_no_closed_site() -> None:
    """Only service areas are taken, and there are none: 3,500 people near what stands, and no more."""
    world, scenario = small(), asked(candidates={"kinds": ["service_area"]}, must_cover="none")
    curve = curves.closing_curve(world, asking.ask(world, scenario), scenario)
    near = curve[curve["measure"] == "minutes"]
    assert near[["n_piles", "people", "bound"]].to_numpy().tolist() == [[0, 3500, 3500]]


# ---- a search that was stopped


def test_people_of_a_plan_are_counted_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search stopped at a plan whose guns serve nobody yet: they serve 30 of the 40, as they would."""
    solve = highs.solve

    def idle(program: highs.Program, effort: highs.Effort) -> highs.Answer:
        found = solve(program, effort)
        if not program.whole.any() or found.x is None:
            return found
        x = np.where(np.asarray(program.cost) > 0, 0.0, found.x)
        return replace(found, x=x, objective=0.0, status=SolveStatus.FEASIBLE)

    monkeypatch.setattr(highs, "solve", idle)
    here = Candidates(np.zeros(2, dtype=np.int64))
    crowd = Demand(ones([1, 0], [1, 1]), np.array([15.0, 25.0]), people_per_gun=10.0)
    found = planning.plan(here, crowd, Limits(3), products=(Product("pile", 60.0),))
    assert found.objective == pytest.approx(30) and found.bound == pytest.approx(30)


def test_as_many_townships_as_there_are_piles() -> None:
    """200 piles for 754 townships with two sites each: HiGHS as it comes takes a minute to simplify this."""
    m, lacking = 2586, 754
    rows = np.repeat(np.arange(lacking), 2)
    towns = csr_array((np.ones(2 * lacking), (rows, rows + np.tile([0, m], lacking))), shape=(lacking, 2 * m))
    near = csr_array((np.ones(m), (np.arange(m), np.arange(m))), shape=(m, 2 * m))
    crowd = Demand(near, np.full(m, 7.0), townships=towns, closing=np.array([False, True, True]))
    here = Candidates(np.zeros(2 * m, dtype=np.int64))
    found = planning.plan(here, crowd, Limits(200), products=(AC, DC, ULTRA), time_limit=20)
    assert found.status == SolveStatus.OPTIMAL and found.objective == 200 * 7 and found.seconds < 20
    assert (
        found.amount is not None and (found.amount[:lacking] + found.amount[m:][:lacking])[:, 1:].sum() == 200
    )


# ---- what is said


def test_numbers_in_messages_are_whole_and_grouped() -> None:
    dear = solved.contradictions(asked(target_piles=20_000, budget=5_000_000.0))
    assert "20,000 piles cost at least 100,000,000, and the budget is 5,000,000." in dear[0].text("en")
    assert "20,000" in dear[0].text("zh") and "100,000,000" in dear[0].text("zh")
    kinds = {"kinds": ["seat"], "bays": 0}
    clash = solved.plan(small(), asked(target_piles=4000, candidates=kinds), None, "zh").solution.clash
    assert {fault.params["short"] for fault in clash} == {4000}
    assert all("4,000" in fault.text(lang) for fault in clash for lang in ("zh", "en"))


def test_a_clash_that_time_did_not_measure_is_named_without_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """One limit that stands in the way is named; of many nothing is known, so none is."""
    late = highs.Answer(None, float("nan"), float("nan"), SolveStatus.TIME_OUT)
    monkeypatch.setattr(clashing.highs, "solve", lambda *_: late)
    model = building.build(inputs.task(Candidates(np.zeros(1, dtype=np.int64)), Demand(ones([1]), np.ones(1)),
                                       Limits(1), (AC,)))  # fmt: skip
    assert [f.code for f in clashing.clash(model, 0.0)] == ["siting_clash_late"]
    (one,) = clashing._shortfalls(model, (Limit.PILES,), 0.0, relaxed=False)
    assert (
        one.code == "siting_clash_unmeasured"
        and "new piles in all" in one.text("en")
        and "None" not in one.text("en")
    )


def test_what_is_not_known_is_told_as_such(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """People before the plan that time did not count, and a plan without a bound."""
    plan = solved.plan(small(), asked(), None, "en")
    counts = {**plan.counts, "served_before": None, "bound": None, "gap": None}
    printing.print_planned([replace(plan, counts=counts)], tmp_path, "en")
    told = capsys.readouterr().out
    assert "unknown" in told and "7,800" in told and "None" not in told


@pytest.mark.parametrize(
    ("weight", "people", "words"),
    [("population", 1136.7, ["serves 1,137 people", "those of the units"]), ("equal", 0.019, ["0.019", "count units"]),
     ("villages", 12.345, ["12.3", "count villages"])],
)  # fmt: skip
def test_a_caption_says_what_is_counted(weight: str, people: float, words: list[str]) -> None:
    results = SimpleNamespace(
        tables={"reach": None}, caption=Caption("t", "a", "d", "s", "d", "x", "n", lang="en")
    )
    said = scenario_outputs.caption(results, asked(weight=weight), {"people_per_gun": people}).definition  # type: ignore[arg-type]
    assert all(word in str(said) for word in words)
