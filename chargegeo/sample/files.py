"""The sample's files: the raw ones as an office would hand them over, the study file, and the truth."""

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.region.model import Region
from chargegeo.sample import designs, office, service
from chargegeo.sample.world import World
from chargegeo.store import atomic

if TYPE_CHECKING:
    import pandas

# the files say the same whenever they are written
DATE = datetime.datetime(2026, 6, 30)
# columns of the truth of service areas
SIDES = (
    "side_id", "pair_id", "name", "ref", "direction", "toward", "chainage_km", "lon", "lat", "unit_code", "station_id",
    "car_bays", "n_bays", "n_piles", "n_guns", "n_ultra", "max_power_kw", "swap", "linked", "coverage", "fault",
    "area_way", "charger_node",
)  # fmt: skip
EXPECTED = {
    **dict.fromkeys(designs.SET_ASIDE, "quarantine"), **dict.fromkeys(designs.MENDED, "repair"),
    "duplicate_id": "quarantine", "twin": "warning",
}  # fmt: skip


def townships(path: Path, world: World, said: Mapping[str, Any]) -> None:
    """Polygons with codes written long, names marked synthetic, seats and population (GeoPackage)."""
    import pyogrio

    units, head = world.units, said["units"]
    table = units[["geometry"]].assign(**{
        head["code"]: units["code"] + "000", head["name"]: units["name"] + said["mark"],
        head["lon"]: units["seat_lon"], head["lat"]: units["seat_lat"],
        head["population"]: units["population"],
    })  # fmt: skip
    # GDAL writes the time of day into the file unless told otherwise
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{DATE:%Y-%m-%dT%H:%M:%S.000Z}"})
    try:
        with atomic(path) as part:
            # version 1.2 opens without a warning in older QGIS
            pyogrio.write_dataframe(
                table, part, layer="townships", driver="GPKG", dataset_options={"VERSION": "1.2"}
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def stations(path: Path, world: World, said: Mapping[str, Any]) -> None:
    """The register: one sheet, text as text, numbers as numbers, dates as dates."""
    head = [said["stations"][name] for name in office.COLUMNS]
    _sheet(path, said["layers"]["sheet"], head, world.cells[list(office.COLUMNS)])


def _sheet(path: Path, name: str, head: list[str], table: "pandas.DataFrame") -> None:
    """A workbook of one sheet; null stays empty and the column ``opened`` shows days."""
    import xlsxwriter

    cells = table.astype(object).where(table.notna(), None)
    with (
        atomic(path) as part,
        xlsxwriter.Workbook(part, {"strings_to_formulas": False, "strings_to_urls": False}) as book,
    ):
        book.set_properties({"created": DATE})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, head)
        for index, column in enumerate(cells.columns):
            sheet.write_column(1, index, cells[column].tolist(), day if column == "opened" else None)


def piles(path: Path, world: World, said: Mapping[str, Any]) -> None:
    """The pile list, a row a group of equal piles, in GBK; a station with a negative count is not in it."""
    sent = world.stations["dirt"] != "negative_count"
    groups = world.groups[sent.to_numpy()[world.groups["station"]]]
    table = groups.assign(
        station_id=world.stations["station_id"].to_numpy()[groups["station"]],
        current=groups["current"].map({"": said["current"]["unknown"], **said["current"]}),
    )[list(said["piles"])].rename(columns=said["piles"])
    with atomic(path) as part:
        table.to_csv(part, index=False, encoding="gbk", lineterminator="\r\n")


def service_areas(path: Path, world: World, said: Mapping[str, Any]) -> None:
    """The planner's table of service areas: one sheet, a row a side."""
    table = service.planners(world.sides, said)
    words = said["service_areas"]
    _sheet(path, words["sheet"], [words["columns"][name] for name in table.columns], table)


def sides(path: Path, world: World) -> None:
    """What is true of each side of each service area, the faults included."""
    units = world.units["code"].to_numpy()
    table = world.sides.assign(
        unit_code=units[world.sides["unit"]], chainage_km=world.sides["at"].round() / 1000
    )[list(SIDES)]
    with atomic(path) as part:
        table.to_csv(part, index=False, lineterminator="\n")


def study(path: Path, region: Region, *, names: Mapping[str, str]) -> None:
    """The study file that runs the sample."""
    say = {
        key: json.dumps(labels.text(f"sample.{key}"), ensure_ascii=False)
        for key in ("title", "author", "source")
    }
    text = f"""\
[study]
title = {say["title"]}
author = {say["author"]}
date = "{DATE:%Y-%m-%d}"
region = "{region.id}"
synthetic = true

[units]
file = "{names["townships"]}"
mode = "polygons"

[stations]
file = "{names["stations"]}"
datum = "gcj02"
source = {say["source"]}

[piles]
file = "{names["piles"]}"

[roads]
file = "{names["roads"]}"

[service_areas]
file = "{names["service_areas"]}"
datum = "gcj02"

[targets]
file = "{names["target"]}"
"""
    _write(path, text)


