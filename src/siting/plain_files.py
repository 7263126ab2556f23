"""Whether a path is a plain file: what follows links, or waits for a pipe, may not be given others.

The gate for files of instances and run folders is `siting.inputs.files`.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

DATABASE_PARTS = ("", "-journal", "-wal", "-shm")


def is_plain(path: Path) -> bool:
    """Whether a path is a regular file itself, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_database(path: Path) -> bool:
    """Whether SQLite may open a file and what it writes beside it: all are plain, or not there.

    It follows links, and writes where they lead.
    """
    parts = (path.with_name(path.name + suffix) for suffix in DATABASE_PARTS)
    return all(is_plain(part) for part in parts if os.path.lexists(part))
