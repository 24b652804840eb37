"""Sides of service areas put beside the carriageway that they serve, and doubts about their datum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.corridors import paths
from chargegeo.errors import Fault, Finding
from chargegeo.vocab import Certainty, Datum, Purpose, RoadClass, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from chargegeo.region import Region
    from chargegeo.roads import RoadNetwork

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Words = NDArray[np.object_]

# the middle of a service area lies within this of its carriageway
NEAR_M = 300.0
# another datum is named if it puts at least this share where it should lie, and so many more
MOST, MORE, FEWEST = 0.7, 0.3, 4
_EXPRESSWAY = tuple(RoadClass).index(RoadClass.EXPRESSWAY)


@dataclass(frozen=True)
class Sides:
    """Sides of service areas beside their carriageways.

    Parameters
    ----------
    table
        Contract ``service_areas``, rows as given: road and direction from the carriageway.
    placed
        A row a side: ``side_id``, ``edge`` of the network (-1: none), ``metres`` to it, ``reason`` why the side
        does not lie where it should (``wrong_side``, ``same_carriageway``, ``stated_direction``, ``no_carriageway``;
        null where it does).
    findings
        Warnings: sides on a wrong side, roads that differ, a datum that is likely another.
    """

    table: gpd.GeoDataFrame
    placed: pd.DataFrame
    findings: tuple[Finding, ...]


class _Segments(NamedTuple):
    """Straight stretches of directed edges in metres: ends in order of travel (s, 4), edge."""

    ends: Floats
    edge: Ints


class _Beside(NamedTuple):
    """For each side: edge (-1: none), metres to it, whether it lies on the outer side, heading of travel (n, 2)."""

    edge: Ints
    metres: Floats
    outer: Bools
    heading: Floats


class _Question(NamedTuple):
    """What does not change when positions are shifted."""

    areas: pd.DataFrame
    segments: _Segments
    tree: Any
    ways: pd.DataFrame
    network: RoadNetwork
    region: Region


def sides(
    areas: gpd.GeoDataFrame,
    network: RoadNetwork,
    region: Region,
    *,
    corridors: Sequence[paths.Corridor] | None = None,
) -> Sides:
    """Road and direction of each side from the carriageway that it lies beside.

    A side belongs to the nearest carriageway of its stated road, else of any expressway, within the limit of
    the region for service areas. It should lie on the outer side of it (right of travel where traffic keeps
    right), its pair beside the opposite one, and in the direction stated for it. The region's sides are also
    tried with their positions taken for GCJ-02 or BD-09, or shifted once too often: if that puts most of them
    where they should lie, and the positions as they are do not, a warning names the datum. Nothing is moved.

    Parameters
    ----------
    areas
        Contract table ``service_areas``.
    network
        Roads; a carriageway of a divided road is a line for one direction.
    region
        Projection, side of traffic, limit.
    corridors
        As from :func:`chargegeo.corridors.build`; by default they are built: they give the direction along a road.

    Returns
    -------
    Every side, in the order given. A side that does not lie where it should keeps its stated direction with the
    certainty *unknown*; others take the direction of the network, *certain* where the pair or the stated direction
    bears it out, else *probable*. If the datum is in doubt, that is the only warning, nothing is taken from the
    carriageways and nothing is certain.
    """
    roads = corridors if corridors is not None else paths.build(network)
    question = _question(areas, network, region, roads)
    import shapely

    shapes = areas.geometry.to_numpy()
    lon, lat = shapely.get_x(shapes), shapely.get_y(shapes)
    found = _beside(question, lon, lat)
    way = _ways(question, found.edge)
    turned = _reversed(question, way)
    reason = _reasons(question, found, way, turned)
    shift = _datum(question, lon, lat, found, reason)
    # with another datum every single one of the other warnings would be noise
    findings = shift or [*_turned_findings(question, way, turned), *_warnings(question, found, reason)]
    table = _table(areas, question, way, reason, doubtful=bool(shift))
    placed = pd.DataFrame(
        {
            "side_id": areas["side_id"].to_numpy(dtype=object),
            "edge": found.edge,
            "metres": np.round(found.metres, 1),
            "reason": reason,
        }
    )
    return Sides(table, placed, tuple(findings))


def _question(
    areas: gpd.GeoDataFrame, network: RoadNetwork, region: Region, roads: Sequence[paths.Corridor]
) -> _Question:
    import shapely

    plain = pd.DataFrame(areas.drop(columns="geometry")).reset_index(drop=True)
    plain = plain.astype(dict.fromkeys(("road_ref", "direction", "name"), "object"))
    plain = plain.assign(
        **{n: plain[n].where(plain[n].notna(), None) for n in ("road_ref", "direction", "name")}
    )
    wanted = set(plain["road_ref"].dropna())
    mine = np.array([bool(wanted & set(text.split(";"))) for text in network.refs] + [False])
    segments = _segments(network, (network.road_class == _EXPRESSWAY) | mine[network.ref], region)
    ways = pd.concat(
        [
            pd.DataFrame({"edge": road.edges.astype(np.int64), "ref": road.ref, "way": str(road.direction)})
            for road in roads
        ]
        or [pd.DataFrame({"edge": np.zeros(0, dtype=np.int64), "ref": [], "way": []})],
        ignore_index=True,
    ).drop_duplicates()
    # an edge that paths of both directions use, as at the end of a road, tells neither
    ways = ways[~ways.duplicated(["edge", "ref"], keep=False)]
    tree = shapely.STRtree(shapely.linestrings(segments.ends.reshape(-1, 2, 2)))
    return _Question(plain, segments, tree, ways, network, region)


def _segments(network: RoadNetwork, allowed: Bools, region: Region) -> _Segments:
    """Straight stretches of the allowed edges, in order of travel."""
    edges = np.flatnonzero(allowed)
    line = network.line[edges]
    first, n = network.line_start[line], np.diff(network.line_start)[line] - 1
    edge = np.repeat(edges, n)
    vertex = np.repeat(first, n) + np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    xy = _metres(network.line_xy[:, 0], network.line_xy[:, 1], region) if len(edges) else np.zeros((1, 2))
    a, b = (vertex, vertex + 1) if len(vertex) else (vertex, vertex)
    along = network.forward[edge][:, None]
    ends = np.hstack([np.where(along, xy[a], xy[b]), np.where(along, xy[b], xy[a])])
    return _Segments(ends.reshape(-1, 4), edge.astype(np.int64))


def _metres(lon: Any, lat: Any, region: Region) -> Floats:
    from pyproj import Transformer

    to_plane = Transformer.from_crs(schema.STORAGE_CRS, region.crs_measure, always_xy=True)
    return np.column_stack(to_plane.transform(lon, lat))


def _beside(question: _Question, lon: Floats, lat: Floats) -> _Beside:
    """The carriageway that each position lies beside."""
    import shapely

    n, ends = len(lon), question.segments.ends
    found = _Beside(np.full(n, -1), np.full(n, np.nan), np.zeros(n, dtype=bool), np.zeros((n, 2)))
    there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(there) or not len(ends):
        return found
    xy = _metres(lon[there], lat[there], question.region)
    limit = question.region.roads.snap_m[Purpose.SERVICE_AREA]
    at, segment = question.tree.query(shapely.points(xy), predicate="dwithin", distance=limit)
    metres = shapely.distance(shapely.points(xy[at]), question.tree.geometries[segment])
    heading = ends[segment, 2:] - ends[segment, :2]
    off = xy[at] - ends[segment, :2]
    left = heading[:, 0] * off[:, 1] - heading[:, 1] * off[:, 0]
    outer = left < 0 if question.region.roads.drive_side == "right" else left > 0
    other_road = ~_on_road(question, there[at], question.segments.edge[segment])
    # both directions of an undivided road are equally near: the one whose outer side it is goes first
    order = np.lexsort((question.segments.edge[segment], ~outer, np.round(metres, 3), other_road, at))
    rows, first = np.unique(at[order], return_index=True)
    chosen, side = order[first], there[rows]
    found.edge[side], found.metres[side] = question.segments.edge[segment[chosen]], metres[chosen]
    found.outer[side] = outer[chosen]
    size = np.maximum(np.hypot(*heading[chosen].T), 1e-9)
    found.heading[side] = heading[chosen] / size[:, None]
    return found


def _on_road(question: _Question, side: Ints, edge: Ints) -> Bools:
    """Whether an edge bears the number stated for a side."""
    refs = [*(f";{text};" for text in question.network.refs), ";;"]
    stated = question.areas["road_ref"].tolist()
    pairs = pd.DataFrame({"stated": [stated[row] for row in side], "ref": question.network.ref[edge]})
    distinct = pairs.drop_duplicates()
    known = {
        (one, ref): one is not None and f";{one};" in refs[ref]
        for one, ref in zip(distinct["stated"], distinct["ref"], strict=True)
    }
    return np.array([known[pair] for pair in zip(pairs["stated"], pairs["ref"], strict=True)], dtype=bool)


def _ways(question: _Question, edge: Ints) -> pd.DataFrame:
    """Road number and direction of the corridor of each side's edge, null where it belongs to none."""
    rows = pd.DataFrame({"row": np.arange(len(edge)), "edge": edge, "stated": question.areas["road_ref"]})
    joined = rows.merge(question.ways, on="edge", how="left")
    joined["other"] = joined["ref"].ne(joined["stated"])
    best = joined.sort_values(["row", "other", "ref"], kind="stable").drop_duplicates("row")
    way = best.set_index("row")[["ref", "way"]].astype("object")
    return way.where(way.notna(), None)


