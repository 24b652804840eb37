"""Charts: each a sheet of 170 mm that says by itself what it shows, of what, of which day and from where."""

from chargegeo.maps.charts.bands import power, rungs
from chargegeo.maps.charts.milestones import progress
from chargegeo.maps.charts.paper import rendered, write
from chargegeo.maps.charts.plans import closing, scenarios
from chargegeo.maps.charts.sharing import lorenz
from chargegeo.maps.charts.straightened import strip

__all__ = ["closing", "lorenz", "power", "progress", "rendered", "rungs", "scenarios", "strip", "write"]
