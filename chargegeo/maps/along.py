"""What stands along the roads, by direction, as plain JSON values beside those of the payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.corridors import judging
from chargegeo.maps import packing, payload
from chargegeo.vocab import Direction, RoadClass, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

# Gaps of an expressway that are marked on the map: the rule of the EU asks for a charger every 60 km; at least so
# many of the longest
LONG_GAP_KM = 60.0
LEAST_GAP_KM = 1.0
MARKED = 10
# Vertices of all corridors: about eight bytes each
VERTICES = 24_000
TOLERANCE_M = 30.0
# Of one road, ends further apart than this share of its length are not the two ends of one course
APART = 0.15

_CORRIDOR = (
    "ref", "road_class", "direction", "part", "from_name", "to_name", "km", "n_sites", "n_unknown", "n_piles", "n_guns",
    "n_ultra_fast", "total_kw", "mean_spacing_km", "longest_gap_km", "longest_gap_from", "longest_gap_to",
    "share_within", "within_km", "km_per_gun", "kw_per_100km", "ultra_gap_km", "shared_km",
)  # fmt: skip
_SITE = (
    "name", "km", "n_piles", "n_guns", "n_bays", "n_ultra_fast", "max_kw", "total_kw", "detour_km", "across",
    "site_id",
)  # fmt: skip
_GAP = ("rank", "from_km", "to_km", "km", "from_name", "to_name")
_RULE = ("from_km", "to_km", "fact", "have", "need", "n_new", "mend_from_km", "mend_to_km")
_SIDE = (
    "direction", "towards", "chainage_km", "n_piles", "n_guns", "n_bays", "n_car_bays", "n_ultra_fast", "max_kw",
    "total_kw", "swap_station", "linked", "certainty", "basis", "side_id",
)  # fmt: skip
_PAIR = (
    "name",
    "road_ref",
    "city_name",
    "side_coverage",
    "n_piles",
    "n_guns",
    "n_bays",
    "n_car_bays",
    "bay_share",
)
_VERDICTS = tuple(Verdict)


@dataclass(frozen=True, eq=False)
class Roadside:
    """Tables of what stands along the roads, each by its contract.

    Parameters
    ----------
    corridors, sites, gaps, rules
        ``corridors``, ``corridor_sites``, ``corridor_gaps``, ``corridor_rules``.
    service_areas, pairs
        ``service_areas`` (sides) and ``service_area_pairs``.
    drive_side
        On which side of the road traffic keeps: right or left.
    """

    corridors: gpd.GeoDataFrame
    sites: pd.DataFrame
    gaps: gpd.GeoDataFrame
    rules: pd.DataFrame
    service_areas: gpd.GeoDataFrame
    pairs: pd.DataFrame
    drive_side: str = "right"


def rule_names(lang: str) -> dict[str, str]:
    """Name of every rule along a road by its id, marked where nobody has confirmed its values."""
    unsure = labels.text("report.unconfirmed", lang)
    return {
        key: rule.name[lang] + ("" if rule.confirmed else unsure) for key, rule in judging.rules().items()
    }


def build(roadside: Roadside, lang: str) -> dict[str, Any]:
    """All of it, by name (see :func:`chargegeo.maps.interactive`)."""
    corridors = _ordered(roadside.corridors)
    place = {key: i for i, key in enumerate(corridors["corridor_id"])}
    return {
        "left": int(roadside.drive_side == "left"),
        "words": payload.words("map.along.", lang),
        "corridors": _corridors(corridors, lang),
        "roads": _courses(corridors),
        "sites": _sites(_along(roadside.sites, place, ["km", "site_id"]), len(place), lang),
        "gaps": _gaps(_along(roadside.gaps, place, ["from_km", "rank"]), len(place), lang),
        "rules": _rules(_along(roadside.rules, place, ["from_km", "to_km", "site_id"]), lang),
        "areas": _areas(roadside.service_areas, roadside.pairs, lang),
    }


# ------------------------------------------------------------------ corridors


def _ordered(corridors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """By importance, number (G4 before G30), part and direction, whatever order the rows come in."""
    ref = corridors["ref"].astype(str)
    rank = {str(word): i for i, word in enumerate(RoadClass)}
    keys = corridors.assign(
        rank=corridors["road_class"].map(rank), letter=ref.str[:1], long=ref.str.len(),
        turn=(corridors["direction"] != Direction.FORWARD).astype(int),
    )  # fmt: skip
    order = ["rank", "letter", "long", "ref", "part", "turn", "corridor_id"]
    return keys.sort_values(order, kind="stable").reset_index(drop=True)


def _along(frame: pd.DataFrame, place: dict[str, int], order: Sequence[str]) -> pd.DataFrame:
    """The rows of known corridors, with the place of their corridor, in its order and that along it."""
    rows = frame.assign(at=frame["corridor_id"].map(place))
    rows = rows[rows["at"].notna()].astype({"at": int})
    return rows.sort_values(["at", *order], kind="stable").reset_index(drop=True)


def _corridors(rows: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    simple, _ = packing.thinned(rows.geometry, limit=VERTICES, tolerance=TOLERANCE_M)
    return {
        "columns": payload.columns(_rounded(rows), "corridors", _CORRIDOR, lang),
        "class": [str(word) for word in rows["road_class"]],
        "names": {str(word): labels.word("roadclass", word, lang) for word in rows["road_class"].unique()},
        "lines": packing.lines(_drawn(simple)),
    }


def _drawn(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Shapes with nothing in the place of null."""
    import numpy as np
    import shapely

    return np.where(shapes == None, shapely.MultiLineString(), shapes)  # noqa: E711 - element by element


