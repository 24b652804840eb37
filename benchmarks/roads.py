"""Roads read, built, saved, loaded and snapped, beside osmnx, bare pyosmium and shapely on the same input.

Made-up streets (``streets.py``) of two sizes, an extract and a province, and Porto where ``--porto`` names its
extract. Each contender has a process of its own and works in turn with the others. Seconds and peak memory are of
the whole process, start and imports included, or, where they are called "first" and "again", of the first run of
the work alone and of those that follow it. osmnx reads XML only, and so gets the roads of the same extract as
XML. Prints a JSON line for each contender (medians) and for each ratio, with what was asked for.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import run
import streets

if TYPE_CHECKING:
    from chargegeo.roads import RoadNetwork

HERE = Path(__file__).parent
N_NEAR, N_PLACES = 50_000, 70_000
Told = dict[str, Any]
Row = dict[str, Any]


def inside(work: Callable[[], Any], runs: int) -> tuple[Any, Told]:
    """What some work gives, CPU and wall seconds of its first run, and the medians of those that follow."""
    taken: list[tuple[float, float]] = []
    for _ in range(runs):
        found = None  # peak memory is that of one run
        begin = time.process_time(), time.perf_counter()
        found = work()
        taken.append((time.process_time() - begin[0], time.perf_counter() - begin[1]))
    told = dict(zip(("first_cpu_s", "first_wall_s"), taken[0], strict=True))
    if runs > 1:
        later = map(statistics.median, zip(*taken[1:], strict=True))
        told |= zip(("again_cpu_s", "again_wall_s"), later, strict=True)
    return found, {key: round(seconds, 3) for key, seconds in told.items()}


# ---- contenders: each prints what it found


def ours_build(path: Path) -> Told:
    """File to contracted network."""
    from chargegeo import region, roads, sources

    found = roads.build(sources.read_roads(path), region.load("henan").roads).network
    return {"nodes": found.n_nodes, "edges": found.n_edges, "vertices": len(found.line_xy)}


def pyosmium_arrays(path: Path) -> Told:
    """File to arrays of nodes and directed edges: no class, no speed, nothing contracted, nothing checked."""
    import osmium

    refs: list[int] = []
    lon: list[float] = []
    lat: list[float] = []
    sizes, directed = [], []
    objects: Any = osmium.FileProcessor(str(path)).with_locations()
    for each in objects.with_filter(osmium.filter.KeyFilter("highway")):
        if each.is_way():
            sizes.append(len(each.nodes))
            directed.append(each.tags.get("oneway") == "yes")
            for node in each.nodes:
                refs.append(node.ref)
                lon.append(node.lon)
                lat.append(node.lat)
    _, first, at = np.unique(np.array(refs), return_index=True, return_inverse=True)
    xy = np.column_stack((np.array(lon)[first], np.array(lat)[first]))
    way = np.repeat(np.arange(len(sizes)), sizes)
    joined = way[1:] == way[:-1]
    tail, head, only = at[:-1][joined], at[1:][joined], np.array(directed)[way[1:][joined]]
    edges = np.concatenate((np.stack((tail, head)), np.stack((head, tail))[:, ~only]), axis=1)
    return {"nodes": len(xy), "edges": edges.shape[1]}


def osmnx_simplified(path: Path) -> Told:
    """XML to a simplified graph."""
    import osmnx

    graph = osmnx.graph_from_xml(path.with_suffix("").with_suffix(".osm"), retain_all=True, simplify=True)
    return {"nodes": len(graph), "edges": graph.number_of_edges()}


def osmnx_save(path: Path) -> Told:
    """The simplified graph as GraphML."""
    import osmnx

    graph = osmnx.graph_from_xml(path.with_suffix("").with_suffix(".osm"), retain_all=True, simplify=True)
    osmnx.save_graphml(graph, path.with_suffix(".graphml"))
    return {"nodes": len(graph)}


def osmnx_load(path: Path) -> Told:
    """GraphML of the simplified graph to a graph."""
    import osmnx

    graph, told = inside(lambda: osmnx.load_graphml(path.with_suffix(".graphml")), 1)
    return {"nodes": len(graph), "edges": graph.number_of_edges(), **told}


def ours_load(path: Path) -> Told:
    """Saved network to network."""
    from chargegeo import roads

    found, told = inside(lambda: roads.load(path), 6)
    return {"nodes": found.n_nodes, "edges": found.n_edges, "vertices": len(found.line_xy), **told}


def _wall(side: int) -> "RoadNetwork":
    """A network of straight blocks: two segments of each three junctions."""
    from chargegeo import roads

    lon, lat = streets.junctions(side, np.random.default_rng(3)).T
    first, last, _ = streets.blocks(side)
    return roads.from_edges(lon, lat, np.append(first, last), np.append(last, first))


def _near(network: "RoadNetwork", n: int) -> Any:
    """Degrees of places anywhere within the bounds of a network (2, n)."""
    low, high = network.line_xy.min(axis=0), network.line_xy.max(axis=0)
    return np.random.default_rng(4).uniform(low, high, (n, 2)).T


def ours_snap(_: Path) -> Told:
    """Places to roads, stations' purpose."""
    from chargegeo import region, roads

    network, rules = _wall(1000), region.load("henan").roads
    lon, lat = _near(network, N_NEAR)
    found, told = inside(lambda: roads.snap(network, lon, lat, "station", rules), 4)
    return {"segments": len(network.way), "legs_km": round(found["leg_m"].sum() / 1000), **told}


