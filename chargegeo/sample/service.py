"""Service areas of the sample: their sides, what is wrong with some, and the table that a planner keeps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.sample.plan import Floats
from chargegeo.sample.roads.areas import Sites
from chargegeo.sample.roads.expressways import Expressways

if TYPE_CHECKING:
    import geopandas
    import pandas

# faults planted, and how many pairs have each; the first that can be had is taken
FAULTS = {
    "wrong_carriageway": 1, "one_sided": 5, "shared": 3, "linked": 3, "misspelt": 2, "contradiction": 2,
}  # fmt: skip
# pairs whose piles stand on one side only, and pairs with a way under the road from side to side
ONE_SIDE = ("one_sided", "shared")
LINKED = ("shared", "linked")
# what the planner's table says more than there is, at the first pair of a contradiction and at the second
SAID_MORE = (2, -2)
# roads of the 30 % and most of the ultra-fast piles, so many sides with 30 % and more, and between what shares
BEST_ROADS, BEST_SIDES, BEST_SHARES = ("G4", "G30"), 14, (0.30, 0.38)
# passenger-car bays of a side without chargers
BARE_SIDE = 70
# metres that a row of the wrong datum keeps from the border of its township
EDGE = 100.0
COLUMNS = (
    "side_id", "pair_id", "name", "ref", "direction", "toward", "chainage_km", "lon", "lat", "car_bays", "n_bays",
    "n_piles", "n_guns", "n_ultra", "max_power_kw", "swap", "linked",
)  # fmt: skip
DIRECTIONS = ("forward", "backward")


def sides(
    both: tuple[Sites, Sites],
    roads: Expressways,
    units: "geopandas.GeoDataFrame",
    said: Mapping[str, Any],
    crs: str,
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """A row a side, sorted by pair: where it is, its name, whether it has piles, and what is wrong with it.

    Columns ``pair``, ``side`` (0 in the direction of rising chainage), ``line``, ``at`` and ``out`` (metres),
    ``pair_id``, ``side_id``, ``x``, ``y``, ``lon``, ``lat`` (WGS-84) of the chargers, ``unit``, ``ref``,
    ``direction``, ``toward``, ``name``, ``name_on_map``, ``fault`` ("" for none),
    ``linked``, ``active``.
    """
    import pandas as pd

    n = len(both[0].line)
    table = pd.DataFrame({
        "pair": np.repeat(np.arange(n), 2), "side": np.tile([0, 1], n), "line": np.repeat(both[0].line, 2),
        "at": np.repeat(both[0].at, 2), "unit": np.repeat(both[0].unit, 2),
        "out": np.abs(np.stack([both[0].out, both[1].out], axis=1)).ravel(),
    })  # fmt: skip
    table[["x", "y"]] = np.stack([both[0].xy, both[1].xy], axis=1).reshape(-1, 2)
    routes = [roads.routes[line] for line in table["line"]]
    table["ref"] = [route["ref"] for route in routes]
    table["direction"] = np.tile(DIRECTIONS, n)
    table["toward"] = [route[way] for route, way in zip(routes, table["direction"], strict=True)]
    table["pair_id"] = [f"SA{pair + 1:03d}" for pair in table["pair"]]
    table["side_id"] = table["pair_id"] + np.tile(["-1", "-2"], n)
    table["name"] = _names(table, units, said)
    signs = said["names"]["on_map"]
    table["name_on_map"] = [
        signs.format(area=name, toward=toward) + said["mark"]
        for name, toward in zip(table["name"], table["toward"], strict=True)
    ]
    table = table.assign(**_degrees(table, crs))
    return _with_faults(table, _upright(table, units, crs), rng)


def _names(table: "pandas.DataFrame", units: "pandas.DataFrame", said: Mapping[str, Any]) -> list[str]:
    """Name of the township without its kind, with the county before it where two areas would have one name."""
    where = units.iloc[table["unit"]].reset_index(drop=True)
    pattern = "(?:" + "|".join(said["names"]["kinds"]) + ")$"
    stem = where["name"].str.replace(pattern, "", regex=True)
    same = stem[::2].duplicated(keep=False).to_numpy().repeat(2)
    names = stem.where(~same, where["county_name"] + stem)
    return [name + said["names"]["area"] for name in names]


def _with_faults(table: "pandas.DataFrame", upright: int, rng: np.random.Generator) -> "pandas.DataFrame":
    """Choose the pairs with a fault, each with one kind, and the side without piles of the one-sided ones."""
    n = len(table) // 2
    fault = np.full(n, "", dtype="U20")
    fault[upright] = "wrong_carriageway"
    kinds = [kind for kind, count in FAULTS.items() for _ in range(count) if kind != "wrong_carriageway"]
    name = table["name"].to_numpy(dtype=str)[::2]
    distinct = np.array([word[0] != word[1] for word in name])
    free = rng.permutation(np.flatnonzero((fault == "") & distinct))
    fault[free[: len(kinds)]] = kinds
    bare = np.where(np.isin(fault, ONE_SIDE), rng.integers(0, 2, size=n), -1)
    table = table.assign(fault=np.repeat(fault, 2), active=table["side"].to_numpy() != np.repeat(bare, 2))
    table["linked"] = table["fault"].isin(LINKED)
    return table


def _upright(table: "pandas.DataFrame", units: "geopandas.GeoDataFrame", crs: str) -> int:
    """The pair whose sides lie most nearly west and east of each other, the eastern one going north.

    Its eastern side stays in its township when its WGS-84 coordinates are taken for GCJ-02 ones.
    """
    import geopandas

    from chargegeo import datum
    from chargegeo.vocab import Datum

    x, y = (table[name].to_numpy().reshape(-1, 2) for name in ("x", "y"))
    slope = np.abs(y[:, 1] - y[:, 0]) / (x[:, 1] - x[:, 0]).clip(1e-9)
    east = table.iloc[1::2]
    where = datum.to_wgs84(east["lon"].to_numpy(), east["lat"].to_numpy(), Datum.GCJ02)
    points = geopandas.GeoSeries(geopandas.points_from_xy(*where), crs="EPSG:4490").to_crs(crs)
    cells = geopandas.GeoSeries(units.geometry.iloc[east["unit"]].to_numpy(), crs="EPSG:4490").to_crs(crs)
    return int(np.argmin(np.where(points.within(cells.buffer(-EDGE)), slope, np.inf)))


def slipped(table: "pandas.DataFrame") -> "pandas.Series[bool]":
    """The side whose row in the register holds WGS-84 for GCJ-02: the eastern one of its pair."""
    return (table["fault"] == "wrong_carriageway") & (table["side"] == 1)


def register_name(table: "pandas.DataFrame") -> list[str]:
    """Name of the area as the register spells it: the misspelt ones with the first two characters swapped."""
    return [
        name[1] + name[0] + name[2:] if fault == "misspelt" else name
        for name, fault in zip(table["name"], table["fault"], strict=True)
    ]


def equipped(
    table: "pandas.DataFrame",
    stations: "pandas.DataFrame",
    groups: "pandas.DataFrame",
    figures: Mapping[str, int],
    ultra_kw: float,
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Give the sides the counts of their stations, passenger-car bays, battery-swap stations and coverage."""
    import pandas as pd

    areas = stations[stations["make"] == "expressway"]
    power = pd.to_numeric(groups["power_kw"])
    ultra = groups["n_piles"].where(power >= ultra_kw, 0).groupby(groups["station"]).sum()
    found = areas.assign(
        n_ultra=ultra.reindex(areas.index).to_numpy(),
        max_power_kw=power.groupby(groups["station"]).max().reindex(areas.index).to_numpy(),
    ).set_index(["pair", "side"])
    counts = ["n_piles", "n_guns", "n_bays", "n_ultra"]
    joined = found.reindex(pd.MultiIndex.from_frame(table[["pair", "side"]])).reset_index(drop=True)
    table = table.assign(
        **joined[counts].fillna(0).astype(np.int64), max_power_kw=joined["max_power_kw"],
        station_id=joined["station_id"].fillna(""),
    )  # fmt: skip
    table["car_bays"] = _car_bays(table, figures, rng)
    table["swap"] = False
    table.loc[rng.choice(len(table), size=figures["expressway_swap_stations"], replace=False), "swap"] = True
    bare = np.where(table["linked"], "shared", "none")
    return table.assign(coverage=np.where(table["active"], "own", bare))


