"""Division codes as stated in a register: into canonical form, and checked against the codes that exist."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chargegeo.clean.cells import Column, Reading, bad, common, each
from chargegeo.errors import SchemaFault
from chargegeo.vocab import Severity, UnitKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

TOWN_DIGITS, COUNTY_DIGITS = 9, 6
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_DECIMAL = re.compile(r"([0-9]+)\.0+")


@dataclass(frozen=True)
class Known:
    """Codes that exist; none where there is no list to check against."""

    towns: frozenset[str] | None
    counties: frozenset[str] | None


def known(region: Region, units: gpd.GeoDataFrame | None) -> Known:
    """Codes of the units given and of the region's list.

    With township or other units given, the codes of the lowest level are theirs alone; county codes are those
    of the list and of the units together.
    """
    towns, counties = _listed(region)
    if units is None:
        return Known(towns, counties)
    own = frozenset(units["unit_code"].astype("str"))
    if set(units["kind"].astype("str")) == {UnitKind.COUNTY}:
        return Known(towns, own)
    stated = frozenset(units["county_code"].dropna().astype("str"))
    first = frozenset(code[:COUNTY_DIGITS] for code in own if len(code) == TOWN_DIGITS and code.isdigit())
    every = (counties or frozenset()) | stated | first
    return Known(own, every or None)


def _listed(region: Region) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    from chargegeo import region as regions

    if region.divisions_file is None:
        return None, None
    table = regions.divisions(region)
    level = table["level"]
    return frozenset(table["code"][level == "township"]), frozenset(
        table["code"][level.isin(["county", "zone"])]
    )


def read(
    texts: pd.Series,
    digits: int,
    codes: frozenset[str] | None,
    *,
    former: Mapping[str, str] | None = None,
    worksheet: bool = False,
) -> Column:
    """A column of codes in canonical form: townships nine digits, counties six.

    Twelve digits that end in 000 are a township's code written long, not a repair; a village's code gives its
    township. Codes are checked against ``codes``; without a list only what Excel destroyed is found.

    ``former`` maps county codes of other years to those of today: a county's old code becomes today's, the
    code of a township in such a county becomes null, and both are warned of.
    """
    stripped = texts.str.strip()
    short = stripped.str.slice(0, digits)
    long = stripped.str.fullmatch(
        f"[0-9]{{{digits}}}(?:0{{3}})?{'(?:0{6})?' if digits == COUNTY_DIGITS else ''}"
    )
    plain = long.fillna(False).astype(bool)
    values = short.where(plain & (True if codes is None else short.isin(list(codes or ())))).astype("object")
    values = values.where(values.notna(), None)
    old = former or {}
    return each(
        texts, texts.notna() & values.isna(), values, lambda text: _code(text, digits, codes, old, worksheet)
    )


def _code(
    text: str, digits: int, codes: frozenset[str] | None, former: Mapping[str, str], worksheet: bool
) -> Reading:
    plain, reading = common(text, worksheet=worksheet)
    if reading is not None:
        return reading
    bare = unicodedata.normalize("NFKC", plain).replace(" ", "").lstrip("'`")
    if _SCIENTIFIC.fullmatch(bare):
        return bad("code_scientific")
    decimal = _DECIMAL.fullmatch(bare)
    bare = decimal[1] if decimal else bare
    repair = "code_decimal" if decimal else None if bare == text.strip() else "code_text"
    if codes is None or bare in codes:
        return Reading(bare, repair)
    if (
        not bare.isdigit()
        or len(bare) not in {digits, 9, 12}
        or (digits == TOWN_DIGITS and len(bare) == COUNTY_DIGITS)
    ):
        return bad("code_length")
    if bare[:digits] not in codes:
        today = former.get(bare[:COUNTY_DIGITS])
        if today is None:
            return bad("code_unknown")
        return Reading(today if today in codes else None, "code_other_year", Severity.WARNING)
    village = bool(bare[digits:].strip("0"))
    return Reading(bare[:digits], "code_village" if village else repair)


def refuse_lost(raw: RawTable, header: str, column: Column) -> None:
    """Refuse the file if the spreadsheet program has shortened most codes of a column to ``4.1011E+11``.

    Raises
    ------
    SchemaFault
        Naming the column: the digits are lost and cannot be restored.
    """
    from chargegeo.clean.result import fault

    lost = [issue for issue in column.issues if issue.code == "code_scientific"]
    if len(lost) * 2 > raw.frame[header].count():
        raise SchemaFault(fault(raw, "codes_lost", None, header, lost[0].old, n=len(lost)))
