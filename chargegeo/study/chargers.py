"""What stands where one can charge along the roads: stations of the register, and sides of service areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo.vocab import Access, Status

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from chargegeo.access import Places
    from chargegeo.clean import Cleaned
    from chargegeo.region import Region
    from chargegeo.study.roadside import Sides


def working(stations: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which stations are public and in service for certain: others are no chargers that a driver can count on."""
    public, open_ = stations["access"] == Access.PUBLIC, stations["status"] == Status.IN_SERVICE
    works: NDArray[np.bool_] = (public & open_).to_numpy(dtype=bool)
    return works


def charging_places(places: Places, sides: Sides, stations: Cleaned, region: Region) -> pd.DataFrame:
    """Every place where one can charge, as :func:`chargegeo.corridors.sites` takes it.

    Sides of service areas, with or without piles, and the working stations that stand on none.
    """
    import pandas as pd

    register = _register(stations, region)
    lone = (register["works"] & ~register["site_id"].isin(sides.matched.matches["station_id"])).to_numpy()
    at = {"node": places.station_node[lone], "leg_m": places.stations["leg_m"].to_numpy()[lone]}
    parts = [_of_sides(places, sides, register), register[lone].assign(is_side=False, **at)]
    found = pd.concat(parts, ignore_index=True)
    return found.drop(columns=["works", "may_work"]).astype({"linked": "boolean"})


def piles_of(sites: pd.DataFrame, stations: Cleaned, sides: Sides) -> pd.DataFrame:
    """Groups of equal piles by site: ``site_id``, ``power_kw``, ``n_piles``, of working stations.

    A side without any station of the register, whose piles its own table counts, has piles of unknown power, once
    however many corridors it serves; one whose piles are not known has none here.
    """
    import pandas as pd

    ids = stations.table["station_id"][working(stations.table)]
    groups = stations.piles[stations.piles["station_id"].isin(ids)]
    home = sides.matched.matches.set_index("station_id")["side_id"].astype("str")
    of_register = groups.assign(
        site_id=groups["station_id"].map(home).astype("str").fillna(groups["station_id"])
    )
    stated = sites[
        sites["is_side"]
        & ~sites["site_id"].isin(sides.matched.matches["side_id"])
        & (sites["n_piles"] > 0).fillna(value=False)
    ].drop_duplicates("site_id")
    return pd.concat([of_register, stated.assign(power_kw=float("nan"))], ignore_index=True)[
        ["site_id", "power_kw", "n_piles"]
    ]


def _register(stations: Cleaned, region: Region) -> pd.DataFrame:
    """Counts of each station as a site, whether it works and whether it may; indexed by row of the register."""
    import pandas as pd

    table = stations.table
    piles = stations.piles.assign(
        power=stations.piles["power_kw"] * stations.piles["n_piles"],
        known=stations.piles["n_piles"].where(stations.piles["power_kw"].notna(), 0),
        fast=stations.piles["n_piles"].where(stations.piles["power_kw"] >= region.ultra_kw, 0),
    )
    groups = piles.groupby("station_id")
    sums = pd.DataFrame({
        "n_piles": groups["n_piles"].sum(), "n_power_known": groups["known"].sum(),
        "total_kw": groups["power"].sum(min_count=1), "max_kw": groups["power_kw"].max(),
        "n_ultra_fast": groups["fast"].sum(),
    }).reindex(table["station_id"])  # fmt: skip
    # a station without any group of piles has said that it has none
    sums = sums.fillna({"n_piles": 0, "n_power_known": 0, "n_ultra_fast": 0})
    own = pd.DataFrame(table[["name", "n_guns", "n_bays"]])
    own = own.assign(site_id=table["station_id"], works=working(table), may_work=_may_work(table))
    return own.join(sums.set_axis(table.index))


def _may_work(stations: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which stations are not known to be closed to the public or out of service."""
    public, open_ = stations["access"] == Access.PUBLIC, stations["status"] == Status.IN_SERVICE
    unknown = stations["access"].isna(), stations["status"].isna()
    may: NDArray[np.bool_] = ((public | unknown[0]) & (open_ | unknown[1])).to_numpy(dtype=bool)
    return may


def _of_sides(places: Places, sides: Sides, register: pd.DataFrame) -> pd.DataFrame:
    """Sides as sites: what works on them by the register, else what their own table counts.

    The number of piles is not known where the table does not say it, and where nothing works for certain but something
    may, because its status or access is not known.
    """
    import pandas as pd

    table = sides.table.reset_index(drop=True)
    home = sides.matched.matches.set_index("station_id")["side_id"].astype("str")
    on = register.assign(side=register["site_id"].map(home))
    on = on[on["side"].notna()]
    groups = on[on["works"]].groupby("side")
    columns = ["n_piles", "n_guns", "n_bays", "n_power_known", "n_ultra_fast", "total_kw"]
    sums = groups[columns].sum(min_count=1).assign(max_kw=groups["max_kw"].max())
    found = pd.DataFrame({
        "site_id": table["side_id"], "name": table["name"], "is_side": True, "pair_id": table["pair_id"],
        "ref": table["road_ref"], "direction": table["direction"], "linked": table["linked"],
        "n_car_bays": table["n_car_bays"], "utilisation": table["utilisation"], "node": places.side_node,
        "leg_m": places.sides["leg_m"].to_numpy(),
    })  # fmt: skip
    listed = table["side_id"].isin(on["side"])
    none = listed & ~table["side_id"].isin(on["side"][on["may_work"]])
    for name in [*columns, "max_kw"]:
        found[name] = table["side_id"].map(sums[name]).where(listed, table[name])
    found["n_power_known"] = found["n_power_known"].fillna(0)
    return found.assign(n_piles=found["n_piles"].mask(none, 0))
