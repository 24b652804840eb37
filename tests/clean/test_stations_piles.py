"""From counts, powers and pile lists to the table of piles."""

import pandas as pd
import pytest

from chargegeo import errors
from chargegeo.clean import Cleaned
from chargegeo.vocab import Severity
from tests.clean.stations_help import H, W, also, changed, clean, codes, frame, raw


def rows(cleaned: Cleaned, station: str) -> list[tuple[int, str | None, float | None]]:
    """Piles of one station: number, current, power."""
    assert cleaned.piles is not None
    found = cleaned.piles[cleaned.piles["station_id"] == station]
    return [
        (int(n), None if pd.isna(current) else current, None if pd.isna(kw) else kw)
        for n, current, kw in zip(found["n_piles"], found["current"], found["power_kw"], strict=True)
    ]


def bare(n: int = 6) -> pd.DataFrame:
    """A register without counts, guns and powers."""
    return frame(n).drop(columns=[H["n_piles"], H["n_guns"], H["power_kw_max"]])


def test_the_largest_power_is_that_of_one_pile() -> None:
    cleaned = clean(changed({(0, "n_piles"): "3", (1, "n_piles"): "1"}))
    assert rows(cleaned, "S000") == [(1, None, 120.0), (2, None, None)]
    assert rows(cleaned, "S001") == [(1, None, 120.0)]


def test_a_rated_power_is_that_of_every_pile() -> None:
    table = bare().pipe(also, n_piles="4", power_kw="60", current=W["dc"])
    assert rows(clean(table), "S000") == [(4, "dc", 60.0)]


def test_fast_and_slow_piles_are_two_rows() -> None:
    table = bare().pipe(
        also, n_piles_dc=["5", "0", "2", None, "3", "0"], n_piles_ac=["5", "4", "0", "1", None, "0"]
    )
    table = table.pipe(also, power_max=["120", "7", None, None, None, None])
    cleaned = clean(table)
    assert rows(cleaned, "S000") == [(1, "dc", 120.0), (4, "dc", None), (5, "ac", None)]
    assert rows(cleaned, "S001") == [(1, "ac", 7.0), (3, "ac", None)]
    assert rows(cleaned, "S002") == [(2, "dc", None)]
    assert rows(cleaned, "S003") == [(1, "ac", None)]
    assert rows(cleaned, "S004") == [(3, "dc", None)]
    assert rows(cleaned, "S005") == []
    assert cleaned.table["n_piles"].tolist() == [10, 4, 2, 1, 3, 0]
    assert [code for code, _, _ in codes(cleaned, Severity.WARNING)] == ["power_missing", "no_piles"]


def test_parts_decide_over_the_total() -> None:
    table = bare(4).pipe(
        also,
        n_piles=["10", "10", "10", "2"],
        n_piles_dc=["5", "5", None, "3"],
        n_piles_ac=["5", "4", "4", None],
    )
    cleaned = clean(table)
    assert cleaned.table["n_piles"].tolist() == [10, 9, 10, 3]
    assert rows(cleaned, "S002") == [(4, "ac", None), (6, None, None)]
    assert codes(cleaned, Severity.WARNING) == [
        ("parts_differ", 1, "n_piles"),
        ("parts_differ", 3, "n_piles"),
    ]


def test_an_unknown_count_is_at_least_one_pile() -> None:
    cleaned = clean(bare())
    assert cleaned.table["n_piles"].isna().all()
    assert rows(cleaned, "S000") == [(1, None, None)]
    assert cleaned.piles_in == 6
    assert codes(cleaned, Severity.WARNING) == [("pile_count_unknown", None, None)]


def pile_list(**more: list[str | None]) -> pd.DataFrame:
    """Six piles: three of S000 (two alike), one each of S001, an unknown station, and S000 again."""
    table = {
        H["station_id"]: ["S000", "s000 ", "S001", "X9", "S000"],
        H["current"]: [W["dc"], W["dc"], W["ac"], W["dc"], W["ac"]],
        H["power_kw"]: ["120", "120", "7", "60", "7"],
    }
    return pd.DataFrame({**table, **more}, dtype=object)


def test_a_pile_list_decides_and_its_strangers_are_set_aside() -> None:
    cleaned = clean(frame(6), pile_list=raw(pile_list()))
    assert rows(cleaned, "S000") == [(1, "ac", 7.0), (2, "dc", 120.0)]
    assert rows(cleaned, "S001") == [(1, "ac", 7.0)]
    # S002 is not in the list: the register's own count stands
    assert rows(cleaned, "S002") == [(1, None, 120.0), (3, None, None)]
    assert cleaned.table["n_piles"].tolist() == [3, 1, 4, 5, 6, 2]
    assert [(code, row) for code, row, _ in codes(cleaned, Severity.REPAIR)] == [
        ("list_decides", 0),
        ("list_decides", 1),
    ]
    assert cleaned.quarantine["problem"].tolist() == ["pile_of_unknown"]
    assert cleaned.piles is not None and cleaned.piles_in == cleaned.piles["n_piles"].sum() + 1


def test_piles_of_a_station_set_aside_are_counted_once() -> None:
    cleaned = clean(changed({(0, "lon"): "0"}, 6), pile_list=raw(pile_list()))
    aside = cleaned.quarantine.set_index("problem")["n_piles"]
    assert aside["zero_coordinates"] == 3
    assert aside["pile_of_set_aside"].isna().all()
    assert len(aside) == 1 + 3 + 1
    assert cleaned.piles is not None and cleaned.piles_in == cleaned.piles["n_piles"].sum() + 3 + 1


def test_a_bad_pile_is_set_aside_alone() -> None:
    table = pile_list(quantity=["2", "1", "1", "1", "0"])
    table.loc[1, H["power_kw"]] = "-1"
    cleaned = clean(frame(6), pile_list=raw(table))
    assert rows(cleaned, "S000") == [(2, "dc", 120.0)]
    assert sorted(cleaned.quarantine["problem"]) == [
        "pile_count_zero",
        "pile_of_unknown",
        "power_not_positive",
    ]


def test_a_pile_list_needs_station_ids() -> None:
    with pytest.raises(errors.SchemaFault, match=f"no column '{H['station_id']}'"):
        clean(frame(6), pile_list=raw(pile_list().drop(columns=H["station_id"])))
