"""How an office writes the stations down: words, GCJ-02 coordinates, dates, and the usual dirt."""

import datetime
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chargegeo.sample import designs, service

if TYPE_CHECKING:
    import pandas

COLUMNS = (
    "station_id", "name", "operator", "access", "status", "scene", "lon", "lat", "county_code", "town_code",
    "n_piles", "n_guns", "n_bays", "availability", "opened",
)  # fmt: skip
OPENED = (datetime.date(2018, 1, 1), datetime.date(2026, 5, 31))
NO_DATE_YET = 0.3
# digits and full stop to their full-width forms
WIDE_FORMS = {**{48 + digit: 0xFF10 + digit for digit in range(10)}, 46: 0xFF0E}
WIDE_BLANK = chr(0x3000)


def words() -> dict[str, Any]:
    """The words of the raw files (``words.toml``)."""
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))


def station_ids(county_code: "pandas.Series[str]") -> "pandas.Series[str]":
    """Running number in each county behind the county's code."""
    serial = county_code.groupby(county_code).cumcount() + 1
    return "SY" + county_code + serial.astype(str).str.zfill(4)


def cells(
    stations: "pandas.DataFrame",
    units: "pandas.DataFrame",
    crs: str,
    said: Mapping[str, Any],
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Type the register: the columns of :data:`COLUMNS`, each cell as an office would, without dirt.

    Parameters
    ----------
    stations
        ``unit``, ``make``, ``design``, ``side``, ``site``, ``slipped``, ``x``, ``y`` (metres),
        ``station_id`` and the counts.
    said
        Of :func:`words`.
    """
    import pandas as pd

    make, design = stations["make"].to_numpy(), stations["design"].to_numpy()
    where = units.iloc[stations["unit"]].reset_index(drop=True)
    access, kind = _access(make, said, rng)
    brand = rng.choice(said["names"]["brands"], size=len(stations))
    scene = _scene(make, kind, said, rng)
    status = _status(make, design, said, rng)
    lon, lat = _shifted(stations, crs)
    operator = [said["names"]["operator"].format(brand=word) for word in brand]
    table = pd.DataFrame({
        "station_id": stations["station_id"].to_numpy(),
        "name": _names(stations, where["name"], brand, scene, said),
        "operator": operator, "access": access, "status": status, "scene": scene, "lon": lon, "lat": lat,
        "county_code": where["county_code"].to_numpy(), "town_code": where["code"].to_numpy() + "000",
        "n_piles": stations["n_piles"].to_numpy(), "n_guns": stations["n_guns"].to_numpy(),
        "n_bays": stations["n_bays"].to_numpy(),
    }, dtype=object)  # fmt: skip
    idle = make == "not_in_service"
    table["availability"] = _availability(make, idle, rng)
    table["opened"] = _opened(idle, rng)
    return table.astype(object).where(table.notna(), None)


def _pick(table: NDArray[Any], rows: NDArray[np.bool_], choices: list[str], rng: np.random.Generator) -> None:
    """Fill rows of an array by chance."""
    table[rows] = rng.choice(choices, size=int(rows.sum()))


def _access(
    make: NDArray[Any],
    said: Mapping[str, Any],
    rng: np.random.Generator,
) -> tuple[NDArray[Any], NDArray[np.str_]]:
    """Word for who may charge, and which of the groups of words it is of."""
    kind = np.where(make == "closed_to_public", "dedicated", "public").astype("U9")
    kind[(make == "closed_to_public") & (rng.random(len(make)) < 0.2)] = "private"
    kind[make == "access_unknown"] = "unknown"
    word = np.empty(len(make), dtype=object)
    for name, choices in said["access"].items():
        _pick(word, kind == name, choices, rng)
    return word, kind


def _status(
    make: NDArray[Any],
    design: NDArray[Any],
    said: Mapping[str, Any],
    rng: np.random.Generator,
) -> NDArray[Any]:
    word = np.full(len(make), said["status"]["in_service"][0], dtype=object)
    _pick(word, make == "not_in_service", said["status"]["not_in_service"], rng)
    # shut down for good only where it is of no account: whether it still covers is open to dispute
    shut = (make == "not_in_service") & (design == "full") & (rng.random(len(make)) < 0.3)
    _pick(word, shut, said["status"]["closed"], rng)
    _pick(word, make == "status_unknown", said["status"]["unknown"], rng)
    return word


def _scene(
    make: NDArray[Any],
    kind: NDArray[Any],
    said: Mapping[str, Any],
    rng: np.random.Generator,
) -> NDArray[Any]:
    word = np.empty(len(make), dtype=object)
    _pick(word, np.ones(len(make), dtype=bool), said["scene"]["open"], rng)
    _pick(word, kind == "dedicated", said["scene"]["dedicated"], rng)
    for name in ("expressway", "ordinary_road"):
        word[make == name] = said["scene"][name]
    return word


def _names(
    stations: "pandas.DataFrame",
    unit: "pandas.Series[str]",
    brand: NDArray[Any],
    scene: NDArray[Any],
    said: Mapping[str, Any],
) -> list[str]:
    names, sides = said["names"], [said["directions"][word] for word in service.DIRECTIONS]
    return [
        names.get(make, names["station"]).format(
            unit=town, area=area, brand=who, place=place, side=sides[int(side)]
        )
        + said["mark"]
        for make, town, area, who, place, side in zip(
            stations["make"], unit, stations["site"], brand, scene, stations["side"], strict=True
        )
    ]


def _shifted(stations: "pandas.DataFrame", crs: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """GCJ-02 longitude and latitude with six decimals; WGS-84 where a row has slipped."""
    from pyproj import Transformer

    from chargegeo import datum
    from chargegeo.vocab import Datum

    to_degrees = Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    lon, lat = to_degrees.transform(stations["x"].to_numpy(), stations["y"].to_numpy())
    slipped = stations["slipped"].to_numpy(dtype=bool)
    lon, lat = np.where(slipped, (lon, lat), datum.from_wgs84(lon, lat, Datum.GCJ02))
    return np.round(lon, 6), np.round(lat, 6)


def _availability(make: NDArray[Any], idle: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[Any]:
    """Share with three decimals; null for idle stations and for three of ten others that reach 99 %."""
    high = rng.integers(991, 1001, size=len(make)) / 1000
    low = rng.integers(800, 986, size=len(make)) / 1000
    share = np.where(make == "unreliable", low, high)
    silent = idle | ((make != "unreliable") & (rng.random(len(make)) < 0.3))
    return np.where(silent, np.nan, share)


def _opened(idle: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[Any]:
    days = rng.integers(0, (OPENED[1] - OPENED[0]).days + 1, size=len(idle))
    dates = (np.datetime64(OPENED[0], "D") + days).astype(object)
    dates[idle] = None
    return np.asarray(dates)


def soil(
    cells: "pandas.DataFrame",
    dirt: NDArray[np.str_],
    said: Mapping[str, Any],
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Put in the dirt of each row (a kind, or "")."""
    table = cells.copy()
    for kind in (*designs.SET_ASIDE, *designs.MENDED):
        rows = table.index[dirt == kind]
        table.loc[rows] = _SOIL[kind](table.loc[rows], said, rng)
    return table


def _assign(table: "pandas.DataFrame", **values: Any) -> "pandas.DataFrame":
    """Set columns that stay columns of objects: a number must not turn text beside it."""
    import pandas as pd

    filled = {
        name: pd.Series(
            value if isinstance(value, list) else [value] * len(table), index=table.index, dtype=object
        )
        for name, value in values.items()
    }
    return table.assign(**filled)


def _swapped(
    table: "pandas.DataFrame", _said: Mapping[str, Any], _rng: np.random.Generator
) -> "pandas.DataFrame":
    return _assign(table, lon=list(table["lat"]), lat=list(table["lon"]))


def _negative(
    table: "pandas.DataFrame", _said: Mapping[str, Any], _rng: np.random.Generator
) -> "pandas.DataFrame":
    return _assign(table, n_piles=[-n for n in table["n_piles"]])


def _wide(
    table: "pandas.DataFrame", _said: Mapping[str, Any], _rng: np.random.Generator
) -> "pandas.DataFrame":
    columns = ("n_piles", "n_guns", "lon")
    return _assign(
        table, **{name: [str(value).translate(WIDE_FORMS) for value in table[name]] for name in columns}
    )


def _blanks(
    table: "pandas.DataFrame", _said: Mapping[str, Any], _rng: np.random.Generator
) -> "pandas.DataFrame":
    columns = ("station_id", "name", "operator")
    return _assign(table, **{name: [f" {value} {WIDE_BLANK}" for value in table[name]] for name in columns})


def _month(
    table: "pandas.DataFrame", said: Mapping[str, Any], _rng: np.random.Generator
) -> "pandas.DataFrame":
    pattern = said["dates"]["month"]
    dates = [day or OPENED[0] for day in table["opened"]]
    return _assign(table, opened=[pattern.format(year=day.year, month=day.month) for day in dates])


def _numbers(
    table: "pandas.DataFrame", _said: Mapping[str, Any], _rng: np.random.Generator
) -> "pandas.DataFrame":
    return _assign(
        table, **{name: [int(value) for value in table[name]] for name in ("county_code", "town_code")}
    )


def _missing(
    table: "pandas.DataFrame", said: Mapping[str, Any], rng: np.random.Generator
) -> "pandas.DataFrame":
    """Write a word for "not given" in columns on which no rung of the ladder hangs."""
    drawn = {name: [str(word) for word in rng.choice(said["missing"]["words"], size=len(table))]
             for name in ("operator", "n_bays", "opened")}  # fmt: skip
    return _assign(table, **drawn)


_SOIL = {
    "zero_coordinates": lambda table, _said, _rng: _assign(table, lon=0, lat=0),
    "blank_coordinates": lambda table, _said, _rng: _assign(table, lon=None, lat=None),
    "swapped_coordinates": _swapped,
    "negative_count": _negative,
    "fullwidth_digits": _wide,
    "blanks_around": _blanks,
    "text_date": _month,
    "number_code": _numbers,
    "missing_word": _missing,
}
