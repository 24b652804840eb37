"""One file, read and cleaned, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo import clean, sources
from chargegeo import region as regions
from chargegeo.errors import ChargegeoError, Fault, Finding, shorten
from chargegeo.vocab import Datum, Outcome, Severity, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from chargegeo.clean import Cleaned
    from chargegeo.region import Region
    from chargegeo.sources import RawTable


@dataclass(frozen=True)
class Report:
    """Answer of a check.

    ``rows`` are the records of the file (none where it could not be read), ``accepted`` those that can be used.
    """

    status: Outcome
    rows: int | None
    accepted: int
    findings: tuple[Finding, ...]
    error: ChargegeoError | None = None

    def of(self, severity: Severity) -> list[Finding]:
        """Findings of one severity."""
        return [item for item in self.findings if item.severity is severity]

    @property
    def set_aside(self) -> int:
        """Records set aside."""
        return 0 if self.error is not None or self.rows is None else self.rows - self.accepted

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The report as one JSON object."""
        faults = [(Severity.ERROR, item) for item in (self.error.faults if self.error else ())]
        faults += [(item.severity, item.fault) for item in self.findings]
        return {
            "status": str(self.status),
            "rows": self.rows,
            "accepted": self.accepted,
            "repairs": len(self.of(Severity.REPAIR)),
            "quarantine": self.set_aside,
            "warnings": [_told(item.fault, lang) for item in self.of(Severity.WARNING)],
            "error": None if self.error is None else self.error.text(lang),
            "places": [_place(severity, item, lang) for severity, item in faults],
        }


def _told(fault: Fault, lang: str) -> str:
    return f"{fault.place(lang)}: {fault.text(lang)}"


def _place(severity: Severity, fault: Fault, lang: str) -> dict[str, Any]:
    return {
        "line": fault.line, "row": fault.row, "column": fault.column, "feature": fault.feature,
        "value": None if fault.value is None else shorten(fault.value), "problem": fault.code,
        "severity": str(severity), "text": fault.text(lang),
    }  # fmt: skip


def check(
    path: str | Path,
    *,
    kind: str,
    datum: Datum | str | None = None,
    region: str = "henan",
    units: str | Path | None = None,
    sheet: str | None = None,
) -> Report:
    """Read and clean one file.

    Parameters
    ----------
    path
        The file.
    kind
        ``"stations"``: a register. ``"units"``: boundaries, or seats where the file has no polygons.
    datum
        Datum of bare longitude and latitude.
    region
        Name or file of a profile.
    units
        Boundaries that codes and places are checked against, instead of the built-in list.
    sheet
        Sheet of a workbook, or layer of a GeoPackage, where there are several.

    Returns
    -------
    A report; a file that cannot be used gives the status ``refused`` and the error, nothing is raised.
    """
    rows: int | None = None
    try:
        place = regions.load(region)
        against = (
            None if units is None else clean.units(sources.read(units), place, kind=UnitKind.TOWNSHIP).table
        )
        raw = sources.read(path, sheet=sheet, layer=sheet)
        rows = len(raw.frame)
        found = _stations(raw, place, datum, against) if kind == "stations" else _units(raw, place, datum)
    except ChargegeoError as error:
        return Report(Outcome.REFUSED, rows, 0, (), error)
    return Report(found.outcome, found.rows, found.rows - _set_aside(found, raw), found.findings)


def _stations(
    raw: RawTable, region: Region, datum: Datum | str | None, units: gpd.GeoDataFrame | None
) -> Cleaned:
    return clean.stations(raw, region, datum=datum, units=units)


def _units(raw: RawTable, region: Region, datum: Datum | str | None) -> Cleaned:
    """Boundaries; a table without shapes, or one of points, holds seats."""
    kinds = set() if raw.geometry is None else set(raw.geometry.geom_type.dropna())
    if raw.geometry is not None and kinds != {"Point"}:
        return clean.units(raw, region, datum=datum)
    return clean.units_from_seats(raw, region, datum=datum, counties=regions.counties(region))


def _set_aside(found: Cleaned, raw: RawTable) -> int:
    return int((found.quarantine["file"] == raw.file).sum())
