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
from chargegeo.vocab import Datum, RoadClass, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chargegeo.sources.raw import RawTable

    Array = np.ndarray[Any, np.dtype[Any]]

GRID = 1e-7
"""Degrees: places that are equal after rounding to this are one (about a centimetre)."""
_YES_NO = ("bridge", "tunnel", "toll")
_FILLERS = re.compile(r"[\s_\-.:*/]+")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
# Geofabrik writes F, T, B for along, against, both; other files F and T for false and true
_GEOFABRIK, _BOOLEAN = {"f": "yes", "t": "-1"}, {"f": "no", "t": "yes"}
_CODES = {"0": "no", "1": "no", "2": "yes", "3": "-1"}
"""Directions of navigation data in China: not surveyed, both, along, against."""
_KNOWN_WELL = 0.5
"""Share of roads with a known word from which a column of classes is one."""
_LISTED = 10


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
        Whether lines also meet where they cross, or share a point that is an end of neither, unless columns
        of the file (layer, bridge, tunnel) put them on different levels.

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
    crs = (raw.crs or "").strip()
    if not crs:
        raise errors.CrsFault(source.fault("road_crs_missing"))
    places = degrees(source, crs, spots)
    tags = {key: _texts(_cells(raw, header), key, raw) for key, header in headers.items()}
    notes += [*_told(source, raw, headers, tags, feature)]
    level = None
    if crossings:
        level = _levels(tags, len(raw.frame))[feature]
        places, owner = _crossed(places, owner, level)
    at, node_id, lon, lat = _joined(places, owner, level)
    sizes = np.bincount(owner, minlength=len(feature))
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
    found = {key: [plain[word] for word in some if word in plain] for key, some in known.items()}
    last = [plain[word] for word in _lexicon()["last_resort"]["highway"] if word in plain]
    chosen = {key: some[0] for key, some in found.items() if some and key not in columns}
    if (found["highway"] or last) and "highway" not in columns:
        chosen["highway"] = _class_header(raw, found["highway"], last)
    return chosen | dict(columns)


def _class_header(raw: RawTable, usual: list[str], last: list[str]) -> str:
    """The header of classes that are known best, the earlier of two about as good; the last ones only if need be."""
    shares = {header: _share_known(raw, header) for header in (*usual, *last)}
    if usual and max(shares[header] for header in usual) >= _KNOWN_WELL:
        last = []
    return max((*usual, *last), key=lambda header: round(shares[header], 1))


def _share_known(raw: RawTable, header: str) -> float:
    cells = _cells(raw, header)
    known = {cell: _known_class(cell) for cell in set(cells) if cell}
    return sum(known[cell] for cell in cells if cell) / max(1, len(cells))


def _known_class(cell: str) -> bool:
    """Whether a text names a class, or something that no car may use; of several one is enough."""
    meaning = _meanings("highway")
    known = {*meaning.values(), *RoadClass}
    return any(
        meaning.get(_word(part), part.strip().lower()) in known or _closed(part) for part in cell.split(";")
    )


def _closed(cell: str) -> bool:
    return _normal(cell) in {_normal(word) for word in _lexicon()["left_out"]["highway"]}


def _cells(raw: RawTable, header: str) -> list[str | None]:
    """Texts of a column without blanks around them; None where nothing is left."""
    return [None if cell is None else str(cell).strip() or None for cell in raw.frame[header]]


@cache
def _meanings(key: str) -> dict[str, str]:
    """Word of OpenStreetMap by each word of the lexicon."""
    book = _lexicon()["words"].get("yes" if key in _YES_NO else key, {})
    return {word: meant for meant, some in book.items() for word in (*some, meant)}


def _texts(cells: list[str | None], key: str, raw: RawTable) -> list[str | None]:
    """Texts of a column in the words of OpenStreetMap, where they have such a meaning; else as found."""
    meaning = _meanings(key)
    distinct = {cell for cell in cells if cell}
    if key == "oneway":
        meaning = {**meaning, **_direction_letters(distinct, raw)[0]}
    if key == "maxspeed":
        translated = {cell: _bare_speed(cell) for cell in distinct}
    else:
        translated = {cell: meaning.get(_word(cell), cell) for cell in distinct}
    if key == "highway":
        return [translated[cell] if cell and _known_class(cell) else None for cell in cells]
    return [cell and translated[cell] for cell in cells]


def _direction_letters(distinct: set[str], raw: RawTable) -> tuple[dict[str, str], str | None]:
    """What F and T, or 1, 2 and 3, mean in a column of directions, and the code of a warning where it is a guess."""
    words_ = {_word(cell) for cell in distinct}
    if "b" in words_:
        return _GEOFABRIK, None
    if words_ and words_ <= {"f", "t"}:
        by_geofabrik = "fclass" in map(_normal, map(str, raw.frame.columns))
        return (_GEOFABRIK, "road_oneway_drawn") if by_geofabrik else (_BOOLEAN, "road_oneway_true")
    if words_ & {"2", "3"} and all(word.isdigit() for word in words_):
        return _CODES, "road_oneway_codes"
    return _BOOLEAN, None


def _bare_speed(cell: str) -> str:
    """A speed without words for its unit and what it is, where nothing but a number is left; else as found."""
    spelling = _lexicon()["speed"]
    bare = _normal_speed(cell)
    for word in spelling["before"]:
        bare = bare.removeprefix(word)
    bare = next((bare.removesuffix(unit) for unit in spelling["units"] if bare.endswith(unit)), bare)
    return bare if _NUMBER.fullmatch(bare) else cell


def _normal_speed(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).casefold().replace(":", "").split())


