"""The loss of a site, and guns that fail, by hand and by trying every case."""

from itertools import product

import numpy as np
import pytest

from chargegeo.corridors import Vehicle, losses, reach
from chargegeo.errors import ContractFault
from tests.corridors import cases

PLAIN = Vehicle(100, reserve=0)


def without(along, site):
    """The routes with one site gone."""
    stays = along.site != site
    return reach.routes(
        along.length_km, along.position_km[stays], route=along.route[stays], site=along.site[stays]
    )


def random_routes(rng):
    """Several tours whose sites serve several directions."""
    m = int(rng.integers(1, 4))
    length = rng.integers(1, 25, size=m)
    k = int(rng.integers(0, 10))
    route = rng.integers(0, m, size=k)
    return reach.routes(
        length, rng.integers(0, length[route] + 1), route=route, site=rng.integers(-1, 5, size=k)
    )


# ---- losing one site


def test_the_site_whose_loss_hurts_most():
    """250 km, sites at 60, 90 and 170. Without 170 the last 60 km fail, without 90 only 10."""
    road = reach.routes(250, [60, 90, 170])
    found = losses.worst_loss(road, PLAIN)
    assert found.site.tolist() == [0, 1, 2]
    assert found.added_km.tolist() == [0, 10, 60]
    assert found.routes_cut.tolist() == [0, 1, 1]
    assert found.worst == 2
    assert found.stretches.km.tolist() == [[160, 170], [190, 250]]
    assert found.lost.tolist() == [1, 2]


def test_a_site_of_both_directions_is_lost_in_both():
    """Out and back on 90 km: one site at km 45, and a charger at the end that cannot be lost."""
    out, back = reach.routes(90, [45], site=[7]), reach.routes(90, [45], site=[7])
    trip = reach.round_trips(out, back, charging_at_end=True)
    found = losses.worst_loss(trip, Vehicle(50, reserve=0))
    assert (found.worst, found.added_km.tolist(), found.site.tolist()) == (7, [80], [7])
    assert found.stretches.km.tolist() == [[50, 90], [140, 180]]
    assert losses.worst_loss(trip, PLAIN).worst is None


def test_a_road_without_sites_has_none_to_lose():
    found = losses.worst_loss(reach.routes([10, 20], []), PLAIN)
    assert (len(found.site), found.worst, len(found.lost)) == (0, None, 0)


@pytest.mark.parametrize("seed", range(3))
def test_losses_as_tried_one_by_one(seed):
    hurt = 0
    for rng in cases.batches(200 + seed, 200):
        along, (vehicle, _) = random_routes(rng), cases.vehicle(rng)
        found = losses.worst_loss(along, vehicle)
        assert found.site.tolist() == sorted({int(s) for s in along.site if s >= 0})
        before, whole = reach.unserved_km(along, vehicle), reach.passable(along, vehicle)
        added = []
        for i, site in enumerate(found.site):
            rest = without(along, site)
            added.append((reach.unserved_km(rest, vehicle) - before).sum())
            assert found.added_km[i] == pytest.approx(added[-1])
            assert found.routes_cut[i] == (whole & ~reach.passable(rest, vehicle)).sum()
            mine = found.lost == i
            for route, (begin, end) in zip(
                found.stretches.route[mine], found.stretches.km[mine], strict=True
            ):
                gaps = reach.unserved(rest, vehicle)
                inside = (
                    (gaps.route == route) & (gaps.km[:, 0] <= begin + 1e-6) & (gaps.km[:, 1] >= end - 1e-6)
                )
                assert inside.any()
        if max(added, default=0) > 0.5:
            hurt += 1
            assert found.worst == found.site[np.argmax(np.round(added, 3))]
        else:
            assert found.worst is None
    assert hurt > 50


# ---- guns that fail


def test_a_site_fails_when_all_its_guns_fail():
    assert losses.working([0, 1, 2], 0.98).tolist() == pytest.approx([0, 0.98, 0.9996])
    for guns, share in (([1], 1.01), ([-1], 0.9), ([1], np.nan)):
        with pytest.raises(ContractFault):
            losses.working(guns, share)


def test_two_sites_of_which_one_is_enough():
    """150 km; either site carries one through: 0.9 and 0.8 give 0.98, and 50 km fail at 0.02."""
    passable, km = losses.availability(reach.routes(150, [60, 80]), PLAIN, [0.9, 0.8])
    assert passable.tolist() == [pytest.approx(0.98)]
    assert km.tolist() == [pytest.approx(0.02 * 50)]


def by_enumeration(along, vehicle, works):
    """Probability and km over all combinations of working sites, each laid out anew."""
    passable, km = np.zeros(along.n_routes), np.zeros(along.n_routes)
    for states in product((False, True), repeat=len(works)):
        weight = np.prod([p if up else 1 - p for p, up in zip(works, states, strict=True)])
        stays = np.array([*states, True])[along.site]
        rest = reach.routes(along.length_km, along.position_km[stays], route=along.route[stays])
        passable += weight * reach.passable(rest, vehicle)
        km += weight * reach.unserved_km(rest, vehicle)
    return passable, km


@pytest.mark.parametrize("seed", range(3))
def test_availability_as_enumerated(seed):
    for rng in cases.batches(300 + seed, 60):
        along, (vehicle, _) = random_routes(rng), cases.vehicle(rng)
        works = np.round(rng.random(5), 2)
        works[rng.integers(0, 5)] = rng.integers(0, 2)
        found = losses.availability(along, vehicle, works)
        assert np.allclose(found, by_enumeration(along, vehicle, works), atol=1e-9)


def test_twelve_sites_as_enumerated():
    rng = np.random.default_rng(0)
    along, works = reach.routes(300, rng.uniform(0, 300, 12)), rng.uniform(0.5, 1, 12)
    found = losses.availability(along, PLAIN, works)
    assert np.allclose(found, by_enumeration(along, PLAIN, works))
    assert 0.1 < found[0][0] < 0.99


def test_too_many_sites_on_both_directions_are_refused():
    site = np.arange(13)
    out = reach.routes(130, 10 * site, site=site)
    trip = reach.round_trips(out, out)
    with pytest.raises(ContractFault, match="13 sites"):
        losses.availability(trip, PLAIN, np.full(13, 0.9))
    assert losses.availability(trip, PLAIN, np.ones(13))[0].tolist() == [1]
