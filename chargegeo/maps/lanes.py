"""One direction of travel on a strip chart: its sites, its gaps, the verdicts on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.corridors import judging
from chargegeo.maps.pen import INK
from chargegeo.vocab import Direction, Verdict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.maps.pen import Sheet

# kW: China's plan of 2025 for service areas, AFIR, high power a gun; the legend names them
POWER = (60, 150, 250)
ROAD, GAP, LONG = "#4d4d4d", "#f6c98f", "#b3400e"
BARS: tuple[dict[str, Any], ...] = (
    {"facecolor": "#ffffff", "hatch": None},
    {"facecolor": "#cfe3f3", "hatch": "////"},
    {"facecolor": "#6fa8d6", "hatch": None},
    {"facecolor": "#08306b", "hatch": None},
)
BAR_UNKNOWN: dict[str, Any] = {"facecolor": "#ffffff", "hatch": "----", "linestyle": (0, (2, 1.5))}
VERDICTS: dict[str, dict[str, Any]] = {
    Verdict.MET: {"facecolor": "#b7dfd3", "hatch": None, "edgecolor": "#5b9c8c"},
    Verdict.NOT_MET: {"facecolor": LONG, "hatch": "\\\\\\\\", "edgecolor": "#ffffff"},
    Verdict.UNKNOWN: {"facecolor": "#ffffff", "hatch": "||||||", "edgecolor": "#777777"},
}
SITE_MARKS: dict[str, dict[str, Any]] = {
    Verdict.MET: {"shape": "o", "markersize": 3.2, "color": "#5b9c8c"},
    Verdict.NOT_MET: {"shape": "X", "markersize": 4.4, "color": LONG, "markeredgewidth": 0},
    Verdict.UNKNOWN: {"shape": "D", "markersize": 3.0, "color": "#777777", "markerfacecolor": "#ffffff"},
}
# Heights in mm, from the places in the middle outward
TICKS, WORST, SPANS, ROADWAY, BASE, NUMBER = 3.6, 3.6, 4.0, 2.2, 2.4, 3.2
STEP, NAME_STEP, NUMBER_STEP, BAR, STEEP = 3.0, 2.6, 2.6, 2.2, 60.0
NEAR = 1e-6  # km; two places closer than this are one
SITE_SIZE, NAME_ROOM = 6.0, 21.8


@dataclass(frozen=True)
class Heights:
    """What the lanes of a sheet share: room for bars and names (mm, 0: none), the piles of the highest bar."""

    bars: float
    names: float
    most: int

    @property
    def lane(self) -> float:
        """Height of a lane (mm)."""
        return TICKS + WORST + SPANS + ROADWAY + BASE + self.bars + NUMBER + self.names

    @property
    def scale(self) -> float:
        """Height of a pile (mm)."""
        return self.bars / max(self.most, 1)


@dataclass(frozen=True)
class Lane:
    """One corridor on the sheet.

    Parameters
    ----------
    row
        Its row of contract ``corridors``.
    sites, gaps, rules
        Its rows of the other tables.
    left, right
        Where the strip lies on the sheet (mm).
    name
        Short name for the parts of the drawing.
    side
        1 above the places, -1 below.
    """

    row: dict[str, Any]
    sites: pd.DataFrame
    gaps: pd.DataFrame
    rules: pd.DataFrame
    left: float
    right: float
    name: str
    side: int = 1

    @property
    def length(self) -> float:
        """Kilometres, never 0."""
        return max(float(self.row["km"]), 1e-9)

    @property
    def turned(self) -> bool:
        """Whether it runs from right to left."""
        return bool(self.row["direction"] == Direction.BACKWARD)

    def at(self, km: float) -> float:
        """Place of a kilometre on the sheet (mm from the left edge)."""
        share = min(max(km / self.length, 0.0), 1.0)
        return self.left + (1 - share if self.turned else share) * (self.right - self.left)

    @property
    def ring(self) -> bool:
        """Whether a stretch closes over its start."""
        return bool((self.gaps["km"] > self.gaps["to_km"] - self.gaps["from_km"] + NEAR).any())

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Places of its sites on the sheet (mm), moved apart where they would hide each other."""
        return spread([self.at(km) for km in self.sites["km"]], self.left, self.right)

    def spans(self, start: float, end: float, km: float) -> list[tuple[float, float]]:
        """Left end and width (mm) of a stretch; two pieces, the longer first, where it closes over a ring's start."""
        over = km > end - start + NEAR
        pieces = [(start, self.length), (0.0, end)] if over else [(start, end)]
        found = [(min(self.at(a), self.at(b)), abs(self.at(b) - self.at(a))) for a, b in pieces]
        return sorted((item for item in found if item[1] > 0), key=lambda item: -item[1])


