"""Whether an index is one that this version wrote: SQLite itself lets any cell hold anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from siting.plain_files import is_database
from siting.sweep.index_queries import FORMAT, TABLES

# What SQLite calls the values that a column of a kind may have.
_VALUES = {"TEXT": "'text'", "REAL": "'real','integer'", "INTEGER": "'integer'"}
_NAMES = ("sweeps", "points", "members", "choices")
_NO_OWNER = """
SELECT 1 FROM points WHERE status = 'running' AND (json_type(owner, '$.host') IS NOT 'text'
OR json_type(owner, '$.pid') IS NOT 'integer' OR json_type(owner, '$.start') IS NOT 'text'
OR (SELECT count(*) FROM json_each(owner)) <> 3)
"""
# Each finds a row that no index has.
_ODD = (
    "SELECT 1 FROM sweeps WHERE json_type(asked) IS NOT 'object'",
    "SELECT 1 FROM points WHERE json_type(parameters) IS NOT 'object'",
    "SELECT 1 FROM points WHERE status NOT IN ('waiting', 'running', 'done', 'failed')",
    "SELECT 1 FROM points WHERE status = 'running' AND (owner IS NULL OR heartbeat IS NULL)",
    _NO_OWNER,
)


def is_whole(path: Path) -> bool:
    """Whether an index can be read from its beginning to its end; of other versions, its pages."""
    return _is_whole(path, others=True)


def is_current(path: Path) -> bool:
    """Whether an index is one of this version, and whole."""
    return _is_whole(path, others=False)


def _is_whole(path: Path, *, others: bool) -> bool:
    if not is_database(path):
        return False
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA trusted_schema=OFF")
            if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return False
            version = database.execute("PRAGMA user_version").fetchone()[0]
            return others if version != FORMAT else _is_ours(database)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return False


def _is_ours(database: sqlite3.Connection) -> bool:
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(TABLES)
        if any(_columns(empty, table) != _columns(database, table) for table in _NAMES):
            return False
        if not _things(database) <= _things(empty):
            return False
    for table in _NAMES:
        for _ in database.execute(f"SELECT * FROM {table}"):  # noqa: S608 - to decode every text
            pass
    odd = (*_ODD, *(query for table in _NAMES for query in _other_values(database, table)))
    return not any(database.execute(query).fetchone() for query in odd)


def _columns(database: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return [line[:6] for line in database.execute(f"PRAGMA table_xinfo({table})")]


def _things(database: sqlite3.Connection) -> set[tuple[object, ...]]:
    """Kind and name of tables, indexes and whatever else: a trigger or a view works for ever."""
    return set(database.execute("SELECT type, name FROM sqlite_master"))


def _other_values(database: sqlite3.Connection, table: str) -> list[str]:
    """Queries for a value that its column does not have, one a column."""
    form = 'SELECT 1 FROM {} WHERE typeof("{}") NOT IN ({}{})'
    return [
        form.format(table, name, _VALUES[str(kind)], "" if needed or key else ",'null'")
        for _, name, kind, needed, _, key in _columns(database, table)
    ]
