"""MAPS: what a planner shows on the wall.

In come contract tables and the caption, out comes one HTML text that opens without network and draws
counties, units, stations and gaps. The only room that knows folium; no text of a user's passes through a
template, markup or script. It never computes coverage and never changes a table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import schema, store
from chargegeo.maps import payload, skeleton
from chargegeo.maps.assets import available as assets_available

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["assets_available", "interactive", "write"]


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
