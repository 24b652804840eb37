"""Models of siting on made-up provinces, beside solvers as they come on the same program, in the same run.

Four kinds of world, none of them tuned to: points anywhere, points in towns of very unequal size, towns on a street
network (a jittered grid with streets left out, by minutes), and the province of ``access.py``. The limit is set so
that a row has so many sites on average. Each contender has a process of its own, in turns, which reads the world and
solves it; our compiled loops are made before, in another process, as a first call after the installation does. Prints
a JSON line for each contender (the run of median time), with what the whole process took, and one for each peer with
our part of that. A peer that is not installed is said plainly; a solver that finds no plan says null.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

Cover = tuple[Any, Any]
Asked = tuple[float, float]  # seconds, gap
# model, sites, demand, sites a row, p, seconds allowed, gap asked for, peers that are tried
ROWS: dict[str, tuple[str, int, int, float, int, float, float, tuple[str, ...]]] = {
    "max_1k": ("maximal", 1_000, 5_000, 6.4, 50, 60, 0.0, ("ours", "spopt", "milp")),
    "max_5k": ("maximal", 5_000, 50_000, 31, 250, 5, 0.005, ("ours",)),
    "max_20k_200": ("maximal", 20_000, 200_000, 110, 200, 60, 0.015, ("ours",)),
    "max_20k_500": ("maximal", 20_000, 200_000, 110, 500, 60, 0.015, ("ours",)),
    "set_1k": ("set", 1_000, 5_000, 6.4, 0, 60, 1e-4, ("ours", "spopt", "milp")),
    "set_5k": ("set", 5_000, 50_000, 31, 0, 60, 1e-4, ("ours", "milp")),
    "set_20k": ("set", 20_000, 200_000, 110, 0, 120, 1e-4, ("ours",)),
    "median_1": ("median", 1_000, 5_000, 220, 50, 1, 1e-4, ("ours",)),
    "median_10": ("median", 1_000, 5_000, 220, 50, 10, 0.003, ("ours",)),
    "plan": ("plan", 5_000, 2_586, 20, 20_000, 120, 0.01, ("ours",)),
}
KINDS = ("uniform", "towns", "streets", "roads")
NEEDS = {"ours": "highspy", "spopt": "spopt", "milp": "scipy"}


def uniform(rng: np.random.Generator, n: int) -> Any:
    """Places anywhere in a square of side 1."""
    return rng.random((n, 2))


def towns(rng: np.random.Generator, n: int) -> Any:
    """Places in towns of very unequal size, three in ten anywhere."""
    n_towns = max(5, int(np.sqrt(n)))
    size = rng.pareto(1.2, n_towns) + 0.2
    town = rng.choice(n_towns, n, p=size / size.sum())
    place = rng.random((n_towns, 2))[town] + rng.normal(0, 0.02, (n, 2))
    return np.where((rng.random(n) < 0.3)[:, None], rng.random((n, 2)), place)


def by_distance(xy: Any, n_sites: int, each: float) -> Any:
    """Demand x site relation of places within a straight line; the first places are the sites."""
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    sites, demand = xy[:n_sites], xy[n_sites:]
    tree, low, high = KDTree(sites), 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        few = np.mean(tree.query_ball_point(demand[:2000], middle, return_length=True)) < each
        low, high = (middle, high) if few else (low, middle)
    found = tree.query_ball_point(demand, high, return_sorted=True)
    start = np.concatenate(([0], np.cumsum([len(row) for row in found])))
    site = np.concatenate([np.asarray(row, dtype=np.int32) for row in found])
    return csr_array((np.ones(len(site)), site, start), shape=(len(demand), n_sites))


def by_streets(rng: np.random.Generator, n_sites: int, n_demand: int, each: float) -> Any:
    """Relation by minutes on streets: a grid with three corners a place, one street in four left out."""
    from scipy.sparse import coo_array, csr_array, vstack
    from scipy.sparse.csgraph import dijkstra

    side = int(np.sqrt(3 * (n_sites + n_demand)))
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate((node[:, :-1].ravel(), node[:-1].ravel()))
    head = np.concatenate((node[:, 1:].ravel(), node[1:].ravel()))
    kept = rng.random(len(tail)) < 0.75
    minutes = rng.uniform(0.7, 1.3, len(tail)) * rng.choice([0.4, 1.0, 2.0], len(tail), p=[0.1, 0.6, 0.3])
    streets = coo_array((minutes[kept], (tail[kept], head[kept])), shape=(side * side,) * 2).tocsr()
    places = rng.choice(side * side, n_sites + n_demand, replace=False)
    number = np.full(side * side, -1)
    number[places[n_sites:]] = np.arange(n_demand)
    limit = 1.15 * np.sqrt(each / n_sites * side * side / 2)
    parts = []
    for begin in range(0, n_sites, 50):
        cost = dijkstra(
            streets, directed=False, indices=places[begin : min(begin + 50, n_sites)], limit=limit
        )
        site, at = np.nonzero(np.isfinite(cost) & (number >= 0))
        parts.append(csr_array((np.ones(len(at)), (site, number[at])), shape=(len(cost), n_demand)))
    cover = vstack(parts).T.tocsr()
    cover.sort_indices()
    return cover


def by_roads(rng: np.random.Generator, seed: int, n_sites: int, n_demand: int, each: float) -> Any:
    """Relation by driving time on the province of ``access.py``: 1.2 M nodes, one-ways, expressways."""
    from chargegeo.access import within

    made = import_module("access")
    roads = made.network(made.graph(seed))
    places = rng.choice(roads.n_nodes, n_sites + n_demand, replace=False)
    sites, demand, limit = places[:n_sites], places[n_sites:], 30.0
    for _ in range(6):  # sites within reach grow faster than the square of the time: expressways
        limit *= (each * 1000 / within(roads, demand[:1000], sites, limit=limit).nnz) ** 0.25
    reached = within(roads, demand, sites, limit=float(limit))
    reached.data[:] = 1.0
    return reached


def world(kind: str, n_sites: int, n_demand: int, each: float, seed: int, keep: str) -> Cover:
    """Relation and weights, kept in a folder for the next time."""
    from scipy.sparse import csr_array

    path = Path(keep) / f"{kind}_{n_sites}_{n_demand}_{each:g}_{seed}.npz"
    if not path.exists():
        cover, weight = _world(kind, n_sites, n_demand, each, seed)
        np.savez(path, start=cover.indptr, site=cover.indices, weight=weight)
    found = np.load(path)
    ones = np.ones(len(found["site"]))
    return csr_array((ones, found["site"], found["start"]), shape=(n_demand, n_sites)), found["weight"]


def _world(kind: str, n_sites: int, n_demand: int, each: float, seed: int) -> Cover:
    rng = np.random.default_rng(seed)
    if kind == "streets":
        cover = by_streets(rng, n_sites, n_demand, each)
    elif kind == "roads":
        cover = by_roads(rng, seed, n_sites, n_demand, each)
    else:
        xy = {"uniform": uniform, "towns": towns}[kind](rng, n_sites + n_demand)
        cover = by_distance(xy[rng.permutation(len(xy))], n_sites, each)
    return cover, np.rint(rng.lognormal(6, 1, n_demand))


def coverable(cover: Any) -> Any:
    """Rows that some site covers."""
    return cover[np.diff(cover.indptr) > 0]


def nearby(demand: Any, sites: Any, each: float) -> Any:
    """Ways in a straight line within a limit that leaves so many sites a place on average."""
    low, high = 0.0, 1.5
    for _ in range(30):
        middle = (low + high) / 2
        few = demand.count_neighbors(sites, middle) < each * demand.n
        low, high = (middle, high) if few else (low, middle)
    return demand.sparse_distance_matrix(sites, high, output_type="coo_matrix").tocsr()


def distances(kind: str, n_sites: int, n_demand: int, each: float, seed: int) -> Cover:
    """Ways in a straight line (demand, site), to so many sites on average, and weights."""
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    rng = np.random.default_rng(seed)
    xy = {"uniform": uniform, "towns": towns}[kind](rng, n_sites + n_demand)
    xy = xy[rng.permutation(len(xy))]
    near = nearby(KDTree(xy[n_sites:]), KDTree(xy[:n_sites]), each)
    ways = csr_array((np.rint(near.data * 1e5), near.indices, near.indptr), shape=near.shape)
    return ways, np.rint(rng.lognormal(6, 1, n_demand))


def province(kind: str, shape: tuple[int, int, float, int], seed: int) -> tuple[Any, Any, Any]:
    """Candidates, demand and limits of a year's plan: 18 cities with quotas, townships, 150 stretches of road."""
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    from chargegeo import siting

    n_sites, n_townships, each, piles = shape
    rng = np.random.default_rng(seed)
    xy = {"uniform": uniform, "towns": towns}[kind](rng, n_sites + n_townships)
    xy = xy[rng.permutation(len(xy))]
    site, seat, people = xy[:n_sites], xy[n_sites:], np.rint(rng.lognormal(10, 0.7, n_townships))
    city = KDTree(rng.random((18, 2))).query(site)[1]
    near = nearby(KDTree(seat), KDTree(site), each)
    home = KDTree(seat).query(site)[1]
    own = csr_array((np.ones(n_sites), (home, np.arange(n_sites))), shape=(n_townships, n_sites))
    share = np.bincount(city, minlength=18) / n_sites * piles
    quota = np.floor(share).astype(np.int64)
    quota[np.argsort(quota - share, kind="stable")[: piles - int(quota.sum())]] += 1
    ring = [np.argsort(np.hypot(*(site - middle).T), kind="stable")[:15] for middle in rng.random((150, 2))]
    stretches = csr_array(
        (np.ones(150 * 15), np.sort(ring).ravel(), np.arange(0, 151 * 15, 15)), shape=(150, n_sites)
    )
    candidates = siting.Candidates(
        city, bays=rng.integers(4, 30, n_sites).astype(float), grid_kw=rng.uniform(200, 4000, n_sites)
    )
    demand = siting.Demand(
        csr_array(near), people, townships=own, people_per_gun=people.sum() / (1.5 * piles)
    )
    limits = siting.Limits(piles, city_quota=quota, stretches=stretches, pool_kw=np.full(150, 600.0))
    return candidates, demand, limits


