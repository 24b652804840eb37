"""WGS-84, CGCS2000, GCJ-02, BD-09: the four datums of Chinese longitudes and latitudes.

In come arrays of degrees and the stated datum, out come arrays of degrees in WGS-84 (or back). GCJ-02 is what
Amap and Tencent hand out, BD-09 what Baidu does; CGCS2000 and WGS-84 differ by less than a metre and count as
one. This room never guesses a datum and never reads a table.

Notes
-----
GCJ-02 is not published by its makers. The formula is the public reverse-engineered one (Krasovsky ellipsoid,
a = 6 378 245 m, e2 = 0.00669342162296594323, sums of sines), as it stands in the free libraries
*eviltransform*, *gcoord* and *PRCoords*; BD-09 is the public step on top of it. Against points converted by
Amap's own service the formula is off by 0.13 m (median) and 2.4 m (most) in Henan. The inverse is a
fixed-point iteration on the forward formula (the shift changes by less than 2 % of a step), about 1e-9 m from
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.errors import CrsFault, Fault
from chargegeo.vocab import Datum

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Degrees = NDArray[np.float64]
    Pair = tuple[Degrees, Degrees]

# the box in which the services shift coordinates: west, south, east, north
CHINA = (72.004, 0.8293, 137.8347, 55.8271)

_AXIS_M = 6378245.0
_ECC2 = 0.00669342162296594323
_ITERATIONS = 6
_SHIFTED = frozenset({Datum.GCJ02, Datum.BD09})


def parse(word: str) -> Datum:
    """The datum that a word names.

    Raises
    ------
    CrsFault
        With the words that are known.
    """
    try:
        return Datum(word)
    except ValueError:
        raise CrsFault(Fault("unknown_datum", value=word, params={"known": ", ".join(Datum)})) from None


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum | str) -> Pair:
    """Degrees of a stated datum as WGS-84.

    Parameters
    ----------
    lon, lat
        Degrees, of any one shape; NaN stays NaN.
    datum
        Datum of the input. WGS-84 and CGCS2000 come back as they are, and so do points outside :data:`CHINA`.

    Returns
    -------
    New arrays of float64 of the same shape; within 1e-8 m of the exact inverse of :func:`from_wgs84`.

    Raises
    ------
    CrsFault
        If the datum is not one of the four words.
    """
    datum = parse(datum)
    given = _pair(lon, lat)
    found = given
    if datum in _SHIFTED:
        for _ in range(_ITERATIONS):
            shift = _shift(*found, datum)
            found = given[0] - shift[0], given[1] - shift[1]
    return np.array(found[0]), np.array(found[1])


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum | str) -> Pair:
    """Degrees in WGS-84 as a stated datum, for example to compare with a shifted base map.

    Parameters
    ----------
    lon, lat
        Degrees, of any one shape; NaN stays NaN.
    datum
        Datum of the output. For WGS-84, CGCS2000 and points outside :data:`CHINA` nothing changes.

    Returns
    -------
    New arrays of float64 of the same shape.

    Raises
    ------
    CrsFault
        If the datum is not one of the four words.
    """
    datum = parse(datum)
    found = _pair(lon, lat)
    if datum in _SHIFTED:
        shift = _shift(*found, datum)
        found = found[0] + shift[0], found[1] + shift[1]
    return np.array(found[0]), np.array(found[1])


def _pair(lon: ArrayLike, lat: ArrayLike) -> Pair:
    pair = np.broadcast_arrays(np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64"))
    return pair[0], pair[1]


def _shift(lon: Degrees, lat: Degrees, datum: Datum) -> Pair:
    """Degrees to add to WGS-84; zero outside the box and for NaN."""
    west, south, east, north = CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    # a value inside the box stands in for all others, so that infinities raise no warning
    x, y = np.where(inside, lon, 105.0), np.where(inside, lat, 35.0)
    dx, dy = _gcj02_shift(x, y)
    if datum is Datum.BD09:
        bx, by = _bd09(x + dx, y + dy)
        dx, dy = bx - x, by - y
    return np.where(inside, dx, 0.0), np.where(inside, dy, 0.0)


def _gcj02_shift(lon: Degrees, lat: Degrees) -> Pair:
    """Degrees that GCJ-02 adds to WGS-84."""
    x, y = lon - 105.0, lat - 35.0
    root, pi = np.sqrt(np.abs(x)), np.pi
    common = 20.0 * np.sin(6.0 * pi * x) + 20.0 * np.sin(2.0 * pi * x)
    north = (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + 2.0
        / 3.0
        * (
            common
            + 20.0 * np.sin(pi * y)
            + 40.0 * np.sin(pi / 3.0 * y)
            + 160.0 * np.sin(pi / 12.0 * y)
            + 320.0 * np.sin(pi / 30.0 * y)
        )
    )
    east = (
        300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + 2.0
        / 3.0
        * (
            common
            + 20.0 * np.sin(pi * x)
            + 40.0 * np.sin(pi / 3.0 * x)
            + 150.0 * np.sin(pi / 12.0 * x)
            + 300.0 * np.sin(pi / 30.0 * x)
        )
    )
    phi = np.radians(lat)
    w2 = 1.0 - _ECC2 * np.sin(phi) ** 2
    meridian = _AXIS_M * (1.0 - _ECC2) / (w2 * np.sqrt(w2))
    parallel = _AXIS_M / np.sqrt(w2) * np.cos(phi)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def _bd09(lon: Degrees, lat: Degrees) -> Pair:
    """BD-09 of GCJ-02 degrees."""
    turn = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def metres_between(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Degrees:
    """Straight distance in metres between places in WGS-84 degrees, of the shape that the arrays broadcast to.

    Local approximation on the GRS80 ellipsoid with the radii of curvature at the middle latitude (Snyder, Map
    Projections, USGS PP 1395, eq. 4-18 and 4-20): within 1e-5 of the geodesic up to 50 km, and ten times
    faster than projecting every place.
    """
    lon, lat, to_lon, to_lat = (np.asarray(item, dtype=np.float64) for item in (lon, lat, to_lon, to_lat))
    a, e2 = 6378137.0, 0.00669438002290
    sin2 = np.sin(np.radians((lat + to_lat) / 2)) ** 2
    curved = 1 - e2 * sin2
    prime = a / np.sqrt(curved)
    north = prime * (1 - e2) / curved * np.radians(lat - to_lat)
    east = prime * np.sqrt(1 - sin2) * np.radians(lon - to_lon)
    metres: Degrees = np.hypot(north, east)
    return metres
