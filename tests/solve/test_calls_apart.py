"""Calls in processes of their own: the same answers, and nothing lost when one is ended or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, vstack
from small_programs import Kind, draw_program, draw_town

from siting.program.program import Program
from siting.solve import Backend, Limit, Reason
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.child_process import ChildProcessCall, run_in_child
from siting.solve.backends.contract import BackendResult, Failure, MipTask, Relaxation, Relaxer
from siting.solve.backends.improving_file import read_improving
from siting.solve.feasibility import is_feasible
from siting.solve.solutions import extend
from waiting import wait_until

HARD = draw_town(200, 1500)
EASY = draw_program(1, Kind(offers=8, weights="whole", costs="whole", fixed=0.0))
# Nothing here ends by the clock, unless the test sets it.
UNHURRIED = 3600.0
Told = list[tuple[float | None, float | None]]


def silent(_incumbent: float | None, _bound: float | None) -> None:
    return None


def task(program: Program, seconds: float = UNHURRIED, backend: Backend = Backend.HIGHS) -> MipTask:
    return MipTask(program, backend, seconds, relative_gap=0.0)


@pytest.fixture(autouse=True)
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Watches over what every test leaves behind: no process, no folder."""
    started: list[Any] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield started
    for child in started:
        assert child.returncode is not None, "a child was not waited for"
        with pytest.raises(ProcessLookupError, match="No such process"):
            os.kill(child.pid, 0)
    assert list(tmp_path.glob("siting-*")) == []


def running(call: MipTask, seconds: float = UNHURRIED) -> tuple[ChildProcessCall, Told]:
    told: Told = []
    deadline = time.monotonic() + seconds
    return ChildProcessCall(
        call, lambda best, bound: told.append((best, bound)), deadline
    ).start(), told


def searching(call: MipTask, seconds: float = UNHURRIED) -> tuple[ChildProcessCall, Told]:
    """A child that has left a first solution that is worth something on disk."""
    child, told = running(call, seconds)
    wait_until(lambda: child.poll() or any((best or 0) > 1000 for best, _ in told))
    assert not child.done
    return child, told


def plan_of(running_child: ChildProcessCall, program: Program) -> float:
    """What the solution of an ended child is worth, having checked that it holds."""
    answer = running_child.answer
    assert isinstance(answer, BackendResult)
    assert answer.values is not None
    full = extend(program, answer.values)
    assert is_feasible(program, full)
    return program.value(full)


# --- the same as here ---------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
def test_a_search_finds_the_same_apart(backend: Backend) -> None:
    call = task(EASY, backend=backend)
    here = run_call(call, silent)
    there = run_in_child(call, silent, lambda: False, time.monotonic() + UNHURRIED)
    assert isinstance(here, BackendResult)
    assert isinstance(there, BackendResult)
    assert here.values is not None
    assert there.values is not None
    assert EASY.value(there.values) == EASY.value(here.values)
    assert there.bound == here.bound
    assert there.termination == here.termination


@pytest.mark.parametrize("relaxer", list(Relaxer))
def test_a_relaxation_is_the_same_apart(relaxer: Relaxer) -> None:
    call = RelaxCall(draw_town(30, 100), relaxer, UNHURRIED, tolerance=1e-6)
    here = run_call(call, silent)
    there = run_in_child(call, silent, lambda: False, time.monotonic() + UNHURRIED)
    assert isinstance(here, Relaxation)
    assert isinstance(there, Relaxation)
    assert np.allclose(there.values, here.values)
    assert np.allclose(there.multipliers, here.multipliers)


def test_infeasible_is_said_apart_too() -> None:
    everything = np.abs(EASY.objective).sum() + 1.0
    nothing = replace(
        EASY,
        matrix=csr_array(vstack([EASY.matrix, csr_array(EASY.objective[None, :])], format="csr")),
        row_lower=np.append(EASY.row_lower, everything),
        row_upper=np.append(EASY.row_upper, np.inf),
    )
    answer = run_in_child(task(nothing), silent, lambda: False, time.monotonic() + UNHURRIED)
    assert isinstance(answer, BackendResult)
    assert answer.termination.reason is Reason.INFEASIBLE


