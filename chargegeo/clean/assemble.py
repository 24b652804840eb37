"""The end of cleaning a register: what stands, its piles, the tables, and the sums that must agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.clean import ids, lexicon, piles
from chargegeo.clean.result import Cleaned, fault, quarantine, repairs
from chargegeo.errors import ContractFault, Fault, Finding, SchemaFault
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd

    from chargegeo.clean.positions import Positions
    from chargegeo.region import Region
    from chargegeo.sources import RawTable

    Flags = np.ndarray[Any, np.dtype[np.bool_]]

# faults listed when nothing can be used
_FIRST = 5


@dataclass(frozen=True)
class _Tally:
    """Piles of accepted stations; piles and guns of every record, null where unknown; what was left over."""

    piles: pd.DataFrame
    n_piles: pd.Series
    n_guns: pd.Series
    aside: pd.DataFrame
    findings: tuple[Finding, ...]


def accepted(raw: RawTable, findings: list[Finding]) -> Flags:
    """Which records no finding sets aside."""
    import numpy as np

    good = np.ones(len(raw.frame), dtype=bool)
    good[[f.fault.row for f in findings if f.severity is Severity.QUARANTINE and f.fault.row is not None]] = (
        False
    )
    return good


def assemble(
    raw: RawTable,
    region: Region,
    columns: Mapping[str, str],
    values: pd.DataFrame,
    found: Positions,
    findings: list[Finding],
    pile_list: RawTable | None,
) -> Cleaned:
    """Tables from values and findings.

    Raises
    ------
    SchemaFault
        If no record is left: an empty register must never become a province without stations.
    """
    import pandas as pd

    good = accepted(raw, findings)
    if not good.any():
        raise SchemaFault(fault(raw, "nothing_usable", n=len(good)), *_first_faults(findings))
    tally = (
        _from_list(raw, region, columns, values, good, pile_list) if pile_list else _from_counts(values, good)
    )
    own = _set_aside(raw, values, findings, tally.n_piles)
    table = _stations(raw, values[good], found, good, tally)
    if len(table) + len(own) != len(raw.frame):
        counts = {"rows": len(raw.frame), "kept": len(table), "aside": len(own)}
        raise ContractFault(Fault("rows_lost", raw.file, raw.sheet, params=counts))
    every = [*raw.findings, *findings, *tally.findings, *_count_findings(raw, columns, tally.n_piles[good])]
    aside = pd.concat([own, tally.aside], ignore_index=True) if len(tally.aside) else own
    return Cleaned(
        table,
        schema.check(tally.piles, "piles"),
        repairs(every),
        schema.check(aside, "quarantine"),
        tuple(every),
        len(raw.frame),
        int(tally.piles["n_piles"].sum() + aside["n_piles"].fillna(0).sum()),
        values[["station_id", "operator"]].assign(file=raw.file, sheet=raw.sheet),
    )


def _first_faults(findings: list[Finding]) -> list[Any]:
    refused = [item.fault for item in findings if item.severity is Severity.QUARANTINE]
    return sorted(refused, key=lambda item: item.row or 0)[:_FIRST]


def _stations(raw: RawTable, values: pd.DataFrame, found: Positions, good: Flags, tally: _Tally) -> Any:
    import geopandas as gpd

    points = gpd.GeoSeries.from_xy(
        found.lon[good], found.lat[good], index=values.index, crs=schema.STORAGE_CRS
    )
    frame = values.assign(
        n_piles=tally.n_piles[good],
        n_guns=tally.n_guns[good],
        file=raw.file,
        geometry=points,
        line=None if raw.lines is None else raw.lines[good],
    )
    return schema.check(schema.conform(frame.reset_index(drop=True), "stations"), "stations")


def _set_aside(
    raw: RawTable, values: pd.DataFrame, findings: list[Finding], n_piles: pd.Series
) -> pd.DataFrame:
    code = values["town_code"].fillna(values["county_code"]).astype("object")
    known = {
        "station_id": values["station_id"].to_list(),
        "unit_code": code.where(code.notna(), None).to_list(),
        "n_piles": n_piles.astype("Int64").to_list(),
    }
    return quarantine(raw, findings, known)


def _from_counts(values: pd.DataFrame, good: Flags) -> _Tally:
    return _Tally(
        piles.from_counts(values[good]),
        piles.stated(values),
        values["n_guns"],
        schema.empty("quarantine"),
        (),
    )


def _from_list(
    raw: RawTable,
    region: Region,
    columns: Mapping[str, str],
    values: pd.DataFrame,
    good: Flags,
    pile_list: RawTable,
) -> _Tally:
    """Piles from a list; stations that it does not name keep what the register says."""
    import pandas as pd

    names = [str(name) for name in pile_list.frame.columns]
    headers = lexicon.columns(names, "piles", file=pile_list.file, sheet=pile_list.sheet)
    listed = piles.read_list(pile_list, headers, region)
    key = ids.keys(values["station_id"])
    joined = piles.join(
        pile_list, headers, listed, pd.Series(values["station_id"][good].array, index=key[good]), key
    )
    summed = joined.counted.reindex(key)
    # a repeated record of a station that stands does not own the station's piles once more
    owns = good | ~key.isin(key[good]).to_numpy()
    in_list = pd.Series(summed["n_piles"].notna().array, index=values.index) & owns
    register = piles.stated(values)
    n_piles = register.where(~in_list, pd.Series(summed["n_piles"].array, index=values.index))
    n_guns = values["n_guns"].astype("float64").fillna(pd.Series(summed["n_guns"].array, index=values.index))
    findings = list(joined.findings)
    for row in values.index[good & in_list & register.notna() & (register != n_piles)]:
        decided = fault(raw, "list_decides", int(row), columns.get("n_piles"), f"{register[row]:g}")
        findings.append(Finding(Severity.REPAIR, decided, f"{n_piles[row]:g}"))
    silent = good & ~in_list
    if silent.any():
        findings.append(Finding(Severity.WARNING, fault(pile_list, "not_in_list"), n_rows=int(silent.sum())))
    every = pd.concat([joined.piles, piles.from_counts(values[silent])], ignore_index=True)
    return _Tally(schema.conform(every, "piles"), n_piles, n_guns, joined.quarantine, tuple(findings))


def _count_findings(raw: RawTable, columns: Mapping[str, str], n_piles: pd.Series) -> list[Finding]:
    """Warnings for accepted stations without piles, and for those whose number of piles is not known."""
    findings = [
        Finding(Severity.WARNING, fault(raw, "no_piles", int(row), columns.get("n_piles")))
        for row in n_piles.index[n_piles == 0]
    ]
    unknown = int(n_piles.isna().sum())
    if unknown:
        findings.append(
            Finding(
                Severity.WARNING,
                fault(raw, "pile_count_unknown", None, columns.get("n_piles")),
                n_rows=unknown,
            )
        )
    return findings
