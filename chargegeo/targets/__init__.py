"""THE YEAR'S TARGET: split it, follow it, and say where published figures clash.

In come a headline number with the shares of units, the returns of the units with the milestones of the year, and
a ledger of published figures; out come quotas that add up, with the reason for each, progress by state with an
honest projection, and contradictions with what would mend them. This room never takes started for finished, never
fills in a missing return, and never applies a correction that it proposes.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chargegeo.targets.checking import contradictions
    from chargegeo.targets.intervals import Interval, implied, reached, roundest
    from chargegeo.targets.levels import breakdown
    from chargegeo.targets.mending import mendings
    from chargegeo.targets.monitoring import Progress, progress
    from chargegeo.targets.planfile import Milestone, Programme, Reporting, TableFile, load
    from chargegeo.targets.publications import Figure, Ledger, Table, has_ledger, ledger
    from chargegeo.targets.ranks import ranking
    from chargegeo.targets.splitting import quota_parts, quotas
    from chargegeo.targets.triples import implications

# arrays and tables load late, and no module may bear the name of a function
_HOMES = {
    "Figure": "publications",
    "Interval": "intervals",
    "Ledger": "publications",
    "Milestone": "planfile",
    "Programme": "planfile",
    "Progress": "monitoring",
    "Reporting": "planfile",
    "Table": "publications",
    "TableFile": "planfile",
    "breakdown": "levels",
    "contradictions": "checking",
    "has_ledger": "publications",
    "implications": "triples",
    "implied": "intervals",
    "ledger": "publications",
    "load": "planfile",
    "mendings": "mending",
    "progress": "monitoring",
    "quota_parts": "splitting",
    "quotas": "splitting",
    "ranking": "ranks",
    "reached": "intervals",
    "roundest": "intervals",
}

__all__ = [
    "Figure",
    "Interval",
    "Ledger",
    "Milestone",
    "Programme",
    "Progress",
    "Reporting",
    "Table",
    "TableFile",
    "breakdown",
    "contradictions",
    "has_ledger",
    "implications",
    "implied",
    "ledger",
    "load",
    "mendings",
    "progress",
    "quota_parts",
    "quotas",
    "ranking",
    "reached",
    "roundest",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
