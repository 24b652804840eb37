"""How far on a province's roads, beside networkx, scipy and pandana on the same graph, in the same run.

The graph is made up: a jittered grid in a square of 418 km with about 1.2 M nodes and 3 M directed edges, streets
left out and diagonals put in, 3 % one-way, an expressway grid above it; one seed. Each contender has a process of
its own, which loads the graph, searches, and prints the CPU seconds of every search; whole processes are timed
from outside. Prints a JSON line for each contender, then one for each ratio.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from chargegeo.roads import RoadNetwork

SIDE, SQUARE = 1148, 418_000
LIMIT = 30.0
CHUNK = 50
PANDANA = 29.0  # CPU seconds of nearest_pois for five, without 43 s of building; published, other run
Arrays = dict[str, Any]
Search = Callable[[], object]


def streets(rng: np.random.Generator) -> tuple[Any, ...]:
    """Tail, head and speed of streets and expressways on the grid."""
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    pairs = [
        (node[:, :-1], node[:, 1:], 0.565),
        (node[:-1], node[1:], 0.565),
        (node[:-1, :-1], node[1:, 1:], 0.07),
    ]
    a, b, share = (
        np.concatenate(part)
        for part in zip(*((a.ravel(), b.ravel(), np.full(a.size, p)) for a, b, p in pairs), strict=True)
    )
    kept = rng.random(len(a)) < share
    a, b = a[kept], b[kept]
    speed = rng.choice([15.0, 20, 30, 40, 60], len(a), p=[0.2, 0.3, 0.3, 0.15, 0.05])
    both = rng.random(len(a)) >= 0.03
    row, column = node[::50, ::10], node[::10, ::50]
    c, d = (np.concatenate((row[:, s].ravel(), column[s].ravel())) for s in (slice(None, -1), slice(1, None)))
    tail, head = np.concatenate((a, b[both], c, d)), np.concatenate((b, a[both], d, c))
    return tail, head, np.concatenate((speed, speed[both], np.full(2 * len(c), 110.0)))


def graph(seed: int) -> Arrays:
    """The largest part of the streets in which every node reaches every other, in compressed sparse rows."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    step = SQUARE / (SIDE - 1)
    x, y = (axis * step + rng.uniform(-0.3, 0.3, len(axis)) * step for axis in (column, row))
    tail, head, speed = streets(rng)
    every = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(len(x), len(x)))
    label = connected_components(every, directed=True, connection="strong")[1]
    inside = label == np.bincount(label).argmax()
    kept = inside[tail] & inside[head]
    tail, head, speed = tail[kept], head[kept], speed[kept]
    metres = np.hypot(x[tail] - x[head], y[tail] - y[head])
    minutes = metres / speed * 0.06
    order, number = np.lexsort((minutes, head, tail)), np.cumsum(inside) - 1
    n = int(inside.sum())
    indptr = np.concatenate(([0], np.cumsum(np.bincount(number[tail], minlength=n)))).astype(np.int64)
    return {
        "x": x[inside], "y": y[inside], "indptr": indptr, "head": number[head][order].astype(np.int32),
        "metres": metres[order], "minutes": minutes[order], "sites": rng.choice(n, 20_000, replace=False),
        "origins": rng.choice(n, 50_000, replace=False), "more": rng.choice(n, 500, replace=False),
    }  # fmt: skip


def network(world: Arrays) -> "RoadNetwork":
    """The graph as our structure; its geometry does not matter here."""
    from chargegeo.roads.network import RoadNetwork

    n, e = len(world["x"]), len(world["head"])
    none, nothing = np.zeros(e, dtype=np.int32), np.zeros(e)
    return RoadNetwork(
        node_id=np.arange(n), lon=110 + world["x"] / 1e5, lat=32 + world["y"] / 1.1e5,
        component=np.zeros(n, dtype=np.int32), indptr=world["indptr"], head=world["head"],
        metres=world["metres"], minutes=world["minutes"], imputed_metres=nothing,
        road_class=none.astype(np.int8), ref=none - 1, line=none, forward=none == 0,
        line_start=np.array([0, 2]), line_xy=np.array([[110.0, 32], [114, 36]]), way=np.zeros(1, dtype=np.int64),
        refs=(),
    )  # fmt: skip


def backwards(world: Arrays) -> Any:
    """The graph from the site outwards, as scipy reads it; there are no parallel edges to be added up."""
    from scipy.sparse import csr_array

    n = len(world["x"])
    return csr_array((world["minutes"], world["head"], world["indptr"]), shape=(n, n)).T.tocsr()


