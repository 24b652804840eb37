"""Which datum raw coordinates are in, from what speaks for each: advice only, nothing is converted here.

Two kinds of evidence are counted in distinct positions, not in rows, so that one place written a thousand times
is one witness. Boundaries: under the right datum stations lie in the township or county they state, or at least
in some unit. Grid: map services hand out six decimals, so positions that fall on that grid when shifted to
another datum were converted from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chargegeo import datum as datums
from chargegeo.clean.ground import Ground, canonical
from chargegeo.errors import Fault, SchemaFault
from chargegeo.vocab import Datum

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from chargegeo.region import Region

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Flags = np.ndarray[Any, np.dtype[np.bool_]]
    Ints = np.ndarray[Any, np.dtype[Any]]

Confidence = Literal["certain", "probable", "unknown"]
COLUMNS = (
    "group", "datum", "n", "n_places", "share_in_stated", "share_in_any", "on_grid", "n_for", "n_against",
    "score", "best", "mixed", "confidence", "reason",
)  # fmt: skip

# CGCS2000 is WGS-84 here: they differ by less than a metre
_DATUMS = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
_UNKNOWN = -1
_STEP = 1e-6  # degrees: the grid of six decimals
_OFF_GRID = 0.06  # of a step; seven decimals are rounded by up to 0.05
_BY_CHANCE = 0.05  # (2 * 0.06)^2 for each of up to three ways to a grid, rounded up
_GRID_LEAST, _GRID_SHARE, _GRID_P = 5, 0.1, 1e-6
# votes for and against as if by a coin: how seldom, and how one-sided
_CERTAIN = (1e-4, 0.9)
_PROBABLE = (1e-2, 0.8)
_MIXED = (1e-3, 0.8)


@dataclass(frozen=True)
class _Evidence:
    """Of m distinct places and the three datums: 1 fits, 0 does not, -1 says nothing; and the places themselves."""

    places: pd.DataFrame
    stated: Ints
    within: Ints
    grid: Flags

    def of(self, rows: Ints) -> _Evidence:
        return _Evidence(self.places.iloc[rows], self.stated[rows], self.within[rows], self.grid[rows])


def detect_datum(
    stations_or_points: pd.DataFrame,
    region: Region,
    *,
    units: gpd.GeoDataFrame | None = None,
    by: str | None = None,
) -> pd.DataFrame:
    """Which datum fits raw coordinates best, how sure that is, and whether two are mixed.

    For every pair of datums the places count that fit one and not the other; a sign test says whether that
    could be chance. A second datum is said to be mixed in if more of the places that the best one fails fit
    it than fit the same shift the other way round, which is what errors of boundaries and codes would do.
    Codes that were themselves derived from the positions can contradict the share that lies in any unit; then
    the latter is believed, and the answer is at most probable.

    Parameters
    ----------
    stations_or_points
        n rows: ``lon`` and ``lat`` (degrees as in the file) or points; where known ``county_code`` and
        ``town_code``. Rows without a position do not count.
    region
        Its county polygons are used where no units are given, its zones are counted with their host.
    units
        Contract ``units``, boundaries in CGCS2000.
    by
        Column whose values are judged apart too, for example the operator.

    Returns
    -------
    Three rows (wgs84, gcj02, bd09) for the file (``group`` null) and for each value of ``by``, sorted:
    ``n`` rows and ``n_places`` distinct places with a position; ``share_in_stated``, ``share_in_any``
    and ``on_grid`` are shares of places, null where there is nothing to hold them against; ``score`` is the
    share of places that fit; ``n_for`` and ``n_against`` are the places that decide between this datum and
    the best one (for the best: its closest rival); ``mixed`` marks the datums of a mixture; ``confidence``
    and ``reason`` (grid, stated, inside, codes_follow_positions, mixed, few, nothing) hold for the group.

    Raises
    ------
    chargegeo.errors.SchemaFault
        No positions, or no column ``by``.
    """
    import numpy as np
    import pandas as pd

    rows = _rows(stations_or_points, region, by)
    ground = Ground.of(region, units)
    keys = ["lon", "lat", "town", "county"]
    place = rows.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(place, return_index=True)
    evidence = _evidence(rows[keys].iloc[first].reset_index(drop=True), ground)
    parts = [_judge(None, place, evidence, ground)]
    if by is not None:
        for group, members in rows.groupby("group", sort=True).indices.items():
            parts.append(_judge(str(group), place[members], evidence, ground))
    table = pd.concat(parts, ignore_index=True)
    return table.astype({"group": "str", "datum": "str", "confidence": "str", "reason": "str"})[list(COLUMNS)]


def _rows(given: pd.DataFrame, region: Region, by: str | None) -> pd.DataFrame:
    """Rows with a position: degrees, stated codes in canonical form, group."""
    import numpy as np
    import pandas as pd

    asked = [by] if by is not None else []
    if not hasattr(given, "geometry"):
        asked = ["lon", "lat", *asked]
    if missing := [name for name in asked if name not in given]:
        listed = ", ".join(map(str, given.columns))
        raise SchemaFault(*(Fault("missing_column", column=n, params={"columns": listed}) for n in missing))
    if "lon" in given and "lat" in given:
        lon, lat = (
            pd.to_numeric(given[axis], errors="coerce").to_numpy("float64") for axis in ("lon", "lat")
        )
    else:
        import shapely

        points = given["geometry"].to_numpy()
        lon, lat = shapely.get_x(points), shapely.get_y(points)
    frame = pd.DataFrame({"lon": lon, "lat": lat, **canonical(given, region)})
    if by is not None:
        frame["group"] = given[by].astype("str").fillna("").to_numpy()
    placed: pd.DataFrame = frame.loc[np.isfinite(lon) & np.isfinite(lat)].reset_index(drop=True)
    return placed


def _evidence(places: pd.DataFrame, ground: Ground) -> _Evidence:
    import numpy as np

    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    found = [ground.fits(places, *datums.to_wgs84(lon, lat, datum)) for datum in _DATUMS]
    stated, within = (np.stack([one[i] for one in found], axis=1) for i in (0, 1))
    # where some codes are known, a place with an unknown one may rightly lie outside: it says nothing
    if (stated != _UNKNOWN).any():
        coded = places[["town", "county"]].notna().any(axis=1).to_numpy()
        within = np.where((coded & (stated[:, 0] == _UNKNOWN))[:, None], _UNKNOWN, within)
    return _Evidence(places, stated, within, _grid(lon, lat))


def _grid(lon: Floats, lat: Floats) -> Flags:
    """Places that are on the grid of another datum if they are in this one, and in this one only."""
    import numpy as np

    found = np.zeros((len(lon), len(_DATUMS)), dtype=bool)
    for i, datum in enumerate(_DATUMS):
        exact = datums.to_wgs84(lon, lat, datum)
        for origin in _DATUMS:
            if origin is not datum:
                found[:, i] |= _on_grid(*datums.from_wgs84(*exact, origin))
    found[:, 0] |= _on_grid(*_before_one_step(lon, lat))
    return np.asarray(found & (found.sum(axis=1) == 1)[:, None])


def _on_grid(lon: Floats, lat: Floats) -> Flags:
    import numpy as np

    off = [np.abs(axis / _STEP - np.round(axis / _STEP)) for axis in (lon, lat)]
    return np.asarray((off[0] < _OFF_GRID) & (off[1] < _OFF_GRID))


def _before_one_step(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 degrees that the popular inverse of one step, ``2 g - forward(g)``, turns into these degrees."""
    x, y = lon, lat
    for _ in range(6):
        shifted = datums.from_wgs84(x, y, Datum.GCJ02)
        x, y = lon + (shifted[0] - x), lat + (shifted[1] - y)
    return x, y


