"""The coverage step beside geopandas and bare shapely, on the same input in one process, in turn.

Prints CPU seconds of every run and the medians. Run by ``make bench``; ``--vertices`` sets the detail of the
boundaries (30 is the sample's own, 400 is what a survey office delivers).
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable

import geopandas as gpd
import shapely
import world

from chargegeo import coverage


def contest(n: int, vertices: int, runs: int) -> dict[str, list[float]]:
    """CPU seconds of each contender, run by run."""
    with tempfile.TemporaryDirectory() as folder:
        units, henan = world.units(folder, vertices)
    stations, piles = world.register(units, n)
    rule = henan.rules["township_ladder"]

    def ours() -> object:
        placed = coverage.place(stations, units)
        table = coverage.by_unit(units, stations, piles, henan, rule, placed=placed)
        return coverage.roll_up(units, table, henan, rule)

    def geopandas_sjoin() -> object:
        joined = gpd.sjoin(stations, units[["unit_code", "geometry"]], predicate="within")
        return joined.groupby("unit_code").agg(
            n_stations=("station_id", "size"),
            n_piles=("n_piles", "sum"),
            n_guns=("n_guns", "sum"),
            n_bays=("n_bays", "sum"),
        )

    def bare_tree() -> object:
        tree = shapely.STRtree(stations.geometry.to_numpy())
        return tree.query(units.geometry.to_numpy(), predicate="contains")

    contenders: tuple[Callable[[], object], ...] = (ours, geopandas_sjoin, bare_tree)
    seconds: dict[str, list[float]] = {contender.__name__: [] for contender in contenders}
    for run in range(runs + 1):  # the first warms up
        for contender in contenders:
            # prepared polygons would make the next contender's work easier
            shapely.destroy_prepared(units.geometry.to_numpy())
            start = time.process_time()
            contender()
            if run:
                seconds[contender.__name__].append(round(time.process_time() - start, 4))
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--stations", type=int, default=200_000)
    parser.add_argument("--vertices", type=int, default=30)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    seconds = contest(asked.stations, asked.vertices, asked.runs)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = {name: round(median["ours"] / value, 2) for name, value in median.items()}
    print(json.dumps({**vars(asked), "seconds": seconds, "median": median, "ours_to": ratio}))
