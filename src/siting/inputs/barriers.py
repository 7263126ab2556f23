"""Lines that nobody crosses, read from a layer, and the points where they may be crossed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import InputError, Problem
from siting.inputs.checks import Wording, row_problem
from siting.inputs.references import Checked
from siting.inputs.table_problems import no_barrier_format, not_lines
from siting.inputs.tables import LAYER_SUFFIXES, Source, Table, layer_table, read_layer
from siting.language import tr


@dataclass(frozen=True)
class LineLayer:
    """The lines of one file.

    Attributes:
        table: One feature a row, with the coordinates of its middle.
        vertices: Columns `barrier` (number of the line), `x`, `y`, in order along each line.
    """

    table: Table
    vertices: pd.DataFrame


def read_lines(source: Source) -> LineLayer:
    """Reads a layer of lines, in its own coordinate system.

    Raises:
        InputError: It is no layer, is damaged, or holds something else than lines.
    """
    if source.path.suffix.lower() not in (*LAYER_SUFFIXES, ".shp"):
        raise InputError([no_barrier_format(source.entry.file)])
    frame = read_layer(source)
    geometry = getattr(frame, "geometry", None)
    lines = np.zeros(len(frame), dtype=bool) if geometry is None else _are_lines(geometry)
    if geometry is None or not lines.all():
        rows = [str(position + 1) for position in np.flatnonzero(~lines)]
        raise InputError([not_lines(source.entry.file, rows or ["1"])])
    with np.errstate(all="ignore"):  # coordinates out of all bounds are named where they are placed
        middles = shapely.line_interpolate_point(geometry.to_numpy(), 0.5, normalized=True)
    return LineLayer(
        layer_table(source, frame.set_geometry(middles, crs=frame.crs)), _vertices(geometry)
    )


def _are_lines(geometry: Any) -> NDArray[np.bool_]:  # noqa: ANN401 - geopandas has no types
    kinds = geometry.geom_type.isin(["LineString", "MultiLineString"])
    return np.asarray(kinds & ~geometry.is_empty, dtype=np.bool_)


def _vertices(geometry: Any) -> pd.DataFrame:  # noqa: ANN401 - geopandas has no types
    lines = shapely.get_parts(geometry.to_numpy())
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return pd.DataFrame({"barrier": line, "x": xy[:, 0], "y": xy[:, 1]})


def check_crossings(
    barriers: pd.DataFrame, where: str, crossings: Checked | None, open_within: float
) -> list[Problem]:
    """Barriers that nobody gets across, and crossings that are near no barrier.

    Args:
        barriers: Vertices in the instance's coordinate system.
        where: What names the barriers, for messages.
        crossings: In the same system.
        open_within: Metres of a crossing that has none of its own.
    """
    if crossings is None or crossings.frame.empty:
        return [_no_crossings(where)]
    xy = crossings.frame[["x", "y"]].to_numpy(float)
    metres = _to_nearest(barriers, xy)
    limits = opening_metres(crossings.frame, open_within)
    far = pd.Series(metres > limits, index=crossings.frame.index)
    wording = Wording(
        "crossing-opens-nothing",
        tr("a barrier within {metres:g} m", metres=open_within),
        tr(
            "Move them onto their barrier, or write a larger 'open_within'; as it is, they do "
            "nothing."
        ),
        "warning",
    )
    found = tr("crossings whose barrier is up to {metres:,.0f} m away", metres=metres.max())
    return row_problem(crossings.table, "x", far, wording, found)


def opening_metres(crossings: pd.DataFrame, open_within: float) -> NDArray[np.float64]:
    """How far each crossing opens barriers, in metres, shape (crossings,)."""
    own = crossings.get("open_within", pd.Series(np.nan, index=crossings.index))
    return np.asarray(own.fillna(open_within), dtype=np.float64)


def _to_nearest(barriers: pd.DataFrame, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    line = np.unique(barriers["barrier"].to_numpy(), return_inverse=True)[1]
    lines = shapely.linestrings(barriers[["x", "y"]].to_numpy(float), indices=line)
    (point, _), metres = shapely.STRtree(lines).query_nearest(
        shapely.points(xy), all_matches=False, return_distance=True
    )
    nearest = np.full(len(xy), np.inf)
    nearest[point] = metres
    return nearest


def _no_crossings(where: str) -> Problem:
    return Problem(
        code="no-crossings",
        where=where,
        found=tr("barriers without any crossing"),
        expected=tr("the points where people get across: bridges, underpasses, lights"),
        mend=tr(
            "As it is, everyone walks round their ends. Add 'crossings: {file: crossings.csv}' "
            "beside them."
        ),
        severity="warning",
    )
