"""The lexicon and the labels of the station cleaner hold together."""

import re
from pathlib import Path

import pytest

import chargegeo.clean
from chargegeo import labels
from chargegeo.clean import lexicon
from chargegeo.vocab import Access, Current, Datum, Scene, Status, TownKind
from tests.clean.stations_help import H

ROOM = Path(chargegeo.clean.__file__).parent
MODULES = ("assemble", "cells", "codes", "ids", "lexicon", "piles", "places", "positions", "register", "text")
CALLS = (
    r"fault\(\s*raw,",
    r"fault\(pile_list,",
    r"Fault\(",
    r"bad\(",
    r"_points\(raw,",
    r"at\(\s*raw,\s*columns,",
)
CODE = re.compile(rf'(?:{"|".join(CALLS)})\s*"(\w+)"')
WORDS = {
    "access": Access, "status": Status, "current": Current, "scene": Scene,
    "datum": Datum, "town_kind": TownKind,
}  # fmt: skip


def test_every_fault_has_a_text_in_both_languages() -> None:
    codes = {code for name in MODULES for code in CODE.findall((ROOM / f"{name}.py").read_text("utf-8"))}
    assert len(codes) > 40
    for lang in ("zh", "en"):
        assert {f"fault.{code}" for code in codes} <= labels.keys(lang)


@pytest.mark.parametrize("table", ["stations", "piles", "units", "seats"])
def test_no_header_word_means_two_columns(table: str) -> None:
    columns: dict[str, str] = {}
    for column, words in lexicon._lexicon()["headers"][table].items():
        for word in words:
            assert columns.setdefault(lexicon.normal(word), column) == column, word


@pytest.mark.parametrize("group", sorted(WORDS))
def test_words_lead_to_the_closed_list_and_every_word_of_it_is_known(group: str) -> None:
    values = lexicon.values(group)
    assert {value for value in values.values() if value is not None} == {str(word) for word in WORDS[group]}
    assert all(values[lexicon.normal(word)] == word for word in WORDS[group])


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("StationLng", "lon"), ("STATION_LAT", "lat"), ("Longitude (deg)", "lon"), ("max kW", "power_kw_max"),
        ("StationID", "station_id"), ("ParkNums", "n_bays"), ("AreaCodeCountryside", "town_code"),
        ("Power (W)", "power_kw"), ("charge_count", "n_piles"), ("fast", "n_piles_dc"),
        ("slow", "n_piles_ac"),
        (H["station_id"] + " ", "station_id"),
        (H["n_piles"] + "\uff08\u53f0\uff09", "n_piles"), ("X" + H["lon"], "lon"),
        ("type", None), ("address", None), ("distanceMeters", None), ("comment", None),
    ],
)  # fmt: skip
def test_headers_are_found(header: str, column: str | None) -> None:
    found = lexicon.columns([header], "stations")
    assert found == ({column: header} if column else {})


def test_the_exact_header_goes_before_the_longer_one() -> None:
    headers = [H["n_piles"], "A" + H["pile_quantity"]]
    assert lexicon.columns(headers, "stations")["n_piles"] == H["n_piles"]
