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
    from chargegeo.clean.candidates_table import candidates
    from chargegeo.clean.catalogue import quality, quality_rows, quality_rules
    from chargegeo.clean.comparing import compare
    from chargegeo.clean.detect import detect_datum
    from chargegeo.clean.matching import MatchedAreas, match_service_areas
    from chargegeo.clean.pairing import pair_service_areas
    from chargegeo.clean.placing_check import cross_check
    from chargegeo.clean.polygons import counties, units
    from chargegeo.clean.register import stations
    from chargegeo.clean.same_site_pairs import same_site
    from chargegeo.clean.seats import units_from_seats
    from chargegeo.clean.service_areas_table import service_areas

__all__ = [
    "Cleaned",
    "MatchedAreas",
    "candidates",
    "compare",
    "counties",
    "cross_check",
    "detect_datum",
    "match_service_areas",
    "pair_service_areas",
    "quality",
    "quality_rows",
    "quality_rules",
    "same_site",
    "service_areas",
    "stations",
    "units",
    "units_from_seats",
]

# no module may bear the name of a function: importing it would put the module in the function's place
_HOMES = {
    "MatchedAreas": "matching",
    "candidates": "candidates_table",
    "compare": "comparing",
    "counties": "polygons",
    "cross_check": "placing_check",
    "detect_datum": "detect",
    "match_service_areas": "matching",
    "pair_service_areas": "pairing",
    "quality": "catalogue",
    "quality_rows": "catalogue",
    "quality_rules": "catalogue",
    "same_site": "same_site_pairs",
    "service_areas": "service_areas_table",
    "stations": "register",
    "units": "polygons",
    "units_from_seats": "seats",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