def scenario(path: Path, *, names: Mapping[str, str]) -> None:
    """A question for 20,000 piles more: townships first, quotas by people and gaps, pools along the expressways."""
    name = json.dumps(labels.text("sample.scenario"), ensure_ascii=False)
    text = f"""\
name = {name}
study = "{names["study"]}"
year = {DATE.year + 1}
target_piles = 20000
rung = "A3"
budget = 2.5e9
max_piles_per_site = 12
corridors = ["afir_core_2025", "henan_2022"]

[candidates]
bays = 24

[products.ac_7]
most = 8000

[products.dc_120]
least = 6000

[products.ultra_480]
least = 300

[quotas]
shares = {{ population = 0.5, n_uncovered = 0.5 }}
exact = false
"""
    _write(path, text)


def truth(path: Path, totals_path: Path, world: World, told: Mapping[str, Any], *, seed: int) -> None:
    """What a correct reading of the files must find: a row a township, and the totals."""
    table = township_truth(world)
    with atomic(path) as part:
        table.to_csv(part, index=False, lineterminator="\n")
    every = {
        **totals(world, table, seed), "roads": roads(world, told["roads"]), "service_areas": areas(world.sides),
        "target": told["target"],
    }  # fmt: skip
    _write(totals_path, json.dumps(every, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def township_truth(world: World) -> "pandas.DataFrame":
    """Truth by design: the answer of the ladder, stations and piles accepted, rows set aside."""
    import pandas as pd

    found, n = world.stations, len(world.units)
    out = found["dirt"].isin(list(designs.SET_ASIDE))
    answers = pd.DataFrame([designs.ANSWERS[name] for name in world.units["design"]])
    held = found[~out].groupby("unit")
    listed = pd.DataFrame(world.units[["code", "name", "kind"]]).rename(columns={"code": "unit_code"})
    return listed.join(answers).assign(
        n_stations=held.size().reindex(range(n), fill_value=0),
        n_piles=held["n_piles"].sum().reindex(range(n), fill_value=0),
        n_set_aside=found[out].groupby("unit").size().reindex(range(n), fill_value=0),
    )


def totals(world: World, table: "pandas.DataFrame", seed: int) -> dict[str, Any]:
    """Sum up: rows, piles, the dirt of each kind with its stations, the published figures that are met."""
    found = world.stations
    out = found["dirt"].isin(list(designs.SET_ASIDE))
    dirt = {
        kind: found.loc[found["dirt"] == kind, "station_id"].tolist()
        for kind in (*designs.SET_ASIDE, *designs.MENDED)
    }
    dirt["duplicate_id"] = list(world.duplicates)
    dirt["twin"] = found.loc[found["twin"], "station_id"].tolist()
    headline = table[table["kind"].isin(["town", "township"])]
    return {
        "seed": seed,
        "synthetic": True,
        "units": len(table),
        "states": _tally(table["state"]),
        "headline_units": len(headline),
        "headline_states": _tally(headline["state"]),
        "rungs": _tally(table["rung"]),
        "rows": len(world.cells),
        "stations_accepted": int((~out).sum()),
        "rows_set_aside": int(out.sum()) + len(world.duplicates),
        "piles_accepted": int(found.loc[~out, "n_piles"].sum()),
        "piles_set_aside": int(found.loc[out & (found["dirt"] != "negative_count"), "n_piles"].sum()),
        "pile_list_rows": int((found["dirt"] != "negative_count").to_numpy()[world.groups["station"]].sum()),
        "published": world.figures,
        "not_in_register": ["expressway_swap_stations"],
        "dirt": {
            kind: {"outcome": EXPECTED[kind], "n": len(ids), "station_ids": ids} for kind, ids in dirt.items()
        },
    }


def roads(world: World, drawn: Mapping[str, int]) -> dict[str, Any]:
    """What is in the road file, how long each expressway is, and the faults planted there."""
    km = {"expressway_km": world.km, "expressway_km_all": round(sum(world.km.values()), 3)}
    return {**drawn, **km, "faults": world.network.told}


def areas(table: "pandas.DataFrame") -> dict[str, Any]:
    """Sum up the service areas, and name the pairs with each fault."""
    counts = ["car_bays", "n_bays", "n_piles", "n_guns", "n_ultra", "swap"]
    faults = table[table["fault"] != ""].groupby("fault")["pair_id"].unique()
    return {
        "pairs": int(table["pair"].nunique()),
        "sides": len(table),
        "ultra_pairs": int(table.loc[table["n_ultra"] > 0, "pair"].nunique()),
        **{name: int(table[name].sum()) for name in counts},
        "coverage": _tally(table["coverage"]),
        "faults": {str(kind): sorted(pairs) for kind, pairs in faults.items()},
    }


def _tally(words: "pandas.Series[str]") -> dict[str, int]:
    return {str(word): int(n) for word, n in words.value_counts().sort_index().items()}
