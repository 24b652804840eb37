"""Words of the report room: title lines, cells as text, values of closed lists as labels."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from chargegeo import labels, maps
from chargegeo.maps.said import marks

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.schema import Caption, Column

CELL_LIMIT = 32_767
# What XML 1.0 cannot hold
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile("\r\n?")


def headline(caption: Caption) -> str:
    """First line of every sheet: title and marks."""
    return labels.text("report.gap", caption.lang).join((caption.title, *marks(caption)))


def moment(caption: Caption) -> datetime:
    """Time stamp of a file: the date of its data; where that is no ISO date, the first one a ZIP knows."""
    try:
        return datetime.fromisoformat(caption.date).replace(tzinfo=None)
    except ValueError:
        return datetime(1980, 1, 1)


def cell_text(value: str, lang: str) -> str:
    """A text as a cell can hold it: without control characters, cut with a mark at the limit of a cell."""
    text = _BREAK.sub("\n", _ILLEGAL.sub("", value))
    # The limit counts UTF-16 units: at most two a character
    if len(text) * 2 <= CELL_LIMIT or len(text.encode("utf-16-le")) <= CELL_LIMIT * 2:
        return text
    mark = labels.text("report.cut", lang)
    return text.encode("utf-16-le")[: (CELL_LIMIT - len(mark)) * 2].decode("utf-16-le", "ignore") + mark


def words(values: pd.Series, item: Column, lang: str) -> pd.Series:
    """Values of a column as people read them: closed lists, yes and no, problem codes."""
    if item.vocabulary:
        return _mapped(values, item.vocabulary.lower(), lang)
    if item.kind == "bool":
        return values.map({True: labels.text("report.yes", lang), False: labels.text("report.no", lang)})
    if item.name in ("level", "group", "figure", "qualifier"):
        return _mapped(values, f"report.{item.name}", lang)
    if item.name in ("vehicle", "failure"):
        return _mapped(values, f"reach.{item.name}", lang)
    if item.name == "product":
        return _mapped(values, "siting.product", lang)
    if item.name == "share":
        return _mapped(values, "programme.share", lang)
    if item.name == "unit":
        return _mapped(values, "report.counted", lang)
    if item.name == "rule":
        return values.map({value: _rule(value, lang) for value in values.dropna().unique()})
    return values


def _rule(value: str, lang: str) -> str:
    """Name of a rule along a road from its id; of a rule of units, with its version, from both."""
    id_, _, version = value.partition(" ")
    if not version:
        return maps.rule_names(lang).get(id_, id_)
    return labels.text("rules.rule", lang, name=labels.word("rules.name", id_, lang), version=version)


def _mapped(values: pd.Series, group: str, lang: str) -> pd.Series:
    return values.map({value: labels.word(group, value, lang) for value in values.dropna().unique()})


def label(item: Column, lang: str) -> str:
    """Header of a column, with its unit unless the label names it already."""
    text = item.label[lang]
    unit = labels.word("report.unit", item.unit, lang) if item.unit else ""
    return text if unit == item.unit or "(" in text or "\uff08" in text else f"{text} ({unit})"
