"""The index of a sweep folder: one SQLite file that several processes may write at once.

Every change is one transaction, so a process that dies in between leaves the state before or after
it. The plans themselves are in the run folders; they are written first.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import InputError, Problem
from siting.language import tr
from siting.plain_files import is_database
from siting.sweep.claims import Owner, is_alive
from siting.sweep.frontier import turn_of
from siting.sweep.index_queries import (
    AGAIN,
    CHOOSE,
    CLAIM,
    COUNTS,
    ENLIST,
    FORMAT,
    NEXT_LARGER,
    NEXT_SMALLER,
    RUNNING,
    TABLES,
    UPGRADE_1,
    UPGRADE_2,
    WITH_PLAN,
)
from siting.sweep.outcome import Outcome, PointFailure
from siting.sweep.points import Point
from siting.units import Currency

INDEX_FILE = "index.sqlite"
# How long one writer waits for another, in seconds.
_PATIENCE = 60.0
# SQLite of old takes 999 values in one query.
_AT_ONCE = 900


@dataclass(frozen=True)
class Entry:
    """A point as the index lists it.

    Attributes:
        point: The point.
        identity: Its id; see `point_id`.
        folder: Name of its run folder within `points`.
        name: What people call it.
        currency: The money of its instance.
    """

    point: Point
    identity: str
    folder: str
    name: str
    currency: Currency = field(default_factory=Currency)


@dataclass(frozen=True)
class RunningPoint:
    """A point that is worked on: its name, how far it is, since when (Unix time), and by whom."""

    name: str
    objective: float | None
    bound: float | None
    started: float
    heartbeat: float
    owner: Owner


@dataclass(frozen=True)
class Frames:
    """An index as tables.

    Attributes:
        sweeps: `sweep`, `asked` (a dict), `started`.
        points: One row a point: what was asked (`parameters` is a dict), `status` (waiting,
            running, done, failed), and the columns of `Outcome`; `gain` is how much
            better the objective is than the baseline.
        members: Which points a sweep has: `sweep`, `position`, `point`.
        choices: One row an offer that a point chose; see `Choice`.
    """

    sweeps: pd.DataFrame
    points: pd.DataFrame
    members: pd.DataFrame
    choices: pd.DataFrame

    def of_sweep(self, sweep: str) -> pd.DataFrame:
        """The points of one sweep, in its order."""
        wanted = self.members[self.members["sweep"] == sweep].sort_values("position")
        return wanted[["point"]].merge(self.points, on="point", how="left")


class SweepIndex:
    """The index of one sweep folder.

    Args:
        folder: The sweep folder; made if it is missing.

    Raises:
        InputError: The file there is no index, or one of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / INDEX_FILE
        if not is_database(self._path):
            raise InputError([no_index(self._path, tr("a device, a pipe or a link"))])
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise InputError([no_index(self._path, str(error))]) from None

    def _prepare(self) -> None:
        with closing(self._connect()) as database:
            if database.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                _with_patience(database, "PRAGMA journal_mode=WAL")
            found = database.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, 1, 2, FORMAT):
            raise sqlite3.DatabaseError(tr("an index of version {version}", version=found))
        if found != FORMAT:
            self._set_up()

    def _set_up(self) -> None:
        """Makes the tables of a new index or of an older one; another process may be first."""
        with self._change() as database:
            found = database.execute("PRAGMA user_version").fetchone()[0]
            script = {0: TABLES, 1: UPGRADE_1, 2: UPGRADE_2}.get(found, "")
            for statement in filter(str.strip, script.split(";")):
                database.execute(statement)
            database.execute(f"PRAGMA user_version={FORMAT}")

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
        database.execute("PRAGMA trusted_schema=OFF")
        return database

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes; nobody else writes meanwhile."""
        with closing(self._connect()) as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as database:
            return database.execute(query, values).fetchall()

    def enlist(self, sweep: str, asked: Mapping[str, Any], entries: Iterable[Entry]) -> None:
        """Notes what is asked; points that are known already keep their state.

        Points that failed are to be tried again, unless it is proven that they have no plan.
        """
        with self._change() as database:
            said = json.dumps(asked, ensure_ascii=False)
            database.execute(
                "INSERT OR IGNORE INTO sweeps VALUES (?,?,?)", (sweep, said, time.time())
            )
            database.execute("DELETE FROM members WHERE sweep=?", (sweep,))
            for position, entry in enumerate(entries):
                database.execute(ENLIST, _row(entry))
                member = (sweep, position, entry.identity)
                database.execute("INSERT OR IGNORE INTO members VALUES (?,?,?)", member)
            again = (sweep, str(PointFailure.INFEASIBLE))
            database.execute(AGAIN, again)

    def done(self) -> list[tuple[str, str, str, float | None]]:
        """Points with a plan: identity, name, run folder and objective."""
        query = "SELECT point, name, folder, objective FROM points WHERE status='done'"
        return [(str(a), str(b), str(c), d) for a, b, c, d in self._ask(query)]

    def give_back(self, identities: Iterable[str]) -> None:
        """Points whose plans are lost wait again."""
        with self._change() as database:
            query = "UPDATE points SET status='waiting' WHERE point=? AND status='done'"
            database.executemany(query, [(identity,) for identity in identities])

    def claim(self, identity: str, owner: Owner) -> bool:
        """Takes a waiting point, or one whose owner is dead; False where it is not to be had."""
        with self._change() as database:
            query = "SELECT status, owner, heartbeat FROM points WHERE point=?"
            status, holder, beat = database.execute(query, (identity,)).fetchone()
            now = time.time()
            if status in ("done", "failed") or (
                status == "running" and is_alive(Owner.from_text(holder), now - beat)
            ):
                return False
            database.execute(CLAIM, (str(owner), now, now, identity))
            return True

    def release(self, identity: str, owner: Owner) -> None:
        """Gives a point back to be solved on: it was stopped."""
        with self._change() as database:
            if _holds(database, identity, owner):
                query = "UPDATE points SET status='waiting', owner=NULL WHERE point=?"
                database.execute(query, (identity,))

    def record(self, identity: str, outcome: Outcome, owner: Owner) -> None:
        """Writes what came of a point that this owner has; of another's, nothing."""
        with self._change() as database:
            if not _holds(database, identity, owner):
                return
            columns = outcome.columns()
            marks = ", ".join(f'"{name}"=?' for name in columns)
            status = "failed" if outcome.failure else "done"
            database.execute(
                f"UPDATE points SET {marks}, status=?, owner=NULL, finished=? WHERE point=?",  # noqa: S608
                (*columns.values(), status, time.time(), identity),
            )
            database.execute("DELETE FROM choices WHERE point=?", (identity,))
            database.executemany(CHOOSE, [(identity, *astuple(c)) for c in outcome.choices])

    def beat(self, owner: Owner) -> None:
        """A sign of life for all points that this owner works on."""
        with self._change() as database:
            query = "UPDATE points SET heartbeat=? WHERE owner=? AND status='running'"
            database.execute(query, (time.time(), str(owner)))

    def record_progress(self, identity: str, objective: float | None, bound: float | None) -> None:
        """Notes how far a running point is, for whoever watches."""
        with self._change() as database:
            query = "UPDATE points SET objective=?, bound=? WHERE point=? AND status='running'"
            database.execute(query, (objective, bound, identity))

    def statuses(self, identities: Iterable[str]) -> dict[str, str]:
        """The status of each of these points, in their order; of no others is anything read."""
        wanted, found = list(dict.fromkeys(identities)), dict[str, str]()
        with closing(self._connect()) as database:
            for first in range(0, len(wanted), _AT_ONCE):
                part = wanted[first : first + _AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT point, status FROM points WHERE point IN ({marks})"  # noqa: S608
                found |= dict(database.execute(query, part).fetchall())
        return {point: found[point] for point in wanted if point in found}

    def status(self, identity: str) -> str:
        """The status of one point."""
        return self.statuses([identity])[identity]

    def counts(self, sweep: str) -> dict[str, int]:
        """How many points of a sweep have each status."""
        return dict(self._ask(COUNTS, sweep))

    def running(self) -> list[RunningPoint]:
        """The points that are worked on, the oldest first."""
        rows = self._ask(RUNNING)
        return [
            RunningPoint(name, value, bound, since, beat, Owner.from_text(owner))
            for name, value, bound, since, beat, owner in rows
        ]

    def neighbours(self, entry: Entry, most: int = 3) -> list[str]:
        """Run folders of points with a plan and the same structure key: what to start from.

        First that of the next smaller budget, then of the next larger, then of other ones: a plan
        of a smaller budget keeps a larger one, and multipliers prove a bound of every budget.

        Args:
            entry: The point that is to be solved.
            most: How many at most.
        """
        key, budget = entry.point.structure_key, entry.point.budget
        if budget is None:
            rows = self._ask(WITH_PLAN + " LIMIT ?", key, entry.identity, most)
            return [folder for folder, _ in rows]
        below = self._ask(NEXT_SMALLER, key, entry.identity, budget, most)
        above = self._ask(NEXT_LARGER, key, entry.identity, budget, most)
        ordered = [*below[:1], *above[:1], *below[1:], *above[1:]]
        return [folder for folder, _ in ordered[:most]]

    def chosen(self, identity: str) -> tuple[str, ...]:
        """Ids of the offers that a point chose."""
        rows = self._ask("SELECT offer_id FROM choices WHERE point=? ORDER BY rowid", identity)
        return tuple(row[0] for row in rows)

    def frames(self) -> Frames:
        """All of it as tables."""
        with closing(self._connect()) as database:
            # One transaction, so that the tables are of one moment.
            database.execute("BEGIN")
            names = ("sweeps", "points", "members", "choices")
            tables = {
                name: pd.read_sql_query(f"SELECT * FROM {name}", database)  # noqa: S608 - our own
                for name in names
            }
        tables["sweeps"]["asked"] = tables["sweeps"]["asked"].map(json.loads)
        points = tables["points"]
        points["parameters"] = points["parameters"].map(json.loads)
        points["staged"] = points["staged"].astype(bool)
        numbers = [name for name in _NUMBERS if name in points]
        points[numbers] = points[numbers].astype(float)
        points["sense"] = points["sense"].fillna("maximise")
        points["gain"] = turn_of(points) * (points["objective"] - points["baseline"])
        return Frames(**tables)


def read_index(folder: Path) -> Frames:
    """The index of a sweep folder as tables.

    Raises:
        InputError: There is none.
    """
    path = folder / INDEX_FILE
    if not path.is_file():
        raise InputError([no_index(path, tr("no such file"))])
    return SweepIndex(folder).frames()


_NUMBERS = (
    "objective",
    "baseline",
    "bound",
    "certified_bound",
    "relative_gap",
    "budget",
    "asked_budget",
    "spend",
    "complete_before",
    "complete_after",
    "price",
    "seconds",
    "draw",
)


def _with_patience(database: sqlite3.Connection, query: str) -> None:
    """Another process may be at the same; SQLite does not wait for this by itself."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            database.execute(query)
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def no_index(path: Path, found: str) -> Problem:
    """A file that is no index of a sweep."""
    return Problem(
        code="no-index",
        where=str(path),
        found=found,
        expected=tr("the index of a folder that 'siting sweep -o' wrote"),
        mend=tr("Name that folder, or another one."),
    )


def _row(entry: Entry) -> tuple[object, ...]:
    point = entry.point
    return (
        entry.identity,
        entry.name,
        str(point.instance),
        point.model,
        json.dumps(dict(point.parameters), ensure_ascii=False),
        point.draw,
        bool(point.below),
        point.family,
        point.structure_key,
        entry.currency.unit,
        entry.currency.shown_in,
        point.budget,
        entry.folder,
    )


def _holds(database: sqlite3.Connection, identity: str, owner: Owner) -> bool:
    query = "SELECT 1 FROM points WHERE point=? AND status='running' AND owner=?"
    return database.execute(query, (identity, str(owner))).fetchone() is not None