def name_height(sheet: Sheet, lane: Lane) -> float:
    """Height (mm) that the slanting names of a lane's sites take."""
    rooms = (sheet.room(_name(sheet, row), SITE_SIZE) for row in records(lane.sites))
    return math.sin(math.radians(STEEP)) * max(rooms, default=0.0) + 2.0


def draw(sheet: Sheet, lane: Lane, y: float, heights: Heights, lang: str) -> int:
    """Draw a lane outward from ``y``; the number of sites that have no name for lack of room."""
    up = lane.side
    _ticks(sheet, lane, y, lang)
    y += up * (TICKS + WORST)
    _gaps(sheet, lane, y, lang)
    y += up * SPANS
    _road(sheet, lane, y + up * ROADWAY / 2)
    return _sites(sheet, lane, y + up * ROADWAY, heights) if len(lane.sites) else 0


def _ticks(sheet: Sheet, lane: Lane, y: float, lang: str) -> None:
    """Kilometres along the lane, with the unit at its end."""
    sheet.line((lane.left, lane.right), (y, y))
    step = next(
        (s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if lane.length / s <= 16), max(lane.length / 10, 1)
    )
    kms = [place * step for place in range(int(lane.length / step) + 1)]
    sheet.strokes([lane.at(km) for km in kms], y, y + lane.side * 1.0)
    for km in kms:
        words = f"{km:,.0f}" if km else f"0 {labels.text('strips.km', lang)}"
        sheet.say(lane.at(km), y + lane.side * 2.3, words, size=5.8, ha="center")


def _gaps(sheet: Sheet, lane: Lane, y: float, lang: str) -> None:
    """Stretches between chargers with their km, the longest named outside them."""
    table = lane.gaps.sort_values("rank", kind="stable")
    limit, middle = float(lane.row["within_km"]), y + lane.side * SPANS / 2
    for order, gap in enumerate(records(table)):
        look = gap_look(gap["km"], limit, longest=order == 0)
        for piece, (x, width) in enumerate(lane.spans(gap["from_km"], gap["to_km"], gap["km"])):
            sheet.box((x, middle - 1.5), (width, 3.0), gid=f"gap-{lane.name}-{gap['rank']}-{piece}", **look)
            words = at_most(gap)
            if piece == 0 and sheet.room(words, 5.8) + 0.8 < width:
                _number(sheet, x + width / 2, middle, words, dark=look["facecolor"] == LONG)
        if order == 0:
            _worst(sheet, lane, gap, y - lane.side * WORST / 2, lang)


def at_most(gap: dict[str, Any]) -> str:
    """Length of a gap in km, marked where sites of which it is not known whether they charge may shorten it."""
    mark = "\u2264" if gap["n_unknown"] else ""
    return f"{mark}{gap['km']:,.1f}"


def gap_look(km: float, limit: float, *, longest: bool) -> dict[str, Any]:
    """How a stretch without a charger is drawn: hatched above the limit, dark if it is the longest too."""
    edge = {"edgecolor": INK, "linewidth": 1.4} if longest else {"edgecolor": "#8c8c8c"}
    if km <= limit:
        return {"facecolor": "#ffffff", **edge}
    if longest:
        return {"facecolor": LONG, **edge}
    return {"facecolor": GAP, "edgecolor": "#8a5a14", "hatch": "////"}


