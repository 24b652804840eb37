"""What a driver finds along each corridor: spacing, gaps, power."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from chargegeo import schema
from chargegeo.corridors.serving import charging
from chargegeo.vocab import RoadClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.corridors.paths import Corridor
    from chargegeo.roads import RoadNetwork

    Floats = NDArray[np.float64]
    Names = Callable[[Floats, Floats], "NDArray[np.object_]"]

WITHIN_KM = 50.0
TOWN_KM = 15.0


def gaps(
    network: RoadNetwork, corridors: Sequence[Corridor], sites: pd.DataFrame, *, names: Names
) -> pd.DataFrame:
    """Every stretch between neighbouring sites that charge, and those to the ends of each corridor.

    Parameters
    ----------
    sites
        Contract ``corridor_sites``. Only sites that have piles for certain end a gap; those of which it is not
        known are counted in it (``n_unknown``).
    names
        Gives the names of places, an array of text or None, for longitudes and latitudes.

    Returns
    -------
    Contract ``corridor_gaps``, the longest first. A ring has no ends: its gaps close over its start.
    """
    of_corridor = _by_corridor(sites)
    parts = [_gaps(network, item, *of_corridor(item.id)) for item in corridors]
    table = pd.concat(parts, ignore_index=True) if parts else schema.empty("corridor_gaps")
    ends = shapely.get_coordinates(
        [shapely.get_point(shape, at) for at in (0, -1) for shape in table["geometry"]]
    )
    told = names(*ends.T) if len(table) else np.empty(0, dtype=object)
    table["from_name"], table["to_name"] = told[: len(table)], told[len(table) :]
    table = table.sort_values(["km", "corridor_id", "from_km"], ascending=[False, True, True], kind="stable")
    table["rank"] = np.arange(1, len(table) + 1)
    return schema.conform(table.reset_index(drop=True), "corridor_gaps")


def _by_corridor(sites: pd.DataFrame) -> Callable[[str], tuple[pd.DataFrame, pd.DataFrame]]:
    """What gives the sites of a corridor: those that charge for certain, and those of which it is not known."""
    parts = [sites[chosen] for chosen in charging(sites)]
    found = [dict(list(part.groupby("corridor_id", sort=False))) for part in parts]
    certain, unknown = ((known, part.iloc[:0]) for known, part in zip(found, parts, strict=True))
    return lambda key: (certain[0].get(key, certain[1]), unknown[0].get(key, unknown[1]))


def _gaps(
    network: RoadNetwork, corridor: Corridor, sites: pd.DataFrame, unknown: pd.DataFrame
) -> pd.DataFrame:
    km, ids = sites["km"].to_numpy(dtype=float), sites["site_id"].to_numpy(dtype=object)
    if corridor.ring and len(km):
        start, end = km, np.append(km[1:], km[0] + corridor.length)
        before, after = ids, np.append(ids[1:], ids[:1])
    else:
        start, end = np.append(0.0, km), np.append(km, corridor.length)
        before, after = np.append([None], ids), np.append(ids, [None])
    return pd.DataFrame({
        "corridor_id": corridor.id, "ref": corridor.ref, "road_class": corridor.road_class,
        "direction": str(corridor.direction), "from_km": start, "km": np.maximum(end - start, 0.0),
        "to_km": np.where(end > corridor.length, end - corridor.length, end),
        "n_unknown": _within(start, end, unknown["km"].to_numpy(dtype=float), corridor.length),
        "from_site": before, "to_site": after, "geometry": _courses(network, corridor, start, end),
    })  # fmt: skip


def _within(start: Floats, end: Floats, km: Floats, length: float) -> NDArray[np.int64]:
    """How many places lie inside each stretch, also in one that runs over the start of a ring."""
    inside = [(at > start) & (at < end) for at in np.append(km, km + length)]
    return np.sum(inside, axis=0, dtype=np.int64) if inside else np.zeros(len(start), dtype=np.int64)


def _courses(network: RoadNetwork, corridor: Corridor, start: Floats, end: Floats) -> list[Any]:
    """Lines of the stretches of a corridor; around a ring over its start."""
    xy, km = geometry(network, corridor)
    if corridor.ring:
        xy, km = np.concatenate([xy, xy]), np.concatenate([km, km + corridor.length])
    return [_cut(xy, km, a, b) for a, b in zip(start, end, strict=True)]


def _cut(xy: Floats, km: Floats, start: float, end: float) -> Any:
    at = np.concatenate([[start], km[(km > start) & (km < end)], [end]])
    return shapely.LineString(np.column_stack([np.interp(at, km, axis) for axis in xy.T]))


def geometry(network: RoadNetwork, corridor: Corridor) -> tuple[Floats, Floats]:
    """Vertices of a corridor in order of travel, degrees (v, 2), and the kilometres at each (v)."""
    from chargegeo import datum

    lines = network.line[corridor.edges]
    first, last = network.line_start[lines], network.line_start[lines + 1]
    edge = np.repeat(np.arange(len(lines)), last - first)
    begin = (np.cumsum(last - first) - (last - first))[edge]
    step = np.arange(len(edge)) - begin
    xy = network.line_xy[
        np.where(network.forward[corridor.edges][edge], first[edge] + step, last[edge] - 1 - step)
    ]
    metres = datum.metres_between(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    run = np.append(0.0, np.cumsum(np.where(step[1:] > 0, metres, 0.0)))
    run -= run[begin]
    total = run[begin + (last - first)[edge] - 1]
    share = np.where(total > 0, run / np.where(total > 0, total, 1.0), step / ((last - first)[edge] - 1))
    return xy, corridor.km[:-1][edge] + share * np.diff(corridor.km)[edge]


def towns(
    network: RoadNetwork, corridors: Sequence[Corridor], places: pd.DataFrame, *, within_km: float = TOWN_KM
) -> pd.DataFrame:
    """Towns that a corridor passes.

    Parameters
    ----------
    places
        ``name`` and ``node`` of each.
    within_km
        Farthest straight line from the corridor's course (km).

    Returns
    -------
    Contract ``corridor_towns``: by corridor, the nearest town first.
    """
    node, parts = places["node"].to_numpy(), []
    for item in corridors:
        at, off = _passed(*geometry(network, item), network.lon[node], network.lat[node])
        found = pd.DataFrame({"corridor_id": item.id, "km": at, "name": places["name"], "off_km": off})
        parts.append(found[off <= within_km].sort_values(["off_km", "name"], kind="stable"))
    return schema.conform(pd.concat(parts, ignore_index=True), "corridor_towns")


def _passed(xy: Floats, km: Floats, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Kilometre of a course where it passes each place nearest, between its vertices too, and how far off (km)."""
    from chargegeo import datum

    # degrees of longitude are shorter; nearest is decided in degrees of latitude
    flat = xy * [np.cos(np.radians(xy[:, 1].mean())), 1.0]
    run = np.append(0.0, np.cumsum(np.hypot(*np.diff(flat, axis=0).T)))
    points = shapely.points(lon * np.cos(np.radians(xy[:, 1].mean())), lat)
    along = shapely.line_locate_point(shapely.LineString(flat), points)
    x, y, at = (np.interp(along, run, values) for values in (*xy.T, km))
    return at, datum.metres_between(lon, lat, x, y) / 1000


