"""Where names go on a map so that nothing lies on anything else.

Greedy and deterministic: who is asked first gets the place nearest to its anchor that is still free; who finds
none is left out and counted. What is taken is held as boxes (mm), leader lines as rows of small ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chargegeo.maps.paper.frame import Rect

    Box = tuple[float, float, float, float]

AIR = 0.35  # mm between two labels
DIRECTIONS, STEP = 16, 1.1
BEAD = 0.5  # mm between the boxes that stand for a leader line


@dataclass(frozen=True)
class Wish:
    """A label that wants a place.

    Parameters
    ----------
    x, y
        Its anchor (mm).
    width, height
        Its size (mm).
    reach
        How far its middle may lie from the anchor (mm).
    least
        How near to the anchor its middle may lie (mm).
    leader
        Whether a line joins it to an anchor that it does not cover.
    """

    x: float
    y: float
    width: float
    height: float
    reach: float = 0.0
    least: float = 0.0
    leader: bool = False


class Board:
    """What is taken within a rectangle of a sheet.

    Parameters
    ----------
    rect
        Labels stay inside it.
    most
        How much of it labels with leader lines may take (mm2); a map full of numbers shows nothing else.
    """

    def __init__(self, rect: Rect, most: float = math.inf) -> None:
        import numpy as np

        self.rect, self.left = rect, most
        self.taken: NDArray[np.float64] = np.empty((0, 4))

    def take(self, *boxes: Box) -> None:
        """Mark boxes (left, bottom, right, top) as taken."""
        import numpy as np

        self.taken = np.vstack([self.taken, np.array(boxes).reshape(-1, 4)])

    def free(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of n boxes lie inside and on nothing that is taken."""
        r, t = self.rect, self.taken
        left, bottom, right, top = boxes.T
        inside = (left >= r.left) & (bottom >= r.bottom) & (right <= r.right) & (top <= r.top)
        apart = (
            (left[:, None] >= t[:, 2]) | (right[:, None] <= t[:, 0])
            | (bottom[:, None] >= t[:, 3]) | (top[:, None] <= t[:, 1])
        )  # fmt: skip
        found: NDArray[np.bool_] = inside & apart.all(axis=1)
        return found

    def place(self, wish: Wish) -> tuple[float, float] | None:
        """Middle of the label nearest to its anchor that is free, which is then taken; null where none is."""
        if wish.leader and wish.width * wish.height > self.left:
            return None
        spots = _spots(wish)
        half = wish.width / 2 + AIR / 2, wish.height / 2 + AIR / 2
        free = self.free(_boxes(spots, half))
        for x, y in spots[free]:
            beads = _beads(wish, float(x), float(y)) if wish.leader else []
            if beads and not self.free(_array(beads)).all():
                continue
            self.left -= wish.width * wish.height if wish.leader else 0.0
            self.take((x - half[0], y - half[1], x + half[0], y + half[1]), *beads)
            return float(x), float(y)
        return None


def tail(wish: Wish, x: float, y: float) -> tuple[float, float] | None:
    """Where the leader line of a placed label leaves its box; null if the label covers its anchor."""
    dx, dy = wish.x - x, wish.y - y
    if abs(dx) <= wish.width / 2 and abs(dy) <= wish.height / 2:
        return None
    share = min(
        wish.width / 2 / abs(dx) if dx else math.inf,
        wish.height / 2 / abs(dy) if dy else math.inf,
    )
    return x + dx * share, y + dy * share


def _spots(wish: Wish) -> NDArray[np.float64]:
    """Candidate middles, the nearest first."""
    import numpy as np

    rounds = np.arange(max(wish.least, STEP), max(wish.reach, wish.least) + 1e-9, STEP)
    angles = np.arange(DIRECTIONS) * 2 * math.pi / DIRECTIONS
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    away = (rounds[:, None, None] * ring).reshape(-1, 2)
    at_anchor = np.zeros((int(wish.least == 0), 2))
    found: NDArray[np.float64] = np.vstack([at_anchor, away]) + np.array([wish.x, wish.y])
    return found


def _beads(wish: Wish, x: float, y: float) -> list[Box]:
    """Small boxes along the leader line."""
    start = tail(wish, x, y)
    if start is None:
        return []
    # stops short of the box, which has air around it, so that the line is not in its own way
    length = math.hypot(wish.x - start[0], wish.y - start[1])
    n = max(int(length / BEAD), 1)
    shares = [(i + 1) / n for i in range(n)]
    points = [(start[0] + (wish.x - start[0]) * s, start[1] + (wish.y - start[1]) * s) for s in shares]
    return [(px - 0.15, py - 0.15, px + 0.15, py + 0.15) for px, py in points]


def _boxes(spots: NDArray[np.float64], half: tuple[float, float]) -> NDArray[np.float64]:
    import numpy as np

    return np.hstack([spots - half, spots + half])


def _array(boxes: list[Box]) -> NDArray[np.float64]:
    import numpy as np

    return np.array(boxes)
