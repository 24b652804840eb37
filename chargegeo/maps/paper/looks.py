"""How things look on paper: the colours of the interactive map, and a pattern for each.

So grey print and colour-blind eyes tell them apart too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chargegeo.vocab import State


@dataclass(frozen=True)
class Look:
    """Fill, pattern and border of an area; a null fill or pattern is not drawn."""

    face: str | None
    ink: str = "#555555"
    hatch: str | None = None

    @property
    def patch(self) -> dict[str, Any]:
        """The look in matplotlib's words; the ink is also the colour of the pattern."""
        return {"facecolor": self.face or "none", "edgecolor": self.ink, "hatch": self.hatch}


# page/symbols.js: LOOK
STATES: dict[str, Look] = {
    str(State.COVERED): Look("#c3e3d2", "#4d8068"),
    str(State.UNKNOWN): Look("#f7f7fa", "#33333b", "...."),
    str(State.UNCOVERED): Look("#f6b26b", "#5a1f00", "//////"),
}
GAINED = Look("#6fa8dc", "#123f6d", "||||||")  # covered only by the scenario
APPROXIMATE = Look(None, "#8a8a94", "\\\\\\")
# page/symbols.js: MINUTES, the lower the share the darker; least share of each class, the full one first
SHARES = (
    (1.0, STATES[State.COVERED]),
    (0.9, Look("#fffbe6", "#b59a55")),
    (0.75, Look("#fee9ae", "#c9a24a", "||")),
    (0.5, Look("#fcc35f", "#9a6a10", "---")),
    (0.0, Look("#e88a3a", "#6b2f00", "////")),
)
NO_UNITS = Look("#ffffff", "#8a8a94", "xx")  # no denominator, so no share
GROUND = Look("#f6f7f4")  # below what is not an area
UNJUDGED = Look("#ffffff", "#a9a9b2", "++")  # takes no part in a scenario
SOME_UNKNOWN = Look(None, "#33333b", "..")

INK, GREY, PALE = "#222222", "#6a6a72", "#c9ccd3"
COUNTY: dict[str, Any]
CITY: dict[str, Any]
COUNTY, CITY = {"linewidth": 0.35, "color": "#77777f"}, {"linewidth": 1.5, "color": "#2b2b33"}
TOWNSHIP: dict[str, Any] = {"linewidth": 0.12, "color": "#8a8a90"}
GAP, SITE = "#8c0c2c", "#08306b"  # gap marks; new sites
# page/symbols.js: ROADS
ROADS: dict[str, dict[str, Any]] = {
    "expressway": {"color": "#43287a", "linewidth": 1.5},
    "national": {"color": "#a5133f", "linewidth": 0.8},
    "provincial": {"color": "#a5133f", "linewidth": 0.7, "linestyle": (0, (5, 2))},
    "other": {"color": "#626d77", "linewidth": 0.5},
}
LONG_GAP: dict[str, Any] = {"color": "#e2a13a", "linewidth": 4.2}  # with a dark dashed line on it