def _rounded(frame: pd.DataFrame, digits: int = 2) -> pd.DataFrame:
    """Numbers as they are read on a chart: kilometres to 10 m."""
    floats = frame.select_dtypes(include=["float"]).columns
    return frame.assign(**{name: frame[name].round(digits) for name in floats if "share" not in name})


def _courses(rows: gpd.GeoDataFrame) -> list[list[int | None]]:
    """Forward and backward corridor of each course of a road: those whose ends lie together; null without one."""
    free = [i for i, word in enumerate(rows["direction"]) if word != Direction.FORWARD]
    found: list[list[int | None]] = []
    for i, word in enumerate(rows["direction"]):
        if word == Direction.FORWARD:
            back = min(
                (j for j in free if rows["ref"][j] == rows["ref"][i]),
                key=lambda j: _apart(rows.geometry[i], rows.geometry[j]),
                default=None,
            )
            if back is not None and _apart(rows.geometry[i], rows.geometry[back]) > APART:
                back = None
            found.append([i, back])
            free = [j for j in free if j != back]
    return sorted(
        [*found, *([None, j] for j in free)], key=lambda pair: min(i for i in pair if i is not None)
    )


def _apart(there: Any, back: Any) -> float:
    """How far the ends of a course there lie from those of one back, by its length; infinite without a shape."""
    import numpy as np
    import shapely

    if there is None or back is None or there.is_empty or back.is_empty:
        return float("inf")
    a, b = shapely.get_coordinates(there), shapely.get_coordinates(back)
    gaps = np.hypot(*(a[0] - b[-1])) + np.hypot(*(a[-1] - b[0]))
    return float(gaps / max(there.length, back.length))


def _counts(at: pd.Series[int], n: int) -> list[int]:
    """Rows of each corridor."""
    import numpy as np

    return [int(count) for count in np.bincount(at.to_numpy(dtype=int), minlength=n)]


def _sites(rows: pd.DataFrame, n: int, lang: str) -> dict[str, Any]:
    # a station is named among the stations of the page
    named = _rounded(rows).assign(name=rows["name"].where(rows["is_side"]))
    columns = payload.columns(named, "corridor_sites", _SITE, lang)
    return {"columns": columns, "n": _counts(rows["at"], n), "side": rows["is_side"].astype(int).tolist()}


# ------------------------------------------------------------------ gaps


def _gaps(rows: gpd.GeoDataFrame, n: int, lang: str) -> dict[str, Any]:
    # what is shorter is no wider than the line around it
    rows = rows[rows["km"] >= LEAST_GAP_KM].reset_index(drop=True)
    marked = _marked(rows)
    simple, _ = packing.thinned(rows.geometry[marked], limit=VERTICES, tolerance=TOLERANCE_M)
    return {
        "columns": payload.columns(_rounded(rows), "corridor_gaps", _GAP, lang),
        "n": _counts(rows["at"], n),
        "marked": marked.nonzero()[0].tolist(),
        "open": {str(row): int(n) for row, n in enumerate(rows["n_unknown"]) if n},
        "lines": packing.lines(_drawn(simple)),
        "long_km": LONG_GAP_KM,
        "most": MARKED,
    }


