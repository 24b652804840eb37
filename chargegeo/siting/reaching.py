"""Relations of demand and sites for the cover models, from costs or from a table of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.siting import questions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array


def within_reach(cost: csr_array, *, limit: float = np.inf) -> csr_array:
    """Who can be served from where: a one for each stored cost up to a limit.

    The models of cover take a stored zero for no cover; here a way of zero minutes counts, as
    :func:`chargegeo.access.within` gives it.

    Parameters
    ----------
    cost
        Costs (demand, site), minutes or kilometres, stored where a site is reached.
    limit
        Highest cost that counts, in the unit of the costs.

    Returns
    -------
    Ones (demand, site), sites rising in each row.

    Raises
    ------
    StudyFault
        Costs that are no numbers or below zero.
    """
    from scipy.sparse import csr_array

    cost = questions.relation("cost", cost)
    questions.accept(questions.numbers("cost", cost.data, cost.nnz))
    near = cost.data <= limit
    start = np.concatenate(([0], np.cumsum(near)))[cost.indptr]
    found = csr_array((np.ones(int(near.sum())), cost.indices[near], start), shape=cost.shape)
    found.sum_duplicates()
    found.data[:] = 1.0
    return found


def from_pairs(
    demand: ArrayLike, site: ArrayLike, cost: ArrayLike
) -> tuple[csr_array, NDArray[np.generic], NDArray[np.generic]]:
    """Costs from a table of pairs: its columns of demand, site and cost, one row for each pair.

    Parameters
    ----------
    demand, site
        Keys (k,): codes or numbers, of one kind each.
    cost
        Cost of each pair (k,), not below 0; of a pair that stands twice the lower counts.

    Returns
    -------
    Costs (demand, site), the keys of the rows and those of the columns, both rising. What is in no pair is in
    neither.

    Raises
    ------
    StudyFault
        Columns of unequal length, costs that are no numbers or below zero.
    """
    from scipy.sparse import csr_array

    rows, row = np.unique(np.asarray(demand), return_inverse=True)
    sites, column = np.unique(np.asarray(site), return_inverse=True)
    questions.accept(
        questions.numbers("cost", cost, len(row)),
        questions.numbers("site", np.zeros(len(column)), len(row)),
    )
    given = np.asarray(cost, dtype=np.float64)
    order = np.lexsort((given, column, row))
    row, column, given = row[order], column[order], given[order]
    first = np.append(True, (np.diff(row) != 0) | (np.diff(column) != 0))[: len(row)]
    start = np.append(0, np.cumsum(np.bincount(row[first], minlength=len(rows))))
    return csr_array((given[first], column[first], start), shape=(len(rows), len(sites))), rows, sites
