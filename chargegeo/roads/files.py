"""A network as one Parquet file.

Each array is a column, padded with nulls to the longest; the lengths, the numbers of the roads and ``about`` stand in
the metadata of the schema, and each page carries a checksum, so that a damaged file is told from a sound one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import store
from chargegeo.errors import ContractFault, Fault, FormatFault, MissingFile, OutputFault, shorten
from chargegeo.roads.network import ARRAYS, RoadNetwork

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray

_KEY = b"chargegeo.roads"
_VERSION = 1
_ROWS = 1 << 20  # rows a group: columns and groups are read side by side


def save(network: RoadNetwork, path: str | os.PathLike[str]) -> None:
    """Write a network whole or not at all; the same network gives the same bytes.

    Raises
    ------
    OutputFault
        ``cannot_write``, and as :func:`check_target`.
    """
    import pyarrow.parquet as pq

    check_target(path)

    columns = {name: getattr(network, name) for name in ARRAYS}
    xy = columns.pop("line_xy")
    columns |= {"line_lon": xy[:, 0], "line_lat": xy[:, 1]}
    head = {
        "version": _VERSION,
        "lengths": {name: len(column) for name, column in columns.items()},
        "refs": network.refs,
        "about": dict(network.about),
    }
    table = _padded(columns).replace_schema_metadata({_KEY: json.dumps(head, sort_keys=True)})
    with store.atomic(path) as part:
        pq.write_table(
            table,
            part,
            compression="lz4",
            use_dictionary=False,
            row_group_size=_ROWS,
            write_page_checksum=True,
        )


def _padded(columns: dict[str, NDArray[Any]]) -> pa.Table:
    import pyarrow as pa

    longest = max(map(len, columns.values()))
    found = {}
    for name, column in columns.items():
        values = pa.array(np.ascontiguousarray(column))
        found[name] = pa.chunked_array([values, pa.nulls(longest - len(values), values.type)])
    return pa.table(found)


def check_target(path: str | os.PathLike[str]) -> None:
    """Refuse a network that would take the place of somebody's file.

    Raises
    ------
    OutputFault
        ``network_suffix`` for another suffix than ``.parquet``; ``not_a_network`` for a file that is there and is no
        earlier network of ours.
    """
    if Path(path).suffix.lower() != ".parquet":
        raise OutputFault(Fault("network_suffix", file=str(path), value=Path(path).suffix))
    if Path(path).exists() and not is_saved(path):
        raise OutputFault(Fault("not_a_network", file=str(path)))


def is_saved(path: str | os.PathLike[str]) -> bool:
    """Whether a file says of itself that :func:`save` wrote it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _KEY in (pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False


def load(path: str | os.PathLike[str]) -> RoadNetwork:
    """The network of a file that :func:`save` wrote.

    Raises
    ------
    MissingFile
        ``missing_file``.
    FormatFault
        ``network_version`` for a file of another version of ours; ``network_unreadable`` for any other file, a
        damaged and a cut one included.
    """
    if not Path(path).exists():
        raise MissingFile(Fault("missing_file", file=str(path)))
    try:
        return _loaded(path)
    except (FormatFault, MemoryError, ImportError):
        raise
    except ContractFault as error:
        reason = shorten(error.text("en"))
    except Exception as error:  # whatever the bytes make of the reader
        reason = shorten(f"{type(error).__name__}: {error}")
    raise FormatFault(Fault("network_unreadable", file=str(path), params={"reason": reason}))


def _loaded(path: str | os.PathLike[str]) -> RoadNetwork:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        head = json.loads((file.schema_arrow.metadata or {})[_KEY])
        if head["version"] != _VERSION:
            params = {"version": _VERSION}
            raise FormatFault(Fault("network_version", file=str(path), value=head["version"], params=params))
        columns = _columns(file, head["lengths"])
    xy = np.stack((columns.pop("line_lon"), columns.pop("line_lat")), axis=1)
    return RoadNetwork(**columns, line_xy=xy, refs=tuple(head["refs"]), about=head["about"])


def _columns(file: pq.ParquetFile, lengths: dict[str, int]) -> dict[str, NDArray[Any]]:
    """The arrays, each from as many groups of rows as it fills: padding takes as long to read as numbers."""
    ends = np.cumsum([file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)])
    filled: dict[int, list[str]] = {}
    for name, length in lengths.items():
        filled.setdefault(int(np.searchsorted(ends, length)) + 1, []).append(name)
    columns: dict[str, NDArray[Any]] = {}
    for n_groups, names in filled.items():
        table = file.read_row_groups(range(n_groups), columns=names)
        columns |= {name: table[name].slice(0, lengths[name]).to_numpy() for name in names}
    return columns