def test_a_refusal_comes_back_in_words() -> None:
    thirds = draw_program(1, Kind(weights="thirds"))
    call = task(thirds, backend=Backend.CP_SAT)
    answer = run_in_child(call, silent, lambda: False, time.monotonic() + UNHURRIED)
    assert isinstance(answer, BackendResult)
    assert answer.termination.reason is Reason.ERROR
    assert "weights that no power of ten makes whole" in answer.termination.detail


def test_progress_is_told_on_the_way() -> None:
    child, told = searching(task(HARD))
    wait_until(lambda: child.poll() or any(bound is not None for _, bound in told))
    child.end(Limit.INTERRUPTED)
    bests = [best for best, _ in told if best is not None]
    bounds = [bound for _, bound in told if bound is not None]
    assert max(bests) <= min(bounds)


# --- ended, dead, deaf --------------------------------------------------------------------------


def test_a_killed_child_is_a_crash_that_leaves_its_best_solution() -> None:
    child, told = searching(task(HARD))
    os.kill(child._child.pid, signal.SIGKILL)
    wait_until(child.poll)
    answer = child.answer
    assert isinstance(answer, BackendResult)
    assert answer.termination.reason is Reason.ERROR
    assert answer.termination.detail.startswith(
        f"the solver's process ended with code {-signal.SIGKILL} and no answer"
    )
    assert answer.bound == np.inf
    assert plan_of(child, HARD) >= max(best for best, _ in told if best is not None) - 1.0


def test_a_child_that_dies_before_a_solution_is_a_crash_without_one() -> None:
    child, _ = running(task(HARD))
    os.kill(child._child.pid, signal.SIGKILL)
    wait_until(child.poll)
    assert isinstance(child.answer, BackendResult)
    assert child.answer.values is None
    assert child.answer.termination.reason is Reason.ERROR


def test_a_relaxation_whose_child_dies_says_so() -> None:
    call = RelaxCall(HARD, Relaxer.SIMPLEX, UNHURRIED)
    child = ChildProcessCall(call, silent, time.monotonic() + UNHURRIED).start()
    os.kill(child._child.pid, signal.SIGKILL)
    wait_until(child.poll)
    assert isinstance(child.answer, Failure)
    assert "ended with code -9" in child.answer.message


def test_the_deadline_ends_a_child_that_knows_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    child, _ = searching(task(HARD, seconds=10 * UNHURRIED), seconds=UNHURRIED)
    assert not child.poll()
    late = time.monotonic() + UNHURRIED + 60
    monkeypatch.setattr(time, "monotonic", lambda: late)
    assert child.poll()
    assert isinstance(child.answer, BackendResult)
    assert child.answer.termination.limit is Limit.TIME
    assert child.answer.termination.reason is Reason.FEASIBLE
    assert plan_of(child, HARD) > 0


def test_a_wish_to_stop_is_met_at_once_and_the_best_solution_kept() -> None:
    told: Told = []
    wishes: list[bool] = []

    def stop() -> bool:
        wishes.append(any((best or 0) > 1000 for best, _ in told))
        return wishes[-1]

    def hear(best: float | None, bound: float | None) -> None:
        told.append((best, bound))

    answer = run_in_child(task(HARD), hear, stop, time.monotonic() + UNHURRIED)
    assert wishes.count(True) == 1
    assert isinstance(answer, BackendResult)
    assert answer.termination.limit is Limit.INTERRUPTED
    assert answer.termination.reason is Reason.FEASIBLE
    assert answer.values is not None
    best = max(best for best, _ in told if best is not None)
    assert HARD.value(extend(HARD, answer.values)) >= best - 1.0


