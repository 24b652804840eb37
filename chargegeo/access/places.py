"""Seats, stations and sides of service areas on the network, and how far it is between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from chargegeo import roads, schema
from chargegeo.access.catchment import supply
from chargegeo.access.pairs import within
from chargegeo.access.solve import Nearest, along, nearest
from chargegeo.vocab import Purpose, Scene

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from chargegeo.region import Region
    from chargegeo.roads import RoadNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

GUNS_PER = 10_000  # people


@dataclass(frozen=True)
class Places:
    """A network with seats, stations and service-area sides among its nodes (-1: not on it), and their ways to it."""

    network: RoadNetwork
    seats: pd.DataFrame
    stations: pd.DataFrame
    sides: pd.DataFrame
    seat_node: Ints
    station_node: Ints
    side_node: Ints


def place(
    network: RoadNetwork,
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    region: Region,
    *,
    sides: gpd.GeoDataFrame | None = None,
) -> Places:
    """Put the seats of the units, the stations and the sides of service areas on the network.

    A station of a service area enters from the expressway, every other from the roads around it.
    """

    def snapped(points: gpd.GeoSeries, purpose: Purpose) -> pd.DataFrame:
        return roads.snap(network, points.x.to_numpy(), points.y.to_numpy(), purpose, region.roads)

    lon, lat = units["seat_lon"].to_numpy(dtype=float), units["seat_lat"].to_numpy(dtype=float)
    seats = roads.snap(network, lon, lat, Purpose.SEAT, region.roads)
    on_expressway = (stations["scene"] == Scene.EXPRESSWAY).to_numpy()
    parts = [
        snapped(stations.geometry[chosen], purpose).set_axis(np.flatnonzero(chosen), axis=0)
        for purpose, chosen in ((Purpose.STATION, ~on_expressway), (Purpose.SERVICE_AREA, on_expressway))
    ]
    of_stations = pd.concat(parts).sort_index()
    beside = schema.empty("service_areas") if sides is None else sides
    of_sides = snapped(beside.geometry, Purpose.SERVICE_AREA)
    joined, node = roads.with_places(network, pd.concat([seats, of_stations, of_sides], ignore_index=True))
    ends = np.cumsum([len(seats), len(of_stations)])
    return Places(joined, seats, of_stations, of_sides, *np.split(node, ends))


@dataclass(frozen=True)
class ToStations:
    """Counting stations (rows of the register, by id) and the nearest of them from every node; metres of the way."""

    rows: NDArray[np.intp]
    nearest: Nearest
    metres: Floats


def to_stations(places: Places, stations: gpd.GeoDataFrame, counting: NDArray[np.bool_]) -> ToStations:
    """The nearest station that counts from every node of the network.

    Parameters
    ----------
    counting
        Which stations count, a flag for each row of ``stations``.
    """
    rows = np.flatnonzero(counting & (places.station_node >= 0))
    # by id, so that of two stations equally near the lower id is named, whatever the order of the register
    rows = rows[np.argsort(stations["station_id"].to_numpy(dtype=object)[rows], kind="stable")]
    site, minutes, metres = (
        places.station_node[rows], _minutes(places.stations)[rows], _metres(places.stations)[rows],
    )  # fmt: skip
    found = nearest(places.network, site, leg=minutes)
    return ToStations(rows, found, along(places.network, found, leg=metres))


def reach(
    places: Places, units: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, solved: ToStations, limit: float
) -> pd.DataFrame:
    """How far it is from the seat of each unit to the nearest counting station.

    Parameters
    ----------
    limit
        Minutes within which a station counts as within reach.

    Returns
    -------
    Contract ``reach``, in the order of ``units``.
    """
    on = places.seat_node >= 0
    start = places.seat_node[on]
    found = solved.nearest.site[start]
    ids = stations["station_id"].iloc[solved.rows].reset_index(drop=True)
    pairs = _within(places, np.flatnonzero(on), solved.rows, limit)
    table = pd.DataFrame({
        "unit_code": units["unit_code"].to_numpy(), "snap": places.seats["status"].to_numpy(),
        "leg_m": _metres(places.seats), "nearest_station_id": None,
        "minutes": _spread(solved.nearest.cost[start] + _minutes(places.seats)[on], on),
        "km": _spread((solved.metres[start] + _metres(places.seats)[on]) / 1000, on),
        "n_within": _spread(np.diff(pairs.indptr), on),
        "guns_per_10k": _spread(_supply(pairs, units[on], stations.iloc[solved.rows], limit), on),
    })  # fmt: skip
    table.loc[on, "nearest_station_id"] = ids.reindex(found).to_numpy()
    return schema.conform(table, "reach")


def _minutes(snaps: pd.DataFrame) -> Floats:
    return snaps["leg_minutes"].to_numpy(dtype=float)


def _metres(snaps: pd.DataFrame) -> Floats:
    return snaps["leg_m"].to_numpy(dtype=float)


def _spread(values: NDArray[Any], on: NDArray[np.bool_]) -> Floats:

    spread = np.full(len(on), np.nan)
    spread[on] = values
    return spread


def _within(places: Places, seats: NDArray[np.intp], rows: NDArray[np.intp], limit: float) -> Any:
    """Minutes from each of the seats to each of the stations within a limit, both ways to the road counted."""
    pairs = within(
        places.network, places.seat_node[seats], places.station_node[rows], limit=limit,
        leg=_minutes(places.stations)[rows],
    )  # fmt: skip
    total = pairs.data + np.repeat(_minutes(places.seats)[seats], np.diff(pairs.indptr))
    return _kept(pairs, total, total <= limit)


def _kept(pairs: Any, values: Floats, keep: NDArray[np.bool_]) -> Any:
    """The pairs to be kept, with other values; explicit zeros stay."""
    row = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))[keep]
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=pairs.shape[0]))])
    return csr_array((values[keep], pairs.indices[keep], start), shape=pairs.shape)


def _supply(pairs: Any, units: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, limit: float) -> Floats:
    """Guns per 10,000 people within reach (E2SFCA); null where no population is known."""
    people = units["population"].to_numpy(dtype=float)
    guns = stations["n_guns"].fillna(stations["n_piles"]).fillna(1).to_numpy(dtype=float)
    per_head = supply(pairs, guns, np.nan_to_num(people), limit=limit, decay="gaussian")
    return np.where(np.isnan(people), np.nan, per_head * GUNS_PER)


def from_own_seat(
    places: Places, units: gpd.GeoDataFrame, placed: pd.Series, limit: float
) -> NDArray[np.float64]:
    """Driving time to each station from the seat of the unit it lies in.

    Returns
    -------
    Minutes by station: infinite where there is a way but none within ``limit``, NaN where there is no unit, no
    seat, no road near, or no way at all (the map may lack it).
    """
    unit = pd.Index(units["unit_code"]).get_indexer(placed.astype("str"))
    seat = np.where(unit >= 0, places.seat_node[unit], -1)
    rows = np.flatnonzero((seat >= 0) & (places.station_node >= 0))
    homes, of_row = np.unique(unit[rows], return_inverse=True)
    pairs = _within(places, homes, rows, limit)
    part = roads.strong_parts(places.network)
    connected = part[seat[rows]] == part[places.station_node[rows]]
    minutes = np.full(len(placed), np.nan)
    minutes[rows] = np.where(connected, np.inf, np.nan)
    row = np.repeat(np.arange(len(homes)), np.diff(pairs.indptr))
    own = row == of_row[pairs.indices]
    minutes[rows[pairs.indices[own]]] = pairs.data[own]
    return minutes
