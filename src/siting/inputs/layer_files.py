"""Map layers, each read as what its name says and as nothing else, from the bytes of the gate.

GeoJSON and GeoPackages are read without GDAL, which guesses the format from the content, knows
formats that name other files and addresses, and calls functions that a file's views name.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from siting.errors import InputError, Problem
from siting.inputs.geopackage import read_geopackage
from siting.inputs.layer_geometry import known_crs, read_shapes, refuse_boundless
from siting.inputs.table_problems import no_such, unreadable
from siting.inputs.text import cell_text, decode_text
from siting.language import phrase, tr

# The other files of a shapefile that decide what is read.
SIBLINGS = (".shx", ".dbf", ".prj", ".cpg")
_SHAPEFILE = b"\x00\x00\x27\x0a"
_HEADER = 100
_LARGEST_JSON = 1 << 27


def read_layer_file(
    name: str, content: bytes, layer: str | None, beside: Mapping[str, bytes]
) -> Any:  # noqa: ANN401 - geopandas has no types
    """One layer as a GeoDataFrame, or a plain frame where it has no geometry; cells are text.

    Args:
        name: Of the file.
        content: Of the file.
        layer: Which one; None where the file has one only.
        beside: The other files of a shapefile, by suffix.

    Raises:
        InputError: It is another kind of file, damaged, lacks the layer, has several, or has
            coordinates that no program can work with.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".gpkg":
        frame = read_geopackage(name, content, layer)
    elif suffix == ".shp":
        frame = _read_shapefile(name, content, layer, beside)
    else:
        frame = _read_geojson(name, content, layer)
    if hasattr(frame, "geometry"):
        refuse_boundless(name, frame.geometry.to_numpy())
    return frame


def _read_geojson(name: str, content: bytes, layer: str | None) -> Any:  # noqa: ANN401
    import geopandas  # noqa: PLC0415 - half a second that CSV users need not wait

    said = _parsed(name, content)
    features = said.get("features") if said.get("type") == "FeatureCollection" else [said]
    if not isinstance(features, list) or not all(map(_is_feature, features)):
        raise InputError([_no_geojson(name)])
    names = [str(said.get("name") or Path(name).stem)]
    if layer is not None and layer not in (*names, Path(name).stem):
        raise InputError([no_such(name, "layer", layer, names)])
    shapes = read_shapes(name, [feature.get("geometry") for feature in features])
    rows = [feature.get("properties") or {} for feature in features]
    columns = dict.fromkeys(str(key) for row in rows for key in row)
    cells = {key: [cell_text(row.get(key)) for row in rows] for key in columns}
    cells.pop("geometry", None)
    return geopandas.GeoDataFrame(cells, geometry=list(shapes), crs=_geojson_crs(said))


def _parsed(name: str, content: bytes) -> dict[str, Any]:
    if len(content) > _LARGEST_JSON:
        form = phrase("GeoJSON of more than {megabytes} MB; save it as a GeoPackage")
        raise InputError([unreadable(name, tr(form, megabytes=_LARGEST_JSON >> 20))])
    try:
        said = json.loads(decode_text(content, name), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError([unreadable(name, tr("not JSON ({error})", error=error))]) from None
    if not isinstance(said, dict):
        raise InputError([_no_geojson(name)])
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON whose keys are all different: of two values neither is the right one."""
    said = dict(pairs)
    if len(said) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(tr("the key '{key}' twice in one object", key=twice[:40]))
    return said


def _is_feature(said: object) -> bool:
    return (
        isinstance(said, dict)
        and said.get("type") == "Feature"
        and isinstance(said.get("properties") or {}, dict)
    )


def _geojson_crs(said: Mapping[str, Any]) -> str | None:
    """The system that old GeoJSON names, else that of all GeoJSON."""
    named = said.get("crs")
    if named is None:
        return "EPSG:4326"
    properties = named.get("properties") if isinstance(named, dict) else None
    return known_crs(properties.get("name") if isinstance(properties, dict) else None)


def _read_shapefile(
    name: str, content: bytes, layer: str | None, beside: Mapping[str, bytes]
) -> Any:  # noqa: ANN401 - geopandas has no types
    """By GDAL, from copies in a folder of their own, under a name that we give."""
    import geopandas  # noqa: PLC0415
    import pyogrio  # noqa: PLC0415

    names = [Path(name).stem]
    if layer is not None and layer not in names:
        raise InputError([no_such(name, "layer", layer, names)])
    if not content.startswith(_SHAPEFILE):
        raise InputError([unreadable(name, tr("not a shapefile"))])
    if len(content) < max(_HEADER, 2 * int.from_bytes(content[24:28], "big")):
        raise InputError([unreadable(name, tr("it ends before its last record"))])
    with tempfile.TemporaryDirectory() as folder:
        for suffix, part in {".shp": content, **beside}.items():
            (Path(folder) / f"layer{suffix}").write_bytes(part)
        try:
            with np.errstate(all="ignore"):  # said below, with the features
                return geopandas.read_file(Path(folder) / "layer.shp")
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            why = str(error).replace(folder, "")
        except (ValueError, LookupError) as error:  # bytes that are no text of its encoding
            why = str(error)
    raise InputError([unreadable(name, why)])


def _no_geojson(name: str) -> Problem:
    return Problem(
        code="unreadable-file",
        where=name,
        found=tr("JSON that is no GeoJSON"),
        expected=tr("a FeatureCollection of features with properties and geometry"),
        mend=tr("Save the layer as GeoJSON or as a GeoPackage, in QGIS with 'Save Features As'."),
    )
