"""Serves the what-if page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from siting.cli.arguments import bad_option
from siting.language import phrase, tr
from siting.serve.opened import open_source
from siting.serve.solver_process import SolverProcess


def serve(
    source: Path,
    port: int,
    workspace: Path | None,
    modes: tuple[bool, bool],
    hosts: Sequence[str],
) -> None:
    """Runs the server until it is ended.

    Args:
        source: An instance, a run or a sweep.
        port: 0 for any that is free.
        workspace: Folder of the scenarios, or None for one by the instance's name.
        modes: Whether nothing may be changed, and whether to open a browser.
        hosts: Further names that it may be called by.

    Raises:
        InputError: There is nothing to serve, or it cannot be served.
    """
    opened = open_source(source)
    solver_process = SolverProcess(opened.settings)
    # It reads the inputs while this process loads what serves.
    solver_process.launch()
    try:
        from siting.serve.running import ServeSettings, run_server  # noqa: PLC0415
    except ModuleNotFoundError as error:
        solver_process.close()
        raise _no_extra(error) from None
    name = opened.instance.resolve().name
    settings = ServeSettings(
        workspace=workspace or Path("runs") / f"what-if-{name}",
        port=port,
        hosts=tuple(hosts),
        read_only=modes[0],
        open_browser=modes[1],
    )
    try:
        run_server(opened, solver_process, settings, _say)
    finally:
        solver_process.close()


def _say(address: str) -> None:
    typer.echo(tr("the page: {address}", address=address))
    typer.echo(tr("Ctrl-C ends it; whoever knows this address can change plans."), err=True)


def _no_extra(error: ModuleNotFoundError) -> Exception:
    found = tr("no package {name}", name=error.name)
    form = phrase("the packages of the extra 'serve'")
    return bad_option("serve", found, tr(form), tr("Install them: pip install 'siting[serve]'."))
