"""Every error of chargegeo.

::

    ChargegeoError                      anything we refuse, with all its faults
    |-- InputError (ValueError)         a file of the user's cannot be used
    |   |-- MissingFile (FileNotFoundError)
    |   |-- FormatFault                 unreadable, truncated, not what its name says, too large
    |   |-- SchemaFault                 columns or values that make the whole file unusable
    |   |-- CrsFault                    no coordinate reference, an unstated datum, a refused one
    |   `-- BoundaryFault               boundaries without a usable polygon, repairs without consent
    |-- StudyFault (ValueError)         the study file says something impossible
    |-- RegionFault (ValueError)        no such region, or a profile that contradicts itself
    |-- ContractFault (ValueError)      one of our own tables breaks its contract: a bug, please report it
    `-- OutputFault (OSError)           a result cannot be written; earlier results are untouched

An error holds *all* faults found, each with its place; ``str(error)`` is English, :meth:`ChargegeoError.text`
gives any language of :mod:`chargegeo.labels`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chargegeo import labels
from chargegeo.vocab import Severity


@dataclass(frozen=True)
class Fault:
    """One fault and its place.

    Parameters
    ----------
    code
        Key of the text: ``fault.<code>`` in the labels. A text says what is wrong and what to do.
    file, sheet
        Where; the file as the user wrote it.
    line
        Line of the file or sheet, from 1, the header included.
    row
        Data record, from 0.
    column
        Name of the column as in the file.
    feature
        Index or code of a feature.
    value
        The value as found, shortened by whoever shows it.
    params
        More values for the text.
    """

    code: str
    file: str | None = None
    sheet: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    feature: str | int | None = None
    value: object = None
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "zh") -> str:
        """What is wrong and what to do, without the place."""
        return labels.text(
            f"fault.{self.code}",
            lang,
            **{
                "file": self.file,
                "sheet": self.sheet,
                "line": self.line,
                "row": self.row,
                "column": self.column,
                "feature": self.feature,
                "value": shorten(self.value),
                **self.params,
            },
        )

    def place(self, lang: str = "zh") -> str:
        """The place in words: file, sheet, line, column, feature; the key of an entry stands in its text."""
        column = None if self.column == self.params.get("key") else self.column
        parts = [
            labels.text(f"place.{name}", lang, value=value)
            for name, value in (
                ("file", self.file),
                ("sheet", self.sheet),
                ("line", self.line),
                ("column", column),
                ("feature", self.feature),
            )
            if value is not None
        ]
        return " ".join(parts)


def shorten(value: object, limit: int = 80) -> str:
    """A value as one printable line of at most ``limit`` characters; control characters become escapes."""
    text = "" if value is None else str(value)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


class ChargegeoError(Exception):
    """Anything we refuse. Catch it to catch every error of ours."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__(*faults)

    def text(self, lang: str = "zh") -> str:
        """All faults, a line each, with their places."""
        lines = (f"{fault.place(lang)}: {fault.text(lang)}".removeprefix(": ") for fault in self.faults)
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text("en")


class InputError(ChargegeoError, ValueError):
    """A file of the user's cannot be used."""


class MissingFile(InputError, FileNotFoundError):
    """A file that was named is not there."""

    # OSError's own __str__ would win over ours in the method order
    __str__ = ChargegeoError.__str__


class FormatFault(InputError):
    """Unreadable, truncated, too large, or not what its name says."""


class SchemaFault(InputError):
    """Columns or values that make the whole file unusable."""


class CrsFault(InputError):
    """No coordinate reference, an unstated datum, or one that is refused."""


class BoundaryFault(InputError):
    """Boundaries without a usable polygon, or a repair that needs consent."""


class StudyFault(ChargegeoError, ValueError):
    """The study file says something impossible."""


class RegionFault(ChargegeoError, ValueError):
    """No such region, or a profile that contradicts itself."""


class ContractFault(ChargegeoError, ValueError):
    """One of our own tables breaks its contract."""


class OutputFault(ChargegeoError, OSError):
    """A result cannot be written; earlier results are untouched."""

    __str__ = ChargegeoError.__str__


@dataclass(frozen=True)
class Finding:
    """What became of one fault: a repair, a row set aside, a warning.

    Parameters
    ----------
    severity
        What was done.
    fault
        What was wrong, where, and the value as found.
    new
        Value after a repair.
    n_rows
        Rows affected, for a finding about a whole file or column.
    """

    severity: Severity
    fault: Fault
    new: object = None
    n_rows: int = 1
