"""A province-size register inside a township partition; the same for every contender."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from chargegeo import clean, region, sample, schema, sources
from chargegeo.region import Region


def units(folder: str, vertices: int) -> tuple[gpd.GeoDataFrame, Region]:
    """The sample's 2,586 townships, with about ``vertices`` vertices each."""
    henan = region.load("henan")
    written = sample.write(folder)
    table = clean.units(sources.read(written["townships"]), henan, synthetic=True).table
    shapes = table.geometry.to_numpy()
    step = shapely.length(shapes).mean() / vertices
    table = table.set_geometry(gpd.GeoSeries(shapely.segmentize(shapes, step), crs=table.crs))
    return table, henan


def register(table: gpd.GeoDataFrame, n: int, seed: int = 1) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """``n`` stations spread over the province, one row of piles each."""
    rng = np.random.default_rng(seed)
    west, south, east, north = table.total_bounds
    x, y = rng.uniform(west, east, 3 * n), rng.uniform(south, north, 3 * n)
    inside = shapely.contains_xy(shapely.union_all(table.geometry.to_numpy()), x, y)
    access = np.array(["public", "dedicated", None], dtype=object)
    status = np.array(["in_service", "closed", None], dtype=object)
    current = np.array(["dc", "ac", None], dtype=object)
    ids = [f"S{i:06d}" for i in range(n)]
    stations = gpd.GeoDataFrame(
        {
            "station_id": ids,
            "access": rng.choice(access, n, p=[0.8, 0.1, 0.1]),
            "status": rng.choice(status, n, p=[0.8, 0.1, 0.1]),
            "n_piles": 4,
            "n_guns": 8,
            "n_bays": 4,
            "availability": rng.choice([0.98, 0.995, np.nan], n),
            "file": "benchmark",
        },
        geometry=gpd.points_from_xy(x[inside][:n], y[inside][:n]),
        crs=schema.STORAGE_CRS,
    )
    piles = pd.DataFrame(
        {
            "station_id": ids,
            "n_piles": 4,
            "current": rng.choice(current, n),
            "power_kw": rng.choice([7, 60, 120, 480, np.nan], n),
        }
    )
    return schema.conform(stations, "stations"), schema.conform(piles, "piles")
