"""Standard output: what the commands say, and nothing else."""

from __future__ import annotations

import io
import os
import sys


def claim_output() -> None:
    """Gives what the commands say a descriptor of its own.

    Solvers print past Python to the first one, which would end up in a table or in `--json`.
    """
    said = sys.stdout
    if not isinstance(said, io.TextIOWrapper) or said is not sys.__stdout__:
        return
    said.flush()
    own = os.dup(said.fileno())
    _silence(said.fileno())
    sys.stdout = io.TextIOWrapper(
        os.fdopen(own, "wb"),
        encoding=said.encoding,
        # A name that the terminal's encoding does not hold is no reason to lose the rest.
        errors="backslashreplace",
        line_buffering=said.line_buffering,
    )
    # The width of the terminal is asked of this one.
    sys.__stdout__ = sys.stdout  # type: ignore[misc]


def give_up_output() -> None:
    """What a full disk did not take would fail once more when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        _silence(sys.stdout.fileno())


def _silence(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)
