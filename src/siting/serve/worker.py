"""The process beside the server: inputs stay in its memory, and it ends with the server.

Messages are JSON, one a line. In: `{"id", "call", "args", "language"}`, or `{"stop": id}`. Out:
`{"id", "news"}`, then `{"id", "result"}`, `{"id", "problems"}` or `{"id", "fault"}`. What solvers
print goes to standard error. Its input at an end means that the server is gone.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from siting.errors import InputError, SitingError
from siting.language import in_language
from siting.model import ModelSpec
from siting.serve.calls import CALLS, WorkerCall
from siting.serve.draft_solver import DraftSolver, NoPlanError
from siting.serve.drafts import City
from siting.serve.records import Preview, Progress

# Calls that are answered while a solve runs.
QUICK = frozenset({"city", "check", "rule", "view", "know"})


class Worker:
    """Two threads at one solver: one for what takes long, one call at a time, and one for the rest.

    Args:
        solver: Who answers.
        stream: Where messages go.
    """

    def __init__(self, solver: DraftSolver, stream: BinaryIO) -> None:
        self._desk, self._stream, self._writing = solver, stream, threading.Lock()
        self._stopped: set[int] = set()
        self._queues: dict[bool, queue.Queue[dict[str, Any]]] = {}
        for quick in (False, True):
            self._queues[quick] = queue.Queue()
            threading.Thread(target=self._work, args=(quick,), daemon=True).start()

    def take(self, message: dict[str, Any]) -> None:
        """Takes in one message."""
        if "stop" in message:
            self._stopped.add(int(message["stop"]))
        else:
            self._queues[message["call"] in QUICK].put(message)

    def _work(self, quick: bool) -> None:  # noqa: FBT001 - the key of its queue
        while True:
            self._answer(self._queues[quick].get())

    def _answer(self, message: dict[str, Any]) -> None:
        number = int(message["id"])
        try:
            with in_language(message["language"]):
                self._send({"id": number, "result": self._called(number, message)})
        except InputError as error:
            self._send({"id": number, "problems": [str(one) for one in error.problems]})
        except (NoPlanError, SitingError, OSError) as error:
            self._send({"id": number, "problems": [str(error)]})
        except Exception as error:  # noqa: BLE001 - one call's fault is no reason to end the others
            self._send({"id": number, "fault": f"{type(error).__name__}: {error}"})

    def _called(self, number: int, message: dict[str, Any]) -> object:
        def news(one: Progress | Preview) -> None:
            self._send({"id": number, "kind": type(one).__name__, "news": one.model_dump()})

        asked = WorkerCall(message["args"], news, lambda: number in self._stopped)
        return CALLS[message["call"]](self._desk, asked)

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=True).encode() + b"\n"
        with self._writing:
            self._stream.write(line)
            self._stream.flush()


def main() -> None:
    """Reads messages until the server closes its end, then ends with all that it started."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    first = json.loads(sys.stdin.buffer.readline())
    given = None if first["given"] is None else ModelSpec.from_dict(first["given"])
    overrides = tuple((str(key), str(value)) for key, value in first["overrides"])
    solver = DraftSolver(City(Path(first["folder"]), given, overrides))
    worker = Worker(solver, stream)
    for line in sys.stdin.buffer:
        worker.take(json.loads(line))
    # Solvers' own processes end when this one closes their input, which it does by ending.
    os._exit(0)


if __name__ == "__main__":
    main()
