"""READ AND WRITE OUR OWN TABLES: whole or not at all, and checked both ways.

In come tables that keep their contract, out come GeoParquet, CSV and JSON files (and folders of them) that
are either complete or not there: written beside the target, flushed to disk, then renamed. What was there
before stays until the new result is whole, and a folder with other people's files is never replaced. This
room never reads a user's raw file and never repairs a value.
"""

from chargegeo.store.tables import CHECKSUMS, read_table, sha256, write_checksums, write_json, write_table
from chargegeo.store.whole import atomic, atomic_folder

__all__ = [
    "CHECKSUMS",
    "atomic",
    "atomic_folder",
    "read_table",
    "sha256",
    "write_checksums",
    "write_json",
    "write_table",
]
