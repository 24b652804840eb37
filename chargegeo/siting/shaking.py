"""A plan mended by letting neighbouring sites go and choosing anew, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel
from chargegeo.siting.kernels import change

if TYPE_CHECKING:
    from chargegeo.siting.kernels import Bool, Float, Long, Pairs, Tally, Worth


@kernel
def _near(pairs: Pairs, chosen: Bool, group: Long, rng: np.random.Generator) -> int:
    """Fill ``group`` with chosen sites near ``group[0]``, by steps over shared rows; how many."""
    start, site, begin, row = pairs
    n, tries, wanted = 1, 0, len(group)
    while n < wanted and tries < 20 * wanted:
        tries += 1
        at = group[rng.integers(0, n)]
        for _ in range(2):  # over a row to a site, and once more
            if begin[at + 1] > begin[at]:
                r = row[begin[at] + rng.integers(0, begin[at + 1] - begin[at])]
                at = site[start[r] + rng.integers(0, start[r + 1] - start[r])]
        r = row[begin[at] + rng.integers(0, begin[at + 1] - begin[at])] if begin[at + 1] > begin[at] else -1
        if r < 0:
            continue
        for k in range(start[r], start[r + 1]):
            s = site[k]
            if chosen[s] and n < wanted and not np.any(group[:n] == s):
                group[n] = s
                n += 1
    return n


@kernel
def _again(
    pairs: Pairs,
    worth: Worth,
    tally: Tally,
    chosen: Bool,
    liked: tuple[Float, Long, float, np.random.Generator],
) -> float:
    """Choose as many as ``group`` (it is refilled) by gain, blurred, liked ones first; what they add."""
    like, group, blur, rng = liked
    gain, added = tally[3], 0.0
    for i in range(len(group)):
        best, top = -1, -1.0
        for j in range(len(chosen)):
            if not chosen[j] and gain[j] * like[j] * (1 + blur) > top:
                score = gain[j] * like[j] * (1 + blur * rng.random())
                if score > top:
                    best, top = j, score
        chosen[best] = True
        added += gain[best]
        change(pairs, worth, tally, best, 1)
        group[i] = best
    return added


@kernel
def shake(
    pairs: Pairs,
    worth: Worth,
    tally: Tally,
    chosen: Bool,
    kept: tuple[Bool, Float],
    asked: tuple[Float, float, float, int, np.random.Generator],
) -> None:
    """Let a few neighbouring sites go and choose as many anew, again and again.

    A change is taken if the plan stays within ``slack`` of the best so far (Dueck 1993, record to record).

    Parameters
    ----------
    kept
        The best plan so far, and what it and the present one are worth (2,); all of it changes.
    asked
        How much each site is liked (n,), above 0; ``slack``; the gain that counts; how often; chance.
    """
    like, slack, least, rounds, rng = asked
    best, value = kept
    loss = tally[4]
    for _ in range(rounds):
        opened = np.flatnonzero(chosen)
        if len(opened) == 0:
            break
        old = np.empty(min(2 + int(rng.integers(0, 9)), len(opened)), np.int64)
        old[0] = opened[rng.integers(0, len(opened))]
        old = old[: _near(pairs, chosen, old, rng)]
        lost = 0.0
        for s in old:  # what goes with each, the ones before it gone already
            lost += loss[s]
            chosen[s] = False
            change(pairs, worth, tally, s, -1)
        new = old.copy()
        change_of = _again(pairs, worth, tally, chosen, (like, new, 0.3 * rng.random(), rng)) - lost
        if value[1] + change_of >= value[0] - slack:
            value[1] += change_of
            if value[1] > value[0] + least:
                best[:] = chosen
                value[0] = value[1]
            continue
        for s in new:
            chosen[s] = False
            change(pairs, worth, tally, s, -1)
        for s in old:
            chosen[s] = True
            change(pairs, worth, tally, s, 1)
