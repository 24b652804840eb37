"""Carriageways of one road number: which belong together, and which way each leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.corridors import rings
from chargegeo.vocab import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chargegeo.corridors.rings import World

    Ints = NDArray[np.signedinteger[Any]]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

BESIDE = 0.25  # ends of two carriageways of one stretch lie apart by this share of their length, at most
ALONG_M = 1000.0  # carriageways of one road lie no further apart
ALONG_SHARE = 0.5  # of a piece that lies along a stretch, at least
SAMPLES = 41  # points of a piece that are looked at


def paired(world: World, stretches: list[tuple[int, list[Ints]]]) -> list[list[Ints]]:
    """Stretches in order; lone paths put together as the carriageways of one stretch.

    First those of which each ends near the beginning of the other. Then, of carriageways that a gap of the map breaks
    at different places, each with the longest that lies along it and leads the other way.
    """

    def rank(stretch: tuple[int, list[Ints]]) -> tuple[int, float, int]:
        level, paths = stretch
        return level, -sum(map(world.length, paths)), min(int(path[0]) for path in paths)

    lone = sorted((item for item in stretches if len(item[1]) == 1), key=rank)
    found = [item for item in stretches if len(item[1]) == 2]
    costs = [
        (_apart(world, lone[i][1][0], lone[j][1][0]), i, j)
        for i in range(len(lone))
        for j in range(i + 1, len(lone))
    ]
    free = set(range(len(lone)))
    for cost, i, j in sorted(costs):
        if cost <= BESIDE and {i, j} <= free:
            free -= {i, j}
            found.append((min(lone[i][0], lone[j][0]), lone[i][1] + lone[j][1]))
    courses = {i: _course(world, lone[i][1][0]) for i in free}
    for i in sorted(free):  # the longest first
        others = sorted(free - {i}) if i in free else []
        for j in [j for j in others if _sense(courses[j], courses[i]) < 0][:1]:
            free -= {i, j}
            found.append((min(lone[i][0], lone[j][0]), lone[i][1] + lone[j][1]))
    return [paths for _, paths in sorted(found + [lone[i] for i in free], key=rank)]


def _apart(world: World, one: Ints, other: Ints) -> float:
    """Distance of the ends of two opposite paths, by the longer length; infinite unless they are opposite."""
    network = world.network
    ends = np.array([(world.tail[path[0]], network.head[path[-1]]) for path in (one, other)])
    # in one frame: degrees of longitude are shorter further north
    a, b, c, d = rings.local(network, ends.ravel())
    swapped, alike = (np.hypot(*(a - d)) + np.hypot(*(b - c)), np.hypot(*(a - c)) + np.hypot(*(b - d)))
    if world.closed(one) and world.closed(other):
        areas = [rings.area(rings.outline(world.network, path)) for path in (one, other)]
        opposite = areas[0] * areas[1] < 0
    else:
        opposite = bool(swapped < alike) and not (world.closed(one) or world.closed(other))
    metres = max(world.length(one), world.length(other))
    return float(swapped * rings.METRES_A_DEGREE / metres) if opposite else np.inf


def _course(world: World, path: Ints) -> Any:
    """The line of a path in degrees of latitude, in the frame of the whole network."""
    import shapely

    scale = np.cos(np.radians(world.network.lat.mean()))
    return shapely.LineString(rings.vertices(world.network, path) * [scale, 1.0])


def _sense(piece: Any, course: Any) -> int:
    """Whether a piece leads the way of a course that it lies along (1) or the other (-1); 0 if it lies elsewhere."""
    import shapely

    reach = ALONG_M / rings.METRES_A_DEGREE
    if not shapely.box(*piece.bounds).dwithin(shapely.box(*course.bounds), reach):
        return 0
    points = shapely.line_interpolate_point(piece, np.linspace(0, 1, SAMPLES), normalized=True)
    near = shapely.distance(points, course) <= reach
    if near.mean() < ALONG_SHARE:
        return 0
    # step by step, as a course may close
    steps = np.diff(shapely.line_locate_point(course, points[near]))
    return int(np.sign(np.sign(steps).sum()))


def directed(world: World, stretches: list[list[Ints]], toward: Floats) -> list[dict[Direction, Ints]]:
    """Paths by direction; no edge has the direction of the edge back on the same road."""
    taken = {direction: np.zeros(world.network.n_edges, dtype=bool) for direction in Direction}
    found: list[dict[Direction, Ints]] = []
    courses: list[tuple[Direction, Any]] = []
    some_lone = any(len(paths) == 1 for paths in stretches)
    for paths in stretches:
        leads = _leads(world, paths, taken, courses)
        if leads is None:
            leads = _leads_along(world, paths, toward)
        ways = tuple(Direction) if leads else tuple(Direction)[::-1]
        stretch = {}
        for direction, path in zip(ways, paths, strict=False):
            twin = world.twin[path]
            kept = _longest_run(world, path, ~(taken[direction][twin] & (twin >= 0)))
            if world.length(kept) >= world.least:
                stretch[direction] = kept
                taken[direction][kept] = True
        found += [stretch] if stretch else []
        courses += [(way, _course(world, path)) for way, path in stretch.items() if some_lone]
    return found


def _leads(
    world: World, paths: list[Ints], taken: dict[Direction, Bools], courses: list[tuple[Direction, Any]]
) -> bool | None:
    """Whether the first of two opposite paths, or a lone one, counts forward; None if only the axis can say.

    A ring by its sense, a lone path by the edges back that have a direction already, else by the stretch that it
    lies along.
    """
    path = paths[0]
    if world.closed(path):
        return rings.area(rings.outline(world.network, path)) < 0
    if len(paths) > 1:
        return None
    beside = world.twin[path][world.twin[path] >= 0]
    forward, backward = (world.length(beside[taken[way][beside]]) for way in Direction)
    if forward != backward:
        return forward < backward
    own = _course(world, path)
    for direction, course in courses:
        if sense := _sense(own, course):
            return (sense > 0) == (direction is Direction.FORWARD)
    return None


def _leads_along(world: World, paths: list[Ints], toward: Floats) -> bool:
    """Whether the first of two opposite paths, or a lone one, leads along the axis of the whole number."""
    moves = [np.diff(world.ends(path), axis=0)[0] for path in paths]
    move = moves[0] - moves[1] if len(moves) == 2 else moves[0]
    along = float(move @ toward)
    return along > 0 if along else bool(move.sum() < 0)


def _longest_run(world: World, path: Ints, kept: Bools) -> Ints:
    """The longest connected run of a path that is kept."""
    if kept.all():
        return path
    runs = np.split(np.arange(len(path)), np.flatnonzero(np.diff(kept)) + 1)
    found = [path[run] for run in runs if kept[run[0]]]
    return max(found, key=world.length, default=path[:0])
