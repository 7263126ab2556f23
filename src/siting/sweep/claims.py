"""Who works on a point: a process, named so that another one can tell whether it still lives."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

# Seconds without a sign of life after which an owner counts as dead where nobody can look.
HEARTBEAT_LIMIT = 300.0
# A process id is given again some day; its start tells the two apart.
_START_FIELD = 19


@dataclass(frozen=True)
class Owner:
    """A process that works on points.

    Attributes:
        host: Name of its machine.
        pid: Its process id.
        start: When it started, as its system says it, or empty where that is not known.
    """

    host: str
    pid: int
    start: str

    @classmethod
    def this(cls) -> Owner:
        """This process."""
        return cls(socket.gethostname(), os.getpid(), process_start(os.getpid()) or "")

    @classmethod
    def from_text(cls, text: str) -> Owner:
        """Reads what `str` gives."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def is_alive(owner: Owner, silent: float) -> bool:
    """Whether an owner may still be at work.

    Args:
        owner: The owner.
        silent: Seconds since its last heartbeat.
    """
    if owner.host == socket.gethostname() and owner.start:
        return process_start(owner.pid) == owner.start
    return silent < HEARTBEAT_LIMIT


def process_start(pid: int) -> str | None:
    """When a process of this machine started, or None where there is none or nobody can tell."""
    if Path("/proc/self/stat").exists():
        return _start_on_linux(pid)
    try:
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    return found.stdout.strip() or None


def _start_on_linux(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name before the last bracket may hold anything; a zombie works on nothing any more.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[_START_FIELD]
