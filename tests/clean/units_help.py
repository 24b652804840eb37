"""Raw tables made by hand, for the tests of units and seats."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from chargegeo.errors import Fault
from chargegeo.sources import RawTable


def table(
    columns: dict[str, list[Any]], shapes: list[Any] | None = None, crs: str | None = "EPSG:4326"
) -> RawTable:
    """What the reader of a boundary file, or of a CSV when there are no shapes, would give."""
    frame = pd.DataFrame(columns, dtype="object")
    geometry = None if shapes is None else gpd.GeoSeries(shapes, index=frame.index)
    lines = np.arange(2, len(frame) + 2) if shapes is None else None
    kind = "csv" if shapes is None else "geojson"
    return RawTable(frame, geometry, crs if shapes is not None else None, "towns.file", None, kind, lines)


def codes(faults: Any) -> list[str]:
    """Codes of faults or findings, in order."""
    return [getattr(item, "fault", item).code for item in faults]


def texts(faults: tuple[Fault, ...]) -> str:
    """What a person reads, English, a line each."""
    return "\n".join(fault.text("en") for fault in faults)
