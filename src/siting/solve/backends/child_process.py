"""Runs backend calls in processes of their own, so that they can be stopped and may crash."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from siting.solve.backends.calls import Call
from siting.solve.backends.contract import (
    Answer,
    BackendResult,
    Failure,
    MipTask,
    OnProgress,
    Relaxation,
)
from siting.solve.backends.improving_file import read_improving
from siting.solve.result import Limit, Reason, Termination

# What a solver may take beyond its limit to stop by itself and hand its answer over.
_GRACE = 1.0

# Of what a child that died has said on standard error, this much is kept.
_TAIL = 2000


class ChildProcessCall:
    """A call that runs in a child process once it is started.

    Args:
        call: What to run.
        report: Called with (incumbent, bound) on progress, from `poll`.
        deadline: Value of `time.monotonic()` after which the child is ended.

    Attributes:
        solutions: What a tree has found, each of shape (columns,); whoever takes one removes it.
        done: Whether it has answered, or was ended.
        answer: What the call came to.
    """

    def __init__(self, call: Call, report: OnProgress, deadline: float) -> None:
        self._call, self._report, self._deadline = call, report, deadline
        self._messages: queue.Queue[tuple[Any, ...] | None] = queue.Queue()
        self._outgoing: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self.solutions: list[NDArray[np.float64]] = []
        self.done = False
        self.answer: Answer = None
        self._kept: Relaxation | None = None

    def start(self) -> Self:
        """Starts the child, and hands it the call."""
        self._folder = tempfile.TemporaryDirectory(prefix="siting-")
        if isinstance(self._call, MipTask):
            scratch = Path(self._folder.name) / "improving.sol"
            self._call = replace(self._call, scratch=scratch)
        # On the clock that the child shares; it takes a second to load its solver.
        self._outgoing.put((self._call, time.time()))
        self._errors = (Path(self._folder.name) / "stderr").open("w+b")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "siting.solve.backends.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            # Ctrl-C on the terminal is for the parent, which decides what becomes of the child.
            start_new_session=True,
        )
        for work in (self._send, self._listen):
            threading.Thread(target=work, args=_pipes(self._child), daemon=True).start()
        return self

    def _send(self, to_child: IO[bytes], _from_child: IO[bytes]) -> None:
        try:
            while True:
                pickle.dump(self._outgoing.get(), to_child, protocol=pickle.HIGHEST_PROTOCOL)
                to_child.flush()
        except (BrokenPipeError, ValueError, OSError):
            # The listener sees the end of the stream and tells of it.
            return

    def _listen(self, _to_child: IO[bytes], from_child: IO[bytes]) -> None:
        try:
            while True:
                self._messages.put(pickle.load(from_child))  # noqa: S301 - our own child
        except Exception:  # noqa: BLE001 - half a message can raise anything; all mean the end
            self._messages.put(None)

    def send(self, word: str, *rest: float) -> None:
        """Tells the child something, once it has its call: see `worker`."""
        self._outgoing.put((word, *rest))

    def stop(self, seconds: float) -> None:
        """Asks the child to answer with what it has; ends it where that takes longer."""
        self.send("stop")
        end = time.monotonic() + seconds
        while not self.poll(timeout=0.05) and time.monotonic() < end:
            pass
        self.end(Limit.INTERRUPTED)

    def poll(self, timeout: float = 0.0) -> bool:
        """Takes in what the child has said; True once the call is done."""
        while not self.done:
            try:
                message = (
                    self._messages.get(timeout=timeout) if timeout else self._messages.get_nowait()
                )
            except queue.Empty:
                break
            if message is None:
                self._finish(self._rescued(Reason.ERROR, None, self._exit_text()))
            elif message[0] == "done":
                self._finish(message[1])
            elif message[0] == "kept":
                self._kept = message[1]
            elif message[0] == "solution":
                self.solutions.append(message[1])
            else:
                self._report(message[1], message[2])
        if not self.done and time.monotonic() > self._deadline + _GRACE:
            self.end(Limit.TIME)
        return self.done

    def end(self, limit: Limit) -> None:
        """Ends the child; its last improving solution, or what it kept, becomes the answer."""
        if not self.done:
            self._finish(self._rescued(Reason.NO_SOLUTION, limit, "ended from outside"))

    def _finish(self, answer: Answer) -> None:
        self.answer, self.done = answer, True
        self._child.kill()
        self._child.wait()
        for pipe in _pipes(self._child):
            # What the child has not read yet can not be flushed to it any more.
            with suppress(BrokenPipeError):
                pipe.close()
        self._errors.close()
        self._folder.cleanup()

    def _rescued(self, reason: Reason, limit: Limit | None, detail: str) -> Answer:
        if not isinstance(self._call, MipTask) or self._call.scratch is None:
            crashed = self._kept is None and reason is Reason.ERROR
            return Failure(detail) if crashed else self._kept
        values = read_improving(self._call.scratch, self._call.program.shape[1])
        if values is not None and reason is Reason.NO_SOLUTION:
            reason = Reason.FEASIBLE
        return BackendResult(values, np.inf, Termination(reason, limit, detail))

    def _exit_text(self) -> str:
        code = self._child.wait(timeout=5)
        words = f"the solver's process ended with code {code} and no answer"
        tail = self._last_errors()
        return f"{words}: {tail}" if tail else words

    def _last_errors(self) -> str:
        """The end of what the child has said on standard error, from whole lines on."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _TAIL))
        text = self._errors.read().decode(errors="replace").strip()
        return text if size <= _TAIL else text.partition("\n")[2]


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert child.stdin is not None  # noqa: S101 - opened as pipes
    assert child.stdout is not None  # noqa: S101
    return child.stdin, child.stdout


def run_in_child(
    call: Call, report: OnProgress, stop: Callable[[], bool], deadline: float
) -> Answer:
    """Runs a call in a child process and waits for it.

    Args:
        call: What to run.
        report: Called with (incumbent, bound) on progress.
        stop: Asked ten times a second; True ends the child at once.
        deadline: Value of `time.monotonic()` after which the child is ended.

    Returns:
        What the call returns. If a search was ended or crashed: the last improving solution that it
        left on disk, as a `BackendResult` that says so; of cuts: the last relaxation that it kept;
        of a relaxation that crashed: a `Failure`.
    """
    running = ChildProcessCall(call, report, deadline).start()
    while not running.poll(timeout=0.1):
        if stop():
            running.end(Limit.INTERRUPTED)
    return running.answer
