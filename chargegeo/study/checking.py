"""One file, read and cleaned, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chargegeo import clean, roads, sources
from chargegeo import datum as datums
from chargegeo import region as regions
from chargegeo.errors import ChargegeoError, Fault, Finding, FormatFault, StudyFault, shorten
from chargegeo.study import programme_checking, scenario_checking
from chargegeo.vocab import Datum, Outcome, Severity, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from chargegeo.clean import Cleaned
    from chargegeo.region import Region
    from chargegeo.roads import RoadNetwork
    from chargegeo.sources import RawTable


@dataclass(frozen=True)
class Report:
    """Answer of a check.

    ``rows`` are the records of the file (none where it could not be read), ``accepted`` those that can be used,
    ``raw`` is the table as found, ``network`` what was built of roads (their records are ways).
    """

    status: Outcome
    rows: int | None
    accepted: int
    findings: tuple[Finding, ...]
    error: ChargegeoError | None = None
    raw: RawTable | None = None
    network: RoadNetwork | None = None

    def of(self, severity: Severity) -> list[Finding]:
        """Findings of one severity."""
        return [item for item in self.findings if item.severity is severity]

    @property
    def told(self) -> tuple[Finding, ...]:
        """Findings, and before them the faults that made the file unusable."""
        faults = () if self.error is None else self.error.faults
        return (*(Finding(Severity.ERROR, fault) for fault in faults), *self.findings)

    @property
    def set_aside(self) -> int:
        """Records set aside."""
        return 0 if self.error is not None or self.rows is None else self.rows - self.accepted

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "status": str(self.status),
            "rows": self.rows,
            "accepted": self.accepted,
            "repairs": len(self.of(Severity.REPAIR)),
            "quarantine": self.set_aside,
            "warnings": [_told(item.fault, lang) for item in self.of(Severity.WARNING)],
            "error": None if self.error is None else self.error.text(lang),
            "places": [_place(item.severity, item.fault, lang) for item in self.told],
            **({} if self.network is None else {"network": _network(self.network)}),
        }


def _network(network: RoadNetwork) -> dict[str, Any]:
    """What is in a network: its own account, and a record for each class and number of road."""
    table = roads.summary(network).astype(object)
    records = table.where(table.notna(), None).to_dict("records")
    return {**network.about, "roads": records}


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
    crossings: bool = False,
) -> Report:
    """Read and clean one file.

    Parameters
    ----------
    path
        The file.
    kind
        ``"stations"``: a register. ``"units"``: boundaries, or seats where the file has no polygons.
        ``"service_areas"``: a table with a row a side, or outlines. ``"roads"``: a map of roads. ``"target"``: the
        file of a year's target with the files that it names. ``"ledger"``: published figures.
        ``"scenario"``: a question for new sites. ``"candidates"``: a planner's table or layer of candidate sites.
    datum
        Datum of bare longitude and latitude.
    region
        Name or file of a profile.
    units
        Boundaries that codes and places are checked against, instead of the built-in list.
    sheet
        Sheet of a workbook, or layer of a GeoPackage, where there are several.
    crossings
        Join road lines where they cross without a common end point.

    Returns
    -------
    A report; a file that cannot be used gives the status ``refused`` and the error, nothing is raised. A scenario
    whose limits cannot hold together is ``infeasible``.
    """
    raw: RawTable | None = None
    try:
        _refuse_idle(path, kind, {"datum": datum, "units": units, "sheet": sheet, "crossings": crossings})
        if kind in _PROGRAMME:
            return _programme(kind, path)
        if kind == "scenario":
            return _scenario(path)
        place = regions.load(region)
        if kind == "roads":
            return _roads(path, place, sheet, crossings=crossings)
        against = (
            None if units is None else clean.units(sources.read(units), place, kind=UnitKind.TOWNSHIP).table
        )
        raw = sources.read(path, sheet=sheet, layer=sheet)
        found = _cleaned(kind, raw, place, datum, against)
    except ChargegeoError as error:
        return Report(Outcome.REFUSED, None if raw is None else len(raw.frame), 0, (), error, raw)
    return Report(found.outcome, found.rows, found.rows - _set_aside(found, raw), found.findings, raw=raw)


_OPTIONS = {
    "stations": {"datum", "units", "sheet"}, "units": {"datum", "sheet"}, "service_areas": {"datum", "sheet"},
    "candidates": {"datum", "sheet"}, "roads": {"sheet", "crossings"},
}  # fmt: skip


def _refuse_idle(path: str | Path, kind: str, options: dict[str, Any]) -> None:
    """Refuse options that a file of this kind is read without; all at once."""
    idle = [name for name, given in options.items() if given and name not in _OPTIONS.get(kind, ())]
    if idle:
        params = {"kind": kind}
        raise StudyFault(*(Fault("check_option", file=str(path), value=name, params=params) for name in idle))


def _scenario(path: str | Path) -> Report:
    """Whether a scenario can be answered at all: its limits against each other, then against the sites of its study."""
    findings, clash = scenario_checking.scenario(path)
    if clash:
        return Report(Outcome.INFEASIBLE, 1, 0, findings, StudyFault(*clash))
    return Report(Outcome.ACCEPTED, 1, 1, findings)


_PROGRAMME = {"target": programme_checking.target, "ledger": programme_checking.ledger}


def _programme(kind: str, path: str | Path) -> Report:
    """Contradictions are warnings: the file can be used, and says what it contradicts."""
    rows, findings = _PROGRAMME[kind](path)
    mended = any(item.severity is Severity.REPAIR for item in findings)
    return Report(Outcome.REPAIRED if mended else Outcome.ACCEPTED, rows, rows, findings)


def _cleaned(
    kind: str, raw: RawTable, region: Region, datum: Datum | str | None, units: gpd.GeoDataFrame | None
) -> Cleaned:
    if kind == "stations":
        return _stations(raw, region, datum, units)
    if kind == "service_areas":
        drawn = raw.geometry is not None
        return (clean.pair_service_areas if drawn else clean.service_areas)(raw, region, datum=datum)
    if kind == "candidates":
        return clean.candidates(raw, region, datum=datum)
    return _units(raw, region, datum)


def _stations(
    raw: RawTable, region: Region, datum: Datum | str | None, units: gpd.GeoDataFrame | None
) -> Cleaned:
    found = clean.stations(raw, region, datum=datum, units=units, pile_list=raw.parts.get("piles"))
    return replace(found, findings=(*_datum_advice(found, raw, region, datum, units), *found.findings))


def _roads(path: str | Path, region: Region, layer: str | None, *, crossings: bool) -> Report:
    if roads.is_saved(path):
        raise FormatFault(Fault("network_already", file=str(path)))
    raw = sources.read_roads(path, layer=layer, crossings=crossings)
    built = roads.build(raw, region.roads)
    findings = (*raw.findings, *built.findings)
    mended = any(item.severity is Severity.REPAIR for item in findings)
    # ways that no car may take are no faulty records: the network says how many of which kind it left out
    return Report(
        Outcome.REPAIRED if mended else Outcome.ACCEPTED, len(raw.way_id), len(raw.way_id), findings,
        network=built.network,
    )  # fmt: skip


def _datum_advice(
    found: Cleaned, raw: RawTable, region: Region, datum: Datum | str | None, units: gpd.GeoDataFrame | None
) -> list[Finding]:
    """A warning where the positions are for certain in another datum than the one that was stated."""
    if datum is None or (units is None and region.county_variant is None):
        return []
    points, stated = found.table.geometry, datums.parse(datum)
    lon, lat = datums.from_wgs84(points.x, points.y, stated)
    given = found.table[["county_code", "town_code"]].assign(lon=lon, lat=lat)
    advice = clean.detect_datum(given, region, units=units)
    chosen = advice[advice["best"] & (advice["confidence"] == "certain")]
    plain = Datum.WGS84 if stated is Datum.CGCS2000 else stated
    if chosen.empty or chosen["datum"].iloc[0] == plain:
        return []
    best = chosen.iloc[0]
    params = {"stated": stated, "n_for": int(best["n_for"]), "n_against": int(best["n_against"])}
    fault = Fault("datum_doubt", file=raw.file, sheet=raw.sheet, value=best["datum"], params=params)
    return [Finding(Severity.WARNING, fault, n_rows=len(given))]


def _units(raw: RawTable, region: Region, datum: Datum | str | None) -> Cleaned:
    """Boundaries; a table without shapes, or one of points, holds seats."""
    kinds = set() if raw.geometry is None else set(raw.geometry.geom_type.dropna())
    if raw.geometry is not None and kinds != {"Point"}:
        return clean.units(raw, region, datum=datum)
    return clean.units_from_seats(raw, region, datum=datum, counties=regions.counties(region))


def _set_aside(found: Cleaned, raw: RawTable) -> int:
    """Records of the file itself set aside; those of a list of piles inside it are no stations."""
    aside = found.quarantine
    own = aside["sheet"].isna() if raw.sheet is None else aside["sheet"] == raw.sheet
    return int(((aside["file"] == raw.file) & own).sum())
