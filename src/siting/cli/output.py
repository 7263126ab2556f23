"""Standard output: what the commands say, and nothing else."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

_WIDEST_HELP, _NARROWEST_HELP = 80, 50


@contextmanager
def own_output() -> Iterator[None]:
    """Gives what the commands say a descriptor of its own while the body runs.

    Solvers print past Python to the first one, which would end up in a table or in `--json`. That
    one stays silent for good: what they have printed so far may be written when the process ends.
    """
    said = sys.stdout
    if not isinstance(said, io.TextIOWrapper) or said is not sys.__stdout__:
        yield
        return
    said.flush()
    own = io.TextIOWrapper(
        os.fdopen(os.dup(said.fileno()), "wb"),
        encoding=said.encoding,
        # A name that the terminal's encoding does not hold is no reason to lose the rest.
        errors="backslashreplace",
        line_buffering=said.line_buffering,
    )
    _silence(said.fileno())
    with redirect_stdout(own):
        try:
            yield
        finally:
            _close(own)


def help_width() -> int:
    """Columns of a page of help on this terminal; ask before the output is given another."""
    columns = shutil.get_terminal_size().columns
    return max(min(columns, _WIDEST_HELP) - 2, _NARROWEST_HELP)


def _close(own: io.TextIOWrapper) -> None:
    """What a full disk or a reader that went away did not take is given up."""
    try:
        own.flush()
    except OSError:
        _silence(own.fileno())
    own.close()


def _silence(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)
