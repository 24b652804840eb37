"""Roads, driving times and the areas within reach, as plain JSON values beside those of the payload."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.maps import packing, payload
from chargegeo.vocab import RoadClass, Snap

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from chargegeo.maps.content import Layers

# Most important first: the first three are always on the page, the others while there is room
CLASSES = (
    RoadClass.EXPRESSWAY, RoadClass.NATIONAL, RoadClass.PROVINCIAL, RoadClass.TRUNK, RoadClass.RAMP,
    RoadClass.COUNTY, RoadClass.PRIMARY, RoadClass.SECONDARY, RoadClass.TOWNSHIP, RoadClass.TERTIARY,
    RoadClass.FERRY, RoadClass.VILLAGE, RoadClass.UNCLASSIFIED, RoadClass.RESIDENTIAL, RoadClass.SERVICE,
    RoadClass.TRACK,
)  # fmt: skip
ALWAYS = CLASSES[:3]
# Vertices of all roads and of all areas: about ten bytes each
ROAD_VERTICES = 45_000
AREA_VERTICES = 25_000
# Metres: the carriageways of an expressway stay apart
TOLERANCE_M = 15.0
# Classes of minutes end here; two more hold what cannot be reached and what was not put on a road
MINUTES = (10, 15, 20, 30)


def build(units: gpd.GeoDataFrame, layers: Layers, lang: str) -> dict[str, Any]:
    """What is given of the three, by name; nothing for what is not (see :class:`chargegeo.maps.Layers`)."""
    found: dict[str, Any] = {}
    if layers.roads is not None:
        found["roads"] = _roads(layers.roads, lang)
    if layers.reach is not None:
        found["reach"] = _reach(layers.reach, payload.ordered(units), lang)
    if layers.isochrones is not None:
        found["isochrones"] = _isochrones(layers.isochrones, lang)
    return found


# ------------------------------------------------------------------ roads


def _roads(roads: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    rows = _ordered(roads[packing.there(roads.geometry)])
    tolerance = packing.thinned(
        rows.geometry[rows["road_class"].isin(ALWAYS)], limit=ROAD_VERTICES, tolerance=TOLERANCE_M
    )[1]
    simple, _ = packing.thinned(rows.geometry, limit=sys.maxsize, tolerance=tolerance)
    drawn = _fitting(rows["road_class"], simple)
    left_out = [word for word in CLASSES if word in set(rows["road_class"][~drawn])]
    rows = rows[drawn]
    return {
        "columns": payload.columns(rows, "road_lines", ("road_class", "ref", "oneway"), lang),
        "class": [str(word) for word in rows["road_class"]],
        "lines": packing.lines(simple[drawn]),
        "names": {str(word): labels.word("roadclass", word, lang) for word in CLASSES},
        "left_out": [str(word) for word in left_out],
    }


def _ordered(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """By importance, number and direction, whatever order the rows come in."""
    roads = roads.reset_index(drop=True)
    rank = roads["road_class"].map({str(word): place for place, word in enumerate(CLASSES)})
    keys = roads.assign(rank=rank, wkb=roads.geometry.to_wkb(hex=True))
    order = keys.sort_values(["rank", "ref", "oneway", "wkb"], kind="stable").index
    return roads.loc[order].reset_index(drop=True)


def _fitting(road_class: pd.Series[str], simple: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Which rows are drawn: class after class until the vertices are spent, none after the first left out."""
    import pandas as pd
    import shapely

    n = pd.Series(shapely.get_num_coordinates(simple)).groupby(road_class.to_numpy()).sum()
    spent = n.reindex([str(word) for word in CLASSES], fill_value=0).cumsum()
    kept = {*map(str, ALWAYS), *spent.index[spent <= ROAD_VERTICES]}
    found: npt.NDArray[np.bool_] = road_class.isin(kept).to_numpy()
    return found


# ------------------------------------------------------------------ reach


def _reach(reach: pd.DataFrame, units: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    rows = reach.set_index("unit_code").reindex(units["unit_code"]).reset_index()
    shown = ("minutes", "km", "nearest_station_id", "n_within", "guns_per_10k", "snap", "leg_m")
    return {
        "columns": payload.columns(rows, "reach", shown, lang),
        "class": _classes(rows).tolist(),
        "labels": _class_labels(lang),
        # the drive starts at the seat, not in the middle of the shape
        "x": packing.whole(units["seat_lon"]),
        "y": packing.whole(units["seat_lat"]),
    }


def _classes(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Place of each unit among the classes of minutes; then unreachable; then not put on a road."""
    import numpy as np

    minutes = rows["minutes"].to_numpy(dtype="float64", na_value=np.nan)
    started = (rows["snap"] == Snap.SNAPPED).fillna(False).to_numpy()
    without = np.where(started, len(MINUTES) + 1, len(MINUTES) + 2)
    found: npt.NDArray[np.int64] = np.where(
        np.isfinite(minutes), np.searchsorted(MINUTES, minutes, side="left"), without
    )
    return found


def _class_labels(lang: str) -> list[str]:
    between = [labels.text("map.minutes.between", lang, low=low, n=n) for low, n in pairwise(MINUTES)]
    return [
        labels.text("map.minutes.upto", lang, n=MINUTES[0]),
        *between,
        labels.text("map.minutes.over", lang, n=MINUTES[-1]),
        labels.text("map.minutes.unreachable", lang),
        labels.text("map.minutes.unplaced", lang),
    ]


# ------------------------------------------------------------------ areas


def _isochrones(isochrones: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    rows = isochrones.sort_values(["minutes", "area_km2"], kind="stable")
    return {
        "labels": [labels.text("map.minutes.upto", lang, n=f"{minutes:g}") for minutes in rows["minutes"]],
        "shape": packing.areas(rows.geometry, limit=AREA_VERTICES),
    }
