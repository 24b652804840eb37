"""A province-size register as offices send it: Chinese headers, GCJ-02, and the sample's dirt in its shares."""

import argparse
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import world
from registers import ENCODING

from chargegeo import region, store
from chargegeo.sample import office
from chargegeo.sample.world import World, build

DOUBLED = 0.003
VERTICES = 30


def write(folder: Path, *, rows: int, sheet_rows: int, seed: int = 1) -> None:
    """``units.parquet``, ``register.csv`` (GB18030) and ``register.xlsx``."""
    units, henan = world.units(str(folder / "sample"), VERTICES)
    store.write_table(units, folder / "units.parquet", "units")
    made, rng = build(henan, 2026), np.random.default_rng(seed)
    said = office.words()
    cells = _cells(made, units, henan, said, rows, rng)
    named = cells[list(office.COLUMNS)].rename(columns=said["stations"])
    named.to_csv(folder / "register.csv", index=False, encoding=ENCODING, lineterminator="\r\n")
    _workbook(named.head(sheet_rows), folder / "register.xlsx")


def _cells(
    made: World, units: gpd.GeoDataFrame, henan: region.Region, said: Any, rows: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Cells as typed: stations drawn from the sample's own, each at a new place of a new township."""
    order = made.units.set_index("code").index.get_indexer(units["unit_code"])
    points, unit = _points(units, rows, rng)
    drawn = made.stations.iloc[rng.integers(0, len(made.stations), len(points))].reset_index(drop=True)
    x, y = gpd.GeoSeries(points, crs=units.crs).to_crs(henan.crs_measure).get_coordinates().to_numpy().T
    stations = drawn.assign(unit=order[unit], x=x, y=y)
    stations["station_id"] = "SY" + pd.Series(np.arange(len(stations))).astype(str).str.zfill(7)
    cells = office.cells(stations, made.units, henan.crs_measure, said, rng)
    cells = office.soil(cells, stations["dirt"].to_numpy(), said, rng)
    again = rng.choice(len(cells), int(DOUBLED * rows), replace=False)
    return pd.concat([cells, cells.iloc[again]], ignore_index=True).iloc[-rows:]


def _points(units: gpd.GeoDataFrame, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Points spread over the units and the position of the unit of each."""
    west, south, east, north = units.total_bounds
    points = shapely.points(rng.uniform(west, east, 3 * n), rng.uniform(south, north, 3 * n))
    point, unit = shapely.STRtree(units.geometry.to_numpy()).query(points, predicate="within")
    _, first = np.unique(point, return_index=True)
    kept = rng.permutation(first)[:n]
    return points[point[kept]], unit[kept]


def _workbook(cells: pd.DataFrame, path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(cells.columns))
        for index, name in enumerate(cells.columns):
            sheet.write_column(
                1, index, cells[name].tolist(), day if index == len(cells.columns) - 1 else None
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--sheet", type=int, required=True)
    asked = parser.parse_args()
    write(asked.folder, rows=asked.rows, sheet_rows=asked.sheet)
