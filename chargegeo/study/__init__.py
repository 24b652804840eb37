"""THE WHOLE WAY: from the files of a study to its map, tables and manifest.

In comes a study file (TOML) that says which files, which datum and which thresholds; out comes one folder of
results that is complete or not there. :func:`check` reads and cleans a single file and says what it found. This
room calls the others in their order and adds nothing of its own to a number.
"""

from chargegeo.study.checking import Report, check
from chargegeo.study.config import Study, load
from chargegeo.study.outputs import execute, run
from chargegeo.study.solving import Results, solve

__all__ = ["Report", "Results", "Study", "check", "execute", "load", "run", "solve"]
