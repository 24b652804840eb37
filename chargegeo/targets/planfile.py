"""The file of a year's target."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from chargegeo.targets.reading import Section, read

State = Literal["started", "finished"]


class Milestone(Section):
    """What share of each unit's target must be in which state by the end of a day."""

    id: str
    state: State
    share: Decimal = Field(gt=0, le=1)
    by: dt.date


class Reporting(Section):
    """How the units report, and how progress is judged.

    Returns are for the last day of each ``every``, and due ``grace_days`` later. A unit is green at or above
    what its path through the milestones asks by the day of its return, amber at or above ``amber`` of that.
    """

    every: Literal["month", "quarter"] = "month"
    grace_days: int = Field(default=10, ge=0)
    amber: Decimal = Field(default=Decimal("0.8"), gt=0, le=1)


class _Target(Section):
    year: int = Field(ge=2000, le=2200)
    total: int = Field(ge=0)
    levels: tuple[str, ...] = Field(default=("unit_code",), min_length=1)
    units: Path | None = None
    reports: Path | None = None
    last_year: Path | None = None
    ledger: Path | None = None


class Programme(Section):
    """A year's target: the number, how it is split, its milestones, and where the tables are.

    ``shares``, ``floors``, ``caps``, ``carry`` and ``levels`` are those of :func:`chargegeo.targets.quotas` and
    :func:`chargegeo.targets.breakdown`; ``ranking`` holds the weights of :func:`chargegeo.targets.ranking`.
    """

    target: _Target
    shares: dict[str, float] = Field(min_length=1)
    floors: dict[str, int] = Field(default_factory=dict)
    caps: dict[str, int] = Field(default_factory=dict)
    carry: dict[str, int] = Field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()
    reporting: Reporting = Reporting()
    ranking: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Programme:
        wrong = [
            f"milestone {item.id} is not in {self.target.year}"
            for item in self.milestones
            if item.by.year != self.target.year
        ]
        wrong += [f"share {name} needs a weight above 0" for name, w in self.shares.items() if not w > 0]
        wrong += [f"weight of {name} is below 0" for name, w in self.ranking.items() if not w >= 0]
        bounds = (("floors", self.floors), ("caps", self.caps))
        wrong += [
            f"{what} of {code} is below 0" for what, given in bounds for code, n in given.items() if n < 0
        ]
        wrong += [
            f"floor of {code} is above its cap"
            for code, floor in self.floors.items()
            if floor > self.caps.get(code, floor)
        ]
        if self.carry and len(self.target.levels) > 1:
            wrong.append("carry is for a target of one level")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


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
    found = read(path, Programme)
    names = ("units", "reports", "last_year", "ledger")
    given = {name: getattr(found.target, name) for name in names}
    moved = {name: path.parent / file for name, file in given.items() if file is not None}
    return found.model_copy(update={"target": found.target.model_copy(update=moved)})
