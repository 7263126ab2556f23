"""A sweep on a Dask cluster: a scheduler and workers of their own, killed, missing or unlike."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from small_sweeps import asked, results, swept

from siting import __version__
from siting.errors import InputError
from siting.sweep import Outcome, PointFailure, SweepIndex, ask, read_index, run_sweep
from siting.sweep.cluster import ClusterEngine, _look, _problem
from waiting import PATIENCE, wait_until

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
EIGHT: dict[str, Any] = {"budget": "10万:100万:4", "vary": ("cost=x1,x1.2",)}


@dataclass
class Cluster:
    """A scheduler of this machine on a port of its own, and its workers."""

    folder: Path
    address: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, path: Path = SOURCE) -> subprocess.Popen[bytes]:
        paths = os.pathsep.join(map(str, (path, HERE, HERE.parent)))
        command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
        with (self.folder / "cluster.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own
                [*command, "--no-dashboard"],
                stdout=log,
                stderr=log,
                env=os.environ
                | {"PYTHONPATH": paths, "DASK_TEMPORARY_DIRECTORY": str(self.folder)}
                | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2"},
                cwd=self.folder,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def worker(self, *words: str, path: Path = SOURCE) -> subprocess.Popen[bytes]:
        return self.start("dask_worker", self.address, "--nthreads", "1", *words, path=path)

    def two_workers(self, *words: str) -> list[subprocess.Popen[bytes]]:
        started = [self.worker(*words) for _ in range(2)]
        with ClusterEngine(self.address, patience=PATIENCE) as engine:
            engine._client.wait_for_workers(2, timeout=PATIENCE)
        return started

    def end(self) -> None:
        for process in self.processes:
            # Each leads a session of its own, a nanny with its worker.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, f"tcp://127.0.0.1:{free_port()}")
    made.start("dask_scheduler", "--host", made.address)
    try:
        yield made
    finally:
        made.end()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def is_open(address: str) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


# --- reports that do something to their worker ----------------------------------------------------


def only_the_first_ends(_plan: object, _coverage: object, _walks: object, folder: Path) -> None:
    with suppress(FileExistsError):
        (folder.parents[1] / "first").touch(exist_ok=False)
        return
    time.sleep(PATIENCE)


def wait_for_the_victim(_plan: object, _coverage: object, _walks: object, folder: Path) -> None:
    """Notes who began with what; the victim stays at its second, all others until it is there."""
    out, name = folder.parents[1], folder.name.strip(".").rpartition(".")[0]
    victim, me = int((out / "victim").read_text()), os.getpid()
    with (out / "begun").open("a") as notes:
        notes.write(f"{name} {me}\n")
    while (begins(out, victim) == 2) == (me == victim):
        time.sleep(0.02)


def begins(out: Path, process: int) -> int:
    return [pid for _, pid in begun(out)].count(process)


def die_at_40(_plan: object, _coverage: object, _walks: object, folder: Path) -> None:
    if "400000" in folder.name:
        os.kill(os.getpid(), signal.SIGKILL)


def begun(folder: Path) -> list[tuple[str, int]]:
    if not (folder / "begun").exists():
        return []
    lines = (folder / "begun").read_text().splitlines()
    return [(name, int(pid)) for name, pid in map(str.split, lines)]


# --- sweeps ---------------------------------------------------------------------------------------


def test_a_killed_worker_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    first, second = cluster.two_workers("--no-nanny")
    sweep, alone = swept(tmp_path, **EIGHT)
    sweep = ask(asked(tmp_path, **EIGHT), wait_for_the_victim)
    out, heard = tmp_path / "s", dict[str, Outcome]()
    out.mkdir()
    (out / "victim").write_text(str(first.pid))

    def kill_at_its_second() -> None:
        wait_until(lambda: begins(out, first.pid) == 2)
        first.kill()

    killer = threading.Thread(target=kill_at_its_second)
    killer.start()
    with ClusterEngine(cluster.address) as engine:
        assert engine.workers == 2
        run_sweep(sweep, out, engine, heard.__setitem__)
        killer.join()
        assert engine.workers == 1
    after = read_index(out)
    assert len(heard) == 8
    assert results(sweep, after).equals(results(sweep, alone))
    assert after.points["attempts"].eq(1).all()
    notes = begun(out)
    assert {pid for _, pid in notes} == {first.pid, second.pid}
    # One had been begun by the worker that was killed, and was begun again by the other.
    again = [name for name, pid in notes if (name, second.pid) in notes and pid == first.pid]
    assert len(again) == 1
    assert len(notes) == 9
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in (out / "points").glob(".*")] == []


def test_a_point_that_kills_its_workers_is_a_crash(cluster: Cluster, tmp_path: Path) -> None:
    cluster.two_workers("--nanny")
    sweep = ask(asked(tmp_path, budget="20万,30万,40万"), die_at_40)
    with ClusterEngine(cluster.address) as engine:
        run_sweep(sweep, tmp_path / "s", engine)
    rows = read_index(tmp_path / "s").of_sweep(sweep.identity).set_index("asked_budget")
    assert rows["status"].to_dict() == {2e5: "done", 3e5: "done", 4e5: "failed"}
    assert rows.index[rows["failure"] == PointFailure.CRASH].tolist() == [4e5]


def test_a_stopped_sweep_leaves_nothing_claimed(cluster: Cluster, tmp_path: Path) -> None:
    first, second = cluster.two_workers("--no-nanny")
    sweep, heard = ask(asked(tmp_path, **EIGHT), only_the_first_ends), dict[str, Outcome]()

    def watch(identity: str, outcome: Outcome) -> None:
        heard[identity] = outcome
        # Nobody is left to work on what is taken next: it is never begun.
        for worker in (first, second) if len(heard) == 1 else ():
            worker.kill()
            worker.wait()

    def stop() -> bool:
        """Some looks after the end of both, so that there is such a point."""
        looks.append(bool(heard))
        return sum(looks) > 15

    looks: list[bool] = []
    with ClusterEngine(cluster.address) as engine:
        index = run_sweep(sweep, tmp_path / "s", engine, watch, stop)
    states = list(index.statuses(p.entry.identity for p in sweep.points).values())
    assert states.count("running") == 0
    assert states.count("waiting") == 8 - states.count("done") >= 6
    assert {outcome.interrupted for outcome in heard.values()} == {True, False}


def test_a_scheduler_that_goes_away(cluster: Cluster, tmp_path: Path) -> None:
    cluster.two_workers("--no-nanny")
    sweep = ask(asked(tmp_path, **EIGHT), only_the_first_ends)
    with (
        ClusterEngine(cluster.address) as engine,
        pytest.raises(InputError, match="scheduler that went away"),
    ):
        run_sweep(sweep, tmp_path / "s", engine, lambda *_: cluster.processes[0].kill())
    states = SweepIndex(tmp_path / "s").statuses(p.entry.identity for p in sweep.points)
    assert sorted(set(states.values())) == ["done", "waiting"]


# --- what is refused ------------------------------------------------------------------------------


def test_a_worker_without_this_version_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "old" / "siting").mkdir(parents=True)
    (tmp_path / "old" / "siting" / "__init__.py").write_text("__version__ = '0.0.1'\n")
    cluster.worker("--no-nanny", path=tmp_path / "old")
    sweep = ask(asked(tmp_path, budget="20万"))
    with (
        ClusterEngine(cluster.address, patience=PATIENCE) as engine,
        pytest.raises(InputError, match="Install the same version"),
    ):
        run_sweep(sweep, tmp_path / "s", engine)
    assert read_index(tmp_path / "s").points["attempts"].tolist() == [0]


def test_a_look_tells_what_is_wrong_with_a_worker(tmp_path: Path) -> None:
    mark = tmp_path / ".mark"
    assert _look(str(mark)) == (__version__, False)
    mark.touch()
    assert _look(str(mark)) == (__version__, True)
    assert _problem("w", (__version__, True), tmp_path) is None
    unlike = _problem("w", ("0.0.1", True), tmp_path)
    blind = _problem("w", (__version__, False), tmp_path)
    assert unlike is not None
    assert blind is not None
    assert (unlike.code, unlike.found) == ("version-mismatch", "siting 0.0.1")
    assert blind.code == "folder-not-shared"
    assert str(tmp_path) in blind.found


def test_no_scheduler_at_the_address() -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(InputError, match="dask scheduler") as caught:
        _ = ClusterEngine(address, patience=1).workers
    assert caught.value.problems[0].code == "no-scheduler"
    assert caught.value.problems[0].where == address


def test_a_scheduler_without_workers(cluster: Cluster) -> None:
    wait_until(lambda: is_open(cluster.address))
    with pytest.raises(InputError, match="without workers"):
        _ = ClusterEngine(cluster.address, patience=5).workers


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'siting\[cluster\]'"):
        _ = ClusterEngine("tcp://127.0.0.1:1").workers
