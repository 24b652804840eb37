"""What new piles bring: the closing-cost curve, scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import pen
from chargegeo.maps.charts import paper
from chargegeo.maps.charts.paper import EDGE, EMPTY, MARGIN, SOLID, STRIPED, TEXT, Scale
from chargegeo.maps.lanes import records
from chargegeo.vocab import Measure

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.maps.pen import Sheet
    from chargegeo.schema import Caption

HEIGHT, LEFT, RIGHT = 40.0, 18.0, 80.0
# Lines differ by dashes and marks as well as by colour
LINES = (
    {"color": EDGE, "linestyle": "-", "marker": "o"}, {"color": "#b3400e", "linestyle": (0, (5, 2)), "marker": "s"},
    {"color": "#2e7d5b", "linestyle": (0, (2, 1.5)), "marker": "^"},
    {"color": "#6a4c93", "linestyle": (0, (6, 2, 1, 2)), "marker": "D"},
    {"color": "#555555", "linestyle": (0, (1, 1)), "marker": "v"},
    {"color": "#8a5a14", "linestyle": (0, (8, 3)), "marker": "P"},
    {"color": "#a0307a", "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "X"},
    {"color": "#00707a", "linestyle": (0, (10, 2)), "marker": "*"},
)  # fmt: skip
MARKS = 5  # on a line
ROW, BAR = 9.6, 3.2
ABOVE, KEY_GAP = 6.0, 1.4  # mm above the axes, below an entry of the key
KINDS = {
    "units": ("covered_before", "covered_after", "n_units"),
    "people": ("served_before", "served_after", "people"),
}


def closing(curve: pd.DataFrame, *, caption: Caption, asked: Mapping[str, str] | None = None) -> Sheet:
    """Share covered over new piles, a line for each definition.

    Parameters
    ----------
    curve
        Contract ``closing_curve``.
    asked
        What each rung asks, in words.

    Raises
    ------
    OutputFault
        ``chart_empty``.
    """
    lang = caption.lang
    paper.some(curve, "closing_curve")
    groups = list(curve.sort_values("n_piles", kind="stable").groupby(["measure", "name"], sort=False))
    most = float(curve["n_piles"].max()) or 1.0
    ruler = pen.Sheet(paper.WIDTH, 1)
    keys = [_key_lines(ruler, *_told(str(measure), str(name), asked or {}, rows, lang))
            for (measure, name), rows in groups]  # fmt: skip
    key_height = sum(paper.line_height(size) for lines in keys for _, size in lines) + KEY_GAP * len(keys)

    def draw(made: Sheet, top: float) -> None:
        top -= ABOVE
        made.lacking |= ruler.lacking
        across, up = Scale(0, most, LEFT, RIGHT), Scale(0, 1, top - HEIGHT, top)
        paper.across(made, across, top, top - HEIGHT, labels.text("chart.closing.piles", lang))
        paper.upward(made, up, LEFT, RIGHT, labels.text("chart.closing.share", lang), percent=True)
        y = top
        for place, ((measure, _), rows) in enumerate(groups):
            look = LINES[place % len(LINES)]
            part, whole = _parts(rows, str(measure))
            ys = (part / whole).tolist()
            made.line(
                [across.at(x) for x in rows["n_piles"]], [up.at(value) for value in ys], linewidth=1.2,
                markersize=3, markevery=max(1, len(ys) // MARKS), **look,
            )  # fmt: skip
            if measure != Measure.RUNG:  # of a rung it is in people, and exact
                bound = (rows["bound"] / whole).tolist()
                xs = [across.at(x) for x in rows["n_piles"]]
                made.line(xs, [up.at(value) for value in bound], color=look["color"])
            y = _line_key(made, y, look, keys[place])

    return paper.sheet(
        labels.text("chart.closing.title", lang),
        [labels.text("chart.closing.note", lang)],
        caption,
        ABOVE + max(HEIGHT + 7.5, key_height),
        draw,
    )


def _parts(rows: pd.DataFrame, measure: str) -> tuple[pd.Series, pd.Series]:
    """Numerator and denominator: units of a rung, else people."""
    names = ("n_units", "of_units") if measure == Measure.RUNG else ("people", "of_people")
    part, whole = (rows[name].astype("float64") for name in names)
    return part, whole.where(whole > 0)


def _told(
    measure: str, name: str, asked: Mapping[str, str], rows: pd.DataFrame, lang: str
) -> tuple[str, str]:
    """Of a definition what it is, and where it begins and ends."""
    part, whole = _parts(rows, measure)
    key = "rung" if measure == Measure.RUNG else measure
    ends_of = [(part.iloc[at], whole.iloc[at]) for at in (0, -1)]
    first, last = (
        paper.share(*pair) if all(map(paper.known, pair)) else labels.text("chart.unknown", lang)
        for pair in ends_of
    )
    ends = {"first": first, "last": last, "piles": f"{rows['n_piles'].iloc[-1]:,}",
            "cost": paper.count(rows["cost"].iloc[-1], lang)}  # fmt: skip
    asks = asked.get(name, "") if measure == Measure.RUNG else ""
    return (
        labels.text(f"chart.closing.{key}", lang, name=name, asks=asks),
        labels.text("chart.closing.ends", lang, **ends),
    )  # fmt: skip


def _key_lines(ruler: Sheet, what: str, ends: str) -> list[tuple[str, float]]:
    """Lines of the key of a definition, with the size of each."""
    room = paper.WIDTH - MARGIN - RIGHT - 13
    return [
        (line, size) for words, size in ((what, TEXT), (ends, 6.0))
        for line in ruler.wrapped(words, size, room, lines=2)
    ]  # fmt: skip


def _line_key(made: Sheet, y: float, look: dict[str, Any], lines: list[tuple[str, float]]) -> float:
    left = RIGHT + 5
    made.line((left, left + 3, left + 6), (y - 1.6,) * 3, linewidth=1.2, markersize=3, markevery=[1], **look)
    for words, size in lines:
        y = made.lines(left + 8, y, [words], size=size)
    return y - KEY_GAP


def scenarios(comparison: pd.DataFrame, *, caption: Caption) -> Sheet:
    """Scenarios side by side: units covered and people served before and after, with piles and cost.

    Parameters
    ----------
    comparison
        Contract ``scenario_comparison``.

    Raises
    ------
    OutputFault
        ``chart_empty``.
    """
    rows = records(paper.some(comparison, "scenario_comparison"))
    lang = caption.lang
    scale = Scale(0, 1, 58, 118)

    def draw(made: Sheet, top: float) -> None:
        looks = {"before": SOLID, "gain": STRIPED, "rest": EMPTY}
        entries = [(look, labels.text(f"chart.scenarios.{name}", lang)) for name, look in looks.items()]
        paper.key(made, entries, MARGIN, top - paper.KEY / 2)
        top -= paper.KEY
        paper.across(
            made, scale, top, top - ROW * len(rows), labels.text("chart.scenarios.axis", lang), percent=True
        )
        for place, row in enumerate(rows):
            _scenario(made, row, top - ROW * place, scale, lang)

    note = [
        labels.text("chart.scenarios.note", lang),
        labels.text("chart.denominator", lang, text=caption.denominator),
    ]
    height = paper.KEY + ROW * len(rows) + 7.5
    return paper.sheet(labels.text("chart.scenarios.title", lang), note, caption, height, draw)


def _scenario(made: Sheet, row: dict[str, Any], top: float, scale: Scale, lang: str) -> None:
    """Name, piles and status at the left; a bar of units and a bar of people, numbers at the right."""
    room = scale.start - MARGIN - 12
    lines = made.wrapped(str(row["scenario"]), 6.6, room, lines=2)
    facts = labels.word("solvestatus", row["status"], lang)
    if paper.known(row["n_piles"]):
        facts = labels.text(
            "chart.scenarios.facts", lang, piles=paper.count(row["n_piles"], lang), status=facts
        )
    y = made.lines(MARGIN, top - 0.4, lines, size=6.6)
    made.lines(MARGIN, y, [made.fitted(facts, 6.0, room)], size=6.0, color="#444444")
    for place, (kind, names) in enumerate(KINDS.items()):
        y = top - 2.6 - place * (BAR + 1.0)
        made.say(scale.start - 1.5, y, labels.text(f"chart.scenarios.{kind}", lang), size=6.0, ha="right")
        before, after, whole = (row[name] for name in names)
        if not (all(map(paper.known, (before, after, whole))) and whole):
            made.say(scale.start + 1, y, labels.text("chart.unknown", lang), size=6.0)
            continue
        for low, high, look in ((0, before, SOLID), (before, after, STRIPED), (after, whole, EMPTY)):
            left, right = scale.at(low / whole), scale.at(high / whole)
            made.box((left, y - BAR / 2), (right - left, BAR), **look)
        told = f"{before:,.0f} \u2192 {after:,.0f} / {whole:,.0f}"
        made.say(scale.end + 2, y, told, size=6.4)
