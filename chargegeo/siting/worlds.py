"""What scenarios start from: sites with what stands there, whom they reach, and the rules that judge the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from chargegeo import coverage, schema
from chargegeo.vocab import SiteKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from chargegeo.corridors import Corridor, RoadRule
    from chargegeo.region import Region, Rule

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


PEOPLE = {
    "population": "population",
    "villages": "n_villages",
}  # column of the units, by the weight of a scenario


@dataclass(frozen=True, eq=False)
class Register:
    """What stands, and the rules that it is judged by.

    Parameters
    ----------
    units, stations, piles
        Contract tables.
    placed, set_aside, seat_minutes
        See :func:`chargegeo.coverage.by_unit`.
    works
        bool (stations): public and in service for certain.
    rules
        The rule of the units, and its branch by road where there is one.
    """

    units: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    piles: pd.DataFrame
    placed: pd.Series
    set_aside: pd.Series
    seat_minutes: Floats | None
    works: Flags
    region: Region
    rules: tuple[Rule, ...]


@dataclass(frozen=True, eq=False)
class Roadside:
    """Corridors with their sites, the piles of these by power, and the side on which a station stands.

    Parameters
    ----------
    sites
        Contract ``corridor_sites``.
    piles
        ``site_id``, ``power_kw``, ``n_piles``.
    sides
        Contract ``service_areas``.
    side_of
        Side of each station that stands on one, by station id.
    ends
        Names of the places at both ends of each corridor in order of travel, by its id, where they are known.
    """

    corridors: Sequence[Corridor]
    sites: pd.DataFrame
    piles: pd.DataFrame
    sides: gpd.GeoDataFrame
    side_of: Mapping[str, str]
    rules: Mapping[str, RoadRule]
    ends: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class World:
    """What scenarios start from; m units, n sites.

    Parameters
    ----------
    sites
        Contract ``candidates``, and ``station_id``, ``unit`` (row of the unit, -1 for none), ``n_standing``,
        ``standing_kw``, ``standing_guns``.
    groups
        Piles that stand at sites: ``site`` (row), ``power_kw``, ``n_piles``.
    reach
        Sparse (m, n): how far it is from the seat of a unit to a site, by road (minutes) or in a straight line (km),
        up to ``limit``.
    by_road
        Which of the two.
    """

    register: Register
    sites: gpd.GeoDataFrame
    groups: pd.DataFrame
    reach: csr_array
    limit: float
    by_road: bool
    roadside: Roadside | None


def existing(register: Register, roadside: Roadside | None) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Sites that stand: the working stations of each unit as one site, at the largest of them, and sides.

    Returns
    -------
    Sites as of :class:`World` without ``unit``, and their ``groups`` with ``site_id``.
    """
    import pandas as pd

    home = pd.Series({} if roadside is None else dict(roadside.side_of), dtype="object")
    table = register.stations.assign(
        unit_code=register.placed.astype("object"), side=register.stations["station_id"].map(home)
    )
    table = table[register.works & table.geometry.notna()]
    own = _stations(table[table["side"].isna() & table["unit_code"].notna()], register.piles)
    parts = [own] if roadside is None else [own, _sides(roadside)]
    sites = pd.concat([item[0] for item in parts], ignore_index=True)
    return sites, pd.concat([item[1] for item in parts], ignore_index=True)