def _reversed(question: _Question, way: pd.DataFrame) -> set[str]:
    """Roads on which most sides state the opposite direction: their chainage begins at the other end."""
    stated = question.areas["direction"]
    both = stated.notna() & way["way"].notna()
    against = (stated != way["way"])[both].groupby(way.loc[both, "ref"])
    counts = against.agg(["sum", "size"])
    return set(counts.index[(counts["sum"] * 2 > counts["size"]) & (counts["size"] > 1)])


def _reasons(question: _Question, found: _Beside, way: pd.DataFrame, turned: set[str]) -> Words:
    """Why each side does not lie where it should; None where it does."""
    reason = np.full(len(found.edge), None, dtype=object)
    stated = question.areas["direction"].to_numpy(dtype=object)
    there = way["way"].notna().to_numpy() & np.array([one is not None for one in stated], dtype=bool)
    swapped = way["ref"].isin(turned).to_numpy()
    same = way["way"].to_numpy(dtype=object) == stated
    reason[there & (same == swapped)] = "stated_direction"
    for rows in question.areas.groupby("pair_id").indices.values():
        both = len(rows) == 2 and (found.edge[rows] >= 0).all()
        if both and found.heading[rows[0]] @ found.heading[rows[1]] > 0:
            reason[rows] = "same_carriageway"
    reason[~found.outer] = "wrong_side"
    reason[found.edge < 0] = "no_carriageway"
    return reason


