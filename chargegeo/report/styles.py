"""QGIS styles (QML), made of our own words and colours only: text from data never gets in."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from chargegeo import labels, maps, schema
from chargegeo.vocab import RoadClass, State

# Told apart without colour too: full, hatched, dotted
_FILLS = {
    State.COVERED: ("86,160,211,180", "solid"),
    State.UNCOVERED: ("200,70,0,255", "diagonal_x"),
    State.UNKNOWN: ("90,90,90,255", "dense6"),
}
_LINE = "70,70,70,255"
_DARK, _RED, _GREY, _BLUE = "67,40,122,255", "165,19,63,255", "98,109,119,255", "11,92,173,255"
# Colour, kind of line and width in millimetres: no two kinds of road differ by colour alone
_ROADS = {
    RoadClass.EXPRESSWAY: (_DARK, "solid", "0.8"),
    RoadClass.NATIONAL: (_RED, "solid", "0.5"),
    RoadClass.PROVINCIAL: (_RED, "dash", "0.45"),
    RoadClass.TRUNK: (_GREY, "solid", "0.4"),
    RoadClass.PRIMARY: (_GREY, "solid", "0.4"),
    RoadClass.RAMP: (_DARK, "solid", "0.3"),
    RoadClass.FERRY: (_BLUE, "dot", "0.4"),
    RoadClass.COUNTY: (_GREY, "solid", "0.26"),
    RoadClass.SECONDARY: (_GREY, "solid", "0.26"),
    RoadClass.TOWNSHIP: (_GREY, "dash", "0.26"),
    RoadClass.TERTIARY: (_GREY, "dash", "0.26"),
    RoadClass.SERVICE: (_GREY, "dot", "0.15"),
    RoadClass.TRACK: (_GREY, "dot", "0.15"),
}
_SMALL = (_GREY, "solid", "0.15")
# Outlines of areas, from the smallest
_REACHED = ("solid", "dash", "dot", "dash dot", "dash dot dot")

# Arrow heads, and lines beside the centre, to the right of travel
_ARROW = {"name": "filled_arrowhead", "outline_style": "no", "size_unit": "MM"}
_BESIDE = {"line_width_unit": "MM", "offset_unit": "MM", "capstyle": "flat"}
# Sides of service areas: condition, key of the label, shape, fill
_SIDES = (
    ('"n_piles" > 0', "side_piles", "square", "11,92,173,255"),
    ('"n_piles" = 0', "side_none", "diamond", "255,255,255,255"),
    ('"n_piles" IS NULL', "side_unknown", "triangle", "200,200,205,255"),
)


def areas(tables: tuple[str, ...], lang: str) -> str:
    """Style of the units: one class a state."""
    root = _root(tables, lang)
    renderer = _renderer(root, "categorizedSymbol", attr="state")
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for index, (state, (color, pattern)) in enumerate(_FILLS.items()):
        _category(categories, index, state.value, labels.word("state", state, lang))
        _symbol(symbols, index, "fill", "SimpleFill", _fill(color, pattern, "0.1"))
    return _text(root)


def roads(lang: str) -> str:
    """Style of the roads: one class a road class, the most important drawn last."""
    root = _root(("road_lines",), lang, preview="ref")
    renderer = _renderer(root, "categorizedSymbol", attr="road_class", symbollevels="1")
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for index, word in enumerate(RoadClass):
        _category(categories, index, str(word), labels.word("roadclass", word, lang))
        color, kind, width = _ROADS.get(word, _SMALL)
        line = {"line_color": color, "line_style": kind, "line_width": width, "line_width_unit": "MM"}
        level = len(RoadClass) - list(_ROADS).index(word) if word in _ROADS else 0
        _symbol(symbols, index, "line", "SimpleLine", line, level=level)
    return _text(root)


def reached(minutes: Iterable[float], lang: str) -> str:
    """Style of the areas within reach: an outline each, by minutes."""
    root = _root(("isochrones",), lang, preview="minutes")
    renderer = _renderer(root, "categorizedSymbol", attr="minutes")
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for index, value in enumerate(sorted(minutes)):
        label = labels.text("report.within", lang, n=f"{value:g}")
        _category(categories, index, f"{value:g}", label, kind="double")
        fill = _fill("0,0,0,0", "no", "0.5")
        kind = _REACHED[min(index, len(_REACHED) - 1)]
        _symbol(
            symbols,
            index,
            "fill",
            "SimpleFill",
            {**fill, "outline_color": "0,84,92,255", "outline_style": kind},
        )
    return _text(root)


def corridors(lang: str) -> str:
    """Style of the corridors: beside the centre, to the right of travel, with arrow heads."""
    root = _root(("corridors",), lang, preview="corridor_id")
    symbols = ET.SubElement(_renderer(root, "singleSymbol"), "symbols")
    _directed(symbols, 0, _DARK, "solid", 0.7)
    return _text(root)


def corridor_gaps(lang: str) -> str:
    """Style of the gaps: long ones told apart from the others by width, dash and colour."""
    root = _root(("corridor_gaps",), lang, preview="ref")
    limit = f"{maps.LONG_GAP_KM:g}"
    rules = [
        (f'"km" >= {limit}', labels.text("report.gap_long", lang, n=limit)),
        (f'"km" < {limit}', labels.text("report.gap_short", lang, n=limit)),
    ]
    symbols = _ruled(root, rules)
    _directed(symbols, 0, "200,70,0,255", "dash", 1.1)
    _directed(symbols, 1, _GREY, "dot", 0.3)
    return _text(root)


def sides(lang: str) -> str:
    """Style of the sides of service areas: by piles, told apart by shape."""
    root = _root(("service_areas",), lang)
    rules = [(wanted, labels.text(f"report.{key}", lang)) for wanted, key, _, _ in _SIDES]
    symbols = _ruled(root, rules)
    for index, (_, _, shape, fill) in enumerate(_SIDES):
        marker = {"name": shape, "color": fill, "outline_color": _LINE, "outline_width": "0.4"}
        _symbol(symbols, index, "marker", "SimpleMarker", {**marker, "size": "3", "size_unit": "MM"})
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


def _category(categories: ET.Element, index: int, value: str, label: str, *, kind: str = "string") -> None:
    ET.SubElement(
        categories, "category", symbol=str(index), value=value, label=label, render="true", type=kind
    )


def _ruled(root: ET.Element, rules: Iterable[tuple[str, str]]) -> ET.Element:
    """Classes by condition and label; what comes back takes their symbols."""
    renderer = _renderer(root, "RuleRenderer")
    classes = ET.SubElement(renderer, "rules", key="all")
    for index, (wanted, label) in enumerate(rules):
        ET.SubElement(classes, "rule", key=str(index), symbol=str(index), filter=wanted, label=label)
    return ET.SubElement(renderer, "symbols")


def _directed(symbols: ET.Element, index: int, color: str, kind: str, width: float) -> None:
    """A line beside its centre with arrow heads along it."""
    beside = f"{width / 2 + 0.2:g}"
    line = {"line_color": color, "line_style": kind, "line_width": f"{width:g}", "offset": beside, **_BESIDE}
    symbol = _symbol(symbols, index, "line", "SimpleLine", line)
    heads = {
        "placement": "interval",
        "interval": "18",
        "interval_unit": "MM",
        "rotate": "1",
        "offset": beside,
    }
    node = _layer(symbol, "MarkerLine", {**heads, "offset_unit": "MM"})
    marker = ET.SubElement(node, "symbol", name=f"@{index}@1", type="marker", alpha="1")
    _layer(marker, "SimpleMarker", {**_ARROW, "color": color, "size": f"{2 * width + 1:g}"})


def _root(tables: tuple[str, ...], lang: str, *, preview: str = "name") -> ET.Element:
    root = ET.Element("qgis", version="3.22.0", styleCategories="AllStyleCategories", labelsEnabled="0")
    aliases = ET.SubElement(root, "aliases")
    names = {item.name: item.label[lang] for table in tables for item in schema.contract(table)}
    names.pop("geometry", None)
    # Field 0 is the feature number of the GeoPackage
    for index, (name, label) in enumerate(names.items(), start=1):
        ET.SubElement(aliases, "alias", field=name, index=str(index), name=label)
    ET.SubElement(root, "previewExpression").text = f'"{preview}"'
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


def _symbol(
    symbols: ET.Element, index: int, kind: str, layer: str, values: dict[str, str], *, level: int = 0
) -> ET.Element:
    """A symbol with its first layer."""
    symbol = ET.SubElement(
        symbols, "symbol", name=str(index), type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    _layer(symbol, layer, values, level=level)
    return symbol


def _layer(symbol: ET.Element, layer: str, values: dict[str, str], *, level: int = 0) -> ET.Element:
    """A layer of a symbol; QGIS to 3.22 reads ``prop``, later ones ``Option``."""
    node = ET.SubElement(symbol, "layer", {"class": layer, "enabled": "1", "locked": "0", "pass": str(level)})
    options = ET.SubElement(node, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(options, "Option", name=name, value=value, type="QString")
        ET.SubElement(node, "prop", k=name, v=value)
    return node


def _text(root: ET.Element) -> str:
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(
        root, encoding="unicode"
    )
