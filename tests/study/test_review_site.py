"""What a study gives to scenarios, and what it says of those whom no plan can help."""

from dataclasses import replace

import pytest

from chargegeo.errors import Finding
from chargegeo.siting import worlds
from chargegeo.study import siting_world
from tests.siting.small_world import small


def told(findings: list[Finding]) -> dict[str, tuple[object, object]]:
    return {item.fault.code: (item.fault.value, item.fault.params["n"]) for item in findings}


@pytest.fixture
def world() -> worlds.World:
    return small()


def test_units_without_a_site_or_out_of_reach_are_told(world: worlds.World) -> None:
    """D has no site any more, and none of the others lies within 5 km of its seat."""
    sites = world.sites.drop(index=[3]).reset_index(drop=True)
    reach = worlds.straight(world.register.units, sites, world.register.region, 5)
    lost = replace(world, sites=sites, reach=reach, limit=5.0)
    assert told(list(siting_world.out_of_reach(lost))) == {
        "units_no_site": ("410222101", 1), "units_no_reach": ("410222101", 1),
    }  # fmt: skip
    assert not list(siting_world.out_of_reach(world))
    for lang in ("zh", "en"):
        assert all("{" not in item.fault.text(lang) for item in siting_world.out_of_reach(lost))
