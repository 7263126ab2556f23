"""The server's end of the process beside it: starts it, asks it, and starts it again if it died."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from siting.language import language, tr

OnNews = Callable[[str, dict[str, Any]], None]
# What it may take to end by itself once its input is closed, in seconds.
_GRACE = 3.0


class RefusedError(Exception):
    """What was asked cannot be done; `problems` are texts for the user."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class FaultError(Exception):
    """The process failed; the text is for whoever mends it."""


@dataclass
class _OpenCall:
    answer: asyncio.Future[Any]
    news: OnNews = field(default=lambda _kind, _news: None)


class SolverProcess:
    """The process that holds the inputs and solves.

    Args:
        settings: What it is told first: `folder`, `given`, `overrides`.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = {**settings, "language": language()}
        self._numbers = itertools.count(1)
        self._open: dict[int, _OpenCall] = {}
        self._listened = False
        self._child: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Starts the process, which reads the inputs at once."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "siting.serve.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C on the terminal is for the server, which ends this process itself.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._write(self._settings)

    def start(self) -> None:
        """Listens to the process; called within the event loop that answers will come in."""
        self._loop = asyncio.get_running_loop()
        if self._child is None:
            self.launch()
        self._listened = True
        threading.Thread(target=self._listen, args=(self._child,), daemon=True).start()

    def ask(
        self, call: str, args: Mapping[str, Any] | None = None, news: OnNews | None = None
    ) -> tuple[int, asyncio.Future[Any]]:
        """Sends a call; its number, and the future of its answer."""
        number, answer = next(self._numbers), self._loop.create_future()
        self._open[number] = _OpenCall(answer, news) if news else _OpenCall(answer)
        message = {"id": number, "call": call, "args": args or {}, "language": language()}
        if not self._write(message):
            self._give_up(number)
        return number, answer

    async def answer(self, call: str, args: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Asks and waits.

        Raises:
            RefusedError: It cannot be done.
            FaultError: The process failed.
        """
        return await self.ask(call, args)[1]

    def stop(self, number: int, *, cancel: bool = False) -> None:
        """Asks a call to end with what it has, or with nothing."""
        self._write({"stop": number, "cancel": cancel})

    def close(self) -> None:
        """Ends the process and, through it, all that it started."""
        if self._child is None:
            return
        child, self._child = self._child, None
        assert child.stdin is not None  # noqa: S101 - opened as pipes
        assert child.stdout is not None  # noqa: S101
        with suppress(OSError):
            child.stdin.close()
        try:
            child.wait(_GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if not self._listened:
            child.stdout.close()

    def _write(self, message: Mapping[str, Any]) -> bool:
        if self._child is None or self._child.stdin is None:
            return False
        try:
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            return False
        return True

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None  # noqa: S101 - opened as a pipe
        with child.stdout as messages:
            for line in messages:
                with suppress(RuntimeError):  # the loop is closed already
                    self._loop.call_soon_threadsafe(self._take, json.loads(line))
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._died, child)

    def _take(self, message: dict[str, Any]) -> None:
        number = message["id"]
        if number not in self._open:
            return
        if "news" in message:
            self._open[number].news(message["kind"], message["news"])
            return
        answer = self._open.pop(number).answer
        if answer.done():
            return
        if "problems" in message:
            answer.set_exception(RefusedError(message["problems"]))
        elif "fault" in message:
            answer.set_exception(FaultError(message["fault"]))
        else:
            answer.set_result(message["result"])

    def _died(self, child: subprocess.Popen[bytes]) -> None:
        """Gives up what was open, and begins afresh unless it was ended on purpose."""
        for number in list(self._open):
            self._give_up(number)
        if self._child is child:
            child.wait()
            self._child = None
            self.start()

    def _give_up(self, number: int) -> None:
        answer = self._open.pop(number).answer
        if not answer.done():
            answer.set_exception(FaultError(tr("the process beside the server ended")))
