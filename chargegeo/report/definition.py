"""The definition sheet: what every figure of the other sheets means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chargegeo import labels, maps, schema
from chargegeo.corridors import judging
from chargegeo.labels import rules
from chargegeo.maps.said import marks
from chargegeo.report.book import add_sheet, bold_format, lines
from chargegeo.report.cells import SHAPES
from chargegeo.report.words import cell_text, label
from chargegeo.vocab import CountUnit

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from chargegeo.report.cells import Sheet
    from chargegeo.schema import Caption

RULE_ROW = tuple[str, str, str]
NOTE = tuple[str, str]
SECTION = tuple[str, Sequence[Sequence[str]]]
_WIDTHS = (22, 60, 40, 30)
_LINE, _HIGHEST = 15, 409  # points: of a line, and what a row can have


def definition_rows(rule: rules.RuleLike, lang: str = "zh") -> tuple[RULE_ROW, ...]:
    """A rule as rows of the definition sheet: rung, what it adds with its thresholds, where it comes from.

    The headline rung is marked, and so is a rung whose source nobody has confirmed.
    """
    return tuple(
        (
            rung.id + (labels.text("report.headline", lang) if rung.id == rule.headline else ""),
            rules.rung_text(rung, lang),
            rung.source[lang] + ("" if rung.confirmed else labels.text("report.unconfirmed", lang)),
        )
        for rung in rule.rungs
    )


def headline_rung(rule_rows: Sequence[RULE_ROW], lang: str) -> str | None:
    """The first rung that :func:`definition_rows` has marked."""
    mark = labels.text("report.headline", lang)
    return next((row[0].removesuffix(mark) for row in rule_rows if row[0].endswith(mark)), None)


def write_definition(book: Workbook, caption: Caption, sections: Iterable[SECTION]) -> None:
    """Add the sheet: sections by key, each with its lines of cells."""
    page = add_sheet(book, "definition", caption)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = bold_format(book)
    for index, width in enumerate(_WIDTHS):
        page.set_column(index, index, width)
    row = 2
    for title, section in sections:
        page.write_string(row, 0, labels.text(f"report.section.{title}", caption.lang), bold)
        for line in section:
            row += 1
            texts = [cell_text(value, caption.lang) for value in line]
            # LibreOffice does not make room for wrapped text by itself
            page.set_row(row, min(_LINE * max(map(lines, texts, _WIDTHS)), _HIGHEST))
            for index, text in enumerate(texts):
                page.write_string(row, index, text, wrap)
        row += 2
    page.freeze_panes(1, 0)
    page.repeat_rows(0, 0)
    page.fit_to_pages(1, 0)


def about(caption: Caption, sheets: Sequence[Sheet]) -> Iterable[SECTION]:
    """What the caption says with its marks, and what each sheet holds."""
    lang = caption.lang
    said = {
        name: str(getattr(caption, name))
        for name in ("title", "definition", "denominator", "source", "date", "datum", "author")
    }
    yield (
        "about",
        [
            *((labels.text(f"report.about.{name}", lang), text) for name, text in said.items() if text),
            *((labels.text("report.about.mark", lang), mark) for mark in marks(caption)),
        ],
    )
    yield "sheets", [_sheet_line(sheet, lang) for sheet in sheets]


def rules_asked(rule_rows: Sequence[RULE_ROW], tables: Sequence[str], lang: str) -> Iterable[SECTION]:
    """What counts as covered, and what is asked along the roads."""
    titles = tuple(labels.text(f"report.rule.{name}", lang) for name in ("rung", "asks", "source"))
    yield "rule", [titles, *rule_rows]
    if "corridor_rules" in tables:
        named = maps.rule_names(lang)
        yield "along", [(named[item.id], item.source[lang]) for item in judging.rules().values()]


def meanings(tables: Sequence[str], lang: str, *, counts: bool = True) -> Iterable[SECTION]:
    """The units of counting, and the columns of these tables."""
    if counts:
        yield (
            "counts",
            [
                (labels.word("countunit", unit, lang), labels.text(f"report.count.{unit}", lang))
                for unit in CountUnit
            ],
        )
    names = ("sheet", "meaning", "label", "name")
    titles = tuple(labels.text(f"report.column.{name}", lang) for name in names)
    yield "columns", [titles, *_column_lines(tables, lang)]


def _sheet_line(sheet: Sheet, lang: str) -> tuple[str, str, str]:
    """Name of a sheet, what it holds, and how many rows."""
    return (
        labels.text(f"report.sheet.{sheet.key}", lang),
        labels.text(f"book.sheet.{sheet.key}", lang),
        labels.text("book.rows", lang, n=f"{sheet.n_rows:,}"),
    )


def _column_lines(tables: Sequence[str], lang: str) -> Iterable[tuple[str, str, str, str]]:
    """Meaning of every column of every sheet, from the contracts."""
    homes = {"coverage": "units"}
    for table in tables:
        sheet = labels.text(f"report.sheet.{homes.get(table, table)}", lang)
        for item in schema.contract(table):
            if item.kind not in SHAPES:
                yield sheet, item.meaning[lang], label(item, lang), item.name
