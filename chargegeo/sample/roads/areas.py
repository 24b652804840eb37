"""Where service areas and roadside facilities stand, so that they change the answer of no township."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chargegeo.sample.roads.expressways import Expressways
from chargegeo.sample.roads.junctions import Exits, Meets
from chargegeo.sample.roads.lines import Flags, Floats, Ints, Lines, along, crossings, gap, spot
from chargegeo.sample.roads.ordinary import Ordinary

if TYPE_CHECKING:
    import geopandas

# metres: half the way from one carriageway to the other; from the carriageway to the chargers of a side
HALF = 15.0
AWAY = (70.0, 110.0)
# metres between places that are looked at
STEP = 200.0
# metres to keep: from the border of the township, from other stations, from ordinary roads, from another
# expressway, from junctions and ends along the road, and from roads that cross over
BORDER, STATIONS, ROADS, OTHERS, JUNCTIONS, OVER = 200.0, 350.0, 160.0, 1000.0, 1800.0, 600.0
# metres from an ordinary road to its facility
ASIDE = (60.0, 220.0)
# a township that is wide (m2) has room for a service area
WIDE = 15e6


class Sites(NamedTuple):
    """Places on lines: line, metres along it, metres to its right, place (metres), and unit."""

    line: Ints
    at: Floats
    out: Floats
    xy: Floats
    unit: Ints


class Ground(NamedTuple):
    """What stands already: townships in metres, those that are open to stations, and stations."""

    cells: "geopandas.GeoSeries"
    open_to: Flags
    stations: Floats


def pairs(
    count: int,
    roads: Expressways,
    ordinary: Ordinary,
    junctions: tuple[Meets, Exits],
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[Sites, Sites]:
    """Both sides of ``count`` service areas, spread over the expressways, one pair a township.

    Returns
    -------
    The sides of the carriageway of travel with increasing chainage, and of the other, in the order of the roads.
    """
    line, at = every(roads.lines, STEP)
    good = _clear(roads, ordinary, junctions, line, at)
    line, at = line[good], at[good]
    away = HALF + rng.uniform(*AWAY, size=(2, len(line)))
    sides = [spot(roads.lines, line, at, out) for out in (away[0], -away[1])]
    units = [_unit(ground, xy) for xy in sides]
    good = (units[0] >= 0) & (units[0] == units[1])
    good &= np.all([_apart(xy, ground.stations, STATIONS) for xy in sides], axis=0)
    good &= np.all([_off_roads(xy, ordinary.lines) for xy in sides], axis=0)
    rows = np.flatnonzero(good)
    chosen = rows[_spread(count, line[rows], at[rows], units[0][rows], roads.lines.length)]
    made = [
        Sites(line[chosen], at[chosen], out[chosen], xy[chosen], units[0][chosen])
        for out, xy in zip((away[0], -away[1]), sides, strict=True)
    ]
    return made[0], made[1]


def facilities(
    count: int, roads: Expressways, ordinary: Ordinary, ground: Ground, rng: np.random.Generator
) -> Sites:
    """Facilities beside ordinary national and provincial roads, one a township."""
    line, at = every(ordinary.lines, STEP)
    main = ordinary.rank[line] <= 1
    line, at = line[main], at[main]
    out = rng.uniform(*ASIDE, size=len(line)) * rng.choice([-1, 1], size=len(line))
    xy = spot(ordinary.lines, line, at, out)
    unit = _unit(ground, xy)
    dense = along(roads.lines, *every(roads.lines, STEP / 2))
    good = (unit >= 0) & _apart(xy, ground.stations, STATIONS) & _apart(xy, dense, STATIONS)
    rows = rng.permutation(np.flatnonzero(good))
    rows = np.sort(rows[np.sort(np.unique(unit[rows], return_index=True)[1])][:count])
    return Sites(line[rows], at[rows], out[rows], xy[rows], unit[rows])


def every(lines: Lines, step: float) -> tuple[Ints, Floats]:
    """Places every so many metres along each line."""
    counts = (lines.length // step).astype(np.int64)
    line = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    turn = np.arange(len(line), dtype=np.float64) - np.repeat(np.cumsum(counts) - counts, counts)
    return line, (turn + 0.5) * step


def _clear(
    roads: Expressways, ordinary: Ordinary, junctions: tuple[Meets, Exits], line: Ints, at: Floats
) -> Flags:
    """Whether a place keeps clear of junctions, ends, other expressways and roads that cross over."""
    from scipy.spatial import cKDTree

    met, out = junctions
    length = roads.lines.length
    every = np.arange(len(length))
    firm = (
        np.concatenate([met.a, met.b, out.line, every, every]),
        np.concatenate([met.at_a, met.at_b, out.at, np.zeros(len(length)), length]),
    )
    over, twice = crossings(roads.lines, ordinary.lines), crossings(roads.lines, roads.lines)
    good = gap(line, at, *firm) > JUNCTIONS
    good &= gap(line, at, over.a, over.at_a) > OVER
    good &= gap(line, at, twice.a[twice.a != twice.b], twice.at_a[twice.a != twice.b]) > OTHERS
    xy = along(roads.lines, line, at)
    near, index = cKDTree(xy).query(xy, k=12)
    good &= ~((near < OTHERS) & (line[index] != line[:, None])).any(axis=1)
    return np.asarray(good)


def _unit(ground: Ground, xy: Floats) -> Ints:
    """Township of each place if it is open to stations and its border is far enough, else -1."""
    import shapely

    cells = ground.cells.to_numpy()
    rows = np.flatnonzero(ground.open_to)
    room = shapely.buffer(cells[rows], -BORDER, quad_segs=2)
    place, cell = shapely.STRtree(room).query(shapely.points(xy), predicate="within")
    unit = np.full(len(xy), -1, dtype=np.int64)
    unit[place] = rows[cell]
    return unit


def _apart(xy: Floats, others: Floats, metres: float) -> Flags:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(others).query(xy, distance_upper_bound=metres)[0] > metres)


def _off_roads(xy: Floats, lines: Lines) -> Flags:
    """Whether no ordinary road passes a place nearer than :data:`ROADS`."""
    import shapely

    tree = shapely.STRtree(shapely.linestrings(lines.xy, indices=lines.of))
    near = np.ones(len(xy), dtype=bool)
    near[tree.query(shapely.points(xy), predicate="dwithin", distance=ROADS)[0]] = False
    return near


def _spread(count: int, line: Ints, at: Floats, unit: Ints, length: Floats) -> Ints:
    """Take, one after the other, the place with most room to its neighbours on the road; sorted at the end.

    The end of a road counts as a neighbour at twice its distance.
    """
    room = 2 * np.minimum(at, length[line] - at)
    chosen = np.empty(count, dtype=np.int64)
    for step in range(count):
        best = chosen[step] = int(np.argmax(room))
        same = line == line[best]
        room[same] = np.minimum(room[same], np.abs(at[same] - at[best]))
        room[unit == unit[best]] = -1
    return np.sort(chosen)
