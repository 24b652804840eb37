"""MAPS: what a planner shows on the wall.

In come contract tables and the caption, out comes one HTML text that opens without network and draws
counties, units, stations, gaps, roads, driving times and what stands along the roads; or sheets to print
(:mod:`chargegeo.maps.paper`). The only room that knows folium; no text of a user's passes through a template,
markup or script. It never computes coverage and never changes a table.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import schema, store
from chargegeo.maps import along, ground, payload, planned, skeleton, travel
from chargegeo.maps.along import LONG_GAP_KM, Roadside, rule_names
from chargegeo.maps.assets import available as assets_available
from chargegeo.maps.content import Layers, Scenario
from chargegeo.maps.inline import Shown
from chargegeo.maps.paper import (
    Paper,
    Strips,
    corridor_map,
    county_map,
    gap_map,
    outlines,
    scenario_map,
    township,
)
from chargegeo.maps.strips import strip_chart
from chargegeo.vocab import BaseMap

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "LONG_GAP_KM", "Layers", "Paper", "Roadside", "Scenario", "Shown", "Strips", "assets_available", "corridor_map",
    "county_map", "gap_map", "interactive", "outlines", "rule_names", "scenario_map", "show", "strip_chart", "write",
]  # fmt: skip
NOTHING = Layers()


def interactive(
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    gaps: pd.DataFrame,
    *,
    caption: schema.Caption,
    layers: Layers = NOTHING,
) -> str:
    """One self-contained page.

    Parameters
    ----------
    units, stations, coverage, gaps
        Tables by contract. Units without a shape are counted and can be searched for; stations without a
        position are counted. A unit without a row in ``coverage`` is shown as unknown.
    caption
        What the map says of itself; without ``approval_no`` it is marked as an internal draft.
    layers
        All else that the page may hold.

    Returns
    -------
    str
        The page. The same input gives the same text, in whatever order the rows come. Without the front-end
        files (see :func:`assets_available`) it says that it needs the network.

    Raises
    ------
    OutputFault
        If the skeleton asks for an address that we do not know, or a front-end file is not the one we know.
    """
    lang = caption.lang
    if layers.base is BaseMap.AMAP:
        units, stations = ground.shifted(units), ground.shifted(stations)
    layers = ground.displayed(layers)
    data = payload.build(units, stations, coverage, gaps, caption=caption, layers=layers)
    data |= travel.build(units, layers, lang)
    data |= planned.build(payload.ordered(units), layers, lang)
    data |= ground.build(layers, lang)
    if layers.roadside is not None:
        data["roadside"] = along.build(layers.roadside, lang)
    return skeleton.render(data["extent"], payload.dumps(data), lang=lang, hosts=ground.hosts(layers))


def show(
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    gaps: pd.DataFrame,
    paper: Paper,
    *,
    layers: Layers = NOTHING,
) -> Shown:
    """The map for a notebook, which draws it where it is the last line of a cell.

    Parameters
    ----------
    units, stations, coverage, gaps
        See :func:`interactive`.
    paper
        Outlines of counties, projection and caption; the picture is A4, whatever size it names.
    layers
        See :func:`interactive`; without outlines those of ``paper`` are taken.

    Returns
    -------
    The page of :func:`interactive`, and the gap map as a picture where no page can be shown.

    Raises
    ------
    OutputFault
        See :func:`interactive`.
    """
    layers = layers if layers.counties is not None else replace(layers, counties=paper.counties)
    page = interactive(units, stations, coverage, gaps, caption=paper.caption, layers=layers)
    pages = township.draw(
        units, coverage, gaps, replace(paper, size="A4"), headline_kinds=layers.headline_kinds
    )
    return Shown(paper.caption.title, page, pages.first())


def write(path: str | Path, html: str) -> None:
    """Write a page, whole or not at all.

    Raises
    ------
    OutputFault
        If it cannot be written; what was there before stays.
    """
    with store.atomic(path) as part:
        Path(part).write_bytes(html.encode("utf-8"))