def greedy(cover: Any) -> int:
    """Number of sites that a plain greedy choice takes to cover all."""
    from scipy.sparse import csc_array

    columns = csc_array(cover)
    left, gain, n = np.ones(cover.shape[0], bool), np.diff(columns.indptr).astype(np.int64), 0
    while left.any():
        best = int(np.argmax(gain))
        rows = columns.indices[columns.indptr[best] : columns.indptr[best + 1]]
        new = rows[left[rows]]
        left[new] = False
        gain -= np.bincount(cover[new].indices, minlength=len(gain))
        n += 1
    return n


# ---- contenders: objective and bound


def ours(model: str, cover: Any, weight: Any, p: int, asked: Asked) -> tuple[float, float, str]:
    from chargegeo import siting

    seconds, gap = asked
    if model == "set":
        found = siting.set_cover(cover, time_limit=seconds, gap=gap)
    elif model == "median":
        found = siting.p_median(cover, weight, p=p, time_limit=seconds, gap=gap)
    elif model == "plan":
        found = siting.plan(*cover, time_limit=seconds, gap=gap)
    else:
        found = siting.maximal_cover(cover, weight, p=p, time_limit=seconds, gap=gap)
    return found.objective, found.bound, str(found.status)


def milp(model: str, cover: Any, weight: Any, p: int, asked: Asked) -> tuple[float, float, str]:
    """HiGHS as it comes with scipy, rows as they are."""
    from scipy.optimize import Bounds, LinearConstraint
    from scipy.optimize import milp as solve
    from scipy.sparse import csr_array, eye_array, hstack

    m, n = cover.shape
    if model == "set":
        limits: list[Any] = [LinearConstraint(cover, 1, np.inf)]
        cost, whole = np.ones(n), np.ones(n)
    else:
        ones = np.concatenate((np.ones(n), np.zeros(m)))
        limits = [
            LinearConstraint(hstack([cover, -eye_array(m)]).tocsr(), 0, np.inf),
            LinearConstraint(csr_array(ones[None, :]), 0, p),
        ]
        cost, whole = np.concatenate((np.zeros(n), -weight)), ones
    options = {"time_limit": asked[0], "mip_rel_gap": asked[1]}
    found = solve(cost, integrality=whole, bounds=Bounds(0, 1), constraints=limits, options=options)
    sign = 1 if model == "set" else -1
    value = float("nan") if found.x is None else sign * found.fun
    bound = float("nan") if found.mip_dual_bound is None else sign * found.mip_dual_bound
    return value, bound, found.message[:40]