def test_a_stop_before_any_solution_says_so() -> None:
    answer = run_in_child(task(HARD), silent, lambda: True, time.monotonic() + UNHURRIED)
    assert isinstance(answer, BackendResult)
    assert answer.values is None
    assert answer.termination.reason is Reason.NO_SOLUTION
    assert answer.termination.limit is Limit.INTERRUPTED


def test_a_child_may_be_ended_while_a_large_program_is_still_on_its_way_to_it() -> None:
    """More than a pipe holds, so that the sender is stopped in the middle of it."""
    large = draw_town(400, 3000)
    for pause in (0.0, 0.005, 0.02, 0.1, 0.3):
        child, _ = running(task(large))
        time.sleep(pause)
        child.end(Limit.INTERRUPTED)
        assert child.done


def test_ending_twice_changes_nothing() -> None:
    child, _ = running(task(EASY))
    wait_until(child.poll)
    answer = child.answer
    child.end(Limit.INTERRUPTED)
    assert child.answer is answer


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed in the middle of a search and can tell nobody."""
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "import tempfile; tempfile.tempdir = sys.argv[2]\n"
        "from small_programs import draw_town\n"
        "from siting.solve import Backend\n"
        "from siting.solve.backends.child_process import ChildProcessCall\n"
        "from siting.solve.backends.contract import MipTask\n"
        "call = MipTask(draw_town(200, 1500), Backend.HIGHS, 3600.0, 0.0)\n"
        "end = time.monotonic() + 3600\n"
        "child = ChildProcessCall(call, lambda best, bound: None, end).start()\n"
        "print(child._child.pid, flush=True)\n"
        "time.sleep(3600)\n"
    )
    folder = str(tmp_path / "of the parent")
    Path(folder).mkdir()
    command = [sys.executable, "-c", code, str(Path(__file__).parent), folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        # It watches its parent from when it has read its call, so before it searches.
        wait_until(lambda: any(Path(folder).rglob("improving.sol")))
        assert is_alive(pid)
        parent.kill()
    wait_until(lambda: not is_alive(pid))


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody waits for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


# --- what is left on disk -----------------------------------------------------------------------

WHOLE = "Objective 0\n# Columns 3\n 0\n 0\n 0\nObjective 5\n# Columns 3\n 1\n 0\n 1\n"


def improving(tmp_path: Path, text: str) -> list[float] | None:
    file = tmp_path / "improving.sol"
    file.write_text(text, encoding="utf-8")
    values = read_improving(file, 3)
    return None if values is None else values.tolist()


def test_the_last_solution_of_the_file_counts(tmp_path: Path) -> None:
    assert improving(tmp_path, WHOLE) == [1.0, 0.0, 1.0]


def test_columns_may_have_names(tmp_path: Path) -> None:
    assert improving(tmp_path, "# Columns 3\nx1 1\nx2 0\nx3 0.5\n") == [1.0, 0.0, 0.5]


@pytest.mark.parametrize("cut", range(1, len(WHOLE) - WHOLE.index("Objective 5")))
def test_a_solution_that_is_cut_short_does_not_count(tmp_path: Path, cut: int) -> None:
    assert improving(tmp_path, WHOLE[:-cut]) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("text", ["", "# Columns 3", "# Columns 3\n", "# Columns 3\nx1\nx2\nx3\n"])
def test_a_file_without_a_whole_solution_has_none(tmp_path: Path, text: str) -> None:
    assert improving(tmp_path, text) is None


def test_no_file_is_no_solution(tmp_path: Path) -> None:
    assert read_improving(tmp_path / "nothing.sol", 3) is None


def test_the_solver_writes_what_the_reader_reads(tmp_path: Path) -> None:
    call = replace(task(EASY), scratch=tmp_path / "improving.sol")
    answer = run_call(call, silent)
    assert isinstance(answer, BackendResult)
    assert answer.values is not None
    assert call.scratch is not None
    left = read_improving(call.scratch, EASY.shape[1])
    assert left is not None
    assert EASY.value(left) == pytest.approx(EASY.value(answer.values))
