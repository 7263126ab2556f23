"""What `siting serve` was given: an instance, a run or a sweep, as one thing to open."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siting.errors import InputError, Problem
from siting.language import tr
from siting.serve.records import FrontierPoint, PlanRequest

_PLAN, _SWEEP, _INSTANCE = "plan.json", "index.sqlite", "instance.yaml"
_GIVEN = "given"


@dataclass(frozen=True)
class Opened:
    """One instance with what is known of it already.

    Attributes:
        instance: Its folder.
        first: What is asked where nothing is wished.
        given: The model of a run, in the form of its YAML, or None.
        overrides: Values of instance.yaml that a run replaced.
        run: The run folder, if it is one; its plan is the first scenario.
        digest: Of the run's plan.
        frontier: What a sweep knows of other sums of money, with the run folder of each.
    """

    instance: Path
    first: PlanRequest = field(default_factory=PlanRequest)
    given: Mapping[str, Any] | None = None
    overrides: tuple[tuple[str, str], ...] = ()
    run: Path | None = None
    digest: str = ""
    frontier: tuple[tuple[FrontierPoint, Path], ...] = ()

    @property
    def settings(self) -> dict[str, object]:
        """What the process beside the server is told first."""
        return {
            "folder": str(self.instance.resolve()),
            "given": self.given,
            "overrides": [list(pair) for pair in self.overrides],
        }


def open_source(source: Path) -> Opened:
    """Finds out what a folder is.

    Raises:
        InputError: It is neither an instance nor a run nor a sweep.
    """
    folder = source.parent if source.name == _INSTANCE else source
    if (folder / _PLAN).is_file():
        return _of_run(folder)
    if (folder / _SWEEP).is_file():
        return _of_sweep(folder)
    if (folder / _INSTANCE).is_file():
        return Opened(folder)
    raise InputError([_nothing(source)])


def _of_run(folder: Path) -> Opened:
    from siting.plan.plan_file import read_plan_file  # noqa: PLC0415 - a plain instance needs none

    file = read_plan_file(folder)
    said = file.content["instance"]
    first = PlanRequest(
        model=_GIVEN, budget=file.content.get("budget"), changes=dict(said.get("changes") or {})
    )
    overrides = tuple((str(k), str(v)) for k, v in (said.get("overrides") or {}).items())
    return Opened(
        instance=file.instance_folder,
        first=first,
        given=file.content["model"],
        overrides=overrides,
        run=folder.resolve(),
        digest=str(file.content.get("digest", "")),
    )


_POINTS = """SELECT instance, budget, objective, bound, folder, parameters FROM points
  WHERE status='done' AND model='annual-plan' AND staged=0 ORDER BY budget"""


_MONEY = {"budget"}


def _of_sweep(folder: Path) -> Opened:
    """The instance of a sweep's first point, and all points of it that only differ in money."""
    from siting.sweep.index_whole import is_current  # noqa: PLC0415 - it loads the whole stage

    if not is_current(folder / _SWEEP):
        raise InputError([_nothing(folder)])
    try:
        with closing(
            sqlite3.connect(f"{(folder / _SWEEP).resolve().as_uri()}?mode=ro", uri=True)
        ) as index:
            named = index.execute("SELECT instance FROM points ORDER BY rowid LIMIT 1").fetchone()
            rows = index.execute(_POINTS).fetchall()
    except sqlite3.DatabaseError:
        raise InputError([_nothing(folder)]) from None
    if named is None:
        raise InputError([_nothing(folder)])
    points = tuple(
        (FrontierPoint(budget=budget, objective=objective, bound=bound), folder / "points" / name)
        for instance, budget, objective, bound, name, parameters in rows
        if instance == named[0] and budget is not None and json.loads(parameters).keys() <= _MONEY
        if name not in ("", "..") and Path(name).name == name
    )
    return Opened(Path(named[0]), frontier=points)


def _nothing(source: Path) -> Problem:
    return Problem(
        "nothing-to-serve",
        str(source),
        tr("neither an instance nor a run nor a sweep"),
        tr("an instance folder, or a folder that 'siting solve' or 'siting sweep' wrote"),
        tr("Correct the path."),
    )
