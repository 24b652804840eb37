"""Every model on a small world, as one line: run as a script to see that threads and hash seeds change nothing."""

import json

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from chargegeo import siting
from chargegeo.corridors import reach
from chargegeo.corridors.vehicle import Vehicle
from chargegeo.siting import saddle


def answers() -> list[list[object]]:
    """Sites, objective and bound of each model."""
    rng = np.random.default_rng(3)
    ways = np.rint(cdist(rng.random((300, 2)), rng.random((40, 2))) * 100)
    weight = np.rint(rng.lognormal(3, 1, 300))
    distance = csr_array(np.where(ways <= 60, ways + 1, 0.0))
    cover = siting.within_reach(distance, limit=20)
    share = csr_array(np.where(ways <= 15, 1.0, np.where(ways <= 30, 0.5, 0.0)))
    full = cover[np.diff(cover.indptr) > 0]
    along = reach.routes(
        [90.0, 120.0],
        [10.0, 40.0, 70.0, 20.0, 60.0, 100.0],
        route=[0, 0, 0, 1, 1, 1],
        site=[0, 1, 2, 2, 3, 0],
    )
    found = [
        siting.maximal_cover(cover, weight, p=6, gap=0.0),
        siting.maximal_cover(cover, weight, p=6, backup=weight / 2, gap=0.0),
        siting.gradual_cover(share, weight, p=5, gap=0.0),
        siting.capacitated_cover(cover, weight, np.full(40, weight.sum() / 10), p=4),
        siting.set_cover(full, gap=0.0),
        siting.p_median(distance, weight, p=6, gap=0.0),
        siting.p_center(distance, p=6),
        siting.refuelling(siting.Flows(along, np.array([3.0, 2.0])), Vehicle(60.0), p=2),
    ]
    return [[some.sites.tolist(), some.objective, some.bound, str(some.status)] for some in found]


if __name__ == "__main__":
    saddle.PARALLEL = 0
    print(json.dumps(answers()))