def _judge(group: str | None, rows: Ints, everything: _Evidence, ground: Ground) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    evidence = everything.of(np.unique(rows))
    places = np.where(evidence.stated != _UNKNOWN, evidence.stated, evidence.within)
    by_grid = _grid_speaks(evidence)
    # a place on a grid speaks for one datum only, whatever boundaries say
    fits = np.where(by_grid.any(axis=1, keepdims=True), by_grid.astype(np.intp), places)
    best = _best(fits)
    confidence, reason = _confidence(fits, best), "stated" if (evidence.stated == 1).any() else "inside"
    second: list[int] = []
    if by_grid.any():
        reason = "grid"
    elif (other := _contradicted(evidence, best)) is not None:
        fits, best, reason = evidence.within, other, "codes_follow_positions"
        confidence = "unknown" if _confidence(fits, best) == "unknown" else "probable"
    if reason != "codes_follow_positions" and best is not None:
        second = _second(evidence, fits, best, by_grid, ground)
    if second:
        confidence, reason = "unknown", "mixed"
    elif confidence == "unknown":
        reason = "few" if (fits != _UNKNOWN).any() else "nothing"
    votes = [_votes(fits, h, _rival(fits, h, best)) for h in range(len(_DATUMS))]
    return pd.DataFrame(
        {
            "group": [group] * len(_DATUMS),
            "datum": [str(datum) for datum in _DATUMS],
            "n": len(rows),
            "n_places": len(evidence.grid),
            "share_in_stated": _shares(evidence.stated),
            "share_in_any": _shares(evidence.within),
            "on_grid": _shares(evidence.grid.astype(np.intp)),
            "n_for": [vote[0] for vote in votes],
            "n_against": [vote[1] for vote in votes],
            "score": _shares(fits),
            "best": [h == best for h in range(len(_DATUMS))],
            "mixed": [bool(second) and h in (best, *second) for h in range(len(_DATUMS))],
            "confidence": confidence,
            "reason": reason,
        }
    )


