"""A server of its own for a test, and requests to it as a browser or an intruder sends them."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command import start

from waiting import PATIENCE, wait_until


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running server: its workspace, its process, its port and its token."""

    workspace: Path
    process: subprocess.Popen[str]
    port: int
    token: str

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """A request of the page itself, but for the headers that are given."""
        own = {"X-Siting-Token": self.token, "Origin": f"http://127.0.0.1:{self.port}"}
        return self.send(method, path, body, own | (headers or {}))

    def send(self, method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        """A request with these headers and no others."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if raw is None else {"Content-Type": "application/json"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request(method, path, body=raw, headers={**kind, **headers})
            found = line.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            line.close()

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("/api/state").json
        return found

    def wait(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The state once it is as wanted."""
        seen: list[dict[str, Any]] = []

        def wanted() -> bool:
            seen[:] = [self.state]
            return until(seen[0])

        wait_until(wanted)
        return seen[0]

    def idle(self) -> dict[str, Any]:
        """The state once nothing is solved, and something was."""
        return self.wait(lambda s: s["ready"] and s["running"] is None and bool(s["scenarios"]))

    def solve(self, request: dict[str, Any], name: str = "") -> dict[str, Any]:
        """Solves a request; the scenario that it became."""
        begun = self.ask("/api/solve", "POST", {"request": request, "name": name})
        assert begun.status == 202, begun.body
        self.wait(lambda state: state["running"] is None)
        found: dict[str, Any] = self.ask(f"/api/scenarios/{begun.json['scenario']}").json
        return found


@contextmanager
def serving(source: Path, workspace: Path, *words: str) -> Iterator[Served]:
    """A server that has loaded its inputs; ended by Ctrl-C, unless the test has ended it."""
    process = start("serve", source, "--no-open", "--workspace", workspace, *words)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r":(\d+)/\?token=(\S+)", line)
        assert found, line + (process.stderr.read() if process.stderr else "")
        server = Served(workspace, process, int(found[1]), found[2])
        server.wait(lambda state: bool(state["ready"] or state["failure"]))
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