def _datum(question: _Question, lon: Floats, lat: Floats, found: _Beside, reason: Words) -> list[Finding]:
    """A warning if another datum puts most sides where they should lie."""
    total = int(np.isfinite(lon).sum())
    now = _right(found, reason)
    if total < FEWEST:
        return []
    tried = []
    for shifted in (Datum.GCJ02, Datum.BD09):
        for code, moved in (
            ("datum_shift_likely", datums.to_wgs84(lon, lat, shifted)),
            ("datum_twice_likely", datums.from_wgs84(lon, lat, shifted)),
        ):
            there = _beside(question, *moved)
            ways = _ways(question, there.edge)
            right = _right(there, _reasons(question, there, ways, _reversed(question, ways)))
            tried.append((right, shifted, code))
    then, shifted, code = max(tried, key=lambda one: one[0])
    if then < MOST * total or then - now < MORE * total:
        return []
    params = {"n": now, "total": total, "then": then, "datum": shifted.value}
    return [Finding(Severity.WARNING, Fault(code, _file(question), params=params), n_rows=total)]


def _right(found: _Beside, reason: Words) -> int:
    """Number of sides that lie where they should, near their carriageway."""
    right = np.array([one is None for one in reason], dtype=bool)
    return int((right & (found.metres <= NEAR_M)).sum())


