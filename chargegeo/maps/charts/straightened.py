"""The worst road straightened, small: both directions with their gaps, without the names of sites."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.maps import straight
from chargegeo.maps.charts import paper
from chargegeo.maps.charts.paper import MARGIN, WIDTH
from chargegeo.maps.lanes import Heights
from chargegeo.maps.straight import Across

if TYPE_CHECKING:
    from chargegeo.maps.pen import Sheet
    from chargegeo.maps.straight import Along
    from chargegeo.schema import Caption

LEFT, RIGHT = 42.0, WIDTH - MARGIN - 4
BARS, BELOW = 8.0, 8.0  # mm; what a lane is takes more height than the lane


def strip(along: Along, *, ref: str, caption: Caption) -> Sheet:
    """The piece of a road that holds its longest gap, in both directions.

    Raises
    ------
    OutputFault
        ``chart_no_road`` if no corridor has this number.
    """
    lang = caption.lang
    pieces = straight.panels(along, ref, Across(MARGIN, LEFT, RIGHT))
    piece = max(pieces, key=lambda one: max(lane.row["longest_gap_km"] for lane in one.lanes))
    most = max((int(lane.sites["n_piles"].max()) for lane in piece.lanes if len(lane.sites)), default=0)
    heights = Heights(BARS, 0.0, most)
    limit = float(piece.lanes[0].row["within_km"])

    def draw(made: Sheet, top: float) -> None:
        straight.draw(made, replace(piece, rules=()), top, heights, lang, judged=False)

    note = [labels.text("chart.strip.note", lang, km=f"{limit:g}")]
    height = len(piece.lanes) * heights.lane + straight.PLACES + BELOW
    return paper.sheet(labels.text("strips.title", lang, ref=ref), note, caption, height, draw)
