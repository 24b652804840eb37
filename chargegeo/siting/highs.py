"""Mixed-integer programs in arrays, solved by HiGHS.

HiGHS keeps one set of threads for a whole process and fails where a later model asks for another number. Every
model here runs with one thread, behind one lock, after a reset of that set: the answer does not depend on the
machine nor on what else in the process used HiGHS.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.vocab import SolveStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Float = NDArray[np.float64]

AGGREGATOR = (
    1 << 12
)  # rule of the presolve: 40 s without a look at the clock where without it 0.1 s are enough
SMALL = 1e-2  # of an objective: one more of such is not told from nothing with certainty
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Program:
    """Best of ``cost @ x`` with ``low <= rows @ x <= high`` and ``lower <= x <= upper``.

    Parameters
    ----------
    rows
        Constraints (r, c) in compressed sparse rows.
    low, high
        Limits of the constraints (r,); infinite where there is none.
    cost, lower, upper
        What each column adds and its limits (c,).
    whole
        Whether a column must be a whole number (c,).
    maximise
        Else the least is sought.
    """

    rows: csr_array
    low: Float
    high: Float
    cost: Float
    lower: Float
    upper: Float
    whole: NDArray[np.bool_]
    maximise: bool


@dataclass(frozen=True)
class Effort:
    """How much work: seconds, the gap that is good enough, the seed."""

    time_limit: float = 60.0
    gap: float = 1e-4
    seed: int = 0


def left(until: float, *, share: float = 1.0, most: float = math.inf) -> Effort:
    """A share of the seconds that are left until a moment of ``time.perf_counter``, and no more than so many."""
    return Effort(min(max(until - time.perf_counter(), 0.0) * share, most))


@dataclass(frozen=True)
class Answer:
    """What HiGHS found: values of the columns (none without a plan), objective, bound, and the status.

    ``duals`` holds what one unit more of the limit of each row changes the objective by; of linear programs only.
    """

    x: Float | None
    objective: float
    bound: float
    status: SolveStatus
    duals: Float | None = None


def solve(program: Program, effort: Effort, start: Float | None = None) -> Answer:
    """The program solved; ``start`` holds values of all columns (c,) of a plan already known.

    Without a whole column it is a linear program; its bound is its optimum. A plan is only reported where HiGHS
    says itself that it is feasible.
    """
    import highspy

    if not len(program.cost):
        return _nothing_to_choose(program)
    if (unit := large(np.abs(program.cost), below=SMALL)) > 1:
        answer = solve(replace(program, cost=program.cost * unit), effort, start)
        duals = None if answer.duals is None else answer.duals / unit
        return replace(answer, objective=answer.objective / unit, bound=answer.bound / unit, duals=duals)
    with _ONE_AT_A_TIME:
        highspy.Highs.resetGlobalScheduler(True)
        model = highspy.Highs()  # type: ignore[no-untyped-call]
        options = _options(effort)
        if not program.whole.any():
            options["presolve_rule_off"] = AGGREGATOR
        for option, value in options.items():
            model.setOptionValue(option, value)
        if model.passModel(*_arrays(program)) == highspy.HighsStatus.kError:
            return Answer(None, math.nan, math.nan, SolveStatus.ERROR)
        if start is not None:
            columns = np.arange(len(start), dtype=np.int32)
            model.setSolution(len(start), columns, np.asarray(start, dtype=np.float64))
        model.run()
        return _answer(model, program)


def large(values: Float, *, below: float) -> float:
    """A power of two that makes the largest of small values a thousand or so; HiGHS takes a millionth for nothing."""
    largest = float(values.max(initial=0.0))
    return 2.0 ** (10 - math.frexp(largest)[1]) if 0 < largest < below else 1.0


def _nothing_to_choose(program: Program) -> Answer:
    """The answer without a column, of which HiGHS says nothing."""
    if ((program.low > 0) | (program.high < 0)).any():
        return Answer(None, math.nan, math.nan, SolveStatus.INFEASIBLE)
    return Answer(np.empty(0), 0.0, 0.0, SolveStatus.OPTIMAL, np.zeros(len(program.low)))


def _options(effort: Effort) -> dict[str, Any]:
    return {
        "output_flag": False,
        "threads": 1,
        "random_seed": effort.seed % 2**31,
        "time_limit": max(float(effort.time_limit), 0.0),
        "mip_rel_gap": float(effort.gap),
        "mip_abs_gap": 0.0,
        # a search of its own that never looks at the clock: seconds for nothing where a plan is near
        "mip_heuristic_run_feasibility_jump": False,
    }


def _arrays(program: Program) -> tuple[Any, ...]:
    """Arguments of ``passModel``: sizes, row-wise format, sense, offset, arrays."""
    rows, n = program.rows, len(program.cost)
    return (
        n, rows.shape[0], rows.nnz, 2, -1 if program.maximise else 1, 0.0,
        program.cost, program.lower, program.upper, program.low, program.high,
        rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data.astype(np.float64),
        program.whole.astype(np.int32),
    )  # fmt: skip


def _answer(model: Any, program: Program) -> Answer:
    import highspy

    info, said = model.getInfo(), model.getModelStatus()
    planned = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(model.getSolution().col_value) if planned else None
    value = float(info.objective_function_value) if planned else math.nan
    kinds = highspy.HighsModelStatus
    if said == kinds.kOptimal and planned:
        bound = float(info.mip_dual_bound) if program.whole.any() else value
        duals = None if program.whole.any() else np.array(model.getSolution().row_dual)
        return Answer(x, value, bound, SolveStatus.OPTIMAL, duals)
    if said in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Answer(None, math.nan, math.nan, SolveStatus.INFEASIBLE)
    if said not in (kinds.kTimeLimit, kinds.kInterrupt, kinds.kSolutionLimit, kinds.kIterationLimit):
        return Answer(None, math.nan, math.nan, SolveStatus.ERROR)
    bound = (
        float(info.mip_dual_bound) if program.whole.any() and math.isfinite(info.mip_dual_bound) else math.nan
    )
    return Answer(x, value, bound, SolveStatus.FEASIBLE if planned else SolveStatus.TIME_OUT)
