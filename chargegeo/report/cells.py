"""Tables as columns of cells: words read in the language, numbers that a cell can hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from chargegeo import labels, schema
from chargegeo.report.words import cell_text, label, words

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.schema import Column

SHAPES = ("point", "line", "polygon")
FORMATS = {
    "share": "0.0%",
    "km": "0.00",
    "km2": "#,##0.00",
    "kW": "0.0##",
    "degree": "0.000000",
    "person": "#,##0",
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "place": "0",
    "minute": "0.0",
    "m": "0",
    "per_10k": "0.00",
    "pile": "#,##0.00",
    "pile/month": "#,##0.0",
}


class Cells(NamedTuple):
    """A column: header, name of the number format, values, and the closed list that its words are of."""

    title: str
    style: str | None
    values: list[Any]
    vocabulary: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its key in the labels, its columns, and how many of them stay in view."""

    key: str
    columns: tuple[Cells, ...]
    frozen: int = 0

    @property
    def n_rows(self) -> int:
        """Rows below the header."""
        return len(self.columns[0].values) if self.columns else 0


def columns_of(*tables: str) -> list[Column]:
    """Columns of tables that stand side by side, each name once."""
    found: dict[str, Column] = {}
    for item in (item for table in tables for item in schema.contract(table)):
        found.setdefault(item.name, item)
    return list(found.values())


def table_sheet(
    key: str, frame: pd.DataFrame, items: Iterable[Column], lang: str, *, frozen: int = 0
) -> Sheet:
    """These columns of a table; points become longitude and latitude, other shapes are left out."""
    columns: list[Cells] = []
    for item in items:
        if item.kind == "point":
            columns.extend(
                Cells(labels.text(f"report.{name}", lang), "degree", _numbers(values))
                for name, values in (("lon", frame[item.name].x), ("lat", frame[item.name].y))
            )
        elif item.kind not in SHAPES:
            values = _cells(frame[item.name], item, lang)
            columns.append(Cells(label(item, lang), _format(item), values, item.vocabulary))
    return Sheet(key, tuple(columns), frozen)


def _format(item: Column) -> str | None:
    """Which number format a column takes: by kind of value, then by unit."""
    if item.kind == "date":
        return "date"
    if item.kind == "int":
        return "place" if item.name in ("line", "row", "rank") else "count"
    return item.unit if item.kind == "float" and item.unit in FORMATS else None


def _cells(values: pd.Series, item: Column, lang: str) -> list[Any]:
    if item.kind == "date":
        return _dates(values)
    if item.kind in ("int", "float"):
        return _numbers(values)
    read = words(values, item, lang).astype(object)
    texts: list[str | None] = read.where(read.notna(), None).tolist()
    if item.name == "problem":
        texts = [text and _problems(text, lang) for text in texts]
    return [optional(text, lang) for text in texts]


def _problems(codes: str, lang: str) -> str:
    """Codes joined by semicolons, each with its words where there are any."""
    return "; ".join(labels.word("problem", code.strip(), lang) for code in codes.split(";"))


def _numbers(values: pd.Series) -> list[Any]:
    """Numbers, with None for null and for what no cell can hold."""
    import numpy as np

    numbers = values.astype(object)
    finite = np.isfinite(values.astype("float64").to_numpy(na_value=np.nan))
    return numbers.where(finite, None).tolist()


def _dates(values: pd.Series) -> list[Any]:
    """Serial days as Excel counts them; days before its calendar is right stay ISO text."""
    import pandas as pd

    serial = (values.dt.normalize() - pd.Timestamp("1899-12-30")).dt.days
    days = [None if pd.isna(day) else int(day) for day in serial]
    return [
        day if day is None or day >= 61 else value.date().isoformat()
        for day, value in zip(days, values, strict=True)
    ]


def optional(value: object, lang: str) -> str | None:
    """Text of a cell; null stays null."""
    return None if value is None else cell_text(str(value), lang)
