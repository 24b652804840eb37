"""What the models of distance share: the arguments looked at, and sites within a distance of everyone."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault
from chargegeo.siting import cover_models, questions
from chargegeo.siting.highs import Effort

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def accept(distance: csr_array, weight: ArrayLike, p: int, fixed: ArrayLike | None, effort: Effort) -> None:
    """Refuse what is no relation of distances, no list of its sites, or no effort.

    Raises
    ------
    StudyFault
        With all that is wrong.
    """
    m, n = distance.shape
    questions.accept(
        questions.numbers("distance", distance.data, distance.nnz),
        questions.numbers("weight", weight, m),
        questions.sites("fixed", fixed, n),
        questions.count("p", p, 1),
        questions.work(effort),
    )


def clash(distance: csr_array, locked: Flags, p: int, *, all_served: bool) -> list[Fault]:
    """What makes a question impossible at first sight: too many fixed sites, places without any site in reach."""
    fixed = np.flatnonzero(locked)
    found = []
    if len(fixed) > p:
        found.append(Fault("siting_fixed_above_p", value=fixed.tolist(), params={"n": len(fixed), "p": p}))
    if all_served:
        lonely = np.flatnonzero(np.diff(distance.indptr) == 0)
        found += [Fault("siting_out_of_reach", row=int(i), value=int(i)) for i in lonely]
    return found


def cover(distance: csr_array, longest: float, locked: Flags, until: float) -> tuple[Flags, int]:
    """Sites that reach all within a distance, the locked ones among them, and how many it takes at least."""
    from scipy.sparse import csr_array

    near = distance.data <= longest
    place = np.repeat(np.arange(distance.shape[0]), np.diff(distance.indptr))[near]
    ones = csr_array((np.ones(len(place)), (place, distance.indices[near])), shape=distance.shape)
    left = max(until - time.perf_counter(), 1.0)
    found = cover_models.set_cover(ones, fixed=np.flatnonzero(locked), time_limit=left, gap=0.0)
    return questions.mask(found.sites, len(locked)), math.ceil(found.bound - 1e-6)
