"""Corridors of a made-up province: all rules, gaps, sums and travel with N-1, then through-travel of all pairs.

The province is a grid of 500 km by 500 km: 8,000 km of expressway as two one-way carriageways with 183 service areas
of two sides beside them, 30,000 km of ordinary trunk roads, ramps where they cross, and 70,000 dead-end streets
beside the trunk roads, on which stand 157 counties and, in the western half, 2,000 stations; one seed. Prints a
JSON line for each run, then one with the seconds of all runs (by the wall, and of the processors), their medians,
the sum that the target for corridors is for (of ``through`` there is one of its own), and the peak memory.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chargegeo import roads
from chargegeo.corridors import Vehicle, judging, measures, paths, serving, sharing, travelling, vehicles
from chargegeo.roads import RoadNetwork

STEP, SIZE = 2.0, 500.0  # km between nodes of a road, and of the square
N = int(SIZE / STEP) + 1
PAIRS, STATIONS, COUNTIES, STREETS = 183, 2000, 157, 70_000
EDGE = ["tail", "head", "km", "road_class", "ref"]


@dataclass(frozen=True)
class World:
    """A province."""

    network: RoadNetwork
    places: pd.DataFrame
    piles: pd.DataFrame
    counties: pd.DataFrame


def edges(tail: Any, head: Any, km: Any, road_class: str, ref: Any = "") -> pd.DataFrame:
    """Edges of one class of road."""
    return pd.DataFrame({"tail": tail, "head": head, "km": km, "road_class": road_class, "ref": ref})


def lines(across: np.ndarray[Any, Any], first: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Nodes of roads along and across the square, a row each, and x and y of each in km."""
    run = np.arange(N) * STEP
    side = np.repeat(across, N).reshape(-1, N)
    along = np.broadcast_to(run, side.shape)
    xy = np.concatenate([np.stack([along, side], -1), np.stack([side, along], -1)])
    return first + np.arange(xy.shape[0] * N).reshape(-1, N), xy


