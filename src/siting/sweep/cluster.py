"""Points worked through by a Dask cluster: machines that share the folders and nothing else.

What travels is a task, some kilobytes: a worker reads the instance from its folder, keeps it from
one point to the next and writes the run folder itself. The index stays with the process that asks,
since SQLite is not for several machines: workers report their progress through the scheduler.
"""

from __future__ import annotations

import os
import queue
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from siting import __version__
from siting.coverage.input_cache import cache_of_process
from siting.errors import InputError, Problem
from siting.language import tr
from siting.solve import Limit, Reason
from siting.sweep.engines import Answers, crashed
from siting.sweep.index import SweepIndex
from siting.sweep.outcome import Outcome, PointFailure
from siting.sweep.point_run import PointTask, Stop, solve_point

if TYPE_CHECKING:
    from distributed import Client, Future

# How often a point is tried again where its worker could not take it in.
_RETRIES = 2
# Seconds between looks at whether to stop, and at how many workers there are.
_LOOK = 0.2


@dataclass
class ClusterEngine:
    """The workers of a Dask scheduler, however many there are at the moment; see `docs/cluster.md`.

    It connects when it is first used and is closed by `close` or as a context manager.

    Attributes:
        address: Of the scheduler, e.g. `tcp://10.0.0.5:8786`.
        patience: Seconds to wait for the scheduler, and for a first worker.

    Raises:
        InputError: On first use: `distributed` is missing, or no scheduler or worker is there.
    """

    address: str
    patience: float = 10.0

    def __enter__(self) -> Self:
        _ = self._client
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the cluster, which stays as it is."""
        if "_client" in self.__dict__:
            self.__dict__.pop("_client").close()

    @cached_property
    def _client(self) -> Client:
        return _connect(self.address, self.patience)

    @property
    def workers(self) -> int:
        """How many points are solved at the same time: the threads of all workers now."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, RuntimeError):
            raise _gone(self.address) from None

    def run(self, tasks: Iterator[PointTask], stop: Stop, stop_file: Path) -> Answers:
        """See `Engine.run`.

        Raises:
            InputError: A worker has another version or does not see the sweep folder, or the
                scheduler went away in the middle.
        """
        stop_file = stop_file.absolute()
        with _mark(stop_file.parent) as mark:
            self._check(mark)
            with _Flight(self, self._client, stop_file, mark).subscribed() as flight:
                yield from flight.answers(tasks, stop)

    def _check(self, mark: Path) -> None:
        """Every worker has this version and sees the same sweep folder."""
        looks = self._client.run(_look, str(mark), on_error="return")
        problems = [_problem(worker, look, mark.parent) for worker, look in looks.items()]
        if any(problems):
            raise InputError(problem for problem in problems if problem)


@dataclass
class _Flight:
    """The points that the cluster has in hand during one run."""

    engine: ClusterEngine
    client: Client
    stop_file: Path
    mark: Path
    flying: dict[str, Future[Outcome]] = field(default_factory=dict)
    landed: queue.Queue[str] = field(default_factory=queue.Queue)

    @contextmanager
    def subscribed(self) -> Iterator[Self]:
        """Records how far the points are; in the end gives up what is still in flight."""
        index, topic = SweepIndex(self.mark.parent), self.mark.name
        self.client.subscribe_topic(topic, lambda event: index.record_progress(*event[1]))
        try:
            yield self
        finally:
            if self.client.status == "running":
                self.client.cancel(list(self.flying.values()), force=True)
                self.client.unsubscribe_topic(topic)

    def answers(self, tasks: Iterator[PointTask], stop: Stop) -> Answers:
        """Ids and outcomes as they come; a task is taken for a free thread only."""
        while True:
            self._fill(tasks)
            if not self.flying:
                return
            if stop():
                self._cancel_unbegun()
            try:
                identity = self.landed.get(timeout=_LOOK)
            except queue.Empty:
                continue
            yield identity, self._outcome(self.flying.pop(identity), stop)

    def _fill(self, tasks: Iterator[PointTask]) -> None:
        for _ in range(self.engine.workers - len(self.flying)):
            task = next(tasks, None)
            if task is None:
                return
            self._submit(task)

    def _submit(self, task: PointTask) -> None:
        # A worker's own folder is another one than that of this process.
        starts = tuple(start.absolute() for start in task.starts)
        task = replace(task, folder=task.folder.absolute(), starts=starts)
        future = self.client.submit(
            _on_worker,
            task,
            str(self.stop_file),
            str(self.mark),
            key=f"siting-{task.identity}-{time.time_ns()}",
            retries=_RETRIES,
        )
        self.flying[task.identity] = future
        future.add_done_callback(lambda _future: self.landed.put(task.identity))

    def _cancel_unbegun(self) -> None:
        """Points that no worker has; those that have one see the stop file."""
        held = {key for keys in self.client.processing().values() for key in keys}
        for future in self.flying.values():
            if future.key not in held and not future.done():
                future.cancel()

    def _outcome(self, future: Future[Outcome], stop: Stop) -> Outcome:
        from distributed import KilledWorker  # noqa: PLC0415 - an optional extra

        if future.cancelled():
            if stop():
                return _stopped()
            raise _gone(self.engine.address)
        error = future.exception()
        if error is None:
            outcome: Outcome = future.result()
            return outcome
        if isinstance(error, KilledWorker):
            return crashed()
        return Outcome(PointFailure.FAULT, f"{type(error).__name__}: {error}")


