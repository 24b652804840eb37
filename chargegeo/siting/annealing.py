"""A plan bettered by exchanges that may also lose a little, less and less of it, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel
from chargegeo.siting.kernels import change, shared

if TYPE_CHECKING:
    from chargegeo.siting.kernels import Bool, Float, Pairs, Tally, Worth


@kernel
def anneal(
    pairs: Pairs,
    worth: Worth,
    tally: Tally,
    chosen: Bool,
    kept: tuple[Bool, Float],
    asked: tuple[float, float],
    lots: tuple[Float, Float],
) -> None:
    """Let sites in that are drawn by lot, each for the chosen site that is then missed least.

    An exchange that loses is made too, with a chance that falls as the loss outgrows the ``heat`` (Kirkpatrick,
    Gelatt and Vecchi 1983). Of equal sites the one earlier in the list leaves.

    Parameters
    ----------
    kept
        The best plan so far, and what it and the present one are worth (2,); all of it changes.
    asked
        Heat, in units of worth; the gain that counts.
    lots
        For each step, a number in [0, 1) that draws the site, and one of the standard exponential law that allows
        a loss. Drawn outside, for a generator takes longer to compile than all the rest.
    """
    heat, least = asked
    best, value = kept
    gain, loss, saved = tally[3], tally[4], np.zeros(len(chosen))
    opened, closed = np.flatnonzero(chosen), np.flatnonzero(~chosen)
    if len(opened) == 0 or len(closed) == 0:
        return
    for step in range(len(lots[0])):
        place = int(lots[0][step] * len(closed))
        j, lowest, missed = closed[place], 0, np.inf
        for i in opened:
            saved[i] = 0.0
        shared(pairs, worth, tally, j, saved)
        for k in range(len(opened)):
            missing = loss[opened[k]] - saved[opened[k]]
            if missing < missed:
                lowest, missed = k, missing
        if gain[j] - missed < -heat * lots[1][step]:
            continue
        i = opened[lowest]
        value[1] += gain[j] - missed
        change(pairs, worth, tally, i, -1)
        change(pairs, worth, tally, j, 1)
        chosen[i], chosen[j], opened[lowest], closed[place] = False, True, j, i
        if value[1] > value[0] + least:
            for site in range(len(chosen)):  # an assignment of a whole slice takes 2 s longer to compile
                best[site] = chosen[site]
            value[0] = value[1]
