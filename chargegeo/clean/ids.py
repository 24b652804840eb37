"""Ids of stations: as compared, made where there are none, and repeated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo.clean.cells import INVISIBLE
from chargegeo.clean.result import fault
from chargegeo.errors import Finding
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.sources import RawTable

_NOTHING_SEEN = f"[{INVISIBLE}\\s\u3000]"


def keys(ids: pd.Series) -> pd.Series:
    """Ids as they are compared: NFKC, without blanks and invisible characters, upper and lower case alike."""
    plain = ids.astype("object").str.normalize("NFKC").str.replace(_NOTHING_SEEN, "", regex=True)
    return plain.str.casefold()


def made(raw: RawTable) -> list[str]:
    """An id for each record from its place in the file: ``line-12``, or ``feature-0`` without lines."""
    if raw.lines is None:
        return [f"feature-{row}" for row in range(len(raw.frame))]
    return [f"line-{line}" for line in raw.lines]


def complete(raw: RawTable, header: str | None, ids: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """Ids with made ones where the register has none, and what that calls for: a warning, or repairs."""
    import pandas as pd

    own = pd.Series(made(raw), index=ids.index, dtype="object")
    if header is None:
        warning = Finding(Severity.WARNING, fault(raw, "no_station_id"), n_rows=len(ids))
        return own, [warning] if len(ids) else []
    blank = ids.isna()
    repairs = [
        Finding(Severity.REPAIR, fault(raw, "id_made", int(row), header), own[row])
        for row in ids.index[blank]
    ]
    return ids.where(~blank, own), repairs


def duplicates(raw: RawTable, header: str, ids: pd.Series) -> list[Finding]:
    """Second and later records of an id, set aside; the first one is named by a warning."""
    key = keys(ids)
    again = key.duplicated()
    if not again.any():
        return []
    first = key[key.isin(set(key[again])) & ~again]
    row_of = dict(zip(first, first.index, strict=True))
    findings = [
        Finding(
            Severity.QUARANTINE,
            fault(
                raw,
                "duplicate_id",
                int(row),
                header,
                ids[row],
                first=_line(raw, row_of[key[row]]),
                first_row=int(row_of[key[row]]),
            ),
        )
        for row in key.index[again]
    ]
    times = key[again].value_counts()
    return findings + [
        Finding(Severity.WARNING, fault(raw, "id_repeated", int(row), header, ids[row], n=int(times[word])))
        for word, row in row_of.items()
    ]


def _line(raw: RawTable, row: int) -> int:
    return int(raw.lines[row]) if raw.lines is not None else int(row)
