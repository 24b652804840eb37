"""A stretch of road straightened: both directions with the places between them, the rules below.

The direction that counts forward runs from left to right above the places, the other from right to left below,
so that what stands across the road stands across on the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.corridors import judging
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps import lanes, pen
from chargegeo.maps.lanes import Heights, Lane, null, records
from chargegeo.vocab import Direction

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.maps.pen import Sheet

PLACES, PANEL_GAP, RULE, RULE_HEAD = 7.0, 2.0, 5.2, 5.0  # mm
RULE_SIZE = 5.4  # pt
BARS, BARS_MOST = 10.0, 28.0  # height of the highest bar (mm)
ALIKE = 0.1  # lengths of two directions of one part differ by less than this share


@dataclass(frozen=True)
class Across:
    """Where things stand across a sheet (mm): words from ``edge`` on, strips from ``left`` to ``right``."""

    edge: float
    left: float
    right: float


@dataclass(frozen=True)
class Along:
    """What stands along roads.

    Parameters
    ----------
    corridors, sites, gaps, rules
        Contracts ``corridors``, ``corridor_sites``, ``corridor_gaps`` and ``corridor_rules``, of any roads.
    places
        Towns along the roads: ``corridor_id, km, name``, the more important first; without them the ends are
        named.
    """

    corridors: pd.DataFrame
    sites: pd.DataFrame
    gaps: pd.DataFrame
    rules: pd.DataFrame
    places: pd.DataFrame | None = None


@dataclass(frozen=True)
class Panel:
    """One piece of the road: one or two lanes, the places between them, the rules below."""

    lanes: tuple[Lane, ...]
    rules: tuple[str, ...]
    places: pd.DataFrame
    across: Across

    def height(self, heights: Heights) -> float:
        """Height on the sheet (mm)."""
        below = RULE_HEAD + RULE * len(self.rules) + PANEL_GAP
        return len(self.lanes) * heights.lane + PLACES + below

    def moved(self, across: Across) -> Panel:
        """The same elsewhere across the sheet."""
        lanes = tuple(replace(lane, left=across.left, right=across.right) for lane in self.lanes)
        return replace(self, lanes=lanes, across=across)


def panels(along: Along, ref: str, across: Across) -> list[Panel]:
    """The pieces of a road, in their order.

    Raises
    ------
    OutputFault
        ``chart_no_road`` if no corridor has this number.
    """
    own = along.corridors[along.corridors["ref"] == ref].sort_values(["part", "direction"], kind="stable")
    if not len(own):
        known = ", ".join(sorted(set(along.corridors["ref"])))
        raise OutputFault(Fault("chart_no_road", value=ref, params={"known": known}))
    return [
        _panel(part, along, across)
        for _, rows in own.groupby("part", sort=True)
        for part in together(records(rows))
    ]


def together(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Forward and backward of one part side by side, as they are one stretch of road.

    They stand apart where one is so much shorter that their ends cannot be the same.
    """
    rows = sorted(rows, key=lambda row: row["direction"] != Direction.FORWARD)
    lengths = [row["km"] for row in rows]
    return [rows] if max(lengths) - min(lengths) <= ALIKE * max(lengths) else [[row] for row in rows]


