"""The command serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve_command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INSTANCE|RUN|SWEEP",
            help="Instance folder, or a folder that solve or sweep wrote.",
        ),
    ],
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine; 0 for any that is free.")
    ] = 0,
    workspace: Annotated[
        Path | None,
        typer.Option(help="Folder of the scenarios; runs/what-if-NAME if not given."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Show what there is; solve and change nothing.")
    ] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:PORT]",
            help="A further name that the page may be called by, behind a proxy. May be repeated.",
        ),
    ] = None,
) -> None:
    """Open the what-if page on this machine: change a wish, see the new plan and its proven gap.

    Example: siting serve instances/monaco
    """
    from siting.cli.serving import serve

    serve(source, port, workspace, (read_only, not no_open), host or [])
