"""Stations of different ids that may be one: pairs scored by distance, names, operators and counts."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.clean import lexicon

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from chargegeo.region import Region

    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]

# distance at which the score has fallen to 1/e
SCALE_M = 100.0
# stations of one square of the search distance that are compared
DENSE = 40
# what a part counts for where it is not known
NAME_UNKNOWN, OPERATOR_UNKNOWN = 0.5, 0.8
# one company goes by several names that share no letter
OPERATOR_LEAST = 0.3
# names that differ in a number or side only are those of neighbours, more often than not
APART = 0.5
COUNT_WEIGHT = 0.4
_LETTERS = 64
_SIMILAR = 0.5


def same_site(
    stations: gpd.GeoDataFrame, region: Region, *, within_m: float = 250, at_least: float = 0.25
) -> pd.DataFrame:
    """Pairs of stations that may be one site under two ids: listed, never merged.

    Parameters
    ----------
    stations
        Contract table ``stations``; those without a position are not compared.
    region
        Its equal-area projection measures, its ``same_site_m`` is "the same place".
    within_m
        Pairs further apart are not looked at.
    at_least
        Lowest score listed.

    Returns
    -------
    Contract table ``same_site``, highest score first, then distance and ids. The score is
    ``exp(-(metres / 100)^2)`` times the likeness of names, of operators and of counts; ``reason`` says each
    part in a word. Of more than 40 stations in one square of the search distance the first 40 by id are
    compared; a row at the end without a partner tells how many were left out there.
    """
    import pandas as pd

    placed = stations[~(stations.geometry.isna() | stations.geometry.is_empty)]
    placed = placed.sort_values("station_id", ignore_index=True)
    reach = _reach(within_m, at_least)
    xy = _metres(placed, region)
    kept, dense = _thinned(placed, xy, reach)
    pairs = _pairs(xy, kept, reach)
    table = _scored(placed, xy, pairs)
    chosen = table[(table["metres"] <= within_m) & (table["score"] >= at_least)]
    chosen = chosen.assign(reason=_reasons(chosen, region.limits.same_site_m), n_left_out=0)
    chosen = chosen.round({"metres": 2} | dict.fromkeys(_SCORES, 4))
    chosen = chosen.sort_values(["score", "metres", "a", "b"], ascending=[False, True, True, True])
    every = pd.concat([chosen, dense], ignore_index=True) if len(dense) else chosen.reset_index(drop=True)
    return schema.check(schema.conform(every, "same_site"), "same_site")


_SCORES = ("name_score", "operator_score", "count_score", "score")


def _reach(within_m: float, at_least: float) -> float:
    """Distance beyond which no pair can reach the score, whatever else is alike."""
    if at_least <= 0:
        return within_m
    return min(within_m, SCALE_M * math.sqrt(max(0.0, -math.log(at_least))) + 1e-6)


def _metres(placed: gpd.GeoDataFrame, region: Region) -> Floats:
    import numpy as np

    points = placed.geometry.to_crs(region.crs_measure)
    return np.column_stack([points.x, points.y])


def _thinned(placed: gpd.GeoDataFrame, xy: Floats, reach: float) -> tuple[Ints, pd.DataFrame]:
    """Stations that are compared, and a row for each square that has more than are."""
    import numpy as np
    import pandas as pd

    square = pd.DataFrame(np.floor(xy / max(reach, 1.0)), columns=["x", "y"])
    place = square.groupby(["x", "y"]).cumcount()
    over = square.groupby(["x", "y"])["x"].transform("size").gt(DENSE) & place.eq(0)
    left = square.groupby(["x", "y"])["x"].transform("size") - DENSE
    dense = pd.DataFrame(
        {
            "a": placed.loc[over, "station_id"],
            "reason": "dense_place",
            "n_left_out": left[over].astype("int64"),
        }
    )
    return np.flatnonzero(place < DENSE), dense


def _pairs(xy: Floats, kept: Ints, reach: float) -> Ints:
    import numpy as np
    from scipy.spatial import KDTree

    if len(kept) < 2:
        return np.empty((0, 2), dtype=np.int64)
    found = KDTree(xy[kept]).query_pairs(reach, output_type="ndarray")
    return np.take(kept, np.sort(found, axis=1))


def _scored(placed: gpd.GeoDataFrame, xy: Floats, pairs: Ints) -> pd.DataFrame:
    """Every part of the score of each pair; null where a part is not known."""
    import numpy as np
    import pandas as pd

    a, b = pairs[:, 0], pairs[:, 1]
    names, bare = _plain(placed["name"]), _without_marks(placed["name"])
    like = likeness(names, a, b)
    twins = (bare.take(a).array == bare.take(b).array) & (names.take(a).array != names.take(b).array)
    twins &= ~np.isnan(like)
    operators = np.maximum(likeness(_plain(placed["operator"]), a, b), OPERATOR_LEAST)
    n = placed["n_piles"].astype("float64").to_numpy()
    most = np.maximum(n[a], n[b])
    counts = 1 - COUNT_WEIGHT * np.abs(n[a] - n[b]) / np.where(most == 0, 1, most)
    metres = np.hypot(*(xy[a] - xy[b]).T)
    like = np.where(twins, like * APART, like)
    score = (
        np.exp(-((metres / SCALE_M) ** 2))
        * np.where(np.isnan(like), NAME_UNKNOWN, like)
        * np.where(np.isnan(operators), OPERATOR_UNKNOWN, operators)
        * np.where(np.isnan(counts), 1.0, counts)
    )
    ids = placed["station_id"].to_numpy(dtype="object")
    return pd.DataFrame(
        {
            "a": ids[a],
            "b": ids[b],
            "metres": metres,
            "name_score": like,
            "operator_score": operators,
            "count_score": counts,
            "score": score,
            "twins": twins,
        }
    )


def _plain(texts: pd.Series) -> pd.Series:
    """Texts as they are compared: NFKC, lower case, letters and digits only, without words that all have."""
    letters = texts.astype("str").str.normalize("NFKC").str.casefold().str.replace(r"[\W_]+", "", regex=True)
    words = sorted(
        (re.sub(r"\s", "", word) for word in lexicon.words("station_words")), key=len, reverse=True
    )
    bare = letters.str.replace("|".join(map(re.escape, words)), "", regex=True)
    return bare.where(bare != "", letters).str.slice(0, _LETTERS)


def _without_marks(names: pd.Series) -> pd.Series:
    """Plain names without numbers, single letters and sides."""
    marks = "|".join([*map(re.escape, lexicon.words("apart")), "[0-9]+", "(?<![a-z])[a-z](?![a-z])"])
    return _plain(names).str.replace(marks, "", regex=True)


def likeness(texts: pd.Series, a: Ints, b: Ints) -> Floats:
    """Dice coefficient of the sets of neighbouring letters, for pairs of rows; NaN where a text is missing.

    Each text has a mark at either end, so that texts of one letter can be compared too.
    """
    import numpy as np
    from scipy import sparse

    if not len(a):
        return np.empty(0)
    known = (texts.notna() & (texts != "")).to_numpy(dtype=bool)
    ends = "\x02" + texts.fillna("").astype("object") + "\x03"
    distinct, of = np.unique(ends.to_numpy(dtype=str), return_inverse=True)
    letters = distinct.view(np.uint32).reshape(len(distinct), -1).astype(np.int64)
    both = (letters[:, :-1] << 21) | letters[:, 1:]
    row, column = np.nonzero((letters[:, :-1] != 0) & (letters[:, 1:] != 0))
    _, gram = np.unique(both[row, column], return_inverse=True)
    grams = sparse.csr_array((np.ones(len(row)), (row, gram)))
    grams.data[:] = 1.0
    size = grams.sum(axis=1)
    shared = grams[of[a]].multiply(grams[of[b]]).sum(axis=1)
    found = 2 * shared / (size[of[a]] + size[of[b]])
    return np.where(known[a] & known[b], found, np.nan)


def _reasons(pairs: pd.DataFrame, same_m: float) -> Any:
    """The parts in words, joined by semicolons."""
    import numpy as np

    name, operator, count = (pairs[part].to_numpy() for part in _SCORES[:3])
    words = [
        np.where(pairs["metres"] <= same_m, "same_place", "near"),
        np.select(
            [np.isnan(name), pairs["twins"], name >= 1, name >= _SIMILAR],
            ["name_unknown", "numbered_apart", "same_name", "similar_name"],
            "other_name",
        ),
        np.select(
            [np.isnan(operator), operator >= 1, operator >= _SIMILAR],
            ["operator_unknown", "same_operator", "similar_operator"],
            "other_operator",
        ),
        np.select([np.isnan(count), count >= 1], ["count_unknown", "same_count"], "other_count"),
    ]
    joined = words[0].astype("object")
    for part in words[1:]:
        joined = joined + ";" + part.astype("object")
    return joined
