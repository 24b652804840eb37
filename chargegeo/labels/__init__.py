"""WHAT PEOPLE READ: every word shown to a person, in Chinese and English.

In come a key and values, out comes text; the words stand in ``zh/*.toml`` and ``en/*.toml``, one file a room,
merged when first asked for. Values are set into a text as data and never read as a template again.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Word:
    """A word of a closed list as a value of a text: it is told in the language of the text."""

    group: str
    value: str


@cache
def _words(lang: str) -> dict[str, str]:
    """Flat mapping from dotted key to text of one language."""
    words: dict[str, str] = {}
    for entry in sorted(files(__package__).joinpath(lang).iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            _flatten(tomllib.loads(entry.read_text("utf-8")), "", words)
    return words


def _flatten(tree: dict[str, Any], prefix: str, into: dict[str, str]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", into)
        else:
            into[prefix + key] = str(value)


def text(key: str, lang: str = "zh", /, **values: object) -> str:
    """Text of a key with values set in.

    Parameters
    ----------
    key
        Dotted key, for example ``"fault.missing_file"``.
    lang
        ``"zh"`` or ``"en"``.
    values
        Set into the ``{named}`` places of the text, as they are.

    Raises
    ------
    KeyError
        If the key has no text in this language.
    """
    return _words(lang)[key].format_map({name: _shown(value, lang) for name, value in values.items()})


def _shown(value: object, lang: str) -> object:
    if isinstance(value, Word):
        return word(value.group, value.value, lang)
    return "" if value is None else value


def word(group: str, value: object, lang: str = "zh") -> str:
    """Label of a word of a closed list (:mod:`chargegeo.vocab`); the word itself if it has none; null is ''."""
    if value is None or value != value:
        return ""
    return _words(lang).get(f"{group}.{value}", str(value))


def keys(lang: str = "zh") -> frozenset[str]:
    """All keys of a language."""
    return frozenset(_words(lang))
