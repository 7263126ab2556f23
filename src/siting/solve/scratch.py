"""Reads what a solver leaves on disk, without loading the solver."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_improving(scratch: Path, columns: int) -> NDArray[np.float64] | None:
    """The last complete solution in a HiGHS file of improving solutions, shape (columns,), or None.

    The file may end in the middle of a solution if the solver was ended while it wrote.
    """
    if not scratch.exists():
        return None
    best = None
    lines = scratch.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("# Columns"):
            block = lines[number + 1 : number + 1 + columns]
            if len(block) == columns:
                best = np.array([float(text.split()[-1]) for text in block])
    return best
