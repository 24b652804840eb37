"""Places of OpenStreetMap files that may be candidate sites."""

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from chargegeo import clean, errors, region, sources
from chargegeo.sources import RawTable
from chargegeo.vocab import PlaceKind, Severity
from tests.sources.ways import Node, Relation, Way, all_forms, xml

HENAN = region.load("henan")
CORNERS = [(113.0, 34.0), (113.1, 34.0), (113.1, 34.1), (113.0, 34.1)]
RING = [1, 2, 3, 4, 1]
NODES: list[Node] = [
    *((i + 1, x, y, {}) for i, (x, y) in enumerate(CORNERS)),
    (11, 113.01, 34.01, {"amenity": "parking", "name": "P", "capacity": "40"}),
    (12, 113.02, 34.01, {"amenity": "parking", "access": "private"}),
    (13, 113.03, 34.01, {"amenity": "parking", "access": "customers"}),
    (14, 113.04, 34.01, {"amenity": "fuel", "name": "F"}),
    (15, 113.05, 34.01, {"tourism": "museum", "name": "M"}),
    (16, 113.06, 34.01, {"tourism": "hotel", "name": "H"}),
    (17, 113.07, 34.01, {"landuse": "residential"}),
    (18, 113.08, 34.01, {"highway": "rest_area"}),
    # of two kinds the first of the closed list counts
    (19, 113.09, 34.01, {"tourism": "viewpoint", "amenity": "parking"}),
]
WAYS: list[Way] = [
    (21, RING, {"landuse": "residential", "name": "R"}),
    (22, RING, {"landuse": "residential"}),
    (23, RING, {"leisure": "park", "name": "G"}),
    (24, [1, 2, 99, 1], {"highway": "services", "name": "S"}),
    (25, RING, {"leisure": "park"}),
]
RELATIONS: list[Relation] = [
    (31, [("way", 25, "outer")], {"type": "multipolygon", "leisure": "park", "name": "Big"}),
]


def written(folder: Path) -> Path:
    path = folder / "a.osm"
    path.write_text(xml(NODES, WAYS, RELATIONS), "utf-8")
    return path


def rows(raw: RawTable) -> list[tuple[str | None, ...]]:
    return [tuple(row) for row in raw.frame[["id", "name", "kind"]].to_numpy().tolist()]


def test_places_of_four_kinds_by_their_tags(tmp_path: Path) -> None:
    raw = sources.read_places(written(tmp_path))
    assert rows(raw) == [
        ("node/11", "P", "parking"),
        ("node/13", None, "parking"),
        ("node/14", "F", "service"),
        ("node/15", "M", "scenic"),
        ("node/18", None, "service"),
        ("node/19", None, "parking"),
        ("way/21", "R", "residential"),
        ("way/23", "G", "scenic"),
        ("way/24", "S", "service"),
        ("relation/31", "Big", "scenic"),
    ]
    assert raw.frame["capacity"].tolist() == ["40", *[None] * 9]
    assert raw.geometry is not None and raw.crs == "EPSG:4326" and raw.datum == "wgs84"
    area = shapely.Polygon(CORNERS)
    assert raw.geometry.iloc[0] == shapely.Point(113.01, 34.01)
    assert all(raw.geometry.iloc[i].within(area) for i in (6, 7, 9))
    assert raw.geometry.iloc[8] is None
    assert [(item.fault.code, item.fault.feature, item.n_rows) for item in raw.findings] == [
        ("outline_missing", "way/24", 1),
        ("places_private", None, 1),
    ]


def test_only_the_kinds_asked_for_in_any_order(tmp_path: Path) -> None:
    path = written(tmp_path)
    raw = sources.read_places(path, ["service", "scenic"])
    assert [row[0] for row in rows(raw)] == [
        "node/14", "node/15", "node/18", "node/19", "way/23", "way/24", "relation/31",
    ]  # fmt: skip
    assert raw.frame.equals(sources.read_places(path, ("scenic", PlaceKind.SERVICE)).frame)


def test_all_forms_say_the_same(tmp_path: Path) -> None:
    told = [sources.read_places(path) for path in all_forms(tmp_path, NODES, WAYS)]
    assert len(told) == 4 and len(told[0].frame) == 10
    assert all(each.frame.equals(told[0].frame) for each in told)


def test_the_cleaner_takes_them(tmp_path: Path) -> None:
    raw = sources.read_places(written(tmp_path))
    found = clean.candidates(raw, HENAN, kind="place")
    assert len(found.table) == 9 and set(found.table["site_kind"]) == {"place"}
    assert found.table["site_id"].tolist()[:2] == ["node/11", "node/13"]
    assert found.quarantine[["station_id", "problem"]].to_numpy().tolist() == [
        ["way/24", "candidate_no_place"]
    ]
    assert found.repairs.empty


@pytest.mark.parametrize(
    ("kinds", "text", "code"),
    [
        (["hotel"], xml(NODES, WAYS), "place_kind"),
        (["scenic"], xml(NODES[:7], WAYS[:2]), "no_places"),
        (["scenic"], "id,lon\n1,2\n", "places_not_osm"),
        (["scenic"], xml(NODES, WAYS)[:-30], "truncated_line"),
        (["scenic"], "", "empty_file"),
    ],
)
def test_a_file_that_cannot_serve_is_refused(tmp_path: Path, kinds: list[str], text: str, code: str) -> None:
    path = tmp_path / "a.osm"
    path.write_text(text, "utf-8")
    with pytest.raises(errors.InputError) as refused:
        sources.read_places(path, kinds)
    assert [fault.code for fault in refused.value.faults] == [code]
    assert refused.value.text("zh") and refused.value.text("en")


# counted with osmium's own tag filter: one private car park in Porto, twelve in Helsinki
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("porto_portugal.osm.pbf", {"parking": 26, "service": 71, "scenic": 3}),
        ("helsinki.osm.pbf", {"parking": 31, "scenic": 28, "residential": 3}),
    ],
)
def test_real_extracts(shared: Path, name: str, kinds: dict[str, int]) -> None:
    raw = sources.read_places(shared / "data" / "osm" / name)
    assert raw.frame["kind"].value_counts().to_dict() == kinds
    assert raw.geometry is not None
    bounds = {"porto_portugal.osm.pbf": (-8.778, 40.981, -8.358, 41.399)}.get(
        name, (24.935, 60.164, 24.954, 60.18)
    )
    assert raw.geometry.dropna().within(shapely.box(*bounds)).all()
    found = clean.candidates(raw, replace(HENAN, bounds=bounds), kind="place")
    assert len(found.table) == raw.geometry.notna().sum() > 40
    assert {item.fault.code for item in found.findings if item.severity is Severity.QUARANTINE} <= {
        "candidate_no_place"
    }
