"""The ledger of published figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from chargegeo.sources.settings import Section, read, refusal
from chargegeo.targets.intervals import Interval, figure_step, rounded

Qualifier = Literal["exact", "rounded", "at_least", "more_than"]
PERCENT = "percent"


def _interval(value: Decimal, qualifier: Qualifier, step: Decimal | None) -> Interval:
    if qualifier == "exact":
        return Interval(Fraction(value), Fraction(value))
    if qualifier == "rounded":
        return rounded(value, step or figure_step(value, trailing_zeros=True))
    return Interval(Fraction(value), None, low_open=qualifier == "more_than")


class Figure(Section):
    """One published figure.

    ``unit`` is what is counted; a figure of unit ``percent`` names by id the ``part`` and the ``denominator`` that it
    was taken of. ``step`` is what a rounded figure is rounded to, by default its last digit that is not 0; a percentage
    is always rounded to its last decimal. Figures of the same ``quantity`` claim to be the same number. Without a
    ``value`` it was never published: something that percentages were taken of.
    """

    id: str
    value: Decimal | None = Field(default=None, ge=0)
    unit: str
    what: str = ""
    what_en: str = ""
    date: dt.date | None = None
    source: str
    qualifier: Qualifier = "exact"
    step: Decimal | None = Field(default=None, gt=0)
    quantity: str | None = None
    part: str | None = None
    denominator: str | None = None

    def interval(self) -> Interval:
        """What the figure can have been before it was rounded."""
        if self.value is None:
            return Interval(Fraction(0), None)
        if self.unit == PERCENT and self.qualifier in ("exact", "rounded"):
            return rounded(self.value, self.step or figure_step(self.value, trailing_zeros=False))
        found = _interval(self.value, self.qualifier, self.step)
        return found.of_whole() if self.unit != PERCENT and self.value % 1 == 0 else found

    @model_validator(mode="after")
    def _a_share_names_both(self) -> Figure:
        if (self.part is None) != (self.denominator is None):
            raise refusal("ledger_part_alone")
        if self.part is not None and self.unit != PERCENT:
            raise refusal("ledger_part_of_count", unit=self.unit)
        if self.part is not None and self.value is None:
            raise refusal("ledger_percent_empty")
        return self


class Row(Section):
    """A row of a table: its cells in the order of the columns, and its stated total."""

    id: str
    cells: tuple[int, ...]
    cells_qualifier: Literal["exact", "rounded"] = "exact"
    cells_step: Decimal = Field(default=Decimal(1), gt=0)
    total: Decimal
    qualifier: Literal["exact", "rounded"] = "exact"
    step: Decimal | None = Field(default=None, gt=0)

    def total_interval(self) -> Interval:
        """What the total can have been before it was rounded: a whole number."""
        return _interval(self.total, self.qualifier, self.step).of_whole()

    def sum_interval(self) -> Interval:
        """What the cells can add up to."""
        total = sum(self.cells)
        half = Fraction(self.cells_step) / 2 * len(self.cells)
        if self.cells_qualifier == "exact" or not half:
            return Interval(Fraction(total), Fraction(total))
        return Interval(total - half, total + half, high_open=True)


class Column(Section):
    """A column of a table: code and name of a unit."""

    code: str
    name: str


class Table(Section):
    """A published table of rows that should add up."""

    id: str
    unit: str
    what: str = ""
    what_en: str = ""
    date: dt.date | None = None
    source: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _rows_are_full(self) -> Table:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise refusal("ledger_row", row=row.id, cells=len(row.cells), columns=len(self.columns))
        return self


class Ledger(Section):
    """Published figures and tables, as published."""

    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()

    def figure(self, figure_id: str) -> Figure:
        """The figure of an id."""
        return next(item for item in self.figures if item.id == figure_id)

    @model_validator(mode="after")
    def _names_are_known(self) -> Ledger:
        ids = [*(item.id for item in self.figures), *(item.id for item in self.tables)]
        if twice := sorted({item for item in ids if ids.count(item) > 1}):
            raise refusal("ledger_twice", names=", ".join(twice))
        counted = {item.id for item in self.figures if item.unit != PERCENT}
        for item in self.figures:
            for name in (item.part, item.denominator):
                if name is not None and name not in counted:
                    raise refusal("ledger_no_count", figure=item.id, name=name)
        return self


def _built_in(name: str) -> Traversable:
    return files(__package__).joinpath("ledgers", f"{name}.toml")


def has_ledger(name: str) -> bool:
    """Whether there is a built-in ledger of this name."""
    return name.isidentifier() and _built_in(name).is_file()


def ledger(name_or_path: str | Path) -> Ledger:
    """Read a ledger of published figures.

    Parameters
    ----------
    name_or_path
        ``henan`` for the built-in one, or the path of a TOML file of the same layout.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        With every entry that is missing, unknown or of the wrong kind.
    """
    if isinstance(name_or_path, str) and has_ledger(name_or_path):
        with as_file(_built_in(name_or_path)) as path:
            return read(path, Ledger, number=Decimal)
    return read(Path(name_or_path), Ledger, number=Decimal)
