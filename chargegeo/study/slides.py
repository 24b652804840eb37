"""Charts of a study as pictures for slides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo.labels import rules as rule_words
from chargegeo.maps import charts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chargegeo.maps.pen import Sheet
    from chargegeo.study.solving import Results


def pictures_of(results: Results, folder: Path) -> dict[str, Path]:
    """Write a PNG of each chart that the tables have, by name of the chart."""
    folder.mkdir(exist_ok=True)
    found = {}
    for name, sheet in _charts(results):
        found[name] = folder / f"{name}.png"
        charts.write(found[name], sheet)
    return found


def _charts(results: Results) -> Iterator[tuple[str, Sheet]]:
    tables, caption = results.tables, results.caption
    asked = {
        rung.id: rule_words.rung_text(rung, caption.lang) for rule in results.rules for rung in rule.rungs
    }
    yield "rungs", charts.rungs(tables["rollup"], caption=caption, asked=asked)
    yield "power", charts.power(tables["stations"], tables["piles"], caption=caption)
    if "lorenz" in tables and len(tables["lorenz"]):
        yield "lorenz", charts.lorenz(tables["lorenz"], tables["inequality"], caption=caption)
    if "progress" in tables and len(tables["progress"]):
        yield (
            "progress",
            charts.progress(
                tables["progress"], tables["progress_periods"], tables["projections"], caption=caption
            ),
        )
    if "closing_curve" in tables:
        yield "closing", charts.closing(tables["closing_curve"], caption=caption, asked=asked)
    if "scenario_comparison" in tables:
        yield "scenarios", charts.scenarios(tables["scenario_comparison"], caption=caption)
