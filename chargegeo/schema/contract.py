"""Contracts: read from ``tables/*.csv``, checked with pandera."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from chargegeo import vocab
from chargegeo.errors import ContractFault, Fault

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

STORAGE_CRS = "EPSG:4490"
Kind = Literal["text", "int", "float", "bool", "date", "point", "line", "polygon"]
_DTYPES: dict[str, Any] = {
    "text": "str",
    "int": "Int64",
    "float": "float64",
    "bool": "bool",
    "date": "datetime64[us]",
}
_GEOMETRIES = {
    "point": {"Point"},
    "line": {"LineString", "MultiLineString"},
    "polygon": {"Polygon", "MultiPolygon"},
}

# Tables whose first column names each row once
_ONE_EACH = {"units", "stations", "coverage", "gaps", "reach", "site_units"}


@dataclass(frozen=True)
class Column:
    """One column of a contract; ``values`` is the closed list (:mod:`chargegeo.vocab`) or empty."""

    name: str
    kind: Kind
    nullable: bool
    unit: str
    low: float | None
    high: float | None
    values: tuple[str, ...]
    vocabulary: str
    label: dict[str, str]
    meaning: dict[str, str]


@cache
def tables() -> tuple[str, ...]:
    """Names of all contracts, in alphabetical order."""
    found = files(__package__).joinpath("tables").iterdir()
    return tuple(sorted(item.name.removesuffix(".csv") for item in found if item.name.endswith(".csv")))


@cache
def contract(table: str) -> tuple[Column, ...]:
    """Columns of a table's contract, in order.

    Raises
    ------
    ContractFault
        If there is no such table.
    """
    if table not in tables():
        raise ContractFault(Fault("unknown_table", value=table, params={"known": ", ".join(tables())}))
    lines = files(__package__).joinpath("tables", f"{table}.csv").read_text("utf-8").splitlines()
    return tuple(_column(row) for row in csv.DictReader(lines))


def _column(row: dict[str, Any]) -> Column:
    words = tuple(str(word) for word in getattr(vocab, row["values"])) if row["values"] else ()
    return Column(
        name=row["column"],
        kind=row["type"],
        nullable=row["nullable"] == "yes",
        unit=row["unit"],
        low=float(row["min"]) if row["min"] else None,
        high=float(row["max"]) if row["max"] else None,
        values=words,
        vocabulary=row["values"],
        label={"zh": row["label_zh"], "en": row["label_en"]},
        meaning={"zh": row["meaning_zh"], "en": row["meaning_en"]},
    )


def column_label(table: str, column: str, lang: str = "zh") -> str:
    """What people read above a column."""
    return next(item.label[lang] for item in contract(table) if item.name == column)


def conform(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The contract's columns in the contract's order and types; columns that are not there become null.

    Further columns are dropped. Values are not checked: :func:`check` does that.
    """
    import geopandas as gpd
    import pandas as pd

    columns: dict[str, Any] = {}
    for item in contract(table):
        given = frame[item.name] if item.name in frame else pd.Series(None, index=frame.index, dtype="object")
        if item.kind in _GEOMETRIES:
            columns[item.name] = gpd.GeoSeries(given, index=frame.index, crs=STORAGE_CRS)
        elif item.kind == "float":
            columns[item.name] = pd.to_numeric(given).astype("float64")
        else:
            columns[item.name] = given.astype(_dtype(item))
    table_frame = pd.DataFrame(columns, index=frame.index)
    return gpd.GeoDataFrame(table_frame, crs=STORAGE_CRS) if "geometry" in columns else table_frame


def _dtype(item: Column) -> Any:
    """Type of a column of plain values; numpy's own truth values cannot be null."""
    return "boolean" if item.kind == "bool" and item.nullable else _DTYPES[item.kind]


def empty(table: str) -> pd.DataFrame:
    """A table without rows, of the contract's columns and types."""
    import pandas as pd

    return conform(pd.DataFrame(), table)


def check(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The frame itself, if it keeps its contract.

    Raises
    ------
    ContractFault
        With every cell that breaks the contract (at most 20 are listed).
    """
    from pandera.errors import SchemaErrors

    try:
        _schema(table).validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.head(20).to_dict("records")
        raise ContractFault(
            *(
                Fault(
                    "contract",
                    column=str(case["column"] or case["failure_case"]),
                    row=_row(case["index"]),
                    value=case["failure_case"],
                    params={"table": table, "rule": case["check"]},
                )
                for case in cases
            )
        ) from None
    return frame


def _row(index: object) -> int | None:
    return index if isinstance(index, int) else None


@cache
def _schema(table: str) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    unique = [contract(table)[0].name] if table in _ONE_EACH else None
    return pa.DataFrameSchema(
        {item.name: _pandera(item) for item in contract(table)}, strict=True, ordered=True, unique=unique
    )


def _pandera(item: Column) -> pa.Column:
    import pandera.pandas as pa

    checks: list[pa.Check] = []
    if item.low is not None:
        checks.append(pa.Check.ge(item.low))
    if item.high is not None:
        checks.append(pa.Check.le(item.high))
    if item.values:
        checks.append(pa.Check.isin(item.values))
    if item.kind in _GEOMETRIES:
        allowed = _GEOMETRIES[item.kind]
        checks.append(pa.Check(lambda shapes: shapes.isna() | shapes.geom_type.isin(allowed), name=item.kind))
        checks.append(pa.Check(lambda shapes: shapes.crs == STORAGE_CRS, name=STORAGE_CRS))
        return pa.Column(None, checks=checks, nullable=item.nullable)
    return pa.Column(_dtype(item), checks=checks, nullable=item.nullable)


def documentation() -> str:
    """All contracts as one Markdown page (English and Chinese)."""
    parts = [
        "# Tables\n\nMade from the contracts in `chargegeo/schema/tables` by `make docs`. Coordinates are "
        f"longitude, latitude in {STORAGE_CRS}; codes are text; missing is null.\n"
    ]
    for table in tables():
        head = "| column | type | null | unit | range | meaning |\n|---|---|---|---|---|---|\n"
        parts.append(f"\n## {table}\n\n{head}")
        parts.extend(_documented(item) for item in contract(table))
    return "".join(parts)


def _documented(item: Column) -> str:
    bounds = ", ".join(
        part
        for part in (
            f">= {item.low:g}" if item.low is not None else "",
            f"<= {item.high:g}" if item.high is not None else "",
            " / ".join(item.values),
        )
        if part
    )
    return (
        f"| `{item.name}` ({item.label['zh']}) | {item.kind} | {'yes' if item.nullable else 'no'} "
        f"| {item.unit} | {bounds} | {item.meaning['en']}<br>{item.meaning['zh']} |\n"
    )
