"""A folder of scenarios: a run folder each, and one SQLite index of what was asked of them.

The run folder is written first, the index last; what a kill leaves between the two is found when
the workspace is opened again. Nothing but the solve in flight is lost.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from siting.errors import InputError, Problem
from siting.language import tr
from siting.plain_files import is_database
from siting.serve.records import Figures, FrontierPoint, PlanRequest, Scenario

INDEX_FILE, SCENARIOS, STUDIES = "what-if.sqlite", "scenarios", "studies"
FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS scenarios (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, created REAL NOT NULL, parent INTEGER,
  pinned INTEGER NOT NULL DEFAULT 0, hidden INTEGER NOT NULL DEFAULT 0, draft TEXT NOT NULL,
  figures TEXT);
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Workspace:
    """The scenarios of one folder.

    Args:
        folder: Made if it is missing.
        instance: Where the inputs are; a workspace is of one instance.

    Raises:
        InputError: The folder is of another instance, or its index cannot be read.
    """

    def __init__(self, folder: Path, instance: Path) -> None:
        self.folder = folder
        (folder / SCENARIOS).mkdir(parents=True, exist_ok=True)
        self._path = folder / INDEX_FILE
        if not is_database(self._path):
            raise InputError([_no_index(self._path, tr("a device, a pipe or a link"))])
        try:
            with self._change() as database:
                database.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise InputError([_no_index(self._path, str(error))]) from None
        self._claim(instance)

    def _claim(self, instance: Path) -> None:
        """Notes whose workspace it is, and refuses that of another instance."""
        said = self._fact("format")
        if said is not None and said != str(FORMAT):
            raise InputError([_no_index(self._path, tr("version {version}", version=said))])
        known, here = self._fact("instance"), str(instance.resolve())
        if known is not None and known != here:
            raise InputError([_of_another(self.folder, known, here)])
        self._note("format", str(FORMAT))
        self._note("instance", here)

    # --- what there is --------------------------------------------------------------------------

    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios with a plan, the oldest first; those that were taken out are not shown."""
        query = f"{_SELECT} WHERE figures IS NOT NULL AND hidden=0 ORDER BY id"
        return tuple(_scenario(row) for row in self._ask(query))

    def scenario(self, number: int) -> Scenario:
        """One scenario, shown or not.

        Raises:
            KeyError: There is no such scenario.
        """
        rows = self._ask(f"{_SELECT} WHERE figures IS NOT NULL AND id=?", number)
        if not rows:
            raise KeyError(number)
        return _scenario(rows[0])

    def run_folder(self, number: int) -> Path:
        """Where the plan of a scenario is."""
        return self.folder / SCENARIOS / folder_name(number)

    @property
    def current(self) -> int | None:
        """The scenario that the page shows, if there is any."""
        shown = [scenario.id for scenario in self.scenarios()]
        said = self._fact("current")
        number = int(said) if said is not None else None
        return number if number in shown else (shown[-1] if shown else None)

    def unfinished(self) -> tuple[int, ...]:
        """Scenarios that were begun and have no figures: of a solve that was killed."""
        rows = self._ask("SELECT id FROM scenarios WHERE figures IS NULL ORDER BY id")
        return tuple(int(str(row[0])) for row in rows)

    @property
    def frontier(self) -> tuple[FrontierPoint, ...]:
        """What is known of other sums of money, the smallest first."""
        said = json.loads(self._fact("frontier") or "[]")
        points = (FrontierPoint.model_validate(point) for point in said)
        return tuple(sorted(points, key=lambda point: point.budget))

    def has_adopted(self, digest: str) -> bool:
        """Whether the plan with a digest was made a scenario, wherever it came from."""
        return digest in json.loads(self._fact("adopted") or "[]")

    # --- what changes ---------------------------------------------------------------------------

    def keep_frontier(self, point: FrontierPoint) -> None:
        """Keeps what so much money can do, in place of what was known of it."""
        others = [one for one in self.frontier if one.budget != point.budget]
        self._note("frontier", json.dumps([one.model_dump() for one in (*others, point)]))

    def note_adopted(self, digest: str) -> None:
        """Notes that the plan with a digest is a scenario."""
        known = json.loads(self._fact("adopted") or "[]")
        self._note("adopted", json.dumps([*known, digest]))

    def begin(self, request: PlanRequest, name: str, parent: int | None) -> int:
        """Enlists a scenario that is going to be solved; its number."""
        with self._change() as database:
            values = (name or "", time.time(), parent, request.model_dump_json())
            query = "INSERT INTO scenarios (name, created, parent, draft) VALUES (?,?,?,?)"
            number = database.execute(query, values).lastrowid
        assert number is not None  # noqa: S101 - an INSERT has one
        return number

    def finish(self, number: int, figures: Figures) -> Scenario:
        """Keeps what a scenario came to, and makes it the current one."""
        with self._change() as database:
            query = "UPDATE scenarios SET figures=? WHERE id=?"
            database.execute(query, (figures.model_dump_json(), number))
        self.show(number)
        return self.scenario(number)

    def abandon(self, number: int) -> None:
        """Forgets a scenario that came to nothing, with its folder."""
        with self._change() as database:
            database.execute("DELETE FROM scenarios WHERE id=? AND figures IS NULL", (number,))
        shutil.rmtree(self.run_folder(number), ignore_errors=True)

    def show(self, number: int) -> None:
        """Makes a scenario the current one.

        Raises:
            KeyError: There is no such scenario.
        """
        self.scenario(number)
        with self._change() as database:
            database.execute("UPDATE scenarios SET hidden=0 WHERE id=?", (number,))
        self._note("current", str(number))

    def undo(self) -> int | None:
        """Goes back to the scenario that the current one was made from; it stays where it is."""
        current = self.current
        parent = None if current is None else self.scenario(current).parent
        if parent is not None:
            self.show(parent)
        return self.current

    def edit(self, number: int, name: str | None, pinned: bool | None) -> Scenario:  # noqa: FBT001
        """Renames or pins a scenario; None leaves what it is."""
        self.scenario(number)
        with self._change() as database:
            for column, value in (("name", name), ("pinned", pinned)):
                if value is not None:
                    query = f"UPDATE scenarios SET {column}=? WHERE id=?"  # noqa: S608 - our own
                    database.execute(query, (value, number))
        return self.scenario(number)

    def hide(self, number: int) -> None:
        """Takes a scenario out of the list; its folder stays, and `show` brings it back."""
        self.scenario(number)
        with self._change() as database:
            database.execute("UPDATE scenarios SET hidden=1 WHERE id=?", (number,))

    # --- the file -------------------------------------------------------------------------------

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30)) as database, database:
            yield database

    def _ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            return database.execute(query, values).fetchall()

    def _fact(self, key: str) -> str | None:
        rows = self._ask("SELECT value FROM facts WHERE key=?", key)
        return str(rows[0][0]) if rows else None

    def _note(self, key: str, value: str) -> None:
        with self._change() as database:
            database.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (key, value))


_SELECT = "SELECT id, name, created, parent, pinned, draft, figures FROM scenarios"


def folder_name(number: int) -> str:
    """The name of a scenario's run folder: a number, whatever people call it."""
    return f"{number:04d}"


def _scenario(row: tuple[object, ...]) -> Scenario:
    number, name, created, parent, pinned, request, figures = row
    return Scenario.model_validate(
        {
            "id": number,
            "name": name or folder_name(int(str(number))),
            "created": created,
            "parent": parent,
            "pinned": bool(pinned),
            "request": json.loads(str(request)),
            "figures": json.loads(str(figures)),
            "folder": folder_name(int(str(number))),
        }
    )


def _no_index(path: Path, found: str) -> Problem:
    return Problem(
        "no-index",
        str(path),
        found,
        tr("the index of a workspace that 'siting serve' of this version wrote"),
        tr("Name another folder with --workspace."),
    )


def _of_another(folder: Path, known: str, here: str) -> Problem:
    return Problem(
        "other-instance",
        str(folder),
        tr("a workspace of {instance}", instance=known),
        tr("one of {instance}", instance=here),
        tr("Name another folder with --workspace."),
    )