def _number(sheet: Sheet, x: float, y: float, words: str, *, dark: bool) -> None:
    ground = {"boxstyle": "square,pad=0.12", "facecolor": LONG if dark else "#ffffff", "edgecolor": "none"}
    sheet.say(x, y, words, size=5.8, ha="center", color="#ffffff" if dark else INK, bbox=ground)


def _worst(sheet: Sheet, lane: Lane, gap: dict[str, Any], y: float, lang: str) -> None:
    """Length, kilometres and end places of the longest gap, beside it and inside the strip."""
    unnamed = labels.text("strips.unnamed", lang)
    ends = {
        key: unnamed if null(gap[key]) else sheet.fitted(str(gap[key]), 6.4, 40)
        for key in ("from_name", "to_name")
    }
    kms = {"km": at_most(gap), **{key: f"{gap[key]:,.1f}" for key in ("from_km", "to_km")}}
    words = labels.text("strips.worst", lang, **kms, **ends)
    x, width = lane.spans(gap["from_km"], gap["to_km"], gap["km"])[0]
    half = sheet.room(words, 6.4) / 2
    middle = min(max(x + width / 2, lane.left + half), lane.right - half)
    sheet.say(middle, y, words, size=6.4, ha="center", color=LONG)


def _road(sheet: Sheet, lane: Lane, y: float) -> None:
    """The carriageway with arrows in the direction of travel."""
    sheet.box((lane.left, y - ROADWAY / 2), (lane.right - lane.left, ROADWAY), facecolor=ROAD, edgecolor=ROAD)
    n = max(int((lane.right - lane.left) / 18), 1)
    xs = [lane.left + (place + 0.5) * (lane.right - lane.left) / n for place in range(n)]
    sheet.marks(xs, y, "<" if lane.turned else ">", color="#ffffff")


def _sites(sheet: Sheet, lane: Lane, y: float, heights: Heights) -> int:
    """Bars, numbers and names of the sites, from the road outward; how many have no name."""
    rows, places = records(lane.sites), lane.places
    piles = [0 if null(row["n_piles"]) else int(row["n_piles"]) for row in rows]
    up, first = lane.side, y + lane.side * BASE
    for order, (row, place) in enumerate(zip(rows, places, strict=True)):
        x = lane.at(row["km"])
        sheet.line((x, x, place), (y - up * ROADWAY, y, first - up * 0.9), linewidth=0.4, color="#666666")
        _bar(sheet, (place, first), row, up * heights.scale, f"site-{lane.name}-{order}")
    for order in chosen(places, piles, NUMBER_STEP):
        top = first + up * (max(piles[order] * heights.scale, 0.9) + 1.4)
        words = "?" if null(rows[order]["n_piles"]) else f"{piles[order]:,}"
        sheet.say(places[order], top, words, size=5.8, ha="center")
    named = chosen(places, piles, NAME_STEP) if heights.names else []
    for order in named:
        at = (places[order] + 0.6, first + up * (heights.bars + NUMBER))
        sheet.say(*at, _name(sheet, rows[order]), size=SITE_SIZE, rotation=up * STEEP, ha="left")
    return len(rows) - len(named)


def _name(sheet: Sheet, row: dict[str, Any]) -> str:
    """Name of a site as far as there is room; its number where it has no name."""
    return sheet.fitted(str(row["site_id"] if null(row["name"]) else row["name"]), SITE_SIZE, NAME_ROOM)


def _bar(sheet: Sheet, at: tuple[float, float], row: dict[str, Any], scale: float, gid: str) -> None:
    """Bar of a site, as high as it has piles, and the mark of what kind of site it is."""
    x, y = at
    if not null(row["n_piles"]) and row["n_piles"] > 0:
        look = {"edgecolor": "#08306b", **power_look(row["max_kw"])}
        sheet.box((x - BAR / 2, y), (BAR, row["n_piles"] * scale), gid=gid, **look)
    sheet.marks((x,), y - (0.9 if scale > 0 else -0.9), **kind_look(row))


