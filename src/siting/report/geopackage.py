"""The plan as a GeoPackage: layers in the instance's own coordinates, each with its QGIS style."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from siting.report.facts import Facts
from siting.report.layer_styles import qml_style
from siting.report.map_layers import Layer, map_layers

# As QGIS makes it when a style is saved into the file; it takes the style of `useAsDefault`.
_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
_REGISTERED = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)
"""
_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  styleName, styleQML, styleSLD, useAsDefault, description, owner)
VALUES ('', '', ?, ?, 'siting', ?, '', 1, ?, '')
"""
_GEOMETRY = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"


def write_geopackage(facts: Facts, path: Path) -> Path:
    """Writes the layers of `map_layers` into one file, which QGIS opens with their styles.

    Raises:
        OSError: The file cannot be written.
    """
    path.unlink(missing_ok=True)
    layers = map_layers(facts)
    for layer in layers:
        layer.frame.to_file(
            path,
            layer=layer.name,
            driver="GPKG",
            engine="pyogrio",
            geometry_type=layer.geometry,
            # QGIS shows it among the properties of the layer.
            layer_metadata={"DESCRIPTION": layer.about},
        )
    _add_styles(facts, layers, path)
    return path


def _add_styles(facts: Facts, layers: Sequence[Layer], path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(_STYLES)
        file.execute(_REGISTERED)
        for layer in layers:
            (geometry,) = file.execute(_GEOMETRY, (layer.name,)).fetchone()
            style = qml_style(layer, facts.instance)
            file.execute(_STYLE, (layer.name, geometry, style, layer.about))
