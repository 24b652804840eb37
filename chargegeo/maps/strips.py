"""The strip chart of a road: straightened, both directions along the same places, everything on one sheet.

The direction that counts forward runs from left to right above the places, the other from right to left below,
so that what stands across the road stands across on the sheet. Sizes suit A4 and, enlarged, A3; a road in
several parts makes the sheet longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.corridors import judging
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps import lanes, legend, pen, said
from chargegeo.maps.lanes import Heights, Lane, null, records
from chargegeo.vocab import Direction

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from chargegeo import schema
    from chargegeo.maps.pen import Sheet

WIDTH, HEIGHT, MARGIN = 297.0, 210.0, 6.0  # A4
LEFT, RIGHT = 52.0, 280.0  # ends of the strips
HEADER, PLACES, PANEL_GAP, RULE, RULE_HEAD, FOOT_GAP = 18.0, 7.0, 2.0, 5.2, 5.0, 3.0
BARS, BARS_MOST = 10.0, 28.0  # height of the highest bar
FOOT_SIZE = 5.8
ALIKE = 0.1  # lengths of two directions of one part differ by less than this share


@dataclass(frozen=True)
class _Panel:
    """One piece of the road: one or two lanes, the places between them, the rules below."""

    lanes: tuple[Lane, ...]
    rules: tuple[str, ...]
    places: pd.DataFrame

    def height(self, heights: Heights) -> float:
        """Height on the sheet (mm)."""
        below = RULE_HEAD + RULE * len(self.rules) + PANEL_GAP
        return len(self.lanes) * heights.lane + PLACES + below


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
    own = corridors[corridors["ref"] == ref].sort_values(["part", "direction"], kind="stable")
    if not len(own):
        known = ", ".join(sorted(set(corridors["ref"])))
        raise OutputFault(Fault("chart_no_road", value=ref, params={"known": known}))
    panels = [
        _panel(part, sites, gaps, rules, places)
        for _, rows in own.groupby("part", sort=True)
        for part in _together(records(rows))
    ]
    return _drawn(panels, f"{ref}", caption)


def _together(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Forward and backward of one part side by side, as they are one stretch of road.

    They stand apart where one is so much shorter that their ends cannot be the same.
    """
    rows = sorted(rows, key=lambda row: row["direction"] != Direction.FORWARD)
    lengths = [row["km"] for row in rows]
    return [rows] if max(lengths) - min(lengths) <= ALIKE * max(lengths) else [[row] for row in rows]


