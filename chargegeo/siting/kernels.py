"""The loops over rows and sites of a cover relation, compiled.

A row counts how many chosen sites cover it. The first adds ``weight``, the second ``more`` (never above
``weight``), the others nothing. ``gain`` is what a site would add if it were chosen as well, ``loss`` what would go
with it if it were chosen and left; both are kept for all sites, and change only where a count passes 0, 1 or 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Long = NDArray[np.int64]
    Int = NDArray[np.int32]
    Float = NDArray[np.float64]
    Bool = NDArray[np.bool_]
    Worth = tuple[Float, Float]  # weight, more
    Pairs = tuple[Long, Int, Long, Int]  # start, site, begin, row
    Tally = tuple[Int, Long, Long, Float, Float]  # count, sum and sum of squares of chosen sites, gain, loss


@kernel
def turn(start: Long, site: Int, at: Long, row: Int) -> None:
    """Fill ``row`` with the rows by site; ``at`` (where each site's begin) moves to the end."""
    for r in range(len(start) - 1):
        for k in range(start[r], start[r + 1]):
            row[at[site[k]]] = r
            at[site[k]] += 1


@kernel
def marks(start: Long, site: Int, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sum of the keys of each row's sites."""
    mark = np.zeros(len(start) - 1, np.uint64)
    for r in range(len(mark)):
        for k in range(start[r], start[r + 1]):
            mark[r] += keys[site[k]]
    return mark


@kernel
def differ(start: Long, site: Int, order: Long) -> Bool:
    """Whether each row of ``order`` differs from the one before it."""
    new = np.ones(len(order), np.bool_)
    for i in range(1, len(order)):
        a, b = start[order[i - 1]], start[order[i]]
        length = start[order[i] + 1] - b
        if start[order[i - 1] + 1] - a == length:
            k = 0
            while k < length and site[a + k] == site[b + k]:
                k += 1
            new[i] = k < length
    return new


@kernel
def copy_rows(start: Long, site: Int, rows: Long, into: Int) -> None:
    """Fill ``into`` with the sites of these rows."""
    at = 0
    for r in rows:
        for k in range(start[r], start[r + 1]):
            into[at] = site[k]
            at += 1


@kernel
def gather(start: Long, site: Int, values: Float, into: Float) -> None:
    """Sum of ``values`` over each row's sites, four at a time; unsigned places spare the test for negative ones."""
    one, four = np.uint64(1), np.uint64(4)
    for r in range(len(start) - 1):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        k, end = np.uint64(start[r]), np.uint64(start[r + 1])
        while k + four <= end:
            a += values[np.uint64(site[k])]
            b += values[np.uint64(site[k + one])]
            c += values[np.uint64(site[k + np.uint64(2)])]
            d += values[np.uint64(site[k + np.uint64(3)])]
            k += four
        while k < end:
            a += values[np.uint64(site[k])]
            k += one
        into[r] = (a + b) + (c + d)


@kernel
def onto(z: Float, step: Float, p: int, into: Float) -> None:
    """The point nearest to ``z`` (in the metric of the steps) with entries from 0 to 1 that add up to ``p``."""
    low, high = np.inf, -np.inf
    for j in range(len(z)):
        low, high = min(low, (z[j] - 1) / step[j]), max(high, z[j] / step[j])
    for _ in range(60):
        middle, total = (low + high) / 2, 0.0
        for j in range(len(z)):
            total += min(max(z[j] - middle * step[j], 0.0), 1.0)
        if total > p:
            low = middle
        else:
            high = middle
        if high - low <= 1e-13 * max(abs(low), abs(high)):
            break
    for j in range(len(z)):
        into[j] = min(max(z[j] - high * step[j], 0.0), 1.0)


@kernel
def _up(count: int, weight: float, more: float) -> float:
    return weight if count == 0 else more if count == 1 else 0.0


@kernel
def _down(count: int, weight: float, more: float) -> float:
    return weight if count == 1 else more if count == 2 else 0.0


@kernel
def change(pairs: Pairs, worth: Worth, tally: Tally, j: int | np.int64, step: int) -> None:
    """Choose site ``j`` (step 1) or let it go (step -1)."""
    start, site, begin, row = pairs
    weight, more = worth
    count, total, squares, gain, loss = tally
    for k in range(begin[j], begin[j + 1]):
        r = row[k]
        c = count[r]
        count[r] = c + step
        total[r] += step * j
        squares[r] += step * j * j
        up = _up(c + step, weight[r], more[r]) - _up(c, weight[r], more[r])
        down = _down(c + step, weight[r], more[r]) - _down(c, weight[r], more[r])
        if up != 0 or down != 0:
            for e in range(start[r], start[r + 1]):
                gain[site[e]] += up
                loss[site[e]] += down


@kernel
def fill(pairs: Pairs, worth: Worth, tally: Tally, chosen: Bool, p: int) -> None:
    """Choose the site that adds most, the lowest of equals, until ``p`` are chosen."""
    gain, n_chosen = tally[3], 0
    for j in range(len(chosen)):
        n_chosen += chosen[j]
    while n_chosen < p:
        best = -1
        for j in range(len(chosen)):
            if not chosen[j] and (best < 0 or gain[j] > gain[best]):
                best = j
        if best < 0:
            return
        chosen[best] = True
        change(pairs, worth, tally, best, 1)
        n_chosen += 1


@kernel
def shared(pairs: Pairs, worth: Worth, tally: Tally, j: int, saved: Float) -> None:
    """Add to ``saved`` what each chosen site would not lose if ``j`` took its place."""
    begin, row = pairs[2], pairs[3]
    weight, more = worth
    count, total, squares = tally[0], tally[1], tally[2]
    for k in range(begin[j], begin[j + 1]):
        r = row[k]
        if count[r] == 1:
            saved[total[r]] += weight[r] - more[r]
        elif count[r] == 2 and more[r] > 0:
            apart = int(np.sqrt(2.0 * squares[r] - float(total[r]) * total[r]) + 0.5)
            saved[(total[r] + apart) // 2] += more[r]
            saved[(total[r] - apart) // 2] += more[r]


@kernel
def exchange(pairs: Pairs, worth: Worth, tally: Tally, chosen: Bool, asked: tuple[Long, float]) -> int:
    """Let sites in, each for the chosen site that is missed least, where that gains; number of exchanges.

    ``asked`` are the sites that may come in, in the order in which they are tried, and the least gain that counts.
    Of equal exchanges the lowest site leaves.
    """
    order, least = asked
    gain, loss = tally[3], tally[4]
    saved, n_done = np.zeros(len(chosen)), 0
    opened = np.flatnonzero(chosen)
    for j in order:
        if chosen[j] or gain[j] <= least or len(opened) == 0:
            continue
        for i in opened:
            saved[i] = 0.0
        shared(pairs, worth, tally, j, saved)
        best = 0
        for k in range(1, len(opened)):
            if loss[opened[k]] - saved[opened[k]] < loss[opened[best]] - saved[opened[best]]:
                best = k
        i = opened[best]
        if gain[j] - loss[i] + saved[i] > least:
            change(pairs, worth, tally, i, -1)
            change(pairs, worth, tally, j, 1)
            chosen[i], chosen[j], opened[best] = False, True, j
            n_done += 1
    return n_done


@kernel
def value(worth: Worth, count: Int) -> float:
    """What the counts are worth together."""
    total = 0.0
    for r in range(len(count)):
        if count[r] > 0:
            total += worth[0][r]
        if count[r] > 1:
            total += worth[1][r]
    return total
