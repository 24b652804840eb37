"""A sheet measured in millimetres, written on with a font that a dependency ships.

Text is data here: it is never read as formulas or markup, and a character that the font lacks is drawn as its
number and remembered, so that the sheet can name it.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from chargegeo import store
from chargegeo.errors import Fault, OutputFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

CUT = "\u2026"
OPENING = tuple("([{\uff08\u300a\u3008\u3010\u300c\u201c")  # end no line
CLOSING = tuple(
    ")]},;:!?%\uff09\u300b\u3009\u3011\u300d\u201d\uff0c\u3002\u3001\uff1b\uff1a\uff01\uff1f"
)  # begin none
WORD = "".join(map(chr, range(33, 127)))
INK = "#222222"
MM_PER_POINT = 25.4 / 72
LINE = 1.35  # height of a line of text over its size
BASELINE = (
    0.72  # of the height of a line, below its upper edge; the middle of a text would move with its letters
)
DPI = 200
FONT = ("zhplot", "zhplot/fonts/NotoSansSC-Regular.ttf")
# What a file says of itself: nothing that differs from day to day
METADATA: dict[str, dict[str, Any]] = {
    ".svg": {"Date": None, "Creator": "chargegeo"},
    ".png": {"Software": "chargegeo"},
    ".pdf": {"CreationDate": None, "Creator": "chargegeo", "Producer": None},
}
# Paths in SVG need no font where it is shown; TrueType in PDF keeps the text searchable
SETTINGS = {
    "svg.fonttype": "path", "svg.hashsalt": "chargegeo", "pdf.fonttype": 42, "text.usetex": False,
    "hatch.linewidth": 0.5, "path.simplify": False, "axes.unicode_minus": False,
}  # fmt: skip
_LOG = logging.getLogger(__name__)


@contextmanager
def settings() -> Iterator[None]:
    """Settings under which sheets are drawn and saved: ours, whatever the user's own are; those stay untouched."""
    from matplotlib import style

    with style.context([SETTINGS], after_reset=True):
        yield