# ---- contenders: what a process loads, then what it searches


def ours_nearest(world: Arrays) -> Search:
    from chargegeo import access

    roads = network(world)
    return lambda: access.nearest(roads, world["sites"]).cost


def scipy_nearest(world: Arrays) -> Search:
    from scipy.sparse.csgraph import dijkstra

    turned = backwards(world)
    asked: Any = {"indices": world["sites"], "min_only": True, "return_predecessors": True}
    return lambda: dijkstra(turned, **asked)[0]


def networkx_nearest(world: Arrays) -> Search:
    import networkx as nx

    tail = np.repeat(np.arange(len(world["x"])), np.diff(world["indptr"]))
    turned = nx.DiGraph()
    edges = zip(world["head"].tolist(), tail.tolist(), world["minutes"].tolist(), strict=True)
    turned.add_weighted_edges_from(edges)

    def search() -> object:
        cost, way = nx.multi_source_dijkstra(turned, world["sites"].tolist())
        [way[node][0] for node in way]  # the station
        return np.array([cost[node] for node in range(len(world["x"]))])

    return search


def ours_five(world: Arrays) -> Search:
    from chargegeo import access

    roads = network(world)
    return lambda: access.k_nearest(roads, world["sites"], 5)[1]


def pandana_five(world: Arrays) -> Search:
    import pandana  # type: ignore[import-not-found]
    import pandas as pd

    tail = pd.Series(np.repeat(np.arange(len(world["x"])), np.diff(world["indptr"])))
    x, y = pd.Series(world["x"]), pd.Series(world["y"])
    # pandana searches from the demand: the graph stays as it is driven
    minutes = pd.DataFrame({"minutes": world["minutes"]})
    roads = pandana.Network(x, y, tail, pd.Series(world["head"]), minutes, twoway=False)
    roads.set_pois("site", 1e9, 5, x[world["sites"]], y[world["sites"]])
    return lambda: roads.nearest_pois(1e9, "site", num_pois=5)


def ours_within(world: Arrays) -> Search:
    from chargegeo import access

    roads = network(world)

    def search() -> object:
        table = access.within(roads, world["origins"], world["sites"][:5000], limit=LIMIT)
        return table.T.tocsr()

    return search


def scipy_within(world: Arrays) -> Search:
    from scipy.sparse import coo_array, vstack
    from scipy.sparse.csgraph import dijkstra

    turned, sites = backwards(world), world["sites"][:5000]

    def search() -> object:
        parts = []
        for begin in range(0, len(sites), CHUNK):
            rows = dijkstra(turned, indices=sites[begin : begin + CHUNK], limit=LIMIT)[:, world["origins"]]
            at = np.nonzero(np.isfinite(rows))
            parts.append(coo_array((rows[at], at), shape=rows.shape).tocsr())
        return vstack(parts, format="csr")

    return search


def ours_gain(world: Arrays) -> Search:
    from chargegeo import access

    roads = network(world)
    solved = access.nearest(roads, world["sites"])
    access.gain(roads, solved, 0)

    def search() -> object:
        return [len(access.gain(roads, solved, int(node))[0]) for node in world["more"]]

    return search


def digest(found: Any) -> str:
    """The same for the same answer, to the last digit."""
    arrays = [found.indptr, found.indices, found.data] if hasattr(found, "indptr") else [found]
    whole = hashlib.sha256()
    for array in arrays:
        item = np.asarray(array)
        whole.update(item.astype(np.int64 if item.dtype.kind == "i" else np.float64).tobytes())
    return whole.hexdigest()[:16]


def contender(name: str, path: str, runs: int) -> None:
    """Load, search, print the seconds of each search and a digest of the answer."""
    with np.load(path) as file:
        world = dict(file)
    search = globals()[name](world)
    cpu, wall = [], []
    for _ in range(runs):
        begin = time.process_time(), time.perf_counter()
        found = search()
        cpu.append(round(time.process_time() - begin[0], 4))
        wall.append(round(time.perf_counter() - begin[1], 4))
    print(json.dumps({"search_cpu_s": cpu, "search_wall_s": wall, "answer": digest(found)}))