def shapely_tree(_: Path) -> Told:
    """Places to segments in a plane: the tree and the query."""
    import shapely

    from chargegeo import datum

    network = _wall(1000)
    ends = network.line_xy.reshape(-1, 2, 2) * (92_700, 110_900)
    lines = shapely.linestrings(ends)
    places = _near(network, N_NEAR).T
    points = shapely.points(places * (92_700, 110_900))

    def work() -> Any:
        tree = shapely.STRtree(lines)
        return tree.query_nearest(points, all_matches=False)

    found, told = inside(work, 4)
    feet = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[found[1]], shapely.line_locate_point(lines[found[1]], points))
    ) / (92_700, 110_900)
    legs = datum.metres_between(*places.T, *feet.T)
    return {"segments": len(lines), "legs_km": round(legs.sum() / 1000), **told}


def ours_places(path: Path) -> Told:
    """Snapped places made nodes of a saved network of a province."""
    from chargegeo import region, roads

    network = roads.load(path)
    lon, lat = _near(network, N_PLACES)
    snaps = roads.snap(network, lon, lat, "seat", region.load("henan").roads)
    (found, _), told = inside(lambda: roads.with_places(network, snaps), 3)
    return {"nodes": found.n_nodes, "edges": found.n_edges, **told}


def ours_isochrones(_: Path) -> Told:
    """Areas within 15, 30 and 60 minutes of 50 sites on a network of 100,000 edges."""
    from chargegeo import access, region

    network, henan = _wall(183), region.load("henan")
    sites = np.random.default_rng(5).choice(network.n_nodes, 50, replace=False)
    solved = access.nearest(network, sites)
    found, told = inside(lambda: access.isochrones(network, solved, (5, 15, 30), crs=henan.crs_measure), 3)
    return {"edges": network.n_edges, "areas": len(found), **told}


# ---- the contests


def process(name: str, path: Path) -> Row:
    """A contender in a process of its own: what the whole of it took, and what it prints."""
    told = run.timed(sys.executable, str(HERE / "roads.py"), "--contender", name, "--file", str(path))
    return {**_whole(told), **json.loads(told[3].splitlines()[-1])}


def _whole(told: tuple[float, float, float, str]) -> Row:
    wall, cpu, peak, _ = told
    return {"cpu_s": round(cpu, 2), "wall_s": round(wall, 2), "peak_mb": round(peak)}