def _told(
    source: Source,
    raw: RawTable,
    headers: Mapping[str, str],
    tags: Mapping[str, list[str | None]],
    feature: Array,
) -> Iterator[errors.Finding]:
    """Warnings of what was guessed or not understood: classes, and letters of directions."""
    rows = np.unique(feature)
    if "highway" in headers:
        cells = _cells(raw, headers["highway"])
        odd = [row for row in rows.tolist() if cells[row] and tags["highway"][row] is None]
        if odd:
            names = list(dict.fromkeys(cells[row] or "" for row in odd))
            listed = ", ".join(names[:_LISTED])
            yield source.finding(
                Severity.WARNING, "road_class_unknown", n_rows=len(odd), column=headers["highway"],
                feature=odd[0] + 1, value=listed, params={"n": len(odd), "words": len(names)},
            )  # fmt: skip
    if "oneway" in headers:
        cells = _cells(raw, headers["oneway"])
        code = _direction_letters({cell for cell in cells if cell}, raw)[1]
        stated = [row for row in rows.tolist() if cells[row]]
        if code and stated:
            yield source.finding(
                Severity.WARNING, code, n_rows=len(stated), column=headers["oneway"],
                feature=stated[0] + 1, params={"n": len(stated)},
            )  # fmt: skip


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
        cells = _cells(raw, headers["highway"])
        closed = {cell for cell in set(cells) if cell and _closed(cell)}
        usable &= np.array([cell not in closed for cell in cells])
    at = np.flatnonzero(usable)
    parts, owner = shapely.get_parts(shapes[at], return_index=True)
    full = shapely.get_num_coordinates(parts) > 1
    if not full.any():
        raise errors.SchemaFault(source.fault("no_roads"))
    spots, line = shapely.get_coordinates(parts[full], return_index=True)
    return at[owner[full]].astype(np.int64), spots, line, notes


def _ends(owner: Array) -> Array:
    """Whether a vertex is the first or last of its line."""
    ends: Array = _opens(owner) | _opens(owner[::-1])[::-1]
    return ends


def _opens(owner: Array) -> Array:
    """Whether an item is of another line than the one before it."""
    opens: Array = np.r_[True, np.diff(owner) != 0]
    return opens


def _keys(places: Array) -> Array:
    """One number for each place on the grid."""
    x = np.rint((places[:, 0] + 180) / GRID).astype(np.int64)
    y = np.rint((places[:, 1] + 90) / GRID).astype(np.int64)
    keys: Array = x * 1_800_000_001 + y
    return keys


def _joined(places: Array, owner: Array, level: Array | None) -> tuple[Array, Array, Array, Array]:
    """Nodes of the vertices: ends of lines are shared with every vertex there, inner ones only on one level."""
    keys = _keys(places)
    _, first, back = np.unique(keys, return_index=True, return_inverse=True)
    shared = np.zeros(len(first), dtype=bool)
    shared[back[_ends(owner)]] = True
    apart = np.arange(len(keys))
    if level is not None:
        both = np.stack((back, level[owner]), axis=1)
        _, one, alike = np.unique(both, axis=0, return_index=True, return_inverse=True)
        apart = one[alike.ravel()]
    root = np.where(shared[back], first[back], apart)
    nodes, at = np.unique(root, return_inverse=True)
    return at.astype(np.int32), nodes + 1, places[nodes, 0].copy(), places[nodes, 1].copy()


def _levels(tags: Mapping[str, list[str | None]], n: int) -> Array:
    """Level of each feature: its layer, else 1 for a bridge, -1 for a tunnel, 0 for all else."""
    blank: list[str | None] = [None] * n
    stated = zip(*(tags.get(key, blank) for key in ("layer", "bridge", "tunnel")), strict=True)
    return np.array([_level(*texts) for texts in stated], dtype=np.int64)


def _level(layer: str | None, bridge: str | None, tunnel: str | None) -> int:
    stated = re.fullmatch(r"[+-]?[0-9]{1,3}", layer or "")
    if stated and int(stated[0]):
        return int(stated[0])
    return int((bridge or "no") != "no") - int((tunnel or "no") != "no")


def _crossed(places: Array, owner: Array, level: Array) -> tuple[Array, Array]:
    """Vertices of the lines with one more wherever two of one level cross or touch.

    A line above or below the ground meets others at its own ends alone.
    """
    import shapely

    lines = shapely.linestrings(places, indices=owner)
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    meeting, pair = shapely.get_parts(shapely.intersection(lines[one], lines[other]), return_index=True)
    spots, part = shapely.get_coordinates(meeting, return_index=True)
    one, other = one[pair[part]], other[pair[part]]
    here = _keys(spots)
    first, last = np.flatnonzero(_opens(owner)), np.flatnonzero(_opens(owner[::-1])[::-1])
    meet = level[one] == level[other]
    for line in (one, other):
        ends = _keys(places[first])[line], _keys(places[last])[line]
        meet |= (level[line] != 0) & ((ends[0] == here) | (ends[1] == here))
    spots = np.r_[spots[meet], spots[meet]]
    line = np.r_[one[meet], other[meet]]
    steps = np.r_[0.0, np.hypot(*np.diff(places, axis=0).T)]
    along = np.cumsum(steps)
    along -= along[first][owner]
    measure = np.r_[along, shapely.line_locate_point(lines[line], shapely.points(spots))]
    every, owners = np.r_[places, spots], np.r_[owner, line]
    order = np.lexsort((measure, owners))
    every, owners = every[order], owners[order]
    opens = np.r_[True, (np.diff(_keys(every)) != 0) | (np.diff(owners) != 0)]
    # of several at one place the line's own vertices stay, else one of the added ones
    run, own = np.cumsum(opens) - 1, order < len(places)
    keep = own | (opens & (np.bincount(run, own) == 0)[run])
    return every[keep], owners[keep]
