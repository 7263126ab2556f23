"""The process beside the server: inputs stay in its memory, and it ends with the server.

Messages are JSON, one a line. In: `{"id", "call", "args", "language"}` or `{"stop": id, "cancel"}`.
Out: `{"id", "news"}`, then `{"id", "result"}`, `{"id", "problems"}` or `{"id", "fault"}`. What
solvers print goes to standard error. Its input at an end means that the server is gone.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from siting.errors import InputError, SitingError
from siting.language import in_language
from siting.model import ModelSpec
from siting.serve.calls import CITY_CALLS, CallContext, SolveControl
from siting.serve.city import City
from siting.serve.records import Preview, Progress

if TYPE_CHECKING:
    from siting.serve.plan_calls import PlanCall
    from siting.serve.plan_solver import PlanSolver

# What waits for what: calls of one lane are answered one after the other, lanes beside each other.
# Others are quick: of the city, or of a request that is only read.
_LANES = {
    **dict.fromkeys(("solve", "frontier_point", "add_start", "adopt"), "solve"),
    **dict.fromkeys(("view", "compare", "figures"), "plans"),
    **dict.fromkeys(("why", "export"), "texts"),
}
_QUICK = "quick"


class Worker:
    """One thread a lane, all at one city and one solver.

    Args:
        city: What is asked about.
        stream: Where messages go.
    """

    def __init__(self, city: City, stream: BinaryIO) -> None:
        self._city, self._stream, self._writing = city, stream, threading.Lock()
        self._loading = threading.Lock()
        self._stopped: set[int] = set()
        self._cancelled: set[int] = set()
        self._queues: dict[str, queue.Queue[dict[str, Any]]] = {}
        for lane in (_QUICK, *_LANES.values()):
            if lane not in self._queues:
                self._queues[lane] = queue.Queue()
                threading.Thread(target=self._work, args=(lane,), daemon=True).start()

    def take(self, message: dict[str, Any]) -> None:
        """Takes in one message."""
        if "stop" in message:
            self._stopped.add(int(message["stop"]))
            if message["cancel"]:
                self._cancelled.add(int(message["stop"]))
        else:
            self._queues[_LANES.get(message["call"], _QUICK)].put(message)

    def _work(self, lane: str) -> None:
        while True:
            self._answer(self._queues[lane].get())

    def _answer(self, message: dict[str, Any]) -> None:
        number = int(message["id"])
        try:
            with in_language(message["language"]):
                self._send({"id": number, "result": self._called(number, message)})
        except InputError as error:
            self._send({"id": number, "problems": [str(one) for one in error.problems]})
        except (SitingError, OSError) as error:
            self._send({"id": number, "problems": [str(error)]})
        except Exception as error:  # noqa: BLE001 - one call's fault is no reason to end the others
            self._send({"id": number, "fault": f"{type(error).__name__}: {error}"})

    def _called(self, number: int, message: dict[str, Any]) -> object:
        if message["call"] in CITY_CALLS:
            return CITY_CALLS[message["call"]](self._city)

        def news(one: Progress | Preview) -> None:
            self._send({"id": number, "kind": type(one).__name__, "news": one.model_dump()})

        control = SolveControl(
            news, lambda: number in self._stopped, lambda: number in self._cancelled
        )
        with self._loading:
            solver, calls = self._solver
        return calls[message["call"]](solver, CallContext(message["args"], control))

    @cached_property
    def _solver(self) -> tuple[PlanSolver, Mapping[str, PlanCall]]:
        """What loads solvers and reports, which nobody waits for who only looks at the map."""
        from siting.serve.plan_calls import PLAN_CALLS  # noqa: PLC0415
        from siting.serve.plan_solver import PlanSolver  # noqa: PLC0415 - takes long to load

        return PlanSolver(self._city), PLAN_CALLS

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
    worker = Worker(City(Path(first["folder"]), given, overrides), stream)
    for line in sys.stdin.buffer:
        worker.take(json.loads(line))
    # Solvers' own processes end when this one closes their input, which it does by ending.
    os._exit(0)


if __name__ == "__main__":
    main()
