"""Road lines of tables of features: columns by their headers, lines joined where they share an end point."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import errors
from chargegeo.sources.raw import Source
from chargegeo.sources.ways.placing import degrees, words
from chargegeo.sources.ways.raw import RawRoads
from chargegeo.vocab import Datum, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chargegeo.sources.raw import RawTable

    Array = np.ndarray[Any, np.dtype[Any]]

GRID = 1e-7
"""Degrees: places that are equal after rounding to this are one (about a centimetre)."""
_YES_NO = ("bridge", "tunnel", "toll")
_FILLERS = re.compile(r"[\s_\-.:*/]+")
_GEOFABRIK = {"F": "yes", "T": "-1", "B": "no"}


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("lines.toml").read_text("utf-8"))


def roads(raw: RawTable, *, columns: Mapping[str, str], crossings: bool) -> RawRoads:
    """Line features as ways over nodes.

    Parameters
    ----------
    raw
        Features as found; shapes other than lines are left out with a warning.
    columns
        Header by key, where the lexicon is not to decide.
    crossings
        Whether lines also meet where they cross, or share a point that is an end of neither. Bridges and
        tunnels are not known, so each crossing becomes a junction.

    Returns
    -------
    RawRoads
        A way for each line, in the order of the file; the id of a way is the position of its feature, from 1,
        and several lines of one feature share it.

    Raises
    ------
    SchemaFault
        If there is no line, or a header is not in the file.
    CrsFault
        If no coordinate reference is stated, or the numbers contradict it.
    """
    source = Source(raw.file, b"")
    headers = _headers(source, raw, columns)
    feature, spots, owner, notes = _lines(source, raw, headers)
    places = degrees(source, raw.crs, spots)
    if crossings:
        places, owner = _crossed(places, owner, len(feature))
    at, node_id, lon, lat = _joined(places, owner, inner=crossings)
    sizes = np.bincount(owner, minlength=len(feature))
    tags = {key: _texts(raw, header, key) for key, header in headers.items()}
    return RawRoads(
        raw.file,
        "lines",
        node_id,
        lon,
        lat,
        feature + 1,
        np.concatenate([[0], np.cumsum(sizes)]),
        at,
        words({key: [texts[i] for i in feature] for key, texts in tags.items()}),
        datum=raw.datum or Datum.WGS84,
        findings=(*raw.findings, *notes),
    )


# ---- columns


def _normal(text: str) -> str:
    return _FILLERS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _headers(source: Source, raw: RawTable, columns: Mapping[str, str]) -> dict[str, str]:
    """Header of each key: as stated, else the first word of the lexicon that is there."""
    present = [str(name) for name in raw.frame.columns]
    known = _lexicon()["headers"]
    listed = ", ".join(present)
    faults = [
        source.fault("road_column", column=header, value=key, params={"columns": listed})
        for key, header in columns.items()
        if header not in present or key not in known
    ]
    if faults:
        raise errors.SchemaFault(*faults)
    plain = {_normal(name): name for name in reversed(present) if name not in columns.values()}
    found = {key: next((plain[word] for word in some if word in plain), None) for key, some in known.items()}
    return {key: header for key, header in found.items() if header and key not in columns} | dict(columns)


def _texts(raw: RawTable, header: str, key: str) -> list[str | None]:
    """Texts of a column in the words of OpenStreetMap, where they have such a meaning; else as found."""
    cells: list[str | None] = [None if cell is None else str(cell) for cell in raw.frame[header]]
    # Geofabrik writes F, T, B for forward, backward, both; T and F without B are true and false
    if key == "oneway" and {"B"} <= set(cells) <= {"F", "T", "B", None}:
        return [cell and _GEOFABRIK[cell] for cell in cells]
    book = _lexicon()["words"].get("yes" if key in _YES_NO else key, {})
    meaning = {word: meant for meant, some in book.items() for word in (*some, meant)}
    translated = {cell: meaning.get(_word(cell), cell) for cell in set(cells) if cell is not None}
    return [cell and translated[cell] for cell in cells]


def _word(cell: str) -> str:
    bare = unicodedata.normalize("NFKC", cell).casefold().strip()
    return bare if bare.startswith("-") or "_" in bare else _normal(bare)


# ---- shapes


def _lines(
    source: Source, raw: RawTable, headers: Mapping[str, str]
) -> tuple[Array, Array, Array, list[errors.Finding]]:
    """Feature of each line, all vertices, line of each vertex, and a warning for what is no line."""
    import shapely

    shapes = np.array([None] * len(raw.frame) if raw.geometry is None else raw.geometry, dtype=object)
    kinds = shapely.get_type_id(shapes)
    lines = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    usable = np.isin(kinds, lines) & ~shapely.is_empty(shapes)
    notes = []
    if not usable.all():
        others = np.flatnonzero(~usable)
        notes.append(
            source.finding(
                Severity.WARNING, "not_a_line", n_rows=len(others), feature=int(others[0]), sheet=raw.sheet
            )
        )
    if "highway" in headers:
        closed = {_normal(word) for word in _lexicon()["left_out"]["highway"]}
        usable &= np.array([_normal(str(cell)) not in closed for cell in raw.frame[headers["highway"]]])
    at = np.flatnonzero(usable)
    parts, owner = shapely.get_parts(shapes[at], return_index=True)
    full = shapely.get_num_coordinates(parts) > 1
    if not full.any():
        raise errors.SchemaFault(source.fault("no_roads"))
    spots, line = shapely.get_coordinates(parts[full], return_index=True)
    return at[owner[full]].astype(np.int64), spots, line, notes


def _ends(owner: Array) -> Array:
    """Whether a vertex is the first or last of its line."""
    change = np.diff(owner) > 0
    ends: Array = np.r_[True, change] | np.r_[change, True]
    return ends


def _keys(places: Array) -> Array:
    """One number for each place on the grid."""
    x = np.rint((places[:, 0] + 180) / GRID).astype(np.int64)
    y = np.rint((places[:, 1] + 90) / GRID).astype(np.int64)
    keys: Array = x * 1_800_000_001 + y
    return keys


def _joined(places: Array, owner: Array, *, inner: bool) -> tuple[Array, Array, Array, Array]:
    """Nodes of the vertices: ends of lines are shared with every vertex there, inner ones only if asked."""
    keys = _keys(places)
    _, first, back = np.unique(keys, return_index=True, return_inverse=True)
    shared = np.zeros(len(first), dtype=bool)
    shared[back[_ends(owner)]] = True
    root = np.where(shared[back] | inner, first[back], np.arange(len(keys)))
    nodes, at = np.unique(root, return_inverse=True)
    return at.astype(np.int32), nodes + 1, places[nodes, 0].copy(), places[nodes, 1].copy()


def _crossed(places: Array, owner: Array, n_lines: int) -> tuple[Array, Array]:
    """Vertices of the lines with one more wherever two of them cross or touch."""
    import shapely

    lines = shapely.linestrings(places, indices=owner)
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    meeting, pair = shapely.get_parts(shapely.intersection(lines[one], lines[other]), return_index=True)
    spots, part = shapely.get_coordinates(meeting, return_index=True)
    line = np.r_[one[pair[part]], other[pair[part]]]
    spots = np.r_[spots, spots]
    steps = np.r_[0.0, np.hypot(*np.diff(places, axis=0).T)]
    along = np.cumsum(steps)
    along -= along[np.searchsorted(owner, np.arange(n_lines))][owner]
    measure = np.r_[along, shapely.line_locate_point(lines[line], shapely.points(spots))]
    every, owners = np.r_[places, spots], np.r_[owner, line]
    order = np.lexsort((measure, owners))
    every, owners = every[order], owners[order]
    opens = np.r_[True, (np.diff(_keys(every)) != 0) | (np.diff(owners) != 0)]
    # of several at one place the line's own vertices stay, else one of the added ones
    run, own = np.cumsum(opens) - 1, order < len(places)
    keep = own | (opens & (np.bincount(run, own) == 0)[run])
    return every[keep], owners[keep]