def _car_bays(table: "pandas.DataFrame", figures: Mapping[str, int], rng: np.random.Generator) -> Any:
    """Passenger-car bays: the published share over all, and the best share and more at some sides of the best roads."""
    bays = table["n_bays"].to_numpy()
    usual = figures["expressway_bay_share"] / 100
    share = usual * rng.lognormal(sigma=0.2, size=len(table)).clip(0.7, 1.5)
    able = np.flatnonzero(table["ref"].isin(BEST_ROADS) & table["active"])
    best = rng.choice(able, size=min(BEST_SIDES, len(able)), replace=False)
    share[best] = rng.uniform(*BEST_SHARES, size=len(best))
    cars = np.where(bays > 0, np.floor(bays / share), BARE_SIDE).astype(np.int64)
    # what the share over all still asks for goes to the sides that are not of the best, by their size
    plain = np.setdiff1d(np.arange(len(table)), best)
    more = round(figures["expressway_bays"] / usual) - cars.sum()
    ends = np.round(np.cumsum(cars[plain]) / cars[plain].sum() * more).astype(np.int64)
    cars[plain] += np.diff(ends, prepend=0)
    return np.maximum(cars, bays)


def _degrees(table: "pandas.DataFrame", crs: str) -> dict[str, Floats]:
    """WGS-84 longitude and latitude of each side's chargers (or of where they would be)."""
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(crs, "EPSG:4490", always_xy=True).transform(table["x"], table["y"])
    return {"lon": np.round(lon, 7), "lat": np.round(lat, 7)}


def planners(table: "pandas.DataFrame", said: Mapping[str, Any]) -> "pandas.DataFrame":
    """The planner's table: GCJ-02 like the register, words for directions, and the contradictions."""
    from chargegeo import datum
    from chargegeo.vocab import Datum

    lon, lat = datum.from_wgs84(table["lon"].to_numpy(), table["lat"].to_numpy(), Datum.GCJ02)
    words, answers = said["directions"], said["service_areas"]
    pairs = table.loc[table["fault"] == "contradiction", "pair"].unique()
    more = table["pair"].map(dict(zip(pairs, SAID_MORE, strict=True))).fillna(0).astype(np.int64)
    return table.assign(
        chainage_km=table["at"].round() / 1000,
        direction=table["direction"].map(words),
        toward=[words["toward"].format(place=place) for place in table["toward"]],
        lon=np.round(lon, 6), lat=np.round(lat, 6), n_piles=table["n_piles"] + more.where(table["side"] == 0, 0),
        **{name: np.where(table[name], answers[name]["yes"], answers[name]["no"]) for name in ("swap", "linked")},
    )[list(COLUMNS)]  # fmt: skip
