"""The layers of a plan as GeoJSON, for web maps: longitude and latitude, as RFC 7946 has it."""

from __future__ import annotations

from pathlib import Path

from siting.report.facts import Facts
from siting.report.map_layers import map_layers

_DECIMALS = 6


def write_geojson(facts: Facts, folder: Path) -> tuple[Path, ...]:
    """Writes one file a layer, degrees to 6 decimals (a tenth of a metre).

    Args:
        facts: The plan.
        folder: Where to; made if it is missing.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for layer in map_layers(facts):
        path = folder / f"{layer.name}.geojson"
        path.unlink(missing_ok=True)
        layer.frame.to_crs("EPSG:4326").to_file(
            path,
            driver="GeoJSON",
            engine="pyogrio",
            geometry_type=layer.geometry,
            RFC7946="YES",
            COORDINATE_PRECISION=str(_DECIMALS),
            DESCRIPTION=layer.about,
        )
        paths.append(path)
    return tuple(paths)
