"""Bars of shares: rungs of a rule, power bands of piles."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps.charts import paper
from chargegeo.maps.charts.paper import EMPTY, MARGIN, SOLID, TEXT, UNKNOWN, Scale
from chargegeo.maps.lanes import records
from chargegeo.vocab import Access, Status

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.maps.pen import Sheet
    from chargegeo.schema import Caption

# kW: slow alternating current, the 22 kW of the IEA, the thresholds of the national and provincial texts
EDGES = (7.4, 22.0, 60.0, 120.0, 250.0, 480.0)
ROW, BAR = 5.2, 3.2
AXIS = 7.5  # room for numbers and words below the bars


def rungs(rollup: pd.DataFrame, *, caption: Caption, asked: Mapping[str, str] | None = None) -> Sheet:
    """How many units pass each rung, with those that are not known, of all.

    Parameters
    ----------
    rollup
        Contract ``rollup``; the headline group of the province is drawn.
    asked
        What each rung asks, in words.

    Raises
    ------
    OutputFault
        ``chart_empty``.
    """
    chosen = rollup[(rollup["level"] == "province") & (rollup["group"] == "headline")]
    rows = records(paper.some(chosen, "rollup"))
    lang, words = caption.lang, asked or {}
    scale = Scale(0, 1, 62, 122)

    def draw(made: Sheet, top: float) -> None:
        looks = {"covered": SOLID, "unknown": UNKNOWN, "uncovered": EMPTY}
        entries = [(look, labels.word("state", state, lang)) for state, look in looks.items()]
        paper.key(made, entries, MARGIN, top - paper.KEY / 2)
        top -= paper.KEY
        paper.across(
            made, scale, top, top - ROW * len(rows), labels.text("chart.rungs.axis", lang), percent=True
        )
        for place, row in enumerate(rows):
            y = top - ROW * (place + 0.5)
            said = labels.text("chart.rungs.rung", lang, rung=row["rung"], asks=words.get(row["rung"], ""))
            lines = made.wrapped(said, 6.0, scale.start - MARGIN - 2, lines=2)
            made.lines(MARGIN, y + len(lines) * paper.line_height(6.0) / 2, lines, size=6.0)
            parts = [(row[f"n_{state}"], look) for state, look in looks.items()]
            _stacked(made, parts, row["n_units"], scale, y)
            told = labels.text(
                "chart.rungs.told",
                lang,
                share=paper.share(row["n_covered"], row["n_units"]),
                unknown=row["n_unknown"],
            )
            made.say(scale.end + 2, y, told, size=TEXT)

    note = [
        labels.text("chart.definition", lang, text=caption.definition),
        labels.text("chart.denominator", lang, text=caption.denominator),
    ]
    height = paper.KEY + ROW * len(rows) + AXIS
    return paper.sheet(labels.text("chart.rungs.title", lang), note, caption, height, draw)


def _stacked(
    made: Sheet, parts: list[tuple[int, dict[str, Any]]], whole: int, scale: Scale, y: float
) -> None:
    """Parts of a whole side by side."""
    done = 0
    for count, look in parts:
        if count:
            left, right = (scale.at(value / whole) for value in (done, done + count))
            made.box((left, y - BAR / 2), (right - left, BAR), **look)
        done += count


def power(stations: pd.DataFrame, piles: pd.DataFrame, *, caption: Caption) -> Sheet:
    """Public piles in service by rated power, those of unknown power beside.

    Parameters
    ----------
    stations, piles
        Contract tables; without any such pile all bands are zero, which is an answer.
    """
    counts = (stations["access"] == Access.PUBLIC) & (stations["status"] == Status.IN_SERVICE)
    own = piles[piles["station_id"].isin(stations.loc[counts, "station_id"])]
    lang = caption.lang
    rows, unknown = _bands(own, lang)
    known = sum(count for _, count in rows)
    most = max(*(count for _, count in rows), unknown, 1)
    scale = Scale(0, most * 1.02, 46, 128)

    def draw(made: Sheet, top: float) -> None:
        bottom = top - ROW * (len(rows) + 1)
        paper.across(made, scale, top, bottom, labels.text("chart.power.axis", lang))
        unsaid = labels.text("chart.power.unknown", lang)
        for place, (words, count) in enumerate([*rows, (unsaid, unknown)]):
            y, certain = top - ROW * (place + 0.5), place < len(rows)
            made.say(scale.start - 2, y, words, size=TEXT, ha="right")
            size = (scale.at(count) - scale.start, BAR)
            made.box((scale.start, y - BAR / 2), size, **(SOLID if certain else UNKNOWN))
            told = (
                paper.share(count, known)
                if certain
                else labels.text("chart.power.beside", lang, n=f"{count:,}")
            )
            made.say(scale.end + 2, y, told, size=TEXT)

    note = [labels.text("chart.power.note", lang, known=f"{known:,}", unknown=f"{unknown:,}")]
    height = ROW * (len(rows) + 1) + AXIS
    return paper.sheet(labels.text("chart.power.title", lang), note, caption, height, draw)


def _bands(piles: pd.DataFrame, lang: str) -> tuple[list[tuple[str, int]], int]:
    """Words and piles of each band, lower edge in it, and the piles of unknown power."""
    import numpy as np

    kw, count = piles["power_kw"], piles["n_piles"].astype("int64")
    known = kw.notna()
    band = np.searchsorted(EDGES, kw[known], side="right")
    sums = np.bincount(band, count[known], minlength=len(EDGES) + 1).astype(int).tolist()
    shown = [f"{edge:g}" for edge in EDGES]
    words = [
        labels.text("strips.power.below", lang, high=shown[0]),
        *(labels.text("strips.power.between", lang, low=low, high=high) for low, high in pairwise(shown)),
        labels.text("strips.power.above", lang, low=shown[-1]),
    ]
    return list(zip(words, sums, strict=True)), int(count[~known].sum())