def kind_look(row: dict[str, Any]) -> dict[str, Any]:
    """Mark of a site of unknown piles, without piles, across the road, at a service area, or off the road."""
    if null(row["n_piles"]):
        return {"shape": "s" if row["is_side"] else "o", "markersize": 3.4, "markerfacecolor": "#ffffff"}
    if row["n_piles"] == 0:
        return {"shape": "x", "markersize": 3.6}
    if row["across"]:
        return {"shape": "D", "markersize": 2.8, "markerfacecolor": "#ffffff"}
    return {"shape": "s" if row["is_side"] else "o", "markersize": 3.0}


def power_look(kw: float | None) -> dict[str, Any]:
    """Fill of a bar by the largest power of a pile (kW)."""
    if null(kw) or kw is None:
        return BAR_UNKNOWN
    return BARS[sum(kw >= edge for edge in POWER)]


def verdicts(sheet: Sheet, lane: Lane, rule: str, y: float) -> tuple[int, int]:
    """Band of a rule on a lane, around ``y``; how many of its rows are met, and how many there are."""
    rows = lane.rules[lane.rules["rule"] == rule]
    sheet.line((lane.left, lane.right), (y, y), color="#cccccc", linewidth=0.4)
    if not len(rows):
        return 0, 0
    rules = judging.rules()
    if rules[rule].kind == "site" if rule in rules else (rows["from_km"] == rows["to_km"]).all():
        known = dict(zip(lane.sites["site_id"], lane.places, strict=True))
        places = [known.get(s, lane.at(km)) for km, s in zip(rows["from_km"], rows["site_id"], strict=True)]
        for verdict, look in SITE_MARKS.items():
            mine = [x for x, one in zip(places, rows["verdict"], strict=True) if one == verdict]
            sheet.marks(mine, y, **look)
    else:
        _stretches(sheet, lane, rows, y)
    return int((rows["verdict"] == Verdict.MET).sum()), len(rows)


def _stretches(sheet: Sheet, lane: Lane, rows: pd.DataFrame, y: float) -> None:
    for order, row in enumerate(records(rows)):
        start, end = row["from_km"], row["to_km"]
        km = end - start + (lane.length if lane.ring and end < start + NEAR else 0.0)
        for piece, (x, width) in enumerate(lane.spans(start, end, km)):
            gid = f"rule-{lane.name}-{row['rule']}-{order}-{piece}"
            sheet.box((x, y - 0.85), (width, 1.7), linewidth=0, gid=gid, **VERDICTS[row["verdict"]])
    sheet.strokes([lane.at(km) for km in rows["to_km"]], y - 0.85, y + 0.85)


def spread(wanted: list[float], low: float, high: float) -> NDArray[np.float64]:
    """Places as near as possible to those wanted (least squares), a step apart, less where all would not fit."""
    import numpy as np
    from scipy.optimize import isotonic_regression

    at = np.asarray(wanted, dtype=float)
    step = min(STEP, (high - low) / max(len(at), 1))
    order, shift = np.argsort(at, kind="stable"), step * np.arange(len(at))
    places = np.empty_like(at)
    best = isotonic_regression(at[order] - shift).x
    places[order] = np.clip(best, low, high - shift[-1]) + shift
    return places


def chosen(places: NDArray[np.float64], weights: list[int], apart: float) -> list[int]:
    """Which of the places get a text so that texts stay ``apart`` mm from each other: the heaviest first."""
    import numpy as np

    order = np.argsort(places, kind="stable")
    if all(b - a >= apart - 1e-9 for a, b in pairwise(places[order])):
        return list(range(len(places)))
    kept: list[int] = []
    for one in sorted(range(len(places)), key=lambda i: (-weights[i], i)):
        if all(abs(places[one] - places[other]) >= apart for other in kept):
            kept.append(one)
    return sorted(kept)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows by name of column."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def null(value: Any) -> bool:
    """Whether a cell is empty."""
    import pandas as pd

    return bool(pd.isna(value))
