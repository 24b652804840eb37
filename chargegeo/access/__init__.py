"""HOW FAR: by road, in the direction of travel to the station.

In come a :class:`chargegeo.roads.RoadNetwork` and the nodes of stations and demand; out come the nearest
station, the k nearest, all pairs within a limit, the area within reach, and supply per head. Unreachable is
null, never a number; this room never changes a network and never judges coverage.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargegeo.access.areas import isochrones as isochrones
    from chargegeo.access.areas import territories as territories
    from chargegeo.access.catchment import supply as supply
    from chargegeo.access.pairs import within as within
    from chargegeo.access.places import Places as Places
    from chargegeo.access.places import ToStations as ToStations
    from chargegeo.access.places import from_own_seat as from_own_seat
    from chargegeo.access.places import place as place
    from chargegeo.access.places import reach as reach
    from chargegeo.access.places import to_stations as to_stations
    from chargegeo.access.solve import Nearest as Nearest
    from chargegeo.access.solve import along as along
    from chargegeo.access.solve import gain as gain
    from chargegeo.access.solve import k_nearest as k_nearest
    from chargegeo.access.solve import nearest as nearest

# opened when first asked for: kernels load late
_AT = {
    "Places": "places",
    "ToStations": "places",
    "from_own_seat": "places",
    "place": "places",
    "reach": "places",
    "to_stations": "places",
    "Nearest": "solve",
    "along": "solve",
    "gain": "solve",
    "isochrones": "areas",
    "k_nearest": "solve",
    "nearest": "solve",
    "supply": "catchment",
    "territories": "areas",
    "within": "pairs",
}

__all__ = [
    "Nearest", "Places", "ToStations", "along", "from_own_seat", "gain", "isochrones", "k_nearest", "nearest", "place",
    "reach", "supply", "territories", "to_stations", "within",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _AT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_AT[name]}"), name)


def __dir__() -> list[str]:
    return __all__
