"""The briefing: one content, told once, rendered as a PDF or as a Word file.

What it says is made in :mod:`standing` and :mod:`outlook` as plain blocks; :mod:`page` and :mod:`word` only give them
a shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import store
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps.said import marks
from chargegeo.report.paper.content import Block, Heading, Paper, Paragraph
from chargegeo.report.words import cell_text

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.labels.rules import RuleLike
    from chargegeo.schema import Caption
    from chargegeo.targets import Ledger


def briefing(
    path: str | Path | Sequence[Path],
    tables: Mapping[str, pd.DataFrame],
    *,
    caption: Caption,
    rules: Sequence[RuleLike],
    ledger: Ledger | None = None,
) -> None:
    """Write the briefing, a paper of at most six A4 pages, as PDF or DOCX by suffix, whole or not at all.

    What does not fit gives way in an order (see :mod:`chargegeo.report.paper.fitting`), with a line that says in which
    sheet of the workbook it stands.

    Parameters
    ----------
    path
        The target, ``.pdf`` or ``.docx``; several are written from one content.
    tables
        Contract tables by name: ``rollup``, ``gaps``, ``stations`` and ``piles``, and where they are there
        ``lorenz`` and ``inequality``; ``changes_by_unit`` and ``changes``; ``corridor_gaps``, ``corridor_rules`` and
        ``service_area_rollup``; ``progress``, ``progress_periods`` and ``projections``; ``scenario_comparison``,
        ``closing_curve``, ``sites`` and ``scenario_areas`` of one scenario; ``contradictions`` and ``published``;
        ``repairs`` and ``quarantine``. A part without its tables is left out; other tables are left aside.
    caption
        Title, definition, denominator, source, date and marks; without an approval number every page is marked as
        an internal draft.
    rules
        Rules of the units, the one that is reported first in front.
    ledger
        The published figures that ``contradictions`` is about; without it they are named by their ids.

    Raises
    ------
    OutputFault
        ``briefing_suffix`` for another suffix, ``no_pango`` where a PDF cannot be laid out, ``cannot_write``.

    Notes
    -----
    The same tables give the same bytes. Nothing is fetched; fonts are embedded in the PDF.
    """
    targets = [Path(path)] if isinstance(path, str | Path) else list(path)
    if wrong := [one for one in targets if one.suffix.lower() not in (".pdf", ".docx")]:
        raise OutputFault(*(Fault("briefing_suffix", file=str(one), value=one.suffix) for one in wrong))
    paper = _fitted(_paper(tables, caption, rules, ledger))
    for target in targets:
        if target.suffix.lower() == ".pdf":
            from chargegeo.report.paper.page import rendered
        else:
            from chargegeo.report.paper.word import rendered
        data = rendered(paper)
        with store.atomic(target) as part:
            Path(part).write_bytes(data)


def _fitted(paper: Paper) -> Paper:
    """The paper at its length, by the pages of its PDF, or by an estimate where none can be laid out."""
    from chargegeo.report.paper import fitting, page

    try:
        return fitting.fitted(paper, page.pages)
    except OutputFault:  # no Pango
        return fitting.fitted(paper)


def _paper(
    tables: Mapping[str, pd.DataFrame], caption: Caption, rules: Sequence[RuleLike], ledger: Ledger | None
) -> Paper:
    """The content, in the order in which a hearing asks: findings, parts, method, definitions."""
    from chargegeo.report.paper import outlook, standing
    from chargegeo.report.paper.telling import Told

    told = Told(tables, caption, rules, ledger)
    parts = (
        standing.covered, standing.changed, standing.left_out, standing.along, standing.on_target,
        outlook.scenarios, outlook.contradictions, outlook.definitions, outlook.method,
    )  # fmt: skip
    blocks: list[Block] = [told.heading("points")]
    blocks += [Paragraph(text, "point") for text in outlook.points(told)]
    number = 0
    for block in (block for part in parts for block in part(told)):
        if isinstance(block, Heading):
            number += 1
            named = told.say("numbered", n=told.say(f"numeral.{number}"), text=block.text)
            block = replace(block, text=named)
        blocks.append(block)
    byline = told.say("byline", author=caption.author, date=caption.date)
    return Paper(caption, cell_text(caption.title, caption.lang), byline, marks(caption), tuple(blocks))
