"""Printed maps: A3 or A4 sheets to hang up and hand out, with an index behind each.

Every page says title, definition, denominator, source, date, datum, author and approval number, tells the kinds
of null apart by pattern as well as colour, and names nothing on top of anything else. No text is read as markup.
"""

from chargegeo.maps.paper.charted import Strips
from chargegeo.maps.paper.corridor import corridor_map
from chargegeo.maps.paper.county import county_map
from chargegeo.maps.paper.land import outlines
from chargegeo.maps.paper.pages import Paper
from chargegeo.maps.paper.scenario import scenario_map
from chargegeo.maps.paper.township import gap_map

__all__ = ["Paper", "Strips", "corridor_map", "county_map", "gap_map", "outlines", "scenario_map"]