def _marked(rows: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Gaps drawn on the map: of expressways (where there are none, of any road) the long and the longest."""
    great = rows["road_class"] == RoadClass.EXPRESSWAY
    asked = great if great.any() else great | True
    longest = rows["rank"].where(asked).rank(method="first") <= MARKED
    found: npt.NDArray[np.bool_] = (asked & ((rows["km"] >= LONG_GAP_KM) | longest)).to_numpy()
    return found & packing.there(rows.geometry)


# ------------------------------------------------------------------ rules


def _rules(rows: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """Of each rule its name and its rows; neighbouring stretches that meet it are one."""
    named = rule_names(lang)
    order = [*(key for key in named if key in set(rows["rule"])), *sorted(set(rows["rule"]) - set(named))]
    kinds = {key: rule.kind for key, rule in judging.rules().items()}
    found = []
    for key in order:
        told = _joined(rows[rows["rule"] == key])
        points = bool((told["from_km"] == told["to_km"]).all())
        of_sites = kinds[key] == "site" if key in kinds else points
        found.append({"name": named.get(key, key), "sites": int(of_sites), **_rule(told, lang)})
    return found


def _rule(rows: pd.DataFrame, lang: str) -> dict[str, Any]:
    place = {str(word): i for i, word in enumerate(_VERDICTS)}
    return {
        "at": rows["at"].tolist(),
        "verdict": rows["verdict"].map(place).tolist(),
        "columns": payload.columns(_rounded(rows, 1), "corridor_rules", _RULE, lang),
    }


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    """Stretches that meet a rule and touch, as one; one that runs over the start of a ring stays as it is."""
    met = (rows["verdict"] == Verdict.MET) & (rows["to_km"] > rows["from_km"])
    before = rows.shift()
    touching = (
        met
        & met.shift(fill_value=False)
        & (rows["at"] == before["at"])
        & (rows["from_km"] == before["to_km"])
    )
    run = (~touching).cumsum()
    first = rows[~touching].copy()
    first["to_km"] = rows.groupby(run)["to_km"].last().to_numpy()
    return first.reset_index(drop=True)


# ------------------------------------------------------------------ service areas


def _areas(sides: gpd.GeoDataFrame, pairs: pd.DataFrame, lang: str) -> dict[str, Any]:
    place = {key: i for i, key in enumerate(sorted({*pairs["pair_id"], *sides["pair_id"]}))}
    pairs = pairs.set_index("pair_id").reindex(list(place)).reset_index()
    rows = sides.sort_values(
        ["pair_id", "direction", "side_id"], ascending=[True, False, True], kind="stable"
    )
    rows = rows.reset_index(drop=True)
    drawn = packing.there(rows.geometry)
    xy = rows.geometry.where(drawn, None)
    return {
        "sides": {
            "columns": payload.columns(_rounded(rows), "service_areas", _SIDE, lang),
            "pair": rows["pair_id"].map(place).tolist(),
            "look": _looks(rows),
            "x": packing.whole(xy.x),
            "y": packing.whole(xy.y),
        },
        "pairs": {"columns": payload.columns(_rounded(pairs), "service_area_pairs", _PAIR, lang)},
    }


def _looks(rows: pd.DataFrame) -> list[str]:
    """How each side is served: piles of its own, those across by a link, none, or not known."""
    import numpy as np

    own = (rows["n_piles"] > 0).fillna(value=False).to_numpy(dtype=bool)
    of_pair = rows["n_piles"].fillna(0).astype(int).groupby(rows["pair_id"]).transform("sum")
    across = (of_pair - rows["n_piles"].fillna(0).astype(int) > 0).to_numpy()
    linked = rows["linked"].groupby(rows["pair_id"]).transform("max")
    joined = linked.fillna(value=False).to_numpy(dtype=bool)
    open_ = rows["n_piles"].isna().to_numpy() | (across & linked.isna().to_numpy())
    found = np.select([own, across & joined, open_], ["piles", "linked", "unknown"], default="none")
    return [str(word) for word in found]
