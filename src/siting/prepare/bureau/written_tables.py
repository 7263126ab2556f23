"""The tables of the instance as they are written."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import shapely

from siting.errors import Problem
from siting.language import joined, quoted, tr

_IDS = {"residents": ("resident_id", "R"), "outlets": ("outlet_id", "E"), "sites": ("site_id", "S")}
_SOURCE = ("file", "sheet", "row", "lon", "lat", "id")


def with_ids(frame: pd.DataFrame, role: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Names the rows by the file's own ids; rows without one are numbered.

    Returns:
        The frame with the role's column of ids, and a problem for ids that are there twice.
    """
    column, letter = _IDS[role]
    numbered = [f"{letter}{number:05d}" for number in range(1, len(frame) + 1)]
    own = frame["id"].astype(str)
    ids = own.where(own.ne(""), pd.Series(numbered, index=frame.index))
    twice = frame[ids.duplicated(keep=False)]
    problems = []
    if len(twice):
        rows = [f"{file} {row}" for file, row in zip(twice["file"], twice["row"], strict=True)]
        problems.append(
            Problem(
                code="duplicate-id",
                where=tr("{role}: {rows}", role=role, rows=joined(rows[:6])),
                found=joined(dict.fromkeys(quoted(one) for one in twice["id"].head(6))),
                expected=tr("each id once"),
                mend=tr("Give each row an id of its own, or leave 'id' out of the mapping."),
            )
        )
    return frame.assign(**{column: ids}), problems


def written_columns(role: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table that are written, the id first; whole numbers without a point."""
    if role in _IDS:
        column = _IDS[role][0]
        source = [
            f"{file}{'#' if sheet else ''}{sheet}:{row}"
            for file, sheet, row in zip(frame["file"], frame["sheet"], frame["row"], strict=True)
        ]
        rest = [name for name in frame if name not in (*_SOURCE, column, "x", "y")]
        # A table without rows keeps its columns: those who read it look for them.
        empty = [name for name in rest if len(frame) and frame[name].eq("").all()]
        kept = [column, "x", "y", *(name for name in rest if name not in empty)]
        frame = frame[kept].assign(source=source)
    return pd.DataFrame({name: _whole(frame[name]) for name in frame})


def _whole(values: pd.Series) -> pd.Series:
    if not pd.api.types.is_float_dtype(values.dtype):
        return values
    finite = values[np.isfinite(values)]
    if values.name in ("x", "y") or not (finite == np.round(finite)).all():
        return values
    return values.astype("Int64")


def lines_as_geojson(lines: np.ndarray) -> str:
    """Lines in degrees of WGS84 as GeoJSON, to 7 digits (1 cm)."""
    parts = shapely.get_parts(lines)
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {
                "type": "LineString",
                "coordinates": np.round(shapely.get_coordinates(part), 7).tolist(),
            },
        }
        for part in parts
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}) + "\n"
