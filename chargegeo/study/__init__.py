"""THE WHOLE WAY: from the files of a study to its map, tables and manifest.

In comes a study file (TOML) that says which files, which datum and which thresholds; out comes one folder of
results that is complete or not there. :func:`run_targets` does the same for a year's target alone, :func:`check`
reads and cleans a single file and says what it found. This room calls the others in their order and adds
nothing of its own to a number.
"""

from chargegeo.study.checking import Report, check
from chargegeo.study.comparing import compare
from chargegeo.study.config import Study, load
from chargegeo.study.outputs import execute, run
from chargegeo.study.packages import Asked, hearing
from chargegeo.study.programme_outputs import run_targets
from chargegeo.study.programme_words import summary
from chargegeo.study.programmes import Judged, judge
from chargegeo.study.scenario_outputs import site
from chargegeo.study.solving import Results, solve

__all__ = [
    "Asked",
    "Judged",
    "Report",
    "Results",
    "Study",
    "check",
    "compare",
    "execute",
    "hearing",
    "judge",
    "load",
    "run",
    "run_targets",
    "site",
    "solve",
    "summary",
]
