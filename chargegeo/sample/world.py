"""The made-up province as a whole: townships, stations, piles, and the dirt of each row."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chargegeo.errors import Fault, RegionFault
from chargegeo.region.model import Region
from chargegeo.sample import designs, office, partition, plan, register, service
from chargegeo.sample.roads import areas, layout

if TYPE_CHECKING:
    import geopandas
    import pandas

FIGURES = (
    "expressway_pairs", "expressway_piles", "expressway_bays", "expressway_ultra_piles",
    "expressway_ultra_pairs", "expressway_max_power", "expressway_swap_stations", "expressway_bay_share",
    "ordinary_facilities", "ordinary_piles", "ordinary_bays",
)  # fmt: skip


class World(NamedTuple):
    """All of the sample before it is written.

    ``units``: townships with ``design``, ``population``, ``seat_lon``, ``seat_lat``, geometry in degrees.
    ``stations``: a row a station as it truly is, with ``station_id`` and ``dirt``. ``groups``: its piles.
    ``cells``: the register as typed, with the rows that stand there twice. ``network``: the roads as drawn.
    ``km``: length of each expressway.
    """

    units: "geopandas.GeoDataFrame"
    stations: "pandas.DataFrame"
    groups: "pandas.DataFrame"
    cells: "pandas.DataFrame"
    duplicates: tuple[str, ...]
    figures: dict[str, int]
    network: layout.Network
    km: dict[str, float]

    @property
    def sides(self) -> "pandas.DataFrame":
        """Service areas, a row a side, with the ids of their ground and charger on the map."""
        return self.network.sides


def build(region: Region, seed: int) -> World:
    """Make up the province; each step draws from its own stream, so a change in one leaves the others."""
    figures = published(region)
    chances = [np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(10)]
    said = office.words()
    units, pool = _townships(region, chances[0], chances[1])
    laid = layout.lay_out(region, units, pool.seat, said["mark"], chances[7])
    plain = register.ordinary(units, units["design"].to_numpy(dtype=str), pool, chances[2])
    both, facilities = _sites(region, units, plain, laid, figures, chances[8])
    sides = service.sides(both, laid.roads, units, said, region.crs_measure, chances[8])
    stations = _stations(units, plain, sides, facilities, chances[2])
    best = sides.loc[sides["ref"].isin(service.BEST_ROADS), "pair"].to_numpy()
    groups = register.pile_groups(stations, best, figures, chances[3])
    stations = register.counted(stations, groups, figures, chances[3])
    stations = _with_dirt(stations, chances[4])
    sides = service.equipped(sides, stations, groups, figures, region.ultra_kw, chances[8])
    led = stations[stations["make"] != "expressway"]
    network = layout.draw(laid, units, pool.seat, sides, led, chances[9])
    cells = office.cells(stations, units, region.crs_measure, said, chances[5])
    cells = office.soil(cells, stations["dirt"].to_numpy(), said, chances[5])
    again = _again(stations, chances[6])
    cells = _twice(cells, again)
    return World(units, stations, groups, cells, tuple(stations["station_id"].iloc[again]), figures,
                 network, layout.kilometres(laid))  # fmt: skip


def published(region: Region) -> dict[str, int]:
    """Look up the published figures that the register must add up to.

    Raises
    ------
    RegionFault
        ``sample_no_figure``, for each that the profile does not hold.
    """
    held = {item.id: int(item.value) for item in region.published}
    absent = [
        Fault("sample_no_figure", value=name, params={"region": region.id})
        for name in FIGURES
        if name not in held
    ]
    if absent:
        raise RegionFault(*absent)
    return {name: held[name] for name in FIGURES}


def _townships(
    region: Region,
    chance: np.random.Generator,
    chance_of_plan: np.random.Generator,
) -> tuple["geopandas.GeoDataFrame", plan.Pool]:
    """Townships with their designs, and the places for stations in the order of use."""
    import geopandas
    from pyproj import Transformer

    from chargegeo import region as regions

    units = regions.townships(region)
    shapes = partition.cells(units, regions.counties(region), region.crs_measure, chance)
    table = geopandas.GeoDataFrame(units, geometry=shapes, crs=region.crs_storage)
    pool = plan.places(table.geometry.to_crs(region.crs_measure).to_numpy(), chance_of_plan)
    table["design"] = plan.choose(units, pool, chance_of_plan)
    table["population"] = plan.people(units["kind"].to_numpy(), chance_of_plan)
    degrees = Transformer.from_crs(region.crs_measure, region.crs_storage, always_xy=True)
    lon, lat = degrees.transform(*pool.seat.T)
    table["seat_lon"], table["seat_lat"] = np.round(lon, 6), np.round(lat, 6)
    table["area"] = table.geometry.to_crs(region.crs_measure).area
    return table, plan.in_order(pool, table["design"].to_numpy(dtype=str))


def _sites(
    region: Region,
    units: "geopandas.GeoDataFrame",
    plain: "pandas.DataFrame",
    roads: layout.Layout,
    figures: dict[str, int],
    rng: np.random.Generator,
) -> tuple[tuple[areas.Sites, areas.Sites], areas.Sites]:
    """Both sides of the service areas and the facilities, where no township's answer hangs on them."""
    cells = units.geometry.to_crs(region.crs_measure)
    open_to = ((units["design"] == "full") & (units["area"] > areas.WIDE)).to_numpy()
    ground = areas.Ground(cells, open_to, plain[["x", "y"]].to_numpy())
    junctions = (roads.met, roads.out)
    both = areas.pairs(figures["expressway_pairs"], roads.roads, roads.ordinary, junctions, ground, rng)
    left = open_to.copy()
    left[both[0].unit] = False
    rest = ground._replace(open_to=left)
    return both, areas.facilities(figures["ordinary_facilities"], roads.roads, roads.ordinary, rest, rng)


