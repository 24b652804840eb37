"""Datums: hand values, there and back, and what must stay as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import datum
from chargegeo.errors import CrsFault
from chargegeo.vocab import Datum

ZHENGZHOU = (113.66, 34.76)


def metres(lon1: object, lat1: object, lon2: object, lat2: object) -> tuple[np.ndarray, np.ndarray]:
    """East and north of the second point from the first, on a sphere."""
    lon1, lat1, lon2, lat2 = (np.asarray(item, dtype="float64") for item in (lon1, lat1, lon2, lat2))
    return (lon2 - lon1) * 111_320 * np.cos(np.radians(lat1)), (lat2 - lat1) * 111_000


def test_offset_at_zhengzhou_is_as_measured() -> None:
    east, north = metres(*ZHENGZHOU, *datum.from_wgs84(*ZHENGZHOU, Datum.GCJ02))
    # what was measured on county outlines at Zhengzhou
    assert east == pytest.approx(557, abs=3)
    assert north == pytest.approx(-124, abs=3)


def test_published_examples() -> None:
    # the example points of the public libraries: Beijing, to six decimals
    lon, lat = datum.from_wgs84(116.404, 39.915, "gcj02")
    assert (float(lon), float(lat)) == pytest.approx((116.410244, 39.916404), abs=1e-6)
    lon, lat = datum.to_wgs84(116.404, 39.915, "gcj02")
    assert (float(lon), float(lat)) == pytest.approx((116.397756, 39.913596), abs=2e-6)


def test_bd09_of_a_gcj02_point() -> None:
    gcj = (116.404, 39.915)
    lon, lat = datum.from_wgs84(*datum.to_wgs84(*gcj, "gcj02"), "bd09")
    assert (float(lon), float(lat)) == pytest.approx((116.410369, 39.921337), abs=1e-6)


@given(
    st.floats(73.1, 135.0),
    st.floats(3.9, 53.5),
    st.sampled_from([Datum.GCJ02, Datum.BD09]),
)
def test_there_and_back_is_below_a_centimetre(lon: float, lat: float, which: Datum) -> None:
    back = datum.to_wgs84(*datum.from_wgs84(lon, lat, which), which)
    assert np.hypot(*metres(lon, lat, *back)) < 1e-6
    forth = datum.from_wgs84(*datum.to_wgs84(lon, lat, which), which)
    assert np.hypot(*metres(lon, lat, *forth)) < 1e-6


@pytest.mark.parametrize("which", [Datum.GCJ02, Datum.BD09])
def test_every_corner_of_the_country_comes_back(which: Datum) -> None:
    lon, lat = np.meshgrid(np.linspace(73, 135.5, 300), np.linspace(3.5, 54, 300))
    back = datum.to_wgs84(*datum.from_wgs84(lon, lat, which), which)
    assert back[0].shape == lon.shape
    assert np.hypot(*metres(lon, lat, *back)).max() < 1e-6


@pytest.mark.parametrize("which", [Datum.WGS84, Datum.CGCS2000])
def test_national_and_gps_coordinates_stay(which: Datum) -> None:
    lon, lat = datum.to_wgs84(*ZHENGZHOU, which)
    assert (float(lon), float(lat)) == ZHENGZHOU


@pytest.mark.parametrize("which", list(Datum))
def test_abroad_and_not_a_number_stay(which: Datum) -> None:
    lon = np.array([2.35, -74.0, np.nan, np.inf, 113.6, 150.0])
    lat = np.array([48.86, 40.7, np.nan, 34.7, -np.inf, 34.0])
    for move in (datum.to_wgs84, datum.from_wgs84):
        x, y = move(lon, lat, which)
        np.testing.assert_array_equal(x, lon)
        np.testing.assert_array_equal(y, lat)


def test_input_is_left_alone_and_never_shared() -> None:
    lon, lat = np.array([113.6]), np.array([34.7])
    for which in Datum:
        x, y = datum.to_wgs84(lon, lat, which)
        x += 1
        y += 1
    assert (lon[0], lat[0]) == (113.6, 34.7)


def test_scalars_and_lists_become_arrays_of_their_shape() -> None:
    lon, lat = datum.to_wgs84(113.6, 34.7, "gcj02")
    assert isinstance(lon, np.ndarray) and lon.shape == () and lat.dtype == np.float64
    lon, _ = datum.from_wgs84([[113.6, 113.7]], [[34.7, 34.8]], "bd09")
    assert lon.shape == (1, 2)
    lon, _ = datum.to_wgs84([], [], "gcj02")
    assert lon.shape == (0,)


def test_a_wrong_word_lists_the_right_ones() -> None:
    with pytest.raises(CrsFault, match=r"mars.*wgs84, cgcs2000, gcj02, bd09"):
        datum.to_wgs84(113.6, 34.7, "mars")
