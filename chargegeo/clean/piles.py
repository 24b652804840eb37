"""From counts and powers of stations, or from a list of piles, to the table of piles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chargegeo import schema
from chargegeo.clean.cells import Column, counts, header_factor, powers, texts, words
from chargegeo.clean.result import fault, issue_findings, quarantine
from chargegeo.errors import Finding, SchemaFault
from chargegeo.vocab import Current, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

FACTS = ("station_id", "n_piles", "current", "power_kw")


def stated(stations: pd.DataFrame) -> pd.Series:
    """Number of piles that each row states, null where none can be read.

    Where direct- and alternating-current piles are both stated they decide; else the larger of the total and
    what is stated of the parts.
    """
    import numpy as np

    total = stations["n_piles"].astype("float64")
    parts = stations[["n_piles_dc", "n_piles_ac"]].astype("float64")
    summed = parts.sum(axis=1, min_count=1)
    return summed.where(parts.notna().all(axis=1), np.fmax(total, summed))


def from_counts(stations: pd.DataFrame) -> pd.DataFrame:
    """Contract table ``piles`` of accepted stations, from what their rows say.

    Parameters
    ----------
    stations
        ``station_id, n_piles, n_piles_dc, n_piles_ac, current, power_kw, power_kw_max``, null where unknown.

    Returns
    -------
    In the order of stations: direct-current piles, alternating-current piles, piles of unknown kind. Where
    only the largest power of a station is known, it is the power of one pile and the others' is unknown. A
    station of unknown count is one row of one pile.
    """
    import pandas as pd

    given = stations.reset_index(drop=True)
    parts = given[["n_piles_dc", "n_piles_ac"]].astype("float64").fillna(0)
    wide = given[["n_piles_dc", "n_piles_ac"]].notna().any(axis=1)
    rest = stated(given).fillna(1) - parts.sum(axis=1)
    pieces = [
        given.assign(n_piles=parts["n_piles_dc"], current=Current.DC.value, part=0),
        given.assign(n_piles=parts["n_piles_ac"], current=Current.AC.value, part=1),
        given.assign(n_piles=rest, current=given["current"].where(~wide, None), part=2),
    ]
    rows = pd.concat([piece.assign(order=given.index) for piece in pieces], ignore_index=True)
    rows = rows[rows["n_piles"] > 0].sort_values(["order", "part"], ignore_index=True)
    return schema.conform(_largest(rows), "piles")


def _largest(rows: pd.DataFrame) -> pd.DataFrame:
    """One pile of the station's largest power, where that is all that is known; the rest of unknown power."""
    import pandas as pd

    chosen = rows["power_kw"].isna() & rows["power_kw_max"].notna() & ~rows.duplicated("order")
    one = rows[chosen].assign(n_piles=1, power_kw=rows.loc[chosen, "power_kw_max"], half=0)
    others = rows.assign(n_piles=rows["n_piles"] - chosen, half=1)
    both = pd.concat([one, others[others["n_piles"] > 0]])
    return both.sort_values(["order", "part", "half"], ignore_index=True)[list(FACTS)]


@dataclass(frozen=True)
class PileList:
    """A pile list as read: for each record the station's id as compared (``key``), count, facts."""

    rows: pd.DataFrame
    findings: tuple[Finding, ...]


def read_list(raw: RawTable, columns: Mapping[str, str], region: Region) -> PileList:
    """Cells of a pile list; a record without a count is one pile.

    Raises
    ------
    SchemaFault
        If no column holds the station's id.
    """
    import pandas as pd

    from chargegeo.clean import lexicon
    from chargegeo.clean.ids import keys

    frame = raw.frame
    if "station_id" not in columns:
        wanted = lexicon.label("station_id", "piles", list(frame.columns))
        raise SchemaFault(fault(raw, "missing_column", None, wanted, columns=", ".join(frame.columns)))
    worksheet = raw.positions is not None
    read: dict[str, Column] = {}
    for name in ("n_piles", "n_guns"):
        if name in columns:
            read[name] = counts(texts(frame[columns[name]]), worksheet=worksheet)
    if "current" in columns:
        read["current"] = words(texts(frame[columns["current"]]), "current", worksheet=worksheet)
    if "power_kw" in columns:
        header = columns["power_kw"]
        read["power_kw"] = powers(
            texts(frame[header]), limits=region.limits, factor=header_factor(header), worksheet=worksheet
        )
    rows = pd.DataFrame({name: column.values for name, column in read.items()}, index=frame.index)
    rows = rows.reindex(columns=["n_piles", "n_guns", "current", "power_kw"])
    rows["n_piles"] = rows["n_piles"].astype("float64").fillna(1)
    rows["key"] = keys(texts(frame[columns["station_id"]]))
    findings = [
        found for name, column in read.items() for found in issue_findings(raw, columns[name], column.issues)
    ]
    none = rows.index[rows["n_piles"] == 0]
    findings += [
        Finding(Severity.QUARANTINE, fault(raw, "pile_count_zero", int(row), columns.get("n_piles")))
        for row in none
    ]
    return PileList(rows, tuple(findings))


@dataclass(frozen=True)
class Joined:
    """Piles of accepted stations, counts by compared id, records set aside, and findings about the list."""

    piles: pd.DataFrame
    counted: pd.DataFrame
    quarantine: pd.DataFrame
    findings: tuple[Finding, ...]


def join(
    raw: RawTable, columns: Mapping[str, str], listed: PileList, accepted: pd.Series, every: pd.Series
) -> Joined:
    """Put the records of a pile list to their stations.

    Parameters
    ----------
    accepted
        Station id by compared id, accepted stations only.
    every
        Compared ids of all records of the register. Piles of a station that was set aside are set aside
        without a count: the station's own record in quarantine counts them.
    """
    import numpy as np

    rows = listed.rows
    refused = {item.fault.row for item in listed.findings if item.severity is Severity.QUARANTINE}
    stranger = ~rows["key"].isin(accepted.index)
    aside = stranger & rows["key"].isin(every)
    header = columns["station_id"]
    found = raw.frame[header]
    more = [
        Finding(
            Severity.QUARANTINE,
            fault(
                raw,
                "pile_of_set_aside" if aside[row] else "pile_of_unknown",
                int(row),
                header,
                found.iloc[row],
            ),
        )
        for row in np.flatnonzero(stranger)
    ]
    readable = rows[~rows.index.isin(refused)]
    good = readable[~stranger[readable.index]]
    piles = (
        good.assign(station_id=good["key"].map(accepted))
        .groupby(["station_id", "current", "power_kw"], dropna=False, sort=True)["n_piles"]
        .sum()
        .reset_index()[list(FACTS)]
    )
    findings = [*listed.findings, *more]
    # counted with the station's own record in quarantine
    there = aside & ~rows.index.isin(refused)
    known = {
        # half a surrogate pair, which JSON can hold, cannot be stored
        "station_id": texts(found).tolist(),
        "n_piles": rows["n_piles"].where(~there).astype("Int64").to_list(),
    }
    counted = readable.groupby("key")[["n_piles", "n_guns"]].sum(min_count=1)
    return Joined(schema.conform(piles, "piles"), counted, quarantine(raw, findings, known), tuple(findings))
