"""The file of a year's target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from chargegeo.errors import Fault, StudyFault
from chargegeo.sources.settings import Section, read
from chargegeo.targets.asked import MOST
from chargegeo.targets.publications import has_ledger

State = Literal["started", "finished"]


class Milestone(Section):
    """What share of each unit's target must be in which state by the end of a day."""

    id: str
    state: State
    share: Decimal = Field(gt=0, le=1)
    by: dt.date


def milestone_faults(milestones: Sequence[Milestone], year: int) -> Iterator[Fault]:
    """Milestones of another year, two of one name, and a later one that asks for less than one before."""
    for at, item in enumerate(milestones):
        if item.by.year != year:
            yield Fault("milestone_year", value=item.by, params={"name": item.id, "year": year})
        if item.id in [other.id for other in milestones[:at]]:
            yield Fault("milestone_twice", value=item.id)
    for one, two in pairwise(sorted(milestones, key=lambda item: (item.state, item.by))):
        if one.state == two.state and two.share < one.share:
            yield Fault("milestone_falls", value=two.id, params={"before": one.id})


class Reporting(Section):
    """How the units report, and how progress is judged.

    Returns are for the last day of each ``every``, and due ``grace_days`` later. A unit is green at or above
    what its path through the milestones asks by the day of its return, amber at or above ``amber`` of that.
    ``year`` is that of the returns, by default that of the day of judgement: December is judged in January.
    """

    year: int | None = None

    every: Literal["month", "quarter"] = "month"
    grace_days: int = Field(default=10, ge=0)
    amber: Decimal = Field(default=Decimal("0.8"), gt=0, le=1)

    def year_at(self, as_of: dt.date) -> int:
        """Year of the returns that are judged on a day."""
        return self.year or as_of.year


class TableFile(Section):
    """A table: a file name alone, or with its sheet and the saved mapping from our column to the file's header."""

    file: Path
    sheet: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"file": value} if isinstance(value, str) else value


class _Target(Section):
    title: str = ""
    author: str = ""
    lang: Literal["zh", "en"] = "zh"
    synthetic: bool = False
    year: int = Field(ge=2000, le=2200)
    total: int = Field(ge=0, le=MOST)
    as_of: dt.date | None = None
    levels: tuple[str, ...] = Field(default=("unit_code",), min_length=1)
    units: TableFile | None = None
    reports: TableFile | None = None
    last_year: TableFile | None = None
    ledger: Path | str | None = None


_TABLES = ("units", "reports", "last_year")


class Programme(Section):
    """A year's target: the number, how it is split, its milestones, and where the tables are.

    ``shares``, ``floors``, ``caps``, ``carry`` and ``levels`` are those of :func:`chargegeo.targets.quotas` and
    :func:`chargegeo.targets.breakdown`; ``ranking`` holds the weights of :func:`chargegeo.targets.ranking`.
    ``ledger`` is a file or the name of a built-in one. The day of judgement is ``as_of``.
    """

    target: _Target
    shares: dict[str, float] = Field(min_length=1)
    floors: dict[str, int] = Field(default_factory=dict)
    caps: dict[str, int] = Field(default_factory=dict)
    carry: dict[str, int] = Field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()
    reporting: Reporting = Reporting()
    ranking: dict[str, float] = Field(default_factory=dict)

    def faults(self) -> Iterator[Fault]:
        """What does not fit together."""
        year, day = self.target.year, self.target.as_of
        yield from milestone_faults(self.milestones, year)
        for name, weight in self.shares.items():
            if not weight > 0:
                yield Fault("target_weight", column=name, value=weight)
        for name, weight in self.ranking.items():
            if not weight >= 0:
                yield Fault("ranking_weight", column=name, value=weight)
        yield from self._bounds()
        if self.carry and len(self.target.levels) > 1:
            yield Fault("target_carry", value=len(self.target.levels))
        if day is not None and day.year < year:
            yield Fault("target_as_of", value=day, params={"year": year})
        if self.reporting.year not in (None, year):
            yield Fault("target_year", value=self.reporting.year, params={"year": year})

    def _bounds(self) -> Iterator[Fault]:
        for what, given in (("floors", self.floors), ("caps", self.caps)):
            for code, n in given.items():
                if n < 0:
                    yield Fault("target_bound_value", column=what, feature=code, value=n)
        for code, floor in self.floors.items():
            cap = self.caps.get(code, floor)
            if floor > cap:
                by = {"name": code, "floor": floor, "cap": cap, "by": floor - cap}
                yield Fault("target_floor_above_cap", feature=code, params=by)

    def tables(self) -> dict[str, TableFile]:
        """The tables that the file names, by what they are: ``units``, ``reports``, ``last_year``."""
        given = {name: getattr(self.target, name) for name in _TABLES}
        return {name: table for name, table in given.items() if table is not None}

    def files(self) -> list[Path]:
        """Every file that it names, in the order of its keys; a built-in ledger is none."""
        found = [table.file for table in self.tables().values()]
        return found + ([self.target.ledger] if isinstance(self.target.ledger, Path) else [])


def load(path: str | Path) -> Programme:
    """Read the file of a year's target; paths in it are relative to its folder.

    Raises
    ------
    MissingFile
        If there is no such file.
    StudyFault
        With every entry that is missing, unknown or of the wrong kind.
    """
    path = Path(path)
    found = read(path, Programme, number=Decimal)
    if faults := [replace(item, file=str(path)) for item in found.faults()]:
        raise StudyFault(*faults)
    moved: dict[str, Any] = {
        name: table.model_copy(update={"file": path.parent / table.file})
        for name, table in found.tables().items()
    }
    if found.target.ledger is not None:
        name = str(found.target.ledger)
        moved["ledger"] = name if has_ledger(name) else path.parent / name
    reporting = found.reporting.model_copy(update={"year": found.target.year})
    target = found.target.model_copy(update=moved)
    return found.model_copy(update={"target": target, "reporting": reporting})
