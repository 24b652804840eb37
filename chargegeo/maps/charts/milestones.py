"""Progress against the milestones of the year: started and finished, never one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps.charts import paper
from chargegeo.maps.charts.paper import ALERT, EDGE, MARGIN, SOLID, STRIPED, TEXT, Scale
from chargegeo.maps.lanes import records

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.maps.pen import Sheet
    from chargegeo.schema import Caption

STATES = ("started", "finished")
LOOKS = {"started": STRIPED, "finished": SOLID}
ROW, BAR, APART = 6.0, 2.1, 1.4
LEFT, RIGHT = 36.0, 112.0
STROKE = {"color": ALERT, "markersize": 3.2}
DIAMOND = {"color": EDGE, "markerfacecolor": "#ffffff", "markersize": 3.2}


@dataclass(frozen=True)
class _Bar:
    """What one bar shows: piles due, rows of the contracts for its unit and state, and where it stands (mm)."""

    due: int
    milestones: list[dict[str, Any]]
    periods: list[dict[str, Any]]
    projections: list[dict[str, Any]]
    y: float


def progress(
    milestones: pd.DataFrame, periods: pd.DataFrame, projections: pd.DataFrame, *, caption: Caption
) -> Sheet:
    """A pair of bars for each unit, started and finished, as shares of the piles due.

    Parameters
    ----------
    milestones, periods, projections
        Contracts ``progress``, ``progress_periods`` and ``projections``.

    Raises
    ------
    OutputFault
        ``chart_empty``.
    """
    lang = caption.lang
    paper.some(milestones, "progress")
    units = list(milestones.groupby("unit_code", sort=True))
    scale = Scale(0, _most(milestones, projections), LEFT, RIGHT)

    def draw(made: Sheet, top: float) -> None:
        entries = [(LOOKS[state], labels.word("buildstate", state, lang)) for state in STATES]
        paper.key(made, entries, MARGIN, top - paper.KEY / 2)
        x = MARGIN + sum(11 + made.room(words, TEXT) for _, words in entries)
        _mark_key(made, x + 2, top - paper.KEY / 2, lang)
        top -= paper.KEY
        bottom = top - ROW * len(units)
        paper.across(made, scale, top, bottom, labels.text("chart.progress.axis", lang), percent=True)
        for place, (code, rows) in enumerate(units):
            at = top - ROW * place
            names = made.wrapped(str(rows["name"].iloc[0]), 6.4, LEFT - MARGIN - 2, lines=2)
            made.lines(MARGIN, at - ROW / 2 + len(names) * paper.line_height(6.4) / 2, names, size=6.4)
            for state, offset in zip(STATES, (APART, -APART), strict=True):
                asked, steps, ends = (_own(table, str(code), state) for table in (rows, periods, projections))
                bar = _Bar(int(rows["due"].iloc[0]), asked, steps, ends, y=at - ROW / 2 + offset)
                _draw(made, bar, scale, state)
                made.say(RIGHT + 2, bar.y, _told(bar, lang), size=6.4)

    stated = records(milestones.drop_duplicates(["milestone", "state"]))
    said = ((row, labels.word("buildstate", row["state"], lang)) for row in stated)
    by = "; ".join(
        f"{row['milestone']}: {state} {row['share']:.0%} {row['by']:%Y-%m-%d}" for row, state in said
    )
    note = [
        labels.text("chart.progress.note", lang),
        labels.text("chart.progress.by", lang, text=by),
    ]
    height = paper.KEY + ROW * len(units) + 7.5
    return paper.sheet(labels.text("chart.progress.title", lang), note, caption, height, draw)


def _most(milestones: pd.DataFrame, projections: pd.DataFrame) -> float:
    """Right end of the axis: beyond what is due only as far as anything reaches, and at most twice."""
    shares = [1.0, *milestones["share_of_due"].dropna()]
    due = projections[projections["due"] > 0]
    for name in ("projected", "high"):
        shares += (due[name] / due["due"].astype("float64")).dropna().tolist()
    return float(min(max(shares), 2.0) * 1.03)


def _mark_key(made: Sheet, x: float, y: float, lang: str) -> None:
    """What the stroke, the ticks and the diamond mean."""
    marks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("milestone", {"shape": "v", **STROKE}), ("step", {"shape": "|", "color": "#000000"}),
        ("projected", {"shape": "D", **DIAMOND}),
    )  # fmt: skip
    for name, look in marks:
        words = labels.text(f"chart.progress.{name}", lang)
        made.marks((x,), y, **look)
        made.say(x + 2.5, y, words, size=TEXT)
        x += 7 + made.room(words, TEXT)


def _own(table: pd.DataFrame, code: str, state: str) -> list[dict[str, Any]]:
    return records(table[(table["unit_code"] == code) & (table["state"] == state)])


def _draw(made: Sheet, bar: _Bar, scale: Scale, state: str) -> None:
    """Count over due, a tick at each return before, the milestones above, the end of the year behind."""
    if not bar.due:
        return
    shares = [row["cumulative"] / bar.due for row in bar.periods]
    y, low, high = bar.y, bar.y - BAR / 2, bar.y + BAR / 2
    if shares:
        made.box((scale.start, low), (_at(scale, shares[-1]) - scale.start, BAR), **LOOKS[state])
        made.strokes([_at(scale, value) for value in shares[:-1]], low, high, color="#000000")
    for row in bar.projections:
        if paper.known(row["low"]):
            end = _at(scale, row["high"] / bar.due) if paper.known(row["high"]) else scale.end
            made.line((_at(scale, row["low"] / bar.due), end), (y, y), color="#000000", linewidth=0.8)
        if paper.known(row["projected"]):
            made.marks((_at(scale, row["projected"] / bar.due),), y, "D", **DIAMOND)
    made.marks([_at(scale, row["share"]) for row in bar.milestones], high + 0.5, "v", **STROKE)


def _at(scale: Scale, value: float) -> float:
    """Where a share stands; what is beyond the axis stands at its end."""
    return scale.at(min(value, scale.high))


def _told(bar: _Bar, lang: str) -> str:
    """Count and due, and the verdict on the last milestone if there is one."""
    count = bar.periods[-1]["cumulative"] if bar.periods else None
    words = labels.text("chart.unknown", lang) if count is None else paper.share(count, bar.due)
    if not bar.milestones:
        return words
    row = bar.milestones[-1]
    light = labels.word("light", row["light"], lang)
    status = labels.word("standing", row["status"], lang)
    return labels.text("chart.progress.told", lang, share=words, light=light, status=status)
