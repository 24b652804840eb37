"""Which limits cannot hold together: one is given up at a time, and those that then let a plan exist are named."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import labels
from chargegeo.errors import Fault
from chargegeo.siting import highs
from chargegeo.siting.blocks import LIMITS
from chargegeo.vocab import Limit, SolveStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.blocks import Model

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

CODES = {
    Limit.PILES: "siting_clash_piles",
    Limit.CITY_QUOTA: "siting_clash_city_quota",
    Limit.COUNTY_QUOTA: "siting_clash_county_quota",
    Limit.DECIDED: "siting_clash_decided",
    Limit.PRODUCT_LEAST: "siting_clash_product_least",
    Limit.PRODUCT_MOST: "siting_clash_product_most",
    Limit.BUDGET: "siting_clash_budget",
    Limit.BAYS: "siting_clash_bays",
    Limit.GRID: "siting_clash_grid",
    Limit.DISTANCE: "siting_clash_distance",
    Limit.STRETCH: "siting_clash_stretch",
    Limit.SITES: "siting_clash_sites",
    Limit.SITE_PILES: "siting_clash_site_piles",
    Limit.TOWNSHIPS: "siting_clash_townships",
}
LARGE = 5000  # columns
SECONDS = 10.0  # of each search, at most


def clash(model: Model, until: float) -> tuple[Fault, ...]:
    """What cannot hold together.

    For each limit without which there is a plan: its units that would have to give way, and by how much. If no
    limit does by itself, ``siting_clash_of_several`` and the units of all limits; ``siting_clash_late`` if time ends
    before that is known.
    """
    nothing = model.program(np.zeros(model.n), relaxed=True)
    # where parts of piles cannot do it either, they say of a large question what mends it: whole ones take too long
    relaxed = model.n > LARGE and _status(nothing, until) == SolveStatus.INFEASIBLE
    without = {limit: _without(model, limit, until, relaxed=relaxed) for limit in CODES}
    if alone := [limit for limit, status in without.items() if status == SolveStatus.OPTIMAL]:
        return tuple(
            fault for limit in alone for fault in _shortfalls(model, (limit,), until, relaxed=relaxed)
        )
    if any(status != SolveStatus.INFEASIBLE for status in without.values()):
        return (Fault("siting_clash_late"),)
    return (Fault("siting_clash_of_several"), *_shortfalls(model, tuple(CODES), until, relaxed=relaxed))


def _without(model: Model, limit: Limit, until: float, *, relaxed: bool) -> SolveStatus:
    """``optimal`` if there is a plan without this limit, ``infeasible`` if there is none, else it is not known."""
    if not (model.limit == LIMITS.index(limit)).any():
        return SolveStatus.INFEASIBLE
    nothing = np.zeros(model.n)
    for parts in (True,) if relaxed else (True, False):
        status = _status(model.program(nothing, relaxed=parts, without=limit), until)
        if status != SolveStatus.OPTIMAL:
            return status
    return SolveStatus.OPTIMAL


def _status(program: highs.Program, until: float) -> SolveStatus:
    return highs.solve(program, highs.left(until, most=SECONDS)).status


def _shortfalls(model: Model, limits: tuple[Limit, ...], until: float, *, relaxed: bool) -> list[Fault]:
    """The least that some limits must give way, by unit."""
    rows = np.flatnonzero(np.isin(model.limit, [LIMITS.index(limit) for limit in limits]))
    answer = highs.solve(_elastic(model, rows, relaxed=relaxed), highs.left(until, most=SECONDS))
    if answer.x is None:
        # of all limits together, nothing is known; of one alone, that it stands in the way
        return [
            Fault("siting_clash_unmeasured", value=str(limit), params={"limit": labels.Word("limit", limit)})
            for limit in limits if len(limits) == 1
        ]  # fmt: skip
    more, less = np.asarray(answer.x)[model.n :].reshape(2, -1)
    return [
        Fault(
            CODES[LIMITS[model.limit[row]]],
            row=int(model.unit[row]),
            value=int(model.unit[row]),
            params={
                "short": math.ceil(more[at] + less[at] - 1e-6) if relaxed else _whole(more[at] + less[at])
            },
        )
        for at, row in enumerate(rows)
        if more[at] + less[at] > 1e-6
    ]


def _whole(value: float) -> float:
    return int(np.rint(value)) if abs(value - np.rint(value)) < 1e-6 else round(float(value), 3)


def _elastic(model: Model, rows: NDArray[np.int64], *, relaxed: bool) -> highs.Program:
    """The program in which some rows may be missed, each by its share as little as can be."""
    from scipy.sparse import csr_array, hstack

    program = model.program(np.zeros(model.n), relaxed=relaxed)
    own, n, shape = np.arange(len(rows)), len(rows), (len(model.low), len(rows))
    ones = csr_array((np.ones(n), (rows, own)), shape=shape)
    size = np.maximum(np.abs(np.where(np.isfinite(model.low), model.low, model.high))[rows], 1.0)
    return replace(
        program,
        rows=csr_array(hstack([program.rows, ones, -ones], format="csr")),
        cost=np.concatenate([program.cost, -1.0 / size, -1.0 / size]),
        lower=np.concatenate([program.lower, np.zeros(2 * n)]),
        upper=np.concatenate([program.upper, np.full(2 * n, np.inf)]),
        whole=np.concatenate([program.whole, np.zeros(2 * n, dtype=bool)]),
    )
