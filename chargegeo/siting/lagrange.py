"""A bound for the p-median, and good choices of sites on the way: the Lagrangian of "each is served once".

With a price ``v`` for each place of demand, a site is worth what it serves below the prices, and the ``p`` that
are worth most give a bound from below (Cornuejols, Fisher and Nemhauser, Management Science 23, 1977). Prices go
up where nobody serves and down where several do (subgradients, smoothed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Sparse = tuple[Ints, Ints, Floats]


@kernel
def worth(rows: Sparse, price: Floats, n: int) -> Floats:
    """What each site is worth at these prices, at most 0; rows are sorted by cost."""
    indptr, site, cost = rows
    found = np.zeros(n)
    for i in range(len(price)):
        for e in range(indptr[i], indptr[i + 1]):
            if cost[e] >= price[i]:
                break
            found[site[e]] += cost[e] - price[i]
    return found


@kernel
def chosen(value: Floats, locked: Flags, p: int) -> Flags:
    """The locked sites and those that are worth most, ``p`` in all."""
    held = value.copy()
    for site in range(len(held)):
        if locked[site]:
            held[site] = -np.inf
    taken = np.zeros(len(value), dtype=np.bool_)
    taken[np.argsort(held, kind="mergesort")[:p]] = True
    return taken


@kernel
def times_served(rows: Sparse, price: Floats, taken: Flags) -> Floats:
    """How many of the sites taken serve each place below its price."""
    indptr, site, cost = rows
    found = np.zeros(len(price))
    for i in range(len(price)):
        for e in range(indptr[i], indptr[i + 1]):
            if cost[e] >= price[i]:
                break
            if taken[site[e]]:
                found[i] += 1.0
    return found


@kernel
def climb(
    rows: Sparse, price: Floats, most: Floats, locked: Flags, goal: tuple[int, float, int, float]
) -> tuple[float, Floats, Flags, float]:
    """Raise the bound for some rounds, from given prices.

    ``most`` are prices not to be exceeded. ``goal`` holds p, the cost of the best choice known, the number of
    rounds, and the length of the first step (2 is long).

    Returns
    -------
    The best bound, its prices, the sites taken at the last prices, and the length of the last step.
    """
    p, target, rounds, length = goal
    n = len(locked)
    best, best_price = -np.inf, price.copy()
    now, direction = price.copy(), np.zeros(len(price))
    taken = np.zeros(n, dtype=np.bool_)
    idle = 0
    for _ in range(rounds):
        value = worth(rows, now, n)
        taken = chosen(value, locked, p)
        bound = now.sum() + value[taken].sum()
        if bound > best:
            idle = 0 if bound > best + 1e-7 * abs(best) else idle
            best, best_price = bound, now.copy()
        idle += 1
        if idle > 20:
            length, idle = length / 1.5, 0
            now, direction = best_price.copy(), np.zeros(len(price))
            continue
        direction = 0.7 * direction + 0.3 * (1.0 - times_served(rows, now, taken))
        norm = (direction * direction).sum()
        if norm < 1e-12 or target <= best or length < 1e-4:
            break
        step = length * (1.02 * target - bound) / norm
        now = np.minimum(np.maximum(now + step * direction, 0.0), most)
    return best, best_price, taken, length