def summary(
    network: RoadNetwork,
    corridors: Sequence[Corridor],
    sites: pd.DataFrame,
    gaps: pd.DataFrame,
    *,
    names: Names,
    within_km: float = WITHIN_KM,
) -> pd.DataFrame:
    """One row a corridor: its sites and piles, its longest gap, and what there is by length.

    Parameters
    ----------
    gaps
        Contract ``corridor_gaps`` of the same corridors.
    within_km
        Distance downstream of a charger that counts as served (km).

    Returns
    -------
    Contract ``corridors``, in the order of ``corridors``.
    """
    of_corridor = _by_corridor(sites)
    if not corridors:
        return schema.empty("corridors")
    shared = _shared(network, corridors)
    rows = [
        {**_row(item, *of_corridor(item.id), within_km), "shared_km": km}
        for item, km in zip(corridors, shared, strict=True)
    ]
    table = pd.DataFrame(rows)
    worst = gaps.drop_duplicates("corridor_id").set_index("corridor_id").reindex(table["corridor_id"])
    table["longest_gap_km"] = worst["km"].to_numpy()
    table["longest_gap_from"], table["longest_gap_to"] = (
        worst["from_name"].to_numpy(),
        worst["to_name"].to_numpy(),
    )
    courses = [geometry(network, item)[0] for item in corridors]
    for end, at in (("from", 0), ("to", -1)):
        table[f"{end}_name"] = names(*np.array([course[at] for course in courses]).T)
    table["geometry"] = [shapely.LineString(course) for course in courses]
    return schema.conform(table, "corridors")


def _row(corridor: Corridor, sites: pd.DataFrame, unknown: pd.DataFrame, within_km: float) -> dict[str, Any]:
    km, length = sites["km"].to_numpy(dtype=float), corridor.length
    # nothing there is known to be nothing, something of unknown size is not
    least = min(len(sites), 1)
    guns, power = sites["n_guns"].sum(min_count=least), sites["total_kw"].sum(min_count=least)
    fast = km[(sites["n_ultra_fast"].fillna(0) > 0).to_numpy()]
    return {
        "corridor_id": corridor.id, "ref": corridor.ref, "road_class": corridor.road_class,
        "direction": str(corridor.direction), "part": corridor.part, "km": length, "n_sites": len(sites),
        "n_unknown": len(unknown),
        "n_piles": int(sites["n_piles"].sum()), "n_guns": guns,
        "n_ultra_fast": int(sites["n_ultra_fast"].fillna(0).sum()), "total_kw": power,
        "mean_spacing_km": _spacing(np.unique(km)),
        "within_km": within_km,
        "share_within": min(downstream(km, within_km, length, ring=corridor.ring) / length, 1.0),
        "km_per_gun": length / guns if pd.notna(guns) and guns else np.nan,
        "kw_per_100km": power / length * 100, "ultra_gap_km": longest(fast, length, ring=corridor.ring),
    }  # fmt: skip


