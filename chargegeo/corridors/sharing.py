"""Cities to cities, and the gaps along the roads that cut many of them off at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chargegeo import schema
from chargegeo.access.asked import nodes_of
from chargegeo.corridors import hops, reach, through

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike

    from chargegeo.corridors.paths import Corridor
    from chargegeo.corridors.reach import Flags, Floats, Ints, Routes
    from chargegeo.corridors.vehicle import Vehicle
    from chargegeo.roads import RoadNetwork

CHUNK = 8  # origins whose ways are held at once


@dataclass(frozen=True, eq=False)
class Journeys:
    """Who travels between which places, and where one can charge.

    Parameters
    ----------
    chargers
        Nodes of the network.
    places
        One row a city or county: ``code``, ``name``, ``node`` (of the network; -1: not on it).
    vehicles
        By name.
    charging_at_end
        Whether the vehicle is charged at the destination before it goes back.
    flow
        Traffic: ``from_code``, ``to_code``, ``flow`` (vehicles a day); rows of one pair add up.
    """

    chargers: ArrayLike
    places: pd.DataFrame
    vehicles: Mapping[str, Vehicle]
    charging_at_end: bool = False
    flow: pd.DataFrame | None = None


def cities(network: RoadNetwork, journeys: Journeys) -> pd.DataFrame:
    """Whether each vehicle gets from every place to every other, and back.

    Returns
    -------
    Contract ``corridor_pairs``: by vehicle, origin and destination, in the order given. A place that is not on
    the network is one to which no road leads.

    Raises
    ------
    StudyFault
        ``node_outside``, ``nodes_not_numbers``: these are no nodes of the network.
    """
    node = journeys.places["node"].to_numpy(dtype=np.int64)
    on = np.flatnonzero(node >= 0)
    found = through.between(
        network, journeys.chargers, node[on], node[on], vehicles=journeys.vehicles,
        charging_at_end=journeys.charging_at_end,
    )  # fmt: skip
    found["origin"], found["destination"] = on[found["origin"]], on[found["destination"]]
    keys = ["vehicle", "origin", "destination"]
    every = pd.MultiIndex.from_product(
        [list(journeys.vehicles), range(len(node)), range(len(node))], names=keys
    )
    table = found.set_index(keys).reindex(every).reset_index()
    table = table[table["origin"] != table["destination"]].reset_index(drop=True)
    for column in ("passable", "round_trip"):
        table[column] = table[column] == True  # noqa: E712 - null is no
    failure = table["failure"].astype(object)
    table["failure"] = failure.where(failure.notna() | table["passable"], str(through.Failure.NO_ROAD))
    for column, end in (("from", "origin"), ("to", "destination")):
        for name in ("code", "name"):
            table[f"{column}_{name}"] = journeys.places[name].to_numpy(dtype=object)[table[end]]
    return schema.conform(_with_flow(table, journeys.flow), "corridor_pairs")


def _with_flow(table: pd.DataFrame, flow: pd.DataFrame | None) -> pd.DataFrame:
    if flow is None:
        return table
    pair = ["from_code", "to_code"]
    return table.merge(flow.groupby(pair, as_index=False)["flow"].sum(min_count=1), on=pair, how="left")


def shared_gaps(
    network: RoadNetwork,
    corridors: Sequence[Corridor],
    gaps: pd.DataFrame,
    pairs: pd.DataFrame,
    journeys: Journeys,
) -> pd.DataFrame:
    """Which gaps of the corridors cut how many pairs of places.

    Parameters
    ----------
    gaps
        Contract ``corridor_gaps`` of the same corridors; where a site ends one, one can charge.
    pairs
        Contract ``corridor_pairs`` of the same journeys.

    Returns
    -------
    Contract ``shared_gaps``: for each vehicle a row a gap that cuts a pair, by number of pairs, traffic and length,
    and last a row without a corridor for what lies on none.

    Notes
    -----
    Taken are the pairs that fail though a road leads there. On the shortest way of each, with the chargers on it,
    what is not served (:func:`chargegeo.corridors.reach.unserved`) is cut by the gaps; a stretch of road with
    several numbers belongs to the first of the corridors. Nothing is lost: the pair-kilometres of the rows add up to
    all that is not served, and every pair taken stands in at least one row (one whose shortest way is served, but
    for the ways to the chargers, in the last).
    """
    able = pairs["passable"] | (pairs["failure"] == through.Failure.NO_ROAD)
    failing = pairs[~able].reset_index(drop=True)
    pieces = _pieces(network, corridors, gaps, failing, journeys)
    whole = np.setdiff1d(np.arange(len(failing)), pieces["pair"])
    none = pd.DataFrame({"pair": whole, "gap": -1, "km": 0.0})
    pieces = pd.concat([pieces, none], ignore_index=True)
    pieces = pieces.groupby(["pair", "gap"])["km"].sum().reset_index()
    pieces["only"] = ~pieces["pair"].duplicated(keep=False)
    for column in ("vehicle", "flow"):
        pieces[column] = failing[column].to_numpy()[pieces["pair"]]
    groups = pieces.groupby(["vehicle", "gap"], sort=False)
    found = groups.agg(n_pairs=("pair", "size"), n_pairs_only=("only", "sum"), pair_km=("km", "sum"))
    found["flow"] = groups["flow"].sum(min_count=1)
    return _ranked(found.reset_index(), gaps, list(journeys.vehicles))


def _ranked(found: pd.DataFrame, gaps: pd.DataFrame, vehicles: list[str]) -> pd.DataFrame:
    """The rows with what the gap is, in order."""
    told = ["corridor_id", "ref", "direction", "from_km", "to_km", "km", "from_name", "to_name", "geometry"]
    table = found.merge(gaps.reset_index(drop=True)[told], left_on="gap", right_index=True, how="left")
    table["nowhere"] = table["gap"] < 0
    table["order"] = table["vehicle"].map({name: i for i, name in enumerate(vehicles)})
    keys = ["order", "nowhere", "n_pairs", "flow", "km", "corridor_id", "from_km"]
    table = table.sort_values(keys, ascending=[True, True, False, False, False, True, True], kind="stable")
    table["rank"] = (table.groupby("order").cumcount() + 1).where(~table["nowhere"])
    return schema.conform(table.reset_index(drop=True), "shared_gaps")


@dataclass(frozen=True, eq=False)
class _Roads:
    """The network by edge: its corridor, and where one can charge."""

    graph: hops.Graph
    edge: Ints  # edges by tail and head, of parallel ones the shortest
    key: Ints  # tail and head of these as one number
    corridor: Ints  # of each edge the first corridor on it, -1 for none
    corridor_km: Floats  # where on that corridor the edge begins
    at_tail: Flags  # of each edge: whether one can charge where it begins
    at_head: Flags


@dataclass(frozen=True, eq=False)
class _Ways:
    """Shortest ways, edge by edge in order of travel."""

    way: Ints
    edge: Ints
    begin: Floats  # km from the start of the way
    end: Floats
    along: Routes


def _roads(network: RoadNetwork, corridors: Sequence[Corridor], gaps: pd.DataFrame, chargers: Ints) -> _Roads:
    tail, head = network.tail.astype(np.int64), network.head
    key = tail * network.n_nodes + head
    order = np.lexsort((np.arange(len(key)), network.metres, key))
    edge = order[np.append(True, np.diff(key[order]) != 0)[: len(order)]]
    charger = np.zeros(network.n_nodes, dtype=bool)
    charger[chargers] = True
    at_tail, at_head = charger[tail], charger[head]
    owner, km = np.full(len(key), -1), np.zeros(len(key))
    stops = _stops(gaps)
    for i in reversed(range(len(corridors))):
        item = corridors[i]
        owner[item.edges], km[item.edges] = i, item.km[:-1]
        at = np.searchsorted(item.km, stops.get(item.id, np.empty(0)) - reach.TOLERANCE_KM)
        at_tail[item.edges[at[at < len(item.edges)]]] = True
        at_head[item.edges[at[at > 0] - 1]] = True
    graph = hops.Graph(network.indptr, network.head, network.metres / 1000)
    return _Roads(graph, edge, key[edge], owner, km, at_tail, at_head)


def _stops(gaps: pd.DataFrame) -> dict[str, Floats]:
    """Kilometres at which each corridor is left for a charger."""
    ends = [
        gaps.loc[gaps[f"{end}_site"].notna(), ["corridor_id", f"{end}_km"]].set_axis(["id", "km"], axis=1)
        for end in ("from", "to")
    ]
    return {str(name): np.unique(part["km"]) for name, part in pd.concat(ends).groupby("id")}


def _pieces(
    network: RoadNetwork, corridors: Sequence[Corridor], gaps: pd.DataFrame, failing: pd.DataFrame,
    journeys: Journeys,
) -> pd.DataFrame:  # fmt: skip
    """Unserved pieces of the shortest way of each failing pair: its row, the row of the gap (-1: none), km."""
    roads = _roads(network, corridors, gaps, nodes_of(network, journeys.chargers))
    node = journeys.places.set_index("code")["node"]
    start, goal = (node.reindex(failing[f"{end}_code"]).to_numpy(dtype=np.int64) for end in ("from", "to"))
    locate = _Locator.of(corridors, gaps)
    parts: list[pd.DataFrame] = [
        pd.DataFrame({"pair": [], "gap": [], "km": []}).astype({"pair": int, "gap": int})
    ]
    vehicle = failing["vehicle"].to_numpy(dtype=object)
    for origin, before in _trees(roads.graph, np.unique(start)):
        rows = np.flatnonzero(start == origin)
        goals, way = np.unique(goal[rows], return_inverse=True)
        ways = _ways(network, roads, before, goals)
        for name, car in journeys.vehicles.items():
            mine = vehicle[rows] == name
            row_of = np.full(len(goals), -1)
            row_of[way[mine]] = rows[mine]
            parts.append(_cut(roads, ways, reach.unserved(ways.along, car), row_of, locate))
    return pd.concat(parts, ignore_index=True)


def _trees(graph: hops.Graph, origins: Ints) -> Iterator[tuple[int, Ints]]:
    """Each origin, and the node before each node on the shortest way from it."""
    for at in range(0, len(origins), CHUNK):
        some = origins[at : at + CHUNK]
        yield from zip(some.tolist(), hops.trees(graph, some)[1], strict=True)


def _ways(network: RoadNetwork, roads: _Roads, before: Ints, goals: Ints) -> _Ways:
    """Ways to several goals, with the chargers on them."""
    way, tail, head = _walked(before, goals)
    edge = roads.edge[np.searchsorted(roads.key, tail * network.n_nodes + head)]
    km = network.metres[edge] / 1000
    end = np.cumsum(km)
    length = np.bincount(way, km, len(goals))
    offset = (np.cumsum(length) - length)[way]
    begin, end = np.maximum(end - km - offset, 0.0), end - offset
    first = np.searchsorted(way, np.arange(len(goals)))
    length = np.append(end, 0.0)[np.searchsorted(way, np.arange(len(goals)), side="right") - 1]
    begin[first[first < len(way)]] = 0.0
    tails, heads = roads.at_tail[edge], roads.at_head[edge]
    along = reach.routes(
        length, np.append(begin[tails], end[heads]), route=np.append(way[tails], way[heads]),
        site=np.full(int(tails.sum() + heads.sum()), -1),
    )  # fmt: skip
    return _Ways(way, edge, begin, end, along)


def _walked(before: Ints, goals: Ints) -> tuple[Ints, Ints, Ints]:
    """Way, tail and head of every step to several goals, in order of travel."""
    way, head = np.arange(len(goals)), goals
    steps = []
    while len(head):
        tail = before[head].astype(np.int64)
        on = tail >= 0
        way, tail, head = way[on], tail[on], head[on]
        steps.append((way, tail, head))
        head = tail
    ways, tails, heads = (np.concatenate(part) for part in zip(*reversed(steps), strict=True))
    order = np.argsort(ways, kind="stable")
    return ways[order], tails[order], heads[order]


@dataclass(frozen=True, eq=False)
class _Locator:
    """Finds the gap of a place on a corridor."""

    span: float
    row: Ints  # of the gaps, by corridor and where they begin
    key: Floats
    corridor: Ints
    last: Ints  # of each corridor, where its last gap stands: on a ring it closes over the start

    @classmethod
    def of(cls, corridors: Sequence[Corridor], gaps: pd.DataFrame) -> _Locator:
        """From the gaps of some corridors; those of others are left out."""
        span = max((item.length for item in corridors), default=0.0) + 1.0
        corridor = pd.Index([item.id for item in corridors]).get_indexer(pd.Index(gaps["corridor_id"]))
        start = gaps["from_km"].to_numpy(dtype=float)
        row = np.lexsort((gaps["km"].to_numpy(dtype=float), start, corridor))
        row = row[corridor[row] >= 0]
        last = np.searchsorted(corridor[row], np.arange(len(corridors)), side="right") - 1
        return cls(span, row, corridor[row] * span + start[row], corridor[row], last)

    def rows(self, corridor: Ints, km: Floats) -> Ints:
        """Row of the gap at each place, -1 where there is none."""
        if not len(self.row):
            return np.full(len(km), -1)
        at = np.searchsorted(self.key, corridor * self.span + km, side="right") - 1
        same = (at >= 0) & (self.corridor[at] == corridor)
        at = np.where(same, at, np.append(self.last, -1)[corridor])
        found = (corridor >= 0) & (at >= 0) & (self.corridor[at] == corridor)
        return np.where(found, self.row[at], -1)


def _cut(roads: _Roads, ways: _Ways, left: reach.Stretches, row_of: Ints, locate: _Locator) -> Any:
    """The unserved stretches of the ways that have a row, cut by edge, then added up by gap."""
    mine = row_of[left.route] >= 0
    route, km = left.route[mine], left.km[mine]
    span = float(ways.along.length_km.max(initial=0.0)) + 1.0
    first = np.searchsorted(ways.way * span + ways.begin, route * span + km[:, 0], side="right") - 1
    last = np.searchsorted(ways.way * span + ways.begin, route * span + km[:, 1])
    count = np.maximum(last - first, 0)
    stretch = np.repeat(np.arange(len(route)), count)
    at = np.arange(len(stretch)) - np.repeat(np.cumsum(count) - count, count) + first[stretch]
    begin, end = np.maximum(ways.begin[at], km[stretch, 0]), np.minimum(ways.end[at], km[stretch, 1])
    edge = ways.edge[at]
    middle = roads.corridor_km[edge] + (begin + end) / 2 - ways.begin[at]
    table = pd.DataFrame({
        "pair": row_of[route[stretch]], "gap": locate.rows(roads.corridor[edge], middle),
        "km": np.maximum(end - begin, 0.0),
    })  # fmt: skip
    return table[table["km"] > 0].groupby(["pair", "gap"], as_index=False)["km"].sum()
