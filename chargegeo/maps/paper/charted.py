"""Strip charts on the pages of a corridor map: two beside each other, which takes A3."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps import legend, straight
from chargegeo.maps.paper.frame import Rect
from chargegeo.maps.paper.looks import GREY
from chargegeo.maps.straight import Across, Along, Panel

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.maps.paper.pages import Pages
    from chargegeo.maps.pen import Sheet

BESIDE = 2
BETWEEN, HEAD, HEAD_SIZE, KEY_GAP = 8.0, 7.0, 12.0, 3.0  # mm, mm, pt, mm
WORDS, COUNT = 46.0, 11.0  # beside the strips: what a lane is, met over judged (mm)
NOTE = 6.0  # pt


@dataclass(frozen=True)
class Strips:
    """Strip charts behind a corridor map.

    Parameters
    ----------
    refs
        Numbers of the roads, in the order of the pages.
    rules
        Contract ``corridor_rules``.
    places
        Towns along the roads: ``corridor_id, km, name``, the more important first.
    """

    refs: tuple[str, ...]
    rules: pd.DataFrame
    places: pd.DataFrame | None = None


def draw(
    pages: Pages, corridors: pd.DataFrame, sites: pd.DataFrame, gaps: pd.DataFrame, strips: Strips
) -> dict[str, int]:
    """Append the pages; on which page the chart of each road begins.

    Raises
    ------
    OutputFault
        ``strips_size`` on another size than A3, ``chart_no_road`` if no corridor has one of the numbers.
    """
    along = Along(corridors, sites, gaps, strips.rules, strips.places)
    if pages.paper.size != "A3":
        raise OutputFault(Fault("strips_size", value=pages.paper.size))
    # where the pieces stand across the sheet is known with the first page
    pieces = [(ref, piece) for ref in strips.refs for piece in straight.panels(along, ref, Across(0, 0, 1))]
    found: dict[str, int] = {}
    for first in range(0, len(pieces), BESIDE):
        _page(pages, pieces[first : first + BESIDE])
        for ref, _ in pieces[first : first + BESIDE]:
            found.setdefault(ref, len(pages.sheets))
    return found


def _page(pages: Pages, pieces: list[tuple[str, Panel]]) -> None:
    """A page of pieces beside each other, above what explains them."""
    lang = pages.paper.caption.lang
    sheet, body = pages.add(labels.text("paper.strips.title", lang))
    limit = float(pieces[0][1].lanes[0].row["within_km"])
    key = legend.flow(sheet, legend.entries(lang, limit), body.left, body.right)
    note = sheet.wrapped(labels.text("strips.chainage", lang), NOTE, body.width, lines=2)
    foot = body.bottom + len(note) * straight.line(NOTE) + len(key) * legend.LINE + KEY_GAP
    width = (body.width - BETWEEN * (BESIDE - 1)) / BESIDE
    sites = places = 0
    for order, (ref, piece) in enumerate(pieces):
        left = body.left + order * (width + BETWEEN)
        more = _piece(sheet, Rect(left, foot, left + width, body.top), ref, piece, lang)
        sites, places = sites + more[0], places + more[1]
    legend.draw(sheet, key, foot - KEY_GAP / 2)
    sheet.lines(body.left, foot - KEY_GAP / 2 - len(key) * legend.LINE, note, size=NOTE, color=GREY)
    if sites or places:
        pages.remark(labels.text("strips.left_out", lang, sites=sites, places=places))


def _piece(sheet: Sheet, rect: Rect, ref: str, piece: Panel, lang: str) -> tuple[int, int]:
    """A piece of a road below its number, as high as there is room; how many sites and places have no name."""
    title = labels.text("strips.title", lang, ref=sheet.fitted(ref, HEAD_SIZE, rect.width / 2))
    sheet.lines(rect.left, rect.top, [title], size=HEAD_SIZE)
    piece = piece.moved(Across(rect.left, rect.left + WORDS, rect.right - COUNT))
    least = straight.least(sheet, [piece])
    spare = max(rect.height - HEAD - piece.height(least), 0.0) / len(piece.lanes)
    heights = replace(least, bars=min(least.bars + spare, straight.BARS_MOST))
    return straight.draw(sheet, piece, rect.top - HEAD, heights, lang)
