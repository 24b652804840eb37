"""Candidate sites from a planner's table or from a layer of points or polygons, into contract ``candidates``."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.clean import cells, ids, lexicon, places, positions, text
from chargegeo.clean.assemble import accepted
from chargegeo.clean.result import Cleaned, fault, issue_findings, missing_columns, quarantine, repairs
from chargegeo.errors import ContractFault, Fault, Finding, SchemaFault
from chargegeo.vocab import Datum, Severity, SiteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

_TEXT = ("site_id", "name")
# what null leaves without a limit
_LIMITS = ("bays", "grid_kw")
_POLYGONS = (3, 6)
# degrees to about a metre: the same file gives the same ids, whichever way its rows are sorted
_ID_DECIMALS = 5
_ID_DIGITS = 12
# units of apparent power, in kVA
_VA = {"kva": 1.0, "mva": 1000.0, "\u5343\u4f0f\u5b89": 1.0, "\u5146\u4f0f\u5b89": 1000.0}
_WITH_VA = re.compile(rf"({cells.NUMBER})\s*({'|'.join(_VA)})")
# what a finding of the registers is called here, where its text speaks of stations
_OURS = {
    "not_a_point": "candidate_shape",
    "no_coordinates": "candidate_no_place",
    "duplicate_id": "candidate_twice",
}


def candidates(
    raw: RawTable,
    region: Region,
    *,
    kind: SiteKind | str = SiteKind.TABLE,
    datum: Datum | str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Cleaned:
    """Clean a file of candidate sites, one record a site.

    Parameters
    ----------
    raw
        The table as found, with longitude and latitude; or a layer of points or polygons, of which a point inside
        each is taken.
    region
        Bounds.
    kind
        Where the sites come from, for column ``site_kind``.
    datum
        What the coordinates are; needed for a table unless each row says it itself.
    mapping
        Column of the contract to header, before the lexicon.

    Returns
    -------
    ``table`` keeps contract ``candidates``, in the order of the file. A site without an id takes one from its name
    and place, so that it stays the same when rows are sorted or added; a second record of one name at one place is
    then set aside. Null bays or grid power are no limit, which a warning counts. Money stays as written.

    Raises
    ------
    SchemaFault
        If coordinates are lacking, two headers mean one column, positions look swapped or lie elsewhere, or no
        record can be used.
    CrsFault
        If there are coordinates whose datum is not stated.
    """
    site_kind = SiteKind(kind)
    columns = _columns(raw, mapping)
    values, findings = _values(raw, columns)
    points, drawn = _points(raw)
    found = positions.read(points, columns, region, None if datum is None else datums.parse(datum))
    nowhere = values["name"].where(values["name"].isna(), None)
    aside = places.outside(points, columns, region, found, nowhere, None)
    values = values.assign(lon=found.lon, lat=found.lat)
    findings += _named([*drawn, *found.findings, *aside])
    values["site_id"], made = _ids(raw, columns.get("site_id"), values)
    findings += made
    good = accepted(raw, findings)
    if not good.any():
        raise SchemaFault(fault(raw, "nothing_usable", n=len(good)))
    findings += _open_findings(raw, columns, values[good])
    return _cleaned(raw, values, values[good].assign(site_kind=site_kind.value), findings)


def _columns(raw: RawTable, mapping: Mapping[str, str] | None) -> dict[str, str]:
    headers = [str(name) for name in raw.frame.columns]
    columns = lexicon.columns(headers, "candidates", mapping=mapping, file=raw.file, sheet=raw.sheet)
    lacking = sorted({"lon", "lat"} - set(columns))
    if raw.geometry is None and lacking:
        raise missing_columns(raw, lacking, "candidates", headers)
    return columns


def _points(raw: RawTable) -> tuple[RawTable, list[Finding]]:
    """The table with a point inside each polygon in its place, and a repair that says so."""
    import geopandas as gpd
    import numpy as np
    import shapely

    if raw.geometry is None:
        return raw, []
    shapes = raw.geometry.to_numpy().copy()
    polygons = np.isin(shapely.get_type_id(shapes), _POLYGONS) & ~shapely.is_empty(shapes)
    if not polygons.any():
        return raw, []
    # a ring that crosses itself has no inside until it is made valid
    shapes[polygons] = shapely.point_on_surface(shapely.make_valid(shapes[polygons]))
    geometry = gpd.GeoSeries(shapes, index=raw.geometry.index, crs=raw.geometry.crs)
    inside = Finding(Severity.REPAIR, fault(raw, "candidate_polygon"), "Point", int(polygons.sum()))
    return replace(raw, geometry=geometry), [inside]


def _named(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of the registers under the names that they have here."""
    return [
        replace(item, fault=replace(item.fault, code=_OURS.get(item.fault.code, item.fault.code)))
        for item in findings
    ]


