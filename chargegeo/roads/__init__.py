"""NETWORK: roads that know their direction.

In come raw roads as a map holds them and the driving rules of the region; out comes one frozen
:class:`RoadNetwork`, with a finding for everything that was repaired or left out, and the places where seats,
stations and service areas enter it. This room never asks how far, and never judges coverage.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chargegeo.roads.assemble import from_edges, strong_parts
    from chargegeo.roads.building import Built, build
    from chargegeo.roads.drawing import lines
    from chargegeo.roads.files import check_target, is_saved, load, save
    from chargegeo.roads.graphs import from_networkx, to_networkx
    from chargegeo.roads.meeting import junctions
    from chargegeo.roads.network import RoadNetwork
    from chargegeo.roads.places import with_places
    from chargegeo.roads.snapping import snap
    from chargegeo.roads.summing import facts, summary

__all__ = [
    "Built",
    "RoadNetwork",
    "build",
    "check_target",
    "facts",
    "from_edges",
    "from_networkx",
    "is_saved",
    "junctions",
    "lines",
    "load",
    "save",
    "snap",
    "strong_parts",
    "summary",
    "to_networkx",
    "with_places",
]

# arrays and graphs load late, and no module may bear the name of a function
_HOMES = {
    "Built": "building",
    "RoadNetwork": "network",
    "build": "building",
    "check_target": "files",
    "facts": "summing",
    "from_edges": "assemble",
    "from_networkx": "graphs",
    "is_saved": "files",
    "junctions": "meeting",
    "lines": "drawing",
    "load": "files",
    "save": "files",
    "snap": "snapping",
    "strong_parts": "assemble",
    "summary": "summing",
    "to_networkx": "graphs",
    "with_places": "places",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
