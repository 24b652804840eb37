"""The base map under a page: whose pictures, from which hosts, and the copy of the data that fits them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from chargegeo import datum, labels
from chargegeo.maps.content import Layers
from chargegeo.vocab import BaseMap, Datum

if TYPE_CHECKING:
    import geopandas as gpd

    Frame = TypeVar("Frame", gpd.GeoDataFrame, gpd.GeoDataFrame | None)


@dataclass(frozen=True)
class Pictures:
    """Where the pictures of a base map come from.

    Parameters
    ----------
    host
        Address before the path; ``{s}`` stands for one of ``servers``.
    servers
        Names of like hosts that share the load.
    paths
        A path for each layer, lowest first, with ``{x}``, ``{y}``, ``{z}`` and ``{key}`` where a key is asked.
    """

    host: str
    servers: str
    paths: tuple[str, ...]


# Addresses as published by the services
PICTURES = {
    BaseMap.TIANDITU: Pictures(
        "https://t{s}.tianditu.gov.cn", "01234567",
        tuple(f"/DataServer?T={name}_w&x={{x}}&y={{y}}&l={{z}}&tk={{key}}" for name in ("vec", "cva")),
    ),
    BaseMap.AMAP: Pictures(
        "https://webrd0{s}.is.autonavi.com", "1234",
        ("/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",),
    ),
    BaseMap.OSM: Pictures("https://tile.openstreetmap.org", "", ("/{z}/{x}/{y}.png",)),
}  # fmt: skip


def build(layers: Layers, lang: str) -> dict[str, Any]:
    """What the page must know of its base map; nothing without one."""
    if layers.base is BaseMap.NONE:
        return {}
    pictures = PICTURES[layers.base]
    host = layers.tile_host or pictures.host
    return {
        "base": {
            "name": labels.word("basemap", layers.base, lang),
            "source": labels.text(f"page.base.{layers.base}.source", lang),
            "note": labels.text(f"page.base.{layers.base}.note", lang),
            "layers": [host + path for path in pictures.paths],
            "servers": pictures.servers,
            "shifted": int(layers.base is BaseMap.AMAP),
            "asks_key": int(any("{key}" in path for path in pictures.paths)),
        }
    }


def hosts(layers: Layers) -> tuple[str, ...]:
    """Hosts that the page may load pictures from."""
    if layers.base is BaseMap.NONE:
        return ()
    pictures = PICTURES[layers.base]
    host = layers.tile_host or pictures.host
    return tuple(host.replace("{s}", server) for server in pictures.servers) if "{s}" in host else (host,)


def displayed(layers: Layers) -> Layers:
    """All layers as copies that lie where the base map shows them; as they are unless it is shifted."""
    if layers.base is not BaseMap.AMAP:
        return layers
    roadside = layers.roadside
    return replace(
        layers,
        counties=shifted(layers.counties), roads=shifted(layers.roads), isochrones=shifted(layers.isochrones),
        roadside=roadside and replace(
            roadside, corridors=shifted(roadside.corridors), gaps=shifted(roadside.gaps),
            service_areas=shifted(roadside.service_areas),
        ),
        scenarios=[replace(one, sites=shifted(one.sites)) for one in layers.scenarios],
    )  # fmt: skip


def shifted(frame: Frame) -> Frame:
    """A copy of a table in GCJ-02, only to be drawn over a base map in that datum."""
    import numpy as np
    import shapely

    if frame is None:
        return frame

    def moved(xy: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.column_stack(datum.from_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02))

    found = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), moved), crs=frame.crs)
    if "seat_lon" in found:
        seats = (found[name].to_numpy("float64", na_value=np.nan) for name in ("seat_lon", "seat_lat"))
        lon, lat = moved(np.column_stack(tuple(seats))).T
        found = found.assign(seat_lon=lon, seat_lat=lat)
    return found
