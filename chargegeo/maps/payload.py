"""The data of a map as plain JSON values: columns, not rows; geometry as whole numbers, not as text.

Every text goes out exactly as it stands in its table. Numbers that are not finite become null, closed words
become their labels, and nothing here is ever read as markup or as a template: the scripts in ``page/`` set it
as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from chargegeo import labels, schema
from chargegeo.maps import packing
from chargegeo.vocab import Access, Boundary, State, Status, UnitKind

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from chargegeo.maps.content import Layers

# of numbers: more than any page shows
DECIMALS = 3
_UNIT_COLUMNS = (
    "unit_code",
    "name",
    "county_code",
    "county_name",
    "city_name",
    "town_kind",
    "n_villages",
    "population",
    "boundary",
)
_STATION_COLUMNS = (
    "station_id",
    "name",
    "operator",
    "access",
    "status",
    "scene",
    "n_piles",
    "n_guns",
    "n_bays",
)
_PLACES = {
    name: f"{{{name}}}"
    for name in ("n", "of", "km", "road", "start", "end", "have", "need", "text", "share", "state")
}
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: object) -> str:
    """JSON that may stand inside a script block: no character of it can end the block or begin markup."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return _SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", text.translate(_ESCAPES))


def build(
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    gaps: pd.DataFrame,
    *,
    caption: schema.Caption,
    layers: Layers,
) -> dict[str, Any]:
    """What every page shows, as JSON values (see :func:`chargegeo.maps.interactive`)."""
    lang, counties = caption.lang, layers.counties
    units = ordered(units)
    answers = coverage.set_index("unit_code").reindex(units["unit_code"]).reset_index()
    answers["state"] = answers["state"].fillna(str(State.UNKNOWN))
    return {
        "lang": lang,
        "words": {**words("map.ui.", lang), **words("page.ui.", lang)},
        "caption": _caption(caption),
        "headline": _headline(units, answers["state"], layers.headline_kinds, lang),
        "rules": {str(key): str(word) for key, word in layers.rule_words.items()},
        "rungs": [str(key) for key in layers.rule_words],
        "units": {
            **_units(units, answers, lang),
            "groups": [members.astype(int).tolist() for _, members in groups(units, layers.headline_kinds)],
        },
        "stations": _stations(stations, units, lang),
        "gaps": _gaps(gaps, units, lang),
        "counties": None if counties is None else _counties(counties),
        "measures": _measures(lang),
        "states": {str(word): labels.word("state", word, lang) for word in State},
        "extent": bounds(units, stations, counties),
    }


def words(prefix: str, lang: str) -> dict[str, str]:
    """Our own words by the rest of their key; places in them stay open: the page sets its values in."""
    return {
        key.removeprefix(prefix): labels.text(key, lang, **_PLACES)
        for key in sorted(labels.keys(lang))
        if key.startswith(prefix)
    }


