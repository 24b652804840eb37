"""Counts of covered units by area, as they stand in labels, legends and indexes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.maps import payload
from chargegeo.vocab import State

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


def states(units: gpd.GeoDataFrame, coverage: pd.DataFrame) -> NDArray[np.object_]:
    """State of each unit; unknown without a row in ``coverage``."""
    known = coverage.drop_duplicates("unit_code").set_index("unit_code")["state"]
    found = known.reindex(units["unit_code"]).astype(object)
    return found.where(found.notna(), str(State.UNKNOWN)).to_numpy(dtype=object)


def headline(units: gpd.GeoDataFrame, kinds: Collection[str]) -> NDArray[np.bool_]:
    """Units of the headline denominator: those of the kinds, all where none or all are of these."""
    return payload.groups(units, kinds)[0][1]


def by_area(codes: pd.Series[str], state: NDArray[np.object_], counted: NDArray[np.bool_]) -> pd.DataFrame:
    """Units, covered, unknown and uncovered of each area, by code."""
    import pandas as pd

    table = pd.DataFrame({"code": codes.to_numpy(dtype=object), "n_units": 1})
    for name in State:
        table[f"n_{name}"] = (state == name).astype(int)
    return table[counted & table["code"].notna().to_numpy()].groupby("code").sum()


def told(
    units: gpd.GeoDataFrame, state: NDArray[np.object_], kinds: Collection[str], lang: str
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Heads of the columns of counts, and the counts of each state, of all, and per cent covered."""
    groups = payload.groups(units, kinds)
    heads = tuple(labels.text(f"map.group.{name}", lang) for name, _ in groups)
    counts = {
        str(word): tuple(f"{int((state[mask] == word).sum()):,}" for _, mask in groups) for word in State
    }
    counts["percent"] = tuple(
        payload.share(int((state[mask] == State.COVERED).sum()), int(mask.sum())) or "\u2013"
        for _, mask in groups
    )
    counts["total"] = tuple(f"{int(mask.sum()):,}" for _, mask in groups)
    return heads, counts
