"""chargegeo: coverage of electric-vehicle charging infrastructure.

The rooms, in reading order; each imports only those before it and is opened when first asked for.
"""

from importlib import import_module
from types import ModuleType

__all__ = [
    "vocab",  # closed word lists
    "labels",  # what people read
    "errors",  # every error, with all its faults
    "schema",  # what every table looks like
    "datum",  # WGS-84, CGCS2000, GCJ-02, BD-09
    "region",  # which place, which rules
    "store",  # read and write our own tables
    "sample",  # a made-up province, messy on purpose
    "sources",  # other people's files into raw tables
    "clean",  # raw tables into contract tables
    "roads",  # the road network, with its directions
    "access",  # how far by road
    "corridors",  # along the road, in both directions
    "coverage",  # covered or not
    "gaps",  # who is left out
    "targets",  # the year's target, its progress, published figures against each other
    "siting",  # where to build next: models with a bound
    "maps",  # the interactive map
    "report",  # workbook, GeoPackage, report of a check
    "study",  # the whole way, with a manifest
    "cli",  # the command line
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(name)
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return list(__all__)
