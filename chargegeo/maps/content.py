"""What a page holds beyond units, stations, coverage and gaps, and which base map it may load."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chargegeo.vocab import BaseMap

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from chargegeo.maps.along import Roadside


@dataclass(frozen=True, eq=False)
class Scenario:
    """What a plan adds, each table by its contract.

    Parameters
    ----------
    name
        Of the scenario.
    sites, site_piles, units
        ``sites``, ``site_piles``, ``scenario_units``. Sites without a position are counted.
    product_words
        Name of each product by its code, in the caption's language; a code without one stands as it is.
    money
        Unit of every cost.
    served
        ``site_units``: the nearest new site of each unit; without it the page does not say whom a site serves.
    people
        People served before and after, and all people, where these are no sums over units.
    """

    name: str
    sites: gpd.GeoDataFrame
    site_piles: pd.DataFrame
    units: pd.DataFrame
    product_words: Mapping[str, str] = field(default_factory=dict)
    money: str = ""
    served: pd.DataFrame | None = None
    people: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Layers:
    """All that a page may hold beyond its four tables; what is not given is not on it.

    Parameters
    ----------
    counties
        Outlines: ``county_code, county_name, city_code, city_name, geometry`` (EPSG:4490); without them the
        units stand alone.
    rule_words
        What each rung asks, by name of the rung, lowest first, in the caption's language.
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
    scenarios
        New sites with their reasons, and the units before and after each; two of them also side by side.
    snapshots
        Dates and contract ``coverage`` of the same units, in the order of time: a slider. A unit without a row
        is unknown at that date.
    base
        Base map that can be switched on; the page loads nothing until it is, and asks for a key where one is
        needed. Under ``amap`` all that is drawn is a copy shifted to GCJ-02.
    tile_host
        Host that serves the pictures in the place of the known one, as ``http://127.0.0.1:8000``.
    """

    counties: gpd.GeoDataFrame | None = None
    rule_words: Mapping[str, str] = field(default_factory=dict)
    headline_kinds: Collection[str] = ()
    roads: gpd.GeoDataFrame | None = None
    reach: pd.DataFrame | None = None
    isochrones: gpd.GeoDataFrame | None = None
    roadside: Roadside | None = None
    scenarios: Sequence[Scenario] = ()
    snapshots: Sequence[tuple[str, pd.DataFrame]] = ()
    base: BaseMap = BaseMap.NONE
    tile_host: str | None = None
