"""Runs the server on this machine until somebody ends it, and leaves nothing behind."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from siting.errors import InputError, Problem
from siting.folder_lock import locked
from siting.language import tr
from siting.serve.city_cache import CityCache
from siting.serve.opened import Opened
from siting.serve.server import guarded
from siting.serve.session import Session
from siting.serve.solver_process import SolverProcess
from siting.serve.workspace import Workspace

ADDRESS = "127.0.0.1"
# More at once than a few browsers ask for are refused, with 503, until others are answered.
_MOST_AT_ONCE = 200
# What open streams may take to end, in seconds.
_GRACE = 1


@dataclass(frozen=True)
class ServeSettings:
    """How a page is served.

    Attributes:
        workspace: Folder of the scenarios.
        port: 0 for any that is free.
        hosts: Further names, with ports, that it may be called by, for a proxy before it.
        read_only: Nothing is solved and nothing changed.
        open_browser: Whether to show the page.
    """

    workspace: Path
    port: int = 0
    hosts: Sequence[str] = ()
    read_only: bool = False
    open_browser: bool = True


def run_server(
    opened: Opened,
    process: SolverProcess,
    settings: ServeSettings,
    say: Callable[[str], None],
) -> None:
    """Serves until Ctrl-C or SIGTERM; all processes that it started end before it.

    Args:
        opened: What is served.
        process: The process beside it, launched already; it is ended, too.
        settings: How.
        say: Told the address of the page.

    Raises:
        InputError: The port is taken, or another process has the workspace.
    """
    settings.workspace.mkdir(parents=True, exist_ok=True)
    listening = _listen(settings.port)
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    with listening, locked(settings.workspace):
        workspace = Workspace(settings.workspace, opened.instance)
        for point, _folder in opened.frontier:
            workspace.keep_frontier(point)
        cache = CityCache.of(settings.workspace, opened.instance, opened.overrides)
        session = Session(workspace, process, cache, opened, read_only=settings.read_only)
        hosts = [f"{name}:{port}" for name in (ADDRESS, "localhost")]
        app = guarded(session, token, [*hosts, *settings.hosts])
        address = f"http://{ADDRESS}:{port}/?token={token}"
        say(address)
        if settings.open_browser:
            webbrowser.open(address)
        try:
            uvicorn.Server(_config(app)).run(sockets=[listening])
        finally:
            session.close()


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_level="critical",
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        loop="asyncio",
        http="h11",
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_GRACE,
    )


def _listen(port: int) -> socket.socket:
    """A socket that only this machine reaches."""
    try:
        return socket.create_server((ADDRESS, port), backlog=1024)
    except OSError as error:
        found = tr("port {port}, which cannot be used ({why})", port=port, why=error.strerror)
        expected = tr("a free port above 1023, or 0 for any")
        problem = Problem("bad-option", "--port", found, expected, tr("Name another one."))
        raise InputError([problem]) from None
