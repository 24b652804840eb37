"""The legend of a strip chart: every pattern, shape and size on it, in lines that fill the sheet."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import lanes
from chargegeo.maps.pen import INK
from chargegeo.vocab import Verdict

if TYPE_CHECKING:
    from chargegeo.maps.pen import Sheet

    Entry = tuple[Callable[[Sheet, float, float], object] | None, str]
    Lines = list[list[tuple[float, Entry]]]

SIZE, LINE, SYMBOL, BETWEEN = 6.4, 4.6, 7.0, 4.0


def entries(lang: str, limit: float) -> list[list[Entry]]:
    """What is explained, by group; ``limit`` is the length (km) above which a stretch is hatched."""
    return [_power(lang), _sites(lang) + _stretches(lang, limit), _verdicts(lang)]


def flow(ruler: Sheet, groups: list[list[Entry]], left: float, right: float) -> Lines:
    """Groups set into lines from ``left`` to ``right`` (mm); each group begins a line."""
    lines: Lines = []
    for group in groups:
        x = right
        for entry in group:
            room = (SYMBOL if entry[0] else 0.0) + ruler.room(entry[1], SIZE)
            if x + room > right or entry is group[0]:
                lines.append([])
                x = left
            lines[-1].append((x, entry))
            x += room + BETWEEN
    return lines


def draw(sheet: Sheet, lines: Lines, y: float) -> None:
    """Draw the lines from ``y`` downward."""
    for line in lines:
        y -= LINE
        for x, (symbol, words) in line:
            if symbol:
                symbol(sheet, x, y + LINE / 2)
            sheet.say(x + (SYMBOL if symbol else 0), y + LINE / 2, words, size=SIZE)


def _power(lang: str) -> list[Entry]:
    edges = (0, *lanes.POWER)
    words = [labels.text("strips.power.below", lang, high=lanes.POWER[0])]
    words += [
        labels.text("strips.power.between", lang, low=low, high=high) for low, high in pairwise(edges[1:])
    ]
    words.append(labels.text("strips.power.above", lang, low=edges[-1]))
    found: list[Entry] = [(None, labels.text("strips.legend.bars", lang))]
    found += [(_box(lanes.power_look(low), "#08306b"), said) for low, said in zip(edges, words, strict=True)]
    return [*found, (_box(lanes.BAR_UNKNOWN, "#08306b"), labels.text("strips.power.unknown", lang))]


def _sites(lang: str) -> list[Entry]:
    kinds: dict[str, dict[str, Any]] = {
        "side": {"n_piles": 1, "across": False, "is_side": True},
        "across": {"n_piles": 1, "across": True, "is_side": True},
        "station": {"n_piles": 1, "across": False, "is_side": False},
        "idle": {"n_piles": 0, "across": False, "is_side": True},
        "open": {"n_piles": None, "across": False, "is_side": True},
    }
    return [
        (_mark(lanes.kind_look(row)), labels.text(f"strips.legend.{kind}", lang))
        for kind, row in kinds.items()
    ]


def _stretches(lang: str, limit: float) -> list[Entry]:
    looks = {
        "short": lanes.gap_look(0.0, limit, longest=False),
        "long": lanes.gap_look(limit + 1, limit, longest=False),
        "longest": lanes.gap_look(0.0, limit, longest=True),
        "longest_long": lanes.gap_look(limit + 1, limit, longest=True),
    }
    return [
        (_box(look, str(look["edgecolor"])), labels.text(f"strips.legend.{name}", lang, km=f"{limit:g}"))
        for name, look in looks.items()
    ]


def _verdicts(lang: str) -> list[Entry]:
    bands: list[Entry] = [
        (_box({**lanes.VERDICTS[one], "linewidth": 0}, INK), labels.text(f"strips.legend.{one}", lang))
        for one in Verdict
    ]
    marks: list[Entry] = [
        (_mark(lanes.SITE_MARKS[one]), labels.text(f"strips.legend.site_{one}", lang)) for one in Verdict
    ]
    return bands + marks


def _box(look: dict[str, Any], edge: str) -> Callable[[Sheet, float, float], object]:
    return lambda sheet, x, y: sheet.box((x, y - 1.3), (SYMBOL - 1.5, 2.6), **{"edgecolor": edge, **look})


def _mark(look: dict[str, Any]) -> Callable[[Sheet, float, float], object]:
    return lambda sheet, x, y: sheet.marks((x + SYMBOL / 2 - 1,), y, **look)
