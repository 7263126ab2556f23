"""One process at a time writes into a folder; the others are told which, and since when."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from siting.errors import InputError, Problem
from siting.language import tr

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_FILE = ".siting-lock"
_LONGEST_NOTE = 1000
_HELD: dict[str, int] = {}


@contextmanager
def locked(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Keeps other processes from writing into a folder; a process that dies lets it go.

    Args:
        folder: It exists. Held by this process already, it stays so.
        patience: Seconds to wait for another process.

    Raises:
        InputError: Another process holds it.
        OSError: Nothing can be written into it.
    """
    path = os.path.realpath(folder / LOCK_FILE)
    if path in _HELD:
        yield
        return
    _HELD[path] = _hold(folder, patience)
    try:
        yield
    finally:
        _release(path)


def _hold(folder: Path, patience: float) -> int:
    end = time.monotonic() + patience
    while True:
        descriptor = _try(folder)
        if descriptor is not None:
            return descriptor
        if time.monotonic() >= end:
            raise InputError([_in_use(folder)])
        time.sleep(0.05)


def _try(folder: Path) -> int | None:
    """Takes the lock if nobody has it; a file that was taken away meanwhile is none."""
    path = folder / LOCK_FILE
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    try:
        _take(descriptor)
        there = path.stat(follow_symlinks=False)
    except OSError:
        os.close(descriptor)
        return None
    if there.st_ino != os.fstat(descriptor).st_ino:
        os.close(descriptor)
        return None
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(owner).encode())
    return descriptor


def _take(descriptor: int) -> None:
    """Locks an open file, which the system unlocks when its process ends.

    Raises:
        OSError: Another process has locked it.
    """
    if sys.platform == "win32":
        # What is locked there nobody else reads: a byte far behind the note.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _release(path: str) -> None:
    """Takes the file away before it is unlocked; Windows removes no open file, only then."""
    if sys.platform == "win32":
        os.close(_HELD.pop(path))
        with suppress(OSError):  # another process has it already
            Path(path).unlink(missing_ok=True)
    else:
        Path(path).unlink(missing_ok=True)
        os.close(_HELD.pop(path))


def _in_use(folder: Path) -> Problem:
    return Problem(
        code="folder-in-use",
        where=str(folder),
        found=_owner(folder),
        expected=tr("a folder that nobody else writes into"),
        mend=tr("Wait until it is done, or name another folder."),
    )


def _owner(folder: Path) -> str:
    """Who holds a folder, as the lock says it; a file that says nothing proper is not shown."""
    try:
        with (folder / LOCK_FILE).open("rb") as file:
            said = json.loads(file.read(_LONGEST_NOTE))
        since = datetime.fromtimestamp(float(said["since"]), UTC).astimezone()
        minutes = max(0.0, time.time() - float(said["since"])) / 60
        pid, host = int(said["pid"]), str(said["host"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return tr("another process of siting writes into it")
    return tr(
        "process {pid} on {host} writes into it since {since:%Y-%m-%d %H:%M} ({minutes:,.0f} min)",
        pid=pid,
        host=host,
        since=since,
        minutes=minutes,
    )
