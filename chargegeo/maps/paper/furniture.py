"""What stands around a map: frame with graticule, scale bar, north arrow, legend with counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import pen
from chargegeo.maps.paper import frame as frames
from chargegeo.maps.paper import looks
from chargegeo.maps.paper.frame import Frame, Rect
from chargegeo.maps.paper.looks import STATES, Look

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chargegeo.maps.pen import Sheet

    Symbol = Callable[[Sheet, float, float], object]

SMALL, TEXT, HEADING = 6.0, 7.8, 9.2  # pt
DEGREES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
LINES = 4  # at least so many meridians or parallels
GRATICULE = {"color": "#b9c3cf", "linewidth": 0.3}
BOX_SIZE = (42.0, 17.0)  # scale bar and north arrow (mm)
SWATCH, GAP = 8.0, 2.0  # symbol of the legend and what follows it (mm)
BAR = 25.0  # longest scale bar (mm)
COUNT = 15.0  # column of counts (mm)


def lay(sheet: Sheet, frame: Frame, crs: str, *, degrees: bool = True) -> None:
    """White ground, edge, and graticule with ``degrees`` outside the edges."""
    import numpy as np
    import shapely
    from pyproj import Transformer

    r = frame.rect
    sheet.box((r.left, r.bottom), (r.width, r.height), facecolor="#ffffff", edgecolor="none", zorder=0)
    back = Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    there = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    west, south, east, north = back.transform_bounds(*frame.ground)
    step = next((s for s in reversed(DEGREES) if min(east - west, north - south) / s >= LINES), DEGREES[0])
    window = shapely.box(*frame.ground)
    for upright, low, high in ((True, west, east), (False, south, north)):
        whole = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
        run = np.linspace(south, north, 41) if upright else np.linspace(west, east, 41)
        for degree in whole:
            fixed = np.full_like(run, degree)
            line = shapely.linestrings(*there.transform(*((fixed, run) if upright else (run, fixed))))
            cut = shapely.intersection(line, window)
            if not cut.is_empty:
                frames.stroke(sheet, frame, np.array([cut]), zorder=0.5, **GRATICULE)
                if degrees:
                    _degree(sheet, frame, shapely.get_coordinates(cut), float(degree), upright=upright)
    sheet.box((r.left, r.bottom), (r.width, r.height), facecolor="none", edgecolor=looks.INK, zorder=6)


def _degree(sheet: Sheet, frame: Frame, metres: NDArray[np.float64], degree: float, *, upright: bool) -> None:
    """Degrees of a line of the graticule outside the lower or the left edge, where it meets that edge."""
    r, ends = frame.rect, frame.mm(metres)
    words = f"{abs(degree):g}\u00b0" + ("EW"[degree < 0] if upright else "NS"[degree < 0])
    if upright:
        x, y = ends[ends[:, 1].argmin()]
        if y < r.bottom + 0.5:
            sheet.say(float(x), r.bottom - 1.7, words, size=SMALL, ha="center", color=looks.GREY)
    else:
        x, y = ends[ends[:, 0].argmin()]
        if x < r.left + 0.5:
            at = {"ha": "center", "rotation": 90, "color": looks.GREY}
            sheet.say(r.left - 1.7, float(y), words, size=SMALL, **at)


def corner(frame: Frame, land: NDArray[np.object_]) -> Rect:
    """The corner of the window where scale bar and north arrow hide least of the land, the lower ones first."""
    import shapely

    (width, height), r = BOX_SIZE, frame.rect
    spots = [
        Rect(x, y, x + width, y + height)
        for y in (r.bottom + 2, r.top - 2 - height)
        for x in (r.left + 2, r.right - 2 - width)
    ]
    held = land[~shapely.is_missing(land)]

    def hidden(spot: Rect) -> float:
        size = frame.scale / 1000
        w, s, _, _ = frame.ground
        box = shapely.box(
            w + (spot.left - r.left) * size, s + (spot.bottom - r.bottom) * size,
            w + (spot.right - r.left) * size, s + (spot.top - r.bottom) * size,
        )  # fmt: skip
        return round(float(shapely.area(shapely.intersection(held, box)).sum()), 3)

    return min(spots, key=hidden)


def measure(sheet: Sheet, frame: Frame, rect: Rect, crs: str, lang: str) -> None:
    """Scale bar, scale and north arrow in a rectangle (see :func:`corner`)."""
    from pyproj import Proj, Transformer

    to_degrees = Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    lon, lat = to_degrees.transform(frame.x, frame.y)
    x, y = to_degrees.transform(lon, lat + 0.01, direction="INVERSE")
    north = math.degrees(math.atan2(x - frame.x, y - frame.y))
    factor = float(Proj(crs).get_factors(lon, lat).parallel_scale)
    ground = {"facecolor": "#ffffff", "edgecolor": looks.PALE, "zorder": 5}
    sheet.box((rect.left, rect.bottom), (rect.width, rect.height), **ground)
    scale_bar(sheet, frame, (rect.left + 3, rect.bottom + 6.5), factor)
    sheet.say(rect.left + 3, rect.bottom + 2.8, scale_words(frame, lang), size=SMALL, zorder=7)
    _north(sheet, rect.right - 5.5, (rect.bottom, rect.top), north, lang)


def scale_words(frame: Frame, lang: str) -> str:
    """The scale as a ratio."""
    return labels.text("paper.scale", lang, n=f"{frame.scale:,.0f}".replace(",", " "))


def scale_bar(sheet: Sheet, frame: Frame, at: tuple[float, float], factor: float) -> float:
    """A bar in kilometres from ``at`` to the right; its length (km).

    ``factor`` is the length on the map of a metre on the ground along the parallel.
    """
    per_km = 1e6 / frame.scale * factor  # mm
    lengths = [step * 10.0**power for power in range(-2, 4) for step in (1, 2, 5)]
    km = max(length for length in lengths if length * per_km <= BAR)
    x, y = at
    for part in range(4):
        face = looks.INK if part % 2 == 0 else "#ffffff"
        left = x + km * per_km * part / 4
        look = {"facecolor": face, "edgecolor": looks.INK, "zorder": 7, "gid": f"bar-{part}"}
        sheet.box((left, y), (km * per_km / 4, 1.1), **look)
    for share in (0.0, 0.5, 1.0):
        words = f"{km * share:g}" + (" km" if share == 1 else "")
        sheet.say(x + km * per_km * share, y + 3.0, words, size=SMALL, ha="center", zorder=7)
    return km


def _north(sheet: Sheet, x: float, span: tuple[float, float], turn: float, lang: str) -> None:
    """An arrow to true north in the middle of the map; ``turn`` in degrees clockwise."""
    from matplotlib.patches import Polygon

    low, high = span[0] + 2, span[1] - 5.5
    middle, length = (low + high) / 2, high - low
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    for side, face in ((-1, looks.INK), (1, "#ffffff")):
        points = [(0.0, length / 2), (side * 2.2, -length / 2), (0.0, -length / 4)]
        turned = [(x + px * cos + py * sin, middle - px * sin + py * cos) for px, py in points]
        sheet.axes.add_artist(
            Polygon(turned, facecolor=face, edgecolor=looks.INK, linewidth=0.5, zorder=7, closed=True)
        )
    sheet.say(x, span[1] - 3.0, labels.text("paper.north", lang), size=TEXT, ha="center", zorder=7)


@dataclass(frozen=True)
class Entry:
    """A line of the legend: symbol (a look, or what draws one), words, counts beside them."""

    symbol: Look | Symbol | None
    words: str
    counts: tuple[str, ...] = ()
    note: bool = False


def legend(sheet: Sheet, at: tuple[float, float], width: float, entries: list[Entry]) -> float:
    """Draw a legend from its upper left corner downward; the y below it.

    An entry without a symbol is a heading, or a note in small print.
    """
    x, y = at
    for entry in entries:
        indent = SWATCH + GAP if entry.symbol else 0.0
        size = TEXT if entry.symbol else SMALL if entry.note else HEADING
        step = size * pen.MM_PER_POINT * pen.LINE
        room = width - indent - COUNT * len(entry.counts)
        lines = sheet.wrapped(entry.words, size, room, lines=8)
        height = max(len(lines) * step, 4.4 if entry.symbol else 0.0) + 0.9
        middle = y - height / 2
        if isinstance(entry.symbol, Look):
            swatch(sheet, x, middle, entry.symbol)
        elif entry.symbol is not None:
            entry.symbol(sheet, x, middle)
        sheet.lines(x + indent, middle + len(lines) * step / 2, lines, size=size)
        for place, words in enumerate(reversed(entry.counts)):
            sheet.say(x + width - COUNT * place, middle, words, size=TEXT, ha="right")
        y -= height
    return y


def swatch(sheet: Sheet, x: float, y: float, look: Look) -> None:
    """A sample of a look, from its left middle."""
    sheet.box((x, y - 1.8), (SWATCH, 3.6), **look.patch)


def sample(**look: Any) -> Symbol:
    """A sample of a line for the legend."""
    return lambda sheet, x, y: sheet.line((x, x + SWATCH), (y, y), **look)


def mark(shape: str, **look: Any) -> Symbol:
    """A sample of a point for the legend."""
    return lambda sheet, x, y: sheet.marks((x + SWATCH / 2,), y, shape, **look)


def badge(look: dict[str, Any], words: str) -> Symbol:
    """A sample of a boxed number for the legend."""

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.box((x + SWATCH / 2 - 2, y - 1.6), (4, 3.2), **look)
        sheet.say(x + SWATCH / 2, y, words, size=SMALL, ha="center")

    return draw


def share(part: int, whole: int) -> str:
    """Numerator, denominator and per cent in one text."""
    from chargegeo.maps import payload

    percent = payload.share(part, whole)
    return f"{part:,}/{whole:,}" + (f" ({percent})" if percent else "")


def counts(
    heads: tuple[str, ...], told: dict[str, tuple[str, ...]], lang: str, *, looks: bool = True
) -> list[Entry]:
    """Units by state and in all, a column a denominator (see :func:`chargegeo.maps.paper.counting.told`).

    Without ``looks`` only the words and counts stand there, where the map shows no states.
    """
    return [
        Entry(None, labels.text("paper.counts", lang), heads),
        *(
            Entry(look if looks else nothing, labels.word("state", state, lang), told[state])
            for state, look in STATES.items()
        ),
        Entry(nothing, labels.text("map.ui.denominator", lang), told["total"]),
        Entry(nothing, labels.text("paper.percent", lang), told["percent"]),
    ]


def nothing(sheet: Sheet, x: float, y: float) -> None:
    """No symbol, but its room."""
