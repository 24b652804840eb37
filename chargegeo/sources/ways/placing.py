"""Degrees of places in any coordinate reference, and texts as coded words: shared by graphs and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import errors
from chargegeo.sources.ways.raw import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chargegeo.sources.raw import Source

    Array = np.ndarray[Any, np.dtype[Any]]

_AXIS_M = 6378137.0
"""Semi-major axis of WGS 84 and of CGCS2000."""


def degrees(source: Source, stated: str, places: Array, *, column: str | None = None) -> Array:
    """Longitude and latitude of places in a stated coordinate reference.

    Parameters
    ----------
    source
        The file, for messages.
    stated
        The reference as the file states it.
    places
        float64 (n, 2): x and y.
    column
        What states the reference, for messages.

    Returns
    -------
    float64 (n, 2) in WGS-84 degrees; places in degrees of WGS 84 or CGCS2000 come back as they are.

    Raises
    ------
    CrsFault
        If the reference is unknown, or if it says degrees and the numbers are none.
    """
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(stated)
    except CRSError:
        raise errors.CrsFault(source.fault("unknown_crs", column=column, value=stated)) from None
    if not (crs.is_geographic or crs.is_projected):
        raise errors.CrsFault(source.fault("unknown_crs", column=column, value=stated))
    same = crs.ellipsoid is not None and crs.ellipsoid.semi_major_metre == _AXIS_M
    found = places
    if not (crs.is_geographic and same):
        if crs.is_geographic:
            _within(source, stated, places, column)
        change = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        found = np.column_stack(change.transform(places[:, 0], places[:, 1]))
    _within(source, stated, found, column)
    return found


def _within(source: Source, stated: str, places: Array, column: str | None) -> None:
    beyond = ~((np.abs(places[:, 0]) <= 180) & (np.abs(places[:, 1]) <= 90))
    if beyond.any():
        x, y = places[np.flatnonzero(beyond)[0]]
        params: dict[str, object] = {"crs": errors.shorten(stated), "count": int(beyond.sum())}
        raise errors.CrsFault(
            source.fault("not_degrees", column=column, value=f"{x:g}, {y:g}", params=params)
        )


def words(columns: Mapping[str, Sequence[str | None]]) -> dict[str, Words]:
    """Texts of each key as coded words in the order in which they are first met; a key without any is left out."""
    tags = {}
    for key, texts in columns.items():
        book = {text: code for code, text in enumerate(dict.fromkeys(each for each in texts if each))}
        if book:
            codes = np.array([book.get(text or "", -1) for text in texts], dtype=np.int32)
            tags[key] = Words(codes, tuple(str(word) for word in book))
    return tags