def ordered(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The units in the order that the page holds them."""
    return units.sort_values("unit_code", kind="stable").reset_index(drop=True)


def bounds(
    units: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, counties: gpd.GeoDataFrame | None
) -> list[float]:
    """West, south, east, north of what there is to show; the whole country if there is nothing."""
    for frame in (counties, units, stations):
        if frame is not None and (there := packing.there(frame.geometry)).any():
            return [round(float(value), 5) for value in frame.geometry[there].total_bounds]
    return [73.0, 18.0, 135.0, 54.0]


def _caption(caption: schema.Caption) -> dict[str, Any]:
    lines = ("definition", "denominator", "date", "source", "datum", "author")
    return {
        "title": caption.title,
        "lines": [
            [labels.text(f"map.caption.{name}", caption.lang), getattr(caption, name)] for name in lines
        ],
        "approval_no": caption.approval_no if (caption.approval_no or "").strip() else None,
        "synthetic": caption.synthetic,
        "approximate": caption.approximate,
    }


def _headline(
    units: gpd.GeoDataFrame, state: pd.Series[str], kinds: Collection[str], lang: str
) -> list[dict[str, Any]]:
    """Counts by state: units of the headline kinds first, then all units, if these are not the same."""
    found = []
    for group, members in groups(units, kinds):
        states = state[members]
        counts = {str(word): int((states == word).sum()) for word in State}
        found.append(
            {
                "label": _group_name(group, kinds, lang),
                "total": len(states),
                "counts": counts,
                "share": share(counts[State.COVERED], len(states)),
            }
        )
    return found


def _group_name(group: str, kinds: Collection[str], lang: str) -> str:
    """What a denominator is called, with the kinds of units that make it."""
    name = labels.text(f"map.group.{group}", lang)
    if group == "all":
        return name
    among = labels.text("map.ui.list_gap", lang).join(
        labels.word("townkind", str(kind), lang) for kind in kinds
    )
    return labels.text("page.group", lang, text=name, kinds=among)


def groups(units: gpd.GeoDataFrame, kinds: Collection[str]) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """Who is counted: the units of the headline kinds, if these are some but not all; then all units."""
    chosen = units["town_kind"].isin([str(kind) for kind in kinds]).to_numpy()
    everyone = [("all", chosen | True)]
    return [("headline", chosen), *everyone] if chosen.any() and not chosen.all() else everyone


def share(part: int, whole: int) -> str | None:
    """A share in per cent with one decimal; 100.0 only if nothing is missing, null without a denominator."""
    if whole == 0:
        return None
    return f"{min(100.0 * part / whole, 100.0 if part == whole else 99.9):.1f} %"


def _units(units: gpd.GeoDataFrame, answers: pd.DataFrame, lang: str) -> dict[str, Any]:
    shown = [item.name for item in schema.contract("coverage") if item.name not in ("unit_code", "state")]
    answers = answers.assign(
        rule=answers["rule"].map(lambda text: _rule_name(text, lang), na_action="ignore")
    )
    values = {
        "columns": columns(units, "units", _UNIT_COLUMNS, lang),
        "answers": columns(answers, "coverage", shown, lang),
        "state": [str(word) for word in answers["state"]],
        "approximate": [int(word == Boundary.APPROXIMATE) for word in units["boundary"]],
        "missing": (~packing.there(units.geometry)).astype(int).tolist(),
        "is_county": bool(len(units)) and bool((units["kind"] == UnitKind.COUNTY).all()),
        "shape": packing.shapes(units.geometry),
    }
    return {**values, **packing.points(units)}


def _rule_name(text: str, lang: str) -> str:
    """A rule by its name instead of its id; one that has no name stands as it is."""
    rule, _, version = text.rpartition(" ")
    if f"rules.name.{rule}" not in labels.keys(lang):
        return text
    return labels.text("rules.rule", lang, name=labels.word("rules.name", rule, lang), version=version)


def _stations(stations: gpd.GeoDataFrame, units: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    placed = stations[packing.there(stations.geometry)]
    placed = placed.sort_values("station_id", kind="stable")
    counting = (placed["access"] == Access.PUBLIC) & (placed["status"] == Status.IN_SERVICE)
    return {
        "columns": columns(placed, "stations", _STATION_COLUMNS, lang),
        "counting": counting.fillna(False).astype(int).tolist(),
        "unplaced": len(stations) - len(placed),
        "unit": _inside(placed.geometry, units.geometry),
        "x": packing.whole(placed.geometry.x),
        "y": packing.whole(placed.geometry.y),
    }


def _inside(places: gpd.GeoSeries, shapes: gpd.GeoSeries) -> list[int]:
    """First shape that each place lies in or on; -1 for none."""
    import numpy as np

    at, shape = shapes.sindex.query(places, predicate="intersects")
    found = np.full(len(places), -1)
    # the first of each place is written last
    order = np.lexsort((-shape, at))
    found[at[order]] = shape[order]
    return [int(row) for row in found]


def rows_of(codes: pd.Series[str], units: gpd.GeoDataFrame) -> list[int | None]:
    """Row of each code among the units; null for none."""
    where = dict(zip(units["unit_code"], range(len(units)), strict=True))
    return [where.get(code) for code in codes]


def _gaps(gaps: pd.DataFrame, units: gpd.GeoDataFrame, lang: str) -> dict[str, Any]:
    gaps = gaps.sort_values("rank", kind="stable")
    shown = [item.name for item in schema.contract("gaps")]
    return {
        "columns": columns(gaps, "gaps", shown, lang),
        "unit": rows_of(gaps["unit_code"], units),
        "total": len(gaps),
    }


def _counties(counties: gpd.GeoDataFrame) -> dict[str, Any]:
    counties = counties.sort_values("county_code", kind="stable").reset_index(drop=True)
    names = ("county_code", "county_name", "city_code", "city_name")
    named = [
        {"name": name.replace("county_name", "name"), "values": encode(counties[name])} for name in names
    ]
    return {"columns": named, "shape": packing.shapes(counties.geometry), **packing.points(counties)}


def columns(frame: pd.DataFrame, table: str, names: Collection[str], lang: str) -> list[dict[str, Any]]:
    """The named columns with their labels, units of measure and values; closed words become their labels."""
    contract = {item.name: item for item in schema.contract(table)}
    found = []
    for name in names:
        item, values = contract[name], frame[name]
        if item.vocabulary or item.kind == "bool":
            group = _group(item.vocabulary) if item.vocabulary else "map.bool"
            values = values.map(
                lambda word, group=group: labels.word(group, _plain(word), lang), na_action="ignore"
            )
        found.append(
            {
                "name": name,
                "label": item.label[lang],
                "measure": item.unit,
                "kind": item.kind,
                "values": encode(values),
            }
        )
    return found


def _plain(word: object) -> str:
    return str(word).lower() if str(word) in ("True", "False") else str(word)


def _group(vocabulary: str) -> str:
    """Name of the labels of a closed list: ``TownKind`` -> ``townkind``."""
    return vocabulary.lower()


def _measures(lang: str) -> dict[str, str]:
    prefix = "map.measure."
    return {
        key.removeprefix(prefix): labels.text(key, lang)
        for key in sorted(labels.keys(lang))
        if key.startswith(prefix)
    }


def encode(values: pd.Series[Any]) -> list[Any] | dict[str, Any]:
    """A column as JSON: numbers to three decimals (not finite: null), text by number where words repeat."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        numbers = values.astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
        numbers = np.round(numbers, DECIMALS)
        return [None if not np.isfinite(v) else int(v) if v == int(v) else float(v) for v in numbers.tolist()]
    at, words = pd.factorize(values.astype(object).where(values.notna(), None), sort=False)
    texts = [str(word) for word in words]
    if 2 * len(texts) < len(at):
        return {"words": texts, "at": at.tolist()}
    return [texts[i] if i >= 0 else None for i in at.tolist()]
