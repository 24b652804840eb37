"""Where stations lie and how far they are, one pair at a time."""

from pyproj import Geod

GEOD = Geod(ellps="GRS80")


def placed(point, stated, units):
    """Code of the unit of one station: ``units`` is a list of (code, polygon or null)."""
    shapes = dict(units)
    holders = sorted(
        code for code, shape in units if shape is not None and point is not None and shape.covers(point)
    )
    if holders:
        return stated if stated in holders else holders[0]
    if stated in shapes and (point is None or shapes[stated] is None):
        return stated
    return None


def nearest_km(lon, lat, points):
    """Kilometres to the nearest of ``points``, a list of (lon, lat), along the geodesic."""
    return min(GEOD.inv(lon, lat, *point)[2] for point in points) / 1000
