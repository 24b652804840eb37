"""Through-travel on a network: from everywhere to everywhere, charging on the way, and back.

A vehicle gets from one place to another if it can drive from the start on its start charge, from charger to charger
on what a stop gives, and on to the destination, the reserve untouched, every stretch in the direction travelled.
Charging as much as one may at every charger passed never hurts, so that a chain of chargers, each within a stop's
reach of the one before, is all that matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.access.asked import nodes_of
from chargegeo.corridors import hops
from chargegeo.corridors.reach import TOLERANCE_KM

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from chargegeo.corridors.hops import Graph
    from chargegeo.corridors.reach import Flags, Floats, Ints
    from chargegeo.corridors.vehicle import Vehicle
    from chargegeo.roads import RoadNetwork


class Failure(StrEnum):
    """Why one cannot get through; the first that holds."""

    NO_ROAD = "no_road"
    NO_CHARGER_FROM_ORIGIN = "no_charger_from_origin"
    NO_CHARGER_TO_DESTINATION = "no_charger_to_destination"
    GAP = "gap"


@dataclass(frozen=True, eq=False)
class _World:
    """Km between places and chargers, for the longest reach of any vehicle."""

    direct: Floats  # (places, places), infinite: no road
    start: csr_array  # (places, chargers), on a start charge or on what is left at a destination
    hop: csr_array  # (chargers, chargers), none through a third charger
    end: csr_array  # (chargers, places), none through another charger


@dataclass(frozen=True, eq=False)
class _Answers:
    """Of one vehicle, for all pairs of places."""

    km: Floats
    stops: Ints
    failure: Ints  # position in Failure, -1 for none
    round_trip: Flags


def between(
    network: RoadNetwork,
    chargers: ArrayLike,
    origins: ArrayLike,
    destinations: ArrayLike,
    *,
    vehicles: Mapping[str, Vehicle],
    charging_at_end: bool = False,
) -> pd.DataFrame:
    """Whether each vehicle gets from each origin to each destination, and back.

    Parameters
    ----------
    chargers, origins, destinations
        Nodes of the network. A node may stand several times.
    vehicles
        By name.
    charging_at_end
        Whether the vehicle is charged at the destination, as far as a stop does, before it goes back.

    Returns
    -------
    One row a vehicle, origin and destination, in that order: ``vehicle``; ``origin``, ``destination`` (position in
    the lists given); ``shortest_km`` (by road, whether or not it can be driven; null: no road); ``passable``;
    ``km`` (of the shortest way that can be driven, ways to chargers included; null where none can); ``stops``
    (fewest on that way; of several ways of one length the first found, always the same); ``failure`` (a
    :class:`Failure`, null where passable); ``round_trip`` (there and back on one start charge and the chargers of
    each direction).

    Raises
    ------
    StudyFault
        ``node_outside``, ``nodes_not_numbers``: these are no nodes of the network.
    """
    import pandas as pd

    stand, from_, to = (nodes_of(network, nodes) for nodes in (chargers, origins, destinations))
    places, at = np.unique(np.concatenate([from_, to]), return_inverse=True)
    origin, destination = at[: len(from_)], at[len(from_) :]
    world = _world(network, np.unique(stand), places, vehicles)
    tables = []
    for name, vehicle in vehicles.items():
        found = _answers(world, vehicle, np.unique(origin), charging_at_end)
        tables.append(_table(name, world, found, (origin, destination)))
    return pd.concat(tables, ignore_index=True)


def _world(network: RoadNetwork, chargers: Ints, places: Ints, vehicles: Mapping[str, Vehicle]) -> _World:
    asked = np.zeros(network.n_nodes, dtype=bool)
    asked[chargers] = asked[places] = True
    roads, nodes = hops.reduced(hops.Graph(network.indptr, network.head, network.metres / 1000), asked)
    chargers, places = np.searchsorted(nodes, chargers), np.searchsorted(nodes, places)
    back = roads.turned()
    stop = max((v.usable_km for v in vehicles.values()), default=0.0) + TOLERANCE_KM
    longest = max(stop, max((v.start_km for v in vehicles.values()), default=0.0) + TOLERANCE_KM)
    return _World(
        direct=hops.trees(roads, places)[0][:, places],
        start=hops.near(roads, places, chargers, longest, stopping=False),
        hop=hops.near(roads, chargers, chargers, stop, stopping=True),
        end=hops.near(back, places, chargers, stop, stopping=True).T.tocsr(),
    )


def _answers(world: _World, vehicle: Vehicle, from_: Ints, charging_at_end: bool) -> _Answers:
    """All pairs; rows of places that are no origin mean nothing."""
    p, k = world.start.shape
    graph = _graph(world, vehicle)
    km, before = hops.trees(graph, from_)
    driven, stops = np.full((p, p), np.inf), np.full((p, p), -1)
    driven[from_] = km[:, p + k :]
    stops[from_] = _stops(km, before, p, vehicle)
    reached, leading = np.zeros((p, k), dtype=bool), np.zeros((p, k), dtype=bool)
    reached[from_] = np.isfinite(km[:, p : p + k])
    leading[from_] = hops.leading(graph, p + k + from_)[:, p : p + k]
    failure = _failures(world, vehicle, driven, reached)
    left = _left(world, vehicle, reached)
    if charging_at_end:
        left = np.maximum(left, vehicle.usable_km)
    round_trip = np.isfinite(driven) & (_needed(world, leading) <= left + TOLERANCE_KM)
    return _Answers(driven, stops, failure, round_trip)


def _failures(world: _World, vehicle: Vehicle, driven: Floats, reached: Flags) -> Ints:
    """Position in Failure of each pair, -1 where one gets through."""
    ends = world.end.data <= vehicle.usable_km + TOLERANCE_KM
    lonely = np.bincount(world.end.indices[ends], minlength=world.end.shape[1]) == 0
    stuck = ~reached.any(axis=1)
    shape = driven.shape
    reasons = [
        np.isfinite(driven),
        ~np.isfinite(world.direct),
        np.broadcast_to(stuck.reshape(-1, 1), shape),
        np.broadcast_to(lonely, shape),
    ]
    return np.select(reasons, [-1, 0, 1, 2], default=3)


def _graph(world: _World, vehicle: Vehicle) -> Graph:
    """Places as starts, chargers, places as ends, in that order; what the vehicle can drive in one go."""
    p, k = world.start.shape
    stop, start = vehicle.usable_km + TOLERANCE_KM, vehicle.start_km + TOLERANCE_KM
    direct = np.nonzero(world.direct <= start)
    parts = [(direct[0], p + k + direct[1], world.direct[direct])]
    for matrix, rows, columns, limit in (
        (world.start, 0, p, start),
        (world.hop, p, p, stop),
        (world.end, p, p + k, stop),
    ):
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        near = matrix.data <= limit
        parts.append((rows + row[near], columns + matrix.indices[near], matrix.data[near]))
    tail, head, km = (np.concatenate(values) for values in zip(*parts, strict=True))
    return hops.edges(2 * p + k, tail, head, km)


def _stops(km: Floats, before: NDArray[np.int32], p: int, vehicle: Vehicle) -> Ints:
    """Fewest stops on the way found from each origin to each place, -1 where there is none.

    Walked from the end: a stop is put off, going backwards, as long as it carries to the stop after it.
    """
    last = km[:, km.shape[1] - p :]
    stops = np.where(np.isfinite(last), 0, -1)
    row, column = np.nonzero(last > vehicle.start_km + TOLERANCE_KM)
    row, column = row[stops[row, column] >= 0], column[stops[row, column] >= 0]
    node = before[row, km.shape[1] - p + column]
    next_stop = km[row, km.shape[1] - p + column]
    while len(row):
        ahead = before[row, node]
        begin = km[row, ahead]
        stop = (ahead < p) | (next_stop - begin > vehicle.usable_km + TOLERANCE_KM)
        stops[row[stop], column[stop]] += 1
        next_stop = np.where(stop, km[row, node], next_stop)
        on = next_stop > vehicle.start_km + TOLERANCE_KM
        row, column, node, next_stop = row[on], column[on], ahead[on], next_stop[on]
    return stops


def _left(world: _World, vehicle: Vehicle, reached: Flags) -> Floats:
    """Most km that a vehicle from one place can still drive once it is at another."""
    columns = world.end.tocsc()
    nearest = np.full(world.direct.shape, np.inf)
    for row, which in enumerate(reached):
        nearest[row] = _least(columns.indptr, columns.indices, columns.data, which)
    return np.maximum(vehicle.start_km - world.direct, vehicle.usable_km - nearest)


def _needed(world: _World, leading: Flags) -> Floats:
    """Fewest km from one place (second) to the other (first) itself or to a charger that leads there."""
    start = world.start
    nearest: Floats = np.full(world.direct.shape, np.inf)
    for row, which in enumerate(leading):
        nearest[row] = _least(start.indptr, start.indices, start.data, which)
    least: Floats = np.minimum(world.direct.T, nearest)
    return least


def _least(indptr: Ints, index: Ints, km: Floats, which: Flags) -> Floats:
    """Least entry of each row of a sparse matrix among some columns, infinite where there is none."""
    least = np.full(len(indptr) - 1, np.inf)
    some = np.diff(indptr) > 0
    if some.any():
        least[some] = np.minimum.reduceat(np.where(which[index], km, np.inf), indptr[:-1][some])
    return least


def _table(name: str, world: _World, found: _Answers, pairs: tuple[Ints, Ints]) -> pd.DataFrame:
    """One row a pair of an origin and a destination, given as places."""
    import pandas as pd

    pair = np.ix_(*pairs)
    passable = found.failure[pair].ravel() < 0
    origin, destination = np.indices((len(pairs[0]), len(pairs[1])))
    words = pd.Categorical.from_codes(found.failure[pair].ravel(), pd.Index([str(item) for item in Failure]))
    return pd.DataFrame(
        {
            "vehicle": name,
            "origin": origin.ravel(),
            "destination": destination.ravel(),
            "shortest_km": _null(world.direct[pair]),
            "passable": passable,
            "km": _null(found.km[pair]),
            "stops": pd.Series(found.stops[pair].ravel(), dtype="Int64").where(passable),
            "failure": words,
            "round_trip": found.round_trip[pair].ravel(),
        }
    )


def _null(km: Floats) -> Floats:
    return np.where(np.isfinite(km), km, np.nan).ravel()
