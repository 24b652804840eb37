"""The fewest added sites, by hand and by trying every choice."""

from itertools import combinations

import numpy as np
import pytest

from chargegeo.corridors import Vehicle, mending, reach
from chargegeo.errors import ContractFault
from tests.corridors import cases

PLAIN = Vehicle(100, reserve=0)


def fewest_by_trying(existing, candidates, vehicle):
    """Size of the smallest choice that makes all routes passable, or null."""
    sites = np.unique(candidates.site)
    if not mends(existing, candidates, vehicle, sites):
        return None  # more sites never serve less
    for size in range(len(sites) + 1):
        for choice in combinations(sites, size):
            if mends(existing, candidates, vehicle, choice):
                return size
    return None


def mends(existing, candidates, vehicle, choice):
    built = np.isin(candidates.site, choice)
    added = reach.routes(
        candidates.length_km, candidates.position_km[built], route=candidates.route[built],
        site=candidates.site[built],
    )  # fmt: skip
    return reach.passable(reach.joined(existing, added), vehicle).all()


def random_routes(rng, m, length, sites):
    """Chargers and candidates of several routes; candidates may stand on several of them, or twice."""
    length = rng.integers(1, length + 1, size=m)

    def some(k, site):
        route = rng.integers(0, m, size=k)
        return reach.routes(length, rng.integers(0, length[route] + 1), route=route, site=site)

    few, many = int(rng.integers(0, 4)), int(rng.integers(0, 14))
    return some(few, rng.integers(0, 9, size=few)), some(many, rng.integers(0, sites, size=many))


# ---- by hand


def test_anywhere_puts_each_charger_at_the_last_possible_point():
    """350 km with a charger at 160: one at 100, and one at 260."""
    road = reach.routes(350, [160])
    added = mending.anywhere(road, PLAIN)
    assert added.position_km.tolist() == [100, 260]
    assert reach.passable(reach.joined(road, added), PLAIN).all()
    assert mending.anywhere(reach.routes(400, []), PLAIN).position_km.tolist() == [100, 200, 300]


def test_the_furthest_candidate_within_reach_is_taken():
    road, candidates = reach.routes(250, []), reach.routes(250, [30, 60, 95, 140, 180, 240])
    found = mending.on_line(road, candidates, PLAIN)
    assert (found.outcome, found.sites.tolist(), found.bound, found.gap) == ("optimal", [2, 4], 2, 0)


def test_what_cannot_be_mended_is_told():
    road, candidates = reach.routes(300, []), reach.routes(300, [90, 210])
    for found in (mending.on_line(road, candidates, PLAIN), mending.fewest(road, candidates, PLAIN)):
        assert (found.outcome, found.sites.tolist()) == ("infeasible", [])
        assert found.stretches.km.tolist() == [[190, 210]]


def test_a_pair_that_serves_both_directions_counts_once():
    """180 km each way: one site for both in the middle, or one for each side."""
    nothing, km = reach.routes([180, 180], []), [90, 85, 95]
    both = reach.routes([180, 180], [*km, 90], route=[0, 0, 1, 1], site=[5, 3, 4, 5])
    assert mending.fewest(nothing, both, PLAIN).sites.tolist() == [5]
    sides = reach.routes([180, 180], km, route=[0, 0, 1], site=[5, 3, 4])
    assert len(mending.fewest(nothing, sides, PLAIN).sites) == 2


def test_nothing_to_mend_needs_no_site():
    found = mending.fewest(reach.routes(50, []), reach.routes(50, [10]), PLAIN)
    assert (found.outcome, found.sites.tolist(), found.bound) == ("optimal", [], 0)


def test_one_direction_is_asked_for_one_route():
    with pytest.raises(ContractFault):
        mending.on_line(reach.routes([1, 2], []), reach.routes([1, 2], []), PLAIN)
    with pytest.raises(ContractFault):
        mending.on_line(reach.routes(1, []), reach.routes(1, [0, 1], site=[3, 3]), PLAIN)


# ---- by trying every choice


@pytest.mark.parametrize("seed", range(2))
def test_one_direction_as_tried(seed):
    seen = set()
    for rng in cases.batches(400 + seed, 120):
        vehicle, _ = cases.vehicle(rng)
        length, chargers = cases.line(rng)
        road = reach.routes(length, chargers)
        places = rng.choice(length + 1, size=rng.integers(0, min(12, length) + 1), replace=False)
        candidates = reach.routes(length, places, site=50 + rng.permutation(len(places)))
        best = fewest_by_trying(road, candidates, vehicle)
        seen.add(best)
        for found in (
            mending.on_line(road, candidates, vehicle), mending.fewest(road, candidates, vehicle),
        ):  # fmt: skip
            assert (len(found.sites) if found.outcome == "optimal" else None) == best
            assert best is None or mends(road, candidates, vehicle, found.sites)
    assert {None, 0, 1, 2, 3} <= seen


def test_anywhere_as_tried():
    """Nowhere does a choice among all whole km do with fewer."""
    for rng in cases.batches(5, 60):
        vehicle, _ = cases.vehicle(rng)
        length, chargers = cases.line(rng, longest=11)
        road = reach.routes(length, chargers)
        added = mending.anywhere(road, vehicle)
        assert reach.passable(reach.joined(road, added), vehicle).all()
        assert len(added.site) == fewest_by_trying(road, reach.routes(length, range(length + 1)), vehicle)


@pytest.mark.parametrize("seed", range(2))
def test_several_routes_as_tried(seed):
    seen = set()
    for rng in cases.batches(500 + seed, 120):
        vehicle, _ = cases.vehicle(rng)
        existing, candidates = random_routes(rng, int(rng.integers(1, 4)), 24, 8)
        best = fewest_by_trying(existing, candidates, vehicle)
        seen.add(best)
        found = mending.fewest(existing, candidates, vehicle)
        assert (len(found.sites) if found.outcome == "optimal" else None) == best
        if best is not None:
            assert mends(existing, candidates, vehicle, found.sites)
        else:
            assert len(found.stretches.route)
    assert {None, 0, 1, 2, 3} <= seen


def test_a_time_limit_is_told_with_its_gap():
    """No time at all: sites that mend, and a bound that is no lie."""
    rng = np.random.default_rng(2)
    m, k, sites = 40, 1200, 300
    nothing = reach.routes(np.full(m, 1000.0), [])
    candidates = reach.routes(
        nothing.length_km, np.arange(k) % 30 * 33, route=np.arange(k) // 30, site=rng.integers(0, sites, k)
    )
    found = mending.fewest(nothing, candidates, PLAIN, time_limit_s=0.0)
    assert found.outcome == "time_limit"
    assert mends(nothing, candidates, PLAIN, found.sites)
    assert 1 <= found.bound <= len(found.sites)
    assert found.gap == (len(found.sites) - found.bound) / len(found.sites)


def test_of_no_answer_in_time_one_without_waste_is_made():
    """Rows {0, 1}, {1, 2}, {3}: site 1 and site 3 are enough, and neither can be left out."""
    from scipy.sparse import csr_array

    cover = csr_array(np.array([[1.0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]))
    assert mending._thinned(cover).tolist() == [False, True, False, True]
