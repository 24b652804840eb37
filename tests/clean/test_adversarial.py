"""Faults that a tester found: each was accepted in silence, or refused though legal."""

import geopandas as gpd
import pytest
import shapely

from chargegeo import errors
from chargegeo.clean.outlines import read as outlines
from chargegeo.clean.register import stations
from chargegeo.sources import RawTable
from chargegeo.vocab import Outcome, Severity
from tests.clean.stations_help import COLUMNS, HENAN, SQUARES, changed, clean, codes, frame, raw, units


@pytest.mark.parametrize("text", ["1\u00b20", "\u2460\u2461", "\u00bd"])
def test_superscripts_and_circled_figures_are_no_digits(text: str) -> None:
    found = clean(changed({(3, "power_kw_max"): text}))
    assert codes(found, Severity.QUARANTINE) == [("not_a_number", 3, "power_kw_max")]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2024-03-01 08:30:00", True),
        ("2024-03-01T08:30:00Z", True),
        ("2024/3/1 8:30", True),
        ("2024-03-01 \u4e0a\u5348 8:30", True),
        ("2024-03-01 abc", False),
        ("2024-03-01 25:00", False),
        ("2024-03-01 - 2024-04-01", False),
    ],
)
def test_only_a_time_may_follow_a_date(text: str, right: bool) -> None:
    found = clean(changed({(3, "opened"): text}))
    assert found.outcome is (Outcome.ACCEPTED if right else Outcome.QUARANTINED)


def test_a_joiner_between_pictures_is_text_and_elsewhere_goes() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert clean(changed({(3, "name"): family})).outcome is Outcome.ACCEPTED
    found = clean(changed({(3, "name"): f"{family}a\u200db\u061c"}))
    assert codes(found, Severity.REPAIR) == [("invisible", 3, "name")]
    assert found.table["name"][3] == f"{family}ab"


def test_bays_stand_for_guns_where_nothing_counts_guns() -> None:
    both = changed({(3, "n_piles"): "8"}).assign(bays=["9"] * 3 + ["1"] + ["9"] * 7 + ["0"])
    assert ("bays_lt_piles", 3, "bays") in codes(clean(both), Severity.WARNING)
    alone = both.drop(columns=COLUMNS["n_guns"])
    found = clean(alone)
    assert codes(found, Severity.QUARANTINE) == [("bays_for_guns", 3, "bays")]
    assert ("bays_lt_piles", 11, "bays") in codes(found, Severity.WARNING)


def test_a_collection_of_one_point_is_that_point() -> None:
    table = frame().drop(columns=list(frame().columns[3:5]))
    points = [shapely.MultiPoint([(float(a), float(b))]) for a, b in frame().iloc[:, 3:5].to_numpy()]
    found = RawTable(
        raw(table).frame, gpd.GeoSeries(points, crs=4490), "EPSG:4490", "a.gpkg", "a", "gpkg", None
    )
    assert stations(found, HENAN, datum=None, units=units()).outcome is Outcome.ACCEPTED


def test_most_stations_far_from_their_units_are_refused() -> None:
    east = {(i, "lon"): f"{float(frame().iloc[i, 3]) + 3:.6f}" for i in range(12)}
    with pytest.raises(errors.SchemaFault) as caught:
        clean(changed(east))
    assert caught.value.faults[0].code == "codes_places_far"


def test_units_one_zone_off_are_refused() -> None:
    table = frame(6).iloc[:, :2]
    boxes = [shapely.box(x + 3.5, y, x + 3.7, y + 0.2) for x, y in SQUARES]
    found = RawTable(
        raw(table).frame, gpd.GeoSeries(boxes, crs=4490), "EPSG:4490", "a.gpkg", "a", "gpkg", None
    )
    with pytest.raises(errors.BoundaryFault) as caught:
        outlines(found, HENAN, [str(i) for i in range(6)])
    assert {fault.code for fault in caught.value.faults} == {"boundary_outside"}
