"""Boundaries to hold positions against: in their stated unit or county, or in any unit at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chargegeo.clean.codes import COUNTY_DIGITS
from chargegeo.clean.placing import holding

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from chargegeo.region import Region

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Ints = np.ndarray[Any, np.dtype[Any]]


def canonical(given: pd.DataFrame, region: Region) -> dict[str, Any]:
    """Stated codes: ``town`` in nine digits, ``county`` in six, that of a zone as its host.

    A county that is not stated is that of the township.
    """
    import pandas as pd

    none = pd.Series(None, index=given.index, dtype="str")
    town, county = (
        given[name].astype("str").str.strip() if name in given else none
        for name in ("town_code", "county_code")
    )
    town = town.where(town != "").str.replace(r"^([0-9]{9})0{3}$", r"\1", regex=True)
    county = county.where(county != "").str.replace(r"^([0-9]{6})0{3}(?:0{3})?$", r"\1", regex=True)
    first = town.str[:COUNTY_DIGITS].where(town.str.fullmatch("[0-9]{9}", na=False))
    county = county.fillna(first).replace({code: zone.host for code, zone in region.zones.items()})
    return {"town": town.to_numpy(dtype="object"), "county": county.to_numpy(dtype="object")}


@dataclass(frozen=True)
class Ground:
    """Polygons with the codes of their unit and county; without polygons nothing is known of any place."""

    shapes: np.ndarray[Any, np.dtype[np.object_]]
    units: pd.Index[Any]
    counties: np.ndarray[Any, np.dtype[np.object_]]

    @classmethod
    def of(cls, region: Region, units: gpd.GeoDataFrame | None) -> Ground:
        """The units, else the counties of the region, else nothing."""
        import pandas as pd
        import shapely

        from chargegeo import region as regions

        if units is None and region.county_variant is not None:
            units = regions.counties(region).rename(columns={"county_code": "unit_code"})
        if units is None:
            units = _nothing()
        drawn = units[shapely.is_valid(units.geometry.to_numpy())]
        shapes = drawn.geometry.to_numpy()
        codes = drawn["unit_code"].astype("object")
        counties = drawn["county_code"].astype("object").fillna(codes) if "county_code" in drawn else codes
        return cls(shapes, pd.Index(codes), counties.to_numpy(dtype="object"))

    def fits(self, places: pd.DataFrame, lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
        """Whether positions lie in their stated unit, else county, and in any unit: 1, 0, or -1 for unknown.

        Parameters
        ----------
        places
            m rows: ``town`` and ``county`` as stated.
        lon, lat
            m degrees in CGCS2000.
        """
        import numpy as np
        import pandas as pd
        import shapely

        unit, point = holding(self.shapes, shapely.points(lon, lat))
        names = pd.Index(pd.unique(self.counties))
        town = self.units.get_indexer(pd.Index(places["town"], dtype="object"))
        county = names.get_indexer(pd.Index(places["county"], dtype="object"))
        of_unit = names.get_indexer(pd.Index(self.counties))
        n = len(lon)

        def some(flags: Any) -> Any:
            return np.bincount(point[flags], minlength=n) > 0

        in_town, in_county = some(town[point] == unit), some(county[point] == of_unit[unit])
        stated = np.where(town >= 0, in_town, np.where(county >= 0, in_county, -1)).astype(np.intp)
        within = np.full(n, -1) if not len(self.shapes) else some(slice(None)).astype(np.intp)
        return stated, within.astype(np.intp)


def _nothing() -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame({"unit_code": []}, geometry=[], crs="EPSG:4490")
