"""From the results of a study to the world that scenarios start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import access, clean, corridors, roads, sources
from chargegeo.errors import Fault, Finding, StudyFault
from chargegeo.siting import naming, worlds
from chargegeo.study import chargers
from chargegeo.vocab import Purpose, Severity, SiteKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from chargegeo.siting.scenarios import CandidateFile, Scenario
    from chargegeo.study.solving import Results


NAMED = 5  # units named in a finding about many
MAPS = (".pbf", ".osm", ".gz", ".bz2")  # of OpenStreetMap; other files of places are layers


def world(results: Results, scenarios: Sequence[Scenario]) -> tuple[worlds.World, list[Finding]]:
    """Sites of all scenarios with what stands there, and whom they reach.

    Parameters
    ----------
    scenarios
        Of the same study, and with the same candidate files.

    Returns
    -------
    The world, and a finding for each candidate that lies in no unit, for units without a site, out of reach or
    whose people are not known, and for working stations in no unit, which nothing here counts on.

    Raises
    ------
    InputError
        A candidate file that cannot be read.
    StudyFault
        Candidates of one id.
    """
    import pandas as pd

    units, region = results.tables["units"], results.region
    register = _register(results)
    along = _along(results)
    stand, groups = worlds.existing(register, along)
    seats, _ = worlds.seats(units)
    given, findings = _given(results, scenarios)
    parts = [seats, stand, *given]
    sites = pd.concat([part for part in parts if len(part)], ignore_index=True)
    if twice := sorted(set(sites["site_id"][sites["site_id"].duplicated()])):
        raise StudyFault(*(Fault("scenario_site_twice", value=site) for site in twice))
    unit = worlds.unit_rows(sites, units)
    fixed = sites["site_kind"].isin([SiteKind.STATION, SiteKind.SERVICE_AREA])
    findings += _uncounted(register, along, scenarios)
    findings += [
        Finding(Severity.WARNING, Fault("candidate_nowhere", feature=site))
        for site in sites["site_id"][(unit < 0) & ~fixed]
    ]  # fmt: skip
    kept = (unit >= 0) | fixed.to_numpy()
    sites, unit = sites[kept].reset_index(drop=True).assign(unit=unit[kept]), unit[kept]
    groups = groups.assign(site=pd.Index(sites["site_id"]).get_indexer(groups["site_id"]))
    by_road = results.by_road is not None
    limit = max(item.minutes if by_road else item.km for item in scenarios)
    reach = _by_road(results, sites, limit) if by_road else worlds.straight(units, sites, region, limit)
    found = worlds.World(register, sites, groups, reach, limit, by_road, along)
    return found, [*findings, *out_of_reach(found)]


def out_of_reach(found: worlds.World) -> Iterator[Finding]:
    """Units that no plan can close for want of a site, and units that no site can serve."""
    units = found.register.units
    own = np.isin(np.arange(len(units)), found.sites["unit"])
    near = np.diff(found.reach.indptr) > 0
    for code, has in (("units_no_site", own), ("units_no_reach", near)):
        if not has.all():
            lacking = np.flatnonzero(~has)
            named = ", ".join(str(naming.unit(found, row)) for row in lacking[:NAMED])
            some = {"n": len(lacking), "of": len(units), "limit": f"{found.limit:g}", "named": named}
            codes = ", ".join(units["unit_code"].iloc[lacking[:NAMED]])
            yield Finding(Severity.WARNING, Fault(code, value=codes, params=some))


def _uncounted(
    register: worlds.Register, along: worlds.Roadside | None, scenarios: Sequence[Scenario]
) -> Iterator[Finding]:
    """People, stations and stretches of road that scenarios leave out, and what they assume of sites."""
    if some := next((item for item in scenarios if item.bays_assumed), None):
        yield Finding(Severity.WARNING, Fault("scenario_bays_assumed", value=some.bays))
    for weight in sorted({item.weight for item in scenarios} - {"equal"}):
        column = worlds.PEOPLE[weight]
        if n := int(register.units[column].isna().sum()):
            yield Finding(
                Severity.WARNING, Fault("scenario_people_unknown", column=column, value=n), n_rows=n
            )
    on_side = register.stations["station_id"].isin([] if along is None else list(along.side_of))
    if n := int((register.works & register.placed.isna() & ~on_side).sum()):
        yield Finding(Severity.WARNING, Fault("scenario_stations_nowhere", value=n), n_rows=n)
    if along is not None:
        yield from _not_known(along, {name for item in scenarios for name in item.corridors})


def _not_known(along: worlds.Roadside, rules: set[str]) -> Iterator[Finding]:
    """Stretches of which a rule cannot say whether they need anything: no plan is asked to mend them."""
    named = [rule for name, rule in along.rules.items() if name in rules]
    verdicts = corridors.judge(along.corridors, along.sites, along.piles, named)
    unknown = verdicts["verdict"] == Verdict.UNKNOWN
    for name, n in verdicts["rule"][unknown].value_counts(sort=False).items():
        some = {"n": int(n), "of": int((verdicts["rule"] == name).sum())}
        fault = Fault("scenario_stretches_unknown", value=str(name), params=some)
        yield Finding(Severity.WARNING, fault, n_rows=int(n))


def _register(results: Results) -> worlds.Register:
    given = results.register
    assert given is not None  # noqa: S101 - solved, not opened
    return worlds.Register(
        results.tables["units"], given.stations.table, given.stations.piles, given.placed, given.set_aside,
        None if results.by_road is None else results.by_road.seat_minutes,
        chargers.working(given.stations.table), results.region,
        tuple(rule for rule in results.rules if rule.unit == results.rule.unit),
    )  # fmt: skip


def _along(results: Results) -> worlds.Roadside | None:
    """Corridors of the study, its sides, and what stands on them."""
    by_road = results.by_road
    if by_road is None or "corridors" not in results.tables:
        return None
    assert results.register is not None  # noqa: S101 - solved, not opened
    sites = results.tables["corridor_sites"]
    matches = by_road.sides.matched.matches
    return worlds.Roadside(
        corridors.build(by_road.places.network, least_km=results.study.corridors.least_km), sites,
        chargers.piles_of(sites, results.register.stations, by_road.sides), by_road.sides.table,
        dict(zip(matches["station_id"], matches["side_id"], strict=True)), dict(corridors.rules()),
        _ends(results.tables["corridors"]),
    )  # fmt: skip


def _ends(table: pd.DataFrame) -> dict[str, str]:
    """Names of the places at both ends of each corridor, by its id, where both are known."""
    known = table.dropna(subset=["from_name", "to_name"])
    said = known["from_name"] + " \u2192 " + known["to_name"]
    return dict(zip(known["corridor_id"], said, strict=True))


def _given(results: Results, scenarios: Sequence[Scenario]) -> tuple[list[gpd.GeoDataFrame], list[Finding]]:
    """Candidates of files and of road junctions."""
    found: list[gpd.GeoDataFrame] = []
    findings: list[Finding] = []
    for section in dict.fromkeys(_key(item) for asked in scenarios for item in asked.candidates.files):
        cleaned = _read(next(
            item for asked in scenarios for item in asked.candidates.files if _key(item) == section
        ), results)  # fmt: skip
        found.append(worlds.new_sites(cleaned.table))
        findings += cleaned.findings
    if results.by_road is not None and any(SiteKind.JUNCTION in item.candidates.kinds for item in scenarios):
        found.append(worlds.new_sites(roads.junctions(results.by_road.places.network)))
    return found, findings


def _key(section: CandidateFile) -> str:
    return section.model_dump_json()


def _read(section: CandidateFile, results: Results) -> Any:
    if section.kind == SiteKind.PLACE and section.file.suffix.lower() in MAPS:
        raw = sources.read_places(section.file, section.places)
    else:
        raw = sources.read(section.file, sheet=section.sheet, layer=section.layer)
    return clean.candidates(
        raw, results.region, kind=section.kind, datum=section.datum, mapping=section.columns or None
    )


def _by_road(results: Results, sites: gpd.GeoDataFrame, limit: float) -> csr_array:
    """Minutes from the seat of each unit to each site, both ways to the road counted."""
    from scipy.sparse import csr_array

    by_road = results.by_road
    assert by_road is not None  # noqa: S101 - the caller asked
    network, node, leg = _placed(results, sites)
    seats = by_road.places
    row, column = np.flatnonzero(seats.seat_node >= 0), np.flatnonzero(node >= 0)
    pairs = access.within(network, seats.seat_node[row], node[column], limit=limit, leg=leg[column])
    start = seats.seats["leg_minutes"].to_numpy(dtype=float)[row]
    origin = np.repeat(np.arange(len(row)), np.diff(pairs.indptr))
    total = pairs.data + start[origin]
    kept = total <= limit
    first = np.concatenate([[0], np.cumsum(np.bincount(row[origin[kept]], minlength=len(seats.seat_node)))])
    return csr_array(
        (total[kept], column[pairs.indices[kept]], first), shape=(len(seats.seat_node), len(sites))
    )


def _placed(
    results: Results, sites: gpd.GeoDataFrame
) -> tuple[roads.RoadNetwork, NDArray[np.int64], NDArray[np.float64]]:
    """The network with the sites as nodes: sides enter from the expressway, all others as stations do."""
    by_road = results.by_road
    assert by_road is not None  # noqa: S101 - the caller asked
    network, region = by_road.places.network, results.region
    side = (sites["site_kind"] == SiteKind.SERVICE_AREA).to_numpy()
    points = sites.geometry[~side]
    snaps = roads.snap(network, points.x.to_numpy(), points.y.to_numpy(), Purpose.STATION, region.roads)
    network, new = roads.with_places(network, snaps)
    node, leg = np.full(len(sites), -1, dtype=np.int64), np.zeros(len(sites))
    node[~side], leg[~side] = new, snaps["leg_minutes"].fillna(0.0)
    known = {key: row for row, key in enumerate(by_road.sides.table["side_id"])}
    rows = sites.loc[side, "station_id"].map(known).to_numpy(dtype=np.int64)
    node[side] = by_road.places.side_node[rows]
    leg[side] = by_road.places.sides["leg_minutes"].fillna(0.0).to_numpy()[rows]
    return network, node, leg
