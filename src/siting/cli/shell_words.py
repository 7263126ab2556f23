"""Paths inside commands that people copy from what was printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

_ODD_IN_SHELL = re.compile(r"""[\s'"$&|;<>()*?!`\\\[\]{}~#]""")


def shell_word(path: Path) -> str:
    """A path as one word of a command; in quotes only where a shell would take it apart."""
    text = path.as_posix()
    return shlex.quote(text) if _ODD_IN_SHELL.search(text) else text
