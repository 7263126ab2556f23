"""How QGIS shows the layers: a QML style each, with labels and names of fields in words.

Structure and attribute names are those that QGIS 3 writes and reads; symbols have their properties
both as `Option` (3.26 and later) and as `prop` (before).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
import pandas as pd

from siting.inputs import Instance
from siting.language import phrase, tr
from siting.report.map_layers import Layer
from siting.report.words import category_names, mode_name

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION, _PARTS = "3.28.0", "Symbology|Labeling|Fields"
_GEOMETRY_TYPES = {"Point": "0", "LineString": "1", "Polygon": "2"}
_KINDS = {"Point": "marker", "LineString": "line", "Polygon": "fill"}
_CLASSES = {"Point": "SimpleMarker", "LineString": "SimpleLine", "Polygon": "SimpleFill"}

_GREY, _BLUE, _GREEN, _ORANGE, _RED = "#9aa5b1", "#1c5d99", "#3f8f6b", "#dd7a1f", "#b3261e"
_MODE_COLOURS = (_ORANGE, _BLUE, _GREEN, "#a14a76", "#b79b2e", "#5aa3c4")
_SHADES = ("#fdf3e7", "#fbd5a8", "#f3a35c", "#dd7a1f", "#a84f0c")

_STATUSES = {
    "complete": (phrase("every required category already"), _BLUE),
    "newly_complete": (phrase("every required category with the plan"), _GREEN),
    "gains": (phrase("gains a category"), _ORANGE),
    "unchanged": (phrase("unchanged"), _GREY),
}
_CHOSEN = {1: (phrase("chosen"), _ORANGE), 0: (phrase("not chosen"), _GREY)}
_LABELS = {"chosen": "number", "gaps_by_place": "place"}
ALIASES: Mapping[str, str] = {
    "number": phrase("No."),
    "year": phrase("Year"),
    "community": phrase("Community"),
    "lead_unit": phrase("Lead unit"),
    "funding": phrase("Funded by"),
    "progress": phrase("Progress"),
    "remarks": phrase("Remarks"),
    "district": phrase("District"),
    "subdistrict": phrase("Subdistrict"),
    "circle": phrase("Community / circle"),
    "unit": phrase("Responsible unit"),
    "deadline": phrase("Deadline"),
    "place": phrase("Circle or district"),
    "site": phrase("Site"),
    "site_id": phrase("Site code"),
    "offer_id": phrase("Offer code"),
    "outlet_id": phrase("Outlet code"),
    "resident_id": phrase("Demand point code"),
    "name": phrase("Name"),
    "category": phrase("Category code"),
    "categories": phrase("Category codes"),
    "categories_zh": phrase("Categories in Chinese"),
    "categories_en": phrase("Categories in English"),
    "mode": phrase("Way of building (code)"),
    "mode_zh": phrase("Way of building in Chinese"),
    "floor_area_m2": phrase("Floor area (m²)"),
    "investment": phrase("Total investment ({unit})"),
    "cost": phrase("Public money ({unit})"),
    "newly_covered": phrase("Residents newly covered"),
    "only_here": phrase("Covered by this alone"),
    "residents": phrase("Residents"),
    "elderly": phrase("Elderly"),
    "children": phrase("Children"),
    "infants": phrase("Infants"),
    "group": phrase("Group"),
    "minutes": phrase("Standard (min)"),
    "metres": phrase("Farthest walk (m)"),
    "points": phrase("Demand points in reach"),
    "categories_before": phrase("Categories in reach before"),
    "categories_after": phrase("Categories in reach after"),
    "status": phrase("Status"),
    "tasks": phrase("Tasks"),
    "chosen": phrase("Chosen"),
    "slots": phrase("Room for categories"),
    "allowed_categories": phrase("Allowed category codes"),
    "required": phrase("Required categories"),
    "have_before": phrase("Required, there before"),
    "have_after": phrase("Required, there after"),
    "whole_before": phrase("Lacks nothing before"),
    "whole_after": phrase("Lacks nothing after"),
    "complete_before": phrase("Complete before"),
    "complete_after": phrase("Complete after"),
    "missing_before": phrase("Categories missing before"),
    "missing_after": phrase("Categories missing after"),
    "uncovered_before": phrase("Not covered before"),
    "uncovered_after": phrase("Not covered after"),
    "added": phrase("Tasks"),
    "barrier": phrase("Barrier"),
    "open_within": phrase("Opens within (m)"),
}


@dataclass(frozen=True)
class _Class:
    """One entry of a legend: a value, or a range of values, and how it looks."""

    label: str
    properties: Mapping[str, str]
    value: object = None
    upper: object = None


def qml_style(layer: Layer, instance: Instance) -> str:
    """The style of a layer as a QML document."""
    root = Element("qgis", version=_VERSION, styleCategories=_PARTS, labelsEnabled="0")
    kind, field, classes = _renderer(layer)
    renderer = SubElement(root, "renderer-v2", type=kind, forceraster="0", symbollevels="0")
    renderer.set("enableorderby", "0")
    if field:
        renderer.set("attr", field)
        _add_classes(renderer, kind, classes)
    symbols = SubElement(renderer, "symbols")
    for number, one in enumerate(classes):
        _add_symbol(symbols, str(number), layer.geometry, one.properties)
    if layer.name in _LABELS:
        root.set("labelsEnabled", "1")
        _add_labels(root, _LABELS[layer.name], layer.geometry)
    _add_aliases(root, layer, instance)
    SubElement(root, "layerGeometryType").text = _GEOMETRY_TYPES[layer.geometry]
    return _DOCTYPE + tostring(root, encoding="unicode")


def _renderer(layer: Layer) -> tuple[str, str, Sequence[_Class]]:
    """The kind of renderer, the field that it looks at, and its classes."""
    if layer.name == "chosen":
        return "categorizedSymbol", "mode", _modes(layer.frame["mode"])
    if layer.name == "residents":
        looks = [
            _Class(tr(name), _marker(colour, 1.4 if value == "unchanged" else 1.8), value)
            for value, (name, colour) in _STATUSES.items()
        ]
        return "categorizedSymbol", "status", looks
    if layer.name == "sites":
        looks = [
            _Class(tr(name), _marker(colour, 2.2, "square"), value)
            for value, (name, colour) in _CHOSEN.items()
        ]
        return "categorizedSymbol", "chosen", looks
    if layer.name == "gaps_by_place":
        return "graduatedSymbol", "missing_after", _shades(layer.frame["missing_after"])
    return "singleSymbol", "", [_Class("", _PLAIN[layer.name])]


def _modes(modes: pd.Series[str]) -> list[_Class]:
    """The ways of building that the plan has, and a last class for those that someone adds."""
    names = [*dict.fromkeys(modes), ""] if "" not in set(modes) else list(dict.fromkeys(modes))
    colours = [_MODE_COLOURS[n % len(_MODE_COLOURS)] for n in range(len(names))]
    return [
        _Class(mode_name(name) or tr("other"), _marker(colour, 4.2), name)
        for name, colour in zip(names, colours, strict=True)
    ]


def _shades(counts: pd.Series[float]) -> list[_Class]:
    """Up to five steps of whole numbers, which hold every count."""
    most = int(np.nanmax(counts.to_numpy(float), initial=0))
    edges = np.unique(np.linspace(-1, most, len(_SHADES) + 1).round().astype(int))
    return [
        _Class(
            f"{low + 1} - {high}" if high > low + 1 else f"{high}",
            _fill(shade, "#ffffff", 0.4, opacity=150),
            # The ends are halves, so that each whole number is in one step alone.
            value=low + 0.5,
            upper=high + 0.5,
        )
        for low, high, shade in zip(edges, edges[1:], _SHADES, strict=False)
    ]


def _add_classes(renderer: Element, kind: str, classes: Sequence[_Class]) -> None:
    if kind == "categorizedSymbol":
        parts = SubElement(renderer, "categories")
        for number, one in enumerate(classes):
            named = {"value": str(one.value), "symbol": str(number), "label": one.label}
            typed = {"type": "long" if isinstance(one.value, int) else "string"}
            SubElement(parts, "category", {**named, **typed, "render": "true"})
        return
    renderer.set("graduatedMethod", "GraduatedColor")
    parts = SubElement(renderer, "ranges")
    for number, one in enumerate(classes):
        limits = {"lower": f"{one.value:.15f}", "upper": f"{one.upper:.15f}"}
        named = {"symbol": str(number), "label": one.label, "render": "true"}
        SubElement(parts, "range", {**limits, **named})


def _add_symbol(symbols: Element, name: str, geometry: str, properties: Mapping[str, str]) -> None:
    fixed = {"alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
    symbol = SubElement(symbols, "symbol", {"type": _KINDS[geometry], "name": name, **fixed})
    on = {"enabled": "1", "pass": "0", "locked": "0"}
    layer = SubElement(symbol, "layer", {"class": _CLASSES[geometry], **on})
    options = SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        SubElement(options, "Option", type="QString", name=key, value=value)
    for key, value in properties.items():
        SubElement(layer, "prop", k=key, v=value)


def _add_labels(root: Element, field: str, geometry: str) -> None:
    """Labels with a white edge: beside points, across areas."""
    settings = SubElement(SubElement(root, "labeling", type="simple"), "settings")
    style = {
        "fieldName": field,
        "isExpression": "0",
        "fontSize": "9",
        "fontSizeUnit": "Point",
        "textColor": _colour("#1d2733"),
        "textOpacity": "1",
        "fontWeight": "75" if geometry == "Point" else "50",
    }
    text = SubElement(settings, "text-style", style)
    edge = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM"}
    SubElement(text, "text-buffer", {**edge, "bufferColor": _colour("#ffffff")})
    where = {"placement": "0" if geometry == "Point" else "4", "dist": "1", "distUnits": "MM"}
    SubElement(settings, "placement", where)
    SubElement(settings, "rendering", drawLabels="1", scaleVisibility="0", obstacle="1")


def _add_aliases(root: Element, layer: Layer, instance: Instance) -> None:
    """What people call the fields; those of the data that nobody here knows keep their names."""
    names = category_names(instance)
    aliases = SubElement(root, "aliases")
    fields = [str(field) for field in layer.frame.columns if field != layer.frame.geometry.name]
    for index, field in enumerate(fields):
        known = tr(ALIASES[field], unit=instance.currency.unit) if field in ALIASES else ""
        name = str(names.get(field.removeprefix("has_"), "")) if field.startswith("has_") else known
        SubElement(aliases, "alias", field=field, index=str(index), name=name)


def _marker(colour: str, size: float, shape: str = "circle") -> dict[str, str]:
    return {
        "name": shape,
        "color": _colour(colour),
        "outline_color": _colour("#ffffff"),
        "outline_style": "solid",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "size": f"{size:g}",
        "size_unit": "MM",
        "scale_method": "diameter",
    }


def _fill(colour: str, edge: str, width: float, opacity: int = 255) -> dict[str, str]:
    return {
        "color": _colour(colour, opacity),
        "style": "solid",
        "outline_color": _colour(edge),
        "outline_style": "solid",
        "outline_width": f"{width:g}",
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _line(colour: str, width: float) -> dict[str, str]:
    return {
        "line_color": _colour(colour),
        "line_style": "solid",
        "line_width": f"{width:g}",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _colour(code: str, opacity: int = 255) -> str:
    """`#rrggbb` as QGIS writes it: red, green, blue, opacity."""
    parts = [str(int(code[at : at + 2], 16)) for at in (1, 3, 5)]
    return ",".join([*parts, str(opacity)])


_PLAIN = {
    "outlets": _marker(_GREY, 1.2),
    "catchments": _fill(_ORANGE, _ORANGE, 0.2, opacity=28),
    "barriers": _line(_RED, 0.6),
    "crossings": _marker(_GREEN, 2.0, "diamond"),
}
