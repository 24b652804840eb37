"""What the adapters of exchange formats share: the form of a record, the tables they give, small readings."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chargegeo import errors
from chargegeo.sources.jsontext import text
from chargegeo.sources.raw import Source

Columns = dict[str, list[str | None]]
PILE_COLUMNS = ("station_id", "pile_id", "n_piles", "current", "power_kw", "n_guns")
GUN_COLUMNS = ("station_id", "pile_id", "gun_id", "kind", "power_kw", "n_guns")
_DECIMALS = 6


@dataclass(frozen=True)
class Note:
    """A warning about `n_rows` records of the feed."""

    code: str
    column: str | None
    n_rows: int


@dataclass(frozen=True)
class Tables:
    """Columns of texts: a row a station, a row a pile or several equal ones, a row a gun or several equal ones.

    ``always`` names the columns of stations that stand even if no record fills them.
    """

    stations: Columns
    piles: Columns
    guns: Columns
    always: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Format:
    """One exchange format.

    Parameters
    ----------
    name
        Kind of its raw tables.
    datum
        Datum that it prescribes.
    key
        Key of a station's id.
    objects
        Keys of a station that hold an object, if anything.
    lists
        Key of a station that holds objects, and the key of those that holds further ones.
    knows
        Whether a document has the keys of the format.
    records
        Stations of a document.
    tables
        Pure function from stations to tables.
    declared
        Pairs of numbers (declared, present) of pages and of stations, from the documents and the number read.
    """

    name: str
    datum: str
    key: str
    objects: tuple[str, ...]
    lists: tuple[str, ...]
    knows: Callable[[Any], bool]
    records: Callable[[Any], list[Any]]
    tables: Callable[[Sequence[Mapping[str, Any]]], Tables]
    declared: Callable[[list[Any], int], list[tuple[int, int]]] = lambda _, __: []


def faults(
    source: Source, form: Format, records: Sequence[Any], lines: Sequence[int] | None
) -> Iterator[errors.Fault]:
    """A fault for each place where a record is not built as the format says."""
    for i, record in enumerate(records):
        for code, column, value in _misfits(form, record):
            line = None if lines is None else lines[i]
            yield source.fault(code, line=line, row=i, feature=i, column=column, value=value)


def _misfits(form: Format, record: Any) -> Iterator[tuple[str, str | None, Any]]:
    """Code, key and value of what does not fit in one record."""
    if not isinstance(record, dict):
        yield "exchange_object", None, record
        return
    name = record.get(form.key)
    if isinstance(name, bool) or not isinstance(name, (str, int)) or not str(name).strip():
        yield "exchange_id", form.key, name
    for key in form.objects:
        if not isinstance(record.get(key), (dict, type(None))):
            yield "exchange_object", key, record[key]
    yield from _lists(form.lists, record, "")


def _lists(keys: tuple[str, ...], record: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, Any]]:
    if not keys:
        return
    inner, where = record.get(keys[0]), path + keys[0]
    if not isinstance(inner, (list, type(None))):
        yield "exchange_array", where, inner
        return
    for k, each in enumerate(inner or ()):
        if isinstance(each, dict):
            yield from _lists(keys[1:], each, f"{where}[{k}].")
        else:
            yield "exchange_object", f"{where}[{k}]", each


def column(records: Iterable[Mapping[str, Any]], key: str) -> list[str | None]:
    """Texts of one key."""
    return [text(record.get(key)) for record in records]


def columns(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Columns:
    """Columns from rows."""
    if not rows:
        return {name: [] for name in names}
    return {name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}


def firsts(ids: Sequence[str | None]) -> list[bool]:
    """Whether each id stands for the first time, as the cleaner compares ids.

    A repeated station is set aside with its count; its piles must not be counted with the first one's again.
    """
    seen: set[str] = set()
    first = []
    for each in ids:
        name = _compared(each or "")
        first.append(name not in seen)
        seen.add(name)
    return first


def _compared(name: str) -> str:
    if not (name.isascii() and name.isalnum()):
        name = unicodedata.normalize("NFKC", name)
        name = "".join(c for c in name if c.isprintable() and not c.isspace())
    return name.casefold()


def number(value: Any) -> float | None:
    """A number, also one written as text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def number_text(value: float) -> str | None:
    """Text of a computed number."""
    return text(round(value, _DECIMALS))


def total(values: Sequence[Any]) -> str | None:
    """Sum of whole numbers, null where any is not known; the first that is no whole number stands as it is."""
    if any(value is None for value in values):
        return None
    odd = next((value for value in values if isinstance(value, bool) or not isinstance(value, int)), None)
    return text(sum(values)) if odd is None else text(odd)
