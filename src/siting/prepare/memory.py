"""A limit of memory while a reader of others works, which asks for all that a file wants."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.errors import InputError, Problem
from siting.inputs.limits import LIMIT, most_bytes
from siting.language import tr

# What readers and their threads reserve whatever they read, and what they may take for a file.
_OWN, _TIMES = 1 << 30, 8
_STATUS = Path("/proc/self/statm")


def most_memory() -> int:
    """Bytes that reading one extract may take."""
    return _TIMES * most_bytes()


@contextmanager
def bounded(label: str) -> Iterator[None]:
    """Bounds the memory that is taken inside, where the system can (Linux).

    Args:
        label: What messages call the file.

    Raises:
        InputError: More is asked for.
    """
    try:
        with _limited(most_memory() + _OWN):
            yield
            return
    except MemoryError:
        pass
    raise InputError([too_much(label)])


@contextmanager
def _limited(more: int) -> Iterator[None]:
    if sys.platform == "linux" and _STATUS.exists():
        import resource  # noqa: PLC0415 - not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        now = int(_STATUS.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        known = [one for one in (soft, hard) if one != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min([now + more, *known]), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    else:
        yield


def too_much(label: str) -> Problem:
    """An extract that takes more memory than is allowed."""
    return Problem(
        code="too-large",
        where=label,
        found=tr("more than {megabytes:,} MB in memory", megabytes=most_memory() >> 20),
        expected=tr("an extract of a city"),
        mend=tr(
            "Cut the city out with 'osmium extract'; if you trust the file and have the memory, "
            "set {variable} to a larger number of MB.",
            variable=LIMIT,
        ),
    )
