"""Two registers compared: an example worked by hand, and what holds for any two."""

import json
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargegeo import clean, coverage, schema
from chargegeo.clean import Cleaned
from chargegeo.clean.piles import from_counts
from chargegeo.errors import Fault, Finding
from chargegeo.vocab import Change, Severity
from tests.clean.stations_help import CODES, HENAN, SQUARES, units

QUIET = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# about 9.2 m and 92 m of longitude at this latitude
NEAR, FAR = 0.0001, 0.001
LON, LAT = SQUARES[0][0] + 0.1, SQUARES[0][1] + 0.1
Row = dict[str, Any]


def row(id_: str, **facts: Any) -> Row:
    """A station at the same place in the first township; ``town`` is another one, ``east`` and ``north`` a shift."""
    given_ = {
        "station_id": id_,
        "name": f"station {id_}",
        "operator": "grid",
        "n_piles": 4,
        "power_kw": 120.0,
    }
    return given_ | {"town": 0, "east": 0.0, "north": 0.0} | facts


def cleaned(*rows: Row, aside: tuple[str, ...] = (), made: tuple[str, ...] = ()) -> Cleaned:
    """What the cleaner would hand over."""
    table = pd.DataFrame(rows, columns=list(row("x")) + sorted({k for r in rows for k in r} - set(row("x"))))
    points = [
        None
        if r["town"] is None
        else shapely.Point(SQUARES[r["town"]][0] + 0.1 + r["east"], SQUARES[r["town"]][1] + 0.1 + r["north"])
        for r in rows
    ]
    codes = [None if r["town"] is None else CODES[r["town"]] for r in rows]
    full = table.assign(
        geometry=gpd.GeoSeries(points, crs=4490), file="r.csv", line=range(2, len(rows) + 2), town_code=codes
    )
    stations = schema.check(schema.conform(full, "stations"), "stations")
    counts = table.assign(n_piles_dc=None, n_piles_ac=None, current="dc", power_kw_max=None)
    quarantine = schema.conform(
        pd.DataFrame({"station_id": list(aside), "file": "r.csv", "problem": "x", "record": "{}"}),
        "quarantine",
    )
    findings = tuple(Finding(Severity.REPAIR, Fault("id_made"), name) for name in made)
    return Cleaned(stations, from_counts(counts), schema.empty("repairs"), quarantine, findings, len(rows))


