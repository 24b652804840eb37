"""WHAT EVERY TABLE LOOKS LIKE: one contract a table.

A contract is a CSV in ``tables/``: column, type, nullability, unit, range, closed list, and label and meaning
in two languages. The same rows make the run-time check (pandera), the labels of maps and workbooks, and the
documentation (``data/tables.md``); this room never changes a value.
"""

from chargegeo.schema.caption import Caption
from chargegeo.schema.contract import (
    STORAGE_CRS,
    Column,
    check,
    column_label,
    conform,
    contract,
    documentation,
    empty,
    tables,
)

__all__ = [
    "STORAGE_CRS",
    "Caption",
    "Column",
    "check",
    "column_label",
    "conform",
    "contract",
    "documentation",
    "empty",
    "tables",
]
