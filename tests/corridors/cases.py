"""Random cases in whole kilometres, small enough to be driven km by km."""

import numpy as np

from chargegeo.corridors import Vehicle, reach


def vehicle(rng, most=14):
    """A vehicle whose shares are whole km of its range, and the same as (start, reserve, charge_to) in km."""
    full = int(rng.integers(1, most + 1))
    reserve = int(rng.integers(0, full)) if rng.random() < 0.7 else 0
    start = int(rng.integers(reserve, full + 1))
    charge_to = int(rng.integers(reserve + 1, full + 1)) if rng.random() < 0.6 else full
    return Vehicle(full, start / full, reserve / full, charge_to / full), (start, reserve, charge_to)


def line(rng, longest=30):
    """A length and where chargers stand."""
    length = int(rng.integers(1, longest + 1))
    many = rng.integers(0, 1 + min(length + 1, 8))
    return length, sorted(rng.choice(length + 1, size=many, replace=False).tolist())


def tour(rng, longest=14):
    """A road out and back: lengths, positions on both, which of both are one site, charging at the end."""
    (out_km, out), (back_km, back) = line(rng, longest), line(rng, longest)
    shared = rng.random() < 0.5
    if shared:  # one road, whose sites serve both directions
        back_km = out_km
        common = [km for km in out if rng.random() < 0.5]
        back = sorted({*(km for km in back if km <= back_km), *(back_km - km for km in common)})
    return out_km, out, back_km, back, bool(rng.random() < 0.5)


def as_tour(out_km, out, back_km, back, charging):
    """The round trip as one route; a position on both sides of one road is one site."""
    there = {km: i for i, km in enumerate(out)}
    mirrored = out_km == back_km
    sites = [there.get(back_km - km, 100 + i) if mirrored else 100 + i for i, km in enumerate(back)]
    return reach.round_trips(
        reach.routes(out_km, out), reach.routes(back_km, back, site=sites), charging_at_end=charging
    )


def tree(rng, most=9):
    """Edges both ways of a random tree, by node."""
    n = int(rng.integers(2, most + 1))
    edges = {i: [] for i in range(n)}
    for node in range(1, n):
        other, km = int(rng.integers(0, node)), int(rng.integers(1, 8))
        edges[node].append((other, km))
        edges[other].append((node, km))
    return n, edges


def network(rng, most=9, longest=8):
    """Edges of a random network with one-way streets, parallel ones and dead ends, by node."""
    n = int(rng.integers(2, most + 1))
    edges = {i: [] for i in range(n)}
    for _ in range(int(rng.integers(n - 1, 3 * n))):
        tail, head = (int(node) for node in rng.choice(n, size=2, replace=False))
        km = int(rng.integers(1, longest + 1))
        edges[tail].append((head, km))
        if rng.random() < 0.5:
            edges[head].append((tail, km))
    return n, edges


def batches(seed, count):
    """Generators of cases, one a case, so that any case can be made again."""
    return (np.random.default_rng([seed, i]) for i in range(count))
