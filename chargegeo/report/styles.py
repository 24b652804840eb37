"""QGIS styles (QML), made of our own words and colours only: text from data never gets in."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from chargegeo import labels, schema
from chargegeo.vocab import State

# Told apart without colour too: full, hatched, dotted
_FILLS = {
    State.COVERED: ("86,160,211,180", "solid"),
    State.UNCOVERED: ("200,70,0,255", "diagonal_x"),
    State.UNKNOWN: ("90,90,90,255", "dense6"),
}
_LINE = "70,70,70,255"


def areas(tables: tuple[str, ...], lang: str) -> str:
    """Style of the units: one class a state."""
    root = _root(tables, lang)
    renderer = _renderer(root, "categorizedSymbol", attr="state")
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for index, (state, (color, pattern)) in enumerate(_FILLS.items()):
        ET.SubElement(
            categories,
            "category",
            symbol=str(index),
            value=state.value,
            label=labels.word("state", state, lang),
            render="true",
            type="string",
        )
        _symbol(symbols, index, "fill", "SimpleFill", _fill(color, pattern, "0.1"))
    return _text(root)


def outlines(lang: str) -> str:
    """Style of the counties: an outline."""
    root = _root((), lang)
    symbols = ET.SubElement(_renderer(root, "singleSymbol"), "symbols")
    _symbol(symbols, 0, "fill", "SimpleFill", _fill("0,0,0,0", "no", "0.46"))
    return _text(root)


def points(table: str, color: str, shape: str, size: str, lang: str) -> str:
    """Style of a layer of points."""
    root = _root((table,), lang)
    symbols = ET.SubElement(_renderer(root, "singleSymbol"), "symbols")
    marker = {
        "name": shape,
        "color": color,
        "outline_color": "255,255,255,255",
        "outline_width": "0.2",
        "size": size,
        "size_unit": "MM",
        "outline_style": "solid",
    }
    _symbol(symbols, 0, "marker", "SimpleMarker", marker)
    return _text(root)


def _root(tables: tuple[str, ...], lang: str) -> ET.Element:
    root = ET.Element("qgis", version="3.22.0", styleCategories="AllStyleCategories", labelsEnabled="0")
    aliases = ET.SubElement(root, "aliases")
    names = {item.name: item.label[lang] for table in tables for item in schema.contract(table)}
    names.pop("geometry", None)
    # Field 0 is the feature number of the GeoPackage
    for index, (name, label) in enumerate(names.items(), start=1):
        ET.SubElement(aliases, "alias", field=name, index=str(index), name=label)
    ET.SubElement(root, "previewExpression").text = '"name"'
    return root


def _renderer(root: ET.Element, kind: str, **more: str) -> ET.Element:
    common = {"type": kind, "symbollevels": "0", "forceraster": "0", "enableorderby": "0"}
    return ET.SubElement(root, "renderer-v2", {**common, **more})


def _fill(color: str, pattern: str, width: str) -> dict[str, str]:
    return {
        "color": color,
        "style": pattern,
        "outline_color": _LINE,
        "outline_style": "solid",
        "outline_width": width,
        "outline_width_unit": "MM",
        "joinstyle": "bevel",
    }


def _symbol(symbols: ET.Element, index: int, kind: str, layer: str, values: dict[str, str]) -> None:
    """A symbol of one layer; QGIS to 3.22 reads ``prop``, later ones ``Option``."""
    symbol = ET.SubElement(
        symbols, "symbol", name=str(index), type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    node = ET.SubElement(symbol, "layer", {"class": layer, "enabled": "1", "locked": "0", "pass": "0"})
    options = ET.SubElement(node, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(options, "Option", name=name, value=value, type="QString")
        ET.SubElement(node, "prop", k=name, v=value)


def _text(root: ET.Element) -> str:
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(
        root, encoding="unicode"
    )