# ---- cells


def _values(raw: RawTable, columns: Mapping[str, str]) -> tuple[pd.DataFrame, list[Finding]]:
    """Texts and numbers, null where there is none, and findings."""
    import pandas as pd

    values, findings = pd.DataFrame(index=raw.frame.index), list[Finding]()
    for name in (*_TEXT, *_LIMITS, "cost_per_pile"):
        values[name] = pd.Series(None, index=raw.frame.index, dtype="object")
        if name in columns:
            column = _column(raw, name, columns[name])
            values[name] = column.values
            findings += issue_findings(raw, columns[name], column.issues)
    header = columns.get("grid_kw", "")
    if _apparent(header):
        warned = fault(raw, "candidate_kva", None, header, header)
        findings.append(Finding(Severity.WARNING, warned, n_rows=int(values["grid_kw"].notna().sum())))
    return values, findings


def _column(raw: RawTable, name: str, header: str) -> cells.Column:
    found, sheet = cells.texts(raw.frame[header]), raw.positions is not None
    if name in _TEXT:
        return text.read(found, worksheet=sheet)
    if name == "bays":
        return _limit(found, partial(cells.counts, worksheet=sheet))
    factor = _factor(header) if name == "grid_kw" else 1.0
    check = partial(_amount, factor=factor)
    # bounds that hold no number: each is checked
    read = partial(cells.numbers, worksheet=sheet, check=check, low=0, high=-1)
    if name == "cost_per_pile":
        return read(found)
    return _limit(found, partial(read, odd=partial(_with_unit, check=check, factor=factor)))


def _amount(value: float, factor: float) -> cells.Reading:
    return cells.Reading(round(value * factor, 9)) if value >= 0 else cells.bad("candidate_negative")


def _with_unit(found: str, check: Callable[[float], cells.Reading], factor: float) -> cells.Reading | None:
    """Power with its unit; apparent power counts as it stands, with a warning."""
    match = _WITH_VA.fullmatch(found.casefold())
    if match is None:
        return cells.with_power_unit(found, check, factor=factor)
    result = check(float(match[1]) * _VA[match[2]] / factor)
    return result if result.code else result._replace(code="candidate_kva", severity=Severity.WARNING)


def _apparent(header: str) -> float | None:
    """How many kVA one of a header's unit is, if it speaks of apparent power."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return next((size for unit, size in _VA.items() if unit in plain), None)


def _factor(header: str) -> float:
    """How many kW one of a header's unit is taken for."""
    return _apparent(header) or cells.header_factor(header)


def _limit(found: pd.Series, read: Callable[[pd.Series], cells.Column]) -> cells.Column:
    """A column that limits: words for "no limit" are null; "none" can be 0 or no limit and sets aside."""
    import numpy as np

    doubtful = _says(found, "nothing")
    column = read(found.where(~(doubtful | _says(found, "unlimited"))))
    unclear = (
        cells.Issue(int(row), "candidate_ambiguous", Severity.QUARANTINE, str(found.iloc[row]))
        for row in np.flatnonzero(doubtful)
    )
    return replace(column, issues=(*column.issues, *unclear))


