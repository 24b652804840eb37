"""ALONG THE ROAD: what a driver finds in each direction, and whether a vehicle gets through.

In come a :class:`chargegeo.roads.RoadNetwork`, the places where one can charge, and vehicles and rules; out come
numbered roads as directed corridors, their sites, gaps and verdicts, service areas as pairs of sides, the journeys
that fail, and the fewest sites that mend them. This room never takes a charger that lies ahead, or on the other
side of a divided road, for one that serves, and never reads a file of the user's.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chargegeo.corridors.areas import pairs, published, roll_up
    from chargegeo.corridors.beside import Sides, sides
    from chargegeo.corridors.judging import RoadRule, judge, rules
    from chargegeo.corridors.measures import breaks, by_road, gaps, summary, towns
    from chargegeo.corridors.paths import Corridor, build
    from chargegeo.corridors.serving import charging, sites
    from chargegeo.corridors.sharing import Journeys, cities, shared_gaps
    from chargegeo.corridors.through import between
    from chargegeo.corridors.travelling import travel
    from chargegeo.corridors.vehicle import Vehicle, vehicles

# arrays and tables load late, and no module may bear the name of a function
_HOMES = {
    "Corridor": "paths",
    "Journeys": "sharing",
    "RoadRule": "judging",
    "Sides": "beside",
    "Vehicle": "vehicle",
    "between": "through",
    "breaks": "measures",
    "build": "paths",
    "by_road": "measures",
    "charging": "serving",
    "cities": "sharing",
    "gaps": "measures",
    "judge": "judging",
    "pairs": "areas",
    "published": "areas",
    "roll_up": "areas",
    "rules": "judging",
    "shared_gaps": "sharing",
    "sides": "beside",
    "sites": "serving",
    "summary": "measures",
    "towns": "measures",
    "travel": "travelling",
    "vehicles": "vehicle",
}

__all__ = [
    "Corridor",
    "Journeys",
    "RoadRule",
    "Sides",
    "Vehicle",
    "between",
    "breaks",
    "build",
    "by_road",
    "charging",
    "cities",
    "gaps",
    "judge",
    "pairs",
    "published",
    "roll_up",
    "rules",
    "shared_gaps",
    "sides",
    "sites",
    "summary",
    "towns",
    "travel",
    "vehicles",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
