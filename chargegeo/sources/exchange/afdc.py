"""Downloads of the US Alternative Fuels Data Center: a row a station, piles counted by kind."""

import re
from collections.abc import Iterable, Mapping, Sequence

from chargegeo.sources.exchange.tables import GUN_COLUMNS, PILE_COLUMNS, Columns, Tables, columns, firsts

FUEL = "Fuel Type Code"
DC, LEVEL_2, LEVEL_1 = "EV DC Fast Count", "EV Level2 EVSE Num", "EV Level1 EVSE Num"
ACCESS = ("Groups With Access Code", "Access Code")
STATUS = "Status Code"
# no telephone numbers
STATION = (
    "ID", "Station Name", "EV Network", "Street Address", "City", STATUS, "Open Date", "Longitude", "Latitude", DC,
)  # fmt: skip
AC = f"{LEVEL_1} + {LEVEL_2}"


def knows(headers: Iterable[object]) -> bool:
    """Whether the headers of a table are those of the download."""
    return {FUEL, "Station Name", "Latitude", "Longitude", "ID", LEVEL_2, DC} <= set(headers)


def electric(cells: Mapping[str, Sequence[str | None]]) -> list[bool]:
    """Which rows are of electric stations: the download has all fuels unless one was chosen."""
    return [(fuel or "ELEC").strip() == "ELEC" for fuel in cells[FUEL]]


def tables(cells: Mapping[str, Sequence[str | None]]) -> Tables:
    """Stations with piles of direct and alternating current; a row of piles for each kind that is there.

    A station without an id has none there: what its row says is counted.
    """
    none: list[str | None] = [None] * len(cells[FUEL])
    stations: Columns = {key: list(cells.get(key, none)) for key in STATION}
    stations[STATUS] = [code and f"{STATUS} {code.strip()}" for code in stations[STATUS]]
    access = next((key for key in ACCESS if key in cells), None)
    if access is not None:
        stations[access] = [_access(words) for words in cells[access]]
    levels = zip(cells.get(LEVEL_1, none), cells[LEVEL_2], strict=True)
    stations[AC] = [_sum(first, second) for first, second in levels]
    piles = [
        (station, None, n_piles, kind, None, None)
        for station, first, *both in zip(
            stations["ID"], firsts(stations["ID"]), stations[DC], stations[AC], strict=True
        )
        for n_piles, kind in zip(both, ("DC", "AC"), strict=True)
        if station and first and n_piles and n_piles.strip() != "0"
    ]
    always = ("ID", "Longitude", "Latitude", DC, AC)
    return Tables(stations, columns(PILE_COLUMNS, piles), columns(GUN_COLUMNS, []), always)


def _access(words: str | None) -> str | None:
    """Public or private, whichever is said first; what says neither stands as it is."""
    found = re.search(r"\b(public|private)\b", words or "", re.IGNORECASE)
    return found[1] if found else words


def _sum(first: str | None, second: str | None) -> str | None:
    """Sum of two counts; what is no count stands as it is, for the cleaner to set aside."""
    known = [each.strip() for each in (first, second) if each is not None]
    if len(known) < 2:
        return known[0] if known else None
    odd = [each for each in known if not (each.isascii() and each.isdigit())]
    return odd[0] if odd else str(sum(map(int, known)))
