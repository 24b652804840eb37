"""How evenly piles fall on people: the Lorenz curve with its indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.maps.charts import paper
from chargegeo.maps.charts.paper import EDGE, MARGIN, SOLID, STRIPED, TEXT, Scale
from chargegeo.maps.lanes import records
from chargegeo.vocab import Index

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.maps.pen import Sheet
    from chargegeo.schema import Caption

SIDE, LEFT, RIGHT = 48.0, 20.0, 84.0
POINTS = 400  # of the curve; more cannot be seen


def lorenz(curve: pd.DataFrame, inequality: pd.DataFrame, *, caption: Caption) -> Sheet:
    """The Lorenz curve beside the Gini index and the split of the Theil index.

    Parameters
    ----------
    curve, inequality
        Contracts ``lorenz`` and ``inequality`` of the same amount.

    Raises
    ------
    OutputFault
        ``chart_empty`` if there is nothing to share.
    """
    paper.some(curve, "lorenz")
    lang = caption.lang
    gini = inequality[inequality["index"] == Index.GINI].iloc[0]
    counted = labels.word("amount", gini["counted"], lang)

    def draw(made: Sheet, top: float) -> None:
        top -= 5.5
        _curve(made, curve, top, (labels.text("chart.lorenz.people", lang),
                                  labels.text("chart.lorenz.amount", lang, counted=counted)))  # fmt: skip
        _indices(made, inequality, top, lang)

    note = [
        labels.text(
            "chart.lorenz.note", lang, counted=counted, amount=f"{gini['amount']:,.0f}",
            people=f"{gini['population']:,.0f}", n=f"{gini['n']:,}", left_out=f"{gini['n_left_out']:,}",
            unknown=f"{gini['n_unknown']:,}",
        )
    ]  # fmt: skip
    title = labels.text("chart.lorenz.title", lang, counted=counted)
    return paper.sheet(title, note, caption, SIDE + 13, draw)


def _curve(made: Sheet, curve: pd.DataFrame, top: float, words: tuple[str, str]) -> None:
    import numpy as np

    across, up = Scale(0, 1, LEFT, LEFT + SIDE), Scale(0, 1, top - SIDE, top)
    paper.across(made, across, top, top - SIDE, words[0], percent=True)
    paper.upward(made, up, LEFT, LEFT + SIDE, words[1], percent=True)
    made.line((across.start, across.end), (up.start, up.end), color="#777777", linestyle=(0, (4, 2)))
    shown = np.unique(np.linspace(0, len(curve) - 1, POINTS).round().astype(int))
    xs, ys = (curve[name].to_numpy()[shown] for name in ("people_share", "amount_share"))
    made.line([across.at(x) for x in xs], [up.at(y) for y in ys], color=EDGE, linewidth=1.4)


def _indices(made: Sheet, inequality: pd.DataFrame, top: float, lang: str) -> None:
    """Gini index, then a bar for each way to split the Theil index."""
    gini, theil = inequality.iloc[0]["value"], inequality[inequality["grouping"].notna()]
    room = paper.WIDTH - MARGIN - RIGHT
    y = made.lines(RIGHT, top, [labels.text("chart.lorenz.gini", lang, value=f"{gini:.3f}")], size=9)
    y = (
        made.lines(
            RIGHT, y, made.wrapped(labels.text("chart.lorenz.gini_means", lang), 6, room, lines=2), size=6
        )
        - 3
    )
    total = theil.iloc[0]["value"]
    y = made.lines(RIGHT, y, [labels.text("chart.lorenz.theil", lang, value=f"{total:.3f}")], size=9) - 1
    entries = [
        (SOLID, labels.text("chart.lorenz.between", lang)),
        (STRIPED, labels.text("chart.lorenz.within", lang)),
    ]
    paper.key(made, entries, RIGHT, y - 1.5)
    y -= 5
    scale = Scale(0, total or 1, RIGHT, paper.WIDTH - MARGIN)
    for row in records(theil):
        said = labels.text(
            "chart.lorenz.split", lang, by=labels.word("grouping", row["grouping"], lang), n=row["n_groups"],
            between=f"{row['between']:.3f}", share=f"{row['between'] / total:.1%}" if total else "\u2013",
            total=f"{total:.3f}",
        )  # fmt: skip
        y = made.lines(RIGHT, y, made.wrapped(said, TEXT - 0.6, room, lines=2), size=TEXT - 0.6) - 0.6
        middle = scale.at(row["between"])
        made.box((scale.start, y - 3.4), (middle - scale.start, 3.4), **SOLID)
        made.box((middle, y - 3.4), (scale.end - middle, 3.4), **STRIPED)
        y -= 5.6
