"""Small made-up worlds: plain dictionaries, and the contract tables that say the same."""

import geopandas as gpd
import pandas as pd
from hypothesis import strategies as st
from shapely import Point, box

from chargegeo import region, schema
from tests.oracles import possible_worlds

HENAN = region.load("henan")
LADDER = HENAN.rules["township_ladder"]
COUNTY_RULE = HENAN.rules["county_station"]
CODES = [f"41010100{i}" for i in range(1, 10)]


def unit(code=CODES[0], *, seat=(113.05, 34.05), missing=False, set_aside=0, shape=None, **more):
    return {
        "code": code, "seat": seat, "missing": missing, "set_aside": set_aside, "shape": shape, "more": more,
    }  # fmt: skip


def row(current="dc", power_kw=120.0, n_piles=1):
    return {"current": current, "power_kw": power_kw, "n_piles": n_piles}


def station(
    *rows, at=CODES[0], access="public", status="in_service", availability=None, point=(113.05, 34.06),
    count_known=True, n_guns=None, town_code=None,
):  # fmt: skip
    rows = list(rows) or [row()]
    n_piles = sum(item["n_piles"] for item in rows) if count_known else None
    return {
        "at": at, "access": access, "status": status, "availability": availability, "point": point,
        "n_piles": n_piles, "rows": rows, "n_guns": n_guns, "town_code": town_code,
    }  # fmt: skip


def units_table(units) -> gpd.GeoDataFrame:
    rows = [
        {
            "unit_code": u["code"], "name": f"unit {u['code']}", "kind": "township", "town_kind": "town",
            "boundary": "missing" if u["missing"] else "given", "synthetic": False,
            "seat_lon": u["seat"] and u["seat"][0], "seat_lat": u["seat"] and u["seat"][1],
            "geometry": None if u["missing"] else u["shape"] or box(113 + i / 10, 34, 113.1 + i / 10, 34.1),
            **u["more"],
        }
        for i, u in enumerate(units)
    ]  # fmt: skip
    return schema.conform(pd.DataFrame(rows), "units") if rows else schema.empty("units")


def stations_tables(stations):
    """Stations, piles and where each station is placed."""
    columns = ("access", "status", "availability", "n_piles", "n_guns", "town_code")
    rows = [
        {
            **{name: s[name] for name in columns}, "station_id": f"S{i:02d}", "file": "register.xlsx",
            "geometry": s["point"] and Point(s["point"]),
        }
        for i, s in enumerate(stations)
    ]  # fmt: skip
    piles = [{**r, "station_id": f"S{i:02d}"} for i, s in enumerate(stations) for r in s["rows"]]
    table = schema.conform(pd.DataFrame(rows), "stations") if rows else schema.empty("stations")
    pile_table = schema.conform(pd.DataFrame(piles), "piles") if piles else schema.empty("piles")
    placed = pd.Series([s["at"] for s in stations], index=table.index, dtype="str")
    return table, pile_table, placed


def set_aside(units) -> pd.Series:
    return pd.Series([u["code"] for u in units for _ in range(u["set_aside"])], dtype="str")


MAX_WORLDS = 150


def _maybe(values):
    return st.sampled_from([*values, None])


_rows = st.builds(
    row,
    current=_maybe(["dc", "ac", "acdc"]),
    power_kw=_maybe([7.0, 60.0, 119.9, 120.0, 480.0]),
    n_piles=st.integers(1, 3),
)
# degrees of latitude: 0.01 is 1.1 km, so that no station lies within metres of the 5 km
_positions = st.tuples(
    st.sampled_from([113.05, 113.07, 113.12, 113.2]), st.sampled_from([34.01, 34.06, 34.09])
)


@st.composite
def _stations(draw, codes):
    rows = draw(st.lists(_rows, min_size=1, max_size=3))
    count_known = len(rows) > 1 or draw(st.booleans())
    if not count_known:
        rows = [{**rows[0], "n_piles": 1}]
    return station(
        *rows,
        at=draw(_maybe(codes)),
        access=draw(_maybe(["public", "public", "dedicated"])),
        status=draw(_maybe(["in_service", "in_service", "closed"])),
        availability=draw(_maybe([0.98, 0.99, 1.0])),
        point=draw(st.one_of(_positions, _positions, st.none())),
        count_known=count_known,
        n_guns=draw(_maybe([0, 2, 5])),
    )


@st.composite
def worlds(draw):
    """1 to 4 units, 0 to 6 stations of 1 to 3 rows; stations that make too many worlds are left out."""
    units = [
        unit(
            code,
            seat=draw(st.one_of(_positions, _positions, st.none())),
            missing=draw(st.sampled_from([False, False, False, True])),
            set_aside=draw(st.sampled_from([0, 0, 0, 1, 2])),
        )
        for code in draw(st.permutations(CODES[:4]))[: draw(st.integers(1, 4))]
    ]
    kept = []
    for candidate in draw(st.lists(_stations([u["code"] for u in units]), max_size=6)):
        beside = [s for s in kept if s["at"] == candidate["at"]]
        home = next((u for u in units if u["code"] == candidate["at"]), None)
        if home is None or possible_worlds.n_worlds(home, [*beside, candidate]) <= MAX_WORLDS:
            kept.append(candidate)
    return units, kept