def _panel(
    rows: list[dict[str, Any]],
    sites: pd.DataFrame,
    gaps: pd.DataFrame,
    rules: pd.DataFrame,
    places: pd.DataFrame | None,
) -> _Panel:
    import pandas as pd

    def own(table: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
        found: pd.DataFrame = table[table["corridor_id"] == row["corridor_id"]]
        return found

    made = tuple(
        Lane(
            row,
            own(sites, row),
            own(gaps, row),
            own(rules, row),
            left=LEFT,
            right=RIGHT,
            name=f"{row['direction']}-{row['part']}",
            side=-1 if order else 1,
        )
        for order, row in enumerate(rows)
    )
    judged = {rule for lane in made for rule in lane.rules["rule"]}
    known = [rule for rule in judging.rules() if rule in judged]
    towns = pd.DataFrame({"corridor_id": [], "km": [], "name": []}) if places is None else places
    return _Panel(made, (*known, *sorted(judged - set(known))), towns)


def _drawn(panels: list[_Panel], ref: str, caption: schema.Caption) -> Sheet:
    """Lay out the sheet from top to bottom, then draw it."""
    lang, ruler = caption.lang, pen.Sheet(WIDTH, HEIGHT)
    limit = float(panels[0].lanes[0].row["within_km"])
    key = legend.flow(ruler, legend.entries(lang, limit), MARGIN, WIDTH - MARGIN)
    foot = _foot(ruler, caption)
    tail = len(key) * legend.LINE + (len(foot) + 1) * _line(FOOT_SIZE) + FOOT_GAP + MARGIN
    height, heights = _heights(ruler, panels, HEADER + tail)
    sheet = pen.Sheet(WIDTH, height)
    _head(sheet, ref, caption)
    y, left_out = -HEADER, (0, 0)
    for panel in panels:
        sites, places = _draw_panel(sheet, panel, y, heights, lang)
        left_out = left_out[0] + sites, left_out[1] + places
        y -= panel.height(heights)
    y = tail - height - FOOT_GAP / 2
    legend.draw(sheet, key, y)
    y = sheet.lines(MARGIN, y - len(key) * legend.LINE - FOOT_GAP / 2, foot, size=FOOT_SIZE)
    _remarks(sheet, y, left_out, lang)
    return sheet


def _heights(ruler: Sheet, panels: list[_Panel], rest: float) -> tuple[float, Heights]:
    """Height of the sheet, longer than A4 only if it must be, and of what the lanes share."""
    every = [lane for panel in panels for lane in panel.lanes]
    most = max((int(lane.sites["n_piles"].max()) for lane in every if len(lane.sites)), default=0)
    names = max(lanes.name_height(ruler, lane) for lane in every)
    least = Heights(BARS, names, most)
    needed = rest + sum(panel.height(least) for panel in panels)
    bars = min(BARS + max(HEIGHT - needed, 0.0) / len(every), BARS_MOST)
    return max(HEIGHT, needed), Heights(bars, names, most)


def _line(size: float) -> float:
    return size * pen.MM_PER_POINT * pen.LINE


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


def _draw_panel(sheet: Sheet, panel: _Panel, y: float, heights: Heights, lang: str) -> tuple[int, int]:
    """A piece of road and its rules from ``y`` downward; how many sites and places have no name."""
    middle, sites = y - heights.lane - PLACES / 2, 0
    for lane in panel.lanes:
        inner = middle + lane.side * PLACES / 2
        sites += lanes.draw(sheet, lane, inner, heights, lang)
        _about(sheet, lane, inner + lane.side * (heights.lane / 2), lang)
    places = _places(sheet, panel, middle)
    _rules(sheet, panel, y - len(panel.lanes) * heights.lane - PLACES, lang)
    return sites, places


def _about(sheet: Sheet, lane: Lane, y: float, lang: str) -> None:
    """What a lane is, left of it: direction, ends, length, sites, longest gap."""
    row, room = lane.row, LEFT - MARGIN - 5
    ends = {
        key: labels.text("strips.unnamed", lang) if null(row[key]) else str(row[key])
        for key in ("from_name", "to_name")
    }
    facts = [
        labels.word("direction", row["direction"], lang),
        labels.text("strips.length", lang, km=f"{row['km']:,.1f}"),
        labels.text("strips.count", lang, sites=f"{row['n_sites']:,}", piles=f"{row['n_piles']:,}"),
        labels.text("strips.ultra", lang, n=f"{row['n_ultra_fast']:,}"),
        labels.text("strips.worst_short", lang, km=f"{row['longest_gap_km']:,.1f}"),
    ]
    if row["part"] > 1:
        facts.insert(1, labels.text("strips.part", lang, part=row["part"]))
    if row["n_sites"] == 0:
        facts[-3:-1] = [labels.text("strips.none", lang)]
    y = sheet.lines(
        MARGIN,
        y + 13,
        sheet.wrapped(labels.text("strips.heading", lang, **ends), 8.5, room, lines=3),
        size=8.5,
    )
    sheet.line((MARGIN, MARGIN + 22), (y - 2, y - 2), linewidth=2.0)
    sheet.marks((MARGIN if lane.turned else MARGIN + 22,), y - 2, "<" if lane.turned else ">", markersize=7)
    y -= 4.5
    for words in facts:
        y = sheet.lines(MARGIN, y, sheet.wrapped(words, 6.4, room, lines=2), size=6.4)


def _places(sheet: Sheet, panel: _Panel, y: float) -> int:
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


def _named(panel: _Panel, lane: Lane) -> list[tuple[float, str]]:
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


def _rules(sheet: Sheet, panel: _Panel, y: float, lang: str) -> None:
    """A band a rule and direction, the name at the left, met over judged at the right."""
    words = "strips.rules" if panel.rules else "strips.no_rules"
    sheet.say(MARGIN, y - RULE_HEAD / 2, labels.text(words, lang), size=7.0)
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
        lines = sheet.wrapped(name, 5.4, LEFT - MARGIN - 4, lines=2)
        sheet.lines(MARGIN, y + RULE / 2 + len(lines) * _line(5.4) / 2, lines, size=5.4)
        for lane in panel.lanes:
            at = y + RULE / 2 + (lane.side * 1.05 if len(panel.lanes) > 1 else 0)
            sheet.marks((LEFT - 2,), at, "<" if lane.turned else ">", markersize=2.6)
            met, judged = lanes.verdicts(sheet, lane, rule, at)
            sheet.say(RIGHT + 2, at, f"{met}/{judged}" if judged else "\u2013", size=5.6)


def _remarks(sheet: Sheet, y: float, left_out: tuple[int, int], lang: str) -> None:
    """One line on what the sheet could not show: names without room, characters without a glyph."""
    found = []
    if sheet.lacking:
        found.append(labels.text("strips.lacking", lang, codes=pen.named(sheet.lacking)))
    if any(left_out):
        found.append(labels.text("strips.left_out", lang, sites=left_out[0], places=left_out[1]))
    words = sheet.fitted(labels.text("strips.gap", lang).join(found), FOOT_SIZE, WIDTH - 2 * MARGIN)
    sheet.lines(MARGIN, y, [words], size=FOOT_SIZE, color=lanes.LONG)
