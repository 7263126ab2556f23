"""The loop: claims points, hands them to an engine and keeps what comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siting.errors import Problem
from siting.language import Language, in_language, language, tr
from siting.model import ModelSpec
from siting.solve import SolveSettings
from siting.sweep.claims import Owner
from siting.sweep.engines import Engine
from siting.sweep.index import Entry, SweepIndex
from siting.sweep.index_care import POINTS, look_at_done, mended_index
from siting.sweep.outcome import Outcome, PointFailure
from siting.sweep.point_run import PointReporter, PointTask, Stop

# Seconds between signs of life, and between looks at what others work on.
_BEAT, _LOOK = 20.0, 0.2


@dataclass(frozen=True)
class Planned:
    """A point with what is needed to solve it.

    Attributes:
        entry: The point as the index lists it.
        spec: Its model.
        settings: How it is solved.
        state: What the instance's files are.
        after: Id of the point whose choices this one keeps, or None.
        failed: Why it cannot even be tried, or None.
    """

    entry: Entry
    spec: ModelSpec
    settings: SolveSettings
    state: str
    after: str | None = None
    failed: Outcome | None = None


@dataclass(frozen=True)
class Sweep:
    """Everything that was asked for.

    Attributes:
        identity: Of the question; the same question has the same.
        asked: The question as plain values.
        points: Its points, in the order they are solved.
        warnings: What is odd about the instances.
        report: Writes the files of a report into each run folder; None where none are wanted.
    """

    identity: str
    asked: Mapping[str, Any]
    points: tuple[Planned, ...]
    warnings: tuple[Problem, ...] = ()
    report: PointReporter | None = None


Watch = Callable[[str, Outcome], object]


def run_sweep(
    sweep: Sweep, folder: Path, engine: Engine, watch: Watch | None = None, stop: Stop | None = None
) -> SweepIndex:
    """Solves what is not solved yet; each point is safe in the index before `watch` is called.

    Args:
        sweep: What was asked for.
        folder: The sweep folder.
        engine: What works through the points.
        watch: Called with id and outcome of each point that is settled here.
        stop: Asked often; True stops the points in flight, which keep their best plans.

    Returns:
        The index of the folder.
    """
    index = mended_index(folder)
    look_at_done(index)
    index.enlist(sweep.identity, sweep.asked, [planned.entry for planned in sweep.points])
    (folder / POINTS).mkdir(exist_ok=True)
    loop = _Loop(sweep, index, watch or (lambda _identity, _outcome: None), stop or (lambda: False))
    with loop.alive() as stop_file:
        while loop.goes_on():
            for identity, outcome in engine.run(loop.tasks(), loop.stop, stop_file):
                loop.keep(identity, outcome)
    return index


@dataclass
class _Loop:
    """One run of a sweep, and what it has in hand."""

    sweep: Sweep
    index: SweepIndex
    watch: Watch
    stop: Stop
    owner: Owner = field(default_factory=Owner.this)
    # Engines take tasks from threads of their own, which know nothing of the language of this one.
    language: Language = field(default_factory=language)
    held: set[str] = field(default_factory=set)
    idle: bool = False

    def goes_on(self) -> bool:
        """Whether points are left; waits a moment where others work on all of them."""
        if self.idle:
            time.sleep(_LOOK)
        self.idle = True
        return not self.stop() and bool(self._open())

    def _open(self) -> set[str]:
        states = self.index.statuses(planned.entry.identity for planned in self.sweep.points)
        return {point for point, status in states.items() if status in ("waiting", "running")}

    def tasks(self) -> Iterator[PointTask]:
        """Claims one open point after the other; those that wait for another one come next time."""
        open_ = self._open()
        for planned in self.sweep.points:
            identity = planned.entry.identity
            if self.stop():
                return
            if identity not in open_ or not self._is_ready(planned):
                continue
            if self.index.claim(identity, self.owner):
                self.held.add(identity)
                self.idle = False
                lost = planned.failed or self._missing_predecessor(planned)
                if lost is None:
                    yield self._task(planned)
                else:
                    self.keep(identity, lost)

    def _is_ready(self, planned: Planned) -> bool:
        if planned.after is None:
            return True
        return self.index.status(planned.after) in ("done", "failed")

    def _missing_predecessor(self, planned: Planned) -> Outcome | None:
        """A staged point has nothing to keep where the smaller budget has no plan."""
        if planned.after is None or self.index.status(planned.after) == "done":
            return None
        with in_language(self.language):
            return Outcome(
                PointFailure.NOT_STARTED, tr("the next smaller budget has no plan to keep")
            )

    def _task(self, planned: Planned) -> PointTask:
        point, points = planned.entry.point, self.index.folder / POINTS
        return PointTask(
            identity=planned.entry.identity,
            point=point,
            state=planned.state,
            model=planned.spec.to_dict(),
            settings=planned.settings,
            folder=points / planned.entry.folder,
            starts=tuple(points / name for name in self.index.neighbours(planned.entry)),
            locked=self.index.chosen(planned.after) if planned.after else (),
            language=self.language,
            report=self.sweep.report,
        )

    def keep(self, identity: str, outcome: Outcome) -> None:
        """Writes down what came of a point, or gives it back where it was stopped."""
        if outcome.interrupted:
            self.index.release(identity, self.owner)
        else:
            self.index.record(identity, outcome, self.owner)
        self.held.discard(identity)
        self.watch(identity, outcome)

    @contextmanager
    def alive(self) -> Iterator[Path]:
        """Gives signs of life and passes the wish to stop on; in the end nothing stays claimed."""
        stop_file = self.index.folder / f".stop-{self.owner.pid}-{time.time_ns()}"
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(stop_file, over), daemon=True)
        thread.start()
        try:
            yield stop_file
        finally:
            over.set()
            thread.join()
            stop_file.unlink(missing_ok=True)
            for identity in sorted(self.held):
                self.index.release(identity, self.owner)

    def _beat(self, stop_file: Path, over: threading.Event) -> None:
        last = time.monotonic()
        while not over.wait(_LOOK):
            if self.stop():
                stop_file.touch()
            if time.monotonic() - last > _BEAT:
                last = time.monotonic()
                self.index.beat(self.owner)
