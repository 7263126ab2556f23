"""What works through the points: the interface, and processes of this machine by joblib.

Another engine (a cluster, say) is anything with `run`: it takes tasks one at a time, whenever it
has a worker free, and gives back the outcomes as they come. A task that was taken is claimed.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from siting.coverage.input_cache import InputCache, cache_of_process
from siting.language import tr
from siting.sweep.index import SweepIndex
from siting.sweep.outcome import Outcome, PointFailure
from siting.sweep.point_run import PointTask, Stop, solve_point

Answers = Iterator[tuple[str, Outcome]]
Pool = Generator[tuple[str, Outcome], None, list[PointTask]]


class Engine(Protocol):
    """Works through tasks, several at a time or one by one."""

    @property
    def workers(self) -> int:
        """How many points are solved at the same time."""

    def run(self, tasks: Iterator[PointTask], stop: Stop, stop_file: Path) -> Answers:
        """Gives id and outcome of every task that it took, in any order.

        A task whose worker died comes back with `PointFailure.CRASH`; nothing else may be lost.

        Args:
            tasks: Claimed when they are taken: take one only when a worker is free for it.
            stop: Whether to stop, for workers in this process.
            stop_file: There as soon as workers elsewhere are to stop.
        """


def crashed() -> Outcome:
    """The outcome of a point whose worker died."""
    return Outcome(PointFailure.CRASH, tr("the process that worked on it died"))


@dataclass
class LocalEngine:
    """Processes of this machine; one worker works in this process.

    Attributes:
        workers: How many.
    """

    workers: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cache: InputCache = field(default_factory=InputCache)

    def run(self, tasks: Iterator[PointTask], stop: Stop, stop_file: Path) -> Answers:
        """See `Engine.run`."""
        if self.workers > 1:
            yield from self._in_processes(tasks, stop_file)
            return
        for task in tasks:
            yield (
                task.identity,
                solve_point(task, stop, SweepIndex(_root(task)).record_progress, self._cache),
            )

    def _in_processes(self, tasks: Iterator[PointTask], stop_file: Path) -> Answers:
        """A pool; when one of its processes dies, its points are tried again one at a time."""
        suspects = yield from self._pool(tasks, stop_file)
        while suspects:
            for task in suspects:
                # Alone, so that it is clear which point it was.
                if (yield from self._pool(iter([task]), stop_file)):
                    yield task.identity, crashed()
            suspects = yield from self._pool(tasks, stop_file)

    def _pool(self, tasks: Iterator[PointTask], stop_file: Path) -> Pool:
        """One pool until the tasks are done; returns what was lost when a process died."""
        from joblib import Parallel, delayed  # noqa: PLC0415 - only where there are workers
        from joblib.externals.loky.process_executor import TerminatedWorkerError  # noqa: PLC0415

        flying: dict[str, PointTask] = {}
        parallel = Parallel(
            n_jobs=self.workers,
            backend="loky",
            return_as="generator_unordered",
            pre_dispatch=self.workers,
            batch_size=1,
            max_nbytes=None,
        )
        calls = (
            delayed(_in_worker)(task, stop_file, os.getpid()) for task in self._taken(tasks, flying)
        )
        try:
            for identity, outcome in parallel(calls):
                del flying[identity]
                yield identity, outcome
        except TerminatedWorkerError:
            return list(flying.values())
        return []

    def _taken(
        self, tasks: Iterator[PointTask], flying: dict[str, PointTask]
    ) -> Iterator[PointTask]:
        """The tasks, noted as they are taken; joblib takes them from threads of its own."""
        while True:
            with self._lock:
                task = next(tasks, None)
                if task is None:
                    return
                flying[task.identity] = task
            yield task


def _root(task: PointTask) -> Path:
    """The sweep folder of a task: its run folder is in `points`."""
    return task.folder.parent.parent


def _in_worker(task: PointTask, stop_file: Path, parent: int) -> tuple[str, Outcome]:
    """One point in a process of a pool, which stops at the stop file or when it is left alone."""
    # Ctrl-C on the terminal is for the parent, which decides what becomes of its points.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def stop() -> bool:
        return stop_file.exists() or os.getppid() != parent

    on_progress = SweepIndex(_root(task)).record_progress
    return task.identity, solve_point(task, stop, on_progress, cache_of_process())
