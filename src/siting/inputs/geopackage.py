"""GeoPackages of anybody's, read by SQLite alone, from memory, under its rules for such files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from siting.errors import InputError
from siting.inputs.layer_geometry import known_crs, read_shapes
from siting.inputs.limits import most_cells, too_many_cells
from siting.inputs.table_problems import choose_layer, no_such, unreadable
from siting.inputs.text import cell_text
from siting.language import tr

_SIGNATURE = b"SQLite format 3\0"
# Where a file says that changes stand in a log beside it, which its bytes alone have not.
_LOGGED = slice(18, 20)
_LAYERS = """
SELECT table_name FROM gpkg_contents JOIN sqlite_master ON name = table_name
WHERE type = 'table' AND rootpage > 0 AND data_type IN ('features', 'attributes')
AND table_name <> 'layer_styles' ORDER BY gpkg_contents.rowid
"""
_GEOMETRY = "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?"
_SYSTEM = """
SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?
"""
_STEPS, _MOST_CALLS, _LONGEST = 100_000, 50_000, 1 << 26
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)


def read_geopackage(name: str, content: bytes, layer: str | None) -> Any:  # noqa: ANN401
    """One layer as a GeoDataFrame, or a plain frame where it has no geometry; cells are text.

    Raises:
        InputError: It is no GeoPackage, damaged, lacks the layer, or has several.
    """
    if not content.startswith(_SIGNATURE):
        raise InputError([unreadable(name, tr("not a GeoPackage"))])
    try:
        with closing(_opened(content)) as database:
            found = [str(row[0]) for row in database.execute(_LAYERS)]
            table = _chosen(name, found, layer)
            return _frame(name, database, table)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        why = tr("not a whole GeoPackage ({error})", error=error)
        raise InputError([unreadable(name, why)]) from None


def _opened(content: bytes) -> sqlite3.Connection:
    """The database in memory: it may be read, and calls no function."""
    database = sqlite3.connect(":memory:")
    database.text_factory = lambda text: text.decode("utf-8", errors="replace")
    database.deserialize(content[: _LOGGED.start] + b"\1\1" + content[_LOGGED.stop :])
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    database.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
    )
    calls = iter(range(_MOST_CALLS))
    database.set_progress_handler(lambda: next(calls, None) is None, _STEPS)
    return database


def _chosen(name: str, found: list[str], layer: str | None) -> str:
    if not found:
        raise InputError([unreadable(name, tr("it has no layers"))])
    if layer is not None and layer not in found:
        raise InputError([no_such(name, "layer", layer, found)])
    if layer is None and len(found) > 1:
        raise InputError([choose_layer(name, found)])
    return layer or found[0]


def _frame(name: str, database: sqlite3.Connection, table: str) -> Any:  # noqa: ANN401
    import geopandas  # noqa: PLC0415 - half a second that CSV users need not wait
    import pandas as pd  # noqa: PLC0415

    geometry = database.execute(_GEOMETRY, (table,)).fetchone()
    quoted = '"' + table.replace('"', '""') + '"'
    cursor = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - a name that the file has
    columns = [str(one[0]) for one in cursor.description]
    rows = list(_limited(name, cursor, len(columns)))
    shape = columns.index(geometry[0]) if geometry and geometry[0] in columns else None
    plain = [at for at in range(len(columns)) if at != shape]
    cells = {columns[at]: [cell_text(row[at]) for row in rows] for at in plain}
    if shape is None:
        return pd.DataFrame(cells)
    shapes = read_shapes(name, [row[shape] for row in rows])
    cells.pop("geometry", None)
    system = database.execute(_SYSTEM, (geometry[1],)).fetchone()
    crs = None if system is None else known_crs(f"{system[0]}:{system[1]}")
    return geopandas.GeoDataFrame(cells, geometry=list(shapes), crs=crs)


def _limited(name: str, cursor: sqlite3.Cursor, width: int) -> Iterator[tuple[Any, ...]]:
    most = most_cells() // max(1, width)
    for number, row in enumerate(cursor):
        if number >= most:
            raise InputError([too_many_cells(name)])
        yield row
