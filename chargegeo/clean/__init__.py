"""CLEAN: raw tables into contract tables.

In come a table as found (:class:`chargegeo.sources.RawTable`), a region and what the study states of it; out
come a table that keeps its contract, a row in ``repairs`` for every repaired cell and a row in ``quarantine``
for every record set aside, so that records in = records accepted + records set aside. Nothing is guessed in
silence and nothing is lost; this room never reads a file and never decides whether a unit is covered.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chargegeo.clean.result import Cleaned

if TYPE_CHECKING:
    from chargegeo.clean.polygons import counties, units
    from chargegeo.clean.register import stations
    from chargegeo.clean.seats import units_from_seats

__all__ = ["Cleaned", "counties", "stations", "units", "units_from_seats"]

# no module may bear the name of a function: importing it would put the module in the function's place
_HOMES = {"counties": "polygons", "stations": "register", "units": "polygons", "units_from_seats": "seats"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