def _stopped() -> Outcome:
    return Outcome(reason=str(Reason.NO_SOLUTION), limit=str(Limit.INTERRUPTED))


# --- on a worker --------------------------------------------------------------------------------


def _look(mark: str) -> tuple[str, bool]:
    """The version here, and whether the sweep folder is the one that was marked, to be written."""
    return __version__, Path(mark).exists() and os.access(Path(mark).parent, os.W_OK)


def _on_worker(task: PointTask, stop_file: str, mark: str) -> Outcome:
    """One point in a thread of a worker; stops at the stop file, or when nobody waits for it."""
    from distributed import get_worker  # noqa: PLC0415 - an optional extra

    worker = get_worker()
    key, tasks = worker.get_current_task(), worker.state.tasks
    if not _look(mark)[1]:
        # It came after the others had been asked.
        return Outcome(PointFailure.FAULT, _folder_not_shared(worker.address, Path(mark).parent))

    def stop() -> bool:
        forgotten = key not in tasks or tasks[key].state == "cancelled"
        return forgotten or Path(stop_file).exists()

    def on_progress(identity: str, objective: float | None, bound: float | None) -> None:
        worker.log_event(Path(mark).name, (identity, objective, bound))

    return solve_point(task, stop, on_progress, cache_of_process())


# --- what can be wrong with a cluster ------------------------------------------------------------


def _connect(address: str, patience: float) -> Client:
    """A client of a scheduler that has a worker."""
    try:
        from distributed import Client  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        raise InputError([_no_extra()]) from None
    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError([_no_scheduler(address, str(error))]) from None
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        client.close()
        raise InputError([_no_workers(address)]) from None
    return client


@contextmanager
def _mark(folder: Path) -> Iterator[Path]:
    """A file by which workers know that their folder of this name is the same one."""
    name = f".cluster-{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
    mark = folder / name
    mark.touch()
    try:
        yield mark
    finally:
        mark.unlink(missing_ok=True)


def _no_extra() -> Problem:
    return Problem(
        code="no-distributed",
        where="--cluster",
        found=tr("no package 'distributed'"),
        expected=tr("Dask, which the extra 'cluster' installs"),
        mend=tr("Run: pip install 'siting[cluster]'."),
    )


def _no_scheduler(address: str, why: str) -> Problem:
    return Problem(
        code="no-scheduler",
        where=address,
        found=tr("no answer ({why})", why=why),
        expected=tr("the address of a Dask scheduler, e.g. tcp://10.0.0.5:8786"),
        mend=tr("Start one with 'dask scheduler', or correct the address."),
    )


def _no_workers(address: str) -> Problem:
    return Problem(
        code="no-workers",
        where=address,
        found=tr("a scheduler without workers"),
        expected=tr("at least one worker"),
        mend=tr("Start some: dask worker {address} --nthreads 1", address=address),
    )


def _gone(address: str) -> InputError:
    problem = Problem(
        code="scheduler-gone",
        where=address,
        found=tr("a scheduler that went away while points were worked on"),
        expected=tr("a scheduler that stays until the sweep ends"),
        mend=tr("Start it again and give the same command: what is done is not solved again."),
    )
    return InputError([problem])


def _problem(worker: str, look: object, folder: Path) -> Problem | None:
    """What is wrong with a worker, from what its look gave."""
    if not isinstance(look, tuple):
        return _version_mismatch(worker, f"{type(look).__name__}: {look}")
    version, sees = look
    if version != __version__:
        return _version_mismatch(worker, tr("siting {version}", version=version))
    if sees:
        return None
    return Problem(
        code="folder-not-shared",
        where=worker,
        found=_folder_not_shared(worker, folder),
        expected=tr("a sweep folder that all machines share under the same path"),
        mend=tr("Put it on a shared file system, where the workers may write, too."),
    )


def _version_mismatch(worker: str, found: str) -> Problem:
    return Problem(
        code="version-mismatch",
        where=worker,
        found=found,
        expected=tr("siting {version}, as here", version=__version__),
        mend=tr("Install the same version in the worker's environment."),
    )


def _folder_not_shared(worker: str, folder: Path) -> str:
    return tr(
        "{folder} of {worker} is not the one here, or cannot be written to",
        folder=folder,
        worker=worker,
    )
