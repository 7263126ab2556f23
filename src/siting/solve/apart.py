"""Runs a backend call in a process of its own, so that it can be stopped and may crash."""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from siting.solve.backend import BackendResult, Report, Task
from siting.solve.calls import Call
from siting.solve.mathopt_files import read_improving
from siting.solve.result import Limit, Reason, Termination

# What a solver may take beyond its limit to stop by itself and hand its answer over.
_GRACE = 2.0


class WorkerCrash(Exception):
    """The process ended without an answer."""


def run_apart(call: Call, report: Report, stop: Callable[[], bool], deadline: float) -> Any:  # noqa: ANN401
    """Runs a call in a child process.

    Args:
        call: What to run.
        report: Called with (incumbent, bound) on progress.
        stop: Asked ten times a second; True ends the child at once.
        deadline: Value of `time.monotonic()` after which the child is ended.

    Returns:
        What the call returns. If a search was ended or crashed: the last improving solution that it
        left on disk, as a `BackendResult` that says so; a relaxation: None.
    """
    with tempfile.TemporaryDirectory(prefix="siting-") as folder:
        if isinstance(call, Task):
            call = replace(call, scratch=Path(folder) / "improving.sol")
        try:
            answer = _converse(call, report, stop, deadline)
        except WorkerCrash as crash:
            return _rescued(call, Reason.ERROR, None, str(crash))
        if answer is not None:
            return answer[1]
        limit = Limit.INTERRUPTED if stop() else Limit.TIME
        return _rescued(call, Reason.NO_SOLUTION, limit, "ended from outside")


def _converse(
    call: Call, report: Report, stop: Callable[[], bool], deadline: float
) -> tuple[Any, ...] | None:
    """Sends the call and listens until the answer; None if the child had to be ended."""
    command = [sys.executable, "-m", "siting.solve.worker"]
    with subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C on the terminal is for the parent, which decides what becomes of the child.
        start_new_session=True,
    ) as child:
        try:
            messages = _listen(child)
            assert child.stdin is not None  # noqa: S101 - opened as a pipe above
            pickle.dump(call, child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            child.stdin.flush()
            return _await(messages, child, report, lambda: stop() or time.monotonic() > deadline + _GRACE)
        except BrokenPipeError:
            raise WorkerCrash(_exit_text(child)) from None
        finally:
            child.kill()


def _await(
    messages: queue.Queue[tuple[Any, ...] | None],
    child: subprocess.Popen[bytes],
    report: Report,
    ended: Callable[[], bool],
) -> tuple[Any, ...] | None:
    while not ended():
        try:
            message = messages.get(timeout=0.1)
        except queue.Empty:
            continue
        if message is None:
            raise WorkerCrash(_exit_text(child))
        if message[0] == "done":
            return message
        report(message[1], message[2])
    return None


def _listen(child: subprocess.Popen[bytes]) -> queue.Queue[tuple[Any, ...] | None]:
    """Reads the child's messages in a thread; None marks the end of the stream."""
    messages: queue.Queue[tuple[Any, ...] | None] = queue.Queue()

    def read() -> None:
        assert child.stdout is not None  # noqa: S101 - opened as a pipe by the caller
        try:
            while True:
                messages.put(pickle.load(child.stdout))  # noqa: S301 - our own child process
        except (EOFError, pickle.UnpicklingError, ValueError, OSError):
            messages.put(None)

    threading.Thread(target=read, daemon=True).start()
    return messages


def _exit_text(child: subprocess.Popen[bytes]) -> str:
    return f"the solver's process ended with code {child.wait(timeout=5)} and no answer"


def _rescued(call: Call, reason: Reason, limit: Limit | None, detail: str) -> BackendResult | None:
    if not isinstance(call, Task) or call.scratch is None:
        return None
    values = read_improving(call.scratch, call.program.shape[1])
    if values is not None and reason is Reason.NO_SOLUTION:
        reason = Reason.FEASIBLE
    return BackendResult(values, np.inf, Termination(reason, limit, detail))