def _stations(table: gpd.GeoDataFrame, piles: pd.DataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    site = table.assign(site_id=SiteKind.STATION + "-" + table["unit_code"].astype("str"))
    site_of = site.set_index("station_id")["site_id"]
    groups = piles[piles["station_id"].isin(site_of.index)].assign(
        site_id=lambda rows: rows["station_id"].map(site_of)
    )[["site_id", "power_kw", "n_piles"]]
    site = site.assign(size=site["n_piles"].fillna(0).astype(float))
    first = site.sort_values(["size", "station_id"], ascending=[False, True]).drop_duplicates("site_id")
    guns = site.assign(guns=site["n_guns"].fillna(site["n_piles"]).fillna(1).astype(float))
    found = first.assign(
        site_kind=str(SiteKind.STATION), source=first["file"],
        standing_guns=first["site_id"].map(guns.groupby("site_id")["guns"].sum()),
    )  # fmt: skip
    return _counted(found.sort_values("site_id"), groups), groups


def _sides(roadside: Roadside) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    sides = roadside.sides[roadside.sides.geometry.notna()]
    groups = roadside.piles[roadside.piles["site_id"].isin(sides["side_id"])]
    guns = sides["n_guns"].fillna(sides["n_piles"]).fillna(0).astype(float)
    found = sides.assign(
        site_id=SiteKind.SERVICE_AREA + "-" + sides["side_id"], site_kind=str(SiteKind.SERVICE_AREA),
        station_id=sides["side_id"], standing_guns=guns,
    )  # fmt: skip
    named = groups.assign(site_id=SiteKind.SERVICE_AREA + "-" + groups["site_id"])
    return _counted(found.sort_values("site_id"), named), named


def _counted(sites: gpd.GeoDataFrame, groups: pd.DataFrame) -> gpd.GeoDataFrame:
    """Sites with the piles and the known power that stand there."""
    by_site = groups.assign(kw=groups["power_kw"] * groups["n_piles"]).groupby("site_id")
    kept = ["station_id", "standing_guns"]
    more = {
        **{name: sites[name].to_numpy() for name in kept},
        "n_standing": sites["site_id"].map(by_site["n_piles"].sum()).fillna(0).to_numpy(dtype=np.int64),
        "standing_kw": sites["site_id"].map(by_site["kw"].sum()).fillna(0.0).to_numpy(dtype=np.float64),
    }
    plain = sites.drop(columns=[name for name in ("bays", "grid_kw", "cost_per_pile") if name in sites])
    return schema.conform(plain, "candidates").assign(**more).reset_index(drop=True)


def seats(units: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Flags]:
    """A site in each unit: its seat if that lies in it, else a point inside; and which of them are seats.

    A unit with neither boundary nor seat has none.
    """
    import geopandas as gpd
    import shapely

    point = gpd.GeoSeries(
        gpd.points_from_xy(units["seat_lon"], units["seat_lat"]), index=units.index, crs=units.crs
    )
    known = units["seat_lon"].notna() & units["seat_lat"].notna()
    shaped = units.geometry.notna()
    at_seat = (known & (~shaped | shapely.covers(units.geometry.to_numpy(), point.to_numpy()))).to_numpy(bool)
    inside = gpd.GeoSeries(units.geometry.representative_point(), crs=units.crs)
    table = gpd.GeoDataFrame(
        {
            "site_id": SiteKind.SEAT + "-" + units["unit_code"], "site_kind": str(SiteKind.SEAT),
            "name": units["name"], "source": "",
        },
        geometry=point.where(at_seat, inside), crs=units.crs,
    )  # fmt: skip
    kept = (at_seat | shaped).to_numpy(bool)
    return new_sites(table[kept]), at_seat[kept]


def new_sites(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Candidates where nothing stands, as sites of a world."""
    nothing = {"station_id": None, "standing_guns": 0.0, "n_standing": 0, "standing_kw": 0.0}
    return schema.conform(table, "candidates").assign(**nothing).reset_index(drop=True)


def unit_rows(sites: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> Ints:
    """int64 (n): row of the unit in which each site lies, -1 for none."""
    import pandas as pd

    points = schema.conform(
        sites[["site_id", "geometry"]].rename(columns={"site_id": "station_id"}), "stations"
    )
    placed = coverage.place(points, units).astype("object")
    found: Ints = pd.Index(units["unit_code"]).get_indexer(placed).astype(np.int64)
    return found


def straight(units: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, region: Region, limit: float) -> csr_array:
    """Kilometres from the seat of each unit (or a point inside it) to each site, up to a limit (m, n)."""
    import geopandas as gpd
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    seat = gpd.GeoSeries(gpd.points_from_xy(units["seat_lon"], units["seat_lat"]), crs=units.crs)
    inside = gpd.GeoSeries(units.geometry.representative_point().to_numpy(), crs=units.crs)
    known = (units["seat_lon"].notna() & units["seat_lat"].notna()).to_numpy(bool)
    start = _metres(seat.where(known, inside), region)
    end = _metres(sites.geometry, region)
    has = np.isfinite(start).all(axis=1)
    pairs = KDTree(start[has]).sparse_distance_matrix(KDTree(end), limit * 1000, output_type="coo_matrix")
    row = np.flatnonzero(has)[pairs.row]
    order = np.lexsort((pairs.col, row))
    first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(units)))])
    return csr_array((pairs.data[order] / 1000, pairs.col[order], first), shape=(len(units), len(sites)))


def _metres(points: gpd.GeoSeries, region: Region) -> Floats:
    at = points.to_crs(region.crs_measure)
    return np.column_stack([at.x.to_numpy(dtype=float), at.y.to_numpy(dtype=float)])


def positions(sites: gpd.GeoDataFrame, region: Region) -> Floats:
    """float64 (n, 2): places of sites in the equal-area projection (m)."""
    return _metres(sites.geometry, region)
