"""Supply per head by floating catchments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from chargegeo.access.asked import amounts, limit_of
from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    Decay = Literal["none", "gaussian"] | Sequence[tuple[float, float]]

DECAYS = ("none", "gaussian")


def supply(
    costs: csr_array, supply: ArrayLike, demand: ArrayLike, *, limit: float, decay: Decay = "none"
) -> NDArray[np.float64]:
    """Supply per head of every origin: what its sites offer, shared with all who reach them.

    First each site's supply is divided by the demand within its reach, weighted by decay; then each origin adds
    up the ratios of the sites that it reaches, weighted likewise (two-step floating catchment area, Luo and
    Wang 2003; bands after Luo and Qi 2009; Gaussian decay after Dai 2010). Demand times result adds up to the
    supply of the sites that anyone reaches.

    Parameters
    ----------
    costs
        float64 (origins, sites), as :func:`chargegeo.access.within` gives them, at least up to ``limit``.
    supply
        float64 a site: guns, or kilowatts.
    demand
        float64 an origin: people, or vehicles; zero is an origin where nobody lives, and it has an answer too.
    limit
        Highest cost that counts, in the unit of ``costs``.
    decay
        ``none`` (every cost within the limit counts as one), ``gaussian`` (from one at no cost to zero at the
        limit), or bands: highest cost, in rising order, and weight of each; beyond the last nothing counts.

    Returns
    -------
    float64 (origins): zero where no site is within reach; null where all sites in reach are reached by no
    demand at all, for there is no head to share among.

    Raises
    ------
    StudyFault
        ``amounts_do_not_fit``, ``amount_broken``, ``limit_broken``, ``unknown_decay``, ``bands_broken``.
    """
    n_origins, n_sites = costs.shape
    if faults := amounts("supply", supply, n_sites) + amounts("demand", demand, n_origins):
        raise StudyFault(*faults)
    weights = costs.copy()
    weights.data = _weights(costs.data, limit_of(limit), decay)
    weights.eliminate_zeros()
    heads = weights.T @ np.asarray(demand, dtype=np.float64)
    shared = heads > 0
    ratio = np.divide(np.asarray(supply, dtype=np.float64), heads, out=np.zeros(n_sites), where=shared)
    found: NDArray[np.float64] = weights @ ratio
    of_any = np.diff(weights.indptr) > 0
    found[of_any & ~(weights.astype(bool) @ shared)] = np.nan
    return found


def _weights(cost: NDArray[np.float64], limit: float, decay: Decay) -> NDArray[np.float64]:
    """Weight of each cost."""
    if not isinstance(decay, str):
        return np.where(cost <= limit, _banded(cost, decay), 0.0)
    if decay not in DECAYS:
        raise StudyFault(Fault("unknown_decay", value=decay, params={"known": ", ".join(DECAYS)}))
    if decay == "none":
        return (cost <= limit).astype(np.float64)
    floor = np.exp(-0.5)
    return np.where(cost <= limit, (np.exp(-0.5 * (cost / limit) ** 2) - floor) / (1 - floor), 0.0)


def _banded(cost: NDArray[np.float64], bands: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    table = np.asarray(bands, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 2 or not len(table) or not _in_order(table):
        raise StudyFault(Fault("bands_broken", value=bands))
    upto, weight = table.T
    found: NDArray[np.float64] = np.append(weight, 0.0)[np.searchsorted(upto, cost)]
    return found


def _in_order(table: NDArray[np.float64]) -> bool:
    upto, weight = table.T
    return bool(np.isfinite(table).all() and (np.diff(upto, prepend=0) > 0).all() and (weight >= 0).all())