def _shares(fits: Ints) -> Floats:
    """Share of places that fit, a datum each, among those that say something."""
    import numpy as np

    told = (fits != _UNKNOWN).sum(axis=0)
    return np.where(told > 0, (fits == 1).sum(axis=0) / np.maximum(told, 1), np.nan)


def _grid_speaks(evidence: _Evidence) -> Flags:
    """Places on a grid, for the datums of which more are than chance would put there."""
    import numpy as np
    from scipy import stats

    n = evidence.grid.sum(axis=0)
    total = len(evidence.grid)
    speaks = (n >= _GRID_LEAST) & (n >= _GRID_SHARE * total)
    speaks &= stats.binom.sf(n - 1, total, _BY_CHANCE) <= _GRID_P
    return np.asarray(evidence.grid & speaks)


def _best(fits: Ints) -> int | None:
    """Datum that most places fit; none where two are equal."""
    import numpy as np

    right = (fits == 1).sum(axis=0)
    best = int(np.argmax(right))
    return best if (right == right[best]).sum() == 1 else None


def _rival(fits: Ints, of: int, best: int | None) -> int:
    """The datum to hold this one against: the best, for the best the one that most places fit beside it."""
    if best is not None and of != best:
        return best
    right = (fits == 1).sum(axis=0)
    return max((h for h in range(len(_DATUMS)) if h != of), key=lambda h: (right[h], -h))


def _votes(fits: Ints, one: int, other: int) -> tuple[int, int]:
    """Places that fit one and not the other, and the other way round."""
    a, b = fits[:, one], fits[:, other]
    return int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())


def _passes(votes: tuple[int, int], level: tuple[float, float]) -> bool:
    from scipy import stats

    won, total = votes[0], sum(votes)
    return won > 0 and won / total >= level[1] and stats.binom.sf(won - 1, total, 0.5) <= level[0]


def _confidence(fits: Ints, best: int | None) -> Confidence:
    if best is None:
        return "unknown"
    against = [_votes(fits, best, h) for h in range(len(_DATUMS)) if h != best]
    if all(_passes(votes, _CERTAIN) for votes in against):
        return "certain"
    return "probable" if all(_passes(votes, _PROBABLE) for votes in against) else "unknown"


def _contradicted(evidence: _Evidence, best: int | None) -> int | None:
    """Datum that lies in any unit far more often than the one that the stated codes speak for."""
    other = _best(evidence.within)
    if best is None or other is None or other == best:
        return None
    return other if _passes(_votes(evidence.within, other, best), _CERTAIN) else None


def _second(evidence: _Evidence, fits: Ints, best: int, by_grid: Flags, ground: Ground) -> list[int]:
    """Datums of the places that the best one fails, most places first."""
    import numpy as np

    found: list[int] = []
    failed = fits[:, best] == 0
    others = [h for h in range(len(_DATUMS)) if h != best]
    for h in sorted(others, key=lambda h: -int((failed & (fits[:, h] == 1)).sum())):
        won = int((failed & (fits[:, h] == 1)).sum())
        # the cheap half of the test first
        if not _passes((won, 0), _MIXED):
            continue
        chance = _mirrored(evidence, np.flatnonzero(failed & ~by_grid.any(axis=1)), best, h, ground)
        if _passes((won, chance), _MIXED):
            found.append(h)
            failed = failed & (fits[:, h] != 1)
    return found


def _mirrored(evidence: _Evidence, rows: Ints, best: int, other: int, ground: Ground) -> int:
    """Places among those rows that would fit if the other datum shifted them the opposite way."""
    import numpy as np

    places = evidence.places.iloc[rows]
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    here, there = (datums.to_wgs84(lon, lat, _DATUMS[h]) for h in (best, other))
    stated, within = ground.fits(places, 2 * here[0] - there[0], 2 * here[1] - there[1])
    return int((np.where(stated != _UNKNOWN, stated, within) == 1).sum())
