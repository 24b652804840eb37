"""Ordinary roads: one planar graph over the township seats, and which number each stretch carries.

Two seats are joined where the circle over the line between them is free of other seats (Gabriel graph, which
is planar and connected). National and provincial roads are the shortest ways from county seat to county seat,
county roads the shortest ways from a county seat to its townships, and what is left are township roads.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chargegeo.sample.roads.lines import Floats, Ints, Lines, lines_of, right_of

if TYPE_CHECKING:
    import pandas

# metres between shape points, from the road to the seat, and how far a road swings out, as a share of its length
STEP = 1100.0
SEAT = (30.0, 120.0)
SWING = 0.03
# a stretch of a longer road is used where a higher class of road takes it: one kilometre there costs less
CHEAP = 0.8


class Ordinary(NamedTuple):
    """Roads between towns.

    ``town``: place of each town's crossroads (metres), in the order of the units. Of a road: ``ends`` (towns),
    its line, ``ref`` (numbers joined by ";") and ``rank`` (0 national, 1 provincial, 2 county, 3 township).
    """

    town: Floats
    ends: Ints
    lines: Lines
    ref: NDArray[Any]
    rank: Ints


def network(
    units: "pandas.DataFrame",
    seat: Floats,
    numbers: Mapping[str, list[str]],
    rng: np.random.Generator,
) -> Ordinary:
    """Roads over all seats.

    Parameters
    ----------
    units
        ``county_code`` and ``kind``.
    seat
        Seat of each unit (metres).
    numbers
        County codes that each national and provincial road passes in order.
    """
    angle, off = rng.uniform(0, 2 * np.pi, len(seat)), rng.uniform(*SEAT, len(seat))
    town = seat + off[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    ends = gabriel(town)
    capital = capitals(units, seat)
    refs: dict[int, list[str]] = {}
    rank = np.full(len(ends), 3)
    _number_main_roads(town, ends, capital, numbers, refs, rank)
    _number_local_roads(units, town, ends, capital, refs, rank)
    ref = np.array([";".join(refs[edge]) for edge in range(len(ends))], dtype=object)
    return Ordinary(town, ends, _curved(town, ends, rng), ref, rank)


def gabriel(points: Floats) -> Ints:
    """Pairs of points (lower first, sorted) with no third point in the circle over the line between them."""
    from scipy.spatial import Delaunay, cKDTree

    corners = Delaunay(points).simplices
    pairs = np.unique(
        np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])), axis=0
    )
    middle = points[pairs].mean(axis=1)
    radius = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) / 2
    nearest = cKDTree(points).query(middle)[0]
    return np.asarray(pairs[nearest >= radius * (1 - 1e-9)], dtype=np.int64)


def capitals(units: "pandas.DataFrame", seat: Floats) -> dict[str, int]:
    """Unit that holds the seat of each county: of its subdistricts (else its towns) the one nearest the middle."""
    import pandas as pd

    kind = units["kind"].map({"subdistrict": 0, "town": 1}).fillna(2).to_numpy()
    table = pd.DataFrame(
        {"county": units["county_code"].to_numpy(), "kind": kind, "x": seat[:, 0], "y": seat[:, 1]}
    )
    middle = table.groupby("county")[["x", "y"]].transform("mean")
    table["off"] = np.hypot(table["x"] - middle["x"], table["y"] - middle["y"])
    best = table.sort_values(["county", "kind", "off"], kind="stable").groupby("county").head(1)
    return dict(zip(best["county"], best.index.tolist(), strict=True))


def _graph(town: Floats, ends: Ints, cost: Floats) -> Any:
    from scipy.sparse import coo_array

    both = np.concatenate([ends, ends[:, ::-1]])
    return coo_array((np.tile(cost, 2), tuple(both.T)), shape=(len(town), len(town))).tocsr()


def _edge_of(ends: Ints, n: int) -> dict[int, int]:
    return {int(key): edge for edge, key in enumerate(ends[:, 0] * n + ends[:, 1])}


def _path(before: Ints, origin: int, target: int) -> list[int]:
    """Towns from the origin to the target by a row of predecessors."""
    path = [target]
    while path[-1] != origin:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _number_main_roads(
    town: Floats,
    ends: Ints,
    capital: dict[str, int],
    numbers: Mapping[str, list[str]],
    refs: dict[int, list[str]],
    rank: Ints,
) -> None:
    """Give national and provincial roads their stretches; a stretch may carry several numbers."""
    from scipy.sparse.csgraph import dijkstra

    metres = np.hypot(*(town[ends[:, 0]] - town[ends[:, 1]]).T)
    # long stretches cost more than their length, so that a road passes the towns on its way
    graph = _graph(town, ends, metres**1.1)
    used = sorted({capital[code] for codes in numbers.values() for code in codes})
    row = {unit: index for index, unit in enumerate(used)}
    before = dijkstra(graph, indices=used, return_predecessors=True)[1]
    edge_of = _edge_of(ends, len(town))
    for ref, codes in numbers.items():
        stops = [capital[code] for code in codes]
        for origin, target in pairwise(stops):
            for tail, head in pairwise(_path(before[row[origin]], origin, target)):
                edge = edge_of[min(tail, head) * len(town) + max(tail, head)]
                held = refs.setdefault(edge, [])
                if ref not in held:
                    held.append(ref)
                rank[edge] = min(rank[edge], 0 if ref.startswith("G") else 1)


def _number_local_roads(
    units: "pandas.DataFrame",
    town: Floats,
    ends: Ints,
    capital: dict[str, int],
    refs: dict[int, list[str]],
    rank: Ints,
) -> None:
    """Give county roads (ways from each county seat to its townships) and township roads their numbers."""
    from scipy.sparse.csgraph import dijkstra

    county = units["county_code"].to_numpy()
    metres = np.hypot(*(town[ends[:, 0]] - town[ends[:, 1]]).T)
    seats = sorted(capital.values())
    origin = np.searchsorted(seats, [capital[code] for code in county])
    before = dijkstra(_graph(town, ends, metres), indices=seats, return_predecessors=True)[1]
    edge_of = _edge_of(ends, len(town))
    for unit in range(len(town)):
        at, seat = unit, seats[origin[unit]]
        while at != seat:
            up = int(before[origin[unit], at])
            edge = edge_of[min(at, up) * len(town) + max(at, up)]
            rank[edge] = min(rank[edge], 2)
            at = up
    serial: dict[tuple[str, str], int] = {}
    for edge in np.flatnonzero(rank >= 2).tolist():
        letter, code = "XY"[rank[edge] - 2], str(county[ends[edge, 0]])
        number = serial[letter, code] = serial.get((letter, code), 0) + 1
        refs[edge] = [f"{letter}{number:03d}{code}"]


def _curved(town: Floats, ends: Ints, rng: np.random.Generator) -> Lines:
    """A gently swung line between the towns of each road."""
    a, b = town[ends[:, 0]], town[ends[:, 1]]
    metres = np.hypot(*(b - a).T)
    out = right_of((b - a) / metres[:, None])
    swing = rng.normal(scale=SWING, size=(len(ends), 2)).clip(-2 * SWING, 2 * SWING) * metres[:, None]
    parts = []
    for edge, count in enumerate(np.maximum(2, np.round(metres / STEP).astype(int) + 1)):
        t = np.linspace(0, 1, count)[:, None]
        bend = swing[edge, 0] * np.sin(np.pi * t) + swing[edge, 1] / 2 * np.sin(2 * np.pi * t)
        line = a[edge] + t * (b[edge] - a[edge]) + bend * out[edge]
        line[-1] = b[edge]
        parts.append(line)
    return lines_of(parts)
