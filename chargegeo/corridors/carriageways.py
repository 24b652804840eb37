"""Carriageways of one road number: which belong together, and which way each leads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.corridors import rings
from chargegeo.vocab import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    free = set(range(len(lone)))
    costs = _apart(world, [paths[0] for _, paths in lone])
    one, other = np.nonzero(np.triu(costs <= BESIDE, 1))
    order = np.lexsort((other, one, costs[one, other]))
    beside = zip(one[order].tolist(), other[order].tolist(), strict=True)
    for i, j in chain(beside, _lying_along(world, [paths[0] for _, paths in lone], free)):
        if {i, j} <= free:
            free -= {i, j}
            found.append((min(lone[i][0], lone[j][0]), lone[i][1] + lone[j][1]))
    return [paths for _, paths in sorted(found + [lone[i] for i in free], key=rank)]


def _apart(world: World, paths: list[Ints]) -> Floats:
    """Distance of the ends of every two opposite paths, by the longer length; infinite unless they are opposite."""
    network, n = world.network, len(paths)
    if not n:
        return np.empty((0, 0))
    first, last = (
        np.array([world.tail[path[0]] for path in paths]), np.array([network.head[path[-1]] for path in paths])
    )  # fmt: skip
    # in one frame, as degrees of longitude are shorter further north
    ends = rings.local(network, np.append(first, last))
    length = np.array([world.length(path) for path in paths])

    def between(a: Floats, b: Floats) -> Floats:
        gaps: Floats = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1))
        return gaps

    start, end = ends[:n], ends[n:]
    swapped = between(start, end) + between(end, start)
    alike = between(start, start) + between(end, end)
    closed = first == last
    areas = [
        rings.area(rings.outline(network, path)) if ring else 0.0
        for path, ring in zip(paths, closed, strict=True)
    ]
    both = np.multiply.outer(areas, areas) < 0
    opposite = np.where(closed[:, None] & closed, both, (swapped < alike) & ~(closed[:, None] | closed))
    share = swapped * rings.METRES_A_DEGREE / np.maximum(length[:, None], length)
    return np.where(opposite, share, np.inf)


def _lying_along(world: World, paths: list[Ints], free: set[int]) -> Iterator[tuple[int, int]]:
    """Each path with those after it that lie along it and lead the other way, while both are free."""
    courses = {i: _course(world, paths[i]) for i in sorted(free)}
    for i, j in combinations(courses, 2):
        if {i, j} <= free and _sense(courses[j], courses[i]) < 0:
            yield i, j


@dataclass(frozen=True, eq=False)
class _Course:
    """The line of a path in degrees of latitude, and its least and greatest east and north."""

    line: Any
    bounds: tuple[float, float, float, float]


def _course(world: World, path: Ints) -> _Course:
    """The line of a path in the frame of the whole network."""
    import shapely

    xy = rings.vertices(world.network, path) * [world.narrow, 1.0]
    (west, south), (east, north) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    return _Course(shapely.LineString(xy), (west, south, east, north))


def _sense(piece: _Course, course: _Course) -> int:
    """Whether a piece leads the way of a course that it lies along (1) or the other (-1); 0 if it lies elsewhere."""
    import shapely

    reach = ALONG_M / rings.METRES_A_DEGREE
    (west, south, east, north), (left, bottom, right, top) = piece.bounds, course.bounds
    if west > right + reach or left > east + reach or south > top + reach or bottom > north + reach:
        return 0
    points = shapely.line_interpolate_point(piece.line, np.linspace(0, 1, SAMPLES), normalized=True)
    near = shapely.dwithin(points, course.line, reach)
    if near.mean() < ALONG_SHARE:
        return 0
    # step by step, as a course may close
    steps = np.diff(shapely.line_locate_point(course.line, points[near]))
    return int(np.sign(np.sign(steps).sum()))


def directed(world: World, stretches: list[list[Ints]], toward: Floats) -> list[dict[Direction, Ints]]:
    """Paths by direction; no edge has the direction of the edge back on the same road."""
    taken = {direction: np.zeros(world.network.n_edges, dtype=bool) for direction in Direction}
    found: list[dict[Direction, Ints]] = []
    courses: list[tuple[Direction, _Course]] = []
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
    world: World, paths: list[Ints], taken: dict[Direction, Bools], courses: list[tuple[Direction, _Course]]
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
