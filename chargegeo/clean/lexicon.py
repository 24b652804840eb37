"""The words the cleaner looks for: headers of columns and words in cells, from ``lexicon.toml``.

A header is compared after NFKC, in lower case, without blanks, underscores, hyphens and what stands in
brackets; an exact match wins, then the longest lexicon word that the header ends in. Two headers for one
column are an error that names both, never a silent choice.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, SchemaFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\u3010[^\u3010\u3011]*\u3011")
_FILLERS = re.compile(r"[\s_\-.:*/]+")
_CJK = re.compile(r"[\u4e00-\u9fff]")
# a shorter word at the end of a header is too common to mean the column ("name", "type")
_SHORTEST_ENDING = 3


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))


def normal(text: str) -> str:
    """A word as it is compared: NFKC, lower case, without blanks, ``_ - . : * /`` and bracketed parts."""
    plain = unicodedata.normalize("NFKC", text)
    bare = _FILLERS.sub("", _BRACKETS.sub("", plain)).casefold()
    return bare or _FILLERS.sub("", plain).casefold()


@cache
def headers(table: str) -> dict[str, str]:
    """Normal header word to the column it means, for a table of ``[headers]`` in the lexicon."""
    return {normal(word): column for column, words in _lexicon()["headers"][table].items() for word in words}


@cache
def values(group: str) -> dict[str, str | None]:
    """Mapping from a normal word to the word of a closed list; none where the word says that it is not known.

    ``group`` is ``access``, ``status``, ``scene``, ``current``, ``datum`` or ``town_kind``.
    """
    known = {normal(word): value for value, words in _lexicon()["values"][group].items() for word in words}
    return {word: None if value == "null" else value for word, value in known.items()}


@cache
def missing() -> frozenset[str]:
    """Words that mean "no value" in a column of numbers, dates or closed words: NFKC, lower case."""
    return frozenset(
        unicodedata.normalize("NFKC", word).casefold() for word in _lexicon()["missing"]["words"]
    )


@cache
def error_cells() -> frozenset[str]:
    """What a spreadsheet shows where a formula failed."""
    return frozenset(_lexicon()["missing"]["error_cells"])


@cache
def words(key: str) -> tuple[str, ...]:
    """A plain list of the lexicon, by its key under ``[words]``."""
    return tuple(_lexicon()["words"][key])


def label(column: str, table: str, found: Sequence[str]) -> str:
    """The first header word of a column in the language of the headers found: what to ask the user for."""
    chinese = any(_CJK.search(header) for header in found)
    candidates: list[str] = _lexicon()["headers"][table][column]
    return next((word for word in candidates if bool(_CJK.search(word)) is chinese), candidates[0])


def columns(
    found: Sequence[str],
    table: str,
    *,
    mapping: Mapping[str, str] | None = None,
    file: str | None = None,
    sheet: str | None = None,
) -> dict[str, str]:
    """Which header holds which column.

    Parameters
    ----------
    found
        Headers as in the file.
    table
        ``stations``, ``piles``, ``service_areas``, ``candidates``, ``units`` or ``seats``.
    mapping
        The study's own choice, column to header: it goes before the lexicon.
    file, sheet
        For the errors.

    Returns
    -------
    Column to header, only columns that were found.

    Raises
    ------
    SchemaFault
        If two headers mean one column, or the mapping names an unknown column or a header that is not there.
    """
    chosen = dict(mapping or {})
    faults = _mapping_faults(chosen, found, table, file, sheet)
    rest = [header for header in found if header not in chosen.values()]
    for match in (_exact, _ending):
        claims: dict[str, list[str]] = {}
        for header in rest:
            column = match(header, table)
            if column is not None and column not in chosen:
                claims.setdefault(column, []).append(header)
        faults += [
            Fault("two_headers", file, sheet, column=", ".join(claimed), params={"target": column})
            for column, claimed in claims.items()
            if len(claimed) > 1
        ]
        chosen |= {column: claimed[0] for column, claimed in claims.items()}
        rest = [header for header in rest if header not in chosen.values()]
    if faults:
        raise SchemaFault(*faults)
    return chosen


def _mapping_faults(
    mapping: Mapping[str, str], found: Sequence[str], table: str, file: str | None, sheet: str | None
) -> list[Fault]:
    known = set(_lexicon()["headers"][table])
    listed = {"columns": ", ".join(found), "known": ", ".join(sorted(known))}
    return [
        Fault("mapping_header", file, sheet, column=header, params={"target": column, **listed})
        for column, header in mapping.items()
        if header not in found
    ] + [
        Fault("mapping_column", file, sheet, column=header, params={"target": column, **listed})
        for column, header in mapping.items()
        if column not in known
    ]


def _exact(header: str, table: str) -> str | None:
    known = headers(table)
    plain = normal(header)
    for unit in ("", *words("unit_endings")):
        if unit and not plain.endswith(unit):
            continue
        column = known.get(plain.removesuffix(unit))
        if column is not None:
            return column
    return None


def _ending(header: str, table: str) -> str | None:
    """Column of the longest Chinese word that the header ends in; none for totals, plans, averages."""
    plain = normal(header)
    if any(word in plain for word in words("not_this")):
        return None
    ends = [
        word
        for word in headers(table)
        if _CJK.search(word)
        and plain.endswith(word)
        and (len(word) >= _SHORTEST_ENDING or headers(table)[word] in {"lon", "lat"})
    ]
    return headers(table)[max(ends, key=len)] if ends else None
