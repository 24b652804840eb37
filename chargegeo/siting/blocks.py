"""What the planning model is made of: limits, columns by kind, rows, and the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import highs
from chargegeo.vocab import Limit

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


LIMITS = tuple(Limit)


@dataclass(frozen=True, eq=False)
class Block:
    """Columns of one kind: the first, and limits of each."""

    first: int
    lower: Floats
    upper: Floats
    whole: bool

    @property
    def n(self) -> int:
        """Number of columns."""
        return len(self.upper)

    @property
    def columns(self) -> Ints:
        """Their numbers."""
        return np.arange(self.first, self.first + self.n)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one limit: entries by row, column, value; limits of the rows; the unit that each speaks of."""

    limit: Limit
    row: Ints
    column: Ints
    value: Floats
    low: Floats
    high: Floats
    unit: Ints


@dataclass(frozen=True, eq=False)
class Model:
    """The model.

    Parameters
    ----------
    blocks
        Columns by kind: ``pile`` (site by site, each product in turn), ``site``, ``township``, ``served``, ``new``,
        ``pool``.
    matrix, low, high
        Rows with their limits.
    limit, unit
        Of each row: place in ``LIMITS``, and which city, county, product, site or stretch it speaks of.
    people
        Of each column, what it serves.
    base
        What is served by the piles that stand, where no gun is counted.
    place, site
        Where guns are counted: place and site of each column ``served``.
    new
        Site of each column ``new``: sites too near to another new one.
    """

    blocks: dict[str, Block]
    matrix: csr_array
    low: Floats
    high: Floats
    limit: Ints
    unit: Ints
    people: Floats
    base: float
    place: Ints
    site: Ints
    new: Ints

    @property
    def n(self) -> int:
        """Number of columns."""
        return len(self.people)

    def program(self, cost: Floats, *, relaxed: bool, without: Limit | None = None) -> highs.Program:
        """The program with an aim, with or without whole columns, or without one limit."""
        lower = np.concatenate([block.lower for block in self.blocks.values()])
        upper = np.concatenate([block.upper for block in self.blocks.values()])
        whole = np.concatenate(
            [np.full(block.n, block.whole and not relaxed) for block in self.blocks.values()]
        )
        free = self.limit == (LIMITS.index(without) if without else -1)
        return highs.Program(
            self.matrix, np.where(free, -math.inf, self.low), np.where(free, math.inf, self.high), cost, lower,
            upper, whole, maximise=True,
        )  # fmt: skip

    def at_least(self, cost: Floats, least: float) -> Model:
        """The model with a row more: ``cost`` is at least so much."""
        from scipy.sparse import csr_array, vstack

        return replace(
            self,
            matrix=vstack([self.matrix, csr_array(cost[None, :])], format="csr"),
            low=np.append(self.low, least),
            high=np.append(self.high, math.inf),
            limit=np.append(self.limit, LIMITS.index(Limit.OF_ITSELF)),
            unit=np.append(self.unit, 0),
        )

    def bounded(self, kind: str, lower: Floats, upper: Floats) -> Model:
        """The model with other limits of the columns of one kind."""
        block = replace(self.blocks[kind], lower=lower, upper=upper)
        return replace(self, blocks={**self.blocks, kind: block})

    @property
    def townships(self) -> Floats:
        """Of each column, the townships that it gives a pile."""
        cost = np.zeros(self.n)
        cost[self.blocks["township"].columns] = 1.0
        return cost


@dataclass(frozen=True, eq=False)
class Served:
    """What is served: columns with what each counts, and the rows that tie them to piles.

    Parameters
    ----------
    people, upper
        Of each column: what one unit of it counts, and the most units.
    place, site
        Entries: a column of each place, or an arc, and the site that it hangs on.
    base
        What is served already.
    """

    people: Floats
    upper: Floats
    place: Ints
    site: Ints
    base: float
