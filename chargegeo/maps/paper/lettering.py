"""Names and numbers on a map: written where there is room, on a pale ground or as a badge with a leader line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo.maps import pen
from chargegeo.maps.paper import looks
from chargegeo.maps.paper.placing import Wish, tail

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.paper.placing import Board
    from chargegeo.maps.pen import Sheet

STEP = pen.MM_PER_POINT * 1.2  # height of a line over its size
PALE: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.72}
MOST = 40.0  # of a name; a longer one is cut with a mark and stands in full in the index (mm)


@dataclass(frozen=True)
class Lettering:
    """How labels are written.

    Parameters
    ----------
    size
        Of the letters (pt).
    reach, least
        How far from its point, and how near to it, the middle of a label may lie (mm).
    badge
        Look of the box of a badge, which a leader line joins to its point; without one a pale ground.
    """

    size: float
    reach: float
    least: float = 0.0
    badge: dict[str, Any] | None = None


def label(sheet: Sheet, board: Board, at: NDArray[np.float64], lines: list[str], style: Lettering) -> bool:
    """Write lines where there is room near a point (mm); whether there was any."""
    step, pad = style.size * STEP, 0.5 if style.badge else 0.1
    width = max(sheet.room(words, style.size) for words in lines) + 2 * pad
    wish = Wish(
        float(at[0]), float(at[1]), width, len(lines) * step + pad,
        reach=style.reach, least=style.least, leader=style.badge is not None,
    )  # fmt: skip
    found = board.place(wish)
    if found is None:
        return False
    x, y = found
    if style.badge:
        _leader(sheet, wish, x, y)
    look = {"linewidth": 0.4, "zorder": 4.1, **(style.badge or PALE)}
    sheet.box((x - wish.width / 2, y - wish.height / 2), (wish.width, wish.height), **look)
    top = y + len(lines) * step / 2
    for place, words in enumerate(lines):
        base = top - (place + pen.BASELINE) * step
        sheet.say(x, base, words, size=style.size, ha="center", va="baseline", zorder=7, gid="label")
    return True


def _leader(sheet: Sheet, wish: Wish, x: float, y: float) -> None:
    start = tail(wish, x, y)
    if start:
        sheet.line((start[0], wish.x), (start[1], wish.y), linewidth=0.5, color=looks.INK, zorder=4.0)
        sheet.marks((wish.x,), wish.y, "o", color=looks.INK, markersize=1.6, zorder=4.0)


def names(
    sheet: Sheet,
    board: Board,
    words: pd.Series[str],
    at: NDArray[np.float64],
    wide: NDArray[np.float64],
    size: float,
) -> None:
    """Names near their points (mm), those with the widest place (mm) first; those without room are left out."""
    for one in sorted(range(len(words)), key=lambda i: (-wide[i], i)):
        name = sheet.fitted(str(words.iloc[one]), size, MOST)
        if name and wide[one] * 2.6 >= sheet.room(name, size):
            label(sheet, board, at[one], [name], Lettering(size, reach=float(wide[one])))
