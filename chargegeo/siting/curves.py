"""What more piles would bring: closing curves, the worth of one more, and what each limit costs."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import schema
from chargegeo.siting import asking, building, cover_models, highs, inputs, naming, planning
from chargegeo.siting.blocks import LIMITS
from chargegeo.siting.worth import marginal_values
from chargegeo.vocab import Limit, Measure, SolveStatus, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.region import Rule
    from chargegeo.siting.asking import Question
    from chargegeo.siting.blocks import Model
    from chargegeo.siting.inputs import Product
    from chargegeo.siting.scenarios import Scenario
    from chargegeo.siting.worlds import World

    Ints = NDArray[np.int64]

STEPS = 10  # points of a curve between nothing and all
GIVEN_UP = (
    Limit.CITY_QUOTA, Limit.COUNTY_QUOTA, Limit.DECIDED, Limit.PRODUCT_LEAST, Limit.PRODUCT_MOST, Limit.BUDGET,
    Limit.BAYS, Limit.GRID, Limit.DISTANCE, Limit.STRETCH, Limit.SITES, Limit.SITE_PILES,
)  # fmt: skip


def closing_curve(
    world: World, asked: Question, scenario: Scenario, *, time_limit: float = 120.0
) -> pd.DataFrame:
    """How many piles it takes to close so many units of each rung, and to bring so many people within reach.

    Of a rung, each uncovered unit takes one pile at its seat, at the cheapest product that satisfies it; the units with
    most people come first, which is the most that so many piles can do. Units whose verdict is unknown are told beside.
    Within reach means within the limit of the scenario of a public pile in service; the sites are a maximal cover,
    with its bound, which is the wider the less time there is.

    Parameters
    ----------
    time_limit
        Seconds for the searches of all points together.

    Returns
    -------
    Contract ``closing_curve``.
    """
    import pandas as pd

    rungs = {rung.id: (rule, rung.id) for rule in world.register.rules for rung in rule.rungs}
    rows = [row for rule, rung in rungs.values() for row in _of_rung(world, asked, rule, rung)]
    rows += list(_of_people(world, asked, scenario, time.perf_counter() + time_limit))
    return schema.conform(pd.DataFrame(rows), "closing_curve")


def _of_rung(world: World, asked: Question, rule: Rule, rung: str) -> Iterator[dict[str, Any]]:
    state = asking.judge(world, replace(rule, headline=rung))["state"].to_numpy()[asked.judged]
    people = np.asarray(asked.demand.weight)[asked.judged]
    lacking = np.sort(people[state == State.UNCOVERED])[::-1]
    covered = state == State.COVERED
    price = cheapest(replace(rule, headline=rung), asked.products)
    for n in steps(len(lacking)):
        served = float(people[covered].sum() + lacking[:n].sum())
        yield {
            "measure": str(Measure.RUNG), "name": rung, "n_piles": n, "cost": None if price is None else n * price,
            "n_units": int(covered.sum()) + n, "of_units": len(state),
            "n_unknown": int((state == State.UNKNOWN).sum()), "people": served, "of_people": float(people.sum()),
            "bound": served,
        }  # fmt: skip


def cheapest(rule: Rule, products: tuple[Product, ...]) -> float | None:
    """Money for the cheapest product that satisfies the rung of a rule; none where none does."""
    fits = asking.fitting(rule, products)
    return min((item.cost for item, fit in zip(products, fits, strict=True) if fit), default=None)


def steps(n: int) -> list[int]:
    """Whole numbers from 0 to n, ten equal steps at most."""
    return sorted({round(n * step / STEPS) for step in range(STEPS + 1)})


def _of_people(world: World, asked: Question, scenario: Scenario, until: float) -> Iterator[dict[str, Any]]:
    weight = np.asarray(asked.demand.weight)
    stands = np.flatnonzero(world.sites["n_standing"].to_numpy() > 0)
    price = min(item.cost for item in asked.products)
    reach = asked.demand.reach.copy()
    reach.data[~_usable(asked)[reach.indices]] = 0.0
    reach.eliminate_zeros()
    row = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    served = np.bincount(row, np.isin(reach.indices, stands), minlength=reach.shape[0]) > 0
    lacking = reach[np.flatnonzero(~served & (np.diff(reach.indptr) > 0))]
    all_ = cover_models.set_cover(lacking, time_limit=highs.left(until, share=0.3).time_limit)
    most = float(weight[np.diff(reach.indptr) > 0].sum())  # nobody else can be served by anything
    name = f"{scenario.minutes:g} min" if world.by_road else f"{scenario.km:g} km"
    points = steps(len(all_.sites))
    for at, n in enumerate(points):
        seconds = highs.left(until, share=1 / (len(points) - at)).time_limit
        found = cover_models.maximal_cover(
            reach, weight, p=n + len(stands), fixed=stands, time_limit=seconds, gap=1e-3
        )
        yield {
            "measure": str(Measure.MINUTES), "name": name, "n_piles": n, "cost": n * price,
            "people": found.objective, "of_people": float(weight.sum()), "bound": min(found.bound, most),
        }  # fmt: skip


def _usable(asked: Question) -> NDArray[np.bool_]:
    """Bool (n): sites where piles stand or one may be built."""
    task = inputs.Task(asked.candidates, asked.demand, asked.limits, asked.products)
    room = (task.bays[:, None] >= task.of("bays")) & (task.grid_kw[:, None] >= task.of("kw"))
    usable: NDArray[np.bool_] = (task.standing.sum(axis=1) > 0) | (room.any(axis=1) & ~task.closed)
    return usable


def limits_table(world: World, asked: Question, *, time_limit: float) -> pd.DataFrame:
    """The marginal value of each limit that binds, and what could be had without each limit as a whole.

    Parameters
    ----------
    time_limit
        Seconds for all this together.

    Returns
    -------
    Contract ``scenario_limits``. Values and bounds are those of the linear program; see :func:`late`.
    """
    import pandas as pd

    given, until = (asked.candidates, asked.demand, asked.limits), time.perf_counter() + time_limit
    duals = marginal_values(*given, products=asked.products, time_limit=time_limit / 3)
    rows: list[Any] = duals.to_dict("records")
    named = []
    for row in rows:
        about = naming.of_row(world, asked, row["limit"], int(row["unit"]))
        named.append({
            "limit": row["limit"], "unit": None if about is None else about.code,
            "unit_name": None if about is None else about.name,
            "allowed": row["allowed"] if math.isfinite(row["allowed"]) else None, "dual": row["value"],
        })  # fmt: skip
    return schema.conform(pd.DataFrame([*named, *_without(asked, until)]), "scenario_limits")


def late(table: pd.DataFrame) -> list[str]:
    """Limits of a table of which time was too short to say what could be had without them."""
    whole = table[table["unit"].isna() & table["dual"].isna() & table["objective_without"].isna()]
    return whole["limit"].tolist()


def _without(asked: Question, until: float) -> Iterator[dict[str, Any]]:
    """What the linear program gives without each limit; nothing known where time ends.

    A limit none of whose rows has a dual value holds nothing back, so it need not be solved without, if no township
    is left.
    """
    task = inputs.task(asked.candidates, asked.demand, asked.limits, asked.products)
    model = building.build(task, tight=False)
    towns = len(asked.lacking)
    whole, first = planning.relaxed(model, highs.left(until, share=0.5))
    closed = first.x is not None and float(whole.townships @ first.x) > towns - 1e-6
    with_all = _bounds("with", model, whole, first, towns)
    for limit in GIVEN_UP:
        chosen = model.limit == LIMITS.index(limit)
        if not chosen.any():
            continue
        relaxed, answer = whole, first
        if first.duals is not None and (
            not closed or np.abs(first.duals[: len(chosen)][chosen]).max() > 1e-9
        ):
            free = replace(
                model,
                low=np.where(chosen, -math.inf, model.low), high=np.where(chosen, math.inf, model.high),
            )  # fmt: skip
            relaxed, answer = planning.relaxed(free, highs.left(until))
        if answer.status == SolveStatus.TIME_OUT:
            yield {"limit": str(limit)}
        if answer.x is None:
            continue
        yield {"limit": str(limit), **with_all, **_bounds("without", model, relaxed, answer, towns)}


def _bounds(
    which: str, model: Model, relaxed: Model, answer: highs.Answer, towns: int
) -> Mapping[str, float | None]:
    """What a linear program has: people, and townships of those that lack; nothing if it was not solved."""
    if answer.x is None:
        return {}
    closed = math.floor(float(relaxed.townships @ answer.x) + 1e-6)
    return {
        f"objective_{which}": answer.objective + model.base,
        f"townships_{which}": min(closed, towns) if towns else None,
    }
