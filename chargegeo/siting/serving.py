"""Which new site serves which unit: the nearest of them, so that no unit is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo import schema

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.siting.worlds import World


def site_units(
    world: World, amount: NDArray[np.int64], weight: NDArray[np.float64], *, limit: float
) -> pd.DataFrame:
    """The nearest site with new piles of each unit, as far as one is within a limit.

    Parameters
    ----------
    amount
        int64 (n, k): new piles.
    weight
        float64 (m): people of each unit.
    limit
        Minutes by road, or km in a straight line (see :class:`chargegeo.siting.worlds.World`).

    Returns
    -------
    Contract ``site_units``, in the order of the units; of sites equally near the first candidate is taken.
    """
    reach, units = world.reach, world.register.units
    row = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    near = (amount.sum(axis=1) > 0)[reach.indices] & (reach.data <= limit)
    row, site, cost = row[near], reach.indices[near], reach.data[near]
    order = np.lexsort((site, cost, row))
    unit, first = np.unique(row[order], return_index=True)
    nearest = order[first]
    table = units.iloc[unit][["unit_code", "name", "county_name"]].assign(
        site_id=world.sites["site_id"].to_numpy(dtype=object)[site[nearest]], people=weight[unit],
        minutes=cost[nearest] if world.by_road else np.nan,
        km=np.nan if world.by_road else cost[nearest],
    )  # fmt: skip
    return schema.conform(table.reset_index(drop=True), "site_units")
