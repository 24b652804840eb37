"""Cities to cities and the gaps that cut them off, by hand and beside a slow walk along every way."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from chargegeo import roads, schema
from chargegeo.corridors import Vehicle, measures, paths, sharing
from chargegeo.errors import StudyFault
from tests.corridors import cases

PLAIN = {"car": Vehicle(100, reserve=0)}
# G1 southwards from A (km 0) in steps of 50 km: C at 250, B at 300; from B a county road of 150 km to D
A, B, C, D = 0, 6, 5, 7
FORWARD, BACKWARD = "G1-forward-1", "G1-backward-1"


def names(lon, lat):
    return np.array([f"{y:.2f}" for y in lat], dtype=object)


def places(**nodes):
    return pd.DataFrame(
        {"code": list(nodes), "name": [f"{code} city" for code in nodes], "node": list(nodes.values())}
    )


@pytest.fixture(scope="module")
def network():
    tail, head = np.arange(7), np.arange(1, 8)
    metres = np.array([50_000.0] * 6 + [150_000.0])
    kind, ref = ["national"] * 6 + ["county"], ["G1"] * 6 + [""]
    return roads.from_edges(
        np.full(8, 113.0), 36 - np.arange(8) * 0.45, np.append(tail, head), np.append(head, tail),
        metres=np.tile(metres, 2), road_class=2 * kind, ref=2 * ref,
    )  # fmt: skip


def site(corridor, km, name):
    return {
        "corridor_id": corridor, "km": km, "site_id": name, "is_side": False, "across": False, "detour_km": 0.0,
        "n_piles": 1, "n_power_known": 0,
    }  # fmt: skip


SITES = [site(FORWARD, 50, "s"), site(FORWARD, 250, "t"), site(BACKWARD, 50, "t"), site(BACKWARD, 250, "s")]


def gaps_of(network, corridors, sites=SITES):
    table = schema.conform(pd.DataFrame(sites), "corridor_sites") if sites else schema.empty("corridor_sites")
    return measures.gaps(network, corridors, table, names=names)


def answers(network, journeys, sites=SITES):
    corridors = paths.build(network)
    pairs = schema.check(sharing.cities(network, journeys), "corridor_pairs")
    shared = sharing.shared_gaps(network, corridors, gaps_of(network, corridors, sites), pairs, journeys)
    return pairs, schema.check(shared, "shared_gaps")


# ---- by hand


def test_every_pair_has_a_row_with_its_names(network):
    pairs = sharing.cities(network, sharing.Journeys([1, 5], places(a=A, b=B, c=C), PLAIN))
    assert list(zip(pairs["from_code"], pairs["to_code"], pairs["passable"], strict=True)) == [
        ("a", "b", False), ("a", "c", False), ("b", "a", False), ("b", "c", True), ("c", "a", False), ("c", "b", True),
    ]  # fmt: skip
    assert pairs["failure"].dropna().unique().tolist() == ["gap"]
    row = pairs.iloc[3]
    assert (row.from_name, row.to_name, row.shortest_km, row.km, row.stops) == ("b city", "c city", 50, 50, 0)
    assert row.round_trip and pairs["flow"].isna().all()


def test_a_place_off_the_network_is_one_without_a_road(network):
    pairs = sharing.cities(network, sharing.Journeys([1, 5], places(b=B, x=-1, c=C), PLAIN))
    told = {(row.from_code, row.to_code): row.failure for row in pairs.itertuples() if not row.passable}
    assert set(told) == {("b", "x"), ("x", "b"), ("x", "c"), ("c", "x")} and set(told.values()) == {"no_road"}
    assert not pairs["round_trip"][~pairs["passable"]].any()
    with pytest.raises(StudyFault, match="99"):
        sharing.cities(network, sharing.Journeys([99], places(b=B), PLAIN))


def test_one_gap_cuts_many_pairs(network):
    """Charging at km 50 and 250. Southwards km 150 to 250 fail, northwards 150 to 50, and the road to D past 100 km.

    A-B, A-C: 100 km each. A-D: 100, then 100 beyond 350. D-A: 100 to 150 on its own road, on to 200 (km 300 to 250
    of G1), then 300 to 400 between the two. D-B, B-D: 50 km. D-C: 50 and 50. C-D: charged at C, 100 km.
    """
    flow = pd.DataFrame({"from_code": ["a", "a", "c"], "to_code": ["b", "b", "a"], "flow": [900.0, 100, 10]})
    journeys = sharing.Journeys([1, 5], places(a=A, b=B, c=C, d=D), PLAIN, flow=flow)
    pairs, shared = answers(network, journeys)
    assert pairs["flow"].sum() == 1010
    told = [
        (row.corridor_id, row.from_km, row.to_km, row.n_pairs, row.n_pairs_only, round(row.pair_km, 6))
        for row in shared[shared["rank"].notna()].itertuples()
    ]
    assert told == [
        (FORWARD, 50, 250, 3, 2, 300), (BACKWARD, 50, 250, 3, 2, 300), (BACKWARD, 0, 50, 2, 0, 100),
    ]  # fmt: skip
    assert shared["flow"].tolist()[:2] == [1000, 10] and shared["flow"].isna().tolist() == [0, 0, 1, 1]
    last = shared.iloc[3]
    assert pd.isna(last.corridor_id) and last.geometry is None
    assert (last.n_pairs, last.n_pairs_only, last.pair_km) == (6, 3, 400)
    assert shared["from_name"].tolist()[0] == "35.55" and shared["km"].tolist()[:3] == [200, 200, 50]


def test_a_site_beside_the_road_counts_where_it_is_left(network):
    """The charger stands on a spur that no shortest way passes; the sites of the corridor say where it serves."""
    journeys = sharing.Journeys([], places(a=A, b=B), PLAIN)
    _, shared = answers(network, journeys)
    assert shared["pair_km"].tolist() == [100, 100]
    # and of one direction alone serves that one: northwards 200 km fail behind the start charge
    _, shared = answers(network, journeys, SITES[:2])
    assert sorted(shared["pair_km"]) == [100, 200]


def test_a_pair_that_fails_on_the_way_to_a_charger_alone_is_not_lost(network):
    """The way is served by a site at every node, but no charger stands on the network: nothing lies in a gap."""
    every = [site(way, km, f"{km}") for way in (FORWARD, BACKWARD) for km in range(0, 301, 50)]
    pairs, shared = answers(network, sharing.Journeys([], places(a=A, b=B), PLAIN), every)
    assert not pairs["passable"].any()
    assert shared[["n_pairs", "n_pairs_only", "pair_km"]].to_numpy().tolist() == [[2, 2, 0]]
    assert shared["corridor_id"].isna().all() and shared["rank"].isna().all()


def test_nothing_fails_nothing_is_shared(network):
    _, shared = answers(
        network, sharing.Journeys([1, 3, 5], places(a=A, b=B), {"car": Vehicle(150, reserve=0)})
    )
    assert shared.empty
    _, shared = answers(network, sharing.Journeys([1], places(a=A), PLAIN))
    assert shared.empty


def test_vehicles_are_ranked_each_by_itself(network):
    vehicles = {"weak": Vehicle(60, reserve=0), **PLAIN}
    _, shared = answers(network, sharing.Journeys([1, 5], places(a=A, b=B, c=C), vehicles))
    assert shared["vehicle"].tolist() == sorted(shared["vehicle"], reverse=True)
    assert shared.groupby("vehicle")["rank"].agg(list).to_dict() == {"weak": [1, 2], "car": [1, 2]}


def test_a_road_of_two_numbers_counts_once_under_the_first(network):
    """The same road as G1 and G9: no kilometre stands twice."""
    both = replace(network, refs=tuple(f"{ref};G9" if ref else ref for ref in network.refs))
    assert {item.ref for item in paths.build(both)} == {"G1", "G9"}
    sites = [*SITES, *({**row, "corridor_id": row["corridor_id"].replace("G1", "G9")} for row in SITES)]
    _, shared = answers(both, sharing.Journeys([1, 5], places(a=A, b=B), PLAIN), sites)
    assert shared["ref"].tolist() == ["G1", "G1"] and shared["pair_km"].tolist() == [100, 100]


# ---- beside a slow walk


def around(rng):
    """A ring road of G2 with spurs to places, lengths without ties, all roads two-way."""
    n = int(rng.integers(4, 8))
    angle = 2 * np.pi * np.arange(n) / n
    ring = [(i, (i + 1) % n, float(rng.uniform(5, 30)), "expressway", "G2") for i in range(n)]
    spurs = [(int(rng.integers(0, n)), n + i, float(rng.uniform(1, 30)), "county", "") for i in range(3)]
    both = [edge for a, b, *rest in [*ring, *spurs] for edge in ((a, b, *rest), (b, a, *rest))]
    tail, head, km, kind, ref = zip(*both, strict=True)
    lon = np.append(113 + np.sin(angle) / 2, 113 + rng.uniform(-1, 1, 3))
    lat = np.append(35 + np.cos(angle) / 2, 35 + rng.uniform(-1, 1, 3))
    net = roads.from_edges(
        lon, lat, tail, head, metres=np.array(km) * 1000, road_class=list(kind), ref=list(ref)
    )
    return net, {(a, b): length for a, b, length, *_ in both}


def walk(lengths, origin, goal):
    """Nodes of the shortest way."""
    best, todo = None, [(0.0, [origin])]
    while todo:
        km, way = todo.pop()
        if way[-1] == goal:
            best = min(best or (km, way), (km, way))
        else:
            todo += [(km + d, [*way, b]) for (a, b), d in lengths.items() if a == way[-1] and b not in way]
    return best[1]


def unserved_along(way, lengths, chargers, stops, vehicle):
    """Km of each step that fail, with where it lies: the corridor and the last stop on it, or null."""
    left, failed = vehicle.start_km, Counter()
    for a, b in pairwise(way):
        here = next(
            ((name, before, last) for name, before, last in stops.get((a, b), [])), (None, False, None)
        )
        if a in chargers or here[1]:
            left = max(left, vehicle.usable_km)
        failed[here[0], here[2]] += max(lengths[a, b] - max(left, 0), 0)
        left -= lengths[a, b]
        if any(after for _, _, after in stops.get((a, b, "end"), [])):
            left = max(left, vehicle.usable_km)
    return failed


def steps(corridors, sites):
    """For each edge its first corridor, whether one can charge where it begins, and the last site before."""
    found = {}
    for item in corridors:
        at = sorted({row["km"] for row in sites if row["corridor_id"] == item.id})
        for i, edge in enumerate(zip(item.nodes[:-1].tolist(), item.nodes[1:].tolist(), strict=True)):
            behind = [km for km in at if km <= item.km[i] + 1e-9]
            last = behind[-1] if behind else at[-1] if at else None  # around the ring
            found.setdefault(edge, []).append((item.id, item.km[i] in at, last))
            found.setdefault((*edge, "end"), []).append((item.id, False, item.km[i + 1] % item.length in at))
    return found


def test_all_unserved_kilometres_stand_in_the_right_row():
    counted = 0
    for rng in cases.batches(9, 30):
        network, lengths = around(rng)
        n = network.n_nodes
        corridors = paths.build(network)
        assert all(item.ring for item in corridors) and len(corridors) == 2
        at = [(item, int(i)) for item in corridors for i in range(n - 3) if rng.random() < 0.4]
        sites = [site(item.id, float(item.km[i]), f"{item.id}{i}") for item, i in at]
        chargers = {int(node) for node in range(n) if rng.random() < 0.2}
        vehicle = Vehicle(float(rng.uniform(10, 60)), start=0.8, reserve=0.1, charge_to=0.9)
        journeys = sharing.Journeys(sorted(chargers), places(**{str(i): i for i in range(n)}), {"v": vehicle})
        pairs, shared = answers(network, journeys, sites)
        wanted, known = Counter(), steps(corridors, sites)
        for row in pairs[~pairs["passable"]].itertuples():
            way = walk(lengths, int(row.from_code), int(row.to_code))
            wanted.update(unserved_along(way, lengths, chargers, known, vehicle))
        ours = Counter()
        for row in shared.itertuples():
            key = None if pd.isna(row.corridor_id) else row.corridor_id
            whole = not any(item["corridor_id"] == key for item in sites)
            ours[key, None if key is None or whole else row.from_km] += row.pair_km
        for key in set(wanted) | set(ours):
            assert ours[key] == pytest.approx(wanted[key], abs=1e-3), key
        counted += len(pairs[~pairs["passable"]])
        assert shared["n_pairs_only"].sum() <= len(pairs[~pairs["passable"]]) <= shared["n_pairs"].sum()
    assert counted > 300