def compare(old: Cleaned, new: Cleaned, *, drawn: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = clean.compare(old, new, HENAN, units=units() if drawn else None)
    assert list(found) == ["changes", "changes_by_unit"]
    return found["changes"], found["changes_by_unit"]


def told(changes: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Old id, new id, change and reason of every row."""
    rows = changes[["old_station_id", "station_id", "change", "reason"]].astype(object)
    return [tuple(None if pd.isna(v) else v for v in r) for r in rows.itertuples(index=False)]


def only(*rows: tuple[Row, Row]) -> pd.DataFrame:
    """Changes between two registers of the stations given."""
    return compare(cleaned(*(a for a, _ in rows)), cleaned(*(b for _, b in rows)))[0]


# ---- by hand


def test_two_years_of_a_small_register() -> None:
    """In township 0 one stays, one grows from 4 to 10 and one closes; one of 3 piles goes over to township 1,
    where one of 5 is new; one of unknown count in township 2 gets another id.
    """
    old = cleaned(
        row("A"), row("B", north=0.01), row("C", north=0.02), row("D", north=0.03, n_piles=3),
        row("E", town=2, n_piles=None, name="market"),
    )  # fmt: skip
    new = cleaned(
        row("G", town=2, n_piles=None, name="market", east=NEAR / 2), row("F", town=1, n_piles=5),
        row("D", town=1, north=0.03, n_piles=3), row("B", north=0.01, n_piles=10), row("A"),
    )  # fmt: skip
    changes, by_unit = compare(old, new)
    assert told(changes) == [
        (None, "F", "added", None),
        ("C", None, "removed", None),
        ("E", "G", "renamed", "name;operator"),
        ("D", "D", "moved", None),
        ("B", "B", "changed", None),
    ]
    grown = changes.iloc[4]
    assert grown["columns"] == "n_piles;piles"
    assert json.loads(grown["old"]) == {"n_piles": 4, "piles": "4 dc 120 kW"}
    assert json.loads(grown["new"]) == {"n_piles": 10, "piles": "10 dc 120 kW"}
    assert (grown["n_piles_old"], grown["n_piles_new"]) == (4, 10)
    renamed, moved = changes.iloc[2], changes.iloc[3]
    assert pd.isna(renamed["columns"]) and renamed["moved_m"] == pytest.approx(4.6, abs=0.1)
    assert moved["moved_m"] == pytest.approx(22_200, rel=0.01) and "geometry" in moved["columns"]
    assert (moved["unit_code_old"], moved["unit_code_new"]) == (CODES[0], CODES[1])
    table = by_unit.set_index("unit_code")
    assert list(table.index) == CODES[:3]
    stations = [f"n_stations_{k}" for k in ("old", "added", "removed", "in", "out", "net", "new")]
    piles = [f"n_piles_{k}" for k in ("old", "added", "removed", "in", "out", "net", "new")]
    assert table.loc[CODES[0], stations].to_list() == [4, 0, 1, 0, 1, -2, 2]
    assert table.loc[CODES[0], piles].to_list() == [15, 6, 4, 0, 3, -1, 14]
    assert table.loc[CODES[1], stations].to_list() == [0, 1, 0, 1, 0, 2, 2]
    assert table.loc[CODES[1], piles].to_list() == [0, 5, 0, 3, 0, 8, 8]
    assert table.loc[CODES[2], [*stations, *piles]].to_list() == [1, 0, 0, 0, 0, 0, 1] * 2
    assert table.loc[CODES[2], ["n_unknown_old", "n_unknown_new"]].to_list() == [1, 1]


def test_the_writing_of_an_id_is_no_change() -> None:
    assert only((row("Ab 1", name="x"), row("\uff41B1", name="x"))).empty


def test_a_step_within_the_site_is_no_move() -> None:
    assert only((row("A"), row("A", east=NEAR))).empty
    assert only((row("A"), row("A", east=FAR)))["change"].to_list() == ["moved"]


def test_what_is_lost_or_found_is_a_change() -> None:
    lost = only((row("A"), row("A", operator=None, power_kw=None, town=None)))
    assert lost["columns"].to_list() == ["operator;town_code;unit_code;piles;geometry"]
    assert json.loads(lost["new"][0])["geometry"] is None and pd.isna(lost["moved_m"][0])
    assert json.loads(lost["old"][0])["geometry"] == [round(LON, 7), round(LAT, 7)]


def test_power_alone_is_a_change() -> None:
    stronger = only((row("A", power_kw=60.0), row("A")))
    assert (stronger["change"][0], stronger["columns"][0]) == ("changed", "piles")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"name": "market "}, "name;operator;n_piles"),
        ({"name": "MARKET", "operator": None, "n_piles": 9}, "name"),
        ({"name": "hall"}, "operator;n_piles"),
        ({"name": None}, "operator;n_piles"),
        ({"name": "hall", "n_piles": 9}, None),
        ({"name": None, "operator": None}, None),
        ({"name": "market", "east": FAR}, None),
    ],
)
def test_a_renamed_station_agrees_in_name_or_in_operator_and_piles(other: Row, reason: str | None) -> None:
    changes = only((row("A", name="market"), row("B", **other)))
    found = (
        [("A", "B", "renamed", reason)]
        if reason
        else [(None, "B", "added", None), ("A", None, "removed", None)]
    )
    assert told(changes) == found


def test_what_is_unknown_on_both_sides_does_not_agree() -> None:
    silent = {"name": None, "operator": None, "n_piles": None}
    assert set(only((row("A", **silent), row("B", **silent)))["change"]) == {"added", "removed"}


def test_the_best_pair_comes_first_and_ids_break_ties() -> None:
    old = cleaned(row("A", name="east"), row("B", name="west", east=NEAR / 4))
    new = cleaned(row("X", name="west"), row("Y", name="east", east=NEAR / 4))
    assert [t[:2] for t in told(compare(old, new)[0])] == [("B", "X"), ("A", "Y")]
    twins = cleaned(row("B", name="x"), row("A", name="x")), cleaned(row("D", name="x"), row("C", name="x"))
    assert [t[:2] for t in told(compare(*twins)[0])] == [("A", "C"), ("B", "D")]
    # the one that is left over is not forced on a third
    assert told(compare(twins[0], cleaned(row("C", name="x")))[0]) == [
        ("B", None, "removed", None), ("A", "C", "renamed", "name;operator;n_piles"),
    ]  # fmt: skip


def test_many_at_one_coordinate_are_not_paired_and_say_so() -> None:
    old = cleaned(*(row(f"A{k}", name="x") for k in range(8)))
    new = cleaned(*(row(f"B{k}", name="x", east=NEAR / 100 * k) for k in range(8)))
    changes, _ = compare(old, new)
    assert changes["change"].value_counts().to_dict() == {"added": 8, "removed": 8}
    assert set(changes["reason"]) == {"crowded"}


def test_a_station_that_was_only_set_aside_says_so() -> None:
    changes, _ = compare(cleaned(row("A"), row("B", north=0.01)), cleaned(row("A"), aside=(" b",)))
    assert told(changes) == [("B", None, "removed", "set_aside")]


def test_an_id_made_from_a_line_says_nothing() -> None:
    rows = [row(f"line-{k}", name=f"n{k}", north=0.01 * k) for k in (2, 3, 4)]
    shifted = [{**r, "station_id": f"line-{k}"} for r, k in zip(rows, (3, 4, 5), strict=True)]
    lines = tuple(f"line-{k}" for k in range(2, 6))
    assert compare(cleaned(*rows, made=lines), cleaned(*shifted, made=lines))[0].empty
    moved = [{**r, "n_piles": 9} for r in shifted]
    changes, _ = compare(cleaned(*rows, made=lines), cleaned(*moved, made=lines))
    assert set(changes["change"]) == {"changed"} and set(changes["reason"]) == {"name;operator"}
    given_ = [{**r, "station_id": f"S{k}"} for k, r in enumerate(rows)]
    assert set(compare(cleaned(*rows, made=lines), cleaned(*given_))[0]["change"]) == {"renamed"}


def test_without_boundaries_the_stated_unit_counts() -> None:
    old = cleaned(row("A", county_code="410110"))
    new = replace(old, table=old.table.assign(town_code=pd.Series([None], dtype="str")))
    changes, by_unit = compare(old, new, drawn=False)
    assert changes["columns"].to_list() == ["town_code;unit_code"]
    assert by_unit["unit_code"].to_list() == ["410110", CODES[0]]
    assert by_unit["n_stations_net"].to_list() == [1, -1]


def test_nothing_is_changed_in_what_was_given() -> None:
    old, new = cleaned(row("B"), row("A")), cleaned(row("C", town=1))
    copies = [side.table.copy() for side in (old, new)]
    compare(old, new)
    for side, copy in zip((old, new), copies, strict=True):
        pd.testing.assert_frame_equal(side.table, copy)


# ---- what holds for any two registers

steps = st.sampled_from([0.0, NEAR / 2, NEAR, FAR])
stations = st.builds(
    row,
    st.sampled_from([*"ABCDEFabc", "line-2", "line-3"]),
    name=st.sampled_from(["x", "X", "y", None]),
    operator=st.sampled_from(["grid", "oil", None]),
    n_piles=st.sampled_from([0, 1, 4, None]),
    power_kw=st.sampled_from([60.0, None]),
    town=st.sampled_from([0, 0, 0, 1, None]),
    east=steps,
    north=steps,
)
registers = st.lists(stations, max_size=12, unique_by=lambda r: r["station_id"])
LINES = ("line-2", "line-3")


def same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b)


@QUIET
@given(registers)
def test_a_register_does_not_differ_from_itself(rows: list[Row]) -> None:
    register = cleaned(*rows, made=LINES)
    changes, by_unit = compare(register, register)
    assert changes.empty
    assert (by_unit["n_stations_net"] == 0).all() and (by_unit["n_piles_added"] == 0).all()


@QUIET
@given(registers, registers)
def test_the_other_way_round_swaps_added_and_removed(a: list[Row], b: list[Row]) -> None:
    one, other = cleaned(*a, made=LINES), cleaned(*b, made=LINES)
    there, back = compare(one, other)[0], compare(other, one)[0]
    turned = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}

    def rows(table: pd.DataFrame, old: str, new: str) -> list[tuple[Any, ...]]:
        change = table["change"] if old == "old" else table["change"].replace(turned)
        ids = ("old_station_id", "station_id") if old == "old" else ("station_id", "old_station_id")
        names = [*ids, "reason", "columns", old, new, "moved_m", f"unit_code_{old}", f"unit_code_{new}"]
        parts = table[[*names, f"n_piles_{old}", f"n_piles_{new}"]].astype(object)
        return sorted(zip(change, *(parts[c].fillna("") for c in parts), strict=True), key=repr)

    assert rows(there, "old", "new") == rows(back, "new", "old")


@QUIET
@given(registers, registers, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(a: list[Row], b: list[Row], random: Any) -> None:
    found = compare(cleaned(*a, made=LINES), cleaned(*b, made=LINES))
    random.shuffle(a)
    random.shuffle(b)
    for table, again in zip(found, compare(cleaned(*a, made=LINES), cleaned(*b, made=LINES)), strict=True):
        same(table, again)


@QUIET
@given(registers, registers)
def test_stations_and_piles_reconcile(a: list[Row], b: list[Row]) -> None:
    old, new = cleaned(*a, made=LINES), cleaned(*b, made=LINES)
    changes, table = compare(old, new)
    for what in ("stations", "piles"):
        way = {k: table[f"n_{what}_{k}"] for k in ("old", "added", "removed", "in", "out", "net", "new")}
        assert (way["old"] + way["net"] == way["new"]).all()
        assert (way["net"] == way["added"] - way["removed"] + way["in"] - way["out"]).all()
        assert way["in"].sum() == way["out"].sum()
    for side, register in (("old", old), ("new", new)):
        assert table[f"n_stations_{side}"].sum() == len(register.table)
        assert table[f"n_piles_{side}"].sum() == register.piles["n_piles"].sum()
        placed = coverage.place(register.table, units()).astype("object").value_counts()
        counted = table.dropna(subset="unit_code").set_index("unit_code")[f"n_stations_{side}"]
        assert placed[placed > 0].to_dict() == counted[counted > 0].to_dict()
    counts = changes["change"].value_counts()
    assert table["n_stations_added"].sum() == counts.get("added", 0)
    assert table["n_stations_removed"].sum() == counts.get("removed", 0)
    # what crosses a boundary is listed
    crossed = changes["unit_code_old"].fillna("") != changes["unit_code_new"].fillna("")
    both = ~changes["change"].isin(["added", "removed"])
    assert table["n_stations_in"].sum() == (crossed & both).sum()