def spopt(model: str, cover: Any, weight: Any, p: int, asked: Asked) -> tuple[float, float, str]:
    pulp, locate = import_module("pulp"), import_module("spopt.locate")
    cost = np.where(cover.toarray() > 0, 0.0, 2.0)
    if model == "set":
        made = locate.LSCP.from_cost_matrix(cost, 1.0)
    else:
        made = locate.MCLP.from_cost_matrix(cost, weight, 1.0, p_facilities=p)
    found = made.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=asked[0]))
    value = float(found.problem.objective.value())
    # its status says optimal of a search that was stopped too
    return value, float("nan"), pulp.LpSolution[found.problem.sol_status]


def contend(row: str, kind: str, who: str, seed: int, keep: str) -> None:
    """Solve one world in this process and print what came of it."""
    model, n_sites, n_demand, each, p, seconds, gap, _ = ROWS[row]
    solve = {"ours": ours, "milp": milp, "spopt": spopt}[who]
    weight: Any = None
    if model == "plan":
        cover: Any = province(kind, (n_sites, n_demand, each, p), seed)
    elif model == "median":
        cover, weight = distances(kind, n_sites, n_demand, each, seed)
    else:
        cover, weight = world(kind, n_sites, n_demand, each, seed, keep)
    if model == "set":
        cover = coverable(cover)
    pairs = (cover[1].reach if model == "plan" else cover).nnz
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.perf_counter()
    value, bound, status = solve(model, cover, weight, p, (seconds, gap))
    took = time.perf_counter() - begun
    out = {
        "row": row, "world": kind, "who": who, "seed": seed, "pairs": int(pairs), "seconds": round(took, 2),
        "objective": None if np.isnan(value) else round(value, 3),
        "bound": None if np.isnan(bound) else round(bound, 3),
        "gap": None if np.isnan(value + bound) else round(abs(bound - value) / abs(value), 5), "status": status,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "peak_before_mb": round(before),
    }  # fmt: skip
    if model == "set" and who == "ours":
        out["greedy"] = greedy(cover)
    print(json.dumps(out), flush=True)


