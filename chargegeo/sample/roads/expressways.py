"""Centrelines of made-up expressways that pass the counties of the real ones in their order."""

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chargegeo.errors import Fault, RegionFault
from chargegeo.region.model import Region
from chargegeo.sample.roads.lines import Floats, Lines, lines_of

if TYPE_CHECKING:
    import geopandas

# metres between shape points; beyond the border by so much before the cut
STEP = 1500.0
BEYOND = 150_000.0
# how far a road keeps from the middle of a county, as a share of the radius of a circle of its area
OFF = (0.25, 0.55)
# metres that a waypoint keeps from the border of its county, as a share of the same radius
INSIDE = 0.2
# steps by which waypoints are drawn towards the straight line between their neighbours
PULLS = 4


class Expressways(NamedTuple):
    """Centrelines (metres), and what the routes say of each; ``routes`` has a mapping a line."""

    lines: Lines
    routes: tuple[dict[str, Any], ...]


def plan_of(region: Region) -> dict[str, Any]:
    """Sequences of counties of a region's roads.

    Raises
    ------
    RegionFault
        ``sample_no_roads``, if there are none for this region.
    """
    path = files(__package__).joinpath(f"{region.id}.toml")
    if not path.is_file():
        raise RegionFault(Fault("sample_no_roads", value=region.id))
    return tomllib.loads(path.read_text("utf-8"))


def centrelines(
    plan: dict[str, Any], counties: "geopandas.GeoDataFrame", crs: str, rng: np.random.Generator
) -> Expressways:
    """Draw every expressway of a plan.

    Parameters
    ----------
    counties
        ``county_code`` and polygons (longitude, latitude) that form a valid coverage.
    crs
        Projection in metres.
    """
    import shapely

    plane = counties.geometry.to_crs(crs).to_numpy()
    shapes = dict(zip(counties["county_code"], plane, strict=True))
    province = shapely.coverage_union_all(plane)
    shapely.prepare(province)
    routes = tuple(plan["expressways"])
    return Expressways(lines_of([_drawn(route, shapes, province, rng) for route in routes]), routes)


def _drawn(route: dict[str, Any], shapes: dict[str, Any], province: Any, rng: np.random.Generator) -> Floats:
    ring = route.get("ring", False)
    points = _waypoints([shapes[code] for code in route["counties"]], rng, ring=ring)
    if ring:
        return _smooth(np.concatenate([points, points[:1]]), ring=True)
    points = _with_tails(points, route)
    return _cut(_smooth(points), points, province, route)


def _waypoints(shapes: list[Any], rng: np.random.Generator, *, ring: bool) -> Floats:
    """A point in each county, off its middle, drawn towards the line between its neighbours."""
    import shapely

    polygons = np.array(shapes)
    radius = np.sqrt(shapely.area(polygons) / np.pi)
    room = shapely.buffer(polygons, -INSIDE * radius, quad_segs=2)
    room = np.where(shapely.is_empty(room), polygons, room)
    middle = shapely.get_coordinates(shapely.point_on_surface(room))
    angle = rng.uniform(0, 2 * np.pi) + rng.normal(scale=0.7, size=len(middle))
    off = rng.uniform(*OFF, size=len(middle)) * radius
    middle = middle + off[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    points = _nearest(room, middle)
    for _ in range(PULLS):
        before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
        pulled = points / 2 + (before + after) / 4
        if not ring:
            pulled[[0, -1]] = points[[0, -1]]
            points = _nearest(room, pulled)
    return points


def _nearest(room: Any, points: Floats) -> Floats:
    """The points themselves where they lie in their rooms, else the nearest point of each room."""
    import shapely

    line = shapely.shortest_line(room, shapely.points(points))
    return np.asarray(shapely.get_coordinates(line).reshape(-1, 2, 2)[:, 0])


def _with_tails(points: Floats, route: dict[str, Any]) -> Floats:
    """Points far out at the bearings at which the road leaves the province."""
    tails = []
    for key, end in (("start", points[:1]), ("end", points[-1:])):
        if key in route:
            bearing = np.radians(route[key])
            tails.append(end + BEYOND * np.array([[np.sin(bearing), np.cos(bearing)]]))
        else:
            tails.append(end[:0])
    return np.concatenate([tails[0], points, tails[1]])


def _smooth(points: Floats, *, ring: bool = False) -> Floats:
    """Gentle curve through points, a vertex about every 1.5 km (Akima, over the root of the chords)."""
    from scipy.interpolate import Akima1DInterpolator, CubicSpline

    chord = np.hypot(*np.diff(points, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(np.sqrt(chord))])
    if ring:
        curve: Any = CubicSpline(at, points, bc_type="periodic")
    elif len(points) > 2:
        curve = Akima1DInterpolator(at, points, method="makima")
    else:
        curve = CubicSpline(at, points, bc_type="natural")
    dense = curve(np.linspace(0, at[-1], int(chord.sum() / 100) + 2))
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(dense, axis=0).T))])
    even = np.linspace(0, run[-1], max(3, round(run[-1] / STEP) + 1))
    xy = np.stack([np.interp(even, run, column) for column in dense.T], axis=1)
    xy[[0, -1]] = points[[0, -1]]
    return xy


def _cut(xy: Floats, points: Floats, province: Any, route: dict[str, Any]) -> Floats:
    """The road from where it first leaves the province, seen from its first county, to where it last does."""
    import shapely

    line = shapely.linestrings(xy)
    rim = shapely.line_locate_point(
        line, shapely.points(shapely.get_coordinates(shapely.intersection(line, province.boundary)))
    )
    inner = points[1 if "start" in route else 0], points[-2 if "end" in route else -1]
    first, last = shapely.line_locate_point(line, shapely.points(np.array(inner)))
    begin = rim[rim <= first].max() if "start" in route else 0.0
    finish = rim[rim >= last].min() if "end" in route else line.length
    kept = shapely.get_coordinates(shapely.ops.substring(line, begin, finish))
    return np.asarray(kept)
