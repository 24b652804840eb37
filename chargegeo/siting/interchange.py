"""The loops of the p-median: greedy opening, and swaps of one site for another, compiled.

Swaps follow Whitaker (INFOR 21, 1983): of each place of demand its nearest and second nearest open site are known,
so that one pass over the column of a closed site prices its swap against every open one. A pass over all columns
costs as much as there are stored distances. Ties go to the lowest site.

A place of demand that no open site reaches is served by none (site -1) at a price ``far``, the same for all
kernels.
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
    Sparse = tuple[Ints, Ints, Floats]  # indptr, indices, cost
    Served = tuple[Ints, Floats, Ints, Floats]  # nearest open site and its cost, second nearest and its cost


@kernel
def _served_row(rows: Sparse, i: int, opened: Flags, far: Floats, served: Served) -> None:
    """Nearest and second nearest open site of one place; its row is sorted by cost, then site."""
    indptr, site, cost = rows
    first, first_cost, second, second_cost = served
    first[i], first_cost[i], second[i], second_cost[i] = -1, far[i], -1, far[i]
    for e in range(indptr[i], indptr[i + 1]):
        if cost[e] >= far[i]:
            break
        if opened[site[e]]:
            if first[i] < 0:
                first[i], first_cost[i] = site[e], cost[e]
            else:
                second[i], second_cost[i] = site[e], cost[e]
                break


@kernel
def by_cost(indptr: Ints, site: Ints, cost: Floats) -> tuple[Ints, Floats]:
    """Sites and costs with each row by rising cost; of equal costs the order stays."""
    new_site, new_cost = np.empty_like(site), np.empty_like(cost)
    for i in range(len(indptr) - 1):
        a, b = indptr[i], indptr[i + 1]
        order = np.argsort(cost[a:b], kind="mergesort")
        for e in range(b - a):
            new_site[a + e], new_cost[a + e] = site[a + order[e]], cost[a + order[e]]
    return new_site, new_cost


@kernel
def nearest(rows: Sparse, opened: Flags, far: Floats) -> Served:
    """The nearest and the second nearest open site of each place."""
    m = len(far)
    served = (np.empty(m, np.int64), np.empty(m), np.empty(m, np.int64), np.empty(m))
    for i in range(m):
        _served_row(rows, i, opened, far, served)
    return served


@kernel
def greedy(rows: Sparse, columns: Sparse, opened: Flags, far: Floats, p: int) -> None:
    """Open sites until there are ``p``, always that which saves most; ``opened`` is filled further."""
    indptr, demand, cost = columns
    n = len(opened)
    now = nearest(rows, opened, far)[1]
    saving = np.full(n, np.inf)  # never too low, because savings only fall
    for _ in range(p - opened.sum()):
        best, best_saving = -1, -1.0
        while True:
            best, best_saving = -1, -1.0
            for j in range(n):
                if not opened[j] and saving[j] > best_saving:
                    best, best_saving = j, saving[j]
            fresh = 0.0
            for e in range(indptr[best], indptr[best + 1]):
                fresh += max(now[demand[e]] - cost[e], 0.0)
            if fresh == best_saving:
                break
            saving[best] = fresh
        opened[best] = True
        for e in range(indptr[best], indptr[best + 1]):
            now[demand[e]] = min(now[demand[e]], cost[e])


@kernel
def _priced(columns: Sparse, j: int, served: Served, credit: Floats) -> float:
    """What opening site ``j`` saves; ``credit`` is what it takes off the loss of closing each open site."""
    indptr, demand, cost = columns
    first, first_cost, _, second_cost = served
    gain = 0.0
    for e in range(indptr[j], indptr[j + 1]):
        i, c = demand[e], cost[e]
        if c < second_cost[i]:
            if c < first_cost[i]:
                gain += first_cost[i] - c
                c = first_cost[i]
            if first[i] >= 0:
                credit[first[i]] += second_cost[i] - c
    return gain


@kernel
def _swapped(
    rows: Sparse, columns: Sparse, swap: tuple[int, int], state: tuple[Flags, Floats], served: Served
) -> None:
    """Open one site and close another."""
    indptr, demand, _ = columns
    opened, far = state
    first, _, second, second_cost = served
    new, old = swap
    opened[new], opened[old] = True, False
    for e in range(indptr[old], indptr[old + 1]):
        i = demand[e]
        if first[i] == old or second[i] == old:
            _served_row(rows, i, opened, far, served)
    for e in range(indptr[new], indptr[new + 1]):
        i = demand[e]
        if columns[2][e] < second_cost[i] and first[i] != new and second[i] != new:
            _served_row(rows, i, opened, far, served)


@kernel
def _losses(served: Served, losses: Floats) -> None:
    """What closing each open site would cost."""
    first, first_cost, _, second_cost = served
    losses[:] = 0.0
    for i in range(len(first)):
        if first[i] >= 0:
            losses[first[i]] += second_cost[i] - first_cost[i]


@kernel
def interchange(rows: Sparse, columns: Sparse, opened: Flags, locked: Flags, far: Floats) -> float:
    """Swap sites as long as one swap saves; ``opened`` becomes the choice, its cost is returned.

    Closed sites are gone through in turn, and each takes the place of the open one where that saves most. The
    search ends after a round in which none did.
    """
    n = len(opened)
    served = nearest(rows, opened, far)
    losses, credit = np.empty(n), np.zeros(n)
    _losses(served, losses)
    tried, j, total = 0, 0, served[1].sum()
    while tried < n:
        if not opened[j]:
            credit[:] = 0.0
            gain = _priced(columns, j, served, credit)
            old, most = -1, 1e-12 * total
            for k in range(n):
                if opened[k] and not locked[k] and gain - losses[k] + credit[k] > most:
                    old, most = k, gain - losses[k] + credit[k]
            if old >= 0:
                _swapped(rows, columns, (j, old), (opened, far), served)
                _losses(served, losses)
                total = served[1].sum()
                tried = 0
        tried += 1
        j = j + 1 if j + 1 < n else 0
    return float(total)
