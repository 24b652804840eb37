"""A planner's table of service areas, one row a side."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargegeo import clean, errors, schema
from chargegeo.clean import lexicon
from chargegeo.clean import service_areas_table as table
from chargegeo.vocab import Outcome, Severity
from tests.clean.service_areas_help import HENAN, W, codes, sheet


def row(**cells: str | None) -> dict[str, str | None]:
    base = {"name": W["xu"], "road": W["gang"], "direction": W["up"], "n_piles": "10", "n_guns": "20"}
    return base | cells


def pair(**cells: str | None) -> list[dict[str, str | None]]:
    return [row(**cells), row(**{"direction": W["down"], **cells})]


def cleaned(rows: list[dict[str, str | None]]) -> clean.Cleaned:
    return clean.service_areas(sheet(rows), HENAN, datum="wgs84")


def test_an_office_sheet_is_read_by_its_headers() -> None:
    cells = [
        "a1",
        "p1",
        W["xu"],
        "G4",
        W["up"],
        W["north_to"],
        "K752+300",
        "120",
        "20",
        "10",
        "20",
        "4",
        "480",
    ]
    cells += [W["yes"], W["bridge"], "113.901234", "34.031234"]
    found = clean.service_areas(
        sheet([dict(zip(W["sheet_headers"], cells, strict=True))]), HENAN, datum="wgs84"
    )
    one = found.table.iloc[0]
    assert one[["side_id", "pair_id", "road_ref", "direction", "towards"]].tolist() == [
        "a1",
        "p1",
        "G4",
        "backward",
        W["beijing"],
    ]
    assert one[list(table.COUNTS)].tolist() == [120, 20, 10, 20, 4]
    assert (one["chainage_km"], one["max_kw"]) == (752.3, 480)
    assert one["swap_station"] and one["linked"] and one["certainty"] == "certain"
    assert (one["geometry"].x, one["geometry"].y) == (113.901234, 34.031234)
    assert codes(found) == [("one_sided", 0)]


def test_two_rows_of_one_name_and_road_are_a_pair() -> None:
    found = cleaned(pair())
    assert found.table["pair_id"].drop_duplicates().size == 1
    assert found.table["direction"].tolist() == ["backward", "forward"]
    assert found.outcome is Outcome.ACCEPTED and found.piles_in == 20
    schema.check(found.table, "service_areas")


def test_a_name_may_carry_the_direction_and_the_road_its_name_only() -> None:
    found = cleaned(
        [row(name=W[n], road=W["gang_bare"], direction=None) for n in ("yuan_north", "yuan_south")]
    )
    assert found.table["name"].tolist() == [W["yuan"]] * 2
    assert found.table["direction"].tolist() == ["backward", "forward"]  # chainage begins in Beijing
    assert found.table["towards"].tolist() == [W["beijing"], W["macau"]]
    assert found.table["road_ref"].tolist() == ["G4", "G4"]
    assert sorted(found.repairs["problem"]) == ["name_simplified"] * 2 + ["road_from_name"] * 2


def test_the_other_side_has_the_other_direction() -> None:
    found = cleaned([row(), row(direction=None)])
    assert found.table["direction"].tolist() == ["backward", "forward"]
    assert found.table["certainty"].tolist() == ["certain", "probable"]
    assert found.table["basis"].tolist() == ["stated", "other_side"]


@pytest.mark.parametrize(
    ("word", "direction", "certainty"),
    # on G4 chainage runs south, traffic keeps right: the west side serves cars that go south
    [
        ("west_zone", "forward", "probable"),
        ("east_zone", "backward", "probable"),
        ("right", "forward", "probable"),
        ("left", "backward", "probable"),
        ("zone_a", None, "unknown"),
        ("down", "forward", "certain"),
        ("north_to", "backward", "certain"),
    ],
)
def test_words_for_a_side(word: str, direction: str | None, certainty: str) -> None:
    found = cleaned([row(direction=W[word], lon="113.912345", lat="34.512345")]).table.iloc[0]
    assert (None if pd.isna(found["direction"]) else found["direction"], found["certainty"]) == (
        direction,
        certainty,
    )


def test_far_along_the_road_the_same_name_is_another_area() -> None:
    rows = pair(chainage_km="K100+000") + pair(chainage_km="K160+000")
    found = cleaned(rows)
    assert found.table["pair_id"].value_counts().tolist() == [2, 2]
    assert codes(found) == []
    assert codes(cleaned(pair() + pair())) == [("pair_of_many", 3)]


def test_what_is_doubtful_is_warned_of_and_stays() -> None:
    rows = [
        row(direction=W["both"], name=W["other_area"]),
        *pair(direction=W["up"]),
        row(name=W["area"], road="G30"),
        row(name=W["simple"], direction="!!", road="&"),
        row(name=W["yuan"], n_ultra_fast="11", chainage_km="K5xx", towards=W["macau"]),
    ]
    found = cleaned(rows)
    assert codes(found) == [
        ("chainage_unread", 5),
        ("both_sides_in_row", 0),
        ("area_unnamed", 3),
        ("direction_unread", 4),
        ("road_unread", 4),
        ("towards_differs", 5),
        ("pair_one_direction", 2),
        ("one_sided", 3),
        ("one_sided", 4),
        ("one_sided", 5),
        ("side_counts_differ", 5),
    ]
    assert len(found.table) == 6 and found.quarantine.empty
    assert found.table["direction"].isna().tolist() == [True, False, False, False, True, False]


def test_rows_that_cannot_be_read_are_kept_aside_with_their_piles() -> None:
    found = cleaned([*pair(), row(n_guns="-3", n_piles="7"), row(n_piles=W["yuan_text"]), row(n_bays="1.5")])
    assert found.quarantine["problem"].tolist() == ["count_negative", "not_a_number", "count_fraction"]
    assert found.quarantine["n_piles"].fillna(-1).tolist() == [7, -1, 10]
    assert len(found.table) + len(found.quarantine) == found.rows == 5
    assert found.piles_in == 20 + 7 + 10


def test_a_repeated_id_is_set_aside() -> None:
    found = cleaned([row(side_id="a"), row(side_id="A ", direction=W["down"])])
    assert found.quarantine["problem"].tolist() == ["duplicate_id"]


def test_coordinates_are_moved_from_the_stated_datum_and_may_be_lacking() -> None:
    rows = [row(lon="113.912345", lat="34.512345"), row(direction=W["down"], lon=None, lat=None)]
    found = clean.service_areas(sheet(rows), HENAN, datum="gcj02")
    # about 600 m to the west and south in GCJ-02 degrees of this place
    assert 0.004 < 113.912345 - found.table.geometry.iloc[0].x < 0.008
    assert found.table.geometry.iloc[1] is None and len(found.table) == 2
    with pytest.raises(errors.CrsFault):
        clean.service_areas(sheet(rows), HENAN)
    assert clean.service_areas(sheet([row()]), HENAN).table.geometry.iloc[0] is None


def test_what_must_be_there() -> None:
    with pytest.raises(errors.SchemaFault) as error:
        clean.service_areas(sheet([{"n_piles": "1"}]), HENAN)
    assert [fault.code for fault in error.value.faults] == ["missing_column"]
    with pytest.raises(errors.SchemaFault) as error:
        clean.service_areas(sheet([row(lon="113.9")]), HENAN, datum="wgs84")
    assert [fault.params["target"] for fault in error.value.faults] == ["lat"]
    with pytest.raises(errors.SchemaFault, match=r"usable|record"):
        cleaned([row(n_piles="-1")])


def test_a_mapping_goes_before_the_lexicon() -> None:
    raw = sheet([{"foo": W["xu"], "name": "x"}])
    assert clean.service_areas(raw, HENAN, mapping={"name": "foo"}).table["name"].tolist() == [W["xu"]]


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("K123+450", 123.45),
        ("k0123+450.5", 123.4505),
        ("123+45", 123.045),
        ("K7", 7),
        ("12.5km", 12.5),
        ("8", 8),
    ],
)
def test_chainage(text: str, km: float) -> None:
    found = cleaned([row(chainage_km=text)])
    assert found.table["chainage_km"].tolist() == [km]
    assert codes(found) == [("one_sided", 0)]


@pytest.mark.parametrize("text", ["=1+1", "<b>", "{0}", "%s", "\u202eG4", "' OR 1=1"])
def test_hostile_text_stays_text(text: str) -> None:
    found = cleaned([row(name=text, road=text, direction=text, towards=text, chainage_km=text)])
    assert len(found.table) + len(found.quarantine) == 1
    for item in found.findings:
        assert item.fault.text("zh") and item.fault.text("en")


def test_two_headers_of_one_column_are_refused() -> None:
    with pytest.raises(errors.SchemaFault):
        cleaned([row(piles="3")])
    assert lexicon.columns(["name", "length"], "service_areas") == {"name": "name"}


CELL = st.sampled_from(
    [None, "5", "-1", "x", W["up"], W["down"], W["west_zone"], W["both"], "K1+200", W["xu"], "G30"]
)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_nothing_is_lost_and_the_order_of_rows_changes_no_side(
    cells: list[tuple[str | None, ...]], random: np.random.Generator
) -> None:
    names = ("road", "direction", "n_piles", "chainage_km", "towards")
    rows = [row(**dict(zip(names, one, strict=True)), side_id=f"s{i}") for i, one in enumerate(cells)]
    turned = list(rows)
    random.shuffle(turned)
    try:
        first = cleaned(rows)
    except errors.SchemaFault as error:
        assert error.faults[0].code == "nothing_usable"
        return
    second = cleaned(turned)
    assert len(first.table) + len(first.quarantine) == len(rows)
    stated = [int(one[2]) for one in cells if one[2] == "5"]
    assert first.piles_in == sum(stated)
    columns = ["side_id", "direction", "certainty", "n_piles", "road_ref"]
    left, right = (x.table[columns].sort_values("side_id", ignore_index=True) for x in (first, second))
    pd.testing.assert_frame_equal(left, right)
    assert {f.severity for f in first.findings} <= set(Severity)


@pytest.mark.parametrize(("written", "read"), [("45%", 0.45), ("0.4", 0.4), (None, None)])
def test_utilisation_is_a_share(written: str | None, read: float | None) -> None:
    found = cleaned(pair(utilisation=written)).table["utilisation"]
    assert found.astype(object).where(found.notna(), None).tolist() == [read, read]


def test_a_utilisation_that_cannot_be_sets_its_row_aside() -> None:
    found = cleaned([*pair(), row(name=W["xu"] + "2", utilisation="140%")])
    assert len(found.table) == 2 and found.quarantine["problem"].tolist() == ["share_range"]


@pytest.mark.parametrize(
    ("cell", "km"),
    [
        ("K12 + 300", 12.3),
        ("K 12+300 m", 12.3),
        ("12 +300", 12.3),
        ("12300m", 12.3),
        ("12300.5 M", 12.3005),
        ("K12+300", 12.3),
        ("K12 300", None),
        ("9999999m", 9999.999),
    ],
)
def test_chainage_with_blanks_and_in_metres(cell: str, km: float | None) -> None:
    found = cleaned([row(chainage_km=cell)])
    got = found.table["chainage_km"].iloc[0]
    assert (None if pd.isna(got) else got) == km
    assert (("chainage_unread", 0) in codes(found)) == (km is None)


UP, DOWN = {"direction": W["up"]}, {"direction": W["down"]}
NEAR, FAR = {"chainage_km": "K100+000"}, {"chainage_km": "K160+000"}


@pytest.mark.parametrize(
    ("lost", "there", "places"),
    [
        # rows without chainage; those with; the number of the pair of each row, in the order of the file
        ([UP], [DOWN | NEAR, UP | FAR, DOWN | FAR], [0, 0, 1, 1]),
        ([UP], [DOWN | FAR, UP | NEAR, DOWN | NEAR], [0, 0, 1, 1]),
        ([UP], [UP | NEAR, DOWN | NEAR, UP | FAR, DOWN | FAR], [0, 1, 1, 2, 2]),
        ([UP], [DOWN | NEAR, DOWN | FAR], [0, 1, 2]),  # it may be of either
        ([UP, UP], [DOWN | NEAR, UP | FAR, DOWN | FAR], [0, 1, 2, 3, 3]),  # which of them cannot be said
        ([UP, DOWN], [DOWN | NEAR, UP | FAR], [0, 1, 0, 1]),
        ([{"direction": None}], [DOWN | NEAR, UP | FAR, DOWN | FAR], [0, 1, 2, 2]),
        ([UP], [DOWN | NEAR], [0, 0]),  # one place alone
    ],
)
def test_a_row_without_chainage_joins_the_place_that_lacks_its_side(
    lost: list[dict[str, str | None]], there: list[dict[str, str | None]], places: list[int]
) -> None:
    # every row has the column, as in a sheet
    found = cleaned([row(**({"chainage_km": None} | cells)) for cells in lost + there]).table["pair_id"]
    assert pd.factorize(found)[0].tolist() == places
