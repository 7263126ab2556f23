"""The child process of `child_process`: runs one backend call and sends back what it finds.

Messages are pickled tuples on the original standard output: ("progress", incumbent, bound),
("kept", relaxation) and ("solution", values), then ("done", result). On standard input the call is
followed by what the parent has to say: ("incumbent", objective) and ("stop",). What a solver prints
goes to standard error instead.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np

from siting.solve.backends.calls import Parent, load_solvers, run_call


def main() -> None:
    """Reads one call from standard input, runs it, and ends with the parent."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    call, begun = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own parent process
    heard = _Heard()
    threading.Thread(target=_listen, args=(heard,), daemon=True).start()

    load_solvers()
    left = max(0.01, call.time_limit - (time.time() - begun))

    def report(incumbent: float | None, bound: float | None) -> None:
        send(stream, ("progress", incumbent, bound))

    parent = Parent(
        keep=lambda relaxation: send(stream, ("kept", relaxation)),
        submit=lambda values: send(stream, ("solution", values)),
        incumbent=lambda: heard.incumbent,
        stop=lambda: heard.stop,
    )
    send(stream, ("done", run_call(replace(call, time_limit=left), report, parent)))


def send(stream: BinaryIO, message: tuple[Any, ...]) -> None:
    """Writes one message."""
    pickle.dump(message, stream)
    stream.flush()


@dataclass
class _Heard:
    """What the parent has said last."""

    incumbent: float = -np.inf
    stop: bool = False


def _listen(heard: _Heard) -> None:
    # The parent holds the other end open for as long as it lives and wants the answer.
    while True:
        try:
            message = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent
        except Exception:  # noqa: BLE001 - half a message can raise anything; all mean the end
            os._exit(1)
        if message[0] == "incumbent":
            heard.incumbent = message[1]
        else:
            heard.stop = True


if __name__ == "__main__":
    main()
