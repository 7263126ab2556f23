"""A street layer as a walking network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from siting.coverage.network import shortest_edges
from siting.errors import InputError, Problem
from siting.inputs.placement import convert
from siting.inputs.yaml_marks import MarkedYaml
from siting.language import tr
from siting.prepare.bureau.bureau_mapping import LinesEntry
from siting.prepare.bureau.cell_grids import read_shapes
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.placing import Area
from siting.prepare.bureau.systems import read_system
from siting.prepare.coordinates import Floats

SNAP_LIMIT_METRES = 300.0
# A point snaps to a node; more nodes in mid-street keep that close to the street itself.
_NODE_EVERY_METRES = 60.0
_DIGITS = 2
_LEAST_NODES = 20
_DEGREES = CRS.from_epsg(4326)


@dataclass(frozen=True)
class StreetNetwork:
    """Tables of a walking network, and its nodes as points, metres, shape (nodes, 2)."""

    nodes: pd.DataFrame
    edges: pd.DataFrame
    xy: Floats

    def distance(self, xy: Floats) -> Floats:
        """Metres from each point (n, 2) to the nearest node."""
        return np.asarray(KDTree(self.xy).query(xy)[0], dtype=float)


def read_street_lines(
    folder: Path, entry: LinesEntry, role: str, marked: MarkedYaml, area: Area
) -> np.ndarray:
    """Reads lines in degrees of WGS84, shape (lines,).

    Raises:
        InputError: The file or its system cannot be read, it has no lines, or they are elsewhere.
    """
    where = marked.where((role, "crs"))
    system, problems = read_system(entry.crs, where)
    frame = read_shapes(folder, entry.file, entry.layer, marked.where((role, "file")))[0]
    shapes = frame.geometry.dropna().to_numpy() if "geometry" in frame else np.empty(0, object)
    lines = shapes[np.isin(shapely.get_type_id(shapes), (1, 2, 5))]
    if system is None or not len(lines):
        raise InputError([*problems, *([] if len(lines) else [_no_lines(entry.file)])])
    moved = system.shapes_into(shapely.force_2d(lines), _DEGREES)
    ends = shapely.get_coordinates(shapely.get_point(shapely.get_geometry(moved, 0), 0))
    if area.holds(ends).mean() <= 0.5:
        raise InputError([_elsewhere(entry.file, ends, area)])
    return moved


def _no_lines(file: str) -> Problem:
    return Problem(
        code="not-lines",
        where=file,
        found=tr("a file without lines"),
        expected=tr("a layer of lines"),
        mend=tr("Name the right file or layer."),
    )


def _elsewhere(file: str, ends: Floats, area: Area) -> Problem:
    lon, lat = np.median(ends, axis=0)
    return Problem(
        code="outside-city",
        where=file,
        found=tr("lines at {lon:.2f} E, {lat:.2f} N", lon=lon, lat=lat),
        expected=tr("lines in the city: {area}", area=area.text),
        mend=tr("Say with 'crs' at this file which system it is in."),
    )


def make_network(lines: np.ndarray, crs: CRS, findings: Findings, file: str) -> StreetNetwork:
    """Joins lines wherever they meet or cross; both directions alike, lengths in metres.

    Crossings without a common vertex are joined, too, for centre lines are often drawn through: a
    bridge over a street is taken for a crossing. Parts of fewer than 20 nodes beside the largest
    are left out.

    Args:
        lines: In degrees of WGS84.
        crs: Metric system of the network.
        findings: Where it is noted what was left out.
        file: Name of the source.
    """
    metric = _projected(lines, crs)
    noded = shapely.segmentize(shapely.node(shapely.multilinestrings(shapely.get_parts(metric))),
                               _NODE_EVERY_METRES)  # fmt: skip
    pieces = shapely.get_parts(noded)
    xy, line = shapely.get_coordinates(pieces, return_index=True)
    nodes, at = np.unique(np.round(xy, _DIGITS), axis=0, return_inverse=True)
    same = line[1:] == line[:-1]
    tail, head = at.reshape(-1)[:-1][same], at.reshape(-1)[1:][same]
    metres = np.hypot(*(nodes[tail] - nodes[head]).T)
    tail, head, metres = shortest_edges(tail, head, metres)
    keep = _large_parts(len(nodes), tail, head)
    if not keep.all():
        what = tr("{count} nodes in small parts without a link", count=int((~keep).sum()))
        findings.add(Finding("street-left-out", file, "", None, what, tr("left out")))
    return _tables(nodes, tail, head, metres, keep)


def _projected(lines: np.ndarray, crs: CRS) -> np.ndarray:
    return np.asarray(shapely.transform(lines, lambda lonlat: convert(lonlat, _DEGREES, crs)))


def _large_parts(count: int, tail: np.ndarray, head: np.ndarray) -> np.ndarray:
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(count, count))
    part = connected_components(graph, directed=False)[1]
    sizes = np.bincount(part)
    return np.asarray((sizes >= min(_LEAST_NODES, sizes.max()))[part])


def _tables(
    nodes: Floats, tail: np.ndarray, head: np.ndarray, metres: Floats, keep: np.ndarray
) -> StreetNetwork:
    new = np.cumsum(keep) - 1
    kept = keep[tail]
    table = pd.DataFrame({"node_id": np.arange(keep.sum()), "x": nodes[keep, 0],
                          "y": nodes[keep, 1]})  # fmt: skip
    edges = pd.DataFrame(
        {
            "from_node": new[tail[kept]],
            "to_node": new[head[kept]],
            "metres": np.round(metres[kept], _DIGITS),
        }
    )
    return StreetNetwork(table, edges, nodes[keep])
