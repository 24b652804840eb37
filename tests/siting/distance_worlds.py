"""Random worlds and oracles for the models of distance: every choice of sites is tried."""

from itertools import combinations

import numpy as np
from scipy.sparse import csr_array


def sparse(dense):
    """Stored where a distance is known; a distance of 0 is stored too."""
    place, site = np.nonzero(~np.isnan(dense))
    first = np.append(0, np.cumsum(np.bincount(place, minlength=len(dense))))
    return csr_array((dense[place, site], site, first), shape=dense.shape)


def random_distances(rng, most_sites=9, most_places=12, lacking=0.3):
    """Whole distances with ties and zeros, some pairs out of reach."""
    shape = int(rng.integers(1, most_places + 1)), int(rng.integers(1, most_sites + 1))
    dense = rng.integers(0, 12, size=shape).astype(float)
    dense[rng.random(shape) < lacking * rng.random()] = np.nan
    return dense


def choices(n, p, fixed=()):
    """Every choice of p sites that holds the fixed ones."""
    return [choice for choice in combinations(range(n), p) if set(fixed) <= set(choice)]


def cost_of(dense, weight, choice, unserved=None):
    """Weighted distance to the nearest site, place by place; null if one is not served."""
    total = 0.0
    for row, w in zip(dense, weight, strict=True):
        near = [row[j] for j in choice if not np.isnan(row[j])]
        if unserved is not None:
            near.append(unserved)
        if not near:
            return None
        total += w * min(near)
    return total


def least_cost(dense, weight, p, fixed=(), unserved=None):
    """Least cost over every choice, or null."""
    found = [cost_of(dense, weight, choice, unserved) for choice in choices(dense.shape[1], p, fixed)]
    return min((cost for cost in found if cost is not None), default=None)


def least_farthest(dense, p, fixed=()):
    """Least distance of the farthest place over every choice, or null."""
    found = []
    for choice in choices(dense.shape[1], p, fixed):
        near = [[row[j] for j in choice if not np.isnan(row[j])] for row in dense]
        if all(near):
            found.append(max(min(some) for some in near))
    return min(found, default=None)