def process(name: str, path: str, runs: int) -> dict[str, Any]:
    """A contender in a process of its own: what it prints, and what the whole of it took."""
    command = [sys.executable, __file__, "--contender", name, "--world", path, "--runs", str(runs)]
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        out.seek(0)
        told = out.read().decode()
    if status:
        return {"contender": name, "failed": status}
    whole = {
        "whole_cpu_s": used.ru_utime + used.ru_stime,
        "whole_wall_s": wall,
        "peak_mb": used.ru_maxrss / 1024,
    }
    return {"contender": name, **{key: round(value, 2) for key, value in whole.items()}, **json.loads(told)}


def contest(path: str, names: dict[str, int], rounds: int) -> dict[str, dict[str, Any]]:
    """Medians of several rounds, the contenders in turn; ``names`` with the searches in one process."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, runs in names.items():
            found[name].append(process(name, path, runs))
    table = {}
    for name, told in found.items():
        good = [one for one in told if "failed" not in one]
        numbers = [key for key in good[0] if key.startswith(("whole", "peak"))] if good else []
        row: dict[str, Any] = {key: statistics.median(one[key] for one in good) for key in numbers}
        for key in ("search_cpu_s", "search_wall_s") if good else ():
            row[key] = statistics.median(
                value for one in good for value in one[key][-max(names[name] - 1, 1) :]
            )
        table[name] = row | ({"answer": good[0]["answer"]} if good else {"failed": True})
        print(
            json.dumps({"contender": name, "rounds": rounds, "searches": names[name], **table[name]}),
            flush=True,
        )
    return table


def ratio(
    work: str, ours: dict[str, Any], theirs: dict[str, Any], keys: tuple[str, ...], most: float
) -> None:
    """Ours to theirs, beside what was asked for."""
    told = {key: round(ours[key] / theirs[key], 3) for key in keys}
    same = {"same_answer": ours["answer"] == theirs["answer"]} if theirs.get("answer") else {}
    print(json.dumps({"work": work, "asked_at_most": most, **told, **same}), flush=True)


def main(path: str) -> None:
    """Every contest."""
    whole, search = ("whole_cpu_s", "whole_wall_s"), ("search_cpu_s", "search_wall_s")
    (
        process("ours_nearest", path, 1),
        process("ours_five", path, 1),
        process("ours_within", path, 1),
    )  # compile
    once = contest(path, {"ours_nearest": 1, "scipy_nearest": 1}, 3)
    ratio("nearest, one-shot, to scipy", once["ours_nearest"], once["scipy_nearest"], whole, 1.2)
    slow = contest(path, {"networkx_nearest": 1}, 1)["networkx_nearest"]
    ratio("nearest, one-shot, to networkx", once["ours_nearest"], slow, whole, 0.067)
    again = contest(path, {"ours_nearest": 6, "scipy_nearest": 6}, 1)
    ratio("nearest, repeated, to scipy", again["ours_nearest"], again["scipy_nearest"], search, 0.4)
    five = contest(path, {"ours_five": 3, "pandana_five": 1}, 1)
    told = five["pandana_five"]
    if "failed" in told:
        print(json.dumps({"note": f"pandana is not here; its published {PANDANA} s CPU stand in"}))
        told = {"search_cpu_s": PANDANA}
    ratio("five nearest, to pandana", five["ours_five"], told, search[:1], 0.15)
    pairs = contest(path, {"ours_within": 1, "scipy_within": 1}, 1)
    keys = (*whole, *search, "peak_mb")
    ratio("pairs within 30 minutes, to scipy", pairs["ours_within"], pairs["scipy_within"], keys, 0.2)
    gain = contest(path, {"ours_gain": 3}, 1)["ours_gain"]
    print(
        json.dumps(
            {"work": "one more site, ms", "asked_at_most": 10, "mean": gain["search_cpu_s"] / 500 * 1000}
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--make")
    parser.add_argument("--contender")
    parser.add_argument("--world")
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args()
    if asked.make:
        made = graph(asked.seed)
        np.savez(asked.make, **made)
        print(
            json.dumps({"nodes": len(made["x"]), "edges": len(made["head"]), "seed": asked.seed}), flush=True
        )
    elif asked.contender:
        contender(asked.contender, asked.world, asked.runs)
    else:
        with tempfile.TemporaryDirectory() as folder:
            place = str(Path(folder) / "world.npz")
            # elsewhere: a child's peak memory is never below what its parent held when it was started
            subprocess.run([sys.executable, __file__, "--make", place, "--seed", str(asked.seed)], check=True)
            main(place)
