"""A register of stations into the contract tables ``stations`` and ``piles``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.clean import cells, codes, ids, lexicon, places, positions, text
from chargegeo.clean.assemble import accepted, assemble
from chargegeo.clean.result import Cleaned, fault, issue_findings, missing_columns
from chargegeo.errors import Finding, SchemaFault
from chargegeo.vocab import Datum, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

_TEXT = ("station_id", "name", "operator")
_WORDS = ("access", "status", "scene", "current")
_COUNTS = ("n_piles", "n_piles_dc", "n_piles_ac", "n_guns", "n_bays")
_POWERS = ("power_kw", "power_kw_max")
# more bays a gun are the bays of the whole car park
BAYS_A_GUN = 10


def stations(
    raw: RawTable,
    region: Region,
    *,
    datum: Datum | str | None,
    units: gpd.GeoDataFrame | None = None,
    mapping: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    pile_list: RawTable | None = None,
) -> Cleaned:
    """Clean a register of stations.

    Parameters
    ----------
    raw
        The register as found.
    region
        Bounds, limits, codes.
    datum
        What the coordinates are; none if every row says it itself, or the file states a reference.
    units
        Contract table ``units``: codes and places are checked against it instead of the region's list.
    mapping
        Column of the contract to header, where the lexicon is not to decide.
    defaults
        Word of the contract for ``access``, ``status``, ``scene`` or ``current`` where the register says
        nothing.
    pile_list
        A list of piles with the id of their station: it decides over counts in the register.

    Returns
    -------
    Tables ``stations`` and ``piles`` with everything repaired and set aside; ``piles_in`` counts a station of
    unknown count as one pile.

    Raises
    ------
    SchemaFault
        If a column is missing or claimed twice, coordinates look swapped or lie elsewhere, codes are lost, or
        nothing is left that can be used.
    CrsFault
        If the datum or coordinate reference is not stated.
    """
    import numpy as np

    columns = _columns(raw, mapping)
    values, findings = _values(raw, columns, region, codes.known(region, units))
    found = positions.read(raw, columns, region, None if datum is None else datums.parse(datum))
    values["station_id"], made = ids.complete(raw, columns.get("station_id"), values["station_id"])
    code = _stated(values, units)
    findings += [*found.findings, *made, *places.outside(raw, columns, region, found, code, units)]
    if "station_id" in columns:
        findings += ids.duplicates(raw, columns["station_id"], values["station_id"])
    findings += _counts(raw, columns, values)
    values, filled = _defaults(raw, values, defaults or {})
    good = accepted(raw, findings)
    if units is not None and columns.keys() & {"town_code", "area_code", "county_code"}:
        header = next(columns[name] for name in ("town_code", "area_code", "county_code") if name in columns)
        findings += places.mismatches(raw, header, region, found, code.where(good), units)
    findings += filled + text.odd_names(raw, columns.get("name"), values["name"], good)
    findings += _bays_and_guns(raw, columns, values[good])
    if pile_list is None:
        findings += _power_missing(raw, columns, values[good])
    findings += places.near_duplicates(
        raw, columns.get("station_id"), region, found, values["station_id"], np.flatnonzero(good)
    )
    return assemble(raw, region, columns, values, found, findings, pile_list)


def _stated(values: pd.DataFrame, units: gpd.GeoDataFrame | None) -> pd.Series:
    """The code that places are compared with: the township's, the county's where units are counties."""
    town = values["town_code"]
    if units is not None:
        town = town.where(town.isin(units["unit_code"].astype("object")))
    return town.fillna(values["county_code"])


def _columns(raw: RawTable, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """Which header holds which column.

    Raises
    ------
    SchemaFault
        If coordinates are missing, or two headers mean one column.
    """
    headers = [str(name) for name in raw.frame.columns]
    unclear = _cut_names(raw, headers) - set((mapping or {}).values())
    usable = [name for name in headers if name not in unclear]
    columns = lexicon.columns(usable, "stations", mapping=mapping, file=raw.file, sheet=raw.sheet)
    absent = [axis for axis in ("lon", "lat") if axis not in columns] if raw.geometry is None else []
    if absent:
        raise missing_columns(raw, absent, "stations", headers)
    return columns


def _cut_names(raw: RawTable, headers: list[str]) -> set[str]:
    """Names that a shapefile has cut so that they collided: nobody can say which is which."""
    if raw.kind != "shp":
        return set()
    counted = {name for name in headers if len(name) == 10 and name[-2] == "_" and name[-1].isdigit()}
    stems = {name[:8] for name in counted}
    return {name for name in headers if name[:8] in stems and len(name) >= 8}


def _values(
    raw: RawTable, columns: Mapping[str, str], region: Region, known: codes.Known
) -> tuple[pd.DataFrame, list[Finding]]:
    """Values of all columns but the coordinates (null where there is no column), and findings."""
    import pandas as pd

    former = {change.code: change.new_code for change in region.county_changes}
    read = _facts(raw, columns, region) | _codes(raw, columns, known, former)
    values = pd.DataFrame(index=raw.frame.index)
    for name in (*_TEXT, *_WORDS, *_COUNTS, *_POWERS, "county_code", "town_code", "availability", "opened"):
        empty = pd.Series(None, index=raw.frame.index, dtype="object")
        values[name] = read[name][1].values if name in read else empty
    findings: list[Finding] = []
    for header, column in read.values():
        findings += _column_findings(raw, header, column.issues)
    for name in _POWERS:
        factor = cells.header_factor(columns[name]) if name in columns else 1.0
        if factor != 1:
            converted = fault(raw, "unit_of_header", None, columns[name], columns[name])
            findings.append(Finding(Severity.REPAIR, converted, "kW", int(values[name].notna().sum())))
    return values, findings


def _facts(raw: RawTable, columns: Mapping[str, str], region: Region) -> dict[str, tuple[str, cells.Column]]:
    sheet = raw.positions is not None
    limits = region.limits
    read: dict[str, tuple[str, cells.Column]] = {}
    for name, header in columns.items():
        if name not in {*_TEXT, *_WORDS, *_COUNTS, *_POWERS, "availability", "opened"}:
            continue
        texts = cells.texts(raw.frame[header])
        if name in _TEXT:
            column = text.read(texts, worksheet=sheet)
        elif name in _WORDS:
            column = cells.words(texts, name, worksheet=sheet)
        elif name in _COUNTS:
            column = cells.counts(texts, worksheet=sheet)
        elif name in _POWERS:
            column = cells.powers(texts, limits=limits, factor=cells.header_factor(header), worksheet=sheet)
        elif name == "availability":
            column = cells.shares(texts, header=header, worksheet=sheet)
        else:
            column = cells.dates(texts, earliest=limits.date_min, today=dt.date.today(), worksheet=sheet)
        read[name] = header, column
    return read


def _codes(
    raw: RawTable, columns: Mapping[str, str], known: codes.Known, former: Mapping[str, str]
) -> dict[str, tuple[str, cells.Column]]:
    """County and township codes; a column for either goes by the length of each code."""
    sheet = raw.positions is not None
    wanted = {name: (columns[name], None) for name in ("county_code", "town_code") if name in columns}
    texts = {name: cells.texts(raw.frame[header]) for name, (header, _) in wanted.items()}
    if "area_code" in columns:
        header = columns["area_code"]
        either = cells.texts(raw.frame[header])
        county = either.str.strip().str.fullmatch(r"[0-9]{6}(?:\.0+)?").fillna(False).astype(bool)
        for name, mask in (("county_code", county), ("town_code", ~county)):
            if name not in wanted:
                wanted[name] = header, None
                texts[name] = either.where(mask)
    read = {}
    for name, (header, _) in wanted.items():
        town = name == "town_code"
        column = codes.read(
            texts[name],
            codes.TOWN_DIGITS if town else codes.COUNTY_DIGITS,
            known.towns if town else known.counties,
            former=former,
            worksheet=sheet,
        )
        codes.refuse_lost(raw, header, column)
        read[name] = header, column
    return read


def _column_findings(raw: RawTable, header: str, issues: tuple[cells.Issue, ...]) -> list[Finding]:
    """Findings of a column; codes stored as numbers are one finding for the whole column."""
    whole = [issue for issue in issues if issue.code == "code_decimal"]
    findings = issue_findings(raw, header, tuple(issue for issue in issues if issue.code != "code_decimal"))
    if whole:
        numbers = fault(raw, "code_decimal", None, header, whole[0].old)
        findings.append(Finding(Severity.REPAIR, numbers, whole[0].new, len(whole)))
    return findings


def _counts(raw: RawTable, columns: Mapping[str, str], values: pd.DataFrame) -> list[Finding]:
    """Counts that contradict each other: guns or bays fewer than piles, parts that do not add up."""
    import numpy as np

    def flagged(flags: pd.Series, code: str, severity: Severity, column: str, other: str) -> list[Finding]:
        return [
            Finding(
                severity,
                fault(
                    raw,
                    code,
                    int(row),
                    columns[column],
                    f"{values[column][row]:g}",
                    other=f"{values[other][row]:g}",
                    other_column=columns.get(other, ""),
                ),
            )
            for row in np.flatnonzero(flags)
        ]

    def less(name: str) -> pd.Series:
        return values[name].astype("float64") < values["n_piles"].astype("float64")

    findings = flagged(less("n_guns"), "guns_lt_piles", Severity.QUARANTINE, "n_guns", "n_piles")
    # where no column counts guns, bays are the places to charge at; no bays at all says that none were counted
    short = less("n_bays")
    places_short = short & values["n_bays"].astype("float64").gt(0) & ("n_guns" not in columns)
    findings += flagged(places_short, "bays_for_guns", Severity.QUARANTINE, "n_bays", "n_piles")
    findings += flagged(short & ~places_short, "bays_lt_piles", Severity.WARNING, "n_bays", "n_piles")
    parts = values[["n_piles_dc", "n_piles_ac"]].astype("float64")
    total = values["n_piles"].astype("float64")
    differ = parts.sum(axis=1).ne(total) & total.notna() & parts.notna().all(axis=1)
    differ |= parts.sum(axis=1).gt(total)
    return findings + [
        Finding(
            Severity.WARNING,
            fault(
                raw,
                "parts_differ",
                int(row),
                columns["n_piles"],
                f"{total[row]:g}",
                parts=f"{parts.loc[row].sum():g}",
            ),
        )
        for row in np.flatnonzero(differ)
    ]


def _bays_and_guns(raw: RawTable, columns: Mapping[str, str], values: pd.DataFrame) -> list[Finding]:
    """Warnings for stations with fewer bays than guns (one for all), or with far more."""
    bays, guns = values["n_bays"].astype("float64"), values["n_guns"].astype("float64")
    # fewer than piles is a finding of its own, and no bays at all says that none were counted
    enough = bays.gt(0) & ~bays.lt(values["n_piles"].astype("float64"))
    short = tuple(int(row) for row in values.index[enough & (bays < guns)])
    findings = []
    if short:
        few = fault(raw, "bays_lt_guns", None, columns["n_bays"], all_rows=short)
        findings.append(Finding(Severity.WARNING, few, n_rows=len(short)))
    for row in values.index[guns.gt(0) & (bays > BAYS_A_GUN * guns)]:
        many = fault(
            raw, "bays_gt_guns", int(row), columns["n_bays"], f"{bays[row]:g}", other=f"{guns[row]:g}"
        )
        findings.append(Finding(Severity.WARNING, many))
    return findings


def _power_missing(raw: RawTable, columns: Mapping[str, str], values: pd.DataFrame) -> list[Finding]:
    """One warning for all stations that state no power in a register that has a column for it."""
    headers = [columns[name] for name in _POWERS if name in columns]
    unknown = values[[*_POWERS]].isna().all(axis=1) & values["n_piles"].astype("float64").ne(0)
    rows = tuple(int(row) for row in values.index[unknown])
    if not headers or not rows:
        return []
    missing = fault(raw, "power_missing", None, ", ".join(headers), all_rows=rows)
    return [Finding(Severity.WARNING, missing, n_rows=len(rows))]


def _defaults(
    raw: RawTable, values: pd.DataFrame, defaults: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Values with the study's words where the register says nothing; one repair a column.

    Raises
    ------
    SchemaFault
        If a default is for another column, or not a word of its list.
    """
    allowed = {item.name: item.values for item in schema.contract("stations") if item.name in _WORDS}
    allowed["current"] = next(item.values for item in schema.contract("piles") if item.name == "current")
    wrong = [
        fault(raw, "default_wrong", None, column, word, known=", ".join(allowed.get(column, allowed)))
        for column, word in defaults.items()
        if word not in allowed.get(column, ())
    ]
    if wrong:
        raise SchemaFault(*wrong)
    findings = []
    for column, word in defaults.items():
        blank = values[column].isna()
        if blank.any():
            applied = fault(raw, "default_applied", None, column)
            findings.append(Finding(Severity.REPAIR, applied, word, int(blank.sum())))
            values = values.assign(**{column: values[column].where(~blank, word)})
    return values, findings
