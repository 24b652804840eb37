"""T/CEC 102 station information: StationInfo is a station, EquipmentInfo a pile, ConnectorInfo a gun."""

from collections.abc import Mapping, Sequence
from typing import Any

from chargegeo.sources.exchange.tables import (
    GUN_COLUMNS,
    PILE_COLUMNS,
    Format,
    Tables,
    column,
    columns,
    firsts,
    number,
)
from chargegeo.sources.jsontext import text

# no telephone numbers, and no RatedPower of a station: that is the sum of its piles
STATION = (
    "StationID", "StationName", "OperatorID", "AreaCode", "AreaCodeCountryside", "Address", "StationType",
    "StationStatus", "Construction", "ParkNums", "OfficialRunTime", "StationLng", "StationLat",
)  # fmt: skip


def tables(records: Sequence[Mapping[str, Any]]) -> Tables:
    """Stations under their own keys, with piles and guns counted; a row a pile, a row a gun.

    A list that is absent, and an empty one of guns, says nothing of their number.
    """
    stations = {key: column(records, key) for key in STATION}
    stations["n_piles"] = [_n_piles(record) for record in records]
    stations["n_guns"] = [_n_guns(record) for record in records]
    piles: list[tuple[str | None, ...]] = []
    guns: list[tuple[str | None, ...]] = []
    ids = stations["StationID"]
    for record, station, first in zip(records, ids, firsts(ids), strict=True):
        for pile in (record.get("EquipmentInfos") or ()) if first else ():
            own = pile.get("ConnectorInfos") or ()
            name = text(pile.get("EquipmentID"))
            n_guns = str(len(own)) if own else None
            piles.append((station, name, "1", text(pile.get("EquipmentType")), _power(pile, own), n_guns))
            guns += [
                (
                    station,
                    name,
                    text(gun.get("ConnectorID")),
                    text(gun.get("ConnectorType")),
                    text(gun.get("Power")),
                    "1",
                )
                for gun in own
            ]
    always = ("StationID", "StationLng", "StationLat", "n_piles")
    return Tables(stations, columns(PILE_COLUMNS, piles), columns(GUN_COLUMNS, guns), always)


def _n_piles(record: Mapping[str, Any]) -> str | None:
    piles = record.get("EquipmentInfos")
    return None if piles is None else str(len(piles))


def _n_guns(record: Mapping[str, Any]) -> str | None:
    """Guns of all piles; null where a pile does not list its own."""
    guns = [pile.get("ConnectorInfos") or () for pile in record.get("EquipmentInfos") or ()]
    return str(sum(map(len, guns))) if guns and all(guns) else None


def _power(pile: Mapping[str, Any], guns: Sequence[Mapping[str, Any]]) -> str | None:
    """Power of a pile: its own, else that of its only gun."""
    for value in (pile.get("Power"), pile.get("RatedPower")):
        if value is not None and value != "":
            return text(value)
    return text(guns[0].get("Power")) if len(guns) == 1 else None


def _inner(page: Any) -> Any:
    """The page in the envelope of an answer (Ret, Msg, Data), if it is in one."""
    return page["Data"] if isinstance(page, dict) and isinstance(page.get("Data"), dict) else page


def encrypted(page: Any) -> bool:
    """Whether the data of an answer is one encrypted text."""
    return (
        isinstance(page, dict) and "Ret" in page and bool(page.get("Data")) and isinstance(page["Data"], str)
    )


def _knows(page: Any) -> bool:
    inner = _inner(page)
    return isinstance(inner, dict) and (
        "StationInfos" in inner
        or ("StationID" in inner and bool(inner.keys() & {"EquipmentInfos", "StationLng"}))
    )


def _records(page: Any) -> list[Any]:
    inner = _inner(page)
    if not (isinstance(inner, dict) and "StationInfos" in inner):
        return [inner]
    found = inner["StationInfos"]
    return found if isinstance(found, list) else [found]


def _declared(pages: list[Any], n_records: int) -> list[tuple[int, int]]:
    """Pages, then stations: the largest number declared, and how many there are."""
    inner = [page for page in map(_inner, pages) if isinstance(page, dict) and "StationInfos" in page]
    if not inner:
        return []
    numbers = len({text(page.get("PageNo")) for page in inner})
    return [(_most(inner, "PageCount"), numbers), (_most(inner, "ItemSize"), n_records)]


def _most(pages: list[Any], key: str) -> int:
    values = [number(page.get(key)) or 0.0 for page in pages]
    return int(max((value for value in values if abs(value) < float("inf")), default=0))


FORMAT = Format(
    "tcec",
    "gcj02",
    "StationID",
    (),
    ("EquipmentInfos", "ConnectorInfos"),
    _knows,
    _records,
    tables,
    _declared,
)
