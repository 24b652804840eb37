"""MAPS: what a planner shows on the wall.

In come contract tables and the caption, out comes one HTML text that opens without network and draws
counties, units, stations, gaps, roads, driving times and what stands along the roads. The only room that
knows folium; no text of a user's passes through a template, markup or script. It never computes coverage and
never changes a table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import schema, store
from chargegeo.maps import along, payload, skeleton, travel
from chargegeo.maps.along import LONG_GAP_KM, Roadside, rule_names
from chargegeo.maps.assets import available as assets_available
from chargegeo.maps.strips import strip_chart

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["LONG_GAP_KM", "Roadside", "assets_available", "interactive", "rule_names", "strip_chart", "write"]


def interactive(
    units: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    gaps: pd.DataFrame,
    *,
    caption: schema.Caption,
    counties: gpd.GeoDataFrame | None = None,
    rule_words: Mapping[str, str] | None = None,
    headline_kinds: Collection[str] = (),
    roads: gpd.GeoDataFrame | None = None,
    reach: pd.DataFrame | None = None,
    isochrones: gpd.GeoDataFrame | None = None,
    roadside: Roadside | None = None,
) -> str:
    """One self-contained page.

    Parameters
    ----------
    units, stations, coverage, gaps
        Tables by contract. Units without a shape are counted and can be searched for; stations without a
        position are counted. A unit without a row in ``coverage`` is shown as unknown.
    caption
        What the map says of itself; without ``approval_no`` it is marked as an internal draft.
    counties
        Outlines: ``county_code, county_name, city_code, city_name, geometry`` (EPSG:4490); without them the
        units stand alone.
    rule_words
        What each rung asks, by name of the rung, in the caption's language.
    headline_kinds
        Values of ``units.town_kind`` that make the headline denominator; all units count when none has such a
        kind.
    roads
        Contract ``road_lines``: a layer of roads by class. Expressways, national and provincial roads are always
        on the page, further classes as long as the page stays small; the legend says which are not.
    reach
        Contract ``reach``: driving times in the cards of units, and a fill of units by minutes to choose. A unit
        without a row counts as not put on a road.
    isochrones
        Contract ``isochrones``: outlines of the areas from which a counting station is reached in so many
        minutes.
    roadside
        Corridors by direction with their gaps, the sides of service areas, and a strip chart of each road.

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
    data = payload.build(
        units,
        stations,
        coverage,
        gaps,
        counties=counties,
        caption=caption,
        rule_words=rule_words or {},
        headline_kinds=headline_kinds,
    )
    data |= travel.build(
        units,
        roads=roads,
        reach=reach,
        isochrones=isochrones,
        headline_kinds=headline_kinds,
        lang=caption.lang,
    )
    if roadside is not None:
        data["roadside"] = along.build(roadside, caption.lang)
    return skeleton.render(data["extent"], payload.dumps(data), caption.lang)


def write(path: str | Path, html: str) -> None:
    """Write a page, whole or not at all.

    Raises
    ------
    OutputFault
        If it cannot be written; what was there before stays.
    """
    with store.atomic(path) as part:
        Path(part).write_bytes(html.encode("utf-8"))