def _says(found: pd.Series, key: str) -> pd.Series:
    """Which cells hold one of the words of the lexicon."""
    return found.map(lexicon.normal, na_action="ignore").isin(lexicon.words(key))


# ---- ids


def _ids(raw: RawTable, header: str | None, values: pd.DataFrame) -> tuple[pd.Series, list[Finding]]:
    """An id for each record, what was made, and records whose id stands above."""
    given = values["site_id"]
    blank, placed = given.isna(), values["lon"].notna()
    filled = given.where(~blank, _made(raw, values))
    findings = (
        [Finding(Severity.WARNING, fault(raw, "candidate_no_ids"), n_rows=len(values))]
        if header is None
        else [
            Finding(Severity.REPAIR, fault(raw, "candidate_id_made", int(row), header), filled[row])
            for row in values.index[blank & placed]
        ]
    )
    made = set(values.index[blank])
    for item in _named(ids.duplicates(raw, header or "site_id", filled)):
        if item.severity is Severity.QUARANTINE and item.fault.row in made:
            # no cell of the file holds the id
            same = replace(item.fault, code="candidate_same", column=None, value=None)
            findings.append(replace(item, fault=same))
        elif item.severity is Severity.QUARANTINE:
            findings.append(item)
    return filled, findings


def _made(raw: RawTable, values: pd.DataFrame) -> pd.Series:
    """Ids from name and place; from the line where there is no place."""
    import pandas as pd

    named, places_of = values["name"], zip(values["lon"], values["lat"], strict=True)
    made = [
        own if lon != lon else _id(name if isinstance(name, str) else "", lon, lat)
        for own, name, (lon, lat) in zip(ids.made(raw), named, places_of, strict=True)
    ]
    return pd.Series(made, index=values.index, dtype="object")


def _id(name: str, lon: float, lat: float) -> str:
    what = f"{name}|{lon:.{_ID_DECIMALS}f}|{lat:.{_ID_DECIMALS}f}"
    return f"c-{hashlib.sha256(what.encode('utf-8', 'backslashreplace')).hexdigest()[:_ID_DIGITS]}"


# ---- the end


def _open_findings(raw: RawTable, columns: Mapping[str, str], good: pd.DataFrame) -> list[Finding]:
    """A warning for each column of limits that leaves accepted sites without one, unless their cells say so."""
    findings = []
    for name in _LIMITS:
        if name in columns:
            said = _says(cells.texts(raw.frame[columns[name]]), "unlimited")
            n = int((good[name].isna() & ~said[good.index]).sum())
            if n:
                place = fault(raw, "candidate_open", None, columns[name], n=n)
                findings.append(Finding(Severity.WARNING, place, n_rows=n))
    return findings


def _cleaned(raw: RawTable, values: pd.DataFrame, sites: pd.DataFrame, findings: list[Finding]) -> Cleaned:
    import geopandas as gpd

    every = (*raw.findings, *findings)
    geometry: Any = gpd.GeoSeries.from_xy(
        sites["lon"], sites["lat"], index=sites.index, crs=schema.STORAGE_CRS
    )
    frame = sites.assign(source=raw.file, geometry=geometry).reset_index(drop=True)
    table = schema.check(schema.conform(frame, "candidates"), "candidates")
    aside = schema.check(quarantine(raw, every, {"station_id": values["site_id"].to_list()}), "quarantine")
    if len(table) + len(aside) != len(raw.frame):
        counts = {"rows": len(raw.frame), "kept": len(table), "aside": len(aside)}
        raise ContractFault(Fault("rows_lost", raw.file, raw.sheet, params=counts))
    return Cleaned(table, schema.empty("piles"), repairs(every), aside, every, len(raw.frame))
