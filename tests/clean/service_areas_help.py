"""Small made-up tables of service areas."""

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from chargegeo import datum
from chargegeo import region as regions
from chargegeo.clean import Cleaned
from chargegeo.sources import RawTable
from chargegeo.vocab import Severity

HENAN = regions.load("henan")
W: dict[str, Any] = tomllib.loads(Path(__file__).with_name("service_areas_words.toml").read_text("utf-8"))
LON, LAT = 113.5, 34.0


def sheet(rows: list[dict[str, str | None]], headers: dict[str, str] | None = None) -> RawTable:
    """A worksheet of these cells; columns by their names in the contract, or as given."""
    frame = pd.DataFrame(rows, dtype=object)
    frame = frame.astype("object").where(frame.notna(), None).rename(columns=headers or {})
    return RawTable(
        frame,
        None,
        None,
        "areas.xlsx",
        "S",
        "xlsx",
        np.arange(2, len(frame) + 2),
        positions=tuple(range(frame.shape[1])),
    )


def degrees(east: float, north: float) -> tuple[float, float]:
    """Degrees of metres from the middle of the region's projection."""
    from pyproj import Transformer

    turn = Transformer.from_crs(HENAN.crs_measure, "EPSG:4490", always_xy=True)
    return turn.transform(east, north)


def box(east: float, north: float, wide: float, high: float) -> Any:
    """A rectangle about a place in metres, in degrees."""
    corners = shapely.get_coordinates(
        shapely.box(east - wide / 2, north - high / 2, east + wide / 2, north + high / 2)
    )
    return shapely.Polygon([degrees(*corner) for corner in corners])


def outlines(shapes: list[Any], frame: dict[str, list[str | None]], *, shifted: bool = False) -> RawTable:
    """A layer of shapes in WGS-84, or in GCJ-02 although it says WGS-84."""
    made = np.array(shapes, dtype=object)
    if shifted:
        made = shapely.transform(made, lambda xy: np.column_stack(datum.from_wgs84(*xy.T, "gcj02")))
    table = pd.DataFrame(frame, dtype=object, index=range(len(shapes)))
    return RawTable(
        table, gpd.GeoSeries(made, crs="EPSG:4326"), "EPSG:4326", "areas.geojson", None, "geojson", None
    )


def codes(cleaned: Cleaned) -> list[tuple[str, int | None]]:
    """Code and row of what was warned of."""
    return [(f.fault.code, f.fault.row) for f in cleaned.findings if f.severity is Severity.WARNING]


def areas(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Contract table ``service_areas`` of a few columns; ``at`` is in metres."""
    from chargegeo import schema

    frame = pd.DataFrame(rows)
    points = [None if at is None else shapely.Point(degrees(*at)) for at in frame["at"]]
    frame = frame.assign(geometry=gpd.GeoSeries(points, crs="EPSG:4490"), source="a.csv")
    if "certainty" not in frame:
        frame["certainty"] = "probable"
    return schema.check(schema.conform(frame, "service_areas"), "service_areas")
