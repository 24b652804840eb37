"""Who can be served from where, with equal demand rows merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Long = NDArray[np.int64]
    Int = NDArray[np.int32]
    Float = NDArray[np.float64]

KEYS = 20_260_101  # seed of the numbers that tell rows apart; equal rows are compared entry by entry all the same


@dataclass(frozen=True)
class Relation:
    """Distinct rows of a cover relation, by row and by site.

    Parameters
    ----------
    start, site
        Sites of each row: ``site[start[r]:start[r + 1]]``, rising; (m + 1,) and (nnz,).
    begin, row
        Rows of each site: ``row[begin[j]:begin[j + 1]]``, rising; (n + 1,) and (nnz,).
    """

    start: Long
    site: Int
    begin: Long
    row: Int

    @property
    def n_rows(self) -> int:
        """Number of distinct rows."""
        return len(self.start) - 1

    @property
    def n_sites(self) -> int:
        """Number of sites, those without a row too."""
        return len(self.begin) - 1

    def take(self, rows: NDArray[np.bool_], sites: NDArray[np.bool_]) -> Relation:
        """Part with some rows and sites, numbered anew in the same order."""
        length = np.diff(self.start)
        kept = np.repeat(rows, length) & sites[self.site]
        number = (np.cumsum(sites) - 1).astype(np.int32)
        counts = np.add.reduceat(kept, self.start[:-1], dtype=np.int64) if len(length) else length
        counts[length == 0] = 0
        start = np.concatenate(([0], np.cumsum(counts[rows])))
        return of_rows(start, number[self.site[kept]], int(sites.sum()))

    def matrix(self) -> csr_array:
        """The relation as a matrix of ones (row, site)."""
        from scipy.sparse import csr_array

        ones = np.ones(len(self.site))
        return csr_array((ones, self.site, self.start), shape=(self.n_rows, self.n_sites))


def of_rows(start: Long, site: Int, n_sites: int) -> Relation:
    """Relation of these rows, as they are."""
    begin = np.concatenate(([0], np.cumsum(np.bincount(site, minlength=n_sites)))).astype(np.int64)
    row = np.empty(len(site), np.int32)
    kernels.turn(start, site, begin[:-1].copy(), row)
    return Relation(start, site, begin, row)


def plain(cover: csr_array) -> csr_array:
    """The relation with sites rising in each row, once each, and without stored zeros; the given one if it is so."""
    if cover.has_canonical_format and cover.data.all():
        return cover
    copy = cover.copy()
    copy.sum_duplicates()
    copy.eliminate_zeros()
    return copy


def merged(start: Long, site: Int, n_sites: int, *weights: Float) -> tuple[Relation, list[Float]]:
    """Distinct rows that some site covers and some weight counts, in an order of their own; sums of the weights.

    The result does not depend on the order of the rows: equal rows are added by rising weight.
    """
    keys = np.random.default_rng(KEYS).integers(0, 2**63, n_sites, dtype=np.uint64)
    mark = kernels.marks(start, site, keys)
    used = np.diff(start) > 0
    if weights:
        used &= np.any([weight > 0 for weight in weights], axis=0)
    kept = np.flatnonzero(used)
    length, first = np.diff(start)[kept], site[start[kept]]
    order = kept[np.lexsort((*(weight[kept] for weight in weights), mark[kept], length, first))]
    new = kernels.differ(start, site, order)
    heads, at = order[new], np.flatnonzero(new)
    sums = [np.add.reduceat(weight[order], at) if len(at) else weight[:0] for weight in weights]
    lengths = np.diff(start)[heads]
    first_of = np.concatenate(([0], np.cumsum(lengths)))
    taken = np.empty(first_of[-1], np.int32)
    kernels.copy_rows(start, site, heads, taken)
    return of_rows(first_of, taken, n_sites), sums