def expressways() -> tuple[pd.DataFrame, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Edges of both carriageways, their nodes (roads, 2, N), and x and y."""
    one, xy = lines(30 + 60 * np.arange(8.0), 0)
    nodes = np.stack([one, one + one.size], 1)
    ref = np.repeat([f"G{i + 1}" for i in range(len(one))], N - 1)
    parts = [edges(nodes[:, 0, :-1].ravel(), nodes[:, 0, 1:].ravel(), STEP, "expressway", ref)]
    parts += [edges(nodes[:, 1, 1:].ravel(), nodes[:, 1, :-1].ravel(), STEP, "expressway", ref)]
    return pd.concat(parts), nodes, np.concatenate([xy.reshape(-1, 2), xy.reshape(-1, 2) + 0.02])


def junctions(groups: list[np.ndarray[Any, Any]], xy: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Ways of half a kilometre, both ways, between the nodes of different roads at one place; a row a road."""
    rows = [row.ravel() for group in groups for row in group]
    table = pd.DataFrame({
        "node": np.concatenate(rows), "road": np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    })  # fmt: skip
    x, y = np.round(xy[table["node"]] / STEP).astype(np.int64).T
    table["place"] = x * N + y
    met = table.merge(table, on="place", suffixes=("", "_other"))
    met = met[met["road"] != met["road_other"]]
    return edges(met["node"], met["node_other"], 0.5, "ramp")


def sides(
    nodes: np.ndarray[Any, Any], first: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Edges to and from 183 pairs of sides, and the sides as places."""
    road, step = np.divmod(rng.choice(len(nodes) * (N - 4), PAIRS, replace=False), N - 4)
    step += 1
    rows, ways = [], []
    for k, direction in enumerate(("forward", "backward")):
        node = first + 2 * np.arange(PAIRS) + k
        leave, join = nodes[road, k, step + k], nodes[road, k, step + 1 - k]
        ways += [edges(leave, node, 0.3, "ramp"), edges(node, join, STEP - 0.2, "ramp")]
        rows.append(pd.DataFrame({
            "site_id": [f"A{i:03d}{direction[0]}" for i in range(PAIRS)], "node": node, "is_side": True,
            "pair_id": [f"A{i:03d}" for i in range(PAIRS)], "ref": [f"G{i + 1}" for i in road],
            "direction": direction, "linked": np.arange(PAIRS) % 9 == 0,
            "n_piles": np.where(rng.random(PAIRS) < 0.6, 8, 0), "n_car_bays": 120, "n_bays": 16,
        }))  # fmt: skip
    return pd.concat(ways), pd.concat(rows)


def build(seed: int) -> World:
    """The province."""
    rng = np.random.default_rng(seed)
    fast, nodes, xy = expressways()
    trunk, trunk_xy = lines(8 + 16 * np.arange(30.0), nodes.size)
    xy = np.concatenate([xy, trunk_xy.reshape(-1, 2)])
    ref = np.repeat([f"G{i + 101}" for i in range(len(trunk))], N - 1)
    a, b = trunk[:, :-1].ravel(), trunk[:, 1:].ravel()
    parts = [fast, edges(a, b, STEP, "national", ref), edges(b, a, STEP, "national", ref)]
    parts.append(junctions([nodes, trunk], xy))
    first = len(xy)
    ways, places = sides(nodes, first, rng)
    parts.append(ways)
    xy = np.concatenate([xy, np.zeros((2 * PAIRS, 2))])
    beside = ways[ways["head"] >= first]
    xy[beside["head"]] = xy[beside["tail"]] + [0.1, 0.1]
    street = np.arange(STREETS) + len(xy)
    parent = np.where(rng.random(STREETS) < 0.6, rng.choice(trunk.ravel(), STREETS), -1)
    earlier = np.maximum(street - 1 - rng.integers(0, 50, STREETS), street[0])
    parent = np.where((parent < 0) & (np.arange(STREETS) > 0), earlier, np.maximum(parent, trunk[0, 0]))
    km = rng.uniform(0.2, 1.5, STREETS)
    xy = np.concatenate([xy, np.zeros((STREETS, 2))])
    for child, above in zip(street.tolist(), parent.tolist(), strict=True):
        xy[child] = xy[above] + 0.3
    parts += [edges(street, parent, km, "tertiary"), edges(parent, street, km, "tertiary")]
    table = pd.concat(parts, ignore_index=True)[EDGE]
    network = roads.from_edges(
        111 + xy[:, 0] / 91, 36.5 - xy[:, 1] / 111, table["tail"], table["head"],
        metres=table["km"].to_numpy() * 1000, road_class=table["road_class"].tolist(), ref=table["ref"].tolist(),
    )  # fmt: skip
    west = street[xy[street, 0] < SIZE / 2]
    stations = pd.DataFrame({
        "site_id": [f"S{i:04d}" for i in range(STATIONS)], "node": rng.choice(west, STATIONS, replace=False),
        "is_side": False, "n_piles": 4,
    })  # fmt: skip
    places = pd.concat([places, stations], ignore_index=True).astype({"linked": "boolean"})
    power = rng.choice([60.0, 120, 240, np.nan], len(places), p=[0.3, 0.4, 0.2, 0.1])
    known = ~np.isnan(power)
    places = places.assign(
        leg_m=0.0, name=places["site_id"], n_guns=2 * places["n_piles"], n_ultra_fast=0, max_kw=power,
        total_kw=np.where(known, power * places["n_piles"], np.nan), n_power_known=places["n_piles"] * known,
    )  # fmt: skip
    piles = places[["site_id", "n_piles"]].assign(power_kw=power)
    codes = [f"41{i:04d}" for i in range(COUNTIES)]
    counties = pd.DataFrame(
        {"code": codes, "name": codes, "node": rng.choice(street, COUNTIES, replace=False)}
    )
    return World(network, places, piles, counties)


def names(lon: Any, lat: Any) -> Any:
    """Names of places."""
    return np.array([f"{x:.1f} {y:.1f}" for x, y in zip(lon, lat, strict=True)], dtype=object)


def once(world: World) -> dict[str, dict[str, float]]:
    """Seconds of each step, by the wall and of the processors."""
    seconds: dict[str, float] = {}
    cpu: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        start, used = time.perf_counter(), time.process_time()
        found = step()
        seconds[name], cpu[name] = time.perf_counter() - start, time.process_time() - used
        return found

    net = world.network
    built = timed("build", lambda: paths.build(net))
    sites = timed("sites", lambda: serving.sites(net, built, world.places))
    gaps = timed("gaps", lambda: measures.gaps(net, built, sites, names=names))
    timed("summary", lambda: measures.summary(net, built, sites, gaps, names=names))
    timed("judge", lambda: judging.judge(built, sites, world.piles, list(judging.rules().values())))
    timed("travel", lambda: travelling.travel(built, sites, vehicles()))
    some = {f"{km} km": Vehicle(km) for km in (80, 200, 400)}
    chargers = world.places["node"].to_numpy()[world.places["n_piles"] > 0]
    journeys = sharing.Journeys(chargers, world.counties, some)
    pairs = timed("through", lambda: sharing.cities(net, journeys))
    shared = timed("shared_gaps", lambda: sharing.shared_gaps(net, built, gaps, pairs, journeys))
    for spent in (seconds, cpu):
        spent["all_corridors"] = sum(
            spent[key] for key in ("build", "sites", "gaps", "summary", "judge", "travel")
        )
    counted = {"corridors": len(built), "sites": len(sites), "gaps": len(gaps), "pairs": len(pairs)}
    through = pairs.groupby("vehicle", sort=False)["passable"].mean().round(3).to_dict()
    size = {"km": round(sum(item.length for item in built)), "nodes": net.n_nodes, "edges": net.n_edges}
    print(
        json.dumps({**size, **counted, "chargers": len(chargers), "passable": through, "shared": len(shared)})
    )
    return {
        kind: {name: round(value, 2) for name, value in spent.items()}
        for kind, spent in (("wall", seconds), ("cpu", cpu))
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    province = build(asked.seed)
    runs = [once(province) for _ in range(asked.runs)]
    median = {
        kind: {name: statistics.median(run[kind][name] for run in runs) for name in runs[0][kind]}
        for kind in ("wall", "cpu")
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**vars(asked), "seconds": runs, "median": median, "peak_MB": round(peak)}))