def _file(question: _Question) -> str | None:
    return str(question.areas["source"].iloc[0]) if len(question.areas) else None


def _turned_findings(question: _Question, way: pd.DataFrame, turned: set[str]) -> list[Finding]:
    findings = []
    for ref in sorted(turned):
        rows = way["ref"].eq(ref) & question.areas["direction"].notna()
        against = int((question.areas["direction"] != way["way"])[rows].sum())
        params = {"n": int(rows.sum()), "against": against}
        place = Fault("chainage_reversed", _file(question), value=ref, params=params)
        findings.append(Finding(Severity.WARNING, place, n_rows=against))
    return findings


def _warnings(question: _Question, found: _Beside, reason: Words) -> list[Finding]:
    """A warning for each side that has a position and does not lie where it should, or on another road."""
    limit = question.region.roads.snap_m[Purpose.SERVICE_AREA]
    findings = []
    columns = (question.areas[name].tolist() for name in ("side_id", "name", "road_ref", "source"))
    for row, (side, name, stated, source) in enumerate(zip(*columns, strict=True)):
        place: dict[str, Any] = {"file": source, "feature": side, "value": name or side}
        ref = question.network.ref[found.edge[row]] if found.edge[row] >= 0 else -1
        numbers = question.network.refs[ref] if ref >= 0 else ""
        if reason[row] == "no_carriageway":
            fault = Fault("no_carriageway", params={"limit": f"{limit:g}"}, **place)
        elif reason[row] is not None:
            fault = Fault(reason[row], params={"metres": f"{found.metres[row]:.0f}"}, **place)
        elif stated is not None and stated not in numbers.split(";"):
            fault = Fault("road_differs", params={"stated": stated, "found": numbers or "-"}, **place)
        else:
            continue
        findings.append(Finding(Severity.WARNING, fault))
    return findings


def _table(
    areas: gpd.GeoDataFrame,
    question: _Question,
    way: pd.DataFrame,
    reason: Words,
    *,
    doubtful: bool,
) -> Any:
    """The sides with road and direction of their carriageway."""
    plain = question.areas
    right = pd.Series([one is None for one in reason], index=plain.index)
    known = right & way["way"].notna() & (not doubtful)
    both = right.groupby(plain["pair_id"]).transform("all") & plain.groupby("pair_id")["side_id"].transform(
        "size"
    ).eq(2)
    agrees = plain["direction"].notna()
    sure = np.where(both | agrees, Certainty.CERTAIN.value, Certainty.PROBABLE.value)
    own = plain["certainty"].replace({Certainty.CERTAIN.value: Certainty.PROBABLE.value} if doubtful else {})
    basis = plain["basis"].astype("object").where(plain["basis"].notna(), "")
    direction = plain["direction"].where(~known, way["way"])
    table = areas.assign(
        road_ref=plain["road_ref"].where(plain["road_ref"].notna() | ~known, way["ref"]).to_numpy(),
        direction=direction.to_numpy(),
        certainty=np.where(known, sure, np.where(right, own, Certainty.UNKNOWN.value)),
        basis=(basis + np.where(known, ";carriageway", ""))
        .str.removeprefix(";")
        .replace("", None)
        .to_numpy(),
    )
    return schema.check(schema.conform(table, "service_areas"), "service_areas")
