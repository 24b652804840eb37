"""Strict JSON: no NaN, nothing cut off, keys that stand twice told; one document, or one a line."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chargegeo import errors
from chargegeo.sources.raw import Source, cell_text
from chargegeo.vocab import Severity


@contextmanager
def many_objects() -> Iterator[None]:
    """Do not look for cycles while a file is read: JSON has none, and the search is half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Doubled(dict[str, Any]):
    """A JSON object in which `key` stands twice."""

    key = ""


class NotANumber(float):
    """A NaN or Infinity literal, which JSON does not have."""


@dataclass(frozen=True)
class Documents:
    """Documents of a text.

    Parameters
    ----------
    values
        The documents: one, or as many as objects stand one a line.
    lines
        Line of each, from 1; None for one document.
    odd
        Whether a key stands twice or a NaN stands anywhere: only then a search for the place is worth it.
    """

    values: list[Any]
    lines: list[int] | None
    odd: bool


def parse(source: Source, text: str) -> Documents:
    """Documents of a text.

    Raises
    ------
    FormatFault
        Naming the line that is no JSON, or where the text is cut off.
    """
    reader = _Reader()
    try:
        return Documents([reader.loads(text)], None, reader.odd)
    except json.JSONDecodeError as error:
        found = _sequence(source, reader, text)
        if found is None:
            raise _broken(source, text, error) from None
        return Documents(*found, reader.odd)


class _Reader:
    """Reads JSON texts and remembers whether any was odd."""

    odd = False

    def loads(self, text: str) -> Any:
        return json.loads(text, object_pairs_hook=self._object, parse_constant=self._constant)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self.odd = True
        doubled = Doubled(made)
        names = [name for name, _ in pairs]
        doubled.key = next(name for name in names if names.count(name) > 1)
        return doubled

    def _constant(self, text: str) -> NotANumber:
        self.odd = True
        return NotANumber(text)


def _broken(source: Source, text: str, error: json.JSONDecodeError) -> errors.FormatFault:
    cut = (
        error.pos >= len(text.rstrip()) or text.rstrip()[-1:] not in ("}", "]") or "Unterminated" in error.msg
    )
    return source.refuse("truncated_line" if cut else "bad_json", line=error.lineno)


def _sequence(source: Source, reader: _Reader, text: str) -> tuple[list[Any], list[int]] | None:
    """Objects of a file with one a line; None if its first line is no object of its own."""
    lines = [(n, line.strip("\x1e \t\r")) for n, line in enumerate(text.split("\n"), start=1)]
    lines = [(n, line) for n, line in lines if line]
    documents: list[Any] = []
    for n, line in lines:
        try:
            documents.append(reader.loads(line))
        except json.JSONDecodeError:
            if not documents:
                return None
            raise source.refuse("truncated_line" if n == lines[-1][0] else "bad_json", line=n) from None
        if not isinstance(documents[0], dict):
            return None
    return documents, [n for n, _ in lines]


def text(value: Any) -> str | None:
    """A value as one cell; an object or array is JSON text."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return cell_text(value)


def walk(value: Any) -> Iterator[Any]:
    """A value and all that is inside it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from walk(each)


def encoding_finding(source: Source, encoding: str, n_rows: int) -> list[errors.Finding]:
    """A repair if the text was not UTF-8."""
    if encoding == "UTF-8":
        return []
    return [source.finding(Severity.REPAIR, "encoding", n_rows=n_rows, params={"encoding": encoding})]
