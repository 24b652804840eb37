"""A small made-up register and its units, for the tests of the station cleaner."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from chargegeo import region as regions
from chargegeo.clean import Cleaned
from chargegeo.clean.register import stations
from chargegeo.sources import RawTable
from chargegeo.vocab import Severity

HENAN = regions.load("henan")
# three by two squares of 0.2 degrees; the codes are made up
CODES = ["410110100", "410110101", "410110102", "410111100", "410111101", "410111102"]
SQUARES = [(113.0 + 0.2 * (k // 3), 34.0 + 0.2 * (k % 3)) for k in range(6)]
_WORDS = tomllib.loads(Path(__file__).with_name("stations_words.toml").read_text("utf-8"))
W: dict[str, str] = _WORDS["words"]
COLUMNS: dict[str, str] = _WORDS["headers"]
H = COLUMNS | _WORDS["other_headers"]


def also(table: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """The frame with further or other columns, by their short names; for :meth:`pandas.DataFrame.pipe`."""
    return table.assign(**{H[name]: cells for name, cells in columns.items()})


def units() -> gpd.GeoDataFrame:
    """Six square townships."""
    return gpd.GeoDataFrame(
        {"unit_code": CODES, "kind": "township", "county_code": [code[:6] for code in CODES]},
        geometry=[shapely.box(x, y, x + 0.2, y + 0.2) for x, y in SQUARES],
        crs="EPSG:4490",
    )


def frame(n: int = 12) -> pd.DataFrame:
    """A register without a fault, one station after another in the six townships."""
    rows = [
        {
            "station_id": f"S{i:03d}",
            "name": f"{W['test']}{i}{W['station']}",
            "operator": W["grid"],
            "lon": f"{SQUARES[i % 6][0] + 0.031237 + 0.0101 * (i // 6):.6f}",
            "lat": f"{SQUARES[i % 6][1] + 0.047313 + 0.0031 * (i // 6):.6f}",
            "town_code": CODES[i % 6] + "000",
            "n_piles": str(2 + i % 5),
            "n_guns": str(4 + 2 * (i % 5)),
            "power_kw_max": "120",
            "scene": W["township"],
            "opened": "2024-03-01",
        }
        for i in range(n)
    ]
    return pd.DataFrame(rows, dtype=object).rename(columns=COLUMNS)


def changed(cells: Mapping[tuple[int, str], str | None], n: int = 12) -> pd.DataFrame:
    """The faultless register with some cells changed: (record, contract column) to text."""
    table = frame(n)
    for (row, column), text in cells.items():
        table.loc[row, COLUMNS[column]] = text
    return table


def raw(table: pd.DataFrame, *, kind: str = "csv") -> RawTable:
    """The frame as a reader of ``sources`` would hand it over."""
    found = table.astype(object).where(table.notna(), None)
    sheet = kind == "xlsx"
    return RawTable(
        found,
        None,
        None,
        f"register.{kind}",
        "Sheet1" if sheet else None,
        kind,
        np.arange(2, len(found) + 2),
        positions=tuple(range(len(found.columns))) if sheet else None,
    )


def clean(
    table: pd.DataFrame, *, kind: str = "csv", datum: str | None = "wgs84", **options: object
) -> Cleaned:
    """Clean against the six units."""
    return stations(raw(table, kind=kind), HENAN, datum=datum, **{"units": units(), **options})  # type: ignore[arg-type]


def codes(cleaned: Cleaned, severity: Severity) -> list[tuple[str, int | None, str | None]]:
    """Code, record and contract column of the findings of one severity."""
    back = {header: column for column, header in COLUMNS.items()}
    return [
        (f.fault.code, f.fault.row, back.get(f.fault.column or "", f.fault.column))
        for f in cleaned.findings
        if f.severity is severity
    ]