def contest(path: Path, names: dict[str, int]) -> dict[str, Row]:
    """Medians of all numbers, the contenders in turn; ``names`` with how often each works."""
    found: dict[str, list[Row]] = {name: [] for name in names}
    for turn in range(max(names.values())):
        for name, runs in names.items():
            if turn < runs:
                found[name].append(process(name, path))
    table = {
        name: {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        for name, rows in found.items()
    }
    for name, row in table.items():
        say(file=path.name, contender=name, runs=names[name], **row)
    return table


def ratio(work: str, ours: Row, theirs: Row, asked: dict[str, float]) -> None:
    """Ours to theirs, beside the most that was asked for."""
    say(work=work, asked_at_most=asked, ratio={key: round(ours[key] / theirs[key], 3) for key in asked})


def say(**told: Any) -> None:
    """One line of JSON."""
    print(json.dumps(told), flush=True)


def reading(path: Path, runs: int) -> None:
    """A file to a network."""
    table = contest(path, {"ours_build": runs, "pyosmium_arrays": runs, "osmnx_simplified": 1})
    ours, bare, osmnx = table.values()
    times = ("cpu_s", "wall_s")
    ratio(f"{path.name} to network, to pyosmium", ours, bare, dict.fromkeys(times, 2.5))
    asked = dict.fromkeys(times, 0.1) | {"peak_mb": 0.2}
    ratio(f"{path.name} to network, to osmnx", ours, osmnx, asked)


def province(path: Path, saved: Path) -> None:
    """A province's file to a saved network, by the command."""
    command = (run.COMMAND, "roads", str(path), "--out", str(saved))
    say(
        work="province to saved network", asked={"wall_s": 90, "peak_mb": 5000}, **_whole(run.timed(*command))
    )


def loading(saved: Path, extract: Path, runs: int) -> None:
    """The saved network of a province, beside the GraphML of the smaller extract: compared by the node."""
    ours = contest(saved, {"ours_load": runs})["ours_load"]
    process("osmnx_save", extract)
    theirs = contest(extract, {"osmnx_load": 1})["osmnx_load"]
    times = ("first_cpu_s", "first_wall_s")
    one, other = ({key: row[key] / row["nodes"] for key in times} for row in (ours, theirs))
    work = "load, by the node (GraphML of the extract, taken to grow in proportion)"
    ratio(work, one, other, dict.fromkeys(times, 0.01))


def main(folder: Path, porto: Path | None, runs: int) -> None:
    """Make the files once, and run all contests."""
    # not in this process: a child's peak memory starts from that of its parent
    for name, more in (("extract", ("--xml",)), ("province", ())):
        script = (sys.executable, str(HERE / "streets.py"), str(folder), "--name", name, *more)
        run.timed(*script)
    extract, saved = folder / "extract.osm.pbf", folder / "province.parquet"
    reading(extract, runs)
    if porto and porto.is_file():
        run.timed(sys.executable, str(HERE / "streets.py"), str(folder), "--of", str(porto))
        reading(folder / porto.name, runs)
    else:
        say(note="Porto: no extract named by --porto; left out")
    province(folder / "province.osm.pbf", saved)
    loading(saved, extract, runs)
    process("ours_snap", extract)  # compiles
    snap = contest(extract, {"ours_snap": runs, "shapely_tree": runs})
    times = ("again_cpu_s", "again_wall_s")
    ratio("snap, to STRtree", snap["ours_snap"], snap["shapely_tree"], dict.fromkeys(times, 1.0))
    contest(saved, {"ours_places": 1})
    contest(saved, {"ours_isochrones": 1})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--porto", type=Path, help="extract of Porto (.osm.pbf)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--contender")
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.contender:
        print(json.dumps(globals()[asked.contender](asked.file)), file=sys.stderr)
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name), asked.porto, asked.runs)
