"""What a pile more is worth, and what each limit costs: duals of the linear program of a plan."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import building, highs, inputs, planning
from chargegeo.siting.blocks import LIMITS
from chargegeo.vocab import Limit

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.siting.blocks import Model
    from chargegeo.siting.inputs import Candidates, Demand, Limits, Product

LITTLE = 1e-3  # of a pile: next to a whole number of piles, one more and one less are worth different amounts
SHOWN = tuple(limit for limit in Limit if limit not in (Limit.OF_ITSELF, Limit.DISTANCE))


def marginal_values(
    candidates: Candidates, demand: Demand, limits: Limits, *, products: tuple[Product, ...] | None = None,
    time_limit: float = 120.0,
) -> pd.DataFrame:  # fmt: skip
    """How many more people one unit more of each limit would let a plan serve.

    Townships come first here too: the values hold with as many townships as can be. They are those of the linear
    program, which no plan can pass, for a little more in every city at once; where nothing more fits, for as much
    as there is.

    Parameters
    ----------
    time_limit
        Seconds of one clock.

    Returns
    -------
    One row for each limit and unit (city, county, product, site, stretch) that holds the plan back or, for
    ``city_quota``, for every city: ``limit``, ``unit``, ``allowed``, ``value``. The value of a city is that of one
    pile more there and in all. Empty if there is no plan, or no time.
    """
    import pandas as pd

    asked = inputs.task(candidates, demand, limits, products)
    model = building.build(asked)
    until = time.perf_counter() + time_limit
    model, answer = planning.relaxed(_a_little_more(model), highs.left(until))
    if answer.duals is None:
        model, answer = planning.relaxed(building.build(asked), highs.left(until))
    if answer.duals is None:
        return pd.DataFrame({"limit": [], "unit": [], "allowed": [], "value": []})
    of_limit = {limit: model.limit == LIMITS.index(limit) for limit in Limit}
    value = answer.duals.copy()
    in_all = of_limit[Limit.PILES]
    value[of_limit[Limit.CITY_QUOTA]] += value[in_all].sum()
    shown = of_limit[Limit.CITY_QUOTA] | (
        np.isin(model.limit, [LIMITS.index(x) for x in SHOWN]) & (value != 0)
    )
    rows = np.flatnonzero(shown)
    return pd.DataFrame(
        {
            "limit": [str(LIMITS[at]) for at in model.limit[rows]],
            "unit": model.unit[rows],
            "allowed": np.round(np.where(model.low[rows] > -math.inf, model.low[rows], model.high[rows]), 2),
            "value": value[rows] + 0.0,
        }
    )


def _a_little_more(model: Model) -> Model:
    """The model with a little more of a pile in every city, and in all."""
    cities, in_all = (model.limit == LIMITS.index(limit) for limit in (Limit.CITY_QUOTA, Limit.PILES))
    more = LITTLE * cities + LITTLE * max(int(cities.sum()), 1) * in_all
    return replace(model, low=model.low + more, high=model.high + more)