def _stations(
    units: "geopandas.GeoDataFrame",
    plain: "pandas.DataFrame",
    sides: "pandas.DataFrame",
    facilities: areas.Sites,
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Stations of all kinds with ``design`` of the township and ``station_id``, sorted by township."""
    import pandas as pd

    design = units["design"].to_numpy(dtype=str)
    taken = np.bincount(plain["unit"], minlength=len(units))
    roads = register.on_roads(sides, facilities, taken)
    # a twin has the same place and make under another id, in a township where one more changes nothing
    sure = np.flatnonzero((design[plain["unit"]] == "full") & (plain["rank"] > 0))
    twins = plain.iloc[np.sort(rng.choice(sure, size=designs.TWINS, replace=False))]
    table = pd.concat(
        [plain.assign(twin=plain.index.isin(twins.index)), roads.assign(twin=False), twins.assign(twin=True)]
    )
    table = table.sort_values(["unit", "rank", "make"], kind="stable", ignore_index=True)
    table = table.fillna({"side": 0, "pair": -1, "site": ""}).astype({"side": int, "pair": int})
    slipped = sides.loc[service.slipped(sides), ["pair", "side"]].to_numpy()
    table["slipped"] = (table[["pair", "side"]].to_numpy() == slipped).all(axis=1)
    table["design"] = design[table["unit"]]
    county = units["county_code"].iloc[table["unit"]].reset_index(drop=True)
    table["station_id"] = office.station_ids(county)
    return table


def _with_dirt(stations: "pandas.DataFrame", rng: np.random.Generator) -> "pandas.DataFrame":
    """``dirt`` of each station's row: a kind, or "" for a clean one."""
    dirt = np.full(len(stations), "", dtype="U20")
    free = ~stations["twin"].to_numpy() & ~stations["make"].isin(["expressway", "ordinary_road"]).to_numpy()
    top, filler = (stations["design"] == "full").to_numpy(), (stations["rank"] > 0).to_numpy()
    alone = np.flatnonzero((stations["design"] == "set_aside").to_numpy())
    dirt[alone] = np.resize(["zero_coordinates", "negative_count", "swapped_coordinates"], len(alone))
    _strew(dirt, np.flatnonzero(free & top & filler), designs.SET_ASIDE, rng)
    idle = (stations["make"] == "not_in_service").to_numpy()
    _strew(dirt, np.flatnonzero(free & ~idle & (dirt == "")), designs.MENDED, rng)
    return stations.assign(dirt=dirt)


def _strew(
    dirt: NDArray[np.str_], rows: NDArray[Any], kinds: dict[str, int], rng: np.random.Generator
) -> None:
    chosen = rng.choice(rows, size=sum(kinds.values()), replace=False)
    dirt[chosen] = np.repeat(list(kinds), list(kinds.values()))


def _again(stations: "pandas.DataFrame", rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the stations whose row stands in the register twice."""
    clean = np.flatnonzero((stations["dirt"] == "") & ~stations["twin"])
    return np.sort(rng.choice(clean, size=designs.DUPLICATES, replace=False))


def _twice(cells: "pandas.DataFrame", again: NDArray[np.int64]) -> "pandas.DataFrame":
    """Repeat rows at the end of the register, as if sent in once more."""
    import pandas as pd

    return pd.concat([cells, cells.iloc[again]], ignore_index=True)
