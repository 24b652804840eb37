"""The reach rule held against driving: a check takes a generator and yields a question, our answer, the driven one.

The tests run a few thousand cases, ``benchmarks/reach.py`` many more.
"""

import numpy as np

from chargegeo import roads
from chargegeo.corridors import reach, through
from tests.corridors import cases
from tests.oracles import state_of_charge


def line(rng):
    """A road of one direction."""
    vehicle, battery = cases.vehicle(rng)
    length, chargers = cases.line(rng)
    road = reach.routes(length, rng.permutation(chargers) if chargers else [])
    ends = reach.unserved(road, vehicle).km.round().astype(int)
    failing = [km for begin, end in ends for km in range(begin, end)]
    yield "unserved", failing, state_of_charge.unserved_km(length, set(chargers), battery)
    driven = state_of_charge.states(state_of_charge.line(length), set(chargers), battery, {(0, battery[0])})
    left = [charge for node, charge in driven if node == length]
    yield "passable", bool(reach.passable(road, vehicle)[0]), bool(left)
    ours = reach.arrival(road, vehicle)[0] * vehicle.range_km
    yield "arrival", None if np.isnan(ours) else round(ours, 6), max(left, default=None)


def tour(rng):
    """A round trip, each direction with the sites of its side, shared ones on both."""
    vehicle, battery = cases.vehicle(rng)
    out_km, out, back_km, back, charging = cases.tour(rng)
    trip = cases.as_tour(out_km, out, back_km, back, charging)
    chargers = {("out", km) for km in out} | {("back", km) for km in back}
    chargers |= {("back", 0)} if charging else set()
    edges = state_of_charge.tour(out_km, back_km)
    driven = state_of_charge.gets_there(edges, chargers, battery, ("out", 0), ("back", back_km))
    yield "passable", bool(reach.passable(trip, vehicle)[0]), driven


def tree(rng):
    """All pairs on a tree of roads in both directions."""
    n, edges = cases.tree(rng)
    yield from pairs(rng, n, edges)


def network(rng):
    """All pairs on a network with one-way streets, parallel roads and dead ends."""
    n, edges = cases.network(rng)
    yield from pairs(rng, n, edges)


def pairs(rng, n, edges):
    """There, how far, and back, for all pairs of nodes; two random vehicles at once, chargers, kind of destination."""
    driven = [cases.vehicle(rng, most=20) for _ in range(2)]
    chargers = set(rng.choice(n, size=rng.integers(0, n + 1), replace=False).tolist())
    charging = bool(rng.random() < 0.5)
    table = through.between(
        as_network(n, edges), sorted(chargers), range(n), range(n), charging_at_end=charging,
        vehicles={i: vehicle for i, (vehicle, _) in enumerate(driven)},
    )  # fmt: skip
    for row in table.itertuples():
        battery = driven[row.vehicle][1]
        case = edges, chargers, battery, row.origin, row.destination
        best = state_of_charge.shortest(*case)
        yield "passable", row.passable, best is not None
        yield "km", None if np.isnan(row.km) else round(row.km, 6), best and best[0]
        yield "no fewer stops", best is None or row.stops >= best[1], True
        yield "round trip", row.round_trip, state_of_charge.gets_back(*case, charging)


def as_network(n, edges):
    """A network from km by node, as the oracles hold it."""
    listed = [(tail, head, km) for tail, heads in edges.items() for head, km in heads]
    tail, head, km = np.array(listed, dtype=np.int64).reshape(-1, 3).T
    nodes = np.arange(n)
    return roads.from_edges(113 + nodes / 100, np.full(n, 34.0), tail, head, metres=km * 1000.0)
