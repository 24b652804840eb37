"""Open Charge Map points of interest: a POI is a station; its connections are counted as piles, by quantity."""

from collections.abc import Mapping, Sequence
from typing import Any

from chargegeo.sources.exchange.tables import (
    GUN_COLUMNS,
    PILE_COLUMNS,
    Columns,
    Format,
    Note,
    Tables,
    column,
    columns,
    firsts,
    total,
)
from chargegeo.sources.jsontext import text


def tables(records: Sequence[Mapping[str, Any]]) -> Tables:
    """POIs; a row of piles for each connection.

    The format does not say which connections belong to one pile: NumberOfPoints counts piles where it is
    given, the sum of the quantities elsewhere. Guns of a pile are not known.
    """
    stations = _stations(records)
    piles: list[tuple[str | None, ...]] = []
    guns: list[tuple[str | None, ...]] = []
    for record, station, first in zip(records, stations["ID"], firsts(stations["ID"]), strict=True):
        for each in (record.get("Connections") or ()) if first else ():
            name, quantity, power = (text(each.get(key)) for key in ("ID", "Quantity", "PowerKW"))
            kind = _code("CurrentTypeID", each.get("CurrentTypeID"))
            piles.append((station, name, quantity, kind, power, None))
            guns.append(
                (
                    station,
                    name,
                    name,
                    _code("ConnectionTypeID", each.get("ConnectionTypeID")),
                    power,
                    quantity,
                )
            )
    always = ("ID", "AddressInfo.Longitude", "AddressInfo.Latitude", "n_piles")
    notes = (Note("connections_as_piles", "Connections", len(piles)),) if piles else ()
    return Tables(stations, columns(PILE_COLUMNS, piles), columns(GUN_COLUMNS, guns), always, notes)


def _stations(records: Sequence[Mapping[str, Any]]) -> Columns:
    places = [record.get("AddressInfo") or {} for record in records]
    return {
        "ID": column(records, "ID"),
        "AddressInfo.Title": column(places, "Title"),
        "OperatorInfo.Title": column((record.get("OperatorInfo") or {} for record in records), "Title"),
        "AddressInfo.AddressLine1": column(places, "AddressLine1"),
        "AddressInfo.Town": column(places, "Town"),
        "UsageTypeID": [_code("UsageTypeID", record.get("UsageTypeID")) for record in records],
        "StatusTypeID": [_code("StatusTypeID", record.get("StatusTypeID")) for record in records],
        "AddressInfo.Longitude": column(places, "Longitude"),
        "AddressInfo.Latitude": column(places, "Latitude"),
        "n_piles": [_n_piles(record) for record in records],
    }


def _n_piles(record: Mapping[str, Any]) -> str | None:
    stated = text(record.get("NumberOfPoints"))
    connections = record.get("Connections")
    if stated is not None or not connections:
        return stated
    return total([each.get("Quantity") for each in connections])


def _code(key: str, value: Any) -> str | None:
    """A code with its key: 50 means one thing here and another in T/CEC 102."""
    found = text(value)
    return None if found is None else f"{key} {found}"


def _knows(page: Any) -> bool:
    return isinstance(page, dict) and {"ID", "AddressInfo"} <= page.keys()


FORMAT = Format(
    "ocm",
    "wgs84",
    "ID",
    ("AddressInfo", "OperatorInfo"),
    ("Connections",),
    _knows,
    lambda page: [page],
    tables,
)
