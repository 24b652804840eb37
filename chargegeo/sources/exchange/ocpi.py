"""OCPI 2.2.1 locations: a Location is a station, an EVSE a pile, a connector a gun."""

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
    number,
    number_text,
)
from chargegeo.sources.jsontext import text

STATUS = (
    "AVAILABLE", "CHARGING", "RESERVED", "BLOCKED", "OUTOFORDER", "INOPERATIVE", "UNKNOWN", "PLANNED", "REMOVED",
)  # fmt: skip
"""Words of an EVSE's status, the one that says most of the whole location first."""
_NOT_THERE = {"PLANNED", "REMOVED"}
_PHASES = {"AC_3_PHASE": 3}


def tables(records: Sequence[Mapping[str, Any]]) -> Tables:
    """Locations with EVSEs and connectors counted; EVSEs that are planned or removed are no piles."""
    piles: list[tuple[str | None, ...]] = []
    guns: list[tuple[str | None, ...]] = []
    stations = _stations(records)
    absent = sum(len(record.get("evses") or ()) - len(_there(record)) for record in records)
    for record, station, first in zip(records, stations["id"], firsts(stations["id"]), strict=True):
        for evse in _there(record) if first else ():
            own = evse.get("connectors") or ()
            name = text(evse.get("uid"))
            n_guns = str(len(own)) if own else None
            piles.append((station, name, "1", _current(own), _largest([_power(gun) for gun in own]), n_guns))
            guns += [
                (station, name, text(gun.get("id")), text(gun.get("standard")), _power(gun), "1")
                for gun in own
            ]
    notes = (Note("evse_not_there", "evses.status", absent),) if absent else ()
    always = ("id", "coordinates.longitude", "coordinates.latitude", "n_piles")
    return Tables(stations, columns(PILE_COLUMNS, piles), columns(GUN_COLUMNS, guns), always, notes)


def _stations(records: Sequence[Mapping[str, Any]]) -> Columns:
    return {
        "id": column(records, "id"),
        "name": column(records, "name"),
        "operator.name": column((record.get("operator") or {} for record in records), "name"),
        "address": column(records, "address"),
        "city": column(records, "city"),
        "evses.status": [_status(record.get("evses") or ()) for record in records],
        "coordinates.longitude": column((record.get("coordinates") or {} for record in records), "longitude"),
        "coordinates.latitude": column((record.get("coordinates") or {} for record in records), "latitude"),
        "n_piles": [None if record.get("evses") is None else str(len(_there(record))) for record in records],
        "n_guns": [_n_guns(_there(record)) for record in records],
    }


def _there(record: Mapping[str, Any]) -> list[Any]:
    return [evse for evse in record.get("evses") or () if evse.get("status") not in _NOT_THERE]


def _n_guns(evses: Sequence[Mapping[str, Any]]) -> str | None:
    """Connectors of all EVSEs; null where an EVSE does not list its own."""
    guns = [evse.get("connectors") or () for evse in evses]
    return str(sum(map(len, guns))) if guns and all(guns) else None


def _status(evses: Sequence[Mapping[str, Any]]) -> str | None:
    """The status that says most of the location; a word that is not in the list stands for itself."""
    found = [text(evse.get("status")) for evse in evses]
    known = [word for word in STATUS if word in found]
    return known[0] if known else next((word for word in found if word), None)


def _current(guns: Sequence[Mapping[str, Any]]) -> str | None:
    """Kind of an EVSE by its connectors; null unless all say it."""
    kinds = {str(gun.get("power_type") or "")[:2] for gun in guns}
    if not kinds or not kinds <= {"AC", "DC"}:
        return None
    return "AC/DC" if len(kinds) > 1 else kinds.pop()


def _power(gun: Mapping[str, Any]) -> str | None:
    """Power in kW: the stated one (W), else volts times amperes, three times for three phases.

    What is no number stands as it is, for the cleaner to set aside.
    """
    stated = gun.get("max_electric_power")
    if stated is not None:
        watts = number(stated)
        return text(stated) if watts is None else number_text(watts / 1000)
    pair = [gun.get("max_voltage"), gun.get("max_amperage")]
    volts, amperes = map(number, pair)
    if volts is None or amperes is None:
        return next((text(value) for value in pair if value is not None and number(value) is None), None)
    return number_text(volts * amperes * _PHASES.get(str(gun.get("power_type")), 1) / 1000)


def _largest(powers: Sequence[str | None]) -> str | None:
    """Power of an EVSE: that of its strongest connector, since one charges at a time."""
    known = [power for power in powers if power is not None]
    odd = next((power for power in known if number(power) is None), None)
    return odd or max(known, key=lambda power: number(power) or 0, default=None)


def _knows(page: Any) -> bool:
    if isinstance(page, dict) and isinstance(page.get("data"), list):
        return any(map(_knows, page["data"][:20]))
    return isinstance(page, dict) and (
        {"id", "evses"} <= page.keys() or {"id", "coordinates", "party_id"} <= page.keys()
    )


def _records(page: Any) -> list[Any]:
    wrapped = isinstance(page, dict) and "evses" not in page and isinstance(page.get("data"), list)
    return page["data"] if wrapped else [page]


FORMAT = Format(
    "ocpi", "wgs84", "id", ("coordinates", "operator"), ("evses", "connectors"), _knows, _records, tables
)
