"""The GeoPackage: layers with their styles inside, the same bytes for the same tables."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import labels, store
from chargegeo.maps.said import marks
from chargegeo.report import styles
from chargegeo.report.words import moment
from chargegeo.vocab import UnitKind

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from chargegeo.schema import Caption

_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)
"""
_INSERT_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
styleQML,
    styleSLD, useAsDefault, description, owner, ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?,
    '', '', ?)
"""
_REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)
"""


@dataclass(frozen=True)
class _Layer:
    """One layer: its table, kind of geometry and style."""

    frame: gpd.GeoDataFrame
    geometry: str
    style: str


def geopackage(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    *,
    counties: gpd.GeoDataFrame | None,
    caption: Caption,
) -> None:
    """Write a GeoPackage (1.2, which older QGIS opens too) with a default style for every layer.

    Parameters
    ----------
    path
        The target, ``.gpkg``; written whole or not at all.
    tables
        ``units``, ``stations``, ``coverage``, ``gaps``, and where they are there ``road_lines`` (layer ``roads``)
        and ``isochrones``, ``corridors``, ``corridor_gaps`` and ``service_areas`` (others are left aside), each
        by its contract.
        Units joined with coverage are the layer ``townships`` (``units`` where
        some are of another kind); gaps are points, at the seat where the distance starts there, else inside
        the unit.
    counties
        Outlines, EPSG:4490, with ``county_code`` and ``name``; no such layer without them.
    caption
        Its lines stand in the description of every layer; its date is that of the file.

    Raises
    ------
    OutputFault
        ``cannot_write``.

    Notes
    -----
    Text is kept as it is, but for the character NUL, which the format cannot hold.
    """
    layers = _layers(tables, counties, caption.lang)
    with store.atomic(path) as part:
        for name, layer in layers.items():
            _write_layer(part, name, layer)
        try:
            _finish(part, layers, caption)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error


def _layers(
    tables: Mapping[str, pd.DataFrame], counties: gpd.GeoDataFrame | None, lang: str
) -> dict[str, _Layer]:
    """Layers in drawing order, the lowest first."""
    units = tables["units"]
    covered = units.merge(tables["coverage"], on="unit_code", how="left", validate="1:1")
    name = "townships" if (units["kind"] == UnitKind.TOWNSHIP).all() else "units"
    layers = {name: _Layer(covered, "MultiPolygon", styles.areas(("units", "coverage"), lang))}
    if "isochrones" in tables:
        areas = tables["isochrones"]
        layers["isochrones"] = _Layer(areas, "MultiPolygon", styles.reached(areas["minutes"].unique(), lang))
    if "road_lines" in tables:
        layers["roads"] = _Layer(tables["road_lines"], "MultiLineString", styles.roads(lang))
    if "corridors" in tables:
        layers["corridors"] = _Layer(tables["corridors"], "MultiLineString", styles.corridors(lang))
    if "corridor_gaps" in tables:
        layers["corridor_gaps"] = _Layer(
            tables["corridor_gaps"], "MultiLineString", styles.corridor_gaps(lang)
        )
    if counties is not None and len(counties):
        layers["counties"] = _Layer(counties, "MultiPolygon", styles.outlines(lang))
    stars = styles.points("gaps", "200,70,0,255", "triangle", "3", lang)
    dots = styles.points("stations", "0,90,60,255", "circle", "1.4", lang)
    layers["gaps"] = _Layer(_gap_points(tables["gaps"], units), "Point", stars)
    layers["stations"] = _Layer(tables["stations"], "Point", dots)
    if "service_areas" in tables:
        layers["service_areas"] = _Layer(tables["service_areas"], "Point", styles.sides(lang))
    return layers


def _gap_points(gaps: pd.DataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each gap at the seat that its distance starts from, else inside its unit; null without either."""
    import geopandas as gpd

    home = units.set_index("unit_code").loc[gaps["unit_code"]]
    seats = gpd.GeoSeries.from_xy(home["seat_lon"], home["seat_lat"], index=gaps.index, crs=units.crs)
    inside = home.geometry.representative_point().set_axis(gaps.index)
    seated = gaps["from_seat"] & home["seat_lon"].notna().set_axis(gaps.index)
    return gpd.GeoDataFrame(gaps, geometry=inside.where(~seated, seats), crs=units.crs)


def _write_layer(path: Path, name: str, layer: _Layer) -> None:
    import pyogrio
    from pyogrio.errors import DataSourceError

    text = layer.frame.select_dtypes(include=["object", "str"]).columns
    frame = layer.frame.assign(**{column: _without_nul(layer.frame[column]) for column in text})
    try:
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            geometry_type=layer.geometry,
            append=path.exists(),
            promote_to_multi=layer.geometry.startswith("Multi"),
            dataset_options={"VERSION": "1.2"},
        )
    except (DataSourceError, RuntimeError) as error:
        raise OSError(str(error)) from error


def _without_nul(values: pd.Series) -> pd.Series:
    return values.str.replace("\x00", "", regex=False)


def _finish(path: Path, layers: Mapping[str, _Layer], caption: Caption) -> None:
    """Styles, descriptions, and the caption's date for every time stamp."""
    stamp = f"{moment(caption):%Y-%m-%dT%H:%M:%S.000Z}"
    about = _about(caption)
    style = labels.text("report.layer.style", caption.lang)
    with closing(sqlite3.connect(path)) as base:
        base.execute(_STYLES)
        for name, layer in layers.items():
            title = labels.text(f"report.layer.{name}", caption.lang)
            base.execute(_INSERT_STYLE, (name, style, layer.style, title, stamp))
            base.execute(
                "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
                (title, about, name),
            )
        base.execute(_REGISTER, (stamp,))
        base.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
        base.commit()
        # Pages given back may hold old time stamps
        base.execute("VACUUM")


def _about(caption: Caption) -> str:
    """All lines of the caption, one a line."""
    names = ("title", "definition", "denominator", "source", "date", "datum", "author")
    lines = (
        f"{labels.text(f'report.about.{name}', caption.lang)}: {getattr(caption, name)}" for name in names
    )
    return "\n".join((*marks(caption), *lines)).replace("\x00", "")
