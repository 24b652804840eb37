"""The strip chart of a road: straightened, both directions along the same places, everything on one sheet.

The direction that counts forward runs from left to right above the places, the other from right to left below,
so that what stands across the road stands across on the sheet. Sizes suit A4 and, enlarged, A3; a road in
several parts makes the sheet longer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.maps import lanes, legend, pen, said, straight
from chargegeo.maps.straight import Across, Along

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from chargegeo import schema
    from chargegeo.maps.lanes import Heights
    from chargegeo.maps.pen import Sheet
    from chargegeo.maps.straight import Panel

WIDTH, HEIGHT, MARGIN = 297.0, 210.0, 6.0  # A4
LEFT, RIGHT = 52.0, 280.0  # ends of the strips
HEADER, FOOT_GAP = 18.0, 3.0
FOOT_SIZE = 5.8


def strip_chart(
    path: str | Path,
    corridors: pd.DataFrame,
    sites: pd.DataFrame,
    gaps: pd.DataFrame,
    rules: pd.DataFrame,
    *,
    ref: str,
    caption: schema.Caption,
    places: pd.DataFrame | None = None,
) -> None:
    """Write the strip chart of one road as SVG, PNG or PDF, by suffix, whole or not at all.

    Parameters
    ----------
    corridors, sites, gaps, rules
        Contracts ``corridors``, ``corridor_sites``, ``corridor_gaps`` and ``corridor_rules``, of any roads.
    ref
        Number of the road.
    places
        Towns along the road: ``corridor_id, km, name``, the more important first; without them the ends are
        named.

    Raises
    ------
    OutputFault
        ``chart_no_road`` if no corridor has this number, ``chart_suffix``, ``cannot_write``.

    Notes
    -----
    The same tables give the same bytes. A character that the font lacks is drawn as its number, named on the sheet and
    in the log.
    """
    with pen.settings():
        sheet = draw(corridors, sites, gaps, rules, ref=ref, caption=caption, places=places)
        pen.save(path, sheet.figure)


def draw(
    corridors: pd.DataFrame,
    sites: pd.DataFrame,
    gaps: pd.DataFrame,
    rules: pd.DataFrame,
    *,
    ref: str,
    caption: schema.Caption,
    places: pd.DataFrame | None = None,
) -> Sheet:
    """The sheet of :func:`strip_chart`, drawn and not written."""
    along = Along(corridors, sites, gaps, rules, places)
    return _drawn(straight.panels(along, ref, Across(MARGIN, LEFT, RIGHT)), ref, caption)


def _drawn(panels: list[Panel], ref: str, caption: schema.Caption) -> Sheet:
    """Lay out the sheet from top to bottom, then draw it."""
    lang, ruler = caption.lang, pen.Sheet(WIDTH, HEIGHT)
    limit = float(panels[0].lanes[0].row["within_km"])
    key = legend.flow(ruler, legend.entries(lang, limit), MARGIN, WIDTH - MARGIN)
    foot = _foot(ruler, caption)
    tail = len(key) * legend.LINE + (len(foot) + 1) * straight.line(FOOT_SIZE) + FOOT_GAP + MARGIN
    height, heights = _heights(ruler, panels, HEADER + tail)
    sheet = pen.Sheet(WIDTH, height)
    _head(sheet, ref, caption)
    y, left_out = -HEADER, (0, 0)
    for panel in panels:
        sites, places = straight.draw(sheet, panel, y, heights, lang)
        left_out = left_out[0] + sites, left_out[1] + places
        y -= panel.height(heights)
    y = tail - height - FOOT_GAP / 2
    legend.draw(sheet, key, y)
    y = sheet.lines(MARGIN, y - len(key) * legend.LINE - FOOT_GAP / 2, foot, size=FOOT_SIZE)
    _remarks(sheet, y, left_out, lang)
    return sheet


def _heights(ruler: Sheet, panels: list[Panel], rest: float) -> tuple[float, Heights]:
    """Height of the sheet, longer than A4 only if it must be, and of what the lanes share."""
    least = straight.least(ruler, panels)
    needed = rest + sum(panel.height(least) for panel in panels)
    n_lanes = sum(len(panel.lanes) for panel in panels)
    bars = min(straight.BARS + max(HEIGHT - needed, 0.0) / n_lanes, straight.BARS_MOST)
    return max(HEIGHT, needed), replace(least, bars=bars)


def _head(sheet: Sheet, ref: str, caption: schema.Caption) -> None:
    """Title, title of the study, marks."""
    lang, room = caption.lang, WIDTH - 2 * MARGIN
    title = labels.text("strips.title", lang, ref=sheet.fitted(ref, 14, room / 3))
    sheet.say(MARGIN, -MARGIN - 2.2, title, size=14)
    used = sheet.room(title, 14) + 6
    study = sheet.fitted(caption.title, 9, room - used)
    sheet.say(WIDTH - MARGIN, -MARGIN - 2.2, study, size=9, ha="right", color="#444444")
    x = MARGIN + 1
    for words in said.marks(caption):
        sheet.say(x, -MARGIN - 8.3, words, size=7.5, color=lanes.LONG, bbox=said.GROUND)
        x += sheet.room(words, 7.5) + 5


def _foot(ruler: Sheet, caption: schema.Caption) -> list[str]:
    """Lines with definition, denominator, source, date, datum and author, and on the kilometres."""
    room = WIDTH - 2 * MARGIN
    chainage = labels.text("strips.chainage", caption.lang)
    lines = said.foot(ruler, caption, FOOT_SIZE, room)
    return lines + ruler.wrapped(chainage, FOOT_SIZE, room, lines=2)


def _remarks(sheet: Sheet, y: float, left_out: tuple[int, int], lang: str) -> None:
    """One line on what the sheet could not show: names without room, characters without a glyph."""
    found = []
    if sheet.lacking:
        found.append(labels.text("strips.lacking", lang, codes=pen.named(sheet.lacking)))
    if any(left_out):
        found.append(labels.text("strips.left_out", lang, sites=left_out[0], places=left_out[1]))
    words = sheet.fitted(labels.text("strips.gap", lang).join(found), FOOT_SIZE, WIDTH - 2 * MARGIN)
    sheet.lines(MARGIN, y, [words], size=FOOT_SIZE, color=lanes.LONG)
