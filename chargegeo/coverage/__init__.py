"""COVERED OR NOT: places stations in units and holds a rule against each unit.

In come units, stations, piles and a rule; out come one row a unit (counts, highest rung passed, the single
fact that fails the next one), the shares of every county, city and of the province with numerator and
denominator, and how evenly what there is falls on people. This room never reads a file, never ranks, and never
counts an unknown fact as a failed one.
"""

from chargegeo.clean.placing import place
from chargegeo.coverage.equity import inequality, lorenz, supply
from chargegeo.coverage.ladder import by_unit, counting_stations
from chargegeo.coverage.shares import county_units, roll_up

__all__ = [
    "by_unit", "counting_stations", "county_units", "inequality", "lorenz", "place", "roll_up", "supply",
]  # fmt: skip