def make_ready(row: str, kind: str, seed: int, keep: str) -> None:
    """Make the world, and solve small ones: compiled loops are made where they are not kept yet."""
    model, n_sites, n_demand, each, *_ = ROWS[row]
    if model in ("maximal", "set"):
        world(kind, n_sites, n_demand, each, seed, keep)
    small, people = _world("towns", 120, 900, 12, 1)
    if model == "plan":
        ours(model, province("uniform", (60, 30, 10, 300), 1), None, 0, (5, 0.01))
    elif model == "median":
        ours(model, *distances("uniform", 40, 100, 30, 1), 5, (2, 0.0))
    else:
        covered = np.diff(small.indptr) > 0
        for part in ("maximal", "set"):
            ours(part, small[covered], people[covered], 9, (3, 0.0))


def whole(row: str, kind: str, who: str, seed: int, keep: str) -> dict[str, Any]:
    """What a contender prints, with wall and CPU seconds and peak memory of its process and those it started."""
    call = [sys.executable, __file__, "--one", row, kind, who, "--seed", str(seed), "--keep", keep]
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        _, status, used = os.wait4(subprocess.Popen(call, stdout=told, stderr=log).pid, 0)
        wall = time.perf_counter() - begun
        told.seek(0)
        log.seek(0)
        if status:
            return {"row": row, "world": kind, "who": who, "failed": log.read().decode().strip()[-200:]}
        line = json.loads(told.read())
    cpu = used.ru_utime + used.ru_stime
    return {
        **line, "process_seconds": round(wall, 2), "process_cpu_seconds": round(cpu, 2),
        "process_peak_mb": round(used.ru_maxrss / 1024),
    }  # fmt: skip


