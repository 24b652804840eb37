"""Columns of units: code, name, county, people; read from a file, then completed from the region's own list.

In come a raw table and a region, out comes one row a record with text codes in canonical form. It never reads
a shape and never drops a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import region as regions
from chargegeo.clean import cells, lexicon
from chargegeo.clean.result import fault
from chargegeo.errors import Fault, Finding, SchemaFault
from chargegeo.vocab import Severity, UnitKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

NUMBERS = ("population", "n_villages", "seat_lon", "seat_lat", "lon", "lat")
WORDS = ("name", "town_kind", "county_code", "county_name", "city_code", "city_name")
AREAS = ("county_code", "county_name", "city_code", "city_name")
# codes that a message lists by name
LISTED = 20

_SCIENTIFIC = r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+"
_DECIMAL = r"([0-9]+)\.0+"
# codes written long: a township with its three zeros, a county with six
_LONG = {UnitKind.TOWNSHIP: r"^([0-9]{9})000$", UnitKind.COUNTY: r"^([0-9]{6})(?:000|000000)$"}


@dataclass(frozen=True)
class Attributes:
    """Attributes of the records of a file.

    Parameters
    ----------
    frame
        A row a record: ``unit_code`` (null where blank), the columns of :data:`WORDS` and :data:`NUMBERS`.
    headers
        Header of each column that was found.
    findings
        Repairs, warnings, records without a code.
    """

    frame: pd.DataFrame
    headers: dict[str, str]
    findings: tuple[Finding, ...]

    def names(self) -> list[str]:
        """What to call each record: its code, else its number."""
        codes = self.frame["unit_code"]
        named: list[str] = codes.where(codes.notna(), codes.index.astype("str")).tolist()
        return named


def unit_kind(word: UnitKind | str) -> UnitKind:
    """The kind of unit that a word names.

    Raises
    ------
    SchemaFault
        With the words that are known.
    """
    try:
        return UnitKind(word)
    except ValueError:
        raise SchemaFault(
            Fault("unit_kind_unknown", value=word, params={"known": ", ".join(UnitKind)})
        ) from None


def read(
    raw: RawTable, region: Region, *, table: str, kind: UnitKind, mapping: Mapping[str, str] | None = None
) -> Attributes:
    """Attributes of the records of a raw table.

    Parameters
    ----------
    raw
        Table as found.
    region
        Tells whether a code is needed to find county and city.
    table
        ``units`` or ``seats``: which header words are meant.
    kind
        What a record is; a code written long is shortened accordingly.
    mapping
        Column to header, before the lexicon.

    Raises
    ------
    SchemaFault
        If there is no column of codes, two headers claim one column, or a spreadsheet destroyed the codes.
    """
    import numpy as np
    import pandas as pd

    headers = lexicon.columns(list(raw.frame.columns), table, mapping=mapping, file=raw.file, sheet=raw.sheet)
    code_header = _code_header(raw, region, table, kind, headers)
    codes, findings = _codes(raw, code_header, kind)
    columns: dict[str, Any] = {"unit_code": codes}
    for column in WORDS:
        columns[column] = _words(raw, headers.get(column))
    for column in NUMBERS:
        header = headers.get(column)
        columns[column] = pd.Series(np.nan, index=raw.frame.index)
        if header is not None:
            columns[column], issues = _numbers(raw, header, column)
            findings += issues
    frame = pd.DataFrame(columns)
    frame["name"] = frame["name"].where(frame["name"].notna(), frame["unit_code"])
    return Attributes(frame, headers | {"unit_code": code_header}, tuple(findings))


def _code_header(raw: RawTable, region: Region, table: str, kind: UnitKind, headers: dict[str, str]) -> str:
    if "unit_code" in headers:
        return headers["unit_code"]
    # a zone of a region without a list of divisions is looked up nowhere: its name can stand for its code
    if kind is UnitKind.ZONE and region.divisions_file is None and "name" in headers:
        return headers["name"]
    found = list(raw.frame.columns)
    wanted = lexicon.label("unit_code", table, found)
    raise SchemaFault(
        Fault(
            "unit_code_column",
            raw.file,
            raw.sheet,
            column=wanted,
            params={"columns": ", ".join(found) or "-"},
        )
    )


def _words(raw: RawTable, header: str | None) -> pd.Series:
    import pandas as pd

    if header is None:
        return pd.Series(None, index=raw.frame.index, dtype="str")
    text = cells.texts(raw.frame[header]).str.strip()
    return text.mask(text == "")


def _codes(raw: RawTable, header: str, kind: UnitKind) -> tuple[pd.Series, list[Finding]]:
    codes = _words(raw, header).str.normalize("NFKC")
    lost = codes.str.fullmatch(_SCIENTIFIC).fillna(False).astype(bool)
    if lost.any():
        first = int(lost.to_numpy().argmax())
        raise SchemaFault(
            fault(raw, "unit_code_scientific", first, header, codes.iloc[first], n=int(lost.sum()))
        )
    findings = [
        Finding(Severity.QUARANTINE, fault(raw, "unit_code_blank", int(row), header))
        for row in codes.index[codes.isna()]
    ]
    decimal = codes.str.fullmatch(_DECIMAL).fillna(False).astype(bool)
    if decimal.any():
        place = Fault("unit_code_decimal", raw.file, raw.sheet, column=header, value=codes[decimal].iloc[0])
        codes = codes.str.replace(f"^{_DECIMAL}$", r"\1", regex=True)
        findings.append(Finding(Severity.REPAIR, place, codes[decimal].iloc[0], int(decimal.sum())))
    return canonical(codes, kind), findings


def canonical(codes: pd.Series, kind: UnitKind) -> pd.Series:
    """Codes in canonical form: nine digits for a township, six for a county; own codes as they are."""
    long = _LONG.get(kind)
    short: pd.Series = codes if long is None else codes.str.replace(long, r"\1", regex=True)
    return short


def _numbers(raw: RawTable, header: str, column: str) -> tuple[pd.Series, list[Finding]]:
    """Numbers of one column. What cannot be read is null and a warning: the unit itself is none the worse."""
    reader = cells.counts if column == "n_villages" else cells.numbers
    read_column = reader(cells.texts(raw.frame[header]), worksheet=raw.kind == "xlsx")
    aside = Severity.QUARANTINE
    findings = [
        Finding(
            Severity.WARNING if issue.severity is aside else issue.severity,
            fault(
                raw, "unit_number" if issue.severity is aside else issue.code, issue.row, header, issue.old
            ),
            issue.new,
        )
        for issue in read_column.issues
    ]
    values = read_column.values.astype("float64")
    if column in {"population", "n_villages"} and (values < 0).any():
        rows = values.index[values < 0]
        findings += [
            Finding(Severity.WARNING, fault(raw, "unit_number", int(row), header, raw.frame[header][row]))
            for row in rows
        ]
        values = values.where(values >= 0)
    return values, findings


def complete(
    units: pd.DataFrame, region: Region, *, kind: UnitKind, file: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Units with county, city, zone, kind and villages, from the region's list where it knows the code.

    Parameters
    ----------
    units
        One row a unit, index from 0: ``unit_code`` and the columns of :data:`WORDS`, ``n_villages``.
    region
        Gives the list of divisions; without one the columns of the file stand as they are.
    kind
        What a unit is.
    file
        Name of the file, for the messages.

    Returns
    -------
    The same units with the columns ``county_code``, ``county_name``, ``city_code``, ``city_name``,
    ``zone_code``, ``town_kind``, ``n_villages``, and warnings: codes that the list does not know, units of
    the file's counties that the file does not have.
    """
    full = units.assign(zone_code=None, town_kind=_town_kinds(units) if kind is UnitKind.TOWNSHIP else None)
    if region.divisions_file is None or kind is UnitKind.ZONE:
        return full, []
    towns = regions.townships(region)
    counties = towns[list(AREAS)].drop_duplicates("county_code").set_index("county_code")
    if kind is UnitKind.COUNTY:
        full["county_code"] = full["unit_code"]
        known = full["unit_code"].isin(counties.index)
        return _with_names(full, counties), _unknown(full.loc[~known, "unit_code"], len(full), file)
    towns = towns.set_index("code")
    known = full["unit_code"].isin(towns.index)
    stated = _stated_county(full, region)
    found = towns.reindex(full["unit_code"]).set_axis(full.index)
    full["county_code"] = found["county_code"].where(known, stated["county_code"])
    full["zone_code"] = found["zone_code"].where(known, stated["zone_code"])
    full["town_kind"] = found["kind"].where(known, full["town_kind"])
    villages = found["n_villages"].astype("float64")
    full["n_villages"] = full["n_villages"].where(full["n_villages"].notna(), villages)
    findings = _unknown(full.loc[~known, "unit_code"], len(full), file) + _absent(full[known], towns, file)
    return _with_names(full, counties), findings