def _spacing(km: Floats) -> float:
    """Mean distance between neighbouring places with sites; null below two."""
    return float(np.diff(km).mean()) if len(km) > 1 else np.nan


def downstream(km: Floats, reach: float, length: float, *, ring: bool = False) -> float:
    """Kilometres of a path that lie within ``reach`` downstream of one of its chargers."""
    if not len(km):
        return 0.0
    ends = np.append(km[1:], km[0] + length if ring else length)
    return float(np.minimum(ends - km, reach).clip(0).sum())


def longest(km: Floats, length: float, *, ring: bool = False) -> float:
    """Longest stretch of a path without any of the places at ``km``, its ends included (km)."""
    if not len(km):
        return length
    if ring:
        return float(np.diff(np.append(km, km[0] + length)).max())
    return float(np.diff(np.concatenate([[0.0], km, [length]])).max())


def _shared(network: RoadNetwork, corridors: Sequence[Corridor]) -> Floats:
    """Kilometres of each corridor that belong to other numbers too."""
    several = np.array([";" in ref for ref in network.refs] + [False])
    return np.array([
        float(network.metres[item.edges][several[network.ref[item.edges]]].sum()) / 1000 for item in corridors
    ])  # fmt: skip


def by_road(summary: pd.DataFrame) -> pd.DataFrame:
    """Sums by class of road and by road, both directions together.

    Parameters
    ----------
    summary
        Contract ``corridors``.

    Returns
    -------
    Contract ``corridor_rollup``: classes from the highest, then roads by number.
    """
    rank = {str(word): i for i, word in enumerate(RoadClass)}
    parts = [
        _sums(summary, "road_class").sort_index(key=lambda words: words.map(rank)),
        _sums(summary, "ref"),
    ]
    table = pd.concat(
        [
            part.reset_index(names="code").assign(level=level)
            for part, level in zip(parts, ("class", "road"), strict=True)
        ]
    )
    return schema.conform(table.reset_index(drop=True), "corridor_rollup")


def _sums(summary: pd.DataFrame, by: str) -> pd.DataFrame:
    given = pd.DataFrame(summary.drop(columns="geometry")).assign(
        within=summary["share_within"] * summary["km"]
    )
    groups = given.groupby(by, sort=True)
    table = groups[["km", "n_sites", "n_unknown", "n_piles"]].sum()
    table["n_corridors"] = groups.size()
    table[["n_guns", "total_kw"]] = groups[["n_guns", "total_kw"]].sum(min_count=1).astype("Float64")
    guns = table["n_guns"].astype("float64").replace(0, np.nan)
    table["km_per_gun"], table["kw_per_100km"] = table["km"] / guns, table["total_kw"] / table["km"] * 100
    table["share_within"] = (groups["within"].sum() / table["km"]).clip(upper=1)
    worst = given.sort_values(["longest_gap_km", "corridor_id"], ascending=[False, True]).groupby(by).first()
    table["longest_gap_km"], table["longest_gap_corridor"] = worst["longest_gap_km"], worst["corridor_id"]
    return table


def breaks(network: RoadNetwork, corridors: Sequence[Corridor], *, names: Names) -> pd.DataFrame:
    """Where the map breaks off: pieces of one number and direction that nothing of that number joins.

    A piece that begins or ends on a node of another one is a branch and no break.

    Returns
    -------
    Contract ``corridor_breaks``: for each piece but the first the shortest straight line between the end of one
    piece and the beginning of another, by road and direction.
    """
    rows = []
    groups: dict[tuple[str, str], list[Corridor]] = {}
    for item in corridors:
        groups.setdefault((item.ref, str(item.direction)), []).append(item)
    for (ref, direction), pieces in groups.items():
        for piece in pieces[1:]:
            others = [item for item in pieces if item is not piece]
            if not any(np.isin(piece.nodes[[0, -1]], item.nodes).any() for item in others):
                rows.append({"ref": ref, "direction": direction, **_nearest_end(network, piece, others)})
    if not rows:
        return schema.empty("corridor_breaks")
    table = pd.DataFrame(rows)
    for end in ("from", "to"):
        at = table[f"{end}_node"].to_numpy(dtype=np.int64)
        table[f"{end}_name"] = names(network.lon[at], network.lat[at])
    return schema.conform(
        table.drop_duplicates(["from_corridor", "to_corridor"]).reset_index(drop=True), "corridor_breaks"
    )


def _nearest_end(network: RoadNetwork, piece: Corridor, others: Sequence[Corridor]) -> dict[str, Any]:
    """The shortest way in the direction of travel between a piece and any other."""
    from chargegeo import datum

    pairs = [(piece, item) for item in others] + [(item, piece) for item in others]
    a = np.array([before.nodes[-1] for before, _ in pairs])
    b = np.array([after.nodes[0] for _, after in pairs])
    metres = datum.metres_between(network.lon[a], network.lat[a], network.lon[b], network.lat[b])
    best = int(metres.argmin())
    before, after = pairs[best]
    return {
        "from_corridor": before.id, "to_corridor": after.id, "km": float(metres[best]) / 1000, "from_node": a[best],
        "to_node": b[best],
    }  # fmt: skip
