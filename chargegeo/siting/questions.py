"""What a caller asks of a cover model, checked: all faults at once."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from chargegeo.siting.highs import Effort

    Float = NDArray[np.float64]


def accept(*faults: Iterator[Fault]) -> None:
    """Refuse what has a fault."""
    if found := [fault for some in faults for fault in some]:
        raise StudyFault(*found)


def relation(name: str, given: csr_array) -> csr_array:
    """A relation of demand and sites in sparse rows: the given one, or another sparse matrix turned into rows.

    Raises
    ------
    StudyFault
        What is no sparse matrix of numbers; a dense one does not say whether a zero is a way or none.
    """
    from scipy.sparse import csr_array, issparse

    if not issparse(given) or given.ndim != 2 or given.dtype.kind not in "biuf":
        raise StudyFault(Fault("siting_no_relation", column=name, value=type(given).__name__))
    rows = csr_array(given)
    return rows.astype(np.int8) if rows.dtype.kind == "b" else rows


def pairs(name: str, given: csr_array) -> csr_array:
    """A relation of which only what is stored counts, in sparse rows, each pair once; the given one if it is so."""
    from scipy.sparse import csr_array

    rows = relation(name, given)
    if rows.has_canonical_format:
        return rows
    once = csr_array((np.ones(rows.nnz), rows.indices.copy(), rows.indptr.copy()), shape=rows.shape)
    once.sum_duplicates()
    return once


def numbers(name: str, values: ArrayLike, n: int, *, above_zero: bool = False) -> Iterator[Fault]:
    """Faults of ``n`` numbers that must be finite and not below zero."""
    try:
        given = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        yield Fault("siting_not_numbers", column=name, value=type(values).__name__, params={"n": n})
        return
    if given.shape != (n,):
        yield Fault("siting_does_not_fit", column=name, value=given.shape, params={"n": n})
        return
    wrong = ~(np.isfinite(given) & ((given > 0) if above_zero else (given >= 0)))
    if wrong.any():
        at = int(np.argmax(wrong))
        params = {"position": at, "n_wrong": int(wrong.sum())}
        yield Fault("siting_number_broken", column=name, value=float(given[at]), params=params)


def finite(name: str, values: ArrayLike) -> Iterator[Fault]:
    """Faults of numbers that must be finite."""
    given = np.asarray(values)
    wrong = ~np.isfinite(given)
    if wrong.any():
        at = int(np.argmax(wrong))
        params = {"position": at, "n_wrong": int(wrong.sum())}
        yield Fault("siting_number_broken", column=name, value=float(given[at]), params=params)


def sites(name: str, given: ArrayLike | None, n_sites: int) -> Iterator[Fault]:
    """Faults of a list of sites."""
    found = np.atleast_1d(np.asarray([] if given is None else given))
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        yield Fault("siting_sites_not_numbers", column=name, value=str(found.dtype))
    elif np.any((found < 0) | (found >= n_sites)):
        outside = found[(found < 0) | (found >= n_sites)]
        yield Fault("siting_site_outside", column=name, value=outside.tolist(), params={"last": n_sites - 1})


def count(name: str, value: float, least: int, most: float = math.inf) -> Iterator[Fault]:
    """Faults of a whole number."""
    whole = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if not (whole and least <= value <= most):
        wanted = f"{least} <= {name}" + (f" <= {most}" if math.isfinite(most) else "")
        yield Fault("siting_count_broken", column=name, value=_said(value), params={"wanted": wanted})


def _said(value: object) -> object:
    """A number as it is, anything else as a program would write it: nothing is None and no empty text."""
    return value if isinstance(value, Real) else repr(value)


def work(effort: Effort) -> Iterator[Fault]:
    """Faults of time, gap and seed."""
    yield from count("seed", effort.seed, 0)
    for name, value in (("time_limit", effort.time_limit), ("gap", effort.gap)):
        if not (isinstance(value, Real) and value >= 0):
            yield Fault(
                "siting_number_broken", column=name, value=_said(value), params={"position": 0, "n_wrong": 1}
            )


def known(given: ArrayLike | None) -> NDArray[np.int64]:
    """A list of sites, sorted, each once."""
    return np.unique(np.asarray([] if given is None else given, dtype=np.int64))


def mask(given: NDArray[np.int64], n_sites: int) -> NDArray[np.bool_]:
    """Whether each site is in the list."""
    found = np.zeros(n_sites, dtype=np.bool_)
    found[given] = True
    return found


def below(name: str, values: ArrayLike, limit: Float) -> Iterator[Fault]:
    """Faults of numbers that are above their limits."""
    given = np.asarray(values, dtype=np.float64)
    if (over := given > limit).any():
        at = int(np.argmax(over))
        params = {"position": at, "limit": float(limit[at]), "n_wrong": int(over.sum())}
        yield Fault("siting_above_limit", column=name, value=float(given[at]), params=params)