def middle(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of median time of the whole process."""
    typical = statistics.median_low(line["process_seconds"] for line in lines)
    return {**next(line for line in lines if line["process_seconds"] == typical), "runs": len(lines)}


def beside(mine: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> dict[str, Any]:
    """Our part of a peer's time and memory, whole processes, median of the pairs; are the objectives the same?"""

    def part(measure: str) -> float:
        pairs = zip(mine, theirs, strict=True)
        return round(float(np.median([one[measure] / other[measure] for one, other in pairs])), 4)

    return {
        "row": mine[0]["row"], "world": mine[0]["world"], "ours_by": theirs[0]["who"],
        "of_wall": part("process_seconds"), "of_cpu": part("process_cpu_seconds"),
        "of_peak": part("process_peak_mb"),
        "same_objective": mine[0]["objective"] == theirs[0]["objective"], "proved": mine[0]["status"] == "optimal",
    }  # fmt: skip


def compete(row: str, kind: str, present: list[str], runs: int, asked: tuple[int, str]) -> None:
    """All contenders of a row on a world, in turns, so that other work on the machine weighs on each alike."""
    # not in this process: the peak memory of those that it starts would begin at its own
    ready = ["--ready", row, kind, "--seed", str(asked[0]), "--keep", asked[1]]
    subprocess.run([sys.executable, __file__, *ready], check=True)
    found: dict[str, list[dict[str, Any]]] = {who: [] for who in present}
    for _ in range(runs):
        for who in present:
            found[who].append(whole(row, kind, who, *asked))
    for who, lines in found.items():
        failed = [line for line in lines if "failed" in line]
        print(json.dumps(failed[0] if failed else middle(lines)), flush=True)
        found[who] = [] if failed else lines
    for who in present:
        if who != "ours" and found[who] and found.get("ours"):
            print(json.dumps(beside(found["ours"], found[who])), flush=True)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", nargs="*", choices=list(ROWS), default=["max_1k", "max_5k", "set_1k", "set_5k"]
    )
    parser.add_argument("--worlds", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--who", nargs="*", choices=list(NEEDS), default=list(NEEDS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--keep", help="folder where worlds are kept for the next run")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--ready", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ready:
        row, kind = given.ready
        make_ready(row, kind, given.seed, given.keep)
        return
    if given.one:
        row, kind, who = given.one
        contend(row, kind, who, given.seed, given.keep)
        return
    absent = [who for who in given.who if find_spec(NEEDS[who]) is None]
    for who in absent:
        print(json.dumps({"who": who, "absent": f"{NEEDS[who]} is not installed"}), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for row in given.rows:
            present = [who for who in given.who if who in ROWS[row][7] and who not in absent]
            plain = ROWS[row][0] in ("median", "plan")  # these are by distance in a straight line alone
            for kind in (kind for kind in given.worlds if not plain or kind in ("uniform", "towns")):
                compete(row, kind, present, given.runs, (given.seed, given.keep or folder))


if __name__ == "__main__":
    main()