class Sheet:
    """One page; x runs from its left edge, y from its top edge downward as negative numbers (mm).

    Parameters
    ----------
    width, height
        Size of the page (mm).
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties
        from matplotlib.ft2font import FT2Font

        package, name = FONT
        path = Path(str(distribution(package).locate_file(name)))
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / 25.4, height / 25.4), facecolor="white")
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(-height, 0))
        self.axes.set_axis_off()
        self.lacking: set[str] = set()
        self._look = FontProperties(fname=str(path))
        self._font = FT2Font(str(path))
        self._font.set_size(100, 72)
        self._glyphs = self._font.get_charmap()
        self._advances: dict[str, float] = {}

    def shown(self, words: str) -> str:
        """A text as it can be drawn: on one line, with the number of each character that the font lacks."""
        line = " ".join(words.splitlines()).replace("\t", " ")
        lacking = self.lacks(line)
        self.lacking |= lacking
        return "".join(f"[{coded(char)}]" if char in lacking else char for char in line)

    def lacks(self, line: str) -> set[str]:
        """Characters of a line that the font lacks."""
        return {char for char in line if ord(char) not in self._glyphs}

    def room(self, words: str, size: float) -> float:
        """Width of a text (mm) at a size (pt)."""
        return sum(map(self._advance, self.shown(words))) * size * MM_PER_POINT

    def _advance(self, char: str) -> float:
        if char not in self._advances:
            self._advances[char] = self._font.load_char(ord(char)).linearHoriAdvance / 65536 / 100
        return self._advances[char]

    def fitted(self, words: str, size: float, room: float) -> str:
        """A text that takes at most ``room`` mm, cut with a mark where it is longer."""
        line, left = self.shown(words), room / (size * MM_PER_POINT)
        if sum(map(self._advance, line[:4000])) <= left and len(line) <= 4000:
            return line
        left -= self._advance(CUT)
        for place, char in enumerate(line):
            left -= self._advance(char)
            if left < 0:
                return line[:place] + CUT
        return line + CUT

    def wrapped(self, words: str, size: float, room: float, *, lines: int) -> list[str]:
        """A text broken into at most ``lines`` lines of ``room`` mm; what is left over is cut with a mark."""
        rest = self.shown(words).strip(" ")
        found: list[str] = []
        while rest and len(found) < lines - 1:
            head = self.fitted(rest, size, room)
            if head == rest:
                break
            kept = head.removesuffix(CUT)
            # no word is torn that begins not too far back
            torn = kept[-1:].isascii() and rest[len(kept) : len(kept) + 1].isascii()
            word = len(kept.rstrip(WORD)) if torn else 0
            kept = (kept[:word] if word > len(kept) // 3 else kept) or rest[:1]
            while len(kept) > 1 and (kept[-1] in OPENING or rest[len(kept) : len(kept) + 1] in CLOSING):
                kept = kept[:-1]
            found.append(kept)
            rest = rest[len(kept) :].lstrip(" ")
        return [*found, self.fitted(rest, size, room)] if rest else found

    def say(self, x: float, y: float, words: str, *, size: float = 6.0, **look: Any) -> None:
        """Write a text; ``look`` as in matplotlib (``ha``, ``va``, ``rotation``, ``color``)."""
        style = {"va": "center", "rotation_mode": "anchor", "parse_math": False, **look}
        self.axes.text(x, y, self.shown(words), fontproperties=self._look, fontsize=size, **style)

    def lines(self, x: float, y: float, lines: list[str], *, size: float = 6.0, **look: Any) -> float:
        """Write lines from ``y`` downward; the y below them."""
        step = size * MM_PER_POINT * LINE
        for line in lines:
            self.say(x, y - step * BASELINE, line, size=size, va="baseline", **look)
            y -= step
        return y

    def box(self, at: tuple[float, float], size: tuple[float, float], **look: Any) -> None:
        """A rectangle from its lower left corner, width and height."""
        from matplotlib.patches import Rectangle

        self.axes.add_artist(Rectangle(at, *size, **{"linewidth": 0.5, **look}))

    def line(self, xs: Sequence[float], ys: Sequence[float], **look: Any) -> None:
        """A line through points, broken at NaN."""
        from matplotlib.lines import Line2D

        self.axes.add_artist(Line2D(xs, ys, **{"color": INK, "linewidth": 0.5, **look}))

    def strokes(self, xs: Sequence[float], low: float, high: float, **look: Any) -> None:
        """Upright strokes of one height."""
        gap = float("nan")
        self.line([value for x in xs for value in (x, x, gap)], [low, high, gap] * len(xs), **look)

    def _repr_png_(self) -> bytes:
        """How a notebook shows it."""
        return png(self.figure)

    def marks(self, xs: Sequence[float], y: float, shape: str, **look: Any) -> None:
        """Points side by side, in a shape of matplotlib's."""
        self.line(xs, [y] * len(xs), marker=shape, **{"linestyle": "none", "markersize": 4, **look})


def save(path: str | Path, figure: Figure, *, dpi: int = DPI) -> None:
    """Write a figure as SVG, PNG (of ``dpi``) or PDF by suffix, whole or not at all. Same figure, same bytes.

    Raises
    ------
    OutputFault
        ``chart_suffix`` for another suffix, ``cannot_write``.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in METADATA:
        raise OutputFault(Fault("chart_suffix", file=str(path), value=suffix))
    with store.atomic(path) as part:
        print_to(part, figure, suffix, dpi=dpi)


def print_to(target: str | Path | BinaryIO, figure: Figure, suffix: str, *, dpi: int = DPI) -> None:
    """Write a figure into a file or stream; the caller sees to it that it is whole."""
    figure.savefig(target, format=suffix[1:], dpi=dpi, metadata=METADATA[suffix])


def png(figure: Figure, *, dpi: int = DPI) -> bytes:
    """A figure as PNG. Same figure, same bytes."""
    made = BytesIO()
    with settings():
        print_to(made, figure, ".png", dpi=dpi)
    return made.getvalue()


def named(lacking: set[str]) -> str:
    """Characters by their number, such as ``U+1F697``; also told to the log."""
    found = " ".join(coded(char) for char in sorted(lacking))
    _LOG.warning("characters that the font lacks, drawn as their numbers: %s", found)
    return found


def coded(char: str) -> str:
    """A character as its number, which tells one from another where a box would not."""
    return f"U+{ord(char):04X}"
