"""Which township gets which answer, and where its stations may stand."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chargegeo.sample import designs

if TYPE_CHECKING:
    import pandas

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# metres: how far a station keeps from the border, where its township is wide enough, and from other stations
INSET = 300.0
SPACING = (60.0, 250.0)
# metres: the ladder asks for 5 km from the seat; nobody stands near enough to that line to be in doubt
NEAR, FAR = 4700.0, 5300.0
# tries a township, enough for the most crowded one after those too close together are dropped
TRIES = 160
POPULATION = 98_000_000
PEOPLE = {"subdistrict": 60_000, "town": 45_000, "township": 28_000, "other": 6_000}


class Pool(NamedTuple):
    """Places for stations, sorted by unit, and within a unit in the order of use.

    Of a place: ``unit``, ``xy`` in metres, ``distance`` to the seat in metres. Of a unit: ``seat`` in metres,
    ``first`` (index of its first place) and ``size`` (how many it has).
    """

    unit: Ints
    xy: Floats
    distance: Floats
    seat: Floats
    first: Ints
    size: Ints


def places(cells: NDArray[Any], rng: np.random.Generator) -> Pool:
    """Places for stations and a seat in each cell (metres), in chance order.

    A place lies at least 300 m from the border (or 0.4 of the radius of the largest circle that fits) and
    apart from all others.
    """
    import shapely

    size = np.sqrt(shapely.area(cells))
    radius = shapely.length(shapely.maximum_inscribed_circle(cells, tolerance=size / 20))
    safe = shapely.buffer(cells, -np.minimum(INSET, 0.4 * radius), quad_segs=2)
    shapely.prepare(safe)
    west, south, east, north = shapely.bounds(safe).T[:, :, None]
    u, v = rng.random((2, len(cells), TRIES))
    xy = np.stack([west + u * (east - west), south + v * (north - south)], axis=-1).reshape(-1, 2)
    unit = np.repeat(np.arange(len(cells)), TRIES)
    inside = shapely.contains_xy(safe[unit], xy[:, 0], xy[:, 1])
    unit, xy = unit[inside], xy[inside]
    apart = _apart(xy, np.clip(0.03 * size, *SPACING)[unit])
    return _with_seats(cells, unit[apart], xy[apart], size, rng)


def _apart(xy: Floats, spacing: Floats) -> NDArray[np.bool_]:
    """Whether no place with a lower index is nearer than the spacing of either."""
    from scipy.spatial import cKDTree

    early, late = cKDTree(xy).query_pairs(SPACING[1], output_type="ndarray").T
    too_near = np.hypot(*(xy[early] - xy[late]).T) < np.maximum(spacing[early], spacing[late])
    kept = np.ones(len(xy), dtype=bool)
    kept[late[too_near]] = False
    return kept


def _with_seats(cells: NDArray[Any], unit: Ints, xy: Floats, size: Floats, rng: np.random.Generator) -> Pool:
    """Take the place nearest to a point somewhat off the middle as the seat."""
    import shapely

    middle = shapely.get_coordinates(shapely.centroid(cells))
    middle = middle + rng.normal(scale=0.12, size=middle.shape) * size[:, None]
    off = np.hypot(*(xy - middle[unit]).T)
    order = np.lexsort((off, unit))
    first = np.searchsorted(unit[order], np.arange(len(cells)))
    seat = xy[order[first]]
    free = np.ones(len(xy), dtype=bool)
    free[order[first]] = False
    return _pool(unit[free], xy[free], seat)


def _pool(unit: Ints, xy: Floats, seat: Floats) -> Pool:
    counted = np.bincount(unit, minlength=len(seat))
    distance = np.hypot(*(xy - seat[unit]).T)
    return Pool(unit, xy, distance, seat, np.cumsum(counted) - counted, counted)


def choose(units: "pandas.DataFrame", pool: Pool, rng: np.random.Generator) -> NDArray[np.str_]:
    """Design of each unit: the poor ones where it is remote, by exact shares of each kind of unit."""
    kind = units["kind"].to_numpy()
    score = _remoteness(units["city_code"].to_numpy(), pool.seat) + rng.gumbel(scale=0.5, size=len(units))
    design = np.full(len(units), "full", dtype="U20")
    for name, shares in designs.SHARES.items():
        rows = np.flatnonzero(kind == name)
        rows = rows[np.argsort(-score[rows], kind="stable")]
        ends = np.round(np.cumsum(list(shares.values())) * len(rows)).astype(int)
        design[rows[: ends[-1]]] = np.repeat(list(shares), np.diff(ends, prepend=0))
    far = np.bincount(pool.unit[pool.distance > FAR], minlength=len(units)) > 0
    able = np.flatnonzero((design == "full") & far)
    design[rng.choice(able, size=round(designs.FAR_SHARE * len(able)), replace=False)] = "far"
    return design


def _remoteness(city: NDArray[Any], seat: Floats) -> Floats:
    """Distance to the middle of the city's seats, from 0 to about 1."""
    which = np.unique(city, return_inverse=True)[1]
    counted = np.bincount(which)
    middle = np.stack([np.bincount(which, weights=axis) / counted for axis in seat.T], axis=1)
    away = np.hypot(*(seat - middle[which]).T)
    return np.asarray(away / away.max())


def in_order(pool: Pool, design: NDArray[np.str_]) -> Pool:
    """Put first, in each unit, the place that its first station needs: near the seat, or far from it."""
    of = design[pool.unit]
    key = np.where(of == "full", pool.distance, np.where(of == "far", -pool.distance, 0.0))
    best = np.lexsort((key, pool.unit))[pool.first]
    turn = np.arange(len(pool.unit), dtype=np.int64)
    turn[best] = -1
    order = np.lexsort((turn, pool.unit))
    return _pool(pool.unit[order], pool.xy[order], pool.seat)


def people(kind: NDArray[Any], rng: np.random.Generator) -> Ints:
    """Made-up population of each unit; the sum is that of the province, near enough."""
    drawn = rng.lognormal(sigma=0.45, size=len(kind)) * np.vectorize(PEOPLE.__getitem__)(kind)
    return np.asarray(np.round(drawn * POPULATION / drawn.sum(), -1), dtype=np.int64)
