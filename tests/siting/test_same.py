"""The same plan whatever the threads and the seed of hashes, and limits of time that hold."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from chargegeo import siting
from chargegeo.vocab import SolveStatus
from tests.siting.every_model import answers

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("threads", "seed"), [("1", "1"), ("2", "77")])
def test_threads_and_hashes_change_nothing(threads: str, seed: str) -> None:
    asked = {**os.environ, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": seed}
    asked["PYTHONPATH"] = str(ROOT)
    call = [sys.executable, "-m", "tests.siting.every_model"]
    done = subprocess.run(call, env=asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == answers()


def places(n: int, m: int, each: float) -> tuple[csr_array, np.ndarray]:
    """So many sites and places, each place within reach of so many sites on average."""
    rng = np.random.default_rng(8)
    sites, demand = KDTree(rng.random((n, 2))), KDTree(rng.random((m, 2)))
    limit = float(np.sqrt(each / n / np.pi))
    ways = demand.sparse_distance_matrix(sites, limit, output_type="coo_matrix").tocsr()
    return csr_array(ways), np.rint(rng.lognormal(5, 1, m))


def test_a_limit_of_time_holds_and_the_bound_is_true() -> None:
    """Far too little time for a proof; the seconds above the limit are room for a busy machine."""
    ways, weight = places(2_000, 20_000, 40.0)
    cover = siting.within_reach(ways)
    best = siting.maximal_cover(cover, weight, p=60, time_limit=6, gap=0.001)
    for seconds in (0.0, 0.5, 2.0):
        found = siting.maximal_cover(cover, weight, p=60, time_limit=seconds, gap=0.0)
        assert found.seconds < seconds + 4
        assert found.status is SolveStatus.FEASIBLE and len(found.sites) <= 60
        assert found.objective <= best.bound and best.objective <= found.bound
    full = cover[np.diff(cover.indptr) > 0]
    few = siting.set_cover(full, time_limit=1.0, gap=0.0)
    assert few.seconds < 5 and few.bound <= few.objective
    near = siting.p_median(ways, weight, p=60, unserved=1.0, time_limit=1.0, gap=0.0)
    assert near.seconds < 5 and near.bound <= near.objective
