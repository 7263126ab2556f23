"""The child process of `child_process`: runs one backend call and sends back what it finds.

Messages are pickled tuples on the original standard output: ("progress", incumbent, bound) and
("kept", relaxation), then ("done", result). What a solver prints goes to standard error instead.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from dataclasses import replace
from typing import Any, BinaryIO

from siting.solve.backends.calls import load_solvers, run_call
from siting.solve.backends.contract import Relaxation


def main() -> None:
    """Reads one call from standard input, runs it, and ends with the parent."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    call, begun = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own parent process
    threading.Thread(target=_end_with_parent, daemon=True).start()

    load_solvers()
    left = max(0.01, call.time_limit - (time.time() - begun))

    def report(incumbent: float | None, bound: float | None) -> None:
        send(stream, ("progress", incumbent, bound))

    def keep(relaxation: Relaxation) -> None:
        send(stream, ("kept", relaxation))

    send(stream, ("done", run_call(replace(call, time_limit=left), report, keep)))


def send(stream: BinaryIO, message: tuple[Any, ...]) -> None:
    """Writes one message."""
    pickle.dump(message, stream)
    stream.flush()


def _end_with_parent() -> None:
    # The parent holds the other end open for as long as it lives and wants the answer.
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
