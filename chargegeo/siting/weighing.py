"""The loops of set cover, compiled: rows and sites that can be left out, and a search that weighs rows.

The search (Gao, Weise and Li 2015) lets sites go until rows are uncovered, then covers one of them by the site that
weighs most; rows that stay uncovered weigh more with each step, which leads away from where it was stuck.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel
from chargegeo.siting.kernels import change

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.siting.kernels import Bool, Float, Int, Long, Pairs, Tally, Worth

    State = tuple[Worth, Tally, Bool, Int, Long, Long, int]


@kernel
def _inside(start: Long, member: Int, a: int, b: int) -> bool:
    """Whether all members of ``a`` are members of ``b``; both rise."""
    i, j, end_a, end_b = start[a], start[b], start[a + 1], start[b + 1]
    if member[i] < member[j] or member[end_a - 1] > member[end_b - 1]:
        return False
    while i < end_a:
        while j < end_b and member[j] < member[i]:
            j += 1
        if j == end_b or member[j] != member[i]:
            return False
        i, j = i + 1, j + 1
    return True


@kernel
def needless(pairs: Pairs, rank: Float, larger: bool) -> Bool:
    """Which sets can be left out because another one holds all their members, or none but theirs.

    A set goes if its members are all in another of no higher ``rank``. With ``larger`` that other one goes instead.
    Of equal sets the first stays.
    """
    start, member, begin, owner = pairs
    out = np.zeros(len(start) - 1, np.bool_)
    for i in range(len(out)):
        a = i if larger else len(out) - 1 - i
        if out[a] or start[a] == start[a + 1]:
            continue
        rarest = member[start[a]]
        for k in range(start[a], start[a + 1]):
            if begin[member[k] + 1] - begin[member[k]] < begin[rarest + 1] - begin[rarest]:
                rarest = member[k]
        for k in range(begin[rarest], begin[rarest + 1]):
            b = owner[k]
            shorter = start[b + 1] - start[b] < start[a + 1] - start[a]
            if b == a or out[b] or shorter or rank[b] > rank[a] or not _inside(start, member, a, b):
                continue
            out[b if larger else a] = True
            if not larger:
                break
    return out


@kernel
def complete(pairs: Pairs, worth: Worth, tally: Tally, chosen: Bool, cost: Float, dearest: Long) -> None:
    """Choose the site that covers most for its cost until nothing is left; then let needless ones go, dearest first."""
    gain, loss, going = tally[3], tally[4], True
    while going:
        best = -1
        for j in range(len(chosen)):
            if not chosen[j] and gain[j] > 0 and (best < 0 or gain[j] * cost[best] > gain[best] * cost[j]):
                best = j
        going = best >= 0
        if going:
            chosen[best] = True
            change(pairs, worth, tally, best, 1)
    for j in dearest:
        if chosen[j] and loss[j] <= 0:
            chosen[j] = False
            change(pairs, worth, tally, j, -1)


@kernel
def _rather(a: float, b: float, older: bool) -> bool:
    """Whether ``a`` is more than ``b``, or as much and older."""
    return a > b or (a == b and older)


@kernel
def _lightest(chosen: Long, n: int, loss: Float, cost: Float, since: Long, barred: int) -> int:
    """Place in ``chosen`` of the site that is missed least for its cost; of equals the one chosen longest ago."""
    best = -1
    for k in range(n):
        j, i = chosen[k], chosen[best]
        if j != barred and (best < 0 or _rather(loss[i] * cost[j], loss[j] * cost[i], since[j] < since[i])):
            best = k
    return best


@kernel
def _heaviest(pairs: Pairs, r: int, gain: Float, cost: Float, since: Long, chosen: Bool, may: Bool) -> int:
    """Site of row ``r`` that covers most for its cost, of equals the one changed longest ago; none if none may."""
    start, site = pairs[0], pairs[1]
    best = -1
    for k in range(start[r], start[r + 1]):
        s = site[k]
        if (
            may[s]
            and not chosen[s]
            and (best < 0 or _rather(gain[s] * cost[best], gain[best] * cost[s], since[s] < since[best]))
        ):
            best = s
    return best


@kernel
def _allow(pairs: Pairs, j: int, may: Bool) -> None:
    """Let the neighbours of site ``j`` come in again."""
    start, site, begin, row = pairs
    for k in range(begin[j], begin[j + 1]):
        for e in range(start[row[k]], start[row[k] + 1]):
            may[site[e]] = True


@kernel
def _heavier(pairs: Pairs, worth: Worth, tally: Tally, bare: Long) -> None:
    """Let uncovered rows weigh one more."""
    start, site = pairs[0], pairs[1]
    for r in bare:
        worth[0][r] += 1
        if worth[1][r] > 0:
            worth[1][r] += 1
        for k in range(start[r], start[r + 1]):
            tally[3][site[k]] += 1
            if tally[0][r] == 1:
                tally[4][site[k]] += 1


@kernel
def _mark(pairs: Pairs, need: Int, count: Int, j: int, bare: Long, place: Long, n: int) -> int:
    """Keep the list of uncovered rows after a change of site ``j``; its length."""
    for k in range(pairs[2][j], pairs[2][j + 1]):
        r = pairs[3][k]
        if count[r] < need[r] and place[r] < 0:
            bare[n], place[r] = r, n
            n += 1
        elif count[r] >= need[r] and place[r] >= 0:
            n -= 1
            bare[place[r]] = bare[n]
            place[bare[n]] = place[r]
            place[r] = -1
    return n


@kernel
def _move(pairs: Pairs, state: State, j: int, step: int) -> int:
    """Choose site ``j`` (step 1) or let it go (-1) and keep the list of uncovered rows; its length."""
    worth, tally, chosen, need, bare, place, n_bare = state
    chosen[j] = step > 0
    change(pairs, worth, tally, j, step)
    return _mark(pairs, need, tally[0], j, bare, place, n_bare)


@kernel
def weigh(
    pairs: Pairs, worth: Worth, tally: Tally, chosen: Bool, asked: tuple[Int, Float], lots: Float
) -> NDArray[np.bool_]:
    """The cheapest cover found in a step for each of the ``lots`` from a cover; ``asked``: need, cost.

    A lot in [0, 1) draws the row that is covered next. ``worth`` and ``tally`` are used up.
    """
    need, cost = asked
    n, m, gain, loss = len(chosen), len(need), tally[3], tally[4]
    held, first = np.empty(n, np.int64), np.flatnonzero(chosen)
    n_held = len(first)
    for at in range(n_held):  # an assignment of a whole slice takes 2 s longer to compile
        held[at] = first[at]
    bare, place, n_bare = np.empty(m, np.int64), np.full(m, -1), 0
    since, may, last = np.zeros(n, np.int64), np.ones(n, np.bool_), -1
    best, total = chosen.copy(), cost[chosen].sum()
    cheapest = total
    for step in range(1, len(lots) + 1):
        going = True
        while going:  # all that are not missed, and one more
            going = n_bare == 0
            if going and total < cheapest * (1 - 1e-9):
                best, cheapest = chosen.copy(), total
            at = _lightest(held, n_held, loss, cost, since, -1 if going else last)
            if at < 0:
                break
            j = held[at]
            n_held -= 1
            held[at], since[j], may[j] = held[n_held], step, going
            total -= cost[j]
            n_bare = _move(pairs, (worth, tally, chosen, need, bare, place, n_bare), j, -1)
        j = _heaviest(pairs, bare[int(lots[step - 1] * n_bare)], gain, cost, since, chosen, may)
        if j >= 0 and (total + cost[j] < cheapest or n_held == 0):
            _allow(pairs, j, may)
            held[n_held], since[j], last = j, step, j
            n_held += 1
            total += cost[j]
            n_bare = _move(pairs, (worth, tally, chosen, need, bare, place, n_bare), j, 1)
        _heavier(pairs, worth, tally, bare[:n_bare])
    return best