def _stated_county(units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """County and zone by the first six digits of the code, for codes that the list does not know."""
    import pandas as pd

    six = units["unit_code"].str.extract(r"^([0-9]{6})[0-9]{3}(?:[0-9]{3})?$")[0]
    zone = six.where(six.isin(list(region.zones)))
    host = zone.map({code: item.host for code, item in region.zones.items()})
    county = units["county_code"].where(six.isna(), six).where(host.isna(), host)
    return pd.DataFrame({"county_code": county, "zone_code": zone})


def _with_names(units: pd.DataFrame, counties: pd.DataFrame) -> pd.DataFrame:
    """Names of county and city by code; the file's own where the list has none."""
    cities = counties.drop_duplicates("city_code").set_index("city_code")["city_name"]
    code = units["county_code"]
    # a city is written with four digits or six; a county directly under the province is no prefix of another
    by_prefix = cities.index.to_series().set_axis(cities.index.str.ljust(6, "0"))
    city = code.map(counties["city_code"])
    city = city.where(city.notna(), (code.str[:4] + "00").map(by_prefix))
    city = city.where(city.notna(), units["city_code"])
    name, city_name = code.map(counties["county_name"]), city.map(cities)
    return units.assign(
        county_name=name.where(name.notna(), units["county_name"]),
        city_code=city,
        city_name=city_name.where(city_name.notna(), units["city_name"]),
    )


def _town_kinds(units: pd.DataFrame) -> pd.Series:
    """Kind by the file's own word, else by the end of the name."""
    words = lexicon.values("town_kind")
    endings = sorted((word for word in words if not word.isascii()), key=lambda word: (-len(word), word))
    stated = units["town_kind"].map(lambda text: words.get(lexicon.normal(text)), na_action="ignore")
    names = units["name"].map(lexicon.normal, na_action="ignore")
    ended = names.map(lambda name: next((words[end] for end in endings if name.endswith(end)), "other"))
    return stated.where(stated.notna(), ended)


def _unknown(codes: pd.Series, total: int, file: str) -> list[Finding]:
    if codes.empty:
        return []
    params = {"n": len(codes), "total": total, "codes": _some(codes)}
    return [Finding(Severity.WARNING, Fault("unit_codes_unknown", file, params=params), n_rows=len(codes))]


def _absent(units: pd.DataFrame, towns: pd.DataFrame, file: str) -> list[Finding]:
    """Units of the list that are not in the file although others of their county are."""
    here = towns["county_code"].isin(units["county_code"])
    codes = towns.index[here & ~towns.index.isin(units["unit_code"])].to_series()
    if codes.empty:
        return []
    params = {"n": len(codes), "total": int(here.sum()), "codes": _some(codes)}
    return [Finding(Severity.WARNING, Fault("units_absent", file, params=params), n_rows=len(codes))]


def _some(codes: pd.Series) -> str:
    listed = sorted(codes.astype("str"))
    return ", ".join(listed[:LISTED]) + (" \u2026" if len(listed) > LISTED else "")