def _panel(rows: list[dict[str, Any]], along: Along, across: Across) -> Panel:
    import pandas as pd

    def own(table: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
        found: pd.DataFrame = table[table["corridor_id"] == row["corridor_id"]]
        return found

    made = tuple(
        Lane(
            row,
            own(along.sites, row),
            own(along.gaps, row),
            own(along.rules, row),
            left=across.left,
            right=across.right,
            name=f"{row['direction']}-{row['part']}",
            side=-1 if order else 1,
        )
        for order, row in enumerate(rows)
    )
    judged = {rule for lane in made for rule in lane.rules["rule"]}
    known = [rule for rule in judging.rules() if rule in judged]
    towns = pd.DataFrame({"corridor_id": [], "km": [], "name": []}) if along.places is None else along.places
    return Panel(made, (*known, *sorted(judged - set(known))), towns, across)


def least(ruler: Sheet, pieces: list[Panel]) -> Heights:
    """What the lanes of pieces on one sheet share, with the lowest bars."""
    every = [lane for panel in pieces for lane in panel.lanes]
    most = max((int(lane.sites["n_piles"].fillna(0).max()) for lane in every if len(lane.sites)), default=0)
    return Heights(BARS, max(lanes.name_height(ruler, lane) for lane in every), most)


def line(size: float) -> float:
    """Height of a line of text (mm) of a size (pt)."""
    return size * pen.MM_PER_POINT * pen.LINE


def draw(
    sheet: Sheet, panel: Panel, y: float, heights: Heights, lang: str, *, judged: bool = True
) -> tuple[int, int]:
    """A piece of road from ``y`` downward, with its rules; how many sites and places have no name."""
    middle, sites = y - heights.lane - PLACES / 2, 0
    for lane in panel.lanes:
        inner = middle + lane.side * PLACES / 2
        sites += lanes.draw(sheet, lane, inner, heights, lang)
        _about(sheet, panel.across, lane, inner + lane.side * (heights.lane / 2), lang)
    places = _places(sheet, panel, middle)
    if judged:
        _rules(sheet, panel, y - len(panel.lanes) * heights.lane - PLACES, lang)
    return sites, places


def _about(sheet: Sheet, across: Across, lane: Lane, y: float, lang: str) -> None:
    """What a lane is, left of it: direction, ends, length, sites, longest gap."""
    row, room, edge = lane.row, across.left - across.edge - 5, across.edge
    ends = {
        key: labels.text("strips.unnamed", lang) if null(row[key]) else str(row[key])
        for key in ("from_name", "to_name")
    }
    open_ = "_open" if row["n_unknown"] else ""
    counts = {name: f"{row[f'n_{name}']:,}" for name in ("sites", "piles", "unknown")}
    facts = [
        labels.word("direction", row["direction"], lang),
        labels.text("strips.length", lang, km=f"{row['km']:,.1f}"),
        labels.text(f"strips.count{open_}", lang, **counts),
        labels.text("strips.ultra", lang, n=f"{row['n_ultra_fast']:,}"),
        labels.text("strips.worst_short", lang, km=f"{row['longest_gap_km']:,.1f}"),
    ]
    if row["part"] > 1:
        facts.insert(1, labels.text("strips.part", lang, part=row["part"]))
    if row["n_sites"] == 0:
        facts[-3:-1] = [labels.text(f"strips.none{open_}", lang, **counts)]
    y = sheet.lines(
        edge,
        y + 13,
        sheet.wrapped(labels.text("strips.heading", lang, **ends), 8.5, room, lines=3),
        size=8.5,
    )
    sheet.line((edge, edge + 22), (y - 2, y - 2), linewidth=2.0)
    sheet.marks((edge if lane.turned else edge + 22,), y - 2, "<" if lane.turned else ">", markersize=7)
    y -= 4.5
    for words in facts:
        y = sheet.lines(edge, y, sheet.wrapped(words, 6.4, room, lines=2), size=6.4)


def _places(sheet: Sheet, panel: Panel, y: float) -> int:
    """Names of places between the lanes, without collisions; how many are left out."""
    lane = panel.lanes[0]
    taken: list[tuple[float, float]] = []
    left_out = 0
    for km, name in _named(panel, lane):
        words = sheet.fitted(name, 7.0, 45)
        half = sheet.room(words, 7.0) / 2
        x = lane.at(km)
        middle = min(max(x, lane.left + half - 4), lane.right - half + 4)
        if any(middle - half < b + 1.2 and middle + half > a - 1.2 for a, b in taken):
            left_out += 1
            continue
        taken.append((middle - half, middle + half))
        sheet.say(middle, y, words, size=7.0, ha="center")
        for one in panel.lanes:
            sheet.line((x, x), (y + one.side * 1.6, y + one.side * PLACES / 2), linewidth=0.5)
    return left_out


def _named(panel: Panel, lane: Lane) -> list[tuple[float, str]]:
    """Kilometre and name of the places along a panel, the ends first, each name once a kilometre."""
    found = [(0.0, lane.row["from_name"]), (lane.length, lane.row["to_name"])]
    for one in panel.lanes:
        towns = panel.places[panel.places["corridor_id"] == one.row["corridor_id"]]
        share = towns["km"] / one.length
        kms = lane.length * (share if one.turned == lane.turned else 1 - share)
        found += list(zip(kms, towns["name"], strict=True))
    kept: list[tuple[float, str]] = []
    for km, name in found:
        near = any(name == other and abs(km - at) < lane.length * 0.03 for at, other in kept)
        if not (null(name) or near):
            kept.append((float(km), str(name)))
    return kept


def _rules(sheet: Sheet, panel: Panel, y: float, lang: str) -> None:
    """A band a rule and direction, the name at the left, met over judged at the right."""
    across, size = panel.across, RULE_SIZE
    words = "strips.rules" if panel.rules else "strips.no_rules"
    sheet.say(across.edge, y - RULE_HEAD / 2, labels.text(words, lang), size=7.0)
    y -= RULE_HEAD
    known = judging.rules()
    for rule in panel.rules:
        y -= RULE
        name = (
            rule
            if rule not in known
            else labels.text(
                "strips.confirmed" if known[rule].confirmed else "strips.unconfirmed",
                lang,
                name=known[rule].name[lang],
            )
        )
        lines = sheet.wrapped(name, size, across.left - across.edge - 4, lines=2)
        sheet.lines(across.edge, y + RULE / 2 + len(lines) * line(size) / 2, lines, size=size)
        for lane in panel.lanes:
            at = y + RULE / 2 + (lane.side * 1.05 if len(panel.lanes) > 1 else 0)
            sheet.marks((across.left - 2,), at, "<" if lane.turned else ">", markersize=2.6)
            met, judged = lanes.verdicts(sheet, lane, rule, at)
            sheet.say(across.right + 2, at, f"{met}/{judged}" if judged else "\u2013", size=5.6)
